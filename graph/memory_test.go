package graph

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// produce is an op whose result has a type of any size and whose elements it leaves alone.
type produce struct {
	t       Type
	scratch int // so many tensors of 2³³ bytes
}

func (produce) String() string                              { return "produce" }
func (o produce) Types([]Type) ([]Type, error)              { return []Type{o.t}, nil }
func (produce) Grad(_, _ []Node, _ []Node, _ []bool) []Node { return nil }
func (produce) Eval(_, _ []Tensor) error                    { return nil }
func (o produce) Scratch([]Type) []Type {
	return slices.Repeat([]Type{{Int64, Shape{1 << 30}}}, o.scratch)
}

// with8GB is the type of the largest float32 value of a round size.
var with8GB = Type{Float32, Shape{2000, 1000, 1000}}

// hungry are graphs that need more memory than there is, and the words that must be in the answer.
var hungry = []struct {
	name  string
	build func(g *Graph, x Node) []Node
	want  string // a regular expression
}{
	{"10 TB in the arena, all alive at one instruction", func(g *Graph, x Node) []Node {
		var all []Node
		for range 1250 {
			all = append(all, Apply(produce{t: with8GB}, x))
		}
		return []Node{Apply(produce{t: Type{Float32, Shape{1}}}, all...)}
	}, `the program needs 10\.0 TB: 10\.0 TB for the arena \(the most, 10\.0 TB, at instruction 12\d\d, produce.*\),` +
		` 4 B for outputs`},
	{"2⁴⁵ bytes in the arena, of scratch", func(g *Graph, x Node) []Node {
		return []Node{Apply(produce{Type{Float32, Shape{1}}, 1 << 12}, x)}
	}, `needs 35\.2 TB: 35\.2 TB for the arena \(the most, 35\.2 TB, at instruction 0, produce: float32 \(1\)\)`},
	{"the layer is named", func(g *Graph, x Node) []Node {
		defer g.Scope("layer1")()
		return []Node{Apply(produce{Type{Float32, Shape{1}}, 1 << 12}, x)}
	}, `at instruction 0, produce in layer1: float32 \(1\)\)`},
	{"10 TB of outputs", func(g *Graph, x Node) (outputs []Node) {
		for range 1250 {
			outputs = append(outputs, Apply(produce{t: with8GB}, x))
		}
		return outputs
	}, `needs 10\.0 TB: 10\.0 TB for outputs \(the largest .*, float32 \(2000, 1000, 1000\)\)`},
	{"10 TB of inputs", func(g *Graph, x Node) []Node {
		all := []Node{x}
		for i := range 1250 {
			all = append(all, g.Input(fmt.Sprint("x", i), with8GB.Shape...))
		}
		return []Node{Apply(produce{t: Type{Float32, Shape{1}}}, all...)}
	}, `needs 10\.0 TB: .*10\.0 TB for inputs \(the largest x0, float32 \(2000, 1000, 1000\)\)`},
	{"10 TB of constants", func(g *Graph, x Node) []Node {
		all := []Node{x}
		for i := range 1250 {
			all = append(all, g.Full(float64(i)+0.5, with8GB.Shape...))
		}
		return []Node{Apply(produce{t: Type{Float32, Shape{1}}}, all...)}
	}, `needs 10\.0 TB: .*10\.0 TB for constants`},
	{"10 TB of what an op makes of nothing", func(g *Graph, x Node) []Node {
		all := []Node{x}
		for range 1250 {
			all = append(all, ApplyIn(g, produce{t: with8GB})...)
		}
		return []Node{Apply(produce{t: Type{Float32, Shape{1}}}, all...)}
	}, `needs 10\.0 TB: .*10\.0 TB for constants`},
	{"2 TB of 2000 registers of 1 GB", func(g *Graph, x Node) []Node {
		all := []Node{x}
		for range 2000 {
			all = append(all, Apply(produce{t: Type{Float32, Shape{250, 1000, 1000}}}, all[0]))
		}
		return []Node{Apply(produce{t: Type{Float32, Shape{1}}}, all...)}
	}, `needs 2\.0 TB: 2\.0 TB for the arena`},
}

