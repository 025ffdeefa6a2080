// This file holds what turns the numbers of a model into classes and probabilities, and what looks at lists of them.

package metrics

import (
	"fmt"
	"math"
)

// Float is the type of the numbers that a model gives.
type Float interface{ ~float32 | ~float64 }

// Largest returns the class of each row of scores, such as logits or probabilities: that of the largest of its
// numbers, of equal ones the first. Scores has one row of so many classes after the other. A row with NaN is an error.
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
		return nil, fmt.Errorf("%s: there are %d numbers, want one or more rows of %d classes", metric, len(x),
			classes)
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

// Is tells of each example whether it is of a class: the truth of [ROC] and its kin, for one class against the others.
func Is(truth []int64, class int64) []bool {
	is := make([]bool, len(truth))
	for i, t := range truth {
		is[i] = t == class
	}
	return is
}

// Column returns the scores of one class, of rows that have one for each. A row that has none has NaN.
func Column(scores [][]float64, class int) []float64 {
	column := make([]float64, len(scores))
	for i, row := range scores {
		if column[i] = math.NaN(); class >= 0 && class < len(row) {
			column[i] = row[class]
		}
	}
	return column
}

// checkScores reports rows that have not one number for each class, truths that are no class, and NaN.
func checkScores(metric string, truth []int64, scores [][]float64) (classes int, err error) {
	if err := sameLength(metric, "rows of scores", len(truth), len(scores)); err != nil {
		return 0, err
	}
	classes = len(scores[0])
	for i, row := range scores {
		if len(row) != classes || classes == 0 {
			return 0, fmt.Errorf("%s: row %d has %d scores, want one for each class, and row 0 has %d", metric, i,
				len(row), classes)
		}
		if !isClass(truth[i], classes) {
			return 0, fmt.Errorf("%s: example %d is of class %d, but there are %d classes (0…%d)", metric, i, truth[i],
				classes, classes-1)
		}
		for k, v := range row {
			if v != v {
				return 0, fmt.Errorf("%s: the score of class %d in row %d is NaN", metric, k, i)
			}
		}
	}
	return classes, nil
}

// checkProbabilities is checkScores of rows of numbers from 0 to 1 whose sum is 1.
func checkProbabilities(metric string, truth []int64, p [][]float64) error {
	if _, err := checkScores(metric, truth, p); err != nil {
		return err
	}
	for i, row := range p {
		if err := checkRow(metric, i, row); err != nil {
			return err
		}
	}
	return nil
}

// nearOne is how far from 1 the sum of probabilities may be: those of a float32 softmax of many classes are near it.
const nearOne = 1e-4

func checkRow(metric string, i int, row []float64) error {
	for k, v := range row {
		if !(v >= 0 && v <= 1+nearOne) {
			return fmt.Errorf("%s: the probability of class %d in row %d is %v, want 0 to 1; of logits take Softmax",
				metric, k, i, v)
		}
	}
	if s := sum(row); !(math.Abs(s-1) <= nearOne) {
		return fmt.Errorf("%s: the probabilities of row %d add up to %v, want 1; of logits take Softmax", metric, i, s)
	}
	return nil
}
