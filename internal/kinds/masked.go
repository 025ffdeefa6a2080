// This file holds the kind of models that fill in the words which are masked in a text.

package kinds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
	"sync"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Filling is a model whose Forward maps words (N, T) to logits of the words that are there (N, T, V), and which is its
// own task.
type Filling interface {
	nn.Model
	train.Task
}

// Masked is a model of the words of a text, in stretches of so many. The number behind those of the words stands for
// one that is masked. A stretch begins with data.Begin, and data.End stands behind each paragraph. Of sentences with
// labels stretches are as long as the model allows: what a classifier begins with has then seen all places.
//
// The unit is the word and not the character: what is learnt of words is what a classifier of sentences begins with,
// and a blank in a sentence is a word.
type Masked struct {
	Length  int
	Longest int // that the model allows
	New     func(f kind.Form) Filling
}

func (Masked) Word() string { return "masked language model" }
func (Masked) Data() string { return "text" }
func (Masked) Unit() string { return "word" }

// wordsOf are the words of texts in small letters, signs too. One that occurs once or twice stays unknown.
func wordsOf(texts []string) data.Words {
	return data.NewWords(texts, data.WordOptions{Split: data.ByWord, Lower: true, Least: 3})
}

var proseWords = sync.OnceValue(func() data.Words { return wordsOf(paragraphs(prose().Train)) })

func (Masked) Form() kind.Form {
	w := proseWords()
	return kind.Form{Words: &w}
}

// paragraphs are the parts of a text between empty lines.
func paragraphs(text string) (parts []string) {
	for _, p := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if strings.TrimSpace(p) != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// openParagraphs opens a text, or sentences with labels, which are left out here: a classifier that begins with the
// model has the same ones held out.
func openParagraphs(ctx context.Context, source string, log func(string, ...any)) (learn, test []string, labelled bool,
	err error) {
	text, err := corpus.OpenText(ctx, source, log)
	if err == nil {
		return paragraphs(text.Train), paragraphs(text.Test), false, nil
	}
	var unlike *data.KindError
	if !errors.As(err, &unlike) && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, false, err
	}
	l, other := openReviews(ctx, source, kind.Reading{}, log)
	if other != nil {
		return nil, nil, false, err
	}
	return textsOf(l.Train), textsOf(l.Test), true, nil
}

func (k Masked) Open(ctx context.Context, source string, form *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	learn, test, labelled, err := openParagraphs(ctx, source, log)
	if err != nil {
		return nil, err
	}
	if labelled {
		k.Length = k.Longest
	}
	var words data.Words
	if form != nil {
		words = *form.Words
	} else {
		words = wordsOf(learn)
	}
	x, seen := k.stretches(learn, words)
	held, _ := k.stretches(test, words)
	if x.Shape[0] < 1 || held.Shape[0] < 1 {
		return nil, kind.Damaged{
			Err: fmt.Errorf("%s: too short a text to learn from: its parts have not %d words each", source,
				k.Length)}
	}
	hidden := func(x graph.Tensor, seed uint64) data.Masked {
		return data.Masked{X: x, From: data.End + 1, To: int64(words.Len()), Mask: int64(words.Len()), Seed: seed}
	}
	return &kind.Set{Form: kind.Form{Words: &words}, TrainLen: x.Shape.Size(), TestLen: held.Shape.Size(),
		Noun: "word", Each: k.Length, Tightest: x.Shape[0],
		Beside: []kind.Comparison{{Metric: unigram(seen, words.Len()), With: "loss"}},
		Train:  func(batch int, seed uint64) train.Source { return hidden(x, seed).Shuffled(batch) },
		Test:   hidden(held, 0).Ordered(testLanes)}, nil
}

// stretches cuts texts into stretches (N, T), and counts each number. What is behind the last whole one is left out.
func (k Masked) stretches(texts []string, words data.Words) (x graph.Tensor, counts []int) {
	var all, ids []int64
	counts = make([]int, words.Len())
	for _, text := range texts {
		ids, _ = words.Encode(text) // which never fails
		for _, id := range append(ids, data.End) {
			if len(all)%k.Length == 0 {
				all = append(all, data.Begin)
			}
			all = append(all, id)
			counts[id]++
		}
	}
	n := len(all) / k.Length
	return graph.FromInt64(all[:n*k.Length], n, k.Length), counts
}

