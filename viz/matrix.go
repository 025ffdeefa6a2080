// This file holds Matrix, numbers that are drawn as fields of colour, and where everything on such a sheet stands.

package viz

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// Matrix is numbers from 0 up with a name for each row and column, such as the weights of attention: a row for each
// symbol that looks, a column for each that it looks at.
type Matrix struct {
	Title   string
	Rows    []string
	Columns []string
	Values  []float32 // row by row

	RowAxis    string // what the rows are, written beside them; nothing if it is empty
	ColumnAxis string // the same of the columns, above them
}

// MatrixOptions say how matrices are drawn. The zero value draws them below each other.
type MatrixOptions struct {
	Title  string
	Note   string  // the line below the title
	Across int     // matrices side by side, such as the heads of a layer; 1 if 0
	Most   float64 // the number that the darkest colour stands for; the largest there is if 0
}

// WriteMatrices draws matrices into a file, as SVG or PNG by the name's extension, with one scale of colours for all.
// Darkness grows evenly with the numbers, so that a picture in greys says the same. The same matrices give the same
// bytes. The file is written whole or not at all; a symbolic link is followed.
//
// It is an error when there is no matrix, when one has no elements or others than its rows and columns say, and when
// an element is below 0 or not finite.
func WriteMatrices(path string, list []Matrix, opt MatrixOptions) error {
	write := WriteMatricesSVG
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg":
	case ".png":
		write = WriteMatricesPNG
	default:
		return fmt.Errorf("viz: %s: unknown extension %q, want .svg or .png", path, ext)
	}
	if err := files.Replace(path, func(w io.Writer) error { return write(w, list, opt) }); err != nil {
		return fmt.Errorf("viz: %w", err)
	}
	return nil
}

// check reports a matrix that cannot be drawn.
func (m *Matrix) check() error {
	r, c := len(m.Rows), len(m.Columns)
	switch {
	case r == 0 || c == 0:
		return fmt.Errorf("matrix %q has %d rows and %d columns, want at least one of each", m.Title, r, c)
	case len(m.Values) != r*c:
		return fmt.Errorf("matrix %q has %d elements, want %d for %d rows and %d columns", m.Title,
			len(m.Values), r*c, r, c)
	}
	for i, v := range m.Values {
		if !(v >= 0 && v <= math.MaxFloat32) {
			return fmt.Errorf("matrix %q: element (%d, %d) is %v, want a finite number from 0 up",
				m.Title, i/c, i%c, v)
		}
	}
	return nil
}

// A sheet is matrices with everything at its place, in pixels.
type sheet struct {
	w, h         float64
	title, about string
	fields       []field
	scale        field // the colours from 0 to the most
	labels       []label
}

// A field is a matrix as colours: levels of darkness from 0 to levels-1.
type field struct {
	ink.Rect
	rows, columns int
	levels        []uint8
}

// A label is a line of text; upward ones are read from below.
type label struct {
	ink.Point
	anchor ink.Anchor
	size   float64
	bold   bool
	quiet  bool
	white  bool // on a dark ground
	upward bool
	s      string
}

// Sizes of a sheet in pixels.
const (
	sheetGap  = 30.0  // between matrices
	labelGap  = 5.0   // between a matrix and what stands beside it
	mostLabel = 130.0 // of a name beside a row or column
	axisRoom  = ink.SmallText + 4.0
	scaleW    = 180.0
	scaleH    = 12.0
	mostCells = 1 << 22
)

// newSheet places matrices.
func newSheet(list []Matrix, opt MatrixOptions) (*sheet, error) {
	if len(list) == 0 {
		return nil, errors.New("viz: there is no matrix to draw")
	}
	cells, most, largest := 0, 0.0, 0
	for i := range list {
		if err := list[i].check(); err != nil {
			return nil, fmt.Errorf("viz: %w", err)
		}
		cells += len(list[i].Values)
		largest = max(largest, len(list[i].Rows), len(list[i].Columns))
		for _, v := range list[i].Values {
			most = math.Max(most, float64(v))
		}
	}
	switch {
	case cells > mostCells:
		return nil, fmt.Errorf("viz: the matrices have %d elements, want at most %d", cells, mostCells)
	case opt.Across < 0:
		return nil, fmt.Errorf("viz: Across is %d, want at least 1, or 0 for 1", opt.Across)
	case !(opt.Most >= 0 && opt.Most <= math.MaxFloat32):
		return nil, fmt.Errorf("viz: Most is %v, want a finite number above 0, or 0 for the largest", opt.Most)
	case opt.Most > 0:
		most = opt.Most
	}
	s := &sheet{title: opt.Title, about: opt.Note}
	y := s.heading(opt, most)
	s.grid(list, max(opt.Across, 1), cellSize(largest), most, y)
	s.w, s.h = math.Ceil(s.w+ink.Margin), math.Ceil(s.h+ink.Margin)
	return s, nil
}

// cellSize is the side of an element in matrices of up to n rows or columns: names beside it are legible.
func cellSize(n int) float64 {
	switch {
	case n <= 12:
		return 24
	case n <= 32:
		return 17
	}
	return 13
}

