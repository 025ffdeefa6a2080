// This file holds Resized, which brings the pictures of batches to another size.

package data

import (
	"fmt"
	"iter"

	"github.com/stheno-ml/stheno/data/internal/picture"
	"github.com/stheno-ml/stheno/graph"
)

// Resized is a source of batches whose first tensor, pictures (N, C, H, W) of float32, is brought to h rows and w
// columns as [ResizePictures] does, a batch at a time, so that large pictures take the memory of a batch and not of
// all of them. A batch is valid until the next one. It panics when h or w is not 1 to 32,768; batches of anything but
// pictures panic when they come.
func Resized(s Source, h, w int) Source {
	mustSide("Resized", h, w)
	return resized{s, h, w}
}

// ResizePictures returns pictures (N, C, H, W) of float32 in h rows and w columns. On an axis that has this length
// nothing changes. Where it is longer than the old one, by an eighth of itself at most, zeros are put around, as many
// on both sides: digits of 28×28 stand in the middle of 32×32, as LeNet-5 reads them. Else it is resampled,
//
//	y[i] = Σ_j k_ij·x[j] / Σ_j k_ij        k_ij = max(1 - |j + ½ - (i + ½)·H/h| / max(H/h, 1), 0)
//
// which is bilinear interpolation where the picture grows, and a mean over what a pixel covers where it shrinks, as
// Pillow's, and PyTorch's interpolate with antialias. It panics when x is no pictures, or as Resized does.
func ResizePictures(x graph.Tensor, h, w int) graph.Tensor {
	mustSide("ResizePictures", h, w)
	y := graph.NewTensor(graph.Type{Shape: resizedShape(x, h, w)})
	newResampler(x.Shape, h, w).apply(y, x)
	return y
}

func mustSide(function string, h, w int) {
	if min(h, w) < 1 || max(h, w) > picture.MaxSide {
		panic(fmt.Sprintf("data: %s to %d rows and %d columns, want 1 to %d", function, h, w, picture.MaxSide))
	}
}

// resizedShape is the shape of pictures in another size.
func resizedShape(x graph.Tensor, h, w int) graph.Shape {
	if x.DType != graph.Float32 || len(x.Shape) != 4 || x.Shape.Size() == 0 {
		panic(fmt.Sprintf("data: pictures to resize are %v, want (N, C, H, W) of float32", x.Type))
	}
	return graph.Shape{x.Shape[0], x.Shape[1], h, w}
}

// resized is the source of [Resized].
type resized struct {
	Source
	h, w int
}

func (r resized) Batches(epoch int) iter.Seq[[]graph.Tensor] { return r.of(r.Source.Batches(epoch)) }

func (r resized) Stride(epoch, first, by int) iter.Seq[[]graph.Tensor] {
	return r.of(Stride(r.Source, epoch, first, by))
}

// of are batches of the source, resized.
func (r resized) of(batches iter.Seq[[]graph.Tensor]) iter.Seq[[]graph.Tensor] {
	if batches == nil {
		return nil
	}
	return func(yield func([]graph.Tensor) bool) {
		var y graph.Tensor
		var how *resampler
		var batch []graph.Tensor
		for b := range batches {
			x := b[0]
			if shape := resizedShape(x, r.h, r.w); how == nil || y.Shape[0] < shape[0] {
				y, how = graph.NewTensor(graph.Type{Shape: shape}), newResampler(x.Shape, r.h, r.w)
			}
			part := y.Rows(0, x.Shape[0])
			how.apply(part, x)
			batch = append(append(batch[:0], part), b[1:]...)
			if !yield(batch) {
				return
			}
		}
	}
}

// A resampler brings planes to another size: first their rows, then their columns.
type resampler struct {
	rows, columns axis
	row           []float32
}

// An axis has the old elements that each new one is made of, from the first one on, with their weights.
type axis struct {
	first   []int
	weights [][]float32
}

func newResampler(shape graph.Shape, h, w int) *resampler {
	return &resampler{newAxis(shape[2], h), newAxis(shape[3], w), make([]float32, shape[3])}
}

func newAxis(from, to int) axis {
	a := axis{make([]int, to), make([][]float32, to)}
	if more := to - from; more >= 0 && 8*more <= to {
		for i := range from {
			a.first[more/2+i], a.weights[more/2+i] = i, []float32{1}
		}
		return a
	}
	step := float64(from) / float64(to)
	reach := max(step, 1)
	for i := range to {
		centre := (float64(i) + .5) * step
		lo, hi := max(int(centre-reach+.5), 0), min(int(centre+reach+.5), from)
		weights, sum := make([]float64, hi-lo), 0.
		for k := range weights {
			weights[k] = max(1-abs(float64(lo+k)+.5-centre)/reach, 0)
			sum += weights[k]
		}
		a.first[i], a.weights[i] = lo, make([]float32, hi-lo)
		for k, v := range weights {
			a.weights[i][k] = float32(v / sum)
		}
	}
	return a
}

func abs(v float64) float64 { return max(v, -v) }

// apply fills y with x.
func (r *resampler) apply(y, x graph.Tensor) {
	h, w := x.Shape[2], x.Shape[3]
	for from, to := x.F32, y.F32; len(from) >= h*w; from = from[h*w:] {
		for i, weights := range r.rows.weights {
			clear(r.row)
			for k, weight := range weights {
				at := (r.rows.first[i] + k) * w
				for j, v := range from[at : at+w] {
					r.row[j] += weight * v
				}
			}
			to = to[r.columns.apply(to, r.row):]
		}
	}
}

// apply fills the begin of y with a row, and returns its length.
func (a axis) apply(y, row []float32) int {
	for i, weights := range a.weights {
		sum := float32(0)
		for k, weight := range weights {
			sum += weight * row[a.first[i]+k]
		}
		y[i] = sum
	}
	return len(a.weights)
}
