// This file holds Fit, the loop over epochs.

package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/stheno-ml/stheno/graph"
)

// Fit trains for a number of epochs and evaluates after each.
type Fit struct {
	Trainer *Trainer
	// Train returns the batches of an epoch, Test those to evaluate on; Test may be nil.
	Train func(epoch int) Pairs
	Test  func() Pairs

	Metrics []Metric
	Epochs  int
	Steps   int // if positive, the most steps in all
	// PerEpoch is the number of steps of an epoch, for the progress that is shown and for the Schedule. If it is 0,
	// it is what the epoch before had; with a Schedule the batches of the first epoch are counted before training, by
	// going through them once.
	PerEpoch int
	// Schedule, if given, returns the share of the learning rate for a step, counted from 0, of so many in all.
	Schedule func(step, steps int) float64
	// Progress, if given, is called after each step and after each evaluation.
	Progress func(Progress)
}

// Progress is how far training is.
type Progress struct {
	Epoch, Epochs int // from 1
	Step, Steps   int // within the epoch, from 1; Steps is 0 while it is not known
	Loss          float64
	MeanLoss      float64 // of the epoch so far, as if its rows were one batch; see Evaluator.Evaluate
	Elapsed       time.Duration
	Scores        *Scores // after the last step of an epoch, if there is a test; the caller's own
}

// Result is what training came to.
type Result struct {
	Epochs, Steps int
	Samples       int
	TrainLoss     float64 // over the last epoch, as if its rows were one batch; with the penalty, if there is one
	Scores        Scores  // of the last evaluation
	Training      time.Duration
}

// Cosine lets the rate fall from all to nothing along half a wave: ½(1 + cos(π·step/steps)). See Loshchilov and
// Hutter 2017, whose restarts it leaves out. After the last step it stays at nothing. It panics when steps < 1.
func Cosine(step, steps int) float64 {
	if steps < 1 {
		panic(fmt.Sprintf("train: Cosine over %d steps, want at least 1", steps))
	}
	return (1 + math.Cos(math.Pi*float64(min(max(step, 0), steps))/float64(steps))) / 2
}

// ErrInterrupted says that the context ended training after a whole step.
var ErrInterrupted = errors.New("training was interrupted")

// Run trains. When the context ends, it finishes the step, evaluates no more, and returns what
// there is with [ErrInterrupted]. A Fit that lacks something, or has numbers that make no sense, is an error.
func (f *Fit) Run(ctx context.Context) (Result, error) {
	if err := f.check(ctx); err != nil {
		return Result{}, fmt.Errorf("fit: %w", err)
	}
	if !f.Trainer.fitting.CompareAndSwap(false, true) {
		return Result{}, errors.New("fit: the Trainer is at work in another Fit")
	}
	defer f.Trainer.fitting.Store(false)
	r := run{Fit: f, rate: f.Trainer.LR, perEpoch: f.PerEpoch}
	defer func() { f.Trainer.LR = r.rate }()
	err := r.epochs(ctx)
	return r.Result, err
}

func (f *Fit) check(ctx context.Context) error {
	switch {
	case f == nil:
		return errors.New("the Fit is nil")
	case ctx == nil:
		return errors.New("the context is nil; context.Background() never ends")
	case f.Trainer == nil:
		return errors.New("there is no Trainer")
	case f.Train == nil:
		return errors.New("there is no Train, which returns the batches of an epoch")
	case f.Epochs < 1:
		return fmt.Errorf("the number of Epochs is %d, want at least 1", f.Epochs)
	case f.Steps < 0:
		return fmt.Errorf("Steps is %d, want at least 1, or 0 for no limit", f.Steps)
	case f.PerEpoch < 0:
		return fmt.Errorf("PerEpoch is %d, want at least 1, or 0 if it is not known", f.PerEpoch)
	}
	if f.Trainer.moments == nil {
		return errors.New("a Trainer comes from New")
	}
	return f.Trainer.check()
}

// run is a Fit under way.
type run struct {
	*Fit
	Result
	rate     float64 // the trainer's
	perEpoch int     // steps of an epoch, 0 if not known
	epoch    int     // from 0
}

func (r *run) epochs(ctx context.Context) (err error) {
	if r.Schedule != nil && r.perEpoch == 0 {
		if r.perEpoch, err = r.count(ctx); err != nil {
			return err
		}
	}
	eval := NewEvaluator(r.Trainer.task, r.Metrics...)
	for r.epoch = range r.Fit.Epochs {
		done, err := r.pass(ctx)
		if err != nil {
			return err
		}
		r.Result.Epochs = r.epoch + 1
		if r.Test != nil {
			if err := r.evaluate(ctx, eval); err != nil {
				return err
			}
		}
		if done {
			break
		}
	}
	return nil
}

