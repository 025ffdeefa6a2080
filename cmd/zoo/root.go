// This file holds the command tree.

package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/near"
)

func (a *app) root() *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "zoo",
		Short: "Train, run, draw and explain the models of stheno",
		Long: "zoo trains, runs, draws and explains the models of stheno, a symbolic computation-graph " +
			"framework and model zoo.\nResults go to standard output, progress and logs to standard error.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			if err := form.Err(); err != nil {
				return cli.Usagef("%v", err)
			}
			return checkEmpty(c)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if version && len(args) == 0 {
				return a.Verb(c, a.version)
			}
			if len(args) == 0 {
				return c.Help()
			}
			return cli.Usagef("unknown command %q; known are %s", args[0],
				cli.Joined(near.Sort(args[0], cli.CommandNames(c))))
		},
	}
	root.Flags().BoolVar(&version, "version", false, "what zoo version prints")
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if words := c.Flags().Args(); c.HasSubCommands() && len(words) > 0 { // a command that is mistyped has no flags
			return c.RunE(c, words)
		}
		return cli.Usagef("%v; see zoo help %s", err, strings.TrimPrefix(c.CommandPath(), "zoo "))
	})
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(a.helpCommand())
	root.AddCommand(a.completionCommand(root), a.listCommand(), a.summaryCommand(), a.training().TrainCommand(),
		a.evalCommand(), a.ensembleCommand(), a.predictCommand(), a.generateCommand(),
		a.drawing().DrawCommand(), a.drawing().TapeCommand(), a.drawing().TraceCommand(), a.drawing().LessonCommand(),
		a.benchCommand(), a.crossvalCommand(),
		a.augmentCommand(), a.training().TransferCommand(), a.training().FindCommand(), a.inspectCommand(),
		a.compareCommand(),
		a.training().PlotCommand(), a.explainCommand(), a.versionCommand())
	return root
}

// checkEmpty reports a flag that is given an empty text, as by a variable of the shell that is not set.
func checkEmpty(c *cobra.Command) error {
	for _, name := range neverEmpty {
		if f := c.Flags().Lookup(name); f != nil && f.Changed && slices.Contains(cli.ValuesOf(f), "") {
			return cli.Usagef("--%s is empty, which says nothing; leave it out for the usual way", name)
		}
	}
	return nil
}

// neverEmpty are the flags that take a text, but for --prompt and those that name a file to write.
var neverEmpty = []string{"weights", "data", "family", "class", "optimizer", "schedule", "layer", "text", "label",
	"column", "encoding", "fill", "checkpoint", "resume", "target", "ignore", "missing", "augment", "view",
	"shots", "ways", "through", "back", "sampling"}

// helpCommand is help, which wants a command that there is.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{Use: "help [COMMAND]", Short: "Help about any command",
		ValidArgsFunction: func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return cli.CommandNames(c.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return cli.Usagef("there is no help about %q; known are %s", args,
					cli.Joined(near.Sort(args[0], cli.CommandNames(c.Root()))))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		}}
}

// completionCommand prints what a shell reads to complete the command line of zoo.
func (a *app) completionCommand(root *cobra.Command) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{Use: "completion SHELL", Short: "Print the completion script of a shell: " +
		cli.Joined(shells), ValidArgs: shells,
		Example: "  source <(zoo completion bash)\n  zoo completion fish | source",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("completion takes one shell, got %d arguments; known are %s", len(args),
					cli.Joined(shells))
			}
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.Stdout)
			case "fish":
				return root.GenFishCompletion(a.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.Stdout)
			}
			return cli.Usagef("unknown shell %q; known are %s", args[0], cli.Joined(near.Sort(args[0], shells)))
		}}
}
