package vector

// Whether numbers are finite. Before an update all that it reads is checked.

import (
	"math"
	"sync/atomic"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Finite reports whether x holds neither a NaN nor an infinity.
func Finite[T scalar.Float](x []T) bool {
	if len(x) < ParallelFrom {
		return FiniteRow(x)
	}
	j := reuse.Take[finiteJob[T], T](&finiteJobs)
	j.x = x
	parallel.Run(parallel.Blocks(len(x), BlockSize), j)
	ok := !j.bad.Load()
	j.x = nil
	j.bad.Store(false)
	reuse.Keep[T](&finiteJobs, j)
	return ok
}

// FiniteRow is Finite in one loop.
func FiniteRow[T scalar.Float](x []T) bool {
	if Assembled[T]() {
		return magnitudeVector(len(x), Pointer(x)) < Infinity32
	}
	return finite(x)
}

// finite is the plain form of FiniteRow.
func finite[T scalar.Float](x []T) bool {
	var s0, s1, s2, s3 T // each stays 0 as long as the elements are finite
	for ; len(x) >= 4; x = x[4:] {
		s0 += x[0] * 0
		s1 += x[1] * 0
		s2 += x[2] * 0
		s3 += x[3] * 0
	}
	for _, v := range x {
		s0 += v * 0
	}
	return s0+s1+s2+s3 == 0
}

// Largest is the largest magnitude of x, or NaN if x has one.
func Largest(x []float32) (largest float32) {
	if Assembled[float32]() {
		return math.Float32frombits(magnitudeVector(len(x), Pointer(x)))
	}
	for _, v := range x {
		largest = max(largest, v, -v)
	}
	return largest
}

// Infinity32 is the bits of +Inf. Without the sign, the bits of a NaN are larger, and those of all other numbers
// smaller.
const Infinity32 = 0x7F800000

var finiteJobs reuse.Jobs

type finiteJob[T scalar.Float] struct {
	x   []T
	bad atomic.Bool
}

func (j *finiteJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, BlockSize, len(j.x))
	if !j.bad.Load() && !FiniteRow(j.x[lo:hi]) {
		j.bad.Store(true)
	}
}
