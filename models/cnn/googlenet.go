// This file holds GoogLeNet, the first of the Inception networks.

package cnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// GoogLeNet is a network of modules that look at the same maps through windows of several sizes, for pictures of
// 224×224 in three channels:
//
//	x (N, 3, 224, 224)
//	conv1 7×7, 64 channels, stride 2                   (N, 64, 112, 112)
//	max pool 3, stride 2                               (N, 64, 56, 56)
//	conv2 1×1, 64 channels → conv3 3×3, 192            (N, 192, 56, 56)
//	max pool 3, stride 2                               (N, 192, 28, 28)
//	inception3a, 3b                                    (N, 480, 28, 28)
//	max pool 3, stride 2                               (N, 480, 14, 14)
//	inception4a to 4e; aux1 reads 4a, and aux2 4d      (N, 832, 14, 14)
//	max pool 2, stride 2                               (N, 832, 7, 7)
//	inception5a, 5b                                    (N, 1024, 7, 7)
//	mean of each plane → dropout 0.2 → fc 1024 → classes
//
// A module has four branches: 1×1; 1×1 → 3×3; 1×1 → 3×3; and max pool 3 → 1×1. The auxiliary heads are there in
// training alone, where they bring gradients to the middle of the network: 4×4 means → 1×1, 128 channels →
// fc1 2048 → 1024 → ReLU → dropout 0.7 → fc2 1024 → classes.
//
// Small is for pictures of 32×32: conv1 is 3×3 of stride 1 to 192 channels, and nothing else is before inception3a, as
// in Liu's network for CIFAR-10, github.com/kuangliu/pytorch-cifar. Then inception5b gives (N, 1024, 8, 8).
//
// It is torchvision's network and not the paper's in three things, which its weights go with: each convolution is
// normalised, which was found later (Ioffe and Szegedy 2015); the third branch has 3×3 where the paper has 5×5, a
// known slip; and the heads begin with 4×4 means of any maps, where the paper has means over 5×5 windows. Names are
// torchvision's: conv1.conv, conv1.bn, inception3a.branch2.0.conv, …, aux1.fc1, fc.
//
// Szegedy et al., "Going deeper with convolutions", CVPR 2015.
type GoogLeNet struct {
	Conv1, Conv2, Conv3 *BasicConv // Small has the first alone
	Modules             [9]*Mixed  // inception3a, 3b, 4a, …, 4e, 5a, 5b
	Aux1, Aux2          *AuxHead   // nil without
	FC                  *nn.Linear
	Dropout             float64

	transform bool
	scope     *nn.Scope
}

// googLeNetModules are the channels that the convolutions of each module make, by the columns of table 1 of the paper:
// 1×1; 3×3 reduce, 3×3; 5×5 reduce, 5×5; and pool proj.
var googLeNetModules = [9]struct {
	name     string
	channels [6]int
}{
	{"inception3a", [6]int{64, 96, 128, 16, 32, 32}},
	{"inception3b", [6]int{128, 128, 192, 32, 96, 64}},
	{"inception4a", [6]int{192, 96, 208, 16, 48, 64}},
	{"inception4b", [6]int{160, 112, 224, 24, 64, 64}},
	{"inception4c", [6]int{128, 128, 256, 24, 64, 64}},
	{"inception4d", [6]int{112, 144, 288, 32, 64, 64}},
	{"inception4e", [6]int{256, 160, 320, 32, 128, 128}},
	{"inception5a", [6]int{256, 160, 320, 32, 128, 128}},
	{"inception5b", [6]int{384, 192, 384, 48, 128, 128}},
}

