// This file holds what folds are measured by.

package trial

import "slices"

// parts are what a fold is.
type parts = struct{ Train, Test []int }

// Unfair says what is wrong with folds of examples with labels, nil for none, "" if nothing is.
func Unfair[F ~struct{ Train, Test []int }](folds []F, n int, labels []int64) string {
	tested := make([]int, n)
	for _, fold := range folds {
		f := parts(fold)
		both := append(slices.Clone(f.Train), f.Test...)
		slices.Sort(both)
		if len(both) != n || n > 0 && (both[0] != 0 || both[n-1] != n-1 || len(slices.Compact(both)) != n) {
			return "a fold has not every example once"
		}
		if !slices.IsSorted(f.Train) || !slices.IsSorted(f.Test) {
			return "a part is not in order"
		}
		if len(f.Test) < n/len(folds) || len(f.Test) > (n+len(folds)-1)/len(folds) {
			return "folds differ by more than one example"
		}
		for _, i := range f.Test {
			tested[i]++
		}
	}
	if slices.Min(tested) != 1 || slices.Max(tested) != 1 {
		return "an example is not tested with once"
	}
	least, most := map[int64]int{}, map[int64]int{}
	for i, fold := range folds {
		f := parts(fold)
		counts := map[int64]int{}
		for _, t := range f.Test {
			if labels != nil {
				counts[labels[t]]++
			}
		}
		for _, l := range labels {
			if n := counts[l]; i == 0 || n < least[l] {
				least[l] = n
			}
			most[l] = max(most[l], counts[l])
		}
	}
	for l, n := range most {
		if n-least[l] > 1 {
			return "a class differs by more than one example"
		}
	}
	return ""
}
