// This file holds the pass that lets a producer go on with what is done to its result.

package graph

import "slices"

// fuseEpilogues lets linear maps, convolutions and normalisations go on with the elementwise op that alone reads
// their result: activation, residual, the derivative of an activation. It takes one op after the other, so that
// conv, add, relu become one instruction.
func fuseEpilogues(c *code) error {
	j := join(c)
	for _, next := range slices.Clone(c.instrs) {
		j.absorb(next)
	}
	j.done()
	return nil
}

// absorb looks for an operand whose producer can do next as well, the last one made first: by then the
// others are there.
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

// mayWait reports whether p can be computed at a later place instead: nobody reads its other results before, and
// it does not keep more memory alive until then than its result takes.
func (j *joiner) mayWait(p *instr, at int) bool {
	for _, r := range p.out[1:] {
		if slices.ContainsFunc(j.at[r], func(i int) bool { return i < at }) {
			return false
		}
	}
	return kept(at, p.in) <= p.out[0].t.Bytes() || j.quiet(j.index[p], at, nil)
}
