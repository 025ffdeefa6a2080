// This file holds Op, the interface of every operation, and the interfaces that an operation may have besides.

package graph

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/internal/plain"
)

// Op is one operation: how it prints, its shapes, its derivative, its evaluation. Ops are
// comparable value structs without pointers: two ops that are == and have the same operands
// compute the same value, and the compiler merges them. An op whose Go type cannot be
// compared is never merged.
type Op interface {
	// String is the name and the attributes, as printed on the tape: "conv2d stride=2 pad=1".
	String() string

	// Types is the shape rule: the types of the results, or an error if the operands do not fit. The error says only
	// what is wrong ("input has 64 channels, weight expects 32"); Apply adds op, layer, the shape of every operand,
	// and the file and line of the caller.
	Types(in []Type) ([]Type, error)

	// Grad is the derivative rule. y are the results, dy the gradients of the results, and in the operands. It returns
	// one contribution for each operand, to the gradient of that operand. It builds only the contributions that are
	// wanted; the others are the zero Node. dy[i] is the zero Node if result i has no gradient. An op without a
	// derivative rule returns nil.
	Grad(y, dy []Node, in []Node, want []bool) []Node

	// Eval computes the results. What dst holds before is arbitrary; a result that nobody
	// uses has no memory. Eval allocates nothing, and its results depend on its operands
	// alone, bit for bit. An update may end with ErrNotFinite.
	Eval(dst, in []Tensor) error
}

// NoRule is embedded by an op that has no derivative rule: an op on integers, an update, or an op that the compiler
// makes, since it makes its ops when the gradients are in the graph already.
type NoRule struct{}

// Grad says that there is no rule.
func (NoRule) Grad(_, _, _ []Node, _ []bool) []Node { return nil }

// EvalFloats evaluates an op whose Eval is written once for both types of floats, as a generic function. The type of
// the floats is that of the first operand that holds floats, or of the first such result if all operands hold
// integers. EvalFloats calls f32 where it is float32, and otherwise f64:
//
//	func (o double) Eval(dst, in []graph.Tensor) error {
//		return graph.EvalFloats(o, dst, in, evalDouble[float32], evalDouble[float64])
//	}
//
//	func evalDouble[T float32 | float64](_ double, dst, in []graph.Tensor) error {
//		y, x := graph.Floats[T](dst[0]), graph.Floats[T](in[0])
//		…
//	}
//
// EvalFloats allocates nothing when f32 and f64 capture nothing and o contains no pointer to a variable of Eval.
func EvalFloats[O any](o O, dst, in []Tensor, f32, f64 func(o O, dst, in []Tensor) error) error {
	for _, tensors := range [...][]Tensor{in, dst} {
		for i := range tensors {
			switch tensors[i].DType {
			case Float32:
				return f32(o, dst, in)
			case Float64:
				return f64(o, dst, in)
			}
		}
	}
	return f64(o, dst, in)
}

// ErrNotFinite is the error of the Eval of an update that has computed all results, if a parameter or moment among
// them is NaN or infinite although the operands are finite: a learning rate is too large, or a square overflows. The
// run then goes on to its end, so that all parameters have done the same step, and the error of the run is a
// [*NonFiniteError].
var ErrNotFinite = errors.New("a new value is not finite")

// InPlacer is an op whose result may take over the memory of an operand that is not needed afterwards: Eval is right
// when dst[result] is in[operand]. InPlace lists these operands.
type InPlacer interface {
	InPlace(result int) []int
}

// Viewer is an op whose single result may be a contiguous part of the memory of an operand; the tape then does
// nothing. A negative offset says that for these types it is not. Eval still copies, for engines without views.
type Viewer interface {
	View(in []Type) (operand, offset int)
}

// Scratcher is an op that needs working memory. Its tensors are planned like values and follow the results in dst.
type Scratcher interface {
	Scratch(in []Type) []Type
}

// NoGrader is an op that by nature passes no gradient to an operand, such as labels or the operand of a stop-gradient.
// Operands and results of integers never have a gradient.
type NoGrader interface {
	NoGrad(operand int) bool
}

// Operander names the operands in error messages, separated by spaces: "x w b".
type Operander interface {
	Operands() string
}

// Drawer is an op that says what a drawing shows of it: its role, and the label of its box. An op without Draw is
// drawn as elementwise, with its String as label.
type Drawer interface {
	Draw(in []Type) (Role, string)
}

// Role is the part that an op plays. A drawing shows it by colour and shape. It is a word, so that a person can read
// it in a file.
type Role string

const (
	RoleElementwise Role = "elementwise" // arithmetic
	RoleData        Role = "data"        // inputs, labels, states, constants
	RoleParam       Role = "param"       // parameters and their gradients
	RoleLinear      Role = "linear"      // matrix products and convolutions
	RoleActivation  Role = "activation"  // pointwise nonlinearities
	RoleNorm        Role = "norm"        // normalisation and dropout
	RolePool        Role = "pool"        // pooling, reductions, softmax
	RoleLoss        Role = "loss"        // losses
	RoleView        Role = "view"        // changes of shape or place without arithmetic
	RoleRandom      Role = "random"      // random numbers
	RoleUpdate      Role = "update"      // optimiser steps and other assignments
)

// RoleOf returns the role and the label of n for a drawing.
func RoleOf(n Node) (Role, string) {
	switch n.Kind() {
	case KindInput, KindState, KindStep:
		return RoleData, n.Name()
	case KindConst:
		return RoleData, cmp.Or(n.Label(), n.Name())
	case KindParam:
		return RoleParam, n.Name()
	}
	return roleOf(n.Op(), typesOf(n.Inputs()))
}

