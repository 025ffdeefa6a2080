// This file holds inspect and compare, which look at what training has written.

package main

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/torchfile"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
	"github.com/stheno-ml/stheno/train/history"
)

// inspected is the JSON of inspect.
type inspected struct {
	File       string            `json:"file"`
	Kind       string            `json:"kind"` // "weights" or "checkpoint"
	Tensors    []tensorLine      `json:"tensors"`
	Parameters int               `json:"elements"`
	Metadata   map[string]string `json:"metadata"`

	Checkpoint *checkpointLines `json:"checkpoint,omitempty"`
}

// tensorLine is a tensor of a file.
type tensorLine struct {
	Name  string      `json:"name"`
	DType string      `json:"dtype"`
	Shape graph.Shape `json:"shape"`
}

// checkpointLines are what a checkpoint holds beside its weights.
type checkpointLines struct {
	Step        int               `json:"step"`
	Epoch       int               `json:"epoch"`
	StepOfEpoch int               `json:"step_of_epoch"`
	Rows        int               `json:"history_rows"`
	Settings    map[string]string `json:"settings"`
	Files       []train.SavedFile `json:"files"`
}

func (a *app) inspectCommand() *cobra.Command {
	c := &cobra.Command{Use: "inspect FILE", Short: "List what a file of weights or a checkpoint holds",
		Long: `List the tensors of a file of weights, of safetensors or of PyTorch, with their types and shapes, and
what the file says of them; of a folder of checkpoints the newest whole one: where the training is, its settings, its
files, whose checksums are compared, and its weights.`,
		Example: "  zoo inspect lenet5.safetensors\n  zoo inspect run --json",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("inspect takes one file or folder, got %d arguments", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.Verb(c, func() error { return a.inspect(args[0]) })
		}}
	a.JSONFlag(c)
	return c
}

func (a *app) inspect(path string) error {
	out := inspected{File: path, Kind: "weights", Tensors: []tensorLine{}}
	weights := path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		s, err := train.ReadCheckpoint(path)
		if err != nil {
			return err
		}
		for _, err := range s.Passed {
			a.Logf("%s; this is the checkpoint before it", cli.OneLine(err.Error()))
		}
		out.File, out.Kind, weights = s.Path, "checkpoint", s.Weights
		out.Checkpoint = &checkpointLines{s.Step, s.Position.Epoch, s.Position.Step, len(s.Position.History),
			s.Settings, s.Files}
	}
	f, err := torchfile.OpenAny(weights)
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case errors.Is(err, safetensors.ErrFormat) && weights == path && !slices.Contains(cli.WeightsEndings, ext):
		return cli.WrongKindf("%s: no file of weights, and no folder of checkpoints", path)
	case err != nil:
		return err
	}
	defer f.Close()
	out.Metadata = f.Metadata()
	for _, name := range f.Names() {
		info, _ := f.Tensor(name)
		out.Tensors = append(out.Tensors, tensorLine{name, string(info.DType), info.Shape})
		out.Parameters += info.Len()
	}
	if a.JSON {
		return a.WriteJSON(out)
	}
	return a.showInspected(out)
}

func (a *app) showInspected(in inspected) error {
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "%s: %s, %s in %s\n", cli.Shown(in.File), in.Kind,
		cli.Plural(cli.Thousands(in.Parameters), "element"), cli.Counted(len(in.Tensors), "tensor"))
	if c := in.Checkpoint; c != nil {
		fmt.Fprintf(w, "after step %d: %s, and %s of the next; %s of history\n", c.Step, cli.Counted(c.Epoch, "epoch"),
			cli.Counted(c.StepOfEpoch, "step"), cli.Counted(c.Rows, "row"))
		for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
			fmt.Fprintf(w, "setting\t%s\t%s\n", cli.Shown(name), cli.Shown(c.Settings[name]))
		}
		for _, f := range c.Files {
			fmt.Fprintf(w, "file\t%s\t%s\tSHA-256 %s\n", cli.Shown(f.Name),
				cli.Plural(cli.Thousands(int(f.Bytes)), "byte"), f.SHA256)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.Metadata)) {
		fmt.Fprintf(w, "metadata\t%s\t%s\n", cli.Shown(name), cli.Shown(in.Metadata[name]))
	}
	for _, t := range in.Tensors {
		fmt.Fprintf(w, "tensor\t%s\t%s\t%v\n", cli.Shown(t.Name), t.DType, t.Shape)
	}
	return w.Flush()
}

// comparedRun is the JSON of a run in compare.
type comparedRun struct {
	Run       string                `json:"run"`
	Epochs    int                   `json:"epochs"`
	Steps     int                   `json:"steps"`
	Seconds   cli.Figure            `json:"seconds"`
	TrainLoss *cli.Figure           `json:"train_loss"` // null without an epoch
	TestLoss  *cli.Figure           `json:"test_loss"`  // null without a test
	Best      *cli.Figure           `json:"best_test_loss"`
	Metric    map[string]cli.Figure `json:"metric"`
}

