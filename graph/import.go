// This file holds Import, which brings one node of Gorgonia into a graph, and FromGorgonia, which copies a whole
// program.

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

// foreignLock guards Gorgonia's package-level state, which Gorgonia's constructors and derivative rules use.
var foreignLock sync.Mutex

// ImportOptions says what becomes of the leaves of a graph in [FromGorgonia], and which nodes are imported. The zero
// value is the usual case. A leaf is a node that no op computes, made by NewMatrix, NewScalar and the like.
type ImportOptions struct {
	Mode Mode   // Train: Dropout and BatchNorm work as in training
	Seed uint64 // for Dropout and random nodes

	// Outputs, if given, are the nodes that are wanted: only they and the nodes that they depend on are imported.
	Outputs gorgonia.Nodes
	// Inputs are leaves that become inputs although they hold a value, for example one from gorgonia.Let.
	Inputs gorgonia.Nodes
	// Params, if given, are all leaves that are learnt; all other leaves become inputs. A parameter without a value
	// begins with zeros.
	Params gorgonia.Nodes
	// Like, if given, is an earlier import of the same Gorgonia graph. Both graphs share their parameters and running
	// statistics, so that one can be for training and one for evaluation.
	Like *Graph
	// Replace, if given, is called for each op and may add other ops in its place; in are the operands. It returns
	// false to keep Gorgonia's op. ops.ForGorgonia is such a function: programs run some times faster with it.
	Replace func(f Foreign, in []Node) (Node, bool)
}

// FromGorgonia imports a whole graph of Gorgonia. It copies the nodes and leaves e as it is, so that e still runs on
// Gorgonia's machines; [Graph.NodeOf] finds the copy of a node.
//
// Leaves with a value become parameters, which begin with a copy of that value. Leaves without a value, and leaves of
// integers, become inputs. [ImportOptions] can change this. A leaf without a name is called "leaf", and the second of
// two leaves with the same name is called "name#2". Ops keep Gorgonia's evaluation and its SymDiff for gradients,
// except the ops that docs/from-gorgonia.md lists as mended. If Gorgonia computes an op wrongly and it cannot be
// mended, this is an error that says what to use. Statements (Read, Set) are left out, since a [Program] has the
// values of its outputs. Gradients that gorgonia.Grad added are left out unless Outputs names them, since [Gradients]
// adds those of the imported graph.
//
// It is an error if e has no nodes, floats of both sizes, or values that are neither floats nor integers.
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

// NodeOf returns the node that stands for Gorgonia's node n: the node that n backs, or, after [FromGorgonia], the copy
// of n. It is the zero Node if there is none.
func (g *Graph) NodeOf(n *gorgonia.Node) Node { return g.must("NodeOf").byBack[n] }

// importer copies a graph of Gorgonia.
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

// renumber corrects Gorgonia's table of the places of its nodes, which is stale after Gorgonia has removed a node.
func renumber(e *gorgonia.ExprGraph) {
	if places := placesOf(e); places != nil {
		for i, n := range e.AllNodes() {
			places[n.ID()] = i
		}
	}
}

// checkOptions reports nodes in the options that do not belong to the graph, or that must be leaves and are not.
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

// isStatement reports a node that Read or Set added, which has no value.
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

// chooseDType gives the graph the float type of the nodes.
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

// copy adds the copy of a node whose operands have been copied, or what takes its place.
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

// apply adds an op: one that takes the place of Gorgonia's if there is one, else a copy of Gorgonia's node.
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
		return known, nil // Gorgonia treats both nodes as one
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

// integers adds an input of Go's type int, which some of Gorgonia's ops want.
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

// learnt reports whether a leaf becomes a parameter; if not it becomes an input.
func (im *importer) learnt(n *gorgonia.Node, t Type) bool {
	if len(im.opt.Params) > 0 {
		return slices.Contains(im.opt.Params, n)
	}
	return n.Value() != nil && t.DType.IsFloat() && !slices.Contains(im.opt.Inputs, n)
}

// nameLeaf is the name of a leaf, with #2, #3 and so on if another leaf has it already.
func (im *importer) nameLeaf(n *gorgonia.Node) string {
	base := n.Name()
	if strings.HasPrefix(base, "%!") { // Gorgonia has printed a nil op as the name
		base = "leaf"
	}
	name := base
	for i := 2; im.named[name]; i++ {
		name = fmt.Sprintf("%s#%d", base, i)
	}
	im.named[name] = true
	return name
}

// param is the parameter of a leaf: the parameter of an earlier import, or a new one with a copy of the value of the
// leaf.
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

// nameOfForeign is what an error calls a node of Gorgonia.
func nameOfForeign(n *gorgonia.Node) string {
	if isStatement(n) || n.Op() == nil && strings.HasPrefix(n.Name(), "%!") {
		return fmt.Sprintf("node %d", n.ID())
	}
	return n.Name()
}

// Import brings a node made with Gorgonia's own functions into the graph, with all nodes that it depends on. The node
// must belong to g.ExprGraph(). It keeps Gorgonia's evaluation, which allocates, and its SymDiff, except as
// [FromGorgonia] says. Leaves with a value become constants, leaves without a value become inputs. See [FromGorgonia]
// for a graph that was not made for this one.
func (g *Graph) Import(n *gorgonia.Node) (Node, error) {
	g.must("Import").init()
	if n == nil {
		return Node{}, fmt.Errorf("import: nil node")
	}
	foreignLock.Lock()
	defer foreignLock.Unlock()
	return g.importAll(n)
}

// importAll imports the nodes that n depends on, and then n. It keeps a list instead of calling itself, since a graph
// may be deeper than a stack.
func (g *Graph) importAll(n *gorgonia.Node) (Node, error) {
	g.number()
	type visit struct {
		n        *gorgonia.Node
		children []*gorgonia.Node
		next     int // place in children
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

// mayImport reports why a node of Gorgonia cannot be imported.
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

// isConstant reports a node that NewConstant made.
func isConstant(n *gorgonia.Node) bool {
	kind := kindOf(n.Op())
	return kind == "constantScalar" || kind == "constantTensor"
}

// kindOf is the name of the Go type of an op of Gorgonia; most of these types are not exported. For an op of another
// package it is the type with its package.
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
