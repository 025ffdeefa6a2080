package ops

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// softmaxOf and its like are what a pattern looks for, in small ops.
func softmaxOf(x graph.Node, axis int) graph.Node {
	e := Exp(Sub(x, MaxKeep(x, axis)))
	return Div(e, SumKeep(e, axis))
}

func normOf(x graph.Node, eps float64, axes ...int) graph.Node {
	return Div(Sub(x, MeanKeep(x, axes...)), Sqrt(AddScalar(VarKeep(x, 0, axes...), eps)))
}

// patternCases are tapes without and with patterns found, and where there is none. They are among the cases of TestJoin.
func patternCases() []joinCase {
	return []joinCase{
		{name: "a softmax that begins with the maximum",
			build:  func(g *graph.Graph) []graph.Node { return []graph.Node{softmaxOf(g.Input("x", 4, 5), 1)} },
			before: "max axes=[1] keep x, sub x %1, exp %2, sum axes=[1] keep %3, div %3 %4",
			after:  "softmax axis=1 x"},
		{name: "a softmax along the first axis, whose maximum and sum are given their axis again",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				e := Exp(Sub(x, Unsqueeze(Max(x, 0), 0)))
				return []graph.Node{Div(e, Unsqueeze(Sum(e, 0), 0))}
			},
			before: "max axes=[0] x, sub x %2, exp %3, sum axes=[0] %4, div %4 %6",
			after:  "softmax axis=0 x"},
		{name: "a softmax without the maximum overflows, and stays",
			build: func(g *graph.Graph) []graph.Node {
				e := Exp(g.Input("x", 4, 5))
				return []graph.Node{Div(e, SumKeep(e, 1))}
			},
			before: "exp x, sum axes=[1] keep %1, div %1 %2",
			after:  "exp x, sum axes=[1] keep %1, div %1 %2"},
		{name: "a maximum and a sum along different axes are no softmax",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 5, 5)
				e := Exp(Sub(x, MaxKeep(x, 0)))
				return []graph.Node{Div(e, SumKeep(e, 1))}
			},
			before: "max axes=[0] keep x, sub x %1, exp %2, sum axes=[1] keep %3, div %3 %4",
			after:  "max axes=[0] keep x, fused(sub·exp) x %1, sum axes=[1] keep %3, div %3 %4"},
		{name: "a sum over columns that broadcasts over rows is no softmax",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 5, 5)
				e := Exp(Sub(x, MaxKeep(x, 1)))
				return []graph.Node{Div(e, Sum(e, 1))}
			},
			before: "max axes=[1] keep x, sub x %1, exp %2, sum axes=[1] %3, div %3 %4",
			after:  "max axes=[1] keep x, fused(sub·exp) x %1, sum axes=[1] %3, div %3 %4"},
		{name: "a mean for the sum is no softmax",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				e := Exp(Sub(x, MaxKeep(x, 1)))
				return []graph.Node{Div(e, MeanKeep(e, 1))}
			},
			before: "max axes=[1] keep x, sub x %1, exp %2, mean axes=[1] keep %3, div %3 %4",
			after:  "max axes=[1] keep x, fused(sub·exp) x %1, mean axes=[1] keep %3, div %3 %4"},
		{name: "a softmax whose exponentials are an output stays",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				e := Exp(Sub(x, MaxKeep(x, 1)))
				return []graph.Node{Div(e, SumKeep(e, 1)), e}
			},
			before: "max axes=[1] keep x, sub x %1, exp %2, sum axes=[1] keep %3, div %3 %4",
			after:  "max axes=[1] keep x, fused(sub·exp) x %1, sum axes=[1] keep %3, div %3 %4"},
		{name: "the logarithm of a softmax, by one op or by many",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				return []graph.Node{Log(Softmax(x, 0)), Log(softmaxOf(x, 1))}
			},
			before: "softmax axis=0 x, log %1, max axes=[1] keep x, sub x %3, exp %4, sum axes=[1] keep %5, div %5 %6, log %7",
			after:  "logsoftmax axis=0 x, logsoftmax axis=1 x"},
		{name: "the logarithm of a softmax that is read as well",
			build: func(g *graph.Graph) []graph.Node {
				p := Softmax(g.Input("x", 4, 5), 1)
				return []graph.Node{Sum(Mul(p, Log(p)))}
			},
			before: "softmax axis=1 x, log %1, mul %1 %2, sum axes=[0 1] %3",
			after:  "softmax axis=1 x, fused(log·mul) %1, sum axes=[0 1] %3"},
		{name: "a logarithm of the sum of exponentials taken off",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				d := Sub(x, MaxKeep(x, 1))
				return []graph.Node{Sub(d, Log(SumKeep(Exp(d), 1)))}
			},
			before: "max axes=[1] keep x, sub x %1, exp %2, sum axes=[1] keep %3, log %4, sub %2 %5",
			after:  "logsoftmax axis=1 x"},
		{name: "a layer norm with scale and shift",
			build: func(g *graph.Graph) []graph.Node {
				x, w, b := g.Input("x", 4, 5), g.Input("w", 5), g.Input("b", 5)
				return []graph.Node{Add(b, Mul(normOf(x, 1e-5, 1), w))}
			},
			before: "mean axes=[1] keep x, sub x %3, square %4, sum axes=[1] keep %7, scale s=0.2 %8, addscalar s=1e-05 %9, sqrt %10, div %4 %11, mul %12 w, add b %13",
			after:  "layernorm axes=1 eps=1e-05 x w b"},
		{name: "a layer norm over two axes, by a reciprocal root and squares that are products",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 4, 3, 5), g.Input("w", 3, 5)
				d := Sub(x, Reshape(Scale(Sum(x, 1, 2), 1./15), 4, 1, 1))
				return []graph.Node{Mul(w, Mul(Rsqrt(Add(MeanKeep(Mul(d, d), -1, -2), g.Scalar(.1))), d))}
			},
			before: "sum axes=[1 2] x, scale s=0.0666667 %2, sub x %4, mul %5 %5, mean axes=[1 2] keep %6, add %7 0.1, rsqrt %9, mul %10 %5, mul w %11",
			after:  "layernorm axes=2 eps=0.1 x w"},
		{name: "a layer norm without scale takes it, and the shift",
			build: func(g *graph.Graph) []graph.Node {
				x, w, b := g.Input("x", 4, 5), g.Input("w", 5), g.Input("b", 5)
				return []graph.Node{Add(Mul(LayerNorm(x, graph.Node{}, graph.Node{}, .1), w), b)}
			},
			before: "layernorm axes=1 eps=0.1 x, mul %3 w, add %6 b",
			after:  "layernorm axes=1 eps=0.1 x w b"},
		{name: "what is scaled after it was shifted, or by a number for each row, is not part of a layer norm",
			build: func(g *graph.Graph) []graph.Node {
				x, w, b := g.Input("x", 4, 5), g.Input("w", 5), g.Input("column", 4, 1)
				return []graph.Node{Mul(LayerNorm(x, graph.Node{}, w, .1), w), Mul(LayerNorm(x, graph.Node{}, graph.Node{}, .1), b)}
			},
			before: "layernorm axes=1 eps=0.1 x w, mul %3 w, layernorm axes=1 eps=0.1 x, mul %7 column",
			after:  "layernorm axes=1 eps=0.1 x w, mul %3 w, layernorm axes=1 eps=0.1 x, mul %7 column"},
		{name: "means over the first axis are no layer norm",
			build:  func(g *graph.Graph) []graph.Node { return []graph.Node{normOf(g.Input("x", 4, 5), .1, 0)} },
			before: "mean axes=[0] keep x, sub x %1, square %2, sum axes=[0] keep %5, scale s=0.25 %6, addscalar s=0.1 %7, sqrt %8, div %2 %9",
			after:  "mean axes=[0] keep x, sub x %1, square %2, sum axes=[0] keep %5, fused(scale s=0.25·addscalar s=0.1·sqrt) %6, div %2 %9"},
		{name: "the unbiased variance is no layer norm's",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				return []graph.Node{Div(Sub(x, MeanKeep(x, 1)), Sqrt(AddScalar(VarKeep(x, 1, 1), .1)))}
			},
			before: "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %5, scale s=0.25 %6, addscalar s=0.1 %7, sqrt %8, div %2 %9",
			after:  "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %5, fused(scale s=0.25·addscalar s=0.1·sqrt) %6, div %2 %9"},
		{name: "a number that is added to the deviation is no layer norm's",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				return []graph.Node{Div(Sub(x, MeanKeep(x, 1)), AddScalar(Sqrt(VarKeep(x, 0, 1)), .1))}
			},
			before: "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %5, scale s=0.2 %6, sqrt %7, addscalar s=0.1 %8, div %2 %9",
			after:  "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %5, fused(scale s=0.2·sqrt·addscalar s=0.1) %6, div %2 %9"},
		{name: "the deviation of another value is no layer norm's",
			build: func(g *graph.Graph) []graph.Node {
				x, y := g.Input("x", 4, 5), g.Input("y", 4, 5)
				return []graph.Node{Div(Sub(x, MeanKeep(x, 1)), Sqrt(AddScalar(MeanKeep(Square(y), 1), .1)))}
			},
			before: "mean axes=[1] keep x, sub x %2, square y, mean axes=[1] keep %4, addscalar s=0.1 %5, sqrt %6, div %3 %7",
			after:  "mean axes=[1] keep x, square y, mean axes=[1] keep %4, fused(addscalar s=0.1·sqrt) %5, fused(sub·div) x %2 %7"},
		{name: "a layer norm whose variance is an output stays",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				return []graph.Node{VarKeep(x, 0, 1), normOf(x, .1, 1)}
			},
			before: "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %3, scale s=0.2 %4, addscalar s=0.1 %5, sqrt %13, div %2 %14",
			after:  "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %3, scale s=0.2 %4, fused(addscalar s=0.1·sqrt) %5, div %2 %14"},
	}
}

