// This file holds Trainer, which runs the steps of training.

package train

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recent"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// Loss maps predictions and targets to a scalar. The losses of package ops are of this type.
type Loss func(pred, target graph.Node) graph.Node

// Task is what is trained: a model and what it is to become good at.
type Task struct {
	Model nn.Model
	Loss  Loss
	// Penalty, if given, is added to the loss: a scalar built from the parameters, such as
	// ops.L2Penalty.
	Penalty func(params ...graph.Node) graph.Node
}

// Supervised is the task of predicting targets: loss(model(x), y).
func Supervised(m nn.Model, loss Loss) *Task { return &Task{Model: m, Loss: loss} }

// Trainer runs training steps. It compiles a program for each shape of batch that it meets, and keeps the four that
// were used last; all share the parameters, the optimiser's moments and the count of steps. The fields are set before
// the first step, but for LR, which may change between steps; that another has changed is an error. A Trainer is used
// by one goroutine at a time, and says so when a second enters it. A parameter that is frozen or unfrozen between two
// steps is so from the next on, which compiles anew.
type Trainer struct {
	LR        float64 // learning rate of the next step; starts as the optimiser's
	ClipNorm  float64 // if positive, the largest norm of all gradients together
	ClipValue float64 // if positive, the largest absolute value of a gradient's element
	Seed      uint64  // of dropout and other random ops
	Compile   graph.CompileOptions

	task     *Task
	opt      Optimizer
	moments  map[string]*graph.Param
	programs recent.List[*program]
	step     atomic.Int64
	busy     atomic.Bool // Step or Program is at work
	fitting  atomic.Bool // a Fit is
	begun    bool
	built    settings // what the fields were when the first program was built
}

// settings are the fields that programs are built with.
type settings struct {
	clipNorm, clipValue float64
	seed                uint64
}

// program is a training step for one shape of batch.
type program struct {
	prog           *graph.Program
	xType, yType   graph.Type
	x, y, lr, loss graph.Node
	parts          []ops.Part
	params         []*graph.Param
	declared       []declaration // of each parameter, when the program was built
}

// declaration is what a parameter was declared to be.
type declaration struct{ trainable, unbounded bool }

func declared(p *graph.Param) declaration { return declaration{p.Trainable(), p.Unbounded()} }

// fresh reports whether no parameter has been frozen, unfrozen or declared otherwise since p was built.
func (p *program) fresh() bool {
	for i, param := range p.params {
		if declared(param) != p.declared[i] {
			return false
		}
	}
	return true
}

// keptPrograms is how many programs a Trainer or an Evaluator keeps: whole batches, the rest, and two more.
const keptPrograms = 4

// New returns a trainer for a task. What is wrong with the task or the optimiser is an error of the first step.
func New(task *Task, opt Optimizer) *Trainer {
	t := &Trainer{task: task, opt: opt, moments: map[string]*graph.Param{}}
	if !isNil(opt) {
		t.LR = opt.Rate()
	}
	return t
}

// Step trains on one batch and returns the loss before the update. On the first batch of a
// shape it builds and compiles; a mistake in the model arrives here. If the loss or a gradient is NaN or
// infinite, parameters, moments and running statistics stay as they are and the error, a [*graph.NonFiniteError],
// names the first instruction of the tape that gave such a value, or the input or parameter that was so before. If
// only the new parameters are, since the rate is too large, the step is done, and the error says so.
//
// The graph has the float type of the batch, which must be that of the model's parameters.
func (t *Trainer) Step(x, y graph.Tensor) (loss float64, err error) {
	loss, _, err = t.train(x, y)
	return loss, err
}

// train is Step, and returns the program that has run.
func (t *Trainer) train(x, y graph.Tensor) (float64, *program, error) {
	if err := t.enter(); err != nil {
		return math.NaN(), nil, err
	}
	defer t.busy.Store(false)
	if err := checkBatch(x, y); err != nil {
		return math.NaN(), nil, fmt.Errorf("train: %w", err)
	}
	p, err := t.program(x.Type, y.Type)
	if err != nil {
		return math.NaN(), nil, err
	}
	if math.IsNaN(t.LR) || math.IsInf(t.LR, 0) || t.LR < 0 {
		return math.NaN(), nil, fmt.Errorf("train: the learning rate is %v, want a number ≥ 0", t.LR)
	}
	if d := p.lr.DType(); !d.Holds(t.LR) {
		return math.NaN(), nil, fmt.Errorf("train: the learning rate is %v, which in %v is %v", t.LR, d, float32(t.LR))
	}
	p.prog.Set(p.x, x)
	p.prog.Set(p.y, y)
	p.prog.Set(p.lr, t.LR)
	p.prog.SetStep(t.Steps() + 1)
	if err := p.prog.Run(); err != nil {
		return math.NaN(), nil, t.explain(p, err)
	}
	t.step.Add(1)
	return p.prog.Float(p.loss), p, nil
}

