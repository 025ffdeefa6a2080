package trace_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz/trace"
)

// scalars is f = (x + σ(y)) / (σ(x) + (x+y)²) at x = 3, y = -4, of CS231n.
func scalars(t testing.TB) *graph.Program {
	g := &graph.Graph{DType: graph.Float64, Lines: true}
	x, y := g.Input("x"), g.Input("y")
	f := ops.Div(ops.Add(x, ops.Sigmoid(y)), ops.Add(ops.Sigmoid(x), ops.Square(ops.Add(x, y))))
	graph.Gradients(f, x, y)
	return compiled(t, f, map[graph.Node]any{x: 3., y: -4.})
}

// square is x·x at 3, whose gradient has two terms.
func square(t testing.TB) *graph.Program {
	g := &graph.Graph{DType: graph.Float64}
	x := g.Input("x")
	y := ops.Mul(x, x)
	graph.Gradients(y, x)
	return compiled(t, y, map[graph.Node]any{x: 3.})
}

// lenet is a step of LeNet-5 by Adam on two pictures.
func lenet(t testing.TB) *graph.Program {
	g := &graph.Graph{Mode: graph.Train, DType: graph.Float64, Lines: true}
	m := cnn.NewLeNet5(10)
	must(t, m.Params().SetDType(graph.Float64))
	x, y := g.Input("x", 2, 1, 28, 28), g.Indices("y", 2)
	loss := ops.CrossEntropy(m.Forward(x), y)
	train.Minimize(loss, &train.Adam{})
	return compiled(t, loss, map[graph.Node]any{x: wave(2 * 28 * 28), y: []int{3, 7}})
}

// recurrent has states, dropout, statistics of a batch and a stop.
func recurrent(t testing.TB) *graph.Program {
	g := &graph.Graph{Mode: graph.Train, DType: graph.Float64}
	s := nn.NewScope()
	must(t, s.Params().SetDType(graph.Float64))
	x, h := g.Input("x", 4, 6), g.State("h", 4, 5)
	z := ops.Tanh(ops.Add(nn.NewLinear(s.Sub("fc"), 6, 5).Forward(x), ops.Scale(h, .5)))
	g.Assign(h, z)
	z = ops.Dropout(nn.NewBatchNorm1D(s.Sub("bn"), 5).Forward(z), .3)
	loss := ops.Mean(ops.Square(ops.Sub(z, ops.StopGradient(ops.Scale(z, .5)))))
	train.Minimize(loss, &train.SGD{LR: .1, Momentum: .9})
	return compiled(t, loss, map[graph.Node]any{x: wave(24)})
}

// penalised takes the gradient of a gradient.
func penalised(t testing.TB) *graph.Program {
	g := &graph.Graph{DType: graph.Float64}
	x, w := g.Input("x", 3, 2), g.Param(parameter("w", wave(4), 2, 2))
	score := ops.Sum(ops.Tanh(ops.MatMul(x, w)))
	slope := graph.Gradients(score, x)[0]
	loss := ops.Add(ops.Mean(ops.Square(slope)), score)
	graph.Gradients(loss, w)
	return compiled(t, loss, map[graph.Node]any{x: wave(6)})
}

// imported is a program of Gorgonia's with its own ops.
func imported(t testing.TB) *graph.Program {
	e := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(e, gorgonia.Float64, gorgonia.WithName("x"), gorgonia.WithShape(2, 3))
	w := gorgonia.NewMatrix(e, gorgonia.Float64, gorgonia.WithName("w"), gorgonia.WithShape(3, 2),
		gorgonia.WithInit(gorgonia.Ones()))
	h := gorgonia.Must(gorgonia.Tanh(gorgonia.Must(gorgonia.Mul(x, w))))
	y := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sigmoid(h))))))
	g, err := graph.FromGorgonia(e, graph.ImportOptions{})
	must(t, err)
	loss := g.NodeOf(y)
	train.Minimize(loss, &train.SGD{LR: .1})
	return compiled(t, loss, map[graph.Node]any{g.NodeOf(x): wave(6)})
}

func parameter(name string, v []float64, shape ...int) *graph.Param {
	p := graph.NewParam(name, graph.Type{DType: graph.Float64, Shape: shape})
	copy(p.Tensor().F64, v)
	return p
}

