// This file holds the steps of the recurrent layers in small ops, and unroll, which makes sequences of them.

package nn

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// A step maps x (N, in) and a state, H (N, H) and the C of an LSTM, to the next state. Its gates stand in parts of s.
type step func(s *Scope, x graph.Node, at State) State

// A stepMaker makes the step for given weights; hr is the weight of a projection, or the zero Node.
type stepMaker func(w ops.Recurrence, hr graph.Node) step

// plainStep is the step of an RNN, h = f(x·wIHᵀ + bIH + h·wHHᵀ + bHH).
func plainStep(f func(graph.Node) graph.Node) stepMaker {
	return func(w ops.Recurrence, _ graph.Node) step {
		return func(_ *Scope, x graph.Node, at State) State {
			return State{H: f(ops.Add(ops.Linear(x, w.WIH, w.BIH), ops.Linear(at.H, w.WHH, w.BHH)))} // (N, H)
		}
	}
}

// lstmStep is the step of [ops.LSTM], with a projection of h if there is an hr.
func lstmStep(w ops.Recurrence, hr graph.Node) step {
	return func(s *Scope, x graph.Node, at State) State {
		z := ops.Add(ops.Linear(x, w.WIH, w.BIH), ops.Linear(at.H, w.WHH, w.BHH)) // (N, 4·H)
		q := parts(z, 4)                                                          // each (N, H)
		i, f := s.gate("input", q[0], ops.Sigmoid), s.gate("forget", q[1], ops.Sigmoid)
		g, o := s.gate("cell", q[2], ops.Tanh), s.gate("output", q[3], ops.Sigmoid)
		c := ops.Add(ops.Mul(f, at.C), ops.Mul(i, g))
		h := ops.Mul(o, ops.Tanh(c))
		if hr != (graph.Node{}) {
			h = ops.Linear(h, hr, graph.Node{}) // (N, P)
		}
		return State{H: h, C: c}
	}
}

// gruStep is the step of [ops.GRU].
func gruStep(w ops.Recurrence, _ graph.Node) step {
	return func(s *Scope, x graph.Node, at State) State {
		p, q := parts(ops.Linear(x, w.WIH, w.BIH), 3), parts(ops.Linear(at.H, w.WHH, w.BHH), 3) // each (N, H)
		r := s.gate("reset", ops.Add(p[0], q[0]), ops.Sigmoid)
		z := s.gate("update", ops.Add(p[1], q[1]), ops.Sigmoid)
		n := s.gate("new", ops.Add(p[2], ops.Mul(r, q[2])), ops.Tanh)
		return State{H: between(n, at.H, z)}
	}
}

// resetBeforeStep is the step of a GRU whose r scales the state. The rows of wHH for n have a product of their own.
func resetBeforeStep(w ops.Recurrence, _ graph.Node) step {
	hidden := w.WHH.Dim(1)
	gates, bias := rows(w.WHH, 0, 2*hidden), rows(w.BHH, 0, 2*hidden)
	last, lastBias := rows(w.WHH, 2*hidden, 3*hidden), rows(w.BHH, 2*hidden, 3*hidden)
	return func(s *Scope, x graph.Node, at State) State {
		p, q := parts(ops.Linear(x, w.WIH, w.BIH), 3), parts(ops.Linear(at.H, gates, bias), 2) // each (N, H)
		r := s.gate("reset", ops.Add(p[0], q[0]), ops.Sigmoid)
		z := s.gate("update", ops.Add(p[1], q[1]), ops.Sigmoid)
		n := s.gate("new", ops.Add(p[2], ops.Linear(ops.Mul(r, at.H), last, lastBias)), ops.Tanh)
		return State{H: between(n, at.H, z)}
	}
}

// between is (1-z)·n + z·h.
func between(n, h, z graph.Node) graph.Node { return ops.Add(n, ops.Mul(z, ops.Sub(h, n))) }

// parts divides the last axis of z (N, k·H) among k gates.
func parts(z graph.Node, k int) []graph.Node {
	if !z.Valid() {
		return slices.Repeat([]graph.Node{z}, k)
	}
	return ops.Split(z, 1, slices.Repeat([]int{z.Dim(1) / k}, k)...)
}

// gate applies f to z in a part of s. A layer that was made by hand has no scope.
func (s *Scope) gate(name string, z graph.Node, f func(graph.Node) graph.Node) graph.Node {
	if s == nil {
		return f(z)
	}
	return s.Apply(name, z, f)
}

// part is the scope of a part of a layer, nil where the layer has none.
func (s *Scope) part(format string, args ...any) *Scope {
	if s == nil {
		return nil
	}
	return s.Subf(format, args...)
}

// unrolled is the sequenceOp of Weights[i], made step by step. In layer 0, step t stands in the part l0.cell.t, or in
// l0_reverse.cell.t for the reverse direction.
func (l *RecurrentLayer) unrolled(i int, k cellKind) sequenceOp {
	directions := l.Options.directions()
	s := l.scope.part("l%d%s", i/len(directions), directions[i%len(directions)])
	return func(x graph.Node, r ops.Recurrence) (y, h, c graph.Node) {
		hr := optional(x.Graph(), l.Weights[i].HR)
		if bad, ok := checkSequences(k, "(N, T, in)", x, r, hr); !ok {
			if k.cells {
				c = bad
			}
			return bad, bad, c
		}
		return unroll(s, k, x, r, hr)
	}
}

