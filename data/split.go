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
}

// A Split is a list of examples. The first axis of X and of Y counts them: for images X is (N, C, H, W)
// float32 in [0, 1] and Y is (N) int64. Copying a Split shares the examples, which nothing here changes.
// The methods panic, and say why, when X and Y do not hold the same number of examples, or not the elements of their
// types. The zero Split is empty.
type Split struct {
	X, Y graph.Tensor
	seed uint64
}

// A Batch is a few examples of a split: X (N, …) and Y (N, …).
type Batch struct {
	X, Y graph.Tensor
}

// Pairs returns the inputs and targets of batches, as train.Fit and train.Evaluator take them. It panics when there
// are none, not even an empty sequence.
func Pairs(batches iter.Seq[Batch]) iter.Seq2[graph.Tensor, graph.Tensor] {
	if batches == nil {
		panic("data: Pairs of a nil sequence of batches")
	}
	return func(yield func(x, y graph.Tensor) bool) {
		batches(func(b Batch) bool { return yield(b.X, b.Y) })
	}
}

// Len returns the number of examples.
func (s Split) Len() int {
	if len(s.X.Shape) == 0 {
		return 0
	}
	return s.X.Shape[0]
}

// Seeded returns the same examples, shuffled by another seed in [Split.Batches] (it is 0 at first).
func (s Split) Seeded(seed uint64) Split {
	s.seed = seed
	return s
}

// Batches returns the batches of one epoch of training: the examples in an order that is a function of
// the split's seed and the epoch alone, size at a time. A last batch of fewer than size is left out, so
// that every batch has one shape; the order differs by epoch, so every example has its turn.
//
// A batch's tensors are valid until the next batch: all share one memory. It panics when size < 1, or when there are
// fewer than size examples, of which no batch can be made.
func (s Split) Batches(size, epoch int) iter.Seq[Batch] {
	n := s.mustHold("Batches")
	mustSize("Batches", size)
	if n < size {
		panic(fmt.Sprintf("data: Batches of %d examples, but the split has %d: no batch is whole", size, n))
	}
	return func(yield func(Batch) bool) {
		order := s.order(epoch)
		b := s.batch(size)
		for ; len(order) >= size; order = order[size:] {
			s.gather(b, order[:size])
			if !yield(b) {
				return
			}
		}
	}
}

// InOrder returns all examples in their order, size at a time, the last batch with what is left. The batches
// are parts of the split itself and not copies: they stay valid, and are only read. It panics when size < 1.
func (s Split) InOrder(size int) iter.Seq[Batch] {
	s.mustHold("InOrder")
	mustSize("InOrder", size)
	return func(yield func(Batch) bool) {
		for lo, n := 0, s.Len(); lo < n; {
			hi := lo + min(size, n-lo)
			if !yield(Batch{s.X.Rows(lo, hi), s.Y.Rows(lo, hi)}) {
				return
			}
			lo = hi
		}
	}
}

// Subset returns examples [lo, hi), which it shares with s. It panics when s does not have them.
func (s Split) Subset(lo, hi int) Split {
	if n := s.mustHold("Subset"); lo < 0 || hi < lo || hi > n {
		panic(fmt.Sprintf("data: Subset of examples %d to %d, but the split has %d", lo, hi, n))
	}
	if lo == hi && len(s.X.Shape) == 0 {
		return s
	}
	s.X, s.Y = s.X.Rows(lo, hi), s.Y.Rows(lo, hi)
	return s
}

// Divide parts the examples at random, by seed, into one share of round(fraction·N) examples and the rest, for
// a part held out for validation. Both are copies, in the order of s. The draw does not look at the labels:
// in a large split the classes have about the same share on both sides, in a small one they need not. A fraction
// below 0 counts as 0, one above 1 as 1, and NaN panics.
func (s Split) Divide(fraction float64, seed uint64) (a, b Split) {
	n := s.mustHold("Divide")
	if math.IsNaN(fraction) {
		panic("data: Divide by a fraction of NaN")
	}
	fraction = min(max(fraction, 0), 1)
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
	return s.pick(left), s.pick(right)
}

// order is the shuffled order of an epoch.
func (s Split) order(epoch int) []int {
	order := make([]int, s.Len())
	rng.Permute(order, rng.Key(s.seed, rng.HashString("data.shuffle")).Sub(uint64(epoch)))
	return order
}

// pick returns a copy of the examples at the given places.
func (s Split) pick(at []int) Split {
	b := s.batch(len(at))
	s.gather(b, at)
	return Split{b.X, b.Y, s.seed}
}

// batch returns memory for n examples.
func (s Split) batch(n int) Batch {
	return Batch{withRows(s.X.Type, n), withRows(s.Y.Type, n)}
}

func withRows(t graph.Type, n int) graph.Tensor {
	if len(t.Shape) == 0 {
		return graph.Tensor{} // of the zero Split
	}
	shape := append(graph.Shape{n}, t.Shape[1:]...)
	return graph.NewTensor(graph.Type{DType: t.DType, Shape: shape})
}

// gather copies the examples at the given places into b.
func (s Split) gather(b Batch, at []int) {
	for to, from := range at {
		copyRow(b.X, to, s.X, from)
		copyRow(b.Y, to, s.Y, from)
	}
}

func copyRow(dst graph.Tensor, to int, src graph.Tensor, from int) {
	n := src.Shape[1:].Size()
	switch src.DType {
	case graph.Float32:
		copy(dst.F32[to*n:(to+1)*n], src.F32[from*n:])
	case graph.Float64:
		copy(dst.F64[to*n:(to+1)*n], src.F64[from*n:])
	default:
		copy(dst.I64[to*n:(to+1)*n], src.I64[from*n:])
	}
}

// mustHold returns the number of examples. It panics when X and Y are not of one split.
func (s Split) mustHold(method string) int {
	if isZero(s.X) && isZero(s.Y) {
		return 0
	}
	for _, p := range []struct {
		name string
		t    graph.Tensor
	}{{"X", s.X}, {"Y", s.Y}} {
		if err := p.t.Check(); err != nil {
			panic(fmt.Sprintf("data: %s of a split whose %s is no tensor: %v", method, p.name, err))
		}
		if len(p.t.Shape) == 0 {
			panic(fmt.Sprintf("data: %s of a split whose %s is a scalar, want examples along a first axis", method,
				p.name))
		}
	}
	if s.X.Shape[0] != s.Y.Shape[0] {
		panic(fmt.Sprintf("data: %s of a split of %d inputs and %d targets: X %v, Y %v", method, s.X.Shape[0],
			s.Y.Shape[0],
			s.X.Shape, s.Y.Shape))
	}
	return s.X.Shape[0]
}

// isZero reports the zero Tensor, which is no scalar: it has no element.
func isZero(t graph.Tensor) bool { return len(t.Shape)+len(t.F32)+len(t.F64)+len(t.I64) == 0 }

func mustSize(method string, size int) {
	if size < 1 {
		panic(fmt.Sprintf("data: %s of %d examples, want at least 1", method, size))
	}
}
