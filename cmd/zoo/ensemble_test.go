package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/nn"
)

// TestEnsemble: snapshots of a training are members, each with its own score; the mean of probabilities has a log loss
// that is not above the mean of theirs, and of one model twice it is that model.
func TestEnsemble(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	code, stdout, stderr := zooRun("train", "mlp", "--steps", "30", "--schedule", "restarts:first=10",
		"--snapshots", parts,
		"-o", filepath.Join(dir, "w.safetensors"))
	if code != 0 || !strings.Contains(stdout, "snapshots in "+parts) {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	last, err := os.ReadFile(filepath.Join(parts, "snapshot-003.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if end, err := os.ReadFile(filepath.Join(dir, "w.safetensors")); err != nil || string(end) != string(last) {
		t.Errorf("the last snapshot is not what the training ended with: %v", err)
	}
	var got ensembled
	code, stdout, stderr = zooRun("ensemble", "mlp", parts, "--json")
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 || len(got.Members) != 3 {
		t.Fatalf("exit %d: %v %s%s", code, err, stdout, stderr)
	}
	losses := 0.
	for _, m := range got.Members {
		losses += float64(*m.LogLoss) / 3
		if m.Low > m.Accuracy || m.High < m.Accuracy || m.Low == m.High || m.Mean == nil || m.Mean.P > 1 {
			t.Errorf("a member is %+v", m)
		}
	}
	more := math.Round(2000 * float64(got.Mean.Accuracy-got.Members[0].Accuracy))
	if got.Examples != 2000 || float64(*got.Mean.LogLoss) > losses || got.Vote.LogLoss != nil || got.Between != nil ||
		float64(got.Members[0].Mean.More) != more {
		t.Errorf("all together they are %+v, the mean of their losses is %v", got, losses)
	}
	one := filepath.Join(parts, "snapshot-001.safetensors")
	code, stdout, _ = zooRun("ensemble", "mlp", one, one)
	if rows := strings.Split(stdout, "\n"); code != 0 || len(rows) < 7 || !strings.Contains(rows[2],
		"  0                    1") ||
		rows[6] != "the first has 0 more right than the second, P by chance 1" {
		t.Errorf("exit %d: one model twice is\n%s", code, stdout)
	}
}

// underNet writes a file of weights again, in a folder of its own, with "net." before each name.
func underNet(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := 8 + int(binary.LittleEndian.Uint64(b))
	header := bytes.ReplaceAll(b[8:n], []byte(`"fc`), []byte(`"net.fc`))
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	out := filepath.Join(t.TempDir(), "net.safetensors")
	whole := slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header, b[n:])
	if err := os.WriteFile(out, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEnsembleMistakes(t *testing.T) {
	dir := t.TempDir()
	w := mlpFile(t, dir, "w.safetensors", func(p *nn.Params) { p.Init(3) })
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	run, whole := filepath.Join(dir, "run"), filepath.Join(dir, "a.safetensors")
	code, _, stderr := zooRun("train", "lenet5", "--steps", "1", "--checkpoint", run, "-o", whole)
	if code != 0 {
		t.Fatal(stderr)
	}
	prefixed := underNet(t, w)
	for _, c := range []answer{
		{"no files", []string{"ensemble", "mlp"}, cli.ExitUsage, "ensemble takes a model and files"},
		{"no such model", []string{"ensemble", "mlq", w, w}, cli.ExitUsage, "mlq"},
		{"one file", []string{"ensemble", "mlp", w}, cli.ExitUsage,
			"an ensemble is of 2 to 1000 files of weights, got 1"},
		{"a folder of checkpoints", []string{"ensemble", "mlp", w, run}, cli.ExitDamaged,
			"run: a folder of checkpoints; name the weights of one, such as the newest, " +
				run + "/checkpoint-000001.weights.safetensors"},
		{"a part of a checkpoint", []string{"ensemble", "mlp", w, run + "/checkpoint-000001.more.safetensors"},
			cli.ExitDamaged, "not the weights of that checkpoint, which are in " + run +
				"/checkpoint-000001.weights.saf"},
		{"weights of another model", []string{"ensemble", "lenet5", whole, w}, cli.ExitDamaged,
			"w.safetensors: 6 missing"},
		{"other classes", []string{"ensemble", "resnet20", tinyResNet(t, "blue", "red"), tinyResNet(t, "red", "blue"),
			"--data", twoColours(t)}, cli.ExitUsage, "are no members of one ensemble: they tell other classes"},
		{"data that are not there", []string{"ensemble", "mlp", w, w, "--data", dir + "/none"}, cli.ExitMissing,
			"zoo: --data "},
		{"eval of a folder of checkpoints", []string{"eval", "mlp", "--weights", run}, cli.ExitDamaged,
			"--weights " + run + ": a folder of checkpoints; name the weights of one, such as the newest, " + run},
		{"training from a folder of checkpoints", []string{"train", "mlp", "--weights", run}, cli.ExitDamaged,
			"--weights " + run + ": a folder of checkpoints; name the weights of one"},
		{"eval of a folder of weights", []string{"eval", "mlp", "--weights", dir}, cli.ExitDamaged,
			": a folder; name a file of weights in it, such as " + whole},
		{"eval of an empty folder", []string{"eval", "mlp", "--weights", empty}, cli.ExitDamaged,
			": a folder, and no file of weights (.safetensors) is in it"},
		{"names with more before them", []string{"eval", "mlp", "--weights", prefixed}, cli.ExitDamaged,
			`names in the file begin with "net.", and the model's do not`},
		{"an empty folder", []string{"ensemble", "mlp", empty}, cli.ExitUsage, "has no file of weights"},
		{"a file that is not there", []string{"ensemble", "mlp", w, dir + "/none"}, cli.ExitMissing,
			"zoo: " + dir + "/none: no such file"},
		{"a model of language", []string{"ensemble", "gpt", w, w}, cli.ExitUsage, "is for models that tell classes"},
		{"a level of 1", []string{"ensemble", "mlp", w, w, "--level", "1"}, cli.ExitUsage,
			"--level is 1, want a number between"},
		{"snapshots of a plateau", []string{"train", "mlp", "--steps", "3", "--schedule", "plateau", "--snapshots",
			dir + "/a"},
			cli.ExitUsage, "--snapshots is for a rate with cycles"},
		{"snapshots in a file", []string{"train", "mlp", "--schedule", "restarts", "--snapshots", w}, cli.ExitFailed,
			"it is no folder"},
	} {
		c.check(t)
	}
	other := filepath.Join(dir, "snapshot-001.safetensors")
	if err := os.Rename(w, other); err != nil {
		t.Fatal(err)
	}
	answer{"snapshots of another training", []string{"train", "mlp", "--schedule", "restarts", "--snapshots", dir},
		cli.ExitUsage,
		"has snapshot-001.safetensors of another training"}.check(t)
	code, _, stderr = zooRun("train", "mlp", "--steps", "3", "--schedule", "cosine", "--snapshots", dir+"/a")
	if code != cli.ExitUsage || !strings.Contains(stderr,
		"--snapshots is for a rate with cycles, which this one has not in 3") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
