package nn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// recurrentCase is a random layer, its input, and what it begins with.
type recurrentCase struct {
	kind       int // 0 an RNN, 1 an LSTM, 2 a GRU
	opt        nn.Recurrent
	n, t, in   int
	hidden     int
	state      bool
	lengths    []int64
	seed       uint64
	wrongState float32 // added to the state before the first step, for the negative control
}

func randomRecurrent(r *rand.Rand) recurrentCase {
	c := recurrentCase{kind: r.IntN(3), n: 1 + r.IntN(5), t: 1 + r.IntN(20), in: 1 + r.IntN(6), hidden: 1 + r.IntN(9),
		state: r.IntN(2) == 0, seed: r.Uint64()}
	c.opt = nn.Recurrent{Layers: 1 + r.IntN(2), Bidirectional: r.IntN(2) == 0, NoBias: r.IntN(4) == 0}
	c.opt.ReLU = c.kind == 0 && r.IntN(2) == 0
	if r.IntN(2) == 0 {
		for range c.n {
			c.lengths = append(c.lengths, int64(r.IntN(c.t+1)))
		}
	}
	return c
}

func (c recurrentCase) make(s *nn.Scope, unroll bool) sequences {
	opt := c.opt
	opt.Unroll = unroll
	return []func(nn.Recurrent) func(*nn.Scope, int, int) sequences{rnn, lstm, gru}[c.kind](opt)(s, c.in, c.hidden)
}

// run gives the results of the layer and the gradients by all that it reads.
func (c recurrentCase) run(t *testing.T, unroll bool) (all []graph.Tensor) {
	t.Helper()
	s := nn.NewScope()
	layer := c.make(s, unroll)
	s.Params().Init(c.seed)
	g := &graph.Graph{Mode: graph.Train}
	wrt := []graph.Node{g.Input("x", c.n, c.t, c.in)}
	rows := c.opt.Layers
	if c.opt.Bidirectional {
		rows *= 2
	}
	begin := nn.State{}
	if c.state {
		begin.H = g.Input("h", rows, c.n, c.hidden)
		wrt = append(wrt, begin.H)
		if c.kind == 1 {
			begin.C = g.Input("c", rows, c.n, c.hidden)
			wrt = append(wrt, begin.C)
		}
	}
	var lengths graph.Node
	if c.lengths != nil {
		lengths = g.Constant(graph.FromInt64(c.lengths, c.n))
	}
	y, next := layer.ForwardFrom(begin, wrt[0], lengths)
	outputs := []graph.Node{y, next.H}
	if c.kind == 1 {
		outputs = append(outputs, next.C)
	}
	inputs := slices.Clone(wrt)
	for p := range s.Params().All() {
		wrt = append(wrt, g.Param(p))
	}
	outputs = append(outputs, graph.Gradients(weighed(outputs), wrt...)...)
	prog, err := g.Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(c.seed, 1))
	for i, x := range inputs {
		v := make([]float32, x.Size())
		for k := range v {
			v[k] = float32(r.NormFloat64())
		}
		if i == 1 && unroll {
			v[0] += c.wrongState
		}
		prog.Set(x, v)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	for _, n := range outputs {
		all = append(all, prog.Value(n))
	}
	return all
}

// weighed is a sum of all elements, each with a weight of its own.
func weighed(nodes []graph.Node) (sum graph.Node) {
	for i, n := range nodes {
		w := n.Graph().Constant(graph.FromFloat32(wave(17*i, 1, n.Size()), n.Shape()...))
		if term := ops.Sum(ops.Mul(n, w)); i == 0 {
			sum = term
		} else {
			sum = ops.Add(sum, term)
		}
	}
	return sum
}

// worst is the largest difference between two lists of tensors, by the norm of each of the first.
func worst(want, got []graph.Tensor) (d float64) {
	for i, w := range want {
		diff, norm := 0., 1e-12
		for k, v := range w.F32 {
			diff += math.Pow(float64(v-got[i].F32[k]), 2)
			norm += float64(v) * float64(v)
		}
		d = max(d, math.Sqrt(diff/norm))
	}
	return d
}

// TestUnrolled: the layers step by step, of random sizes, options, lengths and states, have the results and gradients
// of the ops of whole sequences.
func TestUnrolled(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 60 {
		c := randomRecurrent(r)
		name := fmt.Sprintf("%d: kind %d, x (%d, %d, %d), H %d, state %v, lengths %v, %+v", i, c.kind, c.n, c.t, c.in,
			c.hidden, c.state, c.lengths, c.opt)
		t.Run(name, func(t *testing.T) {
			if d := worst(c.run(t, false), c.run(t, true)); !(d <= 1e-5) {
				t.Errorf("they differ by %.3g of a norm", d)
			}
		})
	}
	c := recurrentCase{kind: 1, opt: nn.Recurrent{Layers: 1}, n: 2, t: 3, in: 2, hidden: 3, state: true,
		wrongState: .1}
	if d := worst(c.run(t, false), c.run(t, true)); d < 1e-3 { // the negative control
		t.Errorf("another state makes a difference of %.3g only", d)
	}
}

