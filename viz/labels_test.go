package viz

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/internal/flaws"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// TestLongestNames: the names of what a bidirectional LSTM with a state and lengths has, and saves, are whole.
func TestLongestNames(t *testing.T) {
	g := &graph.Graph{Mode: graph.Train}
	s := nn.NewScope()
	lstm := nn.NewLSTM(s.Sub("encoder.lstm"), 8, 8, nn.Recurrent{Layers: 2, Bidirectional: true})
	state := nn.State{H: g.State("h", 4, 2, 8), C: g.State("c", 4, 2, 8)}
	y, _ := lstm.ForwardFrom(state, g.Input("x", 2, 5, 8), g.Indices("lengths", 2))
	graph.Gradients(ops.Mean(ops.Square(y)), g.Trainable()...)
	for depth := -1; depth <= 3; depth++ {
		svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, Options{Depth: depth, Backward: true}) })
		if seen := regexp.MustCompile("<title>[^<]*</title>").ReplaceAllString(svg, ""); strings.Contains(seen, "…") {
			t.Errorf("depth %d: a label is cut", depth)
		}
		if depth < 0 && !strings.Contains(svg, ">x w_ih← w_hh← b_ih← b_hh← h0 c0 lengths y kept<") {
			t.Error("what is saved is not told")
		}
	}
}

// TestLabelsAreWhole: in drawings of models no label is cut that its box holds, or would hold if it grew.
func TestLabelsAreWhole(t *testing.T) {
	for _, d := range append(drawnModels(t), recurrentDrawn(t)) {
		for depth := -1; depth <= 3; depth++ {
			s, err := newScene(d.g, Options{Depth: depth, Backward: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range []ladder.Geometry{{Lines: 1, Panels: 1}, {Lines: 2, Panels: 1}, {Lines: 2, Panels: 2},
				{Lines: 1, Panels: 3}} {
				if cut := flaws.CutLabels(s, ladder.Layout(s, g), g); len(cut) > 0 {
					t.Errorf("%s, depth %d, %+v: %q", d.name, depth, g, cut)
				}
			}
		}
	}
}

// recurrentDrawn is a language model of two LSTM layers whose state goes on from run to run.
func recurrentDrawn(t *testing.T) drawn {
	t.Helper()
	s := nn.NewScope()
	lstm, out := nn.NewLSTM(s.Sub("lstm"), 8, 8, nn.Recurrent{Layers: 2}), nn.NewLinear(s.Sub("out"), 8, 5)
	g := &graph.Graph{Mode: graph.Train}
	x := g.Input("x", 4, 6, 8)
	state := nn.State{H: g.State("h", 2, 4, 8), C: g.State("c", 2, 4, 8)}
	y, next := lstm.ForwardFrom(state, x, graph.Node{})
	g.Assign(state.H, next.H)
	g.Assign(state.C, next.C)
	graph.Gradients(ops.CrossEntropy(out.Forward(ops.Reshape(y, -1, 8)), g.Indices("y", 24)), g.Trainable()...)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	return drawn{"recurrent", true, g}
}

// TestCarriers: a drawing of layers shows the states beside what reads them, and not the ops that take them apart and
// put them together; one of single ops shows all. What is no state's is drawn in both.
func TestCarriers(t *testing.T) {
	d := recurrentDrawn(t)
	for _, c := range []struct {
		depth  int
		states int // boxes of state h
		carry  int // ops that carry states
		says   string
	}{{0, 2, 0, "that carry states not drawn"}, {3, 2, 0, "that carry states not drawn"}, {-1, 1, 8, "operations"}} {
		s, err := newScene(d.g, Options{Depth: c.depth, Backward: true})
		if err != nil {
			t.Fatal(err)
		}
		states, carry := 0, 0
		for _, r := range s.Rows {
			for _, b := range r.Left {
				if b.Label == "state h" {
					states++
				}
			}
			if slices.Contains([]string{"Split", "Concat", "Squeeze", "Unsqueeze", "Reshape"}, r.Op.Label) &&
				r.Back == nil {
				carry++
			}
		}
		if states != c.states || (carry > 0) != (c.carry > 0) || !strings.Contains(s.Note, c.says) {
			t.Errorf("depth %d: %d boxes of h, %d ops that carry, %q", c.depth, states, carry, s.Note)
		}
	}
	g := &graph.Graph{}
	h := g.State("h", 2, 3)
	y := ops.Swap(ops.Tanh(ops.Swap(h, 0, 1)), 0, 1) // is the result, too, and so stays
	g.Assign(h, y)
	ops.Reshape(y, 6)
	s, err := newScene(g, Options{})
	if err != nil || len(s.Rows) != 3 {
		t.Errorf("%d rows are drawn, want Tanh, Transpose and Reshape; error %v", len(s.Rows), err)
	}
}

// TestHiddenSkips: a closed layer tells of the residuals in it, of as many as there are, and of no other sums.
func TestHiddenSkips(t *testing.T) {
	for _, c := range []struct {
		name string
		of   func(x, w graph.Node) graph.Node
		want string
	}{
		{"a residual", func(x, w graph.Node) graph.Node { return ops.Add(x, ops.MatMul(ops.Tanh(x), w)) },
			", residual"},
		{"the other way round", func(x, w graph.Node) graph.Node { return ops.Add(ops.MatMul(x, w), x) },
			", residual"},
		{"two of them", func(x, w graph.Node) graph.Node {
			x = ops.Add(x, ops.MatMul(x, w))
			return ops.Add(x, ops.Tanh(x))
		}, ", 2 residuals"},
		{"a value of the layer's own", func(x, w graph.Node) graph.Node {
			h := ops.Sin(x)
			return ops.Add(ops.Tanh(ops.Exp(h)), h)
		}, ", residual"},
		{"a residual through a normalisation", func(x, w graph.Node) graph.Node {
			return ops.Add(ops.MatMul(ops.Tanh(x), w), ops.LayerNorm(x, graph.Node{}, graph.Node{}, 1e-5))
		}, ", residual"},
		{"two branches of equal right", func(x, w graph.Node) graph.Node { return ops.Add(ops.Tanh(x), ops.Exp(x)) },
			""},
		{"a value with itself", func(x, w graph.Node) graph.Node { return ops.Tanh(ops.Add(x, x)) }, ""},
		{"a bias", func(x, w graph.Node) graph.Node { return ops.Tanh(ops.Add(ops.Tanh(x), w)) }, ""},
		{"a product", func(x, w graph.Node) graph.Node { return ops.Mul(x, ops.Tanh(ops.Tanh(x))) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			x, w := ops.Square(g.Input("x", 3, 3)), g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{3, 3}}))
			leave := g.Scope("layer")
			y := c.of(x, w)
			leave()
			ops.Square(y)
			s, err := newScene(g, Options{Depth: 1})
			if err != nil {
				t.Fatal(err)
			}
			label := s.Rows[2].Op.Label
			if _, got, _ := strings.Cut(label, ", "); got != strings.TrimPrefix(c.want, ", ") {
				t.Errorf("the layer is called %q, want …%s", label, c.want)
			}
		})
	}
}

