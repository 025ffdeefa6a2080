// Package curves draws what a training came to, as SVG or PNG: losses and figures by the step, and the forecast of a
// series.
//
//	result, err := fit.Run(ctx)
//	...
//	err = curves.WriteFile("lenet5.svg", result.History, curves.Options{Title: "LeNet-5"})
//
// The one idea: what a plot shows is the history that [train.Fit] returns, whatever the task, and so also one that a
// program has made by hand in its own loop. It is a package of its own, so that train needs no library of plots.
//
// [WriteRuns] draws several histories in one plot, [WriteRange] a range test of learning rates, and [WriteForecasts]
// the forecast of a series. [WriteWatch] draws what a training looks like inside.
//
// [WriteROC], [WritePrecisionRecall] and [WriteCalibration] draw what is said of scores and probabilities.
//
// [WriteMap] draws where things lie in a plane, such as pictures by their codes, and [WriteConfusion] what the
// examples of each class were taken for.
package curves

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/train/history"
)

// Options say what is drawn beside the history.
type Options struct {
	Title string
	Steps []float64 // the loss of each step, drawn as means of some hundred stretches; nil for none
	First int       // the steps that were done before the first of these

	// Beside are figures that are compared with others, and so are dashed lines in their plots: {"majority":
	// "accuracy"}. The loss is "loss".
	Beside map[string]string
	// Players are those of a game: the losses of all stand in one plot, in the place of their sum.
	Players []Player
}

// Player is one of a game, whose loss is the figure of its name.
type Player struct {
	Name  string
	Steps []float64 // its loss in each step, as Options has it
}

// WriteFile draws a history into a file, as SVG or PNG by the name's extension: the loss in training and on what is
// held out at the end of each epoch, the loss by the step, and below a plot for each figure of the task and each
// metric that has more than one point. The same history gives the same bytes. The file is written whole or not at all;
// a symbolic link is followed.
//
// It is an error when there is nothing to draw, and when a number is not finite.
func WriteFile(path string, rows []history.Row, opt Options) error {
	return writeFile(path, func(w io.Writer, c canvas) error { return write(w, rows, opt, c) })
}

// A canvas makes what plots of a height in all are drawn on.
type canvas func(height vg.Length) vg.CanvasWriterTo

func asSVG(h vg.Length) vg.CanvasWriterTo { return vgsvg.New(width, h) }

func asPNG(h vg.Length) vg.CanvasWriterTo {
	return vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, h), vgimg.UseDPI(144))}
}

// extension is what a path ends in, in small letters.
func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }

// writeFile draws into a file, as its extension says.
func writeFile(path string, draw func(w io.Writer, c canvas) error) error {
	c := asSVG
	switch ext := extension(path); ext {
	case ".svg":
	case ".png":
		c = asPNG
	default:
		return fmt.Errorf("curves: %s: unknown extension %q, want .svg or .png", path, ext)
	}
	if err := files.Replace(path, func(w io.Writer) error { return draw(w, c) }); err != nil {
		return fmt.Errorf("curves: %w", err)
	}
	return nil
}

// The size of all, of a plot, and of the strip above them for the title and what the colours mean, a line for each.
const (
	width, height = vg.Length(600), vg.Length(240)
	titled        = vg.Length(34) // of the strip, for the title and the room below it
	entry         = vg.Length(15)
	least         = vg.Length(84)
	pad           = vg.Length(14)
)

// WriteSVG is [WriteFile] as SVG.
func WriteSVG(w io.Writer, rows []history.Row, opt Options) error {
	return write(w, rows, opt, asSVG)
}

// WritePNG is [WriteFile] as PNG.
func WritePNG(w io.Writer, rows []history.Row, opt Options) error {
	return write(w, rows, opt, asPNG)
}

func write(w io.Writer, rows []history.Row, opt Options, c canvas) error {
	plots, l, err := plotsOf(rows, opt)
	if err != nil {
		return err
	}
	return drawAll(w, opt.Title, plots, l, c)
}

// drawAll draws plots below each other, under a title and a legend.
func drawAll(w io.Writer, title string, plots []*plot.Plot, l *legend, new canvas) error {
	return drawHigh(w, title, plots, l, new, height)
}

// drawHigh is drawAll of plots of a height.
func drawHigh(w io.Writer, title string, plots []*plot.Plot, l *legend, new canvas, height vg.Length) error {
	strip := max(least, titled+entry*vg.Length(l.entries))
	c := new(strip + height*vg.Length(len(plots)))
	all := draw.New(c)
	all.SetColor(color.White)
	all.Fill(all.Rectangle.Path())
	all = draw.Crop(all, pad, -2*pad, pad, -pad)
	l.Draw(draw.Crop(all, 0, 0, 0, pad-titled))
	all.FillText(textStyle(14), vg.Point{X: all.Min.X, Y: all.Max.Y - 14}, plain.Text(title))
	rows := make([][]*plot.Plot, len(plots))
	for i, p := range plots {
		rows[i] = []*plot.Plot{p}
	}
	tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadTop: strip - pad, PadY: pad}
	for i, at := range plot.Align(rows, tiles, all) {
		plots[i].Draw(at[0])
	}
	_, err := c.WriteTo(w)
	return err
}

