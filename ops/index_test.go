package ops

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

var indexCases = []opCase{
	{name: "gather rows, one of them twice", bad: badGather,
		in:    []operand{given(shape(3, 2), 1, 2, 3, 4, 5, 6), labels(shape(3), 2, 0, 2)},
		build: func(in []graph.Node) graph.Node { return Gather(in[0], in[1], 0) },
		want:  []float64{5, 6, 1, 2, 5, 6}, torch: "a[b]", second: true},
	{name: "gather columns by a matrix of indices",
		in:    []operand{given(shape(2, 3), 1, 2, 3, 4, 5, 6), labels(shape(2, 2), 2, 0, 1, 1)},
		build: func(in []graph.Node) graph.Node { return Gather(in[0], in[1], -1) },
		want:  []float64{3, 1, 2, 2, 6, 4, 5, 5}, torch: "a[:, b]", second: true},
	{name: "gather along an inner axis",
		in:    []operand{some(2, 3, 4), labels(shape(5), 2, 0, 1, 2, 2)},
		build: func(in []graph.Node) graph.Node { return Gather(in[0], in[1], 1) },
		torch: "torch.index_select(a, 1, b)", second: true},
	{name: "gather by a scalar drops the axis",
		in:    []operand{given(shape(2, 3), 1, 2, 3, 4, 5, 6), labels(nil, 1)},
		build: func(in []graph.Node) graph.Node { return Gather(in[0], in[1], 1) },
		want:  []float64{2, 5}, torch: "a[:, b]", second: true},
	{name: "gather of integers",
		in:    []operand{labels(shape(3), 7, 8, 9), labels(shape(4), 2, 2, 0, 1)},
		build: func(in []graph.Node) graph.Node { return Gather(in[0], in[1], 0) },
		want:  []float64{9, 9, 7, 8}},
	{name: "embedding of a batch of sentences", bad: badEmbedding,
		in:    []operand{some(5, 3), labels(shape(2, 4), 4, 0, 0, 2, 1, 4, 4, 4)},
		build: func(in []graph.Node) graph.Node { return Embedding(in[0], in[1]) },
		torch: "F.embedding(b, a)", second: true},
	{name: "take along the last axis", bad: badTakeAlong,
		in:    []operand{given(shape(2, 3), 1, 2, 3, 4, 5, 6), labels(shape(2, 1), 2, 0)},
		build: func(in []graph.Node) graph.Node { return TakeAlong(in[0], in[1], -1) },
		want:  []float64{3, 4}, torch: "torch.gather(a, -1, b)", second: true},
	{name: "take along an inner axis, some twice",
		in:    []operand{some(2, 3, 2), labels(shape(2, 4, 2), 0, 1, 2, 2, 0, 1, 1, 1, 2, 2, 2, 2, 0, 0, 1, 0)},
		build: func(in []graph.Node) graph.Node { return TakeAlong(in[0], in[1], 1) },
		torch: "torch.gather(a, 1, b)", second: true},
	{name: "take along the first axis of integers",
		in:    []operand{labels(shape(2, 2), 1, 2, 3, 4), labels(shape(1, 2), 1, 0)},
		build: func(in []graph.Node) graph.Node { return TakeAlong(in[0], in[1], 0) },
		want:  []float64{3, 2}},
	{name: "one-hot", bad: badOneHot,
		in:    []operand{labels(shape(2, 2), 2, 0, 1, 1)},
		build: func(in []graph.Node) graph.Node { return OneHot(in[0], 3) },
		want:  []float64{0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0}},
}

var indexErrors = []shapeError{
	{"gather by floats", func(g *graph.Graph) graph.Node {
		return Gather(g.Input("x", 2, 3), g.Input("i", 2), 0)
	}, "gather axis=0: the indices hold float32, want int64: x (2, 3), idx (2)"},
	{"gather along no axis", func(g *graph.Graph) graph.Node {
		return Gather(g.Input("x", 2, 3), g.Indices("i", 2), 2)
	}, "gather: axis 2 is outside the 2 axes"},
	{"embedding with a table of three axes", func(g *graph.Graph) graph.Node {
		return Embedding(g.Input("w", 2, 3, 4), g.Indices("i", 2))
	}, "embedding: the table has rank 3, want (V, D): w (2, 3, 4), idx int64 (2)"},
	{"take along with other rows", func(g *graph.Graph) graph.Node {
		return TakeAlong(g.Input("x", 2, 3), g.Indices("i", 3, 1), 1)
	}, "take-along axis=1: the shapes differ beside axis 1: x (2, 3), idx int64 (3, 1)"},
	{"take along by floats", func(g *graph.Graph) graph.Node {
		return TakeAlong(g.Input("x", 2, 3), g.Input("i", 2, 1), 1)
	}, "the indices hold float32, want int64"},
	{"one-hot of floats", func(g *graph.Graph) graph.Node { return OneHot(g.Input("i", 2), 3) },
		"one-hot depth=3: the indices hold float32, want int64"},
	{"one-hot without depth", func(g *graph.Graph) graph.Node { return OneHot(g.Indices("i", 2), 0) },
		"one-hot depth=0: depth is 0, want at least 1"},
}

