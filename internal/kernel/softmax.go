package kernel

// Softmax and cross-entropy along one axis of a tensor seen as (outer, n, inner).
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

// CrossEntropy sets loss (outer, inner) to
//
//	(1 - ε)·(lse - x[label]) + ε·(lse - mean(x))    lse = ln Σ e^x, ε the label smoothing
//
// and to 0 where the label is ignore. Labels (outer, inner) are checked before: see BadLabel.
func CrossEntropy[T Float](loss, x []T, label []int64, outer, n, inner int, smoothing float64, ignore int64) {
	runSoftmax(softmaxJob[T]{do: crossEntropy, y: loss, x: x, label: label, outer: outer, n: n, inner: inner,
		smoothing: smoothing, ignore: ignore})
}

// CrossEntropyGrad sets dx = dloss·(softmax(x) - (1 - ε)·[label] - ε/n), 0 where the label is ignore.
// dloss is (outer, inner), or one number for all. dx may be x.
func CrossEntropyGrad[T Float](dx, x []T, label []int64, dloss []T, outer, n, inner int, smoothing float64, ignore int64) {
	runSoftmax(softmaxJob[T]{do: crossEntropyGrad, y: dx, x: x, dy: dloss, label: label, outer: outer, n: n, inner: inner,
		smoothing: smoothing, ignore: ignore})
}

// BadLabel is the index of the first label that is neither in [0, n) nor ignore, or -1.
func BadLabel(label []int64, n int, ignore int64) int {
	for i, l := range label {
		if (l < 0 || l >= int64(n)) && l != ignore {
			return i
		}
	}
	return -1
}

type softmaxStep uint8

const (
	softmax softmaxStep = iota
	logSoftmax
	softmaxGrad
	logSoftmaxGrad
	crossEntropy
	crossEntropyGrad
)

var softmaxJobs jobPool

type softmaxJob[T Float] struct {
	do              softmaxStep
	y, x, dy        []T
	label           []int64
	outer, n, inner int
	smoothing       float64
	ignore          int64
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
		case crossEntropy:
			j.y[r] = j.loss(j.x[at:end], j.label[r])
		case crossEntropyGrad:
			d := j.dy[0]
			if len(j.dy) > 1 {
				d = j.dy[r]
			}
			j.lossGrad(j.y[at:end], j.x[at:end], j.label[r], d)
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

func (j *softmaxJob[T]) loss(x []T, label int64) T {
	if label == j.ignore {
		return 0
	}
	lse := float64(logSumExp(x, j.inner))
	loss := lse - float64(x[int(label)*j.inner])
	if j.smoothing != 0 {
		total := 0.
		for i := 0; i < len(x); i += j.inner {
			total += float64(x[i])
		}
		loss = (1-j.smoothing)*loss + j.smoothing*(lse-total/float64(j.n))
	}
	return T(loss)
}

func (j *softmaxJob[T]) lossGrad(dx, x []T, label int64, dloss T) {
	if label == j.ignore {
		for i := 0; i < len(x); i += j.inner {
			dx[i] = 0
		}
		return
	}
	softmaxRow(dx, x, j.inner)
	dx[int(label)*j.inner] -= T(1 - j.smoothing)
	uniform := T(j.smoothing / float64(j.n))
	for i := 0; i < len(dx); i += j.inner {
		dx[i] = dloss * (dx[i] - uniform)
	}
}
