// This file holds Stock, the reference engine: the same graph on Gorgonia's own tape machine.

package graph

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"gorgonia.org/gorgonia"
)

// StockProgram runs a graph on gorgonia.NewTapeMachine. It is slow, allocates every value anew, and keeps all values
// until the next run. It serves to check the order, lifetimes and memory of [Program] against an independent machine,
// which calls the same Eval of every op.
type StockProgram struct {
	g       *Graph
	size    int // nodes of g
	outputs []Node
	kept    []*[]Tensor
	set     map[*value]bool // inputs
	states  map[*value]Tensor
	stepNo  int64
	busy    atomic.Bool
	err     error
}

// Stock prepares the graph for Gorgonia's tape machine. The machine runs the whole graph, whatever the outputs.
func (g *Graph) Stock(outputs ...Node) (*StockProgram, error) {
	if err := g.must("Stock").checkOutputs(outputs); err != nil {
		return nil, err
	}
	s := &StockProgram{g: g, size: len(g.values), outputs: slices.Clone(outputs), set: map[*value]bool{},
		states: map[*value]Tensor{}}
	for _, n := range outputs {
		s.kept = append(s.kept, s.keep(n))
	}
	for _, n := range s.results() {
		s.kept = append(s.kept, s.keep(n))
	}
	for _, v := range g.values {
		if v.app == nil {
			if err := gorgonia.Let(v.back, foreignValue(NewTensor(v.t), v.back)); err != nil {
				return nil, fmt.Errorf("stock: %s: %w", v.name, err)
			}
		}
		if v.kind == KindState {
			s.states[v] = NewTensor(v.t)
		}
	}
	return s, nil
}

// must returns s. It panics if Graph.Stock has not made s, and names the method.
func (s *StockProgram) must(method string) *StockProgram {
	if s == nil || s.g == nil {
		panic("graph: StockProgram." + method + ": this is no program: make one with Graph.Stock")
	}
	return s
}

// results are the nodes that a run reads in addition to the outputs: the values that it assigns, and the losses.
func (s *StockProgram) results() (nodes []Node) {
	for _, a := range s.g.assigns {
		nodes = append(nodes, a.v)
	}
	return append(nodes, s.g.losses...)
}

// keep asks the adapter behind n to keep its results: Gorgonia's own ops may overwrite a value that no node reads any
// more.
func (s *StockProgram) keep(n Node) *[]Tensor {
	if n.v.app == nil {
		return nil
	}
	var op gorgonia.Op = n.v.back.Op()
	if _, ok := op.(*projection); ok {
		it := s.g.expr.From(n.v.back.ID())
		it.Next()
		op = it.Node().(*gorgonia.Node).Op()
	}
	a, ok := op.(*adapter)
	if !ok {
		return nil
	}
	if a.keep == nil {
		a.keep = new([]Tensor)
	}
	return a.keep
}

// Set gives an input or a state its value, as [Program.Set] does.
func (s *StockProgram) Set(n Node, v any) {
	t, err := settable(s.must("Set").g, n, v)
	if err == nil {
		c := NewTensor(n.v.t)
		switch err = t.assignTo(c); {
		case err != nil:
		case n.v.kind == KindState:
			s.states[n.v] = c
		default:
			err = gorgonia.Let(n.v.back, foreignValue(c, n.v.back))
		}
	}
	if err == nil {
		s.set[n.v] = true
	} else if s.err == nil {
		s.err = fmt.Errorf("set %q: %w", nameOf(n), err)
	}
}

// SetStep makes n the number of the next run's step. The first is 1.
func (s *StockProgram) SetStep(n int) {
	if n < 1 && s.must("SetStep").err == nil {
		s.err = fmt.Errorf("set the step: got %d, want at least 1", n)
		return
	}
	s.stepNo = int64(n) - 1
}