// NewGoogLeNet makes the network: for 1000 classes 6,624,904 parameters, and 6,379,984 in the auxiliary heads, in all
// 13,004,888. All weights begin with N(0, 0.01²), biases with U(±1/√in), as torchvision's.
func NewGoogLeNet(classes int, opt ...Options) *GoogLeNet {
	o := optionsOf("NewGoogLeNet", 64, "Inception", opt)
	s, wide := nn.NewScope(), proportion(o.Width, 64)
	m := &GoogLeNet{Dropout: .2, transform: o.TransformInput, scope: s}
	if o.Small {
		m.Conv1 = NewBasicConv(s.Sub("conv1"), o.Channels, wide(192), 3, 3, ops.Conv{Pad: 1})
	} else {
		m.Conv1 = NewBasicConv(s.Sub("conv1"), o.Channels, wide(64), 7, 7, ops.Conv{Stride: 2, Pad: 3})
		m.Conv2 = NewBasicConv(s.Sub("conv2"), wide(64), wide(64), 1, 1, ops.Conv{})
		m.Conv3 = NewBasicConv(s.Sub("conv3"), wide(64), wide(192), 3, 3, ops.Conv{Pad: 1})
	}
	in := wide(192)
	var out [9]int // channels that the modules give
	for i, row := range googLeNetModules {
		c := row.channels
		for k := range c {
			c[k] = wide(c[k])
		}
		m.Modules[i] = newGoogLeNetModule(s.Sub(row.name), in, c)
		in = c[0] + c[2] + c[4] + c[5]
		out[i] = in
	}
	if !o.NoAux {
		m.Aux1 = newAuxHead(s.Sub("aux1"), out[2], wide(128), wide(1024), classes)
		m.Aux2 = newAuxHead(s.Sub("aux2"), out[5], wide(128), wide(1024), classes)
	}
	m.FC = nn.NewLinear(s.Sub("fc"), in, classes)
	truncated(s.Params(), .01)
	return m
}

// newGoogLeNetModule makes a module, given a row of the table.
func newGoogLeNetModule(s *nn.Scope, in int, c [6]int) *Mixed {
	conv := func(in, out, kernel int) nn.Maker {
		return func(s *nn.Scope) nn.Module {
			return NewBasicConv(s, in, out, kernel, kernel, ops.Conv{Pad: kernel / 2})
		}
	}
	pool := nn.MaxPool2D(ops.Pool{Size: 3, Stride: 1, Pad: 1, CeilMode: true})
	return &Mixed{
		Branches: [][]nn.Module{
			{conv(in, c[0], 1)(s.Sub("branch1"))},
			{nn.NewSequential(s.Sub("branch2"), conv(in, c[1], 1), conv(c[1], c[2], 3))},
			// 5×5 in the paper
			{nn.NewSequential(s.Sub("branch3"), conv(in, c[3], 1), conv(c[3], c[4], 3))},
			{nn.NewSequential(s.Sub("branch4"), pool.Make, conv(in, c[5], 1))},
		},
		scope: s,
	}
}

// Params returns all parameters and the running statistics.
func (m *GoogLeNet) Params() *nn.Params { return m.scope.Params() }

// WithHead returns the network with a new head, for another number of classes, and without the auxiliary heads, which
// a network that has learnt needs no more. It shares all other parameters with m, so that training one trains the
// other.
func (m *GoogLeNet) WithHead(classes int) *GoogLeNet {
	n := *m
	if m.Aux1 != nil {
		n.Aux1, n.Aux2, n.scope = nil, nil, m.scope.Without("aux1").Without("aux2")
	}
	n.scope, n.FC = withHead(n.scope, m.FC, classes)
	return &n
}

