package nn_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// full is a tensor of one number.
func full(v float32, shape ...int) graph.Tensor {
	return graph.FromFloat32(slices.Repeat([]float32{v}, graph.Shape(shape).Size()), shape...)
}

// kerasLSTMBias is the bias of an LSTM of Keras with unit_forget_bias: 1 in the second quarter, and b elsewhere.
func kerasLSTMBias(b float32, hidden int) graph.Tensor {
	t := full(b, 4*hidden)
	for i := hidden; i < 2*hidden; i++ {
		t.F32[i] = 1
	}
	return t
}

// kerasGolden is a test of Keras' own: the last state of sequences that count from 0, of constant weights .01 and .02.
// All units of a sequence are equal, so that want has one number of each sequence, and in both directions two.
type kerasGolden struct {
	name      string
	layer     func(s *nn.Scope, in, h int) sequences
	shape     graph.Shape // of x
	hidden    int
	bias      graph.Tensor // a copy of it for each direction
	backwards bool
	lengths   []int64
	want      []float64
	outputs   [][]float64 // of the steps that count, where they are known
}

// kerasGoldens are constants of the tests of Keras 3,
// keras/src/layers/rnn/{lstm,gru,simple_rnn,bidirectional}_test.py.
var kerasGoldens = []kerasGolden{
	{name: "LSTM with a forget bias of 1", layer: lstm(nn.Recurrent{}), shape: graph.Shape{3, 6, 4}, hidden: 3,
		bias: kerasLSTMBias(.03, 3), want: []float64{.6288687, .86899155, .9460773}},
	{name: "LSTM without", layer: lstm(nn.Recurrent{}), shape: graph.Shape{3, 6, 4}, hidden: 3,
		bias: full(.03, 12), want: []float64{.57019705, .8661914, .9459622}},
	{name: "LSTM that goes backwards", layer: lstm(nn.Recurrent{}), shape: graph.Shape{3, 6, 4}, hidden: 3,
		bias: kerasLSTMBias(.03, 3), backwards: true, want: []float64{.35622165, .74789524, .8872726}},
	{name: "GRU that resets after the product", layer: gru(nn.Recurrent{}), shape: graph.Shape{3, 6, 4}, hidden: 3,
		bias: full(.03, 2, 9), want: []float64{.5217289, .6371659, .39384964}},
	{name: "GRU that resets before the product", layer: gru(nn.Recurrent{ResetBefore: true}),
		shape:  graph.Shape{3, 6, 4},
		hidden: 3, bias: full(.03, 9), want: []float64{.51447755, .6426879, .40208298}},
	{name: "SimpleRNN", layer: rnn(nn.Recurrent{}), shape: graph.Shape{2, 3, 4}, hidden: 4,
		bias: full(.03, 4), want: []float64{.405432, .73605347}},
	{name: "SimpleRNN that goes backwards", layer: rnn(nn.Recurrent{}), shape: graph.Shape{2, 3, 4}, hidden: 4,
		bias: full(.03, 4), backwards: true, want: []float64{.11144729, .5528889}},
	{name: "SimpleRNN in both directions", layer: rnn(nn.Recurrent{Bidirectional: true}), shape: graph.Shape{2, 3, 4},
		hidden: 2, bias: full(.03, 2), want: []float64{.39687276, .10004295, .7237238, .53391594}},
	{name: "LSTM over sequences of lengths 3 and 2", layer: lstm(nn.Recurrent{}),
		shape: graph.Shape{2, 4, 3}, hidden: 2,
		bias: kerasLSTMBias(.03, 2), lengths: []int64{3, 2}, want: []float64{.11755939, .28556206},
		outputs: [][]float64{{.01588910, .05552048, .11755939, 0},
			{.14185596, .28556206, 0, 0}}}, // zero_output_for_mask
}

// TestKerasGoldens: with the weights of Keras a layer gives Keras' states.
func TestKerasGoldens(t *testing.T) {
	for _, c := range kerasGoldens {
		for _, unroll := range []bool{false, true} {
			t.Run(c.name+map[bool]string{true: ", unrolled"}[unroll], func(t *testing.T) { c.check(t, unroll) })
		}
	}
}

