package ops

import (
	"math"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// vectorOf is a constant of one axis.
func vectorOf(g *graph.Graph, v ...float64) graph.Node {
	return g.Constant(graph.FromFloat64(v, len(v)))
}

// positive maps any x to a number above ½, for functions that live there.
func positive(x graph.Node) graph.Node { return AddScalar(Square(x), 0.5) }

// elementwiseGradients are the functions of one or two values, each at operands inside its domain. Their first and
// second derivatives are checked.
var elementwiseGradients = []struct {
	name   string
	build  func(in []graph.Node) graph.Node
	shapes []graph.Shape
}{
	{"add", func(in []graph.Node) graph.Node { return Add(in[0], in[1]) }, []graph.Shape{{2, 3}, {2, 3}}},
	{"add of a row", func(in []graph.Node) graph.Node { return Add(in[0], in[1]) }, []graph.Shape{{2, 3}, {3}}},
	{"sub of a column", func(in []graph.Node) graph.Node { return Sub(in[0], in[1]) }, []graph.Shape{{2, 1}, {2, 3}}},
	{"mul of an outer product", func(in []graph.Node) graph.Node { return Mul(in[0], in[1]) },
		[]graph.Shape{{2, 1}, {1, 3}}},
	{"mul with itself", func(in []graph.Node) graph.Node { return Mul(in[0], in[0]) }, []graph.Shape{{3}}},
	{"mul by channel", func(in []graph.Node) graph.Node { return Mul(in[0], in[1]) },
		[]graph.Shape{{2, 3, 2, 2}, {3, 1, 1}}},
	{"div", func(in []graph.Node) graph.Node { return Div(in[0], positive(in[1])) }, []graph.Shape{{2, 3}, {3}}},
	{"div of a scalar", func(in []graph.Node) graph.Node { return Div(in[0], positive(in[1])) },
		[]graph.Shape{{}, {3}}},
	{"pow", func(in []graph.Node) graph.Node { return Pow(positive(in[0]), in[1]) }, []graph.Shape{{2, 3}, {3}}},
	{"minimum", func(in []graph.Node) graph.Node { return Minimum(in[0], Square(in[1])) },
		[]graph.Shape{{2, 3}, {2, 3}}},
	{"maximum", func(in []graph.Node) graph.Node { return Maximum(in[0], Square(in[1])) }, []graph.Shape{{2, 3}, {3}}},
	{"where", func(in []graph.Node) graph.Node { return Where(Less(in[0], in[1]), Square(in[0]), in[1]) },
		[]graph.Shape{{2, 3}, {3}}},
	{"sum to", func(in []graph.Node) graph.Node { return SumTo(Square(in[0]), 3, 1) }, []graph.Shape{{2, 3, 2}}},

	{"neg", func(in []graph.Node) graph.Node { return Neg(in[0]) }, []graph.Shape{{5}}},
	{"abs", func(in []graph.Node) graph.Node { return Abs(in[0]) }, []graph.Shape{{5}}},
	{"exp", func(in []graph.Node) graph.Node { return Exp(in[0]) }, []graph.Shape{{5}}},
	{"log", func(in []graph.Node) graph.Node { return Log(positive(in[0])) }, []graph.Shape{{5}}},
	{"sqrt", func(in []graph.Node) graph.Node { return Sqrt(positive(in[0])) }, []graph.Shape{{5}}},
	{"rsqrt", func(in []graph.Node) graph.Node { return Rsqrt(positive(in[0])) }, []graph.Shape{{5}}},
	{"square", func(in []graph.Node) graph.Node { return Square(in[0]) }, []graph.Shape{{5}}},
	{"reciprocal", func(in []graph.Node) graph.Node { return Reciprocal(positive(in[0])) }, []graph.Shape{{5}}},
	{"sin", func(in []graph.Node) graph.Node { return Sin(in[0]) }, []graph.Shape{{5}}},
	{"cos", func(in []graph.Node) graph.Node { return Cos(in[0]) }, []graph.Shape{{5}}},
	{"erf", func(in []graph.Node) graph.Node { return Erf(in[0]) }, []graph.Shape{{5}}},
	{"clamp", func(in []graph.Node) graph.Node { return Clamp(in[0], -.5, .7) }, []graph.Shape{{9}}},
	{"add scalar", func(in []graph.Node) graph.Node { return AddScalar(in[0], 2) }, []graph.Shape{{5}}},
	{"scale", func(in []graph.Node) graph.Node { return Scale(in[0], -3) }, []graph.Shape{{5}}},
	{"pow scalar", func(in []graph.Node) graph.Node { return PowScalar(positive(in[0]), 2.5) }, []graph.Shape{{5}}},
	{"first power", func(in []graph.Node) graph.Node { return PowScalar(in[0], 1) }, []graph.Shape{{5}}},

	{"sigmoid", func(in []graph.Node) graph.Node { return Sigmoid(in[0]) }, []graph.Shape{{9}}},
	{"tanh", func(in []graph.Node) graph.Node { return Tanh(in[0]) }, []graph.Shape{{9}}},
	{"relu", func(in []graph.Node) graph.Node { return ReLU(in[0]) }, []graph.Shape{{9}}},
	{"leaky relu", func(in []graph.Node) graph.Node { return LeakyReLU(in[0], .2) }, []graph.Shape{{9}}},
	{"elu", func(in []graph.Node) graph.Node { return ELU(in[0], 1.5) }, []graph.Shape{{9}}},
	{"silu", func(in []graph.Node) graph.Node { return SiLU(in[0]) }, []graph.Shape{{9}}},
	{"gelu", func(in []graph.Node) graph.Node { return GELU(in[0]) }, []graph.Shape{{9}}},
	{"gelu tanh", func(in []graph.Node) graph.Node { return GELUTanh(in[0]) }, []graph.Shape{{9}}},
	{"softplus", func(in []graph.Node) graph.Node { return Softplus(in[0]) }, []graph.Shape{{9}}},
}

func TestElementwiseGradients(t *testing.T) {
	for _, tc := range elementwiseGradients {
		t.Run(tc.name, func(t *testing.T) { checkGradients(t, tc.build, tc.shapes...) })
	}
}

// Third derivatives by a second derivative of the first: the rules of the derivative ops are made of ops that have
// rules.
func TestThirdDerivatives(t *testing.T) {
	for _, tc := range elementwiseGradients {
		if len(tc.shapes) > 1 {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			checkGradients(t, func(in []graph.Node) graph.Node {
				return graph.Gradients(weighted(tc.build(in), "third"), in[0])[0]
			}, tc.shapes...)
		})
	}
}

