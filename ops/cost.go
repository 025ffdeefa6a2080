// This file holds the operations that ops other than products and elementwise functions count, and what gathers read.

package ops

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
)

// each counts n operations for each element of the types.
func each(n int, types ...graph.Type) (products, others int64) {
	for _, t := range types {
		others += int64(n * t.Shape.Size())
	}
	return 0, others
}

// softmaxFlops are those of a softmax by element: maximum, difference, exponential, sum, quotient.
const softmaxFlops = 5

func (softmax) Flops(in []graph.Type) (products, others int64) { return each(softmaxFlops, in...) }

// Flops: the product with dy, its sum, a difference, and a product.
func (softmaxGrad) Flops(in []graph.Type) (products, others int64) { return each(4, in[0]) }

// Flops: all of a softmax but the quotient.
func (crossEntropy) Flops(in []graph.Type) (products, others int64) {
	return each(softmaxFlops-1, in[0])
}

// Flops: difference, exponential, scale.
func (crossEntropyGrad) Flops(in []graph.Type) (products, others int64) { return each(3, in[0]) }

// pointLossFlops are those by element: of f, and of its gradient.
var pointLossFlops = [...]struct{ f, grad int }{
	kernel.SquaredLoss:    {2, 2}, // (x-t)²
	kernel.AbsoluteLoss:   {2, 2}, // |x-t|
	kernel.HuberLoss:      {5, 2}, // x-t, its size, and δ·(|x-t| - δ/2)
	kernel.SmoothL1Loss:   {5, 3}, // the same
	kernel.BCELoss:        {7, 4}, // -t·ln x - (1-t)·ln(1-x)
	kernel.BCELogitsLoss:  {7, 2}, // max(x, 0) - x·t + ln(1 + e^-|x|)
	kernel.KLLoss:         {3, 1}, // t·(ln t - x)
	kernel.GaussianKLLoss: {6, 2}, // (x² + eᵗ - 1 - t)/2
}

// Flops: f, and its sum.
func (o pointLoss) Flops(in []graph.Type) (products, others int64) {
	if o.r == ReduceNone {
		return each(pointLossFlops[o.f].f, in[0])
	}
	return each(pointLossFlops[o.f].f+1, in[0])
}

// Flops: the gradient of f, and its product with dy.
func (o pointLossGrad) Flops(in []graph.Type) (products, others int64) {
	return each(pointLossFlops[o.of.f].grad+1, in[0])
}

// Flops: square or magnitude, and sum.
func (penalty) Flops(in []graph.Type) (products, others int64) { return each(2, in...) }

// normFlops are those of a normalisation by element: mean 1, variance 3, (x - mean)·r·w + b 4.
const normFlops = 8

// Flops of the gradient by element: x̂ 2, dy·w 1, its mean and that with x̂ 3, dx 4, dw and db 3.
const normGradFlops = 13

func (batchNorm) Flops(in []graph.Type) (products, others int64) { return each(normFlops, in[0]) }
func (batchNormGrad) Flops(in []graph.Type) (products, others int64) {
	return each(normGradFlops, in[1])
}
func (rowNorm) Flops(in []graph.Type) (products, others int64)     { return each(normFlops, in[0]) }
func (rowNormGrad) Flops(in []graph.Type) (products, others int64) { return each(normGradFlops, in[1]) }

// Flops: a factor and a shift, which are made once for each channel.
func (batchNormEval) Flops(in []graph.Type) (products, others int64) { return each(2, in[0]) }

// Flops: two factors and a sum.
func (running) Flops(in []graph.Type) (products, others int64) { return each(3, in[0]) }

// Flops: a comparison for each element of a window.
func (o maxPool) Flops(in []graph.Type) (products, others int64) {
	return o.flops(o.results(o.plane(in[0].Shape), o.ceil), in[0].Shape)
}

// Flops: a sum for each element of a window.
func (o avgPool) Flops(in []graph.Type) (products, others int64) {
	return o.flops(o.results(o.plane(in[0].Shape), o.ceil), in[0].Shape)
}

func (o avgPoolGrad) Flops(in []graph.Type) (products, others int64) {
	return o.pool.flops(o.pool.plane(in[0].Shape), in[0].Shape)
}

// flops counts one for each element of the windows that give planes of the given size.
func (o poolWindow) flops(plane [2]int, x graph.Shape) (products, others int64) {
	return 0, int64(x[0]*x[1]) * int64(plane[0]*plane[1]) * int64(o.size[0]*o.size[1])
}

func (adaptiveAvg) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
func (adaptiveMax) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
func (o adaptiveAvgGrad) Flops(in []graph.Type) (products, others int64) {
	return 0, int64(in[0].Shape[0] * in[0].Shape[1] * o.image.Size())
}

// Flops of ops that add up what they are given.
func (reduce) Flops(in []graph.Type) (products, others int64)        { return each(1, in[0]) }
func (sumTo) Flops(in []graph.Type) (products, others int64)         { return each(1, in[0]) }
func (channelSum) Flops(in []graph.Type) (products, others int64)    { return each(1, in[0]) }
func (scatterPlanes) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
func (put) Flops(in []graph.Type) (products, others int64)           { return each(1, in[0]) }
func (putAlong) Flops(in []graph.Type) (products, others int64)      { return each(1, in[0]) }

// Flops: comparisons, for a mask those with the extremum as well.
func (argReduce) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
func (firstMask) Flops(in []graph.Type) (products, others int64) { return each(2, in[0]) }

// Flops: the factor, and for random numbers the function that makes them what they are.
func (dropout) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
func (o random) Flops([]graph.Type) (products, others int64)   { return 0, int64(o.shape.Size()) }

// Flops: x·tanh(ln(1 + eˣ)).
func (mish) Flops(in []graph.Type) (products, others int64) { return each(5, in[0]) }

// Flops by element, without the decay's two: p - lr·g 2; v = mu·v + g 2; s + g² 2, root, eps and quotient 3;
// rho·s + (1-rho)·g² 4; both moments of Adam 7, their corrections 2.
func (o update) Flops(in []graph.Type) (products, others int64) {
	n := [...]int{sgdStep: 2, momentumStep: 4, adagradStep: 7, rmspropStep: 9, adamStep: 14}[o.kind]
	for _, more := range []bool{o.decay != 0, o.nesterov, o.buffered} {
		if more {
			n += 2
		}
	}
	if o.centred {
		n += 5 // m = rho·m + (1-rho)·g, s - m²
	}
	return each(n, in[0])
}

func (globalNorm) Flops(in []graph.Type) (products, others int64) { return each(2, in...) }
func (clipByNorm) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }

// Picks: what gathers and slices read of their operand is as much as they write.

func (o take) Picks(operand int, in []graph.Type) int {
	return picks(operand, in, in[0].Shape.Size()/in[0].Shape[o.axis]*in[1].Shape.Size())
}
func (takeAlong) Picks(operand int, in []graph.Type) int {
	return picks(operand, in, in[1].Shape.Size())
}
func (gatherPlanes) Picks(operand int, in []graph.Type) int {
	return picks(operand, in, in[1].Shape.Size())
}
func (o slice) Picks(operand int, in []graph.Type) int { return picks(operand, in, o.count.Size()) }

// picks is n elements of operand 0, and all of the others.
func picks(operand int, in []graph.Type, n int) int {
	if operand == 0 {
		return n
	}
	return in[operand].Shape.Size()
}
