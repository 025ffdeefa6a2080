package ops

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// of applies a loss to the two operands of a case.
func of(loss func(pred, target graph.Node) graph.Node) func(in []graph.Node) graph.Node {
	return func(in []graph.Node) graph.Node { return loss(in[0], in[1]) }
}

// Predictions and targets whose distances are -2.5, -.5, 0, .5 and 1.5.
var near0, near1 = row(-2, -1, 0, 1, 2), row(.5, -.5, 0, .5, .5)

// The same without the distance 0, where the absolute value has no derivative.
var far0, far1 = row(-2, -1, 1, 2), row(.5, -.5, .5, .5)

// Probabilities and targets.
var prob0, prob1 = row(.1, .5, .8, .9), row(0, 1, .3, .9)

var lossCases = []opCase{
	{name: "mean squared error", bad: badMSE,
		in: []operand{near0, near1}, build: of(MSE),
		want:  []float64{1.8}, // (6.25 + .25 + 0 + .25 + 2.25)/5
		torch: "F.mse_loss(a, b)", second: true},
	{name: "sum of squared errors",
		in: []operand{near0, near1}, build: of(SquaredError{ReduceSum}.Loss),
		want: []float64{9}, torch: "F.mse_loss(a, b, reduction='sum')", second: true},
	{name: "squared errors",
		in: []operand{near0, near1}, build: of(SquaredError{ReduceNone}.Loss),
		want: []float64{6.25, .25, 0, .25, 2.25}, torch: "F.mse_loss(a, b, reduction='none')", second: true},
	{name: "squared error of scalars",
		in: []operand{given(nil, 3), given(nil, 1)}, build: of(MSE),
		want: []float64{4}, torch: "F.mse_loss(a, b)", second: true},
	{name: "squared error for each row of a batch",
		in: []operand{some(4, 3), between(-1, 1, 4, 3)}, build: of(SquaredError{ReduceBatchMean}.Loss),
		torch: "F.mse_loss(a, b, reduction='sum')/4", second: true},
	{name: "mean absolute error",
		in: []operand{far0, far1}, build: of(L1Loss),
		want:  []float64{1.25}, // (2.5 + .5 + .5 + 1.5)/4
		torch: "F.l1_loss(a, b)", second: true},
	{name: "absolute errors",
		in: []operand{far0, far1}, build: of(AbsoluteError{ReduceNone}.Loss),
		want: []float64{2.5, .5, .5, 1.5}, torch: "F.l1_loss(a, b, reduction='none')", second: true},
	{name: "huber", bad: badDelta,
		in: []operand{near0, near1}, build: of(Huber{}.Loss),
		want:  []float64{.65}, // (2 + .125 + 0 + .125 + 1)/5
		torch: "F.huber_loss(a, b)", second: true},
	{name: "huber with a wide bowl",
		in: []operand{near0, near1}, build: of(Huber{Delta: 2, Reduction: ReduceNone}.Loss),
		want:  []float64{3, .125, 0, .125, 1.125}, // 2·(2.5 - 1)
		torch: "F.huber_loss(a, b, delta=2, reduction='none')", second: true},
	{name: "smooth L1", // reference: β 1 at .5 and 2 gives .125 and 1.5
		in: []operand{row(.5, 2), row(0, 0)}, build: of(SmoothL1{Reduction: ReduceNone}.Loss),
		want: []float64{.125, 1.5}, torch: "F.smooth_l1_loss(a, b, reduction='none')", second: true},
	{name: "smooth L1 with a narrow bowl", bad: badBeta,
		in: []operand{near0, near1}, build: of(SmoothL1{Beta: .75}.Loss),
		torch: "F.smooth_l1_loss(a, b, beta=.75)", second: true},
	{name: "binary cross-entropy",
		in: []operand{prob0, prob1}, build: of(BCE),
		torch: "F.binary_cross_entropy(a, b)", second: true},
	{name: "binary cross-entropies, summed",
		in: []operand{prob0, prob1}, build: of(BinaryCrossEntropy{Reduction: ReduceSum}.Loss),
		torch: "F.binary_cross_entropy(a, b, reduction='sum')", second: true},
	{name: "binary cross-entropy of a certain mistake is 100",
		in: []operand{row(0, 1), row(1, 0)}, build: of(BinaryCrossEntropy{Reduction: ReduceNone}.Loss),
		want: []float64{100, 100}}, // PyTorch clamps the logarithm at -100
	{name: "binary cross-entropy of certain hits is 0",
		in: []operand{row(0, 1), row(0, 1)}, build: of(BCE), want: []float64{0}},
	{name: "binary cross-entropy of logits",
		in: []operand{some(3, 2), between(0, 1, 3, 2)}, build: of(BCEWithLogits),
		torch: "F.binary_cross_entropy_with_logits(a, b)", second: true},
	{name: "binary cross-entropy of large logits",
		in:    []operand{row(100, -100, 100, -1000, 1000), row(0, 0, 1, 1, .5)},
		build: of(BinaryCrossEntropy{Logits: true, Reduction: ReduceNone}.Loss),
		want:  []float64{100, 3.7200759760208356e-44, 3.7200759760208356e-44, 1000, 500}, tol: 1e-12, second: true},
	{name: "binary cross-entropy of logits, with a weight of hits", bad: badPositive,
		in:     []operand{row(0, math.Log(3), -math.Log(3)), row(1, 1, 0)},
		build:  of(BinaryCrossEntropy{Logits: true, Positive: []float64{2}, Reduction: ReduceNone}.Loss),
		want:   []float64{2 * math.Ln2, 2 * math.Log(4./3), math.Log(4. / 3)}, // σ is 1/2, 3/4 and 1/4
		torch:  "F.binary_cross_entropy_with_logits(a, b, pos_weight=torch.tensor(2.), reduction='none')",
		second: true},
	{name: "binary cross-entropy of logits, with a weight of each class",
		in:    []operand{some(3, 2), between(0, 1, 3, 2)},
		build: of(BinaryCrossEntropy{Logits: true, Positive: []float64{.5, 3}}.Loss),
		torch: "F.binary_cross_entropy_with_logits(a, b, pos_weight=torch.tensor([.5, 3]))", second: true},
	{name: "binary cross-entropy of large logits, with a weight of hits",
		in:    []operand{row(1000, -1000, 1000, -1000), row(0, 0, 1, 1)},
		build: of(BinaryCrossEntropy{Logits: true, Positive: []float64{3}, Reduction: ReduceNone}.Loss),
		want:  []float64{1000, 0, 0, 3000}, second: true},
	{name: "divergence of logarithms",
		in: []operand{given(shape(1, 2), math.Log(.5), math.Log(.5)),
			given(shape(1, 2), math.Log(.1), math.Log(.9))},
		build: of(KLDivergence{ReduceBatchMean, true}.Loss),
		want:  []float64{.3680642071}, // .1·ln .2 + .9·ln 1.8
		torch: "F.kl_div(a, b, reduction='batchmean', log_target=True)", second: true},
	{name: "divergence of logarithms by element",
		in: []operand{between(-3, -.1, 2, 3), between(-2, 0, 2, 3)}, build: of(KLDivergence{ReduceNone, true}.Loss),
		torch: "F.kl_div(a, b, reduction='none', log_target=True)", second: true},
	{name: "divergence of logarithms with a class that is certain, summed",
		in: []operand{given(shape(1, 2), math.Log(.5), math.Log(.5)),
			constant(given(shape(1, 2), math.Inf(-1), 0))},
		build: of(KLDivergence{ReduceSum, true}.Loss),
		want:  []float64{math.Ln2}, second: true},
	{name: "divergence of two distributions",
		in: []operand{given(shape(1, 2), math.Log(.5), math.Log(.5)), given(shape(1, 2), .1, .9)}, build: of(KLDiv),
		want:  []float64{.3680642071}, // .1·ln .2 + .9·ln 1.8
		torch: "F.kl_div(a, b, reduction='batchmean')", second: true},
	{name: "divergence with a certain class",
		in:    []operand{given(shape(1, 2), math.Log(.5), math.Log(.5)), constant(given(shape(1, 2), 0, 1))},
		build: of(KLDiv),
		want:  []float64{math.Ln2},
		torch: "F.kl_div(a, b, reduction='batchmean')", second: true},
	{name: "divergence by element",
		in: []operand{between(-3, -.1, 2, 3), between(0, 1, 2, 3)}, build: of(KLDivergence{}.Loss),
		torch: "F.kl_div(a, b, reduction='mean')", second: true},
	{name: "divergence of a normal distribution",
		in: []operand{given(shape(1, 1), 1), given(shape(1, 1), math.Log(4))}, build: of(KLGauss),
		want:  []float64{1.3068528194}, // (μ² + σ² - 1 - ln σ²)/2 for μ = 1, σ² = 4
		torch: "-.5*(1 + b - a**2 - b.exp()).sum(-1).mean()", second: true},
	{name: "divergence of normal distributions is summed over the last axis",
		in: []operand{some(2, 3, 4), between(-1, 1, 2, 3, 4)}, build: of(KLGauss),
		torch: "-.5*(1 + b - a**2 - b.exp()).sum(-1).mean()", second: true},
	{name: "weighted sum of losses", bad: badSum,
		in: []operand{near0, near1}, second: true,
		build: func(in []graph.Node) graph.Node {
			return WeightedSum([]float64{1, .5, 2}, MSE(in[0], in[1]), Huber{}.Loss(in[0], in[1]), L2Penalty(in[0]))
		},
		want: []float64{1.8 + .5*.65 + 2*5}},
	{name: "sum of losses",
		in: []operand{near0, near1}, second: true,
		build: func(in []graph.Node) graph.Node {
			return WeightedSum(nil, MSE(in[0], in[1]), MSE(in[0], in[1]))
		},
		want: []float64{3.6}},
	{name: "L2 penalty of several parameters",
		in: []operand{row(1, -2), given(shape(2, 1), 3, 0)}, second: true,
		build: func(in []graph.Node) graph.Node { return L2Penalty(in...) },
		want:  []float64{7}, torch: "(a.square().sum() + b.square().sum())/2"},
	{name: "L1 penalty of several parameters",
		in: []operand{row(1, -2), given(shape(2, 1), 3, .5)}, second: true,
		build: func(in []graph.Node) graph.Node { return L1Penalty(in...) },
		want:  []float64{6.5}, torch: "a.abs().sum() + b.abs().sum()"},
}

