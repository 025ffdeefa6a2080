// This file holds what the passes that join instructions share.

package graph

import "slices"

// manyOperands is more operands than any instruction has that can be joined. Instructions with more are passed over: a
// sum of gradients may have very many operands, and the time to join it would grow with the square of their number.
const manyOperands = 64

// joiner is a code while instructions are joined. A removed instruction is nil until done is called.
type joiner struct {
	*code
	reads map[*register]int // how often it is an operand or is seen from outside
	index map[*instr]int
	at    map[*register][]int // places of the instructions that read it
}

func join(c *code) *joiner {
	j := &joiner{code: c, reads: map[*register]int{}, index: map[*instr]int{}, at: map[*register][]int{}}
	for i, in := range c.instrs {
		j.index[in] = i
		for _, r := range in.in {
			j.reads[r]++
			j.at[r] = append(j.at[r], i)
		}
	}
	for _, r := range c.results() {
		j.reads[r]++
	}
	c.positions()
	return j
}

// place is where r is defined, -1 for inputs, parameters and constants.
func (j *joiner) place(r *register) int {
	if r.def == nil {
		return -1
	}
	return j.index[r.def]
}

// put puts in at place i and removes the old instructions.
func (j *joiner) put(i int, in *instr, old ...*instr) {
	for _, o := range old {
		j.instrs[j.index[o]] = nil
		delete(j.index, o)
		for _, r := range o.out {
			if r.node != nil && j.byNode[r.node] == r {
				delete(j.byNode, r.node)
			}
		}
	}
	j.instrs[i] = in
	j.index[in] = i
	for _, r := range in.out {
		r.def = in
		if r.node != nil {
			j.byNode[r.node] = r
		}
	}
	for _, r := range in.in {
		j.at[r] = append(j.at[r], i)
		r.last = max(r.last, i)
	}
}

// done closes the gaps.
func (j *joiner) done() {
	j.instrs = slices.DeleteFunc(j.instrs, func(in *instr) bool { return in == nil })
}

// quiet reports whether only members and views stand between places i and k, so that the instruction at i may move to
// k without keeping more memory alive. It is false where k is more than 256 places away.
func (j *joiner) quiet(i, k int, members map[*instr]bool) bool {
	const far = 256
	if k-i > far {
		return false
	}
	for _, in := range j.instrs[i+1 : k] {
		if in == nil || members[in] {
			continue
		}
		if _, view := in.op.(Viewer); !view {
			return false
		}
	}
	return true
}

// kept is how many bytes stay alive in the arena longer if the given registers are read at place i.
func kept(i int, regs []*register) (n int) {
	for k, r := range regs {
		if r.store == inArena && r.last < i && !slices.Contains(regs[:k], r) {
			n += r.t.Bytes()
		}
	}
	return n
}

// sourcesOf lists the nodes that instructions compute, in the order of their creation.
func sourcesOf(instrs ...*instr) (nodes []*value) {
	for _, in := range instrs {
		nodes = append(nodes, in.nodes...)
	}
	slices.SortFunc(nodes, func(a, b *value) int { return a.id - b.id })
	return slices.Compact(nodes)
}
