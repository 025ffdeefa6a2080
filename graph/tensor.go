// This file holds Tensor, a value in memory: the inputs and results of programs.

package graph

import (
	"fmt"
	"math"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-ml/stheno/internal/pages"
)

// Tensor is a value in memory: a type and its elements, contiguous, last axis fastest.
// Exactly the slice of its element type is set. Copying a Tensor shares the elements.
type Tensor struct {
	Type
	F32 []float32
	F64 []float64
	I64 []int64
}

// NewTensor returns a tensor of zeros. An axis may have size 0. NewTensor panics if the type is invalid: an unknown
// element type, a negative size, more than [MaxRank] axes, or more bytes than there are addresses.
func NewTensor(t Type) Tensor {
	if err := t.checkMemory(); err != nil {
		panic(fmt.Sprintf("graph: NewTensor: %v", err))
	}
	switch n := t.Shape.Size(); t.DType {
	case Float32:
		return Tensor{Type: t, F32: pages.Large(make([]float32, n))}
	case Float64:
		return Tensor{Type: t, F64: pages.Large(make([]float64, n))}
	default:
		return Tensor{Type: t, I64: pages.Large(make([]int64, n))}
	}
}

// maxBytes is how many bytes a 64-bit processor of today can address.
const maxBytes = 1 << 47

// checkMemory reports why t cannot be the type of a tensor. A tensor may be larger than a value of a graph, such as a
// data set, and it may be empty.
func (t Type) checkMemory() error {
	if t.DType > Int64 {
		return fmt.Errorf("there is no element type %v", t.DType)
	}
	if err := t.Shape.checkAxes(0); err != nil {
		return err
	}
	if t.Bytes() > maxBytes {
		return fmt.Errorf("%v has more bytes than memory has addresses", t)
	}
	return nil
}

// Check reports why a tensor that was made by hand is invalid: another number of elements than its type says, elements
// of another type, or a type that [NewTensor] refuses. An axis may have size 0.
func (t Tensor) Check() error {
	if err := t.checkMemory(); err != nil {
		return err
	}
	want := t.Shape.Size()
	for d, n := range [...]int{Float32: len(t.F32), Float64: len(t.F64), Int64: len(t.I64)} {
		switch d := DType(d); {
		case d == t.DType && n != want:
			return fmt.Errorf("%d elements of %v do not fill shape %v, which has %d", n, d, t.Shape, want)
		case d != t.DType && n > 0:
			return fmt.Errorf("%d elements of %v stand in a tensor of %v", n, d, t.DType)
		}
	}
	return nil
}

// must panics if the tensor is invalid, for methods that return no error. The panic names the method.
func (t Tensor) must(method string) {
	if err := t.Check(); err != nil {
		panic(fmt.Sprintf("graph: Tensor.%s: %v", method, err))
	}
}

// FromFloat32 returns a tensor over data, which it does not copy. It panics if data does not have as many elements as
// the shape.
func FromFloat32(data []float32, shape ...int) Tensor {
	return filled("FromFloat32", Tensor{Type: Type{Float32, shape}, F32: data})
}

// FromFloat64 is [FromFloat32] for float64.
func FromFloat64(data []float64, shape ...int) Tensor {
	return filled("FromFloat64", Tensor{Type: Type{Float64, shape}, F64: data})
}

// FromInt64 is [FromFloat32] for int64.
func FromInt64(data []int64, shape ...int) Tensor {
	return filled("FromInt64", Tensor{Type: Type{Int64, shape}, I64: data})
}

func filled(function string, t Tensor) Tensor {
	if err := t.Check(); err != nil {
		panic(fmt.Sprintf("graph: %s: %v", function, err))
	}
	return t
}

// Floats returns the elements of t as a slice of T, nil when t holds another type.
func Floats[T float32 | float64](t Tensor) []T {
	switch any(*new(T)).(type) {
	case float32:
		f, _ := any(t.F32).([]T)
		return f
	default:
		f, _ := any(t.F64).([]T)
		return f
	}
}

// At returns element i, counted in memory order, as a float64. It panics if there is no such element.
func (t Tensor) At(i int) float64 {
	switch d := t.DType; {
	case d == Float32 && uint(i) < uint(len(t.F32)):
		return float64(t.F32[i])
	case d == Float64 && uint(i) < uint(len(t.F64)):
		return t.F64[i]
	case d == Int64 && uint(i) < uint(len(t.I64)):
		return float64(t.I64[i])
	}
	panic(fmt.Sprintf("graph: Tensor.At(%d): %v has %d elements", i, t.Type, max(len(t.F32), len(t.F64), len(t.I64))))
}

