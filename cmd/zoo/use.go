// This file holds summary, eval and predict.

package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/metrics"
)

func (a *app) summaryCommand() *cobra.Command {
	var size kind.Size
	var f training.ScaleFlags
	c := &cobra.Command{Use: "summary MODEL", Short: "Print the layers of a model with shapes and parameters",
		Args: cli.OneModel, ValidArgsFunction: cli.CompleteModels,
		Long: `Print the layers of a model with their shapes, parameters and multiply-adds.

With --scale it is how large the values of each layer are in the first step of training, on a batch of its data, and
the gradients of the loss by them: mean, deviation, and the share that is 0. Deviations that grow or shrink from layer
to layer are those of initial values that a deep network learns badly from.`,
		Example: "  zoo summary lenet5\n  zoo summary resnet20 --scale\n" +
			"  zoo summary lenet5 --scale --weights lenet5.safetensors --json",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Sized(args[0], size)
			if err != nil {
				return err
			}
			if err := f.Check(c, r, size); err != nil {
				return err
			}
			if f.Scale {
				return a.Verb(c, func() error { return a.training().Scale(r, f.Of) })
			}
			return a.Verb(c, func() error { return a.summary(r) })
		}}
	f.Add(c)
	cli.SizeFlags(c, &size)
	a.JSONFlag(c)
	return c
}

func (a *app) summary(r recipe.Recipe) error {
	m := r.New(r.Usual())
	s, err := m.Summary()
	if err != nil {
		return err
	}
	if !a.JSON {
		_, err := s.WriteTo(a.Stdout)
		return err
	}
	type layer struct {
		Path       string      `json:"path"`
		Layer      string      `json:"layer"`
		Output     graph.Shape `json:"output"`
		Parameters int         `json:"parameters"`
		MACs       int64       `json:"multiply_adds"`
	}
	out := struct {
		Model      string  `json:"model"`
		Parameters int     `json:"parameters"`
		MACs       int64   `json:"multiply_adds"`
		Layers     []layer `json:"layers"`
	}{Model: r.Name, Parameters: s.Parameters, MACs: s.MultiplyAdds}
	for _, r := range s.Rows {
		out.Layers = append(out.Layers, layer{r.Path, r.Layer, r.Output, r.Parameters, r.MultiplyAdds})
	}
	return a.WriteJSON(out)
}

func (a *app) evalCommand() *cobra.Command {
	var weights, source string
	var how kind.Reading
	var beam int
	var told classFlags
	c := &cobra.Command{Use: "eval MODEL --weights FILE",
		Short: "Evaluate saved weights on the held-out part of the data",
		Args:  cli.OneModel, ValidArgsFunction: cli.CompleteModels,
		Long: `Evaluate saved weights on the held-out part of the data.

Weights that learnt from the rows of a table say how its columns are read: of a file with the rows that were learnt
from, those that were held out are tested, of another one all. Its columns may stand in another order.`,
		Example: "  zoo eval lenet5 --weights lenet5.safetensors --report --confusion digits.png\n" +
			"  zoo eval lenet5 --weights lenet5.safetensors --roc roc.svg --pr pr.svg --calibration " +
			"calibration.svg\n" +
			"  zoo eval mlp --weights iris.safetensors --data iris.csv --report",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Find(args[0])
			if err != nil {
				return err
			}
			if r, err = evaluating(c, r.Of(weights), how, &source); err != nil {
				return err
			}
			if r, err = searching(c, r, beam); err != nil {
				return err
			}
			if err := told.check(c, r, source, weights); err != nil {
				return err
			}
			return a.Verb(c, func() error { return a.eval(r, weights, source, c.Flags().Changed("data"), told) })
		}}
	c.Flags().StringVar(&weights, "weights", "", cli.WeightsUsage)
	cli.DataFlag(c, &source)
	cli.ReadingFlags(c, &how, cli.OfData)
	beamFlag(c, &beam)
	told.add(c)
	a.JSONFlag(c)
	return c
}

// evaluating is the recipe of a model that is evaluated on data which are read as the flags say.
func evaluating(c *cobra.Command, r recipe.Recipe, how kind.Reading, source *string) (recipe.Recipe, error) {
	r, err := cli.Reading(c, r, how)
	if err != nil {
		return r, err
	}
	if _, fixed := r.Kind.(kind.Tester); fixed && c.Flags().Changed("held-out") {
		return r, cli.Usagef("--held-out says nothing to these weights, which know what was held out")
	}
	if !c.Flags().Changed("data") {
		if *source = r.Data; r.Data == "" {
			return r, cli.Usagef("--data is needed: the weights learnt from a file, and %s as a %s has no usual data",
				r.Name, r.Kind.Word())
		}
	}
	return r, cli.CheckFiles(c, *source)
}

