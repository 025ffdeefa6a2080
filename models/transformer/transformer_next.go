// This file holds the step of a Transformer that writes a target symbol by symbol.

package transformer

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// Memory maps sources x (N, T) of the given lengths (N) to what each layer of the decoder reads of them, keys and
// values (N, T, 2·D), so that [Transformer.Next] need not compute them for each symbol.
func (m *Transformer) Memory(x, lengths graph.Node) (memory []graph.Node) {
	h := m.Encode(x, lengths) // (N, T, D)
	if !h.Valid() {
		return []graph.Node{h}
	}
	for _, l := range m.Decoder {
		memory = append(memory, l.MultiheadAttn.KeysValues(h))
	}
	return memory
}

// Next maps y (N, 1), the newest symbol of each target, to logits (N, 1, V) of the one that follows. They are what
// [Transformer.Decode] gives for this place of the whole target, for a fraction of the work: keys and values of the
// symbols before are kept from run to run, in a state (N, most, 2·D) for each layer. It is for graphs of mode Eval.
//
//	memory    what Memory gives of the sources, and their lengths (N)
//	read      how many symbols each target had before (N), which says where the newest stands
//	parents   whose target each goes on from (N), as beams do; the zero Node for its own
//
// A run fails, and changes nothing, where a target would be longer than most, which is at most Context.
func (m *Transformer) Next(y graph.Node, memory []graph.Node, lengths, read, parents graph.Node,
	most int) graph.Node {
	if !y.Valid() {
		return y
	}
	if most < 1 || most > m.Config.Context || len(memory) != len(m.Decoder) {
		return graph.Failf("next", []graph.Node{y}, "most is %d, want 1 to the Context of %d; there is memory for %d "+
			"layers, want %d", most, m.Config.Context, len(memory), len(m.Decoder))
	}
	h := m.placed("target", y, m.Target, func(g *graph.Graph) graph.Node {
		table := nn.Sinusoids(g, most, m.Config.Width)
		if m.TargetPositions != nil {
			table = g.Param(m.TargetPositions.Weight)
		}
		return ops.Unsqueeze(ops.Gather(table, read, 0), 1) // (N, 1, D)
	})
	for i, l := range m.Decoder {
		kv := y.Graph().State(fmt.Sprintf("decoder.layers.%d.kv", i), y.Dim(0), most, 2*m.Config.Width)
		h = l.next(h, kv, memory[i], lengths, read, parents)
	}
	return m.logits(h) // (N, 1, V)
}

// next is Decode of the newest position alone, x (N, 1, D), given keys and values of those before and of the memory.
func (l *DecoderLayer) next(x, kv, memory, lengths, read, parents graph.Node) graph.Node {
	heads := l.config.Heads
	self := func(x graph.Node) graph.Node {
		d := x.Dim(2)
		newest := ops.Split(l.SelfAttn.Project(x), 2, d, 2*d) // q (N, 1, D), k and v (N, 1, 2·D)
		before := kv
		if parents != (graph.Node{}) {
			before = ops.Gather(kv, parents, 0) // (N, most, 2·D)
		}
		g := x.Graph()
		g.InPhase(graph.Update, func() { g.Assign(kv, graph.Apply(keep{}, before, newest[1], read)) })
		return l.SelfAttn.Out.Forward(graph.Apply(recall{heads}, newest[0], newest[1], before, read)) // (N, 1, D)
	}
	return l.forward(x, self, func(x graph.Node) graph.Node {
		q := l.MultiheadAttn.Queries(x) // (N, 1, D)
		y := ops.CrossAttention(q, memory, heads, ops.AttentionOptions{Lengths: lengths})
		return l.MultiheadAttn.Out.Forward(y)
	})
}
