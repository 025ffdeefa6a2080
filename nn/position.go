// This file holds Sinusoids, positions that need not be learnt.

package nn

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
)

// Sinusoids are the positions 0 to n-1 of a text, told in d numbers each, which a model of attention adds to what its
// symbols are (n, d):
//
//	y[p, 2i] = sin(p/10000^(2i/d))        y[p, 2i+1] = cos(p/10000^(2i/d))
//
// A distance is a rotation of each pair, so that what is k places ahead can be found by one product. See Vaswani et
// al. 2017, section 3.5; tensor2tensor has all sines before all cosines.
func Sinusoids(g *graph.Graph, n, d int) graph.Node {
	switch err := (graph.Shape{n, d}).Check(); {
	case n < 1 || d < 1:
		return g.FailIn("sinusoids", fmt.Errorf("n is %d and d is %d, want at least 1 of each", n, d))
	case err != nil:
		return g.FailIn("sinusoids", err)
	}
	t := graph.NewTensor(graph.Type{DType: g.DType, Shape: graph.Shape{n, d}})
	for i := range n * d {
		p, k := float64(i/d), i%d
		v, turn := 0., p/math.Pow(10000, float64(k-k%2)/float64(d))
		if k%2 == 0 {
			v = math.Sin(turn)
		} else {
			v = math.Cos(turn)
		}
		if t.DType == graph.Float64 {
			t.F64[i] = v
		} else {
			t.F32[i] = float32(v)
		}
	}
	return g.Constant(t).Named("positions")
}
