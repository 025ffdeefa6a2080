// This file holds the text forms of graphs and tapes.

package graph

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/internal/plain"
)

// Instruction describes one line of a tape.
type Instruction struct {
	Index    int
	Op       Op
	Results  []string // registers, as printed
	Operands []string
	Types    []Type // of the results
	Scope    string
	Phase    Phase
	Nodes    []Node // the nodes of the graph that it computes
	View     bool   // the result is part of an operand: nothing is executed
	InPlace  bool   // a result is written over an operand
	Again    bool   // it computes a value again; see CompileOptions.Checkpoint
	Live     int    // bytes of the arena that are alive while it runs
	Role     Role   // role in a drawing, as of a node; see [RoleOf]
	Label    string
	Cost
}

// String writes the instruction as one line: results = op operands : type.
func (in Instruction) String() string {
	if in.Op == nil || len(in.Types) == 0 {
		return "no instruction"
	}
	return plain.Text(fmt.Sprintf("%s = %s %s : %s", strings.Join(in.Results, ", "), in.Op,
		strings.Join(in.Operands, ", "), in.Types[0]))
}

// Instructions returns the tape.
func (p *Program) Instructions() []Instruction { return p.must("Instructions").lines }

// Cost returns the cost of one run: the sum over all instructions, without those that are done before the first run.
func (p *Program) Cost() (c Cost) {
	for _, in := range p.must("Cost").lines[p.ready:] {
		c.Products += in.Products
		c.Flops += in.Flops
		c.Bytes += in.Bytes
	}
	return c
}

func describe(c *code) []Instruction {
	units := c.units()
	live := make([]int, len(c.instrs)+2)
	for _, u := range units {
		live[u.first] += u.size
		live[min(u.last, len(c.instrs))+1] -= u.size
	}
	lines := make([]Instruction, len(c.instrs))
	sum := 0
	for i, in := range c.instrs {
		sum += live[i]
		lines[i] = Instruction{Index: i, Op: in.op, Scope: in.scope, Phase: in.phase, View: in.view, Again: in.again,
			Live: sum, Cost: in.cost()}
		lines[i].Role, lines[i].Label = roleOf(in.op, typesOfRegs(in.in))
		for _, r := range in.out {
			lines[i].Results = append(lines[i].Results, r.name())
			lines[i].Types = append(lines[i].Types, r.t)
			lines[i].InPlace = lines[i].InPlace || !in.view &&
				slices.ContainsFunc(in.in, func(o *register) bool { return o.root == r.root })
		}
		for _, r := range in.in {
			lines[i].Operands = append(lines[i].Operands, r.name())
		}
		for _, v := range in.nodes {
			lines[i].Nodes = append(lines[i].Nodes, Node{v})
		}
	}
	return lines
}

// name is what a tape calls the register. Inputs, parameters and states have their names; constants of equal elements
// are written as the number, other constants as const and the number of the node. The new value of a parameter or
// state, where it is written in place, is name'. The gradient of a leaf is ∂name. Other values are % and the number of
// the node, with a star if they are computed again.
func (r *register) name() string {
	v := r.node
	switch {
	case v == nil && r.store == inConst:
		return fmt.Sprintf("%.6g", r.konst.At(0))
	case v == nil:
		return fmt.Sprintf("%%r%d", r.id)
	case r.lasting() || v.app == nil && r.def == nil:
		return v.name
	case r.store == inConst:
		if f, ok := v.app.op.(full); ok {
			return strings.TrimPrefix(f.String(), "const ")
		}
		return fmt.Sprintf("const%d", v.id)
	case r.root.lasting() && r.root.node != v && r.t.Equal(r.root.t) && r.def != nil && !r.def.view:
		return r.root.node.name + "'"
	case v.gradOf != nil && v.gradOf.app == nil:
		return "∂" + v.gradOf.name
	case r.def != nil && r.def.again:
		return fmt.Sprintf("%%%d*", v.id)
	}
	return fmt.Sprintf("%%%d", v.id)
}