// checkSlopes compares y and dy/dx of build at the elements of x, which is one operand.
func checkSlopes(t *testing.T, build func(x graph.Node) graph.Node, x, y, dx []float64) {
	t.Helper()
	checkValue(t, func(g *graph.Graph) graph.Node { return build(vectorOf(g, x...)) }, y...)
	checkValue(t, func(g *graph.Graph) graph.Node {
		n := vectorOf(g, x...)
		return graph.Gradients(Sum(build(n)), n)[0]
	}, dx...)
}

func TestConventionsAtTheEdges(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, tc := range []struct {
		name     string
		build    func(x graph.Node) graph.Node
		x, y, dx []float64
	}{
		{"sqrt has an infinite slope at 0", Sqrt, []float64{0, 4}, []float64{0, 2}, []float64{inf, .25}},
		{"abs has none", Abs, []float64{-2, 0, 2}, []float64{2, 0, 2}, []float64{-1, 0, 1}},
		{"relu has none, and keeps NaN", ReLU, []float64{-1, 0, 2, nan}, []float64{0, 0, 2, nan},
			[]float64{0, 0, 1, 1}},
		{"clamp passes the gradient on its bounds", func(x graph.Node) graph.Node { return Clamp(x, -1, 1) },
			[]float64{-2, -1, 0, 1, 2}, []float64{-1, -1, 0, 1, 1}, []float64{0, 1, 1, 1, 0}},
		{"the power 0 is 1 and flat, at 0 too", func(x graph.Node) graph.Node { return PowScalar(x, 0) },
			[]float64{0, 3}, []float64{1, 1}, []float64{0, 0}},
		{"the power -1 is the reciprocal", func(x graph.Node) graph.Node { return PowScalar(x, -1) },
			[]float64{2}, []float64{.5}, []float64{-.25}},
		{"softplus of large numbers", Softplus, []float64{1000, -1000}, []float64{1000, 0}, []float64{1, 0}},
		{"sigmoid of large numbers", Sigmoid, []float64{1000, -1000}, []float64{1, 0}, []float64{0, 0}},
		{"tanh of large numbers", Tanh, []float64{1000, -1000}, []float64{1, -1}, []float64{0, 0}},
		{"maximum of equal operands splits the gradient", func(x graph.Node) graph.Node { return Maximum(x, zero(x)) },
			[]float64{-1, 0, 1}, []float64{0, 0, 1}, []float64{0, .5, 1}},
		{"minimum of equal operands splits the gradient", func(x graph.Node) graph.Node { return Minimum(x, zero(x)) },
			[]float64{-1, 0, 1}, []float64{-1, 0, 0}, []float64{1, .5, 0}},
		{"0^b: no gradient for b ≥ 0", func(b graph.Node) graph.Node { return Pow(zero(b), b) },
			[]float64{0, 2}, []float64{1, 0}, []float64{0, 0}},
		{"a^0: no gradient, at 0 too", func(a graph.Node) graph.Node { return Pow(a, zero(a)) },
			[]float64{0, 2}, []float64{1, 1}, []float64{0, 0}},
		{"where takes the gradient to the branch that is taken", func(x graph.Node) graph.Node {
			return Where(Less(x, zero(x)), Scale(x, 2), Scale(x, 3))
		}, []float64{-1, 1}, []float64{-2, 3}, []float64{2, 3}},
	} {
		t.Run(tc.name, func(t *testing.T) { checkSlopes(t, tc.build, tc.x, tc.y, tc.dx) })
	}
}

