package graph

import (
	"fmt"

	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// double is y = k·x.
type double struct{ k float64 }

func (o double) String() string                  { return fmt.Sprintf("times %g", o.k) }
func (o double) Types(in []Type) ([]Type, error) { return in[:1], nil }
func (o double) Grad(_, dy, _ []Node, _ []bool) []Node {
	return []Node{Apply(o, dy[0])}
}
func (o double) Eval(dst, in []Tensor) error {
	for i, v := range in[0].F32 {
		dst[0].F32[i] = float32(o.k) * v
	}
	return nil
}
func (o double) InPlace(int) []int { return []int{0} }

// total is y = Σx.
type total struct{}

func (o total) String() string                  { return "total" }
func (o total) Types(in []Type) ([]Type, error) { return []Type{{in[0].DType, nil}}, nil }
func (o total) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(spread{MakeDims(in[0].Shape()...)}, dy[0])}
}
func (o total) Eval(dst, in []Tensor) error {
	s := float32(0)
	for _, v := range in[0].F32 {
		s += v
	}
	dst[0].F32[0] = s
	return nil
}

// spread is a scalar in every element of a shape.
type spread struct{ to Dims }

func (o spread) String() string                  { return "spread" }
func (o spread) Types(in []Type) ([]Type, error) { return []Type{{in[0].DType, o.to.Slice()}}, nil }
func (o spread) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(total{}, dy[0])}
}
func (o spread) Eval(dst, in []Tensor) error {
	for i := range dst[0].F32 {
		dst[0].F32[i] = in[0].F32[0]
	}
	return nil
}

// times is y = a·b, element by element.
type times struct{}

func (times) String() string { return "times" }
func (times) Types(in []Type) ([]Type, error) {
	if !in[0].Equal(in[1]) {
		return nil, fmt.Errorf("operands differ")
	}
	return in[:1], nil
}
func (times) Operands() string { return "left right" }
func (times) Grad(_, dy, in []Node, want []bool) []Node {
	d := make([]Node, 2)
	if want[0] {
		d[0] = Apply(times{}, dy[0], in[1])
	}
	if want[1] {
		d[1] = Apply(times{}, dy[0], in[0])
	}
	return d
}
func (times) Eval(dst, in []Tensor) error {
	for i, v := range in[0].F32 {
		dst[0].F32[i] = v * in[1].F32[i]
	}
	return nil
}
func (times) InPlace(int) []int { return []int{0, 1} }

// flat is a view of another shape.
type flat struct{ to Dims }

func (o flat) String() string                  { return "flat" }
func (o flat) Types(in []Type) ([]Type, error) { return []Type{{in[0].DType, o.to.Slice()}}, nil }
func (o flat) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(flat{MakeDims(in[0].Shape()...)}, dy[0])}
}
func (o flat) Eval(dst, in []Tensor) error {
	copy(dst[0].F32, in[0].F32)
	return nil
}
func (o flat) View([]Type) (int, int) { return 0, 0 }

// half is the second half of the first axis: a view with an offset.
type half struct{}

func (half) String() string { return "half" }
func (half) Types(in []Type) ([]Type, error) {
	s := append(Shape{}, in[0].Shape...)
	s[0] /= 2
	return []Type{{in[0].DType, s}}, nil
}
func (half) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (half) Eval(dst, in []Tensor) error {
	copy(dst[0].F32, in[0].F32[len(in[0].F32)/2:])
	return nil
}
func (half) View(in []Type) (int, int) { return 0, in[0].Shape.Size() / 2 }

// both has two results, x + 1 and x - 1, and uses a scratch of the size of x.
type both struct{}

func (both) String() string                  { return "both" }
func (both) Types(in []Type) ([]Type, error) { return []Type{in[0], in[0]}, nil }
func (both) Scratch(in []Type) []Type        { return []Type{in[0]} }
func (both) Grad(_, dy, _ []Node, _ []bool) []Node {
	switch {
	case dy[0].v == nil:
		return dy[1:]
	case dy[1].v == nil:
		return dy[:1]
	}
	return []Node{Apply(sum{}, dy...)}
}
func (both) Eval(dst, in []Tensor) error {
	copy(dst[2].F32, in[0].F32)
	for i, v := range dst[2].F32 {
		if dst[0].F32 != nil {
			dst[0].F32[i] = v + 1
		}
		if dst[1].F32 != nil {
			dst[1].F32[i] = v - 1
		}
	}
	return nil
}

// ruleless is the identity without a derivative rule.
type ruleless struct{ double }

