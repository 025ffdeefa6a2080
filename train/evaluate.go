// This file holds evaluation: loss and metrics on data that is not trained on.

package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recent"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/internal/mean"
)

// Metric scores a batch, its prediction and its target, which is the last tensor: the sum of the scores of its rows
// and their number. The mean over all batches is what is reported. Targets that the loss leaves out are
// [ops.IgnoreIndex], whatever number the loss knows them by; n leaves them out, too.
type Metric struct {
	Name  string
	Score func(pred, target graph.Tensor) (sum float64, n int)
	// Check, if given, is called before Score and tells why the metric does not fit such predictions or targets.
	Check func(pred, target graph.Tensor) error
	// Of, if given, is what is reported of the mean: such as its root, of the squares of errors.
	Of func(mean float64) float64
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
		return fmt.Errorf("predictions are %v and targets %v, want logits (N, C, …) and the numbers of classes in "+
			"int64 (N, …)",
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

// Evaluator computes the loss, the figures and the metrics of a task in an evaluation graph. It compiles once for each
// shape of batch, and keeps the four programs that were used last. It is used by one goroutine at a time, and says so
// when a second enters it.
type Evaluator struct {
	task     Task
	metrics  []Metric
	programs recent.List[*evaluation]
	busy     atomic.Bool
}

// evaluation is the program for one shape of batch.
type evaluation struct {
	prog  *graph.Program
	types []graph.Type
	batch []graph.Node
	pred  graph.Node
	means []mean.Mean
}

// NewEvaluator returns an evaluator of the task. What is wrong with the task or a metric is an error of Evaluate.
func NewEvaluator(task Task, metrics ...Metric) *Evaluator {
	return &Evaluator{task: task, metrics: metrics}
}

// Evaluate returns the loss and the means of figures and metrics over all rows of the first epoch of a source. The
// loss is that of all rows in one batch, however they are parted: a mean over elements, or over targets that are not
// left out, by their weights, or a sum, as the loss is, see [ops.Parts]. A loss that is a function of another kind is
// taken for a mean over rows. A penalty is no part of it. States begin at zero. Random numbers are those of steps 1,
// 2, … for the first batch, the second, and so on, in every evaluation.
func (e *Evaluator) Evaluate(source Source) (Scores, error) {
	if err := e.check(source); err != nil {
		return Scores{}, fmt.Errorf("evaluate: %w", err)
	}
	if !e.busy.CompareAndSwap(false, true) {
		return Scores{}, errors.New("evaluate: the Evaluator is at work for another goroutine; give each its own")
	}
	defer e.busy.Store(false)
	batches := source.Batches(0)
	if batches == nil {
		return Scores{}, errors.New("evaluate: the source gives no sequence of batches: it is nil")
	}
	for p := range e.programs.All() {
		p.prog.Reset()
	}
	var sums mean.Sums
	rows, n, scores := 0, 0, make([]mean.Tally, len(e.metrics))
	for batch := range batches {
		n++
		if err := e.batch(n, batch, &sums, scores); err != nil {
			return Scores{}, err
		}
		rows += rowsOf(batch[0].Type)
	}
	if rows == 0 {
		return Scores{}, errors.New("evaluate: there is no data")
	}
	return e.scores(rows, &sums, scores)
}

// scores are the means.
func (e *Evaluator) scores(rows int, sums *mean.Sums, scores []mean.Tally) (s Scores, err error) {
	s.Rows = rows
	if s.Loss, err = sums.Loss(); err != nil {
		return Scores{}, fmt.Errorf("evaluate: %w", err)
	}
	if s.Metrics, err = sums.Named(); err != nil {
		return Scores{}, fmt.Errorf("evaluate: %w", err)
	}
	for i, m := range e.metrics {
		if _, taken := s.Metrics[m.Name]; taken {
			return Scores{}, fmt.Errorf("evaluate: a metric and a figure of the task are both named %q", m.Name)
		}
		if s.Metrics[m.Name], err = scores[i].Mean(); err != nil {
			return Scores{}, fmt.Errorf("evaluate: %s: %w", m.Name, err)
		}
		if m.Of != nil {
			s.Metrics[m.Name] = m.Of(s.Metrics[m.Name])
		}
	}
	return s, nil
}

func (e *Evaluator) check(source Source) error {
	if e == nil {
		return errors.New("the Evaluator is nil")
	}
	if err := checkTask(e.task); err != nil {
		return err
	}
	if isNil(source) {
		return errors.New("there is no source of batches")
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

// batch adds what batch n, from 1, comes to.
func (e *Evaluator) batch(n int, batch []graph.Tensor, sums *mean.Sums, scores []mean.Tally) error {
	if err := checkBatch(e.task, batch); err != nil {
		return fmt.Errorf("evaluate: %w", err)
	}
	p, err := e.program(typesOf(batch))
	if err != nil {
		return err
	}
	for i, t := range batch {
		p.prog.Set(p.batch[i], t)
	}
	p.prog.SetStep(n)
	if err := p.prog.Run(); err != nil {
		return err
	}
	sums.Add(p.prog, p.means)
	if len(e.metrics) > 0 && p.pred == (graph.Node{}) {
		return fmt.Errorf("evaluate: %s scores predictions, and the task has none", e.metrics[0].Name)
	}
	target := p.marked(batch[len(batch)-1])
	for i, m := range e.metrics {
		if err := m.score(p.prog.Value(p.pred), target, &scores[i]); err != nil {
			return fmt.Errorf("evaluate: %s: %w", m.Name, err)
		}
	}
	return nil
}

func (m *Metric) score(pred, target graph.Tensor, t *mean.Tally) error {
	if m.Check != nil {
		if err := m.Check(pred, target); err != nil {
			return err
		}
	}
	sum, n := m.Score(pred, target)
	if n < 0 {
		return fmt.Errorf("its Score counts %d rows, want at least 0", n)
	}
	t.Add(0, sum, float64(n))
	return nil
}

// marked is y with ops.IgnoreIndex for every target that is left out.
func (p *evaluation) marked(y graph.Tensor) graph.Tensor {
	var ignored []int64
	for _, t := range p.means[0].Terms {
		ignored = append(ignored, t.Ignored...)
	}
	if y.DType != graph.Int64 || !slices.ContainsFunc(ignored, func(t int64) bool { return t != ops.IgnoreIndex }) {
		return y
	}
	y.I64 = slices.Clone(y.I64)
	for i, t := range y.I64 {
		if slices.Contains(ignored, t) {
			y.I64[i] = ops.IgnoreIndex
		}
	}
	return y
}

func (e *Evaluator) program(batch []graph.Type) (*evaluation, error) {
	return e.programs.Get(func(p *evaluation) bool { return equalTypes(p.types, batch) }, recent.Programs,
		func() (*evaluation, error) { return e.compile(batch) })
}

func (e *Evaluator) compile(batch []graph.Type) (*evaluation, error) {
	g := &graph.Graph{DType: floatOf(e.task, batch)}
	p := &evaluation{}
	for _, t := range batch {
		p.types = append(p.types, cloned(t))
	}
	var err error
	if p.batch, err = inputs(e.task, g, batch); err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	o := build(e.task, g, p.batch)
	p.pred, p.means = o.Pred, evaluated(o, rowsOf(batch[0]))
	var outputs []graph.Node
	if p.pred != (graph.Node{}) {
		outputs = append(outputs, p.pred)
	}
	for _, m := range p.means {
		outputs = append(outputs, m.Outputs()...)
	}
	if len(outputs) == 0 { // the loss is no node
		outputs = append(outputs, o.Loss)
	}
	if p.prog, err = g.Compile(outputs...); err != nil {
		return nil, inFloats(g, err)
	}
	return p, nil
}
