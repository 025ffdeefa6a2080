// Package nn holds layers: plain structs that own parameters and add nodes to a graph.
//
// The one idea: a layer is made in a [Scope], which names its parameters as PyTorch does
// ("conv1.weight"), and is used by calling Forward on a node, in as many graphs as one likes:
//
//	s := nn.NewScope()
//	fc := nn.NewLinear(s.Sub("fc"), 784, 10)
//	g := &graph.Graph{Mode: graph.Train}
//	y := fc.Forward(g.Input("x", 64, 784)) // (64, 10)
//
// Making a model costs nothing: its parameters get memory and their initial values when they are first read. Until
// then [Params.Init] chooses another seed, [Params.SetInit] another initialiser and [Params.SetDType] float64.
//
// What a layer may do otherwise is a struct whose zero value is the usual case: [Affine] for Linear and the
// convolutions, where it may be left out, [Recurrent], [Attention], and those of package ops.
//
// Constructors panic on sizes that make no sense, with the path of the layer, the name of the size and its value.
// What the options of a layer may be is checked where it is used: an error of the graph, with the path as well.
//
// Whole models are in the packages under models; training is in package train.
package nn

import "github.com/stheno-ml/stheno/graph"

// Module is a layer, or a model: something with a forward pass from one node to another.
type Module interface {
	Forward(x graph.Node) graph.Node
}

// Model is a module that knows all its parameters.
type Model interface {
	Module
	Params() *Params
}
