package ops

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// The bad attributes of the ops in the list, each over the operands of the case that names it.

const huge = math.MaxInt

var (
	nan      = math.NaN()
	infinite = math.Inf(1)
)

// bad1 is a bad attribute of a function of one value.
func bad1(name string, f func(x graph.Node) graph.Node, want string) badAttribute {
	return badAttribute{name, func(in []graph.Node) graph.Node { return f(in[0]) }, want}
}

func badAxes(name string, f func(x graph.Node, axis int) graph.Node) []badAttribute {
	return refused(f, name+": axis ", 9, -9, huge, math.MinInt, 64)
}

func badReductions(name string, f func(x graph.Node, axes ...int) graph.Node) []badAttribute {
	bad := badAxes(name, func(x graph.Node, axis int) graph.Node { return f(x, axis) })
	return append(bad, bad1("an axis twice", func(x graph.Node) graph.Node { return f(x, 0, 0) },
		name+": axis 0 is given twice"))
}

var (
	badClamp = []badAttribute{
		bad1("bounds the wrong way round", func(x graph.Node) graph.Node { return Clamp(x, 1, -1) },
			"clamp lo=1 hi=-1: lo is 1, which is above hi, -1"),
		bad1("a lower bound that is no number", func(x graph.Node) graph.Node { return Clamp(x, nan, 1) },
			"lo is NaN, want a number"),
		bad1("an upper bound that is no number", func(x graph.Node) graph.Node { return Clamp(x, 0, nan) },
			"hi is NaN, want a number"),
	}
	badAdd   = refused(AddScalar, "addscalar s=NaN: s is NaN, want a number", nan)
	badScale = refused(Scale, "scale s=NaN: s is NaN, want a number", nan)
	badPower = refused(PowScalar, "powscalar p=NaN: p is NaN, want a number", nan)
	badSlope = refused(LeakyReLU, "want a finite number", nan, infinite, -infinite)
	badAlpha = refused(ELU, "want a finite number", nan, infinite, -infinite)
)

var (
	badSoftmax    = badAxes("softmax", Softmax)
	badLogSoftmax = badAxes("logsoftmax", LogSoftmax)
	badVariance   = refused(func(x graph.Node, c int) graph.Node { return Var(x, c, 1) },
		"leave nothing to divide by", 5, huge)
	badArgMax = badAxes("argmax", ArgMax)
	badArgMin = badAxes("argmin", ArgMin)
	badSumTo  = []badAttribute{
		bad1("another size", func(x graph.Node) graph.Node { return SumTo(x, 2, 2) },
			"sum-to [2 2]: (2, 2) does not broadcast to (2, 3, 2)"),
		bad1("a negative size", func(x graph.Node) graph.Node { return SumTo(x, -3, 1) }, "does not broadcast"),
		bad1("a size of 0", func(x graph.Node) graph.Node { return SumTo(x, 0, 1) }, "does not broadcast"),
		bad1("nine axes", func(x graph.Node) graph.Node { return SumTo(x, ones(9)...) }, "at most 8 are possible"),
	}
)

// badBatchNorm are for x, w and b, and, if there are, the statistics.
func badBatchNorm(op string) (bad []badAttribute) {
	for _, c := range []struct {
		name string
		opt  BatchNormOptions
		want string
	}{
		{"a negative eps", BatchNormOptions{Eps: -1e-5},
			op + " eps=-1e-05: eps is -1e-05, want a finite number that is not negative"},
		{"an eps that is no number", BatchNormOptions{Eps: nan}, "eps is NaN"},
		{"an eps without bound", BatchNormOptions{Eps: infinite}, "eps is +Inf"},
		{"a negative momentum", BatchNormOptions{Momentum: -.1},
			"batchnorm: momentum is -0.1, want a number in [0, 1]"},
		{"a momentum above 1", BatchNormOptions{Momentum: 1.1}, "momentum is 1.1"},
		{"a momentum that is no number", BatchNormOptions{Momentum: nan}, "momentum is NaN"},
	} {
		bad = append(bad, badAttribute{c.name, func(in []graph.Node) graph.Node {
			if len(in) == 5 {
				return BatchNorm(in[0], in[1], in[2], in[3], in[4], c.opt)
			}
			return BatchNorm(in[0], in[1], in[2], graph.Node{}, graph.Node{}, c.opt)
		}, c.want})
	}
	return bad
}

