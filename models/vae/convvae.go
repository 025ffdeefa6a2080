// This file holds ConvVAE, a variational autoencoder of convolutions.

package vae

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// ConvVAE is a variational autoencoder, see [VAE], whose encoder halves pictures by convolutions, and whose decoder
// doubles them by transposed ones:
//
//	x (N, C, H, W)
//	conv1 4×4, width channels, stride 2 → ReLU                 (N, width, H/2, W/2)
//	conv2 4×4, 2·width channels, stride 2 → ReLU               (N, 2·width, H/4, W/4)
//	mu, logvar                                                 each (N, code)
//	fc of a code → ReLU                                        (N, 2·width, H/4, W/4)
//	deconv1 4×4, width channels, stride 2 → ReLU               (N, width, H/2, W/2)
//	deconv2 4×4, C channels, stride 2 → σ                      (N, C, H, W)
//
// Its kernels and strides are those of Higgins et al., "β-VAE: learning basic visual concepts with a constrained
// variational framework", ICLR 2017, who have two more layers each way, for pictures of 64×64. Kingma and Welling,
// "Auto-encoding variational Bayes", ICLR 2014.
type ConvVAE struct {
	Conv1, Conv2     *nn.Conv2D
	Mu, LogVar, FC   *nn.Linear
	Deconv1, Deconv2 *nn.ConvTranspose2D
	Options

	code  int
	inner graph.Shape // (2·width, H/4, W/4)
	scope *nn.Scope
}

// NewConvVAE makes the network for pictures of a shape (C, H, W), with values in [0, 1]: for (1, 28, 28), a width of
// 32 and a code of 20 it has 258,025 parameters, 544 + 32,832 + 2·62,740 + 65,856 + 32,800 + 513. It panics if height
// and width are no multiples of 4, and on more than one Options.
func NewConvVAE(shape graph.Shape, width, code int, opt ...Options) *ConvVAE {
	if len(shape) != 3 || shape[1]%4 != 0 || shape[2]%4 != 0 {
		panic(fmt.Sprintf("vae.NewConvVAE: the shape is %v, want (C, H, W) with multiples of 4 as H and W", shape))
	}
	s := nn.NewScope()
	half := ops.Conv{Stride: 2, Pad: 1}
	inner := graph.Shape{2 * width, shape[1] / 4, shape[2] / 4}
	return &ConvVAE{
		Conv1:   nn.NewConv2D(s.Sub("conv1"), shape[0], width, 4, half),
		Conv2:   nn.NewConv2D(s.Sub("conv2"), width, 2*width, 4, half),
		Mu:      nn.NewLinear(s.Sub("mu"), inner.Size(), code),
		LogVar:  nn.NewLinear(s.Sub("logvar"), inner.Size(), code),
		FC:      nn.NewLinear(s.Sub("fc"), code, inner.Size()),
		Deconv1: nn.NewConvTranspose2D(s.Sub("deconv1"), 2*width, width, 4, half),
		Deconv2: nn.NewConvTranspose2D(s.Sub("deconv2"), width, shape[0], 4, half),
		Options: only("NewConvVAE", opt),
		code:    code,
		inner:   inner,
		scope:   s,
	}
}

// Params returns weights and biases: conv1.weight, conv1.bias, …, deconv2.bias.
func (m *ConvVAE) Params() *nn.Params { return m.scope.Params() }

// Encode maps x (N, C, H, W) to the mean of its code and the logarithm of the variance, each (N, code).
func (m *ConvVAE) Encode(x graph.Node) (mu, logvar graph.Node) {
	x = m.scope.Apply("conv1", m.Conv1.Forward(x), ops.ReLU) // (N, width, H/2, W/2)
	x = m.scope.Apply("conv2", m.Conv2.Forward(x), ops.ReLU) // (N, 2·width, H/4, W/4)
	x = ops.Flatten(x, 1)
	return m.Mu.Forward(x), m.LogVar.Forward(x)
}

// decode maps codes z (N, code) to the decoder's output (N, C, H, W).
func (m *ConvVAE) decode(z graph.Node) graph.Node {
	h := m.scope.Apply("fc", m.FC.Forward(z), ops.ReLU) // (N, 2·width·H/4·W/4)
	if !h.Valid() {
		return h
	}
	h = ops.Reshape(h, append([]int{h.Dim(0)}, m.inner...)...)   // (N, 2·width, H/4, W/4)
	h = m.scope.Apply("deconv1", m.Deconv1.Forward(h), ops.ReLU) // (N, width, H/2, W/2)
	return m.Deconv2.Forward(h)                                  // (N, C, H, W)
}

// Decode maps codes z (N, code) to what is expected of the pixels, (N, C, H, W).
func (m *ConvVAE) Decode(z graph.Node) graph.Node { return m.mean(m.decode(z)) }

// Reconstruct maps x (N, C, H, W) to what is made of the mean of its code, of the shape of x.
func (m *ConvVAE) Reconstruct(x graph.Node) graph.Node {
	mu, _ := m.Encode(x)
	return m.Decode(mu)
}

// Forward is Reconstruct.
func (m *ConvVAE) Forward(x graph.Node) graph.Node { return m.Reconstruct(x) }

// Sample adds n codes of N(0, 1), and what is made of them: (n, C, H, W).
func (m *ConvVAE) Sample(g *graph.Graph, n int) graph.Node {
	return m.Decode(ops.RandomNormal(g, n, m.code))
}

// Interpolate maps pictures a and b (N, C, H, W) to what is made of n codes on the line between theirs, both ends
// among them: (N·n, C, H, W), those of a pair together.
func (m *ConvVAE) Interpolate(a, b graph.Node, n int) graph.Node {
	from, _ := m.Encode(a)
	to, _ := m.Encode(b)
	return m.Decode(between(from, to, n))
}

// Inputs are the pictures alone.
func (m *ConvVAE) Inputs() []string { return []string{"x"} }

// Build is the task: [ConvVAE.ELBO] with noise that is new in each step.
func (m *ConvVAE) Build(batch ...graph.Node) train.Outcome {
	x := batch[0]
	return m.ELBO(x, ops.RandomNormal(x.Graph(), x.Dim(0), m.code))
}

// ELBO is the loss of pictures x (N, C, H, W), in nats a picture, and its two terms, with a code that is drawn by the
// given standard normal noise (N, code).
func (m *ConvVAE) ELBO(x, noise graph.Node) train.Outcome {
	mu, logvar := m.Encode(x)
	return m.elbo(x, m.decode(draw(mu, logvar, noise)), mu, logvar)
}
