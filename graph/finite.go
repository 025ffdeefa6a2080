// This file holds the checks that keep NaN and infinity out of the parameters, and Check, which finds where they
// arose.

package graph

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/plain"
)

// The update section begins only if all values that it reads are finite:
//
//   - the losses, which are checked when the section is about to begin, and other values that the tape computes
//     before: gradients, statistics of a batch. These are checked as soon as they are made, while they are in the
//     cache.
//   - inputs, such as the learning rate, and states.
//   - parameters and moments. They are checked in the first run, after a run that failed, and when someone has asked
//     for their memory since the last run. Otherwise they are what an update wrote, and an update reports NaN and
//     infinity itself; see [ErrNotFinite].
//
// Values that are used for unbounded parameters only are not checked; see [Param.SetUnbounded].

// watched is a value that must be finite before the update section begins.
type watched struct {
	r     *register
	value Tensor
	bound *bound // nil for none
}

// bound tells from the operands of an instruction that its result is finite.
type bound struct {
	op      Bounder
	types   []Type
	in      []Tensor
	given   []*float64 // by operand: the largest magnitude of an input; nil for computed values
	largest []float64
}

// farFromInfinite leaves room for rounding, whatever the order of a sum.
const farFromInfinite = math.MaxFloat32 / 1024

// newBound returns the bound of the result of an instruction, nil if there is none or if reading the result is as
// cheap.
func (p *Program) newBound(i int) *bound {
	in := p.code.instrs[i]
	op, ok := in.op.(Bounder)
	if !ok || len(in.out) != 1 || in.out[0].t.DType != Float32 {
		return nil
	}
	b := &bound{op: op, types: typesOfRegs(in.in), in: p.steps[i].in, given: make([]*float64, len(in.in)),
		largest: make([]float64, len(in.in))}
	size := 0
	for k, r := range in.in {
		switch {
		case r.t.DType != Float32 || r.root == in.out[0].root:
			return nil
		case r.root.store == inInput:
			if p.peaks[r.root] == nil {
				peak := math.NaN()
				p.peaks[r.root] = &peak
			}
			b.given[k] = p.peaks[r.root]
		default:
			size += r.t.Shape.Size()
		}
	}
	if 2*size > in.out[0].t.Shape.Size() {
		return nil
	}
	return b
}

// holds reports whether the operands prove that the result is finite.
func (b *bound) holds() bool {
	for k, given := range b.given {
		if given != nil {
			b.largest[k] = *given
		} else {
			b.largest[k] = float64(vector.Largest(b.in[k].F32))
		}
	}
	return b.op.Bound(b.types, b.largest) < farFromInfinite
}

// measured notes the largest magnitude of an input that was just set, while it is in the cache.
func (p *Program) measured(r *register) {
	if peak := p.peaks[r]; peak != nil {
		*peak = float64(vector.Largest(p.values[r].F32))
	}
}

// unmeasured forgets the magnitudes of all inputs, since a caller gets their memory and may write to it.
func (p *Program) unmeasured() {
	for _, peak := range p.peaks {
		*peak = math.NaN()
	}
}

// frontier returns the floats that the update section reads but does not compute, and that states and parameters not
// declared unbounded depend on: values that the tape computes, inputs and states, and parameters.
func (c *code) frontier() (computed, inputs, kept []*register) {
	needed, inside := map[*register]bool{}, map[*register]bool{}
	var read []*register // in the order of the tape
	need := func(r *register) {
		if !needed[r] {
			needed[r] = true
			read = append(read, r)
		}
	}
	for _, e := range c.assigns {
		if p := e.to.param; p == nil || !p.Unbounded() {
			need(e.v)
		}
	}
	for _, in := range slices.Backward(c.instrs[c.boundary():]) {
		for _, r := range in.out {
			inside[r] = true
		}
		if slices.ContainsFunc(in.out, func(r *register) bool { return needed[r] }) {
			for _, r := range in.in {
				need(r)
			}
		}
	}
	for _, r := range read {
		switch {
		case inside[r] || !r.t.DType.IsFloat():
		case r.root.store == inConst:
		case r.root.store == inInput || r.root.store == inState:
			inputs = append(inputs, r)
		case r.root.store == inHeld || r.root.store == inParam:
			if p := r.root.param; p == nil || !p.Unbounded() {
				kept = append(kept, r)
			}
		default:
			computed = append(computed, r)
		}
	}
	return computed, inputs, kept
}

// watch notes for each instruction which of its results must be finite.
func (p *Program) watch() {
	computed, inputs, kept := p.code.frontier()
	bind := func(regs []*register) (all []watched) {
		for _, r := range regs {
			all = append(all, watched{r: r, value: p.values[r]})
		}
		return all
	}
	p.peaks = map[*register]*float64{}
	p.computed, p.inputs, p.kept = bind(computed), bind(inputs), bind(kept)
	number := map[*register]int{}
	for k, r := range computed {
		number[r] = k
	}
	for i, in := range p.code.instrs {
		for _, r := range in.out {
			if k, ok := number[r]; ok {
				p.steps[i].watch = append(p.steps[i].watch, k)
				p.computed[k].bound = p.newBound(i)
			}
		}
	}
}

