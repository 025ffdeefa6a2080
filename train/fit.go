// This file holds Fit, the loop over epochs.

package train

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	// Schedule, if given, returns the share of the learning rate for a step, counted from 0, of so many in all.
	Schedule func(step, steps int) float64
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

// Cosine lets the rate fall from all to nothing along half a wave: ½(1 + cos(π·step/steps)). See Loshchilov and
// Hutter 2017, whose restarts it leaves out.
func Cosine(step, steps int) float64 { return (1 + math.Cos(math.Pi*float64(step)/float64(steps))) / 2 }

// ErrInterrupted says that the context ended training after a whole step.
var ErrInterrupted = errors.New("training was interrupted")

// Run trains. When the context ends, it finishes the step, evaluates no more, and returns what
// there is with [ErrInterrupted].
func (f *Fit) Run(ctx context.Context) (Result, error) {
	var r Result
	rate := f.Trainer.LR
	defer func() { f.Trainer.LR = rate }()
	eval := NewEvaluator(f.Trainer.task, f.Metrics...)
	for epoch := range f.Epochs {
		done, err := f.epoch(ctx, epoch, rate, &r)
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

// total is the number of steps that training comes to.
func (f *Fit) total() int {
	n := max(f.Epochs*f.PerEpoch, 1)
	if f.Steps > 0 {
		n = min(n, f.Steps)
	}
	return n
}

// epoch runs one pass over the data and reports whether the limit of steps is reached.
func (f *Fit) epoch(ctx context.Context, epoch int, rate float64, r *Result) (done bool, err error) {
	start, before := time.Now(), r.Training
	defer func() { r.Training = before + time.Since(start) }()
	sum, n := 0.0, 0
	for x, y := range f.Train(epoch) {
		if f.Steps > 0 && r.Steps >= f.Steps {
			return true, nil
		}
		if f.Schedule != nil {
			f.Trainer.LR = rate * f.Schedule(r.Steps, f.total())
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
