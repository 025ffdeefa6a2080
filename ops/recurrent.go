// This file holds the recurrent layers, each over whole sequences: RNN, LSTM and GRU.

package ops

import (
	"fmt"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Recurrence are the operands of [RNN], [LSTM] and [GRU] beside x (N, T, in). Only the two weights are required; the
// others may be the zero Node. G is 1 for an RNN, 4 for an LSTM and 3 for a GRU.
type Recurrence struct {
	WIH, WHH graph.Node // (G·H, in), (G·H, H): PyTorch's weight_ih and weight_hh, with its order of gates
	BIH, BHH graph.Node // (G·H)
	H0, C0   graph.Node // (N, H): h and an LSTM's c before the first step; zeros if not given
	Lengths  graph.Node // (N) int64: how many vectors of each sequence count; T if not given
	Reverse  bool       // from the last vector that counts to the first; y stays in the order of x
}

// RNN is the recurrence of Elman 1990 over the sequences x (N, T, in):
//
//	hₜ = tanh(xₜ·wIHᵀ + bIH + hₜ₋₁·wHHᵀ + bHH)        y (N, T, H), h (N, H)
//
// y holds the state after each step, and h the last one. A sequence that is shorter than T keeps its state from its
// length on, and y is 0 there, as with PyTorch's pack_padded_sequence. A run fails when a length is not in 0…T. The
// gradient has no gradient itself.
func RNN(x graph.Node, r Recurrence) (y, h graph.Node) {
	out := r.apply(x, vector.TanhCell)
	return out[0], out[1]
}

// RNNReLU is [RNN] with max(·, 0) for tanh.
func RNNReLU(x graph.Node, r Recurrence) (y, h graph.Node) {
	out := r.apply(x, vector.ReLUCell)
	return out[0], out[1]
}

// LSTM is the long short-term memory of Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000,
// over the sequences x (N, T, in):
//
//	i, f, g, o = σ, σ, tanh, σ of the quarters of xₜ·wIHᵀ + bIH + hₜ₋₁·wHHᵀ + bHH
//	cₜ = f·cₜ₋₁ + i·g        hₜ = o·tanh(cₜ)        y (N, T, H), h and c (N, H)
//
// y holds the state after each step, and h and c the last state and cell state. Lengths are as in [RNN]. The weights
// are PyTorch's; Keras has the same order of gates and one bias.
func LSTM(x graph.Node, r Recurrence) (y, h, c graph.Node) {
	out := r.apply(x, vector.LSTMCell)
	return out[0], out[1], out[2]
}

// GRU is the gated recurrent unit of Cho et al. 2014 over the sequences x (N, T, in). The thirds of the weights and
// biases belong to r, z and n:
//
//	r, z = σ(xₜ·wIHᵀ + bIH + hₜ₋₁·wHHᵀ + bHH)
//	n = tanh(xₜ·wIHᵀ + bIH + r·(hₜ₋₁·wHHᵀ + bHH))
//	hₜ = (1-z)·n + z·hₜ₋₁        y (N, T, H), h (N, H)
//
// y holds the state after each step, and h the last one. Lengths are as in [RNN]. Unlike in the paper, r scales the
// product and not the state, as in PyTorch and in Keras with reset_after; Keras orders the gates z, r, n.
func GRU(x graph.Node, r Recurrence) (y, h graph.Node) {
	out := r.apply(x, vector.GRUCell)
	return out[0], out[1]
}

// apply gives the results of the op.
func (r Recurrence) apply(x graph.Node, cell vector.Cell) []graph.Node {
	o := recurrent{cell: cell, reverse: r.Reverse}
	in := []graph.Node{x, r.WIH, r.WHH}
	for k, n := range []graph.Node{r.BIH, r.BHH, r.H0, r.C0, r.Lengths} {
		if n != (graph.Node{}) {
			o.has[k] = true
			in = append(in, n)
		}
	}
	return graph.ApplyAll(o, in...)
}

// recurrent has the operands x, wIH, wHH, and those optional operands that are given, in the order of the constants
// below. Its results are y, h and an LSTM's c, and two that the gradient reads: the gates (N, T, G·H), and an LSTM's
// cell states or a GRU's product with h for the gate n (N, T, H). An RNN has neither: its gates are y.
type recurrent struct {
	cell    vector.Cell
	reverse bool
	has     [5]bool
}

// The optional operands.
const (
	hasBIH = iota
	hasBHH
	hasH0
	hasC0
	hasLengths
)

var (
	optionalNames = [...]string{"bIH", "bHH", "h0", "c0", "lengths"}
	cellNames     = [...]string{"rnn", "rnn-relu", "lstm", "gru"}
	cellLabels    = [...]string{"RNN", "RNN", "LSTM", "GRU"}
)

// place is the place of an optional operand among the operands, -1 if it is not given.
func (o recurrent) place(optional int) int {
	if !o.has[optional] {
		return -1
	}
	i := 3
	for _, has := range o.has[:optional] {
		if has {
			i++
		}
	}
	return i
}

// operand is an optional operand, the zero Tensor if it is not given.
func (o recurrent) operand(optional int, in []graph.Tensor) (t graph.Tensor) {
	if i := o.place(optional); i >= 0 {
		t = in[i]
	}
	return t
}

// operands is the number of operands.
func (o recurrent) operands() int {
	n := 3
	for _, has := range o.has {
		if has {
			n++
		}
	}
	return n
}

func (o recurrent) String() string {
	if o.reverse {
		return cellNames[o.cell] + " reverse"
	}
	return cellNames[o.cell]
}

func (o recurrent) Operands() string {
	names := []string{"x wIH wHH"}
	for k, has := range o.has {
		if has {
			names = append(names, optionalNames[k])
		}
	}
	return strings.Join(names, " ")
}

func (o recurrent) Types(in []graph.Type) ([]graph.Type, error) {
	if err := o.check(in); err != nil {
		return nil, err
	}
	s := o.sizes(in)
	of := func(shape ...int) graph.Type { return graph.Type{DType: in[0].DType, Shape: shape} }
	y, state := of(s.N, s.Steps, s.H), of(s.N, s.H)
	switch o.cell {
	case vector.LSTMCell:
		return []graph.Type{y, state, state, of(s.N, s.Steps, 4*s.H), y}, nil
	case vector.GRUCell:
		return []graph.Type{y, state, of(s.N, s.Steps, 3*s.H), y}, nil
	}
	return []graph.Type{y, state}, nil
}

// results are the places of the results, -1 for those that a cell does not have. The gates of an RNN are y.
func (o recurrent) results() (y, h, c, gates, kept int) {
	switch o.cell {
	case vector.LSTMCell:
		return 0, 1, 2, 3, 4
	case vector.GRUCell:
		return 0, 1, -1, 2, 3
	}
	return 0, 1, -1, 0, -1
}

// check is the shape rule.
func (o recurrent) check(in []graph.Type) error {
	x, wIH, wHH := in[0].Shape, in[1].Shape, in[2].Shape
	g := o.cell.Gates()
	switch {
	case len(x) != 3:
		return fmt.Errorf("x has rank %d, want (N, T, in)", len(x))
	case x.Size() == 0:
		return fmt.Errorf("x is empty")
	case len(wHH) != 2 || wHH[0] != g*wHH[1]:
		return fmt.Errorf("wHH has shape %v, want (%d·H, H)", wHH, g)
	case len(wIH) != 2 || wIH[0] != wHH[0]:
		return fmt.Errorf("wIH has shape %v, want (%d, in) with wHH %v", wIH, wHH[0], wHH)
	case wIH[1] != x[2]:
		return fmt.Errorf("input has %d features, wIH expects %d", x[2], wIH[1])
	case o.has[hasC0] && o.cell != vector.LSTMCell:
		return fmt.Errorf("there is a c0, which only an LSTM has")
	}
	floats := in
	if i := o.place(hasLengths); i >= 0 {
		if floats = in[:i]; in[i].DType != graph.Int64 || !in[i].Shape.Equal(x[:1]) {
			return fmt.Errorf("lengths are %v, want int64 (%d)", in[i], x[0])
		}
	}
	for k, want := range [...]graph.Shape{hasBIH: wHH[:1], hasBHH: wHH[:1], hasH0: {x[0], wHH[1]},
		hasC0: {x[0], wHH[1]}} {
		if i := o.place(k); i >= 0 && !in[i].Shape.Equal(want) {
			return fmt.Errorf("%s has shape %v, want %v", optionalNames[k], in[i].Shape, want)
		}
	}
	return sameFloats(floats...)
}

type recurrentSizes struct{ N, Steps, In, H int }

func (o recurrent) sizes(in []graph.Type) recurrentSizes {
	x := in[0].Shape
	return recurrentSizes{x[0], x[1], x[2], in[2].Shape[1]}
}

// Grad is one op for all operands. Both biases have the same gradient, except in a GRU.
func (o recurrent) Grad(y, dy, in []graph.Node, want []bool) []graph.Node {
	_, _, c, gates, kept := o.results()
	grad := recurrentGrad{of: o}
	operands := append([]graph.Node{}, in...)
	operands = append(operands, y[0])
	if gates > 0 {
		operands = append(operands, y[gates], y[kept])
	}
	for k, i := range [...]int{0, 1, c} {
		if i >= 0 && dy[i] != (graph.Node{}) {
			grad.dy[k] = true
			operands = append(operands, dy[i])
		}
	}
	d := graph.ApplyAll(grad, operands...)
	out := append([]graph.Node{}, d[:3]...)
	for k := range o.has {
		if !o.has[k] {
			continue
		}
		if k == hasLengths {
			out = append(out, graph.Node{})
			continue
		}
		if k == hasBHH && o.cell != vector.GRUCell && o.has[hasBIH] {
			k = hasBIH
		}
		out = append(out, d[3+k])
	}
	return out
}

// Scratch: the gates, the transposed wHH, a step, a bias, h and c. The gates, h and c serve where the result has no
// memory.
func (o recurrent) Scratch(in []graph.Type) []graph.Type {
	s := o.sizes(in)
	wide := o.cell.Gates() * s.H
	of := func(n int) graph.Type { return graph.Type{DType: in[0].DType, Shape: graph.Shape{n}} }
	return []graph.Type{of(s.N * s.Steps * wide), of(s.H * wide), of(s.N * wide), of(wide), of(s.N * s.H),
		of(s.N * s.H)}
}

func (o recurrent) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalRecurrent[float32], evalRecurrent[float64])
}

