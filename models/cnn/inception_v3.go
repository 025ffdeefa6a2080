// This file holds InceptionV3, an Inception network of five kinds of modules.

package cnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// InceptionV3 is an Inception network whose large windows are taken apart into small ones, for pictures of 299×299 in
// three channels:
//
//	x (N, 3, 299, 299)
//	Conv2d_1a_3x3, 32 channels, stride 2               (N, 32, 149, 149)
//	Conv2d_2a_3x3, 32 → Conv2d_2b_3x3, 64              (N, 64, 147, 147)
//	max pool 3, stride 2                               (N, 64, 73, 73)
//	Conv2d_3b_1x1, 80 → Conv2d_4a_3x3, 192             (N, 192, 71, 71)
//	max pool 3, stride 2                               (N, 192, 35, 35)
//	Mixed_5b, 5c, 5d                                   (N, 288, 35, 35)
//	Mixed_6a                                           (N, 768, 17, 17)
//	Mixed_6b to 6e; AuxLogits reads the last           (N, 768, 17, 17)
//	Mixed_7a                                           (N, 1280, 8, 8)
//	Mixed_7b, 7c                                       (N, 2048, 8, 8)
//	mean of each plane → dropout 0.5 → fc 2048 → classes
//
// The branches of the modules, where + is a fork whose results stand side by side:
//
//	5b to 5d  1×1; 1×1 → 5×5; 1×1 → 3×3 → 3×3; mean 3 → 1×1
//	6a        3×3 of stride 2; 1×1 → 3×3 → 3×3 of stride 2; max pool 3 of stride 2
//	6b to 6e  1×1; 1×1 → 1×7 → 7×1; 1×1 → 7×1 → 1×7 → 7×1 → 1×7; mean 3 → 1×1
//	7a        1×1 → 3×3 of stride 2; 1×1 → 1×7 → 7×1 → 3×3 of stride 2; max pool 3 of stride 2
//	7b, 7c    1×1; 1×1 → 1×3 + 3×1; 1×1 → 3×3 → 1×3 + 3×1; mean 3 → 1×1
//
// The auxiliary head is there in training alone: mean 5 of stride 3 → 1×1, 128 channels → 5×5, 768 → mean → fc. It
// takes planes of 17×17 at least, and so pictures of 299×299; without it 75×75 is enough.
//
// Small is for pictures of 32×32: the first five convolutions have a stride of 1, all but the last are padded, and
// nothing is pooled between them, as in github.com/weiaicunzai/pytorch-cifar100, so that Mixed_5b reads
// (N, 192, 30, 30). The auxiliary head begins with 5×5 means of any planes then.
//
// It is torchvision's network, whose means of windows count the zeros at the border, where TensorFlow's and Keras' do
// not. Names are torchvision's: Conv2d_1a_3x3.conv, Mixed_5b.branch5x5_1.conv, …, AuxLogits.conv0.conv, fc.
//
// Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception architecture for computer vision", CVPR 2016.
type InceptionV3 struct {
	Stem    [5]*BasicConv
	Modules [11]*Mixed      // Mixed_5b, 5c, 5d, 6a, …, 6e, 7a, 7b, 7c
	Aux     *InceptionV3Aux // nil without
	FC      *nn.Linear
	Dropout float64

	small, transform bool
	scope            *nn.Scope
}

