// This file holds Program, a compiled graph: set inputs, run, read outputs; or go step by step.

package graph

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/plain"
)

// Program is a tape: instructions over registers that live in one planned arena. Parameters stay in their Params;
// inputs, states, constants and outputs have memory of their own. One goroutine at a time uses a Program; a second
// that calls it meanwhile gets an error. [Program.Clone] makes another program over the same parameters.
type Program struct {
	code     *code
	options  CompileOptions
	nodes    []Node // the outputs that Compile was given
	steps    []step
	values   map[*register]Tensor // nil until the program has memory; see memory.go
	unset    map[*register]bool   // inputs that the program reads and that were never set
	start    int                  // first instruction of the update section
	ready    int                  // first instruction of a run; those before are done once
	prepared bool
	begun    bool // there was a run
	stepReg  Tensor
	stepNo   atomic.Int64
	pc       int // next instruction of Step, 0 when no run by steps is under way
	at       int // instruction that is executed
	memory   MemoryUse
	need     need
	lines    []Instruction

	cloning sync.Mutex            // guards inputs and values, which Clone reads at any time
	busy    atomic.Bool           // a method that runs or sets is being executed
	failed  atomic.Pointer[error] // first mistake of Set, reported by the next run

	// What must be finite before an update; see finite.go.
	guards   []watched // losses
	computed []watched
	inputs   []watched
	kept     []watched
	peaks    map[*register]*float64 // the largest magnitude of each input that a bound uses
	bad      int                    // index in computed of the first that is not finite, -1 for none
	over     int                    // the first update of this run that gave NaN or infinity, -1 for none
	updated  bool                   // the last run has completed
	handed   uint64                 // how often the memory of parameters in kept was given out
}

// step is an instruction with the memory of its operands and results.
type step struct {
	op      Op
	dst, in []Tensor
	view    bool
	watch   []int // results that must be finite: indices of Program.computed
}

// MemoryUse is the memory that a program needs for a run, in bytes. [KernelMemory] is the memory that kernels keep for
// all programs.
type MemoryUse struct {
	Arena     int // for values that live only during a run
	PeakLive  int // of these values, the most that is alive at one instruction: no arena can be smaller
	Unplanned int // what these values take without sharing memory
	Constants int
	Outputs   int
	Params    int
	Prepared  int // values computed before the first run; see CompileOptions.Constant
	States    int // values carried from run to run; see Graph.State
}

func newProgram(c *code, opt CompileOptions, outputs []Node) (*Program, error) {
	p := &Program{code: c, options: opt, nodes: slices.Clone(outputs), start: c.boundary(), ready: c.ready()}
	p.measure()
	p.lines = describe(c)
	p.unset = c.inputs()
	return p, nil
}

// inputs are the inputs that the tape reads or that are outputs; the caller has to set them.
func (c *code) inputs() map[*register]bool {
	all := map[*register]bool{}
	for _, r := range c.live() {
		if r.root.store == inInput && r.root.node.kind != KindStep {
			all[r.root] = true
		}
	}
	return all
}

// measure sums up the memory.
func (p *Program) measure() {
	units := p.code.units()
	p.memory.PeakLive, p.need.at = worst(units)
	for _, u := range units {
		p.memory.Arena = max(p.memory.Arena, u.root.address+u.size)
	}
	for _, in := range p.code.instrs {
		for _, r := range slices.Concat(in.out, in.scratch) {
			if r.root.store == inArena {
				p.memory.Unplanned += aligned(r.t.Bytes())
			}
		}
	}
	seen := map[*register]bool{}
	for _, r := range p.code.live() {
		if seen[r.root] {
			continue
		}
		seen[r.root] = true
		switch r.root.store {
		case inConst:
			p.memory.Constants += r.root.t.Bytes()
		case inOutput:
			p.memory.Outputs += r.root.t.Bytes()
		case inParam:
			p.memory.Params += r.root.t.Bytes()
		case inHeld:
			p.memory.Prepared += r.root.t.Bytes()
		}
	}
	for _, r := range p.code.states() {
		p.memory.States += r.t.Bytes()
	}
	p.need.measure(p)
}

// states are the registers of all states of the graph, in the order in which they were added.
func (c *code) states() (all []*register) {
	for _, r := range c.regs {
		if r.store == inState && r.root == r {
			all = append(all, r)
		}
	}
	return all
}

