// This file holds Watch, which looks inside a model while it learns.

package train

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/train/history"
	"github.com/stheno-ml/stheno/train/internal/look"
)

// Watch looks inside a model while it learns: how large the values of each layer are, its parameters and their
// gradients, which units of a ReLU are dead, and how far a step moves the parameters. In a [Fit] it is a hook:
//
//	watch := &train.Watch{Of: trainer, Batch: first}
//	fit.Hook = watch.Hook
//	result, err := fit.Run(ctx)
//	…
//	err = watch.WriteFile("run.csv", result.History) // with columns watch/fc1.weight/update_ratio and so on
//
// and by hand it is a line after some steps:
//
//	err := watch.Add()
//
// A look computes what the next step would be if its batch was Batch, in a program of its own, and assigns nothing, so
// that parameters, moments, running statistics and all steps after it are the same bytes as without. It takes about
// the time and the memory of a step. As the batch is always the same, looks can be compared.
type Watch struct {
	Of    *Trainer
	Batch []graph.Tensor // what is looked at: usually the first batch of training
	Every int            // steps from one look to the next in a Fit; 0 for a look at the end of each epoch alone
	Looks []history.Look // so far

	probe *probe
}

// Add looks at the model as it is now, and appends to Looks.
func (w *Watch) Add() error {
	if err := w.check(); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	return w.add(history.Look{Step: w.Of.Steps()}, w.Of.LR)
}

// Hook is Add as a hook of a [Fit]: each Every steps, at the end of each epoch, and where training ends with an
// evaluation.
func (w *Watch) Hook(now Progress, c *Control) {
	if err := w.check(); err != nil {
		c.Err = fmt.Errorf("watch: %w", err)
		return
	}
	at := history.Look{Epoch: now.Epoch, Step: (now.Epoch-1)*now.Steps + now.Step, Seconds: now.Elapsed.Seconds()}
	ends := now.Scores != nil || now.Step == now.Steps
	if !ends && (w.Every == 0 || at.Step%w.Every != 0) {
		return
	}
	if n := len(w.Looks); n > 0 && w.Looks[n-1].Step == at.Step {
		return // after the step, and now after the evaluation
	}
	c.Err = w.add(at, now.LR)
}

func (w *Watch) check() error {
	switch {
	case w == nil:
		return errors.New("the Watch is nil")
	case w.Of == nil || w.Of.moments == nil:
		return fmt.Errorf("there is no Of, the Trainer whose model is looked at: %w", errNotNew)
	case len(w.Batch) == 0:
		return errors.New("there is no Batch to look at: usually the first of training")
	case w.Every < 0:
		return fmt.Errorf("the field Every is %d, want at least 1, or 0 for a look at the end of each epoch", w.Every)
	}
	return nil
}

func (w *Watch) add(at history.Look, rate float64) (err error) {
	if at.Layers, at.Params, err = w.look(rate); err != nil {
		return fmt.Errorf("watch: after step %d: %w", at.Step, err)
	}
	w.Looks = append(w.Looks, at)
	return nil
}

// look runs the next step at a rate without doing it.
func (w *Watch) look(rate float64) (layers []history.SeenLayer, params []history.SeenParam, err error) {
	t := w.Of
	if err := t.enter(); err != nil {
		return nil, nil, err
	}
	defer t.busy.Store(false)
	if err := t.checkBatch(w.Batch); err != nil {
		return nil, nil, err
	}
	step, err := t.program(typesOf(w.Batch)) // which has the moments, those of a file among them
	if err != nil {
		return nil, nil, err
	}
	if w.probe == nil || !w.probe.of.fresh() {
		if w.probe, err = t.newProbe(step); err != nil {
			return nil, nil, err
		}
	}
	batch := w.Batch
	if t.parted() {
		batch = t.partOf(batch, step.types, 0)
	}
	p := w.probe
	defer func(before float64) { t.LR = before }(t.LR)
	t.LR = rate
	if err := p.set(t, batch); err != nil {
		return nil, nil, err
	}
	p.turn.prog.Reset() // States, which a look would carry on to the next
	if err := p.turn.prog.Run(); err != nil {
		return nil, nil, err
	}
	return p.seenLayers(), p.seenParams(), nil
}

// Join gives the rows of a history the figures of the looks at their steps.
func (w *Watch) Join(h history.Rows) {
	if w != nil {
		h.Join(w.Looks)
	}
}

// WriteEvents is [history.Rows.WriteEventsWith] with the looks.
func (w *Watch) WriteEvents(out io.Writer, h history.Rows) error {
	if w == nil {
		return errors.New("watch: the Watch is nil")
	}
	return h.WriteEventsWith(out, w.Looks)
}

// WriteFile is [history.Rows.WriteFileWith] with the looks: it joins them to the history, and writes a file.
func (w *Watch) WriteFile(path string, h history.Rows) error {
	if w == nil {
		return errors.New("watch: the Watch is nil")
	}
	return h.WriteFileWith(path, w.Looks)
}

// Keep returns the looks, for a [Checkpoint] to save.
func (w *Watch) Keep() (map[string]graph.Tensor, error) {
	if err := w.check(); err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	looks, err := look.Pack(w.Looks)
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	return map[string]graph.Tensor{"looks": looks}, nil
}

// TakeUp gives back what Keep has returned.
func (w *Watch) TakeUp(values map[string]graph.Tensor) error {
	if err := w.check(); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	v, ok := values["looks"]
	if !ok || v.DType != graph.Int64 || len(v.Shape) != 1 {
		return fmt.Errorf("watch: there are no looks among %q", slices.Sorted(maps.Keys(values)))
	}
	looks, err := look.Unpack(v)
	if err != nil {
		return fmt.Errorf("watch: the looks are %w: %w", ErrDamaged, err)
	}
	w.Looks = looks
	return nil
}
