// Arithmetic and comparison of two values, Where, and SumTo: everything that broadcasts.

package ops

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Add returns a + b. Like all functions of two values here it broadcasts as NumPy does: shapes are aligned at
// their last axis, and an axis of size 1, or one that is absent, is repeated. Both operands are floats of one
// type. The gradient of an operand that was repeated is summed over the repetitions, see [SumTo].
func Add(a, b graph.Node) graph.Node { return graph.Apply(binary{vector.Add}, a, b) }

// Sub returns a - b.
func Sub(a, b graph.Node) graph.Node { return graph.Apply(binary{vector.Sub}, a, b) }

// Mul returns the elementwise product a·b.
func Mul(a, b graph.Node) graph.Node { return graph.Apply(binary{vector.Mul}, a, b) }

// Div returns a/b. Division by 0 gives ±Inf or NaN.
func Div(a, b graph.Node) graph.Node { return graph.Apply(binary{vector.Div}, a, b) }

// Pow returns a^b:
//
//	da = dy·b·a^(b-1)        0 where b = 0
//	db = dy·y·ln a           0 where a = 0 and b ≥ 0
//
// as in PyTorch. A negative a to a power that is no whole number is NaN.
func Pow(a, b graph.Node) graph.Node { return graph.Apply(binary{vector.Pow}, a, b) }

// Minimum returns the smaller of a and b, NaN if either is. Where they are equal each gets half of the gradient,
// as in PyTorch.
func Minimum(a, b graph.Node) graph.Node { return graph.Apply(binary{vector.Minimum}, a, b) }

// Maximum returns the larger of a and b, NaN if either is. Where they are equal each gets half of the gradient,
// as in PyTorch.
func Maximum(a, b graph.Node) graph.Node { return graph.Apply(binary{vector.Maximum}, a, b) }

// Less returns 1 where a < b, else 0, in the operands' float type. Both operands may be integers: they are compared
// exactly, and the result is of the graph's float type. Comparisons have no gradient by nature.
func Less(a, b graph.Node) graph.Node { return compared(vector.Less, a, b) }

// LessEqual returns 1 where a ≤ b, else 0.
func LessEqual(a, b graph.Node) graph.Node { return compared(vector.LessEqual, a, b) }

// Greater returns 1 where a > b, else 0.
func Greater(a, b graph.Node) graph.Node { return compared(vector.Greater, a, b) }

// GreaterEqual returns 1 where a ≥ b, else 0.
func GreaterEqual(a, b graph.Node) graph.Node { return compared(vector.GreaterEqual, a, b) }

// Equal returns 1 where a = b, else 0.
func Equal(a, b graph.Node) graph.Node { return compared(vector.Equal, a, b) }

// NotEqual returns 1 where a ≠ b, else 0.
func NotEqual(a, b graph.Node) graph.Node { return compared(vector.NotEqual, a, b) }

// Where returns a where cond is not 0, else b. The three broadcast; cond has no gradient by nature.
//
// Where cond leaves an operand out, the operand's gradient is 0. What computes the operand is still differentiated
// there, and 0 times an infinite derivative is NaN. So keep the argument of a function inside the function's domain
// before choosing its result.
func Where(cond, a, b graph.Node) graph.Node { return graph.Apply(where{}, cond, a, b) }

// SumTo is the gradient of broadcasting from the given shape to the shape of x: it sums x over the axes that were
// repeated. It is an error when shape does not broadcast to the shape of x.
func SumTo(x graph.Node, shape ...int) graph.Node {
	if !x.Valid() || x.Shape().Equal(shape) {
		return x
	}
	if err := checkRank(shape); err != nil {
		return graph.Fail("sum to", []graph.Node{x}, err)
	}
	return graph.Apply(sumTo{graph.MakeDims(shape...)}, x)
}

// binary is a function of two floats, elementwise with broadcasting.
type binary struct{ f vector.BinaryFunc }

// binaryRule is what differs between the functions: how they print, and the gradients of a and b before the sum over
// repetitions. A comparison has no gradients.
type binaryRule struct {
	name, label string
	da, db      func(a, b, y, dy graph.Node) graph.Node
}

