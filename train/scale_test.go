package train

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/ops"
)

// TestScales: a row for each layer, whose numbers are those of hand arithmetic.
func TestScales(t *testing.T) {
	m := mlp.New(2, 2, 1)
	set := func(name string, v ...float32) {
		for p := range m.Params().All() {
			if p.Name() == name {
				copy(p.Tensor().F32, v)
			}
		}
	}
	set("fc1.weight", 1, 0, 0, 1)
	set("fc1.bias", 0, 0)
	set("fc2.weight", 2, 1)
	set("fc2.bias", 0)
	x, y := graph.FromFloat32([]float32{1, -1, 3, 1}, 2, 2), graph.FromFloat32([]float32{0, 0}, 2, 1)
	rows, err := New(Supervised(m, ops.MSE), &SGD{LR: 1}).Scales(x, y)
	if err != nil {
		t.Fatal(err)
	}
	// fc1 is x; after ReLU 1 0 3 1; fc2 is 2 and 7; the loss is (4 + 49)/2, and its gradient by fc2 is 2 and 7
	want := []Scale{
		{"fc1", "Linear", graph.Shape{2, 2}, Spread{1, math.Sqrt2, 0}, Spread{25. / 4, math.Sqrt(104.75) / 2, .25}},
		{"fc1", "ReLU", graph.Shape{2, 2}, Spread{1.25, math.Sqrt(4.75) / 2, .25},
			Spread{27. / 4, math.Sqrt(82.75) / 2, 0}},
		{"fc2", "Linear", graph.Shape{2, 1}, Spread{4.5, 2.5, 0}, Spread{4.5, 2.5, 0}},
	}
	if len(rows) != len(want) {
		t.Fatalf("there are %d rows, want %d: %v", len(rows), len(want), rows)
	}
	for i, w := range want {
		got := rows[i]
		off := got.Value.off(w.Value) + got.Gradient.off(w.Gradient)
		if got.Path != w.Path || got.Layer != w.Layer || !got.Output.Equal(w.Output) || !(off < 1e-6) {
			t.Errorf("row %d is %+v, want %+v", i, got, w)
		}
	}
}

// off is how far two spreads are apart.
func (s Spread) off(w Spread) float64 {
	return math.Abs(s.Mean-w.Mean) + math.Abs(s.Deviation-w.Deviation) + math.Abs(s.Zero-w.Zero)
}

// TestScalesChangeNothing: parameters, running statistics and the steps behind it are as without, to the bit.
func TestScalesChangeNothing(t *testing.T) {
	var ends [2][]uint32
	for i := range ends {
		m := newSick(nil)
		m.loss = func(x, p, normed graph.Node) graph.Node { return ops.Add(ops.Sum(ops.Mul(x, p)), ops.Sum(normed)) }
		tr := New(Supervised(m, func(pred, _ graph.Node) graph.Node { return pred }), &Adam{LR: .1})
		x := graph.FromFloat32([]float32{1, -1, 2, .5, 3, 1, -2, 1}, 2, 4)
		for range 3 {
			if i == 1 {
				if _, err := tr.Scales(x, graph.FromInt64([]int64{0}, 1)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := tr.Step(x, graph.FromInt64([]int64{0}, 1)); err != nil {
				t.Fatal(err)
			}
		}
		ends[i] = m.bits(tr)
	}
	if !slices.Equal(ends[0], ends[1]) {
		t.Error("a training that was looked at is another")
	}
}

func TestScalesMistakes(t *testing.T) {
	if _, err := (*Trainer)(nil).Scales(); err == nil {
		t.Error("no trainer has scales")
	}
	tr := New(Supervised(mlp.New(2, 1), ops.MSE), &SGD{LR: 1})
	want := "train: the batch is empty: give a step one tensor at least"
	if _, err := tr.Scales(); fmt.Sprint(err) != want {
		t.Errorf("no batch: %v", err)
	}
	x, y := graph.FromFloat32([]float32{1, 2, 3}, 1, 3), graph.FromFloat32([]float32{1}, 1, 1)
	if _, err := tr.Scales(x, y); err == nil {
		t.Error("a batch that does not fit has scales")
	}
}
