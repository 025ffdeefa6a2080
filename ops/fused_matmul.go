// This file holds the op that the compiler makes of a product and the sum that it is a term of.

package ops

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// matmulAdd is y = a·b + c. y may take the place of c.
type matmulAdd struct {
	graph.NoRule
	of matmul
}

func (o matmulAdd) String() string { return o.of.String() + "+add" }

func (o matmulAdd) Types(in []graph.Type) ([]graph.Type, error) {
	types, err := o.of.Types(in[:2])
	if err == nil && !types[0].Equal(in[2]) {
		err = fmt.Errorf("the product is %v, what it is added to %v", types[0], in[2])
	}
	return types, err
}

func (o matmulAdd) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalMatMulAdd[float32], evalMatMulAdd[float64])
}

func evalMatMulAdd[T scalar.Float](o matmulAdd, dst, in []graph.Tensor) error {
	y, c := graph.Floats[T](dst[0]), graph.Floats[T](in[2])
	if &y[0] != &c[0] {
		copy(y, c)
	}
	multiply[T](o.of, 1, dst[0], in[0], in[1])
	return nil
}

func (matmulAdd) InPlace(int) []int { return []int{2} }

// Flops are those of the product, whose multiply-adds begin at c.
func (o matmulAdd) Flops(in []graph.Type) (products, others int64) { return o.of.Flops(in[:2]) }

// Draw shows the product, and what it is added to.
func (o matmulAdd) Draw(in []graph.Type) (graph.Role, string) {
	role, label := o.of.Draw(in[:2])
	return role, label + " + Add"
}
