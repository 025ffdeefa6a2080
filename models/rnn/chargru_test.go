package rnn_test

import (
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/models/rnn"
)

// TestCharGRU: the count of the doc comment, and PyTorch's names.
func TestCharGRU(t *testing.T) {
	m := rnn.NewCharGRU(65, 128, 2)
	var names []string
	for p := range m.Params().All() {
		names = append(names, p.Name())
	}
	want := []string{"embedding.weight",
		"gru.weight_ih_l0", "gru.weight_hh_l0", "gru.bias_ih_l0", "gru.bias_hh_l0",
		"gru.weight_ih_l1", "gru.weight_hh_l1", "gru.bias_ih_l1", "gru.bias_hh_l1",
		"out.weight", "out.bias"}
	if !slices.Equal(names, want) {
		t.Errorf("the parameters are %v, want %v", names, want)
	}
	// 65·128 + 2·(384·128 + 384·128 + 384 + 384) + 128·65 + 65
	if got := m.Params().Count(); got != 214_849 {
		t.Errorf("%d parameters, want 214,849", got)
	}
}
