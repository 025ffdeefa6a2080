// This file holds VAE, the variational autoencoder.

package vae

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// VAE is an autoencoder whose code is a distribution, near to N(0, 1), so that codes can be drawn and pictures made of
// them:
//
//	x (N, …)
//	encoder  features → hidden → ReLU → mu and logvar         each (N, code)
//	z = mu + e^(logvar/2)·ε, ε of N(0, 1)                     (N, code)
//	decoder  code → hidden → ReLU → features → σ              (N, features)
//
// It makes the evidence lower bound large, -ln p(x | z) + KL(N(mu, e^logvar) ‖ N(0, 1)) small. Names are those of
// PyTorch's example, fc1, fc21 for mu, fc22 for logvar, fc3 and fc4; the loss that it prints is this one.
//
// Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014.
type VAE struct {
	FC1, FC21, FC22, FC3, FC4 *nn.Linear
	Options

	code  int
	scope *nn.Scope
}

// NewVAE makes the network for values in [0, 1]: of 784 features, 400 hidden units and a code of 20 it has 652,824
// parameters, 314,000 + 2·8,020 + 8,400 + 314,384. It panics on more than one Options.
func NewVAE(features, hidden, code int, opt ...Options) *VAE {
	s := nn.NewScope()
	return &VAE{
		FC1:     nn.NewLinear(s.Sub("fc1"), features, hidden),
		FC21:    nn.NewLinear(s.Sub("fc21"), hidden, code),
		FC22:    nn.NewLinear(s.Sub("fc22"), hidden, code),
		FC3:     nn.NewLinear(s.Sub("fc3"), code, hidden),
		FC4:     nn.NewLinear(s.Sub("fc4"), hidden, features),
		Options: only("NewVAE", opt),
		code:    code,
		scope:   s,
	}
}

// Params returns weights and biases: fc1.weight, fc1.bias, …, fc4.bias.
func (m *VAE) Params() *nn.Params { return m.scope.Params() }

// Encode maps x (N, …) to the mean of its code and the logarithm of the variance, each (N, code).
func (m *VAE) Encode(x graph.Node) (mu, logvar graph.Node) {
	h := m.scope.Apply("fc1", m.FC1.Forward(ops.Flatten(x, 1)), ops.ReLU) // (N, hidden)
	return m.FC21.Forward(h), m.FC22.Forward(h)
}

// decode maps codes z (N, code) to the decoder's output (N, features).
func (m *VAE) decode(z graph.Node) graph.Node {
	return m.FC4.Forward(m.scope.Apply("fc3", m.FC3.Forward(z), ops.ReLU))
}

// Decode maps codes z (N, code) to what is expected of the pixels, (N, features).
func (m *VAE) Decode(z graph.Node) graph.Node { return m.mean(m.decode(z)) }

// Reconstruct maps x (N, …) to what is made of the mean of its code, of the shape of x.
func (m *VAE) Reconstruct(x graph.Node) graph.Node {
	mu, _ := m.Encode(x)
	return like(m.Decode(mu), x)
}

// Forward is Reconstruct.
func (m *VAE) Forward(x graph.Node) graph.Node { return m.Reconstruct(x) }

// Sample adds n codes of N(0, 1), and what is made of them: (n, features).
func (m *VAE) Sample(g *graph.Graph, n int) graph.Node {
	return m.Decode(ops.RandomNormal(g, n, m.code))
}

// Interpolate maps pictures a and b (N, …) to what is made of n codes on the line between theirs, both ends among
// them: (N·n, features), those of a pair together.
func (m *VAE) Interpolate(a, b graph.Node, n int) graph.Node {
	from, _ := m.Encode(a)
	to, _ := m.Encode(b)
	return m.Decode(between(from, to, n))
}

// Inputs are the pictures alone.
func (m *VAE) Inputs() []string { return []string{"x"} }

// Build is the task: [VAE.ELBO] with noise that is new in each step.
func (m *VAE) Build(batch ...graph.Node) train.Outcome {
	x := batch[0]
	return m.ELBO(x, ops.RandomNormal(x.Graph(), x.Dim(0), m.code))
}

// ELBO is the loss of pictures x (N, …), in nats a picture, and its two terms, with a code that is drawn by the given
// standard normal noise (N, code).
func (m *VAE) ELBO(x, noise graph.Node) train.Outcome {
	mu, logvar := m.Encode(x)
	return m.elbo(x, m.decode(draw(mu, logvar, noise)), mu, logvar)
}

// like is y (N, features) in the shape of x.
func like(y, x graph.Node) graph.Node {
	if !y.Valid() {
		return y
	}
	return ops.Reshape(y, x.Shape()...)
}
