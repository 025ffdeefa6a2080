// This file holds the plot of what a Watch has seen: small multiples, with a line for each layer.

package curves

import (
	"cmp"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/train/history"
)

// WriteWatch draws the looks of a [train.Watch] into a file, as SVG or PNG by the name's extension, by the step: on
// scales of powers of ten how far a step moves the weights of each layer, |step|/|weight|, beside the usual 1e-3, the
// norm of their gradient, and the deviation of what the layer gives; and which share of the units of a ReLU is dead.
// Weights are the largest parameter of a layer. A number that is 0 stands at the lower edge, where the axis says 0;
// one that is no number is left out. Many layers have colours from dark to light, from the first to the last, and the
// legend names some. The same looks give the same bytes. The file is written whole or not at all; a symbolic link is
// followed.
//
// It is an error when there is nothing to draw.
func WriteWatch(path, title string, looks []history.Look) error {
	return writeFile(path, func(w io.Writer, c canvas) error { return writeWatch(w, title, looks, c) })
}

func writeWatch(w io.Writer, title string, looks []history.Look, c canvas) error {
	paths := pathsOf(looks)
	if len(paths) == 0 {
		return errors.New("curves: there is nothing to draw: the watch has seen no layer")
	}
	var plots []*plot.Plot
	l, colours := newLegend(), shades(len(paths))
	last := 1.
	for _, panel := range watchPanels {
		lines := make([]curve, len(paths))
		for i, path := range paths {
			lines[i] = curve{name: path, colour: colours[i], marked: len(looks) <= mostMarked}
			for k := range looks {
				if v := panel.of(&looks[k], path); !math.IsNaN(v) && !math.IsInf(v, 0) {
					lines[i].line = append(lines[i].line, plotter.XY{X: float64(looks[k].Step), Y: v})
				}
			}
		}
		p, err := panel.plot(lines)
		if err != nil {
			return err
		}
		if p != nil {
			plots, last = append(plots, p), max(last, p.X.Max)
		}
	}
	if len(plots) == 0 {
		return errors.New("curves: there is nothing to draw: the watch has seen no finite number")
	}
	for i, path := range paths {
		if isNamed(i, len(paths)) {
			line, err := plotter.NewLine(plotter.XYs{{}, {}})
			if err != nil {
				return fmt.Errorf("curves: %w", err)
			}
			line.Color, line.Width = colours[i], 3
			l.add(plain.Text(cmp.Or(path, "the model itself")), line)
		}
	}
	for _, p := range plots {
		p.X.Min, p.X.Max = 0, last
	}
	plots[len(plots)-1].X.Label.Text = "step"
	return drawAll(w, title, plots, l, c)
}

// mostMarked is how many points of a line can be told apart.
const mostMarked = 40

// pathsOf are the layers that have parameters or a ReLU, in the order of the tape; those that give no values come
// last.
func pathsOf(looks []history.Look) (all []string) {
	drawn := map[string]bool{}
	for i := range looks {
		for k := range looks[i].Params {
			drawn[looks[i].Params[k].Path] = true
		}
		for k := range looks[i].Layers {
			if looks[i].Layers[k].Units > 0 {
				drawn[looks[i].Layers[k].Path] = true
			}
		}
	}
	add := func(path string) {
		if drawn[path] {
			all = append(all, path)
			delete(drawn, path)
		}
	}
	for i := range looks {
		for k := range looks[i].Layers {
			add(looks[i].Layers[k].Path)
		}
	}
	for i := range looks {
		for k := range looks[i].Params {
			add(looks[i].Params[k].Path)
		}
	}
	return all
}

// A watchPanel is a plot of one number of each layer; NaN where a layer has none.
type watchPanel struct {
	name string
	log  bool
	of   func(l *history.Look, path string) float64
}

// usualRatio is how far a step moves weights where the rate is about right.
const usualRatio = 1e-3

var watchPanels = []watchPanel{
	{"|step| / |weight|", true, func(l *history.Look, path string) float64 {
		if p := weightOf(l, path); p != nil && p.Gradient.N > 0 {
			return p.Ratio()
		}
		return math.NaN()
	}},
	{"norm of the gradient", true, func(l *history.Look, path string) float64 {
		if p := weightOf(l, path); p != nil && p.Gradient.N > 0 {
			return p.Gradient.Norm
		}
		return math.NaN()
	}},
	{"deviation of the values", true, func(l *history.Look, path string) float64 {
		for i := len(l.Layers) - 1; i >= 0; i-- {
			if l.Layers[i].Path == path {
				return l.Layers[i].Value.Deviation
			}
		}
		return math.NaN()
	}},
	{"share of dead units", false, func(l *history.Look, path string) float64 {
		units, dead := 0, 0
		for i := range l.Layers {
			if l.Layers[i].Path == path {
				units, dead = units+l.Layers[i].Units, dead+l.Layers[i].Dead
			}
		}
		return float64(dead) / float64(units) // NaN without units
	}},
}

