package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/internal/recipe"
)

// zooRun runs the command in this process.
func zooRun(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	damaged := filepath.Join(dir, "damaged")
	if err := os.Mkdir(damaged, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
		"t10k-labels-idx1-ubyte"} {
		write("damaged/"+name, "\x00\x00\x0d\x03\x00\x00\x00\x01")
	}
	mlpWeights := filepath.Join(dir, "mlp.safetensors")
	if code, _, stderr := zooRun("train", "mlp", "--steps", "1", "-o", mlpWeights); code != 0 {
		t.Fatal(stderr)
	}
	for _, c := range []struct {
		name string
		args string
		code int
		want string
	}{
		{"an unknown model, nearest first", "train lenet", 2, `zoo: unknown model "lenet"; known are lenet5, `},
		{"an unknown command", "trian lenet5", 2, `zoo: unknown command "trian"; known are train, `},
		{"an unknown command with a flag", "trian lenet5 -o w", 2, `zoo: unknown command "trian"; known are train, `},
		{"an argument too many", "eval lenet5 --weights w b", 2,
			`zoo: eval takes one model, and "b" is an argument too many`},
		{"arguments too many after an unknown model", "eval lenet w b", 2,
			`zoo: unknown model "lenet"; known are lenet5, `},
		{"an unknown flag", "train lenet5 --epoch 3", 2, "zoo: unknown flag: --epoch"},
		{"no model", "train", 2, "zoo: train takes one model, got 0 arguments"},
		{"no epochs", "train mlp --epochs 0", 2, "zoo: --epochs is 0, want at least 1"},
		{"a rate that is no number", "train mlp --lr NaN", 2, "zoo: --lr is NaN"},
		{"an unknown optimizer", "train mlp --optimizer adamm", 2, `zoo: unknown optimizer "adamm"; known are adam, `},
		{"a batch larger than the data", "train mlp --batch 20000", 2,
			"zoo: --batch is 20000, but there are 10000 training examples"},
		{"data that is not there", "train mlp --data " + dir + "/none", 66,
			"neither a known name (digits, mnist) nor a file or folder"},
		{"data of pictures alone that is not there", "train lenet5 --data " + dir + "/none", 66,
			"neither a known name (digits, mnist) nor a folder"},
		{"a folder without the files", "train mlp --data " + dir, 66, "train-images-idx3-ubyte"},
		{"damaged IDX files", "train mlp --data " + damaged, 65, "train-images-idx3-ubyte: offset"},
		{"an output folder that is not there", "train mlp -o " + dir + "/none/w.safetensors", 1, "zoo: -o " + dir +
			"/none/w.safetensors: "},
		{"no weights", "eval mlp", 2, "zoo: --weights FILE is needed"},
		{"weights that are not there", "eval mlp --weights " + dir + "/none", 66, "none"},
		{"damaged weights", "eval mlp --weights " + write("w", "abc"), 65, "too small for a safetensors header"},
		{"weights of another model", "eval lenet5 --weights " + mlpWeights, 65,
			"these are the weights of mlp, not of lenet5"},
		{"a picture that is not there", "predict mlp --weights " + mlpWeights + " " + dir + "/none.png", 66,
			"zoo: " + dir + "/none.png: no such file or directory"},
		{"a picture that is none", "predict mlp --weights " + mlpWeights + " " + write("x.png", "abc"), 65, "x.png"},
		{"an unknown kind of drawing", "draw mlp -o x.pdf", 2, `unknown kind of file ".pdf"; known are .svg and .dot`},
		{"a drawing into a folder that is not there", "draw mlp -o " + dir + "/none/x.svg", 1, "zoo: "},
		{"evaluation with gradients", "draw mlp --eval --backward", 2, "exclude each other"},
		{"a rate that is too large", "train mlp --lr 1e6", 1,
			"zoo: mlp: step 5: instruction 2, linear in fc2, is the first to give +Inf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := zooRun(strings.Fields(c.args)...)
			lines := strings.Split(strings.TrimRight(stderr, "\n"), "\n")
			last := lines[len(lines)-1]
			if code != c.code || !strings.Contains(last, c.want) || !strings.HasPrefix(last, "zoo: ") {
				t.Errorf("exit %d, want %d\ngot  %s\nwant %s", code, c.code, last, c.want)
			}
			if stdout != "" {
				t.Errorf("standard output: %s", stdout)
			}
		})
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestTrainIsReproducible: the same seed gives the same file, another seed another; --json prints one value.
func TestTrainIsReproducible(t *testing.T) {
	dir := t.TempDir()
	var files [][]byte
	for i, seed := range []string{"1", "1", "2"} {
		path := filepath.Join(dir, string(rune('a'+i)))
		code, stdout, stderr := zooRun("train", "lenet5", "--steps", "5", "--seed", seed, "-o", path, "--json")
		if code != 0 {
			t.Fatal(stderr)
		}
		d := json.NewDecoder(strings.NewReader(stdout))
		var result map[string]any
		if err := d.Decode(&result); err != nil {
			t.Fatal(err)
		}
		if err := d.Decode(&result); err != io.EOF {
			t.Errorf("after the JSON value: %v", err)
		}
		for _, key := range []string{"model", "data", "seed", "epochs", "steps", "train_loss", "test_loss", "metric",
			"seconds", "samples_per_second", "weights"} {
			if _, ok := result[key]; !ok {
				t.Errorf("the JSON has no %q", key)
			}
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, raw)
		if strings.ContainsAny(stderr, "\x1b\r") {
			t.Errorf("control characters off a terminal: %q", stderr)
		}
	}
	if !bytes.Equal(files[0], files[1]) || bytes.Equal(files[0], files[2]) {
		t.Error("the file does not depend on the seed as it should")
	}
}

// TestInterrupted: training ends after a whole step, saves what there is and exits with 130.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"train", "mlp", "-o", path}, &out, &errs); code != 130 {
		t.Errorf("exit %d, want 130", code)
	}
	if !strings.Contains(errs.String(), "zoo: training was interrupted after step 1; saved what there is to "+path) {
		t.Errorf("got %s", &errs)
	}
	if code, _, stderr := zooRun("eval", "mlp", "--weights", path); code != 0 {
		t.Error(stderr)
	}
}

