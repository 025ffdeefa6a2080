// This file holds Adversaries, a generative adversarial network, which is trained as a game and by hand.

package outside

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Adversaries are two models: one makes points of noise, the other tells them from real ones. See Goodfellow et al.
// 2014.
type Adversaries struct {
	Generator     *nn.Sequential // (N, 2) to (N, 2)
	Discriminator *nn.Sequential // (N, 2) to logits (N, 1)
}

// NewAdversaries makes both, each a model of its own.
func NewAdversaries() *Adversaries {
	perceptron := func(out int) *nn.Sequential {
		return nn.NewSequential(nn.NewScope(),
			func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 2, 16) },
			nn.Func(ops.Tanh).Make,
			func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 16, out) })
	}
	a := &Adversaries{perceptron(2), perceptron(1)}
	a.Generator.Params().SetLabel("generator") // in drawings, tapes and errors
	a.Discriminator.Params().SetLabel("discriminator")
	return a
}

// losses are those of the discriminator and of the generator, of real points x (N, 2) and noise z (N, 2).
func (a *Adversaries) losses(x, z graph.Node) (discriminator, generator graph.Node) {
	is := func(points graph.Node, v float64) graph.Node {
		y := a.Discriminator.Forward(points) // (N, 1)
		return ops.BCEWithLogits(y, y.Graph().Full(v, y.Shape()...))
	}
	made := a.Generator.Forward(z) // (N, 2)
	return ops.Add(is(x, 1), is(made, 0)), is(made, 1)
}

// optimizer is that of both players.
func optimizer() train.Optimizer { return &train.Adam{LR: 5e-3, Beta1: .5} }

// Game is the task, for train.New: a batch is real points and noise.
func (a *Adversaries) Game() *train.Game {
	return &train.Game{
		Players: []train.Player{
			{Name: "discriminator", Params: a.Discriminator.Params(), Optimizer: optimizer()},
			{Name: "generator", Params: a.Generator.Params(), Optimizer: optimizer()},
		},
		Batch: []string{"x", "z"},
		Play: func(batch ...graph.Node) []train.Outcome {
			d, g := a.losses(batch[0], batch[1])
			return []train.Outcome{{Loss: d}, {Loss: g}}
		},
	}
}

// Turn is the program of one player's step, built by hand.
type Turn struct {
	Program    *graph.Program
	X, Z, Loss graph.Node
}

// ByHand gives the two turns of what Game is, for n points. Each is a graph of both models that is differentiated by
// the parameters of one, and whose program assigns nothing of the other's.
func (a *Adversaries) ByHand(n int) ([]Turn, error) {
	var turns []Turn
	for i, own := range []*nn.Params{a.Discriminator.Params(), a.Generator.Params()} {
		g := &graph.Graph{Mode: graph.Train}
		x, z := g.Input("x", n, 2), g.Input("z", n, 2)
		d, l := a.losses(x, z)
		loss := []graph.Node{d, l}[i]
		var params []graph.Node
		for p := range own.All() {
			params = append(params, g.Param(p))
		}
		train.Minimize(loss, optimizer(), params...)
		other := map[*graph.Param]bool{}
		for p := range []*nn.Params{a.Generator.Params(), a.Discriminator.Params()}[i].All() {
			other[p] = true
		}
		opt := graph.CompileOptions{Assigns: func(p *graph.Param) bool { return !other[p] }}
		prog, err := g.CompileWith(opt, loss)
		if err != nil {
			return nil, err
		}
		turns = append(turns, Turn{prog, x, z, loss})
	}
	return turns, nil
}

// Step lets both players have their turns, and returns the sum of their losses.
func Step(turns []Turn, x, z graph.Tensor) (loss float64, err error) {
	for _, t := range turns {
		t.Program.Set(t.X, x)
		t.Program.Set(t.Z, z)
		if err := t.Program.Run(); err != nil {
			return 0, err
		}
		loss += t.Program.Float(t.Loss)
	}
	return loss, nil
}
