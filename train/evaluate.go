// This file holds evaluation: loss and metrics on data that is not trained on.

package train

import (
	"fmt"
	"iter"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// Pairs is a sequence of batches: inputs and targets.
type Pairs = iter.Seq2[graph.Tensor, graph.Tensor]

// Metric scores a batch: the sum of the scores of its rows and their number. The mean over all batches is
// what is reported.
type Metric struct {
	Name  string
	Score func(pred, target graph.Tensor) (sum float64, n int)
}

// Accuracy is the share of rows whose largest logit, the first of several equal ones, is at the
// target class. Logits are (N, C), targets (N).
func Accuracy() Metric { return Metric{Name: "accuracy", Score: scoreAccuracy} }

func scoreAccuracy(pred, target graph.Tensor) (sum float64, n int) {
	classes := pred.Shape[len(pred.Shape)-1]
	n = target.Shape.Size()
	for i := range n {
		if int64(argmax(pred, i*classes, classes)) == target.I64[i] {
			sum++
		}
	}
	return sum, n
}

// argmax is the index of the first largest of n elements from lo on, -1 if one is NaN.
func argmax(t graph.Tensor, lo, n int) int {
	best := 0
	for k := range n {
		v := t.At(lo + k)
		if math.IsNaN(v) {
			return -1
		}
		if v > t.At(lo+best) {
			best = k
		}
	}
	return best
}

// Scores is the outcome of an evaluation.
type Scores struct {
	Loss    float64
	Metrics map[string]float64
	Rows    int
}

// Evaluator computes loss and metrics of a task's model in an evaluation graph. It compiles once for each shape of batch.
type Evaluator struct {
	task     *Task
	metrics  []Metric
	programs map[string]*evaluation
}

type evaluation struct {
	prog             *graph.Program
	x, y, pred, loss graph.Node
}

// NewEvaluator returns an evaluator of the task.
func NewEvaluator(task *Task, metrics ...Metric) *Evaluator {
	return &Evaluator{task: task, metrics: metrics, programs: map[string]*evaluation{}}
}

// Evaluate returns means over all rows of all batches.
func (e *Evaluator) Evaluate(batches Pairs) (Scores, error) {
	s := Scores{Metrics: map[string]float64{}}
	sums, counts := make([]float64, len(e.metrics)), make([]int, len(e.metrics))
	for x, y := range batches {
		p, err := e.program(x.Type, y.Type)
		if err != nil {
			return s, err
		}
		p.prog.Set(p.x, x)
		p.prog.Set(p.y, y)
		if err := p.prog.Run(); err != nil {
			return s, err
		}
		rows := x.Shape[0]
		s.Loss += p.prog.Float(p.loss) * float64(rows)
		s.Rows += rows
		for i, m := range e.metrics {
			sum, n := m.Score(p.prog.Value(p.pred), y)
			sums[i] += sum
			counts[i] += n
		}
	}
	if s.Rows == 0 {
		return s, fmt.Errorf("evaluate: there is no data")
	}
	s.Loss /= float64(s.Rows)
	for i, m := range e.metrics {
		s.Metrics[m.Name] = sums[i] / float64(counts[i])
	}
	return s, nil
}

func (e *Evaluator) program(x, y graph.Type) (*evaluation, error) {
	key := x.String() + " " + y.String()
	if p := e.programs[key]; p != nil {
		return p, nil
	}
	g := &graph.Graph{}
	p := &evaluation{x: nn.InputLike(g, "x", x), y: nn.InputLike(g, "y", y)}
	p.pred = e.task.Model.Forward(p.x)
	p.loss = e.task.Loss(p.pred, p.y)
	prog, err := g.Compile(p.loss, p.pred)
	if err != nil {
		return nil, err
	}
	p.prog = prog
	e.programs[key] = p
	return p, nil
}
