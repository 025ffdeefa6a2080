// This file holds Evidence, what an answer rests on, and what draws a sheet of it.

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
	"strings"

	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// Evidence is what the answer to one input rests on: of a picture the picture and maps of it, of a text its words with
// their shares.
type Evidence struct {
	Title string // such as the input and the answer
	Note  string // the line below
	Cells []Cell // beside each other
	Texts []Shaded
}

// Cell is a picture, or a map of it. One plane is drawn as tiles are, up to its own largest number; three planes are
// colours, from -1 to 1.
type Cell struct {
	Tile        // with its title above it
	Note string // below it
	Over *Tile  // a map from 0 up, with the sides of the tile, which is laid over it in orange; nil for none
}

// Shaded is a text whose words have numbers: white is 0, and the ground of a word is darker the further its number is
// from it, blue above 0 and red below, up to the largest of the text.
type Shaded struct {
	Title  string
	Words  []string
	Values []float32 // one a word
	Below  []string  // what is written below each word, nil for nothing
}

// EvidenceOptions are the heading of a sheet.
type EvidenceOptions struct {
	Title string
	Note  string // the line below the title
}

// WriteEvidence draws what answers rest on into a PNG file, one input below the other. The file is written
// whole or not at all. It is an error when there is nothing to draw, when a tile has other elements than it
// says or other sides than the one below it, when a text has other numbers than words, and when a number is
// not finite.
func WriteEvidence(path string, list []Evidence, opt EvidenceOptions) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".png" {
		return fmt.Errorf("viz: %s: unknown extension %q, want .png", path, ext)
	}
	if err := files.Replace(path, func(w io.Writer) error { return WriteEvidencePNG(w, list, opt) }); err != nil {
		return fmt.Errorf("viz: %w", err)
	}
	return nil
}

// WriteEvidencePNG is [WriteEvidence] to w. The same evidence gives the same bytes.
func WriteEvidencePNG(w io.Writer, list []Evidence, opt EvidenceOptions) error {
	b, err := newBoard(list, opt)
	if err != nil {
		return err
	}
	width, height := int(b.w)*sharp, int(b.h)*sharp
	if width > mostPixels/height {
		return fmt.Errorf("viz: the picture would have %d×%d pixels, want at most %d in all: draw fewer inputs", width,
			height, mostPixels)
	}
	p := &painter{img: image.NewRGBA(image.Rect(0, 0, width, height)), scale: sharp}
	draw.Draw(p.img, p.img.Rect, image.White, image.Point{}, draw.Src)
	for _, t := range b.tiles {
		p.cell(t)
	}
	for _, g := range b.grounds {
		p.fill(g.X-.5, g.Y-.5, g.Right()+.5, g.Bottom()+.5, colourOf(ink.Frame.Light))
		p.fill(g.X, g.Y, g.Right(), g.Bottom(), g.colour)
	}
	for i := range b.labels {
		if err := p.label(&b.labels[i]); err != nil {
			return fmt.Errorf("viz: %w", err)
		}
	}
	return png.Encode(w, p.img)
}

// Sizes of a sheet of evidence, in its own pixels.
const (
	leastCell = 168.0 // the side of a picture
	cellGap   = 22.0
	groundH   = 24.0 // of a word
	groundGap = 5.0
	textW     = 860.0 // of a line of words
)

// A board is where everything on a sheet of evidence stands.
type board struct {
	w, h    float64
	y       float64 // where the next stands
	labels  []label
	tiles   []placed
	grounds []ground
}

// placed is a cell with its place, and the side of a number.
type placed struct {
	*Cell
	at   ink.Point
	side float64
}

// ground is a coloured field behind a word.
type ground struct {
	ink.Rect
	colour color.RGBA
}

