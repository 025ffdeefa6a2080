package train

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recent"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/schedule"
)

// idle is an optimiser that assigns nothing.
type idle struct{}

func (idle) Rate() float64                                { return 1 }
func (idle) Update(_ *Update, _ graph.Node, _ graph.Node) {}

// TestTrainerUsedWrongly: each is an error of the first step that says what was done.
func TestTrainerUsedWrongly(t *testing.T) {
	nan := math.NaN()
	x, y := graph.FromFloat32(make([]float32, 8), 2, 4), graph.FromInt64([]int64{0, 1}, 2)
	task := func() Task { return Supervised(mlp.New(4, 3), ops.CrossEntropy) }
	frozen := func(m nn.Model) Task {
		m.Params().Freeze("")
		return &Prediction{Model: m, Loss: ops.CrossEntropy, Penalty: ops.L2Penalty}
	}
	by := func(loss Loss) Task { return Supervised(mlp.New(4, 3), loss) }
	const apart = "train: no gradient reaches a trainable parameter"
	set := func(tr *Trainer, f func(*Trainer)) *Trainer { f(tr); return tr }
	for _, c := range []struct {
		name string
		tr   *Trainer
		x    graph.Tensor
		want string
	}{
		{"no task", New(nil, &Adam{}), x, "train: there is no task"},
		{"no model", New(&Prediction{Loss: ops.MSE}, &Adam{}), x, "train: the task has no model"},
		{"a nil model", New(&Prediction{Model: (*mlp.MLP)(nil), Loss: ops.MSE}, &Adam{}), x,
			"train: the task has no model"},
		{"no loss", New(&Prediction{Model: mlp.New(4, 3)}, &Adam{}), x, "train: the task has no loss"},
		{"no optimiser", New(task(), nil), x, "train: there is no optimiser"},
		{"a nil optimiser", New(task(), (*Adam)(nil)), x, "train: there is no optimiser"},
		{"the zero Trainer", &Trainer{}, x, "train: a Trainer comes from New"},
		{"all frozen, with a penalty", New(frozen(mlp.New(4, 3)), &Adam{}), x,
			"the model has no trainable parameters: all are frozen"},
		{"a loss without the predictions", New(by(func(_, y graph.Node) graph.Node { return y.Graph().Scalar(1) }),
			&Adam{}), x, apart},
		{"a comparison for a loss", New(by(func(pred, _ graph.Node) graph.Node { return ops.Mean(ops.Sign(pred)) }),
			&Adam{}), x, apart},
		{"a stopped gradient", New(by(func(pred, y graph.Node) graph.Node {
			return ops.CrossEntropy(ops.StopGradient(pred), y)
		}), &Adam{}), x, apart},
		{"SGD without a rate", New(task(), &SGD{}), x, "train: SGD: LR is 0, and there is no usual one"},
		{"Nesterov without a momentum", New(task(), &SGD{LR: 1, Nesterov: true}), x,
			"train: SGD: the look-ahead of Nesterov is by the momentum, which is 0"},
		{"a momentum of 1", New(task(), &SGD{LR: 1, Momentum: 1}), x,
			"train: SGD: Momentum is 1, want a number in [0, 1)"},
		{"a rate below 0", New(task(), &Adam{LR: -1}), x,
			"train: Adam: LR is -1, want a finite number that is not negative"},
		{"a β₁ that is no number", New(task(), &Adam{Beta1: nan}), x,
			"train: Adam: Beta1 is NaN, want a number in [0, 1)"},
		{"a β₂ of 1", New(task(), &AdamW{Beta2: 1}), x, "train: AdamW: Beta2 is 1, want a number in [0, 1)"},
		{"a ρ below 0", New(task(), &RMSProp{Rho: -.5}), x, "train: RMSProp: Rho is -0.5"},
		{"a sum that begins below 0", New(task(), &AdaGrad{Initial: -1}), x, "train: AdaGrad: Initial is -1"},
		{"a decay below 0", New(task(), &AdaGrad{Decay: -1}), x, "train: AdaGrad: Decay is -1"},
		{"an infinite ε", New(task(), &RMSProp{Eps: math.Inf(1)}), x, "train: RMSProp: Eps is +Inf"},
		{"an optimiser that assigns nothing", New(task(), idle{}), x,
			`Update of train.idle does not assign parameter "fc1.weight"`},
		{"a norm below 0", set(New(task(), &Adam{}), func(t *Trainer) { t.ClipNorm = -1 }), x,
			"train: ClipNorm is -1, want a positive number, or 0 for none"},
		{"a norm that is no number", set(New(task(), &Adam{}), func(t *Trainer) { t.ClipNorm = nan }), x,
			"train: ClipNorm is NaN"},
		{"a value below 0", set(New(task(), &Adam{}), func(t *Trainer) { t.ClipValue = -1 }), x,
			"train: ClipValue is -1"},
		{"a rate that is no number", set(New(task(), &Adam{}), func(t *Trainer) { t.LR = nan }), x,
			"train: the learning rate is NaN"},
		{"a rate too small for float32", New(task(), &Adam{LR: 1e-60}), x,
			"train: the learning rate is 1e-60, which in float32 is 0"},
		{"a rate too large for float32", New(task(), &SGD{LR: 1e60}), x,
			"train: the learning rate is 1e+60, which in float32 is +Inf"},
		{"an ε too small for float32", New(task(), &Adam{Eps: 1e-60}), x, "eps is 1e-60, which in float32 is 0"},
		{"a value too small for float32", set(New(task(), &Adam{}), func(t *Trainer) { t.ClipValue = 1e-60 }), x,
			"lo is -1e-60, which in float32 is 0"},
		{"a norm too small for float32", set(New(task(), &Adam{}), func(t *Trainer) { t.ClipNorm = 1e-60 }), x,
			"the largest norm is 1e-60"},
		{"a sum that begins too large for float32", New(task(), &AdaGrad{Initial: 1e60}), x,
			`the moment "fc1.weight.sum" begins with 1e+60, which in float32 is +Inf`},
		{"no rows", New(task(), &Adam{}), graph.Tensor{Type: graph.Type{Shape: graph.Shape{0, 4}}},
			"train: x float32 (0, 4) has no elements"},
		{"fewer elements than the shape says", New(task(), &Adam{}), graph.Tensor{Type: x.Type, F32: x.F32[:3]},
			"train: x: 3 elements"},
		{"float64 for parameters of float32", New(task(), &Adam{}), graph.FromFloat64(make([]float64, 8), 2, 4),
			"; the graph is of float64 as the batch"},
		{"a loss for each row", New(Supervised(mlp.New(4, 2), ops.SquaredError{Reduction: ops.ReduceNone}.Loss),
			&Adam{}), x, "mse none: the shapes differ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.tr.Step(c.x, y); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	doubles := mlp.New(4, 3)
	if err := doubles.Params().SetDType(graph.Float64); err != nil {
		t.Fatal(err)
	}
	_, err := New(Supervised(doubles, ops.MSE), &Adam{}).Step(graph.FromFloat64(make([]float64, 8), 2, 4), y)
	if err == nil || strings.Contains(err.Error(), "float64") {
		t.Errorf("a mistake in shapes is told with the float type: %v", err)
	}
	if _, err := New(by(func(pred, _ graph.Node) graph.Node { return ops.Sum(pred) }), &Adam{}).Step(x,
		y); err != nil {
		t.Errorf("a loss without targets: %v", err)
	}
	for _, opt := range []Optimizer{&Adam{}, &AdamW{}, &RMSProp{}, &AdaGrad{}, &Adam{Beta1: ops.Zero}, &SGD{LR: 1}} {
		// negative control
		m := mlp.New(4, 3)
		before := m.Layers[0].Bias.Tensor().Clone()
		if _, err := New(Supervised(m, ops.CrossEntropy), opt).Step(x, y); err != nil {
			t.Errorf("%T: %v", opt, err)
		}
		if before.At(0) == m.Layers[0].Bias.Tensor().At(0) {
			t.Errorf("%T trains nothing", opt)
		}
	}
	tr := New(task(), &Adam{})
	if _, err := tr.Step(x, y); err != nil {
		t.Fatal(err)
	}
	tr.ClipNorm = 1
	if _, err := tr.Step(x, y); err == nil || !strings.Contains(err.Error(), "are set before the first step") {
		t.Errorf("a clip after the first step: %v", err)
	}
}

// TestTrainerEnteredTwice: a second goroutine is told, here from within the first step.
func TestTrainerEnteredTwice(t *testing.T) {
	x, y := graph.FromFloat32(make([]float32, 8), 2, 4), graph.FromInt64([]int64{0, 1}, 2)
	for name, enter := range map[string]func(*Trainer) error{
		"Step":     func(tr *Trainer) error { _, err := tr.Step(x, y); return err },
		"Reset":    func(tr *Trainer) error { return tr.Reset() },
		"Compiled": func(tr *Trainer) error { _, err := tr.Compiled(x.Type, y.Type); return err },
		"Graph":    func(tr *Trainer) error { _, _, err := tr.Graph(true, x.Type, y.Type); return err },
		"Fit": func(tr *Trainer) error {
			_, err := (&Fit{Trainer: tr, Train: inParts(x, y, 1), Epochs: 1}).Run(t.Context())
			return err
		},
	} {
		var tr *Trainer
		var inner error
		tr = New(Supervised(mlp.New(4, 3), func(pred, target graph.Node) graph.Node {
			inner = enter(tr)
			return ops.CrossEntropy(pred, target)
		}), &Adam{})
		if _, err := tr.Step(x, y); err != nil || inner == nil ||
			!strings.Contains(inner.Error(), "at work for another goroutine") {
			t.Errorf("%s: got %v and %v", name, err, inner)
		}
	}
}

// TestTypesOfNoBatch: a step for tensors that no batch can have is an error, and so is one of a Trainer that is none.
func TestTypesOfNoBatch(t *testing.T) {
	x, y := graph.Type{Shape: graph.Shape{2, 4}}, graph.Type{DType: graph.Int64, Shape: graph.Shape{2}}
	good := New(Supervised(mlp.New(4, 3), ops.MSE), &Adam{})
	for _, c := range []struct {
		name  string
		tr    *Trainer
		batch []graph.Type
		want  string
	}{
		{"an element type that there is none of", good, []graph.Type{{DType: 77, Shape: x.Shape}, y},
			"train: x is to hold dtype(77), want float32 as the graph, or int64"},
		{"both float types", good, []graph.Type{x, {DType: graph.Float64, Shape: graph.Shape{2, 3}}},
			"train: x is to hold float32, want float64 as the graph, or int64"},
		{"a size below 0", good, []graph.Type{{Shape: graph.Shape{-2, 4}}, y}, `input "x": axis 0 has size -2`},
		{"no tensor", good, nil, "train: the batch is empty"},
		{"a nil Trainer", nil, []graph.Type{x, y}, "train: a Trainer comes from New"},
		{"the zero Trainer", &Trainer{}, []graph.Type{x, y}, "train: a Trainer comes from New"},
	} {
		_, _, err := c.tr.Graph(true, c.batch...)
		_, other := c.tr.Compiled(c.batch...)
		for _, err := range []error{err, other} {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got  %v\nwant %s", c.name, err, c.want)
			}
		}
	}
	g := &graph.Graph{}
	(*Trainer)(nil).Build(g, g.Input("x", 2, 4), g.Indices("y", 2))
	if err := g.Err(); err == nil || !strings.Contains(err.Error(), "train: a Trainer comes from New") {
		t.Errorf("Build of a nil Trainer: %v", err)
	}
}

// TestFrozenBetweenSteps: a parameter that is frozen, or unfrozen, or declared unbounded after the first step is so
// from the next step on, for each shape of batch.
func TestFrozenBetweenSteps(t *testing.T) {
	x, y := graph.FromFloat32([]float32{1, 2, 3, 4, -1, 0, 1, 2}, 2, 4), graph.FromInt64([]int64{0, 1}, 2)
	m := mlp.New(4, 3)
	tr := New(Supervised(m, ops.CrossEntropy), &Adam{LR: .1})
	bias := m.Layers[0].Bias
	for i, c := range []struct {
		name    string
		declare func()
		rows    int
		moves   bool
	}{
		{"as it was made", func() {}, 2, true},
		{"once more", func() {}, 2, true}, // negative control
		{"a short batch", func() {}, 1, true},
		{"frozen", func() { m.Params().Freeze(bias.Name()) }, 2, false},
		{"frozen, the short batch", func() {}, 1, false},
		{"frozen, once more", func() {}, 2, false},
		{"unfrozen", func() { bias.SetTrainable(true) }, 2, true},
		{"declared unbounded", func() { bias.SetUnbounded(true) }, 2, true},
	} {
		c.declare()
		before := bias.Tensor().Clone()
		if _, err := tr.Step(x.Rows(0, c.rows), y.Rows(0, c.rows)); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if moved := before.At(0) != bias.Tensor().At(0); moved != c.moves {
			t.Errorf("%s: the bias moves: %v", c.name, moved)
		}
		if i+1 != tr.Steps() {
			t.Errorf("%s: step %d is counted as %d", c.name, i+1, tr.Steps())
		}
	}
	m.Params().Freeze("")
	if _, err := tr.Step(x, y); err == nil || !strings.Contains(err.Error(),
		"no trainable parameters: all are frozen") {
		t.Errorf("all frozen between steps: %v", err)
	}
}

// TestTrainerKeepsFewPrograms: batches of many sizes keep the programs of a few.
func TestTrainerKeepsFewPrograms(t *testing.T) {
	tr := New(Supervised(mlp.New(4, 3), ops.CrossEntropy), &Adam{})
	e := NewEvaluator(tr.task)
	for n := 1; n < 20; n++ {
		x := graph.NewTensor(graph.Type{Shape: graph.Shape{n, 4}})
		y := graph.NewTensor(graph.Type{DType: graph.Int64, Shape: graph.Shape{n}})
		if _, err := tr.Step(x, y); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Evaluate(inParts(x, y, n)); err != nil {
			t.Fatal(err)
		}
	}
	if tr.programs.Len() != recent.Programs || e.programs.Len() != recent.Programs {
		t.Errorf("%d and %d programs are kept, want %d", tr.programs.Len(), e.programs.Len(), recent.Programs)
	}
}

// hooked is a hook that sets the rate after the last evaluation, when no step is left to find it wrong.
func hooked(rate float64) func(*Fit) {
	return func(f *Fit) {
		f.Test = f.Train
		f.Hook = func(now Progress, c *Control) {
			if now.Scores != nil && now.Epoch == now.Epochs {
				c.Rate = rate
			}
		}
	}
}

// TestFitUsedWrongly: each is an error that says what was done.
func TestFitUsedWrongly(t *testing.T) {
	x, y := graph.FromFloat32(make([]float32, 8), 2, 4), graph.FromInt64([]int64{0, 1}, 2)
	good := inParts(x, y, 1)
	for _, c := range []struct {
		name   string
		change func(*Fit)
		want   string
	}{
		{"no trainer", func(f *Fit) { f.Trainer = nil }, "fit: there is no Trainer"},
		{"the zero Trainer", func(f *Fit) { f.Trainer = &Trainer{} }, "fit: a Trainer comes from New"},
		{"a trainer without a task", func(f *Fit) { f.Trainer = New(nil, &Adam{}) }, "fit: there is no task"},
		{"no data", func(f *Fit) { f.Train = nil }, "fit: there is no Train"},
		{"data of nil", func(f *Fit) { f.Train = sequence(nil) }, "fit: Train gives no batches for epoch 1"},
		{"data without batches", func(f *Fit) { f.Train = Fixed() }, "epoch 1 has no batch"},
		{"a test of nil", func(f *Fit) { f.Test = sequence(nil) }, "the source gives no sequence of batches"},
		{"no epochs", func(f *Fit) { f.Epochs = 0 }, "fit: the number of Epochs is 0, want at least 1"},
		{"fewer than no epochs", func(f *Fit) { f.Epochs = -1 }, "fit: the number of Epochs is -1, want at least 1"},
		{"fewer than no epochs done", func(f *Fit) { f.Done = -1 }, "fit: -1 epochs are Done of 2, want fewer, or 0"},
		{"all epochs done", func(f *Fit) { f.Done = 2 }, "fit: 2 epochs are Done of 2, want fewer, or 0"},
		{"all steps done", func(f *Fit) { f.Done, f.Steps = 1, 2 }, "fit: 2 steps are done of 2: none is left"},
		{"fewer than no steps", func(f *Fit) { f.Steps = -1 }, "fit: Steps is -1"},
		{"a schedule that gives no number", func(f *Fit) { f.Schedule = func(int, int) float64 { return math.NaN() } },
			"fit: the schedule gives NaN at step 0 of 4"},
		{"a hook that gives no number", hooked(math.NaN()),
			"fit: the hook sets the learning rate to NaN, want a number ≥ 0"},
		{"a hook that gives less than nothing", hooked(-1), "fit: the hook sets the learning rate to -1"},
		{"a hook that gives more than there is", hooked(math.Inf(1)), "fit: the hook sets the learning rate to +Inf"},
		{"a metric that does not fit", func(f *Fit) {
			f.Test, f.Metrics = good, []Metric{{Name: "none"}}
		}, `evaluation after epoch 1: evaluate: metric 0, "none", has no Score`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Fit{Trainer: New(Supervised(mlp.New(4, 3), ops.CrossEntropy), &Adam{}), Train: good, Epochs: 2}
			c.change(&f)
			if _, err := f.Run(context.Background()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if f.Trainer != nil && f.Trainer.LR != 0 && f.Trainer.LR != 1e-3 {
				t.Errorf("the rate is left at %v", f.Trainer.LR)
			}
		})
	}
	var none context.Context
	if _, err := (&Fit{}).Run(none); err == nil || !strings.Contains(err.Error(), "fit: the context is nil") {
		t.Errorf("a nil context: %v", err)
	}
}

// TestFitKnowsItsSteps: a schedule knows the number of steps, and scores that are kept stay as they were.
func TestFitKnowsItsSteps(t *testing.T) {
	x, y := graph.FromFloat32([]float32{1, 0, 0, 1, 2, 1, 0, 0}, 2, 4), graph.FromInt64([]int64{0, 1}, 2)
	var totals []int
	var kept []*Scores
	f := Fit{Trainer: New(Supervised(mlp.New(4, 3), ops.CrossEntropy), &Adam{LR: .1}), Epochs: 3,
		Metrics: []Metric{Accuracy()},
		Train:   inParts(x, y, 1),
		Test:    inParts(x, y, 2),
		Schedule: func(step, steps int) float64 {
			totals = append(totals, steps)
			return schedule.Cosine{}.At(step, steps)
		},
		Progress: func(p Progress) {
			if p.Scores != nil {
				kept = append(kept, p.Scores)
			}
		}}
	r, err := f.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range totals {
		if n != 6 {
			t.Fatalf("the schedule is told of %v steps, want 6 each time", totals)
		}
	}
	if len(kept) != 3 || kept[0].Loss == kept[2].Loss || kept[2].Loss != r.Scores.Loss || f.Trainer.LR != .1 {
		t.Errorf("kept %v, %v; the last are %v", kept[0], kept[2], r.Scores)
	}
	kept[2].Metrics["accuracy"] = -1
	if r.Scores.Metrics["accuracy"] == -1 {
		t.Error("the scores of Progress and of the Result are one map")
	}
}

// TestSourcesOfWrongLength: a source whose Len is not how many batches it gives trains on what it gives, and a
// schedule is asked for no step before the first or after the last.
func TestSourcesOfWrongLength(t *testing.T) {
	x, y := graph.FromFloat32([]float32{1, 0, 0, 1, 2, 1, 0, 0}, 2, 4), graph.FromInt64([]int64{0, 1}, 2)
	for _, n := range []int{math.MinInt, -1, 0, 1, 2, 3, math.MaxInt} {
		f := Fit{Trainer: New(Supervised(mlp.New(4, 3), ops.CrossEntropy), &Adam{}), Epochs: math.MaxInt,
			Done:  math.MaxInt - 2,
			Train: longer{inParts(x, y, 1), n}}
		f.Schedule = func(step, steps int) float64 {
			if step < 0 || step > steps || steps < 1 {
				t.Errorf("a length of %d: step %d of %d", n, step, steps)
			}
			return 1
		}
		if r, err := f.Run(t.Context()); err != nil || f.Trainer.Steps() != 4 || len(r.History) != 2 {
			t.Errorf("a length of %d: %d steps, history %v; error %v", n, f.Trainer.Steps(), r.History, err)
		}
	}
}

// longer is a source that says it has so many batches.
type longer struct {
	Source
	n int
}

func (l longer) Len() int { return l.n }

// TestFitChangedUnderWay: a Fit runs as it was when Run began, and evaluation tells of the steps that were done.
func TestFitChangedUnderWay(t *testing.T) {
	x, y := graph.FromFloat32([]float32{1, 0, 0, 1, 2, 1, 0, 0}, 2, 4), graph.FromInt64([]int64{0, 1}, 2)
	f := Fit{Trainer: New(Supervised(mlp.New(4, 3), ops.CrossEntropy), &Adam{}), Epochs: 3, Steps: 3,
		Train: inParts(x, y, 1), Test: inParts(x, y, 2)}
	var steps []int
	f.Hook = func(now Progress, _ *Control) {
		if now.Scores != nil {
			steps = append(steps, now.Step)
		}
		f.Train, f.Test, f.Trainer, f.Epochs, f.Steps, f.Hook = nil, nil, nil, 0, -1, nil
	}
	r, err := f.Run(t.Context())
	if err != nil || r.Steps != 3 || len(r.History) != 2 || !slices.Equal(steps, []int{2, 1}) {
		t.Errorf("%d steps, by epoch %v, history %v; error %v", r.Steps, steps, r.History, err)
	}
}

// TestLossOfAShortEpoch: the loss of an epoch that Steps cuts short is that of it and the one before it.
func TestLossOfAShortEpoch(t *testing.T) {
	x, y := graph.FromFloat32([]float32{1, 0, 0, 1, 2, 1, 0, 0}, 2, 4), graph.FromInt64([]int64{0, 1}, 2)
	for steps, last := range map[int]int{1: 1, 2: 2, 3: 3, 4: 2} {
		var losses []float64
		f := Fit{Trainer: New(Supervised(mlp.New(4, 3), ops.CrossEntropy), &Adam{}), Epochs: 3, Steps: steps,
			Train: inParts(x, y, 1), Progress: func(now Progress) { losses = append(losses, now.Loss) }}
		r, err := f.Run(t.Context())
		want := 0.
		for _, l := range losses[steps-last:] {
			want += l / float64(last)
		}
		if err != nil || math.Abs(r.TrainLoss-want) > 1e-6 {
			t.Errorf("after %d steps it is %v, want %v; error %v", steps, r.TrainLoss, want, err)
		}
	}
}

// TestErrorsNameTheCaller: a loss that does not fit is an error at the line of the program, not of this package or of
// the one that makes batches.
func TestErrorsNameTheCaller(t *testing.T) {
	set := data.Split{X: graph.FromFloat32(make([]float32, 8), 2, 4), Y: graph.FromFloat32(make([]float32, 2), 2)}
	task := Supervised(mlp.New(4, 3), ops.CrossEntropy)
	for _, c := range []struct {
		name string
		run  func() error
	}{
		{"Step", func() error { _, err := New(task, &Adam{}).Step(set.X, set.Y); return err }},
		{"Fit", func() error {
			fit := &Fit{Trainer: New(task, &Adam{}), Epochs: 1,
				Train: set.Shuffled(2)}
			_, err := fit.Run(context.Background())
			return err
		}},
		{"Evaluate", func() error { _, err := NewEvaluator(task).Evaluate(set.Ordered(2)); return err }},
	} {
		var bad *graph.BuildError
		if err := c.run(); !errors.As(err, &bad) || filepath.Base(bad.File) != "misuse_test.go" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
