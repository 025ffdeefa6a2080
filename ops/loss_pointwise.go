// This file holds the losses that are a sum over elements: squared error, binary cross-entropy, divergences.

package ops

import (
	"cmp"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Reduction says what a loss does with its elements.
type Reduction uint8

const (
	ReduceMean      Reduction = iota // the mean over all elements
	ReduceSum                        // the sum over all elements
	ReduceNone                       // nothing: the result has the shape of the prediction
	ReduceBatchMean                  // the sum over all elements, divided by the size of the first axis
	reduceRows                       // the mean of the sums over the last axis
)

func (r Reduction) String() string {
	if r > reduceRows {
		return fmt.Sprintf("reduction(%d)", uint8(r))
	}
	return [...]string{"mean", "sum", "none", "batch-mean", "mean of row sums"}[r]
}

// scale is what the sum over all elements of a shape is multiplied by.
func (r Reduction) scale(shape graph.Shape) float64 {
	switch {
	case r == ReduceMean:
		return 1 / float64(shape.Size())
	case r == ReduceBatchMean && len(shape) > 0:
		return 1 / float64(shape[0])
	case r == reduceRows && len(shape) > 0:
		return float64(shape[len(shape)-1]) / float64(shape.Size())
	}
	return 1
}

// MSE is the mean squared error:
//
//	y = 1/n Σ (pred - target)²
//
// Both have the same shape: unlike in PyTorch, a target is not broadcast. This is so for all losses here.
func MSE(pred, target graph.Node) graph.Node { return SquaredError{}.Loss(pred, target) }

// SquaredError is [MSE] with another reduction.
type SquaredError struct{ Reduction Reduction }

// Loss returns the loss of pred and target, of the same shape.
func (o SquaredError) Loss(pred, target graph.Node) graph.Node {
	return graph.Apply(pointLoss{f: kernel.SquaredLoss, r: o.Reduction}, pred, target)
}

// L1Loss is the mean absolute error 1/n Σ |pred - target|. Its derivative at 0 is 0.
func L1Loss(pred, target graph.Node) graph.Node { return AbsoluteError{}.Loss(pred, target) }

// AbsoluteError is [L1Loss] with another reduction.
type AbsoluteError struct{ Reduction Reduction }

// Loss returns the loss of pred and target, of the same shape.
func (o AbsoluteError) Loss(pred, target graph.Node) graph.Node {
	return graph.Apply(pointLoss{f: kernel.AbsoluteLoss, r: o.Reduction}, pred, target)
}

// Huber is squared near 0 and linear beyond δ, so that outliers pull with a bounded force (Huber 1964):
//
//	d²/2 where |d| ≤ δ, else δ·(|d| - δ/2)        d = pred - target
type Huber struct {
	Delta     float64 // δ > 0; 0 for 1
	Reduction Reduction
}

// Loss returns the loss of pred and target, of the same shape.
func (o Huber) Loss(pred, target graph.Node) graph.Node {
	return graph.Apply(pointLoss{kernel.HuberLoss, orOne(o.Delta), o.Reduction}, pred, target)
}

// SmoothL1 is [Huber] divided by β, so that its slope far from 0 is 1 (Girshick 2015):
//
//	d²/2β where |d| < β, else |d| - β/2        d = pred - target
type SmoothL1 struct {
	Beta      float64 // β > 0; 0 for 1. Its limit for β → 0 is [L1Loss]
	Reduction Reduction
}

// Loss returns the loss of pred and target, of the same shape.
func (o SmoothL1) Loss(pred, target graph.Node) graph.Node {
	return graph.Apply(pointLoss{kernel.SmoothL1Loss, orOne(o.Beta), o.Reduction}, pred, target)
}

func orOne(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}

// BCE is the binary cross-entropy of probabilities p; a run fails when p is outside [0, 1]:
//
//	y = -1/n Σ target·ln p + (1 - target)·ln(1 - p)
//
// As in PyTorch the logarithms are at least -100, so that a certain mistake costs 100. Keras keeps p away from 0 and 1
// by 1e-7 instead, so that it costs 16.1. [BCEWithLogits] has no such bound and is more accurate.
func BCE(p, target graph.Node) graph.Node { return BinaryCrossEntropy{}.Loss(p, target) }

// BCEWithLogits is the binary cross-entropy of the probabilities σ(x), in a form that does not overflow:
//
//	y = 1/n Σ max(x, 0) - x·target + ln(1 + e^-|x|)
func BCEWithLogits(x, target graph.Node) graph.Node {
	return BinaryCrossEntropy{Logits: true}.Loss(x, target)
}

// BinaryCrossEntropy is [BCE], or [BCEWithLogits] for logits, with another reduction. Positive weights w are for
// logits alone. With w above 1, a class that is there and missed costs more than one that is not there and seen
// (PyTorch: pos_weight):
//
//	-w·target·ln σ(x) - (1 - target)·ln(1 - σ(x))
type BinaryCrossEntropy struct {
	Logits    bool
	Positive  []float64 // w: one, or one for each class, which is the last axis; nil for 1
	Reduction Reduction
}

// Loss returns the loss of pred, probabilities or logits, and target, of the same shape.
func (o BinaryCrossEntropy) Loss(pred, target graph.Node) graph.Node {
	op := pointLoss{f: kernel.BCELoss, r: o.Reduction}
	if o.Logits {
		op.f = kernel.BCELogitsLoss
	}
	if o.Positive == nil {
		return graph.Apply(op, pred, target)
	}
	return o.weighed(op, pred, target)
}

// weighed adds (w-1)·target·ln(1 + e^-x) to the loss of each element.
func (o BinaryCrossEntropy) weighed(op pointLoss, x, target graph.Node) graph.Node {
	in := []graph.Node{x, target}
	r := op.r
	op.r = ReduceNone
	plain := graph.Apply(op, x, target)
	if !plain.Valid() {
		return plain
	}
	n := len(o.Positive)
	switch {
	case !o.Logits:
		return graph.Failf(op.String(), in, "Positive weights are given for probabilities, want Logits: true")
	case n != 1 && (x.Rank() == 0 || n != x.Dim(-1)):
		const want = "1, or one for each class of the last axis"
		return graph.Failf(op.String(), in, "there are %d positive weights, want %s", n, want)
	}
	more := make([]float64, n)
	for i, w := range o.Positive {
		if err := held(x.Graph().DType, "positive weight", w); err != nil {
			return graph.Failf(op.String(), in, "of class %d: %w", i, err)
		}
		more[i] = w - 1
	}
	w := floatConstant(x.Graph(), more, n)
	if n == 1 {
		w = Reshape(w)
	}
	return elementsReduced(Add(plain, Mul(Mul(w, target), Softplus(Neg(x)))), r)
}

// elementsReduced reduces the losses of all elements.
func elementsReduced(x graph.Node, r Reduction) graph.Node {
	if err := allowed("reduction", int(r)); err != nil {
		return graph.Fail("reduction", []graph.Node{x}, err)
	}
	switch {
	case !x.Valid() || r == ReduceNone:
		return x
	case r == ReduceMean:
		return Mean(x)
	case r == ReduceSum:
		return Sum(x)
	case x.Rank() == 0:
		return graph.Failf("reduction batch-mean", []graph.Node{x}, "the operands are scalars, want (N, …)")
	}
	return Scale(Sum(x), r.scale(x.Shape()))
}

// KLDiv is the Kullback-Leibler divergence of distributions over the last axis, averaged over the first, the batch:
//
//	KL(q‖p) = 1/N Σ q·(ln q - ln p)
//
// As in PyTorch, the first operand is ln p, as [LogSoftmax] gives it, and the second is q itself; terms with q = 0 are
// 0. Unlike in PyTorch, the default is its "batchmean".
func KLDiv(logp, q graph.Node) graph.Node {
	return KLDivergence{Reduction: ReduceBatchMean}.Loss(logp, q)
}

// KLDivergence is [KLDiv] with another reduction. [ReduceMean], PyTorch's default, divides by the number of elements,
// so it is not the divergence. With LogTarget the second operand is ln q, which may be -Inf, as [LogSoftmax] gives it:
//
//	e^(ln q)·(ln q - ln p)
type KLDivergence struct {
	Reduction Reduction
	LogTarget bool
}

// Loss returns the loss of ln p and q, or ln q, of the same shape.
func (o KLDivergence) Loss(logp, q graph.Node) graph.Node {
	if !o.LogTarget {
		return graph.Apply(pointLoss{f: kernel.KLLoss, r: o.Reduction}, logp, q)
	}
	if logp.Valid() && q.Valid() && !logp.Shape().Equal(q.Shape()) {
		return graph.Failf("kl log-target", []graph.Node{logp, q}, "the shapes differ, and a loss does not broadcast")
	}
	p := Exp(q)
	return elementsReduced(Mul(p, Where(p, Sub(q, logp), zero(p))), o.Reduction)
}

// KLGauss is the divergence of normal distributions N(mu, e^logvar) from N(0, 1), summed over the last axis and
// averaged over the others: the second term of a variational autoencoder (Kingma and Welling 2014, appendix B).
//
//	y = 1/N Σ (mu² + e^logvar - 1 - logvar)/2        mu, logvar (N, D)
func KLGauss(mu, logvar graph.Node) graph.Node {
	return graph.Apply(pointLoss{f: kernel.GaussianKLLoss, r: reduceRows}, mu, logvar)
}

// pointLoss reduces f(x, t), taken element by element.
type pointLoss struct {
	f kernel.LossFunc
	p float64 // parameter of f
	r Reduction
}

// pointLossNames are the names of a function on the tape and in drawings, of its parameter, and of its operands.
var pointLossNames = [...]struct{ tape, label, parameter, operands string }{
	kernel.SquaredLoss:    {"mse", "MSE", "", "pred target"},
	kernel.AbsoluteLoss:   {"l1", "L1", "", "pred target"},
	kernel.HuberLoss:      {"huber", "Huber", "delta", "pred target"},
	kernel.SmoothL1Loss:   {"smooth-l1", "SmoothL1", "beta", "pred target"},
	kernel.BCELoss:        {"bce", "BCE", "", "p target"},
	kernel.BCELogitsLoss:  {"bce-logits", "BCE", "", "x target"},
	kernel.KLLoss:         {"kl", "KL", "", "logp q"},
	kernel.GaussianKLLoss: {"kl-gauss", "KL", "", "mu logvar"},
}

func (o pointLoss) String() string {
	s := pointLossNames[o.f].tape
	if name := pointLossNames[o.f].parameter; name != "" {
		s += fmt.Sprintf(" %s=%g", name, o.p)
	}
	if o.r == ReduceMean || o.r == reduceRows {
		return s
	}
	return s + " " + o.r.String()
}
func (o pointLoss) Operands() string { return pointLossNames[o.f].operands }
func (o pointLoss) Types(in []graph.Type) ([]graph.Type, error) {
	switch err := o.check(in[0].DType); {
	case err != nil:
		return nil, err
	case !in[0].Shape.Equal(in[1].Shape):
		return nil, fmt.Errorf("the shapes differ, and a loss does not broadcast")
	case o.r == ReduceNone:
		return in[:1], sameFloats(in...)
	case (o.r == ReduceBatchMean || o.r == reduceRows) && len(in[0].Shape) == 0:
		return nil, fmt.Errorf("the operands are scalars, want (N, …)")
	}
	return []graph.Type{{DType: in[0].DType}}, sameFloats(in...)
}

// check reports what is wrong with the attributes.
func (o pointLoss) check(d graph.DType) error {
	name := &pointLossNames[o.f]
	if o.f == kernel.GaussianKLLoss && o.r == reduceRows {
		return nil // this function has no other reduction
	}
	return cmp.Or(allowed("reduction", int(o.r)), allowedParameters(d, name.tape, name.parameter, o.p))
}

// Grad: dx = s·dy·∂f/∂x and dt = s·dy·∂f/∂t, where s is 1/n for a mean.
func (o pointLoss) Grad(_, dy, in []graph.Node, want []bool) []graph.Node {
	d := make([]graph.Node, 2)
	for i := range d {
		if want[i] {
			d[i] = graph.Apply(pointLossGrad{o, i == 1}, in[0], in[1], dy[0])
		}
	}
	return d
}
func (o pointLoss) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalPointLoss[float32], evalPointLoss[float64])
}

