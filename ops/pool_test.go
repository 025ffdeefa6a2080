package ops

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

var poolGradients = []struct {
	name    string
	x       graph.Shape
	build   func(x graph.Node) graph.Node
	printed string
	label   string
	want    graph.Shape
}{
	{"max 2", graph.Shape{2, 2, 4, 6}, func(x graph.Node) graph.Node { return MaxPool2D(x, Pool{Size: 2}) },
		"maxpool2d size=2", "MaxPool 2", graph.Shape{2, 2, 2, 3}},
	{"max 3 stride 2 pad 1", graph.Shape{1, 2, 5, 6},
		func(x graph.Node) graph.Node { return MaxPool2D(x, Pool{Size: 3, Stride: 2, Pad: 1}) },
		"maxpool2d size=3 stride=2 pad=1", "MaxPool 3", graph.Shape{1, 2, 3, 3}},
	{"max, unequal, ceil mode", graph.Shape{1, 2, 5, 7}, func(x graph.Node) graph.Node {
		return MaxPool2D(x, Pool{SizeHW: [2]int{2, 3}, StrideHW: [2]int{2, 2}, PadHW: [2]int{1, 0}, CeilMode: true})
	}, "maxpool2d size=[2 3] stride=2 pad=[1 0] ceil", "MaxPool 2×3", graph.Shape{1, 2, 3, 3}},
	{"max, dilated", graph.Shape{1, 2, 6, 6},
		func(x graph.Node) graph.Node { return MaxPool2D(x, Pool{Size: 2, Stride: 1, Dilation: 3}) },
		"maxpool2d size=2 stride=1 dilation=3", "MaxPool 2", graph.Shape{1, 2, 3, 3}},
	{"max, one axis", graph.Shape{2, 2, 7},
		func(x graph.Node) graph.Node { return MaxPool1D(x, Pool{Size: 3, Stride: 2}) },
		"maxpool1d size=3 stride=2", "MaxPool 3", graph.Shape{2, 2, 3}},
	{"mean 2", graph.Shape{2, 2, 4, 6}, func(x graph.Node) graph.Node { return AvgPool2D(x, Pool{Size: 2}) },
		"avgpool2d size=2", "AvgPool 2", graph.Shape{2, 2, 2, 3}},
	{"mean 3 pad 1", graph.Shape{1, 2, 4, 5},
		func(x graph.Node) graph.Node { return AvgPool2D(x, Pool{Size: 3, Stride: 1, Pad: 1}) },
		"avgpool2d size=3 stride=1 pad=1", "AvgPool 3", graph.Shape{1, 2, 4, 5}},
	{"mean 3 pad 1 without the padding, ceil mode", graph.Shape{1, 2, 4, 5}, func(x graph.Node) graph.Node {
		return AvgPool2D(x, Pool{Size: 3, Stride: 2, Pad: 1, ExcludePad: true, CeilMode: true})
	}, "avgpool2d size=3 stride=2 pad=1 ceil excludepad", "AvgPool 3", graph.Shape{1, 2, 3, 3}},
	{"mean, one axis", graph.Shape{2, 2, 7},
		func(x graph.Node) graph.Node { return AvgPool1D(x, Pool{Size: 3, Stride: 2}) },
		"avgpool1d size=3 stride=2", "AvgPool 3", graph.Shape{2, 2, 3}},
	{"adaptive mean", graph.Shape{2, 1, 5, 7}, func(x graph.Node) graph.Node { return AdaptiveAvgPool2D(x, 2, 3) },
		"adaptiveavgpool2d size=[2 3]", "AdaptiveAvgPool 2×3", graph.Shape{2, 1, 2, 3}},
	{"adaptive maximum", graph.Shape{2, 1, 5, 7}, func(x graph.Node) graph.Node { return AdaptiveMaxPool2D(x, 2, 3) },
		"adaptivemaxpool2d size=[2 3]", "AdaptiveMaxPool 2×3", graph.Shape{2, 1, 2, 3}},
	{"global mean", graph.Shape{2, 3, 4, 2}, GlobalAvgPool2D, "globalavgpool2d", "GlobalAvgPool", graph.Shape{2, 3}},
	{"global maximum", graph.Shape{2, 3, 4, 2}, GlobalMaxPool2D, "globalmaxpool2d", "GlobalMaxPool",
		graph.Shape{2, 3}},
	{"unpooled maxima", graph.Shape{1, 2, 4, 4}, func(x graph.Node) graph.Node {
		y, index := MaxPool2DIndex(x, Pool{Size: 2})
		return MaxUnpool2D(y, index, 4, 4)
	}, "scatter-planes size=[4 4]", "MaxUnpool", graph.Shape{1, 2, 4, 4}},
}

