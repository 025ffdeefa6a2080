package curves

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/history"
)

// tested is a range test that falls and then grows.
func tested() *train.Range {
	r := &train.Range{Suggestion: 1e-2}
	for i := range 40 {
		rate := 1e-5 * math.Pow(1e6, float64(i)/39)
		loss := 2.5 - 1/(1+math.Exp(-4*(math.Log10(rate)+2))) + math.Max(0, 40*(rate-1))
		r.Rates, r.Losses, r.Smoothed = append(r.Rates, rate), append(r.Losses, loss), append(r.Smoothed, loss)
	}
	return r
}

// TestRange: a range test is drawn, the same each time, with the suggestion; what grows beyond its beginning is cut
// off.
func TestRange(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.svg")
	var before []byte
	for range 2 {
		if err := WriteRange(path, "a range", tested()); err != nil {
			t.Fatal(err)
		}
		svg, err := os.ReadFile(path)
		if err != nil || before != nil && !bytes.Equal(svg, before) {
			t.Fatal("the drawings differ", err)
		}
		before = svg
	}
	for _, want := range []string{"a range", "suggestion 0.01", "learning rate", "1e-5", "1e-1", "running mean"} {
		if !strings.Contains(string(before), want) {
			t.Errorf("there is no %q", want)
		}
	}
	if top := topOf(tested()); top < 2.9 || top > 3.1 {
		t.Errorf("it goes up to %v, want half as far above 2.5 as 1.5 is below", top)
	}
	if top := topOf(&train.Range{Smoothed: []float64{1, 2, 9}}); top != 9 {
		t.Errorf("of one that only grows it goes up to %v", top)
	}
}

// TestRuns: each run has its name and its curves; figures of any run have a plot.
func TestRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.svg")
	short := threeEpochs()[:1]
	short[0].Test = map[string]float64{"f1": .5}
	var many []Run
	for _, name := range strings.Fields("a b c d e f g h") {
		many = append(many, Run{name, threeEpochs()})
	}
	for _, runs := range [][]Run{{{"first", threeEpochs()}, {"second\x1b[2J", short}},
		{{"first", nil}, {"second", threeEpochs()}}, many} {
		if err := WriteRuns(path, "runs", runs); err != nil {
			t.Fatal(err)
		}
		svg, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(svg), "accuracy") || strings.Contains(string(svg), "\x1b") ||
			len(runs[0].History) > 0 && !strings.Contains(string(svg), runs[0].Name+", held out") {
			t.Errorf("of %d runs something is missing, %v", len(runs), err)
		}
	}
}

// TestRangesAndRunsBad: each is an error, and no file.
func TestRangesAndRunsBad(t *testing.T) {
	dir := t.TempDir()
	bad := tested()
	bad.Smoothed[3] = math.NaN()
	uneven := tested()
	uneven.Losses = uneven.Losses[:3]
	nan := threeEpochs()
	nan[0].TrainLoss = math.NaN()
	path := filepath.Join(dir, "a.png")
	for want, err := range map[string]error{
		"the range test has no steps":           WriteRange(path, "", &train.Range{}),
		"there is nothing to draw: the range":   WriteRange(path, "", nil),
		"running mean: at step":                 WriteRange(path, "", bad),
		"40 rates, 3 losses and 40 means":       WriteRange(path, "", uneven),
		"unknown extension":                     WriteRange(filepath.Join(dir, "a.gif"), "", tested()),
		"no run has an epoch":                   WriteRuns(path, "", []Run{{"a", nil}}),
		"there is nothing to draw: no run":      WriteRuns(path, "", nil),
		"b, training: at step 100 it is NaN, w": WriteRuns(path, "", []Run{{"b", nan}}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestNumbersThatAreFarApart: whatever finite numbers there are, a drawing has no place that is no number, or it is an
// error that says why.
func TestNumbersThatAreFarApart(t *testing.T) {
	extremes := []float64{math.MaxFloat64, -math.MaxFloat64, 1e300, -1e300, 5e-324, -5e-324, 0, 1, -1e-9, 1 << 53}
	path := filepath.Join(t.TempDir(), "a.svg")
	drawn, refused := 0, 0
	for i := range 2 * len(extremes) {
		a, b := extremes[i/2], extremes[(i/2+1+i%2)%len(extremes)]
		h := []history.Row{{Step: 1, TrainLoss: a, TestLoss: b, Test: map[string]float64{"f1": b}},
			{Step: 2, TrainLoss: b, TestLoss: a, Test: map[string]float64{"f1": b}}}
		for name, write := range map[string]func() error{
			"histories": func() error { return WriteRuns(path, "runs", []Run{{"a", h}}) },
			"curves":    func() error { return WriteFile(path, h, Options{}) },
			"lines":     func() error { return WriteLines(path, []Line{{"a", []float64{a, b}}}, LinesOptions{}) },
			"a range": func() error {
				v := []float64{a, b, a}
				return WriteRange(path, "range", &train.Range{Rates: []float64{1, 2, 3}, Losses: v, Smoothed: v})
			},
		} {
			err := write()
			svg, failed := os.ReadFile(path)
			os.Remove(path)
			switch {
			case err != nil && strings.Contains(err.Error(), "too far apart") && failed != nil:
				refused++
			case err != nil || failed != nil || strings.Contains(string(svg), "NaN") ||
				strings.Contains(string(svg), "Inf"):
				t.Errorf("%s from %v to %v: %v, %v, or places that are no numbers", name, a, b, err, failed)
			default:
				drawn++
			}
		}
	}
	if drawn < 50 || refused < 4 {
		t.Errorf("%d are drawn and %d refused", drawn, refused)
	}
}
