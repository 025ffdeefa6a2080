package viz

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// drawnEvidence is the PNG of evidence as it is read back, and where everything stands.
func drawnEvidence(t *testing.T, list []Evidence) (at func(x, y float64) color.RGBA, b *board) {
	t.Helper()
	var out, again bytes.Buffer
	opt := EvidenceOptions{Title: "a model", Note: "what its answers rest on"}
	if err := WriteEvidencePNG(&out, list, opt); err != nil {
		t.Fatal(err)
	}
	if err := WriteEvidencePNG(&again, list, opt); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("the same evidence gives other bytes")
	}
	img, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = newBoard(list, opt); err != nil {
		t.Fatal(err)
	}
	return func(x, y float64) color.RGBA {
		return color.RGBAModel.Convert(img.At(int(sharp*x), int(sharp*y))).(color.RGBA)
	}, b
}

// TestEvidenceOfPictures: each pixel has its colour at its place: that of the picture, of a map by its own largest
// number, and orange over grey where a map is laid over.
func TestEvidenceOfPictures(t *testing.T) {
	digit := Tile{Planes: 1, Height: 1, Width: 2, Values: []float32{0, .5}}
	photo := Tile{Planes: 3, Height: 1, Width: 2, Values: []float32{1, -.5, -1, -.5, -1, -.5}}
	over := &Tile{Planes: 1, Height: 1, Width: 2, Values: []float32{4, 0}}
	at, b := drawnEvidence(t, []Evidence{{Title: "an input", Note: "the answer is another", Cells: []Cell{
		{Tile: digit},
		{Tile: photo},
		{Tile: digit, Over: over},
		{Tile: photo, Over: over},
	}}})
	for i, want := range [][2]color.RGBA{
		{ink.Blues[0], ink.Blues[ink.Levels-1]},
		{{255, 0, 0, 255}, {64, 64, 64, 255}},
		{overGrey(1, 1), overGrey(0, 0)},
		{overGrey(.299, 1), overGrey(.25, 0)},
	} {
		c := b.tiles[i]
		for k, w := range want {
			if got := at(c.at.X+c.side*(float64(k)+.5), c.at.Y+c.side/2); got != w {
				t.Errorf("cell %d: pixel %d is %v, want %v", i, k, got, w)
			}
		}
	}
	if low, high := overGrey(0, 0), overGrey(1, 0); low.R != low.B || high != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("without a map grey is from %v to %v", low, high)
	}
	for _, grey := range []float64{0, .3, 1} {
		if c := overGrey(grey, 1); c.R < c.G+40 || c.G < c.B+20 {
			t.Errorf("on grey %v the map is %v, which is not orange", grey, c)
		}
	}
}

// TestEvidenceOfTexts: the ground of a word is as dark as its number says, in blue or red; long texts go on
// in the next line, words do not touch, and the sheet holds all.
func TestEvidenceOfTexts(t *testing.T) {
	at, b := drawnEvidence(t, []Evidence{{Texts: []Shaded{{
		Words: []string{"none", "for", "against"}, Values: []float32{0, 1, -2}, Below: []string{"0", "1", "-2"}}}}})
	for i, want := range []color.RGBA{ink.Blues[0], ink.Blues[32], ink.Reds[ink.Levels-1]} {
		g := b.grounds[i]
		if got := at(g.X+2, g.Y+2); got != want {
			t.Errorf("word %d stands on %v, want %v", i, got, want)
		}
	}
	words := slices.Repeat([]string{"a", "somewhat", strings.Repeat("longest", 40), "␣", "好"}, 30)
	_, b = drawnEvidence(t, []Evidence{{Title: "a text", Texts: []Shaded{{Title: "its words", Words: words,
		Values: make([]float32, len(words))}}}})
	for i, g := range b.grounds {
		if g.X < ink.Margin || g.Right() > b.w-ink.Margin+1 || g.Right() > ink.Margin+textW+1 ||
			g.Bottom() > b.h-ink.Margin {
			t.Errorf("word %d is at %+v on a sheet of %v by %v", i, g.Rect, b.w, b.h)
		}
		for k, h := range b.grounds[:i] {
			if g.X < h.Right() && h.X < g.Right() && g.Y < h.Bottom() && h.Y < g.Bottom() {
				t.Errorf("words %d and %d touch", k, i)
			}
		}
	}
	for _, l := range b.labels {
		if l.anchor == ink.Start && l.X+ink.TextWidth(l.s, l.size, l.bold) > b.w {
			t.Errorf("%q ends beyond the sheet", l.s)
		}
	}
}

func TestEvidenceErrors(t *testing.T) {
	one := Tile{Title: "one", Planes: 1, Height: 1, Width: 1, Values: []float32{1}}
	two := Tile{Title: "two", Planes: 1, Height: 1, Width: 2, Values: []float32{1, 2}}
	below := Tile{Title: "below", Planes: 1, Height: 1, Width: 1, Values: []float32{-1}}
	nan, empty := float32(math.NaN()), Tile{Planes: 1, Height: 1, Width: 1}
	for _, c := range []struct {
		name string
		list []Evidence
		want string
	}{
		{"none", nil, "viz: there is no evidence to draw"},
		{"nothing in it", []Evidence{{Title: "x"}}, `evidence "x" has neither cells nor texts`},
		{"a tile of no size", []Evidence{{Cells: []Cell{{}}}}, "has 0 planes of 0×0"},
		{"a map of another size", []Evidence{{Cells: []Cell{{Tile: one, Over: &two}}}},
			`the map over "one" has 1 planes of 1×2, want 1 of 1×1`},
		{"a map below 0", []Evidence{{Cells: []Cell{{Tile: one, Over: &below}}}},
			"element 0 is -1, want a number from 0 up"},
		{"a map without its numbers", []Evidence{{Cells: []Cell{{Tile: one, Over: &empty}}}},
			"has 0 elements, want 1"},
		{"no words", []Evidence{{Texts: []Shaded{{Title: "t"}}}}, `text "t" has 0 words`},
		{"fewer numbers than words", []Evidence{{Texts: []Shaded{{Title: "t", Words: []string{"a", "b"},
			Values: []float32{1}}}}}, `text "t" has 2 words, 1 numbers`},
		{"a word that is no number", []Evidence{{Texts: []Shaded{{Words: []string{"a"}, Values: []float32{nan}}}}},
			"the number of word 0 is NaN"},
		{"more than a picture holds", slices.Repeat([]Evidence{{Cells: []Cell{{Tile: one}}}}, 2000),
			"draw fewer inputs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := WriteEvidencePNG(new(bytes.Buffer), c.list, EvidenceOptions{}); err == nil ||
				!strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "a.svg")
	err := WriteEvidence(path, []Evidence{{Cells: []Cell{{Tile: one}}}}, EvidenceOptions{})
	if err == nil || !strings.Contains(err.Error(), `unknown extension ".svg"`) {
		t.Errorf("evidence as SVG: %v", err)
	}
}
