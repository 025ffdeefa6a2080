// Package nn holds layers: plain structs that own parameters and add nodes to a graph.
//
// The one idea: a layer is made in a [Scope], which names its parameters as PyTorch does ("conv1.weight"). Its Forward
// adds it to a graph, and any number of graphs may use it:
//
//	s := nn.NewScope()
//	fc := nn.NewLinear(s.Sub("fc"), 784, 10)
//	g := &graph.Graph{Mode: graph.Train}
//	y := fc.Forward(g.Input("x", 64, 784)) // (64, 10)
//
// Making a model costs almost nothing: its parameters get memory and their initial values when they are first read.
// Until then [Params.Init] chooses another seed, [Params.SetInit] another initialiser, and [Params.SetDType] another
// float type, all without cost.
//
// The options of a layer are a struct whose zero value is the usual case: [Affine] for Linear and the convolutions,
// where it may be left out, [Recurrent], [Attention], and the options of package ops.
//
// Constructors panic on sizes that make no sense, and those of recurrent layers on such options too, with the path of
// the layer, the name of the size or option, and its value. The options that a layer hands to an op are checked by the
// op when Forward is called; a mistake is an error of the graph, with the path of the layer.
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