func evalRecurrent[T scalar.Float](o recurrent, dst, in []graph.Tensor) error {
	r, err := recurrence[T](o, in)
	if err != nil {
		return err
	}
	y, h, c, gates, kept := o.results()
	scratch := dst[len(dst)-6:]
	r.Y = graph.Floats[T](dst[y])
	r.Gates = either[T](dst[gates], scratch[0])
	r.Transposed, r.Step, r.Bias = graph.Floats[T](scratch[1]), graph.Floats[T](scratch[2]),
		graph.Floats[T](scratch[3])
	r.HN = either[T](dst[h], scratch[4])
	if c >= 0 {
		r.CN = either[T](dst[c], scratch[5])
	}
	if kept >= 0 {
		r.Kept = graph.Floats[T](dst[kept])
	}
	kernel.RecurrentForward(r)
	return nil
}

// either is the memory of a result, or scratch where the result has none.
func either[T scalar.Float](result, scratch graph.Tensor) []T {
	if f := graph.Floats[T](result); f != nil {
		return f
	}
	return graph.Floats[T](scratch)
}

// recurrence is the kernel's view of the operands. It reports a length outside [0, T].
func recurrence[T scalar.Float](o recurrent, in []graph.Tensor) (r kernel.Recurrence[T], err error) {
	x := in[0].Shape
	optional := func(k int) []T { return graph.Floats[T](o.operand(k, in)) }
	r = kernel.Recurrence[T]{Cell: o.cell, N: x[0], Steps: x[1], In: x[2], H: in[2].Shape[1], Reverse: o.reverse,
		X: graph.Floats[T](in[0]), WIH: graph.Floats[T](in[1]), WHH: graph.Floats[T](in[2]),
		BIH: optional(hasBIH), BHH: optional(hasBHH), H0: optional(hasH0), C0: optional(hasC0),
		Lengths: o.operand(hasLengths, in).I64}
	for i, n := range r.Lengths {
		if n < 0 || n > int64(r.Steps) {
			return r, fmt.Errorf("length %d of sequence %d is outside 0…%d", n, i, r.Steps)
		}
	}
	return r, nil
}

// Flops counts the products with x and h, and for each element of h the operations of the cell: its activations and
// what joins them.
func (o recurrent) Flops(in []graph.Type) (products, others int64) {
	s := o.sizes(in)
	cell := [...]int64{vector.TanhCell: 1, vector.ReLUCell: 1, vector.LSTMCell: 9, vector.GRUCell: 8}[o.cell]
	steps := int64(s.N * s.Steps)
	return 2 * steps * int64(o.cell.Gates()*s.H) * int64(s.In+s.H), cell * steps * int64(s.H)
}

func (o recurrent) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleLinear, cellLabels[o.cell]
}
