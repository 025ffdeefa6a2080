// This file holds how examples are parted by their numbers: folds of a cross-validation, and parts of given shares.

package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/internal/rng"
)

// A Fold is one turn of a cross-validation: the examples to learn from and those to test with, by their numbers from
// 0, in rising order. Every example is in one of both.
type Fold struct{ Train, Test []int }

// KFold parts n examples at random, by the seed, into k folds. Each example is tested with in one fold and learnt from
// in all others. The first n mod k folds have one example more than the rest to test with: 10 in 3 folds are 4, 3 and
// 3.
//
// It is an error if there are fewer than 2 folds, or fewer examples than folds.
func KFold(n, k int, seed uint64) ([]Fold, error) {
	if err := checkFolds(n, k); err != nil {
		return nil, err
	}
	order := shuffledBy(n, seed, "data.folds")
	of := make([]int, n)
	for j, i := range order {
		of[i] = j % k
	}
	return foldsOf(of, k), nil
}

// StratifiedKFold is [KFold] of examples with labels: of each class every fold tests with the same number, to within
// one example, and so of all. A class of fewer than k examples is missing in the test part of some folds. Labels are
// any numbers from 0.
//
// It is an error, too, if a label is below 0, or if every class has fewer examples than there are folds.
func StratifiedKFold(labels []int64, k int, seed uint64) ([]Fold, error) {
	if err := checkFolds(len(labels), k); err != nil {
		return nil, err
	}
	if err := checkLabels(labels, math.MaxInt64); err != nil {
		return nil, err
	}
	order := shuffledBy(len(labels), seed, "data.folds")
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(labels[a], labels[b]) })
	of, run, most := make([]int, len(labels)), 0, 0
	for j, i := range order {
		of[i] = j % k
		if j > 0 && labels[i] != labels[order[j-1]] {
			run = 0
		}
		run++
		most = max(most, run)
	}
	if most < k {
		return nil, fmt.Errorf("the largest class has %d examples, want at least one for each of %d folds; take "+
			"fewer folds", most, k)
	}
	return foldsOf(of, k), nil
}

func checkFolds(n, k int) error {
	switch {
	case k < 2:
		return fmt.Errorf("there are %d folds, want at least 2", k)
	case n < k:
		return fmt.Errorf("there are %d folds of %d examples, want at most one fold for each", k, n)
	case n > maxFolded/k:
		return fmt.Errorf("%d folds of %d examples are lists of more than %d numbers; take fewer folds", k, n,
			maxFolded)
	}
	return nil
}

// maxFolded keeps the lists of all folds to 2 GB.
const maxFolded = 1 << 28

// checkLabels reports a label that is not in [0, below).
func checkLabels(labels []int64, below int64) error {
	for i, l := range labels {
		switch {
		case l < 0:
			return fmt.Errorf("label %d is %d, want 0 or more", i, l)
		case l >= below:
			return fmt.Errorf("label %d is %d, but there are %d classes (0…%d)", i, l, below, below-1)
		}
	}
	return nil
}

// shuffledBy is a random order of n examples. The use keeps the draws of different functions apart.
func shuffledBy(n int, seed uint64, use string) []int {
	order := make([]int, n)
	rng.Permute(order, rng.Key(seed, rng.HashString(use)))
	return order
}

// foldsOf are the k folds of examples of which each says in which one it is tested with.
func foldsOf(of []int, k int) []Fold {
	folds := make([]Fold, k)
	for i, tested := range of {
		for f := range folds {
			if f == tested {
				folds[f].Test = append(folds[f].Test, i)
			} else {
				folds[f].Train = append(folds[f].Train, i)
			}
		}
	}
	return folds
}

// Stratify parts examples at random, by the seed, into one part for each share, so that each part has its share of
// every class, to within one example:
//
//	parts, err := data.Stratify(labels, 0, .6, .2, .2)   // to train on, to validate and to test with
//
// The parts hold the numbers of the examples in rising order; together they have all of them, each once. Labels are
// any numbers from 0; of examples without classes give a label of 0 to each.
//
// It is an error if a label is below 0, if a share is not above 0, or if the shares do not add up to 1.
func Stratify(labels []int64, seed uint64, shares ...float64) ([][]int, error) {
	shares, err := wholeShares(shares)
	if err != nil {
		return nil, err
	}
	if err := checkLabels(labels, math.MaxInt64); err != nil {
		return nil, err
	}
	order := shuffledBy(len(labels), seed, "data.stratify")
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(labels[a], labels[b]) })
	parts, seen := make([][]int, len(shares)), 0
	for len(order) > 0 {
		n := 1
		for n < len(order) && labels[order[n]] == labels[order[0]] {
			n++
		}
		seen += n
		for p, count := range apportion(n, seen, shares, parts) {
			parts[p], order = append(parts[p], order[:count]...), order[count:]
		}
	}
	for _, p := range parts {
		slices.Sort(p)
	}
	return parts, nil
}

// wholeShares are the shares, without the error of rounding that keeps their sum from 1.
func wholeShares(shares []float64) ([]float64, error) {
	sum, whole := 0., slices.Clone(shares)
	for i, s := range shares {
		if !(s > 0) {
			return nil, fmt.Errorf("share %d is %v, want more than 0", i, s)
		}
		sum += s
	}
	if !(math.Abs(sum-1) < 1e-9) {
		return nil, fmt.Errorf("the shares %v add up to %v, want 1", shares, sum)
	}
	for i := range whole {
		whole[i] /= sum
	}
	return whole, nil
}

// apportion parts n examples of one class. What is left when each part has taken the whole number below its share goes
// to those parts that lack most of their share of all that were seen, these n among them; a part whose share is whole
// takes no more.
func apportion(n, seen int, shares []float64, parts [][]int) []int {
	counts, left := make([]int, len(shares)), n
	var open []int // parts that may take one more
	for p, s := range shares {
		exact := s * float64(n)
		counts[p] = int(exact + 1e-9)
		left -= counts[p]
		if exact-float64(counts[p]) > 1e-9 {
			open = append(open, p)
		}
	}
	lack := func(p int) float64 { return shares[p]*float64(seen) - float64(len(parts[p])+counts[p]) }
	slices.SortStableFunc(open, func(a, b int) int { return cmp.Compare(lack(b), lack(a)) })
	for _, p := range open[:min(left, len(open))] {
		counts[p]++
	}
	return counts
}
