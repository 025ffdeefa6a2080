package train

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/schedule"
)

// TestSnapshotEnds: where cycles end, by hand.
func TestSnapshotEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		of    func(step, steps int) float64
		steps int
		want  []int
	}{
		{"restarts", schedule.Restarts{First: 5}.At, 20, []int{5, 10, 15, 20}},
		{"restarts that grow", schedule.Restarts{First: 3, Mult: 2}.At, 21, []int{3, 9, 21}},
		{"a cycle cut short", schedule.Restarts{First: 6}.At, 15, []int{6, 12, 15}},
		{"up and down", schedule.Cyclic{Up: 4, Down: 4, Low: .1}.At, 24, []int{9, 17, 24}},
		{"one fall", schedule.Cosine{}.At, 9, []int{9}},
		{"a warm-up is no cycle", func(step, _ int) float64 { return float64(step) }, 9, []int{9}},
		{"always the same", func(int, int) float64 { return 1 }, 9, []int{9}},
		{"one that stays low", func(step, _ int) float64 { return []float64{2, 1, 1, 1, 2, 2, 1}[step] }, 7,
			[]int{4, 7}},
		{"one step", schedule.Cosine{}.At, 1, []int{1}},
	} {
		s := &Snapshots{Dir: "d", Of: &nn.Params{}, Schedule: c.of, Steps: c.steps}
		if got, err := s.Ends(); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, the ends are %v, want %v", c.name, err, got, c.want)
		}
	}
}

// TestSnapshots: each file has the bytes that the parameters had at the end of its cycle, in a Fit and by hand, and
// the training is what it is without.
func TestSnapshots(t *testing.T) {
	cycles := schedule.Restarts{First: 3}.At
	run := func(dir string, hook func(m *mlp.MLP) func(Progress, *Control)) []float64 {
		m, batch := handMade()
		f := Fit{Trainer: New(Supervised(m, ops.MSE), &SGD{LR: .01}), Train: Fixed(batch, batch), Test: Fixed(batch),
			Epochs: 4, Schedule: cycles, Hook: hook(m)}
		if _, err := f.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		return bitsOf(m.Params())
	}
	dir := t.TempDir()
	after := map[int][]float64{}
	plain := run(dir, func(m *mlp.MLP) func(Progress, *Control) {
		return func(now Progress, _ *Control) { after[(now.Epoch-1)*2+now.Step] = bitsOf(m.Params()) }
	})
	same := run(dir, func(m *mlp.MLP) func(Progress, *Control) {
		return (&Snapshots{Dir: dir, Of: m.Params(), Schedule: cycles, Steps: 8,
			Words: map[string]string{"a": "b"}}).Hook
	})
	if !slices.Equal(plain, same) {
		t.Error("a training of which snapshots are taken is another")
	}
	if slices.Equal(after[3], after[6]) {
		t.Error("the ends of two cycles are alike: nothing is tested")
	}
	for i, step := range []int{3, 6, 8} {
		m, _ := handMade()
		if err := m.Params().Load(filepath.Join(dir, fmt.Sprintf("snapshot-%03d.safetensors", i+1))); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(bitsOf(m.Params()), after[step]) {
			t.Errorf("snapshot %d is not what was after step %d", i+1, step)
		}
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 3 {
		t.Errorf("there are %v, %v", all, err)
	}
}

func TestSnapshotMistakes(t *testing.T) {
	m, _ := handMade()
	sound := Snapshots{Dir: t.TempDir(), Of: m.Params(), Schedule: schedule.Cosine{}.At, Steps: 3}
	with := func(change func(s *Snapshots)) *Snapshots {
		s := sound
		change(&s)
		return &s
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, s := range map[string]*Snapshots{
		"snapshots: the Snapshots are nil":     nil,
		"there is no Dir":                      with(func(s *Snapshots) { s.Dir = "" }),
		"there is no Of":                       with(func(s *Snapshots) { s.Of = nil }),
		"there is no Schedule":                 with(func(s *Snapshots) { s.Schedule = nil }),
		"the number of Steps is 0":             with(func(s *Snapshots) { s.Steps = 0 }),
		"snapshots: mkdir " + file + ": not a": with(func(s *Snapshots) { s.Dir = file }),
	} {
		var c Control
		s.Hook(Progress{Epoch: 1, Step: 3, Steps: 3}, &c)
		if !strings.Contains(fmt.Sprint(c.Err), want) {
			t.Errorf("%v, want %q", c.Err, want)
		}
	}
	if saved, err := sound.Add(2); saved || err != nil {
		t.Errorf("step 2: %v, %v", saved, err)
	}
	if saved, err := sound.Add(3); !saved || err != nil {
		t.Errorf("step 3: %v, %v", saved, err)
	}
}

// TestSnapshotsTurn: the steps that a random rate turns after are those that Ends finds, and while it rises or falls
// the schedule is asked a few times a step, however many steps there are.
func TestSnapshotsTurn(t *testing.T) {
	for seed := range uint64(200) {
		random := nn.NewRand(seed, "turns")
		rates := make([]float64, 1+random.IntN(12))
		for i := range rates {
			rates[i] = float64(random.IntN(3))
		}
		s := &Snapshots{Dir: "d", Of: &nn.Params{}, Steps: len(rates),
			Schedule: func(step, _ int) float64 { return rates[step] }}
		want, err := s.Ends()
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for step := range len(rates) + 1 {
			if step == s.Steps || step < s.Steps && s.turns(step) {
				got = append(got, step)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("of the rates %v it turns after %v, want %v", rates, got, want)
		}
	}
	asked := 0
	rise := schedule.OneCycle{Pct: .9}
	s := &Snapshots{Dir: t.TempDir(), Of: &nn.Params{}, Steps: 5000, Schedule: func(step, steps int) float64 {
		asked++
		return rise.At(step, steps)
	}}
	for step := range s.Steps - 1 {
		if saved, err := s.Add(step + 1); saved || err != nil {
			t.Fatal(step+1, saved, err)
		}
	}
	if asked > 5*s.Steps {
		t.Errorf("the schedule is asked %d times in %d steps", asked, s.Steps)
	}
}
