// This file holds the optimiser updates. Each goes once over the elements; a result may lie in the place of its
// operand, and the new moments are nil where nobody wants them. Each reports whether the new parameters, and a second
// moment, are all finite: these are looked at block by block, while they are in the cache.

package kernel

import (
	"math"
	"sync/atomic"

	"github.com/stheno-ml/stheno/internal/parallel"
)

// SGD computes p' = p - lr·(g + decay·p).
func SGD[T Float](pNew, p, g []T, lr, decay T) (finite bool) {
	return runUpdate(updateJob[T]{do: sgd, pNew: pNew, p: p, g: g, lr: lr, decay: decay})
}

// Momentum computes v' = mu·v + g, p' = p - lr·v', or with Nesterov p' = p - lr·(g + mu·v').
func Momentum[T Float](pNew, vNew, p, g, v []T, lr, mu, decay T, nesterov bool) (finite bool) {
	return runUpdate(updateJob[T]{do: momentum, pNew: pNew, p: p, g: g, vNew: vNew, v: v, lr: lr, mu: mu,
		decay: decay, flag: nesterov})
}

// AdaGrad computes s' = s + g², p' = p - lr·g/(√s' + eps), or with eps inside the root g/√(s' + eps).
func AdaGrad[T Float](pNew, sNew, p, g, s []T, lr, eps, decay T, inside bool) (finite bool) {
	return runUpdate(updateJob[T]{do: adaGrad, pNew: pNew, p: p, g: g, vNew: sNew, v: s, lr: lr, eps: eps,
		decay: decay, flag: inside})
}

// RMSProp computes s' = rho·s + (1-rho)·g², p' = p - lr·g/(√s' + eps), or with eps inside the root. Centred, the
// variance s' - m'², at least 0, stands for s', with m' = rho·m + (1-rho)·g. With momentum, b' = mu·b + g/√…, p' = p
// - lr·b'. m and b are nil when not wanted.
func RMSProp[T Float](pNew, sNew, mNew, bNew, p, g, s, m, b []T, lr, rho, eps, mu, decay T,
	inside bool) (finite bool) {
	return runUpdate(updateJob[T]{do: rmsProp, pNew: pNew, p: p, g: g, vNew: sNew, v: s, mNew: mNew, m: m,
		bNew: bNew, b: b,
		lr: lr, rho: rho, eps: eps, mu: mu, decay: decay, flag: inside})
}

// Adam computes, for step t,
//
//	m' = b1·m + (1-b1)·g        v' = b2·v + (1-b2)·g²
//	p' = p - lr·m̂/(√v̂ + eps)    m̂ = m'/(1-b1ᵗ), v̂ = v'/(1-b2ᵗ)
//
// or, with epsHat, p' = p - lr·√(1-b2ᵗ)/(1-b1ᵗ) · m'/(√v' + eps). Decay is added to the gradient, or, decoupled,
// taken from the parameter before the step: p·(1 - lr·decay).
func Adam[T Float](pNew, mNew, vNew, p, g, m, v []T, t int64, lr, b1, b2, eps, decay float64, decoupled,
	epsHat bool) (finite bool) {
	c1, c2 := 1-math.Pow(b1, float64(t)), math.Sqrt(1-math.Pow(b2, float64(t)))
	j := updateJob[T]{do: adam, pNew: pNew, p: p, g: g, mNew: mNew, m: m, vNew: vNew, v: v,
		lr: T(lr / c1), scale: T(1 / c2), eps: T(eps), decay: T(decay), keep: 1,
		k1: T(b1), k2: T(b2), n1: T(1 - b1), n2: T(1 - b2)}
	if epsHat {
		j.lr, j.scale = T(lr*c2/c1), 1
	}
	if decoupled {
		j.decay, j.keep = 0, T(1-lr*decay)
	}
	return runUpdate(j)
}

type updateStep uint8

const (
	sgd updateStep = iota
	momentum
	adaGrad
	rmsProp
	adam
	scaling
	sumSquares
)

