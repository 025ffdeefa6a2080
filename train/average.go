// This file holds Average, the moving average of parameters that learn.

package train

import (
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// Average is the exponential moving average of parameters while they learn:
//
//	mean ← d·mean + (1-d)·value        d = min(Decay, n/(n+10)), n the times before
//
// so that the first time mean is value, and what was long ago counts little while there are few. Running statistics
// are averaged as well, and integers are those of the last time. A generator goes to and fro in its game, and makes
// better pictures by its average: Yazıcı et al., "The unusual effectiveness of averaging in GAN training", ICLR 2019.
//
// A [Player] adds to its Average after each of its turns. By hand it is a line after each step, and one before the
// parameters are used or saved:
//
//	average := &train.Average{Of: model.Params(), Decay: .999}
//	for batch := range … {
//		loss, err := trainer.Step(batch...)
//		…
//		err = average.Add()
//	}
//	err = average.Swap() // the model has the averages
//	err = model.Params().Save("model.safetensors")
//
// Equal makes it the plain mean of all times, mean ← mean + (value - mean)/(n+1): stochastic weight averaging, of the
// ends of the last epochs, say. See Izmailov et al., "Averaging weights leads to wider optima and better
// generalization", UAI 2018.
type Average struct {
	Of    *nn.Params
	Decay float64 // in [0, 1): 0.999 for the mean of some thousand times
	Equal bool    // all times count the same; Decay is 0

	params  []*graph.Param // at the first Add
	values  []graph.Tensor // their memory
	means   []graph.Tensor
	n       int
	swapped bool
}

// Add adds the values that the parameters have now. It allocates nothing but the first time.
func (a *Average) Add() error {
	switch err := a.check(); {
	case err != nil:
		return fmt.Errorf("average: %w", err)
	case a.swapped:
		return errors.New("average: the parameters have the averages: Swap again before they learn more")
	}
	if a.n == 0 {
		a.begin()
	}
	d := min(a.Decay, float64(a.n)/float64(a.n+10))
	if a.Equal {
		d = float64(a.n) / float64(a.n+1)
	}
	for i, v := range a.values {
		copy(a.means[i].I64, v.I64)
		approach(a.means[i].F32, v.F32, float32(1-d))
		approach(a.means[i].F64, v.F64, 1-d)
	}
	a.n++
	return nil
}

// approach moves a mean by a share of its way to v; a share of 1 makes it v.
func approach[T float32 | float64](mean, v []T, share T) {
	if share == 1 {
		copy(mean, v)
		return
	}
	for i, x := range v {
		mean[i] += share * (x - mean[i])
	}
}

func (a *Average) begin() {
	a.params, a.values, a.means = nil, nil, nil
	for p := range a.Of.All() {
		a.params = append(a.params, p)
		a.values, a.means = append(a.values, p.Tensor()), append(a.means, graph.NewTensor(p.Type()))
	}
}

// Swap exchanges the values of the parameters for the averages, to evaluate, use or save them; a second Swap gives the
// values back, to learn more. Before the first Add it does nothing. No program may run meanwhile.
func (a *Average) Swap() error {
	if err := a.check(); err != nil {
		return fmt.Errorf("average: %w", err)
	}
	if a.n == 0 {
		return nil
	}
	i := 0
	for p := range a.Of.All() {
		v, mean := p.Tensor(), a.means[i] // programs learn that the memory was asked for
		exchange(v.F32, mean.F32)
		exchange(v.F64, mean.F64)
		exchange(v.I64, mean.I64)
		i++
	}
	a.swapped = !a.swapped
	return nil
}

func exchange[T any](a, b []T) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}

// check reports an Average that lacks something.
func (a *Average) check() error {
	switch {
	case a == nil:
		return errors.New("the Average is nil")
	case a.Of == nil:
		return errors.New("there is no Of, the parameters to average")
	case !(a.Decay >= 0 && a.Decay < 1):
		return fmt.Errorf("the Decay is %v, want a number in [0, 1)", a.Decay)
	case a.Equal && a.Decay != 0:
		return fmt.Errorf("the Decay is %v, but all times count the same, since Equal is set", a.Decay)
	case a.n > 0:
		return a.same()
	}
	return nil
}

// same reports parameters that are others than at the first Add.
func (a *Average) same() error {
	i := 0
	for p := range a.Of.All() {
		switch {
		case i == len(a.means):
			return fmt.Errorf("there were %d parameters at the first Add, and %s is one more", i, p.Name())
		case !p.Type().Equal(a.means[i].Type):
			return fmt.Errorf("%s is %v, and parameter %d was %v at the first Add", p.Name(), p.Type(), i+1,
				a.means[i].Type)
		case p != a.params[i]:
			return fmt.Errorf("%s is a parameter of another model than at the first Add", p.Name())
		}
		i++
	}
	if i < len(a.means) {
		return fmt.Errorf("there are %d parameters, and there were %d at the first Add", i, len(a.means))
	}
	return nil
}