// Features maps x (N, C, H, W) to what the head reads, (N, 1024), and returns what the modules read and have made on
// the way: maxpool2, in a Small network conv1, and inception3a to inception5b.
func (m *GoogLeNet) Features(x graph.Node) (y graph.Node, maps []Map) {
	x, name := m.stem(x) // (N, 192, H/8, W/8); Small: (N, 192, H, W)
	maps = []Map{{name, x}}
	for i, module := range m.Modules {
		switch name = googLeNetModules[i].name; name {
		case "inception4a":
			x = ops.MaxPool2D(x, half) // (N, 480, H/16, W/16); Small: H/2, W/2
		case "inception5a":
			x = ops.MaxPool2D(x, ops.Pool{Size: 2, CeilMode: true}) // (N, 832, H/32, W/32)
		}
		x = module.Forward(x) // (N, 480, …) of 3b, (N, 832, …) of 4e, (N, 1024, …) of 5b
		maps = append(maps, Map{name, x})
	}
	return ops.GlobalAvgPool2D(x), maps // (N, 1024)
}

// half pools maps to half the side, rounded up.
var half = ops.Pool{Size: 3, Stride: 2, CeilMode: true}

// stem is what comes before the modules, with its name.
func (m *GoogLeNet) stem(x graph.Node) (graph.Node, string) {
	if m.transform {
		x = transformed(x)
	}
	x = m.Conv1.Forward(x) // (N, 64, H/2, W/2); Small: (N, 192, H, W)
	if m.Conv2 == nil {
		return x, "conv1"
	}
	x = m.Conv2.Forward(ops.MaxPool2D(x, half)) // (N, 64, H/4, W/4)
	x = m.Conv3.Forward(x)                      // (N, 192, H/4, W/4)
	return ops.MaxPool2D(x, half), "maxpool2"   // (N, 192, H/8, W/8)
}

// Forward maps x (N, C, H, W) to logits (N, classes). The auxiliary heads are no part of it, see [GoogLeNet.Build].
func (m *GoogLeNet) Forward(x graph.Node) graph.Node {
	y, _ := m.Features(x)
	return m.FC.Forward(ops.Dropout(y, m.Dropout))
}

// Inputs are x and y.
func (m *GoogLeNet) Inputs() []string { return []string{"x", "y"} }

// Build is the task of telling classes y (N), as the paper has it: in training the losses of the auxiliary heads count
// with 0.3,
//
//	loss = CE(logits, y) + 0.3·(CE(aux1, y) + CE(aux2, y))
//
// and in evaluation they are not there.
func (m *GoogLeNet) Build(batch ...graph.Node) train.Outcome {
	x, labels := batch[0], batch[1]
	y, maps := m.Features(x)
	logits := m.FC.Forward(ops.Dropout(y, m.Dropout)) // (N, classes)
	var aux []graph.Node
	if m.Aux1 != nil && x.Graph().Mode == graph.Train {
		const read1, read2 = 3, 6 // inception4a and inception4d, behind the stem
		aux = []graph.Node{m.Aux1.Forward(maps[read1].Node), m.Aux2.Forward(maps[read2].Node)}
	}
	return headed(labels, logits, .3, aux)
}

// AuxHead is a classifier of the maps in the middle of GoogLeNet.
type AuxHead struct {
	Conv     *BasicConv
	FC1, FC2 *nn.Linear
	Dropout  float64

	scope *nn.Scope
}

func newAuxHead(s *nn.Scope, in, channels, inner, classes int) *AuxHead {
	return &AuxHead{
		Conv:    NewBasicConv(s.Sub("conv"), in, channels, 1, 1, ops.Conv{}),
		FC1:     nn.NewLinear(s.Sub("fc1"), channels*4*4, inner),
		FC2:     nn.NewLinear(s.Sub("fc2"), inner, classes),
		Dropout: .7,
		scope:   s,
	}
}

// Forward maps x (N, in, H, W) to logits (N, classes).
func (m *AuxHead) Forward(x graph.Node) graph.Node {
	defer m.scope.Open(x.Graph())()
	x = m.Conv.Forward(ops.AdaptiveAvgPool2D(x, 4, 4)) // (N, 128, 4, 4)
	x = ops.ReLU(m.FC1.Forward(ops.Flatten(x, 1)))     // (N, 1024)
	return m.FC2.Forward(ops.Dropout(x, m.Dropout))    // (N, classes)
}
