// This file holds Model, a model that a row has made, and its answers.

package kind

import (
	"errors"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// Model is a model that a row has made, and what the verbs need to know of it.
type Model struct {
	nn.Model // the whole, whose Forward is the pass that answers are made with
	Form     Form
	// Task makes the task of training with optimisers of the given kind, a new one each time.
	Task func(opt func() (train.Optimizer, error)) (train.Task, train.Optimizer, error)
	// Batch is the types of a batch of n examples.
	Batch func(n int) []graph.Type
	// Input is the type of what Forward takes, for n examples.
	Input   func(n int) graph.Type
	Metrics []train.Metric
	// Integers is the number that integers of a batch are below: of classes, or of characters.
	Integers int
	// Ranges are, where tensors of a batch differ in it, the least number of each and the number that all are below.
	Ranges [][2]int
	// Pass is, of a model whose answers are made of several tensors, what Forward is of one, and Inputs their types:
	// the first of those of a batch.
	Pass   func(x ...graph.Node) graph.Node
	Inputs func(n int) []graph.Type
	// Players are the names of those of a game, by which their losses are reported.
	Players []string
	// Average, if given, follows some of the parameters in training, and at the end is swapped for them.
	Average *train.Average
}

// Averaged does f while the average, if there is one, stands in the place of what it is of.
func (m *Model) Averaged(f func() error) error {
	if m.Average == nil {
		return f()
	}
	if err := m.Average.Swap(); err != nil {
		return err
	}
	return errors.Join(f(), m.Average.Swap())
}

// Answer adds the pass that answers are made with to a graph, with inputs for n examples.
func (m *Model) Answer(g *graph.Graph, n int) graph.Node {
	pass, types := m.pass(n)
	return pass(nn.InputsLike(g, types...)...)
}

// Summary is the table of the model's layers, for one example.
func (m *Model) Summary() (*nn.Summary, error) {
	pass, types := m.pass(1)
	return nn.SummarizePass(m, pass, types...)
}

func (m *Model) pass(n int) (func(x ...graph.Node) graph.Node, []graph.Type) {
	if m.Pass != nil {
		return m.Pass, m.Inputs(n)
	}
	return func(x ...graph.Node) graph.Node { return m.Forward(x[0]) }, []graph.Type{m.Input(n)}
}

// Numbers are tensors for a batch of n examples: floats uniform in [0, 1), and integers in their ranges.
func (m *Model) Numbers(n int, seed uint64) []graph.Tensor { return m.numbers(seed, m.Batch(n)) }

// InputNumbers are tensors for the inputs of Answer, as [Model.Numbers].
func (m *Model) InputNumbers(n int, seed uint64) []graph.Tensor {
	_, types := m.pass(n)
	return m.numbers(seed, types)
}

func (m *Model) numbers(seed uint64, types []graph.Type) (all []graph.Tensor) {
	for i, t := range types {
		x := graph.NewTensor(t)
		key := rng.Key(seed+uint64(i), rng.HashString("recipe"))
		rng.Uniform(x.F32, key, 0)
		low, above := 0, m.Integers
		if m.Ranges != nil {
			low, above = m.Ranges[i][0], m.Ranges[i][1]
		}
		for k := range x.I64 {
			x.I64[k] = int64(low + key.IntN(uint64(k), above-low))
		}
		all = append(all, x)
	}
	return all
}

// Answer is what a model says of an input.
type Answer struct {
	Input       string
	Lead        string // what stands before the prediction where it is shown: "most like "
	Prediction  string
	Probability float64  // 0 of an answer that has none
	Uncertain   bool     // it is more likely wrong than right
	Top         []Choice // the most likely, first of all the prediction

	Note  string    // what else is to be said: "cut to its first 62 words"
	Words []Word    // of a text, with what each has moved
	Next  []float64 // of a series, the values that follow; they have no probability
}

// Word is a word of a text, or a character, and what it has moved: above 0 towards the answer, below 0 away from it.
type Word struct {
	Word   string
	Weight float64
}

// Choice is one of several answers.
type Choice struct {
	Prediction  string
	Probability float64
}

// Decay lets an optimiser decay the weights, if it can.
func Decay(opt train.Optimizer, v float64) {
	switch opt := opt.(type) {
	case *train.SGD:
		opt.Decay = v
	case *train.Adam:
		opt.Decay = v
	case *train.AdamW:
		opt.Decay = v
	case *train.AdaGrad:
		opt.Decay = v
	case *train.RMSProp:
		opt.Decay = v
	case *train.Adadelta:
		opt.Decay = v
	case *train.Adamax:
		opt.Decay = v
	case *train.NAdam:
		opt.Decay = v
	case *train.RAdam:
		opt.Decay = v
	case *train.Lion:
		opt.Decay = v
	case *train.LARS:
		opt.Decay = v
	}
}

// Supervised is the Task of a Model that is trained by one optimiser.
func Supervised(task train.Task) func(func() (train.Optimizer, error)) (train.Task, train.Optimizer, error) {
	return func(opt func() (train.Optimizer, error)) (train.Task, train.Optimizer, error) {
		o, err := opt()
		return task, o, err
	}
}
