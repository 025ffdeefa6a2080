// This file holds train.

package training

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
)

// trainFlags are the flags of train.
type trainFlags struct {
	data, optimizer, out, weights string
	plot, samples, snapshots      string
	losses                        *stepLosses // takes those of each step; nil for none
	epochs, steps, batch          int
	accumulate                    int
	batched                       bool // the batch is from the command line
	lr                            float64
	seed                          uint64
	schedule                      scheduleFlag
	view                          string
	size                          kind.Size
	reading                       kind.Reading
	balance                       kind.Balance
	saving
	watchFlags
	chosenFlags
}

// TrainCommand is the verb train.
func (a Verbs) TrainCommand() *cobra.Command {
	var f trainFlags
	c := &cobra.Command{Use: "train MODEL", Short: "Train a model, evaluate it on the held-out part, save it",
		Args: cli.OneModel, ValidArgsFunction: cli.CompleteModels,
		Long: `Train a model with a progress bar, evaluate it on the held-out part of the data, and save its weights.

With --snapshots the weights at the end of each cycle of the rate are saved in a folder, the members of an ensemble
(Huang et al. 2017); see zoo help ensemble.

With --plot the losses and metrics are drawn as curves when training ends, or is interrupted. With --samples a model
that makes pictures makes some after each epoch, always of the same noise: in a folder (DIR/) a grid for each epoch, in
a file (.png) that of the last.

` + watchHelp + chosenHelp + scheduleHelp + `zoo help plot schedule lists the keys of all.

The data of each model is built in and needs no network. --data takes a well-known name, a folder with IDX files,
plain or gzipped, or one with pictures in a folder for each class, or, for a model of language, a file of text, or of
lines. For a classifier of texts it is a folder with a file for each class, a text a line, or a table (.csv) with
columns of texts and of classes; for a forecaster a table with a column of numbers in the order of time.
For a model of pairs it is a file of pairs, one a line with a tab between, or a folder of train.en, train.de, test.en
and test.de, or other languages.

` + cli.TablesHelp + cli.BalanceHelp + `

Beside the figures of some models stand those of an answer that has learnt next to nothing, which they should be better
than: the accuracy of the most frequent class (majority), the rmse of repeating the last value (persistence), the loss
of knowing how frequent each word is (unigram). exact is the share of answers that are right to the last symbol, left
the share of the error of noisy pictures that is left, and probe the accuracy of a linear classifier of what the model
knows of pictures, beside that of a model before it learns (probe_untrained).

With --checkpoint the training is saved in a folder, each minute, or by --every each so many steps or so much time, and
when it is interrupted. --resume goes on from there, however the process has ended, and comes to the same bytes as a
training that was never stopped. The other flags are those of that training, and are left out.

The usual values of the other flags are the model's own: zoo train MODEL --help shows them.`,
		Example: "  zoo train lenet5\n  zoo train mlp --data iris.csv --target species -o iris.safetensors\n" +
			"  zoo train lenet5 --data mnist --epochs 3 --seed 1 -o lenet5.safetensors\n" +
			"  zoo train charlstm --data book.txt -o book.safetensors\n" +
			"  zoo train sentiment --data reviews.csv --text review --label stars\n" +
			"  zoo train forecast --data sales.csv --column units --held-out 0.33\n" +
			"  zoo train bert --data reviews -o bert.safetensors\n" +
			"  zoo train charlstm --checkpoint run --history run.csv\n" +
			"  zoo train lenet5 --schedule restarts:first=.2 --snapshots parts\n" +
			"  zoo train charlstm --resume run --history run.csv\n" +
			"  zoo train bert-classifier --weights bert.safetensors",
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.takeSettings(c, args[0], &f); err != nil {
				return err
			}
			r, err := f.row(c, args[0])
			if err != nil {
				return err
			}
			if r, err = cli.WithViews(c, r, f.view); err != nil {
				return err
			}
			f.defaults(c, r)
			if err := f.check(); err != nil {
				return err
			}
			if err := cli.CheckFiles(c, f.data); err != nil {
				return err
			}
			if err := cli.CheckReplaced(f.out, f.data, cli.SynonymsIn(f.view)); err != nil {
				return err
			}
			if err := f.checkOutputs(); err != nil {
				return err
			}
			if err := f.checkSaving(c, r); err != nil {
				return err
			}
			if err := f.checkPlot(c); err != nil {
				return err
			}
			if err := f.checkWatch(c); err != nil {
				return err
			}
			if err := f.checkChosen(c, r); err != nil {
				return err
			}
			if err := f.checkSnapshots(c, r); err != nil {
				return err
			}
			if err := f.checkSamples(c, r); err != nil {
				return err
			}
			if err := cli.CheckOutput(c, f.out, 4*int64(r.New(r.Usual()).Params().Count())); err != nil {
				return err
			}
			return a.train(r, f)
		}}
	cli.DataFlag(c, &f.data)
	cli.ReadingFlags(c, &f.reading, slices.Concat(cli.OfData, cli.OfTables))
	cli.BalanceFlags(c, &f.balance)
	c.Flags().Var(cli.Whole(&f.epochs), "epochs", "passes over the data")
	c.Flags().Var(cli.Whole(&f.steps), "steps", "most steps in all; 0 for no limit")
	c.Flags().Var(cli.Whole(&f.batch), "batch", "rows a step: examples, or lanes of a text")
	c.Flags().Var(cli.Whole(&f.accumulate), "accumulate",
		"parts of a batch, one after the other, to take less memory; 0 for one")
	c.Flags().Var(cli.Decimal(&f.lr), "lr", "largest learning rate")
	c.Flags().StringVar(&f.optimizer, "optimizer", "", "optimizer: "+cli.Joined(train.OptimizerNames()))
	cli.Complete(c, "optimizer", train.OptimizerNames())
	f.schedule.add(c)
	c.Flags().StringVar(&f.view, "augment", "",
		"how each picture or text is seen anew in each epoch, such as turn=15,crop=.8,flip, or none; see zoo augment")
	c.Flags().Var(cli.Seed(&f.seed), "seed", "seed of initial values, order and dropout")
	c.Flags().StringVar(&f.weights, "weights", "",
		cli.WeightsUsage+" to go on from, or of the model that this one begins with")
	cli.SizeFlags(c, &f.size)
	cli.OutputFlag(c, &f.out, "file to save the weights to (.safetensors)")
	c.Flags().StringVar(&f.plot, "plot", "", "file for the curves of losses and metrics (.svg or .png)")
	c.Flags().StringVar(&f.samples, "samples", "",
		"folder or file for the pictures that the model makes after each epoch (DIR/ or .png)")
	snapshotsFlag(c, &f.snapshots)
	f.watchFlags.flags(c)
	f.chosenFlags.flags(c)
	f.saving.flags(c)
	a.JSONFlag(c)
	f.helpOfModels(c)
	return c
}

