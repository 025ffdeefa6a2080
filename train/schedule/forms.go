// This file holds the forms that fall or stay constant, and the forms that combine others.

package schedule

import (
	"errors"
	"fmt"
	"math"
)

// Fixed is always 1:
//
//	1
type Fixed struct{}

// At is the share at a step.
func (f Fixed) At(_, _ int) float64 { return 1 }

// Check returns nil: there are no fields.
func (f Fixed) Check() error { return nil }

// Step falls by a factor after each stretch of steps, as PyTorch's StepLR does with epochs:
//
//	γ^⌊t/e⌋        γ Gamma, e Every
type Step struct {
	Every float64 // a length; 0 for a quarter of all steps
	Gamma float64 // 0 for 0.1
}

// At is the share at a step.
func (f Step) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		return math.Pow(orUsual(f.Gamma, .1), math.Floor(t/span(f.Every, .25, n)))
	})
}

// Check reports fields that make no sense.
func (f Step) Check() error { return checkAll(length("Every", f.Every), finite("Gamma", f.Gamma)) }

// MultiStep falls by a factor at given steps, as PyTorch's MultiStepLR does at epochs:
//
//	γ^(the number of a in When with a ≤ t)        γ Gamma
type MultiStep struct {
	When  []float64 // lengths from the beginning, each greater than the one before; none for 0.5 and 0.75
	Gamma float64   // 0 for 0.1
}

// At is the share at a step.
func (f MultiStep) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		when, passed := f.When, 0.
		if len(when) == 0 {
			when = []float64{.5, .75}
		}
		for _, w := range when {
			w = span(w, 0, n)
			switch {
			case math.IsNaN(w):
				return w
			case w <= t:
				passed++
			}
		}
		return math.Pow(orUsual(f.Gamma, .1), passed)
	})
}

// Check reports fields that make no sense.
func (f MultiStep) Check() error {
	if err := increasing("When", f.When); err != nil {
		return err
	}
	return checkAll(finite("Gamma", f.Gamma))
}

// increasing reports a time that is not a length, is 0, or is not after the one before. A share and a number of steps
// cannot be compared before the number of all steps is known.
func increasing(name string, times []float64) error {
	for i, v := range times {
		if err := checkAll(length(fmt.Sprintf("%s[%d]", name, i), v)); err != nil {
			return err
		}
		switch {
		case v == 0:
			return fmt.Errorf("%s[%d] is 0, want it after the beginning", name, i)
		case i > 0 && v <= times[i-1] && (v < 1) == (times[i-1] < 1):
			return fmt.Errorf("%s[%d] is %v, want it above %v, the one before", name, i, v, times[i-1])
		}
	}
	return nil
}

// Exponential falls by the same factor in each step:
//
//	γ^(t/e)        γ Gamma, e Every
//
// With Every 1 it is PyTorch's ExponentialLR, and with another Every Keras's ExponentialDecay, whose staircase is
// [Step]. The zero value falls to a hundredth at the end.
type Exponential struct {
	Gamma float64 // 0 for 0.01
	Every float64 // the length in which the share falls to Gamma; 0 for all steps
}

// At is the share at a step.
func (f Exponential) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		return math.Pow(orUsual(f.Gamma, .01), t/span(f.Every, all, n))
	})
}

// Check reports fields that make no sense.
func (f Exponential) Check() error {
	return checkAll(length("Every", f.Every), finite("Gamma", f.Gamma))
}

// Polynomial falls to Min along a power of the share of steps that are left, and stays there:
//
//	m + (1-m)·(1-t/o)^p        m Min, o Over, p Power
//
// With Min 0 it is PyTorch's PolynomialLR. The zero value is a straight line to 0.
type Polynomial struct {
	Power float64 // 0 for 1
	Over  float64 // a length; 0 for all steps
	Min   float64
}

// At is the share at a step.
func (f Polynomial) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		left := math.Max(0, 1-t/span(f.Over, all, n))
		return f.Min + (1-f.Min)*math.Pow(left, orUsual(f.Power, 1))
	})
}

// Check reports fields that make no sense.
func (f Polynomial) Check() error {
	return checkAll(finite("Power", f.Power), length("Over", f.Over), share("Min", f.Min))
}

// Linear goes in a straight line from one share to another, and stays there, as PyTorch's LinearLR does:
//
//	from + (to-from)·t/o        o Over
//
// As the first part of a [Sequence] it is a warm-up. To is never 0, which stands for 1: [Polynomial] goes down to 0.
type Linear struct {
	From float64 // 0 for 1/3
	To   float64 // 0 for 1
	Over float64 // a length; 0 for all steps
}

// At is the share at a step.
func (f Linear) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		from, to := orUsual(f.From, 1./3), orUsual(f.To, 1)
		return from + (to-from)*math.Min(1, t/span(f.Over, all, n))
	})
}

// Check reports fields that make no sense.
func (f Linear) Check() error {
	return checkAll(finite("From", f.From), finite("To", f.To), length("Over", f.Over))
}

