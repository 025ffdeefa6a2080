// This file holds the ops that take and place ranges of axes: slice, pad, flip.

package ops

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// End as the upper bound of a [Slice] is the end of the axis.
const End = math.MaxInt

// Slice takes the elements lo, lo+step, … below hi of an axis. As in Python, a negative axis or bound counts
// from the end; unlike in Python, a bound outside the axis and an empty range are errors, and step is
// positive: [Flip] reverses. A range of the leading axis in steps of 1 is a view and costs nothing.
func Slice(x graph.Node, axis, lo, hi, step int) graph.Node {
	if !x.Valid() {
		return x
	}
	k, err := axisOf(axis, x.Rank())
	if err != nil {
		return graph.Fail("slice", []graph.Node{x}, err)
	}
	n := x.Dim(k)
	from, to, end := lo, hi, fmt.Sprint(hi)
	if from < 0 {
		from += n
	}
	if to == End {
		to, end = n, "the end"
	} else if to < 0 {
		to += n
	}
	switch {
	case step < 1:
		return graph.Fail("slice", []graph.Node{x}, allowed("step", step))
	case from < 0 || to > n || from >= to:
		return graph.Failf("slice", []graph.Node{x}, "%d to %s is empty or outside axis %d, which has size %d",
			lo, end, k, n)
	}
	first, count, steps := make([]int, x.Rank()), slices.Clone(x.Shape()), ones(x.Rank())
	if first[k], count[k] = from, 1+(to-from-1)/step; count[k] > 1 {
		steps[k] = step
	}
	return graph.Apply(slice{graph.MakeDims(first...), graph.MakeDims(count...), graph.MakeDims(steps...)}, x)
}

func ones(n int) []int { return slices.Repeat([]int{1}, n) }

// slice takes count elements of every axis, from lo on, step apart. Its derivative is a pad with zeros.
type slice struct{ lo, count, step graph.Dims }

// String writes the ranges as Python does: "slice [0:8, 2:5, 0:7:2]".
func (o slice) String() string {
	ranges := make([]string, o.lo.Len())
	for k := range ranges {
		lo, step := o.lo.At(k), o.step.At(k)
		ranges[k] = fmt.Sprintf("%d:%d", lo, lo+(o.count.At(k)-1)*step+1)
		if step != 1 {
			ranges[k] += fmt.Sprintf(":%d", step)
		}
	}
	return "slice [" + strings.Join(ranges, ", ") + "]"
}
func (o slice) Types(in []graph.Type) ([]graph.Type, error) {
	x := in[0].Shape
	if len(x) != o.lo.Len() {
		return nil, fmt.Errorf("there are %d ranges for %d axes", o.lo.Len(), len(x))
	}
	for k, n := range x {
		if !fits(o.lo.At(k), o.count.At(k), o.step.At(k), n) {
			return nil, fmt.Errorf("the range of axis %d leaves its size %d", k, n)
		}
	}
	return []graph.Type{{DType: in[0].DType, Shape: o.count.Slice()}}, nil
}
func (o slice) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(pad{o.lo, dimsOf(in[0]), o.step, 0}, dy[0])}
}

// View is possible when the result is one run: whole axes, before them one range without steps, and before that
// single elements.
func (o slice) View(in []graph.Type) (operand, offset int) {
	x := in[0].Shape
	k := len(x) - 1
	for k >= 0 && o.count.At(k) == x[k] {
		k--
	}
	if k >= 0 && (o.step.At(k) == 1 || o.count.At(k) == 1) {
		k--
	}
	for ; k >= 0; k-- {
		if o.count.At(k) != 1 {
			return 0, -1
		}
	}
	from := stridesOf(x)
	for k := range x {
		offset += o.lo.At(k) * from[k]
	}
	return 0, offset
}
func (o slice) Eval(dst, in []graph.Tensor) error {
	offset, stride := ranges(in[0].Shape, &o.lo, &o.step)
	gather(dst[0], in[0], offset, &stride)
	return nil
}
func (o slice) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "Slice" }

func (o slice) Picks(operand int, in []graph.Type) int { return picks(operand, in, o.count.Size()) }

// fits reports whether count elements from lo on, step apart, lie on an axis of size n. Nothing in it overflows.
func fits(lo, count, step, n int) bool {
	return lo >= 0 && lo < n && count >= 1 && step >= 1 && count-1 <= (n-1-lo)/step
}

// ranges returns the place of the first element in memory, and the strides, of the elements lo, lo+step, … of every
// axis.
func ranges(shape graph.Shape, lo, step *graph.Dims) (offset int, stride strides) {
	stride = stridesOf(shape)
	for k := range shape {
		offset += lo.At(k) * stride[k]
		stride[k] *= step.At(k)
	}
	return offset, stride
}

