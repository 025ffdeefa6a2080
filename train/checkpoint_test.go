package train

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/internal/checkpoint"
	"github.com/stheno-ml/stheno/train/schedule"
)

var long = flag.Bool("long", false, "kill a training 50 times, not a few")

// resumable is a Fit that depends on all that a checkpoint holds, and its parameters.
type resumable struct {
	*Fit
	params *nn.Params
	also   map[string]Keeper
}

// resumables are trainings of all kinds.
func resumables() map[string]func() resumable {
	set := data.Split{X: normal(1, 26, 4), Y: graph.FromInt64(slices.Repeat([]int64{0, 1}, 13), 26)}
	all := map[string]func() resumable{}
	plain := func(opt Optimizer) resumable {
		m := moody(graph.Float32)
		average := &Average{Of: m.Params(), Decay: .9}
		r := resumable{&Fit{Trainer: New(Supervised(m, ops.CrossEntropy), opt), Train: set.Shuffled(6), Epochs: 4,
			Metrics: []Metric{Accuracy()}, Test: set.Ordered(10), Schedule: schedule.Cosine{}.At}, m.Params(),
			map[string]Keeper{"average": average}}
		r.Hook = func(now Progress, c *Control) {
			if c.Rate *= .95; now.Scores == nil {
				c.Err = average.Add()
			}
		}
		return r
	}
	for _, name := range []string{"adam", "momentum", "rmsprop"} {
		all[name] = func() resumable { return plain(optimizers()[name]) }
	}
	all["a limit of steps"] = func() resumable { r := plain(&Adam{}); r.Steps = 10; return r }
	all["no test"] = func() resumable { r := plain(&Adam{}); r.Test, r.Metrics = nil, nil; return r }
	all["a hook that stops"] = func() resumable {
		r := plain(&Adam{})
		add := r.Hook
		r.Hook = func(now Progress, c *Control) { add(now, c); c.Stop = now.Epoch == 3 && now.Step == 2 }
		return r
	}
	workers := 0 // the first training has none, and each that goes on has others
	all["batches that goroutines make"] = func() resumable {
		r := plain(&Adam{})
		r.Train = data.Loader{Source: set.Shuffled(6), Workers: workers % 4}
		workers++
		return r
	}
	all["a game with an average"] = func() resumable {
		p := newPlayers()
		game := p.game()
		game.Players[1].Every, game.Players[1].Average = 2, &Average{Of: p.params[1], Decay: .9}
		source := Fixed([]graph.Tensor{normal(1, 8, 3), normal(2, 8, 2)},
			[]graph.Tensor{normal(3, 8, 3), normal(4, 8, 2)},
			[]graph.Tensor{normal(5, 4, 3), normal(6, 4, 2)})
		return resumable{&Fit{Trainer: New(game, nil), Train: source, Test: source, Epochs: 4}, p.all, nil}
	}
	all["states of two shapes"] = func() resumable {
		s := nn.NewScope()
		in, out := nn.NewLinear(s.Sub("in"), 3, 5), nn.NewLinear(s.Sub("out"), 5, 2)
		task := TaskFunc(func(b ...graph.Node) graph.Node {
			h := b[0].Graph().State("h", b[0].Dim(0), 5)
			next := ops.Tanh(ops.Add(in.Forward(b[0]), h))
			b[0].Graph().Assign(h, next)
			return ops.MSE(out.Forward(next), b[1])
		})
		var batches [][]graph.Tensor
		for i := range uint64(5) {
			batches = append(batches, []graph.Tensor{normal(i, 4-int(i%2), 3), normal(10+i, 4-int(i%2), 2)})
		}
		return resumable{&Fit{Trainer: New(task, &Adam{LR: .1}), Train: Fixed(batches...), Epochs: 3}, s.Params(), nil}
	}
	return all
}

