package graph_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// lessons are training steps of models as they are traced. Each returns the loss and what the inputs are set to.
var lessons = map[string]func(g *graph.Graph) (loss graph.Node, set map[graph.Node]any){
	"mlp": func(g *graph.Graph) (graph.Node, map[graph.Node]any) {
		x, y := g.Input("x", 4, 6), g.Indices("y", 4)
		return ops.CrossEntropy(mlp.New(6, 5, 3).Forward(x), y),
			map[graph.Node]any{x: wave(24), y: []int64{0, 1, 2, 1}}
	},
	"lenet5": func(g *graph.Graph) (graph.Node, map[graph.Node]any) {
		x, y := g.Input("x", 2, 1, 28, 28), g.Indices("y", 2)
		return ops.CrossEntropy(cnn.NewLeNet5(10).Forward(x), y), map[graph.Node]any{x: wave(2 * 28 * 28),
			y: []int64{3, 7}}
	},
	"convnet": func(g *graph.Graph) (graph.Node, map[graph.Node]any) {
		x, y := g.Input("x", 2, 1, 28, 28), g.Indices("y", 2)
		return ops.CrossEntropy(cnn.NewConvNet(10).Forward(x), y), map[graph.Node]any{x: wave(2 * 28 * 28),
			y: []int64{3, 7}}
	},
	"lstm": func(g *graph.Graph) (graph.Node, map[graph.Node]any) {
		s := nn.NewScope()
		x, h, c := g.Input("x", 3, 5, 4), g.State("h", 1, 3, 6), g.State("c", 1, 3, 6)
		y, last := nn.NewLSTM(s.Sub("rnn"), 4, 6, nn.Recurrent{}).ForwardFrom(nn.State{H: h, C: c}, x, graph.Node{})
		g.Assign(h, last.H)
		g.Assign(c, last.C)
		return ops.Mean(ops.Square(nn.NewLinear(s.Sub("fc"), 6, 2).Forward(y))), map[graph.Node]any{x: wave(3 * 5 * 4)}
	},
}

// wave is n numbers between -1 and 1.
func wave(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(math.Sin(float64(i)))
	}
	return v
}

// lesson builds a training step by gradient descent, with a moment that nothing reads but itself.
func lesson(name string) (g *graph.Graph, loss graph.Node, set map[graph.Node]any) {
	g = &graph.Graph{Mode: graph.Train}
	loss, set = lessons[name](g)
	params := g.Trainable()
	grads := graph.Gradients(loss, params...)
	g.InPhase(graph.Update, func() {
		for i, p := range params {
			m := g.Param(graph.NewParam(p.Param().Name()+".momentum", p.Type()))
			g.Revise(m, func(m graph.Node) graph.Node { return ops.Add(ops.Scale(m, .9), grads[i]) })
			g.Assign(p, ops.Sub(p, ops.Scale(grads[i], .1)))
		}
	})
	return g, loss, set
}

// seen is what an observer sees: how many operands, and how many of them are not what they were when they were
// computed.
type seen struct{ operands, wrong int }

