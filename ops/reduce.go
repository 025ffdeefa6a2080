// Reductions: sum, mean, variance, extrema and their places.

package ops

import (
	"cmp"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Sum adds the elements of x along the given axes, which disappear; along all axes when none are given. As in all
// reductions, a negative axis counts from the end. An axis that x does not have, or that is given twice, is an error.
// Sums accumulate in float64.
func Sum(x graph.Node, axes ...int) graph.Node { return reduced(vector.Sum, x, axes, false) }

// SumKeep is [Sum], but the axes stay with size 1, so that the result broadcasts against x.
func SumKeep(x graph.Node, axes ...int) graph.Node { return reduced(vector.Sum, x, axes, true) }

// Mean is the average of x along the given axes, which disappear; along all axes when none are given.
func Mean(x graph.Node, axes ...int) graph.Node { return reduced(vector.Mean, x, axes, false) }

// MeanKeep is [Mean] with axes of size 1 in place of those that are averaged.
func MeanKeep(x graph.Node, axes ...int) graph.Node { return reduced(vector.Mean, x, axes, true) }

// Max is the largest element of x along the given axes, NaN if one is; along all axes when none are given.
//
// The gradient goes to the first of several equal largest elements, as with PyTorch's max(dim); PyTorch's amax and
// [Maximum] split it.
func Max(x graph.Node, axes ...int) graph.Node { return reduced(vector.Max, x, axes, false) }

// MaxKeep is [Max] with axes of size 1 in place of those that are reduced.
func MaxKeep(x graph.Node, axes ...int) graph.Node { return reduced(vector.Max, x, axes, true) }

// Min is the smallest element of x along the given axes; see [Max].
func Min(x graph.Node, axes ...int) graph.Node { return reduced(vector.Min, x, axes, false) }

// MinKeep is [Min] with axes of size 1 in place of those that are reduced.
func MinKeep(x graph.Node, axes ...int) graph.Node { return reduced(vector.Min, x, axes, true) }

// Var is the variance of x along the given axes, all when none are given:
//
//	Σ (x - mean)² / (n - correction)
//
// Correction 0 is the biased variance that normalisation layers divide by, 1 the unbiased estimate, which is
// PyTorch's usual one. It is an error when n - correction is not positive.
func Var(x graph.Node, correction int, axes ...int) graph.Node {
	return variance(x, correction, axes, false)
}

// VarKeep is [Var] with axes of size 1 in place of those that are reduced.
func VarKeep(x graph.Node, correction int, axes ...int) graph.Node {
	return variance(x, correction, axes, true)
}

func variance(x graph.Node, correction int, axes []int, keep bool) graph.Node {
	mean := MeanKeep(x, axes...)
	if !mean.Valid() {
		return mean
	}
	n := x.Size() / mean.Size()
	if n <= correction {
		return graph.Failf("var", []graph.Node{x}, "%d elements with correction %d leave nothing to divide by",
			n, correction)
	}
	sum := reduced(vector.Sum, Square(Sub(x, mean)), axes, keep)
	return Scale(sum, 1/(float64(n)-float64(correction))) // as floats: a difference of ints may wrap
}

// ArgMax is the index of the largest element of x along an axis, which disappears: the first of equals, the
// first NaN if there is one. The result is Int64.
func ArgMax(x graph.Node, axis int) graph.Node { return argReduced(vector.Max, x, axis) }

// ArgMin is the index of the smallest element of x along an axis; see [ArgMax].
func ArgMin(x graph.Node, axis int) graph.Node { return argReduced(vector.Min, x, axis) }

func reduced(f vector.ReduceFunc, x graph.Node, axes []int, keep bool) graph.Node {
	if !x.Valid() {
		return x
	}
	marked, err := axesOf(axes, x.Rank())
	if err != nil {
		return graph.Fail(reduceNames[f], []graph.Node{x}, err)
	}
	o := reduce{f: f, keep: keep}
	for k := range x.Rank() {
		if marked[k] || len(axes) == 0 {
			o.axes |= 1 << k
		}
	}
	return graph.Apply(o, x)
}

func argReduced(f vector.ReduceFunc, x graph.Node, axis int) graph.Node {
	if !x.Valid() {
		return x
	}
	k, err := axisOf(axis, x.Rank())
	if err != nil {
		return graph.Fail("arg"+reduceNames[f], []graph.Node{x}, err)
	}
	return graph.Apply(argReduce{f, 1 << k}, x)
}

// axisSet is a set of axes: bit k stands for axis k.
type axisSet uint8

// check reports axes that x does not have.
func (s axisSet) check(x graph.Type) error {
	if s == 0 {
		return nil
	}
	return inRank(len(x.Shape), bits.Len8(uint8(s))-1)
}

func (s axisSet) has(k int) bool { return s>>k&1 != 0 }

// String lists the axes: [0 2].
func (s axisSet) String() string {
	var list []string
	for k := range bits.Len8(uint8(s)) {
		if s.has(k) {
			list = append(list, strconv.Itoa(k))
		}
	}
	return "[" + strings.Join(list, " ") + "]"
}

// reduce folds x along axes:
//
//	sum   dx = dy, repeated           max, min   dx = dy where x is the first extremum, else 0
//	mean  dx = dy/n, repeated
type reduce struct {
	f    vector.ReduceFunc
	axes axisSet
	keep bool // the axes stay with size 1
}

var (
	reduceNames  = [...]string{vector.Sum: "sum", vector.Mean: "mean", vector.Max: "max", vector.Min: "min"}
	reduceLabels = [...]string{vector.Sum: "Sum", vector.Mean: "Mean", vector.Max: "Max", vector.Min: "Min"}
)

func (o reduce) String() string {
	s := fmt.Sprintf("%s axes=%v", reduceNames[o.f], o.axes)
	if o.keep {
		s += " keep"
	}
	return s
}

func (o reduce) Types(in []graph.Type) ([]graph.Type, error) {
	if err := cmp.Or(o.axes.check(in[0]), sameFloats(in...)); err != nil {
		return nil, err
	}
	return []graph.Type{{DType: in[0].DType, Shape: o.shape(in[0].Shape, o.keep)}}, nil
}

// shape is the shape of the result. With keep, the reduced axes stay with size 1.
func (o reduce) shape(x graph.Shape, keep bool) graph.Shape {
	shape := graph.Shape{}
	for k, n := range x {
		switch {
		case !o.axes.has(k):
			shape = append(shape, n)
		case keep:
			shape = append(shape, 1)
		}
	}
	return shape
}

func (o reduce) Grad(y, dy, in []graph.Node, _ []bool) []graph.Node {
	x, d := in[0], dy[0]
	if o.f == vector.Mean {
		d = Scale(d, float64(y[0].Size())/float64(x.Size()))
	}
	if !o.keep {
		d = Reshape(d, o.shape(x.Shape(), true)...)
	}
	if o.f == vector.Max || o.f == vector.Min {
		return []graph.Node{Mul(graph.Apply(firstMask{o.f, o.axes}, x), d)}
	}
	return []graph.Node{Expand(d, x.Shape()...)}
}

func (o reduce) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalReduce[float32], evalReduce[float64])
}

