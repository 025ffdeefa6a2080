package main

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
	"github.com/stheno-ml/stheno/models/mlp"
)

// chosenRun trains an MLP by a fixed rate, and returns its weights and what is told.
func chosenRun(t *testing.T, more ...string) (values []float32, out training.Trained) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	args := append([]string{"train", "mlp", "--batch", "500", "--schedule", "fixed", "--json", "-o", path}, more...)
	code, stdout, stderr := zooRun(args...)
	if code != 0 {
		t.Fatalf("%q: exit %d, %s", more, code, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &out); err != nil {
		t.Fatal(err)
	}
	m := mlp.New(784, 128, 10)
	if err := m.Params().Load(path); err != nil {
		t.Fatal(err)
	}
	for p := range m.Params().All() {
		values = append(values, p.Tensor().F32...)
	}
	return values, out
}

// TestEarlyStop: the weights and figures are those of a training that has ended with the best epoch, whatever is
// learnt after it, and the best epoch is that which delta and warm-up say.
func TestEarlyStop(t *testing.T) {
	one, short := chosenRun(t, "--epochs", "1")
	two, longer := chosenRun(t, "--epochs", "2")
	if slices.Equal(one, two) {
		t.Fatal("an epoch more changes nothing: the test would not see which one is chosen")
	}
	for _, c := range []struct {
		name, flag  string
		epochs, ran int
		want        []float32
		told        training.Trained
	}{
		{"nothing is better by half", "1,delta=.9", 1, 2, one, short},
		{"the first does not count", "1,warmup=1,delta=.9", 2, 3, two, longer},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, out := chosenRun(t, "--epochs", "9", "--early-stop", c.flag)
			if !slices.Equal(got, c.want) {
				t.Error("the weights are not those of the best epoch")
			}
			if out.EarlyStop == nil || out.EarlyStop.Epoch != c.epochs || out.EarlyStop.Figure != "accuracy" ||
				out.EarlyStop.Best != c.told.Metric["accuracy"] || out.Epochs != c.ran {
				t.Errorf("it ran %d epochs, and tells %+v", out.Epochs, out.EarlyStop)
			}
			if out.TestLoss != c.told.TestLoss || out.TrainLoss != c.told.TrainLoss ||
				!maps.Equal(out.Metric, c.told.Metric) {
				t.Errorf("losses %v and %v, figures %v, want those of the best epoch: %v, %v, %v", out.TrainLoss,
					out.TestLoss, out.Metric, c.told.TrainLoss, c.told.TestLoss, c.told.Metric)
			}
		})
	}
	if short.EarlyStop != nil || short.SWA != 0 {
		t.Errorf("without the flags it tells %+v and %d", short.EarlyStop, short.SWA)
	}
}

// TestSWA: the weights are the mean of those of trainings that have ended with each of the epochs, and what is told is
// what eval says of them.
func TestSWA(t *testing.T) {
	two, _ := chosenRun(t, "--epochs", "2")
	three, last := chosenRun(t, "--epochs", "3")
	mean := slices.Clone(two)
	for i := range mean {
		mean[i] += .5 * (three[i] - two[i])
	}
	if slices.Equal(mean, three) {
		t.Fatal("the mean is the last: the test would see nothing")
	}
	got, out := chosenRun(t, "--epochs", "3", "--swa", ".5") // after half of the steps two epochs end
	if !slices.Equal(got, mean) {
		t.Error("the weights are not the mean")
	}
	if out.SWA != 2 || out.TestLoss == last.TestLoss {
		t.Errorf("%d epochs are averaged, the test's loss is %v", out.SWA, out.TestLoss)
	}
	var eval training.Trained
	code, stdout, stderr := zooRun("eval", "mlp", "--weights", *out.Weights, "--json")
	if err := json.Unmarshal([]byte(stdout), &eval); code != 0 || err != nil || eval.TestLoss != out.TestLoss ||
		!maps.Equal(eval.Metric, out.Metric) {
		t.Errorf("it tells %v, %v, and eval %s%s", out.TestLoss, out.Metric, stdout, stderr)
	}
}

func TestChosenMistakes(t *testing.T) {
	mlp := func(args ...string) []string { return append([]string{"train", "mlp"}, args...) }
	for _, c := range []answer{
		{"both", mlp("--early-stop", "3", "--swa", "2"), cli.ExitUsage, "--early-stop and --swa exclude each other"},
		{"no patience", mlp("--early-stop", "0"), cli.ExitUsage,
			`--early-stop begins with "0", want a number of epochs`},
		{"no number", mlp("--early-stop", "often"), cli.ExitUsage, `--early-stop begins with "often"`},
		{"an empty text", mlp("--early-stop", ""), cli.ExitUsage, "--early-stop is empty"},
		{"an unknown key", mlp("--early-stop", "3,dalta=1"), cli.ExitUsage,
			`--early-stop: unknown key "dalta"; known are delta, warmup`},
		{"nothing behind a comma", mlp("--early-stop", "3,"), cli.ExitUsage, `--early-stop: unknown key ""`},
		{"a slip in a number", mlp("--early-stop", "3,delta=1_0"), cli.ExitUsage,
			`--early-stop: delta is "1_0", want a number`},
		{"a difference below 0", mlp("--early-stop", "3,delta=-1"), cli.ExitUsage, "--early-stop: delta is -1"},
		{"no difference", mlp("--early-stop", "3,delta=NaN"), cli.ExitUsage, "--early-stop: delta is NaN"},
		{"half an epoch", mlp("--early-stop", "3,warmup=.5"), cli.ExitUsage, "--early-stop: warmup is 0.5"},
		{"a game", []string{"train", "gan", "--early-stop", "3"}, cli.ExitUsage, "gan is a game"},
		{"a game's average", []string{"train", "gan", "--swa", "3"}, cli.ExitUsage, "gan is a game"},
		{"from nowhere", mlp("--swa", "0"), cli.ExitUsage, "--swa is 0, want an epoch from 1, or a share"},
		{"from no number", mlp("--swa", "NaN"), cli.ExitUsage, "--swa is NaN"},
		{"from without end", mlp("--swa", "Inf"), cli.ExitUsage, "--swa is +Inf"},
		{"from within an epoch", mlp("--swa", "1.5"), cli.ExitUsage, "--swa is 1.5"},
	} {
		t.Run(c.name, c.check)
	}
	code, stdout, stderr := zooRun("train", "mlp", "--epochs", "2", "--swa", "3")
	if code != cli.ExitUsage || stdout != "" ||
		!strings.HasSuffix(stderr, "zoo: mlp: --swa is 3, but training ends in epoch 2\n") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
}
