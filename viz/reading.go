package viz

import (
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// A reading is the graph at the finest grain: its forward operations in the order of the tape,
// each with the backward operations that serve it.
type reading struct {
	atoms        []atom
	lang         words.Lang
	back         bool // gradients are wanted and present
	params       int  // elements of all parameters that are drawn
	batch        int
	mode         graph.Mode
	dtype        graph.DType
	paramReaders map[graph.Node][]int // atoms
	ops          int                  // forward
	backOps      int
	updates      int // optimiser and running-statistics operations, which are not drawn
	consts       int // scalar constants, which are not drawn
	carriers     int // of states, which are not drawn

	values func(graph.Node) (graph.Tensor, bool)
	cache  map[shownKey]*ladder.Value
	terms  map[graph.Node][]graph.Node // the contributions to the gradient of a forward node
	sums   map[graph.Node][]graph.Node // the sums of gradients, by the first that they add
}

// An atom is one forward operation or input.
type atom struct {
	id       int // of its first node
	node     graph.Node
	scope    string
	leaf     bool // an input: nothing to compute
	tone     ladder.Tone
	label    string
	called   string // its value, "" for nothing
	code     string // the tape form of the op
	types    []graph.Type
	operands []operand
	pull     *pull
}

// An operand is one value that an atom reads.
type operand struct {
	atom  int        // that computes it; -1 for a parameter, input or constant
	back  bool       // it is a gradient of that atom
	part  int        // which result of the atom it is
	leaf  graph.Node // what is read
	shape string
	name  string // "w"
	fixed bool   // it has no gradient by nature
}

// A pull is the backward side of an atom.
type pull struct {
	codes []string // tape forms of the backward ops
	outs  []contribution
	saved []int // the forward values that it reads, ascending: operands, then results
	adds  bool  // several gradients of its result are added
}

// A contribution is a gradient that a pull hands to an operand.
type contribution struct {
	operand int
	shape   string
	d       graph.Node
}

// reader makes the reading of a graph.
type reader struct {
	g      *graph.Graph
	t      *reading
	atomOf map[graph.Node]int          // by first result, or by input
	uses   map[graph.Node][]graph.Node // forward readers
	inputs [][]graph.Node              // by atom
	moves  map[graph.Node]graph.Node   // carriers of states, see there
	joined map[graph.Node]bool         // splits of parts that are drawn with the first, see joins
	parts  map[graph.Node]int          // of such splits, see partOf
}

// readGraph extracts what there is to draw: of layers all but the ops that carry states, and all where every operation
// is drawn.
func readGraph(g *graph.Graph, opt Options) *reading {
	all, back := opt.Depth < 0, opt.Backward
	r := &reader{
		g: g,
		t: &reading{lang: words.Lang(opt.Lang), back: back, mode: g.Mode, dtype: g.DType,
			paramReaders: map[graph.Node][]int{}, values: opt.Values, cache: map[shownKey]*ladder.Value{},
			terms: map[graph.Node][]graph.Node{}, sums: map[graph.Node][]graph.Node{}},
		atomOf: map[graph.Node]int{},
		uses:   map[graph.Node][]graph.Node{},
		joined: map[graph.Node]bool{},
		parts:  map[graph.Node]int{},
	}
	nodes := g.Nodes()
	for _, n := range nodes {
		for _, in := range n.Inputs() {
			if n.Result() == 0 {
				r.uses[in] = append(r.uses[in], n)
			}
		}
	}
	if !all {
		r.moves = r.carriers(nodes)
	}
	for _, n := range nodes {
		if all || !r.joins(n) {
			r.forward(n)
		}
	}
	if len(r.t.atoms) == 0 {
		r.leaves(nodes)
	}
	if back {
		r.backward()
	}
	r.count(nodes)
	return r.t
}

// forward adds the atom of n if n is the first result of a forward op, or an input
// that has a row of its own.
func (r *reader) forward(n graph.Node) {
	if n.Phase() != graph.Forward || n.Result() != 0 {
		return
	}
	if _, ok := r.moves[n]; ok {
		return
	}
	switch n.Kind() {
	case graph.KindOp:
	case graph.KindInput:
		if !r.hasRow(n) {
			return
		}
	default:
		return
	}
	role, label := graph.RoleOf(n)
	a := atom{id: n.ID(), node: n, scope: n.Scope(), leaf: n.Kind() == graph.KindInput, tone: toneOf(role),
		label: label, called: n.Label(), code: n.Name()}
	for _, y := range n.Results() {
		a.types = append(a.types, y.Type())
	}
	for i, in := range n.Inputs() {
		a.operands = append(a.operands, r.operand(n, i, in))
	}
	r.atomOf[n] = len(r.t.atoms)
	for _, in := range n.Inputs() {
		if in.Kind() == graph.KindParam {
			r.t.paramReaders[in] = append(r.t.paramReaders[in], len(r.t.atoms))
		}
	}
	r.t.atoms = append(r.t.atoms, a)
	r.inputs = append(r.inputs, n.Inputs())
}

// splitLabel is how an op is drawn that divides a tensor into parts.
const splitLabel = "Split"

// joins reports whether n divides what another op has divided, which is all that this part of it is for: a split into
// many parts is a tree of ops, and drawn as one.
func (r *reader) joins(n graph.Node) bool {
	if n.Phase() != graph.Forward || n.Kind() != graph.KindOp || n.Result() != 0 || len(n.Inputs()) != 1 {
		return false
	}
	in := n.Inputs()[0]
	k, ok := r.atomOf[in.Results()[0]]
	if _, label := graph.RoleOf(n); !ok || label != splitLabel || r.t.atoms[k].label != splitLabel ||
		len(r.uses[in]) != 1 {
		return false
	}
	r.atomOf[n], r.joined[n] = k, true
	r.t.atoms[k].types[0] = n.Type()
	return true
}

// partOf is which result of its atom a node is: of a split into many parts the part, counted over the whole tree.
func (r *reader) partOf(n graph.Node) int {
	first := n.Results()[0]
	if part, ok := r.parts[n]; ok || !r.joined[first] && !r.hasJoined(first) {
		return max(part, n.Result())
	}
	for r.joined[first] {
		first = first.Inputs()[0].Results()[0]
	}
	next := 0
	r.number(first, &next)
	return r.parts[n]
}

// hasJoined reports whether a result of n is divided further.
func (r *reader) hasJoined(n graph.Node) bool {
	return slices.ContainsFunc(n.Results(), func(y graph.Node) bool { return r.divided(y).Valid() })
}

// divided is the split that divides n further within one atom, the zero Node if there is none.
func (r *reader) divided(n graph.Node) graph.Node {
	if u := r.uses[n]; len(u) == 1 && r.joined[u[0]] {
		return u[0]
	}
	return graph.Node{}
}

// number counts the parts below the split n.
func (r *reader) number(n graph.Node, next *int) {
	for _, y := range n.Results() {
		if u := r.divided(y); u.Valid() {
			r.number(u, next)
			continue
		}
		r.parts[y] = *next
		*next++
	}
}

// leaves gives inputs, parameters and constants rows of their own, for a graph in which nothing is computed.
func (r *reader) leaves(nodes []graph.Node) {
	for _, n := range nodes {
		if n.Phase() != graph.Forward || n.Kind() == graph.KindOp || isStep(n) {
			continue
		}
		role, label := graph.RoleOf(n)
		r.atomOf[n] = len(r.t.atoms)
		r.t.atoms = append(r.t.atoms, atom{id: n.ID(), node: n, scope: n.Scope(), leaf: true, tone: toneOf(role),
			label: label, code: n.Name(), types: []graph.Type{n.Type()}})
		r.inputs = append(r.inputs, nil)
	}
}

func (r *reader) operand(n graph.Node, i int, in graph.Node) operand {
	o := operand{atom: -1, leaf: in, shape: r.t.shapeText(in.Type()), name: operandName(n, i)}
	fixed, ok := n.Op().(graph.NoGrader)
	o.fixed = !in.DType().IsFloat() || ok && fixed.NoGrad(i)
	if of, ok := r.moves[in]; ok && of.Valid() {
		o.leaf = of
		return o
	}
	if k, ok := r.atomOf[in.Results()[0]]; ok && !(in.Kind() == graph.KindInput && r.isSide(n, in)) {
		o.atom, o.part = k, r.partOf(in)
	} else if k, ok := r.owner(in); ok && in.Phase() == graph.Backward {
		o.atom, o.back = k, true
	}
	return o
}

// hasRow reports whether an input stands in the forward column. Beside that, it is
// drawn next to every operation whose main operand is something else, so that
// labels and masks are not connected over the whole drawing.
func (r *reader) hasRow(n graph.Node) bool {
	if isStep(n) {
		return false
	}
	forward := 0
	for _, u := range r.uses[n] {
		if u.Phase() != graph.Forward {
			continue
		}
		forward++
		if !r.isSide(u, n) {
			return true
		}
	}
	return forward == 0 && len(r.uses[n]) == 0
}

// isSide reports whether the input in is a minor operand of n: another operand is
// computed.
func (r *reader) isSide(n, in graph.Node) bool {
	for _, other := range n.Inputs() {
		if other != in && other.Kind() == graph.KindOp {
			return true
		}
	}
	return false
}

// isStep reports whether n is the hidden step counter.
func isStep(n graph.Node) bool {
	return n.Kind() == graph.KindStep
}

// owner returns the atom that a node belongs to: the one that computes it, or that
// its gradient node serves.
func (r *reader) owner(n graph.Node) (int, bool) {
	for n.Phase() == graph.Backward && n.Of().Valid() {
		n = n.Of()
	}
	k, ok := r.atomOf[n.Results()[0]]
	return k, ok
}

// backward attaches the gradient nodes to the atoms that they serve.
func (r *reader) backward() {
	received := map[graph.Node]int{}
	for _, c := range r.g.Contributions() {
		k, ok := r.owner(c.Of)
		if !ok {
			continue
		}
		in := c.Of.Inputs()[c.Operand]
		r.t.terms[in] = append(r.t.terms[in], c.D)
		if c.Of.Phase() != graph.Forward {
			r.again(k, in, c.D)
			continue
		}
		if r.joined[c.Of.Results()[0]] {
			continue // within the atom
		}
		r.pull(k).outs = append(r.pull(k).outs, contribution{c.Operand, r.t.shapeText(c.D.Type()), c.D})
		received[in]++
		if to, ok := r.owner(in); ok {
			r.pull(to).adds = r.pull(to).adds || received[in] > 1
		}
	}
	for _, n := range r.g.Nodes() {
		if n.Phase() != graph.Backward || n.Result() != 0 {
			continue
		}
		if k, ok := r.owner(n); ok && r.t.atoms[k].pull != nil {
			r.serve(k, n)
		}
		if n.Kind() == graph.KindOp && n.Name() == sumCode {
			first := n.Inputs()[0]
			r.t.sums[first] = append(r.t.sums[first], n)
		}
	}
}

// again notes a step of a derivative of a derivative: it goes through an op of a backward pass, which stands in the
// box of atom k. Where that op reads an operand of the atom, the operand gets a gradient by it, which the drawing
// shows as it shows those of the first order; what goes to another gradient is within the backward column, and named
// in the boxes only.
func (r *reader) again(k int, in, d graph.Node) {
	p := r.pull(k)
	for i, o := range r.inputs[k] {
		known := slices.ContainsFunc(p.outs, func(c contribution) bool { return c.operand == i })
		if o == in && !known {
			p.outs = append(p.outs, contribution{i, r.t.shapeText(d.Type()), d})
			return
		}
	}
}

func (r *reader) pull(k int) *pull {
	a := &r.t.atoms[k]
	if a.pull == nil {
		a.pull = &pull{}
	}
	return a.pull
}

// sumCode is the tape form of the op that adds gradients.
const sumCode = "accumulate"

// serve notes the gradient node n at the atom that it serves, and which forward
// values it reads.
func (r *reader) serve(k int, n graph.Node) {
	p := r.pull(k)
	p.codes = append(p.codes, n.Name())
	for _, in := range n.Inputs() {
		if in.Phase() == graph.Forward && in.Kind() != graph.KindConst && !isStep(in) {
			p.saved = append(p.saved, r.savedIndex(n, in))
		}
	}
	slices.Sort(p.saved)
	p.saved = slices.Compact(p.saved)
}

// savedIndex returns what the forward value in is to the operation that the gradient
// node n serves: the number of an operand or, after the operands, of a result.
func (r *reader) savedIndex(n, in graph.Node) int {
	of := n.Of()
	for of.Phase() == graph.Backward && of.Of().Valid() {
		of = of.Of()
	}
	if i := slices.Index(of.Inputs(), in); i >= 0 {
		return i
	}
	i := slices.Index(of.Results(), in)
	if i < 0 {
		i = len(of.Results())
	}
	return len(of.Inputs()) + i
}

// learning reports the atoms whose value depends on a parameter that is trained.
func (t *reading) learning() []bool {
	learns := make([]bool, len(t.atoms))
	for i := range t.atoms {
		for _, o := range t.atoms[i].operands {
			if o.atom >= 0 {
				learns[i] = learns[i] || learns[o.atom] && !o.back
			} else if p := o.leaf.Param(); p != nil {
				learns[i] = learns[i] || p.Trainable()
			}
		}
	}
	return learns
}

// cuts reports whether no gradient goes back to operand k of atom i though others do: what made it is constant to
// whoever differentiates here, such as a generator in the turn of a discriminator.
func (t *reading) cuts(i, k int, learns []bool) bool {
	a := &t.atoms[i]
	o := a.operands[k]
	return a.pull != nil && learns[o.atom] && !o.back && !o.fixed &&
		!slices.ContainsFunc(a.pull.outs, func(c contribution) bool { return c.operand == k })
}

// operandName returns the name of operand i of the op behind n.
func operandName(n graph.Node, i int) string {
	in := n.Inputs()[i]
	if in.Kind() == graph.KindParam {
		return paramName(in.Param().Name())
	}
	if o, ok := n.Op().(graph.Operander); ok {
		if names := strings.Fields(o.Operands()); i < len(names) {
			return names[i]
		}
	}
	if len(n.Inputs()) == 1 {
		return "x"
	}
	return string(rune('a' + i%26))
}

// paramName shortens the last part of a parameter's path to the symbol that
// formulas use for it; weight_ih_l0, of a recurrent layer, to w_ih, and of the
// direction from the last vector to the first, weight_ih_l0_reverse, to w_ih←.
func paramName(path string) string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	switch name {
	case "weight":
		return "w"
	case "bias":
		return "b"
	case "running_mean":
		return "mean"
	case "running_var":
		return "var"
	}
	for _, kind := range []string{"weight_", "bias_"} {
		rest, ok := strings.CutPrefix(name, kind)
		if side, layer, numbered := strings.Cut(rest, "_l"); ok && numbered {
			rest = strings.TrimLeft(layer, "0123456789")
			return kind[:1] + "_" + side + strings.Replace(rest, "_reverse", "←", 1)
		}
	}
	return name
}

