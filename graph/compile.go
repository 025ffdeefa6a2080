// This file holds Compile and its passes, in the order in which they run.

package graph

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/internal/plain"
)

// pass is one step of compilation.
type pass struct {
	name string
	run  func(*code) error
	kind passKind
}

type passKind uint8

const (
	needed   passKind = iota
	optional          // CompileOptions.Without may name it
	fusion            // optional, and CompileOptions.NoFuse leaves it out
)

// passes is all that Compile does between the graph and the tape.
var passes = []pass{
	{"verify", verify, needed},
	{"prune", prune, needed},             // drop what no output and no assignment needs
	{"fold", fold, optional},             // compute once what depends on constants alone
	{"merge", merge, optional},           // compute once what is computed twice
	{"scalars", fuseScalars, fusion},     // read constants of equal elements as one number
	{"operands", fuseOperands, fusion},   // read transposed matrices in place
	{"patterns", fusePatterns, fusion},   // make one op of attention and others in small ops
	{"accumulate", fuseProducts, fusion}, // add products to a gradient as they are made
	{"epilogue", fuseEpilogues, fusion},  // let a product do activation and residual too
	{"chains", fuseChains, fusion},       // make one op of a tree of elementwise ops
	{"verify", verify, needed},           // again, with the ops that the passes above made
	{"checkpoint", checkpoint, needed},   // compute values of listed layers again for the backward pass
	{"schedule", order, needed},          // forward and backward, then updates
	{"prepare", prepare, needed},         // put before the tape what depends on constant parameters
	{"alias", alias, optional},           // views, results in the place of operands, updates in place
	{"effects", effects, needed},
	{"plan", plan, optional}, // give each value an address in the arena
}

// CompileOptions vary the compilation. The zero value is the usual one.
type CompileOptions struct {
	// Without names passes that are left out: fold, merge, scalars, operands, patterns, accumulate, epilogue, chains,
	// alias, plan.
	Without []string

	// NoFuse leaves out the passes that join instructions: scalars, operands, patterns, accumulate, epilogue and
	// chains. The passes fold and merge still run: an op of small constants is computed once, and ops that are equal
	// and have equal operands become one instruction. Every other op that is needed is an instruction of its own. The
	// results have the same bits as those of Gorgonia's machine.
	NoFuse bool

	// Checkpoint names layers; each stands for all layers inside it too. Their values are not kept for the backward
	// pass, which computes them again from the inputs of the layer. The arena is smaller and a step takes longer. The
	// results are the same, to the bit.
	Checkpoint []string

	// Constant treats as constants the parameters that the program does not assign. What depends on constants alone is
	// computed once, before the first run; convolutions also lay out their weights for the kernels then. Inference is
	// faster, and takes memory for a second copy of the weights. When a parameter has changed, call [Program.Refresh].
	Constant bool

	// Assigns, if given, reports whether the program changes a parameter. The program leaves out the assignments to
	// all other parameters. Of the losses, only those among its outputs must be finite before an update begins. So one
	// graph has a program for each player of a game. Assignments to a State are always done.
	Assigns func(*Param) bool

	// Teach makes the tape of a lesson: one instruction for each op that an output or an assignment needs, constants
	// included, and one for each assignment. It leaves out all optional passes. Every value has memory of its own
	// until the next run, so that an observer of [Program.Trace] sees the values of the graph, and [Program.Value]
	// knows every such node. The price is memory. Teach excludes Checkpoint and Constant.
	Teach bool
}

// Compile makes a program that computes the outputs and performs all assignments of the
// graph. It does not change the graph. The error is the first mistake made while building it.
func (g *Graph) Compile(outputs ...Node) (*Program, error) {
	return g.CompileWith(CompileOptions{}, outputs...)
}

// CompileWith is [Graph.Compile] with options.
func (g *Graph) CompileWith(opt CompileOptions, outputs ...Node) (p *Program, err error) {
	stage := "verify"
	defer func() {
		if r := recover(); r != nil { // a method of an op has panicked
			p, err = nil, fmt.Errorf("compile: %s: an op panics: %s", stage, plain.Text(fmt.Sprint(r)))
		}
	}()
	if err := g.checkOutputs(outputs); err != nil {
		return nil, err
	}
	without, err := opt.without()
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	if err := g.checkLayers(opt.Checkpoint); err != nil {
		return nil, fmt.Errorf("compile: checkpoint: %w", err)
	}
	c := lower(g, outputs, opt.Assigns)
	c.checkpoints, c.constant, c.teach = opt.Checkpoint, opt.Constant, opt.Teach
	for _, p := range passes {
		if without[p.name] {
			if p.name == "plan" {
				planApart(c)
			}
			continue
		}
		stage = p.name
		if err := p.run(c); err != nil {
			return nil, fmt.Errorf("compile: %s: %w", p.name, err)
		}
	}
	return newProgram(c, opt, outputs)
}