// wave is n numbers between -1 and 1.
func wave(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = math.Sin(float64(i) + .5)
	}
	return v
}

// compiled is the tape of a lesson of all that the graph of out computes, gradients included.
func compiled(t testing.TB, out graph.Node, set map[graph.Node]any) *graph.Program {
	t.Helper()
	g := out.Graph()
	all := []graph.Node{out}
	for _, n := range g.Nodes() {
		if n.GradOf().Valid() {
			all = append(all, n)
		}
	}
	p, err := g.CompileWith(graph.CompileOptions{Teach: true}, all...)
	if err != nil {
		t.Fatal(err)
	}
	for n, v := range set {
		p.Set(n, v)
	}
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func record(t testing.TB, p *graph.Program, opt trace.Options) trace.Run {
	t.Helper()
	run, err := trace.Record(p, opt)
	must(t, err)
	return run
}

// value is that of a node, which is stored whole.
func value(t testing.TB, run trace.Run, i int) graph.Tensor {
	t.Helper()
	v, ok := run.Tensor(0, i)
	if !ok {
		t.Fatalf("node %d, %s, is not whole", i, run.Nodes[i].Name)
	}
	return v
}

var programs = []struct {
	name string
	make func(t testing.TB) *graph.Program
}{
	{"a circuit of scalars", scalars}, {"a number times itself", square}, {"a convolutional network by Adam", lenet},
	{"states, dropout and statistics", recurrent}, {"a gradient of a gradient", penalised},
	{"a program of Gorgonia's", imported},
}

// TestRecordIsTheRun: operands and results of every instruction are, to the bit, what another run of the same program
// shows; and what leaves hold is from before the step.
func TestRecordIsTheRun(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			run := record(t, p.make(t), trace.Options{})
			err := p.make(t).Trace(func(f graph.Frame) error {
				in := run.Instructions[f.Index]
				for k, i := range in.Operands {
					if got := value(t, run, i); !same(got, f.In[k]) {
						t.Errorf("%s: operand %d is %v, want %v", in.Text, k, got, f.In[k])
					}
				}
				for k, i := range in.Results {
					if f.Out[k].Check() == nil && !same(value(t, run, i), f.Out[k]) {
						t.Errorf("%s: result %d is %v, want %v", in.Text, k, value(t, run, i), f.Out[k])
					}
				}
				return nil
			})
			must(t, err)
			for i, n := range run.Nodes {
				if n.Assigns >= 0 && run.Nodes[n.Assigns].Kind == "state" &&
					same(value(t, run, i), value(t, run, n.Assigns)) {
					t.Errorf("%s is the same before its assignment and after", run.Nodes[n.Assigns].Name)
				}
			}
		})
	}
}

func same(a, b graph.Tensor) bool {
	bits := func(v []float64) (all []uint64) {
		for _, x := range v {
			all = append(all, math.Float64bits(x))
		}
		return all
	}
	return a.Type.Equal(b.Type) && slices.Equal(bits(a.F64), bits(b.F64)) && slices.Equal(a.I64, b.I64)
}

// TestForks: contributions add up to the gradient, and are those of the textbook.
func TestForks(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t testing.TB) *graph.Program
		node string
		want []float64 // contributions
	}{
		{"a number times itself has two, dy·x each", square, "x", []float64{3, 3}},
		// by hand: dx = 0.5121444 + 1.5831869 - 0.0357615, dy = 0.0090459 + 1.5831869
		{"three ways lead from x to f", scalars, "x", []float64{1.5831869, -0.0357615, 0.5121444}},
		{"two lead from y", scalars, "y", []float64{1.5831869, 0.0090459}},
	} {
		run, found := record(t, c.make(t), trace.Options{}), false
		for _, f := range run.Forks {
			sum := 0.
			for k, s := range f.Steps {
				v := value(t, run, run.Steps[s].D).At(0)
				if sum += v; run.Nodes[f.Node].Name == c.node && math.Abs(v-c.want[k]) > 1e-7 {
					t.Errorf("%s: contribution %d is %v, want %v", c.name, k, v, c.want[k])
				}
			}
			found = found || run.Nodes[f.Node].Name == c.node && len(f.Steps) == len(c.want)
			if total := value(t, run, f.Sum).At(0); math.Abs(sum-total) > 1e-12*math.Abs(total) {
				t.Errorf("%s: the contributions add up to %v, the gradient is %v", c.name, sum, total)
			}
		}
		if !found {
			t.Errorf("%s: there is no such fork of %s", c.name, c.node)
		}
	}
}

