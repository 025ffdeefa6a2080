// This file holds the adapter: how our nodes and ops appear to Gorgonia, and how nodes made with
// Gorgonia's own functions come into a graph.

package graph

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"reflect"
	"slices"
	"sync"
	"unsafe"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// adapter makes one application of an [Op] a gorgonia.Op and gorgonia.SDOp. An op with one result is one
// Gorgonia node. An op with several is one node whose value is a tuple, and one projection
// node for each result.
//
// Gorgonia takes two nodes with the same 32-bit hash for one and the same. Ours contain the
// number of the node and a salt, chosen so that the hash is new in the graph.
type adapter struct {
	app    *application
	number int
	salt   uint32
	keep   *[]Tensor // the stock engine keeps the results of a run here
}

func dtypeOf(d DType) tensor.Dtype {
	return [...]tensor.Dtype{Float32: tensor.Float32, Float64: tensor.Float64, Int64: tensor.Int64}[d]
}

// hmType is the Hindley-Milner type of a value: scalars have the element type alone.
func hmType(t Type) hm.Type {
	if len(t.Shape) == 0 {
		return dtypeOf(t.DType)
	}
	return gorgonia.TensorType{Dims: len(t.Shape), Of: dtypeOf(t.DType)}
}

func (a *adapter) Arity() int { return len(a.app.in) }

// Type returns a new function type each time: Gorgonia recycles what it is given.
func (a *adapter) Type() hm.Type {
	ts := make([]hm.Type, 0, len(a.app.in)+1)
	for _, n := range a.app.in {
		ts = append(ts, hmType(n.v.t))
	}
	return hm.NewFnType(append(ts, hmType(a.app.out[0].v.t))...)
}

func (a *adapter) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape(slices.Clone(a.app.out[0].v.t.Shape)), nil
}

// Do evaluates the op into new memory.
func (a *adapter) Do(inputs ...gorgonia.Value) (v gorgonia.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v: %v", a.app.op, r)
		}
	}()
	in := make([]Tensor, len(inputs))
	for i, v := range inputs {
		if in[i], err = fromValue(v); err != nil {
			return nil, err
		}
		in[i].Type = a.app.in[i].v.t
	}
	var dst []Tensor
	for _, n := range a.app.out {
		dst = append(dst, NewTensor(n.v.t))
	}
	if s, ok := a.app.op.(Scratcher); ok {
		for _, t := range s.Scratch(typesOf(a.app.in)) {
			dst = append(dst, NewTensor(t))
		}
	}
	if err := a.app.op.Eval(dst, in); err != nil && err != ErrNotFinite { // Stock looks at what is assigned
		return nil, err
	}
	dst = dst[:len(a.app.out)]
	if a.keep != nil {
		*a.keep = dst
	}
	if len(dst) == 1 {
		return dst[0].value(), nil
	}
	t := tuple{Value: dst[0].value()}
	for _, d := range dst {
		t.all = append(t.all, d.value())
	}
	return t, nil
}

// value returns a Gorgonia value of t with memory of its own for scalars.
func (t Tensor) value() gorgonia.Value {
	if len(t.Shape) > 0 {
		return t.Dense()
	}
	switch t.DType {
	case Float32:
		return gorgonia.NewF32(t.F32[0])
	case Float64:
		return gorgonia.NewF64(t.F64[0])
	default:
		return gorgonia.NewI64(t.I64[0])
	}
}

func (a *adapter) ReturnsPtr() bool     { return false }
func (a *adapter) CallsExtern() bool    { return false }
func (a *adapter) OverwritesInput() int { return -1 }
func (a *adapter) String() string       { return a.app.op.String() }

func (a *adapter) WriteHash(h hash.Hash) {
	var b [12]byte
	binary.LittleEndian.PutUint64(b[:], uint64(a.number))
	binary.LittleEndian.PutUint32(b[8:], a.salt)
	h.Write(b[:])
}

