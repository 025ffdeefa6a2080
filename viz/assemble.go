package viz

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// assembler makes the scene of a tape whose layers are open or closed.
type assembler struct {
	t     *reading
	s     *ladder.Scene
	rowOf []int // by atom
	edges map[[2]ladder.Port]bool
	adds  [][]int  // by atom: the atoms that hand gradients to it
	solo  []bool   // by row: it is a single atom
	twin  []bool   // by atom: it is folded into an equal one
	reads [][]int  // by atom: the atoms that read it
	steps []*layer // open ones that stand for several steps
}

// assemble returns the scene: a row for every visible atom and closed layer.
func assemble(t *reading, root *layer) *ladder.Scene {
	a := &assembler{t: t, s: &ladder.Scene{Cuts: map[[2]ladder.Port]bool{}, Lang: t.lang},
		rowOf: make([]int, len(t.atoms)),
		twin:  make([]bool, len(t.atoms)), edges: map[[2]ladder.Port]bool{}, adds: t.contributors(), reads: t.readBy()}
	a.parts(root, root.path, 0)
	a.connect()
	for _, l := range a.steps {
		a.connectSteps(l)
	}
	a.arrivals()
	return a.s
}

// parts adds the rows of an open layer. base is the path that names inside it are
// relative to.
func (a *assembler) parts(l *layer, base string, depth int) {
	framed := l.frameable(a.t)
	for _, p := range l.parts {
		switch c := p.layer; {
		case c == nil:
			a.addAtom(p.atom)
		case c.twin:
		case !c.open:
			a.addClosed(c, c.title(base))
		case c.rows() == 1 && !(framed && c.isLinear(a.t)):
			a.addSingle(c, base)
		default:
			a.addFramed(c, base, depth)
		}
	}
	a.foldTwins(l)
}

// addFramed adds the rows of the open layer c within a frame.
func (a *assembler) addFramed(c *layer, base string, depth int) {
	k := len(a.s.Frames)
	a.s.Frames = append(a.s.Frames, ladder.Frame{First: len(a.s.Rows), Depth: depth, Title: c.title(base),
		Count: 1 + len(c.twins)})
	a.parts(c, c.path, depth+1)
	a.s.Frames[k].Last = len(a.s.Rows) - 1
	if len(c.carries) > 0 {
		a.steps = append(a.steps, c)
	}
}

// addSingle adds the only row of the open layer c, whose name then stands in its
// box instead of on a frame.
func (a *assembler) addSingle(c *layer, base string) {
	n := len(a.s.Rows)
	a.parts(c, base, 0)
	r := &a.s.Rows[n]
	if name := c.title(base); r.Op.Name == "" && (len(r.Left) > 0 || tells(name, r.Op.Label)) {
		r.Op.Name = name
		if b := r.Back; b != nil {
			b.Name, b.Label = "∂"+r.Op.Name, r.Op.Label
		}
	}
	r.Op.Count = max(r.Op.Count, 1+len(c.twins))
	if len(c.carries) > 0 {
		a.loop(r, c.carries)
	}
}

// tells reports whether the name of a layer says more than what its only op is, as that of a gate does.
func tells(name, label string) bool {
	last := lastPart(name)
	_, err := strconv.Atoi(last)
	return err != nil && !strings.HasPrefix(strings.ToLower(label), strings.ToLower(last))
}

// frameable reports whether some linear layer directly in l has more than one row;
// then all of them get frames, so that equal things look equal.
func (l *layer) frameable(t *reading) bool {
	return slices.ContainsFunc(l.parts, func(p part) bool {
		return p.layer != nil && p.layer.open && p.layer.isLinear(t) && p.layer.rows() > 1
	})
}

// rows counts the rows that l takes.
func (l *layer) rows() int {
	if !l.open {
		return 1
	}
	n := 0
	for _, p := range l.parts {
		switch {
		case p.layer == nil:
			n++
		case !p.layer.twin:
			n += p.layer.rows()
		}
	}
	return n
}

// title names a layer and its twins: "0 … 11", and steps "cell t = 0 … 11".
func (l *layer) title(base string) string {
	if l.bundle != "" {
		return strings.TrimSpace(l.bundle)
	}
	s := relative(base, l.path)
	n := len(l.twins)
	if n == 0 {
		return s
	}
	last := l.twins[n-1].path
	if parent(last) != parent(l.path) {
		return s + " … " + relative(base, last)
	}
	if _, err := strconv.Atoi(lastPart(last)); err == nil && len(l.carries) > 0 {
		s = strings.TrimSpace(parent(s) + " t = " + lastPart(s))
	}
	return s + " … " + lastPart(last)
}

// parent is a path without its last part.
func parent(path string) string { return path[:max(strings.LastIndexByte(path, '.'), 0)] }

