// This file holds the errors of what is read and is not what it should be.

package read

import (
	"errors"
	"fmt"
)

// ErrDamaged is the kind of every error that says that an input was read and is not what it should be.
var ErrDamaged = errors.New("data is damaged")

// Damaged is the error "file: offset 16: what is wrong", of kind [ErrDamaged].
func Damaged(file string, offset int64, format string, args ...any) error {
	return Damage(fmt.Sprintf("%s: offset %d: ", file, offset) + fmt.Sprintf(format, args...))
}

// Damage is an error of kind [ErrDamaged], in words.
type Damage string

func (d Damage) Error() string { return string(d) }

// Is reports whether it is ErrDamaged.
func (d Damage) Is(target error) bool { return target == ErrDamaged }
