package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/drawing"
)

// TestAttention: how a model looks at a text is drawn as SVG and PNG, the same each time, and printed as JSON, whose
// rows add up to 1.
func TestAttention(t *testing.T) {
	dir := t.TempDir()
	weights := filepath.Join(dir, "gpt.safetensors")
	if code, _, stderr := zooRun("train", "gpt", "--width", "16", "--depth", "2", "--steps", "2", "-o",
		weights); code != 0 {
		t.Fatal(stderr)
	}
	draw := func(name string, more ...string) (file []byte, stdout, stderr string) {
		t.Helper()
		path := filepath.Join(dir, name)
		code, stdout, stderr := zooRun(append([]string{"draw", "gpt", "--attention", "-o", path}, more...)...)
		file, err := os.ReadFile(path)
		if code != 0 || err != nil {
			t.Fatalf("exit %d: %s %v", code, stderr, err)
		}
		return file, stdout, stderr
	}
	svg, stdout, stderr := draw("a.svg", "--weights", weights, "--text", "the sea")
	again, _, _ := draw("b.svg", "--weights", weights, "--text", "the sea")
	if !bytes.Equal(svg, again) || stdout != "" || stderr != "" ||
		!strings.Contains(string(svg), "self-attention · layer 2 · head 4") {
		t.Errorf("the drawing differs, or something is printed: %s%s", stdout, stderr)
	}
	picture, _, stderr := draw("a.png")
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil ||
		!strings.Contains(stderr, "no --weights: these are initial") {
		t.Errorf("%v; %s", err, stderr)
	}
	_, stdout, _ = draw("c.svg", "--weights", weights, "--text", "the sea", "--json")
	_, one, _ := draw("d.svg", "--weights", weights, "--text", "the sea", "--layer", "2", "--mean", "--json")
	var mean drawing.LookedAt
	if err := json.Unmarshal([]byte(one), &mean); err != nil || len(mean.Matrices) != 1 ||
		mean.Matrices[0].Title != "self-attention · layer 2 · mean of 4 heads" {
		t.Errorf("%v: %s", err, one)
	}
	var got drawing.LookedAt
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || len(got.Matrices) != 8 || got.Text != "the sea" {
		t.Fatalf("%d matrices of %q: %v", len(got.Matrices), got.Text, err)
	}
	for _, m := range got.Matrices {
		for i, row := range m.Values {
			sum := 0.
			for _, v := range row {
				sum += float64(v)
			}
			if math.Abs(sum-1) > 1e-5 || len(row) != len(m.Columns) {
				t.Errorf("%s: row %d adds up to %v", m.Title, i, sum)
			}
		}
	}
}

