package ops

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// dot is the scalar Σ a·b, and times is a·s for a scalar s: a loss for gradient checks of any order that needs no
// other op.
type dot struct{}

func (dot) String() string { return "dot" }
func (dot) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: in[0].DType}}, nil
}
func (dot) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(times{}, in[1], dy[0]), graph.Apply(times{}, in[0], dy[0])}
}
func (dot) Eval(dst, in []graph.Tensor) error {
	dst[0].F64[0] = 0
	for i, v := range in[0].F64 {
		dst[0].F64[0] += v * in[1].F64[i]
	}
	return nil
}

type times struct{}

func (times) String() string                              { return "times" }
func (times) Types(in []graph.Type) ([]graph.Type, error) { return in[:1], nil }
func (times) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(times{}, dy[0], in[1]), graph.Apply(dot{}, dy[0], in[0])}
}
func (times) Eval(dst, in []graph.Tensor) error {
	for i, v := range in[0].F64 {
		dst[0].F64[i] = v * in[1].F64[0]
	}
	return nil
}

// normals is a tensor of normal numbers.
func normals(stream string, shape ...int) graph.Tensor {
	t := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: shape})
	rng.Normal(t.F64, rng.Key(1, rng.HashString(stream)), 0)
	return t
}

// weighted is a scalar that depends on every element of y in another way.
func weighted(y graph.Node, stream string) graph.Node {
	return graph.Apply(dot{}, y, y.Graph().Constant(normals(stream, y.Shape()...)))
}

// checkGradients compares first and second derivatives of build with central differences, in float64, and our tape
// with Gorgonia's.
func checkGradients(t *testing.T, build func(in []graph.Node) graph.Node, shapes ...graph.Shape) {
	t.Helper()
	g := &graph.Graph{DType: graph.Float64}
	var in []graph.Node
	var values []graph.Tensor
	for i, s := range shapes {
		in = append(in, g.Input(fmt.Sprint("in", i), s...))
		values = append(values, normals(fmt.Sprint("in", i), s...))
	}
	y := build(in)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	loss := weighted(y, "y")
	first := graph.Gradients(loss, in...)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	second := graph.Apply(dot{}, first[0], g.Constant(normals("d0", shapes[0]...)))
	for i := 1; i < len(first); i++ {
		second = graph.Apply(sumOf{}, second,
			graph.Apply(dot{}, first[i], g.Constant(normals(fmt.Sprint("d", i), shapes[i]...))))
	}
	checkAgainstDifferences(t, g, in, values, loss, first)
	checkAgainstDifferences(t, g, in, values, second, graph.Gradients(second, in...))
}

type sumOf struct{}

func (sumOf) String() string                              { return "add" }
func (sumOf) Types(in []graph.Type) ([]graph.Type, error) { return in[:1], nil }
func (sumOf) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{dy[0], dy[0]}
}
func (sumOf) Eval(dst, in []graph.Tensor) error {
	for i, v := range in[0].F64 {
		dst[0].F64[i] = v + in[1].F64[i]
	}
	return nil
}

