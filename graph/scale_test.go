package graph_test

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"gorgonia.org/gorgonia"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// large are graphs of about n nodes of the forms that make a search or a recursion expensive.
var large = []struct {
	name  string
	build func(g *graph.Graph, n int) (loss graph.Node)
}{
	{"a chain", func(g *graph.Graph, n int) graph.Node {
		y := ops.Mul(g.Input("x", 4), g.Param(vector("w", 1, 1, 1, 1)))
		for range n {
			y = ops.Tanh(y)
		}
		return ops.Sum(y)
	}},
	{"a ladder of residuals", func(g *graph.Graph, n int) graph.Node {
		y := ops.Mul(g.Input("x", 4), g.Param(vector("w", 1, 1, 1, 1)))
		for range n / 2 {
			y = ops.Sub(y, ops.Tanh(y)) // with a gradient that stays finite
		}
		return ops.Sum(y)
	}},
	{"a chain of matrix products", func(g *graph.Graph, n int) graph.Node {
		y, w := g.Input("x", 2, 2), g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{2, 2}}))
		for range n {
			y = ops.MatMul(y, w)
		}
		return ops.Sum(y)
	}},
	{"a parameter with as many readers", func(g *graph.Graph, n int) graph.Node {
		x, w := g.Input("x", 4), g.Param(vector("w", 1, 1, 1, 1))
		y := x
		for range n / 2 {
			y = ops.Mul(ops.Tanh(w), y)
		}
		return ops.Sum(y)
	}},
	{"an op with as many operands", func(g *graph.Graph, n int) graph.Node {
		w := g.Param(vector("w", 1, 1, 1, 1))
		parts := make([]graph.Node, n)
		for i := range parts {
			parts[i] = ops.Scale(w, float64(i))
		}
		return ops.Sum(ops.Concat(0, parts...))
	}},
	{"as many parameters, updated", func(g *graph.Graph, n int) graph.Node {
		y := g.Input("x", 4)
		for i := range n {
			y = ops.Add(y, g.Param(vector(fmt.Sprintf("w%d", i), 1, 2, 3, 4)))
		}
		return ops.Sum(y)
	}},
	{"a loss for each of as many parts", func(g *graph.Graph, n int) graph.Node {
		x, w := g.Input("x", 4), g.Param(vector("w", 1, 1, 1, 1))
		loss := g.Scalar(0)
		for i := range n / 4 {
			loss = ops.Add(loss, ops.Sum(ops.Tanh(ops.Scale(ops.Mul(x, w), float64(i)))))
		}
		return loss
	}},
}

// stages are what is done with a graph of n nodes, and the time of each.
func stages(t *testing.T, build func(*graph.Graph, int) graph.Node, n int,
	opt graph.CompileOptions) map[string]time.Duration {
	took, at := map[string]time.Duration{}, time.Now()
	lap := func(stage string) {
		took[stage] = time.Since(at)
		at = time.Now()
	}
	g := &graph.Graph{Mode: graph.Train}
	loss := build(g, n)
	lap("build")
	params := g.Trainable()
	grads := graph.Gradients(loss, params...)
	lap("differentiate")
	g.InPhase(graph.Update, func() {
		for i, p := range params {
			g.Assign(p, ops.Sub(p, grads[i]))
		}
	})
	lap("assign")
	p, err := g.CompileWith(opt, loss)
	if err != nil {
		t.Fatal(err)
	}
	lap("compile")
	for _, x := range g.Nodes() {
		if x.Kind() == graph.KindInput {
			p.Set(x, slices.Repeat([]float32{1}, x.Size()))
		}
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	lap("run")
	if _, err := g.WriteTo(io.Discard); err != nil {
		t.Fatal(err)
	}
	if _, err := p.WriteTo(io.Discard); err != nil {
		t.Fatal(err)
	}
	lap("print")
	return took
}

// growth is how much longer f takes for 4n than for n: 4 when time grows with n, 16 when it grows with the square.
func growth(f func(n int) time.Duration, n int) float64 {
	least := func(n int) time.Duration {
		best := f(n)
		for range 2 {
			best = min(best, f(n))
		}
		return best
	}
	return float64(least(4*n)) / float64(max(least(n), 100*time.Microsecond))
}

// tooSteep lies between the two.
const tooSteep = 10

// TestLargeGraphsTakeLinearTime: building, differentiating, compiling, running and printing a graph take time in
// proportion to its nodes, whatever its form.
func TestLargeGraphsTakeLinearTime(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures times of large graphs")
	}
	for _, c := range large {
		t.Run(c.name, func(t *testing.T) {
			ratio := 0.0
			for range 5 { // other work of the machine may disturb one
				ratio = growth(func(n int) (sum time.Duration) {
					for _, d := range stages(t, c.build, n, graph.CompileOptions{}) {
						sum += d
					}
					return sum
				}, 1000)
				if ratio < tooSteep {
					return
				}
			}
			t.Errorf("four times the nodes take %.1f times as long", ratio)
		})
	}
}

