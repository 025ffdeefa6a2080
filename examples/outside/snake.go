// This file holds Snake, an operation with an attribute.

package outside

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Snake returns x + sin²(αx)/α, an activation that lets a network go on with what repeats:
//
//	dx = dy·(1 + sin(2αx))
//
// α is a positive number. See Liu, Hartwig and Ueda 2020.
func Snake(x graph.Node, alpha float64) graph.Node { return graph.Apply(snake{alpha}, x) }

type snake struct{ alpha float64 }

func (o snake) String() string { return fmt.Sprintf("snake alpha=%v", o.alpha) }

func (o snake) Types(in []graph.Type) ([]graph.Type, error) {
	switch {
	case !(o.alpha > 0 && o.alpha <= math.MaxFloat32):
		return nil, fmt.Errorf("alpha is %v, want a positive finite number", o.alpha)
	case !in[0].DType.IsFloat():
		return nil, fmt.Errorf("x holds %v, want floats", in[0].DType)
	}
	return in[:1], nil
}

func (o snake) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	slope := ops.AddScalar(ops.Sin(ops.Scale(in[0], 2*o.alpha)), 1)
	return []graph.Node{ops.Mul(dy[0], slope)}
}

func (o snake) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalSnake[float32], evalSnake[float64])
}

func evalSnake[T float32 | float64](o snake, dst, in []graph.Tensor) error {
	y, x := graph.Floats[T](dst[0]), graph.Floats[T](in[0])
	for i, v := range x {
		sin := math.Sin(o.alpha * float64(v))
		y[i] = T(float64(v) + sin*sin/o.alpha)
	}
	return nil
}

func (snake) InPlace(int) []int { return []int{0} }

func (snake) Operands() string { return "x" }

// Flops counts what a tape says of the operation: no products of matrices, and some 10 operations an element.
func (snake) Flops(in []graph.Type) (products, rest int64) { return 0, 10 * int64(in[0].Shape.Size()) }

func (snake) Draw([]graph.Type) (graph.Role, string) { return graph.RoleActivation, "Snake" }