var (
	badLayerNorm = []badAttribute{
		{"a negative eps", func(in []graph.Node) graph.Node { return LayerNorm(in[0], in[1], in[2], -1) },
			"layernorm axes=1 eps=-1: eps is -1"},
		{"an eps that is no number", func(in []graph.Node) graph.Node { return LayerNorm(in[0], in[1], in[2], nan) },
			"eps is NaN"},
		{"an eps without bound", func(in []graph.Node) graph.Node { return LayerNorm(in[0], in[1], in[2], infinite) },
			"eps is +Inf"},
		{"a weight of more axes", func(in []graph.Node) graph.Node {
			return LayerNorm(in[1], Reshape(in[1], 1, 5), graph.Node{}, 1e-5)
		}, "x has 1 axes, weight and shift have 2"},
		{"a weight of no axes", func(in []graph.Node) graph.Node {
			return LayerNorm(in[0], in[0].Graph().Scalar(1), graph.Node{}, 1e-5)
		}, "there is nothing to normalise over"},
	}
	badGroupNorm = []badAttribute{
		{"a negative eps", func(in []graph.Node) graph.Node { return GroupNorm(in[0], 2, in[1], in[2], -1) },
			"groupnorm groups=2 eps=-1: eps is -1"},
		{"no groups", func(in []graph.Node) graph.Node { return GroupNorm(in[0], 0, in[1], in[2], 1e-5) },
			"groupnorm: groups is 0, want at least 1"},
		{"negative groups", func(in []graph.Node) graph.Node { return GroupNorm(in[0], -2, in[1], in[2], 1e-5) },
			"groups is -2"},
		{"more groups than any tensor has channels", func(in []graph.Node) graph.Node {
			return GroupNorm(in[0], huge,
				in[1], in[2], 1e-5)
		}, "groups is 9223372036854775807, want at most 2147483647"},
		{"groups that do not divide", func(in []graph.Node) graph.Node {
			return GroupNorm(in[0], 3, in[1], in[2],
				1e-5)
		}, "4 channels do not make 3 groups"},
	}
)

type badOption struct {
	name string
	opt  Conv
	want string
}

// badWindows are options of convolutions in both directions.
var badWindows = []badOption{
	{"a negative stride", Conv{Stride: -1}, "must be at least 1"},
	{"a stride of 0 in one direction", Conv{StrideHW: [2]int{2, 0}}, "must be at least 1"},
	{"a stride beyond all sizes", Conv{Stride: huge}, "must be at most 2147483647"},
	{"a stride of 2³¹", Conv{Stride: 1 << 31}, "must be at most 2147483647"},
	{"a negative dilation", Conv{Dilation: -1}, "must be at least 1"},
	{"a dilation whose product with the kernel wraps", Conv{Dilation: 1 << 62}, "must be at most 2147483647"},
	{"a dilation beyond the operand", Conv{Dilation: 1<<31 - 1}, ""},
	{"a negative pad", Conv{Pad: -1}, "must not be negative"},
	{"a negative pad on one side", Conv{PadTLBR: [4]int{0, -1, 0, 0}}, "must not be negative"},
	{"pads whose sum wraps", Conv{Pad: huge}, "pad is 9223372036854775807, want at most 2147483647"},
	{"a pad that makes the image too large", Conv{Pad: 1 << 30}, ""},
	{"negative groups", Conv{Groups: -1}, "groups -1 must be at least 1"},
	{"groups that do not divide", Conv{Groups: 7}, "7 groups"},
	{"groups beyond all sizes", Conv{Groups: huge}, "groups 9223372036854775807 must be at most 2147483647"},
}

func badConvolution(conv func(x, w, b graph.Node, opt Conv) graph.Node, more ...badOption) (bad []badAttribute) {
	for _, c := range append(badWindows[:len(badWindows):len(badWindows)], more...) {
		bad = append(bad, badAttribute{c.name, func(in []graph.Node) graph.Node {
			return conv(in[0], in[1], in[2],
				c.opt)
		}, c.want})
	}
	return bad
}

var (
	noOutputPad = badOption{"output padding", Conv{OutputPad: 1}, "output padding belongs to transposed convolutions"}
	badConv2D   = badConvolution(Conv2D, noOutputPad, badOption{"a dilated kernel that leaves the input",
		Conv{Dilation: 3}, "input 4×4 smaller than kernel 3×3, spread over 7×7, after padding 0"})
	badConv1D = badConvolution(Conv1D, noOutputPad, badOption{"a dilated kernel that leaves the input",
		Conv{Dilation: 3}, "input 6 smaller than kernel 3, spread over 7, after padding 0"})
	badConvBack2 = badConvolution(ConvTranspose2D,
		badOption{"negative output padding", Conv{Stride: 2, OutputPad: -1},
			"output padding -1×-1 must be at least 0"},
		badOption{"output padding of a stride", Conv{Stride: 2, OutputPad: 2},
			"output padding 2 must not be negative and must be less than stride 2"},
		badOption{"output padding that wraps", Conv{Stride: 2, OutputPad: huge}, "must be at most 2147483647"},
		badOption{"padding that takes all", Conv{Pad: 9}, "nothing is left of the output, -14×-14"},
		badOption{"a stride that makes too large an image", Conv{Stride: 1 << 30}, "more than 2147483647 elements"})
)

