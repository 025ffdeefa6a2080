// This file holds LearnTable, which learns the classes of a table, and what it is made of.

package outside

import (
	"context"
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Standardize is a layer that takes the mean off each feature and divides by its deviation. Both are saved with the
// model, so that whoever has the weights asks it in the units of the table.
type Standardize struct {
	Mean, Deviation *graph.Param // (features)
	scope           *nn.Scope
}

// NewStandardize makes the layer, which changes nothing until its numbers are set.
func NewStandardize(s *nn.Scope, features int) *Standardize {
	return &Standardize{s.Buffer("mean", nn.Zeros, features), s.Buffer("deviation", nn.Ones, features), s}
}

// Forward keeps the shape of x (N, features).
func (l *Standardize) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer l.scope.Open(g)()
	return ops.Div(ops.Sub(x, g.Param(l.Mean)), g.Param(l.Deviation))
}

// NewTableModel makes a model that maps rows (N, features) as the file has them to the scores of classes (N, classes).
func NewTableModel(features, classes int) *nn.Sequential {
	return nn.NewSequential(nn.NewScope(),
		func(s *nn.Scope) nn.Module { return NewStandardize(s, features) },
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, features, 16) },
		nn.Func(ops.ReLU).Make,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 16, classes) })
}

// Patience is a hook that ends training when the loss of the test has not been the least for so many epochs. It saves
// the weights whenever it is.
type Patience struct {
	Epochs int
	Save   func() error

	Best int   // the epoch of the least loss
	Err  error // what Save returned

	least float64
}

// Hook is for train.Fit.
func (p *Patience) Hook(now train.Progress, c *train.Control) {
	switch {
	case now.Scores == nil: // a step, and not the end of an epoch
	case p.Best == 0 || now.Scores.Loss < p.least:
		p.Best, p.least = now.Epoch, now.Scores.Loss
		p.Err = p.Save()
		c.Stop = p.Err != nil
	default:
		c.Stop = now.Epoch-p.Best >= p.Epochs
	}
}

// Learned is what LearnTable comes to.
type Learned struct {
	Epochs, Best int     // how many there were, and which one the weights are of
	Accuracy     float64 // on the test part, by which nothing was chosen
}

// LearnTable learns the classes of a table and saves the weights to path. A fifth of the training part is held out to
// end training: by its loss the best epoch is found.
func LearnTable(ctx context.Context, t table.Table, path string) (Learned, error) {
	if len(t.Classes) == 0 {
		return Learned{}, fmt.Errorf("%s: the target %q is a number, want a class", t.Name, t.Target)
	}
	model := NewTableModel(len(t.Features), len(t.Classes))
	learn, watch := t.Train.Divide(.8, 1)
	scale, layer := t.Standardize(), model.Layers[0].(*Standardize)
	for j := range t.Features {
		layer.Mean.Tensor().F32[j] = float32(scale.Mean[j])
		layer.Deviation.Tensor().F32[j] = float32(scale.Deviation[j])
	}
	task := train.Supervised(model, ops.CrossEntropy)
	patience := Patience{Epochs: 5, Save: func() error { return model.Params().Save(path) }}
	fit := train.Fit{
		Trainer: train.New(task, &train.Adam{LR: .02}),
		Train:   learn.Shuffled(32),
		Test:    watch.Ordered(256),
		Epochs:  1000, // patience ends it long before
		Hook:    patience.Hook,
	}
	result, err := fit.Run(ctx)
	if err := errors.Join(err, patience.Err); err != nil {
		return Learned{}, err
	}
	if err := model.Params().Load(path); err != nil {
		return Learned{}, err
	}
	scores, err := train.NewEvaluator(task, train.Accuracy()).Evaluate(t.Test.Ordered(256))
	return Learned{result.Epochs, patience.Best, scores.Metrics["accuracy"]}, err
}
