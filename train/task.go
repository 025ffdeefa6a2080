// This file holds Task, what a training step computes, and the tasks that are made of a model and a loss.

package train

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// A Task adds to a graph what a step makes small, and what is to be seen of it. The batch has one node for each tensor
// of a step, (x, y) for pairs of inputs and targets. One pass builds loss, prediction and figures, so that they share
// what they have in common, random numbers too. A model may be its own task.
//
// A task may say how many tensors it takes, and what they are called in errors, tapes and drawings, by a method
// Inputs() []string. Without it the nodes are x, y, batch2, batch3 and so on.
type Task interface {
	Build(batch ...graph.Node) Outcome
}

// Outcome is what a task builds. All nodes are of the graph of the batch.
type Outcome struct {
	Loss   graph.Node // a float scalar
	Pred   graph.Node // what metrics score; the zero Node if there is nothing
	Report []Figure   // what is reported beside the loss
}

// Figure is a number that is reported: Sum/Count, of several batches the sum of all sums by the sum of all counts.
// Both are scalars. A Count that is the zero Node stands for the number of rows.
type Figure struct {
	Name       string
	Sum, Count graph.Node
}

// Loss maps predictions and targets to a scalar. The losses of package ops are of this type.
type Loss func(pred, target graph.Node) graph.Node

// Prediction is the task of predicting targets, see [Supervised].
type Prediction struct {
	Model nn.Model
	Loss  Loss
	// Penalty, if given, is added to the loss in training: a scalar built from the parameters that are trained, such
	// as ops.L2Penalty.
	Penalty func(params ...graph.Node) graph.Node
}

// Supervised is the task of predicting targets: of a batch (x, y) the loss is loss(model(x), y), and the prediction
// model(x).
func Supervised(m nn.Model, loss Loss) *Prediction { return &Prediction{Model: m, Loss: loss} }

// Inputs are x and y.
func (t *Prediction) Inputs() []string { return []string{"x", "y"} }

// Build adds the forward pass and the loss.
func (t *Prediction) Build(batch ...graph.Node) Outcome {
	x, y := batch[0], batch[1]
	g := x.Graph()
	pred := t.Model.Forward(x)
	if pred == (graph.Node{}) || pred.Graph() != g {
		bad := g.FailIn("train", fmt.Errorf("the Forward of %T returns no node of the graph of its operand", t.Model))
		return Outcome{Loss: bad, Pred: bad}
	}
	loss := t.Loss(pred, y)
	if err := isLoss(g, "the loss", loss); err != nil {
		loss = g.FailIn("train", at(err, t.Loss))
	}
	return Outcome{Loss: loss, Pred: pred}
}

// check reports a task that lacks something.
func (t *Prediction) check() error {
	switch {
	case t == nil:
		return errors.New("there is no task")
	case isNil(t.Model):
		return errors.New("the task has no model")
	case t.Loss == nil:
		return errors.New("the task has no loss")
	}
	return nil
}

// penalised adds the penalty of the parameters that are trained.
func (t *Prediction) penalised(loss graph.Node) graph.Node {
	if t.Penalty == nil || !loss.Valid() {
		return loss
	}
	g := loss.Graph()
	params := g.Trainable()
	if len(params) == 0 {
		return g.FailIn("train", errFrozen)
	}
	penalty := t.Penalty(params...)
	if err := isLoss(g, "the penalty", penalty); err != nil {
		return g.FailIn("train", at(err, t.Penalty))
	}
	return ops.Add(loss, penalty)
}

// TaskFunc is a task of a loss alone, of whatever a batch is:
//
//	train.TaskFunc(func(b ...graph.Node) graph.Node { return ops.MSE(model.Forward(b[0]), b[0]) })
type TaskFunc func(batch ...graph.Node) graph.Node

// Build adds the loss. It is an error of the graph when the function reads more nodes than there are.
func (f TaskFunc) Build(batch ...graph.Node) (o Outcome) {
	g := batch[0].Graph()
	defer func() {
		if err := panicked(recover(), len(batch)); err != nil {
			o.Loss = g.FailIn("train", at(err, f))
		}
	}()
	o.Loss = f(batch...)
	if err := isLoss(g, "the loss", o.Loss); err != nil {
		o.Loss = g.FailIn("train", at(err, f))
	}
	return o
}

func (f TaskFunc) check() error {
	if f == nil {
		return errors.New("there is no task")
	}
	return nil
}

// panicked is the error of what a task that is given n tensors panics with, such as an index of one that the batch
// lacks. What the task says itself goes on.
func panicked(r any, n int) error {
	if r == nil {
		return nil
	}
	e, ok := r.(runtime.Error)
	if !ok {
		panic(r)
	}
	return fmt.Errorf("the task panics, given %s in the batch: %w", tensors(n), e)
}