func TestIndexOutOfRange(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(g *graph.Graph) (idx, y graph.Node)
		index []int64
		want  string
	}{
		{"a word beyond the table", func(g *graph.Graph) (graph.Node, graph.Node) {
			idx := g.Indices("i", 4)
			return idx, Embedding(g.Input("w", 10, 2), idx)
		}, []int64{0, 9, 3, 12}, "embedding: index 12 at position 3 is outside 0..9"},
		{"a negative index in a matrix", func(g *graph.Graph) (graph.Node, graph.Node) {
			idx := g.Indices("i", 2, 2)
			return idx, Gather(g.Input("w", 10, 2), idx, 1)
		}, []int64{0, 1, -1, 1}, "gather axis=1: index -1 at position (1, 0) is outside 0..1"},
		{"take along beyond the axis", func(g *graph.Graph) (graph.Node, graph.Node) {
			idx := g.Indices("i", 2, 1)
			return idx, TakeAlong(g.Input("w", 2, 3), idx, 1)
		}, []int64{2, 3}, "take-along axis=1: index 3 at position (1, 0) is outside 0..2"},
		{"one-hot of a class too many", func(g *graph.Graph) (graph.Node, graph.Node) {
			idx := g.Indices("i", 2)
			return idx, OneHot(idx, 10)
		}, []int64{3, 10}, "one-hot depth=10: index 10 at position 1 is outside 0..9"},
		{"a gradient alone", func(g *graph.Graph) (graph.Node, graph.Node) {
			idx, w := g.Indices("i", 2), g.Input("w", 10, 2)
			return idx, graph.Gradients(Sum(Embedding(w, idx)), w)[0]
		}, []int64{3, 10}, "scatter-add axis=0 n=10: index 10 at position 1 is outside 0..9"},
		{"the gradient of take along alone", func(g *graph.Graph) (graph.Node, graph.Node) {
			idx, w := g.Indices("i", 2, 1), g.Input("w", 2, 3)
			return idx, graph.Gradients(Sum(TakeAlong(w, idx, 1)), w)[0]
		}, []int64{-1, 2}, "put-along axis=1 n=3: index -1 at position (0, 0) is outside 0..2"},
		{"unpooling beyond the plane", func(g *graph.Graph) (graph.Node, graph.Node) {
			idx := g.Indices("i", 1, 1, 2, 2)
			return idx, MaxUnpool2D(g.Input("x", 1, 1, 2, 2), idx, 3, 3)
		}, []int64{0, 8, 9, 1}, "scatter-planes size=[3 3]: index 9 at position (0, 0, 1, 0) is outside 0..8"},
		{"unpooling before it", func(g *graph.Graph) (graph.Node, graph.Node) {
			idx := g.Indices("i", 1, 1, 2, 2)
			return idx, MaxUnpool2D(g.Input("x", 1, 1, 2, 2), idx, 3, 3)
		}, []int64{0, 8, 7, math.MinInt64}, "index -9223372036854775808 at position (0, 0, 1, 1) is outside 0..8"},
		{"the gradient of unpooling alone", func(g *graph.Graph) (graph.Node, graph.Node) {
			idx, x := g.Indices("i", 1, 1, 2), g.Input("x", 1, 1, 2)
			y := MaxUnpool2D(x, idx, 3, 3)
			return idx, graph.Gradients(Sum(y), x)[0]
		}, []int64{4, -1}, "gather-planes: index -1 at position (0, 0, 1) is outside 0..8"},
		{"a step of Adam before the first", func(g *graph.Graph) (graph.Node, graph.Node) {
			t, p := g.Indices("t"), g.Input("p", 2)
			y, _, _ := AdamUpdate(p, p, p, p, g.Scalar(.1), t, AdamOptions{Beta1: .9, Beta2: .999, Eps: 1e-8})
			return t, y
		}, []int64{0}, "adam beta1=0.9 beta2=0.999 eps=1e-08: the step is 0, want at least 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			idx, y := c.build(g)
			p, err := g.Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			zeros(p, g)
			p.Set(idx, c.index)
			if err := p.Run(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %q in it", err, c.want)
			}
		})
	}
}
