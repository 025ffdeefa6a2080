// This file holds the game that the two players of each model of this package play.

package gan

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/adversarial"
)

// The names of the players: those of their losses, and of what they own among the parameters of a model.
const discriminator, generator = "discriminator", "generator"

// decay is that of the average of a generator.
const decay = .999

// gameOf is the game of the players of a model, each with Adam of a rate and a β₁ of ½, as Radford, Metz and Chintala
// 2016 advise. The generator's average follows it. A batch is real pictures alone.
func gameOf(m playing, average *train.Average, rate float64) *train.Game {
	all := m.Params()
	player := func(name string) train.Player {
		return train.Player{Name: name, Params: all.Under(name), Optimizer: &train.Adam{LR: rate, Beta1: .5}}
	}
	second := player(generator)
	second.Average = average
	return &train.Game{
		Players: []train.Player{player(discriminator), second},
		Batch:   []string{"x"},
		Play: func(batch ...graph.Node) []train.Outcome {
			x := batch[0]
			return m.play(x, func() graph.Node { return m.Noise(x.Graph(), x.Dim(0)) })
		},
	}
}

// playing is a model of this package.
type playing interface {
	Params() *nn.Params
	Noise(g *graph.Graph, n int) graph.Node
	play(x graph.Node, noise func() graph.Node) []train.Outcome
}

// Rules are what the players of a game make small. The zero value is the usual game.
type Rules struct {
	Loss    adversarial.Loss // nil for adversarial.NonSaturating
	Penalty float64          // of adversarial.GradientPenalty beside the discriminator's loss: 10 with Wasserstein's
}

// outcomes are the losses of the discriminator, which judge applies, and of the generator, which makes what is fake.
// Each player judges it for itself: from the discriminator's loss no gradient goes back to the generator, whose
// parameters are another player's, and from the generator's loss one goes back through the discriminator.
func (r Rules) outcomes(judge func(x graph.Node) graph.Node, real graph.Node,
	generate func() graph.Node) []train.Outcome {
	if r.Loss == nil {
		r.Loss = adversarial.NonSaturating{}
	}
	known := judge(real)
	fake := generate()
	first := r.Loss.Discriminator(known, judge(fake))
	if r.Penalty > 0 {
		first = ops.WeightedSum([]float64{1, r.Penalty}, first, adversarial.GradientPenalty(judge, real, fake))
	}
	return []train.Outcome{{Loss: first}, {Loss: r.Loss.Generator(judge(fake))}}
}

// signed maps values in [0, 1] to those in [-1, 1] that a generator makes, and unsigned maps them back.
func signed(x graph.Node) graph.Node   { return ops.AddScalar(ops.Scale(x, 2), -1) }
func unsigned(y graph.Node) graph.Node { return ops.AddScalar(ops.Scale(y, .5), .5) }
