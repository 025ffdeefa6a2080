// This file holds what an answer rests on: pixels and regions of a picture, words of a text.

package kinds

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/explain"
)

// chosen are the answer and the class that is asked for, of these logits, and its number.
func chosen(logits []float32, classes []string, class string) (answer, of kind.Choice, number int, err error) {
	all, err := ranked(logits, classes)
	if err != nil {
		return answer, of, 0, err
	}
	number = slices.Index(logits, slices.Max(logits))
	if class == "" {
		return all[0], all[0], number, nil
	}
	if number, err = numberOf(class, classes, len(logits)); err != nil {
		return answer, of, 0, err
	}
	name := className(classes, number)
	of = all[slices.IndexFunc(all, func(c kind.Choice) bool { return c.Prediction == name })]
	return all[0], of, number, nil
}

// numberOf is the number of one of n classes, which is given by its name or its number.
func numberOf(class string, classes []string, n int) (int, error) {
	if k := slices.Index(classes, class); k >= 0 && k < n {
		return k, nil
	}
	const most = 12
	k, err := strconv.Atoi(class)
	switch {
	case err == nil && k >= 0 && k < n:
		return k, nil
	case err == nil:
		return 0, kind.ClassError{Err: fmt.Errorf("it is none of the model's %d classes, whose numbers are 0 to %d", n,
			n-1)}
	}
	known, more := near.Sort(class, classes), ""
	if len(known) > most {
		known, more = known[:most], fmt.Sprintf(" and %d more", len(classes)-most)
	}
	return 0, kind.ClassError{Err: fmt.Errorf("unknown class; known are %s%s", strings.Join(known, ", "), more)}
}

// Explain tells which pixels move the logit of a class, and where the feature maps speak for it.
func (Classifier) Explain(m *kind.Model, input string, o kind.Explain) (kind.Explanation, error) {
	x, err := readPictures([]string{input}, m.Form)
	if err != nil {
		return kind.Explanation{}, err
	}
	logits, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		return kind.Explanation{}, err
	}
	e := kind.Explanation{Input: input, Picture: kind.TileOf(x)}
	var class int
	if e.Answer, e.Of, class, err = chosen(logits.F32, m.Form.Classes, o.Class); err != nil {
		return e, err
	}
	classes := []int{class}
	s, err := explain.Saliency(m, x, explain.SaliencyOptions{Classes: classes, Smooth: o.Smooth, Seed: o.Seed})
	if err != nil {
		return e, err
	}
	e.Saliency = s.F32
	e.CAM, err = explain.GradCAM(m, x, explain.GradCAMOptions{Classes: classes, Layer: o.Layer})
	var layer explain.LayerError
	switch {
	case errors.As(err, &layer):
		return e, kind.LayerError{Err: layer.Unwrap()}
	case errors.Is(err, explain.ErrNoMaps):
		return e, nil
	}
	return e, err
}

// Explain tells what each word of a text has moved.
func (k Sentences) Explain(m *kind.Model, input string, o kind.Explain) (kind.Explanation, error) {
	ids, err := k.read(m, input)
	if err != nil {
		return kind.Explanation{}, err
	}
	words := m.Form.Words.Split(input)
	t := read{text: input, ids: ids, words: words[:len(ids)], note: noteOf(len(words), mostSymbols, k.Symbol)}
	return explainText(m, m, t, m.Form.Classes, o)
}

// Explain tells what each word of a text has moved, and which share it has of what the answer is made of.
func (k Finetuned) Explain(m *kind.Model, input string, o kind.Explain) (kind.Explanation, error) {
	ids, note := k.encode(*m.Form.Words, input)
	if len(ids) == 2 {
		return kind.Explanation{}, kind.InputError{Err: fmt.Errorf("%q: there is no word in it", excerpt(input))}
	}
	symbols := m.Form.Words.Symbols()
	t := read{text: input, ids: ids, note: note, looks: lookedAt{k, 0}}
	t.words = slices.Concat([]string{symbols[data.Begin]}, m.Form.Words.Split(input)[:len(ids)-2],
		[]string{symbols[data.End]})
	return explainText(m, m, t, m.Form.Classes, o)
}

