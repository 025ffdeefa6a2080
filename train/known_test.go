package train

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/internal/checkpoint"
	"github.com/stheno-ml/stheno/train/schedule"
)

// knowing is a training of two epochs of four steps with no Settings, as a program would write it, in a folder.
type knowing struct {
	set   data.Split
	size  int
	opt   Optimizer
	fit   Fit
	keep  Checkpoint
	train func(data.Split, int) Source // nil for Shuffled
}

func newKnowing(dir string) *knowing {
	return &knowing{set: data.Split{X: normal(1, 24, 4), Y: graph.FromInt64(slices.Repeat([]int64{0, 1}, 12), 24)},
		size: 6, opt: &Adam{LR: .001}, fit: Fit{Epochs: 2}, keep: Checkpoint{Dir: dir, Resume: true}}
}

// run runs it, changed by change, with a new model and trainer, and returns the bits of the parameters.
func (k *knowing) run(t *testing.T, changes ...func(*knowing)) (Result, []float64, error) {
	t.Helper()
	for _, change := range changes {
		change(k)
	}
	model := mlp.New(4, 3, 2)
	k.keep.Of = model.Params()
	trainer := New(Supervised(model, ops.CrossEntropy), k.opt)
	if was := k.fit.Trainer; was != nil { // the fields that a change has set
		trainer.ClipNorm, trainer.ClipValue, trainer.Accumulate, trainer.Seed = was.ClipNorm, was.ClipValue,
			was.Accumulate, was.Seed
	}
	k.fit.Trainer, k.fit.Checkpoint = trainer, &k.keep
	k.fit.Train = k.set.Shuffled(k.size)
	if k.train != nil {
		k.fit.Train = k.train(k.set, k.size)
	}
	result, err := k.fit.Run(t.Context())
	return result, bitsOf(model.Params()), err
}

// TestFitKnows: a training that has ended, and is run again with another setting, is refused with one line that names
// it, what it was and what it is, though nobody has given Settings. With the name in Allow it is gone on from.
func TestFitKnows(t *testing.T) {
	fields := func(change func(*Trainer)) func(*knowing) {
		return func(k *knowing) { k.fit.Trainer = &Trainer{}; change(k.fit.Trainer) }
	}
	ordered := func(s data.Split, n int) Source { return s.Ordered(n) }
	for _, c := range []struct {
		name      string
		change    func(*knowing)
		want      string
		alsoAllow []string
	}{
		{"more epochs", func(k *knowing) { k.fit.Epochs = 4 }, `its epochs is "2", and this one's is "4"`, nil},
		{"a limit of steps", func(k *knowing) { k.fit.Steps = 3 },
			`its most steps is "no limit", and this one's is "3"`, nil},
		{"another rate", func(k *knowing) { k.opt = &Adam{LR: 1} },
			`its learning rate is "0.001", and this one's is "1"`, nil},
		{"another constant", func(k *knowing) { k.opt = &Adam{LR: .001, Beta1: .5} },
			`its optimizer is "Adam{}", and this one's is "Adam{Beta1:0.5}"`, nil},
		{"another optimiser", func(k *knowing) { k.opt = &NAdam{LR: .001} },
			`its optimizer is "Adam{}", and this one's is "NAdam{}"`, nil},
		{"groups", func(k *knowing) {
			k.opt = &ByGroup{Groups: []Group{{Vectors, &Adam{LR: .01}}}, Else: &Adam{LR: .001}}
		}, `this one's is "ByGroup{Groups:[Group{Of:func(*graph.Param) bool Optimizer:Adam{LR:0.01}}] ` +
			`Else:Adam{LR:0.001}}"`, nil},
		{"a schedule", func(k *knowing) { k.fit.Schedule = schedule.Cosine{}.At },
			`its schedule is "none", and this one's is "1 0.9619 0.8536`, nil},
		{"clipping by norm", fields(func(t *Trainer) { t.ClipNorm = 1 }),
			`its norm that gradients are clipped to is "no limit", and this one's is "1"`, nil},
		{"clipping by value", fields(func(t *Trainer) { t.ClipValue = 1 }),
			`its value that gradients are clipped to is "no limit", and this one's is "1"`, nil},
		{"accumulation", fields(func(t *Trainer) { t.Accumulate = 2 }),
			`its parts of a step is "1", and this one's is "2"`, nil},
		{"another seed of dropout", fields(func(t *Trainer) { t.Seed = 5 }),
			`its seed of the trainer is "0", and this one's is "5"`, nil},
		{"another seed of the order", func(k *knowing) { k.set = k.set.Seeded(7) },
			`its training seed is "0", and this one's is "7"`, nil},
		{"other data", func(k *knowing) { k.set.X = normal(2, 24, 4) }, `its training data is "sha256 `, nil},
		{"another size of batches", func(k *knowing) { k.size = 8 },
			`its batches of an epoch is "4", and this one's is "3"`, []string{"training batch size"}},
		{"an order that is not shuffled", func(k *knowing) { k.train = ordered },
			`its training seed is "0", and this one's is nothing`, nil},
		{"a part of the data", func(k *knowing) {
			k.train = func(s data.Split, n int) Source { return Limit(s.Shuffled(n), 4) }
		}, `its training limit is nothing, and this one's is "4"`, nil},
		{"a test", func(k *knowing) { k.fit.Test = k.set.Ordered(8) },
			`its batches of the test is "none", and this one's is "3"`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // it waits for the disk
			dir := t.TempDir()
			_, was, err := newKnowing(dir).run(t)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = newKnowing(dir).run(t, c.change)
			var other *SettingsError
			if !errors.As(err, &other) || !errors.Is(err, ErrSettings) || !strings.Contains(err.Error(), c.want) ||
				strings.Contains(err.Error(), "\n") {
				t.Fatalf("\ngot  %v\nwant %s", err, c.want)
			}
			allow := func(k *knowing) { k.keep.Allow = append(c.alsoAllow, other.Name) }
			result, is, err := newKnowing(dir).run(t, c.change, allow)
			if err != nil {
				t.Fatalf("%s is allowed: %v", other.Name, err)
			}
			longer := c.name == "more epochs"
			if result.Finished == longer || longer != (len(result.History) == 4) || longer == slices.Equal(is, was) {
				t.Errorf("allowed: finished %v, %d rows", result.Finished, len(result.History))
			}
		})
	}
}