// enter is the beginning of a method that only one goroutine may be in.
func (t *Trainer) enter() error {
	if t == nil || t.moments == nil {
		return errors.New("train: a Trainer comes from New")
	}
	if !t.busy.CompareAndSwap(false, true) {
		return errors.New("train: the Trainer is at work for another goroutine; give each its own")
	}
	return nil
}

// checkBatch reports tensors that no graph can take.
func checkBatch(x, y graph.Tensor) error {
	for _, in := range []struct {
		name string
		t    *graph.Tensor
	}{{"x", &x}, {"y", &y}} {
		if err := in.t.Check(); err != nil {
			return fmt.Errorf("%s: %w", in.name, err)
		}
		if in.t.Shape.Size() == 0 {
			return fmt.Errorf("%s %v has no elements", in.name, in.t.Type)
		}
	}
	if x.DType.IsFloat() && y.DType.IsFloat() && x.DType != y.DType {
		return fmt.Errorf("x holds %v and y %v: want one float type", x.DType, y.DType)
	}
	return nil
}

// check reports what is wrong with task, optimiser and fields.
func (t *Trainer) check() error {
	now := settings{t.ClipNorm, t.ClipValue, t.Seed}
	if t.begun {
		if now != t.built {
			return fmt.Errorf("ClipNorm, ClipValue and Seed are set before the first step: they were %v, %v and %v, and are %v, %v and %v",
				t.built.clipNorm, t.built.clipValue, t.built.seed, now.clipNorm, now.clipValue, now.seed)
		}
		return nil
	}
	if err := t.task.check(); err != nil {
		return err
	}
	if err := checkOptimizer(t.opt, t.LR); err != nil {
		return err
	}
	for _, c := range []field{{"ClipNorm", t.ClipNorm, math.Inf(1)}, {"ClipValue", t.ClipValue, math.Inf(1)}} {
		if !(c.v >= 0 && c.v < c.below) {
			return fmt.Errorf("%s is %v, want a positive number, or 0 for none", c.name, c.v)
		}
	}
	t.begun, t.built = true, now
	return nil
}

