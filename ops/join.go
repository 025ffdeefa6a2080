// This file holds the ops that join values and split them: concat, split, stack, tile.

package ops

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// Concat joins values along an axis; their other axes are equal.
//
//	Concat(1, x (N, C, H, W), y (N, D, H, W))        (N, C+D, H, W)
func Concat(axis int, xs ...graph.Node) graph.Node {
	if len(xs) > 0 && xs[0].Valid() {
		k, err := axisOf(axis, xs[0].Rank())
		if err != nil {
			return graph.Fail("concat", xs, err)
		}
		axis = k
	}
	return graph.Apply(concat{axis}, xs...)
}

// concat joins along an axis; the derivatives are the slices.
type concat struct{ axis int }

func (o concat) String() string { return fmt.Sprintf("concat axis=%d", o.axis) }
func (o concat) Types(in []graph.Type) ([]graph.Type, error) {
	y := graph.Type{DType: in[0].DType, Shape: slices.Clone(in[0].Shape)}
	if err := inRank(len(y.Shape), o.axis); err != nil {
		return nil, err
	}
	for i, t := range in[1:] {
		like := slices.Clone(t.Shape)
		if len(like) == len(y.Shape) {
			like[o.axis] = in[0].Shape[o.axis]
		}
		if t.DType != y.DType || !like.Equal(in[0].Shape) {
			return nil, fmt.Errorf("operand %d is %v, which differs from %v beside axis %d", i+1, t, in[0], o.axis)
		}
		y.Shape[o.axis] += t.Shape[o.axis]
	}
	return []graph.Type{y}, nil
}
func (o concat) Grad(_, dy, in []graph.Node, want []bool) []graph.Node {
	d := make([]graph.Node, len(in))
	at := 0
	for i, x := range in {
		if want[i] {
			d[i] = Slice(dy[0], o.axis, at, at+x.Dim(o.axis), 1)
		}
		at += x.Dim(o.axis)
	}
	return d
}
func (o concat) View(in []graph.Type) (operand, offset int) {
	if len(in) == 1 {
		return 0, 0
	}
	return 0, -1
}
func (o concat) Eval(dst, in []graph.Tensor) error {
	stride, at := stridesOf(dst[0].Shape), 0
	for i := range in {
		scatter(dst[0], at*stride[o.axis], &stride, in[i])
		at += in[i].Shape[o.axis]
	}
	return nil
}
func (o concat) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "Concat" }

// Split cuts x along an axis into consecutive parts of the given sizes, which add up to the size of the axis. One op
// copies all parts, and another all their gradients. A part of the leading axis that needs no gradient is cheaper as a
// [Slice].
func Split(x graph.Node, axis int, sizes ...int) []graph.Node {
	if !x.Valid() {
		return slices.Repeat([]graph.Node{x}, len(sizes))
	}
	k, err := axisOf(axis, x.Rank())
	if err == nil && !adds(sizes, x.Dim(k)) {
		err = fmt.Errorf("the sizes %v are not positive or do not add up to axis %d, which has size %d", sizes,
			k, x.Dim(k))
	}
	if err != nil {
		return slices.Repeat([]graph.Node{graph.Fail("split", []graph.Node{x}, err)}, len(sizes))
	}
	if len(sizes) <= maxParts {
		return slices.Clone(graph.ApplyAll(split{k, graph.MakeDims(sizes...)}, x)) // the graph keeps its own
	}
	groups := slices.Collect(slices.Chunk(sizes, (len(sizes)+maxParts-1)/maxParts))
	totals := make([]int, len(groups))
	for i, g := range groups {
		totals[i] = total(g)
	}
	var parts []graph.Node
	for i, p := range Split(x, k, totals...) {
		parts = append(parts, Split(p, k, groups[i]...)...)
	}
	return parts
}

// maxParts is how many results one split has, since it lists their sizes in an attribute. More parts are split in
// turn.
const maxParts = graph.MaxRank

