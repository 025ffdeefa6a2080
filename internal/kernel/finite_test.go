package kernel

import (
	"math"
	"testing"
)

// One element that is not finite is found wherever it stands, and the largest numbers are no infinity, however many.
func TestFinite(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		testFinite(t, []float32{math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, 0})
		testFinite(t, []float64{math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 0})
	})
}

func testFinite[T Float](t *testing.T, extreme []T) {
	bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 31, 64, 100, parallelFrom, 3*parallelFrom + 5} {
		x := make([]T, n)
		for _, v := range extreme {
			Fill(x, v)
			if !Finite(x) {
				t.Fatalf("%d times %v is taken for infinite", n, v)
			}
		}
		for i := 0; i < n; i += 1 + i/8 {
			for _, v := range bad {
				x[i] = T(v)
				if Finite(x) {
					t.Fatalf("%v at %d of %d is not found", v, i, n)
				}
			}
			x[i] = extreme[i%len(extreme)]
		}
		if n > 1 { // two infinities do not make up for each other
			x[0], x[n-1] = T(math.Inf(1)), T(math.Inf(-1))
			if Finite(x) {
				t.Fatalf("+Inf and -Inf in %d are not found", n)
			}
		}
	}
}

func TestLargest(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for n := range 70 {
			x := make([]float32, n)
			for i := range x {
				x[i] = -1
				for _, v := range []float32{2, -3, float32(math.Inf(-1)), float32(math.NaN())} {
					x[i] = v
					if got := Largest(x); !sameFloat(got, float32(math.Abs(float64(v)))) {
						t.Fatalf("%v at %d of %d: got %v", v, i, n, got)
					}
				}
				x[i] = 1
			}
		}
	})
}

// An update tells of a parameter or second moment that has left the numbers, wherever it stands, and of nothing else:
// not of the lanes beyond the end, in which 0 is divided by an epsilon of 0.
func TestUpdatesTell(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		testUpdatesTell[float32](t)
		testUpdatesTell[float64](t)
	})
}

func testUpdatesTell[T Float](t *testing.T) {
	limit := math.MaxFloat64
	if single[T]() {
		limit = math.MaxFloat32
	}
	for name, step := range map[string]func(p, g, v, m []T) bool{
		"sgd": func(p, g, _, _ []T) bool { return SGD(Updated[T]{New: p, P: p, G: g}, 1, 0) },
		"momentum": func(p, g, v, _ []T) bool {
			return Momentum(Updated[T]{New: p, P: p, G: g},
				Moment[T]{New: v, Old: v}, 1, .5, 0, false)
		},
		"nesterov": func(p, g, v, _ []T) bool {
			return Momentum(Updated[T]{New: p, P: p, G: g},
				Moment[T]{New: v, Old: v}, 1, .5, 0, true)
		},
		"adagrad": func(p, g, v, _ []T) bool {
			return AdaGrad(Updated[T]{New: p, P: p, G: g},
				Moment[T]{New: v, Old: v}, 1, 0, 0, false)
		},
		"rmsprop": func(p, g, v, _ []T) bool {
			return RMSProp(Updated[T]{New: p, P: p, G: g}, Moment[T]{New: v, Old: v}, Moment[T]{}, Moment[T]{},
				RMSPropRule[T]{LR: 1, Rho: .5})
		},
		"centred": func(p, g, v, m []T) bool {
			return RMSProp(Updated[T]{New: p, P: p, G: g}, Moment[T]{New: v, Old: v}, Moment[T]{New: m, Old: m},
				Moment[T]{}, RMSPropRule[T]{LR: 1, Rho: .5, Eps: 1, Inside: true})
		},
		"adam": func(p, g, v, m []T) bool {
			return Adam(Updated[T]{New: p, P: p, G: g}, Moment[T]{New: m, Old: m},
				Moment[T]{New: v, Old: v}, AdamRule{Step: 1, LR: 1, Beta1: .5, Beta2: .5})
		},
	} {
		for _, n := range []int{1, 2, 7, 8, 9, 15, 16, 17, 40, 63, parallelFrom + 3} {
			for bad := -1; bad < n; bad += 1 + max(0, bad)/2 {
				p, g, v, m := make([]T, n), make([]T, n), make([]T, n), make([]T, n)
				for i := range p {
					p[i], g[i], v[i] = 1, T(1+i%3), 1
				}
				if bad >= 0 {
					p[bad], g[bad] = T(-limit), T(limit)
				}
				if got := step(p, g, v, m); got != (bad < 0) {
					t.Fatalf("%s of %d with %d too large: finite is %v", name, n, bad, got)
				}
			}
		}
	}
}
