// Package cnn holds convolutional networks, one architecture a file.
package cnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// LeNet5 is the network that read cheques, in the form in which it is taught today:
//
//	x (N, 1, 28, 28)
//	conv1  5×5, 6 channels, padded by 2 → ReLU → max pool 2     (N, 6, 14, 14)
//	conv2  5×5, 16 channels             → ReLU → max pool 2     (N, 16, 5, 5)
//	flatten                                                     (N, 400)
//	fc1 400 → 120 → ReLU,  fc2 120 → 84 → ReLU,  fc3 84 → classes
//
// The network of 1998, [LeNet1998], has 60,000 parameters: its C3 connects each map to some of the maps
// below, its S2 and S4 average and have a trainable gain and bias, its nonlinearity is a
// scaled tanh, and its output layer measures distances to fixed codes.
//
// LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
// Proceedings of the IEEE 86, 1998.
type LeNet5 struct {
	Conv1, Conv2  *nn.Conv2D
	FC1, FC2, FC3 *nn.Linear

	scope *nn.Scope
}

// NewLeNet5 makes the network for 28×28 grey images: 61,706 parameters for ten classes,
// 156 + 2,416 + 48,120 + 10,164 + 850.
func NewLeNet5(classes int) *LeNet5 {
	s := nn.NewScope()
	return &LeNet5{
		Conv1: nn.NewConv2D(s.Sub("conv1"), 1, 6, 5, ops.Conv{Pad: 2}),
		Conv2: nn.NewConv2D(s.Sub("conv2"), 6, 16, 5, ops.Conv{}),
		FC1:   nn.NewLinear(s.Sub("fc1"), 400, 120),
		FC2:   nn.NewLinear(s.Sub("fc2"), 120, 84),
		FC3:   nn.NewLinear(s.Sub("fc3"), 84, classes),
		scope: s,
	}
}

// Params returns weights and biases: conv1.weight, conv1.bias, …, fc3.bias.
func (m *LeNet5) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, 1, 28, 28) to logits (N, classes).
func (m *LeNet5) Forward(x graph.Node) graph.Node {
	x = m.scope.Apply("conv1", m.Conv1.Forward(x), ops.ReLU, pool2) // (N, 6, 14, 14)
	x = m.scope.Apply("conv2", m.Conv2.Forward(x), ops.ReLU, pool2) // (N, 16, 5, 5)
	x = ops.Flatten(x, 1)                                           // (N, 400)
	x = m.scope.Apply("fc1", m.FC1.Forward(x), ops.ReLU)            // (N, 120)
	x = m.scope.Apply("fc2", m.FC2.Forward(x), ops.ReLU)            // (N, 84)
	return m.FC3.Forward(x)                                         // (N, classes)
}

// pool2 is the largest of each 2×2 window.
func pool2(x graph.Node) graph.Node { return ops.MaxPool2D(x, ops.Pool{Size: 2}) }
