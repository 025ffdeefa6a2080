package html

import (
	"os"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz/trace"
)

func lenet(t testing.TB) *trace.Trace {
	g := &graph.Graph{Mode: graph.Train, Seed: 1, DType: graph.Float64}
	x, y := g.Input("x", 2, 1, 28, 28), g.Indices("y", 2)
	m := cnn.NewLeNet5(10)
	m.Params().SetDType(graph.Float64)
	loss := ops.CrossEntropy(m.Forward(x), y)
	train.Minimize(loss, &train.Adam{LR: 1e-3})
	p, err := g.CompileWith(graph.CompileOptions{Teach: true}, loss)
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float64, 2*28*28)
	for i := range v {
		v[i] = float64(i*7%31) / 31
	}
	p.Set(x, v)
	p.Set(y, []int64{3, 5})
	return &trace.Trace{Format: trace.Format, Version: 1, Title: trace.Text{En: "LeNet-5", Zh: "LeNet-5 网络"},
		Settings: []trace.Setting{{}}, Runs: []trace.Run{mini(t, g, p, loss)}}
}

func forks(t testing.TB) *trace.Trace {
	g := &graph.Graph{Mode: graph.Train, Seed: 1, DType: graph.Float64}
	x, y := g.Input("x"), g.Input("y")
	s := ops.Add(x, y)
	loss := ops.Div(ops.Add(x, ops.Sigmoid(y)), ops.Add(ops.Sigmoid(x), ops.Mul(s, s)))
	grads := graph.Gradients(loss, x, y)
	p, err := g.CompileWith(graph.CompileOptions{Teach: true}, append(grads, loss)...)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(x, 3.)
	p.Set(y, -4.)
	return &trace.Trace{Format: trace.Format, Version: 1, Title: trace.Text{En: "A fork: gradients add", Zh: "分叉处梯度相加"},
		Settings: []trace.Setting{{}}, Runs: []trace.Run{mini(t, g, p, loss)}}
}

func TestPages(t *testing.T) {
	for name, tr := range map[string]*trace.Trace{"lenet": lenet(t), "forks": forks(t)} {
		f, err := os.Create("/tmp/page-try/" + name + ".html")
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(f, tr, Options{}); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}
