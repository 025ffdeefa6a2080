package trace_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz/trace"
)

// TestChecks: every gradient agrees with central differences.
func TestChecks(t *testing.T) {
	for _, p := range programs {
		run := record(t, p.make(t), trace.Options{})
		checks := run.States[0].Checks
		for _, c := range checks {
			if !c.OK || c.Error > 1e-5 || len(c.At) == 0 && c.Why == "" {
				t.Errorf("%s: %s: %+v", p.name, run.Nodes[c.Grad].Name, c)
			}
		}
		if len(checks) == 0 {
			t.Errorf("%s: no gradient was checked", p.name)
		}
	}
}

// slope is 2x, whose rule gives the derivative times a factor that should be 1.
type slope struct{ factor float64 }

func (slope) String() string                              { return "slope" }
func (slope) Types(in []graph.Type) ([]graph.Type, error) { return in[:1], nil }
func (s slope) Grad(_, dy, _ []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{ops.Scale(dy[0], 2*s.factor)}
}
func (slope) Eval(dst, in []graph.Tensor) error {
	for i, v := range in[0].F64 {
		dst[0].F64[i] = 2 * v
	}
	return nil
}

// TestWrongRule: with a wrong rule, and only then, the check fails; also where it is wrong by little.
func TestWrongRule(t *testing.T) {
	for _, c := range []struct {
		factor float64
		ok     bool
	}{{1, true}, {-1, false}, {1.001, false}, {0, false}} {
		g := &graph.Graph{DType: graph.Float64}
		x := g.Input("x", 3)
		loss := ops.Sum(ops.Square(graph.Apply(slope{c.factor}, x)))
		graph.Gradients(loss, x)
		run := record(t, compiled(t, loss, map[graph.Node]any{x: []float64{1, 2, 3}}), trace.Options{})
		failed := 0
		for _, check := range run.States[0].Checks {
			if !check.OK {
				failed++
			}
		}
		if (failed == 0) != c.ok {
			t.Errorf("with a rule that is %v times what it should be %d checks fail", c.factor, failed)
		}
	}
}

// TestCheckPlaces: kinks are told, stops are held, random numbers repeat, and what cannot be checked is not.
func TestCheckPlaces(t *testing.T) {
	for _, c := range []struct {
		name  string
		float graph.DType
		opt   trace.Options
		f     func(x graph.Node) graph.Node
		at    int // elements that are compared
		why   string
	}{
		{"a kink is told, and its element left out", graph.Float64, trace.Options{}, func(x graph.Node) graph.Node {
			return ops.Square(ops.ReLU(ops.AddScalar(x, -2))) // x = 2 is no kink of the square
		}, 3, ""},
		{"ReLU at 0 is one", graph.Float64, trace.Options{}, func(x graph.Node) graph.Node {
			return ops.ReLU(ops.AddScalar(x, -2))
		}, 2, "kink"},
		{"at the kink of |x| both agree", graph.Float64, trace.Options{}, func(x graph.Node) graph.Node {
			return ops.Abs(ops.AddScalar(x, -2))
		}, 3, ""},
		{"what is behind a stop stays as it was", graph.Float64, trace.Options{}, func(x graph.Node) graph.Node {
			return ops.Mul(x, ops.StopGradient(x))
		}, 3, ""},
		{"dropout draws the same mask", graph.Float64, trace.Options{}, func(x graph.Node) graph.Node {
			return ops.Dropout(ops.Square(x), .5)
		}, 3, ""},
		{"equal numbers that are sorted have no gradient", graph.Float64, trace.Options{},
			func(x graph.Node) graph.Node {
				y, _ := ops.Sort(ops.Expand(ops.Mean(x), 3), 0, true)
				return ops.Mul(y, ops.StopGradient(ops.Abs(ops.AddScalar(x, -2))))
			}, 3, ""},
		{"where gradients cancel, rounding is no mistake", graph.Float64, trace.Options{},
			func(x graph.Node) graph.Node {
				y := ops.Expand(ops.Mean(ops.Square(x)), 3)
				return ops.Mul(ops.Sub(y, ops.MeanKeep(y, 0)), ops.StopGradient(ops.Sin(x)))
			}, 0, "too small"},
		{"as many elements as are asked for", graph.Float64, trace.Options{Checks: 2}, ops.Square, 2, ""},
		{"none if none are asked for", graph.Float64, trace.Options{Checks: trace.NoChecks}, ops.Square, -1, ""},
		{"none in float32, which is too coarse", graph.Float32, trace.Options{}, ops.Square, -1, ""},
	} {
		g := &graph.Graph{Mode: graph.Train, DType: c.float}
		x := g.Input("x", 3)
		loss := ops.Sum(c.f(x))
		dx := graph.Gradients(loss, x)[0]
		p := compiled(t, loss, map[graph.Node]any{x: []float64{1, 2, 3}})
		r, err := trace.NewRecorder(p, c.opt)
		must(t, err)
		must(t, r.Add(trace.Text{}))
		run, err := r.Run()
		must(t, err)
		at, why := -1, ""
		for _, check := range run.States[0].Checks {
			if check.Grad == r.Node(dx) {
				at, why = len(check.At), check.Why
			}
			if !check.OK {
				t.Errorf("%s: %+v fails", c.name, check)
			}
		}
		if at != c.at || why != c.why {
			t.Errorf("%s: %d elements are compared, %q", c.name, at, why)
		}
	}
}