// row is the recipe of a model as it learns from the data, in the size and in the way that the flags say.
func (f *trainFlags) row(c *cobra.Command, model string) (recipe.Recipe, error) {
	r, err := cli.Find(model)
	if err != nil {
		return r, err
	}
	if r, err = cli.InSize(r.On(f.data), f.size); err != nil {
		return r, err
	}
	if r, err = cli.Reading(c, r, f.reading); err != nil {
		return r, err
	}
	return cli.Balanced(c, r, f.balance)
}

// helpOfModels lets zoo train MODEL --help show the values that are usual for the model.
func (f *trainFlags) helpOfModels(c *cobra.Command) {
	help := c.HelpFunc()
	c.SetHelpFunc(func(c *cobra.Command, args []string) {
		for _, arg := range c.Flags().Args() {
			r, err := recipe.Find(arg)
			if err != nil {
				continue
			}
			f.defaults(c, r)
			for _, name := range []string{"data", "epochs", "batch", "lr", "optimizer"} {
				flag := c.Flags().Lookup(name)
				flag.DefValue = flag.Value.String()
			}
			if r.Steps > 0 && !c.Flags().Changed("data") {
				flag := c.Flags().Lookup("steps")
				flag.DefValue = fmt.Sprintf("no limit, or %d of data of your own", r.Steps)
			}
			if r.Elsewhere > 0 && !c.Flags().Changed("data") {
				flag := c.Flags().Lookup("epochs")
				flag.DefValue = fmt.Sprintf("%s, or %d of data of your own", flag.DefValue, r.Elsewhere)
			}
		}
		help(c, args)
	})
}

