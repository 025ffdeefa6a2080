// This file holds which rows can do what, and rows as they do it.

package recipe

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// Explaining are the names of the rows whose answers can be explained.
func Explaining() (names []string) {
	for _, r := range Table() {
		if _, ok := r.Kind.(kind.Explainer); ok {
			names = append(names, r.Name)
		}
	}
	return names
}

// Attends reports whether the models of a row have attention, and a text to look at.
func (r Recipe) Attends() bool {
	k, ok := r.Kind.(kind.Attentive)
	if !ok {
		return false
	}
	m := r.New(r.Usual())
	x, err := k.Attend(m, "")
	return err == nil && m.Attends(x)
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

// Convolving are the names of the rows whose models have convolutions over pictures, and, if only those are asked for,
// are given pictures to look at.
func Convolving(sighted bool) (names []string) {
	for _, r := range Table() {
		if r.Convolves() && (!sighted || r.sighted()) {
			names = append(names, r.Name)
		}
	}
	return names
}

// Convolves reports whether the models of a row have convolutions over pictures.
func (r Recipe) Convolves() bool {
	return r.New(r.Usual()).Convolves()
}

func (r Recipe) sighted() bool {
	_, ok := r.Kind.(kind.Sighted)
	return ok
}

// Mapping are the names of the rows whose models have codes.
func Mapping() (names []string) {
	for _, r := range Table() {
		if _, ok := r.Kind.(kind.Mapper); ok {
			names = append(names, r.Name)
		}
	}
	return names
}

// Backed reports whether the row's networks are a body that has learnt features, and a head that reads them.
func (r Recipe) Backed() bool {
	_, _, ok := kinds.Parts(r.New(r.Usual()))
	return ok
}

// Backed are the names of the rows that transfer takes.
func Backed() (names []string) {
	for _, r := range Table() {
		if _, photos := r.Kind.(kinds.Photographs); photos && r.Backed() {
			names = append(names, r.Name)
		}
	}
	return names
}

// AsTheyAre is the text of [Recipe.Augmented] that leaves examples as they are, also those that it is usual to vary.
const AsTheyAre = "none"

// Augmented is the row whose training sees its examples anew in each epoch, as a text says. It is an error if the loss
// of the model does not take labels that are mixed, where the text mixes them. The kind is an [kind.Augmenter].
func (r Recipe) Augmented(text string) (Recipe, error) {
	if text == AsTheyAre {
		if k, ok := r.Kind.(kinds.Photographs); ok { // of the others none varies what it is not told to
			k.AsTheyAre = true
			r.Kind = k
		}
		return r, nil
	}
	k, err := r.Kind.(kind.Augmenter).Augmented(text)
	if err != nil {
		return r, err
	}
	r.Kind = k
	if m, ok := k.(interface{ Mixes() bool }); ok && m.Mixes() {
		return r, r.takesShares()
	}
	return r, nil
}

// takesShares is the error of a model whose loss takes the numbers of classes, and no shares of them.
func (r Recipe) takesShares() error {
	f := r.Usual()
	m := r.New(f)
	types := m.Batch(2)
	types[1] = graph.Type{Shape: graph.Shape{2, len(f.Classes)}}
	task, _, err := m.Task(func() (train.Optimizer, error) { return train.NewOptimizer(r.Optimizer, r.LR) })
	if err != nil {
		return err
	}
	g := &graph.Graph{Mode: graph.Train}
	task.Build(nn.InputsLike(g, types...)...)
	if err := g.Err(); err != nil {
		return fmt.Errorf("%s learns from pictures of one class each, and none that are mixed: %w", r.Name, err)
	}
	return nil
}
