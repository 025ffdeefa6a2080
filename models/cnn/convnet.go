// This file holds ConvNet, a small network of today's building blocks.

package cnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// ConvNet is a small convolutional network with batch normalisation and dropout:
//
//	x (N, 1, 28, 28)
//	conv1 3×3, 32 channels → bn1 → ReLU → max pool 2      (N, 32, 14, 14)
//	conv2 3×3, 64 channels → bn2 → ReLU → max pool 2      (N, 64, 7, 7)
//	flatten → dropout 0.25 → fc 3,136 → classes
//
// Batch normalisation: Ioffe and Szegedy 2015. Dropout: Srivastava, Hinton, Krizhevsky,
// Sutskever and Salakhutdinov 2014.
type ConvNet struct {
	Conv1, Conv2 *nn.Conv2D
	BN1, BN2     *nn.BatchNorm
	FC           *nn.Linear
	Dropout      float64

	scope *nn.Scope
}

// NewConvNet makes the network for 28×28 grey images: 50,282 parameters for ten classes,
// 288 + 64 + 18,432 + 128 + 31,370. The convolutions have no bias: the normalisation would take it away.
func NewConvNet(classes int) *ConvNet {
	s := nn.NewScope()
	return &ConvNet{
		Conv1:   nn.NewConv2D(s.Sub("conv1"), 1, 32, 3, ops.Conv{Pad: 1}, nn.Affine{NoBias: true}),
		BN1:     nn.NewBatchNorm2D(s.Sub("bn1"), 32),
		Conv2:   nn.NewConv2D(s.Sub("conv2"), 32, 64, 3, ops.Conv{Pad: 1}, nn.Affine{NoBias: true}),
		BN2:     nn.NewBatchNorm2D(s.Sub("bn2"), 64),
		FC:      nn.NewLinear(s.Sub("fc"), 64*7*7, classes),
		Dropout: 0.25,
		scope:   s,
	}
}

// Params returns all parameters and the running statistics of bn1 and bn2.
func (m *ConvNet) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, 1, 28, 28) to logits (N, classes).
func (m *ConvNet) Forward(x graph.Node) graph.Node {
	x = m.scope.Apply("bn1", m.BN1.Forward(m.Conv1.Forward(x)), ops.ReLU, pool2) // (N, 32, 14, 14)
	x = m.scope.Apply("bn2", m.BN2.Forward(m.Conv2.Forward(x)), ops.ReLU, pool2) // (N, 64, 7, 7)
	x = ops.Dropout(ops.Flatten(x, 1), m.Dropout)                                // (N, 3136)
	return m.FC.Forward(x)                                                       // (N, classes)
}