// TestSums: ⊕ stands in the legend where one is drawn, and nowhere else.
func TestSums(t *testing.T) {
	for _, backward := range []bool{false, true} {
		opt := Options{Backward: backward, Depth: -1}
		svg := written(t, func(b *bytes.Buffer) error { return WriteSVG(b, residual().g, opt) })
		if strings.Contains(svg, ">gradients are added<") != backward {
			t.Errorf("backward %v: the legend is wrong", backward)
		}
	}
}

// TestHeadings: every panel names its columns, and nothing runs through the names.
func TestHeadings(t *testing.T) {
	s, err := newScene(trained("", resnetLike{}).g, Options{Backward: true, Depth: -1})
	if err != nil {
		t.Fatal(err)
	}
	for panels := 1; panels <= 4; panels++ {
		p := ladder.Layout(s, ladder.Geometry{Lines: 2, Panels: panels})
		n := 0
		for _, t := range p.Texts {
			if t.Plain() == "backward" {
				n++
			}
		}
		if n != panels {
			t.Errorf("%d panels have %d headings", panels, n)
		}
		if found := faults(t, p); len(found) > 0 {
			t.Errorf("%d panels: %s", panels, found[0])
		}
	}
}

// resnetLike is a network with skips from layer to layer.
type resnetLike struct{}

func (resnetLike) Params() *nn.Params { return nn.NewScope().Params() }

func (resnetLike) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	x = ops.Reshape(x, 64, 784)
	w := g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{784, 784}}))
	for range 6 {
		x = ops.Add(x, ops.Tanh(ops.MatMul(x, w)))
	}
	return x
}

// TestSameDepth: a depth that opens nothing more is known, and one that does is itself.
func TestSameDepth(t *testing.T) {
	g := &graph.Graph{}
	x := g.Input("x", 3)
	for _, scope := range []string{"a.only", "a.only.b", "c"} { // a holds nothing but a.only, and is no level
		leave := g.Scope(scope)
		x = ops.Tanh(ops.Exp(x))
		leave()
	}
	for depth, want := range map[int]int{-1: -1, 0: 0, 1: 1, 2: 2, 3: 3, 4: 3, 9: 3, math.MaxInt: 3} {
		if got, err := SameDepth(g, Options{Depth: depth}); got != want || err != nil {
			t.Errorf("depth %d: got %d, %v, want %d", depth, got, err, want)
		}
	}
	if _, err := SameDepth(g, Options{Depth: 2, Backward: true}); err != ErrNoGradients {
		t.Errorf("got %v", err)
	}
}
