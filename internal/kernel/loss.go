package kernel

// Losses that are sums over elements: their values, sums and first derivatives.

import (
	"math"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// A LossFunc is a function f of a prediction x and a target t, element by element. Some have a parameter p.
type LossFunc uint8

// The losses.
const (
	SquaredLoss    LossFunc = iota // (x - t)²
	AbsoluteLoss                   // |x - t|
	HuberLoss                      // d²/2 where |d| = |x - t| ≤ p, else p·(|d| - p/2)
	SmoothL1Loss                   // d²/2p where |d| < p, else |d| - p/2
	BCELoss                        // -t·ln x - (1 - t)·ln(1 - x), where logarithms are at least -100
	BCELogitsLoss                  // BCELoss of σ(x), without overflow and without a bound
	KLLoss                         // t·(ln t - x), 0 where t = 0
	GaussianKLLoss                 // (x² + e^t - 1 - t)/2
	HalfSquare                     // x²/2
	Magnitude                      // |x|
)

// lossValue is f(x, t).
func lossValue[T scalar.Float](f LossFunc, x, t, p T) T {
	switch f {
	case SquaredLoss:
		return (x - t) * (x - t)
	case AbsoluteLoss:
		return scalar.Abs(x - t)
	case HuberLoss:
		if d := scalar.Abs(x - t); d > p {
			return p * (d - p/2)
		}
		return (x - t) * (x - t) / 2
	case SmoothL1Loss:
		if d := scalar.Abs(x - t); d >= p {
			return d - p/2
		}
		return (x - t) * (x - t) / (2 * p)
	// x·(1-t) where x > 0, else -x·t; 0·±Inf is taken for 0
	case BCELogitsLoss:
		loss := scalar.Softplus(-scalar.Abs(x))
		if share := scalar.Truth[T](x > 0) - t; share != 0 {
			loss += x * share
		}
		return loss
	case KLLoss:
		if t == 0 {
			return 0
		}
		return t * (T(math.Log(float64(t))) - x)
	case GaussianKLLoss:
		if t >= scalar.Expm1Most { // -1 and -t are nothing beside e^t, and e^t - t may be Inf - Inf
			return (x*x + scalar.Exp(t)) / 2
		}
		return (x*x + scalar.Expm1(t) - t) / 2
	case HalfSquare:
		return x * x / 2
	default:
		return scalar.Abs(x)
	}
}

// lossSlope is ∂f/∂t if target is set, else ∂f/∂x.
func lossSlope[T scalar.Float](f LossFunc, target bool, x, t, p T) T {
	switch f {
	case BCELoss: // only ∂f/∂t: crossEntropies has ∂f/∂x
		return log1mAtLeast(x) - logAtLeast(x)
	case BCELogitsLoss:
		if target {
			return -x
		}
		return scalar.Sigmoid(x) - t
	case KLLoss:
		switch {
		case !target:
			return -t
		case t == 0:
			return 0
		}
		return T(math.Log(float64(t))) + 1 - x
	case GaussianKLLoss:
		switch {
		case !target:
			return x
		case t >= scalar.Expm1Most:
			return scalar.Exp(t) / 2
		}
		return scalar.Expm1(t) / 2
	}
	d := distanceSlope(f, x-t, p)
	if target {
		return -d
	}
	return d
}

// distanceSlope is the derivative by d of a loss that depends on d = x - t alone.
func distanceSlope[T scalar.Float](f LossFunc, d, p T) T {
	switch f {
	case SquaredLoss:
		return 2 * d
	case HuberLoss:
		if scalar.Abs(d) > p {
			return p * scalar.Sign(d)
		}
		return d
	case SmoothL1Loss:
		if scalar.Abs(d) < p {
			return d / p
		}
	}
	return scalar.Sign(d)
}

// logAtLeast is ln x, but at least -100.
func logAtLeast[T scalar.Float](x T) T { return max(T(math.Log(float64(x))), -100) }

// log1mAtLeast is ln(1 - x), but at least -100.
func log1mAtLeast[T scalar.Float](x T) T { return max(T(math.Log1p(-float64(x))), -100) }

// Loss sets dst = f(x, t).
func Loss[T scalar.Float](f LossFunc, dst, x, t []T, p float64) {
	runLoss(lossJob[T]{f: f, do: lossValues, dst: dst, x: x, t: t, p: T(p)})
}

// LossSum returns Σ f(x, t), added up in float64 in an order that depends on the number of elements alone.
func LossSum[T scalar.Float](f LossFunc, x, t []T, p float64) float64 {
	return runLoss(lossJob[T]{f: f, do: lossSums, x: x, t: t, p: T(p)})
}

// LossGrad sets dst = s·dy·∂f/∂t if target is set, else dst = s·dy·∂f/∂x. dy has one element, or as many as dst. dst
// may be any operand of the same length.
func LossGrad[T scalar.Float](f LossFunc, target bool, dst, x, t, dy []T, p, s float64) {
	runLoss(lossJob[T]{f: f, do: lossSlopes, target: target, dst: dst, x: x, t: t, dy: dy, p: T(p), s: T(s)})
}

// crossEntropies does block i of BCELoss, whose first element is lo. It takes logarithms of many elements in one loop.
// Derivatives need no logarithms.
func (j *lossJob[T]) crossEntropies(i, lo int, x, t []T) {
	if j.do == lossSlopes {
		j.crossEntropySlopes(lo, x, t)
		return
	}
	total := 0.
	var some, others [512]T
	for len(x) > 0 {
		n := min(len(x), len(some))
		l, m := some[:n], others[:n]
		if !scalar.Single[T]() || !vector.CrossEntropyFast(scalar.Floats32(l), scalar.Floats32(x[:n]),
			scalar.Floats32(t[:n])) {
			vector.UnaryRow(vector.Log, l, x[:n], 0, 0)
			log1m(m, x[:n])
			for k, v := range t[:n] {
				l[k] = -v*max(l[k], -100) - (1-v)*max(m[k], -100)
			}
		}
		if j.do == lossValues {
			copy(j.dst[lo:], l)
		} else {
			total += sum4(l)
		}
		x, t, lo = x[n:], t[n:], lo+n
	}
	if j.do == lossSums {
		j.partial[i] = total
	}
}

// crossEntropySlopes sets the derivatives of BCELoss from element lo on. The bound of the denominator is PyTorch's.
func (j *lossJob[T]) crossEntropySlopes(lo int, x, t []T) {
	if len(j.dy) == 1 {
		crossEntropySlopes(j.dst[lo:lo+len(x)], x, t, j.s*j.dy[0])
		return
	}
	var slopes [512]T
	for len(x) > 0 {
		n := min(len(x), len(slopes))
		crossEntropySlopes(slopes[:n], x[:n], t[:n], 1)
		for i, v := range slopes[:n] {
			j.dst[lo+i] = j.s * j.dy[lo+i] * v
		}
		x, t, lo = x[n:], t[n:], lo+n
	}
}

func crossEntropySlopes[T scalar.Float](dst, x, t []T, scale T) {
	if scalar.Single[T]() && vector.CrossEntropySlopeFast(scalar.Floats32(dst), scalar.Floats32(x), scalar.Floats32(t),
		float32(scale)) {
		return
	}
	for i, v := range x {
		dst[i] = scale * ((v - t[i]) / max(v*(1-v), 1e-12))
	}
}

// sum4 returns Σx as four interleaved sums, so that an addition need not wait for the one before.
func sum4[T scalar.Float](x []T) float64 {
	var s0, s1, s2, s3 float64
	for ; len(x) >= 4; x = x[4:] {
		s0, s1, s2, s3 = s0+float64(x[0]), s1+float64(x[1]), s2+float64(x[2]), s3+float64(x[3])
	}
	for _, v := range x {
		s0 += float64(v)
	}
	return s0 + s1 + (s2 + s3)
}

// log1m sets dst to ln(1 - x): the logarithm of the rounded difference d = 1 - x, times x/(1 - d), which corrects the
// rounding. See Goldberg 1991, theorem 4.
func log1m[T scalar.Float](dst, x []T) {
	for i, v := range x {
		dst[i] = 1 - v
	}
	vector.UnaryRow(vector.Log, dst, dst, 0, 0)
	for i, v := range x {
		if d := 1 - v; d == 1 {
			dst[i] = -v
		} else {
			dst[i] *= v / (1 - d)
		}
	}
}

// OutsideUnit returns the place of the first element outside [0, 1], or -1 if there is none.
func OutsideUnit[T scalar.Float](x []T) int {
	for i, v := range x {
		if v < 0 || v > 1 {
			return i
		}
	}
	return -1
}

const (
	lossValues = iota
	lossSums
	lossSlopes
)

type lossJob[T scalar.Float] struct {
	f         LossFunc
	do        int
	target    bool
	dst, x, t []T
	dy        []T
	p, s      T
	size      int // elements per block
	partial   [vector.MaxPartials]float64
}

var lossJobs reuse.Jobs

func runLoss[T scalar.Float](job lossJob[T]) float64 {
	j := reuse.Take[lossJob[T], T](&lossJobs)
	*j = job
	n := len(j.x)
	j.size = max(vector.BlockSize, parallel.Blocks(n, vector.MaxPartials))
	blocks := parallel.Blocks(n, j.size)
	parallel.Run(blocks, j)
	total := 0.
	for _, v := range j.partial[:blocks] {
		total += v
	}
	reuse.Give[T](&lossJobs, j)
	return total
}

func (j *lossJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, j.size, len(j.x))
	x, t := j.x[lo:hi], j.t[lo:hi]
	if j.f == BCELoss && !j.target {
		j.crossEntropies(i, lo, x, t)
		return
	}
	switch j.do {
	case lossValues:
		for i, v := range x {
			j.dst[lo+i] = lossValue(j.f, v, t[i], j.p)
		}
	case lossSums:
		total := 0.
		for i, v := range x {
			total += float64(lossValue(j.f, v, t[i], j.p))
		}
		j.partial[i] = total
	case lossSlopes:
		one := len(j.dy) == 1
		dy := j.dy[0]
		for i, v := range x {
			if !one {
				dy = j.dy[lo+i]
			}
			j.dst[lo+i] = j.s * dy * lossSlope(j.f, j.target, v, t[i], j.p)
		}
	}
}
