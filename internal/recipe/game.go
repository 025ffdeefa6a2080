// This file holds the kind of models that learn to make pictures from one another, the generative adversarial networks.

package recipe

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// playing is a model whose Forward makes pictures of noise, and the game that it learns it by.
type playing interface {
	nn.Model
	Noise(g *graph.Graph, n int) graph.Node
	Game(rate float64) *train.Game
}

// game is a model of pictures of one shape, without labels.
type game struct {
	input   graph.Shape
	colours bool // of those that have them; others have one channel
	build   func(f Form) playing
}

func (game) Word() string { return "game" }
func (game) Data() string { return "images" }
func (k game) Form() Form { return Form{Input: k.input} }

// WithSide is the kind with pictures of another side, of models that have several.
func (k game) WithSide(n int) Kind {
	if n > 0 {
		k.input = graph.Shape{k.input[0], n, n}
	}
	return k
}

// Fits reports pictures that are not of the side that the size says.
func (k game) Fits(f Form) error {
	want := slices.Clone(k.WithSide(f.Size.Size).Form().Input)
	if k.colours && fits(f.Input) {
		want[0] = f.Input[0]
	}
	if !f.Input.Equal(want) {
		return fmt.Errorf("an example has shape %v, the model takes %v", f.Input, want)
	}
	return nil
}

func (k game) Open(ctx context.Context, source string, form *Form, log func(string, ...any)) (*Set, error) {
	o := imageOptions{want: slices.Clone(k.input), any: k.colours}
	if k.colours {
		o.want[0] = 3
	}
	if form != nil {
		o.want, o.any = form.Input, false
	}
	return o.open(ctx, source, nil, log)
}

func (k game) Build(f Form) *Model {
	m := k.build(f)
	usual := m.Game(1)
	model := &Model{
		Model: m,
		Task: func(opt func() (train.Optimizer, error)) (train.Task, train.Optimizer, error) {
			usual, err := opt()
			if err != nil {
				return nil, nil, err
			}
			g := m.Game(usual.Rate())
			if _, adam := usual.(*train.Adam); !adam { // the players' own constants are Adam's
				for i := range g.Players {
					if g.Players[i].Optimizer, err = opt(); err != nil {
						return nil, nil, err
					}
				}
			}
			return g, nil, nil
		},
		Input: func(n int) graph.Type { return m.Noise(&graph.Graph{}, n).Type() },
		Batch: func(n int) []graph.Type { return []graph.Type{pictures(f.Input)(n)} },
	}
	for _, p := range usual.Players {
		model.Players = append(model.Players, p.Name)
		if p.Average != nil {
			model.Average = p.Average
		}
	}
	return model
}

// usualPictures is how many pictures are made when nobody says.
const usualPictures = 64

// Makes says that it is pictures.
func (game) Makes() Product { return Pictures }

// Most is what a grid has that can be looked at: one of 28×28 takes 55 MB then.
func (k game) Most() int { return 1 << 12 }

// Generate makes a grid of pictures.
func (k game) Generate(_ context.Context, m *Model, o Generate) (Generated, error) {
	n := o.N
	if n == 0 {
		n = usualPictures
	}
	z := graph.NewTensor(m.Input(n))
	rng.Normal(z.F32, rng.Key(o.Seed, rng.HashString("generate")), 0)
	predictor := nn.NewPredictor(m)
	predictor.Batch = atOnce(m.Form.Input)
	x, err := predictor.Predict(z)
	if err != nil {
		return Generated{}, err
	}
	if slices.ContainsFunc(x.F32, func(v float32) bool { return v != v }) {
		return Generated{}, errNoNumbers
	}
	columns := 1
	for columns*columns < n {
		columns++
	}
	grid := newGrid(m.Form.Input, (n+columns-1)/columns, columns)
	for i := range n {
		grid.put(i/columns, i%columns, x.Rows(i, i+1).F32)
	}
	return Generated{Picture: grid}, nil
}

// errNoNumbers is the error of what weights make that are finite, but too large for what they are multiplied with.
var errNoNumbers = errors.New("what the model makes is not finite: its weights are too large")
