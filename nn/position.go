// This file holds Sinusoids, an encoding of positions that is not learnt.

package nn

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
)

// Sinusoids encode each of the positions 0 to n-1 of a sequence in d numbers. A transformer adds them to the
// embeddings of its symbols. y is (n, d):
//
//	y[p, 2i] = sin(p/10000^(2i/d))        y[p, 2i+1] = cos(p/10000^(2i/d))
//
// The encoding of position p+k is that of p with each pair of numbers rotated by an angle that depends on k alone, so
// that one matrix product finds the position k places ahead. See Vaswani et al. 2017, section 3.5. Unlike here,
// tensor2tensor puts all sines before all cosines.
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