// without tells which passes the options leave out.
func (opt CompileOptions) without() (map[string]bool, error) {
	if opt.Teach && (len(opt.Checkpoint) > 0 || opt.Constant) {
		return nil, errors.New(
			"the option Teach keeps every value and computes it once a run: leave Checkpoint and Constant out")
	}
	without := map[string]bool{}
	for _, name := range opt.Without {
		if !slices.Contains(optionalPasses(), name) {
			return nil, fmt.Errorf("no optional pass is named %q; there are %s", name,
				strings.Join(optionalPasses(), ", "))
		}
		without[name] = true
	}
	for _, p := range passes {
		if opt.NoFuse && p.kind == fusion || opt.Teach && p.kind != needed {
			without[p.name] = true
		}
	}
	return without, nil
}

// optionalPasses lists the names that CompileOptions.Without may hold.
func optionalPasses() (names []string) {
	for _, p := range passes {
		if p.kind != needed {
			names = append(names, p.name)
		}
	}
	return names
}

func (g *Graph) checkOutputs(outputs []Node) error {
	if g.err != nil {
		return g.err
	}
	if _, err := KernelForm(); err != nil {
		return err
	}
	if err := g.checkSettings(); err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	for i, n := range outputs {
		switch {
		case n.v == nil:
			return fmt.Errorf("compile: output %d is the zero Node", i)
		case n.v.g != g:
			return fmt.Errorf("compile: output %d, %s, belongs to another graph", i, plain.Text(nameOf(n)))
		}
	}
	if len(outputs) == 0 && len(g.assigns) == 0 {
		return fmt.Errorf("compile: no output is asked for, and the graph assigns nothing")
	}
	return nil
}

// prune drops instructions whose results nobody needs.
func prune(c *code) error {
	guards := c.guards
	c.guards = nil // a loss is not computed for the guard alone
	needed := map[*register]bool{}
	for _, r := range c.results() {
		needed[r] = true
	}
	var kept []*instr
	for _, in := range slices.Backward(c.instrs) {
		if slices.ContainsFunc(in.out, func(r *register) bool { return needed[r] }) {
			kept = append(kept, in)
			for _, r := range in.in {
				needed[r] = true
			}
		}
	}
	slices.Reverse(kept)
	c.instrs = kept
	defined := map[*register]bool{}
	for _, in := range kept {
		for _, r := range in.out {
			defined[r] = true
		}
	}
	for _, r := range guards {
		if defined[r] {
			c.guards = append(c.guards, r)
		}
	}
	for v, r := range c.byNode {
		if r.def != nil && !defined[r] {
			delete(c.byNode, v)
		}
	}
	return nil
}

// foldLimit is how many bytes a folded constant may have that is larger than its operands together. A folded constant
// is kept for the life of the program; a larger one is computed in each run.
const foldLimit = 64 << 10

// foldBudget is how many bytes the constants may have that are made while a program is compiled. A constant without
// operands beyond it is late: it is made when the program gets its memory. An op with operands beyond it stays an
// instruction.
const foldBudget = 64 << 20

// fold computes instructions that depend on constants alone.
func fold(c *code) error {
	var kept []*instr
	left := foldBudget
	for _, in := range c.instrs {
		fits := bytesToEvaluate(in) <= left
		switch {
		case !foldable(in) || !fits && len(in.in) > 0:
			kept = append(kept, in)
		case !fits:
			for _, r := range in.out {
				r.store, r.late, r.def = inConst, in, nil
			}
		default:
			left -= bytesToEvaluate(in)
			if err := evaluate(in); err != nil {
				return err
			}
		}
	}
	c.instrs = kept
	return nil
}

func foldable(in *instr) bool {
	_, imported := in.op.(foreign)
	if len(in.in) == 0 {
		return !imported
	}
	bytes := 0
	for _, r := range in.in {
		if r.store != inConst || r.late != nil {
			return false
		}
		bytes += r.t.Bytes()
	}
	for _, r := range in.out {
		if r.t.Bytes() > max(bytes, foldLimit) {
			return false
		}
	}
	return true
}

