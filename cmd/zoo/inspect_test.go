package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
)

// TestFindRate: the keys of the JSON, the same numbers each time, a curve, and weights that are only read.
func TestFindRate(t *testing.T) {
	dir := t.TempDir()
	weights := mlpFile(t, dir, "w.safetensors", nil)
	before, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"lr-find", "mlp", "--weights", weights, "--steps", "20", "--from", "1e-3", "--to", "1", "--json"}
	code, first, stderr := zooRun(append(args, "-o", filepath.Join(dir, "a.png"))...)
	_, second, _ := zooRun(append(args, "-o", filepath.Join(dir, "a.png"))...)
	var found struct {
		Suggestion float64
		Rates      []float64
		Losses     []float64
		Plot       string
	}
	if err := json.Unmarshal([]byte(first), &found); code != 0 || err != nil || first != second {
		t.Fatalf("exit %d, %v: %s%s", code, err, first, stderr)
	}
	if n := len(found.Rates); n < 2 || n != len(found.Losses) || found.Rates[0] != 1e-3 || found.Suggestion <= 0 {
		t.Errorf("%+v", found)
	}
	if _, err := os.Stat(found.Plot); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(weights); err != nil || string(after) != string(before) {
		t.Error("the weights are others", err)
	}
	code, stdout, _ := zooRun("lr-find", "mlp", "--steps", "20", "--from", "1e-3", "--to", "1")
	if code != 0 || !strings.Contains(stdout, "suggestion: --lr ") ||
		!strings.Contains(stdout, "usual rate of this model is 0.05") {
		t.Errorf("exit %d: %s", code, stdout)
	}
}

// TestInspect: what weights and a checkpoint hold, for a reader and as JSON.
func TestInspect(t *testing.T) {
	dir := t.TempDir()
	run, weights := filepath.Join(dir, "run"), filepath.Join(dir, "w.safetensors")
	history := filepath.Join(run, "h.csv") // in a folder that is made with the first checkpoint
	if code, _, stderr := zooRun("train", "mlp", "--steps", "3", "--checkpoint", run, "--every", "2", "--history",
		history, "-o", weights); code != 0 {
		t.Fatal(stderr)
	}
	for path, want := range map[string][]string{
		weights: {"weights, 101,770 elements in 4 tensors", "fc1.weight", "(128, 784)", "stheno.model", "mlp"},
		run: {"checkpoint, 101,770 elements", "after step 3: 1 epoch, and 0 steps of the next; 1 row of history",
			"--lr", "SHA-256"},
	} {
		code, stdout, _ := zooRun("inspect", path)
		for _, w := range want {
			if code != 0 || !strings.Contains(stdout, w) {
				t.Errorf("exit %d, want %q in\n%s", code, w, stdout)
			}
		}
	}
	code, stdout, _ := zooRun("inspect", run, "--json")
	var in inspected
	if err := json.Unmarshal([]byte(stdout), &in); code != 0 || err != nil || in.Kind != "checkpoint" ||
		len(in.Tensors) != 4 || in.Checkpoint == nil || in.Checkpoint.Step != 3 || len(in.Checkpoint.Files) != 4 ||
		in.Checkpoint.Settings["model"] != "mlp" {
		t.Errorf("exit %d, %v: %s", code, err, stdout)
	}
	plot := filepath.Join(dir, "c.svg")
	code, stdout, stderr := zooRun("compare", history, run, "-o", plot, "--json")
	var table []comparedRun
	if err := json.Unmarshal([]byte(stdout), &table); code != 0 || err != nil || len(table) != 2 ||
		table[0].Steps != 3 ||
		table[0].TestLoss == nil || *table[0].TestLoss != *table[1].TestLoss {
		t.Errorf("exit %d, %v: %s%s", code, err, stdout, stderr)
	}
	if svg, err := os.ReadFile(plot); err != nil || !strings.Contains(string(svg), "accuracy") {
		t.Error("no curves", err)
	}
	code, stdout, _ = zooRun("compare", history)
	if code != 0 || !strings.Contains(stdout, "TEST LOSS") || !strings.Contains(stdout, "accuracy 0.") {
		t.Errorf("exit %d: %s", code, stdout)
	}
}

