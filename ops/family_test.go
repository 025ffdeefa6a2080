package ops

import (
	"github.com/stheno-ml/stheno/graph"
)

// fn1 is a case of a function of one value.
func fn1(name, torch string, x operand, f func(graph.Node) graph.Node, want ...float64) opCase {
	return opCase{name: name, in: []operand{x}, build: func(in []graph.Node) graph.Node { return f(in[0]) },
		want: want, torch: torch, second: true}
}

// fn2 is a case of a function of two.
func fn2(name, torch string, a, b operand, f func(a, b graph.Node) graph.Node, want ...float64) opCase {
	return opCase{name: name, in: []operand{a, b}, build: func(in []graph.Node) graph.Node { return f(in[0], in[1]) },
		want: want, torch: torch, second: true}
}

// firstOnly takes back the claim of a second gradient.
func firstOnly(c opCase) opCase { c.first, c.second = true, false; return c }

// noGradient is a case of a function that passes none.
func noGradient(c opCase) opCase { c.first, c.second = false, false; return c }

var arithmeticCases = []opCase{
	fn2("add", "a + b", row(1, 2), row(10, 20), Add, 11, 22),
	fn2("add broadcasts both operands", "a + b", some(3, 1, 2), some(4, 1), Add),
	fn2("subtract a row from a matrix", "a - b", some(2, 3), some(3), Sub),
	fn2("multiply by a scalar", "a * b", some(2, 3), given(nil, 1.5), Mul),
	fn2("multiply a column by a row", "a * b", some(3, 1), some(1, 4), Mul),
	fn2("divide", "a / b", some(2, 3), between(1, 3, 2, 1), Div),
	fn2("power", "a ** b", between(.5, 2, 2, 3), some(3), Pow),
	fn2("minimum", "torch.minimum(a, b)", row(1, 5, -2), row(3, 2, -1), Minimum, 1, 2, -2),
	fn2("maximum broadcasts", "torch.maximum(a, b)", some(2, 3), row(.1, -.2, .3), Maximum),
	noGradient(fn2("less", "(a < b).float()", row(1, 2, 3), row(2, 2, 2), Less, 1, 0, 0)),
	noGradient(fn2("greater or equal", "(a >= b).float()", row(1, 2, 3), row(2, 2, 2), GreaterEqual, 0, 1, 1)),
	noGradient(fn2("not equal", "(a != b).float()", row(1, 2, 3), row(2, 2, 2), NotEqual, 1, 0, 1)),
	{name: "where takes from one or the other", in: []operand{constant(row(1, 0, 1)), row(1, 2, 3), row(10, 20, 30)},
		build: func(in []graph.Node) graph.Node { return Where(in[0], in[1], in[2]) }, want: []float64{1, 20, 3},
		torch: "torch.where(a > 0, b, c)", second: true},
	{name: "where broadcasts", in: []operand{constant(row(1, 0, 1)), some(2, 3), some(2, 1)},
		build: func(in []graph.Node) graph.Node { return Where(in[0], in[1], in[2]) },
		torch: "torch.where(a > 0, b, c)", second: true},
	refuses(fn1("sum to a smaller shape", "a.sum(0, keepdim=True).sum(2, keepdim=True)[0]", some(2, 3, 2),
		func(x graph.Node) graph.Node { return SumTo(x, 3, 1) }), badSumTo...),
}

