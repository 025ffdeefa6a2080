package kernel

// Softmax along one axis of a tensor seen as (outer, n, inner).
//
// The largest element is subtracted before the exponential, so that nothing overflows. Sums accumulate in float64.

import (
	"math"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Softmax sets y = e^x / Σ e^x, the sum along n. y may be x. A row of -Inf gives NaN.
func Softmax[T scalar.Float](y, x []T, outer, n, inner int) {
	runSoftmax(softmaxJob[T]{do: softmax, y: y, x: x, outer: outer, n: n, inner: inner})
}

// LogSoftmax sets y = x - ln Σ e^x. y may be x.
func LogSoftmax[T scalar.Float](y, x []T, outer, n, inner int) {
	runSoftmax(softmaxJob[T]{do: logSoftmax, y: y, x: x, outer: outer, n: n, inner: inner})
}

// SoftmaxGrad sets dx = y·(dy - Σ dy·y). dx may be y or dy.
func SoftmaxGrad[T scalar.Float](dx, y, dy []T, outer, n, inner int) {
	runSoftmax(softmaxJob[T]{do: softmaxGrad, y: dx, x: y, dy: dy, outer: outer, n: n, inner: inner})
}

// LogSoftmaxGrad sets dx = dy - e^y·Σ dy. dx may be y or dy.
func LogSoftmaxGrad[T scalar.Float](dx, y, dy []T, outer, n, inner int) {
	runSoftmax(softmaxJob[T]{do: logSoftmaxGrad, y: dx, x: y, dy: dy, outer: outer, n: n, inner: inner})
}

type softmaxStep uint8

const (
	softmax softmaxStep = iota
	logSoftmax
	softmaxGrad
	logSoftmaxGrad
)

var softmaxJobs reuse.Jobs

type softmaxJob[T scalar.Float] struct {
	do              softmaxStep
	y, x, dy        []T
	outer, n, inner int
	share           int // rows per block
}

func runSoftmax[T scalar.Float](job softmaxJob[T]) {
	if len(job.y) == 0 {
		return
	}
	j := reuse.Take[softmaxJob[T], T](&softmaxJobs)
	*j = job
	j.share = max(1, vector.BlockSize/4/max(1, j.n))
	rows := j.outer * j.inner
	if rows*j.n < vector.ParallelFrom/4 {
		j.rows(0, rows)
	} else {
		parallel.Run(parallel.Blocks(rows, j.share), j)
	}
	reuse.Give[T](&softmaxJobs, j)
}

func (j *softmaxJob[T]) Block(i int) {
	j.rows(parallel.Bounds(i, j.share, j.outer*j.inner))
}

// rows does the rows [lo, hi) of outer·inner rows. The elements of a row lie inner apart.
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

// expBlock is how many elements go through several loops, one after the other, before the next elements do: they stay
// in the first-level cache.
const expBlock = 1024

// together reports whether the elements of a row go through loops over whole vectors: float32 that lie side by side.
func together[T scalar.Float](step int) bool { return step == 1 && scalar.Single[T]() }

// peak is the largest of every step-th element of x.
func peak[T scalar.Float](x []T, step int) T {
	if together[T](step) {
		return vector.Extremum(vector.Max, x[0], x)
	}
	top := x[0]
	for i := step; i < len(x); i += step {
		top = max(top, x[i])
	}
	return top
}

// sumExp returns the largest element of x and Σ e^(x - top), over every step-th element.
func sumExp[T scalar.Float](x []T, step int) (top T, total float64) {
	top = peak(x, step)
	if !together[T](step) {
		for i := 0; i < len(x); i += step {
			total += float64(scalar.Exp(x[i] - top))
		}
		return top, total
	}
	var e [expBlock / 4]T
	for ; len(x) > len(e); x = x[len(e):] {
		total += expShifted(e[:], x[:len(e)], -top)
	}
	return top, total + expShifted(e[:len(x)], x, -top)
}

// expShifted sets y = e^(x + a) and returns the sum of y.
func expShifted[T scalar.Float](y, x []T, a T) float64 {
	shiftedExp(y, x, a)
	return vector.RowSum(y)
}

// shiftedExp sets y = e^(x + a).
func shiftedExp[T scalar.Float](y, x []T, a T) {
	if scalar.Single[T]() && vector.ExpShiftedFast(scalar.Floats32(y), scalar.Floats32(x), float32(a)) {
		return
	}
	vector.Shift(y, x, a)
	vector.UnaryRow(vector.Exp, y, y, 0, 0)
}

// exactSum bounds the sum of the largest element and a logarithm: up to it, rounding the sum to float32 changes it by
// 10⁻⁶ at most. Beyond, the two are subtracted one after the other.
const exactSum = 16

func logSoftmaxRow[T scalar.Float](y, x []T, step int) {
	top, total := sumExp(x, step)
	log := T(math.Log(total))
	switch {
	case !together[T](step):
		for i := 0; i < len(x); i += step {
			y[i] = x[i] - top - log
		}
	case scalar.Abs(top) > exactSum:
		vector.Shift(y, x, -top)
		vector.Shift(y, y, -log)
	default:
		vector.Shift(y, x, -(top + log))
	}
}

func softmaxRow[T scalar.Float](y, x []T, step int) {
	y = y[:len(x)]
	top := peak(x, step)
	total := 0.
	if together[T](step) {
		for lo := 0; lo < len(x); lo += expBlock {
			hi := min(lo+expBlock, len(x))
			total += expShifted(y[lo:hi], x[lo:hi], -top)
		}
		vector.Scale(y, y, T(1/total))
		return
	}
	for i := 0; i < len(x); i += step {
		e := scalar.Exp(x[i] - top)
		y[i] = e
		total += float64(e)
	}
	scale := T(1 / total)
	for i := 0; i < len(y); i += step {
		y[i] *= scale
	}
}

func softmaxGradRow[T scalar.Float](dx, y, dy []T, step int) {
	dx, y = dx[:len(dy)], y[:len(dy)]
	if together[T](step) {
		a := T(vector.Dot(dy, y))
		if vector.Assembled[T]() {
			softmaxGradVector(len(dy), vector.Pointer(dx), vector.Pointer(y), vector.Pointer(dy), float32(a))
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

func logSoftmaxGradRow[T scalar.Float](dx, y, dy []T, step int) {
	dx, y = dx[:len(dy)], y[:len(dy)]
	if together[T](step) {
		total := T(vector.RowSum(dy))
		var block [expBlock / 4]T
		for lo := 0; lo < len(dy); lo += len(block) {
			hi := min(lo+len(block), len(dy))
			e := block[:hi-lo]
			vector.UnaryRow(vector.Exp, e, y[lo:hi], 0, 0)
			vector.AddScaled(dx[lo:hi], dy[lo:hi], e, -total)
		}
		return
	}
	total := 0.
	for i := 0; i < len(dy); i += step {
		total += float64(dy[i])
	}
	for i := 0; i < len(dy); i += step {
		dx[i] = dy[i] - scalar.Exp(y[i])*T(total)
	}
}
