package data

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// repeated is a sequence of n times a symbol.
func repeated(symbol int64, n int) []int64 { return slices.Repeat([]int64{symbol}, n) }

func TestPadded(t *testing.T) {
	pairs := Sequences{X: [][]int64{{7, 8}, {9}}, Y: [][]int64{{5}, {6, 7}}}
	for _, c := range []struct {
		name string
		s    Sequences
		t, u int
		want string
	}{
		{"pairs as long as the longest", pairs, 0, 0,
			"[int64 (2, 2) 7 8 9 0 int64 (2) 2 1 int64 (2, 3) 2 5 0 2 6 7 int64 (2, 3) 5 3 0 6 7 3] <nil>"},
		{"pairs of given lengths", pairs, 3, 4,
			"[int64 (2, 3) 7 8 0 9 0 0 int64 (2) 2 1 int64 (2, 4) 2 5 0 0 2 6 7 0 int64 (2, 4) 5 3 0 0 6 7 3 0] " +
				"<nil>"},
		{"labels", Sequences{X: [][]int64{{7, 8}, {9}}, Labels: []int64{1, 0}}, 0, 0,
			"[int64 (2, 2) 7 8 9 0 int64 (2) 2 1 int64 (2) 1 0] <nil>"},
		{"inputs alone", Sequences{X: [][]int64{{7}}}, 2, 0, "[int64 (1, 2) 7 0 int64 (1) 1] <nil>"},
		{"an empty target", Sequences{X: [][]int64{{7}}, Y: [][]int64{nil}}, 0, 0,
			"[int64 (1, 1) 7 int64 (1) 1 int64 (1, 1) 2 int64 (1, 1) 3] <nil>"},
		{"an x that is too long", pairs, 1, 0, "[] sequences: the longest x has 2 symbols, want at most 1"},
		{"a y that is too long with its begin", pairs, 0, 2,
			"[] sequences: the longest y has 3 symbols with its begin, want at most 2"},
		{"too much memory", pairs, 1 << 28, 0,
			"[] sequences: 2 rows of 268435456 and 2·3 symbols are over 268435456 numbers; batches of Bucketed are " +
				"smaller"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := c.s.Padded(c.t, c.u)
			if got := fmt.Sprint([]graph.Tensor(rows), err); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// uneven are 101 pairs whose x is 1 to 20 symbols and whose y is as long as half of it: x has i+1 in each place.
func uneven() (s Sequences) {
	for i := range 101 {
		n := i*7%20 + 1
		s.X, s.Y = append(s.X, repeated(int64(i+1), n)), append(s.Y, repeated(int64(i+1), n/2))
	}
	return s
}

// TestBucketed: an epoch has whole batches of examples of about one length, each example at most once, all of them
// soon, and an order that is a function of seed and epoch.
func TestBucketed(t *testing.T) {
	s := uneven()
	source := s.Bucketed(8, 4, 1)
	seen, shapes := map[int64]bool{}, map[string]bool{}
	for epoch := range 8 {
		once, batches, padding := map[int64]bool{}, 0, 0
		for b := range source.Batches(epoch) {
			batches++
			x, width := b[0], b[0].Shape[1]
			shapes[fmt.Sprint(x.Shape, b[2].Shape)] = true
			if len(b) != 4 || x.Shape[0] != 8 || width%4 != 0 || b[2].Shape[1]%4 != 0 ||
				!b[2].Shape.Equal(b[3].Shape) {
				t.Fatalf("a batch is of shapes %v, %v, %v", x.Shape, b[2].Shape, b[3].Shape)
			}
			for row := range 8 {
				id, n := x.I64[row*width], int(b[1].I64[row])
				if once[id] || n != len(s.X[id-1]) || !slices.Equal(x.I64[row*width:row*width+n], s.X[id-1]) {
					t.Fatalf("epoch %d: example %d stands twice, or is another", epoch, id)
				}
				once[id], seen[id] = true, true
				padding += width - n
			}
		}
		if batches != 12 || source.Len() != 12 {
			t.Errorf("epoch %d has %d batches, Len is %d", epoch, batches, source.Len())
		}
		if padding > 5*8*batches {
			t.Errorf("epoch %d: %d numbers of padding", epoch, padding)
		}
	}
	if len(seen) != 101 {
		t.Errorf("%d of 101 examples had their turn in 8 epochs", len(seen))
	}
	if len(shapes) > 8 {
		t.Errorf("%d shapes: %v", len(shapes), shapes)
	}
	order := func(seed uint64, epoch int) (ids []int64) {
		for b := range s.Bucketed(8, 4, seed).Batches(epoch) {
			ids = append(ids, b[0].I64[0])
		}
		return ids
	}
	if !slices.Equal(order(1, 3), order(1, 3)) || slices.Equal(order(1, 3), order(1, 4)) ||
		slices.Equal(order(1, 3), order(2, 3)) {
		t.Error("the order is no function of seed and epoch, or not of both")
	}
	for range source.Batches(0) {
		break // a loop may be left
	}
}

// TestSequencesOrdered: all examples come in their order.
func TestSequencesOrdered(t *testing.T) {
	s := uneven()
	next, batches := int64(1), 0
	source := s.Ordered(8, 4)
	for b := range source.Batches(0) {
		batches++
		for row := range b[1].I64 {
			if got := b[0].I64[row*b[0].Shape[1]]; got != next {
				t.Fatalf("got example %d, want %d", got, next)
			}
			next++
		}
	}
	if next != 102 || batches != 13 || source.Len() != 13 {
		t.Errorf("%d examples in %d batches, Len is %d", next-1, batches, source.Len())
	}
	for range source.Batches(0) {
		break
	}
}

func TestSequencesPanics(t *testing.T) {
	x := [][]int64{{1}, {2}}
	for _, c := range []struct {
		name, want string
		f          func()
	}{
		{"no size", "data: Bucketed of 0 examples, want at least 1", func() { Sequences{X: x}.Bucketed(0, 1, 0) }},
		{"no step", "data: Ordered of lengths in steps of 0, want 1 to 65536",
			func() { Sequences{X: x}.Ordered(1, 0) }},
		{"a step of any size", "data: Bucketed of lengths in steps of 65537, want 1 to 65536",
			func() { Sequences{X: x}.Bucketed(1, 65537, 0) }},
		{"too few examples", "data: Bucketed of 3 examples, but there are 2: no batch is whole",
			func() { Sequences{X: x}.Bucketed(3, 1, 0) }},
		{"a target too few", "data: Ordered of sequences of which X has 2 and Y has 1",
			func() { Sequences{X: x, Y: x[:1]}.Ordered(1, 1) }},
		{"a label too few", "data: Padded of sequences of which X has 2 and Labels has 1",
			func() { Sequences{X: x, Labels: []int64{0}}.Padded(0, 0) }},
		{"targets and labels", "data: Padded of sequences with Y and Labels, want one of them",
			func() { Sequences{X: x, Y: x, Labels: []int64{0, 1}}.Padded(0, 0) }},
		{"an empty input", "data: Padded of sequences of which X[1] has no symbol, want at least 1",
			func() { Sequences{X: [][]int64{{1}, {}}}.Padded(0, 0) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("got %v, want %s", got, c.want)
				}
			}()
			c.f()
		})
	}
}

// Sentences of about one length share a batch: these four take two shapes.
func ExampleSequences_Bucketed() {
	s := Sequences{
		X:      [][]int64{{5, 6}, {5, 6, 7, 8, 9}, {6, 5}, {9, 8, 7, 6}},
		Labels: []int64{0, 1, 0, 1},
	}
	for batch := range s.Bucketed(2, 2, 0).Batches(0) {
		fmt.Println(batch[0].Shape, "lengths", batch[1].I64, "labels", batch[2].I64)
	}
	// Output:
	// (2, 6) lengths [4 5] labels [1 1]
	// (2, 2) lengths [2 2] labels [0 0]
}
