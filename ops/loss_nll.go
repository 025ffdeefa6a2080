// This file holds NLL, the loss of log-probabilities, and the op that says how much each target counts.

package ops

import (
	"cmp"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// NLL is the mean negative log-likelihood of the classes in target, where logp holds log-probabilities, as
// [LogSoftmax] along axis 1 gives them:
//
//	y = -1/n Σᵢ logpᵢ[targetᵢ]        logp (N, C, …), target (N, …) int64, y ()
//
// Targets of -100 are left out. A run fails when another target is outside [0, C), or when all are left out.
// [CrossEntropy] is the same of logits, in one op.
func NLL(logp, target graph.Node) graph.Node { return NegativeLogLikelihood{}.Loss(logp, target) }

// NegativeLogLikelihood is [NLL] with options: w weighs the classes, and the mean is Σ w[t]·(-logp[t]) / Σ w[t].
type NegativeLogLikelihood struct {
	Weights   []float64 // one for each class; nil for 1
	Ignore    int       // target that is left out beside [IgnoreIndex]; 0 for none, [IgnoreZero] for class 0
	Reduction Reduction // ReduceMean, ReduceSum, or ReduceNone: (N, …), 0 for targets that are left out
}

// Loss returns the loss of log-probabilities logp (N, C, …) and classes target (N, …).
func (o NegativeLogLikelihood) Loss(logp, target graph.Node) graph.Node {
	in := []graph.Node{logp, target}
	if !logp.Valid() || !target.Valid() {
		return graph.Apply(takeAlong{}, logp, target)
	}
	w, err := classWeights(logp, o.Weights)
	switch err = cmp.Or(err, reducesRows(o.Reduction)); {
	case err != nil:
		return graph.Fail("nll", in, err)
	case logp.Rank() < 2:
		return graph.Failf("nll", in, "the log-probabilities have shape %v, want (N, C, …)", logp.Shape())
	}
	rows, _ := crossEntropy{}.rows(logp.Shape())
	if !target.Shape().Equal(rows) {
		return graph.Failf("nll", in, "the target has shape %v, want %v", target.Shape(), rows)
	}
	in = in[1:]
	if o.Weights != nil {
		in = append(in, w)
	}
	op := counted{classes: logp.Dim(1), ignore: ignored(o.Ignore), dtype: logp.DType()}
	c := graph.ApplyAll(op, in...)
	index, weight := c[0], c[1]
	picked := Squeeze(TakeAlong(logp, Unsqueeze(index, 1), 1), 1) // (N, …)
	each := Where(weight, Neg(Mul(weight, picked)), zero(logp))   // a class of weight 0 may have -Inf
	switch o.Reduction {
	case ReduceNone:
		return each
	case ReduceSum:
		return Sum(each)
	}
	op.some = true
	return Div(Sum(each), graph.ApplyAll(op, in...)[2])
}

// counted has the operands target (N, …) and, if there are any, class weights (C). Its results are the targets, with
// class 0 in place of those that are left out; the weight of each target, 0 for those that are left out; and the sum
// of the weights.
type counted struct {
	classes int
	ignore  int64
	dtype   graph.DType
	some    bool // a run fails when the sum is 0
}

func (o counted) String() string {
	s := fmt.Sprintf("count-targets classes=%d", o.classes)
	if o.ignore != IgnoreIndex {
		s += fmt.Sprintf(" ignore=%d", o.ignore)
	}
	return s
}
func (o counted) Operands() string { return "target weights" }
func (o counted) Types(in []graph.Type) ([]graph.Type, error) {
	if err := cmp.Or(allowed("classes", o.classes), floatType(o.dtype)); err != nil {
		return nil, err
	}
	weights := graph.Type{DType: o.dtype, Shape: graph.Shape{o.classes}}
	switch {
	case in[0].DType != graph.Int64:
		return nil, fmt.Errorf("the target holds %v, want class numbers in int64", in[0].DType)
	case len(in) == 2 && !in[1].Equal(weights):
		return nil, fmt.Errorf("the class weights are %v, want %v", in[1], weights)
	}
	return []graph.Type{in[0], {DType: o.dtype, Shape: in[0].Shape}, {DType: o.dtype}}, nil
}

// Grad is never asked for: neither integers nor weights have a gradient.
func (o counted) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (o counted) NoGrad(int) bool                                  { return true }
func (o counted) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalCounted[float32], evalCounted[float64])
}

func evalCounted[T scalar.Float](o counted, dst, in []graph.Tensor) error {
	index, weight := dst[0].I64, graph.Floats[T](dst[1])
	total := 0.
	for i, t := range in[0].I64 {
		w := T(0)
		switch {
		case t == o.ignore || t == IgnoreIndex:
			t = 0
		case t < 0 || t >= int64(o.classes):
			return fmt.Errorf("target %d at row %d, but there are %d classes (0…%d)", t, i, o.classes, o.classes-1)
		case len(in) == 2:
			w = graph.Floats[T](in[1])[t]
		default:
			w = 1
		}
		if total += float64(w); index != nil {
			index[i] = t
		}
		if weight != nil {
			weight[i] = w
		}
	}
	setScalar(dst[2], total)
	if o.some && total == 0 {
		return fmt.Errorf("all %d targets are left out or have weight 0: the mean is undefined", len(in[0].I64))
	}
	return nil
}

// Flops: the sum of the weights.
func (o counted) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
func (o counted) Draw([]graph.Type) (graph.Role, string)         { return graph.RoleLoss, "Count targets" }
