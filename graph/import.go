// This file holds the way of Gorgonia's nodes into a graph: one by one with Import, a whole program with FromGorgonia.

package graph

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// foreignLock guards Gorgonia's package-level state, which its own constructors and rules touch.
var foreignLock sync.Mutex

// ImportOptions says how [FromGorgonia] takes the leaves of a graph, and which nodes it takes. The zero value is the
// usual case. A leaf is a node that no op computes: NewMatrix, NewScalar and the like.
type ImportOptions struct {
	Mode Mode   // whether Dropout and BatchNorm do what they do in training
	Seed uint64 // of Dropout and of random nodes

	// Outputs, if given, are what is wanted: only nodes that these depend on are imported.
	Outputs gorgonia.Nodes
	// Inputs are leaves that are set before each run although they hold a value, which gorgonia.Let gave them, say.
	Inputs gorgonia.Nodes
	// Params, if given, are all leaves that are learnt; other leaves are inputs then. One without a value begins
	// with zeros.
	Params gorgonia.Nodes
	// Like, if given, is an earlier import of the same Gorgonia graph: both graphs share their parameters and
	// running statistics. So one for training and one for evaluation are made.
	Like *Graph
	// Replace, if given, is asked for each op, and may add ops of its own in the place of Gorgonia's; in are the
	// operands. It says false to leave Gorgonia's. ops.ForGorgonia is one: programs run some times faster with it.
	Replace func(f Foreign, in []Node) (Node, bool)
}

// FromGorgonia imports a whole graph of Gorgonia's. It copies the nodes and leaves e as it is, so that e still runs on
// Gorgonia's machines; [Graph.NodeOf] finds the copy of a node.
//
// Leaves with a value become parameters, which begin with a copy of that value; leaves without, and leaves of
// integers, become inputs. [ImportOptions] names exceptions. A leaf without a name is called "leaf", and of leaves
// with one name the second is called "name#2". Ops keep Gorgonia's evaluation, and their gradients its SymDiff, but
// for those that docs/from-gorgonia.md lists as mended. What Gorgonia computes wrongly in a way that cannot be mended
// is an error that says what to use. Statements (Read, Set) are left out: a [Program] has the values of its outputs.
// So are gradients that gorgonia.Grad added: [Gradients] adds those of the imported graph.
//
// It is an error when e holds no node, floats of both sizes, or values that are neither floats nor integers.
func FromGorgonia(e *gorgonia.ExprGraph, opt ImportOptions) (*Graph, error) {
	if e == nil || len(e.AllNodes()) == 0 {
		return nil, fmt.Errorf("import: the Gorgonia graph has no nodes")
	}
	foreignLock.Lock()
	defer foreignLock.Unlock()
	im := &importer{e: e, opt: opt, g: &Graph{Mode: opt.Mode, Seed: opt.Seed}, named: map[string]bool{},
		convolutions: map[*gorgonia.Node]convolution{}}
	if err := im.run(); err != nil {
		return nil, err
	}
	return im.g, nil
}

// NodeOf returns the node that stands for one of Gorgonia's: the one that it backs, or, after [FromGorgonia], the copy
// of n. It is the zero Node when the graph has none.
func (g *Graph) NodeOf(n *gorgonia.Node) Node { return g.must("NodeOf").byBack[n] }

// importer copies a graph of Gorgonia's.
type importer struct {
	e     *gorgonia.ExprGraph
	g     *Graph
	opt   ImportOptions
	named map[string]bool // names of leaves

	convolutions map[*gorgonia.Node]convolution // by their last op
}

func (im *importer) run() error {
	renumber(im.e)
	if err := im.checkOptions(); err != nil {
		return err
	}
	kept := im.kept()
	if err := im.chooseDType(kept); err != nil {
		return err
	}
	im.g.init()
	if im.opt.Replace != nil {
		im.findConvolutions(kept)
	}
	for _, n := range im.e.AllNodes() {
		if !kept[n] {
			continue
		}
		if err := im.copy(n); err != nil {
			return fmt.Errorf("import: %w", err)
		}
	}
	return im.g.err
}

// renumber corrects Gorgonia's table of where its nodes are, which is stale after it has removed one.
func renumber(e *gorgonia.ExprGraph) {
	if places := placesOf(e); places != nil {
		for i, n := range e.AllNodes() {
			places[n.ID()] = i
		}
	}
}