// TestWork: work that is bounded leaves out elements, and takes parameters first.
func TestWork(t *testing.T) {
	all := record(t, lenet(t), trace.Options{}).States[0].Checks
	few := record(t, lenet(t), trace.Options{Work: 3e6}).States[0]
	run := record(t, lenet(t), trace.Options{Work: 3e6})
	if len(few.Checks) >= len(all) || len(few.Checks) == 0 {
		t.Errorf("%d gradients are checked with little work, %d with much", len(few.Checks), len(all))
	}
	for _, c := range few.Checks {
		if of := run.Nodes[run.Nodes[c.Grad].GradOf]; of.Kind != "parameter" {
			t.Errorf("the gradient of %s is checked before those of parameters", of.Name)
		}
	}
}

// TestNotFinite: what is not finite is recorded up to where the step ends, survives the file, and is pointed at.
func TestNotFinite(t *testing.T) {
	g := &graph.Graph{DType: graph.Float64}
	x, w := g.Input("x", 2), g.Param(parameter("w", []float64{1, 2}, 2))
	y := ops.Log(ops.Mul(x, w))
	loss := ops.Sum(y)
	train.Minimize(loss, &train.SGD{LR: .1})
	p := compiled(t, loss, map[graph.Node]any{x: []float64{-1, 0}})
	r, err := trace.NewRecorder(p, trace.Options{})
	must(t, err)
	must(t, r.Add(trace.Text{}))
	run, err := r.Run()
	must(t, err)
	run = through(t, run)
	v, ok := run.Tensor(0, r.Node(y))
	if !ok || !math.IsNaN(v.F64[0]) || !math.IsInf(v.F64[1], -1) {
		t.Errorf("the logarithm of -1 and 0 is %v", v)
	}
	alarms := run.States[0].Alarms
	if len(alarms) == 0 || alarms[0].Kind != trace.NotFinite || alarms[0].Node != r.Node(y) ||
		!strings.Contains(alarms[0].Text.En, "1 NaN and 1 infinite elements of 2") {
		t.Errorf("the alarms are %+v", alarms)
	}
	for i, n := range run.Nodes {
		if n.Assigns >= 0 && run.States[0].Values[i].Data != "" {
			t.Error("the parameter is updated")
		}
	}
}