// TestGrowthIsSeen: what takes time by the square is found.
func TestGrowthIsSeen(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures times of large graphs")
	}
	square := func(n int) time.Duration {
		start, list := time.Now(), []int{}
		for i := range n {
			if slices.Contains(list, -1) {
				t.Fatal("cannot be")
			}
			list = append(list, i)
		}
		return time.Since(start)
	}
	ratio := 0.0
	for range 5 { // other work of the machine may disturb one
		if ratio = growth(square, 5000); ratio >= tooSteep {
			return
		}
	}
	t.Errorf("the search of a list for each of its elements takes %.1f times as long for four times the elements",
		ratio)
}

// TestDeepGraphs: a graph of 100,000 nodes in a chain goes through all stages within a bounded time and on a small
// stack, which a recursion by depth would overflow.
func TestDeepGraphs(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures times of large graphs")
	}
	defer debug.SetMaxStack(debug.SetMaxStack(256 << 10))
	const limit = 2 * time.Minute // it takes 3 seconds on a machine that does nothing else
	start := time.Now()
	took := stages(t, large[0].build, 100_000, graph.CompileOptions{})
	t.Logf("%v", took)
	if d := time.Since(start); d > limit {
		t.Errorf("%v, want at most %v: %v", d, limit, took)
	}
	for _, c := range large[1:] {
		stages(t, c.build, 5000, graph.CompileOptions{})
	}
	again := func(g *graph.Graph, n int) graph.Node {
		y := ops.Mul(g.Input("x", 4), g.Param(vector("w", 1, 1, 1, 1)))
		defer g.Scope("layer")()
		for range n {
			y = ops.Tanh(y)
		}
		return ops.Sum(y)
	}
	stages(t, again, 10_000, graph.CompileOptions{Checkpoint: []string{"layer"}, NoFuse: true})
}

// TestDeepImport: a deep graph of Gorgonia's comes in on a small stack.
func TestDeepImport(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(256 << 10))
	g := &graph.Graph{}
	y := gorgonia.NewVector(g.ExprGraph(), gorgonia.Float32, gorgonia.WithShape(4), gorgonia.WithName("x"))
	var err error
	for range 10_000 {
		if y, err = gorgonia.Tanh(y); err != nil {
			t.Fatal(err)
		}
	}
	n, err := g.Import(y)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(g.Nodes()); got != 10_001 || n.ID() != 10_000 {
		t.Errorf("got %d nodes, the last is %d", got, n.ID())
	}
}

// TestGorgoniaEdges: what is told to Gorgonia of its nodes is so: it finds each by its number, with its operands and
// its readers.
func TestGorgoniaEdges(t *testing.T) {
	for _, c := range large {
		g := &graph.Graph{Mode: graph.Train}
		graph.Gradients(c.build(g, 50), g.Trainable()...)
		e := g.ExprGraph()
		for _, n := range e.AllNodes() {
			if e.Node(n.ID()) != n {
				t.Fatalf("%s: number %d is %v, want %v", c.name, n.ID(), e.Node(n.ID()), n)
			}
		}
		readers := map[[2]int64]bool{}
		for _, n := range g.Nodes() {
			for it := e.To(n.Gorgonia().ID()); it.Next(); {
				readers[[2]int64{n.Gorgonia().ID(), it.Node().ID()}] = true
			}
		}
		for _, n := range g.Nodes() {
			for _, in := range n.Inputs() {
				if len(n.Results()) == 1 && !readers[[2]int64{in.Gorgonia().ID(), n.Gorgonia().ID()}] {
					t.Fatalf("%s: %v is no reader of %v", c.name, n, in)
				}
			}
		}
	}
}
