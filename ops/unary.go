// Functions of one value, elementwise. Activations are in activation.go.

package ops

import (
	"math"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
)

// Neg returns -x.
func Neg(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Neg}, x) }

// Abs returns |x|. Its gradient at 0 is 0, as in PyTorch, but NaN at NaN.
func Abs(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Abs}, x) }

// Exp returns e^x.
func Exp(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Exp}, x) }

// Log returns ln x: -Inf at 0, NaN below.
func Log(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Log}, x) }

// Sqrt returns √x, NaN below 0. Its gradient at 0 is +Inf, as in PyTorch: add a small number first where x may
// be 0.
func Sqrt(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Sqrt}, x) }

// Rsqrt returns 1/√x.
func Rsqrt(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Rsqrt}, x) }

// Square returns x².
func Square(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Square}, x) }

// Reciprocal returns 1/x.
func Reciprocal(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Reciprocal}, x) }

// Sin returns the sine of x in radians.
func Sin(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Sin}, x) }

// Cos returns the cosine of x in radians.
func Cos(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Cos}, x) }

// Erf returns the error function 2/√π·∫₀ˣ e^(-t²) dt.
func Erf(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Erf}, x) }

// Sign returns -1, 0 or 1, and NaN for NaN, where PyTorch has 0. It has no gradient by nature.
func Sign(x graph.Node) graph.Node { return graph.Apply(unary{f: kernel.Sign}, x) }

// Clamp returns x limited to [lo, hi]. The gradient passes inside and on the bounds, as in PyTorch. Unlike there, it
// is an error when lo is above hi.
func Clamp(x graph.Node, lo, hi float64) graph.Node {
	return graph.Apply(unary{kernel.Clamp, lo, hi}, x)
}

// AddScalar returns x + s. It is an error when s is NaN, as in all functions of a number here.
func AddScalar(x graph.Node, s float64) graph.Node {
	return graph.Apply(unary{f: kernel.AddScalar, p: s}, x)
}

// Scale returns x·s.
func Scale(x graph.Node, s float64) graph.Node {
	return graph.Apply(unary{f: kernel.MulScalar, p: s}, x)
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
	return graph.Apply(unary{f: kernel.PowScalar, p: p}, x)
}

// unary is a function of one float with up to two parameters, elementwise.
type unary struct {
	f    kernel.UnaryFunc
	p, q float64
}

// unaryRule is what differs between the functions: how it prints, with the names of its parameters, its part in
// a drawing, and its gradient. A rule without gradient has none by nature.
type unaryRule struct {
	name, label string
	params      string
	grad        func(o unary, x, y, dy graph.Node) graph.Node
}

