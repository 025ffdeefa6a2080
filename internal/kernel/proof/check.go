package proof

import (
	"math"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/rng"
)

// EachForm runs a test in every form up to the one in use.
func EachForm(t *testing.T, run func(t *testing.T)) {
	best := form.Active()
	defer func() { form.Use(best) }()
	for f := range best + 1 {
		form.Use(f)
		t.Run(f.String(), run)
	}
}

// Random returns n normal numbers.
func Random[T scalar.Float](stream string, n int) []T {
	x := make([]T, n)
	rng.Normal(x, rng.Key(1, rng.HashString(stream)), 0)
	return x
}

// Dirty returns memory that holds numbers of an earlier use.
func Dirty(n int) []float32 { return slices.Repeat([]float32{77}, n) }

// Size is the number of elements of a shape.
func Size(shape []int) int {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return n
}

// Tolerance is the error that a sum may have for each of its terms.
func Tolerance[T scalar.Float]() float64 {
	if unsafe.Sizeof(T(0)) == 4 {
		return 2e-7
	}
	return 1e-15
}

// CheckClose fails if got differs from want by more than the rounding of a sum of so many terms of size about 1.
func CheckClose[T scalar.Float](t *testing.T, got, want []T, terms int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d elements, want %d", len(got), len(want))
	}
	eps := Tolerance[T]() * float64(terms+4) * 4
	for i := range got {
		g, w := float64(got[i]), float64(want[i])
		if !(math.Abs(g-w) <= eps*(1+math.Abs(w))) && !(math.IsNaN(g) && math.IsNaN(w)) && g != w {
			t.Fatalf("element %d is %v, want %v", i, g, w)
		}
	}
}

// CheckNear wants got within eps·(1 + |want|) of want.
func CheckNear(t *testing.T, got, want, eps float64) {
	t.Helper()
	if math.IsNaN(got) && math.IsNaN(want) || got == want {
		return
	}
	if !(math.Abs(got-want) <= eps*(1+math.Abs(want))) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// CheckSameBits runs f, which sets out, with several values of GOMAXPROCS and wants the same bits each time.
func CheckSameBits[T scalar.Float](t *testing.T, out []T, f func()) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []T
	for _, procs := range []int{1, 2, 3, 8} {
		runtime.GOMAXPROCS(procs)
		for i := range out {
			out[i] = T(math.NaN())
		}
		f()
		if want == nil {
			want = append(want, out...)
			continue
		}
		for i := range out {
			if out[i] != want[i] {
				t.Fatalf("element %d is %v with GOMAXPROCS=%d, %v with 1", i, out[i], procs, want[i])
			}
		}
	}
}

// CheckNoAllocation wants f to allocate nothing, on one processor and on two.
func CheckNoAllocation(t *testing.T, f func()) {
	t.Helper()
	if n := testing.AllocsPerRun(10, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var before, after runtime.MemStats
	const runs = 100
	for try := 0; ; try++ {
		f()
		runtime.ReadMemStats(&before)
		for range runs {
			f()
		}
		runtime.ReadMemStats(&after)
		if n := after.Mallocs - before.Mallocs; n < runs/2 { // the runtime itself may allocate a little
			return
		} else if try == 3 {
			t.Fatalf("%d allocations in %d parallel runs", n, runs)
		}
	}
}
