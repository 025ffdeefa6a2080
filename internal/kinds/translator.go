// This file holds Translator, a model of pairs that says texts in another language, and texts that are said anew by
// two of them.

package kinds

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
)

// Translator is a model of pairs of sequences as it translates.
type Translator struct {
	kind Translation
	form kind.Form
	by   *transformer.Translator
}

// Translates is the model as it translates.
func (k Translation) Translates(m *kind.Model) *Translator {
	return &Translator{k, m.Form, k.translator(m)}
}

// Say is a text in the other language, whose words are drawn as o says. A text of which the model knows no word is an
// [kind.InputError].
func (t *Translator) Say(ctx context.Context, text string, o nn.Sampling) (string, error) {
	ids, err := t.kind.read(t.form.Source, text)
	if err != nil {
		return "", err
	}
	found, err := t.by.Sample(ctx, [][]int64{ids}, o)
	if err != nil {
		return "", err
	}
	return t.form.Target.Decode(found[0].Symbols), nil
}

// turns reports a model that does not read what another one writes: that knows less than half of the words.
func (t *Translator) turns(from *Translator) error {
	words := from.form.Target.Symbols()[data.End+1:]
	known := 0
	for _, word := range words {
		if ids, _ := t.form.Source.Encode(word); len(ids) > 0 && ids[0] != data.Unknown {
			known++
		}
	}
	if 2*known < len(words) {
		return fmt.Errorf("it knows %d of the %d words that the first translator writes, want one that translates "+
			"back: zoo train translate --swap", known, len(words))
	}
	return nil
}

// BackTranslation says texts anew by two translators, there and back, whose words are drawn by a temperature.
func BackTranslation(ctx context.Context, through, back *Translator, o nn.Sampling) (corpus.BackTranslation, error) {
	if err := back.turns(through); err != nil {
		return corpus.BackTranslation{}, kind.InputError{Err: err}
	}
	by := func(t *Translator) corpus.Translate {
		return func(text string, seed uint64) (string, error) {
			drawn := o
			drawn.Seed = seed
			return t.Say(ctx, text, drawn)
		}
	}
	return corpus.BackTranslation{Through: by(through), Back: by(back), Share: 1}, nil
}

// SaidAnew are some texts from all over a list, and views of each: what by makes of it in the first epochs. A text of
// which a translator knows no word is left out, and counted; that none is left is an [kind.InputError].
func SaidAnew(texts []string, by corpus.BackTranslation, lines, views int, seed uint64) (all []RewordedText,
	unknown int, err error) {
	var input kind.InputError
	for _, number := range spread(len(texts), lines) {
		one := RewordedText{Text: texts[number]}
		for epoch := range views {
			said, err := by.Of(texts[number], seed, epoch, number)
			if errors.As(err, &input) {
				break
			}
			if err != nil {
				return nil, 0, err
			}
			one.Views = append(one.Views, said)
		}
		if len(one.Views) < views {
			unknown++
			continue
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, unknown, kind.InputError{Err: errors.New("the translators know no word of its texts")}
	}
	return all, unknown, nil
}

// SourcesOf are the texts that a model of pairs reads: the first sentences of pairs to train on, or those of whatever
// [TextsOf] reads.
func SourcesOf(ctx context.Context, source string, log func(string, ...any)) ([]string, error) {
	for _, s := range data.Sources() {
		if s.Name == source && s.Kind == "pairs" {
			p, err := corpus.OpenPairs(ctx, source, corpus.Options{}, log)
			if err != nil {
				return nil, err
			}
			texts := make([]string, len(p.Train))
			for i, pair := range p.Train {
				texts[i] = pair.Source
			}
			return texts, nil
		}
	}
	texts, _, err := TextsOf(ctx, source, log)
	for i, text := range texts {
		texts[i] = strings.TrimSpace(text)
	}
	return texts, err
}
