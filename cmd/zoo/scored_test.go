package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/nn"
)

// TestEvalDrawings: the curves are drawn, and their areas are told for each class, in JSON and as text.
func TestEvalDrawings(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"eval", "mlp", "--weights", mlpFile(t, dir, "w", func(p *nn.Params) { p.Init(3) }),
		"--roc", in("roc.svg"), "--pr", in("pr.svg"), "--calibration", in("c.svg")}
	code, stdout, stderr := zooRun(append(args, "--json")...)
	var got evaluated
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 {
		t.Fatalf("exit %d: %v %s", code, err, stderr)
	}
	if len(got.AUC) != 10 || len(got.AP) != 10 || got.ECE == nil || got.ROC != in("roc.svg") || len(got.Classes) > 0 {
		t.Errorf("the figures are %v, %v and %v", got.AUC, got.AP, got.ECE)
	}
	for name, want := range map[string]string{"roc.svg": fmt.Sprintf(">3, AUC %.4f<", got.AUC[3].Area),
		"pr.svg": fmt.Sprintf(">7, AP %.4f<", got.AP[7].Area), "c.svg": fmt.Sprintf(">ECE %.4f of 2000 examples<",
			*got.ECE)} {
		if svg, err := os.ReadFile(in(name)); err != nil || !strings.Contains(string(svg), want) {
			t.Errorf("%s: %v, it has no %s", name, err, want)
		}
	}
	code, stdout, _ = zooRun(args...)
	if code != 0 || !strings.Contains(stdout, "\nROC in "+in("roc.svg")+", AUC 0.") ||
		!strings.Contains(stdout, " in the mean of 10 classes\n") || !strings.Contains(stdout, ", ECE 0.") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	for _, c := range []answer{
		{"no classes", []string{"eval", "autoencoder", "--roc", in("a.svg")}, cli.ExitUsage,
			"--roc is for models that tell classes"},
		{"another kind", []string{"eval", "mlp", "--pr", in("a.gif")}, cli.ExitUsage,
			"--pr " + in("a.gif") + ": unknown kind"},
		{"one file for two", []string{"eval", "mlp", "--pr", in("a.svg"), "--roc", in("a.svg")}, cli.ExitUsage,
			"--roc"},
		{"no folder", []string{"eval", "mlp", "--calibration", in("none/a.svg")}, cli.ExitFailed, "--calibration"},
	} {
		c.check(t)
	}
}
