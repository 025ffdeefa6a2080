package ops

import (
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

var layoutCases = []opCase{
	{name: "reshape infers a size", bad: badReshape,
		in:    []operand{given(shape(2, 3), 1, 2, 3, 4, 5, 6)},
		build: func(in []graph.Node) graph.Node { return Reshape(in[0], 3, -1) },
		want:  []float64{1, 2, 3, 4, 5, 6}, torch: "a.reshape(3, -1)", second: true},
	{name: "a stopped gradient",
		in:    []operand{given(shape(2), 3, -2)},
		build: func(in []graph.Node) graph.Node { return Mul(in[0], StopGradient(Square(in[0]))) },
		want:  []float64{27, -8}},
	{name: "reshape to a scalar",
		in:    []operand{given(shape(1, 1), 1)},
		build: func(in []graph.Node) graph.Node { return Reshape(in[0]) },
		want:  []float64{1}, second: true},
	{name: "flatten joins the axes from one on",
		in:    []operand{given(shape(2, 1, 3), 1, 2, 3, 4, 5, 6)},
		build: func(in []graph.Node) graph.Node { return Flatten(in[0], 1) },
		want:  []float64{1, 2, 3, 4, 5, 6}, torch: "a.flatten(1)", second: true},
	{name: "flatten counts from the end",
		in:    []operand{given(shape(2, 1, 3), 1, 2, 3, 4, 5, 6)},
		build: func(in []graph.Node) graph.Node { return Flatten(in[0], -2) },
		want:  []float64{1, 2, 3, 4, 5, 6}, torch: "a.flatten(-2)", second: true},
	{name: "squeeze without axes drops all of size 1",
		in:    []operand{given(shape(1, 2, 1), 1, 2)},
		build: func(in []graph.Node) graph.Node { return Squeeze(in[0]) },
		want:  []float64{1, 2}, torch: "a.squeeze()", second: true},
	{name: "squeeze drops the given axis alone",
		in:    []operand{given(shape(1, 2, 1), 1, 2)},
		build: func(in []graph.Node) graph.Node { return Squeeze(in[0], -1) },
		want:  []float64{1, 2}, torch: "a.squeeze(-1)", second: true},
	{name: "unsqueeze -1 appends",
		in:    []operand{given(shape(2), 1, 2)},
		build: func(in []graph.Node) graph.Node { return Unsqueeze(in[0], -1) },
		want:  []float64{1, 2}, torch: "a.unsqueeze(-1)", second: true},
	{name: "unsqueeze 0 prepends",
		in:    []operand{given(shape(2), 1, 2)},
		build: func(in []graph.Node) graph.Node { return Unsqueeze(in[0], 0) },
		want:  []float64{1, 2}, second: true},
	{name: "transpose reverses", bad: badTranspose,
		in:    []operand{given(shape(2, 3), 1, 2, 3, 4, 5, 6)},
		build: func(in []graph.Node) graph.Node { return Transpose(in[0]) },
		want:  []float64{1, 4, 2, 5, 3, 6}, torch: "a.t()", second: true},
	{name: "transpose of a cycle",
		in:    []operand{given(shape(2, 1, 3), 1, 2, 3, 4, 5, 6)},
		build: func(in []graph.Node) graph.Node { return Transpose(in[0], 2, 0, 1) },
		want:  []float64{1, 4, 2, 5, 3, 6}, torch: "a.permute(2, 0, 1)", second: true},
	{name: "transpose that moves an axis of 1",
		in:    []operand{given(shape(2, 1, 3), 1, 2, 3, 4, 5, 6)},
		build: func(in []graph.Node) graph.Node { return Transpose(in[0], 1, 0, -1) },
		want:  []float64{1, 2, 3, 4, 5, 6}, second: true},
	{name: "swap exchanges two axes",
		in:    []operand{given(shape(2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8)},
		build: func(in []graph.Node) graph.Node { return Swap(in[0], 0, -1) },
		want:  []float64{1, 5, 3, 7, 2, 6, 4, 8}, torch: "a.transpose(0, -1)", second: true},
	{name: "expand repeats an axis of 1 and adds axes", bad: badExpand,
		in:    []operand{given(shape(2, 1), 1, 2)},
		build: func(in []graph.Node) graph.Node { return Expand(in[0], 2, 2, 3) },
		want:  []float64{1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2}, torch: "a.expand(2, 2, 3)", second: true},
	{name: "expand of a scalar",
		in:    []operand{given(shape(), 1)},
		build: func(in []graph.Node) graph.Node { return Expand(in[0], 3) },
		want:  []float64{1, 1, 1}, second: true},
	{name: "slice of the leading axis", bad: badSlice,
		in:    []operand{given(shape(4, 2), 1, 2, 3, 4, 5, 6, 7, 8)},
		build: func(in []graph.Node) graph.Node { return Slice(in[0], 0, 1, 3, 1) },
		want:  []float64{3, 4, 5, 6}, torch: "a[1:3]", second: true},
	{name: "slice behind axes of 1",
		in:    []operand{given(shape(1, 4, 2), 1, 2, 3, 4, 5, 6, 7, 8)},
		build: func(in []graph.Node) graph.Node { return Slice(in[0], 1, 2, 4, 1) },
		want:  []float64{5, 6, 7, 8}, second: true},
	{name: "slice counts from the end",
		in:    []operand{given(shape(2, 4), 1, 2, 3, 4, 5, 6, 7, 8)},
		build: func(in []graph.Node) graph.Node { return Slice(in[0], -1, -3, -1, 1) },
		want:  []float64{2, 3, 6, 7}, torch: "a[..., -3:-1]", second: true},
	{name: "slice to the end in steps",
		in:    []operand{given(shape(2, 5), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)},
		build: func(in []graph.Node) graph.Node { return Slice(in[0], 1, 1, End, 2) },
		want:  []float64{2, 4, 7, 9}, torch: "a[:, 1::2]", second: true},
	{name: "slice of one element by a large step",
		in:    []operand{given(shape(5), 1, 2, 3, 4, 5)},
		build: func(in []graph.Node) graph.Node { return Slice(in[0], 0, 3, 5, 7) },
		want:  []float64{4}, second: true},
	{name: "slice of the whole axis",
		in:    []operand{given(shape(2, 2), 1, 2, 3, 4)},
		build: func(in []graph.Node) graph.Node { return Slice(in[0], 1, 0, End, 1) },
		want:  []float64{1, 2, 3, 4}, second: true},
	{name: "pad with a value", bad: badPad,
		in:    []operand{given(shape(1, 2), 1, 2)},
		build: func(in []graph.Node) graph.Node { return Pad(in[0], []int{1, 0}, []int{0, 2}, 9) },
		want:  []float64{9, 9, 9, 9, 1, 2, 9, 9}, torch: "F.pad(a, (0, 2, 1, 0), value=9)", second: true},
	{name: "flip of all axes", bad: badFlip,
		in:    []operand{given(shape(2, 2), 1, 2, 3, 4)},
		build: func(in []graph.Node) graph.Node { return Flip(in[0]) },
		want:  []float64{4, 3, 2, 1}, second: true},
	{name: "flip of one axis",
		in:    []operand{given(shape(2, 3), 1, 2, 3, 4, 5, 6)},
		build: func(in []graph.Node) graph.Node { return Flip(in[0], -1) },
		want:  []float64{3, 2, 1, 6, 5, 4}, torch: "a.flip(-1)", second: true},
	{name: "concat along an inner axis", bad: badConcat,
		in:    []operand{given(shape(2, 2), 1, 2, 3, 4)},
		build: func(in []graph.Node) graph.Node { return Concat(-1, in[0], Slice(in[0], 1, 0, 1, 1)) },
		want:  []float64{1, 2, 1, 3, 4, 3}, torch: "torch.cat([a, a[:, :1]], -1)", second: true},
	{name: "concat along the leading axis",
		in:    []operand{given(shape(1, 2), 1, 2)},
		build: func(in []graph.Node) graph.Node { return Concat(0, in[0], in[0], in[0]) },
		want:  []float64{1, 2, 1, 2, 1, 2}, second: true},
	{name: "concat of one",
		in:    []operand{given(shape(2), 1, 2)},
		build: func(in []graph.Node) graph.Node { return Concat(0, in[0]) },
		want:  []float64{1, 2}, second: true},
	{name: "stack makes a new axis",
		in:    []operand{given(shape(2), 1, 2)},
		build: func(in []graph.Node) graph.Node { return Stack(-1, in[0], in[0]) },
		want:  []float64{1, 1, 2, 2}, torch: "torch.stack([a, a], -1)", second: true},
	{name: "split takes parts of different size", bad: badSplit,
		in:    []operand{given(shape(2, 4), 1, 2, 3, 4, 5, 6, 7, 8)},
		build: func(in []graph.Node) graph.Node { return Split(in[0], 1, 1, 3)[1] },
		want:  []float64{2, 3, 4, 6, 7, 8}, torch: "a.split([1, 3], 1)[1]", second: true},
	{name: "split into more parts than an op has results",
		in: []operand{given(shape(23), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
			21, 22, 23)},
		build: func(in []graph.Node) graph.Node {
			parts := Split(in[0], 0, slices.Repeat([]int{1}, 23)...)
			return Concat(0, parts[22], parts[0], parts[11])
		},
		want: []float64{23, 1, 12}, second: true},
	{name: "unstack drops the axis",
		in:    []operand{given(shape(2, 3), 1, 2, 3, 4, 5, 6)},
		build: func(in []graph.Node) graph.Node { return Unstack(in[0], 1)[1] },
		want:  []float64{2, 5}, torch: "a.unbind(1)[1]", second: true},
	{name: "repeat repeats elements", bad: badRepeat,
		in:    []operand{given(shape(2, 2), 1, 2, 3, 4)},
		build: func(in []graph.Node) graph.Node { return Repeat(in[0], 0, 2) },
		want:  []float64{1, 2, 1, 2, 3, 4, 3, 4}, torch: "a.repeat_interleave(2, 0)", second: true},
	{name: "tile repeats the whole",
		in:    []operand{given(shape(2, 2), 1, 2, 3, 4)},
		build: func(in []graph.Node) graph.Node { return Tile(in[0], 0, 2) },
		want:  []float64{1, 2, 3, 4, 1, 2, 3, 4}, torch: "a.tile(2, 1)", second: true},
}

var layoutErrors = []shapeError{
	{"reshape to another size", func(g *graph.Graph) graph.Node {
		return Reshape(g.Input("x", 2, 3), 4, -1)
	}, "reshape: 6 elements do not fill (4, -1): x (2, 3) (layout_test.go:"},
	{"reshape to nine axes", func(g *graph.Graph) graph.Node {
		return Reshape(g.Input("x", 2, 3), 2, 3, 1, 1, 1, 1, 1, 1, 1)
	}, "has 9 axes"},
	{"flatten from no axis", func(g *graph.Graph) graph.Node {
		return Flatten(g.Input("x", 2, 3), 2)
	}, "flatten: axis 2 is outside the 2 axes: x (2, 3)"},
	{"squeeze of a wide axis", func(g *graph.Graph) graph.Node {
		return Squeeze(g.Input("x", 2, 3), 1)
	}, "squeeze: axis 1 has size 3, want 1"},
	{"transpose with a repeated axis", func(g *graph.Graph) graph.Node {
		return Transpose(g.Input("x", 2, 3), 0, 0)
	}, "[0 0] is not a permutation of 2 axes"},
	{"transpose of too few axes", func(g *graph.Graph) graph.Node {
		return Transpose(g.Input("x", 2, 3), 0)
	}, "[0] is not a permutation of 2 axes"},
	{"transpose of too many axes", func(g *graph.Graph) graph.Node {
		return Transpose(g.Input("x", 2, 3), 0, 1, 0, 1, 0, 1, 0, 1, 0)
	}, "is not a permutation of 2 axes"},
	{"swap of no axis", func(g *graph.Graph) graph.Node {
		return Swap(g.Input("x", 2, 3), 0, 2)
	}, "swap: axis 2 is outside the 2 axes"},
	{"expand of a wide axis", func(g *graph.Graph) graph.Node {
		return Expand(g.Input("x", 2, 3), 4, 3)
	}, "(2, 3) does not broadcast to (4, 3)"},
	{"slice beyond the axis", func(g *graph.Graph) graph.Node {
		return Slice(g.Input("x", 2, 3), 1, 1, 4, 1)
	}, "slice: 1 to 4 is empty or outside axis 1, which has size 3"},
	{"slice of nothing", func(g *graph.Graph) graph.Node {
		return Slice(g.Input("x", 2, 3), 1, 2, -1, 1)
	}, "slice: 2 to -1 is empty or outside axis 1, which has size 3"},
	{"slice backwards", func(g *graph.Graph) graph.Node {
		return Slice(g.Input("x", 2, 3), 1, 2, 0, -1)
	}, "slice: step is -1, want at least 1"},
	{"pad of some axes", func(g *graph.Graph) graph.Node {
		return Pad(g.Input("x", 2, 3), []int{1}, []int{1}, 0)
	}, "pad: before [1] and after [1] do not give one number for each of 2 axes"},
	{"pad of integers with a value between two", func(g *graph.Graph) graph.Node {
		return Pad(g.Indices("x", 2), []int{1}, []int{1}, .5)
	}, "value is 0.5, want a whole number that an int64 holds"},
	{"pad of integers with no number", func(g *graph.Graph) graph.Node {
		return Pad(g.Indices("x", 2), []int{1}, []int{1}, math.NaN())
	}, "value is NaN, want a whole number that an int64 holds"},
	{"pad of integers with a value beyond them", func(g *graph.Graph) graph.Node {
		return Pad(g.Indices("x", 2), []int{1}, []int{1}, 1e300)
	}, "value is 1e+300, want a whole number that an int64 holds"},
	{"pad by a negative number", func(g *graph.Graph) graph.Node {
		return Pad(g.Input("x", 2, 3), []int{0, -1}, []int{0, 0}, 0)
	}, "is negative"},
	{"flip of an axis twice", func(g *graph.Graph) graph.Node {
		return Flip(g.Input("x", 2, 3), 1, -1)
	}, "flip: axis -1 is given twice"},
	{"concat of shapes that differ elsewhere", func(g *graph.Graph) graph.Node {
		return Concat(0, g.Input("x", 2, 3), g.Input("z", 3, 2))
	}, "concat axis=0: operand 1 is float32 (3, 2), which differs from float32 (2, 3) beside axis 0: a (2, 3), b " +
		"(3, 2)"},
	{"concat along no axis", func(g *graph.Graph) graph.Node {
		return Concat(2, g.Input("x", 2, 3), g.Input("z", 2, 3))
	}, "concat: axis 2 is outside the 2 axes"},
	{"split into sizes that do not add up", func(g *graph.Graph) graph.Node {
		return Split(g.Input("x", 2, 3), 1, 1, 1)[0]
	}, "split: the sizes [1 1] are not positive or do not add up to axis 1, which has size 3"},
	{"stack of different shapes", func(g *graph.Graph) graph.Node {
		return Stack(0, g.Input("x", 2, 3), g.Input("z", 3, 2))
	}, "operand 1 is float32 (1, 3, 2)"},
	{"repeat zero times", func(g *graph.Graph) graph.Node {
		return Repeat(g.Input("x", 2, 3), 0, 0)
	}, "repeat: the number of repetitions is 0, want at least 1"},
}

// TestLayoutViews: these cost nothing on the tape.
func TestLayoutViews(t *testing.T) {
	views := []string{
		"reshape infers a size",
		"reshape to a scalar",
		"flatten joins the axes from one on",
		"flatten counts from the end",
		"squeeze without axes drops all of size 1",
		"squeeze drops the given axis alone",
		"unsqueeze -1 appends",
		"unsqueeze 0 prepends",
		"transpose that moves an axis of 1",
		"slice of the leading axis",
		"slice behind axes of 1",
		"slice of one element by a large step",
		"slice of the whole axis",
		"concat of one",
	}
	for _, c := range layoutCases {
		t.Run(c.name, func(t *testing.T) {
			g, _, _, y := c.arrange(graph.Float32)
			p, err := g.Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			free := !slices.ContainsFunc(p.Instructions(), func(in graph.Instruction) bool { return !in.View })
			if want := slices.Contains(views, c.name); free != want {
				t.Errorf("that it costs nothing is %v, want %v: %v", free, want, p.Instructions())
			}
		})
	}
}

// TestLinearOpsSquared: the gradient of a linear op does not depend on x, so only behind another function does a
// second gradient pass through its adjoint.
func TestLinearOpsSquared(t *testing.T) {
	for _, c := range slices.Concat(layoutCases, indexCases) {
		if !c.second {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			linear := c.build
			c.build = func(in []graph.Node) graph.Node { return Square(linear(in)) }
			e, err := gradientError(c, 2)
			if err != nil {
				t.Fatal(err)
			}
			if !(e <= gradientTolerance) {
				t.Errorf("second gradient differs from central differences by %.3g", e)
			}
		})
	}
}