func (c kerasGolden) check(t *testing.T, unroll bool) {
	s := nn.NewScope()
	layer := c.layer(s, c.shape[2], c.hidden)
	options, weights := recurrentParts(layer)
	options.Unroll = unroll
	for _, w := range weights {
		if err := w.SetKeras(full(.01, w.IH.Type().Shape[1], w.IH.Type().Shape[0]),
			full(.02, c.hidden, w.HH.Type().Shape[0]), c.bias); err != nil {
			t.Fatal(err)
		}
	}
	g := &graph.Graph{}
	x := g.Constant(counts(c.shape...))
	if c.backwards {
		x = ops.Flip(x, 1)
	}
	var lengths graph.Node
	if c.lengths != nil {
		lengths = g.Constant(graph.FromInt64(c.lengths, len(c.lengths)))
	}
	y, next := layer.ForwardFrom(nn.State{}, x, lengths)
	last := ops.Transpose(next.H, 1, 0, 2) // (N, D, H)
	prog, err := g.Compile(y, last)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	for i, v := range prog.Value(last).F32 {
		if want := c.want[i/c.hidden]; math.Abs(float64(v)-want) > 1e-6 {
			t.Errorf("unit %d of the last states is %.8f, want %.8f", i, v, want)
		}
	}
	for i, row := range c.outputs {
		for k, want := range row {
			if v := prog.Value(y).At((i*c.shape[1] + k) * c.hidden); math.Abs(v-want) > 1e-6 {
				t.Errorf("output %d of sequence %d is %.8f, want %.8f", k, i, v, want)
			}
		}
	}
}

// recurrentParts are the options and weights of a layer.
func recurrentParts(layer sequences) (*nn.Recurrent, []nn.RecurrentWeights) {
	switch l := layer.(type) {
	case *nn.LSTM:
		return &l.Options, l.Weights
	case *nn.GRU:
		return &l.Options, l.Weights
	}
	l := layer.(*nn.RNN)
	return &l.Options, l.Weights
}

// counts is 0, 1, 2, ….
func counts(shape ...int) graph.Tensor {
	t := full(0, shape...)
	for i := range t.F32 {
		t.F32[i] = float32(i)
	}
	return t
}

// TestKerasGaps: Keras carries the state through masked steps wherever they are, as a loop over a GRUCell does. The
// numbers are of keras/src/layers/rnn/gru_test.py, masks TTFT and TFFT.
func TestKerasGaps(t *testing.T) {
	cell := nn.NewGRUCell(nn.NewScope(), 3, 2, nn.Recurrent{})
	if err := cell.Weights[0].SetKeras(full(.01, 3, 6), full(.02, 2, 6), full(.03, 2, 6)); err != nil {
		t.Fatal(err)
	}
	last := func(mask ...float32) []float32 {
		g := &graph.Graph{}
		on := ops.Unstack(g.Constant(graph.FromFloat32(mask, 2, 4)), 1)
		var s nn.State
		for i, x := range ops.Unstack(g.Constant(counts(2, 4, 3)), 1) { // (2, 3)
			next := cell.Step(s, x)
			if s.H == (graph.Node{}) {
				s.H = g.Full(0, 2, 2)
			}
			s.H = ops.Where(ops.Unsqueeze(on[i], 1), next.H, s.H)
		}
		prog, err := g.Compile(s.H)
		if err == nil {
			err = prog.Run()
		}
		if err != nil {
			t.Fatal(err)
		}
		return prog.Value(s.H).F32
	}
	for i, v := range last(1, 1, 0, 1, 1, 0, 0, 1) {
		if want := []float64{.19393763, .30818558}[i/2]; math.Abs(float64(v)-want) > 1e-6 {
			t.Errorf("unit %d is %.8f, want %.8f", i, v, want)
		}
	}
	if v := last(1, 1, 1, 1, 1, 1, 1, 1)[0]; math.Abs(float64(v)-.19393763) < 1e-3 { // the negative control
		t.Errorf("without a mask it is %.8f as well", v)
	}
}

