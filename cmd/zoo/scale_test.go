package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
)

func TestSummaryScale(t *testing.T) {
	args := []string{"summary", "mlp", "--scale", "--batch", "16"}
	code, first, stderr := zooRun(args...)
	if code != 0 || !strings.Contains(first, "GRADIENT MEAN") || strings.Count(first, "\n") != 4 {
		t.Fatalf("exit %d: %s%s", code, first, stderr)
	}
	if stderr != "mlp on digits, a batch of 16, seed 0\n" {
		t.Errorf("standard error: %q", stderr)
	}
	if _, again, _ := zooRun(args...); again != first {
		t.Error("it differs from run to run")
	}
	if _, other, _ := zooRun(append(args, "--seed", "1")...); other == first {
		t.Error("the seed changes nothing")
	}
	code, stdout, stderr := zooRun(append(args, "--json")...)
	var got struct {
		Model  string
		Layers []training.Scaled
	}
	err := json.Unmarshal([]byte(stdout), &got)
	if code != 0 || err != nil || got.Model != "mlp" || len(got.Layers) != 3 ||
		got.Layers[1].Layer != "ReLU" || !(got.Layers[1].Value.Zero > .2) ||
		!(got.Layers[0].Gradient.Deviation > 0) {
		t.Errorf("exit %d: %+v %v %s", code, got, err, stderr)
	}
	for args, want := range map[string]string{
		"summary mlp --batch 3":          "zoo: --batch is for --scale: ",
		"summary mlp --seed 3":           "zoo: --seed is for --scale: ",
		"summary mlp --scale --batch 0":  "zoo: --batch is 0, want at least 1",
		"summary mlp --scale --data gpt": "zoo: --data gpt: ",
	} {
		if code, _, stderr := zooRun(strings.Fields(args)...); code == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d: %s", args, code, stderr)
		}
	}
}
