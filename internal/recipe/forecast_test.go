package recipe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
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

// TestForecastKeepsItsScale: a model that is gone on from sees other data in its own unit, and not from its own mean,
// which may be far from theirs.
func TestForecastKeepsItsScale(t *testing.T) {
	k := mustFind(t, "forecast").Kind
	value := func(s *Scale) float64 {
		set, err := k.Open(context.Background(), "sine", &Form{Scale: s}, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		for batch := range set.Test.Batches(0) {
			return float64(batch[1].F32[0]) * s.Deviation
		}
		return math.NaN()
	}
	if a, b := value(&Scale{Mean: 1e9, Deviation: 3}), value(&Scale{Deviation: 1}); math.Abs(a-b) > 1e-6 {
		t.Errorf("the first value is %v in one scale, %v in another", a, b)
	}
}

// TestForecastFollowsAnyUnit: a series in another unit, or far from 0, has the same forecast in that unit.
func TestForecastFollowsAnyUnit(t *testing.T) {
	r := mustFind(t, "forecast")
	m := r.New(r.Usual())
	m.Params().Init(0)
	ask := func(t *testing.T, unit, level float64) (next, told float64) {
		k, err := r.Kind.(Reader).Reading(Reading{Ahead: 3})
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for i := range 70 {
			text += fmt.Sprintf("%.17g\n", level+unit*math.Sin(float64(i)/3))
		}
		path := filepath.Join(t.TempDir(), "series.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all, picture, err := k.(Predictor).Predict(m, []string{path}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if picture == nil {
			t.Fatal("there is no plot")
		}
		told1, err := k.(forecast).oneAhead(nn.NewPredictor(m), 1, series(t, path))
		if err != nil {
			t.Fatal(err)
		}
		return (all[0].Next[2] - level) / unit, (told1[0] - level) / unit
	}
	next, told := ask(t, 1, 0)
	for _, c := range []struct {
		name        string
		unit, level float64
		within      float64
	}{
		{"far from 0", 1, 1e9, 1e-5},
		{"far below 0", 1, -1e12, 1e-2},
		{"in a small unit", 1e-7, 0, 1e-5},
		{"in one near to the least that there is", 1e-290, 0, 1e-5},
		{"in a large unit", 1e20, 0, 1e-5},
		{"in one near to the largest that a file may have", 1e38, 0, 1e-5},
		{"in a small unit far from 0", 1e-3, 1e5, 1e-5},
	} {
		t.Run(c.name, func(t *testing.T) {
			gotNext, gotTold := ask(t, c.unit, c.level)
			if math.Abs(gotNext-next) > c.within || math.Abs(gotTold-told) > c.within {
				t.Errorf("got %v, and %v of a value that is known; want %v and %v", gotNext, gotTold, next, told)
			}
		})
	}
	if math.Abs(next-told) < 1e-2 {
		t.Error("negative control: whatever is asked, the answer is the same")
	}
}

func series(t *testing.T, path string) []float64 {
	s, err := data.ReadSeries(path, data.SeriesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Values
}

// TestForecastTooFar: values that differ by more than numbers can are damaged, and give no answer.
func TestForecastTooFar(t *testing.T) {
	r := mustFind(t, "forecast")
	m, window := r.New(r.Usual()), make([]float64, 30)
	for i := range window {
		window[i] = math.Copysign(1.5e308, float64(i%2)-.5)
	}
	if got, err := r.Kind.(forecast).follow(nn.NewPredictor(m), 1, window); !errors.Is(err, data.ErrDamaged) {
		t.Errorf("got %v and the error %v", got, err)
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