// An updateJob changes parameters p by gradients g in blocks. v is the velocity or the second moment, m the first, b
// the velocity of RMSProp.
type updateJob[T Float] struct {
	do                      updateStep
	pNew, p, g              []T
	vNew, v, mNew, m        []T
	bNew, b                 []T
	lr, mu, rho, eps, decay T
	scale, keep             T // of Adam: 1/√(1-b2ᵗ), 1 - lr·decay
	k1, k2, n1, n2          T // of Adam: b1, b2, 1-b1, 1-b2
	flag                    bool
	size                    int    // elements per block
	bad                     uint32 // 1 when a result is not finite
	partial                 [maxPartials]float64
}

var updateJobs jobPool

func runUpdate[T Float](job updateJob[T]) (finite bool) {
	j := takeJob[updateJob[T], T](&updateJobs)
	*j = job
	j.size = blockSize
	if n := len(j.pNew); n < parallelFrom {
		j.span(0, n)
	} else {
		parallel.Run(parallel.Blocks(n, j.size), j)
	}
	finite = j.bad == 0
	giveJob[T](&updateJobs, j)
	return finite
}

func (j *updateJob[T]) Block(i int) {
	if j.do == sumSquares {
		lo, hi := parallel.Bounds(i, j.size, len(j.p))
		j.partial[i] = squareSum(j.p[lo:hi], 0)
		return
	}
	j.span(parallel.Bounds(i, j.size, len(j.pNew)))
}

// span updates the elements [lo, hi), and looks at them.
func (j *updateJob[T]) span(lo, hi int) {
	if !j.update(lo, hi) {
		atomic.StoreUint32(&j.bad, 1)
	}
}

func (j *updateJob[T]) update(lo, hi int) (finite bool) {
	n := hi - lo
	of := func(v []T) []T { return part(v, lo, n) }
	pNew, p, g := of(j.pNew), of(j.p), of(j.g)
	vNew, v, mNew, m, bNew, b := of(j.vNew), of(j.v), of(j.mNew), of(j.m), of(j.bNew), of(j.b)
	if vectors[T]() {
		if most, done := j.vectors(n, pNew, p, g, vNew, v, mNew, m); done {
			return most < infinity32
		}
	}
	switch j.do {
	case sgd:
		for i := range pNew {
			pNew[i] = p[i] - j.lr*(g[i]+j.decay*p[i])
		}
	case momentum:
		j.momentum(pNew, vNew, p, g, v)
	case adaGrad:
		j.adaGrad(pNew, vNew, p, g, v)
	case rmsProp:
		j.rmsProp(pNew, vNew, mNew, bNew, p, g, v, m, b)
	case adam:
		j.adam(pNew, mNew, vNew, p, g, m, v)
	case scaling:
		scale(pNew, p, j.lr)
		return true // it may be of anything
	}
	second := j.do != momentum && vNew != nil // a velocity that is not finite makes its parameter so
	return finiteRow(pNew) && (!second || finiteRow(vNew))
}

// vectors does n elements in assembly, if it can: those whose moments are wanted, and RMSProp with a second moment
// alone. It returns the largest magnitude of parameters and second moments.
func (j *updateJob[T]) vectors(n int, pNew, p, g, vNew, v, mNew, m []T) (most uint32, done bool) {
	lr, mu, eps, decay := float32(j.lr), float32(j.mu), float32(j.eps), float32(j.decay)
	inside := float32(0)
	if (j.do == adaGrad || j.do == rmsProp) && j.flag {
		eps, inside = 0, eps
	}
	switch {
	case j.do == scaling:
		return 0, false
	case j.do == sgd:
		most = sgdVector(n, pointer(pNew), pointer(p), pointer(g), lr, decay)
	case vNew == nil:
		return 0, false
	case j.do == momentum && j.flag:
		most = nesterovVector(n, pointer(pNew), pointer(vNew), pointer(p), pointer(v), pointer(g), lr, mu, decay)
	case j.do == momentum:
		most = momentumVector(n, pointer(pNew), pointer(vNew), pointer(p), pointer(v), pointer(g), lr, mu, decay)
	case j.do == adaGrad:
		most = adaGradVector(n, pointer(pNew), pointer(vNew), pointer(p), pointer(v), pointer(g), lr, eps, inside,
			decay)
	case j.do == rmsProp && j.m == nil && j.b == nil:
		most = rmsPropVector(n, pointer(pNew), pointer(vNew), pointer(p), pointer(v), pointer(g), lr,
			float32(j.rho), float32(1-j.rho), eps, inside, decay)
	case j.do == adam && mNew != nil:
		most = adamVector(n, pointer(pNew), pointer(mNew), pointer(vNew), pointer(p), pointer(m), pointer(v),
			pointer(g),
			float32(j.k1), float32(j.n1), float32(j.k2), float32(j.n2), decay, float32(j.keep), lr,
			float32(j.scale), eps)
	default:
		return 0, false
	}
	return most, true
}

