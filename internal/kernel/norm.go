package kernel

// Batch, layer and group normalisation, forward and backward.
//
// x̂ = (x - mean)·r with r = 1/√(variance + eps), y = x̂·w + b. With g = dy·w and means taken over the M
// elements that share a mean,
//
//	dx = r·(g - mean(g) - x̂·mean(g·x̂))    dw = Σ dy·x̂    db = Σ dy
//
// A nil w is 1 everywhere, a nil b 0. Statistics and sums accumulate in float64.

import (
	"math"

	"github.com/stheno-ml/stheno/internal/parallel"
)

// BatchStats sets mean and variance (C) to those of x (N, C, S) over N and S; the variance is biased: it
// divides by N·S.
func BatchStats[T Float](mean, variance, x []T, n, c, s int) {
	runNorm(normJob[T]{do: batchStats, mean: mean, spread: variance, x: x, n: n, c: c, s: s})
}

// BatchNorm sets y = (x - mean)/√(variance + eps)·w + b for x (N, C, S) and mean, variance, w, b (C).
// y may be x.
func BatchNorm[T Float](y, x, mean, variance, w, b []T, n, c, s int, eps float64) {
	runNorm(normJob[T]{do: batchNorm, y: y, x: x, mean: mean, spread: variance, w: w, b: b, n: n, c: c, s: s, eps: eps})
}

// BatchNormGrad is the gradient of BatchNorm through the batch's own mean and variance. Of dx, dw and db
// those that are nil are left out. dx may be dy or x.
func BatchNormGrad[T Float](dx, dw, db, dy, x, mean, variance, w []T, n, c, s int, eps float64) {
	runNorm(normJob[T]{do: batchNormGrad, y: dx, dw: dw, db: db, dy: dy, x: x, mean: mean, spread: variance,
		w: w, n: n, c: c, s: s, eps: eps})
}

// GroupNorm normalises x (N, C, S) over each of groups runs of C/groups channels and their S elements, and
// scales by w and b (C). It sets mean and r, the reciprocal deviation (N, groups). Of y, mean and r those that are
// nil are left out. Layer normalisation of rows of length D is c = D, s = 1 and groups = 1. y may be x.
func GroupNorm[T Float](y, mean, r, x, w, b []T, n, groups, c, s int, eps float64) {
	runNorm(normJob[T]{do: groupNorm, y: y, mean: mean, spread: r, x: x, w: w, b: b,
		n: n, groups: groups, c: c, s: s, eps: eps})
}

// GroupNormGrad is the gradient of GroupNorm. Of dx, dw and db those that are nil are left out. dx may be dy
// or x.
func GroupNormGrad[T Float](dx, dw, db, dy, x, mean, r, w []T, n, groups, c, s int) {
	j := normJob[T]{do: affineGrad, y: dx, dw: dw, db: db, dy: dy, x: x, mean: mean, spread: r,
		w: w, n: n, groups: groups, c: c, s: s}
	if dw != nil || db != nil {
		runNorm(j)
	}
	if dx != nil {
		j.do = groupNormGrad
		runNorm(j)
	}
}

type normStep uint8

const (
	batchStats    normStep = iota // channels
	batchNorm                     // rows (n, c), or n when s is 1
	batchNormGrad                 // channels
	affineGrad                    // channels
	groupNorm                     // rows (n, group)
	groupNormGrad                 // rows (n, group)
)

var normJobs jobPool

type normJob[T Float] struct {
	do               normStep
	y, x, w, b       []T // y is dx in a gradient
	mean, spread     []T // spread is the variance of a batch, the reciprocal deviation of a group
	dy, dw, db       []T
	n, groups, c, s  int
	eps              float64
	total, perBlocks int // units of work, and how many a block does
}

