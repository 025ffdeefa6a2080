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

// nearest sorts the known names by their distance to the unknown one.
func nearest(unknown string, known []string) []string {
	sorted := append([]string(nil), known...)
	for i := 1; i < len(sorted); i++ {
		for j := i; j > 0 && distance(unknown, sorted[j]) < distance(unknown, sorted[j-1]); j-- {
			sorted[j], sorted[j-1] = sorted[j-1], sorted[j]
		}
	}
	return sorted
}

// distance is the number of letters to insert, delete or change (Levenshtein 1966).
func distance(a, b string) int {
	before := make([]int, len(b)+1)
	for j := range before {
		before[j] = j
	}
	for i := range len(a) {
		now := make([]int, len(b)+1)
		now[0] = i + 1
		for j := range len(b) {
			change := before[j]
			if a[i] != b[j] {
				change++
			}
			now[j+1] = min(change, before[j+1]+1, now[j]+1)
		}
		before = now
	}
	return before[len(b)]
}
