// This file holds trace, which records one training step of a model and shows it.

package drawing

import (
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/local"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/viz/html"
	"github.com/stheno-ml/stheno/viz/trace"
)

// traceFlags are the flags of trace.
type traceFlags struct {
	data, out, lang     string
	weights             string
	step, batch, budget int
	length              int
	unroll              bool
	seed                uint64
	browse              bool
	again               string // the command that makes it again
	size                kind.Size
	reading             kind.Reading
}

// usualRows is how many examples the batch of a traced step has, usualLength how many characters each has in a model
// of text, and mostSteps the last step that is traced.
const usualRows, usualLength, mostSteps = 4, 16, 10_000

// TraceCommand is the verb trace.
func (a Verbs) TraceCommand() *cobra.Command {
	var f traceFlags
	c := &cobra.Command{Use: "trace MODEL", Short: "Show one training step, instruction by instruction",
		Args: cli.OneModel, ValidArgsFunction: cli.CompleteModels,
		Long: `Record one training step of a model and write it as a page (.html) that opens in a browser without a
network, or as the data of one (.json): every instruction of the tape, forward, back and update, with its values; for
each gradient what it is the sum of, and how far it agrees with finite differences; memory; and the lines of Go.

The model is a small one of its kind, of float64 where it can be, with the values that it has before training; the page
says which. --size, --width and --depth make it another, --step 100 shows the hundredth step, and with --weights it
begins with what a model has learnt. A game has a run for each player. Values that do not fit the budget are summed up:
statistics, a histogram, and a sample.`,
		Example: "  zoo trace lenet5 -o lenet5.html\n  zoo trace resnet18 --step 20 --batch 8 -o step.html\n" +
			"  zoo trace gpt --lang zh -o gpt.html\n  zoo trace charlstm --unroll --length 6 -o lstm.html\n" +
			"  zoo trace vae -o vae.json",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Find(args[0])
			if err != nil {
				return err
			}
			if f.weights == "" {
				if r, err = cli.Sized(args[0], f.smaller(r)); err != nil {
					return err
				}
			} else if f.size != (kind.Size{}) {
				return cli.Usagef("--size, --width and --depth are those of the weights: leave them out")
			}
			if r, err = cli.Reading(c, r, f.reading); err != nil {
				return err
			}
			if !c.Flags().Changed("data") {
				f.data = r.Data
			}
			if err := f.check(c); err != nil {
				return err
			}
			if r, err = f.stretched(c, r); err != nil {
				return err
			}
			f.again = f.command(c, r.Name)
			return a.Verb(c, func() error { return a.trace(r, f) })
		}}
	cli.DataFlag(c, &f.data)
	cli.ReadingFlags(c, &f.reading, cli.OfData)
	f.step, f.batch = 1, usualRows
	c.Flags().Var(cli.Whole(&f.step), "step", "which step of training, from 1; those before it are done and not shown")
	c.Flags().Var(cli.Whole(&f.batch), "batch", "examples a batch")
	c.Flags().Var(cli.Whole(&f.length), "length",
		"characters of a stretch of text, of models that learn from such; 16 without it")
	c.Flags().BoolVar(&f.unroll, "unroll", false, "show recurrent layers step by step, of small ops")
	c.Flags().Var(cli.Whole(&f.budget), "budget",
		"most bytes of the recorded values; 0 for what keeps a page below 10 MB")
	c.Flags().StringVar(&f.weights, "weights", "", cli.WeightsUsage+" to begin with; initial values without it")
	c.Flags().Var(cli.Seed(&f.seed), "seed", "seed of initial values, order and dropout")
	c.Flags().StringVar(&f.lang, "lang", "en", "language that the page begins in: en, zh")
	cli.Complete(c, "lang", languages)
	cli.SizeFlags(c, &f.size)
	cli.OutputFlag(c, &f.out, "file: .html or .json")
	c.Flags().BoolVar(&f.browse, "open", false, "show the page in the browser")
	a.JSONFlag(c)
	return c
}

// languages are those of pages.
var languages = []string{"en", "zh"}

// smaller is the size that is asked for, and for the rest the one in which steps of the row are traced.
func (f *traceFlags) smaller(r recipe.Recipe) kind.Size {
	s := r.Small()
	for _, v := range []struct {
		asked int
		at    *int
	}{{f.size.Size, &s.Size}, {f.size.Width, &s.Width}, {f.size.Depth, &s.Depth}} {
		if v.asked != 0 {
			*v.at = v.asked
		}
	}
	return s
}

