// This file holds ops that take the place of Gorgonia's in an imported graph: dropout, noise, reductions, one element.
// The packages above have richer ops; these do only what Gorgonia's functions promise.

package graph

import (
	"fmt"

	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/rng"
)

// masked has operands x and the step: y = x·m/(1-p), where m is 0 with probability p, else 1. Its gradient is the same
// op applied to dy.
type masked struct {
	p       float64
	seed    uint64
	ordinal int
}

func (o masked) String() string {
	return fmt.Sprintf("gorgonia.Dropout p=%g seed=%d random=%d", o.p, o.seed, o.ordinal)
}
func (o masked) Types(in []Type) ([]Type, error) { return in[:1], nil }
func (o masked) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(o, dy[0], in[1]), {}}
}
func (o masked) InPlace(int) []int { return []int{0} }
func (o masked) Eval(dst, in []Tensor) error {
	return EvalFloats(o, dst, in, mask[float32], mask[float64])
}
func (o masked) Draw([]Type) (Role, string) { return RoleNorm, fmt.Sprintf("Dropout %g", o.p) }

func mask[T scalar.Float](o masked, dst, in []Tensor) error {
	key := rng.Key(o.seed, uint64(o.ordinal)).Sub(uint64(in[1].I64[0]))
	kernel.Dropout(Floats[T](dst[0]), Floats[T](in[0]), 1, key, o.p)
	return nil
}

// noise has the step as its operand: a + b·ε of normal numbers, or uniform numbers in [a, b).
type noise struct {
	normal  bool
	a, b    float64
	dtype   DType
	shape   Dims
	seed    uint64
	ordinal int
}

func (o noise) String() string {
	return fmt.Sprintf("gorgonia.%s %g, %g seed=%d random=%d", o.name(), o.a, o.b, o.seed, o.ordinal)
}
func (o noise) name() string {
	if o.normal {
		return "GaussianRandomNode"
	}
	return "UniformRandomNode"
}
func (o noise) Types([]Type) ([]Type, error)                 { return []Type{{o.dtype, o.shape.Slice()}}, nil }
func (o noise) Grad(_, _ []Node, in []Node, _ []bool) []Node { return make([]Node, len(in)) }
func (o noise) Eval(dst, in []Tensor) error {
	return EvalFloats(o, dst, in, draw[float32], draw[float64])
}
func (o noise) Draw([]Type) (Role, string) {
	return RoleRandom, fmt.Sprintf("%s %g, %g", o.name(), o.a, o.b)
}

func draw[T scalar.Float](o noise, dst, in []Tensor) error {
	key := rng.Key(o.seed, uint64(o.ordinal)).Sub(uint64(in[0].I64[0]))
	y, scale := Floats[T](dst[0]), o.b
	if o.normal {
		rng.Normal(y, key, 0)
	} else {
		rng.Uniform(y, key, 0)
		scale = o.b - o.a
	}
	for i, v := range y {
		y[i] = T(o.a + scale*float64(v))
	}
	return nil
}

// reduced is the sum or the maximum of x over the axes whose bits are set. As in Gorgonia, every element that equals
// the maximum gets the whole gradient.
//
//	dx = dy where x takes part, or where x = y
type reduced struct {
	f     vector.ReduceFunc
	axes  uint
	shape Dims // of the result
}

func (o reduced) String() string { return fmt.Sprintf("gorgonia.%s %s", o.name(), o.list()) }
func (o reduced) name() string {
	if o.f == vector.Max {
		return "Max"
	}
	return "Sum"
}

// list is the reduced axes as text.
func (o reduced) list() string {
	var axes []int
	for k := range MaxRank {
		if o.axes>>k&1 != 0 {
			axes = append(axes, k)
		}
	}
	return fmt.Sprint(axes)
}
func (o reduced) Types(in []Type) ([]Type, error) {
	left := 1
	for k, n := range in[0].Shape {
		if o.axes>>k&1 == 0 {
			left *= n
		}
	}
	if o.axes>>len(in[0].Shape) != 0 || left != o.shape.Size() {
		return nil, fmt.Errorf("axes %s of %v do not leave %v", o.list(), in[0].Shape, o.shape)
	}
	return []Type{{in[0].DType, o.shape.Slice()}}, nil
}
func (o reduced) Grad(y, dy, in []Node, _ []bool) []Node {
	op := reducedGrad{o, in[0].v.t.Shape.dims()}
	if o.f == vector.Max {
		return []Node{Apply(op, dy[0], in[0], y[0])}
	}
	return []Node{Apply(op, dy[0])}
}
func (o reduced) Eval(dst, in []Tensor) error {
	return EvalFloats(o, dst, in, evalReduced[float32], evalReduced[float64])
}
func (o reduced) Draw([]Type) (Role, string) { return RolePool, o.name() + " " + o.list() }