// evaluated is the JSON of an evaluation.
type evaluated struct {
	Model     string                `json:"model"`
	Data      string                `json:"data"`
	Loss      cli.Figure            `json:"test_loss"`
	Metric    map[string]cli.Figure `json:"metric"`
	NotFinite []string              `json:"not_finite,omitempty"`
	Classes   []string              `json:"classes,omitempty"`
	Confusion [][]int               `json:"confusion,omitempty"` // a row a class, a column for what it was taken for
	Report    []classRow            `json:"report,omitempty"`
	Picture   string                `json:"picture,omitempty"`
	Worst     []worstRow            `json:"worst,omitempty"`
	Pictures  string                `json:"pictures,omitempty"`
	Tested    string                `json:"tested,omitempty"` // which rows of a table
	Changes   []string              `json:"changes,omitempty"`
	scoredOut
}

func (a *app) eval(r recipe.Recipe, weights, source string, asked bool, told classFlags) error {
	m, err := cli.Load(r, weights)
	if err != nil {
		return err
	}
	if learnt := m.Form.Data; !asked && learnt != "" && learnt != source {
		a.Logf("%s: these weights learnt from %s; without --data they are evaluated on %s", r.Name,
			cli.Shown(learnt), source)
	}
	set, err := a.OpenTest(r, source, &m.Form)
	if err != nil {
		return err
	}
	changes := a.TellChanges(set.Changes, "")
	s, taken, err := a.evaluate(r, m, set, told.asked())
	if err != nil {
		return err
	}
	var c *metrics.Confusion
	var worst []worstRow
	if told.asked() {
		if c, err = taken.matrix(m.Form.Classes); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		worst = taken.worst(told.worst, c)
	}
	if err := a.drawWorst(told.worstPicture, set.Test, worst); err != nil {
		return err
	}
	title := r.Title + " · " + cli.Shown(filepath.Base(source))
	if err := a.drawClasses(told.picture, title, c); err != nil {
		return err
	}
	drawn, err := a.drawScored(told.scoredFlags, title, m.Form.Classes, &taken)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	if a.JSON {
		out := evaluated{Model: r.Name, Data: source, Loss: cli.Figure(s.Loss), Metric: cli.Figures(s.Metrics),
			Picture: told.picture, Worst: worst, Pictures: told.worstPicture, Tested: set.Tested, Changes: changes,
			scoredOut: drawn}
		out.NotFinite = cli.NotFinite(out)
		if told.report {
			out.Classes, out.Confusion, out.Report = c.Names, c.Counts, classRows(c)
		}
		return a.WriteJSON(out)
	}
	tested := ""
	if set.Tested != "" {
		tested = ", " + set.Tested
	}
	fmt.Fprintf(a.Stdout, "%s on %s, %s%s: test loss %v", r.Name, cli.Shown(source),
		cli.Plural(cli.Thousands(s.Rows*set.Each), set.Noun), tested, cli.Figure(s.Loss))
	for _, name := range cli.SortedKeys(s.Metrics) {
		fmt.Fprintf(a.Stdout, ", %s %v", name, cli.Figure(s.Metrics[name]))
	}
	fmt.Fprintln(a.Stdout)
	a.showScored(drawn)
	return a.showTold(told, c, worst)
}

// evaluate evaluates a model on the test part, and keeps, if it is told to, what the examples were taken for.
func (a *app) evaluate(r recipe.Recipe, m *kind.Model, set *kind.Set, classes bool) (s train.Scores, taken takings,
	err error) {
	task, _, err := m.Task(func() (train.Optimizer, error) { return train.NewOptimizer(r.Optimizer, r.LR) })
	if err != nil {
		return s, taken, err
	}
	all := set.Figures(m)
	if classes {
		all = taken.watched(all)
	}
	if s, err = train.NewEvaluator(task, all...).Evaluate(set.Test); err != nil {
		return s, taken, err
	}
	return s, taken, training.Judge(a.Ctx, m, set, &s)
}

