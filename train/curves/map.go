// This file holds maps: points in a plane, coloured by what they belong to.

package curves

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/stheno-ml/stheno/internal/files"
)

// Group is points of a map that have one colour.
type Group struct {
	Name string // in the legend
	X, Y []float64
}

// MapOptions say what a map tells beside its points.
type MapOptions struct {
	Title string
	Note  string // the line below the title
	X, Y  string // what the axes are
}

// The size of a map, of which a strip at the right is for the legend.
const (
	mapWidth, mapHeight = vg.Length(560), vg.Length(480)
	mapLegend           = vg.Length(110)
)

// named is how many groups there is room for in the legend.
const named = 24

// WriteMap draws groups of points into a file, as SVG or PNG by the name's extension, each group in a colour of its
// own, with a legend: such as the codes of pictures by their classes. The same points give the same bytes. The file is
// written whole or not at all; a symbolic link is followed.
//
// It is an error when there is no point, when a group has not as many X as Y, and when a number is not finite.
func WriteMap(path string, groups []Group, opt MapOptions) error {
	write := WriteMapSVG
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg":
	case ".png":
		write = WriteMapPNG
	default:
		return fmt.Errorf("curves: %s: unknown extension %q, want .svg or .png", path, ext)
	}
	if err := files.Replace(path, func(w io.Writer) error { return write(w, groups, opt) }); err != nil {
		return fmt.Errorf("curves: %w", err)
	}
	return nil
}

// WriteMapSVG is [WriteMap] as SVG.
func WriteMapSVG(w io.Writer, groups []Group, opt MapOptions) error {
	return writeMap(w, groups, opt, vgsvg.New(mapWidth, mapHeight))
}

// WriteMapPNG is [WriteMap] as PNG.
func WriteMapPNG(w io.Writer, groups []Group, opt MapOptions) error {
	return writeMap(w, groups, opt, vgimg.PngCanvas{
		Canvas: vgimg.NewWith(vgimg.UseWH(mapWidth, mapHeight), vgimg.UseDPI(144))})
}

func writeMap(w io.Writer, groups []Group, opt MapOptions, c vg.CanvasWriterTo) error {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = opt.X, opt.Y
	p.X.Label.TextStyle, p.Y.Label.TextStyle = textStyle(11), textStyle(11)
	p.X.Tick.Label.Font, p.Y.Tick.Label.Font = textStyle(10).Font, textStyle(10).Font
	legend := plot.NewLegend()
	legend.Top, legend.Left, legend.TextStyle, legend.Padding = true, true, textStyle(11), 3
	points := 0
	for i, g := range groups {
		s, err := g.scatter(groupColour(i, len(groups)))
		if err != nil {
			return err
		}
		if points += len(g.X); len(g.X) > 0 {
			p.Add(s)
			dot := *s
			dot.Radius = 4
			if i < named {
				legend.Add(g.Name, &dot)
			}
		}
	}
	if points == 0 {
		return errors.New("curves: there is nothing to draw: the groups have no points")
	}
	all := draw.New(c)
	all.SetColor(color.White)
	all.Fill(all.Rectangle.Path())
	all = draw.Crop(all, pad, -pad, pad, -pad)
	all.FillText(textStyle(14), vg.Point{X: all.Min.X, Y: all.Max.Y - 14}, opt.Title)
	all.FillText(textStyle(11), vg.Point{X: all.Min.X, Y: all.Max.Y - 32}, opt.Note)
	body := draw.Crop(all, 0, 0, 0, -2*titled)
	legend.Draw(draw.Crop(body, body.Max.X-body.Min.X-mapLegend+pad, 0, 0, 0))
	p.Draw(draw.Crop(body, 0, -mapLegend, 0, 0))
	_, err := c.WriteTo(w)
	return err
}

// scatter is the points of a group.
func (g Group) scatter(colour color.Color) (*plotter.Scatter, error) {
	if len(g.X) != len(g.Y) {
		return nil, fmt.Errorf("curves: group %q has %d X and %d Y, want as many", g.Name, len(g.X), len(g.Y))
	}
	points := make(plotter.XYs, len(g.X))
	for i := range points {
		if v := g.X[i] + g.Y[i]; math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("curves: point %d of group %q is (%v, %v)", i, g.Name, g.X[i], g.Y[i])
		}
		points[i] = plotter.XY{X: g.X[i], Y: g.Y[i]}
	}
	s := &plotter.Scatter{XYs: points}
	s.GlyphStyle = draw.GlyphStyle{Color: colour, Radius: 1.8, Shape: draw.CircleGlyph{}}
	return s, nil
}

// tab10 are ten colours that are told apart at a glance, Tableau's of 2014, which matplotlib has as "tab10".
var tab10 = []color.NRGBA{{0x1f, 0x77, 0xb4, 0xff}, {0xff, 0x7f, 0x0e, 0xff}, {0x2c, 0xa0, 0x2c, 0xff},
	{0xd6, 0x27, 0x28, 0xff}, {0x94, 0x67, 0xbd, 0xff}, {0x8c, 0x56, 0x4b, 0xff}, {0xe3, 0x77, 0xc2, 0xff},
	{0x7f, 0x7f, 0x7f, 0xff}, {0xbc, 0xbd, 0x22, 0xff}, {0x17, 0xbe, 0xcf, 0xff}}

// groupColour is that of group i of n: beyond ten the colours go round the circle.
func groupColour(i, n int) color.Color {
	if n <= len(tab10) {
		return tab10[i]
	}
	channel := func(sector float64) uint8 { // of the hexagon of HSV
		k := math.Mod(sector+6*float64(i)/float64(n), 6)
		return uint8(255 * (.85 - .85*min(max(min(k, 4-k), 0), 1)))
	}
	return color.NRGBA{channel(5), channel(3), channel(1), 0xff}
}
