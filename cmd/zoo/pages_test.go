package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
)

var (
	update = flag.Bool("update", false, "write docs/zoo/output")
	long   = flag.Bool("long", false, "train every model to what it must come to")
)

const outputs = "../../docs/zoo/output"

// early is how many steps the quick check of a page does.
const early = 5

// check is what docs/zoo/output/NAME.json holds: what the first steps come to.
type check struct {
	Steps     int     `json:"steps"`
	TrainLoss float64 `json:"train_loss"`
	TestLoss  float64 `json:"test_loss"`
}

// near reports that the losses are alike but for rounding. A model with running statistics has seen five batches of
// them, which differ more between processors than losses do: its loss in training alone is compared.
func (c check) near(d check, running bool) bool {
	near := func(a, b, share float64) bool { return math.Abs(a-b) <= share*math.Abs(b) }
	if running {
		return c.Steps == d.Steps && near(c.TrainLoss, d.TrainLoss, .05)
	}
	return c.Steps == d.Steps && near(c.TrainLoss, d.TrainLoss, .02) && near(c.TestLoss, d.TestLoss, .02)
}

// hasRunning reports a model with running statistics.
func hasRunning(r recipe.Recipe) bool {
	for p := range r.New(r.Usual()).Params().All() {
		if strings.HasSuffix(p.Name(), "running_mean") {
			return true
		}
	}
	return false
}

// TestPagesKeepTheirPromise: what a page shows is within what it says must come of it, and the first steps of training
// come to what was recorded, as near as processors that round otherwise. Where rows have one architecture, in
// several sizes, the steps are of the first, and of all with -long. With -update these are recorded, and with -long
// too every model is trained as its page says, and what it prints is written down.
func TestPagesKeepTheirPromise(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range recipe.Table() {
		t.Run(r.Name, func(t *testing.T) {
			if *update {
				recordSteps(t, r)
			}
			if *long && *update {
				record(t, r)
			}
			text, err := os.ReadFile(filepath.Join(outputs, r.Name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range r.Expect {
				if e.Data == r.Data {
					promised(t, e, string(text))
				}
			}
			if testing.Short() || seen[r.File] && !*long {
				t.Skip("training takes seconds")
			}
			seen[r.File] = true
			var want check
			b, err := os.ReadFile(filepath.Join(outputs, r.Name+".json"))
			if err != nil || json.Unmarshal(b, &want) != nil {
				t.Fatalf("%s; error %v", b, err)
			}
			if got := firstSteps(t, r); !got.near(want, hasRunning(r)) {
				t.Errorf("%d steps come to %+v, want %+v", early, got, want)
			}
		})
	}
	for _, running := range []bool{false, true} {
		if (check{20, 1, 1}).near(check{20, 1.1, 1}, running) {
			t.Error("negative control: a loss of another tenth is near")
		}
	}
	if (check{20, 1, 1}).near(check{20, 1, 1.1}, false) {
		t.Error("negative control: another loss on the test is near")
	}
}

// TestExpected trains every model on the data that its row names, those beside the repository too, to what it must
// come to.
func TestExpected(t *testing.T) {
	if !*long {
		t.Skip("training takes minutes: -long")
	}
	for _, r := range recipe.Table() {
		for _, e := range r.Expect {
			t.Run(r.Name+" on "+e.Data, func(t *testing.T) {
				source := e.Data
				if beside := filepath.Join("../../../shared/data", e.Data); e.Data != r.Data {
					if _, err := os.Stat(beside); err != nil {
						t.Skipf("the data are not here: %v", err)
					}
					source = beside
				}
				args := append([]string{"train", r.Name, "--data", source, "--json"}, e.Flags()...)
				if e.HeldOut > 0 {
					args = append(args, "--held-out", fmt.Sprint(e.HeldOut))
				}
				var got struct {
					Loss   float64            `json:"test_loss"`
					Metric map[string]float64 `json:"metric"`
				}
				code, stdout, stderr := zooRun(args...)
				if code != 0 || json.Unmarshal([]byte(stdout), &got) != nil {
					t.Fatalf("exit %d: %s", code, stderr)
				}
				t.Logf("%v: loss %.4f, %v", e, got.Loss, got.Metric)
				if !e.Holds(train.Scores{Loss: got.Loss, Metrics: got.Metric}) {
					t.Errorf("loss %v, %v: want %v", got.Loss, got.Metric, e)
				}
			})
		}
	}
}

// firstSteps trains for a moment.
func firstSteps(t *testing.T, r recipe.Recipe) (c check) {
	t.Helper()
	args := []string{"train", r.Name, "--steps", fmt.Sprint(early), "--json"}
	code, stdout, stderr := zooRun(append(args, r.Recorded().Size.Flags()...)...)
	if code != 0 || json.Unmarshal([]byte(stdout), &c) != nil {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return c
}

// record trains as the page says and writes down what is printed.
func record(t *testing.T, r recipe.Recipe) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"train", r.Name, "-o", filepath.Join(dir, r.Name+".safetensors")}
	code, stdout, stderr := zooRun(append(args, r.Recorded().Flags()...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	text := stderr + strings.ReplaceAll(stdout, dir+string(filepath.Separator), "")
	if err := os.WriteFile(filepath.Join(outputs, r.Name+".txt"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// recordSteps writes down what the first steps come to.
func recordSteps(t *testing.T, r recipe.Recipe) {
	t.Helper()
	b, err := json.Marshal(firstSteps(t, r))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outputs, r.Name+".json"), append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// promised finds the figure in the last line of results, and holds it to the bound.
func promised(t *testing.T, e recipe.Expect, text string) {
	t.Helper()
	name := e.Figure
	if name == "loss" {
		name = "test loss"
	}
	found := regexp.MustCompile(`, ` + name + ` (\S+?)(,|\n|$)`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("%s is not in %q", name, text)
	}
	v, err := strconv.ParseFloat(found[1], 64)
	if err != nil || v > e.Bound && e.AtMost || v < e.Bound && !e.AtMost {
		t.Errorf("%s is %v, want %v (%v)", name, found[1], e, err)
	}
}
