package ops

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

func crossEntropyOf(o SmoothedCrossEntropy) func(in []graph.Node) graph.Node {
	return func(in []graph.Node) graph.Node { return o.Loss(in[0], in[1]) }
}

var crossEntropyCases = []opCase{
	{name: "cross-entropy of one row", bad: badCrossEntropy(),
		in:    []operand{given(shape(1, 3), 2, 1, .1), labels(shape(1), 0)},
		build: crossEntropyOf(SmoothedCrossEntropy{}),
		want:  []float64{.4170300163}, // -log softmax([2, 1, .1])[0]
		torch: "F.cross_entropy(a, b)", first: true},
	{name: "cross-entropy with smoothing",
		in:    []operand{given(shape(1, 3), 2, 1, .1), labels(shape(1), 0)},
		build: crossEntropyOf(SmoothedCrossEntropy{Smoothing: .1}),
		want:  []float64{.5136966829}, // 0.9·0.41703 + 0.1/3·Σ -log p
		torch: "F.cross_entropy(a, b, label_smoothing=.1)", first: true},
	{name: "cross-entropy of equal logits is ln 10",
		in:    []operand{given(shape(1, 10), 3, 3, 3, 3, 3, 3, 3, 3, 3, 3), labels(shape(1), 7)},
		build: crossEntropyOf(SmoothedCrossEntropy{}),
		want:  []float64{math.Log(10)}, first: true},
	{name: "cross-entropy of logits at 10,000 does not overflow",
		in:    []operand{given(shape(1, 3), 1e4, 1e4-1, 0), labels(shape(1), 1)},
		build: crossEntropyOf(SmoothedCrossEntropy{}),
		want:  []float64{1.3132616875}}, // lse - x = 10000.3132616875 - 9999
	{name: "cross-entropy leaves out the target -100",
		in: []operand{some(4, 3), labels(shape(4), 0, -100, 2, 1)}, build: crossEntropyOf(SmoothedCrossEntropy{}),
		torch: "F.cross_entropy(a, b)", first: true},
	{name: "cross-entropy leaves out a chosen class",
		in:    []operand{some(4, 3), labels(shape(4), 0, 2, 2, 1)},
		build: crossEntropyOf(SmoothedCrossEntropy{Ignore: 2}),
		torch: "F.cross_entropy(a, b, ignore_index=2)", first: true},
	{name: "cross-entropy with class weights",
		in:    []operand{some(4, 3), labels(shape(4), 0, 1, 2, 1)},
		build: crossEntropyOf(SmoothedCrossEntropy{Weights: []float64{1, .5, 3}}),
		torch: "F.cross_entropy(a, b, weight=torch.tensor([1, .5, 3]))", first: true},
	{name: "cross-entropy with everything",
		in:    []operand{some(4, 3), labels(shape(4), 0, 1, -100, 1)},
		build: crossEntropyOf(SmoothedCrossEntropy{Weights: []float64{1, .5, 3}, Smoothing: .2}),
		torch: "F.cross_entropy(a, b, weight=torch.tensor([1, .5, 3]), label_smoothing=.2)", first: true},
	{name: "cross-entropy of pictures, classes on the second axis",
		in:    []operand{some(2, 3, 2, 2), labels(shape(2, 2, 2), 0, 1, 2, 1, 0, 0, 2, 2)},
		build: crossEntropyOf(SmoothedCrossEntropy{}),
		torch: "F.cross_entropy(a, b)", first: true},
	{name: "cross-entropies of the rows",
		in:    []operand{given(shape(2, 2), 0, math.Log(3), 5, 5), labels(shape(2), 0, 1)},
		build: crossEntropyOf(SmoothedCrossEntropy{Reduction: ReduceNone}),
		want:  []float64{2 * math.Ln2, math.Ln2}, // ln 4, ln 2
		torch: "F.cross_entropy(a, b, reduction='none')", first: true},
	{name: "cross-entropies of pixels with everything, 0 where left out",
		in: []operand{some(2, 3, 2, 1), labels(shape(2, 2, 1), 0, -100, 2, 1)},
		build: crossEntropyOf(SmoothedCrossEntropy{Weights: []float64{1, .5, 3}, Smoothing: .2,
			Reduction: ReduceNone}),
		torch: "F.cross_entropy(a, b, weight=torch.tensor([1, .5, 3]), label_smoothing=.2, reduction='none')",
		first: true},
	{name: "cross-entropies, summed",
		in:    []operand{some(4, 3), labels(shape(4), 0, 1, -100, 1)},
		build: crossEntropyOf(SmoothedCrossEntropy{Weights: []float64{1, .5, 3}, Reduction: ReduceSum}),
		torch: "F.cross_entropy(a, b, weight=torch.tensor([1, .5, 3]), reduction='sum')", first: true},
	{name: "cross-entropy leaves out class 0",
		in:    []operand{some(4, 3), labels(shape(4), 0, 2, 2, 1)},
		build: crossEntropyOf(SmoothedCrossEntropy{Ignore: IgnoreZero}),
		torch: "F.cross_entropy(a, b, ignore_index=0)", first: true},
	{name: "cross-entropy of probabilities",
		in:    []operand{given(shape(1, 2), 0, math.Log(3)), given(shape(1, 2), .5, .5)},
		build: crossEntropyOf(SmoothedCrossEntropy{}),
		want:  []float64{.8369882168}, // (ln 4 + ln 4/3)/2
		torch: "F.cross_entropy(a, b)", second: true},
	{name: "cross-entropy of probabilities of pixels with everything",
		in:    []operand{some(2, 3, 2, 2), between(0, 1, 2, 3, 2, 2)},
		build: crossEntropyOf(SmoothedCrossEntropy{Weights: []float64{1, .5, 3}, Smoothing: .2}),
		torch: "F.cross_entropy(a, b, weight=torch.tensor([1, .5, 3]), label_smoothing=.2)", second: true},
	{name: "cross-entropies of probabilities",
		in:    []operand{some(4, 3), between(0, 1, 4, 3)},
		build: crossEntropyOf(SmoothedCrossEntropy{Reduction: ReduceNone}),
		torch: "F.cross_entropy(a, b, reduction='none')", second: true},
	{name: "cross-entropy of probabilities leaves alone a class of logit -Inf that has none",
		in:    []operand{constant(given(shape(1, 3), 0, math.Inf(-1), 0)), given(shape(1, 3), .5, 0, .5)},
		build: crossEntropyOf(SmoothedCrossEntropy{}),
		want:  []float64{math.Ln2}},

	{name: "likelihood of classes by log-probabilities", bad: badNLL,
		in:    []operand{given(shape(2, 3), -1, -2, -3, -4, -5, -7), labels(shape(2), 1, 2)},
		build: nllOf(NegativeLogLikelihood{}),
		want:  []float64{4.5}, // (2 + 7)/2
		torch: "F.nll_loss(a, b)", second: true},
	{name: "likelihood of pixels with weights, some left out",
		in:    []operand{some(2, 3, 2, 2), labels(shape(2, 2, 2), 0, 1, -100, 1, 0, -100, 2, 2)},
		build: nllOf(NegativeLogLikelihood{Weights: []float64{1, .5, 3}}),
		torch: "F.nll_loss(a, b, weight=torch.tensor([1, .5, 3]))", second: true},
	{name: "likelihoods of the rows, a chosen class left out",
		in:    []operand{some(4, 3), labels(shape(4), 0, 2, 2, 1)},
		build: nllOf(NegativeLogLikelihood{Ignore: 2, Reduction: ReduceNone}),
		torch: "F.nll_loss(a, b, ignore_index=2, reduction='none')", second: true},
	{name: "likelihoods, summed, class 0 left out",
		in:    []operand{some(4, 3), labels(shape(4), 0, 2, 0, 1)},
		build: nllOf(NegativeLogLikelihood{Ignore: IgnoreZero, Reduction: ReduceSum}),
		torch: "F.nll_loss(a, b, ignore_index=0, reduction='sum')", second: true},
	{name: "the likelihood of a class of weight 0 may be none",
		in:    []operand{given(shape(2, 2), -1, -2, math.Inf(-1), -3), labels(shape(2), 1, 0)},
		build: nllOf(NegativeLogLikelihood{Weights: []float64{0, 1}}),
		want:  []float64{2}},
}