// TestMemoryThatCannotBeHad: such a program compiles and prints, and whatever would need its memory tells how much
// that is and what it is for, in one line.
func TestMemoryThatCannotBeHad(t *testing.T) {
	const all = `^run: the program needs [^\n]*; [\d.]+ [kMGT]?B can be had: use a smaller batch or Checkpoint$`
	for _, c := range hungry {
		t.Run(c.name, func(t *testing.T) {
			g := &Graph{}
			x := g.Input("x", 1)
			outputs := c.build(g, x)
			compiled := func() *Program {
				p, err := g.Compile(outputs...)
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			p := compiled()
			if _, err := p.WriteTo(io.Discard); err != nil || p.Memory() == (MemoryUse{}) {
				t.Errorf("the tape: %v, %v", err, p.Memory())
			}
			for _, do := range []struct {
				name string
				run  func() error
			}{
				{"Run", p.Run},
				{"a second Run", p.Run},
				{"Set and Run", func() error { p.Set(x, []float32{1}); p.Set(x, []float32{1}); return p.Run() }},
				{"Step", func() error { _, err := p.Step(); return err }},
				{"Trace", func() error { return p.Trace(func(Frame) error { return nil }) }},
				{"Profile", func() error { _, err := p.Profile(1); return err }},
				{"Check", p.Check},
				{"Run of a Clone", func() error { return p.Clone().Run() }},
				{"Value of an input", func() error {
					said := words(func() { p.Value(x) })
					return fmt.Errorf("%s", strings.TrimPrefix(said, "graph: Program.Value: "))
				}},
			} {
				err := do.run()
				if err == nil || !regexp.MustCompile(all).MatchString(err.Error()) ||
					!regexp.MustCompile(c.want).MatchString(err.Error()) {
					t.Errorf("%s: got %v\nwant %s", do.name, err, c.want)
				}
				if p.values != nil {
					t.Fatalf("%s: there is memory", do.name)
				}
			}
			if said := words(func() { p.Value(outputs[0]) }); !strings.Contains(said,
				"has no value before the first run") {
				t.Errorf("Value: %s", said)
			}
		})
	}
}

// TestMemoryThatCanBeHad: the comparison is with what can be had now, and only for what is not little. What is said
// to be there is a control: the same program runs, does not, and runs again.
func TestMemoryThatCanBeHad(t *testing.T) {
	defer func(f func() int) { available = f }(available)
	asked := 0
	has := func(n int) { available, asked = func() int { asked++; return n }, 0 }
	program := func(elements int) (*Program, Node) {
		g := &Graph{}
		x := g.Input("x", 1)
		p, err := g.Compile(Apply(produce{t: Type{Float32, Shape{elements}}}, x))
		if err != nil {
			t.Fatal(err)
		}
		return p, x
	}
	const large, little = 80_000_000 / 4, 1000
	p, x := program(large)
	has(70_000_000)
	p.Set(x, []float32{1})
	err := p.Run()
	if want := "80.0 MB for outputs"; err == nil || !strings.Contains(err.Error(), want) ||
		!strings.Contains(err.Error(), "; 70.0 MB can be had") {
		t.Errorf("got %v, want %s", err, want)
	}
	if asked != 2 {
		t.Errorf("asked %d times, want once more after the collector has given back", asked)
	}
	if said := words(func() { p.Value(x) }); !strings.Contains(said, "70.0 MB can be had") {
		t.Errorf("Value: %s", said)
	}
	has(90_000_000)
	if err := p.Run(); err == nil || !strings.Contains(err.Error(), `never set: input "x"`) {
		t.Errorf("after a Set that had no memory: %v", err)
	}
	p.Set(x, []float32{1})
	mustRun(t, p)
	has(0)
	mustRun(t, p) // it has its memory
	c := p.Clone()
	if err := c.Run(); err == nil || !strings.Contains(err.Error(), "0 B can be had") {
		t.Errorf("a clone: %v", err)
	}
	has(90_000_000)
	if err := c.Run(); err == nil || !strings.Contains(err.Error(), `never set: input "x"`) {
		t.Errorf("a clone that had no memory for what was set: %v", err)
	}
	has(0)
	q, x := program(little)
	q.Set(x, []float32{1})
	mustRun(t, q)
	if asked != 0 {
		t.Errorf("a little program asked %d times", asked)
	}
}

// TestLateConstants: constants beyond what is made at compile have the same elements, in a clone too.
func TestLateConstants(t *testing.T) {
	g := &Graph{}
	var outputs []Node
	for i := range 3 {
		outputs = append(outputs, g.Full(float64(i)+0.1, 7_000_000)) // of 28 MB
	}
	p, err := g.Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	if late := p.code.outputs[2]; late.late == nil || !late.konst.empty() {
		t.Fatal("the third constant is made while the program is compiled")
	}
	for _, p := range []*Program{p, p.Clone()} {
		mustRun(t, p)
		for i, n := range outputs {
			if v := p.Value(n).F32; v[0] != float32(float64(i)+0.1) || v[6_999_999] != v[0] {
				t.Errorf("constant %d: %v", i, v[0])
			}
		}
	}
}