// TestLookingMistakes: each is one line.
func TestLookingMistakes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	table, empty := write("t.csv", "a,b\n1,2\n"), write("e.csv", "epoch,step,lr,seconds,train_loss,test_loss\n")
	if err := os.Mkdir(filepath.Join(dir, "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	foreign := write("run/checkpoint-000001.json", `{"format":"another"}`)
	for _, c := range []answer{
		{"inspect nothing", []string{"inspect"}, cli.ExitUsage, "inspect takes one file or folder, got 0 arguments"},
		{"inspect what is not there", []string{"inspect", dir + "/none"}, cli.ExitMissing,
			"zoo: " + dir + "/none: no such file or directory"},
		{"inspect a table", []string{"inspect", table}, cli.ExitDamaged,
			"zoo: " + table + ": no file of weights, and no folder of checkpoints\n"},
		{"inspect a text", []string{"inspect", write("notes", "a text of some words")}, cli.ExitDamaged,
			"notes: not a safetensors file but a text"},
		{"inspect a folder without checkpoints", []string{"inspect", t.TempDir()}, cli.ExitMissing,
			"it holds no checkpoint\n"},
		{"inspect what is foreign", []string{"inspect", dir + "/run"}, cli.ExitDamaged,
			foreign + `: the format is "another"`},
		{"inspect a device", []string{"inspect", os.DevNull}, cli.ExitDamaged, "not a regular file"},
		{"compare nothing", []string{"compare"}, cli.ExitUsage, "compare takes at least one run"},
		{"compare another table", []string{"compare", table}, cli.ExitDamaged,
			`t.csv: history: the names of the columns are ["a" "b"]`},
		{"compare what is not there", []string{"compare", dir + "/none.csv"}, cli.ExitMissing,
			"zoo: " + dir + "/none.csv: no such file or directory"},
		{"compare weights", []string{"compare", empty, mlpFile(t, dir, "w.safetensors", nil)}, cli.ExitDamaged,
			"w.safetensors: a file of weights, and no history, which zoo train --history FILE.csv writes"},
		{"curves of nothing", []string{"compare", empty, "-o", dir + "/a.svg"}, cli.ExitFailed, "no run has an epoch"},
		{"curves as a table", []string{"compare", empty, "-o", dir + "/a.csv"}, cli.ExitUsage,
			"known are .svg and .png"},
		{"curves in the place of a run", []string{"compare", empty, "-o", empty}, cli.ExitUsage,
			"known are .svg and .png"},
		{"a rate of no model", []string{"lr-find"}, cli.ExitUsage, "lr-find takes one model"},
		{"a rate of an unknown model", []string{"lr-find", "mpl"}, cli.ExitUsage,
			`unknown model "mpl"; known are mlp`},
		{"rates that fall", []string{"lr-find", "mlp", "--from", "1", "--to", ".1"}, cli.ExitUsage,
			"the first below the last"},
		{"a rate below 0", []string{"lr-find", "mlp", "--from", "-1"}, cli.ExitUsage, "want finite numbers above 0"},
		{"rates from a large one", []string{"lr-find", "mlp", "--from", "20"}, cli.ExitUsage,
			"--from is 20 and --to is 10, want"},
		{"one step", []string{"lr-find", "mlp", "--steps", "1"}, cli.ExitUsage, "--steps is 1, want at least 2"},
		{"a curve of no kind", []string{"lr-find", "mlp", "-o", "a.csv"}, cli.ExitUsage, "known are .svg and .png"},
		{"an unknown optimiser", []string{"lr-find", "mlp", "--optimizer", "adm"}, cli.ExitUsage,
			`unknown optimizer "adm"; known are adam`},
		{"no batch", []string{"lr-find", "mlp", "--batch", "0"}, cli.ExitUsage, "--batch is 0"},
		{"data that are not there", []string{"lr-find", "mlp", "--data", dir + "/none"}, cli.ExitMissing, "none"},
	} {
		t.Run(c.name, c.check)
	}
}
