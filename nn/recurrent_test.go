package nn_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
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
		{"LSTM(10, 20, 2, proj_size=5)", lstm(nn.Recurrent{Layers: 2, Projection: 5}), 10, 20, 2520},
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

// torchLayers are the layers of the fixtures of PyTorch.
var torchLayers = []struct {
	name  string
	layer func(opt nn.Recurrent) func(*nn.Scope, int, int) sequences
	opt   nn.Recurrent
}{
	{"LSTM of two layers", lstm, nn.Recurrent{Layers: 2}},
	{"LSTM of two layers, in both directions", lstm, nn.Recurrent{Layers: 2, Bidirectional: true}},
	{"LSTM in both directions over sequences of any lengths", lstm, nn.Recurrent{Bidirectional: true}},
	{"GRU of two layers, in both directions, over sequences of any lengths", gru,
		nn.Recurrent{Layers: 2, Bidirectional: true}},
	{"GRU without biases", gru, nn.Recurrent{NoBias: true}},
	{"RNN in both directions", rnn, nn.Recurrent{Bidirectional: true}},
	{"LSTM with a projection, of two layers, in both directions, over sequences of any lengths", lstm,
		nn.Recurrent{Layers: 2, Bidirectional: true, Projection: 2}},
	{"LSTM with a projection", lstm, nn.Recurrent{Projection: 2}},
	{"GRU that resets before the product", gru, nn.Recurrent{ResetBefore: true}},
	{"RNN with ReLU, of two layers", rnn, nn.Recurrent{Layers: 2, ReLU: true}},
}

// torchFixtures are what testdata/recurrent.py has written.
type torchFixtures struct{ Layers, Cells []torchFixture }

type torchFixture struct {
	Name           string
	Lengths        []int64
	Results, Grads [][]float64
	Parameters     []string
	Losses         []float64
	Trained        [][]float64
}

func readTorch(t *testing.T) (all torchFixtures) {
	t.Helper()
	raw, err := os.ReadFile("testdata/recurrent.json")
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The sizes of the fixtures.
const torchN, torchSteps, torchIn, torchHidden = 3, 5, 4, 3

// torchWeights gives the parameters the values of the fixtures, and reports another list of names.
func torchWeights(t *testing.T, s *nn.Scope, want []string) {
	t.Helper()
	var names []string
	for p := range s.Params().All() {
		copy(p.Tensor().F32, wave(100*len(names), .5, p.Type().Shape.Size()))
		names = append(names, p.Name())
	}
	if !slices.Equal(names, want) {
		t.Fatalf("parameters %v, want %v", names, want)
	}
}

// state is that of a layer, of h and, in an LSTM, c.
func state(nodes []graph.Node) (s nn.State) {
	for i, n := range nodes {
		*[]*graph.Node{&s.H, &s.C}[i] = n
	}
	return s
}

// pass are the results of a layer for x and a state, and the sum that the fixtures differentiate.
func (c torchFixture) pass(layer sequences, in ...graph.Node) (results []graph.Node, loss graph.Node) {
	var lengths graph.Node
	if c.Lengths != nil {
		lengths = in[0].Graph().Constant(graph.FromInt64(c.Lengths, torchN))
	}
	y, next := layer.ForwardFrom(state(in[1:]), in[0], lengths)
	results = []graph.Node{y, next.H, next.C}[:len(in)]
	for i, o := range results {
		w := o.Graph().Constant(graph.FromFloat32(wave(17*i, 1, o.Size()), o.Shape()...))
		if term := ops.Sum(ops.Mul(o, w)); i == 0 {
			loss = term
		} else {
			loss = ops.Add(loss, term)
		}
	}
	return results, loss
}

// inputs are x and the state of the fixture.
func (c torchFixture) inputs(opt nn.Recurrent) (all []graph.Tensor) {
	rows := max(opt.Layers, 1)
	if opt.Bidirectional {
		rows *= 2
	}
	shapes := []graph.Shape{{torchN, torchSteps, torchIn}, {rows, torchN, cmp.Or(opt.Projection, torchHidden)},
		{rows, torchN, torchHidden}}
	for i, shape := range shapes[:len(c.Results)] {
		all = append(all, graph.FromFloat32(wave([]int{7, 11, 13}[i], 1, shape.Size()), shape...))
	}
	return all
}

// apart is by how much of the norm of want got differs from it.
func apart(got []float32, want []float64) float64 {
	var diff, norm float64
	if len(got) != len(want) {
		return math.Inf(1)
	}
	for k, v := range got {
		diff += (float64(v) - want[k]) * (float64(v) - want[k])
		norm += want[k] * want[k]
	}
	return math.Sqrt(diff / norm)
}

// TestRecurrentTorch: values, last states, all gradients and three steps of Adam are PyTorch's, at once and step by
// step; see testdata/recurrent.py.
func TestRecurrentTorch(t *testing.T) {
	fixtures := readTorch(t).Layers
	if len(fixtures) != len(torchLayers) {
		t.Fatalf("%d fixtures for %d layers", len(fixtures), len(torchLayers))
	}
	for i, c := range torchLayers {
		for _, unroll := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, unrolled %v", c.name, unroll), func(t *testing.T) {
				f := fixtures[i]
				if f.Name != c.name {
					t.Fatalf("the fixture is of %q", f.Name)
				}
				opt := c.opt
				opt.Unroll = unroll
				s := nn.NewScope()
				layer := c.layer(opt)(s, torchIn, torchHidden)
				torchWeights(t, s, f.Parameters)
				f.checkPass(t, s, layer, f.inputs(opt))
				f.checkSteps(t, s, layer, f.inputs(opt))
			})
		}
	}
}

