// This file holds the updates of optimisers. Each goes over the elements once. A result may lie in the place of its
// operand, and the New of a moment is nil where it is not wanted. If nothing else is said, decay·p is first added to
// g. Each update reports whether the new parameters, and a second moment, are all finite: it checks them block by
// block, while they are in the cache.

package kernel

import (
	"math"
	"sync/atomic"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Updated are the parameters P of an update, their gradients G, and the place New of the new parameters.
type Updated[T scalar.Float] struct{ New, P, G []T }

// A Moment is what an optimiser keeps for each parameter: the Old values, and the place New of the new ones, which is
// nil where they are not wanted.
type Moment[T scalar.Float] struct{ New, Old []T }

// SGD computes p' = p - lr·(g + decay·p).
func SGD[T scalar.Float](u Updated[T], lr, decay T) (finite bool) {
	return runUpdate(updateJob[T]{Updated: u, do: sgd, lr: lr, decay: decay})
}

// Momentum computes v' = mu·v + g, p' = p - lr·v', or with Nesterov p' = p - lr·(g + mu·v').
func Momentum[T scalar.Float](u Updated[T], v Moment[T], lr, mu, decay T, nesterov bool) (finite bool) {
	return runUpdate(updateJob[T]{Updated: u, do: momentum, v: v, lr: lr, mu: mu, decay: decay, flag: nesterov})
}

// AdaGrad computes s' = s + g², p' = p - lr·g/(√s' + eps), or with inside p' = p - lr·g/√(s' + eps).
func AdaGrad[T scalar.Float](u Updated[T], s Moment[T], lr, eps, decay T, inside bool) (finite bool) {
	return runUpdate(updateJob[T]{Updated: u, do: adaGrad, v: s, lr: lr, eps: eps, decay: decay, flag: inside})
}

// RMSPropRule has the numbers of [RMSProp].
type RMSPropRule[T scalar.Float] struct {
	LR, Rho, Eps, Mu, Decay T
	Inside                  bool // eps is inside the root
}

// RMSProp computes s' = rho·s + (1-rho)·g², p' = p - lr·g/(√s' + eps), or with Inside p' = p - lr·g/√(s' + eps). With
// a first moment m, m' = rho·m + (1-rho)·g, it is centred: the variance s' - m'², at least 0, takes the place of s' in
// the root. With a velocity b, b' = mu·b + g/(√s' + eps), p' = p - lr·b'. The zero Moment is none.
func RMSProp[T scalar.Float](u Updated[T], s, m, b Moment[T], r RMSPropRule[T]) (finite bool) {
	return runUpdate(updateJob[T]{Updated: u, do: rmsProp, v: s, m: m, b: b,
		lr: r.LR, rho: r.Rho, eps: r.Eps, mu: r.Mu, decay: r.Decay, flag: r.Inside})
}

// AdamRule has the numbers of [Adam].
type AdamRule struct {
	Step                         int64
	LR, Beta1, Beta2, Eps, Decay float64
	Decoupled                    bool // lr·decay·p is subtracted from p, and decay·p is not added to g
	EpsHat                       bool // eps is added to √v' and not to √v̂
}

// Adam computes, for step t,
//
//	m' = b1·m + (1-b1)·g        v' = b2·v + (1-b2)·g²
//	p' = p - lr·m̂/(√v̂ + eps)    m̂ = m'/(1-b1ᵗ), v̂ = v'/(1-b2ᵗ)
//
// or, with EpsHat, p' = p - lr·√(1-b2ᵗ)/(1-b1ᵗ) · m'/(√v' + eps). Decay·p is added to g. If Decoupled is set, p is
// multiplied by 1 - lr·decay before the step instead.
func Adam[T scalar.Float](u Updated[T], m, v Moment[T], r AdamRule) (finite bool) {
	t := float64(r.Step)
	c1, c2 := 1-math.Pow(r.Beta1, t), math.Sqrt(1-math.Pow(r.Beta2, t))
	j := updateJob[T]{Updated: u, do: adam, m: m, v: v,
		lr: T(r.LR / c1), scale: T(1 / c2), eps: T(r.Eps), decay: T(r.Decay), keep: 1,
		k1: T(r.Beta1), k2: T(r.Beta2), n1: T(1 - r.Beta1), n2: T(1 - r.Beta2)}
	if r.EpsHat {
		j.lr, j.scale = T(r.LR*c2/c1), 1
	}
	if r.Decoupled {
		j.decay, j.keep = 0, T(1-r.LR*r.Decay)
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

// An updateJob updates parameters block by block. v is the velocity or the second moment, m is the first moment, and b
// is the velocity of RMSProp.
type updateJob[T scalar.Float] struct {
	Updated[T]
	do                      updateStep
	v, m, b                 Moment[T]
	lr, mu, rho, eps, decay T
	scale, keep             T // of Adam: 1/√(1-b2ᵗ), 1 - lr·decay
	k1, k2, n1, n2          T // of Adam: b1, b2, 1-b1, 1-b2
	flag                    bool
	size                    int    // elements per block
	bad                     uint32 // 1 if a result is not finite
	partial                 [vector.MaxPartials]float64
}

var updateJobs reuse.Jobs

func runUpdate[T scalar.Float](job updateJob[T]) (finite bool) {
	j := reuse.Take[updateJob[T], T](&updateJobs)
	*j = job
	j.size = vector.BlockSize
	if n := len(j.New); n < vector.ParallelFrom {
		j.span(0, n)
	} else {
		parallel.Run(parallel.Blocks(n, j.size), j)
	}
	finite = j.bad == 0
	reuse.Give[T](&updateJobs, j)
	return finite
}

func (j *updateJob[T]) Block(i int) {
	if j.do == sumSquares {
		lo, hi := parallel.Bounds(i, j.size, len(j.P))
		j.partial[i] = vector.SquareSum(j.P[lo:hi], 0)
		return
	}
	j.span(parallel.Bounds(i, j.size, len(j.New)))
}

// span updates the elements [lo, hi), and notes whether a result is not finite.
func (j *updateJob[T]) span(lo, hi int) {
	if !j.update(lo, hi) {
		atomic.StoreUint32(&j.bad, 1)
	}
}

func (j *updateJob[T]) update(lo, hi int) (finite bool) {
	u, v, m, b := j.Updated.part(lo, hi), j.v.part(lo, hi), j.m.part(lo, hi), j.b.part(lo, hi)
	if vector.Assembled[T]() {
		if most, done := j.vectors(u, v, m); done {
			return most < vector.Infinity32
		}
	}
	switch j.do {
	case sgd:
		for i := range u.New {
			u.New[i] = u.P[i] - j.lr*(u.G[i]+j.decay*u.P[i])
		}
	case momentum:
		j.momentum(u, v)
	case adaGrad:
		j.adaGrad(u, v)
	case rmsProp:
		j.rmsProp(u, v, m, b)
	case adam:
		j.adam(u, m, v)
	case scaling:
		vector.Scale(u.New, u.P, j.lr)
		return true // its results need not be finite
	}
	second := j.do != momentum && v.New != nil // a velocity that is not finite makes its parameter not finite
	return vector.FiniteRow(u.New) && (!second || vector.FiniteRow(v.New))
}

// part is the elements [lo, hi).
func (u Updated[T]) part(lo, hi int) Updated[T] {
	return Updated[T]{part(u.New, lo, hi-lo), part(u.P, lo, hi-lo), part(u.G, lo, hi-lo)}
}

func (m Moment[T]) part(lo, hi int) Moment[T] {
	return Moment[T]{part(m.New, lo, hi-lo), part(m.Old, lo, hi-lo)}
}

// vectors updates elements in assembly and reports whether it has: it can where all new moments are wanted, and
// RMSProp has a second moment alone. It returns the largest magnitude of parameters and second moments, as bits.
func (j *updateJob[T]) vectors(u Updated[T], v, m Moment[T]) (most uint32, done bool) {
	n, q, p, g := len(u.New), vector.Pointer(u.New), vector.Pointer(u.P), vector.Pointer(u.G)
	lr, mu, eps, decay := float32(j.lr), float32(j.mu), float32(j.eps), float32(j.decay)
	inside := float32(0)
	if (j.do == adaGrad || j.do == rmsProp) && j.flag {
		eps, inside = 0, eps
	}
	switch {
	case j.do == scaling:
		return 0, false
	case j.do == sgd:
		most = sgdVector(n, q, p, g, lr, decay)
	case v.New == nil:
		return 0, false
	case j.do == momentum && j.flag:
		most = nesterovVector(n, q, vector.Pointer(v.New), p, vector.Pointer(v.Old), g, lr, mu, decay)
	case j.do == momentum:
		most = momentumVector(n, q, vector.Pointer(v.New), p, vector.Pointer(v.Old), g, lr, mu, decay)
	case j.do == adaGrad:
		most = adaGradVector(n, q, vector.Pointer(v.New), p, vector.Pointer(v.Old), g, lr, eps, inside, decay)
	case j.do == rmsProp && j.m.Old == nil && j.b.Old == nil:
		most = rmsPropVector(n, q, vector.Pointer(v.New), p, vector.Pointer(v.Old), g, lr, float32(j.rho),
			float32(1-j.rho), eps,
			inside, decay)
	case j.do == adam && m.New != nil:
		most = adamVector(n, q, vector.Pointer(m.New), vector.Pointer(v.New), p, vector.Pointer(m.Old),
			vector.Pointer(v.Old), g,
			float32(j.k1), float32(j.n1), float32(j.k2), float32(j.n2), decay, float32(j.keep), lr,
			float32(j.scale), eps)
	default:
		return 0, false
	}
	return most, true
}

func (j *updateJob[T]) momentum(u Updated[T], v Moment[T]) {
	for i := range u.New {
		d := u.G[i] + j.decay*u.P[i]
		w := j.mu*v.Old[i] + d
		if v.New != nil {
			v.New[i] = w
		}
		if j.flag {
			w = d + j.mu*w
		}
		u.New[i] = u.P[i] - j.lr*w
	}
}

func (j *updateJob[T]) adaGrad(u Updated[T], s Moment[T]) {
	for i := range u.New {
		d := u.G[i] + j.decay*u.P[i]
		q := s.Old[i] + d*d
		if s.New != nil {
			s.New[i] = q
		}
		u.New[i] = u.P[i] - j.lr*d/root(q, j.eps, j.flag)
	}
}

func (j *updateJob[T]) rmsProp(u Updated[T], s, m, b Moment[T]) {
	for i := range u.New {
		d := u.G[i] + j.decay*u.P[i]
		q := j.rho*s.Old[i] + (1-j.rho)*d*d
		if s.New != nil {
			s.New[i] = q
		}
		if m.Old != nil {
			a := j.rho*m.Old[i] + (1-j.rho)*d
			if m.New != nil {
				m.New[i] = a
			}
			q = max(q-a*a, 0) // rounding may make it negative where gradients hardly change
		}
		step := d / root(q, j.eps, j.flag)
		if b.Old != nil {
			step += j.mu * b.Old[i]
			if b.New != nil {
				b.New[i] = step
			}
		}
		u.New[i] = u.P[i] - j.lr*step
	}
}

func root[T scalar.Float](q, eps T, inside bool) T {
	if inside {
		return T(math.Sqrt(float64(q + eps)))
	}
	return T(math.Sqrt(float64(q))) + eps
}

func (j *updateJob[T]) adam(u Updated[T], first, second Moment[T]) {
	step, scale, eps, decay, keep := j.lr, j.scale, j.eps, j.decay, j.keep
	k1, k2, n1, n2 := j.k1, j.k2, j.n1, j.n2
	pNew, mNew, vNew := u.New, first.New, second.New
	p, g, m, v := u.P[:len(pNew)], u.G[:len(pNew)], first.Old[:len(pNew)], second.Old[:len(pNew)]
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

// SumSquares returns Σx², added up in float64 over blocks that depend on the number of elements alone.
func SumSquares[T scalar.Float](x []T) float64 {
	if len(x) < vector.ParallelFrom {
		return vector.SquareSum(x, 0)
	}
	j := reuse.Take[updateJob[T], T](&updateJobs)
	j.do, j.P = sumSquares, x
	j.size = max(vector.BlockSize, parallel.Blocks(len(x), vector.MaxPartials))
	blocks := parallel.Blocks(len(x), j.size)
	parallel.Run(blocks, j)
	total := vector.RowSum(j.partial[:blocks])
	reuse.Give[T](&updateJobs, j)
	return total
}

// ScaleTo sets y = a·x.
func ScaleTo[T scalar.Float](y, x []T, a T) {
	runUpdate(updateJob[T]{Updated: Updated[T]{New: y, P: x}, do: scaling, lr: a})
}
