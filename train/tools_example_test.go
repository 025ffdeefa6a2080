package train_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/schedule"
)

// lineFit is a training on the points of a line, from zeros.
func lineFit(epochs int) (*mlp.MLP, *train.Fit) {
	x, y := line()
	model := mlp.New(1, 1)
	model.Params().SetInit("", nn.Zeros)
	return model, &train.Fit{
		Trainer: train.New(train.Supervised(model, ops.MSE), &train.SGD{LR: .125}),
		Train:   once(x, y),
		Test:    once(x, y),
		Epochs:  epochs,
	}
}

// folder is a new folder for an example, and what removes it.
func folder() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "train")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

// A training that is stopped after its fifth step, and gone on from by a new process, comes to the bits of one that
// was not.
func ExampleCheckpoint() {
	dir, remove := folder()
	defer remove()
	start := func() (*mlp.MLP, *train.Fit) {
		model, fit := lineFit(9)
		fit.Checkpoint = &train.Checkpoint{Dir: dir, Of: model.Params(), Every: 2, Resume: true,
			Settings: map[string]string{"lr": "0.125"}}
		return model, fit
	}
	_, first := start()
	ctx, stop := context.WithCancel(context.Background())
	first.Progress = func(now train.Progress) {
		if now.Epoch == 5 {
			stop()
		}
	}
	_, err := first.Run(ctx)
	fmt.Println(errors.Is(err, train.ErrInterrupted))

	model, second := start()
	result, err := second.Run(context.Background())
	fmt.Println(len(result.History), "rows", err)

	whole, alone := lineFit(9)
	if _, err := alone.Run(context.Background()); err != nil {
		log.Print(err)
	}
	fmt.Println(model.Layers[0].Weight.Tensor().F32[0] == whole.Layers[0].Weight.Tensor().F32[0])
	// Output:
	// true
	// 9 rows <nil>
	// true
}

// A training whose settings are others is not gone on from, unless they are allowed to be; and one that has ended says
// so. Nothing but the folder and the parameters is given: what a Fit knows it records by itself.
func ExampleCheckpoint_otherSettings() {
	dir, remove := folder()
	defer remove()
	run := func(epochs int, allow ...string) {
		model, fit := lineFit(epochs)
		fit.Checkpoint = &train.Checkpoint{Dir: dir, Of: model.Params(), Resume: true, Allow: allow}
		result, err := fit.Run(context.Background())
		var other *train.SettingsError
		if errors.As(err, &other) {
			fmt.Printf("refused: the %s were %s and are %s\n", other.Name, other.Saved, other.Now)
			return
		}
		fmt.Println(len(result.History), "rows, finished before:", result.Finished, err)
	}
	run(3)
	run(3)
	run(6)
	run(6, "epochs")
	// Output:
	// 3 rows, finished before: false <nil>
	// 3 rows, finished before: true <nil>
	// refused: the epochs were 3 and are 6
	// 6 rows, finished before: false <nil>
}

// numbered is a source of one's own, whose batches are made by a seed.
type numbered struct{ seed uint64 }

func (n numbered) Len() int { return 2 }

func (n numbered) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	random := nn.NewRand(n.seed, fmt.Sprint("epoch ", epoch))
	return func(yield func([]graph.Tensor) bool) {
		for range n.Len() {
			v := float32(random.Float64())
			x, y := graph.FromFloat32([]float32{v}, 1, 1), graph.FromFloat32([]float32{2 * v}, 1, 1)
			if !yield([]graph.Tensor{x, y}) {
				return
			}
		}
	}
}

// Settings are what a Fit compares before it goes on.
func (n numbered) Settings() map[string]string { return map[string]string{"seed": fmt.Sprint(n.seed)} }

// A source of one's own that has Settings is not taken for another.
func ExampleDescribed() {
	dir, remove := folder()
	defer remove()
	for seed := range uint64(2) {
		model, fit := lineFit(2)
		fit.Train, fit.Test = numbered{seed}, nil
		fit.Checkpoint = &train.Checkpoint{Dir: dir, Of: model.Params(), Resume: true}
		_, err := fit.Run(context.Background())
		var other *train.SettingsError
		fmt.Println(errors.As(err, &other))
		if other != nil {
			fmt.Println(other.Name, other.Saved, other.Now)
		}
	}
	// Output:
	// false
	// true
	// training seed 0 1
}