// empty reports whether t has no memory: an unused result of an op.
func (t Tensor) empty() bool { return t.F32 == nil && t.F64 == nil && t.I64 == nil }

// CopyFrom copies the elements of u. It panics if u has another element type or another number of elements.
func (t Tensor) CopyFrom(u Tensor) {
	if len(t.F32) != len(u.F32) || len(t.F64) != len(u.F64) || len(t.I64) != len(u.I64) {
		panic(fmt.Sprintf("graph: Tensor.CopyFrom: %v does not take the elements of %v", t.Type, u.Type))
	}
	copy(t.F32, u.F32)
	copy(t.F64, u.F64)
	copy(t.I64, u.I64)
}

// Clone returns a tensor with its own copy of the elements.
func (t Tensor) Clone() Tensor {
	t.must("Clone")
	c := NewTensor(Type{t.DType, append(Shape(nil), t.Shape...)})
	c.CopyFrom(t)
	return c
}

// Reshape returns the same elements under another shape of the same size.
func (t Tensor) Reshape(shape ...int) (Tensor, error) {
	if err := Shape(shape).checkAxes(0); err != nil {
		return t, fmt.Errorf("reshape: %w", err)
	}
	if Shape(shape).Size() != t.Shape.Size() {
		return t, fmt.Errorf("reshape: %v has %d elements, %v has %d", t.Shape, t.Shape.Size(), Shape(shape),
			Shape(shape).Size())
	}
	t.Shape = shape
	return t, nil
}

// Rows returns the tensor of rows [lo, hi) of the first axis; it shares the elements. It panics if t does not have
// these rows.
func (t Tensor) Rows(lo, hi int) Tensor {
	t.must("Rows")
	if len(t.Shape) == 0 || lo < 0 || hi < lo || hi > t.Shape[0] {
		panic(fmt.Sprintf("graph: Tensor.Rows: there are no rows %d to %d in shape %v", lo, hi, t.Shape))
	}
	row := t.Shape[1:].Size()
	u := Tensor{Type: Type{t.DType, append(Shape{hi - lo}, t.Shape[1:]...)}}
	switch t.DType {
	case Float32:
		u.F32 = t.F32[lo*row : hi*row]
	case Float64:
		u.F64 = t.F64[lo*row : hi*row]
	default:
		u.I64 = t.I64[lo*row : hi*row]
	}
	return u
}

// String writes the type and, for up to 12 elements, the values.
func (t Tensor) String() string {
	n := t.Shape.Size()
	if n > 12 || t.Check() != nil {
		return t.Type.String()
	}
	var b strings.Builder
	b.WriteString(t.Type.String())
	for i := range n {
		fmt.Fprintf(&b, " %.6g", t.At(i))
	}
	return b.String()
}

// Dense returns the tensor as Gorgonia's dense tensor; it shares the elements.
// A scalar becomes a tensor of shape (1), since a dense tensor without axes hides its memory.
func (t Tensor) Dense() *tensor.Dense {
	t.must("Dense")
	shape := append([]int(nil), t.Shape...)
	if len(shape) == 0 {
		shape = []int{1}
	}
	switch t.DType {
	case Float32:
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(t.F32))
	case Float64:
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(t.F64))
	default:
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(t.I64))
	}
}

// fromValue reads a Gorgonia value, sharing its memory where it is a contiguous dense tensor.
func fromValue(v gorgonia.Value) (Tensor, error) {
	switch v := v.(type) {
	case *gorgonia.F32:
		return Tensor{Type: Type{DType: Float32}, F32: []float32{float32(*v)}}, nil
	case *gorgonia.F64:
		return Tensor{Type: Type{DType: Float64}, F64: []float64{float64(*v)}}, nil
	case *gorgonia.I64:
		return Tensor{Type: Type{DType: Int64}, I64: []int64{int64(*v)}}, nil
	case *gorgonia.I:
		return Tensor{Type: Type{DType: Int64}, I64: []int64{int64(*v)}}, nil
	case *tensor.Dense:
		return fromDense(v)
	}
	return Tensor{}, fmt.Errorf("value of Go type %T is not a float32, float64 or integer tensor", v)
}

