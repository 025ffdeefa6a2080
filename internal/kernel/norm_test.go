package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// naiveNorm normalises x (N, C, S) in groups of channels, or over the batch when groups is 0.
func naiveNorm(x, w, b []float64, n, groups, c, s int, eps float64) []float64 {
	key := func(i int) int {
		ch := i / s % c
		if groups == 0 {
			return ch
		}
		return i/(s*c)*groups + ch/(c/groups)
	}
	mean, variance, count := map[int]float64{}, map[int]float64{}, map[int]float64{}
	for i, v := range x {
		mean[key(i)] += v
		count[key(i)]++
	}
	for i, v := range x {
		k := key(i)
		d := v - mean[k]/count[k]
		variance[k] += d * d / count[k]
	}
	y := make([]float64, len(x))
	for i, v := range x {
		k, ch := key(i), i/s%c
		y[i] = (v - mean[k]/count[k]) / math.Sqrt(variance[k]+eps)
		if w != nil {
			y[i] *= w[ch]
		}
		if b != nil {
			y[i] += b[ch]
		}
	}
	return y
}

// Forward against the definition, backward against central differences of Σ y·dy.
func TestNorms(t *testing.T) {
	const eps = 1e-3
	for _, c := range []struct{ n, groups, c, s int }{
		{4, 0, 3, 1}, {3, 0, 2, 5}, {2, 0, 140, 1}, {2, 0, 130, 2}, {1, 0, 1, 4},
		{3, 1, 6, 1}, {2, 1, 4, 3}, {2, 2, 4, 3}, {2, 4, 4, 5}, {2, 3, 6, 1},
	} {
		for _, affine := range []bool{true, false} {
			t.Run(fmt.Sprintf("%+v affine %v", c, affine), func(t *testing.T) {
				x, dy := proof.Random[float64]("x", c.n*c.c*c.s), proof.Random[float64]("dy", c.n*c.c*c.s)
				var w, b []float64
				if affine {
					w, b = proof.Random[float64]("w", c.c), proof.Random[float64]("b", c.c)
				}
				stats := max(c.c, c.n*c.groups)
				mean, spread := make([]float64, stats), make([]float64, stats)
				y, dx := make([]float64, len(x)), make([]float64, len(x))
				dw, db := make([]float64, c.c), make([]float64, c.c)
				if c.groups == 0 {
					BatchStats(mean, spread, nil, x, Norm[float64]{N: c.n, C: c.c, S: c.s, Eps: 1e-5})
					BatchNorm(y, x, mean, spread, Norm[float64]{N: c.n, C: c.c, S: c.s, W: w, B: b, Eps: eps})
					BatchNormGrad(dx, dw, db, dy, x, mean, spread,
						Norm[float64]{N: c.n, C: c.c, S: c.s, W: w, Eps: eps})
				} else {
					GroupNorm(y, mean, spread, x, Norm[float64]{N: c.n, C: c.c, S: c.s, Groups: c.groups, W: w,
						B: b, Eps: eps})
					GroupNormGrad(dx, dw, db, dy, x, mean, spread,
						Norm[float64]{N: c.n, C: c.c, S: c.s, Groups: c.groups, W: w, Eps: eps})
				}
				proof.CheckClose(t, y, naiveNorm(x, w, b, c.n, c.groups, c.c, c.s, eps), 100)

				loss := func() (sum float64) {
					for i, v := range naiveNorm(x, w, b, c.n, c.groups, c.c, c.s, eps) {
						sum += v * dy[i]
					}
					return sum
				}
				differentiate := func(name string, v, got []float64) {
					const h = 1e-5
					for i := 0; i < len(v); i += max(1, len(v)/20) {
						old := v[i]
						v[i] = old + h
						up := loss()
						v[i] = old - h
						down := loss()
						v[i] = old
						proof.CheckNear(t, got[i], (up-down)/(2*h), 1e-6)
						if t.Failed() {
							t.Fatalf("%s[%d]", name, i)
						}
					}
				}
				differentiate("dx", x, dx)
				if affine {
					differentiate("dw", w, dw)
					differentiate("db", b, db)
				}
			})
		}
	}
}

