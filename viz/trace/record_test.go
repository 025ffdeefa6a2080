package trace_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz/trace"
)

// step is a training step with its inputs set.
type step struct {
	prog *graph.Program
	loss graph.Node
}

// scalars is f = (x + σ(y)) / (σ(x) + (x+y)²) at x = 3, y = -4, of CS231n.
func scalars(t testing.TB) step {
	g := &graph.Graph{DType: graph.Float64, Lines: true}
	x, y := g.Input("x"), g.Input("y")
	f := ops.Div(ops.Add(x, ops.Sigmoid(y)), ops.Add(ops.Sigmoid(x), ops.Square(ops.Add(x, y))))
	grads := graph.Gradients(f, x, y)
	p := compile(t, g, f, grads[0], grads[1])
	p.Set(x, 3.)
	p.Set(y, -4.)
	return step{p, f}
}

func compile(t testing.TB, g *graph.Graph, out ...graph.Node) *graph.Program {
	t.Helper()
	p, err := g.CompileWith(graph.CompileOptions{Teach: true}, out...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lenet is a step of LeNet-5 by Adam on two pictures.
func lenet(t testing.TB) step {
	g := &graph.Graph{Mode: graph.Train, DType: graph.Float64, Lines: true}
	m := cnn.NewLeNet5(10)
	if err := m.Params().SetDType(graph.Float64); err != nil {
		t.Fatal(err)
	}
	x, y := g.Input("x", 2, 1, 28, 28), g.Indices("y", 2)
	loss := ops.CrossEntropy(m.Forward(x), y)
	train.Minimize(loss, &train.Adam{})
	p := compile(t, g, loss)
	v := make([]float64, 2*28*28)
	for i := range v {
		v[i] = math.Abs(math.Sin(float64(i)))
	}
	p.Set(x, v)
	p.Set(y, []int{3, 7})
	return step{p, loss}
}

func record(t testing.TB, s step, opt trace.Options) trace.Run {
	t.Helper()
	run, err := trace.Record(s.prog, opt)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestFirst(t *testing.T) {
	for _, s := range []step{scalars(t), lenet(t)} {
		run := record(t, s, trace.Options{})
		tr := trace.New(trace.Text{En: "f", Zh: "f"}, run)
		var b bytes.Buffer
		if _, err := tr.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		fmt.Println(b.Len(), len(run.Nodes), len(run.Instructions), len(run.Steps), len(run.Forks), run.Loss, run.Whole)
		if b.Len() < 40000 {
			fmt.Println(b.String())
		}
		for _, c := range run.States[0].Checks {
			fmt.Println(run.Nodes[c.Grad].Name, run.Nodes[c.Grad].GradOf, c.Error, c.OK, c.Why, len(c.At))
		}
		for _, a := range run.States[0].Alarms {
			fmt.Println(a.Kind, a.Text.En, a.Text.Zh)
		}
		if _, err := trace.Read(&b); err != nil {
			t.Fatal(err)
		}
	}
}
