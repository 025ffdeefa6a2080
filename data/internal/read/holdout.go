// This file holds the draw of what is tested with.

package read

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/internal/rng"
)

// HeldOut returns the share of a set's rows that are held out: a fifth if none is said.
func HeldOut(path string, share float64) (float64, error) {
	if share == 0 {
		return .2, nil
	}
	if !(share > 0 && share < 1) {
		return 0, fmt.Errorf("%s: the share held out is %v, want it between 0 and 1", path, share)
	}
	return share, nil
}

// HoldOut draws, by seed, which of n ≥ 2 examples are trained on and which are tested with: a share of them, at least
// one each, and of each class the same share to within one example. Without classes all are of one.
func HoldOut(n int, classes []int64, share float64, seed uint64) (train, test []int) {
	order := make([]int, n)
	rng.Permute(order, rng.Key(seed, rng.HashString("data.holdout")))
	if classes != nil {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(classes[a], classes[b]) })
	}
	held := make([]bool, n)
	cut := min(max(int(math.Round(share*float64(n))), 1), n-1)
	for j := range cut {
		held[order[(2*j+1)*n/(2*cut)]] = true // evenly over the classes
	}
	for i, is := range held {
		if is {
			test = append(test, i)
		} else {
			train = append(train, i)
		}
	}
	return train, test
}