// live lists the registers that the tape uses or that are seen from outside.
func (c *code) live() []*register {
	all := c.results()
	for _, in := range c.instrs {
		all = append(all, in.in...)
		all = append(all, in.out...)
		all = append(all, in.scratch...)
	}
	for _, e := range c.assigns {
		all = append(all, e.to)
	}
	return all
}

// bind gives the registers memory and prepares the operands of every instruction.
func (p *Program) bind() error {
	if err := p.code.makeConstants(); err != nil {
		return err
	}
	for _, param := range p.code.params() {
		if err := param.begin(); err != nil {
			return err
		}
	}
	arena := kernel.NewArena(p.memory.Arena)
	p.values = map[*register]Tensor{}
	for v, r := range p.code.byNode {
		if v.app == nil && v.kind != KindParam && p.values[r].empty() {
			p.values[r] = NewTensor(r.t)
		}
	}
	for _, r := range p.code.live() {
		p.memoryOf(r, arena)
	}
	p.steps = make([]step, len(p.code.instrs))
	for i, in := range p.code.instrs {
		s := step{op: in.op, view: in.view}
		for _, r := range in.in {
			s.in = append(s.in, p.values[r])
		}
		for _, r := range in.out {
			t := p.values[r]
			if !in.writes(r) {
				t = Tensor{Type: r.t}
			}
			s.dst = append(s.dst, t)
		}
		for _, r := range in.scratch {
			s.dst = append(s.dst, p.values[r])
		}
		p.steps[i] = s
	}
	p.guards = nil
	for _, r := range p.code.guards {
		p.guards = append(p.guards, watched{r: r, value: p.values[r]})
	}
	p.watch()
	if v := p.code.g.step.v; v != nil {
		p.stepReg = p.values[p.code.byNode[v]]
	}
	return nil
}

func (p *Program) memoryOf(r *register, arena kernel.Arena) Tensor {
	if t, ok := p.values[r]; ok {
		return t
	}
	var t Tensor
	switch {
	case r.root != r:
		t = within(p.memoryOf(r.root, arena), r.t, r.offset)
	case r.store == inParam:
		t = r.param.tensor()
	case r.store == inConst:
		t = r.konst
	case r.store == inArena && r.last >= 0:
		t = onArena(arena, r.address, r.t)
	case r.store == inArena && r.last < 0:
		t = Tensor{Type: r.t}
	default:
		t = NewTensor(r.t)
	}
	p.values[r] = t
	return t
}

// within is the part of root of type t that begins at element offset.
func within(root Tensor, t Type, offset int) Tensor {
	n := t.Shape.Size()
	switch t.DType {
	case Float32:
		return Tensor{Type: t, F32: root.F32[offset : offset+n : offset+n]}
	case Float64:
		return Tensor{Type: t, F64: root.F64[offset : offset+n : offset+n]}
	default:
		return Tensor{Type: t, I64: root.I64[offset : offset+n : offset+n]}
	}
}

// onArena is a tensor in the arena. It keeps the arena from being collected.
func onArena(arena kernel.Arena, address int, t Type) Tensor {
	n := t.Shape.Size()
	switch t.DType {
	case Float32:
		return Tensor{Type: t, F32: kernel.Piece[float32](arena, address, n)}
	case Float64:
		return Tensor{Type: t, F64: kernel.Piece[float64](arena, address, n)}
	default:
		return Tensor{Type: t, I64: kernel.Piece[int64](arena, address, n)}
	}
}

// Clone returns a program with memory of its own over the same parameters, for use by another goroutine. Its inputs
// have the values that were set, and its states are zero. If there is not enough memory, its next Run returns the
// error. Two programs that assign the same parameters must not run at the same time.
func (p *Program) Clone() *Program {
	p.must("Clone").cloning.Lock()
	defer p.cloning.Unlock()
	c := &Program{code: p.code, options: p.options, nodes: p.nodes, start: p.start, ready: p.ready, memory: p.memory,
		need: p.need, lines: p.lines,
		unset: maps.Clone(p.unset)}
	c.stepNo.Store(p.stepNo.Load())
	c.failed.Store(p.failed.Load())
	if p.values == nil {
		return c
	}
	if err := c.allocate(); err != nil {
		c.unset = c.code.inputs()
		c.fail(err)
		return c
	}
	for r, t := range p.values {
		if r.store == inInput && r.root == r {
			c.values[r].CopyFrom(t)
			c.measured(r)
		}
	}
	return c
}