// unroll applies one step after the other to x (N, T, in).
func unroll(s *Scope, k cellKind, x graph.Node, r ops.Recurrence, hr graph.Node) (y, h, c graph.Node) {
	g := x.Graph()
	defer s.open(g)()
	n, steps := x.Dim(0), x.Dim(1)
	at := beginning(k, n, r, State{H: r.H0, C: r.C0})
	xs, ys := ops.Split(x, 1, slices.Repeat([]int{1}, steps)...), make([]graph.Node, steps) // each (N, 1, in)
	counts := counting(r.Lengths, steps)                                                    // each (N, 1)
	next := k.step(r, hr)
	for i := range steps {
		t := i
		if r.Reverse {
			t = steps - 1 - i
		}
		cell := s.part("cell.%d", t)
		closeCell := cell.open(g)
		was := at
		at = next(cell, ops.Squeeze(xs[t], 1), was)
		y := at.H // (N, H)
		if counts != nil {
			at = at.where(counts[t], was)
			y = ops.Mul(counts[t], at.H)
		}
		ys[t] = ops.Unsqueeze(y, 1)
		at.named()
		closeCell()
	}
	return ops.Concat(1, ys...), at.H, at.C // (N, T, H)
}

// beginning is the state s of n sequences, with zeros for zero Nodes.
func beginning(k cellKind, n int, w ops.Recurrence, s State) State {
	g := w.WIH.Graph()
	if s.H == (graph.Node{}) {
		s.H = g.Full(0, n, w.WHH.Dim(1)).Named("h₀")
	}
	if k.cells && s.C == (graph.Node{}) {
		s.C = g.Full(0, n, w.WIH.Dim(0)/4).Named("c₀")
	}
	return s
}

// named labels the state that goes to the next step as in the formulas.
func (s State) named() {
	s.H.Named("h")
	if s.C != (graph.Node{}) {
		s.C.Named("c")
	}
}

// where is s in the rows where on (N, 1) is 1, and was in the other rows.
func (s State) where(on graph.Node, was State) State {
	s.H = ops.Where(on, s.H, was.H)
	if s.C != (graph.Node{}) {
		s.C = ops.Where(on, s.C, was.C)
	}
	return s
}

// counting returns for each step a node (N, 1): 1 for sequences whose length (N) reaches the step, 0 for others. It is
// nil without lengths.
func counting(lengths graph.Node, steps int) []graph.Node {
	if lengths == (graph.Node{}) {
		return nil
	}
	numbers := make([]int64, steps)
	for t := range numbers {
		numbers[t] = int64(t)
	}
	place := lengths.Graph().Constant(graph.FromInt64(numbers, 1, steps)).Named("steps")
	on := ops.Less(place, ops.Unsqueeze(lengths, 1)) // (N, T)
	return ops.Split(on, 1, slices.Repeat([]int{1}, steps)...)
}

// checkSequences is the shape rule of steps in small ops. It is the rule of the sequence ops, for x (N, T, in) or, for
// a single step, x (N, in). If the rule does not hold, ok is false, and all results are the invalid node bad.
func checkSequences(k cellKind, want string, x graph.Node, r ops.Recurrence, hr graph.Node) (bad graph.Node, ok bool) {
	in := []graph.Node{x}
	for _, n := range []graph.Node{r.H0, r.C0, r.Lengths} {
		if n != (graph.Node{}) {
			in = append(in, n)
		}
	}
	for _, n := range in {
		if !n.Valid() {
			return n, false
		}
	}
	if rank := strings.Count(want, ",") + 1; x.Rank() != rank {
		return graph.Failf(k.name, in, "x has rank %d, want %s", x.Rank(), want), false
	}
	if err := misfit(k, x, r, hr); err != nil {
		return graph.Fail(k.name, in, err), false
	}
	return bad, true
}

// misfit reports operands that do not fit the weights.
func misfit(k cellKind, x graph.Node, r ops.Recurrence, hr graph.Node) error {
	n, hidden := x.Dim(0), r.WHH.Dim(1)
	cells := hidden
	if hr != (graph.Node{}) {
		cells = hr.Dim(1)
	}
	switch in := r.WIH.Dim(1); {
	case x.Size() == 0:
		return errors.New("x is empty")
	case x.Dim(-1) != in:
		return fmt.Errorf("input has %d features, wIH expects %d", x.Dim(-1), in)
	case r.C0 != (graph.Node{}) && !k.cells:
		return errors.New("there is a c0, which only an LSTM has")
	case r.Lengths != (graph.Node{}) && (r.Lengths.DType() != graph.Int64 || !r.Lengths.Shape().Equal(graph.Shape{n})):
		return fmt.Errorf("lengths are %v, want int64 (%d)", r.Lengths.Type(), n)
	}
	for _, s := range []struct {
		name  string
		state graph.Node
		want  graph.Shape
	}{{"h0", r.H0, graph.Shape{n, hidden}}, {"c0", r.C0, graph.Shape{n, cells}}} {
		if s.state != (graph.Node{}) && !s.state.Shape().Equal(s.want) {
			return fmt.Errorf("%s has shape %v, want %v", s.name, s.state.Shape(), s.want)
		}
	}
	return nil
}
