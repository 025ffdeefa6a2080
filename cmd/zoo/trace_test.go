package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/drawing"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/viz/trace"
)

// TestTrace: trace writes a page and its data, the same twice, and says what it has recorded.
func TestTrace(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		name  string
		args  []string
		begin string
		most  int
	}{
		{"a page", []string{"lenet5", "-o", file("a.html")}, "<!doctype html>", 10_000_000},
		{"in Chinese", []string{"language", "--lang", "zh", "-o", file("b.html")}, "<!doctype html>", 10_000_000},
		{"recurrent layers step by step", []string{"charlstm", "--unroll", "--length", "4", "-o", file("e.html")},
			"<!doctype html>", 10_000_000},
		{"its data", []string{"language", "-o", file("c.json")}, `{"format":"stheno trace"`, 9_000_000},
		{"within a budget", []string{"language", "--budget", "100000", "-o", file("d.json")}, `{"format"`, 150_500},
	} {
		path := c.args[len(c.args)-1]
		code, _, stderr := zooRun(append([]string{"trace"}, c.args...)...)
		first, err := os.ReadFile(path)
		if code != 0 || err != nil || !strings.Contains(stderr, "gradients agree with differences") {
			t.Errorf("%s: exit %d, %v: %s", c.name, code, err, stderr)
			continue
		}
		if len(first) > c.most || !strings.HasPrefix(strings.ToLower(string(first[:100])), c.begin) {
			t.Errorf("%s: %d bytes, which begin with %.40q", c.name, len(first), first)
		}
		if c.args[0] == "lenet5" {
			continue // a second
		}
		zooRun(append([]string{"trace"}, c.args...)...)
		if second, err := os.ReadFile(path); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: the second file differs: %v", c.name, err)
		}
	}
}

// TestTraceOfGame: both players of a game are recorded, in a step that is asked for.
func TestTraceOfGame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	code, stdout, stderr := zooRun("trace", "dcgan", "--step", "2", "--width", "4", "--batch", "2", "--seed", "7",
		"--json", "-o", path)
	var said drawing.Traced
	if err := json.Unmarshal([]byte(stdout), &said); code != 0 || err != nil {
		t.Fatalf("exit %d, %v: %s%s", code, err, stdout, stderr)
	}
	if said.Model != "dcgan" || said.Step != 2 || said.Batch != 2 || said.Seed != 7 || said.Size.Width != 4 ||
		said.Float != "float64" || len(said.Runs) != 2 {
		t.Errorf("it says %+v", said)
	}
	for _, r := range said.Runs {
		if r.Player == "" || r.Gradients < 10 || r.Failed > 0 || r.Error > 1e-5 {
			t.Errorf("it says %+v", r)
		}
	}
	tr := traceIn(t, path)
	assigned := map[string]map[string]bool{} // by player, what it changes
	for _, run := range tr.Runs {
		assigned[run.Name.En] = map[string]bool{}
		for _, n := range run.Nodes {
			if n.Assigns >= 0 {
				assigned[run.Name.En][run.Nodes[n.Assigns].Name] = true
			}
		}
	}
	command := tr.Facts[len(tr.Facts)-1].Value
	if command != "zoo trace dcgan --width 4 --batch 2 --step 2 --seed 7 -o dcgan.html" {
		t.Errorf("the command that makes it again is %q", command)
	}
	for name := range assigned["generator"] {
		if assigned["discriminator"][name] {
			t.Errorf("both players change %s", name)
		}
	}
	if len(assigned["generator"]) == 0 || len(assigned["discriminator"]) == 0 || tr.Runs[1].Name.Zh != "生成器" {
		t.Errorf("the players change %d and %d parameters", len(assigned["discriminator"]), len(assigned["generator"]))
	}
}

// TestTraceOfWeights: a step of a model that has learnt begins with its values.
func TestTraceOfWeights(t *testing.T) {
	dir := t.TempDir()
	weights, path := filepath.Join(dir, "w.safetensors"), filepath.Join(dir, "a.json")
	if code, _, stderr := zooRun("train", "forecast", "--steps", "3", "--width", "8", "-o", weights); code != 0 {
		t.Fatal(stderr)
	}
	if code, _, stderr := zooRun("trace", "forecast", "--weights", weights, "-o", path); code != 0 {
		t.Fatal(stderr)
	}
	tr := traceIn(t, path)
	r, err := recipe.Find("forecast")
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Load(weights)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, n := range tr.Runs[0].Nodes {
		if p := m.Params().Get(n.Name); p != nil && n.Kind == "parameter" {
			v, _ := tr.Runs[0].Tensor(0, i)
			for k, want := range p.Tensor().F32 {
				if v.F64[k] != float64(want) {
					t.Fatalf("%s begins with %v, want %v", n.Name, v.F64[k], want)
				}
			}
			found++
		}
	}
	if found < 4 {
		t.Errorf("%d parameters begin with the weights", found)
	}
}

// TestTraceMistakes: what makes no sense is told before the work.
func TestTraceMistakes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a.html")
	for _, c := range []answer{
		{"no file", []string{"trace", "language"}, 2, "name it with -o FILE.html"},
		{"an unknown kind of file", []string{"trace", "language", "-o", "a.svg"}, 2,
			`unknown kind of file ".svg"; known are .html and .json`},
		{"an unknown model", []string{"trace", "lenet", "-o", out}, 2, `unknown model "lenet"; known are lenet5`},
		{"an unknown language", []string{"trace", "language", "--lang", "fr", "-o", out}, 2,
			`unknown language "fr"; known are en, zh`},
		{"data in the browser", []string{"trace", "language", "--open", "-o", "a.json"}, 2,
			"--open shows a page, and -o a.json is none"},
		{"steps in time of what has none", []string{"trace", "language", "--unroll", "-o", out}, 2,
			"--unroll says nothing to language"},
		{"a length of pictures", []string{"trace", "mlp", "--length", "4", "-o", out}, 2,
			"--length says nothing to mlp, which is a classifier"},
		{"a length beyond the usual", []string{"trace", "charrnn", "--length", "65", "-o", out}, 2,
			"--length is 65, want 2 to 64"},
		{"a size beside weights", []string{"trace", "mlp", "--weights", "w", "--width", "4", "-o", out}, 2,
			"are those of the weights"},
		{"weights that are not there", []string{"trace", "mlp", "--weights", "nowhere", "-o", out}, 66, "nowhere"},
		{"no step", []string{"trace", "language", "--step", "0", "-o", out}, 2, "--step is 0, want 1 to 10000"},
		{"no batch", []string{"trace", "language", "--batch", "0", "-o", out}, 2, "--batch is 0"},
		{"a negative budget", []string{"trace", "language", "--budget", "-1", "-o", out}, 2, "--budget is -1"},
		{"a budget that holds nothing", []string{"trace", "language", "--budget", "10", "-o", out}, 1,
			"the budget is 10 bytes, the run takes"},
		{"data that are not there", []string{"trace", "language", "--data", "nowhere", "-o", out}, 66, "nowhere"},
		{"a folder that is not there", []string{"trace", "language", "-o", "/nowhere/a.html"}, 1,
			"-o /nowhere/a.html"},
		{"a size that the model does not have", []string{"trace", "lenet5", "--width", "3", "-o", out}, 2,
			"lenet5 comes in one width"},
	} {
		t.Run(c.name, c.check)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a mistake leaves a file")
	}
}

// traceIn reads a trace from a file.
func traceIn(t *testing.T, path string) *trace.Trace {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tr, err := trace.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