// defaults fills in what the command line leaves open.
func (f *trainFlags) defaults(c *cobra.Command, r recipe.Recipe) {
	set := c.Flags().Changed
	if !set("data") {
		f.data = r.Data
	}
	if !set("epochs") {
		if !set("steps") && f.data != r.Data {
			f.steps = r.Steps
		}
		f.epochs = r.EpochsOn(f.data)
		if f.steps > 0 {
			f.epochs = endless
		}
	}
	if f.batched = set("batch"); !f.batched {
		f.batch = r.Batch
	}
	if !set("lr") {
		f.lr = r.LR
		if f.weights != "" && r.Onward > 0 {
			f.lr *= r.Onward
		}
	}
	if !set("optimizer") {
		f.optimizer = r.Optimizer
	}
}

// endless is a number of epochs that is never reached: the number of steps ends training.
const endless = 1 << 30

// bySteps reports that the number of steps alone ends training.
func (f *trainFlags) bySteps() bool { return f.epochs == endless && f.steps > 0 }

// check reports values that make no sense.
func (f *trainFlags) check() error {
	switch {
	case f.epochs < 1:
		return cli.Usagef("--epochs is %d, want at least 1", f.epochs)
	case f.steps < 0:
		return cli.Usagef("--steps is %d, want at least 1, or 0 for no limit", f.steps)
	case f.batch < 1:
		return cli.Usagef("--batch is %d, want at least 1", f.batch)
	case f.accumulate < 0 || f.accumulate > 0 && f.batch%f.accumulate != 0:
		return cli.Usagef("--accumulate is %d, want a number of parts that divides the batch, which is %d",
			f.accumulate, f.batch)
	case math.IsNaN(f.lr) || math.IsInf(f.lr, 0) || f.lr <= 0:
		return cli.Usagef("--lr is %v, want a number above 0", f.lr)
	case !graph.Float32.Holds(f.lr):
		return cli.Usagef("--lr is %v, which in float32 is %v", f.lr, float32(f.lr))
	}
	if err := f.checkOptimizer(); err != nil {
		return err
	}
	if err := f.schedule.check(); err != nil {
		return err
	}
	if ext := strings.ToLower(filepath.Ext(f.out)); slices.Contains(otherEndings, ext) {
		return cli.Usagef("-o %s: weights are written as safetensors, not as %s; name the file %s.safetensors", f.out,
			ext, f.out[:len(f.out)-len(ext)])
	}
	return nil
}

func (f *trainFlags) checkOptimizer() error {
	if _, err := train.NewOptimizer(f.optimizer, f.lr); err != nil {
		return cli.Usagef("unknown optimizer %q; known are %s", f.optimizer,
			cli.Joined(near.Sort(f.optimizer, train.OptimizerNames())))
	}
	return nil
}

// inputs are what no other file than that of -o may replace, which may be the weights that are gone on from.
func (f *trainFlags) inputs() []string { return []string{f.data, f.weights, cli.SynonymsIn(f.view)} }

// checkOutputs reports two outputs of one name, and a file that would take the place of one in a folder of others.
func (f *trainFlags) checkOutputs() error {
	files := [][2]string{{"-o", f.out}, {"--plot", f.plot}, {"--history", f.history}, {"--watch", f.watch}}
	folders := [][2]string{{"--samples", f.samples}, {"--snapshots", f.snapshots}, {"--checkpoint", f.folder()}}
	if f.snapshots != "" && f.folder() != "" && cli.SameFile(f.snapshots, f.folder()) {
		return cli.Usagef(
			"--snapshots and --checkpoint are one folder, %s, in which zoo ensemble takes all weights for "+
				"members: name another for one of them", f.snapshots)
	}
	for _, folder := range folders {
		if err := cli.CheckApart(append(files, folder)...); err != nil {
			return err
		}
	}
	for _, file := range files {
		dir, name := filepath.Split(file[1])
		dir = cmp.Or(dir, ".")
		for i, names := range []*regexp.Regexp{sampleNames, snapshotNames, cli.CheckpointNames} {
			if folder := folders[i]; file[1] != "" && folder[1] != "" && names.MatchString(name) &&
				cli.SameFile(dir, folder[1]) {
				return cli.Usagef("%s %s is a file of %s %s: name another", file[0], file[1], folder[0], folder[1])
			}
		}
	}
	return nil
}

// checkPlot reports a file for the curves that is named as something else, or that cannot be written.
func (f *trainFlags) checkPlot(c *cobra.Command) error {
	return cli.CheckDrawn(c, "plot", f.plot, f.inputs()...)
}

