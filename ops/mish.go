// This file holds Mish.

package ops

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
)

// Mish returns x·tanh(ln(1 + e^x)), a smooth activation with a small dip below 0:
//
//	t = tanh(softplus(x))    y = x·t    dx = dy·(t + x·σ(x)·(1 - t²))
//
// See Misra 2019.
func Mish(x graph.Node) graph.Node { return graph.Apply(mish{}, x) }

type mish struct{}

// mishMost is so large that mish(x) is 0 for x ≤ -mishMost, and x for x ≥ mishMost.
const mishMost = 1000

func (mish) String() string { return "mish" }

func (mish) Types(in []graph.Type) ([]graph.Type, error) { return in[:1], sameFloats(in...) }

func (mish) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	x := Clamp(in[0], -mishMost, mishMost) // of an infinite x a product would be Inf·0
	t := Tanh(Softplus(x))
	slope := Add(t, Mul(Mul(x, Sigmoid(x)), AddScalar(Neg(Square(t)), 1)))
	return []graph.Node{Mul(dy[0], slope)}
}

func (mish) InPlace(int) []int { return []int{0} }

func (o mish) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalMish[float32], evalMish[float64])
}

func evalMish[T float32 | float64](_ mish, dst, in []graph.Tensor) error {
	y, x := graph.Floats[T](dst[0]), graph.Floats[T](in[0])
	for i, v := range x {
		y[i] = T(max(float64(v), -mishMost) * math.Tanh(math.Log1p(math.Exp(float64(v)))))
	}
	return nil
}

func (mish) Operands() string { return "x" }

func (mish) Draw([]graph.Type) (graph.Role, string) { return graph.RoleActivation, "Mish" }

// Flops: x·tanh(ln(1 + eˣ)).
func (mish) Flops(in []graph.Type) (products, others int64) { return each(5, in[0]) }
