// This file holds RangeTest, which looks for a learning rate.

package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/train/internal/checkpoint"
)

// RangeOptions are those of [RangeTest].
type RangeOptions struct {
	From, To float64 // the first rate and the last; 0 for 1e-7 and 10
	Steps    int     // from one to the other; 0 for 100
}

// Range is what a range test has measured.
type Range struct {
	Rates    []float64 // of each step
	Losses   []float64 // before the update of each step
	Smoothed []float64 // the running mean of the losses
	// Suggestion is the rate where the smoothed loss falls most steeply, 0 where it falls nowhere.
	Suggestion float64
}

// The constants of the range test: the weight of a new loss in the running mean, how many times the least loss ends
// it, and how many steps at its beginning and its end no suggestion comes from, as pytorch-lr-finder has them.
const (
	rangeWeight           = .05
	rangeDiverged         = 5
	rangeHead, rangeLeave = 10, 5
)

// RangeTest lets a trainer's task learn while the rate rises, each step by the same factor,
//
//	rate[i] = From·(To/From)^(i/(Steps-1))        smoothed[i] = 0.05·loss + 0.95·smoothed[i-1]
//
// until the smoothed loss is five times its least value, or not finite, or the steps are done. A good rate is somewhat
// below where the loss begins to rise; the suggestion is the rate of its steepest fall. See Smith, "Cyclical learning
// rates for training neural networks", WACV 2017, section 3.3.
//
// It leaves no trace: it has moments of its own, begins to count at step 1, and in the end the parameters and the
// running statistics have the bytes that they had. The trainer's moments, averages, rate and count of steps are not
// touched. A game's players have rates in proportion, as in training. When the context ends, it is [ErrInterrupted].
func RangeTest(ctx context.Context, t *Trainer, source Source, o RangeOptions) (*Range, error) {
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("range test: %w", err)
	}
	if err := (&Fit{Trainer: t, Train: source, Epochs: 1}).check(ctx); err != nil {
		return nil, fmt.Errorf("range test: %w", err)
	}
	twin, before := t.twin(), snapshot{}
	defer before.restore()
	r := &Range{}
	for epoch := 0; len(r.Rates) < o.Steps; epoch++ {
		done, err := r.epoch(ctx, twin, before, source, epoch, o)
		if err != nil {
			return nil, err
		}
		if done {
			break
		}
	}
	r.suggest()
	return r, nil
}

// complete sets the usual values, and reports what makes no sense.
func (o *RangeOptions) complete() error {
	for _, d := range []struct {
		v     *float64
		usual float64
	}{{&o.From, 1e-7}, {&o.To, 10}} {
		if *d.v == 0 {
			*d.v = d.usual
		}
	}
	if o.Steps == 0 {
		o.Steps = 100
	}
	if !(o.From > 0 && o.From < o.To && o.To <= math.MaxFloat32) {
		return fmt.Errorf("the rates go from %v to %v, want positive numbers, the first below the last", o.From, o.To)
	}
	if o.Steps < 2 || int64(o.Steps) > checkpoint.MostSteps {
		return fmt.Errorf("Steps is %d, want at least 2, or 0 for 100", o.Steps)
	}
	return nil
}

// epoch does the steps of an epoch, and reports that the test is done.
func (r *Range) epoch(ctx context.Context, t *Trainer, before snapshot, source Source, epoch int,
	o RangeOptions) (done bool, err error) {
	batches := source.Batches(epoch)
	if batches == nil {
		return true, errors.New("range test: the source gives no batches: the sequence is nil")
	}
	if err := t.Reset(); err != nil {
		return true, err
	}
	n := 0
	for batch := range batches {
		if n++; ctx.Err() != nil {
			return true, ErrInterrupted
		}
		if err := before.take(t, batch); err != nil {
			return true, err
		}
		i := len(r.Rates)
		t.LR = o.From * math.Pow(o.To/o.From, float64(i)/float64(o.Steps-1))
		loss, err := t.Step(batch...)
		if notFinite := (*graph.NonFiniteError)(nil); errors.As(err, &notFinite) && i > 0 {
			return true, nil
		}
		if err != nil {
			return true, err
		}
		if r.add(t.LR, loss) || len(r.Rates) == o.Steps {
			return true, nil
		}
	}
	if n == 0 {
		return true, errors.New("range test: the source has no batch: there are fewer rows than the batch size")
	}
	return false, nil
}

// add takes a step, and reports that the loss has grown too large.
func (r *Range) add(rate, loss float64) (diverged bool) {
	smoothed, least := loss, loss
	if n := len(r.Smoothed); n > 0 {
		smoothed = rangeWeight*loss + (1-rangeWeight)*r.Smoothed[n-1]
		least = smoothed
		for _, v := range r.Smoothed {
			least = min(least, v)
		}
	}
	r.Rates, r.Losses, r.Smoothed = append(r.Rates, rate), append(r.Losses, loss), append(r.Smoothed, smoothed)
	return smoothed-least > (rangeDiverged-1)*math.Abs(least)
}

// suggest finds the steepest fall by central differences, over the steps but for the first and the last ones, if there
// are as many.
func (r *Range) suggest() {
	from, to := 1, len(r.Smoothed)-1
	if to-from > 2*(rangeHead+rangeLeave) {
		from, to = rangeHead, len(r.Smoothed)-rangeLeave
	}
	steepest := 0.
	for i := from; i < to; i++ {
		if slope := (r.Smoothed[i+1] - r.Smoothed[i-1]) / 2; slope < steepest {
			steepest, r.Suggestion = slope, r.Rates[i]
		}
	}
}