// WriteTo prints the tape: one line an instruction, and the memory at the end.
func (p *Program) WriteTo(w io.Writer) (int64, error) {
	p.must("WriteTo")
	rows := [][]string{{"#", "result", "op", "operands", "type", "layer", "flop", "moved", "live", ""}}
	for _, in := range p.lines {
		rows = append(rows, in.cells())
	}
	var b strings.Builder
	for lo := 0; lo < len(p.lines); { // each phase has its own widths of columns
		hi := lo
		for hi < len(p.lines) && p.lines[hi].Phase == p.lines[lo].Phase {
			hi++
		}
		section := append(rows[:1:1], rows[lo+1:hi+1]...)
		widths := columnWidths(section)
		fmt.Fprintf(&b, "-- %v\n", p.lines[lo].Phase)
		for _, r := range section {
			writeRow(&b, r, widths)
		}
		lo = hi
	}
	m := p.memory
	fmt.Fprintf(&b, "-- %d instructions, %s in one run\n", len(p.lines), Count(p.Cost().Flops, "FLOP"))
	fmt.Fprintf(&b, "-- arena %s, peak live %s, unplanned %s; parameters %s, constants %s, outputs %s\n",
		Bytes(m.Arena), Bytes(m.PeakLive), Bytes(m.Unplanned), Bytes(m.Params), Bytes(m.Constants), Bytes(m.Outputs))
	if m.Prepared > 0 {
		fmt.Fprintf(&b, "-- prepared before the first run: %s\n", Bytes(m.Prepared))
	}
	if states := p.code.states(); len(states) > 0 {
		var list []string
		for _, r := range states {
			list = append(list, plain.Text(fmt.Sprintf("%s %v", r.name(), r.t)))
		}
		fmt.Fprintf(&b, "-- states %s, from run to run: %s\n", Bytes(m.States), strings.Join(list, ", "))
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func (in Instruction) cells() []string {
	var marks []string
	if in.Again {
		marks = append(marks, "again")
	}
	switch {
	case in.View:
		marks = append(marks, "view")
	case in.InPlace:
		marks = append(marks, "in place")
	}
	cells := []string{fmt.Sprint(in.Index), strings.Join(in.Results, " "), in.Op.String(),
		strings.Join(in.Operands, " "),
		in.Types[0].String(), in.Scope, amount(in.Flops, ""), amount(int64(in.Bytes), "B"), Bytes(in.Live),
		strings.Join(marks, ", ")}
	for i, s := range cells {
		cells[i] = plain.Text(s)
	}
	return cells
}

// amount is a number for a column, "" for 0.
func amount(n int64, unit string) string {
	if n == 0 {
		return ""
	}
	return strings.TrimRight(Count(n, unit), " ")
}

func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], min(utf8.RuneCountInString(cell), 56))
		}
	}
	return widths
}

func writeRow(b *strings.Builder, row []string, widths []int) {
	var line strings.Builder
	for i, cell := range row {
		pad := max(0, widths[i]-utf8.RuneCountInString(cell))
		if i == 0 || i >= 6 && i <= 8 { // numbers to the right
			line.WriteString(strings.Repeat(" ", pad) + cell)
		} else {
			line.WriteString(cell + strings.Repeat(" ", pad))
		}
		line.WriteString("  ")
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

// Bytes writes a number of bytes for reading: 1.2 MB.
func Bytes(n int) string { return Count(int64(n), "B") }

// Count writes a number with a unit and a decimal prefix for reading: 2.5 MFLOP.
func Count(n int64, unit string) string {
	prefixes := []string{"", "k", "M", "G", "T"}
	f, i := float64(n), 0
	for f >= 999.5 && i < len(prefixes)-1 {
		f /= 1000
		i++
	}
	if i == 0 || f >= 99.5 {
		return fmt.Sprintf("%.0f %s%s", f, prefixes[i], unit)
	}
	return fmt.Sprintf("%.1f %s%s", f, prefixes[i], unit)
}

// WriteTo prints the graph: one line a node, numbered in the order of their creation.
func (g *Graph) WriteTo(w io.Writer) (int64, error) {
	c := &counter{w: bufio.NewWriter(w)}
	for _, v := range g.must("WriteTo").values {
		fmt.Fprintln(c, Node{v}.String())
	}
	for _, a := range g.assigns {
		fmt.Fprintf(c, "%s ← %%%d\n", plain.Text(a.to.v.name), a.v.v.id)
	}
	err := c.w.Flush()
	return c.n, err
}

type counter struct {
	w *bufio.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// String writes the node in the printed form that the package comment describes.
func (n Node) String() string {
	if n.v == nil {
		return "no node"
	}
	if n.v.bad {
		return "invalid node"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%%%d = ", n.v.id)
	switch {
	case n.v.app == nil && n.v.kind == KindParam:
		fmt.Fprintf(&b, "param %q", n.v.name)
	case n.v.kind == KindState:
		fmt.Fprintf(&b, "state %q", n.v.name)
	case n.v.app == nil:
		fmt.Fprintf(&b, "input %q", n.v.name)
	default:
		b.WriteString(n.v.app.op.String())
		for _, in := range n.v.app.in {
			fmt.Fprintf(&b, " %%%d", in.v.id)
		}
		if len(n.v.app.out) > 1 {
			fmt.Fprintf(&b, " result %d", n.v.result)
		}
	}
	fmt.Fprintf(&b, " : %v", n.v.t)
	if n.v.scope != "" {
		b.WriteString(" in " + n.v.scope)
	}
	if n.v.phase != Forward {
		b.WriteString(" " + n.v.phase.String())
	}
	if n.v.of != nil {
		fmt.Fprintf(&b, " of %%%d", n.v.of.id)
	}
	return plain.Text(b.String())
}
