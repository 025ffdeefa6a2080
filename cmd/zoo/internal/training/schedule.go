// This file holds schedules of the learning rate: the flag of train, and plot schedule, which draws them.

package training

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
	"github.com/stheno-ml/stheno/train/schedule"
)

// scheduleFlag is what --schedule says.
type scheduleFlag struct {
	text    string
	form    schedule.Form     // nil for the model's own
	plateau *schedule.Plateau // nil for none
}

// plateauName is the schedule that follows the loss.
const plateauName = "plateau"

// scheduleNames are the schedules that train knows.
func scheduleNames() []string { return append(schedule.Names(), plateauName) }

// scheduleHelp says how a schedule is written.
const scheduleHelp = `A schedule is a name, or NAME:KEY=VALUE,KEY=VALUE, such as onecycle:max=10,pct=.3.
Its shares are of --lr. A length is a number of steps, and below 1 a share of all. A + stands before what comes next:
warmup:over=.05+cosine:min=.1, or step:every=100,until=.5+cosine. plateau:patience=3,factor=.5 follows the loss on what
is held out after each epoch.
`

// scheduleUsage says what each of them is written as.
func scheduleUsage() string {
	return scheduleHelp + "\n  " + strings.Join(schedule.Usage(), "\n  ") +
		"\n  " + plateauUsage
}

// plateauUsage is what plateau is written as.
const plateauUsage = "plateau:most,factor,patience,threshold,absolute,cooldown,min"

// add adds the flag to a command.
func (f *scheduleFlag) add(c *cobra.Command) {
	c.Flags().StringVar(&f.text, "schedule", "", "how the rate changes, NAME[:KEY=VALUE,...]: "+
		cli.Joined(scheduleNames())+"; the model's own without it")
	cli.Complete(c, "schedule", scheduleNames())
}

// check reads the schedule, if there is one.
func (f *scheduleFlag) check() (err error) {
	name, _, _ := strings.Cut(f.text, ":")
	switch {
	case f.text == "":
		return nil
	case name == plateauName:
		f.plateau, err = schedule.ParsePlateau(f.text)
	default:
		f.form, err = parseSchedule(f.text, scheduleNames())
	}
	if err != nil {
		return cli.Usagef("--%v", err)
	}
	return nil
}

// parseSchedule reads a schedule, or says which are known, nearest first.
func parseSchedule(text string, known []string) (schedule.Form, error) {
	name, _, _ := strings.Cut(text, ":")
	f, err := schedule.Parse(text)
	if err != nil && !strings.Contains(name, "+") && !slices.Contains(schedule.Names(), name) {
		return nil, cli.Usagef("schedule: unknown schedule %q; known are %s", name, cli.Joined(near.Sort(name, known)))
	}
	return f, err
}

// of is the schedule of a training, whose model has its own.
func (f *scheduleFlag) of(own func(step, steps int) float64) func(step, steps int) float64 {
	switch {
	case f.plateau != nil:
		return nil
	case f.form != nil:
		return f.form.At
	}
	return own
}

// follow lets a plateau set the rate after an evaluation, a share of lr.
func (f *scheduleFlag) follow(lr float64, now train.Progress, c *train.Control) {
	if f.plateau != nil && now.Scores != nil {
		c.Rate = lr * f.plateau.Next(now.Scores.Loss)
	}
}

// PlotCommand draws what needs no model.
func (a Verbs) PlotCommand() *cobra.Command {
	c := &cobra.Command{Use: "plot", Short: "Draw schedules of the learning rate",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Usagef("plot takes what is drawn; known are %s", cli.Joined(cli.CommandNames(c)))
			}
			return cli.Usagef("unknown plot %q; known are %s", args[0],
				cli.Joined(near.Sort(args[0], cli.CommandNames(c))))
		}}
	c.AddCommand(a.plotScheduleCommand())
	return c
}

// plotFlags are the flags of plot schedule.
type plotFlags struct {
	out   string
	steps int
	lr    float64
}