// Explain tells what each character of a text has to do with the one that is to follow.
func (k Language) Explain(m *kind.Model, input string, o kind.Explain) (kind.Explanation, error) {
	a, err := k.Attend(m, input)
	if err != nil {
		return kind.Explanation{}, err
	}
	ids := a.Inputs[0].I64
	t := read{text: input, ids: ids, words: a.Axes("").Queries, looks: lookedAt{k, len(ids) - 1}}
	if len(t.ids) > mostSymbols {
		return kind.Explanation{}, kind.PromptError{Err: fmt.Errorf("it has %d characters, want at most %d",
			len(t.ids), mostSymbols)}
	}
	v := m.Form.Vocabulary
	var classes []string
	for id := range v.Len() {
		classes = append(classes, v.Decode([]int64{int64(id)}))
	}
	return explainText(m, onePlace{m, len(t.ids) - 1, 0, v.Len()}, t, classes, o)
}

// Explain tells what each word of a text has to do with the one that is missing.
func (k Masked) Explain(m *kind.Model, input string, o kind.Explain) (kind.Explanation, error) {
	ids, err := k.encode(m.Form.Words, input)
	if err != nil {
		return kind.Explanation{}, err
	}
	if n := strings.Count(input, blank); n > 1 {
		return kind.Explanation{}, kind.InputError{Err: fmt.Errorf("%q: it has %d words that are %s, want one",
			excerpt(input), n, blank)}
	}
	end := m.Form.Words.Len()
	at := slices.Index(ids, int64(end))
	symbols := append(m.Form.Words.Symbols(), blank)
	t := read{text: input, ids: ids, words: seen(ids, symbols), looks: lookedAt{k, at}}
	return explainText(m, onePlace{m, at, data.End + 1, end}, t, symbols[data.End+1:end], o)
}

// read is a text as a model reads it.
type read struct {
	text, note string
	ids        []int64
	words      []string // as one sees them
	looks      lookedAt
}

// lookedAt is a kind whose models may look at a text, and the symbol that the answer is made of.
type lookedAt struct {
	kind.Attentive
	from int
}

// onePlace is a model of language whose logits (N, classes) are those of one place, and of the symbols from
// one to another.
type onePlace struct {
	nn.Model
	at, from, to int
}

// Forward maps symbols (N, T) to logits (N, to-from).
func (p onePlace) Forward(x graph.Node) graph.Node {
	y := p.Model.Forward(x) // (N, T, V)
	if !y.Valid() {
		return y
	}
	return ops.Squeeze(ops.Slice(ops.Slice(y, 1, p.at, p.at+1, 1), 2, p.from, p.to, 1), 1)
}

// explainText explains the answer of a model with logits (N, classes).
func explainText(m *kind.Model, asked nn.Module, t read, classes []string, o kind.Explain) (kind.Explanation, error) {
	e := kind.Explanation{Input: t.text, Note: t.note}
	x := graph.FromInt64(t.ids, 1, len(t.ids))
	logits, err := nn.NewPredictor(asked).Predict(x)
	if err != nil {
		return e, err
	}
	var class int
	if e.Answer, e.Of, class, err = chosen(logits.F32, classes, o.Class); err != nil {
		return e, err
	}
	moved, err := explain.Words(asked, x, []int{class})
	if err != nil {
		return e, err
	}
	shares, err := sharesOf(m, t)
	if err != nil {
		return e, err
	}
	e.Looks = shares != nil
	for i, word := range t.words {
		w := kind.Evidence{Word: word, Weight: float64(moved.F32[i])}
		if e.Looks {
			w.Share = shares[i]
		}
		e.Words = append(e.Words, w)
	}
	return e, nil
}

// sharesOf are those of each symbol by attention rollout, nil of a model without attention.
func sharesOf(m *kind.Model, t read) ([]float64, error) {
	if t.looks.Attentive == nil {
		return nil, nil
	}
	a, err := t.looks.Attend(m, t.text)
	if err != nil {
		return nil, err
	}
	looks, err := m.Attention(a)
	if err != nil || len(looks) == 0 {
		return nil, err
	}
	slices.SortStableFunc(looks, func(a, b kind.Look) int { return cmp.Compare(a.Layer, b.Layer) })
	var layers []graph.Tensor
	for _, l := range looks {
		weights := slices.Concat(l.Heads...)
		layers = append(layers, graph.FromFloat32(weights, len(l.Heads), len(l.Queries), len(l.Keys)))
	}
	r, err := explain.Rollout(layers...)
	if err != nil {
		return nil, err
	}
	return r.Rows(t.looks.from, t.looks.from+1).F64, nil
}
