package ops

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// side joins all results, so that a case has one.
func side(nodes ...graph.Node) graph.Node {
	for i, n := range nodes {
		nodes[i] = Reshape(n, -1)
	}
	return Concat(0, nodes...)
}

// sequence runs a cell and joins y and the last states.
func sequence(cell vector.Cell, x graph.Node, r Recurrence) graph.Node {
	switch cell {
	case vector.LSTMCell:
		y, h, c := LSTM(x, r)
		return side(y, h, c)
	case vector.GRUCell:
		return side(two(GRU(x, r))...)
	case vector.ReLUCell:
		return side(two(RNNReLU(x, r))...)
	}
	return side(two(RNN(x, r))...)
}

func two(a, b graph.Node) []graph.Node { return []graph.Node{a, b} }

// weightsOf are the operands of a cell from in to h features: wIH, wHH, bIH, bHH.
func weightsOf(cell vector.Cell, in, h int) []operand {
	g := cell.Gates()
	return []operand{between(-1, 1, g*h, in), between(-.9, .9, g*h, h), between(-.5, .5, g*h), between(-.4, .4, g*h)}
}

// recurrentCase has the operands x, the weights, and those that are given, among them the lengths in the last place.
func recurrentCase(name, torch string, cell vector.Cell, r Recurrence, biases bool, more ...operand) opCase {
	weights := weightsOf(cell, 2, 3)
	if !biases {
		weights = weights[:2]
	}
	return firstOnly(opCase{name: name, torch: torch, in: slices.Concat([]operand{some(3, 4, 2)}, weights, more),
		build: func(in []graph.Node) graph.Node {
			r := r
			r.WIH, r.WHH = in[1], in[2]
			rest := in[3:]
			if biases {
				r.BIH, r.BHH, rest = rest[0], rest[1], rest[2:]
			}
			if n := len(rest); n > 0 && rest[n-1].DType() == graph.Int64 {
				r.Lengths, rest = rest[n-1], rest[:n-1]
			}
			for i, n := range rest {
				*[]*graph.Node{&r.H0, &r.C0}[i] = n
			}
			return sequence(cell, in[0], r)
		}})
}

var recurrentCases = []opCase{
	recurrentCase("an LSTM", "recurrent('lstm', a, [b, c, d, e])", vector.LSTMCell, Recurrence{}, true),
	recurrentCase("an LSTM without biases", "recurrent('lstm', a, [b, c])", vector.LSTMCell, Recurrence{}, false),
	recurrentCase("an LSTM from a state", "recurrent('lstm', a, [b, c, d, e], [f, g])", vector.LSTMCell, Recurrence{},
		true, some(3, 3), between(-1, 1, 3, 3)),
	recurrentCase("an LSTM over sequences of falling lengths", "recurrent('lstm', a, [b, c, d, e], [f, g], h)",
		vector.LSTMCell, Recurrence{}, true,
		some(3, 3), between(-1, 1, 3, 3), labels(shape(3), 4, 2, 1)),
	recurrentCase("an LSTM over sequences of any lengths", "", vector.LSTMCell, Recurrence{}, true, some(3, 3),
		between(-1, 1, 3, 3), labels(shape(3), 2, 0, 4)),
	recurrentCase("an LSTM in reverse",
		"recurrent('lstm', a.flip(1), [b, c, d, e])[torch.arange(54).reshape(-1, 3)[[3,2,1,0, 7,6,5,4, 11,10,9,8, "+
			"12,13,14, 15,16,17]].flatten()]",
		vector.LSTMCell, Recurrence{Reverse: true}, true),
	recurrentCase("an LSTM in reverse within lengths", "", vector.LSTMCell, Recurrence{Reverse: true}, true,
		some(3, 3), between(-1, 1, 3, 3), labels(shape(3), 2, 4, 3)),
	recurrentCase("a GRU", "recurrent('gru', a, [b, c, d, e])", vector.GRUCell, Recurrence{}, true),
	recurrentCase("a GRU without biases", "recurrent('gru', a, [b, c])", vector.GRUCell, Recurrence{}, false),
	recurrentCase("a GRU over sequences of falling lengths", "recurrent('gru', a, [b, c, d, e], [f], g)",
		vector.GRUCell, Recurrence{}, true,
		some(3, 3), labels(shape(3), 3, 3, 1)),
	recurrentCase("a GRU in reverse within lengths", "", vector.GRUCell, Recurrence{Reverse: true}, true, some(3, 3),
		labels(shape(3), 0, 4, 3)),
	recurrentCase("an RNN", "recurrent('rnn_tanh', a, [b, c, d, e])", vector.TanhCell, Recurrence{}, true),
	recurrentCase("an RNN over sequences of falling lengths", "recurrent('rnn_tanh', a, [b, c, d, e], [f], g)",
		vector.TanhCell, Recurrence{}, true,
		some(3, 3), labels(shape(3), 4, 2, 2)),
	recurrentCase("an RNN in reverse within lengths", "", vector.TanhCell, Recurrence{Reverse: true}, true, some(3, 3),
		labels(shape(3), 1, 4, 3)),
	recurrentCase("an RNN with ReLU", "recurrent('rnn_relu', a, [b, c, d, e])", vector.ReLUCell, Recurrence{}, true),
	recurrentCase("an RNN with ReLU, without biases, from a state", "recurrent('rnn_relu', a, [b, c], [d])",
		vector.ReLUCell, Recurrence{}, false, some(3, 3)),
	oneResult("outputs of an LSTM alone", vector.LSTMCell, 0),
	oneResult("last state of an LSTM alone", vector.LSTMCell, 1),
	oneResult("last cell state of an LSTM alone", vector.LSTMCell, 2),
	oneResult("last state of a GRU alone", vector.GRUCell, 1),
	oneResult("last state of an RNN alone", vector.TanhCell, 1),
	// torch 1.13: both biases .03
	keras("Keras' LSTM", 4, 6, 3, vector.LSTMCell, .5895841858, .8699841551, .9474882475),
	// Keras 3's own tests: reset_after
	keras("Keras' GRU", 4, 6, 3, vector.GRUCell, .5217289, .6371659, .39384964),
	keras("Keras' RNN", 4, 3, 4, vector.TanhCell, .4321504545, .7501312939), // torch 1.13
}

