// This file holds Plateau, which reduces the rate where a figure has stopped to get better.

package schedule

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// Plateau reduces the rate where a figure, such as the loss on what is held out, has not got better for more than
// Patience times in a row:
//
//	better: figure < best·(1 - Threshold)      with Most: figure > best·(1 + Threshold)
//	share ← max(Factor·share, Min)             and then Cooldown figures do not count as worse
//
// It is PyTorch's ReduceLROnPlateau, whose usual values are Factor 0.1, Patience 10 and Threshold 1e-4. Unlike
// PyTorch's, a relative threshold of a negative best is of its absolute value. In a loop of one's own:
//
//	plateau := schedule.Plateau{Patience: 3}
//	for epoch := range epochs {
//		…
//		trainer.LR = .1 * plateau.Next(scores.Loss)
//	}
//
// and in a Fit it is called in the Hook, which sets Control.Rate.
type Plateau struct {
	Most      bool    // the figure is better the greater it is, as an accuracy; otherwise the smaller it is
	Factor    float64 // 0 for 0.1
	Patience  int     // how many figures that are no better are let pass
	Threshold float64 // by what part of the best figure a better one differs; 0 for any difference
	Absolute  bool    // the Threshold is a difference, and no part
	Cooldown  int
	Min       float64 // of the share

	Now PlateauState // what it has come to; the zero value to begin with
}

// PlateauState is what a [Plateau] has come to, to be saved with a training, and set when it is gone on from.
type PlateauState struct {
	Seen    int     // figures
	Found   bool    // one of them was finite
	Best    float64 // of those that were
	Bad     int     // figures in a row that were no better
	Cooling int     // figures that are still not to count as worse
	Reduced int     // times
}

// Next takes a figure, and returns the share of the rate from now on. A figure that is not finite is no better.
// The share is NaN where Check reports an error.
func (p *Plateau) Next(figure float64) float64 {
	if p.Check() != nil {
		return math.NaN()
	}
	now := &p.Now
	now.Seen++
	if p.better(figure) {
		now.Found, now.Best, now.Bad = true, figure, 0
	} else {
		now.Bad++
	}
	if now.Cooling > 0 {
		now.Cooling--
		now.Bad = 0
	}
	if now.Bad > p.Patience {
		now.Reduced++
		now.Cooling, now.Bad = p.Cooldown, 0
	}
	return p.Share()
}

// Share is the share of the rate after the figures so far, 1 before the first.
func (p *Plateau) Share() float64 {
	if p.Check() != nil {
		return math.NaN()
	}
	return min(1, max(math.Pow(orUsual(p.Factor, .1), float64(p.Now.Reduced)), p.Min))
}

// better reports a figure that is better than the best before it.
func (p *Plateau) better(figure float64) bool {
	best, by := p.Now.Best, p.Threshold
	if !p.Absolute {
		by *= math.Abs(best)
	}
	switch {
	case math.IsNaN(figure) || math.IsInf(figure, 0):
		return false
	case !p.Now.Found:
		return true
	case p.Most:
		return figure > best+by
	}
	return figure < best-by
}

// Keep returns Now as tensors: a Plateau is a [train.Keeper], which a [train.Checkpoint] saves with the rest.
func (p *Plateau) Keep() (map[string]graph.Tensor, error) {
	if p == nil {
		return nil, errors.New("there is no Plateau")
	}
	now, found := p.Now, int64(0)
	if now.Found {
		found = 1
	}
	counts := []int64{int64(now.Seen), found, int64(now.Bad), int64(now.Cooling), int64(now.Reduced)}
	return map[string]graph.Tensor{"counts": graph.FromInt64(counts, len(counts)),
		"best": graph.FromFloat64([]float64{now.Best})}, nil
}

// TakeUp sets Now to what Keep has returned.
func (p *Plateau) TakeUp(values map[string]graph.Tensor) error {
	counts, best := values["counts"].I64, values["best"].F64
	switch {
	case p == nil:
		return errors.New("there is no Plateau")
	case len(counts) != 5 || len(best) != 1:
		return fmt.Errorf("plateau: there are %d counts and %d figures, want 5 and 1", len(counts), len(best))
	case slices.Min(counts) < 0 || counts[1] > 1:
		return fmt.Errorf("plateau: the counts are %v, want none below 0, and the second 0 or 1", counts)
	}
	p.Now = PlateauState{Seen: int(counts[0]), Found: counts[1] == 1, Best: best[0], Bad: int(counts[2]),
		Cooling: int(counts[3]), Reduced: int(counts[4])}
	return nil
}

// Check reports fields that make no sense.
func (p *Plateau) Check() error {
	switch {
	case p == nil:
		return errors.New("there is no Plateau")
	case p.Patience < 0:
		return fmt.Errorf("the Patience is %d, want it not negative", p.Patience)
	case p.Cooldown < 0:
		return fmt.Errorf("the Cooldown is %d, want it not negative", p.Cooldown)
	}
	return checkAll(rule{"Factor", p.Factor, p.Factor >= 0 && p.Factor < 1, "a number in (0, 1), or 0 for 0.1"},
		finite("Threshold", p.Threshold), share("Min", p.Min))
}
