// This file holds examples that are sequences of symbols, such as sentences, and the batches of them.

package data

import (
	"fmt"
	"iter"
	"slices"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Sequences are examples of which each has a sequence of symbols as input, of whatever length. Example i is X[i] and
// what is to be predicted of it: the sequence Y[i], the label Labels[i], or nothing. A batch of n examples is a tuple:
//
//	x (n, T), lengths (n), y (n, U), target (n, U)    of sequences: y is [Begin] and Y, target is Y and [End]
//	x (n, T), lengths (n), y (n)                      of labels
//	x (n, T), lengths (n)                             of neither
//
// all int64. Lengths are those of x, and behind the end of each sequence stands [Padding]: a loss leaves the targets
// there out if it ignores class 0. The methods panic, and say why, when an example lacks its input, its Y or its
// label.
type Sequences struct {
	X, Y   [][]int64
	Labels []int64
}

// Len returns the number of examples.
func (s Sequences) Len() int { return len(s.X) }

// Padded returns all examples as rows of one length: T = t and U = u, or as long as the longest one needs where it is
// 0. It is an error if an example is longer, or if there are more than 2²⁸ numbers: those want [Sequences.Bucketed].
func (s Sequences) Padded(t, u int) (Rows, error) {
	s.mustHold("Padded")
	all := counting(s.Len())
	longT, longU := s.longest(all)
	switch {
	case t != 0 && longT > t:
		return nil, fmt.Errorf("sequences: the longest x has %d symbols, want at most %d", longT, t)
	case u != 0 && longU > u:
		return nil, fmt.Errorf("sequences: the longest y has %d symbols with its begin, want at most %d", longU, u)
	}
	t, u = max(t, longT), max(u, longU)
	if n := s.Len(); t > read.MaxCells || u > read.MaxCells || n > 0 && t+2*u > read.MaxCells/n {
		return nil, fmt.Errorf("sequences: %d rows of %d and 2·%d symbols are over %d numbers; batches of Bucketed "+
			"are smaller", n, t, u, read.MaxCells)
	}
	return s.rows(all, t, u), nil
}

// Bucketed returns the batches to train on, each of size examples of about one length. In each epoch the examples are
// shuffled, fewer than size of them left out, sorted by the multiple of step that their lengths are below, and cut;
// then the batches are shuffled. T and U are multiples of step, so that there are few shapes: a program is compiled
// for each. All is a function of (seed, epoch) alone.
//
// A batch is the caller's. Bucketed panics when size or step is below 1, step above 65536, or when there are fewer
// than size examples, of which no batch can be made.
func (s Sequences) Bucketed(size, step int, seed uint64) Source {
	s.mustHold("Bucketed")
	mustSize("Bucketed", size)
	mustStep("Bucketed", step)
	if n := s.Len(); n < size {
		panic(fmt.Sprintf("data: Bucketed of %d examples, but there are %d: no batch is whole", size, n))
	}
	return bucketed{s, size, step, seed, nil}
}

// Varied is [Sequences.Bucketed] of inputs that vary: in an epoch vary returns what stands in the place of X[i], which
// may have another length, but not none. By X the order and the batches are chosen, and are those of Bucketed; T is as
// the batch needs it. Of a [Loader] vary is called by several goroutines at the same time. Varied panics as Bucketed
// does.
//
//	vary := func(epoch, i int) []int64 { return words.Numbers(rewording.Of(texts[i], seed, epoch, i)) }
func (s Sequences) Varied(size, step int, seed uint64, vary func(epoch, i int) []int64) Source {
	s.mustHold("Varied")
	mustSize("Varied", size)
	mustStep("Varied", step)
	switch n := s.Len(); {
	case n < size:
		panic(fmt.Sprintf("data: Varied of %d examples, but there are %d: no batch is whole", size, n))
	case vary == nil:
		panic("data: Varied by a nil function")
	}
	return bucketed{s, size, step, seed, vary}
}

// Ordered returns all examples in their order, size at a time, the last batch with what is left: the batches to
// evaluate on, the same in each epoch. T and U are multiples of step. A batch is the caller's. Ordered panics when
// size or step is below 1, or step above 65536.
func (s Sequences) Ordered(size, step int) Source {
	s.mustHold("Ordered")
	mustSize("Ordered", size)
	mustStep("Ordered", step)
	return inOrder{s, size, step}
}

func mustStep(method string, step int) {
	if step < 1 || step > read.MaxSentence {
		panic(fmt.Sprintf("data: %s of lengths in steps of %d, want 1 to %d", method, step, read.MaxSentence))
	}
}

// bucketed is the source of [Sequences.Bucketed].
type bucketed struct {
	s          Sequences
	size, step int
	seed       uint64
	vary       func(epoch, i int) []int64 // nil for the inputs as they are
}

func (b bucketed) Len() int { return b.s.Len() / b.size }

func (b bucketed) Batches(epoch int) iter.Seq[[]graph.Tensor] { return b.Stride(epoch, 0, 1) }

func (b bucketed) Stride(epoch, first, by int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		key := rng.Key(b.seed, rng.HashString("data.buckets")).Sub(uint64(epoch))
		order, batches := make([]int, b.s.Len()), make([]int, b.Len())
		rng.Permute(order, key.Sub(0))
		rng.Permute(batches, key.Sub(1))
		order = order[:len(batches)*b.size]
		slices.SortStableFunc(order, func(i, j int) int {
			return slices.Compare(b.s.bucket(i, b.step), b.s.bucket(j, b.step))
		})
		for i := first; i < len(batches); i += by {
			at := order[batches[i]*b.size:][:b.size]
			if !yield(b.varied(at, epoch).batch(counting(b.size), b.step)) {
				return
			}
		}
	}
}

