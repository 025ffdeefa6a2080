// This file holds what writes a sheet of matrices as PNG.

package viz

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// The pixels of a picture: two for one of a sheet, so that small text is sharp, up to a side that programs show; and
// the most in all.
const (
	sharp      = 2
	mostLength = 8192
	mostPixels = 1 << 26
)

// WriteMatricesPNG is [WriteMatrices] as PNG. Texts are set in the Go fonts, which have Latin, Greek and Cyrillic
// letters; another character is written as its number, U+4E2D.
func WriteMatricesPNG(w io.Writer, list []Matrix, opt MatrixOptions) error {
	s, err := newSheetInGo(list, opt)
	if err != nil {
		return err
	}
	scale := sharp
	if math.Max(s.w, s.h)*sharp > mostLength {
		scale = 1
	}
	width, height := int(s.w)*scale, int(s.h)*scale
	if width > mostPixels/height {
		return fmt.Errorf("viz: the picture would have %d×%d pixels, want at most %d in all: draw fewer "+
			"matrices, or SVG", width, height, mostPixels)
	}
	p := &painter{img: image.NewRGBA(image.Rect(0, 0, width, height)), scale: float64(scale)}
	draw.Draw(p.img, p.img.Rect, image.White, image.Point{}, draw.Src)
	for i := range s.fields {
		p.field(&s.fields[i])
	}
	p.field(&s.scale)
	for i := range s.labels {
		if err := p.label(&s.labels[i]); err != nil {
			return fmt.Errorf("viz: %w", err)
		}
	}
	return png.Encode(w, p.img)
}

// newSheetInGo is newSheet of texts as the Go fonts write them, for which there is then room.
func newSheetInGo(list []Matrix, opt MatrixOptions) (*sheet, error) {
	fonts, err := goFonts()
	if err != nil {
		return nil, fmt.Errorf("viz: %w", err)
	}
	all := func(names []string) (written []string) {
		for _, n := range names {
			written = append(written, spelt(fonts[0], n))
		}
		return written
	}
	opt.Title, opt.Note = spelt(fonts[1], opt.Title), spelt(fonts[0], opt.Note)
	list = slices.Clone(list)
	for i := range list {
		m := &list[i]
		m.Title, m.Rows, m.Columns = spelt(fonts[1], m.Title), all(m.Rows), all(m.Columns)
		m.RowAxis, m.ColumnAxis = spelt(fonts[0], m.RowAxis), spelt(fonts[0], m.ColumnAxis)
	}
	return newSheet(list, opt)
}

// painter draws on a picture of so many pixels for one of a sheet.
type painter struct {
	img   *image.RGBA
	scale float64
}

func (p *painter) at(v float64) int { return int(math.Round(v * p.scale)) }

func (p *painter) fill(x0, y0, x1, y1 float64, c color.Color) {
	draw.Draw(p.img, image.Rect(p.at(x0), p.at(y0), p.at(x1), p.at(y1)), image.NewUniform(c), image.Point{}, draw.Src)
}

func (p *painter) field(f *field) {
	p.fill(f.X-1, f.Y-1, f.Right()+1, f.Bottom()+1, colourOf(ink.Line.Light))
	cw, ch := f.W/float64(f.columns), f.H/float64(f.rows)
	for i := range f.rows {
		for j := range f.columns {
			x, y := f.X+float64(j)*cw, f.Y+float64(i)*ch
			p.fill(x, y, x+cw, y+ch, ink.Blues[f.levels[i*f.columns+j]])
		}
	}
}

// colourOf reads #RRGGBB.
func colourOf(s string) color.RGBA {
	c := color.RGBA{A: 0xff}
	fmt.Sscanf(s, "#%02X%02X%02X", &c.R, &c.G, &c.B)
	return c
}

// goFonts are the fonts of texts, regular and bold.
var goFonts = sync.OnceValues(func() (fonts [2]*sfnt.Font, err error) {
	for i, data := range [][]byte{goregular.TTF, gobold.TTF} {
		if fonts[i], err = opentype.Parse(data); err != nil {
			return fonts, err
		}
	}
	return fonts, nil
})

// label draws a text: on an image of its own first, which an upward one turns.
func (p *painter) label(l *label) error {
	fonts, err := goFonts()
	if err != nil {
		return err
	}
	f := fonts[0]
	if l.bold {
		f = fonts[1]
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: l.size * p.scale, DPI: 72})
	if err != nil {
		return err
	}
	defer face.Close()
	width, m := font.MeasureString(face, l.s).Ceil(), face.Metrics()
	mask := image.NewAlpha(image.Rect(0, -m.Ascent.Ceil(), width, m.Descent.Ceil()))
	d := font.Drawer{Dst: mask, Src: image.Opaque, Face: face, Dot: fixed.P(0, 0)}
	d.DrawString(l.s)
	from := map[ink.Anchor]int{ink.Start: 0, ink.Middle: width / 2, ink.End: width}[l.anchor]
	at := image.Pt(p.at(l.X), p.at(l.Y))
	turn := func(x, y int) image.Point { return at.Add(image.Pt(x-from, y)) }
	if l.upward {
		turn = func(x, y int) image.Point { return at.Add(image.Pt(y, from-x)) }
	}
	c := colourOf(ink.Black.Light)
	switch {
	case l.white:
		c = colourOf(ink.Paper.Light)
	case l.quiet:
		c = colourOf(ink.Quiet.Light)
	}
	p.stamp(mask, turn, c)
	return nil
}

// stamp colours the points of a mask where turn puts them.
func (p *painter) stamp(mask *image.Alpha, turn func(x, y int) image.Point, c color.RGBA) {
	for y := mask.Rect.Min.Y; y < mask.Rect.Max.Y; y++ {
		for x := mask.Rect.Min.X; x < mask.Rect.Max.X; x++ {
			a := int(mask.AlphaAt(x, y).A)
			to := turn(x, y)
			if a == 0 || !to.In(p.img.Rect) {
				continue
			}
			under := p.img.RGBAAt(to.X, to.Y)
			mix := func(u, v uint8) uint8 { return uint8((int(u)*(255-a) + int(v)*a + 127) / 255) }
			p.img.SetRGBA(to.X, to.Y, color.RGBA{mix(under.R, c.R), mix(under.G, c.G), mix(under.B, c.B), 0xff})
		}
	}
}

// standIns are written for signs that the Go fonts lack.
var standIns = map[rune]string{'␣': "_", '␊': "¶", '␍': "¶", '␉': "→"}

// spelt is s as a font can write it.
func spelt(f *sfnt.Font, s string) string {
	var out strings.Builder
	var buf sfnt.Buffer
	for _, r := range plain.Text(s) {
		index, err := f.GlyphIndex(&buf, r)
		switch in, ok := standIns[r]; {
		case err == nil && index != 0:
			out.WriteRune(r)
		case ok:
			out.WriteString(in)
		default:
			fmt.Fprintf(&out, "%U", r)
		}
	}
	return out.String()
}
