// This file holds Watch, which looks inside a model while it learns.

package train

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
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
	Looks []Look         // so far

	probe *probe
}

// Look is what was seen after some steps.
type Look struct {
	Epoch   int     // from 1; 0 in a loop by hand
	Step    int     // of all, from 1; 0 before the first
	Seconds float64 // of training, in a Fit
	Layers  []SeenLayer
	Params  []SeenParam
}

// SeenLayer is what a layer makes of the batch: the last op in its place in the graph, or a ReLU.
type SeenLayer struct {
	Path  string // of the layer: conv1
	Layer string // the op: ReLU
	Name  string // both, and a number where others are named alike
	Value Numbers
	// Units are those of a ReLU, else 0: channels of a convolution, or places of the last axis. Dead are those that
	// are 0 for all rows of the batch: no gradient passes them.
	Units, Dead int
}

// SeenParam is a parameter with its gradient, before it is clipped, and its step.
type SeenParam struct {
	Path     string // of the layer: conv1 of conv1.weight
	Name     string
	Value    Numbers
	Gradient Numbers // of a parameter that is frozen it has N 0
	Update   float64 // the norm of the step, new value less old, as the optimiser has it
}

// Ratio is |step|/|value|, of norms: how far a step goes. About 1e-3 is usual; much more is a rate that is too large,
// much less one that is too small (Karpathy, CS231n, "Babysitting the learning process"). It is NaN where the value
// is 0.
func (p *SeenParam) Ratio() float64 {
	if p.Value.Norm == 0 {
		return math.NaN()
	}
	return p.Update / p.Value.Norm
}

// Numbers is what many numbers are like. All but NotFinite is of those that are finite.
type Numbers struct {
	Spread
	N, NotFinite int     // how many there are, and how many of them are NaN or infinite
	Norm         float64 // the root of the sum of squares
	Min, Max     float64
	Counts       []int // how many lie in each of equal parts from Min to Max; one part if these are equal
}

// Add looks at the model as it is now, and appends to Looks.
func (w *Watch) Add() error {
	if err := w.check(); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	return w.add(Look{Step: w.Of.Steps()}, w.Of.LR)
}

// Hook is Add as a hook of a [Fit]: each Every steps, at the end of each epoch, and where training ends with an
// evaluation.
func (w *Watch) Hook(now Progress, c *Control) {
	if err := w.check(); err != nil {
		c.Err = fmt.Errorf("watch: %w", err)
		return
	}
	at := Look{Epoch: now.Epoch, Step: (now.Epoch-1)*now.Steps + now.Step, Seconds: now.Elapsed.Seconds()}
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

func (w *Watch) add(at Look, rate float64) (err error) {
	if at.Layers, at.Params, err = w.look(rate); err != nil {
		return fmt.Errorf("watch: after step %d: %w", at.Step, err)
	}
	w.Looks = append(w.Looks, at)
	return nil
}

// look runs the next step at a rate without doing it.
func (w *Watch) look(rate float64) (layers []SeenLayer, params []SeenParam, err error) {
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

// watchPrefix is what stands before the columns of a Watch.
const watchPrefix = "watch/"

// Figures are the numbers of a look by the names that columns of a [History] have, such as "fc1.weight/update_ratio":
// of a layer mean, deviation and, of a ReLU, dead, the share of its units; of a parameter mean, deviation,
// gradient_mean, gradient_deviation, gradient_norm and update_ratio, as far as there are such.
func (l *Look) Figures() map[string]float64 {
	all := map[string]float64{}
	for i := range l.Layers {
		s := &l.Layers[i]
		all[s.Name+"/mean"], all[s.Name+"/deviation"] = s.Value.Mean, s.Value.Deviation
		if s.Units > 0 {
			all[s.Name+"/dead"] = float64(s.Dead) / float64(s.Units)
		}
	}
	for i := range l.Params {
		s := &l.Params[i]
		all[s.Name+"/mean"], all[s.Name+"/deviation"] = s.Value.Mean, s.Value.Deviation
		if s.Gradient.N == 0 {
			continue
		}
		all[s.Name+"/gradient_mean"], all[s.Name+"/gradient_deviation"] = s.Gradient.Mean, s.Gradient.Deviation
		all[s.Name+"/gradient_norm"] = s.Gradient.Norm
		if r := s.Ratio(); !math.IsNaN(r) {
			all[s.Name+"/update_ratio"] = r
		}
	}
	return all
}

// Join gives the rows of a history the figures of the looks at their steps.
func (w *Watch) Join(h History) {
	if w == nil {
		return
	}
	for i := range h {
		for k := range w.Looks {
			if w.Looks[k].Step == h[i].Step {
				h[i].Watch = w.Looks[k].Figures()
			}
		}
	}
}

// Keep returns the looks, for a [Checkpoint] to save.
func (w *Watch) Keep() (map[string]graph.Tensor, error) {
	if err := w.check(); err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	looks, err := packed(w.Looks)
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
	looks, err := unpacked(v)
	if err != nil {
		return fmt.Errorf("watch: the looks are %w: %w", ErrDamaged, err)
	}
	w.Looks = looks
	return nil
}