// NextSymbol is the outcome of predicting y (N, T), the symbols of a text that follow those that logits (N, T, V) were
// made of: the mean cross-entropy over all of them, and the logits as the prediction.
func NextSymbol(logits, y graph.Node) Outcome { return NextSymbolBy(ops.CrossEntropy, logits, y) }

// NextSymbolBy is [NextSymbol] by another loss of logits (N·T, V) and classes (N·T), such as one that leaves out
// padding:
//
//	ops.SmoothedCrossEntropy{Ignore: ops.IgnoreZero}.Loss
func NextSymbolBy(loss Loss, logits, y graph.Node) Outcome {
	if !logits.Valid() {
		return Outcome{Loss: logits, Pred: logits}
	}
	rows := ops.Reshape(logits, -1, logits.Dim(-1)) // (N·T, V)
	return Outcome{Loss: loss(rows, ops.Reshape(y, -1)), Pred: logits}
}

func tensors(n int) string {
	if n == 1 {
		return "1 tensor"
	}
	return fmt.Sprintf("%d tensors", n)
}

// at makes an error of a graph that cites where a function of the caller's stands.
func at(err error, function any) error {
	f := runtime.FuncForPC(reflect.ValueOf(function).Pointer())
	if f == nil {
		return err
	}
	e := &graph.BuildError{Op: "train", Err: err}
	e.File, e.Line = f.FileLine(f.Entry())
	return e
}

// isLoss reports what is no float scalar of the graph. A node that is not valid has its error already.
func isLoss(g *graph.Graph, what string, n graph.Node) error {
	switch {
	case n == (graph.Node{}) || n.Graph() != g:
		return fmt.Errorf("%s is no node of the graph of its operands", what)
	case n.Valid() && (n.Size() != 1 || !n.DType().IsFloat()):
		return fmt.Errorf("%s is %v, want a float scalar; reduce it with a sum or mean", what, n.Type())
	}
	return nil
}

// isNil reports an interface that holds nothing, or a nil pointer.
func isNil(v any) bool {
	return v == nil || reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil()
}

// checkTask reports a task that is nil or lacks something.
func checkTask(t Task) error {
	if isNil(t) {
		return errors.New("there is no task")
	}
	if c, ok := t.(interface{ check() error }); ok {
		return c.check()
	}
	return nil
}

// inputNames are what a task calls n tensors of a batch; it is an error when it takes another number.
func inputNames(t Task, n int) ([]string, error) {
	if n == 0 {
		return nil, errors.New("the batch is empty: give a step one tensor at least")
	}
	var names []string
	if named, ok := t.(interface{ Inputs() []string }); ok {
		names = named.Inputs()
	}
	if len(names) == 0 {
		names := []string{"x", "y"}[:min(n, 2)]
		for i := 2; i < n; i++ {
			names = append(names, fmt.Sprintf("batch%d", i))
		}
		return names, nil
	}
	if len(names) != n {
		return nil, fmt.Errorf("the batch has %s, the task takes %d: %v", tensors(n), len(names), names)
	}
	return names, nil
}

// build lets the task add to a new graph, and holds what it returns to what an outcome is.
func build(t Task, g *graph.Graph, batch []graph.Node) Outcome {
	o := outcome(t, g, batch)
	if err := isLoss(g, "the loss", o.Loss); err != nil {
		o.Loss = g.FailIn("train", err)
	}
	if o.Pred != (graph.Node{}) && o.Pred.Graph() != g {
		o.Loss = g.FailIn("train", errors.New("the prediction is no node of the graph of the batch"))
	}
	seen := map[string]bool{}
	for i, f := range o.Report {
		if seen[f.Name] || f.Name == "" {
			g.FailIn("train", fmt.Errorf("figure %d is named %q, want a name of its own", i, f.Name))
		}
		seen[f.Name] = true
		if err := isLoss(g, fmt.Sprintf("the sum of %q", f.Name), f.Sum); err != nil {
			g.FailIn("train", err)
		}
		if f.Count == (graph.Node{}) {
			continue
		}
		if f.Count.Graph() != g || f.Count.Valid() && f.Count.Size() != 1 {
			g.FailIn("train", fmt.Errorf("the count of %q is no scalar of the graph of the batch", f.Name))
		}
	}
	return o
}

// outcome is what the task builds, or an error of the graph when it reads more nodes than there are.
func outcome(t Task, g *graph.Graph, batch []graph.Node) (o Outcome) {
	defer func() {
		if err := panicked(recover(), len(batch)); err != nil {
			o = Outcome{Loss: g.FailIn("train", err)}
		}
	}()
	return t.Build(batch...)
}