// TestPatternsLeaveTraining: where gradients read what is inside, the tape is that of a compilation without the pass.
func TestPatternsLeaveTraining(t *testing.T) {
	for _, c := range patternCases() {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			outputs := c.build(g)
			var inputs, losses []graph.Node
			for _, n := range g.Nodes() {
				if n.Kind() == graph.KindInput && n.DType().IsFloat() {
					inputs = append(inputs, n)
				}
			}
			for _, y := range outputs {
				losses = append(losses, Sum(Square(y)))
			}
			grads := graph.Gradients(WeightedSum(nil, losses...), inputs...)
			with, err := g.Compile(grads...)
			if err != nil {
				t.Fatal(err)
			}
			without, err := g.CompileWith(graph.CompileOptions{Without: []string{"patterns"}}, grads...)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := tapeText(with), tapeText(without); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestPatternNumbers: patterns give what their small ops give, in both types of floats, at random points.
func TestPatternNumbers(t *testing.T) {
	for _, c := range patternCases() {
		for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
			g := &graph.Graph{Mode: c.mode, DType: dtype}
			outputs := c.build(g)
			plain, err := g.CompileWith(graph.CompileOptions{NoFuse: true}, outputs...)
			if err != nil {
				t.Fatal(err)
			}
			joined, err := g.Compile(outputs...)
			if err != nil {
				t.Fatal(err)
			}
			draw := rand.New(rand.NewPCG(1, uint64(dtype)))
			for range 20 {
				for _, n := range g.Nodes() {
					if n.Kind() != graph.KindInput {
						continue
					}
					v := make([]float64, n.Size())
					labels := make([]int, n.Size())
					for i := range v {
						v[i], labels[i] = 3*draw.NormFloat64(), draw.IntN(3)
					}
					for _, p := range []*graph.Program{plain, joined} {
						if n.DType() == graph.Int64 {
							p.Set(n, labels)
						} else {
							p.Set(n, v)
						}
					}
				}
				for _, p := range []*graph.Program{plain, joined} {
					if err := p.Run(); err != nil {
						t.Fatal(err)
					}
				}
				for i, n := range outputs {
					if err := normwise(elements(joined.Value(n)), elements(plain.Value(n))); err != nil {
						t.Errorf("%s, %v: output %d: %v", c.name, dtype, i, err)
					}
					if slices.ContainsFunc(elements(joined.Value(n)), math.IsNaN) {
						t.Errorf("%s, %v: output %d is no number", c.name, dtype, i)
					}
				}
			}
		}
	}
}
