package train

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train/history"
)

// TestEarlyStop: when training ends, and which evaluation is the best, against what the rules say by hand.
func TestEarlyStop(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name      string
		stop      EarlyStop
		scores    []float64
		end, best int // the number of the evaluation that ends it, 0 for none, and of the best
	}{
		{"a loss that falls", EarlyStop{Patience: 1}, []float64{3, 2, 1}, 0, 3},
		{"a loss that rises once", EarlyStop{}, []float64{3, 2, 2.5}, 3, 2},
		{"an equal loss is not better", EarlyStop{Patience: 2}, []float64{3, 3, 3}, 3, 1},
		{"patience begins anew", EarlyStop{Patience: 2}, []float64{3, 4, 2, 3, 3}, 5, 3},
		{"an accuracy", EarlyStop{Higher: true, Patience: 1}, []float64{.1, .3, .2}, 3, 2},
		{"a little better is not better", EarlyStop{MinDelta: .1, Patience: 2}, []float64{1, .95, .91}, 3, 1},
		{"little by little it is", EarlyStop{MinDelta: .1, Patience: 2}, []float64{1, .95, .89, .85}, 0, 3},
		{"the warm-up does not count", EarlyStop{WarmUp: 2, Patience: 1}, []float64{1, 2, 3, 2, 2.5}, 5, 4},
		{"NaN is not better", EarlyStop{Patience: 2}, []float64{nan, 3, nan, nan}, 4, 2},
		{"nothing but NaN", EarlyStop{Patience: 2}, []float64{nan, nan}, 2, 0},
		{"minus infinity is the best", EarlyStop{Patience: 1}, []float64{1, math.Inf(-1), math.Inf(-1)}, 3, 2},
	} {
		end := 0
		for i, v := range c.scores {
			stop, err := c.stop.Add(v)
			if err != nil {
				t.Fatal(err)
			}
			if stop {
				end = i + 1
				break
			}
		}
		if _, at := c.stop.Best(); end != c.end || at != c.best {
			t.Errorf("%s: it ends at %d, the best is %d, want %d and %d", c.name, end, at, c.end, c.best)
		}
	}
}

// TestRestoresBest: the parameters are to the bit those of the best evaluation, of random figures, and after a part of
// the training that goes on with what was kept.
func TestRestoresBest(t *testing.T) {
	for seed := range uint64(20) {
		random := nn.NewRand(seed, "best")
		l := perceptron(4, 5, 3)
		stop := &EarlyStop{Of: l.params, Patience: 100, Higher: seed%2 == 0}
		var want []float64
		best := math.Inf(1)
		for i := range 8 {
			l.steps(t, 1)
			score := random.Float64()
			if stop.Higher {
				score = -score
			}
			if _, err := stop.Add(map[bool]float64{true: -score, false: score}[stop.Higher]); err != nil {
				t.Fatal(err)
			}
			if score < best {
				best, want = score, bitsOf(l.params)
			}
			if i == 4 {
				kept, err := stop.Keep()
				if err != nil {
					t.Fatal(err)
				}
				for name, v := range kept {
					kept[name] = cloneBatch([]graph.Tensor{v})[0]
				}
				stop = &EarlyStop{Of: l.params, Patience: 100, Higher: stop.Higher}
				if err := stop.TakeUp(kept); err != nil {
					t.Fatal(err)
				}
			}
		}
		l.steps(t, 1)
		if slices.Equal(bitsOf(l.params), want) {
			t.Fatal("they are the best ones already")
		}
		if err := stop.Restore(); err != nil || !slices.Equal(bitsOf(l.params), want) {
			t.Fatalf("seed %d: %v, or other parameters", seed, err)
		}
	}
}

// fitted is a small training with a test.
func fitted(hook func(*nn.Params) func(Progress, *Control)) (*Fit, *nn.Params) {
	set := data.Split{X: normal(1, 24, 4), Y: graph.FromInt64(slices.Repeat([]int64{0, 1, 2}, 8), 24)}
	l := learners()["adam"]()
	f := &Fit{Trainer: l.Trainer, Train: set.Shuffled(6), Test: set.Ordered(10), Epochs: 6,
		Metrics: []Metric{Accuracy()}}
	f.Hook = hook(l.params)
	return f, l.params
}

