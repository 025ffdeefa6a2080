//go:build unix

// This file holds the signals of Unix.

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// endings are the signals that end a verb, and training after a step: the last comes when a terminal is closed.
var endings = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

func notifyQuit(c chan<- os.Signal) { signal.Notify(c, syscall.SIGQUIT) }

// ignoreBrokenPipes also makes a write beyond the largest size of a file an error, as the system does without a
// handler.
func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ) }
