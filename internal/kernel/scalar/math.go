package scalar

// Functions of one float, and the exponential in float32 that most of them use.

import (
	"math"
	"unsafe"
)

const (
	invSqrt2   = 0.70710678118654752440 // 1/√2
	invSqrt2Pi = 0.39894228040143267794 // 1/√(2π)
	geluK      = 0.79788456080286535588 // √(2/π)
	geluC      = 0.044715               // Hendrycks and Gimpel 2016, tanh form
	log2E      = 1.44269504088896340736 // 1/ln 2
	ln2Head    = 0.693359375            // ln 2 in two parts; small multiples of the first are exact in float32
	ln2Tail    = -2.12194440e-4
	rounder    = 3 << 22 // 1.5·2²³: adding it rounds a float32 to an integer, which its low bits hold
)

// Single reports whether T is float32. The compiler decides it for each instance.
func Single[T Float]() bool {
	var x T
	return unsafe.Sizeof(x) == 4
}

// IsNaN reports whether x is not a number.
func IsNaN[T Float](x T) bool { return x != x }

// exp32 is e^x to about 1e-7, as Cephes' expf. All of it is in float32: on amd64 a conversion to float64 waits for the
// old content of its target register, which in a loop is the element before. The power of two is multiplied as two
// factors, so that results reach Inf, denormals and 0.
func exp32(x float32) float32 {
	x = max(-150, min(x, 150))
	t := x*log2E + rounder
	n := int32(math.Float32bits(t)<<9) >> 9
	return (1 + exp32Series(x, t-rounder)) * power32(n>>1) * power32(n-n>>1)
}

// Expm1Most is the x from which on e^x - 1 is taken for e^x.
const Expm1Most = 40

// expm132 is e^x - 1, exact for small x. An x beyond ±40 is taken for ±40.
func expm132(x float32) float32 {
	x = max(-Expm1Most, min(x, Expm1Most))
	t := x*log2E + rounder
	s := power32(int32(math.Float32bits(t)<<9) >> 9)
	return (s - 1) + s*exp32Series(x, t-rounder)
}

// exp32Series is e^r - 1 for r = x - n·ln 2, |r| ≤ ln 2 / 2. Pairs of terms are computed at the same time; in Horner's
// rule each term would wait for the one before.
func exp32Series(x, n float32) float32 {
	r := x - n*ln2Head - n*ln2Tail
	r2 := r * r
	return r + r2*((5.0000001201e-1+r*1.6666665459e-1)+
		r2*((4.1665795894e-2+r*8.3334519073e-3)+r2*(1.3981999507e-3+r*1.9875691500e-4)))
}

