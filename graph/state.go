// This file holds State, a value that a program carries from one run to the next.

package graph

import "fmt"

// State adds a value of the graph's float type that a program carries from one run to the next, such as the hidden
// state of a recurrent network. It is zero at first. A run reads the value that the run before has assigned to it:
//
//	h := g.State("h", n, hidden)
//	next := cell.Forward(x, h)
//	g.Assign(h, next)
//
// Its memory belongs to the [Program]: each program has its own, and a [Program.Clone] begins with zeros. A state is
// not a parameter: it is neither trained nor saved, and gradients end at it, which is truncated backpropagation
// through time. It is assigned in a graph for evaluation too. Like a parameter, it is assigned only if the values that
// go into updates are finite. [Program.Set] gives it a value, [Program.Reset] sets all states to zero, and
// [Program.Value] is the value that the next run reads.
func (g *Graph) State(name string, shape ...int) Node {
	t := Type{g.must("State").DType, shape}
	g.init()
	if err := t.checkValue(); err != nil {
		return g.fail(fmt.Sprintf("state %q", name), nil, err)
	}
	return g.leaf(value{kind: KindState, name: name, t: t})
}

// Reset sets all states of the program to zero, for the beginning of a sequence. The number of the step stays.
func (p *Program) Reset() {
	if err := p.must("Reset").enter("Reset"); err != nil {
		p.fail(err)
		return
	}
	defer p.leave()
	if p.pc != 0 {
		p.fail(fmt.Errorf("reset: %w", p.underWay()))
		return
	}
	p.cloning.Lock()
	defer p.cloning.Unlock()
	for r, t := range p.values {
		if r.store == inState && r.root == r {
			t.zero()
		}
	}
}

// Reset sets all states of the program to zero, as [Program.Reset] does.
func (s *StockProgram) Reset() {
	for _, t := range s.must("Reset").states {
		t.zero()
	}
}

// zero sets all elements to zero.
func (t Tensor) zero() {
	clear(t.F32)
	clear(t.F64)
	clear(t.I64)
}