func nllOf(o NegativeLogLikelihood) func(in []graph.Node) graph.Node {
	return func(in []graph.Node) graph.Node { return o.Loss(in[0], in[1]) }
}

var crossEntropyErrors = []shapeError{
	{"cross-entropy with another number of labels", func(g *graph.Graph) graph.Node {
		return CrossEntropy(g.Input("x", 8, 10), g.Indices("y", 7))
	}, "cross-entropy: the target has shape (7), want (8) for logits (8, 10)"},
	{"cross-entropy with float targets", func(g *graph.Graph) graph.Node {
		return CrossEntropy(g.Input("x", 8, 10), g.Input("y", 8))
	}, "the target holds float32, want class numbers in int64"},
	{"cross-entropy with smoothing above 1", func(g *graph.Graph) graph.Node {
		return SmoothedCrossEntropy{Smoothing: 1.5}.Loss(g.Input("x", 8, 10), g.Indices("y", 8))
	}, "smoothing is 1.5, want a number in [0, 1]"},
	{"cross-entropy with too few class weights", func(g *graph.Graph) graph.Node {
		return SmoothedCrossEntropy{Weights: []float64{1, 2}}.Loss(g.Input("x", 8, 10), g.Indices("y", 8))
	}, "there are (2) class weights, want (10)"},
	{"cross-entropy by batch", func(g *graph.Graph) graph.Node {
		return SmoothedCrossEntropy{Reduction: ReduceBatchMean}.Loss(g.Input("x", 8, 10), g.Indices("y", 8))
	}, "cross-entropy batch-mean: reduction is 3, want ReduceMean, ReduceSum or ReduceNone"},
	{"probabilities of which a class is left out", func(g *graph.Graph) graph.Node {
		return SmoothedCrossEntropy{Ignore: 2}.Loss(g.Input("x", 8, 10), g.Input("y", 8, 10))
	}, "cross-entropy: Ignore is given, but probabilities leave no row out"},
	{"probabilities of one axis",
		func(g *graph.Graph) graph.Node { return CrossEntropy(g.Input("x", 8), g.Input("y", 8)) },
		"cross-entropy: the logits have shape (8), want (N, C, …)"},
	{"probabilities with too few class weights", func(g *graph.Graph) graph.Node {
		return SmoothedCrossEntropy{Weights: []float64{1, 2}}.Loss(g.Input("x", 8, 10), g.Input("y", 8, 10))
	}, "there are (2) class weights, want (10)"},
	{"log-probabilities of one axis",
		func(g *graph.Graph) graph.Node { return NLL(g.Input("x", 8), g.Indices("y", 8)) },
		"nll: the log-probabilities have shape (8), want (N, C, …)"},
	{"log-probabilities with another number of targets",
		func(g *graph.Graph) graph.Node { return NLL(g.Input("x", 8, 3), g.Indices("y", 7)) },
		"nll: the target has shape (7), want (8)"},
	{"log-probabilities with targets of floats",
		func(g *graph.Graph) graph.Node { return NLL(g.Input("x", 8, 3), g.Input("y", 8)) },
		"count-targets classes=3: the target holds float32, want class numbers in int64"},
	{"log-probabilities with too few class weights", func(g *graph.Graph) graph.Node {
		return NegativeLogLikelihood{Weights: []float64{1, 2}}.Loss(g.Input("x", 8, 3), g.Indices("y", 8))
	}, "count-targets classes=3: the class weights are float32 (2), want float32 (3)"},
}