// textStyle is that of text of a size.
func textStyle(size vg.Length) draw.TextStyle {
	f := plot.DefaultFont
	f.Variant = "Sans"
	return draw.TextStyle{Color: color.Black, Font: font.From(f, size), Handler: plot.DefaultTextHandler}
}

// legend is what the colours mean, in so many entries.
type legend struct {
	plot.Legend
	entries int
}

// newLegend is an empty legend, to stand in the strip.
func newLegend() *legend {
	l := &legend{Legend: plot.NewLegend()}
	l.Top, l.TextStyle, l.Padding = true, textStyle(11), 2
	return l
}

func (l *legend) add(name string, thumbnails ...plot.Thumbnailer) {
	l.Add(name, thumbnails...)
	l.entries++
}

// plotsOf are the plot of the losses, and one for each figure, which share the axis of steps; and what the colours of
// all mean.
func plotsOf(rows []history.Row, opt Options) (plots []*plot.Plot, l *legend, err error) {
	l = newLegend()
	last := 1.
	for i, name := range append([]string{"loss"}, opt.figures(rows)...) {
		lines := []curve{
			{name: "training, mean of the epoch", colour: blue, marked: true, line: along(rows, name, true)},
			{name: "held out", colour: red, marked: true, line: along(rows, name, false)}}
		switch {
		case opt.Beside[name] != "":
			continue // it stands in another's plot
		case i == 0 && len(opt.Players) > 0:
			lines = opt.played(rows)
		case i == 0:
			lines = append([]curve{{name: "training, " + stretched(opt.Steps), colour: pale,
				line: means(opt.Steps, opt.First)}}, lines...)
		case !slices.ContainsFunc(lines, func(c curve) bool { return len(c.line) > 1 }):
			continue // a single point is no curve
		}
		p, err := plotOf(name, lines, references(rows, opt, name), l, i == 0)
		if err != nil {
			return nil, nil, err
		}
		plots, last = append(plots, p), max(last, p.X.Max)
	}
	if math.IsInf(plots[0].X.Max, 0) {
		return nil, nil, errors.New("curves: there is nothing to draw: the history has no epoch, and " +
			"there are no steps")
	}
	for _, p := range plots {
		p.X.Min, p.X.Max = 0, last
	}
	plots[len(plots)-1].X.Label.Text = "step"
	return plots, l, nil
}

// played are the losses of the players of a game, each in a colour of its own.
func (o *Options) played(rows []history.Row) (lines []curve) {
	for i, p := range o.Players {
		c := players[i%len(players)]
		learnt, heldOut := along(rows, p.Name, true), along(rows, p.Name, false)
		lines = append(lines,
			curve{name: p.Name + ", " + stretched(p.Steps), colour: c[1], line: means(p.Steps, o.First)},
			curve{name: p.Name + ", mean of the epoch", colour: c[0], marked: true, line: learnt},
			curve{name: p.Name + ", held out", colour: c[0], dashed: true, marked: true, line: heldOut})
	}
	return lines
}

// figures are the names of those of all epochs, in order, but for the losses of players.
func (o *Options) figures(rows []history.Row) []string {
	all := map[string]bool{}
	for _, r := range rows {
		for _, m := range []map[string]float64{r.Train, r.Test} {
			for name := range m {
				all[name] = true
			}
		}
	}
	for _, p := range o.Players {
		delete(all, p.Name)
	}
	return slices.Sorted(maps.Keys(all))
}

// A curve is a line of a plot.
type curve struct {
	name   string
	colour color.Color
	marked bool // each point of it
	dashed bool
	line   plotter.XYs
}

// The colours of curves: apart for every kind of colour vision, see package viz.
var (
	blue = color.RGBA{0x01, 0x35, 0xe0, 0xff}
	pale = color.RGBA{0xa9, 0xbb, 0xf2, 0xff}
	red  = color.RGBA{0xf0, 0x42, 0x06, 0xff}
	grid = color.RGBA{0xe3, 0xe6, 0xeb, 0xff}
)

// players are the colours of theirs, strong and pale.
var players = [][2]color.Color{{blue, pale}, {red, color.RGBA{0xf9, 0xc0, 0xab, 0xff}},
	{color.RGBA{0x0b, 0x7a, 0x4b, 0xff}, color.RGBA{0xa6, 0xd6, 0xc0, 0xff}}}

// along is the loss or another figure of each epoch that has it, in training or held out, by the step at its end.
func along(rows []history.Row, name string, training bool) (line plotter.XYs) {
	for _, r := range rows {
		v, ok := r.Test[name]
		switch {
		case name == "loss" && training:
			v, ok = r.TrainLoss, true
		case name == "loss":
			v, ok = r.TestLoss, r.TestLoss != 0 || r.Test != nil
		case training:
			v, ok = r.Train[name]
		}
		if ok {
			line = append(line, plotter.XY{X: float64(r.Step), Y: v})
		}
	}
	return line
}