// badPooling are options of poolings of planes or rows of 4 to 7 elements.
func badPooling(pool func(x graph.Node, opt Pool) graph.Node) []badAttribute {
	of := func(opt Pool) func(x graph.Node) graph.Node {
		return func(x graph.Node) graph.Node { return pool(x, opt) }
	}
	return []badAttribute{
		bad1("no size", of(Pool{}), "must be at least 1"),
		bad1("a negative size", of(Pool{Size: -2}), "must be at least 1"),
		bad1("a size of 0 in one direction", of(Pool{SizeHW: [2]int{2, 0}, Stride: 1}), "must be at least 1"),
		bad1("a window beyond the input", of(Pool{Size: 9}), "smaller than kernel"),
		bad1("a window beyond all inputs", of(Pool{Size: huge}), "must be at most 2147483647"),
		bad1("a window of 2³¹-1", of(Pool{Size: 1<<31 - 1}), "smaller than kernel"),
		bad1("a negative stride", of(Pool{Size: 2, Stride: -1}), "must be at least 1"),
		bad1("a stride beyond all sizes", of(Pool{Size: 2, Stride: huge}), "must be at most 2147483647"),
		bad1("a negative dilation", of(Pool{Size: 2, Dilation: -1}), "must be at least 1"),
		bad1("a dilation that wraps", of(Pool{Size: 3, Dilation: 1 << 62}), "must be at most 2147483647"),
		bad1("a negative pad", of(Pool{Size: 2, Pad: -1}), "must not be negative"),
		bad1("a pad above half of the window", of(Pool{Size: 2, Pad: 2}),
			"pad 2 must be at most half of the window 2"),
		bad1("a pad that wraps", of(Pool{Size: 2, Pad: huge}), "want at most 2147483647"),
		bad1("a window that once went on for ever", of(Pool{Size: 1<<31 - 1, Pad: 1<<30 - 1, Stride: 1}), "too large"),
		bad1("a window between whose taps the input lies", of(Pool{Size: 2, Dilation: 20, Pad: 10}),
			"holds only padding"),
	}
}

func badBins(pool func(x graph.Node, oh, ow int) graph.Node) []badAttribute {
	of := func(oh, ow int) func(x graph.Node) graph.Node {
		return func(x graph.Node) graph.Node { return pool(x, oh, ow) }
	}
	return []badAttribute{
		bad1("no rows", of(0, 2), "output 0×2 must be at least 1×1"),
		bad1("negative columns", of(2, -1), "output 2×-1 must be at least 1×1"),
		bad1("sizes whose product wraps", of(1<<32, 1<<32), "more than 2147483647 elements"),
		bad1("one size beyond all", of(1, huge), "more than 2147483647 elements"),
	}
}

var badUnpool = []badAttribute{
	{"no rows", func(in []graph.Node) graph.Node { return unpooled(in[0], 0, 4) },
		"axis 2 has size 0, want at least 1"},
	{"negative columns", func(in []graph.Node) graph.Node { return unpooled(in[0], 4, -4) }, "axis 3 has size -4"},
	{"sizes whose product wraps", func(in []graph.Node) graph.Node { return unpooled(in[0], 1<<32, 1<<32) },
		"more than 2147483647 elements"},
}

func unpooled(x graph.Node, h, w int) graph.Node {
	y, index := MaxPool2DIndex(x, Pool{Size: 2})
	return MaxUnpool2D(y, index, h, w)
}

var (
	badGather = refused(func(x graph.Node, axis int) graph.Node {
		return Gather(x, x.Graph().Indices("more", 2), axis)
	}, "gather: axis ", 9, -9, huge, math.MinInt)
	badTakeAlong = refused(func(x graph.Node, axis int) graph.Node {
		return TakeAlong(x, x.Graph().Indices("more", 2, 1), axis)
	}, "take-along: axis ", 9, -9, huge, math.MinInt)
	badEmbedding = []badAttribute{
		{"a table of three axes", func(in []graph.Node) graph.Node { return Embedding(Unsqueeze(in[0], 0), in[1]) },
			"embedding: the table has rank 3, want (V, D)"},
	}
	badOneHot = append(
		refused(OneHot, "want at least 1", 0, -1, math.MinInt),
		refused(OneHot, "depth is", 1<<31, huge)...)
)

