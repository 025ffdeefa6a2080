// This file holds Trainer, which runs the steps of training.

package train

import (
	"errors"
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
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

// Trainer runs training steps. It compiles a program for each shape of batch that it meets; all share
// the parameters, the optimiser's moments and the count of steps. The fields are set before the first step, but for LR, which may change
// between steps. A Trainer is used by one goroutine at a time.
type Trainer struct {
	LR        float64 // learning rate of the next step; starts as the optimiser's
	ClipNorm  float64 // if positive, the largest norm of all gradients together
	ClipValue float64 // if positive, the largest absolute value of a gradient's element
	Seed      uint64  // of dropout and other random ops
	Compile   graph.CompileOptions

	task     *Task
	opt      Optimizer
	moments  map[string]*graph.Param
	programs map[string]*program
	step     int
}

type program struct {
	prog           *graph.Program
	x, y, lr, loss graph.Node
}

// New returns a trainer for a task.
func New(task *Task, opt Optimizer) *Trainer {
	return &Trainer{LR: opt.Rate(), task: task, opt: opt, moments: map[string]*graph.Param{}, programs: map[string]*program{}}
}

// Step trains on one batch and returns the loss before the update. On the first batch of a
// shape it builds and compiles; a mistake in the model arrives here. If the loss or a gradient is NaN or
// infinite, parameters, moments and running statistics stay as they are and the error, a [*graph.NonFiniteError], names the
// first instruction of the tape that gave such a value, or the input or parameter that was so before. If only the new
// parameters are, since the rate is too large, the step is done, and the error says so.
func (t *Trainer) Step(x, y graph.Tensor) (loss float64, err error) {
	p, err := t.program(x.Type, y.Type)
	if err != nil {
		return math.NaN(), err
	}
	if math.IsNaN(t.LR) || math.IsInf(t.LR, 0) || t.LR < 0 {
		return math.NaN(), fmt.Errorf("train: the learning rate is %v, want a number ≥ 0", t.LR)
	}
	p.prog.Set(p.x, x)
	p.prog.Set(p.y, y)
	p.prog.Set(p.lr, t.LR)
	p.prog.SetStep(t.step + 1)
	if err := p.prog.Run(); err != nil {
		return math.NaN(), t.explain(p, err)
	}
	t.step++
	return p.prog.Float(p.loss), nil
}

// Steps returns the number of steps done.
func (t *Trainer) Steps() int { return t.step }

// explain finds where a value that is not finite arose.
func (t *Trainer) explain(p *program, err error) error {
	var bad *graph.NonFiniteError
	if !errors.As(err, &bad) {
		return err
	}
	if bad.Done {
		t.step++
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
	p, err := t.program(x, y)
	if err != nil {
		return nil, err
	}
	return p.prog, nil
}

func (t *Trainer) program(x, y graph.Type) (*program, error) {
	key := x.String() + " " + y.String()
	if p := t.programs[key]; p != nil {
		return p, nil
	}
	p := &program{}
	g := &graph.Graph{Mode: graph.Train, Seed: t.Seed}
	p.x, p.y = nn.InputLike(g, "x", x), nn.InputLike(g, "y", y)
	p.loss = t.Build(g, p.x, p.y)
	p.lr = g.Input("lr")
	t.update(g, p.loss, p.lr)
	prog, err := g.CompileWith(t.Compile, p.loss)
	if err != nil {
		return nil, err
	}
	p.prog = prog
	t.programs[key] = p
	return p, nil
}

// Build adds the task's forward pass and loss to a graph and returns the loss.
func (t *Trainer) Build(g *graph.Graph, x, y graph.Node) graph.Node {
	loss := t.task.Loss(t.task.Model.Forward(x), y)
	if t.task.Penalty != nil && loss.Valid() {
		loss = ops.Add(loss, t.task.Penalty(g.Trainable()...))
	}
	return loss
}

// update adds gradients and the optimiser's step for every trainable parameter.
func (t *Trainer) update(g *graph.Graph, loss, lr graph.Node) {
	params := g.Trainable()
	if len(params) == 0 {
		g.FailIn("train", fmt.Errorf("the model has no trainable parameters: all are frozen"))
		return
	}
	grads := graph.Gradients(loss, params...)
	if g.Err() != nil {
		return
	}
	g.InPhase(graph.Update, func() {
		u := &Update{LR: lr, Step: g.Step(), moments: t.moments, g: g}
		for i, dp := range t.clip(grads) {
			t.opt.Update(u, params[i], dp)
		}
	})
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
