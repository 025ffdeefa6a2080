package graph_test

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Hypot returns √(a² + b²) of two values of one shape, element by element. It is an op as one writes it outside of
// this module.
func Hypot(a, b graph.Node) graph.Node { return graph.Apply(hypot{}, a, b) }

type hypot struct{}

func (hypot) String() string   { return "hypot" }
func (hypot) Operands() string { return "a b" }

func (hypot) Types(in []graph.Type) ([]graph.Type, error) {
	if err := graph.SameFloats(in...); err != nil {
		return nil, err
	}
	if !in[0].Shape.Equal(in[1].Shape) {
		return nil, fmt.Errorf("a and b differ in shape")
	}
	return in[:1], nil
}

// Grad is da = dy·a/y, db = dy·b/y.
func (hypot) Grad(y, dy, in []graph.Node, want []bool) []graph.Node {
	d := make([]graph.Node, 2)
	for i, x := range in {
		if want[i] {
			d[i] = ops.Mul(dy[0], ops.Div(x, y[0]))
		}
	}
	return d
}

func (o hypot) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalHypot[float32], evalHypot[float64])
}

func evalHypot[T float32 | float64](_ hypot, dst, in []graph.Tensor) error {
	y, a, b := graph.Floats[T](dst[0]), graph.Floats[T](in[0]), graph.Floats[T](in[1])
	for i := range y {
		y[i] = T(math.Hypot(float64(a[i]), float64(b[i])))
	}
	return nil
}

// InPlace says that the result may overwrite either operand: element i is read before it is written.
func (hypot) InPlace(int) []int { return []int{0, 1} }

func (hypot) Draw([]graph.Type) (graph.Role, string) { return graph.RoleElementwise, "Hypot" }

// ExampleEvalFloats evaluates one op in both types of floats.
func ExampleEvalFloats() {
	for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		g := &graph.Graph{DType: dtype}
		y := Hypot(g.Scalar(1), g.Scalar(1))
		prog, err := g.Compile(y)
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := prog.Run(); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(dtype, prog.Float(y))
	}
	// Output:
	// float32 1.4142135381698608
	// float64 1.4142135623730951
}

// ExampleCheckGradient checks the derivative rule of an op of one's own.
func ExampleCheckGradient() {
	err := graph.CheckGradient(func(_ *graph.Graph, in []graph.Node) graph.Node { return Hypot(in[0], in[1]) },
		graph.FromFloat64([]float64{3, -1, 2}, 3), graph.FromFloat64([]float64{4, 2, .5}, 3))
	fmt.Println(err)

	// A rule that forgets a factor is told by both numbers.
	err = graph.CheckGradient(func(_ *graph.Graph,
		in []graph.Node) graph.Node {
		return graph.Apply(forgetful{}, in[0])
	},
		graph.FromFloat64([]float64{3}, 1))
	fmt.Println(err)
	// Output:
	// <nil>
	// check gradient: operand 0, float64 (1), element 0: the gradient is 4.2622065, central differences give 8.524413
}

// forgetful is y = x², and leaves the 2 of its derivative out.
type forgetful struct{}

func (forgetful) String() string                              { return "forgetful" }
func (forgetful) Types(in []graph.Type) ([]graph.Type, error) { return in[:1], nil }
func (forgetful) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{ops.Mul(dy[0], in[0])}
}
func (forgetful) Eval(dst, in []graph.Tensor) error {
	for i, x := range in[0].F64 {
		dst[0].F64[i] = x * x
	}
	return nil
}

// Shapes meet at their last axis, and a size of 1 gives way.
func ExampleBroadcastShape() {
	fmt.Println(graph.BroadcastShape(graph.Shape{8, 1, 3}, graph.Shape{5, 1}))
	fmt.Println(graph.BroadcastShape(graph.Shape{4, 3}, graph.Shape{2, 3}))
	// Output:
	// (8, 5, 3) <nil>
	// () shapes do not broadcast: axis 2 from the end has sizes 4 and 2
}
