package rnn_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/rnn"
	"github.com/stheno-ml/stheno/train"
)

// parity is what PyTorch 1.13 gives, see testdata/characters.py.
type parity struct {
	Name       string
	Parameters []string // sorted
	Logits     []float64
	Grads      [][]float64
	Losses     []float64
	Trained    [][]float64
}

// lanes are the script's two lanes of text.
var lanes = [2][]int64{{0, 3, 1, 4, 4, 2, 0, 1, 3, 2}, {2, 2, 4, 0, 1, 3, 3, 0, 4, 1}}

// stretch is what a model reads in step k, and what follows.
func stretch(k int) (x, y graph.Tensor) {
	const length = 3
	at := k * length
	return graph.FromInt64(slices.Concat(lanes[0][at:at+length], lanes[1][at:at+length]), 2, length),
		graph.FromInt64(slices.Concat(lanes[0][at+1:at+length+1], lanes[1][at+1:at+length+1]), 2, length)
}

// sorted are the parameters of a model by name, with the script's initial values.
func sorted(m character) (all []*graph.Param) {
	all = slices.SortedFunc(m.Params().All(), func(a, b *graph.Param) int { return cmp.Compare(a.Name(), b.Name()) })
	for i, p := range all {
		for k := range p.Tensor().F32 {
			p.Tensor().F32[k] = float32(math.Sin(float64(100*i + k)))
		}
	}
	return all
}

// apart is by how much of the norm of want got differs from it.
func apart(got []float32, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var diff, norm float64
	for k, v := range got {
		diff += (float64(v) - want[k]) * (float64(v) - want[k])
		norm += want[k] * want[k]
	}
	return math.Sqrt(diff / norm)
}

// TestParity: logits, loss and gradients of every model are PyTorch's, and so are three steps of Adam, over which the
// state goes on and gradients are clipped; at once, step by step, in training and in evaluation.
func TestParity(t *testing.T) {
	raw, err := os.ReadFile("testdata/characters.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []parity
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) != 3 {
		t.Fatalf("%d cases, error %v", len(cases), err)
	}
	for _, opt := range []rnn.Options{{}, {Unroll: true}} {
		models := map[string]character{"rnn": rnn.NewCharRNN(5, 4, 2, opt), "lstm": rnn.NewCharLSTM(5, 4, 2, opt),
			"gru": rnn.NewCharGRU(5, 4, 2, opt)}
		for _, c := range cases {
			t.Run(fmt.Sprintf("%s, unrolled %v", c.Name, opt.Unroll), func(t *testing.T) {
				m := models[c.Name]
				all := sorted(m)
				if !slices.EqualFunc(all, c.Parameters,
					func(p *graph.Param, name string) bool { return p.Name() == name }) {
					t.Fatalf("the parameters are %v, want %v", all, c.Parameters)
				}
				c.checkPass(t, m, all, graph.Eval)
				c.checkPass(t, m, all, graph.Train)
				c.checkSteps(t, m, all)
			})
		}
	}
}

func (c parity) checkPass(t *testing.T, m character, params []*graph.Param, mode graph.Mode) {
	g := &graph.Graph{Mode: mode}
	x, y := g.Indices("x", 2, 3), g.Indices("y", 2, 3)
	o := m.Build(x, y)
	var wrt []graph.Node
	for _, p := range params {
		wrt = append(wrt, g.Param(p))
	}
	outputs := append(graph.Gradients(o.Loss, wrt...), o.Pred, o.Loss)
	prog, err := g.Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	xs, ys := stretch(0)
	prog.Set(x, xs)
	prog.Set(y, ys)
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	for i, want := range append(slices.Clone(c.Grads), c.Logits, c.Losses[:1]) {
		if d := apart(prog.Value(outputs[i]).F32, want); !(d <= 1e-5) {
			t.Errorf("%v: output %d differs by %.3g of its norm", mode, i, d)
		}
	}
}

func (c parity) checkSteps(t *testing.T, m character, params []*graph.Param) {
	trainer := train.New(m, &train.Adam{LR: .01})
	trainer.ClipNorm = .1
	for k, want := range c.Losses {
		x, y := stretch(k)
		loss, err := trainer.Step(x, y)
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(loss-want) <= 1e-4*want) {
			t.Errorf("the loss of step %d is %v, want %v", k, loss, want)
		}
	}
	for i, p := range params {
		if d := apart(p.Tensor().F32, c.Trained[i]); !(d <= 1e-4) {
			t.Errorf("%s differs by %.3g of its norm after three steps", p.Name(), d)
		}
	}
	sorted(m)
	if d := apart(params[0].Tensor().F32, c.Trained[0]); d < 1e-3 { // the negative control
		t.Errorf("%s has moved by %.3g of its norm only", params[0].Name(), d)
	}
}
