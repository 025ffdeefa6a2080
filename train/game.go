// This file holds Game, a task of several players.

package train

import (
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// A Game is a task of several players, such as the two of a generative adversarial network. All is built in one graph:
// a loss for each player, its gradients by the player's own parameters, and a section of updates. A step lets each
// player have its turn, by a program of its own, in their order: the second sees what the first has learned.
//
//	game := &train.Game{
//		Players: []train.Player{
//			{Name: "discriminator", Params: d.Params(), Optimizer: &train.Adam{LR: 2e-4, Beta1: 0.5}},
//			{Name: "generator", Params: g.Params(), Optimizer: &train.Adam{LR: 2e-4, Beta1: 0.5}},
//		},
//		Play: func(b ...graph.Node) []train.Outcome { … one for each player … },
//	}
//	trainer := train.New(game, nil)
//
// What a player does not own is constant in its turn, by not being differentiated: nothing is frozen, and nothing need
// be cut. A turn changes what its player owns and nothing else: the running statistics of a batch norm, too, are
// revised in the turn of the player whose Params they are in, whichever losses read them.
//
// So a value that one player makes and another judges is built once, and judged once for each loss. Drawings mark the
// edge along which no gradient goes back to its maker, since the loss is that of the judge.
//
// The random numbers of a turn depend on the op that draws them and on the number of the player's turn. So players
// draw different noise where Play draws for each, and the same where they share a node.
type Game struct {
	Players []Player
	// Play builds the outcomes of the players, in their order. Metrics score the last Pred that there is.
	Play func(batch ...graph.Node) []Outcome
	// Simultaneous lets all players learn at once, in one program: each sees the others as they were before the step.
	Simultaneous bool
	// Batch, if given, names the tensors that a batch has, as Inputs of a Task.
	Batch []string
}

// A Player makes its own loss small by its own parameters.
type Player struct {
	Name      string // in figures, tapes and errors
	Params    *nn.Params
	Optimizer Optimizer
	Every     int      // it has its turn in each step whose number this divides; 0 for every step
	Average   *Average // of its parameters, which follows after each of its turns; nil for none
}

func (p *Player) every() int { return max(p.Every, 1) }

// labelled is a name in the graph of a game.
func (p *Player) labelled(name string) string {
	if p.Name == "" {
		return name
	}
	return p.Name + " " + name
}

// own are the parameters in the graph that a player trains.
func (p *Player) own(g *graph.Graph) []graph.Node {
	all := g.Trainable()
	if p.Params == nil {
		return all
	}
	mine := map[*graph.Param]bool{}
	for q := range p.Params.All() {
		mine[q] = true
	}
	var own []graph.Node
	for _, n := range all {
		if mine[n.Param()] {
			own = append(own, n)
		}
	}
	return own
}

// Inputs are the names of Batch.
func (g *Game) Inputs() []string { return g.Batch }

// Build adds all losses; that of the outcome is their sum, and each is reported by the name of its player.
func (g *Game) Build(batch ...graph.Node) Outcome {
	outcomes := g.play(batch[0].Graph(), batch)
	o := sum(outcomes)
	rows := float64(rowsOf(batch[0].Type()))
	for i, p := range outcomes {
		o.Report = append(o.Report, Figure{Name: g.Players[i].Name, Sum: ops.Scale(p.Loss, rows)})
		o.Report = append(o.Report, p.Report...)
	}
	return o
}

// sum is the outcome of all: the sum of the losses, the last prediction.
func sum(outcomes []Outcome) Outcome {
	all := outcomes[0]
	for _, o := range outcomes[1:] {
		all.Loss = ops.Add(all.Loss, o.Loss)
		if o.Pred != (graph.Node{}) {
			all.Pred = o.Pred
		}
	}
	all.Report = nil
	return all
}

// play builds the outcomes and holds them to the number of players.
func (g *Game) play(in *graph.Graph, batch []graph.Node) []Outcome {
	outcomes, err := g.played(batch)
	if err != nil {
		bad := in.FailIn("train", at(err, g.Play))
		outcomes = make([]Outcome, len(g.Players))
		for i := range outcomes {
			outcomes[i].Loss = bad
		}
		return outcomes
	}
	for i := range outcomes {
		outcomes[i] = build(built(outcomes[i]), in, batch)
	}
	if err := g.checkFigures(outcomes); err != nil {
		in.FailIn("train", at(err, g.Play))
	}
	return outcomes
}

// played is what Play builds, one for each player.
func (g *Game) played(batch []graph.Node) (outcomes []Outcome, err error) {
	defer func() {
		if p := panicked(recover(), len(batch)); p != nil {
			err = p
		}
	}()
	outcomes = g.Play(batch...)
	if len(outcomes) != len(g.Players) {
		return nil, fmt.Errorf("the Play of the game returns %d outcomes for %d players", len(outcomes),
			len(g.Players))
	}
	return outcomes, nil
}

// checkFigures reports a figure that has the name of a player, whose loss is reported by it, or of another's figure.
func (g *Game) checkFigures(outcomes []Outcome) error {
	taken := map[string]string{}
	for _, p := range g.Players {
		taken[p.Name] = "the loss of that player"
	}
	for i, o := range outcomes {
		for _, f := range o.Report {
			if is, ok := taken[f.Name]; ok {
				return fmt.Errorf("player %q reports a figure %q, which is %s: give it a name of its own",
					g.Players[i].Name, f.Name, is)
			}
			taken[f.Name] = fmt.Sprintf("a figure of player %q", g.Players[i].Name)
		}
	}
	return nil
}

// built is the task whose outcome is known.
type built Outcome

func (b built) Build(...graph.Node) Outcome { return Outcome(b) }

// check reports a game that lacks something.
func (g *Game) check() error {
	switch {
	case g == nil:
		return errors.New("there is no task")
	case len(g.Players) == 0:
		return errors.New("the game has no players")
	case g.Play == nil:
		return errors.New("the game has no Play, which builds the losses")
	}
	return nil
}

// checkPlayers reports players that lack something, or whose numbers make no sense.
func (t *Trainer) checkPlayers() error {
	game, isGame := t.task.(*Game)
	if !isGame {
		return checkOptimizer(t.players[0].Optimizer, t.LR)
	}
	if len(t.players) != len(game.Players) {
		return errors.New("the players of a game have their own optimisers: New(game, nil)")
	}
	owner, names := map[*graph.Param]string{}, map[string]bool{}
	for i, p := range t.players {
		switch {
		case p.Name == "":
			return fmt.Errorf("player %d has no name", i)
		case names[p.Name]:
			return fmt.Errorf("two players are named %q, want a name of its own for each", p.Name)
		case p.Params == nil:
			return fmt.Errorf("player %q has no Params", p.Name)
		case p.Every < 0:
			return fmt.Errorf("player %q: Every is %d, want at least 1, or 0 for every step", p.Name, p.Every)
		case p.Every > 1 && game.Simultaneous:
			return fmt.Errorf("player %q: Every is %d, but the players of the game move at once", p.Name, p.Every)
		}
		if err := checkOptimizer(p.Optimizer, 0); err != nil {
			return fmt.Errorf("player %q: %w", p.Name, err)
		}
		if p.Average != nil {
			if err := p.Average.check(); err != nil {
				return fmt.Errorf("player %q: its Average: %w", p.Name, err)
			}
		}
		if !(p.Optimizer.Rate() > 0) {
			return fmt.Errorf("player %q: the learning rate is %v, want a positive number", p.Name, p.Optimizer.Rate())
		}
		for q := range p.Params.All() {
			if other, taken := owner[q]; taken {
				return fmt.Errorf("players %q and %q both own parameter %q", other, p.Name, q.Name())
			}
			owner[q] = p.Name
		}
		names[p.Name] = true
	}
	return nil
}

func (t *Trainer) isGame() bool {
	_, ok := t.task.(*Game)
	return ok
}

func (t *Trainer) simultaneous() bool {
	game, ok := t.task.(*Game)
	return ok && game.Simultaneous
}

// together is one turn of all players.
func together(turns []*turn) *turn {
	all := turns[0]
	for _, t := range turns[1:] {
		all.players, all.lr = append(all.players, t.players...), append(all.lr, t.lr...)
		all.loss, all.means = append(all.loss, t.loss...), append(all.means, t.means...)
		if t.pred != (graph.Node{}) {
			all.pred = t.pred
		}
	}
	return all
}

// owned are the parameters that a turn assigns: those of its players, with their moments. It is an error when nobody
// owns what the graph assigns.
func (t *Trainer) owned(g *graph.Graph, turn *turn) (map[*graph.Param]bool, error) {
	owner := map[*graph.Param]int{}
	for i, p := range t.players {
		for q := range p.Params.All() {
			owner[q] = i
		}
	}
	for key, m := range t.moments {
		if i, ok := owner[key.param]; ok {
			owner[m] = i
		}
	}
	own := map[*graph.Param]bool{}
	assigned, _ := g.Assigned()
	for _, n := range assigned {
		p := n.Param()
		if p == nil {
			continue // a State belongs to whoever reads it
		}
		i, ok := owner[p]
		if !ok {
			return nil, fmt.Errorf(
				"train: %q is assigned in each step, and no player owns it: add it to the Params of one",
				p.Name())
		}
		for _, k := range turn.players {
			own[p] = own[p] || i == k
		}
	}
	return own, nil
}
