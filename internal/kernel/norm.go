package kernel

// Batch, layer and group normalisation, forward and backward.
//
// x̂ = (x - mean)·r with r = 1/√(variance + eps), y = x̂·w + b. r is called the reciprocal deviation. With g = dy·w,
// and means taken over the M elements that share a mean,
//
//	dx = r·(g - mean(g) - x̂·mean(g·x̂))    dw = Σ dy·x̂    db = Σ dy
//
// A nil w is 1 everywhere, and a nil b is 0. Statistics and sums accumulate in float64. A statistic that was rounded
// to T may have lost too much: then it is computed again from x (see blurred).

import (
	"math"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Norm holds the sizes and parameters of a normalisation of x (N, C, S).
type Norm[T scalar.Float] struct {
	N, C, S int
	Groups  int // groups of channels that share a mean in each example, for GroupNorm
	W, B    []T // (C), or nil
	Eps     float64
}

// BatchStats sets mean and variance (C) to those of x over N and S, and exact (2, C) to the means and the
// 1/√(variance + eps) in float64, before rounding. The variance is biased: it divides by N·S. Any of mean, variance
// and exact may be nil.
func BatchStats[T scalar.Float](mean, variance []T, exact []float64, x []T, p Norm[T]) {
	runNorm(normJob[T]{Norm: p, do: batchStats, mean: mean, spread: variance, exact: exact, x: x})
}

// BatchNorm sets y = (x - mean)/√(variance + eps)·w + b, with mean and variance (C). y may be x.
func BatchNorm[T scalar.Float](y, x, mean, variance []T, p Norm[T]) {
	runNorm(normJob[T]{Norm: p, do: batchNorm, y: y, x: x, mean: mean, spread: variance})
}

// BatchNormExact is BatchNorm with exact, as BatchStats has set it, for mean and variance.
func BatchNormExact[T scalar.Float](y, x []T, exact []float64, p Norm[T]) {
	runNorm(normJob[T]{Norm: p, do: batchNorm, y: y, x: x, exact: exact})
}

// BatchNormGrad is the gradient of BatchNorm when mean and variance are those of the batch itself: it goes through
// them too. They were rounded; where that matters they are computed again. Each of dx, dw and db is left out if it is
// nil. dx may be dy or x.
func BatchNormGrad[T scalar.Float](dx, dw, db, dy, x, mean, variance []T, p Norm[T]) {
	runNorm(normJob[T]{Norm: p, do: batchNormGrad, y: dx, dw: dw, db: db, dy: dy, x: x, mean: mean, spread: variance})
}

// GroupNorm normalises x over each of the groups of C/Groups channels and their S elements, and applies w and b. It
// sets mean and r, the reciprocal deviation, both (N, Groups). Each of y, mean and r is left out if it is nil. Layer
// normalisation of rows of length D has C = D, S = 1 and Groups = 1. y may be x.
func GroupNorm[T scalar.Float](y, mean, r, x []T, p Norm[T]) {
	runNorm(normJob[T]{Norm: p, do: groupNorm, y: y, mean: mean, spread: r, x: x})
}

// GroupNormGrad is the gradient of GroupNorm. mean and r were rounded; where that matters they are computed again.
// Each of dx, dw and db is left out if it is nil. dx may be dy or x.
func GroupNormGrad[T scalar.Float](dx, dw, db, dy, x, mean, r []T, p Norm[T]) {
	j := normJob[T]{Norm: p, do: affineGrad, y: dx, dw: dw, db: db, dy: dy, x: x, mean: mean, spread: r}
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

var normJobs reuse.Jobs

type normJob[T scalar.Float] struct {
	Norm[T]
	do   normStep
	y, x []T // y is dx in a gradient
	// spread is the variance of a batch, or the reciprocal deviation of a group
	mean, spread     []T
	exact            []float64 // means and reciprocal deviations of a batch, or nil
	dy, dw, db       []T
	total, perBlocks int // units of work, and how many a block does
}

func runNorm[T scalar.Float](job normJob[T]) {
	size := job.N * job.C * job.S
	switch job.do {
	case batchStats, batchNormGrad, affineGrad:
		job.total = job.C
		job.perBlocks = min(vector.Columns, max(1, vector.BlockSize/max(1, job.N*job.S)))
		if job.S == 1 {
			job.perBlocks = max(vector.ColumnsOf(job.C), job.perBlocks)
		}
	case batchNorm:
		job.total = job.N * job.C
		job.perBlocks = max(1, vector.BlockSize*job.total/max(1, size))
		if job.S == 1 {
			job.total = job.N
			// a block first computes one reciprocal deviation for each column
			job.perBlocks = max(1, 4*vector.BlockSize/max(1, job.C))
		}
	case groupNorm, groupNormGrad:
		job.total = job.N * job.Groups
		job.perBlocks = max(1, vector.BlockSize*job.total/max(1, size))
	}
	j := reuse.Take[normJob[T], T](&normJobs)
	*j = job
	blocks := parallel.Blocks(j.total, j.perBlocks)
	if size < vector.ParallelFrom {
		for i := range blocks {
			j.Block(i)
		}
	} else {
		parallel.Run(blocks, j)
	}
	reuse.Give[T](&normJobs, j)
}

func (j *normJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, j.perBlocks, j.total)
	switch j.do {
	case batchStats:
		j.batchStats(lo, hi)
	case batchNormGrad:
		j.batchNormGrad(lo, hi)
	case affineGrad:
		var sums, products [vector.Columns]float64
		j.groupSums(&sums, &products, lo, hi)
		j.storeAffine(&sums, &products, lo, hi)
	case batchNorm:
		if j.S == 1 {
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
	at := (i*j.C + k) * j.S
	return v[at : at+j.S]
}

// weight is w of channel k.
func (j *normJob[T]) weight(k int) float64 {
	if j.W == nil {
		return 1
	}
	return float64(j.W[k])
}

// stat returns the mean and the reciprocal deviation of channel k as they were given.
func (j *normJob[T]) stat(k int) (mean, r float64) {
	if j.exact != nil {
		return j.exact[k], j.exact[j.C+k]
	}
	return float64(j.mean[k]), 1 / math.Sqrt(float64(j.spread[k])+j.Eps)
}

// ownStat is stat if mean and variance are those of x. It computes them again if they are blurred.
func (j *normJob[T]) ownStat(k int) (mean, r float64) {
	if mean, r = j.stat(k); blurred[T](mean, r) {
		mean, deviation := moments(j.x[k*j.S:], j.N, j.S, j.C*j.S)
		return mean, reciprocalDeviation(deviation, j.Eps)
	}
	return mean, r
}

// groupStat is ownStat for a group.
func (j *normJob[T]) groupStat(row int) (mean, r float64) {
	if mean, r = float64(j.mean[row]), float64(j.spread[row]); blurred[T](mean, r) {
		size := j.C / j.Groups * j.S
		mean, deviation := moments(j.x[row*size:], 1, size, size)
		return mean, reciprocalDeviation(deviation, j.Eps)
	}
	return mean, r
}

func (j *normJob[T]) batchStats(lo, hi int) {
	var means, squares [vector.Columns]float64
	m := float64(j.N * j.S)
	if j.S == 1 {
		vector.ColumnSums(&means, j.x[lo:], hi-lo, j.N, j.C)
	} else {
		for i := range j.N {
			for k := lo; k < hi; k++ {
				means[k-lo] += vector.RowSum(j.run(j.x, i, k))
			}
		}
	}
	for k := range hi - lo {
		means[k] /= m
	}
	if j.S == 1 {
		vector.ColumnSquares(&squares, &means, j.x[lo:], hi-lo, j.N, j.C)
	} else {
		for i := range j.N {
			for k := lo; k < hi; k++ {
				squares[k-lo] += vector.SquareSum(j.run(j.x, i, k), means[k-lo])
			}
		}
	}
	for k := lo; k < hi; k++ {
		mean, variance := means[k-lo], squares[k-lo]/m
		if j.mean != nil {
			j.mean[k] = T(mean)
		}
		if j.spread != nil {
			j.spread[k] = T(variance)
		}
		if j.exact != nil {
			r := 1 / math.Sqrt(variance+j.Eps)
			if drowned[T](mean, r) {
				var deviation float64
				mean, deviation = moments(j.x[k*j.S:], j.N, j.S, j.C*j.S)
				r = reciprocalDeviation(deviation, j.Eps)
			}
			j.exact[k], j.exact[j.C+k] = mean, r
		}
	}
}

// batchNorm normalises the S elements of one channel of one example.
func (j *normJob[T]) batchNorm(row int) {
	k := row % j.C
	mean, r := j.stat(k)
	normaliseRun(j.run(j.y, 0, row), j.run(j.x, 0, row), mean, r, j.weight(k), j.shift(k))
}

// shift is b of channel k.
func (j *normJob[T]) shift(k int) float64 {
	if j.B == nil {
		return 0
	}
	return float64(j.B[k])
}

// batchNormColumns normalises the rows [lo, hi) of C elements, where each element is a channel.
func (j *normJob[T]) batchNormColumns(lo, hi int) {
	var mean, scale, w, b [vector.Columns]T
	for first := 0; first < j.C; first += vector.Columns {
		n := min(vector.Columns, j.C-first)
		anyFar := false
		for k := range n {
			m, r := j.stat(first + k)
			var rest float64
			mean[k], rest = split[T](m)
			scale[k], w[k], b[k] = T(r), T(j.weight(first+k)), vector.NegativeZero[T]()
			if j.B != nil || rest != 0 {
				b[k] = T(j.shift(first+k) - rest*r*j.weight(first+k))
			}
			anyFar = anyFar || far[T](r)
		}
		for i := lo; i < hi; i++ {
			at := i*j.C + first
			if y, x := j.y[at:at+n], j.x[at:at+n]; !anyFar {
				normaliseColumns(y, x, mean[:n], scale[:n], w[:n], b[:n])
				continue
			}
			for k := range n {
				m, r := j.stat(first + k)
				normaliseFar(j.y[at+k:at+k+1], j.x[at+k:at+k+1], m, r, j.weight(first+k), j.shift(first+k))
			}
		}
	}
}

// channelSums adds the sums of dy to sums and those of dy·x̂ to products, over each channel in [lo, hi).
func (j *normJob[T]) channelSums(sums, products, means, r *[vector.Columns]float64, lo, hi int) {
	if j.S == 1 {
		vector.ColumnDots(sums, products, means, j.dy[lo:], j.x[lo:], hi-lo, j.N, j.C)
	} else {
		for i := range j.N {
			for k := lo; k < hi; k++ {
				a, b := vector.DotCentred(j.run(j.dy, i, k), j.run(j.x, i, k), means[k-lo])
				sums[k-lo] += a
				products[k-lo] += b
			}
		}
	}
	for k := range hi - lo {
		products[k] *= r[k]
	}
}

// groupSums adds the sums of dy to sums and those of dy·x̂ to products, over each channel in [lo, hi). Every example
// has groups of its own.
func (j *normJob[T]) groupSums(sums, products *[vector.Columns]float64, lo, hi int) {
	if j.S == 1 && j.Groups == 1 && !j.anyBlurred() {
		vector.ColumnDotsEach(sums, products, j.mean[:j.N], j.spread, j.dy[lo:], j.x[lo:], hi-lo, j.C)
		return
	}
	channels := j.C / j.Groups
	for i := range j.N {
		row, mean, r := -1, 0., 0.
		for k := lo; k < hi; k++ {
			if g := i*j.Groups + k/channels; g != row {
				row = g
				mean, r = j.groupStat(row)
			}
			a, b := vector.DotCentred(j.run(j.dy, i, k), j.run(j.x, i, k), mean)
			sums[k-lo] += a
			products[k-lo] += b * r
		}
	}
}

func (j *normJob[T]) anyBlurred() bool {
	for i, m := range j.mean[:j.N] {
		if blurred[T](float64(m), float64(j.spread[i])) {
			return true
		}
	}
	return false
}

func (j *normJob[T]) storeAffine(sums, products *[vector.Columns]float64, lo, hi int) {
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
	var sums, products, means, rs [vector.Columns]float64
	for k := lo; k < hi; k++ {
		means[k-lo], rs[k-lo] = j.ownStat(k)
	}
	j.channelSums(&sums, &products, &means, &rs, lo, hi)
	j.storeAffine(&sums, &products, lo, hi)
	if j.y == nil {
		return
	}
	m := float64(j.N * j.S)
	if m == 1 {
		singles(j.y[lo:hi], j.dy[lo:hi], j.x[lo:hi])
		return
	}
	var slopes [vector.Columns]normSlope
	for k := range hi - lo {
		a := rs[k] * j.weight(lo+k)
		slopes[k] = normSlope{a: a, mean: means[k], r: rs[k], p: a * sums[k] / m, q: a * products[k] / m}
	}
	if j.S == 1 {
		j.batchNormGradColumns(lo, hi, &slopes)
		return
	}
	for i := range j.N {
		for k := range hi - lo {
			normaliseGradRun(j.run(j.y, i, lo+k), j.run(j.dy, i, lo+k), j.run(j.x, i, lo+k), slopes[k])
		}
	}
}

// batchNormGradColumns is the last part of batchNormGrad if every column is a channel.
func (j *normJob[T]) batchNormGradColumns(lo, hi int, slopes *[vector.Columns]normSlope) {
	var a, mean, p, q [vector.Columns]T
	n, anyFar := hi-lo, false
	for k, s := range slopes[:n] {
		a[k], mean[k], p[k], q[k] = rounded[T](s)
		anyFar = anyFar || far[T](s.r)
	}
	for i := range j.N {
		at := i*j.C + lo
		if dx, dy, x := j.y[at:at+n], j.dy[at:at+n], j.x[at:at+n]; !anyFar {
			normaliseGradColumns(dx, dy, x, a[:n], mean[:n], p[:n], q[:n])
			continue
		}
		for k, s := range slopes[:n] {
			e := at + k
			normaliseGradFar(j.y[e:e+1], j.dy[e:e+1], j.x[e:e+1], s)
		}
	}
}

func (j *normJob[T]) groupNorm(row int) {
	channels := j.C / j.Groups
	size := channels * j.S
	x := j.x[row*size:][:size]
	mean := vector.RowSum(x) / float64(size)
	r := 1 / math.Sqrt(vector.SquareSum(x, mean)/float64(size)+j.Eps)
	if drowned[T](mean, r) {
		var deviation float64
		mean, deviation = moments(x, 1, size, size)
		r = reciprocalDeviation(deviation, j.Eps)
	}
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
	first := row % j.Groups * channels
	if j.S == 1 && !far[T](r) && !blurred[T](mean, r) {
		normaliseEach(y, x, T(mean), T(r), part(j.W, first, channels), part(j.B, first, channels))
		return
	}
	for k := range channels {
		normaliseRun(y[k*j.S:][:j.S], x[k*j.S:][:j.S], mean, r, j.weight(first+k), j.shift(first+k))
	}
}

func (j *normJob[T]) groupNormGrad(row int) {
	channels := j.C / j.Groups
	size := channels * j.S
	x, dy, dx := j.x[row*size:][:size], j.dy[row*size:][:size], j.y[row*size:][:size]
	if size == 1 {
		singles(dx, dy, x)
		return
	}
	mean, r := j.groupStat(row)
	first := row % j.Groups * channels
	m := float64(size)
	if j.S == 1 && j.W != nil && !far[T](r) {
		w := part(j.W, first, channels)
		sums, products := vector.DotCentredEach(dy, x, w, mean)
		_, near, p, q := rounded[T](normSlope{mean: mean, r: r, p: r * sums / m, q: r * r * products / m})
		normaliseGradEach(dx, dy, x, w, T(r), near, p, q)
		return
	}
	run := j.S
	if run == 1 && j.W == nil { // the row is one run
		run = size
	}
	var sums, products float64
	for at := 0; at < size; at += run {
		a, b := vector.DotCentred(dy[at:at+run], x[at:at+run], mean)
		w := j.weight(first + at/run)
		sums += w * a
		products += w * b
	}
	slope := normSlope{mean: mean, r: r, p: r * sums / m, q: r * (r * products / m)}
	for at := 0; at < size; at += run {
		slope.a = r * j.weight(first+at/run)
		normaliseGradRun(dx[at:at+run], dy[at:at+run], x[at:at+run], slope)
	}
}

// singles sets dx = 0, the gradient of elements that are each normalised alone, but NaN where dy or x is not finite.
func singles[T scalar.Float](dx, dy, x []T) {
	for i, v := range x {
		dx[i] = 0*dy[i] + 0*v
	}
}

// part is n elements of v from first on, or nil if v is nil.
func part[T scalar.Float](v []T, first, n int) []T {
	if v == nil {
		return nil
	}
	return v[first : first+n]
}

// far reports whether r, a reciprocal deviation, is so large or small that T cannot hold some factors or differences.
// Then a normalisation is computed in float64, element by element, in an order that loses nothing.
func far[T scalar.Float](r float64) bool {
	if scalar.Single[T]() {
		return !(r >= 1e-9 && r <= 1e12)
	}
	return !(r >= 1e-100 && r <= 1e100)
}

// blurred reports whether a mean and a reciprocal deviation have lost too much in rounding: the mean is many
// deviations large, or r is beyond the range. If they are not blurred, x̂ is within 10⁻⁶ in float32.
func blurred[T scalar.Float](mean, r float64) bool {
	if scalar.Single[T]() {
		return !(math.Abs(mean)*r <= 16 && r >= 1e-15 && r <= 1e12)
	}
	return !(math.Abs(mean)*r <= 1<<33 && r >= 1e-150 && r <= 1e150)
}

// drowned is blurred for statistics that have not been rounded: only the sums in float64 that they are made of have
// rounded. If T is float32, that is always exact enough.
func drowned[T scalar.Float](mean, r float64) bool { return !scalar.Single[T]() && blurred[T](mean, r) }

// moments returns the mean and the deviation, the root of the biased variance, of runs of size elements that lie
// stride apart. Elements are divided by a power of 2 as large as the largest, so that nothing overflows. A first mean
// is corrected by the mean of the differences from it, so that the deviation of equal elements is 0.
func moments[T scalar.Float](x []T, runs, size, stride int) (mean, deviation float64) {
	top := 0.
	for i := range runs {
		for _, v := range x[i*stride:][:size] {
			top = max(top, math.Abs(float64(v)))
		}
	}
	_, e := math.Frexp(top)
	unit, m := math.Ldexp(1, max(e, -1000)), float64(runs*size)
	for range 2 {
		difference := 0.
		for i := range runs {
			for _, v := range x[i*stride:][:size] {
				difference += float64(v)/unit - mean
			}
		}
		mean += difference / m
	}
	for i := range runs {
		for _, v := range x[i*stride:][:size] {
			d := float64(v)/unit - mean
			deviation += d * d
		}
	}
	return mean * unit, math.Sqrt(deviation/m) * unit
}

// reciprocalDeviation is 1/√(deviation² + eps).
func reciprocalDeviation(deviation, eps float64) float64 {
	return 1 / math.Hypot(deviation, math.Sqrt(eps))
}

// split returns the mean rounded to T, and what rounding has taken from it.
func split[T scalar.Float](mean float64) (near T, rest float64) {
	near = T(mean)
	if rest = mean - float64(near); scalar.IsNaN(rest) {
		rest = 0 // the mean is not finite
	}
	return near, rest
}

// normaliseRun sets y = (x - mean)·r·w + b. What rounding takes from the mean is added to b.
func normaliseRun[T scalar.Float](y, x []T, mean, r, w, b float64) {
	if far[T](r) {
		normaliseFar(y, x, mean, r, w, b)
		return
	}
	near, rest := split[T](mean)
	normalise(y, x, near, T(r*w), T(b-rest*r*w))
}

func normaliseFar[T scalar.Float](y, x []T, mean, r, w, b float64) {
	for i, v := range x {
		y[i] = T((float64(v)-mean)*r*w + b)
	}
}

// A normSlope has the numbers of dx = a·dy - p - (x - mean)·r·q that elements with the same mean share.
type normSlope struct{ a, mean, r, p, q float64 }

// rounded returns a, mean, p and r·q in T. What rounding takes from the mean is added to p.
func rounded[T scalar.Float](s normSlope) (a, mean, p, q T) {
	near, rest := split[T](s.mean)
	return T(s.a), near, T(s.p - rest*s.r*s.q), T(s.r * s.q)
}

func normaliseGradRun[T scalar.Float](dx, dy, x []T, s normSlope) {
	if far[T](s.r) {
		normaliseGradFar(dx, dy, x, s)
		return
	}
	a, mean, p, q := rounded[T](s)
	normaliseGrad(dx, dy, x, a, mean, p, q)
}

func normaliseGradFar[T scalar.Float](dx, dy, x []T, s normSlope) {
	for i, d := range dy {
		dx[i] = T(s.a*float64(d) - s.p - (float64(x[i])-s.mean)*s.r*s.q)
	}
}

// normalise sets y = (x - mean)·scale + shift.
func normalise[T scalar.Float](y, x []T, mean, scale, shift T) {
	y = y[:len(x)]
	if vector.Assembled[T]() {
		normaliseVector(len(x), vector.Pointer(y), vector.Pointer(x), float32(mean), float32(scale), float32(shift))
		return
	}
	for i, v := range x {
		y[i] = (v-mean)*scale + shift
	}
}

// normaliseEach is normalise with a weight and a bias for each element.
func normaliseEach[T scalar.Float](y, x []T, mean, r T, w, b []T) {
	y = y[:len(x)]
	switch {
	case w == nil && b == nil:
		normalise(y, x, mean, r, vector.NegativeZero[T]())
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
	case vector.Assembled[T]():
		w, b = w[:len(x)], b[:len(x)]
		normaliseEachVector(len(x), vector.Pointer(y), vector.Pointer(x), vector.Pointer(w), vector.Pointer(b),
			float32(mean), float32(r))
	default:
		w, b = w[:len(x)], b[:len(x)]
		for i, v := range x {
			y[i] = (v-mean)*r*w[i] + b[i]
		}
	}
}

// normaliseColumns sets y = (x - mean)·r·w + b, where each element has its own mean, r, w and b.
func normaliseColumns[T scalar.Float](y, x, mean, r, w, b []T) {
	y, mean, r, w, b = y[:len(x)], mean[:len(x)], r[:len(x)], w[:len(x)], b[:len(x)]
	if vector.Assembled[T]() {
		normaliseColumnsVector(len(x), vector.Pointer(y), vector.Pointer(x), vector.Pointer(mean), vector.Pointer(r),
			vector.Pointer(w), vector.Pointer(b))
		return
	}
	for i, v := range x {
		y[i] = (v-mean[i])*r[i]*w[i] + b[i]
	}
}

// normaliseGrad sets dx = a·dy - p - (x - mean)·q.
func normaliseGrad[T scalar.Float](dx, dy, x []T, a, mean, p, q T) {
	x, dx = x[:len(dy)], dx[:len(dy)]
	if vector.Assembled[T]() {
		normaliseGradVector(len(dy), vector.Pointer(dx), vector.Pointer(dy), vector.Pointer(x), float32(a),
			float32(mean),
			float32(p), float32(q))
		return
	}
	for i, d := range dy {
		dx[i] = a*d - p - (x[i]-mean)*q
	}
}

// normaliseGradEach sets dx = dy·w·r - p - (x - mean)·q.
func normaliseGradEach[T scalar.Float](dx, dy, x, w []T, r, mean, p, q T) {
	dx, x, w = dx[:len(dy)], x[:len(dy)], w[:len(dy)]
	if vector.Assembled[T]() {
		normaliseGradEachVector(len(dy), vector.Pointer(dx), vector.Pointer(dy), vector.Pointer(x), vector.Pointer(w),
			float32(r), float32(mean),
			float32(p), float32(q))
		return
	}
	for i, d := range dy {
		dx[i] = d*w[i]*r - p - (x[i]-mean)*q
	}
}

// normaliseGradColumns is normaliseGrad, where each element has its own a, mean, p and q.
func normaliseGradColumns[T scalar.Float](dx, dy, x, a, mean, p, q []T) {
	dx, x, a, mean, p, q = dx[:len(dy)], x[:len(dy)], a[:len(dy)], mean[:len(dy)], p[:len(dy)], q[:len(dy)]
	if vector.Assembled[T]() {
		normaliseGradColumnsVector(len(dy), vector.Pointer(dx), vector.Pointer(dy), vector.Pointer(x),
			vector.Pointer(a), vector.Pointer(mean),
			vector.Pointer(p), vector.Pointer(q))
		return
	}
	for i, d := range dy {
		dx[i] = a[i]*d - p[i] - (x[i]-mean[i])*q[i]
	}
}
