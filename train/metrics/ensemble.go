// This file holds what makes one answer of those of several models.

package metrics

import (
	"errors"
	"fmt"
)

// Mean returns the mean of the probabilities that several models give to the same examples. Its [LogLoss] is never
// larger than the mean of theirs. It is an error if there are no models, or if they have not the same rows and
// classes.
func Mean(models ...[][]float64) ([][]float64, error) {
	if len(models) == 0 {
		return nil, errors.New("mean: there are no models")
	}
	mean := make([][]float64, len(models[0]))
	for m, rows := range models {
		if len(rows) != len(mean) {
			return nil, fmt.Errorf("mean: model %d has %d rows, model 0 has %d", m, len(rows), len(mean))
		}
		for i, row := range rows {
			if mean[i] == nil {
				mean[i] = make([]float64, len(row))
			}
			if len(row) != len(mean[i]) {
				return nil, fmt.Errorf("mean: row %d of model %d has %d classes, that of model 0 has %d", i, m,
					len(row), len(mean[i]))
			}
			for k, p := range row {
				mean[i][k] += p / float64(len(models))
			}
		}
	}
	return mean, nil
}

// Vote returns for each example the class that most of several models predict; of several the lowest. It is an error
// if there are no models, or if they have not predicted as many examples.
func Vote(models ...[]int64) ([]int64, error) {
	if len(models) == 0 {
		return nil, errors.New("vote: there are no models")
	}
	won := make([]int64, len(models[0]))
	for m, predicted := range models {
		if len(predicted) != len(won) {
			return nil, fmt.Errorf("vote: model %d has %d predictions, model 0 has %d", m, len(predicted), len(won))
		}
	}
	for i := range won {
		votes := map[int64]int{}
		won[i] = models[0][i]
		for _, predicted := range models {
			votes[predicted[i]]++
		}
		for _, predicted := range models {
			if p := predicted[i]; votes[p] > votes[won[i]] || votes[p] == votes[won[i]] && p < won[i] {
				won[i] = p
			}
		}
	}
	return won, nil
}
