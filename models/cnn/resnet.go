// This file holds ResNet, the residual networks.

package cnn

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// ResNet are the residual networks of 18, 34, 50, 101 and 152 layers with weights, for pictures of 224×224 in three
// channels:
//
//	x (N, 3, 224, 224)
//	conv1 7×7, 64 channels, stride 2 → bn1 → ReLU      (N, 64, 112, 112)
//	max pool 3, stride 2                               (N, 64, 56, 56)
//	blocks of    ResNet-18  -34  -50  -101  -152
//	layer1               2    3    3     3     3       (N, 64·e, 56, 56)
//	layer2               2    4    4     4     8       (N, 128·e, 28, 28)      stride 2
//	layer3               2    6    6    23    36       (N, 256·e, 14, 14)      stride 2
//	layer4               2    3    3     3     3       (N, 512·e, 7, 7)        stride 2
//	mean of each plane → fc 512·e → classes
//
// A block is a [BasicBlock] with e = 1 in the first two networks, and a [Bottleneck] with e = 4 in the others. Pictures
// may have another size: it is halved where the stride is 2. Names are torchvision's: conv1, bn1, layer1.0.conv1, …,
// fc; so are initial values: convolutions begin with N(0, 2/fan_out), see He, Zhang, Ren and Sun 2015.
//
// A Small one is that of Liu's pytorch-cifar: conv1 is 3×3 of stride 1, and nothing is pooled before layer1, so that of
// a picture of 32×32 layer4 sees (N, 512·e, 4, 4).
//
// He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016. The residual networks that the
// paper has for CIFAR are [CIFARResNet].
type ResNet struct {
	Conv1  *nn.Conv2D
	BN1    *nn.BatchNorm
	Stages [4][]nn.Module // layer1 to layer4
	FC     *nn.Linear

	pool  bool
	scope *nn.Scope
}

// NewResNet18 makes the network: 11,689,512 parameters for 1000 classes, and 11,173,962 for ten if it is Small.
func NewResNet18(classes int, opt ...Options) *ResNet {
	return newResNet("NewResNet18", basic, [4]int{2, 2, 2, 2}, classes, opt)
}

// NewResNet34 makes the network: 21,797,672 parameters for 1000 classes.
func NewResNet34(classes int, opt ...Options) *ResNet {
	return newResNet("NewResNet34", basic, [4]int{3, 4, 6, 3}, classes, opt)
}

// NewResNet50 makes the network: 25,557,032 parameters for 1000 classes, and 23,520,842 for ten if it is Small.
func NewResNet50(classes int, opt ...Options) *ResNet {
	return newResNet("NewResNet50", bottleneck, [4]int{3, 4, 6, 3}, classes, opt)
}

// NewResNet101 makes the network: 44,549,160 parameters for 1000 classes.
func NewResNet101(classes int, opt ...Options) *ResNet {
	return newResNet("NewResNet101", bottleneck, [4]int{3, 4, 23, 3}, classes, opt)
}

// NewResNet152 makes the network: 60,192,808 parameters for 1000 classes.
func NewResNet152(classes int, opt ...Options) *ResNet {
	return newResNet("NewResNet152", bottleneck, [4]int{3, 8, 36, 3}, classes, opt)
}

// blocks is a kind of residual block, which has so many times the channels of the stage.
type blocks struct {
	expansion int
	build     func(s *nn.Scope, in, width, stride int) nn.Module
}

var (
	basic = blocks{1, func(s *nn.Scope, in, width, stride int) nn.Module {
		return NewBasicBlock(s, in, width, stride)
	}}
	bottleneck = blocks{4, func(s *nn.Scope, in, width, stride int) nn.Module {
		return NewBottleneck(s, in, width, stride)
	}}
)

// newResNet makes a network of so many blocks in each stage.
func newResNet(constructor string, kind blocks, stages [4]int, classes int, opt []Options) *ResNet {
	o := optionsOf(constructor, 64, "", opt)
	s := nn.NewScope()
	m := &ResNet{scope: s, pool: !o.Small}
	kernel, stem := 3, ops.Conv{Pad: 1}
	if m.pool {
		kernel, stem = 7, ops.Conv{Stride: 2, Pad: 3}
	}
	m.Conv1 = nn.NewConv2D(s.Sub("conv1"), o.Channels, o.Width, kernel, stem, bare)
	m.BN1 = nn.NewBatchNorm2D(s.Sub("bn1"), o.Width)
	in, stride := o.Width, 1
	for i, n := range stages {
		for b := range n {
			m.Stages[i] = append(m.Stages[i], kind.build(s.Subf("layer%d.%d", i+1, b), in, o.Width<<i, stride))
			in, stride = kind.expansion*o.Width<<i, 1
		}
		stride = 2
	}
	m.FC = nn.NewLinear(s.Sub("fc"), in, classes)
	kernels(s, nn.HeNormal(nn.GainReLU, nn.FanOut))
	return m
}

// kernels gives all convolutions a way to begin.
func kernels(s *nn.Scope, init nn.Init) {
	for p := range s.Params().All() {
		if len(p.Type().Shape) == 4 {
			s.Params().SetInit(p.Name(), init)
		}
	}
}

// Params returns all parameters and the running statistics.
func (m *ResNet) Params() *nn.Params { return m.scope.Params() }

// WithHead returns the network with a new head, for another number of classes. It shares all other parameters with m,
// so that training one trains the other.
func (m *ResNet) WithHead(classes int) *ResNet {
	n := *m
	n.scope, n.FC = withHead(m.scope, m.FC, classes)
	return &n
}

// Features maps x (N, 3, H, W) to what the head reads, (N, 512·e), and returns the results of the stages on the way:
// maxpool, in a Small one relu, and layer1 to layer4.
func (m *ResNet) Features(x graph.Node) (y graph.Node, maps []Map) {
	x = m.scope.Apply("bn1", m.BN1.Forward(m.Conv1.Forward(x)), ops.ReLU) // (N, 64, H/2, W/2); Small: H, W
	stem := "relu"
	if m.pool {
		x, stem = ops.MaxPool2D(x, ops.Pool{Size: 3, Stride: 2, Pad: 1}), "maxpool" // (N, 64, H/4, W/4)
	}
	maps = append(maps, Map{stem, x})
	for i, stage := range m.Stages {
		for _, block := range stage {
			x = block.Forward(x) // layer4: (N, 512·e, H/32, W/32); Small: H/8, W/8
		}
		maps = append(maps, Map{fmt.Sprintf("layer%d", i+1), x})
	}
	return ops.GlobalAvgPool2D(x), maps // (N, 512·e)
}

// Forward maps x (N, 3, H, W) to logits (N, classes).
func (m *ResNet) Forward(x graph.Node) graph.Node {
	y, _ := m.Features(x)
	return m.FC.Forward(y)
}
