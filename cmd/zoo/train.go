// This file holds train.

package main

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// trainFlags are the flags of train.
type trainFlags struct {
	data, optimizer, out string
	epochs, steps, batch int
	lr                   float64
	seed                 uint64
}

func (a *app) trainCommand() *cobra.Command {
	var f trainFlags
	c := &cobra.Command{Use: "train MODEL", Short: "Train a model, evaluate it on the held-out part, save it", Args: oneModel, ValidArgsFunction: completeModels,
		Long: `Train a model with a progress bar, evaluate it on the held-out part of the data, and save its weights.

The data of each model is built in and needs no network. --data takes a well-known name (digits, mnist) or a
folder with IDX files, plain or gzipped.`,
		Example: "  zoo train lenet5\n  zoo train lenet5 --data mnist --epochs 3 --seed 1 -o lenet5.safetensors",
		RunE: func(c *cobra.Command, args []string) error {
			e, err := find(args[0])
			if err != nil {
				return err
			}
			f.defaults(c, e)
			if err := f.check(); err != nil {
				return err
			}
			model := e.build()
			if err := checkOutput(c, f.out, 4*int64(model.Params().Count())); err != nil {
				return err
			}
			return a.train(e, model, f)
		}}
	c.Flags().StringVar(&f.data, "data", "", "data: digits, mnist, or a folder with IDX files")
	c.Flags().Var(whole{&f.epochs}, "epochs", "passes over the data")
	c.Flags().Var(whole{&f.steps}, "steps", "most steps in all; 0 for no limit")
	c.Flags().Var(whole{&f.batch}, "batch", "examples a step")
	c.Flags().Var(decimal{&f.lr}, "lr", "learning rate of the first step; it falls to 0 along half a cosine")
	c.Flags().StringVar(&f.optimizer, "optimizer", "", "optimizer: "+joined(train.OptimizerNames()))
	c.Flags().Var(seed{&f.seed}, "seed", "seed of initial values, order and dropout")
	outputFlag(c, &f.out, "file to save the weights to (.safetensors)")
	a.jsonFlag(c)
	return c
}

// defaults fills in what the command line leaves open.
func (f *trainFlags) defaults(c *cobra.Command, e entry) {
	set := c.Flags().Changed
	if !set("data") {
		f.data = e.data
	}
	if !set("epochs") {
		f.epochs = e.epochs
	}
	if !set("batch") {
		f.batch = e.batch
	}
	if !set("lr") {
		f.lr = e.lr
	}
	if !set("optimizer") {
		f.optimizer = e.optimizer
	}
}

// check reports values that make no sense.
func (f *trainFlags) check() error {
	switch {
	case f.epochs < 1:
		return usagef("--epochs is %d, want at least 1", f.epochs)
	case f.steps < 0:
		return usagef("--steps is %d, want at least 1, or 0 for no limit", f.steps)
	case f.batch < 1:
		return usagef("--batch is %d, want at least 1", f.batch)
	case math.IsNaN(f.lr) || math.IsInf(f.lr, 0) || f.lr <= 0:
		return usagef("--lr is %v, want a number above 0", f.lr)
	}
	if _, err := train.NewOptimizer(f.optimizer, f.lr); err != nil {
		return usagef("unknown optimizer %q; known are %s", f.optimizer,
			joined(near.Sort(f.optimizer, train.OptimizerNames())))
	}
	if ext := strings.ToLower(filepath.Ext(f.out)); slices.Contains(otherEndings, ext) {
		return usagef("-o %s: weights are written as safetensors, not as %s; name the file %s.safetensors", f.out,
			ext, f.out[:len(f.out)-len(ext)])
	}
	return nil
}

// otherEndings are those of files that hold something else than safetensors.
var otherEndings = []string{".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".npy", ".npz", ".h5", ".hdf5",
	".keras", ".onnx", ".pb", ".tflite",
	".gguf", ".ggml", ".msgpack", ".joblib", ".mat", ".zip", ".tar", ".gz", ".json", ".yaml", ".csv", ".txt",
	".svg", ".dot", ".png", ".jpg", ".html"}

// trained is the JSON of a training run.
type trained struct {
	Model     string            `json:"model"`
	Data      string            `json:"data"`
	Seed      uint64            `json:"seed"`
	Epochs    int               `json:"epochs"`
	Steps     int               `json:"steps"`
	TrainLoss figure            `json:"train_loss"`
	TestLoss  figure            `json:"test_loss"`
	Metric    map[string]figure `json:"metric"`
	Seconds   figure            `json:"seconds"`
	Speed     figure            `json:"samples_per_second"`
	Weights   *string           `json:"weights"`
	NotFinite []string          `json:"not_finite,omitempty"`
}

