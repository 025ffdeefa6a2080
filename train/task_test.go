package train

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// normal is a tensor of standard normal numbers.
func normal(seed uint64, shape ...int) graph.Tensor {
	t := graph.NewTensor(graph.Type{Shape: shape})
	rng.Normal(t.F32, rng.Key(seed, 1), 0)
	return t
}

func noInputs(...graph.Node) graph.Node { return graph.Node{} }

// reported is a task whose figure is the number of positive elements, of all elements or of rows.
type reported struct {
	m       nn.Model
	counted bool
}

func (r reported) Build(b ...graph.Node) Outcome {
	y := r.m.Forward(b[0])
	positive := Figure{Name: "positive", Sum: ops.Sum(ops.Less(y.Graph().Full(0, y.Shape()...), y))}
	if r.counted {
		positive.Count = y.Graph().Scalar(float64(y.Size()))
	}
	return Outcome{Loss: ops.Mean(ops.Square(y)), Report: []Figure{positive}}
}

// TestFigures: a figure is the sum of all sums by the sum of all counts, whatever the batches.
func TestFigures(t *testing.T) {
	x := graph.FromFloat32([]float32{1, 2, -1, 3, -4, -5}, 3, 2)
	for _, c := range []struct {
		name string
		task reported
		want float64
	}{
		{"by elements", reported{newSame(), true}, 3. / 6},
		{"by rows", reported{newSame(), false}, 3. / 3},
	} {
		batches := Fixed([]graph.Tensor{x.Rows(0, 2)}, []graph.Tensor{x.Rows(2, 3)})
		s, err := NewEvaluator(c.task).Evaluate(batches)
		if err != nil || s.Metrics["positive"] != c.want {
			t.Errorf("%s: evaluation gives %v, want %v; error %v", c.name, s.Metrics, c.want, err)
		}
		tr := New(c.task, &Adam{})
		tr.LR = 0
		r, err := (&Fit{Trainer: tr, Train: batches, Epochs: 1}).Run(context.Background())
		if err != nil || r.History[0].Train["positive"] != c.want {
			t.Errorf("%s: training gives %v, want %v; error %v", c.name, r.History, c.want, err)
		}
	}
}

