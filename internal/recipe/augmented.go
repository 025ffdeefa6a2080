// This file holds what the kinds have in common whose examples vary from epoch to epoch.

package recipe

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// Augmenter is a kind of models of classes whose examples may be seen anew in each epoch.
type Augmenter interface {
	Kind
	// Augmented is the kind whose training sees them as a text says, KEY=VALUE,KEY=VALUE, in place of what is usual.
	Augmented(text string) (Kind, error)
}

// Augmented is the row whose training sees its examples anew in each epoch, as a text says. It is an error if the loss
// of the model does not take labels that are mixed, where the text mixes them. The kind is an [Augmenter].
func (r Recipe) Augmented(text string) (Recipe, error) {
	k, err := r.Kind.(Augmenter).Augmented(text)
	if err != nil {
		return r, err
	}
	r.Kind = k
	if m, ok := k.(interface{ mixes() bool }); ok && m.mixes() {
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
