package curves

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/train/metrics"
)

// TestConfusion: a picture of a matrix has its names and counts, the darkest cell where the largest share is, and is
// the same every time; that of many classes has neither names nor counts.
func TestConfusion(t *testing.T) {
	c := &metrics.Confusion{Counts: [][]int{{48, 2}, {1, 7}}, Names: []string{"cats & dogs", "fish"}}
	var svg, again, picture bytes.Buffer
	if err := WriteConfusionSVG(&svg, c, "Animals"); err != nil {
		t.Fatal(err)
	}
	if err := WriteConfusionSVG(&again, c, "Animals"); err != nil || again.String() != svg.String() {
		t.Errorf("the same matrix is drawn otherwise; error %v", err)
	}
	for _, want := range []string{"Animals", "truth", "taken for", "cats &amp; dogs", "fish", "48", "2", "1", "7"} {
		if !strings.Contains(svg.String(), ">"+want+"<") {
			t.Errorf("%q is not in the picture", want)
		}
	}
	if err := WriteConfusionPNG(&picture, c, "Animals"); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&picture)
	if err != nil {
		t.Fatal(err)
	}
	blue := 0 // of the two cells of the diagonal
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, _, b, _ := img.At(x, y).RGBA(); r < b/2 {
				blue++
			}
		}
	}
	if whole := 2 * 112 * 112; blue < whole*8/10 || blue > whole { // 56 points at 144 a inch, less the counts
		t.Errorf("%d points are dark, want two cells of %d", blue, whole/2)
	}
	many := &metrics.Confusion{Counts: make([][]int, 100)}
	for k := range many.Counts {
		many.Counts[k] = make([]int, 100)
		many.Counts[k][k] = 777
	}
	svg.Reset()
	if err := WriteConfusionSVG(&svg, many, "Many"); err != nil || strings.Contains(svg.String(), ">777<") ||
		strings.Contains(svg.String(), ">99<") {
		t.Errorf("a picture of 100 classes has numbers; error %v", err)
	}
}

func TestConfusionMisused(t *testing.T) {
	large := &metrics.Confusion{Counts: make([][]int, 501)}
	for k := range large.Counts {
		large.Counts[k] = make([]int, 501)
	}
	for _, c := range []struct {
		name, file string
		c          *metrics.Confusion
		want       string
	}{
		{"no matrix", "a.svg", nil, "confusion: the matrix has no classes"},
		{"no classes", "a.png", &metrics.Confusion{}, "confusion: the matrix has no classes"},
		{"a row that is short", "a.png", &metrics.Confusion{Counts: [][]int{{1, 2}, {3}}}, "row 1 has 1 counts"},
		{"too many classes", "a.svg", large, "confusion: there are 501 classes, want at most 500 in a picture"},
		{"another kind of file", "a.pdf", &metrics.Confusion{Counts: [][]int{{1}}}, `unknown extension ".pdf"`},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := WriteConfusion(path, c.c, ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file is left", c.name)
		}
	}
	name := strings.Repeat("猫", 1<<20) // is cut, at once
	path := filepath.Join(t.TempDir(), "a.svg")
	c := &metrics.Confusion{Counts: [][]int{{1, 0}, {0, 0}}, Names: []string{name, "\x1b[31m"}}
	if err := WriteConfusion(path, c, ""); err != nil {
		t.Error(err)
	}
	if raw, err := os.ReadFile(path); err != nil || len(raw) > 10_000 || bytes.Contains(raw, []byte("\x1b")) {
		t.Errorf("%d bytes of a long name, error %v", len(raw), err)
	}
}
