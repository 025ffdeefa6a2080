package lessons

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// A view is what a lesson shows in one setting.
type view struct {
	*trace.Trace
	run   trace.Run
	state int
}

// at is the lesson in the setting with the given places of the controls.
func at(tr *trace.Trace, places ...int) (view, error) {
	for _, s := range tr.Settings {
		if slices.Equal(s.At, places) {
			return view{tr, tr.Runs[s.Run], s.State}, nil
		}
	}
	return view{}, fmt.Errorf("no setting at %v", places)
}

// begun is the lesson as it begins.
func begun(tr *trace.Trace) view {
	s := tr.Settings[0]
	return view{tr, tr.Runs[s.Run], s.State}
}

// value is what is shown of the node of that label, or leaf of that name; "∂z" is the gradient of z.
func (v view) value(name string) ([]float64, error) {
	of, gradient := strings.CutPrefix(name, "∂")
	i := slices.IndexFunc(v.run.Nodes, func(n trace.Node) bool { return n.Name == of })
	if i < 0 {
		i = slices.IndexFunc(v.run.Nodes, func(n trace.Node) bool { return n.Label == of })
	}
	if i < 0 {
		return nil, fmt.Errorf("no node %q", of)
	}
	if gradient {
		if i = v.gradient(i); i < 0 {
			return nil, fmt.Errorf("no gradient of %q", of)
		}
	}
	return v.element(i)
}

// element is the value of node i.
func (v view) element(i int) ([]float64, error) {
	x := v.run.States[v.state].Values[i]
	if x.Same > 0 {
		x = v.run.States[x.Same-1].Values[i]
	}
	return decode(x.Data)
}

// gradient is the node that is the gradient of node i: the sum at a fork, or the only contribution.
func (v view) gradient(i int) int {
	for _, f := range v.run.Forks {
		if f.Node == i {
			return f.Sum
		}
	}
	for _, s := range v.run.Steps {
		if v.run.Nodes[s.Of].Operands[s.Operand] == i {
			return s.D
		}
	}
	return -1
}

