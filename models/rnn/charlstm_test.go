package rnn_test

import (
	"context"
	"fmt"
	"log"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/rnn"
	"github.com/stheno-ml/stheno/nn"
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

// character is a language model of this package.
type character interface {
	nn.Model
	Continue(x graph.Node) graph.Node
	Build(batch ...graph.Node) train.Outcome
}

// characters are all of them, small, of seven characters.
func characters(opt ...rnn.Options) map[string]character {
	return map[string]character{
		"rnn":  rnn.NewCharRNN(7, 6, 2, opt...),
		"lstm": rnn.NewCharLSTM(7, 6, 2, opt...),
		"gru":  rnn.NewCharGRU(7, 6, 2, opt...),
	}
}

// logits are those of a text that is read in parts.
func logits(t *testing.T, forward func(graph.Node) graph.Node, parts ...[]int) (all []float32) {
	t.Helper()
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

// near reports whether the numbers of two lists differ by 1e-6 at most.
func near(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(a, b float32) bool { return a-b < 1e-6 && b-a < 1e-6 })
}

// TestContinue: a text that is read in two halves has the logits of the whole text, as the state goes on between them.
func TestContinue(t *testing.T) {
	for name, m := range characters() {
		whole := logits(t, m.Forward, []int{1, 4, 2, 6, 0, 3})
		halves := logits(t, m.Continue, []int{1, 4, 2}, []int{6, 0, 3})
		if len(whole) != 6*7 || !near(whole, halves) {
			t.Errorf("%s: the logits in two halves are %v, of the whole %v", name, halves, whole)
		}
		afresh := logits(t, m.Forward, []int{1, 4, 2}, []int{6, 0, 3})
		if slices.Equal(afresh[3*7:], halves[3*7:]) {
			t.Errorf("%s: the second half does not depend on the first", name) // the negative control
		}
	}
}

// TestOptions: unrolled models have the same logits, in more ops; dropout is one between two layers, in training
// alone.
func TestOptions(t *testing.T) {
	text := []int{1, 4, 2, 6, 0, 3}
	count := func(m character, mode graph.Mode, op string) (n int) {
		g := &graph.Graph{Mode: mode}
		m.Build(g.Indices("x", 2, 5), g.Indices("y", 2, 5))
		for _, node := range g.Nodes() {
			if node.Op() != nil && strings.HasPrefix(node.Op().String(), op) {
				n++
			}
		}
		return n
	}
	unrolled, dropped := characters(rnn.Options{Unroll: true}), characters(rnn.Options{Dropout: .3})
	for name, m := range characters() {
		if a, b := logits(t, m.Continue, text), logits(t, unrolled[name].Continue, text); !near(a, b) {
			t.Errorf("%s: the logits are %v, unrolled %v", name, a, b)
		}
		if n := count(unrolled[name], graph.Train, "linear"); n != 2*2*5+1 {
			t.Errorf("%s: %d products, want two a layer and step, and one", name, n)
		}
		if n := count(dropped[name], graph.Train, "dropout p=0.3"); n != 1 {
			t.Errorf("%s: %d dropouts in training, want 1", name, n)
		}
		if n := count(dropped[name], graph.Eval, "dropout") + count(m, graph.Train, "dropout"); n != 0 {
			t.Errorf("%s: %d dropouts in evaluation and without, want none", name, n)
		}
	}
	defer func() {
		if r, _ := recover().(string); !strings.Contains(r, "NewCharGRU: there are 2 Options, want at most one") {
			t.Errorf("two options: %q", r)
		}
	}()
	rnn.NewCharGRU(7, 6, 2, rnn.Options{}, rnn.Options{})
}

// TestMisused: what is no text of characters is an error of the graph, and no panic.
func TestMisused(t *testing.T) {
	for name, m := range characters() {
		g := &graph.Graph{Mode: graph.Train}
		m.Build(g.Input("x", 2, 3), g.Indices("y", 2, 3))
		if g.Err() == nil {
			t.Errorf("%s: a text of floats is no error", name)
		}
	}
}

// The model is its own task: it learns a text in stretches, a lane of it in each row, and its state goes on.
func ExampleCharLSTM() {
	prose := corpus.Prose(0)
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

// A model that has learnt a text writes more of it, character by character.
func ExampleCharLSTM_Continue() {
	text := corpus.NewText("play", strings.Repeat("to be, or not to be: ", 100))
	learn, _, err := text.Streams()
	if err != nil {
		log.Fatal(err)
	}
	model := rnn.NewCharLSTM(text.Vocabulary.Len(), 24, 1)
	fit := train.Fit{Trainer: train.New(model, &train.Adam{LR: .02}), Train: learn.Lanes(4, 16), Epochs: 6}
	if _, err := fit.Run(context.Background()); err != nil {
		log.Fatal(err)
	}

	writer, err := nn.NewSampler(model, nn.Sampling{Temperature: .5, TopK: 3, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	prompt, err := text.Vocabulary.Encode("to be, or")
	if err != nil {
		log.Fatal(err)
	}
	if err := writer.Read(prompt...); err != nil {
		log.Fatal(err)
	}
	for range 12 {
		symbol, err := writer.Next()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(text.Vocabulary.Decode([]int64{symbol}))
	}
	// Output: not to be:
}
