package graph

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// running is h ← h + x, and the value that it takes.
func running(g *Graph) (x, h, next Node) {
	x, h = g.Input("x", 2), g.State("h", 2)
	next = Apply(sum{}, h, x)
	g.Assign(h, next)
	return x, h, next
}

// engine is what [Program] and [StockProgram] have in common.
type engine interface {
	Set(Node, any)
	Run() error
	Reset()
	Value(Node) Tensor
}

// engines compile a graph in each way that there is.
var engines = map[string]func(g *Graph, outputs ...Node) (engine, error){
	"tape":  func(g *Graph, outputs ...Node) (engine, error) { return g.Compile(outputs...) },
	"stock": func(g *Graph, outputs ...Node) (engine, error) { return g.Stock(outputs...) },
	"constant": func(g *Graph, outputs ...Node) (engine, error) {
		return g.CompileWith(CompileOptions{Constant: true}, outputs...)
	},
	"plain": func(g *Graph, outputs ...Node) (engine, error) {
		return g.CompileWith(CompileOptions{NoFuse: true, Without: []string{"fold", "merge", "alias", "plan"}},
			outputs...)
	},
}

// result runs and returns a copy of the value of n.
func result(t *testing.T, e engine, n Node) []float32 {
	t.Helper()
	if err := e.Run(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(e.Value(n).F32)
}

// TestState: a run reads what the run before has assigned, in graphs of both modes and on all engines.
func TestState(t *testing.T) {
	for name, compile := range engines {
		for _, mode := range []Mode{Eval, Train} {
			t.Run(name+" "+mode.String(), func(t *testing.T) {
				g := &Graph{Mode: mode}
				x, h, next := running(g)
				e, err := compile(g, next)
				if err != nil {
					t.Fatal(err)
				}
				check := func(what string, got, want []float32) {
					t.Helper()
					if !slices.Equal(got, want) {
						t.Errorf("%s: got %v, want %v", what, got, want)
					}
				}
				check("before the first run", e.Value(h).F32, []float32{0, 0})
				e.Set(x, []float32{1, 2})
				check("first run", result(t, e, next), []float32{1, 2})
				check("what the next run reads", e.Value(h).F32, []float32{1, 2})
				check("second run", result(t, e, next), []float32{2, 4})
				e.Reset()
				check("after Reset", e.Value(h).F32, []float32{0, 0})
				check("run after Reset", result(t, e, next), []float32{1, 2})
				e.Set(h, []float32{10, 20})
				check("run after Set", result(t, e, next), []float32{11, 22})
				check("and the next", result(t, e, next), []float32{12, 24})
			})
		}
	}
	g := &Graph{}
	_, h, _ := running(g)
	if len(g.Params())+len(g.Trainable()) != 0 || h.Kind() != KindState || h.Param() != nil {
		t.Errorf("a state is a parameter: %v", g.Params())
	}
}

// TestStatesTogether: all assignments of a run take the values from before it, wherever these lie.
func TestStatesTogether(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(g *Graph, x, a, b Node) (fora, forb Node)
		want  [][2]float32 // a and b after each run, of their first element; both begin at 0, x is 1
	}{
		{"two states change places", func(g *Graph, x, a, b Node) (Node, Node) { return b, Apply(sum{}, a, x) },
			[][2]float32{{0, 1}, {1, 1}, {1, 2}}},
		{"a state takes an input, another the value from before",
			func(g *Graph, x, a, b Node) (Node, Node) { return x, a },
			[][2]float32{{1, 0}, {1, 1}, {1, 1}}},
		{"a state takes a view of another", func(g *Graph, x, a, b Node) (Node, Node) {
			return Apply(sum{}, a, x), Apply(flat{MakeDims(2)}, a)
		}, [][2]float32{{1, 0}, {2, 1}, {3, 2}}},
		{"two states take one value", func(g *Graph, x, a, b Node) (Node, Node) {
			y := Apply(sum{}, a, x)
			return y, y
		}, [][2]float32{{1, 1}, {2, 2}, {3, 3}}},
		{"a state takes what an update computes", func(g *Graph, x, a, b Node) (y, z Node) {
			g.InPhase(Update, func() { y, z = Apply(sum{}, a, x), Apply(sum{}, a, b) })
			return y, z
		}, [][2]float32{{1, 0}, {2, 1}, {3, 3}}},
		{"a state takes itself", func(g *Graph, x, a, b Node) (Node, Node) { return a, x },
			[][2]float32{{0, 1}, {0, 1}}},
		{"a state takes a constant", func(g *Graph, x, a, b Node) (Node, Node) { return g.Full(5, 2), a },
			[][2]float32{{5, 0}, {5, 5}}},
	} {
		for name, compile := range engines {
			t.Run(c.name+" "+name, func(t *testing.T) {
				g := &Graph{}
				x, a, b := g.Input("x", 2), g.State("a", 2), g.State("b", 2)
				fora, forb := c.build(g, x, a, b)
				g.Assign(a, fora)
				g.Assign(b, forb)
				e, err := compile(g, a, b)
				if err != nil {
					t.Fatal(err)
				}
				e.Set(x, []float32{1, 1})
				for i, want := range c.want {
					if got := [2]float32{result(t, e, a)[0], e.Value(b).F32[0]}; got != want {
						t.Errorf("run %d: got %v, want %v", i+1, got, want)
					}
				}
			})
		}
	}
}