func (ruleless) String() string                       { return "ruleless" }
func (ruleless) Grad(_, _, _ []Node, _ []bool) []Node { return nil }

// vec is a parameter with values 1, 2, 3, …
func vec(name string, n int) *Param {
	p := NewParam(name, Type{Float32, Shape{n}})
	for i := range p.Tensor().F32 {
		p.Tensor().F32[i] = float32(i + 1)
	}
	return p
}

// bend is a function of one value that the compiler knows.
type bend struct{ f vector.UnaryFunc }

func (o bend) String() string                       { return [...]string{"neg", "abs", "exp"}[o.f] }
func (bend) Types(in []Type) ([]Type, error)        { return in[:1], nil }
func (bend) Grad(_, _, _ []Node, _ []bool) []Node   { return nil }
func (bend) Eval(_, _ []Tensor) error               { return nil }
func (bend) InPlace(int) []int                      { return []int{0} }
func (o bend) Pointwise(operands int) []vector.Step { return []vector.Step{{Arity: 1, Unary: o.f}} }

// plus is a + b, with a scalar for either.
type plus struct{}

func (plus) String() string { return "plus" }
func (plus) Types(in []Type) ([]Type, error) {
	if len(in[0].Shape) == 0 {
		return in[1:], nil
	}
	return in[:1], nil
}
func (plus) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (plus) Eval(_, _ []Tensor) error             { return nil }
func (plus) InPlace(int) []int                    { return []int{0, 1} }
func (plus) Adds() bool                           { return true }
func (plus) Pointwise(int) []vector.Step {
	return []vector.Step{{Arity: 2, Binary: vector.Add, Args: [3]uint8{0, 1}}}
}

// Rewrite finds x + |-x|.
func (plus) Rewrite(root Term) (Op, []Term, bool) {
	in := root.Operands()
	if in[1].Op() != (bend{vector.Abs}) {
		return nil, nil, false
	}
	neg := in[1].Operands()[0]
	if neg.Op() != (bend{vector.Neg}) || neg.Operands()[0] != in[0] {
		return nil, nil, false
	}
	return rectified{}, in[:1], true
}
func (plus) Bind(_ int, v float64) (Op, bool) { return nil, v == 0 }

// turn exchanges the axes of a square.
type turn struct{}

func (turn) String() string                       { return "turn" }
func (turn) Types(in []Type) ([]Type, error)      { return in, nil }
func (turn) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (turn) Eval(_, _ []Tensor) error             { return nil }

// product is a product of squares, of which it reads the second turned, and what may follow it.
type product struct {
	turned bool
	then   string
}

func (o product) String() string {
	if o.turned {
		return "productᵀ" + o.then
	}
	return "product" + o.then
}
func (product) Types(in []Type) ([]Type, error)      { return in[:1], nil }
func (product) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (product) Eval(_, _ []Tensor) error             { return nil }
func (o product) Load(operand int, p Op) (Op, bool) {
	_, ok := p.(turn)
	return product{!o.turned, o.then}, ok && operand == 1
}
func (o product) Accumulate([]Type) (Op, bool) { return product{o.turned, "+="}, true }
func (o product) Absorb(_ int, next Op, _ int, _ []Type) (Op, bool) {
	_, ok := next.(Pointwise)
	return product{o.turned, o.then + "+" + next.String()}, ok
}

// divided is a Preparer: a sum whose second operand can be laid out before.
type divided struct{ so bool }

func (o divided) String() string {
	if o.so {
		return "divided so"
	}
	return "divided"
}
func (divided) Types(in []Type) ([]Type, error)      { return in[:1], nil }
func (divided) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (o divided) Eval(dst, in []Tensor) error        { return plus{}.Eval(dst, in) }
func (divided) Prepare(_ []Type, held []bool) (Preparation, bool) {
	return Preparation{Op: laidOut{}, From: []int{1}, Rest: divided{true}}, held[1]
}

type laidOut struct{}

func (laidOut) String() string                       { return "laid out" }
func (laidOut) Types(in []Type) ([]Type, error)      { return in, nil }
func (laidOut) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (laidOut) Eval(dst, in []Tensor) error {
	dst[0].CopyFrom(in[0])
	return nil
}

// rectified is x + |-x| as one op, with a second result.
type rectified struct{}

func (rectified) String() string                       { return "rectified" }
func (rectified) Types(in []Type) ([]Type, error)      { return []Type{in[0], in[0]}, nil }
func (rectified) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (rectified) Eval(_, _ []Tensor) error             { return nil }