var (
	badReshape = []badAttribute{
		bad1("another size", func(x graph.Node) graph.Node { return Reshape(x, 4, 2) },
			"reshape: 6 elements do not fill (4, 2)"),
		bad1("two sizes to infer", func(x graph.Node) graph.Node { return Reshape(x, -1, -1) },
			"reshape: 6 elements do not fill (-1, -1)"),
		bad1("negative sizes", func(x graph.Node) graph.Node { return Reshape(x, -2, -3) },
			"reshape: 6 elements do not fill (-2, -3)"),
		bad1("a size of 0", func(x graph.Node) graph.Node { return Reshape(x, 0, -1) },
			"reshape: 6 elements do not fill (0, -1)"),
		bad1("sizes whose product wraps to that of x", func(x graph.Node) graph.Node {
			return Reshape(x, 1<<63-1-2,
				-2)
		}, "do not fill"),
		bad1("2⁶⁴ + 6 elements", func(x graph.Node) graph.Node { return Reshape(x, 1<<63-1, 2, 1) }, "do not fill"),
		bad1("nine axes", func(x graph.Node) graph.Node { return Reshape(x, ones(9)...) }, "at most 8 are possible"),
	}
	badTranspose = []badAttribute{
		bad1("too few axes", func(x graph.Node) graph.Node { return Transpose(x, 0) }, "is not a permutation"),
		bad1("an axis twice", func(x graph.Node) graph.Node { return Transpose(x, 1, 1) }, "is not a permutation"),
		bad1("an axis twice, once from the end", func(x graph.Node) graph.Node { return Transpose(x, 1, -1) },
			"is not a permutation"),
		bad1("an axis that is not there", func(x graph.Node) graph.Node { return Transpose(x, 0, huge) },
			"transpose: axis 9223372036854775807 is outside the 2 axes"),
	}
	badExpand = []badAttribute{
		bad1("another size", func(x graph.Node) graph.Node { return Expand(x, 2, 3, 3) }, "does not broadcast"),
		bad1("a size of 0", func(x graph.Node) graph.Node { return Expand(x, 0, 2, 3) }, "axis 0 has size 0"),
		bad1("a negative size", func(x graph.Node) graph.Node { return Expand(x, -1, 2, 3) }, "axis 0 has size -1"),
		bad1("sizes whose product wraps", func(x graph.Node) graph.Node { return Expand(x, 1<<62, 2, 3) },
			"more than 2147483647 elements"),
		bad1("nine axes", func(x graph.Node) graph.Node { return Expand(x, 1, 1, 1, 1, 1, 1, 1, 2, 3) },
			"at most 8 are possible"),
	}
	badSlice = []badAttribute{
		bad1("an axis that is not there", func(x graph.Node) graph.Node { return Slice(x, 2, 0, 1, 1) },
			"slice: axis 2 is outside the 2 axes"),
		bad1("a step of 0", func(x graph.Node) graph.Node { return Slice(x, 0, 0, End, 0) },
			"slice: step is 0, want at least 1"),
		bad1("a negative step", func(x graph.Node) graph.Node { return Slice(x, 0, 0, End, math.MinInt) },
			"want at least 1"),
		bad1("an empty range", func(x graph.Node) graph.Node { return Slice(x, 0, 1, 1, 1) }, "is empty or outside"),
		bad1("a range that begins before the axis", func(x graph.Node) graph.Node {
			return Slice(x, 0, math.MinInt,
				End, 1)
		}, "is empty or outside"),
		bad1("a range that ends behind it", func(x graph.Node) graph.Node { return Slice(x, 0, 0, huge-1, 1) },
			"is empty or outside"),
	}
	badPad = []badAttribute{
		bad1("a negative number", func(x graph.Node) graph.Node { return Pad(x, []int{0, -1}, []int{0, 0}, 0) },
			"is negative"),
		bad1("a number that wraps", func(x graph.Node) graph.Node {
			return Pad(x, []int{0, huge}, []int{0, huge},
				0)
		}, "pad: pad is 9223372036854775807, want at most 2147483647"),
		bad1("numbers that make too much", func(x graph.Node) graph.Node {
			return Pad(x, []int{1 << 20, 1 << 20},
				[]int{0, 0}, 0)
		}, "more than 2147483647 elements"),
		bad1("one number for two axes", func(x graph.Node) graph.Node { return Pad(x, []int{1}, []int{1}, 0) },
			"do not give one number for each of 2 axes"),
	}
	badFlip   = badReductions("flip", Flip)
	badConcat = badAxes("concat", func(x graph.Node, axis int) graph.Node { return Concat(axis, x, x) })
	badSplit  = []badAttribute{
		bad1("an axis that is not there", func(x graph.Node) graph.Node { return Split(x, 7, 1, 1)[0] },
			"split: axis 7 is outside"),
		bad1("sizes that do not add up", func(x graph.Node) graph.Node { return Split(x, 1, 1, 1)[0] },
			"do not add up to axis 1"),
		bad1("a size of 0", func(x graph.Node) graph.Node { return Split(x, 1, 0, 4)[0] }, "are not positive"),
		bad1("a negative size", func(x graph.Node) graph.Node { return Split(x, 1, -1, 5)[0] }, "are not positive"),
		bad1("sizes whose sum wraps to that of the axis",
			func(x graph.Node) graph.Node { return Split(x, 1, huge, huge, 6)[0] }, "do not add up"),
	}
	badRepeat = append(
		refused(func(x graph.Node, n int) graph.Node { return Repeat(x, 0, n) },
			"repeat: the number of repetitions is", 0, -1, math.MinInt, huge),
		refused(func(x graph.Node, n int) graph.Node { return Tile(x, 0, n) }, "tile: (", 1<<30, 1<<31-1)...)
)

