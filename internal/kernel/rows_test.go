package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/rng"
)

// special are values that a kernel may treat in another way than their neighbours.
var special = []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)),
	float32(math.NaN()),
	math.MaxFloat32, math.SmallestNonzeroFloat32, 1e-40, -1e30}

// sameFloat reports whether two floats have the same bits, or are both NaN.
func sameFloat(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// Every form of every kernel over rows does what the plain one does: element by element the same bits, sums to the
// rounding of float64. Operands end at the end of memory and lie at every alignment.
func TestRows(t *testing.T) {
	for _, c := range []struct {
		name     string
		operands int
		run      func(v [][]float32) []float64
	}{
		{"scale", 2, func(v [][]float32) []float64 { scale(v[0], v[1], 1.3); return nil }},
		{"scale in place", 1, func(v [][]float32) []float64 { scale(v[0], v[0], 1.3); return nil }},
		{"shift", 2, func(v [][]float32) []float64 { shift(v[0], v[1], 1.3); return nil }},
		{"add scaled", 2, func(v [][]float32) []float64 { addScaled(v[0], v[0], v[1], -.7); return nil }},
		{"normalise", 2, func(v [][]float32) []float64 { normalise(v[0], v[1], .3, 1.1, -.2); return nil }},
		{"normalise each", 4,
			func(v [][]float32) []float64 { normaliseEach(v[0], v[1], .3, 1.1, v[2], v[3]); return nil }},
		{"normalise without weights", 2,
			func(v [][]float32) []float64 { normaliseEach(v[0], v[1], .3, 1.1, nil, nil); return nil }},
		{"normalise columns", 6, func(v [][]float32) []float64 {
			normaliseColumns(v[0], v[1], v[2], v[3], v[4], v[5])
			return nil
		}},
		{"normalise gradient", 3,
			func(v [][]float32) []float64 { normaliseGrad(v[0], v[1], v[2], 1.1, .3, .2, -.7); return nil }},
		{"normalise gradient each", 4, func(v [][]float32) []float64 {
			normaliseGradEach(v[0], v[1], v[2], v[3], 1.1, .3, .2, -.7)
			return nil
		}},
		{"normalise gradient columns", 7, func(v [][]float32) []float64 {
			normaliseGradColumns(v[0], v[1], v[2], v[3], v[4], v[5], v[6])
			return nil
		}},
		{"sum", 1, func(v [][]float32) []float64 { return []float64{sum(v[0])} }},
		{"square sum", 1, func(v [][]float32) []float64 { return []float64{squareSum(v[0], .25)} }},
		{"dot", 2, func(v [][]float32) []float64 { return []float64{dot(v[0], v[1])} }},
		{"dot centred", 2, func(v [][]float32) []float64 {
			a,
				b := dotCentred(v[0], v[1], .25)
			return []float64{a, b}
		}},
		{"dot centred each", 3, func(v [][]float32) []float64 {
			a, b := dotCentredEach(v[0], v[1], v[2], .25)
			return []float64{a, b}
		}},
		{"largest", 1, func(v [][]float32) []float64 { return []float64{float64(extremum(Max, v[0][0], v[0]))} }},
		{"smallest", 1, func(v [][]float32) []float64 { return []float64{float64(extremum(Min, v[0][0], v[0]))} }},
		{"finite", 1, func(v [][]float32) []float64 {
			if finiteRow(v[0]) {
				return []float64{1}
			}
			return []float64{0}
		}},
		{"column sums", 2, func(v [][]float32) []float64 {
			var total [columns]float64
			n := min(columns, (len(v[0])+2)/3)
			columnSums(&total, v[0], n, 1+(len(v[0])-n)/n, n)
			return total[:n]
		}},
		{"column squares", 1, func(v [][]float32) []float64 {
			total, mean := [columns]float64{}, [columns]float64{.25, -.25, 3}
			n := min(columns, (len(v[0])+2)/3)
			columnSquares(&total, &mean, v[0], n, 1+(len(v[0])-n)/n, n)
			return total[:n]
		}},
		{"column dots", 2, func(v [][]float32) []float64 {
			var sums, dots [columns]float64
			mean := [columns]float64{.25, -.25, 3}
			n := min(columns, (len(v[0])+2)/3)
			columnDots(&sums, &dots, &mean, v[0], v[1], n, 1+(len(v[0])-n)/n, n)
			return append(sums[:n], dots[:n]...)
		}},
		{"column dots each", 4, func(v [][]float32) []float64 {
			var sums, dots [columns]float64
			n := min(columns, (len(v[0])+2)/3)
			rows := 1 + (len(v[0])-n)/n
			columnDotsEach(&sums, &dots, v[2][:rows], v[3][:rows], v[0], v[1], n, n)
			return append(sums[:n], dots[:n]...)
		}},
		{"descent", 3, func(v [][]float32) []float64 {
			SGD(Updated[float32]{New: v[0], P: v[1], G: v[2]}, .1,
				.01)
			return nil
		}},
		{"momentum", 5, func(v [][]float32) []float64 {
			Momentum(Updated[float32]{New: v[0], P: v[2], G: v[3]}, Moment[float32]{New: v[1], Old: v[4]}, .1,
				.9, .01, false)
			return nil
		}},
		{"momentum of nobody's velocity", 4, func(v [][]float32) []float64 {
			Momentum(Updated[float32]{New: v[0], P: v[1], G: v[2]}, Moment[float32]{Old: v[3]}, .1, .9, .01, false)
			return nil
		}},
		{"Nesterov's momentum in place", 3, func(v [][]float32) []float64 {
			Momentum(Updated[float32]{New: v[0], P: v[0], G: v[2]}, Moment[float32]{New: v[1], Old: v[1]}, .1,
				.9, .01, true)
			return nil
		}},
		{"AdaGrad", 5, func(v [][]float32) []float64 {
			AdaGrad(Updated[float32]{New: v[0], P: v[2], G: v[3]}, Moment[float32]{New: v[1], Old: v[4]}, .1,
				1e-3, .01, false)
			return nil
		}},
		{"AdaGrad with eps inside", 5, func(v [][]float32) []float64 {
			AdaGrad(Updated[float32]{New: v[0], P: v[2], G: v[3]}, Moment[float32]{New: v[1], Old: v[4]}, .1,
				1e-3, .01, true)
			return nil
		}},
		{"RMSProp", 5, func(v [][]float32) []float64 {
			RMSProp(Updated[float32]{New: v[0], P: v[2], G: v[3]}, Moment[float32]{New: v[1], Old: v[4]},
				Moment[float32]{}, Moment[float32]{}, RMSPropRule[float32]{LR: .1, Rho: .9, Eps: 1e-3, Decay: .01})
			return nil
		}},
		{"RMSProp with eps inside", 5, func(v [][]float32) []float64 {
			RMSProp(Updated[float32]{New: v[0], P: v[2], G: v[3]}, Moment[float32]{New: v[1], Old: v[4]},
				Moment[float32]{}, Moment[float32]{}, RMSPropRule[float32]{LR: .1, Rho: .9, Eps: 1e-3, Decay: .01,
					Inside: true})
			return nil
		}},
		{"Adam", 7, func(v [][]float32) []float64 {
			Adam(Updated[float32]{New: v[0], P: v[3], G: v[4]}, Moment[float32]{New: v[1], Old: v[5]},
				Moment[float32]{New: v[2], Old: v[6]}, AdamRule{Step: 3, LR: .1, Beta1: .9, Beta2: .99, Eps: 1e-3,
					Decay: .01})
			return nil
		}},
		{"Adam decoupled and in place", 4, func(v [][]float32) []float64 {
			Adam(Updated[float32]{New: v[0], P: v[0], G: v[3]}, Moment[float32]{New: v[1], Old: v[1]},
				Moment[float32]{New: v[2], Old: v[2]}, AdamRule{Step: 3, LR: .1, Beta1: .9, Beta2: .99, Eps: 1e-3,
					Decay: .01, Decoupled: true, EpsHat: true})
			return nil
		}},
		{"scale to", 2, func(v [][]float32) []float64 { ScaleTo(v[0], v[1], 1.3); return nil }},
		{"sum of squares", 1, func(v [][]float32) []float64 { return []float64{SumSquares(v[0])} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			const most = 460
			memory := make([][]float32, c.operands)
			for k := range memory {
				memory[k] = guarded[float32](t, most, false)
			}
			fill := func(n int, odd bool) [][]float32 {
				v := make([][]float32, c.operands)
				for k := range v {
					v[k] = memory[k][most-n:]
					copy(v[k], random[float32](fmt.Sprint(c.name, k), n))
					if odd {
						for i, s := range special {
							v[k][(n/2+3*i*(k+1))%n] = s
						}
					}
				}
				return v
			}
			for n := 1; n < most; n += 1 + n/80*9 {
				for _, odd := range []bool{false, true} {
					best := active
					active = plain
					v := fill(n, odd)
					wantScalars := c.run(v)
					var want [][]float32
					for _, x := range v {
						want = append(want, slices.Clone(x))
					}
					active = best
					v = fill(n, odd)
					gotScalars := c.run(v)
					for k, want := range want {
						for i, w := range want {
							if !sameFloat(v[k][i], w) {
								t.Fatalf("n=%d odd=%v: element %d of operand %d is %v, want %v", n, odd, i,
									k, v[k][i], w)
							}
						}
					}
					for i, w := range wantScalars {
						g := gotScalars[i]
						if (g != g) != (w != w) || w == w && g != w && !(math.Abs(g-w) <= 1e-11*(1+math.Abs(w)) ||
							odd && math.Abs(g-w) <= 1e-11*math.MaxFloat32*math.MaxFloat32) {
							t.Fatalf("n=%d odd=%v: sum %d is %v, want %v", n, odd, i, g, w)
						}
						if w == 0 && (c.name == "largest" || c.name == "smallest") &&
							math.Signbit(g) != math.Signbit(w) {
							t.Fatalf("n=%d: %v, want %v", n, g, w)
						}
					}
				}
			}
		})
	}
}

// Of ±0 the largest is +0 and the smallest -0, wherever they are.
func TestExtremumOfZeros(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		for n := 8; n < 80; n++ {
			for at := range n {
				x := make([]float32, n)
				x[at] = special[1]
				if v := extremum(Min, x[0], x); v != 0 || !math.Signbit(float64(v)) {
					t.Fatalf("smallest of %d with -0 at %d: %v", n, at, v)
				}
				for i := range x {
					x[i] = special[1]
				}
				x[at] = 0
				if v := extremum(Max, x[0], x); v != 0 || math.Signbit(float64(v)) {
					t.Fatalf("largest of %d with +0 at %d: %v", n, at, v)
				}
			}
		}
	})
}

// The words of eight blocks of the generator are those of rng, in their order.
func TestPhilox(t *testing.T) {
	if !vectors[float32]() {
		t.Skip("the plain form has none")
	}
	k := rng.Key(0x123456789abcdef0, 0xfedcba9876543210)
	for _, counter := range []uint64{0, 8, 1<<32 - 8, 1 << 32, 1<<40 + 16} {
		var words [32]uint32
		seed, stream := k.Words()
		philoxAVX2(&words[0], counter, seed, stream)
		for i := range 8 {
			if got, want := [4]uint32(words[4*i:]), k.Uint32x4(counter+uint64(i)); got != want {
				t.Errorf("block %d is %08x, want %08x", counter+uint64(i), got, want)
			}
		}
	}
}
