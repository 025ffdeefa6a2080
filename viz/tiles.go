// This file holds Tile, numbers that are drawn as a small picture among others, and what draws a sheet of them.

package viz

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// Tile is a small picture of numbers: one plane of them, such as a feature map, or three, for red, green and blue,
// such as a kernel that looks at photographs.
type Tile struct {
	Title                 string
	Planes, Height, Width int
	Values                []float32 // (Planes, Height, Width)
}

// TileOptions say how tiles are drawn. The zero value makes about a square of them, with one scale of colours for all.
type TileOptions struct {
	Title  string
	Note   string // the line below the title
	Across int    // tiles side by side; 0 for about as many as there are lines
	Each   bool   // each tile has a scale of its own, up to its own largest number
	Of     Tile   // what the tiles were made of, such as a picture, at their left; the zero value for nothing
}

// WriteTiles draws tiles of one size into a PNG file, which is written whole or not at all.
//
// White is 0, and darkness grows with a number: blue above 0, red below. Where there is nothing below 0, all is white
// and blue. Three planes are a colour, of which middle grey is 0. It is an error when there is no tile, when one has
// other planes or sides than the first, or other elements than it says, and when an element is not finite.
func WriteTiles(path string, list []Tile, opt TileOptions) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".png" {
		return fmt.Errorf("viz: %s: unknown extension %q, want .png", path, ext)
	}
	if err := files.Replace(path, func(w io.Writer) error { return WriteTilesPNG(w, list, opt) }); err != nil {
		return fmt.Errorf("viz: %w", err)
	}
	return nil
}

// WriteTilesPNG is [WriteTiles] to w. The same tiles give the same bytes.
func WriteTilesPNG(w io.Writer, list []Tile, opt TileOptions) error {
	s, err := newTiling(list, opt)
	if err != nil {
		return err
	}
	width, height := int(s.w)*sharp, int(s.h)*sharp
	if width > mostPixels/height {
		return fmt.Errorf("viz: the picture would have %d×%d pixels, want at most %d in all: draw fewer tiles", width,
			height, mostPixels)
	}
	p := &painter{img: image.NewRGBA(image.Rect(0, 0, width, height)), scale: sharp}
	draw.Draw(p.img, p.img.Rect, image.White, image.Point{}, draw.Src)
	for i := range s.ramp {
		p.fill(s.bar.X+float64(i), s.bar.Y, s.bar.X+float64(i)+1, s.bar.Bottom(), s.ramp[i])
	}
	for i := range list {
		p.tile(&list[i], s.place(i), s.cell, s.scaleOf(&list[i]))
	}
	if opt.Of.Planes > 0 {
		p.tile(&opt.Of, ink.At(ink.Margin, s.top), s.ofCell, largest(&opt.Of))
	}
	for i := range s.labels {
		if err := p.label(&s.labels[i]); err != nil {
			return fmt.Errorf("viz: %w", err)
		}
	}
	return png.Encode(w, p.img)
}

// Sizes of a sheet of tiles, in its own pixels.
const (
	leastTile = 44.0 // the side of a tile
	leastOf   = 96.0 // of what they were made of
	tileGap   = 8.0
	stripGap  = 24.0
	rampW     = 128
)

// A tiling is where everything on a sheet stands.
type tiling struct {
	w, h   float64
	top    float64 // of the first line of tiles
	left   float64 // of the first column
	across int
	lines  int     // of a column of lines; several stand side by side where one would be a strip
	cell   float64 // the side of a number
	ofCell float64 // of one of what the tiles were made of
	tw, th float64 // of a tile with what is below it
	most   float64 // the number that is darkest, 0 if each tile has its own
	labels []label
	bar    ink.Rect // the scale of colours
	ramp   []color.RGBA
}