func newBoard(list []Evidence, opt EvidenceOptions) (*board, error) {
	if len(list) == 0 {
		return nil, errors.New("viz: there is no evidence to draw")
	}
	if _, err := goFonts(); err != nil {
		return nil, fmt.Errorf("viz: %w", err)
	}
	b := &board{y: ink.Margin}
	b.write(label{s: opt.Title, size: ink.TitleText, bold: true})
	b.write(label{s: opt.Note, size: ink.LabelText, quiet: true})
	for i := range list {
		e := &list[i]
		if len(e.Cells)+len(e.Texts) == 0 {
			return nil, fmt.Errorf("viz: evidence %q has neither cells nor texts", e.Title)
		}
		b.y += cellGap / 2
		b.write(label{s: e.Title, size: ink.LabelText, bold: true})
		b.write(label{s: e.Note, size: ink.SmallText, quiet: true})
		if err := b.cells(e.Cells); err != nil {
			return nil, err
		}
		for k := range e.Texts {
			if err := b.text(&e.Texts[k]); err != nil {
				return nil, err
			}
		}
	}
	b.w, b.h = math.Ceil(b.w+ink.Margin), math.Ceil(b.y+ink.Margin)
	return b, nil
}

// inGo is a text as the Go fonts write it, which newBoard has seen to be there.
func inGo(s string) string {
	fonts, _ := goFonts()
	return spelt(fonts[0], s)
}

// add adds a label where it is to stand.
func (b *board) add(l label) {
	l.s = inGo(l.s)
	b.labels = append(b.labels, l)
	if l.anchor == ink.Start {
		b.w = math.Max(b.w, l.X+ink.TextWidth(l.s, l.size, l.bold))
	}
}

// write adds a line at the left, if it is one.
func (b *board) write(l label) {
	if l.s == "" {
		return
	}
	l.Point, l.anchor = ink.At(ink.Margin, b.y+l.size-2), ink.Start
	b.add(l)
	b.y += l.size + 7
}

// cells places pictures beside each other, with their titles above and their notes below.
func (b *board) cells(list []Cell) error {
	x, bottom := ink.Margin, b.y
	for i := range list {
		c := &list[i]
		if err := checkTile(&c.Tile); err != nil {
			return err
		}
		if err := c.checkOver(); err != nil {
			return err
		}
		side := math.Max(1, math.Ceil(leastCell/float64(max(c.Height, c.Width))))
		w, h, top := float64(c.Width)*side, float64(c.Height)*side, b.y+ink.SmallText+8
		b.tiles = append(b.tiles, placed{c, ink.At(x, top), side})
		b.add(label{Point: ink.At(x, top-7), anchor: ink.Start, size: ink.SmallText, bold: true, s: c.Title})
		b.add(label{Point: ink.At(x, top+h+ink.SmallText+2), anchor: ink.Start, size: ink.SmallText, quiet: true,
			s: c.Note})
		w = math.Max(w, math.Max(ink.TextWidth(inGo(c.Title), ink.SmallText, true),
			ink.TextWidth(inGo(c.Note), ink.SmallText, false)))
		x, bottom = x+w+cellGap, math.Max(bottom, top+h+ink.SmallText+8)
		b.w = math.Max(b.w, x-cellGap)
	}
	b.y = bottom
	return nil
}

// checkOver reports a map that does not fit the tile below it.
func (c *Cell) checkOver() error {
	if c.Over == nil {
		return nil
	}
	if err := checkTile(c.Over); err != nil {
		return err
	}
	if c.Over.Planes != 1 || c.Over.Height != c.Height || c.Over.Width != c.Width {
		return fmt.Errorf("viz: the map over %q has %d planes of %d×%d, want 1 of %d×%d as the picture", c.Title,
			c.Over.Planes, c.Over.Height, c.Over.Width, c.Height, c.Width)
	}
	for i, v := range c.Over.Values {
		if v < 0 {
			return fmt.Errorf("viz: the map over %q: element %d is %v, want a number from 0 up", c.Title, i, v)
		}
	}
	return nil
}

