// This file holds CrossEntropy, the loss of classification.

package ops

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
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

// SmoothedCrossEntropy is [CrossEntropy] with options, as PyTorch has them: with smoothing ε the
// target distribution is 1-ε for the class plus ε/C for every class, and w weighs the classes:
//
//	yᵢ = -(1-ε)·w[t]·log p[t] - ε/C Σ_c w[c]·log p[c]        y = Σᵢ yᵢ / Σᵢ w[tᵢ]
//
// With [ReduceSum] y is Σᵢ yᵢ; the other reductions are errors.
type SmoothedCrossEntropy struct {
	Smoothing float64   // ε in [0, 1]
	Weights   []float64 // one for each class; nil for 1
	Ignore    int       // target that is left out beside [IgnoreIndex]; 0 for none, [IgnoreZero] for class 0
	Reduction Reduction
}

// IgnoreZero as SmoothedCrossEntropy.Ignore leaves out class 0, such as the padding of texts.
const IgnoreZero = math.MinInt + 1

// Loss returns the loss of logits x (N, C, …) and classes target (N, …).
func (o SmoothedCrossEntropy) Loss(x, target graph.Node) graph.Node {
	op := crossEntropy{smoothing: o.Smoothing, ignore: int64(o.Ignore), sum: o.Reduction == ReduceSum}
	switch o.Ignore {
	case 0:
		op.ignore = IgnoreIndex
	case IgnoreZero:
		op.ignore = 0
	}
	if o.Reduction > ReduceSum {
		return graph.Failf(op.String(), []graph.Node{x, target},
			"the reduction is %v, want ReduceMean or ReduceSum", o.Reduction)
	}
	if o.Weights == nil {
		return graph.Apply(op, x, target)
	}
	w := make([]float64, len(o.Weights))
	copy(w, o.Weights)
	for i, v := range w {
		if err := held(x.Graph().DType, "class weight", v); err != nil {
			return graph.Failf(op.String(), []graph.Node{x, target}, "of class %d: %w", i, err)
		}
	}
	if len(w) == 0 {
		return graph.Failf(op.String(), []graph.Node{x, target}, "there are 0 class weights, want one for each class")
	}
	g := x.Graph()
	return graph.Apply(op, x, target, floatConstant(g, w, len(w)))
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

// crossEntropy has operands x, target and optionally class weights; results are the loss,
// for the gradient the log-sum-exp of every row, and what the mean divides by.
type crossEntropy struct {
	smoothing float64
	ignore    int64
	sum       bool
}

func (o crossEntropy) String() string {
	s := "cross-entropy"
	if o.smoothing != 0 {
		s += fmt.Sprintf(" smoothing=%g", o.smoothing)
	}
	if o.sum {
		s += " sum"
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
	switch err = cmp.Or(allowed("smoothing", o.smoothing), err); {
	case err != nil:
		return nil, err
	case in[1].DType != graph.Int64:
		return nil, fmt.Errorf("the target holds %v, want class numbers in int64", in[1].DType)
	case !t.Equal(rows):
		return nil, fmt.Errorf("the target has shape %v, want %v for logits %v", t, rows, x)
	case len(in) == 3 && !in[2].Shape.Equal(graph.Shape{x[1]}):
		return nil, fmt.Errorf("there are %v class weights, want (%d)", in[2].Shape, x[1])
	}
	one := graph.Type{DType: in[0].DType}
	return []graph.Type{one, {DType: in[0].DType, Shape: rows}, one}, sameFloats(append(in[:1:1], in[2:]...)...)
}

// rows is the shape of x without its class axis.
func (o crossEntropy) rows(x graph.Shape) (graph.Shape, error) {
	if len(x) < 2 {
		return nil, fmt.Errorf("the logits have shape %v, want (N, C, …)", x)
	}
	return append(graph.Shape{x[0]}, x[2:]...), nil
}

// NoGrad: class weights have no gradient.
func (o crossEntropy) NoGrad(operand int) bool { return operand == 2 }

// Grad: dx = dy·(softmax(x) - q)/n for the smoothed target distribution q.
func (o crossEntropy) Grad(y, dy, in []graph.Node, want []bool) []graph.Node {
	if dy[0] == (graph.Node{}) {
		return nil
	}
	operands := append([]graph.Node{in[0], in[1], y[1], dy[0]}, in[2:]...)
	return []graph.Node{graph.Apply(crossEntropyGrad{o}, operands...), {}, {}}[:len(in)]
}

func (o crossEntropy) Eval(dst, in []graph.Tensor) error {
	if dst[0].DType == graph.Float64 {
		return evalCrossEntropy[float64](o, dst, in)
	}
	return evalCrossEntropy[float32](o, dst, in)
}

func evalCrossEntropy[T kernel.Float](o crossEntropy, dst, in []graph.Tensor) error {
	c := classes[T](o, in[0], in[1], in[2:])
	for i, t := range c.Target {
		if !slices.Contains(c.Ignore[:], t) && (t < 0 || t >= int64(c.N)) {
			return fmt.Errorf("target %d at row %d, but there are %d classes (0…%d)", t, i, c.N, c.N-1)
		}
	}
	total, weight := c.Loss(graph.Floats[T](dst[1]))
	setScalar(dst[2], weight)
	if o.sum {
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
func classes[T kernel.Float](o crossEntropy, x, target graph.Tensor, weights []graph.Tensor) kernel.Classes[T] {
	c := kernel.Classes[T]{X: graph.Floats[T](x), Target: target.I64, Smoothing: o.smoothing, Sum: o.sum,
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

// crossEntropyGrad has operands x, target, log-sum-exp, dy and optionally class weights.
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
	if dst[0].DType == graph.Float64 {
		classes[float64](o.of, in[0], in[1], in[4:]).Grad(dst[0].F64, in[2].F64, in[3].At(0))
	} else {
		classes[float32](o.of, in[0], in[1], in[4:]).Grad(dst[0].F32, in[2].F32, in[3].At(0))
	}
	return nil
}

func (o crossEntropyGrad) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleLoss, "∂CrossEntropy"
}
