package graph

import (
	"slices"
	"strings"
	"testing"
)

// labelled is a parameter of a model with that label.
func labelled(label, name string, n int) *Param {
	p := vec(name, n)
	p.SetLabel(label)
	return p
}

// TestShownNames: leaves of equal names are shown by names of their own, and what they are called stays.
func TestShownNames(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(g *Graph) []Node
		want  []string
	}{
		{"two parameters", func(g *Graph) []Node { return []Node{g.Param(vec("w", 2)), g.Param(vec("w", 2))} },
			[]string{"w", "w#2"}},
		{"two models with labels", func(g *Graph) []Node {
			return []Node{g.Param(labelled("generator", "main.0.weight", 2)),
				g.Param(labelled("critic", "main.0.weight", 2))}
		}, []string{"generator.main.0.weight", "critic.main.0.weight"}},
		{"two models with one label", func(g *Graph) []Node {
			return []Node{g.Param(labelled("a", "w", 2)), g.Param(labelled("a", "w", 2)),
				g.Param(labelled("a", "w", 2))}
		}, []string{"a.w", "a.w#2", "a.w#3"}},
		{"a name that looks like a second", func(g *Graph) []Node {
			return []Node{g.Param(vec("w#2", 2)), g.Param(vec("w", 2)), g.Param(vec("w", 2))}
		}, []string{"w#2", "w", "w#3"}},
		{"an input, a state and a parameter", func(g *Graph) []Node {
			return []Node{g.Input("x", 2), g.Param(vec("x", 2)), g.State("x", 2)}
		}, []string{"x", "x#2", "x#3"}},
		{"a parameter and then an input",
			func(g *Graph) []Node { return []Node{g.Param(vec("x", 2)), g.Input("x", 2)} },
			[]string{"x", "x#2"}},
		{"two states", func(g *Graph) []Node { return []Node{g.State("h", 2), g.State("h", 2)} },
			[]string{"h", "h#2"}},
		{"the number of the step", func(g *Graph) []Node { return []Node{g.Input("step#", 2), g.Step()} },
			[]string{"step#", "step##2"}},
		{"one parameter, twice", func(g *Graph) []Node {
			p := vec("w", 2)
			return []Node{g.Param(p), g.Param(p)}
		}, []string{"w", "w"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &Graph{}
			var got []string
			backs := map[string]Node{}
			for _, n := range c.build(g) {
				got = append(got, n.Name())
				if other, taken := backs[n.Gorgonia().Name()]; taken && other != n {
					t.Errorf("two nodes of Gorgonia are named %q", n.Gorgonia().Name())
				}
				backs[n.Gorgonia().Name()] = n
			}
			if g.Err() != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, %v, want %q", got, g.Err(), c.want)
			}
		})
	}
	if p := labelled("generator", "main.0.weight", 1); p.Name() != "main.0.weight" || p.Label() != "generator" {
		t.Errorf("got name %q, label %q", p.Name(), p.Label())
	}
}

