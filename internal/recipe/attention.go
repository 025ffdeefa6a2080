// This file holds how a model looks at a text: the weights of its attention as matrices.

package recipe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz"
)

// Attentive is a kind whose models read texts, and may look at them by attention.
type Attentive interface {
	// Attend turns a text, or an example of the kind's own if it is empty, into what the pass that answers are made
	// with takes. The error of a text that the model cannot read is a [PromptError].
	Attend(m *Model, text string) (Attended, error)
}

// Attended is a text as a model reads it.
type Attended struct {
	Text   string
	Note   string         // as that of an Answer
	Inputs []graph.Tensor // of one example
	Axes   func(layer string) Axes
}

// Axes are what the attention of a layer is between: the symbols that look, and those that are looked at.
type Axes struct {
	Kind          string // "encoder self-attention"
	Queries, Keys []string
	From, To      string // what they are, such as "target" and "source"; "" in a text that looks at itself
}

// itself is the axes of a text that looks at itself.
func itself(symbols []string) func(string) Axes {
	return func(string) Axes { return Axes{Kind: "self-attention", Queries: symbols, Keys: symbols} }
}

// Attends reports whether the models of a row have attention, and a text to look at.
func (r Recipe) Attends() bool {
	k, ok := r.Kind.(Attentive)
	if !ok {
		return false
	}
	m := r.New(r.Usual())
	x, err := k.Attend(m, "")
	return err == nil && len(lookAt(m, x).found) > 0
}

// Attending are the names of the rows whose models have attention.
func Attending() (names []string) {
	for _, r := range Table() {
		if r.Attends() {
			names = append(names, r.Name)
		}
	}
	return names
}

// look is the pass that answers are made with, and the attention in it.
type look struct {
	g      *graph.Graph
	inputs []graph.Node
	found  []ops.Attended
}

func lookAt(m *Model, x Attended) look {
	var types []graph.Type
	for _, t := range x.Inputs {
		types = append(types, t.Type)
	}
	g := &graph.Graph{}
	l := look{g: g, inputs: nn.InputsLike(g, types...)}
	pass, _ := m.pass(1)
	pass(l.inputs...)
	l.found = ops.AttentionsIn(g)
	return l
}

// Look is how a layer of a model looks at a text: for each head weights, a row for each symbol that looks, which add
// up to 1.
type Look struct {
	Axes
	Layer int // from 1, of its kind
	Heads [][]float32
}

// Attention is how the model looks at a text, layer by layer, one kind after the other. Of a model without attention
// there is none.
func (m *Model) Attention(x Attended) ([]Look, error) {
	l := lookAt(m, x)
	if len(l.found) == 0 {
		return nil, l.g.Err()
	}
	var weights []graph.Node
	for _, a := range l.found {
		weights = append(weights, a.Weights)
	}
	p, err := l.g.Compile(weights...)
	if err != nil {
		return nil, err
	}
	for i, in := range l.inputs {
		p.Set(in, x.Inputs[i])
	}
	if err := p.Run(); err != nil {
		return nil, err
	}
	var all []Look
	layers, order := map[string]int{}, map[string]int{}
	for _, a := range l.found {
		w := p.Value(a.Weights)
		if !allFinite(w.F32) {
			return nil, errNoNumbers
		}
		one := Look{Axes: x.Axes(a.Layer)}
		layers[one.Kind]++
		one.Layer = layers[one.Kind]
		if one.Layer == 1 {
			order[one.Kind] = len(order)
		}
		for h := range slices.Chunk(w.F32, len(one.Queries)*len(one.Keys)) {
			one.Heads = append(one.Heads, slices.Clone(h))
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b Look) int { return cmp.Compare(order[a.Kind], order[b.Kind]) })
	return all, nil
}

// Focus says what is shown of attention. The zero value is all of it.
type Focus struct {
	Layer, Head int  // from 1; 0 for all
	Mean        bool // of the heads of a layer
}

// Matrices are the matrices of attention, and how many stand side by side: the heads of a layer or, where each has one
// matrix, the layers of a kind. A layer or head that there is none of is an error.
func Matrices(looks []Look, f Focus) (all []viz.Matrix, across int, err error) {
	layers, heads := 0, 0
	for _, l := range looks {
		layers, heads = max(layers, l.Layer), max(heads, len(l.Heads))
	}
	for _, v := range []struct {
		name     string
		at, most int
	}{{"layer", f.Layer, layers}, {"head", f.Head, heads}} {
		if v.at < 0 || v.at > v.most {
			return nil, 0, fmt.Errorf("%s is %d, want 1 to %d", v.name, v.at, v.most)
		}
	}
	for _, l := range looks {
		if f.Layer == 0 || f.Layer == l.Layer {
			all = append(all, l.matrices(f)...)
		}
	}
	switch {
	case f.Head == 0 && !f.Mean:
		return all, heads, nil
	case f.Layer == 0:
		return all, layers, nil
	}
	return all, len(all), nil
}

