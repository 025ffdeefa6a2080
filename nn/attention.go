// This file holds MultiHeadAttention.

package nn

import (
	"cmp"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Attention is the options of a [MultiHeadAttention]. With the zero value there are biases, and every position sees
// all positions.
type Attention struct {
	Causal  bool // a position sees only itself and the positions before
	NoBias  bool
	Dropout float64 // probability that a weight counts as 0 in a Train graph

	// Keys and Values are the widths of the operands that keys and values are projected from, PyTorch's kdim and vdim;
	// 0 stands for d. If one differs from d the layer has three input weights.
	Keys, Values int
}

// MultiHeadAttention projects its operands to queries, keys and values of several heads. Each query gets a mean of the
// values, weighted by how well their keys fit it, see [ops.Attention]. The results of all heads, side by side, are
// projected once more:
//
//	q, k, v = x·w_inᵀ + b_in        y = attention(q, k, v)·w_outᵀ + b_out
//
// It is PyTorch's MultiheadAttention with batch_first, in names and initial values. See Vaswani et al. 2017.
type MultiHeadAttention struct {
	InWeight *graph.Param // (3·D, D): rows for q, k and v, in each head after head; nil if there are three weights:
	QWeight  *graph.Param // (D, D)
	KWeight  *graph.Param // (D, Keys)
	VWeight  *graph.Param // (D, Values)
	InBias   *graph.Param // (3·D), nil without
	Out      *Linear
	Heads    int
	Options  Attention
	scope    *Scope
}

// NewMultiHeadAttention makes a layer of width d. If the number of heads does not divide d, this is an error of the
// graph that uses the layer.
func NewMultiHeadAttention(s *Scope, d, heads int, opt Attention) *MultiHeadAttention {
	s.sizes("NewMultiHeadAttention", "d heads", d, heads)
	a := &MultiHeadAttention{Heads: heads, Options: opt, scope: s}
	if keys, values := cmp.Or(opt.Keys, d), cmp.Or(opt.Values, d); keys == d && values == d {
		a.InWeight = s.Param("in_proj_weight", XavierUniform(1), 3*d, d)
	} else {
		s.sizes("NewMultiHeadAttention", "Keys Values", keys, values)
		a.QWeight = s.Param("q_proj_weight", XavierUniform(1), d, d)
		a.KWeight = s.Param("k_proj_weight", XavierUniform(1), d, keys)
		a.VWeight = s.Param("v_proj_weight", XavierUniform(1), d, values)
	}
	if !opt.NoBias {
		a.InBias = s.Param("in_proj_bias", Zeros, 3*d)
	}
	a.Out = NewLinear(s.Sub("out_proj"), d, d, Affine{NoBias: opt.NoBias, Bias: Zeros})
	return a
}

// Forward is self-attention of x (N, T, D).
func (a *MultiHeadAttention) Forward(x graph.Node) graph.Node { return a.Attend(x, x, graph.Node{}) }

// Attend is the attention of q (N, T, D) to kv (N, S, D). lengths (N) says how many positions of kv are not padding;
// the zero Node stands for all. In a causal layer query i sees positions up to i + S - T.
func (a *MultiHeadAttention) Attend(q, kv, lengths graph.Node) graph.Node {
	return a.AttendTo(q, kv, kv, ops.AttentionOptions{Lengths: lengths})
}

// AttendTo is the attention of q (N, T, D) to keys made from k (N, S, Keys) and values made from v (N, S, Values). The
// options say which positions are seen, for example by a mask that broadcasts to (N, NH, T, S). Causal and Dropout of
// the layer count too.
func (a *MultiHeadAttention) AttendTo(q, k, v graph.Node, opt ops.AttentionOptions) graph.Node {
	g := q.Graph()
	defer a.scope.open(g)()
	opt.Causal = opt.Causal || a.Options.Causal
	opt.Dropout = cmp.Or(opt.Dropout, a.Options.Dropout)
	if q == k && k == v && a.InWeight != nil {
		return a.Out.Forward(ops.SelfAttention(a.project(q, 0, 3), a.Heads, opt))
	}
	q = a.project(q, 0, 1)
	if k == v {
		return a.Out.Forward(ops.CrossAttention(q, a.project(k, 1, 3), a.Heads, opt))
	}
	kv := ops.Concat(-1, a.project(k, 1, 2), a.project(v, 2, 3)) // (N, S, 2·D)
	return a.Out.Forward(ops.CrossAttention(q, kv, a.Heads, opt))
}

// Project maps x (N, T, D) to queries, keys and values side by side (N, T, 3·D), as [ops.SelfAttention] takes them.
// Project, Queries and KeysValues are for models that compute the attention themselves, such as one that keeps keys
// and values from step to step. The result of the attention goes to Out.
func (a *MultiHeadAttention) Project(x graph.Node) graph.Node {
	defer a.scope.open(x.Graph())()
	return a.project(x, 0, 3)
}

// Queries maps x (N, T, D) to queries (N, T, D), as [ops.CrossAttention] takes them.
func (a *MultiHeadAttention) Queries(x graph.Node) graph.Node {
	defer a.scope.open(x.Graph())()
	return a.project(x, 0, 1)
}

// KeysValues maps x (N, S, D) to keys and values (N, S, 2·D), as [ops.CrossAttention] takes them.
func (a *MultiHeadAttention) KeysValues(x graph.Node) graph.Node {
	defer a.scope.open(x.Graph())()
	return a.project(x, 1, 3)
}

// project maps x by the weights with numbers in [from, to), where 0 is q, 1 is k and 2 is v.
func (a *MultiHeadAttention) project(x graph.Node, from, to int) graph.Node {
	g, d := x.Graph(), a.Out.Weight.Type().Shape[1]
	b := optional(g, a.InBias)
	if a.InWeight == nil {
		var each []graph.Node
		for i, w := range []*graph.Param{a.QWeight, a.KWeight, a.VWeight}[from:to] {
			each = append(each, ops.Linear(x, g.Param(w), rows(b, (from+i)*d, (from+i+1)*d)))
		}
		return joined(each)
	}
	w := g.Param(a.InWeight)
	if to-from == 3 {
		return ops.Linear(x, w, b)
	}
	return ops.Linear(x, rows(w, from*d, to*d), rows(b, from*d, to*d))
}

// joined is the nodes side by side along the last axis.
func joined(each []graph.Node) graph.Node {
	if len(each) == 1 {
		return each[0]
	}
	return ops.Concat(-1, each...)
}

// rows is a view of rows [lo, hi) of x, which may be the zero Node.
func rows(x graph.Node, lo, hi int) graph.Node {
	if x == (graph.Node{}) {
		return x
	}
	return ops.Slice(x, 0, lo, hi, 1)
}
