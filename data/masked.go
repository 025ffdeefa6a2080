// This file holds what a model of masked symbols learns from: texts of which some symbols are hidden.

package data

import (
	"fmt"
	"iter"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/ops"
)

// Masked are texts of which a model sees some symbols hidden, and learns to find them. A batch is a pair of x and y
// (n, T) int64. Each symbol of From to To-1 is chosen with probability Share. In its place x has
//
//	Mask                           in 8 cases of 10
//	a symbol of From to To-1       in 1 of 10, each of them as likely
//	the symbol, as if not chosen   in 1 of 10
//
// and y has the symbol. Everywhere else x has what the text has, and y has [ops.IgnoreIndex], which losses leave out.
// Where none is chosen of a text that has such symbols, one is all the same. All is a function of (seed, epoch,
// example, place) alone. The methods panic, and say why, when X is no (N, T) of int64, when From is not below To, or
// when Share is no probability.
//
// Devlin, Chang, Lee and Toutanova, "BERT: pre-training of deep bidirectional transformers for language
// understanding", NAACL 2019, section 3.1; why not all are masked: such a symbol is never seen where the model is
// used.
type Masked struct {
	X        graph.Tensor // (N, T)
	From, To int64        // what may be hidden: signs such as padding are best outside
	Mask     int64        // what stands for a hidden symbol
	Share    float64      // 0 for 0.15
	Seed     uint64
}

// The shares of what stands in the place of a chosen symbol; the rest stays as it is.
const (
	masks   = .8
	swapped = .1
)

// Shuffled returns the batches to train on: in each epoch other symbols are hidden, and the examples are in another
// order, see [Rows.ShuffledBy]. A batch is valid until the next one.
func (m Masked) Shuffled(size int) Source {
	return masked{m, m.numbered("Shuffled").shuffled("Shuffled", size, m.Seed), false}
}

// Ordered returns the batches to evaluate on: all examples in their order, size at a time, the last batch with what is
// left. What is hidden is the same in each epoch. A batch is valid until the next one.
func (m Masked) Ordered(size int) Source {
	return masked{m, m.numbered("Ordered").ordered("Ordered", size), true}
}

// numbered are the examples with their numbers.
func (m Masked) numbered(method string) Rows {
	if err := m.X.Check(); err != nil || m.X.DType != graph.Int64 || len(m.X.Shape) != 2 {
		panic(fmt.Sprintf("data: %s of masked texts %v, want (N, T) of int64", method, m.X.Type))
	}
	if m.From >= m.To {
		panic(fmt.Sprintf("data: %s of masked texts that hide symbols %d to %d, which are none", method,
			m.From, m.To-1))
	}
	if !(m.Share >= 0 && m.Share <= 1) {
		panic(fmt.Sprintf("data: %s of masked texts that hide a share of %v, want a probability", method, m.Share))
	}
	numbers := make([]int64, m.X.Shape[0])
	for i := range numbers {
		numbers[i] = int64(i)
	}
	return Rows{m.X, graph.FromInt64(numbers, len(numbers))}
}

// masked is the source of both. Its own source gives examples with their numbers.
type masked struct {
	Masked
	Source
	fixed bool
}

func (s masked) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	if s.fixed {
		epoch = 0
	}
	return func(yield func([]graph.Tensor) bool) {
		key := rng.Key(s.Seed, rng.HashString("data.masked")).Sub(uint64(epoch))
		var x, y graph.Tensor
		for b := range s.Source.Batches(epoch) {
			if !x.Shape.Equal(b[0].Shape) {
				x, y = graph.NewTensor(b[0].Type), graph.NewTensor(b[0].Type)
			}
			for row, number := range b[1].I64 {
				text := b[0].Rows(row, row+1).I64
				s.hide(x.Rows(row, row+1).I64, y.Rows(row, row+1).I64, text, key.Sub(uint64(number)))
			}
			if !yield([]graph.Tensor{x, y}) {
				return
			}
		}
	}
}

// hide makes x and y of one text.
func (m Masked) hide(x, y, text []int64, key rng.K) {
	share := m.Share
	if share == 0 {
		share = .15
	}
	next, nearest, chosen := -1, 1., false
	for i, symbol := range text {
		x[i], y[i] = symbol, ops.IgnoreIndex
		if symbol < m.From || symbol >= m.To {
			continue
		}
		switch u := fraction(key.Uint32x4(uint64(i))[0]); {
		case u < share:
			chosen = true
			x[i], y[i] = m.instead(symbol, key, i), symbol
		case u < nearest:
			next, nearest = i, u
		}
	}
	if !chosen && next >= 0 {
		x[next], y[next] = m.instead(text[next], key, next), text[next]
	}
}

// instead is what stands in the place of a chosen symbol.
func (m Masked) instead(symbol int64, key rng.K, place int) int64 {
	draw := key.Uint32x4(uint64(place))
	switch u := fraction(draw[1]); {
	case u < masks:
		return m.Mask
	case u < masks+swapped:
		return m.From + int64(uint64(draw[2])*uint64(m.To-m.From)>>32)
	}
	return symbol
}

// fraction is a random word as a number in [0, 1).
func fraction(word uint32) float64 { return float64(word) / (1 << 32) }
