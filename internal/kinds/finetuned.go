// This file holds the kind of models that tell the class of a text, and may begin with what a model of masked words
// has learnt.

package kinds

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Finetuned is a model of texts of at most so many words, with a logit for each class. Words are numbered as those of
// the row called BaseRow are.
type Finetuned struct {
	Most    int
	BaseRow string
	Rename  func(name string) string // what the model calls a tensor of the base's file
	New     func(f kind.Form) nn.Model

	reading kind.Reading
	reword  *corpus.Rewording // of each text in training; nil for the text itself
}

func (Finetuned) Word() string { return "text classifier" }
func (Finetuned) Data() string { return "labelled" }
func (Finetuned) Unit() string { return "word" }

func (Finetuned) Form() kind.Form {
	w := reviewWords()
	return kind.Form{Words: &w, Classes: []string{"neg", "pos"}}
}

var reviewWords = sync.OnceValue(func() data.Words { return wordsOf(textsOf(corpus.Reviews(0).Train)) })

func (Finetuned) Readings() []string { return Sentences{}.Readings() }

func (k Finetuned) Reading(r kind.Reading) (kind.Kind, error) {
	k.reading = r
	return k, r.Check()
}

// openReviews opens sentences of classes. Unless the reading says another share, a tenth is held out, the same in each
// run.
func openReviews(ctx context.Context, source string, r kind.Reading, log func(string, ...any)) (corpus.Labelled,
	error) {
	return corpus.OpenLabelled(ctx, source, Sentences{Share: .1, reading: r}.options(), log)
}

func (k Finetuned) Open(ctx context.Context, source string, form *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	l, err := openReviews(ctx, source, k.reading, log)
	if err != nil {
		return nil, err
	}
	words := wordsOf(textsOf(l.Train))
	if form != nil {
		words = *form.Words
	}
	if form != nil && form.Classes != nil && !slices.Equal(form.Classes, l.Classes) {
		return nil, kind.Misfit("%s: the classes are %v, the model was made for %v", source, firstOf(l.Classes),
			firstOf(form.Classes))
	}
	l.Words = words
	learn, test := l.Sequences()
	_, long := shorten(k.mostWords(), learn, test)
	tellLong(log, source, long, "text", k.mostWords(), k.Unit())
	frame(learn)
	frame(test)
	by, err := knownIn(l, k.reword, log)
	if err != nil {
		return nil, err
	}
	texts := varying{l, learn, textStep, by, func(ids []int64) []int64 {
		return framed(ids[:min(len(ids), k.mostWords())])
	}}
	return &kind.Set{Form: kind.Form{Words: &words, Classes: l.Classes}, TrainLen: learn.Len(), TestLen: test.Len(),
		Noun: "text", Each: 1, Tightest: learn.Len(), Train: texts.source,
		Test: withoutLengths{test.Ordered(testBatch, textStep)}}, nil
}

// textStep is what the lengths of batches are multiples of: a program is compiled for each.
const textStep = 16

func textsOf(list []corpus.LabelledSentence) []string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = s.Text
	}
	return texts
}

// mostWords is how many words of a text the model reads, beside its begin and its end.
func (k Finetuned) mostWords() int { return k.Most - 2 }

// frame gives each sentence its begin and its end.
func frame(s data.Sequences) {
	for i, x := range s.X {
		s.X[i] = framed(x)
	}
}

func framed(ids []int64) []int64 { return slices.Concat([]int64{data.Begin}, ids, []int64{data.End}) }

// encode is a text as the model reads it. What is more than it reads is left out, and noted.
func (k Finetuned) encode(words data.Words, text string) (ids []int64, note string) {
	ids, _ = words.Encode(text) // which never fails
	return framed(ids[:min(len(ids), k.mostWords())]), noteOf(len(ids), k.mostWords(), k.Unit())
}

func (k Finetuned) Build(f kind.Form) *kind.Model {
	m := k.New(f)
	words := func(n int) graph.Type { return graph.Type{DType: graph.Int64, Shape: graph.Shape{n, k.Most}} }
	return &kind.Model{
		Model:   m,
		Task:    kind.Supervised(train.Supervised(m, ops.CrossEntropy)),
		Metrics: []train.Metric{train.Accuracy()},
		Input:   words,
		Batch: func(n int) []graph.Type {
			return []graph.Type{words(n), {DType: graph.Int64, Shape: graph.Shape{n}}}
		},
		Ranges: [][2]int{{data.Begin, f.Words.Len()}, {0, len(f.Classes)}},
	}
}

// Base is the row whose weights such a model may begin with.
func (k Finetuned) Base() string { return k.BaseRow }

// Begin reads what the model has in common with one of the base.
func (k Finetuned) Begin(m *kind.Model, path string) error {
	_, err := m.Params().LoadWith(path, nn.LoadOptions{Rename: k.Rename, Partial: true})
	return err
}

// Takes says that arguments are texts.
func (Finetuned) Takes() string { return "texts, or files of them (.txt, .csv; - for standard input)" }

func (k Finetuned) Texts(path string, stdin io.Reader) ([]string, error) {
	return Sentences{reading: k.reading}.Texts(path, stdin)
}

// Sample is an argument.
func (Finetuned) Sample() string { return `"a fine film"` }

// Predict tells the class of each text.
func (k Finetuned) Predict(m *kind.Model, texts []string, top int) (all []kind.Answer, _ *kind.Picture, err error) {
	p := nn.NewPredictor(m)
	for _, text := range texts {
		ids, note := k.encode(*m.Form.Words, text)
		if len(ids) == 2 {
			return nil, nil, kind.InputError{Err: fmt.Errorf("%q: there is no word in it", excerpt(text))}
		}
		logits, err := p.Predict(graph.FromInt64(ids, 1, len(ids)))
		if err != nil {
			return nil, nil, err
		}
		choices, err := ranked(logits.F32, m.Form.Classes)
		if err != nil {
			return nil, nil, err
		}
		a := answerOf(text, choices, top)
		a.Note = note
		all = append(all, a)
	}
	return all, nil, nil
}
