// This file holds the ops that give a value another shape: reshape, transpose, expand.

package ops

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Reshape is x with the same elements, in memory order, in another shape. One size may be -1: it is what the other
// sizes leave. It is an error when the sizes do not multiply to the size of x. It costs nothing: the result is a view.
func Reshape(x graph.Node, shape ...int) graph.Node { return reshaped("reshape", x, shape) }

// Flatten joins the axes of x from the given one on: Flatten(x, 1) turns (N, C, H, W) into (N, C·H·W). A negative axis
// counts from the end.
func Flatten(x graph.Node, axis int) graph.Node {
	if !x.Valid() {
		return x
	}
	k, err := axisOf(axis, x.Rank())
	if err != nil {
		return graph.Fail("flatten", []graph.Node{x}, err)
	}
	return reshaped("flatten", x, append(slices.Clone(x.Shape()[:k]), x.Shape()[k:].Size()))
}

// Squeeze drops the given axes, which have size 1; without any, all axes of size 1. Unlike PyTorch, an
// axis of another size is an error.
func Squeeze(x graph.Node, axes ...int) graph.Node {
	if !x.Valid() {
		return x
	}
	drop, err := axesOf(axes, x.Rank())
	if err != nil {
		return graph.Fail("squeeze", []graph.Node{x}, err)
	}
	var shape graph.Shape
	for k, n := range x.Shape() {
		switch {
		case drop[k] && n != 1:
			return graph.Failf("squeeze", []graph.Node{x}, "axis %d has size %d, want 1", k, n)
		case !drop[k] && (n != 1 || len(axes) > 0):
			shape = append(shape, n)
		}
	}
	return reshaped("squeeze", x, shape)
}

// Unsqueeze puts an axis of size 1 before the given one; -1 appends it. NumPy calls it expand_dims.
func Unsqueeze(x graph.Node, axis int) graph.Node {
	if !x.Valid() {
		return x
	}
	k, err := axisOf(axis, x.Rank()+1)
	if err != nil {
		return graph.Fail("unsqueeze", []graph.Node{x}, err)
	}
	return reshaped("unsqueeze", x, slices.Insert(slices.Clone(x.Shape()), k, 1))
}

func reshaped(name string, x graph.Node, shape []int) graph.Node {
	if !x.Valid() {
		return x
	}
	to, err := inferred(shape, x.Size())
	if err != nil {
		return graph.Fail(name, []graph.Node{x}, err)
	}
	return graph.Apply(reshape{name, to}, x)
}

// inferred replaces -1 by the size that makes n elements.
func inferred(shape []int, n int) (graph.Dims, error) {
	if err := checkRank(shape); err != nil {
		return graph.Dims{}, err
	}
	to, open := slices.Clone(shape), slices.Index(shape, -1)
	if open >= 0 {
		to[open] = 1
		if known := graph.Shape(to).Size(); known > 0 && n%known == 0 {
			to[open] = n / known
		}
	}
	if graph.Shape(to).Size() != n {
		return graph.Dims{}, fmt.Errorf("%d elements do not fill %v", n, graph.Shape(shape))
	}
	return graph.MakeDims(to...), nil
}

func checkRank(shape []int) error {
	if len(shape) > graph.MaxRank {
		return fmt.Errorf("%v has %d axes, at most %d are possible", graph.Shape(shape), len(shape), graph.MaxRank)
	}
	return nil
}

// axisOf counts a negative axis from the end of a shape of the given rank.
func axisOf(axis, rank int) (int, error) {
	k := axis
	if k < 0 {
		k += rank
	}
	if k < 0 || k >= rank {
		return 0, fmt.Errorf("axis %d is outside the %d axes", axis, rank)
	}
	return k, nil
}

// axesOf marks the given axes, none of which may appear twice.
func axesOf(axes []int, rank int) (marked [graph.MaxRank]bool, err error) {
	for _, axis := range axes {
		k, err := axisOf(axis, rank)
		if err != nil {
			return marked, err
		}
		if marked[k] {
			return marked, fmt.Errorf("axis %d is given twice", axis)
		}
		marked[k] = true
	}
	return marked, nil
}

// dimsOf is the shape of x as an attribute.
func dimsOf(x graph.Node) graph.Dims { return graph.MakeDims(x.Shape()...) }

// reshape gives the elements of x another shape. name is the function that the user called.
type reshape struct {
	name string
	to   graph.Dims
}