// In a loop by hand a checkpoint is loaded once, and saved after each step that it is due after.
func ExampleCheckpoint_byHand() {
	dir, remove := folder()
	defer remove()
	x, y := line()
	source := train.Fixed([]graph.Tensor{x, y}, []graph.Tensor{x, y}, []graph.Tensor{x, y})
	for range 2 { // the second time it goes on
		model := mlp.New(1, 1)
		trainer := train.New(train.Supervised(model, ops.MSE), &train.Adam{LR: .1})
		saved := &train.Checkpoint{Dir: dir, Of: model.Params(), Every: 1}
		at, err := saved.Load(trainer)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			log.Print(err)
			return
		}
		fmt.Println("after epoch", at.Epoch, "and step", at.Step)
		for step, batch := range at.Batches(source, at.Epoch) {
			if _, err := trainer.Step(batch...); err != nil {
				log.Print(err)
				return
			}
			if saved.Due(trainer) {
				if err := saved.Save(trainer, train.Position{Epoch: at.Epoch, Step: step}); err != nil {
					log.Print(err)
					return
				}
			}
			if trainer.Steps() == 2 {
				break // as if the process had ended
			}
		}
		fmt.Println(trainer.Steps(), "steps")
		saved.Release() // the end of a process does it, too
	}
	// Output:
	// after epoch 0 and step 0
	// 2 steps
	// after epoch 0 and step 2
	// 3 steps
}

// A folder is for one training at a time: a second one is refused until the first has ended.
func ExampleCheckpoint_Release() {
	dir, remove := folder()
	defer remove()
	start := func() (*train.Checkpoint, *train.Trainer) {
		model := mlp.New(1, 1)
		return &train.Checkpoint{Dir: dir, Of: model.Params()},
			train.New(train.Supervised(model, ops.MSE), &train.Adam{LR: .1})
	}
	first, trainer := start()
	if err := first.Save(trainer, train.Position{}); err != nil {
		log.Print(err)
		return
	}
	second, other := start()
	_, err := second.Load(other)
	fmt.Println("beside the first:", errors.Is(err, train.ErrInUse), errors.Is(train.CheckFree(dir), train.ErrInUse))
	first.Release()
	_, err = second.Load(other)
	fmt.Println("after it:", err)
	second.Release()
	// Output:
	// beside the first: true true
	// after it: <nil>
}

// What a folder of checkpoints holds, without a model.
func ExampleReadCheckpoint() {
	dir, remove := folder()
	defer remove()
	model, fit := lineFit(4)
	fit.Checkpoint = &train.Checkpoint{Dir: dir, Of: model.Params(), Every: 3,
		Settings: map[string]string{"lr": "0.125"}}
	if _, err := fit.Run(context.Background()); err != nil {
		log.Print(err)
		return
	}
	saved, err := train.ReadCheckpoint(dir)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println("step", saved.Step, saved.Settings, len(saved.Position.History), "rows")
	for _, f := range saved.Files {
		fmt.Println(f.Name)
	}
	// Output:
	// step 4 map[lr:0.125] 4 rows
	// checkpoint-000002.weights.safetensors
	// checkpoint-000002.training.safetensors
	// checkpoint-000002.more.safetensors
	// checkpoint-000002.history.csv
}

// What does not get better ends, and the best values come back.
func ExampleEarlyStop() {
	model, fit := lineFit(100)
	fit.Trainer.LR = .25 // too large: the loss soon rises
	stop := &train.EarlyStop{Of: model.Params(), Patience: 2}
	fit.Hook = stop.Hook
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	if err := stop.Restore(); err != nil {
		log.Fatal(err)
	}
	score, evaluation := stop.Best()
	scores, err := train.NewEvaluator(train.Supervised(model, ops.MSE)).Evaluate(fit.Test)
	fmt.Println(len(result.History), "epochs; the best is", evaluation, scores.Loss == score, err)
	// Output: 3 epochs; the best is 1 true <nil>
}