// NewInceptionV3 makes the network: for 1000 classes 23,834,568 parameters, and 3,326,696 in the auxiliary head,
// together 27,161,264. Weights begin with N(0, 0.1²), that of AuxLogits.fc with N(0, 0.001²), and biases with
// U(±1/√in), as torchvision's.
func NewInceptionV3(classes int, opt ...Options) *InceptionV3 {
	o := optionsOf("NewInceptionV3", 32, "Inception", opt)
	s, wide := nn.NewScope(), proportion(o.Width, 32)
	m := &InceptionV3{Dropout: .5, small: o.Small, transform: o.TransformInput, scope: s}
	in := o.Channels
	for i, row := range inceptionV3Stem {
		conv := row.conv
		if o.Small {
			conv = row.small
		}
		out := wide(row.channels)
		m.Stem[i] = NewBasicConv(s.Sub(row.name), in, out, row.kernel, row.kernel, conv)
		in = out
	}
	for i, row := range inceptionV3Modules {
		if row.name == "Mixed_7a" && !o.NoAux {
			m.Aux = newInceptionV3Aux(s.Sub("AuxLogits"), in, classes, wide)
		}
		b := mixer{Mixed: &Mixed{scope: s.Sub(row.name)}, wide: wide, in: in}
		row.kind(&b)
		m.Modules[i], in = b.Mixed, b.out
	}
	m.FC = nn.NewLinear(s.Sub("fc"), in, classes)
	truncated(s.Params(), .1)
	s.Params().SetInit("AuxLogits.fc.weight", nn.TruncatedNormal(.001, 2))
	return m
}

// inceptionV3Stem is the convolutions before the modules, in the usual form and in that for small pictures.
var inceptionV3Stem = [5]struct {
	name             string
	channels, kernel int
	conv, small      ops.Conv
}{
	{"Conv2d_1a_3x3", 32, 3, ops.Conv{Stride: 2}, ops.Conv{Pad: 1}},
	{"Conv2d_2a_3x3", 32, 3, ops.Conv{}, ops.Conv{Pad: 1}},
	{"Conv2d_2b_3x3", 64, 3, ops.Conv{Pad: 1}, ops.Conv{Pad: 1}},
	{"Conv2d_3b_1x1", 80, 1, ops.Conv{}, ops.Conv{}},
	{"Conv2d_4a_3x3", 192, 3, ops.Conv{}, ops.Conv{}},
}

// inceptionV3Modules are the modules, each with what makes its branches.
var inceptionV3Modules = [11]struct {
	name string
	kind func(b *mixer)
}{
	{"Mixed_5b", func(b *mixer) { b.kindA(32) }},
	{"Mixed_5c", func(b *mixer) { b.kindA(64) }},
	{"Mixed_5d", func(b *mixer) { b.kindA(64) }},
	{"Mixed_6a", (*mixer).kindB},
	{"Mixed_6b", func(b *mixer) { b.kindC(128) }},
	{"Mixed_6c", func(b *mixer) { b.kindC(160) }},
	{"Mixed_6d", func(b *mixer) { b.kindC(160) }},
	{"Mixed_6e", func(b *mixer) { b.kindC(192) }},
	{"Mixed_7a", (*mixer).kindD},
	{"Mixed_7b", (*mixer).kindE},
	{"Mixed_7c", (*mixer).kindE},
}

// The five kinds are torchvision's InceptionA to InceptionE. Of a kernel of two sides the first is its rows.

func (b *mixer) kindA(pool int) {
	b.branch(b.conv("branch1x1", 64, 1, 1))
	b.branch(b.conv("branch5x5_1", 48, 1, 1), b.conv("branch5x5_2", 64, 5, 5))
	b.branch(b.conv("branch3x3dbl_1", 64, 1, 1), b.conv("branch3x3dbl_2", 96, 3, 3),
		b.conv("branch3x3dbl_3", 96, 3, 3))
	b.branch(mean3, b.conv("branch_pool", pool, 1, 1))
}

func (b *mixer) kindB() {
	b.branch(b.halved("branch3x3", 384))
	b.branch(b.conv("branch3x3dbl_1", 64, 1, 1), b.conv("branch3x3dbl_2", 96, 3, 3),
		b.halved("branch3x3dbl_3", 96))
	b.branch(largest3)
}

