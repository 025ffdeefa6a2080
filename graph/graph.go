// This file holds Graph and the functions that add nodes to it: Input, Param, Apply, Assign, scopes.

package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
)

// Mode says what a graph is built for: layers such as dropout and batch normalisation add
// different nodes.
type Mode uint8

const (
	Eval Mode = iota
	Train
)

func (m Mode) String() string {
	if m > Train {
		return fmt.Sprintf("mode(%d)", uint8(m))
	}
	return [...]string{"eval", "train"}[m]
}

// Graph is a static symbolic graph. The zero value is an empty graph for evaluation in float32. The fields are set
// before the first node is added; it is an error of Compile if Mode, Seed or DType change later. One goroutine builds
// a Graph, which does not check this; different graphs may be built at the same time.
type Graph struct {
	Mode  Mode
	Seed  uint64 // the seed of all random ops
	DType DType  // type of inputs and constants: Float32, or Float64 for gradient checks
	Lines bool   // keep the lines of Go that make each node, see Node.Line; this takes some microseconds a node

	begun    settings // the fields when the first node was added
	expr     *gorgonia.ExprGraph
	values   []*value
	lines    [][2]line       // by number of the node, if Lines is set
	names    map[string]bool // names that inputs, parameters and states are shown by
	repeats  map[string]int  // by name: how many leaves of that name have a suffix, as in name#2
	inputs   map[string]bool // names of inputs
	owners   map[string]int  // by first part of a path: how many models have such layers
	owned    map[ownedPlace]int
	hashes   map[uint32]bool // of Gorgonia's nodes: Gorgonia merges nodes of equal hash
	places   map[int64]int   // Gorgonia's own table of the places of its nodes; see number
	numbered int             // how many nodes are in places
	params   map[*Param]Node
	byBack   map[*gorgonia.Node]Node
	norms    map[*gorgonia.BatchNormOp][2]*Param // running statistics of imported batch normalisations
	assigns  []assign
	assigned map[Node]int // by parameter or state: place in assigns
	losses   []Node
	steps    []Contribution // the contributions of all backward passes
	step     Node
	randoms  int
	scope    string
	phase    Phase
	of       *value
	err      error
	hashSalt func(sum uint32) uint32 // tests force collisions with it
}

// settings are the fields of a graph.
type settings struct {
	mode  Mode
	seed  uint64
	dtype DType
}

func (s settings) String() string { return fmt.Sprintf("%v, seed %d, %v", s.mode, s.seed, s.dtype) }

func (g *Graph) settings() settings { return settings{g.Mode, g.Seed, g.DType} }

// checkSettings reports fields that make no sense, or that were changed after the first node was added.
func (g *Graph) checkSettings() error {
	switch now := g.settings(); {
	case g.Mode > Train:
		return fmt.Errorf("Mode is %v, want Eval or Train", g.Mode)
	case g.DType != Float32 && g.DType != Float64:
		return fmt.Errorf("DType is %v, want Float32 or Float64", g.DType)
	case g.expr != nil && now != g.begun:
		return fmt.Errorf("the graph began as %v, and is %v: set its fields before the first node", g.begun, now)
	}
	return nil
}

// assign is the one effect: a parameter or state takes the value of v at the end of a run.
type assign struct{ to, v Node }

// ExprGraph returns the Gorgonia graph behind g. It holds every node of g, gradients and
// updates included.
func (g *Graph) ExprGraph() *gorgonia.ExprGraph {
	g.must("ExprGraph").init()
	return g.expr
}

// must returns g. It panics for nil and names the method.
func (g *Graph) must(method string) *Graph {
	if g == nil {
		panic("graph: Graph." + method + ": the *Graph is nil: make one with &graph.Graph{}")
	}
	return g
}

func (g *Graph) init() {
	if g.expr == nil {
		g.expr = gorgonia.NewGraph()
		g.places = placesOf(g.expr)
		g.names, g.inputs, g.repeats = map[string]bool{}, map[string]bool{}, map[string]int{}
		g.owners, g.owned = map[string]int{}, map[ownedPlace]int{}
		g.hashes = map[uint32]bool{}
		g.params = map[*Param]Node{}
		g.byBack = map[*gorgonia.Node]Node{}
		g.assigned = map[Node]int{}
		g.begun = g.settings()
		if err := g.checkSettings(); err != nil {
			g.record("graph", "", err)
		}
	}
}

// Input adds a value of the graph's float type that is set before a run.
func (g *Graph) Input(name string, shape ...int) Node {
	return g.must("Input").input(name, Type{g.DType, shape})
}

// Indices adds an input of integers: labels, token numbers.
func (g *Graph) Indices(name string, shape ...int) Node {
	return g.must("Indices").input(name, Type{Int64, shape})
}

func (g *Graph) input(name string, t Type) Node {
	g.init()
	if err := t.checkValue(); err != nil {
		return g.fail(fmt.Sprintf("input %q", name), nil, err)
	}
	if g.inputs[name] {
		return g.fail(fmt.Sprintf("input %q", name), nil, fmt.Errorf("the graph has an input of this name already"))
	}
	g.inputs[name] = true
	return g.leaf(value{kind: KindInput, name: name, t: t})
}

