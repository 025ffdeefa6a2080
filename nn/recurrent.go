// This file holds the recurrent layers RNN, LSTM and GRU.

package nn

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Recurrent are the options of [NewRNN], [NewLSTM] and [NewGRU]. The zero value is one layer from the first vector of
// a sequence to the last.
type Recurrent struct {
	Layers        int     // 0 for 1; each layer reads the output of the one before
	Bidirectional bool    // also a second direction, from the last vector to the first
	Dropout       float64 // of the output of each layer but the last, in Train graphs
	NoBias        bool
	ReLU          bool // max(·, 0) instead of tanh, in an RNN
	Projection    int  // P: an LSTM maps h to P features, fewer than hidden; 0 for no projection
	ResetBefore   bool // in a GRU: r scales the state instead of its product with the weight

	// Unroll makes the layer of small ops, step by step, as textbooks show it: a drawing shows each step, and in it
	// each gate. The values are the same, but slower to compute. A length below 0 counts as 0, and a length above T as
	// T. A layer with a projection or with ResetBefore is always unrolled.
	Unroll bool
}

// State is what a recurrent layer carries from one part of a sequence to the next: a row for each layer and direction,
// layer by layer, as in PyTorch. The state of a cell, such as an [LSTMCell], has no axis of layers. The zero Node
// stands for zeros.
type State struct {
	H graph.Node // (L·D, N, H); with a projection (L·D, N, P)
	C graph.Node // (L·D, N, H), of an LSTM
}

// RNN is the plain recurrent layer, see [ops.RNN]. Its parameters are in Weights, its options in Options.
type RNN struct{ RecurrentLayer }

// NewRNN makes a layer from in features to hidden ones, with PyTorch's names and initial values, U(±1/√hidden).
func NewRNN(s *Scope, in, hidden int, opt Recurrent) *RNN {
	return &RNN{newRecurrent(s, "NewRNN", 1, in, hidden, opt)}
}

// Forward maps x (N, T, in) to the states of the last layer after each step: (N, T, H), or (N, T, 2·H) with both
// directions side by side.
func (l *RNN) Forward(x graph.Node) graph.Node { return l.forward(x, l.kind()) }

// ForwardFrom is Forward from a given state, and also returns the state after the sequences. lengths (N) says how many
// steps of each sequence count; the zero Node stands for all. y is 0 in the steps that do not count.
func (l *RNN) ForwardFrom(s State, x, lengths graph.Node) (y graph.Node, next State) {
	return l.forwardFrom(s, x, lengths, l.kind())
}

func (l *RNN) kind() cellKind {
	op, f := ops.RNN, ops.Tanh
	if l.Options.ReLU {
		op, f = ops.RNNReLU, ops.ReLU
	}
	return cellKind{name: "rnn", op: withoutCells(op), step: plainStep(f)}
}

// LSTM is the long short-term memory, see [ops.LSTM]. Its parameters are in Weights, its options in Options. With a
// projection (Sak, Senior and Beaufays 2014) hₜ = wHR·(o·tanh(cₜ)) has P features; the next step reads it, and y is
// made of it.
type LSTM struct{ RecurrentLayer }

// NewLSTM makes a layer from in features to hidden ones, with PyTorch's names and initial values, U(±1/√hidden).
func NewLSTM(s *Scope, in, hidden int, opt Recurrent) *LSTM {
	return &LSTM{newRecurrent(s, "NewLSTM", 4, in, hidden, opt)}
}

// Forward maps x (N, T, in) to h after each step, (N, T, H), as [RNN.Forward] does.
func (l *LSTM) Forward(x graph.Node) graph.Node { return l.forward(x, l.kind()) }

// ForwardFrom begins with a state, and gives the one after the sequences: see [RNN.ForwardFrom].
func (l *LSTM) ForwardFrom(s State, x, lengths graph.Node) (y graph.Node, next State) {
	return l.forwardFrom(s, x, lengths, l.kind())
}

func (l *LSTM) kind() cellKind {
	return cellKind{name: "lstm", op: ops.LSTM, step: lstmStep, cells: true}
}

