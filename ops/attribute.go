// This file holds the limits of the attributes of ops: one table, and the functions that hold a number against its
// row.

package ops

import (
	"fmt"
	"math"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// limit is the interval of numbers that an attribute may have. NaN is in none.
type limit struct {
	lo, hi float64
	want   string // the interval in words; empty for an interval of whole numbers
}

// maxSize is above every size of an axis. Sums and products of a few attributes up to it are no more than an int
// holds.
const maxSize = math.MaxInt32

var (
	count       = limit{1, maxSize, ""}
	amount      = limit{0, maxSize, ""}
	number      = limit{math.Inf(-1), math.Inf(1), "a number"}
	finite      = limit{-math.MaxFloat64, math.MaxFloat64, "a finite number"}
	notNegative = limit{0, math.MaxFloat64, "a finite number that is not negative"}
	above0      = limit{math.SmallestNonzeroFloat64, math.Inf(1), "a positive number"}
	unit        = limit{0, 1, "a number in [0, 1]"}
	decaying    = limit{0, math.Nextafter(1, 0), "a number in [0, 1)"}
)

// limits has a row for each attribute, under the name that messages give it. Where two ops mean different things by a
// name, the row of one of them is named op.name. Shape rules check what depends on the operands, such as an axis. What
// PyTorch allows is allowed, with three exceptions: NaN, which makes every result NaN without a word; bounds that no
// number is between; and negative numbers that are added to a variance.
var limits = map[string]limit{
	// windows
	"stride":         count,
	"dilation":       count,
	"groups":         count,
	"window":         count,
	"kernel":         count,
	"image":          count,
	"pad":            amount,
	"output padding": amount,

	// layout and indices
	"r":                         count,
	"step":                      count,
	"depth":                     count,
	"n":                         count,
	"the number of repetitions": count,

	// functions of one value
	"lo":          number,
	"hi":          number,
	"s":           number,
	"powscalar.p": number,
	"norm.p":      above0,
	"slope":       finite,
	"alpha":       finite,

	// normalisation, dropout, attention
	"eps":        notNegative,
	"momentum":   unit,
	"k":          finite,
	"correction": notNegative,
	"axes":       {1, graph.MaxRank, ""},
	"p":          {0, 1, "a probability in [0, 1]"},
	"run":        count,
	"heads":      count,
	"scale":      finite,

	"response.beta": finite,

	// losses
	"smoothing":       unit,
	"delta":           above0,
	"beta":            above0,
	"temperature":     above0,
	"weight":          finite,
	"class weight":    notNegative,
	"positive weight": notNegative,
	"classes":         count,
	"reduction":       {0, float64(ReduceBatchMean), "one of ReduceMean, ReduceSum, ReduceNone and ReduceBatchMean"},

	"cross-entropy.reduction": {0, float64(ReduceNone), "ReduceMean, ReduceSum or ReduceNone"},

	// optimisers
	"mu":               decaying,
	"rho":              decaying,
	"beta1":            decaying,
	"beta2":            decaying,
	"decay":            notNegative,
	"the largest norm": above0,
	"where":            {0, float64(InsideRoot), "OutsideRoot or InsideRoot"},
}

// allowed holds v against the row of the name.
func allowed[T int | float64](name string, v T) error {
	l, ok := limits[name]
	switch {
	case !ok:
		panic(fmt.Sprintf("ops: no row of limits is named %q", name))
	case float64(v) >= l.lo && float64(v) <= l.hi:
		return nil
	}
	name = name[strings.IndexByte(name, '.')+1:]
	if l.want != "" {
		return fmt.Errorf("%s is %v, want %s", name, v, l.want)
	}
	return fmt.Errorf("%s is %v, want %s", name, v, l.bound(float64(v)))
}

// noBound are the attributes that bound a value. A bound that the element type makes infinite bounds nothing, and that
// is what its user means.
var noBound = map[string]bool{"lo": true, "hi": true, "the largest norm": true}

// heldOrZero is held, and allows [Zero], which stands for 0, where the row allows 0.
func heldOrZero(d graph.DType, name string, v float64) error {
	if v == Zero {
		return allowed(name, v)
	}
	return held(d, name, v)
}

// held is allowed for a number that an op computes with in elements of type d: the number must fit its row after
// rounding to d, too.
func held(d graph.DType, name string, v float64) error {
	err := allowed(name, v)
	if err != nil || d != graph.Float32 || noBound[name] && math.Abs(v) > math.MaxFloat32 {
		return err
	}
	f := float64(float32(v)) + 0 // 0 instead of -0
	if !d.Holds(v) || f < limits[name].lo || f > limits[name].hi {
		return fmt.Errorf("%s is %v, which in %v is %v", name[strings.IndexByte(name, '.')+1:], v, d, f)
	}
	return nil
}

// bound is the end of an interval of whole numbers that v lies beyond, in words.
func (l limit) bound(v float64) string {
	if v < l.lo {
		return fmt.Sprintf("at least %.0f", l.lo)
	}
	return fmt.Sprintf("at most %.0f", l.hi)
}

// allowedPair holds height and width against the row of the name.
func allowedPair(name string, axes int, v [2]int) error {
	for _, n := range v {
		if allowed(name, n) != nil {
			return fmt.Errorf("%s %s must be %s", name, by(axes, v), limits[name].bound(float64(n)))
		}
	}
	return nil
}

// allowedParameters holds the parameters of a function of elements of type d against the table. names are those in the
// function's rule.
func allowedParameters(d graph.DType, function, names string, values ...float64) error {
	for i, name := range strings.Fields(names) {
		if own := function + "." + name; limits[own] != (limit{}) {
			name = own
		}
		if err := held(d, name, values[i]); err != nil {
			return err
		}
	}
	if names == "lo hi" && values[0] > values[1] {
		return fmt.Errorf("lo is %v, which is above hi, %v", values[0], values[1])
	}
	return nil
}

// inRank reports an axis that an operand of that rank does not have. Axes count from the first.
func inRank(rank int, axes ...int) error {
	for _, k := range axes {
		if k < 0 || k >= rank {
			return fmt.Errorf("axis %d is outside the %d axes", k, rank)
		}
	}
	return nil
}