func evalPointLoss[T scalar.Float](o pointLoss, dst, in []graph.Tensor) error {
	x, t := graph.Floats[T](in[0]), graph.Floats[T](in[1])
	if o.f == kernel.BCELoss {
		if i := kernel.OutsideUnit(x); i >= 0 {
			return fmt.Errorf("element %d of p is %g, want a probability in [0, 1]; BCEWithLogits takes logits", i,
				x[i])
		}
	}
	if o.r == ReduceNone {
		kernel.Loss(o.f, graph.Floats[T](dst[0]), x, t, o.p)
		return nil
	}
	setScalar(dst[0], kernel.LossSum(o.f, x, t, o.p)*o.r.scale(in[0].Shape))
	return nil
}
func (o pointLoss) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleLoss, pointLossNames[o.f].label
}

// Flops: f, and its sum.
func (o pointLoss) Flops(in []graph.Type) (products, others int64) {
	if o.r == ReduceNone {
		return each(pointLossFlops[o.f].f, in[0])
	}
	return each(pointLossFlops[o.f].f+1, in[0])
}

// pointLossGrad is the derivative of a pointLoss by x, or by the target. Its operands are x, target and dy, which is a
// scalar or has their shape.
type pointLossGrad struct {
	of     pointLoss
	target bool
}

