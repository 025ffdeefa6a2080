// This file holds how a program's graph and tape become nodes and instructions of a run.

package trace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// read makes the nodes, instructions, steps, forks, registers and code of the run.
func (r *Recorder) read() (err error) {
	defer func() {
		if said := recover(); said != nil { // of an op of a user, which is asked what Compile does not ask
			err = fmt.Errorf("an op panics: %v", said)
		}
	}()
	lines := r.prog.Instructions()
	g := lines[0].Nodes[0].Graph()
	r.run = Run{Name: r.opt.Name, Float: g.DType.String(), Loss: -1}
	a := r.assignments(lines)
	for _, in := range lines {
		if err := r.instruction(in, a); err != nil {
			return err
		}
	}
	if n := r.opt.Loss; n.Valid() && r.Node(n) < 0 {
		return fmt.Errorf("the program does not compute the loss that Options name, %s: pass it to CompileWith",
			n.Name())
	}
	r.relate(g)
	if err := r.lossesKnown(g); err != nil {
		return err
	}
	r.saved()
	r.registers()
	r.sources()
	return r.fast(g)
}

// lossesKnown says that a program computes gradients, but no loss that they are of: then none of them could be told
// apart from what it serves.
func (r *Recorder) lossesKnown(g *graph.Graph) error {
	if len(r.passes) > 0 || r.opt.Loss.Valid() {
		return nil
	}
	for _, c := range g.Contributions() {
		if r.Node(c.D) >= 0 && r.Node(c.Loss) < 0 {
			return fmt.Errorf("the program computes gradients of %s, but not %[1]s itself: "+
				"pass it to CompileWith, too",
				c.Loss.Name())
		}
	}
	return nil
}

// assignments are those that the program does: the value that each target takes, and whether it does any.
type assignments struct {
	value map[graph.Node]graph.Node
	any   bool
}

func (r *Recorder) assignments(lines []graph.Instruction) assignments {
	a := assignments{value: map[graph.Node]graph.Node{}}
	given := map[graph.Node]graph.Node{}
	targets, values := lines[0].Nodes[0].Graph().Assigned()
	for i, t := range targets {
		given[t] = values[i]
	}
	for _, in := range lines {
		if n := in.Nodes[0]; isAssignment(in) {
			a.value[n], a.any = given[n], true
		}
	}
	return a
}

// isAssignment reports the instruction that writes to a parameter or state; isCopy also those that keep a value from
// before.
func isAssignment(in graph.Instruction) bool {
	return in.Nodes[0].Op() == nil && in.Role == graph.RoleUpdate
}

func (r *Recorder) isCopy(in graph.Instruction) bool {
	_, known := r.index[in.Nodes[0]]
	return in.Nodes[0].Op() == nil || known
}

// instruction adds one of the tape, with the nodes of its results and those of leaves that it is the first to read.
func (r *Recorder) instruction(in graph.Instruction, a assignments) error {
	operands := in.Nodes[0].Inputs()
	if r.isCopy(in) {
		operands = []graph.Node{in.Nodes[0]}
		if isAssignment(in) {
			operands[0] = a.value[in.Nodes[0]]
		}
	}
	line := Instruction{Text: in.String(), Registers: in.Results, Reads: in.Operands, Phase: in.Phase.String(),
		Scope: in.Scope, View: in.View, Live: in.Live, Flops: in.Flops, Bytes: in.Bytes}
	for _, n := range operands {
		line.Operands = append(line.Operands, r.operand(n, in, a))
	}
	if r.isCopy(in) {
		line.Results = []int{r.copied(in, line.Operands, a)}
	} else {
		for _, n := range in.Nodes {
			line.Results = append(line.Results, r.computed(n, in, line.Operands))
		}
	}
	r.run.Instructions = append(r.run.Instructions, line)
	r.evaluation(in, line)
	return nil
}

// operand is the number of an operand: of an assignment it may be a copy from before other assignments.
func (r *Recorder) operand(n graph.Node, in graph.Instruction, a assignments) int {
	if i, ok := r.copies[n]; ok && isAssignment(in) {
		return i
	}
	if i, ok := r.index[n]; ok {
		return i
	}
	return r.leaf(n, a)
}

// leaf adds an input, parameter or state.
func (r *Recorder) leaf(n graph.Node, a assignments) int {
	_, assigned := a.value[n]
	node := r.node(n)
	node.Name, node.Kind, node.Phase = n.Name(), n.Kind().String(), n.Phase().String()
	if n.Kind() == graph.KindStep {
		node.Kind = graph.KindInput.String()
	}
	if p := n.Param(); p != nil {
		switch {
		case !p.Trainable() && assigned: // a moment, or statistics of a batch
			node.Kind = graph.KindState.String()
		case !p.Trainable() && n.Phase() == graph.Update: // a rate
			node.Kind = graph.KindInput.String()
		default:
			node.Frozen = !assigned && (a.any || !p.Trainable())
		}
	}
	r.leaves = append(r.leaves, n)
	return r.add(n, node)
}

