// This file holds Program, a compiled graph: set inputs, run, read outputs; or go step by step.

package graph

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/internal/kernel"
)

// Program is a tape: instructions over registers that live in one planned arena. Parameters
// stay in their Params; inputs, constants and outputs have memory of their own. A Program is
// used by one goroutine at a time; [Program.Clone] makes another over the same parameters.
type Program struct {
	code     *code
	nodes    []Node // outputs as asked for
	steps    []step
	values   map[*register]Tensor
	guards   []guard
	start    int // first instruction of the update section
	ready    int // first instruction of a run; those before prepare it
	prepared bool
	stepReg  Tensor
	stepNo   int64
	pc       int
	err      error // of Set, reported by the next run
	memory   MemoryUse
	lines    []Instruction
}

// step is an instruction with its operands and results as memory.
type step struct {
	op      Op
	dst, in []Tensor
	view    bool
}

type guard struct {
	node  *value
	value Tensor
}

// MemoryUse tells what a program needs for a run, in bytes.
type MemoryUse struct {
	Arena     int // for values that live only during a run
	PeakLive  int // of those, the most that is alive at one instruction: no arena can be smaller
	Unplanned int // what the same values take without sharing
	Constants int
	Outputs   int
	Params    int
	Prepared  int // what is computed before the first run; see CompileOptions.Constant
}

func newProgram(c *code, outputs []Node) (*Program, error) {
	p := &Program{code: c, nodes: slices.Clone(outputs), start: c.boundary(), ready: c.ready()}
	p.measure()
	p.bind()
	p.lines = describe(c)
	return p, nil
}

// measure sums up the memory.
func (p *Program) measure() {
	units := p.code.units()
	p.memory.PeakLive = peakLive(units)
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
}

// live lists the registers that the tape or the outside names.
func (c *code) live() []*register {
	all := c.results()
	for _, in := range c.instrs {
		all = append(all, in.in...)
		all = append(all, in.out...)
		all = append(all, in.scratch...)
	}
	for _, e := range c.assigns {
		all = append(all, e.param)
	}
	return all
}

