// This file holds EarlyStop, and what hooks share that look at a figure of the test.

package train

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
)

// Hooks is a hook that calls others in their order, up to one that sets an error. Each sees what those before it have
// changed.
func Hooks(all ...func(Progress, *Control)) func(Progress, *Control) {
	return func(now Progress, c *Control) {
		for _, h := range all {
			if h != nil && c.Err == nil {
				h(now, c)
			}
		}
	}
}

// EarlyStop ends a training that gets no better: when the figure of the test has not been better than the best by more
// than MinDelta for Patience evaluations in a row. See Prechelt, "Early stopping – but when?", 1998. In a [Fit] it is
// a hook:
//
//	stop := &train.EarlyStop{Of: model.Params(), Patience: 3}
//	fit.Hook = stop.Hook
//	result, err := fit.Run(ctx)
//	…
//	err = stop.Restore() // the parameters are those of the best evaluation
//
// and by hand it is a line after each evaluation:
//
//	end, err := stop.Add(scores.Loss)
//
// A figure that is NaN is not better.
type EarlyStop struct {
	Of       *nn.Params // whose values at the best evaluation Restore gives back; nil for none
	Metric   string     // the figure or metric of the test; "" for its loss
	Higher   bool       // a higher figure is better, such as an accuracy
	MinDelta float64    // a figure counts as better when it is so by more than this
	Patience int        // evaluations that are not better end training when they are so many; 0 for 1
	WarmUp   int        // the first evaluations, which do not count

	seen, waited, at int
	best             float64
	values           []graph.Tensor // those of Of at the best evaluation
}

// Best returns the best figure, and the number of its evaluation from 1, which is 0 before the first that counts.
func (e *EarlyStop) Best() (score float64, evaluation int) {
	if e == nil {
		return 0, 0
	}
	return e.best, e.at
}

// Add takes the figure of an evaluation, and reports whether training is to end.
func (e *EarlyStop) Add(score float64) (end bool, err error) {
	if err := e.check(); err != nil {
		return false, fmt.Errorf("early stop: %w", err)
	}
	if e.seen++; e.seen <= e.WarmUp {
		return false, nil
	}
	if e.at == 0 && !math.IsNaN(score) || better(score, e.best, e.MinDelta, e.Higher) {
		e.best, e.at, e.waited = score, e.seen, 0
		e.values = valuesOf(e.Of, e.values)
		return false, nil
	}
	e.waited++
	return e.waited >= max(e.Patience, 1), nil
}

// Hook is Add as a hook of a [Fit] that has a Test. Without one it is an error of the first step.
func (e *EarlyStop) Hook(now Progress, c *Control) {
	if now.Scores == nil {
		c.Err = c.untested("early stop", now)
		return
	}
	if err := e.check(); err != nil {
		c.Err = fmt.Errorf("early stop: %w", err)
		return
	}
	score, err := now.Scores.figure(e.Metric)
	if err != nil {
		c.Err = fmt.Errorf("early stop: %w", err)
		return
	}
	end, err := e.Add(score)
	c.Stop, c.Err = c.Stop || end, err
}

// Restore gives the parameters the values of the best evaluation, to the bit. Before one that counts, which is after
// the WarmUp and of a figure that is no NaN, it changes nothing and is an error; Best says whether there was one.
func (e *EarlyStop) Restore() error {
	switch err := e.check(); {
	case err != nil:
		return fmt.Errorf("early stop: %w", err)
	case e.Of == nil:
		return errors.New("early stop: there is no Of, the parameters to restore")
	case e.seen == 0:
		return errors.New("early stop: there was no evaluation yet, whose values Restore would give back: is its " +
			"Hook that of the Fit, or is Add called after each evaluation?")
	case e.at == 0:
		return fmt.Errorf("early stop: none of %d evaluations counts, the WarmUp being %d, or its figure was NaN: "+
			"there are no values to give back", e.seen, e.WarmUp)
	}
	return restore(e.Of, e.values)
}

func (e *EarlyStop) check() error {
	switch {
	case e == nil:
		return errors.New("the EarlyStop is nil")
	case !(e.MinDelta >= 0 && e.MinDelta <= math.MaxFloat64):
		return fmt.Errorf("MinDelta is %v, want a number ≥ 0", e.MinDelta)
	case e.Patience < 0 || e.WarmUp < 0:
		return fmt.Errorf("the Patience is %d and the WarmUp %d, want numbers ≥ 0", e.Patience, e.WarmUp)
	}
	return nil
}

