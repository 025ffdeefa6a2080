// This file holds the networks of the workloads that the zoo does not have in this form.

package bench

import (
	"github.com/stheno-ml/stheno/graph"
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
			z := ops.Split(ops.Add(ofInput.Forward(x), ops.MatMul(h, ops.Transpose(w))), 1, hidden, hidden,
				hidden, hidden)
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