var unaryRules = [...]unaryRule{
	// y = -x: dx = -dy
	kernel.Neg: {"neg", "Neg", "", func(_ unary, _, _, dy graph.Node) graph.Node { return Neg(dy) }},
	// y = |x|: dx = dy·sign x
	kernel.Abs: {"abs", "Abs", "",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(kernel.AbsGrad, o, x, dy) }},
	// y = e^x: dx = dy·y
	kernel.Exp: {"exp", "Exp", "", func(_ unary, _, y, dy graph.Node) graph.Node { return Mul(dy, y) }},
	// y = ln x: dx = dy/x
	kernel.Log: {"log", "Log", "", func(_ unary, x, _, dy graph.Node) graph.Node { return Div(dy, x) }},
	// y = √x: dx = dy/2y
	kernel.Sqrt: {"sqrt", "Sqrt", "", func(_ unary, _, y, dy graph.Node) graph.Node { return Div(dy, Scale(y, 2)) }},
	// y = x^-½: dx = -½·dy·y³
	kernel.Rsqrt: {"rsqrt", "Rsqrt", "", func(_ unary, _, y, dy graph.Node) graph.Node {
		return Scale(Mul(dy, Mul(y, Square(y))), -0.5)
	}},
	// y = x²: dx = 2·dy·x
	kernel.Square: {"square", "Square", "",
		func(_ unary, x, _, dy graph.Node) graph.Node { return Scale(Mul(dy, x), 2) }},
	// y = 1/x: dx = -dy·y²
	kernel.Reciprocal: {"reciprocal", "1/x", "",
		func(_ unary, _, y, dy graph.Node) graph.Node { return Neg(Mul(dy, Square(y))) }},
	// y = sin x: dx = dy·cos x
	kernel.Sin: {"sin", "Sin", "", func(_ unary, x, _, dy graph.Node) graph.Node { return Mul(dy, Cos(x)) }},
	// y = cos x: dx = -dy·sin x
	kernel.Cos: {"cos", "Cos", "", func(_ unary, x, _, dy graph.Node) graph.Node { return Neg(Mul(dy, Sin(x))) }},
	// y = erf x: dx = dy·2/√π·e^(-x²)
	kernel.Erf: {"erf", "Erf", "", func(_ unary, x, _, dy graph.Node) graph.Node {
		return Mul(dy, Scale(Exp(Neg(Square(x))), 2/math.Sqrt(math.Pi)))
	}},
	kernel.Sign: {"sign", "Sign", "", nil},
	// y = min(max(x, lo), hi): dx = dy where lo ≤ x ≤ hi
	kernel.Clamp: {"clamp", "Clamp", "lo hi",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(kernel.ClampGrad, o, x, dy) }},
	// y = x + s: dx = dy
	kernel.AddScalar: {"addscalar", "Add", "s", func(_ unary, _, _, dy graph.Node) graph.Node { return dy }},
	// y = x·s: dx = dy·s
	kernel.MulScalar: {"scale", "Scale", "s", func(o unary, _, _, dy graph.Node) graph.Node { return Scale(dy, o.p) }},
	// y = x^p: dx = dy·p·x^(p-1)
	kernel.PowScalar: {"powscalar", "Pow", "p", func(o unary, x, _, dy graph.Node) graph.Node {
		if o.p == 0 {
			return Scale(dy, 0)
		}
		return Mul(dy, Scale(PowScalar(x, o.p-1), o.p))
	}},

	// The activations; y is cheaper to keep than x where the derivative can be had from it.
	kernel.Sigmoid: {"sigmoid", "Sigmoid", "",
		func(o unary, _, y, dy graph.Node) graph.Node { return derive(kernel.SigmoidGrad, o, y, dy) }},
	kernel.Tanh: {"tanh", "Tanh", "",
		func(o unary, _, y, dy graph.Node) graph.Node { return derive(kernel.TanhGrad, o, y, dy) }},
	kernel.ReLU: {"relu", "ReLU", "",
		func(o unary, _, y, dy graph.Node) graph.Node { return derive(kernel.ReLUGrad, o, y, dy) }},
	kernel.LeakyReLU: {"leakyrelu", "LeakyReLU", "slope",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(kernel.LeakyReLUGrad, o, x, dy) }},
	kernel.ELU: {"elu", "ELU", "alpha",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(kernel.ELUGrad, o, x, dy) }},
	kernel.SiLU: {"silu", "SiLU", "",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(kernel.SiLUGrad, o, x, dy) }},
	kernel.GELU: {"gelu", "GELU", "",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(kernel.GELUGrad, o, x, dy) }},
	kernel.GELUTanh: {"gelutanh", "GELU tanh", "",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(kernel.GELUTanhGrad, o, x, dy) }},
	kernel.Softplus: {"softplus", "Softplus", "",
		func(o unary, x, _, dy graph.Node) graph.Node { return derive(kernel.SoftplusGrad, o, x, dy) }},
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
	if dst[0].DType == graph.Float32 {
		kernel.Unary(o.f, dst[0].F32, in[0].F32, o.p, o.q)
	} else {
		kernel.Unary(o.f, dst[0].F64, in[0].F64, o.p, o.q)
	}
	return nil
}

// Pointwise is the function itself.
func (o unary) Pointwise(int) []kernel.Step {
	return []kernel.Step{{Arity: 1, Unary: o.f, P: o.p, Q: o.q}}
}

func (o unary) InPlace(int) []int { return []int{0} }
func (o unary) NoGrad(int) bool   { return unaryRules[o.f].grad == nil }
func (o unary) Operands() string  { return "x" }
func (o unary) Draw([]graph.Type) (graph.Role, string) {
	switch o.f {
	case kernel.Sigmoid, kernel.Tanh, kernel.ReLU, kernel.LeakyReLU, kernel.ELU, kernel.SiLU, kernel.GELU,
		kernel.GELUTanh,
		kernel.Softplus:
		return graph.RoleActivation, unaryRules[o.f].label
	}
	return graph.RoleElementwise, unaryRules[o.f].label
}

// attributes writes " lo=0 hi=6" for the parameters that have a name.
func attributes(names string, values ...float64) string {
	s := ""
	for i, name := range strings.Fields(names) {
		s += " " + name + "=" + strconv.FormatFloat(values[i], 'g', 6, 64)
	}
	return s
}
