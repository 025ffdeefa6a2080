// This file holds the kind of models that learn to make pictures from one another, the generative adversarial
// networks.

package kinds

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// Playing is a model whose Forward makes pictures of noise, and the game that it learns it by.
type Playing interface {
	nn.Model
	Noise(g *graph.Graph, n int) graph.Node
	Game(rate float64) *train.Game
}

// Game is a model of pictures of one shape, without labels.
type Game struct {
	Input   graph.Shape
	Colours bool // of those that have them; others have one channel
	New     func(f kind.Form) Playing
}

func (Game) Word() string      { return "game" }
func (Game) Data() string      { return "images" }
func (k Game) Form() kind.Form { return kind.Form{Input: k.Input} }

// Notes say what the figures are, and what is saved.
func (Game) Notes() []string {
	return []string{
		"`discriminator` and `generator` are the losses of the players. Neither tells how good the pictures are, " +
			"and " +
			"where a discriminator has batch normalisation those on held-out pictures tell little: its " +
			"statistics are of real and made ones. `distance` is how far 1,000 made pictures are from as " +
			"many held-out ones, on lines of random directions (Karras et al. 2018, section 5).",
		"What is saved of the generator is its average over the last steps, see " +
			"[train/average.go](../../train/average.go).",
	}
}

// WithSide is the kind with pictures of another side, of models that have several.
func (k Game) WithSide(n int) kind.Kind {
	if n > 0 {
		k.Input = graph.Shape{k.Input[0], n, n}
	}
	return k
}

// Fits reports pictures that are not of the side that the size says.
func (k Game) Fits(f kind.Form) error {
	want := slices.Clone(k.WithSide(f.Size.Size).Form().Input)
	if k.Colours && kind.IsPicture(f.Input) {
		want[0] = f.Input[0]
	}
	if !f.Input.Equal(want) {
		return fmt.Errorf("an example has shape %v, the model takes %v", f.Input, want)
	}
	return nil
}

func (k Game) Open(ctx context.Context, source string, form *kind.Form, log func(string, ...any)) (*kind.Set, error) {
	o := imageOptions{want: slices.Clone(k.Input), any: k.Colours}
	if k.Colours {
		o.want[0] = 3
	}
	if form != nil {
		o.want, o.any = form.Input, false
	}
	set, err := o.open(ctx, source, nil, log)
	if err != nil {
		return nil, err
	}
	set.Judge = func(_ context.Context, m *kind.Model) (map[string]float64,
		error) {
		return judgePictures(m, set.Test)
	}
	return set, nil
}

// judged is how many pictures are judged, and views from how many directions.
const judged, views = 1000, 64

// judgePictures gives the distance of what a model makes from as many pictures of a source: how far apart they are on
// a line, when both are projected on it and sorted, as the root of the mean square over all pictures and over lines
// of random directions. It is 0 for equal sets, and not much for two sets of real pictures. See Rabin, Peyré, Delon
// and Bernot, "Wasserstein barycenter and its application to texture mixing", 2011; Karras et al., ICLR 2018, section
// 5.
func judgePictures(m *kind.Model, source train.Source) (map[string]float64, error) {
	var real []float32
	size, n := m.Form.Input.Size(), 0
	for batch := range source.Batches(0) {
		rows := min(batch[0].Shape[0], judged-n)
		real, n = append(real, batch[0].F32[:rows*size]...), n+rows
		if n == judged {
			break
		}
	}
	made, err := makePictures(m, n, n, kind.Generate{})
	if err != nil {
		return nil, err
	}
	return map[string]float64{"distance": slicedDistance(real, made.F32, size)}, nil
}

// slicedDistance is that of two sets of as many vectors of a size.
func slicedDistance(a, b []float32, size int) float64 {
	key, line := rng.Key(0, rng.HashString("sliced distance")), make([]float32, size)
	sum := 0.
	for k := range views {
		rng.Normal(line, key.Sub(uint64(k)), 0)
		x, y := projected(a, line), projected(b, line)
		for i := range x {
			sum += (x[i] - y[i]) * (x[i] - y[i]) / float64(len(x))
		}
	}
	return math.Sqrt(sum / views)
}

// projected are the places of vectors on a line through 0, sorted.
func projected(v, line []float32) (at []float64) {
	length := 0.
	for _, x := range line {
		length += float64(x) * float64(x)
	}
	for i := 0; i < len(v); i += len(line) {
		sum := 0.
		for k, x := range line {
			sum += float64(x) * float64(v[i+k])
		}
		at = append(at, sum/math.Sqrt(length))
	}
	slices.Sort(at)
	return at
}

func (k Game) Build(f kind.Form) *kind.Model {
	m := k.New(f)
	usual := m.Game(1)
	model := &kind.Model{
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
func (Game) Makes() kind.Product { return kind.Pictures }

// Most is what a grid has that can be looked at: one of 28×28 takes 55 MB then.
func (k Game) Most() int { return 1 << 12 }

// Generate makes a grid of pictures.
func (k Game) Generate(_ context.Context, m *kind.Model, o kind.Generate) (kind.Generated, error) {
	n := cmp.Or(o.N, usualPictures)
	columns := squareOf(n)
	x, err := makePictures(m, n, columns, o)
	if err != nil {
		return kind.Generated{}, err
	}
	return gridOf(m.Form.Input, x, columns)
}

// Wishes are those of lines between the noises of pictures.
func (Game) Wishes() []string { return []string{"walk"} }

// makePictures makes n pictures of noise, which are to stand in so many columns.
func makePictures(m *kind.Model, n, columns int, o kind.Generate) (graph.Tensor, error) {
	at := func(i int) (row, column int) { return i / columns, i % columns }
	z := codes(o, m.Input(1).Shape.Size(), n, at, columns)
	predictor := nn.NewPredictor(m)
	predictor.Batch = AtOnce(m.Form.Input)
	x, err := predictor.Predict(z)
	if err == nil && !kind.AllFinite(x.F32) {
		err = kind.ErrNotFinite
	}
	return x, err
}