// power32 is 2^n for -127 < n < 128.
func power32(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

// Exp is e^x.
func Exp[T Float](x T) T {
	if Single[T]() {
		return T(exp32(float32(x)))
	}
	return T(math.Exp(float64(x)))
}

// Expm1 is e^x - 1 without cancellation near 0, for x ≤ Expm1Most.
func Expm1[T Float](x T) T {
	if Single[T]() {
		return T(expm132(float32(x)))
	}
	return T(math.Expm1(float64(x)))
}

// Tanh is (e^2x - 1)/(e^2x + 1). For large |x| it is ±1, and never NaN for ±Inf.
func Tanh[T Float](x T) T {
	if Single[T]() {
		e := expm132(2 * float32(x))
		return T(e / (e + 2))
	}
	return T(math.Tanh(float64(x)))
}

// Sigmoid is 1/(1 + e^-x), or e^x/(1 + e^x) for negative x, so that no exponential overflows.
func Sigmoid[T Float](x T) T {
	e := Exp(-Abs(x))
	return Choose(x, e, 1) / (1 + e)
}

// sigmoids returns s = σ(x) and its derivative s·(1 - s), which it computes without the difference 1 - s: that would
// lose digits where s is close to 1.
func sigmoids[T Float](x T) (s, ds T) {
	e := Exp(-Abs(x))
	d := 1 / (1 + e)
	return Choose(x, e*d, d), e * d * d
}

// Softplus is ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|).
func Softplus[T Float](x T) T {
	e := float64(Exp(-Abs(x)))
	if Single[T]() && e > 1e-8 { // 1 + e is exact enough
		return max(x, 0) + T(math.Log(1+e))
	}
	return max(x, 0) + T(math.Log1p(e))
}

// Abs is |x|.
func Abs[T Float](x T) T {
	if Single[T]() {
		return T(math.Float32frombits(math.Float32bits(float32(x)) &^ (1 << 31)))
	}
	return T(math.Abs(float64(x)))
}

// Choose is a where x is negative or -0, and b elsewhere. It has no branch: signs are random, so a branch would often
// be predicted wrongly.
func Choose[T Float](x, a, b T) T {
	if Single[T]() {
		m := uint32(int32(math.Float32bits(float32(x))) >> 31)
		return T(math.Float32frombits(math.Float32bits(float32(a))&m | math.Float32bits(float32(b))&^m))
	}
	m := uint64(int64(math.Float64bits(float64(x))) >> 63)
	return T(math.Float64frombits(math.Float64bits(float64(a))&m | math.Float64bits(float64(b))&^m))
}

// cdf is Φ(x), the normal distribution function. It keeps the digits of the left tail.
func cdf[T Float](x T) T {
	if Single[T]() {
		t := min(Abs(float32(x)), 15)
		p := gauss32(t) * mills32(t)
		return T(Choose(float32(x), p, 1-p))
	}
	return T(0.5 * math.Erfc(-float64(x)*invSqrt2))
}

// gauss32 is e^(-t²/2). The square is exact in float64. What is lost when it becomes a float32 is put back as a
// factor.
func gauss32(t float32) float32 {
	y := -0.5 * float64(t) * float64(t)
	return exp32(float32(y)) * (1 + float32(y-float64(float32(y))))
}

// mills32 is e^(t²/2)·Φ(-t) for t in [0, 15], a polynomial in (t - 3.5)/(t + 3.5) with a relative error of 2⁻²⁷.
func mills32(t float32) float32 {
	w := 1 / (t + 3.5)
	u := (t - 3.5) * w
	return w * (0.744416058 + u*(-0.565561771+u*(0.315425068+u*(-0.116053067+u*(0.017406268+
		u*(0.00649324525+u*(-0.0031748123+u*(-0.000494976877+u*(0.00042116674+u*0.000110284978)))))))))
}

// GELU is x·Φ(x).
func GELU[T Float](x T) T { return bounded(x) * cdf(x) }

// SiLU is x·σ(x).
func SiLU[T Float](x T) T { return bounded(x) * Sigmoid(x) }

// bounded is x, but at least -1000. The functions that use it are 0 there already, and -Inf·0 would be NaN.
func bounded[T Float](x T) T { return max(x, -1000) }

// GELUSlope is d/dx x·Φ(x) = Φ(x) + x·φ(x), φ the normal density.
func GELUSlope[T Float](x T) T {
	x = within(x, 40)
	return cdf(x) + x*invSqrt2Pi*Exp(-x*x/2)
}

// within is x limited to [-m, m]. Beyond, the slope is constant, and its formula would multiply Inf by 0.
func within[T Float](x, m T) T { return min(max(x, -m), m) }

// GELUTanh is x/2·(1 + tanh u) = x·σ(2u), u = √(2/π)·(x + 0.044715·x³).
func GELUTanh[T Float](x T) T { return bounded(x) * Sigmoid(2*geluK*(x+geluC*x*x*x)) }

// GELUTanhSlope is s + x·s·(1 - s)·2u' with s = σ(2u), u' = √(2/π)·(1 + 3·0.044715·x²).
func GELUTanhSlope[T Float](x T) T {
	x = within(x, 40)
	s, ds := sigmoids(2 * geluK * (x + geluC*x*x*x))
	return s + x*ds*2*geluK*(1+3*geluC*x*x)
}

// SiLUSlope is d/dx x·σ(x) = s + x·s·(1 - s) with s = σ(x).
func SiLUSlope[T Float](x T) T {
	s, ds := sigmoids(x)
	return s + within(x, 1000)*ds
}

// Sign is -1, 0 or 1, and NaN for NaN.
func Sign[T Float](x T) T {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x - x // 0, NaN for NaN
}

// Gate is d where y > 0 or NaN, and 0 elsewhere. Signs of activations are random, so a branch would often be predicted
// wrongly; a mask from the bits of y takes a tenth of the time. The bits of |y| are larger than those of infinity if y
// is NaN.
func Gate[T Float](d, y T) T {
	if Single[T]() {
		b := int32(math.Float32bits(float32(y)))
		mask := ^(b>>31)&(-b>>31) | (0x7f800000-b&math.MaxInt32)>>31
		return T(math.Float32frombits(math.Float32bits(float32(d)) & uint32(mask)))
	}
	b := int64(math.Float64bits(float64(y)))
	mask := ^(b>>63)&(-b>>63) | (0x7ff0000000000000-b&math.MaxInt64)>>63
	return T(math.Float64frombits(math.Float64bits(float64(d)) & uint64(mask)))
}

// Truth is 1 for true, 0 for false.
func Truth[T Float](b bool) T {
	if b {
		return 1
	}
	return 0
}
