// This file holds what learning from few examples needs of data: some examples of each class, what a network makes of
// examples, and grey pictures in the channels of colour.

package data

import (
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Shots returns the numbers of n examples of each class, drawn by the seed, in rising order, for [Split.Pick]: the few
// examples that a network with learnt features needs. Of one seed the examples of a smaller n are among those of a
// larger one, so that a curve over n is one of more examples and not of others. It is an error if n is below 1, if
// there are no labels, and if a class has fewer than n examples.
func Shots(labels []int64, n int, seed uint64) ([]int, error) {
	if n < 1 {
		return nil, fmt.Errorf("shots: %d examples of each class, want at least 1", n)
	}
	groups, err := groupsOf(labels)
	if err != nil {
		return nil, fmt.Errorf("shots: %w", err)
	}
	key := rng.Key(seed, rng.HashString("data.shots"))
	chosen := make([]bool, len(labels))
	for _, g := range groups {
		class := labels[g[0]]
		if len(g) < n {
			return nil, fmt.Errorf("shots: class %d has %d examples, want at least %d", class, len(g), n)
		}
		order := make([]int, len(g))
		rng.Permute(order, key.Sub(uint64(class)))
		for _, j := range order[:n] {
			chosen[g[j]] = true
		}
	}
	numbers := make([]int, 0, n*len(groups))
	for i, is := range chosen {
		if is {
			numbers = append(numbers, i)
		}
	}
	return numbers, nil
}

// Through returns the examples with f(X) in the place of X, which is computed once: the features of pictures, from
// which a new head then learns in seconds, since the body of the network is run no more. The targets and the seed are
// those of s.
//
//	body := nn.NewPredictor(nn.Func(func(x graph.Node) graph.Node { y, _ := net.Features(x); return y }))
//	features, err := pictures.Through(body.Predict)
//
// It is an error if f is nil or fails, and if it does not give a row for each example. An empty split stays empty, and
// f is not called.
func (s Split) Through(f func(x graph.Tensor) (graph.Tensor, error)) (Split, error) {
	rows := s.mustHold("Through")
	if f == nil {
		return Split{}, errors.New("through: the function is nil")
	}
	if rows.Len() == 0 {
		return s, nil
	}
	y, err := f(s.X)
	if err != nil {
		return Split{}, fmt.Errorf("through: %w", err)
	}
	if err := y.Check(); err != nil {
		return Split{}, fmt.Errorf("through: what the function gives: %w", err)
	}
	if len(y.Shape) == 0 || y.Shape[0] != rows.Len() {
		return Split{}, fmt.Errorf("through: the function maps %v to %v, want a row for each of %d examples",
			s.X.Shape, y.Shape, rows.Len())
	}
	s.X = y
	return s, nil
}

// RepeatChannel returns pictures x (N, 1, H, W) of float32 with their one channel c times, (N, c, H, W): grey as red,
// green and blue, for a network that was made for colours. It panics when x is no such pictures, and when c < 1.
func RepeatChannel(x graph.Tensor, c int) graph.Tensor {
	if x.DType != graph.Float32 || len(x.Shape) != 4 || x.Shape[1] != 1 || c < 1 {
		panic(fmt.Sprintf("data: RepeatChannel of %v, %d times, want (N, 1, H, W) of float32 and once at least",
			x.Type, c))
	}
	y := graph.NewTensor(graph.Type{Shape: graph.Shape{x.Shape[0], c, x.Shape[2], x.Shape[3]}})
	plane := x.Shape[2] * x.Shape[3]
	for i := range x.Shape[0] * c {
		copy(y.F32[i*plane:(i+1)*plane], x.F32[i/c*plane:])
	}
	return y
}
