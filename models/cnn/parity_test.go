package cnn_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// parity is what PyTorch 1.13 gives, see testdata/parity.py.
type parity struct {
	Logits    []float64            `json:"logits"`
	Gradients map[string][]float64 `json:"gradients"` // norm and first four elements
	Losses    map[string][]float64 `json:"losses"`
}

// numbers are the script's pseudo-random numbers in [0, 1).
func numbers(n, salt int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64((i*7919+(i*i%10007)*31+salt*1047)%10007) / 10007
	}
	return v
}

// start gives the parameters the script's initial values.
func start(m nn.Model) nn.Model {
	k := 0
	for p := range m.Params().All() {
		k++
		fan := 16.
		if s := p.Type().Shape; len(s) > 1 {
			fan = float64(s[1:].Size())
		}
		for i, v := range numbers(p.Type().Shape.Size(), k) {
			p.Tensor().F32[i] = float32((v - .5) * 2 / math.Sqrt(fan))
		}
	}
	return m
}

func parityBatch() (x, y graph.Tensor) {
	x, y = graph.NewTensor(graph.Type{Shape: graph.Shape{8, 1, 28, 28}}),
		graph.NewTensor(graph.Type{DType: graph.Int64, Shape: graph.Shape{8}})
	for i, v := range numbers(len(x.F32), 0) {
		x.F32[i] = float32(v)
	}
	for i := range y.I64 {
		y.I64[i] = int64(i * 3 % 10)
	}
	return x, y
}

// close compares norm-wise, relative.
func close(got, want []float64, tol float64) bool {
	var diff, norm float64
	for i := range want {
		diff += (got[i] - want[i]) * (got[i] - want[i])
		norm += want[i] * want[i]
	}
	return math.Sqrt(diff) <= tol*math.Sqrt(norm)
}

func TestPyTorchParity(t *testing.T) {
	raw, err := os.ReadFile("testdata/parity.json")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]parity{}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	x, y := parityBatch()
	for _, m := range models()[:2] {
		w := want[m.name]
		t.Run(m.name, func(t *testing.T) {
			model := start(m.build())
			g := &graph.Graph{Mode: graph.Train}
			xn, yn := g.Input("x", x.Shape...), g.Indices("y", 8)
			logits := model.Forward(xn)
			params := g.Trainable()
			grads := graph.Gradients(ops.CrossEntropy(logits, yn), params...)
			p, err := g.Compile(append(grads, logits)...)
			if err != nil {
				t.Fatal(err)
			}
			p.Set(xn, x)
			p.Set(yn, y)
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			var got []float64
			for _, v := range p.Value(logits).F32 {
				got = append(got, float64(v))
			}
			if !close(got, w.Logits, 1e-5) {
				t.Errorf("logits %v\nwant %v", got, w.Logits)
			}
			for i, d := range grads {
				norm, head := 0.0, []float64{0}
				for j, v := range p.Value(d).F32 {
					norm += float64(v) * float64(v)
					if j < 4 {
						head = append(head, float64(v))
					}
				}
				head[0] = math.Sqrt(norm)
				if !close(head, w.Gradients[params[i].Name()], 1e-5) {
					t.Errorf("gradient of %s: %v, want %v", params[i].Name(), head, w.Gradients[params[i].Name()])
				}
			}
		})
		for name, opt := range map[string]train.Optimizer{"sgd": &train.SGD{LR: .05},
			"momentum": &train.SGD{LR: .05, Momentum: .9}, "adam": &train.Adam{LR: 1e-3}} {
			t.Run(m.name+" "+name, func(t *testing.T) {
				tr := train.New(train.Supervised(start(m.build()), ops.CrossEntropy), opt)
				for i, l := range w.Losses[name] {
					got, err := tr.Step(x, y)
					if err != nil {
						t.Fatal(err)
					}
					if math.Abs(got-l) > 1e-5*l {
						t.Errorf("loss %d is %.8g, want %.8g", i, got, l)
					}
				}
			})
		}
	}
}
