package graph

import (
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/plain"
)

// odd is the identity, but for what a case makes of one of its methods.
type odd struct {
	types   func(in []Type) ([]Type, error)
	grad    func(y, dy, in []Node) []Node
	eval    func()
	name    func() string
	scratch func() []Type
	view    func() (int, int)
	inPlace func() []int
	flops   func() int64
	picks   func() int
	noGrad  func() bool
	names   func() string
}

func (o *odd) String() string {
	if o.name != nil {
		return o.name()
	}
	return "odd"
}
func (o *odd) Types(in []Type) ([]Type, error) {
	if o.types != nil {
		return o.types(in)
	}
	return in[:1], nil
}
func (o *odd) Grad(y, dy, in []Node, _ []bool) []Node {
	if o.grad != nil {
		return o.grad(y, dy, in)
	}
	return dy
}
func (o *odd) Eval(dst, in []Tensor) error {
	if o.eval != nil {
		o.eval()
	}
	dst[0].CopyFrom(in[0])
	return nil
}
func (o *odd) Scratch([]Type) []Type {
	if o.scratch != nil {
		return o.scratch()
	}
	return nil
}
func (o *odd) View([]Type) (int, int) {
	if o.view != nil {
		return o.view()
	}
	return 0, -1
}
func (o *odd) InPlace(int) []int {
	if o.inPlace != nil {
		return o.inPlace()
	}
	return nil
}
func (o *odd) Flops([]Type) (int64, int64) {
	if o.flops != nil {
		return o.flops(), 0
	}
	return 0, 0
}
func (o *odd) Picks(int, []Type) int {
	if o.picks != nil {
		return o.picks()
	}
	return 1
}
func (o *odd) NoGrad(int) bool {
	if o.noGrad != nil {
		return o.noGrad()
	}
	return false
}
func (o *odd) Operands() string {
	if o.names != nil {
		return o.names()
	}
	return "x"
}

