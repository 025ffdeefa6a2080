// This file holds what turns the numbers of a model into classes and probabilities.

package metrics

import (
	"fmt"
	"math"
)

// Float is the type of the numbers that a model gives.
type Float interface{ ~float32 | ~float64 }

// Largest returns the class of each row of scores, such as logits or probabilities: that of the largest of its numbers,
// of equal ones the first. Scores has one row of so many classes after the other. A row with NaN is an error.
func Largest[T Float](scores []T, classes int) ([]int64, error) {
	rows, err := rowsOf("largest", scores, classes)
	if err != nil {
		return nil, err
	}
	best := make([]int64, len(rows))
	for i, row := range rows {
		for k, v := range row {
			if v > row[best[i]] {
				best[i] = int64(k)
			}
		}
	}
	return best, nil
}

// Softmax returns the probabilities of logits, of one row of so many classes after the other:
//
//	p[k] = exp(x[k]) / Σ exp(x)
//
// A row with NaN is an error, and so is one whose largest logit is infinite.
func Softmax[T Float](logits []T, classes int) ([][]float64, error) {
	rows, err := rowsOf("softmax", logits, classes)
	if err != nil {
		return nil, err
	}
	all := make([][]float64, len(rows))
	for i, row := range rows {
		largest, sum := float64(row[0]), 0.
		for _, v := range row {
			largest = max(largest, float64(v))
		}
		if math.IsInf(largest, 0) {
			return nil, fmt.Errorf("softmax: the largest logit of row %d is %v", i, largest)
		}
		all[i] = make([]float64, classes)
		for k, v := range row {
			all[i][k] = math.Exp(float64(v) - largest)
			sum += all[i][k]
		}
		for k := range all[i] {
			all[i][k] /= sum
		}
	}
	return all, nil
}

// rowsOf cuts numbers into rows of classes.
func rowsOf[T Float](metric string, x []T, classes int) ([][]T, error) {
	if classes < 1 || len(x) == 0 || len(x)%classes != 0 {
		return nil, fmt.Errorf("%s: there are %d numbers, want one or more rows of %d classes", metric, len(x), classes)
	}
	rows := make([][]T, len(x)/classes)
	for i := range rows {
		rows[i] = x[i*classes : (i+1)*classes]
		for k, v := range rows[i] {
			if v != v {
				return nil, fmt.Errorf("%s: the number of class %d in row %d is NaN", metric, k, i)
			}
		}
	}
	return rows, nil
}