func (a *app) train(e entry, model nn.Model, f trainFlags) error {
	opt, err := train.NewOptimizer(f.optimizer, f.lr)
	if err != nil {
		return err // check has found it to be known
	}
	start := time.Now()
	set, err := a.open(f.data)
	if err != nil {
		return err
	}
	if f.batch > set.Train.Len() {
		return usagef("--batch is %d, but there are %d training examples", f.batch, set.Train.Len())
	}
	model.Params().Init(f.seed)
	if err := fits(e, set); err != nil {
		return err
	}
	a.logf("%s: %s parameters, %s: %s + %s examples, seed %d", e.name, thousands(model.Params().Count()), shown(f.data),
		thousands(set.Train.Len()), thousands(set.Test.Len()), f.seed)
	trainer := train.New(train.Supervised(model, ops.CrossEntropy), opt)
	trainer.Seed = f.seed
	result, err := a.fit(e, f, set, trainer)
	if err != nil && !errors.Is(err, train.ErrInterrupted) {
		return fmt.Errorf("%s: %w", e.name, err)
	}
	interrupted := err
	weights, err := a.save(model, f.out)
	if err != nil {
		return err
	}
	if interrupted != nil {
		if weights != nil {
			return fmt.Errorf("%w after step %d; saved what there is to %s", interrupted, result.Steps, *weights)
		}
		return fmt.Errorf("%w after step %d; nothing was saved: no -o was given", interrupted, result.Steps)
	}
	return a.showTrained(trained{Model: e.name, Data: f.data, Seed: f.seed, Epochs: result.Epochs, Steps: result.Steps,
		TrainLoss: figure(result.TrainLoss), TestLoss: figure(result.Scores.Loss),
		Metric:  figures(result.Scores.Metrics),
		Seconds: figure(time.Since(start).Seconds()),
		Speed:   figure(float64(result.Samples) / result.Training.Seconds()), Weights: weights})
}

// fit runs the loop with progress.
func (a *app) fit(e entry, f trainFlags, set data.Images, trainer *train.Trainer) (train.Result, error) {
	perEpoch := set.Train.Len() / f.batch
	bar := newProgress(a.stderr, a.screen)
	defer bar.close()
	cut := false // an evaluation was
	fit := train.Fit{Trainer: trainer, Epochs: f.epochs, Steps: f.steps, PerEpoch: perEpoch, Metrics: []train.Metric{train.Accuracy()}, Schedule: train.Cosine,
		Train: func(epoch int) train.Pairs { return data.Pairs(set.Train.Seeded(f.seed).Batches(f.batch, epoch)) },
		Test:  func() train.Pairs { return a.until(data.Pairs(set.Test.InOrder(250)), &cut) },
		Progress: func(now train.Progress) {
			if !cut { // or the scores are those of a part
				bar.show(now)
			}
		}}
	r, err := fit.Run(a.ctx)
	if cut {
		err = train.ErrInterrupted
	}
	return r, err
}

// until is pairs up to the end of the context, and tells whether it ended before them.
func (a *app) until(pairs train.Pairs, cut *bool) train.Pairs {
	return func(yield func(x, y graph.Tensor) bool) {
		for x, y := range pairs {
			if *cut = a.ctx.Err() != nil; *cut || !yield(x, y) {
				return
			}
		}
	}
}

// fits reports data that the model cannot take.
func fits(e entry, set data.Images) error {
	got := set.Train.X.Shape[1:]
	if !got.Equal(e.input) {
		return fmt.Errorf("%s: an example has shape %v, the model takes %v: %w", set.Name, got, e.input, data.ErrDamaged)
	}
	return nil
}

func (a *app) save(model nn.Model, path string) (*string, error) {
	if path == "" {
		return nil, nil
	}
	if err := a.write(func() error { return model.Params().Save(path) }); err != nil {
		return nil, err
	}
	return &path, nil
}

func (a *app) showTrained(t trained) error {
	if a.json {
		t.NotFinite = notFinite(t)
		return a.writeJSON(t)
	}
	fmt.Fprintf(a.stdout, "%s on %s, seed %d: %s, %s, train loss %.4f, test loss %.4f", t.Model,
		shown(t.Data), t.Seed, counted(t.Epochs, "epoch"), counted(t.Steps, "step"), t.TrainLoss, t.TestLoss)
	for _, name := range sortedKeys(t.Metric) {
		fmt.Fprintf(a.stdout, ", %s %.4f", name, t.Metric[name])
	}
	fmt.Fprintf(a.stdout, "\n%.1f s in all, %.0f examples/s in training\n", t.Seconds, t.Speed)
	if t.Weights != nil {
		fmt.Fprintf(a.stdout, "weights in %s\n", shown(*t.Weights))
	}
	return nil
}

// counted writes "1 step" and "2 steps".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
