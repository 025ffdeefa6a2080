package rnn_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/rnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// TestNameGRU: the count of the doc comment, and a loss that is the mean over what is no padding: it is that of the
// names one by one, weighed by their lengths.
func TestNameGRU(t *testing.T) {
	// 30·128 + 384·128 + 384·128 + 384 + 384 + 128·30 + 30
	if got := rnn.NewNameGRU(30, 128, 1).Params().Count(); got != 106_782 {
		t.Errorf("%d parameters, want 106,782", got)
	}
	m := rnn.NewNameGRU(9, 8, 2)
	loss := func(rows, length int, x, y []int64) float64 {
		t.Helper()
		s, err := train.NewEvaluator(m).Evaluate(train.Fixed([]graph.Tensor{
			graph.FromInt64(x, rows, length), graph.FromInt64(y, rows, length)}))
		if err != nil {
			t.Fatal(err)
		}
		return s.Loss
	}
	const begin, end = data.Begin, data.End
	both := loss(2, 4, []int64{begin, 5, 6, 7, begin, 8, 0, 0}, []int64{5, 6, 7, end, 8, end, 0, 0})
	first := loss(1, 4, []int64{begin, 5, 6, 7}, []int64{5, 6, 7, end})
	second := loss(1, 2, []int64{begin, 8}, []int64{8, end})
	if want := (4*first + 2*second) / 6; math.Abs(both-want) > 1e-6 {
		t.Errorf("the loss of both names is %v, want %v", both, want)
	}
	if math.Abs(both-(first+second)/2) < 1e-6 { // the negative control
		t.Error("the loss does not weigh names by their lengths")
	}
}

// A model learns names, and writes the rest of one from its beginning to its end.
func ExampleNameGRU() {
	words := corpus.Lines{Name: "days", Train: []string{"monday", "tuesday", "friday", "sunday"}}
	words.Words = data.NewWords(words.Train, data.WordOptions{Split: data.ByCharacter})
	learn, _, err := words.Rows(0)
	if err != nil {
		log.Fatal(err)
	}
	model := rnn.NewNameGRU(words.Words.Len(), 32, 1)
	fit := train.Fit{Trainer: train.New(model, &train.Adam{LR: .02}), Train: learn.Shuffled(4), Epochs: 60}
	if _, err := fit.Run(context.Background()); err != nil {
		log.Fatal(err)
	}

	writer, err := nn.NewSampler(model, nn.Sampling{Temperature: .5, Never: []int64{data.Padding, data.Unknown}})
	if err != nil {
		log.Fatal(err)
	}
	f, err := words.Words.Encode("f")
	if err != nil {
		log.Fatal(err)
	}
	name := slices.Concat([]int64{data.Begin}, f)
	if err := writer.Read(name...); err != nil {
		log.Fatal(err)
	}
	for len(name) < 12 && name[len(name)-1] != data.End {
		symbol, err := writer.Next()
		if err != nil {
			log.Fatal(err)
		}
		name = append(name, symbol)
	}
	fmt.Println(words.Words.Decode(name))
	// Output: friday
}