// batches are those of an epoch.
func (r *run) batches(epoch int) (Pairs, error) {
	pairs := r.Train(epoch)
	if pairs == nil {
		return nil, fmt.Errorf("fit: Train gives no batches for epoch %d: the sequence is nil", epoch+1)
	}
	return pairs, nil
}

// count goes through the first epoch without training.
func (r *run) count(ctx context.Context) (n int, err error) {
	pairs, err := r.batches(0)
	if err != nil {
		return 0, err
	}
	for range pairs {
		n++
		if ctx.Err() != nil {
			return n, ErrInterrupted
		}
		if r.Fit.Steps > 0 && n >= r.Fit.Steps {
			break
		}
	}
	return n, nil
}

func (r *run) evaluate(ctx context.Context, eval *Evaluator) error {
	test := r.Test()
	if test == nil {
		return fmt.Errorf("evaluation after epoch %d: Test gives no batches: the sequence is nil", r.epoch+1)
	}
	s, err := eval.Evaluate(until(ctx, test))
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	if err != nil {
		return fmt.Errorf("evaluation after epoch %d: %w", r.epoch+1, err)
	}
	r.Scores = s
	if r.Progress != nil {
		own := Scores{s.Loss, maps.Clone(s.Metrics), s.Rows}
		r.Progress(Progress{Epoch: r.epoch + 1, Epochs: r.Fit.Epochs, Step: r.perEpoch, Steps: r.perEpoch,
			MeanLoss: r.TrainLoss,
			Elapsed:  r.Training, Scores: &own})
	}
	return nil
}

// until ends a sequence with the context.
func until(ctx context.Context, pairs Pairs) Pairs {
	return func(yield func(x, y graph.Tensor) bool) {
		for x, y := range pairs {
			if ctx.Err() != nil || !yield(x, y) {
				return
			}
		}
	}
}

// total is the number of steps that training comes to.
func (r *run) total() int {
	n := r.perEpoch
	if n > 0 && r.Fit.Epochs > math.MaxInt/n {
		n = math.MaxInt
	} else {
		n *= r.Fit.Epochs
	}
	if r.Fit.Steps > 0 {
		n = min(n, r.Fit.Steps)
	}
	return max(n, 1)
}

// pass runs one pass over the data and reports whether the limit of steps is reached.
func (r *run) pass(ctx context.Context) (done bool, err error) {
	pairs, err := r.batches(r.epoch)
	if err != nil {
		return false, err
	}
	start, before := time.Now(), r.Training
	defer func() { r.Training = before + time.Since(start) }()
	var mean tally
	n := 0
	for x, y := range pairs {
		if r.Fit.Steps > 0 && r.Result.Steps >= r.Fit.Steps {
			return true, nil
		}
		loss, err := r.step(x, y, &mean)
		if err != nil {
			return false, err
		}
		n++
		if r.TrainLoss, err = mean.mean(); err != nil {
			return false, err
		}
		if r.Progress != nil {
			r.Progress(Progress{Epoch: r.epoch + 1, Epochs: r.Fit.Epochs, Step: n, Steps: r.perEpoch, Loss: loss,
				MeanLoss: r.TrainLoss,
				Elapsed:  before + time.Since(start)})
		}
		if ctx.Err() != nil {
			return false, ErrInterrupted
		}
	}
	if n == 0 {
		return false, fmt.Errorf("train: epoch %d has no batch: there are fewer rows than the batch size", r.epoch+1)
	}
	r.perEpoch = n // what it is, whatever was said
	return r.Fit.Steps > 0 && r.Result.Steps >= r.Fit.Steps, nil
}

// step does one step and adds its loss to the mean.
func (r *run) step(x, y graph.Tensor, mean *tally) (float64, error) {
	t := r.Trainer
	if r.Schedule != nil {
		total := r.total()
		share := r.Schedule(min(r.Result.Steps, total), total)
		if !(share >= 0 && share <= math.MaxFloat64) {
			return 0, fmt.Errorf("fit: the schedule gives %v at step %d of %d, want a number ≥ 0", share,
				r.Result.Steps, total)
		}
		t.LR = r.rate * share
	}
	loss, p, err := t.train(x, y)
	if err != nil {
		return 0, err
	}
	r.Result.Steps++
	r.Samples += rowsOf(x.Type)
	for i, part := range p.parts {
		value := loss
		if len(p.parts) > 1 {
			value = part.Weight * p.prog.Float(part.Value)
		}
		if part.Count == (graph.Node{}) {
			mean.add(i, value, whole)
		} else {
			n := p.prog.Float(part.Count)
			mean.add(i, value*n, n)
		}
	}
	return loss, nil
}
