// This file holds Picture, a grid of pictures that is written as PNG.

package kind

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/train"
)

// Picture is a grid of small pictures of one shape, enlarged so that they can be seen, or a plot.
type Picture struct {
	plot  func(path string) error // writes it, if it is a plot
	rgba  *image.RGBA
	shape graph.Shape // (C, H, W)
	scale int
	small [][]float32 // the pictures, in the order in which they were put
}

const (
	cell = 56 // the least side of a small picture, in pixels
	gap  = 2  // between them
)

// Plot is a plot, which write writes into a file.
func Plot(write func(path string) error) *Picture { return &Picture{plot: write} }

// NewGrid is a grid of rows by columns, black.
func NewGrid(shape graph.Shape, rows, columns int) *Picture {
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

// Small are the small pictures, in the order in which they were put; a plot has none.
func (p *Picture) Small() [][]float32 { return p.small }

// Sheet is a grid of the pictures of these numbers, from 0, of a source, in this order and ten a row. It is an error
// if the source has no such pictures, or if its batches begin with something else.
func Sheet(source train.Source, numbers []int) (*Picture, error) {
	found, n, shape := map[int][]float32{}, 0, graph.Shape(nil)
	for batch := range source.Batches(0) {
		x := batch[0]
		if shape = x.Shape[1:]; !IsPicture(shape) || x.DType != graph.Float32 {
			return nil, fmt.Errorf("the examples are no pictures but %v", x.Type)
		}
		rows := x.Shape[0]
		for _, k := range numbers {
			if k >= n && k < n+rows {
				found[k] = slices.Clone(x.Rows(k-n, k-n+1).F32)
			}
		}
		n += rows
	}
	if len(numbers) == 0 {
		return nil, errors.New("there are no pictures to show")
	}
	p := NewGrid(shape, (len(numbers)+sheetColumns-1)/sheetColumns, min(len(numbers), sheetColumns))
	for i, k := range numbers {
		if found[k] == nil {
			return nil, fmt.Errorf("there is no picture %d; there are %d", k, n)
		}
		p.Put(i/sheetColumns, i%sheetColumns, found[k])
	}
	return p, nil
}

const sheetColumns = 10

// Put draws values in [0, 1], (C, H, W), at a place of the grid; one channel is grey, three are red, green and blue.
func (p *Picture) Put(row, column int, v []float32) {
	h, w := p.shape[1], p.shape[2]
	top, left := gap+row*(h*p.scale+gap), gap+column*(w*p.scale+gap)
	for y := range h * p.scale {
		for x := range w * p.scale {
			p.rgba.SetRGBA(left+x, top+y, p.colour(v, y/p.scale*w+x/p.scale))
		}
	}
	p.small = append(p.small, v)
}

// colour is that of pixel i of a picture.
func (p *Picture) colour(v []float32, i int) color.RGBA {
	r := level(v[i])
	g, b := r, r
	if plane := p.shape[1] * p.shape[2]; p.shape[0] == 3 {
		g, b = level(v[plane+i]), level(v[2*plane+i])
	}
	return color.RGBA{r, g, b, 0xff}
}

// level is a value in [0, 1] as one of 256; NaN is black.
func level(v float32) uint8 {
	if v != v {
		return 0
	}
	return uint8(math.Round(255 * float64(min(max(v, 0), 1))))
}

// Write writes the grid as PNG, and a plot as SVG if the file is named so, whole or not at all.
func (p *Picture) Write(path string) error {
	if p.plot != nil {
		return p.plot(path)
	}
	return writePNG(path, p.rgba)
}

// PictureNames are the names of the files that [Picture.WriteEach] writes.
var PictureNames = regexp.MustCompile(`^[0-9]{4,}\.png$`)

// WriteEach writes each of the small pictures, in its own size, into a folder, which it makes: 0001.png, 0002.png, …
func (p *Picture) WriteEach(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	h, w := p.shape[1], p.shape[2]
	for n, v := range p.small {
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		for i := range h * w {
			img.SetRGBA(i%w, i/w, p.colour(v, i))
		}
		if err := writePNG(filepath.Join(folder, fmt.Sprintf("%04d.png", n+1)), img); err != nil {
			return err
		}
	}
	return nil
}

func writePNG(path string, img image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
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
