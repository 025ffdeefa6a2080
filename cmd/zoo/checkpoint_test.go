package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/files"
)

// killed trains in a process that is killed once it has saved a checkpoint or two.
func killed(t *testing.T, dir string, args ...string) {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "ZOO_TEST_COMMAND=1")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		if m, _ := filepath.Glob(filepath.Join(dir, "*-*"+"2.json")); m != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.Process.Kill()
	if c.Wait() == nil {
		t.Log("it was done before it was killed")
	}
}

// TestTrainKilled: a training that is killed and gone on from writes the same weights as one that is not: a
// classifier, one whose rate follows the loss, one that ends early, one whose weights are averaged, and a model that
// reads on from batch to batch.
func TestTrainKilled(t *testing.T) {
	for name, args := range map[string]string{
		"a classifier": "mlp --steps 60 --seed 3 --accumulate 2",
		"a plateau":    "mlp --epochs 4 --batch 1000 --lr .1 --schedule plateau:threshold=.5,factor=.3",
		"a stop":       "mlp --epochs 9 --batch 1000 --schedule fixed --early-stop 3,delta=.5",
		"an average":   "mlp --epochs 4 --batch 1000 --swa 2",
		"a text":       "charlstm --width 4 --depth 1 --steps 30 --batch 32",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			run, alone, gone := filepath.Join(dir, "run"), filepath.Join(dir, "alone"), filepath.Join(dir, "gone")
			train := append([]string{"train"}, strings.Fields(args)...)
			if code, _, stderr := zooRun(append(train, "-o", alone)...); code != 0 {
				t.Fatal(stderr)
			}
			killed(t, run, append(train, "--checkpoint", run, "--every", "5")...)
			code, _, stderr := zooRun("train", train[1], "--resume", run, "-o", gone)
			got, err := os.ReadFile(gone)
			want, failed := os.ReadFile(alone)
			if code != 0 || err != nil || failed != nil || !bytes.Equal(got, want) {
				t.Errorf("the files are not the same, exit %d: %s", code, stderr)
			}
			if few, _ := filepath.Glob(filepath.Join(run, "*-00000[1-6].json")); len(few) > 1 {
				t.Errorf("--every 5 is forgotten: there are %q", few)
			}
			if !strings.Contains(stderr, "going on from "+run+"/checkpoint-0000") {
				t.Error(stderr)
			}
		})
	}
}

