package kernel

// One step of a recurrent cell for one sequence, forward and backward. Vectors have H elements, z and step those of
// all gates side by side; every line is one function over whole vectors.

func plus[T Float](y, a, b []T)    { binary(Add, y, a, b, 0, 0) }
func minus[T Float](y, a, b []T)   { binary(Sub, y, a, b, 0, 0) }
func times[T Float](y, a, b []T)   { binary(Mul, y, a, b, 0, 0) }
func squash[T Float](x []T)        { unary(Sigmoid, x, x, 0, 0) }
func squashGrad[T Float](d, y []T) { binary(SigmoidGrad, d, y, d, 0, 0) } // d·y·(1 - y)
func tanhGrad[T Float](d, y []T)   { binary(TanhGrad, d, y, d, 0, 0) }    // d·(1 - y²)

// rnnStep sets h = z = f(z + step).
func rnnStep[T Float](c Cell, h, z, step []T) {
	plus(z, z, step)
	f := Tanh
	if c == ReLUCell {
		f = ReLU
	}
	unary(f, z, z, 0, 0)
	copy(h, z)
}

// rnnStepGrad sets dz = dh·f′, by h = z, and dh = 0.
func rnnStepGrad[T Float](c Cell, dh, dz, z []T) {
	f := TanhGrad
	if c == ReLUCell {
		f = ReLUGrad
	}
	binary(f, dz, z, dh, 0, 0)
	clear(dh)
}

// lstmStep sets z to the gates and advances c and h:
//
//	i, f, o = σ(z + step)   g = tanh(z + step)   c = f·c + i·g   h = o·tanh(c)
//
// step is overwritten.
func lstmStep[T Float](h, c, z, step []T) {
	n := len(h)
	if single[T]() && lstmStepFast(floats32(h), floats32(c), floats32(z), floats32(step)) {
		return
	}
	plus(z, z, step)
	squash(z[:2*n])
	unary(Tanh, z[2*n:3*n], z[2*n:3*n], 0, 0)
	squash(z[3*n:])
	i, f, g, o := z[:n], z[n:2*n], z[2*n:3*n], z[3*n:]
	times(c, f, c)
	times(step[:n], i, g)
	plus(c, c, step[:n])
	unary(Tanh, h, c, 0, 0)
	times(h, o, h)
}

// lstmStepGrad is the gradient of lstmStep, c being the cell state after the step and before that before it, nil for
// zeros. With t = tanh(c):
//
//	dc += dh·o·(1 - t²)
//	dz = dc·g·i·(1-i), dc·before·f·(1-f), dc·i·(1-g²), dh·t·o·(1-o)
//	dc = dc·f   dh = 0
func lstmStepGrad[T Float](dh, dc, dz, z, c, before, t []T) {
	n := len(dh)
	if single[T]() && before != nil && lstmStepGradFast(floats32(dh), floats32(dc), floats32(dz), floats32(z),
		floats32(c), floats32(before)) {
		return
	}
	i, f, g, o := z[:n], z[n:2*n], z[2*n:3*n], z[3*n:]
	di, df, dg, do := dz[:n], dz[n:2*n], dz[2*n:3*n], dz[3*n:]
	unary(Tanh, t, c, 0, 0)
	times(do, dh, t)
	squashGrad(do, o)
	times(dh, dh, o)
	tanhGrad(dh, t)
	plus(dc, dc, dh)
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

// gruStep sets z to the gates and advances h. With m, the third part of step,
//
//	r, z = σ(z + step)   n = tanh(n + r·m)   h = (1-z)·n + z·h
//
// step is overwritten.
func gruStep[T Float](h, gates, step []T) {
	k := len(h)
	plus(gates[:2*k], gates[:2*k], step[:2*k])
	squash(gates[:2*k])
	r, z, n, m := gates[:k], gates[k:2*k], gates[2*k:], step[2*k:]
	times(m, r, m)
	plus(n, n, m)
	unary(Tanh, n, n, 0, 0)
	minus(h, h, n)
	times(h, z, h)
	plus(h, n, h)
}

// gruStepGrad is the gradient of gruStep, before being the state before the step. dx is the gradient of the products
// with x, dz that of those with h, which differ for n:
//
//	dr = dn·m·r·(1-r)   dz = dh·(before - n)·z·(1-z)   dn = dh·(1-z)·(1-n²), by m dn·r   dh = dh·z
func gruStepGrad[T Float](dh, dz, gates, m, before, tmp, dx []T) {
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