func runNorm[T Float](job normJob[T]) {
	size := job.n * job.c * job.s
	switch job.do {
	case batchStats, batchNormGrad, affineGrad:
		job.total = job.c
		job.perBlocks = min(columns, max(1, blockSize/max(1, job.n*job.s)))
		if job.s == 1 {
			job.perBlocks = max(columnsOf(job.c), job.perBlocks)
		}
	case batchNorm:
		job.total = job.n * job.c
		job.perBlocks = max(1, blockSize*job.total/max(1, size))
		if job.s == 1 {
			job.total = job.n
			job.perBlocks = max(1, 4*blockSize/max(1, job.c)) // a block begins with one reciprocal deviation a column
		}
	case groupNorm, groupNormGrad:
		job.total = job.n * job.groups
		job.perBlocks = max(1, blockSize*job.total/max(1, size))
	}
	j := takeJob[normJob[T], T](&normJobs)
	*j = job
	blocks := parallel.Blocks(j.total, j.perBlocks)
	if size < parallelFrom {
		for i := range blocks {
			j.Block(i)
		}
	} else {
		parallel.Run(blocks, j)
	}
	giveJob[T](&normJobs, j)
}

func (j *normJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, j.perBlocks, j.total)
	switch j.do {
	case batchStats:
		j.batchStats(lo, hi)
	case batchNormGrad:
		j.batchNormGrad(lo, hi)
	case affineGrad:
		var sums, products [columns]float64
		j.channelSums(&sums, &products, lo, hi)
		j.storeAffine(&sums, &products, lo, hi)
	case batchNorm:
		if j.s == 1 {
			j.batchNormColumns(lo, hi)
			return
		}
		for ; lo < hi; lo++ {
			j.batchNorm(lo)
		}
	case groupNorm:
		for ; lo < hi; lo++ {
			j.groupNorm(lo)
		}
	case groupNormGrad:
		for ; lo < hi; lo++ {
			j.groupNormGrad(lo)
		}
	}
}

// run is the S elements of channel k of example i.
func (j *normJob[T]) run(v []T, i, k int) []T {
	at := (i*j.c + k) * j.s
	return v[at : at+j.s]
}

// weight is w of channel k.
func (j *normJob[T]) weight(k int) float64 {
	if j.w == nil {
		return 1
	}
	return float64(j.w[k])
}

// stat is the mean and the reciprocal deviation of channel k of example i.
func (j *normJob[T]) stat(i, k int) (mean, r float64) {
	if j.groups == 0 {
		return float64(j.mean[k]), 1 / math.Sqrt(float64(j.spread[k])+j.eps)
	}
	g := i*j.groups + k/(j.c/j.groups)
	return float64(j.mean[g]), float64(j.spread[g])
}

func (j *normJob[T]) batchStats(lo, hi int) {
	var means, squares [columns]float64
	m := float64(j.n * j.s)
	if j.s == 1 {
		columnSums(&means, j.x[lo:], hi-lo, j.n, j.c)
	} else {
		for i := range j.n {
			for k := lo; k < hi; k++ {
				means[k-lo] += sum(j.run(j.x, i, k))
			}
		}
	}
	for k := range hi - lo {
		means[k] /= m
	}
	if j.s == 1 {
		columnSquares(&squares, &means, j.x[lo:], hi-lo, j.n, j.c)
	} else {
		for i := range j.n {
			for k := lo; k < hi; k++ {
				squares[k-lo] += squareSum(j.run(j.x, i, k), means[k-lo])
			}
		}
	}
	for k := lo; k < hi; k++ {
		j.mean[k] = T(means[k-lo])
		j.spread[k] = T(squares[k-lo] / m)
	}
}

// batchNorm normalises the S elements of one channel of one example.
func (j *normJob[T]) batchNorm(row int) {
	k := row % j.c
	mean, r := j.stat(0, k)
	shift := T(0)
	if j.b != nil {
		shift = j.b[k]
	}
	normalise(j.run(j.y, 0, row), j.run(j.x, 0, row), T(mean), T(r*j.weight(k)), shift)
}

// batchNormColumns normalises the rows [lo, hi) of C elements, each of a channel of its own.
func (j *normJob[T]) batchNormColumns(lo, hi int) {
	var scale, w, b [columns]T
	for first := 0; first < j.c; first += columns {
		n := min(columns, j.c-first)
		for k := range n {
			_, r := j.stat(0, first+k)
			scale[k], w[k], b[k] = T(r), T(j.weight(first+k)), negativeZero[T]()
			if j.b != nil {
				b[k] = j.b[first+k]
			}
		}
		for i := lo; i < hi; i++ {
			at := i*j.c + first
			normaliseColumns(j.y[at:at+n], j.x[at:at+n], j.mean[first:first+n], scale[:n], w[:n], b[:n])
		}
	}
}

