package graph

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// root is y = √x, with slope 1/(2√x).
type root struct{ slope bool }

func (o root) String() string {
	if o.slope {
		return "root-slope"
	}
	return "root"
}
func (root) Types(in []Type) ([]Type, error) { return in[:1], nil }
func (root) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(times{}, dy[0], Apply(root{true}, in[0]))}
}
func (o root) Eval(dst, in []Tensor) error {
	for i, v := range in[0].F32 {
		dst[0].F32[i] = float32(math.Sqrt(float64(v)))
		if o.slope {
			dst[0].F32[i] = .5 / dst[0].F32[i]
		}
	}
	return nil
}

// descent is p - dp, an update that tells of what is not finite.
type descent struct{}

func (descent) String() string                       { return "descent" }
func (descent) Types(in []Type) ([]Type, error)      { return in[:1], nil }
func (descent) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (descent) InPlace(int) []int                    { return []int{0} }
func (descent) Eval(dst, in []Tensor) error {
	for i, v := range in[0].F32 {
		dst[0].F32[i] = v - in[1].F32[i]
	}
	if !dst[0].finite() {
		return ErrNotFinite
	}
	return nil
}

// rootStep is a step down √(x·p), in layer fc, and of a second parameter that it does not touch otherwise.
func rootStep(g *Graph) (x Node, p, q *Param, loss Node) {
	x, p, q = g.Input("x", 3), vec("p", 3), vec("q", 3)
	leave := g.Scope("fc")
	w, v := g.Param(p), g.Param(q)
	h := Apply(root{}, Apply(times{}, x, w))
	loss = Apply(total{}, Apply(sum{}, h, Apply(times{}, v, v)))
	leave()
	d := Gradients(loss, w, v)
	g.InPhase(Update, func() {
		g.Assign(w, Apply(descent{}, w, d[0]))
		g.Assign(v, Apply(descent{}, v, d[1]))
	})
	return x, p, q, loss
}

// ways to run a step. Each returns the error of a step that is not finite.
var ways = map[string]func(g *Graph, loss, x Node, v []float32) error{
	"run": func(g *Graph, loss, x Node, v []float32) error {
		return tapeWay(g, CompileOptions{}, loss, x, v, (*Program).Run)
	},
	"plain": func(g *Graph, loss, x Node, v []float32) error {
		return tapeWay(g, CompileOptions{NoFuse: true, Without: []string{"fold", "merge", "alias", "plan"}}, loss,
			x, v, (*Program).Run)
	},
	"checkpoint": func(g *Graph, loss, x Node, v []float32) error {
		return tapeWay(g, CompileOptions{Checkpoint: []string{"fc"}}, loss, x, v, (*Program).Run)
	},
	"constant": func(g *Graph, loss, x Node, v []float32) error {
		return tapeWay(g, CompileOptions{Constant: true}, loss, x, v, (*Program).Run)
	},
	"trace": func(g *Graph, loss, x Node, v []float32) error {
		return tapeWay(g, CompileOptions{}, loss, x, v,
			func(p *Program) error { return p.Trace(func(Frame) error { return nil }) })
	},
	"profile": func(g *Graph, loss, x Node, v []float32) error {
		return tapeWay(g, CompileOptions{}, loss, x, v, func(p *Program) error { _, err := p.Profile(1); return err })
	},
	"clone": func(g *Graph, loss, x Node, v []float32) error {
		return tapeWay(g, CompileOptions{}, loss, x, v, func(p *Program) error { return p.Clone().Run() })
	},
	"stock": func(g *Graph, loss, x Node, v []float32) error {
		s, err := g.Stock(loss)
		if err != nil {
			return err
		}
		s.Set(x, v)
		return s.Run()
	},
}

// tapeWay runs a step, and says what Check finds if it fails.
func tapeWay(g *Graph, opt CompileOptions, loss, x Node, v []float32, run func(*Program) error) error {
	p, err := g.CompileWith(opt, loss)
	if err != nil {
		return err
	}
	p.Set(x, v)
	if err = run(p); err == nil || p.StepNumber() != 0 {
		return err
	}
	found := p.Check()
	return errors.Join(err, found)
}

