package lessons

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"os"
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

// start is the lesson as it begins.
func start(tr *trace.Trace) view {
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

func TestDump(t *testing.T) {
	dir := os.Getenv("LESSON_DUMP")
	for _, l := range All() {
		tr, err := l.Build()
		if err != nil {
			t.Error(err)
			continue
		}
		n, m := 0, 0
		for _, r := range tr.Runs {
			for k, s := range r.States {
				for _, c := range s.Checks {
					if !c.OK {
						t.Log(l.Name, r.Name.En, k, r.Nodes[c.Grad].Name, c)
					}
				}
				for _, v := range s.Values {
					m += len(v.Data) + 12
				}
				for j, svg := range s.Shown {
					n += len(svg)
					if dir != "" {
						os.WriteFile(fmt.Sprintf("%s/%s-%s-%d.svg", dir, l.Name, r.Name.En, j), []byte(svg), 0o644)
					}
				}
			}
		}
		var b bytes.Buffer
		if _, err := tr.WriteTo(&b); err != nil {
			t.Error(err)
		}
		if dir != "" {
			os.WriteFile(dir+"/"+l.Name+".json", b.Bytes(), 0o644)
		}
		t.Log(l.Name, b.Len(), "bytes,", len(tr.Settings), "settings", len(tr.Runs), "runs", n, "bytes of figures", m, "of values", len(tr.Tour), "stops")
	}
}

// An oracle is what a lesson has to show by closed form, and the node whose gradient is wrong in the negative control.
type oracle struct {
	lesson, says string
	wrong        string
	check        func(*trace.Trace) error
}

func TestOracles(t *testing.T) {
	built := map[string]*trace.Trace{}
	for _, o := range oracles() {
		t.Run(o.lesson+" "+o.says, func(t *testing.T) {
			l, ok := Find(o.lesson)
			if !ok {
				t.Fatalf("no lesson %s", o.lesson)
			}
			if built[o.lesson] == nil {
				tr, err := l.Build()
				if err != nil {
					t.Fatal(err)
				}
				built[o.lesson] = tr
			}
			if err := o.check(built[o.lesson]); err != nil {
				t.Error(err)
			}
			if o.wrong == "" {
				return
			}
			tr, err := l.build(altered(l, o.wrong))
			if err != nil {
				t.Fatal(err)
			}
			if o.check(tr) == nil {
				t.Errorf("passes with a wrong gradient at %s, too", o.wrong)
			}
		})
	}
}

// altered is the scene of a lesson in which the gradient at the nodes of a label is 1 % too large.
func altered(l Lesson, label string) *scene {
	s := newScene(l)
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
