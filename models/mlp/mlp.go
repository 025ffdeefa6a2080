// Package mlp holds the multi-layer perceptron.
//
// The back-propagation of errors that trains it: Rumelhart, Hinton and Williams, "Learning
// representations by back-propagating errors", Nature 323, 1986.
package mlp

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// MLP is a stack of fully connected layers with ReLU between them:
//
//	x → Linear → ReLU → … → Linear → logits
//
// Layers are named fc1, fc2, … .
type MLP struct {
	Layers []*nn.Linear

	scope *nn.Scope
}

// New makes a perceptron of the given widths, input first: New(784, 128, 10) has 101,770
// parameters. A layer from in to out features has in·out + out. It panics on fewer than two widths.
func New(widths ...int) *MLP {
	if len(widths) < 2 {
		panic(fmt.Sprintf("mlp.New: widths %v, want at least those of input and output", widths))
	}
	s := nn.NewScope()
	m := &MLP{scope: s}
	for i := range widths[1:] {
		m.Layers = append(m.Layers, nn.NewLinear(s.Subf("fc%d", i+1), widths[i], widths[i+1]))
	}
	return m
}

// Params returns weights and biases, fc1.weight, fc1.bias, and so on.
func (m *MLP) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, …) to logits (N, out). Axes after the first are flattened.
func (m *MLP) Forward(x graph.Node) graph.Node {
	if x.Rank() > 2 {
		x = ops.Flatten(x, 1) // (N, in)
	}
	for i, l := range m.Layers {
		if i > 0 {
			x = m.activate(i, x)
		}
		x = l.Forward(x)
	}
	return x
}

// activate applies the ReLU after layer i, which belongs to that layer in drawings.
func (m *MLP) activate(i int, x graph.Node) graph.Node {
	defer m.scope.Subf("fc%d", i).Open(x.Graph())()
	return ops.ReLU(x)
}