// roleOf is the role and the label of an op on operands of these types.
func roleOf(op Op, in []Type) (role Role, label string) {
	defer func() {
		if r := recover(); r != nil || role == "" { // an op of a user may panic, or have no role
			role, label = RoleElementwise, opName(op)
		}
	}()
	if d, ok := op.(Drawer); ok {
		return d.Draw(in)
	}
	return RoleElementwise, op.String()
}

func typesOf(nodes []Node) []Type {
	types := make([]Type, len(nodes))
	for i, n := range nodes {
		types[i] = n.Type()
	}
	return types
}

// The functions below call methods of ops, which a user may have written, and check the answers.

// answering turns a panic of an op's method into an error.
func answering(method string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("its %s panics: %s", method, plain.Text(fmt.Sprint(r)))
	}
}

// opName is how the op prints.
func opName(op Op) (name string) {
	defer func() {
		if r := recover(); r != nil {
			name = fmt.Sprintf("%T", op)
		}
	}()
	return plain.Text(op.String())
}

func operandNames(op Op) (names string) {
	defer func() { _ = recover() }() // an error is reported without the names then
	if o, ok := op.(Operander); ok {
		names = o.Operands()
	}
	return names
}

// printable asks an op for its name, which is printed in many places.
func printable(op Op) (err error) {
	if op == nil {
		return fmt.Errorf("the op is nil")
	}
	defer answering("String", &err)
	_ = op.String()
	return nil
}

// resultTypes asks the shape rule.
func resultTypes(op Op, in []Type) (types []Type, err error) {
	if err := printable(op); err != nil {
		return nil, err
	}
	defer answering("Types", &err)
	if types, err = op.Types(in); err != nil {
		return nil, err
	}
	if len(types) == 0 || len(types) > maxResults {
		return nil, fmt.Errorf("its Types gives %d results, want 1 to %d", len(types), maxResults)
	}
	for _, t := range types {
		if err := t.checkValue(); err != nil {
			return nil, err
		}
	}
	return types, nil
}

// gradients asks the derivative rule of an op of g.
func (g *Graph) gradients(app *application, dy []Node, want []bool) (ds []Node) {
	var err error
	func() {
		defer answering("Grad", &err)
		ds = app.op.Grad(app.out, dy, app.in, want)
	}()
	if len(ds) > len(app.in) {
		err = fmt.Errorf("its Grad gives %d gradients for %d operands", len(ds), len(app.in))
	}
	for i, d := range ds {
		if d.v != nil && d.v.g != g {
			err = fmt.Errorf("its Grad gives a node of another graph for operand %d", i)
		}
	}
	if err != nil && g.err == nil {
		g.failOp(app.op, app.in, err)
	}
	return ds
}

// noGrad asks an op whether an operand has no gradient.
func (app *application) noGrad(n NoGrader, operand int) bool {
	var err error
	none := func() bool {
		defer answering("NoGrad", &err)
		return n.NoGrad(operand)
	}()
	if err != nil {
		app.out[0].v.g.failOp(app.op, app.in, err)
	}
	return none
}

// checkAnswers calls the methods of an op that the compiler uses, except Types, and checks their answers.
func checkAnswers(op Op, in, out []Type) (err error) {
	asked := ""
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("its %s panics: %s", asked, plain.Text(fmt.Sprint(r)))
		}
	}()
	if s, ok := op.(Scratcher); ok {
		asked = "Scratch"
		for i, t := range s.Scratch(in) {
			if err := t.checkScratch(); err != nil {
				return fmt.Errorf("its Scratch gives tensor %d: %w", i, err)
			}
		}
	}
	if v, ok := op.(Viewer); ok {
		asked = "View"
		if err := checkView(v, in, out); err != nil {
			return err
		}
	}
	if p, ok := op.(InPlacer); ok {
		asked = "InPlace"
		for k := range out {
			for _, j := range p.InPlace(k) {
				if j < 0 {
					return fmt.Errorf("its InPlace names operand %d", j)
				}
			}
		}
	}
	if f, ok := op.(Flopper); ok {
		asked = "Flops"
		if products, others := f.Flops(in); products < 0 || others < 0 {
			return fmt.Errorf("its Flops counts %d and %d operations", products, others)
		}
	}
	if p, ok := op.(Picker); ok {
		asked = "Picks"
		for j := range in {
			if n := p.Picks(j, in); n < 0 {
				return fmt.Errorf("its Picks counts %d elements of operand %d", n, j)
			}
		}
	}
	return nil
}

// checkScratch is checkValue for working memory, which may have no elements, and any rank.
func (t Type) checkScratch() error {
	n := Shape{1}
	for _, d := range t.Shape {
		if d < 0 || d > 0 && n[0] > maxElements/d {
			return fmt.Errorf("the shape %v", t.Shape)
		}
		n[0] *= max(d, 1)
	}
	return Type{t.DType, n}.checkValue()
}

func checkView(v Viewer, in, out []Type) error {
	k, offset := v.View(in)
	switch {
	case offset < 0:
		return nil
	case len(out) != 1:
		return fmt.Errorf("its View is of one result, it has %d", len(out))
	case k < 0 || k >= len(in):
		return fmt.Errorf("its View is of operand %d, there are %d", k, len(in))
	case in[k].DType != out[0].DType || offset > in[k].Shape.Size()-out[0].Shape.Size():
		return fmt.Errorf("its View of %v from element %d on lies outside operand %d, %v", out[0], offset, k, in[k])
	}
	return nil
}
