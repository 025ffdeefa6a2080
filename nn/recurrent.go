// This file holds the recurrent layers RNN, LSTM and GRU.

package nn

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Recurrent are the options of [NewRNN], [NewLSTM] and [NewGRU]. The zero value is one layer from the first vector of a
// sequence to the last.
type Recurrent struct {
	Layers        int     // 1 if 0; each reads what the one before gives
	Bidirectional bool    // a second direction, from the last vector to the first, beside the first
	Dropout       float64 // of what a layer reads from the one before, in Train graphs
	NoBias        bool
	ReLU          bool // max(·, 0) instead of tanh, in an RNN
}

// State is what a recurrent layer takes from one stretch of a sequence to the next: a row for each layer and direction,
// layer by layer, as in PyTorch. Zero Nodes are zeros.
type State struct {
	H graph.Node // (L·D, N, H)
	C graph.Node // (L·D, N, H), of an LSTM
}

// RNN is the plain recurrent layer, see [ops.RNN]. Its parameters are in Weights, its options in Options.
type RNN struct{ recurrent }

// NewRNN makes a layer from in features to hidden ones, with PyTorch's names and initial values, U(±1/√hidden).
func NewRNN(s *Scope, in, hidden int, opt Recurrent) *RNN {
	return &RNN{newRecurrent(s, "NewRNN", 1, in, hidden, opt)}
}

// Forward maps x (N, T, in) to the states after each step, (N, T, H), or (N, T, 2·H) of both directions side by side.
func (l *RNN) Forward(x graph.Node) graph.Node { return l.forward(x, l.op) }

// ForwardFrom begins with a state, and gives the one after the sequences. Of each counts as much as its length says,
// all if lengths (N) is the zero Node; y is 0 behind.
func (l *RNN) ForwardFrom(s State, x, lengths graph.Node) (y graph.Node, next State) {
	return l.forwardFrom(s, x, lengths, l.op)
}

func (l *RNN) op(x graph.Node, r ops.Recurrence) (y, h, c graph.Node) {
	if l.Options.ReLU {
		y, h = ops.RNNReLU(x, r)
	} else {
		y, h = ops.RNN(x, r)
	}
	return y, h, c
}

// LSTM is the long short-term memory, see [ops.LSTM]. Its parameters are in Weights, its options in Options.
type LSTM struct{ recurrent }

// NewLSTM makes a layer from in features to hidden ones, with PyTorch's names and initial values, U(±1/√hidden).
func NewLSTM(s *Scope, in, hidden int, opt Recurrent) *LSTM {
	return &LSTM{newRecurrent(s, "NewLSTM", 4, in, hidden, opt)}
}

// Forward is as [RNN.Forward].
func (l *LSTM) Forward(x graph.Node) graph.Node { return l.forward(x, ops.LSTM) }

// ForwardFrom is as [RNN.ForwardFrom].
func (l *LSTM) ForwardFrom(s State, x, lengths graph.Node) (y graph.Node, next State) {
	return l.forwardFrom(s, x, lengths, ops.LSTM)
}

// GRU is the gated recurrent unit, see [ops.GRU]. Its parameters are in Weights, its options in Options.
type GRU struct{ recurrent }

// NewGRU makes a layer from in features to hidden ones, with PyTorch's names and initial values, U(±1/√hidden).
func NewGRU(s *Scope, in, hidden int, opt Recurrent) *GRU {
	return &GRU{newRecurrent(s, "NewGRU", 3, in, hidden, opt)}
}

// Forward is as [RNN.Forward].
func (l *GRU) Forward(x graph.Node) graph.Node { return l.forward(x, l.op) }

// ForwardFrom is as [RNN.ForwardFrom].
func (l *GRU) ForwardFrom(s State, x, lengths graph.Node) (y graph.Node, next State) {
	return l.forwardFrom(s, x, lengths, l.op)
}

