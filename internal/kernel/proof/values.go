package proof

import (
	"math"
)

// Values that kernels may treat in another way than their neighbours, and distances between numbers.

var (
	// Inf is infinity.
	Inf = math.Inf(1)
	// NaN is not a number.
	NaN = math.NaN()
)

// Special are values that a kernel may treat in another way than their neighbours.
var Special = []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)),
	float32(math.NaN()),
	math.MaxFloat32, math.SmallestNonzeroFloat32, 1e-40, -1e30}

// Specials returns numbers at the ends of the range of float32, in its middle, and in between, with both signs.
func Specials() []float32 {
	var x []float32
	for _, v := range []float64{0, 0x1p-149, 0x1p-126, 1e-20, 0.25, 0.5, 1, 1.5, 2, 3, 1 << 17, 1<<17 + 1, 1e20,
		math.MaxFloat32, math.Inf(1), math.NaN()} {
		x = append(x, float32(v), -float32(v))
	}
	return x
}

// SameFloat reports whether two floats have the same bits, or are both NaN.
func SameFloat(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// Differs returns the first place where two vectors have other bits, or -1.
func Differs(got, want []float32) int {
	for i := range want {
		if !SameFloat(got[i], want[i]) {
			return i
		}
	}
	return -1
}

// ULP is the distance between neighbouring float32 numbers at x.
func ULP(x float64) float64 {
	_, e := math.Frexp(x)
	return math.Ldexp(1, max(e-1, -126)-23)
}

// ChoiceOf is a if t is true, else b.
func ChoiceOf(t bool, a, b float64) float64 {
	if t {
		return a
	}
	return b
}
