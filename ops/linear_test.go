package ops

import (
	"github.com/stheno-ml/stheno/graph"
)

var linearCases = []opCase{
	{name: "linear maps rows by a stored transpose and adds a bias",
		in:    []operand{given(shape(2, 3), 1, 2, 3, 4, 5, 6), given(shape(2, 3), 1, 0, -1, 2, 1, 0), row(10, 20)},
		build: func(in []graph.Node) graph.Node { return Linear(in[0], in[1], in[2]) },
		want:  []float64{8, 24, 8, 33}, // [1-3+10, 2+2+20; 4-6+10, 8+5+20]
		torch: "F.linear(a, b, c)", second: true},
	{name: "linear without bias", in: []operand{some(4, 5), some(3, 5)},
		build: func(in []graph.Node) graph.Node { return Linear(in[0], in[1], graph.Node{}) },
		torch: "F.linear(a, b)", second: true},
	{name: "linear over the last of three axes", in: []operand{some(2, 3, 4), some(5, 4), some(5)},
		build: func(in []graph.Node) graph.Node { return Linear(in[0], in[1], in[2]) },
		torch: "F.linear(a, b, c)", second: true},
	{name: "linear of a single row", in: []operand{some(4), some(5, 4), some(5)},
		build: func(in []graph.Node) graph.Node { return Linear(in[0], in[1], in[2]) },
		torch: "F.linear(a, b, c)", second: true},
}

var linearErrors = []shapeError{
	{"linear with the wrong number of features", func(g *graph.Graph) graph.Node {
		defer g.Scope("fc1")()
		return Linear(g.Input("x", 8, 64), g.Input("w", 10, 32), g.Input("b", 10))
	}, "fc1: linear: input has 64 features, weight expects 32: x (8, 64), w (10, 32), b (10) (linear_test.go:"},
	{"linear with a bias of another length", func(g *graph.Graph) graph.Node {
		return Linear(g.Input("x", 8, 32), g.Input("w", 10, 32), g.Input("b", 9))
	}, "bias has shape (9), want (10)"},
	{"linear with a weight of three axes", func(g *graph.Graph) graph.Node {
		return Linear(g.Input("x", 8, 32), g.Input("w", 10, 32, 1), graph.Node{})
	}, "weight has rank 3, want (out, in)"},
	{"linear of integers", func(g *graph.Graph) graph.Node {
		return Linear(g.Indices("x", 8, 32), g.Input("w", 10, 32), graph.Node{})
	}, "an operand holds int64, want floats"},
}

var matmulCases = []opCase{
	{name: "matmul of two matrices",
		in:    []operand{given(shape(2, 2), 1, 2, 3, 4), given(shape(2, 2), 5, 6, 7, 8)},
		build: func(in []graph.Node) graph.Node { return MatMul(in[0], in[1]) },
		want:  []float64{19, 22, 43, 50},
		torch: "a @ b", second: true},
	{name: "matmul with a transposed", in: []operand{some(3, 2), some(3, 4)},
		build: func(in []graph.Node) graph.Node { return MatMulT(in[0], in[1], true, false) },
		torch: "a.T @ b", second: true},
	{name: "matmul with b transposed", in: []operand{some(2, 3), some(4, 3)},
		build: func(in []graph.Node) graph.Node { return MatMulT(in[0], in[1], false, true) },
		torch: "a @ b.T", second: true},
	{name: "matmul with both transposed", in: []operand{some(3, 2), some(4, 3)},
		build: func(in []graph.Node) graph.Node { return MatMulT(in[0], in[1], true, true) },
		torch: "a.T @ b.T", second: true},
	{name: "matmul of a batch", in: []operand{some(3, 2, 4), some(3, 4, 2)},
		build: func(in []graph.Node) graph.Node { return MatMul(in[0], in[1]) },
		torch: "a @ b", second: true},
	{name: "matmul of a batch by one matrix", in: []operand{some(2, 3, 2, 4), some(4, 3)},
		build: func(in []graph.Node) graph.Node { return MatMul(in[0], in[1]) },
		torch: "a @ b", second: true},
	{name: "matmul of batches that broadcast both ways", in: []operand{some(2, 1, 2, 3), some(3, 3, 2)},
		build: func(in []graph.Node) graph.Node { return MatMul(in[0], in[1]) },
		torch: "a @ b", second: true},
	{name: "matmul of batches with a middle axis that broadcasts, transposed",
		in:    []operand{some(2, 1, 2, 3, 2), some(2, 3, 1, 4, 3)},
		build: func(in []graph.Node) graph.Node { return MatMulT(in[0], in[1], true, true) },
		torch: "a.transpose(-1, -2) @ b.transpose(-1, -2)", second: true},
}

var matmulErrors = []shapeError{
	{"matmul of matrices that do not fit", func(g *graph.Graph) graph.Node {
		return MatMul(g.Input("a", 2, 3), g.Input("b", 4, 5))
	}, "matmul: a has 3 columns, b has 4 rows: a (2, 3), b (4, 5)"},
	{"matmul of batches that do not fit", func(g *graph.Graph) graph.Node {
		return MatMul(g.Input("a", 2, 3, 3), g.Input("b", 5, 3, 3))
	}, "batch axes (2) and (5) do not broadcast"},
	{"matmul of a vector", func(g *graph.Graph) graph.Node {
		return MatMul(g.Input("a", 3), g.Input("b", 3, 3))
	}, "operands have rank 1 and 2, want at least 2"},
}
