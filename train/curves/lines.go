// This file holds lines: numbers by the step, such as schedules of the learning rate, in one plot.

package curves

import (
	"errors"
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// Line is a number by the step, from step 0 on.
type Line struct {
	Name string // in the legend
	Y    []float64
}

// LinesOptions say what a plot of lines tells beside them.
type LinesOptions struct {
	Title string
	Y     string // what the numbers are
}

// MostLines is how many lines have a colour of their own.
const MostLines = 6

// lineColours are apart for every kind of colour vision, see package viz; with the last three they are those of Okabe
// and Ito 2008.
var lineColours = [MostLines]color.RGBA{blue, red, {0x0b, 0x7a, 0x4b, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
	{0xe6, 0x9f, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff}}

// WriteLines draws lines into a file, as SVG or PNG by the name's extension, each in a colour of its own: such as
// schedules of the learning rate. The same lines give the same bytes. The file is written whole or not at all; a
// symbolic link is followed.
//
// It is an error when there is no line, or more than [MostLines], when one has fewer than two points, and when a
// number is not finite.
func WriteLines(path string, lines []Line, opt LinesOptions) error {
	return writeFile(path, func(w io.Writer, c canvas) error { return writeLines(w, lines, opt, c) })
}

func writeLines(w io.Writer, lines []Line, opt LinesOptions, c canvas) error {
	switch n := len(lines); {
	case n == 0:
		return errors.New("curves: there is nothing to draw: there are no lines")
	case n > MostLines:
		return fmt.Errorf("curves: there are %d lines, and colours for %d", n, MostLines)
	}
	var all []curve
	for i, l := range lines {
		if len(l.Y) < 2 {
			return fmt.Errorf("curves: line %q has %d points, want 2 at least", l.Name, len(l.Y))
		}
		one := curve{name: l.Name, colour: lineColours[i]}
		for step, y := range l.Y {
			one.line = append(one.line, plotter.XY{X: float64(step), Y: y})
		}
		all = append(all, one)
	}
	l := newLegend()
	p, err := plotOf(opt.Y, all, nil, l, true)
	if err != nil {
		return err
	}
	p.X.Label.Text = "step"
	p.Y.Min = min(p.Y.Min, 0)
	return drawAll(w, opt.Title, []*plot.Plot{p}, l, c)
}