// state is all that a training came to, without the seconds.
func (r resumable) state(t *testing.T, result Result) string {
	t.Helper()
	for i := range result.History {
		result.History[i].Seconds = 0
	}
	result.Training = 0
	kept, err := kept(r.Trainer.keepers(r.also))
	if err != nil {
		t.Fatal(err)
	}
	named, err := r.Trainer.named()
	if err != nil {
		t.Fatal(err)
	}
	moments := map[string][]float32{}
	for name, m := range named {
		moments[name] = m.Tensor().F32
	}
	if r.Trainer.loaded != nil { // by a run that did no step
		for name, v := range r.Trainer.loaded.moments {
			moments[name] = v.F32
		}
	}
	return fmt.Sprintf("%+v\n%v\n%v\n%v\n%v\n%v", result, bitsOf(r.params), moments, kept, r.Trainer.LR,
		r.Trainer.Steps())
}

// interruptedAt runs a Fit, which is interrupted after so many steps if it is not done by then.
func (r resumable) interruptedAt(t *testing.T, step int) (Result, error) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hook := r.Hook
	r.Hook = func(now Progress, c *Control) {
		if hook != nil {
			hook(now, c)
		}
		if step--; step == 0 {
			cancel()
		}
	}
	return r.Run(ctx)
}

// TestResume: a training that is interrupted after random steps, and gone on from by new objects each time, ends in
// what one came to that was not: results, history, bits of parameters, moments, averages and states.
func TestResume(t *testing.T) {
	for name, start := range resumables() {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait for the disk
			whole := start()
			result, err := whole.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want, random := whole.state(t, result), nn.NewRand(1, name)
			for range 2 {
				dir, times := t.TempDir(), 0
				for {
					part := start()
					part.Checkpoint = &Checkpoint{Dir: dir, Of: part.params, Resume: true, Every: 1 + random.IntN(3),
						Also: part.also}
					result, err := part.interruptedAt(t, 1+random.IntN(7))
					times++
					if errors.Is(err, ErrInterrupted) && times < 100 {
						continue
					}
					if err != nil {
						t.Fatal(err)
					}
					if got := part.state(t, result); got != want {
						t.Fatalf("after %d interruptions\ngot  %.2000s\nwant %.2000s", times-1, got, want)
					}
					break
				}
				if times < 2 {
					t.Error("it was not interrupted")
				}
				again := start() // what has ended is taken up as what has ended
				again.Checkpoint = &Checkpoint{Dir: dir, Of: again.params, Resume: true, Also: again.also}
				ended, err := again.Run(t.Context())
				if err != nil || again.Trainer.Steps() != whole.Trainer.Steps() ||
					!slices.Equal(bitsOf(again.params), bitsOf(whole.params)) || ended.TrainLoss != result.TrainLoss {
					t.Errorf("after its end: %v, %d steps", err, again.Trainer.Steps())
				}
			}
		})
	}
}

// TestResumeNeedsAll: without one of the parts a training ends elsewhere, so that the test above would see it.
func TestResumeNeedsAll(t *testing.T) {
	starts := resumables()
	for part, c := range map[string]struct {
		kind   string
		forget func(r *Fit, at *Position)
	}{
		"the place in the epoch": {"adam", func(_ *Fit, at *Position) { at.fit.Done++ }},
		"the means of the epoch": {"adam", func(_ *Fit, at *Position) { at.fit.Means = nil }},
		"the rate":               {"adam", func(f *Fit, _ *Position) { f.Trainer.LR = 1 }},
		"the average": {"adam", func(f *Fit, _ *Position) {
			f.Checkpoint.Also["average"].(*Average).n = 0
		}},
		"the history": {"adam", func(_ *Fit, at *Position) { at.History = nil }},
		"the states":  {"states of two shapes", func(f *Fit, _ *Position) { f.Trainer.states = nil }},
		"the average of a player": {"a game with an average", func(f *Fit, _ *Position) {
			f.Trainer.players[1].Average.n = 0
		}},
	} {
		dir := t.TempDir()
		first, second := starts[c.kind](), starts[c.kind]()
		first.Checkpoint = &Checkpoint{Dir: dir, Of: first.params, Also: first.also}
		if _, err := first.interruptedAt(t, 7); !errors.Is(err, ErrInterrupted) {
			t.Fatal(err)
		}
		for _, forget := range []bool{false, true} {
			second = starts[c.kind]()
			second.Checkpoint = &Checkpoint{Dir: dir, Of: second.params, Also: second.also}
			at, err := second.Checkpoint.Load(second.Trainer)
			if err != nil {
				t.Fatal(err)
			}
			second.Checkpoint.Release()
			if forget {
				c.forget(second.Fit, &at)
			}
			r := run{Fit: second.Fit}
			second.Fit.Checkpoint = nil
			r.takeUp(at)
			if err := r.epochs(t.Context()); err != nil {
				t.Fatal(err)
			}
			whole := starts[c.kind]()
			result, err := whole.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got, want := second.state(t, r.Result), whole.state(t, result)
			if same := withoutRate(got) == withoutRate(want); same == forget {
				t.Errorf("%s: forgotten %v, and the end is the same %v", part, forget, same)
			}
		}
	}
}

