// This file holds what writes a sheet of matrices as SVG.

package viz

import (
	"io"
	"strings"
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
	w := &svgWriter{used: map[string]bool{}}
	w.tag(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" role="img" aria-labelledby="title desc" `+
		`xml:space="preserve" font-family="%s">`, num(s.w), num(s.h), fontStack)
	w.tag(`<title id="title">%s</title>`, xmlText(s.title))
	w.tag(`<desc id="desc">%s</desc>`, xmlText(s.about))
	w.tag(`<rect width="%s" height="%s" fill="%s"/>`, num(s.w), num(s.h), paper.light)
	for i := range s.fields {
		w.field(&s.fields[i], "matrix")
	}
	w.field(&s.scale, "scale")
	for i := range s.labels {
		w.label(&s.labels[i])
	}
	w.tag(`</svg>`)
	return w.String()
}

// field writes a field of colours, and a line around it.
func (w *svgWriter) field(f *field, class string) {
	cw, ch := f.w/float64(f.columns), f.h/float64(f.rows)
	w.tag(`<g class="%s" transform="translate(%s %s) scale(%s %s)" shape-rendering="crispEdges">`,
		class, num(f.x), num(f.y), num(cw), num(ch))
	var paths [levels]strings.Builder
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
	for level := 1; level < levels; level++ {
		if paths[level].Len() > 0 {
			w.tag(`<path fill="%s" d="%s"/>`, hex(inks[level]), paths[level].String())
		}
	}
	w.tag(`</g>`)
	w.tag(`<rect x="%s" y="%s" width="%s" height="%s" fill="none" stroke="%s"/>`, num(f.x-.5), num(f.y-.5), num(f.w+1),
		num(f.h+1), savedInk.light)
}

func (w *svgWriter) label(l *label) {
	fill, more := ink.light, ""
	if l.quiet {
		fill = quietInk.light
	}
	if l.bold {
		more += ` font-weight="600"`
	}
	if l.upward {
		more += ` transform="rotate(-90 ` + num(l.x) + " " + num(l.y) + `)"`
	}
	w.tag(`<text x="%s" y="%s" font-size="%s" text-anchor="%s" fill="%s"%s>%s</text>`, num(l.x), num(l.y), num(l.size),
		anchors[l.anchor], fill, more, xmlText(l.s))
}
