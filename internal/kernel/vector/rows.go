package vector

// Loops over the elements of a row. Loops in assembly that go element by element round as the plain ones do. Sums are
// taken in float64. The order of sums and extrema is fixed: it depends on the number of elements and the form alone.

import (
	"math"
	"unsafe"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Assembled reports whether rows of T are computed in assembly: only float32, in every form but the plain one. Kernels
// whose names end in Vector have a form in AVX2 and one in AVX-512; the others are always in AVX2.
func Assembled[T scalar.Element]() bool {
	var zero T
	_, ok := any(zero).(float32)
	return ok && form.Active() != form.Plain
}

// Pointer is the address of the first element of x. Its type is right for float32 alone: see Assembled.
func Pointer[T scalar.Element](x []T) *float32 {
	return (*float32)(unsafe.Pointer(unsafe.SliceData(x)))
}

// NegativeZero is -0, the number that changes nothing when it is added.
func NegativeZero[T scalar.Float]() T {
	var zero T
	return -1 / (1 / zero)
}

// Scale sets y = x·a.
func Scale[T scalar.Float](y, x []T, a T) {
	y = y[:len(x)]
	if Assembled[T]() {
		scaleVector(len(x), Pointer(y), Pointer(x), float32(a))
		return
	}
	for i, v := range x {
		y[i] = v * a
	}
}

// Shift sets y = x + a.
func Shift[T scalar.Float](y, x []T, a T) {
	y = y[:len(x)]
	if Assembled[T]() {
		shiftVector(len(x), Pointer(y), Pointer(x), float32(a))
		return
	}
	for i, v := range x {
		y[i] = v + a
	}
}

// AddScaled sets z = y + a·x.
func AddScaled[T scalar.Float](z, y, x []T, a T) {
	z, y = z[:len(x)], y[:len(x)]
	if Assembled[T]() {
		addScaledVector(len(x), Pointer(z), Pointer(y), Pointer(x), float32(a))
		return
	}
	for i, v := range x {
		z[i] = y[i] + a*v
	}
}

// AddTo sets y = y + x.
func AddTo[T scalar.Element](y, x []T) {
	y = y[:len(x)]
	if Assembled[T]() {
		addScaledVector(len(x), Pointer(y), Pointer(y), Pointer(x), 1)
		return
	}
	for i, v := range x {
		y[i] += v
	}
}

// RowSum is Σx. The plain form has four interleaved sums, so that additions overlap.
func RowSum[T scalar.Float](x []T) float64 {
	if Assembled[T]() {
		return sumVector(len(x), Pointer(x))
	}
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		a += float64(x[0])
		b += float64(x[1])
		c += float64(x[2])
		d += float64(x[3])
	}
	for _, v := range x {
		a += float64(v)
	}
	return (a + b) + (c + d)
}

// SquareSum is Σ(x - mean)².
func SquareSum[T scalar.Float](x []T, mean float64) float64 {
	if Assembled[T]() {
		return squareSumVector(len(x), Pointer(x), mean)
	}
	var a, b float64
	for ; len(x) >= 2; x = x[2:] {
		u, v := float64(x[0])-mean, float64(x[1])-mean
		a += u * u
		b += v * v
	}
	for _, v := range x {
		u := float64(v) - mean
		a += u * u
	}
	return a + b
}

// Dot is Σx·y. The plain form has four interleaved sums.
func Dot[T scalar.Float](x, y []T) float64 {
	y = y[:len(x)]
	if Assembled[T]() {
		return dotVector(len(x), Pointer(x), Pointer(y))
	}
	var a, b, c, d float64
	for ; len(x) >= 4 && len(y) >= 4; x, y = x[4:], y[4:] {
		a += float64(x[0]) * float64(y[0])
		b += float64(x[1]) * float64(y[1])
		c += float64(x[2]) * float64(y[2])
		d += float64(x[3]) * float64(y[3])
	}
	for i, v := range x {
		a += float64(v) * float64(y[i])
	}
	return (a + b) + (c + d)
}

// DotCentred is Σ dy and Σ dy·(x - mean).
func DotCentred[T scalar.Float](dy, x []T, mean float64) (sum, dot float64) {
	x = x[:len(dy)]
	if Assembled[T]() {
		return dotCentredVector(len(dy), Pointer(dy), Pointer(x), mean)
	}
	for i, d := range dy {
		sum += float64(d)
		dot += float64(d) * (float64(x[i]) - mean)
	}
	return sum, dot
}