var binaryRules = [...]binaryRule{
	// y = a + b
	vector.Add: {"add", "Add",
		func(_, _, _, dy graph.Node) graph.Node { return dy },
		func(_, _, _, dy graph.Node) graph.Node { return dy }},
	// y = a - b
	vector.Sub: {"sub", "Sub",
		func(_, _, _, dy graph.Node) graph.Node { return dy },
		func(_, _, _, dy graph.Node) graph.Node { return Neg(dy) }},
	// y = a·b: da = dy·b, db = dy·a
	vector.Mul: {"mul", "Mul",
		func(_, b, _, dy graph.Node) graph.Node { return Mul(dy, b) },
		func(a, _, _, dy graph.Node) graph.Node { return Mul(dy, a) }},
	// y = a/b: da = dy/b, db = -dy·y/b
	vector.Div: {"div", "Div",
		func(_, b, _, dy graph.Node) graph.Node { return Div(dy, b) },
		func(_, b, y, dy graph.Node) graph.Node { return Neg(Div(Mul(dy, y), b)) }},
	vector.Pow: {"pow", "Pow", powBase, powExponent},
	vector.Minimum: {"minimum", "Min", func(a, b, _, dy graph.Node) graph.Node { return ahead(b, a, dy) },
		func(a, b, _, dy graph.Node) graph.Node { return ahead(a, b, dy) }},
	vector.Maximum: {"maximum", "Max", func(a, b, _, dy graph.Node) graph.Node { return ahead(a, b, dy) },
		func(a, b, _, dy graph.Node) graph.Node { return ahead(b, a, dy) }},
	vector.Less:         {name: "less", label: "<"},
	vector.LessEqual:    {name: "lessequal", label: "≤"},
	vector.Greater:      {name: "greater", label: ">"},
	vector.GreaterEqual: {name: "greaterequal", label: "≥"},
	vector.Equal:        {name: "equal", label: "="},
	vector.NotEqual:     {name: "notequal", label: "≠"},
}

// powBase is dy·b·a^(b-1). Where b = 0 the power is a^1 instead, so that the product with b is 0 at a = 0, too.
func powBase(a, b, _, dy graph.Node) graph.Node {
	one := Equal(b, zero(b))
	return Mul(dy, Mul(b, Pow(a, Add(AddScalar(b, -1), Scale(one, 2)))))
}

// powExponent is dy·y·ln a, with ln 1 where a = 0 and b ≥ 0.
func powExponent(a, b, y, dy graph.Node) graph.Node {
	safe := Where(Mul(Equal(a, zero(a)), GreaterEqual(b, zero(b))), AddScalar(zero(a), 1), a)
	return Mul(dy, Mul(y, Log(safe)))
}

// ahead is dy where a > b, half of it where a = b, else 0.
func ahead(a, b, dy graph.Node) graph.Node {
	return Mul(dy, Scale(Add(Greater(a, b), GreaterEqual(a, b)), 0.5))
}

// zero is the constant 0, of the float type of x.
func zero(x graph.Node) graph.Node { return x.Graph().Scalar(0) }

func (o binary) String() string { return binaryRules[o.f].name }

func (o binary) Types(in []graph.Type) ([]graph.Type, error) { return broadcastTypes(in) }

func (o binary) Grad(y, dy, in []graph.Node, want []bool) []graph.Node {
	d := make([]graph.Node, 2)
	for i, f := range []func(a, b, y, dy graph.Node) graph.Node{binaryRules[o.f].da, binaryRules[o.f].db} {
		if want[i] {
			d[i] = SumTo(f(in[0], in[1], y[0], dy[0]), in[i].Shape()...)
		}
	}
	return d
}

func (o binary) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalBinary[float32], evalBinary[float64])
}

func evalBinary[T scalar.Float](o binary, dst, in []graph.Tensor) error {
	y, a, b := dst[0], in[0], in[1]
	vector.BroadcastBinary(o.f, graph.Floats[T](y), y.Shape, graph.Floats[T](a), a.Shape, graph.Floats[T](b), b.Shape)
	return nil
}

