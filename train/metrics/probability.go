// This file holds what is said of probabilities: how well they foretell, and whether they are as often right as they
// say.

package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// LogLoss is the mean of -log p, p being the probability that was given to the class of an example: the cross-entropy,
// in nats. A p below 2⁻⁵² counts as that, so that one example that was held to be impossible costs 36 nats and not
// all. Rows are of one number for each class, from 0 to 1, and add up to 1, or it is an error.
func LogLoss(truth []int64, probabilities [][]float64) (float64, error) {
	losses, err := Losses(truth, probabilities)
	if err != nil {
		return 0, err
	}
	return sum(losses) / float64(len(losses)), nil
}

// leastProbability is numpy's eps of float64, as scikit-learn clips probabilities.
const leastProbability = 0x1p-52

// Losses are the terms of [LogLoss], one for each example. [Worst] finds the largest.
func Losses(truth []int64, probabilities [][]float64) ([]float64, error) {
	if err := checkProbabilities("log loss", truth, probabilities); err != nil {
		return nil, err
	}
	losses := make([]float64, len(truth))
	for i, row := range probabilities {
		losses[i] = -math.Log(min(max(row[truth[i]], leastProbability), 1))
	}
	return losses, nil
}

// Worst returns the numbers of the n examples with the largest losses, the largest first; of equal ones the first. NaN
// is larger than all. There are fewer if there are fewer losses, and none if n is not above 0.
func Worst(losses []float64, n int) []int {
	order := make([]int, len(losses))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := losses[a], losses[b]
		if x != x || y != y {
			return cmp.Compare(x, y) // which holds NaN for less than all numbers
		}
		return cmp.Compare(y, x)
	})
	return order[:min(max(n, 0), len(order))]
}

// Brier is the mean of the squares of all errors of an example's probabilities (Brier 1950), from 0 to 2:
//
//	1/N Σ Σ (p[k] - y[k])²        y[k] 1 for the class of the example, 0 for others
//
// Of two classes it is twice scikit-learn's brier_score_loss, which looks at one of both.
func Brier(truth []int64, probabilities [][]float64) (float64, error) {
	if err := checkProbabilities("Brier score", truth, probabilities); err != nil {
		return 0, err
	}
	total := 0.
	for i, row := range probabilities {
		for k, p := range row {
			if int64(k) == truth[i] {
				p--
			}
			total += p * p
		}
	}
	return total / float64(len(truth)), nil
}

// Confidences returns for each example the largest of its probabilities, and whether it is that of its class: what
// [Calibrate] takes.
func Confidences(truth []int64, probabilities [][]float64) (confidence []float64, right []bool, err error) {
	if err := checkProbabilities("confidences", truth, probabilities); err != nil {
		return nil, nil, err
	}
	confidence, right = make([]float64, len(truth)), make([]bool, len(truth))
	for i, row := range probabilities {
		best := 0
		for k, p := range row {
			if p > row[best] {
				best = k
			}
		}
		confidence[i], right[i] = row[best], int64(best) == truth[i]
	}
	return confidence, right, nil
}

// Calibration is a reliability curve: the examples parted by how sure a model is.
type Calibration []Bin

// Bin is the examples whose confidence is in (Low, High]; the first has those of Low, too.
type Bin struct {
	Low, High  float64
	Count      int
	Confidence float64 // the mean of theirs; 0 of an empty bin
	Accuracy   float64 // the share of them that is right; 0 of an empty bin
}

// Calibrate parts examples into so many bins of one width. A model is calibrated if in each the mean of the confidence
// is the share that is right: of a hundred answers that it holds for 0.8 likely, 80 are right. Confidence and right
// are those of [Confidences], or, for one class, its probabilities and whether an example [Is] of it, which is
// scikit-learn's calibration_curve. It is an error if the lists differ in length, if there are no examples or no bins,
// or if a confidence is not from 0 to 1.
func Calibrate(confidence []float64, right []bool, bins int) (Calibration, error) {
	if err := sameLength("calibration", "confidences", len(right), len(confidence)); err != nil {
		return nil, err
	}
	if bins < 1 || bins > maxBins {
		return nil, fmt.Errorf("calibration: there are %d bins, want 1 to %d", bins, maxBins)
	}
	c := make(Calibration, bins)
	for b := range c {
		c[b].Low, c[b].High = float64(b)/float64(bins), float64(b+1)/float64(bins)
	}
	for i, p := range confidence {
		if !(p >= 0 && p <= 1+nearOne) {
			return nil, fmt.Errorf("calibration: the confidence of example %d is %v, want 0 to 1", i, p)
		}
		b, _ := slices.BinarySearchFunc(c, p, func(b Bin, p float64) int { return cmp.Compare(b.High, p) })
		b = min(b, bins-1)
		c[b].Count++
		c[b].Confidence += p
		if right[i] {
			c[b].Accuracy++
		}
	}
	for b, bin := range c {
		if bin.Count > 0 {
			c[b].Confidence /= float64(bin.Count)
			c[b].Accuracy /= float64(bin.Count)
		}
	}
	return c, nil
}

const maxBins = 1 << 20

// ECE is the expected calibration error (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017): how far confidence and
// accuracy of a bin differ, in the mean over examples; NaN without any.
//
//	Σ Count/N·|Accuracy - Confidence|
func (c Calibration) ECE() float64 {
	total, n := 0., 0.
	for _, b := range c {
		total += float64(b.Count) * math.Abs(b.Accuracy-b.Confidence)
		n += float64(b.Count)
	}
	return total / n
}

// String draws the bins that have examples:
//
//	confidence     examples    mean  accuracy
//	0.50 to 0.75         12  0.6312    0.5833
//	0.75 to 1.00         88  0.9120    0.9318
func (c Calibration) String() string {
	rows := [][]string{{"confidence", "examples", "mean", "accuracy"}}
	for _, b := range c {
		if b.Count > 0 {
			rows = append(rows, []string{fmt.Sprintf("%.2f to %.2f", b.Low, b.High), fmt.Sprint(b.Count),
				fmt.Sprintf("%.4f", b.Confidence), fmt.Sprintf("%.4f", b.Accuracy)})
		}
	}
	return aligned(rows)
}
