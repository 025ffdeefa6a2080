// This file holds Trainer, which runs the steps of training.

package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recent"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/internal/mean"
)

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
	// Accumulate, if more than 1, does each step in so many parts of the rows of its batch, one after the other, and
	// adds up their gradients, so that a large batch takes the memory of a small one. Where the loss is a mean over
	// rows the step is the same, but for rounding. Random numbers and the statistics of batch norms are those of each
	// part; where a part gives NaN, those of the parts before it have been counted.
	Accumulate int

	task     Task
	players  []Player // one without a name, if the task is no game
	moments  map[momentKey]*graph.Param
	sums     map[*graph.Param]*graph.Param // of gradients, see Accumulate
	loaded   *state                        // what Load has read and no moment has taken yet; nil for nothing
	states   map[string]graph.Tensor       // what a Checkpoint has given back and no program has taken yet
	last     []float64                     // the loss of each turn when it came last, by its first player
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
	accumulate          int
}

// program is a training step for one shape of batch: a turn of each player.
type program struct {
	types    []graph.Type
	batch    []graph.Node
	turns    []*turn
	params   []*graph.Param
	declared []declaration // of each parameter, when the program was built
}

// turn is the program of one player, or of all at once.
type turn struct {
	prog    *graph.Program
	part    *graph.Program // of all parts but the last, see Trainer.Accumulate
	players []int
	lr      []graph.Node // of each player
	loss    []graph.Node
	pred    graph.Node
	means   []mean.Mean
	ran     bool // in the last step
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

// New returns a trainer for a task. What is wrong with the task or the optimiser is an error of the first step. The
// players of a [Game] have their own optimisers, and opt is nil.
func New(task Task, opt Optimizer) *Trainer {
	t := &Trainer{task: task, players: []Player{{Optimizer: opt}}, moments: map[momentKey]*graph.Param{},
		sums: map[*graph.Param]*graph.Param{}}
	if g, ok := task.(*Game); ok && g != nil && len(g.Players) > 0 {
		t.players = slices.Clone(g.Players)
		if !isNil(opt) {
			t.players = append([]Player{{Optimizer: opt}}, t.players...) // for check to see
		}
	}
	if !isNil(t.players[0].Optimizer) {
		t.LR = t.players[0].Optimizer.Rate()
	}
	t.last = make([]float64, len(t.players))
	return t
}

// Step trains on one batch, a tensor for each input of the task, and returns the loss before the update. On the first
// batch of a shape it builds and compiles; a mistake in the model arrives here. If the loss or a gradient is NaN or
// infinite, parameters, moments and running statistics stay as they are and the error, a [*graph.NonFiniteError],
// names the first instruction of the tape that gave such a value, or the input or parameter that was so before. If
// only the new parameters are, since the rate is too large, the step is done, and the error says so.
//
// In a [Game] each player has its turn, and the loss is the sum of theirs.
//
// The graph has the float type of the batch, which must be that of the model's parameters; for a batch of integers it
// is that of the parameters, where the task is a [Prediction], a Game or an [nn.Model], and float32 otherwise.
func (t *Trainer) Step(batch ...graph.Tensor) (loss float64, err error) {
	return t.train(batch, nil, runProgram)
}

// StepBy is [Trainer.Step] that lets run do each turn, whose inputs, rate and number are set: by Program.Run, as Step
// does, or by Program.Trace. With Compile.Teach the programs are tapes of a lesson, and their graph keeps the lines of
// Go that made its nodes.
func (t *Trainer) StepBy(run func(Compiled) error, batch ...graph.Tensor) (loss float64, err error) {
	if run == nil {
		return math.NaN(), errors.New("train: StepBy: run is nil")
	}
	return t.train(batch, nil, func(c Compiled) error {
		c.Batch = slices.Clone(c.Batch)
		return run(c)
	})
}

func runProgram(c Compiled) error { return c.Program.Run() }

// train is StepBy, and adds what is reported to the means.
func (t *Trainer) train(batch []graph.Tensor, means *mean.Sums, run func(Compiled) error) (loss float64, err error) {
	if err := t.enter(); err != nil {
		return math.NaN(), err
	}
	defer t.busy.Store(false)
	if err := t.checkBatch(batch); err != nil {
		return math.NaN(), fmt.Errorf("train: %w", err)
	}
	p, err := t.program(typesOf(batch))
	if err != nil {
		return math.NaN(), err
	}
	n := t.Steps() + 1
	if t.parted() {
		if loss, err = t.playParts(p, p.turns[0], batch, n, means, run); err != nil {
			return math.NaN(), err
		}
		t.step.Add(1)
		return loss, nil
	}
	for _, turn := range p.turns {
		v, err := t.play(p, turn, batch, n, run)
		if err != nil {
			return math.NaN(), err
		}
		if means != nil && turn.ran {
			means.Add(turn.prog, turn.means)
		}
		loss += v
	}
	t.step.Add(1)
	return loss, nil
}

// play runs a turn of step n. A player whose turn does not come in it returns the loss that it had in its last.
func (t *Trainer) play(p *program, turn *turn, batch []graph.Tensor, n int,
	run func(Compiled) error) (loss float64, err error) {
	first := turn.players[0]
	every := t.players[first].every()
	turn.ran = n%every == 0
	if !turn.ran {
		return t.last[first], nil
	}
	if err := t.setRates(turn); err != nil {
		return math.NaN(), err
	}
	for i, x := range batch {
		turn.prog.Set(p.batch[i], x)
	}
	turn.prog.SetStep(n / every)
	if err := run(t.compiled(p, turn)); err != nil {
		return math.NaN(), t.explain(turn, err)
	}
	for _, l := range turn.loss {
		loss += turn.prog.Float(l)
	}
	t.last[first] = loss
	return loss, t.average(turn)
}

// average lets the averages of the players of a turn follow.
func (t *Trainer) average(turn *turn) error {
	for _, k := range turn.players {
		if a := t.players[k].Average; a != nil {
			if err := a.Add(); err != nil {
				return fmt.Errorf("train: player %q: %w", t.players[k].Name, err)
			}
		}
	}
	return nil
}

// setRates gives the players of a turn their learning rates: the first of all has LR, and the others' follow it in
// proportion.
func (t *Trainer) setRates(turn *turn) error {
	if math.IsNaN(t.LR) || math.IsInf(t.LR, 0) || t.LR < 0 {
		return fmt.Errorf("train: the learning rate is %v, want a number ≥ 0", t.LR)
	}
	for i, k := range turn.players {
		rate := t.LR
		if k > 0 {
			rate *= t.players[k].Optimizer.Rate() / t.players[0].Optimizer.Rate()
		}
		if d := turn.lr[i].DType(); !d.Holds(rate) {
			return fmt.Errorf("train: the learning rate is %v, which in %v is %v", rate, d, float32(rate))
		}
		turn.prog.Set(turn.lr[i], rate)
	}
	return nil
}

// Reset sets the States of the task to zero in all programs: a sequence begins. [Fit] does so before each epoch.
func (t *Trainer) Reset() error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.busy.Store(false)
	t.states = nil
	for p := range t.programs.All() {
		for _, turn := range p.turns {
			turn.prog.Reset()
		}
	}
	return nil
}

