package ops

import (
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

var randomCases = []opCase{
	{name: "dropout", bad: badDropout,
		in: []operand{some(40)}, mode: graph.Train, second: true,
		build: func(in []graph.Node) graph.Node { return Dropout(in[0], .3) }},
	{name: "dropout of a product has a gradient of its gradient",
		in: []operand{some(40)}, mode: graph.Train, second: true,
		build: func(in []graph.Node) graph.Node { return Square(Dropout(in[0], .5)) }},
	{name: "dropout of everything",
		in: []operand{some(3)}, mode: graph.Train, second: true, want: []float64{0, 0, 0},
		build: func(in []graph.Node) graph.Node { return Dropout(in[0], 1) }},
	{name: "spatial dropout", bad: badSpatial,
		in: []operand{some(3, 4, 2, 2)}, mode: graph.Train, second: true,
		build: func(in []graph.Node) graph.Node { return SpatialDropout(in[0], .5) }},
	{name: "dropout of examples", bad: badDropPath,
		in: []operand{some(9, 4, 2)}, mode: graph.Train, second: true,
		build: func(in []graph.Node) graph.Node { return DropPath(in[0], .5) }},
	{name: "normal numbers added",
		in: []operand{some(3, 4)}, second: true,
		build: func(in []graph.Node) graph.Node { return Add(in[0], RandomNormal(in[0].Graph(), 3, 4)) }},
	{name: "uniform numbers",
		in: []operand{some(3)}, second: true,
		build: func(in []graph.Node) graph.Node { return Mul(in[0], RandomUniform(in[0].Graph(), 3)) }},
}

var randomErrors = []shapeError{
	{"dropout with p above 1", func(g *graph.Graph) graph.Node { return Dropout(g.Input("x", 2, 3), 1.5) },
		"dropout: p is 1.5, want a probability in [0, 1]: x (2, 3)"},
	{"dropout with p that is no number",
		func(g *graph.Graph) graph.Node { return Dropout(g.Input("x", 2, 3), math.NaN()) },
		"dropout: p is NaN, want a probability in [0, 1]"},
	{"dropout of integers", func(g *graph.Graph) graph.Node { return Dropout(g.Indices("x", 2), .5) },
		"dropout p=0.5 seed=0 random=0: x holds int64, want floats"},
	{"spatial dropout of a vector", func(g *graph.Graph) graph.Node { return SpatialDropout(g.Input("x", 2), .5) },
		"spatial-dropout: x has rank 1, want (N, C, …)"},
	{"a path of a scalar", func(g *graph.Graph) graph.Node { return DropPath(g.Input("x"), .5) },
		"drop-path: x has rank 0, want (N, …)"},
	{"normal numbers of no shape", func(g *graph.Graph) graph.Node { return RandomNormal(g, 2, 0) },
		"random normal seed=0 random=0: axis 1 has size 0, want at least 1"},
	{"normal numbers of nine axes",
		func(g *graph.Graph) graph.Node { return RandomNormal(g, 1, 1, 1, 1, 1, 1, 1, 1, 1) },
		"normal: (1, 1, 1, 1, 1, 1, 1, 1, 1) has 9 axes, at most 8 are possible"},
}

func TestDropoutAddsNoNode(t *testing.T) {
	for _, c := range []struct {
		name string
		mode graph.Mode
		p    float64
	}{{"in an eval graph", graph.Eval, .5}, {"in an eval graph that drops all", graph.Eval, 1},
		{"with p = 0", graph.Train, 0}} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: c.mode}
			x := g.Input("x", 3)
			if y := Dropout(x, c.p); y != x || len(g.Nodes()) != 1 || g.Random() != 0 {
				t.Errorf("got %v in a graph of %d nodes, want x alone", y, len(g.Nodes()))
			}
		})
	}
}

// drop runs dropout of ones in a graph of the given seed after other nodes, for some steps.
func drop(t *testing.T, seed uint64, before func(x graph.Node), steps ...int) (masks [][]float32) {
	t.Helper()
	g := &graph.Graph{Mode: graph.Train, Seed: seed}
	x := g.Input("x", 1000)
	before(x)
	y := Dropout(x, .5)
	p, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(x, slices.Repeat([]float32{1}, 1000))
	for _, s := range steps {
		p.SetStep(s)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		masks = append(masks, slices.Clone(p.Value(y).F32))
	}
	return masks
}

func TestDropoutMask(t *testing.T) {
	nothing := func(graph.Node) {}
	base := drop(t, 1, nothing, 1, 2, 1)
	if slices.Equal(base[0], base[1]) {
		t.Error("two steps have the same mask")
	}
	if !slices.Equal(base[0], base[2]) {
		t.Error("a step that is run again has another mask")
	}
	if m := drop(t, 1, func(x graph.Node) { ReLU(x) }, 1); !slices.Equal(base[0], m[0]) {
		t.Error("another node in the graph changes the mask")
	}
	if m := drop(t, 1, func(x graph.Node) { Dropout(x, .5) }, 1); slices.Equal(base[0], m[0]) {
		t.Error("two dropouts of one graph have the same mask")
	}
	if m := drop(t, 2, nothing, 1); slices.Equal(base[0], m[0]) {
		t.Error("another seed has the same mask")
	}
}

// The variance of dropout of 1 is p/(1-p), and its mean 1.
func TestDropoutMoments(t *testing.T) {
	const n, p = 1 << 16, .2
	g := &graph.Graph{Mode: graph.Train}
	x := g.Full(1, n)
	y := Dropout(x, p)
	mean, variance := Mean(y), Var(y, 0)
	prog, err := g.Compile(mean, variance)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	if m := prog.Float(mean); math.Abs(m-1) > .01 {
		t.Errorf("mean is %g, want 1", m)
	}
	if v := prog.Float(variance); math.Abs(v-p/(1-p)) > .01 {
		t.Errorf("variance is %g, want %g", v, p/(1-p))
	}
}

// The gradient has the mask of the forward pass of the same step.
func TestDropoutGradientHasTheSameMask(t *testing.T) {
	g := &graph.Graph{Mode: graph.Train, Seed: 3}
	x := g.Input("x", 1000)
	y := Dropout(x, .4)
	dx := graph.Gradients(Sum(y), x)[0]
	p, err := g.Compile(y, dx)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(x, slices.Repeat([]float32{1}, 1000))
	for range 3 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Value(y).F32, p.Value(dx).F32) {
			t.Fatal("forward and backward masks differ")
		}
	}
}
