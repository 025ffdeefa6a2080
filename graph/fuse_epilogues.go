// This file holds the pass that lets an instruction do the elementwise op that follows it too.

package graph

import "slices"

// fuseEpilogues joins linear maps, convolutions and normalisations with the elementwise op that follows, if no other
// op reads their result: an activation, a residual, the derivative of an activation. It takes one op after the other,
// so that conv, add, relu become one instruction.
func fuseEpilogues(c *code) error {
	j := join(c)
	for _, next := range slices.Clone(c.instrs) {
		j.absorb(next)
	}
	j.done()
	return nil
}

// absorb looks for an operand whose producer can do next as well. It begins with the operand that is made last, since
// the others are ready by then.
func (j *joiner) absorb(next *instr) {
	if len(next.out) != 1 || len(next.in) > manyOperands {
		return
	}
	order := make([]int, len(next.in))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return j.place(next.in[b]) - j.place(next.in[a]) })
	for _, k := range order {
		if j.absorbed(next, k) {
			return
		}
	}
}

func (j *joiner) absorbed(next *instr, k int) bool {
	r := next.in[k]
	p := r.def
	if p == nil || p.out[0] != r || j.reads[r] != 1 || p.phase != next.phase {
		return false
	}
	a, ok := p.op.(Absorber)
	if !ok {
		return false
	}
	others := slices.Delete(slices.Clone(next.in), k, k+1)
	if slices.ContainsFunc(others, func(o *register) bool { return o.def == p }) {
		return false
	}
	at := j.index[p]
	if slices.ContainsFunc(others, func(o *register) bool { return j.place(o) > at }) {
		if at = j.index[next]; !j.mayWait(p, at) {
			return false
		}
	}
	op, ok := a.Absorb(len(p.in), next.op, k, typesOfRegs(next.in))
	if !ok {
		return false
	}
	scope := p.scope
	if scope == "" {
		scope = next.scope
	}
	j.put(at, &instr{op: op, in: slices.Concat(p.in, others), out: slices.Concat(next.out, p.out[1:]), phase: p.phase,
		scope: scope,
		nodes: sourcesOf(p, next)}, p, next)
	return true
}

// mayWait reports whether p can be computed at the later place at: no instruction reads its other results before, and
// its operands keep no more memory alive until then than its result takes.
func (j *joiner) mayWait(p *instr, at int) bool {
	for _, r := range p.out[1:] {
		if slices.ContainsFunc(j.at[r], func(i int) bool { return i < at }) {
			return false
		}
	}
	return kept(at, p.in) <= p.out[0].t.Bytes() || j.quiet(j.index[p], at, nil)
}