func checkAgainstDifferences(t *testing.T, g *graph.Graph, in []graph.Node, values []graph.Tensor, loss graph.Node,
	grads []graph.Node) {
	t.Helper()
	outputs := append(slices.Clone(grads), loss)
	p, err := g.CompileWith(graph.CompileOptions{NoFuse: true}, outputs...)
	if err != nil {
		t.Fatal(err)
	}
	run := func() float64 {
		for i, n := range in {
			p.Set(n, values[i])
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return p.Float(loss)
	}
	run()
	s, err := g.Stock(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range in {
		s.Set(n, values[i])
	}
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	var got []graph.Tensor
	for _, d := range grads {
		got = append(got, p.Value(d).Clone())
		if !slices.Equal(p.Value(d).F64, s.Value(d).F64) {
			t.Fatalf("our tape and Gorgonia's differ in %v", d)
		}
	}
	const h = 1e-5
	for i, v := range values {
		for j := range v.F64 {
			x := v.F64[j]
			v.F64[j] = x + h
			up := run()
			v.F64[j] = x - h
			down := run()
			v.F64[j] = x
			if want, d := (up-down)/(2*h), got[i].F64[j]; math.Abs(d-want) > 1e-6*(1+math.Abs(want)) {
				t.Fatalf("gradient of operand %d, element %d, is %v, by differences %v", i, j, d, want)
			}
		}
	}
	if n := testing.AllocsPerRun(5, func() { p.Run() }); n != 0 {
		t.Errorf("a run makes %v allocations", n)
	}
}

var convGradients = []struct {
	name    string
	x, w    graph.Shape
	bias    int
	opt     Conv
	build   func(x, w, b graph.Node, opt Conv) graph.Node
	printed string
	want    graph.Shape
}{
	{"plain", graph.Shape{2, 2, 4, 5}, graph.Shape{3, 2, 3, 2}, 3, Conv{}, Conv2D, "conv2d", graph.Shape{2, 3, 2, 4}},
	{"without bias", graph.Shape{1, 2, 3, 3}, graph.Shape{2, 2, 2, 2}, 0, Conv{}, Conv2D, "conv2d",
		graph.Shape{1, 2, 2, 2}},
	{"stride and pad", graph.Shape{2, 2, 5, 5}, graph.Shape{2, 2, 3, 3}, 2, Conv{Stride: 2, Pad: 1}, Conv2D,
		"conv2d stride=2 pad=1", graph.Shape{2, 2, 3, 3}},
	{"stride that leaves a row over", graph.Shape{1, 1, 6, 5}, graph.Shape{2, 1, 3, 3}, 2, Conv{Stride: 2}, Conv2D,
		"conv2d stride=2", graph.Shape{1, 2, 2, 2}},
	{"dilation and groups", graph.Shape{1, 4, 5, 5}, graph.Shape{2, 2, 2, 2}, 2, Conv{Dilation: 2, Groups: 2}, Conv2D,
		"conv2d dilation=2 groups=2", graph.Shape{1, 2, 3, 3}},
	{"unequal and asymmetric", graph.Shape{1, 2, 4, 6}, graph.Shape{2, 2, 2, 3}, 0,
		Conv{StrideHW: [2]int{1, 2}, PadTLBR: [4]int{1, 0, 0, 2}, DilationHW: [2]int{2, 1}}, Conv2D,
		"conv2d stride=[1 2] pad=[1 0 0 2] dilation=[2 1]", graph.Shape{1, 2, 3, 3}},
	{"1×1", graph.Shape{2, 3, 2, 2}, graph.Shape{2, 3, 1, 1}, 2, Conv{}, Conv2D, "conv2d", graph.Shape{2, 2, 2, 2}},
	{"depthwise", graph.Shape{2, 3, 4, 4}, graph.Shape{3, 1, 3, 3}, 3, Conv{Groups: 3, PadHW: [2]int{1, 1}}, Conv2D,
		"conv2d pad=1 groups=3", graph.Shape{2, 3, 4, 4}},
	{"one axis", graph.Shape{2, 2, 7}, graph.Shape{3, 2, 3}, 3, Conv{Stride: 2, Pad: 1}, Conv1D,
		"conv1d stride=2 pad=1",
		graph.Shape{2, 3, 4}},
	{"one axis, causal", graph.Shape{1, 2, 6}, graph.Shape{2, 2, 3}, 0,
		Conv{Dilation: 2, PadTLBR: [4]int{1: 4}}, Conv1D,
		"conv1d pad=[4 0] dilation=2", graph.Shape{1, 2, 6}},
	{"transposed", graph.Shape{2, 2, 3, 3}, graph.Shape{2, 3, 3, 3}, 3, Conv{Stride: 2, Pad: 1, OutputPad: 1},
		ConvTranspose2D,
		"convtranspose2d stride=2 pad=1 size=6", graph.Shape{2, 3, 6, 6}},
	{"transposed, unequal, groups", graph.Shape{1, 4, 2, 3}, graph.Shape{4, 1, 2, 3}, 2,
		Conv{StrideHW: [2]int{3, 2}, OutputPadHW: [2]int{2, 0}, Groups: 2, PadTLBR: [4]int{0, 1, 1, 0}},
		ConvTranspose2D,
		"convtranspose2d stride=[3 2] pad=[0 1 1 0] groups=2 size=6", graph.Shape{1, 2, 6, 6}},
	{"transposed, one axis", graph.Shape{2, 2, 4}, graph.Shape{2, 2, 4}, 2, Conv{Stride: 2, Pad: 1}, ConvTranspose1D,
		"convtranspose1d stride=2 pad=1 size=8", graph.Shape{2, 2, 8}},
}

func TestConvGradients(t *testing.T) {
	for _, tc := range convGradients {
		t.Run(tc.name, func(t *testing.T) {
			shapes := []graph.Shape{tc.x, tc.w}
			if tc.bias > 0 {
				shapes = append(shapes, graph.Shape{tc.bias})
			}
			checkGradients(t, func(in []graph.Node) graph.Node {
				var b graph.Node
				if len(in) > 2 {
					b = in[2]
				}
				y := tc.build(in[0], in[1], b, tc.opt)
				if !y.Valid() {
					t.Fatal(in[0].Graph().Err())
				}
				if got := y.Op().String(); got != tc.printed {
					t.Errorf("printed as %q, want %q", got, tc.printed)
				}
				if !y.Shape().Equal(tc.want) {
					t.Errorf("shape is %v, want %v", y.Shape(), tc.want)
				}
				return y
			}, shapes...)
		})
	}
}

// ramp is 1, 2, 3, …
func ramp(shape ...int) graph.Tensor {
	t := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: shape})
	for i := range t.F64 {
		t.F64[i] = float64(i + 1)
	}
	return t
}