func (b *mixer) kindC(c int) {
	b.branch(b.conv("branch1x1", 192, 1, 1))
	b.branch(b.conv("branch7x7_1", c, 1, 1), b.conv("branch7x7_2", c, 1, 7), b.conv("branch7x7_3", 192, 7, 1))
	b.branch(b.conv("branch7x7dbl_1", c, 1, 1), b.conv("branch7x7dbl_2", c, 7, 1),
		b.conv("branch7x7dbl_3", c, 1, 7), b.conv("branch7x7dbl_4", c, 7, 1),
		b.conv("branch7x7dbl_5", 192, 1, 7))
	b.branch(mean3, b.conv("branch_pool", 192, 1, 1))
}

func (b *mixer) kindD() {
	b.branch(b.conv("branch3x3_1", 192, 1, 1), b.halved("branch3x3_2", 320))
	b.branch(b.conv("branch7x7x3_1", 192, 1, 1), b.conv("branch7x7x3_2", 192, 1, 7),
		b.conv("branch7x7x3_3", 192, 7, 1), b.halved("branch7x7x3_4", 192))
	b.branch(largest3)
}

func (b *mixer) kindE() {
	b.branch(b.conv("branch1x1", 320, 1, 1))
	b.branch(b.conv("branch3x3_1", 384, 1, 1), b.fork("branch3x3_2", 384))
	b.branch(b.conv("branch3x3dbl_1", 448, 1, 1), b.conv("branch3x3dbl_2", 384, 3, 3),
		b.fork("branch3x3dbl_3", 384))
	b.branch(mean3, b.conv("branch_pool", 192, 1, 1))
}

var (
	mean3    = nn.AvgPool2D(ops.Pool{Size: 3, Stride: 1, Pad: 1})
	largest3 = nn.MaxPool2D(ops.Pool{Size: 3, Stride: 2})
)

// mixer adds branches to a module.
type mixer struct {
	*Mixed
	wide func(n int) int
	in   int // channels that the module reads
	at   int // that the next layer of the branch reads; 0 for in
	out  int // that the branches so far give
}

// branch adds a chain of layers, which were made in this order.
func (b *mixer) branch(layers ...nn.Module) {
	b.Branches = append(b.Branches, layers)
	if b.at == 0 { // nothing but a pool
		b.at = b.in
	}
	b.out, b.at = b.out+b.at, 0
}

// conv is the next layer of a branch, which keeps the size of planes.
func (b *mixer) conv(name string, channels, kh, kw int) nn.Module {
	return b.layer(name, channels, kh, kw, ops.Conv{PadHW: [2]int{kh / 2, kw / 2}})
}

// halved is the next layer of a branch, 3×3 of stride 2.
func (b *mixer) halved(name string, channels int) nn.Module {
	return b.layer(name, channels, 3, 3, ops.Conv{Stride: 2})
}

func (b *mixer) layer(name string, channels, kh, kw int, opt ops.Conv) nn.Module {
	in, out := b.at, b.wide(channels)
	if in == 0 {
		in = b.in
	}
	b.at = out
	return NewBasicConv(b.scope.Sub(name), in, out, kh, kw, opt)
}

// fork is the last layer of a branch: 1×3 and 3×1, side by side.
func (b *mixer) fork(name string, channels int) nn.Module {
	in := b.at
	rows := b.conv(name+"a", channels, 1, 3)
	b.at = in
	columns := b.conv(name+"b", channels, 3, 1)
	b.at *= 2
	return &Mixed{Branches: [][]nn.Module{{rows}, {columns}}, scope: b.scope}
}

// Params returns all parameters and the running statistics.
func (m *InceptionV3) Params() *nn.Params { return m.scope.Params() }

// WithHead returns the network with a new head, for another number of classes, and without the auxiliary head, which
// a network that has learnt needs no more. It shares all other parameters with m, so that training one trains the
// other.
func (m *InceptionV3) WithHead(classes int) *InceptionV3 {
	n := *m
	if m.Aux != nil {
		n.Aux, n.scope = nil, m.scope.Without("AuxLogits")
	}
	n.scope, n.FC = withHead(n.scope, m.FC, classes)
	return &n
}

