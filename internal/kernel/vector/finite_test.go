package vector

import (
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// One element that is not finite is found wherever it stands, and the largest numbers are no infinity, however many.
func TestFinite(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		testFinite(t, []float32{math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, 0})
		testFinite(t, []float64{math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 0})
	})
}

func testFinite[T scalar.Float](t *testing.T, extreme []T) {
	bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 31, 64, 100, ParallelFrom, 3*ParallelFrom + 5} {
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
	proof.EachForm(t, func(t *testing.T) {
		for n := range 70 {
			x := make([]float32, n)
			for i := range x {
				x[i] = -1
				for _, v := range []float32{2, -3, float32(math.Inf(-1)), float32(math.NaN())} {
					x[i] = v
					if got := Largest(x); !proof.SameFloat(got, float32(math.Abs(float64(v)))) {
						t.Fatalf("%v at %d of %d: got %v", v, i, n, got)
					}
				}
				x[i] = 1
			}
		}
	})
}