// GRU is the gated recurrent unit, see [ops.GRU]. Its parameters are in Weights, its options in Options. With
// ResetBefore it is the unit of Cho et al. 2014, which Keras calls reset_after=False:
//
//	n = tanh(xₜ·wIHᵀ + bIH + (r·hₜ₋₁)·wHHᵀ + bHH)
type GRU struct{ RecurrentLayer }

// NewGRU makes a layer from in features to hidden ones, with PyTorch's names and initial values, U(±1/√hidden).
func NewGRU(s *Scope, in, hidden int, opt Recurrent) *GRU {
	return &GRU{newRecurrent(s, "NewGRU", 3, in, hidden, opt)}
}

// Forward maps x (N, T, in) to h after each step, (N, T, H), as [RNN.Forward] does.
func (l *GRU) Forward(x graph.Node) graph.Node { return l.forward(x, l.kind()) }

// ForwardFrom begins with a state, and gives the one after the sequences: see [RNN.ForwardFrom].
func (l *GRU) ForwardFrom(s State, x, lengths graph.Node) (y graph.Node, next State) {
	return l.forwardFrom(s, x, lengths, l.kind())
}

func (l *GRU) kind() cellKind {
	if l.Options.ResetBefore {
		return cellKind{name: "gru", step: resetBeforeStep}
	}
	return cellKind{name: "gru", op: withoutCells(ops.GRU), step: gruStep}
}

// RecurrentLayer is what [RNN], [LSTM] and [GRU], and their cells of a single step, have in common.
type RecurrentLayer struct {
	Weights []RecurrentWeights // layer by layer, in both directions if there are two
	Options Recurrent
	scope   *Scope
}

// RecurrentWeights are the parameters of one layer in one direction. G is 1 for an RNN, 4 for an LSTM and 3 for a GRU.
type RecurrentWeights struct {
	IH, HH         *graph.Param // (G·H, in), (G·H, H); with a projection HH is (G·H, P)
	BiasIH, BiasHH *graph.Param // (G·H), nil without
	HR             *graph.Param // (P, H), nil without a projection
}

func newRecurrent(s *Scope, constructor string, gates, in, hidden int, opt Recurrent) RecurrentLayer {
	s.sizes(constructor, "in hidden", in, hidden)
	opt.check(s, constructor, gates, hidden)
	opt.Layers = max(opt.Layers, 1)
	l := RecurrentLayer{Options: opt, scope: s}
	for layer := range opt.Layers {
		for _, suffix := range opt.directions() {
			suffix = fmt.Sprintf("_l%d%s", layer, suffix)
			l.Weights = append(l.Weights, newRecurrentWeights(s, suffix, gates, in, hidden, opt))
		}
		in = cmp.Or(opt.Projection, hidden) * len(opt.directions())
	}
	return l
}

// check panics on options that make no sense, or that a layer with this number of gates does not have.
func (o Recurrent) check(s *Scope, constructor string, gates, hidden int) {
	switch {
	case o.Layers < 0 || o.Layers > math.MaxInt32:
		s.refuse(constructor, "Layers is %d, want 0 for 1, or more", o.Layers)
	case !(o.Dropout >= 0 && o.Dropout <= 1):
		s.refuse(constructor, "Dropout is %g, want a probability in [0, 1]", o.Dropout)
	case o.Projection < 0 || o.Projection >= hidden:
		s.refuse(constructor, "Projection is %d, want 0 for none, or less than hidden, %d", o.Projection, hidden)
	case o.Projection > 0 && gates != 4:
		s.refuse(constructor, "Projection is %d, which only an LSTM has", o.Projection)
	case o.ResetBefore && gates != 3:
		s.refuse(constructor, "ResetBefore is set, which only a GRU has")
	case o.ReLU && gates != 1:
		s.refuse(constructor, "ReLU is set, which only an RNN has")
	}
}

// newRecurrentWeights makes the parameters of one layer in one direction in the order in which PyTorch has them.
func newRecurrentWeights(s *Scope, suffix string, gates, in, hidden int, opt Recurrent) RecurrentWeights {
	uniform := Uniform(1 / math.Sqrt(float64(hidden)))
	w := RecurrentWeights{
		IH: s.Param("weight_ih"+suffix, uniform, gates*hidden, in),
		HH: s.Param("weight_hh"+suffix, uniform, gates*hidden, cmp.Or(opt.Projection, hidden)),
	}
	if !opt.NoBias {
		w.BiasIH = s.Param("bias_ih"+suffix, uniform, gates*hidden)
		w.BiasHH = s.Param("bias_hh"+suffix, uniform, gates*hidden)
	}
	if opt.Projection > 0 {
		w.HR = s.Param("weight_hr"+suffix, uniform, opt.Projection, hidden)
	}
	return w
}

