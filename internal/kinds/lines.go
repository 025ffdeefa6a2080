// This file holds the kind of models that learn lines, such as names, and write new ones.

package kinds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// Lines is a model of lines of characters, each of which begins with data.Begin and ends with data.End. Batches have
// Length symbols a line, or as many as the longest line needs.
type Lines struct {
	Length int
	New    func(f kind.Form) Continuing

	reading kind.Reading
}

func (Lines) Word() string { return "line model" }
func (Lines) Data() string { return "lines" }

// names are the lines that are built in.
var names = sync.OnceValue(func() corpus.Lines { return corpus.Names(0) })

func (Lines) Form() kind.Form {
	w := names().Words
	return kind.Form{Words: &w}
}

func (Lines) Readings() []string { return []string{"encoding", "held-out"} }

func (k Lines) Reading(r kind.Reading) (kind.Kind, error) {
	k.reading = r
	return k, r.Check()
}

// options say how a file is read.
func (k Lines) options() corpus.Options {
	return corpus.Options{Encoding: k.reading.TextEncoding(), Longest: longestLine,
		HeldOut: cmp.Or(k.reading.HeldOut, .1)}
}

// longestLine is how many characters a line has at most that is learnt from, and that is written.
const longestLine = 64

func (k Lines) Open(ctx context.Context, source string, form *kind.Form, log func(string, ...any)) (*kind.Set, error) {
	set, err := corpus.OpenLines(ctx, source, k.options(), log)
	if err != nil {
		return nil, err
	}
	if set.LeftOut > 0 {
		log("%s: %s of over %d characters are left out", source, plural(set.LeftOut, "line"), longestLine)
	}
	if form != nil {
		set.Words = *form.Words
		if err := foreign(source, set.Words, slices.Concat(set.Train, set.Test), true, log); err != nil {
			return nil, err
		}
	}
	learn, test, err := set.Rows(k.Length)
	if err != nil {
		return nil, kind.Damaged{Err: err}
	}
	return &kind.Set{Form: kind.Form{Words: &set.Words}, TrainLen: learn.Len(), TestLen: test.Len(), Noun: "line",
		Each: 1, Tightest: learn.Len(),
		Train: func(batch int, seed uint64) train.Source { return learn.ShuffledBy(batch, seed) },
		Test:  test.Ordered(testBatch)}, nil
}

// plural writes "1 line" and "2,000 lines".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return plain.Thousands(int64(n)) + " " + noun + "s"
}

func (k Lines) Build(f kind.Form) *kind.Model {
	m := k.New(f)
	symbols := func(n int) graph.Type { return graph.Type{DType: graph.Int64, Shape: graph.Shape{n, k.Length}} }
	return &kind.Model{
		Model:   m,
		Task:    kind.Supervised(m),
		Metrics: []train.Metric{{Name: "accuracy", Score: nextSymbols}}, Integers: f.Words.Len(),
		Input: symbols,
		Batch: func(n int) []graph.Type { return []graph.Type{symbols(n), symbols(n)} },
	}
}

// usualLines is how many lines are written when nobody says.
const usualLines = 20

// Makes says that it is text.
func (Lines) Makes() kind.Product { return kind.Texts }

// Most is what is written in some minutes.
func (Lines) Most() int { return 1 << 16 }

// Generate writes lines, each of which begins with the prompt.
func (k Lines) Generate(ctx context.Context, m *kind.Model, o kind.Generate) (kind.Generated, error) {
	v := m.Form.Words
	begin, err := v.Encode(o.Prompt)
	switch {
	case err != nil:
		return kind.Generated{}, kind.PromptError{Err: err}
	case len(begin) >= longestLine:
		return kind.Generated{}, kind.PromptError{Err: fmt.Errorf("it has %d characters, and a line at most %d",
			len(begin), longestLine)}
	}
	if i := slices.Index(begin, data.Unknown); i >= 0 {
		return kind.Generated{}, kind.PromptError{
			Err: fmt.Errorf("character %q is not in the vocabulary of %d characters",
				[]rune(o.Prompt)[i], v.Len()-data.End-1)}
	}
	w, err := sampler(o, m, []int64{data.Padding, data.Unknown, data.Begin})
	if err != nil {
		return kind.Generated{}, err
	}
	text := written{to: o.Piece}
	for n := cmp.Or(o.N, usualLines); n > 0 && err == nil; n-- {
		w.Reset()
		if err = w.Read(append([]int64{data.Begin}, begin...)...); err == nil {
			err = text.line(ctx, w, v, o.Prompt)
		}
	}
	return kind.Generated{Text: text.String()}, err
}

// line writes a line from its beginning to its end.
func (w *written) line(ctx context.Context, by *nn.Sampler, v *data.Words, prompt string) error {
	line := prompt
	for utf8.RuneCountInString(line) < longestLine {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, err := by.Next()
		if err != nil {
			return err
		}
		if id == data.End {
			break
		}
		line += v.Decode([]int64{id})
	}
	return w.add(line + "\n")
}
