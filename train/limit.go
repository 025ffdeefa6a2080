// This file holds Limit, Overfit and DryRun, which try a training on little.

package train

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// Limit is the first n batches of each epoch of a source; it panics when n < 1, or there is no source.
func Limit(source Source, n int) Source {
	if n < 1 || isNil(source) {
		panic(fmt.Sprintf("train: Limit of %d batches of %T, want a source, and at least 1", n, source))
	}
	return limited{source, n}
}

type limited struct {
	Source
	n int
}

func (l limited) Len() int { return min(l.n, l.Source.Len()) }

func (l limited) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	batches := l.Source.Batches(epoch)
	if batches == nil {
		return nil
	}
	return func(yield func([]graph.Tensor) bool) {
		n := 0
		for b := range batches {
			if n++; !yield(b) || n == l.n {
				return
			}
		}
	}
}

// OverfitBatches is the first n batches of a source's first epoch, the same in each epoch: a model that can learn at
// all can learn them by heart, and one that does not has a mistake in it. They are copied. It panics as Limit does.
func OverfitBatches(source Source, n int) Source {
	var all [][]graph.Tensor
	if batches := Limit(source, n).Batches(0); batches != nil {
		for b := range batches {
			all = append(all, cloneBatch(b))
		}
	}
	return Fixed(all...)
}

// cloneBatch copies tensors, whose memory a source may use again.
func cloneBatch(batch []graph.Tensor) []graph.Tensor {
	all := slices.Clone(batch)
	for i, t := range batch {
		all[i].F32, all[i].F64, all[i].I64 = slices.Clone(t.F32), slices.Clone(t.F64), slices.Clone(t.I64)
	}
	return all
}

// DryRun does one step of training and an evaluation of one batch, and leaves no trace: parameters, moments, running
// statistics, averages and the count of steps are the same bytes afterwards, and neither Progress nor Hook is called.
// What would fail after the first epoch fails at once: a shape, a metric, memory that is too small.
func (f *Fit) DryRun(ctx context.Context) error {
	if err := f.check(ctx); err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	one := Limit(f.Train, 1).Batches(f.Done)
	if one == nil {
		return errors.New("dry run: Train gives no batches: the sequence is nil")
	}
	twin, before := f.Trainer.twin(), snapshot{}
	defer before.restore()
	n := 0
	for batch := range one {
		n++
		if err := before.take(twin, batch); err != nil {
			return err
		}
		if _, err := twin.Step(batch...); err != nil {
			return err
		}
	}
	if n == 0 {
		return errors.New("dry run: Train has no batch: there are fewer rows than the batch size")
	}
	if isNil(f.Test) {
		return nil
	}
	_, err := NewEvaluator(twin.task, f.Metrics...).Evaluate(until{ctx, Limit(f.Test, 1)})
	return err
}

// twin is a trainer of the same task and optimisers that has done no step: its moments are its own, and it adds to no
// averages.
func (t *Trainer) twin() *Trainer {
	twin := &Trainer{LR: t.LR, ClipNorm: t.ClipNorm, ClipValue: t.ClipValue, Seed: t.Seed, Compile: t.Compile,
		Accumulate: t.Accumulate, sums: map[*graph.Param]*graph.Param{}, task: t.task,
		players: slices.Clone(t.players), moments: map[momentKey]*graph.Param{},
		last: make([]float64, len(t.last))}
	for i := range twin.players {
		twin.players[i].Average = nil
	}
	return twin
}

// snapshot are the values of parameters before a twin's steps.
type snapshot map[*graph.Param]graph.Tensor

// take copies the values of the parameters that the step of a batch has and that were not copied before.
func (s snapshot) take(t *Trainer, batch []graph.Tensor) error {
	if err := t.checkBatch(batch); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	p, err := t.program(typesOf(batch))
	if err != nil {
		return err
	}
	own := t.own()
	for _, param := range p.params {
		if _, taken := s[param]; taken || own[param] {
			continue
		}
		v := graph.NewTensor(param.Type())
		v.CopyFrom(param.Tensor())
		s[param] = v
	}
	return nil
}

// own are the parameters that belong to the trainer: moments, and sums of gradients.
func (t *Trainer) own() map[*graph.Param]bool {
	own := map[*graph.Param]bool{}
	for _, m := range t.moments {
		own[m] = true
	}
	for _, sum := range t.sums {
		own[sum] = true
	}
	return own
}

// restore gives the parameters their values back.
func (s snapshot) restore() {
	for p, v := range s {
		p.Tensor().CopyFrom(v)
	}
}
