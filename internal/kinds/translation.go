// This file holds the kind of models that make a sequence of another, such as the translation of a sentence.

package kinds

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/metrics"
)

// Translation is a model of pairs of sequences.
type Translation struct {
	Length     int  // of the sequences of drawings and benchmarks
	Characters bool // files are cut into characters, and not into words
	BLEU       bool // answers are scored by it
	Usual      func() corpus.Parallel
	Model      transformer.TransformerConfig // what the form does not say
	beam       int                           // of answers; 0 for 1
	reading    kind.Reading
}

func (Translation) Word() string { return "model of pairs of sequences" }
func (Translation) Data() string { return "pairs" }

func (k Translation) Form() kind.Form {
	p := k.Usual()
	return kind.Form{Source: &p.Source, Target: &p.Target}
}

// WithBeam is the kind with answers that are looked for by a beam.
func (k Translation) WithBeam(width int) kind.Kind {
	k.beam = width
	return k
}

const (
	longestSentence = 100 // words of sentences that are learnt from and tested with
	maxPositions    = 256 // of the models
	lengthStep      = 8   // lengths of batches are multiples of it
	testPairs       = 100 // pairs that are evaluated at a time
	lengthPenalty   = .6  // of beams, see transformer.Beam
	mostAnswers     = 64  // of predict
)

func (k Translation) Open(ctx context.Context, source string, form *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	p, err := corpus.OpenPairs(ctx, source, k.options(source), log)
	if err != nil {
		return nil, err
	}
	if p.LeftOut > 0 {
		log("%s: left out %s of which a sentence has over %d words", source, plural(p.LeftOut, "pair"),
			longestSentence)
	}
	if form != nil {
		p.Source, p.Target = *form.Source, *form.Target
		if err := k.foreign(source, p, log); err != nil {
			return nil, err
		}
	}
	learn, test := p.Sequences()
	return &kind.Set{
		Form:     kind.Form{Source: &p.Source, Target: &p.Target},
		TrainLen: learn.Len(), TestLen: test.Len(), Noun: "pair", Each: 1, Tightest: learn.Len(),
		Train: func(batch int, seed uint64) train.Source { return learn.Bucketed(batch, lengthStep, seed) },
		Test:  test.Ordered(testPairs, lengthStep),
		Judge: func(ctx context.Context, m *kind.Model) (map[string]float64,
			error) {
			return k.judge(ctx, m, p, test)
		},
	}, nil
}

// foreign reports pairs for which the model was not made.
func (k Translation) foreign(name string, p corpus.Parallel, log func(string, ...any)) error {
	var sources, targets []string
	for _, pair := range slices.Concat(p.Train, p.Test) {
		sources, targets = append(sources, pair.Source), append(targets, pair.Target)
	}
	if err := foreign(name, p.Source, sources, k.Characters, log); err != nil {
		return err
	}
	return foreign(name, p.Target, targets, k.Characters, log)
}

// options say how files are read. Files of a language each hold words with spaces between them, as such files are
// published; in one of pairs, as people write them, words and signs are told apart.
func (k Translation) options(source string) corpus.Options {
	o := corpus.Options{Encoding: k.reading.TextEncoding(), Longest: longestSentence,
		HeldOut: cmp.Or(k.reading.HeldOut, .1), Swap: k.reading.Swap}
	info, err := os.Stat(source)
	switch {
	case k.Characters:
		o.Words.Split = data.ByCharacter
	case err == nil && !info.IsDir():
		o.Words = data.WordOptions{Split: data.ByWord, Least: 2}
	default:
		o.Words = data.WordOptions{Least: 2}
	}
	o.Target = o.Words
	o.Words.Lower = o.Words.Split == data.ByWord
	return o
}

// judge answers to the test part: the share of answers that are right to the last symbol, and their BLEU.
func (k Translation) judge(ctx context.Context, m *kind.Model, p corpus.Parallel,
	test data.Sequences) (map[string]float64, error) {
	found, err := k.translator(m).Translate(ctx, test.X)
	if err != nil {
		return nil, err
	}
	right, sentences, references := 0, make([]string, len(found)), make([]string, len(found))
	for i, all := range found {
		if slices.Equal(all[0].Symbols, test.Y[i]) {
			right++
		}
		sentences[i], references[i] = p.Target.Decode(all[0].Symbols), p.Test[i].Target
	}
	scores := map[string]float64{"exact": float64(right) / float64(len(found))}
	if k.BLEU {
		scores["bleu"], err = metrics.BLEU{Tokens: tokensOf(p.Target)}.Score(sentences, references)
	}
	return scores, err
}

// tokensOf is how sentences of a vocabulary are cut for BLEU: Chinese ones into characters.
func tokensOf(w data.Words) func(string) []string {
	for _, word := range w.Symbols() {
		if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			return metrics.TokensZh
		}
	}
	return metrics.Tokens13a
}

