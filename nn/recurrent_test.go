package nn_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// sequences is a recurrent layer.
type sequences interface {
	nn.Module
	ForwardFrom(s nn.State, x, lengths graph.Node) (y graph.Node, next nn.State)
}

func lstm(opt nn.Recurrent) func(*nn.Scope, int, int) sequences {
	return func(s *nn.Scope, in, h int) sequences { return nn.NewLSTM(s, in, h, opt) }
}

func gru(opt nn.Recurrent) func(*nn.Scope, int, int) sequences {
	return func(s *nn.Scope, in, h int) sequences { return nn.NewGRU(s, in, h, opt) }
}

func rnn(opt nn.Recurrent) func(*nn.Scope, int, int) sequences {
	return func(s *nn.Scope, in, h int) sequences { return nn.NewRNN(s, in, h, opt) }
}

// TestRecurrentCounts: PyTorch's numbers of parameters.
func TestRecurrentCounts(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer func(*nn.Scope, int, int) sequences
		in, h int
		want  int
	}{
		{"LSTM(128, 128, 2)", lstm(nn.Recurrent{Layers: 2}), 128, 128, 264192},
		{"LSTM(10, 20, 2)", lstm(nn.Recurrent{Layers: 2}), 10, 20, 5920},
		{"GRU(10, 20, 2)", gru(nn.Recurrent{Layers: 2}), 10, 20, 4440},
		{"RNN(10, 20, 2)", rnn(nn.Recurrent{Layers: 2}), 10, 20, 1480},
		{"LSTM(10, 20, 2, bidirectional=True)", lstm(nn.Recurrent{Layers: 2, Bidirectional: true}), 10, 20, 15040},
		{"GRU(10, 20, bias=False)", gru(nn.Recurrent{NoBias: true}), 10, 20, 1800},
	} {
		s := nn.NewScope()
		c.layer(s, c.in, c.h)
		if got := s.Params().Count(); got != c.want {
			t.Errorf("%s has %d parameters, want %d", c.name, got, c.want)
		}
	}
}

// TestRecurrentInit: all parameters are U(±1/√H).
func TestRecurrentInit(t *testing.T) {
	s := nn.NewScope()
	nn.NewGRU(s, 9, 64, nn.Recurrent{})
	for p := range s.Params().All() {
		v := p.Tensor().F32
		if lo, hi := slices.Min(v), slices.Max(v); lo < -.125 || hi > .125 || hi-lo < .23 {
			t.Errorf("%s lies in %v…%v, want ±0.125", p.Name(), lo, hi)
		}
	}
}

// wave is sin k for k from start on.
func wave(start int, scale float64, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(scale * float64(float32(math.Sin(float64(start+i)))))
	}
	return v
}

