// This file holds the ops that write at places given by indices: scatter-add, and adding or putting along an axis.

package ops

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// ScatterAdd adds the elements of src to those of x at the given indices of an axis: it writes what [Gather] reads. In
// the shape of src the axes of idx (int64) take the place of the axis.
//
//	y = x, then y[…, idx[j…], …] += src[…, j…, …]
//
// Where an index is given more than once all its elements are added, in their order. A run fails at an index outside
// the axis.
func ScatterAdd(x, idx, src graph.Node, axis int) graph.Node {
	in := []graph.Node{x, idx, src}
	if !allValid(in) {
		return graph.Apply(where{}, in...)
	}
	k, err := axisOf(axis, x.Rank())
	if err == nil {
		if want := slices.Concat(x.Shape()[:k], idx.Shape(), x.Shape()[k+1:]); !src.Shape().Equal(want) {
			err = fmt.Errorf("src has shape %v, want %v", src.Shape(), want)
		}
	}
	if err != nil {
		return graph.Fail("scatter-add", in, err)
	}
	return Add(x, graph.Apply(put{k, x.Dim(k)}, src, idx))
}

func allValid(in []graph.Node) bool {
	return !slices.ContainsFunc(in, func(n graph.Node) bool { return !n.Valid() })
}

// AddAlong adds one element of src to x for each index, along an axis: it writes what [TakeAlong] reads. PyTorch calls
// it scatter_add. With axis 1 of 3,
//
//	y = x, then y[i, idx[i, j, k], k] += src[i, j, k]
//
// idx (int64) has the shape of src. Its shape is that of x, except along the axis. Where an index is given more than
// once all its elements are added. A run fails at an index outside the axis.
func AddAlong(x, idx, src graph.Node, axis int) graph.Node {
	in := []graph.Node{x, idx, src}
	if !allValid(in) {
		return graph.Apply(where{}, in...)
	}
	k, err := alongAxis(x, idx, src, axis)
	if err != nil {
		return graph.Fail("add-along", in, err)
	}
	return Add(x, graph.Apply(putAlong{k, x.Dim(k)}, src, idx))
}

// alongAxis is the axis. It reports an axis or shapes that do not fit.
func alongAxis(x, idx, src graph.Node, axis int) (int, error) {
	k, err := axisOf(axis, x.Rank())
	switch {
	case err != nil:
		return 0, err
	case !src.Shape().Equal(idx.Shape()):
		return 0, fmt.Errorf("src has shape %v, idx %v", src.Shape(), idx.Shape())
	case !alike(x.Shape(), idx.Shape(), k):
		return 0, fmt.Errorf("the shapes differ beside axis %d", k)
	}
	return k, nil
}

// PutAlong is [AddAlong] where elements of src take the place of those of x, as NumPy's put_along_axis; PyTorch calls
// it scatter. Where an index is given more than once the last counts, and it alone has a gradient; PyTorch takes any.
func PutAlong(x, idx, src graph.Node, axis int) graph.Node {
	in := []graph.Node{x, idx, src}
	if !allValid(in) {
		return graph.Apply(where{}, in...)
	}
	k, err := alongAxis(x, idx, src, axis)
	if err != nil {
		return graph.Fail("put-along", in, err)
	}
	op, last := putAlong{k, x.Dim(k)}, graph.Apply(lastAlong{k, x.Dim(k), x.Graph().DType}, idx)
	written := graph.Apply(op, last, idx)                     // 1 where something is put
	put := graph.Apply(op, Where(last, src, zero(last)), idx) // one element there, and 0 elsewhere
	return Add(Where(written, zero(written), x), put)
}

// lastAlong is 1 at an index if no equal index follows along the axis, else 0.
type lastAlong struct {
	axis, n int
	dtype   graph.DType
}

func (o lastAlong) String() string   { return fmt.Sprintf("last-along axis=%d n=%d", o.axis, o.n) }
func (o lastAlong) Operands() string { return "idx" }
func (o lastAlong) Types(in []graph.Type) ([]graph.Type, error) {
	if in[0].DType != graph.Int64 {
		return nil, fmt.Errorf("the indices hold %v, want int64", in[0].DType)
	}
	err := cmp.Or(allowed("n", o.n), inRank(len(in[0].Shape), o.axis), floatType(o.dtype))
	return []graph.Type{{DType: o.dtype, Shape: in[0].Shape}}, err
}

// Grad is never asked for: indices have no gradient.
func (o lastAlong) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }

// Scratch holds, for each place of a row, the number of the index that writes it last.
func (o lastAlong) Scratch([]graph.Type) []graph.Type {
	return []graph.Type{{DType: graph.Int64, Shape: graph.Shape{o.n}}}
}

func (o lastAlong) Eval(dst, in []graph.Tensor) error {
	if err := checkIndices(in[0], o.n); err != nil {
		return err
	}
	return graph.EvalFloats(o, dst, in, evalLastAlong[float32], evalLastAlong[float64])
}

func evalLastAlong[T scalar.Float](o lastAlong, dst, in []graph.Tensor) error {
	outer, n, inner := around(in[0].Shape, o.axis)
	y, index, writer := graph.Floats[T](dst[0]), in[0].I64, dst[1].I64
	for i := range outer {
		for k := range inner {
			for j := range n {
				writer[index[(i*n+j)*inner+k]] = int64(j)
			}
			for j := range n {
				at := (i*n+j)*inner + k
				y[at] = 0
				if writer[index[at]] == int64(j) {
					y[at] = 1
				}
			}
		}
	}
	return nil
}

// Flops: a comparison.
func (o lastAlong) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
func (o lastAlong) Draw([]graph.Type) (graph.Role, string)         { return graph.RoleView, "Last" }
