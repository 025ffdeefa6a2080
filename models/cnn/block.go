// This file holds BasicBlock and Bottleneck, the residual blocks.

package cnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// bare is a layer without a bias: normalisation comes after, which would take it away.
var bare = nn.Affine{NoBias: true}

// BasicBlock is a residual block of two 3×3 convolutions:
//
//	y = ReLU(bn2(conv2(ReLU(bn1(conv1(x))))) + skip(x))
//
// The skip is x itself, or a 1×1 convolution with normalisation where the shapes differ
// ("downsample"). See He, Zhang, Ren and Sun 2016. Names are torchvision's.
type BasicBlock struct {
	Conv1, Conv2 *nn.Conv2D
	BN1, BN2     *nn.BatchNorm
	Downsample   nn.Module // nil where the skip is x itself

	scope *nn.Scope
}

// NewBasicBlock makes a block from in to out channels whose first convolution has the given stride.
func NewBasicBlock(s *nn.Scope, in, out, stride int) *BasicBlock {
	return newBasicBlock(s, in, out, stride, func() nn.Module { return project(s.Sub("downsample"), in, out, stride) })
}

// newBasicBlock makes a block with a skip of one's own where the shapes differ.
func newBasicBlock(s *nn.Scope, in, out, stride int, skip func() nn.Module) *BasicBlock {
	b := &BasicBlock{
		Conv1: nn.NewConv2D(s.Sub("conv1"), in, out, 3, ops.Conv{Stride: stride, Pad: 1}, bare),
		BN1:   nn.NewBatchNorm2D(s.Sub("bn1"), out),
		Conv2: nn.NewConv2D(s.Sub("conv2"), out, out, 3, ops.Conv{Pad: 1}, bare),
		BN2:   nn.NewBatchNorm2D(s.Sub("bn2"), out),
		scope: s,
	}
	if stride != 1 || in != out {
		b.Downsample = skip()
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

// Bottleneck is a residual block of three convolutions, of which the 3×3 one works on a quarter of the channels:
//
//	y = ReLU(bn3(conv3(ReLU(bn2(conv2(ReLU(bn1(conv1(x)))))))) + skip(x))        conv1 and conv3 are 1×1
//
// The skip is that of [BasicBlock]. The stride is that of conv2, as in torchvision ("ResNet v1.5"); He, Zhang, Ren and
// Sun 2016 have it in conv1. Names are torchvision's.
type Bottleneck struct {
	Conv1, Conv2, Conv3 *nn.Conv2D
	BN1, BN2, BN3       *nn.BatchNorm
	Downsample          nn.Module // nil where the skip is x itself

	scope *nn.Scope
}

// NewBottleneck makes a block from in to 4·width channels whose 3×3 convolution has the given stride.
func NewBottleneck(s *nn.Scope, in, width, stride int) *Bottleneck {
	b := &Bottleneck{
		Conv1: nn.NewConv2D(s.Sub("conv1"), in, width, 1, ops.Conv{}, bare),
		BN1:   nn.NewBatchNorm2D(s.Sub("bn1"), width),
		Conv2: nn.NewConv2D(s.Sub("conv2"), width, width, 3, ops.Conv{Stride: stride, Pad: 1}, bare),
		BN2:   nn.NewBatchNorm2D(s.Sub("bn2"), width),
		Conv3: nn.NewConv2D(s.Sub("conv3"), width, 4*width, 1, ops.Conv{}, bare),
		BN3:   nn.NewBatchNorm2D(s.Sub("bn3"), 4*width),
		scope: s,
	}
	if stride != 1 || in != 4*width {
		b.Downsample = project(s.Sub("downsample"), in, 4*width, stride)
	}
	return b
}

// Forward maps x (N, in, H, W) to (N, 4·width, ⌈H/stride⌉, ⌈W/stride⌉).
func (b *Bottleneck) Forward(x graph.Node) graph.Node {
	defer b.scope.Open(x.Graph())()
	y := ops.ReLU(b.BN1.Forward(b.Conv1.Forward(x))) // (N, width, H, W)
	y = ops.ReLU(b.BN2.Forward(b.Conv2.Forward(y)))  // (N, width, ⌈H/stride⌉, ⌈W/stride⌉)
	y = b.BN3.Forward(b.Conv3.Forward(y))            // (N, 4·width, ⌈H/stride⌉, ⌈W/stride⌉)
	if b.Downsample != nil {
		x = b.Downsample.Forward(x)
	}
	return ops.ReLU(ops.Add(y, x))
}

// project is the skip of a block whose shapes differ: a 1×1 convolution and its normalisation.
func project(s *nn.Scope, in, out, stride int) *nn.Sequential {
	return nn.NewSequential(s,
		func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, in, out, 1, ops.Conv{Stride: stride}, bare) },
		func(s *nn.Scope) nn.Module { return nn.NewBatchNorm2D(s, out) })
}
