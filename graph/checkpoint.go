// This file holds the pass that computes the values of chosen layers again for the backward pass, and does not keep
// them.

package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/internal/near"
)

// checkpoint lets the backward pass compute the values of the listed layers again, from the inputs of the layer, just
// before it first reads them. Until then only those values of the layer are kept that others read. See Chen et al.
// 2016.
//
// It copies instructions as the passes before have made them, so that each value has the same bits as the first time.
// A random op draws the same numbers, since they are a function of seed, ordinal and step. Values that are assigned,
// such as running statistics, are computed once, from the first values.
func checkpoint(c *code) error {
	if len(c.checkpoints) == 0 {
		return nil
	}
	r := recomputation{code: c, listed: map[string]bool{}, passage: map[*instr]int{}, kept: map[*register]bool{},
		again: map[*register]*register{}}
	for _, l := range c.checkpoints {
		r.listed[l] = true
	}
	r.findPassages()
	r.findKept()
	r.rewrite()
	return prune(c)
}

// recomputation is the state of the pass.
type recomputation struct {
	*code
	listed  map[string]bool
	passage map[*instr]int          // by forward instruction of a listed layer: the number of its passage
	kept    map[*register]bool      // values of listed layers that are kept
	again   map[*register]*register // by value: the register in which it is computed again
	tape    []*instr
}

// findPassages numbers the passages. A passage is a row of forward instructions, one after the other, in the same
// listed layer. A layer that is applied twice, with another layer between, has two passages.
func (r *recomputation) findPassages() {
	number, before := 0, ""
	for _, in := range r.instrs {
		if in.phase != Forward {
			continue
		}
		layer := r.layer(in.scope)
		if layer != before {
			number++
		}
		if before = layer; layer != "" {
			r.passage[in] = number
		}
	}
}

// layer is the innermost listed layer that a scope lies in, "" for none.
func (r *recomputation) layer(scope string) string {
	for scope != "" && !r.listed[scope] {
		scope = scope[:max(strings.LastIndexByte(scope, '.'), 0)]
	}
	return scope
}

// findKept finds the values that are kept: results seen from outside, values that a forward instruction or an update
// outside the passage reads, and operands that a kept view is a part of. Results of Gorgonia's ops are kept too, since
// these ops may give other values when they run again.
func (r *recomputation) findKept() {
	for _, v := range r.results() {
		r.kept[v] = true
	}
	for _, in := range r.instrs {
		for _, v := range in.in {
			if in.phase != Backward && v.def != nil && r.passage[v.def] != r.passage[in] {
				r.kept[v] = true
			}
		}
	}
	for _, in := range slices.Backward(r.instrs) {
		if _, imported := in.op.(foreign); imported {
			for _, v := range in.out {
				r.kept[v] = true
			}
		}
		if v, ok := in.op.(Viewer); ok && r.kept[in.out[0]] {
			if operand, offset := v.View(typesOfRegs(in.in)); offset >= 0 {
				r.kept[in.in[operand]] = true
			}
		}
	}
}

// rewrite lets each backward instruction read the values that are computed again, and puts their computation before
// it.
func (r *recomputation) rewrite() {
	for _, in := range r.instrs {
		if in.phase == Backward {
			for i, v := range in.in {
				in.in[i] = r.current(v)
			}
		}
		r.tape = append(r.tape, in)
	}
	r.instrs = r.tape
}

// current is the register of v for a backward instruction. The instructions that v needs are repeated first, operands
// in their order. The list open takes the place of a recursion, which would be as deep as the layer is long.
func (r *recomputation) current(v *register) *register {
	type visit struct {
		def  *instr
		next int // operand
	}
	for open := []visit{{def: v.def}}; r.lost(v); {
		top := &open[len(open)-1]
		for top.next < len(top.def.in) && !r.lost(top.def.in[top.next]) {
			top.next++
		}
		if top.next < len(top.def.in) {
			open = append(open, visit{def: top.def.in[top.next].def})
			continue
		}
		r.repeat(top.def)
		open = open[:len(open)-1]
	}
	if y := r.again[v]; y != nil {
		return y
	}
	return v
}

// lost reports whether v is neither kept nor computed again yet.
func (r *recomputation) lost(v *register) bool {
	return v.def != nil && r.passage[v.def] != 0 && !r.kept[v] && r.again[v] == nil
}

// repeat adds a copy of def, whose operands are all there.
func (r *recomputation) repeat(def *instr) {
	in := *def
	in.phase, in.again = Backward, true
	in.in, in.out = nil, nil
	for _, o := range def.in {
		in.in = append(in.in, r.current(o))
	}
	for _, o := range def.out {
		y := r.register(o.node, o.t)
		y.def = &in
		in.out = append(in.out, y)
		r.again[o] = y
	}
	r.tape = append(r.tape, &in)
}

// checkLayers reports a name that is no layer of the graph.
func (g *Graph) checkLayers(names []string) error {
	if len(names) == 0 {
		return nil
	}
	known := map[string]bool{}
	for _, v := range g.values {
		for s := v.scope; s != "" && !known[s]; s = s[:max(strings.LastIndexByte(s, '.'), 0)] {
			known[s] = true
		}
	}
	for _, name := range names {
		if known[name] {
			continue
		}
		if len(known) == 0 {
			return fmt.Errorf("there is no layer %q: the graph has none", name)
		}
		return fmt.Errorf("there is no layer %q; the nearest is %q", name,
			near.Sort(name, slices.Sorted(maps.Keys(known)))[0])
	}
	return nil
}
