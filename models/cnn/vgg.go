// This file holds VGG, networks of 3×3 convolutions alone.

package cnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// VGG are the networks of 11, 13, 16 and 19 layers with weights, for pictures of 224×224 in three channels:
//
//	x (N, 3, 224, 224)
//	features   64 channels      1 or 2 convolutions        → max pool 2     (N, 64, 112, 112)
//	           128 channels     1 or 2                     → max pool 2     (N, 128, 56, 56)
//	           256 channels     2, in VGG-16 3, in -19 4   → max pool 2     (N, 256, 28, 28)
//	           512 channels     as many                    → max pool 2     (N, 512, 14, 14)
//	           512 channels     as many                    → max pool 2     (N, 512, 7, 7)
//	mean of each of 7×7 bins, single elements here → flatten                (N, 25088)
//	classifier.0 25088 → 4096 → ReLU → dropout
//	classifier.3 4096 → 4096 → ReLU → dropout
//	classifier.6 4096 → classes
//
// Each convolution is 3×3, padded by 1, with ReLU behind, and with BatchNorm normalisation between. Pictures may have
// another size, of 32 at least, since there are always 7×7 bins. Names are torchvision's: features.0, features.2, …,
// classifier.6; so are initial values: N(0, 2/fan_out) in convolutions, N(0, 0.01²) in linear layers, biases of 0.
//
// A Small one is that of Liu's pytorch-cifar: a picture of 32×32 comes to (N, 512, 1, 1), and the head, "classifier",
// is all that follows.
//
// Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015.
type VGG struct {
	Convolutions []nn.Module // features
	FC1, FC2     *nn.Linear  // classifier.0 and classifier.3; nil in a Small one
	Head         *nn.Linear
	Dropout      float64 // .5

	scope *nn.Scope
}

// NewVGG11 makes configuration A of the paper: 132,863,336 parameters for 1000 classes, 132,868,840 with BatchNorm.
func NewVGG11(classes int, opt ...Options) *VGG {
	return newVGG("NewVGG11", [5]int{1, 1, 2, 2, 2}, classes, opt)
}

// NewVGG13 makes configuration B of the paper: 133,047,848 parameters for 1000 classes, 133,053,736 with BatchNorm.
func NewVGG13(classes int, opt ...Options) *VGG {
	return newVGG("NewVGG13", [5]int{2, 2, 2, 2, 2}, classes, opt)
}

// NewVGG16 makes configuration D of the paper: 138,357,544 parameters for 1000 classes, 138,365,992 with BatchNorm.
func NewVGG16(classes int, opt ...Options) *VGG {
	return newVGG("NewVGG16", [5]int{2, 2, 3, 3, 3}, classes, opt)
}

// NewVGG19 makes configuration E of the paper: 143,667,240 parameters for 1000 classes, 143,678,248 with BatchNorm.
func NewVGG19(classes int, opt ...Options) *VGG {
	return newVGG("NewVGG19", [5]int{2, 2, 4, 4, 4}, classes, opt)
}

// newVGG makes a network of so many convolutions before each pool.
func newVGG(constructor string, stages [5]int, classes int, opt []Options) *VGG {
	o := optionsOf(constructor, 64, "BatchNorm", opt)
	s, w := nn.NewScope(), o.Width
	m := &VGG{Dropout: .5, scope: s}
	in := o.Channels
	for i, convolutions := range stages {
		out := w << min(i, 3)
		for range convolutions {
			m.add(in, out, o.BatchNorm)
			in = out
		}
		m.Convolutions = append(m.Convolutions, nn.Func(pool2))
	}
	dense := nn.Affine{Weight: nn.Normal(.01), Bias: nn.Zeros}
	if o.Small {
		m.Head = nn.NewLinear(s.Sub("classifier"), in, classes, dense)
		return m
	}
	m.FC1 = nn.NewLinear(s.Sub("classifier.0"), in*7*7, 64*w, dense)
	m.FC2 = nn.NewLinear(s.Sub("classifier.3"), 64*w, 64*w, dense)
	m.Head = nn.NewLinear(s.Sub("classifier.6"), 64*w, classes, dense)
	return m
}

// add adds a convolution, if need be its normalisation, and ReLU.
func (m *VGG) add(in, out int, normalised bool) {
	at := func() *nn.Scope { return m.scope.Subf("features.%d", len(m.Convolutions)) }
	he := nn.Affine{Weight: nn.HeNormal(nn.GainReLU, nn.FanOut), Bias: nn.Zeros}
	m.Convolutions = append(m.Convolutions, nn.NewConv2D(at(), in, out, 3, ops.Conv{Pad: 1}, he))
	if normalised {
		m.Convolutions = append(m.Convolutions, nn.NewBatchNorm2D(at(), out))
	}
	m.Convolutions = append(m.Convolutions, nn.Func(ops.ReLU))
}

// Params returns all parameters and, with BatchNorm, the running statistics.
func (m *VGG) Params() *nn.Params { return m.scope.Params() }

// WithHead returns the network with a new head, for another number of classes. It shares all other parameters with m,
// so that training one trains the other.
func (m *VGG) WithHead(classes int) *VGG {
	n := *m
	n.scope, n.Head = withHead(m.scope, m.Head, classes)
	return &n
}

// Features maps x (N, 3, H, W) to what the head reads, (N, 4096), in a Small one (N, 512), and returns what each module
// of features has made on the way.
func (m *VGG) Features(x graph.Node) (y graph.Node, maps []Map) {
	x, maps = chain(m.scope, "features", m.Convolutions, x) // (N, 512, H/32, W/32)
	if m.FC1 == nil {
		return ops.GlobalAvgPool2D(x), maps // (N, 512)
	}
	drop := nn.Dropout(m.Dropout)
	x = ops.Flatten(ops.AdaptiveAvgPool2D(x, 7, 7), 1)                           // (N, 25088)
	x = m.scope.Apply("classifier.0", x, m.FC1.Forward, ops.ReLU, drop)          // (N, 4096)
	return m.scope.Apply("classifier.3", x, m.FC2.Forward, ops.ReLU, drop), maps // (N, 4096)
}

// Forward maps x (N, 3, H, W) to logits (N, classes).
func (m *VGG) Forward(x graph.Node) graph.Node {
	y, _ := m.Features(x)
	return m.Head.Forward(y)
}
