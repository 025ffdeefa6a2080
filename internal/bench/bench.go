// Package bench holds the benchmark workloads: training steps and forward passes of fixed shapes, and what measures
// them.
//
// The one idea: a workload is what a user would write, a model with a loss and an optimiser, compiled by the trainer;
// the time is that of [graph.Program.Run] over inputs that are set once. The same workloads exist for other
// frameworks, with the same layers, sizes and optimisers, so that times can be compared:
//
//	w, _ := bench.Find("lenet5_b64_sgd")
//	r, step, err := bench.Measure(ctx, w[0], 3*time.Second)
//	fmt.Println(r.Median, step.Program.Cost().Products)
//
// The list is in workloads.go, the networks in networks.go. See docs/performance.md.
package bench

import (
	"fmt"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// Seed is that of the inputs. Parameters have the initial values of seed 0.
const Seed = 0

// Workload is one benchmark.
type Workload struct {
	Name  string
	Batch int  // rows of the input
	Each  int  // items that a row counts for: the characters of a text; 0 stands for 1
	Infer bool // a forward pass for evaluation in place of a training step
	Large bool // tests that build every workload leave it out, but for -long

	// Problem makes what is trained for a number of rows.
	Problem func(batch int) Problem
}

// Problem is what a step trains: a model, its data, its loss and its optimiser.
type Problem struct {
	Model     nn.Model
	X, Y      graph.Tensor
	Loss      train.Loss
	Optimizer train.Optimizer

	// Trainer and Batch, if given, take the place of a training step of model, loss and optimiser on (X, Y).
	Trainer *train.Trainer
	Batch   []graph.Tensor

	// Answer and Inputs, if given, take the place of the model's Forward on X: a pass, and a tensor for each input of
	// it.
	Answer func(g *graph.Graph) graph.Node
	Inputs []graph.Tensor
}

// Items is the number of images or characters of one step.
func (w Workload) Items() int { return w.Batch * max(w.Each, 1) }

// Step is a compiled workload: a run of its programs is one step.
type Step struct {
	Program  *graph.Program   // the first, which is the only one but in a game
	Programs []*graph.Program // a turn each
	Params   int              // parameters of the model

	problem Problem
	trainer *train.Trainer // nil for a forward pass
}

// Build compiles the workload and gives it its inputs.
func (w Workload) Build() (*Step, error) {
	if w.Batch < 1 {
		return nil, fmt.Errorf("%s: the batch is %d, want at least 1", w.Name, w.Batch)
	}
	p := w.Problem(w.Batch)
	s := &Step{Params: p.Model.Params().Count(), problem: p}
	var err error
	if w.Infer {
		err = s.forward()
	} else {
		err = s.training()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", w.Name, err)
	}
	return s, nil
}

func (s *Step) forward() error {
	g := &graph.Graph{Mode: graph.Eval}
	answer, inputs := s.problem.Answer, s.problem.Inputs
	if answer == nil {
		inputs = []graph.Tensor{s.problem.X}
		answer = func(g *graph.Graph) graph.Node {
			return s.problem.Model.Forward(nn.InputLike(g, "x", s.problem.X.Type))
		}
	}
	p, err := g.CompileWith(graph.CompileOptions{Constant: true}, answer(g))
	if err != nil {
		return err
	}
	for _, n := range g.Nodes() {
		if n.Kind() == graph.KindInput {
			p.Set(n, inputs[0])
			inputs = inputs[1:]
		}
	}
	s.Program, s.Programs = p, []*graph.Program{p}
	return nil
}

// training compiles by a first step, which sets the inputs.
func (s *Step) training() error {
	if s.trainer = s.problem.Trainer; s.trainer == nil {
		s.trainer = train.New(train.Supervised(s.problem.Model, s.problem.Loss), s.problem.Optimizer)
		s.problem.Batch = []graph.Tensor{s.problem.X, s.problem.Y}
	}
	if _, err := s.train(); err != nil {
		return err
	}
	var types []graph.Type
	for _, t := range s.problem.Batch {
		types = append(types, t.Type)
	}
	turns, err := s.trainer.Compiled(types...)
	if err != nil {
		return err
	}
	for _, t := range turns {
		s.Programs = append(s.Programs, t.Program)
	}
	s.Program = s.Programs[0]
	return nil
}

// train does a step and returns its loss.
func (s *Step) train() (float64, error) { return s.trainer.Step(s.problem.Batch...) }

// Run is a step on the inputs that are set.
func (s *Step) Run() error {
	for _, p := range s.Programs {
		if err := p.Run(); err != nil {
			return err
		}
	}
	return nil
}

// memory is that of all programs.
func (s *Step) memory() graph.MemoryUse {
	m := s.Programs[0].Memory()
	for _, p := range s.Programs[1:] {
		other := p.Memory()
		m.Arena += other.Arena
		m.PeakLive += other.PeakLive
		m.Unplanned += other.Unplanned
	}
	return m
}

// products is the work of all programs.
func (s *Step) products() (n int64) {
	for _, p := range s.Programs {
		n += p.Cost().Products
	}
	return n
}

// Find returns the workloads whose name contains a text; one of exactly that name stands for itself.
func Find(name string) []Workload {
	var found []Workload
	for _, w := range Workloads() {
		if w.Name == name {
			return []Workload{w}
		}
		if strings.Contains(w.Name, name) {
			found = append(found, w)
		}
	}
	return found
}

// Normal returns standard normal numbers.
func Normal(shape ...int) graph.Tensor {
	t := graph.NewTensor(graph.Type{Shape: shape})
	rng.Normal(t.F32, inputs(), 0)
	return t
}

// Uniform returns numbers in [0, 1).
func Uniform(shape ...int) graph.Tensor {
	t := graph.NewTensor(graph.Type{Shape: shape})
	rng.Uniform(t.F32, inputs(), 0)
	return t
}

// Integers returns numbers in [0, n). Another stream gives others.
func Integers(stream string, n int, shape ...int) graph.Tensor {
	t := graph.NewTensor(graph.Type{DType: graph.Int64, Shape: shape})
	key := rng.Key(Seed, rng.HashString(stream))
	for i := range t.I64 {
		t.I64[i] = int64(key.IntN(uint64(i), n))
	}
	return t
}

func inputs() rng.K { return rng.Key(Seed, rng.HashString("x")) }
