// This file holds Lengths, which tells how long sequences are that end in padding.

package nn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Lengths counts in each row of x (N, T), integers, those that are not 0, which is what stands behind the end of a
// sequence that is shorter than T (data.Padding):
//
//	lengths (N) int64 = Σ over T of x ≠ 0
//
// So a model needs no lengths beside x. A 0 within a sequence is not told from its end.
func Lengths(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	if x.Rank() != 2 || x.DType() != graph.Int64 {
		return graph.Failf("lengths", []graph.Node{x}, "x is %v, want integers (N, T)", x.Type())
	}
	zero := x.Graph().Constant(graph.FromInt64([]int64{0}, 1, 1))
	return ops.Cast(ops.Sum(ops.NotEqual(x, zero), 1), graph.Int64) // (N)
}
