// This file holds Increment, for counters.

package ops

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
)

// Increment is n + 1, for integers, such as the number of batches that a layer has seen.
func Increment(n graph.Node) graph.Node { return graph.Apply(increment{}, n) }

type increment struct{}

func (increment) String() string { return "increment" }
func (increment) Types(in []graph.Type) ([]graph.Type, error) {
	if in[0].DType != graph.Int64 {
		return nil, fmt.Errorf("the counter holds %v, want int64", in[0].DType)
	}
	return in[:1], nil
}
func (increment) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (increment) InPlace(int) []int                                { return []int{0} }
func (increment) Eval(dst, in []graph.Tensor) error {
	for i, v := range in[0].I64 {
		dst[0].I64[i] = v + 1
	}
	return nil
}
func (increment) Draw([]graph.Type) (graph.Role, string) { return graph.RoleUpdate, "Increment" }
