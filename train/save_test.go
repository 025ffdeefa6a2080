package train

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train/schedule"
)

// moody is a model whose steps depend on all that there is: running statistics, and random numbers by the step.
func moody(d graph.DType) *nn.Sequential {
	m := nn.NewSequential(nn.NewScope(),
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 4, 6) },
		func(s *nn.Scope) nn.Module { return nn.NewBatchNorm1D(s, 6) },
		nn.Dropout(.5).Make,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 6, 3) })
	if err := m.Params().SetDType(d); err != nil {
		panic(err)
	}
	return m
}

// learner is a training that can be saved and gone on from.
type learner struct {
	*Trainer
	params *nn.Params
	batch  func(step int) []graph.Tensor
}

// steps does some and returns the losses.
func (l learner) steps(t *testing.T, n int) (losses []float64) {
	t.Helper()
	for range n {
		loss, err := l.Step(l.batch(l.Steps())...)
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, loss)
	}
	return losses
}

func (l learner) save(t *testing.T, dir string) {
	t.Helper()
	err := errors.Join(l.params.Save(filepath.Join(dir, "weights")), l.Save(filepath.Join(dir, "training")))
	if err != nil {
		t.Fatal(err)
	}
}

func (l learner) load(t *testing.T, dir string) {
	t.Helper()
	err := errors.Join(l.params.Load(filepath.Join(dir, "weights")), l.Load(filepath.Join(dir, "training")))
	if err != nil {
		t.Fatal(err)
	}
}

// learners are trainings of all kinds: each optimiser, float64, and games.
func learners() map[string]func() learner {
	all := map[string]func() learner{}
	add := func(name string, opt Optimizer, d graph.DType) {
		all[name] = func() learner {
			m := moody(d)
			return learner{New(Supervised(m, ops.CrossEntropy), opt), m.Params(), func(step int) []graph.Tensor {
				x := graph.NewTensor(graph.Type{DType: d, Shape: graph.Shape{6, 4}})
				nn.NewRand(uint64(step), "x").Normal(x)
				return []graph.Tensor{x, graph.FromInt64([]int64{0, 1, 2, 0, 1, 2}, 6)}
			}}
		}
	}
	for name, opt := range optimizers() {
		add(name, opt, graph.Float32)
	}
	add("adagrad that begins at 0.1", &AdaGrad{Initial: .1}, graph.Float32)
	add("adam in float64", &Adam{}, graph.Float64)
	add("by group", &ByGroup{Groups: []Group{{Vectors, &Lion{}}, {Under("3"), &NAdam{}}}, Else: &Adam{}},
		graph.Float32)
	for name, change := range map[string]func(*Game){
		"a game":                              func(*Game) {},
		"a game of every third step":          func(g *Game) { g.Players[1].Every = 3 },
		"a game of players that move at once": func(g *Game) { g.Simultaneous = true },
	} {
		all[name] = func() learner {
			p := newPlayers()
			game := p.game()
			change(game)
			return learner{New(game, nil), p.all, func(step int) []graph.Tensor {
				return []graph.Tensor{normal(uint64(step), 8, 3), normal(uint64(100+step), 8, 2)}
			}}
		}
	}
	return all
}

// TestGoOn: a training that is saved and gone on from gives the bits of one that was not interrupted, whether the
// trainer that goes on is new or has made other steps, and whether it is saved once or twice.
func TestGoOn(t *testing.T) {
	for name, start := range learners() {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			whole := start()
			want := whole.steps(t, 4)
			whole.LR /= 3
			want = append(want, whole.steps(t, 4)...)

			first := start()
			got := first.steps(t, 4)
			first.LR /= 3
			first.save(t, dir)
			for _, c := range []struct {
				name string
				then func() learner
			}{
				{"a new trainer", start},
				{"a trainer that has made other steps",
					func() learner { l := start(); l.LR *= 2; l.steps(t, 2); return l }},
				{"a trainer that has loaded and saved before its first step", func() learner {
					l := start()
					l.load(t, dir)
					l.save(t, dir)
					return start()
				}},
			} {
				second := c.then()
				second.load(t, dir)
				if losses := slices.Concat(got, second.steps(t, 4)); !slices.Equal(losses, want) {
					t.Errorf("%s: the losses are %v, want %v", c.name, losses, want)
				}
				if !slices.Equal(bitsOf(second.params), bitsOf(whole.params)) {
					t.Errorf("%s: the parameters differ", c.name)
				}
			}
		})
	}
}

