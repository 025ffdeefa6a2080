// Activation functions and the op of their derivatives.
//
// At ±Inf a function and its slope are their limits; PyTorch's SiLU, GELU and Mish are NaN there. NaN stays NaN. The
// sign of a zero is not kept. At NaN the derivatives are PyTorch's: ReLU passes dy on, LeakyReLU scales dy, and Clamp
// gives 0.

package ops

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Sigmoid returns the logistic function:
//
//	y = σ(x) = 1/(1 + e^-x)    dx = dy·y·(1 - y)
func Sigmoid(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Sigmoid}, x) }

// Tanh returns the hyperbolic tangent; dx = dy·(1 - y²).
func Tanh(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Tanh}, x) }

// ReLU returns max(x, 0). Its gradient at 0 is 0, and NaN stays NaN, as in PyTorch.
func ReLU(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.ReLU}, x) }

// LeakyReLU returns x where x > 0 and slope·x elsewhere; dx = dy where x > 0 and slope·dy elsewhere. PyTorch's usual
// slope is 0.01; Keras has 0.3.
func LeakyReLU(x graph.Node, slope float64) graph.Node {
	return graph.Apply(unary{f: vector.LeakyReLU, p: slope}, x)
}

// ELU returns x where x > 0 and alpha·(e^x - 1) elsewhere; the usual alpha is 1. See Clevert, Unterthiner and
// Hochreiter 2016.
func ELU(x graph.Node, alpha float64) graph.Node {
	return graph.Apply(unary{f: vector.ELU, p: alpha}, x)
}

// SiLU returns x·σ(x), also called swish. See Hendrycks and Gimpel 2016; Ramachandran, Zoph and Le 2017.
func SiLU(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.SiLU}, x) }

// GELU returns x·Φ(x), Φ the normal distribution function, by the error function as in PyTorch, BERT and Keras:
//
//	y = x/2·(1 + erf(x/√2))    dx = dy·(Φ(x) + x·φ(x))
//
// See Hendrycks and Gimpel 2016. GPT-2 uses [GELUTanh].
func GELU(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.GELU}, x) }

// GELUTanh returns the approximation of [GELU] that GPT-2 was trained with:
//
//	y = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
func GELUTanh(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.GELUTanh}, x) }

// Softplus returns ln(1 + e^x), which is x for large x; dx = dy·σ(x).
func Softplus(x graph.Node) graph.Node { return graph.Apply(unary{f: vector.Softplus}, x) }

// derivative is dx = f'(x)·dy in one pass. Its operands are what the function keeps, x or y, and dy.
type derivative struct {
	f    vector.BinaryFunc
	p, q float64
}

// derive applies the derivative f of o to kept and dy.
func derive(f vector.BinaryFunc, o unary, kept, dy graph.Node) graph.Node {
	return graph.Apply(derivative{f, o.p, o.q}, kept, dy)
}

// derivativeRule is how a derivative prints, and the gradient of the derivative by kept: f″·d, where d is the product
// of dy and the gradient of dx. Where second is nil, f″ is 0 almost everywhere.
type derivativeRule struct {
	name, label, params string
	second              func(o derivative, kept, d graph.Node) graph.Node
}