func (g *Graph) leaf(v value) Node {
	g.init()
	v.name = g.unique(v.name)
	v.t.Shape = slices.Clone(v.t.Shape)
	n := g.add(v)
	n.v.back = g.backLeaf(n)
	g.byBack[n.v.back] = n
	return n
}

func (g *Graph) add(v value) Node {
	v.g, v.id = g, len(g.values)
	if v.kind != KindInput && v.kind != KindParam || v.phase == Forward {
		v.phase = g.phase
	}
	if v.kind == KindOp || v.kind == KindConst {
		v.of = g.of
	}
	v.scope = g.scope
	g.values = append(g.values, &v)
	g.keepLines()
	return Node{&v}
}

// Param returns the node that reads p, and adds it on first use. Two parameters may have the same name: the graph
// shows each behind the label of its model, see [Param.SetLabel]. If the labels are the same too, the second parameter
// is shown as name#2.
func (g *Graph) Param(p *Param) Node {
	g.must("Param").init()
	switch n, ok := g.params[p]; {
	case ok:
		return n
	case p == nil:
		return g.fail("parameter", nil, fmt.Errorf("it is nil"))
	case p.t.Shape == nil:
		return g.fail(fmt.Sprintf("parameter %q", p.shown()), nil,
			fmt.Errorf("it has no memory: make it with NewParam"))
	}
	if p.Type().DType.IsFloat() && p.Type().DType != g.DType {
		return g.fail(fmt.Sprintf("parameter %q", p.shown()), nil,
			fmt.Errorf("it holds %v, the graph is of %v: see Graph.DType and Params.SetDType",
				p.Type().DType, g.DType))
	}
	n := g.leaf(value{kind: KindParam, name: p.shown(), t: p.readType(), param: p})
	g.params[p] = n
	return n
}

// Scalar adds a constant of the graph's float type.
func (g *Graph) Scalar(v float64) Node { return g.must("Scalar").Full(v) }

// Full adds a constant whose elements are all v. It is an error of the graph if its float type does not hold v, see
// [DType.Holds].
func (g *Graph) Full(v float64, shape ...int) Node {
	g.must("Full")
	if err := Shape(shape).Check(); err != nil {
		return g.fail("full", nil, err)
	}
	if err := g.DType.checkHolds(v); err != nil {
		return g.fail("full", nil, err)
	}
	return g.apply(full{bits(v), g.DType, MakeDims(shape...)}, nil)[0]
}

// Constant adds a constant tensor. It does not copy the elements, so the caller must not change them afterwards. It is
// an error of the graph if the elements do not fit the type of the tensor.
func (g *Graph) Constant(t Tensor) Node {
	g.must("Constant")
	err := t.Type.checkValue()
	if err == nil {
		err = t.Check()
	}
	if err != nil {
		return g.fail("constant", nil, err)
	}
	return g.apply(literal{&t}, nil)[0]
}

// Step is the number of the current step, an integer scalar that a Program counts up with
// every run. Random ops and optimisers read it.
func (g *Graph) Step() Node {
	if g.must("Step").step.v == nil {
		g.step = g.leaf(value{kind: KindStep, name: stepName, t: Type{Int64, nil}})
	}
	return g.step
}

// stepName is how the number of the step prints.
const stepName = "step#"

// Random returns the ordinal of the next random op. Seed, ordinal and step are the key of the random numbers of the
// op, so that they do not depend on ops that draw none.
func (g *Graph) Random() int {
	g.must("Random").randoms++
	return g.randoms - 1
}

// Scope makes path the layer that following nodes belong to and returns the function that
// restores the layer before:
//
//	defer g.Scope("layer1.0.conv1")()
func (g *Graph) Scope(path string) func() {
	before := g.must("Scope").scope
	g.scope = path
	return func() { g.scope = before }
}

// CurrentScope returns the layer that nodes are being added to.
func (g *Graph) CurrentScope() string { return g.must("CurrentScope").scope }

// InPhase runs build with the given phase for the nodes that it adds.
func (g *Graph) InPhase(p Phase, build func()) {
	g.must("InPhase")
	if p > Update {
		g.fail("in phase", nil, fmt.Errorf("the phase is %v, want forward, backward or update", p))
		return
	}
	before := g.phase
	g.phase = p
	defer func() { g.phase = before }()
	build()
}

// Assign lets the parameter or state p take the value of v at the end of each run. In this way optimisers and running
// statistics change parameters, and states go from run to run.
func (g *Graph) Assign(p, v Node) {
	g.must("Assign")
	if p.v != nil && p.v.bad || v.v != nil && v.v.bad {
		return
	}
	err := func() error {
		switch {
		case p.v == nil:
			return fmt.Errorf("the target is the zero Node")
		case v.v == nil:
			return fmt.Errorf("the value for %q is the zero Node", p.Name())
		case p.v.g != g || v.v.g != g:
			return errOtherGraph
		case p.v.kind != KindParam && p.v.kind != KindState:
			return fmt.Errorf("the target %q is neither a parameter nor a state", p.Name())
		case !p.v.t.Equal(v.v.t):
			return fmt.Errorf("%s holds %v, the value is %v", p.v.what(), p.v.t, v.v.t)
		}
		if _, twice := g.assigned[p]; twice {
			return fmt.Errorf("%s is assigned twice", p.v.what())
		}
		return nil
	}()
	if err != nil {
		g.fail("assign", nil, err)
		return
	}
	g.assigned[p] = len(g.assigns)
	g.assigns = append(g.assigns, assign{p, v})
}

