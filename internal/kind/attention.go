// This file holds how a model looks at a text: the weights of its attention as matrices.

package kind

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
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

// Itself is the axes of a text that looks at itself.
func Itself(symbols []string) func(string) Axes {
	return func(string) Axes { return Axes{Kind: "self-attention", Queries: symbols, Keys: symbols} }
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

// Attends reports whether the model has attention in the pass over a text.
func (m *Model) Attends(x Attended) bool { return len(lookAt(m, x).found) > 0 }

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
		if !AllFinite(w.F32) {
			return nil, ErrNotFinite
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
