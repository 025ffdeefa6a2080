// This file holds lr-find.

package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
)

// findFlags are the flags of lr-find.
type findFlags struct {
	trainFlags
	test train.RangeOptions
}

// FindCommand is the verb lr-find.
func (a Verbs) FindCommand() *cobra.Command {
	f := findFlags{test: train.RangeOptions{From: 1e-7, To: 10, Steps: 100}}
	c := &cobra.Command{Use: "lr-find MODEL", Short: "Look for a learning rate: a range test, which changes nothing",
		Args: cli.OneModel, ValidArgsFunction: cli.CompleteModels,
		Long: `Let a model learn while the learning rate rises from step to step, until the loss has grown to five
times its least value. The rate at which the loss falls most steeply is suggested; a good one is somewhat below where
the loss begins to rise. See Smith, "Cyclical learning rates for training neural networks", 2017. Nothing is saved, and
weights that are given are only read.`,
		Example: "  zoo lr-find lenet5 -o lenet5.png\n  zoo lr-find charlstm --optimizer adamw --json",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := f.row(c, args[0])
			if err != nil {
				return err
			}
			f.defaults(c, r)
			if err := f.check(c); err != nil {
				return err
			}
			return a.Verb(c, func() error { return a.find(r, f) })
		}}
	cli.DataFlag(c, &f.data)
	cli.ReadingFlags(c, &f.reading, slices.Concat(cli.OfData, cli.OfTables))
	c.Flags().Var(cli.Whole(&f.batch), "batch", "rows a step: examples, or lanes of a text")
	c.Flags().StringVar(&f.optimizer, "optimizer", "", "optimizer: "+cli.Joined(train.OptimizerNames()))
	cli.Complete(c, "optimizer", train.OptimizerNames())
	c.Flags().Var(cli.Seed(&f.seed), "seed", "seed of initial values, order and dropout")
	c.Flags().StringVar(&f.weights, "weights", "", cli.WeightsUsage+" to begin with")
	c.Flags().Var(cli.Decimal(&f.test.From), "from", "first rate")
	c.Flags().Var(cli.Decimal(&f.test.To), "to", "last rate")
	c.Flags().Var(cli.Whole(&f.test.Steps), "steps", "steps from one to the other")
	cli.SizeFlags(c, &f.size)
	cli.OutputFlag(c, &f.out, "file for the curve (.svg or .png)")
	a.JSONFlag(c)
	return c
}

// check reports values that make no sense, and a file that cannot be written.
func (f *findFlags) check(c *cobra.Command) error {
	if err := cli.CheckFiles(c, f.data); err != nil {
		return err
	}
	if err := f.checkOptimizer(); err != nil {
		return err
	}
	switch t := f.test; {
	case f.batch < 1:
		return cli.Usagef("--batch is %d, want at least 1", f.batch)
	case t.Steps < 2:
		return cli.Usagef("--steps is %d, want at least 2", t.Steps)
	case !(t.From > 0 && t.From < t.To && t.To <= math.MaxFloat32):
		return cli.Usagef("--from is %v and --to is %v, want finite numbers above 0, the first below the last", t.From,
			t.To)
	}
	if ext := strings.ToLower(filepath.Ext(f.out)); f.out != "" && ext != ".svg" && ext != ".png" {
		return cli.Usagef("-o %s: unknown kind of picture %q; known are .svg and .png", f.out, ext)
	}
	if err := cli.CheckReplaced(f.out, f.data, f.weights); err != nil {
		return err
	}
	return cli.CheckOutput(c, f.out, cli.DrawingSize)
}

func (a Verbs) find(r recipe.Recipe, f findFlags) error {
	m, set, err := a.prepare(r, f.trainFlags)
	if err != nil {
		return err
	}
	a.Logf("%s: %s parameters, %s: %s, seed %d", r.Name, cli.Thousands(m.Params().Count()), cli.Shown(f.data),
		cli.Plural(cli.Thousands(set.TrainLen), set.Noun), f.seed)
	trainer, err := r.Trainer(m, f.optimizer, r.LR)
	if err != nil {
		return err
	}
	trainer.Seed = f.seed
	found, err := train.RangeTest(a.Ctx, trainer, set.Train(f.batch, f.seed), f.test)
	switch {
	case errors.Is(err, train.ErrInterrupted):
		return context.Canceled
	case err != nil:
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	if f.out != "" {
		title := r.Title + " · " + cli.Shown(filepath.Base(f.data)) + " · " + f.optimizer
		if err := a.Write(func() error { return curves.WriteRange(f.out, title, found) }); err != nil {
			return err
		}
	}
	return a.showFound(r, f, found)
}

func (a Verbs) showFound(r recipe.Recipe, f findFlags, found *train.Range) error {
	n := len(found.Rates)
	if a.JSON {
		return a.WriteJSON(struct {
			Model      string       `json:"model"`
			Data       string       `json:"data"`
			Seed       uint64       `json:"seed"`
			Suggestion cli.Figure   `json:"suggestion"`
			Rates      []cli.Figure `json:"rates"`
			Losses     []cli.Figure `json:"losses"`
			Smoothed   []cli.Figure `json:"smoothed"`
			Plot       string       `json:"plot,omitempty"`
		}{r.Name, f.data, f.seed, cli.Figure(found.Suggestion), cli.FigureList(found.Rates),
			cli.FigureList(found.Losses), cli.FigureList(found.Smoothed), f.out})
	}
	least := slices.Index(found.Smoothed, slices.Min(found.Smoothed))
	fmt.Fprintf(a.Stdout, "%s on %s, %s, seed %d: %s from %.3g to %.3g\n", r.Name, cli.Shown(f.data), f.optimizer,
		f.seed, cli.Counted(n, "step"), found.Rates[0], found.Rates[n-1])
	if found.Suggestion > 0 {
		fmt.Fprintf(a.Stdout, "suggestion: --lr %.2g, where the loss falls most steeply\n", found.Suggestion)
	} else {
		fmt.Fprintln(a.Stdout, "no suggestion: the loss falls nowhere")
	}
	fmt.Fprintf(a.Stdout, "the loss is least, %v, at %.2g; the usual rate of this model is %g\n",
		cli.Figure(found.Smoothed[least]), found.Rates[least], r.LR)
	if f.out != "" {
		fmt.Fprintf(a.Stdout, "curve in %s\n", cli.Shown(f.out))
	}
	return nil
}
