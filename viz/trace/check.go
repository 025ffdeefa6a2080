// This file holds Check, which tells whether a trace is one.

package trace

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// Check reports what is wrong with a trace: an index of what is not there, data that are not as long as the shape
// says, a word that the format does not have. Whoever has a trace that it accepts can index without a look.
func (t *Trace) Check() error {
	if t == nil {
		return fmt.Errorf("trace: it is nil")
	}
	if t.Format != Format || t.Version != Version {
		return otherFormat(t.Format, t.Version)
	}
	if len(t.Runs) == 0 || len(t.Settings) == 0 {
		return fmt.Errorf("trace: got %d runs and %d settings, want at least one of each", len(t.Runs),
			len(t.Settings))
	}
	for i := range t.Runs {
		if err := t.Runs[i].check(len(t.Figures)); err != nil {
			return fmt.Errorf("trace: run %d: %w", i, err)
		}
	}
	if err := t.checkSettings(); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	if err := t.checkProse(); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	return nil
}

func otherFormat(format string, version int) error {
	return fmt.Errorf("trace: got format %.40q, version %d, want %q, version %d", format, version, Format, Version)
}

// within reports an index that is not in [low, n).
func within(what string, i, low, n int) error {
	if i < low || i >= n {
		return fmt.Errorf("%s is %d, want %d to %d", what, i, low, n-1)
	}
	return nil
}

// first is the first error that is not nil. All of them are made, so that none may index by what another checks.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func oneOf(what, got string, want ...string) error {
	if !slices.Contains(want, got) {
		return fmt.Errorf("%s is %.40q, want one of %s", what, got, strings.Join(want, ", "))
	}
	return nil
}

const letters = "abcdefghijklmnopqrstuvwxyz"

