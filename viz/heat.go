// This file holds the small pictures of values.

package viz

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// The sides of a small picture in pixels.
const (
	mostHeatW  = 156  // of all planes
	mostHeatH  = 56   // of a matrix, or of one plane alone
	mostPlaneH = 28   // of one plane of several
	mostPlanes = 6    // that are shown
	mostCell   = 10   // of a number
	planeGap   = 3    // between planes
	heatLine   = 1    // around them
	mostHeated = 1e7  // numbers of a tensor that is looked at for a picture
	heatWidest = 152  // numbers in a row of a matrix
	heatUp     = 64   // numbers in a column of it
	heatGrey   = 0x99 // the lines around
)

// A content is what the axes of a tensor are.
type content uint8

const (
	ofExamples content = iota // (N, …): of pictures and sequences those of the first example are shown
	ofWeights                 // (O, I, …): each plane counts
	ofInput                   // as ofExamples; three planes are red, green and blue
)

// newHeat makes the picture of a tensor, nil where its rows are too long: (n) as one row, (h, w) whole, of (N, h, w)
// and (N, C, h, w) the first example, and of weights (O, I, h, w) all planes, as many as there is room for. Large
// planes are made smaller by the means of squares.
func newHeat(x graph.Tensor, c content) *ladder.Heat {
	if x.Shape.Size() > mostHeated {
		return nil
	}
	p := planesOf(x.Shape, c)
	shown := min(p.n, mostPlanes)
	numbers := make([]float64, shown*p.h*p.w)
	for i := range numbers {
		numbers[i] = x.At(i)
	}
	if p.square {
		p, numbers = p.smaller(numbers)
	}
	if p.w > heatWidest || p.h > heatUp {
		return nil
	}
	cw, ch := p.cell(shown)
	for ; cw < 1 && shown > 1; cw, ch = p.cell(shown) {
		shown--
	}
	if cw < 1 || ch < 1 {
		return nil
	}
	var img image.Image
	if p.colours {
		img, shown = p.photograph(numbers, cw), p.n
	} else {
		img = p.paint(numbers[:shown*p.h*p.w], shown, cw, ch)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil // a picture in memory that is not empty is always encoded
	}
	size := img.Bounds().Size()
	return &ladder.Heat{W: float64(size.X), H: float64(size.Y), Planes: shown, Of: p.n, First: p.first,
		Href: "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())}
}

// planes are n pictures of h rows and w columns. A number of a square one is as high as it is wide.
type planes struct {
	n, h, w int
	square  bool
	first   bool // of the first of several examples
	colours bool // they are red, green and blue of one picture
}

func planesOf(s graph.Shape, c content) planes {
	r := len(s)
	if r == 1 || r == 2 && s[0] == 1 {
		return planes{n: 1, h: 1, w: s.Size()}
	}
	p := planes{n: 1, h: s[r-2], w: s[r-1], square: r > 3}
	if r > 3 && p.h*p.w == 1 { // a vector for each example, or each unit
		return planes{n: 1, h: s[0], w: s[1:].Size()}
	}
	from := 1
	if c == ofWeights {
		from = 0
	}
	if r > 2 {
		p.n = s[from : r-2].Size()
		p.first = c != ofWeights && s[0] > 1
		p.colours = c == ofInput && r == 4 && p.n == 3
	}
	return p
}

// smaller makes large planes of numbers smaller: each square of them becomes its mean.
func (p planes) smaller(numbers []float64) (planes, []float64) {
	side := mostPlaneH
	if p.n == 1 || p.colours {
		side = mostHeatH
	}
	by := (max(p.h, p.w) + side - 1) / side
	if by <= 1 {
		return p, numbers
	}
	q := p
	q.h, q.w = (p.h+by-1)/by, (p.w+by-1)/by
	out, count := make([]float64, len(numbers)/(p.h*p.w)*q.h*q.w), 0
	for at := range out {
		plane, i, j := at/(q.h*q.w), at/q.w%q.h*by, at%q.w*by
		count = 0
		for y := i; y < min(i+by, p.h); y++ {
			for x := j; x < min(j+by, p.w); x++ {
				out[at] += numbers[(plane*p.h+y)*p.w+x]
				count++
			}
		}
		out[at] /= float64(count)
	}
	return q, out
}

// cell is the width and height of a number where so many planes are shown; below 1 where they do not fit.
func (p planes) cell(shown int) (w, h int) {
	high := mostHeatH
	switch {
	case p.colours:
		shown = 1
	case shown > 1:
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
func (p planes) paint(numbers []float64, shown, cw, ch int) *image.Paletted {
	tile := p.w*cw + 2*heatLine
	img := image.NewPaletted(image.Rect(0, 0, shown*tile+(shown-1)*planeGap, p.h*ch+2*heatLine), heatPalette)
	most := 0.0
	for _, v := range numbers {
		if v-v == 0 {
			most = math.Max(most, math.Abs(v))
		}
	}
	for k := range shown {
		left := k * (tile + planeGap)
		fill(img, left, 0, tile, p.h*ch+2*heatLine, heatBorder)
		for i := range p.h * p.w {
			at := heatIndex(numbers[k*p.h*p.w+i], most)
			fill(img, left+heatLine+i%p.w*cw, heatLine+i/p.w*ch, cw, ch, at)
		}
	}
	return img
}

// photograph draws three planes as one picture in colours, whose least number is black and whose largest is full.
func (p planes) photograph(numbers []float64, cell int) *image.RGBA {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range numbers {
		if v-v == 0 {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	img := image.NewRGBA(image.Rect(0, 0, p.w*cell+2*heatLine, p.h*cell+2*heatLine))
	draw.Draw(img, img.Rect, image.NewUniform(heatPalette[heatBorder]), image.Point{}, draw.Src)
	n := p.h * p.w
	for i := range n {
		c := heatPalette[heatNaN]
		if r, g, b := numbers[i], numbers[n+i], numbers[2*n+i]; r-r == 0 && g-g == 0 && b-b == 0 {
			level := func(v float64) uint8 { return uint8(math.Round(255 * (v - low) / math.Max(high-low, 1e-300))) }
			c = color.RGBA{level(r), level(g), level(b), 0xff}
		}
		x, y := heatLine+i%p.w*cell, heatLine+i/p.w*cell
		draw.Draw(img, image.Rect(x, y, x+cell, y+cell), image.NewUniform(c), image.Point{}, draw.Src)
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
// of [ink.Blues] and [ink.Reds].
const (
	heatBorder = 1
	heatNaN    = 2
	heatBlue   = 3
	heatRed    = heatBlue + ink.Levels
)

var heatPalette = func() color.Palette {
	p := color.Palette{color.RGBA{}, color.RGBA{heatGrey, heatGrey, heatGrey, 0xff}, color.RGBA{0xff, 0, 0xff, 0xff}}
	for _, list := range [][ink.Levels]color.RGBA{ink.Blues, ink.Reds} {
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
		return heatRed + ink.LevelOf(-v, most)
	}
	return heatBlue + ink.LevelOf(v, most)
}
