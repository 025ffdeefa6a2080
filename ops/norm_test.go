package ops

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

var normGradients = []struct {
	name   string
	build  func(in []graph.Node) graph.Node
	shapes []graph.Shape
}{
	{"batch norm of rows", func(in []graph.Node) graph.Node { return batchStatistics(in[0], in[1], in[2]) },
		[]graph.Shape{{4, 2}, {2}, {2}}},
	{"batch norm of images", func(in []graph.Node) graph.Node { return batchStatistics(in[0], in[1], in[2]) },
		[]graph.Shape{{2, 2, 2, 2}, {2}, {2}}},
	{"batch norm without weight", func(in []graph.Node) graph.Node {
		return batchStatistics(in[0], graph.Node{},
			in[1])
	}, []graph.Shape{{3, 2, 2}, {2}}},
	{"batch norm alone", func(in []graph.Node) graph.Node {
		return batchStatistics(in[0], graph.Node{},
			graph.Node{})
	}, []graph.Shape{{3, 2, 2}}},
	{"batch norm by running statistics", func(in []graph.Node) graph.Node {
		return BatchNorm(in[0], in[1], in[2], in[3], positive(in[4]), BatchNormOptions{})
	}, []graph.Shape{{2, 3, 2}, {3}, {3}, {3}, {3}}},
	{"batch norm by running statistics alone", func(in []graph.Node) graph.Node {
		return BatchNorm(in[0], graph.Node{}, graph.Node{}, in[1], positive(in[2]), BatchNormOptions{})
	}, []graph.Shape{{2, 3}, {3}, {3}}},
	{"layer norm", func(in []graph.Node) graph.Node { return LayerNorm(in[0], in[1], in[2], .1) },
		[]graph.Shape{{2, 4}, {4}, {4}}},
	{"layer norm of two axes", func(in []graph.Node) graph.Node { return LayerNorm(in[0], in[1], in[2], .1) },
		[]graph.Shape{{2, 2, 3}, {2, 3}, {2, 3}}},
	{"layer norm without shift", func(in []graph.Node) graph.Node { return LayerNorm(in[0], in[1], graph.Node{}, .1) },
		[]graph.Shape{{2, 2, 3}, {3}}},
	{"layer norm without weight", func(in []graph.Node) graph.Node {
		return LayerNorm(in[0], graph.Node{}, in[1],
			.1)
	}, []graph.Shape{{2, 3}, {3}}},
	{"layer norm alone", func(in []graph.Node) graph.Node { return LayerNorm(in[0], graph.Node{}, graph.Node{}, .1) },
		[]graph.Shape{{3, 4}}},
	{"group norm", func(in []graph.Node) graph.Node { return GroupNorm(in[0], 2, in[1], in[2], .1) },
		[]graph.Shape{{2, 4, 2}, {4}, {4}}},
	{"group norm of rows", func(in []graph.Node) graph.Node { return GroupNorm(in[0], 2, in[1], in[2], .1) },
		[]graph.Shape{{2, 6}, {6}, {6}}},
	{"instance norm", func(in []graph.Node) graph.Node { return GroupNorm(in[0], 3, graph.Node{}, graph.Node{}, .1) },
		[]graph.Shape{{2, 3, 2, 2}}},
}

// batchStatistics is a batch norm without running statistics.
func batchStatistics(x, w, b graph.Node) graph.Node {
	return BatchNorm(x, w, b, graph.Node{}, graph.Node{}, BatchNormOptions{Eps: .1})
}

func TestNormGradients(t *testing.T) {
	for _, tc := range normGradients {
		t.Run(tc.name, func(t *testing.T) {
			checkGradients(t, tc.build, tc.shapes...)
			checkFloat32(t, tc.build, tc.shapes...)
		})
	}
}

// parameter is a parameter of a float64 graph.
func parameter(name string, v ...float64) *graph.Param {
	p := graph.NewParam(name, graph.Type{DType: graph.Float64, Shape: graph.Shape{len(v)}})
	copy(p.Tensor().F64, v)
	return p
}

