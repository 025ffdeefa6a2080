// This file holds what is told of classes: what the examples of each were taken for, and how often that was right.

package main

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
	"github.com/stheno-ml/stheno/train/metrics"
)

// classFlags say what is told of classes.
type classFlags struct {
	report       bool
	picture      string // of the matrix
	worst        int
	worstPicture string
	scoredFlags
}

// add adds those of eval.
func (f *classFlags) add(c *cobra.Command) {
	c.Flags().BoolVar(&f.report, "report", false,
		"tell of each class what it was taken for, and its precision, recall and F1")
	confusionFlag(c, &f.picture)
	c.Flags().Var(cli.Whole(&f.worst), "worst",
		"tell so many examples whose class had the least probability; 0 for none")
	c.Flags().StringVar(&f.worstPicture, "pictures", "", "file for the pictures of --worst, ten a row (.png)")
	f.scoredFlags.flags(c)
}

// mostWorst is how many examples are told, at most.
const mostWorst = 1000

// confusionFlag is the flag for a picture of the matrix.
func confusionFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "confusion", "", "file for a picture of the confusion matrix (.svg or .png)")
}

// checkConfusion reports a file for the picture that is named as something else, or that cannot be written.
func checkConfusion(c *cobra.Command, path string, inputs ...string) error {
	return cli.CheckDrawn(c, "confusion", path, inputs...)
}

// check reports flags that say nothing to a model.
func (f *classFlags) check(c *cobra.Command, r recipe.Recipe, inputs ...string) error {
	for _, name := range slices.Concat([]string{"report", "confusion", "worst", "pictures"}, scoredNames) {
		if c.Flags().Changed(name) && !tellsClasses(r) {
			return cli.Usagef("--%s is for models that tell classes, and %s is a %s", name, r.Name, r.Kind.Word())
		}
	}
	switch {
	case f.worst < 0 || f.worst > mostWorst:
		return cli.Usagef("--worst is %d, want 1 to %d, or 0 for none", f.worst, mostWorst)
	case c.Flags().Changed("pictures") && f.worst == 0:
		return cli.Usagef("--pictures is for those of --worst: say how many")
	case c.Flags().Changed("pictures") && r.Kind.Data() != "images" && r.Kind.Data() != "sounds":
		return cli.Usagef("--pictures is for models of pictures, and %s is a %s", r.Name, r.Kind.Word())
	}
	if ext := strings.ToLower(filepath.Ext(f.worstPicture)); f.worstPicture != "" && ext != ".png" {
		return cli.Usagef("--pictures %s: pictures are written as .png, not as %q", f.worstPicture, ext)
	}
	if err := cli.CheckApart(append(f.scoredFlags.files(), [2]string{"--confusion", f.picture},
		[2]string{"--pictures", f.worstPicture})...); err != nil {
		return err
	}
	if err := f.scoredFlags.check(c, inputs...); err != nil {
		return err
	}
	if err := cli.CheckReplacedBy("--pictures", f.worstPicture, inputs...); err != nil {
		return err
	}
	if err := cli.CheckWritable(c, "pictures", "--pictures", f.worstPicture, cli.DrawingSize); err != nil {
		return err
	}
	return checkConfusion(c, f.picture, inputs...)
}

func (f *classFlags) asked() bool {
	return f.report || f.picture != "" || f.worst > 0 || f.scoredFlags.asked()
}

// tellsClasses reports a model whose predictions are logits of classes with names.
func tellsClasses(r recipe.Recipe) bool {
	m := r.New(r.Usual())
	return len(m.Form.Classes) > 0 && slices.ContainsFunc(m.Metrics, isAccuracy)
}

func isAccuracy(m train.Metric) bool { return m.Name == cli.AccuracyName }

// takings are what examples were taken for.
type takings struct {
	seen             int   // examples
	number           []int // of those below among these, from 0
	truth, predicted []int64
	losses           []float64
	probabilities    [][]float64 // of all classes
	err              error
}

// watched are the metrics, of which the accuracy keeps what it sees.
func (t *takings) watched(all []train.Metric) []train.Metric {
	all = slices.Clone(all)
	for i, m := range all {
		if !isAccuracy(m) {
			continue
		}
		all[i].Score = func(pred, target graph.Tensor) (float64, int) {
			t.add(pred, target)
			return m.Score(pred, target)
		}
	}
	return all
}

// add adds a batch that has passed the check of the accuracy.
func (t *takings) add(pred, target graph.Tensor) {
	p, err := metrics.Softmax(pred.F32, pred.Shape[1])
	if err == nil && len(p) != len(target.I64) {
		err = fmt.Errorf("an example has several: logits are %v", pred.Type)
	}
	if t.err = cmp.Or(t.err, err); t.err != nil {
		return
	}
	for i, class := range target.I64 {
		if class == ops.IgnoreIndex {
			continue
		}
		losses, _ := metrics.Losses([]int64{class}, p[i:i+1]) // of probabilities, and a class that was checked
		taken, _ := metrics.Largest(p[i], len(p[i]))
		t.number, t.truth = append(t.number, t.seen+i), append(t.truth, class)
		t.predicted, t.losses = append(t.predicted, taken...), append(t.losses, losses...)
		t.probabilities = append(t.probabilities, p[i])
	}
	t.seen += len(target.I64)
}

