// This file holds cross-validation of models that learn from the rows of tables.

package recipe

import (
	"context"
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/metrics"
)

// CrossValidation is what a cross-validation is to do.
type CrossValidation struct {
	Folds int
	Seed  uint64 // of folds, initial values and order
	// Progress, if given, is told of each fold that is done, from 1, how often the model was right on its test part.
	Progress func(fold int, accuracy float64, changes table.Report)
}

// CrossValidated is what a cross-validation came to.
type CrossValidated struct {
	Accuracies      []float64 // of the test part of each fold
	Mean, Deviation float64   // of these; the deviation of the whole: its square is Σ(a-mean)²/folds
	Confusion       *metrics.Confusion
}

// CrossValidate lets a new model learn from each fold of a table, as the row says of tables, and tests it with the
// rest of the rows. Classes are balanced, if they are, among the rows that are learnt from alone. It is an error if
// the row says nothing of tables, if the target is no class, or if there are too few rows for so many folds.
func (r Recipe) CrossValidate(ctx context.Context, f table.Frame, o CrossValidation) (CrossValidated, error) {
	if r.Tables == nil {
		return CrossValidated{}, fmt.Errorf("%s takes no tables", r.Name)
	}
	if f.Classes == nil {
		return CrossValidated{}, fmt.Errorf("%s: %s is a number, and %s tells classes", f.Name, f.Target, r.Name)
	}
	r = r.Tabular()
	folds, err := f.Folds(o.Folds, o.Seed)
	if err != nil {
		return CrossValidated{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	var all CrossValidated
	key := rng.Key(o.Seed, rng.HashString("recipe.crossval"))
	for i, fold := range folds {
		t, err := f.Table(fold.Train, fold.Test)
		if err != nil {
			return CrossValidated{}, err
		}
		c, err := r.fold(ctx, t.Standardize(), key.Sub(uint64(i)).Uint64(0))
		if err != nil {
			return CrossValidated{}, fmt.Errorf("%s: fold %d: %w", r.Name, i+1, err)
		}
		if err := all.add(c); err != nil {
			return CrossValidated{}, err
		}
		if o.Progress != nil {
			o.Progress(i+1, c.Accuracy(), t.Changes)
		}
	}
	all.Mean, all.Deviation = meanAndDeviation(all.Accuracies)
	return all, nil
}

// add adds a fold.
func (v *CrossValidated) add(c *metrics.Confusion) error {
	v.Accuracies = append(v.Accuracies, c.Accuracy())
	if v.Confusion == nil {
		v.Confusion = c
		return nil
	}
	return v.Confusion.Add(c)
}

func meanAndDeviation(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / float64(len(x)))
}

// fold lets a new model learn from the training part of a table that is standardised, and counts what it takes the
// test part for.
func (r Recipe) fold(ctx context.Context, t table.Table, seed uint64) (*metrics.Confusion, error) {
	m, err := r.learnTable(ctx, t, seed)
	if err != nil {
		return nil, err
	}
	logits, err := nn.NewPredictor(m).Predict(t.Test.X)
	if err != nil {
		return nil, err
	}
	predicted, err := metrics.Largest(logits.F32, len(t.Classes))
	if err != nil {
		return nil, err
	}
	c, err := metrics.Confuse(t.Test.Y.I64, predicted, len(t.Classes))
	if err != nil {
		return nil, err
	}
	c.Names = t.Classes
	return c, nil
}

// learnTable is a new model that has learnt from the training part.
func (r Recipe) learnTable(ctx context.Context, t table.Table, seed uint64) (*kind.Model, error) {
	set, err := r.Kind.(kinds.Tabular).SetOf(t.Name, kind.TableForm{Columns: t.Columns()}, t.Train, t.Test, t.Changes)
	if err != nil {
		return nil, err
	}
	if err := r.Fits(set.Form); err != nil {
		return nil, err
	}
	m := r.New(set.Form)
	m.Params().Init(seed)
	trainer, err := r.Trainer(m, r.Optimizer, r.LR)
	if err != nil {
		return nil, err
	}
	trainer.Seed = seed
	source := set.Train(r.Batch, seed)
	fit := train.Fit{Trainer: trainer, Train: source, Epochs: 1 + (r.Steps-1)/source.Len(), Steps: r.Steps,
		Schedule: r.Schedule}
	_, err = fit.Run(ctx)
	return m, err
}