// bytesToEvaluate is the memory for the results and the scratch of an instruction.
func bytesToEvaluate(in *instr) int {
	types := typesOfRegs(in.out)
	if s, ok := in.op.(Scratcher); ok {
		types = append(types, s.Scratch(typesOfRegs(in.in))...)
	}
	bytes := 0
	for _, t := range types {
		bytes = added(bytes, t.Bytes())
	}
	return bytes
}

// evaluate makes constants of the results of an instruction.
func evaluate(in *instr) error {
	dst, err := evaluation(in)
	if err != nil {
		return err
	}
	for i, r := range in.out {
		r.store, r.konst, r.def = inConst, dst[i], nil
	}
	return nil
}

// evaluation computes an instruction whose operands are constants, into new memory.
func evaluation(in *instr) ([]Tensor, error) {
	operands := make([]Tensor, len(in.in))
	for i, r := range in.in {
		operands[i] = r.konst
	}
	var dst []Tensor
	for _, r := range in.out {
		dst = append(dst, NewTensor(r.t))
	}
	if s, ok := in.op.(Scratcher); ok {
		for _, t := range s.Scratch(typesOfRegs(in.in)) {
			dst = append(dst, NewTensor(t))
		}
	}
	if err := evaluated(in.op, dst, operands); err != nil {
		return nil, fmt.Errorf("%v: %w", in.op, err)
	}
	return dst, nil
}

// makeConstants makes the late constants that are still needed.
func (c *code) makeConstants() error {
	c.making.Lock()
	defer c.making.Unlock()
	for _, r := range c.live() {
		if r.late == nil || !r.konst.empty() {
			continue
		}
		dst, err := evaluation(r.late)
		if err != nil {
			return fmt.Errorf("constant: %w", err)
		}
		for i, out := range r.late.out {
			out.konst = dst[i]
		}
	}
	return nil
}

func evaluated(op Op, dst, in []Tensor) (err error) {
	defer answering("Eval", &err)
	return op.Eval(dst, in)
}

// mergeKey is what two instructions must share before their operands are compared.
type mergeKey struct {
	op       Op
	operands uint64 // a hash of them
}

// hashOf mixes the numbers of registers.
func hashOf(regs []*register) uint64 {
	h := uint64(len(regs))
	for _, r := range regs {
		h = (h ^ uint64(r.id)) * 0x9e3779b97f4a7c15 // 2⁶⁴ by the golden ratio
		h ^= h >> 29
	}
	return h
}

// merge removes an instruction whose op and operands equal those of an earlier one. Constants
// of equal value merge as well.
func merge(c *code) error {
	seen := map[mergeKey][]*instr{}
	gone := map[*register]*register{}
	resolve := func(r *register) *register {
		for gone[r] != nil {
			r = gone[r]
		}
		return r
	}
	mergeConstants(c, gone)
	var kept []*instr
next:
	for _, in := range c.instrs {
		for i, r := range in.in {
			in.in[i] = resolve(r)
		}
		if !reflect.ValueOf(in.op).Comparable() || len(in.in) == 0 {
			kept = append(kept, in)
			continue
		}
		key := mergeKey{in.op, hashOf(in.in)}
		for _, e := range seen[key] {
			if slices.Equal(e.in, in.in) {
				for i, r := range in.out {
					gone[r] = e.out[i]
				}
				e.nodes = append(e.nodes, in.nodes...)
				e.phase = min(e.phase, in.phase)
				continue next
			}
		}
		seen[key] = append(seen[key], in)
		kept = append(kept, in)
	}
	c.instrs = kept
	c.replace(gone)
	return nil
}

func mergeConstants(c *code, gone map[*register]*register) {
	seen := map[Op]*register{}
	for _, r := range c.regs {
		if r.store != inConst || r.node == nil {
			continue
		}
		op, ok := r.node.app.op.(full)
		if !ok {
			continue
		}
		if first := seen[op]; first != nil {
			gone[r] = first
		} else {
			seen[op] = r
		}
	}
}

// order puts the instructions of the update phase that only assignments need after all others. Within both parts the
// order stays.
func order(c *code) error {
	main := map[*instr]bool{}
	for _, r := range slices.Concat(c.outputs, c.guards) {
		main[r.def] = true
	}
	for _, in := range slices.Backward(c.instrs) { // readers before what they read
		if main[in] = main[in] || in.phase != Update; !main[in] {
			continue
		}
		for _, r := range in.in {
			main[r.def] = true
		}
	}
	slices.SortStableFunc(c.instrs, func(a, b *instr) int {
		return boolInt(!main[a]) - boolInt(!main[b])
	})
	for _, in := range c.instrs {
		if main[in] {
			in.phase = min(in.phase, Backward)
		} else {
			in.phase = Update
		}
	}
	return nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
