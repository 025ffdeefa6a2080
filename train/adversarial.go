// This file holds the losses of adversarial games: of a generator, and of a discriminator that tells what it makes
// from real examples.

package train

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Adversarial is what the two players of an adversarial game make small, by the logits that the discriminator gives to
// real examples and to the fake ones that the generator makes, each (N, 1) or of any other shape: above 0 for what it
// takes for real. Both results are scalars, means over all logits.
//
//	loss           of the discriminator                     of the generator
//	Minimax        -ln σ(real) - ln(1 - σ(fake))            ln(1 - σ(fake))
//	NonSaturating  -ln σ(real) - ln(1 - σ(fake))            -ln σ(fake)
//	LeastSquares   ½(real - 1)² + ½fake²                    ½(fake - 1)²
//	Hinge          max(0, 1 - real) + max(0, 1 + fake)      -fake
//	Wasserstein    fake - real                              -fake
//
// A discriminator that knows nothing, whose logits are 0, has 2 ln 2 by the first two, and the generator ln 2 by the
// second.
type Adversarial interface {
	Discriminator(real, fake graph.Node) graph.Node
	Generator(fake graph.Node) graph.Node
}

// Minimax is the game of one value, which one player makes small and the other large: binary cross-entropy. The
// generator hardly learns while the discriminator is sure of itself, see [NonSaturating]. Goodfellow et al. 2014,
// equation 1.
type Minimax struct{}

// Discriminator is the binary cross-entropy of real and fake.
func (Minimax) Discriminator(real, fake graph.Node) graph.Node {
	return NonSaturating{}.Discriminator(real, fake)
}

// Generator is ln(1 - σ(fake)), which is below 0.
func (Minimax) Generator(fake graph.Node) graph.Node { return ops.Neg(isReal(fake, 0)) }

// NonSaturating is [Minimax] with a generator that makes -ln σ(fake) small: it learns most while it is seen through.
// Goodfellow et al. 2014, section 3.
type NonSaturating struct {
	// Smooth is how far below 1 the discriminator is to stay with real examples: 0.1 keeps it from being too sure
	// (Salimans et al. 2016, "one-sided label smoothing").
	Smooth float64
}

// Discriminator is the binary cross-entropy of real and fake.
func (l NonSaturating) Discriminator(real, fake graph.Node) graph.Node {
	return ops.Add(isReal(real, 1-l.Smooth), isReal(fake, 0))
}

// Generator is the binary cross-entropy of fake examples that are to be taken for real.
func (NonSaturating) Generator(fake graph.Node) graph.Node { return isReal(fake, 1) }

// isReal is the binary cross-entropy of logits with a constant: 1 for real, 0 for fake.
func isReal(logits graph.Node, is float64) graph.Node {
	if !logits.Valid() {
		return logits
	}
	return ops.BCEWithLogits(logits, logits.Graph().Full(is, logits.Shape()...))
}

// LeastSquares pulls fake examples towards the border even when they are on the right side of it. Its discriminator
// gives numbers, not logits. Mao et al., "Least squares generative adversarial networks", ICCV 2017.
type LeastSquares struct{}

// Discriminator is ½(real - 1)² + ½fake²: ¼ where it says ½ to everything.
func (LeastSquares) Discriminator(real, fake graph.Node) graph.Node {
	return ops.Scale(ops.Add(distance(real, 1), distance(fake, 0)), .5)
}

// Generator is ½(fake - 1)².
func (LeastSquares) Generator(fake graph.Node) graph.Node { return ops.Scale(distance(fake, 1), .5) }

// distance is the mean squared distance of y from a number.
func distance(y graph.Node, from float64) graph.Node {
	if !y.Valid() {
		return y
	}
	return ops.MSE(y, y.Graph().Full(from, y.Shape()...))
}

// Hinge leaves the discriminator alone where it is right by a margin of 1. Lim and Ye, "Geometric GAN", 2017; Miyato
// et al. 2018, equations 16 and 17.
type Hinge struct{}

// Discriminator is max(0, 1 - real) + max(0, 1 + fake).
func (Hinge) Discriminator(real, fake graph.Node) graph.Node {
	return ops.Add(ops.Mean(ops.ReLU(ops.AddScalar(ops.Neg(real), 1))), ops.Mean(ops.ReLU(ops.AddScalar(fake, 1))))
}

