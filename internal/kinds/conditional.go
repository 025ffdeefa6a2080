// This file holds the kind of models that make pictures of the classes that they are asked for.

package kinds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// Telling is a model of pictures x (N, …) and their classes y (N), which is its own task.
type Telling interface {
	nn.Model
	train.Task
	Encode(x, y graph.Node) (mu, logvar graph.Node)
	Decode(z, y graph.Node) graph.Node
	Reconstruct(x, y graph.Node) graph.Node
}

// Conditional is a model of pictures of one shape, with codes of so many numbers.
type Conditional struct {
	Input graph.Shape
	Code  int
	New   func(f kind.Form) Telling
}

func (Conditional) Word() string      { return "conditional generator" }
func (Conditional) Data() string      { return "images" }
func (k Conditional) Form() kind.Form { return kind.Form{Input: k.Input, Classes: digitNames} }

func (k Conditional) Open(ctx context.Context, source string, made *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	return openImages(ctx, source, k.Input, true, made, log)
}

func (k Conditional) Build(f kind.Form) *kind.Model {
	m := k.New(f)
	batch := func(n int) []graph.Type {
		return []graph.Type{pictures(f.Input)(n), {DType: graph.Int64, Shape: graph.Shape{n}}}
	}
	return &kind.Model{
		Model:    m,
		Task:     kind.Supervised(m),
		Integers: len(f.Classes),
		Input:    pictures(f.Input),
		Batch:    batch,
		Pass:     func(x ...graph.Node) graph.Node { return m.Reconstruct(x[0], x[1]) },
		Inputs:   batch,
	}
}

// Codes are the means of the codes of pictures, given their classes.
func (k Conditional) Codes(ctx context.Context, m *kind.Model, source string, most int,
	log func(string, ...any)) (kind.Codes, error) {
	codes, err := codesOf(ctx, k.Input, source, most, log, func(x, y graph.Node) graph.Node {
		mu, _ := m.Model.(Telling).Encode(x, y)
		return mu
	})
	codes.Note = "no groups are to be seen: the model is told the class, which its code need not have"
	return codes, err
}

// Makes says that it is pictures.
func (Conditional) Makes() kind.Product { return kind.Pictures }

// Most is what a grid has that can be looked at.
func (Conditional) Most() int { return mostPictures }

// Wishes are those of one class, and of lines between codes.
func (Conditional) Wishes() []string { return []string{"class", "walk"} }

// usualOfClass is how many pictures of each class are made when nobody says.
const usualOfClass = 10

// Generate makes a grid of pictures: of the class that is asked for, or with a row for each class.
func (k Conditional) Generate(ctx context.Context, m *kind.Model, o kind.Generate) (kind.Generated, error) {
	classes := len(m.Form.Classes)
	first, rows := 0, classes
	n := cmp.Or(o.N, min(usualOfClass*classes, k.Most()))
	columns := (n + classes - 1) / classes
	if o.Class != "" {
		if first = slices.Index(m.Form.Classes, o.Class); first < 0 {
			return kind.Generated{}, kind.ClassError{Err: fmt.Errorf("unknown class; known are %s",
				strings.Join(m.Form.Classes, ", "))}
		}
		n = cmp.Or(o.N, usualPictures)
		columns = squareOf(n)
		rows = (n + columns - 1) / columns
	}
	at := func(i int) (row, column int) { return i % rows, i / rows } // each class has as many, or one less
	y := make([]int64, n)
	for i := range y {
		if y[i] = int64(first); o.Class == "" {
			row, _ := at(i)
			y[i] = int64(row)
		}
	}
	z := codes(o, k.Code, n, at, columns)
	decode := func(in ...graph.Node) graph.Node { return m.Model.(Telling).Decode(in[0], in[1]) }
	x, err := passed(decode, z, graph.FromInt64(y, n))
	if err != nil {
		return kind.Generated{}, err
	}
	if !kind.AllFinite(x.F32) {
		return kind.Generated{}, kind.ErrNotFinite
	}
	grid := kind.NewGrid(m.Form.Input, rows, columns)
	for i := range n {
		row, column := at(i)
		grid.Put(row, column, x.Rows(i, i+1).F32)
	}
	return kind.Generated{Picture: grid}, nil
}

// passed runs a pass over the rows of tensors, some hundred at a time.
func passed(pass func(in ...graph.Node) graph.Node, in ...graph.Tensor) (y graph.Tensor, err error) {
	var p *graph.Program
	var x []graph.Node
	var out graph.Node
	done := 0
	for batch := range data.Rows(in).Ordered(testBatch).Batches(0) {
		n := batch[0].Shape[0]
		if p == nil || n != x[0].Dim(0) {
			var types []graph.Type
			for _, t := range batch {
				types = append(types, t.Type)
			}
			g := &graph.Graph{}
			x = nn.InputsLike(g, types...)
			out = pass(x...)
			if p, err = g.Compile(out); err != nil {
				return y, err
			}
		}
		for i, t := range batch {
			p.Set(x[i], t)
		}
		if err := p.Run(); err != nil {
			return y, err
		}
		if done == 0 {
			shape := append(graph.Shape{in[0].Shape[0]}, out.Shape()[1:]...)
			y = graph.NewTensor(graph.Type{DType: out.DType(), Shape: shape})
		}
		y.Rows(done, done+n).CopyFrom(p.Value(out))
		done += n
	}
	return y, nil
}