func (o pointLossGrad) String() string {
	if o.target {
		return "∂" + o.of.String() + " by target"
	}
	return "∂" + o.of.String()
}
func (o pointLossGrad) Operands() string { return o.of.Operands() + " dy" }
func (o pointLossGrad) Types(in []graph.Type) ([]graph.Type, error) {
	if err := o.of.check(in[0].DType); err != nil {
		return nil, err
	}
	if !in[0].Shape.Equal(in[1].Shape) || len(in[2].Shape) > 0 && !in[2].Shape.Equal(in[0].Shape) {
		return nil, fmt.Errorf("the shapes differ")
	}
	return in[:1], sameFloats(in...)
}
func (o pointLossGrad) InPlace(int) []int { return []int{0, 1, 2} }

// Grad: y = s·dy·f' is linear in dy, and its derivatives by x and t contain f″.
func (o pointLossGrad) Grad(_, dy, in []graph.Node, want []bool) []graph.Node {
	x, t := in[0], in[1]
	d := make([]graph.Node, 3)
	for i := range 2 {
		if want[i] {
			s := Scale(in[2], o.of.r.scale(x.Shape()))
			d[i] = Mul(Mul(dy[0], s), o.of.curvature(x, t, o.target, i == 1))
		}
	}
	if want[2] {
		d[2] = SumTo(graph.Apply(o, x, t, dy[0]), in[2].Shape()...)
	}
	return d
}

