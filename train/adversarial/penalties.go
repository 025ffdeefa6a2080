// This file holds the penalties of the slope of a discriminator.

package adversarial

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// GradientPenalty pulls the slope of a critic towards 1 on straight lines from fake to real examples:
//
//	1/N Σ (‖∂critic(x̂)/∂x̂‖ - 1)²        x̂ = fake + ε·(real - fake), ε of each example from U(0, 1)
//
// It is a scalar, of which a critic adds ten times to its loss. In the Play of a train.Game, for a generator and a
// critic that have Forward:
//
//	real, l := batch[0], adversarial.Wasserstein{}
//	fake := generator.Forward(ops.RandomNormal(real.Graph(), real.Dim(0), 100))
//	onReal, onFake := critic.Forward(real), critic.Forward(fake)
//	penalty := adversarial.GradientPenalty(critic.Forward, real, fake)
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
