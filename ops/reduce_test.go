package ops

import (
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

var reduceGradients = []struct {
	name  string
	build func(in []graph.Node) graph.Node
	shape graph.Shape
}{
	{"sum of all", func(in []graph.Node) graph.Node { return Sum(Square(in[0])) }, graph.Shape{2, 3}},
	{"sum of the first axis", func(in []graph.Node) graph.Node { return Sum(Square(in[0]), 0) }, graph.Shape{2, 3, 2}},
	{"sum of the outer axes", func(in []graph.Node) graph.Node { return Sum(Square(in[0]), 0, -1) },
		graph.Shape{2, 3, 2}},
	{"sum that keeps the axis", func(in []graph.Node) graph.Node { return Mul(SumKeep(in[0], 1), in[0]) },
		graph.Shape{2, 3}},
	{"mean", func(in []graph.Node) graph.Node { return Mean(Square(in[0]), 1) }, graph.Shape{2, 3, 2}},
	{"mean that keeps the axis", func(in []graph.Node) graph.Node { return Mul(MeanKeep(in[0], 0), in[0]) },
		graph.Shape{2, 3}},
	{"biased variance", func(in []graph.Node) graph.Node { return Var(in[0], 0, 0, 2) }, graph.Shape{2, 3, 2}},
	{"unbiased variance", func(in []graph.Node) graph.Node { return VarKeep(in[0], 1, 1) }, graph.Shape{2, 3}},
	{"max", func(in []graph.Node) graph.Node { return Max(Square(in[0]), 1) }, graph.Shape{2, 4}},
	{"max that keeps the axes", func(in []graph.Node) graph.Node { return Mul(MaxKeep(in[0], 0, 1), in[0]) },
		graph.Shape{2, 4}},
	{"min", func(in []graph.Node) graph.Node { return Min(in[0], 0) }, graph.Shape{3, 2}},
	{"min that keeps the axis", func(in []graph.Node) graph.Node { return Square(MinKeep(in[0], -1)) },
		graph.Shape{3, 2}},

	{"softmax", func(in []graph.Node) graph.Node { return Softmax(in[0], -1) }, graph.Shape{2, 3}},
	{"softmax of an inner axis", func(in []graph.Node) graph.Node { return Softmax(in[0], 1) }, graph.Shape{2, 3, 2}},
	{"log-softmax", func(in []graph.Node) graph.Node { return LogSoftmax(in[0], -1) }, graph.Shape{2, 3}},
	{"log-softmax of the first axis", func(in []graph.Node) graph.Node { return LogSoftmax(in[0], 0) },
		graph.Shape{3, 2}},
}

func TestReduceGradients(t *testing.T) {
	for _, tc := range reduceGradients {
		t.Run(tc.name, func(t *testing.T) {
			checkGradients(t, tc.build, tc.shape)
			checkFloat32(t, tc.build, tc.shape)
		})
	}
	for _, tc := range reduceGradients {
		t.Run("third derivative of "+tc.name, func(t *testing.T) {
			checkGradients(t, func(in []graph.Node) graph.Node {
				return graph.Gradients(weighted(tc.build(in), "third"), in[0])[0]
			}, tc.shape)
		})
	}
}

func TestReductions(t *testing.T) {
	nan := math.NaN()
	matrix := func(g *graph.Graph, v ...float64) graph.Node { return g.Constant(graph.FromFloat64(v, 2, len(v)/2)) }
	for _, tc := range []struct {
		name  string
		build func(g *graph.Graph) graph.Node
		shape graph.Shape
		want  []float64
	}{
		{"sum of all", func(g *graph.Graph) graph.Node { return Sum(matrix(g, 1, 2, 3, 4, 5, 6)) }, nil,
			[]float64{21}},
		{"sum of columns", func(g *graph.Graph) graph.Node { return Sum(matrix(g, 1, 2, 3, 4, 5, 6), 0) },
			graph.Shape{3}, []float64{5, 7, 9}},
		{"sum that keeps", func(g *graph.Graph) graph.Node { return SumKeep(matrix(g, 1, 2, 3, 4, 5, 6), 1) },
			graph.Shape{2, 1}, []float64{6, 15}},
		{"sum to a column", func(g *graph.Graph) graph.Node { return SumTo(matrix(g, 1, 2, 3, 4, 5, 6), 2, 1) },
			graph.Shape{2, 1}, []float64{6, 15}},
		{"mean", func(g *graph.Graph) graph.Node { return Mean(matrix(g, 1, 2, 3, 4, 5, 6), -1) }, graph.Shape{2},
			[]float64{2, 5}},
		{"biased variance", func(g *graph.Graph) graph.Node { return Var(vectorOf(g, 1, 2, 3, 4), 0) }, nil,
			[]float64{1.25}},
		{"unbiased variance", func(g *graph.Graph) graph.Node { return Var(vectorOf(g, 1, 2, 3, 4), 1) }, nil,
			[]float64{5. / 3}},
		{"max with NaN", func(g *graph.Graph) graph.Node { return Max(matrix(g, 1, 3, nan, 4), 1) }, graph.Shape{2},
			[]float64{3, nan}},
		{"min", func(g *graph.Graph) graph.Node { return MinKeep(matrix(g, 1, 3, 2, 4), 0) }, graph.Shape{1, 2},
			[]float64{1, 3}},
		{"argmax of equals is the first", func(g *graph.Graph) graph.Node {
			return ArgMax(matrix(g, 1, 3, 3, 5, 4, 5),
				1)
		}, graph.Shape{2}, []float64{1, 0}},
		{"argmin of columns", func(g *graph.Graph) graph.Node { return ArgMin(matrix(g, 1, 3, 3, 0, 4, 3), 0) },
			graph.Shape{3}, []float64{1, 0, 0}},
		{"the gradient of max goes to the first of equals", func(g *graph.Graph) graph.Node {
			x := matrix(g, 1, 3, 3, 5, 4, 5)
			return graph.Gradients(Sum(Max(x, 1)), x)[0]
		}, graph.Shape{2, 3}, []float64{0, 1, 0, 1, 0, 0}},
		{"softmax of 1 2 3", func(g *graph.Graph) graph.Node { return Softmax(vectorOf(g, 1, 2, 3), 0) },
			graph.Shape{3},
			[]float64{.0900305732, .2447284711, .6652409558}},
		{"softmax of large numbers", func(g *graph.Graph) graph.Node { return Softmax(vectorOf(g, 1e4, 1e4-1, 0), 0) },
			graph.Shape{3},
			[]float64{.7310585786, .2689414214, 0}},
		{"softmax of a finite mask is uniform",
			func(g *graph.Graph) graph.Node { return Softmax(vectorOf(g, -1e9, -1e9), 0) }, graph.Shape{2},
			[]float64{.5, .5}},
		{"log-softmax of 1 2 3", func(g *graph.Graph) graph.Node { return LogSoftmax(vectorOf(g, 1, 2, 3), -1) },
			graph.Shape{3},
			[]float64{-2.4076059644, -1.4076059644, -.4076059644}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			checkValue(t, func(g *graph.Graph) graph.Node {
				y := tc.build(g)
				if !slices.Equal(y.Shape(), tc.shape) {
					t.Errorf("shape %v, want %v", y.Shape(), tc.shape)
				}
				return y
			}, tc.want...)
		})
	}
}
