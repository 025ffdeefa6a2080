package data

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// triple is n examples in three tensors, each of whose rows says which example it is.
func triple(n int) Rows {
	s := numbered(n)
	pairs := make([]float64, 0, 4*n)
	for i := range n {
		pairs = append(pairs, float64(i), float64(i), float64(i), float64(i))
	}
	return Rows{s.X, graph.FromFloat64(pairs, n, 2, 2), s.Y}
}

// shown lists the examples of the batches, after a look that the tensors agree on them.
func shown(t *testing.T, batches iter.Seq[[]graph.Tensor]) (all []int64) {
	t.Helper()
	for b := range batches {
		for i, want := range b[2].I64 {
			if b[0].F32[2*i] != float32(want) || b[1].F64[4*i+3] != float64(want) {
				t.Fatalf("example %d came with %v and %v", want, b[0], b[1])
			}
		}
		all = append(all, b[2].I64...)
	}
	return all
}

// TestSources: a source gives the examples that it should, as often as its length says.
func TestSources(t *testing.T) {
	rows, split := triple(25), numbered(25)
	for _, c := range []struct {
		name             string
		source           Source
		batches, tensors int
		last             int // examples of the last batch
	}{
		{"shuffled rows leave out a short batch", rows.Shuffled(10), 2, 3, 10},
		{"rows in order end with what is left", rows.Ordered(10), 3, 3, 5},
		{"rows in order that divide evenly", rows.Ordered(5), 5, 3, 5},
		{"one batch of all", rows.Ordered(100), 1, 3, 25},
		{"no rows", Rows{}.Ordered(10), 0, 0, 0},
		{"rows of no example", Rows{graph.FromInt64(nil, 0)}.Ordered(10), 0, 0, 0},
		{"a shuffled split is pairs", split.Shuffled(10), 2, 2, 10},
		{"a split in order is pairs", split.Ordered(10), 3, 2, 5},
		{"a shuffled split without targets is inputs", split.Inputs().Shuffled(10), 2, 1, 10},
		{"a split in order without targets is inputs", split.Inputs().Ordered(10), 3, 1, 5},
		{"the zero split", Split{}.Ordered(10), 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, last := 0, 0
			for b := range c.source.Batches(3) {
				n, last = n+1, b[0].Shape[0]
				if len(b) != c.tensors {
					t.Errorf("a batch of %d tensors, want %d", len(b), c.tensors)
				}
			}
			if n != c.batches || c.source.Len() != n || last != c.last {
				t.Errorf("%d batches, the last of %d, want %d and %d; Len is %d", n, last, c.batches, c.last,
					c.source.Len())
			}
		})
	}
}