// withoutRate leaves out the rate and the number of steps at the end of a state.
func withoutRate(s string) string { return s[:strings.LastIndex(s[:strings.LastIndex(s, "\n")], "\n")] }

// TestByHand: a loop by hand that is stopped after random steps goes on to the same bits.
func TestByHand(t *testing.T) {
	set := data.Split{X: normal(1, 26, 4), Y: graph.FromInt64(slices.Repeat([]int64{0, 1}, 13), 26)}
	source := set.Shuffled(6)
	loop := func(dir string, most int) ([]float64, bool) {
		m := moody(graph.Float32)
		tr := New(Supervised(m, ops.CrossEntropy), &Adam{})
		c := &Checkpoint{Dir: dir, Of: m.Params(), Every: 1}
		defer c.Release()
		at, err := c.Load(tr)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for epoch := at.Epoch; epoch < 4; epoch++ {
			for step, batch := range at.Batches(source, epoch) {
				if _, err := tr.Step(batch...); err != nil {
					t.Fatal(err)
				}
				if c.Due(tr) {
					if err := c.Save(tr, Position{Epoch: epoch, Step: step}); err != nil {
						t.Fatal(err)
					}
				}
				if most--; most == 0 {
					return nil, false
				}
			}
		}
		return bitsOf(m.Params()), true
	}
	want, _ := loop(t.TempDir(), -1)
	dir, random := t.TempDir(), nn.NewRand(2, "by hand")
	for times := 0; ; times++ {
		got, done := loop(dir, 1+random.IntN(5))
		if !done {
			continue
		}
		if times < 2 || !slices.Equal(got, want) {
			t.Errorf("after %d interruptions: got %v, want %v", times, got, want)
		}
		break
	}
}

// TestDue: each so many steps, each so much time, and at most each fiftieth of the time where nobody says.
func TestDue(t *testing.T) {
	for _, c := range []struct {
		name  string
		c     Checkpoint
		steps int
		since time.Duration
		due   bool
	}{
		{"a step of three", Checkpoint{Every: 3}, 2, time.Hour, false},
		{"the third", Checkpoint{Every: 3}, 3, 0, true},
		{"the third, which is saved", Checkpoint{Every: 3, step: 3}, 3, time.Hour, false},
		{"less than a minute", Checkpoint{}, 1, 45 * time.Second, false},
		{"a minute", Checkpoint{}, 1, time.Minute, true},
		{"a minute after one that took two seconds", Checkpoint{took: 2 * time.Second}, 1, 80 * time.Second, false},
		{"long after it", Checkpoint{took: 2 * time.Second}, 1, 100 * time.Second, true},
		{"seconds", Checkpoint{Each: time.Second, took: time.Minute}, 1, time.Second, true},
		{"seconds, or steps", Checkpoint{Each: time.Second, Every: 3}, 1, time.Second, true},
		{"not yet", Checkpoint{Each: time.Hour}, 1, time.Minute, false},
	} {
		tr := New(nil, nil)
		tr.step.Store(int64(c.steps))
		if c.c.last = time.Now().Add(-c.since); c.c.Due(tr) != c.due {
			t.Errorf("%s: due is %v, want %v", c.name, !c.due, c.due)
		}
	}
	if (&Checkpoint{}).Due(New(nil, nil)) {
		t.Error("it is due before anything was done")
	}
}

