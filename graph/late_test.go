package graph

import (
	"strings"
	"testing"
)

// TestNodesAddedLate: a program does not know what was added to its graph after Compile, and says so.
func TestNodesAddedLate(t *testing.T) {
	for _, c := range []struct {
		name string
		use  func(g *Graph, p *Program, s *StockProgram) error
	}{
		{"an input is set", func(g *Graph, p *Program, _ *StockProgram) error {
			p.Set(g.Input("z", 2), []float32{1, 2})
			return p.Run()
		}},
		{"a state is set", func(g *Graph, p *Program, _ *StockProgram) error {
			p.Set(g.State("z", 2), []float32{1, 2})
			return p.Run()
		}},
		{"Gorgonia's machine", func(g *Graph, _ *Program, s *StockProgram) error {
			s.Set(g.Input("z", 2), []float32{1, 2})
			return s.Run()
		}},
	} {
		g := &Graph{}
		x := g.Input("x", 2)
		y := Apply(double{2}, x)
		p := mustCompile(t, g, y)
		s, err := g.Stock(y)
		if err != nil {
			t.Fatal(err)
		}
		p.Set(x, []float32{1, 2})
		s.Set(x, []float32{1, 2})
		err = c.use(g, p, s)
		if err == nil || !strings.Contains(err.Error(), "added to the graph after") {
			t.Errorf("%s: got %v", c.name, err)
		}
		if err := p.Run(); err != nil {
			t.Errorf("%s: the run after: %v", c.name, err)
		}
	}
	g := &Graph{}
	x := g.Input("x", 2)
	p := mustCompile(t, g, Apply(double{2}, x))
	for name, n := range map[string]Node{"z": g.Input("z", 2), "h": g.State("h", 2), "times 3": Apply(double{3}, x),
		"step#": g.Step()} {
		want := `Program.Value: node "` + name + `": it was added to the graph after Compile: compile again`
		if words := panics(func() { p.Value(n) }); !strings.Contains(words, want) {
			t.Errorf("%s: got %q", name, words)
		}
	}
}
