// This file holds CIFARResNet, the residual networks for pictures of 32×32.

package cnn

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// CIFARResNet are the residual networks of 6n+2 layers with weights, for pictures of 32×32 in three channels:
//
//	x (N, 3, 32, 32)
//	conv1 3×3, 16 channels → bn1 → ReLU         (N, 16, 32, 32)
//	layer1  n blocks, 16 channels               (N, 16, 32, 32)
//	layer2  n blocks, 32 channels, stride 2     (N, 32, 16, 16)
//	layer3  n blocks, 64 channels, stride 2     (N, 64, 8, 8)
//	mean of each plane → linear 64 → classes
//
// Each block is a [BasicBlock]. Where shapes differ, its skip is the paper's option A, which has no parameters: every
// other row and column, and zeros as the channels that lack, half of them before and half behind. With Projection it
// is option B, a 1×1 convolution with normalisation ("shortcut"). Pictures may have another size.
//
// Names are those of Idelbayev's pytorch_resnet_cifar10, whose weights load: conv1, bn1, layer1.0.conv1, …, linear; so
// are initial values: weights begin with N(0, 2/fan_in).
//
// He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016, section 4.2.
type CIFARResNet struct {
	Conv1  *nn.Conv2D
	BN1    *nn.BatchNorm
	Stages [3][]*BasicBlock // layer1 to layer3
	Linear *nn.Linear

	scope *nn.Scope
}

// NewResNet20 makes the network of three blocks a stage: 269,722 parameters for ten classes, 272,474 with Projection.
func NewResNet20(classes int, opt ...Options) *CIFARResNet {
	return newCIFARResNet("NewResNet20", 3, classes, opt)
}

// NewResNet32 makes the network of five blocks a stage: 464,154 parameters for ten classes.
func NewResNet32(classes int, opt ...Options) *CIFARResNet {
	return newCIFARResNet("NewResNet32", 5, classes, opt)
}

// NewResNet44 makes the network of seven blocks a stage: 658,586 parameters for ten classes.
func NewResNet44(classes int, opt ...Options) *CIFARResNet {
	return newCIFARResNet("NewResNet44", 7, classes, opt)
}

// NewResNet56 makes the network of nine blocks a stage: 853,018 parameters for ten classes.
func NewResNet56(classes int, opt ...Options) *CIFARResNet {
	return newCIFARResNet("NewResNet56", 9, classes, opt)
}

// NewResNet110 makes the network of 18 blocks a stage: 1,727,962 parameters for ten classes.
func NewResNet110(classes int, opt ...Options) *CIFARResNet {
	return newCIFARResNet("NewResNet110", 18, classes, opt)
}

// newCIFARResNet makes a network of n blocks a stage.
func newCIFARResNet(constructor string, n, classes int, opt []Options) *CIFARResNet {
	o := optionsOf(constructor, 16, "Projection", opt)
	s := nn.NewScope()
	m := &CIFARResNet{
		Conv1: nn.NewConv2D(s.Sub("conv1"), o.Channels, o.Width, 3, ops.Conv{Pad: 1}, bare),
		BN1:   nn.NewBatchNorm2D(s.Sub("bn1"), o.Width),
		scope: s,
	}
	in, stride := o.Width, 1
	for i := range m.Stages {
		out := o.Width << i
		for b := range n {
			m.Stages[i] = append(m.Stages[i], newCIFARBlock(s.Subf("layer%d.%d", i+1, b), in, out, stride, o.Projection))
			in, stride = out, 1
		}
		stride = 2
	}
	he := nn.HeNormal(nn.GainReLU, nn.FanIn)
	m.Linear = nn.NewLinear(s.Sub("linear"), in, classes, nn.Affine{Weight: he})
	kernels(s, he)
	return m
}

func newCIFARBlock(s *nn.Scope, in, out, stride int, projection bool) *BasicBlock {
	return newBasicBlock(s, in, out, stride, func() nn.Module {
		if projection {
			return project(s.Sub("shortcut"), in, out, stride)
		}
		return padded(in, out, stride)
	})
}

// padded is a skip without parameters: every stride-th row and column, and channels of zeros before and behind.
func padded(in, out, stride int) nn.Func {
	before := (out - in) / 2
	return func(x graph.Node) graph.Node {
		x = ops.Slice(x, 2, 0, ops.End, stride)                                         // (N, in, ⌈H/stride⌉, W)
		x = ops.Slice(x, 3, 0, ops.End, stride)                                         // (N, in, ⌈H/stride⌉, ⌈W/stride⌉)
		return ops.Pad(x, []int{0, before, 0, 0}, []int{0, out - in - before, 0, 0}, 0) // (N, out, …)
	}
}

// Params returns all parameters and the running statistics.
func (m *CIFARResNet) Params() *nn.Params { return m.scope.Params() }

// WithHead returns the network with a new head, for another number of classes. It shares all other parameters with m,
// so that training one trains the other.
func (m *CIFARResNet) WithHead(classes int) *CIFARResNet {
	n := *m
	n.scope, n.Linear = withHead(m.scope, m.Linear, classes)
	return &n
}

// Features maps x (N, 3, H, W) to what the head reads, (N, 64), and returns the results of the stages on the way: relu
// and layer1 to layer3.
func (m *CIFARResNet) Features(x graph.Node) (y graph.Node, maps []Map) {
	x = m.scope.Apply("bn1", m.BN1.Forward(m.Conv1.Forward(x)), ops.ReLU) // (N, 16, H, W)
	maps = append(maps, Map{"relu", x})
	for i, stage := range m.Stages {
		for _, block := range stage {
			x = block.Forward(x) // layer3: (N, 64, H/4, W/4)
		}
		maps = append(maps, Map{fmt.Sprintf("layer%d", i+1), x})
	}
	return ops.GlobalAvgPool2D(x), maps // (N, 64)
}

// Forward maps x (N, 3, H, W) to logits (N, classes).
func (m *CIFARResNet) Forward(x graph.Node) graph.Node {
	y, _ := m.Features(x)
	return m.Linear.Forward(y)
}