func evalReduced[T scalar.Float](o reduced, dst, in []Tensor) error {
	vector.Reduce(o.f, Floats[T](dst[0]), Floats[T](in[0]), in[0].Shape, o.axes)
	return nil
}

// reducedGrad is the gradient of reduced. Its operands are dy and, for a maximum, x and y.
type reducedGrad struct {
	reduced
	from Dims // the shape of x
}

func (o reducedGrad) String() string { return o.reduced.String() + " grad" }
func (o reducedGrad) Types(in []Type) ([]Type, error) {
	if in[0].Shape.Size() != o.shape.Size() {
		return nil, fmt.Errorf("dy is %v, want %v", in[0].Shape, o.shape)
	}
	return []Type{{in[0].DType, o.from.Slice()}}, nil
}

// Grad is the sum of dy for a sum; for a maximum there is none.
func (o reducedGrad) Grad(_, dy, in []Node, _ []bool) []Node {
	if o.f == vector.Max {
		return nil
	}
	return []Node{Apply(o.reduced, dy[0])}
}
func (o reducedGrad) Eval(dst, in []Tensor) error {
	return EvalFloats(o, dst, in, unreduce[float32], unreduce[float64])
}
func (o reducedGrad) Draw(in []Type) (Role, string) {
	role, label := o.reduced.Draw(in)
	return role, "∂" + label
}

func unreduce[T scalar.Float](o reducedGrad, dst, in []Tensor) error {
	shape, dx, dy := dst[0].Shape, Floats[T](dst[0]), Floats[T](in[0])
	var x, y []T
	if len(in) > 1 {
		x, y = Floats[T](in[1]), Floats[T](in[2])
	}
	var at, step [MaxRank]int // index along each axis, and the distance of one step in dy
	n := 1
	for k := len(shape) - 1; k >= 0; k-- {
		if o.axes>>k&1 == 0 {
			step[k] = n
			n *= shape[k]
		}
	}
	j := 0
	for i := range dx {
		dx[i] = 0
		if x == nil || x[i] == y[j] {
			dx[i] = dy[j]
		}
		for k := len(shape) - 1; k >= 0; k-- {
			at[k]++
			j += step[k]
			if at[k] < shape[k] {
				break
			}
			j -= step[k] * shape[k]
			at[k] = 0
		}
	}
	return nil
}

// element is the scalar at one place of x, counted in memory order.
//
//	dx = dy at that place, 0 elsewhere
type element struct{ at int }

func (o element) String() string { return fmt.Sprintf("gorgonia.At %d", o.at) }
func (o element) Types(in []Type) ([]Type, error) {
	if n := in[0].Shape.Size(); o.at < 0 || o.at >= n {
		return nil, fmt.Errorf("there is no element %d of %d", o.at, n)
	}
	return []Type{{in[0].DType, nil}}, nil
}
func (o element) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(elementGrad{o, in[0].v.t.Shape.dims()}, dy[0])}
}
func (o element) Eval(dst, in []Tensor) error {
	copyElement(dst[0], 0, in[0], o.at)
	return nil
}
func (o element) Draw([]Type) (Role, string) { return RoleView, fmt.Sprintf("At %d", o.at) }

// copyElement copies element j of t to element i of dst.
func copyElement(dst Tensor, i int, t Tensor, j int) {
	switch t.DType {
	case Float32:
		dst.F32[i] = t.F32[j]
	case Float64:
		dst.F64[i] = t.F64[j]
	default:
		dst.I64[i] = t.I64[j]
	}
}

// elementGrad is the gradient of element.
type elementGrad struct {
	element
	from Dims
}

func (o elementGrad) String() string { return o.element.String() + " grad" }
func (o elementGrad) Types(in []Type) ([]Type, error) {
	return []Type{{in[0].DType, o.from.Slice()}}, nil
}
func (o elementGrad) Grad(_, dy, _ []Node, _ []bool) []Node {
	return []Node{Apply(o.element, dy[0])}
}
func (o elementGrad) Eval(dst, in []Tensor) error {
	dst[0].fill(0)
	copyElement(dst[0], o.at, in[0], 0)
	return nil
}
func (o elementGrad) Draw(in []Type) (Role, string) {
	role, label := o.element.Draw(in)
	return role, "∂" + label
}
