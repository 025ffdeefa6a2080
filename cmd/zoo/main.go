// This file holds the program: what it does with a command line, and with what goes wrong.

package main

import (
	"context"
	"io"
	"os"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/drawing"
	"github.com/stheno-ml/stheno/cmd/zoo/internal/training"
)

func main() { os.Exit(command()) }

func command() int {
	cli.Quietly(os.Stderr)
	ctx, stop := cli.Interruptible()
	defer stop()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// app is one invocation, to which the verbs of this package belong.
type app struct{ *cli.App }

// training are the verbs that let a model learn.
func (a *app) training() training.Verbs { return training.Verbs{App: a.App} }

// drawing are the verbs that show what is inside of a model.
func (a *app) drawing() drawing.Verbs { return drawing.Verbs{App: a.App} }

// run is the whole command: it never exits and never panics, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	app := &app{cli.New(ctx, os.Stdin, stdout, stderr)}
	defer app.Stderr.Close()
	defer func() {
		if r := recover(); r != nil {
			code = app.Report(cli.Internal(r))
		}
	}()
	root := app.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if failure := app.Stdout.Close(); err == nil {
		err = failure
	}
	if err != nil {
		return app.Report(err)
	}
	return cli.ExitDone
}
