// This file holds sizes and similarities of vectors, and the logarithm of a sum of exponentials, made of simpler ops.

package ops

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
)

// Norm is the length of x along the given axes, which disappear; along all axes when none are given:
//
//	√Σ x² for p = 2        Σ |x| for p = 1        max |x| for p = math.Inf(1)        (Σ |x|ᵖ)^(1/p) for other p > 0
//
// The gradient of a vector of zeros is 0, as in PyTorch. Where the float type does not hold the powers of x, the norm
// is infinite or 0, as in PyTorch: in float32 and for p = 2 from |x| = 1.8·10¹⁹ on, and below 10⁻²³.
func Norm(x graph.Node, p float64, axes ...int) graph.Node { return lengthOf(x, p, axes, false) }

// NormKeep is [Norm] with axes of size 1 in place of those that are reduced, so that x can be divided by it.
func NormKeep(x graph.Node, p float64, axes ...int) graph.Node { return lengthOf(x, p, axes, true) }

func lengthOf(x graph.Node, p float64, axes []int, keep bool) graph.Node {
	if !x.Valid() {
		return x
	}
	if err := held(x.Graph().DType, "norm.p", p); err != nil {
		return graph.Fail("norm", []graph.Node{x}, err)
	}
	sum, largest := Sum, Max
	if keep {
		sum, largest = SumKeep, MaxKeep
	}
	switch {
	case p == 2:
		return root(sum(Square(x), axes...))
	case p == 1:
		return sum(Abs(x), axes...)
	case math.IsInf(p, 1):
		return largest(Abs(x), axes...)
	}
	return power(sum(power(Abs(x), p), axes...), 1/p)
}

// root is √x for x ≥ 0, with a derivative of 0 at 0 instead of infinity.
func root(x graph.Node) graph.Node { return atZero(x, Sqrt) }

// power is x^p for x ≥ 0 and p > 0, with a derivative of 0 at 0, of every order.
func power(x graph.Node, p float64) graph.Node {
	return atZero(x, func(x graph.Node) graph.Node { return PowScalar(x, p) })
}

// atZero is f(x), and 0 with derivatives of 0 where x is 0: f(1) is computed there.
func atZero(x graph.Node, f func(x graph.Node) graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	return Where(x, f(Where(x, x, x.Graph().Scalar(1))), zero(x))
}

// Std is the standard deviation of x along the given axes, all when none are given: the root of [Var]. Its gradient
// is 0 where all elements are equal, as in PyTorch.
func Std(x graph.Node, correction int, axes ...int) graph.Node {
	return root(Var(x, correction, axes...))
}

// StdKeep is [Std] with axes of size 1 in place of those that are reduced.
func StdKeep(x graph.Node, correction int, axes ...int) graph.Node {
	return root(VarKeep(x, correction, axes...))
}

// LogSumExp is a maximum without corners, and turns scores into log-probabilities:
//
//	y = ln Σ e^x        dx = dy·softmax(x)
//
// along the given axes, which disappear; along all axes when none are given. Large numbers do not overflow. Where all
// elements are -Inf, y is -Inf and the gradient 0; PyTorch's gradient is NaN.
func LogSumExp(x graph.Node, axes ...int) graph.Node {
	top := MaxKeep(x, axes...)
	if !top.Valid() {
		return top
	}
	most := largest(x.DType())
	top = StopGradient(Clamp(top, -most, most)) // so that no -Inf is taken from -Inf
	total := Sum(Exp(Sub(x, top)), axes...)
	logs := Log(Where(total, total, x.Graph().Scalar(1)))
	y := Add(logs, Reshape(top, total.Shape()...))
	return Where(total, y, x.Graph().Scalar(math.Inf(-1)))
}

// CosineSimilarity is the cosine of the angle between the vectors along an axis, which disappears, of operands that
// broadcast:
//
//	y = Σ a·b / (max(‖a‖, 10⁻⁸)·max(‖b‖, 10⁻⁸))
//
// A vector of zeros has the similarity 0 to all, and no gradient is NaN.
func CosineSimilarity(a, b graph.Node, axis int) graph.Node {
	const eps = 1e-8
	products := Mul(a, b)
	if !products.Valid() {
		return products
	}
	a, b = Expand(a, products.Shape()...), Expand(b, products.Shape()...)
	atLeast := func(x graph.Node) graph.Node { return Maximum(Norm(x, 2, axis), x.Graph().Scalar(eps)) }
	return Div(Sum(products, axis), Mul(atLeast(a), atLeast(b)))
}
