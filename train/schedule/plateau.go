// This file holds Plateau, which reduces the rate when a figure stops improving.

package schedule

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// Plateau reduces the rate when a figure, such as the loss on held-out data, has not improved more than Patience times
// in a row:
//
//	better: figure < best·(1 - Threshold)      with Most: figure > best·(1 + Threshold)
//	share ← max(Factor·share, Min)             then the next Cooldown figures do not count as bad
//
// It is PyTorch's ReduceLROnPlateau, whose default values are Factor 0.1, Patience 10 and Threshold 1e-4. Unlike in
// PyTorch, a relative threshold is a part of the absolute value of best. In your own loop:
//
//	plateau := schedule.Plateau{Patience: 3}
//	for epoch := range epochs {
//		…
//		trainer.LR = .1 * plateau.Next(scores.Loss)
//	}
//
// In a Fit, call Next in the Hook and set Control.Rate.
type Plateau struct {
	Most      bool    // a greater figure is better, such as an accuracy; otherwise a smaller one
	Factor    float64 // 0 for 0.1
	Patience  int     // how many figures in a row may be bad before a reduction
	Threshold float64 // by what part of the best figure a better one must differ; 0 for any difference
	Absolute  bool    // the Threshold is a difference, not a part
	Cooldown  int
	Min       float64 // of the share

	Now PlateauState // the state; the zero value at the beginning
}

// PlateauState is the state of a [Plateau]. It is saved with a training, and set again when the training goes on.
type PlateauState struct {
	Seen    int     // how many figures
	Found   bool    // one of the figures was finite
	Best    float64 // the best of the finite figures
	Bad     int     // figures in a row that were no better than Best
	Cooling int     // how many of the next figures do not count as bad
	Reduced int     // how often the share was reduced
}

// Next takes a figure, and returns the share of the rate from now on. A figure that is not finite counts as bad. The
// share is NaN if Check reports an error.
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

// Keep returns Now as tensors. A Plateau is a [train.Keeper]: a [train.Checkpoint] saves it with the rest.
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
