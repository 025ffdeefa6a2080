// This file holds ensemble, which makes one answer of those of several trained models.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train/metrics"
)

// mostMembers is more than any ensemble gains by.
const mostMembers = 1000

func (a *app) ensembleCommand() *cobra.Command {
	var source string
	var how kind.Reading
	var level float64 = .95
	var from uint64
	c := &cobra.Command{Use: "ensemble MODEL WEIGHTS...",
		Short: "Evaluate several trainings of a model as one: the mean of their probabilities, and their vote",
		Long: `Evaluate several weights of a model on the held-out part of the data, each by itself and all as one: by
the mean of the probabilities that they give, and by the class that most of them name. A folder stands for the files of
weights in it, such as those of zoo train --snapshots; of a folder of checkpoints name the weights of one, such as
run/checkpoint-000003.weights.safetensors.

Beside each accuracy stand the bounds between which it would lie if the examples were others, by resampling them
(Efron 1979), and how likely it is that a member differs as much from the mean of all by chance (McNemar 1947, exact).
Of two files they are compared with each other, too.`,
		Example: "  zoo ensemble lenet5 a.safetensors b.safetensors c.safetensors\n" +
			"  zoo train lenet5 --schedule restarts --snapshots parts && zoo ensemble lenet5 parts --json",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return cli.Usagef("ensemble takes a model and files of its weights; known models are %s",
					cli.Joined(recipe.Names()))
			}
			_, err := cli.Find(args[0])
			return err
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, text string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return cli.CompleteModels(c, args, text)
		},
		RunE: func(c *cobra.Command, args []string) error {
			r, err := cli.Find(args[0])
			if err != nil {
				return err
			}
			if !tellsClasses(r) {
				return cli.Usagef("ensemble is for models that tell classes, and %s is a %s", r.Name, r.Kind.Word())
			}
			if !(level > 0 && level < 1) {
				return cli.Usagef("--level is %v, want a number between 0 and 1", level)
			}
			members, err := membersIn(args[1:])
			if err != nil {
				return err
			}
			if r, err = evaluating(c, r.Of(members[0]), how, &source); err != nil {
				return err
			}
			return a.Verb(c, func() error {
				return a.ensemble(r, members, source, metrics.Bootstrap{Level: level, Seed: from})
			})
		}}
	cli.DataFlag(c, &source)
	cli.ReadingFlags(c, &how, cli.OfData)
	c.Flags().Var(cli.Decimal(&level), "level", "the level of confidence of the bounds")
	c.Flags().Lookup("level").DefValue = "0.95"
	c.Flags().Var(cli.Seed(&from), "seed", "seed of the resampling")
	a.JSONFlag(c)
	return c
}

// membersIn are the files of weights that are named, with those in folders, in the order of their names.
func membersIn(args []string) (all []string, err error) {
	for _, path := range args {
		info, err := os.Stat(path)
		if err != nil {
			return nil, cli.ReadBy("", err)
		}
		if !info.IsDir() {
			all = append(all, path)
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, cli.ReadBy("", err)
		}
		if cli.HoldsCheckpoints(entries) {
			return nil, cli.ReadBy("", cli.CheckNoFolder(path))
		}
		more := cli.WeightsIn(path, entries)
		if len(more) == 0 {
			return nil, cli.Usagef("%s has no file of weights (%s)", path, cli.WeightsEnding)
		}
		all = append(all, more...)
	}
	if len(all) < 2 || len(all) > mostMembers {
		return nil, cli.Usagef("an ensemble is of 2 to %d files of weights, got %d", mostMembers, len(all))
	}
	return all, nil
}

// ensembled is the JSON of an ensemble.
type ensembled struct {
	Model    string       `json:"model"`
	Data     string       `json:"data"`
	Seed     uint64       `json:"seed"`
	Examples int          `json:"examples"`
	Level    cli.Figure   `json:"level"`
	Members  []member     `json:"members"`
	Mean     member       `json:"mean"`
	Vote     member       `json:"vote"`
	Between  *significant `json:"between,omitempty"` // the first and the second of two
}

// member is what a model, or all together, came to.
type member struct {
	Weights  string       `json:"weights,omitempty"`
	Accuracy cli.Figure   `json:"accuracy"`
	Low      cli.Figure   `json:"low"`
	High     cli.Figure   `json:"high"`
	LogLoss  *cli.Figure  `json:"log_loss,omitempty"` // of probabilities
	Mean     *significant `json:"against_mean,omitempty"`
}

// significant is the JSON of a test of McNemar.
type significant struct {
	More cli.Figure `json:"more"` // how many more examples the mean, or the first of two, has right
	P    cli.Figure `json:"p"`
}

