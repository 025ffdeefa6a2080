// This file holds the exit codes and what maps errors to them.

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/files"
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

// usagef is a usage error. Its arguments may come from the command line, and be long.
func usagef(format string, args ...any) error {
	for i, v := range args {
		switch v := v.(type) {
		case string:
			args[i] = cut(v, lineBound/2)
		case []string:
			short := make([]string, len(v))
			for j, s := range v {
				short[j] = cut(s, nameBound)
			}
			args[i] = short
		}
	}
	return usageError{fmt.Errorf(format, args...)}
}

// outputError is a file that cannot be written: a failure, even if a folder is missing.
type outputError struct{ error }

// fileError is the error of a file that is read because a flag names it. It begins with the flag and the file, not
// with what was tried: "--weights w.safetensors: no such file or directory".
type fileError struct {
	flag string // with what stands between it and the name
	error
}

// readBy is the error of a file that a flag names, or of what is in it; nil of none.
func readBy(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fileError{flag, err}
}

func (e fileError) Error() string {
	text := e.error.Error()
	for _, tried := range []string{"load ", "stat ", "open ", "read "} {
		text = strings.TrimPrefix(text, tried)
	}
	return e.flag + text
}

func (e fileError) Unwrap() error { return e.error }

// outputFlag is the flag -o of a verb.
func outputFlag(c *cobra.Command, path *string, usage string) {
	c.Flags().StringVarP(path, "output", "o", "", usage)
}

// checkOutput finds out before the work whether its result, of about so many bytes, can be written.
func checkOutput(c *cobra.Command, path string, size int64) error {
	return checkWritable(c, "output", "-o", path, size)
}

// checkWritable is checkOutput of the flag of a name, which is shown as in "-o".
func checkWritable(c *cobra.Command, flag, shown, path string, size int64) error {
	if path == "" {
		if c.Flags().Changed(flag) {
			return usagef("%s is empty, want the name of a file", shown)
		}
		return nil
	}
	if err := files.Probe(path, size); err != nil {
		return outputError{fmt.Errorf("%s %s: %w", shown, path, err)}
	}
	return nil
}

// checkReplaced reports an output that would take the place of one of the inputs.
func checkReplaced(path string, inputs ...string) error {
	return checkReplacedBy("-o", path, inputs...)
}

// checkReplacedBy is checkReplaced of the output of a flag.
func checkReplacedBy(flag, path string, inputs ...string) error {
	out, err := os.Stat(path)
	if err != nil {
		return nil // it is not there yet, and checkOutput has tried it
	}
	for _, in := range inputs {
		if info, err := os.Stat(in); err == nil && os.SameFile(out, info) {
			return usagef("%s %s would replace an input, %s: name another file", flag, path, in)
		}
	}
	return nil
}

// checkApart reports two outputs to one file; each has its flag and its path, "" for none.
func checkApart(outputs ...[2]string) error {
	for i, a := range outputs {
		for _, b := range outputs[:i] {
			if a[1] != "" && b[1] != "" && sameFile(a[1], b[1]) {
				return usagef("%s and %s are one file, %s: name another for one of them", b[0], a[0], a[1])
			}
		}
	}
	return nil
}

// sameFile reports two names of one file, which need not be there yet.
func sameFile(a, b string) bool {
	x, failed := os.Stat(a)
	y, err := os.Stat(b)
	if failed == nil && err == nil {
		return os.SameFile(x, y)
	}
	return placeOf(a) == placeOf(b)
}

// placeOf is a path from the root, without links among its folders.
func placeOf(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	dir, name := filepath.Split(path)
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return filepath.Join(dir, name)
}

// interrupted is what an interruption has ended: context.Canceled.
type interrupted struct{ what string }

func (e interrupted) Error() string { return e.what + " was interrupted" }

// Is reports whether it is context.Canceled.
func (interrupted) Is(target error) bool { return target == context.Canceled }

// write does what writes a file, which an interruption waits for.
func (a *app) write(work func() error) error {
	a.writing.Lock()
	defer a.writing.Unlock()
	if err := work(); err != nil {
		return outputError{err}
	}
	return nil
}

// internal makes an error of a panic, so that no stack trace reaches a user.
func internal(r any) error {
	return fmt.Errorf("internal error: %v; this is a fault of zoo, please report it with the command line", r)
}

// report writes the one line of an error and returns the exit code.
func (a *app) report(err error) int {
	fmt.Fprintln(a.stderr, "zoo: "+oneLine(plainly(err)))
	return exitCode(err)
}

// plainly is what an error says, without what Go tried to do with a file: "none.csv: no such file or directory".
func plainly(err error) string {
	text := err.Error()
	var path *fs.PathError
	if errors.As(err, &path) && slices.Contains([]string{"stat", "lstat", "open", "read"}, path.Op) {
		text = strings.Replace(text, path.Error(), path.Path+": "+path.Err.Error(), 1)
	}
	return text
}

func anyOf(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(k error) bool { return errors.Is(err, k) })
}

func exitCode(err error) int {
	var usage usageError
	var output outputError
	switch {
	case errors.As(err, &output):
		return exitFailed
	case errors.As(err, new(wrongKind)):
		return exitDamaged
	case errors.As(err, &usage), anyOf(err, data.ErrNoColumn, train.ErrSettings):
		return exitUsage
	case errors.Is(err, train.ErrInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case anyOf(err, fs.ErrNotExist, syscall.ENOTDIR, syscall.ENAMETOOLONG, syscall.ELOOP):
		// no file can have such a path
		return exitMissing
	case anyOf(err, data.ErrDamaged, safetensors.ErrFormat, train.ErrDamaged, files.ErrNotRegular):
		return exitDamaged
	}
	return exitFailed
}