// The environment of a process that trains and is killed: the folder, and the number of the part of a checkpoint that
// it dies before; or the path of the lock that it takes and keeps.
const childFolder, childDeath, childHold = "TRAIN_TEST_FOLDER", "TRAIN_TEST_DEATH", "TRAIN_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child trains in a folder, from where it was, and writes what it came to.
func child(dir string) error {
	if path := os.Getenv(childHold); path != "" {
		held, err := files.Hold(path)
		if err != nil {
			return err
		}
		defer held.Release()
		fmt.Println("held")
		time.Sleep(time.Hour)
	}
	if n, err := strconv.Atoi(os.Getenv(childDeath)); err == nil {
		saving = func(string) {
			if n--; n == 0 {
				p, _ := os.FindProcess(os.Getpid())
				p.Kill()
				time.Sleep(time.Hour)
			}
		}
	}
	r := resumables()["adam"]()
	r.Checkpoint = &Checkpoint{Dir: filepath.Join(dir, "run"), Of: r.params, Resume: true, Every: 1, Also: r.also}
	r.Checkpoint.Warn = func(err error) { fmt.Fprintln(os.Stderr, "damaged:", err) }
	result, err := r.Run(context.Background())
	if err != nil {
		return err
	}
	for i := range result.History {
		result.History[i].Seconds = 0
	}
	return errors.Join(r.params.Save(filepath.Join(dir, "weights")),
		result.History.WriteFile(filepath.Join(dir, "history.csv")),
		r.Trainer.Save(filepath.Join(dir, "training")))
}

// TestKilled: a process that trains, is killed at random moments and in the writing of checkpoints, and is started
// again, ends in the bytes of one that was left alone.
func TestKilled(t *testing.T) {
	t.Parallel()
	kills := 6
	if *long {
		kills = 50
	}
	start := func(dir string, env string) *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), childFolder+"="+dir, env)
		c.Stderr = os.Stderr
		return c
	}
	alone := t.TempDir()
	if err := start(alone, "").Run(); err != nil {
		t.Fatal(err)
	}
	random, done := nn.NewRand(uint64(kills), "kills"), 0
	for dir := t.TempDir(); done < kills; dir = t.TempDir() {
		for done < kills {
			if random.IntN(2) == 0 { // before a part of the checkpoint, of one of the next steps
				if start(dir, fmt.Sprint(childDeath, "=", 1+random.IntN(18))).Run() == nil {
					break
				}
			} else {
				c := start(dir, "")
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
				c.Process.Kill()
				if c.Wait() == nil {
					break
				}
			}
			done++
		}
		if err := start(dir, "").Run(); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"weights", "history.csv", "training"} {
			got, err := os.ReadFile(filepath.Join(dir, name))
			want, failed := os.ReadFile(filepath.Join(alone, name))
			if err != nil || failed != nil || !slices.Equal(got, want) {
				t.Fatalf("after %d kills %s differs: %v, %v", done, name, err, failed)
			}
		}
		if left, err := os.ReadDir(filepath.Join(dir, "run")); err != nil || len(left) != 10 {
			t.Errorf("in the folder there are %v, want two checkpoints of five files; %v", left, err)
		}
	}
}

