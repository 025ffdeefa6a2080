package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
)

// TestWatch: a training that is looked at has the bytes of one that is not, a plot, and columns beside the others;
// gone on from a checkpoint it has the same looks.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	run := func(args ...string) string {
		code, stdout, stderr := zooRun(append([]string{"train", "mlp", "--steps", "6", "--json"}, args...)...)
		if code != 0 {
			t.Fatalf("%q: exit %d, %s", args, code, stderr)
		}
		return stdout
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(in(name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	run("-o", in("plain.safetensors"), "--history", in("plain.csv"))
	var out training.Trained
	if err := json.Unmarshal([]byte(run("-o", in("seen.safetensors"), "--history", in("seen.csv"), "--watch",
		in("w.svg"),
		"--watch-every", "2", "--checkpoint", in("run"), "--every", "4")),
		&out); err != nil || out.Watch != in("w.svg") {
		t.Errorf("%v, the plot is said to be in %q", err, out.Watch)
	}
	if !slices.Equal(read("plain.safetensors"), read("seen.safetensors")) {
		t.Error("the weights of a training that is looked at are others")
	}
	if svg := string(read("w.svg")); !strings.Contains(svg, ">fc1<") || !strings.Contains(svg, "dead units") {
		t.Error("the plot has not the layers")
	}
	table := func(name string) [][]string {
		rows, err := csv.NewReader(strings.NewReader(string(read(name)))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	plain, seen := table("plain.csv"), table("seen.csv")
	n := len(plain[0])
	if !slices.Equal(plain[0], seen[0][:n]) || !slices.Contains(seen[0][n:], "watch/fc1.weight/update_ratio") ||
		slices.Contains(seen[1], "") {
		t.Errorf("the columns are %q, without --watch %q", seen[0], plain[0])
	}
	for i, column := range plain[0] {
		if column != "seconds" && plain[1][i] != seen[1][i] {
			t.Errorf("%s is %s, without --watch %s", column, seen[1][i], plain[1][i])
		}
	}
	last, err := filepath.Glob(in("run/*2.json"))
	if err != nil || len(last) != 1 {
		t.Fatalf("the checkpoints are %q, %v", last, err)
	}
	if err := os.Remove(last[0]); err != nil { // as if the process had ended before it
		t.Fatal(err)
	}
	w := read("w.svg")
	code, _, stderr := zooRun("train", "mlp", "--resume", in("run"), "--history", in("again.csv"))
	if again := table("again.csv"); code != 0 || !slices.Equal(again[1][n:], seen[1][n:]) ||
		!slices.Equal(read("w.svg"), w) {
		t.Errorf("exit %d, %s; gone on from a checkpoint other things are seen", code, stderr)
	}
}

func TestWatchFlags(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []answer{
		{"no file", []string{"train", "mlp", "--watch-every", "3"}, cli.ExitUsage, "give --watch FILE, too"},
		{"another kind", []string{"train", "mlp", "--watch", dir + "/a.pdf"}, cli.ExitUsage,
			"--watch " + dir + "/a.pdf: unknown kind"},
		{"less than nothing", []string{"train", "mlp", "--watch", dir + "/a.svg", "--watch-every", "-1"},
			cli.ExitUsage, "--watch-every"},
		{"the file of the curves", []string{"train", "mlp", "--watch", dir + "/a.svg", "--plot", dir + "/a.svg"},
			cli.ExitUsage, "--plot"},
		{"no folder", []string{"train", "mlp", "--watch", dir + "/none/a.svg"}, cli.ExitFailed, "--watch"},
	} {
		c.check(t)
	}
}