// check reports a task that lacks something.
func (t *Task) check() error {
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

// isNil reports an interface that holds nothing, or a nil pointer.
func isNil(v any) bool {
	return v == nil || reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil()
}

// Steps returns the number of steps done.
func (t *Trainer) Steps() int { return int(t.step.Load()) }

// explain finds where a value that is not finite arose.
func (t *Trainer) explain(p *program, err error) error {
	var bad *graph.NonFiniteError
	if !errors.As(err, &bad) {
		return err
	}
	if bad.Done {
		t.step.Add(1)
		return err
	}
	if found := p.prog.Check(); found != nil {
		return found
	}
	return err
}

// Program returns the compiled training step for batches of the given types, building it if
// need be: to print, to trace, to measure.
func (t *Trainer) Program(x, y graph.Type) (*graph.Program, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.busy.Store(false)
	p, err := t.program(x, y)
	if err != nil {
		return nil, err
	}
	return p.prog, nil
}

func (t *Trainer) program(x, y graph.Type) (*program, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return t.programs.Get(func(p *program) bool { return p.xType.Equal(x) && p.yType.Equal(y) && p.fresh() },
		keptPrograms,
		func() (*program, error) { return t.compile(x, y) })
}

func (t *Trainer) compile(x, y graph.Type) (*program, error) {
	g := &graph.Graph{Mode: graph.Train, Seed: t.Seed, DType: floatOf(x, y)}
	p := &program{xType: cloned(x), yType: cloned(y)}
	p.x, p.y = nn.InputLike(g, "x", x), nn.InputLike(g, "y", y)
	loss := t.task.loss(g, p.x, p.y)
	p.loss = t.penalised(g, loss)
	p.lr = g.Input("lr")
	t.update(g, p.loss, p.lr)
	p.parts = ops.Parts(p.loss, rowsOf(x))
	prog, err := g.CompileWith(t.Compile, p.outputs()...)
	if err != nil {
		return nil, inFloats(g, err)
	}
	p.prog = prog
	for _, param := range g.Params() {
		p.params, p.declared = append(p.params, param), append(p.declared, declared(param))
	}
	return p, nil
}

// outputs are the loss, its parts where there are several, and their counts where these are not known.
func (p *program) outputs() []graph.Node {
	out := []graph.Node{p.loss}
	for _, part := range p.parts {
		if len(p.parts) > 1 {
			out = append(out, part.Value)
		}
		if part.Count != (graph.Node{}) {
			out = append(out, part.Count)
		}
	}
	return out
}

// inFloats adds to an error of a float64 graph why it is of float64.
func inFloats(g *graph.Graph, err error) error {
	if g.DType == graph.Float64 {
		return fmt.Errorf("%w; the graph is of float64 as the batch", err)
	}
	return err
}

// floatOf is the float type of a graph for such tensors: theirs, or float32 if they are of integers.
func floatOf(types ...graph.Type) graph.DType {
	for _, t := range types {
		if t.DType == graph.Float64 {
			return graph.Float64
		}
	}
	return graph.Float32
}

func cloned(t graph.Type) graph.Type { return graph.Type{DType: t.DType, Shape: slices.Clone(t.Shape)} }

// rowsOf is the size of the first axis, 1 for a scalar.
func rowsOf(t graph.Type) int {
	if len(t.Shape) == 0 {
		return 1
	}
	return t.Shape[0]
}

// Build adds the task's forward pass and loss to a graph and returns the loss.
func (t *Trainer) Build(g *graph.Graph, x, y graph.Node) graph.Node {
	if err := t.task.check(); err != nil {
		return g.FailIn("train", err)
	}
	return t.penalised(g, t.task.loss(g, x, y))
}

// penalised adds the task's penalty of all parameters that are trained.
func (t *Trainer) penalised(g *graph.Graph, loss graph.Node) graph.Node {
	if t.task.Penalty == nil || !loss.Valid() {
		return loss
	}
	params := g.Trainable()
	if len(params) == 0 {
		return g.FailIn("train", errFrozen)
	}
	penalty := t.task.Penalty(params...)
	if err := isLoss(g, "the penalty", penalty); err != nil {
		return g.FailIn("train", err)
	}
	return ops.Add(loss, penalty)
}

var errFrozen = errors.New("the model has no trainable parameters: all are frozen")

var errApart = errors.New("no gradient reaches a trainable parameter: the loss is made without them, " +
	"or by ops such as comparisons, ArgMax and StopGradient, which have none")

// loss adds the forward pass and the loss.
func (t *Task) loss(g *graph.Graph, x, y graph.Node) graph.Node {
	_, loss := t.outcome(g, x, y)
	return loss
}

// outcome adds the forward pass and the loss, and makes an error of the graph of nodes that are neither.
func (t *Task) outcome(g *graph.Graph, x, y graph.Node) (pred, loss graph.Node) {
	pred = t.Model.Forward(x)
	if pred == (graph.Node{}) || pred.Graph() != g {
		loss = g.FailIn("train", fmt.Errorf("the Forward of %T returns no node of the graph of its operand", t.Model))
		return loss, loss
	}
	loss = t.Loss(pred, y)
	if err := isLoss(g, "the loss", loss); err != nil {
		loss = g.FailIn("train", err)
	}
	return pred, loss
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

// update adds gradients and the optimiser's step for every trainable parameter.
func (t *Trainer) update(g *graph.Graph, loss, lr graph.Node) {
	params := g.Trainable()
	if len(params) == 0 {
		g.FailIn("train", errFrozen)
		return
	}
	before := len(g.Contributions())
	grads := graph.Gradients(loss, params...)
	if g.Err() == nil && len(g.Contributions()) == before && !slices.Contains(params, loss) {
		g.FailIn("train", errApart)
	}
	if g.Err() != nil {
		return
	}
	g.InPhase(graph.Update, func() {
		u := &Update{LR: lr, Step: g.Step(), moments: t.moments, g: g}
		for i, dp := range t.clip(grads) {
			t.opt.Update(u, params[i], dp)
		}
	})
	if assigned, _ := g.Assigned(); g.Err() == nil {
		for _, p := range params {
			if !slices.Contains(assigned, p) {
				g.FailIn("train", fmt.Errorf("Update of %T does not assign parameter %q", t.opt, p.Name()))
			}
		}
	}
}

func (t *Trainer) clip(grads []graph.Node) []graph.Node {
	clipped := make([]graph.Node, len(grads))
	copy(clipped, grads)
	if t.ClipValue > 0 {
		for i, d := range clipped {
			clipped[i] = ops.Clamp(d, -t.ClipValue, t.ClipValue)
		}
	}
	if t.ClipNorm > 0 {
		norm := ops.GlobalNorm(clipped...)
		for i, d := range clipped {
			clipped[i] = ops.ClipByNorm(d, norm, t.ClipNorm)
		}
	}
	return clipped
}