// The same tool in a loop of one's own.
func ExampleEarlyStop_Add() {
	stop := &train.EarlyStop{Patience: 2, MinDelta: .01}
	for epoch, loss := range []float64{.9, .5, .495, .6, .4} {
		end, err := stop.Add(loss)
		if err != nil {
			log.Fatal(err)
		}
		if end {
			fmt.Println("end after evaluation", epoch+1)
			break
		}
	}
	fmt.Println(stop.Best())
	// Output:
	// end after evaluation 4
	// 0.5 2
}

// The files of the two best epochs, and of the last.
func ExampleKeepBest() {
	dir, remove := folder()
	defer remove()
	model, fit := lineFit(5)
	best := &train.KeepBest{Dir: dir, Of: model.Params(), K: 2, Last: true}
	fit.Hook = best.Hook
	if _, err := fit.Run(context.Background()); err != nil {
		log.Print(err)
		return
	}
	for _, path := range best.Files() {
		fmt.Println(filepath.Base(path))
	}
	err := model.Params().Load(filepath.Join(dir, "last.safetensors"))
	fmt.Println(err)
	// Output:
	// epoch-005.safetensors
	// epoch-004.safetensors
	// <nil>
}

// Several tools look at one training.
func ExampleHooks() {
	model, fit := lineFit(40)
	stop := &train.EarlyStop{Of: model.Params(), Patience: 3}
	average := &train.Average{Of: model.Params(), Equal: true} // of the ends of the last epochs
	fit.Hook = train.Hooks(stop.Hook, func(now train.Progress, c *train.Control) {
		if now.Scores != nil && now.Epoch > 30 {
			c.Err = average.Add()
		}
	})
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	err = average.Swap() // the model has the mean
	fmt.Println(len(result.History), "epochs", err)
	// Output: 40 epochs <nil>
}

// Trying a training on little: a model that does not learn two batches by heart has a mistake in it.
func ExampleOverfitBatches() {
	_, fit := lineFit(200)
	fit.Train = train.OverfitBatches(fit.Train, 2)
	result, err := fit.Run(context.Background())
	fmt.Println(result.TrainLoss < .05, err)
	// Output: true <nil>
}

// An epoch of at most so many batches.
func ExampleLimit() {
	x, y := line()
	b := []graph.Tensor{x, y}
	source := train.Limit(train.Fixed(b, b, b, b), 3)
	n := 0
	for range source.Batches(0) {
		n++
	}
	fmt.Println(source.Len(), n)
	// Output: 3 3
}

// What would fail after an hour fails now, and nothing is changed.
func ExampleFit_DryRun() {
	model, fit := lineFit(1000)
	fmt.Println(fit.DryRun(context.Background()), model.Layers[0].Weight.Tensor().F32[0], fit.Trainer.Steps())
	fit.Metrics = []train.Metric{train.Accuracy()} // of classes, which there are none of
	fmt.Println(fit.DryRun(context.Background()) != nil)
	// Output:
	// <nil> 0 0
	// true
}

// Which rates a model learns at; afterwards it is what it was.
func ExampleRangeTest() {
	model, fit := lineFit(1)
	rates := train.RangeOptions{From: 1e-4, To: 10, Steps: 50}
	found, err := train.RangeTest(context.Background(), fit.Trainer, fit.Train, rates)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("suggestion %.2f, after %d steps\n", found.Suggestion, len(found.Rates))
	fmt.Println(model.Layers[0].Weight.Tensor().F32[0], fit.Trainer.Steps())
	// Output:
	// suggestion 0.04, after 44 steps
	// 0 0
}

// A batch of eight rows in the memory of one of two: the step is the same.
func ExampleTrainer_accumulate() {
	x := graph.FromFloat32([]float32{0, 1, 2, 3, 4, 5, 6, 7}, 8, 1)
	y := graph.FromFloat32([]float32{1, 3, 5, 7, 9, 11, 13, 15}, 8, 1)
	for _, parts := range []int{1, 4} {
		model := mlp.New(1, 1)
		model.Params().SetInit("", nn.Zeros)
		trainer := train.New(train.Supervised(model, ops.MSE), &train.SGD{LR: .01})
		trainer.Accumulate = parts
		loss, err := trainer.Step(x, y)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("loss %.2f, weight %.4f\n", loss, model.Layers[0].Weight.Tensor().F32[0])
	}
	// Output:
	// loss 85.00, weight 0.7700
	// loss 85.00, weight 0.7700
}