func (t *Trace) checkSettings() error {
	ids := map[string]bool{}
	for i, c := range t.Controls {
		if c.ID == "" || strings.Trim(c.ID, letters+strings.ToUpper(letters)) != "" || ids[c.ID] {
			return fmt.Errorf("control %d has the id %.40q, want letters, and other ones for each", i, c.ID)
		}
		ids[c.ID] = true
		if err := within(fmt.Sprintf("the start of control %q", c.ID), c.Start, 0, len(c.Values)); err != nil {
			return err
		}
		for _, n := range c.Needs {
			if err := t.checkNeed(i, n); err != nil {
				return fmt.Errorf("control %q needs what is not there: %w", c.ID, err)
			}
		}
	}
	for i, s := range t.Settings {
		if err := within(fmt.Sprintf("setting %d: the run", i), s.Run, 0, len(t.Runs)); err != nil {
			return err
		}
		if err := within(fmt.Sprintf("setting %d: the state", i), s.State, 0, len(t.Runs[s.Run].States)); err != nil {
			return err
		}
		if len(s.At) != len(t.Controls) {
			return fmt.Errorf("setting %d has places of %d controls, there are %d", i, len(s.At), len(t.Controls))
		}
		for k, at := range s.At {
			what := fmt.Sprintf("setting %d: the place of control %q", i, t.Controls[k].ID)
			if err := within(what, at, 0, len(t.Controls[k].Values)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkNeed reports a need of control i that names no other control, or no place of it.
func (t *Trace) checkNeed(i int, n Need) error {
	if err := within("the control", n.Control, 0, len(t.Controls)); err != nil {
		return err
	}
	if n.Control == i {
		return fmt.Errorf("the control is %d, which is itself", i)
	}
	for _, at := range n.At {
		if err := within("the place", at, 0, len(t.Controls[n.Control].Values)); err != nil {
			return err
		}
	}
	return nil
}

// looks reports whether a stop can point at something: a tab, or a figure.
func (t *Trace) looks(at string) bool {
	return slices.Contains([]string{"", "formula", "values", "tape", "memory", "code"}, at) ||
		slices.ContainsFunc(t.Figures, func(f Figure) bool { return f.ID == at })
}

func (t *Trace) checkProse() error {
	for i, q := range t.Questions {
		if err := first(within(fmt.Sprintf("question %d: the answer", i), q.Answer, 0, len(q.Choices)),
			within(fmt.Sprintf("question %d: the setting", i), q.Setting, 0, len(t.Settings))); err != nil {
			return err
		}
	}
	for i, s := range t.Tour {
		if err := within(fmt.Sprintf("stop %d: the setting", i), s.Setting, 0, len(t.Settings)); err != nil {
			return err
		}
		n := len(t.Runs[t.Settings[s.Setting].Run].Instructions)
		if err := within(fmt.Sprintf("stop %d: the instruction", i), s.Instruction, -1, n); err != nil {
			return err
		}
		if !t.looks(s.Look) {
			return fmt.Errorf("stop %d: it looks at %.40q, want a tab or the id of a figure", i, s.Look)
		}
	}
	return nil
}

// check reports what is wrong with a run.
func (r *Run) check(figures int) error {
	if err := oneOf("the float", r.Float, graph.Float32.String(), graph.Float64.String()); err != nil {
		return err
	}
	if len(r.Nodes) == 0 || len(r.Instructions) == 0 || len(r.States) == 0 {
		return fmt.Errorf("got %d nodes, %d instructions and %d states, want at least one of each", len(r.Nodes),
			len(r.Instructions), len(r.States))
	}
	if err := within("the loss", r.Loss, -1, len(r.Nodes)); err != nil {
		return err
	}
	for i, n := range r.Losses {
		if err := within(fmt.Sprintf("loss %d", i), n, -1, len(r.Nodes)); err != nil {
			return err
		}
	}
	for i := range r.Nodes {
		if err := r.checkNode(i); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
	}
	for i := range r.Instructions {
		if err := r.checkInstruction(i); err != nil {
			return fmt.Errorf("instruction %d: %w", i, err)
		}
	}
	if err := r.checkSteps(); err != nil {
		return err
	}
	for i, g := range r.Arena {
		if err := first(within("the first instruction", g.From, 0, len(r.Instructions)),
			within("the last instruction", g.To, g.From, len(r.Instructions)),
			within("the number of bytes", g.Bytes, 0, math.MaxInt)); err != nil {
			return fmt.Errorf("register %d: %w", i, err)
		}
	}
	for i, f := range r.Code {
		if f.First < 1 || strings.ContainsAny(f.Name, `/\`) {
			return fmt.Errorf("code %d: the first line is %d of %.60q, want a line from 1 of a name without folders",
				i, f.First, f.Name)
		}
	}
	for i := range r.States {
		if err := r.checkState(i, figures); err != nil {
			return fmt.Errorf("state %d: %w", i, err)
		}
	}
	return nil
}

// mostElements is the most that a value may have, so that a false shape asks for no memory.
const mostElements = 1 << 40

func (r *Run) checkNode(i int) error {
	n := &r.Nodes[i]
	size := 1
	for _, d := range n.Shape {
		if d < 1 || size > mostElements/d {
			return fmt.Errorf("the shape is %v", n.Shape)
		}
		size *= d
	}
	for _, o := range n.Operands {
		if err := within("an operand", o, 0, i); err != nil {
			return err
		}
	}
	if _, ok := dtypes[n.DType]; !ok {
		return fmt.Errorf("the dtype is %.40q, want float32, float64 or int64", n.DType)
	}
	return first(oneOf("the kind", n.Kind, "op", "input", "parameter", "constant", "state"),
		oneOf("the phase", n.Phase, phases...), within("the result", n.Result, 0, math.MaxInt),
		within("of", n.Of, -1, len(r.Nodes)), within("gradOf", n.GradOf, -1, len(r.Nodes)),
		within("gradLoss", n.GradLoss, 0, max(1, len(r.Losses))),
		within("assigns", n.Assigns, -1, len(r.Nodes)), r.checkLine(n.File, n.Line, n.File >= 0),
		r.checkLine(n.RuleFile, n.RuleLine, n.RuleLine > 0))
}

var phases = []string{graph.Forward.String(), graph.Backward.String(), graph.Update.String()}

// checkLine reports a line that is not in Code, if there is to be one.
func (r *Run) checkLine(file, line int, given bool) error {
	if !given {
		return nil
	}
	if err := within("the file", file, 0, len(r.Code)); err != nil {
		return err
	}
	f := r.Code[file]
	return within("the line", line, f.First, f.First+len(f.Lines))
}

func (r *Run) checkInstruction(i int) error {
	in := &r.Instructions[i]
	switch {
	case len(in.Results) == 0 || len(in.Registers) != len(in.Results):
		return fmt.Errorf("it has %d results in %d registers", len(in.Results), len(in.Registers))
	case len(in.Reads) != len(in.Operands):
		return fmt.Errorf("it has %d operands in %d registers", len(in.Operands), len(in.Reads))
	case in.Live < 0 || in.Flops < 0 || in.Bytes < 0:
		return fmt.Errorf("live is %d, flops %d, bytes %d", in.Live, in.Flops, in.Bytes)
	}
	for _, n := range slices.Concat(in.Results, in.Operands) {
		if err := within("a node", n, 0, len(r.Nodes)); err != nil {
			return err
		}
	}
	for _, k := range in.SavedFor {
		if err := within("an instruction that it is kept for", k, i+1, len(r.Instructions)); err != nil {
			return err
		}
	}
	return oneOf("the phase", in.Phase, phases...)
}

func (r *Run) checkSteps() error {
	locals := map[int]bool{}
	for i, s := range r.Steps {
		if err := first(within("of", s.Of, 0, len(r.Nodes)), within("d", s.D, 0, len(r.Nodes)),
			within("up", s.Up, -1, len(r.Nodes)), within("the loss", s.Loss, 0, max(1, len(r.Losses)))); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		most := len(r.States[0].Values)
		if err := within("the operand", s.Operand, 0, len(r.Nodes[s.Of].Operands)); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		if s.Local == -1 {
			continue
		}
		if err := within("the local derivative", s.Local, len(r.Nodes), most); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		if locals[s.Local] {
			return fmt.Errorf("step %d: its local derivative is that of another", i)
		}
		locals[s.Local] = true
	}
	for i, f := range r.Forks {
		if err := first(within("the node", f.Node, 0, len(r.Nodes)),
			within("the sum", f.Sum, 0, len(r.Nodes))); err != nil {
			return fmt.Errorf("fork %d: %w", i, err)
		}
		for _, s := range f.Steps {
			if err := within("a step", s, 0, len(r.Steps)); err != nil {
				return fmt.Errorf("fork %d: %w", i, err)
			}
			if r.Steps[s].Loss != f.Loss {
				return fmt.Errorf("fork %d: it adds up gradients of loss %d, but step %d is of loss %d", i, f.Loss, s,
					r.Steps[s].Loss)
			}
		}
	}
	return nil
}

func (r *Run) checkState(k, figures int) error {
	s := &r.States[k]
	switch {
	case len(s.Values) < len(r.Nodes) || len(s.Values) != len(r.States[0].Values):
		return fmt.Errorf("it has %d values for %d nodes, the first has %d", len(s.Values), len(r.Nodes),
			len(r.States[0].Values))
	case len(s.Shown) > 0 && len(s.Shown) != figures:
		return fmt.Errorf("it shows %d figures, there are %d", len(s.Shown), figures)
	}
	types := make([]graph.Type, len(s.Values))
	for i, n := range r.Nodes {
		types[i] = typeOf(n)
	}
	for _, st := range r.Steps {
		if st.Local >= 0 {
			types[st.Local] = typeOf(r.Nodes[st.Of])
		}
	}
	for i := range s.Values {
		if err := r.checkValue(k, i, types[i]); err != nil {
			return fmt.Errorf("value %d: %w", i, err)
		}
	}
	for i, c := range s.Checks {
		if err := c.check(r); err != nil {
			return fmt.Errorf("check %d: %w", i, err)
		}
	}
	for i, a := range s.Alarms {
		if err := first(within("the node", a.Node, 0, len(r.Nodes)),
			oneOf("the kind", a.Kind, Dead, Vanishing, Exploding, Unchanged, NotFinite)); err != nil {
			return fmt.Errorf("alarm %d: %w", i, err)
		}
	}
	return nil
}

func (c *Check) check(r *Run) error {
	if err := within("the gradient", c.Grad, 0, len(r.Nodes)); err != nil {
		return err
	}
	if len(c.At) != len(c.Symbolic) || len(c.At) != len(c.Numeric) {
		return fmt.Errorf("it has %d places, %d symbolic and %d numeric derivatives", len(c.At), len(c.Symbolic),
			len(c.Numeric))
	}
	return ascending(c.At, graph.Shape(r.Nodes[c.Grad].Shape).Size())
}

// ascending reports places that are not in their order, or not in [0, n).
func ascending(at []int, n int) error {
	for i, p := range at {
		low := 0
		if i > 0 {
			low = at[i-1] + 1
		}
		if err := within("a place", p, low, n); err != nil {
			return err
		}
	}
	return nil
}

// checkValue reports a value that is neither whole nor summed up nor that of an earlier state, nor unknown.
func (r *Run) checkValue(k, i int, t graph.Type) error {
	v := &r.States[k].Values[i]
	forms := 0
	for _, is := range []bool{v.Data != "", v.Same != 0, v.Stats != nil} {
		if is {
			forms++
		}
	}
	switch {
	case forms > 1 || v.Stats == nil && (v.Histogram != nil || v.Sample != nil):
		return fmt.Errorf("it is stored in several ways, want data, or same, or stats")
	case v.Same != 0:
		if v.Same < 1 || v.Same > k {
			return fmt.Errorf("same is %d in state %d, want an earlier state", v.Same, k+1)
		}
		if r.States[v.Same-1].Values[i].Same != 0 {
			return fmt.Errorf("same is %d, a state that does not store it", v.Same)
		}
	case v.Data != "":
		return checkData(v.Data, t)
	case v.Stats != nil:
		return v.checkSummary(t)
	}
	return nil
}

// checkData reports data that are not the elements of a type. The length is looked at before anything is made of it.
func checkData(data string, t graph.Type) error {
	if want := (t.Bytes() + 2) / 3 * 4; len(data) != want {
		return fmt.Errorf("the data have %d characters, %v has %d", len(data), t, want)
	}
	_, err := decoded(data, t)
	return err
}

func (v *Value) checkSummary(t graph.Type) error {
	size := t.Shape.Size()
	if s := v.Stats; s.Zeros < 0 || s.NaN < 0 || s.Inf < 0 || s.Zeros > size || s.NaN > size || s.Inf > size {
		return fmt.Errorf("of %d elements %d are zero, %d NaN and %d infinite", size, s.Zeros, s.NaN, s.Inf)
	}
	if v.Histogram != nil {
		for _, n := range v.Histogram.Counts {
			if err := within("a count", n, 0, size+1); err != nil {
				return err
			}
		}
	}
	if v.Sample == nil {
		return nil
	}
	if err := ascending(v.Sample.At, size); err != nil {
		return err
	}
	return checkData(v.Sample.Data, graph.Type{DType: t.DType, Shape: graph.Shape{len(v.Sample.At)}})
}
