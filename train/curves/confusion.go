// This file holds pictures of confusion matrices.

package curves

import (
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/train/metrics"
)

// The sizes of a picture of a matrix: of all its cells, of one, and of what is left for a name.
const (
	cells, largestCell, leastCell = vg.Length(480), vg.Length(56), vg.Length(4)
	roomForName                   = vg.Length(150)
	numbered                      = vg.Length(20) // from this size on a cell holds its count
	lettered                      = vg.Length(9)  // and a row its name
)

// mostLetters is above the number of letters that there is room for in a name.
const mostLetters = 200

// mostCells is how many classes a picture of a matrix has at most.
const mostCells = 500

// WriteConfusion draws a confusion matrix into a file, as SVG or PNG by the name's extension: a row for each class and
// a column for what its examples were taken for. A cell is the darker the larger its share of the row, so that rare
// classes are seen as well as others, and holds its count, where there is room. The same matrix gives the same bytes.
// The file is written whole or not at all; a symbolic link is followed.
//
// It is an error if the matrix has no classes or more than 500, or if its counts are not those of a matrix.
func WriteConfusion(path string, c *metrics.Confusion, title string) error {
	write := WriteConfusionSVG
	switch ext := extension(path); ext {
	case ".svg":
	case ".png":
		write = WriteConfusionPNG
	default:
		return fmt.Errorf("curves: %s: unknown extension %q, want .svg or .png", path, ext)
	}
	if err := files.Replace(path, func(w io.Writer) error { return write(w, c, title) }); err != nil {
		return fmt.Errorf("curves: %w", err)
	}
	return nil
}

// WriteConfusionSVG is [WriteConfusion] as SVG.
func WriteConfusionSVG(w io.Writer, c *metrics.Confusion, title string) error {
	return writeConfusion(w, c, title, func(x, y vg.Length) vg.CanvasWriterTo { return vgsvg.New(x, y) })
}

// WriteConfusionPNG is [WriteConfusion] as PNG.
func WriteConfusionPNG(w io.Writer, c *metrics.Confusion, title string) error {
	return writeConfusion(w, c, title, func(x, y vg.Length) vg.CanvasWriterTo {
		return vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(x, y), vgimg.UseDPI(144))}
	})
}

func writeConfusion(w io.Writer, c *metrics.Confusion, title string,
	sized func(x, y vg.Length) vg.CanvasWriterTo) error {
	if err := c.Check(); err != nil {
		return err
	}
	if n := len(c.Counts); n > mostCells {
		return fmt.Errorf("confusion: there are %d classes, want at most %d in a picture", n, mostCells)
	}
	m := newMatrix(c)
	canvas := sized(m.size(title))
	all := draw.New(canvas)
	all.SetColor(color.White)
	all.Fill(all.Rectangle.Path())
	m.origin = vg.Point{X: pad + m.names, Y: all.Max.Y - pad - titled - m.above}
	all.FillText(textStyle(14), vg.Point{X: pad, Y: all.Max.Y - pad - 14}, plain.Text(title))
	m.draw(all)
	_, err := canvas.WriteTo(w)
	return err
}

// matrix is a picture of one.
type matrix struct {
	*metrics.Confusion
	cell         vg.Length // the side of a cell
	names, above vg.Length // the room for the names of the rows, and for those of the columns
	turned       bool      // those of the columns are written upwards
	origin       vg.Point  // the upper left corner of the cells
}

func newMatrix(c *metrics.Confusion) *matrix {
	m := &matrix{Confusion: c, cell: max(min(cells/vg.Length(len(c.Counts)), largestCell), leastCell)}
	if m.cell < lettered {
		return m
	}
	for k := range c.Counts {
		m.names = max(m.names, m.style().Width(m.name(k)))
	}
	m.turned = m.names+4 > m.cell
	if m.above = m.style().Height("M"); m.turned {
		m.above = m.names
	}
	m.names, m.above = m.names+26, m.above+26
	return m
}

// size is that of the whole picture: the title has room as well.
func (m *matrix) size(title string) (x, y vg.Length) {
	side := m.cell * vg.Length(len(m.Counts))
	wide := max(m.names+side, textStyle(14).Width(plain.Text(title)))
	return wide + 2*pad, m.above + side + titled + 2*pad
}

func (m *matrix) style() draw.TextStyle { return textStyle(min(11, m.cell)) }

// name is that of class k, cut to the room for it.
func (m *matrix) name(k int) string {
	runes := []rune(plain.Text(m.Name(k)))
	runes = runes[:min(len(runes), mostLetters)]
	for n := len(runes); ; n-- {
		name := string(runes)
		if n < len(runes) {
			name = string(runes[:n]) + "…"
		}
		if n == 0 || m.style().Width(name) <= roomForName {
			return name
		}
	}
}

func (m *matrix) draw(c draw.Canvas) {
	for t, row := range m.Counts {
		all := 0.
		for _, n := range row {
			all += float64(n)
		}
		for p, n := range row {
			m.drawCell(c, t, p, n, float64(n)/max(all, 1))
		}
	}
	if m.cell >= lettered {
		m.drawNames(c)
	}
}

// drawCell draws the count in row t and column p, which is a share of the row.
func (m *matrix) drawCell(c draw.Canvas, t, p, count int, share float64) {
	at := m.corner(t, p)
	c.SetColor(shade(share))
	c.Fill(vg.Rectangle{Min: at.Sub(vg.Point{Y: m.cell}), Max: at.Add(vg.Point{X: m.cell})}.Path())
	if m.cell < numbered {
		return
	}
	s := textStyle(min(11, m.cell/3))
	s.XAlign, s.YAlign = text.XCenter, text.YCenter
	if share > .5 {
		s.Color = color.White
	}
	c.FillText(s, at.Add(vg.Point{X: m.cell / 2, Y: -m.cell / 2}), fmt.Sprint(count))
}

// corner is the upper left one of a cell.
func (m *matrix) corner(t, p int) vg.Point {
	return m.origin.Add(vg.Point{X: m.cell * vg.Length(p), Y: -m.cell * vg.Length(t)})
}

// shade goes from nearly white to blue.
func shade(share float64) color.Color {
	to := func(from, to float64) uint8 { return uint8(math.Round(from + share*(to-from))) }
	return color.NRGBA{to(0xf2, 0x1f), to(0xf5, 0x5a), to(0xf9, 0xa0), 0xff}
}

func (m *matrix) drawNames(c draw.Canvas) {
	side := m.cell * vg.Length(len(m.Counts))
	row, column, axis := m.style(), m.style(), textStyle(11)
	row.XAlign, row.YAlign = text.XRight, text.YCenter
	if column.XAlign = text.XCenter; m.turned {
		column.XAlign, column.YAlign, column.Rotation = text.XLeft, text.YCenter, math.Pi/2
	}
	for k := range m.Counts {
		c.FillText(row, m.corner(k, 0).Add(vg.Point{X: -5, Y: -m.cell / 2}), m.name(k))
		c.FillText(column, m.corner(0, k).Add(vg.Point{X: m.cell / 2, Y: 5}), m.name(k))
	}
	axis.XAlign = text.XCenter
	c.FillText(axis, m.origin.Add(vg.Point{X: side / 2, Y: m.above - 12}), "taken for")
	axis.YAlign, axis.Rotation = text.YTop, math.Pi/2
	c.FillText(axis, m.origin.Add(vg.Point{X: -m.names, Y: -side / 2}), "truth")
}
