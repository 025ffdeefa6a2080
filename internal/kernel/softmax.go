package kernel

// Softmax along one axis of a tensor seen as (outer, n, inner).
//
// The largest element is subtracted before the exponential, so nothing overflows. Sums accumulate in float64.

import (
	"math"

	"github.com/stheno-ml/stheno/internal/parallel"
)

// Softmax sets y = e^x / Σ e^x, the sum along n. y may be x. A row of -Inf gives NaN.
func Softmax[T Float](y, x []T, outer, n, inner int) {
	runSoftmax(softmaxJob[T]{do: softmax, y: y, x: x, outer: outer, n: n, inner: inner})
}

// LogSoftmax sets y = x - ln Σ e^x. y may be x.
func LogSoftmax[T Float](y, x []T, outer, n, inner int) {
	runSoftmax(softmaxJob[T]{do: logSoftmax, y: y, x: x, outer: outer, n: n, inner: inner})
}

// SoftmaxGrad sets dx = y·(dy - Σ dy·y). dx may be y or dy.
func SoftmaxGrad[T Float](dx, y, dy []T, outer, n, inner int) {
	runSoftmax(softmaxJob[T]{do: softmaxGrad, y: dx, x: y, dy: dy, outer: outer, n: n, inner: inner})
}

// LogSoftmaxGrad sets dx = dy - e^y·Σ dy. dx may be y or dy.
func LogSoftmaxGrad[T Float](dx, y, dy []T, outer, n, inner int) {
	runSoftmax(softmaxJob[T]{do: logSoftmaxGrad, y: dx, x: y, dy: dy, outer: outer, n: n, inner: inner})
}

type softmaxStep uint8

const (
	softmax softmaxStep = iota
	logSoftmax
	softmaxGrad
	logSoftmaxGrad
)

var softmaxJobs jobPool

type softmaxJob[T Float] struct {
	do              softmaxStep
	y, x, dy        []T
	outer, n, inner int
	share           int // rows per block
}

func runSoftmax[T Float](job softmaxJob[T]) {
	if len(job.y) == 0 {
		return
	}
	j := takeJob[softmaxJob[T], T](&softmaxJobs)
	*j = job
	j.share = max(1, blockSize/4/max(1, j.n))
	rows := j.outer * j.inner
	if rows*j.n < parallelFrom/4 {
		j.rows(0, rows)
	} else {
		parallel.Run(parallel.Blocks(rows, j.share), j)
	}
	giveJob[T](&softmaxJobs, j)
}

func (j *softmaxJob[T]) Block(i int) {
	j.rows(parallel.Bounds(i, j.share, j.outer*j.inner))
}

// rows does the rows [lo, hi) of the (outer, inner) many; a row's elements lie inner apart.
func (j *softmaxJob[T]) rows(lo, hi int) {
	for r := lo; r < hi; r++ {
		at := r/j.inner*j.n*j.inner + r%j.inner
		end := at + (j.n-1)*j.inner + 1
		switch j.do {
		case softmax:
			softmaxRow(j.y[at:end], j.x[at:end], j.inner)
		case logSoftmax:
			logSoftmaxRow(j.y[at:end], j.x[at:end], j.inner)
		case softmaxGrad:
			softmaxGradRow(j.y[at:end], j.x[at:end], j.dy[at:end], j.inner)
		case logSoftmaxGrad:
			logSoftmaxGradRow(j.y[at:end], j.x[at:end], j.dy[at:end], j.inner)
		}
	}
}

// expBlock is how many elements go through a chain of loops before the next: they stay in the first-level cache.
const expBlock = 1024

// together reports whether a row goes through vectorised loops, one after the other: float32 side by side.
func together[T Float](step int) bool { return step == 1 && single[T]() }

