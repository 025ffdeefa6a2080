// This file holds how equal scopes that follow each other, such as the steps of a recurrent network, are seen as one.

package html

import (
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/viz/trace"
)

// fewest is how many equal frames are put into one.
const fewest = 3

// repeat puts frames that are equal and follow each other into a frame of their own: closed it is a cell, rolled up;
// open it is the cell at each time.
func (b *builder) repeat() {
	seen := make([]bool, len(b.l.Frames)) // in a run
	for i := range seen {
		if seen[i] {
			continue
		}
		run := []int{i}
		for j := i + 1; j < len(seen); j++ {
			f, last := &b.l.Frames[j], &b.l.Frames[run[len(run)-1]]
			if f.Parent == last.Parent && f.First == last.Last+1 && b.equal(last, f) {
				run, seen[j] = append(run, j), true
			}
		}
		if len(run) >= fewest {
			b.group(run)
		}
	}
	for i := range b.l.Frames {
		f := &b.l.Frames[i]
		f.Depth = 0
		for p := f.Parent; p >= 0; p = b.l.Frames[p].Parent {
			f.Depth++
		}
	}
}

// group adds the frame of a run of equal ones.
func (b *builder) group(run []int) {
	first, last := b.l.Frames[run[0]], b.l.Frames[run[len(run)-1]]
	id := len(b.l.Frames)
	b.l.Frames = append(b.l.Frames, frame{First: first.First, Last: last.Last, Parent: first.Parent, Times: len(run),
		Title: fmt.Sprintf("%s…%s ×%d", first.Title, last.Title, len(run))})
	for _, i := range run {
		b.l.Frames[i].Parent = id
	}
}

// equal reports whether two frames are of the same ops, in the same order, with the same shapes, joined in the same
// way: node by node.
func (b *builder) equal(f, g *frame) bool {
	if f.Last-f.First != g.Last-g.First {
		return false
	}
	for r := range f.Last - f.First + 1 {
		for c := range columns {
			s, t := b.stacks[f.First+r][c], b.stacks[g.First+r][c]
			if len(s) != len(t) {
				return false
			}
			for k := range s {
				if !b.alike(s[k], t[k], f.First, g.First) {
					return false
				}
			}
		}
	}
	return true
}

// alike reports whether boxes of two frames, which begin at rows f and g, do the same with operands from the same
// places.
func (b *builder) alike(s, t, f, g int) bool {
	x, y := &b.l.Boxes[s], &b.l.Boxes[t]
	n, m := &b.run.Nodes[x.Node], &b.run.Nodes[y.Node]
	if n.Kind != m.Kind || n.Op != m.Op || n.DType != m.DType || !slices.Equal(n.Shape, m.Shape) {
		return false
	}
	if (x.Instr < 0) != (y.Instr < 0) {
		return false
	}
	if x.Instr < 0 {
		return true
	}
	return b.alikeOperands(&b.run.Instructions[x.Instr], &b.run.Instructions[y.Instr], f, g)
}

// alikeOperands compares the values that two instructions read: those of their own frames by their place, others,
// which the first of the frames may get from elsewhere, by their shape.
func (b *builder) alikeOperands(in, jn *trace.Instruction, f, g int) bool {
	if len(in.Operands) != len(jn.Operands) {
		return false
	}
	for k, o := range in.Operands {
		p := jn.Operands[k]
		if !slices.Equal(b.run.Nodes[o].Shape, b.run.Nodes[p].Shape) {
			return false
		}
		if r, s := b.rowOf[o]-f, b.rowOf[p]-g; b.rowOf[o] >= f && b.rowOf[p] >= g && r != s {
			return false
		}
	}
	return true
}