func (a *adapter) Hashcode() uint32 {
	h := fnv.New32a()
	a.WriteHash(h)
	return h.Sum32()
}

// DiffWRT tells Gorgonia's own differentiation which operands have gradients.
func (a *adapter) DiffWRT(int) []bool { return differentiable(a.app) }

// SymDiff applies the op's derivative rule for Gorgonia's own differentiation. Of the results
// of an op with several, it may reach one.
func (a *adapter) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	g := a.app.out[0].v.g
	dy := make([]Node, len(a.app.out))
	if p, ok := grad.Op().(*packed); ok {
		dy[p.result] = p.grad
	} else {
		n, err := g.Import(grad)
		if err != nil {
			return nil, err
		}
		dy[0] = n
	}
	ds := a.app.op.Grad(a.app.out, dy, a.app.in, a.DiffWRT(0))
	if g.err != nil {
		return nil, g.err
	}
	if ds == nil {
		return nil, fmt.Errorf("%v has no gradient rule", a.app.op)
	}
	backs := make(gorgonia.Nodes, len(ds))
	for i, d := range ds {
		if d.v != nil {
			backs[i] = d.v.back
		}
	}
	return backs, nil
}

// tuple is the value of an op with several results.
type tuple struct {
	gorgonia.Value
	all []gorgonia.Value
}

// projection is the op that takes one result out of a tuple.
type projection struct {
	adapter
	result int
}

func (p *projection) Arity() int { return 1 }
func (p *projection) Type() hm.Type {
	return hm.NewFnType(hmType(p.app.out[0].v.t), hmType(p.app.out[p.result].v.t))
}
func (p *projection) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape(slices.Clone(p.app.out[p.result].v.t.Shape)), nil
}
func (p *projection) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	t, ok := in[0].(tuple)
	if !ok {
		return nil, fmt.Errorf("result %d of %v: the operand is not the tuple of its results", p.result, p.app.op)
	}
	return t.all[p.result], nil
}
func (p *projection) String() string     { return fmt.Sprintf("%v → %d", p.app.op, p.result) }
func (p *projection) DiffWRT(int) []bool { return []bool{p.app.out[p.result].v.t.DType.IsFloat()} }
func (p *projection) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	g := p.app.out[0].v.g
	n, err := g.Import(grad)
	if err != nil {
		return nil, err
	}
	op := &packed{projection: projection{adapter{app: p.app, number: len(g.hashes), salt: 1 << 31}, p.result}, grad: n}
	return gorgonia.Nodes{g.backOp(op, &op.salt, p.app.out[0].v.t, gorgonia.Nodes{grad})}, nil
}

// packed marks the gradient of one result on its way through a tuple in Gorgonia's own differentiation.
type packed struct {
	projection
	grad Node
}

func (p *packed) Do(in ...gorgonia.Value) (gorgonia.Value, error) { return in[0], nil }

// backLeaf adds the Gorgonia node of an input or parameter.
func (g *Graph) backLeaf(n Node) *gorgonia.Node {
	t := n.v.t
	name := n.v.name
	g.number()
	for i := 1; g.hashes[g.hash(t, []byte(name), nil)]; i++ {
		name = fmt.Sprintf("%s#%d", n.v.name, i)
	}
	g.hashes[g.hash(t, []byte(name), nil)] = true
	return gorgonia.NewUniqueNode(gorgonia.WithType(hmType(t)), gorgonia.WithShape(t.Shape...),
		gorgonia.WithName(name), gorgonia.In(g.expr))
}

// backApplication adds the Gorgonia nodes of the results of an op.
func (g *Graph) backApplication(app *application) {
	children := make(gorgonia.Nodes, len(app.in))
	for i, n := range app.in {
		children[i] = n.v.back
	}
	a := &adapter{app: app, number: app.out[0].v.id}
	back := g.backOp(a, &a.salt, app.out[0].v.t, children)
	if len(app.out) == 1 {
		app.out[0].v.back = back
		g.byBack[back] = app.out[0]
		return
	}
	for i, n := range app.out {
		p := &projection{adapter{app: app, number: n.v.id, salt: 1}, i}
		n.v.back = g.backOp(p, &p.salt, n.v.t, gorgonia.Nodes{back})
		g.byBack[n.v.back] = n
	}
}