func TestComparisons(t *testing.T) {
	for _, tc := range []struct {
		name    string
		compare func(a, b graph.Node) graph.Node
		want    []float64
	}{
		{"less", Less, []float64{1, 0, 0}},
		{"less or equal", LessEqual, []float64{1, 1, 0}},
		{"greater", Greater, []float64{0, 0, 1}},
		{"greater or equal", GreaterEqual, []float64{0, 1, 1}},
		{"equal", Equal, []float64{0, 1, 0}},
		{"not equal", NotEqual, []float64{1, 0, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			checkValue(t, func(g *graph.Graph) graph.Node { return tc.compare(vectorOf(g, 1, 2, 3), g.Scalar(2)) },
				tc.want...)
			// A comparison on the way is flat by nature and no error.
			checkValue(t, func(g *graph.Graph) graph.Node {
				x := vectorOf(g, 1, 2, 3)
				return graph.Gradients(Sum(Mul(tc.compare(x, g.Scalar(2)), x)), x)[0]
			}, tc.want...)
		})
	}
	checkValue(t, func(g *graph.Graph) graph.Node { return Sign(vectorOf(g, -3, 0, 2)) }, -1, 0, 1)
}

func TestArithmeticErrors(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		build      func(g *graph.Graph) graph.Node
	}{
		{"shapes that do not broadcast",
			"add: shapes do not broadcast: axis 1 from the end has sizes 3 and 4: a (2, 3), b (4) (arith_test.go:",
			func(g *graph.Graph) graph.Node { return Add(g.Input("a", 2, 3), g.Input("b", 4)) }},
		{"integers", "relu: an operand holds int64, want floats: x int64 (2)",
			func(g *graph.Graph) graph.Node { return ReLU(g.Indices("i", 2)) }},
		{"mixed floats", "mul: operands hold float32 and float64, want one float type",
			func(g *graph.Graph) graph.Node { return Mul(g.Input("a", 2), vectorOf(g, 1, 2)) }},
		{"sum to a shape that does not broadcast", "does not broadcast",
			func(g *graph.Graph) graph.Node { return SumTo(g.Input("a", 2, 3), 2) }},
		{"an axis that is not there", "sum: axis 2 is outside the 2 axes: x (2, 3)",
			func(g *graph.Graph) graph.Node { return Sum(g.Input("a", 2, 3), 2) }},
		{"an axis twice", "mean: axis -1 is given twice",
			func(g *graph.Graph) graph.Node { return Mean(g.Input("a", 2, 3), 1, -1) }},
		{"variance of one element", "var: 1 elements with correction 1 leave nothing to divide by",
			func(g *graph.Graph) graph.Node { return Var(g.Input("a", 2, 1), 1, 1) }},
		{"softmax along a missing axis", "softmax: axis -3 is outside the 2 axes",
			func(g *graph.Graph) graph.Node { return Softmax(g.Input("a", 2, 3), -3) }},
		{"training a batch norm on one value", "batchnorm eps=1e-05: there is one value per channel",
			func(g *graph.Graph) graph.Node {
				return BatchNorm(g.Input("a", 1, 3, 1, 1), graph.Node{}, graph.Node{}, graph.Node{}, graph.Node{},
					BatchNormOptions{})
			}},
		{"batch norm of other channels", "x has 3 channels, a parameter has shape (4): x (2, 3), w (4)",
			func(g *graph.Graph) graph.Node {
				return BatchNorm(g.Input("a", 2, 3), g.Input("w", 4), graph.Node{}, graph.Node{}, graph.Node{},
					BatchNormOptions{})
			}},
		{"layer norm of other sizes", "layernorm axes=1 eps=1e-05: weight and shift have shape (4), want (3)",
			func(g *graph.Graph) graph.Node {
				return LayerNorm(g.Input("a", 2, 3), g.Input("w", 4), graph.Node{}, 1e-5)
			}},
		{"groups that do not divide", "groupnorm groups=2 eps=1e-05: 3 channels do not make 2 groups",
			func(g *graph.Graph) graph.Node {
				return GroupNorm(g.Input("a", 2, 3, 4), 2, graph.Node{}, graph.Node{}, 1e-5)
			}},
	} {
		t.Run(tc.name, func(t *testing.T) { checkError(t, tc.want, tc.build) })
	}
}

