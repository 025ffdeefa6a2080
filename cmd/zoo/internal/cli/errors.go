// This file holds the exit codes and what maps errors to them.

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/internal/files"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train"
)

const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitDamaged     = 65
	ExitMissing     = 66
	ExitInterrupted = 130
)

// usageError is a mistake in the command line.
type usageError struct{ error }

// UsageError is an error that is such a mistake.
func UsageError(err error) error { return usageError{err} }

// Usagef is a usage error. Its arguments may come from the command line, and be long.
func Usagef(format string, args ...any) error {
	for i, v := range args {
		switch v := v.(type) {
		case string:
			args[i] = Cut(v, LineBound/2)
		case []string:
			short := make([]string, len(v))
			for j, s := range v {
				short[j] = Cut(s, NameBound)
			}
			args[i] = short
		}
	}
	return usageError{fmt.Errorf(format, args...)}
}

// outputError is a file that cannot be written: a failure, even if a folder is missing.
type outputError struct{ error }

// OutputError is an error of such a file.
func OutputError(err error) error { return outputError{err} }

// fileError is the error of a file that is read because a flag names it. It begins with the flag and the file, not
// with what was tried: "--weights w.safetensors: no such file or directory".
type fileError struct {
	flag string // with what stands between it and the name
	error
}

// ReadBy is the error of a file that a flag names, or of what is in it; nil of none.
func ReadBy(flag string, err error) error {
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

// interrupted is what an interruption has ended: context.Canceled.
type interrupted struct{ what string }

// Interrupted is the error of what an interruption has ended.
func Interrupted(what string) error { return interrupted{what} }

func (e interrupted) Error() string { return e.what + " was interrupted" }

// Is reports whether it is context.Canceled.
func (interrupted) Is(target error) bool { return target == context.Canceled }

// Write does what writes a file, which an interruption waits for.
func (a *App) Write(work func() error) error {
	a.writing.Lock()
	defer a.writing.Unlock()
	if err := work(); err != nil {
		return outputError{err}
	}
	return nil
}

// Internal makes an error of a panic, so that no stack trace reaches a user.
func Internal(r any) error {
	return fmt.Errorf("internal error: %v; this is a fault of zoo, please report it with the command line", r)
}

// Report writes the one line of an error and returns the exit code.
func (a *App) Report(err error) int {
	fmt.Fprintln(a.Stderr, "zoo: "+OneLine(plainly(err)))
	return ExitCode(err)
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

// ExitCode is the code of the process for an error, by its kind.
func ExitCode(err error) int {
	var usage usageError
	var output outputError
	switch {
	case errors.As(err, &output):
		return ExitFailed
	case errors.As(err, new(wrongKind)):
		return ExitDamaged
	case errors.As(err, &usage), anyOf(err, table.ErrNoColumn, train.ErrSettings):
		return ExitUsage
	case errors.Is(err, train.ErrInterrupted), errors.Is(err, context.Canceled):
		return ExitInterrupted
	case anyOf(err, fs.ErrNotExist, syscall.ENOTDIR, syscall.ENAMETOOLONG, syscall.ELOOP):
		// no file can have such a path
		return ExitMissing
	case anyOf(err, data.ErrDamaged, safetensors.ErrFormat, train.ErrDamaged, files.ErrNotRegular):
		return ExitDamaged
	}
	return ExitFailed
}
