// This file holds summary --scale, which shows how large values and gradients are, layer by layer.

package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
)

// scaleFlags are the flags of summary --scale.
type scaleFlags struct {
	scale bool
	of    trainFlags // what the step is of: data, weights, batch and seed
}

// add adds the flags to a command.
func (f *scaleFlags) add(c *cobra.Command) {
	c.Flags().BoolVar(&f.scale, "scale", false,
		"show how large values and gradients are in each layer, in the first step")
	dataFlag(c, &f.of.data)
	c.Flags().StringVar(&f.of.weights, "weights", "", weightsUsage)
	c.Flags().Var(whole{&f.of.batch}, "batch", "examples of the step; the model's usual number without it")
	c.Flags().Var(seed{&f.of.seed}, "seed", "seed of the initial values")
	for _, name := range scaleOnly {
		c.Flags().Lookup(name).Usage = "with --scale: " + c.Flags().Lookup(name).Usage
	}
}

// scaleOnly are the flags that are for --scale alone.
var scaleOnly = []string{"data", "weights", "batch", "seed"}

// check reports flags that make no sense, and fills in what the command line leaves open.
func (f *scaleFlags) check(c *cobra.Command, r recipe.Recipe, size kind.Size) error {
	given := c.Flags().Changed
	for _, name := range scaleOnly {
		if given(name) && !f.scale {
			return usagef("--%s is for --scale: the table of layers depends on no values", name)
		}
	}
	if !f.scale {
		return nil
	}
	if !given("data") {
		f.of.data = r.Data
	}
	if f.of.batched = given("batch"); !f.of.batched {
		f.of.batch = r.Batch
	}
	if f.of.batch < 1 {
		return usagef("--batch is %d, want at least 1", f.of.batch)
	}
	f.of.size = size
	return checkFiles(c, f.of.data)
}

// scaled is the JSON of a row.
type scaled struct {
	Path     string      `json:"path"`
	Layer    string      `json:"layer"`
	Output   graph.Shape `json:"output"`
	Value    spread      `json:"value"`
	Gradient spread      `json:"gradient"`
}

type spread struct {
	Mean      figure `json:"mean"`
	Deviation figure `json:"deviation"`
	Zero      figure `json:"zero"`
}

func spreadOf(s train.Spread) spread {
	return spread{figure(s.Mean), figure(s.Deviation), figure(s.Zero)}
}

func (a *app) scale(r recipe.Recipe, f trainFlags) error {
	m, set, err := a.prepare(r, f)
	if err != nil {
		return err
	}
	trainer, err := r.Trainer(m, r.Optimizer, r.LR)
	if err != nil {
		return err
	}
	trainer.Seed = f.seed
	a.logf("%s on %s, a batch of %d, seed %d", r.Name, shown(f.data), f.batch, f.seed)
	for batch := range set.Train(f.batch, f.seed).Batches(0) {
		rows, err := trainer.Scales(batch...)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		return a.showScales(r, rows)
	}
	return fmt.Errorf("--data %s has no batch of %d examples", shown(f.data), f.batch)
}

func (a *app) showScales(r recipe.Recipe, rows []train.Scale) error {
	if a.json {
		out := struct {
			Model  string   `json:"model"`
			Layers []scaled `json:"layers"`
		}{Model: r.Name}
		for _, s := range rows {
			out.Layers = append(out.Layers, scaled{s.Path, s.Layer, s.Output, spreadOf(s.Value), spreadOf(s.Gradient)})
		}
		return a.writeJSON(out)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "PATH\tLAYER\tOUTPUT\tMEAN\tDEVIATION\tZERO\tGRADIENT MEAN\tDEVIATION\tZERO")
	for _, s := range rows {
		fmt.Fprintf(w, "%s\t%s\t%v\t%.3g\t%.3g\t%.0f %%\t%.1e\t%.2e\t%.0f %%\n", s.Path, s.Layer, s.Output,
			s.Value.Mean, s.Value.Deviation, 100*s.Value.Zero,
			s.Gradient.Mean, s.Gradient.Deviation, 100*s.Gradient.Zero)
	}
	return w.Flush()
}