// channelSums adds dy and dy·x̂ over each channel in [lo, hi).
func (j *normJob[T]) channelSums(sums, products *[columns]float64, lo, hi int) {
	switch {
	case j.s == 1 && j.groups == 0:
		var means [columns]float64
		for k := lo; k < hi; k++ {
			means[k-lo], _ = j.stat(0, k)
		}
		columnDots(sums, products, &means, j.dy[lo:], j.x[lo:], hi-lo, j.n, j.c)
		for k := lo; k < hi; k++ {
			_, r := j.stat(0, k)
			products[k-lo] *= r
		}
	case j.s == 1 && j.groups == 1:
		columnDotsEach(sums, products, j.mean[:j.n], j.spread, j.dy[lo:], j.x[lo:], hi-lo, j.c)
	default:
		for i := range j.n {
			for k := lo; k < hi; k++ {
				mean, r := j.stat(i, k)
				a, b := dotCentred(j.run(j.dy, i, k), j.run(j.x, i, k), mean)
				sums[k-lo] += a
				products[k-lo] += b * r
			}
		}
	}
}

func (j *normJob[T]) storeAffine(sums, products *[columns]float64, lo, hi int) {
	for k := lo; k < hi; k++ {
		if j.db != nil {
			j.db[k] = T(sums[k-lo])
		}
		if j.dw != nil {
			j.dw[k] = T(products[k-lo])
		}
	}
}

func (j *normJob[T]) batchNormGrad(lo, hi int) {
	var sums, products [columns]float64
	j.channelSums(&sums, &products, lo, hi)
	j.storeAffine(&sums, &products, lo, hi)
	if j.y == nil {
		return
	}
	m := float64(j.n * j.s)
	if j.s == 1 {
		n := hi - lo
		var a, p, q [columns]T
		for k := range n {
			_, r := j.stat(0, lo+k)
			w := r * j.weight(lo+k)
			a[k], p[k], q[k] = T(w), T(w*sums[k]/m), T(w*r*products[k]/m)
		}
		for i := range j.n {
			at := i*j.c + lo
			normaliseGradColumns(j.y[at:at+n], j.dy[at:at+n], j.x[at:at+n], a[:n], j.mean[lo:hi], p[:n], q[:n])
		}
		return
	}
	for i := range j.n {
		for k := lo; k < hi; k++ {
			mean, r := j.stat(i, k)
			a := r * j.weight(k)
			normaliseGrad(j.run(j.y, i, k), j.run(j.dy, i, k), j.run(j.x, i, k),
				T(a), T(mean), T(a*sums[k-lo]/m), T(a*r*products[k-lo]/m))
		}
	}
}

func (j *normJob[T]) groupNorm(row int) {
	channels := j.c / j.groups
	size := channels * j.s
	x := j.x[row*size:][:size]
	mean := sum(x) / float64(size)
	r := 1 / math.Sqrt(squareSum(x, mean)/float64(size)+j.eps)
	if j.mean != nil {
		j.mean[row] = T(mean)
	}
	if j.spread != nil {
		j.spread[row] = T(r)
	}
	if j.y == nil {
		return
	}
	y := j.y[row*size:][:size]
	first := row % j.groups * channels
	if j.s == 1 {
		normaliseEach(y, x, T(mean), T(r), part(j.w, first, channels), part(j.b, first, channels))
		return
	}
	for k := range channels {
		shift := T(0)
		if j.b != nil {
			shift = j.b[first+k]
		}
		normalise(y[k*j.s:][:j.s], x[k*j.s:][:j.s], T(mean), T(r*j.weight(first+k)), shift)
	}
}

func (j *normJob[T]) groupNormGrad(row int) {
	channels := j.c / j.groups
	size := channels * j.s
	x, dy, dx := j.x[row*size:][:size], j.dy[row*size:][:size], j.y[row*size:][:size]
	mean, r := float64(j.mean[row]), float64(j.spread[row])
	first := row % j.groups * channels
	m := float64(size)
	var sums, products float64
	if j.s == 1 && j.w != nil {
		w := part(j.w, first, channels)
		sums, products := dotCentredEach(dy, x, w, mean)
		normaliseGradEach(dx, dy, x, w, T(r), T(mean), T(r*sums/m), T(r*r*r*products/m))
		return
	}
	run := j.s
	if run == 1 { // w is nil, so the row is one run
		run = size
	}
	for at := 0; at < size; at += run {
		a, b := dotCentred(dy[at:at+run], x[at:at+run], mean)
		w := j.weight(first + at/run)
		sums += w * a
		products += w * b
	}
	for at := 0; at < size; at += run {
		normaliseGrad(dx[at:at+run], dy[at:at+run], x[at:at+run],
			T(r*j.weight(first+at/run)), T(mean), T(r*sums/m), T(r*r*r*products/m))
	}
}