var pointwiseCases = []opCase{
	fn1("negative", "-a", some(4), Neg),
	fn1("absolute value", "a.abs()", some(4), Abs),
	fn1("exponential", "a.exp()", some(4), Exp),
	fn1("logarithm", "a.log()", between(.5, 3, 4), Log),
	fn1("square root", "a.sqrt()", between(.5, 3, 4), Sqrt),
	fn1("reciprocal square root", "a.rsqrt()", between(.5, 3, 4), Rsqrt),
	fn1("square", "a.square()", some(4), Square),
	fn1("reciprocal", "a.reciprocal()", between(.5, 3, 4), Reciprocal),
	fn1("sine", "a.sin()", some(4), Sin),
	fn1("cosine", "a.cos()", some(4), Cos),
	fn1("error function", "a.erf()", some(4), Erf),
	noGradient(fn1("sign", "a.sign()", row(-3, 0, 2), Sign, -1, 0, 1)),
	refuses(fn1("clamp", "a.clamp(-1, .5)", some(5), func(x graph.Node) graph.Node { return Clamp(x, -1, .5) }),
		badClamp...),
	refuses(fn1("add a number", "a + 3", some(4), func(x graph.Node) graph.Node { return AddScalar(x, 3) }),
		badAdd...),
	refuses(fn1("scale", "a * 2.5", some(4), func(x graph.Node) graph.Node { return Scale(x, 2.5) }), badScale...),
	refuses(fn1("power of a number", "a ** 3", some(4), func(x graph.Node) graph.Node { return PowScalar(x, 3) }),
		badPower...),
	fn1("sigmoid", "a.sigmoid()", some(4), Sigmoid),
	fn1("tanh", "a.tanh()", some(4), Tanh),
	fn1("ReLU", "a.relu()", row(-1, 2, .5), ReLU, 0, 2, .5),
	refuses(fn1("leaky ReLU", "F.leaky_relu(a, .1)", row(-1, 2, .5),
		func(x graph.Node) graph.Node { return LeakyReLU(x, .1) }, -.1, 2, .5), badSlope...),
	refuses(fn1("ELU", "F.elu(a)", row(-3, -1, -.5, .5), func(x graph.Node) graph.Node { return ELU(x, 1) },
		-.95021293, -.63212056, -.39346934, .5), badAlpha...),
	fn1("SiLU", "F.silu(a)", row(-3, -1, 1, 3), SiLU, -.14227762, -.26894142, .73105858, 2.85772238),
	fn1("GELU", "F.gelu(a)", row(-3, -1, 1, 3), GELU, -.00404969, -.15865525, .84134475, 2.99595031),
	fn1("GELU by tanh", "F.gelu(a, approximate='tanh')", row(-3, -1, 1, 3), GELUTanh, -.00363739, -.15880801,
		.84119199, 2.99636261),
	fn1("mish", "F.mish(a)", row(-3, -1, 1, 3), Mish, -.14564745, -.30340147, .86509842, 2.98653555),
	fn1("softplus", "F.softplus(a)", row(-3, -1, 1, 3), Softplus, .04858735, .31326169, 1.31326169, 3.04858735),
}

var reductionCases = []opCase{
	fn1("sum of all", "a.sum()", row(1, 2, 3), func(x graph.Node) graph.Node { return Sum(x) }, 6),
	refuses(fn1("sum over the middle axis", "a.sum(1)", some(2, 3, 2),
		func(x graph.Node) graph.Node { return Sum(x, 1) }), badReductions("sum", Sum)...),
	fn1("sum over first and last axis, kept", "a.sum((0, 2), keepdim=True)", some(2, 3, 2),
		func(x graph.Node) graph.Node { return SumKeep(x, 0, -1) }),
	refuses(fn1("mean over an axis", "a.mean(1)", some(2, 3), func(x graph.Node) graph.Node { return Mean(x, 1) }),
		badReductions("mean", Mean)...),
	refuses(fn1("variance as PyTorch's default", "a.var(1)", some(2, 5),
		func(x graph.Node) graph.Node { return Var(x, 1, 1) }), badVariance...),
	fn1("biased variance of all", "a.var(unbiased=False)", some(2, 5),
		func(x graph.Node) graph.Node { return Var(x, 0) }),
	refuses(fn1("largest of each column", "a.max(0)[0]", some(3, 4),
		func(x graph.Node) graph.Node { return Max(x, 0) }), badReductions("max", Max)...),
	refuses(fn1("smallest of all", "a.min()", some(3, 4), func(x graph.Node) graph.Node { return Min(x) }),
		badReductions("min", Min)...),
	refuses(noGradient(fn1("index of the largest", "a.argmax(1)", given(shape(2, 3), 1, 3, 2, 9, 7, 8),
		func(x graph.Node) graph.Node { return ArgMax(x, 1) }, 1, 0)), badArgMax...),
	refuses(noGradient(fn1("index of the smallest", "a.argmin(1)", given(shape(2, 3), 1, 3, 2, 9, 7, 8),
		func(x graph.Node) graph.Node { return ArgMin(x, 1) }, 0, 1)), badArgMin...),
	refuses(fn1("softmax", "a.softmax(-1)", row(1, 2, 3), func(x graph.Node) graph.Node { return Softmax(x, -1) },
		.0900305732, .2447284711, .6652409558), badSoftmax...),
	fn1("softmax over the first axis", "a.softmax(0)", some(3, 2, 2),
		func(x graph.Node) graph.Node { return Softmax(x, 0) }),
	noGradient(fn1("softmax of numbers at 10,000", "", constant(row(1e4, 1e4-1, 0)),
		func(x graph.Node) graph.Node { return Softmax(x, 0) }, .7310585786, .2689414214, 0)),
	refuses(fn1("log-softmax", "a.log_softmax(-1)", some(2, 4),
		func(x graph.Node) graph.Node { return LogSoftmax(x, -1) }), badLogSoftmax...),
}

// trained has the batch statistics of a Train graph.
func trained(c opCase) opCase { c.mode = graph.Train; return c }

func normed(in []graph.Node) graph.Node {
	return BatchNorm(in[0], in[1], in[2], graph.Node{}, graph.Node{}, BatchNormOptions{})
}