// relative returns path without the leading base.
func relative(base, path string) string {
	if base == "" || path == base {
		return path
	}
	return strings.TrimPrefix(path, base+".")
}

func (a *assembler) addAtom(i int) {
	at := &a.t.atoms[i]
	a.rowOf[i] = len(a.s.Rows)
	r := ladder.Row{ID: at.id, Op: ladder.Box{Tone: at.tone, Label: at.label, About: at.code}}
	r.Op.Detail = a.t.shapeText(at.types[0])
	r.Op.Value = a.t.shown(at.node, "")
	if at.leaf {
		r.Op.Value = a.t.input(at.node)
	}
	r.Left = a.leftBoxes([]int{i}, 1)
	a.addBack(&r, []int{i})
	a.s.Rows = append(a.s.Rows, r)
	a.solo = append(a.solo, true)
}

// addClosed adds the one row of a closed layer.
func (a *assembler) addClosed(c *layer, name string) {
	atoms := c.atoms()
	first, last := &a.t.atoms[atoms[0]], &a.t.atoms[a.leaving(atoms)]
	for _, i := range atoms {
		a.rowOf[i] = len(a.s.Rows)
	}
	mainTone, label := a.t.summary(atoms)
	label += a.t.hiddenSkips(atoms)
	inner, count := c.innerSteps()
	switch {
	case c.bundle == noName || c.bundle != "" && len(atoms) <= 3:
		label = a.t.bundled(atoms)
	case len(c.carries) > 0:
		label += c.hiddenParts()
	case inner != nil:
		_, label = a.t.summary(inner.atoms())
		label = a.t.lang.Say(words.Steps, itoa(count), label) + inner.hiddenParts()
	}
	r := ladder.Row{ID: first.id, Op: ladder.Box{Tone: mainTone, Name: name, Label: label, Closed: len(atoms) > 1,
		Count: 1 + len(c.twins)}}
	r.Op.Detail = a.t.shapeText(last.types[0])
	r.Op.Value = a.t.shown(last.node, "")
	r.Op.About = a.t.listing(atoms)
	r.Left = a.leftBoxes(atoms, r.Op.Count)
	a.addBack(&r, atoms)
	a.loop(&r, c.allCarries())
	a.s.Rows = append(a.s.Rows, r)
	a.solo = append(a.solo, len(atoms) == 1)
}

// leaving is the last atom of a layer whose value others read, and the last of all where nobody reads any: its shape
// is that of the layer. What a recurrent layer keeps for the next run stays in it.
func (a *assembler) leaving(atoms []int) int {
	inside := make(map[int]bool, len(atoms))
	for _, i := range atoms {
		inside[i] = true
	}
	for _, i := range slices.Backward(atoms) {
		for _, r := range a.reads[i] {
			if !inside[r] {
				return i
			}
		}
	}
	return atoms[len(atoms)-1]
}

