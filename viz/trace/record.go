// This file holds Record and Recorder, which run a program and keep what it computes.

package trace

import (
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
)

// Options say what is recorded of a program. The zero value is the usual.
type Options struct {
	Name Text // of the run: whose turn it is

	// Loss is the node whose gradients are looked at; without it that of the program's last reverse pass, or its first
	// output if it has none and is one number.
	Loss graph.Node

	// Budget is the most bytes that the run takes as JSON; 0 for 8 MB. Values up to a size are whole, as many as fit,
	// and of larger ones there are statistics and a sample.
	Budget int

	// Checks is how many elements of a gradient are compared with central differences of the loss, in a run of
	// float64; 0 for all of those with up to 16 elements and 4 of larger ones; NoChecks for none. Work bounds what all
	// of them take, in floating point operations of the forward pass; 0 for 10⁹.
	Checks int
	Work   int64

	// Source reads a file of Go whose lines made nodes; nil for os.ReadFile. A program that carries its sources with
	// it gives them here, so that the run is the same wherever it was built.
	Source func(file string) ([]byte, error)
}

// NoChecks leaves out the comparison with central differences.
const NoChecks = -1

const (
	usualBudget = 8 << 20
	usualWork   = 1e9
)

// Record runs the program once and returns what it has computed. The program is the tape of a lesson,
// [graph.CompileOptions] Teach, and its inputs are set:
//
//	prog, err := g.CompileWith(graph.CompileOptions{Teach: true}, loss)
//	…
//	run, err := trace.Record(prog, trace.Options{})
//	err = html.Write(file, trace.New(title, run), html.Options{})
//
// The run is a step: what the program assigns has changed afterwards. If a loss or gradient is not finite, so that no
// update begins, the run holds what there is, and an alarm says where it arose. Any other error of the run is
// returned.
func Record(prog *graph.Program, opt Options) (Run, error) {
	r, err := NewRecorder(prog, opt)
	if err != nil {
		return Run{}, err
	}
	r.once = true
	if err := r.Add(Text{}); err != nil {
		return Run{}, err
	}
	return r.Run()
}

// Recorder records a program in several states: step after step, or with other inputs each time.
//
//	r, err := trace.NewRecorder(prog, trace.Options{})
//	for i := range 10 {
//		prog.Set(x, inputs[i])
//		err = r.Add(trace.Text{En: fmt.Sprint(i), Zh: fmt.Sprint(i)})
//	}
//	run, err := r.Run()
type Recorder struct {
	prog     *graph.Program
	opt      Options
	run      Run // without its states
	tape     []evaluation
	leaves   []graph.Node       // of the nodes of run that are leaves, the node of the graph
	index    map[graph.Node]int // the node of run that has the value of a node of the graph
	copies   map[graph.Node]int // that has its value from before it is assigned
	passes   []pass
	losses   []graph.Node // that contributions to gradients are of
	gradLoss map[int]int  // which of losses a node is the gradient of
	locals   []local
	states   []state
	once     bool // there is one state, stored before the program runs again: its memory need not be copied
}

// state is what a run has computed.
type state struct {
	name   Text
	values []graph.Tensor // of the nodes, then local derivatives; without memory where there is none
	checks []Check
	alarms []Alarm
}

// evaluation is an instruction, to be done again.
type evaluation struct {
	op      graph.Op
	in, out []int
	stopped []bool // operands that no gradient goes back to
	scratch []graph.Type
	cost    int64
}

// NewRecorder returns a recorder of a program that was compiled with [graph.CompileOptions] Teach.
func NewRecorder(prog *graph.Program, opt Options) (*Recorder, error) {
	switch {
	case prog == nil:
		return nil, errors.New("trace: the program is nil: make one with Graph.CompileWith")
	case !prog.Options().Teach:
		return nil, errors.New("trace: the program is not the tape of a lesson, which keeps every value: " +
			"compile it with CompileOptions{Teach: true}")
	case len(prog.Instructions()) == 0:
		return nil, errors.New("trace: the program has no instructions: its outputs are inputs or parameters")
	case opt.Budget < 0 || opt.Checks < NoChecks || opt.Work < 0:
		return nil, fmt.Errorf("trace: Budget is %d, Checks %d, Work %d: want numbers ≥ 0, or NoChecks", opt.Budget,
			opt.Checks, opt.Work)
	}
	if opt.Budget == 0 {
		opt.Budget = usualBudget
	}
	if opt.Work == 0 {
		opt.Work = usualWork
	}
	r := &Recorder{prog: prog, opt: opt, index: map[graph.Node]int{}, copies: map[graph.Node]int{},
		gradLoss: map[int]int{}}
	if err := r.read(); err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	return r, nil
}

// Node returns the number of a node of the graph among those of the run, -1 if the program does not compute it.
func (r *Recorder) Node(n graph.Node) int {
	if i, ok := r.index[n]; ok {
		return i
	}
	return -1
}

// Add runs the program and keeps its values as a state of the given name.
func (r *Recorder) Add(name Text) (err error) {
	s := state{name: name}
	if s.values, err = r.before(); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	var bad *graph.NonFiniteError
	if err = r.prog.Trace(r.keep(s.values)); err != nil && !errors.As(err, &bad) {
		return fmt.Errorf("trace: %w", err)
	}
	if err = r.addLocals(&s); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	if s.checks, err = r.check(s.values); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	s.alarms = r.alarms(s.values)
	r.states = append(r.states, s)
	return nil
}

// before is what leaves hold before a run.
func (r *Recorder) before() (values []graph.Tensor, err error) {
	defer func() {
		if said := recover(); said != nil { // there is no memory for the program
			err = fmt.Errorf("%v", said)
		}
	}()
	values = make([]graph.Tensor, len(r.run.Nodes), len(r.run.Nodes)+len(r.locals))
	for i, n := range r.leaves {
		switch {
		case n == graph.Node{}:
		case n.Kind() == graph.KindStep:
			values[i] = graph.FromInt64([]int64{int64(r.prog.StepNumber()) + 1})
		case r.once && n.Kind() == graph.KindInput: // it does not change before the run is stored
			values[i] = r.prog.Value(n)
		default:
			values[i] = r.prog.Value(n).Clone()
		}
	}
	return values, nil
}

// keep is the observer that takes what each instruction computes.
func (r *Recorder) keep(values []graph.Tensor) func(graph.Frame) error {
	return func(f graph.Frame) error {
		for k, i := range r.run.Instructions[f.Index].Results {
			switch out := f.Out[k]; {
			case out.Check() != nil: // a result that nobody reads has no memory
			case r.once:
				values[i] = out
			default:
				values[i] = out.Clone()
			}
		}
		return nil
	}
}

// Run returns the run with the states that were added, of which there is at least one.
func (r *Recorder) Run() (Run, error) {
	if len(r.states) == 0 {
		return Run{}, errors.New("trace: the run has no state: call Add")
	}
	run := r.run
	run.States = make([]State, len(r.states))
	for i, s := range r.states {
		run.States[i] = State{Name: s.name, Checks: s.checks, Alarms: s.alarms}
	}
	if err := r.store(&run); err != nil {
		return Run{}, fmt.Errorf("trace: %w", err)
	}
	return run, nil
}

// New returns the trace of runs without controls: a setting for each state of each run.
func New(title Text, runs ...Run) *Trace {
	t := &Trace{Format: Format, Version: Version, Title: title, Runs: runs}
	for i, run := range runs {
		for k := range run.States {
			t.Settings = append(t.Settings, Setting{At: []int{}, Run: i, State: k})
		}
	}
	return t
}
