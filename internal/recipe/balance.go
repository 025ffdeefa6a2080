// This file holds what is done about classes of a table that are rare.

package recipe

import (
	"errors"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/data"
)

// Balance is what is done about classes that are rare: either of both, or nothing.
type Balance struct {
	Weights  bool   // the loss weighs each class as data.ClassWeights does
	Sampling string // "over" or "under": as data.Oversample or data.Undersample chooses rows to learn from
}

// Samplings are the words for ways to choose rows.
func Samplings() []string { return []string{"over", "under"} }

// Balancer is a kind of models of classes that learn from as much of each as one likes.
type Balancer interface {
	Kind
	// Balanced is the kind that learns so. The error says what does not exist.
	Balanced(b Balance) (Kind, error)
}

func (k tabular) Balanced(b Balance) (Kind, error) {
	switch {
	case b.Sampling != "" && !slices.Contains(Samplings(), b.Sampling):
		return nil, fmt.Errorf("unknown sampling %q; known are %s", b.Sampling, known(b.Sampling, Samplings()))
	case b.Weights && b.Sampling != "":
		return nil, errors.New("class weights and a sampling exclude each other: by either all classes count as much")
	}
	k.balance = b
	return k, nil
}

// mostSampled is how many numbers the rows have, at most, that are there several times: 1 GiB.
const mostSampled = 1 << 28

// sampled is how many rows are learnt from.
func (k tabular) sampled(labels []int64, classes, width int) (int, error) {
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
func (k tabular) sample(labels []int64, seed uint64) (rows []int) {
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