// checkSamples reports a model that makes no pictures, and a place for them that cannot be written.
func (f *trainFlags) checkSamples(c *cobra.Command, r recipe.Recipe) error {
	if !c.Flags().Changed("samples") {
		return nil
	}
	if k, ok := r.Kind.(kind.Generator); !ok || k.Makes() != kind.Pictures {
		return cli.Usagef("--samples is for models that make pictures, and %s is a %s", r.Name, r.Kind.Word())
	}
	if err := cli.CheckReplacedBy("--samples", f.samples, append(f.inputs(), f.out)...); err != nil {
		return err
	}
	return cli.CheckPictures(c, "samples", "--samples", f.samples, sampleNames)
}

// sampleNames are the names of the grids that are written into a folder after each epoch.
var sampleNames = regexp.MustCompile(`^epoch-[0-9]{3,}\.png$`)

// otherEndings are those of files that hold something else than safetensors.
var otherEndings = []string{".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".npy", ".npz", ".h5", ".hdf5",
	".keras", ".onnx", ".pb", ".tflite",
	".gguf", ".ggml", ".msgpack", ".joblib", ".mat", ".zip", ".tar", ".gz", ".json", ".yaml", ".csv", ".txt",
	".svg", ".dot", ".png", ".jpg", ".html"}

// Trained is the JSON of a training run.
type Trained struct {
	Model     string                `json:"model"`
	Data      string                `json:"data"`
	Seed      uint64                `json:"seed"`
	Epochs    int                   `json:"epochs"`
	Steps     int                   `json:"steps"`
	TrainLoss cli.Figure            `json:"train_loss"`
	TestLoss  cli.Figure            `json:"test_loss"`
	Metric    map[string]cli.Figure `json:"metric"`
	Seconds   cli.Figure            `json:"seconds"`
	Speed     cli.Figure            `json:"samples_per_second"`
	Weights   *string               `json:"weights"`
	Plot      string                `json:"plot,omitempty"`
	Watch     string                `json:"watch,omitempty"`
	Samples   string                `json:"samples,omitempty"`
	Snapshots string                `json:"snapshots,omitempty"`
	EarlyStop *stopped              `json:"early_stop,omitempty"`
	SWA       int                   `json:"swa_epochs,omitempty"`
	NotFinite []string              `json:"not_finite,omitempty"`

	History    string `json:"history,omitempty"`
	Checkpoint string `json:"checkpoint,omitempty"`

	Target  string   `json:"target,omitempty"` // of a table
	Changes []string `json:"changes,omitempty"`
}

func (a Verbs) train(r recipe.Recipe, f trainFlags) error {
	start := time.Now()
	m, set, err := a.prepare(r, f)
	if err != nil {
		return err
	}
	a.Logf("%s: %s parameters, %s: %s + %s, seed %d", r.Name, cli.Thousands(m.Params().Count()), cli.Shown(f.data),
		cli.Thousands(set.TrainLen), cli.Plural(cli.Thousands(set.TestLen), set.Noun), f.seed)
	var target string
	if t := m.Form.Table; t != nil {
		target = t.Target
		a.Logf("%d classes, target %s, %s", len(t.Classes), cli.Shown(t.Target), cli.Counted(t.Width(), "feature"))
	}
	changes := a.TellChanges(set.Changes, "")
	trainer, err := r.Trainer(m, f.optimizer, f.lr)
	if err != nil {
		return err // check has found the optimizer to be known
	}
	trainer.Seed, trainer.Accumulate = f.seed, f.accumulate
	var losses stepLosses
	f.losses = &losses
	source := set.Train(f.batch, f.seed)
	if f.view != "" { // views take time to make
		source = data.Loader{Source: source, Workers: min(runtime.GOMAXPROCS(0), mostLoading), Ahead: 1}
	}
	f.begin(trainer, source)
	f.choose(m)
	result, err := a.fit(r, f, m, set, trainer, source)
	if err != nil && !errors.Is(err, train.ErrInterrupted) {
		err = fmt.Errorf("%s: %w", r.Name, err)
		if len(result.History) > 0 { // the epochs before are what explains the failure
			return errors.Join(err, a.saveHistory(f, result.History))
		}
		return err
	}
	interrupted := err
	if err := settle(m); err != nil {
		return err
	}
	var best *stopped
	if interrupted == nil {
		if best, err = f.stop.restore(&result); err != nil {
			return err
		}
	}
	weights, err := a.save(r, m, f.out)
	if err != nil {
		return err
	}
	if err := a.saveHistory(f, result.History); err != nil { // a number that is not finite is not drawn
		return err
	}
	if err := a.plot(r, f, set, m.Players, result, losses); err != nil {
		return err
	}
	if err := a.drawWatch(&f.watchFlags, r.Title+" · "+cli.Shown(filepath.Base(f.data))); err != nil {
		return err
	}
	if interrupted != nil {
		return f.tellSaved(interrupted, result.Steps, weights)
	}
	switch err := Judge(a.Ctx, m, set, &result.Scores); {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w as its answers were measured; the weights are where -o says", train.ErrInterrupted)
	case err != nil:
		return err
	}
	return a.showTrained(set, Trained{Model: r.Name, Data: f.data, Seed: f.seed, Epochs: result.Epochs,
		Steps: result.Steps, TrainLoss: cli.Figure(result.TrainLoss), TestLoss: cli.Figure(result.Scores.Loss),
		Metric:  cli.Figures(result.Scores.Metrics),
		Seconds: cli.Figure(time.Since(start).Seconds()),
		Speed:   cli.Figure(float64(result.Samples*set.Each) / result.Training.Seconds()),
		Weights: weights, Plot: f.plot, Watch: f.drawn(), Samples: f.samples, Snapshots: f.snapshots,
		History: f.history, Checkpoint: f.folder(), EarlyStop: best, SWA: f.mean.ends(result.History),
		Target: target, Changes: changes})
}

