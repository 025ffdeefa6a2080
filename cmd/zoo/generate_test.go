package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// trainedFor trains a model for some steps and returns the file of its weights.
func trainedFor(t *testing.T, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if code, _, stderr := zooRun(append([]string{"train", "-o", path}, args...)...); code != 0 {
		t.Fatalf("train %v: exit %d: %s", args, code, stderr)
	}
	return path
}

// TestGenerate: a text goes on from its prompt, of the length that was asked for, the same for one seed and another
// for another.
func TestGenerate(t *testing.T) {
	weights := trainedFor(t, "charlstm", "--steps", "3", "--width", "16", "--depth", "1")
	text := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := zooRun(append([]string{"generate", "charlstm", "--weights", weights, "--prompt",
			"The ", "-n", "40"}, args...)...)
		if code != 0 || !strings.Contains(stderr, "seed ") {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		return stdout
	}
	first := text()
	before := runtime.GOMAXPROCS(1)
	if again := text(); again != first {
		t.Errorf("on one thread it is %q, was %q", again, first)
	}
	runtime.GOMAXPROCS(before)
	if !strings.HasPrefix(first, "The ") || len([]rune(first)) > 45 || first == text("--seed", "1") {
		t.Errorf("it writes %q, and %q for another seed", first, text("--seed", "1"))
	}
	var out struct {
		Model, Output string
		Seed          uint64
	}
	if err := json.Unmarshal([]byte(text("--json", "--seed", "7")), &out); err != nil || out.Model != "charlstm" ||
		out.Seed != 7 ||
		len([]rune(out.Output)) != 44 {
		t.Errorf("%+v, error %v", out, err)
	}
	file := filepath.Join(t.TempDir(), "a.txt")
	text("-o", file)
	if b, err := os.ReadFile(file); err != nil || strings.TrimSpace(string(b)) != strings.TrimSpace(first) {
		t.Errorf("the file holds %q; error %v", b, err)
	}
}

// pieces takes writes one by one.
type pieces struct{ all []string }

func (p *pieces) Write(b []byte) (int, error) {
	p.all = append(p.all, string(b))
	return len(b), nil
}

// TestGenerateStreams: a text is shown as it comes, the same as what is written into a file or as JSON, and ends its
// line.
func TestGenerateStreams(t *testing.T) {
	weights := trainedFor(t, "charlstm", "--steps", "3", "--width", "16", "--depth", "1")
	args := []string{"generate", "charlstm", "--weights", weights, "--prompt", "The ", "-n", "30", "--seed", "3"}
	var out pieces
	var errs bytes.Buffer
	if code := run(context.Background(), args, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	text := strings.Join(out.all, "")
	if len(out.all) < 31 || out.all[0] != "The " || !strings.HasSuffix(text, "\n") {
		t.Errorf("it comes in %d pieces: %q", len(out.all), out.all)
	}
	var whole struct{ Output string }
	if code, stdout, _ := zooRun(append(args, "--json")...); code != 0 ||
		json.Unmarshal([]byte(stdout), &whole) != nil ||
		strings.TrimSuffix(whole.Output, "\n") != strings.TrimSuffix(text, "\n") {
		t.Errorf("as JSON it is %q, shown it is %q", whole.Output, text)
	}
	file := filepath.Join(t.TempDir(), "a.txt")
	if code, stdout, _ := zooRun(append(args, "-o", file)...); code != 0 || stdout != file+"\n" {
		t.Errorf("into a file: exit %d, %q", code, stdout)
	}
	if b, err := os.ReadFile(file); err != nil ||
		strings.TrimSuffix(string(b), "\n") != strings.TrimSuffix(text, "\n") {
		t.Errorf("the file holds %q, shown it is %q; error %v", b, text, err)
	}
	var stderr bytes.Buffer
	if code := run(context.Background(), args, &brokenWriter{10}, &stderr); code != 1 ||
		!strings.HasSuffix(stderr.String(), "zoo: standard output: no space left on device\n") {
		t.Errorf("to nobody: exit %d, %s", code, stderr.String())
	}
}

// ending is a writer that ends a context when so much was written.
type ending struct {
	bytes.Buffer
	most int
	end  func()
}

func (e *ending) Write(b []byte) (int, error) {
	n, err := e.Buffer.Write(b)
	if e.Len() > e.most {
		e.end()
	}
	return n, err
}

// TestGenerateInterrupted: Ctrl-C ends a text in the middle, and its line.
func TestGenerateInterrupted(t *testing.T) {
	weights := trainedFor(t, "charlstm", "--steps", "1", "--width", "16", "--depth", "1")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out, errs := &ending{most: 50, end: cancel}, &bytes.Buffer{}
	code := run(ctx, []string{"generate", "charlstm", "--weights", weights, "-n", "1000000"}, out, errs)
	if code != cli.ExitInterrupted || !strings.HasSuffix(errs.String(),
		"zoo: generate was interrupted\n") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
	if text := out.String(); len(text) > 10_000 || !strings.HasSuffix(text, "\n") {
		t.Errorf("it shows %d bytes, %q", len(text), text[max(0, len(text)-60):])
	}
}

// TestSampling: what the flags do to a text.
func TestSampling(t *testing.T) {
	weights := trainedFor(t, "charlstm", "--steps", "60", "--width", "16", "--depth", "1")
	text := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := zooRun(append([]string{"generate", "charlstm", "--weights", weights,
			"-n", "60"}, args...)...)
		if code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		return stdout
	}
	usual, greedy := text("--seed", "1"), text("--temperature", "0", "--seed", "1")
	for _, c := range []struct {
		name, args string
		want       string
	}{
		{"a temperature of 1 is the usual one", "--seed 1 --temperature 1", usual},
		{"more characters than there are, are all", "--seed 1 --top-k 4000", usual},
		{"0 characters are all", "--seed 1 --top-k 0", usual},
		{"a share of 1 is all", "--seed 1 --top-p 1", usual},
		{"without a temperature the seed does not matter", "--seed 2 --temperature 0", greedy},
		{"the likeliest character is that", "--seed 2 --top-k 1", greedy},
		{"a share next to nothing, too", "--seed 2 --top-p 1e-9", greedy},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := text(strings.Fields(c.args)...); got != c.want {
				t.Errorf("it writes %q, want %q", got, c.want)
			}
		})
	}
	seen := map[string]string{}
	for _, args := range []string{"--seed 1", "--seed 2", "--seed 1 --temperature 0.5", "--seed 1 --top-k 3",
		"--seed 1 --top-p 0.5", "--seed 1 --temperature 0"} {
		got := text(strings.Fields(args)...)
		if other, ok := seen[got]; ok {
			t.Errorf("%s writes what %s does", args, other)
		}
		seen[got] = args
	}
}