// TestLocals: where a step has a local derivative, the gradient of the result times it is the contribution, number by
// number; ops that mix elements have none.
func TestLocals(t *testing.T) {
	for _, p := range programs {
		run := record(t, p.make(t), trace.Options{})
		count := 0
		for _, s := range run.Steps {
			if op := run.Nodes[s.Of].Op; s.Local < 0 {
				if op == "sigmoid" || op == "tanh" || op == "mul" {
					t.Errorf("%s: %s has no local derivative", p.name, op)
				}
				continue
			} else if op == "matmul" || op == "batchnorm" {
				t.Errorf("%s: %s has a local derivative", p.name, op)
			}
			count++
			g, l, d := value(t, run, s.Up), value(t, run, s.Local), value(t, run, s.D)
			for i := range d.Shape.Size() {
				if got := g.At(i) * l.At(i); math.Abs(got-d.At(i)) > 1e-12*max(1e-30, math.Abs(got)) {
					t.Errorf("%s: %s: %v times %v is not %v", p.name, run.Nodes[s.Of].Name, g.At(i), l.At(i), d.At(i))
				}
			}
		}
		if foreign := p.name == "a program of Gorgonia's"; (count == 0) != foreign { // its ops cannot be applied again
			t.Errorf("%s: no step has a local derivative, or one of Gorgonia's has", p.name)
		}
	}
}

// TestKinds: parameters, moments, rates, gradients and assignments are told apart.
func TestKinds(t *testing.T) {
	run := record(t, lenet(t), trace.Options{})
	count := map[string]int{}
	for _, n := range run.Nodes {
		count[n.Kind]++
		switch {
		case n.Assigns >= 0:
			count["assigned "+run.Nodes[n.Assigns].Kind]++
			if n.Phase != "update" {
				t.Errorf("the assignment of %s is in the phase %s", n.Label, n.Phase)
			}
		case n.GradOf >= 0 && run.Nodes[n.GradOf].Kind == "parameter":
			count["gradient"]++
		}
		if n.Frozen {
			t.Errorf("%s is frozen", n.Name)
		}
	}
	for kind, want := range map[string]int{"parameter": 10, "gradient": 10, "state": 20, "input": 4, // x, y, lr, step
		"assigned parameter": 10, "assigned state": 20} {
		if count[kind] != want {
			t.Errorf("there are %d of kind %q, want %d", count[kind], kind, want)
		}
	}
	if loss := run.Nodes[run.Loss]; loss.Op != "cross-entropy" {
		t.Errorf("the loss is %s", loss.Name)
	}
	if f := run.Fast; f.Instructions >= len(run.Instructions) || f.Arena >= f.Values ||
		len(f.Lines) != f.Instructions {
		t.Errorf("the fast tape has %d instructions of %d, and an arena of %d bytes of %d", f.Instructions,
			len(run.Instructions), f.Arena, f.Values)
	}
}

// TestSaved: a value of the forward pass that the way back reads says for what it is kept, and no other does.
func TestSaved(t *testing.T) {
	run := record(t, scalars(t), trace.Options{})
	for _, in := range run.Instructions {
		n := run.Nodes[in.Results[0]]
		kept := in.Phase == "forward" && (n.Op == "sigmoid" || n.Op == "div" || n.Op == "add" &&
			run.Nodes[n.Operands[1]].Op != "sigmoid")
		if kept != (len(in.SavedFor) > 0) {
			t.Errorf("%s is kept for %v", in.Text, in.SavedFor)
		}
	}
	for _, r := range run.Arena {
		if r.To < r.From || r.Bytes != 8 {
			t.Errorf("register %+v", r)
		}
	}
}

