// This file holds what is said of predictions that are numbers.

package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Regression is how far predictions y' are from the truth y.
type Regression struct {
	MSE  float64 // Σ(y' - y)²/N
	RMSE float64 // its root, in the unit of y
	MAE  float64 // Σ|y' - y|/N
	R2   float64 // 1 - Σ(y' - y)²/Σ(y - mean y)²: the share of the variance that is explained
}

// Regress compares predictions with the truth. R2 is 1 of perfect predictions, 0 of the mean of y, and below 0 of what
// is worse than that. Where all y are one number it is 1 if the predictions are that, or else 0, as scikit-learn has
// it. It is an error if there are no examples, if the lists differ in length, or if a number is not finite or its
// square is not.
func Regress(truth, predicted []float64) (Regression, error) {
	if err := sameLength("regression", "predictions", len(truth), len(predicted)); err != nil {
		return Regression{}, err
	}
	for i, y := range truth {
		if d := y - predicted[i]; math.IsNaN(d) || math.IsInf(d, 0) {
			return Regression{}, fmt.Errorf("regression: example %d is %v and was predicted as %v, want finite "+
				"numbers", i, y, predicted[i])
		}
	}
	n, mean := float64(len(truth)), sum(truth)/float64(len(truth))
	var r Regression
	variance := 0.
	for i, y := range truth {
		d := predicted[i] - y
		r.MSE += d * d / n
		r.MAE += math.Abs(d) / n
		variance += (y - mean) * (y - mean) / n
	}
	if !(r.MSE+variance <= math.MaxFloat64) {
		return Regression{}, errors.New("regression: the numbers are too large: their squares are beyond float64")
	}
	r.RMSE = math.Sqrt(r.MSE)
	switch {
	case slices.Min(truth) < slices.Max(truth) && variance > 0: // of equal numbers it may be that of a rounded mean
		r.R2 = 1 - r.MSE/variance
	case r.MSE == 0:
		r.R2 = 1
	}
	return r, nil
}