// checkValue evaluates a graph of constants.
func checkValue(t *testing.T, build func(g *graph.Graph) graph.Node, want ...float64) {
	t.Helper()
	g := &graph.Graph{DType: graph.Float64}
	y := build(g)
	p, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if n := p.Value(y).Shape.Size(); n != len(want) {
		t.Fatalf("%d elements, want %d", n, len(want))
	}
	for i, w := range want {
		v := p.Value(y).At(i)
		if same := v == w || math.IsNaN(v) && math.IsNaN(w); !same && !(math.Abs(v-w) <= 5e-5*(1+math.Abs(w))) {
			t.Errorf("element %d is %v, want %v", i, v, w)
		}
	}
}

// X = 1 … 16 as 4×4, K₃ = 1 … 9 as 3×3; by hand, and as torch.nn.functional.conv2d and conv_transpose2d.
func TestConvByHand(t *testing.T) {
	for _, tc := range []struct {
		name  string
		build func(g *graph.Graph) graph.Node
		want  []float64
	}{
		{"[[1 0] [0 -1]]", func(g *graph.Graph) graph.Node {
			w := graph.FromFloat64([]float64{1, 0, 0, -1}, 1, 1, 2, 2)
			return Conv2D(g.Constant(ramp(1, 1, 4, 4)), g.Constant(w), graph.Node{}, Conv{})
		}, []float64{-5, -5, -5, -5, -5, -5, -5, -5, -5}},
		{"pad 1", func(g *graph.Graph) graph.Node {
			return Conv2D(g.Constant(ramp(1, 1, 4, 4)), g.Constant(ramp(1, 1, 3, 3)), graph.Node{}, Conv{Pad: 1})
		}, []float64{111, 178, 217, 145, 231, 348, 393, 252, 363, 528, 573, 360, 197, 274, 295, 175}},
		{"pad 1 stride 2 bias 1", func(g *graph.Graph) graph.Node {
			return Conv2D(g.Constant(ramp(1, 1, 4, 4)), g.Constant(ramp(1, 1, 3, 3)), g.Constant(ramp(1)),
				Conv{Pad: 1, Stride: 2})
		}, []float64{112, 218, 364, 574}},
		{"one axis", func(g *graph.Graph) graph.Node {
			return Conv1D(g.Constant(ramp(1, 1, 5)), g.Constant(ramp(1, 1, 2)), graph.Node{},
				Conv{PadTLBR: [4]int{1: 1}})
		}, []float64{2, 5, 8, 11, 14}},
		{"transposed 2×2 stride 2", func(g *graph.Graph) graph.Node {
			return ConvTranspose2D(g.Constant(ramp(1, 1, 2, 2)), g.Constant(ramp(1, 1, 2, 2)), graph.Node{},
				Conv{Stride: 2})
		}, []float64{1, 2, 2, 4, 3, 4, 6, 8, 3, 6, 4, 8, 9, 12, 12, 16}},
		{"transposed 3×3 stride 2 pad 1 output pad 1", func(g *graph.Graph) graph.Node {
			return ConvTranspose2D(g.Constant(ramp(1, 1, 2, 2)), g.Constant(ramp(1, 1, 3, 3)), graph.Node{},
				Conv{Stride: 2, Pad: 1, OutputPad: 1})
		}, []float64{5, 14, 10, 12, 14, 36, 24, 30, 15, 34, 20, 24, 24, 55, 32, 36}},
		{"transposed 3×3", func(g *graph.Graph) graph.Node {
			return ConvTranspose2D(g.Constant(ramp(1, 1, 2, 2)), g.Constant(ramp(1, 1, 3, 3)), graph.Node{}, Conv{})
		}, []float64{1, 4, 7, 6, 7, 23, 33, 24, 19, 53, 63, 42, 21, 52, 59, 36}},
	} {
		t.Run(tc.name, func(t *testing.T) { checkValue(t, tc.build, tc.want...) })
	}
}

