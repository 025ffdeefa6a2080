// This file holds the pass that treats parameters as constants, so that what depends on them alone is computed once.

package graph

import (
	"fmt"
	"slices"
)

// prepare puts before the tape what depends only on constants and on parameters that the program does not assign.
func prepare(c *code) error {
	if !c.constant {
		return nil
	}
	assigned := map[*Param]bool{}
	for _, e := range c.assigns {
		assigned[e.to.param] = true
	}
	held := func(r *register) bool {
		return r.store == inConst || r.store == inHeld || r.store == inParam && !assigned[r.param]
	}
	var first, rest []*instr
	hold := func(in *instr) {
		in.phase = Prepare
		for _, r := range in.out {
			r.store = inHeld
		}
		first = append(first, in)
	}
	for _, in := range c.instrs {
		flags, all := make([]bool, len(in.in)), len(in.in) > 0
		for i, r := range in.in {
			flags[i] = held(r)
			all = all && flags[i]
		}
		if _, imported := in.op.(foreign); all && !imported {
			hold(in)
			continue
		}
		if p, ok := in.op.(Preparer); ok {
			if d, ok := p.Prepare(typesOfRegs(in.in), flags); ok {
				before, err := c.divide(in, d)
				if err != nil {
					return err
				}
				hold(before)
			}
		}
		rest = append(rest, in)
	}
	c.instrs = append(first, rest...)
	return nil
}

// divide makes two instructions of one: the preparation, which it returns, and the rest.
func (c *code) divide(in *instr, d Preparation) (*instr, error) {
	before := &instr{op: d.Op, scope: in.scope, nodes: in.nodes}
	for _, k := range d.From {
		before.in = append(before.in, in.in[k])
	}
	types, err := resultTypes(d.Op, typesOfRegs(before.in))
	if err != nil {
		return nil, fmt.Errorf("%s: its Prepare gives %s: %w", opName(in.op), opName(d.Op), err)
	}
	for _, t := range types {
		r := c.register(nil, t)
		r.def = before
		before.out = append(before.out, r)
	}
	var operands []*register
	for k, next := 0, 0; k < len(in.in); k++ {
		if next == len(d.From) || d.From[next] != k {
			operands = append(operands, in.in[k])
			continue
		}
		if next == 0 {
			operands = append(operands, before.out...)
		}
		next++
	}
	rest, err := resultTypes(d.Rest, typesOfRegs(operands))
	if err != nil || !slices.EqualFunc(rest, typesOfRegs(in.out), Type.Equal) {
		return nil, fmt.Errorf("%s: its Prepare gives %s: %v with results %v, want %v", opName(in.op),
			opName(d.Rest), err, rest, typesOfRegs(in.out))
	}
	in.op, in.in = d.Rest, operands
	return before, nil
}

// ready is the index of the first instruction that every run executes.
func (c *code) ready() int {
	for i, in := range c.instrs {
		if in.phase != Prepare {
			return i
		}
	}
	return len(c.instrs)
}

// Refresh lets the next run read the parameters again, for a program compiled with [CompileOptions.Constant].
func (p *Program) Refresh() { p.must("Refresh").prepared = false }

// prepare executes the instructions before the tape, unless that is done already.
func (p *Program) prepare() error {
	for i := range p.steps[:p.ready] {
		if p.prepared {
			break
		}
		if err := p.execute(i); err != nil {
			return err
		}
	}
	p.prepared = true
	return nil
}
