// This file holds Continue, which lets a GPT read a text symbol by symbol.

package transformer

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Window is how many symbols the model sees, which [GPT.Continue] reads at most.
func (m *GPT) Window() int { return m.Config.Context }

// Continue maps x (N, 1), the next symbol of each text, to logits (N, 1, V) of the one behind it. They are what
// [GPT.Forward] gives for the last place of the whole text, for a fraction of the work: keys and values of the symbols
// before are kept from run to run, in a state for each block, and so is the position:
//
//	kv ← k and v of x, kv[:, 0 … Context-2]        kv (N, Context, 2·D), the newest first
//	y = attention(q of x, kv[:, 0 … position])
//	position ← position + 1
//
// Attention does not mind the order of the keys: it is known by wpe alone. All texts of a batch begin with the first
// run, and anew after [graph.Program.Reset]. A run fails, and changes nothing, when Context symbols have been read.
func (m *GPT) Continue(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	if x.Rank() != 2 || x.Dim(1) != 1 {
		return graph.Failf("gpt", []graph.Node{x}, "x has shape %v, want (N, 1), a symbol of each text", x.Shape())
	}
	g, n := x.Graph(), x.Dim(0)
	position := g.State("position")
	at := ops.Cast(position, graph.Int64)
	h := ops.Add(m.WTE.Forward(x), m.WPE.Forward(at)) // (N, 1, D)
	h = ops.Dropout(h, m.Config.Dropout)
	read := ops.Expand(ops.Reshape(ops.Increment(at), 1), n) // (N)
	for i, b := range m.Blocks {
		kv := g.State(fmt.Sprintf("h.%d.kv", i), n, m.Config.Context, 2*m.Config.Width)
		h = b.next(h, kv, read)
	}
	g.Assign(position, ops.AddScalar(position, 1))
	return m.logits(h) // (N, 1, V)
}

// next is Forward of the newest position alone, x (N, 1, D), given the state kv of those before, and how many have been
// read, x among them.
func (b *GPTBlock) next(x, kv, read graph.Node) graph.Node {
	return b.forward(x, func(qkv graph.Node) graph.Node {
		d := kv.Dim(2) / 2
		newest := ops.Split(qkv, 2, d, 2*d) // q (N, 1, D), k and v (N, 1, 2·D)
		all := newest[1]
		if kv.Dim(1) > 1 {
			all = ops.Concat(1, all, ops.Slice(kv, 1, 0, -1, 1)) // (N, Context, 2·D)
		}
		qkv.Graph().Assign(kv, all)
		opt := ops.AttentionOptions{Lengths: read, Dropout: b.dropout}
		return ops.CrossAttention(newest[0], all, b.heads, opt) // (N, 1, D)
	})
}