// checkOptions reports nodes in the options that are no leaves of the graph, or no nodes of it.
func (im *importer) checkOptions() error {
	if im.opt.Mode > Train {
		return fmt.Errorf("import: Mode is %v, want Eval or Train", im.opt.Mode)
	}
	lists := []struct {
		name  string
		nodes gorgonia.Nodes
	}{{"Outputs", im.opt.Outputs}, {"Inputs", im.opt.Inputs}, {"Params", im.opt.Params}}
	for _, l := range lists {
		for i, n := range l.nodes {
			switch {
			case n == nil:
				return fmt.Errorf("import: %s: node %d is nil", l.name, i)
			case n.Graph() != im.e:
				return fmt.Errorf("import: %s: %v belongs to another Gorgonia graph", l.name, nameOfForeign(n))
			case l.name != "Outputs" && n.Op() != nil:
				return fmt.Errorf("import: %s: %v is computed by an op, want a leaf", l.name, nameOfForeign(n))
			case l.name == "Params" && slices.Contains(im.opt.Inputs, n):
				return fmt.Errorf("import: %v stands among Inputs and among Params", nameOfForeign(n))
			}
		}
	}
	return nil
}

// kept finds the nodes to import.
func (im *importer) kept() map[*gorgonia.Node]bool {
	all := im.e.AllNodes()
	grads := gradientsOf(im.e)
	kept := map[*gorgonia.Node]bool{}
	read := map[*gorgonia.Node]bool{} // by a node, whether or not it is kept
	for _, n := range im.opt.Outputs {
		kept[n] = true
	}
	for _, n := range slices.Backward(all) {
		if isStatement(n) {
			continue
		}
		if len(im.opt.Outputs) == 0 && !grads[n] {
			kept[n] = kept[n] || n.Op() == nil || n.Deriv() != nil || !read[n]
		}
		for _, c := range operandsOf(im.e, n) {
			read[c] = true
			kept[c] = kept[c] || kept[n]
		}
	}
	return kept
}

// gradientsOf finds the nodes that gorgonia.Grad has added, and those that depend on them.
func gradientsOf(e *gorgonia.ExprGraph) map[*gorgonia.Node]bool {
	grads := map[*gorgonia.Node]bool{}
	for _, n := range e.AllNodes() {
		children := operandsOf(e, n)
		for _, of := range n.DerivOf() {
			// A gradient may turn out to be a node of the forward pass, which is older.
			grads[n] = grads[n] || of.ID() < n.ID() && len(children) > 0
		}
		for _, c := range children {
			grads[n] = grads[n] || grads[c]
		}
	}
	return grads
}

// isStatement tells what Read and Set add from nodes with a value.
func isStatement(n *gorgonia.Node) bool { return n.Type() == nil }

// operandsOf lists the operands of a node of e.
func operandsOf(e *gorgonia.ExprGraph, n *gorgonia.Node) (children []*gorgonia.Node) {
	if n.Op() == nil {
		return nil
	}
	for it := e.From(n.ID()); it.Next(); {
		children = append(children, it.Node().(*gorgonia.Node))
	}
	return children
}

// chooseDType makes the float type of the nodes that of the graph.
func (im *importer) chooseDType(kept map[*gorgonia.Node]bool) error {
	var first *gorgonia.Node
	for _, n := range im.e.AllNodes() {
		if !kept[n] {
			continue
		}
		t, err := typeOfForeign(n)
		if err != nil {
			return err
		}
		switch {
		case !t.DType.IsFloat():
		case first == nil:
			first, im.g.DType = n, t.DType
		case t.DType != im.g.DType:
			return fmt.Errorf("import: %v holds %v, %v holds %v: a graph has floats of one size", nameOfForeign(first),
				im.g.DType, nameOfForeign(n), t.DType)
		}
	}
	return nil
}

// copy adds what stands for a node whose operands have been copied.
func (im *importer) copy(n *gorgonia.Node) error {
	if n.Op() == nil {
		return im.leaf(n)
	}
	if c, ok := im.convolutions[n]; ok {
		if done, err := im.convolve(n, c); done || err != nil {
			return err
		}
	}
	in := make([]Node, 0, n.Op().Arity()+1)
	for _, c := range operandsOf(im.e, n) {
		m, known := im.g.byBack[c]
		if !known {
			return fmt.Errorf("%v: its operand %v is younger than it is", nameOfForeign(n), nameOfForeign(c))
		}
		in = append(in, m)
	}
	out, err := im.apply(n, in)
	if err != nil {
		return err
	}
	im.g.byBack[n] = out
	return nil
}

