// This file holds the kind of models that read and write text character by character.

package recipe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// continuing is a model of language whose state goes on from run to run.
type continuing interface {
	nn.Model
	train.Task
	// Continue maps characters (N, T) to logits (N, T, V), from the state in which the run before ended.
	Continue(x graph.Node) graph.Node
}

// language is a model of the characters of a text, in stretches of so many.
type language struct {
	stretch int
	build   func(f Form) continuing
}

func (language) Word() string { return "language model" }
func (language) Data() string { return "text" }

// prose is the text that is built in.
var prose = sync.OnceValue(func() data.Text { return data.Prose(0) })

func (language) Form() Form {
	v := prose().Vocabulary
	return Form{Vocabulary: &v}
}

func (k language) Open(ctx context.Context, source string, form *Form, log func(string, ...any)) (*Set, error) {
	text, err := data.OpenText(ctx, source, log)
	if err != nil {
		return nil, err
	}
	if form != nil {
		text.Vocabulary = *form.Vocabulary
	}
	return k.set(text)
}

// set cuts a text into lanes.
func (k language) set(text data.Text) (*Set, error) {
	learn, test, err := text.Streams()
	if err != nil {
		return nil, damaged{err}
	}
	most := (learn.Len() - 1) / k.stretch
	if most < 1 || test.Len() <= k.stretch {
		return nil, fmt.Errorf("%s: too short a text to learn from: %d and %d characters, want more than %d in each part: %w",
			text.Name, learn.Len(), test.Len(), k.stretch, data.ErrDamaged)
	}
	return &Set{Form: Form{Vocabulary: &text.Vocabulary}, TrainLen: learn.Len(), TestLen: test.Len(), Noun: "character",
		Each: k.stretch, Tightest: most,
		Train: func(batch int, _ uint64) train.Source { return learn.Lanes(batch, k.stretch) },
		Test:  test.Lanes(min(testLanes, (test.Len()-1)/k.stretch), k.stretch)}, nil
}

// testLanes is how many lanes an evaluation has.
const testLanes = 16

func (k language) Build(f Form) *Model {
	m := k.build(f)
	return &Model{
		Model:   m,
		Task:    supervised(m),
		Metrics: []train.Metric{{Name: "accuracy", Score: nextCharacters}}, Integers: f.Vocabulary.Len(),
		Input: k.characters,
		Batch: func(n int) []graph.Type { return []graph.Type{k.characters(n), k.characters(n)} },
	}
}

func (k language) characters(n int) graph.Type {
	return graph.Type{DType: graph.Int64, Shape: graph.Shape{n, k.stretch}}
}

// nextCharacters is the share of characters whose logit was the largest, the first of several equal ones.
func nextCharacters(pred, target graph.Tensor) (sum float64, n int) {
	v := pred.Shape[2]
	for i, t := range target.I64 {
		row := pred.F32[i*v : (i+1)*v]
		best := 0
		for c, logit := range row {
			if logit > row[best] {
				best = c
			}
		}
		if int64(best) == t {
			sum++
		}
	}
	return sum, len(target.I64)
}

// usualLength is how many characters are written when nobody says.
const usualLength = 500

// Makes says that it is text.
func (language) Makes() Product { return Texts }

// Most is what is written in some minutes.
func (language) Most() int { return 1 << 20 }

// Generate writes characters, each drawn from the model's distribution after all before it.
func (k language) Generate(ctx context.Context, m *Model, o Generate) (Generated, error) {
	w, err := newWriter(m.Model.(continuing), m.Form.Vocabulary, o.Seed)
	if err != nil {
		return Generated{}, err
	}
	prompt := o.Prompt
	if prompt == "" {
		prompt = w.vocabulary.Decode([]int64{w.first()})
	}
	ids, err := w.vocabulary.Encode(prompt)
	if err != nil {
		return Generated{}, PromptError{err}
	}
	n := o.N
	if n == 0 {
		n = usualLength
	}
	for _, id := range ids {
		if err := w.read(id); err != nil {
			return Generated{}, err
		}
	}
	var out []int64
	for range n {
		if ctx.Err() != nil {
			return Generated{}, ctx.Err()
		}
		id, err := w.draw()
		if err != nil {
			return Generated{}, err
		}
		out = append(out, id)
		if err := w.read(id); err != nil {
			return Generated{}, err
		}
	}
	return Generated{Text: o.Prompt + w.vocabulary.Decode(out)}, nil
}

