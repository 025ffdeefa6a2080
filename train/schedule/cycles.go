// This file holds the forms that rise and fall.

package schedule

import (
	"fmt"
	"math"
)

// Restarts begins [Cosine] again and again; each cycle is Mult times as long as the one before:
//
//	m + (1-m)·½(1 + cos(π·s/T))        m Min, s the step of the cycle; T = First, then T ← T·Mult after each cycle
//
// See Loshchilov and Hutter, "SGDR", 2017. PyTorch's CosineAnnealingWarmRestarts calls the lengths T_0 and T_mult.
type Restarts struct {
	First float64 // the length of the first cycle; 0 for a quarter of all steps
	Mult  float64 // a whole number; 0 for 1
	Min   float64
}

// At is the share at a step.
func (f Restarts) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		length, mult := span(f.First, .25, n), orUsual(f.Mult, 1)
		if mult == 1 {
			t = math.Mod(t, length)
		}
		for t >= length {
			t, length = t-length, length*mult
		}
		return f.Min + (1-f.Min)*halfWave(t, length)
	})
}

// Check reports fields that make no sense.
func (f Restarts) Check() error {
	return checkAll(length("First", f.First), share("Min", f.Min),
		rule{"Mult", f.Mult, f.Mult >= 0 && f.Mult <= most && f.Mult == math.Floor(f.Mult),
			"a whole number from 1 on"})
}

// Mode says how the peaks of [Cyclic] change.
type Mode uint8

const (
	Triangular  Mode = iota // all peaks are equal
	Triangular2             // each peak is half as high as the one before
	ExpRange                // the height is Gamma to the power of the step
)

var modes = []string{"triangular", "triangular2", "exprange"}

// String is the name of the mode, in lower case.
func (m Mode) String() string {
	if int(m) < len(modes) {
		return modes[m]
	}
	return fmt.Sprintf("mode(%d)", uint8(m))
}

// Cyclic rises and falls in straight lines, from Low to 1 and back:
//
//	low + (1-low)·h·x        x from 0 to 1 in Up and back in Down; h = 1, ½^(cycles before) or γ^t by the Mode
//
// See Smith, "Cyclical learning rates for training neural networks", 2017. PyTorch's CyclicLR has base_lr for Low and
// max_lr for 1.
type Cyclic struct {
	Low   float64 // 0 for 0.1
	Up    float64 // a length; 0 for an eighth of all steps
	Down  float64 // a length; 0 for Up
	Mode  Mode
	Gamma float64 // γ of ExpRange; 0 for 1
}

// At is the share at a step.
func (f Cyclic) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		up := span(f.Up, .125, n)
		down := up
		if f.Down != 0 {
			down = span(f.Down, 0, n)
		}
		cycles := math.Floor(t / (up + down))
		x := t - cycles*(up+down)
		if x <= up {
			x /= up
		} else {
			x = (up + down - x) / down
		}
		low := orUsual(f.Low, .1)
		return low + (1-low)*x*f.height(cycles, t)
	})
}

// height is the height of the peaks after the given numbers of cycles and steps.
func (f Cyclic) height(cycles, t float64) float64 {
	switch f.Mode {
	case Triangular2:
		return math.Pow(.5, cycles)
	case ExpRange:
		return math.Pow(orUsual(f.Gamma, 1), t)
	}
	return 1
}

// Check reports fields that make no sense.
func (f Cyclic) Check() error {
	if int(f.Mode) >= len(modes) {
		return fmt.Errorf("Mode is %d, want Triangular, Triangular2 or ExpRange", f.Mode)
	}
	return checkAll(share("Low", f.Low), length("Up", f.Up), length("Down", f.Down), share("Gamma", f.Gamma))
}

// OneCycle rises once and falls once, far below where it began, along half waves or straight lines:
//
//	Max/Div → Max                  in a share Pct of the steps
//	Max     → Max/(Div·FinalDiv)   in the others; with ThreePhase first → Max/Div, in as many steps as it rose
//
// See Smith and Topin, "Super-convergence", 2018. Fields and default values are those of PyTorch's OneCycleLR, except
// that Max is a share of the rate. The last step is n-1, as there, and the share stays the same after it.
type OneCycle struct {
	Max        float64 // 0 for 1
	Pct        float64 // 0 for 0.3
	Div        float64 // 0 for 25
	FinalDiv   float64 // 0 for 1e4
	Linear     bool    // straight lines in place of half waves
	ThreePhase bool
}

// At is the share at a step.
func (f OneCycle) At(step, steps int) float64 {
	return at(f, step, steps, func(t, n float64) float64 {
		if math.IsNaN(n) {
			return n
		}
		top, pct := orUsual(f.Max, 1), orUsual(f.Pct, .3)
		low := top / orUsual(f.Div, 25)
		end := low / orUsual(f.FinalDiv, 1e4)
		ends, shares := []float64{pct*n - 1, n - 1}, []float64{low, top, end}
		if f.ThreePhase {
			ends, shares = []float64{pct*n - 1, 2*pct*n - 2, n - 1}, []float64{low, top, low, end}
		}
		from := 0.
		for i, e := range ends {
			if t <= e && e > from {
				return f.between(shares[i], shares[i+1], (t-from)/(e-from))
			}
			from = e
		}
		return end
	})
}

// between goes from a to b as x goes from 0 to 1.
func (f OneCycle) between(a, b, x float64) float64 {
	if f.Linear {
		return a + (b-a)*x
	}
	return b + (a-b)*halfWave(x, 1)
}

// Check reports fields that make no sense.
func (f OneCycle) Check() error {
	most, want := 1., "a number in (0, 1), or 0 for 0.3"
	if f.ThreePhase {
		most, want = .5, "a number in (0, 0.5] for three phases, or 0 for 0.3"
	}
	return checkAll(finite("Max", f.Max), divisor("Div", f.Div), divisor("FinalDiv", f.FinalDiv),
		rule{"Pct", f.Pct, f.Pct >= 0 && f.Pct <= most && f.Pct < 1, want})
}
