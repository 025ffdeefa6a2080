package train

import (
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// players are a generator and a discriminator, each with a batch norm, in one scope or in scopes of their own.
type players struct {
	g, d   *nn.Linear
	norms  [2]*nn.BatchNorm
	params [2]*nn.Params // of the discriminator, the generator
	all    *nn.Params
}

func newPlayers() *players {
	s := nn.NewScope()
	p := &players{g: nn.NewLinear(s.Sub("g"), 2, 3), d: nn.NewLinear(s.Sub("d"), 3, 1)}
	p.norms = [2]*nn.BatchNorm{nn.NewBatchNorm1D(s.Sub("d.norm"), 3), nn.NewBatchNorm1D(s.Sub("g.norm"), 3)}
	p.params, p.all = [2]*nn.Params{s.Params().Under("d"), s.Params().Under("g")}, s.Params()
	return p
}

func (p *players) fake(z graph.Node) graph.Node  { return p.norms[1].Forward(p.g.Forward(z)) }
func (p *players) judge(x graph.Node) graph.Node { return p.d.Forward(p.norms[0].Forward(x)) }

// losses are those of the discriminator and of the generator, for real x and noise z.
func (p *players) losses(x, z graph.Node) (d, g graph.Node) {
	is := func(y graph.Node, v float64) graph.Node { return ops.BCEWithLogits(y, y.Graph().Full(v, y.Shape()...)) }
	return ops.Add(is(p.judge(x), 1), is(p.judge(p.fake(z)), 0)), is(p.judge(p.fake(z)), 1)
}

func (p *players) game() *Game {
	return &Game{
		Players: []Player{
			{Name: "discriminator", Params: p.params[0], Optimizer: &Adam{LR: .01, Beta1: .5}},
			{Name: "generator", Params: p.params[1], Optimizer: &SGD{LR: .02, Momentum: .5}},
		},
		Play: func(b ...graph.Node) []Outcome {
			d, g := p.losses(b[0], b[1])
			return []Outcome{{Loss: d}, {Loss: g}}
		},
	}
}

// bits are all numbers of a player, running statistics included.
func bitsOf(ps *nn.Params) (all []float64) {
	for p := range ps.All() {
		t := p.Tensor()
		for i := range t.Shape.Size() {
			all = append(all, t.At(i))
		}
	}
	return all
}

// TestGameByHand: a game gives the bits of two graphs that are built and run by hand, in turn.
func TestGameByHand(t *testing.T) {
	byGame, byHand := newPlayers(), newPlayers()
	tr := New(byGame.game(), nil)
	var programs []*graph.Program
	var nodes [][3]graph.Node
	for i, opt := range []Optimizer{&Adam{LR: .01, Beta1: .5}, &SGD{LR: .02, Momentum: .5}} {
		g := &graph.Graph{Mode: graph.Train}
		x, z := g.Input("x", 8, 3), g.Input("z", 8, 2)
		d, l := byHand.losses(x, z)
		loss := []graph.Node{d, l}[i]
		var own []graph.Node
		mine := map[*graph.Param]bool{}
		for p := range byHand.params[i].All() {
			mine[p] = true
		}
		for _, n := range g.Trainable() {
			if mine[n.Param()] {
				own = append(own, n)
			}
		}
		Minimize(loss, opt, own...)
		assigns := func(p *graph.Param) bool {
			return mine[p] || byHand.params[0].Get(p.Name()) != p && byHand.params[1].Get(p.Name()) != p // moments
		}
		prog, err := g.CompileWith(graph.CompileOptions{Assigns: assigns}, loss)
		if err != nil {
			t.Fatal(err)
		}
		programs, nodes = append(programs, prog), append(nodes, [3]graph.Node{x, z, loss})
	}
	for step := range 5 {
		x, z := normal(uint64(step), 8, 3), normal(uint64(100+step), 8, 2)
		loss, err := tr.Step(x, z)
		if err != nil {
			t.Fatal(err)
		}
		want := 0.
		for i, p := range programs {
			p.Set(nodes[i][0], x)
			p.Set(nodes[i][1], z)
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			want += p.Float(nodes[i][2])
		}
		if loss != want {
			t.Errorf("step %d: the loss is %v, by hand %v", step, loss, want)
		}
	}
	for i := range byGame.params {
		if !slices.Equal(bitsOf(byGame.params[i]), bitsOf(byHand.params[i])) {
			t.Errorf("player %d differs from the one by hand", i)
		}
	}
}

// TestTurns: a turn changes what its player owns, running statistics included, and nothing else. A player that has its
// turn in every third step moves in every third.
func TestTurns(t *testing.T) {
	p := newPlayers()
	game := p.game()
	game.Players[1].Every = 3
	tr := New(game, nil)
	for step := 1; step <= 6; step++ {
		before := [2][]float64{bitsOf(p.params[0]), bitsOf(p.params[1])}
		statistics := slices.Clone(p.norms[1].RunningMean.Tensor().F32)
		if _, err := tr.Step(normal(uint64(step), 8, 3), normal(uint64(step), 8, 2)); err != nil {
			t.Fatal(err)
		}
		moved := [2]bool{!slices.Equal(before[0], bitsOf(p.params[0])), !slices.Equal(before[1], bitsOf(p.params[1]))}
		if want := [2]bool{true, step%3 == 0}; moved != want {
			t.Errorf("step %d moved %v, want %v", step, moved, want)
		}
		if same := slices.Equal(statistics, p.norms[1].RunningMean.Tensor().F32); same != (step%3 != 0) {
			t.Errorf("step %d: the generator's running mean is the same: %v", step, same)
		}
	}
}

// TestNoiseOfPlayers: players that draw noise of their own have different noise, and a shared node is the same for
// all.
func TestNoiseOfPlayers(t *testing.T) {
	s := nn.NewScope()
	a, b := s.Param("a.p", nn.Zeros), s.Param("b.p", nn.Zeros)
	for _, shared := range []bool{false, true} {
		game := &Game{
			Players: []Player{{Name: "a", Params: s.Params().Under("a"), Optimizer: &SGD{LR: 1e-30}},
				{Name: "b", Params: s.Params().Under("b"), Optimizer: &SGD{LR: 1e-30}}},
			Play: func(x ...graph.Node) []Outcome {
				g := x[0].Graph()
				first := ops.RandomNormal(g)
				second := first
				if !shared {
					second = ops.RandomNormal(g)
				}
				return []Outcome{{Loss: ops.Add(first, g.Param(a))}, {Loss: ops.Add(second, g.Param(b))}}
			},
		}
		tr := New(game, nil)
		r, err := (&Fit{Trainer: tr, Train: Fixed([]graph.Tensor{normal(1, 1)}), Epochs: 1}).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if h := r.History[0].Train; (h["a"] == h["b"]) != shared {
			t.Errorf("shared %v: the noise is %v", shared, h)
		}
	}
}

// TestSimultaneous: each player learns from the other as it was before the step, so that their order does not matter.
func TestSimultaneous(t *testing.T) {
	var results [2][2][]float64
	for order := range 2 {
		p := newPlayers()
		game := p.game()
		game.Simultaneous = true
		if order == 1 {
			slices.Reverse(game.Players)
			play := game.Play
			game.Play = func(b ...graph.Node) []Outcome { o := play(b...); slices.Reverse(o); return o }
		}
		tr := New(game, nil)
		for step := range 3 {
			if _, err := tr.Step(normal(uint64(step), 8, 3), normal(uint64(step), 8, 2)); err != nil {
				t.Fatal(err)
			}
		}
		results[order] = [2][]float64{bitsOf(p.params[0]), bitsOf(p.params[1])}
	}
	for i := range results[0] {
		if !slices.Equal(results[0][i], results[1][i]) {
			t.Errorf("player %d depends on the order", i)
		}
	}
}

// reporting lets each player report a figure of the given name.
func reporting(names ...string) func(*Game) {
	return func(g *Game) {
		play := g.Play
		g.Play = func(b ...graph.Node) []Outcome {
			all := play(b...)
			for i, name := range names {
				all[i].Report = []Figure{{Name: name, Sum: all[i].Loss}}
			}
			return all
		}
	}
}

func TestGamesUsedWrongly(t *testing.T) {
	for _, c := range []struct {
		name   string
		opt    Optimizer
		change func(*Game)
		want   string
	}{
		{"no players", nil, func(g *Game) { g.Players = nil }, "train: the game has no players"},
		{"no Play", nil, func(g *Game) { g.Play = nil }, "train: the game has no Play"},
		{"an optimiser beside those of the players", &Adam{}, func(*Game) {},
			"train: the players of a game have their own optimisers: New(game, nil)"},
		{"a player without a name", nil, func(g *Game) { g.Players[1].Name = "" }, "train: player 1 has no name"},
		{"two players of one name", nil, func(g *Game) { g.Players[1].Name = "discriminator" },
			`train: two players are named "discriminator"`},
		{"a player without parameters", nil, func(g *Game) { g.Players[1].Params = nil },
			`train: player "generator" has no Params`},
		{"a player without an optimiser", nil, func(g *Game) { g.Players[1].Optimizer = nil },
			`train: player "generator": there is no optimiser`},
		{"a player without a rate", nil, func(g *Game) { g.Players[1].Optimizer = &SGD{} },
			`train: player "generator": SGD: LR is 0`},
		{"a player that is frozen", nil, func(g *Game) { g.Players[1].Params.Freeze("") },
			`train: player "generator" has no trainable parameters: all are frozen, or no loss reads them`},
		{"parameters that no loss reads", nil, func(g *Game) { g.Players[0].Params = newPlayers().params[0] },
			`train: player "discriminator" has no trainable parameters`},
		{"turns of less than never", nil, func(g *Game) { g.Players[1].Every = -1 },
			`train: player "generator": Every is -1`},
		{"two owners", nil, func(g *Game) { g.Players[1].Params = g.Players[0].Params },
			`players "discriminator" and "generator" both own parameter`},
		{"one loss for two", nil, func(g *Game) {
			play := g.Play
			g.Play = func(b ...graph.Node) []Outcome { return play(b...)[:1] }
		}, "the Play of the game returns 1 outcomes for 2 players (game_test.go:"},
		{"a tensor that the batch lacks", nil, func(g *Game) {
			g.Play = func(b ...graph.Node) []Outcome { return []Outcome{{Loss: ops.Mean(b[2])}, {}} }
		}, "the task panics, given 2 tensors in the batch: runtime error: index out of range [2] with length 2 " +
			"(game_test.go:"},
		{"figures of one name", nil, reporting("judged", "judged"),
			`player "generator" reports a figure "judged", which is a figure of player "discriminator"`},
		{"a figure with the name of a player", nil, reporting("generator", "made"),
			`player "discriminator" reports a figure "generator", which is the loss of that player`},
		{"statistics that nobody owns", nil,
			func(g *Game) { g.Players[1].Params = g.Players[1].Params.Under("g.weight") },
			`is assigned in each step, and no player owns it`},
	} {
		t.Run(c.name, func(t *testing.T) {
			game := newPlayers().game()
			c.change(game)
			_, err := New(game, c.opt).Step(normal(1, 8, 3), normal(2, 8, 2))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestPlayersAreTheTrainersOwn: what becomes of the players of a game after New changes no step.
func TestPlayersAreTheTrainersOwn(t *testing.T) {
	game := newPlayers().game()
	tr := New(game, nil)
	for n := 8; n > 6; n-- { // of two sizes, so that the second is built anew
		if _, err := tr.Step(normal(1, n, 3), normal(2, n, 2)); err != nil {
			t.Fatal(err)
		}
		game.Players[0].Optimizer, game.Players[1].Every = nil, -1
	}
}