// stretched is the row with stretches of text of the length that is asked for, or short ones.
func (f *traceFlags) stretched(c *cobra.Command, r recipe.Recipe) (recipe.Recipe, error) {
	if f.unroll && !r.Unrolls {
		return r, cli.Usagef("--unroll says nothing to %s, which has no recurrent layers that can be shown so", r.Name)
	}
	k, ok := r.Kind.(kind.Stretcher)
	switch set := c.Flags().Changed("length"); {
	case !ok && set:
		return r, cli.Usagef("--length says nothing to %s, which is a %s", r.Name, r.Kind.Word())
	case !ok:
		return r, nil
	case !set:
		f.length = min(usualLength, k.Stretch())
	case f.length < 2 || f.length > k.Stretch():
		return r, cli.Usagef("--length is %d, want 2 to %d", f.length, k.Stretch())
	}
	r.Kind = k.WithStretch(f.length)
	return r, nil
}

// command is what makes the trace again. Of a path it has the last name alone, since others see the page.
func (f *traceFlags) command(c *cobra.Command, model string) string {
	words := []string{"zoo trace", model}
	what := []string{"weights", "size", "width", "depth", "unroll", "length", "data", "batch", "step", "seed",
		"budget"}
	for _, name := range slices.Concat(what, cli.OfData) {
		switch flag := c.Flags().Lookup(name); {
		case !flag.Changed:
		case flag.Value.Type() == "bool":
			words = append(words, "--"+name)
		default:
			value := cli.Shown(filepath.Base(flag.Value.String()))
			if strings.ContainsAny(value, " '$") {
				value = "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
			}
			words = append(words, "--"+name, value)
		}
	}
	return strings.Join(append(words, "-o "+model+".html"), " ")
}

// check reports values that make no sense, and a file that cannot be written.
func (f *traceFlags) check(c *cobra.Command) error {
	ext := strings.ToLower(filepath.Ext(f.out))
	switch {
	case !c.Flags().Changed("output"):
		return cli.Usagef("trace writes a file: name it with -o FILE.html, or FILE.json for its data")
	case f.out != "" && ext != ".html" && ext != ".json":
		return cli.Usagef("-o %s: unknown kind of file %q; known are .html and .json", f.out, ext)
	case f.browse && ext != ".html":
		return cli.Usagef("--open shows a page, and -o %s is none: name it .html", f.out)
	case f.lang != "en" && f.lang != "zh":
		return cli.Usagef("unknown language %q; known are %s", f.lang, cli.Joined(languages))
	case f.step < 1 || f.step > mostSteps:
		return cli.Usagef("--step is %d, want 1 to %d", f.step, mostSteps)
	case f.batch < 1 || f.batch > cli.MaxBatch:
		return cli.Usagef("--batch is %d, want 1 to %d", f.batch, cli.MaxBatch)
	case f.budget < 0 || f.budget > mostBudget:
		return cli.Usagef("--budget is %d, want bytes up to %d, or 0 for the usual number", f.budget, mostBudget)
	}
	if err := cli.CheckFiles(c, f.data); err != nil {
		return err
	}
	if err := cli.CheckReplaced(f.out, f.data, f.weights); err != nil {
		return err
	}
	return cli.CheckOutput(c, f.out, usualPage)
}

// usualPage is about what a page takes, in bytes, and mostBudget more than a browser likes to open.
const usualPage, mostBudget = 9 << 20, 1 << 28

// checking is what the comparison of gradients with differences may take, in operations: some seconds.
const checking = 4e9

// Traced is the JSON of a traced step.
type Traced struct {
	Model  string      `json:"model"`
	Data   string      `json:"data"`
	Seed   uint64      `json:"seed"`
	Step   int         `json:"step"`
	Batch  int         `json:"batch"`
	Float  string      `json:"float"`
	Size   kind.Size   `json:"size"`
	Runs   []runOfStep `json:"runs"`
	Output string      `json:"output"`
}