// Set gives an input its value for the following runs, or a state its value for the next run. The value is a [Tensor],
// a slice or scalar of float32, float64, int or int64, or a Gorgonia value. Set copies it. Floats are converted to the
// float type of the input; integers fit inputs of integers only. A value that does not fit is an error of the next
// Run.
func (p *Program) Set(n Node, v any) {
	err := p.must("Set").enter("Set")
	if err == nil {
		err = p.set(n, v)
		p.leave()
	}
	switch _, noMemory := err.(*memoryError); {
	case noMemory:
		p.fail(err)
	case err != nil:
		p.fail(fmt.Errorf("set %q: %w", nameOf(n), err))
	}
}

// fail keeps the first mistake for the next run.
func (p *Program) fail(err error) { p.must("Set").failed.CompareAndSwap(nil, &err) }

func nameOf(n Node) string {
	switch {
	case n.v == nil:
		return "zero Node"
	case n.v.bad:
		return "invalid node"
	}
	return n.Name()
}

func (p *Program) set(n Node, v any) error {
	if p.pc != 0 {
		return p.underWay()
	}
	if p.code.late(n) && (n.v.kind == KindInput || n.v.kind == KindState) {
		return errAddedLate
	}
	t, err := settable(p.code.g, n, v)
	if err != nil {
		return err
	}
	p.cloning.Lock()
	defer p.cloning.Unlock()
	if err := p.allocateAlone(); err != nil {
		return err
	}
	r := p.code.byNode[n.v]
	if err := t.assignTo(p.values[r]); err != nil {
		return err
	}
	delete(p.unset, r)
	p.measured(r)
	return nil
}

// settable reads the value v for input or state n of g.
func settable(g *Graph, n Node, v any) (t Tensor, err error) {
	defer func() {
		if r := recover(); r != nil { // a Gorgonia value without memory panics
			err = fmt.Errorf("a %T that cannot be read: %v", v, r)
		}
	}()
	switch {
	case n.v != nil && n.v.g == g && n.v.kind == KindStep:
		return t, fmt.Errorf("the number of the step is set by SetStep")
	case n.v == nil || n.v.g != g || n.v.bad || n.v.kind != KindInput && n.v.kind != KindState:
		return t, fmt.Errorf("it is not an input or state of this program's graph")
	case v == nil || reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil():
		return t, fmt.Errorf("got nil, want %v", n.v.t)
	}
	if t, err = toTensor(v, n.v.t); err == nil {
		err = t.Check()
	}
	return t, err
}

// SetStep makes n the step number of the next run, which random ops and optimisers read. The first step is 1; a
// smaller number is an error of the next Run.
func (p *Program) SetStep(n int) {
	err := p.must("SetStep").enter("SetStep")
	switch {
	case err != nil:
		p.fail(err)
		return
	case p.pc != 0:
		p.fail(fmt.Errorf("set the step: %w", p.underWay()))
	case n < 1:
		p.fail(fmt.Errorf("set the step: got %d, want at least 1", n))
	default:
		p.stepNo.Store(int64(n) - 1)
	}
	p.leave()
}

// StepNumber returns the number of the last completed step.
func (p *Program) StepNumber() int { return int(p.must("StepNumber").stepNo.Load()) }

// Value returns the value of an output, input, parameter or state. The tensor shares the memory of the program, and
// the next run overwrites an output. Value panics for other nodes, and for an output before the first run. A program
// compiled with [CompileOptions.Teach] knows every node that the tape computes.
func (p *Program) Value(n Node) Tensor {
	if p.must("Value").code.late(n) && n.v.kind != KindParam {
		panic(fmt.Sprintf("graph: Program.Value: node %q: %v", nameOf(n), errAddedLate))
	}
	if n.v != nil && n.v.g == p.code.g && n.v.app == nil && n.v.kind != KindParam {
		if err := p.allocate(); err != nil {
			panic(fmt.Sprintf("graph: Program.Value: %v", err))
		}
	}
	if t, ok := p.find(n); ok {
		if !p.begun && (n.v.kind == KindOp || p.code.teach && n.v.app != nil) {
			panic(fmt.Sprintf("graph: Program.Value: node %q has no value before the first run", nameOf(n)))
		}
		return t
	}
	panic(fmt.Sprintf("graph: Program.Value: node %q is not an output of this program; pass it to Compile", nameOf(n)))
}

