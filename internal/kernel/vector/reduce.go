package vector

// Sums, means and extrema over any set of axes.

import (
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// A ReduceFunc makes one number of many.
type ReduceFunc uint8

// The reductions. Max and Min are NaN where any element is.
const (
	Sum ReduceFunc = iota
	Mean
	Max
	Min
)

const (
	// Columns is how many neighbouring results are accumulated side by side, at most.
	Columns = 128
	// MaxPartials is the largest number of partial sums of a reduction to one result.
	MaxPartials = 128
)

// Reduce sets dst to the reduction of x, which has the given shape, over the axes whose bits are set: bit k stands for
// axis k. dst has the other axes in their order. Sums are taken in float64, in an order that depends on the shape and
// the form.
func Reduce[T scalar.Float](f ReduceFunc, dst, x []T, shape []int, axes uint) {
	if len(dst) == 0 {
		return
	}
	j := reuse.Take[reduceJob[T], T](&reduceJobs)
	j.f, j.dst, j.x = f, dst, x
	j.plan(shape, axes)
	switch {
	case len(x) == 0:
		j.nothing()
	case len(x) < ParallelFrom:
		j.span(0, len(dst))
	case len(dst) == 1:
		j.all()
	default:
		parallel.Run(parallel.Blocks(len(dst), j.share), j)
	}
	reuse.Give[T](&reduceJobs, j)
}

// ArgReduce sets dst to the place of the first largest (Max) or smallest (Min) element along the reduced axes, counted
// in the row-major order of these axes. The first NaN, if there is one, counts as the extremum.
func ArgReduce[T scalar.Float](f ReduceFunc, dst []int64, x []T, shape []int, axes uint) {
	argReduce(f, dst, nil, len(dst), x, shape, axes)
}

// FirstMask sets dst, which has the shape of x, to 1 at the first largest (Max) or smallest (Min) element along the
// reduced axes, and to 0 elsewhere.
func FirstMask[T scalar.Float](f ReduceFunc, dst, x []T, shape []int, axes uint) {
	results := 1
	for k, n := range shape {
		if axes>>k&1 == 0 {
			results *= n
		}
	}
	clear(dst)
	argReduce(f, nil, dst, results, x, shape, axes)
}

func argReduce[T scalar.Float](f ReduceFunc, index []int64, mask []T, results int, x []T, shape []int, axes uint) {
	if len(x) == 0 {
		return
	}
	j := reuse.Take[reduceJob[T], T](&reduceJobs)
	j.f, j.index, j.mask, j.x = f, index, mask, x
	j.plan(shape, axes)
	if len(x) < ParallelFrom {
		j.argSpan(0, results)
	} else {
		j.results = results
		parallel.Run(parallel.Blocks(results, j.share), j)
	}
	reuse.Give[T](&reduceJobs, j)
}

var reduceJobs reuse.Jobs

type reduceJob[T scalar.Float] struct {
	f       ReduceFunc
	dst, x  []T
	index   []int64
	mask    []T
	results int // results of ArgReduce or FirstMask

	kept, reduced loops // both over x; kept loops go through dst in row-major order
	rows          bool  // the innermost axis of x is reduced
	count         int   // elements per result
	share         int   // results per parallel block

	partial [MaxPartials]float64
	extreme [MaxPartials]T
}

// plan sets the loops over the kept and over the reduced axes.
func (j *reduceJob[T]) plan(shape []int, axes uint) {
	j.kept.rank, j.reduced.rank = 0, 0
	var stride [MaxRank]int
	run := 1
	for k := len(shape) - 1; k >= 0; k-- {
		stride[k] = run
		run *= shape[k]
	}
	j.count = 1
	j.rows = true
	for k, n := range shape {
		if axes>>k&1 != 0 {
			j.reduced.add(n, [3]int{stride[k]})
			j.count *= n
		} else {
			j.kept.add(n, [3]int{stride[k]})
		}
		if n != 1 {
			j.rows = axes>>k&1 != 0
		}
	}
	j.kept.finish()
	j.reduced.finish()
	j.share = max(1, BlockSize/max(1, j.count))
	if !j.rows {
		j.share = max(ColumnsOf(j.kept.size[j.kept.rank-1]), j.share)
	}
}

// ColumnsOf is how many of n columns a block of a parallel loop takes: few enough for several blocks, but as many as
// possible, because neighbouring columns lie side by side in memory.
func ColumnsOf(n int) int { return min(Columns, max(Columns/4, (n/4+15)&^15)) }

// nothing sets the results of a reduction of no elements: 0 for a sum, NaN for the others.
func (j *reduceJob[T]) nothing() {
	var zero T
	if j.f != Sum {
		zero /= zero
	}
	Fill(j.dst, zero)
}

// all reduces the whole of x to one result: first blocks whose size depends on the length alone, then their results.
func (j *reduceJob[T]) all() {
	size := max(BlockSize, parallel.Blocks(len(j.x), MaxPartials))
	n := parallel.Blocks(len(j.x), size)
	j.share = size
	parallel.Run(n, j)
	if j.f == Max || j.f == Min {
		j.dst[0] = Extremum(j.f, j.extreme[0], j.extreme[:n])
		return
	}
	j.dst[0] = j.finish(RowSum(j.partial[:n]))
}

func (j *reduceJob[T]) Block(i int) {
	switch {
	case j.dst == nil:
		j.argSpan(parallel.Bounds(i, j.share, j.results))
	case len(j.dst) == 1:
		lo, hi := parallel.Bounds(i, j.share, len(j.x))
		if j.f == Max || j.f == Min {
			j.extreme[i] = Extremum(j.f, j.x[lo], j.x[lo:hi])
		} else {
			j.partial[i] = RowSum(j.x[lo:hi])
		}
	default:
		j.span(parallel.Bounds(i, j.share, len(j.dst)))
	}
}

// finish turns a sum into the result.
func (j *reduceJob[T]) finish(sum float64) T {
	if j.f == Mean {
		sum /= float64(j.count)
	}
	return T(sum)
}

// span computes the results [lo, hi).
func (j *reduceJob[T]) span(lo, hi int) {
	var at cursor
	if j.rows {
		j.kept.seek(&at, lo, 0)
		for ; lo < hi; lo++ {
			j.dst[lo] = j.row(at.offset[0])
			j.kept.next(&at, 0)
		}
		return
	}
	width := j.kept.size[j.kept.rank-1]
	j.kept.seek(&at, lo/width, 1)
	for col := lo % width; lo < hi; {
		n := min(Columns, width-col, hi-lo)
		j.band(j.dst[lo:lo+n], at.offset[0]+col)
		lo += n
		if col += n; col == width {
			col = 0
			j.kept.next(&at, 1)
		}
	}
}

// row reduces the runs of x that make one result.
func (j *reduceJob[T]) row(base int) T {
	run := j.reduced.size[j.reduced.rank-1]
	var at cursor
	if j.f == Max || j.f == Min {
		best := j.x[base]
		for done := 0; done < j.count; done += run {
			best = Extremum(j.f, best, j.x[base+at.offset[0]:][:run])
			j.reduced.next(&at, 1)
		}
		return best
	}
	total := 0.
	for done := 0; done < j.count; done += run {
		total += RowSum(j.x[base+at.offset[0]:][:run])
		j.reduced.next(&at, 1)
	}
	return j.finish(total)
}

// band reduces up to Columns neighbouring results at the same time, reading x along its rows.
func (j *reduceJob[T]) band(dst []T, base int) {
	var at cursor
	if j.f == Max || j.f == Min {
		copy(dst, j.x[base:])
		for range j.count {
			x := j.x[base+at.offset[0]:][:len(dst)]
			if j.f == Max {
				binaryVectors(Maximum, dst, dst, x, 0, 0)
			} else {
				binaryVectors(Minimum, dst, dst, x, 0, 0)
			}
			j.reduced.next(&at, 0)
		}
		return
	}
	var total [Columns]float64
	last := j.reduced.rank - 1
	run, stride := j.reduced.size[last], j.reduced.stride[0][last]
	for done := 0; done < j.count; done += run {
		ColumnSums(&total, j.x[base+at.offset[0]:], len(dst), run, stride)
		j.reduced.next(&at, 1)
	}
	for i := range dst {
		dst[i] = j.finish(total[i])
	}
}

// argSpan finds the extrema of the results [lo, hi).
func (j *reduceJob[T]) argSpan(lo, hi int) {
	width := 1
	if !j.rows {
		width = j.kept.size[j.kept.rank-1]
	}
	inner := 0 // innermost kept loops that argBand takes
	if width > 1 {
		inner = 1
	}
	var at cursor
	j.kept.seek(&at, lo/width, inner)
	for col := lo % width; lo < hi; {
		n := min(Columns, width-col, hi-lo)
		j.argBand(lo, n, at.offset[0]+col)
		lo += n
		if col += n; col == width {
			col = 0
			j.kept.next(&at, inner)
		}
	}
}

// argBand finds the extrema of n ≤ Columns neighbouring results, from result first on.
func (j *reduceJob[T]) argBand(first, n, base int) {
	var (
		best         [Columns]T
		place, where [Columns]int // the place in the reduced axes, and the place in x
		at           cursor
	)
	copy(best[:n], j.x[base:])
	for i := range n {
		where[i] = base + i
	}
	last := j.reduced.rank - 1
	run, stride := j.reduced.size[last], j.reduced.stride[0][last]
	if stride == 1 && run == j.count { // a row: the extremum, and then the first that equals it
		x := j.x[base:][:run]
		place[0] = firstOf(Extremum(j.f, x[0], x), x)
		where[0] = base + place[0]
		run = 0
	}
	for done := 0; run > 0 && done < j.count; {
		offset := base + at.offset[0]
		for range run {
			for i, v := range j.x[offset:][:n] {
				if beats(j.f, v, best[i]) {
					best[i], place[i], where[i] = v, done, offset+i
				}
			}
			offset += stride
			done++
		}
		j.reduced.next(&at, 1)
	}
	for i := range n {
		if j.mask != nil {
			j.mask[where[i]] = 1
		} else {
			j.index[first+i] = int64(place[i])
		}
	}
}

// firstOf is the place of the first element of x that equals v, the extremum of x. If v is NaN, it is the place of the
// first NaN; otherwise x has none.
func firstOf[T scalar.Float](v T, x []T) int {
	for i, e := range x {
		if e == v || scalar.IsNaN(e) {
			return i
		}
	}
	return -1
}

// beats reports whether v takes the place of best.
func beats[T scalar.Float](f ReduceFunc, v, best T) bool {
	if f == Max && v > best || f == Min && v < best {
		return true
	}
	return scalar.IsNaN(v) && !scalar.IsNaN(best)
}
