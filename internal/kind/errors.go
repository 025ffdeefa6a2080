// This file holds the errors of inputs, data and wishes that a model cannot do anything with.

package kind

import (
	"errors"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/data"
)

// InputError is the error of an input that the model cannot read: a slip if it stands on the command line, and
// data.ErrDamaged if it comes from a file.
type InputError struct{ Err error }

func (e InputError) Error() string { return e.Err.Error() }

// Is reports whether it is data.ErrDamaged.
func (InputError) Is(target error) bool { return target == data.ErrDamaged }

// PromptError is the error of a prompt that the model cannot read.
type PromptError struct{ Err error }

func (e PromptError) Error() string { return e.Err.Error() }

// ClassError is the error of a class that is asked for and that the model does not know.
type ClassError struct{ Err error }

func (e ClassError) Error() string { return e.Err.Error() }

// Damaged is an input that was read and is not what it should be: data.ErrDamaged.
type Damaged struct{ Err error }

func (e Damaged) Error() string { return e.Err.Error() }

func (Damaged) Is(target error) bool { return target == data.ErrDamaged }

// MisfitError is the error of data that a model was not made for, whatever else they are good for: data.ErrDamaged.
type MisfitError struct{ Err error }

func (e MisfitError) Error() string { return e.Err.Error() }

// Is reports whether it is data.ErrDamaged.
func (MisfitError) Is(target error) bool { return target == data.ErrDamaged }

// Misfit is a [MisfitError] in words.
func Misfit(format string, args ...any) error { return MisfitError{fmt.Errorf(format, args...)} }

// SourceError is the error of data, and of nothing that was made of them.
type SourceError struct{ Err error }

func (e SourceError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e SourceError) Unwrap() error { return e.Err }

// TargetError is the error of a target that has no classes.
type TargetError struct{ Err error }

func (e TargetError) Error() string { return e.Err.Error() }

// LayerError is the error of a layer that the model does not have, or that has no planes to look at.
type LayerError struct{ Err error }

func (e LayerError) Error() string { return e.Err.Error() }

// ErrNotFinite is the error of what weights make that are finite, but too large for what they are multiplied with.
var ErrNotFinite = errors.New("what the model makes is not finite: its weights are too large")

// AllFinite reports whether all numbers are finite.
func AllFinite(v []float32) bool {
	return !slices.ContainsFunc(v, func(x float32) bool { return x-x != 0 })
}
