// This file holds Interpolate, which makes pictures larger or smaller.

package ops

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
)

// Interpolation is how the pixels of the new picture are made of those of the old one.
type Interpolation uint8

const (
	Nearest  Interpolation = iota // the old pixel in which the top left corner of the new one lies
	Bilinear                      // the mean of the four nearest old pixels, weighted by how near they are
)

// InterpolateOptions are those of [Interpolate]. The zero value is PyTorch's usual one.
type InterpolateOptions struct {
	Mode Interpolation
	// AlignCorners lays the centres of the corner pixels of both pictures on each other; without it, their outer
	// corners. It is for Bilinear.
	AlignCorners bool
}

// Interpolate gives pictures another size, as PyTorch's interpolate:
//
//	x (N, C, H, W) → y (N, C, h, w)
//
//	Nearest                       y[i] = x[⌊i·H/h⌋], and so for columns
//	Bilinear                      y[i] = (1-f)·x[⌊s⌋] + f·x[⌊s⌋+1], s = (i + ½)·H/h - ½ within 0 and H-1, f = s - ⌊s⌋
//	Bilinear with AlignCorners    the same with s = i·(H-1)/(h-1)
//
// A smaller picture leaves pixels out, as PyTorch's does; [AdaptiveAvgPool2D] takes means of all pixels.
func Interpolate(x graph.Node, h, w int, opt InterpolateOptions) graph.Node {
	if !x.Valid() {
		return x
	}
	const name = "interpolate"
	in := []graph.Node{x}
	switch {
	case x.Rank() != 4:
		return graph.Failf(name, in, "x has rank %d, want (N, C, H, W)", x.Rank())
	case h < 1 || w < 1:
		return graph.Failf(name, in, "size %d×%d must be at least 1×1", h, w)
	case opt.Mode > Bilinear:
		return graph.Failf(name, in, "mode is %d, want Nearest or Bilinear", opt.Mode)
	case opt.Mode == Nearest && opt.AlignCorners:
		return graph.Failf(name, in, "AlignCorners is for Bilinear")
	}
	for _, n := range []int{h, w} { // first, so that no product below overflows
		if err := allowed("image", n); err != nil {
			return graph.Fail(name, in, err)
		}
	}
	if err := (graph.Shape{x.Dim(0), x.Dim(1), h, w}).Check(); err != nil {
		return graph.Fail(name, in, err)
	}
	return opt.resized(opt.resized(x, 2, h), 3, w)
}

// resized is x with n elements along an axis.
func (o InterpolateOptions) resized(x graph.Node, axis, n int) graph.Node {
	size := x.Dim(axis)
	if n == size { // each pixel is itself, in every mode
		return x
	}
	lo, hi, share := make([]int64, n), make([]int64, n), make([]float64, n)
	for i := range n {
		if o.Mode == Nearest {
			lo[i] = int64(i) * int64(size) / int64(n)
			continue
		}
		s := o.place(i, n, size)
		lo[i] = int64(s)
		hi[i] = min(lo[i]+1, int64(size-1))
		share[i] = s - math.Floor(s)
	}
	g := x.Graph()
	near := Gather(x, g.Constant(graph.FromInt64(lo, n)), axis)
	if o.Mode == Nearest {
		return near
	}
	far := Gather(x, g.Constant(graph.FromInt64(hi, n)), axis)
	shape := append([]int{n}, ones(x.Rank()-1-axis)...)
	rest := make([]float64, n)
	for i, f := range share {
		rest[i] = 1 - f
	}
	return Add(Mul(near, floatConstant(g, rest, shape...)), Mul(far, floatConstant(g, share, shape...)))
}

// place is where element i of n lies among size.
func (o InterpolateOptions) place(i, n, size int) float64 {
	switch {
	case !o.AlignCorners:
		s := (float64(i)+.5)*float64(size)/float64(n) - .5
		return min(max(s, 0), float64(size-1))
	case n == 1:
		return 0
	}
	return float64(i) * float64(size-1) / float64(n-1)
}