// TestSmall: a gradient counts as one that agrees only where differences can measure it; kinks and what is steep or
// narrow are told apart; and a wrong rule is found wherever a right one is measured.
func TestSmall(t *testing.T) {
	scaled := func(f func(graph.Node) graph.Node, by float64) func(graph.Node) graph.Node {
		return func(x graph.Node) graph.Node { return ops.Scale(f(x), by) }
	}
	for _, c := range []struct {
		name string
		x    float64
		f    func(x graph.Node) graph.Node
		want string // agrees, or why it is left out
	}{
		{"a gradient far below the loss", 3, func(x graph.Node) graph.Node {
			return ops.AddScalar(ops.Scale(x, 1e-60), 1)
		}, "too small"},
		{"one that is small beside 1, not beside the loss", 1, scaled(ops.Square, 1e-9), "agrees"},
		{"a loss of 10¹⁰ needs wide steps", 3, func(x graph.Node) graph.Node {
			return ops.AddScalar(ops.Square(x), 1e10)
		}, "agrees"},
		{"a loss of 10¹⁵ hides it", 3, func(x graph.Node) graph.Node {
			return ops.AddScalar(ops.Square(x), 1e15)
		}, "too small"},
		{"a gradient of 0 where nothing moves", -1, ops.ReLU, "agrees"},
		{"a logarithm near its end", 1e-6, ops.Log, "agrees"},
		{"nearer", 1e-12, ops.Log, "agrees"},
		{"a fast sine", 1, func(x graph.Node) graph.Node { return ops.Sin(ops.Scale(x, 1e6)) }, "agrees"},
		{"a steep reciprocal", 1e-4, ops.Reciprocal, "agrees"},
		{"a tie of three", 2, func(x graph.Node) graph.Node {
			return ops.Max(ops.Concat(0, ops.Reshape(x, 1), ops.Reshape(ops.AddScalar(ops.Scale(x, .5), 1), 1),
				ops.Reshape(ops.AddScalar(ops.Scale(x, 3), -4), 1)))
		}, "kink"},
		{"a kink that is small beside the loss", 0, func(x graph.Node) graph.Node {
			return ops.AddScalar(ops.ReLU(x), 1e6)
		}, "kink"},
		{"a kink nearby is none", 1e-7, ops.ReLU, "agrees"},
		{"a large element", 1e9, ops.Square, "agrees"},
		{"a saturated sigmoid", 34, ops.Sigmoid, "too small"},
	} {
		for _, wrong := range []bool{false, true} {
			g := &graph.Graph{DType: graph.Float64}
			x := g.Input("x")
			y := x
			if wrong {
				y = graph.Apply(erring{1.01}, x)
			}
			loss := c.f(y)
			graph.Gradients(loss, x)
			run := record(t, compiled(t, loss, map[graph.Node]any{x: c.x}), trace.Options{})
			got := "nothing"
			for _, check := range run.States[0].Checks {
				if run.Nodes[check.Grad].GradOf != 0 {
					continue
				}
				switch got = check.Why; {
				case !check.OK:
					got = "wrong"
				case len(check.At) > 0:
					got = "agrees"
				}
			}
			want := c.want
			if wrong && want == "agrees" && c.name != "a gradient of 0 where nothing moves" {
				want = "wrong"
			}
			if got != want {
				t.Errorf("%s, a wrong rule: %v: the check says %q, want %q: %+v", c.name, wrong, got, want,
					run.States[0].Checks)
			}
		}
	}
}

// erring is x, whose rule gives a factor that should be 1.
type erring struct{ factor float64 }

func (erring) String() string                              { return "erring" }
func (erring) Types(in []graph.Type) ([]graph.Type, error) { return in[:1], nil }
func (e erring) Grad(_, dy, _ []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{ops.Scale(dy[0], e.factor)}
}
func (erring) Eval(dst, in []graph.Tensor) error { dst[0].CopyFrom(in[0]); return nil }
