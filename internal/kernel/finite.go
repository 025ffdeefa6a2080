package kernel

// Whether numbers are finite, which is asked of every gradient before an update.

import (
	"math"
	"sync/atomic"

	"github.com/stheno-ml/stheno/internal/parallel"
)

// Finite reports whether x holds neither a NaN nor an infinity.
func Finite[T Float](x []T) bool {
	if len(x) < parallelFrom {
		return finiteRow(x)
	}
	j := takeJob[finiteJob[T], T](&finiteJobs)
	j.x = x
	parallel.Run(parallel.Blocks(len(x), blockSize), j)
	ok := !j.bad.Load()
	j.x = nil
	j.bad.Store(false)
	finiteJobs[sizeClass[T]()].Put(j)
	return ok
}

// finiteRow is Finite of a row.
func finiteRow[T Float](x []T) bool {
	if vectors[T]() {
		return magnitudeVector(len(x), pointer(x)) < infinity32
	}
	return finite(x)
}

// Largest is the largest magnitude of x, NaN if there is one.
func Largest(x []float32) (largest float32) {
	if vectors[float32]() {
		return math.Float32frombits(magnitudeVector(len(x), pointer(x)))
	}
	for _, v := range x {
		largest = max(largest, v, -v)
	}
	return largest
}

// infinity32 is the bits of +Inf; those of NaN, without sign, are larger, those of all other numbers smaller.
const infinity32 = 0x7F800000

var finiteJobs jobPool

type finiteJob[T Float] struct {
	x   []T
	bad atomic.Bool
}

func (j *finiteJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, blockSize, len(j.x))
	if !j.bad.Load() && !finiteRow(j.x[lo:hi]) {
		j.bad.Store(true)
	}
}
