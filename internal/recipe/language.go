// This file holds the kind of models that read and write text character by character.

package recipe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// continuing is a model of language whose state goes on from run to run.
type continuing interface {
	nn.Continuer
	train.Task
}

// language is a model of the characters of a text, in stretches of so many. Where anywhere, it carries no state on in
// training, and the stretches begin anywhere.
type language struct {
	stretch  int
	anywhere bool
	build    func(f Form) continuing
}

func (language) Word() string { return "language model" }
func (language) Data() string { return "text" }

// Stretch is how many characters a stretch has.
func (k language) Stretch() int { return k.stretch }

// WithStretch is the kind with shorter stretches.
func (k language) WithStretch(n int) Kind {
	k.stretch = n
	return k
}

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
	return k.set(source, text)
}

// set cuts a text into stretches.
func (k language) set(source string, text data.Text) (*Set, error) {
	learn, test, err := text.Streams()
	if err != nil {
		return nil, damaged{err}
	}
	most := (learn.Len() - 1) / k.stretch
	if most < 1 || test.Len() <= k.stretch {
		return nil, damaged{fmt.Errorf("%s: too short a text to learn from (%d and %d characters, want more than "+
			"%d in each part)", source, learn.Len(), test.Len(), k.stretch)}
	}
	return &Set{Form: Form{Vocabulary: &text.Vocabulary}, TrainLen: learn.Len(), TestLen: test.Len(),
		Noun: "character",
		Each: k.stretch, Tightest: most,
		Train: func(batch int, seed uint64) train.Source {
			if k.anywhere {
				return learn.Windows(batch, k.stretch, seed)
			}
			return learn.Lanes(batch, k.stretch)
		},
		Test: test.Lanes(min(testLanes, (test.Len()-1)/k.stretch), k.stretch)}, nil
}

// testLanes is how many lanes an evaluation has.
const testLanes = 16

func (k language) Build(f Form) *Model {
	m := k.build(f)
	return &Model{
		Model:   m,
		Task:    supervised(m),
		Metrics: []train.Metric{{Name: "accuracy", Score: nextSymbols}}, Integers: f.Vocabulary.Len(),
		Input: k.characters,
		Batch: func(n int) []graph.Type { return []graph.Type{k.characters(n), k.characters(n)} },
	}
}

func (k language) characters(n int) graph.Type {
	return graph.Type{DType: graph.Int64, Shape: graph.Shape{n, k.stretch}}
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
func (language) Makes() Product { return Texts }

// Most is what is written in some minutes.
func (language) Most() int { return 1 << 20 }

// Generate writes characters, each drawn from the model's distribution after all before it.
func (k language) Generate(ctx context.Context, m *Model, o Generate) (Generated, error) {
	v := m.Form.Vocabulary
	w, err := o.sampler(m, nil)
	if err != nil {
		return Generated{}, err
	}
	ids, err := v.Encode(o.Prompt)
	if err != nil {
		return Generated{}, PromptError{err}
	}
	if n := w.Window(); n > 0 && len(ids) > n {
		o.log("the prompt has %d characters, of which the model sees the last %d", len(ids), n)
	}
	if len(ids) == 0 {
		ids = []int64{first(v)}
	}
	if err := w.Read(ids...); err != nil {
		return Generated{}, err
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
	return Generated{Text: text.String()}, err
}

// first is the character that a text without a prompt follows: the end of a line, or the first that there is.
func first(v *data.Vocabulary) int64 {
	if ids, err := v.Encode("\n"); err == nil {
		return ids[0]
	}
	return 0
}

// sampler makes what writes with a model, which does not choose some of the symbols.
func (o Generate) sampler(m *Model, never []int64) (*nn.Sampler, error) {
	s := o.Sampling
	s.Seed, s.Never = o.Seed, never
	return nn.NewSampler(m.Model.(continuing), s)
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
