// Functions of one value, elementwise. Activations are in activation.go.

package ops

import (
	"math"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Neg returns -x.
func Neg(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Neg}, x) }

// Abs returns |x|. Its gradient at 0 is 0, as in PyTorch, but NaN at NaN.
func Abs(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Abs}, x) }

// Exp returns e^x.
func Exp(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Exp}, x) }

// Log returns ln x: -Inf at 0, NaN below.
func Log(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Log}, x) }

// Sqrt returns √x, NaN below 0. Its gradient at 0 is +Inf, as in PyTorch: add a small number first where x may
// be 0.
func Sqrt(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Sqrt}, x) }

// Rsqrt returns 1/√x.
func Rsqrt(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Rsqrt}, x) }

// Square returns x².
func Square(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Square}, x) }

// Reciprocal returns 1/x.
func Reciprocal(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Reciprocal}, x) }

// Sin returns the sine of x in radians.
func Sin(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Sin}, x) }

// Cos returns the cosine of x in radians.
func Cos(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Cos}, x) }

// Erf returns the error function 2/√π·∫₀ˣ e^(-t²) dt.
func Erf(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Erf}, x) }

// Sign returns -1, 0 or 1, and NaN for NaN, where PyTorch has 0. It has no gradient by nature.
func Sign(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Sign}, x) }

// Clamp returns x limited to [lo, hi]. The gradient passes inside and on the bounds, as in PyTorch. Unlike there, it
// is an error when lo is above hi.
func Clamp(x graph.Node, lo, hi float64) graph.Node {
	return graph.Apply(unary{vector.Clamp, lo, hi}, x)
}

// AddScalar returns x + s. It is an error when s is NaN, as in all functions of a number here.
func AddScalar(x graph.Node, s float64) graph.Node {
	return graph.Apply(unary{f: vector.AddScalar, p: s}, x)
}

// Scale returns x·s.
func Scale(x graph.Node, s float64) graph.Node {
	return graph.Apply(unary{f: vector.MulScalar, p: s}, x)
}

// PowScalar returns x^p. The powers 2, ½, -½ and -1 are [Square], [Sqrt], [Rsqrt] and [Reciprocal].
func PowScalar(x graph.Node, p float64) graph.Node {
	switch p {
	case 2:
		return Square(x)
	case 0.5:
		return Sqrt(x)
	case -0.5:
		return Rsqrt(x)
	case -1:
		return Reciprocal(x)
	}
	return graph.Apply(unary{f: vector.PowScalar, p: p}, x)
}

// unary is a function of one float with up to two parameters, elementwise.
type unary struct {
	f    vector.UnaryFunc
	p, q float64
}

// unaryRule is what differs between the functions: name and label, the names of the parameters, and the gradient. A
// rule without gradient has none by nature.
type unaryRule struct {
	name, label string
	params      string
	grad        func(o unary, x, y, dy graph.Node) graph.Node
}

