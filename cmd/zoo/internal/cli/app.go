// This file holds App, one invocation of the command, and what all verbs print and take by it.

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/stheno-ml/stheno/internal/recipe"
)

// App is one invocation of the command.
type App struct {
	Ctx            context.Context
	Stdout, Stderr *Sink
	Stdin          io.Reader
	Screen         io.Writer // standard error as it is, for the progress bar
	Colours        bool      // on standard output
	writing        sync.Mutex
	JSON           bool
}

// New is an invocation that reads and writes what a process does.
func New(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) *App {
	return &App{Ctx: ctx, Stdout: &Sink{name: "standard output", W: stdout},
		Stderr: &Sink{name: "standard error", W: stderr}, Stdin: stdin, Screen: stderr, Colours: InColours(stdout)}
}

// ValuesOf are the values of a flag, of which some may be given several times.
func ValuesOf(f *pflag.Flag) []string {
	if v, ok := f.Value.(pflag.SliceValue); ok {
		return v.GetSlice()
	}
	return []string{f.Value.String()}
}

// OneModel checks that there is exactly one argument, a model.
func OneModel(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return Usagef("%s takes one model, got 0 arguments; known are %s", c.Name(), Joined(recipe.Names()))
	}
	if _, err := Find(args[0]); err != nil || len(args) == 1 {
		return err
	}
	return Usagef("%s takes one model, and %q is an argument too many", c.Name(), args[1])
}

// CommandNames are the names of the verbs.
func CommandNames(root *cobra.Command) []string {
	var all []string
	for _, c := range root.Commands() {
		all = append(all, c.Name())
	}
	return all
}

// NoArguments checks that there is none.
func NoArguments(c *cobra.Command, args []string) error {
	if len(args) != 0 {
		return Usagef("%s takes no arguments, got %q", c.Name(), args)
	}
	return nil
}

// CompleteModels offers the models to the shell.
func CompleteModels(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return recipe.Names(), cobra.ShellCompDirectiveNoFileComp
}

// JSONFlag adds --json.
func (a *App) JSONFlag(c *cobra.Command) {
	c.Flags().BoolVar(&a.JSON, "json", false, "print one JSON value on standard output at the end")
}

// WriteJSON prints the one JSON value of a run.
func (a *App) WriteJSON(v any) error {
	e := json.NewEncoder(a.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Logf writes a line to standard error.
func (a *App) Logf(format string, args ...any) { fmt.Fprintf(a.Stderr, format+"\n", args...) }

// Terminal reports whether w shows text to a person, and how wide it is.
func Terminal(w io.Writer) (width int, ok bool) {
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

// Wrote tells where the result is.
func (a *App) Wrote(what, path string) error {
	_, err := fmt.Fprintf(a.Stdout, "%s in %s\n", what, Shown(path))
	return err
}

// Colours reports whether the user wants them. See no-color.org.
func Colours() bool { return os.Getenv("NO_COLOR") == "" }

// InColours reports whether a file shows text to a person who has not asked for no colours.
func InColours(w any) bool {
	f, ok := w.(*os.File)
	if !ok || !Colours() {
		return false
	}
	_, ok = Terminal(f)
	return ok
}
