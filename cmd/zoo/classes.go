// This file holds what is told of classes: what the examples of each were taken for, and how often that was right.

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
	"github.com/stheno-ml/stheno/train/metrics"
)

// classFlags say what is told of classes.
type classFlags struct {
	report  bool
	picture string
}

// confusionFlag is the flag for a picture of the matrix.
func confusionFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "confusion", "", "file for a picture of the confusion matrix (.svg or .png)")
}

// checkConfusion reports a file for the picture that is named as something else, or that cannot be written.
func checkConfusion(c *cobra.Command, path string, inputs ...string) error {
	if ext := strings.ToLower(filepath.Ext(path)); path != "" && ext != ".svg" && ext != ".png" {
		return usagef("--confusion %s: unknown kind of picture %q; known are .svg and .png", path, ext)
	}
	if err := checkReplacedBy("--confusion", path, inputs...); err != nil {
		return err
	}
	return checkWritable(c, "confusion", "--confusion", path, drawingSize)
}

// check reports flags that say nothing to a model.
func (f *classFlags) check(c *cobra.Command, r recipe.Recipe, inputs ...string) error {
	for _, name := range []string{"report", "confusion"} {
		if c.Flags().Changed(name) && !tellsClasses(r) {
			return usagef("--%s is for models that tell classes, and %s is a %s", name, r.Name, r.Kind.Word())
		}
	}
	return checkConfusion(c, f.picture, inputs...)
}

func (f *classFlags) asked() bool { return f.report || f.picture != "" }

const accuracyName = "accuracy"

// tellsClasses reports a model whose predictions are logits of classes with names.
func tellsClasses(r recipe.Recipe) bool {
	m := r.New(r.Usual())
	return len(m.Form.Classes) > 0 && slices.ContainsFunc(m.Metrics, isAccuracy)
}

func isAccuracy(m train.Metric) bool { return m.Name == accuracyName }

// takings are what examples were taken for.
type takings struct {
	truth, predicted []int64
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
	largest, err := metrics.Largest(pred.F32, pred.Shape[1])
	if err != nil || t.err != nil || len(largest) != len(target.I64) {
		if t.err == nil {
			t.err = err
		}
		return
	}
	for i, class := range target.I64 {
		if class != ops.IgnoreIndex {
			t.truth, t.predicted = append(t.truth, class), append(t.predicted, largest[i])
		}
	}
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
	Class     string `json:"class"`
	Precision figure `json:"precision"`
	Recall    figure `json:"recall"`
	F1        figure `json:"f1"`
	Support   int    `json:"support"`
}

func classRows(c *metrics.Confusion) []classRow {
	var rows []classRow
	for k, s := range c.Classes() {
		rows = append(rows, classRow{c.Name(k), figure(s.Precision), figure(s.Recall), figure(s.F1), s.Support})
	}
	return rows
}

// mostDrawn is how many classes a matrix has that fits on a screen.
const mostDrawn = 20

// showClasses writes the matrix and the scores of each class.
func (a *app) showClasses(c *metrics.Confusion) error {
	if len(c.Counts) <= mostDrawn {
		fmt.Fprintln(a.stdout, c)
	} else {
		fmt.Fprintf(a.stdout, "the confusion matrix of %d classes is in --json\n\n", len(c.Counts))
	}
	_, err := fmt.Fprint(a.stdout, c.Report())
	return err
}

// drawClasses writes a picture of the matrix, if one is asked for.
func (a *app) drawClasses(path, title string, c *metrics.Confusion) error {
	if path == "" {
		return nil
	}
	return a.write(func() error { return curves.WriteConfusion(path, c, title) })
}

// showTold writes what the flags ask for.
func (a *app) showTold(f classFlags, c *metrics.Confusion) error {
	if f.report {
		fmt.Fprintln(a.stdout)
		if err := a.showClasses(c); err != nil {
			return err
		}
	}
	if f.picture != "" {
		fmt.Fprintf(a.stdout, "confusion matrix in %s\n", shown(f.picture))
	}
	return nil
}
