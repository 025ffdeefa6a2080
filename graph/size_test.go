package graph

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestSizes: the product of axes, and the bytes of it, never wrap.
func TestSizes(t *testing.T) {
	const most = math.MaxInt
	for _, c := range []struct {
		name        string
		shape       Shape
		size, bytes int // bytes of float32
	}{
		{"a scalar is one element", nil, 1, 4},
		{"a matrix", Shape{3, 4}, 12, 48},
		{"an empty axis leaves nothing", Shape{3, 0}, 0, 0},
		{"a negative axis leaves nothing", Shape{3, -1}, 0, 0},
		{"two negative axes make no positive product", Shape{-2, -3}, 0, 0},
		{"2⁶² elements, more bytes than an int counts", Shape{1 << 31, 1 << 31}, 1 << 62, most},
		{"2⁶⁴ elements are not 0", Shape{1 << 32, 1 << 32}, most, most},
		{"2⁶⁴ + 4 elements are not 4", Shape{1<<62 + 1, 4}, most, most},
		{"a product that is exactly the largest int", Shape{most, 1}, most, most},
		{"nothing of very much is nothing", Shape{most, most, 0}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.shape.Size(); got != c.size {
				t.Errorf("size %d, want %d", got, c.size)
			}
			if got := (Type{Float32, c.shape}).Bytes(); got != c.bytes {
				t.Errorf("%d bytes, want %d", got, c.bytes)
			}
		})
	}
}

// hugeShapes are shapes that no value has, and words that must be in the answer.
var hugeShapes = []struct {
	name  string
	shape Shape
	want  string
}{
	{"an axis of size 0", Shape{2, 0}, "axis 1 has size 0, want at least 1: (2, 0)"},
	{"a negative axis", Shape{-2, 3}, "axis 0 has size -2, want at least 1: (-2, 3)"},
	{"two negative axes", Shape{-2, -3}, "axis 0 has size -2"},
	{"the smallest int", Shape{math.MinInt}, "axis 0 has size -9223372036854775808"},
	{"2³¹ elements", Shape{1 << 16, 1 << 15}, "(65536, 32768) has more than 2147483647 elements"},
	{"a product that wraps to 0", Shape{1 << 32, 1 << 32},
		"(4294967296, 4294967296) has more than 2147483647 elements"},
	{"a product that wraps to 4", Shape{1<<62 + 1, 4}, "has more than 2147483647 elements"},
	{"nine axes", make(Shape, 9), "rank 9 is above the largest supported, 8"},
}

// TestShapesThatNoValueHas: everything that makes a value answers with the shape and what it may be.
func TestShapesThatNoValueHas(t *testing.T) {
	makers := []struct {
		name string
		make func(g *Graph, s Shape)
	}{
		{"Input", func(g *Graph, s Shape) { g.Input("x", s...) }},
		{"Indices", func(g *Graph, s Shape) { g.Indices("x", s...) }},
		{"Full", func(g *Graph, s Shape) { g.Full(1, s...) }},
		{"Constant", func(g *Graph,
			s Shape) {
			g.Constant(Tensor{Type: Type{Float32, s}, F32: []float32{1, 2, 3, 4}})
		}},
		{"Param", func(g *Graph, s Shape) { NewParam("w", Type{Float32, s}) }},
		{"the result of an op", func(g *Graph, s Shape) { ApplyIn(g, ofType{Type{Float32, s}}) }},
	}
	for _, m := range makers {
		t.Run(m.name+": a shape that is one", func(t *testing.T) {
			g := &Graph{}
			if said := words(func() { m.make(g, Shape{2, 2}) }); said != "" || g.Err() != nil {
				t.Errorf("got %q, %v", said, g.Err())
			}
		})
		for _, c := range hugeShapes {
			t.Run(m.name+": "+c.name, func(t *testing.T) {
				g := &Graph{}
				said := words(func() { m.make(g, c.shape) })
				if g.Err() != nil {
					said = g.Err().Error()
				}
				if !strings.Contains(said, c.want) {
					t.Errorf("got  %q\nwant %s", said, c.want)
				}
			})
		}
	}
}

// ofType is an op that answers with whatever type it is given.
type ofType struct{ t Type }

func (ofType) String() string                              { return "of-type" }
func (o ofType) Types([]Type) ([]Type, error)              { return []Type{o.t}, nil }
func (ofType) Grad(_, _ []Node, _ []Node, _ []bool) []Node { return nil }
func (ofType) Eval(_, _ []Tensor) error                    { return nil }

// words is what f panics with, "" if it does not. A runtime error is none of ours and stays a panic.
func words(f func()) (said string) {
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(string)
			if !ok {
				panic(r)
			}
			said = s
		}
	}()
	f()
	return ""
}

