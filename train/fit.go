// This file holds Fit, the loop over epochs.

package train

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/train/history"
	"github.com/stheno-ml/stheno/train/internal/mean"
)

// Fit trains for a number of epochs and evaluates after each.
type Fit struct {
	Trainer *Trainer
	Train   Source // of batches to train on
	Test    Source // to evaluate on after each epoch; nil for none

	Metrics []Metric
	Epochs  int
	Steps   int // if positive, the most steps in all
	Done    int // epochs of these that were done before, in a training that is gone on from; see Trainer.Save
	// Schedule, if given, returns the share of the learning rate for a step, counted from 0, of so many in all, such
	// as those of package schedule: schedule.Cosine{}.At. With a Checkpoint it is asked for other steps, too.
	Schedule func(step, steps int) float64
	// Progress, if given, is called after each step and after each evaluation.
	Progress func(Progress)
	// Hook, if given, is called after Progress, and may change what the Control holds.
	Hook func(Progress, *Control)
	// Checkpoint, if given, saves the training after some steps, when it ends, and when it is interrupted.
	Checkpoint *Checkpoint
}

// Control is what a hook may change.
type Control struct {
	Rate float64 // the learning rate from the next step on, before the schedule
	Stop bool    // end training: after this step, or with the evaluation that has just been done
	Err  error   // if not nil, end training at once, with this error
}

// Progress is how far training is.
type Progress struct {
	Epoch, Epochs int     // from 1
	Step, Steps   int     // within the epoch, from 1
	LR            float64 // of the step
	Loss          float64
	MeanLoss      float64   // of the epoch so far, as if its rows were one batch; see Evaluator.Evaluate
	Players       []float64 // in a game, the loss of each player in its last turn; the caller's own
	Elapsed       time.Duration
	Scores        *Scores // after the last step of an epoch, if there is a test; the caller's own
	NoTest        bool    // the Fit has no Test, so that Scores never come: for hooks that go by them
}

// Result is what training came to.
type Result struct {
	Epochs, Steps int // with those that were done before
	Samples       int
	// TrainLoss is that over the last epoch, as if its rows were one batch, with the penalty if there is one. An epoch
	// that Steps cuts short counts together with the one before it.
	TrainLoss float64
	Scores    Scores // of the last evaluation
	Training  time.Duration
	History   history.Rows // a row for each epoch; the caller's own
	// Finished says that the training had ended before, so that this Run has taken it up from its [Checkpoint] and
	// trained nothing. It is no error: a process that was killed after the end of training goes on with what follows.
	Finished bool
}

// ErrInterrupted says that the context ended training after a whole step.
var ErrInterrupted = errors.New("training was interrupted")

// Run trains. Each epoch begins with States at zero. A training that was saved at the end of epoch n, in a Hook say,
// is gone on from with Done n, to the same bits. When the context ends, it finishes the step, evaluates no more, and
// returns what there is with [ErrInterrupted]; with a Checkpoint that is saved, too, and one with Resume goes on from
// any step, as if it had not been interrupted. One that has ended is taken up, and the Result says Finished; one of
// other settings is an error, [ErrSettings]. A Fit that lacks something, or has numbers that make no sense, is
// an error.
func (f *Fit) Run(ctx context.Context) (Result, error) {
	if err := f.check(ctx); err != nil {
		return Result{}, fmt.Errorf("fit: %w", err)
	}
	t := f.Trainer
	if !t.fitting.CompareAndSwap(false, true) {
		return Result{}, errors.New("fit: the Trainer is at work in another Fit")
	}
	defer t.fitting.Store(false)
	own := *f // what Progress or Hook changes of f is for the next Run
	r := run{Fit: &own, epoch: own.Done, rate: t.LR}
	r.Result.Steps = own.stepsOf(own.Done)
	if own.Checkpoint != nil {
		r.settings = r.known()
	}
	defer own.Checkpoint.Release()
	if err := r.resume(); err != nil {
		return Result{}, fmt.Errorf("fit: %w", err)
	}
	defer func() { t.LR = r.rate }()
	err := r.epochs(ctx)
	if errors.Is(err, ErrInterrupted) && own.Checkpoint != nil {
		if failed := r.save(); failed != nil {
			err = fmt.Errorf("%w, and what there is was not saved: %w", err, failed)
		}
	}
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
	case isNil(f.Train):
		return errors.New("there is no Train, the source of the batches of an epoch")
	case f.Epochs < 1:
		return fmt.Errorf("the number of Epochs is %d, want at least 1", f.Epochs)
	case f.Steps < 0:
		return fmt.Errorf("Steps is %d, want at least 1, or 0 for no limit", f.Steps)
	case f.Checkpoint != nil && f.Done > 0:
		return fmt.Errorf("%d epochs are Done, but what is done is in the Checkpoint", f.Done)
	case f.Done < 0 || f.Done >= f.Epochs:
		return fmt.Errorf("%d epochs are Done of %d, want fewer, or 0", f.Done, f.Epochs)
	case f.Steps > 0 && f.Steps <= f.stepsOf(f.Done):
		return fmt.Errorf("%d steps are done of %d: none is left", f.stepsOf(f.Done), f.Steps)
	}
	if f.Trainer.moments == nil {
		return errNotNew
	}
	if err := f.Trainer.enter(); err != nil {
		return err
	}
	defer f.Trainer.busy.Store(false)
	if f.Checkpoint != nil {
		if err := f.Checkpoint.check(f.Trainer); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	return f.Trainer.check()
}