// TestUnrolledErrors: what does not fit an unrolled layer is said as by the op of whole sequences.
func TestUnrolledErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(g *graph.Graph, s *nn.Scope, opt nn.Recurrent) graph.Node
		want  string
	}{
		{"a matrix", func(g *graph.Graph, s *nn.Scope, opt nn.Recurrent) graph.Node {
			return nn.NewLSTM(s, 4, 3, opt).Forward(g.Input("x", 2, 4))
		}, "encoder: lstm: x has rank 2, want (N, T, in)"},
		{"another number of features", func(g *graph.Graph, s *nn.Scope, opt nn.Recurrent) graph.Node {
			return nn.NewGRU(s, 4, 3, opt).Forward(g.Input("x", 2, 5, 6))
		}, "gru: input has 6 features, wIH expects 4"},
		{"a state of one sequence for all", func(g *graph.Graph, s *nn.Scope, opt nn.Recurrent) graph.Node {
			begin := nn.State{H: g.Input("h", 1, 1, 3)}
			_, next := nn.NewRNN(s, 4, 3, opt).ForwardFrom(begin, g.Input("x", 2, 5, 4), graph.Node{})
			return next.H
		}, "rnn: h0 has shape (1, 3), want (2, 3)"},
		{"cells of a GRU", func(g *graph.Graph, s *nn.Scope, opt nn.Recurrent) graph.Node {
			y, _ := nn.NewGRU(s, 4, 3, opt).ForwardFrom(nn.State{C: g.Input("c", 1, 2, 3)}, g.Input("x", 2, 5, 4),
				graph.Node{})
			return y
		}, "gru: there is a c0, which only an LSTM has"},
		{"lengths of another batch", func(g *graph.Graph, s *nn.Scope, opt nn.Recurrent) graph.Node {
			_, next := nn.NewLSTM(s, 4, 3, opt).ForwardFrom(nn.State{}, g.Input("x", 2, 5, 4), g.Indices("n", 3))
			return next.C
		}, "lstm: lengths are int64 (3), want int64 (2)"},
	} {
		for _, unroll := range []bool{false, true} {
			g := &graph.Graph{}
			y := c.build(g, nn.NewScope().Sub("encoder"), nn.Recurrent{Unroll: unroll})
			said := strings.Replace(fmt.Sprint(g.Err()), "encoder.l0", "encoder", 1)
			if y.Valid() || !strings.Contains(said, c.want) {
				t.Errorf("%s, unrolled %v: got %s, want %s", c.name, unroll, said, c.want)
			}
		}
	}
	g := &graph.Graph{}
	cell := nn.NewLSTMCell(nn.NewScope().Sub("cell"), 4, 3, nn.Recurrent{})
	next := cell.Step(nn.State{C: g.Input("c", 1, 3)}, g.Input("x", 2, 4))
	if err := g.Err(); next.H.Valid() || next.C.Valid() || err == nil ||
		!strings.Contains(err.Error(), "cell: lstm: c0 has shape (1, 3), want (2, 3)") {
		t.Errorf("a cell: got %v", err)
	}
}

// TestUnrolledLayers: each step is a layer, and each gate a part of it.
func TestUnrolledLayers(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer func(*nn.Scope, int, int) sequences
		want  string
	}{
		{"LSTM", lstm(nn.Recurrent{Unroll: true}), "r.l0 r.l0.cell.0 r.l0.cell.0.input r.l0.cell.0.forget " +
			"r.l0.cell.0.cell r.l0.cell.0.output r.l0.cell.1 r.l0.cell.1.input r.l0.cell.1.forget r.l0.cell.1.cell " +
			"r.l0.cell.1.output"},
		{"GRU", gru(nn.Recurrent{Unroll: true}),
			"r.l0 r.l0.cell.0 r.l0.cell.0.reset r.l0.cell.0.update r.l0.cell.0.new " +
				"r.l0.cell.1 r.l0.cell.1.reset r.l0.cell.1.update r.l0.cell.1.new"},
		{"GRU that resets first", gru(nn.Recurrent{ResetBefore: true}), "r.l0 r.l0.cell.0 r.l0.cell.0.reset " +
			"r.l0.cell.0.update r.l0.cell.0.new r.l0.cell.1 r.l0.cell.1.reset r.l0.cell.1.update r.l0.cell.1.new"},
		{"RNN of two layers", rnn(nn.Recurrent{Layers: 2, Unroll: true}),
			"r.l0 r.l0.cell.0 r.l0.cell.1 r.l1 r.l1.cell.0 r.l1.cell.1"},
		{"RNN in both directions", rnn(nn.Recurrent{Bidirectional: true, Unroll: true}),
			"r.l0 r.l0.cell.0 r.l0.cell.1 r.l0_reverse r.l0_reverse.cell.1 r.l0_reverse.cell.0 r"},
		{"RNN at once", rnn(nn.Recurrent{}), "r"},
	} {
		g := &graph.Graph{}
		c.layer(nn.NewScope().Sub("r"), 4, 3).Forward(g.Input("x", 2, 2, 4))
		var layers []string
		for _, n := range g.Nodes() {
			if s := n.Scope(); s != "" && n.Kind() == graph.KindOp && !slices.Contains(layers, s) {
				layers = append(layers, s)
			}
		}
		if got := strings.Join(layers, " "); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
	}
}