// Generator is -fake.
func (Hinge) Generator(fake graph.Node) graph.Node { return ops.Neg(ops.Mean(fake)) }

// Wasserstein is the game of a critic, whose numbers are no logits: the difference of their means is a distance of
// fake from real examples as long as the critic's slope is nowhere above 1, which a [GradientPenalty] sees to.
// Arjovsky, Chintala and Bottou, "Wasserstein generative adversarial networks", ICML 2017.
type Wasserstein struct{}

// Discriminator is fake - real.
func (Wasserstein) Discriminator(real, fake graph.Node) graph.Node {
	return ops.Sub(ops.Mean(fake), ops.Mean(real))
}

// Generator is -fake.
func (Wasserstein) Generator(fake graph.Node) graph.Node { return ops.Neg(ops.Mean(fake)) }

// GradientPenalty pulls the slope of a critic towards 1 on straight lines from fake to real examples:
//
//	1/N Σ (‖∂critic(x̂)/∂x̂‖ - 1)²        x̂ = fake + ε·(real - fake), ε of each example from U(0, 1)
//
// It is a scalar, of which a critic adds ten times to its loss. In the Play of a [Game], for a generator and a critic
// that have Forward:
//
//	real, l := batch[0], train.Wasserstein{}
//	fake := generator.Forward(ops.RandomNormal(real.Graph(), real.Dim(0), 100))
//	onReal, onFake := critic.Forward(real), critic.Forward(fake)
//	penalty := train.GradientPenalty(critic.Forward, real, fake)
//	return []train.Outcome{
//		{Loss: ops.WeightedSum([]float64{1, 10}, l.Discriminator(onReal, onFake), penalty)},
//		{Loss: l.Generator(onFake)},
//	}
//
// The gradients by the critic's parameters go through those by x̂: each op of the critic needs a second derivative,
// and says so if it has none. A critic that normalises over the batch makes the slope of an example one of the
// others, too; LayerNorm and GroupNorm do not. real and fake (N, …) have one shape. Gulrajani et al., "Improved
// training of Wasserstein GANs", NIPS 2017.
func GradientPenalty(critic func(x graph.Node) graph.Node, real, fake graph.Node) graph.Node {
	if !real.Valid() {
		return real
	}
	if !fake.Valid() {
		return fake
	}
	if real.Rank() == 0 || !real.Shape().Equal(fake.Shape()) {
		return graph.Failf("gradient penalty", []graph.Node{real, fake},
			"real and fake have shapes %v and %v, want one shape (N, …)", real.Shape(), fake.Shape())
	}
	each := make([]int, real.Rank()) // (N, 1, …)
	for i := range each {
		each[i] = 1
	}
	each[0] = real.Dim(0)
	eps := ops.RandomUniform(real.Graph(), each...)
	x := ops.Add(fake, ops.Mul(eps, ops.Sub(real, fake)))
	return ops.Mean(ops.Square(ops.AddScalar(ops.Norm(slopes(critic, x), 2, 1), -1)))
}

// R1 is half the mean squared slope of a discriminator at real examples x (N, …), of which it adds γ times to its
// loss:
//
//	1/2N Σ ‖∂D(x)/∂x‖²
//
// What is linear, D(x) = w·x, has ½‖w‖². It keeps a discriminator that is right from turning the generator away from
// where it should be. What is said of [GradientPenalty] holds here, too. Mescheder, Geiger and Nowozin, "Which
// training methods for GANs do actually converge?", ICML 2018, equation 9.
func R1(discriminator func(x graph.Node) graph.Node, x graph.Node) graph.Node {
	return ops.Scale(ops.Mean(ops.Sum(ops.Square(slopes(discriminator, x)), 1)), .5)
}

// slopes are the gradients of f by each example of x (N, …), flattened: (N, M).
func slopes(f func(x graph.Node) graph.Node, x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	y := f(x)
	if !y.Valid() {
		return y
	}
	return ops.Flatten(graph.Gradients(ops.Sum(y), x)[0], 1)
}