// matrices are those of a layer.
func (l Look) matrices(f Focus) (all []viz.Matrix) {
	add := func(of string, weights []float32) {
		all = append(all, viz.Matrix{
			Title:      fmt.Sprintf("%s · layer %d · %s", l.Kind, l.Layer, of),
			Rows:       l.Queries,
			Columns:    l.Keys,
			Values:     weights,
			RowAxis:    strings.TrimSpace("from " + l.From),
			ColumnAxis: strings.TrimSpace("to " + l.To),
		})
	}
	if f.Mean {
		add(fmt.Sprintf("mean of %d heads", len(l.Heads)), meanOf(l.Heads))
		return all
	}
	for i, w := range l.Heads {
		if f.Head == 0 || f.Head == i+1 {
			add(fmt.Sprintf("head %d", i+1), w)
		}
	}
	return all
}

// meanOf is the mean of some tables, number by number.
func meanOf(tables [][]float32) []float32 {
	sum := make([]float32, len(tables[0]))
	for _, t := range tables {
		for i, v := range t {
			sum[i] += v / float32(len(tables))
		}
	}
	return sum
}

func allFinite(v []float32) bool {
	return !slices.ContainsFunc(v, func(x float32) bool { return x-x != 0 })
}

// usualAttended is about how many characters are looked at when nobody says which.
const usualAttended = 24

// Attend takes a text up to the length that the model sees, or the first words of the built-in one.
func (language) Attend(m *Model, text string) (Attended, error) {
	if text == "" {
		text = prose().Train[:usualAttended]
		text = text[:strings.LastIndexByte(text, ' ')]
	}
	ids, err := m.Form.Vocabulary.Encode(text)
	if err != nil {
		return Attended{}, PromptError{err}
	}
	if v, ok := m.Model.(interface{ Window() int }); ok && len(ids) > v.Window() {
		return Attended{}, PromptError{fmt.Errorf("it has %d characters, and the model sees %d", len(ids), v.Window())}
	}
	var symbols []string
	for _, id := range ids {
		symbols = append(symbols, symbol(m.Form.Vocabulary.Decode([]int64{id})))
	}
	return Attended{
		Text:   text,
		Inputs: []graph.Tensor{graph.FromInt64(ids, 1, len(ids))},
		Axes:   itself(symbols),
	}, nil
}

// Attend takes a text with blanks or without.
func (k masked) Attend(m *Model, text string) (Attended, error) {
	if text == "" {
		text = "the door was " + blank + " and the kitchen was dark"
	}
	ids, err := k.numbers(m.Form.Words, text)
	if err != nil {
		return Attended{}, PromptError{err}
	}
	return ofWords(text, ids, append(m.Form.Words.Symbols(), blank)), nil
}

// Attend takes a text of which the model reads the first words.
func (k finetuned) Attend(m *Model, text string) (Attended, error) {
	if text == "" {
		text = reviews().Test[0].Text
	}
	ids, note := k.encode(*m.Form.Words, text)
	a := ofWords(text, ids, m.Form.Words.Symbols())
	a.Note = note
	return a, nil
}

// ofWords is a text of words that look at one another.
func ofWords(text string, ids []int64, words []string) Attended {
	return Attended{
		Text:   text,
		Inputs: []graph.Tensor{graph.FromInt64(ids, 1, len(ids))},
		Axes:   itself(seen(ids, words)),
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
func (k translation) Attend(m *Model, text string) (Attended, error) {
	if text == "" {
		text = k.usual().Test[0].Source
	}
	source, err := k.read(m.Form.Source, text)
	if err != nil {
		return Attended{}, PromptError{err}
	}
	found, err := k.translator(m).Translate(context.Background(), [][]int64{source})
	if err != nil {
		return Attended{}, err
	}
	target := slices.Concat([]int64{data.Begin}, found[0][0].Symbols)
	if len(target) > maxPositions {
		target = target[:maxPositions]
	}
	from, to := seen(source, m.Form.Source.Symbols()), seen(target, m.Form.Target.Symbols())
	return Attended{
		Text: text,
		Inputs: []graph.Tensor{graph.FromInt64(source, 1, len(source)),
			graph.FromInt64([]int64{int64(len(source))}, 1), graph.FromInt64(target, 1, len(target))},
		Axes: func(layer string) Axes {
			switch {
			case strings.HasPrefix(layer, "encoder."):
				return Axes{"encoder self-attention", from, from, "source", "source"}
			case strings.HasSuffix(layer, ".multihead_attn"):
				return Axes{"decoder–encoder attention", to, from, "target", "source"}
			}
			return Axes{"decoder self-attention", to, to, "target", "target"}
		},
	}, nil
}

// symbol is a part of a text as one sees it: a space as ␣.
func symbol(s string) string { return strings.ReplaceAll(plain.Text(s), " ", "␣") }
