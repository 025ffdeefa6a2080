// This file holds Schedule, Form, and what forms are checked by.

package schedule

import (
	"errors"
	"fmt"
	"math"
	"reflect"
)

// Schedule returns the share of the learning rate for a step, counted from 0, of so many in all. It is a [Form], too,
// so that one of your own goes wherever another does.
type Schedule func(step, steps int) float64

// At calls the schedule; it is NaN where there is none.
func (s Schedule) At(step, steps int) float64 {
	if s == nil {
		return math.NaN()
	}
	return s(step, steps)
}

// Check reports a schedule that is nil.
func (s Schedule) Check() error {
	if s == nil {
		return errors.New("there is no schedule")
	}
	return nil
}

// Form describes a schedule. In the forms of this package a number of 0 that has a usual value stands for that value.
type Form interface {
	// At is the share of the rate for a step of so many in all: a Schedule. It is NaN where Check reports an error,
	// and where a length is a share of all steps and there are none. A step below 0 counts as 0; after the last one a
	// form goes on as it is said to, and one that has come to its end stays there.
	At(step, steps int) float64
	// Check reports fields that make no sense.
	Check() error
}

// New returns the schedule of a form, or what is wrong with its fields and those of the forms that it is made of.
func New(f Form) (Schedule, error) {
	if err := check(f); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	return f.At, nil
}

// check reports a form that is nil, or makes no sense, with its name.
func check(f Form) error {
	v := reflect.ValueOf(f)
	if f == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return errors.New("there is no form")
	}
	if err := f.Check(); err != nil {
		return fmt.Errorf("%s: %w", reflect.Indirect(v).Type().Name(), err)
	}
	return nil
}

// at is the share of a form for a step, whose rule is given the numbers as floats.
func at(f Form, step, steps int, rule func(t, n float64) float64) float64 {
	if check(f) != nil {
		return math.NaN()
	}
	n := math.NaN()
	if steps > 0 {
		n = float64(steps)
	}
	return rule(float64(max(step, 0)), n)
}

// span is a length in steps, of n in all: at least 1, and usual where it is 0. It is NaN where n is needed and is NaN.
func span(length, usual, n float64) float64 {
	switch length = orUsual(length, usual); {
	case length >= 1:
		return length
	case length == all:
		return math.Max(1, n)
	}
	return math.Max(1, math.Round(length*n))
}

// all is the usual length of what lasts to the end.
const all = 0

func orUsual(v, usual float64) float64 {
	if v == 0 {
		return usual
	}
	return v
}

// A rule is what a number of a form is to be.
type rule struct {
	name string
	v    float64
	ok   bool
	want string
}

// checkAll reports the first number that is not what it is to be.
func checkAll(rules ...rule) error {
	for _, r := range rules {
		if !r.ok {
			return fmt.Errorf("%s is %v, want %s", r.name, r.v, r.want)
		}
	}
	return nil
}

// length is a number of steps, or a share of all.
func length(name string, v float64) rule {
	return rule{name, v, v >= 0 && v <= most && (v < 1 || v == math.Floor(v)),
		"a whole number of steps, or a share of all steps below 1"}
}

// most is the largest number of steps that a float64 tells from the one beside it.
const most = 1 << 53

// finite is a number that is not negative.
func finite(name string, v float64) rule {
	return rule{name, v, v >= 0 && v <= math.MaxFloat64, "a finite number that is not negative"}
}

// divisor is a number that makes less, or 0 for a usual one.
func divisor(name string, v float64) rule {
	return rule{name, v, v == 0 || v >= 1 && v <= math.MaxFloat64, "a finite number from 1 on, or 0 for the usual one"}
}

// share is a number in [0, 1].
func share(name string, v float64) rule { return rule{name, v, v >= 0 && v <= 1, "a number in [0, 1]"} }