// varied are the examples of a batch, as they are in an epoch.
func (b bucketed) varied(at []int, epoch int) (part Sequences) {
	for _, i := range at {
		x := b.s.X[i]
		if b.vary != nil {
			if x = b.vary(epoch, i); len(x) == 0 {
				panic(fmt.Sprintf("data: Varied of sequences of which example %d has no symbol in epoch %d, want at "+
					"least 1", i, epoch))
			}
		}
		part.X = append(part.X, x)
		if b.s.Y != nil {
			part.Y = append(part.Y, b.s.Y[i])
		}
		if b.s.Labels != nil {
			part.Labels = append(part.Labels, b.s.Labels[i])
		}
	}
	return part
}

// inOrder is the source of [Sequences.Ordered].
type inOrder struct {
	s          Sequences
	size, step int
}

func (o inOrder) Len() int { return roundUp(o.s.Len(), o.size) / o.size }

func (o inOrder) Batches(epoch int) iter.Seq[[]graph.Tensor] { return o.Stride(epoch, 0, 1) }

func (o inOrder) Stride(_, first, by int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		all := slices.Collect(slices.Chunk(counting(o.s.Len()), o.size))
		for i := first; i < len(all); i += by {
			if !yield(o.s.batch(all[i], o.step)) {
				return
			}
		}
	}
}

// counting returns 0 … n-1.
func counting(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	return p
}

// bucket says by what an example is sorted: the numbers of steps that its sequences take, the longer one first.
func (s Sequences) bucket(i, step int) []int {
	t, u := s.longest([]int{i})
	t, u = roundUp(t, step), roundUp(u, step)
	return []int{max(t, u), t, u}
}

func (s Sequences) batch(at []int, step int) []graph.Tensor {
	t, u := s.longest(at)
	return s.rows(at, roundUp(t, step), roundUp(u, step))
}

// roundUp returns the least multiple of step that is not below n.
func roundUp(n, step int) int {
	if over := n % step; over > 0 {
		return n + step - over
	}
	return n
}

// longest returns the T and U that these examples need.
func (s Sequences) longest(at []int) (t, u int) {
	for _, i := range at {
		t = max(t, len(s.X[i]))
		if s.Y != nil {
			u = max(u, len(s.Y[i])+1)
		}
	}
	return t, u
}

// rows returns the tensors of these examples.
func (s Sequences) rows(at []int, t, u int) Rows {
	n := len(at)
	x, lengths := make([]int64, n*t), make([]int64, n)
	for row, i := range at {
		lengths[row] = int64(copy(x[row*t:], s.X[i]))
	}
	rows := Rows{graph.FromInt64(x, n, t), graph.FromInt64(lengths, n)}
	switch {
	case s.Y != nil:
		y, target := make([]int64, n*u), make([]int64, n*u)
		for row, i := range at {
			y[row*u] = Begin
			copy(y[row*u+1:], s.Y[i])
			target[row*u+copy(target[row*u:], s.Y[i])] = End
		}
		return append(rows, graph.FromInt64(y, n, u), graph.FromInt64(target, n, u))
	case s.Labels != nil:
		labels := make([]int64, n)
		for row, i := range at {
			labels[row] = s.Labels[i]
		}
		return append(rows, graph.FromInt64(labels, n))
	}
	return rows
}

// mustHold panics when the parts are not of one set of examples.
func (s Sequences) mustHold(method string) {
	n := len(s.X)
	switch {
	case s.Y != nil && s.Labels != nil:
		panic(fmt.Sprintf("data: %s of sequences with Y and Labels, want one of them", method))
	case s.Y != nil && len(s.Y) != n:
		panic(fmt.Sprintf("data: %s of sequences of which X has %d and Y has %d", method, n, len(s.Y)))
	case s.Labels != nil && len(s.Labels) != n:
		panic(fmt.Sprintf("data: %s of sequences of which X has %d and Labels has %d", method, n, len(s.Labels)))
	}
	for i, x := range s.X {
		if len(x) == 0 {
			panic(fmt.Sprintf("data: %s of sequences of which X[%d] has no symbol, want at least 1", method, i))
		}
	}
}