// torch.nn.BatchNorm1d(1) on [1 2 3 4], twice; then in evaluation.
func TestBatchNormRunningStatistics(t *testing.T) {
	mean, variance := parameter("mean", 0), parameter("variance", 1)
	mean.SetTrainable(false)
	variance.SetTrainable(false)
	build := func(mode graph.Mode, opt BatchNormOptions) (*graph.Graph, graph.Node, graph.Node) {
		g := &graph.Graph{Mode: mode, DType: graph.Float64}
		x := g.Input("x", 4, 1)
		return g, x, BatchNorm(x, graph.Node{}, graph.Node{}, g.Param(mean), g.Param(variance), opt)
	}
	run := func(g *graph.Graph, x, y graph.Node) graph.Tensor {
		t.Helper()
		p, err := g.Compile(y)
		if err != nil {
			t.Fatal(err)
		}
		p.Set(x, []float64{1, 2, 3, 4})
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return p.Value(y).Clone()
	}
	check := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-7 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	g, x, y := build(graph.Train, BatchNormOptions{})
	check("y of the first", run(g, x, y).F64[0], -1.34163542)
	check("running mean", mean.Tensor().F64[0], .25)
	check("running variance", variance.Tensor().F64[0], 1.06666667)
	run(g, x, y)
	check("running mean after two steps", mean.Tensor().F64[0], .475)
	check("running variance after two steps", variance.Tensor().F64[0], 1.12666667)
	for name, mode := range map[string]graph.Mode{"evaluation": graph.Eval, "frozen training": graph.Train} {
		g, x, y = build(mode, BatchNormOptions{Frozen: mode == graph.Train})
		check("y in "+name, run(g, x, y).F64[0], (1-.475)/math.Sqrt(1.12666667+1e-5))
		check("running mean after "+name, mean.Tensor().F64[0], .475)
	}
}

// A layer that is applied twice in a graph, as a discriminator is to real and generated data, updates its
// statistics twice.
func TestBatchNormAppliedTwice(t *testing.T) {
	mean, variance := parameter("mean", 0), parameter("variance", 1)
	g := &graph.Graph{Mode: graph.Train, DType: graph.Float64}
	x := g.Input("x", 2, 1)
	layer := func(x graph.Node) graph.Node {
		return BatchNorm(x, graph.Node{}, graph.Node{}, g.Param(mean), g.Param(variance),
			BatchNormOptions{Momentum: .5})
	}
	y := Add(layer(x), layer(Scale(x, 10)))
	p, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(x, []float64{1, 3})
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	// mean: ½·(½·0 + ½·2) + ½·20, variance: ½·(½·1 + ½·2) + ½·200
	if m, v := mean.Tensor().F64[0], variance.Tensor().F64[0]; m != 10.5 || v != 100.75 {
		t.Errorf("running mean %v and variance %v, want 10.5 and 100.75", m, v)
	}
}

