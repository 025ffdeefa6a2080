package recipe

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz"
)

// few is how many rows the batches of these tests have.
const few = 3

// of is the trainer of a row's usual model, and the model.
func of(t *testing.T, r Recipe) (*train.Trainer, *kind.Model) {
	t.Helper()
	m := r.New(r.Usual())
	tr, err := r.Trainer(m, r.Optimizer, r.LR)
	if err != nil {
		t.Fatal(err)
	}
	return tr, m
}

// eachRow runs a test for each row, in the size that it has for tests.
func eachRow(t *testing.T, test func(t *testing.T, r Recipe)) {
	for _, r := range Table() {
		t.Run(r.Name, func(t *testing.T) { test(t, tiny(t, r)) })
	}
}

// tiny is the row in the size that it has for tests.
func tiny(t *testing.T, r Recipe) Recipe {
	t.Helper()
	r, err := r.Sized(r.Tiny)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRowsAreWhole: no row lacks what a verb or a page reads, and names are those of files.
func TestRowsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	eachRow(t, func(t *testing.T, r Recipe) {
		if seen[r.Name] {
			t.Error("two rows have this name")
		}
		seen[r.Name] = true
		for what, v := range map[string]string{"title": r.Title, "family": r.Family, "paper": r.Paper,
			"sentence": r.About, "data": r.Data,
			"optimiser": r.Optimizer, "kind": r.Kind.Word()} {
			if v == "" {
				t.Errorf("it has no %s", what)
			}
		}
		if r.Epochs < 1 || r.Batch < 1 || r.LR <= 0 || len(r.Next) == 0 || len(r.Expect) == 0 {
			t.Errorf("epochs %d, batch %d, rate %v, what to read next %v, what to expect %v", r.Epochs, r.Batch, r.LR,
				r.Next, r.Expect)
		}
		if !strings.HasPrefix(r.File, "models/"+r.Family+"/") {
			t.Errorf("its file is %s, its family %s", r.File, r.Family)
		}
		for _, f := range append([]string{r.File}, r.Next...) {
			if _, err := os.Stat(filepath.Join("..", "..", f)); err != nil {
				t.Error(err)
			}
		}
		var predicts, makes bool
		_, predicts = r.Kind.(kind.Predictor)
		_, makes = r.Kind.(kind.Generator)
		if !predicts && !makes {
			t.Error("it neither answers to inputs nor makes anything")
		}
		if r.Quick > 0 && (!makes || r.Quick > time.Minute) {
			t.Errorf("it is trained for %v before it makes anything", r.Quick)
		}
	})
}

// TestEngines: forward pass and gradients have the same bits in Gorgonia's machine and on our tape without fusion, and
// with fusion they agree to 1e-5 of the largest.
func TestEngines(t *testing.T) {
	eachRow(t, func(t *testing.T, r Recipe) {
		tr, m := of(t, r)
		batch := m.Numbers(few, 0)
		g, outputs, err := tr.Graph(true, m.Batch(few)...)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[graph.Node]bool{}
		for _, c := range g.Contributions() {
			if !seen[c.D] && c.D.Valid() {
				seen[c.D] = true
				outputs = append(outputs, c.D)
			}
		}
		stock, err := g.Stock(outputs...)
		if err != nil {
			t.Fatal(err)
		}
		var programs []*graph.Program
		for _, opt := range []graph.CompileOptions{{NoFuse: true}, {}} {
			p, err := g.CompileWith(opt, outputs...)
			if err != nil {
				t.Fatal(err)
			}
			programs = append(programs, p)
		}
		i := 0
		for _, n := range g.Nodes() {
			if n.Kind() != graph.KindInput {
				continue
			}
			stock.Set(n, batch[i])
			for _, p := range programs {
				p.Set(n, batch[i])
			}
			i++
		}
		// Running statistics are assigned by each engine, so that each begins with the same.
		before := values(m)
		run := func(f func() error) {
			t.Helper()
			restore(m, before)
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}
		run(stock.Run)
		run(programs[0].Run)
		run(programs[1].Run)
		for _, n := range outputs {
			want, got, fused := stock.Value(n), programs[0].Value(n), programs[1].Value(n)
			if !slices.Equal(want.F32, got.F32) {
				t.Fatalf("%v differs between the engines", n)
			}
			largest, worst := 0., 0.
			for k := range want.F32 {
				largest = max(largest, abs(want.F32[k]))
				worst = max(worst, abs(fused.F32[k]-want.F32[k]))
			}
			if worst > 1e-5*largest+1e-7 {
				t.Errorf("%v: fused it differs by %g of %g", n, worst, largest)
			}
		}
	})
}

