// This file holds the command tree.

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/internal/recipe"
)

// app is one invocation of the command.
type app struct {
	ctx            context.Context
	stdout, stderr *sink
	stdin          io.Reader
	screen         io.Writer // standard error as it is, for the progress bar
	colours        bool      // on standard output
	writing        sync.Mutex
	json           bool
}

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
				return usagef("%v", err)
			}
			return checkEmpty(c)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if version && len(args) == 0 {
				return a.verb(c, a.version)
			}
			if len(args) == 0 {
				return c.Help()
			}
			return usagef("unknown command %q; known are %s", args[0], joined(near.Sort(args[0], commands(c))))
		},
	}
	root.Flags().BoolVar(&version, "version", false, "what zoo version prints")
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if words := c.Flags().Args(); c.HasSubCommands() && len(words) > 0 { // a command that is mistyped has no flags
			return c.RunE(c, words)
		}
		return usagef("%v; see zoo help %s", err, strings.TrimPrefix(c.CommandPath(), "zoo "))
	})
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(a.helpCommand())
	root.AddCommand(a.completionCommand(root), a.listCommand(), a.summaryCommand(), a.trainCommand(),
		a.evalCommand(), a.ensembleCommand(), a.predictCommand(), a.generateCommand(),
		a.drawCommand(), a.tapeCommand(), a.traceCommand(), a.lessonCommand(), a.benchCommand(), a.crossvalCommand(),
		a.augmentCommand(), a.transferCommand(), a.findCommand(), a.inspectCommand(), a.compareCommand(),
		a.plotCommand(), a.explainCommand(), a.versionCommand())
	return root
}

// checkEmpty reports a flag that is given an empty text, as by a variable of the shell that is not set.
func checkEmpty(c *cobra.Command) error {
	for _, name := range neverEmpty {
		if f := c.Flags().Lookup(name); f != nil && f.Changed && slices.Contains(valuesOf(f), "") {
			return usagef("--%s is empty, which says nothing; leave it out for the usual way", name)
		}
	}
	return nil
}

// valuesOf are the values of a flag, of which some may be given several times.
func valuesOf(f *pflag.Flag) []string {
	if v, ok := f.Value.(pflag.SliceValue); ok {
		return v.GetSlice()
	}
	return []string{f.Value.String()}
}

// neverEmpty are the flags that take a text, but for --prompt and those that name a file to write.
var neverEmpty = []string{"weights", "data", "family", "class", "optimizer", "schedule", "layer", "text", "label",
	"column", "encoding", "fill", "checkpoint", "resume", "target", "ignore", "missing", "augment", "view",
	"shots", "ways", "through", "back", "sampling"}

func joined(s []string) string {
	text := ""
	for i, v := range s {
		if i > 0 {
			text += ", "
		}
		text += v
	}
	return text
}

// oneModel checks that there is exactly one argument, a model.
func oneModel(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("%s takes one model, got 0 arguments; known are %s", c.Name(), joined(recipe.Names()))
	}
	if _, err := find(args[0]); err != nil || len(args) == 1 {
		return err
	}
	return usagef("%s takes one model, and %q is an argument too many", c.Name(), args[1])
}

// helpCommand is help, which wants a command that there is.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{Use: "help [COMMAND]", Short: "Help about any command",
		ValidArgsFunction: func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return commands(c.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("there is no help about %q; known are %s", args,
					joined(near.Sort(args[0], commands(c.Root()))))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		}}
}

func commands(root *cobra.Command) []string {
	var all []string
	for _, c := range root.Commands() {
		all = append(all, c.Name())
	}
	return all
}

// completionCommand prints what a shell reads to complete the command line of zoo.
func (a *app) completionCommand(root *cobra.Command) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{Use: "completion SHELL", Short: "Print the completion script of a shell: " +
		joined(shells), ValidArgs: shells,
		Example: "  source <(zoo completion bash)\n  zoo completion fish | source",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("completion takes one shell, got %d arguments; known are %s", len(args), joined(shells))
			}
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.stdout)
			}
			return usagef("unknown shell %q; known are %s", args[0], joined(near.Sort(args[0], shells)))
		}}
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) != 0 {
		return usagef("%s takes no arguments, got %q", c.Name(), args)
	}
	return nil
}

// completeModels offers the models to the shell.
func completeModels(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return recipe.Names(), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON value on standard output at the end")
}

// writeJSON prints the one JSON value of a run.
func (a *app) writeJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (a *app) logf(format string, args ...any) { fmt.Fprintf(a.stderr, format+"\n", args...) }

// terminal reports whether w shows text to a person, and how wide it is.
func terminal(w io.Writer) (width int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 80, true
	}
	return width, true
}
