// This file holds Attention and Rollout.

package explain

import (
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// Attention gives the weights of all attention in a model's pass on one text x (1, T), first layer first,
// each (NH, T, S): for each head a row for each symbol that looks, which adds up to 1. Of a model without
// attention it is an error.
func Attention(m nn.Module, x graph.Tensor) ([]graph.Tensor, error) {
	p := &pass{of: "attention", input: x}
	if err := p.checkInput(m); err != nil {
		return nil, p.failure(err)
	}
	if x.Shape[0] != 1 {
		return nil, p.failure(fmt.Errorf("x is %v, want one text (1, T)", x.Type))
	}
	g := &graph.Graph{DType: floatOf(m, x.DType)}
	p.x = nn.InputLike(g, "x", x.Type)
	m.Forward(p.x)
	if err := g.Err(); err != nil {
		return nil, p.failure(err)
	}
	var weights []graph.Node
	for _, a := range ops.AttentionsIn(g) {
		if len(a.Weights.Shape()) != 4 {
			return nil, p.failure(fmt.Errorf("the weights of %s are %v, want (1, heads, T, S)", a.Layer,
				a.Weights.Type()))
		}
		weights = append(weights, a.Weights)
	}
	if len(weights) == 0 {
		return nil, p.failure(errors.New("the model has no attention"))
	}
	prog, err := g.Compile(weights...)
	if err != nil {
		return nil, p.failure(err)
	}
	prog.Set(p.x, x)
	if err := prog.Run(); err != nil {
		return nil, p.failure(err)
	}
	var all []graph.Tensor
	for _, w := range weights {
		one, err := prog.Value(w).Clone().Reshape(w.Shape()[1:]...)
		if err != nil {
			return nil, p.failure(err)
		}
		all = append(all, one)
	}
	return all, nil
}

// Rollout tells from which symbols of a text each comes in the end, through all layers of attention. Row i of r (T, T)
// is the share that each symbol has of the description of symbol i:
//
//	r = Aₙ′ · … · A₂′ · A₁′, with A′ = ½·A + ½·I and A the mean of the heads of a layer
//
// I stands for what a layer has read, to which it adds what it finds. Each row of A′ is divided by its sum, so that it
// adds up to 1. A layer is the weights of all its heads (NH, T, T), or their mean (T, T), a row for each symbol that
// looks. The result is of float64.
//
// It is an error if there is no layer, if one has another T than the first, or an element that is below 0 or not
// finite. Attention between two texts is not of this kind.
//
// Abnar and Zuidema, "Quantifying attention flow in transformers", 2020.
func Rollout(layers ...graph.Tensor) (graph.Tensor, error) {
	if len(layers) == 0 {
		return graph.Tensor{}, errors.New("rollout: there is no layer")
	}
	var r []float64
	t := 0
	for i, l := range layers {
		a, n, err := mixed(l)
		switch {
		case err != nil:
			return graph.Tensor{}, fmt.Errorf("rollout: layer %d: %w", i, err)
		case i > 0 && n != t:
			return graph.Tensor{}, fmt.Errorf("rollout: layer %d is of %d symbols, the first of %d", i, n, t)
		case i == 0:
			r, t = a, n
		default:
			r = product(a, r, t)
		}
	}
	return graph.FromFloat64(r, t, t), nil
}

// mixed is ½·A + ½·I of a layer, each row divided by its sum.
func mixed(l graph.Tensor) (a []float64, t int, err error) {
	s := l.Shape
	if n := len(s); n != 2 && n != 3 || s[n-1] != s[n-2] || s.Size() == 0 || !l.DType.IsFloat() {
		return nil, 0, fmt.Errorf("it is %v, want floats (heads, T, T) or (T, T)", l.Type)
	}
	if err := l.Check(); err != nil {
		return nil, 0, err
	}
	t = s[len(s)-1]
	heads := s.Size() / (t * t)
	a = make([]float64, t*t)
	for i := range s.Size() {
		v := l.At(i)
		if !(v >= 0) || v-v != 0 {
			return nil, 0, fmt.Errorf("element %d of %v is %v, want a finite number from 0 up", i, l.Type, v)
		}
		a[i%(t*t)] += v / float64(heads)
	}
	for i := range t {
		row, sum := a[i*t:(i+1)*t], 0.
		row[i]++
		for _, v := range row {
			sum += v
		}
		for j := range row {
			row[j] /= sum
		}
	}
	return a, t, nil
}

// product is a·b of matrices (t, t).
func product(a, b []float64, t int) []float64 {
	c := make([]float64, t*t)
	for i := range t {
		for k := range t {
			for j := range t {
				c[i*t+j] += a[i*t+k] * b[k*t+j]
			}
		}
	}
	return c
}
