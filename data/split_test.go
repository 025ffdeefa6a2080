package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// numbered is a split whose example i is (i, i+½) with label i.
func numbered(n int) Split {
	x, y := make([]float32, 2*n), make([]int64, n)
	for i := range n {
		x[2*i], x[2*i+1], y[i] = float32(i), float32(i)+.5, int64(i)
	}
	return Split{X: graph.FromFloat32(x, n, 2), Y: graph.FromInt64(y, n)}
}

// labels lists the labels of the batches, after a look that each example kept its own label.
func labels(t *testing.T, batches func(func(Batch) bool)) (all []int64) {
	t.Helper()
	for b := range batches {
		for i, y := range b.Y.I64 {
			if b.X.F32[2*i] != float32(y) || b.X.F32[2*i+1] != float32(y)+.5 {
				t.Fatalf("label %d came with example %v", y, b.X.F32[2*i:2*i+2])
			}
		}
		all = append(all, b.Y.I64...)
	}
	return all
}

func TestBatches(t *testing.T) {
	s := numbered(100)
	first := labels(t, s.Batches(10, 0))
	t.Run("an epoch shows each example once", func(t *testing.T) {
		sorted := slices.Sorted(slices.Values(first))
		if !slices.Equal(sorted, s.Y.I64) {
			t.Errorf("got %v", sorted)
		}
	})
	t.Run("the order is shuffled", func(t *testing.T) {
		if slices.Equal(first, s.Y.I64) {
			t.Error("the examples came in order")
		}
	})
	t.Run("the same seed and epoch give the same order", func(t *testing.T) {
		if again := labels(t, s.Batches(10, 0)); !slices.Equal(again, first) {
			t.Errorf("got %v, want %v", again, first)
		}
	})
	t.Run("the order does not depend on the batch size", func(t *testing.T) {
		if again := labels(t, s.Batches(25, 0)); !slices.Equal(again, first) {
			t.Errorf("got %v, want %v", again, first)
		}
	})
	t.Run("another epoch gives another order", func(t *testing.T) {
		if slices.Equal(labels(t, s.Batches(10, 1)), first) {
			t.Error("epochs 0 and 1 have one order")
		}
	})
	t.Run("another seed gives another order", func(t *testing.T) {
		if slices.Equal(labels(t, s.Seeded(1).Batches(10, 0)), first) {
			t.Error("seeds 0 and 1 have one order")
		}
	})
	t.Run("a short last batch is left out", func(t *testing.T) {
		if got := labels(t, s.Batches(30, 0)); !slices.Equal(got, first[:90]) {
			t.Errorf("got %d examples, want the first 90", len(got))
		}
	})
	t.Run("the loop may be left early", func(t *testing.T) {
		for range s.Batches(10, 0) {
			break
		}
	})
	t.Run("an epoch allocates as much as one batch and one order", func(t *testing.T) {
		if n := testing.AllocsPerRun(5, func() {
			for range s.Batches(1, 0) {
			}
		}); n > 12 {
			t.Errorf("%v allocations for 100 batches", n)
		}
	})
}

// TestSplitUsedWrongly: what cannot be done ends at the call, with words that say why.
func TestSplitUsedWrongly(t *testing.T) {
	good := numbered(10)
	shorter := Split{X: good.X, Y: numbered(9).Y}
	broken := Split{X: graph.Tensor{Type: good.X.Type, F32: good.X.F32[:5]}, Y: good.Y}
	scalar := Split{X: good.X, Y: graph.FromInt64([]int64{0}, []int{}...)}
	for _, c := range []struct {
		name string
		do   func()
		want string
	}{
		{"batches of no examples", func() { good.Batches(0, 0) }, "data: Batches of 0 examples, want at least 1"},
		{"batches of fewer than none", func() { good.Batches(-3, 0) },
			"data: Batches of -3 examples, want at least 1"},
		{"batches larger than the split, of which none would be whole", func() { good.Batches(11, 0) },
			"data: Batches of 11 examples, but there are 10: no batch is whole"},
		{"batches of the zero split", func() { Split{}.Batches(1, 0) },
			"data: Batches of 1 examples, but there are 0: no batch is whole"},
		{"parts in order of no examples", func() { good.InOrder(0) }, "data: InOrder of 0 examples, want at least 1"},
		{"batches of more inputs than targets", func() { shorter.Batches(2, 0) },
			"data: Batches of a split whose X has 10 examples and whose Y has 9: shapes (10, 2) and (9)"},
		{"parts in order of more inputs than targets", func() { shorter.InOrder(2) },
			"data: InOrder of a split whose X has 10 examples and whose Y has 9"},
		{"a subset of more inputs than targets", func() { shorter.Subset(0, 1) },
			"data: Subset of a split whose X has 10 examples and whose Y has 9"},
		{"a division of more inputs than targets", func() { shorter.Divide(.5, 0) },
			"data: Divide of a split whose X has 10 examples and whose Y has 9"},
		{"inputs of fewer elements than their shape says", func() { broken.Batches(2, 0) },
			"data: Batches of a split whose X is no tensor"},
		{"targets that are a scalar", func() { scalar.InOrder(2) }, "data: InOrder of a split whose Y is a scalar"},
		{"inputs that are missing", func() { Split{Y: good.Y}.InOrder(2) },
			"data: InOrder of a split whose X is no tensor"},
		{"a subset that begins before the first", func() { good.Subset(-1, 3) },
			"data: Subset of examples -1 to 3, but the split has 10"},
		{"a subset that goes beyond the last", func() { good.Subset(3, 11) },
			"data: Subset of examples 3 to 11, but the split has 10"},
		{"a subset that ends before it begins", func() { good.Subset(6, 3) },
			"data: Subset of examples 6 to 3, but the split has 10"},
		{"a fraction that is no number", func() { good.Divide(math.NaN(), 0) }, "data: Divide by a fraction of NaN"},
		{"fewer digits than none", func() { DigitsN(0, 1, -1) },
			"data: DigitsN of 1 and -1 images, want at least 0 of each"},
		{"pairs of nothing", func() { Pairs(nil) }, "data: Pairs of a nil sequence"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got, _ := recover().(string); !strings.HasPrefix(got, c.want) {
					t.Errorf("got  %q\nwant %s", got, c.want)
				}
			}()
			c.do()
		})
	}
}