var normCases = []opCase{
	trained(firstOnly(opCase{name: "batch norm of pictures by the batch", bad: badBatchNorm("batchnorm"),
		in: []operand{some(3, 2, 2, 2), some(2), some(2)}, build: normed,
		torch: "F.batch_norm(a, None, None, b, c, training=True)"})),
	trained(firstOnly(opCase{name: "batch norm of rows", in: []operand{given(shape(4, 1), 1, 2, 3, 4), row(1), row(0)},
		build: normed,
		want:  []float64{-1.34163542, -.44721181, .44721181, 1.34163542},
		torch: "F.batch_norm(a, None, None, b, c, training=True)"})),
	firstOnly(opCase{name: "batch norm by running statistics", bad: badBatchNorm("batchnormeval"),
		in: []operand{some(3, 2, 2), some(2), some(2), constant(row(.1, -.2)), constant(row(.5, 2))},
		build: func(in []graph.Node) graph.Node {
			return BatchNorm(in[0], in[1], in[2], in[3], in[4], BatchNormOptions{})
		}, torch: "F.batch_norm(a, d, e, b, c)"}),
	firstOnly(opCase{name: "layer norm over the last axis", bad: badLayerNorm,
		in: []operand{given(shape(1, 5), 0, 1, 2, 3, 4), given(shape(5), 1, 1, 1, 1, 1),
			given(shape(5), 0, 0, 0, 0, 0)},
		build: func(in []graph.Node) graph.Node { return LayerNorm(in[0], in[1], in[2], 1e-5) },
		want:  []float64{-1.41421003, -.70710501, 0, .70710501, 1.41421003}, torch: "F.layer_norm(a, (5,), b, c)"}),
	firstOnly(opCase{name: "layer norm over two axes", in: []operand{some(2, 3, 4), some(3, 4), some(3, 4)},
		build: func(in []graph.Node) graph.Node { return LayerNorm(in[0], in[1], in[2], 1e-5) },
		torch: "F.layer_norm(a, (3, 4), b, c)"}),
	firstOnly(opCase{name: "group norm", bad: badGroupNorm, in: []operand{some(2, 4, 2, 2), some(4), some(4)},
		build: func(in []graph.Node) graph.Node { return GroupNorm(in[0], 2, in[1], in[2], 1e-5) },
		torch: "F.group_norm(a, 2, b, c)"}),
}

func convOf(o Conv) func(in []graph.Node) graph.Node {
	return func(in []graph.Node) graph.Node { return Conv2D(in[0], in[1], in[2], o) }
}