// count fills in the numbers of the title block.
func (r *reader) count(nodes []graph.Node) {
	for _, n := range nodes {
		switch {
		case n.Phase() == graph.Update && n.Kind() == graph.KindOp && n.Result() == 0:
			r.t.updates++
		case n.Phase() == graph.Backward && n.Kind() == graph.KindOp && n.Result() == 0:
			r.t.backOps++
		case n.Phase() != graph.Forward:
		case n.Kind() == graph.KindParam && n.Param().Trainable():
			r.t.params += n.Size()
		case n.Kind() == graph.KindOp && n.Result() == 0:
			r.t.ops++
			if _, ok := r.moves[n]; ok {
				r.t.carriers++
			}
		case n.Kind() == graph.KindConst && n.Size() == 1:
			r.t.consts++
		case n.Kind() == graph.KindInput && r.t.batch == 0 && n.Rank() > 0:
			r.t.batch = n.Dim(0)
		}
	}
}

// toneOf maps the role that an op declares to how it is drawn.
func toneOf(r graph.Role) ladder.Tone {
	switch r {
	case graph.RoleData:
		return ladder.ToneData
	case graph.RoleParam:
		return ladder.ToneParam
	case graph.RoleLinear:
		return ladder.ToneLinear
	case graph.RoleActivation:
		return ladder.ToneActivation
	case graph.RoleNorm:
		return ladder.ToneNorm
	case graph.RolePool:
		return ladder.TonePool
	case graph.RoleLoss:
		return ladder.ToneLoss
	case graph.RoleView:
		return ladder.ToneView
	case graph.RoleRandom:
		return ladder.ToneRandom
	}
	return ladder.ToneElementwise
}

// shapeText writes a type as a drawing shows it: 64×6×28×28, and the element type
// only when it is not the graph's.
func (t *reading) shapeText(of graph.Type) string {
	s := t.lang.Say(words.Scalar)
	for i, d := range of.Shape {
		if i == 0 {
			s = ""
		} else {
			s += "×"
		}
		s += itoa(d)
	}
	if of.DType != t.dtype {
		s += " " + of.DType.String()
	}
	return s
}
