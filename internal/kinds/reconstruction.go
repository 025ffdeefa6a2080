// This file holds the kinds of models that give back the picture that they are given, and of those among them that
// also make new ones, the variational autoencoders.

package kinds

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// Reconstructing is a model whose Forward gives back the picture, and which is its own task. Of a picture it has a
// code, Encode(x), or the mean and variance of one.
type Reconstructing interface {
	nn.Model
	train.Task
}

// spoiling is a model that takes away what noise of N(0, 1) does to a picture.
type spoiling interface {
	Spoil(x, noise graph.Node) graph.Node
}

// Reconstruction is a model of pictures of one shape, without labels.
type Reconstruction struct {
	Input graph.Shape
	New   func(f kind.Form) Reconstructing
}

func (Reconstruction) Word() string      { return "reconstruction" }
func (Reconstruction) Data() string      { return "images" }
func (k Reconstruction) Form() kind.Form { return kind.Form{Input: k.Input} }

func (k Reconstruction) Open(ctx context.Context, source string, _ *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	return openImages(ctx, source, k.Input, false, nil, log)
}

func (k Reconstruction) Build(f kind.Form) *kind.Model {
	m := k.New(f)
	return &kind.Model{
		Model: m,
		Task:  kind.Supervised(m),
		Input: pictures(f.Input),
		Batch: func(n int) []graph.Type { return []graph.Type{pictures(f.Input)(n)} },
	}
}

func (Reconstruction) Takes() string  { return "pictures (PNG, JPEG)" }
func (Reconstruction) Sample() string { return "digit.png" }
func (Reconstruction) Single()        {}

// across is how many pictures stand beside one another, each above what was made of it.
const across = 20

// Predict gives back each picture: the prediction is how far it is from the picture. The pictures stand side by side,
// what was made of each below it. A model that takes noise away is given noise, which stands between the two.
func (k Reconstruction) Predict(m *kind.Model, files []string, _ int) ([]kind.Answer, *kind.Picture, error) {
	x, err := readPictures(files, m.Form)
	if err != nil {
		return nil, nil, err
	}
	shown := []graph.Tensor{x}
	if s, ok := m.Model.(spoiling); ok {
		noise := graph.NewTensor(x.Type)
		rng.Normal(noise.F32, rng.Key(0, rng.HashString("predict")), 0)
		spoilt, err := passed(func(in ...graph.Node) graph.Node { return s.Spoil(in[0], in[1]) }, x, noise)
		if err != nil {
			return nil, nil, err
		}
		shown = append(shown, spoilt)
	}
	y, err := nn.NewPredictor(m).Predict(shown[len(shown)-1])
	if err != nil {
		return nil, nil, err
	}
	if shown = append(shown, y); slices.ContainsFunc(shown, notFinite) {
		return nil, nil, kind.ErrNotFinite
	}
	columns := min(len(files), across)
	grid := kind.NewGrid(m.Form.Input, len(shown)*((len(files)-1)/columns+1), columns)
	var all []kind.Answer
	for i, f := range files {
		for k, t := range shown {
			grid.Put(i/columns*len(shown)+k, i%columns, t.Rows(i, i+1).F32)
		}
		clean := x.Rows(i, i+1).F32
		far := fmt.Sprintf("mean squared error %.5f", meanSquare(y.Rows(i, i+1).F32, clean))
		if len(shown) > 2 {
			far += fmt.Sprintf(", with the noise %.5f", meanSquare(shown[1].Rows(i, i+1).F32, clean))
		}
		all = append(all, kind.Answer{Input: f, Prediction: far, Probability: 1})
	}
	return all, grid, nil
}

func notFinite(x graph.Tensor) bool { return !kind.AllFinite(x.F32) }

// meanSquare is that of the differences of two pictures.
func meanSquare(a, b []float32) (mean float64) {
	for k := range a {
		d := float64(a[k]) - float64(b[k])
		mean += d * d / float64(len(a))
	}
	return mean
}

// Codes are the codes of pictures, or the means of their distributions.
func (k Reconstruction) Codes(ctx context.Context, m *kind.Model, source string, most int,
	log func(string, ...any)) (kind.Codes, error) {
	return codesOf(ctx, k.Input, source, most, log, func(x, _ graph.Node) graph.Node {
		switch m := m.Model.(type) {
		case interface {
			Encode(x graph.Node) (mu, logvar graph.Node)
		}:
			mu, _ := m.Encode(x)
			return mu
		default:
			return m.(encoding).Encode(x)
		}
	})
}

// encoding is a model with one code for a picture.
type encoding interface {
	Encode(x graph.Node) graph.Node
}

// Variational is a reconstruction whose codes of so many numbers are near to N(0, 1).
type Variational struct {
	Reconstruction
	Code int
}

// Makes says that it is pictures.
func (Variational) Makes() kind.Product { return kind.Pictures }

// Most is what a grid has that can be looked at.
func (Variational) Most() int { return mostPictures }

// mostPictures is what a grid has that can be looked at: one of 28×28 takes 55 MB then.
const mostPictures = 1 << 12

// Wishes are those of lines between codes.
func (Variational) Wishes() []string { return []string{"walk"} }

// Generate makes a grid of pictures.
func (k Variational) Generate(ctx context.Context, m *kind.Model, o kind.Generate) (kind.Generated, error) {
	n := cmp.Or(o.N, usualPictures)
	columns := squareOf(n)
	z := codes(o, k.Code, n, func(i int) (row, column int) { return i / columns, i % columns }, columns)
	x, err := nn.NewPredictor(nn.Func(m.Model.(decoding).Decode)).Predict(z)
	if err != nil {
		return kind.Generated{}, err
	}
	return gridOf(m.Form.Input, x, columns)
}

// decoding is a model that makes pictures of codes (N, code).
type decoding interface {
	Decode(z graph.Node) graph.Node
}

// squareOf is how many columns a grid of n pictures has that is about as wide as it is high.
func squareOf(n int) (columns int) {
	for columns*columns < n {
		columns++
	}
	return columns
}

// codes are n codes of so many numbers, of N(0, 1). Those of a walk lie in each row on a line between two such codes,
// from the first of the columns to the last; at says where each is.
func codes(o kind.Generate, numbers, n int, at func(i int) (row, column int), columns int) graph.Tensor {
	z := graph.NewTensor(graph.Type{Shape: graph.Shape{n, numbers}})
	key := rng.Key(o.Seed, rng.HashString("generate"))
	rng.Normal(z.F32, key, 0)
	if !o.Walk {
		return z
	}
	ends := make([]float32, 2*numbers)
	for i := range n {
		row, column := at(i)
		rng.Normal(ends, key, uint64(row*len(ends)))
		t := float32(column) / float32(max(columns-1, 1))
		code := z.Rows(i, i+1).F32
		for k := range code {
			code[k] = (1-t)*ends[k] + t*ends[numbers+k]
		}
	}
	return z
}

// gridOf is pictures (N, …) in a grid, row by row.
func gridOf(shape graph.Shape, x graph.Tensor, columns int) (kind.Generated, error) {
	if !kind.AllFinite(x.F32) {
		return kind.Generated{}, kind.ErrNotFinite
	}
	n := x.Shape[0]
	grid := kind.NewGrid(shape, (n+columns-1)/columns, columns)
	for i := range n {
		grid.Put(i/columns, i%columns, x.Rows(i, i+1).F32)
	}
	return kind.Generated{Picture: grid}, nil
}
