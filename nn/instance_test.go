package nn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// run gives the values of nodes in float64, given x.
func run(t *testing.T, x graph.Node, v []float64, outputs ...graph.Node) (all [][]float64) {
	t.Helper()
	p, err := x.Graph().Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(x, v)
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	for _, n := range outputs {
		all = append(all, slices.Clone(p.Value(n).F64))
	}
	return all
}

// like reports the first of two lists that is not like the other to 1e-8.
func like(got, want []float64) error {
	for i, w := range want {
		if d := got[i] - w; !(max(d, -d) <= 1e-8*max(w, -w, 1)) {
			return fmt.Errorf("element %d is %.9g, want %.9g", i, got[i], w)
		}
	}
	return nil
}

// named lists the parameters of a scope with their shapes.
func named(s *nn.Scope) string {
	var all []string
	for p := range s.Params().All() {
		all = append(all, fmt.Sprint(p.Name(), p.Type().Shape))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// wide is a scope whose parameters are of float64.
func wide(t *testing.T) *nn.Scope {
	s := nn.NewScope()
	if err := s.Params().SetDType(graph.Float64); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestInstanceNorm: values and running statistics are those of torch 1.13,
//
//	InstanceNorm2d(2, affine=True, track_running_stats=True).double(), weight (.5, 2), bias (1, -1)
func TestInstanceNorm(t *testing.T) {
	s := wide(t)
	l := nn.NewInstanceNorm2D(s, 2, nn.InstanceNormOptions{Affine: true, Running: true})
	if got := named(s); got != "bias(2) num_batches_tracked() running_mean(2) running_var(2) weight(2)" {
		t.Errorf("the parameters are %s", got)
	}
	copy(l.Weight.Tensor().F64, []float64{.5, 2})
	copy(l.Bias.Tensor().F64, []float64{1, -1})
	v := []float64{0, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0, 7}
	for _, c := range []struct {
		mode graph.Mode
		want []float64
	}{
		{graph.Train, []float64{.303474277, 1.34826286, .751240813, 1.7960294, 1.19900735, .601985301,
			1.72393842, -.697340175}},
		{graph.Eval, []float64{.812286513, 3.23812235, 1.85193044, 4.27776628, 2.89157437, 1.50538247,
			10.9276837, 5.35833724}},
	} {
		g := &graph.Graph{Mode: c.mode, DType: graph.Float64}
		x := g.Input("x", 2, 2, 2, 3)
		if err := like(run(t, x, v, l.Forward(x))[0], c.want); err != nil {
			t.Errorf("mode %v: %v", c.mode, err)
		}
		if err := like(l.RunningMean.Tensor().F64, []float64{6.5 / 12, 5.2 / 12}); err != nil {
			t.Errorf("running mean: %v", err)
		}
		if err := like(l.RunningVar.Tensor().F64, []float64{2.081666667, 2.063333333}); err != nil {
			t.Errorf("running variance: %v", err)
		}
	}
	bare := nn.NewScope()
	nn.NewInstanceNorm2D(bare, 2)
	if got := named(bare); got != "" {
		t.Errorf("usually the parameters are %s", got)
	}
}

// TestWeightNorm: values and gradients are those of torch 1.13's weight_norm of a Linear and a Conv2d.
func TestWeightNorm(t *testing.T) {
	s := wide(t)
	l := nn.NewLinear(s, 3, 2, nn.Affine{WeightNorm: true})
	if got := named(s); got != "bias(2) weight_g(2, 1) weight_v(2, 3)" {
		t.Errorf("the parameters are %s", got)
	}
	copy(l.Norm.V.Tensor().F64, []float64{1, 2, 2, 3, 0, -4})
	copy(l.Norm.G.Tensor().F64, []float64{6, 2})
	copy(l.Bias.Tensor().F64, []float64{.5, -1})
	g := &graph.Graph{Mode: graph.Train, DType: graph.Float64}
	x := g.Input("x", 2, 3)
	y := l.Forward(x)
	weights := g.Constant(graph.FromFloat64([]float64{1, 2, 3, 4}, 2, 2))
	d := graph.Gradients(ops.Sum(ops.Mul(y, weights)), g.Param(l.Norm.G), g.Param(l.Norm.V))
	got := run(t, x, []float64{1, -1, 2, 0, 3, 1}, y, d[0], d[1])
	for i, want := range [][]float64{{6.5, -3, 16.5, -2.6}, {9, -5.2}, {-4, 4, -2, 2.048, 4, 1.536}} {
		if err := like(got[i], want); err != nil {
			t.Errorf("linear, output %d: %v", i, err)
		}
	}

	s = wide(t)
	c := nn.NewConv2D(s, 2, 2, 2, ops.Conv{}, nn.Affine{WeightNorm: true, NoBias: true})
	if got := named(s); got != "weight_g(2, 1, 1, 1) weight_v(2, 2, 2, 2)" {
		t.Errorf("the parameters are %s", got)
	}
	for i := range 16 {
		c.Norm.V.Tensor().F64[i] = float64(i*5%7 - 3)
	}
	copy(c.Norm.G.Tensor().F64, []float64{2, -1})
	g = &graph.Graph{Mode: graph.Train, DType: graph.Float64}
	x = g.Input("x", 1, 2, 3, 3)
	y = c.Forward(x)
	d = graph.Gradients(ops.Sum(ops.Square(y)), g.Param(c.Norm.G), g.Param(c.Norm.V))
	v := make([]float64, 18)
	for i := range v {
		v[i] = float64(i*4%7 - 3)
	}
	got = run(t, x, v, y, d[0], d[1])
	for i, want := range [][]float64{
		{1.9727878476642875, .3287979746107146, 3.945575695328575, 0, 4.596194077712559, -1.767766952966369,
			1.590990257669732, -3.5355339059327373},
		{19.567567567567565, -78.5625},
		{4.6866325785244705, -3.8451424397370344, 2.3783783783783785, -6.317019722425127},
	} {
		if err := like(got[i], want); err != nil {
			t.Errorf("convolution, output %d: %v", i, err)
		}
	}
}

// TestWeightNormBegins: at first the lengths are those of the directions, so that the weight is these, whatever the
// seed, and whichever of the two is read first.
func TestWeightNormBegins(t *testing.T) {
	for seed := range uint64(3) {
		s := nn.NewScope()
		l := nn.NewLinear(s, 5, 4, nn.Affine{WeightNorm: true})
		if seed == 1 {
			_ = l.Norm.G.Tensor()
		}
		s.Params().Init(seed)
		lengths, v := l.Norm.G.Tensor(), l.Norm.V.Tensor()
		for k := range 4 {
			sum := 0.
			for _, x := range v.Rows(k, k+1).F32 {
				sum += float64(x) * float64(x)
			}
			if g := float64(lengths.F32[k]); !(g*g > .999*sum && g*g < 1.001*sum) || sum == 0 {
				t.Errorf("seed %d: the length of row %d is %g, its square %g", seed, k, g, sum)
			}
		}
	}
}

// A slope of ¼ for each of three channels, which training moves.
func ExampleNewPReLU() {
	s := nn.NewScope()
	act := nn.NewPReLU(s.Sub("act"), 3)
	g := &graph.Graph{}
	y := act.Forward(g.Input("x", 8, 3, 32, 32))
	fmt.Println(y.Shape(), act.Weight.Tensor().F32)
	// Output: (8, 3, 32, 32) [0.25 0.25 0.25]
}

// As networks that give a picture another style have it: without parameters.
func ExampleNewInstanceNorm2D() {
	s := nn.NewScope()
	norm := nn.NewInstanceNorm2D(s.Sub("norm"), 3)
	g := &graph.Graph{}
	y := norm.Forward(g.Input("x", 8, 3, 32, 32))
	fmt.Println(y.Shape(), s.Params().Count())
	// Output: (8, 3, 32, 32) 0
}

// A convolution whose kernels have a length and a direction each.
func ExampleWeightNorm() {
	s := nn.NewScope()
	nn.NewConv2D(s.Sub("conv"), 3, 16, 5, ops.Conv{Pad: 2}, nn.Affine{WeightNorm: true})
	for p := range s.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape)
	}
	// Output:
	// conv.weight_v (16, 3, 5, 5)
	// conv.weight_g (16, 1, 1, 1)
	// conv.bias (16)
}
