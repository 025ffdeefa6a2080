// This file holds the adapter: how our nodes and ops appear to Gorgonia.

package graph

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"reflect"
	"slices"
	"unsafe"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// adapter makes one application of an [Op] a gorgonia.Op and gorgonia.SDOp. An op with one result is one
// Gorgonia node. An op with several is one node whose value is a tuple, and one projection
// node for each result.
//
// Gorgonia treats two nodes with the same 32-bit hash as one node. The hash of an adapter contains the number of the
// node and a salt, chosen so that the hash is new in the graph.
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

// Type returns a new function type each time, since Gorgonia recycles the types that it gets.
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
	if err := a.app.op.Eval(dst, in); err != nil && err != ErrNotFinite { // Stock checks the assigned values itself
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

// SymDiff applies the derivative rule of the op for Gorgonia's own differentiation. If an op has several results, the
// gradient of one of them may reach it.
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

// projection is the op that takes one result from a tuple.
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

// backLeaf adds the Gorgonia node of a leaf.
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

// backOp adds a Gorgonia node. It raises the salt until the hash of the node is new in the graph.
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

// placesOf is the table in which Gorgonia keeps the place of the node with a given number. Gorgonia fills it by a walk
// over all nodes, once for every node that gets an edge, so that the time to build a graph grows with the square of
// its nodes; number fills it without. placesOf is nil in a version of Gorgonia that has no such table.
func placesOf(e *gorgonia.ExprGraph) map[int64]int {
	f, ok := reflect.TypeFor[gorgonia.ExprGraph]().FieldByName("byID")
	if !ok || f.Type != reflect.TypeFor[map[int64]int]() {
		return nil
	}
	return *(*map[int64]int)(unsafe.Add(unsafe.Pointer(e), f.Offset))
}

// numberedAhead is for how many further nodes number fills the table, since Gorgonia adds nodes itself, for example in
// its derivative rules.
const numberedAhead = 64

// number fills the table for all nodes and the next ones. The place of a node is its number unless a node was removed.
// No code here removes one; if somebody else did, number leaves the search to Gorgonia.
func (g *Graph) number() {
	all := g.expr.AllNodes()
	if n := len(all); n > 0 && all[n-1].ID() != int64(n-1) {
		return
	}
	for ; g.places != nil && g.numbered < len(all)+numberedAhead; g.numbered++ {
		g.places[int64(g.numbered)] = g.numbered
	}
}

// opHash collects the bytes that an op writes to a hash.
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
