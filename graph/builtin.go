// This file holds the ops that the graph itself needs: constants and the sum at a fork.

package graph

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// bits makes a float comparable by its bits, so that NaN equals itself and 0 differs from -0.
func bits(v float64) uint64 { return math.Float64bits(v) }

// full is a constant whose elements are all equal.
type full struct {
	v     uint64
	dtype DType
	shape Dims
}

func (o full) String() string {
	return fmt.Sprintf("const %.6g", math.Float64frombits(o.v))
}
func (o full) Types([]Type) ([]Type, error) {
	return []Type{{o.dtype, o.shape.Slice()}}, nil
}
func (o full) Grad(_, _ []Node, in []Node, _ []bool) []Node { return []Node{} }
func (o full) Eval(dst, _ []Tensor) error {
	dst[0].fill(math.Float64frombits(o.v))
	return nil
}

// fill makes all elements v.
func (t Tensor) fill(v float64) {
	for i := range t.F32 {
		t.F32[i] = float32(v)
	}
	for i := range t.F64 {
		t.F64[i] = v
	}
	for i := range t.I64 {
		t.I64[i] = int64(v)
	}
}

// number is the value of each element.
func (o full) number() float64 {
	v := math.Float64frombits(o.v)
	if o.dtype == Float32 {
		return float64(float32(v))
	}
	return v
}

func (o full) Draw([]Type) (Role, string) { return RoleData, o.String() }

// literal is a constant tensor. Two literals are equal if they are the same tensor in memory.
type literal struct{ t *Tensor }

func (o literal) String() string                               { return "const " + o.t.Type.String() }
func (o literal) Types([]Type) ([]Type, error)                 { return []Type{o.t.Type}, nil }
func (o literal) Grad(_, _ []Node, in []Node, _ []bool) []Node { return []Node{} }
func (o literal) Eval(dst, _ []Tensor) error {
	dst[0].CopyFrom(*o.t)
	return nil
}
func (literal) Draw([]Type) (Role, string) { return RoleData, "const" }

// sum adds any number of values of one type: the contributions to the gradient of a value that several ops read. The
// gradient of each operand is dy.
type sum struct{}

func (sum) String() string { return "accumulate" }
func (sum) Types(in []Type) ([]Type, error) {
	for _, t := range in[1:] {
		if !t.Equal(in[0]) {
			return nil, fmt.Errorf("terms differ: %v and %v", in[0], t)
		}
	}
	return in[:1], nil
}
func (sum) Grad(_, dy []Node, in []Node, want []bool) []Node {
	d := make([]Node, len(in))
	for i := range d {
		if want[i] {
			d[i] = dy[0]
		}
	}
	return d
}

// Eval adds element by element, so that the result may take the place of any operand.
func (sum) Eval(dst, in []Tensor) error {
	switch dst[0].DType {
	case Float32:
		addAll(dst[0].F32, in, func(t *Tensor) []float32 { return t.F32 })
	case Float64:
		addAll(dst[0].F64, in, func(t *Tensor) []float64 { return t.F64 })
	default: // integers, too
		addAll(dst[0].I64, in, func(t *Tensor) []int64 { return t.I64 })
	}
	return nil
}
func (sum) InPlace(int) []int { return []int{0, 1} }
func (sum) Draw([]Type) (Role, string) {
	return RoleElementwise, "Σ"
}

// Adds tells that sum is an [Adder].
func (sum) Adds() bool { return true }

// Pointwise: a + b, and each further operand on top.
func (sum) Pointwise(operands int) []vector.Step {
	steps := []vector.Step{{Arity: 2, Binary: vector.Add, Args: [3]uint8{0, 1}}}
	for k := 2; k < operands; k++ {
		steps = append(steps, vector.Step{Arity: 2, Binary: vector.Add,
			Args: [3]uint8{uint8(operands + k - 2), uint8(k)}})
	}
	return steps
}

func addAll[T float32 | float64 | int64](dst []T, in []Tensor, data func(*Tensor) []T) {
	a, b := data(&in[0]), data(&in[1])
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
	for k := 2; k < len(in); k++ {
		c := data(&in[k])
		for i := range dst {
			dst[i] += c[i]
		}
	}
}