// TestRecurrentTorch: values, last states and all gradients are PyTorch's; see testdata/recurrent.py.
func TestRecurrentTorch(t *testing.T) {
	layers := map[string]func(*nn.Scope, int, int) sequences{
		"LSTM of two layers":                                                   lstm(nn.Recurrent{Layers: 2}),
		"LSTM of two layers, in both directions":                               lstm(nn.Recurrent{Layers: 2, Bidirectional: true}),
		"LSTM in both directions over sequences of any lengths":                lstm(nn.Recurrent{Bidirectional: true}),
		"GRU of two layers, in both directions, over sequences of any lengths": gru(nn.Recurrent{Layers: 2, Bidirectional: true}),
		"GRU without biases":                                                   gru(nn.Recurrent{NoBias: true}),
		"RNN in both directions":                                               rnn(nn.Recurrent{Bidirectional: true}),
		"RNN with ReLU, of two layers":                                         rnn(nn.Recurrent{Layers: 2, ReLU: true}),
	}
	raw, err := os.ReadFile("testdata/recurrent.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name           string
		Lengths        []int64
		Results, Grads [][]float64
		Parameters     []string
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != len(layers) {
		t.Errorf("%d fixtures for %d layers", len(cases), len(layers))
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			const n, steps, in, hidden = 3, 5, 4, 3
			s := nn.NewScope()
			layer := layers[c.Name](s, in, hidden)
			var names []string
			for p := range s.Params().All() {
				copy(p.Tensor().F32, wave(100*len(names), .5, p.Type().Shape.Size()))
				names = append(names, p.Name())
			}
			if !slices.Equal(names, c.Parameters) {
				t.Fatalf("parameters %v, want %v", names, c.Parameters)
			}
			g := &graph.Graph{Mode: graph.Train}
			rows := len(c.Results[1]) / (n * hidden)
			x, h := g.Input("x", n, steps, in), g.Input("h", rows, n, hidden)
			state, wrt := nn.State{H: h}, []graph.Node{x, h}
			if len(c.Results) == 3 {
				state.C = g.Input("c", rows, n, hidden)
				wrt = append(wrt, state.C)
			}
			var lengths graph.Node
			if c.Lengths != nil {
				lengths = g.Constant(graph.FromInt64(c.Lengths, n))
			}
			y, next := layer.ForwardFrom(state, x, lengths)
			outputs := []graph.Node{y, next.H}
			if len(c.Results) == 3 {
				outputs = append(outputs, next.C)
			}
			var loss graph.Node
			for i, o := range outputs {
				w := g.Constant(graph.FromFloat32(wave(17*i, 1, o.Size()), o.Shape()...))
				if term := ops.Sum(ops.Mul(o, w)); i == 0 {
					loss = term
				} else {
					loss = ops.Add(loss, term)
				}
			}
			for p := range s.Params().All() {
				wrt = append(wrt, g.Param(p))
			}
			outputs = append(outputs, graph.Gradients(loss, wrt...)...)
			prog, err := g.Compile(outputs...)
			if err != nil {
				t.Fatal(err)
			}
			for i, start := range []int{7, 11, 13}[:len(c.Results)] {
				prog.Set(wrt[i], wave(start, 1, wrt[i].Size()))
			}
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			for i, want := range slices.Concat(c.Results, c.Grads) {
				var diff, norm float64
				for k, v := range prog.Value(outputs[i]).F32 {
					diff += (float64(v) - want[k]) * (float64(v) - want[k])
					norm += want[k] * want[k]
				}
				if !(math.Sqrt(diff) <= 1e-5*math.Sqrt(norm)) {
					t.Errorf("output %d differs by %.3g of its norm", i, math.Sqrt(diff/norm))
				}
			}
		})
	}
}

// TestRecurrentDropout: between layers, in training alone.
func TestRecurrentDropout(t *testing.T) {
	for _, c := range []struct {
		mode graph.Mode
		want int
	}{{graph.Train, 2}, {graph.Eval, 0}} {
		g := &graph.Graph{Mode: c.mode}
		nn.NewLSTM(nn.NewScope(), 4, 3, nn.Recurrent{Layers: 3, Dropout: .2}).Forward(g.Input("x", 2, 5, 4))
		got := 0
		for _, n := range g.Nodes() {
			if n.Op() != nil && strings.HasPrefix(n.Op().String(), "dropout p=0.2") {
				got++
			}
		}
		if got != c.want {
			t.Errorf("%v: %d dropouts, want %d", c.mode, got, c.want)
		}
	}
}

// TestRecurrentStateError: a state of another number of layers is reported with the layer.
func TestRecurrentStateError(t *testing.T) {
	g := &graph.Graph{}
	layer := nn.NewGRU(nn.NewScope().Sub("encoder"), 4, 3, nn.Recurrent{Layers: 2})
	y, next := layer.ForwardFrom(nn.State{H: g.Input("h", 1, 2, 3)}, g.Input("x", 2, 5, 4), graph.Node{})
	if y.Valid() || next.H.Valid() {
		t.Error("the results are valid")
	}
	if err := g.Err(); err == nil || !strings.Contains(err.Error(), "encoder: state: the shape is (1, 2, 3), want (2, N, H)") {
		t.Errorf("got error %v", err)
	}
}