func lastPart(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// summary returns the tone and the label of a closed layer: those of its linear
// ops, or of its first op if it has none.
func (t *reading) summary(atoms []int) (ladder.Tone, string) {
	pick := t.atoms[atoms[0]].tone
	for _, want := range []ladder.Tone{ladder.ToneLinear, ladder.ToneNorm, ladder.TonePool, ladder.ToneActivation} {
		if slices.ContainsFunc(atoms, func(i int) bool { return t.atoms[i].tone == want }) {
			pick = want
			break
		}
	}
	attention, scores, dropout := t.attentions(atoms)
	var labels []string
	counts := map[string]int{}
	for _, i := range atoms {
		if t.atoms[i].tone != pick || scores[i] {
			continue
		}
		label := cmp.Or(attention[i], t.atoms[i].label)
		if counts[label] == 0 {
			labels = append(labels, label)
		}
		counts[label]++
	}
	for i, l := range labels {
		if counts[l] > 1 {
			labels[i] = itoa(counts[l]) + " " + l
		}
	}
	if len(atoms) <= 3 {
		return pick, t.listing(atoms)
	}
	if len(labels) == 1 && len(attention) > 0 {
		labels[0] += dropout
	}
	if n := len(labels); n > 3 || n == 3 && utf8.RuneCountInString(strings.Join(labels, ", ")) > longSummary {
		labels = append(labels[:2], "…")
	}
	return pick, strings.Join(labels, ", ")
}

// longSummary is how many characters a row has room for: "4 Conv2D 1×1, 3 Conv2D 1×7, 3 Conv2D 7×1" is longer.
const longSummary = 36

// hiddenSkips tells of the sums in a closed layer of a value with what the layer makes of it, which one cannot see:
// "", ", residual" or ", 2 residuals".
func (t *reading) hiddenSkips(atoms []int) string {
	inside := make(map[int]bool, len(atoms))
	for _, i := range atoms {
		inside[i] = true
	}
	n := 0
	for _, i := range atoms {
		in := t.atoms[i].operands
		if t.atoms[i].label == sumLabel && len(in) == 2 &&
			(t.skips(in[0], in[1], inside) || t.skips(in[1], in[0], inside)) {
			n++
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return t.lang.Say(words.Residual)
	}
	return t.lang.Say(words.Residuals, itoa(n))
}

// sumLabel is how the sum of two tensors is drawn.
const sumLabel = "Add"

// skips reports whether the value x goes past what makes y of it: as it is, or through convolutions, normalisations
// and pooling, as where a residual network halves its pictures.
func (t *reading) skips(x, y operand, inside map[int]bool) bool {
	for !t.makes(x, y, inside) {
		if x.back || !inside[x.atom] || !t.isShortcut(x.atom) {
			return false
		}
		x = t.atoms[x.atom].operands[0]
	}
	return true
}

func (t *reading) isShortcut(i int) bool {
	a := &t.atoms[i]
	return a.tone == ladder.ToneNorm || a.tone == ladder.TonePool || strings.HasPrefix(a.label, "Conv")
}

// makes reports whether atoms inside a layer make the value y of the value x and whatever else.
func (t *reading) makes(x, y operand, inside map[int]bool) bool {
	if x.atom < 0 || x.back || y.back || !inside[y.atom] {
		return false
	}
	seen := map[int]bool{}
	for open := []int{y.atom}; len(open) > 0; {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		for _, o := range t.atoms[i].operands {
			switch {
			case o.back || o.atom < x.atom || seen[o.atom]: // those before x are not made of it
			case o.atom == x.atom:
				return true
			case inside[o.atom]:
				seen[o.atom] = true
				open = append(open, o.atom)
			}
		}
	}
	return false
}

// listing names all ops of a closed layer, for the tooltip.
func (t *reading) listing(atoms []int) string {
	var labels []string
	for _, i := range atoms {
		if len(labels) == 12 {
			labels = append(labels, "…")
			break
		}
		labels = append(labels, t.atoms[i].label)
	}
	return strings.Join(labels, " → ")
}

// addBack adds the backward box and the gradients of the parameters.
func (a *assembler) addBack(r *ladder.Row, atoms []int) {
	b := ladder.Box{Tone: r.Op.Tone, Label: "∂" + r.Op.Label, Name: r.Op.Name, Closed: r.Op.Closed, Count: r.Op.Count}
	if b.Name != "" {
		b.Name, b.Label = "∂"+b.Name, r.Op.Label
	}
	var codes []string
	any := false
	for _, i := range atoms {
		p := a.t.atoms[i].pull
		if p == nil {
			continue
		}
		any = true
		codes = append(codes, p.codes...)
		r.Sum = r.Sum || p.adds && a.addsFromOutside(i, atoms)
		r.Saves = r.Saves || len(p.saved) > 0
		if len(atoms) == 1 {
			r.Saved = a.t.savedNames(i)
		}
	}
	if !any {
		return
	}
	b.About = strings.Join(codes, "; ")
	b.Detail = a.inputGradient(atoms)
	b.Value = a.t.shown(a.t.gradient(a.t.atoms[a.leaving(atoms)].node), "dy")
	if at := &a.t.atoms[atoms[0]]; at.leaf {
		b.Label, b.Detail = "d"+at.label, a.t.shapeText(at.types[0])
		b.Tone = ladder.ToneGrad
		b.Value = a.t.shown(a.t.gradient(at.node), "")
	}
	if len(atoms) == 1 {
		r.Terms = a.t.sumText(atoms[0])
	}
	r.Back = &b
	r.Right = a.rightBoxes(atoms, r.Op.Count)
}

// savedNames lists what the backward side of atom i reads of the forward pass:
// operands, then results.
func (t *reading) savedNames(i int) string {
	at := &t.atoms[i]
	var names []string
	for _, k := range at.pull.saved {
		switch {
		case k < len(at.operands):
			names = append(names, at.operands[k].name)
		case k == len(at.operands):
			names = append(names, "y")
		case k < len(at.operands)+len(at.types):
			names = append(names, t.lang.Say(words.Kept)) // a result that exists for this only
		default:
			names = append(names, "…")
		}
	}
	return strings.Join(slices.Compact(names), " ")
}

// addsFromOutside reports whether gradients of the result of atom i come from more
// than one place outside the given atoms.
func (a *assembler) addsFromOutside(i int, atoms []int) bool {
	n := 0
	for _, k := range a.adds[i] {
		if !slices.Contains(atoms, k) {
			n++
		}
	}
	return n > 1
}

// contributors lists, for every atom, those that hand gradients of its result to it.
func (t *reading) contributors() [][]int {
	list := make([][]int, len(t.atoms))
	for k := range t.atoms {
		if p := t.atoms[k].pull; p != nil {
			for _, c := range p.outs {
				if i := t.atoms[k].operands[c.operand].atom; i >= 0 {
					list[i] = append(list[i], k)
				}
			}
		}
	}
	return list
}

// inputGradient returns the shape of the gradient that leaves atoms for an earlier
// one.
func (a *assembler) inputGradient(atoms []int) string {
	for _, i := range atoms {
		p := a.t.atoms[i].pull
		if p == nil {
			continue
		}
		for _, c := range p.outs {
			if o := a.t.atoms[i].operands[c.operand]; o.atom >= 0 && !slices.Contains(atoms, o.atom) {
				return c.shape
			}
		}
	}
	return a.t.lang.Say(words.NoDx)
}

// connect adds the edges between rows.
func (a *assembler) connect() {
	learns, crossed := a.t.learning(), map[[2]ladder.Port]bool{}
	for i := range a.t.atoms {
		at := &a.t.atoms[i]
		if a.twin[i] {
			continue
		}
		for k, o := range at.operands {
			if o.atom >= 0 && !a.again(at, o) {
				e := ladder.Edge{From: ladder.Port{Row: a.rowOf[o.atom], Back: o.back},
					To: ladder.Port{Row: a.rowOf[i], Back: false}, Shape: o.shape,
					Value: a.carried(a.rowOf[o.atom], a.rowOf[i], o.leaf)}
				a.addEdge(e)
				key := [2]ladder.Port{e.From, e.To} // cut if all that it stands for are
				a.s.Cuts[key] = a.t.cuts(i, k, learns) && (a.s.Cuts[key] || !crossed[key])
				crossed[key] = true
			}
		}
		if at.pull == nil {
			continue
		}
		for _, c := range at.pull.outs {
			if o := at.operands[c.operand]; o.atom >= 0 && !a.again(at, o) {
				a.addEdge(ladder.Edge{From: ladder.Port{Row: a.rowOf[i], Back: true},
					To: ladder.Port{Row: a.rowOf[o.atom], Back: true}, Shape: c.shape,
					Value: a.carried(a.rowOf[o.atom], a.rowOf[i], c.d)})
			}
		}
	}
	maps.DeleteFunc(a.s.Cuts, func(_ [2]ladder.Port, cut bool) bool { return !cut })
}

// carried is the value on an edge between two rows, where both are single operations: one between layers may stand for
// several.
func (a *assembler) carried(from, to int, n graph.Node) string {
	if !a.solo[from] || !a.solo[to] {
		return ""
	}
	return a.t.short(n)
}

// again reports whether an atom reads, of a folded layer, what it reads of the one
// that is drawn: one edge stands for both.
func (a *assembler) again(at *atom, o operand) bool {
	return a.twin[o.atom] && slices.ContainsFunc(at.operands, func(d operand) bool {
		return d.atom >= 0 && !a.twin[d.atom] && d.back == o.back && a.rowOf[d.atom] == a.rowOf[o.atom]
	})
}

// arrivals marks the rows where the backward pass begins, because nothing flows into
// their backward box, and keeps ⊕ where several gradients are seen to arrive.
func (a *assembler) arrivals() {
	n, steps := make([]int, len(a.s.Rows)), make([]int, len(a.s.Rows))
	for _, e := range a.s.Edges {
		if e.To.Back {
			n[e.To.Row]++
		}
		if e.To.Back && e.Names[0] != "" {
			steps[e.To.Row]++
		}
	}
	for i := range a.s.Rows {
		r := &a.s.Rows[i]
		r.Seed = r.Back != nil && n[i] == 0
		r.Sum = r.Sum && n[i]-steps[i] > 1 // what comes from the next step arrives under its name
	}
}

// addEdge adds e. x·x keeps its two edges; between closed layers one stands for all.
func (a *assembler) addEdge(e ladder.Edge) {
	if e.From == e.To || a.s.At(e.From) == nil || a.s.At(e.To) == nil {
		return
	}
	key := [2]ladder.Port{e.From, e.To}
	if a.edges[key] && !(a.solo[e.From.Row] && a.solo[e.To.Row]) {
		return
	}
	a.edges[key] = true
	a.s.Edges = append(a.s.Edges, e)
}

// foldTwins maps the atoms of folded layers to the rows of the one that is drawn.
func (a *assembler) foldTwins(l *layer) {
	for _, p := range l.parts {
		if p.layer == nil || p.layer.twin {
			continue
		}
		drawn := p.layer.atoms()
		for _, twin := range p.layer.twins {
			for k, i := range twin.atoms() {
				a.rowOf[i] = a.rowOf[drawn[k]]
				a.twin[i] = true
			}
		}
	}
}
