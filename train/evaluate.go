// This file holds evaluation: loss and metrics on data that is not trained on.

package train

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync/atomic"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recent"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// Pairs is a sequence of batches: inputs and targets.
type Pairs = iter.Seq2[graph.Tensor, graph.Tensor]

// Metric scores a batch: the sum of the scores of its rows and their number. The mean over all batches is
// what is reported. Targets that the loss leaves out are [ops.IgnoreIndex], whatever number the loss knows them by; n
// leaves them out, too.
type Metric struct {
	Name  string
	Score func(pred, target graph.Tensor) (sum float64, n int)
	// Check, if given, is called before Score and tells why the metric does not fit such predictions or targets.
	Check func(pred, target graph.Tensor) error
}

// Accuracy is the share of rows whose largest logit, the first of several equal ones, is at the
// target class. Logits are (N, C, …), targets (N, …), as [ops.CrossEntropy] takes them. Targets that the loss leaves
// out count neither as hits nor as rows. Other shapes, targets that are no integers, or none of the classes are an
// error.
func Accuracy() Metric { return Metric{Name: "accuracy", Score: scoreAccuracy, Check: checkAccuracy} }

func scoreAccuracy(pred, target graph.Tensor) (sum float64, n int) {
	classes, inner := pred.Shape[1], pred.Shape[2:].Size()
	for i, t := range target.I64 {
		if t == ops.IgnoreIndex {
			continue
		}
		n++
		first := i/inner*classes*inner + i%inner
		if t == int64(argmax(pred, first, classes, inner)) {
			sum++
		}
	}
	return sum, n
}

func checkAccuracy(pred, target graph.Tensor) error {
	if target.DType != graph.Int64 || !pred.DType.IsFloat() || len(pred.Shape) < 2 {
		return fmt.Errorf("predictions are %v and targets %v, want logits (N, C, …) and the numbers of classes in int64 (N, …)",
			pred.Type, target.Type)
	}
	rows := slices.Concat(pred.Shape[:1], pred.Shape[2:])
	if !target.Shape.Equal(rows) {
		return fmt.Errorf("targets have shape %v, want %v for logits %v", target.Shape, rows, pred.Shape)
	}
	for i, t := range target.I64 {
		if c := pred.Shape[1]; t != ops.IgnoreIndex && (t < 0 || t >= int64(c)) {
			return fmt.Errorf("target %d at row %d, but there are %d classes (0…%d)", t, i, c, c-1)
		}
	}
	return nil
}