func (o reshape) String() string { return fmt.Sprintf("%s %v", o.name, o.to) }
func (o reshape) Types(in []graph.Type) ([]graph.Type, error) {
	to := graph.Shape(o.to.Slice())
	if to.Size() != in[0].Shape.Size() {
		return nil, fmt.Errorf("%d elements do not fill %v", in[0].Shape.Size(), to)
	}
	return []graph.Type{{DType: in[0].DType, Shape: to}}, nil
}
func (o reshape) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(reshape{"reshape", dimsOf(in[0])}, dy[0])}
}
func (o reshape) View([]graph.Type) (operand, offset int) { return 0, 0 }
func (o reshape) Eval(dst, in []graph.Tensor) error {
	dst[0].CopyFrom(in[0])
	return nil
}
func (o reshape) Rearranges() {}
func (o reshape) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleView, strings.ToUpper(o.name[:1]) + o.name[1:]
}

// Transpose permutes the axes: axis i of the result is axis perm[i] of x. Without perm it reverses them, as
// NumPy's does.
func Transpose(x graph.Node, perm ...int) graph.Node {
	if !x.Valid() {
		return x
	}
	if len(perm) != 0 && len(perm) != x.Rank() {
		return graph.Failf("transpose", []graph.Node{x}, "%v is not a permutation of %d axes", perm, x.Rank())
	}
	order := make([]int, x.Rank())
	for i := range order {
		order[i] = x.Rank() - 1 - i
		if len(perm) == 0 {
			continue
		}
		k, err := axisOf(perm[i], x.Rank())
		if err != nil {
			return graph.Fail("transpose", []graph.Node{x}, err)
		}
		order[i] = k
	}
	return graph.Apply(transpose{graph.MakeDims(order...)}, x)
}

// Swap exchanges two axes.
func Swap(x graph.Node, i, j int) graph.Node {
	if !x.Valid() {
		return x
	}
	a, errA := axisOf(i, x.Rank())
	b, errB := axisOf(j, x.Rank())
	if errA != nil {
		return graph.Fail("swap", []graph.Node{x}, errA)
	}
	if errB != nil {
		return graph.Fail("swap", []graph.Node{x}, errB)
	}
	perm := make([]int, x.Rank())
	for k := range perm {
		perm[k] = k
	}
	perm[a], perm[b] = b, a
	return graph.Apply(transpose{graph.MakeDims(perm...)}, x)
}

// transpose permutes axes; its derivative is the inverse permutation.
type transpose struct{ perm graph.Dims }

func (o transpose) String() string { return fmt.Sprintf("transpose %v", o.perm) }
func (o transpose) Types(in []graph.Type) ([]graph.Type, error) {
	x := in[0].Shape
	perm := o.perm.Slice()
	if _, err := axesOf(perm, len(x)); err != nil || len(perm) != len(x) || inRank(len(x), perm...) != nil {
		return nil, fmt.Errorf("%v is not a permutation of %d axes", o.perm, len(x))
	}
	y := make(graph.Shape, len(x))
	for i := range y {
		y[i] = x[o.perm.At(i)]
	}
	return []graph.Type{{DType: in[0].DType, Shape: y}}, nil
}
func (o transpose) Grad(_, dy, _ []graph.Node, _ []bool) []graph.Node {
	inverse := o.perm.Slice()
	for i := range inverse {
		inverse[o.perm.At(i)] = i
	}
	return []graph.Node{graph.Apply(transpose{graph.MakeDims(inverse...)}, dy[0])}
}

// matrices reports whether o exchanges the last two axes and no others.
func (o transpose) matrices() bool {
	n := o.perm.Len()
	for i := range n - 2 {
		if o.perm.At(i) != i {
			return false
		}
	}
	return n >= 2 && o.perm.At(n-1) == n-2
}

// View is possible when only axes of size 1 change places.
func (o transpose) View(in []graph.Type) (operand, offset int) {
	last := -1
	for i := range o.perm.Len() {
		k := o.perm.At(i)
		if in[0].Shape[k] == 1 {
			continue
		}
		if k < last {
			return 0, -1
		}
		last = k
	}
	return 0, 0
}
func (o transpose) Eval(dst, in []graph.Tensor) error {
	from, stride := stridesOf(in[0].Shape), strides{}
	for i := range o.perm.Len() {
		stride[i] = from[o.perm.At(i)]
	}
	gather(dst[0], in[0], 0, &stride)
	return nil
}
func (o transpose) Rearranges()                            {}
func (o transpose) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "Transpose" }

// Expand repeats x along axes of size 1, and along new axes before the first, to the given shape: NumPy's
// broadcast_to. It is an error when an axis of another size would change.
func Expand(x graph.Node, shape ...int) graph.Node {
	if !x.Valid() {
		return x
	}
	if err := checkRank(shape); err != nil {
		return graph.Fail("expand", []graph.Node{x}, err)
	}
	return graph.Apply(expand{graph.MakeDims(shape...)}, x)
}

