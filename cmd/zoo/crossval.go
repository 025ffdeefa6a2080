// This file holds crossval.

package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/data"
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
		Args: oneModel, ValidArgsFunction: completeTabular,
		Long: `Part the rows of a table into folds, let a new model learn from all folds but one, test it with that
one, and so for each fold. Printed are the mean of the accuracies and their deviation (the root of the mean of the
squares), and for all rows together the confusion matrix and the scores of each class.

--data takes a table of values separated by commas, semicolons or tabs, whose first line may name the columns. The
target is the last column, or that of --target, by its name or its number from 1; its values are classes, even if they
are numbers. Columns of names become a feature for each name. Each fold has the same share of every class; features are
standardised, and what is missing is filled, by the rows that are learnt from alone, which is told.

How a model learns is the same for all tables, but that the decay of its weights is two divided by the number of
rows.

` + balanceHelp,
		Example: "  zoo crossval mlp --data iris.csv\n  zoo crossval mlp --data patients.csv --class-weights\n" +
			"  zoo crossval mlp --data flowers.csv --target species --folds 5 --seed 1 --json\n" +
			"  zoo crossval mlp --data patients.csv --target 3 --ignore id --missing median",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := find(args[0])
			if err != nil {
				return err
			}
			if r, err = f.check(c, r); err != nil {
				return err
			}
			return a.verb(c, func() error { return a.crossval(r, f) })
		}}
	c.Flags().StringVar(&f.source, "data", "moons", "table: "+joined(tables())+", or the path of a file (.csv, .tsv)")
	completeBy(c, "data", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return tables(), cobra.ShellCompDirectiveDefault
	})
	readingFlags(c, &f.reading, ofTables)
	balanceFlags(c, &f.Balance)
	c.Flags().Var(whole{&f.folds}, "folds", "folds")
	f.folds = 10
	c.Flags().Lookup("folds").DefValue = "10"
	c.Flags().Var(seed{&f.seed}, "seed", "seed of folds, initial values and order")
	confusionFlag(c, &f.picture)
	a.jsonFlag(c)
	return c
}

// check reports a model that takes no tables, and flags that make no sense; it returns the row as it learns.
func (f *crossvalFlags) check(c *cobra.Command, r recipe.Recipe) (recipe.Recipe, error) {
	if r.Tables == nil {
		return r, usagef("%s is a %s that learns from no tables; crossval takes %s", r.Name, r.Kind.Word(),
			joined(tabular()))
	}
	if f.folds < 2 {
		return r, usagef("--folds is %d, want at least 2", f.folds)
	}
	r, err := reading(c, r.Tabular(), f.reading)
	if err != nil {
		return r, err
	}
	if err := checkFiles(c, f.source); err != nil {
		return r, err
	}
	if r, err = balanced(c, r, f.Balance); err != nil {
		return r, err
	}
	return r, checkConfusion(c, f.picture, f.source)
}

// crossvalidated is the JSON of a cross-validation.
type crossvalidated struct {
	Model     string     `json:"model"`
	Data      string     `json:"data"`
	Target    string     `json:"target"`
	Seed      uint64     `json:"seed"`
	Rows      int        `json:"rows"`
	Metric    string     `json:"metric"`
	Folds     []figure   `json:"folds"`
	Mean      figure     `json:"mean"`
	Deviation figure     `json:"deviation"`
	Classes   []string   `json:"classes"`
	Confusion [][]int    `json:"confusion"` // a row for each class, a column for what it was taken for
	Report    []classRow `json:"report"`
	MacroF1   figure     `json:"macro_f1"`
	Changes   []string   `json:"changes,omitempty"`
	Picture   string     `json:"picture,omitempty"`
}

func (a *app) crossval(r recipe.Recipe, f crossvalFlags) error {
	table, err := r.OpenFrame(a.ctx, f.source, a.logf)
	if err != nil {
		return dataError(r, f.source, err)
	}
	if _, err := table.Folds(f.folds, f.seed); err != nil {
		return usagef("--folds is %d: %s: %w", f.folds, shown(f.source), err)
	}
	a.logf("%s on %s: %s of %d classes, target %s, seed %d", r.Name, shown(f.source),
		plural(thousands(table.Len()), "row"), len(table.Classes), shown(table.Target), f.seed)
	changes := a.tellChanges(table.Changes, "")
	v, err := r.CrossValidate(a.ctx, table, recipe.CrossValidation{Folds: f.folds, Seed: f.seed,
		Progress: func(fold int, accuracy float64, done data.Report) {
			if fold == 1 {
				changes = append(changes, a.tellChanges(done[len(table.Changes):],
					"; each fold does so by its own rows")...)
			}
			a.logf("fold %d/%d  accuracy %.4f", fold, f.folds, accuracy)
		}})
	if err != nil {
		return err
	}
	title := fmt.Sprintf("%s · %s · %d folds", r.Name, shown(filepath.Base(f.source)), f.folds)
	if err := a.drawClasses(f.picture, title, v.Confusion); err != nil {
		return err
	}
	return a.showCrossval(v, crossvalidated{Model: r.Name, Data: f.source, Target: table.Target, Seed: f.seed,
		Rows: table.Len(), Metric: "accuracy", Mean: figure(v.Mean), Deviation: figure(v.Deviation),
		Classes: table.Classes, Confusion: v.Confusion.Counts, Report: classRows(v.Confusion),
		MacroF1: figure(v.Confusion.Average(metrics.Macro).F1), Changes: changes, Picture: f.picture})
}

func (a *app) showCrossval(v recipe.CrossValidated, out crossvalidated) error {
	if a.json {
		for _, accuracy := range v.Accuracies {
			out.Folds = append(out.Folds, figure(accuracy))
		}
		return a.writeJSON(out)
	}
	fmt.Fprintf(a.stdout, "%s on %s, seed %d: accuracy %.4f ± %.4f over %d folds\n", out.Model, shown(out.Data),
		out.Seed, v.Mean, v.Deviation, len(v.Accuracies))
	return a.showTold(classFlags{report: true, picture: out.Picture}, v.Confusion, nil)
}
