// This file holds Forecast, a series beside what a model has forecast of it.

package curves

import (
	"errors"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/stheno-ml/stheno/internal/plain"
)

// Forecast is a series of numbers, and what a model says of it.
type Forecast struct {
	Name  string    // of the series
	Known []float64 // the last values
	Told  []float64 // what was forecast of the last of these, each by the values before it
	Next  []float64 // what is forecast of the values that follow
}

// WriteForecasts draws series into a file, as SVG or PNG by the name's extension, a plot for each: its last values,
// what the model had said of them, and what it says of those to come. The axis counts from the last value that is
// known. The same series give the same bytes. The file is written whole or not at all; a symbolic link is followed.
//
// It is an error when there is nothing to draw, and when a number is not finite.
func WriteForecasts(path, title string, list []Forecast) error {
	return writeFile(path, func(w io.Writer, c canvas) error {
		l := newLegend()
		var plots []*plot.Plot
		for i := range list {
			p, err := list[i].plot(l, i == 0)
			if err != nil {
				return err
			}
			plots = append(plots, p)
		}
		if len(plots) == 0 {
			return errors.New("curves: there is nothing to draw: no series")
		}
		plots[len(plots)-1].X.Label.Text = "values after the last one known"
		return drawAll(w, title, plots, l, c)
	})
}

// plot is the plot of a series.
func (f *Forecast) plot(l *legend, named bool) (*plot.Plot, error) {
	n := len(f.Known)
	next := from(1, f.Next)
	if n > 0 {
		next = append(plotter.XYs{{X: 0, Y: f.Known[n-1]}}, next...) // which the line goes on from
	}
	return plotOf(plain.Text(f.Name), []curve{
		{name: "known", colour: blue, marked: true, line: from(1-n, f.Known)},
		{name: "forecast, one value ahead", colour: pale, marked: true, line: from(1-len(f.Told), f.Told)},
		{name: "forecast", colour: red, marked: true, line: next},
	}, nil, l, named)
}

// from is a line through numbers at first, first + 1 and so on.
func from(first int, values []float64) (line plotter.XYs) {
	for i, v := range values {
		line = append(line, plotter.XY{X: float64(first + i), Y: v})
	}
	return line
}
