// This file holds figures that are the same after every epoch, such as what the last value again comes to: lines
// across the plot of the figure that they are compared with.

package curves

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/train/history"
)

// A reference is a dashed line at height y, with its name above its right end.
type reference struct {
	name string
	y    float64
}

// references are those of the plot of a figure, as the last epoch has them.
func references(rows []history.Row, opt Options, of string) (all []reference) {
	for _, name := range opt.figures(rows) {
		if opt.Beside[name] != of {
			continue
		}
		if line := along(rows, name, false); len(line) > 0 {
			all = append(all, reference{plain.Text(name), line[len(line)-1].Y})
		}
	}
	return all
}

var grey = color.RGBA{0x55, 0x5d, 0x6b, 0xff}

// Plot draws the line over the whole width.
func (r reference) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	at := y(r.y)
	dashes := draw.LineStyle{Color: grey, Width: vg.Points(1), Dashes: []vg.Length{vg.Points(5), vg.Points(3)}}
	c.StrokeLine2(dashes, c.Min.X, at, c.Max.X, at)
	text := textStyle(10)
	text.Color, text.XAlign = grey, draw.XRight
	c.FillText(text, vg.Point{X: c.Max.X - 4, Y: at + 3}, r.name)
}

// DataRange is that of the height alone.
func (r reference) DataRange() (xmin, xmax, ymin, ymax float64) {
	return math.Inf(1), math.Inf(-1), r.y, r.y
}