// apply adds an op: ours in the place of Gorgonia's where there is one, else a copy of Gorgonia's node.
func (im *importer) apply(n *gorgonia.Node, in []Node) (Node, error) {
	t, err := typeOfForeign(n)
	if err != nil {
		return Node{}, err
	}
	function, _, _ := foreignFunction(n.Op())
	if out, ok, err := im.replaced(Foreign{function, t, n.Op()}, in); ok || err != nil {
		return out, err
	}
	if out, ok, err := im.g.replace(n, in, im.opt.Like); ok || err != nil {
		return out, err
	}
	children := make(gorgonia.Nodes, len(in))
	for i, c := range in {
		children[i] = c.v.back
	}
	im.g.number()
	options := []gorgonia.NodeConsOpt{gorgonia.WithType(n.Type()), gorgonia.WithOp(n.Op()),
		gorgonia.WithChildren(children), gorgonia.WithShape(n.Shape()...)}
	if isConstant(n) {
		options = append(options, gorgonia.WithName(n.Name()))
	}
	c := gorgonia.NewUniqueNode(append(options, gorgonia.In(im.g.expr))...)
	if known, twice := im.g.byBack[c]; twice {
		return known, nil // Gorgonia takes both for one
	}
	if err := im.g.importNode(c, children); err != nil {
		return Node{}, err
	}
	return im.g.byBack[c], nil
}

// leaf adds the parameter or input that a leaf becomes.
func (im *importer) leaf(n *gorgonia.Node) error {
	t, err := typeOfForeign(n)
	if err != nil {
		return err
	}
	name := im.nameLeaf(n)
	if !im.learnt(n, t) {
		if n.Dtype() == tensor.Int {
			return im.integers(n, name)
		}
		im.g.byBack[n] = im.g.input(name, t)
		return nil
	}
	p, err := im.param(n, name, t)
	if err != nil {
		return err
	}
	im.g.byBack[n] = im.g.Param(p)
	return nil
}

// integers adds an input of int, which some of Gorgonia's ops want.
func (im *importer) integers(n *gorgonia.Node, name string) error {
	im.g.number()
	c := gorgonia.NewUniqueNode(gorgonia.WithType(n.Type()), gorgonia.WithShape(n.Shape()...),
		gorgonia.WithName(name), gorgonia.In(im.g.expr))
	if err := im.g.importNode(c, nil); err != nil {
		return err
	}
	im.g.byBack[n] = im.g.byBack[c]
	return nil
}

// learnt tells parameters from inputs.
func (im *importer) learnt(n *gorgonia.Node, t Type) bool {
	if len(im.opt.Params) > 0 {
		return slices.Contains(im.opt.Params, n)
	}
	return n.Value() != nil && t.DType.IsFloat() && !slices.Contains(im.opt.Inputs, n)
}

// nameLeaf is the name of a leaf, changed where another has it already.
func (im *importer) nameLeaf(n *gorgonia.Node) string {
	base := n.Name()
	if strings.HasPrefix(base, "%!") { // Gorgonia prints an op that is nil
		base = "leaf"
	}
	name := base
	for i := 2; im.named[name]; i++ {
		name = fmt.Sprintf("%s#%d", base, i)
	}
	im.named[name] = true
	return name
}

// param is the parameter of a leaf: that of an earlier import, or a new one with a copy of the leaf's value.
func (im *importer) param(n *gorgonia.Node, name string, t Type) (*Param, error) {
	if im.opt.Like != nil {
		like := im.opt.Like.byBack[n]
		if like.v == nil || like.v.param == nil {
			return nil, fmt.Errorf("%v: the graph given as Like has no such parameter", nameOfForeign(n))
		}
		return like.v.param, nil
	}
	p := NewParam(name, t)
	if n.Value() == nil {
		return p, nil
	}
	v, err := fromValue(n.Value())
	if err != nil {
		return nil, fmt.Errorf("%v: %w", nameOfForeign(n), err)
	}
	if v.Shape.Size() != t.Shape.Size() || v.DType != t.DType {
		return nil, fmt.Errorf("%v: its value is %v, its node %v", nameOfForeign(n), v.Type, t)
	}
	v.Shape = t.Shape
	p.Tensor().CopyFrom(v)
	return p, nil
}

// nameOfForeign is how an error calls a node of Gorgonia's.
func nameOfForeign(n *gorgonia.Node) string {
	if isStatement(n) || n.Op() == nil && strings.HasPrefix(n.Name(), "%!") {
		return fmt.Sprintf("node %d", n.ID())
	}
	return n.Name()
}

// Import brings a node made with Gorgonia's own functions into the graph, with all that it
// depends on. The node belongs to g.ExprGraph(). Its derivative rule is its own SymDiff, and
// its evaluation its own Do, which allocates. Leaves with a value become constants, leaves
// without become inputs. See [FromGorgonia] for a graph that was not made for this one.
func (g *Graph) Import(n *gorgonia.Node) (Node, error) {
	g.must("Import").init()
	if n == nil {
		return Node{}, fmt.Errorf("import: nil node")
	}
	foreignLock.Lock()
	defer foreignLock.Unlock()
	return g.importAll(n)
}