// computed adds a result of an op.
func (r *Recorder) computed(n graph.Node, in graph.Instruction, operands []int) int {
	node := r.node(n)
	node.Name, node.Op = n.Name(), firstWord(n.Name())
	node.Kind, node.Phase = n.Kind().String(), in.Phase.String()
	node.Operands, node.Result = operands, n.Result()
	r.leaves = append(r.leaves, graph.Node{})
	return r.add(n, node)
}

// copied adds what a parameter or state is after its assignment, or a copy of a value from before assignments.
func (r *Recorder) copied(in graph.Instruction, operands []int, a assignments) int {
	n := in.Nodes[0]
	before, known := r.index[n]
	if !known { // nothing reads what it was
		before = r.leaf(n, a)
	}
	node := r.node(n)
	node.Kind, node.Name, node.Op = graph.KindOp.String(), "copy", "copy"
	node.Label, node.Role = in.Label, string(in.Role)
	node.Phase, node.Operands = in.Phase.String(), operands
	r.leaves = append(r.leaves, graph.Node{})
	i := len(r.run.Nodes)
	if isAssignment(in) {
		node.Assigns, node.Label = before, n.Name()
	} else {
		r.copies[n] = i
	}
	r.run.Nodes = append(r.run.Nodes, node)
	return i
}

func (r *Recorder) add(n graph.Node, node Node) int {
	r.index[n] = len(r.run.Nodes)
	r.run.Nodes = append(r.run.Nodes, node)
	return r.index[n]
}

// node is what all kinds of nodes have.
func (r *Recorder) node(n graph.Node) Node {
	role, label := graph.RoleOf(n)
	node := Node{DType: n.DType().String(), Shape: append([]int{}, n.Shape()...), Scope: n.Scope(), Role: string(role),
		Of: -1, GradOf: -1, File: -1, Assigns: -1}
	if named := n.Label(); named != "" {
		label, node.Called = named, named
	}
	if label != n.Name() {
		node.Label = label
	}
	return node
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// evaluation notes how the instruction is done again.
func (r *Recorder) evaluation(in graph.Instruction, line Instruction) {
	e := evaluation{op: in.Op, in: line.Operands, out: line.Results, stopped: make([]bool, len(line.Operands))}
	types := make([]graph.Type, len(line.Operands))
	for k, i := range line.Operands {
		types[k] = r.typeOf(i)
		n, limited := in.Op.(graph.NoGrader)
		e.stopped[k] = !types[k].DType.IsFloat() || limited && n.NoGrad(k)
	}
	if s, ok := in.Op.(graph.Scratcher); ok {
		e.scratch = s.Scratch(types)
	}
	e.cost = in.Flops + int64(in.Bytes)/8
	r.tape = append(r.tape, e)
}

// typeOf is the type of a node of the run.
func (r *Recorder) typeOf(i int) graph.Type { return typeOf(r.run.Nodes[i]) }

func typeOf(n Node) graph.Type { return graph.Type{DType: dtypes[n.DType], Shape: n.Shape} }

// dtypes are the element types by name.
var dtypes = map[string]graph.DType{
	graph.Float32.String(): graph.Float32, graph.Float64.String(): graph.Float64, graph.Int64.String(): graph.Int64,
}

// saved notes, for each instruction of the forward pass, what reads its results on the way back.
func (r *Recorder) saved() {
	made := make([]int, len(r.run.Nodes)) // the instruction of each node
	for i := range made {
		made[i] = -1
	}
	for i := range r.run.Instructions {
		in := &r.run.Instructions[i]
		for _, n := range in.Results {
			made[n] = i
		}
		if in.Phase == graph.Forward.String() {
			continue
		}
		for _, n := range in.Operands {
			if k := made[n]; k >= 0 && r.run.Instructions[k].Phase == graph.Forward.String() {
				by := &r.run.Instructions[k].SavedFor
				if in.Phase == graph.Backward.String() && !slices.Contains(*by, i) {
					*by = append(*by, i)
				}
			}
		}
	}
}

// registers are the places of memory, with the instructions that first write and last read them.
func (r *Recorder) registers() {
	last := make([]int, len(r.run.Nodes))
	for i, in := range r.run.Instructions {
		for _, n := range slices.Concat(in.Results, in.Operands) {
			last[n] = i
		}
	}
	for i, in := range r.run.Instructions {
		for k, n := range in.Results {
			if r.run.Nodes[n].Assigns < 0 { // not the memory of a parameter or state
				r.run.Arena = append(r.run.Arena, Register{in.Registers[k], r.typeOf(n).Bytes(), i, last[n]})
			}
		}
	}
}

// fast compiles the same graph as usual.
func (r *Recorder) fast(g *graph.Graph) error {
	opt := r.prog.Options()
	opt.Teach = false
	p, err := g.CompileWith(opt, r.prog.Outputs()...)
	if err != nil {
		return err
	}
	m := p.Memory()
	f := &Fast{Instructions: len(p.Instructions()), Arena: m.Arena, Values: r.prog.Memory().Unplanned}
	for _, in := range p.Instructions() {
		f.Lines = append(f.Lines, in.String())
	}
	r.run.Fast = f
	return nil
}