// tellSaved is the error of a training that was interrupted, with what was saved of it.
func (f *trainFlags) tellSaved(interrupted error, steps int, weights *string) error {
	saved := "nothing was saved: no -o was given"
	if weights != nil {
		saved = "saved what there is to " + *weights
	}
	if f.folder() != "" {
		saved += fmt.Sprintf("; --resume %s goes on from there", f.folder())
		if weights == nil {
			saved = fmt.Sprintf("--resume %s goes on from there", f.folder())
		}
	}
	return fmt.Errorf("%w after step %d; %s", interrupted, steps, saved)
}

// settle leaves the averages in the place of the parameters that they are of.
func settle(m *kind.Model) error {
	if m.Average == nil {
		return nil
	}
	return m.Average.Swap()
}

// Judge adds the figures of a model's answers.
func Judge(ctx context.Context, m *kind.Model, set *kind.Set, s *train.Scores) error {
	if set.Judge == nil {
		return nil
	}
	more, err := set.Judge(ctx, m)
	if err != nil {
		return err
	}
	maps.Copy(s.Metrics, more)
	return nil
}

// prepare opens the data and makes the model, or reads that which is gone on from.
func (a Verbs) prepare(r recipe.Recipe, f trainFlags) (m *kind.Model, set *kind.Set, err error) {
	var form, base *kind.Form
	if f.weights != "" {
		if err := cli.CheckNoFolder(f.weights); err != nil {
			return nil, nil, cli.ReadBy(f.begins(), err)
		}
		if base, err = r.Base(f.weights); err != nil {
			return nil, nil, cli.ReadBy(f.begins(), err)
		}
		if form = base; base == nil {
			if m, err = cli.LoadBy(r, f.begins(), f.weights); err != nil {
				return nil, nil, err
			}
			form = &m.Form
		}
		if err := cli.CheckSize(r, f.size, *form); err != nil {
			return nil, nil, err
		}
	}
	set, err = a.Open(r, f.data, form)
	switch {
	case err != nil:
		return nil, nil, err
	case f.batch < set.Least:
		return nil, nil, cli.Usagef("--batch is %d, and %s learns from %d at least", f.batch, r.Name, set.Least)
	case f.batch <= set.Tightest:
	case !f.batched:
		return nil, nil, cli.Usagef("a batch is usually %d, but the data allow %d at most: give --batch %[2]d or less",
			f.batch, set.Tightest)
	case set.Tightest == set.TrainLen:
		return nil, nil, cli.Usagef("--batch is %d, but there are %d training examples", f.batch, set.TrainLen)
	default:
		return nil, nil, cli.Usagef("--batch is %d, but the data allow %d at most", f.batch, set.Tightest)
	}
	if m == nil {
		made := set.Form
		if base != nil {
			made.Size = base.Size
		}
		if err := r.Fits(made); err != nil {
			return nil, nil, cli.UsageError(err)
		}
		m = r.New(made)
		m.Params().Init(f.seed)
	}
	if base != nil {
		err = cli.ReadBy(f.begins(), r.Kind.(kind.Starter).Begin(m, f.weights))
	}
	m.Form.Data, m.Form.Table = filepath.Base(f.data), set.Form.Table
	return m, set, err
}

