// This file holds the recurrent layers of a single step: RNNCell, LSTMCell and GRUCell.

package nn

import "github.com/stheno-ml/stheno/graph"

// RNNCell is one step of an [RNN] in small ops, for a loop that a model writes itself, such as a decoder that reads
// its own outputs. Its parameters are in Weights.
type RNNCell struct{ RecurrentLayer }

// NewRNNCell makes a step from in features to hidden ones with PyTorch's names, weight_ih, weight_hh, bias_ih and
// bias_hh, and initial values, U(±1/√hidden). It panics on the options Layers above 1, Bidirectional and Dropout,
// which a single step does not have.
func NewRNNCell(s *Scope, in, hidden int, opt Recurrent) *RNNCell {
	return &RNNCell{newRecurrentCell(s, "NewRNNCell", 1, in, hidden, opt)}
}

// Step maps x (N, in) and a state H (N, H) to the next state.
func (l *RNNCell) Step(s State, x graph.Node) State {
	return l.step(s, x, (&RNN{l.RecurrentLayer}).kind())
}

// Forward maps x (N, in) to the state H (N, H) after a step from zeros.
func (l *RNNCell) Forward(x graph.Node) graph.Node { return l.Step(State{}, x).H }

// LSTMCell is one step of an [LSTM], as [RNNCell] is of an RNN.
type LSTMCell struct{ RecurrentLayer }

// NewLSTMCell makes a step as [NewRNNCell] does. With a projection there is also weight_hr.
func NewLSTMCell(s *Scope, in, hidden int, opt Recurrent) *LSTMCell {
	return &LSTMCell{newRecurrentCell(s, "NewLSTMCell", 4, in, hidden, opt)}
}

// Step maps x (N, in) and a state, H (N, H) or (N, P) and C (N, H), to the next state.
func (l *LSTMCell) Step(s State, x graph.Node) State {
	return l.step(s, x, (&LSTM{l.RecurrentLayer}).kind())
}

// Forward is as [RNNCell.Forward].
func (l *LSTMCell) Forward(x graph.Node) graph.Node { return l.Step(State{}, x).H }

// GRUCell is one step of a [GRU], as [RNNCell] is of an RNN.
type GRUCell struct{ RecurrentLayer }

// NewGRUCell makes a step as [NewRNNCell] does.
func NewGRUCell(s *Scope, in, hidden int, opt Recurrent) *GRUCell {
	return &GRUCell{newRecurrentCell(s, "NewGRUCell", 3, in, hidden, opt)}
}

// Step is as [RNNCell.Step].
func (l *GRUCell) Step(s State, x graph.Node) State {
	return l.step(s, x, (&GRU{l.RecurrentLayer}).kind())
}

// Forward is as [RNNCell.Forward].
func (l *GRUCell) Forward(x graph.Node) graph.Node { return l.Step(State{}, x).H }

// newRecurrentCell makes a layer of one step, whose parameters have no layer in their names.
func newRecurrentCell(s *Scope, constructor string, gates, in, hidden int, opt Recurrent) RecurrentLayer {
	s.sizes(constructor, "in hidden", in, hidden)
	opt.check(s, constructor, gates, hidden)
	switch {
	case opt.Layers > 1:
		s.refuse(constructor, "Layers is %d, and a single step is of one", opt.Layers)
	case opt.Bidirectional:
		s.refuse(constructor, "Bidirectional is set, and a single step has one direction")
	case opt.Dropout > 0:
		s.refuse(constructor, "Dropout is %g, which is between layers, and a single step is of one", opt.Dropout)
	}
	w := newRecurrentWeights(s, "", gates, in, hidden, opt)
	return RecurrentLayer{Weights: []RecurrentWeights{w}, Options: opt, scope: s}
}

func (l *RecurrentLayer) step(s State, x graph.Node, k cellKind) State {
	g, w := x.Graph(), l.Weights[0]
	defer l.scope.open(g)()
	r, hr := w.in(g), optional(g, w.HR)
	r.H0, r.C0 = s.H, s.C
	if bad, ok := checkSequences(k, "(N, in)", x, r, hr); !ok {
		s = State{H: bad}
		if k.cells {
			s.C = bad
		}
		return s
	}
	return k.step(r, hr)(l.scope, x, beginning(k, x.Dim(0), r, s))
}
