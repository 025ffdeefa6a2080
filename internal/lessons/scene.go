// This file holds what a lesson is made with: graphs whose states are recorded, controls, questions and tours.

package lessons

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// sources are the files whose lines make nodes.
//
//go:embed scene.go neuron.go forks.go sigmoids.go dead.go xor.go convolution.go recurrence.go attention.go
//go:embed reparameterisation.go game.go normalisation.go optimisers.go
var sources embed.FS

// source reads a file of this package. Files of others, which may have the same base name, it does not know.
func source(file string) ([]byte, error) {
	dir, base := path.Split(filepath.ToSlash(file))
	if !strings.HasSuffix(dir, "internal/lessons/") {
		return nil, fs.ErrNotExist
	}
	return sources.ReadFile(base)
}

// A scene is a lesson in the making. The first mistake stays, and what follows does nothing.
type scene struct {
	*trace.Trace
	name   string
	err    error
	boards []*board
	// alter, if set, takes the place of a named node. Tests put a wrong gradient there.
	alter func(label string, n graph.Node) graph.Node
}

func newScene(l Lesson) *scene {
	s := &scene{name: l.Name, Trace: &trace.Trace{Format: trace.Format, Version: trace.Version, Title: l.Title}}
	s.About = []trace.Text{s.say(l.Sentence.En, l.Sentence.Zh)}
	s.fact("sections of the primer", "教材章节", strings.Join(l.Sections, ", "))
	s.fact("numbers", "数值类型", graph.Float64.String())
	s.fact("command", "命令", "zoo lesson "+l.Name+" -o "+l.File())
	return s
}

func (s *scene) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// say is a text whose formulas are in TeX.
func (s *scene) say(en, zh string) trace.Text {
	var t trace.Text
	var err error
	if t.En, err = prose(en); err != nil {
		s.fail(err)
	}
	if t.Zh, err = prose(zh); err != nil {
		s.fail(err)
	}
	return t
}

// plain is a text that is the same in both languages: numbers and symbols.
func plain(s string) trace.Text { return trace.Text{En: s, Zh: s} }

// A board is one graph of a scene: leaves with the values that they begin with, and the run that its states go to.
type board struct {
	*graph.Graph
	s       *scene
	run     int
	name    trace.Text
	leaves  []leaf
	outputs []graph.Node
	prog    *graph.Program
	rec     *trace.Recorder
	shown   [][]string      // of each state, its drawings
	checks  [][]trace.Check // and what was measured beside what the recorder measures
}

// leaf is an input, a parameter or a state with the value that it begins with.
type leaf struct {
	name  string
	node  graph.Node
	start []float64
}

// set is another value of a leaf.
type set struct {
	name string
	v    []float64
}

// board begins a run. Its graph is for training, or else for evaluation.
func (s *scene) board(name trace.Text, mode graph.Mode) *board {
	b := &board{Graph: &graph.Graph{Mode: mode, Seed: 1, DType: graph.Float64, Lines: true}, s: s,
		run: len(s.boards), name: name}
	s.boards = append(s.boards, b)
	return b
}

// input adds an input; without a shape it is a scalar.
func (b *board) input(name string, start []float64, shape ...int) graph.Node {
	return b.leaf(name, b.Input(name, shape...), start)
}

// param adds a parameter; without a shape it is a scalar.
func (b *board) param(name string, start []float64, shape ...int) graph.Node {
	p := graph.NewParam(name, graph.Type{DType: graph.Float64, Shape: append(graph.Shape{}, shape...)})
	return b.leaf(name, b.Param(p), start)
}

// indices adds an input of integers.
func (b *board) indices(name string, start []float64, shape ...int) graph.Node {
	return b.leaf(name, b.Indices(name, shape...), start)
}

// fixed adds a parameter that no optimiser updates: a moment, or statistics of a layer.
func (b *board) fixed(name string, start []float64, shape ...int) graph.Node {
	p := graph.NewParam(name, graph.Type{DType: graph.Float64, Shape: append(graph.Shape{}, shape...)})
	p.SetTrainable(false)
	return b.leaf(name, b.Param(p), start)
}

// state adds what the program carries from run to run.
func (b *board) state(name string, start []float64, shape ...int) graph.Node {
	return b.leaf(name, b.State(name, shape...), start)
}

func (b *board) leaf(name string, n graph.Node, start []float64) graph.Node {
	b.leaves = append(b.leaves, leaf{name, n, start})
	return n
}

