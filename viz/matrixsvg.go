// This file holds what writes a sheet of matrices as SVG.

package viz

import (
	"io"
	"strings"

	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// WriteMatricesSVG is [WriteMatrices] as SVG.
func WriteMatricesSVG(w io.Writer, list []Matrix, opt MatrixOptions) error {
	s, err := newSheet(list, opt)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, s.svg())
	return err
}

// svg is the sheet as an SVG document. Elements of one colour are one path, and those side by side one rectangle of
// it: a picture of a thousand elements takes some kilobytes.
func (s *sheet) svg() string {
	w := &sheetWriter{}
	w.Tag(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" role="img" aria-labelledby="title desc" `+
		`xml:space="preserve" font-family="%s">`, ink.Num(s.w), ink.Num(s.h), ink.FontStack)
	w.Tag(`<title id="title">%s</title>`, ink.XML(s.title))
	w.Tag(`<desc id="desc">%s</desc>`, ink.XML(s.about))
	w.Tag(`<rect width="%s" height="%s" fill="%s"/>`, ink.Num(s.w), ink.Num(s.h), ink.Paper.Light)
	for i := range s.fields {
		w.field(&s.fields[i], "matrix")
	}
	w.field(&s.scale, "scale")
	for i := range s.labels {
		w.label(&s.labels[i])
	}
	w.Tag(`</svg>`)
	return w.String()
}

// sheetWriter writes a sheet.
type sheetWriter struct{ ink.SVG }

// field writes a field of colours, and a line around it.
func (w *sheetWriter) field(f *field, class string) {
	cw, ch := f.W/float64(f.columns), f.H/float64(f.rows)
	w.Tag(`<g class="%s" transform="translate(%s %s) scale(%s %s)" shape-rendering="crispEdges">`,
		class, ink.Num(f.X), ink.Num(f.Y), ink.Num(cw), ink.Num(ch))
	var paths [ink.Levels]strings.Builder
	for i := range f.rows {
		row := f.levels[i*f.columns : (i+1)*f.columns]
		for j := 0; j < len(row); {
			n := 1
			for j+n < len(row) && row[j+n] == row[j] {
				n++
			}
			b := &paths[row[j]]
			b.WriteString("M" + itoa(j) + " " + itoa(i) + "h" + itoa(n) + "v1h-" + itoa(n) + "z")
			j += n
		}
	}
	for level := 1; level < ink.Levels; level++ {
		if paths[level].Len() > 0 {
			w.Tag(`<path fill="%s" d="%s"/>`, ink.Hex(ink.Blues[level]), paths[level].String())
		}
	}
	w.Tag(`</g>`)
	w.Tag(`<rect x="%s" y="%s" width="%s" height="%s" fill="none" stroke="%s"/>`, ink.Num(f.X-.5), ink.Num(f.Y-.5),
		ink.Num(f.W+1), ink.Num(f.H+1), ink.Line.Light)
}

func (w *sheetWriter) label(l *label) {
	fill, more := ink.Black.Light, ""
	if l.quiet {
		fill = ink.Quiet.Light
	}
	if l.bold {
		more += ` font-weight="600"`
	}
	if l.upward {
		more += ` transform="rotate(-90 ` + ink.Num(l.X) + " " + ink.Num(l.Y) + `)"`
	}
	w.Tag(`<text x="%s" y="%s" font-size="%s" text-anchor="%s" fill="%s"%s>%s</text>`, ink.Num(l.X), ink.Num(l.Y),
		ink.Num(l.size), ink.Anchors[l.anchor], fill, more, ink.XML(l.s))
}
