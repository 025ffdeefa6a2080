package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/safetensors"
)

// TestMain is the command itself when a test starts this program as that.
func TestMain(m *testing.M) {
	if os.Getenv("ZOO_TEST_COMMAND") != "" {
		os.Exit(command())
	}
	os.Exit(m.Run())
}

// answer is a line that the command answers a mistake with.
type answer struct {
	name string
	args []string
	code int
	want string
}

func (c answer) check(t *testing.T) {
	t.Helper()
	code, stdout, stderr := zooRun(c.args...)
	if code != c.code || !strings.HasPrefix(stderr, "zoo: ") || strings.Count(stderr, "\n") != 1 ||
		!strings.Contains(stderr, c.want) || stdout != "" {
		t.Errorf("exit %d, want %d\ngot  %s%s\nwant %s", code, c.code, stdout, stderr, c.want)
	}
	if len(stderr) > 4*cli.LineBound {
		t.Errorf("a line of %d bytes", len(stderr))
	}
}

// mlpFile writes the weights of a fresh MLP, changed by edit, and returns the path.
func mlpFile(t *testing.T, dir, name string, edit func(*nn.Params)) string {
	t.Helper()
	m := mlp.New(784, 128, 10)
	if edit != nil {
		edit(m.Params())
	}
	path := filepath.Join(dir, name)
	if err := m.Params().Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFlagValues: numbers are read as a person writes them, and what makes no sense is told.
func TestFlagValues(t *testing.T) {
	for _, c := range []answer{
		{"a hexadecimal number of steps", []string{"train", "mlp", "--steps", "0x10"}, 2,
			`"0x10" for "--steps" flag: want a whole number`},
		{"a number with an underscore", []string{"train", "mlp", "--steps", "1_000"}, 2, "want a whole number"},
		{"a binary number", []string{"train", "mlp", "--epochs", "0b11"}, 2, "want a whole number"},
		{"a fraction of a step", []string{"train", "mlp", "--steps", "1.5"}, 2, "want a whole number"},
		{"a number of steps in words", []string{"train", "mlp", "--steps", "ten"}, 2, "want a whole number"},
		{"no number", []string{"train", "mlp", "--steps", ""}, 2, "want a whole number"},
		{"a number beyond all", []string{"train", "mlp", "--steps", "99999999999999999999"}, 2, "too large"},
		{"a negative number of steps", []string{"train", "mlp", "--steps", "-1"}, 2, "--steps is -1"},
		{"a hexadecimal seed", []string{"train", "mlp", "--seed", "0x10"}, 2, "want a whole number from 0 up"},
		{"a negative seed", []string{"train", "mlp", "--seed", "-1"}, 2, "want a whole number from 0 up"},
		{"a seed beyond all", []string{"train", "mlp", "--seed", "99999999999999999999"}, 2, "too large"},
		{"a hexadecimal rate", []string{"train", "mlp", "--lr", "0x1p-3"}, 2, "want a decimal number"},
		{"a rate beyond all", []string{"train", "mlp", "--lr", "1e999"}, 2, "too large"},
		{"an infinite rate", []string{"train", "mlp", "--lr", "inf"}, 2, "--lr is +Inf"},
		{"a depth below all ops", []string{"draw", "mlp", "--depth", "-5"}, 2, "--depth is -5"},
		{"a hexadecimal depth", []string{"draw", "mlp", "--depth", "0x1"}, 2, "want a whole number"},
		{"a batch of a drawing beyond all", []string{"draw", "mlp", "--batch", "1000000000"}, 2, "want 1 to 65536"},
		{"a batch of a tape beyond all", []string{"tape", "mlp", "--batch", "1000000000"}, 2, "want 1 to 65536"},
		{"a hexadecimal batch of a bench", []string{"bench", "mlp", "--batch", "0x2"}, 2, "want a whole number"},
		{"weights as PyTorch's", []string{"train", "mlp", "-o", "x.pt"}, 2,
			"-o x.pt: weights are written as safetensors, not as .pt; name the file x.safetensors"},
		{"weights as Keras's, in capitals", []string{"train", "mlp", "-o", "X.H5"}, 2, "not as .h5"},
		{"weights as a picture", []string{"train", "mlp", "-o", "x.svg"}, 2, "not as .svg"},
		{"an output without a name", []string{"train", "mlp", "-o", ""}, 2, "-o is empty"},
		{"a drawing without a name", []string{"draw", "mlp", "-o", ""}, 2, "-o is empty"},
		{"an unknown shell", []string{"completion", "tcsh"}, 2, `unknown shell "tcsh"; known are `},
		{"no shell", []string{"completion"}, 2, "completion takes one shell, got 0 arguments"},
		{"two shells", []string{"completion", "bash", "zsh"}, 2, "got 2 arguments"},
		{"help about nothing known", []string{"help", "trian"}, 2,
			`there is no help about ["trian"]; known are train`},
		{"help about a command's argument", []string{"help", "train", "lenet5"}, 2, "there is no help about"},
	} {
		t.Run(c.name, c.check)
	}
	if code, stdout, stderr := zooRun("train", "mlp", "--steps", "010", "--json"); code != 0 ||
		!strings.Contains(stdout, `"steps": 10,`) {
		t.Errorf("010 is ten: exit %d, %s%s", code, stdout, stderr)
	}
}

// TestInputs: every path that is read is answered by the right exit code, whatever is there.
func TestInputs(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	weights, text := mlpFile(t, dir, "w", nil), put("a.txt", "text")
	link := filepath.Join(dir, "loop")
	if err := os.Symlink(link, link); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	const torch = "../../torchfile/testdata/"
	older, err := os.ReadFile(torch + "checkpoint.th")
	if err != nil {
		t.Fatal(err)
	}
	integers := filepath.Join(dir, "integers")
	if err := safetensors.Write(integers, []safetensors.Tensor{
		{Name: "fc1.weight", Shape: []int{128, 784}, Data: make([]int64, 128*784)},
		{Name: "fc1.bias", Shape: []int{128}, Data: make([]int64, 128)},
		{Name: "fc2.weight", Shape: []int{10, 128}, Data: make([]int64, 1280)},
		{Name: "fc2.bias", Shape: []int{10}, Data: make([]int64, 10)},
	}, nil); err != nil {
		t.Fatal(err)
	}
	like := func(n byte) string { return put("like", string([]byte{n, 0, 0, 0, 0, 0, 0, 0})+`{"a"`) }
	for _, in := range []answer{
		{"a path through a file", []string{text + "/b"}, 66, "not a directory"},
		{"a name beyond all", []string{dir + "/" + strings.Repeat("n", 300)}, 66, "file name too long"},
		{"a link to itself", []string{link}, 66, "too many levels of symbolic links"},
		{"a folder", []string{dir}, 65, "a folder"},
		{"a device", []string{os.DevNull}, 65, "not a regular file (a device)"},
		{"a text", []string{text}, 65, "a.txt"},
		{"an empty file", []string{put("empty", "")}, 65, "empty"},
	} {
		for verb, args := range map[string][]string{"eval": {"eval", "mlp", "--weights"},
			"predict": {"predict", "mlp", "--weights", weights}} {
			t.Run(verb+" "+in.name, answer{args: append(args, in.args...), code: in.code, want: in.want}.check)
		}
		if in.code == 66 {
			t.Run("train "+in.name, answer{args: append([]string{"train", "mlp", "--data"}, in.args...), code: 66,
				want: in.want}.check)
		}
	}
	for _, c := range []answer{
		{"weights of a dtype that the model cannot take", []string{"eval", "mlp", "--weights", integers}, 65,
			"dtype I64 cannot be read as float32"},
		{"weights that break off", []string{"eval", "mlp", "--weights", put("half", string(whole[:len(whole)/2]))}, 65,
			"data ends behind the file"},
		{"weights that break off and begin like HTML", []string{"eval", "mlp", "--weights", like('<')}, 65,
			"header is longer than the file"},
		{"weights that are HTML", []string{"eval", "mlp", "--weights", put("page", "<html><body>404</body></html>")},
			65, "an HTML or XML page"},
		{"weights of PyTorch with code in them", []string{"eval", "mlp", "--weights", torch + "code.pt"}, 65,
			`code.pt: data.pkl, byte 233: it asks for "posix.system"`},
		{"code in the older format", []string{"eval", "mlp", "--weights", torch + "code.th"}, 65,
			`it asks for "posix.system"`},
		{"weights of PyTorch that break off", []string{"eval", "mlp", "--weights", put("half.th",
			string(older[:len(older)/2]))}, 65, "half.th: pickle, byte "},
		{"weights of PyTorch of another model", []string{"eval", "mlp", "--weights", torch + "checkpoint.th"}, 65,
			"4 missing: fc1.weight, "},
		{"data in a file", []string{"train", "mlp", "--data", text}, 65, "not a folder"},
	} {
		t.Run(c.name, c.check)
	}
}

// TestBadTexts: a text that cannot be learnt from is told in one line, whatever is done with it.
func TestBadTexts(t *testing.T) {
	dir := t.TempDir()
	lstm := trainedFor(t, "charlstm", "--steps", "1", "--width", "4", "--depth", "1")
	names := trainedFor(t, "names", "--steps", "1", "--width", "4")
	for _, c := range []struct{ name, text, want, wantOfLines string }{
		{"an empty file", "", "too short a text to learn from (0 characters)",
			"too few sentences (got 0, want at least 2)"},
		{"three characters", "abc", "too short a text to learn from (3 characters)",
			"too few sentences (got 1, want at least 2)"},
		{"a test part of one stretch", strings.Repeat("to be ", 100),
			"too short a text to learn from (540 and 60 characters, want more than 64 in each part)",
			"too few lines of up to 64 characters (got 0, and 1 longer ones; want at least 2)"},
		{"Latin-1", "a caf\xe9\n", "offset 5: not UTF-8 (byte 0xe9); save it as UTF-8",
			"offset 5: not UTF-8 (byte 0xe9)"},
		{"UTF-16", "\xff\xfea\x00", "offset 0: not UTF-8 but UTF-16; save it as UTF-8",
			"offset 0: not UTF-8 but UTF-16"},
		{"zeros", "ab\x00", "offset 2: a zero byte, which no text has", "offset 2: a zero byte"},
	} {
		path := filepath.Join(dir, "text")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, verb := range [][]string{{"train", "charlstm"}, {"train", "gpt"},
			{"eval", "charlstm", "--weights", lstm}} {
			t.Run(verb[0]+" "+verb[1]+" with "+c.name,
				answer{args: append(verb, "--data", path), code: cli.ExitDamaged,
					want: "zoo: --data " + path + ": " + c.want}.check)
		}
		for _, verb := range [][]string{{"train", "names"}, {"eval", "names", "--weights", names}} {
			t.Run(verb[0]+" names with "+c.name,
				answer{args: append(verb, "--data", path), code: cli.ExitDamaged, want: c.wantOfLines}.check)
		}
	}
	for _, model := range []string{"charlstm", "names"} {
		t.Run("no file for "+model, answer{args: []string{"train", model, "--data", dir + "/none"},
			code: cli.ExitMissing, want: "no such file or directory"}.check)
		t.Run("a folder for "+model, answer{args: []string{"train", model, "--data", dir}, code: cli.ExitDamaged,
			want: "not a regular file (a folder)"}.check)
	}
}

// TestOutputsAreProbed: an output that cannot be written is found before the work, which here would fail otherwise.
func TestOutputsAreProbed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, drawing := filepath.Join(dir, "pipe"), filepath.Join(dir, "pipe.svg")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), syscall.Mkfifo(drawing, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []answer{
		{"a folder", []string{dir}, 1, "it is no regular file (a folder)"},
		{"a device", []string{"/dev/full"}, 1, "it is no regular file (a device)"},
		{"standard output", []string{"/dev/stdout"}, 1, "it is no regular file"},
		{"a named pipe", []string{pipe}, 1, "it is no regular file (a named pipe)"},
		{"a folder that is missing", []string{dir + "/none/w"}, 1, "no such file or directory"},
		{"a path through a file", []string{file + "/w"}, 1, "not a directory"},
		{"a name beyond all", []string{dir + "/" + strings.Repeat("n", 300)}, 1, "file name too long"},
		{"a place of the system", []string{"/proc/w"}, 1, "-o /proc/w: "},
	} {
		t.Run(c.name, answer{args: append([]string{"train", "mlp", "--data", dir + "/none", "-o"}, c.args...),
			code: c.code, want: c.want}.check)
	}
	for _, path := range []string{drawing, dir + "/none/x.svg", "/proc/x.svg",
		dir + "/" + strings.Repeat("n", 300) + ".svg"} {
		t.Run("a drawing into "+filepath.Base(filepath.Dir(path)),
			answer{args: []string{"draw", "mlp", "-o", path}, code: 1, want: "-o "}.check)
	}
	full, ready := filepath.Join(dir, "full"), filepath.Join(dir, "ready")
	if err := errors.Join(os.MkdirAll(full+"/0003.png", 0o755), os.Mkdir(full+"/epoch-002.png", 0o755),
		os.MkdirAll(ready+"/other.png", 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []answer{
		{"a folder whose name a file has", []string{file + "/"}, 1, "/file/: it is no folder (a file)"},
		{"a folder that has a folder in the place of a picture", []string{full + "/"}, 1,
			" in it: it is no regular file"},
		{"a folder in one that is not there", []string{dir + "/none/new/"}, 1, "no such file or directory"},
		{"a folder through a file", []string{file + "/x/"}, 1, "not a directory"},
		{"negative control: a new folder", []string{dir + "/new/"}, 66, "none"},
		{"negative control: a folder that has something else", []string{ready}, 66, "none"},
	} {
		t.Run("pictures into "+c.name, answer{args: []string{"generate", "gan", "--weights", dir + "/none", "-o",
			c.args[0]}, code: c.code, want: c.want}.check)
		t.Run("samples into "+c.name, answer{args: []string{"train", "gan", "--data", dir + "/none", "--samples",
			c.args[0]}, code: c.code, want: c.want}.check)
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if more, _ := filepath.Glob(filepath.Join(dir, "*/.*")); left != nil || more != nil {
		t.Errorf("left behind: %v %v", left, more)
	}
	if _, err := os.Stat(dir + "/new"); err == nil {
		t.Error("the folder that was tried is left behind")
	}
}

// TestOutputThroughLink: a link stays, and its target is what is written.
func TestOutputThroughLink(t *testing.T) {
	dir := t.TempDir()
	for _, c := range [][]string{{"train", "mlp", "--steps", "1", "-o"}, {"draw", "mlp", "-o"}} {
		target, link := filepath.Join(dir, c[0]+".dot"), filepath.Join(dir, c[0]+"-link.dot")
		if c[0] == "train" {
			target, link = filepath.Join(dir, "w"), filepath.Join(dir, "l")
		}
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the target is missing first
			if code, _, stderr := zooRun(append(c, link)...); code != 0 {
				t.Fatal(stderr)
			}
		}
		info, err := os.Lstat(link)
		written, err2 := os.Lstat(target)
		if errors.Join(err, err2) != nil || info.Mode()&os.ModeSymlink == 0 || !written.Mode().IsRegular() ||
			written.Size() == 0 {
			t.Errorf("%v: the link is %v, the target %v; %v %v", c, info, written, err, err2)
		}
	}
}

// brokenWriter takes so many bytes.
type brokenWriter struct{ left int }

func (b *brokenWriter) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
	}
	return len(p), nil
}

