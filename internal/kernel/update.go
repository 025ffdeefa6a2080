// This file holds the optimiser updates. Each goes once over the elements; a result may lie in the place of its operand,
// and the new moments are nil where nobody wants them.

package kernel

import "math"

// SGD computes p' = p - lr·(g + decay·p).
func SGD[T Float](pNew, p, g []T, lr, decay T) {
	p, g = p[:len(pNew)], g[:len(pNew)]
	for i := range pNew {
		pNew[i] = p[i] - lr*(g[i]+decay*p[i])
	}
}

// Momentum computes v' = mu·v + g, p' = p - lr·v', or with Nesterov p' = p - lr·(g + mu·v').
func Momentum[T Float](pNew, vNew, p, g, v []T, lr, mu, decay T, nesterov bool) {
	for i := range pNew {
		d := g[i] + decay*p[i]
		w := mu*v[i] + d
		if vNew != nil {
			vNew[i] = w
		}
		if nesterov {
			w = d + mu*w
		}
		pNew[i] = p[i] - lr*w
	}
}

// AdaGrad computes s' = s + g², p' = p - lr·g/(√s' + eps), or with eps inside the root g/√(s' + eps).
func AdaGrad[T Float](pNew, sNew, p, g, s []T, lr, eps, decay T, inside bool) {
	for i := range pNew {
		d := g[i] + decay*p[i]
		q := s[i] + d*d
		if sNew != nil {
			sNew[i] = q
		}
		pNew[i] = p[i] - lr*d/root(q, eps, inside)
	}
}

// RMSProp computes s' = rho·s + (1-rho)·g², p' = p - lr·g/(√s' + eps), or with eps inside the root. Centred, the
// variance s' - m'² stands for s', with m' = rho·m + (1-rho)·g. With momentum, b' = mu·b + g/√…, p' = p - lr·b'.
// m and b are nil when not wanted.
func RMSProp[T Float](pNew, sNew, mNew, bNew, p, g, s, m, b []T, lr, rho, eps, mu, decay T, inside bool) {
	for i := range pNew {
		d := g[i] + decay*p[i]
		q := rho*s[i] + (1-rho)*d*d
		if sNew != nil {
			sNew[i] = q
		}
		if m != nil {
			a := rho*m[i] + (1-rho)*d
			if mNew != nil {
				mNew[i] = a
			}
			q -= a * a
		}
		step := d / root(q, eps, inside)
		if b != nil {
			step += mu * b[i]
			if bNew != nil {
				bNew[i] = step
			}
		}
		pNew[i] = p[i] - lr*step
	}
}

func root[T Float](q, eps T, inside bool) T {
	if inside {
		return T(math.Sqrt(float64(q + eps)))
	}
	return T(math.Sqrt(float64(q))) + eps
}

// Adam computes, for step t,
//
//	m' = b1·m + (1-b1)·g        v' = b2·v + (1-b2)·g²
//	p' = p - lr·m̂/(√v̂ + eps)    m̂ = m'/(1-b1ᵗ), v̂ = v'/(1-b2ᵗ)
//
// or, with epsHat, p' = p - lr·√(1-b2ᵗ)/(1-b1ᵗ) · m'/(√v' + eps). Decay is added to the gradient, or, decoupled,
// taken from the parameter before the step: p·(1 - lr·decay).
func Adam[T Float](pNew, mNew, vNew, p, g, m, v []T, t int64, lr, b1, b2, eps, decay float64, decoupled, epsHat bool) {
	c1, c2 := 1-math.Pow(b1, float64(t)), math.Sqrt(1-math.Pow(b2, float64(t)))
	step, scale, add := T(lr/c1), T(1/c2), T(eps)
	if epsHat {
		step, scale = T(lr*c2/c1), 1
	}
	l2, keep := T(decay), T(1)
	if decoupled {
		l2, keep = 0, T(1-lr*decay)
	}
	k1, k2, n1, n2 := T(b1), T(b2), T(1-b1), T(1-b2)
	p, g, m, v = p[:len(pNew)], g[:len(pNew)], m[:len(pNew)], v[:len(pNew)]
	for i := range pNew {
		d := g[i] + l2*p[i]
		a := k1*m[i] + n1*d
		b := k2*v[i] + n2*d*d
		if mNew != nil {
			mNew[i] = a
		}
		if vNew != nil {
			vNew[i] = b
		}
		pNew[i] = keep*p[i] - step*a/(T(math.Sqrt(float64(b)))*scale+add)
	}
}

// SumSquares returns Σx² in float64, over blocks of fixed size.
func SumSquares[T Float](x []T) float64 {
	var sum float64
	for lo := 0; lo < len(x); lo += 256 {
		var s float64
		for _, v := range x[lo:min(lo+256, len(x))] {
			s += float64(v) * float64(v)
		}
		sum += s
	}
	return sum
}

// ScaleTo computes y = a·x.
func ScaleTo[T Float](y, x []T, a T) {
	for i, v := range x {
		y[i] = a * v
	}
}