// unigram scores the words that are to be found by how often they occur in the training part, and by nothing else: in
// nats a word, what a model comes to that does not read the text. One that never occurs counts as half a time.
func unigram(counts []int, n int) train.Metric {
	logs, sum := make([]float64, n), 0.
	for id := data.End + 1; id < n; id++ {
		logs[id] = max(float64(counts[id]), .5)
		sum += logs[id]
	}
	for id := range logs {
		logs[id] = math.Log(logs[id] / sum)
	}
	return train.Metric{Name: "unigram", Score: func(_, target graph.Tensor) (total float64, found int) {
		for _, id := range target.I64 {
			if id != ops.IgnoreIndex {
				total -= logs[id]
				found++
			}
		}
		return total, found
	}}
}

func (k Masked) Build(f kind.Form) *kind.Model {
	m := k.New(f)
	words := func(n int) graph.Type { return graph.Type{DType: graph.Int64, Shape: graph.Shape{n, k.Length}} }
	return &kind.Model{
		Model:    m,
		Task:     kind.Supervised(m),
		Metrics:  []train.Metric{{Name: "accuracy", Score: nextSymbols}},
		Integers: f.Words.Len(),
		Input:    words,
		Batch:    func(n int) []graph.Type { return []graph.Type{words(n), words(n)} },
	}
}

// blank is how a masked word is written.
const blank = "[MASK]"

// Takes says that arguments are texts with blanks.
func (Masked) Takes() string {
	return "texts with words that are " + blank + ", or files of them (.txt; - for standard input)"
}

func (Masked) Texts(path string, stdin io.Reader) ([]string, error) {
	return Sentences{}.Texts(path, stdin)
}

// Sample is an argument.
func (Masked) Sample() string { return `"the king ` + blank + ` slowly"` }

// Predict tells for each blank of each text which word it is.
func (k Masked) Predict(m *kind.Model, texts []string, top int) (all []kind.Answer, _ *kind.Picture, err error) {
	p := nn.NewPredictor(m)
	symbols := m.Form.Words.Symbols()[data.End+1:]
	for _, text := range texts {
		ids, err := k.encode(m.Form.Words, text)
		if err != nil {
			return nil, nil, err
		}
		logits, err := p.Predict(graph.FromInt64(ids, 1, len(ids)))
		if err != nil {
			return nil, nil, err
		}
		v := logits.Shape[2]
		for i, id := range ids {
			if id != int64(m.Form.Words.Len()) {
				continue
			}
			choices, err := ranked(logits.F32[i*v+data.End+1:(i+1)*v-1], symbols) // of words alone
			if err != nil {
				return nil, nil, err
			}
			all = append(all, answerOf(text, choices, top))
		}
	}
	return all, nil, nil
}

// encode is a text with blanks as the model reads it. It is an error if there is none.
func (k Masked) encode(words *data.Words, text string) ([]int64, error) {
	if !strings.Contains(text, blank) {
		return nil, kind.InputError{Err: fmt.Errorf("%q: nothing is to be filled in: write %s for a word",
			excerpt(text), blank)}
	}
	return k.numbers(words, text)
}

// numbers are those of a text, with its begin and its end.
func (k Masked) numbers(words *data.Words, text string) ([]int64, error) {
	ids := []int64{data.Begin}
	for i, part := range strings.Split(text, blank) {
		if i > 0 {
			ids = append(ids, int64(words.Len()))
		}
		more, _ := words.Encode(part) // which never fails
		ids = append(ids, more...)
	}
	if ids = append(ids, data.End); len(ids) > k.Length {
		return nil, kind.InputError{Err: fmt.Errorf("%q: %d words, want at most %d", excerpt(text), len(ids)-2,
			k.Length-2)}
	}
	return ids, nil
}
