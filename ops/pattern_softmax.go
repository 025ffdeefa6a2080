// This file holds the patterns of softmax and its logarithm.

package ops

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// softmaxPattern is the softmax that does not overflow, along one axis:
//
//	e/Σ e        e = exp(x - max x)
//
// A softmax without the maximum stays as it is, and shows where it overflows.
func softmaxPattern(t graph.Term) (op graph.Op, in []graph.Term, ok bool) {
	if t.Op() != (binary{vector.Div}) {
		return nil, nil, false
	}
	e, total := t.Operands()[0], t.Operands()[1]
	d, ok := argument(e, unary{f: vector.Exp})
	if !ok {
		return nil, nil, false
	}
	x, axis, ok := belowMax(d)
	return softmax{axis: axis}, []graph.Term{x}, ok && sums(total, e, axis)
}

// logSoftmaxPattern is, with d = x - max x along one axis,
//
//	d - ln Σ exp(d)
func logSoftmaxPattern(t graph.Term) (op graph.Op, in []graph.Term, ok bool) {
	if t.Op() != (binary{vector.Sub}) {
		return nil, nil, false
	}
	d := t.Operands()[0]
	x, axis, ok := belowMax(d)
	if !ok {
		return nil, nil, false
	}
	total, ok := argument(t.Operands()[1], unary{f: vector.Log})
	if !ok {
		return nil, nil, false
	}
	e, _, _, ok := summed(total)
	if !ok || !sums(total, e, axis) {
		return nil, nil, false
	}
	of, ok := argument(e, unary{f: vector.Exp})
	return softmax{log: true, axis: axis}, []graph.Term{x}, ok && of == d
}

// logOfSoftmaxPattern is ln softmax(x). The op that takes its place is finite where softmax(x) is rounded to 0.
func logOfSoftmaxPattern(t graph.Term) (op graph.Op, in []graph.Term, ok bool) {
	p, ok := argument(t, unary{f: vector.Log})
	if !ok {
		return nil, nil, false
	}
	o, ok := p.Op().(softmax)
	if !ok || o.log {
		return nil, nil, false
	}
	return softmax{log: true, axis: o.axis}, p.Operands(), true
}

// belowMax is d as x - max x along an axis.
func belowMax(d graph.Term) (x graph.Term, axis int, ok bool) {
	if d.Op() != (binary{vector.Sub}) {
		return x, 0, false
	}
	x, top := d.Operands()[0], d.Operands()[1]
	largest, by := unshaped(top)
	o, ok := largest.Op().(reduce)
	if !ok || o.f != vector.Max || by != 1 || largest.Operands()[0] != x || !keeps(top, x, o.axes) {
		return x, 0, false
	}
	axis, ok = o.axes.single()
	return x, axis, ok
}

// sums reports whether t is the sum of x along an axis, and broadcasts against it.
func sums(t, x graph.Term, axis int) bool {
	of, axes, by, ok := summed(t)
	return ok && of == x && axes == 1<<axis && isNumber(by, 1) && keeps(t, x, axes)
}