// One mistake gives one message: further ops on its result say nothing and do not panic.
func TestInvalidOperandsPassThrough(t *testing.T) {
	g := &graph.Graph{}
	bad := Add(g.Input("a", 2), g.Input("b", 3))
	message := g.Err().Error()
	for _, n := range []graph.Node{
		ReLU(bad), Add(bad, bad), SumTo(bad, 1), Sum(bad, 7), Var(bad, 0), ArgMax(bad, 1), Softmax(bad, 9),
		Where(bad, bad, bad),
		BatchNorm(bad, graph.Node{}, graph.Node{}, graph.Node{}, graph.Node{}, BatchNormOptions{}),
		LayerNorm(bad, graph.Node{}, graph.Node{}, 0), GroupNorm(bad, 1, graph.Node{}, graph.Node{}, 0),
	} {
		if n.Valid() {
			t.Error("an op on an invalid node is valid")
		}
	}
	if g.Err().Error() != message {
		t.Errorf("the error became %v", g.Err())
	}
}

// The float32 forms agree with the float64 ones.
func TestElementwiseInFloat32(t *testing.T) {
	for _, tc := range elementwiseGradients {
		t.Run(tc.name, func(t *testing.T) { checkFloat32(t, tc.build, tc.shapes...) })
	}
}

// checkFloat32 compares value and gradients in float32 with those in float64.
func checkFloat32(t *testing.T, build func(in []graph.Node) graph.Node, shapes ...graph.Shape) {
	t.Helper()
	var got [2][]graph.Tensor
	for i, dtype := range []graph.DType{graph.Float32, graph.Float64} {
		g := &graph.Graph{DType: dtype}
		var in []graph.Node
		for k, s := range shapes {
			in = append(in, g.Input(string(rune('a'+k)), s...))
		}
		y := build(in)
		outputs := append(graph.Gradients(Sum(y), in...), y)
		p, err := g.Compile(outputs...)
		if err != nil {
			t.Fatal(err)
		}
		for k, n := range in {
			p.Set(n, normals(string(rune('a'+k)), shapes[k]...))
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		for _, n := range outputs {
			got[i] = append(got[i], p.Value(n).Clone())
		}
	}
	for i, single := range got[0] {
		for k := range single.F32 {
			if a, b := single.At(k), got[1][i].At(k); !(math.Abs(a-b) <= 2e-5*(1+math.Abs(b))) {
				t.Fatalf("output %d, element %d is %v in float32, %v in float64", i, k, a, b)
			}
		}
	}
}
