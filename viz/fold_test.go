package viz

import (
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// TestFolds: layers that differ in parameters and in the random numbers that they draw are drawn once, and so are those
// with constants of equal elements; layers of other operations, attributes or constants are not.
func TestFolds(t *testing.T) {
	mask := func(g *graph.Graph, last float32) graph.Node {
		return g.Constant(graph.FromFloat32([]float32{0, 1, last}, 3))
	}
	for _, c := range []struct {
		name  string
		block func(i int, x graph.Node) graph.Node
		count int
	}{
		{"products of their own weights", func(i int, x graph.Node) graph.Node { return x }, 3},
		{"dropout", func(i int, x graph.Node) graph.Node { return ops.Dropout(x, .5) }, 3},
		{"a mask", func(i int, x graph.Node) graph.Node { return ops.Mul(x, mask(x.Graph(), 1)) }, 3},
		{"dropout of another probability", func(i int, x graph.Node) graph.Node { return ops.Dropout(x, .1*float64(i+1)) }, 1},
		{"another mask", func(i int, x graph.Node) graph.Node { return ops.Mul(x, mask(x.Graph(), float32(i))) }, 1},
		{"another function", func(i int, x graph.Node) graph.Node { return smooth[i](x) }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			x := g.Param(graph.NewParam("first", graph.Type{Shape: graph.Shape{2, 3}})) // so that layer 0 hands a gradient on
			x = ops.Tanh(ops.Square(x))
			for i := range 3 {
				leave := g.Scope("layer." + itoa(i))
				w := g.Param(graph.NewParam("layer."+itoa(i)+".weight", graph.Type{Shape: graph.Shape{3, 3}}))
				x = c.block(i, ops.Tanh(ops.MatMul(x, w)))
				leave()
			}
			graph.Gradients(ops.Sum(ops.Square(x)), g.Trainable()...)
			s, err := newScene(g, Options{Depth: 2, Backward: true})
			if err != nil {
				t.Fatal(err)
			}
			if got := max(1, s.rows[2].op.count); got != c.count {
				t.Errorf("%q stands for %d layers, want %d", s.rows[2].op.name, got, c.count)
			}
		})
	}
}

// TestRunsAreOpened: where a drawing does not hold all layers of a level, it shows one of those that are equal, however
// deep their names put them.
func TestRunsAreOpened(t *testing.T) {
	for _, c := range []struct {
		name   string
		layers int
		other  func(i int) func(graph.Node) graph.Node
		want   string // the name of the row of the layers
	}{
		{"equal layers", 30, func(int) func(graph.Node) graph.Node { return ops.Tanh }, "encoder.layer.0 … 29"},
		{"layers that differ", 50, func(i int) func(graph.Node) graph.Node { return smooth[i%2] }, "encoder.layer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			x := ops.Tanh(g.Input("x", 2, 3))
			for i := range c.layers {
				leave := g.Scope("encoder.layer." + itoa(i))
				for range 45 { // more than a drawing holds
					x = c.other(i)(x)
				}
				leave()
			}
			s, err := newScene(g, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.rows[len(s.rows)-1].op.name; got != c.want {
				t.Errorf("the layers are drawn as %q, want %q", got, c.want)
			}
		})
	}
}