// TestDrawnMistakes: what cannot be drawn is refused in one line.
func TestDrawnMistakes(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "a.svg")
	mlp := mlpFile(t, dir, "mlp.safetensors", nil)
	for _, c := range []answer{
		{"a model without attention", []string{"draw", "charlstm", "--attention", "-o", out}, 2,
			"charlstm has no attention to draw; those that have are "},
		{"a model that reads no text", []string{"draw", "mlp", "--attention", "-o", out}, 2,
			"mlp has no attention to draw"},
		{"attention without a file", []string{"draw", "gpt", "--attention"}, 2,
			"-o FILE.svg or -o FILE.png is needed"},
		{"attention as DOT", []string{"draw", "gpt", "--attention", "-o", dir + "/a.dot"}, 2,
			`unknown kind of picture ".dot"`},
		{"a layer that is not there", []string{"draw", "gpt", "--attention", "-o", out, "--layer", "9"}, 2,
			"--layer is 9, want 1 to 4"},
		{"a head that is not there", []string{"draw", "gpt", "--attention", "-o", out, "--head", "0"}, 2,
			"--head is 0"},
		{"a head of a mean", []string{"draw", "gpt", "--attention", "-o", out, "--head", "1", "--mean"}, 2,
			"--mean and --head exclude each other"},
		{"a layer of a drawing of the graph", []string{"draw", "gpt", "--layer", "1"}, 2,
			"--layer is for --attention"},
		{"a layer of attention by name", []string{"draw", "gpt", "--attention", "-o", out, "--layer", "h.0"}, 2,
			`--layer "h.0" with --attention: want a whole number`},
		{"attention and gradients", []string{"draw", "gpt", "--attention", "--backward", "-o", out}, 2,
			"--backward and --attention"},
		{"weights of a drawing of the graph", []string{"draw", "gpt", "--weights", mlp}, 2,
			"--weights is for --attention, --filters, --features, --map and --values"},
		{"values in evaluation", []string{"draw", "mlp", "--values", "--eval"}, 2,
			"--eval and --values exclude each other"},
		{"values of more examples than there are", []string{"draw", "mlp", "--values", "--batch", "60000"}, 2,
			"--batch is 60000, but there are 10000 training examples"},
		{"values of data that are not there", []string{"draw", "mlp", "--values", "--data", dir + "/none"}, 66,
			"--data "},
		{"values of data of another kind", []string{"draw", "mlp", "--values", "--data", "prose"}, 2, "want images"},
		{"values by weights of another model", []string{"draw", "gpt", "--values", "--weights", mlp}, 65, "missing"},
		{"values into the weights", []string{"draw", "mlp", "--values", "--weights", mlp, "-o", mlp}, 2,
			"would replace an input"},
		{"a language that is not known", []string{"draw", "mlp", "--lang", "de"}, 2,
			"--lang de: unknown language; known are en and zh"},
		{"values and a map", []string{"draw", "vae", "--map", "--values", "-o", out}, 2, "--values and --map exclude"},
		{"a text of a drawing of the graph", []string{"draw", "gpt", "--text", "the"}, 2, "--text is for --attention"},
		{"data of a drawing of the graph", []string{"draw", "gpt", "--data", "prose"}, 2, "--data is for --map"},
		{"a map of a model without codes", []string{"draw", "mlp", "--map", "-o", out}, 2,
			"mlp has no codes to draw a map of; those that have are "},
		{"a map without a file", []string{"draw", "vae", "--map"}, 2, "-o FILE.svg or -o FILE.png is needed"},
		{"a map as DOT", []string{"draw", "vae", "--map", "-o", dir + "/a.dot"}, 2, `unknown kind of picture ".dot"`},
		{"a map and gradients", []string{"draw", "vae", "--map", "--backward", "-o", out}, 2,
			"--backward and --map exclude each other"},
		{"a map and attention", []string{"draw", "gpt", "--map", "--attention", "-o", out}, 2,
			"--map and --attention exclude each other"},
		{"a map by weights of another model", []string{"draw", "vae", "--map", "-o", out, "--weights", mlp}, 65,
			"missing"},
		{"a map of data that are not there", []string{"draw", "vae", "--map", "-o", out, "--data", dir + "/none"}, 66,
			"--data "},
		{"a text that is too long", []string{"draw", "gpt", "--attention", "-o", out, "--text",
			strings.Repeat("a", 65)}, 2,
			"it has 65 characters, and the model sees 64"},
		{"a text of unknown characters", []string{"draw", "gpt", "--attention", "-o", out, "--text", "海"}, 2,
			"--text \"海\": "},
		{"weights of another model", []string{"draw", "gpt", "--attention", "-o", out, "--weights", mlp}, 65,
			"52 missing"},
		{"weights that are not there", []string{"draw", "gpt", "--attention", "-o", out, "--weights", dir + "/none"},
			66, "none"},
		{"a folder that is not there", []string{"draw", "gpt", "--attention", "-o", dir + "/none/a.png"}, 1, "-o "},
		{"curves as PDF", []string{"train", "mlp", "--plot", dir + "/a.pdf"}, 2, `unknown kind of picture ".pdf"`},
		{"curves without a name", []string{"train", "mlp", "--plot", ""}, 2, "--plot is empty"},
		{"curves into a folder that is not there", []string{"train", "mlp", "--plot", dir + "/none/a.svg"},
			1, "--plot "},
	} {
		t.Run(c.name, c.check)
	}
	text := filepath.Join(dir, "book.svg")
	if err := os.WriteFile(text, []byte("a book"), 0o600); err != nil {
		t.Fatal(err)
	}
	answer{args: []string{"train", "gpt", "--data", text, "--plot", text}, code: 2,
		want: "would replace an input"}.check(t)
	if files, err := os.ReadDir(dir); err != nil || len(files) != 2 {
		t.Errorf("left behind: %v %v", files, err)
	}
}