// named gives a node the name by which texts, drawings and tests know it.
func (b *board) named(label string, n graph.Node) graph.Node {
	if b.s.alter != nil {
		n = b.s.alter(label, n)
	}
	return n.Named(label)
}

// gradients adds the gradients of a scalar, of which the last call's is the loss of the run.
func (b *board) gradients(loss graph.Node, of ...graph.Node) []graph.Node {
	d := graph.Gradients(loss, of...)
	b.outputs = append(append(b.outputs, loss), d...)
	return d
}

// update adds the nodes of build to the update of the step.
func (b *board) update(build func()) { b.InPhase(graph.Update, build) }

// sgd lets each parameter follow its gradient down: p ← p - lr·dp.
func (b *board) sgd(lr graph.Node, params, d []graph.Node) {
	b.update(func() {
		for i, p := range params {
			b.Assign(p, b.named(p.Name()+" − α·∂", ops.SGD(p, d[i], lr, 0)))
		}
	})
}

// compile makes the tape of a lesson. It comes after the last node, and before the first state.
func (b *board) compile(outputs ...graph.Node) {
	prog, err := b.CompileWith(graph.CompileOptions{Teach: true}, append(b.outputs, outputs...)...)
	if err != nil {
		b.s.fail(err)
		return
	}
	b.prog = prog
	b.rec, err = trace.NewRecorder(prog, trace.Options{Name: b.name, Source: source})
	b.s.check(err)
}

// reset gives all leaves the values that they begin with, but for the given ones. It is the first step again.
func (b *board) reset(sets ...set) {
	if b.s.err != nil {
		return
	}
	for _, l := range b.leaves {
		v := l.start
		for _, s := range sets {
			if s.name == l.name {
				v = s.v
			}
		}
		b.give(l.node, v)
	}
	b.prog.SetStep(1)
}

// count makes the next step that of a number.
func (b *board) count(step int) {
	if b.s.err == nil {
		b.prog.SetStep(step)
	}
}

// give sets a leaf. One number stands for all elements.
func (b *board) give(n graph.Node, v []float64) {
	if len(v) == 1 {
		v = slices.Repeat(v, n.Size())
	}
	if len(v) != n.Size() {
		b.s.fail(fmt.Errorf("leaf %s: %d numbers for shape %v", n.Name(), len(v), n.Shape()))
		return
	}
	switch {
	case n.Kind() == graph.KindParam:
		copy(graph.Floats[float64](n.Param().Tensor()), v)
	case n.DType() == graph.Int64:
		whole := make([]int64, len(v))
		for i, e := range v {
			whole[i] = int64(e)
		}
		b.prog.Set(n, whole)
	default:
		b.prog.Set(n, v)
	}
}

// step runs the program without recording it, n times. A run whose update does not begin, for numbers that are not
// finite, is no mistake: lessons show such.
func (b *board) step(n int) {
	for range n {
		if b.s.err != nil {
			return
		}
		var bad *graph.NonFiniteError
		if err := b.prog.Run(); err != nil && !errors.As(err, &bad) {
			b.s.fail(err)
		}
	}
}

func (s *scene) check(err error) {
	if err != nil {
		s.fail(err)
	}
}

// record runs one step and keeps all its values as a state, whose number it returns.
func (b *board) record(name trace.Text) int {
	if b.s.err != nil {
		return 0
	}
	b.s.check(b.rec.Add(name))
	b.shown, b.checks = append(b.shown, nil), append(b.checks, nil)
	return len(b.shown) - 1
}

// follow records the given steps of a training, counted from 0, and returns their states. Before each step, change may
// give leaves other values; draw makes the drawings of a state.
func (b *board) follow(steps []float64, change func(step int), draw func() []*drawing) (states []int) {
	for step := 0; step <= int(steps[len(steps)-1]); step++ {
		change(step)
		if !slices.Contains(steps, float64(step)) {
			b.step(1)
			continue
		}
		states = append(states, b.record(plain(strconv.Itoa(step))))
		b.show(states[len(states)-1], draw()...)
	}
	return states
}

// measured sets the first element of a gradient beside a slope that was measured in another way than by the recorder,
// which takes what a stop hides for a constant.
func (b *board) measured(state int, d graph.Node, gradient, slope float64) {
	if b.s.err != nil {
		return
	}
	off := math.Abs(gradient-slope) / max(1, math.Abs(gradient), math.Abs(slope))
	b.checks[state] = append(b.checks[state], trace.Check{Grad: b.rec.Node(d), At: []int{0},
		Symbolic: []float64{gradient},
		Numeric:  []float64{slope}, Error: off, OK: off <= 1e-5})
}

