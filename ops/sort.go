// This file holds the functions that order the elements along an axis: sort, top-k and median.

package ops

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Sort returns the elements of x along an axis from the smallest to the largest, or from the largest to the smallest
// when descending, and the index (int64) that each had before. Equal elements stay in their order, and NaN counts as
// the largest, as in PyTorch. The gradient of each element goes to where the element was.
func Sort(x graph.Node, axis int, descending bool) (y, index graph.Node) {
	k, err := axisIn(x, axis)
	if err != nil {
		bad := graph.Fail("sort", []graph.Node{x}, err)
		return bad, bad
	}
	r := graph.ApplyAll(order{axis: k, count: max(1, sizeOf(x, k)), descending: descending}, x)
	return r[0], r[1]
}

// TopK returns the k largest elements of x along an axis, the largest first, and their indices (int64), as [Sort]. It
// is an error when the axis has fewer than k.
func TopK(x graph.Node, k, axis int) (y, index graph.Node) {
	a, err := axisIn(x, axis)
	if err == nil && x.Valid() && (k < 1 || k > x.Dim(a)) {
		err = fmt.Errorf("k is %d, want 1 to %d, the size of axis %d", k, x.Dim(a), a)
	}
	if err != nil {
		bad := graph.Fail("top-k", []graph.Node{x}, err)
		return bad, bad
	}
	r := graph.ApplyAll(order{axis: a, count: k, descending: true}, x)
	return r[0], r[1]
}

// Median is the middle element of x in sorted order along an axis, which disappears. Of two in the middle it is the
// smaller, as in PyTorch; NumPy takes the mean of both. It is NaN where an element is NaN. The gradient goes to the
// one element.
func Median(x graph.Node, axis int) graph.Node {
	k, err := axisIn(x, axis)
	if err != nil {
		return graph.Fail("median", []graph.Node{x}, err)
	}
	sorted, _ := Sort(x, k, false)
	if !sorted.Valid() {
		return sorted
	}
	n := x.Dim(k)
	at := func(i int) graph.Node { return Squeeze(Slice(sorted, k, i, i+1, 1), k) }
	middle, last := at((n-1)/2), StopGradient(at(n-1))
	return Where(Equal(last, last), middle, last) // NaN is the last, and not equal to itself
}

// sizeOf is the size of an axis, and 0 for a node that is not valid.
func sizeOf(x graph.Node, axis int) int {
	if !x.Valid() {
		return 0
	}
	return x.Dim(axis)
}

// order has two results: the first count elements along an axis in order, and their indices.
//
//	dx = putAlong(dy, index)
type order struct {
	axis, count int
	descending  bool
}

func (o order) String() string {
	s := fmt.Sprintf("sort axis=%d count=%d", o.axis, o.count)
	if o.descending {
		s += " descending"
	}
	return s
}
func (o order) Operands() string { return "x" }
func (o order) Types(in []graph.Type) ([]graph.Type, error) {
	x := in[0].Shape
	if err := cmp.Or(inRank(len(x), o.axis), sameFloats(in...)); err != nil {
		return nil, err
	}
	if n := x[o.axis]; o.count < 1 || o.count > n {
		return nil, fmt.Errorf("count is %d, want 1 to %d", o.count, n)
	}
	y := slices.Clone(x)
	y[o.axis] = o.count
	return withIndex(in[0].DType, y), nil
}

func (o order) Grad(y, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(putAlong{o.axis, in[0].Dim(o.axis)}, dy[0], y[1])}
}

// Scratch is the elements of one row, and their indices.
func (o order) Scratch(in []graph.Type) []graph.Type {
	n := graph.Shape{in[0].Shape[o.axis]}
	return []graph.Type{{DType: in[0].DType, Shape: n}, {DType: graph.Int64, Shape: n}}
}

func (o order) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalOrder[float32], evalOrder[float64])
}

func evalOrder[T scalar.Float](o order, dst, in []graph.Tensor) error {
	outer, n, inner := around(in[0].Shape, o.axis)
	x, y, places := graph.Floats[T](in[0]), graph.Floats[T](dst[0]), dst[1].I64
	row, index := graph.Floats[T](dst[2]), dst[3].I64
	for i := range outer {
		for k := range inner {
			for j := range n {
				row[j], index[j] = x[(i*n+j)*inner+k], int64(j)
			}
			slices.SortFunc(index, func(a, b int64) int { return o.compare(float64(row[a]), float64(row[b]), a, b) })
			for j := range o.count {
				to := (i*o.count+j)*inner + k
				if y != nil {
					y[to] = row[index[j]]
				}
				if places != nil {
					places[to] = index[j]
				}
			}
		}
	}
	return nil
}

// compare says which of two elements a and b, at the places i and j, comes first. NaN is the largest.
func (o order) compare(a, b float64, i, j int64) int {
	c := 0
	switch nanA, nanB := a != a, b != b; {
	case nanA && nanB:
	case nanA || a > b:
		c = 1
	case nanB || a < b:
		c = -1
	}
	if o.descending {
		c = -c
	}
	return cmp.Or(c, cmp.Compare(i, j))
}

// Flops: n comparisons for each halving of the n elements of a row.
func (o order) Flops(in []graph.Type) (products, others int64) {
	halvings := 1
	for n := in[0].Shape[o.axis]; n > 2; n = (n + 1) / 2 {
		halvings++
	}
	return each(halvings, in[0])
}
func (o order) Draw([]graph.Type) (graph.Role, string) { return graph.RolePool, "Sort" }