// Features maps x (N, C, H, W) to what the head reads, (N, 2048), and returns what the modules read and have made on
// the way: maxpool2, in a Small network Conv2d_4a_3x3, and Mixed_5b to Mixed_7c.
func (m *InceptionV3) Features(x graph.Node) (y graph.Node, maps []Map) {
	x, name := m.stem(x) // (N, 192, 35, 35) of 299×299; Small: (N, 192, 30, 30) of 32×32
	maps = []Map{{name, x}}
	for i, module := range m.Modules {
		x = module.Forward(x) // 5d: (N, 288, 35, 35), 6a to 6e: (N, 768, 17, 17), 7c: (N, 2048, 8, 8)
		maps = append(maps, Map{inceptionV3Modules[i].name, x})
	}
	return ops.GlobalAvgPool2D(x), maps // (N, 2048)
}

// stem is what comes before the modules, with its name.
func (m *InceptionV3) stem(x graph.Node) (y graph.Node, name string) {
	if m.transform {
		x = transformed(x)
	}
	for i, conv := range m.Stem {
		x = conv.Forward(x) // (N, 64, 147, 147) and (N, 192, 71, 71) of 299×299
		if !m.small && (i == 2 || i == 4) {
			x = largest3(x) // (N, 64, 73, 73) and (N, 192, 35, 35)
		}
	}
	if m.small {
		return x, "Conv2d_4a_3x3"
	}
	return x, "maxpool2"
}

// Forward maps x (N, C, H, W) to logits (N, classes). The auxiliary head is no part of it, see [InceptionV3.Build].
func (m *InceptionV3) Forward(x graph.Node) graph.Node {
	y, _ := m.Features(x)
	return m.FC.Forward(ops.Dropout(y, m.Dropout))
}

// Inputs are x and y.
func (m *InceptionV3) Inputs() []string { return []string{"x", "y"} }

// Build is the task of telling classes y (N): in training the loss of the auxiliary head counts with 0.4, as in
// torchvision's reference,
//
//	loss = CE(logits, y) + 0.4·CE(aux, y)
//
// and in evaluation it is not there.
func (m *InceptionV3) Build(batch ...graph.Node) train.Outcome {
	x, labels := batch[0], batch[1]
	y, maps := m.Features(x)
	logits := m.FC.Forward(ops.Dropout(y, m.Dropout)) // (N, classes)
	var aux []graph.Node
	if m.Aux != nil && x.Graph().Mode == graph.Train {
		const read = 8 // Mixed_6e, behind the stem
		aux = []graph.Node{m.Aux.Forward(maps[read].Node, m.small)}
	}
	return headed(labels, logits, .4, aux)
}

// InceptionV3Aux is a classifier of the maps in the middle of Inception v3.
type InceptionV3Aux struct {
	Conv0, Conv1 *BasicConv
	FC           *nn.Linear

	scope *nn.Scope
}

func newInceptionV3Aux(s *nn.Scope, in, classes int, wide func(n int) int) *InceptionV3Aux {
	return &InceptionV3Aux{
		Conv0: NewBasicConv(s.Sub("conv0"), in, wide(128), 1, 1, ops.Conv{}),
		Conv1: NewBasicConv(s.Sub("conv1"), wide(128), wide(768), 5, 5, ops.Conv{}),
		FC:    nn.NewLinear(s.Sub("fc"), wide(768), classes),
		scope: s,
	}
}

// Forward maps x (N, in, H, W) to logits (N, classes).
func (m *InceptionV3Aux) Forward(x graph.Node, small bool) graph.Node {
	defer m.scope.Open(x.Graph())()
	if small {
		x = ops.AdaptiveAvgPool2D(x, 5, 5) // (N, 768, 5, 5)
	} else {
		x = ops.AvgPool2D(x, ops.Pool{Size: 5, Stride: 3}) // (N, 768, 5, 5) of 17×17
	}
	x = m.Conv1.Forward(m.Conv0.Forward(x))     // (N, 768, 1, 1)
	return m.FC.Forward(ops.GlobalAvgPool2D(x)) // (N, classes)
}