// backOp adds a Gorgonia node, raising the salt until the node's hash is new in the graph.
func (g *Graph) backOp(op gorgonia.Op, salt *uint32, t Type, children gorgonia.Nodes) *gorgonia.Node {
	var w opHash
	for {
		w = w[:0]
		op.WriteHash(&w)
		sum := g.hash(t, w, children)
		if !g.hashes[sum] {
			g.hashes[sum] = true
			break
		}
		*salt++
	}
	g.number()
	n := gorgonia.NewUniqueNode(gorgonia.WithType(hmType(t)), gorgonia.WithOp(op),
		gorgonia.WithChildren(children), gorgonia.In(g.expr), gorgonia.WithShape(t.Shape...))
	if n.Op() != op {
		panic(fmt.Sprintf("graph: gorgonia merged %v with another node", op))
	}
	return n
}

// placesOf is the table in which Gorgonia keeps where it found the node of a number. It is filled by walks over all
// nodes, one for every node that gets an edge, so that a graph takes time by the square of its nodes. That is nil in
// a version of Gorgonia that has no such table.
func placesOf(e *gorgonia.ExprGraph) map[int64]int {
	f, ok := reflect.TypeFor[gorgonia.ExprGraph]().FieldByName("byID")
	if !ok || f.Type != reflect.TypeFor[map[int64]int]() {
		return nil
	}
	return *(*map[int64]int)(unsafe.Add(unsafe.Pointer(e), f.Offset))
}

// numberedAhead is how many nodes of Gorgonia's own making, by one of its derivative rules, say, find their places
// known.
const numberedAhead = 64

// number tells Gorgonia the places of all nodes and of the next ones. A place is the node's number unless one was
// removed, which nothing here does; then Gorgonia is left to search.
func (g *Graph) number() {
	all := g.expr.AllNodes()
	if n := len(all); n > 0 && all[n-1].ID() != int64(n-1) {
		return
	}
	for ; g.places != nil && g.numbered < len(all)+numberedAhead; g.numbered++ {
		g.places[int64(g.numbered)] = g.numbered
	}
}

// opHash collects what an op writes to a hash.
type opHash []byte

func (w *opHash) Write(b []byte) (int, error) { *w = append(*w, b...); return len(b), nil }
func (w *opHash) Sum(b []byte) []byte         { return append(b, *w...) }
func (w *opHash) Reset()                      { *w = (*w)[:0] }
func (w *opHash) Size() int                   { return len(*w) }
func (w *opHash) BlockSize() int              { return 1 }

// hash is the hash that Gorgonia computes for a node of the given type, op or name, and children.
func (g *Graph) hash(t Type, op []byte, children gorgonia.Nodes) uint32 {
	h := fnv.New32a()
	shape := tensor.Shape(t.Shape)
	if len(t.Shape) == 0 {
		shape = tensor.ScalarShape()
	}
	fmt.Fprintf(h, "%v%v", hmType(t), shape)
	h.Write(op)
	h.Write([]byte{byte(len(children))})
	var b [4]byte
	for _, c := range children {
		binary.LittleEndian.PutUint32(b[:], c.Hashcode())
		h.Write(b[:])
	}
	if g.hashSalt != nil {
		return g.hashSalt(h.Sum32())
	}
	return h.Sum32()
}

// foreignLock guards Gorgonia's package-level state, which its own constructors and rules touch.
var foreignLock sync.Mutex

// Import brings a node made with Gorgonia's own functions into the graph, with all that it
// depends on. The node belongs to g.ExprGraph(). Its derivative rule is its own SymDiff, and
// its evaluation its own Do, which allocates. Leaves with a value become constants, leaves
// without become inputs.
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
			open = append(open, visit{n: n, children: g.childrenOf(n)})
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

