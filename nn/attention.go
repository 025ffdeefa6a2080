// This file holds MultiHeadAttention.

package nn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Attention is the options of a [MultiHeadAttention]. The zero value has biases and lets every position see all.
type Attention struct {
	Causal bool // a position sees itself and those before
	NoBias bool
}

// MultiHeadAttention projects to queries, keys and values of several heads, lets each query take the mean of the values
// whose keys fit it, see [ops.Attention], and projects what the heads found together:
//
//	q, k, v = x·w_inᵀ + b_in        y = attention(q, k, v)·w_outᵀ + b_out
//
// It is PyTorch's MultiheadAttention with batch_first, in names and initial values. There is no dropout of weights, and
// queries, keys and values have one width. See Vaswani et al. 2017.
type MultiHeadAttention struct {
	InWeight *graph.Param // (3·D, D): rows for q, k and v, in each head after head
	InBias   *graph.Param // (3·D), nil without
	Out      *Linear
	Heads    int
	Options  Attention
	scope    *Scope
}

// NewMultiHeadAttention makes a layer of width d. Heads that do not divide it are an error of the graph that uses the layer.
func NewMultiHeadAttention(s *Scope, d, heads int, opt Attention) *MultiHeadAttention {
	s.sizes("NewMultiHeadAttention", "d heads", d, heads)
	a := &MultiHeadAttention{InWeight: s.Param("in_proj_weight", XavierUniform(1), 3*d, d), Heads: heads, Options: opt, scope: s}
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
	g := q.Graph()
	defer a.scope.open(g)()
	w, b := g.Param(a.InWeight), optional(g, a.InBias)
	opt := ops.AttentionOptions{Causal: a.Options.Causal, Lengths: lengths}
	if q == kv {
		qkv := ops.Linear(q, w, b) // (N, T, 3·D)
		return a.Out.Forward(ops.SelfAttention(qkv, a.Heads, opt))
	}
	d := w.Dim(1)
	q = ops.Linear(q, rows(w, 0, d), rows(b, 0, d))
	kv = ops.Linear(kv, rows(w, d, 3*d), rows(b, d, 3*d)) // (N, S, 2·D)
	return a.Out.Forward(ops.CrossAttention(q, kv, a.Heads, opt))
}

// rows is a view of rows [lo, hi) of x, which may be the zero Node.
func rows(x graph.Node, lo, hi int) graph.Node {
	if x == (graph.Node{}) {
		return x
	}
	return ops.Slice(x, 0, lo, hi, 1)
}