func observe(t *testing.T, p *graph.Program, g *graph.Graph) (s seen) {
	t.Helper()
	values := map[string][]float64{} // by name on the tape
	for _, n := range g.Nodes() {
		if n.Op() == nil && n.Kind() != graph.KindStep {
			values[n.Name()] = numbersOf(p.Value(n))
		}
	}
	err := p.Trace(func(f graph.Frame) error {
		for i, name := range f.Operands {
			want, known := values[name]
			if !known {
				continue
			}
			s.operands++
			if !slices.Equal(numbersOf(f.In[i]), want) {
				s.wrong++
			}
		}
		for i, name := range f.Results {
			values[name] = numbersOf(f.Out[i])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func numbersOf(t graph.Tensor) []float64 {
	v := make([]float64, 0, t.Shape.Size())
	for _, x := range t.F32 {
		v = append(v, float64(x))
	}
	for _, x := range t.I64 {
		v = append(v, float64(x))
	}
	return append(v, t.F64...)
}

// TestTeach: what an observer of the tape of a lesson sees is what was computed, which is not so on the other tapes.
func TestTeach(t *testing.T) {
	for name := range lessons {
		t.Run(name, func(t *testing.T) {
			g, loss, set := lesson(name)
			compile := func(opt graph.CompileOptions) *graph.Program {
				p, err := g.CompileWith(opt, loss)
				if err != nil {
					t.Fatal(err)
				}
				for n, v := range set {
					p.Set(n, v)
				}
				return p
			}
			if s := observe(t, compile(graph.CompileOptions{Teach: true}), g); s.wrong > 0 || s.operands < 20 {
				t.Errorf("the tape of a lesson shows %d of %d operands wrong", s.wrong, s.operands)
			}
			for _, opt := range []graph.CompileOptions{{}, {NoFuse: true}} { // a test that always passes tells nothing
				if s := observe(t, compile(opt), g); s.wrong == 0 {
					t.Errorf("%+v: all %d operands are seen as they were", opt, s.operands)
				}
			}
		})
	}
}

// TestTeachIsTheGraph: the instructions of the tape of a lesson are the nodes of the graph and its assignments.
func TestTeachIsTheGraph(t *testing.T) {
	for name := range lessons {
		t.Run(name, func(t *testing.T) {
			g, loss, set := lesson(name)
			p, err := g.CompileWith(graph.CompileOptions{Teach: true}, loss)
			if err != nil {
				t.Fatal(err)
			}
			targets, values := g.Assigned()
			want := map[graph.Node]bool{} // first results that are needed
			need := append(slices.Clone(values), loss)
			for len(need) > 0 {
				n := need[0].Results()[0]
				need = need[1:]
				if n.Op() != nil && !want[n] {
					want[n] = true
					need = append(need, n.Inputs()...)
				}
			}
			lines := p.Instructions()
			if len(lines) != len(want)+len(targets) {
				t.Errorf("%d instructions for %d nodes and %d assignments", len(lines), len(want), len(targets))
			}
			for i, in := range lines {
				first := in.Nodes[0]
				switch assigns := slices.Contains(targets, first); {
				case in.View || in.InPlace || in.Again:
					t.Errorf("%v is more than an instruction", in)
				case i >= len(want):
					if !assigns || in.Phase != graph.Update || len(in.Nodes) != 1 {
						t.Errorf("%v is no assignment", in)
					}
				case !slices.Equal(in.Nodes, first.Results()) || !want[first] || in.Op != first.Op():
					t.Errorf("%v is not one node", in)
				}
			}
			teach, plain := p, mustCompileWith(t, g, graph.CompileOptions{NoFuse: true}, loss)
			params := snapshot(g)
			for n, v := range set {
				teach.Set(n, v)
				plain.Set(n, v)
			}
			must(teach.Run())
			after := snapshot(g)
			for p, v := range params {
				p.Tensor().CopyFrom(v)
			}
			must(plain.Run())
			for p, v := range snapshot(g) {
				if !slices.Equal(numbersOf(v), numbersOf(after[p])) {
					t.Errorf("%s differs from what the plain tape makes of it", p.Name())
				}
			}
			for n := range want {
				if got := teach.Value(n); len(numbersOf(got)) != n.Size() {
					t.Errorf("the value of %v has %d numbers", n, len(numbersOf(got)))
				}
			}
			if n := testing.AllocsPerRun(3, func() { must(teach.Run()) }); n != 0 {
				t.Errorf("a run allocates %v times", n)
			}
		})
	}
}

func mustCompileWith(t *testing.T, g *graph.Graph, opt graph.CompileOptions, outputs ...graph.Node) *graph.Program {
	t.Helper()
	p, err := g.CompileWith(opt, outputs...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// snapshot copies the parameters of a graph.
func snapshot(g *graph.Graph) map[*graph.Param]graph.Tensor {
	all := map[*graph.Param]graph.Tensor{}
	for _, p := range g.Params() {
		all[p] = p.Tensor().Clone()
	}
	return all
}

// TestTeachAlone: options that leave values out or compute them at another time do not go with it.
func TestTeachAlone(t *testing.T) {
	g, loss, _ := lesson("mlp")
	for _, opt := range []graph.CompileOptions{{Teach: true, Constant: true},
		{Teach: true, Checkpoint: []string{"fc1"}}} {
		if _, err := g.CompileWith(opt, loss); err == nil ||
			!strings.Contains(err.Error(), "compile: the option Teach keeps every value") {
			t.Errorf("%+v: got %v", opt, err)
		}
	}
}

// The tape of a lesson: every node is an instruction, and so is every assignment.
func ExampleCompileOptions_teach() {
	g := &graph.Graph{Mode: graph.Train}
	x, w := g.Input("x", 2), g.Param(vector("w", 1, 2))
	loss := ops.Sum(ops.Square(ops.Mul(x, w)))
	dw := graph.Gradients(loss, w)[0]
	g.InPhase(graph.Update, func() { g.Assign(w, ops.Sub(w, ops.Scale(dw, .1))) })
	prog, err := g.CompileWith(graph.CompileOptions{Teach: true}, loss)
	must(err)
	prog.Set(x, []float32{1, 1})
	must(prog.Trace(func(f graph.Frame) error {
		fmt.Println(f.Phase, f.Op, f.Operands, "gives", f.Results, f.Out[0].F32)
		return nil
	}))
	// Output:
	// forward mul [x w] gives [%2] [1 2]
	// forward square [%2] gives [%3] [1 4]
	// forward sum axes=[0] [%3] gives [%4] [5]
	// backward const 1 [] gives [%5] [1]
	// backward reshape [1] [%5] gives [%6] [1]
	// backward expand [2] [%6] gives [%7] [1 1]
	// backward mul [%7 %2] gives [%8] [1 2]
	// backward scale s=2 [%8] gives [%9] [2 4]
	// backward mul [%9 x] gives [∂w] [2 4]
	// update scale s=0.1 [∂w] gives [%11] [0.2 0.4]
	// update sub [w %11] gives [%12] [0.8 1.6]
	// update copy [%12] gives [w] [0.8 1.6]
}
