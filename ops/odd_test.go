package ops

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
)

// oddCases are attributes that look wrong and have a meaning, as in PyTorch: they are not refused, and the results
// are by hand.
var oddCases = []opCase{
	fn1("a slope below 0 folds at 0", "", row(-1, 2, .5), func(x graph.Node) graph.Node { return LeakyReLU(x, -2) },
		2, 2, .5),
	fn1("a slope of 0 is a ReLU", "", row(-1, 2, .5), func(x graph.Node) graph.Node { return LeakyReLU(x, 0) }, 0,
		2, .5),
	fn1("an alpha below 0", "", row(-1, 2), func(x graph.Node) graph.Node { return ELU(x, -1) }, .63212056, 2),
	fn1("a clamp without bounds", "", row(-1, 2), func(x graph.Node) graph.Node {
		return Clamp(x, math.Inf(-1),
			math.Inf(1))
	}, -1, 2),
	noGradient(fn1("a clamp to one number", "", row(-1, 2), func(x graph.Node) graph.Node { return Clamp(x, 1, 1) },
		1, 1)),
	// 2/(2+2)
	fn1("a variance with a correction below 0", "", row(1, 3), func(x graph.Node) graph.Node { return Var(x, -2) },
		.5),
	noGradient(fn1("a variance with the least correction", "", row(1, 3),
		func(x graph.Node) graph.Node { return Var(x, math.MinInt) }, 2/9223372036854775810.)),
	fn1("a slice by a step beyond the axis", "", row(1, 2, 3),
		func(x graph.Node) graph.Node { return Slice(x, 0, 1, End, math.MaxInt) }, 2),
	fn1("a pad of nothing", "", row(1, 2), func(x graph.Node) graph.Node {
		return Pad(x, []int{0}, []int{0},
			math.NaN())
	}, 1, 2),
	{name: "a stride beyond the input leaves one window", in: []operand{given(shape(1, 1, 2, 2), 1, 2, 3, 4),
		given(shape(1, 1, 2, 2), 1, 1, 1, 1), row(0)},
		build: convOf(Conv{Stride: 1<<31 - 1}), want: []float64{10}, second: true},
	{name: "a pad beyond the kernel", in: []operand{given(shape(1, 1, 1, 1), 3), given(shape(1, 1, 1, 1), 2), row(1)},
		build: convOf(Conv{Pad: 1}), want: []float64{1, 1, 1, 1, 7, 1, 1, 1, 1}, second: true},
	{name: "a stride and pads far beyond the input", in: []operand{given(shape(1, 1, 1, 1), 3),
		given(shape(1, 1, 1, 1), 2), row(1)},
		build: convOf(Conv{Stride: 1000, Pad: 1000}), want: []float64{1, 1, 1, 1, 7, 1, 1, 1, 1}, second: true},
	{name: "a dilation far beyond the input, between whose taps it lies",
		in:    []operand{given(shape(1, 1, 1), 3), given(shape(1, 1, 2), 2, 5), row(1)},
		build: func(in []graph.Node) graph.Node { return Conv1D(in[0], in[1], in[2], Conv{Dilation: 1000, Pad: 500}) },
		want:  []float64{1}, second: true},
	{name: "a transposed convolution of one element by a long stride", in: []operand{given(shape(1, 1, 1, 1), 3),
		given(shape(1, 1, 1, 2), 2, 5), row(1)},
		build: func(in []graph.Node) graph.Node {
			return ConvTranspose2D(in[0], in[1], in[2], Conv{Stride: 1 << 20, OutputPadHW: [2]int{0, 2}})
		}, want: []float64{7, 16, 1, 1}, second: true},
	fn1("a pooling by a stride beyond the input", "", given(shape(1, 1, 3), 1, 3, 2),
		func(x graph.Node) graph.Node { return MaxPool1D(x, Pool{Size: 2, Stride: 1<<31 - 1}) }, 3),
	fn1("a pooling by a stride beyond the input, in ceil mode", "", given(shape(1, 1, 3), 1, 3, 2),
		func(x graph.Node) graph.Node { return AvgPool1D(x, Pool{Size: 2, Stride: 1 << 30, CeilMode: true}) }, 2),
	fn1("a mean over a wide window that is mostly padding", "", given(shape(1, 1, 2), 1, 3),
		func(x graph.Node) graph.Node { return AvgPool1D(x, Pool{Size: 1000, Stride: 1000, Pad: 500}) }, .004),
	fn1("the same without the padding", "", given(shape(1, 1, 2), 1, 3), func(x graph.Node) graph.Node {
		return AvgPool1D(x, Pool{Size: 1000, Stride: 1000, Pad: 500, ExcludePad: true})
	}, 2),
	fn1("the largest in a wide window that is mostly padding", "", given(shape(1, 1, 2), 1, 3),
		func(x graph.Node) graph.Node { return MaxPool1D(x, Pool{Size: 1 << 20, Stride: 1, Pad: 1 << 19}) }, 3, 3, 3),
	{name: "attention with a negative scale", in: []operand{given(shape(1, 1), 1), given(shape(2, 1), 0, math.Log(3)),
		given(shape(2, 1), 10, 20)},
		build: attentionOf(AttentionOptions{Scale: -1}), want: []float64{12.5}, first: true}, // (3·10 + 1·20)/4
	{name: "cross-entropy smoothed to nothing but noise", in: []operand{given(shape(1, 2), 0, 0), labels(shape(1), 0)},
		build: crossEntropyOf(SmoothedCrossEntropy{Smoothing: 1}), want: []float64{math.Ln2}, first: true},
	{name: "a class of weight 0", in: []operand{given(shape(2, 2), 0, 0, 5, 1), labels(shape(2), 0, 1)},
		build: crossEntropyOf(SmoothedCrossEntropy{Weights: []float64{1, 0}}), want: []float64{math.Ln2}, first: true},
	{name: "a huber loss that is never linear", in: []operand{row(3, 1), row(0, 0)},
		build: of(Huber{Delta: math.Inf(1), Reduction: ReduceSum}.Loss), want: []float64{5}, second: true},
	{name: "clipping at no bound", in: []operand{row(3, 4)},
		build: func(in []graph.Node) graph.Node { return ClipByNorm(in[0], GlobalNorm(in[0]), math.Inf(1)) },
		want:  []float64{3, 4}},
	{name: "layer norm without eps", in: []operand{row(1, 3), row(1, 1), row(0, 0)},
		build: func(in []graph.Node) graph.Node { return LayerNorm(in[0], in[1], in[2], 0) },
		want:  []float64{-1, 1}, first: true},
}