var derivativeRules = [...]derivativeRule{
	vector.AbsGrad:       {"abs", "Abs", "", nil},
	vector.ClampGrad:     {"clamp", "Clamp", "lo hi", nil},
	vector.ReLUGrad:      {"relu", "ReLU", "", nil},
	vector.LeakyReLUGrad: {"leakyrelu", "LeakyReLU", "slope", nil},
	// d/dy y·(1 - y) = 1 - 2y
	vector.SigmoidGrad: {"sigmoid", "Sigmoid", "", func(_ derivative, y, d graph.Node) graph.Node {
		return Mul(d, AddScalar(Scale(y, -2), 1))
	}},
	// d/dy (1 - y²) = -2y
	vector.TanhGrad: {"tanh", "Tanh", "",
		func(_ derivative, y, d graph.Node) graph.Node { return Mul(d, Scale(y, -2)) }},
	// alpha·e^x where x ≤ 0, else 0
	vector.ELUGrad: {"elu", "ELU", "alpha", func(o derivative, x, d graph.Node) graph.Node {
		below := Clamp(x, math.Inf(-1), 0)
		return Mul(d, Mul(LessEqual(x, zero(x)), Scale(Exp(below), o.p)))
	}},
	// σ·(1 - σ)·(2 + x·(1 - 2σ))
	vector.SiLUGrad: {"silu", "SiLU", "", func(_ derivative, x, d graph.Node) graph.Node {
		s := Sigmoid(x)
		bend := AddScalar(Mul(x, AddScalar(Scale(s, -2), 1)), 2)
		return Mul(d, Mul(Mul(s, AddScalar(Neg(s), 1)), bend))
	}},
	// φ(x)·(2 - x²)
	vector.GELUGrad: {"gelu", "GELU", "", func(_ derivative, x, d graph.Node) graph.Node {
		square := Square(x)
		density := Scale(Exp(Scale(square, -0.5)), 1/math.Sqrt(2*math.Pi))
		return Mul(d, Mul(density, AddScalar(Neg(square), 2)))
	}},
	vector.GELUTanhGrad: {"gelutanh", "GELU tanh", "", geluTanhSecond},
	// σ·(1 - σ)
	vector.SoftplusGrad: {"softplus", "Softplus", "", func(_ derivative, x, d graph.Node) graph.Node {
		return derive(vector.SigmoidGrad, unary{}, Sigmoid(x), d)
	}},
}

// geluTanhSecond is the second derivative of x·s with s = σ(v), v = 2·√(2/π)·(x + 0.044715·x³):
//
//	s·(1 - s)·(2v' + x·v'' + x·(1 - 2s)·v'²)
func geluTanhSecond(_ derivative, x, d graph.Node) graph.Node {
	k := 2 * math.Sqrt(2/math.Pi)
	square := Square(x)
	s := Sigmoid(Scale(Mul(x, AddScalar(Scale(square, 0.044715), 1)), k))
	v1 := Scale(AddScalar(Scale(square, 3*0.044715), 1), k)
	v2 := Scale(x, 6*0.044715*k)
	bend := Add(Scale(v1, 2), Mul(x, Add(v2, Mul(AddScalar(Scale(s, -2), 1), Square(v1)))))
	return Mul(d, Mul(Mul(s, AddScalar(Neg(s), 1)), bend))
}

func (o derivative) String() string {
	return "∂" + derivativeRules[o.f].name + attributes(derivativeRules[o.f].params, o.p, o.q)
}

func (o derivative) Types(in []graph.Type) ([]graph.Type, error) {
	r := &derivativeRules[o.f]
	if err := allowedParameters(in[0].DType, r.name, r.params, o.p, o.q); err != nil {
		return nil, err
	}
	if len(in[1].Shape) == 0 { // one number for all
		return in[:1], sameFloats(in...)
	}
	return in[:1], expect("dy", in[1:], in[0])
}

func (o derivative) Grad(_, u, in []graph.Node, want []bool) []graph.Node {
	d := make([]graph.Node, 2)
	if want[0] {
		d[0] = derivativeRules[o.f].second(o, in[0], Mul(u[0], in[1]))
	}
	if want[1] {
		d[1] = graph.Apply(o, in[0], u[0])
	}
	return d
}

func (o derivative) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalDerivative[float32], evalDerivative[float64])
}

func evalDerivative[T scalar.Float](o derivative, dst, in []graph.Tensor) error {
	vector.Binary(o.f, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), graph.Floats[T](in[1]), o.p, o.q)
	return nil
}

// Pointwise is the function itself.
func (o derivative) Pointwise(int) []vector.Step {
	return []vector.Step{{Arity: 2, Binary: o.f, P: o.p, Q: o.q, Args: [3]uint8{0, 1}}}
}

func (o derivative) InPlace(int) []int { return []int{1, 0} }
func (o derivative) NoGrad(operand int) bool {
	return operand == 0 && derivativeRules[o.f].second == nil
}
func (o derivative) Operands() string { return "kept dy" }
func (o derivative) Draw([]graph.Type) (graph.Role, string) {
	if o.f == vector.AbsGrad || o.f == vector.ClampGrad {
		return graph.RoleElementwise, "∂" + derivativeRules[o.f].label
	}
	return graph.RoleActivation, "∂" + derivativeRules[o.f].label
}
