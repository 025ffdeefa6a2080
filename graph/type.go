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

// IsFloat reports whether d has gradients.
func (d DType) IsFloat() bool { return d != Int64 }

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

// Shape lists the sizes of the axes, outermost first. The empty shape is a scalar's.
type Shape []int

// Size returns the number of elements: the product of the axes, 1 for a scalar.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
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

// check reports what makes s unusable as the shape of a value.
func (s Shape) check() error {
	if len(s) > MaxRank {
		return fmt.Errorf("rank %d is above the largest supported, %d: %v", len(s), MaxRank, s)
	}
	n := 1
	for i, d := range s {
		if d < 1 {
			return fmt.Errorf("axis %d has size %d, want at least 1: %v", i, d, s)
		}
		if d > maxElements/n {
			return fmt.Errorf("%v has more than %d elements", s, maxElements)
		}
		n *= d
	}
	return nil
}

// Type is what is known of a value before the graph runs.
type Type struct {
	DType DType
	Shape Shape
}

// Bytes returns the memory of a value of this type.
func (t Type) Bytes() int { return t.Shape.Size() * t.DType.Size() }

// Equal reports whether both types have the same elements and axes.
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

// At returns the i-th integer.
func (d Dims) At(i int) int { return d.d[:d.n][i] }

// Size returns the product of the sizes.
func (d Dims) Size() int { return Shape(d.d[:d.n]).Size() }

// Slice returns the integers as a new slice.
func (d Dims) Slice() []int { return append([]int(nil), d.d[:d.n]...) }

// String writes the list as [2 3].
func (d Dims) String() string {
	return "[" + strings.Trim(fmt.Sprint(d.d[:d.n]), "[]") + "]"
}
