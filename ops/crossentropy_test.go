package ops

import (
	"math"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

func crossEntropyOf(o SmoothedCrossEntropy) func(in []graph.Node) graph.Node {
	return func(in []graph.Node) graph.Node { return o.Loss(in[0], in[1]) }
}

var crossEntropyCases = []opCase{
	{name: "cross-entropy of one row", bad: badCrossEntropy(),
		in: []operand{given(shape(1, 3), 2, 1, .1), labels(shape(1), 0)}, build: crossEntropyOf(SmoothedCrossEntropy{}),
		want:  []float64{.4170300163}, // -log softmax([2, 1, .1])[0]
		torch: "F.cross_entropy(a, b)", first: true},
	{name: "cross-entropy with smoothing",
		in: []operand{given(shape(1, 3), 2, 1, .1), labels(shape(1), 0)}, build: crossEntropyOf(SmoothedCrossEntropy{Smoothing: .1}),
		want:  []float64{.5136966829}, // 0.9·0.41703 + 0.1/3·Σ -log p
		torch: "F.cross_entropy(a, b, label_smoothing=.1)", first: true},
	{name: "cross-entropy of equal logits is ln 10",
		in: []operand{given(shape(1, 10), 3, 3, 3, 3, 3, 3, 3, 3, 3, 3), labels(shape(1), 7)}, build: crossEntropyOf(SmoothedCrossEntropy{}),
		want: []float64{math.Log(10)}, first: true},
	{name: "cross-entropy of logits at 10,000 does not overflow",
		in: []operand{given(shape(1, 3), 1e4, 1e4-1, 0), labels(shape(1), 1)}, build: crossEntropyOf(SmoothedCrossEntropy{}),
		want: []float64{1.3132616875}}, // lse - x = 10000.3132616875 - 9999
	{name: "cross-entropy leaves out the target -100",
		in: []operand{some(4, 3), labels(shape(4), 0, -100, 2, 1)}, build: crossEntropyOf(SmoothedCrossEntropy{}),
		torch: "F.cross_entropy(a, b)", first: true},
	{name: "cross-entropy leaves out a chosen class",
		in: []operand{some(4, 3), labels(shape(4), 0, 2, 2, 1)}, build: crossEntropyOf(SmoothedCrossEntropy{Ignore: 2}),
		torch: "F.cross_entropy(a, b, ignore_index=2)", first: true},
	{name: "cross-entropy with class weights",
		in: []operand{some(4, 3), labels(shape(4), 0, 1, 2, 1)}, build: crossEntropyOf(SmoothedCrossEntropy{Weights: []float64{1, .5, 3}}),
		torch: "F.cross_entropy(a, b, weight=torch.tensor([1, .5, 3]))", first: true},
	{name: "cross-entropy with everything",
		in: []operand{some(4, 3), labels(shape(4), 0, 1, -100, 1)}, build: crossEntropyOf(SmoothedCrossEntropy{Weights: []float64{1, .5, 3}, Smoothing: .2}),
		torch: "F.cross_entropy(a, b, weight=torch.tensor([1, .5, 3]), label_smoothing=.2)", first: true},
	{name: "cross-entropy of pictures, classes on the second axis",
		in: []operand{some(2, 3, 2, 2), labels(shape(2, 2, 2), 0, 1, 2, 1, 0, 0, 2, 2)}, build: crossEntropyOf(SmoothedCrossEntropy{}),
		torch: "F.cross_entropy(a, b)", first: true},
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
}

// TestCrossEntropyTargets: a class that does not exist and a mean of nothing are errors of the
// run that name the row.
func TestCrossEntropyTargets(t *testing.T) {
	for _, c := range []struct {
		name string
		y    []int
		want string
	}{
		{"label equal to the number of classes", []int{0, 3}, "instruction 0, cross-entropy: target 3 at row 1, but there are 3 classes (0…2)"},
		{"negative label", []int{-1, 0}, "instruction 0, cross-entropy: target -1 at row 0, but there are 3 classes (0…2)"},
		{"all left out", []int{-100, -100}, "instruction 0, cross-entropy: all 2 targets are left out or have weight 0: the mean is undefined"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			x, y := g.Input("x", 2, 3), g.Indices("y", 2)
			p, err := g.Compile(CrossEntropy(x, y))
			if err != nil {
				t.Fatal(err)
			}
			zeros(p, g)
			p.Set(y, c.y)
			if err := p.Run(); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
