package vector

// Binary and ternary functions of operands whose shapes broadcast as in NumPy.

import (
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// MaxRank is the largest number of axes a kernel handles.
const MaxRank = 8

// loops are nested loops over a row-major iteration space, outermost first, with the stride of each of up to three
// operands. Adjacent axes are one loop if every operand walks through them as through one axis.
type loops struct {
	rank   int
	size   [MaxRank]int
	stride [3][MaxRank]int
}

// add appends a loop inside the present ones. It merges it with the innermost loop if all operands walk on in the same
// steps.
func (l *loops) add(size int, stride [3]int) {
	if size == 1 {
		return
	}
	if k := l.rank - 1; k >= 0 {
		joins := true
		for o := range l.stride {
			joins = joins && l.stride[o][k] == stride[o]*size
		}
		if joins {
			l.size[k] *= size
			for o := range l.stride {
				l.stride[o][k] = stride[o]
			}
			return
		}
	}
	l.size[l.rank] = size
	for o := range l.stride {
		l.stride[o][l.rank] = stride[o]
	}
	l.rank++
}

// finish makes an empty nest one loop of one iteration.
func (l *loops) finish() {
	if l.rank == 0 {
		l.size[0], l.rank = 1, 1
	}
}

// A cursor is a position in the outer loops, with the offset of each operand.
type cursor struct {
	index  [MaxRank]int
	offset [3]int
}

// seek moves the cursor to iteration row of the loops outside the innermost `inner` ones.
func (l *loops) seek(c *cursor, row, inner int) {
	*c = cursor{}
	for k := l.rank - 1 - inner; k >= 0; k-- {
		c.index[k] = row % l.size[k]
		row /= l.size[k]
		for o := range c.offset {
			c.offset[o] += c.index[k] * l.stride[o][k]
		}
	}
}

// next moves the cursor one iteration on.
func (l *loops) next(c *cursor, inner int) {
	for k := l.rank - 1 - inner; k >= 0; k-- {
		c.index[k]++
		for o := range c.offset {
			c.offset[o] += l.stride[o][k]
		}
		if c.index[k] < l.size[k] {
			return
		}
		for o := range c.offset {
			c.offset[o] -= l.size[k] * l.stride[o][k]
		}
		c.index[k] = 0
	}
}

// broadcast makes the loops over the shape of the result, for operands of the given shapes.
func (l *loops) broadcast(shape []int, operands [3][]int) {
	l.rank = 0
	var stride [3][MaxRank]int
	for o, s := range operands {
		run := 1
		for k := len(s) - 1; k >= 0; k-- {
			if s[k] != 1 {
				stride[o][k+len(shape)-len(s)] = run
			}
			run *= s[k]
		}
	}
	for k, size := range shape {
		l.add(size, [3]int{stride[0][k], stride[1][k], stride[2][k]})
	}
	l.finish()
}

// BroadcastBinary sets dst = f(a, b). dst has the given shape, and the shapes of a and b broadcast to it: they are
// aligned at the last axis, and each of their axes is equal, 1 or absent. dst may be an operand of the same shape.
func BroadcastBinary[T scalar.Float](f BinaryFunc, dst []T, shape []int, a []T, aShape []int, b []T, bShape []int) {
	switch {
	case len(dst) == 0:
		return
	case sameShape(shape, aShape) && (len(b) == 1 || sameShape(shape, bShape)), len(a) == 1 &&
		sameShape(shape, bShape):
		Binary(f, dst, a, b, 0, 0)
		return
	}
	j := reuse.Take[broadcastJob[T], T](&broadcastJobs)
	j.f, j.dst, j.a, j.b = f, dst, a, b
	j.broadcast(shape, [3][]int{aShape, bShape, nil})
	if len(dst) < ParallelFrom {
		j.span(0, len(dst))
	} else {
		parallel.Run(parallel.Blocks(len(dst), BlockSize), j)
	}
	reuse.Give[T](&broadcastJobs, j)
}

// Where sets dst to a where cond is not 0, and to b elsewhere. All three broadcast as in BroadcastBinary.
func Where[T scalar.Float](dst []T, shape []int, cond []T, condShape []int, a []T, aShape []int, b []T, bShape []int) {
	if len(dst) == 0 {
		return
	}
	j := reuse.Take[broadcastJob[T], T](&broadcastJobs)
	j.f, j.dst, j.a, j.b, j.c = where, dst, cond, a, b
	j.broadcast(shape, [3][]int{condShape, aShape, bShape})
	if len(dst) < ParallelFrom {
		j.span(0, len(dst))
	} else {
		parallel.Run(parallel.Blocks(len(dst), BlockSize), j)
	}
	reuse.Give[T](&broadcastJobs, j)
}

// where marks the job of Where among the binary functions.
const where BinaryFunc = 255

var broadcastJobs reuse.Jobs

type broadcastJob[T scalar.Float] struct {
	f            BinaryFunc
	dst, a, b, c []T
	loops
}

func (j *broadcastJob[T]) Block(i int) {
	j.span(parallel.Bounds(i, BlockSize, len(j.dst)))
}

// span computes the elements [lo, hi) of dst, one run of the innermost loop at a time.
func (j *broadcastJob[T]) span(lo, hi int) {
	k := j.rank - 1
	inner := j.size[k]
	sa, sb, sc := j.stride[0][k], j.stride[1][k], j.stride[2][k]
	var c cursor
	j.seek(&c, lo/inner, 1)
	for col := lo % inner; lo < hi; col = 0 {
		n := min(inner-col, hi-lo)
		dst := j.dst[lo : lo+n]
		a := j.a[c.offset[0]+col*sa:]
		b := j.b[c.offset[1]+col*sb:]
		if j.f == where {
			ternary(dst, a, sa, b, sb, j.c[c.offset[2]+col*sc:], sc)
		} else {
			BinaryRow(j.f, dst, a[:1+(n-1)*sa], b[:1+(n-1)*sb], 0, 0)
		}
		lo += n
		j.next(&c, 1)
	}
}

// ternary sets dst to a where cond is not 0, and to b elsewhere. Strides are 0 or 1.
func ternary[T scalar.Float](dst, cond []T, sc int, a []T, sa int, b []T, sb int) {
	for i := range dst {
		if cond[i*sc] != 0 {
			dst[i] = a[i*sa]
		} else {
			dst[i] = b[i*sb]
		}
	}
}

// sameShape reports whether two shapes are equal.
func sameShape(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i, n := range a {
		if n != b[i] {
			return false
		}
	}
	return true
}
