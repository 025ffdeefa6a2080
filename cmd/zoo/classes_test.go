package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/nn"
)

// TestEvalReport: the report of an evaluation has every example, as often right as the accuracy says; the picture is
// one.
func TestEvalReport(t *testing.T) {
	dir := t.TempDir()
	weights, picture := mlpFile(t, dir, "w", func(p *nn.Params) { p.Init(3) }), filepath.Join(dir, "c.png")
	sheet := filepath.Join(dir, "sheet.png")
	code, stdout, stderr := zooRun("eval", "mlp", "--weights", weights, "--report", "--confusion", picture, "--worst",
		"12", "--pictures", sheet, "--json")
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
	for path, wide := range map[string]int{picture: 1000, sheet: 10*58 + 2} { // one of 28 is twice that, and a gap
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if img, err := png.Decode(bytes.NewReader(raw)); err != nil || img.Bounds().Dx() < wide {
			t.Errorf("%s: %v", path, err)
		}
	}
	checkWorst(t, got.Worst)
	_, plain, _ := zooRun("eval", "mlp", "--weights", weights, "--json")
	if strings.Contains(plain, "confusion") || strings.Contains(plain, "report") {
		t.Errorf("without flags it says %s", plain)
	}
	code, stdout, _ = zooRun("eval", "mlp", "--weights", weights, "--report", "--worst", "1")
	if code != 0 || !strings.Contains(stdout, "\n\ntruth \\ taken for ") || !strings.Contains(stdout, "\nmacro ") ||
		!strings.Contains(stdout, fmt.Sprintf("\n%d ", got.Worst[0].Example)) {
		t.Errorf("exit %d: %s", code, stdout)
	}
}

// checkWorst: examples are told once each, the largest loss first, by the classes that they are of.
func checkWorst(t *testing.T, worst []worstRow) {
	t.Helper()
	digits := data.Digits(0).Test.Y
	seen := map[int]bool{}
	for i, w := range worst {
		if i > 0 && w.Loss > worst[i-1].Loss || seen[w.Example] || w.Truth != fmt.Sprint(digits.I64[w.Example]) ||
			math.Abs(float64(w.Loss)+math.Log(float64(w.Probability))) > 1e-9 {
			t.Errorf("example %d of the worst: %+v", i, w)
		}
		seen[w.Example] = true
	}
	if len(worst) != 12 {
		t.Errorf("%d examples are told, want 12", len(worst))
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
		{"fewer than none", []string{"eval", "mlp", "--weights", weights, "--worst", "-1"}, 2,
			"--worst is -1, want 1 to 1000, or 0 for none"},
		{"the worst of a model of language", []string{"eval", "gpt", "--weights", weights, "--worst", "3"}, 2,
			"--worst is for models that tell classes, and gpt is a language model"},
		{"pictures of no examples", []string{"eval", "mlp", "--weights", weights, "--pictures", "w.png"}, 2,
			"--pictures is for those of --worst: say how many"},
		{"pictures of texts", []string{"eval", "sentiment", "--weights", weights, "--worst", "3", "--pictures",
			"w.png"}, 2, "--pictures is for models of pictures, and sentiment is a text classifier"},
		{"pictures as a drawing", []string{"eval", "mlp", "--weights", weights, "--worst", "3", "--pictures", "w.svg"},
			2, `--pictures w.svg: pictures are written as .png, not as ".svg"`},
		{"one file for both", []string{"eval", "mlp", "--weights", weights, "--worst", "3", "--pictures",
			dir + "/a.png", "--confusion", dir + "/a.png"}, 2, "--confusion and --pictures are one file"},
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
	raw, err := os.ReadFile(picture)
	if err != nil || !strings.Contains(string(raw), ">mlp · moons · 2 folds<") {
		t.Errorf("the picture: %v", err)
	}
}