var (
	badDropout  = refused(Dropout, "dropout: p is ", -.1, 1.1, nan, infinite)
	badDropPath = refused(DropPath, "drop-path: p is ", -.1, 1.1, nan, infinite)
	badSpatial  = refused(SpatialDropout, "spatial-dropout: p is ", -.1, 1.1, nan, infinite)
)

func badParameter(name string, loss func(v float64) func(pred, target graph.Node) graph.Node) (bad []badAttribute) {
	for _, v := range []float64{-1, nan, -infinite} {
		bad = append(bad, badAttribute{"a bad " + name,
			func(in []graph.Node) graph.Node { return loss(v)(in[0], in[1]) }, name + " is"})
	}
	return bad
}

var (
	badDelta = badParameter("delta", func(v float64) func(pred,
		target graph.Node) graph.Node {
		return Huber{Delta: v}.Loss
	})
	badBeta = badParameter("beta", func(v float64) func(pred,
		target graph.Node) graph.Node {
		return SmoothL1{Beta: v}.Loss
	})
	badMSE = []badAttribute{{"the reduction of KLGauss", func(in []graph.Node) graph.Node {
		return SquaredError{reduceRows}.Loss(in[0], in[1])
	}, "reduction is 4, want one of ReduceMean"},
		{"a reduction that there is none of", func(in []graph.Node) graph.Node {
			return SquaredError{Reduction(9)}.Loss(in[0], in[1])
		}, "mse reduction(9): reduction is 9, want one of ReduceMean"}}
	badSum = []badAttribute{
		{"a weight that is no number", func(in []graph.Node) graph.Node {
			return WeightedSum([]float64{1, nan}, MSE(in[0], in[1]), MSE(in[0], in[1]))
		}, "weighted sum: of loss 1: weight is NaN, want a finite number"},
		{"fewer weights than losses", func(in []graph.Node) graph.Node {
			return WeightedSum([]float64{1}, MSE(in[0], in[1]), MSE(in[0], in[1]))
		}, "there are 1 weights for 2 losses"},
	}
)

func badCrossEntropy() (bad []badAttribute) {
	for _, c := range []struct {
		name string
		opt  SmoothedCrossEntropy
		want string
	}{
		{"negative smoothing", SmoothedCrossEntropy{Smoothing: -.1}, "smoothing is -0.1, want a number in [0, 1]"},
		{"smoothing above 1", SmoothedCrossEntropy{Smoothing: 1.5}, "smoothing is 1.5"},
		{"smoothing that is no number", SmoothedCrossEntropy{Smoothing: nan}, "smoothing is NaN"},
		{"a negative class weight", SmoothedCrossEntropy{Weights: []float64{1, -1, 1}},
			"cross-entropy: of class 1: class weight is -1, want a finite number that is not negative"},
		{"a class weight that is no number", SmoothedCrossEntropy{Weights: []float64{1, 1, nan}},
			"of class 2: class weight is NaN"},
		{"a class weight without bound", SmoothedCrossEntropy{Weights: []float64{infinite, 1, 1}},
			"of class 0: class weight is +Inf"},
		{"too few class weights", SmoothedCrossEntropy{Weights: []float64{1, 1}}, "class weights, want (3)"},
		{"no class weights", SmoothedCrossEntropy{Weights: []float64{}}, "there are 0 class weights"},
	} {
		bad = append(bad, badAttribute{c.name, func(in []graph.Node) graph.Node { return c.opt.Loss(in[0], in[1]) },
			c.want})
	}
	return bad
}