// look checks values that an instruction has just made and notes the first that is not finite.
func (p *Program) look(values []int) {
	for _, k := range values {
		if p.bad >= 0 {
			return
		}
		if c := &p.computed[k]; (c.bound == nil || !c.bound.holds()) && !c.value.finite() {
			p.bad = k
		}
	}
}

// mayUpdate returns nil if the update section may begin, and otherwise the reason as an error.
func (p *Program) mayUpdate() error {
	for _, g := range p.guards {
		if i, v := nonFinite(g.value); i >= 0 {
			return &NonFiniteError{Step: int(p.stepNo.Load()) + 1, Value: v, Index: -1, What: "the loss",
				Op: Node{g.r.node}.Name(), Scope: g.r.node.scope}
		}
	}
	if p.bad >= 0 {
		w := p.computed[p.bad]
		i, v := nonFinite(w.value)
		return &NonFiniteError{Step: int(p.stepNo.Load()) + 1, Value: v, Index: -1, What: w.r.what(), Element: i}
	}
	if err := p.given(p.inputs); err != nil || p.trusted() {
		return err
	}
	return p.given(p.kept)
}

// given finds a value that is not finite among inputs, states and parameters.
func (p *Program) given(values []watched) error {
	for _, w := range values {
		if !w.value.finite() {
			return p.notFiniteBefore(w.r)
		}
	}
	return nil
}

// overflow is the error of a run in which an update gave NaN or infinity.
func (p *Program) overflow() error {
	e := &NonFiniteError{Step: int(p.stepNo.Load()), Index: p.over, Op: p.steps[p.over].op.String(),
		Scope: p.code.instrs[p.over].scope,
		Tape:  p.lines[p.over].String(), Done: true}
	for k, r := range p.code.instrs[p.over].out {
		if i, v := nonFinite(p.steps[p.over].dst[k]); i >= 0 {
			e.Value, e.Element, e.What = v, i, r.root.what()
			break
		}
	}
	return e
}

// trusted reports whether the parameters that an update reads are as the last run left them.
func (p *Program) trusted() bool {
	handed := uint64(0)
	for _, w := range p.kept {
		if w.r.root.param != nil {
			handed += w.r.root.param.handed.Load()
		}
	}
	same := p.updated && handed == p.handed
	p.handed = handed
	return same
}

// what names a register in an error.
func (r *register) what() string {
	v := r.node
	switch {
	case v == nil && r.def != nil:
		return fmt.Sprintf("the result of %v", r.def.op)
	case v == nil:
		return "a constant"
	case v.app == nil:
		return v.what()
	case v.gradOf != nil && v.gradOf.app == nil:
		return "the gradient of " + v.gradOf.name
	case v.kind == KindConst:
		return "the constant " + r.name()
	}
	where := ""
	if v.scope != "" {
		where = " in " + v.scope
	}
	return fmt.Sprintf("result %d of %v%s, which an update reads,", v.result, v.app.op, where)
}

// what names a leaf in an error.
func (v *value) what() string {
	switch v.kind {
	case KindParam:
		return fmt.Sprintf("parameter %q", v.name)
	case KindState:
		return fmt.Sprintf("state %q", v.name)
	}
	return fmt.Sprintf("input %q", v.name)
}

// NonFiniteError says that a value is NaN or infinite, and which instruction of the tape produced it, or which input
// or parameter was NaN or infinite before the run.
type NonFiniteError struct {
	Step    int // number of the step, from 1
	Value   float64
	Index   int    // of the instruction; -1 if the error names none
	Op      string // of the instruction or the loss
	Scope   string
	Of      string // of an instruction of the backward pass: the forward ops that it serves
	Tape    string // the instruction as printed
	What    string // where no instruction is named: "the loss", "the gradient of fc1.weight", `input "x"`
	Element int    // the first element of What that is not finite
	Given   bool   // What was not finite before the run began
	Done    bool   // the update itself gave Value: all parameters have done the step
}

func (e *NonFiniteError) Error() string { return plain.Text(e.text()) }

func (e *NonFiniteError) text() string {
	switch {
	case e.Index < 0 && e.Given:
		return fmt.Sprintf("step %d: %s is %v at element %d already before the run", e.Step, e.What,
			e.Value, e.Element)
	case e.Index < 0 && e.What == "the loss":
		return fmt.Sprintf("step %d: the loss is %v", e.Step, e.Value)
	case e.Index < 0:
		return fmt.Sprintf("step %d: %s is %v at element %d", e.Step, e.What, e.Value, e.Element)
	}
	where := ""
	if e.Of != "" {
		where = ", on the way back from " + e.Of
	}
	if e.Scope != "" {
		where += " in " + e.Scope
	}
	if e.Done {
		return fmt.Sprintf("step %d: the update is done and left %s with %v at element %d, from finite numbers: "+
			"instruction %d, %s%s: "+
			"the learning rate or the gradients are too large", e.Step, e.What, e.Value, e.Element, e.Index, e.Op,
			where)
	}
	return fmt.Sprintf("step %d: instruction %d, %s%s, is the first to give %v: %s", e.Step, e.Index, e.Op, where,
		e.Value, e.Tape)
}