// Hand numbers of the channel [1 2 3 4]; torch.nn.BatchNorm1d gives the same.
func TestBatchNormByHand(t *testing.T) {
	x, one := []float64{1, 2, 3, 4}, []float64{1}
	mean, variance, y := make([]float64, 1), make([]float64, 1), make([]float64, 4)
	BatchStats(mean, variance, nil, x, Norm[float64]{N: 4, C: 1, S: 1, Eps: 1e-5})
	BatchNorm(y, x, mean, variance, Norm[float64]{N: 4, C: 1, S: 1, W: one, Eps: 1e-5})
	proof.CheckNear(t, mean[0], 2.5, 0)
	proof.CheckNear(t, variance[0], 1.25, 0)
	for i, want := range []float64{-1.34163542, -.44721181, .44721181, 1.34163542} {
		proof.CheckNear(t, y[i], want, 1e-8)
	}
	dx, dw, db := make([]float64, 4), make([]float64, 1), make([]float64, 1)
	BatchNormGrad(dx, dw, db, []float64{1, 0, 0, 0}, x, mean, variance,
		Norm[float64]{N: 4, C: 1, S: 1, W: one, Eps: 1e-5})
	for i, want := range []float64{.26833030, -.35776837, -.08944343, .17888150} {
		proof.CheckNear(t, dx[i], want, 1e-8)
	}
	proof.CheckNear(t, dw[0], -1.34163542, 1e-8)
	proof.CheckNear(t, db[0], 1, 0)
}

func TestLayerNormByHand(t *testing.T) {
	for _, c := range []struct {
		name    string
		x, want []float32
	}{
		{"a ramp", []float32{0, 1, 2, 3, 4}, []float32{-1.41421003, -.70710501, 0, .70710501, 1.41421003}},
		{"a constant vector gives the shift exactly", []float32{.1, .1, .1, .1, .1}, []float32{0, 0, 0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := make([]float32, 5)
			GroupNorm(y, make([]float32, 1), make([]float32, 1), c.x,
				Norm[float32]{N: 1, C: 5, S: 1, Groups: 1, Eps: 1e-5})
			proof.CheckClose(t, y, c.want, 1)
		})
	}
}

func TestSoftmaxByHand(t *testing.T) {
	for _, c := range []struct {
		name    string
		x, want []float64
	}{
		{"1 2 3", []float64{1, 2, 3}, []float64{.0900305732, .2447284711, .6652409558}},
		{"large numbers", []float64{1e4, 1e4 - 1, 0}, []float64{.7310585786, .2689414214, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := make([]float64, 3)
			Softmax(y, c.x, 1, 3, 1)
			for i := range y {
				proof.CheckNear(t, y[i], c.want[i], 1e-9)
			}
			LogSoftmax(y, c.x, 1, 3, 1)
			for i := range y {
				proof.CheckNear(t, math.Exp(y[i]), c.want[i], 1e-9)
			}
		})
	}
}

// An axis in the middle gives what the rows laid out one after another give.
func TestSoftmaxAlongAnyAxis(t *testing.T) {
	const outer, n, inner = 3, 5, 4
	transposed := func(x []float64) []float64 {
		y := make([]float64, len(x))
		vector.Copy(y, 0, []int{n * inner, n, 1}, x, 0, []int{n * inner, 1, inner}, []int{outer, inner, n})
		return y
	}
	x, dy := proof.Random[float64]("x", outer*n*inner), proof.Random[float64]("dy", outer*n*inner)
	got, want := make([]float64, len(x)), make([]float64, len(x))
	check := func(name string) {
		t.Helper()
		for i, v := range transposed(got) {
			if v != want[i] {
				t.Fatalf("%s: element %d is %v, want %v", name, i, v, want[i])
			}
		}
	}
	Softmax(got, x, outer, n, inner)
	Softmax(want, transposed(x), outer*inner, n, 1)
	check("softmax")
	SoftmaxGrad(got, got, dy, outer, n, inner)
	SoftmaxGrad(want, want, transposed(dy), outer*inner, n, 1)
	check("softmax gradient")
	LogSoftmax(got, x, outer, n, inner)
	LogSoftmax(want, transposed(x), outer*inner, n, 1)
	check("log-softmax")
	LogSoftmaxGrad(got, got, dy, outer, n, inner)
	LogSoftmaxGrad(want, want, transposed(dy), outer*inner, n, 1)
	check("log-softmax gradient")
}