var (
	badPositive = refused(func(x graph.Node, w []float64) graph.Node {
		return BinaryCrossEntropy{Logits: true, Positive: w}.Loss(x, x)
	}, "positive weight", []float64{-1}, []float64{1, nan, 1}, []float64{infinite}, []float64{1, 1}, []float64{})
	badNLL = append([]badAttribute{
		{"a negative class weight", func(in []graph.Node) graph.Node {
			return NegativeLogLikelihood{Weights: []float64{1, -1, 1}}.Loss(in[0], in[1])
		}, "nll: of class 1: class weight is -1, want a finite number that is not negative"},
		{"a reduction by batch", func(in []graph.Node) graph.Node {
			return NegativeLogLikelihood{Reduction: ReduceBatchMean}.Loss(in[0], in[1])
		}, "nll: reduction is 3, want ReduceMean, ReduceSum or ReduceNone"},
	}, refused(func(x graph.Node, classes int) graph.Node {
		return graph.Apply(counted{classes: classes}, x.Graph().Indices("t", 2))
	}, "count-targets", 0, -1, huge)...)
)

// badHeads are scales and heads of attention whose operands hold q, k and v in so many tensors.
func badHeads(operands int) (bad []badAttribute) {
	add := func(name string, heads int, opt AttentionOptions, want string) {
		bad = append(bad, badAttribute{name, func(in []graph.Node) graph.Node {
			switch operands {
			case 1:
				return SelfAttention(in[0], heads, opt)
			case 2:
				return CrossAttention(in[0], in[1], heads, opt)
			}
			return Attention(in[0], in[1], in[2], opt)
		}, want})
	}
	for _, v := range []float64{nan, infinite, -infinite} {
		add("a bad scale", 2, AttentionOptions{Scale: v}, "want a finite number")
	}
	for _, n := range []int{0, -1, math.MinInt} {
		if operands < 3 {
			add("no heads", n, AttentionOptions{}, "want at least 1")
		}
	}
	for _, n := range []int{3, huge} {
		if operands < 3 {
			add("heads that do not divide", n, AttentionOptions{}, "4 features do not make")
		}
	}
	return bad
}

var badWeights = []badAttribute{{"a scale that is no number", func(in []graph.Node) graph.Node {
	return AttentionWeights(in[0], in[1], AttentionOptions{Scale: nan})
}, "attention-weights: scale is NaN, want a finite number"}}

// Constants of optimisers, over p, dp, lr and the moments.
var (
	badSGD = badConstants("decay", func(in []graph.Node,
		v float64) graph.Node {
		return SGD(in[0], in[1], in[2], v)
	}, false)
	badMomentum = append(
		badConstants("mu", func(in []graph.Node, v float64) graph.Node {
			p, _ := Momentum(in[0], in[1], in[3], in[2], v, 0, true)
			return p
		}, true),
		badConstants("decay", func(in []graph.Node, v float64) graph.Node {
			p, _ := Momentum(in[0], in[1], in[3], in[2], .9, v, false)
			return p
		}, false)...)
	badAdaGrad = append(
		badConstants("eps", func(in []graph.Node, v float64) graph.Node {
			p, _ := AdaGrad(in[0], in[1], in[3], in[2], v, 0, OutsideRoot)
			return p
		}, false),
		badAttribute{"no place of eps", func(in []graph.Node) graph.Node {
			p, _ := AdaGrad(in[0], in[1], in[3], in[2], 1e-8, 0, Epsilon(7))
			return p
		}, "where is 7, want OutsideRoot or InsideRoot"})
	badRMSProp = append(
		badConstants("rho", func(in []graph.Node, v float64) graph.Node {
			p, _ := RMSProp(in[0], in[1], RMSPropMoments{Square: in[3]}, in[2], RMSPropOptions{Rho: v, Eps: 1e-8})
			return p
		}, true),
		badConstants("mu", func(in []graph.Node, v float64) graph.Node {
			p, _ := RMSProp(in[0], in[1], RMSPropMoments{Square: in[3]}, in[2],
				RMSPropOptions{Rho: .9, Eps: 1e-8, Mu: v})
			return p
		}, true)...)
	badAdam  = badAdams(false)
	badAdamW = badAdams(true)
)