// TestTensorsThatDoNotHold: elements that are not those of the type are told with both numbers, by an error where
// there is one to return and else by the words of the panic.
func TestTensorsThatDoNotHold(t *testing.T) {
	short := Tensor{Type: Type{Float32, Shape{2, 3}}, F32: []float32{1, 2, 3, 4}}
	constant := func(u Tensor) func() error {
		return func() error {
			g := &Graph{}
			g.Constant(u)
			return g.Err()
		}
	}
	set := func(v any) func() error {
		return func() error {
			g := &Graph{}
			x := g.Input("x", 2, 3)
			p, err := g.Compile(x)
			if err != nil {
				return err
			}
			p.Set(x, v)
			return p.Run()
		}
	}
	panics := func(f func()) func() error {
		return func() error {
			if said := words(f); said != "" {
				return fmt.Errorf("%s", said)
			}
			return nil
		}
	}
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"a constant with too few elements", constant(short),
			"constant: 4 elements of float32 do not fill shape (2, 3), which has 6"},
		{"a constant with too many", constant(Tensor{Type: Type{Float32, Shape{2}}, F32: make([]float32, 3)}),
			"3 elements of float32 do not fill shape (2), which has 2"},
		{"a constant with the wrong slice", constant(Tensor{Type: Type{Float32, Shape{2}}, F64: make([]float64, 2)}),
			"0 elements of float32 do not fill shape (2)"},
		{"a constant with two slices", constant(Tensor{Type: Type{Float32, Shape{2}}, F32: make([]float32, 2),
			I64: make([]int64, 2)}), "2 elements of int64 stand in a tensor of float32"},
		{"a constant of no element type", constant(Tensor{Type: Type{DType(9), Shape{2}}, I64: make([]int64, 2)}),
			"there is no element type dtype(9)"},
		{"an input set to a short tensor", set(short), "4 elements of float32 do not fill shape (2, 3), which has 6"},
		{"an input set to a tensor without elements", set(Tensor{Type: Type{Float32, Shape{2, 3}}}),
			"0 elements of float32 do not fill shape (2, 3)"},
		{"an input set to no tensor", set((*Tensor)(nil)), "got nil, want float32 (2, 3)"},
		{"FromFloat32 of too few", panics(func() { FromFloat32(make([]float32, 5), 2, 3) }),
			"graph: FromFloat32: 5 elements of float32 do not fill shape (2, 3), which has 6"},
		{"FromFloat64 by two negative sizes", panics(func() { FromFloat64(make([]float64, 6), -2, -3) }),
			"axis 0 has size -2, want at least 0"},
		{"FromInt64 of a product that wraps to 4", panics(func() { FromInt64(make([]int64, 4), 1<<62+1, 4) }),
			"FromInt64: int64 (4611686018427387905, 4) has more bytes than memory has addresses"},
		{"NewTensor of a negative size", panics(func() { NewTensor(Type{Float32, Shape{-1}}) }),
			"graph: NewTensor: axis 0 has size -1, want at least 0: (-1)"},
		{"NewTensor of 2⁶⁴ elements", panics(func() { NewTensor(Type{Float32, Shape{1 << 32, 1 << 32}}) }),
			"more bytes than memory has addresses"},
		{"Clone of a short tensor", panics(func() { short.Clone() }),
			"graph: Tensor.Clone: 4 elements of float32 do not fill shape (2, 3)"},
		{"rows of a short tensor", panics(func() { short.Rows(0, 2) }), "graph: Tensor.Rows: 4 elements"},
		{"rows that are not there", panics(func() { NewTensor(Type{Float32, Shape{2, 3}}).Rows(1, 3) }),
			"there are no rows 1 to 3 in shape (2, 3)"},
		{"rows of a scalar", panics(func() { NewTensor(Type{}).Rows(0, 1) }), "there are no rows 0 to 1 in shape ()"},
		{"elements of another number", panics(func() { NewTensor(Type{Float32, Shape{2}}).CopyFrom(short) }),
			"CopyFrom: float32 (2) does not take the elements of float32 (2, 3)"},
		{"a dense tensor of a short one", panics(func() { short.Dense() }), "graph: Tensor.Dense: 4 elements"},
		{"reshaped to negative sizes", func() error {
			_, err := NewTensor(Type{Float32, Shape{6}}).Reshape(-2,
				-3)
			return err
		}, "reshape: axis 0 has size -2"},
		{"a graph of integers", func() error { g := &Graph{DType: Int64}; g.Input("x", 2); return g.Err() },
			"graph: DType is int64, want Float32 or Float64"},
		{"a graph of no mode", func() error { g := &Graph{Mode: 7}; g.Input("x", 2); return g.Err() },
			"graph: Mode is mode(7), want Eval or Train"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if s := short.String(); s != "float32 (2, 3)" {
		t.Errorf("a short tensor prints as %q", s)
	}
}
