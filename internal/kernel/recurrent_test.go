package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// recurrenceOf is one of the given sizes with normal operands.
func recurrenceOf[T scalar.Float](cell vector.Cell, n, steps, in, h int) Recurrence[T] {
	wide := cell.Gates() * h
	scaled := func(name string, size int) []T {
		w := proof.Random[T](name, size)
		for i := range w {
			w[i] /= T(math.Sqrt(float64(h)))
		}
		return w
	}
	r := Recurrence[T]{Cell: cell, N: n, Steps: steps, In: in, H: h, Lengths: make([]int64, n),
		X: proof.Random[T]("x", n*steps*in), WIH: scaled("wIH", wide*in), WHH: scaled("wHH", wide*h),
		BIH: scaled("bIH", wide), BHH: scaled("bHH", wide),
		H0: proof.Random[T]("h0", n*h), Y: make([]T, n*steps*h), HN: make([]T, n*h), CN: make([]T, n*h),
		Kept:  make([]T, n*steps*h),
		Gates: make([]T, n*steps*wide), Transposed: make([]T, h*wide), Step: make([]T, n*wide), Bias: make([]T, wide)}
	for i := range r.Lengths {
		r.Lengths[i] = int64(steps - i*7%(steps+1))
	}
	return r
}

// recurrentOracle is the last state of each sequence by the formulas, in float64.
func recurrentOracle[T scalar.Float](r Recurrence[T]) (last []T) {
	sigma := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	for n := range r.N {
		h, c := make([]float64, r.H), make([]float64, r.H)
		for k := range h {
			h[k] = float64(r.H0[n*r.H+k])
		}
		for s := range r.length(n) {
			x := rowAt(r.X, r.row(n, s), r.In)
			next := slices.Clone(h)
			zx := func(g, k int) float64 {
				row := g*r.H + k
				z := float64(r.BIH[row])
				for i, w := range rowAt(r.WIH, row, r.In) {
					z += float64(w) * float64(x[i])
				}
				return z
			}
			zh := func(g, k int) float64 {
				row := g*r.H + k
				z := float64(r.BHH[row])
				for i, w := range rowAt(r.WHH, row, r.H) {
					z += float64(w) * h[i]
				}
				return z
			}
			both := func(g, k int) float64 { return zx(g, k) + zh(g, k) }
			for k := range h {
				switch r.Cell {
				case vector.LSTMCell:
					c[k] = sigma(both(1, k))*c[k] + sigma(both(0, k))*math.Tanh(both(2, k))
					next[k] = sigma(both(3, k)) * math.Tanh(c[k])
				case vector.GRUCell:
					z := sigma(both(1, k))
					next[k] = (1-z)*math.Tanh(zx(2, k)+sigma(both(0, k))*zh(2, k)) + z*h[k]
				case vector.ReLUCell:
					next[k] = max(both(0, k), 0)
				default:
					next[k] = math.Tanh(both(0, k))
				}
			}
			h = next
		}
		for _, v := range h {
			last = append(last, T(v))
		}
	}
	return last
}

// TestRecurrent: the last states are those of the formulas, in each form, over odd sizes and several blocks.
func TestRecurrent(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		for _, cell := range []vector.Cell{vector.TanhCell, vector.ReLUCell, vector.LSTMCell, vector.GRUCell} {
			for _, reverse := range []bool{false, true} {
				t.Run(fmt.Sprintf("cell %d reverse=%v", cell, reverse), func(t *testing.T) {
					single := recurrenceOf[float32](cell, 29, 6, 5, 19)
					single.Reverse = reverse
					RecurrentForward(single)
					proof.CheckClose(t, single.HN, recurrentOracle(single), 40)
					double := recurrenceOf[float64](cell, 29, 6, 5, 19)
					double.Reverse = reverse
					RecurrentForward(double)
					proof.CheckClose(t, double.HN, recurrentOracle(double), 40)
				})
			}
		}
	})
}

// TestRecurrentRuns: nothing is allocated, and the number of processors changes no bit.
func TestRecurrentRuns(t *testing.T) {
	r := recurrenceOf[float32](vector.GRUCell, 29, 6, 5, 19)
	wide := r.Cell.Gates() * r.H
	forward := func() { RecurrentForward(r) }
	proof.CheckSameBits(t, r.Y, forward)
	proof.CheckNoAllocation(t, forward)
	d := RecurrenceGrad[float32]{Recurrence: r, DY: proof.Random[float32]("dy", len(r.Y)),
		DHN: proof.Random[float32]("dh", len(r.HN)),
		DX:  make([]float32, len(r.X)), DWIH: make([]float32, len(r.WIH)), DWHH: make([]float32, len(r.WHH)),
		DBIH: make([]float32, wide), DBHH: make([]float32, wide), DH0: make([]float32, len(r.H0)),
		DZ: make([]float32, len(r.Gates)), DZH: make([]float32, len(r.Gates)), Before: make([]float32, len(r.Y)),
		Row: make([]float32, len(r.HN))}
	backward := func() { RecurrentBackward(d) }
	proof.CheckSameBits(t, d.DX, backward)
	proof.CheckSameBits(t, d.DWHH, backward)
	proof.CheckNoAllocation(t, backward)
}

// TestStepsOfWholeVectors: a step of as many elements as fill vectors, which is one function, has the bits of one of
// more elements, which is several.
func TestStepsOfWholeVectors(t *testing.T) {
	const n = 24
	proof.EachForm(t, func(t *testing.T) {
		// widen lays out rows of n elements with one more at the end.
		widen := func(x []float32) (wide []float32) {
			for ; len(x) > 0; x = x[n:] {
				wide = append(append(wide, x[:n]...), 1)
			}
			return wide
		}
		h, c, z, step := proof.Random[float32]("h", n), proof.Random[float32]("c", n), proof.Random[float32]("z", 4*n),
			proof.Random[float32]("step", 4*n)
		dh, dc, dz, before, tmp := proof.Random[float32]("dh", n), proof.Random[float32]("dc", n),
			make([]float32, 4*n),
			proof.Random[float32]("before", n), make([]float32, n+1)
		z[0], z[n+1], z[2*n+2], z[3*n+3] = 100, -100, 50, float32(math.Inf(-1))
		h2, c2, z2, step2 := widen(h), widen(c), widen(z), widen(step)
		dh2, dc2, dz2, before2 := widen(dh), widen(dc), widen(dz), widen(before)
		vector.LSTMStep(h, c, z, step)
		vector.LSTMStep(h2, c2, z2, step2)
		vector.LSTMStepGrad(dh, dc, dz, z, c, before, tmp[:n])
		vector.LSTMStepGrad(dh2, dc2, dz2, z2, c2, before2, tmp)
		for name, p := range map[string][2][]float32{"h": {h, h2}, "c": {c, c2}, "z": {z, z2}, "dh": {dh, dh2},
			"dc": {dc, dc2}, "dz": {dz, dz2}} {
			for i, v := range p[0] {
				if w := p[1][i/n*(n+1)+i%n]; math.Float32bits(v) != math.Float32bits(w) {
					t.Fatalf("%s: element %d is %v, not %v", name, i, v, w)
				}
			}
		}
	})
}
