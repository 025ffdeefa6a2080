package main

import (
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/nn"
)

// TestEvalReport: the report of an evaluation has every example, as often right as the accuracy says; the picture is
// one.
func TestEvalReport(t *testing.T) {
	dir := t.TempDir()
	weights, picture := mlpFile(t, dir, "w", func(p *nn.Params) { p.Init(3) }), filepath.Join(dir, "c.png")
	code, stdout, stderr := zooRun("eval", "mlp", "--weights", weights, "--report", "--confusion", picture, "--json")
	var got evaluated
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 {
		t.Fatalf("exit %d: %v %s", code, err, stderr)
	}
	all, right := 0, 0
	for k, row := range got.Confusion {
		for p, n := range row {
			if all += n; p == k {
				right += n
			}
		}
	}
	if all != 2000 || math.Abs(float64(right)/2000-float64(got.Metric["accuracy"])) > 1e-9 {
		t.Errorf("%d of %d are right, accuracy %v", right, all, got.Metric["accuracy"])
	}
	if len(got.Report) != 10 || got.Report[9].Class != "9" || len(got.Classes) != 10 || got.Picture != picture {
		t.Errorf("the report is %+v", got.Report)
	}
	f, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Error(err)
	}
	_, plain, _ := zooRun("eval", "mlp", "--weights", weights, "--json")
	if strings.Contains(plain, "confusion") || strings.Contains(plain, "report") {
		t.Errorf("without flags it says %s", plain)
	}
	code, stdout, _ = zooRun("eval", "mlp", "--weights", weights, "--report")
	if code != 0 || !strings.Contains(stdout, "\n\ntruth \\ taken for ") || !strings.Contains(stdout, "\nmacro ") {
		t.Errorf("exit %d: %s", code, stdout)
	}
}

func TestClassMistakes(t *testing.T) {
	dir := t.TempDir()
	weights := mlpFile(t, dir, "w.safetensors", nil)
	for _, c := range []answer{
		{"a report of a model of language", []string{"eval", "gpt", "--weights", weights, "--report"}, 2,
			"--report is for models that tell classes, and gpt is a language model"},
		{"a matrix of a model of pictures", []string{"eval", "vae", "--weights", weights, "--confusion", "c.png"}, 2,
			"--confusion is for models that tell classes, and vae is a "},
		{"another kind of picture", []string{"eval", "mlp", "--weights", weights, "--confusion", "c.pdf"}, 2,
			`--confusion c.pdf: unknown kind of picture ".pdf"; known are .svg and .png`},
		{"a picture without a name", []string{"eval", "mlp", "--weights", weights, "--confusion", ""}, 2,
			"--confusion is empty, want the name of a file"},
		{"a picture in no folder", []string{"eval", "mlp", "--weights", weights, "--confusion", dir + "/no/c.png"}, 1,
			"--confusion " + dir + "/no/c.png: "},
		{"a picture in no folder, of folds", []string{"crossval", "mlp", "--confusion", dir + "/no/c.svg"}, 1,
			"--confusion " + dir + "/no/c.svg: "},
	} {
		t.Run(c.name, c.check)
	}
	picture := filepath.Join(dir, "moons.svg")
	if code, stdout, stderr := zooRun("crossval", "mlp", "--folds", "2", "--confusion", picture); code != 0 ||
		!strings.HasSuffix(stdout, "confusion matrix in "+picture+"\n") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if raw, err := os.ReadFile(picture); err != nil || !strings.Contains(string(raw), ">mlp · moons · 2 folds<") {
		t.Errorf("the picture: %v", err)
	}
}