// Lookup is [Program.Value] for a caller that asks for many nodes, such as a drawing. It returns false where Value
// panics.
func (p *Program) Lookup(n Node) (t Tensor, ok bool) {
	late := p.must("Lookup").code.late(n) && n.v.kind != KindParam
	if late || n.v == nil || n.v.g != p.code.g || p.allocate() != nil {
		return Tensor{}, false
	}
	t, ok = p.find(n)
	if !p.begun && (n.v.kind == KindOp || p.code.teach && n.v.app != nil) {
		return Tensor{}, false
	}
	return t, ok
}

func (p *Program) find(n Node) (Tensor, bool) {
	if n.v != nil && n.v.app == nil && n.v.g == p.code.g && n.v.kind == KindParam {
		n.v.param.handed.Add(1)
		return n.v.param.tensor(), true
	}
	if n.v != nil && n.v.g == p.code.g && n.v.kind == KindState {
		return p.values[p.code.byNode[n.v]], true
	}
	for i, o := range p.nodes {
		if o == n {
			if r := p.code.outputs[i]; r.root.store == inInput {
				p.unmeasured()
			} else if r.root.store == inParam {
				r.root.param.handed.Add(1)
			}
			return p.values[p.code.outputs[i]], true
		}
	}
	if n.v != nil && n.v.g == p.code.g && (n.v.app == nil || p.code.teach) {
		p.unmeasured()
		r, known := p.code.byNode[n.v]
		return p.values[r], known
	}
	return Tensor{}, false
}

// Float returns the first element of an output.
func (p *Program) Float(n Node) float64 { return p.Value(n).At(0) }

// Outputs returns the nodes that the program was compiled to compute.
func (p *Program) Outputs() []Node { return slices.Clone(p.must("Outputs").nodes) }

// Options returns the options that the program was compiled with.
func (p *Program) Options() CompileOptions { return p.must("Options").options }

// Memory tells how much memory the program needs for a run. The program has this memory from the first Set or run on.
func (p *Program) Memory() MemoryUse { return p.must("Memory").memory }

// Run executes the tape. Runs after the first allocate nothing. If there is less memory than the program needs, Run
// takes none, and the error says how much is needed and for what. If a loss, a gradient or another value that an
// update reads is not finite, no update begins, all parameters stay as they were, and the error is a
// [*NonFiniteError]; [Program.Check] then finds where the NaN or infinity arose. If an update itself computes NaN or
// infinity from finite values, the run goes on to its end, and the error says so. An input that was never set is an
// error.
func (p *Program) Run() error {
	if err := p.enter("Run"); err != nil {
		return err
	}
	defer p.leave()
	return p.run(nil)
}

// run executes the tape. It tells clock the time of each instruction, unless clock is nil.
func (p *Program) run(clock func(i int, took time.Duration)) (err error) {
	defer p.rescue(&err)
	if err := p.begin(); err != nil {
		return err
	}
	if err := p.prepare(); err != nil {
		return err
	}
	for i := p.ready; i < len(p.steps); i++ {
		var start time.Time
		if clock != nil {
			start = time.Now()
		}
		if err := p.advance(i); err != nil {
			return err
		}
		if clock != nil {
			clock(i, time.Since(start))
		}
	}
	return p.end()
}

// must returns p, for a method that returns no error. It panics if Graph.Compile has not made p, and names the method.
func (p *Program) must(method string) *Program {
	if p == nil || p.code == nil {
		panic(fmt.Sprintf("graph: Program.%s: %v", method, errNoProgram))
	}
	return p
}

var errNoProgram = errors.New("this is no program: make one with Graph.Compile")

// enter begins a method that only one goroutine at a time may execute.
func (p *Program) enter(method string) error {
	if p == nil || p.code == nil {
		return fmt.Errorf("%s: %w", method, errNoProgram)
	}
	if p.busy.CompareAndSwap(false, true) {
		return nil
	}
	return fmt.Errorf("%s: the program is at work: for another goroutine, or for the Trace whose observer calls "+
		"this; "+
		"use a Clone", method)
}

func (p *Program) leave() { p.busy.Store(false) }

