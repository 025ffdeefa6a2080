package graph

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorgonia.org/gorgonia"
)

func mustCompile(t testing.TB, g *Graph, outputs ...Node) *Program {
	t.Helper()
	p, err := g.Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustRun(t testing.TB, p interface{ Run() error }) {
	t.Helper()
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
}

func wantValue(t *testing.T, what string, got Tensor, want ...float32) {
	t.Helper()
	if !slices.Equal(got.F32, want) {
		t.Errorf("%s: got %v, want %v", what, got.F32, want)
	}
}

// smallStep is a small training step with a fork, a view, an op with two results and an update.
func smallStep(g *Graph) (x Node, outputs []Node, p *Param) {
	x, p = g.Input("x", 4), vec("p", 4)
	w := g.Param(p)
	a := Apply(times{}, x, w)
	b := ApplyAll(both{}, a)
	c := Apply(sum{}, b[0], a, Apply(double{2}, b[1]))
	loss := Apply(total{}, Apply(flat{MakeDims(2, 2)}, Apply(times{}, c, c)))
	d := Gradients(loss, w)
	g.InPhase(Update, func() { g.Assign(w, Apply(sum{}, w, Apply(double{-0.001}, d[0]))) })
	return x, []Node{loss, d[0]}, p
}

func TestStepByHand(t *testing.T) {
	g := &Graph{Mode: Train}
	x, outputs, w := smallStep(g)
	p := mustCompile(t, g, outputs...)
	p.Set(x, []float32{1, 1, 1, 1})
	mustRun(t, p)
	// c = (a+1) + a + 2(a-1) = 4a-1, loss = Σ(4xw-1)², dw = 8x(4xw-1)
	wantValue(t, "loss", p.Value(outputs[0]), 9+49+121+225)
	wantValue(t, "dw", p.Value(outputs[1]), 24, 56, 88, 120)
	wantValue(t, "w", w.Tensor(), 1-.024, 2-.056, 3-.088, 4-.12)
}

// TestEnginesAgree: the tape, the tape without its optional passes, and Gorgonia's machine do
// the same to outputs and parameters over several steps.
func TestEnginesAgree(t *testing.T) {
	var results []string
	for _, engine := range []string{"tape", "plain", "stock"} {
		g := &Graph{Mode: Train}
		x, outputs, w := smallStep(g)
		var r interface {
			Set(Node, any)
			Run() error
			Value(Node) Tensor
		}
		var err error
		switch engine {
		case "tape":
			r, err = g.Compile(outputs...)
		case "plain":
			r, err = g.CompileWith(CompileOptions{Without: []string{"fold", "merge", "alias", "plan"}}, outputs...)
		case "stock":
			r, err = g.Stock(outputs...)
		}
		if err != nil {
			t.Fatal(err)
		}
		var log string
		for i := range 3 {
			r.Set(x, []float32{1, .5, float32(i), .25})
			mustRun(t, r)
			log += fmt.Sprintln(r.Value(outputs[0]).F32, r.Value(outputs[1]).F32, w.Tensor().F32)
		}
		results = append(results, log)
	}
	if results[0] != results[1] || results[0] != results[2] {
		t.Errorf("engines differ:\n%s\n%s\n%s", results[0], results[1], results[2])
	}
}

// TestTwoLosses: each gradient is that of its own loss, whatever the graph holds already.
// h = w·x, l1 = h², l2 = h³ at w = 2, x = 3: dl1/dw = 36, dl2/dw = 324.
func TestTwoLosses(t *testing.T) {
	g := &Graph{}
	x, w := g.Input("x", 1), g.Input("w", 1)
	h := Apply(times{}, w, x)
	square := Apply(times{}, h, h)
	l1, l2 := Apply(total{}, square), Apply(total{}, Apply(times{}, square, h))
	d1, d2 := Gradients(l1, w), Gradients(l2, w)
	again := Gradients(l1, w)
	p := mustCompile(t, g, d1[0], d2[0], again[0])
	p.Set(x, []float32{3})
	p.Set(w, []float32{2})
	mustRun(t, p)
	wantValue(t, "dl1", p.Value(d1[0]), 36)
	wantValue(t, "dl2", p.Value(d2[0]), 324)
	wantValue(t, "dl1 again", p.Value(again[0]), 36)
}

func TestGradientsOfWhatIsNotThere(t *testing.T) {
	g := &Graph{}
	x, other := g.Input("x", 2), g.Input("other", 3)
	d := Gradients(Apply(total{}, x), other, x)
	p := mustCompile(t, g, d...)
	mustRun(t, p)
	wantValue(t, "gradient of a node that the loss does not depend on", p.Value(d[0]), 0, 0, 0)
	wantValue(t, "gradient of the sum", p.Value(d[1]), 1, 1)
	if !strings.HasPrefix(d[0].String(), "%5 = const 0 :") {
		t.Errorf("the zero gradient is not shown as such: %v", d[0])
	}
}

// TestMissingRule: an op without a rule is an error that names it, in the first order and in
// the second.
func TestMissingRule(t *testing.T) {
	g := &Graph{}
	defer g.Scope("layer1")()
	x := g.Input("x", 2)
	Gradients(Apply(total{}, Apply(ruleless{}, x)), x)
	want := "layer1: ruleless: it has no gradient rule, and the loss depends on it in layer1: x (2) (graph_test.go:"
	if g.Err() == nil || !strings.HasPrefix(g.Err().Error(), want) {
		t.Errorf("got %v, want %s", g.Err(), want)
	}
}

// dropped hands on only the first of two wanted contributions: a negative control.
type dropped struct{ times }

func (dropped) String() string { return "dropped" }
func (dropped) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(times{}, dy[0], in[1]), {}}
}