func (l *GRU) op(x graph.Node, r ops.Recurrence) (y, h, c graph.Node) {
	y, h = ops.GRU(x, r)
	return y, h, c
}

// recurrent is what the three have in common.
type recurrent struct {
	Weights []RecurrentWeights // layer by layer, in both directions if there are two
	Options Recurrent
	scope   *Scope
}

// RecurrentWeights are the parameters of one layer in one direction. G is 1 for an RNN, 4 for an LSTM and 3 for a GRU.
type RecurrentWeights struct {
	IH, HH         *graph.Param // (G·H, in), (G·H, H)
	BiasIH, BiasHH *graph.Param // (G·H), nil without
}

func newRecurrent(s *Scope, constructor string, gates, in, hidden int, opt Recurrent) recurrent {
	s.sizes(constructor, "in hidden", in, hidden)
	if opt.Layers < 0 || opt.Layers > math.MaxInt32 {
		s.refuse(constructor, "Layers is %d, want 0 for 1, or more", opt.Layers)
	}
	if !(opt.Dropout >= 0 && opt.Dropout <= 1) {
		s.refuse(constructor, "Dropout is %g, want a probability in [0, 1]", opt.Dropout)
	}
	opt.Layers = max(opt.Layers, 1)
	l := recurrent{Options: opt, scope: s}
	uniform := Uniform(1 / math.Sqrt(float64(hidden)))
	for layer := range opt.Layers {
		for _, suffix := range opt.directions() {
			suffix = fmt.Sprintf("_l%d%s", layer, suffix)
			w := RecurrentWeights{
				IH: s.Param("weight_ih"+suffix, uniform, gates*hidden, in),
				HH: s.Param("weight_hh"+suffix, uniform, gates*hidden, hidden),
			}
			if !opt.NoBias {
				w.BiasIH = s.Param("bias_ih"+suffix, uniform, gates*hidden)
				w.BiasHH = s.Param("bias_hh"+suffix, uniform, gates*hidden)
			}
			l.Weights = append(l.Weights, w)
		}
		in = hidden * len(opt.directions())
	}
	return l
}

// directions are the endings of the names of their parameters.
func (o Recurrent) directions() []string {
	if o.Bidirectional {
		return []string{"", "_reverse"}
	}
	return []string{""}
}

// sequenceOp is the op of one layer in one direction. c is the zero Node where a layer has none.
type sequenceOp func(x graph.Node, r ops.Recurrence) (y, h, c graph.Node)

func (l *recurrent) forward(x graph.Node, op sequenceOp) graph.Node {
	defer l.scope.open(x.Graph())()
	y, _, _ := l.stack(State{}, x, graph.Node{}, op)
	return y
}

func (l *recurrent) forwardFrom(s State, x, lengths graph.Node, op sequenceOp) (graph.Node, State) {
	defer l.scope.open(x.Graph())()
	y, hs, cs := l.stack(s, x, lengths, op)
	next := State{H: ops.Stack(0, hs...)}
	if cs[0] != (graph.Node{}) {
		next.C = ops.Stack(0, cs...)
	}
	return y, next
}

// stack applies the layers, and gives the last states of each in both directions.
func (l *recurrent) stack(s State, x, lengths graph.Node, op sequenceOp) (y graph.Node, hs, cs []graph.Node) {
	g := x.Graph()
	h0, c0 := l.unstack(s.H), l.unstack(s.C)
	directions := len(l.Options.directions())
	var ys []graph.Node
	for i, w := range l.Weights {
		y, h, c := op(x, ops.Recurrence{WIH: g.Param(w.IH), WHH: g.Param(w.HH), BIH: optional(g, w.BiasIH), BHH: optional(g, w.BiasHH),
			H0: h0[i], C0: c0[i], Lengths: lengths, Reverse: i%directions == 1})
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

// unstack gives the row of each layer and direction, zero Nodes if there is no state.
func (l *recurrent) unstack(s graph.Node) []graph.Node {
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
