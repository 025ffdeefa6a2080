// This file holds the pass that adds products to a sum as they are made.

package graph

import "slices"

// fuseProducts turns a sum with matrix products among its terms into products that add to a value: C ← A·B + C. The
// gradient of a weight that is used many times then needs one buffer, and no separate pass to add. The terms are added
// in the order in which they are computed, so the last bits may differ.
func fuseProducts(c *code) error {
	j := join(c)
	for _, in := range slices.Clone(c.instrs) {
		if a, ok := in.op.(Adder); ok && a.Adds() && sameTypes(in) {
			j.accumulate(in)
		}
	}
	j.done()
	return nil
}

func sameTypes(in *instr) bool {
	return !slices.ContainsFunc(in.in, func(r *register) bool { return !r.t.Equal(in.out[0].t) })
}

func (j *joiner) accumulate(sum *instr) {
	terms := slices.Clone(sum.in)
	slices.SortStableFunc(terms, func(a, b *register) int { return j.place(a) - j.place(b) })
	so, rest := terms[0], []*register(nil) // the sum so far
	var last *instr
	for _, t := range terms[1:] {
		op, ok := j.accumulator(sum, t)
		if !ok {
			rest = append(rest, t)
			continue
		}
		last = &instr{op: op, in: append(slices.Clone(t.def.in), so), phase: t.def.phase, scope: t.def.scope,
			nodes: sourcesOf(t.def, sum)}
		so = j.register(nil, t.t)
		last.out = []*register{so}
		j.put(j.index[t.def], last, t.def)
	}
	switch {
	case last == nil:
	case len(rest) == 0:
		last.out[0] = sum.out[0]
		j.put(j.index[last], last, sum)
	default:
		left := *sum
		left.in = append([]*register{so}, rest...)
		j.put(j.index[sum], &left, sum)
	}
}

// accumulator returns the op that computes term t of a sum and adds it to another term.
func (j *joiner) accumulator(sum *instr, t *register) (Op, bool) {
	if t.def == nil || len(t.def.out) != 1 || j.reads[t] != 1 || t.def.phase != sum.phase {
		return nil, false
	}
	a, ok := t.def.op.(Accumulator)
	if !ok {
		return nil, false
	}
	return a.Accumulate(typesOfRegs(t.def.in))
}
