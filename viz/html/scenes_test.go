package html_test

import (
	"math"
	"sync"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz/trace"
)

// forks is f = (x + σ(y)) / (σ(x) + (x+y)²) at x = 3, y = -4, of CS231n.
func forks(t testing.TB) *trace.Trace {
	g := &graph.Graph{DType: graph.Float64, Lines: true}
	x, y := g.Input("x"), g.Input("y")
	s := ops.Add(x, y)
	f := ops.Div(ops.Add(x, ops.Sigmoid(y)), ops.Add(ops.Sigmoid(x), ops.Mul(s, s)))
	p := compile(t, g, append(graph.Gradients(f, x, y), f)...)
	p.Set(x, 3.)
	p.Set(y, -4.)
	return recorded(t, p, trace.Text{En: "Gradients add at a fork", Zh: "分叉处梯度相加"})
}

// lenet is a step of LeNet-5 by Adam on two pictures, recorded once: tests do not change it.
func lenet(t testing.TB) *trace.Trace {
	t.Helper()
	lenetOnce.Do(func() { lenetOnce.t = recordLeNet(t) })
	return lenetOnce.t
}

var lenetOnce struct {
	sync.Once
	t *trace.Trace
}

func recordLeNet(t testing.TB) *trace.Trace {
	return recorded(t, lenetProgram(t), trace.Text{En: "LeNet-5, one training step", Zh: "LeNet-5，一步训练"})
}

func lenetProgram(t testing.TB) *graph.Program {
	t.Helper()
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
	return p
}

func compile(t testing.TB, g *graph.Graph, out ...graph.Node) *graph.Program {
	t.Helper()
	p, err := g.CompileWith(graph.CompileOptions{Teach: true}, out...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func recorded(t testing.TB, p *graph.Program, title trace.Text) *trace.Trace {
	t.Helper()
	run, err := trace.Record(p, trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return trace.New(title, run)
}
