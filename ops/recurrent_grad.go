// This file holds the gradient of the recurrent layers.

package ops

import (
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// recurrentGrad has the operands of the op, then y and, where they are results, the gates and what else the op keeps,
// then those gradients of y, h and c that there are. Its results are the gradients of x, wIH, wHH, bIH, bHH, h0 and
// c0, whether the op has these operands or not.
type recurrentGrad struct {
	of recurrent
	dy [3]bool
}

func (o recurrentGrad) String() string { return "∂" + o.of.String() }

func (o recurrentGrad) Operands() string {
	names := o.of.Operands() + " y"
	if _, _, _, gates, _ := o.of.results(); gates > 0 {
		names += " gates kept"
	}
	for k, name := range [...]string{" dy", " dh", " dc"} {
		if o.dy[k] {
			names += name
		}
	}
	return names
}

func (o recurrentGrad) Types(in []graph.Type) ([]graph.Type, error) {
	n := o.of.operands()
	y, err := o.of.Types(in[:n])
	if err != nil {
		return nil, err
	}
	want := y[:1:1]
	_, h, c, gates, kept := o.of.results()
	if gates > 0 {
		want = append(want, y[gates], y[kept])
	}
	for k, i := range [...]int{0, h, c} {
		if o.dy[k] {
			want = append(want, y[i])
		}
	}
	if err := expect(strings.TrimPrefix(o.Operands(), o.of.Operands()), in[n:], want...); err != nil {
		return nil, err
	}
	s := o.of.sizes(in)
	bias := graph.Type{DType: in[0].DType, Shape: in[2].Shape[:1]}
	state := graph.Type{DType: in[0].DType, Shape: graph.Shape{s.N, s.H}}
	return []graph.Type{in[0], in[1], in[2], bias, bias, state, state}, nil
}

// Grad returns nil: there is no second derivative.
func (o recurrentGrad) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }

// Scratch: the states before the steps, a step, a row, dh0, dc0, and the gradients of the products with x and, in a
// GRU, with h.
func (o recurrentGrad) Scratch(in []graph.Type) []graph.Type {
	s := o.of.sizes(in)
	wide := o.of.cell.Gates() * s.H
	of := func(n int) graph.Type { return graph.Type{DType: in[0].DType, Shape: graph.Shape{n}} }
	dz := of(s.N * s.Steps * wide)
	scratch := []graph.Type{of(s.N * s.Steps * s.H), of(s.N * wide), of(s.N * s.H), of(s.N * s.H), of(s.N * s.H), dz}
	if o.of.cell == vector.GRUCell {
		scratch = append(scratch, dz)
	}
	return scratch
}

func (o recurrentGrad) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalRecurrentGrad[float32], evalRecurrentGrad[float64])
}

func evalRecurrentGrad[T scalar.Float](o recurrentGrad, dst, in []graph.Tensor) error {
	forward, err := recurrence[T](o.of, in)
	if err != nil {
		return err
	}
	r := kernel.RecurrenceGrad[T]{Recurrence: forward}
	in = in[o.of.operands():]
	r.Y, in = graph.Floats[T](in[0]), in[1:]
	r.Gates = r.Y
	if _, _, _, gates, _ := o.of.results(); gates > 0 {
		r.Gates, r.Kept, in = graph.Floats[T](in[0]), graph.Floats[T](in[1]), in[2:]
	}
	for k, d := range [...]*[]T{&r.DY, &r.DHN, &r.DCN} {
		if o.dy[k] {
			*d, in = graph.Floats[T](in[0]), in[1:]
		}
	}
	for k, d := range [...]*[]T{&r.DX, &r.DWIH, &r.DWHH, &r.DBIH, &r.DBHH} {
		*d = graph.Floats[T](dst[k])
	}
	scratch := dst[7:]
	r.Before, r.Step, r.Row = graph.Floats[T](scratch[0]), graph.Floats[T](scratch[1]), graph.Floats[T](scratch[2])
	r.DH0, r.DC0 = either[T](dst[5], scratch[3]), either[T](dst[6], scratch[4])
	r.DZ = graph.Floats[T](scratch[5])
	r.DZH = graph.Floats[T](scratch[len(scratch)-1])
	kernel.RecurrentBackward(r)
	return nil
}

// Flops counts those of the op twice: each product has two gradients.
func (o recurrentGrad) Flops(in []graph.Type) (products, others int64) {
	products, others = o.of.Flops(in)
	return 2 * products, 2 * others
}

func (o recurrentGrad) Draw(in []graph.Type) (graph.Role, string) {
	role, label := o.of.Draw(in)
	return role, "∂" + label
}