// TestLongPrompt: of a prompt that is longer than what a model sees it reads the last part, and says so; what stands
// before does not matter.
func TestLongPrompt(t *testing.T) {
	weights := trainedFor(t, "gpt", "--steps", "250", "--batch", "8", "--lr", "0.02", "--width", "16",
		"--depth", "1")
	seen := strings.Repeat("the old man ", 6)[:64]
	text := func(prompt string, want bool) string {
		t.Helper()
		code, stdout, stderr := zooRun("generate", "gpt", "--weights", weights, "-n", "40", "--seed", "1",
			"--prompt", prompt)
		const told = "gpt: the prompt has 164 characters, of which the model sees the last 64\n"
		if code != 0 || strings.Contains(stderr, told) != want || !strings.HasPrefix(stdout, prompt) {
			t.Fatalf("exit %d: %s%s", code, stdout, stderr)
		}
		return strings.TrimPrefix(stdout, prompt)
	}
	short, long := text(seen, false), text(strings.Repeat("no", 50)+seen, true)
	if short != long || short == text(seen[:40]+strings.Repeat("t", 24), false) {
		t.Errorf("behind the short prompt comes %q, behind the long one %q", short, long)
	}
}

// TestGenerateLines: names come one a line, each with the prompt, as many as are asked for.
func TestGenerateLines(t *testing.T) {
	weights := trainedFor(t, "names", "--steps", "60", "--width", "16")
	code, stdout, stderr := zooRun("generate", "names", "--weights", weights, "-n", "7", "--prompt", "ma",
		"--seed", "1")
	list := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if code != 0 || len(list) != 7 {
		t.Fatalf("exit %d: %q: %s", code, list, stderr)
	}
	different := map[string]bool{}
	for _, name := range list {
		if !strings.HasPrefix(name, "ma") || len(name) > 64 || strings.Contains(name, "<") {
			t.Errorf("%q is no name with ma", name)
		}
		different[name] = true
	}
	if len(different) < 5 {
		t.Errorf("of %q too many are equal", list)
	}
	if _, stdout, _ := zooRun("generate", "names", "--weights", weights); strings.Count(stdout, "\n") != 20 {
		t.Errorf("without a number it writes %q", stdout)
	}
	for prompt, want := range map[string]string{
		"m\x07":                  `zoo: --prompt "m\a": character '\a' is not in the vocabulary of `,
		"mä":                     `zoo: --prompt "mä": character 'ä' is not in the vocabulary of `,
		"m\n":                    `character '\n' is not in the vocabulary`,
		strings.Repeat("ma", 32): "it has 64 characters, and a line at most 64",
	} {
		if code, stdout, stderr := zooRun("generate", "names", "--weights", weights, "--prompt",
			prompt); code != cli.ExitUsage || !strings.Contains(stderr, want) || stdout != "" {
			t.Errorf("%q: exit %d: %s%s", prompt, code, stdout, stderr)
		}
	}
}

