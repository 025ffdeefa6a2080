// This file holds the small pictures of values.

package viz

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/stheno-ml/stheno/graph"
)

// A heat is numbers as a small picture: white is 0, darker is larger, blue above 0 and red below, on one scale. Of a
// tensor of pictures it is some planes side by side.
type heat struct {
	w, h       float64 // in pixels of the drawing
	planes, of int     // that are shown, and that there are
	first      bool    // they are those of the first example alone
	href       string  // a PNG, within the address
}

// The sides of a small picture in pixels.
const (
	mostHeatW  = 156  // of all planes
	mostHeatH  = 56   // of a matrix
	mostPlaneH = 40   // of one plane of several
	mostPlanes = 6    // that are shown
	mostCell   = 10   // of a number
	planeGap   = 3    // between planes
	heatLine   = 1    // around them
	mostHeated = 1e7  // numbers of a tensor that is looked at for a picture
	heatWidest = 152  // numbers in a row
	heatUp     = 64   // numbers in a column
	heatGrey   = 0x99 // the lines around
)

// newHeat makes the picture of a tensor, nil where its rows are too long: (n) as one row, (h, w) whole, of (N, h, w)
// and (N, C, h, w) the first example, and of weights (O, I, h, w) all planes, as many as there is room for.
func newHeat(x graph.Tensor, weights bool) *heat {
	s := planesOf(x.Shape, weights)
	if s.w > heatWidest || s.h > heatUp || x.Shape.Size() > mostHeated {
		return nil
	}
	shown := min(s.n, mostPlanes)
	cw, ch := s.cell(shown)
	for ; cw < 1 && shown > 1; cw, ch = s.cell(shown) {
		shown--
	}
	if cw < 1 || ch < 1 {
		return nil
	}
	img := s.paint(x, shown, cw, ch)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil // a picture in memory that is not empty is always encoded
	}
	return &heat{w: float64(img.Rect.Dx()), h: float64(img.Rect.Dy()), planes: shown, of: s.n, first: s.first,
		href: "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())}
}

// planes are n pictures of h rows and w columns. A number of a square one is as high as it is wide.
type planes struct {
	n, h, w int
	square  bool
	first   bool // of the first of several examples
}

func planesOf(s graph.Shape, weights bool) planes {
	r := len(s)
	if r == 1 || r == 2 && s[0] == 1 {
		return planes{n: 1, h: 1, w: s.Size()}
	}
	p := planes{n: 1, h: s[r-2], w: s[r-1], square: r > 3}
	if r > 3 && p.h*p.w == 1 { // a vector for each example, or each unit
		return planes{n: 1, h: s[0], w: s[1:].Size()}
	}
	from := 1
	if weights {
		from = 0
	}
	if r > 2 {
		p.n = s[from : r-2].Size()
		p.first = !weights && s[0] > 1
	}
	return p
}

// cell is the width and height of a number where so many planes are shown; below 1 where they do not fit.
func (p planes) cell(shown int) (w, h int) {
	high := mostHeatH
	if shown > 1 {
		high = mostPlaneH
	}
	w = min(mostCell, (mostHeatW-(shown-1)*planeGap)/shown/p.w)
	h = max(1, min(mostCell, high/p.h))
	if p.square {
		w = min(w, h)
		h = w
	}
	return w, h
}

// paint draws some planes side by side.
func (p planes) paint(x graph.Tensor, shown, cw, ch int) *image.Paletted {
	tile := p.w*cw + 2*heatLine
	img := image.NewPaletted(image.Rect(0, 0, shown*tile+(shown-1)*planeGap, p.h*ch+2*heatLine), heatPalette)
	most := 0.0
	for i := range shown * p.h * p.w {
		if v := x.At(i); v-v == 0 {
			most = math.Max(most, math.Abs(v))
		}
	}
	for k := range shown {
		left := k * (tile + planeGap)
		fill(img, left, 0, tile, p.h*ch+2*heatLine, heatBorder)
		for i := range p.h * p.w {
			at := heatIndex(x.At(k*p.h*p.w+i), most)
			fill(img, left+heatLine+i%p.w*cw, heatLine+i/p.w*ch, cw, ch, at)
		}
	}
	return img
}

func fill(img *image.Paletted, x, y, w, h int, index uint8) {
	for i := y; i < y+h; i++ {
		row := img.Pix[i*img.Stride+x:][:w]
		for k := range row {
			row[k] = index
		}
	}
}

// The places in the palette: nothing, the line around, what is not finite, and from heatBlue and heatRed on the levels
// of [inks] and [redInks].
const (
	heatBorder = 1
	heatNaN    = 2
	heatBlue   = 3
	heatRed    = heatBlue + levels
)

var heatPalette = func() color.Palette {
	p := color.Palette{color.RGBA{}, color.RGBA{heatGrey, heatGrey, heatGrey, 0xff}, color.RGBA{0xff, 0, 0xff, 0xff}}
	for _, list := range [][levels]color.RGBA{inks, redInks} {
		for _, c := range list {
			p = append(p, c)
		}
	}
	return p
}()

// heatIndex is the place of a number in the palette.
func heatIndex(v, most float64) uint8 {
	switch {
	case v-v != 0:
		return heatNaN
	case v < 0:
		return heatRed + levelOf(-v, most)
	}
	return heatBlue + levelOf(v, most)
}

// image writes a small picture at its place. It is within the file: nothing is loaded.
func (w *svgWriter) image(h *heat, r rect) {
	fmt.Fprintf(w, `<image class="picture" x="%s" y="%s" width="%s" height="%s" style="image-rendering:pixelated" href="%s"/>`+"\n",
		num(r.x), num(r.y), num(r.w), num(r.h), h.href)
}