// oneResult has no gradient of the other results.
func oneResult(name string, cell vector.Cell, result int) opCase {
	c := recurrentCase(name, "", cell, Recurrence{}, true)
	c.build = func(in []graph.Node) graph.Node {
		return Recurrence{WIH: in[1], WHH: in[2], BIH: in[3], BHH: in[4]}.apply(in[0], cell)[result]
	}
	return c
}

// keras is a test of Keras': the last state, whose elements are equal, of sequences that count from 0, with constant
// weights .01 and .02 and biases .03.
func keras(name string, in, steps, h int, cell vector.Cell, want ...float64) opCase {
	full := func(v float64, shape ...int) operand {
		o := between(0, 1, shape...)
		for i := range o.v {
			o.v[i] = v
		}
		return o
	}
	x := full(0, len(want), steps, in)
	for i := range x.v {
		x.v[i] = float64(i)
	}
	g := cell.Gates()
	return firstOnly(opCase{name: name, in: []operand{x, full(.01, g*h, in), full(.02, g*h, h), full(.03, g*h),
		full(.03, g*h)}, want: want,
		build: func(in []graph.Node) graph.Node {
			r := Recurrence{WIH: in[1], WHH: in[2], BIH: in[3], BHH: in[4]}
			all := sequence(cell, in[0], r)
			first := len(want) * steps * h
			return Slice(all, 0, first, first+len(want)*h, h)
		}})
}

