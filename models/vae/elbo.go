// This file holds what variational autoencoders have in common: the code that is drawn, the bound that is made large,
// and the line between two codes.

package vae

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Options are those of variational autoencoders. The zero value, which may be left out, is the model of Kingma and
// Welling 2014.
type Options struct {
	// Beta is what the divergence of the code weighs; 0 for 1, and [ops.Zero] for 0. Above 1 the numbers of a code
	// come to mean more different things, and pictures become less sharp. Higgins et al., "β-VAE", ICLR 2017.
	Beta float64
	// Likelihood is what the decoder says of a pixel.
	Likelihood Likelihood
	// Variance is that of a [Gaussian]; 0 for 1. Pixels between 0 and 1 want a smaller one, or codes are not worth
	// their divergence.
	Variance float64
}

// Likelihood is the distribution of a pixel x, given the decoder's output a.
type Likelihood uint8

const (
	// Bernoulli is of probability y = σ(a), also of x between 0 and 1: -ln p(x) = -x·ln y - (1-x)·ln(1-y).
	Bernoulli Likelihood = iota
	// Gaussian is around y = a, with a Variance of v: -ln p(x) = (x-y)²/2v + ½·ln 2πv.
	Gaussian
)

// only is the options that a constructor is given, or the zero value.
func only(constructor string, opt []Options) Options {
	switch {
	case len(opt) == 0:
		return Options{}
	case len(opt) > 1:
		panic(fmt.Sprintf("vae.%s: there are %d Options, want at most one", constructor, len(opt)))
	}
	o := opt[0]
	if o.Likelihood > Gaussian {
		panic(fmt.Sprintf("vae.%s: the Likelihood is %d, want Bernoulli or Gaussian", constructor, o.Likelihood))
	}
	if !(o.Variance >= 0 && o.Variance <= math.MaxFloat32) {
		panic(fmt.Sprintf("vae.%s: the Variance is %v, want a positive number, or 0 for 1", constructor, o.Variance))
	}
	if !(o.Beta >= 0 && o.Beta <= math.MaxFloat32) {
		panic(fmt.Sprintf("vae.%s: Beta is %v, want a number that is not negative, or 0 for 1", constructor, o.Beta))
	}
	return o
}

func (o Options) beta() float64 {
	switch o.Beta {
	case 0:
		return 1
	case ops.Zero:
		return 0
	}
	return o.Beta
}

func (o Options) variance() float64 {
	if o.Variance == 0 {
		return 1
	}
	return o.Variance
}

// mean maps the decoder's output to what it expects of the pixels.
func (o Options) mean(a graph.Node) graph.Node {
	if o.Likelihood == Gaussian {
		return a
	}
	return ops.Sigmoid(a)
}

// draw is a code of the distribution N(mu, e^logvar), all (N, code), made of standard normal noise, so that gradients
// reach mu and logvar:
//
//	z = mu + e^(logvar/2)·noise
func draw(mu, logvar, noise graph.Node) graph.Node {
	return ops.Add(mu, ops.Mul(ops.Exp(ops.Scale(logvar, .5)), noise))
}

// elbo is the outcome of pictures x (N, …) of which the decoder gives a (N, …), by a code of N(mu, e^logvar). The loss
// is the negative of the evidence lower bound, in nats a picture:
//
//	-ln p(x | z) + β·KL(N(mu, e^logvar) ‖ N(0, 1))
//
// summed over pixels and numbers of the code, and meaned over pictures. Both terms are reported.
func (o Options) elbo(x, a, mu, logvar graph.Node) train.Outcome {
	if !a.Valid() {
		return train.Outcome{Loss: a}
	}
	a = ops.Reshape(a, x.Shape()...)
	reconstruction, kl := o.reconstruction(x, a), ops.KLGauss(mu, logvar)
	rows := float64(x.Dim(0))
	return train.Outcome{
		Loss: ops.WeightedSum([]float64{1, o.beta()}, reconstruction, kl),
		Pred: o.mean(a),
		Report: []train.Figure{
			{Name: "reconstruction", Sum: ops.Scale(reconstruction, rows)},
			{Name: "kl", Sum: ops.Scale(kl, rows)},
		},
	}
}

// reconstruction is -ln p(x | z), summed over pixels and meaned over pictures.
func (o Options) reconstruction(x, a graph.Node) graph.Node {
	if o.Likelihood == Bernoulli {
		return ops.BinaryCrossEntropy{Logits: true, Reduction: ops.ReduceBatchMean}.Loss(a, x)
	}
	v := o.variance()
	squares := ops.SquaredError{Reduction: ops.ReduceBatchMean}.Loss(a, x)
	pixels := float64(x.Size()) / float64(x.Dim(0))
	return ops.AddScalar(ops.Scale(squares, 1/(2*v)), pixels/2*math.Log(2*math.Pi*v))
}

// between are n codes on each line from a to b (N, code), both ends among them: (N·n, code), those of a line together.
func between(a, b graph.Node, n int) graph.Node {
	const name = "interpolate"
	switch in := []graph.Node{a, b}; {
	case !a.Valid() || !b.Valid():
		return graph.Failf(name, in, "an operand is not valid")
	case n < 2:
		return graph.Failf(name, in, "there are %d pictures, want at least 2: both ends are among them", n)
	}
	g := a.Graph()
	at := make([]int64, n)
	for i := range at {
		at[i] = int64(i)
	}
	t := ops.Scale(ops.Cast(g.Constant(graph.FromInt64(at, n, 1)), g.DType), 1/float64(n-1)) // (n, 1)
	a, b = ops.Unsqueeze(a, 1), ops.Unsqueeze(b, 1)                                          // (N, 1, code)
	z := ops.Add(a, ops.Mul(ops.Sub(b, a), t))                                               // (N, n, code)
	return ops.Reshape(z, -1, a.Dim(-1))
}
