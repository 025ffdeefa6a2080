// This file holds Saliency.

package explain

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
)

// SaliencyOptions are those of [Saliency]. The zero value is the gradient of the largest logit of each row.
type SaliencyOptions struct {
	Classes []int   // of each row; nil for that of its largest logit
	Smooth  int     // noisy copies of which the mean gradient is taken; 0 for the picture itself
	Noise   float64 // their deviation, as a share of the range of the picture; 0 for 0.15
	Seed    uint64  // of the noise
}

// The deviation of noise unless it is told, and the most copies.
const (
	usualNoise = .15
	mostCopies = 10_000
)

// Saliency tells how much each pixel moves the logit of a class. It maps pictures x (N, C, H, W) to (N, H, W):
//
//	s = max over c of |∂ logit / ∂ x[c]|
//
// and so any x (N, C, …) to (N, …); in x (N, D) each of the D numbers is a pixel. With Smooth copies the derivative is
// the mean of those at x + σ·z, with z of N(0, 1) and σ = Noise·(max x − min x) of the picture. The noise depends on
// the seed and the number of the copy alone, so that a picture has the same map beside others. Unlike some programs
// Saliency takes the mean first and then the absolute value. Of a linear model s is |w|, with noise or without.
//
// It is an error if x or a derivative is not finite, and if a class or an option makes no sense.
//
// Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks", 2014; Smilkov et al., "SmoothGrad", 2017.
func Saliency(m nn.Module, x graph.Tensor, o SaliencyOptions) (graph.Tensor, error) {
	p, err := newPass("saliency", m, x)
	if err != nil {
		return graph.Tensor{}, err
	}
	if err := o.check(x); err != nil {
		return graph.Tensor{}, p.failure(err)
	}
	d := graph.Gradients(p.score(), p.x)[0] // (N, C, …)
	prog, err := p.compile(d, o.Classes)
	if err != nil {
		return graph.Tensor{}, err
	}
	sum := make([]float64, x.Shape.Size())
	for k := range max(o.Smooth, 1) {
		if o.Smooth > 0 {
			prog.Set(p.x, o.noisy(x, k))
		}
		v, err := p.value(prog, d)
		if err != nil {
			return graph.Tensor{}, err
		}
		for i := range sum {
			sum[i] += v.At(i)
		}
	}
	return largest(sum, float64(max(o.Smooth, 1)), x.Type), nil
}

func (o SaliencyOptions) check(x graph.Tensor) error {
	switch {
	case !x.DType.IsFloat():
		return fmt.Errorf("x is %v, and integers have no gradient; of words see Words", x.Type)
	case o.Smooth < 0 || o.Smooth > mostCopies:
		return fmt.Errorf("the option Smooth is %d, want 1 to %d copies, or 0 for none", o.Smooth, mostCopies)
	case !(o.Noise >= 0 && o.Noise <= math.MaxFloat32):
		return fmt.Errorf("the option Noise is %v, want a share of the range of a picture, or 0 for %v", o.Noise,
			usualNoise)
	}
	return nil
}

// noisy is copy k of pictures.
func (o SaliencyOptions) noisy(x graph.Tensor, k int) graph.Tensor {
	y, n := x.Clone(), x.Shape[0]
	each := x.Shape.Size() / n
	z := make([]float64, each)
	rng.Normal(z, rng.Key(o.Seed, rng.HashString("explain")).Sub(uint64(k)), 0)
	share := o.Noise
	if share == 0 {
		share = usualNoise
	}
	for i := range n {
		low, high := math.Inf(1), math.Inf(-1)
		for j := range each {
			low, high = math.Min(low, x.At(i*each+j)), math.Max(high, x.At(i*each+j))
		}
		for j := range each {
			put(y, i*each+j, x.At(i*each+j)+share*(high-low)*z[j])
		}
	}
	return y
}

// largest is |sum|/n, of tensors of type t its largest over the channels.
func largest(sum []float64, n float64, t graph.Type) graph.Tensor {
	shape, c := t.Shape, 1
	if len(shape) > 2 {
		c = shape[1]
		shape = append(graph.Shape{shape[0]}, shape[2:]...)
	}
	out := graph.NewTensor(graph.Type{DType: t.DType, Shape: shape})
	each := shape[1:].Size()
	for i := range out.Shape.Size() {
		row, pixel, most := i/each, i%each, 0.
		for k := range c {
			most = math.Max(most, math.Abs(sum[(row*c+k)*each+pixel])/n)
		}
		put(out, i, most)
	}
	return out
}

// put sets element i of a tensor of floats.
func put(t graph.Tensor, i int, v float64) {
	if t.DType == graph.Float64 {
		t.F64[i] = v
		return
	}
	t.F32[i] = float32(v)
}
