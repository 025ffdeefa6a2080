package ops

import (
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

var roles = []graph.Role{graph.RoleElementwise, graph.RoleData, graph.RoleParam, graph.RoleLinear,
	graph.RoleActivation,
	graph.RoleNorm, graph.RolePool, graph.RoleLoss, graph.RoleView, graph.RoleRandom, graph.RoleUpdate}

// TestEveryOpDraws: all ops that can be on a tape, those of the compiler too, say how they are drawn. Ops of
// Gorgonia's do not know.
func TestEveryOpDraws(t *testing.T) {
	for _, dir := range []string{".", "../graph"} {
		found := 0
		for name, methods := range methodsOf(sources(t, dir)) {
			if !slices.Contains(methods, "Eval") || name == "foreign" {
				continue
			}
			found++
			if !slices.Contains(methods, "Draw") {
				t.Errorf("%s: op %s has no Draw", dir, name)
			}
		}
		if found < 4 {
			t.Errorf("%s: %d ops found", dir, found)
		}
	}
}

// TestDrawnTapes: every instruction of the tapes of all cases, joined and not, has a role and a label.
func TestDrawnTapes(t *testing.T) {
	check := func(name string, g *graph.Graph, opt graph.CompileOptions, outputs ...graph.Node) {
		t.Helper()
		p, err := g.CompileWith(opt, outputs...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, in := range p.Instructions() {
			if !slices.Contains(roles, in.Role) || in.Label == "" || strings.Contains(in.Label, "\n") {
				t.Errorf("%s: %v has role %q, label %q", name, in, in.Role, in.Label)
			}
		}
	}
	for _, c := range cases() {
		g, _, wrt, y := c.arrange(graph.Float32)
		outputs := []graph.Node{y}
		if c.first || c.second {
			outputs = append(outputs, graph.Gradients(weigh(y, 1), wrt...)...)
		}
		for _, opt := range []graph.CompileOptions{{}, {Constant: true}, {Teach: true}} {
			check(c.name, g, opt, outputs...)
		}
	}
	for _, c := range joinCases() {
		g := &graph.Graph{Mode: c.mode}
		check(c.name, g, graph.CompileOptions{}, c.build(g)...)
	}
}

// TestDrawnJoins: what is joined is drawn as what it is made of.
func TestDrawnJoins(t *testing.T) {
	for _, c := range []struct {
		name, label string
		role        graph.Role
		build       func(g *graph.Graph, x, w graph.Node) graph.Node
	}{
		{"a product and what follows it", "Linear + Add + ReLU", graph.RoleLinear,
			func(g *graph.Graph, x, w graph.Node) graph.Node {
				return ReLU(Add(Linear(x, w, graph.Node{}), x))
			}},
		{"arithmetic and an activation", "Mul · Sigmoid", graph.RoleActivation,
			func(g *graph.Graph, x, w graph.Node) graph.Node {
				return Sigmoid(Mul(x, w))
			}},
		{"arithmetic alone", "Mul · Sub", graph.RoleElementwise, func(g *graph.Graph, x, w graph.Node) graph.Node {
			return Sub(Mul(x, w), w)
		}},
		{"an activation and then arithmetic", "Tanh · Mul", graph.RoleActivation,
			func(g *graph.Graph, x, w graph.Node) graph.Node {
				return Mul(Tanh(x), w)
			}},
		{"an assignment", "Assign", graph.RoleUpdate, func(g *graph.Graph, x, w graph.Node) graph.Node {
			g.Assign(w, x)
			return x
		}},
		{"a value of a parameter from before its assignment", "Copy", graph.RoleView,
			func(g *graph.Graph, x, w graph.Node) graph.Node {
				g.InPhase(graph.Update, func() { g.Assign(w, Scale(w, 2)) })
				return w
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			x, w := g.Input("x", 3, 3), g.State("w", 3, 3)
			p, err := g.Compile(c.build(g, x, w))
			if err != nil {
				t.Fatal(err)
			}
			if in := p.Instructions()[0]; in.Role != c.role || in.Label != c.label {
				t.Errorf("%v is drawn as %s %q, want %s %q", in, in.Role, in.Label, c.role, c.label)
			}
		})
	}
}