// TestGenerateLearnsFirst: without weights a model is trained as zoo train does it, then it writes what it would with
// those weights; a prompt that it cannot read is told before.
func TestGenerateLearnsFirst(t *testing.T) {
	code, stdout, stderr := zooRun("generate", "charlstm", "--prompt", "é")
	if code != cli.ExitUsage || strings.Count(stderr, "\n") != 1 || stdout != "" {
		t.Errorf("a prompt that it cannot read: exit %d: %s", code, stderr)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"generate", "charlstm"}, &out, &errs); code != cli.ExitInterrupted || out.Len() > 0 {
		t.Errorf("interrupted: exit %d: %s%s", code, out.String(), errs.String())
	}
	if testing.Short() {
		t.Skip("training takes seconds")
	}
	weights := trainedFor(t, "names")
	code, stdout, stderr = zooRun("generate", "names", "-n", "5", "--seed", "3")
	if code != 0 || !strings.Contains(stderr,
		"names: there are no --weights, so that it learns first, from names, for about ") {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if _, want, _ := zooRun("generate", "names", "-n", "5", "--seed", "3", "--weights", weights); stdout != want {
		t.Errorf("it writes %q, and with weights %q", stdout, want)
	}
}

// TestGrids: pictures come as a PNG file, new ones and those that were made of pictures.
func TestGrids(t *testing.T) {
	size := func(path string) [2]int {
		t.Helper()
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		img, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		return [2]int{img.Bounds().Dx(), img.Bounds().Dy()}
	}
	out := filepath.Join(t.TempDir(), "grid.png")
	weights := trainedFor(t, "gan", "--steps", "2")
	if code, stdout, stderr := zooRun("generate", "gan", "--weights", weights, "-n", "6", "-o", out); code != 0 ||
		strings.TrimSpace(stdout) != out {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	if got := size(out); got != [2]int{3*58 + 2, 2*58 + 2} {
		t.Errorf("six pictures make a grid of %v pixels", got)
	}
	folder := filepath.Join(t.TempDir(), "each") + "/"
	code, stdout, stderr := zooRun("generate", "gan", "--weights", weights, "-n", "3", "-o", folder)
	if code != 0 || strings.TrimSpace(stdout) != folder {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	for i, path := range []string{"0001.png", "0002.png", "0003.png"} {
		if got := size(folder + path); got != [2]int{28, 28} {
			t.Errorf("picture %d alone has %v pixels", i+1, got)
		}
	}
	digit := filepath.Join(t.TempDir(), "one.png")
	writeOne(t, digit)
	weights = trainedFor(t, "autoencoder", "--steps", "2", "--width", "8")
	code, stdout, stderr = zooRun("predict", "autoencoder", "--weights", weights, "-o", out, digit)
	if code != 0 || !strings.Contains(stdout, "one.png: mean squared error 0.") {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	if got := size(out); got != [2]int{58 + 2, 2*58 + 2} {
		t.Errorf("a picture and what was made of it make %v pixels", got)
	}
	weights = trainedFor(t, "denoising", "--steps", "2", "--width", "8")
	code, stdout, stderr = zooRun("predict", "denoising", "--weights", weights, "-o", out, digit, digit)
	if code != 0 || !strings.Contains(stdout, ", with the noise 0.") {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	if got := size(out); got != [2]int{2*58 + 2, 3*58 + 2} {
		t.Errorf("two pictures, with noise and without it, make %v pixels", got)
	}
	weights = trainedFor(t, "cvae", "--steps", "2", "--width", "8")
	for _, c := range []struct {
		name string
		args []string
		want [2]int
	}{
		{"ten of each class, a row for each", nil, [2]int{10*58 + 2, 10*58 + 2}},
		{"25 of all classes", []string{"-n", "25"}, [2]int{3*58 + 2, 10*58 + 2}},
		{"six of one class", []string{"--class", "7", "-n", "6"}, [2]int{3*58 + 2, 2*58 + 2}},
		{"a walk within each class", []string{"--walk", "-n", "40"}, [2]int{4*58 + 2, 10*58 + 2}},
	} {
		code, stdout, stderr := zooRun(append([]string{"generate", "cvae", "--weights", weights, "-o", out},
			c.args...)...)
		if code != 0 || strings.TrimSpace(stdout) != out {
			t.Fatalf("%s: exit %d: %s%s", c.name, code, stdout, stderr)
		}
		if got := size(out); got != c.want {
			t.Errorf("%s: the grid has %v pixels, want %v", c.name, got, c.want)
		}
	}
	code, _, stderr = zooRun("generate", "cvae", "--weights", weights, "--class", "seven", "-o", out)
	if code != cli.ExitUsage || !strings.Contains(stderr, `zoo: --class "seven": unknown class; known are `) {
		t.Errorf("a class that is none: exit %d: %s", code, stderr)
	}
}

// TestMaps: a map has a point for each picture, and the same weights and data give the same.
func TestMaps(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	for _, part := range []string{"train", "test"} {
		for i := range 3 {
			for _, class := range []string{"dark", "light"} {
				folder := filepath.Join(data, part, class)
				if err := os.MkdirAll(folder, 0o755); err != nil {
					t.Fatal(err)
				}
				writeOne(t, filepath.Join(folder, fmt.Sprint(i, ".png")))
			}
		}
	}
	for _, model := range []string{"autoencoder", "vae", "cvae", "contrastive"} {
		var both []string
		for range 2 {
			args := []string{"draw", model, "--map", "-o", filepath.Join(dir, "map.svg"), "--json"}
			if model != "cvae" { // whose classes are those of its weights
				args = append(args, "--data", data)
			}
			code, stdout, stderr := zooRun(args...)
			var out struct {
				Share  float64
				Points []struct {
					Class string
					X, Y  float64
				}
			}
			if err := json.Unmarshal([]byte(stdout), &out); code != 0 || err != nil {
				t.Fatalf("%s: exit %d, error %v: %s", model, code, err, stderr)
			}
			want := 6
			if model == "cvae" {
				want = 2000
			}
			if len(out.Points) != want || out.Share < 0 || out.Share > 1.0001 ||
				!strings.Contains(stderr, "no --weights") {
				t.Errorf("%s: %d points, a share of %v: %s", model, len(out.Points), out.Share, stderr)
			}
			drawing, err := os.ReadFile(filepath.Join(dir, "map.svg"))
			if err != nil {
				t.Fatal(err)
			}
			both = append(both, stdout+string(drawing))
		}
		if both[0] != both[1] || !strings.Contains(both[0], "initial weights, not trained") {
			t.Errorf("%s: the map differs from run to run, or does not say that nothing was learnt", model)
		}
	}
}

// TestSamples: after each epoch there is a grid, of the same noise, so that what is made of the last one is what the
// saved weights make. The losses of the players are told by name.
func TestSamples(t *testing.T) {
	dir := t.TempDir()
	weights, folder, plot := dir+"/w.safetensors", dir+"/epochs/", dir+"/p.svg"
	code, stdout, stderr := zooRun("train", "gan", "--epochs", "2", "--seed", "3", "-o", weights,
		"--samples", folder, "--plot", plot, "--json")
	var out struct {
		Metric  map[string]float64
		Samples string
	}
	if err := json.Unmarshal([]byte(stdout), &out); code != 0 || err != nil || out.Samples != folder {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	if out.Metric["discriminator"] == 0 || out.Metric["generator"] == 0 {
		t.Errorf("the losses of the players are %v", out.Metric)
	}
	last := dir + "/last.png"
	if code, _, stderr := zooRun("generate", "gan", "--weights", weights, "--seed", "3", "-o", last); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	first, second := read(folder+"epoch-001.png"), read(folder+"epoch-002.png")
	if second != read(last) || second == first {
		t.Error("the last samples are not what the weights make, or the first are")
	}
	for _, name := range []string{"discriminator", "generator"} {
		if !strings.Contains(read(plot), name+", means of ") {
			t.Errorf("the plot lacks the steps of the %s", name)
		}
	}
}

// TestGoingOn: training goes on from weights, whose size and characters are the model's.
func TestGoingOn(t *testing.T) {
	weights := trainedFor(t, "charlstm", "--steps", "30", "--width", "16", "--depth", "1")
	loss := func(args ...string) float64 {
		t.Helper()
		code, stdout, stderr := zooRun(append([]string{"train", "charlstm", "--steps", "1", "--lr", "1e-9", "--json"},
			args...)...)
		var out struct {
			Loss float64 `json:"test_loss"`
		}
		if code != 0 || json.Unmarshal([]byte(stdout), &out) != nil {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		return out.Loss
	}
	if fresh, on := loss("--width", "16", "--depth", "1"), loss("--weights", weights); on > fresh-.3 {
		t.Errorf("the loss is %v from the beginning, and %v from weights", fresh, on)
	}
	text := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("zażółć gęślą jaźń ", 500)), 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := zooRun("train", "charlstm", "--weights", weights, "--data", text)
	if code != cli.ExitDamaged || !strings.Contains(stderr, `character 'z' at offset 0 is not in the vocabulary`) {
		t.Errorf("other characters: exit %d: %s", code, stderr)
	}
}

// TestTop: of several answers the most likely comes first, and all add up to no more than one.
func TestTop(t *testing.T) {
	weights := trainedFor(t, "mlp", "--steps", "2")
	digit := filepath.Join(t.TempDir(), "one.png")
	writeOne(t, digit)
	code, stdout, stderr := zooRun("predict", "mlp", "--weights", weights, "--top", "3", "--json", digit)
	var out []struct {
		Prediction string
		Top        []struct {
			Prediction  string
			Probability float64
		}
	}
	if code != 0 || json.Unmarshal([]byte(stdout), &out) != nil || len(out) != 1 || len(out[0].Top) != 3 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	top := out[0].Top
	if top[0].Prediction != out[0].Prediction || top[0].Probability < top[1].Probability ||
		top[1].Probability < top[2].Probability {
		t.Errorf("%+v", out)
	}
	if _, stdout, _ := zooRun("predict", "mlp", "--weights", weights, "--top", "3",
		digit); strings.Count(stdout, "%") != 3 {
		t.Errorf("it prints %q", stdout)
	}
}

// TestGraphsAsJSON: what a drawing and a tape show, for programs.
func TestGraphsAsJSON(t *testing.T) {
	for _, name := range recipe.Names() {
		size := append([]string{"--backward", "--json", "--batch", "2"}, tiny(t, name)...)
		var drawn struct {
			Nodes []struct {
				ID     int
				Inputs []int
				Phase  string
			}
		}
		code, stdout, stderr := zooRun(append([]string{"draw", name}, size...)...)
		if code != 0 || json.Unmarshal([]byte(stdout), &drawn) != nil || len(drawn.Nodes) < 10 {
			t.Fatalf("%s: exit %d, %d nodes: %s", name, code, len(drawn.Nodes), stderr)
		}
		for i, n := range drawn.Nodes {
			if n.ID != i || slices.ContainsFunc(n.Inputs, func(in int) bool { return in >= i }) {
				t.Fatalf("%s: node %d is %+v", name, i, n)
			}
		}
		var tape struct {
			Instructions int
			Tape         []struct{ Phase string }
		}
		code, stdout, stderr = zooRun(append([]string{"tape", name}, size...)...)
		if code != 0 || json.Unmarshal([]byte(stdout), &tape) != nil || tape.Instructions != len(tape.Tape) ||
			len(tape.Tape) < 10 {
			t.Errorf("%s: exit %d, %d instructions, %d listed: %s", name, code, tape.Instructions,
				len(tape.Tape), stderr)
		}
	}
}

// TestFineTuning: a model of masked words fills in blanks, a classifier begins with it, goes on from its own weights,
// and answers to texts.
func TestFineTuning(t *testing.T) {
	base := trainedFor(t, "bert", "--data", "reviews", "--steps", "2", "--width", "8", "--depth", "1")
	code, stdout, stderr := zooRun("predict", "bert", "--weights", base, "--top", "3", "--json",
		"the [MASK] is [MASK]")
	var filled []predicted
	if err := json.Unmarshal([]byte(stdout), &filled); code != 0 || err != nil || len(filled) != 2 ||
		len(filled[1].Top) != 3 {
		t.Errorf("exit %d: %+v, error %v: %s", code, filled, err, stderr)
	}
	tuned := trainedFor(t, "bert-classifier", "--weights", base, "--steps", "2")
	again := trainedFor(t, "bert-classifier", "--weights", tuned, "--steps", "1")
	code, stdout, stderr = zooRun("eval", "bert-classifier", "--weights", again)
	if code != 0 || !strings.HasPrefix(stdout, "bert-classifier on reviews, 1,000 texts: test loss ") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = zooRun("predict", "bert-classifier", "--weights", again, "a fine film", "a dull film")
	if code != 0 || strings.Count(stdout, " film: ") != 2 {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// TestMistakesOfNewVerbs: each is one line that says what was wrong, and what is known.
func TestMistakesOfNewVerbs(t *testing.T) {
	mlp := trainedFor(t, "mlp", "--steps", "1")
	lstm := trainedFor(t, "charlstm", "--steps", "1", "--width", "4", "--depth", "1")
	bert := trainedFor(t, "bert", "--steps", "1", "--width", "4", "--depth", "1")
	for _, c := range []struct {
		name, args string
		code       int
		want       string
	}{
		{"a model that makes nothing", "generate lenet5 --weights x", cli.ExitUsage,
			"zoo: lenet5 is a classifier, which makes nothing new: see zoo predict"},
		{"a model that answers to nothing", "predict gan --weights x y.png", cli.ExitUsage,
			"zoo: gan is a game, which answers to no input: see zoo generate"},
		{"a grid without a file", "generate gan --weights x", cli.ExitUsage,
			"zoo: -o FILE.png is needed: gan makes pictures"},
		{"a grid as JPEG", "generate gan --weights x -o a.jpg", cli.ExitUsage,
			"zoo: -o a.jpg: pictures are written as .png"},
		{"a grid as GIF", "generate gan --weights x -o a.gif", cli.ExitUsage,
			`zoo: -o a.gif: pictures are written as .png, not as ".gif"; the name of a folder for each of them ends ` +
				`in /`},
		{"a folder in one that is not there", "generate gan --weights x -o none/a/", cli.ExitFailed,
			"zoo: -o none/a/: no such file or directory"},
		{"samples of what makes no pictures", "train gpt --samples a/", cli.ExitUsage,
			"zoo: --samples is for models that make pictures, and gpt is a language model"},
		{"samples without a name", "train gan --samples=", cli.ExitUsage, "zoo: --samples is empty"},
		{"a side that no picture has", "summary dcgan --size 65536", cli.ExitUsage, "zoo: "},
		{"a prompt for pictures", "generate gan --weights x --prompt y -o a.png", cli.ExitUsage,
			"zoo: --prompt is for models of language, and gan is a game"},
		{"fewer than no characters", "generate charlstm --weights x -n -1", cli.ExitUsage,
			"zoo: -n is -1, want 1 to 1048576, or 0"},
		{"no weights", "generate charlstm --weights=", cli.ExitUsage,
			"zoo: --weights is empty, which says nothing; leave it out for the usual way"},
		{"a temperature below 0", "generate charlstm --weights x --temperature -1", cli.ExitUsage,
			"zoo: --temperature is -1, want a number from 0 up"},
		{"an infinite temperature", "generate charlstm --weights x --temperature inf", cli.ExitUsage,
			"zoo: --temperature is +Inf, want a number from 0 up"},
		{"less than no characters", "generate charlstm --weights x --top-k -1", cli.ExitUsage,
			"zoo: --top-k is -1, want at least 1, or 0 for all"},
		{"a share of nothing", "generate charlstm --weights x --top-p 0", cli.ExitUsage,
			"zoo: --top-p is 0, want a share above 0 and up to 1"},
		{"a share of more than all", "generate names --weights x --top-p 1.5", cli.ExitUsage,
			"zoo: --top-p is 1.5, want a share above 0 and up to 1"},
		{"a temperature for pictures", "generate gan --weights x --temperature 1 -o a.png", cli.ExitUsage,
			"zoo: --temperature is for models of language, and gan is a game"},
		{"a text for lines", "train names --data prose", cli.ExitUsage,
			"zoo: --data prose is text, want lines; names is a line model"},
		{"weights of another model", "generate charlstm --weights " + mlp, cli.ExitDamaged,
			"these are the weights of mlp, not of charlstm"},
		{"no answers", "predict mlp --weights x --top 0 y.png", cli.ExitUsage, "zoo: --top is 0, want at least 1"},
		{"a beam of what looks for no answer", "predict mlp --weights x --beam 4 y.png", cli.ExitUsage,
			"zoo: --beam is for models that look for an answer, and mlp is a classifier"},
		{"a beam of nothing", "eval seq2seq --weights x --beam 0", cli.ExitUsage, "zoo: --beam is 0, want 1 to 64"},
		{"a beam that is too wide", "predict seq2seq --weights x --beam 65 abc", cli.ExitUsage,
			"zoo: --beam is 65, want 1 to 64"},
		{"a text for pairs", "train seq2seq --data prose", cli.ExitUsage,
			"zoo: --data prose is text, want pairs; seq2seq is a model of pairs of sequences"},
		{"a text for pictures", "train mlp --data prose", cli.ExitUsage,
			"zoo: --data prose is text, want images; mlp is a classifier"},
		{"pictures for text", "train charlstm --data digits", cli.ExitUsage,
			"zoo: --data digits is images, want text; charlstm is a language model"},
		{"a width that does not vary", "train lenet5 --width 3", cli.ExitUsage, "zoo: lenet5 comes in one width"},
		{"a depth of less than nothing", "train charlstm --depth -1", cli.ExitUsage,
			"zoo: the depth is -1, want 1 to 2048"},
		{"more layers than any model has", "train gpt --depth 65536", cli.ExitUsage,
			"zoo: the depth is 65536, want 1 to 2048"},
		{"a width that heads do not divide", "train gpt --width 7", cli.ExitUsage,
			"zoo: gpt is not made in this size: h.0.attn: "},
		{"a width that no tensor has", "summary charlstm --width 65536", cli.ExitUsage,
			"zoo: charlstm is not made in this size: graph.NewParam"},
		{"a class of what has none", "generate gan --weights x --class 7 -o a.png", cli.ExitUsage,
			"zoo: --class is for models that are told a class, and gan is a game"},
		{"a walk of a text", "generate charlstm --weights x --walk", cli.ExitUsage,
			"zoo: --walk is for models that make pictures, and charlstm is a language model"},
		{"more pictures than a grid shows", "generate gan --weights x -n 5000 -o a.png", cli.ExitUsage,
			"zoo: -n is 5000, want 1 to 4096, or 0"},
		{"a text as a picture", "generate charlstm --weights x -o a.PNG", cli.ExitUsage,
			"zoo: -o a.PNG: what is made is text, which is not written as .png; name the file a.txt"},
		{"a text over the weights", "generate charlstm --weights " + lstm + " -o " + filepath.Dir(lstm) +
			"/./w.safetensors", cli.ExitUsage, "would replace an input"},
		{"weights over the text", "train charlstm --data " + mlp + " -o " + mlp, cli.ExitUsage,
			"would replace an input"},
		{"a rate too small for float32", "train mlp --lr 1e-60", cli.ExitUsage,
			"zoo: --lr is 1e-60, which in float32 is 0"},
		{"a family that is none", "list --family cn", cli.ExitUsage, `zoo: unknown family "cn"; known are cnn, `},
		{"a text without a blank", "predict bert --weights " + bert + " king", cli.ExitUsage,
			`zoo: "king": nothing is to be filled in: write [MASK] for a word`},
		{"what no classifier begins with", "train bert-classifier --weights " + lstm, cli.ExitDamaged,
			"these are the weights of charlstm, not of bert-classifier"},
		{"a classifier of another size than it begins with", "train bert-classifier --width 8 --weights " + bert,
			cli.ExitUsage, "zoo: the weights are of another size than --size, --width and --depth say"},
		{"answers of what has one", "predict forecast --weights x --top 3 y.csv", cli.ExitUsage,
			"zoo: --top says nothing to forecast, which is a forecaster and has one answer"},
		{"answers of what gives pictures back", "predict vae --weights x --top 1 y.png", cli.ExitUsage,
			"zoo: --top says nothing to vae"},
		{"a batch of nothing to compare with", "train contrastive --batch 1", cli.ExitUsage,
			"zoo: --batch is 1, and contrastive learns from 2 at least"},
		{"data without a name", "train mlp --data=", cli.ExitUsage, "zoo: --data is empty, which says nothing"},
		{"a class without a name", "generate cvae --class= -o a.png", cli.ExitUsage, "zoo: --class is empty"},
		{"a text of nothing", "draw gpt --attention --text= -o a.png", cli.ExitUsage, "zoo: --text is empty"},
		{"a layer without a name", "draw lenet5 --filters --layer= -o a.png", cli.ExitUsage, "zoo: --layer is empty"},
		{"a family without a name", "list --family=", cli.ExitUsage, "zoo: --family is empty"},
		{"weights without a name of a drawing", "draw lenet5 --filters --weights= -o a.png", cli.ExitUsage,
			"zoo: --weights is empty"},
		{"weights of another size of a map", "draw bert --attention --width 8 -o a.png --weights " + bert,
			cli.ExitUsage, "of another size than --size, --width and --depth say: they are of --width 4 --depth 1"},
		{"a drawing of a batch that no tensor has", "draw resnet18 --batch 65536", cli.ExitUsage,
			"zoo: resnet18 is not made for a batch of 65536: input \"x\""},
		{"a tape of one", "tape resnet18 --batch 65536", cli.ExitUsage,
			"zoo: resnet18 is not made for a batch of 65536"},
		{"two outputs to one file", "train gan --plot none/../a.png --samples a.png", cli.ExitUsage,
			"zoo: --plot and --samples are one file, a.png: name another for one of them"},
		{"more lanes than there is text", "train charlstm --batch 60000", cli.ExitUsage,
			"zoo: --batch is 60000, but the data allow 3519 at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := zooRun(strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 ||
				stdout != "" {
				t.Errorf("exit %d, want %d\ngot  %s%s\nwant %s", code, c.code, stdout, stderr, c.want)
			}
		})
	}
}

// TestHelpOfModels: help of train shows the values that a model has.
func TestHelpOfModels(t *testing.T) {
	for _, c := range [][2]string{{"lenet5", "(default 0.002)"}, {"charlstm", "(default 0.004)"},
		{"gan", "(default 30)"},
		{"gpt", "(default 4, or 8 of data of your own)"}} {
		code, stdout, _ := zooRun("train", c[0], "--help")
		if code != 0 || !strings.Contains(stdout, c[1]) {
			t.Errorf("%s: exit %d, %s is not in\n%s", c[0], code, c[1], stdout)
		}
	}
	for _, c := range [][3]string{{"charlstm", "--data", "prose"}, {"lenet5", "--data", "digits"},
		{"lenet5", "--optimizer", "adamw"}} {
		_, stdout, _ := zooRun("__complete", "train", c[0], c[1], "")
		if !strings.Contains(stdout, c[2]+"\n") || c[0] == "lenet5" && strings.Contains(stdout, "prose") {
			t.Errorf("%s is not offered for %s of %s: %s", c[2], c[1], c[0], stdout)
		}
	}
}

// writeOne writes a picture of a stroke, as of a 1.
func writeOne(t *testing.T, path string) {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 28, 28))
	for y := 5; y < 23; y++ {
		for x := 13; x < 16; x++ {
			img.SetGray(x, y, color.Gray{255})
		}
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

// TestFolderOfPictures: a model learns the classes of a folder of pictures of any size and answers with their names.
func TestFolderOfPictures(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		for c, class := range []string{"dark", "light"} {
			img := image.NewGray(image.Rect(0, 0, 40, 30))
			for k := range img.Pix {
				img.Pix[k] = uint8(20 + 200*c + i)
			}
			path := filepath.Join(dir, class, string(rune('a'+i))+".png")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, img); err != nil {
				t.Fatal(err)
			}
			f.Close()
		}
	}
	weights := trainedFor(t, "mlp", "--data", dir, "--batch", "8", "--epochs", "20")
	for _, class := range []string{"dark", "light"} {
		path := filepath.Join(dir, class, "c.png")
		if code, stdout, stderr := zooRun("predict", "mlp", "--weights", weights, path); code != 0 ||
			!strings.Contains(stdout, "c.png: "+class) {
			t.Errorf("exit %d: %s%s", code, stdout, stderr)
		}
	}
	code, _, stderr := zooRun("eval", "mlp", "--weights", weights)
	if code != cli.ExitUsage || !strings.Contains(stderr, "the model was made for [dark light]") {
		t.Errorf("eval on digits: exit %d: %s", code, stderr)
	}
	_, _, stderr = zooRun("train", "mlp", "--data", dir, "--steps", "1")
	if !strings.Contains(stderr, dir+": 40 of 40 pictures have another size than 28×28 and are stretched") {
		t.Errorf("that pictures are resized is not told: %s", stderr)
	}
	strange := filepath.Join(dir, "light", "z.png")
	if err := os.WriteFile(strange, []byte("GIF89a"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("a picture that is none", answer{args: []string{"train", "mlp", "--data", dir}, code: cli.ExitDamaged,
		want: strange + ": offset 0: not a PNG or JPEG picture but a GIF"}.check)
}

// TestPrompts: a prompt of other characters is a mistake in the command line, whatever they are, and one of no
// characters is none.
func TestPrompts(t *testing.T) {
	weights := trainedFor(t, "charlstm", "--steps", "1", "--width", "4", "--depth", "1")
	for _, c := range []struct {
		prompt string
		want   string
	}{
		{"", ""},
		{"It\nwas", ""},
		{"é", `zoo: --prompt "é": character 'é' at offset 0 is not in the vocabulary`},
		{"It \x1b[31m", `character '\x1b' at offset 3`},
		{"It \xff", `character '\ufffd' at offset 3`},
		{strings.Repeat("é", 10_000), "éé…éé"},
	} {
		code, stdout, stderr := zooRun("generate", "charlstm", "--weights", weights, "-n", "3", "--json",
			"--prompt", c.prompt)
		want := cli.ExitUsage
		if c.want == "" {
			want = cli.ExitDone
		}
		if code != want || !strings.Contains(stderr, c.want) || (stdout == "") != (code != cli.ExitDone) ||
			len(stderr) > 4*cli.LineBound {
			t.Errorf("%.20q: exit %d: %s%s", c.prompt, code, stdout, stderr)
		}
	}
}

// TestMostSteps: as many steps as there are numbers are a number of epochs, too, and the line of an epoch counts the
// steps that were done.
func TestMostSteps(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, []string{"train", "mlp", "--steps", fmt.Sprint(math.MaxInt)}, &out, &errs)
	if code != cli.ExitInterrupted || !strings.Contains(errs.String(), "interrupted after step 1;") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
	if _, _, stderr := zooRun("train", "mlp", "--steps", "2"); !strings.Contains(stderr, "epoch 1/1  2 steps  ") {
		t.Errorf("it prints %s", stderr)
	}
}