// TestRandomStates: random graphs over states give the same bits on all engines, run after run.
func TestRandomStates(t *testing.T) {
	for seed := range uint64(40) {
		outcome := map[string][]float32{}
		for name, compile := range engines {
			draw := rand.New(rand.NewPCG(seed, 1))
			g := &Graph{}
			nodes := []Node{g.Input("x", 4)}
			for i := range 1 + draw.IntN(3) {
				nodes = append(nodes, g.State(string(rune('a'+i)), 4))
			}
			states := slices.Clone(nodes[1:])
			for range 2 + draw.IntN(8) {
				a, b := nodes[draw.IntN(len(nodes))], nodes[draw.IntN(len(nodes))]
				phase := Phase(draw.IntN(2)) * Update
				if a.Phase() == Update || b.Phase() == Update {
					phase = Update
				}
				g.InPhase(phase, func() {
					switch draw.IntN(3) {
					case 0:
						nodes = append(nodes, Apply(sum{}, a, b))
					case 1:
						nodes = append(nodes, Apply(times{}, a, b))
					default:
						nodes = append(nodes, Apply(flat{MakeDims(4)}, a))
					}
				})
			}
			for _, s := range states {
				g.Assign(s, nodes[draw.IntN(len(nodes))])
			}
			e, err := compile(g, nodes[draw.IntN(len(nodes))])
			if err != nil {
				t.Fatal(err)
			}
			e.Set(nodes[0], []float32{.1, -.2, .3, -.4})
			for range 5 {
				if err := e.Run(); err != nil {
					t.Fatal(err)
				}
				for _, s := range states {
					outcome[name] = append(outcome[name], e.Value(s).F32...)
				}
			}
		}
		for name, got := range outcome {
			if !slices.Equal(got, outcome["stock"]) {
				t.Errorf("seed %d: %s gives %v, stock %v", seed, name, got, outcome["stock"])
			}
		}
	}
}

// TestStatesOfPrograms: each program and each clone has states of its own, which begin at zero.
func TestStatesOfPrograms(t *testing.T) {
	g := &Graph{}
	x, h, next := running(g)
	p, err := g.Compile(next)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(x, []float32{1, 2})
	result(t, p, next)
	c := p.Clone()
	other, err := g.Compile(next)
	if err != nil {
		t.Fatal(err)
	}
	other.Set(x, []float32{7, 7})
	for i, q := range []*Program{c, other, c, p} {
		want := []float32{1, 7, 2, 2}[i]
		if got := result(t, q, next)[0]; got != want {
			t.Errorf("program %d: got %v, want %v", i, got, want)
		}
	}
	if got := p.Value(h).F32[0]; got != 2 {
		t.Errorf("the first program's state is %v after others ran, want 2", got)
	}
	if n := testing.AllocsPerRun(10, func() { _ = p.Run() }); n != 0 {
		t.Errorf("a run allocates %v times", n)
	}
	if n := testing.AllocsPerRun(10, p.Reset); n != 0 {
		t.Errorf("Reset allocates %v times", n)
	}
}