var recurrentErrors = []shapeError{
	{"an LSTM of a matrix", func(g *graph.Graph) graph.Node {
		y, _, _ := LSTM(g.Input("x", 5, 2), Recurrence{WIH: g.Input("w", 12, 2), WHH: g.Input("u", 12, 3)})
		return y
	}, "lstm: x has rank 2, want (N, T, in): x (5, 2), wIH (12, 2), wHH (12, 3) (recurrent_test.go:"},
	{"an LSTM with the weights of a GRU", func(g *graph.Graph) graph.Node {
		_, _, c := LSTM(g.Input("x", 1, 5, 2), Recurrence{WIH: g.Input("w", 9, 2), WHH: g.Input("u", 9, 3)})
		return c
	}, "wHH has shape (9, 3), want (4·H, H)"},
	{"a GRU with weights that do not belong together", func(g *graph.Graph) graph.Node {
		y, _ := GRU(g.Input("x", 1, 5, 2), Recurrence{WIH: g.Input("w", 12, 2), WHH: g.Input("u", 9, 3)})
		return y
	}, "wIH has shape (12, 2), want (9, in) with wHH (9, 3)"},
	{"an RNN with the wrong number of features", func(g *graph.Graph) graph.Node {
		y, _ := RNN(g.Input("x", 1, 5, 2), Recurrence{WIH: g.Input("w", 3, 4), WHH: g.Input("u", 3, 3)})
		return y
	}, "rnn: input has 2 features, wIH expects 4"},
	{"an LSTM with a short bias", func(g *graph.Graph) graph.Node {
		y, _, _ := LSTM(g.Input("x", 1, 5, 2), Recurrence{WIH: g.Input("w", 12, 2), WHH: g.Input("u", 12, 3),
			BHH: g.Input("b", 3)})
		return y
	}, "bHH has shape (3), want (12)"},
	{"an LSTM with one state for all sequences", func(g *graph.Graph) graph.Node {
		y, _, _ := LSTM(g.Input("x", 4, 5, 2), Recurrence{WIH: g.Input("w", 12, 2), WHH: g.Input("u", 12, 3),
			C0: g.Input("c", 1, 3)})
		return y
	}, "c0 has shape (1, 3), want (4, 3): x (4, 5, 2), wIH (12, 2), wHH (12, 3), c0 (1, 3)"},
	{"a GRU with a cell state", func(g *graph.Graph) graph.Node {
		y, _ := GRU(g.Input("x", 1, 5, 2), Recurrence{WIH: g.Input("w", 9, 2), WHH: g.Input("u", 9, 3),
			C0: g.Input("c", 1, 3)})
		return y
	}, "there is a c0, which only an LSTM has"},
	{"an RNN with lengths that are floats", func(g *graph.Graph) graph.Node {
		y, _ := RNN(g.Input("x", 4, 5, 2), Recurrence{WIH: g.Input("w", 3, 2), WHH: g.Input("u", 3, 3),
			Lengths: g.Input("n", 4)})
		return y
	}, "lengths are float32 (4), want int64 (4)"},
}

// unrolled is the definition: a step after the other, in small ops. lengths are the values of r.Lengths, nil for none.
func unrolled(cell vector.Cell, x graph.Node, r Recurrence, lengths []int64) graph.Node {
	n, steps, hidden := x.Dim(0), x.Dim(1), r.WHH.Dim(1)
	g := x.Graph()
	h, c := r.H0, r.C0
	if h == (graph.Node{}) {
		h = g.Full(0, n, hidden)
	}
	if c == (graph.Node{}) {
		c = g.Full(0, n, hidden)
	}
	y := make([]graph.Node, steps)
	for s := range steps {
		t := s
		if r.Reverse {
			t = steps - 1 - s
		}
		zx := Linear(Reshape(Slice(x, 1, t, t+1, 1), n, -1), r.WIH, r.BIH)
		newH, newC := stepOf(cell, zx, Linear(h, r.WHH, r.BHH), h, c)
		y[t] = newH
		if lengths != nil {
			on := make([]float64, n)
			for i, l := range lengths {
				if int64(t) < l {
					on[i] = 1
				}
			}
			mask := floatConstant(g, on, n, 1)
			newH, newC = Where(mask, newH, h), Where(mask, newC, c)
			y[t] = Mul(mask, newH)
		}
		h, c = newH, newC
	}
	if cell == vector.LSTMCell {
		return side(Stack(1, y...), h, c)
	}
	return side(Stack(1, y...), h)
}

// stepOf is the next state and cell state, zx and zh being the affine maps of x and h.
func stepOf(cell vector.Cell, zx, zh, h, c graph.Node) (newH, newC graph.Node) {
	part := func(z graph.Node, k int) graph.Node { return Slice(z, 1, k*h.Dim(1), (k+1)*h.Dim(1), 1) }
	both := func(k int) graph.Node { return Add(part(zx, k), part(zh, k)) }
	switch cell {
	case vector.LSTMCell:
		newC = Add(Mul(Sigmoid(both(1)), c), Mul(Sigmoid(both(0)), Tanh(both(2))))
		return Mul(Sigmoid(both(3)), Tanh(newC)), newC
	case vector.GRUCell:
		z, n := Sigmoid(both(1)), Tanh(Add(part(zx, 2), Mul(Sigmoid(both(0)), part(zh, 2))))
		return Add(Mul(AddScalar(Neg(z), 1), n), Mul(z, h)), c
	case vector.ReLUCell:
		return ReLU(both(0)), c
	}
	return Tanh(both(0)), c
}

