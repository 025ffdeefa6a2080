package train_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/schedule"
)

// ruler is a model that is its own task: a straight line through points, with the number of points that it hits.
type ruler struct {
	line  *nn.Linear
	scope *nn.Scope
}

func newRuler() *ruler {
	s := nn.NewScope()
	return &ruler{nn.NewLinear(s.Sub("line"), 1, 1), s}
}

func (m *ruler) Params() *nn.Params                    { return m.scope.Params() }
func (m *ruler) Forward(x graph.Node) graph.Node       { return m.line.Forward(x) }
func (m *ruler) Inputs() []string                      { return []string{"at", "height"} }
func (m *ruler) within(d, limit graph.Node) graph.Node { return ops.Sum(ops.Less(ops.Abs(d), limit)) }

func (m *ruler) Build(batch ...graph.Node) train.Outcome {
	x, y := batch[0], batch[1] // (N, 1)
	pred := m.Forward(x)       // (N, 1)
	hits := m.within(ops.Sub(pred, y), x.Graph().Scalar(.1))
	return train.Outcome{
		Loss:   ops.MSE(pred, y),
		Pred:   pred,
		Report: []train.Figure{{Name: "hits", Sum: hits}}, // of all rows
	}
}

// A model may be its own task: it builds the loss, what metrics score, and figures that are reported beside the loss.
func ExampleTask() {
	x, y := line()
	model := newRuler()
	fit := train.Fit{Trainer: train.New(model, &train.SGD{LR: .1}), Train: once(x, y), Test: once(x, y), Epochs: 300}
	r, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	first, last := r.History[0], r.History[len(r.History)-1]
	fmt.Printf("hits after one epoch %.2f, after %d epochs %.2f\n", first.Test["hits"], last.Epoch, last.Test["hits"])
	_, err = fit.Trainer.Step(x)
	fmt.Println(err)
	// Output:
	// hits after one epoch 0.25, after 300 epochs 1.00
	// train: the batch has 1 tensor, the task takes 2: [at height]
}

// A function of the batch to a loss is a task. This batch has three tensors: the third says how much a point counts.
func ExampleTaskFunc() {
	x, y := line()
	y.F32[3] = 100                                           // an outlier
	weight := graph.FromFloat32([]float32{1, 1, 1, 0}, 4, 1) // that does not count
	model := mlp.New(1, 1)
	trainer := train.New(train.TaskFunc(func(b ...graph.Node) graph.Node {
		return ops.Mean(ops.Mul(b[2], ops.Square(ops.Sub(model.Forward(b[0]), b[1]))))
	}), &train.SGD{LR: .1})
	for range 500 {
		if _, err := trainer.Step(x, y, weight); err != nil {
			log.Fatal(err)
		}
	}
	l := model.Layers[0]
	fmt.Printf("%.2f x + %.2f\n", l.Weight.Tensor().At(0), l.Bias.Tensor().At(0))
	// Output: 2.00 x + 1.00
}

// counted is a task of sequences (N, T) that end at different places: its figure is the mean of the numbers before the
// ends, whose count is another in every batch.
type counted struct{ p *graph.Param }

func (t counted) Build(batch ...graph.Node) train.Outcome {
	x, mask := batch[0], batch[1] // both (N, T), the mask 1 before the end and 0 behind it
	y := ops.Mul(ops.Mul(x, x.Graph().Param(t.p)), mask)
	return train.Outcome{
		Loss:   ops.Mean(ops.Square(y)),
		Report: []train.Figure{{Name: "mean", Sum: ops.Sum(y), Count: ops.Sum(mask)}},
	}
}

// A figure of several batches is the sum of all sums by the sum of all counts: 1, 2, 3 and 10 have the mean 4, and not
// that of the means 2 and 10.
func ExampleFigure() {
	p := graph.NewParam("p", graph.Type{})
	p.Tensor().F32[0] = 1
	matrix := func(v ...float32) graph.Tensor { return graph.FromFloat32(v, 1, 3) }
	scores, err := train.NewEvaluator(counted{p}).Evaluate(train.Fixed(
		[]graph.Tensor{matrix(1, 2, 3), matrix(1, 1, 1)},
		[]graph.Tensor{matrix(10, 0, 0), matrix(1, 0, 0)}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(scores.Metrics)
	// Output: map[mean:4]
}

// parabola is a source that makes its batches: points of y = x², other ones in each epoch.
type parabola struct{ batches, rows int }

func (s parabola) Len() int { return s.batches }

func (s parabola) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		x := graph.NewTensor(graph.Type{Shape: graph.Shape{s.rows, 1}})
		y := graph.NewTensor(x.Type)
		for i := range s.batches {
			nn.NewRand(uint64(epoch), fmt.Sprint(i)).Normal(x)
			for k, v := range x.F32 {
				y.F32[k] = v * v
			}
			if !yield([]graph.Tensor{x, y}) { // valid until the next
				return
			}
		}
	}
}

