// This file holds the interfaces by which an op tells the compiler how it can be joined with others, or divided. The
// passes in compile.go ask for them. No op needs any of them. docs/joins.md lists which op has which.

package graph

import (
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Pointwise is an elementwise op: it computes each element of its result from the elements of its operands at the same
// place, broadcast as NumPy does. Pointwise returns the steps of the computation for the given number of operands; see
// [vector.Step]. The steps are kernels of this module, so that the compiler cannot join ops of other modules.
type Pointwise interface {
	Pointwise(operands int) []vector.Step
}

// Rearranger is an op whose result holds only elements of its single operand. If all elements of the operand are
// equal, all elements of the result are equal to them.
type Rearranger interface {
	Rearranges()
}

// Binder is an op of two operands that can do with one of them if all elements of the given operand are v. Bind
// returns the op that computes the same, to the bit, from the other operand alone. It returns nil and true if the
// result is the other operand itself.
type Binder interface {
	Bind(operand int, v float64) (Op, bool)
}

// Absorber is an op, the producer, that may be able to compute the op next too. Result 0 of the producer is the given
// operand of next and is read nowhere else; operands is the number of operands of the producer; in are the types of
// the operands of next. Absorb returns the op that does both. Its operands are those of the producer followed by the
// other operands of next. Its results are those of the producer, with the result of next in the place of result 0.
type Absorber interface {
	Absorb(operands int, next Op, operand int, in []Type) (Op, bool)
}

// Loader is an op that may read the operand of an earlier op, the producer, in the place of the result of the
// producer. Load returns the op that does.
type Loader interface {
	Load(operand int, producer Op) (Op, bool)
}

// Adder is an op whose result is the sum of its operands if they have the same type. Adds is false for an op that is
// not a sum.
type Adder interface {
	Adds() bool
}

// Accumulator is an op that can add its result to a value. Accumulate returns the op that does: the value is its last
// operand, and the result may be written over it.
type Accumulator interface {
	Accumulate(in []Type) (Op, bool)
}

// Rewriter is an op that may be the last of a pattern: of several ops that one other op computes at once. Rewrite gets
// the result of the pattern and returns the other op, and its operands, which are terms of the pattern. Apart from
// these operands, the pattern may depend on constants only.
type Rewriter interface {
	Rewrite(root Term) (Op, []Term, bool)
}

// Bounder is an op that knows a bound of the magnitude of its single result, and of all values that it computes on the
// way. largest holds, for each operand, the largest magnitude of its elements. So a result that has many more elements
// than the operands need not be read to know that it is finite.
type Bounder interface {
	Bound(in []Type, largest []float64) float64
}

// Preparer is an op of whose work one part depends on some operands only. Prepare divides the op if these operands are
// held. An operand is held if it is a constant, a parameter that counts as constant, or computed from such values
// alone.
type Preparer interface {
	Prepare(in []Type, held []bool) (Preparation, bool)
}

// Preparation is an op divided in two: Op, which is computed before the first run, and Rest. Op takes the operands
// From. The operands of Rest are the operands of the op without From; the results of Op stand in the place of the
// first operand of From.
type Preparation struct {
	Op   Op
	From []int // numbers of the operands that Op takes, which are held, ascending
	Rest Op
}