// checkError wants the graph's error to contain the text.
func checkError(t *testing.T, want string, build func(g *graph.Graph) graph.Node) {
	t.Helper()
	g := &graph.Graph{}
	y := build(g)
	if y.Valid() || g.Err() == nil {
		t.Fatalf("no error, want %q", want)
	}
	if !strings.Contains(g.Err().Error(), want) {
		t.Errorf("error is\n\t%v\nwant it to contain\n\t%s", g.Err(), want)
	}
}

func TestConvErrors(t *testing.T) {
	for _, tc := range []struct {
		x, w []int
		opt  Conv
		want string
	}{
		{[]int{8, 64, 56, 56}, []int{128, 32, 3, 3}, Conv{Stride: 2, Pad: 1},
			"conv2d stride=2 pad=1: input has 64 channels, weight expects 32: x (8, 64, 56, 56), w (128, 32, 3, 3) " +
				"(conv_test.go:"},
		{[]int{1, 1, 5, 5}, []int{1, 1, 7, 7}, Conv{}, "input 5×5 smaller than kernel 7×7 after padding 0"},
		{[]int{1, 1, 5, 5}, []int{1, 1, 3, 3}, Conv{Dilation: 4, Pad: 1},
			"input 5×5 smaller than kernel 3×3, spread over 9×9, after padding 1"},
		{[]int{1, 1, 5, 5}, []int{1, 1, 9, 3}, Conv{PadTLBR: [4]int{0, 1, 2, 1}},
			"input 5×5 smaller than kernel 9×3 after padding [0 1 2 1]"},
		{[]int{1, 6, 5, 5}, []int{4, 2, 3, 3}, Conv{Groups: 4}, "6 channels do not divide into 4 groups"},
		{[]int{1, 6, 5, 5}, []int{4, 2, 3, 3}, Conv{Groups: 3},
			"weight has 4 filters, which do not divide into 3 groups"},
		{[]int{1, 6, 5}, []int{4, 2, 3, 3}, Conv{}, "input has 3 axes, want 4"},
		{[]int{1, 6, 5, 5}, []int{4, 54}, Conv{}, "weight has 2 axes, want 4"},
		{[]int{1, 1, 5, 5}, []int{1, 1, 3, 3}, Conv{Stride: -1}, "stride -1×-1 must be at least 1"},
		{[]int{1, 1, 5, 5}, []int{1, 1, 3, 3}, Conv{StrideHW: [2]int{2, 0}}, "stride 2×0 must be at least 1"},
		{[]int{1, 1, 5, 5}, []int{1, 1, 3, 3}, Conv{Dilation: -2}, "dilation -2×-2 must be at least 1"},
		{[]int{1, 1, 5, 5}, []int{1, 1, 3, 3}, Conv{Pad: -1}, "must not be negative"},
		{[]int{1, 1, 5, 5}, []int{1, 1, 3, 3}, Conv{Groups: -1}, "groups -1 must be at least 1"},
		{[]int{1, 1, 5, 5}, []int{1, 1, 3, 3}, Conv{OutputPad: 1},
			"output padding belongs to transposed convolutions"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			checkError(t, tc.want, func(g *graph.Graph) graph.Node {
				return Conv2D(g.Input("x", tc.x...), g.Input("w", tc.w...), graph.Node{}, tc.opt)
			})
		})
	}
	for _, tc := range []struct {
		x, w []int
		opt  Conv
		want string
	}{
		{[]int{1, 3, 5, 5}, []int{4, 3, 3, 3}, Conv{}, "input has 3 channels, weight expects 4"},
		{[]int{1, 3, 5, 5}, []int{3, 4, 3, 3}, Conv{Groups: 2}, "3 channels do not divide into 2 groups"},
		{[]int{1, 3, 2, 2}, []int{3, 4, 3, 3}, Conv{Pad: 4}, "nothing is left of the output"},
		{[]int{1, 3, 2, 2}, []int{3, 4, 3, 3}, Conv{Stride: 2, OutputPad: 2},
			"output padding 2 must not be negative and must be less than stride 2"},
		{[]int{3, 2, 2}, []int{3, 4, 3, 3}, Conv{}, "input has 3 axes, want 4"},
	} {
		t.Run("transposed: "+tc.want, func(t *testing.T) {
			checkError(t, tc.want, func(g *graph.Graph) graph.Node {
				return ConvTranspose2D(g.Input("x", tc.x...), g.Input("w", tc.w...), graph.Node{}, tc.opt)
			})
		})
	}
	t.Run("bias of another size", func(t *testing.T) {
		checkError(t, "bias is float32 (3), want float32 (4): x (1, 2, 5, 5), w (4, 2, 3, 3), b (3)",
			func(g *graph.Graph) graph.Node {
				return Conv2D(g.Input("x", 1, 2, 5, 5), g.Input("w", 4, 2, 3, 3), g.Input("b", 3), Conv{})
			})
	})
	t.Run("integers", func(t *testing.T) {
		checkError(t, "input is int64, want floats", func(g *graph.Graph) graph.Node {
			return Conv2D(g.Indices("x", 1, 2, 5, 5), g.Input("w", 4, 2, 3, 3), graph.Node{}, Conv{})
		})
	})
}

