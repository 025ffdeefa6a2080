package training

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/schedule"
)

// TestPlateauFollows: the rate is that of before until the loss has not got better, and then a share of it.
func TestPlateauFollows(t *testing.T) {
	f := scheduleFlag{text: "plateau:patience=1,factor=.5"}
	if err := f.check(); err != nil {
		t.Fatal(err)
	}
	if f.of(func(int, int) float64 { return 3 }) != nil {
		t.Error("the model's own schedule is still there")
	}
	c := train.Control{Rate: .4}
	f.follow(.4, train.Progress{Loss: 1}, &c) // a step, of which there is no score
	for i, loss := range []float64{2, 2, 2, 1, 1, 1} {
		f.follow(.4, train.Progress{Scores: &train.Scores{Loss: loss}}, &c)
		if want := []float64{.4, .4, .2, .2, .2, .1}[i]; c.Rate != want {
			t.Errorf("after evaluation %d the rate is %v, want %v", i+1, c.Rate, want)
		}
	}
}

// TestSchedulesOfPage: docs/schedules.md names all schedules, with their keys, and trains by those that there are.
func TestSchedulesOfPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "schedules.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows, trained := map[string]string{}, 0
	for _, line := range strings.Split(string(page), "\n") {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| `") {
			rows[strings.Trim(cells[0], "| `")] = line
		}
		if args, ok := strings.CutPrefix(line, "zoo train "); ok {
			fields := strings.Fields(args)
			f := scheduleFlag{text: fields[len(fields)-1]}
			if err := f.check(); err != nil {
				t.Errorf("%s: %v", line, err)
			}
			trained++
		}
	}
	if trained == 0 {
		t.Error("the page trains nothing")
	}
	for _, usage := range append(schedule.Usage(), plateauUsage) {
		name, keys, _ := strings.Cut(usage, ":")
		want := "`" + strings.ReplaceAll(keys, ",", "`, `") + "` |"
		if row := rows[name]; row == "" || keys != "" && !strings.HasSuffix(row, want) {
			t.Errorf("%s: the row is %q, want it to end with %s", name, row, want)
		}
	}
}