// finish is the run with all its states and their drawings.
func (b *board) finish() (trace.Run, error) {
	run, err := b.rec.Run()
	if err != nil {
		return run, err
	}
	for i, svgs := range b.shown {
		run.States[i].Shown = svgs
		for k := range run.States[i].Checks {
			c := &run.States[i].Checks[k]
			c.Error = digits(c.Error, 3)
			for k, v := range c.Numeric {
				c.Numeric[k] = digits(v, 10)
			}
		}
		for _, c := range b.checks[i] {
			run.States[i].Checks = slices.DeleteFunc(run.States[i].Checks,
				func(o trace.Check) bool { return o.Grad == c.Grad })
			run.States[i].Checks = append(run.States[i].Checks, c)
		}
	}
	return run, nil
}

// digits rounds to so many decimal digits: those of a difference that are true.
func digits(v float64, n int) float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', n-1, 64), 64)
	return v
}

// value is what a node was in the last step; a parameter that a step changes has its new value.
func (b *board) value(n graph.Node) []float64 {
	if b.s.err != nil || b.prog == nil {
		return make([]float64, 64) // for a drawing that nobody will see
	}
	return slices.Clone(graph.Floats[float64](b.prog.Value(n)))
}

// float is the first element of value.
func (b *board) float(n graph.Node) float64 { return b.value(n)[0] }

// floats are the first elements of several nodes.
func (b *board) floats(of ...graph.Node) (v []float64) {
	for _, n := range of {
		v = append(v, b.float(n))
	}
	return v
}

// nudge is how far a leaf is moved to measure a slope.
const nudge = 0.001

// slope moves a scalar leaf by a nudge to both sides, all others as the sets have them, and returns how much y moves
// for each unit. The last step is another one then.
func (b *board) slope(y graph.Node, name string, sets ...set) float64 {
	at := func(by float64) float64 {
		moved := slices.Clone(sets)
		for _, l := range b.leaves {
			if l.name == name {
				moved = append(moved, set{name, []float64{l.start[0] + by}})
			}
		}
		for _, s := range sets {
			if s.name == name {
				moved = append(moved, set{name, []float64{s.v[0] + by}})
			}
		}
		b.reset(moved...)
		b.step(1)
		return b.float(y)
	}
	return (at(nudge) - at(-nudge)) / (2 * nudge)
}

// contributions are what the uses of n hand to its gradient, in the order of the way back.
func (b *board) contributions(n graph.Node) (d []graph.Node) {
	for _, c := range b.Contributions() {
		if c.Of.Inputs()[c.Operand] == n {
			d = append(d, c.D)
		}
	}
	return d
}

// show adds the drawings of a state, one for each figure of the scene.
func (b *board) show(state int, drawings ...*drawing) {
	if b.s.err != nil {
		return
	}
	for _, d := range drawings {
		shown := ""
		if d != nil {
			shown = d.String()
		}
		b.shown[state] = append(b.shown[state], shown)
	}
}

// at is the number of the instruction that computes n.
func (b *board) at(n graph.Node) int {
	if b.s.err != nil {
		return -1
	}
	for i, in := range b.prog.Instructions() {
		if slices.Contains(in.Nodes, n) {
			return i
		}
	}
	b.s.fail(fmt.Errorf("no instruction computes %v", n))
	return -1
}

// reads is the number of the first instruction of the way back that reads n.
func (b *board) reads(n graph.Node) int {
	if b.s.err != nil {
		return -1
	}
	for i, in := range b.prog.Instructions() {
		for _, made := range in.Nodes {
			if made.Phase() == graph.Backward && slices.Contains(made.Inputs(), n) {
				return i
			}
		}
	}
	b.s.fail(fmt.Errorf("no instruction of the way back reads %v", n))
	return -1
}

// last is the number of the last instruction.
func (b *board) last() int {
	if b.s.err != nil {
		return -1
	}
	return len(b.prog.Instructions()) - 1
}

// slider adds a control of numbers.
func (s *scene) slider(id string, name trace.Text, alone bool, start int, values ...float64) {
	c := trace.Control{ID: id, Slider: true, Name: name, Start: start, Alone: alone}
	for _, v := range values {
		c.Values = append(c.Values, plain(num(v)))
	}
	s.Controls = append(s.Controls, c)
}

