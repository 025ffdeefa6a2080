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

// heads are q of t queries, k and v of s.
func heads(g *graph.Graph, t, s int) (q, k, v graph.Node) {
	return g.Input("q", 2, 2, t, 4), g.Input("k", 2, 2, s, 4), g.Input("v", 2, 2, s, 4)
}

// hide is v for keys after the query, and 0 for others.
func hide(g *graph.Graph, t, s int, v float64) graph.Node {
	m := make([]float64, t*s)
	for i := range t {
		for j := max(0, i+1+s-t); j < s; j++ {
			m[i*s+j] = v
		}
	}
	return floatConstant(g, m, t, s)
}

// patternCases are tapes without and with patterns found, and where there is none. They are among the cases of
// TestJoin.
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
			before: "softmax axis=0 x, log %1, max axes=[1] keep x, sub x %3, exp %4, sum axes=[1] keep %5, div %5 " +
				"%6, log %7",
			after: "logsoftmax axis=0 x, logsoftmax axis=1 x"},
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
			before: "mean axes=[1] keep x, sub x %3, square %4, sum axes=[1] keep %7, scale s=0.2 %8, addscalar " +
				"s=1e-05 %9, sqrt %10, div %4 %11, mul %12 w, add b %13",
			after: "layernorm axes=1 eps=1e-05 x w b"},
		{name: "a layer norm over two axes, by a reciprocal root and squares that are products",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 4, 3, 5), g.Input("w", 3, 5)
				d := Sub(x, Reshape(Scale(Sum(x, 1, 2), 1./15), 4, 1, 1))
				return []graph.Node{Mul(w, Mul(Rsqrt(Add(MeanKeep(Mul(d, d), -1, -2), g.Scalar(.1))), d))}
			},
			before: "sum axes=[1 2] x, scale s=0.0666667 %2, sub x %4, mul %5 %5, mean axes=[1 2] keep %6, add %7 " +
				"0.1, rsqrt %9, mul %10 %5, mul w %11",
			after: "layernorm axes=2 eps=0.1 x w"},
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
				return []graph.Node{Mul(LayerNorm(x, graph.Node{}, w, .1), w),
					Mul(LayerNorm(x, graph.Node{}, graph.Node{}, .1), b)}
			},
			before: "layernorm axes=1 eps=0.1 x w, mul %3 w, layernorm axes=1 eps=0.1 x, mul %7 column",
			after:  "layernorm axes=1 eps=0.1 x w, mul %3 w, layernorm axes=1 eps=0.1 x, mul %7 column"},
		{name: "means over the first axis are no layer norm",
			build: func(g *graph.Graph) []graph.Node { return []graph.Node{normOf(g.Input("x", 4, 5), .1, 0)} },
			before: "mean axes=[0] keep x, sub x %1, square %2, sum axes=[0] keep %5, scale s=0.25 %6, addscalar " +
				"s=0.1 %7, sqrt %8, div %2 %9",
			after: "mean axes=[0] keep x, sub x %1, square %2, sum axes=[0] keep %5, fused(scale s=0.25·addscalar " +
				"s=0.1·sqrt) %6, div %2 %9"},
		{name: "the unbiased variance is no layer norm's",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				return []graph.Node{Div(Sub(x, MeanKeep(x, 1)), Sqrt(AddScalar(VarKeep(x, 1, 1), .1)))}
			},
			before: "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %5, scale s=0.25 %6, addscalar " +
				"s=0.1 %7, sqrt %8, div %2 %9",
			after: "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %5, fused(scale s=0.25·addscalar " +
				"s=0.1·sqrt) %6, div %2 %9"},
		{name: "a number that is added to the deviation is no layer norm's",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				return []graph.Node{Div(Sub(x, MeanKeep(x, 1)), AddScalar(Sqrt(VarKeep(x, 0, 1)), .1))}
			},
			before: "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %5, scale s=0.2 %6, sqrt %7, " +
				"addscalar s=0.1 %8, div %2 %9",
			after: "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %5, fused(scale " +
				"s=0.2·sqrt·addscalar s=0.1) %6, div %2 %9"},
		{name: "the deviation of another value is no layer norm's",
			build: func(g *graph.Graph) []graph.Node {
				x, y := g.Input("x", 4, 5), g.Input("y", 4, 5)
				return []graph.Node{Div(Sub(x, MeanKeep(x, 1)), Sqrt(AddScalar(MeanKeep(Square(y), 1), .1)))}
			},
			before: "mean axes=[1] keep x, sub x %2, square y, mean axes=[1] keep %4, addscalar s=0.1 %5, sqrt %6, " +
				"div %3 %7",
			after: "mean axes=[1] keep x, square y, mean axes=[1] keep %4, fused(addscalar s=0.1·sqrt) %5, " +
				"fused(sub·div) x %2 %7"},
		{name: "a layer norm whose variance is an output stays",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				return []graph.Node{VarKeep(x, 0, 1), normOf(x, .1, 1)}
			},
			before: "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %3, scale s=0.2 %4, addscalar " +
				"s=0.1 %5, sqrt %13, div %2 %14",
			after: "mean axes=[1] keep x, sub x %1, square %2, sum axes=[1] keep %3, scale s=0.2 %4, " +
				"fused(addscalar s=0.1·sqrt) %5, div %2 %14"},
		{name: "attention of heads, by a transposed matrix of keys",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 5)
				return []graph.Node{MatMul(Softmax(Scale(MatMul(q, Swap(k, 2, 3)), .5), -1), v)}
			},
			before: "transpose [0 1 3 2] k, matmul q %3, scale s=0.5 %4, softmax axis=3 %5, matmul %6 v",
			after:  "attention q k v"},
		{name: "attention of one head, its scale a divisor of the queries, its softmax in small ops",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := g.Input("q", 2, 3, 4), g.Input("k", 2, 5, 4), g.Input("v", 2, 5, 4)
				return []graph.Node{MatMul(softmaxOf(MatMulT(Div(q, g.Scalar(5)), k, false, true), 2), v)}
			},
			before: "div q 5, matmul bᵀ %4 k, max axes=[2] keep %5, sub %5 %6, exp %7, sum axes=[2] keep %8, div %8 " +
				"%9, matmul %10 v",
			after: "attention scale=0.2 q k v"},
		{name: "attention of matrices, without a scale",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := g.Input("q", 3, 4), g.Input("k", 5, 4), g.Input("v", 5, 4)
				return []graph.Node{MatMul(Softmax(MatMulT(q, k, false, true), 1), v)}
			},
			before: "matmul bᵀ q k, softmax axis=1 %3, matmul %4 v", after: "attention scale=1 q k v"},
		{name: "attention under a constant mask that hides what comes later is causal",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 5)
				return []graph.Node{MatMul(Softmax(Add(hide(g, 3, 5, math.Inf(-1)),
					Scale(MatMulT(q, k, false, true), .5)), -1), v)}
			},
			before: "matmul bᵀ q k, scale s=0.5 %4, add const3 %5, softmax axis=3 %6, matmul %7 v",
			after:  "attention causal q k v"},
		{name: "attention where a condition hides what comes later is causal, and may have the weights zeroed",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 5, 3)
				w := g.Input("w", 3, 4)
				s := Scale(MatMulT(w, w, false, true), .5)
				return []graph.Node{MatMul(AttentionWeights(q, k, AttentionOptions{Causal: true}), v),
					MatMul(Softmax(Where(hide(g, 3, 3, 1), g.Scalar(-1e9), s), 1), w)}
			},
			before: "matmul bᵀ w w, scale s=0.5 %4, matmul bᵀ q k, scale s=0.5 %6, where const8 %7 -1e+30, softmax " +
				"axis=3 %10, mul %11 const8, matmul %12 v, where const14 -1e+09 %5, softmax axis=1 %16, matmul %17 w",
			after: "attention causal q k v, attention causal w w w"},
		{name: "attention with a mask of padding, which is an input",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 5)
				return []graph.Node{MatMul(Softmax(Add(Scale(MatMulT(q, k, false, true), .5),
					g.Input("mask", 2, 1, 1, 5)), -1), v)}
			},
			before: "matmul bᵀ q k, scale s=0.5 %3, add %4 mask, softmax axis=3 %6, matmul %7 v",
			after:  "masked-attention q k v mask"},
		{name: "attention with a bias for each head, or each example of one",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 5)
				x := g.Input("x", 2, 3, 4)
				return []graph.Node{MatMul(Softmax(Add(Scale(MatMulT(q, k, false, true), .5),
					g.Input("bias", 2, 3, 5)), -1), v),
					MatMul(Softmax(Add(MatMulT(x, x, false, true), g.Input("mask", 2, 1, 3)), -1), x)}
			},
			before: "matmul bᵀ q k, scale s=0.5 %4, add %5 bias, softmax axis=3 %7, matmul %8 v, matmul bᵀ x x, add " +
				"%10 mask, softmax axis=2 %12, matmul %13 x",
			after: "masked-attention q k v bias, masked-attention scale=1 x x x mask"},
		{name: "a constant mask that hides by too little, or what comes before, is added",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 3)
				return []graph.Node{MatMul(Softmax(Add(MatMulT(q, k, false, true), hide(g, 3, 3, -5)), -1), v),
					MatMul(Softmax(Add(MatMulT(k, q, false, true), Swap(hide(g, 3, 3, -1e9), 0, 1)), -1), v)}
			},
			before: "matmul bᵀ q k, add %3 const4, softmax axis=3 %5, matmul %6 v, matmul bᵀ k q, add %8 const10, " +
				"softmax axis=3 %11, matmul %12 v",
			after: "masked-attention scale=1 q k v const4, masked-attention scale=1 k q v const10"},
		{name: "a condition that is an input is none that attention has",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 3)
				s := Scale(MatMulT(q, k, false, true), .5)
				return []graph.Node{MatMul(Softmax(Where(g.Input("cond", 3, 3), s, g.Scalar(-1e9)), -1), v)}
			},
			before: "matmul bᵀ q k, scale s=0.5 %3, where cond %4 -1e+09, softmax axis=3 %7, matmul %8 v",
			after:  "matmul bᵀ+scale s=0.5 q k, where cond %4 -1e+09, softmax axis=3 %7, matmul %8 v"},
		{name: "a mask for each query, the same for all keys, is none that attention has",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 5)
				return []graph.Node{MatMul(Softmax(Add(Scale(MatMulT(q, k, false, true), .5), g.Input("mask", 3, 1)),
					-1), v)}
			},
			before: "matmul bᵀ q k, scale s=0.5 %3, add %4 mask, softmax axis=3 %6, matmul %7 v",
			after:  "matmul bᵀ+scale s=0.5 q k, add %4 mask, softmax axis=3 %6, matmul %7 v"},
		{name: "a mask with more axes than the scores",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := g.Input("q", 3, 4), g.Input("k", 5, 4), g.Input("v", 2, 5, 4)
				return []graph.Node{MatMul(Softmax(Add(MatMulT(q, k, false, true), g.Input("mask", 2, 3, 5)), -1), v)}
			},
			before: "matmul bᵀ q k, add %3 mask, softmax axis=2 %5, matmul %6 v",
			after:  "matmul bᵀ q k, add %3 mask, softmax axis=2 %5, matmul %6 v"},
		{name: "a scale that is not one number",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 5)
				return []graph.Node{MatMul(Softmax(Mul(MatMulT(q, k, false, true), g.Input("scale", 2, 1, 1)), -1), v)}
			},
			before: "matmul bᵀ q k, mul %3 scale, softmax axis=3 %5, matmul %6 v",
			after:  "matmul bᵀ q k, mul %3 scale, softmax axis=3 %5, matmul %6 v"},
		{name: "a negative scale",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 5)
				return []graph.Node{MatMul(Softmax(Neg(MatMulT(q, k, false, true)), -1), v)}
			},
			before: "matmul bᵀ q k, neg %3, softmax axis=3 %4, matmul %5 v",
			after:  "matmul bᵀ+neg q k, softmax axis=3 %4, matmul %5 v"},
		{name: "a softmax over the queries",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 5)
				return []graph.Node{MatMul(Softmax(MatMulT(q, k, false, true), -2), v)}
			},
			before: "matmul bᵀ q k, softmax axis=2 %3, matmul %4 v",
			after:  "matmul bᵀ q k, softmax axis=2 %3, matmul %4 v"},
		{name: "values wider than keys, and keys that heads share",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 5)
				shared := g.Input("shared", 2, 1, 5, 4)
				return []graph.Node{MatMul(Softmax(MatMulT(q, k, false, true), -1), Concat(3, v, v)),
					MatMul(Softmax(MatMulT(q, shared, false, true), -1), shared)}
			},
			before: "matmul bᵀ q k, softmax axis=3 %4, concat axis=3 v v, matmul %5 %6, matmul bᵀ q shared, softmax " +
				"axis=3 %8, matmul %9 shared",
			after: "matmul bᵀ q k, softmax axis=3 %4, concat axis=3 v v, matmul %5 %6, matmul bᵀ q shared, softmax " +
				"axis=3 %8, matmul %9 shared"},
		{name: "weights that are an output",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 3, 5)
				p := AttentionWeights(q, k, AttentionOptions{})
				return []graph.Node{MatMul(p, v), p}
			},
			before: "matmul bᵀ q k, scale s=0.5 %3, softmax axis=3 %4, matmul %5 v",
			after:  "matmul bᵀ+scale s=0.5 q k, softmax axis=3 %4, matmul %5 v"},
		{name: "scores that another softmax reads",
			build: func(g *graph.Graph) []graph.Node {
				q, k, v := heads(g, 5, 5)
				s := MatMulT(q, k, false, true)
				return []graph.Node{MatMul(Softmax(s, -1), v), Softmax(s, -2)}
			},
			before: "matmul bᵀ q k, softmax axis=3 %3, matmul %4 v, softmax axis=2 %3",
			after:  "matmul bᵀ q k, softmax axis=3 %3, matmul %4 v, softmax axis=2 %3"},
		{name: "cross-entropy of the log-probabilities that the classes pick",
			build: func(g *graph.Graph) []graph.Node {
				x, y := g.Input("x", 4, 5), g.Indices("y", 4)
				return []graph.Node{Neg(Mean(TakeAlong(LogSoftmax(x, 1), Unsqueeze(y, 1), 1)))}
			},
			before: "logsoftmax axis=1 x, take-along axis=1 %2 %3", after: "cross-entropy ignore=none x y"},
		{name: "cross-entropy of pixels, its sum divided, its softmax in small ops",
			build: func(g *graph.Graph) []graph.Node {
				x, y := g.Input("x", 2, 5, 3, 2), g.Indices("y", 2, 3, 2)
				p := Squeeze(TakeAlong(Log(softmaxOf(x, 1)), Unsqueeze(y, 1), 1), 1)
				return []graph.Node{Div(Sum(Neg(p)), g.Scalar(12))}
			},
			before: "max axes=[1] keep x, sub x %2, exp %3, sum axes=[1] keep %4, div %4 %5, log %6, take-along " +
				"axis=1 %7 %8, neg %10, sum axes=[0 1 2] %11",
			after: "cross-entropy ignore=none x y"},
		{name: "cross-entropy of one-hot classes, the mean of sums",
			build: func(g *graph.Graph) []graph.Node {
				x, y := g.Input("x", 4, 5), g.Indices("y", 4)
				return []graph.Node{Mean(Neg(Sum(Mul(OneHot(y, 5), LogSoftmax(x, 1)), 1)))}
			},
			before: "one-hot depth=5 y, logsoftmax axis=1 x, mul %2 %3, sum axes=[1] %4, neg %5",
			after:  "cross-entropy ignore=none x y"},
		{name: "a sum for the mean, a mean of all products, and the likelihood itself are no cross-entropy",
			build: func(g *graph.Graph) []graph.Node {
				p := func(x string) graph.Node {
					return Mul(OneHot(g.Indices(x+"-class", 4), 5), LogSoftmax(g.Input(x, 4, 5), 1))
				}
				return []graph.Node{Neg(Sum(p("a"))), Neg(Mean(p("b"))), Mean(Sum(p("c"), 1))}
			},
			before: "one-hot depth=5 a-class, logsoftmax axis=1 a, mul %1 %3, sum axes=[0 1] %4, one-hot depth=5 " +
				"b-class, logsoftmax axis=1 b, mul %8 %10, one-hot depth=5 c-class, logsoftmax axis=1 c, mul %15 " +
				"%17, sum axes=[1] %18",
			after: "one-hot depth=5 a-class, logsoftmax axis=1 a, mul %1 %3, sum axes=[0 1] %4, one-hot depth=5 " +
				"b-class, logsoftmax axis=1 b, mul %8 %10, one-hot depth=5 c-class, logsoftmax axis=1 c, mul %15 " +
				"%17, sum axes=[1] %18"},
		{name: "log-probabilities along another axis",
			build: func(g *graph.Graph) []graph.Node {
				x, y := g.Input("x", 5, 5), g.Indices("y", 5)
				return []graph.Node{Neg(Mean(TakeAlong(LogSoftmax(x, 0), Unsqueeze(y, 1), 1))),
					Neg(Mean(TakeAlong(LogSoftmax(x, 0), Unsqueeze(y, 0), 0)))}
			},
			before: "logsoftmax axis=0 x, take-along axis=1 %2 %3, take-along axis=0 %2 %8",
			after:  "logsoftmax axis=0 x, take-along axis=1 %2 %3, take-along axis=0 %2 %8"},
		{name: "probabilities for classes, and log-probabilities that are an output",
			build: func(g *graph.Graph) []graph.Node {
				x, q, y := g.Input("x", 4, 5), g.Input("q", 4, 5), g.Indices("y", 4)
				p := LogSoftmax(x, 1)
				return []graph.Node{Neg(Mean(Sum(Mul(q, LogSoftmax(Scale(x, 2), 1)), 1))),
					Neg(Mean(TakeAlong(p, Unsqueeze(y, 1), 1))), p}
			},
			before: "logsoftmax axis=1 x, scale s=2 x, logsoftmax axis=1 %4, mul q %5, sum axes=[1] %6, take-along " +
				"axis=1 %3 %10",
			after: "logsoftmax axis=1 x, scale s=2 x, logsoftmax axis=1 %4, mul q %5, sum axes=[1] %6, take-along " +
				"axis=1 %3 %10"},
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

// TestCrossEntropyPatternChecks: a target that small ops do not have is an error of the pattern, too, -100 among them.
func TestCrossEntropyPatternChecks(t *testing.T) {
	g := &graph.Graph{}
	x, y := g.Input("x", 2, 3), g.Indices("y", 2)
	loss := Neg(Mean(TakeAlong(LogSoftmax(x, 1), Unsqueeze(y, 1), 1)))
	for _, opt := range []graph.CompileOptions{{}, {NoFuse: true}} {
		p, err := g.CompileWith(opt, loss)
		if err != nil {
			t.Fatal(err)
		}
		p.Set(x, make([]float32, 6))
		for _, target := range []int{3, -1, IgnoreIndex} {
			p.Set(y, []int{0, target})
			if p.Run() == nil {
				t.Errorf("no error for target %d", target)
			}
		}
	}
}
