// This file holds the exit codes and what maps errors to them.

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train"
)

const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitDamaged     = 65
	exitMissing     = 66
	exitInterrupted = 130
)

// usageError is a mistake in the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// outputError is a file that cannot be written: a failure, even if a folder is missing.
type outputError struct{ error }

// checkOutput finds out before the work whether there is a folder for its result.
func checkOutput(path string) error {
	if path == "" {
		return nil
	}
	info, err := os.Stat(filepath.Dir(path))
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", filepath.Dir(path))
	}
	if err != nil {
		return outputError{fmt.Errorf("-o %s: %w", path, err)}
	}
	return nil
}

// internal makes an error of a panic, so that no stack trace reaches a user.
func internal(r any) error {
	return fmt.Errorf("internal error: %v; this is a fault of zoo, please report it with the command line", r)
}

// report writes the one line of an error and returns the exit code.
func (a *app) report(err error) int {
	text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
	fmt.Fprintln(a.stderr, "zoo: "+text)
	return exitCode(err)
}

func exitCode(err error) int {
	var usage usageError
	var output outputError
	switch {
	case errors.As(err, &output):
		return exitFailed
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, train.ErrInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, fs.ErrNotExist):
		return exitMissing
	case errors.Is(err, data.ErrDamaged), errors.Is(err, safetensors.ErrFormat):
		return exitDamaged
	}
	return exitFailed
}
