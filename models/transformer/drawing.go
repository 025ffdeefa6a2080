// This file holds how a model that writes symbol by symbol draws a sequence.

package transformer

import (
	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
)

// drawing draws the symbols of sequences: those of source i by keys[i], each by one number.
type drawing struct {
	nn.Sampling
	keys []rng.K
}

// search draws a sequence for each of n sources at once, see [Beam.search]. Its Score is the logarithm of its
// probability, whatever it was drawn by.
func (d drawing) search(n, v, longest int, next func(last, parents []int64) ([]float32, error)) ([][]Hypothesis,
	error) {
	last, parents, found := make([]int64, n), make([]int64, n), make([][]Hypothesis, n)
	all, logits := make([]Hypothesis, n), make([]float64, v)
	for i := range last {
		last[i], parents[i] = data.Begin, int64(i)
	}
	for length := 0; length <= longest; length++ {
		logp, err := next(last, parents)
		if err != nil {
			return nil, err
		}
		live := false
		for i := range n {
			if found[i] != nil {
				continue
			}
			for k, p := range logp[i*v : (i+1)*v] {
				logits[k] = float64(p)
			}
			symbol := int64(data.End)
			if length < longest {
				var u [1]float64
				rng.Uniform(u[:], d.keys[i], uint64(length))
				if symbol, err = d.Choose(logits, u[0]); err != nil {
					return nil, err
				}
			}
			h := &all[i]
			h.LogP += logits[symbol]
			if last[i] = symbol; symbol == data.End {
				h.Score = h.LogP
				found[i] = []Hypothesis{*h}
				continue
			}
			h.Symbols, live = append(h.Symbols, symbol), true
		}
		if !live {
			break
		}
	}
	return found, nil
}
