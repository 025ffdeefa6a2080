// This file holds the instructions that a graph is lowered to. The passes of Compile work on them.

package graph

import (
	"errors"
	"slices"
	"sync"
)

// code is a graph on its way to a tape: instructions over registers.
type code struct {
	g       *Graph
	size    int // nodes of g
	instrs  []*instr
	regs    []*register
	byNode  map[*value]*register // every node that is still needed
	outputs []*register
	assigns []effect
	guards  []*register // losses: no update begins unless they are finite

	checkpoints []string // CompileOptions.Checkpoint
	constant    bool     // CompileOptions.Constant
	teach       bool     // CompileOptions.Teach

	making sync.Mutex // for late constants, which clones share
}

// instr is one instruction; nodes are the nodes of the graph that it computes.
type instr struct {
	op      Op
	in, out []*register
	scratch []*register
	nodes   []*value
	phase   Phase
	scope   string
	view    bool // the result is a part of an operand's memory: nothing to do
	again   bool // it computes a value that another instruction has computed before
}

// effect is the assignment of a register to a parameter or state.
type effect struct{ to, v *register }

// store says where the memory of a register is.
type store uint8

const (
	inArena store = iota
	inInput
	inParam
	inConst
	inOutput
	inHeld  // computed before the first run
	inState // carried from run to run
)

// register holds one value.
type register struct {
	id      int
	t       Type
	store   store
	node    *value
	param   *Param
	konst   Tensor // of a constant; it has no elements yet while late says how to make it
	late    *instr
	def     *instr // nil for inputs, parameters, states and constants
	root    *register
	offset  int // elements from the start of the root
	first   int // instruction that defines it
	last    int // last instruction that reads it; -1 for none
	address int // bytes from the start of the arena, for roots in the arena
}

// lower translates the whole graph, each node to a register and each op to an instruction.
func lower(g *Graph, outputs []Node, assigns func(*Param) bool) *code {
	c := &code{g: g, size: len(g.values), byNode: map[*value]*register{}}
	for _, v := range g.values {
		if v.app == nil {
			c.leaf(v)
		} else if v.result == 0 {
			c.instruction(v.app)
		}
	}
	for _, n := range outputs {
		c.outputs = append(c.outputs, c.byNode[n.v])
	}
	for _, a := range g.assigns {
		if assigns != nil && a.to.v.param != nil && !assigns(a.to.v.param) {
			continue
		}
		c.assigns = append(c.assigns, effect{c.byNode[a.to.v], c.byNode[a.v.v]})
	}
	if len(c.assigns) > 0 {
		for _, l := range g.losses {
			if assigns != nil && !slices.Contains(outputs, l) {
				continue
			}
			c.guards = append(c.guards, c.byNode[l.v])
		}
	}
	return c
}

func (c *code) register(v *value, t Type) *register {
	r := &register{id: len(c.regs), t: t, node: v}
	r.root = r
	c.regs = append(c.regs, r)
	return r
}

func (c *code) leaf(v *value) {
	r := c.register(v, v.t)
	switch v.kind {
	case KindParam:
		r.store, r.param = inParam, v.param
	case KindState:
		r.store = inState
	default:
		r.store = inInput
	}
	c.byNode[v] = r
}

func (c *code) instruction(app *application) {
	first := app.out[0].v
	in := &instr{op: app.op, phase: first.phase, scope: first.scope}
	for _, n := range app.in {
		in.in = append(in.in, c.byNode[n.v])
	}
	for _, n := range app.out {
		r := c.register(n.v, n.v.t)
		r.def = in
		c.byNode[n.v] = r
		in.out = append(in.out, r)
		in.nodes = append(in.nodes, n.v)
	}
	c.instrs = append(c.instrs, in)
}

// errAddedLate says that a program does not know a node that was added to the graph after Compile.
var errAddedLate = errors.New("it was added to the graph after Compile: compile again")

// late reports whether n was added to the graph after c was made.
func (c *code) late(n Node) bool { return n.v != nil && n.v.g == c.g && !n.v.bad && n.v.id >= c.size }

// results returns the registers that are seen from outside: outputs, assigned values, guards.
func (c *code) results() []*register {
	all := slices.Clone(c.outputs)
	for _, e := range c.assigns {
		all = append(all, e.v)
	}
	return append(all, c.guards...)
}

// replace lets every reader of a key of old read its value instead.
func (c *code) replace(old map[*register]*register) {
	if len(old) == 0 {
		return
	}
	swap := func(r **register) {
		for by := old[*r]; by != nil; by = old[*r] {
			*r = by
		}
	}
	for _, in := range c.instrs {
		for i := range in.in {
			swap(&in.in[i])
		}
	}
	for i := range c.outputs {
		swap(&c.outputs[i])
	}
	for i := range c.assigns {
		swap(&c.assigns[i].v)
	}
	for i := range c.guards {
		swap(&c.guards[i])
	}
	for v, r := range c.byNode {
		swap(&r)
		c.byNode[v] = r
	}
}

// lasting reports whether the value of the register outlives a run.
func (r *register) lasting() bool { return r.store == inParam || r.store == inState }

// copyOp is the identity: it writes a value to other memory. If it assigns, this is the memory of a parameter or
// state.
type copyOp struct{ assigns bool }

func (copyOp) String() string                        { return "copy" }
func (copyOp) Types(in []Type) ([]Type, error)       { return in[:1], nil }
func (copyOp) Grad(_, dy, _ []Node, _ []bool) []Node { return dy }
func (copyOp) Eval(dst, in []Tensor) error {
	dst[0].CopyFrom(in[0])
	return nil
}
func (o copyOp) Draw([]Type) (Role, string) {
	if o.assigns {
		return RoleUpdate, "Assign"
	}
	return RoleView, "Copy"
}
