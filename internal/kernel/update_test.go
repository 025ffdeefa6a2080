package kernel

import (
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// An update tells of a parameter or second moment that has left the numbers, wherever it stands, and of nothing else:
// not of the lanes beyond the end, in which 0 is divided by an epsilon of 0.
func TestUpdatesTell(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		testUpdatesTell[float32](t)
		testUpdatesTell[float64](t)
	})
}

func testUpdatesTell[T scalar.Float](t *testing.T) {
	limit := math.MaxFloat64
	if scalar.Single[T]() {
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
		for _, n := range []int{1, 2, 7, 8, 9, 15, 16, 17, 40, 63, vector.ParallelFrom + 3} {
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