// TestUpdateNeedsFiniteNumbers: however the step is run, no parameter changes, and Check finds where it began.
func TestUpdateNeedsFiniteNumbers(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name, want, cause string
		x                 []float32
		spoil             func(p, q *Param)
	}{
		{name: "a gradient that is infinite, of a finite loss", x: []float32{1, 0, 1},
			want:  "the gradient of p is",
			cause: "root-slope, on the way back from root in fc, is the first to give +Inf"},
		{name: "a loss that is not a number", x: []float32{1, -1, 1}, want: "step 1: the loss is NaN",
			cause: "root in fc, is the first to give NaN"},
		{name: "an input that was not finite", x: []float32{1, inf, 1}, want: "step 1: the loss is +Inf",
			cause: `input "x" is +Inf at element 1 already`},
		{name: "a parameter that was not finite", x: []float32{1, 1, 1},
			spoil: func(_, q *Param) { q.value.F32[2] = nan },
			want:  "step 1: the loss is NaN", cause: `parameter "q" is NaN at element 2 already`},
		{name: "nothing", x: []float32{1, 1, 1}}, // negative control
	} {
		for way, run := range ways {
			t.Run(c.name+"/"+way, func(t *testing.T) {
				g := &Graph{Mode: Train}
				x, p, q, loss := rootStep(g)
				if c.spoil != nil {
					c.spoil(p, q)
				}
				bits := func() (all []uint32) {
					for _, v := range slices.Concat(p.value.F32, q.value.F32) {
						all = append(all, math.Float32bits(v))
					}
					return all
				}
				before := bits()
				err := run(g, loss, x, c.x)
				if changed := !slices.Equal(bits(), before); changed != (c.want == "") {
					t.Errorf("the parameters changed: %v", changed)
				}
				if c.want == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				want := []string{c.want, c.cause}
				if way == "stock" {
					want = []string{"step 1: the "}
				}
				var bad *NonFiniteError
				if !errors.As(err, &bad) {
					t.Fatalf("got %v", err)
				}
				for _, w := range want {
					if !strings.Contains(err.Error(), w) {
						t.Errorf("got %v, want %s", err, w)
					}
				}
			})
		}
	}
}

// TestAssignedByHand: what a user assigns is looked at too, with or without a loss, unless the parameter is declared
// unbounded.
func TestAssignedByHand(t *testing.T) {
	inf := float32(math.Inf(-1))
	for _, unbounded := range []bool{false, true} {
		g := &Graph{}
		x, m, n := g.Input("x", 2), vec("mask", 2), vec("count", 2)
		m.SetUnbounded(unbounded)
		g.Assign(g.Param(m), Apply(double{1}, x))
		g.Assign(g.Param(n), Apply(double{2}, g.Param(n)))
		p := mustCompile(t, g)
		p.Set(x, []float32{1, inf})
		err := p.Run()
		if unbounded {
			if err != nil {
				t.Error(err)
			}
			wantValue(t, "the mask", m.Tensor(), 1, inf)
			mustRun(t, p) // and as an operand it is no mistake either
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "is -Inf at element 1") {
			t.Errorf("got %v", err)
		}
		wantValue(t, "the mask", m.Tensor(), 1, 2)
		wantValue(t, "another parameter", n.Tensor(), 1, 2)
	}
}

// TestUpdateThatOverflows: the run goes to its end, says so, and the next does not begin.
func TestUpdateThatOverflows(t *testing.T) {
	g := &Graph{}
	w, v := vec("w", 2), vec("v", 2)
	x := g.Input("x", 2)
	g.InPhase(Update, func() {
		g.Assign(g.Param(w), Apply(descent{}, g.Param(w), x))
		g.Assign(g.Param(v), Apply(descent{}, g.Param(v), g.Full(1, 2)))
	})
	p := mustCompile(t, g)
	w.value.F32[1] = -math.MaxFloat32
	p.Set(x, []float32{1, math.MaxFloat32})
	var bad *NonFiniteError
	err := p.Run()
	if want := `step 1: the update is done and left parameter "w" with -Inf at element 1, from finite numbers: ` +
		`instruction`; !errors.As(err, &bad) || !bad.Done || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
	wantValue(t, "the other parameter", v.value, 0, 1)
	if err := p.Run(); !errors.As(err, &bad) || !bad.Given || p.StepNumber() != 1 {
		t.Errorf("got %v after %d steps", err, p.StepNumber())
	}
	wantValue(t, "the other parameter", v.value, 0, 1)
	w.value.F32[1] = 0
	mustRun(t, p)
	wantValue(t, "the other parameter", v.value, -1, 0)
}

// TestInnocentInfinities: a constant mask of -Inf is not named, but what makes a NaN of it is.
func TestInnocentInfinities(t *testing.T) {
	inf := float32(math.Inf(-1))
	g := &Graph{}
	x := g.Input("x", 2)
	masked := Apply(sum{}, x, g.Constant(FromFloat32([]float32{0, inf}, 2)))
	low := Apply(times{}, masked, g.Constant(FromFloat32([]float32{1, 0}, 2)))
	fine := Apply(double{1}, x)
	p := mustCompile(t, g, low, fine)
	p.Set(x, []float32{1, 1})
	if err := p.Check(); err == nil || !strings.Contains(err.Error(), "times, is the first to give NaN") {
		t.Errorf("got %v, want the product of 0 and infinity", err)
	}
	p = mustCompile(t, g, fine)
	p.Set(x, []float32{1, 1})
	if err := p.Check(); err != nil {
		t.Errorf("got %v", err)
	}
}
