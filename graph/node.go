// This file holds Node, the handle of one value in a graph.

package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// Node is a handle to one value of a graph: an input, a parameter, a state, or a result of an op. Nodes are
// comparable, cheap to copy, and immutable. The zero Node stands for "no node": of its methods only Valid and String
// may be called; the others panic and name the method.
type Node struct{ v *value }

// value is what a Node points to.
type value struct {
	g      *Graph
	id     int
	t      Type
	kind   Kind
	name   string
	label  string // for drawings, see Named
	scope  string
	phase  Phase
	of     *value
	gradOf *value
	app    *application // nil for leaves
	result int
	param  *Param
	back   *gorgonia.Node
	bad    bool // an invalid node, which is not in the graph
}

// application is one use of an op on operands.
type application struct {
	op  Op
	in  []Node
	out []Node
}

// Kind says where a node's value comes from.
type Kind uint8

const (
	KindOp    Kind = iota // computed from other nodes
	KindInput             // set before each run
	KindParam             // owned by a Param
	KindConst             // computed once, from nothing
	KindState             // carried by a program from run to run; see Graph.State
	KindStep              // the number of the step; see Graph.Step
)

func (k Kind) String() string {
	if k > KindStep {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return [...]string{"op", "input", "parameter", "constant", "state", "step"}[k]
}

// Phase says which part of a training step a node belongs to.
type Phase uint8

const (
	Forward Phase = iota
	Backward
	Update
	Prepare // before the first run; see CompileOptions.Constant
)

func (p Phase) String() string {
	if p > Prepare {
		return fmt.Sprintf("phase(%d)", uint8(p))
	}
	return [...]string{"forward", "backward", "update", "prepare"}[p]
}

// must returns what n points to. It panics for the zero Node and names the method.
func (n Node) must(method string) *value {
	if n.v == nil {
		panic("graph: Node." + method +
			": this is the zero Node, which stands for no node: nothing was assigned to it")
	}
	return n.v
}

// Valid reports whether n is a node of a graph: neither the zero Node nor the result of an
// op that was given bad operands.
func (n Node) Valid() bool { return n.v != nil && !n.v.bad }

// Graph returns the graph that n belongs to.
func (n Node) Graph() *Graph { return n.must("Graph").g }

// ID is the number of n: nodes are numbered in the order of their creation, operands before
// results.
func (n Node) ID() int { return n.must("ID").id }

// Type returns element type and shape.
func (n Node) Type() Type { return n.must("Type").t }

// Shape returns the sizes of the axes. The caller does not change it.
func (n Node) Shape() Shape { return n.must("Shape").t.Shape }

// DType returns the element type.
func (n Node) DType() DType { return n.must("DType").t.DType }

// Rank returns the number of axes.
func (n Node) Rank() int { return len(n.must("Rank").t.Shape) }

// Dim returns the size of axis i, counted from the end if negative. It is 1 for an axis that n does not have, so that
// a constructor can go on and the shape rule of an op reports the mistake.
func (n Node) Dim(i int) int {
	shape := n.must("Dim").t.Shape
	if i < 0 {
		i += len(shape)
	}
	if i < 0 || i >= len(shape) {
		return 1
	}
	return shape[i]
}

// Size returns the number of elements.
func (n Node) Size() int { return n.must("Size").t.Shape.Size() }

// Kind says where the value comes from.
func (n Node) Kind() Kind { return n.must("Kind").kind }

// Op returns the op that computes n, nil for inputs, parameters, states and the number of the step.
func (n Node) Op() Op {
	if n.must("Op").app == nil {
		return nil
	}
	return n.v.app.op
}

// Result is the index of n among the results of its op.
func (n Node) Result() int { return n.must("Result").result }

// Results returns all results of the op that computes n, or n alone if it is a leaf.
func (n Node) Results() []Node {
	if n.must("Results").app == nil {
		return []Node{n}
	}
	return n.v.app.out
}

// Inputs returns the operands of the op that computes n. The caller does not change the slice.
func (n Node) Inputs() []Node {
	if n.must("Inputs").app == nil {
		return nil
	}
	return n.v.app.in
}

// Name is the name by which the graph shows an input, parameter or state; for other nodes it is the op as printed. The
// name of a parameter stands behind the label of its model; see [Graph.Param].
func (n Node) Name() string {
	if n.must("Name").app != nil {
		return n.v.app.op.String()
	}
	return n.v.name
}

// Scope is the path of the layer that built n: "layer1.0.conv1".
func (n Node) Scope() string { return n.must("Scope").scope }

// Phase is the part of the training step that n belongs to.
func (n Node) Phase() Phase { return n.must("Phase").phase }

// Of is the forward node that a gradient node serves, the zero Node for all others.
func (n Node) Of() Node { return Node{n.must("Of").of} }

// GradOf is the node whose gradient n is, if n was returned by [Gradients], else the zero Node.
func (n Node) GradOf() Node { return Node{n.must("GradOf").gradOf} }

// Param returns the parameter behind a parameter node, nil for other nodes.
func (n Node) Param() *Param { return n.must("Param").param }

// Gorgonia returns the node of the Gorgonia graph that backs n.
func (n Node) Gorgonia() *gorgonia.Node { return n.must("Gorgonia").back }
