// This file holds Rand, from which initialisers get their random numbers.

package nn

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Rand is the random numbers of one parameter: a sequence that depends on the seed and the name of the parameter
// alone. Each method goes on where the last one stopped. Element i is the same number in float32 and in float64, apart
// from rounding. One goroutine uses a Rand.
type Rand struct {
	key  rng.K
	next uint64
}

// NewRand returns the random numbers of the parameter with the given name, for a seed, from the first number on.
func NewRand(seed uint64, name string) *Rand { return &Rand{key: rng.Key(seed, rng.HashString(name))} }

// must returns r. It panics for nil and names the method.
func (r *Rand) must(method string) *Rand {
	if r == nil {
		panic("nn: Rand." + method + ": the *Rand is nil: make one with NewRand")
	}
	return r
}

// Uniform fills a tensor of floats with numbers from [0, 1).
func (r *Rand) Uniform(dst graph.Tensor) {
	from := r.must("Uniform").take(dst)
	rng.Uniform(dst.F32, r.key, from)
	rng.Uniform(dst.F64, r.key, from)
}

// Normal fills a tensor of floats from the normal distribution with mean 0 and deviation 1.
func (r *Rand) Normal(dst graph.Tensor) {
	from := r.must("Normal").take(dst)
	rng.Normal(dst.F32, r.key, from)
	rng.Normal(dst.F64, r.key, from)
}

// take returns the place of the first number for dst, and moves on by as many numbers as dst has elements.
func (r *Rand) take(dst graph.Tensor) (from uint64) {
	if !dst.DType.IsFloat() {
		panic(fmt.Sprintf("nn: random numbers for a tensor of %v: want float32 or float64", dst.DType))
	}
	from = r.next
	r.next += uint64(len(dst.F32) + len(dst.F64))
	return from
}

// Float64 returns a number from [0, 1).
func (r *Rand) Float64() float64 {
	var one [1]float64
	r.Uniform(graph.FromFloat64(one[:]))
	return one[0]
}

// IntN returns an integer from 0 to n-1. It panics when n is below 1.
func (r *Rand) IntN(n int) int {
	if n < 1 {
		panic(fmt.Sprintf("nn: Rand.IntN: n is %d, want at least 1", n))
	}
	return int(r.must("IntN").Float64() * float64(n))
}
