// This file holds Codes, what models know of pictures in a few numbers, and the plane in which they are seen.

package recipe

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
)

// Codes are those of some inputs, with the classes of these.
type Codes struct {
	Points  graph.Tensor // (N, D)
	Labels  []int64
	Classes []string
	Note    string // what is to be seen in them
}

// codesOf are the codes of the first pictures of a test part.
func codesOf(ctx context.Context, input graph.Shape, source string, most int, log func(string, ...any),
	encode func(x, y graph.Node) graph.Node) (Codes, error) {
	set, _, err := readImages(ctx, source, input, log)
	if err != nil {
		return Codes{}, SourceError{err}
	}
	test := set.Test.Subset(0, min(most, set.Test.Len()))
	pass := func(in ...graph.Node) graph.Node { return encode(in[0], in[1]) }
	points, err := passed(pass, test.X, test.Y)
	if err == nil && !allFinite(points.F32) {
		err = errNoNumbers
	}
	return Codes{Points: points, Labels: test.Y.I64, Classes: set.Classes}, err
}

// SourceError is the error of data, and of nothing that was made of them.
type SourceError struct{ error }

// Unwrap returns what is wrong.
func (e SourceError) Unwrap() error { return e.error }

// readImages reads images of a shape, which are resized to it if need be, with their labels; and the form of a model
// that is made for them.
func readImages(ctx context.Context, source string, want graph.Shape, log func(string, ...any)) (data.Images, Form,
	error) {
	h, w := want[1], want[2]
	form := Form{Input: want}
	set, err := data.OpenImages(ctx, source, data.FolderOptions{Height: h, Width: w, Gray: want[0] == 1}, log)
	if err != nil {
		return set, form, err
	}
	stored := set.Train.X.Shape[1:]
	if stored[0] != want[0] {
		return set, form, misfit("%s: an example has shape %v, the model takes %v", set.Name, stored, want)
	}
	if form.Pictures = set.Pictures; !stored.Equal(want) {
		form.Stored = stored
		set.Train.X, set.Test.X = data.ResizePictures(set.Train.X, h, w), data.ResizePictures(set.Test.X, h, w)
	}
	return set, form, nil
}

// Plane is where the codes lie in the plane in which they differ most, that of their two first principal components;
// codes of two numbers are where they are. share is how much of their variance is seen in it.
func (c Codes) Plane() (x, y []float64, share float64) {
	n, d := c.Points.Shape[0], c.Points.Shape[1]
	x, y = make([]float64, n), make([]float64, n)
	axes := mat.NewDense(d, 2, nil) // the directions of x and y
	mean, share := make([]float64, d), 1.
	if d <= 2 {
		for k := range d {
			axes.Set(k, k, 1)
		}
	} else {
		mean = c.mean()
		axes, share = c.principal(mean)
	}
	for i := range n {
		for k := range d {
			v := c.Points.At(i*d+k) - mean[k]
			x[i] += v * axes.At(k, 0)
			y[i] += v * axes.At(k, 1)
		}
	}
	return x, y, share
}

func (c Codes) mean() []float64 {
	n, d := c.Points.Shape[0], c.Points.Shape[1]
	mean := make([]float64, d)
	for i, v := range c.Points.F32 {
		mean[i%d] += float64(v) / float64(n)
	}
	return mean
}

// principal are the two directions in which the codes differ most, of unit length, and their share of the variance. A
// direction points to where most of it is positive, so that it is one of two.
func (c Codes) principal(mean []float64) (axes *mat.Dense, share float64) {
	n, d := c.Points.Shape[0], c.Points.Shape[1]
	spread := mat.NewSymDense(d, nil)
	away := mat.NewVecDense(d, nil)
	for i := range n {
		for k := range d {
			away.SetVec(k, c.Points.At(i*d+k)-mean[k])
		}
		spread.SymRankOne(spread, 1/float64(n), away)
	}
	var e mat.EigenSym
	axes = mat.NewDense(d, 2, nil)
	if !e.Factorize(spread, true) {
		return axes, 0
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	values := e.Values(nil) // the largest last
	for k := range 2 {
		v := mat.Col(nil, d-1-k, &vectors)
		if sum(v) < 0 {
			for i := range v {
				v[i] = -v[i]
			}
		}
		axes.SetCol(k, v)
	}
	total := sum(values)
	if total <= 0 {
		return axes, 1
	}
	return axes, (values[d-1] + values[d-2]) / total
}

func sum(v []float64) (total float64) {
	for _, x := range v {
		total += x
	}
	return total
}

// Mapping are the names of the rows whose models have codes.
func Mapping() (names []string) {
	for _, r := range Table() {
		if _, ok := r.Kind.(Mapper); ok {
			names = append(names, r.Name)
		}
	}
	return names
}
