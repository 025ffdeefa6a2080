package curves

import (
	"encoding/xml"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.svg")
	two := []Line{{"first", []float64{1, .5, 0}}, {"second", []float64{.2, .2}}}
	if err := WriteLines(path, two, LinesOptions{Title: "a title", Y: "share"}); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(path)
	if err != nil || xml.Unmarshal(svg, new(struct{})) != nil {
		t.Errorf("the drawing cannot be read: %v", err)
	}
	for _, want := range []string{"a title", "first", "second", "share", "step", "0.0", "1.0"} {
		if !strings.Contains(string(svg), ">"+want+"<") {
			t.Errorf("%q is not drawn", want)
		}
	}
}

func TestLinesMistakes(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, file string
		lines      []Line
		want       string
	}{
		{"no lines", "a.svg", nil, "there is nothing to draw: there are no lines"},
		{"a line of one point", "a.svg", []Line{{"x", []float64{1}}}, `line "x" has 1 points, want 2 at least`},
		{"a number that is none", "a.png", []Line{{"x", []float64{1, math.NaN()}}}, "x: at step 1 it is NaN"},
		{"more than there are colours for", "a.svg", make([]Line, MostLines+1),
			"there are 7 lines, and colours for 6"},
		{"another kind of file", "a.pdf", []Line{{"x", []float64{1, 2}}}, `unknown extension ".pdf"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := WriteLines(filepath.Join(dir, c.file), c.lines, LinesOptions{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