func (a Verbs) plotScheduleCommand() *cobra.Command {
	f := plotFlags{steps: 1000, lr: 1}
	c := &cobra.Command{Use: "schedule NAME[:KEY=VALUE,...]...",
		Short: "Draw schedules of the learning rate, step by step",
		Long: "Draw up to six schedules of the learning rate in one plot.\n\n" + scheduleUsage() +
			"\n\nplateau has no curve of its own, and is not drawn.",
		Example: "  zoo plot schedule onecycle -o onecycle.svg\n" +
			"  zoo plot schedule cosine restarts:first=.2,mult=2 warmup:over=.1+exponential --steps 500 -o three.png",
		Args: cobra.ArbitraryArgs,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return schedule.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			forms, err := f.check(c, args)
			if err != nil {
				return err
			}
			return a.Verb(c, func() error { return a.plotSchedules(f, args, forms) })
		}}
	cli.OutputFlag(c, &f.out, "file for the plot (.svg or .png)")
	c.Flags().Var(cli.Whole(&f.steps), "steps", "steps of the training")
	c.Flags().Var(cli.Decimal(&f.lr), "lr", "the learning rate that they are shares of")
	a.JSONFlag(c)
	return c
}

// mostPlotted is how many steps a plot has: more hide one another.
const mostPlotted = 100_000

// check reports what makes no sense, and reads the schedules.
func (f *plotFlags) check(c *cobra.Command, args []string) (forms []schedule.Form, err error) {
	switch {
	case len(args) == 0:
		return nil, cli.Usagef("plot schedule takes schedules; known are %s", cli.Joined(schedule.Names()))
	case len(args) > curves.MostLines:
		return nil, cli.Usagef("plot schedule draws %d schedules at most, got %d", curves.MostLines, len(args))
	case f.steps < 2 || f.steps > mostPlotted:
		return nil, cli.Usagef("--steps is %d, want 2 to %d", f.steps, mostPlotted)
	case !(f.lr > 0 && f.lr <= 1e30):
		return nil, cli.Usagef("--lr is %v, want a number above 0", f.lr)
	case f.out == "" && !c.Flags().Changed("output"):
		return nil, cli.Usagef("-o FILE.svg or -o FILE.png is needed: a schedule is drawn as a picture")
	}
	for _, text := range args {
		if name, _, _ := strings.Cut(text, ":"); name == plateauName {
			return nil, cli.Usagef("plateau follows the loss of a training, and has no curve of its own")
		}
		form, err := parseSchedule(text, schedule.Names())
		if err != nil {
			return nil, cli.Usagef("%v", err)
		}
		forms = append(forms, form)
	}
	if ext := strings.ToLower(filepath.Ext(f.out)); f.out != "" && ext != ".svg" && ext != ".png" {
		return nil, cli.Usagef("-o %s: unknown kind of picture %q; known are .svg and .png", f.out, ext)
	}
	return forms, cli.CheckOutput(c, f.out, cli.DrawingSize)
}

// Plotted is the JSON of a plot of schedules.
type Plotted struct {
	Schedules []string `json:"schedules"`
	Steps     int      `json:"steps"`
	Output    string   `json:"output"`
}

func (a Verbs) plotSchedules(f plotFlags, names []string, forms []schedule.Form) error {
	opt := curves.LinesOptions{Title: "Schedules of the learning rate", Y: "share of the learning rate"}
	if f.lr != 1 {
		opt.Y = "learning rate"
	}
	var lines []curves.Line
	for i, form := range forms {
		line := curves.Line{Name: cli.Shown(names[i])}
		for step := range f.steps {
			line.Y = append(line.Y, f.lr*form.At(step, f.steps))
		}
		lines = append(lines, line)
	}
	if err := a.Write(func() error { return curves.WriteLines(f.out, lines, opt) }); err != nil {
		return err
	}
	if a.JSON {
		return a.WriteJSON(Plotted{names, f.steps, f.out})
	}
	return a.Wrote("plot", f.out)
}
