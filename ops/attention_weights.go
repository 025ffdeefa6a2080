// This file holds AttentionsIn, which finds the attention of a graph and shows its weights.

package ops

import (
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Attended is an attention of a graph. Layer is where it stands. Weights is p (N, NH, T, S), by which each query takes
// its mean of the values; p lacks the axes that the operands of [Attention] lack.
type Attended struct {
	Layer   string
	Weights graph.Node
}

// AttentionsIn returns the weights of every [Attention], [SelfAttention] and [CrossAttention] in the forward pass of
// g, in the order of the graph, whatever the model. Where weights are in memory, such as with a mask, these are
// returned, before dropout. Elsewhere AttentionsIn adds the computation of the weights to g, see [AttentionWeights].
//
//	g := &graph.Graph{}
//	model.Forward(g.Indices("x", 1, 12))
//	for _, a := range ops.AttentionsIn(g) {
//		fmt.Println(a.Layer, a.Weights.Shape()) // h.0.attn (1, 4, 12, 12)
//	}
func AttentionsIn(g *graph.Graph) (all []Attended) {
	for _, n := range g.Nodes() {
		if n.Kind() != graph.KindOp || n.Phase() != graph.Forward || n.Result() != 0 {
			continue
		}
		if p, ok := weightsIn(n); ok {
			all = append(all, Attended{layerOf(n), p})
		}
	}
	return all
}

// layerOf is the layer of the attention whose result is y. An attention of several ops stands in a part of the layer.
func layerOf(y graph.Node) string {
	if _, ok := y.Op().(attention); ok {
		return y.Scope()
	}
	return strings.TrimSuffix(strings.TrimSuffix(y.Scope(), attentionPart), ".")
}

// weightsIn is the weights of attention whose result is y.
func weightsIn(y graph.Node) (p graph.Node, ok bool) {
	in := y.Inputs()
	switch o := y.Op().(type) {
	case attention:
		opt := AttentionOptions{Causal: o.causal, Scale: o.scale}
		if len(in) > o.operands {
			opt.Lengths = in[o.operands]
		}
		q, k := o.queriesAndKeys(in)
		return AttentionWeights(q, k, opt), true
	case matmul:
		p = in[0]
		if _, ok := p.Op().(dropout); ok {
			p = p.Inputs()[0]
		}
		return p, o == (matmul{}) && isWeights(p)
	}
	return p, false
}

// queriesAndKeys are q and k (N, NH, T, HS) of operands that fit.
func (o attention) queriesAndKeys(in []graph.Node) (q, k graph.Node) {
	switch o.operands {
	case 1:
		x := parted(in[0], 3, o.heads)
		return x[0], x[1]
	case 2:
		return parted(in[0], 1, o.heads)[0], parted(in[1], 2, o.heads)[0]
	}
	return in[0], in[1]
}

// isWeights reports whether p is what [AttentionWeights] makes: the softmax of scores, or that times a mask of 0 and
// 1.
func isWeights(p graph.Node) bool {
	if p.Op() == (binary{vector.Mul}) {
		p = p.Inputs()[0]
	}
	o, ok := p.Op().(softmax)
	return ok && !o.log && o.axis == p.Rank()-1 && isScores(p.Inputs()[0])
}

// isScores reports whether x is a product q·kᵀ that has been scaled, masked or added to.
func isScores(x graph.Node) bool {
	switch o := x.Op().(type) {
	case matmul:
		return o.transB
	case unary:
		return isScores(x.Inputs()[0])
	case binary:
		return o.f == vector.Add && isScores(x.Inputs()[0])
	case where:
		return isScores(x.Inputs()[1])
	}
	return false
}
