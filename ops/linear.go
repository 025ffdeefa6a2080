// This file holds Linear, the affine map of a fully connected layer.

package ops

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Linear is the affine map of the last axis of x (…, in):
//
//	y = x·wᵀ + b        w (out, in), b (out), y (…, out)
//
// The weight is stored as PyTorch stores it; Keras' kernel is its transpose. b may be the zero
// Node. It is an error when the last axis of x is not in, or when w or b have another rank.
func Linear(x, w, b graph.Node) graph.Node {
	if b == (graph.Node{}) {
		return graph.Apply(linear{}, x, w)
	}
	return graph.Apply(linear{}, x, w, b)
}

type linear struct{}

func (linear) String() string   { return "linear" }
func (linear) Operands() string { return "x w b" }

func (linear) Types(in []graph.Type) ([]graph.Type, error) {
	x, w := in[0].Shape, in[1].Shape
	switch {
	case len(x) < 1:
		return nil, fmt.Errorf("x is a scalar, want (…, in)")
	case len(w) != 2:
		return nil, fmt.Errorf("weight has rank %d, want (out, in)", len(w))
	case x[len(x)-1] != w[1]:
		return nil, fmt.Errorf("input has %d features, weight expects %d", x[len(x)-1], w[1])
	case len(in) == 3 && !in[2].Shape.Equal(graph.Shape{w[0]}):
		return nil, fmt.Errorf("bias has shape %v, want (%d)", in[2].Shape, w[0])
	}
	y := append(append(graph.Shape{}, x[:len(x)-1]...), w[0])
	return []graph.Type{{DType: in[0].DType, Shape: y}}, sameFloats(in...)
}

// Grad: dx = dy·w, dw = dyᵀ·x, db = Σ dy over all rows.
func (linear) Grad(_, dy, in []graph.Node, want []bool) []graph.Node {
	x, w := in[0], in[1]
	d := make([]graph.Node, len(in))
	if want[0] {
		d[0] = MatMul(rows(dy[0]), w)
		if x.Rank() != 2 {
			d[0] = Reshape(d[0], x.Shape()...)
		}
	}
	if want[1] {
		d[1] = matMul(rows(dy[0]), rows(x), true, false)
	}
	if len(in) == 3 && want[2] {
		d[2] = Sum(rows(dy[0]), 0)
	}
	return d
}

// rows is x as a matrix of all its leading axes by the last.
func rows(x graph.Node) graph.Node {
	if x.Rank() == 2 {
		return x
	}
	return Reshape(x, -1, x.Dim(-1))
}

func (o linear) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalLinear[float32], evalLinear[float64])
}

func evalLinear[T scalar.Float](_ linear, dst, in []graph.Tensor) error {
	out, features := in[1].Shape[0], in[1].Shape[1]
	n := dst[0].Shape.Size() / out
	y, x, w := graph.Floats[T](dst[0]), graph.Floats[T](in[0]), graph.Floats[T](in[1])
	p := gemm.Product[T]{M: n, N: out, K: features, Batch: 1, A: gemm.Rows(x, features),
		B: gemm.Rows(w, features).T(), C: gemm.Rows(y, out), Alpha: 1}
	if len(in) == 3 {
		p.Bias = graph.Floats[T](in[2])
	}
	gemm.Multiply(p)
	return nil
}

// Flops are those of the product, whose multiply-adds begin at the bias.
func (linear) Flops(in []graph.Type) (products, others int64) {
	return 2 * int64(in[0].Shape.Size()) * int64(in[1].Shape[0]), 0
}

func (linear) Draw([]graph.Type) (graph.Role, string) { return graph.RoleLinear, "Linear" }

// Absorb takes in elementwise ops.
func (linear) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(linear{}, operands, next, operand, in)
}
