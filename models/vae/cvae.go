// This file holds CVAE, a variational autoencoder that is told the class.

package vae

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// CVAE is a [VAE] whose encoder and decoder are told the class of the picture, so that the code need not hold it, and
// pictures of a class can be asked for:
//
//	x (N, …), y (N) int64
//	encoder  [x; one-hot y] → hidden → ReLU → mu and logvar        each (N, code)
//	decoder  [z; one-hot y] → hidden → ReLU → features → σ         (N, features)
//
// Names are those of VAE.
//
// Sohn, Lee and Yan, "Learning structured output representation using deep conditional generative models", NeurIPS
// 2015; Kingma, Rezende, Mohamed and Welling 2014 have it as M2.
type CVAE struct {
	FC1, FC21, FC22, FC3, FC4 *nn.Linear
	Classes                   int
	Options

	code  int
	scope *nn.Scope
}

// NewCVAE makes the network for values in [0, 1]: of 784 features, ten classes, 400 hidden units and a code of 20 it
// has 660,824 parameters, 318,000 + 2·8,020 + 12,400 + 314,384. It panics on more than one Options.
func NewCVAE(features, classes, hidden, code int, opt ...Options) *CVAE {
	s := nn.NewScope()
	return &CVAE{
		FC1:     nn.NewLinear(s.Sub("fc1"), features+classes, hidden),
		FC21:    nn.NewLinear(s.Sub("fc21"), hidden, code),
		FC22:    nn.NewLinear(s.Sub("fc22"), hidden, code),
		FC3:     nn.NewLinear(s.Sub("fc3"), code+classes, hidden),
		FC4:     nn.NewLinear(s.Sub("fc4"), hidden, features),
		Classes: classes,
		Options: only("NewCVAE", opt),
		code:    code,
		scope:   s,
	}
}

// Params returns weights and biases: fc1.weight, fc1.bias, …, fc4.bias.
func (m *CVAE) Params() *nn.Params { return m.scope.Params() }

// told is x (N, D) with the one-hot form of the classes y (N) behind it.
func (m *CVAE) told(x, y graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	return ops.Concat(1, x, ops.OneHot(y, m.Classes)) // (N, D+classes)
}

// Encode maps x (N, …) of classes y (N) to the mean of its code and the logarithm of the variance, each (N, code).
func (m *CVAE) Encode(x, y graph.Node) (mu, logvar graph.Node) {
	h := m.scope.Apply("fc1", m.FC1.Forward(m.told(ops.Flatten(x, 1), y)), ops.ReLU) // (N, hidden)
	return m.FC21.Forward(h), m.FC22.Forward(h)
}

// decode maps codes with their classes (N, code+classes) to the decoder's output (N, features).
func (m *CVAE) decode(z graph.Node) graph.Node {
	return m.FC4.Forward(m.scope.Apply("fc3", m.FC3.Forward(z), ops.ReLU))
}

// Decode maps codes z (N, code) of classes y (N) to what is expected of the pixels, (N, features).
func (m *CVAE) Decode(z, y graph.Node) graph.Node { return m.Forward(m.told(z, y)) }

// Forward is Decode of codes with the one-hot form of their classes behind them, (N, code+classes): a class may be
// between two.
func (m *CVAE) Forward(z graph.Node) graph.Node { return m.mean(m.decode(z)) }

// Reconstruct maps x (N, …) of classes y (N) to what is made of the mean of its code, of the shape of x.
func (m *CVAE) Reconstruct(x, y graph.Node) graph.Node {
	mu, _ := m.Encode(x, y)
	return like(m.Decode(mu, y), x)
}

// Sample adds a code of N(0, 1) for each of the classes y (n), and what is made of them: (n, features).
func (m *CVAE) Sample(y graph.Node) graph.Node {
	if !y.Valid() {
		return y
	}
	return m.Decode(ops.RandomNormal(y.Graph(), y.Size(), m.code), y)
}

// Interpolate maps pictures a and b (N, …) of classes y (N) to what is made of n codes on the line between theirs,
// both ends among them: (N·n, features), those of a pair together.
func (m *CVAE) Interpolate(a, b, y graph.Node, n int) graph.Node {
	from, _ := m.Encode(a, y)
	to, _ := m.Encode(b, y)
	z := between(from, to, n)
	if !z.Valid() {
		return z
	}
	return m.Decode(z, ops.Repeat(y, 0, n))
}

// Inputs are the pictures and their classes.
func (m *CVAE) Inputs() []string { return []string{"x", "y"} }

// Build is the task: [CVAE.ELBO] with noise that is new in each step.
func (m *CVAE) Build(batch ...graph.Node) train.Outcome {
	x := batch[0]
	return m.ELBO(x, batch[1], ops.RandomNormal(x.Graph(), x.Dim(0), m.code))
}

// ELBO is the loss of pictures x (N, …) of classes y (N), in nats a picture, and its two terms, with a code that is
// drawn by the given standard normal noise (N, code).
func (m *CVAE) ELBO(x, y, noise graph.Node) train.Outcome {
	mu, logvar := m.Encode(x, y)
	return m.elbo(x, m.decode(m.told(draw(mu, logvar, noise), y)), mu, logvar)
}
