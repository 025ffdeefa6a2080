// This file holds the drawings of eval: how well probabilities part the classes, and whether they are as often right
// as they say.

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/train/curves"
	"github.com/stheno-ml/stheno/train/metrics"
)

// scoredFlags are the files of the drawings.
type scoredFlags struct{ roc, pr, calibration string }

// scoredNames are the names of the flags.
var scoredNames = []string{"roc", "pr", "calibration"}

func (f *scoredFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.roc, "roc", "", "file for the ROC curve of each class against the rest (.svg or .png)")
	c.Flags().StringVar(&f.pr, "pr", "", "file for the curves of precision over recall (.svg or .png)")
	c.Flags().StringVar(&f.calibration, "calibration", "",
		"file for how often answers are right, by how sure the model is of them (.svg or .png)")
}

func (f *scoredFlags) files() [][2]string {
	return [][2]string{{"--roc", f.roc}, {"--pr", f.pr}, {"--calibration", f.calibration}}
}

func (f *scoredFlags) check(c *cobra.Command, inputs ...string) error {
	for i, path := range []string{f.roc, f.pr, f.calibration} {
		if err := cli.CheckDrawn(c, scoredNames[i], path, inputs...); err != nil {
			return err
		}
	}
	return nil
}

func (f *scoredFlags) asked() bool { return *f != scoredFlags{} }

// calibrationBins are as many as the literature has: Guo et al. 2017 have 15, scikit-learn's examples 10.
const calibrationBins = 10

// scoredOut is what JSON and text tell of the drawings.
type scoredOut struct {
	ROC         string      `json:"roc,omitempty"`
	AUC         []areaRow   `json:"auc,omitempty"` // of each class against the rest
	PR          string      `json:"pr,omitempty"`
	AP          []areaRow   `json:"average_precision,omitempty"`
	Calibration string      `json:"calibration,omitempty"`
	ECE         *cli.Figure `json:"ece,omitempty"` // the expected calibration error
}

// areaRow is the JSON of the area under the curve of a class.
type areaRow struct {
	Class string     `json:"class"`
	Area  cli.Figure `json:"area"`
}

// drawScored draws what is asked for of probabilities.
func (a *app) drawScored(f scoredFlags, title string, classes []string, t *takings) (out scoredOut, err error) {
	if !f.asked() {
		return out, nil
	}
	out = scoredOut{ROC: f.roc, PR: f.pr, Calibration: f.calibration}
	if f.calibration != "" {
		if out.ECE, err = a.drawCalibration(f.calibration, title, t); err != nil {
			return out, err
		}
	}
	if f.roc == "" && f.pr == "" {
		return out, nil
	}
	all := a.scoredOf(classes, t)
	if len(all) == 0 {
		return out, fmt.Errorf("all examples are of one class: there is no curve of that")
	}
	if f.roc != "" {
		if out.AUC, err = areas(all, metrics.AUC); err != nil {
			return out, err
		}
		if err := a.Write(func() error { return curves.WriteROC(f.roc, title, all) }); err != nil {
			return out, err
		}
	}
	if f.pr != "" {
		if out.AP, err = areas(all, metrics.AveragePrecision); err != nil {
			return out, err
		}
		return out, a.Write(func() error { return curves.WritePrecisionRecall(f.pr, title, all) })
	}
	return out, nil
}

func (a *app) drawCalibration(path, title string, t *takings) (*cli.Figure, error) {
	confidence, right, err := metrics.Confidences(t.truth, t.probabilities)
	if err != nil {
		return nil, err
	}
	bins, err := metrics.Calibrate(confidence, right, calibrationBins)
	if err != nil {
		return nil, err
	}
	ece := cli.Figure(bins.ECE())
	return &ece, a.Write(func() error { return curves.WriteCalibration(path, title, bins) })
}

// scoredOf are the scores of the classes that have examples, of two classes those of the second alone.
func (a *app) scoredOf(classes []string, t *takings) (all []curves.Scored) {
	first := 0
	if len(classes) == 2 {
		first = 1
	}
	for k := first; k < len(classes); k++ {
		is, n := metrics.Is(t.truth, int64(k)), 0
		for _, positive := range is {
			if positive {
				n++
			}
		}
		if n == 0 || n == len(is) {
			a.Logf("class %s has %d of %d examples, and so no curve", cli.Shown(classes[k]), n, len(is))
			continue
		}
		all = append(all, curves.Scored{Name: cli.Shown(cli.Cut(classes[k], classBound)), Positive: is,
			Scores: metrics.Column(t.probabilities, k)})
	}
	return all
}

// areas are those of a curve of each class.
func areas(all []curves.Scored, of func(positive []bool, scores []float64) (float64, error)) (rows []areaRow,
	err error) {
	for _, s := range all {
		v, err := of(s.Positive, s.Scores)
		if err != nil {
			return nil, err
		}
		rows = append(rows, areaRow{s.Name, cli.Figure(v)})
	}
	return rows, nil
}

// showScored writes a line for each drawing.
func (a *app) showScored(out scoredOut) {
	if out.ROC != "" {
		fmt.Fprintf(a.Stdout, "ROC in %s, AUC %.4f%s\n", cli.Shown(out.ROC), meanOf(out.AUC), ofClasses(out.AUC))
	}
	if out.PR != "" {
		fmt.Fprintf(a.Stdout, "precision and recall in %s, average precision %.4f%s\n", cli.Shown(out.PR),
			meanOf(out.AP), ofClasses(out.AP))
	}
	if out.Calibration != "" {
		fmt.Fprintf(a.Stdout, "calibration in %s, ECE %.4f\n", cli.Shown(out.Calibration), *out.ECE)
	}
}

func meanOf(rows []areaRow) (mean float64) {
	for _, r := range rows {
		mean += float64(r.Area) / float64(len(rows))
	}
	return mean
}

func ofClasses(rows []areaRow) string {
	if len(rows) == 1 {
		return ""
	}
	return fmt.Sprintf(" in the mean of %d classes", len(rows))
}