// turn adds a control of words.
func (s *scene) turn(id string, name trace.Text, values ...trace.Text) {
	s.Controls = append(s.Controls, trace.Control{ID: id, Name: name, Values: values})
}

// settle adds a setting for each combination of the controls, the start first. The function computes the state of
// one; it says false where there is none.
func (s *scene) settle(f func(at []int) (run, state int, ok bool)) {
	var all [][]int
	s.combine(nil, func(at []int) { all = append(all, at) })
	for _, at := range all {
		if s.err != nil {
			return
		}
		if run, state, ok := f(at); ok {
			s.Settings = append(s.Settings, trace.Setting{At: at, Run: run, State: state})
		}
	}
	start := slices.IndexFunc(s.Settings, func(t trace.Setting) bool { return slices.Equal(t.At, s.start()) })
	if start < 0 {
		s.fail(fmt.Errorf("the controls have no state at their start %v", s.start()))
		return
	}
	first := s.Settings[start]
	s.Settings = slices.Insert(slices.Delete(s.Settings, start, start+1), 0, first)
}

func (s *scene) start() (at []int) {
	for _, c := range s.Controls {
		at = append(at, c.Start)
	}
	return at
}

// combine visits the places of all controls; of those that move alone, one at most has left its start.
func (s *scene) combine(at []int, visit func(at []int)) {
	if len(at) == len(s.Controls) {
		visit(slices.Clone(at))
		return
	}
	c := s.Controls[len(at)]
	moved := slices.ContainsFunc(s.Controls[:len(at)], func(o trace.Control) bool {
		i := slices.IndexFunc(s.Controls, func(p trace.Control) bool { return p.ID == o.ID })
		return o.Alone && at[i] != o.Start
	})
	for i := range c.Values {
		if !c.Alone || !moved || i == c.Start {
			s.combine(append(at, i), visit)
		}
	}
}

// setting is the number of the setting at the given places of the controls.
func (s *scene) setting(at ...int) int {
	i := slices.IndexFunc(s.Settings, func(t trace.Setting) bool { return slices.Equal(t.At, at) })
	if i < 0 && s.err == nil {
		s.fail(fmt.Errorf("no setting at %v", at))
	}
	return max(i, 0)
}

// figure adds a drawing. Each state has one, see [board.show].
func (s *scene) figure(id string, title, alt trace.Text) {
	s.Figures = append(s.Figures, trace.Figure{ID: id, Title: title, Alt: alt})
}

// answer is figure of one that shows gradients, and so what a question asks for.
func (s *scene) answer(id string, title, alt trace.Text) {
	s.Figures = append(s.Figures, trace.Figure{ID: id, Title: title, Alt: alt, Reveals: true})
}

// stop adds a stop of the tour: a setting, an instruction or -1 for the end, and what to say. It says of which
// sections of the primer the formulas are.
func (s *scene) stop(setting, instruction int, en, zh string) {
	var sections []string
	for _, f := range Formulas() {
		if f.Lesson == s.name && strings.Contains(en, `\(`+f.english()+`\)`) && !slices.Contains(sections, f.Section) {
			sections = append(sections, f.Section)
		}
	}
	if len(sections) > 0 {
		list := strings.Join(sections, ", ")
		en += " (Primer, section " + list + ".)"
		zh += "（教材 " + strings.Join(sections, "、") + " 节）"
	}
	s.Tour = append(s.Tour, trace.Stop{Text: s.say(en, zh), Setting: setting, Instruction: instruction})
}

// look lets the last stop point at a tab or a figure.
func (s *scene) look(at string) { s.Tour[len(s.Tour)-1].Look = at }

// needs says at which places of another control the control has an effect.
func (s *scene) needs(control, other string, at ...int) {
	place := func(id string) int {
		return slices.IndexFunc(s.Controls, func(c trace.Control) bool { return c.ID == id })
	}
	c := &s.Controls[place(control)]
	c.Needs = append(c.Needs, trace.Need{Control: place(other), At: at})
}

// ask adds a question. The answer is the place of the right choice.
func (s *scene) ask(setting int, text trace.Text, answer int, because trace.Text, refutes []string,
	choices ...trace.Text) {
	s.Questions = append(s.Questions, trace.Question{Text: text, Choices: choices, Answer: answer, Because: because,
		Setting: setting, Refutes: refutes})
}

// fact adds a line to the facts of the page.
func (s *scene) fact(en, zh, value string) {
	s.Facts = append(s.Facts, trace.Fact{Name: s.say(en, zh), Value: value})
}
