// This file holds transfer.

package training

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
)

// transferFlags are the flags of transfer.
type transferFlags struct {
	weights, source, out string
	shots, ways          string
	recipe.Transfer
}

// TransferCommand is the verb transfer.
func (a Verbs) TransferCommand() *cobra.Command {
	f := transferFlags{shots: "1,5,20", Transfer: recipe.Transfer{Seeds: 3, Test: 100}}
	f.ways = strings.Join(recipe.WayNames(), ",")
	c := &cobra.Command{Use: "transfer MODEL --weights FILE",
		Short: "Measure what a pre-trained network is worth where there are few examples",
		Args:  cli.OneModel, ValidArgsFunction: completeBacked,
		Long: transferHelp(),
		Example: "  zoo transfer resnet20 --weights resnet20-12fca82f.th --data fashion-mnist -o gain.svg\n" +
			"  zoo transfer resnet20 --weights five.safetensors --data other-five --shots 20 --seeds 5 --json",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Find(args[0])
			if err != nil {
				return err
			}
			if err := f.check(c, r); err != nil {
				return err
			}
			return a.Verb(c, func() error { return a.transfer(r, f) })
		}}
	cli.DataFlag(c, &f.source)
	c.Flags().StringVar(&f.weights, "weights", "", cli.WeightsUsage+" that have learnt from other data")
	c.Flags().StringVar(&f.shots, "shots", f.shots, "examples of each class to learn from, up to six numbers")
	c.Flags().StringVar(&f.ways, "ways", f.ways, "ways to learn")
	c.Flags().Var(cli.Whole(&f.Seeds), "seeds", "draws of these examples, from --seed on")
	c.Flags().Var(cli.Whole(&f.Test), "test", "examples of each class to measure with; 0 for the whole test part")
	c.Flags().BoolVar(&f.HeldOut, "held-out", false,
		"measure with examples of the training part that are not learnt from, to choose settings by")
	c.Flags().Var(cli.Seed(&f.Seed), "seed", "first seed of examples, initial values and order")
	cli.OutputFlag(c, &f.out, "file for the plot (.svg or .png)")
	a.JSONFlag(c)
	return c
}

func transferHelp() string {
	text := `Take a network that has learnt from other data, give it a new last layer, and let it learn from a few
examples of each class; let the same network learn from the same examples from a random start; and so for each number
of examples and each seed. Printed are the shares of pictures of the test part whose class is told: the mean over the
seeds, the least and the most, and how many points the mean is above that of the random start. The ways are

`
	for _, w := range recipe.Ways() {
		text += fmt.Sprintf("  %-8s %s\n", w.Name, w.About)
	}
	return text + `
The examples of a seed are drawn from the training part, and those of a smaller number are among those of a larger one.
Pictures of one channel have it three times for a network of colours; other sizes are brought to the network's, those
that are a little smaller by zeros around them. How the ways learn does not depend on the data. See docs/transfer.md.`
}

func completeBacked(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return recipe.Backed(), cobra.ShellCompDirectiveNoFileComp
}

// The most draws, and the most numbers of examples.
const mostDraws, mostShots = 100, 6

// check reads the flags, and reports values that make no sense and a file that cannot be written.
func (f *transferFlags) check(c *cobra.Command, r recipe.Recipe) (err error) {
	if known := recipe.Backed(); !slices.Contains(known, r.Name) {
		return cli.Usagef("%s is a %s whose last layer is not replaced; transfer takes %s", r.Name, r.Kind.Word(),
			cli.Joined(known))
	}
	if !c.Flags().Changed("data") {
		f.source = r.Data
	}
	switch {
	case f.weights == "":
		return cli.Usagef("--weights FILE is needed: those of a network that has learnt from other data")
	case f.Seeds < 1 || f.Seeds > mostDraws:
		return cli.Usagef("--seeds is %d, want 1 to %d", f.Seeds, mostDraws)
	case f.Test < 0:
		return cli.Usagef("--test is %d, want at least 1, or 0 for the whole test part", f.Test)
	case f.HeldOut && f.Test == 0:
		return cli.Usagef("--test is 0, and --held-out needs to know how many examples of each class to measure with")
	}
	if f.Shots, err = readShots(f.shots); err != nil {
		return err
	}
	if f.Ways, err = readWays(f.ways); err != nil {
		return err
	}
	if ext := strings.ToLower(filepath.Ext(f.out)); f.out != "" && ext != ".svg" && ext != ".png" {
		return cli.Usagef("-o %s: unknown kind of picture %q; known are .svg and .png", f.out, ext)
	}
	if err := cli.CheckReplaced(f.out, f.source, f.weights); err != nil {
		return err
	}
	return cli.CheckOutput(c, f.out, cli.DrawingSize)
}

// readShots reads numbers of examples that rise.
func readShots(text string) (shots []int, err error) {
	for _, part := range strings.Split(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || strconv.Itoa(n) != part || n < 1 || len(shots) > 0 && n <= shots[len(shots)-1] {
			return nil, cli.Usagef("--shots is %q, want whole numbers from 1 up that rise, such as 1,5,20", text)
		}
		shots = append(shots, n)
	}
	if len(shots) > mostShots {
		return nil, cli.Usagef("--shots has %d numbers, want at most %d", len(shots), mostShots)
	}
	return shots, nil
}

// readWays reads names of ways.
func readWays(text string) (ways []string, err error) {
	known := recipe.WayNames()
	for _, name := range strings.Split(text, ",") {
		switch {
		case !slices.Contains(known, name):
			return nil, cli.Usagef("--ways: unknown way %q; known are %s", name, cli.Joined(near.Sort(name, known)))
		case slices.Contains(ways, name):
			return nil, cli.Usagef("--ways: %s is named twice", name)
		}
		ways = append(ways, name)
	}
	return ways, nil
}

