package curves

import (
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"

	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/train/metrics"
)

// scored are scores of so many classes, better than chance.
func scored(classes, examples int) (all []Scored) {
	key := rng.Key(1, rng.HashString("curves.scored"))
	for k := range classes {
		s := Scored{Name: fmt.Sprintf("class %d", k)}
		draw := key.Sub(uint64(k))
		for i := range examples {
			positive := i%max(classes, 3) == k
			score := float64(draw.IntN(uint64(i), 1000)) / 1000
			if positive {
				score += .3
			}
			s.Positive, s.Scores = append(s.Positive, positive), append(s.Scores, score)
		}
		all = append(all, s)
	}
	return all
}

// TestRankings: the curves of few and many classes have the areas of package metrics in their legends, and the same
// bytes each time.
func TestRankings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.svg")
	for _, c := range []struct {
		name  string
		write func(path, title string, classes []Scored) error
		area  func(positive []bool, scores []float64) (float64, error)
		texts []string
	}{
		{"AUC", WriteROC, metrics.AUC, []string{"false positive rate", "true positive rate"}},
		{"AP", WritePrecisionRecall, metrics.AveragePrecision, []string{"recall", "precision"}},
	} {
		for _, n := range []int{1, 3, 30} {
			classes := scored(n, 300)
			var before string
			for range 2 {
				if err := c.write(path, "a title", classes); err != nil {
					t.Fatal(err)
				}
				svg, err := os.ReadFile(path)
				if err != nil || xml.Unmarshal(svg, new(struct{})) != nil || before != "" && before != string(svg) {
					t.Fatalf("the drawing cannot be read, or is another: %v", err)
				}
				before = string(svg)
			}
			area, err := c.area(classes[0].Positive, classes[0].Scores)
			if err != nil {
				t.Fatal(err)
			}
			want := append(c.texts, "a title", fmt.Sprintf("class 0, %s %.4f", c.name, area))
			if n > 1 {
				want = append(want, fmt.Sprintf("mean of %d, %s", n, c.name))
			}
			for _, w := range want {
				if !strings.Contains(before, ">"+w) {
					t.Errorf("of %d classes %q is not drawn", n, w)
				}
			}
			if got := strings.Count(before, ">class "); got != min(n, mostNamed) {
				t.Errorf("the legend names %d of %d classes", got, n)
			}
		}
	}
}

// TestPrecisionRecallArea: the area under the steps is the average precision.
func TestPrecisionRecallArea(t *testing.T) {
	for _, s := range scored(4, 200) {
		line, ap, err := prLine(&s)
		if err != nil {
			t.Fatal(err)
		}
		area := 0.
		for i := 1; i < len(line); i++ {
			area += (line[i].X - line[i-1].X) * line[i].Y
		}
		if math.Abs(area-ap) > 1e-12 {
			t.Errorf("%s: the area is %v, the average precision %v", s.Name, area, ap)
		}
	}
}

// TestThinned: no point of the whole line is farther from the thinned one than that may be, and most are left out.
func TestThinned(t *testing.T) {
	line, _, err := rocLine(&scored(2, 5000)[0])
	if err != nil {
		t.Fatal(err)
	}
	few := thinned(line)
	if len(few) > len(line)/3 {
		t.Errorf("%d of %d points are left", len(few), len(line))
	}
	for _, p := range line {
		near := math.Inf(1)
		for i := 1; i < len(few); i++ {
			near = min(near, offLine(p, few[i-1], few[i]))
		}
		if near > thinness {
			t.Fatalf("point %v is %v off", p, near)
		}
	}
	if got := thinned(plotter.XYs{{}, {X: .5, Y: .1}, {X: 1}}); len(got) != 3 {
		t.Errorf("a corner is left out: %v", got)
	}
	if got := thinned(plotter.XYs{{}, {X: .5}, {X: 1}, {X: 1}}); len(got) != 2 {
		t.Errorf("a straight line is %v", got)
	}
}

// TestCalibration: the diagram has the ECE, and is an error without examples.
func TestCalibration(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.svg")
	bins, err := metrics.Calibrate([]float64{.9, .95, .6, .65, .3}, []bool{true, true, false, true, false}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteCalibration(path, "a title", bins); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(path)
	if err != nil || xml.Unmarshal(svg, new(struct{})) != nil {
		t.Fatalf("the drawing cannot be read: %v", err)
	}
	for _, want := range []string{"a title", fmt.Sprintf("ECE %.4f of 5 examples", bins.ECE()), "confidence",
		"share that is right", "share of the examples"} {
		if !strings.Contains(string(svg), ">"+want+"<") {
			t.Errorf("%q is not drawn", want)
		}
	}
	none := filepath.Join(dir, "b.svg")
	one := []Scored{{Name: "fox", Positive: []bool{true, true}, Scores: []float64{1, 2}}}
	for want, err := range map[string]error{
		"the bins have 0 examples": WriteCalibration(none, "", nil),
		"and the ECE is NaN": WriteCalibration(none, "", metrics.Calibration{{Count: 1,
			Accuracy: math.NaN()}}),
		"class fox: ROC: all 2 examples":   WriteROC(none, "", one),
		"there are no classes":             WriteROC(none, "", nil),
		"class : precision and recall: th": WritePrecisionRecall(none, "", make([]Scored, 1)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("what cannot be drawn is a file")
	}
}