// usualReading is about how many characters are looked at when nobody says which.
const usualReading = 24

// Read takes a text up to the length that the model sees, or the first words of the built-in one.
func (k language) Read(m *Model, text string) (Sight, error) {
	if text == "" {
		text = prose().Train[:usualReading]
		text = text[:strings.LastIndexByte(text, ' ')]
	}
	ids, err := m.Form.Vocabulary.Encode(text)
	if err != nil {
		return Sight{}, PromptError{err}
	}
	if v, ok := m.Model.(interface{ Window() int }); ok && len(ids) > v.Window() {
		return Sight{}, PromptError{fmt.Errorf("it has %d characters, and the model sees %d", len(ids), v.Window())}
	}
	var symbols []string
	for _, id := range ids {
		symbols = append(symbols, symbol(m.Form.Vocabulary.Decode([]int64{id})))
	}
	return Sight{
		Text:   text,
		Inputs: []graph.Tensor{graph.FromInt64(ids, 1, len(ids))},
		Axes:   itself(symbols),
	}, nil
}

// symbol is a part of a text as one sees it: a space as ␣.
func symbol(s string) string { return strings.ReplaceAll(plain.Text(s), " ", "␣") }

// writer is a model that reads one character at a time.
type writer struct {
	vocabulary *data.Vocabulary
	prog       *graph.Program
	x, logits  graph.Node
	key        rng.K
	drawn      uint64
	one        []int64
	window     int     // how many characters the model sees, 0 for all
	seen       []int64 // those, of a model with a window
}

func newWriter(m continuing, v *data.Vocabulary, seed uint64) (*writer, error) {
	g := &graph.Graph{}
	w := &writer{vocabulary: v, x: g.Indices("x", 1, 1), key: rng.Key(seed, rng.HashString("generate")),
		one: make([]int64, 1)}
	w.logits = m.Continue(w.x) // (1, 1, V)
	if v, ok := m.(interface{ Window() int }); ok {
		w.window = v.Window()
	}
	var err error
	w.prog, err = g.Compile(w.logits)
	return w, err
}

// first is the character that a text without a prompt follows: the end of a line, or the first that there is.
func (w *writer) first() int64 {
	if ids, err := w.vocabulary.Encode("\n"); err == nil {
		return ids[0]
	}
	return 0
}

// read lets the model read a character. One that sees no more begins anew with the later half of what it saw.
func (w *writer) read(id int64) error {
	if w.window > 0 {
		if len(w.seen) == w.window {
			again := slices.Clone(w.seen[(w.window+1)/2:])
			w.prog.Reset()
			w.seen = w.seen[:0]
			for _, id := range again {
				if err := w.read(id); err != nil {
					return err
				}
			}
		}
		w.seen = append(w.seen, id)
	}
	w.one[0] = id
	w.prog.Set(w.x, graph.FromInt64(w.one, 1, 1))
	return w.prog.Run()
}

// draw draws the character that follows by the softmax of the logits.
func (w *writer) draw() (int64, error) {
	logits := w.prog.Value(w.logits).F32
	largest := math.Inf(-1)
	for _, v := range logits {
		largest = max(largest, float64(v))
	}
	sum := 0.
	for _, v := range logits {
		sum += math.Exp(float64(v) - largest)
	}
	if !(sum >= 1) { // one of them is the largest
		return 0, errNoNumbers
	}
	var u [1]float64
	rng.Uniform(u[:], w.key, w.drawn)
	w.drawn++
	at := u[0] * sum
	for i, v := range logits {
		if at -= math.Exp(float64(v) - largest); at < 0 {
			return int64(i), nil
		}
	}
	return int64(len(logits) - 1), nil
}

// errNoNumbers is the error of what weights make that are finite, but too large for what they are multiplied with.
var errNoNumbers = errors.New("what the model makes is not finite: its weights are too large")