var windowCases = []opCase{
	{name: "convolution padded by one", bad: badConv2D, in: []operand{given(shape(1, 1, 4, 4), 1, 2, 3, 4, 5, 6, 7, 8,
		9, 10, 11, 12, 13, 14, 15, 16), given(shape(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9), row(0)},
		build: convOf(Conv{Pad: 1}), want: []float64{111, 178, 217, 145, 231, 348, 393, 252, 363, 528, 573, 360, 197,
			274, 295, 175},
		torch: "F.conv2d(a, b, c, padding=1)", second: true},
	{name: "convolution with a stride", in: []operand{some(2, 2, 5, 4), some(3, 2, 3, 2), some(3)},
		build: convOf(Conv{Stride: 2, Pad: 1}),
		torch: "F.conv2d(a, b, c, stride=2, padding=1)", second: true},
	{name: "convolution with dilation and asymmetric sizes",
		in:    []operand{some(1, 2, 6, 5), some(2, 2, 2, 3), some(2)},
		build: convOf(Conv{StrideHW: [2]int{2, 1}, PadHW: [2]int{1, 2}, DilationHW: [2]int{2, 1}}),
		torch: "F.conv2d(a, b, c, stride=(2, 1), padding=(1, 2), dilation=(2, 1))", second: true},
	{name: "convolution in groups", in: []operand{some(1, 4, 3, 3), some(4, 2, 2, 2), some(4)},
		build: convOf(Conv{Groups: 2}),
		torch: "F.conv2d(a, b, c, groups=2)", second: true},
	{name: "convolution padded on one side", in: []operand{some(1, 1, 3, 3), some(1, 1, 2, 2), some(1)},
		build: convOf(Conv{PadTLBR: [4]int{1, 0, 0, 1}}),
		torch: "F.conv2d(F.pad(a, (0, 1, 1, 0)), b, c)", second: true},
	{name: "convolution of one axis", bad: badConv1D, in: []operand{some(2, 2, 6), some(3, 2, 3), some(3)},
		build: func(in []graph.Node) graph.Node { return Conv1D(in[0], in[1], in[2], Conv{Stride: 2, Pad: 1}) },
		torch: "F.conv1d(a, b, c, stride=2, padding=1)", second: true},
	{name: "transposed convolution", bad: badConvBack2, in: []operand{given(shape(1, 1, 2, 2), 1, 2, 3, 4),
		given(shape(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9), row(0)},
		build: func(in []graph.Node) graph.Node {
			return ConvTranspose2D(in[0], in[1], in[2], Conv{Stride: 2, Pad: 1, OutputPad: 1})
		}, want: []float64{5, 14, 10, 12, 14, 36, 24, 30, 15, 34, 20, 24, 24, 55, 32, 36},
		torch: "F.conv_transpose2d(a, b, c, stride=2, padding=1, output_padding=1)", second: true},
	refuses(fn1("the square of max pooling", "F.max_pool2d(a, 2).square()", some(1, 2, 4, 4),
		func(x graph.Node) graph.Node { return Square(MaxPool2D(x, Pool{Size: 2})) }), badUnpool...),
	{name: "the square of a convolution", in: []operand{some(1, 2, 3, 3), some(2, 2, 2, 2), some(2)},
		build: func(in []graph.Node) graph.Node { return Square(Conv2D(in[0], in[1], in[2], Conv{})) },
		torch: "F.conv2d(a, b, c).square()", second: true},
	refuses(fn1("max pooling", "F.max_pool2d(a, 2)", some(1, 2, 4, 4),
		func(x graph.Node) graph.Node { return MaxPool2D(x, Pool{Size: 2}) }), badPooling(MaxPool2D)...),
	fn1("max pooling that overlaps, padded, in ceil mode", "F.max_pool2d(a, 3, 2, 1, ceil_mode=True)",
		some(1, 1, 6, 5),
		func(x graph.Node) graph.Node { return MaxPool2D(x, Pool{Size: 3, Stride: 2, Pad: 1, CeilMode: true}) }),
	refuses(fn1("max pooling of one axis", "F.max_pool1d(a, 3, 2)", given(shape(1, 1, 7), 1, 5, 2, 4, 3, 7, 6),
		func(x graph.Node) graph.Node { return MaxPool1D(x, Pool{Size: 3, Stride: 2}) }, 5, 4, 7),
		badPooling(MaxPool1D)...),
	refuses(fn1("average pooling counts padding", "F.avg_pool2d(a, 3, 1, 1)", some(1, 1, 4, 4),
		func(x graph.Node) graph.Node { return AvgPool2D(x, Pool{Size: 3, Stride: 1, Pad: 1}) }),
		badPooling(AvgPool2D)...),
	fn1("average pooling without padding in the mean, in ceil mode",
		"F.avg_pool2d(a, 3, 2, 1, ceil_mode=True, count_include_pad=False)", some(1, 1, 6, 5),
		func(x graph.Node) graph.Node {
			return AvgPool2D(x, Pool{Size: 3, Stride: 2, Pad: 1, CeilMode: true, ExcludePad: true})
		}),
	refuses(fn1("average pooling of one axis", "F.avg_pool1d(a, 3, 2)", given(shape(1, 1, 7), 1, 2, 3, 4, 5, 6, 7),
		func(x graph.Node) graph.Node { return AvgPool1D(x, Pool{Size: 3, Stride: 2}) }, 2, 4, 6),
		badPooling(AvgPool1D)...),
	refuses(fn1("adaptive average pooling", "F.adaptive_avg_pool2d(a, (3, 2))", some(1, 2, 7, 5),
		func(x graph.Node) graph.Node { return AdaptiveAvgPool2D(x, 3, 2) }), badBins(AdaptiveAvgPool2D)...),
	refuses(fn1("adaptive max pooling", "F.adaptive_max_pool2d(a, (3, 2))", some(1, 2, 7, 5),
		func(x graph.Node) graph.Node { return AdaptiveMaxPool2D(x, 3, 2) }), badBins(AdaptiveMaxPool2D)...),
	fn1("global average pooling", "a.mean((2, 3), keepdim=True)", some(2, 3, 2, 2), GlobalAvgPool2D),
	fn1("global max pooling", "a.amax((2, 3))", some(2, 3, 2, 2), GlobalMaxPool2D),
	{name: "running statistics of a batch norm", mode: graph.Train, in: []operand{some(4, 2), some(2), some(2)},
		build: func(in []graph.Node) graph.Node {
			g := in[0].Graph()
			t := graph.Type{DType: g.DType, Shape: graph.Shape{2}}
			mean, variance := g.Param(graph.NewParam("mean", t)), g.Param(graph.NewParam("variance", t))
			return BatchNorm(in[0], in[1], in[2], mean, variance, BatchNormOptions{})
		}, torch: "F.batch_norm(a, torch.zeros(2), torch.zeros(2), b, c, training=True)", first: true},
}