func decode(data string) (v []float64, err error) {
	b, err := base64.StdEncoding.DecodeString(data)
	for ; len(b) >= 8; b = b[8:] {
		v = append(v, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return v, err
}

// near says how a value differs from numbers by more than a part of tolerance.
func (v view) near(name string, tolerance float64, want ...float64) error {
	got, err := v.value(name)
	if err != nil {
		return err
	}
	if len(got) != len(want) {
		return fmt.Errorf("%s has %d elements, want %d", name, len(got), len(want))
	}
	for i, g := range got {
		if !(math.Abs(g-want[i]) <= tolerance*max(1, math.Abs(want[i]))) {
			return fmt.Errorf("%s[%d] is %.9g, want %.9g", name, i, g, want[i])
		}
	}
	return nil
}

// first is the first mistake.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// An oracle is what a lesson has to show by closed form, and the node whose gradient is wrong in the negative control.
type oracle struct {
	lesson, says string
	wrong        string
	check        func(*trace.Trace) error
}

// built are the lessons, and under their name and a label those with a wrong gradient there, each built once.
var built = map[string]*trace.Trace{}

func build(t *testing.T, name, wrong string) *trace.Trace {
	t.Helper()
	key := name + " " + wrong
	if built[key] == nil {
		l, ok := Find(name)
		if !ok {
			t.Fatalf("there is no lesson %s", name)
		}
		tr, err := l.build(altered(l, wrong))
		if err != nil {
			t.Fatal(err)
		}
		built[key] = tr
	}
	return built[key]
}

func TestOracles(t *testing.T) {
	for _, o := range oracles() {
		t.Run(o.lesson+": "+o.says, func(t *testing.T) {
			if err := o.check(build(t, o.lesson, "")); err != nil {
				t.Error(err)
			}
			if o.wrong != "" && o.check(build(t, o.lesson, o.wrong)) == nil {
				t.Errorf("it passes with a wrong gradient at %s, too", o.wrong)
			}
		})
	}
}

// TestDifferences: every gradient of every state agrees with central differences of the loss by 1e-6, but for those
// that lesson 2 shows to be wrong, and kinks, which have none. A wrong rule is found.
func TestDifferences(t *testing.T) {
	for _, l := range All() {
		t.Run(l.Name, func(t *testing.T) {
			compared, off := differences(l.Name, build(t, l.Name, ""))
			if compared < 20 || len(off) > 0 {
				t.Errorf("of %d gradients these differ: %v", compared, off[:min(3, len(off))])
			}
		})
	}
	if _, off := differences("neuron", build(t, "neuron", "z")); len(off) == 0 {
		t.Error("a wrong gradient at z is not found")
	}
}

// differences counts the gradients of a lesson that were compared, and returns what differs.
func differences(name string, tr *trace.Trace) (compared int, off []string) {
	for _, s := range tr.Settings {
		if name == "forks" && s.At[1] != adds {
			continue
		}
		r := tr.Runs[s.Run]
		for _, c := range r.States[s.State].Checks {
			if c.Why != "" {
				continue
			}
			compared++
			for i := range c.At {
				size := max(1, math.Abs(c.Symbolic[i]), math.Abs(c.Numeric[i]))
				if !(math.Abs(c.Symbolic[i]-c.Numeric[i]) <= 1e-6*size) {
					off = append(off, fmt.Sprintf("setting %v, gradient of %s: %g, by differences %g", s.At,
						r.Nodes[c.Grad].Name,
						c.Symbolic[i], c.Numeric[i]))
				}
			}
		}
	}
	return compared, off
}

// TestOverwritten: what lesson 2 shows to be wrong is marked so.
func TestOverwritten(t *testing.T) {
	tr := build(t, "forks", "")
	v, err := at(tr, 0, overwrite, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.run.States[v.state].Checks {
		if !c.OK && c.Symbolic[0] == 3 && math.Abs(c.Numeric[0]-6) < 1e-6 {
			return
		}
	}
	t.Errorf("checks are %v, want one of 3 that should be 6", v.run.States[v.state].Checks)
}

// altered is the scene of a lesson in which the gradient at the nodes of a label is 1 % too large; of no label, as
// it is.
func altered(l Lesson, label string) *scene {
	s := newScene(l)
	if label == "" {
		return s
	}
	s.alter = func(name string, n graph.Node) graph.Node {
		if name != label {
			return n
		}
		return graph.Apply(liar{}, n)
	}
	return s
}

// liar is y = x, with a gradient of 1.01·dy.
type liar struct{}

func (liar) String() string                              { return "liar" }
func (liar) Types(in []graph.Type) ([]graph.Type, error) { return in[:1], nil }
func (liar) Grad(_, dy, _ []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{ops.Scale(dy[0], 1.01)}
}
func (liar) Eval(dst, in []graph.Tensor) error {
	copy(graph.Floats[float64](dst[0]), graph.Floats[float64](in[0]))
	return nil
}

// TestAlarms: what a lesson teaches to look for, the page finds.
func TestAlarms(t *testing.T) {
	for _, c := range []struct{ lesson, kind string }{
		{"sigmoids", trace.Vanishing}, {"sigmoids", trace.Exploding}, {"recurrence", trace.Exploding}, {"dead",
			trace.Dead},
		{"xor", trace.Unchanged},
	} {
		tr := build(t, c.lesson, "")
		found := slices.ContainsFunc(tr.Settings, func(s trace.Setting) bool {
			return slices.ContainsFunc(tr.Runs[s.Run].States[s.State].Alarms,
				func(a trace.Alarm) bool { return a.Kind == c.kind })
		})
		if !found {
			t.Errorf("%s: no setting has the alarm %q", c.lesson, c.kind)
		}
	}
}

// TestSource: the lines of Go that the page shows are those of the lesson, and no others.
func TestSource(t *testing.T) {
	for _, c := range []struct {
		name, file string
		known      bool
	}{
		{"a file of a lesson", "/somewhere/internal/lessons/attention.go", true},
		{"one of a build without paths", "github.com/stheno-ml/stheno/internal/lessons/attention.go", true},
		{"one of the same name elsewhere", "/somewhere/ops/attention.go", false},
		{"one that is not there", "/somewhere/internal/lessons/none.go", false},
	} {
		if text, err := source(c.file); (err == nil) != c.known ||
			c.known && !strings.Contains(string(text), "package lessons") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, l := range All() {
		run := build(t, l.Name, "").Runs[0]
		if len(run.Code) == 0 || !slices.ContainsFunc(run.Nodes, func(n trace.Node) bool { return n.Line > 0 }) {
			t.Errorf("%s: the page shows no code", l.Name)
		}
		for _, f := range run.Code {
			if strings.Contains(strings.Join(f.Lines, ""), "package ops") {
				t.Errorf("%s: %s is not of this package", l.Name, f.Name)
			}
		}
	}
}