// checkPass compares results and gradients.
func (c torchFixture) checkPass(t *testing.T, s *nn.Scope, layer sequences, in []graph.Tensor) {
	g := &graph.Graph{Mode: graph.Train}
	var wrt []graph.Node
	for i, x := range in {
		wrt = append(wrt, g.Input(fmt.Sprint("in", i), x.Shape...))
	}
	outputs, loss := c.pass(layer, wrt...)
	for p := range s.Params().All() {
		wrt = append(wrt, g.Param(p))
	}
	outputs = append(outputs, graph.Gradients(loss, wrt...)...)
	prog, err := g.Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range in {
		prog.Set(wrt[i], x)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	for i, want := range slices.Concat(c.Results, c.Grads) {
		if d := apart(prog.Value(outputs[i]).F32, want); !(d <= 1e-5) {
			t.Errorf("output %d differs by %.3g of its norm", i, d)
		}
	}
}

// checkSteps trains, and compares losses and parameters.
func (c torchFixture) checkSteps(t *testing.T, s *nn.Scope, layer sequences, in []graph.Tensor) {
	trainer := train.New(train.TaskFunc(func(b ...graph.Node) graph.Node {
		_, loss := c.pass(layer, b...)
		return loss
	}), &train.Adam{LR: .01})
	for i, want := range c.Losses {
		loss, err := trainer.Step(in...)
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(loss-want) <= 1e-4*math.Abs(want)) {
			t.Errorf("the loss of step %d is %v, want %v", i, loss, want)
		}
	}
	i := 0
	for p := range s.Params().All() {
		if d := apart(p.Tensor().F32, c.Trained[i]); !(d <= 1e-4) {
			t.Errorf("%s differs by %.3g of its norm after three steps", p.Name(), d)
		}
		if d := apart(wave(100*i, .5, len(c.Trained[i])), c.Trained[i]); d < 1e-3 { // the negative control
			t.Errorf("%s has moved by %.3g of its norm only", p.Name(), d)
		}
		i++
	}
}

// TestRecurrentCellsTorch: a layer of one step gives PyTorch's state.
func TestRecurrentCellsTorch(t *testing.T) {
	type cell interface {
		Step(s nn.State, x graph.Node) nn.State
	}
	cells := []func(s *nn.Scope) cell{
		func(s *nn.Scope) cell { return nn.NewRNNCell(s, torchIn, torchHidden, nn.Recurrent{}) },
		func(s *nn.Scope) cell {
			return nn.NewRNNCell(s, torchIn, torchHidden, nn.Recurrent{NoBias: true, ReLU: true})
		},
		func(s *nn.Scope) cell { return nn.NewLSTMCell(s, torchIn, torchHidden, nn.Recurrent{}) },
		func(s *nn.Scope) cell { return nn.NewGRUCell(s, torchIn, torchHidden, nn.Recurrent{}) },
	}
	fixtures := readTorch(t).Cells
	if len(fixtures) != len(cells) {
		t.Fatalf("%d fixtures for %d cells", len(fixtures), len(cells))
	}
	for i, c := range fixtures {
		t.Run(c.Name, func(t *testing.T) {
			s := nn.NewScope()
			layer := cells[i](s)
			torchWeights(t, s, c.Parameters)
			g := &graph.Graph{}
			constant := func(start, n int) graph.Node {
				return g.Constant(graph.FromFloat32(wave(start, 1, torchN*n), torchN, n))
			}
			h := []graph.Node{constant(11, torchHidden), constant(13, torchHidden)}[:len(c.Results)]
			next := layer.Step(state(h), constant(7, torchIn))
			outputs := []graph.Node{next.H, next.C}[:len(c.Results)]
			prog, err := g.Compile(outputs...)
			if err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			for i, want := range c.Results {
				if d := apart(prog.Value(outputs[i]).F32, want); !(d <= 1e-5) {
					t.Errorf("result %d differs by %.3g of its norm", i, d)
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
	if err := g.Err(); err == nil ||
		!strings.Contains(err.Error(), "encoder: state: the shape is (1, 2, 3), want (2, N, H)") {
		t.Errorf("got error %v", err)
	}
}
