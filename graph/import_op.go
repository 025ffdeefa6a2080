// This file holds foreign, an op of Gorgonia in a graph: its name, gradient and evaluation.

package graph

import (
	"cmp"
	"fmt"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// foreign is an op of Gorgonia.
type foreign struct {
	n        *gorgonia.Node
	operands int
}

// String is the name of Gorgonia's function that makes the op.
func (o foreign) String() string { return "gorgonia." + describeForeign(o.n.Op()) }
func (o foreign) Types([]Type) ([]Type, error) {
	return nil, fmt.Errorf("%v cannot be applied again", o)
}

// Grad applies our mended rule if there is one, else Gorgonia's rule, and imports the nodes that the rule makes.
func (o foreign) Grad(y, dy []Node, in []Node, want []bool) []Node {
	g := y[0].v.g
	foreignLock.Lock()
	defer foreignLock.Unlock()
	g.number()
	children := make(gorgonia.Nodes, len(in))
	for i, c := range in {
		children[i] = c.v.back
	}
	backs, err := o.rule(children, dy[0].v.back)
	if err != nil || backs == nil {
		if err != nil {
			g.fail(o.String(), in, err)
		}
		return nil
	}
	d := make([]Node, len(in))
	for i, b := range backs {
		if i >= len(in) || !want[i] || b == nil {
			continue
		}
		if d[i], err = g.importAll(b); err != nil {
			g.fail(o.String(), in, err)
			return nil
		}
		d[i] = d[i].shapedAs(in[i].v.t)
	}
	return d
}

// rule makes the nodes of the gradient. It returns nil if the op has no rule.
func (o foreign) rule(children gorgonia.Nodes, dy *gorgonia.Node) (backs gorgonia.Nodes, err error) {
	defer func() {
		if r := recover(); r != nil {
			backs, err = nil, fmt.Errorf("its own gradient rule panics: %v", r)
		}
	}()
	defer withoutStabilization()()
	if mend, ok := mendedRules[o.mended()]; ok {
		return mend(children, o.n, dy)
	}
	sd, ok := o.differentiable()
	if !ok {
		return nil, nil
	}
	return sd.SymDiff(children, o.n, dy)
}

// differentiable is the op with its gradient rule, if it has one. An op that computes a gradient in Gorgonia counts as
// having none, since its rule is wrong: it says that the result does not depend on the operands, or is the rule of the
// op whose gradient it computes.
func (o foreign) differentiable() (gorgonia.SDOp, bool) {
	sd, ok := o.n.Op().(gorgonia.SDOp)
	return sd, ok && !strings.HasSuffix(kindOf(o.n.Op()), "DiffOp")
}

// shapedAs is n with the shape of t. Gorgonia does not distinguish (5) from (1, 5), and some of its rules give one for
// the other.
func (n Node) shapedAs(t Type) Node {
	if !n.Valid() || n.v.t.Shape.Equal(t.Shape) || n.v.t.Shape.Size() != t.Shape.Size() {
		return n
	}
	return n.v.g.apply(reshaped{MakeDims(t.Shape...)}, []Node{n})[0]
}

// withoutStabilization keeps Gorgonia from rewriting and removing nodes, and returns a function that restores its
// setting. The setting belongs to the whole process and cannot be read: it is on if Gorgonia rewrites the logarithm of
// a softmax.
func withoutStabilization() (restore func()) {
	e := gorgonia.NewGraph()
	x := gorgonia.NewVector(e, gorgonia.Float64, gorgonia.WithShape(1), gorgonia.WithName("x"))
	p, err := gorgonia.SoftMax(x)
	if err != nil {
		return func() {}
	}
	if l, err := gorgonia.Log(p); err != nil || l != p {
		return func() {}
	}
	gorgonia.UseNonStable()
	return gorgonia.UseStabilization
}

// NoGrad asks Gorgonia's DiffWRT which operands have gradients.
func (o foreign) NoGrad(operand int) bool {
	if _, ok := mendedRules[o.mended()]; ok {
		return false
	}
	sd, ok := o.differentiable()
	if !ok {
		return false
	}
	wrt := sd.DiffWRT(o.operands)
	return operand < len(wrt) && !wrt[operand]
}

// Eval calls Gorgonia's Do on copies, since its ops may overwrite their operands.
func (o foreign) Eval(dst, in []Tensor) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v: %v", o, r)
		}
	}()
	if err := checkForeign(o.n.Op(), in); err != nil {
		return fmt.Errorf("%v: %w", o, err)
	}
	values := make([]gorgonia.Value, len(in))
	children := operandsOf(o.n.Graph(), o.n)
	for i, t := range in {
		values[i] = foreignValue(t.Clone(), children[i])
	}
	v, err := o.n.Op().Do(values...)
	if err != nil {
		return fmt.Errorf("%v: %w", o, err)
	}
	t, err := fromValue(v)
	if err != nil {
		return fmt.Errorf("%v: %w", o, err)
	}
	if t.Shape.Size() != dst[0].Shape.Size() {
		return fmt.Errorf("%v: its result has shape %v, its node %v", o, t.Shape, dst[0].Shape)
	}
	t.Shape = dst[0].Shape
	return t.assignTo(dst[0])
}