func (k Translation) translator(m *kind.Model) *transformer.Translator {
	return transformer.NewTranslator(m.Model.(*transformer.Transformer),
		transformer.Beam{Width: k.beam, Penalty: lengthPenalty, Never: []int64{data.Unknown}})
}

func (k Translation) Build(f kind.Form) *kind.Model {
	c := k.Model
	c.Source, c.Target, c.Context = f.Source.Len(), f.Target.Len(), maxPositions
	c.Width, c.Layers = f.Size.Width, f.Size.Depth
	m := transformer.NewTransformer(c)
	batch := func(n int) []graph.Type {
		text := graph.Type{DType: graph.Int64, Shape: graph.Shape{n, k.Length}}
		return []graph.Type{text, {DType: graph.Int64, Shape: graph.Shape{n}}, text, text}
	}
	return &kind.Model{
		Model:   m,
		Task:    kind.Supervised(m),
		Metrics: []train.Metric{{Name: "accuracy", Score: nextSymbols}},
		Batch:   batch,
		Input:   func(n int) graph.Type { return batch(n)[0] },
		Ranges:  [][2]int{{data.End, c.Source}, {1, k.Length + 1}, {data.Begin, c.Target}, {data.End, c.Target}},
		Pass:    func(x ...graph.Node) graph.Node { return m.Logits(x[0], x[1], x[2]) },
		Inputs:  func(n int) []graph.Type { return batch(n)[:3] },
	}
}

// Unit is what integers are the numbers of.
func (k Translation) Unit() string {
	if k.Characters {
		return "character"
	}
	return "word"
}

// noun is what a text is called.
func (k Translation) noun() string {
	if k.Characters {
		return "text"
	}
	return "sentence"
}

func (k Translation) Takes() string { return k.noun() + orFiles }

func (Translation) Readings() []string { return []string{"encoding", "held-out", "swap"} }

func (k Translation) Reading(r kind.Reading) (kind.Kind, error) {
	k.reading = r
	return k, r.Check()
}

func (k Translation) Texts(path string, stdin io.Reader) ([]string, error) {
	return readTexts(path, stdin, corpus.Options{Encoding: k.reading.TextEncoding()})
}

// Sample is the first source of the usual test part.
func (k Translation) Sample() string { return "'" + k.Usual().Test[0].Source + "'" }

// Predict answers to texts, by a beam if several answers are wanted.
func (k Translation) Predict(m *kind.Model, texts []string, top int) ([]kind.Answer, *kind.Picture, error) {
	k.beam = max(k.beam, min(top, mostAnswers), 1)
	var sources [][]int64
	for _, text := range texts {
		ids, err := k.read(m.Form.Source, text)
		if err != nil {
			return nil, nil, err
		}
		sources = append(sources, ids)
	}
	found, err := k.translator(m).Translate(context.Background(), sources)
	if err != nil {
		return nil, nil, err
	}
	var all []kind.Answer
	for i, each := range found {
		a := kind.Answer{Input: texts[i]}
		for _, h := range each[:min(top, len(each))] {
			a.Top = append(a.Top, kind.Choice{Prediction: m.Form.Target.Decode(h.Symbols),
				Probability: math.Exp(h.LogP)})
		}
		a.Prediction, a.Probability = a.Top[0].Prediction, a.Top[0].Probability
		all = append(all, a)
	}
	return all, nil, nil
}

// read is the numbers of a text. It is an error if none of its words is known, or one of its characters is not.
func (k Translation) read(w *data.Words, text string) ([]int64, error) {
	ids, _ := w.Encode(strings.TrimSpace(text)) // which never fails
	known := 0
	for i, id := range ids {
		if id != data.Unknown {
			known++
		} else if k.Characters {
			return nil, kind.InputError{Err: fmt.Errorf("%q: character %d is not one that the model knows: %s",
				excerpt(text), i+1, strings.Join(slices.Sorted(slices.Values(w.Symbols()[data.End+1:])), " "))}
		}
	}
	switch {
	case len(ids) == 0:
		return nil, kind.InputError{Err: fmt.Errorf("%q: there is no %s to answer to", excerpt(text), k.noun())}
	case known == 0:
		return nil, kind.InputError{Err: fmt.Errorf("%q: the model knows none of its words", excerpt(text))}
	case len(ids) > maxPositions:
		return nil, kind.InputError{Err: fmt.Errorf("%q: it has %d symbols, the model reads %d", excerpt(text),
			len(ids), maxPositions)}
	}
	return ids, nil
}

// The pairs that are built in.
var (
	Reversed = sync.OnceValue(func() corpus.Parallel { return corpus.Reverse(0) })
	Phrases  = sync.OnceValue(func() corpus.Parallel { return corpus.Phrases(0) })
)
