package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
)

// TestTrainOutputs: an output that would replace another one, or an input, is a mistake in the command line, and
// leaves everything as it was.
func TestTrainOutputs(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"words.txt", "words.csv"} {
		if err := os.WriteFile(name, []byte("good,fine\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, args, want string }{
		{"weights in the place of a snapshot",
			"train mlp --schedule restarts --snapshots parts -o parts/snapshot-002.safetensors",
			"zoo: -o parts/snapshot-002.safetensors is a file of --snapshots parts: name another"},
		{"weights in the place of those of a checkpoint",
			"train mlp --checkpoint run -o ./run/checkpoint-000001.weights.safetensors",
			"zoo: -o ./run/checkpoint-000001.weights.safetensors is a file of --checkpoint run"},
		{"a history in the place of that of a checkpoint, in this folder",
			"train mlp --checkpoint . --history checkpoint-000002.history.csv",
			"zoo: --history checkpoint-000002.history.csv is a file of --checkpoint ."},
		{"curves in the place of samples", "train dcgan --samples grids/ --plot grids/epoch-001.png",
			"zoo: --plot grids/epoch-001.png is a file of --samples grids/"},
		{"snapshots among checkpoints", "train mlp --schedule restarts --snapshots run --checkpoint ./run/",
			"zoo: --snapshots and --checkpoint are one folder, run"},
		{"weights in the place of a folder", "train mlp --checkpoint run.safetensors -o run.safetensors",
			"zoo: -o and --checkpoint are one file, run.safetensors"},
		{"a history in the place of synonyms",
			"train sentiment --augment swap=.1,synonyms=words.csv --history words.csv",
			"zoo: --history words.csv would replace an input, words.csv"},
		{"texts in the place of synonyms", "augment --view synonyms=words.txt -o words.txt",
			"zoo: -o words.txt would replace an input, words.txt"},
	} {
		code, stdout, stderr := zooRun(strings.Fields(c.args)...)
		if code != cli.ExitUsage || stdout != "" || !strings.HasPrefix(stderr, c.want) ||
			strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit %d\ngot  %s%s\nwant %s…", c.name, code, stdout, stderr, c.want)
		}
	}
	left, _ := filepath.Glob("*")
	if text, err := os.ReadFile("words.txt"); len(left) != 2 || err != nil || string(text) != "good,fine\n" {
		t.Errorf("there are %q, %q, %v", left, text, err)
	}
	if err := os.Mkdir("run", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"--checkpoint run -o run/best.safetensors --history run/all.csv", // negative control
		"--schedule restarts:first=2 --snapshots parts -o snapshot-001.safetensors"} {
		if code, _, stderr := zooRun(strings.Fields("train mlp --steps 5 " + args)...); code != cli.ExitDone {
			t.Errorf("%s: exit %d: %s", args, code, stderr)
		}
	}
}