func (a *app) compareCommand() *cobra.Command {
	var out string
	c := &cobra.Command{Use: "compare RUN...",
		Short: "Compare the histories of several trainings in one table and plot",
		Long: `Compare trainings by their histories: tables that zoo train --history FILE.csv has written, or folders
of checkpoints. With -o their curves are drawn in one plot. The table shows each run as it was at its end, and the
least loss on what is held out.`,
		Example: "  zoo compare a.csv b.csv -o both.svg\n  zoo compare run1 run2 --json",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Usagef("compare takes at least one run: a table (.csv) or a folder of checkpoints")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if ext := strings.ToLower(filepath.Ext(out)); out != "" && ext != ".svg" && ext != ".png" {
				return cli.Usagef("-o %s: unknown kind of picture %q; known are .svg and .png", out, ext)
			}
			if err := cli.CheckReplaced(out, args...); err != nil {
				return err
			}
			if err := cli.CheckOutput(c, out, cli.DrawingSize); err != nil {
				return err
			}
			return a.Verb(c, func() error { return a.compare(args, out) })
		}}
	cli.OutputFlag(c, &out, "file for the curves (.svg or .png)")
	a.JSONFlag(c)
	return c
}

func (a *app) compare(paths []string, out string) error {
	var runs []curves.Run
	table := []comparedRun{}
	for _, path := range paths {
		h, err := a.historyOf(path)
		if err != nil {
			return err
		}
		runs = append(runs, curves.Run{Name: path, History: h})
		table = append(table, ended(path, h))
	}
	if out != "" {
		if err := a.Write(func() error {
			return curves.WriteRuns(out, cli.Counted(len(runs), "run"),
				runs)
		}); err != nil {
			return err
		}
	}
	if a.JSON {
		return a.WriteJSON(table)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tEPOCHS\tSTEPS\tTRAIN LOSS\tTEST LOSS\tBEST\tMETRICS")
	for _, r := range table {
		var metrics []string
		for _, name := range cli.SortedKeys(r.Metric) {
			metrics = append(metrics, fmt.Sprintf("%s %v", cli.Shown(name), r.Metric[name]))
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\n", cli.Shown(r.Run), r.Epochs, r.Steps, orNone(r.TrainLoss),
			orNone(r.TestLoss), orNone(r.Best), strings.Join(metrics, ", "))
	}
	if out != "" {
		fmt.Fprintf(w, "curves in %s\n", cli.Shown(out))
	}
	return w.Flush()
}

func orNone(v *cli.Figure) string {
	if v == nil {
		return "–"
	}
	return v.String()
}

// mostHistory is more than the table of any training takes.
const mostHistory = 64 << 20

// historyOf reads the table of a training, or that of the newest checkpoint in a folder.
func (a *app) historyOf(path string) (history.Rows, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		s, err := train.ReadCheckpoint(path)
		if err != nil {
			return nil, err
		}
		for _, err := range s.Passed {
			a.Logf("%s; this is the checkpoint before it", cli.OneLine(err.Error()))
		}
		return s.Position.History, nil
	}
	f, info, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > mostHistory {
		return nil, fmt.Errorf("%s: it has %d bytes, and a history at most %d: %w", path, info.Size(), mostHistory,
			train.ErrDamaged)
	}
	h, err := history.ReadCSV(f)
	if err == nil {
		return h, nil
	}
	if w, err := torchfile.OpenAny(path); err == nil {
		w.Close()
		return nil, cli.WrongKindf("%s: a file of weights, and no history, which zoo train --history FILE.csv writes",
			path)
	}
	return nil, fmt.Errorf("%s: %w", path, err)
}

// ended is what a run came to.
func ended(path string, h history.Rows) comparedRun {
	c := comparedRun{Run: path, Epochs: len(h), Metric: map[string]cli.Figure{}}
	best := math.Inf(1)
	for _, row := range h {
		if row.Test != nil && row.TestLoss < best {
			best = row.TestLoss
			b := cli.Figure(best)
			c.Best = &b
		}
	}
	if len(h) == 0 {
		return c
	}
	last := h[len(h)-1]
	loss := cli.Figure(last.TrainLoss)
	c.Epochs, c.Steps, c.Seconds, c.TrainLoss = last.Epoch, last.Step, cli.Figure(last.Seconds), &loss
	if last.Test != nil {
		loss := cli.Figure(last.TestLoss)
		c.TestLoss, c.Metric = &loss, cli.Figures(last.Test)
	}
	return c
}
