// This file holds SpeechNet, a small network that tells what is said.

package cnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// SpeechNet is a small convolutional network over pictures of sounds, rows of frequencies and columns of time, such as
// those of sound.LogMel. With a width of W it is
//
//	x (N, 1, F, T)
//	conv1 3×3, W channels  → bn1 → ReLU → max pool 2      (N, W, F/2, T/2)
//	conv2 3×3, 2W channels → bn2 → ReLU → max pool 2      (N, 2W, F/4, T/4)
//	conv3 3×3, 2W channels → bn3 → ReLU → max pool 2      (N, 2W, F/8, T/8)
//	mean over time → flatten → dropout 0.3 → fc           (N, classes)
//
// A word may begin sooner or later, so means are taken over time; which frequencies are heard matters, so they stay
// apart.
//
// Networks over time and frequency: Sainath and Parada, "Convolutional neural networks for small-footprint keyword
// spotting", Interspeech 2015.
type SpeechNet struct {
	Conv1, Conv2, Conv3 *nn.Conv2D
	BN1, BN2, BN3       *nn.BatchNorm
	FC                  *nn.Linear
	Dropout             float64

	scope *nn.Scope
}

// NewSpeechNet makes the network for pictures of so many frequencies, at least 8, and a width: of 32 frequencies and a
// width of 16 it has 15,418 parameters for ten classes, 144 + 32 + 4,608 + 64 + 9,216 + 64 + 1,290. The convolutions
// have no bias: the normalisation would take it away.
func NewSpeechNet(frequencies, width, classes int) *SpeechNet {
	s := nn.NewScope()
	conv := func(name string, in, out int) *nn.Conv2D {
		return nn.NewConv2D(s.Sub(name), in, out, 3, ops.Conv{Pad: 1}, nn.Affine{NoBias: true})
	}
	return &SpeechNet{
		Conv1:   conv("conv1", 1, width),
		BN1:     nn.NewBatchNorm2D(s.Sub("bn1"), width),
		Conv2:   conv("conv2", width, 2*width),
		BN2:     nn.NewBatchNorm2D(s.Sub("bn2"), 2*width),
		Conv3:   conv("conv3", 2*width, 2*width),
		BN3:     nn.NewBatchNorm2D(s.Sub("bn3"), 2*width),
		FC:      nn.NewLinear(s.Sub("fc"), 2*width*(frequencies/8), classes),
		Dropout: 0.3,
		scope:   s,
	}
}

// Params returns all parameters and the running statistics of bn1, bn2 and bn3.
func (m *SpeechNet) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, 1, F, T) to logits (N, classes).
func (m *SpeechNet) Forward(x graph.Node) graph.Node {
	x = m.scope.Apply("bn1", m.BN1.Forward(m.Conv1.Forward(x)), ops.ReLU, pool2) // (N, W, F/2, T/2)
	x = m.scope.Apply("bn2", m.BN2.Forward(m.Conv2.Forward(x)), ops.ReLU, pool2) // (N, 2W, F/4, T/4)
	x = m.scope.Apply("bn3", m.BN3.Forward(m.Conv3.Forward(x)), ops.ReLU, pool2) // (N, 2W, F/8, T/8)
	x = ops.Flatten(ops.Mean(x, 3), 1)                                           // (N, 2W·F/8)
	return m.FC.Forward(ops.Dropout(x, m.Dropout))                               // (N, classes)
}
