// This file holds Codes, what models know of pictures in a few numbers, and the plane in which they are seen.

package kind

import (
	"gonum.org/v1/gonum/mat"

	"github.com/stheno-ml/stheno/graph"
)

// Codes are those of some inputs, with the classes of these.
type Codes struct {
	Points  graph.Tensor // (N, D)
	Labels  []int64
	Classes []string
	Note    string // what is to be seen in them
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