// The gradient checks run in float64; float32 takes the same way through another instance of each kernel.
func TestConvAndPoolInFloat32(t *testing.T) {
	var results [2][]graph.Tensor
	for i, d := range []graph.DType{graph.Float32, graph.Float64} {
		g := &graph.Graph{DType: d}
		x, w, b, v := g.Input("x", 2, 2, 9, 9), g.Input("w", 4, 2, 3, 3), g.Input("b", 4), g.Input("v", 4, 3, 2, 2)
		y := Conv2D(x, w, b, Conv{Stride: 2, Pad: 1})
		y = MaxPool2D(y, Pool{Size: 2, Stride: 1})
		y = ConvTranspose2D(y, v, graph.Node{}, Conv{Stride: 2})
		y = AvgPool2D(y, Pool{Size: 3, Pad: 1})
		y = AdaptiveAvgPool2D(y, 2, 2)
		y = graph.Apply(channelSum{}, GlobalMaxPool2D(y))
		y = Conv1D(graph.Apply(channelFill{graph.MakeDims(1, 3, 1)}, y), g.Full(1, 1, 3, 1), graph.Node{}, Conv{})
		loss := graph.Apply(channelSum{}, graph.Apply(channelFill{graph.MakeDims(1, 1)}, graph.Apply(channelSum{}, y)))
		outputs := append(graph.Gradients(loss, x, w, b, v), y)
		p, err := g.Compile(outputs...)
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range map[string]graph.Node{"x": x, "w": w, "b": b, "v": v} {
			p.Set(n, normals(name, n.Shape()...))
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		for _, n := range outputs {
			results[i] = append(results[i], p.Value(n))
		}
	}
	for k, single := range results[0] {
		for i := range single.F32 {
			if want := results[1][k].At(i); math.Abs(single.At(i)-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("result %d, element %d: %v in float32, %v in float64", k, i, single.At(i), want)
			}
		}
	}
}

func TestConvDrawing(t *testing.T) {
	g := &graph.Graph{}
	x := g.Input("x", 8, 6, 14, 14)
	y := Conv2D(x, g.Input("w", 16, 6, 5, 5), graph.Node{}, Conv{})
	if role, label := graph.RoleOf(y); role != graph.RoleLinear || label != "Conv2D 5×5" {
		t.Errorf("drawn as %v %q", role, label)
	}
	if n, _ := y.Op().(graph.Flopper).Flops([]graph.Type{x.Type(), y.Inputs()[1].Type()}); n != 2*8*16*10*10*6*25 {
		t.Errorf("%d flops", n)
	}
}
