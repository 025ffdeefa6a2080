package history_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/history"
)

// TestWatchEvents: scalars and histograms are read back with the checksums of each record, in the order of steps; the
// rows of the history are what they are without a Watch.
func TestWatchEvents(t *testing.T) {
	m, batch := handMade()
	w := &train.Watch{Of: train.New(train.Supervised(m, ops.MSE), &train.SGD{LR: .01}), Batch: batch}
	for range 3 {
		if err := w.Add(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Of.Step(batch...); err != nil {
			t.Fatal(err)
		}
	}
	h := history.Rows{{Epoch: 1, Step: 1, TrainLoss: 3}, {Epoch: 2, Step: 2, TrainLoss: 2}}
	var alone, b bytes.Buffer
	if err := errors.Join(h.WriteEvents(&alone), w.WriteEvents(&b, h)); err != nil {
		t.Fatal(err)
	}
	_, all, err := history.ReadEvents(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var rest []history.Scalar
	step, seen, histograms := int64(0), 0, 0
	for _, s := range all {
		if s.Step < step {
			t.Errorf("%s is at step %d, after step %d", s.Tag, s.Step, step)
		}
		step = s.Step
		name, ofWatch := strings.CutPrefix(s.Tag, "watch/")
		look := &w.Looks[s.Step]
		switch {
		case !ofWatch:
			rest = append(rest, s)
		case s.Histogram == nil:
			if seen++; float32(look.Figures()[name]) != s.Value {
				t.Errorf("%s is %v at step %d, want %v", s.Tag, s.Value, s.Step, look.Figures()[name])
			}
		default:
			histograms++
			checkHistogram(t, look, name, s.Histogram)
		}
	}
	if _, want, _ := history.ReadEvents(alone.Bytes()); fmt.Sprint(rest) != fmt.Sprint(want) {
		t.Errorf("the rows are %v, want %v", rest, want)
	}
	if want := len(w.Looks[0].Figures()); seen < 3*want-1 || histograms != 3*(2+2*4) {
		t.Errorf("there are %d figures and %d histograms, want %d and %d", seen, histograms, 3*want, 30)
	}
	w.Join(h)
	var joined bytes.Buffer
	if err := w.WriteEvents(&joined, h); err != nil || !bytes.Equal(joined.Bytes(), b.Bytes()) {
		t.Errorf("%v, or what is joined is written twice", err)
	}
}

// checkHistogram compares one that was read with what was seen.
func checkHistogram(t *testing.T, l *history.Look, name string, message []byte) {
	t.Helper()
	want := map[string]history.Numbers{}
	for _, s := range l.Layers {
		want[s.Name] = s.Value
	}
	for _, s := range l.Params {
		want[s.Name], want[s.Name+"/gradient"] = s.Value, s.Gradient
	}
	s, ok := want[name]
	numbers, limits, counts, err := history.HistogramOf(message)
	if err != nil || !ok || !slices.IsSorted(limits) || len(limits) != len(counts) || limits[len(limits)-1] != s.Max {
		t.Fatalf("%s: %v, limits %v", name, err, limits)
	}
	n := 0.
	for i, c := range counts {
		if n += c; c != float64(s.Counts[i]) {
			t.Errorf("%s: part %d has %v, want %d", name, i, c, s.Counts[i])
		}
	}
	for i, v := range []float64{s.Min, s.Max, float64(s.N), s.Mean * float64(s.N), s.Norm * s.Norm} {
		if numbers[i+1] != v {
			t.Errorf("%s: number %d is %v, want %v", name, i+1, numbers[i+1], v)
		}
	}
	if n != float64(s.N) {
		t.Errorf("%s: there are %v numbers, want %d", name, n, s.N)
	}
}

// setParam sets the values of a parameter by its name.
func setParam(ps *nn.Params, name string, v ...float32) {
	for p := range ps.All() {
		if p.Name() == name {
			copy(p.Tensor().F32, v)
		}
	}
}

// handMade is a network of one hidden layer whose numbers are easy: its second unit is dead.
func handMade() (*mlp.MLP, []graph.Tensor) {
	m := mlp.New(2, 2, 1)
	setParam(m.Params(), "fc1.weight", 1, 0, 0, 1)
	setParam(m.Params(), "fc1.bias", 0, -9)
	setParam(m.Params(), "fc2.weight", 2, 1)
	setParam(m.Params(), "fc2.bias", 0)
	x, y := graph.FromFloat32([]float32{1, -1, 3, 1}, 2, 2), graph.FromFloat32([]float32{0, 0}, 2, 1)
	return m, []graph.Tensor{x, y}
}
