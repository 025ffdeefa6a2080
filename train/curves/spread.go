// This file holds plots of what repeated trainings came to by a number that varies, such as that of examples.

package curves

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Spread is a figure of several runs at each of some numbers: its mean, and the least and the most of the runs.
type Spread struct {
	Name              string    // in the legend
	X                 []float64 // rising, above 0
	Mean, Least, Most []float64
}

// SpreadsOptions say what a plot of spreads tells beside them.
type SpreadsOptions struct {
	Title, X, Y string
}

// WriteSpreads draws spreads into a file, as SVG or PNG by the name's extension: a line through the means, and at each
// of them an upright from the least to the most. The axis of X grows by factors, and has a tick at each number. The
// same spreads give the same bytes. The file is written whole or not at all; a symbolic link is followed.
//
// It is an error when there is nothing to draw, or more than [MostLines] spreads, when numbers lack or are not finite,
// when X does not rise from above 0, and when a mean is not between the least and the most.
func WriteSpreads(path string, spreads []Spread, opt SpreadsOptions) error {
	return writeFile(path, func(w io.Writer, c canvas) error { return writeSpreads(w, spreads, opt, c) })
}

func writeSpreads(w io.Writer, spreads []Spread, opt SpreadsOptions, c canvas) error {
	switch n := len(spreads); {
	case n == 0:
		return errors.New("curves: there is nothing to draw: there are no spreads")
	case n > MostLines:
		return fmt.Errorf("curves: there are %d spreads, and colours for %d", n, MostLines)
	}
	var all []curve
	var bars []plot.Plotter
	var at []float64
	for i, s := range spreads {
		if err := s.check(); err != nil {
			return fmt.Errorf("curves: spread %q: %w", s.Name, err)
		}
		one := curve{name: s.Name, colour: lineColours[i], marked: true}
		for k, x := range s.X {
			one.line = append(one.line, plotter.XY{X: math.Log(x), Y: s.Mean[k]})
		}
		all, at = append(all, one), append(at, s.X...)
		bars = append(bars, span{s, lineColours[i]})
	}
	l := newLegend()
	p, err := plotOf(opt.Y, all, nil, l, true)
	if err != nil {
		return err
	}
	p.Add(bars...)
	slices.Sort(at)
	p.X.Label.Text, p.X.Tick.Marker = opt.X, marks(slices.Compact(at))
	if p.X.Min == p.X.Max { // a single number
		p.X.Min, p.X.Max = p.X.Min-1, p.X.Max+1
	}
	p.Y.Min = min(p.Y.Min, 0)
	return drawAll(w, opt.Title, []*plot.Plot{p}, l, c)
}

// check reports a spread that cannot be drawn.
func (s Spread) check() error {
	n := len(s.X)
	if n == 0 || len(s.Mean) != n || len(s.Least) != n || len(s.Most) != n {
		return fmt.Errorf("there are %d numbers, %d means, %d least and %d most, want as many of each, and at "+
			"least one", n, len(s.Mean), len(s.Least), len(s.Most))
	}
	for i, x := range s.X {
		switch {
		case !(x > 0) || math.IsInf(x, 0) || i > 0 && x <= s.X[i-1]:
			return fmt.Errorf("the numbers X are %v, want finite ones that rise from above 0", s.X)
		case !(s.Least[i] <= s.Mean[i] && s.Mean[i] <= s.Most[i]) || math.IsInf(s.Most[i]-s.Least[i], 0):
			return fmt.Errorf("at %v the mean is %v, the least %v and the most %v, want finite numbers, the mean "+
				"between the others", x, s.Mean[i], s.Least[i], s.Most[i])
		}
	}
	return nil
}

// marks are ticks at numbers of an axis that grows by factors.
func marks(at []float64) plot.TickerFunc {
	return func(float64, float64) (all []plot.Tick) {
		for _, x := range at {
			all = append(all, plot.Tick{Value: math.Log(x), Label: strconv.FormatFloat(x, 'g', -1, 64)})
		}
		return all
	}
}

// A span draws the uprights of a spread.
type span struct {
	Spread
	colour color.Color
}

// Plot draws an upright at each number.
func (s span) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := draw.LineStyle{Color: s.colour, Width: vg.Points(1)}
	const foot = vg.Length(4)
	for i := range s.X {
		at, low, high := x(math.Log(s.X[i])), y(s.Least[i]), y(s.Most[i])
		c.StrokeLine2(style, at, low, at, high)
		c.StrokeLine2(style, at-foot, low, at+foot, low)
		c.StrokeLine2(style, at-foot, high, at+foot, high)
	}
}

// DataRange is that of the uprights.
func (s span) DataRange() (xmin, xmax, ymin, ymax float64) {
	return math.Log(s.X[0]), math.Log(s.X[len(s.X)-1]), slices.Min(s.Least), slices.Max(s.Most)
}