func TestPredict(t *testing.T) {
	dir := t.TempDir()
	weights, picture := filepath.Join(dir, "w"), filepath.Join(dir, "one.png")
	if code, _, stderr := zooRun("train", "mlp", "--epochs", "2", "-o", weights); code != 0 {
		t.Fatal(stderr)
	}
	writeOne(t, picture)
	code, stdout, stderr := zooRun("predict", "mlp", "--weights", weights, picture, "--json")
	var got []predicted
	if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil || len(got) != 1 ||
		got[0].Prediction != "1" {
		t.Errorf("exit %d: %s %s %v", code, stdout, stderr, err)
	}
}

// tiny are the flags that make a model as small as tests of all have it.
func tiny(t *testing.T, name string) []string {
	t.Helper()
	r, err := recipe.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return r.Tiny.Flags()
}

// TestShow: every command that shows a model does so for every model, twice the same.
func TestShow(t *testing.T) {
	for _, name := range recipe.Names() {
		for _, c := range [][]string{
			{"summary", name}, {"summary", name, "--json"}, {"tape", name}, {"tape", name, "--backward"},
			{"tape", name, "--json"},
			{"draw", name}, {"draw", name, "--backward"}, {"draw", name, "--eval"},
			{"draw", name, "--backward", "--depth", "-1"},
		} {
			if c[0] != "summary" { // the others build, compile and draw it for a minute at its usual size
				c = append(c, tiny(t, name)...)
			}
			code, first, stderr := zooRun(c...)
			if code != 0 || first == "" {
				t.Errorf("%v: exit %d: %s", c, code, stderr)
			}
			if _, second, _ := zooRun(c...); first != second {
				t.Errorf("%v differs from run to run", c)
			}
		}
	}
	for _, c := range []string{"list", "list --json", "version", "version --json", "--version", "help",
		"help train", "completion bash"} {
		if code, out, stderr := zooRun(strings.Fields(c)...); code != 0 || out == "" {
			t.Errorf("%s: exit %d: %s", c, code, stderr)
		}
	}
}
