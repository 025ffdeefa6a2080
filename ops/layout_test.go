package ops_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// count returns 1, 2, 3, … in the given shape.
func count(shape ...int) graph.Tensor {
	t := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: shape})
	for i := range t.F64 {
		t.F64[i] = float64(i + 1)
	}
	return t
}

type layoutCase struct {
	name  string
	shape []int // of x, which counts 1, 2, 3, …
	build func(x graph.Node) graph.Node
	want  graph.Shape
	elems string
	view  bool // of x: the tape does nothing
}

var layoutCases = []layoutCase{
	{"reshape infers a size", []int{2, 3}, func(x graph.Node) graph.Node { return ops.Reshape(x, 3, -1) }, graph.Shape{3, 2}, "1 2 3 4 5 6", true},
	{"reshape to a scalar", []int{1, 1}, func(x graph.Node) graph.Node { return ops.Reshape(x) }, nil, "1", true},
	{"flatten joins the axes from one on", []int{2, 1, 3}, func(x graph.Node) graph.Node { return ops.Flatten(x, 1) }, graph.Shape{2, 3}, "1 2 3 4 5 6", true},
	{"flatten counts from the end", []int{2, 1, 3}, func(x graph.Node) graph.Node { return ops.Flatten(x, -2) }, graph.Shape{2, 3}, "1 2 3 4 5 6", true},
	{"squeeze without axes drops all of size 1", []int{1, 2, 1}, func(x graph.Node) graph.Node { return ops.Squeeze(x) }, graph.Shape{2}, "1 2", true},
	{"squeeze drops the given axis alone", []int{1, 2, 1}, func(x graph.Node) graph.Node { return ops.Squeeze(x, -1) }, graph.Shape{1, 2}, "1 2", true},
	{"unsqueeze -1 appends", []int{2}, func(x graph.Node) graph.Node { return ops.Unsqueeze(x, -1) }, graph.Shape{2, 1}, "1 2", true},
	{"unsqueeze 0 prepends", []int{2}, func(x graph.Node) graph.Node { return ops.Unsqueeze(x, 0) }, graph.Shape{1, 2}, "1 2", true},
	{"transpose reverses", []int{2, 3}, func(x graph.Node) graph.Node { return ops.Transpose(x) }, graph.Shape{3, 2}, "1 4 2 5 3 6", false},
	{"transpose of a cycle", []int{2, 1, 3}, func(x graph.Node) graph.Node { return ops.Transpose(x, 2, 0, 1) }, graph.Shape{3, 2, 1}, "1 4 2 5 3 6", false},
	{"transpose that moves an axis of 1", []int{2, 1, 3}, func(x graph.Node) graph.Node { return ops.Transpose(x, 1, 0, -1) }, graph.Shape{1, 2, 3}, "1 2 3 4 5 6", true},
	{"swap exchanges two axes", []int{2, 2, 2}, func(x graph.Node) graph.Node { return ops.Swap(x, 0, -1) }, graph.Shape{2, 2, 2}, "1 5 3 7 2 6 4 8", false},
	{"expand repeats an axis of 1 and adds axes", []int{2, 1}, func(x graph.Node) graph.Node { return ops.Expand(x, 2, 2, 3) }, graph.Shape{2, 2, 3}, "1 1 1 2 2 2 1 1 1 2 2 2", false},
	{"expand of a scalar", nil, func(x graph.Node) graph.Node { return ops.Expand(x, 3) }, graph.Shape{3}, "1 1 1", false},
	{"slice of the leading axis", []int{4, 2}, func(x graph.Node) graph.Node { return ops.Slice(x, 0, 1, 3, 1) }, graph.Shape{2, 2}, "3 4 5 6", true},
	{"slice behind axes of 1", []int{1, 4, 2}, func(x graph.Node) graph.Node { return ops.Slice(x, 1, 2, 4, 1) }, graph.Shape{1, 2, 2}, "5 6 7 8", true},
	{"slice counts from the end", []int{2, 4}, func(x graph.Node) graph.Node { return ops.Slice(x, -1, -3, -1, 1) }, graph.Shape{2, 2}, "2 3 6 7", false},
	{"slice to the end in steps", []int{2, 5}, func(x graph.Node) graph.Node { return ops.Slice(x, 1, 1, ops.End, 2) }, graph.Shape{2, 2}, "2 4 7 9", false},
	{"slice of one element by a large step", []int{5}, func(x graph.Node) graph.Node { return ops.Slice(x, 0, 3, 5, 7) }, graph.Shape{1}, "4", true},
	{"slice of the whole axis", []int{2, 2}, func(x graph.Node) graph.Node { return ops.Slice(x, 1, 0, ops.End, 1) }, graph.Shape{2, 2}, "1 2 3 4", true},
	{"pad with a value", []int{1, 2}, func(x graph.Node) graph.Node { return ops.Pad(x, []int{1, 0}, []int{0, 2}, 9) }, graph.Shape{2, 4}, "9 9 9 9 1 2 9 9", false},
	{"flip of all axes", []int{2, 2}, func(x graph.Node) graph.Node { return ops.Flip(x) }, graph.Shape{2, 2}, "4 3 2 1", false},
	{"flip of one axis", []int{2, 3}, func(x graph.Node) graph.Node { return ops.Flip(x, -1) }, graph.Shape{2, 3}, "3 2 1 6 5 4", false},
	{"concat along an inner axis", []int{2, 2}, func(x graph.Node) graph.Node { return ops.Concat(-1, x, ops.Slice(x, 1, 0, 1, 1)) }, graph.Shape{2, 3}, "1 2 1 3 4 3", false},
	{"concat along the leading axis", []int{1, 2}, func(x graph.Node) graph.Node { return ops.Concat(0, x, x, x) }, graph.Shape{3, 2}, "1 2 1 2 1 2", false},
	{"concat of one", []int{2}, func(x graph.Node) graph.Node { return ops.Concat(0, x) }, graph.Shape{2}, "1 2", true},
	{"stack makes a new axis", []int{2}, func(x graph.Node) graph.Node { return ops.Stack(-1, x, x) }, graph.Shape{2, 2}, "1 1 2 2", false},
	{"split takes parts of different size", []int{2, 4}, func(x graph.Node) graph.Node { return ops.Split(x, 1, 1, 3)[1] }, graph.Shape{2, 3}, "2 3 4 6 7 8", false},
	{"split into more parts than an op has results", []int{23}, func(x graph.Node) graph.Node {
		parts := ops.Split(x, 0, slices.Repeat([]int{1}, 23)...)
		return ops.Concat(0, parts[22], parts[0], parts[11])
	}, graph.Shape{3}, "23 1 12", false},
	{"unstack drops the axis", []int{2, 3}, func(x graph.Node) graph.Node { return ops.Unstack(x, 1)[1] }, graph.Shape{2}, "2 5", false},
	{"repeat repeats elements", []int{2, 2}, func(x graph.Node) graph.Node { return ops.Repeat(x, 0, 2) }, graph.Shape{4, 2}, "1 2 1 2 3 4 3 4", false},
	{"tile repeats the whole", []int{2, 2}, func(x graph.Node) graph.Node { return ops.Tile(x, 0, 2) }, graph.Shape{4, 2}, "1 2 3 4 1 2 3 4", false},
}