// expand broadcasts; its derivative sums over what was repeated.
type expand struct{ to graph.Dims }

func (o expand) String() string { return fmt.Sprintf("expand %v", o.to) }
func (o expand) Types(in []graph.Type) ([]graph.Type, error) {
	to := graph.Shape(o.to.Slice())
	if !expands(in[0].Shape, to) {
		return nil, fmt.Errorf("%v does not broadcast to %v", in[0].Shape, to)
	}
	return []graph.Type{{DType: in[0].DType, Shape: to}}, nil
}
func (o expand) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(sumTo{dimsOf(in[0])}, dy[0])}
}
func (o expand) View(in []graph.Type) (operand, offset int) {
	size := 1
	for i := range o.to.Len() {
		size *= o.to.At(i)
	}
	if size != in[0].Shape.Size() {
		return 0, -1
	}
	return 0, 0
}
func (o expand) Eval(dst, in []graph.Tensor) error {
	x := in[0].Shape
	from, stride := stridesOf(x), strides{}
	lead := o.to.Len() - len(x)
	for k, n := range x {
		if n != 1 {
			stride[lead+k] = from[k]
		}
	}
	gather(dst[0], in[0], 0, &stride)
	return nil
}
func (o expand) Rearranges()                            {}
func (o expand) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "Expand" }

// expands reports whether x broadcasts to exactly y.
func expands(x, y graph.Shape) bool {
	lead := len(y) - len(x)
	if lead < 0 {
		return false
	}
	for k, n := range x {
		if n != 1 && n != y[lead+k] {
			return false
		}
	}
	return true
}

// sumTo is the adjoint of expand: it sums over the axes that an expansion from shape o.to repeats.
type sumTo struct{ to graph.Dims }

func (o sumTo) String() string { return fmt.Sprintf("sum-to %v", o.to) }
func (o sumTo) Types(in []graph.Type) ([]graph.Type, error) {
	to := graph.Shape(o.to.Slice())
	if !expands(to, in[0].Shape) {
		return nil, fmt.Errorf("%v does not broadcast to %v", to, in[0].Shape)
	}
	if !in[0].DType.IsFloat() {
		return nil, fmt.Errorf("the operand holds %v, want floats", in[0].DType)
	}
	return []graph.Type{{DType: in[0].DType, Shape: to}}, nil
}
func (o sumTo) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(expand{dimsOf(in[0])}, dy[0])}
}
func (o sumTo) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalSumTo[float32], evalSumTo[float64])
}

func evalSumTo[T scalar.Float](o sumTo, dst, in []graph.Tensor) error {
	x := in[0].Shape
	var axes uint
	lead := len(x) - o.to.Len()
	for k, n := range x {
		if k < lead || o.to.At(k-lead) != n {
			axes |= 1 << k
		}
	}
	vector.Reduce(vector.Sum, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), x, axes)
	return nil
}
func (o sumTo) Draw([]graph.Type) (graph.Role, string) { return graph.RolePool, "Sum" }

func (sumTo) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }

// strides are the distances of neighbours along each axis, in elements.
type strides [graph.MaxRank]int

// stridesOf returns the strides of a value in memory order, last axis fastest.
func stridesOf(shape graph.Shape) (s strides) {
	run := 1
	for k := len(shape) - 1; k >= 0; k-- {
		s[k] = run
		run *= shape[k]
	}
	return s
}

// gather fills dst in memory order with the elements of src from offset on, at the given strides.
func gather(dst, src graph.Tensor, offset int, stride *strides) {
	to := stridesOf(dst.Shape)
	move(dst, 0, &to, src, offset, stride, dst.Shape)
}

// scatter writes src, in memory order, to the elements of dst from offset on, at the given strides.
func scatter(dst graph.Tensor, offset int, stride *strides, src graph.Tensor) {
	from := stridesOf(src.Shape)
	move(dst, offset, stride, src, 0, &from, src.Shape)
}

// move copies the elements at every index below shape from src to dst, each with its own strides.
func move(dst graph.Tensor, to int, dStride *strides, src graph.Tensor, from int, sStride *strides,
	shape graph.Shape) {
	d, s := dStride[:len(shape)], sStride[:len(shape)]
	switch dst.DType {
	case graph.Float32:
		vector.Copy(dst.F32, to, d, src.F32, from, s, shape)
	case graph.Float64:
		vector.Copy(dst.F64, to, d, src.F64, from, s, shape)
	default:
		vector.Copy(dst.I64, to, d, src.I64, from, s, shape)
	}
}

// fill sets all elements of t to v.
func fill(t graph.Tensor, v float64) {
	vector.Fill(t.F32, float32(v))
	vector.Fill(t.F64, v)
	vector.Fill(t.I64, int64(v))
}