func (j *updateJob[T]) momentum(pNew, vNew, p, g, v []T) {
	for i := range pNew {
		d := g[i] + j.decay*p[i]
		w := j.mu*v[i] + d
		if vNew != nil {
			vNew[i] = w
		}
		if j.flag {
			w = d + j.mu*w
		}
		pNew[i] = p[i] - j.lr*w
	}
}

func (j *updateJob[T]) adaGrad(pNew, sNew, p, g, s []T) {
	for i := range pNew {
		d := g[i] + j.decay*p[i]
		q := s[i] + d*d
		if sNew != nil {
			sNew[i] = q
		}
		pNew[i] = p[i] - j.lr*d/root(q, j.eps, j.flag)
	}
}

func (j *updateJob[T]) rmsProp(pNew, sNew, mNew, bNew, p, g, s, m, b []T) {
	for i := range pNew {
		d := g[i] + j.decay*p[i]
		q := j.rho*s[i] + (1-j.rho)*d*d
		if sNew != nil {
			sNew[i] = q
		}
		if m != nil {
			a := j.rho*m[i] + (1-j.rho)*d
			if mNew != nil {
				mNew[i] = a
			}
			q = max(q-a*a, 0) // rounding may make it negative where gradients hardly change
		}
		step := d / root(q, j.eps, j.flag)
		if b != nil {
			step += j.mu * b[i]
			if bNew != nil {
				bNew[i] = step
			}
		}
		pNew[i] = p[i] - j.lr*step
	}
}

func root[T Float](q, eps T, inside bool) T {
	if inside {
		return T(math.Sqrt(float64(q + eps)))
	}
	return T(math.Sqrt(float64(q))) + eps
}

func (j *updateJob[T]) adam(pNew, mNew, vNew, p, g, m, v []T) {
	step, scale, eps, decay, keep := j.lr, j.scale, j.eps, j.decay, j.keep
	k1, k2, n1, n2 := j.k1, j.k2, j.n1, j.n2
	p, g, m, v = p[:len(pNew)], g[:len(pNew)], m[:len(pNew)], v[:len(pNew)]
	for i := range pNew {
		d := g[i] + decay*p[i]
		a := k1*m[i] + n1*d
		b := k2*v[i] + n2*d*d
		if mNew != nil {
			mNew[i] = a
		}
		if vNew != nil {
			vNew[i] = b
		}
		pNew[i] = keep*p[i] - step*a/(T(math.Sqrt(float64(b)))*scale+eps)
	}
}

// SumSquares returns Σx² in float64, over blocks that depend on the number of elements alone.
func SumSquares[T Float](x []T) float64 {
	if len(x) < parallelFrom {
		return squareSum(x, 0)
	}
	j := takeJob[updateJob[T], T](&updateJobs)
	j.do, j.p = sumSquares, x
	j.size = max(blockSize, parallel.Blocks(len(x), maxPartials))
	blocks := parallel.Blocks(len(x), j.size)
	parallel.Run(blocks, j)
	total := sum(j.partial[:blocks])
	giveJob[T](&updateJobs, j)
	return total
}

// ScaleTo computes y = a·x.
func ScaleTo[T Float](y, x []T, a T) { runUpdate(updateJob[T]{do: scaling, pNew: y, p: x, lr: a}) }