// TestInUse: a folder in which another training is saved, in this process or in another, is refused to a Fit, to a
// loop by hand and as a place to begin, and nothing in it changes; to read it is not. A killed one leaves it free at
// once.
func TestInUse(t *testing.T) {
	dir, start := newSaved(t)
	settings := map[string]string{"data": "x", "seed": "1"}
	on := func(resume bool) (resumable, *Checkpoint) {
		r := start()
		r.Checkpoint = &Checkpoint{Dir: dir, Of: r.params, Resume: resume, Settings: settings, Also: r.also}
		return r, r.Checkpoint
	}
	names := func() string {
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(list)
	}
	refused := func(t *testing.T) {
		t.Helper()
		before := names()
		for _, resume := range []bool{true, false} {
			r, c := on(resume)
			_, err := r.Run(t.Context())
			_, failed := c.Load(r.Trainer)
			for _, err := range []error{err, failed, c.Save(r.Trainer, Position{}), CheckFree(dir)} {
				if !errors.Is(err, ErrInUse) || strings.Contains(err.Error(), "\n") ||
					!strings.Contains(err.Error(), dir+": another training is saved in this folder now: wait until ") {
					t.Errorf("got %v", err)
				}
			}
		}
		if after := names(); after != before {
			t.Errorf("it held %s and holds %s", before, after)
		}
		if s, err := ReadCheckpoint(dir); err != nil || s.Step != 5 {
			t.Errorf("to read it is refused: %v", err)
		}
	}
	first, c := on(true)
	if _, err := c.Load(first.Trainer); err != nil {
		t.Fatal(err)
	}
	refused(t)
	c.Release()
	c.Release() // what is released is
	if err := CheckFree(dir); err != nil {
		t.Error(err)
	}

	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), childFolder+"="+t.TempDir(), childHold+"="+filepath.Join(dir, lockName))
	out, err := other.StdoutPipe()
	if err == nil {
		err = other.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it has the lock
		t.Fatal(err)
	}
	refused(t)
	other.Process.Kill()
	other.Wait()
	again, _ := on(true)
	if _, err := again.Run(t.Context()); err != nil {
		t.Errorf("after a kill: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 10 {
		t.Errorf("in the folder there are %v, want two checkpoints of five files; %v", left, err)
	}
}

// TestReleased: a Save after a Release takes the folder again, and is refused if another training was saved there.
func TestReleased(t *testing.T) {
	dir := t.TempDir()
	start := func() (*Checkpoint, *Trainer) {
		m := moody(graph.Float32)
		return &Checkpoint{Dir: dir, Of: m.Params()}, New(Supervised(m, ops.CrossEntropy), &Adam{})
	}
	c, tr := start()
	for range 2 {
		if err := c.Save(tr, Position{}); err != nil {
			t.Fatal(err)
		}
		c.Release()
	}
	other, its := start()
	_, err := other.Load(its)
	if err == nil {
		err = other.Save(its, Position{})
	}
	if err != nil {
		t.Fatal(err)
	}
	other.Release()
	if err := c.Save(tr, Position{}); err == nil || !strings.Contains(err.Error(), dir+" holds checkpoints") {
		t.Errorf("got %v", err)
	}
	if err := CheckFree(dir); err != nil {
		t.Errorf("what was refused has the folder: %v", err)
	}
}

// TestBeginTogether: of trainings that begin in one folder at the same time one does, and all others are refused.
func TestBeginTogether(t *testing.T) {
	for range 5 {
		dir, errs := filepath.Join(t.TempDir(), "run"), make(chan error)
		for range 4 {
			r := resumables()["no test"]()
			r.Checkpoint = &Checkpoint{Dir: dir, Of: r.params, Resume: true, Also: r.also}
			go func() {
				_, err := r.Checkpoint.Load(r.Trainer)
				if errors.Is(err, os.ErrNotExist) {
					err = r.Checkpoint.begin()
				}
				errs <- err
			}()
		}
		begun := 0
		for range 4 {
			switch err := <-errs; {
			case err == nil:
				begun++
			case !errors.Is(err, ErrInUse):
				t.Error(err)
			}
		}
		if begun != 1 {
			t.Errorf("%d have begun, want 1", begun)
		}
	}
}

