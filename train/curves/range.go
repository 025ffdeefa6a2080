// This file holds the plot of a range test, and that of several histories.

package curves

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/history"
)

// WriteRange draws a range test into a file, as SVG or PNG by the name's extension: the loss of each step and its
// running mean by the learning rate, on a scale of powers of ten, and where the suggestion lies. Where the loss has
// grown to much more than it was at the beginning it is left out, so that its fall is seen. The same test gives the
// same bytes. The file is written whole or not at all; a symbolic link is followed.
//
// It is an error when there is nothing to draw, and when a number is not finite.
func WriteRange(path, title string, r *train.Range) error {
	return writeFile(path, func(w io.Writer, c canvas) error {
		if r == nil || len(r.Rates) == 0 {
			return errors.New("curves: there is nothing to draw: the range test has no steps")
		}
		if len(r.Losses) != len(r.Rates) || len(r.Smoothed) != len(r.Rates) {
			return fmt.Errorf("curves: there are %d rates, %d losses and %d means, want as many", len(r.Rates),
				len(r.Losses), len(r.Smoothed))
		}
		top := topOf(r)
		var losses, means plotter.XYs
		for i, rate := range r.Rates {
			x := math.Log10(rate)
			if v := r.Losses[i]; !(v > top) {
				losses = append(losses, plotter.XY{X: x, Y: v})
			}
			if v := r.Smoothed[i]; !(v > top) {
				means = append(means, plotter.XY{X: x, Y: v})
			}
		}
		l := newLegend()
		p, err := plotOf("loss", []curve{{name: "each step", colour: pale, line: losses},
			{name: "running mean", colour: blue, marked: true, line: means}}, nil, l, true)
		if err != nil {
			return err
		}
		p.X.Tick.Marker = plot.TickerFunc(powers)
		p.X.Label.Text = "learning rate"
		if r.Suggestion > 0 {
			p.Add(upright{math.Log10(r.Suggestion), fmt.Sprintf("suggestion %.2g", r.Suggestion)})
		}
		return drawAll(w, title, []*plot.Plot{p}, l, c)
	})
}

// topOf is the height that a plot of a range test goes up to: half as far above the first mean as the least one is
// below it, or that of the largest if none is below.
func topOf(r *train.Range) float64 {
	first, least := r.Smoothed[0], slices.Min(r.Smoothed)
	if first > least {
		return first + (first-least)/2
	}
	return slices.Max(r.Smoothed)
}

// powers are ticks at powers of ten, given logarithms.
func powers(min, max float64) (all []plot.Tick) {
	each := math.Max(1, math.Ceil((max-min)/10))
	for x := math.Ceil(min/each) * each; x <= max; x += each {
		all = append(all, plot.Tick{Value: x, Label: fmt.Sprintf("1e%+.0f", x)})
	}
	return all
}

// An upright is a dashed line from top to bottom at x, with its name beside it.
type upright struct {
	x    float64
	name string
}

// Plot draws the line.
func (u upright) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	at := x(u.x)
	dashes := draw.LineStyle{Color: grey, Width: vg.Points(1), Dashes: []vg.Length{vg.Points(5), vg.Points(3)}}
	c.StrokeLine2(dashes, at, c.Min.Y, at, c.Max.Y)
	text := textStyle(10)
	text.Color, text.YAlign = grey, draw.YTop
	if text.XAlign = draw.XLeft; at > (c.Min.X+c.Max.X)/2 {
		text.XAlign, at = draw.XRight, at-8
	}
	c.FillText(text, vg.Point{X: at + 4, Y: c.Max.Y - 3}, u.name)
}

// Run is a history with a name.
type Run struct {
	Name    string
	History []history.Row
}

// WriteRuns draws several histories into one file, as SVG or PNG by the name's extension: the loss on what is held
// out, that in training as a dashed line, and below a plot for each figure that is measured on what is held out. Each
// run has a colour. The same histories give the same bytes. The file is written whole or not at all; a symbolic link
// is followed.
//
// It is an error when there is nothing to draw, and when a number is not finite.
func WriteRuns(path, title string, runs []Run) error {
	return writeFile(path, func(w io.Writer, c canvas) error {
		plots, l, err := compared(runs)
		if err != nil {
			return err
		}
		return drawAll(w, title, plots, l, c)
	})
}

// compared are the plots of several runs, which share the axis of steps.
func compared(runs []Run) (plots []*plot.Plot, l *legend, err error) {
	l = newLegend()
	names := []string{"loss"}
	for _, r := range runs {
		for _, row := range r.History {
			for name := range row.Test {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	slices.Sort(names[1:])
	last := 1.
	for i, name := range names {
		var lines []curve
		for k, r := range runs {
			colour, told := runColours[k%len(runColours)], plain.Text(r.Name)
			if i == 0 {
				lines = append(lines, curve{name: told + ", training", colour: colour, dashed: true,
					line: along(r.History, name, true)})
			}
			lines = append(lines, curve{name: told + ", held out", colour: colour, marked: true,
				line: along(r.History, name, false)})
		}
		p, err := plotOf(name, lines, nil, l, i == 0)
		if err != nil {
			return nil, nil, err
		}
		plots, last = append(plots, p), math.Max(last, p.X.Max)
	}
	if l.entries == 0 {
		return nil, nil, errors.New("curves: there is nothing to draw: no run has an epoch")
	}
	for _, p := range plots {
		p.X.Min, p.X.Max = 0, last
	}
	plots[len(plots)-1].X.Label.Text = "step"
	return plots, l, nil
}

// runColours are those of runs: apart for every kind of colour vision, by Okabe and Ito 2008 from the third on.
var runColours = []color.Color{blue, red, color.RGBA{0x0b, 0x7a, 0x4b, 0xff}, color.RGBA{0xe6, 0x9f, 0x00, 0xff},
	color.RGBA{0xcc, 0x79, 0xa7, 0xff}, color.RGBA{0x56, 0xb4, 0xe9, 0xff}, color.RGBA{0x00, 0x00, 0x00, 0xff}}
