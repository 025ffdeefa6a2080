// This file holds CrossEntropy, the loss of classification.

package ops

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// IgnoreIndex is the target that [CrossEntropy] leaves out of the mean, as in PyTorch.
const IgnoreIndex = -100

// ignoreNone is for a loss that leaves no target out.
const ignoreNone = math.MinInt64

// CrossEntropy is the mean negative log-likelihood of the classes in target under the softmax of x:
//
//	y = -1/n Σᵢ log softmax(xᵢ)[targetᵢ]        x (N, C, …), target (N, …) int64, y ()
//
// The class axis of x is the second, and x holds logits, not probabilities. Targets of -100 are
// left out. A run fails when another target is outside [0, C), or when all are left out.
func CrossEntropy(x, target graph.Node) graph.Node {
	return SmoothedCrossEntropy{}.Loss(x, target)
}

// SmoothedCrossEntropy is [CrossEntropy] with options, as PyTorch has them. With smoothing ε the target distribution
// is 1-ε for the class plus ε/C for every class, and w weighs the classes:
//
//	yᵢ = -(1-ε)·w[t]·log p[t] - ε/C Σ_c w[c]·log p[c]        y = Σᵢ yᵢ / Σᵢ w[tᵢ]
//
// With [ReduceSum] y is Σᵢ yᵢ. With [ReduceNone] it is all yᵢ (N, …), which are 0 for targets that are left out. The
// other reductions are errors.
//
// A target of floats in the shape of x holds probabilities q of the classes, such as those of another model, or of
// labels that were mixed. The mean is then over all N·… rows, whatever the weights, as in PyTorch, and no row can be
// left out:
//
//	yᵢ = -Σ_c w[c]·((1-ε)·q[c] + ε/C)·log p[c]        y = 1/n Σᵢ yᵢ
type SmoothedCrossEntropy struct {
	Smoothing float64   // ε in [0, 1]
	Weights   []float64 // one for each class; nil for 1
	Ignore    int       // target that is left out beside [IgnoreIndex]; 0 for none, [IgnoreZero] for class 0
	Reduction Reduction
}

// IgnoreZero as Ignore of a loss leaves out class 0, such as the padding of texts.
const IgnoreZero = math.MinInt + 1

// ignored is the target that an op leaves out for the option Ignore.
func ignored(option int) int64 {
	switch option {
	case 0:
		return IgnoreIndex
	case IgnoreZero:
		return 0
	}
	return int64(option)
}

// Loss returns the loss of logits x (N, C, …) and classes target (N, …), or probabilities target (N, C, …).
func (o SmoothedCrossEntropy) Loss(x, target graph.Node) graph.Node {
	op := crossEntropy{smoothing: o.Smoothing, ignore: ignored(o.Ignore), reduction: o.Reduction}
	switch {
	case !x.Valid() || !target.Valid():
		return graph.Apply(op, x, target)
	case target.DType().IsFloat() && target.Shape().Equal(x.Shape()):
		return o.ofProbabilities(x, target)
	}
	w, err := classWeights(x, o.Weights)
	switch {
	case err != nil:
		return graph.Fail(op.String(), []graph.Node{x, target}, err)
	case o.Weights == nil:
		return graph.Apply(op, x, target)
	}
	return graph.Apply(op, x, target, w)
}

// classWeights is a constant of the weights, in the float type of the graph, or the zero Node for nil.
func classWeights(x graph.Node, weights []float64) (w graph.Node, err error) {
	if weights == nil {
		return w, nil
	}
	if len(weights) == 0 {
		return w, fmt.Errorf("there are 0 class weights, want one for each class")
	}
	for i, v := range weights {
		if err := held(x.Graph().DType, "class weight", v); err != nil {
			return w, fmt.Errorf("of class %d: %w", i, err)
		}
	}
	return floatConstant(x.Graph(), slices.Clone(weights), len(weights)), nil
}

