// Command zoo trains, runs, draws and explains the models of stheno.
//
//	go run ./cmd/zoo train lenet5
//	go run ./cmd/zoo draw lenet5 --backward -o lenet5.svg
//	go run ./cmd/zoo tape lenet5 --backward
//	go run ./cmd/zoo bench lenet5 --profile
//
// See zoo help.
package main

import (
	"context"
	"io"
	"os"
)

func main() { os.Exit(command()) }

func command() int {
	quietly(os.Stderr)
	ctx, stop := interruptible()
	defer stop()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// run is the whole command: it never exits and never panics, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	app := &app{ctx: ctx, stdout: &sink{name: "standard output", w: stdout},
		stderr: &sink{name: "standard error", w: stderr}, stdin: os.Stdin, screen: stderr, colours: inColours(stdout)}
	defer app.stderr.close()
	defer func() {
		if r := recover(); r != nil {
			code = app.report(internal(r))
		}
	}()
	root := app.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if failure := app.stdout.close(); err == nil {
		err = failure
	}
	if err != nil {
		return app.report(err)
	}
	return exitDone
}