func TestRowsOrder(t *testing.T) {
	rows := triple(20)
	first := shown(t, rows.Shuffled(5).Batches(0))
	t.Run("an epoch shows each example once", func(t *testing.T) {
		if got := slices.Sorted(slices.Values(first)); !slices.Equal(got, rows[2].I64) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("an epoch can be run again", func(t *testing.T) {
		if again := shown(t, rows.Shuffled(5).Batches(0)); !slices.Equal(again, first) {
			t.Errorf("got %v, want %v", again, first)
		}
	})
	t.Run("other epochs and seeds have other orders", func(t *testing.T) {
		for _, other := range []iter.Seq[[]graph.Tensor]{
			rows.Shuffled(5).Batches(1), rows.ShuffledBy(5, 1).Batches(0)} {
			if slices.Equal(shown(t, other), first) {
				t.Error("the order is the same")
			}
		}
	})
	t.Run("a split and its rows have one order", func(t *testing.T) {
		s := numbered(20)
		got := shown(t, Rows{s.X, rows[1], s.Y}.ShuffledBy(5, 7).Batches(2))
		if want := labels(t, s.Seeded(7).Batches(5, 2)); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	t.Run("rows in order are all, in each epoch", func(t *testing.T) {
		for epoch := range 2 {
			if got := shown(t, rows.Ordered(6).Batches(epoch)); !slices.Equal(got, rows[2].I64) {
				t.Errorf("got %v", got)
			}
		}
	})
	t.Run("the loop may be left early", func(t *testing.T) {
		for _, s := range []Source{rows.Shuffled(5), rows.Ordered(5)} {
			for range s.Batches(0) {
				break
			}
		}
	})
}

func TestRowsUsedWrongly(t *testing.T) {
	good := triple(10)
	for _, c := range []struct {
		name string
		do   func()
		want string
	}{
		{"no examples in a batch", func() { good.Ordered(0) }, "data: Ordered of 0 examples, want at least 1"},
		{"a batch of more than all", func() { good.Shuffled(11) },
			"data: Shuffled of 11 examples, but there are 10: no batch is whole"},
		{"a batch of no rows", func() { Rows{}.Shuffled(1) },
			"data: Shuffled of 1 examples, but there are 0: no batch is whole"},
		{"tensors of different lengths", func() { Rows{good[0], triple(9)[1]}.Ordered(1) },
			"data: Ordered of rows whose tensor 0 has 10 examples and whose tensor 1 has 9: shapes (10, 2) and "},
		{"the zero tensor among the rows", func() { Rows{good[0], {}}.Shuffled(1) },
			"data: Shuffled of rows whose tensor 1 is no tensor: "},
		{"a scalar", func() { Rows{graph.FromInt64([]int64{1})}.Shuffled(1) },
			"data: Shuffled of rows whose tensor 0 is a scalar"},
		{"a split of fewer targets", func() { Split{X: good[0], Y: numbered(9).Y}.Shuffled(1) },
			"data: Shuffled of a split whose X has 10 examples and whose Y has 9: shapes (10, 2) and (9)"},
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

// TestInputs: a split without targets does all that one with targets does.
func TestInputs(t *testing.T) {
	s := numbered(10).Inputs()
	a, b := s.Divide(.3, 0)
	if s.Len() != 10 || a.Len() != 3 || b.Len() != 7 || s.Subset(2, 5).Len() != 3 {
		t.Errorf("%d, %d, %d and %d examples", s.Len(), a.Len(), b.Len(), s.Subset(2, 5).Len())
	}
	n := 0
	for _, batches := range []iter.Seq[Batch]{s.Batches(5, 0), s.InOrder(5), a.InOrder(5)} {
		for batch := range batches {
			n += batch.X.Shape[0]
			if !isZero(batch.Y) {
				t.Errorf("a batch has targets %v", batch.Y)
			}
		}
	}
	if n != 23 {
		t.Errorf("%d examples, want 23", n)
	}
}

// Sentences of different lengths are rows of three tensors: symbols, lengths and labels.
func ExampleRows() {
	symbols := graph.FromInt64([]int64{3, 1, 4, 1, 5, 0, 9, 0, 0}, 3, 3)
	lengths := graph.FromInt64([]int64{3, 2, 1}, 3)
	labels := graph.FromInt64([]int64{0, 1, 1}, 3)
	source := Rows{symbols, lengths, labels}.Ordered(2)
	fmt.Println(source.Len(), "batches")
	for batch := range source.Batches(0) {
		fmt.Println(batch[0].Shape, batch[1].I64, batch[2].I64)
	}
	// Output:
	// 2 batches
	// (2, 3) [3 2] [0 1]
	// (1, 3) [1] [1]
}

// An autoencoder learns from inputs alone: its batches have one tensor.
func ExampleSplit_Inputs() {
	digits := DigitsN(0, 100, 0)
	source := digits.Train.Inputs().Shuffled(40)
	fmt.Println(source.Len(), "batches")
	for batch := range source.Batches(0) {
		fmt.Println(len(batch), batch[0].Shape)
	}
	// Output:
	// 2 batches
	// 1 (40, 1, 28, 28)
	// 1 (40, 1, 28, 28)
}
