// This file holds ResNet18, a residual network.

package cnn

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// ResNet18 is the residual network of 18 layers with weights, for pictures of 224×224 in three channels:
//
//	x (N, 3, 224, 224)
//	conv1 7×7, 64 channels, stride 2 → bn1 → ReLU      (N, 64, 112, 112)
//	max pool 3, stride 2                               (N, 64, 56, 56)
//	layer1  two blocks, 64 channels                    (N, 64, 56, 56)
//	layer2  two blocks, 128 channels, stride 2         (N, 128, 28, 28)
//	layer3  two blocks, 256 channels, stride 2         (N, 256, 14, 14)
//	layer4  two blocks, 512 channels, stride 2         (N, 512, 7, 7)
//	mean of each plane → fc 512 → classes
//
// Pictures may have another size: it is halved where the stride is 2. Each block is a [BasicBlock]. Names are
// torchvision's: conv1, bn1, layer1.0.conv1, …, fc.
//
// He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016.
type ResNet18 struct {
	Conv1  *nn.Conv2D
	BN1    *nn.BatchNorm
	Stages [4][2]*BasicBlock // layer1 to layer4
	FC     *nn.Linear

	pool  bool
	scope *nn.Scope
}

// ResNet is the options of residual networks. The zero value, which may be left out, is the network for ImageNet.
type ResNet struct {
	// Small makes it one for small pictures, such as those of CIFAR (32×32): conv1 is 3×3 of stride 1, and nothing is
	// pooled before layer1, so that layer4 sees (N, 512, 4, 4).
	Small bool
}

// NewResNet18 makes the network: 11,689,512 parameters for 1000 classes, and 11,173,962 for ten with a Small beginning.
// Convolutions begin with N(0, 2/fan_out), as torchvision's; see He, Zhang, Ren and Sun 2015. It panics on more than one
// ResNet.
func NewResNet18(classes int, opt ...ResNet) *ResNet18 {
	if len(opt) > 1 {
		panic(fmt.Sprintf("cnn.NewResNet18: there are %d ResNet, want at most one", len(opt)))
	}
	s := nn.NewScope()
	m := &ResNet18{scope: s, pool: len(opt) == 0 || !opt[0].Small}
	kernel, stem := 3, ops.Conv{Pad: 1}
	if m.pool {
		kernel, stem = 7, ops.Conv{Stride: 2, Pad: 3}
	}
	m.Conv1 = nn.NewConv2D(s.Sub("conv1"), 3, 64, kernel, stem, nn.Affine{NoBias: true})
	m.BN1 = nn.NewBatchNorm2D(s.Sub("bn1"), 64)
	in, stride := 64, 1
	for i := range m.Stages {
		out := 64 << i
		m.Stages[i] = [2]*BasicBlock{
			NewBasicBlock(s.Subf("layer%d.0", i+1), in, out, stride),
			NewBasicBlock(s.Subf("layer%d.1", i+1), out, out, 1),
		}
		in, stride = out, 2
	}
	m.FC = nn.NewLinear(s.Sub("fc"), in, classes)
	for p := range s.Params().All() {
		if len(p.Type().Shape) == 4 { // a kernel
			s.Params().SetInit(p.Name(), nn.HeNormal(nn.GainReLU, nn.FanOut))
		}
	}
	return m
}

// Params returns all parameters and the running statistics.
func (m *ResNet18) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, 3, H, W) to logits (N, classes).
func (m *ResNet18) Forward(x graph.Node) graph.Node {
	x = m.scope.Apply("bn1", m.BN1.Forward(m.Conv1.Forward(x)), ops.ReLU) // (N, 64, H/2, W/2); Small: H, W
	if m.pool {
		x = ops.MaxPool2D(x, ops.Pool{Size: 3, Stride: 2, Pad: 1}) // (N, 64, H/4, W/4)
	}
	for _, stage := range m.Stages {
		x = stage[1].Forward(stage[0].Forward(x)) // layer4: (N, 512, H/32, W/32); Small: H/8, W/8
	}
	return m.FC.Forward(ops.GlobalAvgPool2D(x)) // (N, classes)
}