// bind gives the registers memory and prepares the operands of every instruction.
func (p *Program) bind() {
	arena := kernel.NewArena(p.memory.Arena)
	p.values = map[*register]Tensor{}
	for v, r := range p.code.byNode {
		if v.kind == KindInput && p.values[r].empty() {
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
		p.guards = append(p.guards, guard{r.node, p.values[r]})
	}
	if v := p.code.g.step.v; v != nil {
		p.stepReg = p.values[p.code.byNode[v]]
	}
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
		t = r.param.value
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

// onArena is a tensor in the arena. The garbage collector sees the arena through it.
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

// Clone returns a program with memory of its own over the same parameters, for use by another
// goroutine. Two programs that assign the same parameters must not run at the same time.
func (p *Program) Clone() *Program {
	c := *p
	c.err, c.pc, c.prepared = nil, 0, false
	c.bind()
	c.stepNo = p.stepNo
	return &c
}

// Set gives an input its value for the following runs: a [Tensor], a slice or scalar of
// float32, float64, int or int64, or a Gorgonia value. It copies. A value that does not fit
// is an error of the next Run.
func (p *Program) Set(n Node, v any) {
	if err := p.set(n, v); err != nil && p.err == nil {
		p.err = fmt.Errorf("set %q: %w", nameOf(n), err)
	}
}

func nameOf(n Node) string {
	if n.v == nil {
		return "zero Node"
	}
	return n.Name()
}

func (p *Program) set(n Node, v any) error {
	if n.v == nil || n.v.g != p.code.g || n.v.kind != KindInput {
		return fmt.Errorf("it is not an input of this program's graph")
	}
	t, err := toTensor(v, n.v.t)
	if err != nil {
		return err
	}
	return t.assignTo(p.values[p.code.byNode[n.v]])
}

// SetStep makes n the number of the next run's step, which random ops and optimisers read. The first is 1.
func (p *Program) SetStep(n int) { p.stepNo = int64(n) - 1 }

// StepNumber returns the number of the last completed step.
func (p *Program) StepNumber() int { return int(p.stepNo) }

// Value returns the value of an output, input or parameter after a run. It shares the
// program's memory: the next run overwrites it. It panics for other nodes.
func (p *Program) Value(n Node) Tensor {
	if t, ok := p.find(n); ok {
		return t
	}
	panic(fmt.Sprintf("graph: Program.Value: node %q is not an output of this program; pass it to Compile", nameOf(n)))
}

func (p *Program) find(n Node) (Tensor, bool) {
	for i, o := range p.nodes {
		if o == n {
			return p.values[p.code.outputs[i]], true
		}
	}
	if n.v != nil && n.v.app == nil && n.v.g == p.code.g {
		if n.v.kind == KindParam {
			return n.v.param.value, true
		}
		t, ok := p.values[p.code.byNode[n.v]]
		return t, ok
	}
	return Tensor{}, false
}

// Float returns the first element of an output.
func (p *Program) Float(n Node) float64 { return p.Value(n).At(0) }

// Memory tells what the program needs for a run.
func (p *Program) Memory() MemoryUse { return p.memory }

// Run executes the tape. It allocates nothing. When a loss is not finite, no update starts, the
// parameters stay as they were, and the error is a [*NonFiniteError]; [Program.Check] then
// finds where it arose.
func (p *Program) Run() error {
	if err := p.begin(); err != nil {
		return err
	}
	if err := p.prepare(); err != nil {
		return err
	}
	for i := p.ready; i < len(p.steps); i++ {
		if i == p.start {
			if err := p.checkLosses(); err != nil {
				return err
			}
		}
		if err := p.execute(i); err != nil {
			return err
		}
	}
	p.stepNo++
	return nil
}

func (p *Program) execute(i int) error {
	s := &p.steps[i]
	if s.view {
		return nil
	}
	if err := s.op.Eval(s.dst, s.in); err != nil {
		return p.failure(i, err)
	}
	return nil
}

func (p *Program) begin() error {
	p.pc = 0
	if err := p.err; err != nil {
		p.err = nil
		return err
	}
	if p.stepReg.I64 != nil {
		p.stepReg.I64[0] = p.stepNo + 1
	}
	return nil
}

func (p *Program) failure(i int, err error) error {
	where := ""
	if s := p.code.instrs[i].scope; s != "" {
		where = s + ": "
	}
	return fmt.Errorf("%sinstruction %d, %v: %w", where, i, p.steps[i].op, err)
}

func (p *Program) checkLosses() error {
	for _, g := range p.guards {
		if v := g.value.At(0); math.IsNaN(v) || math.IsInf(v, 0) {
			return &NonFiniteError{Step: int(p.stepNo) + 1, Value: v, Index: -1, Op: Node{g.node}.Name(), Scope: g.node.scope}
		}
	}
	return nil
}

// NonFiniteError says that a value is NaN or infinite, and which instruction of the tape
// produced it.
type NonFiniteError struct {
	Step  int // number of the step, from 1
	Value float64
	Index int // of the instruction; -1 if only the loss was looked at
	Op    string
	Scope string
	Tape  string // the line of the tape
}

func (e *NonFiniteError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("step %d: the loss is %v", e.Step, e.Value)
	}
	where := ""
	if e.Scope != "" {
		where = " in " + e.Scope
	}
	return fmt.Sprintf("step %d: instruction %d, %s%s, is the first to give %v: %s", e.Step, e.Index, e.Op, where, e.Value, e.Tape)
}

// Check runs the step again from its beginning, instruction by instruction, up to the updates,
// and returns a [*NonFiniteError] for the first instruction whose result is NaN or infinite
// although its operands are finite; nil if there is none.
func (p *Program) Check() error {
	if err := p.begin(); err != nil {
		return err
	}
	for i := range p.steps[:p.start] {
		s := &p.steps[i]
		if s.view {
			continue
		}
		if err := p.execute(i); err != nil {
			return err
		}
		for _, t := range s.dst[:len(p.code.instrs[i].out)] {
			if v, bad := nonFinite(t); bad {
				return &NonFiniteError{Step: int(p.stepNo) + 1, Value: v, Index: i, Op: s.op.String(),
					Scope: p.code.instrs[i].scope, Tape: p.lines[i].String()}
			}
		}
	}
	return nil
}

func nonFinite(t Tensor) (float64, bool) {
	for _, v := range t.F32 {
		if v-v != 0 {
			return float64(v), true
		}
	}
	for _, v := range t.F64 {
		if v-v != 0 {
			return v, true
		}
	}
	return 0, false
}

// Frame is one executed instruction with the values that it read and wrote. They share the
// program's memory, and the results may lie in the place of an operand.
type Frame struct {
	Instruction
	In, Out []Tensor
}

// Step executes the next instruction. After the last it returns io.EOF, and the following
// call begins anew.
func (p *Program) Step() (Frame, error) {
	if p.pc == 0 {
		if err := p.begin(); err != nil {
			return Frame{}, err
		}
	}
	if p.pc == len(p.steps) {
		p.pc = 0
		p.stepNo++
		return Frame{}, io.EOF
	}
	i := p.pc
	if i == p.start {
		if err := p.checkLosses(); err != nil {
			p.pc = 0
			return Frame{}, err
		}
	}
	s := &p.steps[i]
	if err := p.execute(i); err != nil {
		p.pc = 0
		return Frame{}, err
	}
	p.pc++
	return Frame{p.lines[i], s.in, s.dst[:len(p.code.instrs[i].out)]}, nil
}

// Trace runs the whole tape and shows each instruction to the observer. An error of the observer ends it.
func (p *Program) Trace(observe func(Frame) error) error {
	p.pc = 0
	for {
		f, err := p.Step()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := observe(f); err != nil {
			p.pc = 0
			return err
		}
	}
}
