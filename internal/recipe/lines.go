// This file holds the kind of models that learn lines, such as names, and write new ones.

package recipe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// lines is a model of lines of characters, each of which begins with data.Begin and ends with data.End. Batches have
// length symbols a line, or as many as the longest line needs.
type lines struct {
	length int
	build  func(f Form) continuing

	reading Reading
}

func (lines) Word() string { return "line model" }
func (lines) Data() string { return "lines" }

// names are the lines that are built in.
var names = sync.OnceValue(func() data.Lines { return data.Names(0) })

func (lines) Form() Form {
	w := names().Words
	return Form{Words: &w}
}

func (lines) Readings() []string { return []string{"encoding", "held-out"} }

func (k lines) Reading(r Reading) (Kind, error) {
	k.reading = r
	return k, r.check()
}

// options say how a file is read.
func (k lines) options() data.SentenceOptions {
	return data.SentenceOptions{Encoding: encodings[k.reading.Encoding], Longest: longestLine,
		HeldOut: cmp.Or(k.reading.HeldOut, .1)}
}

// longestLine is how many characters a line has at most that is learnt from, and that is written.
const longestLine = 64

func (k lines) Open(ctx context.Context, source string, form *Form, log func(string, ...any)) (*Set, error) {
	set, err := data.OpenLines(ctx, source, k.options(), log)
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
	learn, test, err := set.Rows(k.length)
	if err != nil {
		return nil, damaged{err}
	}
	return &Set{Form: Form{Words: &set.Words}, TrainLen: learn.Len(), TestLen: test.Len(), Noun: "line", Each: 1,
		Tightest: learn.Len(),
		Train:    func(batch int, seed uint64) train.Source { return learn.ShuffledBy(batch, seed) },
		Test:     test.Ordered(testBatch)}, nil
}

// plural writes "1 line" and "2,000 lines".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(int64(n)) + " " + noun + "s"
}

func (k lines) Build(f Form) *Model {
	m := k.build(f)
	symbols := func(n int) graph.Type { return graph.Type{DType: graph.Int64, Shape: graph.Shape{n, k.length}} }
	return &Model{
		Model:   m,
		Task:    supervised(m),
		Metrics: []train.Metric{{Name: "accuracy", Score: nextSymbols}}, Integers: f.Words.Len(),
		Input: symbols,
		Batch: func(n int) []graph.Type { return []graph.Type{symbols(n), symbols(n)} },
	}
}

// usualLines is how many lines are written when nobody says.
const usualLines = 20

// Makes says that it is text.
func (lines) Makes() Product { return Texts }

// Most is what is written in some minutes.
func (lines) Most() int { return 1 << 16 }

// Generate writes lines, each of which begins with the prompt.
func (k lines) Generate(ctx context.Context, m *Model, o Generate) (Generated, error) {
	v := m.Form.Words
	begin, err := v.Encode(o.Prompt)
	switch {
	case err != nil:
		return Generated{}, PromptError{err}
	case len(begin) >= longestLine:
		return Generated{}, PromptError{fmt.Errorf("it has %d characters, and a line at most %d", len(begin),
			longestLine)}
	}
	if i := slices.Index(begin, data.Unknown); i >= 0 {
		return Generated{}, PromptError{fmt.Errorf("character %q is not in the vocabulary of %d characters",
			[]rune(o.Prompt)[i], v.Len()-data.End-1)}
	}
	w, err := o.sampler(m, []int64{data.Padding, data.Unknown, data.Begin})
	if err != nil {
		return Generated{}, err
	}
	text := written{to: o.Piece}
	for n := cmp.Or(o.N, usualLines); n > 0 && err == nil; n-- {
		w.Reset()
		if err = w.Read(append([]int64{data.Begin}, begin...)...); err == nil {
			err = text.line(ctx, w, v, o.Prompt)
		}
	}
	return Generated{Text: text.String()}, err
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
