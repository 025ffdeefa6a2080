// This file holds the plots of how well scores part classes, and whether probabilities are as often right as they say.

package curves

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/train/metrics"
)

// Scored is how a model scores the examples for one class, against all others: see [metrics.Is] and [metrics.Column].
type Scored struct {
	Name     string
	Positive []bool
	Scores   []float64
}

// WriteROC draws the [metrics.ROC] of classes into a file, as SVG or PNG by the name's extension, with the area under
// each, AUC, in the legend; of more than twelve classes it names some. The diagonal is that of scores that say
// nothing. Points that lie on the line between others are left out. The same scores give the same bytes. The file is
// written whole or not at all; a symbolic link is followed.
//
// It is an error when there is no class, and when one has no examples, or all of them.
func WriteROC(path, title string, classes []Scored) error {
	return writeRanking(path, title, classes, ranking{x: "false positive rate", y: "true positive rate", area: "AUC",
		diagonal: true, curve: rocLine})
}

// rocLine is the curve of a class, and the area under it.
func rocLine(s *Scored) (line plotter.XYs, area float64, err error) {
	points, err := metrics.ROC(s.Positive, s.Scores)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range points {
		line = append(line, plotter.XY{X: p.FalsePositive, Y: p.TruePositive})
	}
	area, err = metrics.AUC(s.Positive, s.Scores)
	return line, area, err
}

// WritePrecisionRecall draws the curves of precision over recall as [WriteROC] draws its own, with the average
// precision, AP, in the legend. They are steps, so that the average precision is the area under them.
func WritePrecisionRecall(path, title string, classes []Scored) error {
	return writeRanking(path, title, classes, ranking{x: "recall", y: "precision", area: "AP", curve: prLine})
}

func prLine(s *Scored) (line plotter.XYs, area float64, err error) {
	points, err := metrics.PrecisionRecall(s.Positive, s.Scores)
	if err != nil {
		return nil, 0, err
	}
	for i, p := range points {
		if i > 0 {
			line = append(line, plotter.XY{X: points[i-1].Recall, Y: p.Precision})
		}
		line = append(line, plotter.XY{X: p.Recall, Y: p.Precision})
	}
	area, err = metrics.AveragePrecision(s.Positive, s.Scores)
	return line, area, err
}

// ranking is a kind of curve of scores.
type ranking struct {
	x, y, area string
	diagonal   bool
	curve      func(s *Scored) (line plotter.XYs, area float64, err error)
}

// square is the height of a plot of shares by shares.
const square = vg.Length(520)

func writeRanking(path, title string, classes []Scored, r ranking) error {
	return writeFile(path, func(w io.Writer, c canvas) error {
		if len(classes) == 0 {
			return errors.New("curves: there is nothing to draw: there are no classes")
		}
		l, colours, total := newLegend(), shades(len(classes)), 0.
		p, err := plotOf(r.y, nil, nil, nil, false)
		if err != nil {
			return err
		}
		if r.diagonal {
			p.Add(diagonal{})
		}
		for i := range classes {
			line, area, err := r.curve(&classes[i])
			if err != nil {
				return fmt.Errorf("curves: class %s: %w", classes[i].Name, err)
			}
			total += area
			one := curve{colour: colours[i], line: thinned(line)}
			thumbnails, err := one.add(p, r.y)
			if err != nil {
				return err
			}
			if isNamed(i, len(classes)) {
				l.add(fmt.Sprintf("%s, %s %.4f", plain.Text(classes[i].Name), r.area, area), thumbnails...)
			}
		}
		if n := len(classes); n > 1 {
			l.add(fmt.Sprintf("mean of %d, %s %.4f", n, r.area, total/float64(n)))
		}
		ofShares(p, r.x)
		return drawHigh(w, title, []*plot.Plot{p}, l, c, square)
	})
}

// ofShares lets both axes go from 0 to 1.
func ofShares(p *plot.Plot, x string) {
	p.X.Label.Text = x
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
}

// thinness is how far, in shares of the plot, a line may be from one with all points: half a point.
const thinness = 1e-3