// argmax is the index of the first largest of n elements from lo on, step apart; -1 if one is NaN.
func argmax(t graph.Tensor, lo, n, step int) int {
	best := 0
	for k := range n {
		v := t.At(lo + k*step)
		if math.IsNaN(v) {
			return -1
		}
		if v > t.At(lo+best*step) {
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

// Evaluator computes loss and metrics of a task's model in an evaluation graph. It compiles once for each shape of
// batch, and keeps the four programs that were used last. It is used by one goroutine at a time, and says so when a
// second enters it.
type Evaluator struct {
	task     *Task
	metrics  []Metric
	programs recent.List[*evaluation]
	busy     atomic.Bool
}

// evaluation is the program for one shape of batch.
type evaluation struct {
	prog         *graph.Program
	xType, yType graph.Type
	x, y, pred   graph.Node
	parts        []ops.Part
	sums         []graph.Node // and counts, by part
	ignored      []int64
}

// NewEvaluator returns an evaluator of the task. What is wrong with the task or a metric is an error of Evaluate.
func NewEvaluator(task *Task, metrics ...Metric) *Evaluator {
	return &Evaluator{task: task, metrics: metrics}
}

// Evaluate returns the loss and the means of the metrics over all rows of all batches. The loss is that of all rows
// in one batch, however they are parted: a mean over elements, or over targets that are not left out, by their
// weights, or a sum, as the loss is, see [ops.Parts]. A loss that is a function of another kind is taken for a mean
// over rows. A penalty is no part of it.
func (e *Evaluator) Evaluate(batches Pairs) (Scores, error) {
	if err := e.check(batches); err != nil {
		return Scores{}, fmt.Errorf("evaluate: %w", err)
	}
	if !e.busy.CompareAndSwap(false, true) {
		return Scores{}, errors.New("evaluate: the Evaluator is at work for another goroutine; give each its own")
	}
	defer e.busy.Store(false)
	var loss tally
	rows, scores := 0, make([]tally, len(e.metrics))
	for x, y := range batches {
		if err := e.batch(x, y, &loss, scores); err != nil {
			return Scores{}, err
		}
		rows += rowsOf(x.Type)
	}
	if rows == 0 {
		return Scores{}, errors.New("evaluate: there is no data")
	}
	s := Scores{Metrics: map[string]float64{}, Rows: rows}
	var err error
	if s.Loss, err = loss.mean(); err != nil {
		return Scores{}, fmt.Errorf("evaluate: the loss: %w", err)
	}
	for i, m := range e.metrics {
		if s.Metrics[m.Name], err = scores[i].mean(); err != nil {
			return Scores{}, fmt.Errorf("evaluate: %s: %w", m.Name, err)
		}
	}
	return s, nil
}

func (e *Evaluator) check(batches Pairs) error {
	if e == nil {
		return errors.New("the Evaluator is nil")
	}
	if err := e.task.check(); err != nil {
		return err
	}
	if batches == nil {
		return errors.New("the sequence of batches is nil")
	}
	seen := map[string]bool{}
	for i, m := range e.metrics {
		switch {
		case m.Score == nil:
			return fmt.Errorf("metric %d, %q, has no Score", i, m.Name)
		case seen[m.Name]:
			return fmt.Errorf("two metrics are named %q", m.Name)
		}
		seen[m.Name] = true
	}
	return nil
}

// batch adds what one batch comes to.
func (e *Evaluator) batch(x, y graph.Tensor, loss *tally, scores []tally) error {
	if err := checkBatch(x, y); err != nil {
		return fmt.Errorf("evaluate: %w", err)
	}
	p, err := e.program(x.Type, y.Type)
	if err != nil {
		return err
	}
	p.prog.Set(p.x, x)
	p.prog.Set(p.y, y)
	if err := p.prog.Run(); err != nil {
		return err
	}
	for i, part := range p.parts {
		sum, count := p.sums[2*i], p.sums[2*i+1]
		if count == (graph.Node{}) {
			loss.add(i, part.Weight*p.prog.Float(sum), whole)
		} else {
			loss.add(i, part.Weight*p.prog.Float(sum), p.prog.Float(count))
		}
	}
	target := p.marked(y)
	for i, m := range e.metrics {
		pred := p.prog.Value(p.pred)
		if m.Check != nil {
			if err := m.Check(pred, target); err != nil {
				return fmt.Errorf("evaluate: %s: %w", m.Name, err)
			}
		}
		sum, n := m.Score(pred, target)
		if n < 0 {
			return fmt.Errorf("evaluate: %s: Score counts %d rows, want at least 0", m.Name, n)
		}
		scores[i].add(0, sum, float64(n))
	}
	return nil
}

// marked is y with ops.IgnoreIndex for every target that is left out.
func (p *evaluation) marked(y graph.Tensor) graph.Tensor {
	if y.DType != graph.Int64 || !slices.ContainsFunc(p.ignored, func(t int64) bool { return t != ops.IgnoreIndex }) {
		return y
	}
	y.I64 = slices.Clone(y.I64)
	for i, t := range y.I64 {
		if slices.Contains(p.ignored, t) {
			y.I64[i] = ops.IgnoreIndex
		}
	}
	return y
}

func (e *Evaluator) program(x, y graph.Type) (*evaluation, error) {
	return e.programs.Get(func(p *evaluation) bool { return p.xType.Equal(x) && p.yType.Equal(y) }, keptPrograms,
		func() (*evaluation, error) { return e.compile(x, y) })
}

func (e *Evaluator) compile(x, y graph.Type) (*evaluation, error) {
	g := &graph.Graph{DType: floatOf(x, y)}
	p := &evaluation{xType: cloned(x), yType: cloned(y), x: nn.InputLike(g, "x", x), y: nn.InputLike(g, "y", y)}
	var loss graph.Node
	p.pred, loss = e.task.outcome(g, p.x, p.y)
	outputs := []graph.Node{p.pred}
	for _, part := range ops.Parts(loss, rowsOf(x)) {
		sum, count := part.Sum()
		p.parts, p.sums = append(p.parts, part), append(p.sums, sum, count)
		outputs = append(outputs, sum)
		if count != (graph.Node{}) {
			outputs = append(outputs, count)
		}
		p.ignored = append(p.ignored, part.Ignored...)
	}
	var err error
	if p.prog, err = g.Compile(outputs...); err != nil {
		return nil, inFloats(g, err)
	}
	return p, nil
}

// tally adds up sums and counts, by part of what is a sum of means.
type tally struct{ sums, counts []float64 }

// whole is the count of a sum that nothing divides.
const whole = -1

// add adds a batch's to part i.
func (t *tally) add(i int, sum, count float64) {
	for len(t.sums) <= i {
		t.sums, t.counts = append(t.sums, 0), append(t.counts, 0)
	}
	t.sums[i] += sum
	if count == whole {
		t.counts[i] = whole
	} else {
		t.counts[i] += count
	}
}

// mean is the sum of the means.
func (t *tally) mean() (float64, error) {
	total := 0.
	for i, s := range t.sums {
		switch c := t.counts[i]; {
		case c == whole:
			total += s
		case c == 0:
			return 0, errors.New("all targets are left out or have weight 0: the mean is undefined")
		default:
			total += s / c
		}
	}
	return total, nil
}
