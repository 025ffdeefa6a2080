// This file holds the op that the compiler makes of attention in small ops, whose mask is a tensor.

package ops

import (
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// maskedAttention is attention of q, k and v with a mask, the last operand. The mask broadcasts to the scores and is
// added to them.
type maskedAttention struct {
	graph.NoRule
	of attention
}

func (o maskedAttention) String() string { return "masked-" + o.of.String() }

func (o maskedAttention) Types(in []graph.Type) ([]graph.Type, error) {
	types, err := o.of.Types(in[:3])
	if err != nil {
		return nil, err
	}
	q, s, mask := in[0].Shape, in[1].Shape[len(in[1].Shape)-2], in[3].Shape
	scores := append(slices.Clone(q[:len(q)-1]), s)
	if y, ok := broadcastShape(scores, mask); !ok || !y.Equal(scores) || len(mask) == 0 || mask[len(mask)-1] != s {
		return nil, fmt.Errorf("the mask has shape %v, scores have %v", mask, scores)
	}
	return types, sameFloats(in...)
}

func (o maskedAttention) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalMaskedAttention[float32], evalMaskedAttention[float64])
}

func evalMaskedAttention[T scalar.Float](o maskedAttention, dst, in []graph.Tensor) error {
	return evalMasked(o.of, dst, in[:3], maskOf[T](in[3], len(in[0].Shape)))
}

// maskOf is a mask as scores with so many axes. A stride is 0 where the mask broadcasts.
func maskOf[T scalar.Float](mask graph.Tensor, axes int) kernel.Heads[T] {
	s := len(mask.Shape) - 1
	strides := batchStrides(mask.Shape[:s], axes-1, mask.Shape[s])
	h := kernel.Heads[T]{X: graph.Floats[T](mask), Batch: strides[0], Row: strides[axes-2]}
	if axes == 4 {
		h.Head = strides[1]
	}
	return h
}

// Flops are those of attention and an addition for each score.
func (o maskedAttention) Flops(in []graph.Type) (products, others int64) {
	products, others = o.of.Flops(in[:3])
	p := o.of.sizes(in)
	return products, others + int64(p.N*p.NH)*int64(p.T*p.S)
}

func (o maskedAttention) Draw(in []graph.Type) (graph.Role, string) { return o.of.Draw(in) }