// worstRow is the JSON of an example whose class had little probability.
type worstRow struct {
	Example     int        `json:"example"` // from 0, in the order of the test part
	Truth       string     `json:"truth"`
	Prediction  string     `json:"prediction"`
	Probability cli.Figure `json:"probability"` // of the truth
	Loss        cli.Figure `json:"loss"`
}

// worst are the n examples with the largest losses.
func (t *takings) worst(n int, c *metrics.Confusion) (rows []worstRow) {
	for _, i := range metrics.Worst(t.losses, n) {
		rows = append(rows, worstRow{t.number[i], c.Name(int(t.truth[i])), c.Name(int(t.predicted[i])),
			cli.Figure(math.Exp(-t.losses[i])), cli.Figure(t.losses[i])})
	}
	return rows
}

// matrix counts them.
func (t *takings) matrix(classes []string) (*metrics.Confusion, error) {
	if t.err != nil {
		return nil, fmt.Errorf("the predictions are no classes: %w", t.err)
	}
	c, err := metrics.Confuse(t.truth, t.predicted, len(classes))
	if err != nil {
		return nil, err
	}
	c.Names = classes
	return c, nil
}

// classRow is the JSON of a class in a report.
type classRow struct {
	Class     string     `json:"class"`
	Precision cli.Figure `json:"precision"`
	Recall    cli.Figure `json:"recall"`
	F1        cli.Figure `json:"f1"`
	Support   int        `json:"support"`
}

func classRows(c *metrics.Confusion) []classRow {
	var rows []classRow
	for k, s := range c.Classes() {
		rows = append(rows, classRow{c.Name(k), cli.Figure(s.Precision), cli.Figure(s.Recall), cli.Figure(s.F1),
			s.Support})
	}
	return rows
}

// mostDrawn is how many classes a matrix has that fits on a screen.
const mostDrawn = 20

// classBound is how many characters of the name of a class a table shows.
const classBound = 40

// showClasses writes the matrix and the scores of each class.
func (a *app) showClasses(c *metrics.Confusion) error {
	c = &metrics.Confusion{Counts: c.Counts, Names: slices.Clone(c.Names)}
	for k, name := range c.Names {
		c.Names[k] = cli.Shown(cli.Cut(name, classBound))
	}
	if len(c.Counts) <= mostDrawn {
		fmt.Fprintln(a.Stdout, c)
	} else {
		fmt.Fprintf(a.Stdout, "the confusion matrix of %d classes is in --json\n\n", len(c.Counts))
	}
	_, err := fmt.Fprint(a.Stdout, c.Report())
	return err
}

// drawWorst writes the pictures of the worst examples, if they are asked for.
func (a *app) drawWorst(path string, source train.Source, worst []worstRow) error {
	if path == "" {
		return nil
	}
	numbers := make([]int, len(worst))
	for i, w := range worst {
		numbers[i] = w.Example
	}
	p, err := kind.Sheet(source, numbers)
	if err != nil {
		return err
	}
	return a.Write(func() error { return p.Write(path) })
}

// drawClasses writes a picture of the matrix, if one is asked for.
func (a *app) drawClasses(path, title string, c *metrics.Confusion) error {
	if path == "" {
		return nil
	}
	return a.Write(func() error { return curves.WriteConfusion(path, c, title) })
}

// showTold writes what the flags ask for.
func (a *app) showTold(f classFlags, c *metrics.Confusion, worst []worstRow) error {
	if f.report {
		fmt.Fprintln(a.Stdout)
		if err := a.showClasses(c); err != nil {
			return err
		}
	}
	if f.picture != "" {
		fmt.Fprintf(a.Stdout, "confusion matrix in %s\n", cli.Shown(f.picture))
	}
	if f.worst > 0 {
		if err := a.showWorst(worst); err != nil {
			return err
		}
	}
	if f.worstPicture != "" {
		fmt.Fprintf(a.Stdout, "pictures in %s\n", cli.Shown(f.worstPicture))
	}
	return nil
}

func (a *app) showWorst(worst []worstRow) error {
	fmt.Fprintln(a.Stdout)
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "EXAMPLE\tTRUTH\tTAKEN FOR\tPROBABILITY OF THE TRUTH")
	for _, r := range worst {
		fmt.Fprintf(w, "%d\t%s\t%s\t%.4f\n", r.Example, cli.Shown(r.Truth), cli.Shown(r.Prediction), r.Probability)
	}
	return w.Flush()
}
