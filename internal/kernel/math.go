package kernel

// Scalar functions of one float, and the float32 exponential everything else rests on.

import "math"

const (
	invSqrt2   = 0.70710678118654752440 // 1/√2
	invSqrt2Pi = 0.39894228040143267794 // 1/√(2π)
	geluK      = 0.79788456080286535588 // √(2/π)
	geluC      = 0.044715               // Hendrycks and Gimpel 2016, tanh form
	log2E      = 1.44269504088896340736 // 1/ln 2
	roundMagic = 6755399441055744.0     // 1.5·2⁵²: adding it rounds a float64 to an integer
	roundBits  = 0x4338000000000000     // its bits
)

// single reports whether T is float32; the compiler decides it per instance.
func single[T Float]() bool { return sizeClass[T]() == 0 }

// isNaN reports whether x is not a number.
func isNaN[T Float](x T) bool { return x != x }

// exp32 returns p and s with e^x = s + s·p, s a power of two, to float32 accuracy. Keeping the 1 apart
// leaves e^x - 1 exact for small x. Working in float64 needs no care for overflow, denormal
// results or the rounding of the reduced argument; the series' first omitted term is below 5e-9.
func exp32(x float64) (s, p float64) {
	if x > 200 { // +Inf in float32, and far from overflow here
		x = 200
	} else if x < -200 {
		x = -200
	}
	t := x*log2E + roundMagic
	r := x - (t-roundMagic)*math.Ln2 // |r| ≤ ln 2 / 2
	p = r * (1 + r*(1./2+r*(1./6+r*(1./24+r*(1./120+r*(1./720+r*(1./5040)))))))
	s = math.Float64frombits((math.Float64bits(t) - roundBits + 1023) << 52)
	return s, p
}

// exp is e^x.
func exp[T Float](x T) T {
	if single[T]() {
		s, p := exp32(float64(x))
		return T(s + s*p)
	}
	return T(math.Exp(float64(x)))
}

// expm1 is e^x - 1 without cancellation near 0.
func expm1[T Float](x T) T {
	if single[T]() {
		s, p := exp32(float64(x))
		return T((s - 1) + s*p)
	}
	return T(math.Expm1(float64(x)))
}

// tanh is (e^2x - 1)/(e^2x + 1); ±1 beyond the precision, never NaN for ±Inf.
func tanh[T Float](x T) T {
	if single[T]() {
		s, p := exp32(2 * float64(x))
		e := (s - 1) + s*p
		return T(e / (e + 2))
	}
	return T(math.Tanh(float64(x)))
}

// sigmoid is 1/(1 + e^-x); 0 and 1 at the ends, since e^-x may overflow to +Inf but never to NaN.
func sigmoid[T Float](x T) T {
	if single[T]() {
		s, p := exp32(-float64(x))
		return T(1 / (1 + (s + s*p)))
	}
	return T(1 / (1 + math.Exp(-float64(x))))
}

// softplus is log(1 + e^x) = max(x, 0) + log(1 + e^-|x|).
func softplus[T Float](x T) T {
	return T(math.Max(float64(x), 0) + math.Log1p(float64(exp(-abs(x)))))
}

// abs is |x|.
func abs[T Float](x T) T { return T(math.Abs(float64(x))) }

// cdf is Φ(x), the normal distribution function, from erfc so that its left tail keeps its digits.
func cdf[T Float](x T) T {
	if single[T]() {
		return T(0.5 * erfc32(-float64(x)*invSqrt2))
	}
	return T(0.5 * math.Erfc(-float64(x)*invSqrt2))
}

// erfc32 is erfc(x) with a relative error below 1.2e-7: Press et al., Numerical Recipes, erfcc.
func erfc32(x float64) float64 {
	t := 1 / (1 + 0.5*math.Abs(x))
	s, p := exp32(-x*x - 1.26551223 + t*(1.00002368+t*(0.37409196+t*(0.09678418+t*(-0.18628806+
		t*(0.27886807+t*(-1.13520398+t*(1.48851587+t*(-0.82215223+t*0.17087277)))))))))
	y := t * (s + s*p)
	if x < 0 {
		return 2 - y
	}
	return y
}

// gelu is x·Φ(x).
func gelu[T Float](x T) T { return x * cdf(x) }

// geluSlope is d/dx x·Φ(x) = Φ(x) + x·φ(x), φ the normal density.
func geluSlope[T Float](x T) T { return cdf(x) + x*invSqrt2Pi*exp(-x*x/2) }

// geluTanh is x/2·(1 + tanh u) = x·σ(2u), u = √(2/π)·(x + 0.044715·x³).
func geluTanh[T Float](x T) T { return x * sigmoid(2*geluK*(x+geluC*x*x*x)) }

// geluTanhSlope is s + x·s·(1 - s)·2u' with s = σ(2u), u' = √(2/π)·(1 + 3·0.044715·x²).
func geluTanhSlope[T Float](x T) T {
	s := sigmoid(2 * geluK * (x + geluC*x*x*x))
	return s + x*s*(1-s)*2*geluK*(1+3*geluC*x*x)
}

// siluSlope is d/dx x·σ(x) = σ(x)·(1 + x·(1 - σ(x))).
func siluSlope[T Float](x T) T {
	s := sigmoid(x)
	return s * (1 + x*(1-s))
}

// sign is -1, 0 or 1, and NaN for NaN.
func sign[T Float](x T) T {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x - x // 0, NaN for NaN
}

// maximum propagates NaN, as PyTorch's.
func maximum[T Float](a, b T) T {
	if a > b || isNaN(a) {
		return a
	}
	return b
}

// minimum propagates NaN, as PyTorch's.
func minimum[T Float](a, b T) T {
	if a < b || isNaN(a) {
		return a
	}
	return b
}

// truth is 1 for true, 0 for false.
func truth[T Float](b bool) T {
	if b {
		return 1
	}
	return 0
}
