// This file holds what is done about classes of a table that are rare.

package kinds

import (
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/kind"
)

func (k Tabular) Balanced(b kind.Balance) (kind.Kind, error) {
	k.balance = b
	return k, b.Check()
}

// mostSampled is how many numbers the rows have, at most, that are there several times: 1 GiB.
const mostSampled = 1 << 28

// sampled is how many rows are learnt from.
func (k Tabular) sampled(labels []int64, classes, width int) (int, error) {
	counts, present := make([]int, classes), 0
	for _, y := range labels {
		if counts[y]++; counts[y] == 1 {
			present++
		}
	}
	switch k.balance.Sampling {
	case "over":
		largest := slices.Max(counts)
		if largest*present > mostSampled/width {
			return 0, fmt.Errorf(
				"%d classes of %d rows of %d features are too many: learn from fewer of each, by the "+
					"other sampling", present, largest, width)
		}
		return largest * present, nil
	case "under":
		least := len(labels)
		for _, n := range counts {
			if n > 0 {
				least = min(least, n)
			}
		}
		return least * present, nil
	}
	return len(labels), nil
}

// sample are the rows that are learnt from.
func (k Tabular) sample(labels []int64, seed uint64) (rows []int) {
	var err error
	switch k.balance.Sampling {
	case "over":
		rows, err = data.Oversample(labels, seed)
	case "under":
		rows, err = data.Undersample(labels, seed)
	default:
		for i := range labels {
			rows = append(rows, i)
		}
	}
	if err != nil {
		panic(err) // the labels are those of a table
	}
	return rows
}
