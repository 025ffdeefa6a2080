package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// Sizes on both sides of the thresholds for strips and for parallel work.
var indexSizes = []struct{ outer, n, m, inner int }{
	{1, 1, 1, 1}, {1, 10, 7, 1}, {3, 4, 5, 6}, {1, 50, 200, 130}, {1, 300, 1000, 200}, {700, 9, 30, 11},
	{1, 70000, 3, 1},
}

func TestGatherAndScatterAdd(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 1))
	for _, s := range indexSizes {
		x, index := wholes(draw, s.outer*s.n*s.inner), indices(draw, s.m, s.n)
		y := make([]float32, s.outer*s.m*s.inner)
		Gather(y, x, index, s.outer, s.n, s.inner)
		sum, want := proof.Dirty(len(x)), make([]float32, len(x))
		ScatterAdd(sum, y, index, s.outer, s.n, s.inner)
		for at := range y {
			o, j, i := at/(s.m*s.inner), at/s.inner%s.m, at%s.inner
			from := (o*s.n+int(index[j]))*s.inner + i
			if y[at] != x[from] {
				t.Fatalf("%+v: gather gives %g at %d, want %g", s, y[at], at, x[from])
			}
			want[from] += y[at]
		}
		if !slices.Equal(sum, want) {
			t.Errorf("%+v: scatter-add differs from the plain loop", s)
		}
		if n := testing.AllocsPerRun(5, func() { Gather(y, x, index, s.outer, s.n, s.inner) }); n != 0 {
			t.Errorf("%+v: gather allocates %g times", s, n)
		}
		if n := testing.AllocsPerRun(5, func() { ScatterAdd(sum, y, index, s.outer, s.n, s.inner) }); n != 0 {
			t.Errorf("%+v: scatter-add allocates %g times", s, n)
		}
	}
}

func TestGatherAndScatterAlong(t *testing.T) {
	draw := rand.New(rand.NewPCG(2, 1))
	for _, s := range indexSizes {
		x, index := wholes(draw, s.outer*s.n*s.inner), indices(draw, s.outer*s.m*s.inner, s.n)
		y := make([]float32, len(index))
		GatherAlong(y, x, index, s.outer, s.n, s.inner)
		sum, want := proof.Dirty(len(x)), make([]float32, len(x))
		ScatterAlong(sum, y, index, s.outer, s.n, s.inner)
		for at, k := range index {
			o, i := at/(s.m*s.inner), at%s.inner
			from := (o*s.n+int(k))*s.inner + i
			if y[at] != x[from] {
				t.Fatalf("%+v: gather gives %g at %d, want %g", s, y[at], at, x[from])
			}
			want[from] += y[at]
		}
		if !slices.Equal(sum, want) {
			t.Errorf("%+v: scatter differs from the plain loop", s)
		}
		if n := testing.AllocsPerRun(5, func() { GatherAlong(y, x, index, s.outer, s.n, s.inner) }); n != 0 {
			t.Errorf("%+v: gather allocates %g times", s, n)
		}
	}
}

func TestOutside(t *testing.T) {
	for _, c := range []struct {
		index []int64
		n     int
		want  int
	}{{nil, 1, -1}, {[]int64{0, 2, 1}, 3, -1}, {[]int64{0, 3, -1}, 3, 1}, {[]int64{0, -1}, 3, 1}} {
		if got := Outside(c.index, c.n); got != c.want {
			t.Errorf("Outside(%v, %d) = %d, want %d", c.index, c.n, got, c.want)
		}
	}
}

// wholes returns small whole numbers, whose sums are exact.
func wholes(draw *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(draw.IntN(19) - 9)
	}
	return x
}

func indices(draw *rand.Rand, m, n int) []int64 {
	index := make([]int64, m)
	for i := range index {
		index[i] = int64(draw.IntN(n))
	}
	return index
}