func fromDense(d *tensor.Dense) (Tensor, error) {
	if d.RequiresIterator() || !d.DataOrder().IsContiguous() || d.DataOrder().IsColMajor() {
		d = d.Materialize().(*tensor.Dense)
	}
	shape := append(Shape(nil), d.Shape()...)
	switch d.Dtype() {
	case tensor.Float32:
		if len(shape) == 0 {
			return Tensor{Type: Type{Float32, shape}, F32: []float32{d.ScalarValue().(float32)}}, nil
		}
		return Tensor{Type: Type{Float32, shape}, F32: d.Float32s()}, nil
	case tensor.Float64:
		if len(shape) == 0 {
			return Tensor{Type: Type{Float64, shape}, F64: []float64{d.ScalarValue().(float64)}}, nil
		}
		return Tensor{Type: Type{Float64, shape}, F64: d.Float64s()}, nil
	case tensor.Int64:
		if len(shape) == 0 {
			return Tensor{Type: Type{Int64, shape}, I64: []int64{d.ScalarValue().(int64)}}, nil
		}
		return Tensor{Type: Type{Int64, shape}, I64: d.Int64s()}, nil
	case tensor.Int:
		t := NewTensor(Type{Int64, shape})
		if len(shape) == 0 {
			t.I64[0] = int64(d.ScalarValue().(int))
			return t, nil
		}
		for i, v := range d.Ints() {
			t.I64[i] = int64(v)
		}
		return t, nil
	}
	return Tensor{}, fmt.Errorf("dense tensor of %v is not supported: float32, float64, int and int64 are", d.Dtype())
}

// toTensor reads the Go values that Set accepts: a Tensor, a slice, a scalar, or a Gorgonia value.
// A slice takes the shape of want.
func toTensor(v any, want Type) (Tensor, error) {
	switch v := v.(type) {
	case Tensor:
		return v, v.Check()
	case *Tensor:
		if v == nil {
			return Tensor{}, fmt.Errorf("the *graph.Tensor is nil")
		}
		return *v, v.Check()
	case []float32:
		return sliced(Tensor{Type: Type{Float32, want.Shape}, F32: v}, len(v))
	case []float64:
		return sliced(Tensor{Type: Type{Float64, want.Shape}, F64: v}, len(v))
	case []int64:
		return sliced(Tensor{Type: Type{Int64, want.Shape}, I64: v}, len(v))
	case []int:
		t := Tensor{Type: Type{Int64, want.Shape}, I64: make([]int64, len(v))}
		for i, x := range v {
			t.I64[i] = int64(x)
		}
		return sliced(t, len(v))
	case float32:
		return Tensor{Type: Type{DType: Float32}, F32: []float32{v}}, nil
	case float64:
		return Tensor{Type: Type{DType: Float64}, F64: []float64{v}}, nil
	case int:
		return Tensor{Type: Type{DType: Int64}, I64: []int64{int64(v)}}, nil
	case int64:
		return Tensor{Type: Type{DType: Int64}, I64: []int64{v}}, nil
	case gorgonia.Value:
		return fromValue(v)
	}
	return Tensor{}, fmt.Errorf(
		"a value of Go type %T cannot be set: want a graph.Tensor, a slice or scalar of float32, float64, int or "+
			"int64, or a Gorgonia value", v)
}

func sliced(t Tensor, n int) (Tensor, error) {
	if n != t.Shape.Size() {
		return t, fmt.Errorf("got %d elements, want %d for shape %v", n, t.Shape.Size(), t.Shape)
	}
	return t, nil
}

// assignTo copies t into dst and converts between float32 and float64. Shapes must be equal, and other element types
// too.
func (t Tensor) assignTo(dst Tensor) error {
	if !t.Shape.Equal(dst.Shape) {
		return fmt.Errorf("got shape %v, want %v", t.Shape, dst.Shape)
	}
	switch {
	case t.DType == dst.DType:
		dst.CopyFrom(t)
	case dst.DType == Float32 && t.DType == Float64:
		for i, v := range t.F64 {
			if math.Abs(v) > math.MaxFloat32 && !dst.DType.Holds(v) {
				return fmt.Errorf("element %d: %w", i, dst.DType.checkHolds(v))
			}
			dst.F32[i] = float32(v)
		}
	case dst.DType == Float64 && t.DType == Float32:
		for i, v := range t.F32 {
			dst.F64[i] = float64(v)
		}
	default:
		return fmt.Errorf("got %v elements, want %v", t.DType, dst.DType)
	}
	return nil
}
