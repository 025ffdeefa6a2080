package kinds

import (
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// TestNextSymbols: symbols that are left out count neither as hits nor as symbols.
func TestNextSymbols(t *testing.T) {
	pred := graph.FromFloat32([]float32{1, 2, 3, 3, 2, 1, 5, 5, 0}, 1, 3, 3)
	for _, c := range []struct {
		name   string
		target []int64
		sum    float64
		n      int
	}{
		{"all", []int64{2, 0, 0}, 3, 3},
		{"the second of two equal ones", []int64{2, 0, 1}, 2, 3},
		{"one that is left out", []int64{2, 1, ops.IgnoreIndex}, 1, 2},
	} {
		if sum, n := nextSymbols(pred, graph.FromInt64(c.target, 1, 3)); sum != c.sum || n != c.n {
			t.Errorf("%s: %v of %d, want %v of %d", c.name, sum, n, c.sum, c.n)
		}
	}
}