// peak is the largest element of x, every step-th of it.
func peak[T Float](x []T, step int) T {
	if together[T](step) {
		return extremum(Max, x[0], x)
	}
	top := x[0]
	for i := step; i < len(x); i += step {
		top = max(top, x[i])
	}
	return top
}

// sumExp returns the largest x and Σ e^(x - top).
func sumExp[T Float](x []T, step int) (top T, total float64) {
	top = peak(x, step)
	if !together[T](step) {
		for i := 0; i < len(x); i += step {
			total += float64(exp(x[i] - top))
		}
		return top, total
	}
	var e [expBlock / 4]T
	for ; len(x) > len(e); x = x[len(e):] {
		total += expShifted(e[:], x[:len(e)], -top)
	}
	return top, total + expShifted(e[:len(x)], x, -top)
}

// expShifted sets y = e^(x + a) and returns its sum.
func expShifted[T Float](y, x []T, a T) float64 {
	shiftedExp(y, x, a)
	return sum(y)
}

// shiftedExp sets y = e^(x + a).
func shiftedExp[T Float](y, x []T, a T) {
	if single[T]() && expShiftedFast(floats32(y), floats32(x), float32(a)) {
		return
	}
	shift(y, x, a)
	unary(Exp, y, y, 0, 0)
}

// exactSum is how large a sum of the largest element and a logarithm may be for its rounding to float32 not to matter:
// 10⁻⁶ at most. Beyond, the two are subtracted one after the other.
const exactSum = 16

func logSoftmaxRow[T Float](y, x []T, step int) {
	top, total := sumExp(x, step)
	log := T(math.Log(total))
	switch {
	case !together[T](step):
		for i := 0; i < len(x); i += step {
			y[i] = x[i] - top - log
		}
	case abs(top) > exactSum:
		shift(y, x, -top)
		shift(y, y, -log)
	default:
		shift(y, x, -(top + log))
	}
}

func softmaxRow[T Float](y, x []T, step int) {
	y = y[:len(x)]
	top := peak(x, step)
	total := 0.
	if together[T](step) {
		for lo := 0; lo < len(x); lo += expBlock {
			hi := min(lo+expBlock, len(x))
			total += expShifted(y[lo:hi], x[lo:hi], -top)
		}
		scale(y, y, T(1/total))
		return
	}
	for i := 0; i < len(x); i += step {
		e := exp(x[i] - top)
		y[i] = e
		total += float64(e)
	}
	scale := T(1 / total)
	for i := 0; i < len(y); i += step {
		y[i] *= scale
	}
}

func softmaxGradRow[T Float](dx, y, dy []T, step int) {
	dx, y = dx[:len(dy)], y[:len(dy)]
	if together[T](step) {
		a := T(dot(dy, y))
		if vectors[T]() {
			softmaxGradVector(len(dy), pointer(dx), pointer(y), pointer(dy), float32(a))
			return
		}
		for i, d := range dy {
			dx[i] = y[i] * (d - a)
		}
		return
	}
	dot := 0.
	for i := 0; i < len(dy); i += step {
		dot += float64(dy[i]) * float64(y[i])
	}
	for i := 0; i < len(dy); i += step {
		dx[i] = y[i] * (dy[i] - T(dot))
	}
}

func logSoftmaxGradRow[T Float](dx, y, dy []T, step int) {
	dx, y = dx[:len(dy)], y[:len(dy)]
	if together[T](step) {
		total := T(sum(dy))
		var block [expBlock / 4]T
		for lo := 0; lo < len(dy); lo += len(block) {
			hi := min(lo+len(block), len(dy))
			e := block[:hi-lo]
			unary(Exp, e, y[lo:hi], 0, 0)
			addScaled(dx[lo:hi], dy[lo:hi], e, -total)
		}
		return
	}
	total := 0.
	for i := 0; i < len(dy); i += step {
		total += float64(dy[i])
	}
	for i := 0; i < len(dy); i += step {
		dx[i] = dy[i] - exp(y[i])*T(total)
	}
}