// TestKeepBest: the files that stay are those of the best epochs by their figures, with the bytes of those epochs.
func TestKeepBest(t *testing.T) {
	for _, higher := range []bool{false, true} {
		dir := t.TempDir()
		var best *KeepBest
		var at [][]float64
		f, params := fitted(func(ps *nn.Params) func(Progress, *Control) {
			best = &KeepBest{Dir: filepath.Join(dir, "best"), Of: ps, K: 2, Last: true, Higher: higher}
			return Hooks(best.Hook, nil, func(now Progress, _ *Control) {
				if now.Scores != nil {
					at = append(at, bitsOf(ps))
				}
			})
		})
		r, err := f.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rows := slices.Clone(r.History)
		slices.SortStableFunc(rows, func(a, b history.Row) int {
			if (a.TestLoss < b.TestLoss) != higher {
				return -1
			}
			return 1
		})
		files, _ := filepath.Glob(filepath.Join(dir, "best", "*"))
		if len(files) != 3 || len(best.Files()) != 2 {
			t.Errorf("there are %q", files)
		}
		for i, path := range append(best.Files(), filepath.Join(dir, "best", "last.safetensors")) {
			epoch := len(at)
			if i < 2 {
				epoch = rows[i].Epoch
			}
			if err := params.Load(path); err != nil || !slices.Equal(bitsOf(params), at[epoch-1]) {
				t.Errorf("%s is not that of epoch %d: %v", path, epoch, err)
			}
		}
	}
}

// TestTools: each bad use is an error that says what, of Fit or of the tool.
func TestTools(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		hook func(*nn.Params) func(Progress, *Control)
		want string
	}{
		{"a figure that there is not", func(*nn.Params) func(Progress, *Control) {
			return (&EarlyStop{Metric: "f1"}).Hook
		},
			`early stop: the test has no figure "f1"; it has ["accuracy"]`},
		{"a delta below 0", func(*nn.Params) func(Progress, *Control) { return (&EarlyStop{MinDelta: -1}).Hook },
			"MinDelta is -1"},
		{"patience below 0", func(*nn.Params) func(Progress, *Control) { return (&EarlyStop{Patience: -1}).Hook },
			"Patience is -1"},
		{"best in no folder", func(ps *nn.Params) func(Progress, *Control) { return (&KeepBest{Of: ps}).Hook },
			"there is no Dir"},
		{"best of nothing", func(*nn.Params) func(Progress, *Control) { return (&KeepBest{Dir: dir}).Hook },
			"there is no Of"},
		{"best in a file", func(ps *nn.Params) func(Progress, *Control) {
			return (&KeepBest{Dir: file, Of: ps}).Hook
		}, "keep best: mkdir"},
		{"best of a figure that there is not", func(ps *nn.Params) func(Progress, *Control) {
			return (&KeepBest{Dir: dir, Of: ps, Metric: "f1"}).Hook
		}, `keep best: the test has no figure "f1"`},
		{"fewer than none", func(ps *nn.Params) func(Progress, *Control) {
			return (&KeepBest{Dir: dir, Of: ps, K: -1}).Hook
		}, "K is -1"},
		{"an error of a hook", func(*nn.Params) func(Progress, *Control) {
			return func(_ Progress, c *Control) { c.Err = errors.New("enough") }
		}, "enough"},
	} {
		f, _ := fitted(c.hook)
		if _, err := f.Run(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.name, err, c.want)
		}
	}
	for name, err := range map[string]error{
		"the EarlyStop is nil": (*EarlyStop)(nil).Restore(),
		"there is no Of":       (&EarlyStop{}).Restore(),
		"the KeepBest is nil":  (*KeepBest)(nil).Add(1, 2),
		"there is no seen": (&EarlyStop{}).TakeUp(
			map[string]graph.Tensor{"waited": counted(0), "at": counted(0)}),
		"0 epochs and 2 figures": (&KeepBest{}).TakeUp(
			map[string]graph.Tensor{"scores": graph.FromFloat64([]float64{1, 2}, 2)}),
		"but all times count the sa": (&Average{Of: perceptron(4, 3).params, Decay: .5, Equal: true}).Add(),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
}

// TestToolsWithoutTest: a tool that goes by the scores of a test says so at the first step of a Fit without one, and
// nothing where it is called by hand, or where there is a test.
func TestToolsWithoutTest(t *testing.T) {
	for name, hook := range map[string]func(Progress, *Control){
		"early stop": (&EarlyStop{}).Hook,
		"keep best":  (&KeepBest{Dir: t.TempDir(), Of: mlp.New(2, 2).Params()}).Hook,
	} {
		f, _ := fitted(func(*nn.Params) func(Progress, *Control) { return hook })
		f.Test, f.Metrics = nil, nil
		result, err := f.Run(t.Context())
		if want := name + ": the Fit has no Test, by whose scores this goes: set Fit.Test"; err == nil ||
			!strings.HasPrefix(err.Error(), want) || result.Steps != 1 {
			t.Errorf("%s: after %d steps %v, want %s", name, result.Steps, err, want)
		}
		c := Control{}
		if hook(Progress{}, &c); c.Err != nil {
			t.Errorf("%s, by hand: %v", name, c.Err)
		}
	}
}

