// Package vae holds autoencoders, one architecture a file.
package vae

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Autoencoder learns to give back what it is given, through a code that is much shorter:
//
//	x (N, …)
//	encoder  features → hidden → ReLU → code           (N, code)
//	decoder  code → hidden → ReLU → features → σ       (N, …)
//
// With linear layers alone the best code would be that of the principal components (Bourlard and Kamp 1988); what the
// nonlinear layers add is what it does better than these.
//
// Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 313, 2006.
type Autoencoder struct {
	Encoder, Decoder []*nn.Linear

	scope *nn.Scope
}

// NewAutoencoder makes the network for values in [0, 1]: of 784 features, 128 hidden units and a code of 32 it has
// 209,968 parameters, 100,480 + 4,128 + 4,224 + 101,136.
func NewAutoencoder(features, hidden, code int) *Autoencoder {
	s := nn.NewScope()
	pair := func(s *nn.Scope, in, hidden, out int) []*nn.Linear { // PyTorch's names: a ReLU is module 1
		return []*nn.Linear{nn.NewLinear(s.Sub("0"), in, hidden), nn.NewLinear(s.Sub("2"), hidden, out)}
	}
	return &Autoencoder{
		Encoder: pair(s.Sub("encoder"), features, hidden, code),
		Decoder: pair(s.Sub("decoder"), code, hidden, features),
		scope:   s,
	}
}

// Params returns weights and biases: encoder.0.weight, …, decoder.2.bias.
func (m *Autoencoder) Params() *nn.Params { return m.scope.Params() }

// Encode maps x (N, …) to codes (N, code).
func (m *Autoencoder) Encode(x graph.Node) graph.Node {
	h := m.scope.Apply("encoder", m.Encoder[0].Forward(ops.Flatten(x, 1)), ops.ReLU) // (N, hidden)
	return m.Encoder[1].Forward(h)                                                   // (N, code)
}

// Decode maps codes (N, code) to values in (0, 1), (N, features).
func (m *Autoencoder) Decode(z graph.Node) graph.Node {
	h := m.scope.Apply("decoder", m.Decoder[0].Forward(z), ops.ReLU)      // (N, hidden)
	return m.scope.Apply("decoder", m.Decoder[1].Forward(h), ops.Sigmoid) // (N, features)
}

// Reconstruct maps x (N, …) to what is made of its code, of the shape of x.
func (m *Autoencoder) Reconstruct(x graph.Node) graph.Node { return like(m.Decode(m.Encode(x)), x) }

// Forward is Reconstruct.
func (m *Autoencoder) Forward(x graph.Node) graph.Node { return m.Reconstruct(x) }

// Interpolate maps pictures a and b (N, …) to what is made of n codes on the line between theirs, both ends among
// them: (N·n, features), those of a pair together.
func (m *Autoencoder) Interpolate(a, b graph.Node, n int) graph.Node {
	return m.Decode(between(m.Encode(a), m.Encode(b), n))
}

// Inputs are the pictures alone.
func (m *Autoencoder) Inputs() []string { return []string{"x"} }

// Build is the task: a small mean of the squared differences between x and its reconstruction.
func (m *Autoencoder) Build(batch ...graph.Node) train.Outcome {
	x := batch[0]
	y := m.Forward(x)
	return train.Outcome{Loss: ops.MSE(y, x), Pred: y}
}
