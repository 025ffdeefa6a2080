// This file holds what the patterns have in common. Each pattern stands in a file of its own. The op that a pattern
// ends with offers it to the compiler by its method Rewrite.

package ops

import (
	"math"
	"math/bits"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// pattern finds an op that computes t, and the operands of that op.
type pattern func(t graph.Term) (graph.Op, []graph.Term, bool)

func rewrite(root graph.Term, patterns ...pattern) (graph.Op, []graph.Term, bool) {
	for _, p := range patterns {
		if op, in, ok := p(root); ok {
			return op, in, true
		}
	}
	return nil, nil, false
}

// argument is the operand of t, if t is made by the given op, which has one operand.
func argument(t graph.Term, op graph.Op) (x graph.Term, ok bool) {
	if t.Op() != op {
		return x, false
	}
	return t.Operands()[0], true
}

// factored is t as x·by, with every number taken off.
func factored(t graph.Term) (x graph.Term, by float64) {
	for by = 1; ; {
		x, f, ok := factor(t)
		if !ok {
			return t, by
		}
		t, by = x, by*f
	}
}

// factor takes one number off t: t is x·by.
func factor(t graph.Term) (x graph.Term, by float64, ok bool) {
	switch o := t.Op().(type) {
	case unary:
		switch x = t.Operands()[0]; o.f {
		case vector.Neg:
			return x, -1, true
		case vector.MulScalar:
			return x, o.p, true
		}
	case binary:
		in := t.Operands()
		for k, x := range in {
			v, ok := in[1-k].Number()
			switch {
			case !ok || !x.Type().Equal(t.Type()):
			case o.f == vector.Mul:
				return x, v, true
			case o.f == vector.Div && k == 0:
				return x, 1 / v, true
			}
		}
	}
	return x, 0, false
}

// summed is t as by times the sum of x over axes, which stay with size 1 or disappear.
func summed(t graph.Term) (x graph.Term, axes axisSet, by float64, ok bool) {
	t, by = unshaped(t)
	o, ok := t.Op().(reduce)
	if !ok || o.f != vector.Sum && o.f != vector.Mean {
		return x, 0, 0, false
	}
	x = t.Operands()[0]
	if o.f == vector.Mean {
		by *= float64(t.Type().Shape.Size()) / float64(x.Type().Shape.Size())
	}
	return x, o.axes, by, true
}

// unshaped is factored of a value that may be reshaped between its factors.
func unshaped(t graph.Term) (x graph.Term, by float64) {
	x, by = factored(t)
	if _, ok := x.Op().(reshape); ok {
		inner, f := unshaped(x.Operands()[0])
		return inner, by * f
	}
	return x, by
}

// keeps reports whether t has the shape of x with size 1 in place of the axes, so that it broadcasts against x.
func keeps(t, x graph.Term, axes axisSet) bool {
	return t.Type().Shape.Equal(reduce{axes: axes}.shape(x.Type().Shape, true))
}

// single is the axis of a set of one.
func (s axisSet) single() (axis int, ok bool) {
	return bits.TrailingZeros8(uint8(s)), bits.OnesCount8(uint8(s)) == 1
}

// isNumber reports whether a factor is v, up to the rounding of float32.
func isNumber(by, v float64) bool { return math.Abs(by-v) <= 1e-6*math.Abs(v) }