func TestPoolGradients(t *testing.T) {
	for _, tc := range poolGradients {
		t.Run(tc.name, func(t *testing.T) {
			checkGradients(t, func(in []graph.Node) graph.Node {
				y := tc.build(in[0])
				if !y.Valid() {
					t.Fatal(in[0].Graph().Err())
				}
				if got := y.Op().String(); got != tc.printed {
					t.Errorf("printed as %q, want %q", got, tc.printed)
				}
				if role, label := graph.RoleOf(y); role != graph.RolePool || label != tc.label {
					t.Errorf("drawn as %v %q, want %q", role, label, tc.label)
				}
				if !y.Shape().Equal(tc.want) {
					t.Errorf("shape is %v, want %v", y.Shape(), tc.want)
				}
				return y
			}, tc.x)
		})
	}
}

// X = 1 … 16 as 4×4; by hand and as torch.nn.functional.
func TestPoolByHand(t *testing.T) {
	x := func(g *graph.Graph) graph.Node { return g.Constant(ramp(1, 1, 4, 4)) }
	pad := Pool{Size: 3, Stride: 1, Pad: 1}
	without := pad
	without.ExcludePad = true
	nan, inf := math.NaN(), math.Inf(-1)
	for _, tc := range []struct {
		name  string
		build func(g *graph.Graph) graph.Node
		want  []float64
	}{
		{"max 2", func(g *graph.Graph) graph.Node { return MaxPool2D(x(g), Pool{Size: 2}) }, []float64{6, 8, 14, 16}},
		{"max 2, indices", func(g *graph.Graph) graph.Node {
			_, index := MaxPool2DIndex(x(g), Pool{Size: 2})
			return index
		}, []float64{5, 7, 13, 15}},
		{"max 2, unpooled", func(g *graph.Graph) graph.Node {
			y, index := MaxPool2DIndex(x(g), Pool{Size: 2})
			return MaxUnpool2D(y, index, 4, 4)
		}, []float64{0, 0, 0, 0, 0, 6, 0, 8, 0, 0, 0, 0, 0, 14, 0, 16}},
		{"equal elements: the gradient goes to the first", func(g *graph.Graph) graph.Node {
			x := g.Full(2, 1, 1, 2, 2)
			return graph.Gradients(weightedBy(MaxPool2D(x, Pool{Size: 2}), 3), x)[0]
		}, []float64{3, 0, 0, 0}},
		{"padding is never the maximum", func(g *graph.Graph) graph.Node {
			return MaxPool2D(g.Full(-1, 1, 1, 2, 2), Pool{Size: 2, Pad: 1, Stride: 2})
		}, []float64{-1, -1, -1, -1}},
		{"mean 3 pad 1", func(g *graph.Graph) graph.Node { return AvgPool2D(x(g), pad) },
			[]float64{14. / 9, 24. / 9, 30. / 9, 22. / 9, 3.6667, 6, 7, 5, 6.3333, 10, 11, 7.6667, 5.1111, 8,
				8.6667, 6}},
		{"mean 3 pad 1 without the padding", func(g *graph.Graph) graph.Node { return AvgPool2D(x(g), without) },
			[]float64{3.5, 4, 5, 5.5, 5.5, 6, 7, 7.5, 9.5, 10, 11, 11.5, 11.5, 12, 13, 13.5}},
		{"mean of one axis",
			func(g *graph.Graph) graph.Node { return AvgPool1D(g.Constant(ramp(1, 1, 7)), Pool{Size: 3, Stride: 2}) },
			[]float64{2, 4, 6}},
		{"adaptive mean, 5 into 2", func(g *graph.Graph) graph.Node {
			return AdaptiveAvgPool2D(g.Constant(ramp(1, 1, 1, 5)), 1, 2)
		}, []float64{2, 4}},
		{"adaptive maximum, 7 into 3", func(g *graph.Graph) graph.Node {
			return AdaptiveMaxPool2D(g.Constant(ramp(1, 1, 1, 7)), 1, 3)
		}, []float64{3, 5, 7}},
		{"global mean", func(g *graph.Graph) graph.Node { return GlobalAvgPool2D(x(g)) }, []float64{8.5}},
		{"global maximum", func(g *graph.Graph) graph.Node { return GlobalMaxPool2D(x(g)) }, []float64{16}},
		{"minus infinity", func(g *graph.Graph) graph.Node {
			return GlobalMaxPool2D(g.Constant(graph.FromFloat64([]float64{inf, inf}, 1, 1, 1, 2)))
		}, []float64{inf}},
		{"NaN", func(g *graph.Graph) graph.Node {
			return GlobalMaxPool2D(g.Constant(graph.FromFloat64([]float64{1, nan, 2}, 1, 1, 1, 3)))
		}, []float64{nan}},
	} {
		t.Run(tc.name, func(t *testing.T) { checkValue(t, tc.build, tc.want...) })
	}
}

