// This file holds Thaw, which lets the parts of a network learn one after the other.

package train

import (
	"errors"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// Thaw is gradual unfreezing: each part of a network that has learnt before is frozen up to the epoch from which on it
// learns, usually the last layer first and those below it later. See Howard and Ruder, "Universal language model
// fine-tuning for text classification", ACL 2018, section 3.3.
//
//	thaw := &train.Thaw{Of: model.Params(), From: []train.Part{
//		{Path: "fc", Epoch: 1}, {Path: "layer4", Epoch: 3}, {Path: "", Epoch: 5}}}
//
// In a [Fit] it is a hook, and At is called once before it, for the first epoch:
//
//	err := thaw.At(1)
//	fit.Hook = thaw.Hook
//
// and by hand At is called before each epoch. A parameter belongs to the first of the parts whose path it lies under,
// and one of no part is left as it is. A [Checkpoint] keeps the epoch under Also.
//
// Freezing keeps parameters, and not what a batch norm does: in a Train graph it still normalises by the batch and
// changes its running statistics. Set Options.Frozen of the layers for that, or let the head learn from features
// that were computed once, see data.Split.Through.
type Thaw struct {
	Of   *nn.Params
	From []Part

	epoch int // of the last At
}

// Part is a part of a network, and the epoch from which on it learns.
type Part struct {
	Path  string // of its parameters, as nn.Params.Freeze takes it; "" for all
	Epoch int    // from 1
}

// At freezes and unfreezes the parts as it is right for an epoch, counted from 1. That no parameter lies under the
// path of a part is an error, so that a slip in it is seen.
func (t *Thaw) At(epoch int) error {
	if err := t.check(epoch); err != nil {
		return fmt.Errorf("thaw: %w", err)
	}
	t.epoch = epoch
	for _, part := range slices.Backward(t.From) { // the first that a parameter belongs to has the last word
		if epoch >= part.Epoch {
			t.Of.Unfreeze(part.Path)
		} else {
			t.Of.Freeze(part.Path)
		}
	}
	return nil
}

// Hook is At as a hook of a [Fit]: after the last step of an epoch the parts are as they are right for the next one.
func (t *Thaw) Hook(now Progress, c *Control) {
	epoch := now.Epoch
	if now.Step >= now.Steps {
		epoch++
	}
	if t == nil || epoch != t.epoch {
		c.Err = t.At(epoch)
	}
}

func (t *Thaw) check(epoch int) error {
	switch {
	case t == nil:
		return errors.New("the Thaw is nil")
	case t.Of == nil:
		return errors.New("there is no Of, the parameters of the network")
	case len(t.From) == 0:
		return errors.New("there is no part that learns: From is empty")
	case epoch < 1:
		return fmt.Errorf("the epoch is %d, and the first is 1", epoch)
	}
	for i, part := range t.From {
		switch {
		case part.Epoch < 1:
			return fmt.Errorf("part %d, %q, learns from epoch %d on, want at least 1", i, part.Path, part.Epoch)
		case t.Of.Under(part.Path).Count() == 0:
			return fmt.Errorf("there is no parameter under %q, the path of part %d", part.Path, i)
		}
	}
	return nil
}

// Keep returns the epoch.
func (t *Thaw) Keep() (map[string]graph.Tensor, error) {
	if err := t.check(1); err != nil {
		return nil, fmt.Errorf("thaw: %w", err)
	}
	return map[string]graph.Tensor{"epoch": counted(t.epoch)}, nil
}

// TakeUp freezes and unfreezes as it was right when Keep was called.
func (t *Thaw) TakeUp(values map[string]graph.Tensor) error {
	epoch, err := countIn(values, "epoch")
	if err != nil {
		return fmt.Errorf("thaw: %w", err)
	}
	if epoch == 0 { // At has not been called
		return nil
	}
	return t.At(epoch)
}