func total(sizes []int) (n int) {
	for _, s := range sizes {
		n += s
	}
	return n
}

// adds reports whether sizes, all positive, add up to n.
func adds(sizes []int, n int) bool {
	for _, s := range sizes {
		if s < 1 || s > n {
			return false
		}
		n -= s
	}
	return n == 0
}

// split cuts along an axis; the derivative joins the parts.
type split struct {
	axis  int
	sizes graph.Dims
}

func (o split) String() string { return fmt.Sprintf("split axis=%d %v", o.axis, o.sizes) }
func (o split) Types(in []graph.Type) ([]graph.Type, error) {
	x := in[0].Shape
	if err := inRank(len(x), o.axis); err != nil {
		return nil, err
	}
	if !adds(o.sizes.Slice(), x[o.axis]) {
		return nil, fmt.Errorf("the sizes %v do not add up to axis %d", o.sizes, o.axis)
	}
	types := make([]graph.Type, o.sizes.Len())
	for i := range types {
		types[i] = graph.Type{DType: in[0].DType, Shape: slices.Clone(x)}
		types[i].Shape[o.axis] = o.sizes.At(i)
	}
	return types, nil
}

// Grad takes zeros for the gradients of parts that the loss does not depend on.
func (o split) Grad(y, dy, in []graph.Node, _ []bool) []graph.Node {
	parts := slices.Clone(dy)
	for i, d := range parts {
		if d == (graph.Node{}) {
			parts[i] = in[0].Graph().Full(0, y[i].Shape()...)
		}
	}
	return []graph.Node{Concat(o.axis, parts...)}
}
func (o split) Eval(dst, in []graph.Tensor) error {
	stride, at := stridesOf(in[0].Shape), 0
	for i := range dst {
		if !unused(dst[i]) {
			gather(dst[i], in[0], at*stride[o.axis], &stride)
		}
		at += o.sizes.At(i)
	}
	return nil
}
func (o split) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "Split" }

// unused reports whether a result has no memory, since nobody reads it.
func unused(t graph.Tensor) bool { return t.F32 == nil && t.F64 == nil && t.I64 == nil }

// Stack joins values of one shape along a new axis.
func Stack(axis int, xs ...graph.Node) graph.Node {
	rows := make([]graph.Node, len(xs))
	for i, x := range xs {
		rows[i] = Unsqueeze(x, axis)
	}
	return Concat(axis, rows...)
}

// Unstack is the inverse of [Stack]: it returns the values along an axis, without that axis.
func Unstack(x graph.Node, axis int) []graph.Node {
	parts := Split(x, axis, ones(x.Dim(axis))...)
	for i, p := range parts {
		parts[i] = Squeeze(p, axis)
	}
	return parts
}

// Repeat repeats every element n times along an axis: 1 2 becomes 1 1 2 2. PyTorch calls it repeat_interleave.
func Repeat(x graph.Node, axis, n int) graph.Node { return repeat("repeat", x, axis, n, 1) }

// Tile repeats x as a whole n times along an axis: 1 2 becomes 1 2 1 2.
func Tile(x graph.Node, axis, n int) graph.Node { return repeat("tile", x, axis, n, 0) }

// repeat expands a new axis, before the given axis or, with behind 1, behind it, and joins the two.
func repeat(name string, x graph.Node, axis, n, behind int) graph.Node {
	if !x.Valid() {
		return x
	}
	k, err := axisOf(axis, x.Rank())
	var wide graph.Shape
	if err == nil {
		wide = slices.Insert(slices.Clone(x.Shape()), k+behind, n)
		err = cmp.Or(allowed("the number of repetitions", n), wide.Check())
	}
	if err != nil {
		return graph.Fail(name, []graph.Node{x}, err)
	}
	joined := slices.Clone(x.Shape())
	joined[k] *= n
	return Reshape(Expand(Unsqueeze(x, k+behind), wide...), joined...)
}