// TestRecurrentDefinition: values and all gradients are those of the definition, over several blocks of sequences.
func TestRecurrentDefinition(t *testing.T) {
	const n, steps, in, hidden = 29, 7, 5, 6
	lengths := make([]int64, n)
	for i := range lengths {
		lengths[i] = int64(i * 5 % (steps + 1))
	}
	for _, cell := range []vector.Cell{vector.TanhCell, vector.ReLUCell, vector.LSTMCell, vector.GRUCell} {
		for variant := range 8 {
			reverse, ragged, bare := variant&1 != 0, variant&2 != 0, variant&4 != 0
			t.Run(fmt.Sprintf("%s reverse=%v ragged=%v bare=%v", cellNames[cell], reverse, ragged, bare),
				func(t *testing.T) {
					operands := append([]operand{some(n, steps, in)}, weightsOf(cell, in, hidden)[:2]...)
					if !bare {
						operands = slices.Concat(operands, weightsOf(cell, in, hidden)[2:],
							[]operand{between(-1, 1, n, hidden)})
						if cell == vector.LSTMCell {
							operands = append(operands, some(n, hidden))
						}
					}
					values := lengths
					if !ragged {
						values = nil
					}
					c := opCase{in: operands, build: func(in []graph.Node) graph.Node {
						g := in[0].Graph()
						r := Recurrence{WIH: in[1], WHH: in[2], Reverse: reverse}
						if !bare {
							r.BIH, r.BHH, r.H0 = in[3], in[4], in[5]
							if cell == vector.LSTMCell {
								r.C0 = in[6]
							}
						}
						if ragged {
							r.Lengths = g.Constant(graph.FromInt64(lengths, n))
						}
						return Stack(0, sequence(cell, in[0], r), unrolled(cell, in[0], r, values))
					}}
					g, nodes, wrt, both := c.arrange(graph.Float64)
					outputs := []graph.Node{both}
					for k := range 2 {
						outputs = append(outputs, graph.Gradients(weigh(Slice(both, 0, k, k+1, 1), 1), wrt...)...)
					}
					p, err := g.Compile(outputs...)
					if err != nil {
						t.Fatal(err)
					}
					c.feed(p, nodes)
					if err := p.Run(); err != nil {
						t.Fatal(err)
					}
					y := elements(p.Value(both))
					if err := near(y[:len(y)/2], y[len(y)/2:], 1e-10); err != nil {
						t.Error("values: ", err)
					}
					for i := range wrt {
						if err := near(elements(p.Value(outputs[1+i])), elements(p.Value(outputs[1+len(wrt)+i])),
							1e-10); err != nil {
							t.Errorf("gradient of operand %d: %v", i, err)
						}
					}
				})
		}
	}
}

// trainingStep is y, h and the gradients of an LSTM of the given sizes.
func trainingStep(cell vector.Cell, n, steps, in, hidden int) (opCase, *graph.Graph, []graph.Node, []graph.Node) {
	c := opCase{in: append([]operand{some(n, steps, in)}, weightsOf(cell, in, hidden)...),
		build: func(in []graph.Node) graph.Node {
			return sequence(cell, in[0], Recurrence{WIH: in[1], WHH: in[2], BIH: in[3], BHH: in[4]})
		}}
	g, nodes, wrt, y := c.arrange(graph.Float32)
	return c, g, nodes, append(graph.Gradients(weigh(y, 1), wrt...), y)
}

// TestRecurrentRun: the bits do not depend on GOMAXPROCS, and a run allocates nothing.
func TestRecurrentRun(t *testing.T) {
	for _, cell := range []vector.Cell{vector.TanhCell, vector.LSTMCell, vector.GRUCell} {
		c, g, in, outputs := trainingStep(cell, 40, 9, 33, 48)
		p, err := g.Compile(outputs...)
		if err != nil {
			t.Fatal(err)
		}
		c.feed(p, in)
		var want [][]float64
		for _, procs := range []int{1, 2, 3, 8} {
			before := runtime.GOMAXPROCS(procs)
			err := p.Run()
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatal(err)
			}
			for i, n := range outputs {
				v := elements(p.Value(n))
				if procs == 1 {
					want = append(want, v)
				} else if !slices.Equal(v, want[i]) {
					t.Fatalf("%s: output %d differs with GOMAXPROCS=%d", cellNames[cell], i, procs)
				}
			}
		}
		if n := testing.AllocsPerRun(5, func() { p.Run() }); n != 0 {
			t.Errorf("%s: a run makes %v allocations", cellNames[cell], n)
		}
	}
}