func newTiling(list []Tile, opt TileOptions) (*tiling, error) {
	if err := checkTiles(list, opt); err != nil {
		return nil, err
	}
	fonts, err := goFonts()
	if err != nil {
		return nil, fmt.Errorf("viz: %w", err)
	}
	side := float64(max(list[0].Height, list[0].Width))
	s := &tiling{across: opt.Across, cell: math.Max(1, math.Ceil(leastTile/side)), top: ink.Margin, left: ink.Margin}
	if s.across == 0 {
		s.across = int(math.Ceil(math.Sqrt(float64(len(list)))))
	}
	s.across = min(s.across, len(list))
	s.tw, s.th = float64(list[0].Width)*s.cell+tileGap, float64(list[0].Height)*s.cell+tileGap
	signed, named, titles := false, 0.0, make([]string, len(list))
	for i, t := range list {
		for _, v := range t.Values {
			s.most, signed = math.Max(s.most, math.Abs(float64(v))), signed || v < 0
		}
		titles[i] = spelt(fonts[0], t.Title)
		named = math.Max(named, ink.TextWidth(titles[i], ink.SmallText, false))
	}
	s.tw = math.Max(s.tw, named+tileGap)
	if named > 0 {
		s.th += ink.SmallText + 4
	}
	s.heading(spelt(fonts[1], opt.Title), spelt(fonts[0], opt.Note))
	s.top += labelGap
	if list[0].Planes == 1 {
		s.legend(signed, opt.Each)
	}
	if opt.Each {
		s.most = 0
	}
	all := (len(list) + s.across - 1) / s.across
	s.lines = s.wrap(all)
	below := 0.0
	if opt.Of.Planes > 0 {
		below = s.beside(&opt.Of, spelt(fonts[0], opt.Of.Title))
	}
	for i, title := range titles {
		at := s.place(i)
		at.Y += s.th - tileGap - 3
		s.labels = append(s.labels, label{Point: at, anchor: ink.Start, size: ink.SmallText, quiet: true, s: title})
	}
	columns := (all + s.lines - 1) / s.lines
	s.w = math.Ceil(math.Max(s.w, s.left+float64(columns)*(float64(s.across)*s.tw+stripGap)-stripGap-tileGap) +
		ink.Margin)
	s.h = math.Ceil(math.Max(s.top+float64(s.lines)*s.th-tileGap, below) + ink.Margin)
	return s, nil
}

// beside makes room for what the tiles were made of, and returns where it ends.
func (s *tiling) beside(of *Tile, title string) (bottom float64) {
	s.ofCell = math.Max(1, math.Ceil(leastOf/float64(max(of.Height, of.Width))))
	width, height := float64(of.Width)*s.ofCell, float64(of.Height)*s.ofCell
	s.left += math.Max(width, ink.TextWidth(title, ink.SmallText, false)) + stripGap
	at := ink.At(ink.Margin, s.top+height+ink.SmallText+1)
	s.labels = append(s.labels, label{Point: at, anchor: ink.Start, size: ink.SmallText, quiet: true, s: title})
	return at.Y
}

// wrap is how many of the lines stand below one another: all, or fewer if they are a strip that no slide is high
// enough for, so that the whole is about as wide as a slide is.
func (s *tiling) wrap(lines int) int {
	const slide = 4. / 3
	for columns := 1; ; columns++ {
		each := (lines + columns - 1) / columns
		if w := float64(columns) * (float64(s.across)*s.tw + stripGap); slide*w >= float64(each)*s.th || each == 1 {
			return each
		}
	}
}

func checkTiles(list []Tile, opt TileOptions) error {
	if len(list) == 0 {
		return errors.New("viz: there is no tile to draw")
	}
	if opt.Across < 0 {
		return fmt.Errorf("viz: Across is %d, want at least 1, or 0 for about a square", opt.Across)
	}
	first := list[0]
	for _, t := range list {
		if err := checkTile(&t); err != nil {
			return err
		}
		if t.Planes != first.Planes || t.Height != first.Height || t.Width != first.Width {
			return fmt.Errorf("viz: tile %q has %d planes of %d×%d, want %d of %d×%d as the first", t.Title, t.Planes,
				t.Height, t.Width, first.Planes, first.Height, first.Width)
		}
	}
	if opt.Of.Planes == 0 && opt.Of.Values == nil {
		return nil
	}
	return checkTile(&opt.Of)
}