// heading places the title, the note and the scale of colours, and returns where they end.
func (s *sheet) heading(opt MatrixOptions, most float64) (y float64) {
	y = ink.Margin
	for _, l := range []label{{s: opt.Title, size: ink.TitleText, bold: true},
		{s: opt.Note, size: ink.LabelText, quiet: true}} {
		if l.s != "" {
			l.Point, l.anchor = ink.At(ink.Margin, y+l.size-4), ink.Start
			s.add(l)
			y += l.size + 6
		}
	}
	s.scale = field{Rect: ink.Area(ink.Margin+14, y+2, scaleW, scaleH), rows: 1, columns: ink.Levels}
	for i := range ink.Levels {
		s.scale.levels = append(s.scale.levels, uint8(i))
	}
	s.add(label{Point: ink.At(ink.Margin, y+12), anchor: ink.Start, size: ink.SmallText, quiet: true, s: "0"})
	end := strconv.FormatFloat(most, 'g', 3, 64)
	s.add(label{Point: ink.At(s.scale.Right()+6, y+12), anchor: ink.Start, size: ink.SmallText, quiet: true, s: end})
	return y + scaleH + 22
}

// add adds a label, and makes the sheet large enough for it.
func (s *sheet) add(l label) {
	s.labels = append(s.labels, l)
	if !l.upward {
		t := ink.Text{Point: l.Point, Anchor: l.anchor, Size: l.size, Runs: []ink.Run{{S: l.s, Bold: l.bold}}}
		s.w, s.h = math.Max(s.w, t.Bounds().Right()), math.Max(s.h, t.Bounds().Bottom())
	}
}

// grid places the matrices, so many side by side.
func (s *sheet) grid(list []Matrix, across int, cell, most, y float64) {
	for len(list) > 0 {
		line := list[:min(across, len(list))]
		list = list[len(line):]
		x, top, bottom := ink.Margin, y, y
		for i := range line {
			top = math.Max(top, y+ink.SmallText+6+line[i].above(cell))
		}
		for i := range line {
			x, bottom = s.matrix(&line[i], x, top, cell, most, bottom)
		}
		y = bottom + sheetGap
	}
}

// upwards reports whether the names of columns are wider than these, and so stand upright above them.
func (m *Matrix) upwards(cell float64) bool { return widest(m.Columns, cell) > cell-2 }

// above is the room that the names of columns take, and of what they are.
func (m *Matrix) above(cell float64) float64 {
	room := m.namesAbove(cell)
	if m.ColumnAxis != "" {
		room += axisRoom
	}
	return room
}

func (m *Matrix) namesAbove(cell float64) float64 {
	if m.upwards(cell) {
		return widest(m.Columns, cell) + labelGap
	}
	return nameSize(cell) + labelGap
}

func nameSize(cell float64) float64 { return math.Min(ink.SmallText, cell-2) }

// widest is the width of the widest name, as it is drawn.
func widest(names []string, cell float64) (w float64) {
	for _, n := range names {
		w = math.Max(w, ink.TextWidth(n, nameSize(cell), false))
	}
	return math.Min(w, mostLabel)
}

// matrix places a matrix whose cells begin at height top, from x on, and returns where the next begins and how far
// down all reach.
func (s *sheet) matrix(m *Matrix, x, top, cell, most, bottom float64) (next, foot float64) {
	if m.RowAxis != "" {
		x += axisRoom
	}
	size, left := nameSize(cell), x+widest(m.Rows, cell)+labelGap
	f := field{Rect: ink.Area(left, top, cell*float64(len(m.Columns)), cell*float64(len(m.Rows))),
		rows: len(m.Rows), columns: len(m.Columns)}
	for _, v := range m.Values {
		f.levels = append(f.levels, ink.LevelOf(float64(v), most))
	}
	s.fields = append(s.fields, f)
	s.add(label{Point: ink.At(left, top-m.above(cell)-5), anchor: ink.Start, size: ink.SmallText, bold: true,
		s: m.Title})
	s.axes(m, &f, x, top-m.namesAbove(cell))
	for i, n := range m.Rows {
		at := ink.At(left-labelGap, top+cell*(float64(i)+.5)+.36*size)
		s.add(label{Point: at, anchor: ink.End, size: size, s: ink.Ellipsize(n, size, false, mostLabel)})
	}
	for i, n := range m.Columns {
		l := label{Point: ink.At(left+cell*(float64(i)+.5), top-labelGap), size: size,
			s: ink.Ellipsize(n, size, false, mostLabel)}
		if m.upwards(cell) {
			l.upward, l.anchor, l.X = true, ink.Start, l.X+.36*size
		}
		s.add(l)
	}
	title := ink.TextWidth(m.Title, ink.SmallText, true)
	s.w, s.h = math.Max(s.w, f.Right()), math.Max(s.h, f.Bottom())
	return math.Max(f.Right(), left+title) + sheetGap, math.Max(bottom, f.Bottom())
}

// axes writes what the rows of a matrix are left of their names, which begin at x, and what its columns are above
// theirs.
func (s *sheet) axes(m *Matrix, f *field, x, above float64) {
	size := ink.SmallText
	if m.RowAxis != "" {
		s.add(label{Point: ink.At(x-6, f.MidY()), anchor: ink.Middle, size: size, quiet: true, upward: true,
			s: ink.Ellipsize(m.RowAxis, size, false, f.H)})
	}
	if m.ColumnAxis != "" {
		s.add(label{Point: ink.At(f.X, above-4), anchor: ink.Start, size: size, quiet: true, s: m.ColumnAxis})
	}
}