// TestRecurrentIsOneInstruction: 400 steps are one forward and one backward, and results that nobody wants cost
// nothing.
func TestRecurrentIsOneInstruction(t *testing.T) {
	_, g, _, outputs := trainingStep(vector.LSTMCell, 4, 400, 8, 16)
	p, err := g.Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	p.WriteTo(&b)
	if n := strings.Count(b.String(), "lstm"); n != 2 {
		t.Errorf("the tape has %d instructions of the LSTM, want 2:\n%s", n, &b)
	}
}

// TestRecurrentLengthsOutside: a run names the sequence.
func TestRecurrentLengthsOutside(t *testing.T) {
	g := &graph.Graph{}
	x, lengths := g.Input("x", 3, 5, 2), g.Indices("lengths", 3)
	y, _ := GRU(x, Recurrence{WIH: g.Full(1, 9, 2), WHH: g.Full(1, 9, 3), Lengths: lengths})
	p, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	zeros(p, g)
	p.Set(lengths, []int64{5, 0, 6})
	if err := p.Run(); err == nil || !strings.Contains(err.Error(), "length 6 of sequence 2 is outside 0…5") {
		t.Errorf("got error %v", err)
	}
	p.Set(lengths, []int64{5, 0, -1})
	if err := p.Run(); err == nil || !strings.Contains(err.Error(), "length -1 of sequence 2") {
		t.Errorf("got error %v", err)
	}
}

// TestRecurrentSecondGradient: there is none, and the error says so.
func TestRecurrentSecondGradient(t *testing.T) {
	g := &graph.Graph{}
	x := g.Input("x", 1, 2, 3)
	y, _, _ := LSTM(x, Recurrence{WIH: g.Full(1, 8, 3), WHH: g.Full(1, 8, 2)})
	graph.Gradients(Sum(graph.Gradients(Sum(y), x)[0]), x)
	if err := g.Err(); err == nil || !strings.Contains(err.Error(), "∂lstm") ||
		!strings.Contains(err.Error(), "no gradient rule") {
		t.Errorf("got error %v, want one that names ∂lstm", err)
	}
}

// TestRecurrentOneResult: the values do not depend on which results are wanted.
func TestRecurrentOneResult(t *testing.T) {
	for _, cell := range []vector.Cell{vector.TanhCell, vector.LSTMCell, vector.GRUCell} {
		_, g, in, outputs := trainingStep(cell, 5, 3, 4, 6)
		op := g.Nodes()[0]
		for _, n := range g.Nodes() {
			if _, ok := n.Op().(recurrent); ok && n.Result() == 0 {
				op = n
			}
		}
		c, _, _, _ := trainingStep(cell, 5, 3, 4, 6)
		all, err := g.Compile(append(outputs, op.Results()...)...)
		if err != nil {
			t.Fatal(err)
		}
		c.feed(all, in)
		if err := all.Run(); err != nil {
			t.Fatal(err)
		}
		for _, n := range op.Results() {
			one, err := g.Compile(n)
			if err != nil {
				t.Fatal(err)
			}
			c.feed(one, in)
			if err := one.Run(); err != nil {
				t.Fatal(err)
			}
			if err := sameBits(one.Value(n), all.Value(n)); err != nil {
				t.Errorf("%s: result %d alone: %v", cellNames[cell], n.Result(), err)
			}
		}
	}
}

// BenchmarkLSTM is a layer of a character model: 50 sequences of 50 steps, 128 features.
func BenchmarkLSTM(b *testing.B) {
	for _, backward := range []bool{false, true} {
		b.Run(map[bool]string{false: "forward", true: "both"}[backward], func(b *testing.B) {
			c, g, in, outputs := trainingStep(vector.LSTMCell, 50, 50, 128, 128)
			if !backward {
				outputs = outputs[len(outputs)-1:]
			}
			p, err := g.Compile(outputs...)
			if err != nil {
				b.Fatal(err)
			}
			c.feed(p, in)
			for b.Loop() {
				if err := p.Run(); err != nil {
					b.Fatal(err)
				}
			}
			flops := 2. * 50 * 50 * 512 * 256
			if backward {
				flops *= 3
			}
			b.ReportMetric(flops*float64(b.N)/1e9/b.Elapsed().Seconds(), "GFLOP/s")
		})
	}
}