func (a *app) predictCommand() *cobra.Command {
	var f predictFlags
	c := &cobra.Command{Use: "predict MODEL --weights FILE INPUT...",
		Short:             "What a model answers to inputs: pictures, texts, tables, series",
		ValidArgsFunction: cli.CompleteModels,
		Long: `What a model answers to inputs: the class of pictures (PNG, JPEG) of one digit each, drawn or
photographed, dark on light or light on dark; or, of a model that gives pictures back, what it makes of them,
with -o as a PNG file.

The drawing is looked for in the picture, fitted and centred as the training data are. A picture in which
nothing is seen is an error, and an answer that is more likely wrong than right is called uncertain. A side
has at most 32,768 pixels, and a picture takes at most 64 MiB of memory, or 4 times its file.

A model of texts answers to each argument, which is the text; an argument that names a file (.txt, .csv, .tsv) is
read, a text a line or a row, and - is standard input. A line tells of each input that cannot be read, and the others
are answered all the same; of a text with more words than the model reads the first are read, which is told.

Beside the answer of a classifier of texts stand up to three words, those that moved it most: one with a number above
0 speaks for the answer, one below 0 against it. The number is gradient times input: the vector of the word times the
gradient of the answer's logit by it. --json has that of every word, and of signs.

A model of pairs gives the other side of the pair, such as a translation, and a masked language model a word for each
[MASK]. A model that learnt from the rows of a table tells the class of each row of a file (.csv, .tsv, or - for
standard input), which need not have the target. A model of series forecasts the value that follows those of a file
(.csv, or - for standard input), or with --ahead more of them; -o draws them beside the last values and what the model
had said of these, as .svg or .png.`,
		Example: "  zoo predict lenet5 --weights lenet5.safetensors digit.png\n" +
			"  zoo predict sentiment --weights sentiment.safetensors 'the plot is not dull'\n" +
			"  zoo predict bert --weights bert.safetensors 'the king [MASK] slowly' --top 3\n" +
			"  zoo predict translate --weights translate.safetensors 'the red cat paints .' --beam 4\n" +
			"  zoo predict mlp --weights iris.safetensors new.csv --json\n" +
			"  zoo predict forecast --weights forecast.safetensors sales.csv --ahead 12 -o sales.svg",
		Args: func(_ *cobra.Command, args []string) error {
			return modelAndInputs("predict", "known models", recipe.Names, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Find(args[0])
			if err != nil {
				return err
			}
			if r, err = cli.Reading(c, r.Of(f.weights), f.reading); err != nil {
				return err
			}
			if r, err = searching(c, r, f.beam); err != nil {
				return err
			}
			k, ok := r.Kind.(kind.Predictor)
			if !ok {
				return cli.Usagef("%s is a %s, which answers to no input: see zoo generate", r.Name, r.Kind.Word())
			}
			if f.top < 1 {
				return cli.Usagef("--top is %d, want at least 1", f.top)
			}
			if _, single := k.(kind.Single); single && c.Flags().Changed("top") {
				return cli.Usagef("--top says nothing to %s, which is a %s and has one answer", r.Name, r.Kind.Word())
			}
			if err := cli.CheckRead(c, k, args[1:]); err != nil {
				return err
			}
			if err := cli.CheckReplaced(f.out, append(args[1:], f.weights)...); err != nil {
				return err
			}
			if err := checkPicture(c, r.Kind, f.out); err != nil {
				return err
			}
			return a.Verb(c, func() error { return a.predict(r, k, f, args[1:]) })
		}}
	c.Flags().StringVar(&f.weights, "weights", "", cli.WeightsUsage)
	c.Flags().Var(cli.Whole(&f.top), "top",
		"how many answers to show, the most likely first; a beam is as wide at least")
	f.top = 1
	cli.ReadingFlags(c, &f.reading, cli.OfInputs)
	beamFlag(c, &f.beam)
	cli.OutputFlag(c, &f.out, "file for results that are pictures (.png), or plots (.svg, too)")
	a.JSONFlag(c)
	return c
}

// predictFlags are the flags of predict.
type predictFlags struct {
	weights, out string
	top, beam    int
	reading      kind.Reading
}

// beamFlag is the flag of verbs that look for answers.
func beamFlag(c *cobra.Command, width *int) {
	*width = 1
	c.Flags().Var(cli.Whole(width), "beam", "beginnings that are kept at a time, of models that look for an answer")
}

// maxBeam is more than any search gains by.
const maxBeam = 64

// searching is the recipe with answers that are looked for as --beam says.
func searching(c *cobra.Command, r recipe.Recipe, width int) (recipe.Recipe, error) {
	if !c.Flags().Changed("beam") {
		return r, nil
	}
	k, ok := r.Kind.(kind.Searcher)
	switch {
	case !ok:
		return r, cli.Usagef("--beam is for models that look for an answer, and %s is a %s", r.Name, r.Kind.Word())
	case width < 1 || width > maxBeam:
		return r, cli.Usagef("--beam is %d, want 1 to %d", width, maxBeam)
	}
	r.Kind = k.WithBeam(width)
	return r, nil
}

// checkPicture reports a file for a picture that is named as something else, or that cannot be written.
func checkPicture(c *cobra.Command, k kind.Kind, path string) error {
	_, plots := k.(kind.Plotter)
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case path == "", ext == ".png", plots && ext == ".svg":
	case plots:
		return cli.Usagef("-o %s: plots are written as .svg or .png, not as %q", path, ext)
	default:
		return cli.Usagef("-o %s: pictures are written as .png, not as %q", path, ext)
	}
	return cli.CheckOutput(c, path, cli.DrawingSize)
}

