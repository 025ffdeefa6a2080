// This file holds Parts: the means that a loss consists of, from which the loss over several batches is computed.

package ops

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Part is the term Weight·Value of a loss. Value is a mean over Count elements or rows, or over targets that are not
// left out, whose weights add up to Count. The loss over the rows of several batches is
//
//	Σ over parts of Weight·(Σ Value·Count)/(Σ Count)        Σ over batches
//
// Both nodes are scalars. Count is the zero Node where the part is a sum that nothing divides: Weight·(Σ Value).
type Part struct {
	Weight       float64
	Value, Count graph.Node
	Ignored      []int64 // targets that are left out
}

// Parts finds the parts of a loss that consists of the losses of this package, of sums and means of all elements, and
// of weighted sums of these. Anything else is taken for the mean of as many rows as given. A scaled sum of elements is
// taken for such a mean, too, since its scale may be one over their number, unless the loss has a sum that is not
// scaled.
//
// Parts adds counts to the graph. They take part in a program only if asked for.
func Parts(loss graph.Node, rows int) []Part {
	if !loss.Valid() {
		return nil
	}
	terms := lossTerms(loss, 1, false)
	plain := false
	for _, t := range terms {
		plain = plain || t.isSum() && !t.scaled
	}
	parts := make([]Part, len(terms))
	for i, t := range terms {
		parts[i] = t.part(rows, plain)
	}
	return parts
}

// Sum returns Value·Count and Count. For a batch whose targets are all left out both are 0, where Value is an error.
// The count of a sum that nothing divides is the zero Node.
func (p Part) Sum() (sum, count graph.Node) {
	if o, ok := p.Value.Op().(crossEntropy); ok && o.reduction == ReduceMean && p.Value.Result() == 0 {
		o.reduction = ReduceSum
		y := graph.ApplyAll(o, p.Value.Inputs()...)
		return y[0], y[2]
	}
	if o, ok := countOf(p.Value); ok {
		o.some = false
		in := p.Value.Inputs()
		return in[0], graph.ApplyAll(o, in[1].Inputs()...)[2]
	}
	if p.Count == (graph.Node{}) {
		return p.Value, p.Count
	}
	return Mul(p.Value, p.Count), p.Count
}

// countOf finds what the mean of [NegativeLogLikelihood] divides by.
func countOf(y graph.Node) (o counted, ok bool) {
	if y.Op() != (binary{vector.Div}) {
		return o, false
	}
	o, ok = y.Inputs()[1].Op().(counted)
	return o, ok
}

// lossTerm is a summand of a loss with its factor.
type lossTerm struct {
	node   graph.Node
	weight float64
	scaled bool
}

// lossTerms takes sums and multiples of scalars apart.
func lossTerms(n graph.Node, weight float64, scaled bool) []lossTerm {
	if in := n.Inputs(); n.Rank() == 0 {
		switch o := n.Op().(type) {
		case binary:
			if (o.f == vector.Add || o.f == vector.Sub) && in[0].Rank() == 0 && in[1].Rank() == 0 {
				second := weight
				if o.f == vector.Sub {
					second = -weight
				}
				return append(lossTerms(in[0], weight, scaled), lossTerms(in[1], second, scaled)...)
			}
		case unary:
			switch o.f {
			case vector.MulScalar:
				return lossTerms(in[0], weight*o.p, true)
			case vector.Neg:
				return lossTerms(in[0], -weight, scaled)
			}
		}
	}
	return []lossTerm{{n, weight, scaled}}
}

// isSum reports whether the term is a sum of elements that nothing divides.
func (t lossTerm) isSum() bool {
	switch o := t.node.Op().(type) {
	case crossEntropy:
		return o.reduction == ReduceSum
	case pointLoss:
		return o.r == ReduceSum
	case reduce:
		return o.f == vector.Sum && t.node.Rank() == 0
	}
	return false
}

// part finds what the term is a mean over. With plain, a sum is a sum, without a count.
func (t lossTerm) part(rows int, plain bool) Part {
	p := Part{Weight: t.weight, Value: t.node}
	in, n := t.node.Inputs(), float64(rows)
	switch o := t.node.Op().(type) {
	case crossEntropy:
		p.Ignored = leftOut(o.ignore)
		if o.reduction == ReduceMean && t.node.Result() == 0 {
			p.Count = t.node.Results()[2]
			return p
		}
	case binary:
		if c, ok := countOf(t.node); ok {
			p.Ignored, p.Count = leftOut(c.ignore), in[1]
			return p
		}
	case pointLoss:
		if o.r != ReduceSum && o.r != ReduceNone {
			n = 1 / o.r.scale(in[0].Shape())
		}
	case reduce:
		if o.f == vector.Mean {
			n = float64(in[0].Size() / t.node.Size())
		}
	}
	if !t.isSum() || !plain {
		p.Count = t.node.Graph().Scalar(n)
	}
	return p
}

// leftOut lists the targets that are left out.
func leftOut(ignore int64) []int64 {
	if ignore == IgnoreIndex {
		return []int64{IgnoreIndex}
	}
	return []int64{ignore, IgnoreIndex}
}
