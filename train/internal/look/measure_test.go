package look

import (
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// TestDeadUnits: units along each axis, by hand.
func TestDeadUnits(t *testing.T) {
	v := graph.FromFloat32([]float32{0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0}, 2, 3, 2)
	for axis, want := range map[int][2]int{1: {3, 1}, 2: {2, 1}, 0: {2, 0}} {
		if units, dead := DeadUnits(v, axis); units != want[0] || dead != want[1] {
			t.Errorf("axis %d: %d of %d are dead, want %v", axis, dead, units, want)
		}
	}
}

// TestNumbersOf: random numbers against the formulas, and numbers that are too large or small to be squared.
func TestNumbersOf(t *testing.T) {
	inf := math.Inf(1)
	for seed := range uint64(100) {
		r := nn.NewRand(seed, "numbers")
		scale := math.Exp(float64(r.IntN(1200)) - 600) // the squares of most are not
		all := make([]float64, 1+r.IntN(50))
		var mean, norm, deviation float64
		for i := range all {
			v := float64(r.IntN(9)-4) / 4
			all[i] = v * scale
			mean, norm = mean+v/float64(len(all)), norm+v*v
		}
		for i := range all {
			deviation += math.Pow(all[i]/scale-mean, 2) / float64(len(all))
		}
		s := Numbers(graph.FromFloat64(append(slices.Clone(all), inf, math.NaN()), len(all)+2))
		n := 0
		for _, c := range s.Counts {
			n += c
		}
		if n != len(all) || s.N != n+2 || s.NotFinite != 2 || s.Min != slices.Min(all) || s.Max != slices.Max(all) {
			t.Fatalf("seed %d: %+v", seed, s)
		}
		for what, d := range map[string]float64{"mean": s.Mean/scale - mean, "norm": s.Norm/scale - math.Sqrt(norm),
			"deviation": s.Deviation/scale - math.Sqrt(deviation)} {
			if !(math.Abs(d) < 1e-12) {
				t.Errorf("seed %d: the %s is off by %v", seed, what, d)
			}
		}
	}
	for _, v := range [][]float64{{math.MaxFloat64, -math.MaxFloat64}, {5e-324, 0}, {0, 0}, {inf}, {7}} {
		s := Numbers(graph.FromFloat64(v, len(v)))
		for _, n := range []float64{s.Mean, s.Deviation, s.Norm} {
			if math.IsNaN(n) || math.IsInf(n, 0) {
				t.Errorf("%v: %+v", v, s)
			}
		}
	}
}
