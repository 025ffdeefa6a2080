package rnn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/rnn"
)

// TestCharRNN: the count of the doc comment, and PyTorch's names.
func TestCharRNN(t *testing.T) {
	m := rnn.NewCharRNN(65, 128, 2)
	var names []string
	for p := range m.Params().All() {
		names = append(names, p.Name())
	}
	want := []string{"embedding.weight",
		"rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0",
		"rnn.weight_ih_l1", "rnn.weight_hh_l1", "rnn.bias_ih_l1", "rnn.bias_hh_l1",
		"out.weight", "out.bias"}
	if !slices.Equal(names, want) {
		t.Errorf("the parameters are %v, want %v", names, want)
	}
	// 65·128 + 2·(128·128 + 128·128 + 128 + 128) + 128·65 + 65
	if got := m.Params().Count(); got != 82_753 {
		t.Errorf("%d parameters, want 82,753", got)
	}
}

// The model in small ops: each step a layer of its own in drawings. The names of its parameters are the same.
func ExampleOptions() {
	model := rnn.NewCharRNN(65, 128, 1, rnn.Options{Unroll: true})
	g := &graph.Graph{}
	model.Forward(g.Indices("x", 8, 3))
	for _, n := range g.Nodes() {
		if n.Op() != nil && n.Op().String() == "tanh" {
			fmt.Println(n.Scope(), n.Shape())
		}
	}
	// Output:
	// rnn.l0.cell.0 (8, 128)
	// rnn.l0.cell.1 (8, 128)
	// rnn.l0.cell.2 (8, 128)
}