// TestCrossEntropyTargets: a class that does not exist and a mean of nothing are errors of the
// run that name the row.
func TestCrossEntropyTargets(t *testing.T) {
	for _, c := range []struct {
		name string
		y    []int
		want string
	}{
		{"label equal to the number of classes", []int{0, 3}, ": target 3 at row 1, but there are 3 classes (0…2)"},
		{"negative label", []int{-1, 0}, ": target -1 at row 0, but there are 3 classes (0…2)"},
		{"all left out", []int{-100, -100}, ": all 2 targets are left out or have weight 0: the mean is undefined"},
	} {
		for _, op := range []string{"cross-entropy", "count-targets classes=3"} {
			t.Run(c.name+" of "+op, func(t *testing.T) {
				g := &graph.Graph{}
				x, y := g.Input("x", 2, 3), g.Indices("y", 2)
				loss := CrossEntropy
				if op != "cross-entropy" {
					loss = NLL
				}
				p, err := g.Compile(loss(x, y))
				if err != nil {
					t.Fatal(err)
				}
				zeros(p, g)
				p.Set(y, c.y)
				if err := p.Run(); err == nil || !strings.HasSuffix(err.Error(), op+c.want) {
					t.Errorf("got %v, want %s%s", err, op, c.want)
				}
			})
		}
	}
}