// Pointwise is the function itself.
func (o binary) Pointwise(int) []vector.Step {
	return []vector.Step{{Arity: 2, Binary: o.f, Args: [3]uint8{0, 1}}}
}

// Adds reports whether o is a sum.
func (o binary) Adds() bool { return o.f == vector.Add }

// Bind makes x + v, x - v and x·v functions of one value. x·1, x/1, x - 0 and x + (-0) are x; x + 0 is not, since it
// is 0 for x = -0. NaN is not bound, since the functions of one value do not take it.
func (o binary) Bind(operand int, v float64) (graph.Op, bool) {
	if math.IsNaN(v) {
		return nil, false
	}
	second := operand == 1
	zero, negative := v == 0, math.Signbit(v)
	switch {
	case o.f == vector.Mul && v == 1, o.f == vector.Div && second && v == 1,
		o.f == vector.Add && zero && negative, o.f == vector.Sub && second && zero && !negative:
		return nil, true
	case o.f == vector.Mul:
		return unary{f: vector.MulScalar, p: v}, true
	case o.f == vector.Add:
		return unary{f: vector.AddScalar, p: v}, true
	case o.f == vector.Sub && second:
		return unary{f: vector.AddScalar, p: -v}, true
	}
	return nil, false
}

func (o binary) InPlace(int) []int { return []int{0, 1} }
func (o binary) NoGrad(int) bool   { return binaryRules[o.f].da == nil }
func (o binary) Operands() string  { return "a b" }
func (o binary) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleElementwise, binaryRules[o.f].label
}

// Rewrite finds the patterns that end with this op.
func (binary) Rewrite(root graph.Term) (graph.Op, []graph.Term, bool) {
	return rewrite(root, softmaxPattern, logSoftmaxPattern, layerNormPattern, affinePattern, crossEntropyPattern)
}

// where chooses elementwise: da = dy where cond ≠ 0, db = dy where cond = 0.
type where struct{}

func (where) String() string                              { return "where" }
func (where) Types(in []graph.Type) ([]graph.Type, error) { return broadcastTypes(in) }
func (where) Grad(_, dy, in []graph.Node, want []bool) []graph.Node {
	d := make([]graph.Node, 3)
	if want[1] {
		d[1] = SumTo(Where(in[0], dy[0], zero(dy[0])), in[1].Shape()...)
	}
	if want[2] {
		d[2] = SumTo(Where(in[0], zero(dy[0]), dy[0]), in[2].Shape()...)
	}
	return d
}

func (o where) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalWhere[float32], evalWhere[float64])
}

func evalWhere[T scalar.Float](_ where, dst, in []graph.Tensor) error {
	y, c, a, b := dst[0], in[0], in[1], in[2]
	f := graph.Floats[T]
	vector.Where(f(y), y.Shape, f(c), c.Shape, f(a), a.Shape, f(b), b.Shape)
	return nil
}

// Pointwise is the choice itself.
func (where) Pointwise(int) []vector.Step {
	return []vector.Step{{Arity: 3, Args: [3]uint8{0, 1, 2}}}
}

func (where) InPlace(int) []int                      { return []int{1, 2, 0} }
func (where) NoGrad(operand int) bool                { return operand == 0 }
func (where) Operands() string                       { return "cond a b" }
func (where) Draw([]graph.Type) (graph.Role, string) { return graph.RoleElementwise, "Where" }

// broadcastTypes is the shape rule of all functions that broadcast floats.
func broadcastTypes(in []graph.Type) ([]graph.Type, error) {
	if err := sameFloats(in...); err != nil {
		return nil, err
	}
	shapes := make([]graph.Shape, len(in))
	for i, t := range in {
		shapes[i] = t.Shape
	}
	shape, err := graph.BroadcastShape(shapes...)
	if err != nil {
		return nil, err
	}
	return []graph.Type{{DType: in[0].DType, Shape: shape}}, nil
}
