package kernel

import (
	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/conv"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Pool is the geometry of a 2-D pooling of planes (H, W), one for each image and channel, to planes (OH, OW). Window
// (i, j) covers the elements (i·StrideH-PadT+u·DilH, j·StrideW-PadL+v·DilW), u < KH, v < KW, that lie in the plane.
type Pool struct {
	Planes, H, W           int
	KH, KW                 int
	StrideH, StrideW       int
	PadT, PadB, PadL, PadR int
	DilH, DilW             int
	OH, OW                 int
	// an average divides by the number of elements in the plane, not by that in the padded plane
	ExcludePad bool
}

// Adaptive is the geometry of a pooling whose windows, called bins, cover the plane: bin i of OH covers rows ⌊i·H/OH⌋
// to ⌈(i+1)·H/OH⌉ - 1. Neighbouring bins may overlap.
type Adaptive struct{ Planes, H, W, OH, OW int }

// Bin returns the range [lo, hi) of the elements of bin i, if size elements have so many bins.
func Bin(i, size, bins int) (lo, hi int) { return i * size / bins, ((i+1)*size + bins - 1) / bins }

// A planeBody says what a planeLoop does with a plane. It is not a function value, because a value of a generic
// function would allocate.
type planeBody uint8

const (
	maxBody planeBody = iota
	adaptiveMaxBody
	scatterBody
	gatherBody
	avgBody
	avgBackwardBody
	adaptiveAvgBody
	adaptiveAvgBackwardBody
)

// A planeLoop does the planes of a pooling, in blocks of per planes.
type planeLoop[T scalar.Float] struct {
	pool        Pool
	adaptive    Adaptive
	planes, per int
	in, out     int // elements of a plane of x, and of a plane of y
	body        planeBody
	x, y        []T // operand and result
	index       []int64
}

var planeLoops reuse.Jobs

// Block does the planes i·per to (i+1)·per - 1.
func (f *planeLoop[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, f.per, f.planes)
	if f.body == maxBody && f.maxRuns(lo, hi) || f.body == avgBody && f.meanFramed(lo, hi) ||
		f.body == avgBackwardBody && f.meanFramedBackward(lo, hi) {
		return
	}
	for p := lo; p < hi; p++ {
		switch f.body {
		case maxBody:
			maxPlane(f, p)
		case adaptiveMaxBody:
			adaptiveMaxPlane(f, p)
		case scatterBody:
			scatterPlane(f, p)
		case gatherBody:
			gatherPlane(f, p)
		case avgBody:
			avgPlane(f, p)
		case avgBackwardBody:
			avgPlaneBackward(f, p)
		case adaptiveAvgBody:
			adaptiveAvgPlane(f, p)
		case adaptiveAvgBackwardBody:
			adaptiveAvgPlaneBackward(f, p)
		}
	}
}

// planeElements is the number of elements of the planes of a block. It is a variable, so that tests can make it
// smaller.
var planeElements = 1 << 14

// run runs the loop.
func (f planeLoop[T]) run() {
	job := reuse.Take[planeLoop[T], T](&planeLoops)
	*job = f
	job.per = max(1, planeElements/max(1, f.in+f.out))
	parallel.Run(parallel.Blocks(f.planes, job.per), job)
	reuse.Give[T](&planeLoops, job)
}

// plane returns plane p of x and of y.
func (f *planeLoop[T]) plane(p int) (x, y []T) {
	return f.x[p*f.in : (p+1)*f.in], f.y[p*f.out : (p+1)*f.out]
}

// maximum writes result i of plane p to y and to index, whichever are wanted.
func (f *planeLoop[T]) maximum(p, i int, best T, at int64) {
	if f.y != nil {
		f.y[p*f.out+i] = best
	}
	if f.index != nil {
		f.index[p*f.out+i] = at
	}
}

// MaxPool writes the largest element of each window to y, and its place in its plane, h·W+w, to index. Of equal
// elements it takes the first, in row order. A NaN is larger than any number. A window without elements has the value
// -Inf and the index -1. y or index may be nil if it is not wanted.
func MaxPool[T scalar.Float](p Pool, y []T, index []int64, x []T) {
	planeLoop[T]{pool: p, planes: p.Planes, in: p.H * p.W, out: p.OH * p.OW, x: x, y: y, index: index,
		body: maxBody}.run()
}

func maxPlane[T scalar.Float](f *planeLoop[T], plane int) {
	p := &f.pool
	x := f.x[plane*f.in : (plane+1)*f.in]
	rows := 0
	if vector.Assembled[T]() && p.pairs() {
		rows = f.maxPairs(plane)
		for rows < p.OH && f.fewWindows(plane, rows) {
			rows++
		}
	} else if p.two() {
		f.maxPlane2(plane, x)
		return
	}
	for i := rows; i < p.OH; i++ {
		top := i*p.StrideH - p.PadT
		uLo, uHi := conv.Taps(top, p.DilH, p.KH, p.H)
		for j := range p.OW {
			left := j*p.StrideW - p.PadL
			vLo, vHi := conv.Taps(left, p.DilW, p.KW, p.W)
			best, at := maxWindow(x, top*p.W+left, p.DilH*p.W, p.DilW, uLo, uHi, vLo, vHi)
			f.maximum(plane, i*p.OW+j, best, at)
		}
	}
}

// maxPairs does rows of 2×2 windows that do not overlap and lie in the plane, eight windows at a time. It returns the
// number of rows that it has done. If a row has at least eight windows, these are all rows. If a row has fewer, eight
// windows reach into the next rows, which later overwrite what is wrong there; the last rows are left out, so that
// nothing is read or written beyond the plane.
func (f *planeLoop[T]) maxPairs(plane int) (rows int) {
	p := &f.pool
	if rows = p.OH + 1 - parallel.Blocks(8, p.OW); rows <= 0 {
		return 0
	}
	do := func(j, blocks int) {
		var y *float32
		var index *int64
		if f.y != nil {
			y = vector.Pointer(f.y[plane*f.out+j:])
		}
		if f.index != nil {
			index = &f.index[plane*f.out+j]
		}
		maxPlane2AVX2(rows, blocks, p.W, p.OW, y, index, vector.Pointer(f.x[plane*f.planeSize()+2*j:]), 2*j)
	}
	if p.OW < 8 {
		do(0, 1)
		return rows
	}
	do(0, p.OW/8)
	if p.OW%8 > 0 {
		do(p.OW-8, 1)
	}
	return rows
}

// fewWindows does a row of fewer than eight 2×2 windows as if there were eight. It reports false if these would read
// beyond the end of x.
func (f *planeLoop[T]) fewWindows(plane, i int) bool {
	p := &f.pool
	place := i * p.StrideH * p.W
	start := plane*f.planeSize() + place
	if start+p.W+16 > len(f.x) {
		return false
	}
	var y [8]float32
	var index [8]int64
	maxPlane2AVX2(1, 1, p.W, p.OW, &y[0], &index[0], vector.Pointer(f.x[start:]), place)
	at := plane*f.out + i*p.OW
	if f.y != nil {
		copy(scalar.Floats32(f.y)[at:at+p.OW], y[:])
	}
	if f.index != nil {
		copy(f.index[at:at+p.OW], index[:])
	}
	return true
}

// inside returns the windows [first, last) of a row that lie in the plane from left to right, for loops in assembly.
// It returns none if there is no assembly in use, or if assembly is no faster.
func (p *Pool) inside() (first, last int) {
	if form.Active() == form.Plain || p.DilH != 1 || p.DilW != 1 || p.StrideW > 2 || p.W < p.KW {
		return 0, 0
	}
	first = (p.PadL + p.StrideW - 1) / p.StrideW
	last = min(p.OW, (p.W-p.KW+p.PadL)/p.StrideW+1)
	if last-first < 8 {
		return 0, 0
	}
	return first, last
}

// eight returns which eight windows of [at, last) in row i to take next, and where the first of them lies in x. If
// fewer are left, these are the last eight. It reports false if no window is left, or if the eight would read beyond
// the end of x.
func (f *planeLoop[T]) eight(plane, i, at, last int) (j, start int, ok bool) {
	p := &f.pool
	if at == last {
		return 0, 0, false
	}
	j = min(at, last-8)
	start = plane*f.planeSize() + (i*p.StrideH-p.PadT)*p.W + j*p.StrideW - p.PadL
	return j, start, start+(p.KH-1)*p.W+p.KW-1+8*p.StrideW <= len(f.x)
}

func (f *planeLoop[T]) planeSize() int { return f.pool.H * f.pool.W }

// meanWindows does windows [first, last) of row i, which lie in the plane, and returns the first that it has not done.
func (f *planeLoop[T]) meanWindows(plane, i, first, last int) int {
	p := &f.pool
	if !vector.Assembled[T]() {
		return first
	}
	for {
		j, start, ok := f.eight(plane, i, first, last)
		if !ok {
			return first
		}
		at := plane*f.out + i*p.OW + j
		y, x := vector.Pointer(f.y[at:at+8]), vector.Pointer(f.x[start:])
		if p.StrideW == 2 {
			meanWindows2AVX2(p.KH, p.KW, p.W, y, x, float32(p.KH*p.KW))
		} else {
			meanWindows1AVX2(p.KH, p.KW, p.W, y, x, float32(p.KH*p.KW))
		}
		first = j + 8
	}
}

// two reports whether the windows are 2×2 and all of them lie in the plane.
func (p *Pool) two() bool {
	return p.KH == 2 && p.KW == 2 && p.DilH == 1 && p.DilW == 1 && p.PadT == 0 && p.PadL == 0 &&
		(p.OH-1)*p.StrideH+2 <= p.H && (p.OW-1)*p.StrideW+2 <= p.W
}

// pairs reports whether the windows are 2×2, lie in the plane and do not overlap, at least three in a row.
func (p *Pool) pairs() bool { return p.two() && p.StrideH == 2 && p.StrideW == 2 && p.OW >= 3 }

// maxPlane2 is maxPlane for the most common window, 2.5 times as fast.
func (f *planeLoop[T]) maxPlane2(plane int, x []T) {
	p := &f.pool
	for i := range p.OH {
		top := i * p.StrideH * p.W
		upper, lower := x[top:top+p.W], x[top+p.W:top+2*p.W]
		for j := range p.OW {
			left := j * p.StrideW
			a, b, c, d := upper[left], upper[left+1], lower[left], lower[left+1]
			best := max(a, b, c, d)
			at := top + p.W + left + 1
			if c == best {
				at = top + p.W + left
			}
			if b == best {
				at = top + left + 1
			}
			if a == best {
				at = top + left
			}
			if best != best {
				_, first := maxWindow(x, top+left, p.W, 1, 0, 2, 0, 2)
				at = int(first)
			}
			f.maximum(plane, i*p.OW+j, x[at], int64(at)) // x[at] and not best: of ±0 it is the first
		}
	}
}

// maxWindow returns the largest of the elements at start+u·row+v·col, u in [uLo, uHi), v in [vLo, vHi), and its place.
func maxWindow[T scalar.Float](x []T, start, row, col, uLo, uHi, vLo, vHi int) (best T, at int64) {
	if uLo >= uHi || vLo >= vHi {
		return negativeInfinity[T](), -1
	}
	first := start + uLo*row + vLo*col
	best, at = x[first], int64(first)
	for u := uLo; u < uHi; u++ {
		for v := vLo; v < vHi; v++ {
			place := start + u*row + v*col
			if e := x[place]; e > best || (e != e && best == best) {
				best, at = e, int64(place)
			}
		}
	}
	return best, at
}

func negativeInfinity[T scalar.Float]() T {
	var zero T
	return -1 / zero
}

// AdaptiveMaxPool is MaxPool over the bins of a.
func AdaptiveMaxPool[T scalar.Float](a Adaptive, y []T, index []int64, x []T) {
	planeLoop[T]{adaptive: a, planes: a.Planes, in: a.H * a.W, out: a.OH * a.OW, x: x, y: y, index: index,
		body: adaptiveMaxBody}.run()
}

func adaptiveMaxPlane[T scalar.Float](f *planeLoop[T], plane int) {
	a := &f.adaptive
	x := f.x[plane*f.in : (plane+1)*f.in]
	for i := range a.OH {
		top, bottom := Bin(i, a.H, a.OH)
		for j := range a.OW {
			left, right := Bin(j, a.W, a.OW)
			best, at := maxWindow(x, 0, a.W, 1, top, bottom, left, right)
			f.maximum(plane, i*a.OW+j, best, at)
		}
	}
}

// ScatterPlanes is the gradient of MaxPool. For each plane, each element of dx (in elements) is the sum of those of dy
// (out elements) whose index is its place.
func ScatterPlanes[T scalar.Float](planes, in, out int, dx, dy []T, index []int64) {
	planeLoop[T]{planes: planes, in: out, out: in, x: dy, y: dx, index: index, body: scatterBody}.run()
}

func scatterPlane[T scalar.Float](f *planeLoop[T], plane int) {
	dy, dx := f.plane(plane)
	clear(dx)
	for i, at := range f.index[plane*f.in : (plane+1)*f.in] {
		if uint64(at) < uint64(len(dx)) {
			dx[at] += dy[i]
		}
	}
}

// GatherPlanes is the transpose of ScatterPlanes. For each plane, each element of y (out elements) is the element of x
// (in elements) at its index, or 0 if the index is not in the plane.
func GatherPlanes[T scalar.Float](planes, in, out int, y, x []T, index []int64) {
	planeLoop[T]{planes: planes, in: in, out: out, x: x, y: y, index: index, body: gatherBody}.run()
}

func gatherPlane[T scalar.Float](f *planeLoop[T], plane int) {
	x, y := f.plane(plane)
	for i, at := range f.index[plane*f.out : (plane+1)*f.out] {
		y[i] = 0
		if uint64(at) < uint64(len(x)) {
			y[i] = x[at]
		}
	}
}

// AvgPool writes the mean of each window to y. It divides by the number of elements of the window in the padded plane,
// (H+PadT+PadB) × (W+PadL+PadR), or with ExcludePad by the number in the plane itself.
func AvgPool[T scalar.Float](p Pool, y, x []T) {
	planeLoop[T]{pool: p, planes: p.Planes, in: p.H * p.W, out: p.OH * p.OW, x: x, y: y, body: avgBody}.run()
}

// count returns the divisor along one axis for a window that begins at start.
func (p *Pool) count(start, dilation, k, size, after, lo, hi int) int {
	if p.ExcludePad {
		return hi - lo
	}
	return min(k, (size+after-1-start)/dilation+1)
}

// countAt returns the divisor of window (i, j).
func (p *Pool) countAt(i, j int) int {
	top, left := i*p.StrideH-p.PadT, j*p.StrideW-p.PadL
	uLo, uHi := conv.Taps(top, p.DilH, p.KH, p.H)
	vLo, vHi := conv.Taps(left, p.DilW, p.KW, p.W)
	return max(1, p.count(top, p.DilH, p.KH, p.H, p.PadB, uLo, uHi)*p.count(left, p.DilW, p.KW, p.W, p.PadR, vLo, vHi))
}

func avgPlane[T scalar.Float](f *planeLoop[T], plane int) {
	p := &f.pool
	x, y := f.plane(plane)
	first, last := p.inside()
	for i := range p.OH {
		top := i*p.StrideH - p.PadT
		uLo, uHi := conv.Taps(top, p.DilH, p.KH, p.H)
		rows := p.count(top, p.DilH, p.KH, p.H, p.PadB, uLo, uHi)
		done := first
		if uHi-uLo == p.KH {
			done = f.meanWindows(plane, i, first, last)
		}
		for j := 0; j < p.OW; j++ {
			if j == first {
				if j = done; j == p.OW {
					break
				}
			}
			left := j*p.StrideW - p.PadL
			vLo, vHi := conv.Taps(left, p.DilW, p.KW, p.W)
			var sum T
			for u := uLo; u < uHi; u++ {
				at := (top+u*p.DilH)*p.W + left
				for v := vLo; v < vHi; v++ {
					sum += x[at+v*p.DilW]
				}
			}
			y[i*p.OW+j] = sum / T(max(1, rows*p.count(left, p.DilW, p.KW, p.W, p.PadR, vLo, vHi)))
		}
	}
}

// AvgPoolBackward sets dx to the gradient by x: it spreads each element of dy evenly over its window.
func AvgPoolBackward[T scalar.Float](p Pool, dx, dy []T) {
	planeLoop[T]{pool: p, planes: p.Planes, in: p.OH * p.OW, out: p.H * p.W, x: dy, y: dx, body: avgBackwardBody}.run()
}

func avgPlaneBackward[T scalar.Float](f *planeLoop[T], plane int) {
	p := &f.pool
	dy, dx := f.plane(plane)
	clear(dx)
	if p.two() && p.StrideH == 2 && p.StrideW == 2 {
		for i := range p.OH {
			upper, lower := dx[2*i*p.W:][:2*p.OW], dx[(2*i+1)*p.W:][:2*p.OW]
			for j, d := range dy[i*p.OW : (i+1)*p.OW] {
				d = 0 + d/4
				upper[2*j], upper[2*j+1], lower[2*j], lower[2*j+1] = d, d, d, d
			}
		}
		return
	}
	for i := range p.OH {
		top := i*p.StrideH - p.PadT
		uLo, uHi := conv.Taps(top, p.DilH, p.KH, p.H)
		rows := p.count(top, p.DilH, p.KH, p.H, p.PadB, uLo, uHi)
		for j := range p.OW {
			left := j*p.StrideW - p.PadL
			vLo, vHi := conv.Taps(left, p.DilW, p.KW, p.W)
			d := dy[i*p.OW+j] / T(max(1, rows*p.count(left, p.DilW, p.KW, p.W, p.PadR, vLo, vHi)))
			for u := uLo; u < uHi; u++ {
				at := (top+u*p.DilH)*p.W + left
				for v := vLo; v < vHi; v++ {
					dx[at+v*p.DilW] += d
				}
			}
		}
	}
}

// AdaptiveAvgPool writes the mean of each bin to y.
func AdaptiveAvgPool[T scalar.Float](a Adaptive, y, x []T) {
	planeLoop[T]{adaptive: a, planes: a.Planes, in: a.H * a.W, out: a.OH * a.OW, x: x, y: y,
		body: adaptiveAvgBody}.run()
}

func adaptiveAvgPlane[T scalar.Float](f *planeLoop[T], plane int) {
	a := &f.adaptive
	x, y := f.plane(plane)
	for i := range a.OH {
		top, bottom := Bin(i, a.H, a.OH)
		for j := range a.OW {
			left, right := Bin(j, a.W, a.OW)
			if right-left == a.W {
				y[i*a.OW+j] = T(vector.RowSum(x[top*a.W:bottom*a.W]) / float64((bottom-top)*a.W))
				continue
			}
			var sum T
			for h := top; h < bottom; h++ {
				for _, e := range x[h*a.W+left : h*a.W+right] {
					sum += e
				}
			}
			y[i*a.OW+j] = sum / T((bottom-top)*(right-left))
		}
	}
}

// AdaptiveAvgPoolBackward sets dx to the gradient by x. Bins may overlap.
func AdaptiveAvgPoolBackward[T scalar.Float](a Adaptive, dx, dy []T) {
	planeLoop[T]{adaptive: a, planes: a.Planes, in: a.OH * a.OW, out: a.H * a.W, x: dy, y: dx,
		body: adaptiveAvgBackwardBody}.run()
}

func adaptiveAvgPlaneBackward[T scalar.Float](f *planeLoop[T], plane int) {
	a := &f.adaptive
	dy, dx := f.plane(plane)
	if a.OH == 1 && a.OW == 1 {
		vector.Fill(dx, 0+dy[0]/T(len(dx)))
		return
	}
	clear(dx)
	for i := range a.OH {
		top, bottom := Bin(i, a.H, a.OH)
		for j := range a.OW {
			left, right := Bin(j, a.W, a.OW)
			d := dy[i*a.OW+j] / T((bottom-top)*(right-left))
			for h := top; h < bottom; h++ {
				row := dx[h*a.W+left : h*a.W+right]
				for w := range row {
					row[w] += d
				}
			}
		}
	}
}
