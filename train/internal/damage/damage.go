package damage

import (
	"errors"
	"fmt"
)

// Err is the kind: errors.Is(err, damage.Err).
var Err = errors.New("damaged")

// damaged is an error of kind Err.
type damaged struct{ error }

// Is reports whether it is Err.
func (damaged) Is(target error) bool { return target == Err }

func (d damaged) Unwrap() error { return d.error }

// Of makes an error one of kind Err, with its text.
func Of(err error) error { return damaged{err} }

// Errorf is fmt.Errorf of an error of kind Err.
func Errorf(format string, args ...any) error { return damaged{fmt.Errorf(format, args...)} }
