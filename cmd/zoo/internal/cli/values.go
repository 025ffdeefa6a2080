// This file holds the values of flags, which are read as a person writes numbers: 0x10 and 1_000 are slips, and 010
// is ten.

package cli

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/pflag"
	"github.com/stheno-ml/stheno/internal/settings"
)

// whole is a whole number.
type whole struct{ at *int }

// Whole is the value of a flag that is a whole number.
func Whole(at *int) pflag.Value { return whole{at} }

func (v whole) String() string {
	if v.at == nil {
		return "0"
	}
	return strconv.Itoa(*v.at)
}

func (v whole) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil {
		return numberError(err, "a whole number, such as 16")
	}
	*v.at = n
	return nil
}

func (whole) Type() string { return "int" }

// seed is a whole number from 0 to 2⁶⁴-1.
type seed struct{ at *uint64 }

// Seed is the value of a flag that is a whole number from 0 to 2⁶⁴-1.
func Seed(at *uint64) pflag.Value { return seed{at} }

func (v seed) String() string {
	if v.at == nil {
		return "0"
	}
	return strconv.FormatUint(*v.at, 10)
}

func (v seed) Set(s string) error {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return numberError(err, "a whole number from 0 up, such as 16")
	}
	*v.at = n
	return nil
}

func (seed) Type() string { return "uint" }

// decimal is a number.
type decimal struct{ at *float64 }

// Decimal is the value of a flag that is a decimal number.
func Decimal(at *float64) pflag.Value { return decimal{at} }

func (v decimal) String() string {
	if v.at == nil {
		return "0"
	}
	return strconv.FormatFloat(*v.at, 'g', -1, 64)
}

func (v decimal) Set(s string) error {
	n, err := settings.Number(s)
	if err != nil {
		return numberError(err, "a decimal number, such as 0.01 or 1e-2")
	}
	*v.at = n
	return nil
}

func (decimal) Type() string { return "float" }

func numberError(err error, want string) error {
	if errors.Is(err, strconv.ErrRange) {
		return errors.New("it is too large")
	}
	return fmt.Errorf("want %s", want)
}
