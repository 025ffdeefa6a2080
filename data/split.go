// This file holds the data set of examples and its batches.

package data

import (
	"fmt"
	"iter"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Images is a data set of labelled images, parted into what a model learns from and what it is measured on.
type Images struct {
	Name        string
	Train, Test Split
	Classes     []string // the name of each label
	Pictures    bool     // they are of files, as they are: ReadPicture reads another; ReadImage does for all others
	Resized     int      // pictures of files that had another size
}

// A Split is a list of examples. The first axis of X and of Y counts them: for images X is (N, C, H, W)
// float32 in [0, 1] and Y is (N) int64. Examples without targets, for models that learn from inputs alone, have the
// zero Tensor as Y. Copying a Split shares the examples, which nothing here changes.
// The methods panic, and say why, when X and Y do not hold the same number of examples, or not the elements of their
// types. The zero Split is empty.
type Split struct {
	X, Y graph.Tensor
	seed uint64
}

// A Batch is a few examples of a split: X (N, …) and Y (N, …), which is the zero Tensor where the split has none.
type Batch struct {
	X, Y graph.Tensor
}

// Pairs returns the inputs and targets of batches, for loops of one's own: for x, y := range. [Split.Shuffled] and
// [Split.Ordered] are what train.Fit takes. It panics when there is no sequence, not even an empty one.
func Pairs(batches iter.Seq[Batch]) iter.Seq2[graph.Tensor, graph.Tensor] {
	if batches == nil {
		panic("data: Pairs of a nil sequence of batches")
	}
	return func(yield func(x, y graph.Tensor) bool) {
		batches(func(b Batch) bool { return yield(b.X, b.Y) })
	}
}

// Len returns the number of examples.
func (s Split) Len() int { return Rows{s.X}.Len() }

// Seeded returns the same examples, shuffled by another seed in [Split.Batches] and [Split.Shuffled] (it is 0 at
// first).
func (s Split) Seeded(seed uint64) Split {
	s.seed = seed
	return s
}

// Inputs returns the same examples without their targets: batches of the inputs alone.
func (s Split) Inputs() Split {
	s.Y = graph.Tensor{}
	return s
}

// Shuffled returns the batches to train on as tuples (x, y), or (x) of a split without targets: those of
// [Split.Batches], as a [Source]. It panics as Batches does.
func (s Split) Shuffled(size int) Source {
	return s.mustHold("Shuffled").shuffled("Shuffled", size, s.seed)
}

// Ordered returns the batches to evaluate on as tuples (x, y), or (x) of a split without targets: those of
// [Split.InOrder], as a [Source]. It panics as InOrder does.
func (s Split) Ordered(size int) Source { return s.mustHold("Ordered").ordered("Ordered", size) }

// Batches returns the batches of one epoch of training: the examples in an order that is a function of
// the split's seed and the epoch alone, size at a time. A last batch of fewer than size is left out, so
// that every batch has one shape; the order differs by epoch, so every example has its turn.
//
// A batch's tensors are valid until the next batch: all share one memory. It panics when size < 1, or when there are
// fewer than size examples, of which no batch can be made.
func (s Split) Batches(size, epoch int) iter.Seq[Batch] {
	return batches(s.mustHold("Batches").shuffled("Batches", size, s.seed).Batches(epoch))
}

// InOrder returns all examples in their order, size at a time, the last batch with what is left. The batches
// are parts of the split itself and not copies: they stay valid, and are only read. It panics when size < 1.
func (s Split) InOrder(size int) iter.Seq[Batch] {
	return batches(s.mustHold("InOrder").ordered("InOrder", size).Batches(0))
}

// batches gives tuples as batches.
func batches(tuples iter.Seq[[]graph.Tensor]) iter.Seq[Batch] {
	return func(yield func(Batch) bool) {
		tuples(func(t []graph.Tensor) bool { return yield(batchOf(t)) })
	}
}

func batchOf(t []graph.Tensor) (b Batch) {
	if len(t) > 0 {
		b.X = t[0]
	}
	if len(t) > 1 {
		b.Y = t[1]
	}
	return b
}

// Subset returns examples [lo, hi), which it shares with s. It panics when s does not have them.
func (s Split) Subset(lo, hi int) Split {
	rows := s.mustHold("Subset")
	if n := rows.Len(); lo < 0 || hi < lo || hi > n {
		panic(fmt.Sprintf("data: Subset of examples %d to %d, but the split has %d", lo, hi, n))
	}
	return s.of(rows.slice(lo, hi))
}

// Pick returns a copy of the examples of these numbers, in this order; a number may come again. It panics when there
// is no such example. See [KFold], [Stratify] and [Oversample].
func (s Split) Pick(numbers []int) Split {
	rows := s.mustHold("Pick")
	for _, i := range numbers {
		if n := rows.Len(); i < 0 || i >= n {
			panic(fmt.Sprintf("data: Pick of example %d, but the split has %d", i, n))
		}
	}
	return s.of(rows.pick(numbers))
}

// Divide parts the examples at random, by seed, into one share of round(fraction·N) examples and the rest, for
// a part held out for validation. Both are copies, in the order of s. The draw does not look at the labels:
// in a large split the classes have about the same share on both sides, in a small one they need not. A fraction
// below 0 counts as 0, one above 1 as 1, and NaN panics.
func (s Split) Divide(fraction float64, seed uint64) (a, b Split) {
	rows := s.mustHold("Divide")
	if math.IsNaN(fraction) {
		panic("data: Divide by a fraction of NaN")
	}
	fraction = min(max(fraction, 0), 1)
	n := rows.Len()
	cut := int(math.Round(fraction * float64(n)))
	order := make([]int, n)
	rng.Permute(order, rng.Key(seed, rng.HashString("data.divide")))
	first := make([]bool, n)
	for _, i := range order[:cut] {
		first[i] = true
	}
	var left, right []int
	for i, is := range first {
		if is {
			left = append(left, i)
		} else {
			right = append(right, i)
		}
	}
	return s.of(rows.pick(left)), s.of(rows.pick(right))
}

// of returns a split of other examples with the seed of s.
func (s Split) of(rows Rows) Split {
	b := batchOf(rows)
	return Split{b.X, b.Y, s.seed}
}

// mustHold returns the tensors of the split. It panics when X and Y are not of one split.
func (s Split) mustHold(method string) Rows {
	rows := Rows{s.X, s.Y}
	if isZero(s.Y) {
		rows = rows[:1]
		if isZero(s.X) {
			return nil
		}
	}
	rows.mustHold(method, "a split", "X", "Y")
	return rows
}

// isZero reports the zero Tensor, which is no scalar: it has no element.
func isZero(t graph.Tensor) bool { return len(t.Shape)+len(t.F32)+len(t.F64)+len(t.I64) == 0 }