// weightedBy is Σ w·y.
func weightedBy(y graph.Node, w float64) graph.Node {
	return graph.Apply(dot{}, y, y.Graph().Full(w, y.Shape()...))
}

func TestPoolErrors(t *testing.T) {
	for _, tc := range []struct {
		x    []int
		opt  Pool
		want string
	}{
		{[]int{1, 1, 5, 5}, Pool{Size: 7},
			"maxpool2d size=7: input 5×5 smaller than kernel 7×7 after padding 0: x (1, 1, 5, 5)"},
		{[]int{1, 1, 5, 5}, Pool{Size: 3, Pad: 2}, "pad 2 must be at most half of the window 3"},
		{[]int{1, 1, 5, 5}, Pool{}, "window 0×0 must be at least 1"},
		{[]int{1, 1, 5, 5}, Pool{Size: 2, Stride: -1}, "stride -1×-1 must be at least 1"},
		{[]int{1, 1, 5, 5}, Pool{Size: 2, Dilation: -1}, "dilation -1×-1 must be at least 1"},
		{[]int{1, 1, 5, 5}, Pool{Size: 2, Pad: -1}, "must not be negative"},
		{[]int{1, 5, 5}, Pool{Size: 2}, "input has 3 axes, want 4"},
		{[]int{1, 1, 3, 3}, Pool{Size: 2, Dilation: 4, Pad: 1}, "window 0 of axis 2 holds only padding"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			checkError(t, tc.want, func(g *graph.Graph) graph.Node { return MaxPool2D(g.Input("x", tc.x...), tc.opt) })
			checkError(t, strings.TrimPrefix(tc.want, "max"),
				func(g *graph.Graph) graph.Node { return AvgPool2D(g.Input("x", tc.x...), tc.opt) })
		})
	}
	checkError(t, "output 0×2 must be at least 1×1",
		func(g *graph.Graph) graph.Node { return AdaptiveAvgPool2D(g.Input("x", 1, 1, 3, 3), 0, 2) })
	checkError(t, "input has 3 axes, want 4",
		func(g *graph.Graph) graph.Node { return GlobalMaxPool2D(g.Input("x", 1, 3, 3)) })
	checkError(t, "input is int64, want floats",
		func(g *graph.Graph) graph.Node { return GlobalAvgPool2D(g.Indices("x", 1, 1, 3, 3)) })
	checkError(t, "input and index have different shapes", func(g *graph.Graph) graph.Node {
		return MaxUnpool2D(g.Input("x", 1, 1, 2, 2), g.Indices("index", 1, 1, 2, 3), 4, 4)
	})
}
