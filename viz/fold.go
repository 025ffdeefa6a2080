package viz

import (
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// fewBoxes is the number of boxes up to which a drawing opens layers by itself.
const fewBoxes = 40

// collapse decides which layers are open and which equal ones are folded.
func collapse(t *reading, root *layer, depth int) {
	if depth < 0 {
		root.openTo(root.height())
		return
	}
	foldAll(t, root)
	if depth > 0 {
		root.openTo(depth)
		return
	}
	root.openTo(1)
	bundle(t, root)
	for level := 2; level <= root.height(); level++ {
		if !openLevel(t, root, level) {
			return
		}
	}
}

// openLevel opens the layers of one level if the drawing then still fits a slide:
// all of them or, failing that, those that stand for several equal ones, or are made
// of equal ones alone, and one of these, since one look inside them explains the
// most. It reports whether all are open.
func openLevel(t *reading, root *layer, level int) bool {
	var closed []*layer
	root.eachAt(level, func(l *layer) { closed = append(closed, l) })
	setOpen(closed, true)
	if fits(t, root) {
		return true
	}
	setOpen(closed, false)
	for _, l := range closed {
		if run := l.run(); run != nil {
			if l.tryOpen(t, root); l.open {
				l = run
			}
		}
		if len(l.twins) > 0 {
			l.tryOpen(t, root)
		}
	}
	return false
}

// tryOpen opens l if the drawing then fits a slide.
func (l *layer) tryOpen(t *reading, root *layer) {
	l.open = true
	l.open = fits(t, root)
}

// run is the layer that all parts of l are equal to, nil if they are not.
func (l *layer) run() *layer {
	if first := l.parts[0].layer; first != nil && len(first.twins) > 0 && len(first.twins) == len(l.parts)-1 {
		return first
	}
	return nil
}

func setOpen(layers []*layer, open bool) {
	for _, l := range layers {
		l.open = open
	}
}

// eachAt calls f for the layers of a level that are drawn; the root is level 1.
func (l *layer) eachAt(level int, f func(*layer)) {
	if level == 1 {
		f(l)
		return
	}
	for _, p := range l.parts {
		if p.layer != nil && !p.layer.twin && l.open {
			p.layer.eachAt(level-1, f)
		}
	}
}

// fits reports whether the drawing has few boxes and its texts are legible on a
// slide.
func fits(t *reading, root *layer) bool {
	if root.rows() > fewBoxes {
		return false
	}
	s := assemble(t, root)
	t.caption(s, "")
	return s.Boxes() <= fewBoxes && ladder.SlideText(ladder.LayoutForPage(s)) >= ladder.LegibleText
}

// foldAll folds equal layers that follow each other, at every level.
func foldAll(t *reading, root *layer) {
	f := &folder{t: t, readers: t.readBy()}
	root.each(f.fold)
}

// A folder finds runs of equal layers. Equal is proven, not guessed from names:
// atom by atom the same operation with the same attributes, shapes and parameters,
// the same edges inside, each layer fed by the one before it in the same place, and
// by nothing else that differs; nothing in the middle of the run is read from
// outside, but by one op that reads the same place of all, as that which joins the
// outputs of the steps of a recurrent layer. What the first layer is fed by in that
// place may be an input, constant or state.
type folder struct {
	t       *reading
	readers [][]int
	n       int // layers of the run that is being extended
}

// fold marks the runs among the direct parts of l.
func (f *folder) fold(l *layer) {
	for i := 0; i < len(l.parts); {
		first := l.parts[i].layer
		if first == nil {
			i++
			continue
		}
		run := []*layer{first}
		for j := i + 1; j < len(l.parts) && l.parts[j].layer != nil; j++ {
			if !f.extends(run, l.parts[j].layer) {
				break
			}
			run = append(run, l.parts[j].layer)
		}
		for _, twin := range run[1:] {
			twin.twin = true
		}
		first.twins = run[1:]
		if len(run) > 1 {
			first.carries = f.carried(run)
		}
		i += len(run)
	}
}

// extends reports whether next is equal to the layers of run and continues it.
func (f *folder) extends(run []*layer, next *layer) bool {
	first, before, atoms := run[0].atoms(), run[len(run)-1].atoms(), next.atoms()
	f.n = len(run)
	if len(first) != len(atoms) {
		return false
	}
	var second []int
	if len(run) > 1 {
		second = run[1].atoms()
	}
	for k := range atoms {
		a, b := &f.t.atoms[first[k]], &f.t.atoms[atoms[k]]
		if a.scope[len(run[0].path):] != b.scope[len(next.path):] && !adopted(run[0], next, a, b) || !sameAtom(a, b) {
			return false
		}
		for i := range a.operands {
			if !f.sameSource(first, second, before, atoms, &a.operands[i], &b.operands[i], i, k) {
				return false
			}
		}
	}
	return f.readOnlyBy(before, first, atoms)
}

// adopted reports whether both atoms were adopted by their layers from outside.
func adopted(l, m *layer, a, b *atom) bool {
	return !within(l.path, a.scope) && a.scope == b.scope && !within(m.path, b.scope)
}

// sameAtom compares two atoms by themselves, their backward sides included.
func sameAtom(a, b *atom) bool {
	if a.leaf || b.leaf || a.tone != b.tone || a.label != b.label || len(a.operands) != len(b.operands) ||
		withoutOrdinal(a.code) != withoutOrdinal(b.code) {
		return false
	}
	return slices.EqualFunc(a.types, b.types, graph.Type.Equal) && samePull(a.pull, b.pull)
}

// samePull compares backward sides. Whether gradients are added depends on who
// reads the result, so the last layer of a run may differ in it.
func samePull(p, q *pull) bool {
	if p == nil || q == nil {
		return p == q
	}
	return slices.EqualFunc(p.outs, q.outs, sameContribution) && slices.Equal(p.saved, q.saved) &&
		slices.Equal(plainCodes(p.codes), plainCodes(q.codes))
}

func sameContribution(a, b contribution) bool { return a.operand == b.operand && a.shape == b.shape }

// plainCodes are codes without the sums of gradients, and without ordinals.
func plainCodes(codes []string) (list []string) {
	for _, c := range codes {
		if c != sumCode {
			list = append(list, withoutOrdinal(c))
		}
	}
	return list
}

// withoutOrdinal is the code of a random op without its number among those of the graph: equal layers draw numbers of
// their own, as they have parameters of their own.
func withoutOrdinal(code string) string {
	before, after, ok := strings.Cut(code, " random=")
	if !ok {
		return code
	}
	return before + strings.TrimLeft(after, "0123456789")
}

// sameSource compares operand i of atom k of the first layer with that of the next:
// a parameter of the same kind, the same place inside the layer, the same value
// outside, or the same place in the layer before.
func (f *folder) sameSource(first, second, before, atoms []int, a, b *operand, i, k int) bool {
	if a.back || b.back || a.shape != b.shape || a.name != b.name {
		return false
	}
	if b.atom < 0 || a.atom < 0 && a.leaf.Kind() == graph.KindParam {
		return a.atom == b.atom && sameLeaf(a.leaf, b.leaf)
	}
	if r := slices.Index(first, a.atom); r >= 0 {
		return b.atom == atoms[r] && a.part == b.part
	}
	if a.atom == b.atom {
		return f.samePart(second, a, b, i, k)
	}
	r := slices.Index(before, b.atom)
	if r < 0 {
		return false
	}
	if second == nil {
		return true
	}
	s := &f.t.atoms[second[k]].operands[i]
	return s.atom == first[r] && s.part == b.part
}

// samePart reports whether a layer reads of an op outside the result that all read, or the next or the one before, as
// each step of a recurrent network reads its own part of a sequence.
func (f *folder) samePart(second []int, a, b *operand, i, k int) bool {
	if second == nil {
		step := b.part - a.part
		return -1 <= step && step <= 1
	}
	step := f.t.atoms[second[k]].operands[i].part - a.part
	return b.part-a.part == f.n*step
}

// sameLeaf compares parameters and states by type, constants by their elements, and other leaves by identity.
func sameLeaf(a, b graph.Node) bool {
	if a == b {
		return true
	}
	if a.Kind() == graph.KindParam && b.Kind() == graph.KindParam {
		return a.Type().Equal(b.Type()) && a.Param().Trainable() == b.Param().Trainable()
	}
	if a.Kind() == graph.KindState && b.Kind() == graph.KindState {
		return a.Type().Equal(b.Type())
	}
	return a.Kind() == graph.KindConst && b.Kind() == graph.KindConst && a.Type().Equal(b.Type()) && sameElements(a, b)
}

// mostCompared is how many elements of constants are compared: more than a mask of 512 by 512 has.
const mostCompared = 1 << 18

// sameElements compares two constants of one type.
func sameElements(a, b graph.Node) bool {
	if a.Op() == b.Op() {
		return true
	}
	if len(a.Inputs())+len(b.Inputs()) > 0 || a.Size() > mostCompared {
		return false
	}
	x, y := graph.NewTensor(a.Type()), graph.NewTensor(b.Type())
	if a.Op().Eval([]graph.Tensor{x}, nil) != nil || b.Op().Eval([]graph.Tensor{y}, nil) != nil {
		return false
	}
	return slices.Equal(x.F32, y.F32) && slices.Equal(x.F64, y.F64) && slices.Equal(x.I64, y.I64)
}

// readOnlyBy reports whether everything that reads the atoms of a layer is in that
// layer or in the next, or reads the same place of the first layer and of the next,
// too.
func (f *folder) readOnlyBy(layer, first, next []int) bool {
	for k, i := range layer {
		for _, r := range f.readers[i] {
			inside := slices.Contains(layer, r) || slices.Contains(next, r)
			if !inside && !(slices.Contains(f.readers[first[k]], r) && slices.Contains(f.readers[next[k]], r)) {
				return false
			}
		}
	}
	return true
}