// TestRestoreOfNothing: where no evaluation counts there is nothing to give back, which is said.
func TestRestoreOfNothing(t *testing.T) {
	stop := &EarlyStop{Of: mlp.New(2, 2).Params(), WarmUp: 1}
	want := []string{"there was no evaluation yet", "none of 1 evaluations counts, the WarmUp being 1",
		"none of 2 evaluations counts", ""}
	for i, score := range []float64{1, math.NaN(), 3, 4} { // of which the third is the first that counts
		err := stop.Restore()
		if want := want[i]; (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("after %d evaluations: %v, want %s", i, err, want)
		}
		if _, err := stop.Add(score); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEqualAverage: the plain mean of all values, and of a constant the constant.
func TestEqualAverage(t *testing.T) {
	l := perceptron(4, 3)
	a, constant := &Average{Of: l.params, Equal: true}, &Average{Of: mlp.New(2, 2).Params(), Equal: true}
	want, n := make([]float64, len(bitsOf(l.params))), 7
	fixed := bitsOf(constant.Of)
	for range n {
		l.steps(t, 1)
		if err := errors.Join(a.Add(), constant.Add()); err != nil {
			t.Fatal(err)
		}
		for i, v := range bitsOf(l.params) {
			want[i] += v / float64(n)
		}
	}
	if err := errors.Join(a.Swap(), constant.Swap()); err != nil {
		t.Fatal(err)
	}
	for i, got := range bitsOf(l.params) {
		if math.Abs(got-want[i]) > 1e-6*math.Max(1, math.Abs(want[i])) {
			t.Errorf("mean %d is %v, want %v", i, got, want[i])
		}
	}
	if !slices.Equal(bitsOf(constant.Of), fixed) {
		t.Error("the mean of a constant is another")
	}
}

// TestLimits: the first batches of each epoch, or of the first one in all.
func TestLimits(t *testing.T) {
	set := data.Split{X: normal(1, 24, 4), Y: graph.FromInt64(slices.Repeat([]int64{0, 1, 2}, 8), 24)}
	source := set.Shuffled(6)
	read := func(s Source, epoch int) (all []float32) {
		for b := range s.Batches(epoch) {
			all = append(all, b[0].F32...)
		}
		return all
	}
	for epoch := range 3 {
		whole := read(source, epoch)
		if got := read(Limit(source, 2), epoch); !slices.Equal(got, whole[:48]) {
			t.Errorf("epoch %d of Limit is %v", epoch, got)
		}
		if got := read(OverfitBatches(source, 2), epoch); !slices.Equal(got, read(source, 0)[:48]) {
			t.Errorf("epoch %d of OverfitBatches is %v", epoch, got)
		}
	}
	if n, all := Limit(source, 2).Len(), Limit(source, 9).Len(); n != 2 || all != 4 ||
		OverfitBatches(source, 2).Len() != 2 {
		t.Errorf("they have %d and %d batches", n, all)
	}
	for want, wrong := range map[string]func(){
		"train: Limit of 0 batches of data.": func() { Limit(source, 0) },
		"train: Limit of 1 batches of <nil>": func() { OverfitBatches(nil, 1) },
	} {
		func() {
			defer func() {
				if r, _ := recover().(string); !strings.HasPrefix(r, want) {
					t.Errorf("got %q, want %s", r, want)
				}
			}()
			wrong()
		}()
	}
}

// TestNoTrace: after a range test or a dry run parameters, moments, averages and all that comes after them are to the
// bit what they are without, before the first step and between two.
func TestNoTrace(t *testing.T) {
	for name, start := range resumables() {
		for what, try := range map[string]func(*Fit) error{
			"a range test": func(f *Fit) error {
				r, err := RangeTest(t.Context(), f.Trainer, f.Train, RangeOptions{Steps: 12, To: 1})
				if err == nil && len(r.Rates) < 2 {
					err = errors.New("there are no rates")
				}
				return err
			},
			"a dry run": func(f *Fit) error { return f.DryRun(t.Context()) },
			"one that diverges": func(f *Fit) error {
				_, err := RangeTest(t.Context(), f.Trainer, f.Train, RangeOptions{To: 1e30})
				return err
			},
		} {
			run := func(trying bool) string {
				r := start()
				if trying {
					if err := try(r.Fit); err != nil {
						t.Fatal(name, what, err)
					}
				}
				hook, n := r.Hook, 0
				r.Hook = func(now Progress, c *Control) {
					if hook != nil {
						hook(now, c)
					}
					if n++; n == 5 && trying {
						f := *r.Fit
						f.Checkpoint = nil
						if err := try(&f); err != nil {
							c.Err = err
						}
					}
				}
				result, err := r.Run(t.Context())
				if err != nil {
					t.Fatal(name, what, err)
				}
				return r.state(t, result)
			}
			if got, want := run(true), run(false); got != want {
				t.Errorf("%s, %s:\ngot  %.600s\nwant %.600s", name, what, got, want)
			}
		}
	}
}

// TestTracesAreSeen: steps that are not undone are a trace, so that the test above would see them.
func TestTracesAreSeen(t *testing.T) {
	r := resumables()["adam"]()
	before := bitsOf(r.params)
	twin := r.Trainer.twin()
	for batch := range r.Train.Batches(0) {
		if _, err := twin.Step(batch...); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Equal(bitsOf(r.params), before) {
		t.Error("a twin changes nothing")
	}
}

// TestSuggestion: rates, running mean and suggestion are those of the formulas, on a loss that is known.
func TestSuggestion(t *testing.T) {
	r := &Range{}
	for i := range 60 {
		rate := 1e-5 * math.Pow(1e6, float64(i)/59)
		loss := 2.3 - 1.8/(1+math.Exp(-(math.Log10(rate)+2)*4)) // falls most steeply at 1e-2
		if math.Log10(rate) > -1 {
			loss += 100 * rate
		}
		if r.add(rate, loss) {
			break
		}
	}
	r.suggest()
	// The running mean comes after the loss by some steps, of a tenth of a power of ten each.
	if len(r.Rates) == 60 || r.Suggestion < 5e-3 || r.Suggestion > 5e-2 {
		t.Errorf("after %d steps the suggestion is %v, want about 1e-2", len(r.Rates), r.Suggestion)
	}
	if got, want := r.Smoothed[2], .05*r.Losses[2]+.95*(.05*r.Losses[1]+.95*r.Losses[0]); math.Abs(got-want) > 1e-12 {
		t.Errorf("the running mean is %v, want %v", got, want)
	}
	flat := &Range{}
	for range 20 {
		flat.add(1, 1)
	}
	if flat.suggest(); flat.Suggestion != 0 {
		t.Errorf("where nothing falls the suggestion is %v", flat.Suggestion)
	}
	for _, v := range []float64{-1, -2, -1.5, -4} { // a loss below 0 may fall
		if flat = (&Range{Smoothed: []float64{-1}}); flat.add(1, v) {
			t.Errorf("from -1 to %v it diverges", v)
		}
	}
}

// TestRangeTestMisused: each is an error that says what.
func TestRangeTestMisused(t *testing.T) {
	r := resumables()["adam"]()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		t      *Trainer
		source Source
		o      RangeOptions
		want   string
	}{
		{"no trainer", t.Context(), nil, r.Train, RangeOptions{}, "range test: there is no Trainer"},
		{"a trainer of nobody", t.Context(), &Trainer{}, r.Train, RangeOptions{}, "a Trainer comes from New"},
		{"no source", t.Context(), r.Trainer, nil, RangeOptions{}, "there is no Train"},
		{"no batch", t.Context(), r.Trainer, Fixed(), RangeOptions{}, "the source has no batch"},
		{"no context", nil, r.Trainer, r.Train, RangeOptions{}, "the context is nil"},
		{"a context that has ended", ended, r.Trainer, r.Train, RangeOptions{}, "interrupted"},
		{"rates that fall", t.Context(), r.Trainer, r.Train, RangeOptions{From: 2, To: 1}, "the rates go from 2 to 1"},
		{"a rate that is no number", t.Context(), r.Trainer, r.Train, RangeOptions{From: math.NaN()},
			"from NaN to 10"},
		{"an infinite rate", t.Context(), r.Trainer, r.Train, RangeOptions{To: math.Inf(1)}, "to +Inf"},
		{"one step", t.Context(), r.Trainer, r.Train, RangeOptions{Steps: 1}, "Steps is 1, want at least 2"},
		{"steps below 0", t.Context(), r.Trainer, r.Train, RangeOptions{Steps: -1}, "Steps is -1"},
		{"a batch that does not fit", t.Context(), r.Trainer, Fixed([]graph.Tensor{normal(1, 2, 3)}), RangeOptions{},
			"the batch has 1 tensor"},
	} {
		if _, err := RangeTest(c.ctx, c.t, c.source, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.name, err, c.want)
		}
	}
	for want, f := range map[string]*Fit{
		"there is no Trainer": {Train: r.Train, Epochs: 1},
		"Train has no batch":  {Trainer: r.Trainer, Train: Fixed(), Epochs: 1},
		"there is no data":    {Trainer: r.Trainer, Train: r.Train, Test: Fixed(), Epochs: 1},
		`two metrics are`: {Trainer: r.Trainer, Train: r.Train, Test: r.Test, Epochs: 1,
			Metrics: []Metric{Accuracy(), Accuracy()}},
		"the batch has 1 ten": {Trainer: r.Trainer, Train: Fixed([]graph.Tensor{normal(1, 2, 3)}), Epochs: 1},
	} {
		if err := f.DryRun(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
