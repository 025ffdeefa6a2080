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

// TestTiles: each number of a tile has its colour, at its place.
func TestTiles(t *testing.T) {
	gray := func(v float64) color.RGBA {
		g := uint8(math.Round(127.5 + 127.5*v))
		return color.RGBA{g, g, g, 255}
	}
	for _, c := range []struct {
		name   string
		tile   Tile
		each   bool
		other  float32 // the largest number of another tile
		colour []color.RGBA
	}{
		{"numbers from 0 up", Tile{Planes: 1, Height: 1, Width: 2, Values: []float32{0, 2}}, false, 2,
			[]color.RGBA{ink.Blues[0], ink.Blues[ink.Levels-1]}},
		{"numbers on both sides of 0", Tile{Planes: 1, Height: 1, Width: 2, Values: []float32{-2, 2}}, false, 1,
			[]color.RGBA{ink.Reds[ink.Levels-1], ink.Blues[ink.Levels-1]}},
		{"one scale for all", Tile{Planes: 1, Height: 1, Width: 2, Values: []float32{0, 2}}, false, 4,
			[]color.RGBA{ink.Blues[0], ink.Blues[ink.Levels/2]}},
		{"a scale for each", Tile{Planes: 1, Height: 1, Width: 2, Values: []float32{0, 2}}, true, 4,
			[]color.RGBA{ink.Blues[0], ink.Blues[ink.Levels-1]}},
		{"nothing at all", Tile{Planes: 1, Height: 1, Width: 2, Values: []float32{0, 0}}, true, 0,
			[]color.RGBA{ink.Blues[0], ink.Blues[0]}},
		{"three planes that say the same", Tile{Planes: 3, Height: 1, Width: 2, Values: []float32{-1, 0, -1, 0, -1,
			0}}, false, 1, []color.RGBA{gray(-1), gray(0)}},
		{"three planes of red", Tile{Planes: 3, Height: 1, Width: 2, Values: []float32{1, 1, -1, -1, -1, -1}}, false,
			1, []color.RGBA{{255, 0, 0, 255}, {255, 0, 0, 255}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			other := c.tile
			other.Values = make([]float32, len(c.tile.Values))
			other.Values[0] = c.other
			list, opt := []Tile{c.tile, other}, TileOptions{Title: "a layer", Note: "its kernels", Each: c.each}
			var b, again bytes.Buffer
			if err := WriteTilesPNG(&b, list, opt); err != nil {
				t.Fatal(err)
			}
			s, err := newTiling(list, opt)
			if err != nil {
				t.Fatal(err)
			}
			if err := WriteTilesPNG(&again, list, opt); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
				t.Error("the same tiles give other bytes")
			}
			img, err := png.Decode(&b)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range c.colour {
				at := s.place(0)
				x, y := int(sharp*(at.X+s.cell*(float64(i)+.5))), int(sharp*(at.Y+s.cell/2))
				if got := color.RGBAModel.Convert(img.At(x, y)); got != want {
					t.Errorf("number %d is %v, want %v", i, got, want)
				}
			}
		})
	}
}

// TestTilesFit: whatever there is of tiles, they do not touch, and the sheet holds them.
func TestTilesFit(t *testing.T) {
	for _, c := range []struct{ n, across, side int }{{1, 0, 1}, {6, 0, 5}, {7, 3, 28}, {64, 0, 11}, {3, 8, 200}} {
		list := slices.Repeat([]Tile{{Title: "12", Planes: 1, Height: c.side, Width: c.side,
			Values: make([]float32, c.side*c.side)}}, c.n)
		s, err := newTiling(list, TileOptions{Across: c.across, Title: strings.Repeat("a long title ", 9)})
		if err != nil {
			t.Fatal(err)
		}
		side := float64(c.side) * s.cell
		for i := range list {
			at := s.place(i)
			if at.X < ink.Margin || at.X+side > s.w-ink.Margin+1 || at.Y+side > s.h-ink.Margin+1 || s.tw < side ||
				s.th < side {
				t.Errorf("%+v: tile %d of side %v is at %v on a sheet of %v by %v", c, i, side, at, s.w, s.h)
			}
		}
		for _, l := range s.labels {
			if end := l.X + ink.TextWidth(l.s, l.size, l.bold); end > s.w {
				t.Errorf("%+v: %q ends at %v on a sheet of %v", c, l.s, end, s.w)
			}
		}
	}
}

