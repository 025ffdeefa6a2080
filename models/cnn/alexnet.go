// This file holds AlexNet, the network that won the ImageNet challenge of 2012.

package cnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// AlexNet is the network of five convolutions for pictures of 224×224 in three channels, in the form of 2014 that
// torchvision has:
//
//	x (N, 3, 224, 224)
//	features.0   11×11, 64 channels, stride 4, padded by 2 → ReLU → max pool 3, stride 2    (N, 64, 27, 27)
//	features.3   5×5, 192 channels, padded by 2 → ReLU → max pool 3, stride 2               (N, 192, 13, 13)
//	features.6   3×3, 384 channels, padded by 1 → ReLU                                      (N, 384, 13, 13)
//	features.8   3×3, 256 channels, padded by 1 → ReLU                                      (N, 256, 13, 13)
//	features.10  3×3, 256 channels, padded by 1 → ReLU → max pool 3, stride 2               (N, 256, 6, 6)
//	mean of each of 6×6 bins, single elements here → flatten                                (N, 9216)
//	dropout → classifier.1 9216 → 4096 → ReLU
//	dropout → classifier.4 4096 → 4096 → ReLU
//	classifier.6 4096 → classes
//
// Pictures may have another size, of 63 at least, since there are always 6×6 bins. Names and initial values, which are
// PyTorch's usual ones, are torchvision's.
//
// A Small one is that of Yang's pytorch-classification for CIFAR: its first convolution is padded by 5, its pools are
// 2×2, a picture of 32×32 comes to (N, 256, 1, 1), and the head, "classifier", is all that follows.
//
// The network of 2012 has 96, 256, 384, 384 and 256 channels, its second, fourth and fifth convolution are in two
// groups, one for each of two processors, and responses are normalised after the first two. This one has none of that.
//
// Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", NIPS 2012;
// Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.
type AlexNet struct {
	Convolutions []nn.Module // features
	FC1, FC2     *nn.Linear  // classifier.1 and classifier.4; nil in a Small one
	Head         *nn.Linear
	Dropout      float64 // .5

	scope *nn.Scope
}

// NewAlexNet makes the network: 61,100,840 parameters for 1000 classes, and 2,472,266 for ten if it is Small.
func NewAlexNet(classes int, opt ...Options) *AlexNet {
	o := optionsOf("NewAlexNet", 64, "", opt)
	s, w := nn.NewScope(), o.Width
	m := &AlexNet{Dropout: .5, scope: s}
	relu, pool, pad := nn.Func(ops.ReLU), nn.MaxPool2D(ops.Pool{Size: 3, Stride: 2}), 2
	if o.Small {
		pool, pad = pool2, 5
	}
	conv := func(at, in, out, kernel int, opt ops.Conv) nn.Module {
		return nn.NewConv2D(s.Subf("features.%d", at), in, out, kernel, opt)
	}
	m.Convolutions = []nn.Module{
		conv(0, o.Channels, w, 11, ops.Conv{Stride: 4, Pad: pad}), relu, pool,
		conv(3, w, 3*w, 5, ops.Conv{Pad: 2}), relu, pool,
		conv(6, 3*w, 6*w, 3, ops.Conv{Pad: 1}), relu,
		conv(8, 6*w, 4*w, 3, ops.Conv{Pad: 1}), relu,
		conv(10, 4*w, 4*w, 3, ops.Conv{Pad: 1}), relu, pool,
	}
	if o.Small {
		m.Head = nn.NewLinear(s.Sub("classifier"), 4*w, classes)
		return m
	}
	m.FC1 = nn.NewLinear(s.Sub("classifier.1"), 4*w*6*6, 64*w)
	m.FC2 = nn.NewLinear(s.Sub("classifier.4"), 64*w, 64*w)
	m.Head = nn.NewLinear(s.Sub("classifier.6"), 64*w, classes)
	return m
}

// Params returns weights and biases: features.0.weight, …, classifier.6.bias.
func (m *AlexNet) Params() *nn.Params { return m.scope.Params() }

// WithHead returns the network with a new head, for another number of classes. It shares all other parameters with m,
// so that training one trains the other.
func (m *AlexNet) WithHead(classes int) *AlexNet {
	n := *m
	n.scope, n.Head = withHead(m.scope, m.Head, classes)
	return &n
}

// Features maps x (N, 3, H, W) to what the head reads, (N, 4096), in a Small one (N, 256), and returns what each module
// of features has made on the way.
func (m *AlexNet) Features(x graph.Node) (y graph.Node, maps []Map) {
	x, maps = chain(m.scope, "features", m.Convolutions, x) // (N, 256, 6, 6)
	if m.FC1 == nil {
		return ops.GlobalAvgPool2D(x), maps // (N, 256)
	}
	drop := nn.Dropout(m.Dropout)
	x = ops.Flatten(ops.AdaptiveAvgPool2D(x, 6, 6), 1)                           // (N, 9216)
	x = m.scope.Apply("classifier.1", x, drop, m.FC1.Forward, ops.ReLU)          // (N, 4096)
	return m.scope.Apply("classifier.4", x, drop, m.FC2.Forward, ops.ReLU), maps // (N, 4096)
}

// Forward maps x (N, 3, H, W) to logits (N, classes).
func (m *AlexNet) Forward(x graph.Node) graph.Node {
	y, _ := m.Features(x)
	return m.Head.Forward(y)
}