// TestBrokenOutput: whatever a command prints, it fails when nobody gets it.
func TestBrokenOutput(t *testing.T) {
	weights := mlpFile(t, t.TempDir(), "w", nil)
	for _, args := range [][]string{
		{"list"}, {"list", "--json"}, {"version"}, {"--version"}, {"help"}, {"help", "train"}, {"--help"},
		{"train", "-h"}, {"completion", "bash"}, {"completion", "zsh"},
		{"completion", "fish"}, {"completion", "powershell"}, {"summary", "mlp"}, {"summary", "mlp", "--json"},
		{"tape", "mlp"}, {"draw", "mlp"},
		{"train", "mlp", "--steps", "1"}, {"train", "mlp", "--steps", "1", "--json"},
		{"eval", "mlp", "--weights", weights},
		{"bench", "mlp", "--batch", "2", "--seconds", "0.01"},
	} {
		for _, room := range []int{0, 10} {
			var stderr bytes.Buffer
			code := run(context.Background(), args, &brokenWriter{room}, &stderr)
			lines := strings.Split(strings.TrimRight(stderr.String(), "\n"), "\n")
			if last := lines[len(lines)-1]; code != 1 || last != "zoo: standard output: no space left on device" {
				t.Errorf("%v after %d bytes: exit %d, %q", args, room, code, last)
			}
		}
	}
}