// underWay is the error that a run by Step has begun and is not at its end.
func (p *Program) underWay() error {
	return fmt.Errorf("a run by Step is at instruction %d of %d: let it come to io.EOF, or use a Clone", p.pc,
		len(p.steps))
}

// begin is the beginning of a run.
func (p *Program) begin() error {
	if p.pc != 0 {
		return p.underWay()
	}
	p.at, p.bad, p.over = 0, -1, -1
	if err := p.failed.Swap(nil); err != nil {
		return *err
	}
	if err := p.allocate(); err != nil {
		return err
	}
	p.begun = true
	if len(p.unset) > 0 {
		return p.neverSet()
	}
	if p.stepReg.I64 != nil {
		p.stepReg.I64[0] = p.stepNo.Load() + 1
	}
	return nil
}

// end is the end of a run that has executed its last instruction.
func (p *Program) end() error {
	p.pc, p.updated = 0, true
	p.stepNo.Add(1)
	if p.over < 0 {
		return nil
	}
	return p.overflow()
}

// rescue turns a panic of an op into an error that names it, and notes that a run has failed.
func (p *Program) rescue(err *error) {
	if r := recover(); r != nil {
		*err = p.failure(p.at, fmt.Errorf("it panics: %s", plain.Text(fmt.Sprint(r))))
		p.pc = 0
	}
	if *err != nil {
		p.updated = false
	}
}

func (p *Program) neverSet() error {
	var names []string
	for r := range p.unset {
		names = append(names, strconv.Quote(r.node.name))
	}
	slices.Sort(names)
	return fmt.Errorf("run: never set: input %s", strings.Join(names, ", "))
}

// advance executes instruction i, unless it is the first instruction of the update section and no update may begin.
func (p *Program) advance(i int) error {
	if i == p.start {
		if err := p.mayUpdate(); err != nil {
			return err
		}
	}
	return p.execute(i)
}

func (p *Program) execute(i int) error {
	s := &p.steps[i]
	p.at = i
	if !s.view {
		if err := s.op.Eval(s.dst, s.in); err == ErrNotFinite && i >= p.start {
			if p.over < 0 {
				p.over = i
			}
		} else if err != nil {
			return p.failure(i, err)
		}
	}
	if s.watch != nil {
		p.look(s.watch)
	}
	return nil
}

func (p *Program) failure(i int, err error) error {
	where := ""
	if s := p.code.instrs[i].scope; s != "" {
		where = s + ": "
	}
	return fmt.Errorf("%sinstruction %d, %s: %w", plain.Text(where), i, opName(p.code.instrs[i].op), err)
}

// Frame is one executed instruction with the values that it read and wrote. The tensors share the memory of the
// program, and a result may have overwritten an operand.
type Frame struct {
	Instruction
	In, Out []Tensor
}

// Step executes the next instruction. After the last instruction it returns io.EOF, and the next call begins a new
// run. The update section begins under the same conditions as in [Program.Run].
func (p *Program) Step() (Frame, error) {
	if err := p.enter("Step"); err != nil {
		return Frame{}, err
	}
	defer p.leave()
	return p.step()
}

func (p *Program) step() (f Frame, err error) {
	defer p.rescue(&err)
	i := p.pc
	if i == 0 {
		if err := p.begin(); err != nil {
			return Frame{}, err
		}
	}
	if i == len(p.steps) {
		if err := p.end(); err != nil {
			return Frame{}, err
		}
		return Frame{}, io.EOF
	}
	if err := p.advance(i); err != nil {
		p.pc = 0
		return Frame{}, err
	}
	p.pc++
	p.unmeasured()
	s := &p.steps[i]
	return Frame{p.lines[i], s.in, s.dst[:len(p.code.instrs[i].out)]}, nil
}

// Trace runs the whole tape and calls observe after each instruction. An error of observe ends the run. The observer
// may read values of the program; a call that would change the run, such as Set or Run, is an error.
func (p *Program) Trace(observe func(Frame) error) error {
	if observe == nil {
		return errors.New("trace: the observer is nil")
	}
	if err := p.enter("Trace"); err != nil {
		return err
	}
	defer p.leave()
	if p.pc != 0 {
		return p.underWay()
	}
	defer func() { p.pc = 0 }() // also when an error of observe ends the run
	for {
		f, err := p.step()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := observe(f); err != nil {
			p.updated = false
			return err
		}
	}
}
