// This file holds WeightNorm, a weight that is learnt as lengths and directions.

package nn

import (
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// WeightNorm is a weight that is learnt as a length g and a direction v for each output, which have gradients of their
// own:
//
//	w[k] = g[k]·v[k]/‖v[k]‖        for each k of the first axis
//
// [Affine] gives it to linear layers and convolutions. Names are PyTorch's, weight_g and weight_v, for PyTorch's dim
// 0. v begins with the usual initial value of a weight, and g with the length of v, so that w begins as v. See
// Salimans and Kingma 2016.
type WeightNorm struct {
	G *graph.Param // (out, 1, …)
	V *graph.Param // (out, …)
}

func newWeightNorm(s *Scope, init Init, shape []int) *WeightNorm {
	v := s.Param("weight_v", init, shape...)
	lengths := append([]int{shape[0]}, slices.Repeat([]int{1}, len(shape)-1)...)
	return &WeightNorm{V: v, G: s.Param("weight_g", func(dst graph.Tensor, _ *Rand) { lengthsOf(dst, v.Tensor()) },
		lengths...)}
}

// lengthsOf writes the length of each row of v.
func lengthsOf(dst, v graph.Tensor) {
	n := dst.Shape[0]
	each := v.Shape.Size() / n
	for k := range n {
		sum := 0.
		for i := range each {
			sum += v.At(k*each+i) * v.At(k*each+i)
		}
		if dst.DType == graph.Float64 {
			dst.F64[k] = math.Sqrt(sum)
		} else {
			dst.F32[k] = float32(math.Sqrt(sum))
		}
	}
}

// weightOf is the node of the weight of a layer: w, or norm if it is not nil.
func weightOf(g *graph.Graph, w *graph.Param, norm *WeightNorm) graph.Node {
	if norm == nil {
		return g.Param(w)
	}
	v := g.Param(norm.V)
	var axes []int
	for k := 1; k < v.Rank(); k++ {
		axes = append(axes, k)
	}
	return ops.Mul(v, ops.Div(g.Param(norm.G), ops.NormKeep(v, 2, axes...))) // (out, …)
}
