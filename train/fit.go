// This file holds Fit, the loop over epochs.

package train

import (
	"context"
	"errors"
	"fmt"
	"time"
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
	// PerEpoch is the number of steps of an epoch, for the progress that is shown.
	PerEpoch int
	// Progress, if given, is called after each step and after each evaluation.
	Progress func(Progress)
}

// Progress is how far training is.
type Progress struct {
	Epoch, Epochs int // from 1
	Step, Steps   int // within the epoch, from 1
	Loss          float64
	MeanLoss      float64 // of the epoch so far
	Elapsed       time.Duration
	Scores        *Scores // after the last step of an epoch, if there is a test
}

// Result is what training came to.
type Result struct {
	Epochs, Steps int
	Samples       int
	TrainLoss     float64 // mean over the last epoch
	Scores        Scores  // of the last evaluation
	Training      time.Duration
}

// ErrInterrupted says that the context ended training after a whole step.
var ErrInterrupted = errors.New("training was interrupted")

// Run trains. When the context ends, it finishes the step, evaluates no more, and returns what
// there is with [ErrInterrupted].
func (f *Fit) Run(ctx context.Context) (Result, error) {
	var r Result
	eval := NewEvaluator(f.Trainer.task, f.Metrics...)
	for epoch := range f.Epochs {
		done, err := f.epoch(ctx, epoch, &r)
		if err != nil {
			return r, err
		}
		r.Epochs = epoch + 1
		if f.Test != nil {
			if r.Scores, err = eval.Evaluate(f.Test()); err != nil {
				return r, fmt.Errorf("evaluation after epoch %d: %w", epoch+1, err)
			}
		}
		if f.Progress != nil {
			f.Progress(Progress{Epoch: epoch + 1, Epochs: f.Epochs, Step: f.PerEpoch, Steps: f.PerEpoch, MeanLoss: r.TrainLoss,
				Elapsed: r.Training, Scores: &r.Scores})
		}
		if done {
			break
		}
	}
	return r, nil
}

// epoch runs one pass over the data and reports whether the limit of steps is reached.
func (f *Fit) epoch(ctx context.Context, epoch int, r *Result) (done bool, err error) {
	start, before := time.Now(), r.Training
	defer func() { r.Training = before + time.Since(start) }()
	sum, n := 0.0, 0
	for x, y := range f.Train(epoch) {
		if f.Steps > 0 && r.Steps >= f.Steps {
			return true, nil
		}
		loss, err := f.Trainer.Step(x, y)
		if err != nil {
			return false, err
		}
		sum += loss
		n++
		r.Steps++
		r.Samples += x.Shape[0]
		r.TrainLoss = sum / float64(n)
		if f.Progress != nil {
			f.Progress(Progress{Epoch: epoch + 1, Epochs: f.Epochs, Step: n, Steps: f.PerEpoch, Loss: loss, MeanLoss: r.TrainLoss,
				Elapsed: before + time.Since(start)})
		}
		if ctx.Err() != nil {
			return false, ErrInterrupted
		}
	}
	if n == 0 {
		return false, fmt.Errorf("train: epoch %d has no batch: there are fewer rows than the batch size", epoch+1)
	}
	return f.Steps > 0 && r.Steps >= f.Steps, nil
}
