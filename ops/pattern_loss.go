// This file holds the pattern of cross-entropy.

package ops

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// crossEntropyPattern is the mean over N examples of the negative log-probability of a class:
//
//	-1/N Σ log-softmax(x)[target]        or        -1/N Σ log-softmax(x)·one-hot(target)
//
// The sign and the divisor may stand anywhere. The classes are the second axis, with one-hot of two.
func crossEntropyPattern(t graph.Term) (op graph.Op, in []graph.Term, ok bool) {
	if len(t.Type().Shape) > 0 {
		return nil, nil, false
	}
	picked, by, ok := sumOfAll(t)
	if !ok {
		return nil, nil, false
	}
	var logp, target graph.Term
	switch o := picked.Op().(type) {
	case takeAlong:
		logp, target = picked.Operands()[0], picked.Operands()[1]
		if _, ok := target.Op().(reshape); !ok || o.axis != 1 {
			return nil, nil, false
		}
		target = target.Operands()[0]
	case binary:
		if logp, target, ok = dotOneHot(picked, o); !ok {
			return nil, nil, false
		}
	default:
		return nil, nil, false
	}
	n := float64(target.Type().Shape.Size())
	if logp.Op() != (softmax{log: true, axis: 1}) || !isNumber(by*n, -1) {
		return nil, nil, false
	}
	return crossEntropy{ignore: ignoreNone}, []graph.Term{logp.Operands()[0], target}, true
}

// dotOneHot is t, a product, as log-probabilities times the one-hot form of a target.
func dotOneHot(t graph.Term, o binary) (logp, target graph.Term, ok bool) {
	for k, a := range t.Operands() {
		_, ok := a.Op().(oneHot)
		if logp = t.Operands()[1-k]; ok && o.f == vector.Mul && len(a.Type().Shape) == 2 &&
			logp.Type().Equal(a.Type()) {
			return logp, a.Operands()[0], true
		}
	}
	return logp, target, false
}

// sumOfAll is t, one number, as a number times the sum of all elements of x, through sums of sums and means.
func sumOfAll(t graph.Term) (x graph.Term, by float64, ok bool) {
	x, _, by, ok = summed(t)
	for more := ok; more; {
		var f float64
		x, f = unshaped(x)
		by *= f
		var inner graph.Term
		if inner, _, f, more = summed(x); more {
			x, by = inner, by*f
		}
	}
	return x, by, ok
}
