package recipe

import (
	"context"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kind"
)

// TestForecastKeepsItsScale: a model that is gone on from sees other data in its own unit, and not from its own mean,
// which may be far from theirs.
func TestForecastKeepsItsScale(t *testing.T) {
	k := mustFind(t, "forecast").Kind
	value := func(s *kind.Scale) float64 {
		set, err := k.Open(context.Background(), "sine", &kind.Form{Scale: s}, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		for batch := range set.Test.Batches(0) {
			return float64(batch[1].F32[0]) * s.Deviation
		}
		return math.NaN()
	}
	if a, b := value(&kind.Scale{Mean: 1e9, Deviation: 3}), value(&kind.Scale{Deviation: 1}); math.Abs(a-b) > 1e-6 {
		t.Errorf("the first value is %v in one scale, %v in another", a, b)
	}
}