// weightOf is the largest parameter of a layer, the first of several.
func weightOf(l *history.Look, path string) (largest *history.SeenParam) {
	for i := range l.Params {
		p := &l.Params[i]
		if p.Path == path && (largest == nil || p.Value.N > largest.Value.N) {
			largest = p
		}
	}
	return largest
}

// plot is the plot of a panel, nil if there is nothing in it.
func (w *watchPanel) plot(lines []curve) (*plot.Plot, error) {
	var floor float64
	if w.log {
		floor = toLogarithms(lines)
	}
	if !slices.ContainsFunc(lines, func(c curve) bool { return len(c.line) > 0 }) {
		return nil, nil
	}
	p, err := plotOf(w.name, lines, nil, nil, false)
	if err != nil {
		return nil, err
	}
	if !w.log {
		p.Y.Min, p.Y.Max = 0, 1
		return p, nil
	}
	p.Y.Min, p.Y.Max = math.Floor(p.Y.Min), math.Max(math.Ceil(p.Y.Max), math.Floor(p.Y.Min)+1)
	if w.name == watchPanels[0].name {
		usual := math.Log10(usualRatio)
		p.Y.Min, p.Y.Max = min(p.Y.Min, usual-1), max(p.Y.Max, usual+1)
		p.Add(reference{name: "usual", y: usual})
	}
	zero := hasZero(lines, floor)
	p.Y.Tick.Marker = plot.TickerFunc(func(min, max float64) []plot.Tick { return decades(min, max, floor, zero) })
	return p, nil
}

// toLogarithms makes the numbers of lines logarithms, and returns the one that stands for 0: it is a whole number
// below all others.
func toLogarithms(lines []curve) (floor float64) {
	least := math.Inf(1)
	for _, c := range lines {
		for _, at := range c.line {
			if at.Y > 0 {
				least = min(least, at.Y)
			}
		}
	}
	if math.IsInf(least, 1) {
		least = 1
	}
	floor = math.Floor(math.Log10(least)) - 1
	for _, c := range lines {
		for i, at := range c.line {
			if c.line[i].Y = floor; at.Y > 0 {
				c.line[i].Y = math.Log10(at.Y)
			}
		}
	}
	return floor
}

func hasZero(lines []curve, floor float64) bool {
	for _, c := range lines {
		if slices.ContainsFunc(c.line, func(at plotter.XY) bool { return at.Y == floor }) {
			return true
		}
	}
	return false
}

// decades are ticks at some powers of ten, given logarithms, and, if there are zeros, one at the place that stands for
// them.
func decades(min, max, floor float64, zero bool) (all []plot.Tick) {
	each := math.Max(1, math.Ceil((max-min)/6))
	for y := math.Ceil(min); y <= max; y++ {
		switch {
		case zero && y == floor:
			all = append(all, plot.Tick{Value: y, Label: "0"})
		case math.Mod(y, each) == 0:
			all = append(all, plot.Tick{Value: y, Label: "1e" + strconv.Itoa(int(y))})
		}
	}
	return all
}

// mostNamed is how many layers a legend names.
const mostNamed = 12

// isNamed reports a layer that the legend names: all if there are few, else some from the first to the last.
func isNamed(i, n int) bool {
	if n <= mostNamed {
		return true
	}
	for k := range mostNamed {
		if i == k*(n-1)/(mostNamed-1) {
			return true
		}
	}
	return false
}

// ramp are colours from dark to light that all can be told from white: of viridis, by Smith and van der Walt 2015,
// without its lightest.
var ramp = []color.RGBA{{0x44, 0x01, 0x54, 0xff}, {0x3b, 0x52, 0x8b, 0xff}, {0x21, 0x91, 0x8c, 0xff},
	{0x5e, 0xc9, 0x62, 0xff}, {0xc8, 0xb8, 0x20, 0xff}}

// shades are colours for so many lines: those of lines where there are enough, else a ramp.
func shades(n int) (all []color.Color) {
	for i := range n {
		if n <= MostLines {
			all = append(all, lineColours[i])
			continue
		}
		at := float64(i) / float64(n-1) * float64(len(ramp)-1)
		k := min(int(at), len(ramp)-2)
		all = append(all, between(ramp[k], ramp[k+1], at-float64(k)))
	}
	return all
}

// between is the colour a share of the way from a to b.
func between(a, b color.RGBA, share float64) color.RGBA {
	mix := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + share*(float64(y)-float64(x)))) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}