// newSaved saves two checkpoints of a training into a folder.
func newSaved(t *testing.T) (dir string, start func() resumable) {
	t.Helper()
	dir, start = t.TempDir(), resumables()["adam"]
	r := start()
	r.Checkpoint = &Checkpoint{Dir: dir, Of: r.params, Every: 2,
		Settings: map[string]string{"data": "x", "seed": "1"}, Also: r.also}
	if _, err := r.interruptedAt(t, 5); !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	return dir, start
}

// TestLoadRemovesOld: what a process that was killed after its last checkpoint left to be removed goes as the training
// is taken up, though no other checkpoint follows.
func TestLoadRemovesOld(t *testing.T) {
	dir, start := newSaved(t)
	for _, test := range []struct{ keep, left int }{{2, 10}, {1, 5}} {
		r := start()
		c := &Checkpoint{Dir: dir, Of: r.params, Keep: test.keep,
			Settings: map[string]string{"data": "x", "seed": "1"}, Also: r.also}
		if _, err := c.Load(r.Trainer); err != nil {
			t.Fatal(err)
		}
		c.Release()
		if left, err := os.ReadDir(dir); err != nil || len(left) != test.left {
			t.Errorf("of %d checkpoints to keep %v are left, want %d files; %v", test.keep, left, test.left, err)
		}
	}
	if s, err := ReadCheckpoint(dir); err != nil || s.Step != 5 {
		t.Errorf("the newest is at %v, %v, want step 5", s, err)
	}
}