func evalReduce[T scalar.Float](o reduce, dst, in []graph.Tensor) error {
	vector.Reduce(o.f, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), in[0].Shape, uint(o.axes))
	return nil
}

func (o reduce) Operands() string { return "x" }
func (o reduce) Draw([]graph.Type) (graph.Role, string) {
	return graph.RolePool, reduceLabels[o.f]
}

// Flops: an operation for each element.
func (reduce) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }

// Rewrite finds the patterns that end with this op.
func (reduce) Rewrite(root graph.Term) (graph.Op, []graph.Term, bool) {
	return rewrite(root, crossEntropyPattern)
}

// firstMask is 1 at the first extremum along the axes, else 0. It is constant almost everywhere.
type firstMask struct {
	f    vector.ReduceFunc
	axes axisSet
}

func (o firstMask) String() string { return fmt.Sprintf("%smask axes=%v", reduceNames[o.f], o.axes) }

func (o firstMask) Types(in []graph.Type) ([]graph.Type, error) {
	return in[:1], cmp.Or(o.axes.check(in[0]), sameFloats(in...))
}

func (o firstMask) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }

func (o firstMask) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalFirstMask[float32], evalFirstMask[float64])
}

func evalFirstMask[T scalar.Float](o firstMask, dst, in []graph.Tensor) error {
	vector.FirstMask(o.f, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), in[0].Shape, uint(o.axes))
	return nil
}

func (o firstMask) NoGrad(int) bool  { return true }
func (o firstMask) Operands() string { return "x" }
func (o firstMask) Draw([]graph.Type) (graph.Role, string) {
	return graph.RolePool, reduceLabels[o.f] + " mask"
}

// Flops: two comparisons for each element, one to find the extremum and one with it.
func (firstMask) Flops(in []graph.Type) (products, others int64) { return each(2, in[0]) }

// argReduce is the index of the first extremum. Integers have no gradient.
type argReduce struct {
	f    vector.ReduceFunc
	axes axisSet
}

func (o argReduce) String() string { return fmt.Sprintf("arg%s axes=%v", reduceNames[o.f], o.axes) }

func (o argReduce) Types(in []graph.Type) ([]graph.Type, error) {
	if err := cmp.Or(o.axes.check(in[0]), sameFloats(in...)); err != nil {
		return nil, err
	}
	return []graph.Type{{DType: graph.Int64, Shape: reduce{axes: o.axes}.shape(in[0].Shape, false)}}, nil
}

func (o argReduce) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }

func (o argReduce) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalArgReduce[float32], evalArgReduce[float64])
}

func evalArgReduce[T scalar.Float](o argReduce, dst, in []graph.Tensor) error {
	vector.ArgReduce(o.f, dst[0].I64, graph.Floats[T](in[0]), in[0].Shape, uint(o.axes))
	return nil
}

func (o argReduce) Operands() string { return "x" }
func (o argReduce) Draw([]graph.Type) (graph.Role, string) {
	return graph.RolePool, "Arg" + reduceLabels[o.f]
}

// Flops: a comparison for each element.
func (argReduce) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
