//go:build !unix

// This file holds the signals of systems that have few.

package cli

import (
	"os"
	"syscall"
)

var endings = []os.Signal{os.Interrupt, syscall.SIGTERM}

func notifyQuit(chan<- os.Signal) {}

func ignoreBrokenPipes() {}
