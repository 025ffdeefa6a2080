// This file holds the passes that let registers share memory: alias and effects.

package graph

import "slices"

// positions notes for each register where it is defined and where it is read last. A register that is seen from
// outside counts as read at the end; on the tape of a lesson every result does.
func (c *code) positions() {
	for _, r := range c.regs {
		r.first, r.last = -1, -1
	}
	for i, in := range c.instrs {
		for _, r := range in.in {
			r.last = i
		}
		for _, r := range in.out {
			r.first = i
		}
		for _, r := range in.scratch {
			r.first, r.last = i, i
		}
	}
	for _, r := range c.results() {
		r.last = len(c.instrs)
	}
	if c.teach {
		c.keepAll()
	}
}

// keepAll lets every value live to the end of the tape.
func (c *code) keepAll() {
	for _, in := range c.instrs {
		for _, r := range in.out {
			r.last = len(c.instrs)
		}
	}
}

// boundary is the index of the first instruction of the update section.
func (c *code) boundary() int {
	i := slices.IndexFunc(c.instrs, func(in *instr) bool { return in.phase == Update })
	if i < 0 {
		return len(c.instrs)
	}
	return i
}

// alias lets a result share memory with another register where this changes no value: a view shares memory with its
// operand, an op may write over an operand that is not read later, and an update writes over the parameter or state
// that it is assigned to.
func alias(c *code) error {
	c.positions()
	s := sharing{c: c, readers: map[*register]*lastReads{}, target: map[*register]*register{}, boundary: c.boundary()}
	for _, r := range c.regs {
		s.readers[r] = &lastReads{r: r, first: r.last, second: -1}
	}
	s.findTargets()
	for i, in := range c.instrs {
		if s.view(in) {
			continue
		}
		for k, r := range in.out {
			if !s.onParam(i, in, k, r) {
				s.inPlace(i, in, k, r)
			}
		}
	}
	return nil
}

// sharing is the state of the alias pass.
type sharing struct {
	c        *code
	readers  map[*register]*lastReads
	target   map[*register]*register // by assigned value: the parameter or state that takes it
	boundary int
}

// lastReads holds, of all registers that share the memory of a root, the one that is read last, the place where it is
// read last, and the last place where any other is read. A root may have very many registers; this much is enough to
// know.
type lastReads struct {
	r             *register // the one that is read last
	first, second int
}

func (l *lastReads) add(r *register) {
	if r.last > l.first {
		l.r, l.first, l.second = r, r.last, l.first
	} else {
		l.second = max(l.second, r.last)
	}
}

func (s *sharing) findTargets() {
	count := map[*register]int{}
	for _, r := range s.c.results() {
		count[r]++
	}
	for _, e := range s.c.assigns {
		if count[e.v] == 1 { // the assignment alone needs it
			s.target[e.v] = e.to
		}
	}
}

func (s *sharing) join(r, root *register, offset int) {
	r.root, r.offset = root, offset
	s.readers[root].add(r)
}

func (s *sharing) view(in *instr) bool {
	v, ok := in.op.(Viewer)
	if !ok || len(in.out) != 1 {
		return false
	}
	operand, offset := v.View(typesOfRegs(in.in))
	if offset < 0 {
		return false
	}
	x := in.in[operand]
	in.view = true
	s.join(in.out[0], x.root, x.offset+offset)
	return true
}

// onParam lets result k of instruction i be written into the parameter or state that it is assigned to,
// if nothing reads the old value later.
func (s *sharing) onParam(i int, in *instr, k int, r *register) bool {
	p := s.target[r]
	if p == nil || i < s.boundary {
		return false
	}
	old := s.readers[p]
	if old.first > i || old.second == i || old.first == i && !s.mayOverwrite(in, k, old.r) {
		return false
	}
	s.join(r, p, 0)
	return true
}

// inPlace lets result k of instruction i take the memory of an operand that is not read later.
func (s *sharing) inPlace(i int, in *instr, k int, r *register) {
	op, ok := in.op.(InPlacer)
	if !ok || r.last < 0 {
		return
	}
	for _, j := range op.InPlace(k) {
		if j >= len(in.in) {
			continue
		}
		x := in.in[j]
		if x.root.store != inArena || x.root == r.root || s.taken(in, x) {
			continue
		}
		// neither x nor a register in its memory is read after i
		if l := s.readers[x.root]; l.r == x && l.first == i && l.second < i && s.mayOverwrite(in, k, x) {
			s.join(r, x.root, x.offset)
			return
		}
	}
}

// taken reports whether a result of the instruction has the memory of x already.
func (s *sharing) taken(in *instr, x *register) bool {
	return slices.ContainsFunc(in.out, func(r *register) bool { return r.root == x.root })
}

// mayOverwrite reports whether result k may be written over operand x: the op allows it, no other operand is in the
// same memory, and both have the same element type and size.
func (s *sharing) mayOverwrite(in *instr, k int, x *register) bool {
	op, ok := in.op.(InPlacer)
	if y := in.out[k].t; !ok || x.t.DType != y.DType || x.t.Bytes() != y.Bytes() {
		return false
	}
	shared := 0
	for _, o := range in.in {
		if o.root == x.root {
			shared++
		}
	}
	return shared == 1 &&
		slices.ContainsFunc(op.InPlace(k), func(j int) bool { return j < len(in.in) && in.in[j] == x })
}

// effects puts the assignments that are not done in place at the end of the tape. An output that shows a parameter or
// state from before its assignment gets memory of its own.
func effects(c *code) error {
	changed := map[*register]bool{}
	for _, e := range c.assigns {
		changed[e.to] = true
	}
	c.protect(changed)
	var stage, copies []*instr
	for _, e := range c.assigns {
		if e.v.root == e.to && e.v.offset == 0 {
			continue
		}
		v := e.v
		if changed[v.root] {
			t := c.copyInstr(v, nil)
			stage = append(stage, t)
			v = t.out[0]
		}
		copies = append(copies, c.copyInstr(v, e.to))
	}
	c.instrs = append(append(c.instrs, stage...), copies...)
	return nil
}

// protect copies outputs that lie in a parameter or state, before this changes.
func (c *code) protect(changed map[*register]bool) {
	var saved []*instr
	for i, r := range c.outputs {
		if changed[r.root] {
			in := c.copyInstr(r, nil)
			in.phase = Forward
			saved = append(saved, in)
			c.outputs[i] = in.out[0]
		}
	}
	c.instrs = slices.Insert(c.instrs, c.boundary(), saved...)
}

func (c *code) copyInstr(v, root *register) *instr {
	r := c.register(v.node, v.t)
	if root != nil {
		r.root, r.store, r.param = root, root.store, root.param
		r.node = root.node
	}
	in := &instr{op: copyOp{assigns: root != nil}, in: []*register{v}, out: []*register{r}, phase: Update}
	if r.node != nil {
		in.scope, in.nodes = r.node.scope, []*value{r.node}
	}
	r.def = in
	return in
}