// checkForeign reports wrong values that an op of Gorgonia accepts without an error, or on which it panics in a
// goroutine of its own, where the panic cannot be recovered.
func checkForeign(op gorgonia.Op, in []Tensor) error {
	switch kindOf(op) {
	case "byIndicesOp", "byIndicesOpDiffOp":
		axis := int(fieldOf(op, "axis").Int())
		return checkRange("index", in[1].I64, 0, in[0].Shape[axis]-1)
	case "ctcLossOp", "ctcLossDiffOp":
		times, classes, targets := in[0].Shape[0], in[0].Shape[2], in[1].Shape
		return cmp.Or(checkRange("target", in[1].I64, 0, classes-1),
			checkRange("input length", in[2].I64, 1, times),
			checkRange("target length", in[3].I64, 1, targets[len(targets)-1]))
	}
	return nil
}

// checkRange reports a value that is less than lo or more than hi.
func checkRange(name string, values []int64, lo, hi int) error {
	for i, v := range values {
		if v < int64(lo) || v > int64(hi) {
			return fmt.Errorf("%s %d is %d, want %d to %d", name, i, v, lo, hi)
		}
	}
	return nil
}

// foreignValue is t as the value of Gorgonia's node n: ops of Gorgonia that take indices want them as int.
func foreignValue(t Tensor, n *gorgonia.Node) gorgonia.Value {
	if t.DType != Int64 || n.Dtype() != tensor.Int {
		return t.value()
	}
	if len(t.Shape) == 0 {
		return gorgonia.NewI(int(t.I64[0]))
	}
	ints := make([]int, len(t.I64))
	for i, v := range t.I64 {
		ints[i] = int(v)
	}
	return tensor.New(tensor.WithShape(t.Shape...), tensor.WithBacking(ints))
}

// Draw shows the name without the package. It leaves out attributes that the shapes show.
func (o foreign) Draw([]Type) (Role, string) {
	function, _, role := foreignFunction(o.n.Op())
	if role == RoleView || function == "Im2Col" {
		return role, function
	}
	return role, describeForeign(o.n.Op())
}

// reshaped gives its operand another shape.
type reshaped struct{ shape Dims }

func (o reshaped) String() string { return "reshape " + o.shape.String() }
func (o reshaped) Types(in []Type) ([]Type, error) {
	if in[0].Shape.Size() != o.shape.Size() {
		return nil, fmt.Errorf("%d elements do not fill %v", in[0].Shape.Size(), o.shape)
	}
	return []Type{{in[0].DType, o.shape.Slice()}}, nil
}
func (o reshaped) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{dy[0].shapedAs(in[0].v.t)}
}
func (o reshaped) Eval(dst, in []Tensor) error {
	dst[0].CopyFrom(in[0])
	return nil
}
func (o reshaped) View([]Type) (operand, offset int) { return 0, 0 }
func (o reshaped) Draw([]Type) (Role, string)        { return RoleView, o.String() }
