package vector

// Copies between strided layouts of any number of axes: what transposing, slicing, padding, expanding, joining and
// splitting are made of.

import (
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// square is the side of the squares that a transpose is cut into. Two of them, in float64, fit the first-level cache.
const square = 32

// Copy sets dst[dOffset + Σ i·dStride] = src[sOffset + Σ i·sStride] for every index i below shape. Strides count
// elements. They may be negative, and in the source 0. dst and src do not overlap.
func Copy[T scalar.Element](dst []T, dOffset int, dStride []int, src []T, sOffset int, sStride, shape []int) {
	strided(dst, dOffset, dStride, src, sOffset, sStride, shape)
}

// Fill sets every element of dst to v.
func Fill[T scalar.Element](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

func strided[T scalar.Element](dst []T, dOffset int, dStride []int, src []T, sOffset int, sStride, shape []int) {
	n := 1
	for _, size := range shape {
		n *= size
	}
	if n == 0 {
		return
	}
	jobs := &stridedJobs
	var zero T
	if _, ok := any(zero).(int64); ok {
		jobs = &stridedIndexJobs
	}
	j := reuse.Take[stridedJob[T], T](jobs)
	j.n = n
	j.dst, j.src, j.base = dst, src, [2]int{dOffset, sOffset}
	j.plan(dStride, sStride, shape)
	if n < ParallelFrom {
		j.run(0, j.blocks())
	} else {
		parallel.Run(j.blocks(), j)
	}
	reuse.Give[T](jobs, j)
}

var stridedJobs, stridedIndexJobs reuse.Jobs // of floats, of integers

type stridedJob[T scalar.Element] struct {
	// the innermost loop goes through dst in sequence, and the one around it through src
	transposes bool
	n          int
	dst, src   []T
	base       [2]int
	loops
}

// plan orders the loops by falling stride in dst, so that dst is written in sequence, and merges them. If the
// innermost loop does not go through src in sequence, it looks for a loop that does and puts it next to the innermost.
func (j *stridedJob[T]) plan(dStride, sStride, shape []int) {
	var order [MaxRank]int
	for k := range shape {
		at := k
		for ; at > 0 && magnitude(dStride[order[at-1]]) < magnitude(dStride[k]); at-- {
			order[at] = order[at-1]
		}
		order[at] = k
	}
	j.rank = 0
	for _, k := range order[:len(shape)] {
		j.add(shape[k], [3]int{dStride[k], sStride[k]})
	}
	j.finish()

	last := j.rank - 1
	j.transposes = false
	if j.rank < 2 || j.stride[0][last] != 1 || magnitude(j.stride[1][last]) <= 1 {
		return
	}
	for k := range last {
		if j.stride[1][k] == 1 {
			for ; k < last-1; k++ {
				j.swap(k, k+1)
			}
			j.transposes = true
			return
		}
	}
}

func (l *loops) swap(a, b int) {
	l.size[a], l.size[b] = l.size[b], l.size[a]
	for o := range l.stride {
		l.stride[o][a], l.stride[o][b] = l.stride[o][b], l.stride[o][a]
	}
}

// blocks is the number of parallel blocks: runs of elements, or in a transpose rows of squares.
func (j *stridedJob[T]) blocks() int {
	if j.transposes {
		return j.lines() * (j.n / (j.size[j.rank-1] * j.size[j.rank-2]))
	}
	return parallel.Blocks(j.n, BlockSize)
}

// lines is the number of rows of squares in one matrix of a transpose.
func (j *stridedJob[T]) lines() int { return parallel.Blocks(j.size[j.rank-2], square) }

func (j *stridedJob[T]) Block(i int) { j.run(i, i+1) }

// run does the blocks [from, to).
func (j *stridedJob[T]) run(from, to int) {
	if j.transposes {
		for i := from; i < to; i++ {
			j.transposeLine(i)
		}
		return
	}
	j.span(from*BlockSize, min(to*BlockSize, j.n))
}

// span moves the elements [lo, hi) of the iteration space.
func (j *stridedJob[T]) span(lo, hi int) {
	k := j.rank - 1
	inner, sd, ss := j.size[k], j.stride[0][k], j.stride[1][k]
	var c cursor
	j.seek(&c, lo/inner, 1)
	for col := lo % inner; lo < hi; col = 0 {
		n := min(inner-col, hi-lo)
		d := j.base[0] + c.offset[0] + col*sd
		s := j.base[1] + c.offset[1] + col*ss
		copyRun(j.dst, d, sd, j.src, s, ss, n)
		lo += n
		j.next(&c, 1)
	}
}

func copyRun[T scalar.Element](dst []T, d, sd int, src []T, s, ss, n int) {
	switch {
	case sd == 1 && ss == 1:
		copy(dst[d:d+n], src[s:s+n])
	case sd == 1 && ss == 0:
		Fill(dst[d:d+n], src[s])
	case sd == 1:
		dst = dst[d : d+n]
		for i := range dst {
			dst[i] = src[s]
			s += ss
		}
	default:
		for range n {
			dst[d] = src[s]
			d, s = d+sd, s+ss
		}
	}
}

// transposeLine transposes one row of squares: dst[r·rows + c] = src[r + c·cols]. It goes square by square, so that
// the cache lines of src that a square has read are still there when it reads their next elements.
func (j *stridedJob[T]) transposeLine(i int) {
	k := j.rank - 1
	var at cursor
	j.seek(&at, i/j.lines(), 2)
	top := i % j.lines() * square
	bottom := min(top+square, j.size[k-1])
	rows, cols := j.stride[0][k-1], j.stride[1][k]
	d, s := j.base[0]+at.offset[0], j.base[1]+at.offset[1]
	for left := 0; left < j.size[k]; left += square {
		right := min(left+square, j.size[k])
		// left to do: all columns of rows from down on, and columns from across on of the rows before
		down, across := top, left
		if n := (right - left) / 8; Assembled[T]() && n > 0 {
			for ; down+8 <= bottom; down += 8 {
				TransposeAVX2(n, Pointer(j.dst[d+down*rows+left:]), 4*rows, Pointer(j.src[s+down+left*cols:]), 4*cols)
			}
			across += 8 * n
		}
		for r := top; r < bottom; r++ {
			left := left
			if r < down {
				left = across
			}
			line := j.dst[d+r*rows+left : d+r*rows+right]
			from := s + r + left*cols
			for c := range line {
				line[c] = j.src[from]
				from += cols
			}
		}
	}
}

func magnitude(n int) int { return max(n, -n) }