func (a *app) predict(r recipe.Recipe, k kind.Predictor, f predictFlags, args []string) error {
	m, err := cli.Load(r, f.weights)
	if err != nil {
		return err
	}
	inputs, bad, err := a.InputsOf(k, args)
	if err != nil {
		return err
	}
	if p, ok := k.(kind.Piped); ok && slices.Contains(inputs, "-") {
		if with, err := p.WithInput(a.Stdin); err == nil {
			k = with
		} else {
			bad = append(bad, err)
			inputs = slices.DeleteFunc(inputs, func(in string) bool { return in == "-" })
		}
	}
	var answers []kind.Answer
	var picture *kind.Picture
	if len(inputs) > 0 {
		var more []error
		answers, picture, more = answersTo(k, m, inputs, f)
		bad = append(bad, more...)
	}
	var input kind.InputError
	switch {
	case len(args) == 1 && slices.Equal(inputs, args) && len(bad) > 0 && errors.As(bad[0], &input):
		return cli.UsageError(bad[0])
	case len(answers) == 0:
		return a.reportAll(bad)
	}
	if err := a.writePicture(r, picture, f.out); err != nil {
		return err
	}
	var all []predicted
	for _, w := range answers {
		if w.Note != "" {
			a.Logf("%s: %q: %s", r.Name, cli.Cut(w.Input, cli.InputBound), w.Note)
		}
		all = append(all, predictedOf(w, f.top))
	}
	if a.JSON {
		if err := a.WriteJSON(all); err != nil {
			return err
		}
		return a.reportAll(bad)
	}
	for _, p := range all {
		a.showPrediction(p, picture != nil)
	}
	return a.reportAll(bad)
}

// answersTo are a model's answers to inputs, and what is wrong with those that cannot be read. Where one of several
// cannot, each half of them is asked by itself, unless they are compared. A picture is made of all or none.
func answersTo(k kind.Predictor, m *kind.Model, inputs []string, f predictFlags) (all []kind.Answer,
	p *kind.Picture, bad []error) {
	if k, ok := k.(kind.Comparer); ok {
		return compared(k, m, inputs, f)
	}
	all, p, err := k.Predict(m, inputs, f.top)
	code, half := cli.ExitCode(err), len(inputs)/2
	switch {
	case err == nil:
		return all, p, nil
	case half == 0 || f.out != "" || code != cli.ExitDamaged && code != cli.ExitMissing:
		return nil, nil, []error{err}
	}
	first, _, bad := answersTo(k, m, inputs[:half], f)
	rest, _, more := answersTo(k, m, inputs[half:], f)
	return append(first, rest...), nil, append(bad, more...)
}

// compared is answersTo of a model that compares its inputs: those that can be read are compared among themselves.
func compared(k kind.Comparer, m *kind.Model, inputs []string, f predictFlags) (all []kind.Answer,
	p *kind.Picture, bad []error) {
	var read []string
	for _, in := range inputs {
		if err := k.Readable(m, in); err != nil {
			bad = append(bad, err)
		} else {
			read = append(read, in)
		}
	}
	if len(bad) > 0 && (len(read) == 0 || f.out != "") {
		return nil, nil, bad
	}
	all, p, err := k.Predict(m, read, f.top)
	if err != nil {
		return nil, nil, append([]error{err}, bad...)
	}
	return all, p, bad
}

// reportAll writes a line for each of several errors but the last, which it returns.
func (a *app) reportAll(list []error) error {
	if len(list) == 0 {
		return nil
	}
	last := len(list) - 1
	for _, err := range list[:last] {
		a.Report(err)
	}
	return list[last]
}

// writePicture writes a picture where -o says; it is an error to ask for one where there is none.
func (a *app) writePicture(r recipe.Recipe, p *kind.Picture, path string) error {
	switch {
	case path == "":
		return nil
	case p == nil:
		return cli.Usagef("-o is for results that are pictures, and those of %s are none", r.Name)
	}
	return a.Write(func() error { return p.Write(path) })
}

// modelAndInputs reports arguments of a verb that are not the name of a model and at least one input. Names lists the
// models, and what says which they are.
func modelAndInputs(verb, what string, names func() []string, args []string) error {
	if len(args) < 2 {
		return cli.Usagef("%s takes a model and at least one input; %s are %s", verb, what, cli.Joined(names()))
	}
	_, err := cli.Find(args[0])
	return err
}
