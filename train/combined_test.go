package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/history"
	"github.com/stheno-ml/stheno/train/schedule"
)

// combined is a training with tools that are drawn by a seed, and the folder that they write into.
type combined struct {
	resumable
	dir   string
	has   []string // what was drawn
	stop  *EarlyStop
	watch *Watch
}

// combine draws a training: the same seed gives the same, in any folder and with any number of goroutines that make
// batches. Without all it has each of its tools with probability one half.
func combine(seed uint64, dir string, workers int, all bool) combined {
	random := nn.NewRand(seed, "combined")
	c := combined{dir: dir}
	drawn := func(what string) bool {
		if yes := random.IntN(2) == 1; !yes && (!all || what == "parts") {
			return false
		}
		c.has = append(c.has, what)
		return true
	}
	parts := 0 // of a batch
	carry := nn.Func(ops.ReLU)
	if drawn("parts") {
		parts = 2 + random.IntN(2)
	} else if drawn("a state") {
		carry = func(x graph.Node) graph.Node {
			h := x.Graph().State("h", x.Dim(0), 6)
			next := ops.Tanh(ops.Add(x, h))
			x.Graph().Assign(h, next)
			return ops.ReLU(next)
		}
	}
	m := nn.NewSequential(nn.NewScope(), nn.Flatten().Make,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 36, 6) },
		func(s *nn.Scope) nn.Module { return nn.NewBatchNorm1D(s, 6) }, carry.Make, nn.Dropout(.3).Make,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 6, 3) })
	m.Params().Init(seed)
	names := slices.Sorted(maps.Keys(optimizers()))
	name := names[random.IntN(len(names))]
	c.has = append(c.has, name)
	trainer := New(Supervised(m, ops.CrossEntropy), optimizers()[name])
	trainer.Seed, trainer.Accumulate = seed, parts
	if drawn("clipping") {
		trainer.ClipNorm, trainer.ClipValue = .5, .2
	}
	set := data.Split{X: graph.NewTensor(graph.Type{Shape: graph.Shape{26, 1, 6, 6}}),
		Y: graph.FromInt64(slices.Repeat([]int64{0, 1, 2, 0, 2, 1, 1, 0, 2, 2, 1, 0, 1}, 2), 26)}
	nn.NewRand(seed, "pictures").Uniform(set.X)
	source := set.Shuffled(6)
	if drawn("views") {
		source = set.Viewed(data.View{Turn: 20, Crop: .6, Flip: true, Erase: .2, Brightness: .2}, 6)
	}
	if drawn("a mix") {
		source = data.Mix{Mixup: .4, Cutmix: 1}.Of(source, 3, seed)
	}
	if drawn("a loader") {
		source = data.Loader{Source: source, Workers: workers, Ahead: 1}
	}
	f := &Fit{Trainer: trainer, Train: source, Test: set.Ordered(10), Epochs: 5, Metrics: []Metric{Accuracy()}}
	if drawn("a limit of steps") {
		f.Steps = 12 + random.IntN(7)
	}
	also := map[string]Keeper{}
	var hooks []func(Progress, *Control)
	if drawn("a watch") {
		c.watch = &Watch{Of: trainer, Every: 1 + random.IntN(4)}
		for b := range OverfitBatches(set.Shuffled(6), 1).Batches(0) {
			c.watch.Batch = b
		}
		also["watch"], hooks = c.watch, append(hooks, c.watch.Hook)
	}
	if forms := schedule.Names(); drawn("a schedule") {
		form, err := schedule.Parse(forms[random.IntN(len(forms))])
		if err != nil {
			panic(err)
		}
		f.Schedule = form.At
		c.has = append(c.has, fmt.Sprintf("%T", form))
	}
	total := f.Epochs * source.Len()
	if f.Steps > 0 {
		total = f.Steps
	}
	if f.Schedule != nil && drawn("snapshots") {
		s := &Snapshots{Dir: filepath.Join(dir, "snapshots"), Of: m.Params(), Schedule: f.Schedule, Steps: total}
		hooks = append(hooks, s.Hook)
	}
	if drawn("thaw") {
		thaw := &Thaw{Of: m.Params(), From: []Part{{"5", 1}, {"2", 2}, {"", 3}}}
		if err := thaw.At(1); err != nil {
			panic(err)
		}
		also["thaw"], hooks = thaw, append(hooks, thaw.Hook)
	}
	if drawn("a moving average") {
		average := &Average{Of: m.Params(), Decay: .9}
		also["moving"] = average
		hooks = append(hooks, func(now Progress, c *Control) {
			if now.Scores == nil {
				c.Err = average.Add()
			}
		})
	}
	if drawn("the mean of the ends of epochs, which is tested") {
		average := &Average{Of: m.Params(), Equal: true}
		also["swa"], f.Test = average, swapped{f.Test, average}
		hooks = append(hooks, func(now Progress, c *Control) {
			if now.Scores == nil && now.Epoch > 1 && (now.Step == now.Steps) {
				c.Err = average.Add()
			}
		})
	}
	if drawn("a plateau") {
		plateau := &schedule.Plateau{Factor: .5, Patience: random.IntN(2), Cooldown: random.IntN(2)}
		also["plateau"] = plateau
		rate := trainer.LR
		hooks = append(hooks, func(now Progress, c *Control) {
			if now.Scores != nil {
				c.Rate = rate * plateau.Next(now.Scores.Loss)
			}
		})
	}
	if drawn("the best") {
		best := &KeepBest{Dir: filepath.Join(dir, "best"), Of: m.Params(), K: 1 + random.IntN(2), Last: true}
		also["best"], hooks = best, append(hooks, best.Hook)
	}
	if drawn("an early stop") {
		c.stop = &EarlyStop{Of: m.Params(), Metric: "accuracy", Higher: true, Patience: 2, WarmUp: random.IntN(2)}
		also["stop"], hooks = c.stop, append(hooks, c.stop.Hook)
	}
	f.Hook = Hooks(hooks...)
	c.resumable = resumable{f, m.Params(), also}
	return c
}

