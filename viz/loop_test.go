package viz

import (
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// seenIn are the loops of a scene, and the names at the ends of its edges, in the order of its rows.
func seenIn(s *ladder.Scene) (loops, ends []string) {
	for i := range s.Rows {
		for _, p := range []ladder.Port{{Row: i, Back: false}, {Row: i, Back: true}} {
			if b := s.At(p); b != nil && b.Loop != "" {
				loops = append(loops, b.Loop)
			}
		}
	}
	for _, e := range s.Edges {
		if e.Names[0] != "" {
			ends = append(ends, e.Names[0]+" "+e.Names[1])
		}
	}
	return loops, ends
}

// TestLoops: what a step of a recurrent network hands to the next is a loop at a closed box, whatever it is the box
// of, and two named ends where a step is open.
func TestLoops(t *testing.T) {
	unroll := nn.Recurrent{Unroll: true}
	lstm := recurrent(func(s *nn.Scope) nn.Module { return nn.NewLSTM(s, 3, 5, unroll) })
	byHand := func(name string, own bool) *graph.Graph {
		g := &graph.Graph{}
		w := func() graph.Node { return g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{3, 3}})) }
		shared := w()
		h := g.Input("x", 2, 3)
		for _, i := range []string{"0", "1", "2"} {
			end := g.Scope("cell." + i)
			u := shared
			if own {
				u = w()
			}
			h = ops.Tanh(ops.MatMul(h, u)).Named(name)
			end()
		}
		return g
	}
	for _, c := range []struct {
		name        string
		g           *graph.Graph
		depth       int
		backward    bool
		loops, ends string // joined by a stroke
	}{
		{"the layer", lstm, 1, false, "h, c", ""},
		{"its steps", lstm, 2, false, "h, c", ""},
		{"a cell", lstm, 3, false, "h, c", ""},
		{"a cell, backward", lstm, 3, true, "h, c|dh, dc", ""},
		{"an open cell", lstm, 4, false, "", "h(t) h(t-1)|c(t) c(t-1)"},
		{"an open cell, backward", lstm, 4, true, "",
			"h(t) h(t-1)|dh(t-1) dh(t)|c(t) c(t-1)|dc(t-1) dc(t)"},
		{"single ops", lstm, -1, false, "", ""},
		{"a GRU", recurrent(func(s *nn.Scope) nn.Module { return nn.NewGRU(s, 3, 5, unroll) }), 3, true, "h|dh", ""},
		{"from the last vector to the first", recurrent(func(s *nn.Scope) nn.Module {
			return nn.NewRNN(s, 3, 5, nn.Recurrent{Unroll: true, Bidirectional: true})
		}), 5, false, "", "h(t) h(t-1)|h(t) h(t+1)"},
		{"a loop of one's own", byHand("", false), 2, false, "next", ""},
		{"one whose value has a name", byHand("s", false), 2, false, "s", ""},
		{"layers of their own weights", byHand("s", true), 2, false, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := newScene(c.g, Options{Depth: c.depth, Backward: c.backward})
			if err != nil {
				t.Fatal(err)
			}
			loops, ends := seenIn(s)
			if got := strings.Join(loops, "|"); got != c.loops {
				t.Errorf("the loops are %q, want %q", got, c.loops)
			}
			if got := strings.Join(ends, "|"); got != c.ends {
				t.Errorf("the ends are %q, want %q", got, c.ends)
			}
			for _, g := range []ladder.Geometry{{Lines: 1, Panels: 1}, {Lines: 2, Panels: 1}, {Lines: 1, Panels: 2}} {
				if found := faults(t, ladder.Layout(s, g)); len(found) > 0 {
					t.Errorf("%+v: %s", g, found[0])
				}
			}
			if text, err := ladder.DOT(s); err != nil || strings.Count(text, `label="`+c.loops+`"`) != len(loops)%2 {
				t.Errorf("the loop is not in DOT: %v", err)
			}
		})
	}
}