// TestTilesOf: what tiles were made of stands at their left, with its own sides and planes, and they make room for it.
func TestTilesOf(t *testing.T) {
	tile := Tile{Planes: 1, Height: 2, Width: 2, Values: []float32{0, 1, 2, 3}}
	red := Tile{Title: "a picture", Planes: 3, Height: 1, Width: 2, Values: []float32{1, 1, -1, -1, -1, -1}}
	list, opt := []Tile{tile, tile, tile}, TileOptions{Of: red}
	s, err := newTiling(list, opt)
	if err != nil {
		t.Fatal(err)
	}
	if left, right := s.place(0).X, s.place(1).X+2*s.cell; left < ink.Margin+leastOf+stripGap ||
		right > s.w-ink.Margin {
		t.Errorf("the tiles are from %v to %v, and the sheet is %v wide", left, right, s.w)
	}
	var b bytes.Buffer
	if err := WriteTilesPNG(&b, list, opt); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	x, y := int(ink.Margin*sharp)+sharp, int(s.top*sharp)+sharp
	if got := color.RGBAModel.Convert(img.At(x, y)); got != (color.RGBA{255, 0, 0, 255}) {
		t.Errorf("the picture is %v, want red", got)
	}
}

func TestTilesErrors(t *testing.T) {
	one := Tile{Title: "one", Planes: 1, Height: 1, Width: 1, Values: []float32{1}}
	two := Tile{Title: "two", Planes: 1, Height: 1, Width: 2, Values: []float32{1, 2}}
	for _, c := range []struct {
		name string
		list []Tile
		opt  TileOptions
		want string
	}{
		{"none", nil, TileOptions{}, "viz: there is no tile to draw"},
		{"two planes", []Tile{{Planes: 2, Height: 1, Width: 1}}, TileOptions{}, "has 2 planes of 1×1, want 1 or 3"},
		{"no height", []Tile{{Planes: 1, Width: 1}}, TileOptions{},
			"has 1 planes of 0×1, want 1 or 3, and sides of at least 1"},
		{"two sizes", []Tile{one, two}, TileOptions{},
			`tile "two" has 1 planes of 1×2, want 1 of 1×1 as the first`},
		{"too few elements", []Tile{{Title: "x", Planes: 1, Height: 1, Width: 2, Values: []float32{1}}}, TileOptions{},
			`tile "x" has 1 elements, want 2 for 1 planes of 1×2`},
		{"no number", []Tile{{Title: "x", Planes: 1, Height: 1, Width: 1, Values: []float32{float32(math.NaN())}}},
			TileOptions{}, `tile "x": element 0 is NaN`},
		{"made of two planes", []Tile{one}, TileOptions{Of: Tile{Title: "x", Planes: 2, Height: 1, Width: 1}},
			`tile "x" has 2 planes`},
		{"made of numbers without planes", []Tile{one}, TileOptions{Of: Tile{Title: "x", Values: []float32{1}}},
			`tile "x" has 0 planes`},
		{"made of too few elements", []Tile{one}, TileOptions{Of: Tile{Title: "x", Planes: 1, Height: 2, Width: 1}},
			`tile "x" has 0 elements, want 2`},
		{"fewer than none side by side", []Tile{one}, TileOptions{Across: -1}, "Across is -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			err := WriteTilesPNG(&b, c.list, c.opt)
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) ||
				!strings.HasPrefix(err.Error(), "viz: ")) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if err := WriteTiles(filepath.Join(t.TempDir(), "x.svg"), []Tile{one}, TileOptions{}); err == nil ||
		!strings.Contains(err.Error(), `unknown extension ".svg", want .png`) {
		t.Errorf("got %v", err)
	}
}
