// This file holds Options and Map, what the networks of this package for photographs have in common.

package cnn

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// Options are those of the networks for photographs. The zero value, which may be left out, is the network as it was
// published, for pictures of ImageNet or CIFAR. A constructor panics on an option that its network does not have, on a
// number below 0 and on more than one Options.
type Options struct {
	Channels int // of a picture; 0 for 3
	// Width is how many channels the first layer has. All other layers are as many times wider or narrower than
	// in the published network, where it is 64, and 16 in those for CIFAR; 0 stands for that.
	Width int
	// Small makes it one for small pictures, such as those of CIFAR (32×32). Each network says what it does then;
	// those that were published for CIFAR are always so.
	Small bool

	BatchNorm  bool // of VGG: batch normalisation after each convolution
	Projection bool // of the networks for CIFAR: option B, a 1×1 convolution where shapes differ
	NoAux      bool // of GoogLeNet and Inception v3: without the auxiliary heads
	// TransformInput, of these two as well, is for weights that were learnt in TensorFlow, as torchvision's are.
	// Pictures that were normalised by ImageNet's means and deviations become (p - ½)/½ again, p being what they were
	// in [0, 1].
	TransformInput bool
}

// optionsOf are the options of a constructor, with what is usual where they say nothing. Of those that
// some networks have, this one has the one that is named, or those of "Inception".
func optionsOf(constructor string, width int, has string, opts []Options) Options {
	if len(opts) > 1 {
		panic(fmt.Sprintf("cnn.%s: there are %d Options, want at most one", constructor, len(opts)))
	}
	var o Options
	if len(opts) == 1 {
		o = opts[0]
	}
	switch {
	case o.Channels < 0 || o.Width < 0:
		panic(fmt.Sprintf("cnn.%s: Channels is %d and Width %d, want at least 1, or 0 for the usual number",
			constructor,
			o.Channels, o.Width))
	case o.Width > mostWidth:
		panic(fmt.Sprintf("cnn.%s: Width is %d, want at most %d", constructor, o.Width, mostWidth))
	case o.BatchNorm && has != "BatchNorm":
		panic(fmt.Sprintf("cnn.%s: BatchNorm is set, which is an option of VGG", constructor))
	case o.Projection && has != "Projection":
		panic(fmt.Sprintf("cnn.%s: Projection is set, which is an option of networks for CIFAR", constructor))
	case (o.NoAux || o.TransformInput) && has != "Inception":
		panic(fmt.Sprintf("cnn.%s: NoAux or TransformInput is set, which are options of GoogLeNet and Inception v3",
			constructor))
	}
	o.Channels, o.Width = cmp.Or(o.Channels, 3), cmp.Or(o.Width, width)
	if o.TransformInput && o.Channels != 3 {
		panic(fmt.Sprintf("cnn.%s: TransformInput is for 3 channels, Channels is %d", constructor, o.Channels))
	}
	return o
}

// mostWidth is one from which on no sum or product of widths is more than an int holds.
const mostWidth = 1 << 16

// Map is what a part of a network has made of its input, planes (N, C, H, W) as a rule. The name is the one that
// torchvision's create_feature_extractor has for it: "layer1", "features.3".
type Map struct {
	Name string
	Node graph.Node
}

// chain applies the modules of a chain in turn, and returns what each has made as well. A module without parameters
// belongs to the layer before it, so that a drawing shows an activation beside its layer.
func chain(s *nn.Scope, name string, modules []nn.Module, x graph.Node) (graph.Node, []Map) {
	var maps []Map
	at := 0
	for i, m := range modules {
		if _, bare := m.(nn.Func); !bare {
			at = i
		}
		x = s.Apply(fmt.Sprintf("%s.%d", name, at), x, m.Forward)
		maps = append(maps, Map{fmt.Sprintf("%s.%d", name, i), x})
	}
	return x, maps
}

// withHead returns the root of a model that has all parameters of s's but those of its head, and a new head.
func withHead(s *nn.Scope, head *nn.Linear, classes int) (*nn.Scope, *nn.Linear) {
	path := strings.TrimSuffix(head.Weight.Name(), ".weight")
	root := s.Without(path)
	return root, nn.NewLinear(root.Sub(path), head.Weight.Type().Shape[1], classes)
}