var lossErrors = []shapeError{
	{"a target that would broadcast", func(g *graph.Graph) graph.Node {
		return MSE(g.Input("x", 8, 1), g.Input("y", 8))
	}, "mse: the shapes differ, and a loss does not broadcast: pred (8, 1), target (8)"},
	{"a target of integers", func(g *graph.Graph) graph.Node {
		return BCEWithLogits(g.Input("x", 8), g.Indices("y", 8))
	}, "bce-logits: an operand holds int64, want floats: x (8), target int64 (8)"},
	{"a negative delta", func(g *graph.Graph) graph.Node {
		return Huber{Delta: -1}.Loss(g.Input("x", 8), g.Input("y", 8))
	}, "huber delta=-1: delta is -1, want a positive number"},
	{"a divergence of scalars", func(g *graph.Graph) graph.Node {
		return KLDiv(g.Input("x"), g.Input("y"))
	}, "kl batch-mean: the operands are scalars, want (N, …)"},
	{"a divergence of logarithms of other shapes", func(g *graph.Graph) graph.Node {
		return KLDivergence{LogTarget: true}.Loss(g.Input("x", 2, 3), g.Input("y", 3))
	}, "kl log-target: the shapes differ, and a loss does not broadcast"},
	{"a divergence of logarithms of scalars", func(g *graph.Graph) graph.Node {
		return KLDivergence{ReduceBatchMean, true}.Loss(g.Input("x"), g.Input("y"))
	}, "the operands are scalars, want (N, …)"},
	{"weights of hits for probabilities", func(g *graph.Graph) graph.Node {
		return BinaryCrossEntropy{Positive: []float64{2}}.Loss(g.Input("x", 8), g.Input("y", 8))
	}, "bce none: Positive weights are given for probabilities, want Logits: true"},
	{"another number of weights than losses", func(g *graph.Graph) graph.Node {
		return WeightedSum([]float64{1}, g.Input("x"), g.Input("y"))
	}, "weighted sum: there are 1 weights for 2 losses"},
	{"a penalty of integers", func(g *graph.Graph) graph.Node { return L2Penalty(g.Indices("x", 2)) },
		"l2-penalty: an operand holds int64, want floats"},
}