// TestSavedMistakes: each is one line, and no file.
func TestSavedMistakes(t *testing.T) {
	dir := t.TempDir()
	run, empty, damaged := filepath.Join(dir, "run"), filepath.Join(dir, "empty"), filepath.Join(dir, "damaged")
	if code, _, stderr := zooRun("train", "mlp", "--steps", "2", "--checkpoint", run, "--every", "1"); code != 0 {
		t.Fatal(stderr)
	}
	file := filepath.Join(dir, "file")
	for _, err := range []error{os.Mkdir(empty, 0o755), os.Mkdir(damaged, 0o755),
		os.WriteFile(file, []byte("{}"), 0o600),
		os.WriteFile(filepath.Join(damaged, "checkpoint-000001.json"), []byte("{}"), 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	train := func(args ...string) []string { return append([]string{"train", "mlp"}, args...) }
	for _, c := range []answer{
		{"an empty folder", train("--resume", empty), cli.ExitMissing, "it holds no checkpoint"},
		{"no folder", train("--resume", dir+"/none"), cli.ExitMissing, "no such file"},
		{"a file", train("--resume", file), cli.ExitMissing, "not a directory"},
		{"a damaged checkpoint", train("--resume", damaged), cli.ExitDamaged, "checkpoint-000001.json: the format is"},
		{"another model", []string{"train", "lenet5", "--resume", run}, cli.ExitUsage,
			`that is a training of "mlp", not of lenet5`},
		{"another seed", train("--resume", run, "--seed", "7"), cli.ExitUsage,
			"--seed is 7, and that training's is 0: leave it out"},
		{"another rate", train("--resume", run, "--lr", "0.5"), cli.ExitUsage,
			"--lr is 0.5, and that training's is 0.05"},
		{"other data", train("--resume", run, "--data", "mnist"), cli.ExitUsage,
			"--data is mnist, and that training's is digits"},
		{"more steps", train("--resume", run, "--steps", "9"), cli.ExitUsage,
			"--steps is 9, and that training's is 2: leave it out; to train more, begin a new " +
				"training with --weights " + run + "/checkpoint-"},
		{"epochs that it had not", train("--resume", run, "--epochs", "9"), cli.ExitUsage,
			"--epochs is 9, which that training was not given"},
		{"weights beside", train("--resume", run, "--weights", "x"), cli.ExitUsage,
			"--weights and --resume exclude each other"},
		{"another folder", train("--resume", run, "--checkpoint", empty), cli.ExitUsage, "leave --checkpoint out"},
		{"a folder that is not empty", train("--checkpoint", run), cli.ExitUsage,
			"holds checkpoints: go on from them with --resume"},
		{"a folder of damage", train("--checkpoint", damaged), cli.ExitUsage, "holds checkpoints"},
		{"a file to save in", train("--checkpoint", file), cli.ExitFailed, "it is no folder (a file)"},
		{"a folder of no folder", train("--checkpoint", dir+"/none/run"), cli.ExitFailed, "no such file"},
		{"an empty name", train("--checkpoint", ""), cli.ExitUsage, "--checkpoint is empty"},
		{"an empty name to go on from", train("--resume", ""), cli.ExitUsage, "--resume is empty"},
		{"every and no folder", train("--every", "5"), cli.ExitUsage, "give --checkpoint DIR, too"},
		{"every nothing", train("--checkpoint", empty, "--every", "0"), cli.ExitUsage, "want steps or a time above 0"},
		{"every now and then", train("--checkpoint", empty, "--every", "often"), cli.ExitUsage,
			"want steps or a time above 0"},
		{"every time below 0", train("--checkpoint", empty, "--every", "-5m"), cli.ExitUsage,
			"want steps or a time above 0"},
		{"parts that do not divide a batch", train("--accumulate", "7"), cli.ExitUsage,
			"--accumulate is 7, want a number of parts that divides the batch, which is 64"},
		{"parts below 0", train("--accumulate", "-1"), cli.ExitUsage, "--accumulate is -1"},
		{"a history of no form", train("--history", dir+"/a.txt"), cli.ExitUsage, "known are .csv, .jsonl"},
		{"a history of no folder", train("--history", dir+"/none/a.csv"), cli.ExitFailed, "--history "},
	} {
		t.Run(c.name, c.check)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 4 {
		t.Errorf("there are %q", left)
	}
}

// TestGoesOnFromTheOlder: where the newest checkpoint is damaged, that is said, and the older one is taken.
func TestGoesOnFromTheOlder(t *testing.T) {
	dir := t.TempDir()
	run, alone, gone := filepath.Join(dir, "run"), filepath.Join(dir, "alone"), filepath.Join(dir, "gone")
	args := []string{"train", "mlp", "--steps", "5", "--checkpoint", run, "--every", "2", "-o", alone}
	if code, _, stderr := zooRun(args...); code != 0 {
		t.Fatal(stderr)
	}
	newest := filepath.Join(run, "checkpoint-000003.weights.safetensors")
	if err := os.Truncate(newest, 100); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := zooRun("train", "mlp", "--resume", run, "-o", gone)
	got, _ := os.ReadFile(gone)
	want, _ := os.ReadFile(alone)
	if code != 0 || !bytes.Equal(got, want) ||
		!strings.Contains(stderr, newest+": it has 100 bytes, want 407592; going on from the checkpoint before it\n") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// TestOtherData: data of the same name that are others are refused.
func TestOtherData(t *testing.T) {
	dir := t.TempDir()
	series, run := filepath.Join(dir, "s.csv"), filepath.Join(dir, "run")
	write := func(last string) {
		text := "x\n" + strings.Repeat("1\n2\n3\n5\n", 40) + last + "\n"
		if err := os.WriteFile(series, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("8")
	args := []string{"train", "forecast", "--data", series, "--steps", "2", "--checkpoint", run}
	if code, _, stderr := zooRun(args...); code != 0 {
		t.Fatal(stderr)
	}
	write("9")
	code, _, stderr := zooRun("train", "forecast", "--resume", run)
	if code != cli.ExitUsage || !strings.Contains(stderr, "is of another training: its test data is ") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// TestOtherLastExample: of 6000 pictures the last byte of the last one is another; then the training is refused, and
// goes on when it is again what it was.
func TestOtherLastExample(t *testing.T) {
	dir := t.TempDir()
	images, run := filepath.Join(dir, "images"), filepath.Join(dir, "run")
	if err := os.Mkdir(images, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(part string, n int, last byte) {
		t.Helper()
		x, y := make([]byte, 16+n*28*28), make([]byte, 8+n)
		for i, v := range []uint32{0x803, uint32(n), 28, 28} {
			binary.BigEndian.PutUint32(x[4*i:], v)
		}
		for i := range x[16:] {
			x[16+i] = byte(i * i >> 8)
		}
		x[len(x)-1] = last
		binary.BigEndian.PutUint32(y, 0x801)
		binary.BigEndian.PutUint32(y[4:], uint32(n))
		for i := range y[8:] {
			y[8+i] = byte(i % 10)
		}
		for name, b := range map[string][]byte{"images-idx3": x, "labels-idx1": y} {
			if err := os.WriteFile(filepath.Join(images, part+"-"+name+"-ubyte"), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("train", 6000, 7)
	write("t10k", 20, 7)
	code, _, stderr := zooRun("train", "mlp", "--data", images, "--steps", "2", "--checkpoint", run)
	if code != 0 {
		t.Fatal(stderr)
	}
	write("train", 6000, 8)
	answer{"", []string{"train", "mlp", "--resume", run}, cli.ExitUsage, "its training data is \"93 batches, sha256 "}.
		refused(t)
	write("train", 6000, 7)
	write("t10k", 20, 8)
	answer{"", []string{"train", "mlp", "--resume", run}, cli.ExitUsage,
		"its test data is \"1 batches, sha256 "}.refused(t)
	write("t10k", 20, 7)
	if code, _, stderr := zooRun("train", "mlp", "--resume", run); code != 0 {
		t.Errorf("with the data that it had: exit %d: %s", code, stderr)
	}
}

// refused is check of a training that says before what it reads.
func (c answer) refused(t *testing.T) {
	t.Helper()
	code, stdout, stderr := zooRun(c.args...)
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if last := lines[len(lines)-1]; code != c.code || stdout != "" || !strings.HasPrefix(last, "zoo: ") ||
		!strings.Contains(last, c.want) {
		t.Errorf("exit %d, want %d\ngot  %s%s\nwant %s", code, c.code, stdout, stderr, c.want)
	}
}

// TestTrainTogether: of two processes that train in one folder at the same time one does, and the other is refused at
// once, by its lock or by what the first one has saved.
func TestTrainTogether(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	var both [2]*exec.Cmd
	var said [2]strings.Builder
	for i := range both {
		both[i] = exec.Command(os.Args[0], "train", "mlp", "--steps", "20", "--checkpoint", dir, "--every", "8")
		both[i].Env = append(os.Environ(), "ZOO_TEST_COMMAND=1")
		both[i].Stderr = &said[i]
		if err := both[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	for i, c := range both {
		if c.Wait() == nil {
			continue
		}
		refused++
		if text := said[i].String(); !strings.Contains(text, dir+": another training is saved in this folder now") &&
			!strings.Contains(text, dir+" holds checkpoints") {
			t.Error(text)
		}
	}
	if left, err := os.ReadDir(dir); refused != 1 || err != nil || len(left) != 10 {
		t.Errorf("%d are refused, want 1; in the folder there are %v, %v", refused, left, err)
	}
}

// TestTrainInUse: a folder in which a training is saved is refused before anything is read, and free when it ends.
func TestTrainInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if code, _, stderr := zooRun("train", "mlp", "--steps", "2", "--checkpoint", dir); code != 0 {
		t.Fatal(stderr)
	}
	held, err := files.Hold(filepath.Join(dir, "training.lock"))
	if err != nil {
		t.Fatal(err)
	}
	const want = ": another training is saved in this folder now: wait until it ends, or name another folder"
	for _, flag := range []string{"--resume", "--checkpoint"} {
		answer{flag, []string{"train", "mlp", flag, dir}, cli.ExitFailed, "zoo: " + flag + " " + dir + want}.check(t)
	}
	if code, _, stderr := zooRun("inspect", dir); code != 0 {
		t.Errorf("it is not inspected: %s", stderr)
	}
	held.Release()
	if code, _, stderr := zooRun("train", "mlp", "--resume", dir); code != 0 {
		t.Error(stderr)
	}
}
