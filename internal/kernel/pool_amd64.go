package kernel

import (
	"math"

	"github.com/stheno-ml/stheno/internal/kernel/conv"
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// maxRuns computes the maxima of some planes in float32, and reports whether it has. It copies a plane together with
// its padding, which is -Inf. Then one pass takes the maxima along the rows, with the whole copy as one line, and
// another pass takes the maxima of these down the columns. So overlapping windows share work, and short rows are as
// fast as long ones. The elements of a window are still compared in the order of its rows, so that of equal elements,
// and of NaNs, the first is taken. If places are wanted, the places of all elements go through the same passes.
func (f *planeLoop[T]) maxRuns(lo, hi int) bool {
	p := &f.pool
	if !vector.Assembled[T]() || p.StrideW > 2 || p.pairs() || p.H*p.W > math.MaxInt32 || !p.fits() {
		return false
	}
	s := poolSpaces.Get().(*poolSpace)
	all, width := p.newFrame(s, negativeInfinity[float32]())
	rows, _ := p.frame()
	const beyond = 8 // elements that a block of eight may read or write
	size := gemm.RoundUp(rows*width, beyond)
	r := maxRun{p: p, width: width, all: all, line: reuse.Room(&s.line, size+beyond),
		below: reuse.Room(&s.below, gemm.RoundUp(width, beyond))}
	if f.index != nil {
		r.places(s, rows)
	}
	for plane := lo; plane < hi; plane++ {
		x := scalar.Floats32(f.x)[plane*f.in : (plane+1)*f.in]
		p.copyInFrame(r.all, x, width)
		r.pass(size/8, p.KW, p.DilW, r.line, r.all, r.placesOfLine, r.placesOfAll)
		if p.StrideH == 1 {
			count := (p.OH-1)*width + (p.OW-1)*p.StrideW + 1
			r.pass(parallel.Blocks(count, 8), p.KH, p.DilH*width, r.line, r.line, r.placesOfLine, r.placesOfLine)
		}
		for i := range p.OH {
			var y []float32
			var index []int64
			if at := plane*f.out + i*p.OW; f.index == nil {
				y = scalar.Floats32(f.y)[at : at+p.OW]
			} else if index = f.index[at : at+p.OW]; f.y != nil {
				y = scalar.Floats32(f.y)[at : at+p.OW]
			}
			r.row(i, y, index, x)
		}
	}
	poolSpaces.Put(s)
	return true
}

// poolSpace is the working memory of one block.
type poolSpace struct {
	image, line, below []float32 // a plane with its padding, its maxima along the rows, and a row of results
	places             []int32
	placed             Pool // the pool that places belongs to
}

var poolSpaces = reuse.Spares{Fresh: func() any { return new(poolSpace) }}

// A maxRun is what the planes of maxRuns have in common.
type maxRun struct {
	p                *Pool
	width            int
	all, line, below []float32 // the copy, its maxima along the rows, and a row of results

	placesOfAll, placesOfLine, placesBelow []int32 // if places are wanted
}

// places sets placesOfAll to the place in the plane of each element of the copy. Places of an earlier call are kept if
// it was for the same pool. The place of padding is -1; it is the result of a window only if all its elements are
// -Inf.
func (r *maxRun) places(s *poolSpace, rows int) {
	n, below := len(r.all), len(r.below)
	if size := 2*n + below; cap(s.places) < size {
		s.places, s.placed = make([]int32, size), Pool{}
	}
	r.placesOfAll, r.placesOfLine, r.placesBelow = s.places[:n], s.places[n:2*n], s.places[2*n:2*n+below]
	if s.placed == *r.p {
		return
	}
	s.placed = *r.p
	for i := range r.placesOfAll {
		r.placesOfAll[i] = -1
	}
	lo, hi := conv.Span(r.width, r.p.W, 1, -r.p.PadL)
	for h := max(0, r.p.PadT); h < min(rows, r.p.PadT+r.p.H); h++ {
		place := (h-r.p.PadT)*r.p.W - r.p.PadL
		row := r.placesOfAll[h*r.width : (h+1)*r.width]
		for w := lo; w < hi; w++ {
			row[w] = int32(place + w)
		}
	}
}

// pass sets each element of y to the largest of so many elements (taps) of x that lie step apart, and its place if
// places are wanted.
func (r *maxRun) pass(blocks, taps, step int, y, x []float32, to, from []int32) {
	if r.placesOfAll == nil {
		maxTapsAVX2(blocks, taps, step, &y[0], &x[0])
		return
	}
	maxTapsPlacesAVX2(blocks, taps, step, &y[0], &x[0], &to[0], &from[0])
}

// row writes row i of the results to y and to index, whichever are wanted.
func (r *maxRun) row(i int, y []float32, index []int64, x []float32) {
	p := r.p
	from, places := r.line[i*p.StrideH*r.width:], r.placesOfLine
	if index != nil {
		places = places[i*p.StrideH*r.width:]
	}
	if p.StrideH > 1 {
		r.pass(parallel.Blocks((p.OW-1)*p.StrideW+1, 8), p.KH, p.DilH*r.width, r.below, from, r.placesBelow, places)
		from, places = r.below, r.placesBelow
	}
	if y != nil && p.StrideW == 1 {
		copy(y, from)
	} else if y != nil {
		vector.EverySecond(y, from)
	}
	for j := range index {
		at := places[j*p.StrideW]
		if at < 0 {
			at = p.firstLeast(x, i, j)
		}
		index[j] = int64(at)
	}
}

// firstLeast is the place of the first element of a window whose elements are all -Inf, or -1 if the window has no
// element.
func (p *Pool) firstLeast(x []float32, i, j int) int32 {
	top, left := i*p.StrideH-p.PadT, j*p.StrideW-p.PadL
	uLo, uHi := conv.Taps(top, p.DilH, p.KH, p.H)
	vLo, vHi := conv.Taps(left, p.DilW, p.KW, p.W)
	_, at := maxWindow(x, top*p.W+left, p.DilH*p.W, p.DilW, uLo, uHi, vLo, vHi)
	return int32(at)
}

// framed reports whether windows in float32 are better taken from a copy of the plane with its padding: fewer than
// eight windows of a row lie in the plane, or some windows reach beyond the plane.
func (p *Pool) framed() bool {
	if p.DilH != 1 || p.DilW != 1 || p.StrideW > 2 || p.two() {
		return false
	}
	first, last := p.inside()
	down, _ := p.frame()
	return last-first < p.OW || p.PadT > 0 || down > p.H
}

// frame returns the size of the frame: the part of the padded plane that windows cover.
func (p *Pool) frame() (rows, width int) {
	return (p.OH-1)*p.StrideH + (p.KH-1)*p.DilH + 1, (p.OW-1)*p.StrideW + (p.KW-1)*p.DilW + 1
}

// fits reports whether the frame is not much larger than the plane. It would be if most of the windows were padding.
func (p *Pool) fits() bool {
	rows, width := p.frame()
	most := framedGrowth * (p.H*p.W + framedFree)
	return width <= most/rows
}

// A frame has at most framedGrowth·(elements of the plane + framedFree) elements.
const framedGrowth, framedFree = 4, 64

// meanFramed computes the means of some planes in float32 if framed holds, and reports whether it has.
func (f *planeLoop[T]) meanFramed(lo, hi int) bool {
	p := &f.pool
	if !vector.Assembled[T]() || !p.framed() || !p.fits() {
		return false
	}
	s := poolSpaces.Get().(*poolSpace)
	all, width := p.newFrame(s, 0)
	same, count := p.oneCount(), float32(1)
	if same {
		count = float32(p.KH * p.KW)
	}
	for plane := lo; plane < hi; plane++ {
		p.copyInFrame(all, scalar.Floats32(f.x)[plane*f.in:(plane+1)*f.in], width)
		y := scalar.Floats32(f.y)[plane*f.out : (plane+1)*f.out]
		p.meansOf(y, all, width, count)
		if !same {
			for i := range y {
				y[i] /= float32(p.countAt(i/p.OW, i%p.OW))
			}
		}
	}
	poolSpaces.Put(s)
	return true
}

// meansOf sets y to the sums of the windows of a frame, divided by count.
func (p *Pool) meansOf(y, all []float32, width int, count float32) {
	var few [8]float32
	for i := range p.OH {
		row := y[i*p.OW : (i+1)*p.OW]
		for j := 0; j < p.OW; j += 8 {
			j = min(j, max(0, p.OW-8))
			to := few[:]
			if p.OW >= 8 {
				to = row[j:]
			}
			from := vector.Pointer(all[i*p.StrideH*width+j*p.StrideW:])
			if p.StrideW == 2 {
				meanWindows2AVX2(p.KH, p.KW, width, &to[0], from, count)
			} else {
				meanWindows1AVX2(p.KH, p.KW, width, &to[0], from, count)
			}
		}
		if p.OW < 8 {
			copy(row, few[:])
		}
	}
}

// meanFramedBackward computes the gradient of the means of some planes in float32, for strides and dilations of 1, and
// reports whether it has. An element of dx is the sum of dy/count over the windows that cover it, which is a window of
// dy/count.
func (f *planeLoop[T]) meanFramedBackward(lo, hi int) bool {
	p := &f.pool
	if !vector.Assembled[T]() || max(p.StrideH, p.StrideW, p.DilH, p.DilW) > 1 {
		return false
	}
	mirrored := Pool{H: p.OH, W: p.OW, KH: p.KH, KW: p.KW, StrideH: 1, StrideW: 1, DilH: 1, DilW: 1,
		PadT: p.KH - 1 - p.PadT, PadL: p.KW - 1 - p.PadL, OH: p.H, OW: p.W}
	if !mirrored.fits() {
		return false
	}
	s := poolSpaces.Get().(*poolSpace)
	all, width := mirrored.newFrame(s, 0)
	shares := reuse.Room(&s.line, f.in)
	same, count := p.oneCount(), float32(p.KH*p.KW)
	for plane := lo; plane < hi; plane++ {
		dy := scalar.Floats32(f.x)[plane*f.in : (plane+1)*f.in]
		for i, d := range dy {
			if !same {
				count = float32(p.countAt(i/p.OW, i%p.OW))
			}
			shares[i] = d / count
		}
		mirrored.copyInFrame(all, shares, width)
		mirrored.meansOf(scalar.Floats32(f.y)[plane*f.out:(plane+1)*f.out], all, width, 1)
	}
	poolSpaces.Put(s)
	return true
}

// oneCount reports whether all means divide by the same number, that of a whole window.
func (p *Pool) oneCount() bool {
	rows, width := p.frame()
	in := rows <= p.PadT+p.H && width <= p.PadL+p.W && p.PadT == 0 && p.PadL == 0
	padded := rows <= p.PadT+p.H+p.PadB && width <= p.PadL+p.W+p.PadR
	return in || padded && !p.ExcludePad
}

// newFrame returns a frame with its padding set, and with the elements beyond it that a block of eight windows reads.
func (p *Pool) newFrame(s *poolSpace, padding float32) (all []float32, width int) {
	rows, width := p.frame()
	all = reuse.Room(&s.image, rows*width+(p.KW-1)*p.DilW+8*(p.StrideW+1))
	lo, hi := conv.Span(width, p.W, 1, -p.PadL)
	first, last := max(0, p.PadT), max(0, min(rows, p.PadT+p.H))
	if first >= last {
		vector.Fill(all, padding)
		return all, width
	}
	vector.Fill(all[:first*width+lo], padding)
	for r := first + 1; r < last && hi-lo < width; r++ {
		vector.Fill(all[(r-1)*width+hi:r*width+lo], padding)
	}
	vector.Fill(all[(last-1)*width+hi:], padding)
	return all, width
}

// copyInFrame copies a plane to its place in a frame.
func (p *Pool) copyInFrame(all, x []float32, width int) {
	lo, hi := conv.Span(width, p.W, 1, -p.PadL)
	rows, _ := p.frame()
	from := max(0, lo-p.PadL)
	for r := max(0, p.PadT); r < min(rows, p.PadT+p.H); r++ {
		copy(all[r*width+lo:r*width+hi], x[(r-p.PadT)*p.W+from:])
	}
}
