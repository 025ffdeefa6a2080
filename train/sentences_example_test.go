package train_test

import (
	"context"
	"fmt"
	"log"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// reader tells the class of a sentence by the state of an LSTM behind its last word.
type reader struct {
	words *nn.Embedding
	lstm  *nn.LSTM
	out   *nn.Linear
	scope *nn.Scope
}

func newReader(words, width, classes int) *reader {
	s := nn.NewScope()
	return &reader{
		words: nn.NewEmbedding(s.Sub("words"), words, width),
		lstm:  nn.NewLSTM(s.Sub("lstm"), width, width, nn.Recurrent{}),
		out:   nn.NewLinear(s.Sub("out"), width, classes),
		scope: s,
	}
}

func (m *reader) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T), 0 behind the end, to logits (N, classes).
func (m *reader) Forward(x graph.Node) graph.Node {
	e := m.words.Forward(x)                                     // (N, T, D)
	_, last := m.lstm.ForwardFrom(nn.State{}, e, nn.Lengths(x)) // H (1, N, D)
	return m.out.Forward(ops.Squeeze(last.H, 0))                // (N, classes)
}

// A classifier of sentences by hand: words become numbers, sentences rows of one length, and rows batches. Sequences
// also tell the lengths of sentences, which this model counts for itself.
func ExampleSupervised_sentences() {
	texts := []string{"a fine film", "a dull film", "not a fine film", "not a dull film", "the cast is fine",
		"the cast is dull", "the cast is not fine", "the cast is not dull"}
	labels := []int64{1, 0, 0, 1, 1, 0, 0, 1}
	words := data.NewWords(texts, data.WordOptions{Split: data.ByWord, Lower: true})
	set := data.Sequences{Labels: labels}
	for _, text := range texts {
		ids, _ := words.Encode(text) // the error is always nil
		set.X = append(set.X, ids)
	}
	rows, err := set.Padded(0, 0) // x (N, T), lengths (N), y (N)
	if err != nil {
		log.Fatal(err)
	}
	model := newReader(words.Len(), 16, 2)
	fit := train.Fit{Trainer: train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{LR: .02}),
		Train: data.Rows{rows[0], rows[2]}.Shuffled(4), Epochs: 40}
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	ids, _ := words.Encode("A film that is not dull")
	logits, err := nn.NewPredictor(model).Predict(graph.FromInt64(ids, 1, len(ids)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.TrainLoss < .1, logits.F32[1] > logits.F32[0])
	// Output: true true
}
