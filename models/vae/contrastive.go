// This file holds Contrastive, which learns what pictures have in common from two views of each.

package vae

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Contrastive learns without labels and without giving pictures back: of two views of a picture, such as two parts of
// it, it makes vectors that are alike, and unlike those of other pictures:
//
//	x (N, C, H, W)
//	conv1, conv2, conv3 3×3, of width, 2·width and 4·width channels, with bn and ReLU
//	behind each, and a max pool 2 behind the first two    (N, 4·width, H/4, W/4)
//	mean of each plane                                    h (N, 4·width), what is learnt
//	fc1 → ReLU → fc2, the projection head                 (N, projection), what the loss sees
//
// The loss is [ops.NTXent] of the projections of both views. The head is thrown away afterwards: what a linear
// classifier makes of h tells how much was learnt.
//
// Chen, Kornblith, Norouzi and Hinton, "A simple framework for contrastive learning of visual representations", ICML
// 2020 (SimCLR), whose encoder is ResNet-50.
type Contrastive struct {
	Conv        [3]*nn.Conv2D
	BN          [3]*nn.BatchNorm
	FC1, FC2    *nn.Linear
	Temperature float64 // of the loss

	scope *nn.Scope
}

// NewContrastive makes the network for pictures of so many channels: of one, with a width of 32 and projections of 64,
// it has 117,664 parameters, 288 + 64 + 18,432 + 128 + 73,728 + 256 in the encoder and 16,512 + 8,256 in the head. The
// convolutions have no bias: the normalisation would take it away.
func NewContrastive(channels, width, projection int, temperature float64) *Contrastive {
	s := nn.NewScope()
	m := &Contrastive{Temperature: temperature, scope: s}
	in := channels
	for i := range m.Conv {
		out := width << i
		m.Conv[i] = nn.NewConv2D(s.Subf("conv%d", i+1), in, out, 3, ops.Conv{Pad: 1}, nn.Affine{NoBias: true})
		m.BN[i] = nn.NewBatchNorm2D(s.Subf("bn%d", i+1), out)
		in = out
	}
	m.FC1 = nn.NewLinear(s.Sub("fc1"), in, in)
	m.FC2 = nn.NewLinear(s.Sub("fc2"), in, projection)
	return m
}

// Params returns all parameters and the running statistics: conv1.weight, bn1.weight, …, fc2.bias.
func (m *Contrastive) Params() *nn.Params { return m.scope.Params() }

// Encode maps x (N, C, H, W) to what the model knows of it, h (N, 4·width).
func (m *Contrastive) Encode(x graph.Node) graph.Node {
	after := []func(graph.Node) graph.Node{ops.ReLU, pool2}
	x = m.scope.Apply("bn1", m.BN[0].Forward(m.Conv[0].Forward(x)), after...)     // (N, width, H/2, W/2)
	x = m.scope.Apply("bn2", m.BN[1].Forward(m.Conv[1].Forward(x)), after...)     // (N, 2·width, H/4, W/4)
	x = m.scope.Apply("bn3", m.BN[2].Forward(m.Conv[2].Forward(x)), after[:1]...) // (N, 4·width, H/4, W/4)
	return ops.GlobalAvgPool2D(x)                                                 // (N, 4·width)
}

func pool2(x graph.Node) graph.Node { return ops.MaxPool2D(x, ops.Pool{Size: 2}) }

// Project maps h (N, 4·width) to what the loss sees, (N, projection).
func (m *Contrastive) Project(h graph.Node) graph.Node {
	return m.FC2.Forward(m.scope.Apply("fc1", m.FC1.Forward(h), ops.ReLU))
}

// Forward is Project of Encode.
func (m *Contrastive) Forward(x graph.Node) graph.Node { return m.Project(m.Encode(x)) }

// Inputs are the two views of each picture.
func (m *Contrastive) Inputs() []string { return []string{"a", "b"} }

// Build is the task, of views a and b (N, C, H, W): row i of both is made of picture i. All 2N views go through the
// network as one batch, as there, so that batch norm tells no view by its half. Reported is the share of views whose
// nearest other is that of the same picture.
func (m *Contrastive) Build(batch ...graph.Node) train.Outcome {
	z := m.Forward(ops.Concat(0, batch[0], batch[1])) // (2N, projection)
	if !z.Valid() {
		return train.Outcome{Loss: z}
	}
	n := z.Dim(0) / 2
	views := ops.Split(z, 0, n, n)
	scores, other := ops.NTXent{Temperature: m.Temperature}.Scores(views[0], views[1])
	loss := ops.CrossEntropy(scores, other)
	if !loss.Valid() {
		return train.Outcome{Loss: loss}
	}
	right := ops.Squeeze(ops.TakeAlong(scores, ops.Unsqueeze(other, 1), 1), 1) // (2N)
	hits := ops.Sum(ops.GreaterEqual(right, ops.Max(scores, 1)))
	return train.Outcome{
		Loss:   loss,
		Report: []train.Figure{{Name: "matched", Sum: hits, Count: z.Graph().Scalar(float64(2 * n))}},
	}
}