func abs(v float32) float64 { return max(float64(v), -float64(v)) }

// values are copies of all parameters and statistics.
func values(m *kind.Model) (all []graph.Tensor) {
	for p := range m.Params().All() {
		all = append(all, p.Tensor().Clone())
	}
	return all
}

func restore(m *kind.Model, all []graph.Tensor) {
	i := 0
	for p := range m.Params().All() {
		p.Tensor().CopyFrom(all[i])
		i++
	}
}

// TestDrawings: every row is drawn at every depth, forward and backward.
func TestDrawings(t *testing.T) {
	eachRow(t, func(t *testing.T, r Recipe) {
		tr, m := of(t, r)
		g, _, err := tr.Graph(true, m.Batch(few)...)
		if err != nil {
			t.Fatal(err)
		}
		for depth := -1; depth <= 3; depth++ {
			for _, backward := range []bool{false, true} {
				var dot bytes.Buffer
				opt := viz.Options{Depth: depth, Backward: backward, Title: r.Title}
				if err := viz.WriteDOT(&dot, g, opt); err != nil || !strings.Contains(dot.String(), r.Title) {
					t.Errorf("depth %d, backward %v: error %v", depth, backward, err)
				}
			}
		}
		path := filepath.Join(t.TempDir(), "a.svg")
		if err := viz.WriteFile(path, g, viz.Options{Backward: true, Title: r.Title}); err != nil {
			t.Error(err)
		}
		for depth := range 4 {
			var svg bytes.Buffer
			if err := viz.WriteSVG(&svg, g, viz.Options{Depth: depth, Backward: true, Title: r.Title}); err != nil {
				t.Error(err)
			}
			for _, label := range shortened.FindAllStringSubmatch(svg.String(), -1) {
				t.Errorf("depth %d: a label is cut: %s", depth, label[1])
			}
		}
	})
}

// shortened finds labels that were cut: what stands for equal layers, 0 … 3, and for more ops of a layer has spaces
// around it.
var shortened = regexp.MustCompile(`>([^<>]*(?:[^ ]…|…[^ ,<])[^<>]*)</tspan>`)

// TestShortened: labels that were cut are found, and no others.
func TestShortened(t *testing.T) {
	for label, want := range map[string]bool{"weight…_hh_l0": true, "4 Conv2D 3…": true, "…kept": true,
		"h.0 … 3": false, "Conv2D 3×3, …": false, " · Embedding, 6 Linear, …, 4 residuals": false, "w_ih": false} {
		if got := shortened.MatchString("<tspan>" + label + "</tspan>"); got != want {
			t.Errorf("%s: cut is %v", label, got)
		}
	}
}

// TestSteps: a training step of every row compiles, prints, allocates nothing, and gives the same bits whatever
// GOMAXPROCS.
func TestSteps(t *testing.T) {
	eachRow(t, func(t *testing.T, r Recipe) {
		var first []graph.Tensor
		for _, threads := range []int{1, 2, 4, 1} {
			before := runtime.GOMAXPROCS(threads)
			tr, m := of(t, r)
			batch := m.Numbers(few, 0)
			for range 3 {
				if _, err := tr.Step(batch...); err != nil {
					t.Fatal(err)
				}
			}
			runtime.GOMAXPROCS(before)
			got := values(m)
			if first == nil {
				first = got
				measure(t, tr, m)
			}
			for i := range got {
				if !slices.Equal(got[i].F32, first[i].F32) {
					t.Fatalf("with %d threads parameter %d differs after three steps", threads, i)
				}
			}
		}
	})
}