// run is a Fit under way.
type run struct {
	*Fit
	Result
	rate  float64   // the trainer's, before the schedule
	lr    float64   // that of the last step, after it
	epoch int       // from 0
	done  int       // steps of the epoch
	means mean.Sums // of the epoch
	whole mean.Sums // of the one before it
	stop  bool
	// closed says that the epoch has been evaluated and has its row, begun that it is gone on from after done steps.
	closed, begun bool
	settings      map[string]string // that a checkpoint is to have, nil without one
}

func (r *run) epochs(ctx context.Context) error {
	eval := NewEvaluator(r.Trainer.task, r.Metrics...)
	for ; !r.ended(); r.next() {
		if err := r.pass(ctx); err != nil {
			return err
		}
		r.Result.Epochs = r.epoch + 1
		row := history.Row{Epoch: r.epoch + 1, Step: r.Result.Steps, LR: r.lr, TrainLoss: r.TrainLoss,
			Seconds: r.Training.Seconds()}
		var err error
		if row.Train, err = r.means.Named(); err != nil {
			return fmt.Errorf("train: %w", err)
		}
		if !isNil(r.Test) {
			if err := r.evaluate(ctx, eval); err != nil {
				return err
			}
			row.TestLoss, row.Test = r.Scores.Loss, maps.Clone(r.Scores.Metrics)
		}
		r.History = append(r.History, row)
		r.closed = true
		if err := r.saveIfDue(r.ended()); err != nil {
			return err
		}
	}
	return r.lengthen()
}

// ended reports that the epoch that is closed is the last.
func (r *run) ended() bool { return r.closed && (r.stop || r.limit() || r.epoch+1 >= r.Fit.Epochs) }

// next goes on from a closed epoch.
func (r *run) next() {
	if r.closed && !r.ended() {
		r.epoch, r.closed = r.epoch+1, false
	}
}

// lengthen takes the loss of an epoch that Steps has cut short together with that of the one before it: by itself it
// may be that of one batch.
func (r *run) lengthen() (err error) {
	if r.done < r.Train.Len() && r.limit() && len(r.whole.Of) == len(r.means.Of) {
		both := r.whole.And(r.means)
		if r.TrainLoss, err = both.Loss(); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	return nil
}

func (r *run) limit() bool { return r.Fit.Steps > 0 && r.Result.Steps >= r.Fit.Steps }

func (r *run) evaluate(ctx context.Context, eval *Evaluator) error {
	s, err := eval.Evaluate(until{ctx, r.Test})
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	if err != nil {
		return fmt.Errorf("evaluation after epoch %d: %w", r.epoch+1, err)
	}
	r.Scores = s
	return r.tell(Progress{MeanLoss: r.TrainLoss, Elapsed: r.Training,
		Scores: &Scores{s.Loss, maps.Clone(s.Metrics), s.Rows}})
}

// tell says where training is, and calls Progress and Hook.
func (r *run) tell(now Progress) error {
	now.Epoch, now.Epochs, now.Step, now.Steps, now.LR = r.epoch+1, r.Fit.Epochs, r.done, r.Train.Len(), r.lr
	now.NoTest = isNil(r.Test)
	if t := r.Trainer; t.isGame() && !t.simultaneous() {
		now.Players = slices.Clone(t.last)
	}
	if r.Progress != nil {
		r.Progress(now)
	}
	if r.Hook == nil {
		return nil
	}
	c := Control{Rate: r.rate}
	r.Hook(now, &c)
	if !(c.Rate >= 0 && c.Rate <= math.MaxFloat64) {
		return fmt.Errorf("fit: the hook sets the learning rate to %v, want a number ≥ 0", c.Rate)
	}
	r.rate, r.stop = c.Rate, r.stop || c.Stop
	return c.Err
}

// until is a source that ends with the context.
type until struct {
	ctx context.Context
	Source
}

func (u until) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	batches := u.Source.Batches(epoch)
	if batches == nil {
		return nil
	}
	return func(yield func([]graph.Tensor) bool) {
		for b := range batches {
			if u.ctx.Err() != nil || !yield(b) {
				return
			}
		}
	}
}

