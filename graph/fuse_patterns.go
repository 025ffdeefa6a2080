// This file holds the pass that gives a pattern of small ops to the one op that is made for it.

package graph

import (
	"fmt"
	"slices"
)

// fusePatterns asks the last op of each tree whether one op computes all of it: softmax, normalisation, attention, as
// they are written in small ops. What is inside must be read by nothing else, so that a training step, whose way back
// reads it, stays as it is. Patterns are found from the first instruction to the last, and one may contain another.
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

// Type is that of the value.
func (t Term) Type() Type { return t.r.t }

// Op is what computes the value, as its first result; nil where nothing does.
func (t Term) Op() Op {
	if t.r.def == nil || t.r.def.out[0] != t.r {
		return nil
	}
	return t.r.def.op
}

// Operands are those of the op.
func (t Term) Operands() []Term {
	operands := make([]Term, len(t.r.def.in))
	for i, r := range t.r.def.in {
		operands[i] = Term{r}
	}
	return operands
}

// Constant is the value, if it is one.
func (t Term) Constant() (Tensor, bool) {
	return t.r.konst, t.r.store == inConst && t.r.late == nil
}

// Number is what all elements of a constant are.
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

// inside lists the instructions from the operands to the root, which is the first of them. It fails where the results
// of another one are seen outside, where the phase changes, and where the root depends on more than operands and
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

// cheap reports whether reading the operands where the root stands keeps no more memory alive than the largest value
// inside would.
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