var unaryRules = [...]unaryRule{
	// y = -x: dx = -dy
	vector.Neg: {"neg", "Neg", "", func(_ unary, _, _, dy graph.Node) graph.Node { return Neg(dy) }},
	// y = |x|: dx = dy·sign x
	vector.Abs: {"abs", "Abs", "",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(vector.AbsGrad, o, x, dy) }},
	// y = e^x: dx = dy·y
	vector.Exp: {"exp", "Exp", "", func(_ unary, _, y, dy graph.Node) graph.Node { return Mul(dy, y) }},
	// y = ln x: dx = dy/x
	vector.Log: {"log", "Log", "", func(_ unary, x, _, dy graph.Node) graph.Node { return Div(dy, x) }},
	// y = √x: dx = dy/2y
	vector.Sqrt: {"sqrt", "Sqrt", "", func(_ unary, _, y, dy graph.Node) graph.Node { return Div(dy, Scale(y, 2)) }},
	// y = x^-½: dx = -½·dy·y³
	vector.Rsqrt: {"rsqrt", "Rsqrt", "", func(_ unary, _, y, dy graph.Node) graph.Node {
		return Scale(Mul(dy, Mul(y, Square(y))), -0.5)
	}},
	// y = x²: dx = 2·dy·x
	vector.Square: {"square", "Square", "",
		func(_ unary, x, _, dy graph.Node) graph.Node { return Scale(Mul(dy, x), 2) }},
	// y = 1/x: dx = -dy·y²
	vector.Reciprocal: {"reciprocal", "1/x", "",
		func(_ unary, _, y, dy graph.Node) graph.Node { return Neg(Mul(dy, Square(y))) }},
	// y = sin x: dx = dy·cos x
	vector.Sin: {"sin", "Sin", "", func(_ unary, x, _, dy graph.Node) graph.Node { return Mul(dy, Cos(x)) }},
	// y = cos x: dx = -dy·sin x
	vector.Cos: {"cos", "Cos", "", func(_ unary, x, _, dy graph.Node) graph.Node { return Neg(Mul(dy, Sin(x))) }},
	// y = erf x: dx = dy·2/√π·e^(-x²)
	vector.Erf: {"erf", "Erf", "", func(_ unary, x, _, dy graph.Node) graph.Node {
		return Mul(dy, Scale(Exp(Neg(Square(x))), 2/math.Sqrt(math.Pi)))
	}},
	vector.Sign: {"sign", "Sign", "", nil},
	// y = min(max(x, lo), hi): dx = dy where lo ≤ x ≤ hi
	vector.Clamp: {"clamp", "Clamp", "lo hi",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(vector.ClampGrad, o, x, dy) }},
	// y = x + s: dx = dy
	vector.AddScalar: {"addscalar", "Add", "s", func(_ unary, _, _, dy graph.Node) graph.Node { return dy }},
	// y = x·s: dx = dy·s
	vector.MulScalar: {"scale", "Scale", "s", func(o unary, _, _, dy graph.Node) graph.Node { return Scale(dy, o.p) }},
	// y = x^p: dx = dy·p·x^(p-1)
	vector.PowScalar: {"powscalar", "Pow", "p", func(o unary, x, _, dy graph.Node) graph.Node {
		if o.p == 0 {
			return Scale(dy, 0)
		}
		return Mul(dy, Scale(PowScalar(x, o.p-1), o.p))
	}},

	// The activations. A derivative that is a function of y keeps y, which is cheaper than x.
	vector.Sigmoid: {"sigmoid", "Sigmoid", "",
		func(o unary, _, y, dy graph.Node) graph.Node { return derive(vector.SigmoidGrad, o, y, dy) }},
	vector.Tanh: {"tanh", "Tanh", "",
		func(o unary, _, y, dy graph.Node) graph.Node { return derive(vector.TanhGrad, o, y, dy) }},
	vector.ReLU: {"relu", "ReLU", "",
		func(o unary, _, y, dy graph.Node) graph.Node { return derive(vector.ReLUGrad, o, y, dy) }},
	vector.LeakyReLU: {"leakyrelu", "LeakyReLU", "slope",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(vector.LeakyReLUGrad, o, x, dy) }},
	vector.ELU: {"elu", "ELU", "alpha",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(vector.ELUGrad, o, x, dy) }},
	vector.SiLU: {"silu", "SiLU", "",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(vector.SiLUGrad, o, x, dy) }},
	vector.GELU: {"gelu", "GELU", "",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(vector.GELUGrad, o, x, dy) }},
	vector.GELUTanh: {"gelutanh", "GELU tanh", "",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(vector.GELUTanhGrad, o, x, dy) }},
	vector.Softplus: {"softplus", "Softplus", "",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(vector.SoftplusGrad, o, x, dy) }},
}

func (o unary) String() string {
	return unaryRules[o.f].name + attributes(unaryRules[o.f].params, o.p, o.q)
}

func (o unary) Types(in []graph.Type) ([]graph.Type, error) {
	r := &unaryRules[o.f]
	if err := allowedParameters(in[0].DType, r.name, r.params, o.p, o.q); err != nil {
		return nil, err
	}
	return in[:1], sameFloats(in...)
}

func (o unary) Grad(y, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{unaryRules[o.f].grad(o, in[0], y[0], dy[0])}
}

func (o unary) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalUnary[float32], evalUnary[float64])
}

func evalUnary[T scalar.Float](o unary, dst, in []graph.Tensor) error {
	vector.Unary(o.f, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), o.p, o.q)
	return nil
}

// Pointwise is the function itself.
func (o unary) Pointwise(int) []vector.Step {
	return []vector.Step{{Arity: 1, Unary: o.f, P: o.p, Q: o.q}}
}

func (o unary) InPlace(int) []int { return []int{0} }
func (o unary) NoGrad(int) bool   { return unaryRules[o.f].grad == nil }
func (o unary) Operands() string  { return "x" }
func (o unary) Draw([]graph.Type) (graph.Role, string) {
	switch o.f {
	case vector.Sigmoid, vector.Tanh, vector.ReLU, vector.LeakyReLU, vector.ELU, vector.SiLU, vector.GELU,
		vector.GELUTanh,
		vector.Softplus:
		return graph.RoleActivation, unaryRules[o.f].label
	}
	return graph.RoleElementwise, unaryRules[o.f].label
}

// Rewrite finds the patterns that end with this op.
func (unary) Rewrite(root graph.Term) (graph.Op, []graph.Term, bool) {
	return rewrite(root, logOfSoftmaxPattern, crossEntropyPattern)
}

// attributes writes " lo=0 hi=6" for the values that have a name.
func attributes(names string, values ...float64) string {
	s := ""
	for i, name := range strings.Fields(names) {
		s += " " + name + "=" + strconv.FormatFloat(values[i], 'g', 6, 64)
	}
	return s
}
