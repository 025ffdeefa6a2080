package kernel

import (
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/rng"
)

// The kernels of layers that go over rows, in all forms.
func TestLayerRows(t *testing.T) {
	proof.CheckRows(t, []proof.RowCase{
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
	})
}

// The words of eight blocks of the generator are those of rng, in their order.
func TestPhilox(t *testing.T) {
	if !vector.Assembled[float32]() {
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
