package curves

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// colours are two groups of points, one of which has none.
var colours = []Group{{Name: "cats & dogs", X: []float64{1, 2, 3}, Y: []float64{4, 5, 7}}, {Name: "birds"},
	{Name: "fish", X: []float64{-1}, Y: []float64{2.5}}}

// TestMaps: a map is whole XML with the title, the axes and the groups that have points, a circle for each point and
// each of these groups, and the same every time; a PNG decodes.
func TestMaps(t *testing.T) {
	opt := MapOptions{Title: "Codes", X: "first", Y: "second"}
	var svg, again, picture bytes.Buffer
	if err := WriteMapSVG(&svg, colours, opt); err != nil {
		t.Fatal(err)
	}
	if err := WriteMapSVG(&again, colours, opt); err != nil || again.String() != svg.String() {
		t.Errorf("the same map is drawn otherwise; error %v", err)
	}
	d := xml.NewDecoder(bytes.NewReader(svg.Bytes()))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"Codes", "first", "second", "cats &amp; dogs", "fish"} {
		if !strings.Contains(svg.String(), ">"+want+"<") {
			t.Errorf("%q is not in the map", want)
		}
	}
	if strings.Contains(svg.String(), "birds") {
		t.Error("a group without points is in the legend")
	}
	if err := WriteMapPNG(&picture, colours, opt); err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(&picture); err != nil || img.Bounds().Dx() < 500 {
		t.Errorf("the picture: %v", err)
	}
}

// TestMapsMisused: what cannot be drawn is told, and no file is left.
func TestMapsMisused(t *testing.T) {
	for _, c := range []struct {
		name, file string
		groups     []Group
		want       string
	}{
		{"no points", "a.svg", []Group{{Name: "a"}}, "curves: there is nothing to draw: the groups have no points"},
		{"no groups", "a.png", nil, "curves: there is nothing to draw"},
		{"more X than Y", "a.svg", []Group{{Name: "a", X: []float64{1, 2}, Y: []float64{1}}},
			`curves: group "a" has 2 X and 1 Y, want as many`},
		{"a point that is nowhere", "a.svg", []Group{{Name: "a", X: []float64{math.NaN()}, Y: []float64{1}}},
			`curves: point 0 of group "a" is (NaN, 1)`},
		{"another kind of file", "a.pdf", colours, `unknown extension ".pdf", want .svg or .png`},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := WriteMap(path, c.groups, MapOptions{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file is left", c.name)
		}
	}
}

// TestGroupColours: of any number of groups no two have one colour.
func TestGroupColours(t *testing.T) {
	for _, n := range []int{1, 10, 11, 24} {
		seen := map[string]int{}
		for i := range n {
			c := fmt.Sprint(groupColour(i, n))
			if k, taken := seen[c]; taken {
				t.Errorf("groups %d and %d of %d are %s", k, i, n, c)
			}
			seen[c] = i
		}
	}
}
