// This file holds what is added to losses: weighted sums of them, and penalties of weights.

package ops

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
)

// WeightedSum is a loss made of several: Σ weights[i]·losses[i]. Without weights (nil) each counts 1.
func WeightedSum(weights []float64, losses ...graph.Node) graph.Node {
	if len(losses) == 0 {
		panic("ops.WeightedSum: there is no loss to add")
	}
	if weights != nil && len(weights) != len(losses) {
		return graph.Failf("weighted sum", losses, "there are %d weights for %d losses", len(weights), len(losses))
	}
	for i, w := range weights {
		if err := allowed("weight", w); err != nil {
			return graph.Failf("weighted sum", losses, "of loss %d: %w", i, err)
		}
	}
	var y graph.Node
	for i, l := range losses {
		if weights != nil && weights[i] != 1 {
			l = Scale(l, weights[i])
		}
		if i == 0 {
			y = l
		} else {
			y = Add(y, l)
		}
	}
	return y
}

// L2Penalty is half the sum of all squares of all operands, ½ Σ w², whose derivative is w. Added to a loss with the
// weight λ, it is what PyTorch's optimisers call a weight_decay of λ; Keras' L2(λ) has no half, so it is twice as
// strong.
//
//	loss = ops.WeightedSum([]float64{1, 1e-4}, loss, ops.L2Penalty(weights...))
func L2Penalty(params ...graph.Node) graph.Node {
	return graph.Apply(penalty{kernel.HalfSquare}, params...)
}

// L1Penalty is the sum of all magnitudes of all operands, Σ |w|, whose derivative is the sign of w, 0 at 0.
func L1Penalty(params ...graph.Node) graph.Node {
	return graph.Apply(penalty{kernel.Magnitude}, params...)
}

// penalty sums a function of all elements of any number of operands.
type penalty struct{ f kernel.LossFunc }

func (o penalty) String() string {
	if o.f == kernel.HalfSquare {
		return "l2-penalty"
	}
	return "l1-penalty"
}
func (o penalty) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: in[0].DType}}, sameFloats(in...)
}

// Grad: dw = dy·w, and dy·sign(w) for the sum of magnitudes.
func (o penalty) Grad(_, dy, in []graph.Node, want []bool) []graph.Node {
	d := make([]graph.Node, len(in))
	for i, w := range in {
		switch {
		case !want[i]:
		case o.f == kernel.HalfSquare:
			d[i] = Mul(w, dy[0])
		default:
			d[i] = Mul(Sign(w), dy[0])
		}
	}
	return d
}
func (o penalty) Eval(dst, in []graph.Tensor) error {
	total := 0.
	for i := range in {
		w := &in[i] // one of F32 and F64 is empty, and adds 0
		total += kernel.LossSum(o.f, w.F32, w.F32, 0) + kernel.LossSum(o.f, w.F64, w.F64, 0)
	}
	setScalar(dst[0], total)
	return nil
}
func (o penalty) Draw([]graph.Type) (graph.Role, string) {
	if o.f == kernel.HalfSquare {
		return graph.RoleLoss, "L2 penalty"
	}
	return graph.RoleLoss, "L1 penalty"
}

// Flops: square or magnitude, and sum.
func (penalty) Flops(in []graph.Type) (products, others int64) { return each(2, in...) }
