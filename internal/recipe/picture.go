// This file holds Picture, a grid of pictures that is written as PNG.

package recipe

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
)

// Picture is a grid of small pictures of one shape, enlarged so that they can be seen, or a plot.
type Picture struct {
	plot  func(path string) error // writes it, if it is a plot
	rgba  *image.RGBA
	shape graph.Shape // (C, H, W)
	scale int
}

const (
	cell = 56 // the least side of a small picture, in pixels
	gap  = 2  // between them
)

// newGrid is a grid of rows by columns, black.
func newGrid(shape graph.Shape, rows, columns int) *Picture {
	h, w := shape[1], shape[2]
	scale := max(1, (cell+max(h, w)-1)/max(h, w))
	p := &Picture{shape: shape, scale: scale}
	p.rgba = image.NewRGBA(image.Rect(0, 0, columns*(w*scale+gap)+gap, rows*(h*scale+gap)+gap))
	for i := range p.rgba.Pix {
		p.rgba.Pix[i] = 0x60
		if i%4 == 3 {
			p.rgba.Pix[i] = 0xff
		}
	}
	return p
}

// put draws values in [0, 1], (C, H, W), at a place of the grid; one channel is grey, three are red, green and blue.
func (p *Picture) put(row, column int, v []float32) {
	c, h, w := p.shape[0], p.shape[1], p.shape[2]
	top, left := gap+row*(h*p.scale+gap), gap+column*(w*p.scale+gap)
	for y := range h * p.scale {
		for x := range w * p.scale {
			at := y/p.scale*w + x/p.scale
			r := level(v[at])
			g, b := r, r
			if c == 3 {
				g, b = level(v[h*w+at]), level(v[2*h*w+at])
			}
			p.rgba.SetRGBA(left+x, top+y, color.RGBA{r, g, b, 0xff})
		}
	}
}

// level is a value in [0, 1] as one of 256; NaN is black.
func level(v float32) uint8 {
	if v != v {
		return 0
	}
	return uint8(math.Round(255 * float64(min(max(v, 0), 1))))
}

// Write writes the picture as PNG, and a plot as SVG if the file is named so, whole or not at all.
func (p *Picture) Write(path string) error {
	if p.plot != nil {
		return p.plot(path)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p.rgba); err != nil {
		return err
	}
	return WriteText(path, b.String())
}

// WriteText writes a file, whole or not at all.
func WriteText(path, text string) error {
	return files.Replace(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}
