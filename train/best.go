// This file holds KeepBest, which saves the parameters of the best evaluations.

package train

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// KeepBest saves the parameters of the best evaluations into a folder: those of epoch 7 in epoch-007.safetensors, and,
// if Last, those of the last one in last.safetensors. [nn.Params.Load] reads them. In a [Fit] it is a hook,
//
//	best := &train.KeepBest{Dir: "best", Of: model.Params(), Metric: "accuracy", Higher: true, K: 3}
//	fit.Hook = best.Hook
//
// and by hand a line after each evaluation: err := best.Add(epoch, scores.Loss). A figure that is NaN is the worst. Of
// equal ones the earlier is better.
type KeepBest struct {
	Dir    string
	Of     *nn.Params
	Metric string // the figure or metric of the test; "" for its loss
	Higher bool   // a higher figure is better, such as an accuracy
	K      int    // how many are kept; 0 for 1
	Last   bool   // keep the last one, too

	kept []scored // the best first
}

// scored is an epoch with its figure.
type scored struct {
	epoch int
	score float64
}

// Files are the paths of the files that are kept, the best first, without that of the last.
func (b *KeepBest) Files() (paths []string) {
	if b == nil {
		return nil
	}
	for _, s := range b.kept {
		paths = append(paths, b.path(s.epoch))
	}
	return paths
}

func (b *KeepBest) path(epoch int) string {
	return filepath.Join(b.Dir, fmt.Sprintf("epoch-%03d.safetensors", epoch))
}

// Add takes the figure of the evaluation after an epoch, saves the parameters if it is among the best, and then
// removes those that are no longer.
func (b *KeepBest) Add(epoch int, score float64) error {
	if err := b.add(epoch, score); err != nil {
		return fmt.Errorf("keep best: %w", err)
	}
	return nil
}

func (b *KeepBest) add(epoch int, score float64) error {
	if err := b.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(b.Dir, 0o777); err != nil { // less the process's mask
		return err
	}
	if b.Last {
		if err := b.Of.Save(filepath.Join(b.Dir, "last.safetensors")); err != nil {
			return err
		}
	}
	again := func(s scored) bool { return s.epoch == epoch } // after a training was gone on from
	all := append(slices.DeleteFunc(slices.Clone(b.kept), again), scored{epoch, score})
	slices.SortStableFunc(all, func(x, y scored) int {
		sign := 1.
		if b.Higher {
			sign = -1
		}
		isNaN := func(s scored) int {
			if math.IsNaN(s.score) {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(isNaN(x), isNaN(y)), cmp.Compare(sign*x.score, sign*y.score),
			cmp.Compare(x.epoch, y.epoch))
	})
	best := all[:min(len(all), max(b.K, 1))]
	if slices.ContainsFunc(best, again) {
		if err := b.Of.Save(b.path(epoch)); err != nil {
			return err
		}
	}
	b.kept = slices.Clone(best)
	for _, s := range all[len(best):] {
		if err := os.Remove(b.path(s.epoch)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Hook is Add as a hook of a [Fit] that has a Test. Without one it is an error of the first step.
func (b *KeepBest) Hook(now Progress, c *Control) {
	if now.Scores == nil {
		c.Err = c.untested("keep best", now)
		return
	}
	if err := b.check(); err != nil {
		c.Err = fmt.Errorf("keep best: %w", err)
		return
	}
	score, err := now.Scores.figure(b.Metric)
	if err != nil {
		err = fmt.Errorf("keep best: %w", err)
	} else {
		err = b.Add(now.Epoch, score)
	}
	c.Err = err
}

func (b *KeepBest) check() error {
	switch {
	case b == nil:
		return errors.New("the KeepBest is nil")
	case b.Dir == "":
		return errors.New("there is no Dir, the folder of the files")
	case b.Of == nil:
		return errors.New("there is no Of, the parameters to save")
	case b.K < 0:
		return fmt.Errorf("the number K is %d, want at least 1, or 0 for 1", b.K)
	}
	return nil
}

// Keep returns the epochs that are kept, and their figures.
func (b *KeepBest) Keep() (map[string]graph.Tensor, error) {
	if err := b.check(); err != nil {
		return nil, fmt.Errorf("keep best: %w", err)
	}
	epochs, scores := make([]int64, len(b.kept)), make([]float64, len(b.kept))
	for i, s := range b.kept {
		epochs[i], scores[i] = int64(s.epoch), s.score
	}
	if len(b.kept) == 0 {
		return map[string]graph.Tensor{}, nil
	}
	return map[string]graph.Tensor{"epochs": graph.FromInt64(epochs, len(epochs)),
		"scores": graph.FromFloat64(scores, len(scores))}, nil
}

// TakeUp gives back what Keep has returned.
func (b *KeepBest) TakeUp(values map[string]graph.Tensor) error {
	if b == nil {
		return fmt.Errorf("keep best: %w", b.check())
	}
	epochs, scores := values["epochs"], values["scores"]
	if len(epochs.I64) != len(scores.F64) || len(epochs.I64) > max(b.K, 1) {
		return fmt.Errorf("keep best: there are %d epochs and %d figures, want as many, and at most %d",
			len(epochs.I64), len(scores.F64), max(b.K, 1))
	}
	b.kept = nil
	for i, e := range epochs.I64 {
		b.kept = append(b.kept, scored{int(e), scores.F64[i]})
	}
	return nil
}