// begins is the flag that names the weights that training begins with.
func (f *trainFlags) begins() string {
	if f.resume != "" {
		return "--resume "
	}
	return cli.WeightsGiven
}

// fit runs the loop with progress.
func (a Verbs) fit(r recipe.Recipe, f trainFlags, m *kind.Model, set *kind.Set, trainer *train.Trainer,
	source train.Source) (train.Result, error) {
	bar := newProgress(a.Stderr, a.Screen)
	defer bar.close()
	defer cli.TellWait(a.Ctx, cli.Patience, func() {
		bar.say("interrupted: waiting for the step under way; a second signal ends zoo at once, and saves nothing")
	})()
	if f.bySteps() {
		f.epochs = 1 + (f.steps-1)/source.Len()
	}
	if err := f.mean.begin(f.swa, f.epochs, f.steps, source.Len()); err != nil {
		return train.Result{}, err
	}
	test := &cutShort{Source: set.Test, ctx: a.Ctx}
	averaged := &averagedSource{Source: test, of: m}
	fit := train.Fit{Trainer: trainer, Epochs: f.epochs, Steps: f.steps, Schedule: f.schedule.of(r.Schedule),
		Metrics: set.Figures(m), Train: source, Test: test,
		Progress: func(now train.Progress) {
			if now.Scores == nil && f.losses != nil {
				f.losses.add(now)
			}
			if !test.ended { // or the scores are those of a part
				bar.show(now)
			}
		}}
	if f.mean != nil {
		fit.Test = averaged
	}
	var failed error
	if fit.Checkpoint, failed = f.keeping(r, m, source, set.Test); failed != nil {
		return train.Result{}, failed
	}
	snapshots, err := f.snapshotHook(&fit, r, m)
	if err != nil {
		return train.Result{}, err
	}
	fit.Hook = train.Hooks(f.hook(), snapshots, f.mean.hook, func(now train.Progress, c *train.Control) {
		if now.Scores == nil || test.ended {
			return
		}
		f.schedule.follow(f.lr, now, c)
		if f.samples != "" {
			failed = a.sample(r, f, m, now.Epoch)
			c.Stop = c.Stop || failed != nil
		}
		f.stop.hook(now, c)
	})
	result, err := fit.Run(a.Ctx)
	if test.ended {
		err = train.ErrInterrupted
	}
	return result, cmp.Or(err, failed, averaged.failed)
}

// mostLoading is how many goroutines make batches: each holds two, and pictures may be large.
const mostLoading = 4

// sample writes what the model makes after an epoch.
func (a Verbs) sample(r recipe.Recipe, f trainFlags, m *kind.Model, epoch int) error {
	path := f.samples
	if cli.IsFolder(path) {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return cli.OutputError(err)
		}
		path = filepath.Join(path, fmt.Sprintf("epoch-%03d.png", epoch))
	}
	return m.Averaged(func() error {
		made, err := r.Kind.(kind.Generator).Generate(a.Ctx, m, kind.Generate{Seed: f.seed})
		if err != nil {
			return err
		}
		return a.Write(func() error { return made.Picture.Write(path) })
	})
}

// stepLosses are the losses of each step, and of the players of a game in it.
type stepLosses struct {
	all     []float64
	players [][]float64
}

func (l *stepLosses) add(now train.Progress) {
	l.all, l.players = append(l.all, now.Loss), append(l.players, now.Players)
}

// plot draws the curves, of a training that was interrupted as far as it went.
func (a Verbs) plot(r recipe.Recipe, f trainFlags, set *kind.Set, players []string, result train.Result,
	steps stepLosses) error {
	if f.plot == "" {
		return nil
	}
	opt := curves.Options{Title: r.Title + " · " + cli.Shown(filepath.Base(f.data)), Steps: steps.all,
		First: result.Steps - len(steps.all), Beside: map[string]string{}}
	for _, c := range set.Beside {
		opt.Beside[c.Name] = c.With
	}
	for i, name := range players {
		p := curves.Player{Name: name}
		for _, losses := range steps.players {
			p.Steps = append(p.Steps, losses[i])
		}
		opt.Players = append(opt.Players, p)
	}
	return a.Write(func() error { return curves.WriteFile(f.plot, result.History, opt) })
}

