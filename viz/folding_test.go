package viz

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// TestFolds: layers that differ in parameters and in the random numbers that they draw are drawn once, and so are
// those with constants of equal elements; layers of other operations, attributes or constants are not.
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
		{"dropout of another probability",
			func(i int, x graph.Node) graph.Node { return ops.Dropout(x, .1*float64(i+1)) }, 1},
		{"another mask", func(i int, x graph.Node) graph.Node { return ops.Mul(x, mask(x.Graph(), float32(i))) }, 1},
		{"another function", func(i int, x graph.Node) graph.Node { return smooth[i](x) }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			x := g.Param(graph.NewParam("first",
				graph.Type{Shape: graph.Shape{2, 3}})) // so that layer 0 hands a gradient on
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
			if got := max(1, s.Rows[2].Op.Count); got != c.count {
				t.Errorf("%q stands for %d layers, want %d", s.Rows[2].Op.Name, got, c.count)
			}
		})
	}
}

// TestFoldsOfParts: steps that read the parts of a sequence in order, or the same part, are drawn once; where one
// reads another part, or another result of an op, they are not.
func TestFoldsOfParts(t *testing.T) {
	for _, c := range []struct {
		name  string
		parts []int
		want  []int // layers of each fold
	}{
		{"in order", []int{0, 1, 2, 3}, []int{4}},
		{"from the last", []int{3, 2, 1, 0}, []int{4}},
		{"the same", []int{2, 2, 2, 2}, []int{4}},
		{"one part is passed over", []int{0, 1, 3, 4}, []int{2, 2}},
		{"back again", []int{0, 1, 0, 1}, []int{2, 2}},
		{"every second", []int{0, 2, 4, 6}, nil},
	} {
		g := &graph.Graph{}
		parts := ops.Split(ops.Tanh(g.Input("x", 9, 3)), 0, 1, 1, 1, 1, 1, 1, 1, 1, 1)
		h := ops.Tanh(g.Input("h", 1, 3))
		for i, part := range c.parts {
			leave := g.Scope("step." + itoa(i))
			h = ops.Tanh(ops.Add(h, parts[part]))
			leave()
		}
		folds, err := Folds(g, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, f := range folds {
			got = append(got, len(f.Layers))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: folds of %v steps, want %v", c.name, got, c.want)
		}
	}
}

// TestRunsAreOpened: where a drawing does not hold all layers of a level, it shows one of those that are equal,
// however deep their names put them.
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
			if got := s.Rows[len(s.Rows)-1].Op.Name; got != c.want {
				t.Errorf("the layers are drawn as %q, want %q", got, c.want)
			}
		})
	}
}

// recurrent is an unrolled layer of four steps.
func recurrent(layer func(s *nn.Scope) nn.Module) *graph.Graph {
	g := &graph.Graph{Mode: graph.Train}
	y := layer(nn.NewScope().Sub("r")).Forward(g.Input("x", 2, 4, 3))
	graph.Gradients(ops.Mean(ops.Square(y)), g.Trainable()...)
	return g
}

// TestFoldSteps: the equal steps of a recurrent layer are drawn once, though one op reads the outputs of all. In the
// backward pass the first has no gradient of its state, and differs.
func TestFoldSteps(t *testing.T) {
	unroll := nn.Recurrent{Unroll: true}
	lstm := recurrent(func(s *nn.Scope) nn.Module { return nn.NewLSTM(s, 3, 5, unroll) })
	for _, c := range []struct {
		name     string
		g        *graph.Graph
		backward bool
		want     string
	}{
		{"an LSTM", lstm, false, "0 … 3"},
		{"an LSTM and its gradients", lstm, true, "1 … 3"},
		{"a GRU", recurrent(func(s *nn.Scope) nn.Module { return nn.NewGRU(s, 3, 5, unroll) }), false, "0 … 3"},
		{"an RNN", recurrent(func(s *nn.Scope) nn.Module { return nn.NewRNN(s, 3, 5, unroll) }), false, "0 … 3"},
		{"both directions", recurrent(func(s *nn.Scope) nn.Module {
			return nn.NewRNN(s, 3, 5, nn.Recurrent{Unroll: true, Bidirectional: true})
		}), false, "3 … 0"},
	} {
		var svg bytes.Buffer
		if err := WriteSVG(&svg, c.g, Options{Backward: c.backward}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(svg.String(), c.want) {
			t.Errorf("%s: no layer is named %q", c.name, c.want)
		}
	}
}

// TestFoldRefuses: steps whose outputs are read in different places are not equal.
func TestFoldRefuses(t *testing.T) {
	for _, all := range []bool{true, false} {
		g := &graph.Graph{}
		w := g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{3, 3}}))
		h, hs := g.Input("x", 2, 3), []graph.Node(nil)
		for _, path := range []string{"cell.0", "cell.1", "cell.2", "cell.3"} {
			end := g.Scope(path)
			h = ops.Tanh(ops.MatMul(h, w))
			end()
			hs = append(hs, h)
		}
		if !all {
			hs = []graph.Node{hs[0], hs[2], hs[3]}
		}
		ops.Concat(1, hs...)
		root := buildLayers(readGraph(g, Options{}))
		foldAll(readGraph(g, Options{}), root)
		folded := 0
		root.each(func(l *layer) { folded += len(l.twins) })
		want := 3
		if !all {
			want = 1 // 2 and 3
		}
		if folded != want {
			t.Errorf("read of all %v: %d layers are folded, want %d", all, folded, want)
		}
		if edges := len(assemble(readGraph(g, Options{}), root).Edges); all && edges != 2 {
			t.Errorf("%d edges are drawn, want those to the layer and from it", edges)
		}
	}
}