// enter is the beginning of a method that only one goroutine may be in.
func (t *Trainer) enter() error {
	if t == nil || t.moments == nil {
		return fmt.Errorf("train: %w", errNotNew)
	}
	if !t.busy.CompareAndSwap(false, true) {
		return errors.New("train: the Trainer is at work for another goroutine; give each its own")
	}
	return nil
}

var errNotNew = errors.New("a Trainer comes from New")

func (t *Trainer) checkBatch(batch []graph.Tensor) error {
	if err := checkTask(t.task); err != nil {
		return err
	}
	return checkBatch(t.task, batch)
}

// checkBatch reports tensors that no graph can take.
func checkBatch(task Task, batch []graph.Tensor) error {
	names, err := inputNames(task, len(batch))
	if err != nil {
		return err
	}
	float, floats := "", graph.Int64
	for i := range batch {
		t := &batch[i]
		if err := t.Check(); err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
		if t.Shape.Size() == 0 {
			return fmt.Errorf("%s %v has no elements", names[i], t.Type)
		}
		switch {
		case !t.DType.IsFloat():
		case float == "":
			float, floats = names[i], t.DType
		case t.DType != floats:
			return fmt.Errorf("%s holds %v and %s %v: want one float type", float, floats, names[i], t.DType)
		}
	}
	return nil
}