// Check runs the step again from its beginning, instruction by instruction, up to the updates, and finds why the
// update did not begin. It returns a [*NonFiniteError] that names the first instruction whose result is NaN or
// infinite although its operands are finite, or the input or parameter that was not finite already. In a program
// without assignments it looks for the cause of outputs that are not finite. Infinities without effect, such as those
// of a mask under a softmax, are not named. Check returns nil if all these values are finite.
func (p *Program) Check() (err error) {
	if err := p.enter("Check"); err != nil {
		return err
	}
	defer p.leave()
	defer p.rescue(&err)
	if err := p.begin(); err != nil {
		return err
	}
	t := tracing{p, map[*register]*cause{}}
	for i := range p.steps[:p.start] {
		for _, r := range p.code.instrs[i].in {
			t.outside(r)
		}
		if err := p.execute(i); err != nil {
			return err
		}
		for _, r := range p.code.instrs[i].out {
			t.from[r] = t.trace(i, r)
		}
	}
	targets := slices.Clone(p.code.guards)
	for _, w := range slices.Concat(p.computed, p.inputs, p.kept) {
		targets = append(targets, w.r)
	}
	if len(p.code.assigns) == 0 {
		targets = p.code.outputs
	}
	for _, r := range targets {
		t.outside(r)
		if o := t.from[r]; o != nil {
			return o.err
		}
	}
	return nil
}

// tracing follows values that are not finite back to where they arose.
type tracing struct {
	p    *Program
	from map[*register]*cause // nil for finite values
}

// cause is the place where a NaN or infinity arose.
type cause struct {
	err      *NonFiniteError
	constant bool // it is a constant of the graph
	nan      bool
}

// outside looks at an input, parameter or constant.
func (t *tracing) outside(r *register) {
	if _, known := t.from[r]; known || r.def != nil {
		return
	}
	t.from[r] = nil
	if value := t.p.values[r]; !value.finite() {
		t.from[r] = &cause{t.p.notFiniteBefore(r), r.root.store == inConst, hasNaN(value)}
	}
}

// notFiniteBefore is the error of an input, parameter or constant.
func (p *Program) notFiniteBefore(r *register) *NonFiniteError {
	i, v := nonFinite(p.values[r])
	return &NonFiniteError{Step: int(p.stepNo.Load()) + 1, Value: v, Index: -1, What: r.what(), Element: i,
		Given: true}
}

// trace finds the cause of result r of instruction i. An infinite constant counts as intended as long as it does not
// lead to a NaN.
func (t *tracing) trace(i int, r *register) *cause {
	value, in := t.p.values[r], t.p.code.instrs[i]
	at, v := nonFinite(value)
	if at < 0 {
		return nil
	}
	if in.again && r.node != nil {
		if first := t.from[t.p.code.byNode[r.node]]; first != nil {
			return first
		}
	}
	var constant *cause
	for _, operand := range in.in {
		switch o := t.from[operand]; {
		case o == nil:
		case !o.constant:
			return o
		case constant == nil || o.nan:
			constant = o
		}
	}
	if nan := hasNaN(value); constant != nil && (constant.nan || !nan) {
		return constant
	}
	return &cause{err: &NonFiniteError{Step: int(t.p.stepNo.Load()) + 1, Value: v, Index: i, Op: in.op.String(),
		Scope: in.scope,
		Of:    in.serves(), Tape: t.p.lines[i].String(), Element: at}}
}

// serves lists the forward ops whose gradients an instruction computes.
func (in *instr) serves() string {
	var names []string
	for _, v := range in.nodes {
		if v.of != nil && v.of.app != nil && v.phase == Backward && !slices.Contains(names, v.of.app.op.String()) {
			names = append(names, v.of.app.op.String())
		}
	}
	return strings.Join(names, ", ")
}

// finite reports whether no element is NaN or infinite.
func (t Tensor) finite() bool { return vector.Finite(t.F32) && vector.Finite(t.F64) }

// nonFinite finds the first element that is NaN or infinite; its index is -1 if there is none.
func nonFinite(t Tensor) (int, float64) {
	for i, v := range t.F32 {
		if v-v != 0 {
			return i, float64(v)
		}
	}
	for i, v := range t.F64 {
		if v-v != 0 {
			return i, v
		}
	}
	return -1, 0
}

func hasNaN(t Tensor) bool {
	return slices.ContainsFunc(t.F32, func(v float32) bool { return v != v }) || slices.ContainsFunc(t.F64, math.IsNaN)
}