// curvature is a second derivative of f: by the target or by x, and then, as again says, by the target or by x. It is
// a scalar where it is constant.
func (o pointLoss) curvature(x, t graph.Node, target, again bool) graph.Node {
	g := x.Graph()
	both, mixed := target && again, target != again
	sign := 1.
	if mixed {
		sign = -1
	}
	switch o.f {
	case kernel.SquaredLoss:
		return g.Scalar(2 * sign)
	case kernel.HuberLoss:
		return Scale(LessEqual(Abs(Sub(x, t)), g.Scalar(o.p)), sign)
	case kernel.SmoothL1Loss:
		return Scale(Less(Abs(Sub(x, t)), g.Scalar(o.p)), sign/o.p)
	case kernel.BCELoss: // x is a probability: t/x² + (1-t)/(1-x)², and -1/(x(1-x)) mixed
		switch {
		case mixed:
			return Neg(Reciprocal(Mul(x, oneMinus(x))))
		case !both:
			return Add(Div(t, Square(x)), Div(oneMinus(t), Square(oneMinus(x))))
		}
	case kernel.BCELogitsLoss: // σ(x)(1-σ(x)), and -1 mixed
		switch {
		case mixed:
			return g.Scalar(-1)
		case !both:
			return Mul(Sigmoid(x), Sigmoid(Neg(x)))
		}
	case kernel.KLLoss: // 1/t, and -1 mixed
		switch {
		case mixed:
			return g.Scalar(-1)
		case both:
			return Reciprocal(t)
		}
	case kernel.GaussianKLLoss: // 1 and e^t/2
		switch {
		case both:
			return Scale(Exp(t), .5)
		case !mixed:
			return g.Scalar(1)
		}
	}
	return g.Scalar(0)
}

// oneMinus is 1 - x.
func oneMinus(x graph.Node) graph.Node { return AddScalar(Neg(x), 1) }

func (o pointLossGrad) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalPointLossGrad[float32], evalPointLossGrad[float64])
}

func evalPointLossGrad[T scalar.Float](o pointLossGrad, dst, in []graph.Tensor) error {
	x, t, dy := graph.Floats[T](in[0]), graph.Floats[T](in[1]), graph.Floats[T](in[2])
	kernel.LossGrad(o.of.f, o.target, graph.Floats[T](dst[0]), x, t, dy, o.of.p, o.of.r.scale(in[0].Shape))
	return nil
}
func (o pointLossGrad) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleLoss, "∂" + pointLossNames[o.of.f].label
}

// Flops: the gradient of f, and its product with dy.
func (o pointLossGrad) Flops(in []graph.Type) (products, others int64) {
	return each(pointLossFlops[o.of.f].grad+1, in[0])
}

// pointLossFlops are the operations for each element: of f, and of its gradient.
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