func TestLayout(t *testing.T) {
	for _, c := range layoutCases {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{DType: graph.Float64}
			x := g.Input("x", c.shape...)
			y := c.build(x)
			prog, err := g.Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			prog.Set(x, count(c.shape...))
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			got := prog.Value(y)
			if elems := strings.Trim(fmt.Sprint(got.F64), "[]"); !got.Shape.Equal(c.want) || elems != c.elems {
				t.Errorf("got %v %s, want %v %s", got.Shape, elems, c.want, c.elems)
			}
			free := !slices.ContainsFunc(prog.Instructions(), func(in graph.Instruction) bool { return !in.View })
			if free != c.view {
				t.Errorf("that it costs nothing is %v, want %v: %v", free, c.view, prog.Instructions())
			}
			if n := testing.AllocsPerRun(5, func() { prog.Run() }); n != 0 {
				t.Errorf("a run allocates %g times", n)
			}
		})
	}
}

// A layout op L is linear, so its gradient is its adjoint: ⟨L x, v⟩ = ⟨x, ∂⟩ exactly for whole numbers.
func TestLayoutAdjoint(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	random := func(shape graph.Shape) graph.Tensor {
		v := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: shape})
		for i := range v.F64 {
			v.F64[i] = float64(draw.IntN(19) - 9)
		}
		return v
	}
	for _, c := range layoutCases {
		if strings.Contains(c.name, "with a value") {
			continue // affine
		}
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{DType: graph.Float64}
			x := g.Input("x", c.shape...)
			y := c.build(x)
			v := g.Input("v", y.Shape()...)
			dx := graph.Gradients(graph.Apply(dot{}, y, v), x)[0]
			dv := graph.Gradients(graph.Apply(dot{}, dx, x), v)[0] // L applied to x again
			prog, err := g.Compile(y, dx, dv)
			if err != nil {
				t.Fatal(err)
			}
			a, b := random(c.shape), random(y.Shape())
			prog.Set(x, a)
			prog.Set(v, b)
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			if l, r := inner(prog.Value(y), b), inner(a, prog.Value(dx)); l != r {
				t.Errorf("⟨Lx, v⟩ = %g, ⟨x, ∂⟩ = %g", l, r)
			}
			if !slices.Equal(prog.Value(dv).F64, prog.Value(y).F64) {
				t.Errorf("the adjoint of the adjoint gives %v, want %v", prog.Value(dv).F64, prog.Value(y).F64)
			}
		})
	}
}