// TestSplitAtItsEnds: what is small or empty is no mistake.
func TestSplitAtItsEnds(t *testing.T) {
	if got := labels(t, numbered(10).Batches(10, 0)); len(got) != 10 {
		t.Errorf("a batch of the whole split has %d examples", len(got))
	}
	if n := numbered(10).Subset(4, 4).Len(); n != 0 {
		t.Errorf("an empty subset has %d examples", n)
	}
	if got := labels(t, numbered(3).InOrder(math.MaxInt)); len(got) != 3 {
		t.Errorf("one part of all has %d examples", len(got))
	}
	var none Split
	a, b := none.Divide(.5, 0)
	if got := labels(t, none.InOrder(5)); len(got)+a.Len()+b.Len()+none.Subset(0, 0).Len() != 0 {
		t.Errorf("the zero split has examples: %v", got)
	}
}

func TestInOrder(t *testing.T) {
	s := numbered(25)
	var sizes []int
	for b := range s.InOrder(10) {
		sizes = append(sizes, b.Y.Shape[0])
	}
	if !slices.Equal(sizes, []int{10, 10, 5}) {
		t.Errorf("batches of %v", sizes)
	}
	if got := labels(t, s.InOrder(10)); !slices.Equal(got, s.Y.I64) {
		t.Errorf("got %v", got)
	}
}

func TestDivide(t *testing.T) {
	s := numbered(50)
	a, b := s.Divide(.2, 7)
	if a.Len() != 10 || b.Len() != 40 {
		t.Fatalf("%d and %d examples, want 10 and 40", a.Len(), b.Len())
	}
	all := append(labels(t, a.InOrder(50)), labels(t, b.InOrder(50))...)
	if slices.Sort(all); !slices.Equal(all, s.Y.I64) {
		t.Errorf("the two shares hold %v", all)
	}
	again, _ := s.Divide(.2, 7)
	if !slices.Equal(again.Y.I64, a.Y.I64) {
		t.Error("the same seed gives another share")
	}
	other, _ := s.Divide(.2, 8)
	if slices.Equal(other.Y.I64, a.Y.I64) {
		t.Error("another seed gives the same share")
	}
	for _, fraction := range []float64{-1, 0, 1, 2} {
		a, b := s.Divide(fraction, 0)
		if a.Len()+b.Len() != 50 || a.Len() != int(50*min(max(fraction, 0), 1)) {
			t.Errorf("fraction %v: %d and %d examples", fraction, a.Len(), b.Len())
		}
	}
}

func TestSubset(t *testing.T) {
	if got := labels(t, numbered(10).Subset(3, 6).InOrder(10)); !slices.Equal(got, []int64{3, 4, 5}) {
		t.Errorf("got %v", got)
	}
}

func TestZeroSplitIsEmpty(t *testing.T) {
	if n := (Split{}).Len(); n != 0 {
		t.Errorf("%d examples", n)
	}
}

func ExampleSplit_Batches() {
	digits := DigitsN(0, 100, 0)
	for batch := range digits.Train.Batches(40, 0) { // 2 whole batches; 20 examples wait for another epoch
		fmt.Println(batch.X.Shape, batch.Y.Shape)
	}
	// Output:
	// (40, 1, 28, 28) (40)
	// (40, 1, 28, 28) (40)
}

// TestPick: examples are taken by their numbers, in any order and more than once.
func TestPick(t *testing.T) {
	x, y := make([]float32, 20), make([]int64, 10)
	for i := range x {
		x[i], y[i/2] = float32(i), int64(i/2)
	}
	s := Split{X: graph.FromFloat32(x, 10, 2), Y: graph.FromInt64(y, 10)}.Seeded(5)
	got := s.Pick([]int{7, 2, 7})
	if got.Len() != 3 || !slices.Equal(got.X.F32[4:], s.X.F32[14:16]) || got.X.F32[2] != s.X.F32[4] || got.seed != 5 {
		t.Errorf("%v", got)
	}
	if got := s.Inputs().Pick(nil); got.Len() != 0 {
		t.Errorf("of none: %v", got)
	}
	for _, at := range []int{-1, 10} {
		func() {
			defer func() {
				want := fmt.Sprintf("data: Pick of example %d, but the split has 10", at)
				if r := recover(); r != want {
					t.Errorf("got %v, want %s", r, want)
				}
			}()
			s.Pick([]int{at})
		}()
	}
}