// TestLongNames: a message stays short, however long a name is.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("n", 100_000)
	words := strings.Repeat("n ", 50_000)
	for _, name := range []string{long, words} {
		for _, args := range [][]string{{name}, {"train", name}, {"bench", name}, {"train", "mlp", "--" + name},
			{"train", "mlp", "--steps", name},
			{"eval", "mlp", "--weights", name}, {"train", "mlp", "--data", name}, {"train", "mlp", "-o", name},
			{"list", name}, {"completion", name}, {"help", name}} {
			if code, _, stderr := zooRun(args...); code == 0 || len(stderr) > 2*cli.LineBound ||
				strings.Count(stderr, "\n") != 1 {
				t.Errorf("%.20q: exit %d, %d bytes", args, code, len(stderr))
			}
		}
	}
}

// TestNotFinite: weights that are not finite are named, and a figure that is not finite is null in JSON, and named.
func TestNotFinite(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, tensor string
		at           int
		value        float64
		want         string
	}{
		{"nan", "fc1.weight", 785, math.NaN(),
			`tensor "fc1.weight" is not finite: element (1, 1) of shape (128, 784) is NaN`},
		{"inf", "fc2.bias", 9, math.Inf(1), `tensor "fc2.bias" is not finite: element (9) of shape (10) is +Inf`},
		{"neg", "fc2.weight", 0, math.Inf(-1),
			`tensor "fc2.weight" is not finite: element (0, 0) of shape (10, 128) is -Inf`},
	} {
		weights := mlpFile(t, dir, c.name,
			func(p *nn.Params) { p.Get(c.tensor).Tensor().F32[c.at] = float32(c.value) })
		for _, args := range [][]string{{"eval", "mlp", "--weights", weights},
			{"eval", "mlp", "--json", "--weights", weights}, {"predict", "mlp", "--weights", weights, "x.png"}} {
			t.Run(args[0]+" "+c.name, answer{args: args, code: 65, want: c.want}.check)
		}
	}
	large := mlpFile(t, dir, "large", func(p *nn.Params) {
		for p := range p.All() {
			for i := range p.Tensor().F32 {
				p.Tensor().F32[i] = float32(i%3-1) * 3e38
			}
		}
	})
	code, stdout, stderr := zooRun("eval", "mlp", "--weights", large, "--json")
	var got map[string]any
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 || got["test_loss"] != nil ||
		got["not_finite"] == nil {
		t.Errorf("exit %d: %s%s %v", code, stdout, stderr, err)
	}
	out := training.Trained{TrainLoss: cli.Figure(math.Inf(1)), TestLoss: 1,
		Metric: cli.Figures(map[string]float64{"b": 2, "a": math.NaN()}), Speed: cli.Figure(math.Inf(-1))}
	if got := strings.Join(cli.NotFinite(out),
		", "); got != "train_loss is +Inf, metric.a is NaN, samples_per_second is -Inf" {
		t.Errorf("got %s", got)
	}
	if b, err := json.Marshal(out); err != nil || !strings.Contains(string(b),
		`"train_loss":null,"test_loss":1,"metric":{"a":null,"b":2}`) {
		t.Errorf("got %s, %v", b, err)
	}
}

