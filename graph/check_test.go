package graph_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// cube is y = x³, whose slope is that of 3x² times fault.
type cube struct{ fault float64 }

func (cube) String() string                              { return "cube" }
func (cube) Types(in []graph.Type) ([]graph.Type, error) { return in[:1], graph.SameFloats(in...) }
func (o cube) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	if o.fault == 0 {
		return nil
	}
	return []graph.Node{ops.Mul(dy[0], ops.Scale(ops.Square(in[0]), 3*o.fault))}
}
func (cube) Eval(dst, in []graph.Tensor) error {
	for i, v := range in[0].F64 {
		dst[0].F64[i] = v * v * v
	}
	return nil
}

// TestCheckGradient: right rules pass, also those of several operands, integers among them, random numbers, states and
// second derivatives. Wrong ones, and what cannot be checked, are told with what is wrong.
func TestCheckGradient(t *testing.T) {
	x := graph.FromFloat64([]float64{-1.5, .25, 2, 3, -.75, 1}, 2, 3)
	row := graph.FromFloat32([]float32{.5, -2, 1}, 3)
	labels := graph.FromInt64([]int64{2, 0}, 2)
	p := graph.NewParam("p", graph.Type{DType: graph.Float64, Shape: graph.Shape{3}})
	for _, c := range []struct {
		name, want string
		in         []graph.Tensor
		build      func(g *graph.Graph, in []graph.Node) graph.Node
	}{
		{"a rule", "", []graph.Tensor{x},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return graph.Apply(cube{1}, in[0]) }},
		{"a rule that is wrong by a thousandth",
			"check gradient: operand 0, float64 (2, 3), element 0: the gradient is 9.",
			[]graph.Tensor{x}, func(_ *graph.Graph,
				in []graph.Node) graph.Node {
				return graph.Apply(cube{1.001}, in[0])
			}},
		{"no rule", "it has no gradient rule", []graph.Tensor{x},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return graph.Apply(cube{}, in[0]) }},
		{"a second operand, broadcast, in float32", "", []graph.Tensor{x, row},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return ops.Mul(ops.Tanh(in[0]), in[1]) }},
		{"a second operand that is wrong", "operand 1, float64 (2, 3), element 0", []graph.Tensor{x, x},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return ops.Add(in[0], graph.Apply(cube{-1}, in[1])) }},
		{"integers", "", []graph.Tensor{x, labels},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return ops.CrossEntropy(in[0], in[1]) }},
		{"a second derivative", "", []graph.Tensor{x}, func(_ *graph.Graph, in []graph.Node) graph.Node {
			return graph.Gradients(ops.Sum(graph.Apply(cube{1}, in[0])), in[0])[0]
		}},
		{"random numbers", "", []graph.Tensor{x},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return ops.Dropout(in[0], .5) }},
		{"a state and a parameter that change", "", []graph.Tensor{row},
			func(g *graph.Graph, in []graph.Node) graph.Node {
				h, w := g.State("h", 3), g.Param(p)
				g.Assign(h, ops.AddScalar(h, 1))
				g.Assign(w, ops.AddScalar(w, 1))
				return ops.Mul(in[0], ops.Mul(ops.AddScalar(h, 2), ops.AddScalar(w, 3)))
			}},
		{"an operand that does nothing", "", []graph.Tensor{x, row},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return in[0] }},
		{"a kink", "the gradient is 0, central differences give", []graph.Tensor{graph.FromFloat64([]float64{0}, 1)},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return ops.ReLU(in[0]) }},
		{"no build", "check gradient: build is nil", []graph.Tensor{x}, nil},
		{"no node", "build returns the zero Node", []graph.Tensor{x},
			func(*graph.Graph, []graph.Node) graph.Node { return graph.Node{} }},
		{"a node of another graph", "build returns a node of another graph", []graph.Tensor{x},
			func(*graph.Graph, []graph.Node) graph.Node { return (&graph.Graph{}).Input("x") }},
		{"integers as the result", "build returns int64 (2), want floats", []graph.Tensor{x, labels},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return in[1] }},
		{"operands that do not fit", "add: shapes do not broadcast: axis 1 from the end has sizes 3 and 2",
			[]graph.Tensor{x, graph.FromFloat64([]float64{1, 2}, 2)},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return ops.Add(in[0], in[1]) }},
		{"no floats", "no operand holds floats", []graph.Tensor{labels},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return in[0] }},
		{"a number that is not finite", "operand 0: element 1 is NaN, want finite numbers",
			[]graph.Tensor{graph.FromFloat64([]float64{1, math.NaN()}, 2)},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return in[0] }},
		{"a tensor without memory", "operand 0: 0 elements of float32 do not fill shape (2)",
			[]graph.Tensor{{Type: graph.Type{Shape: graph.Shape{2}}}},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return in[0] }},
		{"a result that is not finite", "the result is not finite there: Σ w·y is NaN",
			[]graph.Tensor{graph.FromFloat64([]float64{-4}, 1)},
			func(_ *graph.Graph, in []graph.Node) graph.Node { return ops.Log(in[0]) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := graph.CheckGradient(c.build, c.in...)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if got := p.Tensor().F64; got[0] != 0 {
		t.Errorf("a parameter was left as %v", got)
	}
	if x.F64[0] != -1.5 || row.F32[1] != -2 {
		t.Error("the operands were changed")
	}
}

// TestBroadcastShape: as NumPy's rule.
func TestBroadcastShape(t *testing.T) {
	for _, c := range []struct {
		name   string
		shapes []graph.Shape
		want   graph.Shape
		err    string
	}{
		{"no shape", nil, graph.Shape{}, ""},
		{"one", []graph.Shape{{2, 3}}, graph.Shape{2, 3}, ""},
		{"a scalar", []graph.Shape{{}, {2}}, graph.Shape{2}, ""},
		{"a row and a column", []graph.Shape{{3}, {2, 1}}, graph.Shape{2, 3}, ""},
		{"three", []graph.Shape{{4, 1, 1}, {3}, {1, 2, 1}}, graph.Shape{4, 2, 3}, ""},
		{"sizes that differ", []graph.Shape{{4, 3}, {2, 3}}, nil,
			"shapes do not broadcast: axis 2 from the end has sizes 4 and 2"},
	} {
		got, err := graph.BroadcastShape(c.shapes...)
		if !got.Equal(c.want) || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s: got %v, %v", c.name, got, err)
		}
	}
}
