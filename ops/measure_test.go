package ops

import (
	"math"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// normBy is Norm along axes as a function of one value.
func normBy(p float64, axes ...int) func(x graph.Node) graph.Node {
	return func(x graph.Node) graph.Node { return Norm(x, p, axes...) }
}

var measureCases = []opCase{
	refuses(fn1("the length of a vector", "a.norm()", row(3, -4), normBy(2), 5), badNorm...),
	fn1("the lengths of rows", "a.norm(dim=1)", some(3, 4), normBy(2, 1)),
	fn1("the lengths of columns, kept", "a.norm(dim=0, keepdim=True)", some(3, 4),
		func(x graph.Node) graph.Node { return NormKeep(x, 2, 0) }),
	fn1("the sum of magnitudes", "a.norm(1)", row(3, -4), normBy(1), 7),
	fn1("the largest magnitude of each row", "a.norm(torch.inf, dim=1)", some(3, 4), normBy(math.Inf(1), 1)),
	fn1("the largest magnitude of each row, kept", "a.norm(torch.inf, dim=-1, keepdim=True)", some(3, 4),
		func(x graph.Node) graph.Node { return NormKeep(x, math.Inf(1), -1) }),
	fn1("a norm of order 3", "a.norm(3, dim=1)", some(3, 4), normBy(3, 1)),
	fn1("a norm of order ½", "a.norm(.5)", row(1, -4, 9), normBy(.5), 36), // (1 + 2 + 3)²
	fn1("the standard deviation of rows", "a.std(1)", some(2, 5),
		func(x graph.Node) graph.Node { return Std(x, 1, 1) }),
	fn1("the biased standard deviation of all, kept", "a.std(unbiased=False).reshape(1, 1)",
		given(shape(1, 4), 1, 2, 3, 4),
		func(x graph.Node) graph.Node { return StdKeep(x, 0) }, 1.1180339887), // √1.25
	fn1("the logarithm of a sum of exponentials", "a.logsumexp(0)", row(math.Log(1), math.Log(2), math.Log(5)),
		func(x graph.Node) graph.Node { return LogSumExp(x) }, math.Log(8)),
	fn1("the same along two of three axes", "a.logsumexp((0, 2))", some(2, 3, 2),
		func(x graph.Node) graph.Node { return LogSumExp(x, 0, -1) }),
	noGradient(fn1("the same of numbers at ±10,000", "a.logsumexp(1)", given(shape(2, 2), 1e4, 1e4, -1e4, -1e4),
		func(x graph.Node) graph.Node { return LogSumExp(x, 1) }, 1e4+math.Ln2, -1e4+math.Ln2)),
	noGradient(fn1("the same of infinities", "", given(shape(3, 2), -infinite, -infinite, -infinite, 3, infinite, 3),
		func(x graph.Node) graph.Node { return LogSumExp(x, 1) }, -infinite, 3, infinite)),
	fn2("the cosines of pairs of rows", "F.cosine_similarity(a, b, dim=1)", some(3, 4), between(-1, 3, 3, 4),
		func(a, b graph.Node) graph.Node { return CosineSimilarity(a, b, 1) }),
	fn2("the cosines of all rows by all rows", "F.cosine_similarity(a, b, dim=-1)", given(shape(2, 1, 2), 1, 0, 3, 3),
		given(shape(1, 2, 2), 2, 0, 0, 5),
		func(a, b graph.Node) graph.Node { return CosineSimilarity(a, b, -1) }, 1, 0, math.Sqrt(.5), math.Sqrt(.5)),
}

var badNorm = append(refused(func(x graph.Node, p float64) graph.Node { return Norm(x, p) },
	"norm: p is ", 0, -1, nan, -infinite),
	append(badAxes("sum", func(x graph.Node, axis int) graph.Node { return Norm(x, 2, axis) }),
		badAxes("max", func(x graph.Node, axis int) graph.Node { return LogSumExp(x, axis) })...)...)

// TestCorners: where a formula divides 0 by 0, gradients are those of PyTorch, or 0 where it has NaN. So are those of
// the gradients.
func TestCorners(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		name  string
		build func(x graph.Node) graph.Node
		x     []float64
		want  []float64 // of the gradient; torch 1.13 unless it says otherwise
	}{
		{"the length of nothing", normBy(2), []float64{0, 0}, []float64{0, 0}},
		{"the length along an axis", normBy(2), []float64{0, 2}, []float64{0, 1}},
		{"the sum of no magnitudes", normBy(1), []float64{0, -2}, []float64{0, -1}},
		{"the largest of no magnitudes", normBy(inf), []float64{0, 0}, []float64{0, 0}},
		{"order 3 of nothing", normBy(3), []float64{0, 0}, []float64{0, 0}},
		{"order 3/2 along an axis", normBy(1.5), []float64{0, -2}, []float64{0, -1}},
		{"order 1/2 along an axis", normBy(.5), []float64{0, 2}, []float64{0, 1}},
		{"the deviation of equals", func(x graph.Node) graph.Node { return Std(x, 1) }, []float64{3, 3},
			[]float64{0, 0}},
		{"a sum of no exponentials, where torch has NaN", func(x graph.Node) graph.Node { return LogSumExp(x) },
			[]float64{-inf, -inf},
			[]float64{0, 0}},
		{"a sum of one exponential", func(x graph.Node) graph.Node { return LogSumExp(x) }, []float64{-inf, 1},
			[]float64{0, 1}},
		{"an angle with nothing", func(x graph.Node) graph.Node {
			return CosineSimilarity(x, x.Graph().Constant(graph.FromFloat64([]float64{3, 4}, 2)), 0)
		}, []float64{0, 0}, []float64{.6e8, .8e8}}, // b/(10⁻⁸·‖b‖)
		{"an angle of nothing with itself", func(x graph.Node) graph.Node { return CosineSimilarity(x, x, 0) },
			[]float64{0, 0}, []float64{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{DType: graph.Float64}
			x := g.Input("x", 2)
			y := c.build(x)
			dx := graph.Gradients(y, x)[0]
			second := graph.Gradients(Sum(Square(dx)), x)[0]
			p, err := g.Compile(y, dx, second)
			if err != nil {
				t.Fatal(err)
			}
			p.Set(x, c.x)
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			if err := near(elements(p.Value(dx)), c.want, 1e-12); err != nil {
				t.Error(err)
			}
			for i, v := range elements(p.Value(second)) {
				if math.IsNaN(v) {
					t.Errorf("element %d of the gradient of its square is NaN", i)
				}
			}
		})
	}
}
