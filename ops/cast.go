// This file holds Cast, and comparisons of integers.

package ops

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Cast returns the elements of x as another type: integers as floats of the graph's type, or floats as integers. A
// float becomes the next whole number towards 0, and a run fails at a float that int64 does not hold, such as NaN. An
// integer becomes the nearest float. Integers have no gradient.
func Cast(x graph.Node, to graph.DType) graph.Node {
	if !x.Valid() || x.DType() == to {
		return x
	}
	if d := x.Graph().DType; to.IsFloat() && to != d {
		return graph.Failf(cast{to}.String(), []graph.Node{x}, "floats of this graph are %v, want that or Int64", d)
	}
	return graph.Apply(cast{to}, x)
}

type cast struct{ to graph.DType }

func (o cast) String() string   { return fmt.Sprintf("cast to=%v", o.to) }
func (o cast) Operands() string { return "x" }
func (o cast) Types(in []graph.Type) ([]graph.Type, error) {
	switch {
	case o.to > graph.Int64:
		return nil, fmt.Errorf("there is no element type %d, want Int64 or the floats of the graph", uint8(o.to))
	case o.to.IsFloat() == in[0].DType.IsFloat():
		return nil, fmt.Errorf("%v does not become %v", in[0].DType, o.to)
	}
	return []graph.Type{{DType: o.to, Shape: in[0].Shape}}, nil
}

// Grad is never asked for: integers have no gradient.
func (o cast) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (o cast) NoGrad(int) bool                                  { return true }
func (o cast) Eval(dst, in []graph.Tensor) error {
	if o.to.IsFloat() {
		return graph.EvalFloats(o, dst, in, toFloats[float32], toFloats[float64])
	}
	return graph.EvalFloats(o, dst, in, toInts[float32], toInts[float64])
}

func toFloats[T scalar.Float](_ cast, dst, in []graph.Tensor) error {
	y := graph.Floats[T](dst[0])
	for i, v := range in[0].I64 {
		y[i] = T(v)
	}
	return nil
}

func toInts[T scalar.Float](_ cast, dst, in []graph.Tensor) error {
	y := dst[0].I64
	for i, v := range graph.Floats[T](in[0]) {
		if !(v >= math.MinInt64 && v < -math.MinInt64) {
			return fmt.Errorf("element %d of x is %v, which int64 does not hold", i, v)
		}
		y[i] = int64(v)
	}
	return nil
}

// Flops: a conversion.
func (o cast) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
func (o cast) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleElementwise, "Cast"
}

// compared compares floats, and integers exactly, whatever their size.
func compared(f vector.BinaryFunc, a, b graph.Node) graph.Node {
	if !a.Valid() || !b.Valid() || a.DType() != graph.Int64 || b.DType() != graph.Int64 {
		return graph.Apply(binary{f}, a, b)
	}
	op := compareInts{f, a.Graph().DType}
	shape, ok := broadcastShape(a.Shape(), b.Shape())
	if !ok {
		return graph.Apply(op, a, b)
	}
	return graph.Apply(op, expanded(a, shape), expanded(b, shape))
}

// expanded is x broadcast to a shape.
func expanded(x graph.Node, shape graph.Shape) graph.Node {
	if x.Shape().Equal(shape) {
		return x
	}
	return Expand(x, shape...)
}

// compareInts is 1 where the comparison holds, else 0, in floats.
type compareInts struct {
	f  vector.BinaryFunc
	to graph.DType
}

func (o compareInts) String() string   { return binaryRules[o.f].name + "-int" }
func (o compareInts) Operands() string { return "a b" }
func (o compareInts) Types(in []graph.Type) ([]graph.Type, error) {
	for _, t := range in {
		if t.DType != graph.Int64 {
			return nil, fmt.Errorf("an operand holds %v, want int64", t.DType)
		}
	}
	if !slices.Equal(in[0].Shape, in[1].Shape) {
		return nil, fmt.Errorf("shapes do not broadcast")
	}
	return []graph.Type{{DType: o.to, Shape: in[0].Shape}}, floatType(o.to)
}

// Grad is never asked for: integers have no gradient.
func (o compareInts) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (o compareInts) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalCompareInts[float32], evalCompareInts[float64])
}

func evalCompareInts[T scalar.Float](o compareInts, dst, in []graph.Tensor) error {
	y, b := graph.Floats[T](dst[0]), in[1].I64
	for i, a := range in[0].I64 {
		y[i] = 0
		if holds(o.f, a, b[i]) {
			y[i] = 1
		}
	}
	return nil
}

func holds(f vector.BinaryFunc, a, b int64) bool {
	switch f {
	case vector.Less:
		return a < b
	case vector.LessEqual:
		return a <= b
	case vector.Greater:
		return a > b
	case vector.GreaterEqual:
		return a >= b
	case vector.Equal:
		return a == b
	}
	return a != b
}

// Flops: a comparison.
func (o compareInts) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
func (o compareInts) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleElementwise, binaryRules[o.f].label
}