// text places the words of a text in lines.
func (b *board) text(t *Shaded) error {
	n := len(t.Words)
	if n == 0 || len(t.Values) != n || t.Below != nil && len(t.Below) != n {
		return fmt.Errorf("viz: text %q has %d words, %d numbers and %d lines below them, want as many of each",
			t.Title, n, len(t.Values), len(t.Below))
	}
	most := math.SmallestNonzeroFloat64
	for i, v := range t.Values {
		if v-v != 0 {
			return fmt.Errorf("viz: text %q: the number of word %d is %v, want a finite number", t.Title, i, v)
		}
		most = math.Max(most, math.Abs(float64(v)))
	}
	b.y += 4
	b.write(label{s: t.Title, size: ink.SmallText, bold: true})
	x, below := ink.Margin, 0.
	if t.Below != nil {
		below = ink.SmallText + 3
	}
	for i, word := range t.Words {
		v := float64(t.Values[i]) / most
		word = ink.Ellipsize(inGo(word), ink.LabelText, false, textW/2)
		w := ink.TextWidth(word, ink.LabelText, false) + 12
		if t.Below != nil {
			w = math.Max(w, ink.TextWidth(t.Below[i], ink.SmallText, false)+4)
		}
		if x+w > ink.Margin+textW && x > ink.Margin {
			x, b.y = ink.Margin, b.y+groundH+below+groundGap
		}
		b.grounds = append(b.grounds, ground{ink.Area(x, b.y, w, groundH), inkOf(v)})
		b.add(label{Point: ink.At(x+w/2, b.y+17), anchor: ink.Middle, size: ink.LabelText, white: math.Abs(v) > .5,
			s: word})
		if t.Below != nil {
			b.add(label{Point: ink.At(x+w/2, b.y+groundH+ink.SmallText), anchor: ink.Middle, size: ink.SmallText,
				quiet: true,
				s:     t.Below[i]})
		}
		x += w + groundGap
		b.w = math.Max(b.w, x-groundGap)
	}
	b.y += groundH + below + 8
	return nil
}

// cell draws a picture in a thin frame, with what is laid over it.
func (p *painter) cell(c placed) {
	if c.Over == nil {
		most := 1.
		if c.Planes == 1 {
			most = largest(&c.Tile)
		}
		p.tile(&c.Tile, c.at, c.side, most)
		return
	}
	p.fill(c.at.X-.5, c.at.Y-.5, c.at.X+float64(c.Width)*c.side+.5, c.at.Y+float64(c.Height)*c.side+.5,
		colourOf(ink.Line.Light))
	darkest, most := largest(&c.Tile), largest(c.Over)
	for i := range c.Height * c.Width {
		x, y := c.at.X+float64(i%c.Width)*c.side, c.at.Y+float64(i/c.Width)*c.side
		p.fill(x, y, x+c.side, y+c.side, overGrey(c.grey(i, darkest), float64(c.Over.Values[i])/most))
	}
}

// grey is how light pixel i of a picture is, from 0 to 1: of one plane white at 0, and black at darkest.
func (t *Tile) grey(i int, darkest float64) float64 {
	n := t.Height * t.Width
	if t.Planes == 1 {
		return 1 - math.Abs(float64(t.Values[i]))/darkest
	}
	luma := .299*float64(t.Values[i]) + .587*float64(t.Values[n+i]) + .114*float64(t.Values[2*n+i]) // ITU-R BT.601
	return math.Min(math.Max((luma+1)/2, 0), 1)
}

// overGrey is a grey with orange laid over it, from none at v = 0 to most of it at 1. Black stays dark enough to be
// told from white, and is light enough for the orange to be seen on it.
func overGrey(grey, v float64) color.RGBA {
	const blackest, most = .22, .78
	grey = 255 * (blackest + (1-blackest)*grey)
	mix := func(to uint8) uint8 { return uint8(math.Round(grey + most*v*(float64(to)-grey))) }
	return color.RGBA{mix(overInk.R), mix(overInk.G), mix(overInk.B), 0xff}
}

// overInk is the orange of what is laid over a picture.
var overInk = ink.OKLab(.68, .15, .13)
