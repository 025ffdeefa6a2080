package trace_test

import (
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz/trace"
)

// TestAlarms: each sick network gives its alarm, and the healthy one none.
func TestAlarms(t *testing.T) {
	type net struct {
		bias, scale, rate float64
		frozen            bool
	}
	for _, c := range []struct {
		name string
		net  net
		want []string
	}{
		{"a healthy network", net{0, 1, .1, false}, nil},
		{"a bias far below 0 kills a unit", net{-100, 1, .1, false}, []string{trace.Dead}},
		{"a loss that is next to nothing gives such gradients", net{0, 1e-12, .1, false}, []string{trace.Vanishing}},
		{"one that is huge gives huge ones", net{0, 1e9, 1e-12, false}, []string{trace.Exploding}},
		{"a rate that is next to nothing changes nothing", net{0, 1, 1e-30, false}, []string{trace.Unchanged}},
		{"a frozen parameter does not change", net{0, 1, .1, true}, []string{trace.Unchanged}},
	} {
		g := &graph.Graph{Mode: graph.Train, DType: graph.Float64}
		s := nn.NewScope()
		hidden, out := nn.NewLinear(s.Sub("hidden"), 3, 4), nn.NewLinear(s.Sub("out"), 4, 2)
		must(t, s.Params().SetDType(graph.Float64))
		bias := s.Params().Get("hidden.bias").Tensor()
		for i := range bias.F64 {
			bias.F64[i] = 2
		}
		bias.F64[1] += c.net.bias
		if c.net.frozen {
			s.Params().Freeze("hidden")
		}
		x := g.Input("x", 20, 3)
		loss := ops.Scale(ops.Mean(ops.Square(out.Forward(ops.ReLU(hidden.Forward(x))))), c.net.scale)
		train.Minimize(loss, &train.SGD{LR: c.net.rate})
		run := record(t, compiled(t, loss, map[graph.Node]any{x: wave(60)}), trace.Options{})
		var got []string
		for _, a := range run.States[0].Alarms {
			if a.Text.En == "" || a.Text.Zh == "" {
				t.Errorf("%s: an alarm without words: %+v", c.name, a)
			}
			if !slices.Contains(got, a.Kind) {
				got = append(got, a.Kind)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: the alarms are %q, want %q", c.name, got, c.want)
		}
	}
}

// TestNoAlarms: an evaluation, which changes nothing, points at nothing: its statistics of batches are read alone.
func TestNoAlarms(t *testing.T) {
	g := &graph.Graph{DType: graph.Float64}
	s := nn.NewScope()
	norm := nn.NewBatchNorm1D(s.Sub("norm"), 3)
	must(t, s.Params().SetDType(graph.Float64))
	x := g.Input("x", 20, 3)
	loss := ops.Mean(ops.Square(norm.Forward(x)))
	for _, learns := range []bool{false, true} { // and where others learn, they are pointed at
		if learns {
			train.Minimize(loss, &train.SGD{LR: .1})
		}
		run := record(t, compiled(t, loss, map[graph.Node]any{x: wave(60)}), trace.Options{})
		if n := len(run.States[0].Alarms); n > 0 != learns {
			t.Errorf("with an update %v: %d alarms: %+v", learns, n, run.States[0].Alarms)
		}
	}
}