// TestStateIsKeptFinite: a state stays as it was when what it is to take is not finite, and the error says why.
func TestStateIsKeptFinite(t *testing.T) {
	nan := float32(math.NaN())
	for name, compile := range engines {
		t.Run(name, func(t *testing.T) {
			g := &Graph{}
			x, h, next := running(g)
			e, err := compile(g, next)
			if err != nil {
				t.Fatal(err)
			}
			e.Set(x, []float32{1, 2})
			result(t, e, next)
			e.Set(x, []float32{1, nan})
			var bad *NonFiniteError
			if err := e.Run(); !errors.As(err, &bad) {
				t.Errorf("got %v, want a NonFiniteError", err)
			}
			if got := e.Value(h).F32; !slices.Equal(got, []float32{1, 2}) {
				t.Errorf("the state became %v", got)
			}
			if p, ok := e.(*Program); ok {
				if err := p.Check(); err == nil ||
					!strings.Contains(err.Error(), `input "x" is NaN at element 1 already`) {
					t.Errorf("Check: got %v", err)
				}
			}
			e.Set(x, []float32{1, 2})
			if got := result(t, e, next); !slices.Equal(got, []float32{2, 4}) {
				t.Errorf("the run after: got %v", got)
			}
		})
	}

	g := &Graph{}
	h := g.State("h", 2)
	g.InPhase(Update, func() { g.Assign(h, Apply(sum{}, h, h)) })
	p, err := g.Compile()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // in the second run too, after one that went well
		p.Set(h, []float32{1, 2})
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		p.Value(h).F32[1] = nan
		if err := p.Run(); err == nil ||
			!strings.Contains(err.Error(), `state "h" is NaN at element 1 already before`) {
			t.Errorf("a state that is not finite: got %v", err)
		}
	}
}

// TestStatePrints: graph and tape tell a state from an input.
func TestStatePrints(t *testing.T) {
	g := &Graph{}
	_, h, next := running(g)
	if got, want := h.String(), `%1 = state "h" : float32 (2)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	p, err := g.Compile(next)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := p.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"accumulate  h x", "h       copy  %2",
		"-- states 8 B, from run to run: h float32 (2)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the tape has no %q:\n%s", want, b.String())
		}
	}
}

// TestMisuseOfStates: what cannot be is told, in words.
func TestMisuseOfStates(t *testing.T) {
	for _, c := range []struct {
		name, want string
		build      func(g *Graph)
	}{
		{"no such shape", `state "h": `, func(g *Graph) { g.State("h", 2, -1) }},
		{"another shape", `assign: state "h" holds float32 (2), the value is float32 (3)`,
			func(g *Graph) { g.Assign(g.State("h", 2), g.Input("x", 3)) }},
		{"two assignments", `assign: state "h" is assigned twice`, func(g *Graph) {
			x, h, _ := running(g)
			g.Assign(h, x)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &Graph{}
			c.build(g)
			if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	g := &Graph{}
	x, h, next := running(g)
	p, err := g.Compile(next)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(h, []float32{1, 2, 3})
	if err := p.Run(); err == nil || !strings.Contains(err.Error(), `set "h": got 3 elements`) {
		t.Errorf("a value that does not fit: got %v", err)
	}
	p.Set(x, []float32{1, 2})
	if _, err := p.Step(); err != nil {
		t.Fatal(err)
	}
	p.Reset()
	for err == nil {
		_, err = p.Step()
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	if err := p.Run(); err == nil || !strings.Contains(err.Error(), "reset: a run by Step is at instruction 1 of 2") {
		t.Errorf("Reset in the midst of a run: got %v", err)
	}
}