// TestEqualNames: two parameters of one name are trained side by side, on all engines.
func TestEqualNames(t *testing.T) {
	for name, compile := range engines {
		t.Run(name, func(t *testing.T) {
			g := &Graph{Mode: Train}
			p, q := vec("w", 2), vec("w", 2)
			x, a, b := g.Input("w", 2), g.Param(p), g.Param(q)
			loss := Apply(total{}, Apply(sum{}, Apply(times{}, x, a), Apply(times{}, b, b)))
			d := Gradients(loss, a, b)
			g.InPhase(Update, func() {
				g.Assign(a, Apply(descent{}, a, d[0]))
				g.Assign(b, Apply(descent{}, b, d[1]))
			})
			e, err := compile(g, loss)
			if err != nil {
				t.Fatal(err)
			}
			p.Tensor().CopyFrom(FromFloat32([]float32{1, 2}, 2))
			q.Tensor().CopyFrom(FromFloat32([]float32{3, 4}, 2))
			e.Set(x, []float32{5, 6})
			if got := result(t, e, loss); got[0] != 1*5+2*6+3*3+4*4 {
				t.Errorf("loss %v", got)
			}
			if got := p.Tensor().F32; !slices.Equal(got, []float32{1 - 5, 2 - 6}) {
				t.Errorf("the first parameter is %v", got)
			}
			if got := q.Tensor().F32; !slices.Equal(got, []float32{3 - 2*3, 4 - 2*4}) {
				t.Errorf("the second parameter is %v", got)
			}
			if prog, ok := e.(*Program); ok {
				var b strings.Builder
				if _, err := prog.WriteTo(&b); err != nil {
					t.Fatal(err)
				}
				for _, want := range []string{"w#2", "w#3", "∂w#3"} {
					if !strings.Contains(b.String(), want) {
						t.Errorf("the tape does not name %s:\n%s", want, b.String())
					}
				}
			}
		})
	}
}

// TestStepByKind: the number of the step is known by its kind, whatever inputs are called.
func TestStepByKind(t *testing.T) {
	g := &Graph{}
	x, step := g.Input("step#", 2), g.Step()
	if x.Kind() != KindInput || step.Kind() != KindStep {
		t.Errorf("got kinds %d and %d", x.Kind(), step.Kind())
	}
	p := mustCompile(t, g, x, step)
	if err := p.Run(); err == nil || !strings.Contains(err.Error(), `never set: input "step#"`) {
		t.Errorf("got %v", err)
	}
	p.Set(x, []float32{1, 2})
	for want := int64(1); want < 4; want++ {
		if err := p.Run(); err != nil || p.Value(step).I64[0] != want {
			t.Errorf("step %v, %v, want %d", p.Value(step).I64, err, want)
		}
	}
}

// TestScopeOf: layers of two models are told apart by the first part of their path.
func TestScopeOf(t *testing.T) {
	type model struct{ layers int }
	a, b := &model{1}, &model{1}
	g := &Graph{}
	for i, c := range []struct {
		name, path, want string
		owner            any
	}{
		{"the first model", "layer1.0.conv1", "layer1.0.conv1", a},
		{"a second", "layer1.0.conv1", "layer1#2.0.conv1", b},
		{"another layer of the second", "layer1.1", "layer1#2.1", b},
		{"a layer that the second has first", "fc", "fc", b},
		{"and now the first", "fc", "fc#2", a},
		{"the first again", "layer1", "layer1", a},
		{"no path", "", "", a},
		{"no owner", "fc", "fc", nil},
		{"an owner that cannot be compared", "fc", "fc", []int{1}},
		{"a third model", "layer1", "layer1#3", &model{}},
	} {
		leave := g.ScopeOf(c.owner, c.path)
		if got := g.CurrentScope(); got != c.want {
			t.Errorf("%d, %s: got %q, want %q", i, c.name, got, c.want)
		}
		leave()
		if got := g.CurrentScope(); got != "" {
			t.Errorf("%d, %s: %q is left open", i, c.name, got)
		}
	}
}

// TestNamed: a name is what drawings show of a constant, changes neither how it prints nor what it is, and is none of
// a node that is not valid.
func TestNamed(t *testing.T) {
	g := &Graph{}
	a, b := g.Full(2, 3), g.Full(2, 3).Named("two")
	if _, label := RoleOf(b); label != "two" || b.Label() != "two" || a.Label() != "" {
		t.Errorf("drawn as %q, named %q and %q", label, b.Label(), a.Label())
	}
	if a.Name() != b.Name() || a.Op() != b.Op() {
		t.Errorf("%s and %s differ", a.Name(), b.Name())
	}
	bad := g.Constant(Tensor{})
	if bad.Valid() || bad.Named("nothing").Label() != "" {
		t.Error("a node that is not valid is named")
	}
}