// TestCode: nodes have the line of the model and that of the rule, in excerpts without paths.
func TestCode(t *testing.T) {
	run := record(t, lenet(t), trace.Options{})
	for _, n := range run.Nodes {
		if n.Op == "conv2d" && n.Phase == "forward" {
			line := run.Code[n.File].Lines[n.Line-run.Code[n.File].First]
			if run.Code[n.File].Name != "lenet.go" || !strings.Contains(line, "conv") {
				t.Errorf("%s is made in %s by %q", n.Scope, run.Code[n.File].Name, line)
			}
		}
		if n.Phase == "update" && n.Op == "adam" && run.Code[n.RuleFile].Name != "update.go" {
			t.Errorf("the rule of %s is in %s", n.Name, run.Code[n.RuleFile].Name)
		}
	}
	for _, f := range run.Code {
		if strings.ContainsAny(f.Name, `/\`) || len(f.Lines) > 200 {
			t.Errorf("an excerpt of %s has %d lines", f.Name, len(f.Lines))
		}
	}
	none := record(t, square(t), trace.Options{})
	if len(none.Code) > 0 || none.Nodes[0].File != -1 {
		t.Error("a graph without lines has code")
	}
	hidden := record(t, lenet(t), trace.Options{Source: func(string) ([]byte, error) { return nil, errSource }})
	if len(hidden.Code) > 0 || hidden.Nodes[0].File != -1 {
		t.Error("sources that cannot be read are shown")
	}
}

var errSource = graph.ErrNotFinite // any error

// TestStates: a value that an earlier state has is stored once, and every state is what its inputs give.
func TestStates(t *testing.T) {
	g := &graph.Graph{DType: graph.Float64}
	x, w := g.Input("x", 2), g.Param(parameter("w", []float64{1, 2}, 2))
	y := ops.Mul(x, w)
	loss := ops.Sum(y)
	graph.Gradients(loss, w)
	p := compiled(t, loss, nil)
	r, err := trace.NewRecorder(p, trace.Options{})
	must(t, err)
	if _, err := r.Run(); err == nil {
		t.Error("a run without states is no error")
	}
	inputs := [][]float64{{1, 2}, {3, 4}, {1, 2}}
	for _, v := range inputs {
		p.Set(x, v)
		must(t, r.Add(trace.Text{En: "a", Zh: "甲"}))
	}
	run, err := r.Run()
	must(t, err)
	for k, v := range inputs {
		got, ok := run.Tensor(k, r.Node(y))
		if want := v[0]; !ok || got.F64[0] != want || got.F64[1] != 2*v[1] {
			t.Errorf("state %d: y is %v", k, got)
		}
		if v := run.States[k].Values[r.Node(w)]; k > 0 && v.Same != 1 {
			t.Errorf("state %d stores the parameter again", k)
		}
	}
	if v := run.States[2].Values[r.Node(y)]; v.Same != 1 || run.States[1].Values[r.Node(y)].Same != 0 {
		t.Error("the third state is not known to be the first again, or the second is")
	}
	if run.States[1].Name.Zh != "甲" || r.Node(graph.Node{}) != -1 {
		t.Error("a name or a node is wrong")
	}
}

// TestBudget: a trace takes no more bytes than it is given; more of them make more values whole; too few are an error
// that says how many it takes.
func TestBudget(t *testing.T) {
	whole := 0
	for _, budget := range []int{200_000, 600_000, 2_000_000, 9_000_000} {
		run := record(t, lenet(t), trace.Options{Budget: budget, Checks: trace.NoChecks})
		var b bytes.Buffer
		_, err := trace.New(trace.Text{}, run).WriteTo(&b)
		must(t, err)
		if b.Len() > budget+200 || run.Whole <= whole && budget < 9_000_000 || b.Len() < budget/4 {
			t.Errorf("of a budget of %d bytes it takes %d, with values whole up to %d elements, after %d", budget,
				b.Len(), run.Whole, whole)
		}
		whole = run.Whole
		for i, v := range run.States[0].Values[:len(run.Nodes)] {
			n := graph.Shape(run.Nodes[i].Shape).Size()
			if (v.Data == "") != (v.Stats != nil) || n <= run.Whole && v.Data == "" {
				t.Errorf("%s of %d elements is stored as %+v", run.Nodes[i].Name, n, v)
			}
		}
	}
	_, err := trace.Record(lenet(t), trace.Options{Budget: 1000})
	if err == nil || !strings.Contains(err.Error(), "trace: the budget is 1000 bytes, the run takes") {
		t.Errorf("too small a budget: %v", err)
	}
}

// TestSummary: what is kept of a value that is not whole is true of it.
func TestSummary(t *testing.T) {
	g := &graph.Graph{DType: graph.Float64}
	x := g.Input("x", 10_000)
	v := wave(10_000)
	v[3], v[4], v[5], v[6] = math.NaN(), math.Inf(1), math.Inf(-1), 0
	loss := ops.Sum(x)
	run := record(t, compiled(t, loss, map[graph.Node]any{x: v}), trace.Options{Budget: 30_000})
	s := run.States[0].Values[0]
	if s.Stats == nil || s.Histogram == nil || s.Sample == nil {
		t.Fatalf("it is stored as %+v", s)
	}
	sum, count := 0., 0
	for _, c := range s.Histogram.Counts {
		count += c
	}
	for i, x := range v {
		if i < 3 || i > 5 {
			sum += x
		}
	}
	if s.Stats.NaN != 1 || s.Stats.Inf != 2 || s.Stats.Zeros != 1 || count != 9997 ||
		math.Abs(s.Stats.Mean-sum/9997) > 1e-12 || math.Abs(s.Stats.Std-math.Sqrt(.5)) > 1e-2 ||
		s.Stats.Min < -1 || s.Stats.Max > 1 || s.Stats.Max < .999 {
		t.Errorf("the statistics are %+v, the histogram has %d", *s.Stats, count)
	}
	if len(s.Sample.At) < 16 || !slices.IsSorted(s.Sample.At) {
		t.Errorf("the sample is of %v", s.Sample.At)
	}
}

// TestMisuse: what makes no sense is an error that says how to mend it.
func TestMisuse(t *testing.T) {
	g := &graph.Graph{}
	x := g.Input("x", 2)
	y := ops.Square(x)
	usual, err := g.Compile(y)
	must(t, err)
	teach, err := g.CompileWith(graph.CompileOptions{Teach: true}, y)
	must(t, err)
	only, err := g.CompileWith(graph.CompileOptions{Teach: true}, x)
	must(t, err)
	lossless, err := g.CompileWith(graph.CompileOptions{Teach: true}, graph.Gradients(ops.Sum(ops.Mul(y, y)), x)[0])
	must(t, err)
	for _, c := range []struct {
		name string
		p    *graph.Program
		opt  trace.Options
		want string
	}{
		{"no program", nil, trace.Options{}, "trace: the program is nil"},
		{"a tape that overwrites values", usual, trace.Options{}, "compile it with CompileOptions{Teach: true}"},
		{"nothing to do", only, trace.Options{}, "trace: the program has no instructions"},
		{"a loss that is not computed", teach, trace.Options{Loss: ops.Sum(x)},
			"does not compute the loss that Options name"},
		{"gradients of a loss that is not computed", lossless, trace.Options{}, "but not sum"},
		{"a negative budget", teach, trace.Options{Budget: -1}, "trace: Budget is -1"},
		{"an input that was never set", teach, trace.Options{}, `never set: input "x"`},
	} {
		if _, err := trace.Record(c.p, c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestLargeStatistics: squares of what is nearly too large for a float are not infinite.
func TestLargeStatistics(t *testing.T) {
	g := &graph.Graph{DType: graph.Float64}
	x := g.Input("x", 2000)
	p := compiled(t, ops.Neg(x), nil)
	v := make([]float64, 2000)
	for i := range v {
		v[i] = 1e308 * float64(1-i%2*2)
	}
	p.Set(x, v)
	run, err := trace.Record(p, trace.Options{Budget: 4000})
	must(t, err)
	s := run.States[0].Values[len(run.Nodes)-1].Stats
	if s == nil || math.Abs(s.Mean) > 1e295 || math.Abs(s.Std/1e308-1) > 1e-12 || s.Max != 1e308 {
		t.Errorf("the statistics of ±1e308 are %+v", s)
	}
}