// TestTasksUsedWrongly: each is an error that says what was done, and where the function stands that is wrong.
func TestTasksUsedWrongly(t *testing.T) {
	x := normal(1, 2, 4)
	m := mlp.New(4, 3)
	for _, c := range []struct {
		name  string
		task  Task
		batch []graph.Tensor
		want  string
	}{
		{"no function", TaskFunc(nil), []graph.Tensor{x}, "train: there is no task"},
		{"a function that gives no node", TaskFunc(noInputs), []graph.Tensor{x},
			"the loss is no node of the graph of its operands (task_test.go:"},
		{"a function that reads more than there is",
			TaskFunc(func(b ...graph.Node) graph.Node { return ops.MSE(b[0], b[1]) }), []graph.Tensor{x},
			"the task panics, given 1 tensor in the batch: runtime error: index out of range [1] with length 1 " +
				"(task_test.go:"},
		{"a task that reads more than there is", second{}, []graph.Tensor{x},
			"the task panics, given 1 tensor in the batch: runtime error: index out of range [1] with length 1"},
		{"a loss that is no scalar", TaskFunc(func(b ...graph.Node) graph.Node { return m.Forward(b[0]) }),
			[]graph.Tensor{x},
			"the loss is float32 (2, 3), want a float scalar; reduce it with a sum or mean (task_test.go:"},
		{"a loss of Supervised that is no scalar", Supervised(m, func(p, _ graph.Node) graph.Node { return p }),
			[]graph.Tensor{x, x},
			"the loss is float32 (2, 3), want a float scalar; reduce it with a sum or mean (task_test.go:"},
		{"a batch without tensors", Supervised(m, ops.MSE), nil, "train: the batch is empty"},
		{"a batch of one, for two", Supervised(m, ops.MSE), []graph.Tensor{x},
			"train: the batch has 1 tensor, the task takes 2: [x y]"},
		{"a batch of three, for two", Supervised(m, ops.MSE), []graph.Tensor{x, x, x},
			"train: the batch has 3 tensors, the task takes 2: [x y]"},
		{"a figure without a name", figured{m, ""}, []graph.Tensor{x}, `figure 0 is named "", want a name of its own`},
		{"a figure that is no scalar", figured{m, "wide"}, []graph.Tensor{x},
			`the sum of "wide" is float32 (2, 3), want a float scalar`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(c.task, &Adam{}).Step(c.batch...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := New(TaskFunc(func(b ...graph.Node) graph.Node { return ops.Mean(m.Forward(b[0])) }),
		&Adam{}).Step(x); err != nil {
		t.Errorf("negative control: %v", err)
	}
	_, err := NewEvaluator(TaskFunc(func(b ...graph.Node) graph.Node { return ops.Mean(b[0]) }),
		Accuracy()).Evaluate(Fixed([]graph.Tensor{x}))
	if err == nil || !strings.Contains(err.Error(), "evaluate: accuracy scores predictions, and the task has none") {
		t.Errorf("a metric without predictions: %v", err)
	}
}

// second is a task that reads the second tensor of a batch, and does not say so.
type second struct{}

func (second) Build(b ...graph.Node) Outcome { return Outcome{Loss: ops.Mean(b[1])} }

type figured struct {
	m    nn.Model
	name string
}

func (f figured) Build(b ...graph.Node) Outcome {
	y := f.m.Forward(b[0])
	return Outcome{Loss: ops.Mean(y), Report: []Figure{{Name: f.name, Sum: y}}}
}

// remembering is a task with a state: the sum of all inputs so far.
type remembering struct{ p *graph.Param }

func (m remembering) Build(b ...graph.Node) Outcome {
	g := b[0].Graph()
	s := g.State("s", b[0].Shape()...)
	next := ops.Add(s, b[0])
	g.Assign(s, next)
	return Outcome{Loss: ops.Mean(ops.Mul(next, g.Param(m.p)))}
}

// TestStates: a State goes on from step to step, begins at zero in each epoch and each evaluation, and is no business
// of the trainer in evaluations between its steps.
func TestStates(t *testing.T) {
	one := []graph.Tensor{graph.FromFloat32([]float32{1}, 1)}
	p := graph.NewParam("p", graph.Type{})
	p.Tensor().F32[0] = 1
	task := remembering{p}
	tr := New(task, &SGD{LR: 1e-30})
	eval := NewEvaluator(task)
	for i := range 3 {
		loss, err := tr.Step(one...)
		if err != nil || loss != float64(i+1) {
			t.Errorf("step %d: the loss is %v, want %d; error %v", i, loss, i+1, err)
		}
		s, err := eval.Evaluate(Fixed(one, one))
		if err != nil || s.Loss != 1.5 { // the mean of 1 and 2
			t.Errorf("the loss of an evaluation is %v, want 1.5; error %v", s.Loss, err)
		}
	}
	if err := tr.Reset(); err != nil {
		t.Fatal(err)
	}
	r, err := (&Fit{Trainer: tr, Train: Fixed(one, one, one), Epochs: 2}).Run(context.Background())
	if err != nil || r.History[0].TrainLoss != 2 || r.History[1].TrainLoss != 2 {
		t.Errorf("epochs of 1, 2, 3 have the mean losses %v, want 2; error %v", r.History, err)
	}
}

// TestEvaluationRepeats: the random numbers of an evaluation are the same in each, and differ between its batches.
func TestEvaluationRepeats(t *testing.T) {
	var losses []float64
	e := NewEvaluator(TaskFunc(func(b ...graph.Node) graph.Node {
		return ops.Sum(ops.Mul(b[0], ops.RandomNormal(b[0].Graph(), b[0].Shape()...)))
	}))
	x := graph.FromFloat32([]float32{1}, 1)
	for _, batches := range []Source{Fixed([]graph.Tensor{x}), Fixed([]graph.Tensor{x}, []graph.Tensor{x}),
		Fixed([]graph.Tensor{x})} {
		s, err := e.Evaluate(batches)
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, s.Loss)
	}
	if losses[0] != losses[2] || losses[0] == losses[1] {
		t.Errorf("three evaluations, the second of one more batch, give %v", losses)
	}
}

// TestMinimize: a graph built by hand trains to the same bits as a Trainer, with every optimiser.
func TestMinimize(t *testing.T) {
	x, y := normal(1, 8, 4), graph.FromInt64([]int64{0, 1, 2, 0, 1, 2, 0, 1}, 8)
	for name, opt := range optimizers() {
		byTrainer, byHand := mlp.New(4, 5, 3), mlp.New(4, 5, 3)
		tr := New(Supervised(byTrainer, ops.CrossEntropy), opt)
		g := &graph.Graph{Mode: graph.Train}
		a, b := g.Input("x", 8, 4), g.Indices("y", 8)
		loss := ops.CrossEntropy(byHand.Forward(a), b)
		m := Minimize(loss, opt)
		prog, err := g.Compile(loss)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		prog.Set(a, x)
		prog.Set(b, y)
		for step := range 4 {
			if step == 2 {
				tr.LR /= 4
				m.SetRate(m.Rate() / 4)
			}
			if _, err := tr.Step(x, y); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := prog.Run(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for p := range byTrainer.Params().All() {
			if got := byHand.Params().Get(p.Name()).Tensor().F32; !slices.Equal(got, p.Tensor().F32) {
				t.Errorf("%s: %s is %v by hand, want %v", name, p.Name(), got, p.Tensor().F32)
			}
		}
		if len(m.Grads) != 4 || len(m.Params) != 4 {
			t.Errorf("%s: %d gradients of %d parameters, want 4", name, len(m.Grads), len(m.Params))
		}
	}
}

func TestMinimizeUsedWrongly(t *testing.T) {
	for _, c := range []struct {
		name string
		add  func(g *graph.Graph, m *mlp.MLP, y graph.Node)
		want string
	}{
		{"a loss that is no scalar", func(_ *graph.Graph, _ *mlp.MLP, y graph.Node) { Minimize(y, &Adam{}) },
			"minimize: the loss is float32 (2, 3), want a float scalar"},
		{"no optimiser", func(_ *graph.Graph, _ *mlp.MLP, y graph.Node) { Minimize(ops.Mean(y), nil) },
			"minimize: there is no optimiser"},
		{"SGD without a rate", func(_ *graph.Graph, _ *mlp.MLP, y graph.Node) { Minimize(ops.Mean(y), &SGD{}) },
			"minimize: SGD: LR is 0, and there is no usual one"},
		{"a rate too small for float32", func(_ *graph.Graph, _ *mlp.MLP, y graph.Node) {
			Minimize(ops.Mean(y),
				&Adam{LR: 1e-60})
		}, "minimize: the learning rate is 1e-60, which in float32 is 0"},
		{"a rate too large for float32", func(_ *graph.Graph, _ *mlp.MLP, y graph.Node) {
			Minimize(ops.Mean(y),
				&Adam{LR: 1e60})
		}, "minimize: the learning rate is 1e+60, which in float32 is +Inf"},
		{"a parameter that is none", func(_ *graph.Graph, _ *mlp.MLP, y graph.Node) {
			Minimize(ops.Mean(y), &Adam{},
				y)
		}, "parameter 0 is no parameter of the graph of the loss"},
		{"a model that is frozen", func(_ *graph.Graph, m *mlp.MLP, y graph.Node) {
			m.Params().Freeze("")
			Minimize(ops.Mean(y), &Adam{})
		}, "the model has no trainable parameters: all are frozen"},
	} {
		g := &graph.Graph{Mode: graph.Train}
		m := mlp.New(4, 3)
		y := m.Forward(g.Input("x", 2, 4))
		c.add(g, m, y)
		_, err := g.Compile(y)
		var bad *graph.BuildError
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &bad) ||
			filepath.Base(bad.File) != "task_test.go" {
			t.Errorf("%s: got  %v\nwant %s", c.name, err, c.want)
		}
	}
	if m := Minimize(graph.Node{}, &Adam{}); m.Rate() != 0 {
		t.Error("the rate of nothing is not 0")
	}
}

// TestCompiledHandles: a compiled step runs by its handles alone.
func TestCompiledHandles(t *testing.T) {
	x, y := normal(1, 8, 4), graph.FromInt64([]int64{0, 1, 2, 0, 1, 2, 0, 1}, 8)
	m := mlp.New(4, 3)
	steps, err := New(Supervised(m, ops.CrossEntropy), &SGD{LR: .1}).Compiled(x.Type, y.Type)
	if err != nil || len(steps) != 1 {
		t.Fatalf("%d steps, error %v", len(steps), err)
	}
	s := steps[0]
	s.Program.Set(s.Batch[0], x)
	s.Program.Set(s.Batch[1], y)
	s.Program.Set(s.LR, .5)
	if err := s.Program.Run(); err != nil {
		t.Fatal(err)
	}
	want, err := New(Supervised(mlp.New(4, 3), ops.CrossEntropy), &SGD{LR: .5}).Step(x, y)
	if got := s.Program.Float(s.Loss); err != nil || got != want || math.IsNaN(got) {
		t.Errorf("the loss is %v, want %v; error %v", got, want, err)
	}
	if p := s.Program.Value(s.Pred); !p.Shape.Equal(graph.Shape{8, 3}) {
		t.Errorf("the prediction has shape %v", p.Shape)
	}
}

// TestHook: a hook stops training without an error, and changes the rate of the steps that follow.
func TestHook(t *testing.T) {
	x, y := normal(1, 8, 4), graph.FromInt64([]int64{0, 1, 2, 0, 1, 2, 0, 1}, 8)
	var rates []float64
	f := Fit{Trainer: New(Supervised(mlp.New(4, 3), ops.CrossEntropy), &SGD{LR: .5}), Epochs: 9,
		Train: Fixed([]graph.Tensor{x, y}),
		Test:  Fixed([]graph.Tensor{x, y})}
	f.Hook = func(now Progress, c *Control) {
		if now.Scores == nil {
			rates = append(rates, f.Trainer.LR)
			return
		}
		c.Rate /= 2
		c.Stop = now.Epoch == 3
	}
	r, err := f.Run(context.Background())
	if err != nil || r.Epochs != 3 || len(r.History) != 3 || !slices.Equal(rates, []float64{.5, .25, .125}) {
		t.Errorf("%d epochs, rates %v, history %v; error %v", r.Epochs, rates, r.History, err)
	}
	for i, row := range r.History {
		if row.LR != rates[i] || row.TestLoss == 0 || row.Step != i+1 {
			t.Errorf("row %d is %+v", i, row)
		}
	}
}

// table is a model of integers, and its own task: a row of logits for each number.
type table struct {
	*nn.Embedding
	scope *nn.Scope
}

func newTable() *table {
	s := nn.NewScope()
	return &table{nn.NewEmbedding(s.Sub("rows"), 4, 3), s}
}

func (m *table) Params() *nn.Params { return m.scope.Params() }

func (m *table) Build(b ...graph.Node) Outcome {
	logits := m.Forward(b[0])
	return Outcome{Loss: ops.CrossEntropy(logits, b[1]), Pred: logits}
}

// TestIntegersForFloat64: a batch of integers alone trains and evaluates a model of either float type.
func TestIntegersForFloat64(t *testing.T) {
	x, y := graph.FromInt64([]int64{0, 3, 1}, 3), graph.FromInt64([]int64{2, 0, 1}, 3)
	for name, taskOf := range map[string]func(*table) (Task, Optimizer){
		"a prediction": func(m *table) (Task, Optimizer) { return Supervised(m, ops.CrossEntropy), &Adam{} },
		"a model":      func(m *table) (Task, Optimizer) { return m, &Adam{} },
		"a game": func(m *table) (Task, Optimizer) {
			return &Game{Players: []Player{{Name: "one", Params: m.Params(), Optimizer: &Adam{}}},
				Play: func(b ...graph.Node) []Outcome { return []Outcome{m.Build(b...)} }}, nil
		},
	} {
		var losses [2]float64
		for i, d := range []graph.DType{graph.Float32, graph.Float64} {
			m := newTable()
			if err := m.Params().SetDType(d); err != nil {
				t.Fatal(err)
			}
			task, opt := taskOf(m)
			tr := New(task, opt)
			loss, err := tr.Step(x, y)
			s, evalErr := NewEvaluator(task).Evaluate(Fixed([]graph.Tensor{x, y}))
			g, _, graphErr := tr.Graph(true, x.Type, y.Type)
			if err != nil || evalErr != nil || graphErr != nil || g.DType != d || !(s.Loss < loss) {
				t.Errorf("%s of %v: loss %v, then %v; errors %v, %v, %v", name, d, loss, s.Loss, err,
					evalErr, graphErr)
			}
			losses[i] = loss
		}
		if math.Abs(losses[0]-losses[1]) > 1e-6 {
			t.Errorf("%s: the losses are %v", name, losses)
		}
	}
}
