package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// Rows of float32, in every form, against those of float64: softmax, its logarithm, the loss of classes, and the
// gradients.
func TestSoftmaxOfLongRows(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		for _, n := range []int{1, 2, 7, 8, 10, 33, 255, 256, 257, 1000, 3001} {
			const rows = 5
			x, dy := proof.Guarded[float32](t, rows*n, false), proof.Guarded[float32](t, rows*n, false)
			copy(x, proof.Random[float32]("x", rows*n))
			copy(dy, proof.Random[float32]("dy", rows*n))
			target := make([]int64, rows)
			for i := range x {
				x[i] *= 5
			}
			for i := range target {
				target[i] = int64(i * 7919 % n)
			}
			target[3] = -100
			y, lse := proof.Guarded[float32](t, rows*n, false), proof.Guarded[float32](t, rows, false)
			wide := func(x []float32) []float64 {
				w := make([]float64, len(x))
				for i, v := range x {
					w[i] = float64(v)
				}
				return w
			}
			x64, dy64, y64, lse64 := wide(x), wide(dy), make([]float64, rows*n), make([]float64, rows)
			check := func(name string, got []float32, want []float64, tolerance float64) {
				t.Helper()
				for i, w := range want {
					if !(math.Abs(float64(got[i])-w) <= tolerance*(1+math.Abs(w))) {
						t.Fatalf("%s of %d: element %d is %g, want %g", name, n, i, got[i], w)
					}
				}
			}
			Softmax(y, x, rows, n, 1)
			Softmax(y64, x64, rows, n, 1)
			check("softmax", y, y64, 1e-6)
			SoftmaxGrad(dy, y, dy, rows, n, 1)
			SoftmaxGrad(y64, wide(y), dy64, rows, n, 1)
			check("softmax gradient", dy, y64, 1e-6)
			LogSoftmax(y, x, rows, n, 1)
			LogSoftmax(y64, x64, rows, n, 1)
			check("log softmax", y, y64, 1e-6)
			copy(dy, proof.Random[float32]("dy", rows*n))
			LogSoftmaxGrad(dy, y, dy, rows, n, 1)
			LogSoftmaxGrad(y64, wide(y), dy64, rows, n, 1)
			check("log softmax gradient", dy, y64, 1e-5)

			w := proof.Random[float32]("w", n)
			for i := range w {
				w[i] = w[i]*w[i] + .1
			}
			for _, weighted := range []bool{false, true} {
				for _, smoothing := range []float64{0, .1} {
					c := Classes[float32]{X: x, Target: target, Smoothing: smoothing, Ignore: [2]int64{-1, -100},
						N: n, Inner: 1}
					c64 := Classes[float64]{X: x64, Target: target, Smoothing: smoothing, Ignore: [2]int64{-1, -100},
						N: n, Inner: 1}
					if weighted {
						c.Weights, c64.Weights = w, wide(w)
					}
					name := fmt.Sprint("classes weighted=", weighted, " smoothing=", smoothing)
					loss, weight := c.Loss(lse)
					loss64, weight64 := c64.Loss(lse64)
					check(name, []float32{float32(loss), float32(weight)}, []float64{loss64, weight64}, 1e-5)
					check(name, lse, lse64, 1e-6)
					y := slices.Clone(y)
					c.Grad(y, lse, 3)
					c64.Grad(y64, lse64, 3)
					check(name+": gradient", y, y64, 3e-6)
				}
			}
		}
	})
}

// Rows with infinities and NaN are as the same rows in float64.
func TestSoftmaxOfSpecialRows(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		for _, s := range proof.Special {
			for _, n := range []int{1, 3, 8, 21} {
				x, x64, y, y64 := make([]float32, n), make([]float64, n), make([]float32, n), make([]float64, n)
				x[n/2], x64[n/2] = s, float64(s)
				for _, f := range []struct {
					name string
					do   func()
				}{
					{"softmax", func() { Softmax(y, x, 1, n, 1); Softmax(y64, x64, 1, n, 1) }},
					{"log softmax", func() { LogSoftmax(y, x, 1, n, 1); LogSoftmax(y64, x64, 1, n, 1) }},
				} {
					f.do()
					for i, w := range y64 {
						if g := float64(y[i]); (g != g) != (w != w) || math.IsInf(w, 0) && g != w || w-w == 0 &&
							!(math.Abs(g-w) <= 1e-6*(1+math.Abs(w))) {
							t.Errorf("%s of %d with %g: element %d is %g, want %g", f.name, n, s, i, g, w)
						}
					}
				}
			}
		}
	})
}