// part is n elements of v from first on, nil of nil.
func part[T Float](v []T, first, n int) []T {
	if v == nil {
		return nil
	}
	return v[first : first+n]
}

// normalise sets y = (x - mean)·scale + shift.
func normalise[T Float](y, x []T, mean, scale, shift T) {
	y = y[:len(x)]
	if vectors[T]() {
		normaliseVector(len(x), pointer(y), pointer(x), float32(mean), float32(scale), float32(shift))
		return
	}
	for i, v := range x {
		y[i] = (v-mean)*scale + shift
	}
}

// normaliseEach is normalise with a weight and shift for each element.
func normaliseEach[T Float](y, x []T, mean, r T, w, b []T) {
	y = y[:len(x)]
	switch {
	case w == nil && b == nil:
		normalise(y, x, mean, r, negativeZero[T]())
	case w == nil || b == nil:
		for i, v := range x {
			v = (v - mean) * r
			if w != nil {
				v *= w[i]
			}
			if b != nil {
				v += b[i]
			}
			y[i] = v
		}
	case vectors[T]():
		w, b = w[:len(x)], b[:len(x)]
		normaliseEachVector(len(x), pointer(y), pointer(x), pointer(w), pointer(b), float32(mean), float32(r))
	default:
		w, b = w[:len(x)], b[:len(x)]
		for i, v := range x {
			y[i] = (v-mean)*r*w[i] + b[i]
		}
	}
}

// normaliseColumns sets y = (x - mean)·r·w + b, all of which each element has its own of.
func normaliseColumns[T Float](y, x, mean, r, w, b []T) {
	y, mean, r, w, b = y[:len(x)], mean[:len(x)], r[:len(x)], w[:len(x)], b[:len(x)]
	if vectors[T]() {
		normaliseColumnsVector(len(x), pointer(y), pointer(x), pointer(mean), pointer(r), pointer(w), pointer(b))
		return
	}
	for i, v := range x {
		y[i] = (v-mean[i])*r[i]*w[i] + b[i]
	}
}

// normaliseGrad sets dx = a·dy - p - (x - mean)·q.
func normaliseGrad[T Float](dx, dy, x []T, a, mean, p, q T) {
	x, dx = x[:len(dy)], dx[:len(dy)]
	if vectors[T]() {
		normaliseGradVector(len(dy), pointer(dx), pointer(dy), pointer(x), float32(a), float32(mean), float32(p), float32(q))
		return
	}
	for i, d := range dy {
		dx[i] = a*d - p - (x[i]-mean)*q
	}
}

// normaliseGradEach sets dx = dy·w·r - p - (x - mean)·q.
func normaliseGradEach[T Float](dx, dy, x, w []T, r, mean, p, q T) {
	dx, x, w = dx[:len(dy)], x[:len(dy)], w[:len(dy)]
	if vectors[T]() {
		normaliseGradEachVector(len(dy), pointer(dx), pointer(dy), pointer(x), pointer(w), float32(r), float32(mean), float32(p), float32(q))
		return
	}
	for i, d := range dy {
		dx[i] = d*w[i]*r - p - (x[i]-mean)*q
	}
}

// normaliseGradColumns is normaliseGrad with an a, mean, p and q for each element.
func normaliseGradColumns[T Float](dx, dy, x, a, mean, p, q []T) {
	dx, x, a, mean, p, q = dx[:len(dy)], x[:len(dy)], a[:len(dy)], mean[:len(dy)], p[:len(dy)], q[:len(dy)]
	if vectors[T]() {
		normaliseGradColumnsVector(len(dy), pointer(dx), pointer(dy), pointer(x), pointer(a), pointer(mean), pointer(p), pointer(q))
		return
	}
	for i, d := range dy {
		dx[i] = a[i]*d - p[i] - (x[i]-mean[i])*q[i]
	}
}
