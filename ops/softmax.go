// Softmax and log-softmax along an axis.

package ops

import (
	"cmp"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Softmax turns x into a distribution along an axis, counted from the end if negative:
//
//	y = e^x / Σ e^x    dx = y·(dy - Σ dy·y)
//
// Large numbers do not overflow. A row of -Inf only is NaN, as in PyTorch; a row masked with a large finite
// number is uniform.
func Softmax(x graph.Node, axis int) graph.Node { return softmaxed(x, axis, false) }

// LogSoftmax is the logarithm of [Softmax], without taking the logarithm of small numbers:
//
//	y = x - ln Σ e^x    dx = dy - e^y·Σ dy
func LogSoftmax(x graph.Node, axis int) graph.Node { return softmaxed(x, axis, true) }

func softmaxed(x graph.Node, axis int, log bool) graph.Node {
	if !x.Valid() {
		return x
	}
	k, err := axisOf(axis, x.Rank())
	if err != nil {
		return graph.Fail(softmax{log: log}.name(), []graph.Node{x}, err)
	}
	return graph.Apply(softmax{log, k}, x)
}

// softmax is y along an axis, or its logarithm.
type softmax struct {
	log  bool
	axis int
}

func (o softmax) name() string {
	if o.log {
		return "logsoftmax"
	}
	return "softmax"
}

func (o softmax) String() string { return fmt.Sprintf("%s axis=%d", o.name(), o.axis) }

func (o softmax) Types(in []graph.Type) ([]graph.Type, error) {
	if err := inRank(len(in[0].Shape), o.axis); err != nil {
		return nil, err
	}
	return in[:1], sameFloats(in...)
}

func (o softmax) Grad(y, dy, _ []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(softmaxGrad(o), y[0], dy[0])}
}

func (o softmax) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalSoftmax[float32], evalSoftmax[float64])
}

func evalSoftmax[T scalar.Float](o softmax, dst, in []graph.Tensor) error {
	outer, n, inner := around(in[0].Shape, o.axis)
	y, x := graph.Floats[T](dst[0]), graph.Floats[T](in[0])
	if o.log {
		kernel.LogSoftmax(y, x, outer, n, inner)
	} else {
		kernel.Softmax(y, x, outer, n, inner)
	}
	return nil
}

func (o softmax) InPlace(int) []int { return []int{0} }
func (o softmax) Operands() string  { return "x" }
func (o softmax) Draw([]graph.Type) (graph.Role, string) {
	if o.log {
		return graph.RolePool, "LogSoftmax"
	}
	return graph.RolePool, "Softmax"
}

func (softmax) Flops(in []graph.Type) (products, others int64) { return each(softmaxFlops, in...) }

// softmaxGrad is dx from y and dy. With u the gradient of dx and s = Σ dy·y, S = Σ dy along the axis, the gradients of
// dy and y are
//
//	softmax      ddy = y·(u - Σ u·y)      dy' = u·(dy - s) - dy·Σ u·y     (dy' is the gradient of y)
//	log-softmax  ddy = u - Σ u·e^y        dy' = -u·e^y·S
type softmaxGrad softmax

func (o softmaxGrad) String() string { return fmt.Sprintf("∂%s axis=%d", softmax(o).name(), o.axis) }

func (o softmaxGrad) Types(in []graph.Type) ([]graph.Type, error) {
	y, err := softmax(o).Types(in[:1])
	return y, cmp.Or(err, expect("dy", in[1:], in[0]))
}

func (o softmaxGrad) Grad(_, u, in []graph.Node, want []bool) []graph.Node {
	y, dy, d := in[0], in[1], make([]graph.Node, 2)
	switch {
	case o.log && want[0]:
		d[0] = Neg(Mul(Mul(u[0], Exp(y)), SumKeep(dy, o.axis)))
	case want[0]:
		d[0] = Sub(Mul(u[0], Sub(dy, SumKeep(Mul(dy, y), o.axis))), Mul(dy, SumKeep(Mul(u[0], y), o.axis)))
	}
	switch {
	case o.log && want[1]:
		d[1] = Sub(u[0], SumKeep(Mul(u[0], Exp(y)), o.axis))
	case want[1]:
		d[1] = graph.Apply(o, y, u[0])
	}
	return d
}

func (o softmaxGrad) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalSoftmaxGrad[float32], evalSoftmaxGrad[float64])
}

func evalSoftmaxGrad[T scalar.Float](o softmaxGrad, dst, in []graph.Tensor) error {
	outer, n, inner := around(in[0].Shape, o.axis)
	dx, y, dy := graph.Floats[T](dst[0]), graph.Floats[T](in[0]), graph.Floats[T](in[1])
	if o.log {
		kernel.LogSoftmaxGrad(dx, y, dy, outer, n, inner)
	} else {
		kernel.SoftmaxGrad(dx, y, dy, outer, n, inner)
	}
	return nil
}

func (o softmaxGrad) InPlace(int) []int { return []int{1, 0} }
func (o softmaxGrad) Operands() string  { return "y dy" }
func (o softmaxGrad) Draw(in []graph.Type) (graph.Role, string) {
	role, label := softmax(o).Draw(in)
	return role, "∂" + label
}

// Flops: the product with dy, its sum, a difference, and a product.
func (softmaxGrad) Flops(in []graph.Type) (products, others int64) { return each(4, in[0]) }

// softmaxFlops are the operations of a softmax for each element: maximum, difference, exponential, sum, quotient.
const softmaxFlops = 5