// Run executes the graph and then its assignments. Unlike [Program.Run] it checks the new values themselves: it
// assigns nothing unless the losses and all new values are finite, except those of unbounded parameters.
func (s *StockProgram) Run() (err error) {
	if s == nil || s.g == nil {
		return errors.New("stock: this is no program: make one with Graph.Stock")
	}
	if !s.busy.CompareAndSwap(false, true) {
		return fmt.Errorf("stock: the program is at work for another goroutine")
	}
	defer s.busy.Store(false)
	if err := s.err; err != nil {
		s.err = nil
		return err
	}
	if n := len(s.g.values) - s.size; n > 0 {
		return fmt.Errorf("stock: %d nodes were added to the graph after Stock: call it again", n)
	}
	for _, v := range s.g.values {
		if v.kind == KindInput && v.app == nil && !s.set[v] {
			return fmt.Errorf("stock: never set: input %q", v.name)
		}
	}
	for _, v := range s.g.values {
		var t Tensor
		switch {
		case v.kind == KindParam:
			t = v.param.tensor().Clone()
		case v.kind == KindState:
			t = s.states[v].Clone()
		case v.kind == KindStep:
			t = FromInt64([]int64{s.stepNo + 1})
		default:
			continue
		}
		if err := gorgonia.Let(v.back, t.value()); err != nil {
			return fmt.Errorf("stock: %s: %w", v.name, err)
		}
	}
	if err := s.runMachine(); err != nil {
		return fmt.Errorf("stock: %w", err)
	}
	results := s.results()
	values := make([]Tensor, len(results))
	for i, n := range results {
		if values[i], err = s.value(n, s.kept[len(s.outputs)+i]); err != nil {
			return err
		}
	}
	if err := s.mayAssign(values); err != nil {
		return err
	}
	s.stepNo++
	for i, a := range s.g.assigns {
		if a.to.v.kind == KindState {
			s.states[a.to.v].CopyFrom(values[i])
		} else {
			a.to.v.param.tensor().CopyFrom(values[i])
		}
	}
	return nil
}

// mayAssign finds a loss or a new value that is not finite. The values are those of results.
func (s *StockProgram) mayAssign(values []Tensor) error {
	if len(s.g.assigns) == 0 {
		return nil
	}
	bad := func(k int, what string) error {
		i, v := nonFinite(values[k])
		if i < 0 {
			return nil
		}
		return &NonFiniteError{Step: int(s.stepNo) + 1, Value: v, Index: -1, What: what, Element: i}
	}
	for k := range s.g.losses {
		if err := bad(len(s.g.assigns)+k, "the loss"); err != nil {
			return err
		}
	}
	for k, a := range s.g.assigns {
		if p := a.to.v.param; p == nil || !p.Unbounded() {
			if err := bad(k, "the new value of "+a.to.v.what()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *StockProgram) runMachine() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the machine panics: %v", r)
		}
	}()
	m := gorgonia.NewTapeMachine(s.g.expr)
	defer m.Close()
	return m.RunAll()
}

func (s *StockProgram) value(n Node, kept *[]Tensor) (Tensor, error) {
	if kept != nil {
		if *kept == nil {
			return Tensor{}, fmt.Errorf("%s has no value before the first run", n.Name())
		}
		return (*kept)[n.v.result], nil
	}
	v := n.v.back.Value()
	if v == nil {
		return Tensor{}, fmt.Errorf("stock: node %s has no value", n.Name())
	}
	t, err := fromValue(v)
	if err != nil {
		return t, err
	}
	t.Type = n.v.t
	return t.Clone(), nil
}

// Value returns the value of an output or a state after a run.
func (s *StockProgram) Value(n Node) Tensor {
	if t, ok := s.must("Value").states[n.v]; ok {
		return t
	}
	for i, o := range s.must("Value").outputs {
		if o == n {
			t, err := s.value(n, s.kept[i])
			if err != nil {
				panic(fmt.Sprintf("graph: StockProgram.Value: %v", err))
			}
			return t
		}
	}
	panic(fmt.Sprintf("graph: StockProgram.Value: node %q is not an output", nameOf(n)))
}
