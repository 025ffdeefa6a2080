// This file holds Continue, which lets a GPT read a text piece by piece.

package transformer

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Window is how many symbols the model sees, which [GPT.Continue] reads at most.
func (m *GPT) Window() int { return m.Config.Context }

// Continue maps x (N, T), the next symbols of each text, to logits (N, T, V) of those behind them. They are what
// [GPT.Forward] gives for these places of the whole text, for a fraction of the work: keys and values of the symbols
// before are kept from run to run, in a state for each block, and so is the number of those symbols:
//
//	kv ← k and v of x, kv[:, 0 … Context-T-1]        kv (N, Context, 2·D), the newest piece first
//	y = attention(q of x, kv[:, 0 … read+T-1])       of x itself, up to each symbol
//	read ← read + T
//
// Attention does not mind the order of the keys: positions are known by wpe alone. So a single symbol, outside of
// training, is written behind those before, and nothing is moved. All texts of a batch begin with the first run, and
// anew after [graph.Program.Reset]. A run fails, and changes nothing, where a text would be longer than Context.
//
// An [nn.Sampler] writes with it, symbol by symbol. States belong to a program. Where a program of a large T has read
// the beginning of a text, one of T = 1 goes on when it is given them, in the order of [graph.Graph.Assigned]:
//
//	from, _ := beginning.Assigned()
//	to, _ := onward.Assigned()
//	for i := range to {
//		next.Set(to[i], first.Value(from[i]))
//	}
func (m *GPT) Continue(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	if err := checkText(x, m.Config.Context); err != nil {
		return graph.Fail("gpt", []graph.Node{x}, err)
	}
	g, n, t := x.Graph(), x.Dim(0), x.Dim(1)
	read := g.State("read")
	all := ops.AddScalar(read, float64(t))
	at := ops.Cast(ops.Add(read, ops.Cast(g.Constant(count(t)), g.DType)), graph.Int64) // (T)
	h := ops.Add(m.WTE.Forward(x), m.WPE.Forward(at))                                   // (N, T, D)
	h = ops.Dropout(h, m.Config.Dropout)
	next := m.reader(read, all, n, t)
	for i, b := range m.Blocks {
		h = next(b, h, g.State(fmt.Sprintf("h.%d.kv", i), n, m.Config.Context, 2*m.Config.Width))
	}
	g.Assign(read, all)
	return m.logits(h) // (N, T, V)
}

// count is 0, 1, …, n-1.
func count(n int) graph.Tensor {
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(i)
	}
	return graph.FromInt64(v, n)
}

// reader is how a block reads the t newest symbols of n texts, given its state. Before them it had read so many, and
// then all.
func (m *GPT) reader(read, all graph.Node, n, t int) func(b *GPTBlock, x, kv graph.Node) graph.Node {
	if t == 1 && read.Graph().Mode == graph.Eval {
		read = ops.Expand(ops.Reshape(ops.Cast(read, graph.Int64), 1), n) // (N)
		return func(b *GPTBlock, x, kv graph.Node) graph.Node { return b.nextOne(x, kv, read) }
	}
	opt := ops.AttentionOptions{Mask: m.hidden(all, t), Dropout: m.Config.Dropout}
	return func(b *GPTBlock, x, kv graph.Node) graph.Node { return b.next(x, kv, opt) }
}

// hidden (t, Context) is the mask of t queries of keys of which all are not empty: it hides the empty ones, and, of
// the t newest, which come first, those behind the query.
func (m *GPT) hidden(all graph.Node, t int) graph.Node {
	g, context := all.Graph(), m.Config.Context
	later := make([]int64, t*context) // 1 for keys behind the query
	for i := range t {
		for j := i + 1; j < t; j++ {
			later[i*context+j] = 1
		}
	}
	behind := ops.Cast(g.Constant(graph.FromInt64(later, t, context)).Named("keys behind"), g.DType)
	empty := ops.GreaterEqual(ops.Cast(g.Constant(count(context)), g.DType), all)     // (Context)
	return ops.Where(ops.Maximum(behind, empty), g.Scalar(math.Inf(-1)), g.Scalar(0)) // (t, Context)
}

// next is Forward of the newest positions alone, x (N, T, D), given the state kv of those before.
func (b *GPTBlock) next(x, kv graph.Node, opt ops.AttentionOptions) graph.Node {
	return b.forward(x, func(qkv graph.Node) graph.Node {
		context, d, t := kv.Dim(1), kv.Dim(2)/2, qkv.Dim(1)
		newest := ops.Split(qkv, 2, d, 2*d) // q (N, T, D), k and v (N, T, 2·D)
		all := newest[1]
		if t < context {
			all = ops.Concat(1, all, ops.Slice(kv, 1, 0, context-t, 1)) // (N, Context, 2·D)
		}
		qkv.Graph().Assign(kv, all)
		return ops.CrossAttention(newest[0], all, b.heads, opt) // (N, T, D)
	})
}

// nextOne is next of one position, x (N, 1, D), outside of training: it moves nothing of what is kept. read (N) is
// how many symbols of each text there were before.
func (b *GPTBlock) nextOne(x, kv, read graph.Node) graph.Node {
	return b.forward(x, func(qkv graph.Node) graph.Node {
		g, d := qkv.Graph(), kv.Dim(2)/2
		newest := ops.Split(qkv, 2, d, 2*d) // q (N, 1, D), k and v (N, 1, 2·D)
		g.InPhase(graph.Update, func() { g.Assign(kv, graph.Apply(keep{}, kv, newest[1], read)) })
		return graph.Apply(recall{b.heads}, newest[0], newest[1], kv, read) // (N, 1, D)
	})
}