// TestStepsAreNamed: a drawing says which steps a box stands for, what is inside it, and with which state they begin;
// gates keep their names down to single ops.
func TestStepsAreNamed(t *testing.T) {
	lstm := recurrent(func(s *nn.Scope) nn.Module { return nn.NewLSTM(s, 3, 5, nn.Recurrent{Unroll: true}) })
	gates := []string{"input", "forget", "cell", "output"}
	for _, c := range []struct {
		depth int
		want  []string // of the labels of boxes, frames included
	}{
		{1, []string{"r.l0 · 4 steps of 2 Linear → input, forget, cell, output", "h₀ = 0", "c₀ = 0"}},
		{3, []string{"cell t = 0 … 3 · 2 Linear → input, forget, cell, output  ×4", "h₀ = 0", "c₀ = 0"}},
		{4, append([]string{"t = 0 … 3"}, gates...)},
		{-1, append([]string{"3"}, gates...)},
	} {
		s, err := newScene(lstm, Options{Depth: c.depth})
		if err != nil {
			t.Fatal(err)
		}
		var seen []string
		for _, f := range s.Frames {
			seen = append(seen, f.Title)
		}
		for i := range s.Rows {
			for _, b := range append(slices.Clone(s.Rows[i].Left), s.Rows[i].Op) {
				label := ink.Text{Runs: ladder.LabelRuns(&b)}
				seen = append(seen, label.Plain(), b.Name)
			}
		}
		for _, w := range c.want {
			if !slices.Contains(seen, w) {
				t.Errorf("depth %d: %q is not among %q", c.depth, w, seen)
			}
		}
	}
}

// TestAttentionInParts: attention whose weights are in memory is one box at the depth of its layer, which tells its
// dropout, and is counted as one op in those above; products that are none are not.
func TestAttentionInParts(t *testing.T) {
	attend := func(opt ops.AttentionOptions) *graph.Graph {
		g := &graph.Graph{Mode: graph.Train}
		end := g.Scope("attn")
		x := ops.Linear(g.Input("x", 2, 4, 6), g.Param(graph.NewParam("attn.weight",
			graph.Type{Shape: graph.Shape{18, 6}})), graph.Node{})
		ops.Square(ops.SelfAttention(x, 2, opt))
		end()
		return g
	}
	for _, c := range []struct {
		name  string
		g     *graph.Graph
		depth int
		want  string
	}{
		{"with dropout", attend(ops.AttentionOptions{Dropout: .1}), 2, "attention · Attention, dropout 0.1"},
		{"causal, with dropout", attend(ops.AttentionOptions{Causal: true, Dropout: .1}), 2,
			"attention · Attention, dropout 0.1"},
		{"a layer", attend(ops.AttentionOptions{Dropout: .1}), 1, "attn · Linear, Attention"},
		{"in one op", attend(ops.AttentionOptions{}), 2, "Attention"},
		{"no attention", func() *graph.Graph {
			g := &graph.Graph{}
			defer g.Scope("a")()
			x := g.Input("x", 3, 3)
			ops.Square(ops.Tanh(ops.MatMul(ops.Square(ops.MatMul(x, x)), x)))
			return g
		}(), 1, "a · 2 MatMul"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := newScene(c.g, Options{Depth: c.depth})
			if err != nil {
				t.Fatal(err)
			}
			var seen []string
			for i := range s.Rows {
				label := ink.Text{Runs: ladder.LabelRuns(&s.Rows[i].Op)}
				seen = append(seen, label.Plain())
			}
			if !slices.Contains(seen, c.want) {
				t.Errorf("%q is not among %q", c.want, seen)
			}
		})
	}
}

// TestNamedConstants: a constant that has a name is drawn under it.
func TestNamedConstants(t *testing.T) {
	g := &graph.Graph{}
	x := ops.Add(g.Input("x", 2, 3), g.Constant(graph.FromFloat32([]float32{1, 2, 3}, 3)).Named("positions"))
	ops.Add(ops.Mul(x, g.Full(0, 2, 3).Named("h₀")), g.Full(1, 2, 3))
	s, err := newScene(g, Options{Depth: -1})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for i := range s.Rows {
		for _, b := range s.Rows[i].Left {
			seen = append(seen, b.Label)
		}
	}
	if want := []string{"positions", "h₀ = 0", "const 1"}; !slices.Equal(seen, want) {
		t.Errorf("got %q, want %q", seen, want)
	}
}
