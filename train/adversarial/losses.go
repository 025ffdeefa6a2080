// This file holds the losses of the two players.

package adversarial

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Loss is what the two players of an adversarial game make small, by the logits that the discriminator gives to
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
type Loss interface {
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