func inner(a, b graph.Tensor) (s float64) {
	for i, v := range a.F64 {
		s += v * b.F64[i]
	}
	return s
}

// dot is a·b in whole, with the derivative that a test of linear ops needs.
type dot struct{}

func (dot) String() string { return "dot" }
func (dot) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: in[0].DType}}, nil
}
func (dot) Grad(_, _, in []graph.Node, _ []bool) []graph.Node { return []graph.Node{in[1], in[0]} }
func (dot) Eval(dst, in []graph.Tensor) error {
	dst[0].F64[0] = inner(in[0], in[1])
	return nil
}

func TestLayoutErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(x graph.Node) graph.Node // x (2, 3)
		want  string
	}{
		{"reshape to another size", func(x graph.Node) graph.Node { return ops.Reshape(x, 4, -1) }, "reshape: 6 elements do not fill (4, -1): x (2, 3) (layout_test.go:"},
		{"reshape to nine axes", func(x graph.Node) graph.Node { return ops.Reshape(x, 2, 3, 1, 1, 1, 1, 1, 1, 1) }, "has 9 axes"},
		{"flatten from no axis", func(x graph.Node) graph.Node { return ops.Flatten(x, 2) }, "flatten: axis 2 is outside the 2 axes: x (2, 3)"},
		{"squeeze of a wide axis", func(x graph.Node) graph.Node { return ops.Squeeze(x, 1) }, "squeeze: axis 1 has size 3, want 1"},
		{"transpose with a repeated axis", func(x graph.Node) graph.Node { return ops.Transpose(x, 0, 0) }, "[0 0] is not a permutation of 2 axes"},
		{"transpose of too few axes", func(x graph.Node) graph.Node { return ops.Transpose(x, 0) }, "[0] is not a permutation of 2 axes"},
		{"transpose of too many axes", func(x graph.Node) graph.Node { return ops.Transpose(x, 0, 1, 0, 1, 0, 1, 0, 1, 0) }, "is not a permutation of 2 axes"},
		{"swap of no axis", func(x graph.Node) graph.Node { return ops.Swap(x, 0, 2) }, "swap: axis 2 is outside the 2 axes"},
		{"expand of a wide axis", func(x graph.Node) graph.Node { return ops.Expand(x, 4, 3) }, "(2, 3) does not broadcast to (4, 3)"},
		{"slice beyond the axis", func(x graph.Node) graph.Node { return ops.Slice(x, 1, 1, 4, 1) }, "slice: 1 to 4 is empty or outside axis 1, which has size 3"},
		{"slice of nothing", func(x graph.Node) graph.Node { return ops.Slice(x, 1, 2, -1, 1) }, "slice: 2 to -1 is empty or outside axis 1, which has size 3"},
		{"slice backwards", func(x graph.Node) graph.Node { return ops.Slice(x, 1, 2, 0, -1) }, "slice: step is -1, want at least 1"},
		{"pad of some axes", func(x graph.Node) graph.Node { return ops.Pad(x, []int{1}, []int{1}, 0) }, "pad: before [1] and after [1] do not give one number for each of 2 axes"},
		{"pad by a negative number", func(x graph.Node) graph.Node { return ops.Pad(x, []int{0, -1}, []int{0, 0}, 0) }, "is negative"},
		{"flip of an axis twice", func(x graph.Node) graph.Node { return ops.Flip(x, 1, -1) }, "flip: axis -1 is given twice"},
		{"concat of shapes that differ elsewhere", func(x graph.Node) graph.Node { return ops.Concat(0, x, ops.Transpose(x)) }, "concat axis=0: operand 1 is float32 (3, 2), which differs from float32 (2, 3) beside axis 0: a (2, 3), b (3, 2)"},
		{"concat along no axis", func(x graph.Node) graph.Node { return ops.Concat(2, x, x) }, "concat: axis 2 is outside the 2 axes"},
		{"split into sizes that do not add up", func(x graph.Node) graph.Node { return ops.Split(x, 1, 1, 1)[0] }, "split: the sizes [1 1] are not positive or do not add up to axis 1, which has size 3"},
		{"stack of different shapes", func(x graph.Node) graph.Node { return ops.Stack(0, x, ops.Transpose(x)) }, "operand 1 is float32 (1, 3, 2)"},
		{"repeat zero times", func(x graph.Node) graph.Node { return ops.Repeat(x, 0, 0) }, "repeat: the number of repetitions is 0, want at least 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			y := c.build(g.Input("x", 2, 3))
			if _, err := g.Compile(y); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q in it", err, c.want)
			}
		})
	}
}