// total is the number of steps that training comes to.
func (r *run) total() int {
	n := r.stepsOf(r.Fit.Epochs)
	if r.Fit.Steps > 0 {
		n = min(n, r.Fit.Steps)
	}
	return max(n, 1)
}

// stepsOf is how many steps so many epochs have; a Len below 0 counts as 0. It leaves room to count on.
func (f *Fit) stepsOf(epochs int) int {
	const most = math.MaxInt / 2
	n := max(f.Train.Len(), 0)
	if n > 0 && epochs > most/n {
		return most
	}
	return n * epochs
}

// pass runs one pass over the data, up to the limit of steps.
func (r *run) pass(ctx context.Context) error {
	batches := r.Train.Batches(r.epoch)
	if batches == nil {
		return fmt.Errorf("fit: Train gives no batches for epoch %d: the sequence is nil", r.epoch+1)
	}
	if err := r.beginEpoch(); err != nil {
		return err
	}
	if r.done > 0 && (r.stop || r.limit()) {
		return nil
	}
	start, before := time.Now(), r.Training
	defer func() { r.Training = before + time.Since(start) }()
	n, done := 0, r.done
	for batch := range batches {
		if n++; n <= done {
			continue
		}
		loss, err := r.step(batch)
		if err != nil {
			return err
		}
		r.done++
		if r.TrainLoss, err = r.means.Loss(); err != nil {
			return fmt.Errorf("train: %w", err)
		}
		r.Training = before + time.Since(start)
		if err := r.tell(Progress{Loss: loss, MeanLoss: r.TrainLoss, Elapsed: r.Training}); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ErrInterrupted
		}
		if err := r.saveIfDue(false); err != nil {
			return err
		}
		if r.stop || r.limit() {
			return nil
		}
	}
	switch {
	case r.done == 0:
		return fmt.Errorf("train: epoch %d has no batch: there are fewer rows than the batch size", r.epoch+1)
	case n < done:
		return fmt.Errorf("train: epoch %d has %d batches, and the checkpoint is after step %d of it: the data have "+
			"changed", r.epoch+1, n, done)
	}
	return nil
}

// beginEpoch sets what an epoch begins with, unless it is gone on from.
func (r *run) beginEpoch() error {
	if r.begun {
		r.begun = false
		return nil
	}
	r.whole, r.means, r.done = r.means, mean.Sums{}, 0
	return r.Trainer.Reset()
}

// step does one step and adds what it reports to the means.
func (r *run) step(batch []graph.Tensor) (float64, error) {
	t := r.Trainer
	r.lr = r.rate
	if r.Schedule != nil {
		total := r.total()
		share := r.Schedule(min(r.Result.Steps, total), total)
		if !(share >= 0 && share <= math.MaxFloat64) {
			return 0, fmt.Errorf("fit: the schedule gives %v at step %d of %d, want a number ≥ 0", share,
				r.Result.Steps, total)
		}
		r.lr *= share
	}
	t.LR = r.lr
	loss, err := t.train(batch, &r.means, runProgram)
	t.LR = r.rate // for a Hook that saves
	if err != nil {
		return 0, err
	}
	r.Result.Steps++
	r.Samples += rowsOf(batch[0].Type)
	return loss, nil
}
