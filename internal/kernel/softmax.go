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
			x, y := j.x[at:end], j.y[at:end]
			lse := logSumExp(x, j.inner)
			for i := 0; i < len(x); i += j.inner {
				y[i] = x[i] - lse
			}
		case softmaxGrad:
			softmaxGradRow(j.y[at:end], j.x[at:end], j.dy[at:end], j.inner)
		case logSoftmaxGrad:
			logSoftmaxGradRow(j.y[at:end], j.x[at:end], j.dy[at:end], j.inner)
		}
	}
}

// peak is the largest element of x, every step-th of it.
func peak[T Float](x []T, step int) T {
	top := x[0]
	for i := step; i < len(x); i += step {
		top = max(top, x[i])
	}
	return top
}

// logSumExp is ln Σ e^x.
func logSumExp[T Float](x []T, step int) T {
	top := peak(x, step)
	total := 0.
	for i := 0; i < len(x); i += step {
		total += float64(exp(x[i] - top))
	}
	return top + T(math.Log(total))
}

func softmaxRow[T Float](y, x []T, step int) {
	y = y[:len(x)]
	top := peak(x, step)
	total := 0.
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
	total := 0.
	for i := 0; i < len(dy); i += step {
		total += float64(dy[i])
	}
	for i := 0; i < len(dy); i += step {
		dx[i] = dy[i] - exp(y[i])*T(total)
	}
}
