// This file holds the types of values: element type, shape, and comparable lists of sizes for op attributes.

package graph

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// DType is the element type of a value.
type DType uint8

const (
	Float32 DType = iota // the default float of a graph
	Float64              // for gradient checks
	Int64                // labels, indices, counters
)

// Size returns the bytes of one element.
func (d DType) Size() int {
	if d == Float32 {
		return 4
	}
	return 8
}

// IsFloat reports whether d is a float type. Only values of float types have gradients.
func (d DType) IsFloat() bool { return d == Float32 || d == Float64 }

// Holds reports whether type d can hold v, apart from rounding. It is false if v is finite and becomes infinite in d,
// or if v is not 0 and becomes 0. Every float type holds math.Inf(-1), for example as the logit of an element that is
// ruled out.
func (d DType) Holds(v float64) bool {
	if d != Float32 || v == 0 || math.IsInf(v, 0) {
		return true
	}
	f := float64(float32(v))
	return f != 0 && !math.IsInf(f, 0)
}

// checkHolds is Holds as an error.
func (d DType) checkHolds(v float64) error {
	if d.Holds(v) {
		return nil
	}
	return fmt.Errorf("%v is %v in %v: give a number between %v and %v in magnitude, math.Inf, or 0", v, float32(v), d,
		float32(math.SmallestNonzeroFloat32), float32(math.MaxFloat32))
}

func (d DType) String() string {
	switch d {
	case Float32:
		return "float32"
	case Float64:
		return "float64"
	case Int64:
		return "int64"
	}
	return "dtype(" + strconv.Itoa(int(d)) + ")"
}

// MaxRank is the largest number of axes of a value.
const MaxRank = 8

// Shape lists the sizes of the axes, outermost first. A scalar has the empty shape.
type Shape []int

// Size returns the number of elements: the product of the sizes, 1 for a scalar. It is 0 if an axis has size 0 or
// less, and math.MaxInt if the product is larger; see [Shape.Check].
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n = multiplied(n, d)
	}
	return n
}

// multiplied is the product of two sizes, without overflow: 0 if one is 0 or less, math.MaxInt if the product is
// larger.
func multiplied(a, b int) int {
	switch {
	case a <= 0 || b <= 0:
		return 0
	case a > math.MaxInt/b:
		return math.MaxInt
	}
	return a * b
}

// added is the sum of two sizes, math.MaxInt if the sum is larger.
func added(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

// Equal reports whether both shapes have the same axes.
func (s Shape) Equal(t Shape) bool { return slices.Equal(s, t) }

// String writes the shape as (64, 10); a scalar is ().
func (s Shape) String() string {
	b := make([]byte, 0, 24)
	b = append(b, '(')
	for i, d := range s {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, int64(d), 10)
	}
	return string(append(b, ')'))
}

// maxElements bounds the size of one value, so that byte counts and offsets never overflow.
const maxElements = math.MaxInt32

// Check reports why s cannot be the shape of a value in a graph: more than [MaxRank] axes, an axis of size 0 or less,
// or more than 2³¹-1 elements.
func (s Shape) Check() error {
	if err := s.checkAxes(1); err != nil {
		return err
	}
	if s.Size() > maxElements {
		return fmt.Errorf("%v has more than %d elements", s, maxElements)
	}
	return nil
}

// checkAxes reports too many axes, and sizes below least.
func (s Shape) checkAxes(least int) error {
	if len(s) > MaxRank {
		return fmt.Errorf("rank %d is above the largest supported, %d: %v", len(s), MaxRank, s)
	}
	for i, d := range s {
		if d < least {
			return fmt.Errorf("axis %d has size %d, want at least %d: %v", i, d, least, s)
		}
	}
	return nil
}

// Type is what is known of a value before the graph runs.
type Type struct {
	DType DType
	Shape Shape
}

// Bytes returns how many bytes a value of this type has, math.MaxInt if there are more.
func (t Type) Bytes() int { return multiplied(t.Shape.Size(), t.DType.Size()) }

// checkValue reports why t cannot be the type of a value in a graph.
func (t Type) checkValue() error {
	if t.DType > Int64 {
		return fmt.Errorf("there is no element type %v", t.DType)
	}
	return t.Shape.Check()
}

// Equal reports whether both types have the same element type and shape.
func (t Type) Equal(u Type) bool { return t.DType == u.DType && t.Shape.Equal(u.Shape) }

// String writes the type as "float32 (64, 10)".
func (t Type) String() string { return t.DType.String() + " " + t.Shape.String() }

// Dims is a short list of integers that can be compared with ==, for the attributes of ops:
// strides, axes, target shapes.
type Dims struct {
	n int
	d [MaxRank]int
}

// MakeDims returns the list of the given integers. It panics on more than [MaxRank] of them.
func MakeDims(d ...int) Dims {
	if len(d) > MaxRank {
		panic(fmt.Sprintf("graph.MakeDims: %d integers, at most %d are possible", len(d), MaxRank))
	}
	dims := Dims{n: len(d)}
	copy(dims.d[:], d)
	return dims
}

// Len returns the number of integers.
func (d Dims) Len() int { return d.n }

// At returns the i-th integer. It panics if there is none.
func (d Dims) At(i int) int {
	if uint(i) >= uint(d.n) {
		panic(fmt.Sprintf("graph: Dims.At(%d): there are %d integers", i, d.n))
	}
	return d.d[i]
}

// Size returns the product of the sizes.
func (d Dims) Size() int { return Shape(d.d[:d.n]).Size() }

// Slice returns the integers as a new slice.
func (d Dims) Slice() []int { return append([]int(nil), d.d[:d.n]...) }

// String writes the list as [2 3].
func (d Dims) String() string {
	return "[" + strings.Trim(fmt.Sprint(d.d[:d.n]), "[]") + "]"
}
