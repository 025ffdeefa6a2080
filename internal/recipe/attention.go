// This file holds how a model looks at a text: the weights of its attention as matrices.

package recipe

import (
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz"
)

// Attentive is a kind whose models read texts, and may look at them by attention.
type Attentive interface {
	// Read turns a text, or an example of the kind's own if it is empty, into what the pass that answers are made with
	// takes. The error of a text that the model cannot read is a [PromptError].
	Read(m *Model, text string) (Sight, error)
}

// Sight is a text as a model sees it.
type Sight struct {
	Text   string
	Inputs []graph.Tensor // of one example
	// Axes are the symbols that look, and those that are looked at, in the attention of a layer.
	Axes func(layer string, rows, columns int) (queries, keys []string)
}

// itself is Axes of a text that looks at itself.
func itself(symbols []string) func(string, int, int) (queries, keys []string) {
	return func(string, int, int) ([]string, []string) { return symbols, symbols }
}

// Attends reports whether the models of a row have attention, and a text to look at.
func (r Recipe) Attends() bool {
	k, ok := r.Kind.(Attentive)
	if !ok {
		return false
	}
	m := r.New(r.Usual())
	reading, err := k.Read(m, "")
	return err == nil && len(attended(m, reading.Inputs).found) > 0
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

func attended(m *Model, x []graph.Tensor) look {
	var types []graph.Type
	for _, t := range x {
		types = append(types, t.Type)
	}
	g := &graph.Graph{}
	l := look{g: g, inputs: nn.InputsLike(g, types...)}
	pass, _ := m.pass(1)
	pass(l.inputs...)
	l.found = ops.AttentionsIn(g)
	return l
}

// Attention is how the model looks at a text: for each head of each layer a matrix, whose rows are of the symbols that
// look, and add up to 1. heads is how many a layer has. Of a model without attention there is none.
func (m *Model) Attention(r Sight) (all []viz.Matrix, heads int, err error) {
	l := attended(m, r.Inputs)
	if len(l.found) == 0 {
		return nil, 0, l.g.Err()
	}
	var weights []graph.Node
	for _, a := range l.found {
		weights = append(weights, a.Weights)
	}
	p, err := l.g.Compile(weights...)
	if err != nil {
		return nil, 0, err
	}
	for i, x := range l.inputs {
		p.Set(x, r.Inputs[i])
	}
	if err := p.Run(); err != nil {
		return nil, 0, err
	}
	for _, a := range l.found {
		w := p.Value(a.Weights)
		if !allFinite(w.F32) {
			return nil, 0, errNoNumbers
		}
		n := len(w.Shape)
		rows, columns := w.Shape[n-2], w.Shape[n-1]
		heads = max(heads, len(w.F32)/(rows*columns))
		queries, keys := r.Axes(a.Layer, rows, columns)
		for h := range len(w.F32) / (rows * columns) {
			all = append(all, viz.Matrix{
				Title:   fmt.Sprintf("%s · head %d", a.Layer, h+1),
				Rows:    queries,
				Columns: keys,
				Values:  append([]float32(nil), w.F32[h*rows*columns:(h+1)*rows*columns]...),
			})
		}
	}
	return all, heads, nil
}

func allFinite(v []float32) bool {
	return !slices.ContainsFunc(v, func(x float32) bool { return x-x != 0 })
}