func TestBCEOutsideProbabilities(t *testing.T) {
	g := &graph.Graph{}
	x, target := g.Input("x", 3), g.Input("y", 3)
	p, err := g.Compile(BCE(x, target))
	if err != nil {
		t.Fatal(err)
	}
	zeros(p, g)
	p.Set(x, []float64{.5, 1.25, 0})
	want := "bce: element 1 of p is 1.25, want a probability in [0, 1]; BCEWithLogits takes logits"
	if err := p.Run(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want %q in it", err, want)
	}
}

// The derivatives of losses at kinks and in tails, in float32.
func TestLossSlopes(t *testing.T) {
	for _, c := range []struct {
		name       string
		loss       func(x, t graph.Node) graph.Node
		x, t, want float64
	}{
		{"absolute error at 0", L1Loss, 1, 1, 0},
		{"huber at its joint", Huber{}.Loss, 2, 1, 1},
		{"logits far on the right side", BCEWithLogits, 1000, 1, 0},
		{"logits far on the wrong side", BCEWithLogits, -1000, 1, -1},
		{"a probability of 0 for a certain class", BCE, 0, 1, -1e12}, // as PyTorch: (p-t)/max(p(1-p), 1e-12)
		{"a probability of 0 for another class", BCE, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			x, target := g.Input("x"), g.Input("t")
			dx := graph.Gradients(c.loss(x, target), x)[0]
			p, err := g.Compile(dx)
			if err != nil {
				t.Fatal(err)
			}
			p.Set(x, c.x)
			p.Set(target, c.t)
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			if got := p.Float(dx); got != float64(float32(c.want)) {
				t.Errorf("got %g, want %g", got, c.want)
			}
		})
	}
}
