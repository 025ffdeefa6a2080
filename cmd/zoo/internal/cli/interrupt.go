// This file holds what an interruption does.

package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// Interruptible returns a context that ends with the first signal to end, and what to call in the end. A signal that
// the process was started to ignore, as nohup does, stays ignored. A second signal ends the process at once.
func Interruptible() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 8)
	for _, s := range endings {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go await(signals, time.Second, cancel, func() { os.Exit(ExitInterrupted) })
	return ctx, func() { signal.Stop(signals); cancel() }
}

// await cancels with the first signal, and exits with the second, unless it follows so fast that it is the first one,
// sent to the process and to its group.
func await(signals <-chan os.Signal, apart time.Duration, cancel, exit func()) {
	var first time.Time
	for range signals {
		if first.IsZero() {
			first = time.Now()
			cancel()
		} else if time.Since(first) > apart {
			exit()
		}
	}
}

// Patience is how long a person waits for a step to end before zoo says what it is doing.
const Patience = time.Second

// TellWait calls tell when a context has ended and what is to be called in the end has not been for so long.
func TellWait(ctx context.Context, long time.Duration, tell func()) (end func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-done:
		case <-time.After(long):
			tell()
		}
	})
	return func() { stop(); close(done) }
}

// Quietly keeps the traces of the runtime, of goroutines and registers, from a user who has not asked for them by
// GOTRACEBACK. A write to a pipe that nobody reads is an error as any other.
func Quietly(stderr *os.File) {
	ignoreBrokenPipes()
	switch os.Getenv("GOTRACEBACK") {
	case "", "none", "0":
	default:
		return
	}
	debug.SetTraceback("none")
	quit := make(chan os.Signal, 1)
	notifyQuit(quit)
	go func() {
		<-quit
		stderr.WriteString("zoo: quit by a signal; GOTRACEBACK=all would show where\n")
		os.Exit(ExitInterrupted)
	}()
}

// AtOnce does work that looks at no context, and answers as soon as the context ends; the work ends with the process
// then. Only a file that is being written is written to its end.
func AtOnce[T any](a *App, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- outcome{err: Internal(r)}
			}
		}()
		value, err := work()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-a.Ctx.Done():
		a.writing.Lock() // waits for a file that is being written
		defer a.writing.Unlock()
		var none T
		return none, interrupted{"the work"}
	}
}

// Verb does the work of a verb that has nothing to save.
func (a *App) Verb(c *cobra.Command, work func() error) error {
	_, err := AtOnce(a, func() (struct{}, error) { return struct{}{}, work() })
	if errors.Is(err, context.Canceled) {
		return interrupted{c.Name()}
	}
	return err
}