// check reports what is wrong with task, optimiser and fields.
func (t *Trainer) check() error {
	now := settings{t.ClipNorm, t.ClipValue, t.Seed, t.Accumulate}
	if t.begun {
		if was := t.built; now.accumulate != was.accumulate {
			return fmt.Errorf("the field Accumulate is set before the first step: it was %d, and is %d",
				was.accumulate,
				now.accumulate)
		} else if now != was {
			return fmt.Errorf("ClipNorm, ClipValue and Seed are set before the first step: they were %v, %v and %v, "+
				"and are %v, %v and %v",
				was.clipNorm, was.clipValue, was.seed, now.clipNorm, now.clipValue, now.seed)
		}
		return nil
	}
	if err := checkTask(t.task); err != nil {
		return err
	}
	if err := t.checkPlayers(); err != nil {
		return err
	}
	for _, c := range []field{{"ClipNorm", t.ClipNorm, math.Inf(1)}, {"ClipValue", t.ClipValue, math.Inf(1)}} {
		if !(c.v >= 0 && c.v < c.below) {
			return fmt.Errorf("%s is %v, want a positive number, or 0 for none", c.name, c.v)
		}
	}
	if err := t.checkParts(); err != nil {
		return err
	}
	t.begun, t.built = true, now
	return nil
}

// Steps returns the number of steps done.
func (t *Trainer) Steps() int {
	if t == nil {
		return 0
	}
	return int(t.step.Load())
}

// explain finds where a value that is not finite arose.
func (t *Trainer) explain(turn *turn, err error) error {
	var bad *graph.NonFiniteError
	if !errors.As(err, &bad) {
		return err
	}
	if bad.Done {
		t.step.Add(1)
		return err
	}
	if found := turn.prog.Check(); found != nil {
		return found
	}
	return err
}

// Compiled is a compiled training step for batches of given types, with its handles: to print, to trace, to measure,
// to run by hand.
type Compiled struct {
	Player  string // whose turn it is in a game
	Program *graph.Program
	Batch   []graph.Node // the inputs, in the order of the batch
	LR      graph.Node   // the learning rate, an input
	Loss    graph.Node
	Pred    graph.Node // the zero Node, unless the task predicts
}

// Compiled returns the training step for batches of the given types, building it if need be: one for each turn of a
// game, and one for any other task.
func (t *Trainer) Compiled(batch ...graph.Type) ([]Compiled, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.busy.Store(false)
	p, err := t.program(batch)
	if err != nil {
		return nil, err
	}
	var all []Compiled
	for _, turn := range p.turns {
		all = append(all, t.compiled(p, turn))
		all[len(all)-1].Batch = slices.Clone(p.batch)
	}
	return all, nil
}

// compiled is a turn with its handles.
func (t *Trainer) compiled(p *program, turn *turn) Compiled {
	return Compiled{t.players[turn.players[0]].Name, turn.prog, p.batch, turn.lr[0], turn.loss[0], turn.pred}
}

// Program is the program of the first turn of [Trainer.Compiled], which is the only one but in a game.
func (t *Trainer) Program(batch ...graph.Type) (*graph.Program, error) {
	all, err := t.Compiled(batch...)
	if err != nil {
		return nil, err
	}
	return all[0].Program, nil
}

