package rnn_test

import (
	"fmt"
	"log"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/rnn"
	"github.com/stheno-ml/stheno/train"
)

// TestNamesAndCounts: the count of the doc comment, and the names that PyTorch gives to the same modules.
func TestNamesAndCounts(t *testing.T) {
	m := rnn.NewCharLSTM(65, 128, 2)
	var names []string
	for p := range m.Params().All() {
		names = append(names, p.Name())
	}
	want := []string{"embedding.weight",
		"lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0",
		"lstm.weight_ih_l1", "lstm.weight_hh_l1", "lstm.bias_ih_l1", "lstm.bias_hh_l1",
		"out.weight", "out.bias"}
	if !slices.Equal(names, want) {
		t.Errorf("the parameters are %v, want %v", names, want)
	}
	// 65·128 + 2·(512·128 + 512·128 + 512 + 512) + 128·65 + 65
	if got := m.Params().Count(); got != 280_897 {
		t.Errorf("%d parameters, want 280,897", got)
	}
}

// TestContinue: a text that is read in two halves has the logits of the whole text, as the state goes on between them.
func TestContinue(t *testing.T) {
	m := rnn.NewCharLSTM(7, 6, 2)
	logits := func(t *testing.T, forward func(graph.Node) graph.Node, parts ...[]int) (all []float32) {
		g := &graph.Graph{}
		x := g.Indices("x", 1, len(parts[0]))
		y := forward(x)
		prog, err := g.Compile(y)
		if err != nil {
			t.Fatal(err)
		}
		for _, ids := range parts {
			prog.Set(x, ids)
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			all = append(all, prog.Value(y).F32...)
		}
		return all
	}
	whole := logits(t, m.Forward, []int{1, 4, 2, 6, 0, 3})
	halves := logits(t, m.Continue, []int{1, 4, 2}, []int{6, 0, 3})
	if len(whole) != 6*7 || !slices.EqualFunc(whole, halves, func(a, b float32) bool { return a-b < 1e-6 && b-a < 1e-6 }) {
		t.Errorf("the logits in two halves are %v, of the whole %v", halves, whole)
	}
	afresh := logits(t, m.Forward, []int{1, 4, 2}, []int{6, 0, 3})
	if slices.Equal(afresh[3*7:], halves[3*7:]) {
		t.Error("the second half does not depend on the first") // the negative control
	}
}

// TestMisused: what is no text of characters is an error of the graph, and no panic.
func TestMisused(t *testing.T) {
	g := &graph.Graph{Mode: graph.Train}
	m := rnn.NewCharLSTM(7, 6, 1)
	m.Build(g.Input("x", 2, 3), g.Indices("y", 2, 3))
	if g.Err() == nil {
		t.Error("a text of floats is no error")
	}
}

// The model is its own task: it learns a text in stretches, a lane of it in each row, and its state goes on.
func ExampleCharLSTM() {
	prose := data.Prose(0)
	learn, _, err := prose.Streams()
	if err != nil {
		log.Fatal(err)
	}
	model := rnn.NewCharLSTM(prose.Vocabulary.Len(), 16, 1)
	trainer := train.New(model, &train.Adam{LR: .01})
	var losses []float64
	for batch := range learn.Lanes(16, 16).Batches(0) {
		loss, err := trainer.Step(batch...)
		if err != nil {
			log.Fatal(err)
		}
		if losses = append(losses, loss); len(losses) == 60 {
			break
		}
	}
	fmt.Println(losses[59] < losses[0]-.5)
	// Output: true
}

// The logits of the character that follows each of the given ones.
func ExampleCharLSTM_Forward() {
	model := rnn.NewCharLSTM(65, 128, 2)
	g := &graph.Graph{}
	y := model.Forward(g.Indices("x", 8, 64))
	fmt.Println(y.Shape(), model.Params().Count())
	// Output: (8, 64, 65) 280897
}
