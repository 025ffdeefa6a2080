package trace_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// written is the trace of a run as a file.
func written(t testing.TB, runs ...trace.Run) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := trace.New(trace.Text{En: "</script>", Zh: "题"}, runs...).WriteTo(&b)
	must(t, err)
	if int(n) != b.Len() {
		t.Errorf("WriteTo says %d bytes of %d", n, b.Len())
	}
	return b.Bytes()
}

// through is the run as it is read again.
func through(t testing.TB, run trace.Run) trace.Run {
	t.Helper()
	tr, err := trace.Read(bytes.NewReader(written(t, run)))
	must(t, err)
	return tr.Runs[0]
}

// TestFile: the same program gives the same bytes, which are read again as they were written, and hold nothing that
// ends a script.
func TestFile(t *testing.T) {
	for _, p := range programs {
		a := written(t, record(t, p.make(t), trace.Options{Work: 1e7}))
		b := written(t, record(t, p.make(t), trace.Options{Work: 1e7}))
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two recordings differ", p.name)
		}
		tr, err := trace.Read(bytes.NewReader(a))
		must(t, err)
		var again bytes.Buffer
		_, err = tr.WriteTo(&again)
		must(t, err)
		if !bytes.Equal(a, again.Bytes()) {
			t.Errorf("%s: what is read is written otherwise", p.name)
		}
		if bytes.ContainsAny(a, "<>&") {
			t.Errorf("%s: it holds characters of HTML", p.name)
		}
	}
}