// counter is a tool of one's own that a checkpoint keeps.
type counter struct{ n int64 }

func (c *counter) Keep() (map[string]graph.Tensor, error) {
	return map[string]graph.Tensor{"n": graph.FromInt64([]int64{c.n})}, nil
}

func (c *counter) TakeUp(values map[string]graph.Tensor) error {
	n, ok := values["n"]
	if !ok || len(n.I64) != 1 {
		return errors.New("counter: there is no n")
	}
	c.n = n.I64[0]
	return nil
}

// What the next steps depend on beside parameters and trainer is saved with them. The second training goes on with
// more epochs.
func ExampleKeeper() {
	dir, remove := folder()
	defer remove()
	for _, epochs := range []int{3, 7} {
		model, fit := lineFit(epochs)
		steps := &counter{}
		fit.Hook = func(now train.Progress, _ *train.Control) {
			if now.Scores == nil {
				steps.n++
			}
		}
		fit.Checkpoint = &train.Checkpoint{Dir: dir, Of: model.Params(), Resume: true, Allow: []string{"epochs"},
			Also: map[string]train.Keeper{"steps": steps}}
		if _, err := fit.Run(context.Background()); err != nil {
			log.Print(err)
			return
		}
		fmt.Println(steps.n)
	}
	// Output:
	// 3
	// 7
}

// What is inside a model is looked at after each epoch; training is what it is without.
func ExampleWatch() {
	x, y := line()
	_, fit := lineFit(2)
	watch := &train.Watch{Of: fit.Trainer, Batch: []graph.Tensor{x, y}}
	fit.Hook = watch.Hook
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Print(err)
		return
	}
	watch.Join(result.History) // for History.WriteFile
	for _, row := range result.History {
		fmt.Printf("epoch %d: gradient %.3f, step/weight %.3f\n", row.Epoch,
			row.Watch["fc1.weight/gradient_norm"], row.Watch["fc1.weight/update_ratio"])
	}
	// Output:
	// epoch 1: gradient 0.875, step/weight 0.051
	// epoch 2: gradient 0.031, step/weight 0.002
}

// By hand a look is a line in the loop.
func ExampleWatch_Add() {
	x, y := line()
	_, fit := lineFit(1)
	watch := &train.Watch{Of: fit.Trainer, Batch: []graph.Tensor{x, y}}
	for range 3 {
		if _, err := fit.Trainer.Step(x, y); err != nil {
			log.Print(err)
			return
		}
		if err := watch.Add(); err != nil {
			log.Print(err)
			return
		}
	}
	for _, look := range watch.Looks {
		for _, p := range look.Params {
			fmt.Printf("step %d: %s has mean %.3f, its gradient norm %.3f\n", look.Step, p.Name, p.Value.Mean,
				p.Gradient.Norm)
		}
	}
	// Output:
	// step 1: fc1.weight has mean 2.125, its gradient norm 0.875
	// step 1: fc1.bias has mean 1.000, its gradient norm 0.375
	// step 2: fc1.weight has mean 2.016, its gradient norm 0.031
	// step 2: fc1.bias has mean 0.953, its gradient norm 0.047
	// step 3: fc1.weight has mean 2.020, its gradient norm 0.014
	// step 3: fc1.bias has mean 0.959, its gradient norm 0.023
}

// The ends of two cycles of the rate are saved, for an ensemble.
func ExampleSnapshots() {
	dir, remove := folder()
	defer remove()
	model, fit := lineFit(6)
	cycles := schedule.Restarts{First: 3}.At
	snapshots := &train.Snapshots{Dir: dir, Of: model.Params(), Schedule: cycles, Steps: 6}
	fit.Schedule, fit.Hook = cycles, snapshots.Hook
	if _, err := fit.Run(context.Background()); err != nil {
		log.Print(err)
		return
	}
	saved, err := os.ReadDir(dir)
	if err != nil {
		log.Print(err)
		return
	}
	for _, file := range saved {
		fmt.Println(file.Name())
	}
	// Output:
	// snapshot-001.safetensors
	// snapshot-002.safetensors
}