// A source of the caller's own makes batches as they are asked for.
func ExampleSource() {
	fit := train.Fit{
		Trainer: train.New(train.Supervised(mlp.New(1, 16, 1), ops.MSE), &train.Adam{LR: .01}),
		Train:   parabola{batches: 20, rows: 32},
		Epochs:  20,
	}
	r, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Steps, "steps;", "a tenth of the loss is left at most:", r.TrainLoss < r.History[0].TrainLoss/10)
	// Output: 400 steps; a tenth of the loss is left at most: true
}

// Fixed makes a source of batches that are there already.
func ExampleFixed() {
	x, y := line()
	source := train.Fixed(
		[]graph.Tensor{x.Rows(0, 2), y.Rows(0, 2)},
		[]graph.Tensor{x.Rows(2, 4), y.Rows(2, 4)})
	for batch := range source.Batches(0) {
		fmt.Println(batch[0].F32, batch[1].F32)
	}
	fmt.Println(source.Len(), "batches")
	// Output:
	// [0 1] [1 3]
	// [2 3] [5 7]
	// 2 batches
}

// Training ends early by a hook: when the loss of the test has not fallen for two epochs.
func ExampleFit_hook() {
	x, y := line()
	best, patience := math.Inf(1), 0
	fit := train.Fit{
		Trainer: train.New(train.Supervised(mlp.New(1, 1), ops.MSE), &train.SGD{LR: .1}),
		Train:   once(x, y),
		Test:    once(x, y),
		Epochs:  10_000,
		Hook: func(now train.Progress, c *train.Control) {
			switch {
			case now.Scores == nil: // a step, not an epoch
			case now.Scores.Loss < best:
				best, patience = now.Scores.Loss, 0
			default:
				patience++
				c.Stop = patience == 2
			}
		},
	}
	r, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	n := len(r.History)
	fmt.Println("ended early:", r.Epochs < 10_000, "with as many rows of history as epochs:", n == r.Epochs)
	fmt.Println("the last two are no better:", min(r.History[n-1].TestLoss, r.History[n-2].TestLoss) >= best)
	// Output:
	// ended early: true with as many rows of history as epochs: true
	// the last two are no better: true
}

// A training is saved after each epoch, ends in its second, and is gone on from with the third.
func ExampleFit_goOn() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	weights, training := filepath.Join(dir, "weights.safetensors"), filepath.Join(dir, "training.safetensors")
	x, y := line()
	fit := func() (*mlp.MLP, *train.Fit) {
		m := mlp.New(1, 1)
		f := &train.Fit{
			Trainer:  train.New(train.Supervised(m, ops.MSE), &train.Adam{LR: .1}),
			Train:    once(x, y),
			Epochs:   4,
			Schedule: schedule.Cosine{}.At,
		}
		f.Hook = func(now train.Progress, c *train.Control) {
			if now.Step == now.Steps { // the end of an epoch
				err = errors.Join(m.Params().Save(weights), f.Trainer.Save(training))
				c.Stop = err != nil || now.Epoch == 2 && f.Done == 0
			}
			fmt.Printf("epoch %d, rate %.3f\n", now.Epoch, now.LR)
		}
		return m, f
	}
	_, first := fit()
	if _, e := first.Run(context.Background()); errors.Join(e, err) != nil {
		log.Print(e, err)
		return
	}
	model, second := fit()
	if err := errors.Join(model.Params().Load(weights), second.Trainer.Load(training)); err != nil {
		log.Print(err)
		return
	}
	second.Done = 2
	r, e := second.Run(context.Background())
	fmt.Println(r.Steps, "steps;", errors.Join(e, err))
	// Output:
	// epoch 1, rate 0.100
	// epoch 2, rate 0.085
	// epoch 3, rate 0.050
	// epoch 4, rate 0.015
	// 4 steps; <nil>
}

// A result has a row for each epoch, for a table or a curve.
func ExampleResult() {
	x, y := line()
	model := mlp.New(1, 1)
	model.Params().SetInit("", nn.Zeros)
	fit := train.Fit{
		Trainer: train.New(train.Supervised(model, ops.MSE), &train.SGD{LR: .125}),
		Train:   once(x, y),
		Test:    once(x, y),
		Epochs:  3,
		Hook: func(now train.Progress, c *train.Control) {
			if now.Scores != nil {
				c.Rate /= 2 // after each epoch
			}
		},
	}
	r, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range r.History {
		fmt.Printf("epoch %d, rate %.4f: %.4f before, %.4f after\n", row.Epoch, row.LR, row.TrainLoss, row.TestLoss)
	}
	// Output:
	// epoch 1, rate 0.1250: 21.0000 before, 0.0547 after
	// epoch 2, rate 0.0625: 0.0547 before, 0.0129 after
	// epoch 3, rate 0.0312: 0.0129 before, 0.0073 after
}
