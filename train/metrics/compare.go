// This file holds how sure a figure is, and whether one model is better than another.

package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/stheno-ml/stheno/internal/rng"
)

// Bootstrap says how far a metric would differ if the examples were others (Efron 1979). The zero value is the usual
// way.
type Bootstrap struct {
	Resamples int     // 0 for 1000
	Level     float64 // of confidence; 0 for 0.95
	Seed      uint64
}

// Interval is a value and the bounds that it lies between at a level of confidence.
type Interval struct {
	Value, Low, High float64
	// Undefined is how many resamples were left out, of which the metric is NaN, as an AUC without positive examples.
	Undefined int
}

// maxResamples keeps the results of all resamples below 100 MB, and maxExamples the list of their numbers to 1 GB.
const maxResamples, maxExamples = 10_000_000, 1 << 27

// Interval computes a metric of n examples, and of as many that are drawn from them with replacement, again and again;
// Low and High are the quantiles of these results that leave half of what is beyond the level on each side. The metric
// is given the numbers of the examples, in a list that is used again:
//
//	b.Interval(len(truth), func(rows []int) float64 { … accuracy of truth[rows[0]], truth[rows[1]], … })
//
// It is an error if there are no examples or no metric, if the level is not between 0 and 1, or if the metric is NaN
// of the examples themselves or of more than half of the resamples.
func (b Bootstrap) Interval(n int, metric func(rows []int) float64) (Interval, error) {
	if b.Resamples == 0 {
		b.Resamples = 1000
	}
	if b.Level == 0 {
		b.Level = .95
	}
	switch {
	case metric == nil:
		return Interval{}, errors.New("bootstrap: there is no metric")
	case n < 1 || n > maxExamples:
		return Interval{}, fmt.Errorf("bootstrap: there are %d examples, want 1 to %d", n, maxExamples)
	case b.Resamples < 1 || b.Resamples > maxResamples:
		return Interval{}, fmt.Errorf("bootstrap: there are %d resamples, want 1 to %d", b.Resamples, maxResamples)
	case !(b.Level > 0 && b.Level < 1):
		return Interval{}, fmt.Errorf("bootstrap: the level is %v, want it between 0 and 1", b.Level)
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	v := Interval{Value: metric(rows)}
	if math.IsNaN(v.Value) {
		return Interval{}, fmt.Errorf("bootstrap: the metric of the %d examples is NaN", n)
	}
	results := b.results(rows, metric)
	if v.Undefined = b.Resamples - len(results); 2*v.Undefined > b.Resamples {
		return Interval{}, fmt.Errorf("bootstrap: the metric is NaN of %d of %d resamples", v.Undefined, b.Resamples)
	}
	v.Low, v.High = quantile(results, (1-b.Level)/2), quantile(results, (1+b.Level)/2)
	return v, nil
}

// results are the metrics of the resamples that are not NaN, sorted.
func (b Bootstrap) results(rows []int, metric func(rows []int) float64) (all []float64) {
	key := rng.Key(b.Seed, rng.HashString("metrics.bootstrap"))
	for s := range b.Resamples {
		draw := key.Sub(uint64(s))
		for i := range rows {
			rows[i] = draw.IntN(uint64(i), len(rows))
		}
		if v := metric(rows); !math.IsNaN(v) {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return all
}

// quantile is the value below which a share q of sorted numbers lies, on the straight line between the two nearest, as
// numpy's.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// Test is the outcome of a test of significance.
type Test struct {
	Statistic float64
	P         float64 // how likely it is to differ by so much or more by chance, if in truth there is no difference
}

// McNemar tests whether one of two models is right more often, by the examples of which just one of them is right
// (McNemar 1947). Statistic is how many more of these model a has; P is exact, two-sided, by the binomial distribution
// of one half. It is an error if there are no examples, or if the lists differ in length.
func McNemar(truth, a, b []int64) (Test, error) {
	if err := sameLength("McNemar", "predictions of the first model", len(truth), len(a)); err != nil {
		return Test{}, err
	}
	if err := sameLength("McNemar", "predictions of the second model", len(truth), len(b)); err != nil {
		return Test{}, err
	}
	onlyA, onlyB := 0., 0.
	for i, t := range truth {
		switch {
		case a[i] == t && b[i] != t:
			onlyA++
		case a[i] != t && b[i] == t:
			onlyB++
		}
	}
	if onlyA == onlyB {
		return Test{P: 1}, nil
	}
	coin := distuv.Binomial{N: onlyA + onlyB, P: .5}
	return Test{onlyA - onlyB, min(2*coin.CDF(min(onlyA, onlyB)), 1)}, nil
}

// PairedT tests whether two models differ in the mean of their figures, of which there is a pair for each fold or
// seed, by Student's t of the differences d = a - b, two-sided:
//
//	Statistic = mean d / (deviation of d/√n)        deviation with n-1, and n-1 degrees of freedom
//
// Folds of one cross-validation share most of what is learnt from, so that their figures differ less than they should
// and P is too small: see Dietterich 1998. Where all differences are one number it is 0 with P 1, or infinite with P
// 0. It is an error if there are fewer than two pairs, if the lists differ in length, or if a figure is not finite.
func PairedT(a, b []float64) (Test, error) {
	if err := sameLength("paired t", "figures of the second model", len(a), len(b)); err != nil {
		return Test{}, err
	}
	if len(a) < 2 {
		return Test{}, fmt.Errorf("paired t: there is %d pair, want at least 2", len(a))
	}
	d, n := make([]float64, len(a)), float64(len(a))
	for i := range a {
		if d[i] = a[i] - b[i]; math.IsNaN(d[i]) || math.IsInf(d[i], 0) {
			return Test{}, fmt.Errorf("paired t: the figures of pair %d are %v and %v, want finite numbers", i, a[i],
				b[i])
		}
	}
	mean, variance := sum(d)/n, 0.
	for _, v := range d {
		variance += (v - mean) * (v - mean) / (n - 1)
	}
	if slices.Min(d) == slices.Max(d) {
		if d[0] == 0 {
			return Test{P: 1}, nil
		}
		return Test{Statistic: math.Copysign(math.Inf(1), d[0])}, nil
	}
	t := mean / math.Sqrt(variance/n)
	return Test{t, 2 * distuv.StudentsT{Sigma: 1, Nu: n - 1}.CDF(-math.Abs(t))}, nil
}