// Revise is [Graph.Assign] of f(old). If p has an assignment already, old is the value that it assigns, and f(old)
// takes its place; else old is p itself. So a layer that is applied twice updates its running statistics twice.
func (g *Graph) Revise(p Node, f func(old Node) Node) {
	g.must("Revise")
	if p.v == nil {
		g.fail("revise", nil, fmt.Errorf("the target is the zero Node"))
		return
	}
	i, known := g.assigned[p]
	if !known {
		g.Assign(p, f(p))
		return
	}
	delete(g.assigned, p)
	g.Assign(p, f(g.assigns[i].v))
	if last, ok := g.assigned[p]; ok { // the new assignment takes the place of the old one
		g.assigns[i] = g.assigns[last]
		g.assigns = g.assigns[:last]
	}
	g.assigned[p] = i
}

// Nodes returns all nodes in the order of their creation.
func (g *Graph) Nodes() []Node {
	nodes := make([]Node, len(g.must("Nodes").values))
	for i, v := range g.values {
		nodes[i] = Node{v}
	}
	return nodes
}

// Params returns the parameters that the graph reads, in the order of first use.
func (g *Graph) Params() []*Param {
	var params []*Param
	for _, v := range g.must("Params").values {
		if v.kind == KindParam {
			params = append(params, v.param)
		}
	}
	return params
}

// Trainable returns the nodes of the parameters that optimisers may update, in the order of first use.
func (g *Graph) Trainable() []Node {
	var nodes []Node
	for _, v := range g.must("Trainable").values {
		if v.kind == KindParam && v.param.Trainable() {
			nodes = append(nodes, Node{v})
		}
	}
	return nodes
}

// Assigned returns the nodes of the parameters and states that a run changes, and the nodes whose values they take.
func (g *Graph) Assigned() (targets, values []Node) {
	for _, a := range g.must("Assigned").assigns {
		targets, values = append(targets, a.to), append(values, a.v)
	}
	return targets, values
}

// Err returns the first error of the graph: an op that was given operands that do not fit.
// Compile returns it too.
func (g *Graph) Err() error { return g.must("Err").err }

// Apply adds the op to the graph of its operands and returns its first result. If the operands do not fit, the graph
// keeps the first such error, and the result is an invalid node. Every op on an invalid node gives an invalid node
// again.
func Apply(op Op, in ...Node) Node { return ApplyAll(op, in...)[0] }

// ApplyAll is [Apply] for ops with several results.
func ApplyAll(op Op, in ...Node) []Node {
	if len(in) == 0 {
		panic(fmt.Sprintf("graph.Apply: %s is given no operand, which would tell the graph", opName(op)))
	}
	i := slices.IndexFunc(in, func(n Node) bool { return n.v != nil })
	if i < 0 {
		panic(fmt.Sprintf("graph.Apply: %s has no operand to tell the graph: all %d are the zero Node", opName(op),
			len(in)))
	}
	return in[i].v.g.apply(op, in)
}

// ApplyIn is [ApplyAll] for ops without operands.
func ApplyIn(g *Graph, op Op) []Node { return g.must("ApplyIn").apply(op, nil) }

var errOtherGraph = fmt.Errorf("the operands belong to different graphs")

func (g *Graph) apply(op Op, in []Node) []Node {
	g.init()
	for i, n := range in {
		switch {
		case n.v == nil:
			g.failOp(op, in, fmt.Errorf("operand %d is the zero Node", i))
			return g.invalids(op)
		case n.v.bad:
			return g.invalids(op)
		case n.v.g != g:
			g.fail(opName(op), in, errOtherGraph)
			return g.invalids(op)
		}
	}
	types, err := resultTypes(op, typesOf(in))
	if err != nil {
		g.failOp(op, in, err)
		return g.invalids(op)
	}
	return g.applyTyped(op, in, types)
}

func (g *Graph) applyTyped(op Op, in []Node, types []Type) []Node {
	app := &application{op: op, in: slices.Clone(in), out: make([]Node, len(types))}
	kind := KindOp
	if len(in) == 0 {
		kind = KindConst
	}
	for i, t := range types {
		app.out[i] = g.add(value{kind: kind, t: t, app: app, result: i})
	}
	g.backApplication(app)
	return app.out
}

// maxResults is the largest number of results of an op.
const maxResults = 8

// invalids returns invalid results. The number of results is not known when the operands do not fit, so there are as
// many as an op may have.
func (g *Graph) invalids(op Op) []Node {
	out := make([]Node, maxResults)
	for i := range out {
		out[i] = Node{&value{g: g, bad: true, id: -1}}
	}
	return out
}
