// This file holds the pass that puts one op in the place of a pattern of small ops.

package graph

import (
	"fmt"
	"slices"
)

// fusePatterns asks each op that may end a pattern whether one op computes the whole pattern: a softmax, a
// normalisation or an attention in small ops. No op outside the pattern may read a value inside it. So a training
// step, whose backward pass reads these values, stays as it is. The pass goes from the first instruction to the last,
// and one pattern may contain another.
func fusePatterns(c *code) error {
	j := join(c)
	for _, root := range slices.Clone(c.instrs) {
		if r, ok := root.op.(Rewriter); ok && len(root.out) == 1 {
			j.rewrite(root, r)
		}
	}
	j.done()
	return nil
}

// Term is a value in a pattern. Two are == when they are the same value.
type Term struct{ r *register }

// Type is the type of the value.
func (t Term) Type() Type { return t.r.t }

// Op is the op whose first result is the value, nil if there is none.
func (t Term) Op() Op {
	if t.r.def == nil || t.r.def.out[0] != t.r {
		return nil
	}
	return t.r.def.op
}

// Operands are the operands of the op; none of a value that no op computes.
func (t Term) Operands() []Term {
	if t.r.def == nil {
		return nil
	}
	operands := make([]Term, len(t.r.def.in))
	for i, r := range t.r.def.in {
		operands[i] = Term{r}
	}
	return operands
}

// Constant is the tensor of a value that is constant; false for others, and for constants that are not made yet.
func (t Term) Constant() (Tensor, bool) {
	return t.r.konst, t.r.store == inConst && t.r.late == nil
}

// Number is the number that all elements of a constant are equal to; false for other values.
func (t Term) Number() (float64, bool) { return equalElements(t.r) }

func (j *joiner) rewrite(root *instr, r Rewriter) {
	op, terms, ok := r.Rewrite(Term{root.out[0]})
	if !ok {
		return
	}
	operands := make([]*register, len(terms))
	for i, t := range terms {
		if t.r == nil {
			panic(fmt.Sprintf("the Rewrite of %s gives the zero Term for operand %d", opName(root.op), i))
		}
		operands[i] = t.r
	}
	types, err := resultTypes(op, typesOfRegs(operands))
	if err != nil || !types[0].Equal(root.out[0].t) {
		return
	}
	inside, ok := j.inside(root, operands)
	if !ok || !j.cheap(inside, operands) {
		return
	}
	for _, in := range inside {
		for _, r := range in.in {
			j.reads[r]--
		}
	}
	one := &instr{op: op, in: operands, out: root.out, phase: root.phase, scope: root.scope,
		nodes: sourcesOf(inside...)}
	for _, t := range types[1:] {
		one.out = append(one.out, j.register(nil, t))
	}
	for _, r := range operands {
		j.reads[r]++
	}
	j.put(j.index[root], one, inside...)
}

// inside lists the instructions between the operands and the root; the root stands first. It fails if a result of
// another of them is read outside, if their phases differ, or if the root depends on more than the operands and
// constants.
func (j *joiner) inside(root *instr, operands []*register) ([]*instr, bool) {
	members, open := []*instr{root}, slices.Clone(root.in)
	for len(open) > 0 {
		r := open[len(open)-1]
		open = open[:len(open)-1]
		switch {
		case slices.Contains(operands, r), r.store == inConst, slices.Contains(members, r.def):
		case r.def == nil || r.def.phase != root.phase:
			return nil, false
		default:
			members = append(members, r.def)
			open = append(open, r.def.in...)
		}
	}
	reads := map[*register]int{}
	for _, in := range members {
		for _, r := range in.in {
			reads[r]++
		}
	}
	for _, in := range members[1:] {
		for _, r := range in.out {
			if reads[r] != j.reads[r] {
				return nil, false
			}
		}
	}
	return members, true
}

// cheap reports whether the pattern may be computed at the place of the root: its operands keep no more memory alive
// until then than the largest value inside takes.
func (j *joiner) cheap(inside []*instr, operands []*register) bool {
	members := map[*instr]bool{}
	last := j.index[inside[0]]
	first, largest := last, 0
	for _, in := range inside {
		members[in] = true
		first = min(first, j.index[in])
		for _, r := range in.out {
			largest = max(largest, r.t.Bytes())
		}
	}
	return kept(last, operands) <= largest || j.quiet(first, last, members)
}
