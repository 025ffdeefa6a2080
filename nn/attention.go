// This file holds MultiHeadAttention.

package nn

import (
	"cmp"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Attention is the options of a [MultiHeadAttention]. The zero value has biases and lets every position see all.
type Attention struct {
	Causal  bool // a position sees itself and those before
	NoBias  bool
	Dropout float64 // probability that a weight counts as 0 in a Train graph

	// Keys and Values are the widths of what keys and values are made of, PyTorch's kdim and vdim; 0 for that of
	// queries. With either the layer has three input weights.
	Keys, Values int
}

// MultiHeadAttention projects to queries, keys and values of several heads, lets each query take the mean of the
// values whose keys fit it, see [ops.Attention], and projects what the heads found together:
//
//	q, k, v = x·w_inᵀ + b_in        y = attention(q, k, v)·w_outᵀ + b_out
//
// It is PyTorch's MultiheadAttention with batch_first, in names and initial values. See Vaswani et al. 2017.
type MultiHeadAttention struct {
	InWeight *graph.Param // (3·D, D): rows for q, k and v, in each head after head; nil where there are three:
	QWeight  *graph.Param // (D, D)
	KWeight  *graph.Param // (D, Keys)
	VWeight  *graph.Param // (D, Values)
	InBias   *graph.Param // (3·D), nil without
	Out      *Linear
	Heads    int
	Options  Attention
	scope    *Scope
}

// NewMultiHeadAttention makes a layer of width d. Heads that do not divide it are an error of the graph that uses the
// layer.
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

// Forward lets x (N, T, D) look at itself.
func (a *MultiHeadAttention) Forward(x graph.Node) graph.Node { return a.Attend(x, x, graph.Node{}) }

// Attend lets q (N, T, D) look at kv (N, S, D), of which lengths (N) says how many positions are not padding; the zero
// Node for all. A causal layer lets query i see positions up to i + S - T.
func (a *MultiHeadAttention) Attend(q, kv, lengths graph.Node) graph.Node {
	return a.AttendTo(q, kv, kv, ops.AttentionOptions{Lengths: lengths})
}

// AttendTo lets q (N, T, D) look at keys k (N, S, Keys) and take of the values v (N, S, Values), of which the options
// say what is seen, such as by a mask (N, NH, T, S) or what broadcasts to it. Causal and Dropout of the layer count,
// too.
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
// It, Queries and KeysValues are for attention that goes by steps of its own, such as one that keeps keys and values;
// what comes of it goes to Out.
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

// project maps x by the weights from the one to the other of those of q, k and v.
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

// joined is all of them side by side.
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