// TestFitKnowsWhatIsTheSame: what the result does not depend on may differ, and what a training has ended is said.
func TestFitKnowsWhatIsTheSame(t *testing.T) {
	dir := t.TempDir()
	result, was, err := newKnowing(dir).run(t)
	if err != nil || result.Finished {
		t.Fatal(result.Finished, err)
	}
	for name, change := range map[string]func(*knowing){
		"nothing":            func(*knowing) {},
		"the usual rate":     func(k *knowing) { k.opt = &Adam{} },
		"how often it saves": func(k *knowing) { k.keep.Every, k.keep.Keep = 1, 3 },
		"a loader": func(k *knowing) {
			k.train = func(s data.Split, n int) Source { return data.Loader{Source: s.Shuffled(n), Workers: 2} }
		},
		"a source that says nothing": func(k *knowing) {
			k.train = func(s data.Split, n int) Source { return struct{ Source }{s.Shuffled(n)} }
		},
	} {
		result, is, err := newKnowing(dir).run(t, change)
		if err != nil || !result.Finished || result.Steps != 8 || !slices.Equal(is, was) {
			t.Errorf("%s: finished %v after %d steps, %v", name, result.Finished, result.Steps, err)
		}
	}
}

// TestFitRunAgain: a Fit that is run again with the same Trainer, whose rate a hook has changed, goes on; and a rate
// that is allowed to be another is that of the steps to come.
func TestFitRunAgain(t *testing.T) {
	k := newKnowing(t.TempDir())
	k.fit.Hook = func(_ Progress, c *Control) { c.Rate *= .5 }
	if _, _, err := k.run(t); err != nil {
		t.Fatal(err)
	}
	result, err := k.fit.Run(t.Context())
	if err != nil || !result.Finished {
		t.Fatal(result.Finished, err)
	}
	again := newKnowing(k.keep.Dir)
	result, _, err = again.run(t, func(k *knowing) {
		k.opt, k.fit.Epochs, k.keep.Allow = &Adam{LR: .25}, 3, []string{"learning rate", "epochs"}
	})
	if err != nil || result.Finished || result.History[2].LR != .25 {
		t.Error(result, err)
	}
	_, _, err = newKnowing(k.keep.Dir).run(t, func(k *knowing) { k.fit.Epochs = 3 })
	if err == nil || !strings.Contains(err.Error(), `its learning rate is "0.25", and this one's is "0.001"`) {
		t.Error(err)
	}
}

// TestFormerCheckpoint: a checkpoint of version 1, in which a Fit had recorded nothing of itself, is taken up.
func TestFormerCheckpoint(t *testing.T) {
	dir := t.TempDir()
	_, was, err := newKnowing(dir).run(t, func(k *knowing) { k.keep.Settings = map[string]string{"mine": "1"} })
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, checkpoint.NameOf(1)+checkpoint.ManifestEnding)
	m, err := checkpoint.ReadManifest(path)
	if err != nil {
		t.Fatal(err)
	}
	m.Version, m.Fit.Settings, m.Fit.Total = 1, nil, 0
	if err := m.Write(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "epochs") || strings.Contains(string(text), "steps_in_all") {
		t.Fatalf("it is no manifest of the former version: %s", text)
	}
	other := func(k *knowing) { k.opt, k.keep.Settings = &Adam{LR: 1}, map[string]string{"mine": "1"} }
	result, is, err := newKnowing(dir).run(t, other)
	if err != nil || !result.Finished || !slices.Equal(is, was) {
		t.Errorf("finished %v, %v", result.Finished, err)
	}
	_, _, err = newKnowing(dir).run(t, other, func(k *knowing) { k.keep.Settings["mine"] = "2" })
	if !errors.Is(err, ErrSettings) || !strings.HasSuffix(err.Error(), `its mine is "1", and this one's is "2"`) {
		t.Error(err)
	}
	result, _, err = newKnowing(dir).run(t, other, func(k *knowing) { k.fit.Epochs = 3 })
	if err != nil || result.Finished || len(result.History) != 3 {
		t.Errorf("%d rows, %v", len(result.History), err)
	}
	_, _, err = newKnowing(dir).run(t, other, func(k *knowing) { k.fit.Epochs = 4 })
	if err == nil || !strings.Contains(err.Error(), `its epochs is "3", and this one's is "4"`) {
		t.Errorf("what was saved since has settings: %v", err)
	}
}
