package vector

import (
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// One step of a recurrent cell for one sequence, forward and backward. h and c have H elements; z and step have the
// vectors of all gates, H elements each, side by side. Every line is one function of whole vectors.

// A Cell is the kind of a recurrent layer.
type Cell uint8

// The cells. A row of gates holds its vectors in PyTorch's order.
const (
	TanhCell Cell = iota // h = tanh(z); the row holds h alone
	ReLUCell             // h = max(z, 0); the row holds h alone
	LSTMCell             // i, f, g, o
	GRUCell              // r, z, n
)

// Gates returns G, the number of vectors that a step computes from x and h.
func (c Cell) Gates() int { return [...]int{1, 1, 4, 3}[c] }

// Plus sets y = a + b.
func Plus[T scalar.Float](y, a, b []T) { BinaryRow(Add, y, a, b, 0, 0) }

func minus[T scalar.Float](y, a, b []T)   { BinaryRow(Sub, y, a, b, 0, 0) }
func times[T scalar.Float](y, a, b []T)   { BinaryRow(Mul, y, a, b, 0, 0) }
func squash[T scalar.Float](x []T)        { UnaryRow(Sigmoid, x, x, 0, 0) }
func squashGrad[T scalar.Float](d, y []T) { BinaryRow(SigmoidGrad, d, y, d, 0, 0) } // d·y·(1 - y)
func tanhGrad[T scalar.Float](d, y []T)   { BinaryRow(TanhGrad, d, y, d, 0, 0) }    // d·(1 - y²)

// RNNStep sets h = z = f(z + step), where f is tanh or ReLU.
func RNNStep[T scalar.Float](c Cell, h, z, step []T) {
	Plus(z, z, step)
	f := Tanh
	if c == ReLUCell {
		f = ReLU
	}
	UnaryRow(f, z, z, 0, 0)
	copy(h, z)
}

// RNNStepGrad sets dz = dh·f′ and dh = 0. z is what RNNStep has set it to, from which f′ is computed.
func RNNStepGrad[T scalar.Float](c Cell, dh, dz, z []T) {
	f := TanhGrad
	if c == ReLUCell {
		f = ReLUGrad
	}
	BinaryRow(f, dz, z, dh, 0, 0)
	clear(dh)
}

// LSTMStep sets z to the gates and takes c and h one step on:
//
//	i, f, o = σ(z + step)   g = tanh(z + step)   c = f·c + i·g   h = o·tanh(c)
//
// step is overwritten.
func LSTMStep[T scalar.Float](h, c, z, step []T) {
	n := len(h)
	if scalar.Single[T]() && lstmStepFast(scalar.Floats32(h), scalar.Floats32(c), scalar.Floats32(z),
		scalar.Floats32(step)) {
		return
	}
	Plus(z, z, step)
	squash(z[:2*n])
	UnaryRow(Tanh, z[2*n:3*n], z[2*n:3*n], 0, 0)
	squash(z[3*n:])
	i, f, g, o := z[:n], z[n:2*n], z[2*n:3*n], z[3*n:]
	times(c, f, c)
	times(step[:n], i, g)
	Plus(c, c, step[:n])
	UnaryRow(Tanh, h, c, 0, 0)
	times(h, o, h)
}

// LSTMStepGrad is the gradient of LSTMStep. c is the cell state after the step, and before is the cell state before
// it, nil for zeros. With t = tanh(c):
//
//	dc += dh·o·(1 - t²)
//	dz = dc·g·i·(1-i), dc·before·f·(1-f), dc·i·(1-g²), dh·t·o·(1-o)
//	dc = dc·f   dh = 0
func LSTMStepGrad[T scalar.Float](dh, dc, dz, z, c, before, t []T) {
	n := len(dh)
	if scalar.Single[T]() && before != nil &&
		lstmStepGradFast(scalar.Floats32(dh), scalar.Floats32(dc), scalar.Floats32(dz), scalar.Floats32(z),
			scalar.Floats32(c), scalar.Floats32(before)) {
		return
	}
	i, f, g, o := z[:n], z[n:2*n], z[2*n:3*n], z[3*n:]
	di, df, dg, do := dz[:n], dz[n:2*n], dz[2*n:3*n], dz[3*n:]
	UnaryRow(Tanh, t, c, 0, 0)
	times(do, dh, t)
	squashGrad(do, o)
	times(dh, dh, o)
	tanhGrad(dh, t)
	Plus(dc, dc, dh)
	times(di, dc, g)
	if before == nil {
		clear(df)
	} else {
		times(df, dc, before)
	}
	squashGrad(dz[:2*n], z[:2*n])
	times(dg, dc, i)
	tanhGrad(dg, g)
	times(dc, dc, f)
	clear(dh)
}

// GRUStep sets gates to r, z and n and takes h one step on. With m, the third part of step,
//
//	r, z = σ(z + step)   n = tanh(n + r·m)   h = (1-z)·n + z·h
//
// step is overwritten.
func GRUStep[T scalar.Float](h, gates, step []T) {
	k := len(h)
	Plus(gates[:2*k], gates[:2*k], step[:2*k])
	squash(gates[:2*k])
	r, z, n, m := gates[:k], gates[k:2*k], gates[2*k:], step[2*k:]
	times(m, r, m)
	Plus(n, n, m)
	UnaryRow(Tanh, n, n, 0, 0)
	minus(h, h, n)
	times(h, z, h)
	Plus(h, n, h)
}

// GRUStepGrad is the gradient of GRUStep, where before is the state before the step. dx is set to the gradient by the
// products with x, and dz to the gradient by the products with h. They differ for n alone: dx has dn, and dz has dn·r.
//
//	dr = dn·m·r·(1-r)   dz = dh·(before - n)·z·(1-z)   dn = dh·(1-z)·(1-n²)   dh = dh·z
func GRUStepGrad[T scalar.Float](dh, dz, gates, m, before, tmp, dx []T) {
	k := len(dh)
	r, z, n := gates[:k], gates[k:2*k], gates[2*k:]
	dr, dn := dx[:k], dx[2*k:]
	minus(tmp, before, n)
	times(dx[k:2*k], dh, tmp)
	times(tmp, dh, z)
	minus(dn, dh, tmp)
	tanhGrad(dn, n)
	times(dr, dn, m)
	squashGrad(dx[:2*k], gates[:2*k])
	copy(dh, tmp)
	copy(dz, dx[:2*k])
	times(dz[2*k:], dn, r)
}