// childrenOf lists the operands of a node.
func (g *Graph) childrenOf(n *gorgonia.Node) (children []*gorgonia.Node) {
	if n.Op() == nil {
		return nil
	}
	for it := g.expr.From(n.ID()); it.Next(); {
		children = append(children, it.Node().(*gorgonia.Node))
	}
	return children
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
		return fmt.Errorf("import %v: its hash equals that of another node, Gorgonia would merge them; change its name", n.Name())
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
	g.hashes[n.Hashcode()] = true
	v := value{t: t, back: n, name: n.Name()}
	if n.Op() == nil || n.Value() != nil && len(children) == 0 {
		return g.importLeaf(n, v)
	}
	in := make([]Node, len(children))
	for i, c := range children {
		in[i] = g.byBack[c]
	}
	v.app = &application{op: foreign{n}, in: in}
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
		if g.names[v.name] {
			return fmt.Errorf("import: the graph has an input or parameter named %q already", v.name)
		}
		g.names[v.name] = true
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
	t := Type{Shape: slices.Clone(Shape(n.Shape()))}
	switch n.Dtype() {
	case tensor.Float32:
		t.DType = Float32
	case tensor.Float64:
		t.DType = Float64
	case tensor.Int64, tensor.Int:
		t.DType = Int64
	default:
		return t, fmt.Errorf("import %v: element type %v is not supported", n.Name(), n.Dtype())
	}
	return t, t.Shape.Check()
}

// foreign is an op of Gorgonia's own.
type foreign struct{ n *gorgonia.Node }

func (o foreign) String() string { return fmt.Sprintf("gorgonia %v", o.n.Op()) }
func (o foreign) Types([]Type) ([]Type, error) {
	return nil, fmt.Errorf("%v cannot be applied again", o)
}

// Grad applies Gorgonia's rule and imports the nodes that it makes.
func (o foreign) Grad(y, dy []Node, in []Node, want []bool) (d []Node) {
	g := y[0].v.g
	sd, ok := o.n.Op().(gorgonia.SDOp)
	if !ok {
		return nil
	}
	foreignLock.Lock()
	defer foreignLock.Unlock()
	defer func() {
		if r := recover(); r != nil {
			g.fail(o.String(), in, fmt.Errorf("its own gradient rule panics: %v", r))
			d = nil
		}
	}()
	gorgonia.UseNonStable()
	g.number()
	children := make(gorgonia.Nodes, len(in))
	for i, c := range in {
		children[i] = c.v.back
	}
	backs, err := sd.SymDiff(children, o.n, dy[0].v.back)
	if err != nil {
		g.fail(o.String(), in, err)
		return nil
	}
	d = make([]Node, len(in))
	for i, b := range backs {
		if !want[i] || b == nil {
			continue
		}
		if d[i], err = g.importAll(b); err != nil {
			g.fail(o.String(), in, err)
			return nil
		}
	}
	return d
}

// NoGrad asks Gorgonia's rule which operands have gradients.
func (o foreign) NoGrad(operand int) bool {
	sd, ok := o.n.Op().(gorgonia.SDOp)
	if !ok {
		return false
	}
	wrt := sd.DiffWRT(operand + 1)
	return operand < len(wrt) && !wrt[operand]
}

func (o foreign) Eval(dst, in []Tensor) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v: %v", o, r)
		}
	}()
	values := make([]gorgonia.Value, len(in))
	for i, t := range in {
		values[i] = t.Clone().value() // its own ops may overwrite what they are given
	}
	v, err := o.n.Op().Do(values...)
	if err != nil {
		return fmt.Errorf("%v: %w", o, err)
	}
	t, err := fromValue(v)
	if err != nil {
		return err
	}
	if t.Shape.Size() != dst[0].Shape.Size() {
		return fmt.Errorf("%v: its result has shape %v, its node %v", o, t.Shape, dst[0].Shape)
	}
	t.Shape = dst[0].Shape
	return t.assignTo(dst[0])
}
