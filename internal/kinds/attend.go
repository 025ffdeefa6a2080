// This file holds how the kinds read a text or a picture that one looks at.

package kinds

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/plain"
)

// usualAttended is about how many characters are looked at when nobody says which.
const usualAttended = 24

// Attend takes a text up to the length that the model sees, or the first words of the built-in one.
func (Language) Attend(m *kind.Model, text string) (kind.Attended, error) {
	if text == "" {
		text = prose().Train[:usualAttended]
		text = text[:strings.LastIndexByte(text, ' ')]
	}
	ids, err := m.Form.Vocabulary.Encode(text)
	if err != nil {
		return kind.Attended{}, kind.PromptError{Err: err}
	}
	if v, ok := m.Model.(interface{ Window() int }); ok && len(ids) > v.Window() {
		return kind.Attended{}, kind.PromptError{Err: fmt.Errorf("it has %d characters, and the model sees %d",
			len(ids), v.Window())}
	}
	var symbols []string
	for _, id := range ids {
		symbols = append(symbols, symbol(m.Form.Vocabulary.Decode([]int64{id})))
	}
	return kind.Attended{
		Text:   text,
		Inputs: []graph.Tensor{graph.FromInt64(ids, 1, len(ids))},
		Axes:   kind.Itself(symbols),
	}, nil
}

// Attend takes a text with blanks or without.
func (k Masked) Attend(m *kind.Model, text string) (kind.Attended, error) {
	if text == "" {
		text = "the door was " + blank + " and the kitchen was dark"
	}
	ids, err := k.numbers(m.Form.Words, text)
	if err != nil {
		return kind.Attended{}, kind.PromptError{Err: err}
	}
	return ofWords(text, ids, append(m.Form.Words.Symbols(), blank)), nil
}

// Attend takes a text of which the model reads the first words.
func (k Finetuned) Attend(m *kind.Model, text string) (kind.Attended, error) {
	if text == "" {
		text = Reviews().Test[0].Text
	}
	ids, note := k.encode(*m.Form.Words, text)
	a := ofWords(text, ids, m.Form.Words.Symbols())
	a.Note = note
	return a, nil
}

// ofWords is a text of words that look at one another.
func ofWords(text string, ids []int64, words []string) kind.Attended {
	return kind.Attended{
		Text:   text,
		Inputs: []graph.Tensor{graph.FromInt64(ids, 1, len(ids))},
		Axes:   kind.Itself(seen(ids, words)),
	}
}

// seen are the words of some numbers as one sees them.
func seen(ids []int64, words []string) (symbols []string) {
	for _, id := range ids {
		symbols = append(symbols, symbol(words[id]))
	}
	return symbols
}

// Attend takes a source. The encoder looks at it, and the decoder, as it writes the answer, at both.
func (k Translation) Attend(m *kind.Model, text string) (kind.Attended, error) {
	if text == "" {
		text = k.Usual().Test[0].Source
	}
	source, err := k.read(m.Form.Source, text)
	if err != nil {
		return kind.Attended{}, kind.PromptError{Err: err}
	}
	found, err := k.translator(m).Translate(context.Background(), [][]int64{source})
	if err != nil {
		return kind.Attended{}, err
	}
	target := slices.Concat([]int64{data.Begin}, found[0][0].Symbols)
	if len(target) > maxPositions {
		target = target[:maxPositions]
	}
	from, to := seen(source, m.Form.Source.Symbols()), seen(target, m.Form.Target.Symbols())
	return kind.Attended{
		Text: text,
		Inputs: []graph.Tensor{graph.FromInt64(source, 1, len(source)),
			graph.FromInt64([]int64{int64(len(source))}, 1), graph.FromInt64(target, 1, len(target))},
		Axes: func(layer string) kind.Axes {
			switch {
			case strings.HasPrefix(layer, "encoder."):
				return kind.Axes{Kind: "encoder self-attention", Queries: from, Keys: from, From: "source",
					To: "source"}
			case strings.HasSuffix(layer, ".multihead_attn"):
				return kind.Axes{Kind: "decoder–encoder attention", Queries: to, Keys: from, From: "target",
					To: "source"}
			}
			return kind.Axes{Kind: "decoder self-attention", Queries: to, Keys: to, From: "target", To: "target"}
		},
	}, nil
}

// symbol is a part of a text as one sees it: a space as ␣.
func symbol(s string) string { return strings.ReplaceAll(plain.Text(s), " ", "␣") }

// See reads a picture as the model sees it.
func (Classifier) See(m *kind.Model, path string) (graph.Tensor, error) {
	return readPictures([]string{path}, m.Form)
}

// See reads a picture as the model sees it.
func (Reconstruction) See(m *kind.Model, path string) (graph.Tensor, error) {
	return readPictures([]string{path}, m.Form)
}
