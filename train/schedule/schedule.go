// This file holds Schedule, Form, and the checks of fields.

package schedule

import (
	"errors"
	"fmt"
	"math"
	"reflect"
)

// Schedule returns the share of the learning rate for a step, counted from 0, where steps is the number of all steps.
// It is also a [Form], so that a function of your own can stand in the place of any form.
type Schedule func(step, steps int) float64

// At calls the schedule; it is NaN if s is nil.
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

// Form describes a schedule. In the forms of this package a field that is 0 stands for its usual value, if it has one.
type Form interface {
	// At is the share of the rate for a step, where steps is the number of all steps: it is a Schedule. It is NaN if
	// Check reports an error, or if a length is a share of all steps and steps is below 1. A step below 0 counts as 0.
	// After the last step a form goes on by its formula; a form that has reached its end stays there.
	At(step, steps int) float64
	// Check reports fields that make no sense.
	Check() error
}

// New returns the schedule of a form. The error is a mistake in its fields, or in those of its parts.
func New(f Form) (Schedule, error) {
	if err := check(f); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	return f.At, nil
}

// check reports a form that is nil or makes no sense; the error begins with the name of the form.
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

// at is the share of a form for a step. It calls the rule with step and steps as floats; n is NaN if steps is below 1.
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

// span is a length in steps, at least 1, where n is the number of all steps. A length of 0 stands for usual. span is
// NaN if n is needed and is NaN.
func span(length, usual, n float64) float64 {
	switch length = orUsual(length, usual); {
	case length >= 1:
		return length
	case length == all:
		return math.Max(1, n)
	}
	return math.Max(1, math.Round(length*n))
}

// all, as a usual length, stands for all steps.
const all = 0

func orUsual(v, usual float64) float64 {
	if v == 0 {
		return usual
	}
	return v
}

// A rule is the condition on a number of a form.
type rule struct {
	name string
	v    float64
	ok   bool
	want string
}

// checkAll reports the first number that breaks its rule.
func checkAll(rules ...rule) error {
	for _, r := range rules {
		if !r.ok {
			return fmt.Errorf("%s is %v, want %s", r.name, r.v, r.want)
		}
	}
	return nil
}

// length is the rule for a number of steps, or a share of all steps.
func length(name string, v float64) rule {
	return rule{name, v, v >= 0 && v <= most && (v < 1 || v == math.Floor(v)),
		"a whole number of steps, or a share of all steps below 1"}
}

// most is the largest number up to which a float64 holds every integer.
const most = 1 << 53

// finite is the rule for a finite number that is not negative.
func finite(name string, v float64) rule {
	return rule{name, v, v >= 0 && v <= math.MaxFloat64, "a finite number that is not negative"}
}

// divisor is the rule for a finite number from 1 on, or 0 for the usual one.
func divisor(name string, v float64) rule {
	return rule{name, v, v == 0 || v >= 1 && v <= math.MaxFloat64, "a finite number from 1 on, or 0 for the usual one"}
}

// share is the rule for a number in [0, 1].
func share(name string, v float64) rule { return rule{name, v, v >= 0 && v <= 1, "a number in [0, 1]"} }