// Cosine falls along half a wave to Min, and stays there:
//
//	m + (1-m)·½(1 + cos(π·t/o))        m Min, o Over
//
// See Loshchilov and Hutter 2017; [Restarts] has their restarts. PyTorch's CosineAnnealingLR rises again after Over.
type Cosine struct {
	Min  float64
	Over float64 // a length; 0 for all steps
}

// At is the share at a step.
func (f Cosine) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		over := span(f.Over, all, n)
		return f.Min + (1-f.Min)*halfWave(math.Min(t, over), over)
	})
}

// Check reports fields that make no sense.
func (f Cosine) Check() error { return checkAll(share("Min", f.Min), length("Over", f.Over)) }

// halfWave falls from 1 to 0 as x goes from 0 to length.
func halfWave(x, length float64) float64 { return (1 + math.Cos(math.Pi*x/length)) / 2 }

// InverseRoot rises in a straight line and then falls with the root of the step:
//
//	min((t+1)/w, √(w/(t+1)))        w Warm
//
// It is the schedule of Vaswani et al., "Attention is all you need", NIPS 2017, section 5.3, where the largest rate is
// 1/√(d_model·w).
type InverseRoot struct {
	Warm float64 // a length; 0 for a tenth of all steps
}

// At is the share at a step.
func (f InverseRoot) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		w := span(f.Warm, .1, n)
		return math.Min((t+1)/w, math.Sqrt(w/(t+1)))
	})
}

// Check reports fields that make no sense.
func (f InverseRoot) Check() error { return checkAll(length("Warm", f.Warm)) }

// Warmup rises in a straight line to the first share of another form, which gets the steps after the warm-up:
//
//	t < w: (t+1)/(w+1)·then(0, n-w)        t ≥ w: then(t-w, n-w)        w Over
//
// Large first steps, while the moments are means of few gradients, can spoil a transformer for good: see Vaswani et
// al., "Attention is all you need", NIPS 2017, section 5.3. The fraction is that of nanoGPT. For PyTorch's LinearLR
// before another form use a [Sequence].
type Warmup struct {
	Over float64 // a length; 0 for a tenth of all steps
	Then Form    // nil for Fixed
}

// At is the share at a step.
func (f Warmup) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		w := orUsual(f.Over, .1)
		if w < 1 {
			w = math.Round(w * n)
		}
		if steps > 0 {
			w = math.Min(w, n-1)
		}
		switch {
		case math.IsNaN(w):
			return w
		case t < w:
			return (t + 1) / (w + 1) * f.then().At(0, behind(w, steps))
		}
		return f.then().At(int(t-w), behind(w, steps))
	})
}

// behind is how many of all steps come from the given step on, at least 1. It is 0 if the number of all steps is not
// known.
func behind(step float64, steps int) int {
	if steps < 1 {
		return 0
	}
	return max(1, steps-int(step))
}

func (f Warmup) then() Form {
	if f.Then == nil {
		return Fixed{}
	}
	return f.Then
}

// Check reports fields that make no sense.
func (f Warmup) Check() error {
	if err := checkAll(length("Over", f.Over)); err != nil {
		return err
	}
	return check(f.then())
}

// Sequence is one form after the other, as PyTorch's SequentialLR. Each form counts its steps from 0, and has the
// steps until the next form begins.
type Sequence struct {
	Of   []Form
	When []float64 // lengths from the beginning, at which the second and further forms begin
}

// At is the share at a step. It is NaN if a form begins before the form that it follows, as a share and a number of
// steps may have it.
func (f Sequence) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		begins := []float64{0}
		for i, when := range f.When {
			when = span(when, 0, n)
			if !(when >= begins[i]) {
				return math.NaN()
			}
			begins = append(begins, when)
		}
		i := len(f.When)
		for t < begins[i] {
			i--
		}
		if i == len(f.When) {
			return f.Of[i].At(int(t-begins[i]), behind(begins[i], steps))
		}
		return f.Of[i].At(int(t-begins[i]), int(begins[i+1]-begins[i]))
	})
}

// Check reports fields that make no sense.
func (f Sequence) Check() error {
	switch {
	case len(f.Of) == 0:
		return errors.New("there are no forms in Of")
	case len(f.When) != len(f.Of)-1:
		return fmt.Errorf("%d times are in When for %d forms, want %d: the first begins at once", len(f.When),
			len(f.Of), len(f.Of)-1)
	}
	for i, of := range f.Of {
		if err := check(of); err != nil {
			return fmt.Errorf("form %d: %w", i, err)
		}
	}
	return increasing("When", f.When)
}

// Product is the product of the shares of several forms, as PyTorch's ChainedScheduler. Each form has all steps.
type Product []Form

// At is the share at a step.
func (f Product) At(step, steps int) float64 {
	if check(f) != nil {
		return math.NaN()
	}
	v := 1.
	for _, of := range f {
		v *= of.At(step, steps)
	}
	return v
}

// Check reports forms that make no sense.
func (f Product) Check() error {
	if len(f) == 0 {
		return errors.New("there are no forms")
	}
	for i, of := range f {
		if err := check(of); err != nil {
			return fmt.Errorf("form %d: %w", i, err)
		}
	}
	return nil
}