// swapped is a source that is tested on with averages in the place of parameters.
type swapped struct {
	Source
	by *Average
}

func (s swapped) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		if err := s.by.Swap(); err != nil {
			panic(err)
		}
		for b := range s.Source.Batches(epoch) {
			if !yield(b) {
				break
			}
		}
		if err := s.by.Swap(); err != nil {
			panic(err)
		}
	}
}

// errKilled ends a training as a killed process does: nothing is saved.
var errKilled = errors.New("killed")

// killedAt runs a training that ends at its so-manieth step or evaluation, killed or interrupted.
func (c combined) endedAt(t *testing.T, step int, kill bool) (Result, error) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hook := c.Hook
	c.Hook = func(now Progress, control *Control) {
		hook(now, control)
		if step--; step == 0 && kill {
			control.Err = errKilled
		} else if step == 0 {
			cancel()
		}
	}
	return c.Run(ctx)
}

// state is all that the training came to: with the looks, the files, and the parameters that the early stop restores.
func (c combined) state(t *testing.T, result Result) string {
	t.Helper()
	var b strings.Builder
	looks := []history.Look(nil)
	if c.watch != nil {
		for i := range c.watch.Looks {
			c.watch.Looks[i].Seconds = 0
		}
		looks = c.watch.Looks
	}
	b.WriteString(c.resumable.state(t, result))
	if err := json.NewEncoder(&b).Encode(looks); err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join(c.dir, "*", "*"))
	for _, path := range paths {
		bytes, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(c.dir, path)
		fmt.Fprintf(&b, "%s %x\n", name, bytes)
	}
	if c.stop != nil {
		if err := c.stop.Restore(); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, bitsOf(c.params))
	}
	return b.String()
}

// inParts runs a training that is ended at random moments and gone on from by new objects, and returns what it came
// to and how often it ended before. Spoil, if given, changes what has the same values as before in vain.
func (c combined) inParts(t *testing.T, random *nn.Rand, again func() combined, spoil func(combined)) (string, int) {
	t.Helper()
	dir := t.TempDir()
	for times := 0; ; times++ {
		if spoil != nil {
			spoil(c)
		}
		c.Checkpoint = &Checkpoint{Dir: dir, Of: c.params, Resume: true, Every: 2 + random.IntN(4), Also: c.also}
		result, err := c.endedAt(t, 3+random.IntN(9), random.IntN(2) == 0)
		switch {
		case (errors.Is(err, ErrInterrupted) || errors.Is(err, errKilled)) && times < 100:
			c = again()
		case err != nil:
			t.Fatal(err)
		default:
			return c.state(t, result), times
		}
	}
}

// TestCombined: trainings whose tools are drawn, and which are ended at random moments, killed or interrupted, end in
// the bytes of those that are left alone, whatever the number of goroutines.
func TestCombined(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for seed := range uint64(12) {
		random, dir := nn.NewRand(seed, "parts"), t.TempDir()
		threads := func() { runtime.GOMAXPROCS([]int{1, 2, 7}[random.IntN(3)]) }
		threads()
		whole := combine(seed, filepath.Join(dir, "whole"), random.IntN(4), false)
		result, err := whole.Run(t.Context())
		if err != nil {
			t.Fatalf("seed %d, %q: %v", seed, whole.has, err)
		}
		want := whole.state(t, result)
		next := func() combined {
			threads()
			return combine(seed, filepath.Join(dir, "parts"), random.IntN(4), false)
		}
		got, times := next().inParts(t, random, next, nil)
		if times == 0 {
			t.Errorf("seed %d: it ended in one part", seed)
		}
		if got != want {
			t.Errorf("seed %d, %q, in %d parts: %s", seed, whole.has, times+1, difference(got, want))
		}
	}
}

// difference says where two texts begin to differ.
func difference(got, want string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	part := func(s string) string { return s[max(0, min(i-80, len(s))):min(i+80, len(s))] }
	return fmt.Sprintf("at byte %d\ngot  %s\nwant %s", i, part(got), part(want))
}

// forgetful is a Keeper that takes nothing up.
type forgetful struct{ Keeper }

func (forgetful) TakeUp(map[string]graph.Tensor) error { return nil }

// TestCombinedNeedsAll: a training that goes on without what one of its tools has kept ends elsewhere, so that the
// test above would see it.
func TestCombinedNeedsAll(t *testing.T) {
	left := map[string]bool{}
	for seed := uint64(0); seed == 0 || len(left) > 0 && seed < 10; seed++ {
		dir := t.TempDir()
		whole := combine(seed, filepath.Join(dir, "whole"), 0, true)
		result, err := whole.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := whole.state(t, result)
		if seed == 0 {
			for name := range whole.also {
				left[name] = true
			}
		}
		for _, name := range slices.Sorted(maps.Keys(left)) {
			next := func() combined { return combine(seed, filepath.Join(dir, "without "+name), 2, true) }
			got, _ := next().inParts(t, nn.NewRand(seed, name), next, func(c combined) {
				c.also[name] = forgetful{c.also[name]}
			})
			if got != want { // a stop that comes early may not need it
				delete(left, name)
			}
		}
	}
	if len(left) > 0 {
		t.Errorf("without %q the end is the same", slices.Sorted(maps.Keys(left)))
	}
}
