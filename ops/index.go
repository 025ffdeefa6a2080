// This file holds the ops that read and add at places given by indices: gather, embedding, one-hot.

package ops

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Gather takes the elements of x at the given indices of an axis, as NumPy's take: the axes of idx take the place of
// the axis.
//
//	y[…, j…, …] = x[…, idx[j…], …]
//
// idx holds int64 and may have any shape. A run fails at an index outside the axis; unlike in Python, a negative index
// does not count from the end. Where an element is read more than once, its gradients are added in the order of the
// indices.
func Gather(x, idx graph.Node, axis int) graph.Node {
	if !x.Valid() {
		return x
	}
	k, err := axisOf(axis, x.Rank())
	if err != nil {
		return graph.Fail("gather", []graph.Node{x, idx}, err)
	}
	return graph.Apply(take{axis: k}, x, idx)
}

// Embedding looks up rows of the table w (V, D) by the indices idx, of any shape: y has shape idx.shape + (D).
// It is [Gather] along the first axis. Unlike PyTorch's, it has no padding index: mask the output instead.
func Embedding(w, idx graph.Node) graph.Node { return graph.Apply(take{embedding: true}, w, idx) }

// take reads at indices; its derivative is put.
type take struct {
	axis      int
	embedding bool // made by Embedding
}

func (o take) String() string {
	if o.embedding {
		return "embedding"
	}
	return fmt.Sprintf("gather axis=%d", o.axis)
}
func (o take) Operands() string {
	if o.embedding {
		return "w idx"
	}
	return "x idx"
}
func (o take) Types(in []graph.Type) ([]graph.Type, error) {
	x, idx := in[0].Shape, in[1].Shape
	switch {
	case in[1].DType != graph.Int64:
		return nil, fmt.Errorf("the indices hold %v, want int64", in[1].DType)
	case o.embedding && len(x) != 2:
		return nil, fmt.Errorf("the table has rank %d, want (V, D)", len(x))
	case o.axis < 0 || o.axis >= len(x):
		return nil, fmt.Errorf("axis %d is outside the %d axes", o.axis, len(x))
	}
	return []graph.Type{{DType: in[0].DType, Shape: slices.Concat(x[:o.axis], idx, x[o.axis+1:])}}, nil
}
func (o take) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(put{o.axis, in[0].Dim(o.axis)}, dy[0], in[1]), {}}
}
func (o take) Eval(dst, in []graph.Tensor) error {
	outer, n, inner := around(in[0].Shape, o.axis)
	if err := checkIndices(in[1], n); err != nil {
		return err
	}
	switch dst[0].DType {
	case graph.Float32:
		kernel.Gather(dst[0].F32, in[0].F32, in[1].I64, outer, n, inner)
	case graph.Float64:
		kernel.Gather(dst[0].F64, in[0].F64, in[1].I64, outer, n, inner)
	default: // x may hold integers
		kernel.Gather(dst[0].I64, in[0].I64, in[1].I64, outer, n, inner)
	}
	return nil
}
func (o take) Draw([]graph.Type) (graph.Role, string) {
	if o.embedding {
		return graph.RoleLinear, "Embedding"
	}
	return graph.RoleView, "Gather"
}

func (o take) Picks(operand int, in []graph.Type) int {
	return picks(operand, in, in[0].Shape.Size()/in[0].Shape[o.axis]*in[1].Shape.Size())
}

// around returns the number of elements before an axis, its size, and the number behind it.
func around(shape graph.Shape, axis int) (outer, n, inner int) {
	return shape[:axis].Size(), shape[axis], shape[axis+1:].Size()
}

// checkIndices reports the first index outside [0, n).
func checkIndices(idx graph.Tensor, n int) error {
	i := kernel.Outside(idx.I64, n)
	if i < 0 {
		return nil
	}
	place := make(graph.Shape, len(idx.Shape))
	for k, rest := len(place)-1, i; k >= 0; k-- {
		place[k] = rest % idx.Shape[k]
		rest /= idx.Shape[k]
	}
	where := place.String()
	if len(place) == 1 {
		where = fmt.Sprint(i)
	}
	return fmt.Errorf("index %d at position %s is outside 0..%d", idx.I64[i], where, n-1)
}

