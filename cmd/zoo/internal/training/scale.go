// This file holds summary --scale, which shows how large values and gradients are, layer by layer.

package training

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
)

// ScaleFlags are the flags of summary --scale.
type ScaleFlags struct {
	Scale bool
	Of    trainFlags // what the step is of: data, weights, batch and seed
}

// Add adds the flags to a command.
func (f *ScaleFlags) Add(c *cobra.Command) {
	c.Flags().BoolVar(&f.Scale, "scale", false,
		"show how large values and gradients are in each layer, in the first step")
	cli.DataFlag(c, &f.Of.data)
	c.Flags().StringVar(&f.Of.weights, "weights", "", cli.WeightsUsage)
	c.Flags().Var(cli.Whole(&f.Of.batch), "batch", "examples of the step; the model's usual number without it")
	c.Flags().Var(cli.Seed(&f.Of.seed), "seed", "seed of the initial values")
	for _, name := range scaleOnly {
		c.Flags().Lookup(name).Usage = "with --scale: " + c.Flags().Lookup(name).Usage
	}
}

// scaleOnly are the flags that are for --scale alone.
var scaleOnly = []string{"data", "weights", "batch", "seed"}

// Check reports flags that make no sense, and fills in what the command line leaves open.
func (f *ScaleFlags) Check(c *cobra.Command, r recipe.Recipe, size kind.Size) error {
	given := c.Flags().Changed
	for _, name := range scaleOnly {
		if given(name) && !f.Scale {
			return cli.Usagef("--%s is for --scale: the table of layers depends on no values", name)
		}
	}
	if !f.Scale {
		return nil
	}
	if !given("data") {
		f.Of.data = r.Data
	}
	if f.Of.batched = given("batch"); !f.Of.batched {
		f.Of.batch = r.Batch
	}
	if f.Of.batch < 1 {
		return cli.Usagef("--batch is %d, want at least 1", f.Of.batch)
	}
	f.Of.size = size
	return cli.CheckFiles(c, f.Of.data)
}

// Scaled is the JSON of a row.
type Scaled struct {
	Path     string      `json:"path"`
	Layer    string      `json:"layer"`
	Output   graph.Shape `json:"output"`
	Value    spread      `json:"value"`
	Gradient spread      `json:"gradient"`
}

type spread struct {
	Mean      cli.Figure `json:"mean"`
	Deviation cli.Figure `json:"deviation"`
	Zero      cli.Figure `json:"zero"`
}

func spreadOf(s train.Spread) spread {
	return spread{cli.Figure(s.Mean), cli.Figure(s.Deviation), cli.Figure(s.Zero)}
}

// Scale shows how large the values and gradients of the layers are in the first step: summary --scale.
func (a Verbs) Scale(r recipe.Recipe, f trainFlags) error {
	m, set, err := a.prepare(r, f)
	if err != nil {
		return err
	}
	trainer, err := r.Trainer(m, r.Optimizer, r.LR)
	if err != nil {
		return err
	}
	trainer.Seed = f.seed
	a.Logf("%s on %s, a batch of %d, seed %d", r.Name, cli.Shown(f.data), f.batch, f.seed)
	for batch := range set.Train(f.batch, f.seed).Batches(0) {
		rows, err := trainer.Scales(batch...)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		return a.showScales(r, rows)
	}
	return fmt.Errorf("--data %s has no batch of %d examples", cli.Shown(f.data), f.batch)
}

func (a Verbs) showScales(r recipe.Recipe, rows []train.Scale) error {
	if a.JSON {
		out := struct {
			Model  string   `json:"model"`
			Layers []Scaled `json:"layers"`
		}{Model: r.Name}
		for _, s := range rows {
			out.Layers = append(out.Layers, Scaled{s.Path, s.Layer, s.Output, spreadOf(s.Value), spreadOf(s.Gradient)})
		}
		return a.WriteJSON(out)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "PATH\tLAYER\tOUTPUT\tMEAN\tDEVIATION\tZERO\tGRADIENT MEAN\tDEVIATION\tZERO")
	for _, s := range rows {
		fmt.Fprintf(w, "%s\t%s\t%v\t%.3g\t%.3g\t%.0f %%\t%.1e\t%.2e\t%.0f %%\n", s.Path, s.Layer, s.Output,
			s.Value.Mean, s.Value.Deviation, 100*s.Value.Zero,
			s.Gradient.Mean, s.Gradient.Deviation, 100*s.Gradient.Zero)
	}
	return w.Flush()
}