// cutShort is a source up to the end of the context, and tells whether it ended before its batches.
type cutShort struct {
	train.Source
	ctx   context.Context
	ended bool
}

func (c *cutShort) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		for b := range c.Source.Batches(epoch) {
			if c.ended = c.ctx.Err() != nil; c.ended || !yield(b) {
				return
			}
		}
	}
}

func (a Verbs) save(r recipe.Recipe, m *kind.Model, path string) (*string, error) {
	if path == "" {
		return nil, nil
	}
	if err := a.Write(func() error { return r.Save(m, path) }); err != nil {
		return nil, err
	}
	return &path, nil
}

func (a Verbs) showTrained(set *kind.Set, t Trained) error {
	if a.JSON {
		t.NotFinite = cli.NotFinite(t)
		return a.WriteJSON(t)
	}
	fmt.Fprintf(a.Stdout, "%s on %s, seed %d: %s, %s, train loss %v, test loss %v", t.Model,
		cli.Shown(t.Data), t.Seed, cli.Counted(t.Epochs, "epoch"), cli.Counted(t.Steps, "step"), t.TrainLoss,
		t.TestLoss)
	for _, name := range cli.SortedKeys(t.Metric) {
		fmt.Fprintf(a.Stdout, ", %s %v", name, t.Metric[name])
	}
	fmt.Fprintf(a.Stdout, "\n%.1f s in all, %.0f %ss/s in training\n", t.Seconds, t.Speed, set.Noun)
	a.showChosen(t)
	if t.Weights != nil {
		fmt.Fprintf(a.Stdout, "weights in %s\n", cli.Shown(*t.Weights))
	}
	if t.Plot != "" {
		fmt.Fprintf(a.Stdout, "curves in %s\n", cli.Shown(t.Plot))
	}
	if t.Watch != "" {
		fmt.Fprintf(a.Stdout, "layers in %s\n", cli.Shown(t.Watch))
	}
	if t.Samples != "" {
		fmt.Fprintf(a.Stdout, "samples in %s\n", cli.Shown(t.Samples))
	}
	if t.Snapshots != "" {
		fmt.Fprintf(a.Stdout, "snapshots in %s\n", cli.Shown(t.Snapshots))
	}
	if t.History != "" {
		fmt.Fprintf(a.Stdout, "history in %s\n", cli.Shown(t.History))
	}
	if t.Checkpoint != "" {
		fmt.Fprintf(a.Stdout, "checkpoints in %s\n", cli.Shown(t.Checkpoint))
	}
	return nil
}

// Learn trains a model as zoo train does without flags, before it makes something.
func Learn(app *cli.App, c *cobra.Command, r recipe.Recipe) (*kind.Model, error) {
	a := Verbs{App: app}
	var f trainFlags
	f.defaults(c, r)
	a.Logf("%s: there are no --weights, so that it learns first, from %s, for about %.0f s on two cores; "+
		"zoo train %s -o FILE keeps what it learns", r.Name, f.data, r.Quick.Seconds(), r.Name)
	m, set, err := a.prepare(r, f)
	if err != nil {
		return nil, err
	}
	trainer, err := r.Trainer(m, f.optimizer, f.lr)
	if err != nil {
		return nil, err
	}
	if _, err := a.fit(r, f, m, set, trainer, set.Train(f.batch, f.seed)); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	return m, settle(m)
}

// First says which examples are the first ones, and of which model.
type First struct {
	Data, Weights string
	Batch         int
	Size          kind.Size
}

// FirstBatch is a model, and the first examples of its data.
func FirstBatch(a *cli.App, r recipe.Recipe, f First) (*kind.Model, []graph.Tensor, error) {
	m, set, err := Verbs{App: a}.prepare(r, trainFlags{data: f.Data, weights: f.Weights,
		batch: f.Batch, batched: true, size: f.Size})
	if err != nil {
		return nil, nil, err
	}
	for batch := range set.Train(f.Batch, 0).Batches(0) {
		return m, batch, nil
	}
	return nil, nil, fmt.Errorf("--data %s has no batch of %d examples", cli.Shown(f.Data), f.Batch)
}
