// This file holds BasicBlock, the residual block of ResNet-18 and ResNet-34.

package cnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// BasicBlock is a residual block of two 3×3 convolutions:
//
//	y = ReLU(bn2(conv2(ReLU(bn1(conv1(x))))) + skip(x))
//
// The skip is x itself, or a 1×1 convolution with normalisation where the shapes differ
// ("downsample"). See He, Zhang, Ren and Sun 2016. Names are torchvision's.
type BasicBlock struct {
	Conv1, Conv2 *nn.Conv2D
	BN1, BN2     *nn.BatchNorm
	Downsample   *nn.Sequential // nil where the skip is x itself

	scope *nn.Scope
}

// NewBasicBlock makes a block from in to out channels whose first convolution has the given stride.
func NewBasicBlock(s *nn.Scope, in, out, stride int) *BasicBlock {
	bare := nn.Affine{NoBias: true} // normalisation comes after
	b := &BasicBlock{
		Conv1: nn.NewConv2D(s.Sub("conv1"), in, out, 3, ops.Conv{Stride: stride, Pad: 1}, bare),
		BN1:   nn.NewBatchNorm2D(s.Sub("bn1"), out),
		Conv2: nn.NewConv2D(s.Sub("conv2"), out, out, 3, ops.Conv{Pad: 1}, bare),
		BN2:   nn.NewBatchNorm2D(s.Sub("bn2"), out),
		scope: s,
	}
	if stride != 1 || in != out {
		b.Downsample = nn.NewSequential(s.Sub("downsample"),
			func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, in, out, 1, ops.Conv{Stride: stride}, bare) },
			func(s *nn.Scope) nn.Module { return nn.NewBatchNorm2D(s, out) })
	}
	return b
}

// Forward maps x (N, in, H, W) to (N, out, ⌈H/stride⌉, ⌈W/stride⌉).
func (b *BasicBlock) Forward(x graph.Node) graph.Node {
	defer b.scope.Open(x.Graph())()
	y := ops.ReLU(b.BN1.Forward(b.Conv1.Forward(x)))
	y = b.BN2.Forward(b.Conv2.Forward(y))
	if b.Downsample != nil {
		x = b.Downsample.Forward(x)
	}
	return ops.ReLU(ops.Add(y, x))
}
