// This file holds train --early-stop and --swa, which say whose weights a training ends with: those of the best
// epoch, or the mean of those of the last ones.

package training

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/internal/settings"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/history"
)

// chosenFlags are --early-stop and --swa.
type chosenFlags struct {
	earlyStop string
	swa       float64
	stop      *stopping  // nil without --early-stop
	mean      *averaging // nil without --swa
}

// stopping is an early stop by the figure that a row of the table is judged by.
type stopping struct {
	train.EarlyStop
	figure string
	higher bool
}

// averaging is the mean of the weights at the ends of the epochs after the step from, of total steps.
type averaging struct {
	train.Average
	from, total int
}

const chosenHelp = `With --early-stop training ends when a figure of what is held out has not been better than the best
for so many epochs in a row. The weights are those of the best epoch, and so are the losses and figures that are told
(Prechelt 1998). It is the figure on the model's page, such as the accuracy, or the loss where that is not measured
after each epoch. 3,delta=.001,warmup=2 asks for better by more than .001, and does not count the first two epochs.
When training is interrupted, the weights are the last ones.

With --swa the weights are the mean of those at the ends of the epochs from the one that is given on, or after a share
of the steps if it is below 1 (Izmailov et al. 2018). From there on it is the mean that is tested. The running
statistics of a batch norm are averaged, too, and not measured anew.

`

func (f *chosenFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.earlyStop, "early-stop", "",
		"epochs without a better figure that end training, with the best weights: N[,delta=D][,warmup=N]")
	c.Flags().Var(cli.Decimal(&f.swa), "swa",
		"first epoch whose weights are averaged with those after it, or below 1 a share of the steps to pass first")
}

// checkChosen reports flags that make no sense.
func (f *trainFlags) checkChosen(c *cobra.Command, r recipe.Recipe) error {
	average := c.Flags().Changed("swa")
	switch {
	case f.earlyStop == "" && c.Flags().Changed("early-stop"):
		return cli.Usagef("--early-stop is empty, want a number of epochs from 1, such as 3")
	case f.earlyStop == "" && !average:
		return nil
	case f.earlyStop != "" && average:
		return cli.Usagef("--early-stop and --swa exclude each other: the mean is of the last epochs, not of the best")
	case r.Kind.Word() == "game":
		return cli.Usagef("--early-stop and --swa are for models that make one loss small, and %s is a game", r.Name)
	case average && !(f.swa > 0 && f.swa < 1 || f.swa >= 1 && f.swa < endless && f.swa == math.Trunc(f.swa)):
		return cli.Usagef("--swa is %v, want an epoch from 1, or a share of the steps between 0 and 1", f.swa)
	case average:
		f.mean = &averaging{}
		return nil
	}
	return f.readEarlyStop(r)
}

// readEarlyStop reads N[,delta=D][,warmup=N].
func (f *chosenFlags) readEarlyStop(r recipe.Recipe) error {
	patience, more, follows := strings.Cut(f.earlyStop, ",")
	n, err := strconv.Atoi(patience)
	if err != nil || n < 1 {
		return cli.Usagef("--early-stop begins with %.40q, want a number of epochs from 1, such as 3 or 3,delta=.001",
			patience)
	}
	var delta, warm float64
	if follows {
		keys := settings.Settings{Numbers: map[string]*float64{"delta": &delta, "warmup": &warm}}
		if err := keys.Parse("--early-stop", more); err != nil {
			return cli.UsageError(err)
		}
	}
	switch {
	case !(delta >= 0 && delta <= math.MaxFloat64):
		return cli.Usagef("--early-stop: delta is %v, want a number from 0", delta)
	case !(warm >= 0 && warm < endless && warm == math.Trunc(warm)):
		return cli.Usagef("--early-stop: warmup is %v, want a whole number of epochs from 0", warm)
	}
	f.stop = &stopping{EarlyStop: train.EarlyStop{Patience: n, MinDelta: delta, WarmUp: int(warm)}}
	if len(r.Expect) > 0 && r.Expect[0].Figure != "loss" {
		f.stop.figure, f.stop.higher = r.Expect[0].Figure, !r.Expect[0].AtMost
	}
	return nil
}

// choose begins to follow a model.
func (f *chosenFlags) choose(m *kind.Model) {
	if f.stop != nil {
		f.stop.Of = m.Params()
	}
	if f.mean != nil {
		f.mean.Average = train.Average{Of: m.Params(), Equal: true}
		m.Average = &f.mean.Average
	}
}

