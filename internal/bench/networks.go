// This file holds the networks of the workloads that the zoo does not have in this form.

package bench

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/rnn"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/models/vae"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// network is a model made of a module and the parameters of its scope.
type network struct {
	nn.Module
	params *nn.Params
}

func (n *network) Params() *nn.Params { return n.params }

// maker makes a module in the scope of its place in a chain.
type maker = func(s *nn.Scope) nn.Module

func chain(makers ...maker) *network {
	s := nn.NewScope()
	return &network{nn.NewSequential(s, makers...), s.Params()}
}

// bare is a layer without bias.
var bare = nn.Affine{NoBias: true}

func conv(in, out, kernel int, opt ops.Conv) maker {
	return func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, in, out, kernel, opt) }
}

func convNoBias(in, out, kernel int, opt ops.Conv) maker {
	return func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, in, out, kernel, opt, bare) }
}

func norm(channels int) maker {
	return func(s *nn.Scope) nn.Module { return nn.NewBatchNorm2D(s, channels) }
}

func block(in, out, stride int) maker {
	return func(s *nn.Scope) nn.Module { return cnn.NewBasicBlock(s, in, out, stride) }
}

func linear(in, out int) maker {
	return func(s *nn.Scope) nn.Module { return nn.NewLinear(s, in, out) }
}

func function(f nn.Func) maker { return func(*nn.Scope) nn.Module { return f } }

// newConvNet is the network of PyTorch's MNIST example without its dropout.
func newConvNet() *network {
	return chain(
		conv(1, 32, 3, ops.Conv{}), function(ops.ReLU), // (N, 32, 26, 26)
		conv(32, 64, 3, ops.Conv{}), function(ops.ReLU), // (N, 64, 24, 24)
		function(nn.MaxPool2D(ops.Pool{Size: 2})), function(nn.Flatten()), // (N, 9216)
		linear(9216, 128), function(ops.ReLU),
		linear(128, 10))
}

// newResNet20 is the residual network for CIFAR-10 of He, Zhang, Ren and Sun 2016, with 1×1 convolutions where shapes
// differ (their option B).
func newResNet20() *network {
	return chain(
		convNoBias(3, 16, 3, ops.Conv{Pad: 1}), norm(16), function(ops.ReLU), // (N, 16, 32, 32)
		block(16, 16, 1), block(16, 16, 1), block(16, 16, 1),
		block(16, 32, 2), block(32, 32, 1), block(32, 32, 1), // (N, 32, 16, 16)
		block(32, 64, 2), block(64, 64, 1), block(64, 64, 1), // (N, 64, 8, 8)
		function(ops.GlobalAvgPool2D), // (N, 64)
		linear(64, 10))
}

// newBottlenecks is the residual network of bottlenecks of the same paper, with so many of them in each stage: 3, 4, 6, 3 in ResNet-50
// and 3, 4, 23, 3 in ResNet-101.
func newBottlenecks(stages ...int) *network {
	makers := []maker{
		convNoBias(3, 64, 7, ops.Conv{Stride: 2, Pad: 3}), norm(64), function(ops.ReLU),
		function(nn.MaxPool2D(ops.Pool{Size: 3, Stride: 2, Pad: 1})),
	}
	in := 64
	for stage, blocks := range stages {
		width := 64 << stage
		for i := range blocks {
			stride := 1
			if i == 0 && stage > 0 {
				stride = 2
			}
			makers = append(makers, bottleneck(in, width, stride))
			in = 4 * width
		}
	}
	return chain(append(makers, function(ops.GlobalAvgPool2D), linear(in, 1000))...)
}

// bottleneck is a residual block of a 1×1, a 3×3 and a 1×1 convolution, from in to 4·width channels.
func bottleneck(in, width, stride int) maker {
	return func(s *nn.Scope) nn.Module {
		body := nn.NewSequential(s.Sub("body"),
			convNoBias(in, width, 1, ops.Conv{}), norm(width), function(ops.ReLU),
			convNoBias(width, width, 3, ops.Conv{Stride: stride, Pad: 1}), norm(width), function(ops.ReLU),
			convNoBias(width, 4*width, 1, ops.Conv{}), norm(4*width))
		skip := nn.Func(func(x graph.Node) graph.Node { return x }).Forward
		if in != 4*width {
			skip = nn.NewSequential(s.Sub("downsample"), convNoBias(in, 4*width, 1, ops.Conv{Stride: stride}), norm(4*width)).Forward
		}
		return nn.Func(func(x graph.Node) graph.Node { return ops.ReLU(ops.Add(body.Forward(x), skip(x))) })
	}
}

// newVAE is the variational autoencoder of the zoo. The result of its forward pass is its loss, summed over pictures
// as in PyTorch's example.
func newVAE(features, hidden, code int) *network {
	m := vae.NewVAE(features, hidden, code)
	forward := func(x graph.Node) graph.Node { return ops.Scale(m.Build(x).Loss, float64(x.Dim(0))) }
	return &network{nn.Func(forward), m.Params()}
}

// newLSTM is the character LSTM of the zoo, from a state of zeros, with a row for each character.
func newLSTM(v, hidden, layers int) *network {
	m := rnn.NewCharLSTM(v, hidden, layers)
	forward := func(x graph.Node) graph.Node { return ops.Reshape(m.Forward(x), -1, v) } // (N·T, V)
	return &network{nn.Func(forward), m.Params()}
}

// newUnrolled is newLSTM with one layer, each of whose steps is made of small ops.
func newUnrolled(v, hidden int) *network {
	s := nn.NewScope()
	embedding := nn.NewEmbedding(s.Sub("e"), v, hidden)
	ofInput, ofState := nn.NewLinear(s.Sub("x"), hidden, 4*hidden), nn.NewLinear(s.Sub("h"), hidden, 4*hidden, bare)
	out := nn.NewLinear(s.Sub("o"), hidden, v)
	forward := func(x graph.Node) graph.Node {
		zero := x.Graph().Full(0, x.Dim(0), hidden)
		h, c, w := zero, zero, x.Graph().Param(ofState.Weight)
		var states []graph.Node
		for _, x := range ops.Unstack(embedding.Forward(x), 1) { // (N, hidden)
			z := ops.Split(ops.Add(ofInput.Forward(x), ops.MatMul(h, ops.Transpose(w))), 1, hidden, hidden, hidden, hidden)
			i, f, g, o := ops.Sigmoid(z[0]), ops.Sigmoid(z[1]), ops.Tanh(z[2]), ops.Sigmoid(z[3])
			c = ops.Add(ops.Mul(f, c), ops.Mul(i, g))
			h = ops.Mul(o, ops.Tanh(c))
			states = append(states, h)
		}
		return ops.Reshape(out.Forward(ops.Stack(1, states...)), -1, v) // (N·T, V)
	}
	return &network{nn.Func(forward), s.Params()}
}

// newGPT is the GPT of the zoo over v characters, as nanoGPT has it but for a head of its own, with a row for each
// character: d features, and t positions.
func newGPT(v, d, heads, layers, t int) *network {
	m := transformer.NewGPT(transformer.GPTConfig{Vocabulary: v, Context: t, Width: d, Heads: heads, Layers: layers,
		ExactGELU: true, Untied: true})
	forward := func(x graph.Node) graph.Node { return ops.Reshape(m.Forward(x), -1, v) } // (N·T, V)
	return &network{nn.Func(forward), m.Params()}
}