// badConstants gives a constant each bad value; a factor that a moment decays by is below 1.
func badConstants(name string, step func(in []graph.Node, v float64) graph.Node, factor bool) (bad []badAttribute) {
	values := []float64{-.1, nan, infinite, -infinite}
	if factor {
		values = append(values, 1, 1.5)
	}
	for _, v := range values {
		bad = append(bad, badAttribute{"a bad " + name, func(in []graph.Node) graph.Node { return step(in, v) },
			": " + name + " is "})
	}
	return bad
}

func badAdams(decoupled bool) (bad []badAttribute) {
	for _, c := range []struct {
		name   string
		set    func(o *AdamOptions, v float64)
		factor bool
	}{
		{"beta1", func(o *AdamOptions, v float64) { o.Beta1 = v }, true},
		{"beta2", func(o *AdamOptions, v float64) { o.Beta2 = v }, true},
		{"eps", func(o *AdamOptions, v float64) { o.Eps = v }, false},
		{"decay", func(o *AdamOptions, v float64) { o.Decay = v }, false},
	} {
		bad = append(bad, badConstants(c.name, func(in []graph.Node, v float64) graph.Node {
			o := AdamOptions{Beta1: .9, Beta2: .999, Eps: 1e-8, Decoupled: decoupled}
			c.set(&o, v)
			p, _, _ := AdamUpdate(in[0], in[1], in[3], in[4], in[2], in[5], o)
			return p
		}, c.factor)...)
	}
	return bad
}

var badClip = refused(func(x graph.Node, most float64) graph.Node { return ClipByNorm(x, GlobalNorm(x), most) },
	"the largest norm is ", 0, -1, nan, -infinite)

// TestNothingToWorkOn: ops that are given no operand, or no graph, say so in words of their own.
func TestNothingToWorkOn(t *testing.T) {
	for _, c := range []struct {
		name, want string
		use        func()
	}{
		{"nothing to join", "graph.Apply: concat axis=0 is given no operand", func() { Concat(0) }},
		{"nothing to stack", "graph.Apply: concat axis=0 is given no operand", func() { Stack(0) }},
		{"the norm of nothing", "graph.Apply: global-norm is given no operand", func() { GlobalNorm() }},
		{"the magnitudes of nothing", "graph.Apply: l1-penalty is given no operand", func() { L1Penalty() }},
		{"the squares of nothing", "graph.Apply: l2-penalty is given no operand", func() { L2Penalty() }},
		{"the sum of no losses", "ops.WeightedSum: there is no loss to add", func() { WeightedSum(nil) }},
		{"a zero Node", "graph.Apply: concat axis=0 has no operand to tell the graph",
			func() { Concat(0, graph.Node{}) }},
		{"normal numbers in no graph", "graph: Graph.Step: the *Graph is nil", func() { RandomNormal(nil, 3) }},
		{"uniform numbers in no graph", "graph: Graph.Step: the *Graph is nil", func() { RandomUniform(nil, 3) }},
		{"a bad size in no graph", "graph: Graph.FailIn: the *Graph is nil",
			func() { RandomUniform(nil, 1, 1, 1, 1, 1, 1, 1, 1, 1) }},
		{"something", "", func() { Concat(0, (&graph.Graph{}).Input("x", 2)) }}, // negative control
	} {
		func() {
			defer func() {
				if words, _ := recover().(string); !strings.HasPrefix(words, c.want) || c.want == "" && words != "" {
					t.Errorf("%s: got %q, want %q", c.name, words, c.want)
				}
			}()
			c.use()
		}()
	}
}

