// This file holds Source, which is what training reads, and Rows, examples in memory and the batches of them.

package data

import (
	"fmt"
	"iter"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// A Source gives the batches of an epoch and knows how many there are. A batch is a tuple: one tensor for each operand
// of the task, such as x and y. An epoch's batches are a function of its number alone, so any epoch can be run again.
// How long a batch stays valid is said by what makes the source.
type Source interface {
	Len() int // the number of batches of an epoch
	Batches(epoch int) iter.Seq[[]graph.Tensor]
}

// Rows are examples in any number of tensors, such as x, its length and y. The first axis of each counts the examples:
// example i is row i of all. The methods panic, and say why, when the tensors have not one first axis. Without tensors
// there are no examples.
type Rows []graph.Tensor

// Len returns the number of examples, which is not the number of tensors.
func (r Rows) Len() int {
	if len(r) == 0 || len(r[0].Shape) == 0 {
		return 0
	}
	return r[0].Shape[0]
}

// Shuffled is [Rows.ShuffledBy] seed 0.
func (r Rows) Shuffled(size int) Source { return r.ShuffledBy(size, 0) }

// ShuffledBy returns the batches to train on: in each epoch all examples in an order that is a function of (seed,
// epoch) alone, size at a time. A last batch of fewer than size is left out, so that every batch has one shape; the
// order differs by epoch, so every example has its turn.
//
// A batch is valid until the next one: all batches of an epoch share one memory. ShuffledBy panics when size < 1, or
// when there are fewer than size examples, of which no batch can be made.
func (r Rows) ShuffledBy(size int, seed uint64) Source {
	r.mustHold("Shuffled", "rows")
	return r.shuffled("Shuffled", size, seed)
}

// Ordered returns all examples in their order, size at a time, the last batch with what is left: the batches to
// evaluate on, the same in each epoch. They are parts of the rows and not copies: they stay valid, and are only read.
// Ordered panics when size < 1.
func (r Rows) Ordered(size int) Source {
	r.mustHold("Ordered", "rows")
	return r.ordered("Ordered", size)
}

func (r Rows) shuffled(method string, size int, seed uint64) shuffled {
	mustSize(method, size)
	if n := r.Len(); n < size {
		panic(fmt.Sprintf("data: %s of %d examples, but there are %d: no batch is whole", method, size, n))
	}
	return shuffled{r, size, seed}
}

func (r Rows) ordered(method string, size int) ordered {
	mustSize(method, size)
	return ordered{r, size}
}

func mustSize(method string, size int) {
	if size < 1 {
		panic(fmt.Sprintf("data: %s of %d examples, want at least 1", method, size))
	}
}

// shuffled is the source of [Rows.Shuffled].
type shuffled struct {
	rows Rows
	size int
	seed uint64
}

func (s shuffled) Len() int { return s.rows.Len() / s.size }

func (s shuffled) Batches(epoch int) iter.Seq[[]graph.Tensor] { return s.Stride(epoch, 0, 1) }

func (s shuffled) Stride(epoch, first, by int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		order := make([]int, s.rows.Len())
		rng.Permute(order, rng.Key(s.seed, rng.HashString("data.shuffle")).Sub(uint64(epoch)))
		batch := s.rows.like(s.size)
		for i := first; i < s.Len(); i += by {
			s.rows.gather(batch, order[i*s.size:][:s.size])
			if !yield(batch) {
				return
			}
		}
	}
}

// ordered is the source of [Rows.Ordered].
type ordered struct {
	rows Rows
	size int
}

func (o ordered) Len() int {
	n := o.rows.Len()
	batches := n / o.size
	if n%o.size > 0 {
		batches++
	}
	return batches
}

func (o ordered) Batches(epoch int) iter.Seq[[]graph.Tensor] { return o.Stride(epoch, 0, 1) }

func (o ordered) Stride(_, first, by int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		for i, n := first, o.rows.Len(); i < o.Len(); i += by {
			lo := i * o.size
			if !yield(o.rows.slice(lo, lo+min(o.size, n-lo))) {
				return
			}
		}
	}
}

// slice returns examples [lo, hi), which it shares with r.
func (r Rows) slice(lo, hi int) Rows {
	part := make(Rows, len(r))
	for i, t := range r {
		part[i] = t.Rows(lo, hi)
	}
	return part
}

// pick returns a copy of the examples at the given places.
func (r Rows) pick(at []int) Rows {
	picked := r.like(len(at))
	r.gather(picked, at)
	return picked
}

// like returns memory for n examples.
func (r Rows) like(n int) Rows {
	made := make(Rows, len(r))
	for i, t := range r {
		made[i] = graph.NewTensor(graph.Type{DType: t.DType, Shape: append(graph.Shape{n}, t.Shape[1:]...)})
	}
	return made
}

// gather copies the examples at the given places into dst.
func (r Rows) gather(dst Rows, at []int) {
	for i, t := range r {
		n := t.Shape[1:].Size()
		for to, from := range at {
			copyRow(dst[i], to*n, t, from*n, n)
		}
	}
}

// copyRow copies n elements.
func copyRow(dst graph.Tensor, to int, src graph.Tensor, from, n int) {
	switch src.DType {
	case graph.Float32:
		copy(dst.F32[to:to+n], src.F32[from:])
	case graph.Float64:
		copy(dst.F64[to:to+n], src.F64[from:])
	default:
		copy(dst.I64[to:to+n], src.I64[from:])
	}
}

// mustHold panics when the tensors are not the rows of one set of examples. It calls the set as whole says and tensor
// i by names[i], or by its number.
func (r Rows) mustHold(method, whole string, names ...string) {
	name := func(i int) string {
		if i < len(names) {
			return names[i]
		}
		return fmt.Sprintf("tensor %d", i)
	}
	for i, t := range r {
		if err := t.Check(); err != nil {
			panic(fmt.Sprintf("data: %s of %s whose %s is no tensor: %v", method, whole, name(i), err))
		}
		if len(t.Shape) == 0 {
			panic(fmt.Sprintf("data: %s of %s whose %s is a scalar, want examples along a first axis", method, whole,
				name(i)))
		}
		if t.Shape[0] != r[0].Shape[0] {
			panic(fmt.Sprintf("data: %s of %s whose %s has %d examples and whose %s has %d: shapes %v and %v", method,
				whole, name(0), r[0].Shape[0], name(i), t.Shape[0], r[0].Shape, t.Shape))
		}
	}
}
