// This file holds crossval.

package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train/metrics"
)

// crossvalFlags are the flags of crossval.
type crossvalFlags struct {
	source  string
	reading kind.Reading
	folds   int
	seed    uint64
	picture string // of the confusion matrix
	kind.Balance
}

func (a *app) crossvalCommand() *cobra.Command {
	var f crossvalFlags
	c := &cobra.Command{Use: "crossval MODEL --data FILE", Short: "Cross-validate a model on the rows of a table",
		Args: cli.OneModel, ValidArgsFunction: cli.CompleteTabular,
		Long: `Part the rows of a table into folds, let a new model learn from all folds but one, test it with that
one, and so for each fold. Printed are the mean of the accuracies and their deviation (the root of the mean of the
squares), and for all rows together the confusion matrix and the scores of each class.

--data takes a table of values separated by commas, semicolons or tabs, whose first line may name the columns. The
target is the last column, or that of --target, by its name or its number from 1; its values are classes, even if they
are numbers. Columns of names become a feature for each name. Each fold has the same share of every class; features are
standardised, and what is missing is filled, by the rows that are learnt from alone, which is told.

How a model learns is the same for all tables, but that the decay of its weights is two divided by the number of
rows.

` + cli.BalanceHelp,
		Example: "  zoo crossval mlp --data iris.csv\n  zoo crossval mlp --data patients.csv --class-weights\n" +
			"  zoo crossval mlp --data flowers.csv --target species --folds 5 --seed 1 --json\n" +
			"  zoo crossval mlp --data patients.csv --target 3 --ignore id --missing median",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Find(args[0])
			if err != nil {
				return err
			}
			if r, err = f.check(c, r); err != nil {
				return err
			}
			return a.Verb(c, func() error { return a.crossval(r, f) })
		}}
	c.Flags().StringVar(&f.source, "data", "moons",
		"table: "+cli.Joined(cli.Tables())+", or the path of a file (.csv, .tsv)")
	cli.CompleteBy(c, "data", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return cli.Tables(), cobra.ShellCompDirectiveDefault
	})
	cli.ReadingFlags(c, &f.reading, cli.OfTables)
	cli.BalanceFlags(c, &f.Balance)
	c.Flags().Var(cli.Whole(&f.folds), "folds", "folds")
	f.folds = 10
	c.Flags().Lookup("folds").DefValue = "10"
	c.Flags().Var(cli.Seed(&f.seed), "seed", "seed of folds, initial values and order")
	confusionFlag(c, &f.picture)
	a.JSONFlag(c)
	return c
}

// check reports a model that takes no tables, and flags that make no sense; it returns the row as it learns.
func (f *crossvalFlags) check(c *cobra.Command, r recipe.Recipe) (recipe.Recipe, error) {
	if r.Tables == nil {
		return r, cli.Usagef("%s is a %s that learns from no tables; crossval takes %s", r.Name, r.Kind.Word(),
			cli.Joined(cli.Tabular()))
	}
	if f.folds < 2 {
		return r, cli.Usagef("--folds is %d, want at least 2", f.folds)
	}
	r, err := cli.Reading(c, r.Tabular(), f.reading)
	if err != nil {
		return r, err
	}
	if err := cli.CheckFiles(c, f.source); err != nil {
		return r, err
	}
	if r, err = cli.Balanced(c, r, f.Balance); err != nil {
		return r, err
	}
	return r, checkConfusion(c, f.picture, f.source)
}

// crossvalidated is the JSON of a cross-validation.
type crossvalidated struct {
	Model     string       `json:"model"`
	Data      string       `json:"data"`
	Target    string       `json:"target"`
	Seed      uint64       `json:"seed"`
	Rows      int          `json:"rows"`
	Metric    string       `json:"metric"`
	Folds     []cli.Figure `json:"folds"`
	Mean      cli.Figure   `json:"mean"`
	Deviation cli.Figure   `json:"deviation"`
	Classes   []string     `json:"classes"`
	Confusion [][]int      `json:"confusion"` // a row for each class, a column for what it was taken for
	Report    []classRow   `json:"report"`
	MacroF1   cli.Figure   `json:"macro_f1"`
	Changes   []string     `json:"changes,omitempty"`
	Picture   string       `json:"picture,omitempty"`
}

func (a *app) crossval(r recipe.Recipe, f crossvalFlags) error {
	frame, err := r.OpenFrame(a.Ctx, f.source, a.Logf)
	if err != nil {
		return cli.DataError(r, f.source, err)
	}
	if _, err := frame.Folds(f.folds, f.seed); err != nil {
		return cli.Usagef("--folds is %d: %s: %w", f.folds, cli.Shown(f.source), err)
	}
	a.Logf("%s on %s: %s of %d classes, target %s, seed %d", r.Name, cli.Shown(f.source),
		cli.Plural(cli.Thousands(frame.Len()), "row"), len(frame.Classes), cli.Shown(frame.Target), f.seed)
	changes := a.TellChanges(frame.Changes, "")
	v, err := r.CrossValidate(a.Ctx, frame, recipe.CrossValidation{Folds: f.folds, Seed: f.seed,
		Progress: func(fold int, accuracy float64, done table.Report) {
			if fold == 1 {
				changes = append(changes, a.TellChanges(done[len(frame.Changes):],
					"; each fold does so by its own rows")...)
			}
			a.Logf("fold %d/%d  accuracy %.4f", fold, f.folds, accuracy)
		}})
	if err != nil {
		return err
	}
	title := fmt.Sprintf("%s · %s · %d folds", r.Name, cli.Shown(filepath.Base(f.source)), f.folds)
	if err := a.drawClasses(f.picture, title, v.Confusion); err != nil {
		return err
	}
	return a.showCrossval(v, crossvalidated{Model: r.Name, Data: f.source, Target: frame.Target, Seed: f.seed,
		Rows: frame.Len(), Metric: "accuracy", Mean: cli.Figure(v.Mean), Deviation: cli.Figure(v.Deviation),
		Classes: frame.Classes, Confusion: v.Confusion.Counts, Report: classRows(v.Confusion),
		MacroF1: cli.Figure(v.Confusion.Average(metrics.Macro).F1), Changes: changes, Picture: f.picture})
}

func (a *app) showCrossval(v recipe.CrossValidated, out crossvalidated) error {
	if a.JSON {
		for _, accuracy := range v.Accuracies {
			out.Folds = append(out.Folds, cli.Figure(accuracy))
		}
		return a.WriteJSON(out)
	}
	fmt.Fprintf(a.Stdout, "%s on %s, seed %d: accuracy %.4f ± %.4f over %d folds\n", out.Model, cli.Shown(out.Data),
		out.Seed, v.Mean, v.Deviation, len(v.Accuracies))
	return a.showTold(classFlags{report: true, picture: out.Picture}, v.Confusion, nil)
}
