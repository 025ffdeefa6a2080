package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
	"github.com/stheno-ml/stheno/train"
)

func TestScheduleMistakes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a.svg")
	for _, c := range []struct{ name, args, want string }{
		{"an unknown schedule, nearest first", "train mlp --schedule platau",
			`zoo: --schedule: unknown schedule "platau"; known are plateau, linear, `},
		{"an unknown key", "train mlp --schedule cosine:mun=3",
			`zoo: --schedule: cosine: unknown key "mun"; known are min, over`},
		{"a number out of range", "train mlp --schedule onecycle:pct=2", "zoo: --schedule: OneCycle: Pct is 2, want"},
		{"a patience below 0", "train mlp --schedule plateau:patience=-1",
			"zoo: --schedule: Plateau: the Patience is -1"},
		{"another that is not known", "train mlp --schedule warmup+cosin",
			`zoo: --schedule: unknown schedule "cosin"; known are cosine, `},
		{"a schedule that is empty", "train mlp --schedule=", "zoo: --schedule is empty"},
		{"nothing to plot", "plot", "zoo: plot takes what is drawn; known are schedule"},
		{"an unknown plot", "plot shedule cosine", `zoo: unknown plot "shedule"; known are schedule`},
		{"an unknown plot with a flag", "plot schedul cosine -o " + out,
			`zoo: unknown plot "schedul"; known are schedule`},
		{"no schedule to plot", "plot schedule -o " + out, "zoo: plot schedule takes schedules; known are cosine, "},
		{"an unknown schedule to plot", "plot schedule cosin -o " + out,
			`zoo: schedule: unknown schedule "cosin"; known are cosine, `},
		{"a plateau to plot", "plot schedule plateau -o " + out, "zoo: plateau follows the loss of a training"},
		{"no file", "plot schedule cosine", "zoo: -o FILE.svg or -o FILE.png is needed"},
		{"another kind of file", "plot schedule cosine -o a.pdf", `zoo: -o a.pdf: unknown kind of picture ".pdf"`},
		{"a single step", "plot schedule cosine --steps 1 -o " + out, "zoo: --steps is 1, want 2 to 100000"},
		{"a rate of nothing", "plot schedule cosine --lr 0 -o " + out, "zoo: --lr is 0, want a number above 0"},
		{"too many", "plot schedule step step step step step step step -o " + out,
			"zoo: plot schedule draws 6 schedules at most, got 7"},
		{"a flag that is not known", "plot schedule cosine --step 3",
			"zoo: unknown flag: --step; see zoo help plot schedule"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := zooRun(strings.Fields(c.args)...)
			if code != cli.ExitUsage || stdout != "" || !strings.HasPrefix(stderr, c.want) {
				t.Errorf("exit %d\ngot  %s%s\nwant %s…", code, stdout, stderr, c.want)
			}
		})
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a mistake has written a file")
	}
}

// TestSchedule: a schedule takes the place of the model's own, and a model's own that is written out changes nothing.
func TestSchedule(t *testing.T) {
	weights := func(more ...string) []byte {
		t.Helper()
		path := filepath.Join(t.TempDir(), "w.safetensors")
		args := append([]string{"train", "mlp", "--steps", "12", "--batch", "16", "-o", path}, more...)
		if code, _, stderr := zooRun(args...); code != 0 {
			t.Fatal(stderr)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	own := weights()
	if !bytes.Equal(own, weights("--schedule", "cosine")) {
		t.Error("the schedule of the model, by its name, gives other weights")
	}
	if bytes.Equal(own, weights("--schedule", "warmup:over=4+step:every=2")) {
		t.Error("another schedule gives the same weights")
	}
}

func TestPlotSchedule(t *testing.T) {
	dir := t.TempDir()
	svg := filepath.Join(dir, "a.svg")
	code, stdout, stderr := zooRun("plot", "schedule", "onecycle", "warmup+cosine", "--steps", "50", "--lr", ".1",
		"-o", svg, "--json")
	var got training.Plotted
	if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil || got.Output != svg || got.Steps != 50 {
		t.Fatalf("exit %d: %s%s%v", code, stdout, stderr, err)
	}
	text, err := os.ReadFile(svg)
	for _, want := range []string{">onecycle<", ">warmup+cosine<", ">learning rate<", ">step<", ">0.10<"} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s is not drawn: %v", want, err)
		}
	}
	path := filepath.Join(dir, "a.png")
	code, stdout, stderr = zooRun("plot", "schedule", "cyclic", "-o", path)
	if code != 0 || stdout != "plot in "+path+"\n" {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	picture, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer picture.Close()
	if _, err := png.Decode(picture); err != nil {
		t.Error(err)
	}
	for _, c := range []string{"help plot", "help plot schedule", "__complete train mlp --schedule one",
		"__complete plot schedule one"} {
		if code, out, stderr := zooRun(strings.Fields(c)...); code != 0 || !strings.Contains(out, "schedule") &&
			!strings.Contains(out, "onecycle") {
			t.Errorf("%s: exit %d: %s%s", c, code, out, stderr)
		}
	}
}

// TestSchedulesPage: docs/schedules.md names all optimisers, and its picture is what its command draws.
func TestSchedulesPage(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	page, err := os.ReadFile(filepath.Join(docs, "schedules.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(page), "\n") {
		args, ok := strings.CutPrefix(line, "zoo ")
		if !ok {
			continue
		}
		fields := strings.Fields(args)
		if fields[0] == "train" {
			continue // see TestSchedulesOfPage
		}
		out := filepath.Join(t.TempDir(), "a.svg")
		fields[len(fields)-1] = out
		if code, _, stderr := zooRun(fields...); code != 0 {
			t.Fatalf("%s: %s", line, stderr)
		}
		got, gotErr := os.ReadFile(out)
		want, wantErr := os.ReadFile(filepath.Join(docs, "schedules.svg"))
		if gotErr != nil || wantErr != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/schedules.svg is not what %s writes: %v %v", line, gotErr, wantErr)
		}
	}
	for _, name := range train.OptimizerNames() {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("the optimiser %s is not on the page", name)
		}
	}
}
