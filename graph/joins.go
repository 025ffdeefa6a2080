// This file holds what an op may tell the compiler, so that it is joined with others or divided: an interface a pass;
// see the passes in compile.go. No op has to have any of them. The table of those that do is docs/joins.md.

package graph

import (
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Pointwise is an op each element of whose result is made of the elements of its operands at the same place,
// broadcast as NumPy does. The steps do that for the given number of operands; see [vector.Step]. They are kernels
// of this module, so that ops of others are not joined.
type Pointwise interface {
	Pointwise(operands int) []vector.Step
}

// Rearranger is an op whose result holds nothing but elements of its single operand: if these are all equal, so
// are those of the result.
type Rearranger interface {
	Rearranges()
}

// Binder is an op of two operands of which one may turn out to be equal to v in all elements. Bind returns the op
// that computes the same, to the bit, from the other one alone, and nil for that operand itself.
type Binder interface {
	Bind(operand int, v float64) (Op, bool)
}

// Absorber is a producer that can go on to compute next, which has result 0 of the producer as its given operand, no
// other use of it, and in as its operands' types. The op that does both has the operands of the producer followed by
// the others of next, and the results of the producer with that of next in the place of result 0.
type Absorber interface {
	Absorb(operands int, next Op, operand int, in []Type) (Op, bool)
}

// Loader is an op that can read the operand of an earlier op, producer, in the place of its result.
type Loader interface {
	Load(operand int, producer Op) (Op, bool)
}

// Adder is an op whose result, where its operands have the same type, is their sum.
type Adder interface {
	Adds() bool
}

// Accumulator is an op that can add its result to a value: the op that does has one more operand, that value, and
// may write over it.
type Accumulator interface {
	Accumulate(in []Type) (Op, bool)
}

// Rewriter is an op that may be the last of a pattern: of several ops that another op computes at once. Rewrite gets
// its result and returns that op, with the operands that it has among the terms of the pattern. What more there is
// between these and the result are constants.
type Rewriter interface {
	Rewrite(root Term) (Op, []Term, bool)
}

// Bounder is an op that knows a bound of its single result, and of all that it computes on the way, when no element
// of an operand is larger in magnitude than the given numbers. So a gradient that is larger than what it is made of
// need not be read to be known as finite.
type Bounder interface {
	Bound(in []Type, largest []float64) float64
}

// Preparer is an op part of whose work depends on some operands alone. Prepare divides it when these are held:
// constants and parameters taken for constants, and what depends on nothing else.
type Preparer interface {
	Prepare(in []Type, held []bool) (Preparation, bool)
}

// Preparation is an op divided in two. The results of Op stand among the operands of Rest in the place of the first of
// those that it takes, the other operands as they were.
type Preparation struct {
	Op   Op
	From []int // operands of the op that Op takes, which are held, in ascending order
	Rest Op
}
