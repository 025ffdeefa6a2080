package kinds

import (
	"testing"

	"github.com/stheno-ml/stheno/internal/kind"
)

// TestSampledTooMany: rows are not drawn again where they are too many.
func TestSampledTooMany(t *testing.T) {
	k := Tabular{balance: kind.Balance{Sampling: "over"}}
	many := make([]int64, 1<<20)
	for i := range 1000 {
		many[i] = int64(i)
	}
	if _, err := k.sampled(many, 1000, 1); err == nil {
		t.Error("a thousand million rows are drawn")
	}
	if _, err := k.sampled(many[:2000], 1000, 1); err != nil { // negative control
		t.Error(err)
	}
}
