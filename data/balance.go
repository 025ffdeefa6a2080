// This file holds what is done about classes that are rare: weights for a loss, and choosing examples more than once
// or not at all.

package data

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/internal/rng"
)

// ClassWeights are weights of classes by which each counts as much as any other, scikit-learn's "balanced":
//
//	w[c] = N / (K·N[c])        N examples, K classes that have any, N[c] of class c
//
// They are what ops.SmoothedCrossEntropy takes as Weights. A class without examples has the weight 0. It is an error
// if there are no labels, or if one is no class.
func ClassWeights(labels []int64, classes int) ([]float64, error) {
	counts, err := countClasses(labels, classes)
	if err != nil {
		return nil, fmt.Errorf("class weights: %w", err)
	}
	present := 0
	for _, n := range counts {
		present += min(n, 1)
	}
	w := make([]float64, classes)
	for c, n := range counts {
		if n > 0 {
			w[c] = float64(len(labels)) / float64(present*n)
		}
	}
	return w, nil
}

// Oversample returns the numbers of all examples, in their order, and behind them those of examples that are drawn
// again, so that each class that has examples has as many as the largest. Every example of a class is drawn once more
// before one is drawn twice more. The draw is by the seed.
//
// Examples that are there twice must not be parted between training and test: oversample the training part alone.
func Oversample(labels []int64, seed uint64) ([]int, error) {
	groups, err := groupsOf(labels)
	if err != nil {
		return nil, fmt.Errorf("oversample: %w", err)
	}
	most := 0
	for _, g := range groups {
		most = max(most, len(g))
	}
	chosen := make([]int, len(labels))
	for i := range chosen {
		chosen[i] = i
	}
	key := rng.Key(seed, rng.HashString("data.oversample"))
	for c, g := range groups {
		order := make([]int, len(g))
		for n := len(g); n < most; n += len(g) {
			rng.Permute(order, key.Sub(uint64(c)).Sub(uint64(n)))
			for _, j := range order[:min(len(g), most-n)] {
				chosen = append(chosen, g[j])
			}
		}
	}
	return chosen, nil
}

// Undersample returns the numbers of so many examples of each class as the smallest that has any, drawn by the seed,
// in rising order.
func Undersample(labels []int64, seed uint64) ([]int, error) {
	groups, err := groupsOf(labels)
	if err != nil {
		return nil, fmt.Errorf("undersample: %w", err)
	}
	least := len(labels)
	for _, g := range groups {
		least = min(least, len(g))
	}
	var chosen []int
	key := rng.Key(seed, rng.HashString("data.undersample"))
	for c, g := range groups {
		order := make([]int, len(g))
		rng.Permute(order, key.Sub(uint64(c)))
		for _, j := range order[:least] {
			chosen = append(chosen, g[j])
		}
	}
	slices.Sort(chosen)
	return chosen, nil
}

// groupsOf are the numbers of the examples of each class that has any, by rising label.
func groupsOf(labels []int64) ([][]int, error) {
	if len(labels) == 0 {
		return nil, errNoLabels
	}
	if err := checkLabels(labels, math.MaxInt64); err != nil {
		return nil, err
	}
	known := slices.Compact(slices.Sorted(slices.Values(labels)))
	groups := make([][]int, len(known))
	for i, l := range labels {
		c, _ := slices.BinarySearch(known, l)
		groups[c] = append(groups[c], i)
	}
	return groups, nil
}

var errNoLabels = errors.New("there are no labels")

// maxWeighted is more classes than any loss takes.
const maxWeighted = 1 << 24

func countClasses(labels []int64, classes int) ([]int, error) {
	switch {
	case len(labels) == 0:
		return nil, errNoLabels
	case classes < 1 || classes > maxWeighted:
		return nil, fmt.Errorf("there are %d classes, want 1 to %d", classes, maxWeighted)
	}
	if err := checkLabels(labels, int64(classes)); err != nil {
		return nil, err
	}
	counts := make([]int, classes)
	for _, l := range labels {
		counts[l]++
	}
	return counts, nil
}