// TestOddOps: an op of a user that answers nonsense, or panics, is an error that names it.
func TestOddOps(t *testing.T) {
	calls := 0
	for _, c := range []struct {
		name, want string
		op         *odd
	}{
		{"no result", "odd: its Types gives 0 results, want 1 to 8: x (2)",
			&odd{types: func([]Type) ([]Type, error) { return nil, nil }}},
		{"nine results", "odd: its Types gives 9 results",
			&odd{types: func(in []Type) ([]Type, error) { return make([]Type, 9), nil }}},
		{"a size below 0", "odd: axis 0 has size -1",
			&odd{types: func([]Type) ([]Type, error) { return []Type{{Float32, Shape{-1}}}, nil }}},
		{"sizes whose product overflows", "odd: (",
			&odd{types: func([]Type) ([]Type, error) { return []Type{{Float32, Shape{1 << 40, 1 << 40}}}, nil }}},
		{"an element type that does not exist", "odd: there is no element type dtype(9)",
			&odd{types: func([]Type) ([]Type, error) { return []Type{{9, Shape{2}}}, nil }}},
		{"a shape rule that panics", "odd: its Types panics: runtime error: ",
			&odd{types: func(in []Type) ([]Type, error) { return in[7:], nil }}},
		{"types that change", "odd: its Types gives 2 results now, it has 1",
			&odd{types: func(in []Type) ([]Type, error) {
				if calls++; calls > 1 {
					return []Type{in[0], in[0]}, nil
				}
				return in[:1], nil
			}}},
		{"a name that panics", "its String panics: no name", &odd{name: func() string { panic("no name") }}},
		{"names of operands that panic", "odd: no: x (2)", &odd{names: func() string { panic("none") },
			types: func([]Type) ([]Type, error) { return nil, fmt.Errorf("no") }}},
		{"gradients that panic", "odd: its Grad panics: none",
			&odd{grad: func(_, _, _ []Node) []Node { panic("none") }}},
		{"too many gradients", "odd: its Grad gives 2 gradients for 1 operands",
			&odd{grad: func(_, dy, _ []Node) []Node { return []Node{dy[0], dy[0]} }}},
		{"no gradient", "odd: it has no gradient rule", &odd{grad: func(_, _, _ []Node) []Node { return nil }}},
		{"too few gradients", "odd: its gradient rule gives nothing for operand 0",
			&odd{grad: func(_, _, _ []Node) []Node { return []Node{} }}},
		{"the zero Node for a gradient", "odd: its gradient rule gives nothing for operand 0",
			&odd{grad: func(_, _, _ []Node) []Node { return make([]Node, 1) }}},
		{"a gradient of another shape", "odd: its gradient rule gives float32 () for operand 0 of float32 (2)",
			&odd{grad: func(_, dy, _ []Node) []Node { return []Node{Apply(total{}, dy[0])} }}},
		{"a gradient of another graph", "odd: its Grad gives a node of another graph for operand 0",
			&odd{grad: func(_, _, _ []Node) []Node { return []Node{(&Graph{}).Full(0, 2)} }}},
		{"a panic about which operands have gradients", "odd: its NoGrad panics: who knows",
			&odd{noGrad: func() bool { panic("who knows") }}},
		{"working memory of a negative size", "odd: its Scratch gives tensor 0: the shape (-5)",
			&odd{scratch: func() []Type { return []Type{{Float32, Shape{-5}}} }}},
		{"working memory that overflows", "odd: its Scratch gives tensor 0: the shape",
			&odd{scratch: func() []Type { return []Type{{Float32, Shape{math.MaxInt, 3}}} }}},
		{"working memory of no type", "odd: its Scratch gives tensor 0: there is no element type dtype(7)",
			&odd{scratch: func() []Type { return []Type{{7, Shape{5}}} }}},
		{"working memory that panics", "odd: its Scratch panics: none",
			&odd{scratch: func() []Type { panic("none") }}},
		{"a view beyond the operand",
			"odd: its View of float32 (2) from element 1 on lies outside operand 0, float32 (2)",
			&odd{view: func() (int, int) { return 0, 1 }}},
		{"a view at the end of the numbers", "odd: its View of float32 (2) from element",
			&odd{view: func() (int, int) { return 0, math.MaxInt }}},
		{"a view of an operand that is not there", "odd: its View is of operand 3, there are 1",
			&odd{view: func() (int, int) { return 3, 0 }}},
		{"a view of operand -1", "odd: its View is of operand -1", &odd{view: func() (int, int) { return -1, 0 }}},
		{"a view that panics", "odd: its View panics: none", &odd{view: func() (int, int) { panic("none") }}},
		{"a result in the place of operand -1", "odd: its InPlace names operand -1",
			&odd{inPlace: func() []int { return []int{-1} }}},
		{"a cost below 0", "odd: its Flops counts -3 and 0 operations", &odd{flops: func() int64 { return -3 }}},
		{"fewer than no elements", "odd: its Picks counts -1 elements of operand 0",
			&odd{picks: func() int { return -1 }}},
		{"an evaluation that panics", "instruction 0, odd: it panics: oh", &odd{eval: func() { panic("oh") }}},
		{"nothing odd", "", &odd{}}, // negative control
		{"places that are not there", "", &odd{inPlace: func() []int { return []int{7, 0} }}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := func() error {
				g := &Graph{}
				x := g.Input("x", 2)
				y := Apply(c.op, x)
				d := Gradients(Apply(total{}, y), x)
				p, err := g.Compile(y, d[0])
				if err != nil {
					return err
				}
				p.Set(x, []float32{1, 2})
				return p.Run()
			}()
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
			} else if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if words := panics(func() { Apply(nil) }); !strings.Contains(words, "graph.Apply") {
		t.Errorf("no op on nothing: %q", words)
	}
}

// offerer is the sum of two operands, and answers what it is told to all passes that join.
type offerer struct {
	op  Op
	bad func()
}

func (*offerer) String() string                       { return "offerer" }
func (*offerer) Types(in []Type) ([]Type, error)      { return in[:1], nil }
func (*offerer) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (*offerer) Eval(dst, in []Tensor) error          { dst[0].CopyFrom(in[0]); return nil }
func (j *offerer) answer() (Op, bool) {
	if j.bad != nil {
		j.bad()
	}
	return j.op, true
}

// Each kind answers to one pass.
type (
	binding      struct{ *offerer }
	absorbing    struct{ *offerer }
	loading      struct{ *offerer }
	accumulating struct{ *offerer }
	rewriting    struct{ *offerer }
	preparing    struct{ *offerer }
)

func (j binding) Bind(int, float64) (Op, bool)             { return j.answer() }
func (j absorbing) Absorb(int, Op, int, []Type) (Op, bool) { return j.answer() }
func (j loading) Load(int, Op) (Op, bool)                  { return j.answer() }
func (j accumulating) Accumulate([]Type) (Op, bool)        { return j.answer() }
func (j rewriting) Rewrite(root Term) (Op, []Term, bool) {
	op, ok := j.answer()
	return op, root.Operands()[:1], ok
}
func (j preparing) Prepare(_ []Type, _ []bool) (Preparation, bool) {
	op, ok := j.answer()
	return Preparation{Op: op, From: []int{1}, Rest: op}, ok
}

// TestOddJoins: an op that offers nonsense to a pass, or panics there, is an error of Compile.
func TestOddJoins(t *testing.T) {
	kinds := map[string]func(j *offerer) Op{
		"bind": func(j *offerer) Op { return binding{j} }, "absorb": func(j *offerer) Op { return absorbing{j} },
		"load":       func(j *offerer) Op { return loading{j} },
		"accumulate": func(j *offerer) Op { return accumulating{j} },
		"rewrite":    func(j *offerer) Op { return rewriting{j} },
		"prepare":    func(j *offerer) Op { return preparing{j} },
	}
	for name, j := range map[string]*offerer{
		"no op": {},
		"an op of other results": {op: &odd{types: func([]Type) ([]Type,
			error) {
			return []Type{{Float32, Shape{7}}}, nil
		}}},
		"an op of no results": {op: &odd{types: func([]Type) ([]Type, error) { return nil, nil }}},
		"an op that refuses":  {op: &odd{types: func([]Type) ([]Type, error) { return nil, fmt.Errorf("no") }}},
		"a panic":             {bad: func() { panic("oh") }},
	} {
		for kind, of := range kinds {
			if name == "no op" && kind == "bind" || name != "a panic" && kind == "rewrite" {
				continue // that stands for the operand itself, or is not taken
			}
			g := &Graph{}
			x, w := g.Input("x", 2), g.Param(vec("w", 2))
			y := Apply(of(j), Apply(sum{}, x, x), Apply(double{2}, w))
			s := Apply(bend{vector.Exp}, x)
			z := Apply(of(j), x, g.Full(3, 2))
			out := Apply(bend{vector.Abs}, y)
			_, err := g.CompileWith(CompileOptions{Constant: true}, out, Apply(sum{}, z, s))
			if err == nil || !strings.HasPrefix(err.Error(), "compile: ") ||
				strings.Contains(err.Error(), "nil pointer") {
				t.Errorf("%s to %s: got %v", name, kind, err)
			}
		}
	}
}

// panics returns the words of the panic of f.
func panics(f func()) (words string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case error:
			words = "runtime: " + r.Error()
		default:
			words = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}

// TestZeroNode: its methods say what it is.
func TestZeroNode(t *testing.T) {
	var n Node
	for name, f := range map[string]func(){
		"Graph": func() { n.Graph() }, "ID": func() { n.ID() }, "Type": func() { n.Type() },
		"Shape": func() { n.Shape() },
		"DType": func() { n.DType() }, "Rank": func() { n.Rank() }, "Dim": func() { n.Dim(0) },
		"Size": func() { n.Size() },
		"Kind": func() { n.Kind() }, "Op": func() { n.Op() }, "Result": func() { n.Result() },
		"Results": func() { n.Results() },
		"Inputs":  func() { n.Inputs() }, "Name": func() { n.Name() }, "Scope": func() { n.Scope() },
		"Phase": func() { n.Phase() },
		"Of":    func() { n.Of() }, "GradOf": func() { n.GradOf() }, "Param": func() { n.Param() },
		"Gorgonia": func() { n.Gorgonia() },
	} {
		if want, got := "graph: Node."+name+": this is the zero Node", panics(f); !strings.HasPrefix(got, want) {
			t.Errorf("%s panics with %q", name, got)
		}
	}
	if n.Valid() || n.String() != "no node" {
		t.Errorf("the zero Node is %v, valid %v", n, n.Valid())
	}
	if words := panics(func() { Gradients(n) }); !strings.HasPrefix(words,
		"graph.Gradients: the loss is the zero Node") {
		t.Errorf("got %q", words)
	}
}

// TestMisbuiltGraphs: each mistake is an error of Compile, in words.
func TestMisbuiltGraphs(t *testing.T) {
	for _, c := range []struct {
		name, want string
		build      func(g *Graph, x Node) Node
	}{
		{"an operand that is the zero Node", "times: operand 1 is the zero Node: left (2) (misuse_test.go:",
			func(_ *Graph, x Node) Node { return Apply(times{}, x, Node{}) }},
		{"a first operand that is the zero Node", "times: operand 0 is the zero Node",
			func(_ *Graph, x Node) Node { return Apply(times{}, Node{}, x) }},
		{"a failure without an error", "mine: it failed, but the error given is nil: x (2)",
			func(_ *Graph, x Node) Node { return Fail("mine", []Node{x}, nil) }},
		{"a graph's failure without an error", "mine: it failed, but the error given is nil",
			func(g *Graph, _ Node) Node { return g.FailIn("mine", nil) }},
		{"no op", "the op is nil", func(_ *Graph, x Node) Node { return Apply(nil, x) }},
		{"too few operands", "times: its Types panics", func(_ *Graph, x Node) Node { return Apply(times{}, x) }},
		{"a gradient by an integer", `gradients: node 0, i, is int64 (2): integers have no gradient`,
			func(g *Graph, x Node) Node {
				return Gradients(Apply(total{}, x), g.Indices("i", 2))[0]
			}},
		{"a gradient of an integer", "gradients: the loss is int64 (), want a float scalar",
			func(g *Graph, x Node) Node { return Gradients(g.Indices("i"), x)[0] }},
		{"a gradient by the zero Node", "gradients: node 1 is the zero Node",
			func(_ *Graph, x Node) Node { return Gradients(Apply(total{}, x), x, Node{})[0] }},
		{"a gradient by a node of another graph", "gradients: the operands belong to different graphs",
			func(_ *Graph, x Node) Node {
				return Gradients(Apply(total{}, x), (&Graph{}).Input("z", 2))[0]
			}},
		{"an assignment to the zero Node", "assign: the target is the zero Node",
			func(g *Graph, x Node) Node { g.Assign(Node{}, x); return x }},
		{"an assignment of the zero Node", `assign: the value for "p" is the zero Node`,
			func(g *Graph, x Node) Node { g.Assign(g.Param(vec("p", 2)), Node{}); return x }},
		{"an assignment of another graph's node", "assign: the operands belong to different graphs",
			func(g *Graph, x Node) Node {
				g.Assign(g.Param(vec("p", 2)), (&Graph{}).Input("x", 2))
				return x
			}},
		{"an assignment of integers", `parameter "p" holds float32 (2), the value is int64 (2)`,
			func(g *Graph, x Node) Node {
				g.Assign(g.Param(vec("p", 2)), g.Indices("i", 2))
				return x
			}},
		{"a revision of the zero Node", "revise: the target is the zero Node",
			func(g *Graph, x Node) Node { g.Revise(Node{}, func(n Node) Node { return n }); return x }},
		{"a revision to the zero Node", `assign: the value for "p" is the zero Node`, func(g *Graph, x Node) Node {
			g.Revise(g.Param(vec("p", 2)), func(Node) Node { return Node{} })
			return x
		}},
		{"no parameter", "parameter: it is nil", func(g *Graph, _ Node) Node { return g.Param(nil) }},
		{"a parameter that was not made", `parameter "": it has no memory: make it with NewParam`,
			func(g *Graph, _ Node) Node { return g.Param(&Param{}) }},
		{"a phase that does not exist", "in phase: the phase is phase(9), want forward, backward or update",
			func(g *Graph, x Node) Node {
				g.InPhase(9, func() { x = Apply(double{2}, x) })
				return x
			}},
		{"a mode that changes", "the graph began as eval, seed 0, float32, and is train, seed 0, float32",
			func(g *Graph, x Node) Node { g.Mode = Train; return x }},
		{"an element type that changes", "set its fields before the first node",
			func(g *Graph, x Node) Node { g.DType = Float64; return x }},
		{"the zero Node as an output", "compile: output 0 is the zero Node",
			func(_ *Graph, x Node) Node { return Node{} }},
		{"an output of another graph", "compile: output 0, z, belongs to another graph",
			func(_ *Graph, x Node) Node { return (&Graph{}).Input("z", 1) }},
		{"an invalid output of another graph", "compile: output 0, invalid node, belongs to another graph",
			func(_ *Graph, x Node) Node { return (&Graph{}).Input("z", -1) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &Graph{}
			n := c.build(g, g.Input("x", 2))
			if _, err := g.Compile(n); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := (&Graph{}).Compile(); err == nil || !strings.Contains(err.Error(),
		"no output is asked for, and the graph assigns nothing") {
		t.Errorf("of a graph without outputs: %v", err)
	}
	for _, c := range []struct {
		name, want string
		g          *Graph
	}{
		{"integers for the element type", "DType is int64, want Float32 or Float64", &Graph{DType: Int64}},
		{"an element type that does not exist", "DType is dtype(8)", &Graph{DType: 8}},
		{"a mode that does not exist", "Mode is mode(5), want Eval or Train", &Graph{Mode: 5}},
	} {
		if _, err := c.g.Compile(c.g.Input("x", 1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
	for _, c := range []struct {
		name, want string
		opt        CompileOptions
	}{
		{"a pass that does not exist", `no optional pass is named "speed"`,
			CompileOptions{Without: []string{"speed"}}},
		{"a pass that is needed", `no optional pass is named "verify"`, CompileOptions{Without: []string{"verify"}}},
		{"a layer that does not exist", `there is no layer "fc9": the graph has none`,
			CompileOptions{Checkpoint: []string{"fc9"}}},
		{"a layer without a name", `there is no layer ""`, CompileOptions{Checkpoint: []string{""}}},
	} {
		g := &Graph{}
		if _, err := g.CompileWith(c.opt, g.Input("x", 1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
	for name, f := range map[string]func(){
		"a parameter of a negative size":       func() { NewParam("p", Type{Float32, Shape{-1}}) },
		"a parameter of a size that overflows": func() { NewParam("p", Type{Float32, Shape{math.MaxInt, 2}}) },
		"a parameter of no type":               func() { NewParam("p", Type{DType: 9}) },
	} {
		if words := panics(f); !strings.HasPrefix(words, `graph.NewParam "p": `) {
			t.Errorf("%s: %q", name, words)
		}
	}
}

// TestMisusedPrograms: what cannot be set or run is an error of the next run, in words, and the run after it is right.
func TestMisusedPrograms(t *testing.T) {
	for _, c := range []struct {
		name, want string
		use        func(p *Program, x Node) error
	}{
		{"nothing set", `run: never set: input "x", "y"`, func(p *Program, _ Node) error { return p.Run() }},
		{"no observer", "trace: the observer is nil", func(p *Program, _ Node) error { return p.Trace(nil) }},
		{"nil", `set "x": got nil, want float32 (2)`,
			func(p *Program, x Node) error { p.Set(x, nil); return p.Run() }},
		{"a nil tensor", `set "x": got nil`,
			func(p *Program, x Node) error { p.Set(x, (*Tensor)(nil)); return p.Run() }},
		{"a nil tensor of Gorgonia", `set "x": got nil`,
			func(p *Program, x Node) error { p.Set(x, (*tensor.Dense)(nil)); return p.Run() }},
		{"a nil number of Gorgonia", `set "x": got nil`,
			func(p *Program, x Node) error { p.Set(x, (*gorgonia.F32)(nil)); return p.Run() }},
		{"a nil slice", `set "x": got 0 elements, want 2`,
			func(p *Program, x Node) error { p.Set(x, []float32(nil)); return p.Run() }},
		{"the zero tensor", `set "x": 0 elements of float32 do not fill shape ()`,
			func(p *Program, x Node) error { p.Set(x, Tensor{}); return p.Run() }},
		{"a tensor without memory", `set "x": 0 elements of float32 do not fill shape (2)`,
			func(p *Program, x Node) error {
				p.Set(x, Tensor{Type: x.Type()})
				return p.Run()
			}},
		{"a tensor that is short", `set "x": 1 elements of float32 do not fill shape (2)`,
			func(p *Program, x Node) error {
				p.Set(x, Tensor{Type: x.Type(), F32: []float32{1}})
				return p.Run()
			}},
		{"memory of another type", `set "x": 0 elements of float32 do not fill shape (2)`,
			func(p *Program, x Node) error {
				p.Set(x, Tensor{Type: x.Type(), I64: []int64{1, 2}})
				return p.Run()
			}},
		{"an input of another graph", `set "x": it is not an input or state of this program's graph`,
			func(p *Program, _ Node) error {
				p.Set((&Graph{}).Input("x", 2), []float32{1, 2})
				return p.Run()
			}},
		{"an invalid node", `set "invalid node": it is not an input`, func(p *Program, _ Node) error {
			p.Set((&Graph{}).Input("x", -2), []float32{1, 2})
			return p.Run()
		}},
		{"a parameter", `set "w": it is not an input`,
			func(p *Program, x Node) error { p.Set(x.Graph().Trainable()[0], []float32{1, 2}); return p.Run() }},
		{"a number that float32 does not hold", `set "x": element 1: -1e+300 is -Inf in float32`,
			func(p *Program, x Node) error {
				p.Set(x, []float64{1, -1e300})
				return p.Run()
			}},
		{"step 0", "set the step: got 0, want at least 1",
			func(p *Program, _ Node) error { p.SetStep(0); return p.Run() }},
		{"a step below 0", "set the step: got -7, want at least 1",
			func(p *Program, _ Node) error { p.SetStep(-7); return p.Run() }},
		{"no run to profile", "profile: got 0 runs, want at least 1",
			func(p *Program, _ Node) error { _, err := p.Profile(0); return err }},
		{"fewer than no runs", "profile: got -1 runs, want at least 1",
			func(p *Program, _ Node) error { _, err := p.Profile(-1); return err }},
		{"a run within a trace", "Run: the program is at work",
			inTrace(func(p *Program, _ Node) error { return p.Run() })},
		{"a trace within a trace", "Trace: the program is at work",
			inTrace(func(p *Program, _ Node) error { return p.Trace(func(Frame) error { return nil }) })},
		{"a step within a trace", "Step: the program is at work",
			inTrace(func(p *Program, _ Node) error { _, err := p.Step(); return err })},
		{"a profile within a trace", "Profile: the program is at work",
			inTrace(func(p *Program, _ Node) error { _, err := p.Profile(1); return err })},
		{"a check within a trace", "Check: the program is at work",
			inTrace(func(p *Program, _ Node) error { return p.Check() })},
		{"an input set within a trace", `set "x": Set: the program is at work`, func(p *Program, x Node) error {
			if err := inTrace(func(p *Program, x Node) error { p.Set(x, []float32{9, 9}); return nil })(p,
				x); err != nil {
				return err
			}
			return p.Run()
		}},
		{"a step set within a trace", "SetStep: the program is at work", func(p *Program, x Node) error {
			if err := inTrace(func(p *Program, x Node) error { p.SetStep(4); return nil })(p, x); err != nil {
				return err
			}
			return p.Run()
		}},
		{"a run between two steps", "a run by Step is at instruction 1 of",
			betweenSteps(func(p *Program, _ Node) error { return p.Run() })},
		{"a trace between two steps", "a run by Step is at instruction 1 of",
			betweenSteps(func(p *Program, _ Node) error { return p.Trace(func(Frame) error { return nil }) })},
		{"an input set between two steps", `set "x": a run by Step is at instruction 1 of`,
			func(p *Program, x Node) error {
				err := betweenSteps(func(p *Program, x Node) error { p.Set(x, []float32{9, 9}); return nil })(p, x)
				if err != nil {
					return err
				}
				return p.Run()
			}},
		{"a program that was not compiled", "Run: this is no program",
			func(*Program, Node) error { return (&Program{}).Run() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &Graph{}
			x, y, w := g.Input("x", 2), g.Input("y", 2), g.Param(vec("w", 2))
			g.Input("z", 2) // nothing reads it
			out := Apply(times{}, Apply(times{}, x, w), y)
			p := mustCompile(t, g, out, out) // twice the same output
			if err := c.use(p, x); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			p.Set(x, []float32{1, 2})
			p.Set(y, []float32{3, 4})
			mustRun(t, p)
			wantValue(t, "a right run", p.Value(out), 3, 16)
		})
	}
}

// TestNoProgram: the panic of a method that has no error to return names the method.
func TestNoProgram(t *testing.T) {
	for name, use := range map[string]func(*Program){
		"Set":     func(p *Program) { p.Set(Node{}, 1) },
		"SetStep": func(p *Program) { p.SetStep(1) },
		"Reset":   func(p *Program) { p.Reset() },
		"Clone":   func(p *Program) { p.Clone() },
		"Value":   func(p *Program) { p.Value(Node{}) },
	} {
		for _, p := range []*Program{nil, {}} {
			want := "graph: Program." + name + ": this is no program"
			if words := panics(func() { use(p) }); !strings.HasPrefix(words, want) {
				t.Errorf("got  %s\nwant %s", words, want)
			}
		}
	}
}

// inTrace uses a program from the observer of its trace.
func inTrace(use func(p *Program, x Node) error) func(p *Program, x Node) error {
	return func(p *Program, x Node) error {
		for _, n := range x.Graph().Nodes()[:2] {
			p.Set(n, []float32{1, 1})
		}
		var inner error
		if err := p.Trace(func(Frame) error { inner = use(p, x); return nil }); err != nil {
			return fmt.Errorf("the trace: %w", err)
		}
		return inner
	}
}

// betweenSteps uses a program between two calls of Step, and goes on to the end.
func betweenSteps(use func(p *Program, x Node) error) func(p *Program, x Node) error {
	return func(p *Program, x Node) error {
		for _, n := range x.Graph().Nodes()[:2] {
			p.Set(n, []float32{1, 1})
		}
		if _, err := p.Step(); err != nil {
			return err
		}
		inner := use(p, x)
		for {
			switch _, err := p.Step(); err {
			case nil:
			case io.EOF:
				return inner
			default:
				return err
			}
		}
	}
}

// TestValuesThatAreNotThere: asking for them says why.
func TestValuesThatAreNotThere(t *testing.T) {
	g := &Graph{}
	x := g.Input("x", 2)
	a := Apply(double{2}, x)
	y := Apply(double{3}, a)
	p := mustCompile(t, g, y)
	s, err := g.Stock(y)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		ask        func()
	}{
		{"an output before the first run", "has no value before the first run", func() { p.Value(y) }},
		{"its first element", "has no value before the first run", func() { p.Float(y) }},
		{"a node within", `graph: Program.Value: node "times 2" is not an output`, func() { p.Value(a) }},
		{"the zero Node", `node "zero Node" is not an output`, func() { p.Float(Node{}) }},
		{"another graph's node", `node "x" is not an output`, func() { p.Value((&Graph{}).Input("x", 2)) }},
		{"an invalid node", `node "invalid node" is not an output`, func() { p.Value((&Graph{}).Input("x", -2)) }},
		{"Gorgonia's machine before its first run", "has no value before the first run", func() { s.Value(y) }},
		{"Gorgonia's machine and the zero Node", "is not an output", func() { s.Value(Node{}) }},
	} {
		if words := panics(c.ask); !strings.Contains(words, c.want) || strings.HasPrefix(words, "runtime") {
			t.Errorf("%s: %q", c.name, words)
		}
	}
	for _, c := range []struct {
		name, want string
		use        func()
	}{
		{"nothing set", `stock: never set: input "x"`, func() {}},
		{"the zero Node", `set "zero Node": it is not an input`, func() { s.Set(Node{}, 1.) }},
		{"nil", `set "x": got nil`, func() { s.Set(x, nil) }},
		{"step 0", "set the step: got 0", func() { s.SetStep(0) }},
	} {
		if c.use(); true {
			if err := s.Run(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("stock, %s: got %v", c.name, err)
			}
		}
	}
	late := Apply(double{5}, x)
	for _, c := range []struct {
		name string
		n    Node
		want bool
	}{
		{"an output before the first run", y, false},
		{"a node within", a, false},
		{"the zero Node", Node{}, false},
		{"another graph's node", (&Graph{}).Input("x", 2), false},
		{"a node that was added later", late, false},
		{"an input", x, true}, // control
	} {
		if _, ok := p.Lookup(c.n); ok != c.want {
			t.Errorf("%s: Lookup says %v", c.name, ok)
		}
	}
}

// TestCloneAtAnyTime: a program may be cloned while another goroutine sets its inputs and runs it for the first time.
func TestCloneAtAnyTime(t *testing.T) {
	g := &Graph{}
	x := g.Input("x", 2)
	y := Apply(double{2}, x)
	for range 20 {
		p, err := g.Compile(y)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			p.Set(x, []float32{1, 2})
			done <- p.Run()
		}()
		c := p.Clone()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		c.Set(x, []float32{3, 4})
		if err := c.Run(); err != nil || p.Value(y).At(1) != 4 || c.Value(y).At(1) != 8 {
			t.Fatalf("%v and %v, error %v", p.Value(y), c.Value(y), err)
		}
	}
}

// TestCloneKeepsInputs: a clone begins with what was set, and has its own from then on.
func TestCloneKeepsInputs(t *testing.T) {
	g := &Graph{}
	x, y := g.Input("x", 2), g.Input("y", 2)
	z := Apply(times{}, x, y)
	p := mustCompile(t, g, z)
	p.Set(x, []float32{1, 2})
	c := p.Clone()
	if err := c.Run(); err == nil || !strings.Contains(err.Error(), `never set: input "y"`) {
		t.Errorf("got %v", err)
	}
	c.Set(y, []float32{5, 6})
	d := c.Clone()
	d.Set(x, []float32{0, 1})
	mustRun(t, c)
	mustRun(t, d)
	wantValue(t, "the clone", c.Value(z), 5, 12)
	wantValue(t, "the clone's clone", d.Value(z), 0, 6)
	if err := p.Run(); err == nil {
		t.Error("what is set in a clone is set in the program")
	}
	p.Set(x, "abc")
	if err := p.Clone().Run(); err == nil || !strings.Contains(err.Error(), "Go type string") {
		t.Errorf("a clone forgets the mistake: %v", err)
	}
}

// TestTwoGoroutines: a program at work tells a second goroutine so, and both of its own clones run.
func TestTwoGoroutines(t *testing.T) {
	g := &Graph{}
	x := g.Input("x", 2)
	entered, leave := make(chan bool), make(chan bool)
	p := mustCompile(t, g, Apply(&odd{eval: func() {
		entered <- true
		<-leave
	}}, x))
	p.Set(x, []float32{1, 2})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := p.Run(); err != nil {
			t.Error(err)
		}
	})
	<-entered
	if err := p.Run(); err == nil || !strings.Contains(err.Error(),
		"Run: the program is at work: for another goroutine") {
		t.Errorf("got %v", err)
	}
	p.Set(x, []float32{3, 4})
	leave <- true
	wg.Wait()
	if err := p.Run(); err == nil || !strings.Contains(err.Error(), `set "x": Set: the program is at work`) {
		t.Errorf("got %v", err)
	}
	if got := p.Value(x).F32[0]; got != 1 {
		t.Errorf("the input is %v in spite of the error", got)
	}
}

// TestNothingMade: methods of graphs, programs and parameters that nobody has made, and elements that are not there,
// are told in words.
func TestNothingMade(t *testing.T) {
	for _, v := range []any{(*Graph)(nil), (*Program)(nil), &Program{}, (*StockProgram)(nil), &StockProgram{},
		(*Param)(nil)} {
		of := reflect.ValueOf(v)
		for i := range of.NumMethod() {
			method, name := of.Method(i), of.Type().Method(i).Name
			var in []reflect.Value
			for k := range method.Type().NumIn() {
				if !method.Type().IsVariadic() || k < method.Type().NumIn()-1 {
					in = append(in, reflect.Zero(method.Type().In(k)))
				}
			}
			words := panics(func() {
				for _, out := range method.Call(in) {
					if err, ok := out.Interface().(error); ok {
						panic(err.Error())
					}
				}
			})
			if words == "" || strings.HasPrefix(words, "runtime") {
				t.Errorf("%s of %#v: got %q", name, v, words)
			}
		}
	}
	full := FromFloat32([]float32{1, 2}, 2)
	for _, c := range []struct {
		name, want string
		use        func()
	}{
		{"an op in no graph", "graph: Graph.ApplyIn: the *Graph is nil", func() { ApplyIn(nil, nil) }},
		{"an op on no operand", "graph.Apply: times 2 is given no operand", func() { Apply(double{2}) }},
		{"a failure on no operand", "graph.Fail: mine: there is no operand to tell the graph: odd",
			func() { Failf("mine", nil, "odd") }},
		{"an element of no tensor", "graph: Tensor.At(0): float32 () has 0 elements", func() { Tensor{}.At(0) }},
		{"an element before the first", "graph: Tensor.At(-1): float32 (2) has 2 elements", func() { full.At(-1) }},
		{"an element after the last", "graph: Tensor.At(2): float32 (2) has 2 elements", func() { full.At(2) }},
		{"an element of no type", "graph: Tensor.At(0): dtype(9) () has 0 elements",
			func() { Tensor{Type: Type{DType: 9}}.At(0) }},
		{"an integer after the last", "graph: Dims.At(9): there are 2 integers", func() { MakeDims(1, 2).At(9) }},
		{"an integer before the first", "graph: Dims.At(-1): there are 2 integers", func() { MakeDims(1, 2).At(-1) }},
		{"nothing wrong", "", func() { full.At(1); MakeDims(1, 2).At(1) }}, // negative control
	} {
		if words := panics(c.use); !strings.HasPrefix(words, c.want) || c.want == "" && words != "" {
			t.Errorf("%s: got %q, want %q", c.name, words, c.want)
		}
	}
	if got := fmt.Sprint(Frame{}); strings.Contains(got, "PANIC") || !strings.Contains(got, "no instruction") {
		t.Errorf("no frame prints as %s", got)
	}
}

// TestErrorsActOnNoTerminal: whatever layers, inputs, parameters and ops are called, errors of the package hold no
// character that acts on a terminal.
func TestErrorsActOnNoTerminal(t *testing.T) {
	const name = "a\x1b[31m\n\u202eb"
	run := func(g *Graph, out ...Node) error {
		p, err := g.Compile(out...)
		if err != nil {
			return err
		}
		for _, n := range g.Nodes() {
			if n.Kind() == KindInput {
				p.Set(n, []float32{-1, 1})
			}
		}
		return p.Run()
	}
	op := func(o *odd) *odd {
		o.name = func() string { return name }
		return o
	}
	for _, c := range []struct {
		name string
		err  func(g *Graph, x Node) error
	}{
		{"operands that do not fit",
			func(g *Graph, x Node) error { Apply(times{}, x, g.Input("y", 3)); return g.Err() }},
		{"an input twice", func(g *Graph, _ Node) error { g.Input(name, 2); return g.Err() }},
		{"an input twice", func(g *Graph, _ Node) error { g.Input(name, 2); return g.Err() }},
		{"a parameter of another type", func(g *Graph, _ Node) error {
			g.Param(NewParam(name, Type{Float64, Shape{2}}))
			return g.Err()
		}},
		{"an integer's gradient",
			func(g *Graph, x Node) error { Gradients(Apply(total{}, x), g.Indices(name+"i", 2)); return g.Err() }},
		{"no op", func(g *Graph, x Node) error { Apply(nil, x); return g.Err() }},
		{"a failure with a name", func(g *Graph, x Node) error { Failf(name, []Node{x}, "%s", name); return g.Err() }},
		{"an output of another graph", func(g *Graph, x Node) error { return run(&Graph{}, x) }},
		{"an evaluation that panics",
			func(g *Graph, x Node) error { return run(g, Apply(op(&odd{eval: func() { panic(name) }}), x)) }},
		{"a view that lies outside", func(g *Graph, x Node) error {
			return run(g, Apply(op(&odd{view: func() (int, int) { return 0, 9 }}), x))
		}},
		{"working memory of no type", func(g *Graph, x Node) error {
			return run(g, Apply(op(&odd{scratch: func() []Type { return []Type{{7, nil}} }}), x))
		}},
		{"an input never set", func(g *Graph, x Node) error { return mustCompile(t, g, Apply(double{2}, x)).Run() }},
		{"an input that does not fit", func(g *Graph, x Node) error {
			p := mustCompile(t, g, Apply(double{2}, x))
			p.Set(x, []float32{1})
			return p.Run()
		}},
		{"a layer that is not there", func(g *Graph, x Node) error {
			_, err := g.CompileWith(CompileOptions{Checkpoint: []string{name + "!"}}, Apply(double{2}, x))
			return err
		}},
		{"a pass that is not there", func(g *Graph, x Node) error {
			_, err := g.CompileWith(CompileOptions{Without: []string{name}}, x)
			return err
		}},
		{"a number that is not finite", func(g *Graph, x Node) error {
			w := g.Param(vec(name+"w", 2))
			y := Apply(double{2}, x)
			g.Assign(w, y)
			p := mustCompile(t, g)
			p.Set(x, []float32{3e38, 1})
			return errors.Join(p.Run(), p.Check())
		}},
		{"Gorgonia's machine", func(g *Graph, x Node) error {
			s, err := g.Stock(Apply(double{2}, x))
			if err != nil {
				return err
			}
			s.Set(x, []float32{1})
			return errors.Join(s.Run(), s.Run())
		}},
	} {
		g := &Graph{}
		g.Scope(name)
		err := c.err(g, g.Input(name, 2))
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		if words := strings.ReplaceAll(err.Error(), "\n", ""); words != plain.Text(words) ||
			strings.Contains(err.Error(), "m\n") {
			t.Errorf("%s: %q", c.name, err)
		}
	}
}

// TestStepNumberWhileItRuns: another goroutine may ask how far a program is, and clone it; the race detector looks on.
func TestStepNumberWhileItRuns(t *testing.T) {
	g := &Graph{}
	x := g.Input("x", 2)
	p := mustCompile(t, g, Apply(double{2}, x))
	p.Set(x, []float32{1, 2})
	mustRun(t, p)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 100 {
			if err := p.Run(); err != nil {
				t.Error(err)
			}
		}
	})
	last := 0
	for range 100 {
		n := p.StepNumber()
		if n < last {
			t.Fatalf("step %d comes after %d", n, last)
		}
		last = n
		if c := p.Clone(); c.StepNumber() < last {
			t.Fatalf("the clone is at step %d, the program at %d before", c.StepNumber(), last)
		}
	}
	wg.Wait()
}