// TestGoOnNeedsAll: without the moments, the step or the rate the training goes on otherwise: the test above would see
// it if one were not saved.
func TestGoOnNeedsAll(t *testing.T) {
	start := learners()["adam"]
	for _, c := range []struct {
		name   string
		forget func(l learner)
	}{
		{"moments", func(l learner) {
			for _, m := range l.moments {
				m.Fill(constantly(0))
			}
		}},
		{"step", func(l learner) { l.step.Store(1) }},
		{"rate", func(l learner) { l.LR = 1 }},
	} {
		whole, other := start(), start()
		whole.steps(t, 4)
		other.steps(t, 4)
		c.forget(other)
		other.batch = func(int) []graph.Tensor { return whole.batch(4) }
		whole.steps(t, 1)
		other.steps(t, 1)
		if slices.Equal(bitsOf(other.params), bitsOf(whole.params)) {
			t.Errorf("without its %s the training is the same", c.name)
		}
	}
}

// TestSavedNames: the names, types and shapes in a file.
func TestSavedNames(t *testing.T) {
	for name, want := range map[string][]string{
		"sgd": {"lr F64 ()", "step I64 ()"},
		"momentum": {"0.bias.velocity F32 (6)", "0.weight.velocity F32 (6, 4)", "1.bias.velocity F32 (6)",
			"1.weight.velocity F32 (6)", "3.bias.velocity F32 (3)", "3.weight.velocity F32 (3, 6)", "lr F64 ()",
			"step I64 ()"},
		"a game": {
			"discriminator.d.bias.mean F32 (1)", "discriminator.d.bias.square F32 (1)",
			"discriminator.d.norm.bias.mean F32 (3)", "discriminator.d.norm.bias.square F32 (3)",
			"discriminator.d.norm.weight.mean F32 (3)", "discriminator.d.norm.weight.square F32 (3)",
			"discriminator.d.weight.mean F32 (1, 3)", "discriminator.d.weight.square F32 (1, 3)",
			"generator.g.bias.velocity F32 (3)", "generator.g.norm.bias.velocity F32 (3)",
			"generator.g.norm.weight.velocity F32 (3)", "generator.g.weight.velocity F32 (3, 2)",
			"loss F64 (2)", "lr F64 ()", "step I64 ()"},
	} {
		l, dir := learners()[name](), t.TempDir()
		l.steps(t, 1)
		l.save(t, dir)
		f, err := safetensors.Open(filepath.Join(dir, "training"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var got []string
		for _, name := range f.Names() {
			info, _ := f.Tensor(name)
			got = append(got, fmt.Sprintf("%s %s %v", name, info.DType, graph.Shape(info.Shape)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
}

// TestFitGoesOn: a Fit that was saved by its hook after two epochs goes on with the third: the same batches, rates,
// losses and bits, with and without a test and a limit of steps.
func TestFitGoesOn(t *testing.T) {
	set := data.Split{X: normal(1, 24, 4), Y: graph.FromInt64(slices.Repeat([]int64{0, 1, 2}, 8), 24)}
	for _, c := range []struct {
		name   string
		change func(*Fit)
		steps  int
	}{
		{"plain", func(*Fit) {}, 20},
		{"a test", func(f *Fit) { f.Test = set.Ordered(10) }, 20},
		{"at most 17 steps", func(f *Fit) { f.Steps = 17 }, 17},
	} {
		dir, start := t.TempDir(), learners()["adam"]
		fit := func(l learner, done int) (Result, []float64) {
			f := Fit{Trainer: l.Trainer, Train: set.Shuffled(6), Epochs: 5, Schedule: schedule.Cosine{}.At, Done: done}
			f.Hook = func(now Progress, c *Control) {
				switch {
				case now.Step == 1:
					c.Rate *= .9
				case now.Step == now.Steps && now.Epoch == 2:
					l.save(t, dir)
				}
			}
			c.change(&f)
			r, err := f.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for i := range r.History {
				r.History[i].Seconds = 0
			}
			return r, bitsOf(l.params)
		}
		want, bits := fit(start(), 0)
		second := start()
		second.load(t, dir)
		got, again := fit(second, 2)
		if !reflect.DeepEqual(got.History, want.History[2:]) || got.TrainLoss != want.TrainLoss {
			t.Errorf("%s: the history is %v, want %v", c.name, got.History, want.History[2:])
		}
		if got.Steps != c.steps || want.Steps != c.steps || got.Epochs != 5 || got.Samples != 6*(c.steps-8) {
			t.Errorf("%s: %d steps in %d epochs of %d samples, uninterrupted %d steps", c.name, got.Steps, got.Epochs,
				got.Samples, want.Steps)
		}
		if !slices.Equal(again, bits) {
			t.Errorf("%s: the parameters differ", c.name)
		}
	}
}

// perceptron is a training of fc1 and fc2 with momentum.
func perceptron(widths ...int) learner {
	m := mlp.New(widths...)
	return learner{New(Supervised(m, ops.CrossEntropy), &SGD{LR: .1, Momentum: .9}), m.Params(),
		func(step int) []graph.Tensor {
			return []graph.Tensor{normal(uint64(step), 6, widths[0]), graph.FromInt64([]int64{0, 1, 2, 0, 1, 2}, 6)}
		}}
}

// TestMomentsOfFrozen: moments of a parameter that is frozen when a training is gone on from are kept until it is not.
func TestMomentsOfFrozen(t *testing.T) {
	dir := t.TempDir()
	run := func(interrupted bool) []float64 {
		l := perceptron(4, 5, 3)
		l.steps(t, 2)
		l.params.Freeze("fc1")
		l.steps(t, 2)
		if interrupted {
			for range 2 { // saved a second time where they wait
				l.save(t, dir)
				l = perceptron(4, 5, 3)
				l.params.Freeze("fc1")
				l.load(t, dir)
				l.steps(t, 1)
			}
		} else {
			l.steps(t, 2)
		}
		l.params.Unfreeze("fc1")
		l.steps(t, 2)
		return bitsOf(l.params)
	}
	if got, want := run(true), run(false); !slices.Equal(got, want) {
		t.Errorf("the parameters are %v, want %v", got, want)
	}
}

// TestSavedBeforeTheFirstStep: what has not begun is gone on from as what has not begun.
func TestSavedBeforeTheFirstStep(t *testing.T) {
	dir := t.TempDir()
	fresh := perceptron(4, 5, 3)
	fresh.save(t, dir)
	want := fresh.steps(t, 3)
	for _, steps := range []int{0, 2} {
		l := perceptron(4, 5, 3)
		l.steps(t, steps)
		l.load(t, dir)
		if got := l.steps(t, 3); !slices.Equal(got, want) {
			t.Errorf("after %d steps the losses are %v, want %v", steps, got, want)
		}
	}
}

// TestTrainingThatDoesNotFit: each is an error that lists what is wrong, before the first step and after it; nothing
// is changed by it.
func TestTrainingThatDoesNotFit(t *testing.T) {
	one := []int64{1}
	rate := []float64{.1}
	velocity := func(name string, shape ...int) safetensors.Tensor {
		return safetensors.Tensor{Name: name + ".velocity", Shape: shape,
			Data: make([]float32, graph.Shape(shape).Size())}
	}
	step, lr := safetensors.Tensor{Name: "step", Data: one}, safetensors.Tensor{Name: "lr", Data: rate}
	w, b := velocity("fc1.weight", 3, 4), velocity("fc1.bias", 3)
	for _, c := range []struct {
		name    string
		tensors []safetensors.Tensor
		want    string // "" for what fits
	}{
		{"what fits", []safetensors.Tensor{step, lr, w, b}, ""},
		{"weights and no training",
			[]safetensors.Tensor{{Name: "fc1.bias", Shape: []int{3}, Data: make([]float32, 3)}},
			"2 missing: lr, step"},
		{"a step that is no scalar", []safetensors.Tensor{{Name: "step", Shape: []int{1}, Data: one}, lr, w, b},
			"1 mis-shaped: step: file (1), model ()"},
		{"a step below 0", []safetensors.Tensor{{Name: "step", Data: []int64{-1}}, lr, w, b}, "step is -1"},
		{"a step beyond all", []safetensors.Tensor{{Name: "step", Data: []int64{math.MaxInt64}}, lr, w, b},
			"step is 9223372036854775807"},
		{"a rate that is no number", []safetensors.Tensor{step, {Name: "lr", Data: []float64{math.NaN()}}, w, b},
			"lr is NaN"},
		{"a step that is a float", []safetensors.Tensor{{Name: "step", Data: rate}, lr, w, b}, "step"},
		{"no moments", []safetensors.Tensor{step, lr}, "2 missing: fc1.bias.velocity, fc1.weight.velocity"},
		{"a moment too many and one too few", []safetensors.Tensor{step, lr, w, velocity("fc2.bias", 3)},
			"1 missing: fc1.bias.velocity; 1 unexpected: fc2.bias.velocity"},
		{"another shape", []safetensors.Tensor{step, lr, velocity("fc1.weight", 3, 5), b},
			"1 mis-shaped: fc1.weight.velocity: file (3, 5), model (3, 4)"},
		{"a moment of integers",
			[]safetensors.Tensor{step, lr, w, {Name: "fc1.bias.velocity", Shape: []int{3}, Data: make([]int64, 3)}},
			"fc1.bias.velocity"},
	} {
		path := filepath.Join(t.TempDir(), "training")
		if err := safetensors.Write(path, c.tensors, nil); err != nil {
			t.Fatal(err)
		}
		early, late, same := perceptron(4, 3), perceptron(4, 3), perceptron(4, 3)
		late.steps(t, 2)
		same.steps(t, 2)
		err := early.Load(path)
		if err == nil {
			_, err = early.Step(early.batch(0)...)
		}
		for when, err := range map[string]error{"before the first step": err, "after two": late.Load(path)} {
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) ||
				!strings.Contains(err.Error(), path)) {
				t.Errorf("%s, %s:\ngot  %v\nwant %s", c.name, when, err, c.want)
			}
		}
		var list *nn.MismatchError
		if strings.Contains(c.want, "missing") && !errors.As(err, &list) {
			t.Errorf("%s: the error is a %T", c.name, err)
		}
		if c.want != "" && !slices.Equal(append(late.steps(t, 2), bitsOf(late.params)...),
			append(same.steps(t, 2), bitsOf(same.params)...)) {
			t.Errorf("%s: the training has changed", c.name)
		}
	}
}

// TestSaveUsedWrongly: each is an error.
func TestSaveUsedWrongly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "training")
	twins := New(TaskFunc(func(b ...graph.Node) graph.Node { return ops.MSE(b[0], b[0]) }), &SGD{LR: .1, Momentum: .9})
	a, b := mlp.New(4, 3), mlp.New(4, 3)
	twins.task = TaskFunc(func(x ...graph.Node) graph.Node { return ops.MSE(a.Forward(x[0]), b.Forward(x[0])) })
	if _, err := twins.Step(normal(1, 2, 4)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"a Trainer of nobody", func() error { return (&Trainer{}).Save(path) }, "train: a Trainer comes from New"},
		{"loaded by nobody", func() error { return (*Trainer)(nil).Load(path) }, "train: a Trainer comes from New"},
		{"no task", func() error { return New(nil, &Adam{}).Save(path) }, "there is no task"},
		{"a game without players", func() error { return New(&Game{}, nil).Load(path) }, "the game has no players"},
		{"two models of equal names", func() error { return twins.Save(path) },
			`two moments are named "fc1.bias.velocity"`},
		{"no folder", func() error { return perceptron(4, 3).Save(filepath.Join(dir, "none", "training")) }, "none"},
		{"no file", func() error { return perceptron(4, 3).Load(path) }, "training"},
	} {
		if err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.name, err, c.want)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("there are the files %v; error %v", files, err)
	}
}

// TestMomentsOfTheOtherFloat: a training of one float type is gone on from in the other, rounded.
func TestMomentsOfTheOtherFloat(t *testing.T) {
	for _, c := range []struct{ from, to string }{{"adam", "adam in float64"}, {"adam in float64", "adam"}} {
		dir := t.TempDir()
		from, to := learners()[c.from](), learners()[c.to]()
		from.steps(t, 3)
		from.save(t, dir)
		to.load(t, dir)
		if _, err := to.Compiled(to.batch(0)[0].Type, to.batch(0)[1].Type); err != nil {
			t.Fatal(err)
		}
		named, err := to.named()
		if err != nil || len(named) != len(from.moments) {
			t.Fatalf("there are %d moments, want %d; error %v", len(named), len(from.moments), err)
		}
		for _, m := range from.moments {
			for i := range m.Type().Shape.Size() {
				got, want := named[m.Name()].Tensor().At(i), m.Tensor().At(i)
				if float32(got) != float32(want) {
					t.Errorf("%s to %s: element %d of %s is %v, want %v", c.from, c.to, i, m.Name(), got, want)
				}
			}
		}
	}
}