// in returns the weights as operands of a recurrence in a graph.
func (w RecurrentWeights) in(g *graph.Graph) ops.Recurrence {
	return ops.Recurrence{
		WIH: g.Param(w.IH),
		WHH: g.Param(w.HH),
		BIH: optional(g, w.BiasIH),
		BHH: optional(g, w.BiasHH),
	}
}

// directions has one entry for each direction: the ending of the names of its parameters.
func (o Recurrent) directions() []string {
	if o.Bidirectional {
		return []string{"", "_reverse"}
	}
	return []string{""}
}

// cellKind holds the differences between an RNN, an LSTM and a GRU.
type cellKind struct {
	name  string
	op    sequenceOp // all steps at once; nil if there is no such op
	step  stepMaker  // one step, in small ops
	cells bool       // the state has a C
}

// sequenceOp is the op of one layer in one direction. c is the zero Node for a layer without c.
type sequenceOp func(x graph.Node, r ops.Recurrence) (y, h, c graph.Node)

// withoutCells is the op of a layer that has no c.
func withoutCells(op func(x graph.Node, r ops.Recurrence) (y, h graph.Node)) sequenceOp {
	return func(x graph.Node, r ops.Recurrence) (y, h, c graph.Node) {
		y, h = op(x, r)
		return y, h, c
	}
}

func (l *RecurrentLayer) forward(x graph.Node, k cellKind) graph.Node {
	defer l.scope.open(x.Graph())()
	y, _, _ := l.stack(State{}, x, graph.Node{}, k)
	return y
}

func (l *RecurrentLayer) forwardFrom(s State, x, lengths graph.Node, k cellKind) (graph.Node, State) {
	defer l.scope.open(x.Graph())()
	y, hs, cs := l.stack(s, x, lengths, k)
	next := State{H: ops.Stack(0, hs...)}
	if cs[0] != (graph.Node{}) {
		next.C = ops.Stack(0, cs...)
	}
	return y, next
}

// stack applies the layers. It returns the output, and the last states of each layer and direction.
func (l *RecurrentLayer) stack(s State, x, lengths graph.Node, k cellKind) (y graph.Node, hs, cs []graph.Node) {
	g := x.Graph()
	h0, c0 := l.unstack(s.H), l.unstack(s.C)
	directions := len(l.Options.directions())
	var ys []graph.Node
	for i, w := range l.Weights {
		r := w.in(g)
		r.H0, r.C0, r.Lengths, r.Reverse = h0[i], c0[i], lengths, i%directions == 1
		apply := k.op
		if apply == nil || l.Options.Unroll || w.HR != nil {
			apply = l.unrolled(i, k)
		}
		y, h, c := apply(x, r)
		ys, hs, cs = append(ys, y), append(hs, h), append(cs, c)
		if len(ys) < directions {
			continue
		}
		if x = y; directions == 2 {
			x = ops.Concat(2, ys...) // (N, T, 2·H)
		}
		if ys = nil; i+1 < len(l.Weights) {
			x = ops.Dropout(x, l.Options.Dropout)
		}
	}
	return x, hs, cs
}

// unstack returns the row of each layer and direction, or zero Nodes if there is no state.
func (l *RecurrentLayer) unstack(s graph.Node) []graph.Node {
	if s == (graph.Node{}) {
		return make([]graph.Node, len(l.Weights))
	}
	if s.Valid() && (s.Rank() != 3 || s.Dim(0) != len(l.Weights)) {
		s = graph.Failf("state", []graph.Node{s}, "the shape is %v, want (%d, N, H)", s.Shape(), len(l.Weights))
	}
	if !s.Valid() {
		return slices.Repeat([]graph.Node{s}, len(l.Weights))
	}
	return ops.Unstack(s, 0)
}
