// This file holds Lengths, which counts the elements of sequences that end in padding.

package nn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Lengths counts the elements that are not 0 in each row of integers x (N, T). A sequence that is shorter than T is
// filled with 0 behind its end (data.Padding):
//
//	lengths (N) int64 = Σ over T of x ≠ 0
//
// So a model needs no other operand than x. A sequence must not contain a 0 itself.
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
