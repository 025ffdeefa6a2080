// This file holds what an answer rests on: pixels and regions of a picture, words of a text.

package recipe

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/explain"
	"github.com/stheno-ml/stheno/viz"
)

// Explainer is a kind whose models tell a class of what they are given, and of which one can ask why.
type Explainer interface {
	Kind
	// Explain tells what the answer to an input rests on. The error of a class or a layer that the model does not have
	// is a [ClassError] or a [LayerError], that of a text which it cannot read an [InputError] or a [PromptError].
	Explain(m *Model, input string, o Explain) (Explanation, error)
}

// Explain says what is to be explained. The zero value is the answer, by all that there is.
type Explain struct {
	Class  string // another one than the answer, by its name or number
	Layer  string // whose feature maps are looked at; "" for the last
	Smooth int    // noisy copies of a picture of which the mean gradient is taken
	Seed   uint64 // of the noise
}

// Explanation is what an answer rests on.
type Explanation struct {
	Input  string
	Answer Choice // the most likely class
	Of     Choice // the class that is explained
	Note   string // as that of an Answer

	Picture  viz.Tile     // as the model sees it, of one plane or three; the zero value of a text
	Saliency []float32    // by pixel
	CAM      *explain.CAM // of the whole picture; nil of a model without feature maps

	Words []Evidence // of a text
	Looks bool       // there is attention, so that words have shares
}

// Evidence is a word of a text, or a character.
type Evidence struct {
	Word   string
	Share  float64 // that it has of the description which the answer is made of; 0 without attention
	Weight float64 // what it has moved: above 0 for the class, below 0 against it
}

// Explaining are the names of the rows whose answers can be explained.
func Explaining() (names []string) {
	for _, r := range Table() {
		if _, ok := r.Kind.(Explainer); ok {
			names = append(names, r.Name)
		}
	}
	return names
}

// chosen are the answer and the class that is asked for, of these logits, and its number.
func chosen(logits []float32, classes []string, class string) (answer, of Choice, number int, err error) {
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
	of = all[slices.IndexFunc(all, func(c Choice) bool { return c.Prediction == name })]
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
		return 0, ClassError{fmt.Errorf("it is none of the model's %d classes, whose numbers are 0 to %d", n, n-1)}
	}
	known, more := near.Sort(class, classes), ""
	if len(known) > most {
		known, more = known[:most], fmt.Sprintf(" and %d more", len(classes)-most)
	}
	return 0, ClassError{fmt.Errorf("unknown class; known are %s%s", strings.Join(known, ", "), more)}
}

// Explain tells which pixels move the logit of a class, and where the feature maps speak for it.
func (classifier) Explain(m *Model, input string, o Explain) (Explanation, error) {
	x, err := readPictures([]string{input}, m.Form)
	if err != nil {
		return Explanation{}, err
	}
	logits, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Input: input, Picture: tileOf(x)}
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
		return e, LayerError{layer.Unwrap()}
	case errors.Is(err, explain.ErrNoMaps):
		return e, nil
	}
	return e, err
}

// Explain tells what each word of a text has moved.
func (k sentences) Explain(m *Model, input string, o Explain) (Explanation, error) {
	ids, err := k.read(m, input)
	if err != nil {
		return Explanation{}, err
	}
	words := m.Form.Words.Split(input)
	t := read{text: input, ids: ids, words: words[:len(ids)], note: noteOf(len(words), mostSymbols, k.unit)}
	return m.explainText(m, t, m.Form.Classes, o)
}

// Explain tells what each word of a text has moved, and which share it has of what the answer is made of.
func (k finetuned) Explain(m *Model, input string, o Explain) (Explanation, error) {
	ids, note := k.encode(*m.Form.Words, input)
	if len(ids) == 2 {
		return Explanation{}, InputError{fmt.Errorf("%q: there is no word in it", excerpt(input))}
	}
	symbols := m.Form.Words.Symbols()
	t := read{text: input, ids: ids, note: note, looks: lookedAt{k, 0}}
	t.words = slices.Concat([]string{symbols[data.Begin]}, m.Form.Words.Split(input)[:len(ids)-2],
		[]string{symbols[data.End]})
	return m.explainText(m, t, m.Form.Classes, o)
}

// Explain tells what each character of a text has to do with the one that is to follow.
func (k language) Explain(m *Model, input string, o Explain) (Explanation, error) {
	a, err := k.Attend(m, input)
	if err != nil {
		return Explanation{}, err
	}
	ids := a.Inputs[0].I64
	t := read{text: input, ids: ids, words: a.Axes("").Queries, looks: lookedAt{k, len(ids) - 1}}
	if len(t.ids) > mostSymbols {
		return Explanation{}, PromptError{fmt.Errorf("it has %d characters, want at most %d", len(t.ids), mostSymbols)}
	}
	v := m.Form.Vocabulary
	var classes []string
	for id := range v.Len() {
		classes = append(classes, v.Decode([]int64{int64(id)}))
	}
	return m.explainText(onePlace{m, len(t.ids) - 1, 0, v.Len()}, t, classes, o)
}

// Explain tells what each word of a text has to do with the one that is missing.
func (k masked) Explain(m *Model, input string, o Explain) (Explanation, error) {
	ids, err := k.encode(m.Form.Words, input)
	if err != nil {
		return Explanation{}, err
	}
	if n := strings.Count(input, blank); n > 1 {
		return Explanation{}, InputError{fmt.Errorf("%q: it has %d words that are %s, want one", excerpt(input), n,
			blank)}
	}
	end := m.Form.Words.Len()
	at := slices.Index(ids, int64(end))
	symbols := append(m.Form.Words.Symbols(), blank)
	t := read{text: input, ids: ids, words: seen(ids, symbols), looks: lookedAt{k, at}}
	return m.explainText(onePlace{m, at, data.End + 1, end}, t, symbols[data.End+1:end], o)
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
	Attentive
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
func (m *Model) explainText(asked nn.Module, t read, classes []string, o Explain) (Explanation, error) {
	e := Explanation{Input: t.text, Note: t.note}
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
	shares, err := m.shares(t)
	if err != nil {
		return e, err
	}
	e.Looks = shares != nil
	for i, word := range t.words {
		w := Evidence{Word: word, Weight: float64(moved.F32[i])}
		if e.Looks {
			w.Share = shares[i]
		}
		e.Words = append(e.Words, w)
	}
	return e, nil
}

// shares are those of each symbol by attention rollout, nil of a model without attention.
func (m *Model) shares(t read) ([]float64, error) {
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
	slices.SortStableFunc(looks, func(a, b Look) int { return cmp.Compare(a.Layer, b.Layer) })
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