// put is the adjoint of take: it adds the elements of dy at the indices into zeros of size n.
type put struct{ axis, n int }

func (o put) String() string   { return fmt.Sprintf("scatter-add axis=%d n=%d", o.axis, o.n) }
func (o put) Operands() string { return "dy idx" }
func (o put) Types(in []graph.Type) ([]graph.Type, error) {
	dy, idx := in[0].Shape, in[1].Shape
	if err := cmp.Or(allowed("n", o.n), inRank(len(dy)+1, o.axis)); err != nil {
		return nil, err
	}
	if in[1].DType != graph.Int64 || len(dy) < o.axis+len(idx) || !idx.Equal(dy[o.axis:o.axis+len(idx)]) {
		return nil, fmt.Errorf("the axes of the int64 indices are not those of dy from axis %d on", o.axis)
	}
	return []graph.Type{{DType: in[0].DType, Shape: slices.Concat(dy[:o.axis], graph.Shape{o.n},
		dy[o.axis+len(idx):])}}, nil
}
func (o put) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(take{axis: o.axis}, dy[0], in[1]), {}}
}
func (o put) Eval(dst, in []graph.Tensor) error {
	if err := checkIndices(in[1], o.n); err != nil {
		return err
	}
	return graph.EvalFloats(o, dst, in, evalPut[float32], evalPut[float64])
}

func evalPut[T scalar.Float](o put, dst, in []graph.Tensor) error {
	outer, n, inner := around(dst[0].Shape, o.axis)
	kernel.ScatterAdd(graph.Floats[T](dst[0]), graph.Floats[T](in[0]), in[1].I64, outer, n, inner)
	return nil
}
func (o put) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "ScatterAdd" }

func (put) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }

// TakeAlong takes one element of x for each index, along an axis: NumPy's take_along_axis, PyTorch's gather. With axis
// 1 of 3,
//
//	y[i, j, k] = x[i, idx[i, j, k], k]
//
// idx holds int64. Its shape is that of x, except along the axis; y has the shape of idx. A run fails at an index
// outside the axis.
func TakeAlong(x, idx graph.Node, axis int) graph.Node {
	if !x.Valid() {
		return x
	}
	k, err := axisOf(axis, x.Rank())
	if err != nil {
		return graph.Fail("take-along", []graph.Node{x, idx}, err)
	}
	return graph.Apply(takeAlong{k}, x, idx)
}

// takeAlong reads one element for each index; its derivative is putAlong.
type takeAlong struct{ axis int }

func (o takeAlong) String() string   { return fmt.Sprintf("take-along axis=%d", o.axis) }
func (o takeAlong) Operands() string { return "x idx" }
func (o takeAlong) Types(in []graph.Type) ([]graph.Type, error) {
	x, idx := in[0].Shape, in[1].Shape
	if in[1].DType != graph.Int64 {
		return nil, fmt.Errorf("the indices hold %v, want int64", in[1].DType)
	}
	if err := inRank(len(x), o.axis); err != nil {
		return nil, err
	}
	if !alike(x, idx, o.axis) {
		return nil, fmt.Errorf("the shapes differ beside axis %d", o.axis)
	}
	return []graph.Type{{DType: in[0].DType, Shape: idx}}, nil
}

func (o takeAlong) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(putAlong{o.axis, in[0].Dim(o.axis)}, dy[0], in[1]), {}}
}
func (o takeAlong) Eval(dst, in []graph.Tensor) error {
	outer, n, inner := around(in[0].Shape, o.axis)
	if err := checkIndices(in[1], n); err != nil {
		return err
	}
	switch dst[0].DType {
	case graph.Float32:
		kernel.GatherAlong(dst[0].F32, in[0].F32, in[1].I64, outer, n, inner)
	case graph.Float64:
		kernel.GatherAlong(dst[0].F64, in[0].F64, in[1].I64, outer, n, inner)
	default: // x may hold integers
		kernel.GatherAlong(dst[0].I64, in[0].I64, in[1].I64, outer, n, inner)
	}
	return nil
}
func (o takeAlong) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "TakeAlong" }