// DotCentredEach is DotCentred with dy·w in place of dy.
func DotCentredEach[T scalar.Float](dy, x, w []T, mean float64) (sum, dot float64) {
	x, w = x[:len(dy)], w[:len(dy)]
	if Assembled[T]() {
		return dotCentredEachVector(len(dy), Pointer(dy), Pointer(x), Pointer(w), mean)
	}
	for i, d := range dy {
		g := float64(d) * float64(w[i])
		sum += g
		dot += g * (float64(x[i]) - mean)
	}
	return sum, dot
}

// Extremum is the largest (Max) or smallest (Min) of best and the elements of x.
func Extremum[T scalar.Float](f ReduceFunc, best T, x []T) T {
	if Assembled[T]() && len(x) >= 8 {
		var v float32
		var nan bool
		if f == Max {
			v, nan = rowMaxVector(len(x), Pointer(x))
		} else {
			v, nan = rowMinVector(len(x), Pointer(x))
		}
		switch {
		case nan:
			return T(math.NaN())
		case f == Max:
			return max(best, T(v))
		}
		return min(best, T(v))
	}
	if f == Max {
		for _, v := range x {
			best = max(best, v)
		}
		return best
	}
	for _, v := range x {
		best = min(best, v)
	}
	return best
}

// ColumnSums adds to total the sums of n columns of x, whose rows lie stride elements apart.
func ColumnSums[T scalar.Float](total *[Columns]float64, x []T, n, rows, stride int) {
	if rows == 0 {
		return
	}
	_ = x[(rows-1)*stride+n-1]
	if Assembled[T]() {
		columnSumsVector(n, rows, 4*stride, Pointer(x), &total[0])
		return
	}
	for i := range rows {
		for k, v := range x[i*stride:][:n] {
			total[k] += float64(v)
		}
	}
}

// ColumnSquares adds to total the sums of (x - mean)² over n columns, each with its own mean.
func ColumnSquares[T scalar.Float](total, mean *[Columns]float64, x []T, n, rows, stride int) {
	if rows == 0 {
		return
	}
	_ = x[(rows-1)*stride+n-1]
	if Assembled[T]() {
		columnSquaresVector(n, rows, 4*stride, Pointer(x), &mean[0], &total[0])
		return
	}
	for i := range rows {
		for k, v := range x[i*stride:][:n] {
			d := float64(v) - mean[k]
			total[k] += d * d
		}
	}
}

// ColumnDots adds the sums of dy to sums, and those of dy·(x - mean) to dots, over n columns, each with its own mean.
func ColumnDots[T scalar.Float](sums, dots, mean *[Columns]float64, dy, x []T, n, rows, stride int) {
	if rows == 0 {
		return
	}
	_, _ = x[(rows-1)*stride+n-1], dy[(rows-1)*stride+n-1]
	if Assembled[T]() {
		columnDotsVector(n, rows, 4*stride, Pointer(dy), Pointer(x), &mean[0], &sums[0], &dots[0])
		return
	}
	for i := range rows {
		x := x[i*stride:][:n]
		for k, d := range dy[i*stride:][:n] {
			sums[k] += float64(d)
			dots[k] += float64(d) * (float64(x[k]) - mean[k])
		}
	}
}

// ColumnDotsEach adds the sums of dy to sums, and those of dy·(x - mean)·r to dots, over n columns. Each row has its
// own mean and r.
func ColumnDotsEach[T scalar.Float](sums, dots *[Columns]float64, mean, r, dy, x []T, n, stride int) {
	rows := len(mean)
	if rows == 0 {
		return
	}
	_, _, _ = x[(rows-1)*stride+n-1], dy[(rows-1)*stride+n-1], r[rows-1]
	if Assembled[T]() {
		columnDotsEachVector(n, rows, 4*stride, Pointer(dy), Pointer(x), Pointer(mean), Pointer(r), &sums[0], &dots[0])
		return
	}
	for i, m := range mean {
		x, m, r := x[i*stride:][:n], float64(m), float64(r[i])
		for k, d := range dy[i*stride:][:n] {
			sums[k] += float64(d)
			dots[k] += float64(d) * ((float64(x[k]) - m) * r)
		}
	}
}