// measure looks at the compiled step.
func measure(t *testing.T, tr *train.Trainer, m *kind.Model) {
	t.Helper()
	turns, err := tr.Compiled(m.Batch(few)...)
	if err != nil {
		t.Fatal(err)
	}
	before := values(m)
	for _, turn := range turns {
		var tape bytes.Buffer
		if _, err := turn.Program.WriteTo(&tape); err != nil || !strings.Contains(tape.String(), "update") {
			t.Errorf("the tape has %d bytes; error %v", tape.Len(), err)
		}
		var failed error
		n := testing.AllocsPerRun(5, func() {
			if err := turn.Program.Run(); err != nil {
				failed = err
			}
		})
		if n != 0 || failed != nil {
			t.Errorf("%s: %v allocations a step; error %v", turn.Player, n, failed)
		}
	}
	restore(m, before)
}

// TestLearns: on its usual data some steps bring the loss of every row below the figure that the row states, on the
// test part. A rate that is next to nothing does not, nor do targets that belong to others. In a game the loss is that
// of the player who moves first, in training, and falls by a tenth; it need not stay there, for the others learn to
// resist. Where rows have one architecture, in several sizes, the controls are of the first. Where nothing changes, an
// eighth of the steps shows it.
func TestLearns(t *testing.T) {
	if testing.Short() {
		t.Skip("training takes seconds")
	}
	seen := map[string]bool{}
	eachRow(t, func(t *testing.T, r Recipe) {
		control := r.Tiny == (kind.Size{}) || !seen[r.File]
		seen[r.File] = true
		set, err := r.Kind.Open(context.Background(), r.Data, nil, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		steps := 400
		for _, c := range []struct {
			name   string
			rate   float64
			spoilt bool
			share  int // of the steps
		}{
			{"as usual", r.LR, false, 1},
			{"a rate that is next to nothing", 1e-12, false, 8},
			{"targets of others", r.LR, true, 1},
		} {
			m := r.New(set.Form)
			if c.spoilt && len(m.Batch(few)) < 2 || c.name != "as usual" && !control {
				continue // there are no targets, or it was shown
			}
			tr, err := r.Trainer(m, r.Optimizer, c.rate)
			if err != nil {
				t.Fatal(err)
			}
			bound, measure := r.Learns, learntOf
			if isGame(t, tr, m) {
				measure = playedOf
			}
			first, least, n := measure(t, r, m, set, tr, (steps+c.share-1)/c.share, c.spoilt)
			if r.Learns == 0 {
				bound = .9 * first
			}
			t.Logf("%s: the loss goes from %.4f to %.4f in %d steps", c.name, first, least, n)
			if fell := least < bound; fell != (c.name == "as usual") {
				t.Errorf("%s: the loss is %.4f after %d steps, the bound %.4f", c.name, least, n, bound)
			}
			if c.name == "as usual" {
				steps = n // the controls have no more
			}
		}
	})
}

// spoil exchanges what is to be predicted, the last tensor of a batch, among its examples. Padding and what a loss
// leaves out stay where they are.
func spoil(batch []graph.Tensor, key rng.K) []graph.Tensor {
	y := batch[len(batch)-1].Clone()
	var at []int
	for i := range y.Shape.Size() {
		if len(y.Shape) == 1 || y.DType != graph.Int64 || y.I64[i] > 0 {
			at = append(at, i)
		}
	}
	for k := len(at) - 1; k > 0; k-- {
		i, j := at[k], at[key.IntN(uint64(k), k+1)]
		if y.DType == graph.Int64 {
			y.I64[i], y.I64[j] = y.I64[j], y.I64[i]
		} else {
			y.F32[i], y.F32[j] = y.F32[j], y.F32[i]
		}
	}
	return append(slices.Clone(batch[:len(batch)-1]), y)
}

// begin is the first batches of a source.
type begin struct {
	train.Source
	most int
}

func (b begin) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		n := 0
		for batch := range b.Source.Batches(epoch) {
			if n++; n > b.most || !yield(batch) {
				return
			}
		}
	}
}