// Pad puts before[k] elements of the given value before axis k of x, and after[k] behind it. It is an error when
// before or after has not one number for each axis, when a number is negative, and when x holds integers and value is
// no whole number. [PadReflect], [PadReplicate] and [PadCircular] continue the elements of x instead.
func Pad(x graph.Node, before, after []int, value float64) graph.Node {
	if !x.Valid() {
		return x
	}
	if len(before) != x.Rank() || len(after) != x.Rank() {
		return graph.Failf("pad", []graph.Node{x}, "before %v and after %v do not give one number for each of %d axes",
			before, after, x.Rank())
	}
	size := make([]int, x.Rank())
	for k := range size {
		if before[k] < 0 || after[k] < 0 {
			return graph.Failf("pad", []graph.Node{x}, "before %v or after %v is negative; Slice takes elements away",
				before, after)
		}
		if err := cmp.Or(allowed("pad", before[k]), allowed("pad", after[k])); err != nil {
			return graph.Fail("pad", []graph.Node{x}, err)
		}
		size[k] = before[k] + x.Dim(k) + after[k]
	}
	return graph.Apply(pad{graph.MakeDims(before...), graph.MakeDims(size...),
		graph.MakeDims(ones(x.Rank())...), value}, x)
}

// pad places x into a tensor of the given size that is filled with value, from lo on, the elements step apart. Its
// derivative is the slice at the same places.
type pad struct {
	lo, size, step graph.Dims
	value          float64
}

func (o pad) String() string {
	s := fmt.Sprintf("pad %v from %v", o.size, o.lo)
	if slices.Max(append(o.step.Slice(), 1)) > 1 {
		s += fmt.Sprintf(" step=%v", o.step)
	}
	if o.value != 0 {
		s += fmt.Sprintf(" value=%g", o.value)
	}
	return s
}
func (o pad) Types(in []graph.Type) ([]graph.Type, error) {
	x := in[0].Shape
	if len(x) != o.size.Len() {
		return nil, fmt.Errorf("there are %d places for %d axes", o.size.Len(), len(x))
	}
	for k, n := range x {
		if !fits(o.lo.At(k), n, o.step.At(k), o.size.At(k)) {
			return nil, fmt.Errorf("axis %d does not fit into %d", k, o.size.At(k))
		}
	}
	if in[0].DType == graph.Int64 && (o.value != math.Trunc(o.value) || math.Abs(o.value) > 1<<53) {
		return nil, fmt.Errorf("value is %v, want a whole number that an int64 holds", o.value)
	}
	if !in[0].DType.Holds(o.value) {
		return nil, fmt.Errorf("value is %v, which in %v is %v", o.value, in[0].DType, float32(o.value))
	}
	return []graph.Type{{DType: in[0].DType, Shape: o.size.Slice()}}, nil
}
func (o pad) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(slice{o.lo, dimsOf(in[0]), o.step}, dy[0])}
}
func (o pad) Eval(dst, in []graph.Tensor) error {
	offset, stride := ranges(dst[0].Shape, &o.lo, &o.step)
	fill(dst[0], o.value)
	scatter(dst[0], offset, &stride, in[0])
	return nil
}
func (o pad) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "Pad" }

// Flip reverses the order of the elements along the given axes; along all axes when none are given.
func Flip(x graph.Node, axes ...int) graph.Node {
	if !x.Valid() {
		return x
	}
	marked, err := axesOf(axes, x.Rank())
	if err != nil {
		return graph.Fail("flip", []graph.Node{x}, err)
	}
	var list []int
	for k := range x.Rank() {
		if marked[k] || len(axes) == 0 {
			list = append(list, k)
		}
	}
	return graph.Apply(flip{graph.MakeDims(list...)}, x)
}

// flip reverses axes; it is its own derivative.
type flip struct{ axes graph.Dims }

func (o flip) String() string { return fmt.Sprintf("flip %v", o.axes) }
func (o flip) Types(in []graph.Type) ([]graph.Type, error) {
	axes, rank := o.axes.Slice(), len(in[0].Shape)
	_, err := axesOf(axes, rank)
	return in[:1], cmp.Or(err, inRank(rank, axes...))
}
func (o flip) Grad(_, dy, _ []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(o, dy[0])}
}
func (o flip) Eval(dst, in []graph.Tensor) error {
	offset, stride := 0, stridesOf(in[0].Shape)
	for i := range o.axes.Len() {
		k := o.axes.At(i)
		offset += (in[0].Shape[k] - 1) * stride[k]
		stride[k] = -stride[k]
	}
	gather(dst[0], in[0], offset, &stride)
	return nil
}
func (o flip) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "Flip" }