// keepers are what a checkpoint keeps of it.
func (f *chosenFlags) keepers() map[string]train.Keeper {
	all := map[string]train.Keeper{}
	if f.stop != nil {
		all["early stop"] = &f.stop.EarlyStop
	}
	if f.mean != nil {
		all["swa"] = &f.mean.Average
	}
	return all
}

// begin finds out from which step on weights are averaged, of a training of so many epochs or steps.
func (a *averaging) begin(from float64, epochs, limit, each int) error {
	if a == nil {
		return nil
	}
	const most = 1 << 62
	a.total = int(min(float64(epochs)*float64(each), most))
	if limit > 0 {
		a.total = min(a.total, limit)
	}
	a.from = int(from * float64(a.total))
	if from >= 1 {
		a.from = int(min((from-1)*float64(each), most))
	}
	if a.from >= a.total {
		return cli.Usagef("--swa is %v, but training ends in epoch %d", from, 1+(a.total-1)/max(each, 1))
	}
	return nil
}

// hook adds the weights at the end of an epoch, which may be cut short by the number of steps.
func (a *averaging) hook(now train.Progress, c *train.Control) {
	if a == nil || now.Scores != nil {
		return
	}
	done := (now.Epoch-1)*now.Steps + now.Step
	if done > a.from && (now.Step == now.Steps || done == a.total) {
		c.Err = a.Add()
	}
}

// ends are how many ends of epochs are in the mean.
func (a *averaging) ends(h history.Rows) (n int) {
	if a == nil {
		return 0
	}
	for _, row := range h {
		if row.Step > a.from {
			n++
		}
	}
	return n
}

// hook looks at an evaluation.
func (s *stopping) hook(now train.Progress, c *train.Control) {
	if s == nil {
		return
	}
	s.measure(now.Scores.Metrics)
	s.Hook(now, c)
}

// measure takes the loss where the figure is not measured after each epoch.
func (s *stopping) measure(metrics map[string]float64) {
	s.Metric, s.Higher = "", false
	if _, ok := metrics[s.figure]; ok {
		s.Metric, s.Higher = s.figure, s.higher
	}
}

// stopped is the JSON of an early stop.
type stopped struct {
	Figure string     `json:"figure"`
	Best   cli.Figure `json:"best"`
	Epoch  int        `json:"epoch"`
}

// restore gives the model the weights of the best epoch, and the result its figures. It is nil without --early-stop,
// and where no epoch counts.
func (s *stopping) restore(r *train.Result) (*stopped, error) {
	if s == nil {
		return nil, nil
	}
	best, at := s.Best()
	if at == 0 {
		return nil, nil
	}
	if at > len(r.History) {
		return nil, fmt.Errorf("early stop: the best epoch is %d of %d: %w", at, len(r.History), train.ErrDamaged)
	}
	if err := s.Restore(); err != nil {
		return nil, err
	}
	row := r.History[at-1]
	s.measure(row.Test)
	r.TrainLoss, r.Scores.Loss, r.Scores.Metrics = row.TrainLoss, row.TestLoss, maps.Clone(row.Test)
	out := &stopped{Figure: s.Metric, Best: cli.Figure(best), Epoch: at}
	if out.Figure == "" {
		out.Figure = "loss"
	}
	return out, nil
}

// averagedSource is a source that a model is tested on with its averages in the place of its weights.
type averagedSource struct {
	train.Source
	of     *kind.Model
	failed error
}

func (s *averagedSource) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		s.failed = errors.Join(s.failed, s.of.Averaged(func() error {
			for b := range s.Source.Batches(epoch) {
				if !yield(b) {
					break
				}
			}
			return nil
		}))
	}
}

// showChosen writes whose weights they are.
func (a Verbs) showChosen(t Trained) {
	if t.EarlyStop != nil {
		fmt.Fprintf(a.Stdout, "the best %s, %.4f, was that of epoch %d, whose weights these are\n",
			t.EarlyStop.Figure, t.EarlyStop.Best, t.EarlyStop.Epoch)
	}
	if t.SWA > 0 {
		fmt.Fprintf(a.Stdout, "the weights are the mean of the ends of %s\n", cli.Counted(t.SWA, "epoch"))
	}
}