// stretches is how many means stand for the steps, at most.
const stretches = 120

// means are the means of stretches of steps, each in the middle of its own: short ones swing as batches do.
func means(steps []float64, first int) (line plotter.XYs) {
	n := stretch(steps)
	for i := 0; i < len(steps); i += n {
		part := steps[i:min(i+n, len(steps))]
		sum := 0.
		for _, v := range part {
			sum += v
		}
		line = append(line, plotter.XY{X: float64(first+i) + float64(len(part)+1)/2, Y: sum / float64(len(part))})
	}
	return line
}

// stretch is how many steps a point is the mean of.
func stretch(steps []float64) int { return (len(steps) + stretches - 1) / stretches }

// stretched says it: "step by step", or "means of 12 steps".
func stretched(steps []float64) string {
	if n := stretch(steps); n > 1 {
		return fmt.Sprintf("means of %d steps", n)
	}
	return "step by step"
}

// plotOf is a plot of the curves that have points, and of references; the legend names the curves, too, if it is to.
func plotOf(name string, curves []curve, beside []reference, l *legend, named bool) (*plot.Plot, error) {
	p := plot.New()
	p.Y.Label.Text = plain.Text(name)
	p.Y.Padding, p.X.Padding = 4, 4
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Marker = plot.TickerFunc(ticks)
		a.Tick.Label.Font, a.Label.TextStyle.Font = textStyle(10).Font, textStyle(11).Font
	}
	lines := plotter.NewGrid()
	lines.Vertical.Color, lines.Horizontal.Color = grid, grid
	p.Add(lines)
	for _, c := range curves {
		if len(c.line) == 0 {
			continue
		}
		thumbnails, err := c.add(p, name)
		if err != nil {
			return nil, err
		}
		if named {
			l.add(c.name, thumbnails...)
		}
	}
	for _, r := range beside {
		if math.IsNaN(r.y) || math.IsInf(r.y, 0) {
			return nil, fmt.Errorf("curves: %s, %s: it is %v, want a finite number", name, r.name, r.y)
		}
		p.Add(r)
	}
	if len(beside) > 0 {
		p.Y.Max += (p.Y.Max - p.Y.Min) / 12 // for the name of the uppermost
	}
	if p.Y.Max-p.Y.Min <= narrowest*math.Max(math.Abs(p.Y.Min), math.Abs(p.Y.Max)) {
		room := math.Max(math.Abs(p.Y.Min)/10, 1e-3)
		p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
	}
	if math.IsInf(p.Y.Max-p.Y.Min, 1) {
		return nil, fmt.Errorf("curves: %s: the numbers from %v to %v are too far apart to be drawn", name, p.Y.Min,
			p.Y.Max)
	}
	return p, nil
}

// narrowest is the least part of its numbers that the height of a plot is. Those that differ by less are equal but for
// rounding, and there would be no tick between them, or ticks that float64 cannot count.
const narrowest = 1e-9

// ticks are the round numbers from min to max, some five of them: multiples of 1, 2 or 5 times a power of ten.
func ticks(min, max float64) (all []plot.Tick) {
	step := math.Pow(10, math.Floor(math.Log10((max-min)/4)))
	for _, f := range []float64{5, 2} {
		if f*step*4 <= max-min {
			step *= f
			break
		}
	}
	digits := int(math.Max(0, -math.Floor(math.Log10(step)+1e-9)))
	for i := math.Ceil(min/step - 1e-9); (i-1e-9)*step <= max; i++ { // max+1e-9*step may be infinite
		all = append(all, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step+0, 'f', digits, 64)})
	}
	return all
}

// add adds the curve to a plot, and returns what shows it in a legend.
func (c *curve) add(p *plot.Plot, name string) (thumbnails []plot.Thumbnailer, err error) {
	for _, at := range c.line {
		if math.IsNaN(at.Y) || math.IsInf(at.Y, 0) {
			return nil, fmt.Errorf("curves: %s, %s: at step %v it is %v, want a finite number", name,
				c.name, at.X, at.Y)
		}
	}
	line, err := plotter.NewLine(c.line)
	if err != nil {
		return nil, fmt.Errorf("curves: %s, %s: %w", name, c.name, err)
	}
	line.Color, line.Width = c.colour, vg.Points(1.5)
	if c.dashed {
		line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	}
	p.Add(line)
	if !c.marked {
		return []plot.Thumbnailer{line}, nil
	}
	points, err := plotter.NewScatter(c.line)
	if err != nil {
		return nil, fmt.Errorf("curves: %s, %s: %w", name, c.name, err)
	}
	points.Color, points.Radius, points.Shape = c.colour, vg.Points(2.5), draw.CircleGlyph{}
	p.Add(points)
	return []plot.Thumbnailer{line, points}, nil
}
