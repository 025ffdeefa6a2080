// This file holds the pattern of attention, and attention with a mask that is added to the scores.

package ops

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// attentionPattern is the mean of values by the softmax of scores:
//
//	softmax(m)·v        m = scale·q·kᵀ, or with a mask: m + mask, or where(mask, m, hidden)
//
// Attention is causal with a constant mask that is 0 for keys up to the query and [hiddenScore] or less for others,
// and with a condition that says so; the weights may be multiplied by such a condition, too. Any other mask that is
// added stays an operand.
func attentionPattern(t graph.Term) (op graph.Op, in []graph.Term, ok bool) {
	if t.Op() != (matmul{}) {
		return nil, nil, false
	}
	p, v := t.Operands()[0], t.Operands()[1]
	weights, zeroed := causalFactor(p)
	o, ok := weights.Op().(softmax)
	if !ok || o.log || o.axis != len(p.Type().Shape)-1 {
		return nil, nil, false
	}
	m := weights.Operands()[0]
	if scores, causal := causalScores(m, zeroed); causal {
		q, k, scale, ok := scoresOf(scores)
		return attention{operands: 3, causal: true, scale: scale}, []graph.Term{q, k, v}, ok
	}
	if zeroed {
		return nil, nil, false
	}
	if q, k, scale, ok := scoresOf(m); ok {
		return attention{operands: 3, scale: scale}, []graph.Term{q, k, v}, true
	}
	if m.Op() != (binary{vector.Add}) {
		return nil, nil, false
	}
	for i, mask := range m.Operands() {
		if q, k, scale, ok := scoresOf(m.Operands()[1-i]); ok {
			return maskedAttention{of: attention{operands: 3, scale: scale}}, []graph.Term{q, k, v, mask}, true
		}
	}
	return nil, nil, false
}

// scoresOf is t as scale·q·kᵀ. The scale may have been given to q or k.
func scoresOf(t graph.Term) (q, k graph.Term, scale float64, ok bool) {
	t, scale = factored(t)
	if t.Op() != (matmul{transB: true}) {
		return q, k, 0, false
	}
	q, byQ := factored(t.Operands()[0])
	k, byK := factored(t.Operands()[1])
	scale *= byQ * byK
	usual := 1 / math.Sqrt(float64(q.Type().Shape[len(q.Type().Shape)-1]))
	switch {
	case isNumber(scale, usual):
		return q, k, 0, true
	default:
		return q, k, scale, scale > 0
	}
}

// hiddenScore is the largest score of a hidden key, and the largest number that is added to hide one. The weight of
// such a key is 0 beside that of any key that is seen.
const hiddenScore = -1e9

// causalScores is t as scores under a causal mask. With more queries than keys the first queries see no key: attention
// gives zeros, a softmax of hidden scores does not, unless the weights are zeroed.
func causalScores(t graph.Term, zeroed bool) (scores graph.Term, ok bool) {
	if shape := t.Type().Shape; !zeroed && shape[len(shape)-2] > shape[len(shape)-1] {
		return scores, false
	}
	on := func(v float64) bool { return v != 0 }
	off := func(v float64) bool { return v == 0 }
	switch t.Op() {
	case where{}:
		for k, a := range t.Operands()[1:] {
			other, ok := t.Operands()[2-k].Number()
			seen, hidden := on, off
			if k == 1 {
				seen, hidden = off, on
			}
			if ok && other <= hiddenScore && causal(t.Operands()[0], t, seen, hidden) {
				return a, true
			}
		}
	case binary{vector.Add}:
		for k, a := range t.Operands() {
			if causal(t.Operands()[1-k], t, off, func(v float64) bool { return v <= hiddenScore }) {
				return a, true
			}
		}
	}
	return scores, false
}

// causalFactor is t as weights times a constant that is 1 where the query sees the key and 0 elsewhere; or t itself.
func causalFactor(t graph.Term) (weights graph.Term, ok bool) {
	if t.Op() != (binary{vector.Mul}) {
		return t, false
	}
	for k, a := range t.Operands() {
		if causal(t.Operands()[1-k], t, func(v float64) bool { return v == 1 },
			func(v float64) bool { return v == 0 }) {
			return a, true
		}
	}
	return t, false
}

// causal reports whether a constant mask tells the keys that a query sees, those up to itself, from the hidden ones,
// in the same way for all scores. seen and hidden say what its elements are there.
func causal(mask, scores graph.Term, seen, hidden func(v float64) bool) bool {
	m, ok := mask.Constant()
	shape := scores.Type().Shape
	t, s := shape[len(shape)-2], shape[len(shape)-1]
	rank := len(m.Shape)
	if !ok || rank < 2 || m.Shape[rank-2] != t || m.Shape[rank-1] != s || m.Shape.Size() != t*s {
		return false
	}
	for i := range t {
		for j := range s {
			is := seen
			if j > i+s-t {
				is = hidden
			}
			if !is(m.At(i*s + j)) {
				return false
			}
		}
	}
	return true
}