func (t *Trainer) program(batch []graph.Type) (*program, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	batch, err := t.partTypes(batch)
	if err != nil {
		return nil, err
	}
	return t.programs.Get(func(p *program) bool { return equalTypes(p.types, batch) && p.fresh() }, recent.Programs,
		func() (*program, error) { return t.compile(batch) })
}

func (t *Trainer) compile(batch []graph.Type) (*program, error) {
	g := &graph.Graph{Mode: graph.Train, Seed: t.Seed, DType: floatOf(t.task, batch), Lines: t.Compile.Teach}
	p := &program{}
	for _, b := range batch {
		p.types = append(p.types, cloned(b))
	}
	var err error
	if p.batch, err = inputs(t.task, g, batch); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if err := t.build(g, p); err != nil {
		return nil, inFloats(g, err)
	}
	for _, param := range g.Params() {
		p.params, p.declared = append(p.params, param), append(p.declared, declared(param))
	}
	if err := t.settle(p.params); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return p, t.carryOn(p)
}

// build adds the task, and for each player the gradients and updates, to the graph, and compiles the turns.
func (t *Trainer) build(g *graph.Graph, p *program) error {
	rows := rowsOf(p.types[0])
	var turns []*turn
	for k, o := range t.outcomes(g, p.batch) {
		lr := g.Input(t.players[k].labelled("lr"))
		turn := &turn{players: []int{k}, lr: []graph.Node{lr}, loss: []graph.Node{o.Loss}, pred: o.Pred}
		t.update(g, &t.players[k], o.Loss, lr)
		turn.means = meansOf(o, rows, t.players[k].Name, t.isGame())
		turns = append(turns, turn)
	}
	if g.Err() != nil {
		return g.Err()
	}
	if t.simultaneous() {
		turns = []*turn{together(turns)}
	}
	for _, turn := range turns {
		opt := t.Compile
		if t.isGame() {
			own, err := t.owned(g, turn)
			if err != nil {
				return err
			}
			opt.Assigns = func(p *graph.Param) bool { return own[p] }
		}
		if t.parted() {
			if err := t.compileParts(g, turn); err != nil {
				return err
			}
			continue
		}
		var err error
		if turn.prog, err = g.CompileWith(opt, turn.outputs()...); err != nil {
			return err
		}
	}
	p.turns = turns
	return nil
}

// outcomes are those of the players: of a task that is no game, its own.
func (t *Trainer) outcomes(g *graph.Graph, batch []graph.Node) []Outcome {
	if game, ok := t.task.(*Game); ok {
		return game.play(g, batch)
	}
	o := build(t.task, g, batch)
	if p, ok := t.task.(*Prediction); ok {
		o.Loss = p.penalised(o.Loss)
	}
	return []Outcome{o}
}

// outputs are the losses, and what the means are made of.
func (t *turn) outputs() []graph.Node {
	out := slices.Clone(t.loss)
	if t.pred.Valid() {
		out = append(out, t.pred)
	}
	for _, m := range t.means {
		out = append(out, m.Outputs()...)
	}
	return out
}

// inFloats adds to an error that speaks of float32, in a float64 graph, why that is of float64.
func inFloats(g *graph.Graph, err error) error {
	if g.DType == graph.Float64 && strings.Contains(err.Error(), "float32") {
		return fmt.Errorf("%w; the graph is of float64 as the batch", err)
	}
	return err
}