// ofProbabilities is the loss of logits x and probabilities q, made of simpler ops.
func (o SmoothedCrossEntropy) ofProbabilities(x, q graph.Node) graph.Node {
	const name = "cross-entropy"
	in := []graph.Node{x, q}
	w, err := classWeights(x, o.Weights)
	switch err = cmp.Or(err, held(x.Graph().DType, "smoothing", o.Smoothing), reducesRows(o.Reduction)); {
	case err != nil:
		return graph.Fail(name, in, err)
	case x.Rank() < 2:
		return graph.Failf(name, in, "the logits have shape %v, want (N, C, …)", x.Shape())
	case o.Ignore != 0:
		return graph.Failf(name, in, "Ignore is given, but probabilities leave no row out: weigh those of ReduceNone")
	case o.Weights != nil && len(o.Weights) != x.Dim(1):
		return graph.Failf(name, in, "there are (%d) class weights, want (%d)", len(o.Weights), x.Dim(1))
	}
	if o.Smoothing != 0 {
		q = AddScalar(Scale(q, 1-o.Smoothing), o.Smoothing/float64(x.Dim(1)))
	}
	if o.Weights != nil {
		q = Mul(q, Reshape(w, append([]int{1, -1}, ones(x.Rank()-2)...)...))
	}
	return elementsReduced(Neg(Sum(share(q, LogSoftmax(x, 1)), 1)), o.Reduction) // of (N, …)
}

// share is q·logp, and 0 where q is 0 and logp is -Inf.
func share(q, logp graph.Node) graph.Node {
	none := Mul(Equal(q, zero(q)), Equal(logp, logp.Graph().Scalar(math.Inf(-1))))
	return Mul(q, Where(none, zero(logp), logp))
}

// floatConstant adds a constant of the graph's float type.
func floatConstant(g *graph.Graph, v []float64, shape ...int) graph.Node {
	if g.DType == graph.Float64 {
		return g.Constant(graph.FromFloat64(v, shape...))
	}
	f := make([]float32, len(v))
	for i, x := range v {
		f[i] = float32(x)
	}
	return g.Constant(graph.FromFloat32(f, shape...))
}

// crossEntropy has the operands x, target and, if there are any, class weights. Its results are the loss, the
// log-sum-exp of every row, which the gradient reads, and the divisor of the mean.
type crossEntropy struct {
	smoothing float64
	ignore    int64
	reduction Reduction
}

func (o crossEntropy) String() string {
	s := "cross-entropy"
	if o.smoothing != 0 {
		s += fmt.Sprintf(" smoothing=%g", o.smoothing)
	}
	if o.reduction != ReduceMean {
		s += " " + o.reduction.String()
	}
	switch o.ignore {
	case IgnoreIndex:
	case ignoreNone:
		s += " ignore=none"
	default:
		s += fmt.Sprintf(" ignore=%d", o.ignore)
	}
	return s
}

func (o crossEntropy) Operands() string { return "x target weights" }

func (o crossEntropy) Types(in []graph.Type) ([]graph.Type, error) {
	x, t := in[0].Shape, in[1].Shape
	rows, err := o.rows(x)
	switch err = cmp.Or(allowed("smoothing", o.smoothing), reducesRows(o.reduction), err); {
	case err != nil:
		return nil, err
	case in[1].DType != graph.Int64:
		const want = "class numbers in int64, or probabilities of the logits' shape"
		return nil, fmt.Errorf("the target holds %v, want %s", in[1].DType, want)
	case !t.Equal(rows):
		return nil, fmt.Errorf("the target has shape %v, want %v for logits %v", t, rows, x)
	case len(in) == 3 && !in[2].Shape.Equal(graph.Shape{x[1]}):
		return nil, fmt.Errorf("there are %v class weights, want (%d)", in[2].Shape, x[1])
	}
	one, each := graph.Type{DType: in[0].DType}, graph.Type{DType: in[0].DType, Shape: rows}
	y := one
	if o.reduction == ReduceNone {
		y = each
	}
	return []graph.Type{y, each, one}, sameFloats(append(in[:1:1], in[2:]...)...)
}

// reducesRows reports a reduction that the losses of classes do not have.
func reducesRows(r Reduction) error { return allowed("cross-entropy.reduction", int(r)) }

// rows is the shape of x without its class axis.
func (o crossEntropy) rows(x graph.Shape) (graph.Shape, error) {
	if len(x) < 2 {
		return nil, fmt.Errorf("the logits have shape %v, want (N, C, …)", x)
	}
	return append(graph.Shape{x[0]}, x[2:]...), nil
}

