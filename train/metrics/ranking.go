// This file holds what is said of scores by the order that they bring examples into: ROC, precision and recall, top k.

package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// ROCPoint is what comes of taking all examples as positive whose score is the threshold or more.
type ROCPoint struct {
	Threshold     float64 // +Inf of the first point, where none is
	FalsePositive float64 // the share of the negative examples that is taken as positive
	TruePositive  float64 // that of the positive ones
}

// ROC returns the receiver operating characteristic: a point for each score that there is, from the largest down,
// after the point (0, 0). Examples of one score are taken together. It is an error if the lists differ in length, if a
// score is NaN, or if there are no positive or no negative examples.
func ROC(positive []bool, scores []float64) ([]ROCPoint, error) {
	counts, err := countsBy("ROC", positive, scores)
	if err != nil {
		return nil, err
	}
	all := counts[len(counts)-1]
	if all.negative == 0 {
		return nil, fmt.Errorf("ROC: all %d examples are positive, want some that are not", len(scores))
	}
	points := []ROCPoint{{Threshold: math.Inf(1)}}
	for _, c := range counts {
		points = append(points, ROCPoint{c.threshold, c.negative / all.negative, c.positive / all.positive})
	}
	return points, nil
}

// counts are how many positive and negative examples have a score of the threshold or more.
type counts struct{ threshold, positive, negative float64 }

// countsBy returns the counts for each score, from the largest down. There is a positive example.
func countsBy(metric string, positive []bool, scores []float64) (all []counts, err error) {
	if err := sameLength(metric, "scores", len(positive), len(scores)); err != nil {
		return nil, err
	}
	if !slices.Contains(positive, true) {
		return nil, fmt.Errorf("%s: none of the %d examples is positive", metric, len(positive))
	}
	order := make([]int, len(scores))
	for i, s := range scores {
		if order[i] = i; s != s {
			return nil, fmt.Errorf("%s: the score of example %d is NaN", metric, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	var now counts
	for j, i := range order {
		if now.threshold = scores[i]; positive[i] {
			now.positive++
		} else {
			now.negative++
		}
		if j+1 == len(order) || scores[order[j+1]] != scores[i] {
			all = append(all, now)
		}
	}
	return all, nil
}

// AUC is the area under the [ROC]: the share of all pairs of a positive and a negative example in which the positive
// one has the larger score; a pair of equal scores counts half.
func AUC(positive []bool, scores []float64) (float64, error) {
	points, err := ROC(positive, scores)
	if err != nil {
		return 0, err
	}
	area := 0.
	for i, p := range points[1:] {
		before := points[i]
		area += (p.FalsePositive - before.FalsePositive) * (p.TruePositive + before.TruePositive) / 2
	}
	return area, nil
}

// OneVsRestAUC is the mean over classes of the [AUC] of each against all others, scikit-learn's multi_class="ovr" with
// the macro average. It is an error, too, if a class has no examples. That of class k alone is
//
//	metrics.AUC(metrics.Is(truth, k), metrics.Column(scores, k))
func OneVsRestAUC(truth []int64, scores [][]float64) (float64, error) {
	classes, err := checkScores("one-vs-rest AUC", truth, scores)
	if err != nil {
		return 0, err
	}
	total := 0.
	for k := range classes {
		auc, err := AUC(Is(truth, int64(k)), Column(scores, k))
		if err != nil {
			return 0, fmt.Errorf("one-vs-rest AUC: class %d: %w", k, err)
		}
		total += auc
	}
	return total / float64(classes), nil
}

// PRPoint is what comes of taking all examples as positive whose score is the threshold or more.
type PRPoint struct {
	Threshold float64 // +Inf of the first point, where none is
	Precision float64 // of those taken as positive, the share that is; 1 of none
	Recall    float64 // of those that are positive, the share that is taken as such
}

// PrecisionRecall returns the curve of precision over recall: a point for each score that there is, from the largest
// down, after the point of recall 0 and precision 1. It is scikit-learn's curve from its end to its beginning. It is
// an error if the lists differ in length, if a score is NaN, or if no example is positive.
func PrecisionRecall(positive []bool, scores []float64) ([]PRPoint, error) {
	counts, err := countsBy("precision and recall", positive, scores)
	if err != nil {
		return nil, err
	}
	all, points := counts[len(counts)-1].positive, []PRPoint{{math.Inf(1), 1, 0}}
	for _, c := range counts {
		points = append(points, PRPoint{c.threshold, c.positive / (c.positive + c.negative), c.positive / all})
	}
	return points, nil
}

// AveragePrecision is the mean of the precisions at each threshold, weighed by the recall that is won there:
//
//	Σ (recall[i] - recall[i-1])·precision[i]
//
// It draws no straight lines between the points of [PrecisionRecall], on which it would look better than it is.
func AveragePrecision(positive []bool, scores []float64) (float64, error) {
	points, err := PrecisionRecall(positive, scores)
	if err != nil {
		return 0, err
	}
	mean := 0.
	for i, p := range points[1:] {
		mean += (p.Recall - points[i].Recall) * p.Precision
	}
	return mean, nil
}

// TopK is the share of examples whose class is among the k that have the largest scores; of equal scores the lower
// class comes first, so that TopK of 1 is the accuracy of [Largest]. It is an error if k is not from 1 to the number
// of classes.
func TopK(truth []int64, scores [][]float64, k int) (float64, error) {
	classes, err := checkScores("top k", truth, scores)
	if err != nil {
		return 0, err
	}
	if k < 1 || k > classes {
		return 0, fmt.Errorf("top k: k is %d, want 1 to %d, the number of classes", k, classes)
	}
	hits := 0
	for i, row := range scores {
		t, before := int(truth[i]), 0
		for c, v := range row {
			if v > row[t] || v == row[t] && c < t {
				before++
			}
		}
		if before < k {
			hits++
		}
	}
	return float64(hits) / float64(len(truth)), nil
}