// Transferred is the JSON of a comparison.
type Transferred struct {
	Model   string           `json:"model"`
	Weights string           `json:"weights"`
	Data    string           `json:"data"`
	Part    string           `json:"part"` // of the data that is measured with
	Seed    uint64           `json:"seed"`
	Seeds   int              `json:"seeds"`
	Metric  string           `json:"metric"`
	Ways    []transferredRow `json:"ways"`
	Seconds cli.Figure       `json:"seconds"`
	Plot    string           `json:"plot,omitempty"`
}

type transferredRow struct {
	Way        string       `json:"way"`
	Shots      int          `json:"shots"`
	Mean       cli.Figure   `json:"mean"`
	Least      cli.Figure   `json:"least"`
	Most       cli.Figure   `json:"most"`
	Accuracies []cli.Figure `json:"accuracies"`     // for each seed
	Gain       *cli.Figure  `json:"gain,omitempty"` // of the mean over the random start's
}

// randomStart is the way that others are compared with.
const randomStart = "random"

func (a Verbs) transfer(r recipe.Recipe, f transferFlags) error {
	start := time.Now()
	part := "test"
	if f.HeldOut {
		part = "held out of training"
	}
	f.Begin = func() {
		a.Logf("%s from %s on %s: %s a class, %s from %d on", r.Name, cli.Shown(f.weights), cli.Shown(f.source),
			cli.Plural(f.shots, "example"), cli.Counted(f.Seeds, "seed"), f.Seed)
	}
	f.Progress = func(way string, shots int, seed uint64, accuracy float64) {
		a.Logf("seed %d  %s  %s  accuracy %.4f", seed, cli.Counted(shots, "example")+" a class", way, accuracy)
	}
	learnt, err := cli.Load(r, f.weights)
	if err != nil {
		return err
	}
	shape := learnt.Form.Input
	images, err := data.OpenImages(a.Ctx, f.source,
		data.FolderOptions{Height: shape[1], Width: shape[2], Gray: shape[0] == 1}, a.Logf)
	if err != nil {
		return cli.DataError(r, f.source, err)
	}
	rows, err := r.Transfer(a.Ctx, learnt, images, f.Transfer)
	var few recipe.FewError
	switch {
	case errors.Is(err, train.ErrInterrupted):
		return context.Canceled
	case errors.As(err, &few):
		return cli.Usagef("%s: %w; see --shots and --test", cli.Shown(f.source), err)
	case err != nil:
		return err
	}
	if err := a.drawTransfer(r, f, rows); err != nil {
		return err
	}
	out := Transferred{Model: r.Name, Weights: f.weights, Data: f.source, Part: part, Seed: f.Seed, Seeds: f.Seeds,
		Metric: cli.AccuracyName, Seconds: cli.Figure(time.Since(start).Seconds()), Plot: f.out}
	for _, row := range rows {
		out.Ways = append(out.Ways, transferredRow{row.Way, row.Shots, cli.Figure(row.Mean), cli.Figure(row.Least),
			cli.Figure(row.Most), cli.FigureList(row.Accuracies), gainOf(row, rows)})
	}
	return a.showTransfer(out)
}

// gainOf is how far the mean is above that of the random start with as many examples; nil of that, and without one.
func gainOf(row recipe.Transferred, rows []recipe.Transferred) *cli.Figure {
	for _, r := range rows {
		if r.Way == randomStart && r.Shots == row.Shots && row.Way != randomStart {
			gain := cli.Figure(row.Mean - r.Mean)
			return &gain
		}
	}
	return nil
}

func (a Verbs) drawTransfer(r recipe.Recipe, f transferFlags, rows []recipe.Transferred) error {
	if f.out == "" {
		return nil
	}
	var spreads []curves.Spread
	for _, way := range recipe.Ways() {
		s := curves.Spread{Name: way.About}
		for _, row := range rows {
			if row.Way == way.Name {
				s.X = append(s.X, float64(row.Shots))
				s.Mean, s.Least = append(s.Mean, 100*row.Mean), append(s.Least, 100*row.Least)
				s.Most = append(s.Most, 100*row.Most)
			}
		}
		if len(s.X) > 0 {
			spreads = append(spreads, s)
		}
	}
	opt := curves.SpreadsOptions{X: "examples of each class to learn from", Y: "accuracy, %",
		Title: fmt.Sprintf("%s · %s · %s", r.Title, cli.Shown(filepath.Base(f.source)), cli.Counted(f.Seeds, "seed"))}
	return a.Write(func() error { return curves.WriteSpreads(f.out, spreads, opt) })
}

func (a Verbs) showTransfer(t Transferred) error {
	if a.JSON {
		return a.WriteJSON(t)
	}
	fmt.Fprintf(a.Stdout, "%s from %s on %s (%s), %s from %d on: accuracy in %%\n", t.Model, cli.Shown(t.Weights),
		cli.Shown(t.Data), t.Part, cli.Counted(t.Seeds, "seed"), t.Seed)
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "WAY\tEXAMPLES A CLASS\tMEAN\tLEAST\tMOST\tGAIN")
	for _, row := range t.Ways {
		gain := "–"
		if row.Gain != nil {
			gain = fmt.Sprintf("%+.1f", 100**row.Gain)
		}
		fmt.Fprintf(w, "%s\t%d\t%.1f\t%.1f\t%.1f\t%s\n", row.Way, row.Shots, 100*row.Mean, 100*row.Least, 100*row.Most,
			gain)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if t.Plot != "" {
		fmt.Fprintf(a.Stdout, "plot in %s\n", cli.Shown(t.Plot))
	}
	return nil
}