// NoGrad: class weights have no gradient.
func (o crossEntropy) NoGrad(operand int) bool { return operand == 2 }

// Grad: dx = dy·(softmax(x) - q)/n for the smoothed target distribution q. n is 1 unless the loss is a mean.
func (o crossEntropy) Grad(y, dy, in []graph.Node, want []bool) []graph.Node {
	if dy[0] == (graph.Node{}) {
		return nil
	}
	operands := append([]graph.Node{in[0], in[1], y[1], dy[0]}, in[2:]...)
	return []graph.Node{graph.Apply(crossEntropyGrad{o}, operands...), {}, {}}[:len(in)]
}

func (o crossEntropy) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalCrossEntropy[float32], evalCrossEntropy[float64])
}

func evalCrossEntropy[T scalar.Float](o crossEntropy, dst, in []graph.Tensor) error {
	c := classes[T](o, in[0], in[1], in[2:])
	for i, t := range c.Target {
		if !slices.Contains(c.Ignore[:], t) && (t < 0 || t >= int64(c.N)) {
			return fmt.Errorf("target %d at row %d, but there are %d classes (0…%d)", t, i, c.N, c.N-1)
		}
	}
	if o.reduction == ReduceNone {
		c.Each = graph.Floats[T](dst[0])
	}
	total, weight := c.Loss(graph.Floats[T](dst[1]))
	setScalar(dst[2], weight)
	switch o.reduction {
	case ReduceNone:
		return nil
	case ReduceSum:
		setScalar(dst[0], total)
		return nil
	}
	if weight == 0 {
		return fmt.Errorf("all %d targets are left out or have weight 0: the mean is undefined", len(c.Target))
	}
	setScalar(dst[0], total/weight)
	return nil
}

// classes is what the kernel takes; weights holds one tensor or none.
func classes[T scalar.Float](o crossEntropy, x, target graph.Tensor, weights []graph.Tensor) kernel.Classes[T] {
	c := kernel.Classes[T]{X: graph.Floats[T](x), Target: target.I64,
		Smoothing: o.smoothing, Sum: o.reduction != ReduceMean,
		Ignore: [2]int64{o.ignore, IgnoreIndex},
		N:      x.Shape[1], Inner: x.Shape[2:].Size()}
	if o.ignore == ignoreNone {
		c.Ignore[1] = ignoreNone
	}
	if len(weights) > 0 {
		c.Weights = graph.Floats[T](weights[0])
	}
	return c
}

func (o crossEntropy) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleLoss, "CrossEntropy"
}

// Flops: all of a softmax but the quotient.
func (crossEntropy) Flops(in []graph.Type) (products, others int64) {
	return each(softmaxFlops-1, in[0])
}

// crossEntropyGrad has the operands x, target, log-sum-exp, dy and, if there are any, class weights.
type crossEntropyGrad struct{ of crossEntropy }

func (o crossEntropyGrad) String() string { return "∂" + o.of.String() }

func (o crossEntropyGrad) Types(in []graph.Type) ([]graph.Type, error) {
	y, err := o.of.Types(append(in[:2:2], in[4:]...))
	if err != nil {
		return nil, err
	}
	return in[:1], expect("log-sum-exp dy", in[2:], y[1], y[0])
}

func (o crossEntropyGrad) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }

func (o crossEntropyGrad) InPlace(int) []int { return []int{0} }

func (o crossEntropyGrad) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o.of, dst, in, evalCrossEntropyGrad[float32], evalCrossEntropyGrad[float64])
}

func evalCrossEntropyGrad[T scalar.Float](o crossEntropy, dst, in []graph.Tensor) error {
	c, dy := classes[T](o, in[0], in[1], in[4:]), 1.
	if o.reduction == ReduceNone {
		c.Each = graph.Floats[T](in[3])
	} else {
		dy = in[3].At(0)
	}
	c.Grad(graph.Floats[T](dst[0]), graph.Floats[T](in[2]), dy)
	return nil
}

func (o crossEntropyGrad) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleLoss, "∂CrossEntropy"
}

// Flops: difference, exponential, scale.
func (crossEntropyGrad) Flops(in []graph.Type) (products, others int64) { return each(3, in[0]) }
