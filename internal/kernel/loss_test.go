package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// TestBinaryCrossEntropy compares with float64, where the logarithms need no correction; certain mistakes cost 100.
func TestBinaryCrossEntropy(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		x := []float32{0, 1, 0.5, 1e-30, 1e-10, 1e-7, 1e-4, 0.1, 0.9, 1 - 1e-4, 1 - 6e-8, float32(math.NaN()),
			math.SmallestNonzeroFloat32}
		for i := range 1000 {
			x = append(x, float32(i)/1000)
		}
		for _, target := range []float32{0, 1, 0.25} {
			target32 := make([]float32, len(x))
			for i := range target32 {
				target32[i] = target
			}
			got, slopes, dy := make([]float32, len(x)), make([]float32, len(x)), proof.Random[float32]("dy", len(x))
			Loss(BCELoss, got, x, target32, 0)
			LossGrad(BCELoss, false, slopes, x, target32, []float32{3}, 0, 0.5)
			inPlace := append([]float32(nil), dy...)
			LossGrad(BCELoss, false, inPlace, x, target32, inPlace, 0, 0.5)
			total := 0.
			for i, v := range x {
				p, y := float64(v), float64(target)
				want := -y*max(math.Log(p), -100) - (1-y)*max(math.Log1p(-p), -100)
				slope := (p - y) / max(p*(1-p), 1e-12)
				for name, c := range map[string]struct{ got, want float64 }{
					"value": {float64(got[i]), want}, "slope": {float64(slopes[i]), 1.5 * slope},
					"slope of dy": {float64(inPlace[i]), 0.5 * slope * float64(dy[i])},
				} {
					if d := math.Abs(c.got - c.want); d > 1e-6*math.Abs(c.want)+1e-37 &&
						!(v == 1-6e-8 && d < 1e-3*math.Abs(c.want)) || math.IsNaN(c.got) != math.IsNaN(c.want) {
						t.Errorf("%s at %v for %v: %v, not %v", name, v, target, c.got, c.want)
					}
				}
				if want == want {
					total += want
				}
			}
			clean := append(append([]float32(nil), x[:11]...), x[12:]...)
			if got := LossSum(BCELoss, clean, target32[1:], 0); math.Abs(got-total) > 1e-6*total {
				t.Error(fmt.Sprint("sum ", got, ", not ", total))
			}
		}
	})
}