func (takeAlong) Picks(operand int, in []graph.Type) int {
	return picks(operand, in, in[1].Shape.Size())
}

// alike reports whether two shapes are equal except for one axis.
func alike(a, b graph.Shape, axis int) bool {
	return len(a) == len(b) && axis < len(a) && a[:axis].Equal(b[:axis]) && a[axis+1:].Equal(b[axis+1:])
}

// putAlong is the adjoint of takeAlong: it adds each element of dy at its index into zeros of size n.
type putAlong struct{ axis, n int }

func (o putAlong) String() string   { return fmt.Sprintf("put-along axis=%d n=%d", o.axis, o.n) }
func (o putAlong) Operands() string { return "dy idx" }
func (o putAlong) Types(in []graph.Type) ([]graph.Type, error) {
	if err := cmp.Or(allowed("n", o.n), inRank(len(in[0].Shape), o.axis)); err != nil {
		return nil, err
	}
	if in[1].DType != graph.Int64 || !in[0].Shape.Equal(in[1].Shape) {
		return nil, fmt.Errorf("the int64 indices do not have the shape of dy")
	}
	x := slices.Clone(in[0].Shape)
	x[o.axis] = o.n
	return []graph.Type{{DType: in[0].DType, Shape: x}}, nil
}
func (o putAlong) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(takeAlong{o.axis}, dy[0], in[1]), {}}
}
func (o putAlong) Eval(dst, in []graph.Tensor) error {
	if err := checkIndices(in[1], o.n); err != nil {
		return err
	}
	return graph.EvalFloats(o, dst, in, evalPutAlong[float32], evalPutAlong[float64])
}

func evalPutAlong[T scalar.Float](o putAlong, dst, in []graph.Tensor) error {
	outer, n, inner := around(dst[0].Shape, o.axis)
	kernel.ScatterAlong(graph.Floats[T](dst[0]), graph.Floats[T](in[0]), in[1].I64, outer, n, inner)
	return nil
}
func (o putAlong) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "PutAlong" }

func (putAlong) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }

// OneHot is 1 at each index of a new last axis of size depth, and 0 elsewhere, in floats: the shape is idx.shape +
// (depth). A run fails at an index outside [0, depth).
func OneHot(idx graph.Node, depth int) graph.Node {
	return graph.Apply(oneHot{depth, idx.Graph().DType}, idx)
}

type oneHot struct {
	depth int
	dtype graph.DType
}

func (o oneHot) String() string   { return fmt.Sprintf("one-hot depth=%d", o.depth) }
func (o oneHot) Operands() string { return "idx" }
func (o oneHot) Types(in []graph.Type) ([]graph.Type, error) {
	if in[0].DType != graph.Int64 {
		return nil, fmt.Errorf("the indices hold %v, want int64", in[0].DType)
	}
	if err := cmp.Or(allowed("depth", o.depth), floatType(o.dtype)); err != nil {
		return nil, err
	}
	return []graph.Type{{DType: o.dtype, Shape: append(slices.Clone(in[0].Shape), o.depth)}}, nil
}

// Grad is never asked for: indices have no gradient.
func (o oneHot) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (o oneHot) Eval(dst, in []graph.Tensor) error {
	if err := checkIndices(in[0], o.depth); err != nil {
		return err
	}
	return graph.EvalFloats(o, dst, in, evalOneHot[float32], evalOneHot[float64])
}

func evalOneHot[T scalar.Float](o oneHot, dst, in []graph.Tensor) error {
	kernel.OneHot(graph.Floats[T](dst[0]), in[0].I64, o.depth)
	return nil
}
func (o oneHot) Draw([]graph.Type) (graph.Role, string) { return graph.RoleData, "OneHot" }
