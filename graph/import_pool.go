// This file holds the ops that take the place of Gorgonia's pooling in an imported graph.

package graph

import (
	"fmt"

	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// pooled is the mean or the maximum over windows of x (N, C, H, W). A mean divides by the size of the window. A
// maximum has a second result, the places of the maxima.
//
//	dx = spread dy evenly, or to the places of the maxima
type pooled struct {
	kernel.Pool
	mean bool
}

func (o pooled) String() string {
	return fmt.Sprintf("gorgonia.%s %d×%d stride=%d,%d pad=%d,%d,%d,%d", o.name(), o.KH, o.KW, o.StrideH, o.StrideW,
		o.PadT, o.PadB, o.PadL, o.PadR)
}
func (o pooled) name() string {
	if o.mean {
		return "AveragePool2D"
	}
	return "MaxPool2D"
}
func (o pooled) Types(in []Type) ([]Type, error) {
	if s := in[0].Shape; len(s) != 4 || s[2] != o.H || s[3] != o.W || s[0]*s[1] != o.Planes {
		return nil, fmt.Errorf("the input is %v, want %d planes of %d×%d", s, o.Planes, o.H, o.W)
	}
	y := Shape{in[0].Shape[0], in[0].Shape[1], o.OH, o.OW}
	if o.mean {
		return []Type{{in[0].DType, y}}, nil
	}
	return []Type{{in[0].DType, y}, {Int64, y}}, nil
}
func (o pooled) Grad(y, dy, in []Node, _ []bool) []Node {
	if o.mean {
		return []Node{Apply(pooledGrad{o, in[0].v.t.Shape.dims()}, dy[0])}
	}
	return []Node{Apply(pooledGrad{o, in[0].v.t.Shape.dims()}, dy[0], y[1])}
}
func (o pooled) Eval(dst, in []Tensor) error {
	return EvalFloats(o, dst, in, pool[float32], pool[float64])
}
func (o pooled) Draw([]Type) (Role, string) {
	return RolePool, fmt.Sprintf("%s %d×%d", o.name(), o.KH, o.KW)
}

func pool[T scalar.Float](o pooled, dst, in []Tensor) error {
	y, x := Floats[T](dst[0]), Floats[T](in[0])
	if o.mean {
		kernel.AvgPool(o.Pool, y, x)
	} else {
		kernel.MaxPool(o.Pool, y, dst[1].I64, x)
	}
	return nil
}

// dims is s as an attribute of an op.
func (s Shape) dims() Dims { return MakeDims(s...) }

// pooledGrad is the gradient of pooled. Its operands are dy and, for a maximum, the places of the maxima.
type pooledGrad struct {
	pooled
	shape Dims
}

func (o pooledGrad) String() string { return o.pooled.String() + " grad" }
func (o pooledGrad) Types(in []Type) ([]Type, error) {
	if in[0].Shape.Size() != o.Planes*o.OH*o.OW {
		return nil, fmt.Errorf("dy is %v, want %d planes of %d×%d", in[0].Shape, o.Planes, o.OH, o.OW)
	}
	return []Type{{in[0].DType, o.shape.Slice()}}, nil
}

// Grad is the mean of dy for a mean; for a maximum there is none.
func (o pooledGrad) Grad(_, dy, in []Node, _ []bool) []Node {
	if !o.mean {
		return nil
	}
	return []Node{Apply(o.pooled, dy[0])}
}
func (o pooledGrad) Eval(dst, in []Tensor) error {
	return EvalFloats(o, dst, in, unpool[float32], unpool[float64])
}
func (o pooledGrad) Draw(in []Type) (Role, string) {
	role, label := o.pooled.Draw(in)
	return role, "∂" + label
}

func unpool[T scalar.Float](o pooledGrad, dst, in []Tensor) error {
	dx, dy := Floats[T](dst[0]), Floats[T](in[0])
	if o.mean {
		kernel.AvgPoolBackward(o.Pool, dx, dy)
	} else {
		kernel.ScatterPlanes(o.Planes, o.H*o.W, o.OH*o.OW, dx, dy, in[1].I64)
	}
	return nil
}
