package conv

import (
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// TestWinograd compares with direct sums in float64, forward and by data, for strips of images and of planes.
func TestWinograd(t *testing.T) {
	cases := []Conv{
		{N: 16, C: 16, H: 8, W: 8, K: 16, PadT: 1, PadL: 1},
		{N: 32, C: 33, H: 7, W: 9, K: 35, PadT: 1, PadL: 1, OH: 7, OW: 9},
		{N: 67, C: 32, H: 6, W: 4, K: 34, PadT: 0, PadL: 2, OH: 4, OW: 6},
		{N: 1, C: 32, H: 32, W: 32, K: 40, PadT: 1, PadL: 1},
		{N: 2, C: 36, H: 33, W: 30, K: 32, PadT: 0, PadL: 0},
		{N: 3, C: 32, H: 17, W: 41, K: 50, PadT: 2, PadL: 1, OH: 19, OW: 40},
		{N: 1, C: 96, H: 7, W: 7, K: 90, PadT: 1, PadL: 1},
		{N: 2, C: 100, H: 14, W: 13, K: 100, PadT: 1, PadL: 1, OH: 14, OW: 14},
		{N: 3, C: 32, H: 8, W: 7, K: 33, PadT: 1, PadL: 1},
		// fewer rows than would fit, and a column of padding
		{N: 1, C: 40, H: 20, W: 50, K: 70, PadT: 1, PadL: 1, OH: 17, OW: 51},
	}
	proof.EachForm(t, func(t *testing.T) {
		if form.Active() == form.Plain {
			t.Skip("direct sums")
		}
		for _, c := range cases {
			c.KH, c.KW, c.StrideH, c.StrideW, c.DilH, c.DilW, c.Groups = 3, 3, 1, 1, 1, 1, 1
			if c.OH == 0 {
				c.OH, c.OW = c.H+2*c.PadT-2, c.W+2*c.PadL-2
			}
			nx, nw, ny := c.N*c.C*c.H*c.W, 9*c.C*c.K, c.N*c.K*c.OH*c.OW
			x, w, b, dy := proof.Guarded[float32](t, nx, false), proof.Guarded[float32](t, nw, false),
				proof.Guarded[float32](t, c.K, false), proof.Guarded[float32](t, ny, false)
			for name, v := range map[string][]float32{"x": x, "w": w, "b": b, "dy": dy} {
				copy(v, proof.Random[float32](name, len(v)))
			}
			y, dx, dw := proof.Guarded[float32](t, ny, false), proof.Guarded[float32](t, nx, false),
				proof.Guarded[float32](t, nw, false)
			check := func(direction string, done bool, got []float32, f func(x, w, b, dy, want, scratch []float64)) {
				want, sum, norm := make([]float64, len(got)), 0., 0.
				f(proof.Wide(x), proof.Wide(w), proof.Wide(b), proof.Wide(dy), want,
					make([]float64, c.ForwardScratch()+c.BackwardDataScratch()+c.BackwardWeightsScratch()))
				for i, v := range want {
					sum += (float64(got[i]) - v) * (float64(got[i]) - v)
					norm += v * v
				}
				if r := math.Sqrt(sum / norm); !done || !(r < 1e-6) || r == 0 {
					t.Errorf("%+v %s: %v, differs by %.2g of the norm", c, direction, done, r)
				}
			}
			check("forward", c.filter(c.filterForward(y, x, w, b), nil, false), y,
				func(x, w, b, _, want, scratch []float64) { ConvForward(c, want, x, w, b, scratch) })
			check("data", c.filter(c.filterBackward(dx, dy, w), nil, false), dx,
				func(_, w, _, dy, want, scratch []float64) { ConvBackwardData(c, want, dy, w, scratch) })
			check("weights", c.filterGradient(dw, x, dy), dw,
				func(x, _, _, dy, want, scratch []float64) { ConvBackwardWeights(c, want, x, dy, scratch) })
			proof.CheckSameBits(t, dw, func() { c.filterGradient(dw, x, dy) })
			proof.CheckSameBits(t, y, func() { c.filter(c.filterForward(y, x, w, b), nil, false) })
		}
	})
}

func TestZip(t *testing.T) {
	for n := range 70 {
		from, to, even, odd := proof.Guarded[float32](t, n, false), proof.Guarded[float32](t, n, false),
			proof.Guarded[float32](t, (n+1)/2, false), proof.Guarded[float32](t, n/2, false)
		copy(from, proof.Random[float32]("from", n))
		vector.EverySecond(even, from)
		if n > 1 {
			vector.EverySecond(odd, from[1:])
		}
		for i, v := range from {
			if got := [2][]float32{even, odd}[i%2][i/2]; got != v {
				t.Fatalf("%d: element %d is %v, not %v", n, i, got, v)
			}
		}
		if zip(to, even, odd); !slices.Equal(to, from) {
			t.Fatalf("%d: %v", n, to)
		}
	}
}