// TestDrawnValues: a model of each kind of data is drawn with the values of a step, the same each time, and in
// Chinese; those of the file are shown where weights are given.
func TestDrawnValues(t *testing.T) {
	dir := t.TempDir()
	draw := func(t *testing.T, name string) string {
		path := filepath.Join(dir, name+".svg")
		args := append([]string{"draw", name, "--backward", "--values", "--lang", "zh", "-o", path}, tiny(t, name)...)
		code, stdout, stderr := zooRun(args...)
		svg, err := os.ReadFile(path)
		if code != 0 || stdout+stderr != "" || err != nil {
			t.Fatalf("exit %d: %s%s %v", code, stdout, stderr, err)
		}
		return string(svg)
	}
	for _, name := range []string{"seq2seq", "bert-classifier", "forecast", "gan"} {
		t.Run(name, func(t *testing.T) {
			svg := draw(t, name)
			for _, want := range []string{"一步训练 · 初始权重，未经训练", "均值 ", `class="picture"`, ">dy<"} {
				if !strings.Contains(svg, want) {
					t.Errorf("the drawing has no %s", want)
				}
			}
			if name == "seq2seq" && draw(t, name) != svg {
				t.Error("the drawing differs from run to run")
			}
		})
	}
	weights := mlpFile(t, dir, "mlp.safetensors", nil)
	code, dot, stderr := zooRun("draw", "mlp", "--values", "--weights", weights)
	if code != 0 || strings.Contains(dot, "not trained") || !strings.Contains(dot, "mean") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// TestChineseReadme: the picture of README.zh.md is what the command below it draws, and what both READMEs point to is
// there.
func TestChineseReadme(t *testing.T) {
	root := filepath.Join("..", "..")
	path := filepath.Join(t.TempDir(), "a.svg")
	if code, _, stderr := zooRun("draw", "lenet5", "--backward", "--lang", "zh", "-o", path); code != 0 {
		t.Fatal(stderr)
	}
	got, err := os.ReadFile(path)
	want, wantErr := os.ReadFile(filepath.Join(root, "docs", "lenet5.zh.svg"))
	if err != nil || wantErr != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/lenet5.zh.svg is not what zoo draw writes: %v %v", err, wantErr)
	}
	code, stdout, stderr := zooRun("draw", "charlstm", "--lang", "zh", "-o", path, "--json")
	if code != 0 || !strings.Contains(stdout, "字符级 LSTM · 前向传播") { // a title that is more than a name
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	for _, name := range []string{"README.md", "README.zh.md"} {
		page, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		links := regexp.MustCompile(`\]\(([^):]+)\)`).FindAllStringSubmatch(string(page), -1)
		for _, link := range links {
			file, heading, _ := strings.Cut(link[1], "#")
			text, err := os.ReadFile(filepath.Join(root, file))
			if info, failed := os.Stat(filepath.Join(root, file)); failed == nil && info.IsDir() {
				err = nil
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if line := "\n## " + strings.ReplaceAll(heading, "-", " ") + "\n"; heading != "" &&
				!strings.Contains(strings.ToLower(string(text)), line) {
				t.Errorf("%s: there is no heading for %s", name, link[1])
			}
		}
		if len(links) < 5 {
			t.Errorf("%s has %d links", name, len(links))
		}
	}
}

// TestDepths: a depth that opens nothing more is told, and one that does is not.
func TestDepths(t *testing.T) {
	for depth, want := range map[string]string{"0": "", "2": "", "-1": "", "3": "depth 3 draws the same as depth 2\n",
		"999999999": "depth 999999999 draws the same as depth 2\n"} {
		if code, _, stderr := zooRun("draw", "mlp", "--depth", depth); code != 0 || stderr != want {
			t.Errorf("depth %s: exit %d, %q, want %q", depth, code, stderr, want)
		}
	}
}

// TestPlot: curves of a training are drawn, the same for the same seed, and those of one that is interrupted as far as
// it went.
func TestPlot(t *testing.T) {
	dir := t.TempDir()
	var files [2][]byte
	for i := range files {
		path := filepath.Join(dir, "a.svg")
		code, stdout, stderr := zooRun("train", "mlp", "--steps", "200", "--seed", "3", "--plot", path)
		if code != 0 || !strings.HasSuffix(stdout, "curves in "+path+"\n") {
			t.Fatalf("exit %d: %s%s", code, stdout, stderr)
		}
		var err error
		if files[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the curves differ from run to run")
	}
	for _, want := range []string{"MLP 784-128-10 · digits", ">accuracy<", ">held out<", ">training, means of "} {
		if !strings.Contains(string(files[0]), want) {
			t.Errorf("%q is not drawn", want)
		}
	}
	path := filepath.Join(dir, "b.svg")
	var stdout, stderr bytes.Buffer
	ctx := &shortLived{Context: context.Background()}
	ctx.left.Store(20)
	if code := run(ctx, []string{"train", "mlp", "--plot", path}, &stdout, &stderr); code != cli.ExitInterrupted {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	svg, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(svg), ">training, step by step<") ||
		strings.Contains(string(svg), ">held out<") {
		t.Errorf("the curves of the first steps are not drawn, or others are: %v", err)
	}
}

// shortLived is a context that has ended when it has been asked so many times.
type shortLived struct {
	context.Context
	left atomic.Int64
}

func (s *shortLived) Err() error {
	if s.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}