// TestNumbersThatAreNotHeld: a number that float32 makes 0, infinite or another side of its bound is an error in a
// graph of float32, and none in one of float64.
func TestNumbersThatAreNotHeld(t *testing.T) {
	step := func(x graph.Node, f func(p, lr, m graph.Node)) graph.Node {
		f(x, x.Graph().Input("lr"), x.Graph().Input("m", 2, 3))
		return x
	}
	for _, c := range []struct {
		name, want string
		build      func(x graph.Node) graph.Node
	}{
		{"a factor too large", "scale s=1e+300: s is 1e+300, which in float32 is +Inf",
			func(x graph.Node) graph.Node { return Scale(x, 1e300) }},
		{"a factor too small", "s is 1e-60, which in float32 is 0",
			func(x graph.Node) graph.Node { return Scale(x, 1e-60) }},
		{"a term too large", "s is -1e+39", func(x graph.Node) graph.Node { return AddScalar(x, -1e39) }},
		{"a power too small", "p is 1e-50", func(x graph.Node) graph.Node { return PowScalar(x, 1e-50) }},
		{"bounds too small", "lo is -1e-60", func(x graph.Node) graph.Node { return Clamp(x, -1e-60, 1e-60) }},
		{"a slope too small", "slope is 1e-60", func(x graph.Node) graph.Node { return LeakyReLU(x, 1e-60) }},
		{"an eps too small", "eps is 1e-60",
			func(x graph.Node) graph.Node { return LayerNorm(x, x.Graph().Full(1, 3), graph.Node{}, 1e-60) }},
		{"a delta too large", "delta is 1e+300",
			func(x graph.Node) graph.Node { return Huber{Delta: 1e300}.Loss(x, Square(x)) }},
		{"a beta too small", "beta is 1e-300",
			func(x graph.Node) graph.Node { return SmoothL1{Beta: 1e-300}.Loss(x, Square(x)) }},
		{"a class weight too small", "class weight is 1e-60", func(x graph.Node) graph.Node {
			return SmoothedCrossEntropy{Weights: []float64{1, 1e-60, 1}}.Loss(x, x.Graph().Indices("t", 2))
		}},
		{"a weight of a loss", "s is 1e-60",
			func(x graph.Node) graph.Node { return WeightedSum([]float64{1e-60}, Mean(x)) }},
		{"what is padded with", "value is 1e+300, which in float32 is +Inf", func(x graph.Node) graph.Node {
			return Pad(x, []int{1, 0}, []int{0, 0}, 1e300)
		}},
		{"a constant too large",
			"full: -1.7976931348623157e+308 is -Inf in float32: give a number between 1e-45 and 3.4028235e+38 in " +
				"magnitude, math.Inf",
			func(x graph.Node) graph.Node { return Add(x, x.Graph().Scalar(-math.MaxFloat64)) }},
		{"a constant too small", "full: 1e-60 is 0 in float32",
			func(x graph.Node) graph.Node { return Add(x, x.Graph().Full(1e-60, 2, 3)) }},
		{"the eps of Adam", "eps is 1e-60, which in float32 is 0", func(x graph.Node) graph.Node {
			return step(x, func(p, lr, m graph.Node) {
				AdamUpdate(p, p, m, m, lr, x.Graph().Step(),
					AdamOptions{Eps: 1e-60})
			})
		}},
		{"a mean that never moves", "rho is 0.999999999999, which in float32 is 1", func(x graph.Node) graph.Node {
			return step(x, func(p, lr, m graph.Node) {
				RMSProp(p, p, RMSPropMoments{Square: m}, lr, RMSPropOptions{Rho: 1 - 1e-12, Eps: 1e-8})
			})
		}},
		{"a decay too small", "decay is 1e-60", func(x graph.Node) graph.Node {
			return step(x, func(p, lr, m graph.Node) { SGD(p, p, lr, 1e-60) })
		}},
		{"a norm too small", "the largest norm is 1e-60",
			func(x graph.Node) graph.Node { return ClipByNorm(x, GlobalNorm(x), 1e-60) }},
		{"infinity by intent", "", func(x graph.Node) graph.Node { return Add(x, x.Graph().Scalar(math.Inf(-1))) }},
		{"bounds that bound nothing", "", func(x graph.Node) graph.Node { return Clamp(x, -1e300, math.MaxFloat64) }},
		{"a norm that bounds nothing", "",
			func(x graph.Node) graph.Node { return ClipByNorm(x, GlobalNorm(x), 1e300) }},
		{"the smallest that there is", "",
			func(x graph.Node) graph.Node { return Scale(x, math.SmallestNonzeroFloat32) }},
		{"the largest that there is", "", func(x graph.Node) graph.Node { return Scale(x, -math.MaxFloat32) }},
		{"what stands for 0", "",
			func(x graph.Node) graph.Node { return step(x, func(p, lr, m graph.Node) { SGD(p, p, lr, Zero) }) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			c.build(g.Input("x", 2, 3))
			if err := g.Err(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			g = &graph.Graph{DType: graph.Float64}
			if c.build(g.Input("x", 2, 3)); g.Err() != nil {
				t.Errorf("in float64: %v", g.Err())
			}
		})
	}
}