func checkTile(t *Tile) error {
	if p := t.Planes; p != 1 && p != 3 || min(t.Height, t.Width) < 1 {
		return fmt.Errorf("viz: tile %q has %d planes of %d×%d, want 1 or 3, and sides of at least 1", t.Title, p,
			t.Height, t.Width)
	}
	if n := t.Planes * t.Height * t.Width; len(t.Values) != n {
		return fmt.Errorf("viz: tile %q has %d elements, want %d for %d planes of %d×%d", t.Title, len(t.Values), n,
			t.Planes, t.Height, t.Width)
	}
	for i, v := range t.Values {
		if v-v != 0 {
			return fmt.Errorf("viz: tile %q: element %d is %v, want a finite number", t.Title, i, v)
		}
	}
	return nil
}

// heading places the title and the note.
func (s *tiling) heading(title, note string) {
	for _, l := range []label{{s: title, size: ink.TitleText, bold: true},
		{s: note, size: ink.LabelText, quiet: true}} {
		if l.s != "" {
			l.Point, l.anchor = ink.At(ink.Margin, s.top+l.size-4), ink.Start
			s.labels = append(s.labels, l)
			s.top += l.size + 6
			s.w = math.Max(s.w, ink.Margin+ink.TextWidth(l.s, l.size, l.bold))
		}
	}
}

// legend places the scale of colours, between the numbers at its ends.
func (s *tiling) legend(signed, each bool) {
	low, high := "0", strconv.FormatFloat(s.most, 'g', 3, 64)
	if each {
		high = "its most"
	}
	if signed {
		low = "-" + high
	}
	left := ink.Margin + ink.TextWidth(low, ink.SmallText, false) + 6
	s.bar = ink.Area(left, s.top+2, rampW, scaleH)
	for i := range rampW {
		v := float64(i) / (rampW - 1)
		if signed {
			v = 2*v - 1
		}
		s.ramp = append(s.ramp, inkOf(v))
	}
	after := left + rampW + 6
	for _, l := range []label{{Point: ink.At(ink.Margin, s.top+12), s: low},
		{Point: ink.At(after, s.top+12), s: high}} {
		l.anchor, l.size, l.quiet = ink.Start, ink.SmallText, true
		s.labels = append(s.labels, l)
	}
	s.w = math.Max(s.w, after+ink.TextWidth(high, ink.SmallText, false))
	s.top += scaleH + 16
}

func (s *tiling) place(i int) ink.Point {
	line, column := i/s.across%s.lines, i/s.across/s.lines
	return ink.At(s.left+float64(column)*(float64(s.across)*s.tw+stripGap)+float64(i%s.across)*s.tw,
		s.top+float64(line)*s.th)
}

// scaleOf is the number that is darkest in a tile; above 0.
func (s *tiling) scaleOf(t *Tile) float64 {
	if s.most == 0 {
		return largest(t)
	}
	return s.most
}

// largest is how far a number of a tile is from 0 at most; above 0.
func largest(t *Tile) float64 {
	most := math.SmallestNonzeroFloat32
	for _, v := range t.Values {
		most = math.Max(most, math.Abs(float64(v)))
	}
	return most
}

// tile draws a tile in a thin frame.
func (p *painter) tile(t *Tile, at ink.Point, cell, most float64) {
	p.fill(at.X-.5, at.Y-.5, at.X+float64(t.Width)*cell+.5, at.Y+float64(t.Height)*cell+.5, colourOf(ink.Line.Light))
	n := t.Height * t.Width
	for i := range n {
		c := inkOf(float64(t.Values[i]) / most)
		if t.Planes == 3 {
			grey := func(plane int) uint8 { return uint8(math.Round(127.5 + 127.5*float64(t.Values[plane*n+i])/most)) }
			c = color.RGBA{grey(0), grey(1), grey(2), 0xff}
		}
		x, y := at.X+float64(i%t.Width)*cell, at.Y+float64(i/t.Width)*cell
		p.fill(x, y, x+cell, y+cell, c)
	}
}

// inkOf is the colour of a number from -1 to 1.
func inkOf(v float64) color.RGBA {
	if v < 0 {
		return ink.Reds[ink.LevelOf(-v, 1)]
	}
	return ink.Blues[ink.LevelOf(v, 1)]
}
