// This file holds looks: what was seen inside a model after some steps.

package history

import (
	"math"
)

// Look is what was seen after some steps.
type Look struct {
	Epoch   int     // from 1; 0 in a loop by hand
	Step    int     // of all, from 1; 0 before the first
	Seconds float64 // of training, in a Fit
	Layers  []SeenLayer
	Params  []SeenParam
}

// SeenLayer is what a layer makes of the batch: the last op in its place in the graph, or a ReLU.
type SeenLayer struct {
	Path  string // of the layer: conv1
	Layer string // the op: ReLU
	Name  string // both, and a number where others are named alike
	Value Numbers
	// Units are those of a ReLU, else 0: channels of a convolution, or places of the last axis. Dead are those that
	// are 0 for all rows of the batch: no gradient passes them.
	Units, Dead int
}

// SeenParam is a parameter with its gradient, before it is clipped, and its step.
type SeenParam struct {
	Path     string // of the layer: conv1 of conv1.weight
	Name     string
	Value    Numbers
	Gradient Numbers // of a parameter that is frozen it has N 0
	Update   float64 // the norm of the step, new value less old, as the optimiser has it
}

// Ratio is |step|/|value|, of norms: how far a step goes. About 1e-3 is usual; much more is a rate that is too large,
// much less one that is too small (Karpathy, CS231n, "Babysitting the learning process"). It is NaN where the value
// is 0.
func (p *SeenParam) Ratio() float64 {
	if p.Value.Norm == 0 {
		return math.NaN()
	}
	return p.Update / p.Value.Norm
}

// Numbers is what many numbers are like. All but NotFinite is of those that are finite.
type Numbers struct {
	Mean, Deviation float64
	Zero            float64 // the share of them that is 0
	N, NotFinite    int     // how many there are, and how many of them are NaN or infinite
	Norm            float64 // the root of the sum of squares
	Min, Max        float64
	Counts          []int // how many lie in each of equal parts from Min to Max; one part if these are equal
}

// watchPrefix is what stands before the columns of a Watch.
const watchPrefix = "watch/"

// Figures are the numbers of a look by the names that columns of [Rows] have, such as "fc1.weight/update_ratio":
// of a layer mean, deviation and, of a ReLU, dead, the share of its units; of a parameter mean, deviation,
// gradient_mean, gradient_deviation, gradient_norm and update_ratio, as far as there are such.
func (l *Look) Figures() map[string]float64 {
	all := map[string]float64{}
	for i := range l.Layers {
		s := &l.Layers[i]
		all[s.Name+"/mean"], all[s.Name+"/deviation"] = s.Value.Mean, s.Value.Deviation
		if s.Units > 0 {
			all[s.Name+"/dead"] = float64(s.Dead) / float64(s.Units)
		}
	}
	for i := range l.Params {
		s := &l.Params[i]
		all[s.Name+"/mean"], all[s.Name+"/deviation"] = s.Value.Mean, s.Value.Deviation
		if s.Gradient.N == 0 {
			continue
		}
		all[s.Name+"/gradient_mean"], all[s.Name+"/gradient_deviation"] = s.Gradient.Mean, s.Gradient.Deviation
		all[s.Name+"/gradient_norm"] = s.Gradient.Norm
		if r := s.Ratio(); !math.IsNaN(r) {
			all[s.Name+"/update_ratio"] = r
		}
	}
	return all
}