// TestUnrolled: the steps of a recurrent network that is written out are drawn once, whether they begin with a state,
// with zeros or with a learnt value, and what goes between them and the sequence is one wire each; backward, the first
// step stands alone, since it hands no gradient on to a state. Steps of which something else is read do not fold.
func TestUnrolled(t *testing.T) {
	const steps = 12 // more than one op splits a sequence into
	unrolled := func(start func(g *graph.Graph) graph.Node, leak int) *graph.Graph {
		g := &graph.Graph{Mode: graph.Train}
		param := func(name string, shape ...int) graph.Node {
			return g.Param(graph.NewParam(name, graph.Type{Shape: shape}))
		}
		w, u := param("rnn.weight_ih_l0", 3, 3), param("rnn.weight_hh_l0", 3, 3)
		x := ops.MatMul(g.Input("x", 2, 3*steps), param("in.weight", 3*steps, 3*steps))
		xs := ops.Split(x, 1, slices.Repeat([]int{3}, steps)...)
		h := start(g)
		var ys []graph.Node
		for i := range steps {
			leave := g.Scope("rnn.cell." + itoa(i))
			h = ops.Tanh(ops.Add(ops.MatMul(xs[i], w), ops.MatMul(h, u)))
			ys = append(ys, ops.Unsqueeze(h, 1))
			leave()
		}
		y := ops.Sum(ops.Square(ops.Concat(1, ys...)))
		if leak >= 0 {
			y = ops.Add(y, ops.Sum(ys[leak]))
		}
		graph.Gradients(y, g.Trainable()...)
		return g
	}
	state := func(g *graph.Graph) graph.Node { return g.State("h", 2, 3) }
	for _, c := range []struct {
		name        string
		g           *graph.Graph
		backward    bool
		most, cells int // layers that the largest fold stands for, rows of cells
	}{
		{"from a state", unrolled(state, -1), false, steps, 1},
		{"from a state, backward", unrolled(state, -1), true, steps - 1, 2},
		{"from zeros", unrolled(func(g *graph.Graph) graph.Node { return g.Full(0, 2, 3) }, -1), false, steps, 1},
		{"from a learnt value", unrolled(func(g *graph.Graph) graph.Node {
			return ops.Square(g.Param(graph.NewParam("h0", graph.Type{Shape: graph.Shape{2, 3}})))
		}, -1), true, steps, 1},
		{"one step is read alone", unrolled(state, 2), false, steps - 3, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			for depth, opened := range []bool{1: false, 2: false, 3: true} {
				if depth == 0 {
					continue
				}
				s, err := newScene(c.g, Options{Depth: depth, Backward: c.backward})
				if err != nil {
					t.Fatal(err)
				}
				if found := faults(t, ladder.Layout(s, ladder.Geometry{Lines: 2, Panels: 1})); len(found) > 0 {
					t.Errorf("depth %d: %s", depth, found[0])
				}
				most, cells := 0, 0
				for _, r := range s.Rows {
					most = max(most, r.Op.Count)
					if strings.Contains(r.Op.Name, "cell") || depth == 2 && r.Op.Name != "" {
						cells++
					}
				}
				if depth == 2 && (most != c.most || cells != c.cells) {
					t.Errorf("depth %d: a row stands for %d steps, want %d; %d rows of steps, want %d", depth, most,
						c.most, cells, c.cells)
				}
				seen := map[ladder.Edge]int{}
				for _, e := range s.Edges {
					if seen[e]++; opened && seen[e] > 1 {
						t.Errorf("depth %d: %d wires from %v to %v", depth, seen[e], e.From, e.To)
					}
				}
			}
		})
	}
}

// TestSplits: a split into many parts is one box, with one gradient, and a split whose parts are read otherwise, too,
// is a box of its own; among single ops each is.
func TestSplits(t *testing.T) {
	for _, c := range []struct {
		name        string
		other       bool // the parts of the first split are read by another op, too
		depth, want int  // boxes
	}{{"in a drawing of layers", false, 0, 1}, {"of parts that are read otherwise", true, 0, 2},
		{"among single ops", false, -1, 2}} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			x := ops.Tanh(g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{4, 3}})))
			halves := ops.Split(x, 0, 2, 2)
			parts := append(ops.Split(halves[0], 0, 1, 1), halves[1])
			if c.other {
				parts = append(parts, halves[0])
			}
			graph.Gradients(ops.Sum(ops.Square(ops.Concat(0, parts...))), g.Trainable()...)
			s, err := newScene(g, Options{Depth: c.depth, Backward: true})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, r := range s.Rows {
				if r.Op.Label == splitLabel {
					n++
					if r.Back == nil {
						t.Error("a split has no gradient")
					}
				}
			}
			if n != c.want {
				t.Errorf("%d boxes, want %d", n, c.want)
			}
			if found := faults(t, ladder.Layout(s, ladder.Geometry{Lines: 2, Panels: 1})); len(found) > 0 {
				t.Error(found)
			}
		})
	}
}