// runOfStep is one run: of a step that is no game's, the only one.
type runOfStep struct {
	Player       string     `json:"player,omitempty"`
	Nodes        int        `json:"nodes"`
	Instructions int        `json:"instructions"`
	Whole        int        `json:"whole"` // values of up to so many elements are whole
	Gradients    int        `json:"gradients_checked"`
	Failed       int        `json:"gradients_failed"`
	Unmeasured   int        `json:"gradients_not_measured"` // at a kink, or too small beside the loss
	Error        cli.Figure `json:"largest_error"`
	Alarms       int        `json:"alarms"`
}

func (a Verbs) trace(r recipe.Recipe, f traceFlags) error {
	form, begin, err := f.begin(r)
	if err != nil {
		return err
	}
	set, err := a.Open(r, f.data, form)
	if err != nil {
		return err
	}
	if form == nil {
		form = &set.Form
		form.Size = r.Size
	}
	form.Unroll = f.unroll
	batch := min(f.batch, set.Tightest)
	o := recipe.Tracing{Data: cli.Shown(filepath.Base(f.data)), Again: f.again, Step: f.step, Seed: f.seed,
		Budget: f.budget, Work: checking, Begin: begin}
	t, err := r.Trace(*form, endlessly(set.Train(batch, f.seed).Batches), o)
	if err != nil {
		return err
	}
	if err := a.Write(func() error { return writeTrace(f.out, t, f.lang) }); err != nil {
		return err
	}
	out := Traced{Model: r.Name, Data: f.data, Seed: f.seed, Step: f.step, Batch: batch, Size: form.Size,
		Output: f.out}
	for _, run := range t.Runs {
		out.Float = run.Float
		out.Runs = append(out.Runs, summed(run))
	}
	if a.JSON {
		err = a.WriteJSON(out)
	} else {
		a.sayTraced(out)
	}
	if err == nil && f.browse {
		err = cli.ReadBy("--open: ", local.Browse(f.out))
	}
	return err
}

// begin is the model of a file of weights, and its form; nil if none is named.
func (f *traceFlags) begin(r recipe.Recipe) (*kind.Form, *kind.Model, error) {
	if f.weights == "" {
		return nil, nil, nil
	}
	m, err := cli.Load(r, f.weights)
	if err != nil {
		return nil, nil, err
	}
	form := m.Form
	return &form, m, nil
}

// endlessly goes over the batches of one epoch after the other.
func endlessly(batches func(epoch int) iter.Seq[[]graph.Tensor]) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		for epoch, any := 0, true; any; epoch++ {
			any = false
			for b := range batches(epoch) {
				if any = true; !yield(b) {
					return
				}
			}
		}
	}
}

// writeTrace writes the page, or its data.
func writeTrace(path string, t *trace.Trace, lang string) error {
	return files.Replace(path, func(w io.Writer) error {
		if strings.EqualFold(filepath.Ext(path), ".html") {
			return html.Write(w, t, html.Options{Lang: lang})
		}
		_, err := t.WriteTo(w)
		return err
	})
}

func summed(run trace.Run) runOfStep {
	s := runOfStep{Player: run.Name.En, Nodes: len(run.Nodes), Instructions: len(run.Instructions), Whole: run.Whole}
	for _, state := range run.States {
		s.Alarms += len(state.Alarms)
		for _, c := range state.Checks {
			if len(c.At) == 0 {
				s.Unmeasured++
				continue
			}
			s.Gradients++
			s.Error = max(s.Error, cli.Figure(c.Error))
			if !c.OK {
				s.Failed++
			}
		}
	}
	return s
}

// sayTraced says what was written.
func (a Verbs) sayTraced(t Traced) {
	for _, r := range t.Runs {
		player := ""
		if r.Player != "" {
			player = ", " + r.Player
		}
		near := "within rounding"
		if r.Error != 0 {
			near = fmt.Sprintf("%.1g", float64(r.Error))
		}
		a.Logf("%s%s, step %d, seed %d: %s instructions in %s, values whole up to %s elements; %s gradients agree "+
			"with differences to %s", t.Model, player, t.Step, t.Seed, cli.Thousands(r.Instructions), t.Float,
			cli.Thousands(r.Whole), cli.Thousands(r.Gradients-r.Failed), near)
		if r.Unmeasured > 0 {
			a.Logf("%s%s: %d gradients cannot be measured by differences", t.Model, player, r.Unmeasured)
		}
		if r.Failed > 0 {
			a.Logf("%s%s: %d gradients do not agree with differences", t.Model, player, r.Failed)
		}
	}
	a.Logf("wrote %s", t.Output)
}
