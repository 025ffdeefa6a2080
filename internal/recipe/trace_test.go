package recipe

import (
	"bytes"
	"crypto/sha256"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz/trace"
)

// reduced is the row in the size in which its steps are traced.
func reduced(t *testing.T, r Recipe) Recipe {
	t.Helper()
	r, err := r.Sized(r.Small())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// traceOf is the trace of a step on random batches, and its length and sum as a file.
func traceOf(t *testing.T, r Recipe, o Tracing) (tr *trace.Trace, bytes int, sum [32]byte) {
	t.Helper()
	m := r.New(r.Usual())
	var batches [][]graph.Tensor
	for k := range o.Step {
		batches = append(batches, m.Numbers(few, uint64(k)))
	}
	tr, err := r.Trace(r.Usual(), slices.Values(batches), o)
	if err != nil {
		t.Fatal(err)
	}
	bytes, sum = fileOf(t, tr)
	return tr, bytes, sum
}

func fileOf(t *testing.T, tr *trace.Trace) (int, [32]byte) {
	t.Helper()
	var b bytes.Buffer
	if _, err := tr.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Len(), sha256.Sum256(b.Bytes())
}

// TestTraces: a step of every row is recorded, in float64 and within the budget, of one row of each family twice, to
// the same bytes; contributions add up to the gradients, which agree with differences; and a game has a run for each
// player.
func TestTraces(t *testing.T) {
	o := Tracing{Step: 1, Budget: 5 << 20, Work: 1e7}
	if testing.Short() {
		o.Work = 1e6
	}
	seen := map[string]bool{}
	eachRow(t, func(t *testing.T, r Recipe) {
		r = reduced(t, mustFind(t, r.Name))
		tr, bytes, sum := traceOf(t, r, o)
		if bytes > o.Budget+8<<10 {
			t.Errorf("it takes %d bytes", bytes)
		}
		if !testing.Short() && !seen[r.Family] {
			seen[r.Family] = true
			if _, _, again := traceOf(t, r, o); again != sum {
				t.Error("two recordings differ")
			}
		}
		players := r.New(r.Usual()).Players
		if len(tr.Runs) != max(1, len(players)) {
			t.Errorf("there are %d runs, the game has the players %q", len(tr.Runs), players)
		}
		for k, run := range tr.Runs {
			if len(players) > 0 && run.Name.En != players[k] {
				t.Errorf("run %d is that of %q, want %q", k, run.Name.En, players[k])
			}
			checkRun(t, run)
		}
	})
}

func checkRun(t *testing.T, run trace.Run) {
	t.Helper()
	if run.Float != "float64" || run.Loss < 0 || len(run.Steps) == 0 {
		t.Errorf("it is of %s, its loss is node %d, it has %d steps", run.Float, run.Loss, len(run.Steps))
	}
	for _, f := range run.Forks {
		if off := unequal(run, f); off > 1e-12 {
			t.Errorf("the contributions to %s are off by %g", run.Nodes[f.Node].Name, off)
		}
	}
	checks := run.States[0].Checks
	for _, c := range checks {
		if !c.OK || c.Error > 1e-5 {
			t.Errorf("the gradient of %s, by %s: %v, by differences %v", run.Nodes[run.Nodes[c.Grad].GradOf].Name,
				run.Nodes[c.Grad].Name, c.Symbolic, c.Numeric)
		}
	}
	phases := map[string]bool{}
	for _, in := range run.Instructions {
		phases[in.Phase] = true
	}
	if len(checks) == 0 || len(phases) != 3 || len(run.Code) == 0 {
		t.Errorf("%d gradients are checked, the phases are %v, there are %d excerpts of code", len(checks), phases,
			len(run.Code))
	}
}

// unequal is how far contributions are from their sum, relative to it, where all of them are whole.
func unequal(run trace.Run, f trace.Fork) (off float64) {
	sum, ok := run.Tensor(0, f.Sum)
	if !ok {
		return 0
	}
	terms := make([]graph.Tensor, len(f.Steps))
	for k, s := range f.Steps {
		if terms[k], ok = run.Tensor(0, run.Steps[s].D); !ok {
			return 0
		}
	}
	for i := range sum.Shape.Size() {
		total, size := 0., 1e-300
		for _, v := range terms {
			total += v.At(i)
			size = max(size, math.Abs(v.At(i)))
		}
		off = max(off, math.Abs(total-sum.At(i))/size)
	}
	return off
}

// TestOptimizerNames: every optimiser has a name in both languages.
func TestOptimizerNames(t *testing.T) {
	for _, name := range train.OptimizerNames() {
		if n := optimizerNames[name]; n.En == "" || n.Zh == "" {
			t.Errorf("%s is called %+v", name, n)
		}
	}
}

// TestTraceThreads: a trace has the same bytes whatever GOMAXPROCS.
func TestTraceThreads(t *testing.T) {
	r := reduced(t, mustFind(t, "convnet"))
	var sums [][32]byte
	for _, threads := range []int{1, 4} {
		before := runtime.GOMAXPROCS(threads)
		_, _, sum := traceOf(t, r, Tracing{Step: 1, Work: 1e7})
		runtime.GOMAXPROCS(before)
		sums = append(sums, sum)
	}
	if sums[0] != sums[1] {
		t.Error("with one thread and with four it differs")
	}
}

// TestTraceSteps: a later step is recorded as training comes to it, and what makes no sense is an error.
func TestTraceSteps(t *testing.T) {
	r := reduced(t, mustFind(t, "mlp"))
	first, _, a := traceOf(t, r, Tracing{Step: 1})
	third, _, b := traceOf(t, r, Tracing{Step: 3})
	if a == b {
		t.Error("the third step is the first")
	}
	weight := func(tr *trace.Trace) (v float64) {
		for i, n := range tr.Runs[0].Nodes {
			if x, ok := tr.Runs[0].Tensor(0, i); ok && n.Kind == "parameter" {
				v += x.At(0)
			}
		}
		return v
	}
	if weight(first) == weight(third) {
		t.Error("the steps before the third have changed no parameter")
	}
	m := r.New(r.Usual())
	one := slices.Values([][]graph.Tensor{m.Numbers(few, 0)})
	for _, c := range []struct {
		name string
		step int
		want string
	}{{"no step", 0, "the step is 0"}, {"fewer batches than steps", 2, "the step is 2, the data have 1 batches"}} {
		_, err := r.Trace(r.Usual(), one, Tracing{Step: c.step})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestTracedTitles: a page says in both languages what the model is, and no width that it does not have.
func TestTracedTitles(t *testing.T) {
	for _, r := range Table() {
		if aboutChinese[r.Name] == "" {
			t.Errorf("%s: nothing in Chinese says what it is", r.Name)
		}
	}
	for name, title := range titleChinese {
		r, err := Find(name)
		if err != nil {
			t.Error(err)
		}
		if widths.FindString(r.Title) != widths.FindString(title) {
			t.Errorf("%s: the title is %q, in Chinese %q: the widths differ", name, r.Title, title)
		}
	}
	word := regexp.MustCompile(`\b(of|for)\b|[A-Za-z][a-z]{5,}`)
	for _, r := range Table() {
		if word.MatchString(r.Title) && titleChinese[r.Name] == "" && r.Name != "inception_v3" { // which is a name
			t.Errorf("%s: nothing says %q in Chinese", r.Name, r.Title)
		}
	}
	if n := len(Table()); len(aboutChinese) != n {
		t.Errorf("there are %d sentences in Chinese, want %d", len(aboutChinese), n)
	}
	r, err := Find("vae")
	if err != nil {
		t.Fatal(err)
	}
	small := r.Usual()
	small.Size.Width = 16
	for _, c := range []struct {
		form   kind.Form
		en, zh string
	}{
		{r.Usual(), "VAE 784-400-20: one training step", "VAE 784-400-20：一步训练"},
		{small, "VAE, width 16: one training step", "VAE，宽度 16：一步训练"},
	} {
		s := traced{Recipe: r, model: &kind.Model{Form: c.form}}
		if got := s.title(); got.En != c.en || got.Zh != c.zh {
			t.Errorf("the title is %q, %q, want %q, %q", got.En, got.Zh, c.en, c.zh)
		}
	}
}
