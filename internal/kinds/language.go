// This file holds the kind of models that read and write text character by character.

package kinds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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

// Continuing is a model of language whose state goes on from run to run.
type Continuing interface {
	nn.Continuer
	train.Task
}

// Language is a model of the characters of a text, in stretches of so many. Where Anywhere, it carries no state on in
// training, and the stretches begin anywhere.
type Language struct {
	Length   int
	Anywhere bool
	New      func(f kind.Form) Continuing
}

func (Language) Word() string { return "language model" }
func (Language) Data() string { return "text" }

// Stretch is how many characters a stretch has.
func (k Language) Stretch() int { return k.Length }

// WithStretch is the kind with shorter stretches.
func (k Language) WithStretch(n int) kind.Kind {
	k.Length = n
	return k
}

// prose is the text that is built in.
var prose = sync.OnceValue(func() corpus.Text { return corpus.Prose(0) })

func (Language) Form() kind.Form {
	v := prose().Vocabulary
	return kind.Form{Vocabulary: &v}
}

func (k Language) Open(ctx context.Context, source string, form *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	text, err := corpus.OpenText(ctx, source, log)
	if err != nil {
		return nil, err
	}
	if form != nil {
		text.Vocabulary = *form.Vocabulary
	}
	return k.set(source, text)
}

// set cuts a text into stretches.
func (k Language) set(source string, text corpus.Text) (*kind.Set, error) {
	learn, test, err := text.Streams()
	if err != nil {
		return nil, kind.Damaged{Err: err}
	}
	most := (learn.Len() - 1) / k.Length
	if most < 1 || test.Len() <= k.Length {
		return nil, kind.Damaged{
			Err: fmt.Errorf("%s: too short a text to learn from (%d and %d characters, want more than "+
				"%d in each part)", source, learn.Len(), test.Len(), k.Length)}
	}
	return &kind.Set{Form: kind.Form{Vocabulary: &text.Vocabulary}, TrainLen: learn.Len(), TestLen: test.Len(),
		Noun: "character", Each: k.Length, Tightest: most,
		Train: func(batch int, seed uint64) train.Source {
			if k.Anywhere {
				return learn.Windows(batch, k.Length, seed)
			}
			return learn.Lanes(batch, k.Length)
		},
		Test: test.Lanes(min(testLanes, (test.Len()-1)/k.Length), k.Length)}, nil
}

// testLanes is how many lanes an evaluation has.
const testLanes = 16

func (k Language) Build(f kind.Form) *kind.Model {
	m := k.New(f)
	return &kind.Model{
		Model:   m,
		Task:    kind.Supervised(m),
		Metrics: []train.Metric{{Name: "accuracy", Score: nextSymbols}}, Integers: f.Vocabulary.Len(),
		Input: k.characters,
		Batch: func(n int) []graph.Type { return []graph.Type{k.characters(n), k.characters(n)} },
	}
}

func (k Language) characters(n int) graph.Type {
	return graph.Type{DType: graph.Int64, Shape: graph.Shape{n, k.Length}}
}

// nextSymbols is the share of symbols whose logit was the largest, the first of several equal ones. Those that the
// loss leaves out do not count.
func nextSymbols(pred, target graph.Tensor) (sum float64, n int) {
	v := pred.Shape[2]
	for i, t := range target.I64 {
		if t == ops.IgnoreIndex {
			continue
		}
		n++
		row := pred.F32[i*v : (i+1)*v]
		if best := slices.Max(row); int64(slices.Index(row, best)) == t {
			sum++
		}
	}
	return sum, n
}

// usualLength is how many characters are written when nobody says.
const usualLength = 500

// Makes says that it is text.
func (Language) Makes() kind.Product { return kind.Texts }

// Most is what is written in some minutes.
func (Language) Most() int { return 1 << 20 }

// Generate writes characters, each drawn from the model's distribution after all before it.
func (k Language) Generate(ctx context.Context, m *kind.Model, o kind.Generate) (kind.Generated, error) {
	v := m.Form.Vocabulary
	w, err := sampler(o, m, nil)
	if err != nil {
		return kind.Generated{}, err
	}
	ids, err := v.Encode(o.Prompt)
	if err != nil {
		return kind.Generated{}, kind.PromptError{Err: err}
	}
	if n := w.Window(); n > 0 && len(ids) > n {
		o.Tell("the prompt has %d characters, of which the model sees the last %d", len(ids), n)
	}
	if len(ids) == 0 {
		ids = []int64{first(v)}
	}
	if err := w.Read(ids...); err != nil {
		return kind.Generated{}, err
	}
	text := written{to: o.Piece}
	err = text.add(o.Prompt)
	for n := cmp.Or(o.N, usualLength); n > 0 && err == nil; n-- {
		var id int64
		if err = ctx.Err(); err != nil {
			break
		}
		if id, err = w.Next(); err == nil {
			err = text.add(v.Decode([]int64{id}))
		}
	}
	return kind.Generated{Text: text.String()}, err
}

// first is the character that a text without a prompt follows: the end of a line, or the first that there is.
func first(v *data.Vocabulary) int64 {
	if ids, err := v.Encode("\n"); err == nil {
		return ids[0]
	}
	return 0
}

// sampler makes what writes with a model, which does not choose some of the symbols.
func sampler(o kind.Generate, m *kind.Model, never []int64) (*nn.Sampler, error) {
	s := o.Sampling
	s.Seed, s.Never = o.Seed, never
	return nn.NewSampler(m.Model.(Continuing), s)
}

// written is a text as it comes.
type written struct {
	strings.Builder
	to func(piece string) error // is told each piece, if given
}

func (w *written) add(piece string) error {
	w.WriteString(piece)
	if w.to == nil || piece == "" {
		return nil
	}
	return w.to(piece)
}
