// This file holds train --watch, which draws what a training looks like inside.

package training

import (
	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
)

// watchFlags are the flags of train --watch.
type watchFlags struct {
	watch      string // the file of the plot
	watchEvery int
	seen       *train.Watch // nil without the flag
}

const watchHelp = `With --watch what is inside the model is looked at after each epoch, or each --watch-every steps,
always on the first batch: how far a step moves the weights of each layer (about a thousandth is usual), the norms of
the gradients, the values of the layers, the units of a ReLU that are dead. It is drawn when training ends; --history
has it, too, in columns of its own, and as histograms for TensorBoard. The weights are the same bytes as without.

`

func (w *watchFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&w.watch, "watch", "",
		"file for a plot of steps, gradients and values, layer by layer (.svg or .png)")
	c.Flags().Var(cli.Whole(&w.watchEvery), "watch-every",
		"steps from one look of --watch to the next; 0 for the ends of epochs alone")
}

// checkWatch reports flags that make no sense, and a file that cannot be written.
func (f *trainFlags) checkWatch(c *cobra.Command) error {
	switch {
	case c.Flags().Changed("watch-every") && f.watch == "":
		return cli.Usagef("--watch-every says how often --watch looks: give --watch FILE, too")
	case f.watchEvery < 0:
		return cli.Usagef("--watch-every is %d, want at least 1, or 0 for the ends of epochs alone", f.watchEvery)
	}
	return cli.CheckDrawn(c, "watch", f.watch, f.inputs()...)
}

// begin makes what looks at the first batch of a source.
func (w *watchFlags) begin(trainer *train.Trainer, source train.Source) {
	if w.watch == "" {
		return
	}
	w.seen = &train.Watch{Of: trainer, Every: w.watchEvery}
	for batch := range train.OverfitBatches(source, 1).Batches(0) {
		w.seen.Batch = batch
	}
}

// hook is that of the watch, nil without one.
func (w *watchFlags) hook() func(train.Progress, *train.Control) {
	if w.seen == nil {
		return nil
	}
	return w.seen.Hook
}

// drawWatch draws what was seen, of a training that was interrupted as far as it went.
func (a Verbs) drawWatch(w *watchFlags, title string) error {
	switch {
	case w.seen == nil:
		return nil
	case len(w.seen.Looks) == 0:
		a.Logf("--watch: training ended before the first look: nothing is drawn")
		return nil
	}
	return a.Write(func() error { return curves.WriteWatch(w.watch, title, w.seen.Looks) })
}

// drawn is the file of the plot, "" if there is none.
func (w *watchFlags) drawn() string {
	if w.seen == nil || len(w.seen.Looks) == 0 {
		return ""
	}
	return w.watch
}