// thinned leaves out points that lie on the line between others (Ramer 1972; Douglas and Peucker 1973).
func thinned(line plotter.XYs) (all plotter.XYs) {
	if len(line) < 3 {
		return line
	}
	keep := make([]bool, len(line))
	keep[0], keep[len(line)-1] = true, true
	parts := [][2]int{{0, len(line) - 1}}
	for len(parts) > 0 {
		from, to := parts[len(parts)-1][0], parts[len(parts)-1][1]
		parts = parts[:len(parts)-1]
		farthest, at := thinness, -1
		for i := from + 1; i < to; i++ {
			if d := offLine(line[i], line[from], line[to]); d > farthest {
				farthest, at = d, i
			}
		}
		if at >= 0 {
			keep[at] = true
			parts = append(parts, [2]int{from, at}, [2]int{at, to})
		}
	}
	for i, at := range line {
		if keep[i] {
			all = append(all, at)
		}
	}
	return all
}

// offLine is how far p is from the stretch from a to b.
func offLine(p, a, b plotter.XY) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	share := 0.
	if length := dx*dx + dy*dy; length > 0 {
		share = max(0, min(1, ((p.X-a.X)*dx+(p.Y-a.Y)*dy)/length))
	}
	return math.Hypot(p.X-a.X-share*dx, p.Y-a.Y-share*dy)
}

// A diagonal is a dashed line from corner to corner.
type diagonal struct{}

// Plot draws the line.
func (diagonal) Plot(c draw.Canvas, _ *plot.Plot) {
	dashes := draw.LineStyle{Color: grey, Width: vg.Points(1), Dashes: []vg.Length{vg.Points(5), vg.Points(3)}}
	c.StrokeLine2(dashes, c.Min.X, c.Min.Y, c.Max.X, c.Max.Y)
}

// WriteCalibration draws a reliability diagram into a file, as SVG or PNG by the name's extension: for each bin the
// share of its examples that is right, beside the mean of their confidence, on the diagonal where a model is
// calibrated; and below which share of all examples the bin has. The legend has the expected calibration error, ECE.
// The same bins give the same bytes. The file is written whole or not at all; a symbolic link is followed.
//
// It is an error when no bin has examples.
func WriteCalibration(path, title string, bins metrics.Calibration) error {
	return writeFile(path, func(w io.Writer, c canvas) error {
		ece, total := bins.ECE(), 0
		for _, b := range bins {
			total += b.Count
		}
		if !(ece >= 0 && ece <= 1) || total < 1 {
			return fmt.Errorf("curves: there is nothing to draw: the bins have %d examples, and the ECE is %v",
				total, ece)
		}
		upper, err := plotOf("share that is right", nil, nil, nil, false)
		if err != nil {
			return err
		}
		lower, err := plotOf("share of the examples", nil, nil, nil, false)
		if err != nil {
			return err
		}
		right, many := columns{colour: pale}, columns{colour: pale}
		var means curve
		for _, b := range bins {
			share := float64(b.Count) / float64(total)
			if many.add(b, share); b.Count > 0 {
				right.add(b, b.Accuracy)
				means.line = append(means.line, plotter.XY{X: b.Confidence, Y: b.Accuracy})
			}
		}
		upper.Add(right, diagonal{})
		lower.Add(many)
		means.colour, means.marked = blue, true
		thumbnails, err := means.add(upper, "share that is right")
		if err != nil {
			return err
		}
		l := newLegend()
		l.add("share that is right, by the mean confidence", thumbnails...)
		l.add(fmt.Sprintf("ECE %.4f of %d examples", ece, total))
		ofShares(upper, "")
		ofShares(lower, "confidence")
		return drawHigh(w, title, []*plot.Plot{upper, lower}, l, c, square*3/5)
	})
}

// columns are bars over bins.
type columns struct {
	bins    []metrics.Bin
	heights []float64
	colour  color.Color
}

func (a *columns) add(b metrics.Bin, height float64) {
	a.bins, a.heights = append(a.bins, b), append(a.heights, height)
}

// Plot draws the bars.
func (a columns) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, b := range a.bins {
		left, right := x(b.Low)+1, x(b.High)-1
		c.FillPolygon(a.colour, []vg.Point{{X: left, Y: y(0)}, {X: left, Y: y(a.heights[i])},
			{X: right, Y: y(a.heights[i])}, {X: right, Y: y(0)}})
	}
}
