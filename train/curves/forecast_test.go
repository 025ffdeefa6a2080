package curves

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"
)

// TestForecasts: a plot for each series, which counts from the last value that is known; what cannot be drawn is an
// error, and leaves no file.
func TestForecasts(t *testing.T) {
	dir := t.TempDir()
	known := []float64{1, 2, 4}
	for _, c := range []struct {
		name, file string
		list       []Forecast
		want       string // of the error, or of the file
	}{
		{"a series", "a.svg", []Forecast{{"a \x01", known, []float64{3}, []float64{5, 6}}}, ">a ␁<"},
		{"one of which nothing was forecast", "b.svg", []Forecast{{"b", known, nil, []float64{5}}}, ">forecast<"},
		{"two", "c.svg", []Forecast{{"b", known, nil, []float64{5}}, {"c", known, nil, []float64{7}}}, ">c<"},
		{"none", "d.svg", nil, "there is nothing to draw"},
		{"no number", "d.png", []Forecast{{"d", known, nil, []float64{math.NaN()}}},
			"d, forecast: at step 1 it is NaN"},
		{"another kind of file", "d.pdf", []Forecast{{"d", known, nil, known}}, "want .svg or .png"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.file)
			err := WriteForecasts(path, "title", c.list)
			got, _ := os.ReadFile(path)
			if err != nil {
				got = []byte(err.Error())
			}
			if !strings.Contains(string(got), c.want) || (err == nil) != strings.Contains(c.want, ">") {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 3 {
		t.Errorf("left behind: %v %v", files, err)
	}
	if got := from(-1, known); !slices.Equal(got, plotter.XYs{{X: -1, Y: 1}, {X: 0, Y: 2}, {X: 1, Y: 4}}) {
		t.Errorf("the line is %v", got)
	}
}
