// This file holds the kinds of models that give back the picture that they are given, and of those among them that
// also make new ones, the variational autoencoders.

package recipe

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// reconstructing is a model whose Forward gives back the picture, and which is its own task. Of a picture it has a
// code, Encode(x), or the mean and variance of one.
type reconstructing interface {
	nn.Model
	train.Task
}

// spoiling is a model that takes away what noise of N(0, 1) does to a picture.
type spoiling interface {
	Spoil(x, noise graph.Node) graph.Node
}

// reconstruction is a model of pictures of one shape, without labels.
type reconstruction struct {
	input graph.Shape
	build func(f Form) reconstructing
}

func (reconstruction) Word() string { return "reconstruction" }
func (reconstruction) Data() string { return "images" }
func (k reconstruction) Form() Form { return Form{Input: k.input} }

func (k reconstruction) Open(ctx context.Context, source string, _ *Form, log func(string, ...any)) (*Set, error) {
	return openImages(ctx, source, k.input, false, nil, log)
}

func (k reconstruction) Build(f Form) *Model {
	m := k.build(f)
	return &Model{
		Model: m,
		Task:  supervised(m),
		Input: pictures(f.Input),
		Batch: func(n int) []graph.Type { return []graph.Type{pictures(f.Input)(n)} },
	}
}

func (reconstruction) Takes() string  { return "pictures (PNG, JPEG)" }
func (reconstruction) Sample() string { return "digit.png" }
func (reconstruction) Single()        {}

// across is how many pictures stand beside one another, each above what was made of it.
const across = 20

// Predict gives back each picture: the prediction is how far it is from the picture. The pictures stand side by side,
// what was made of each below it. A model that takes noise away is given noise, which stands between the two.
func (k reconstruction) Predict(m *Model, files []string, _ int) ([]Answer, *Picture, error) {
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
		return nil, nil, errNoNumbers
	}
	columns := min(len(files), across)
	grid := newGrid(m.Form.Input, len(shown)*((len(files)-1)/columns+1), columns)
	var all []Answer
	for i, f := range files {
		for k, t := range shown {
			grid.put(i/columns*len(shown)+k, i%columns, t.Rows(i, i+1).F32)
		}
		clean := x.Rows(i, i+1).F32
		far := fmt.Sprintf("mean squared error %.5f", meanSquare(y.Rows(i, i+1).F32, clean))
		if len(shown) > 2 {
			far += fmt.Sprintf(", with the noise %.5f", meanSquare(shown[1].Rows(i, i+1).F32, clean))
		}
		all = append(all, Answer{Input: f, Prediction: far, Probability: 1})
	}
	return all, grid, nil
}

func notFinite(x graph.Tensor) bool { return !allFinite(x.F32) }

// meanSquare is that of the differences of two pictures.
func meanSquare(a, b []float32) (mean float64) {
	for k := range a {
		d := float64(a[k]) - float64(b[k])
		mean += d * d / float64(len(a))
	}
	return mean
}

// Codes are the codes of pictures, or the means of their distributions.
func (k reconstruction) Codes(ctx context.Context, m *Model, source string, most int,
	log func(string, ...any)) (Codes, error) {
	return codesOf(ctx, k.input, source, most, log, func(x, _ graph.Node) graph.Node {
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

// variational is a reconstruction whose codes of so many numbers are near to N(0, 1).
type variational struct {
	reconstruction
	code int
}

// Makes says that it is pictures.
func (variational) Makes() Product { return Pictures }

// Most is what a grid has that can be looked at.
func (variational) Most() int { return mostPictures }

// mostPictures is what a grid has that can be looked at: one of 28×28 takes 55 MB then.
const mostPictures = 1 << 12

// Wishes are those of lines between codes.
func (variational) Wishes() []string { return []string{"walk"} }

// Generate makes a grid of pictures.
func (k variational) Generate(ctx context.Context, m *Model, o Generate) (Generated, error) {
	n := cmp.Or(o.N, usualPictures)
	columns := squareOf(n)
	z := o.codes(k.code, n, func(i int) (row, column int) { return i / columns, i % columns }, columns)
	x, err := nn.NewPredictor(nn.Func(m.Model.(decoding).Decode)).Predict(z)
	if err != nil {
		return Generated{}, err
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
func (o Generate) codes(numbers, n int, at func(i int) (row, column int), columns int) graph.Tensor {
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
func gridOf(shape graph.Shape, x graph.Tensor, columns int) (Generated, error) {
	if !allFinite(x.F32) {
		return Generated{}, errNoNumbers
	}
	n := x.Shape[0]
	grid := newGrid(shape, (n+columns-1)/columns, columns)
	for i := range n {
		grid.put(i/columns, i%columns, x.Rows(i, i+1).F32)
	}
	return Generated{Picture: grid}, nil
}