// Keep returns the best figure, the best values, and the counts of evaluations.
func (e *EarlyStop) Keep() (map[string]graph.Tensor, error) {
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("early stop: %w", err)
	}
	all := map[string]graph.Tensor{"best": graph.FromFloat64([]float64{e.best}), "seen": counted(e.seen),
		"waited": counted(e.waited), "at": counted(e.at)}
	if e.Of != nil && e.at > 0 {
		if err := fits(e.Of, e.values); err != nil {
			return nil, fmt.Errorf("early stop: %w", err)
		}
		i := 0
		for p := range e.Of.All() {
			all["value."+p.Name()] = e.values[i]
			i++
		}
	}
	return all, nil
}

// TakeUp gives back what Keep has returned.
func (e *EarlyStop) TakeUp(values map[string]graph.Tensor) error {
	if err := e.check(); err != nil {
		return fmt.Errorf("early stop: %w", err)
	}
	next := *e
	for name, at := range map[string]*int{"seen": &next.seen, "waited": &next.waited, "at": &next.at} {
		var err error
		if *at, err = countIn(values, name); err != nil {
			return fmt.Errorf("early stop: %w", err)
		}
	}
	best, ok := values["best"]
	if want := (graph.Type{DType: graph.Float64}); !ok || !best.Type.Equal(want) {
		return fmt.Errorf("early stop: %s", lacking("best", best, ok, want))
	}
	next.best, next.values = best.F64[0], nil
	if e.Of != nil && next.at > 0 {
		for p := range e.Of.All() {
			v, ok := values["value."+p.Name()]
			if !ok || !v.Type.Equal(p.Type()) {
				return fmt.Errorf("early stop: %s", lacking("value."+p.Name(), v, ok, p.Type()))
			}
			next.values = append(next.values, v)
		}
	}
	*e = next
	return nil
}

// untested is the error of a hook that goes by the scores of a test, where none will come, and otherwise the one that
// there is.
func (c *Control) untested(tool string, now Progress) error {
	if !now.NoTest {
		return c.Err
	}
	return errors.New(tool + ": the Fit has no Test, by whose scores this goes: set Fit.Test, to a part of the data " +
		"that is held out, as data.Split.Divide does")
}

// better reports a figure that is better than the best by more than delta.
func better(score, best, delta float64, higher bool) bool {
	if higher {
		return score > best+delta
	}
	return score < best-delta
}

// figure is the loss, or the figure or metric of a name.
func (s *Scores) figure(name string) (float64, error) {
	if name == "" {
		return s.Loss, nil
	}
	v, ok := s.Metrics[name]
	if !ok {
		return 0, fmt.Errorf("the test has no figure %q; it has %q, and the loss by the name \"\"", name,
			slices.Sorted(maps.Keys(s.Metrics)))
	}
	return v, nil
}

// valuesOf are copies of the values of parameters, in the memory of into if it is not nil.
func valuesOf(ps *nn.Params, into []graph.Tensor) []graph.Tensor {
	if ps == nil {
		return nil
	}
	if fits(ps, into) != nil {
		into = nil
	}
	i := 0
	for p := range ps.All() {
		if i == len(into) {
			into = append(into, graph.NewTensor(p.Type()))
		}
		into[i].CopyFrom(p.Tensor())
		i++
	}
	return into
}

// fits reports values that are not those of such parameters.
func fits(ps *nn.Params, values []graph.Tensor) error {
	i := 0
	for p := range ps.All() {
		if i == len(values) || !p.Type().Equal(values[i].Type) {
			return fmt.Errorf("%s was not there, or had another shape, when the values were copied", p.Name())
		}
		i++
	}
	if i < len(values) {
		return fmt.Errorf("there are %d parameters, and %d when the values were copied", i, len(values))
	}
	return nil
}

// restore gives parameters the values that valuesOf has copied.
func restore(ps *nn.Params, values []graph.Tensor) error {
	if err := fits(ps, values); err != nil {
		return err
	}
	i := 0
	for p := range ps.All() {
		p.Tensor().CopyFrom(values[i])
		i++
	}
	return nil
}

func counted(n int) graph.Tensor { return graph.FromInt64([]int64{int64(n)}) }