// TestDamagedCheckpoint: whatever byte of whatever file differs, is missing or too many, the checkpoint before it is
// taken and the damage told; when both are damaged it is an error of one line.
func TestDamagedCheckpoint(t *testing.T) {
	dir, _ := newSaved(t)
	good, err := ReadCheckpoint(dir)
	if err != nil || good.Step != 5 || len(good.Files) != 4 {
		t.Fatal(err, good)
	}
	random := nn.NewRand(1, "damage")
	names, _ := os.ReadDir(dir)
	for _, e := range names {
		path := filepath.Join(dir, e.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		newest := strings.Contains(e.Name(), "-000003")
		damages := map[string]func() []byte{
			"cut short": func() []byte { return text[:random.IntN(len(text))] },
			"too long":  func() []byte { return append(slices.Clone(text), '\n') },
			"empty":     func() []byte { return nil },
			"another byte": func() []byte {
				b := slices.Clone(text)
				b[random.IntN(len(b))] ^= 1 << random.IntN(8)
				return b
			},
			"as it was": func() []byte { return text },
		}
		for _, how := range []string{"cut short", "too long", "empty", "another byte", "another byte", "as it was"} {
			if err := os.WriteFile(path, damages[how](), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := ReadCheckpoint(dir)
			if want := newest && how != "as it was"; err != nil || (len(s.Passed) == 1) != want ||
				(s.Step == 4) != want {
				t.Errorf("%s %s: %v, %+v", e.Name(), how, err, s)
			} else if want && (!errors.Is(s.Passed[0], ErrDamaged) || !strings.Contains(s.Passed[0].Error(), dir)) {
				t.Errorf("%s %s: %v", e.Name(), how, s.Passed[0])
			}
		}
	}
	for _, e := range names {
		if strings.HasSuffix(e.Name(), checkpoint.HistoryEnding) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err = ReadCheckpoint(dir)
	if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "all 2 checkpoints are damaged, the newest: ") {
		t.Error(err)
	}
}

// TestGoesOnBeforeDamage: a training goes on from the older checkpoint, and ends where it would have.
func TestGoesOnBeforeDamage(t *testing.T) {
	dir, start := newSaved(t)
	if err := os.Truncate(filepath.Join(dir, checkpoint.NameOf(3)+checkpoint.WeightsEnding), 40); err != nil {
		t.Fatal(err)
	}
	r, warned := start(), 0
	r.Checkpoint = &Checkpoint{Dir: dir, Of: r.params, Resume: true,
		Settings: map[string]string{"data": "x", "seed": "1"},
		Also:     r.also, Warn: func(error) { warned++ }}
	result, err := r.Run(t.Context())
	whole := start()
	want, failed := whole.Run(t.Context())
	if err != nil || failed != nil || warned != 1 || r.state(t, result) != whole.state(t, want) {
		t.Errorf("%v, %v, %d warnings", err, failed, warned)
	}
}

// TestCheckpointRefused: each is an error of one line, and the parameters are what they were.
func TestCheckpointRefused(t *testing.T) {
	dir, start := newSaved(t)
	empty := t.TempDir()
	settings := func(of ...string) map[string]string {
		m := map[string]string{"data": "x", "seed": "1"}
		for i := 0; i < len(of); i += 2 {
			m[of[i]] = of[i+1]
		}
		return m
	}
	file := filepath.Join(empty, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*Checkpoint)
		kind   error
		want   string
	}{
		{"another seed", func(c *Checkpoint) { c.Settings = settings("seed", "2") }, ErrSettings,
			`its seed is "1", and this one's is "2"`},
		{"a setting more", func(c *Checkpoint) { c.Settings = settings("lr", "2") }, ErrSettings,
			`its lr is nothing, and this one's is "2"`},
		{"a setting less", func(c *Checkpoint) { c.Settings = nil }, ErrSettings,
			`its data is "x", and this one's is nothing`},
		{"a folder that is not empty", func(c *Checkpoint) { c.Resume = false }, nil,
			"holds checkpoints: go on from them with Resume"},
		{"a file", func(c *Checkpoint) { c.Dir = file }, nil, "not a directory"},
		{"no folder", func(c *Checkpoint) { c.Dir = "" }, nil, "there is no Dir"},
		{"no parameters", func(c *Checkpoint) { c.Of = nil }, nil, "there is no Of"},
		{"parameters that are not those that learn", func(c *Checkpoint) {
			c.Dir, c.Of = empty, nn.NewScope().Params()
		}, nil,
			"which Of does not have"},
		{"another model", func(c *Checkpoint) { c.Of = nn.NewScope().Params() }, nil, "unexpected"},
		{"fewer steps than none", func(c *Checkpoint) { c.Every = -1 }, nil, "Every is -1"},
		{"less time than none", func(c *Checkpoint) { c.Each = -1 }, nil, "Each -1ns"},
		{"none to keep", func(c *Checkpoint) { c.Keep = -1 }, nil, "Keep -1"},
		{"nobody to keep", func(c *Checkpoint) { c.Also = map[string]Keeper{"a": nil} }, nil, `Also has "a"`},
		{"a name with a slash", func(c *Checkpoint) { c.Also = map[string]Keeper{"a/b": &Average{}} }, nil,
			`Also has "a/b"`},
		{"an average less", func(c *Checkpoint) { c.Also = nil }, nil,
			`it has "also average/mean.0.bias", and this training has no such part`},
		{"an average more", func(c *Checkpoint) { c.Also["b"] = &Average{Of: c.Of} }, nil,
			"also b: average: there is no n"},
	} {
		r := start()
		if c.name == "parameters that are not those that learn" {
			r.also = nil
			r.Hook = nil
		}
		r.Checkpoint = &Checkpoint{Dir: dir, Of: r.params, Resume: true, Every: 1, Settings: settings(), Also: r.also}
		c.change(r.Checkpoint)
		_, err := r.interruptedAt(t, 3)
		if err == nil || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s:\ngot  %v\nwant %s", c.name, err, c.want)
		}
	}
	if err := (*Checkpoint)(nil).Save(nil, Position{}); err == nil {
		t.Error("a nil Checkpoint saves")
	}
	if _, err := (&Checkpoint{Dir: dir, Of: start().params}).Load(&Trainer{}); err == nil {
		t.Error("a Trainer of nobody is loaded")
	}
	r := start()
	r.Done, r.Checkpoint = 1, &Checkpoint{Dir: empty, Of: r.params}
	if _, err := r.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "1 epochs are Done") {
		t.Error(err)
	}
}