func TestDroppedContribution(t *testing.T) {
	g := &Graph{}
	x, w := g.Input("x", 2), g.Input("w", 2)
	Gradients(Apply(total{}, Apply(dropped{}, x, w)), x, w)
	if g.Err() == nil || !strings.Contains(g.Err().Error(), "dropped: its gradient rule gives nothing for operand 1") {
		t.Errorf("got %v", g.Err())
	}
}

// TestStickyError: the first mistake is kept, with layer and line, and comes out of Compile.
func TestStickyError(t *testing.T) {
	g := &Graph{}
	restore := g.Scope("block.0")
	y := Apply(times{}, g.Input("x", 2), g.Input("y", 3))
	restore()
	z := Apply(double{2}, y)
	Apply(times{}, z, g.Input("z", 9))
	if y.Valid() || z.Valid() {
		t.Error("results of a mistake are valid")
	}
	_, err := g.Compile(z)
	if err == nil || !strings.HasPrefix(err.Error(),
		"block.0: times: operands differ: left (2), right (3) (graph_test.go:") {
		t.Errorf("got %v", err)
	}
	var build *BuildError
	if !errors.As(err, &build) || build.Scope != "block.0" || build.Line == 0 {
		t.Errorf("got %#v", err)
	}
}

func TestBuildMistakes(t *testing.T) {
	for _, c := range []struct {
		name, want string
		build      func(g *Graph) Node
	}{
		{"an axis of size 0", `input "x": axis 1 has size 0, want at least 1: (2, 0)`,
			func(g *Graph) Node { return g.Input("x", 2, 0) }},
		{"a value too large for any machine", "has more than 2147483647 elements",
			func(g *Graph) Node { return g.Input("x", 1<<20, 1<<20, 1<<30) }},
		{"nine axes", "rank 9 is above the largest supported, 8",
			func(g *Graph) Node { return g.Input("x", 1, 1, 1, 1, 1, 1, 1, 1, 1) }},
		{"two inputs of one name", `input "x": the graph has an input of this name already`, func(g *Graph) Node {
			g.Input("x", 1)
			return g.Input("x", 1)
		}},
		{"operands of two graphs", "the operands belong to different graphs", func(g *Graph) Node {
			return Apply(times{}, g.Input("x", 1), (&Graph{}).Input("x", 1))
		}},
		{"a float32 parameter in a float64 graph", `parameter "p": it holds float32, the graph is of float64`,
			func(g *Graph) Node {
				g.DType = Float64
				return g.Param(vec("p", 2))
			}},
		{"a loss that is not a scalar", "gradients: the loss is float32 (2), want a float scalar",
			func(g *Graph) Node {
				x := g.Input("x", 2)
				return Gradients(x, x)[0]
			}},
		{"an assignment to an input", `assign: the target "x" is neither a parameter nor a state`,
			func(g *Graph) Node {
				x := g.Input("x", 2)
				g.Assign(x, x)
				return x
			}},
		{"two assignments to a parameter", `parameter "p" is assigned twice`, func(g *Graph) Node {
			p := g.Param(vec("p", 2))
			g.Assign(p, Apply(double{2}, p))
			g.Assign(p, Apply(double{3}, p))
			return p
		}},
		{"an assignment of another shape", `parameter "p" holds float32 (2), the value is float32 ()`,
			func(g *Graph) Node {
				p := g.Param(vec("p", 2))
				g.Assign(p, Apply(total{}, p))
				return p
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &Graph{}
			n := c.build(g)
			if _, err := g.Compile(n); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestSetMistakes(t *testing.T) {
	g := &Graph{}
	x, i := g.Input("x", 2, 3), g.Indices("i", 2)
	p := mustCompile(t, g, Apply(double{2}, x), i)
	p.Set(x, make([]float32, 6))
	p.Set(i, []int{0, 1})
	for _, c := range []struct {
		name string
		n    Node
		v    any
		want string
	}{
		{"too few elements", x, []float32{1}, `set "x": got 1 elements, want 6 for shape (2, 3)`},
		{"another shape", x, FromFloat32(make([]float32, 6), 3, 2), `set "x": got shape (3, 2), want (2, 3)`},
		{"integers for floats", x, []int{1, 2, 3, 4, 5, 6}, `set "x": got int64 elements, want float32`},
		{"floats for integers", i, []float32{1, 2}, `set "i": got float32 elements, want int64`},
		{"a string", x, "abc", `set "x": a value of Go type string cannot be set`},
		{"a node that is no input", Apply(double{3}, x), []float32{1},
			`it is not an input or state of this program's graph`},
		{"the zero node", Node{}, []float32{1}, `set "zero Node"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.Set(c.n, c.v)
			if err := p.Run(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err := p.Run(); err != nil {
				t.Errorf("the error stays: %v", err)
			}
		})
	}
}

// TestParameterUnderView: on Gorgonia's machine an elementwise op overwrites a parameter that it reads
// through a reshape. Ours never does.
func TestParameterUnderView(t *testing.T) {
	for _, engine := range []string{"tape", "stock"} {
		g := &Graph{}
		w := vec("w", 4)
		y := Apply(double{10}, Apply(flat{MakeDims(2, 2)}, g.Param(w)))
		var r interface{ Run() error }
		r = mustCompile(t, g, y)
		if engine == "stock" {
			s, err := g.Stock(y)
			if err != nil {
				t.Fatal(err)
			}
			r = s
		}
		for range 3 {
			mustRun(t, r)
		}
		wantValue(t, engine, w.Tensor(), 1, 2, 3, 4)
	}
}

// TestOldValueOfParameter: an output that shows a parameter which the run changes shows the
// value from before, and swapped parameters are swapped.
func TestOldValueOfParameter(t *testing.T) {
	g := &Graph{}
	a, b := vec("a", 2), vec("b", 2)
	b.Tensor().F32[0] = 7
	an, bn := g.Param(a), g.Param(b)
	g.Assign(an, bn)
	g.Assign(bn, an)
	view := Apply(half{}, an)
	p := mustCompile(t, g, view)
	mustRun(t, p)
	wantValue(t, "output", p.Value(view), 2)
	wantValue(t, "a", a.Tensor(), 7, 2)
	wantValue(t, "b", b.Tensor(), 1, 2)
}

// TestForcedCollision: when all hashes fall on three values, the salt still keeps the nodes
// apart, until there is no value left.
func TestForcedCollision(t *testing.T) {
	g := &Graph{}
	calls := 0
	g.hashSalt = func(sum uint32) uint32 {
		if calls++; calls%3 != 0 {
			return 42 // two of three tries collide
		}
		return sum
	}
	x := g.Input("x", 2)
	y := x
	for i := range 50 {
		y = Apply(double{[]float64{.5, 2}[i%2]}, y)
	}
	p := mustCompile(t, g, y)
	g.hashSalt = nil
	p.Set(x, []float32{1, 2})
	mustRun(t, p)
	wantValue(t, "fifty products", p.Value(y), 1, 2)
	if n := len(g.ExprGraph().AllNodes()); n != 51 {
		t.Errorf("gorgonia has %d nodes, want 51", n)
	}
}

func TestNonFinite(t *testing.T) {
	g := &Graph{Mode: Train}
	x, w := g.Input("x", 2), vec("w", 2)
	defer g.Scope("fc1")()
	wn := g.Param(w)
	h := Apply(times{}, x, wn)
	loss := Apply(total{}, Apply(times{}, h, h))
	d := Gradients(loss, wn)
	g.InPhase(Update, func() { g.Assign(wn, Apply(double{1}, d[0])) })
	p := mustCompile(t, g, loss)
	p.Set(x, []float32{1e30, 1})
	var bad *NonFiniteError
	if err := p.Run(); !errors.As(err, &bad) || err.Error() != "step 1: the loss is +Inf" {
		t.Fatalf("got %v", err)
	}
	wantValue(t, "the parameter after a failed step", w.Tensor(), 1, 2)
	err := p.Check()
	if err == nil || err.Error() != "step 1: instruction 1, times in fc1, is the first to give +Inf: %3 = times %2, "+
		"%2 : float32 (2)" {
		t.Errorf("got %v", err)
	}
	p.Set(x, []float32{1, 1})
	mustRun(t, p)
	if p.StepNumber() != 1 {
		t.Errorf("%d steps are done, want 1", p.StepNumber())
	}
}

// TestTrace: an observer sees every instruction with its values, and the parameters change at
// the end.
func TestTrace(t *testing.T) {
	g := &Graph{Mode: Train}
	x, outputs, w := smallStep(g)
	p := mustCompile(t, g, outputs...)
	p.Set(x, []float32{1, 1, 1, 1})
	var phases []Phase
	err := p.Trace(func(f Frame) error {
		if len(phases) == 0 && (f.Op != times{} || f.In[1].F32[2] != 3 || f.Out[0].F32[2] != 3) {
			t.Errorf("the first instruction is %v of %v, %v", f.Instruction, f.In, f.Out)
		}
		phases = append(phases, f.Phase)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(phases) || len(phases) != len(p.Instructions()) || phases[len(phases)-1] != Update {
		t.Errorf("phases %v of %d instructions", phases, len(p.Instructions()))
	}
	if w.Tensor().F32[0] == 1 {
		t.Error("the parameter did not change")
	}
	stop := errors.New("stop")
	if err := p.Trace(func(Frame) error { return stop }); err != stop {
		t.Errorf("got %v", err)
	}
	if _, err := p.Step(); err != nil {
		t.Errorf("a new trace does not begin: %v", err)
	}
	for range p.Instructions()[1:] {
		if _, err := p.Step(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Step(); err != io.EOF {
		t.Errorf("after the last instruction: %v", err)
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	g := &Graph{Mode: Train}
	x, outputs, _ := smallStep(g)
	p := mustCompile(t, g, outputs...)
	p.Set(x, []float32{1, 1, 1, 1})
	if n := testing.AllocsPerRun(20, func() { mustRun(t, p) }); n != 0 {
		t.Errorf("%v allocations a run", n)
	}
}

// TestClones: programs over the same parameters run at the same time, and graphs are built at
// the same time.
func TestClones(t *testing.T) {
	g := &Graph{}
	w := vec("w", 3)
	x := g.Input("x", 3)
	y := Apply(total{}, Apply(times{}, x, g.Param(w)))
	p := mustCompile(t, g, y)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			c := p.Clone()
			k := float32(i + 1)
			c.Set(x, []float32{k, k, k})
			for range 100 {
				if err := c.Run(); err != nil || c.Float(y) != float64(6*k) {
					t.Errorf("clone %d: %v, %v", i, c.Float(y), err)
					return
				}
			}
		})
		wg.Go(func() {
			g := &Graph{Mode: Train}
			x, outputs, _ := smallStep(g)
			p, err := g.Compile(outputs...)
			if err != nil {
				t.Error(err)
				return
			}
			p.Set(x, []float32{1, 1, 1, 1})
			if err := p.Run(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestImport: nodes made with Gorgonia's own functions, on both engines, with gradients by
// Gorgonia's own rules: d tanh(2x)/dx = 2(1 - tanh²).
func TestImport(t *testing.T) {
	g := &Graph{}
	x := g.Input("x", 3)
	doubled := Apply(double{2}, x)
	th, err := g.Import(gorgonia.Must(gorgonia.Tanh(doubled.Gorgonia())))
	if err != nil {
		t.Fatal(err)
	}
	loss := Apply(total{}, Apply(double{1}, th))
	d := Gradients(loss, x)
	p := mustCompile(t, g, loss, d[0])
	s, err := g.Stock(loss, d[0])
	if err != nil {
		t.Fatal(err)
	}
	in := []float32{-1, 0, .5}
	for _, r := range []interface {
		Set(Node, any)
		Run() error
		Value(Node) Tensor
	}{p, s} {
		r.Set(x, in)
		mustRun(t, r)
		for i, v := range r.Value(d[0]).F32 {
			th := math.Tanh(2 * float64(in[i]))
			if want := 2 * (1 - th*th); math.Abs(float64(v)-want) > 1e-6 {
				t.Errorf("%T: gradient %d is %v, want %v", r, i, v, want)
			}
		}
	}
	wantValue(t, "the input", p.Value(x), in...)
}

// TestGorgoniaGrad: Gorgonia's own differentiation works on our ops.
func TestGorgoniaGrad(t *testing.T) {
	g := &Graph{}
	x, w := g.Input("x", 3), g.Param(vec("w", 3))
	h := ApplyAll(both{}, Apply(times{}, x, w))[0]
	loss := Apply(total{}, h)
	ds, err := gorgonia.Grad(loss.Gorgonia(), w.Gorgonia())
	if err != nil {
		t.Fatal(err)
	}
	d, err := g.Import(ds[0])
	if err != nil {
		t.Fatal(err)
	}
	p := mustCompile(t, g, d)
	p.Set(x, []float32{4, 5, 6})
	mustRun(t, p)
	wantValue(t, "dw", p.Value(d), 4, 5, 6)
}

// TestPlanKeepsValuesApart: in plans for random lifetimes no two units that are alive together
// overlap, and the arena is within 5 % of what must be alive at once. A lifetime that is
// shortened by one instruction is noticed.
func TestPlanKeepsValuesApart(t *testing.T) {
	worst := 0.0
	for seed := range 2000 {
		units := randomUnits(uint64(seed))
		arena := place(units)
		if err := verifyPlan(units); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		ratio := float64(arena) / float64(peakLive(units))
		worst = max(worst, ratio)
		if ratio > 1.05 {
			t.Errorf("seed %d: the arena is %.3f of the peak of %d units", seed, ratio, len(units))
		}
	}
	t.Logf("largest arena: %.4f of the bound", worst)
	long := &unit{root: &register{id: 1}, size: 64, first: 0, last: 3}
	next := &unit{root: &register{id: 2}, size: 64, first: 3, last: 4}
	long.last--
	place([]*unit{long, next})
	long.last++
	if verifyPlan([]*unit{long, next}) == nil {
		t.Error("a lifetime shortened by one instruction goes unnoticed")
	}
}

func BenchmarkTenThousandNodes(b *testing.B) {
	for b.Loop() {
		start := time.Now()
		g := &Graph{Mode: Train}
		x := g.Input("x", 8)
		var params []Node
		for i := range 8 {
			params = append(params, g.Param(vec(fmt.Sprintf("p%d", i), 8)))
		}
		y := x
		for len(g.Nodes()) < 3400 {
			y = Apply(double{2}, Apply(times{}, y, params[len(g.Nodes())%8]))
		}
		loss := Apply(total{}, y)
		d := Gradients(loss, params...)
		mustCompile(b, g, append(d, loss)...)
		b.ReportMetric(float64(len(g.Nodes())), "nodes")
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms")
	}
}
