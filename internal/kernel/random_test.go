package kernel

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/rng"
)

func TestDropout(t *testing.T) {
	const n = 1 << 20
	x := slices.Repeat([]float32{2}, n)
	for _, p := range []float64{.001, .1, .25, 1. / 3, .5, .9, .9999} {
		t.Run(fmt.Sprint("p=", p), func(t *testing.T) {
			y, z, part := make([]float32, n), make([]float64, n), make([]float32, n)
			Dropout(y, x, 1, rng.Key(1, 2), p)
			zeros := 0
			for _, v := range y {
				switch v {
				case 0:
					zeros++
				case 2 * float32(1/(1-p)):
				default:
					t.Fatalf("an element is %g, want 0 or %g", v, 2/(1-p))
				}
			}
			if d := math.Abs(float64(zeros) - p*n); d > 4*math.Sqrt(n*p*(1-p)) {
				t.Errorf("%d of %d are dropped, %.1f standard deviations from %g", zeros, n, d/math.Sqrt(n*p*(1-p)), p)
			}
			Dropout(z, slices.Repeat([]float64{2}, n), 1, rng.Key(1, 2), p)
			for i := range y {
				if (y[i] == 0) != (z[i] == 0) {
					t.Fatalf("the masks of float32 and float64 differ at %d", i)
				}
			}
			Dropout(part[:1000], x[:1000], 1, rng.Key(1, 2), p)
			if !slices.Equal(part[:1000], y[:1000]) {
				t.Error("the mask depends on the number of elements")
			}
			copy(part, x)
			Dropout(part, part, 1, rng.Key(1, 2), p)
			if !slices.Equal(part, y) {
				t.Error("in place differs")
			}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			Dropout(part, x, 1, rng.Key(1, 2), p)
			if !slices.Equal(part, y) {
				t.Error("the mask depends on the number of processors")
			}
		})
	}
}

func TestDropoutEnds(t *testing.T) {
	x, y := []float32{1, -2, 3}, make([]float32, 3)
	Dropout(y, x, 1, rng.Key(1, 2), 0)
	if !slices.Equal(y, x) {
		t.Errorf("p = 0 gives %v, want %v", y, x)
	}
	Dropout(y, x, 1, rng.Key(1, 2), 1)
	if !slices.Equal(y, []float32{0, 0, 0}) {
		t.Errorf("p = 1 gives %v, want zeros", y)
	}
}

func TestDropoutRuns(t *testing.T) {
	const run, n = 7, 1000
	one, all := slices.Repeat([]float64{1}, n), slices.Repeat([]float64{1}, run*n)
	Dropout(one, one, 1, rng.Key(3, 3), .3)
	Dropout(all, all, run, rng.Key(3, 3), .3)
	for i, v := range all {
		if v != one[i/run] {
			t.Fatalf("element %d is %g, draw %d gives %g", i, v, i/run, one[i/run])
		}
	}
}

// Every form makes the same numbers.
func TestRandomForms(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		best := form.Active()
		defer func() { form.Use(best) }()
		for _, n := range []int{1, 7, 8, 31, 32, 127, 128, 129, 391, 1 << 17} {
			x, y, want := proof.Random[float32]("x", n), proof.Guarded[float32](t, n, false), make([]float32, n)
			x[0] = proof.Special[4]
			for _, p := range []float64{0, 1e-4, 1. / 256, .1, .5, .999, 1} {
				form.Use(form.Plain)
				Dropout(want, x, 1, rng.Key(1<<33+2, 1<<35+3), p)
				form.Use(best)
				Dropout(y, x, 1, rng.Key(1<<33+2, 1<<35+3), p)
				for i, w := range want {
					if !proof.SameFloat(y[i], w) {
						t.Fatalf("dropout of %d with %g: element %d is %g, want %g", n, p, i, y[i], w)
					}
				}
			}
			RandomUniform(y, rng.Key(1<<33+2, 1<<35+3))
			rng.Uniform(want, rng.Key(1<<33+2, 1<<35+3), 0)
			if !slices.Equal(y, want) {
				t.Fatalf("uniform numbers, %d of them, differ", n)
			}
		}
	})
}

func TestRandomNumbers(t *testing.T) {
	const n = 100_000
	x, want := make([]float32, n), make([]float32, n)
	RandomNormal(x, rng.Key(1, 2))
	rng.Normal(want, rng.Key(1, 2), 0)
	if !slices.Equal(x, want) {
		t.Error("normal numbers differ from those of one sequence")
	}
	RandomUniform(x, rng.Key(1, 2))
	rng.Uniform(want, rng.Key(1, 2), 0)
	if !slices.Equal(x, want) {
		t.Error("uniform numbers differ from those of one sequence")
	}
	k := rng.Key(1, 2)
	for name, f := range map[string]func(){
		"dropout": func() { Dropout(x, x, 1, k, .1) },
		"normal":  func() { RandomNormal(x, k) },
	} {
		if n := testing.AllocsPerRun(5, f); n != 0 {
			t.Errorf("%s allocates %g times", name, n)
		}
	}
}

func BenchmarkDropout(b *testing.B) {
	x := make([]float32, 1<<20)
	for b.Loop() {
		Dropout(x, x, 1, rng.Key(1, 2), .1)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x)), "ns/element")
}