func TestNormValues(t *testing.T) {
	for _, tc := range []struct {
		name  string
		build func(g *graph.Graph) graph.Node
		want  []float64
	}{
		{"layer norm with PyTorch's eps", func(g *graph.Graph) graph.Node {
			return LayerNorm(vectorOf(g, 0, 1, 2, 3, 4), graph.Node{}, graph.Node{}, 1e-5)
		}, []float64{-1.41421003, -.70710501, 0, .70710501, 1.41421003}},
		{"layer norm with Keras' eps and a shift of 1", func(g *graph.Graph) graph.Node {
			return LayerNorm(vectorOf(g, 0, 1, 2, 3, 4), g.Full(1, 5), g.Full(1, 5), 1e-3)
		}, []float64{-.41386, .29307, 1, 1.70693, 2.41386}},
		{"a constant vector gives the shift exactly", func(g *graph.Graph) graph.Node {
			return Sub(LayerNorm(g.Full(.1, 5), graph.Node{}, g.Full(3, 5), 1e-5), g.Scalar(3))
		}, []float64{0, 0, 0, 0, 0}},
		{"the gradient at a constant vector is (dy - mean dy)/√eps", func(g *graph.Graph) graph.Node {
			x := g.Full(.1, 2)
			y := LayerNorm(x, graph.Node{}, graph.Node{}, 1e-5)
			return graph.Gradients(Sum(Mul(y, vectorOf(g, 1, 0))), x)[0]
		}, []float64{158.113883, -158.113883}},
		{"the gradient of batch norm", func(g *graph.Graph) graph.Node {
			x := g.Constant(graph.FromFloat64([]float64{1, 2, 3, 4}, 4, 1))
			y := BatchNorm(x, graph.Node{}, graph.Node{}, graph.Node{}, graph.Node{}, BatchNormOptions{})
			return graph.Gradients(Sum(Mul(y, g.Constant(graph.FromFloat64([]float64{1, 0, 0, 0}, 4, 1)))), x)[0]
		}, []float64{.26833030, -.35776837, -.08944343, .17888150}},
	} {
		t.Run(tc.name, func(t *testing.T) { checkValue(t, tc.build, tc.want...) })
	}
}

// Values whose squares float32 cannot hold are normalised as others are; a running variance, which cannot hold
// theirs, says so and stays as it was.
func TestBatchNormOfLargeValues(t *testing.T) {
	for _, tc := range []struct {
		name    string
		size    float32
		tracked bool
		err     string
	}{
		{"by the batch's statistics", 1e20, false, ""},
		{"the largest values", 2.2e38, false, ""},
		{"with a running variance that holds them", 1e18, true, ""},
		{"with a running variance that does not", 1e20, true,
			"the variance of channel 1 is 1.17e+40, more than a running variance of float32 holds: scale x down " +
				"first"},
		{"with a running variance that their correction leaves", 1.5e19, true, "the variance of channel 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			x := g.Input("x", 3, 2)
			mean, variance := graph.NewParam("mean", graph.Type{Shape: graph.Shape{2}}),
				graph.NewParam("variance", graph.Type{Shape: graph.Shape{2}})
			var m, v graph.Node
			if tc.tracked {
				mean.SetTrainable(false)
				variance.SetTrainable(false)
				m, v = g.Param(mean), g.Param(variance)
			}
			y := BatchNorm(x, graph.Node{}, graph.Node{}, m, v, BatchNormOptions{})
			weights := g.Constant(graph.FromFloat32([]float32{1, 1, 2, 2, 4, 4}, 3, 2))
			dx := graph.Gradients(Sum(Mul(y, weights)), x)[0]
			p, err := g.Compile(y, dx)
			if err != nil {
				t.Fatal(err)
			}
			p.Set(x, graph.FromFloat32([]float32{1, -tc.size, 2, tc.size, 4, 1.5 * tc.size}, 3, 2))
			if err := p.Run(); tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("got error %v, want %q", err, tc.err)
				}
				if got := variance.Tensor().F32; got[0] != 0 || got[1] != 0 {
					t.Errorf("the running variance is %v, not what it was", got)
				}
				return
			} else if err != nil {
				t.Fatal(err)
			}
			// By hand: -1, 1, 1.5 has the mean ½ and the variance 7/6.
			r := 1 / math.Sqrt(7./6)
			var products, total float64
			hat := []float64{-1.5 * r, .5 * r, r}
			for i, h := range hat {
				total += math.Exp2(float64(i)) / 3
				products += math.Exp2(float64(i)) * h / 3
			}
			for i, h := range hat {
				want := r * (math.Exp2(float64(i)) - total - h*products)
				if got := p.Value(y).At(2*i + 1); math.Abs(got-h) > 1e-5 {
					t.Errorf("y[%d] is %g, want %g", i, got, h)
				}
				if got := p.Value(dx).At(2*i+1) * float64(tc.size); math.Abs(got-want) > 1e-5 {
					t.Errorf("dx[%d] is %g, want %g", i, got, want)
				}
			}
		})
	}
}
