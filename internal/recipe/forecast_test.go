package recipe

import (
	"context"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// TestPersistence: the figure beside a model's is the root mean square error of the model that forecasts the last
// value again, in the unit of the series.
func TestPersistence(t *testing.T) {
	set, err := mustFind(t, "forecast").Kind.Open(context.Background(), "sine", nil, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	if with := set.Beside[0].With; with != "rmse" {
		t.Errorf("it is compared with %q", with)
	}
	rmse := rootMeanSquare(set.Form.Scale.Deviation)
	sum, n, persistence := 0., 0, math.NaN()
	for batch := range set.Test.Batches(0) {
		x, y := batch[0], batch[1]
		last := graph.NewTensor(y.Type)
		for i := range last.F32 {
			last.F32[i] = x.F32[(i+1)*x.Shape[1]-1]
		}
		s, k := rmse.Score(last, y)
		sum, n = sum+s, n+k
		p, rows := set.Beside[0].Score(last, y)
		persistence = p / float64(rows)
	}
	if got := rmse.Of(sum / float64(n)); math.Abs(got-persistence) > 1e-6 || math.Abs(got-.2295) > 1e-3 {
		t.Errorf("the last value again has %v, and persistence is %v", got, persistence)
	}
}

// TestForecastKeepsItsScale: a model that is gone on from sees other data in its own scale.
func TestForecastKeepsItsScale(t *testing.T) {
	k := mustFind(t, "forecast").Kind
	value := func(s Scale) float64 {
		set, err := k.Open(context.Background(), "sine", &Form{Scale: &s}, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		for batch := range set.Test.Batches(0) {
			return float64(batch[1].F32[0])*s.Deviation + s.Mean
		}
		return math.NaN()
	}
	if a, b := value(Scale{Mean: 5, Deviation: 3}), value(Scale{Deviation: 1}); math.Abs(a-b) > 1e-5 {
		t.Errorf("the first value is %v in one scale, %v in another", a, b)
	}
}

// TestNumbers: a value is written so that it is told from others of its series.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		name             string
		value, deviation float64
		want             string
	}{
		{"six digits do", 433.15826, 100, "433.158"},
		{"none at the end", 421, 100, "421"},
		{"zero", 0, 100, "0"},
		{"far from 0, and close to its neighbours", 1e9 + 3.25, 2.5, "1000000003.25"},
		{"below 0", -1e9 - 3.25, 2.5, "-1000000003.25"},
		{"no more digits than a float64 has", 1, 1e-300, "1"},
	} {
		if got := numbers([]float64{c.value}, c.deviation); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