// TestDivergedHistory: a training that fails leaves the history of the epochs before.
func TestDivergedHistory(t *testing.T) {
	rows := []string{"a,b,kind"}
	for i := range 60 {
		rows = append(rows, fmt.Sprintf("%d,%d,%s", i%7, i%5, []string{"x", "y", "z"}[i%3]))
	}
	dir := t.TempDir()
	history := filepath.Join(dir, "h.csv")
	code, _, stderr := zooRun("train", "mlp", "--data", put(t, filepath.Join(dir, "t.csv"), rows...), "--lr", "1e20",
		"--optimizer", "sgd", "--epochs", "6", "--batch", "100", "--history", history)
	if code != cli.ExitFailed || !strings.Contains(stderr, "is the first to give") {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	b, err := os.ReadFile(history)
	if err != nil || !strings.HasPrefix(string(b), "epoch,") || strings.Count(string(b), "\n") < 2 {
		t.Errorf("%v: %s", err, b)
	}
}

// TestVisible: nothing that a name holds does anything to a terminal, whether it comes from the command line, a path
// or a file.
func TestVisible(t *testing.T) {
	dir := t.TempDir()
	weights := mlpFile(t, dir, "w", nil)
	for _, name := range []string{"\x1b[31mred", "\u009b31m", "a\x7f", "a\rb", "a\nzoo: b", "a\u202eb", "a\u2066b",
		"\xff\xfe", "a\u2028b", "\x07", "\U000e0041", "\u200b"} {
		path := filepath.Join(dir, name)
		tensor := filepath.Join(dir, "t")
		if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := safetensors.Write(tensor, []safetensors.Tensor{{Name: strings.ToValidUTF8(name, "?"),
			Shape: []int{1}, Data: []float32{1}}}, nil); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{name}, {"train", name}, {"train", "mlp", "--" + name}, {"train", "mlp", "--optimizer", name},
			{"train", "mlp", "--steps", name}, {"help", name},
			{"train", "mlp", "--data", path}, {"eval", "mlp", "--weights", path}, {"eval", "mlp", "--weights", tensor},
			{"draw", "mlp", "-o", path},
			{"predict", "mlp", "--weights", weights, path}, {"predict", "mlp", "--weights", weights, path, "--json"},
			{"bench", name}, {"completion", name},
			{"train", "mlp", "--steps", "1", "-o", path}, {"list", name}, {"train", "mlp", "-o", path + "/" + name},
			{"list", "--json=" + name},
		} {
			code, stdout, stderr := zooRun(args...)
			lines := strings.Count(stderr, "\n")
			if args[0] == "train" && code == 0 {
				lines = 1 // of progress
			}
			if bad := strings.IndexFunc(stdout+stderr, func(r rune) bool {
				return r != '\n' &&
					cli.Hidden(r)
			}); bad >= 0 || lines > 1 {
				t.Errorf("%q: %q%q", args, stdout, stderr)
			}
		}
	}
}