// inputs adds an input for each tensor of a batch.
func inputs(task Task, g *graph.Graph, batch []graph.Type) (nodes []graph.Node, err error) {
	names, err := inputNames(task, len(batch))
	if err != nil {
		return nil, err
	}
	for i, t := range batch {
		n := nn.InputLike(g, names[i], t)
		if n.Valid() && n.DType() != t.DType {
			return nil, fmt.Errorf("%s is to hold %v, want %v as the graph, or int64", names[i], t.DType, g.DType)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// floatOf is the float type of a graph for such tensors: theirs, or that of the task's parameters if all are of
// integers.
func floatOf(task Task, types []graph.Type) graph.DType {
	for _, d := range []graph.DType{graph.Float64, graph.Float32} {
		if slices.ContainsFunc(types, func(t graph.Type) bool { return t.DType == d }) {
			return d
		}
	}
	if ps := paramsOf(task); ps != nil {
		return ps.DType()
	}
	return graph.Float32
}

// paramsOf are the parameters of a task, of the first player in a game; nil if it does not tell of any.
func paramsOf(task Task) *nn.Params {
	switch t := task.(type) {
	case *Prediction:
		return t.Model.Params()
	case *Game:
		return t.Players[0].Params
	case nn.Model:
		return t.Params()
	}
	return nil
}

func cloned(t graph.Type) graph.Type { return graph.Type{DType: t.DType, Shape: slices.Clone(t.Shape)} }

func equalTypes(a, b []graph.Type) bool { return slices.EqualFunc(a, b, graph.Type.Equal) }

func typesOf(batch []graph.Tensor) []graph.Type {
	types := make([]graph.Type, len(batch))
	for i := range batch {
		types[i] = batch[i].Type
	}
	return types
}

// rowsOf is the size of the first axis, 1 for a scalar.
func rowsOf(t graph.Type) int {
	if len(t.Shape) == 0 {
		return 1
	}
	return t.Shape[0]
}

// Build adds the task's forward pass and loss to a graph and returns the loss: in a game, the sum of the players'.
func (t *Trainer) Build(g *graph.Graph, batch ...graph.Node) graph.Node {
	if t == nil {
		return g.FailIn("train", errNotNew)
	}
	if err := checkTask(t.task); err != nil {
		return g.FailIn("train", err)
	}
	if _, err := inputNames(t.task, len(batch)); err != nil {
		return g.FailIn("train", err)
	}
	return sum(t.outcomes(g, batch)).Loss
}

// Graph returns the graph of a training step for batches of the given types, to draw or to compile in part: the
// forward pass with the loss of each player and, if backward, the gradients of each by its own parameters. There are
// no updates in it. What is no game has one loss.
func (t *Trainer) Graph(backward bool, batch ...graph.Type) (g *graph.Graph, losses []graph.Node, err error) {
	if err := t.enter(); err != nil {
		return nil, nil, err
	}
	defer t.busy.Store(false)
	if err := t.check(); err != nil {
		return nil, nil, fmt.Errorf("train: %w", err)
	}
	g = &graph.Graph{Mode: graph.Train, Seed: t.Seed, DType: floatOf(t.task, batch)}
	nodes, err := inputs(t.task, g, batch)
	if err != nil {
		return nil, nil, fmt.Errorf("train: %w", err)
	}
	for k, o := range t.outcomes(g, nodes) {
		if backward && g.Err() == nil {
			graph.Gradients(o.Loss, t.players[k].own(g)...)
		}
		losses = append(losses, o.Loss)
	}
	return g, losses, g.Err()
}

var errFrozen = errors.New("the model has no trainable parameters: all are frozen")

var errApart = errors.New("no gradient reaches a trainable parameter: the loss is made without them, " +
	"or by ops such as comparisons, ArgMax and StopGradient, which have none")

// update adds gradients and the optimiser's step for every trainable parameter of a player, and returns the gradients,
// before they are clipped.
func (t *Trainer) update(g *graph.Graph, p *Player, loss, lr graph.Node) []graph.Node {
	u := &Update{LR: lr, Step: g.Step(), moments: t.moments, g: g}
	own := p.own(g)
	if len(own) == 0 && p.Name != "" {
		g.FailIn("train", fmt.Errorf("player %q has no trainable parameters: all are frozen, or no loss reads them",
			p.Name))
		return nil
	}
	return minimize(u, p.Optimizer, loss, own, func(grads []graph.Node) []graph.Node {
		return t.clip(t.accumulated(g, own, grads))
	})
}

func (t *Trainer) clip(grads []graph.Node) []graph.Node {
	clipped := slices.Clone(grads)
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
