// This file holds roundings to whole numbers, and remainders of divisions.

package ops

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Floor returns the largest whole number that is not above x, as a float; [Cast] makes an integer of it. All functions
// here that round are constant almost everywhere, and have no gradient by nature.
func Floor(x graph.Node) graph.Node { return graph.Apply(rounding{toFloor}, x) }

// Ceil returns the smallest whole number that is not below x.
func Ceil(x graph.Node) graph.Node { return graph.Apply(rounding{toCeil}, x) }

// Round returns the nearest whole number, and the even one of two that are equally near, as PyTorch: 2 for 2.5.
func Round(x graph.Node) graph.Node { return graph.Apply(rounding{toEven}, x) }

// Trunc returns the whole number next to x towards 0.
func Trunc(x graph.Node) graph.Node { return graph.Apply(rounding{toZero}, x) }

type roundingFunc uint8

const (
	toFloor roundingFunc = iota
	toCeil
	toEven
	toZero
)

// rounding takes each element to a whole number.
type rounding struct{ f roundingFunc }

func (o rounding) String() string { return [...]string{"floor", "ceil", "round", "trunc"}[o.f] }
func (o rounding) Types(in []graph.Type) ([]graph.Type, error) {
	return in[:1], sameFloats(in...)
}
func (o rounding) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (o rounding) NoGrad(int) bool                                  { return true }
func (o rounding) InPlace(int) []int                                { return []int{0} }
func (o rounding) Operands() string                                 { return "x" }
func (o rounding) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalRounding[float32], evalRounding[float64])
}

func evalRounding[T scalar.Float](o rounding, dst, in []graph.Tensor) error {
	y, x := graph.Floats[T](dst[0]), graph.Floats[T](in[0])
	switch o.f {
	case toFloor:
		for i, v := range x {
			y[i] = T(math.Floor(float64(v)))
		}
	case toCeil:
		for i, v := range x {
			y[i] = T(math.Ceil(float64(v)))
		}
	case toEven:
		for i, v := range x {
			y[i] = T(math.RoundToEven(float64(v)))
		}
	default:
		for i, v := range x {
			y[i] = T(math.Trunc(float64(v)))
		}
	}
	return nil
}

// Flops: one rounding.
func (o rounding) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
func (o rounding) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleElementwise, [...]string{"⌊x⌋", "⌈x⌉", "Round", "Trunc"}[o.f]
}

// Remainder returns what division by b leaves of a, with the sign of b, as PyTorch's remainder and Python's %:
//
//	y = a - b·⌊a/b⌋        da = dy, db = -dy·⌊a/b⌋
//
// Both broadcast. y is exact but for one rounding, and NaN where b is 0.
func Remainder(a, b graph.Node) graph.Node { return divided(false, a, b) }

// Fmod is [Remainder] with the sign of a, as in C: a - b·trunc(a/b).
func Fmod(a, b graph.Node) graph.Node { return divided(true, a, b) }

func divided(truncated bool, a, b graph.Node) graph.Node {
	if !a.Valid() || !b.Valid() {
		return graph.Apply(remainder{truncated}, a, b)
	}
	shape, ok := broadcastShape(a.Shape(), b.Shape())
	if !ok {
		return graph.Apply(remainder{truncated}, a, b)
	}
	return graph.Apply(remainder{truncated}, expanded(a, shape), expanded(b, shape))
}

// remainder has operands of one shape.
type remainder struct{ truncated bool }

func (o remainder) String() string {
	if o.truncated {
		return "fmod"
	}
	return "remainder"
}
func (o remainder) Operands() string { return "a b" }
func (o remainder) Types(in []graph.Type) ([]graph.Type, error) {
	if _, err := broadcastTypes(in); err != nil {
		return nil, err
	}
	return in[:1], expect("a b", in, in[0], in[0])
}

// Grad: the quotient is (a-y)/b, which is rounded to the whole number that it is in exact arithmetic.
func (o remainder) Grad(y, dy, in []graph.Node, want []bool) []graph.Node {
	d := []graph.Node{dy[0], {}}
	if want[1] {
		quotient := Round(Div(Sub(in[0], y[0]), in[1]))
		d[1] = Neg(Mul(dy[0], quotient))
	}
	return d
}
func (o remainder) InPlace(int) []int { return []int{0, 1} }
func (o remainder) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalRemainder[float32], evalRemainder[float64])
}

func evalRemainder[T scalar.Float](o remainder, dst, in []graph.Tensor) error {
	y, a, b := graph.Floats[T](dst[0]), graph.Floats[T](in[0]), graph.Floats[T](in[1])
	for i, v := range a {
		d := float64(b[i])
		r := math.Mod(float64(v), d)
		if !o.truncated && r != 0 && (r < 0) != (d < 0) {
			r += d
		}
		y[i] = T(r)
	}
	return nil
}

// Flops: quotient, whole number, product, difference.
func (o remainder) Flops(in []graph.Type) (products, others int64) { return each(4, in[0]) }
func (o remainder) Draw([]graph.Type) (graph.Role, string)         { return graph.RoleElementwise, "Mod" }