// importAll imports what n depends on and then n. It keeps a list of its own instead of calling itself, since a graph
// may be deeper than a stack.
func (g *Graph) importAll(n *gorgonia.Node) (Node, error) {
	g.number()
	type visit struct {
		n        *gorgonia.Node
		children []*gorgonia.Node
		next     int // of the children
	}
	var open []visit
	for n := n; ; {
		if _, known := g.byBack[n]; !known {
			if err := g.mayImport(n); err != nil {
				return Node{}, err
			}
			open = append(open, visit{n: n, children: operandsOf(g.expr, n)})
		}
		for len(open) > 0 && open[len(open)-1].next == len(open[len(open)-1].children) {
			if err := g.importNode(open[len(open)-1].n, open[len(open)-1].children); err != nil {
				return Node{}, err
			}
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			break
		}
		top := &open[len(open)-1]
		n = top.children[top.next]
		top.next++
	}
	return g.byBack[n], nil
}

// mayImport reports what keeps a node of Gorgonia's out of the graph.
func (g *Graph) mayImport(n *gorgonia.Node) error {
	if n.Graph() != g.expr && n.Graph() != nil {
		return fmt.Errorf("import %v: it belongs to another Gorgonia graph", n.Name())
	}
	if _, err := typeOfForeign(n); err != nil {
		return err
	}
	if g.hashes[n.Hashcode()] {
		return fmt.Errorf("import %v: its hash equals that of another node, Gorgonia would merge them; change its "+
			"name",
			n.Name())
	}
	return nil
}

// importNode adds a node whose operands are in the graph.
func (g *Graph) importNode(n *gorgonia.Node, children []*gorgonia.Node) error {
	if err := g.mayImport(n); err != nil { // an operand may have taken its hash
		return err
	}
	t, err := typeOfForeign(n)
	if err != nil {
		return err
	}
	in := make([]Node, len(children))
	for i, c := range children {
		in[i] = g.byBack[c]
	}
	if out, ok, err := g.replace(n, in, nil); ok || err != nil {
		g.byBack[n] = out
		return err
	}
	g.hashes[n.Hashcode()] = true
	v := value{t: t, back: n, name: n.Name()}
	if n.Op() == nil || isConstant(n) {
		return g.importLeaf(n, v)
	}
	v.app = &application{op: foreign{n, len(in)}, in: in}
	out := g.add(v)
	v.app.out = []Node{out}
	g.byBack[n] = out
	return nil
}

func (g *Graph) importLeaf(n *gorgonia.Node, v value) error {
	if n.Value() != nil {
		t, err := fromValue(n.Value())
		if err != nil {
			return fmt.Errorf("import %v: %w", n.Name(), err)
		}
		v.kind = KindConst
		v.app = &application{op: literal{&t}}
	} else {
		if g.inputs[v.name] {
			return fmt.Errorf("import: the graph has an input named %q already", v.name)
		}
		g.inputs[v.name] = true
		v.name = g.unique(v.name)
		v.kind = KindInput
	}
	out := g.add(v)
	if v.app != nil {
		v.app.out = []Node{out}
	}
	g.byBack[n] = out
	return nil
}

func typeOfForeign(n *gorgonia.Node) (Type, error) {
	if isStatement(n) {
		return Type{}, fmt.Errorf("import %s: it is a statement, which has no value", nameOfForeign(n))
	}
	t := Type{Shape: slices.Clone(Shape(n.Shape()))}
	switch n.Dtype() {
	case tensor.Float32:
		t.DType = Float32
	case tensor.Float64:
		t.DType = Float64
	case tensor.Int64, tensor.Int:
		t.DType = Int64
	case tensor.Bool:
		return t, fmt.Errorf("import %v: it holds booleans: compare with retSame, which gives 0 and 1",
			nameOfForeign(n))
	default:
		return t, fmt.Errorf("import %v: element type %v is not supported", nameOfForeign(n), n.Dtype())
	}
	if err := t.Shape.Check(); err != nil {
		return t, fmt.Errorf("import %v: %w", nameOfForeign(n), err)
	}
	return t, nil
}

// isConstant tells what NewConstant makes.
func isConstant(n *gorgonia.Node) bool {
	kind := kindOf(n.Op())
	return kind == "constantScalar" || kind == "constantTensor"
}

// kindOf is the name of Gorgonia's type of an op, most of which are not exported; of an op of others it is the type
// with its package.
func kindOf(op gorgonia.Op) string {
	t := reflect.TypeOf(op)
	if t == nil {
		return ""
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() != reflect.TypeFor[gorgonia.Node]().PkgPath() {
		return t.String()
	}
	return t.Name()
}