func (a *app) ensemble(r recipe.Recipe, paths []string, source string, b metrics.Bootstrap) error {
	sets, err := a.openMembers(r, paths, source)
	if err != nil {
		return err
	}
	var all []takings
	for i, path := range paths {
		m, err := cli.LoadBy(r, "", path)
		if err != nil {
			return err
		}
		_, taken, err := a.evaluate(r, m, sets[i], true)
		if err == nil {
			if err = taken.err; len(taken.truth) == 0 && err == nil {
				err = errors.New("there are no examples")
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if len(all) > 0 && (!slices.Equal(taken.truth, all[0].truth) ||
			len(taken.probabilities[0]) != len(all[0].probabilities[0])) {
			return strangers(paths[0], path)
		}
		all = append(all, taken)
		a.Logf("%s evaluated", cli.Shown(path))
	}
	out := ensembled{Model: r.Name, Data: source, Seed: b.Seed, Examples: len(all[0].truth),
		Level: cli.Figure(b.Level)}
	if err := out.fill(paths, all, b); err != nil {
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	return a.showEnsemble(out)
}

// openMembers opens the data for each of the members, which are read to see that they fit: before any of them is
// evaluated, which takes time. Members of one form have one set.
func (a *app) openMembers(r recipe.Recipe, paths []string, source string) (sets []*kind.Set, err error) {
	opened := map[string]*kind.Set{}
	var classes []string
	for i, path := range paths {
		m, err := cli.LoadBy(r, "", path)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			classes = m.Form.Classes
		} else if !slices.Equal(classes, m.Form.Classes) {
			return nil, strangers(paths[0], path)
		}
		form, err := json.Marshal(m.Form)
		if err != nil {
			return nil, err
		}
		set := opened[string(form)]
		if set == nil {
			if set, err = a.OpenTest(r, source, &m.Form); err != nil {
				return nil, err
			}
			opened[string(form)] = set
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// strangers is the error of two models that are no members of one ensemble.
func strangers(a, b string) error {
	return cli.Usagef("%s and %s are no members of one ensemble: they tell other classes", a, b)
}

// fill computes all that is told.
func (e *ensembled) fill(paths []string, all []takings, b metrics.Bootstrap) error {
	truth := all[0].truth
	var probabilities [][][]float64
	var predicted [][]int64
	for _, t := range all {
		probabilities, predicted = append(probabilities, t.probabilities), append(predicted, t.predicted)
	}
	mean, err := metrics.Mean(probabilities...)
	if err != nil {
		return err
	}
	taken, err := metrics.Largest(slices.Concat(mean...), len(mean[0]))
	if err != nil {
		return err
	}
	vote, err := metrics.Vote(predicted...)
	if err != nil {
		return err
	}
	if e.Mean, err = memberOf("", truth, taken, mean, b); err != nil {
		return err
	}
	if e.Vote, err = memberOf("", truth, vote, nil, b); err != nil {
		return err
	}
	for i, path := range paths {
		m, err := memberOf(path, truth, predicted[i], probabilities[i], b)
		if err != nil {
			return err
		}
		if m.Mean, err = against(truth, taken, predicted[i]); err != nil {
			return err
		}
		e.Members = append(e.Members, m)
	}
	if len(all) == 2 {
		e.Between, err = against(truth, predicted[0], predicted[1])
	}
	return err
}

// memberOf measures answers; probabilities may be nil.
func memberOf(path string, truth, predicted []int64, probabilities [][]float64, b metrics.Bootstrap) (m member,
	err error) {
	v, err := b.Interval(len(truth), func(rows []int) float64 {
		right := 0
		for _, i := range rows {
			if truth[i] == predicted[i] {
				right++
			}
		}
		return float64(right) / float64(len(rows))
	})
	if err != nil {
		return m, err
	}
	m = member{Weights: path, Accuracy: cli.Figure(v.Value), Low: cli.Figure(v.Low), High: cli.Figure(v.High)}
	if probabilities != nil {
		loss, err := metrics.LogLoss(truth, probabilities)
		if err != nil {
			return m, err
		}
		m.LogLoss = (*cli.Figure)(&loss)
	}
	return m, nil
}

func against(truth, a, b []int64) (*significant, error) {
	t, err := metrics.McNemar(truth, a, b)
	return &significant{cli.Figure(t.Statistic), cli.Figure(t.P)}, err
}

func (a *app) showEnsemble(e ensembled) error {
	if a.JSON {
		return a.WriteJSON(e)
	}
	fmt.Fprintf(a.Stdout, "%s on %s, %s, seed %d\n", e.Model, cli.Shown(e.Data),
		cli.Plural(cli.Thousands(e.Examples), "example"), e.Seed)
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "\tACCURACY\t%g %% BOUNDS\tLOG LOSS\tMEAN HAS MORE RIGHT\tP BY CHANCE\n", 100*float64(e.Level))
	row := func(name string, m member) {
		fmt.Fprintf(w, "%s\t%.4f\t%.4f to %.4f\t%s", name, m.Accuracy, m.Low, m.High, orNone(m.LogLoss))
		if m.Mean != nil {
			fmt.Fprintf(w, "\t%.0f\t%.3g", m.Mean.More, m.Mean.P)
		}
		fmt.Fprintln(w)
	}
	for _, m := range e.Members {
		row(cli.Shown(m.Weights), m)
	}
	row("mean of probabilities", e.Mean)
	row("vote", e.Vote)
	if err := w.Flush(); err != nil || e.Between == nil {
		return err
	}
	_, err := fmt.Fprintf(a.Stdout, "the first has %.0f more right than the second, P by chance %.3g\n",
		e.Between.More, e.Between.P)
	return err
}