// learntOf is the loss on the begin of the test part before training, and after steps, until it is as low as the row
// states or there are most of them.
func learntOf(t *testing.T, r Recipe, m *kind.Model, set *kind.Set, tr *train.Trainer, most int,
	spoilt bool) (first, last float64, n int) {
	t.Helper()
	task, _, err := m.Task(func() (train.Optimizer, error) { return train.NewOptimizer(r.Optimizer, r.LR) })
	if err != nil {
		t.Fatal(err)
	}
	evaluator := train.NewEvaluator(task)
	batch, test, stretch := min(r.Batch, set.Tightest), begin{set.Test, 4}, 40
	if r.Tiny != (kind.Size{}) { // it is a large one, and there are many of them
		batch, test.most, stretch = 32, 1, 20
	}
	loss := func() float64 {
		scores, err := evaluator.Evaluate(test)
		if err != nil {
			t.Fatal(err)
		}
		return scores.Loss
	}
	first = loss()
	source := set.Train(batch, 0)
	for epoch := 0; ; epoch++ {
		for batch := range source.Batches(epoch) {
			if spoilt {
				batch = spoil(batch, rng.Key(uint64(n), rng.HashString("spoil")))
			}
			if _, err := tr.Step(batch...); err != nil {
				t.Fatal(err)
			}
			if n++; n%stretch == 0 || n == most {
				if last = loss(); last < r.Learns || n == most {
					return first, last, n
				}
			}
		}
	}
}

// playedOf is the loss of the first step, and the least of four in a row of the steps after it.
func playedOf(t *testing.T, r Recipe, m *kind.Model, set *kind.Set, tr *train.Trainer, most int, _ bool) (first,
	least float64, n int) {
	t.Helper()
	var rows []float64
	for batch := range set.Train(min(r.Batch, set.Tightest), 0).Batches(0) {
		if len(rows) == min(most, 40) {
			break
		}
		f := train.Fit{Trainer: tr, Train: train.Fixed(batch), Epochs: 1}
		result, err := f.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, result.History[0].Train[turnsOf(t, tr, m)[0].Player])
	}
	least = rows[0]
	for i := range rows[3:] {
		least = min(least, mean(rows[i:i+4]))
	}
	return rows[0], least, len(rows)
}

// isGame reports a task of several players.
func isGame(t *testing.T, tr *train.Trainer, m *kind.Model) bool {
	return turnsOf(t, tr, m)[0].Player != ""
}

func turnsOf(t *testing.T, tr *train.Trainer, m *kind.Model) []train.Compiled {
	t.Helper()
	turns, err := tr.Compiled(m.Batch(few)...)
	if err != nil {
		t.Fatal(err)
	}
	return turns
}

func mean(v []float64) (m float64) {
	for _, x := range v {
		m += x / float64(len(v))
	}
	return m
}

// TestWeights: what is saved is read again, in its form and size, and what is not the row's is refused.
func TestWeights(t *testing.T) {
	dir := t.TempDir()
	saved := map[string]string{}
	eachRow(t, func(t *testing.T, r Recipe) {
		if r.Size.Width > 0 && r.Tiny == (kind.Size{}) {
			var err error
			if r, err = r.Sized(kind.Size{Width: 24}); err != nil {
				t.Fatal(err)
			}
		}
		m := r.New(r.Usual())
		m.Params().Init(7)
		path := filepath.Join(dir, r.Name+".safetensors")
		if err := r.Save(m, path); err != nil {
			t.Fatal(err)
		}
		saved[r.Name] = path
		again, err := mustFind(t, r.Name).Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(again.Form) != fmt.Sprint(m.Form) && again.Form.Size != m.Form.Size {
			t.Errorf("the form is %v, was %v", again.Form, m.Form)
		}
		a, b := values(m), values(again)
		for i := range a {
			if !slices.Equal(a[i].F32, b[i].F32) {
				t.Errorf("parameter %d differs", i)
			}
		}
	})
	for _, r := range Table() {
		for other, path := range saved {
			if other == r.Name {
				continue
			}
			_, err := r.Load(path)
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("these are the weights of %s, not of %s",
				other, r.Name)) {
				t.Errorf("%s reads the weights of %s: %v", r.Name, other, err)
			}
		}
	}
}

func mustFind(t *testing.T, name string) Recipe {
	t.Helper()
	r, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestConstructingCostsNothing: all models together are made in a moment, and take no memory to speak of.
func TestConstructingCostsNothing(t *testing.T) {
	for _, r := range Table() {
		r.Usual() // data that are built in are made once
	}
	var before, after runtime.MemStats
	tensors := uint64(0)
	runtime.ReadMemStats(&before)
	for _, r := range Table() {
		m := r.New(r.Usual())
		if m.Params().Count() == 0 {
			t.Errorf("%s has no parameters", r.Name)
		}
		for range m.Params().All() {
			tensors++
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<10*tensors {
		t.Errorf("%d bytes are taken for %d parameters and statistics", n, tensors)
	}
}