// TestRefused: a file that is damaged is refused, and the error says where.
func TestRefused(t *testing.T) {
	good := string(written(t, record(t, square(t), trace.Options{})))
	for _, c := range []struct{ name, old, new, want string }{
		{"no JSON", good, "a trace", "trace: it is no JSON object"},
		{"another format", `"stheno trace"`, `"a trace"`, `got format "a trace", version 1`},
		{"another version", `"version":1`, `"version":2`, `version 2, want "stheno trace", version 1`},
		{"a field that the format does not have", `"settings"`, `"more":1,"settings"`, `unknown field "more"`},
		{"something behind it", "}\n", "}{}", "trace: it is no JSON object"},
		{"no run", `"runs":[`, `"runs":[],"tour":[],"about":[`, "trace: "},
		{"an operand that comes later", `"operands":[0,0]`, `"operands":[0,9]`, "node 1: an operand is 9"},
		{"an instruction of a node that is not there", `"results":[1]`, `"results":[99]`,
			"instruction 0: a node is 99"},
		{"a shape that no memory holds", `"shape":[]`, `"shape":[1073741824,1073741824]`, "node 0: the shape is"},
		{"data that do not fill the shape", `"shape":[]`, `"shape":[2]`,
			"the data have 12 characters, float64 (2) has 24"},
		{"data that are no base64", `"data":"`, `"data":"!`, "the data have 13 characters"},
		{"a kind that there is not", `"kind":"input"`, `"kind":"inputs"`, `the kind is "inputs", want one of`},
		{"a phase that there is not", `"phase":"forward"`, `"phase":"ahead"`, `the phase is "ahead"`},
		{"a type that there is not", `"dtype":"float64"`, `"dtype":"float16"`, `the dtype is "float16"`},
		{"a loss that is not there", `"loss":1`, `"loss":-2`, "the loss is -2"},
		{"a step of an operand that is not there", `"operand":1`, `"operand":2`, "step 1: the operand is 2"},
		{"losses that are not there", `"loss":1`, `"losses":[9],"loss":1`, "loss 0 is 9"},
		{"a step of a loss that is not there", `"local":`, `"loss":1,"local":`, "step 0: the loss is 1"},
		{"a fork of a step that is not there", `"steps":[0,1]`, `"steps":[0,7]`, "fork 0: a step is 7"},
		{"a setting of a state that is not there", `"state":0`, `"state":5`, "setting 0: the state is 5"},
		{"a place of a control that is not there", `"at":[]`, `"at":[0]`, "setting 0 has places of 1 controls"},
		{"a check of a gradient that is not there", `"checks":[{"grad":`, `"checks":[{"grad":99`,
			"check 0: the gradient is 99"},
		{"a check of a place that is not there", `"at":[0]`, `"at":[3]`, "check 0: a place is 3"},
		{"a value of a state to come", `"data":"AAAAAAAACEA="`, `"same":1`,
			"same is 1 in state 1, want an earlier state"},
		{"a number that is none", `"loss":1`, `"loss":NaN`, "trace: it is no JSON object"},
	} {
		if !strings.Contains(good, c.old) {
			t.Errorf("%s: there is no %s in the file", c.name, c.old)
		}
		_, err := trace.Read(strings.NewReader(strings.Replace(good, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := trace.Read(strings.NewReader(good)); err != nil {
		t.Error(err)
	}
	if _, err := new(trace.Trace).WriteTo(&bytes.Buffer{}); err == nil {
		t.Error("the zero Trace is written")
	}
}

// TestNumbersReplaced: whichever number of a file is another one, or something else, Read does not panic: a file with
// controls, questions, a tour and checks holds every index that there is.
func TestNumbersReplaced(t *testing.T) {
	number := regexp.MustCompile(`[:,\[]-?[0-9.e+-]+`)
	file := furnished(t)
	for _, at := range number.FindAllStringIndex(file, -1) {
		for _, other := range []string{"99", "-2", "4611686018427387904", "[]"} {
			whole := file[:at[0]+1] + other + file[at[1]:]
			func() {
				defer func() {
					if said := recover(); said != nil {
						t.Errorf("%s instead of %s: %v", other, file[max(0, at[0]-30):at[1]], said)
					}
				}()
				if tr, err := trace.Read(strings.NewReader(whole)); err == nil {
					readAll(tr)
				}
			}()
		}
	}
}

// furnished is a file with all that lessons add to a trace, and two states of a program that knows its lines.
func furnished(t testing.TB) string {
	t.Helper()
	g := &graph.Graph{DType: graph.Float64, Lines: true}
	x := g.Input("x", 2)
	loss := ops.Sum(ops.Mul(x, x))
	graph.Gradients(loss, x)
	r, err := trace.NewRecorder(compiled(t, loss, map[graph.Node]any{x: []float64{1, 2}}), trace.Options{})
	must(t, err)
	must(t, r.Add(trace.Text{}))
	must(t, r.Add(trace.Text{}))
	run, err := r.Run()
	must(t, err)
	for k := range run.States {
		run.States[k].Alarms = []trace.Alarm{{Kind: trace.Dead, Node: 2}}
	}
	tr := trace.New(trace.Text{}, run)
	tr.Controls = []trace.Control{{ID: "x", Slider: true, Values: make([]trace.Text, 2), Start: 1}}
	for i := range tr.Settings {
		tr.Settings[i].At = []int{i}
	}
	tr.Questions = []trace.Question{{Choices: make([]trace.Text, 3), Answer: 1}}
	tr.Tour = []trace.Stop{{Setting: 1, Instruction: 3}}
	var b bytes.Buffer
	_, err = tr.WriteTo(&b)
	must(t, err)
	return b.String()
}

// readAll reads all values that a trace shows.
func readAll(tr *trace.Trace) {
	for _, s := range tr.Settings {
		run := tr.Runs[s.Run]
		for i := range run.States[s.State].Values {
			run.Tensor(s.State, i)
		}
	}
}

// FuzzRead: whatever is read, Read does not panic, and what it accepts can be indexed and is written again.
func FuzzRead(f *testing.F) {
	for _, p := range []int{0, 1, 4} {
		f.Add(written(f, record(f, programs[p].make(f), trace.Options{})))
	}
	f.Add([]byte(`{"format":"stheno trace","version":1}`))
	f.Add([]byte(furnished(f)))
	checked := regexp.MustCompile(`"checks":\[\{"grad":[0-9]+`)
	for _, grad := range []string{"99", "-1", "4"} {
		f.Add([]byte(checked.ReplaceAllString(furnished(f), `"checks":[{"grad":`+grad)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tr, err := trace.Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		readAll(tr)
		var again bytes.Buffer
		if _, err := tr.WriteTo(&again); err != nil {
			t.Error(err)
		}
	})
}
