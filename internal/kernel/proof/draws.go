package proof

import (
	"math"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// What trials draw, and how they compare.

// Mixture returns n numbers: most are normal numbers of size 1 or 4, a few are 0, ±1 or NaN. If special is set, some
// have special values or random bits.
func (s *Trial) Mixture(n int, special bool) []float32 {
	skip := s.IntN(17)
	x := make([]float32, skip+n)[skip:]
	for i := range x {
		x[i] = float32(s.NormFloat64() * One(s, 1., 1, 1, 4))
		switch {
		case special && s.Chance(12):
			x[i] = One(s, Specials()...)
		case special && s.Chance(12):
			x[i] = math.Float32frombits(s.Uint32())
		case s.Chance(40):
			x[i] = One(s, 0, float32(math.Copysign(0, -1)), 1, -1, float32(NaN))
		}
	}
	return x
}

// Within compares results with exact ones. Each element may differ by a bound of its own. What is beyond float32
// counts as infinite.
func (s *Trial) Within(name string, got []float32, want []float64, bound func(i int) float64) {
	for i, w := range want {
		g := float64(got[i])
		if scalar.IsNaN(g) && scalar.IsNaN(w) || got[i] == float32(w) {
			continue
		}
		g, w := max(-0x1p128, min(g, 0x1p128)), max(-0x1p128, min(w, 0x1p128))
		b := bound(i)
		if !(math.Abs(g-w) <= b) {
			s.Failf("%s in %s: element %d of %d is %v, want %v within %.2g", name, form.Active(), i, len(want),
				got[i], want[i], b)
			return
		}
		if b > 0 {
			s.worst = max(s.worst, math.Abs(g-w)/b)
		}
	}
}

// Shape draws a shape of at most so many axes and at most most elements.
func (s *Trial) Shape(most, axes int) []int {
	shape := []int{}
	for range s.IntN(axes + 1) {
		n := One(s, 1, s.Size(most), s.Size(most), 1+s.IntN(5))
		if n > most {
			n = 1
		}
		most /= n
		shape = append(shape, n)
	}
	s.Shuffle(len(shape), func(i, j int) { shape[i], shape[j] = shape[j], shape[i] })
	return shape
}

// Indices draws n indices in [0, below).
func (s *Trial) Indices(n, below int) []int64 {
	x := make([]int64, n)
	for i := range x {
		x[i] = int64(s.IntN(below))
	}
	return x
}

// Sprinkle puts NaN and infinities in place of a few elements, if do is set.
func (s *Trial) Sprinkle(do bool, all ...[]float32) {
	if !do {
		return
	}
	for _, x := range all {
		for range s.IntN(3) {
			if len(x) > 0 {
				x[s.IntN(len(x))] = One(s, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)))
			}
		}
	}
}

// Maybe returns x, or nil in one of three trials.
func (s *Trial) Maybe(x []float32) []float32 {
	if s.Chance(3) {
		return nil
	}
	return x
}

// Relative returns the bound by·|want| + floor of each element.
func Relative(want []float64, by, floor float64) func(i int) float64 {
	return func(i int) float64 { return by*math.Abs(want[i]) + floor }
}

// SameElements compares whole results, such as indices.
func SameElements[T comparable](s *Trial, name string, got, want []T) {
	for i, w := range want {
		if got[i] != w {
			s.Failf("%s in %s: element %d of %d is %v, want %v", name, form.Active(), i, len(want), got[i], w)
			return
		}
	}
}

// Spoil sets every element to NaN.
func Spoil(x []float32) {
	for i := range x {
		x[i] = float32(math.NaN())
	}
}

// Wide returns x in float64.
func Wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