// TestForeignWeightsErrors: weights that do not belong to the layer are refused, and change nothing.
func TestForeignWeightsErrors(t *testing.T) {
	in, h := 4, 3
	plain := nn.Recurrent{}
	for _, c := range []struct {
		name  string
		layer func(*nn.Scope, int, int) sequences
		set   func(w nn.RecurrentWeights) error
		want  string
	}{
		{"a kernel that is not transposed", lstm(plain), func(w nn.RecurrentWeights) error {
			return w.SetKeras(full(1, 12, 4), full(1, 3, 12), full(1, 12))
		}, "weights of Keras: the kernel is float32 (12, 4), want floats (4, 12)"},
		{"a recurrent kernel of another layer", gru(plain), func(w nn.RecurrentWeights) error {
			return w.SetKeras(full(1, 4, 9), full(1, 9, 3), full(1, 9))
		}, "the recurrent kernel is float32 (9, 3), want floats (3, 9)"},
		{"two biases of an LSTM", lstm(plain), func(w nn.RecurrentWeights) error {
			return w.SetKeras(full(1, 4, 12), full(1, 3, 12), full(1, 2, 12))
		}, "the bias is float32 (2, 12), want floats (12)"},
		{"a bias of a layer without", lstm(nn.Recurrent{NoBias: true}), func(w nn.RecurrentWeights) error {
			return w.SetKeras(full(1, 4, 12), full(1, 3, 12), full(1, 12))
		}, "there is a bias, and the layer is made with NoBias"},
		{"a tensor that is none", lstm(plain), func(w nn.RecurrentWeights) error {
			return w.SetKeras(graph.Tensor{Type: graph.Type{Shape: graph.Shape{4, 12}}}, full(1, 3, 12), full(1, 12))
		}, "the kernel: 0 elements of float32 do not fill shape (4, 12), which has 48"},
		{"a kernel of integers", rnn(plain), func(w nn.RecurrentWeights) error {
			return w.SetKeras(graph.NewTensor(graph.Type{DType: graph.Int64, Shape: graph.Shape{4, 3}}),
				full(1, 3, 3), full(1, 3))
		}, "the kernel is int64 (4, 3), want floats (4, 3)"},
		{"a projection", lstm(nn.Recurrent{Projection: 2}), func(w nn.RecurrentWeights) error {
			return w.SetKeras(full(1, 4, 12), full(1, 2, 12), full(1, 12))
		}, "the layer has a projection, and they have none"},
		{"a BasicLSTMCell for a GRU", gru(plain), func(w nn.RecurrentWeights) error {
			return w.SetBasicLSTM(full(1, 7, 12), full(1, 12), 1)
		}, "weights of a BasicLSTMCell: the layer has 3 gates, want 4, those of an LSTM"},
		{"a BasicLSTMCell of other sizes", lstm(plain), func(w nn.RecurrentWeights) error {
			return w.SetBasicLSTM(full(1, 6, 12), full(1, 12), 1)
		}, "the kernel is float32 (6, 12), want floats (7, 12)"},
		{"a BasicLSTMCell without a bias", lstm(plain), func(w nn.RecurrentWeights) error {
			return w.SetBasicLSTM(full(1, 7, 12), graph.Tensor{}, 1)
		}, "the bias"},
		{"fitting weights", lstm(plain), func(w nn.RecurrentWeights) error { // the negative control
			return w.SetBasicLSTM(full(1, 7, 12), full(1, 12), 1)
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := nn.NewScope()
			_, weights := recurrentParts(c.layer(s, in, h))
			before := sum(s.Params())
			err := c.set(weights[0])
			if c.want == "" {
				if err != nil || sum(s.Params()) == before {
					t.Errorf("error %v, and parameters as before: %v", err, sum(s.Params()) == before)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if sum(s.Params()) != before {
				t.Error("the parameters have changed")
			}
		})
	}
}

// TestForeignOrder: the gates z, r, n of Keras and i, g, f, o of TensorFlow stand where they belong.
func TestForeignOrder(t *testing.T) {
	values := func(v ...float32) graph.Tensor { return graph.FromFloat32(v, len(v)) }
	matrix := func(rows int, v ...float32) graph.Tensor { return graph.FromFloat32(v, rows, len(v)/rows) }
	for _, c := range []struct {
		name  string
		layer func(*nn.Scope, int, int) sequences
		set   func(w nn.RecurrentWeights) error
		want  map[string][]float32
	}{
		{"GRU of Keras", gru(nn.Recurrent{}), func(w nn.RecurrentWeights) error {
			return w.SetKeras(matrix(2, 1, 2, 3, 4, 5, 6), matrix(1, 7, 8, 9), matrix(2, .1, .2, .3, .4, .5, .6))
		}, map[string][]float32{"weight_ih_l0": {2, 5, 1, 4, 3, 6}, "weight_hh_l0": {8, 7, 9},
			"bias_ih_l0": {.2, .1, .3}, "bias_hh_l0": {.5, .4, .6}}},
		{"LSTM of Keras", lstm(nn.Recurrent{}), func(w nn.RecurrentWeights) error {
			return w.SetKeras(matrix(2, 1, 2, 3, 4, 5, 6, 7, 8), matrix(1, 1, 2, 3, 4), values(.1, .2, .3, .4))
		}, map[string][]float32{"weight_ih_l0": {1, 5, 2, 6, 3, 7, 4, 8}, "weight_hh_l0": {1, 2, 3, 4},
			"bias_ih_l0": {.1, .2, .3, .4}, "bias_hh_l0": {0, 0, 0, 0}}},
		{"BasicLSTMCell", lstm(nn.Recurrent{}), func(w nn.RecurrentWeights) error { // the last row is for h
			return w.SetBasicLSTM(matrix(3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), values(.1, .2, .3, .4), 1)
		}, map[string][]float32{"weight_ih_l0": {1, 5, 3, 7, 2, 6, 4, 8}, "weight_hh_l0": {9, 11, 10, 12},
			"bias_ih_l0": {.1, 1.3, .2, .4}, "bias_hh_l0": {0, 0, 0, 0}}},
	} {
		s := nn.NewScope()
		_, weights := recurrentParts(c.layer(s, 2, 1))
		if err := c.set(weights[0]); err != nil {
			t.Fatal(err)
		}
		for p := range s.Params().All() {
			if got := p.Tensor().F32; !slices.Equal(got, c.want[p.Name()]) {
				t.Errorf("%s: %s is %v, want %v", c.name, p.Name(), got, c.want[p.Name()])
			}
		}
	}
}
