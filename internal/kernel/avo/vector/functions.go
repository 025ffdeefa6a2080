package main

// The functions. Errors are in units in the last place (ULP) of the result; the tests of package kernel hold them to
// these.

import "math"

const (
	log2E   = math.Log2E
	ln2Head = 0x1.62e43p-1           // ln 2 in two parts, the first to 24 bits: an FMA keeps its product with n whole
	ln2Tail = math.Ln2 - ln2Head     //
	rounder = 3 << 22                // 1.5·2²³: adding it rounds to an integer, in the low bits
	geluK   = 0.79788456080286535588 // √(2/π)
	geluC   = 0.044715               // Hendrycks and Gimpel 2016, tanh form
	least   = -104                   // e^least is 0
)

var one = func() vector { return load(c(1)) }

// reduce splits x = n·ln 2 + r, |r| ≤ ln 2 / 2, for integers n. The low bits of t are n + bias.
func reduce(x vector, bias float64) (t, r vector) {
	t = addMul(load(c(rounder+bias)), x, c(log2E))
	n := sub(t, c(rounder+bias))
	r = subMul(clone(x), n, c(ln2Head))
	return t, subMul(r, n, c(ln2Tail))
}

// series is (e^r - 1 - r)/r² for |r| ≤ ln 2 / 2, Cephes' expf.
func series(r vector) vector {
	return poly(r, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
		5.0000001201e-1)
}

// expSeries is e^r for |r| ≤ ln 2 / 2. What is lost of r in 1 + r goes to the smaller term.
func expSeries(r vector) vector {
	y := add(r, c(1))
	lost := add(sub(one(), y), r)
	return add(y, mulAdd(series(r), mul(r, r), lost))
}

// expm1Series is e^r - 1 for |r| ≤ ln 2 / 2.
func expm1Series(r vector) vector { return mulAdd(series(r), mul(r, r), r) }

// powers returns two powers of two whose product is 2^n, from t with bias 254. Multiplied in two halves, results reach
// Inf, subnormal numbers and 0.
func powers(t vector) (s1, s2 vector) {
	half := shiftRight(t, 1)
	return shiftLeft(half, 23), shiftLeft(subInt(t, half), 23)
}

// exp is e^x for x in [least, 89].
func exp(x vector) vector {
	t, r := reduce(x, 254)
	s1, s2 := powers(t)
	return mul(mul(expSeries(r), s1), s2)
}

// expMinus is e^-|x|.
func expMinus(x vector) vector { return exp(atLeast(or(x, bits(1<<31)), least)) }

// scaled returns s, a power of two, and p such that e^x = s + s·p, for |x| ≤ 80.
func scaled(x vector) (s, p vector) {
	t, r := reduce(x, 127)
	return shiftLeft(t, 23), expm1Series(r)
}

// expm1 is e^x - 1 for x in [-80, 80].
func expm1(x vector) vector {
	s, p := scaled(x)
	return mulAdd(p, s, sub(s, c(1)))
}

// log1p is ln(1 + f) - f for f from √½ - 1 to √2 - 1, Cephes' logf.
func log1p(f vector) vector {
	p := poly(f, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
		-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, -0.5)
	return mul(p, mul(f, f))
}

func log(x vector) vector {
	const (
		smallest = 0x1p-126   // of the normal numbers
		sqrtHalf = 0x3f3504f3 // bits of √½
	)
	subnormal := compare(x, less, c(smallest))
	m := choose(subnormal, mul(x, c(0x1p23)), x)
	m = addInt(m, bits(0x3f800000-sqrtHalf)) // the exponent is that of x/√½
	k := sub(toFloat(shiftRight(m, 23)), c(127))
	k = sub(k, where(subnormal, c(23)))
	m = addInt(and(m, bits(1<<23-1)), bits(sqrtHalf)) // in [√½, √2)
	f := sub(m, c(1))
	y := addMul(log1p(f), k, c(ln2Tail))
	y = addMul(add(f, y), k, c(ln2Head))
	y = choose(compare(x, equal, c(math.Inf(1))), x, y)
	y = choose(compare(x, equal, zero()), load(c(math.Inf(-1))), y)
	return orNaN(y, compare(x, notGreaterOrEq, zero()))
}

// log1Minus is ln(1 - x): the logarithm of the rounded 1 - x, corrected by the share of x that rounding left of it.
// See Goldberg 1991, theorem 4.
func log1Minus(x vector) vector {
	rest := sub(one(), x)
	y := mul(log(rest), div(x, sub(one(), rest)))
	return choose(compare(rest, equal, c(1)), sub(zero(), x), y)
}

// sigmoid is 1/(1 + e^-x), or e^x/(1 + e^x) for negative x, so that the left tail keeps its digits.
func sigmoid(x vector) vector {
	e := expMinus(x)
	return div(choose(negative(x), e, one()), add(e, c(1)))
}

// timesSigmoid is x·σ(u), for u with the sign of x. -Inf becomes a large number, as its product with 0 would be NaN.
func timesSigmoid(x, u vector) vector { return mul(sigmoid(u), atLeast(x, -1000)) }

func tanh(x vector) vector {
	t := abs(x)
	z := mul(t, t)
	// Cephes' tanhf
	y := poly(z, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
	y = mulAdd(y, mul(z, t), t)
	a := atMost(t, 10)
	s, p := scaled(add(a, a))
	e := add(mulAdd(p, s, s), c(1))
	y = choose(compare(t, less, c(0.625)), y, sub(one(), div(load(c(2)), e)))
	return or(y, sign(x))
}

// largeAngle bounds the multiples of π/2 that are found with little error.
const largeAngle = 1 << 17

// sine is sin x, or cos x, for |x| ≤ largeAngle; Cephes' sinf and cosf on |x| less multiples of π/2.
func sine(x vector, cos bool) vector {
	a := abs(x)
	jumpIfAny(compare(a, greater, c(largeAngle)), stop)
	t := addMul(load(c(rounder)), a, c(2/math.Pi))
	n := sub(t, c(rounder))
	if cos {
		t = addInt(t, bits(1))
	}
	r := subMul(a, n, c(0x1.921fb4p0))
	subMul(r, n, c(0x1.4442d0p-24))
	subMul(r, n, c(0x1.846988p-48))
	z := mul(r, r)
	s := poly(z, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
	s = mulAdd(mul(s, z), r, r)
	p := poly(z, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2, -0.5, 1)
	y := xor(choose(negative(shiftLeft(t, 31)), p, s), sign(shiftLeft(t, 30)))
	if cos {
		return y
	}
	return xor(y, sign(x))
}

// erf is an odd polynomial to 0.93 and 1 - e^p(|x|) beyond, with coefficients of N. Juffa's.
func erf(x vector) vector {
	t := atMost(abs(x), 4)
	z := mul(t, t)
	y := poly(z, -5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1)
	y = mulAdd(y, t, t)
	p := poly(t, -1.72853470e-5, 3.83197126e-4, -3.88396438e-3, 2.42546219e-2, -1.06777877e-1, -6.34846687e-1,
		-1.28717512e-1)
	s, e := scaled(mulSub(p, t, t))
	e = sub(one(), mulAdd(e, s, s))
	return or(choose(compare(t, less, c(0.927734375)), y, e), sign(x))
}

// gauss returns factors whose product is e^(-t²/2), for t in [0, 15]. The square is exact in two parts, the second of
// which goes to the remainder of the division by ln 2.
func gauss(t vector) (y, s1, s2 vector) {
	head := mul(t, t)
	tail := mulSub(clone(t), t, head)
	n, r := reduce(mul(head, c(-0.5)), 254)
	s1, s2 = powers(n)
	return expSeries(subMul(r, tail, c(0.5))), s1, s2
}

// mills is e^(t²/2)·Φ(-t) for t in [0, 15], with a relative error of 2^-27 from the polynomial, in (t - 3.5)/(t +
// 3.5).
func mills(t vector) vector {
	w := div(one(), add(t, c(3.5)))
	u := mul(sub(t, c(3.5)), w)
	return mul(w, poly(u, 0.000110284978, 0.00042116674, -0.000494976877, -0.0031748123, 0.00649324525, 0.017406268,
		-0.116053067, 0.315425068, -0.565561771, 0.744416058))
}

// gelu is x·Φ(x) = max(x, 0) - |x|·Φ(-|x|).
func gelu(x vector) vector {
	t := atMost(abs(x), 15)
	y, s1, s2 := gauss(t)
	y = mul(mul(mul(y, mul(mills(t), t)), s1), s2)
	return sub(larger(zero(), x), y)
}

// geluSlope is Φ(x) + x·φ(x): s = e^(-t²/2)·(mills(t) - t/√(2π)) for x = -t, and 1 - s for x = t.
func geluSlope(x vector) vector {
	t := atMost(abs(x), 15)
	s := subMul(mills(t), t, c(0.39894228040143267794))
	y, s1, s2 := gauss(t)
	s = mul(mul(mul(s, y), s1), s2)
	return choose(negative(x), s, sub(one(), s))
}

// geluArgument is 2·√(2/π)·(x + 0.044715·x³).
func geluArgument(x vector) vector {
	g := mulAdd(mul(x, x), load(c(2*geluK*geluC)), c(2*geluK))
	return mul(g, x)
}

// geluTanhSlope is s + x·s·(1-s)·u', s = σ(u).
func geluTanhSlope(x vector) vector {
	x = atMost(atLeast(x, -20), 20)
	s, ds := sigmoids(geluArgument(x))
	du := mulAdd(mul(x, x), load(c(6*geluK*geluC)), c(2*geluK))
	return addMul(s, mul(x, du), ds)
}

// siluSlope is s + x·s·(1-s), s = σ(x).
func siluSlope(x vector) vector {
	s, ds := sigmoids(x)
	return addMul(s, atMost(atLeast(x, -200), 200), ds)
}

// sigmoids returns s = σ(x) and its derivative s·(1-s).
func sigmoids(x vector) (s, ds vector) {
	e := expMinus(x)
	d := div(one(), add(e, c(1)))
	ed := mul(e, d)
	return choose(negative(x), ed, d), mul(ed, d)
}

// relu is max(x, 0), 0 for -0.
func relu(x vector) vector { return add(larger(zero(), x), zero()) }

// softplus is max(x, 0) + ln(1 + e^-|x|).
func softplus(x vector) vector {
	e := expMinus(x)
	big := compare(e, greater, c(math.Sqrt2-1))
	f := choose(big, mul(sub(e, c(1)), c(0.5)), e) // 1 + e = 2·(1 + f)
	y := add(add(log1p(f), where(big, c(ln2Tail))), f)
	y = add(y, where(big, c(ln2Head)))
	return add(larger(zero(), x), y)
}

// maximum and minimum are NaN if either is; 0 is larger than -0.
func maximum(a, b vector) vector {
	return orNaN(and(larger(a, b), larger(b, a)), compare(a, unordered, b))
}

func minimum(a, b vector) vector { return or(smaller(a, b), smaller(b, a)) }

// signum is -1, 0 or 1, and NaN for NaN.
func signum(x vector) vector {
	z := zero()
	y := or(where(compare(x, greater, z), c(1)), where(compare(x, less, z), c(-1)))
	return or(y, where(compare(x, unordered, x), x))
}

// by is a body without constants in registers.
func by(g func(x vector) vector) func() func(x vector) vector {
	return func() func(x vector) vector { return g }
}

func by2(g func(a, b vector) vector) func() func(a, b vector) vector {
	return func() func(a, b vector) vector { return g }
}

// timesGrad is slope(x)·dy.
func timesGrad(slope func(x vector) vector) func() func(x, dy vector) vector {
	return by2(func(x, dy vector) vector { return mul(slope(x), dy) })
}

// withP is a body with the parameter p.
func withP(g func(x, p vector) vector) func() func(x vector) vector {
	return func() func(x vector) vector {
		p := param("p")
		return func(x vector) vector { return g(x, p) }
	}
}

// comparison is 1 where it holds and 0 elsewhere.
func comparison(predicate uint8) func() func(a, b vector) vector {
	return func() func(a, b vector) vector {
		one := one()
		return func(a, b vector) vector { return where(compare(a, predicate, b), one) }
	}
}

var unaries = []unary{
	{"neg", "-x[i]", "", 4, func() func(x vector) vector {
		bit := load(bits(1 << 31))
		return func(x vector) vector { return xor(x, bit) }
	}, false},
	{"abs", "|x[i]|", "", 4, func() func(x vector) vector {
		rest := load(bits(1<<31 - 1))
		return func(x vector) vector { return and(x, rest) }
	}, false},
	{"exp", "e^x[i]", "", 1, by(func(x vector) vector { return exp(atMost(atLeast(x, least), 89)) }), false},
	{"expShifted", "e^(x[i] + p)", "p", 1,
		withP(func(x, p vector) vector { return exp(atMost(atLeast(add(x, p), least), 89)) }), false},
	{"log", "ln x[i]", "", 1, by(log), false},
	{"sqrt", "√x[i]", "", 4, by(sqrt), false},
	{"rsqrt", "1/√x[i]", "", 4, by(func(x vector) vector { return div(one(), sqrt(x)) }), false},
	{"square", "x[i]²", "", 4, by(func(x vector) vector { return mul(x, x) }), false},
	{"reciprocal", "1/x[i]", "", 4, by(func(x vector) vector { return div(one(), x) }), false},
	{"sin", "sin x[i]", "", 1, by(func(x vector) vector { return sine(x, false) }), true},
	{"cos", "cos x[i]", "", 1, by(func(x vector) vector { return sine(x, true) }), true},
	{"erf", "erf x[i]", "", 1, by(erf), false},
	{"sign", "-1, 0 or 1 as x[i]", "", 2, by(signum), false},
	{"clamp", "x[i] limited to [p, q]", "p q", 2, func() func(x vector) vector {
		p, q := param("p"), param("q")
		return func(x vector) vector { return minimum(maximum(x, p), q) }
	}, false},
	{"addScalar", "x[i] + p", "p", 4, withP(func(x, p vector) vector { return add(x, p) }), false},
	{"mulScalar", "x[i]·p", "p", 4, withP(func(x, p vector) vector { return mul(x, p) }), false},
	{"sigmoid", "1/(1 + e^-x[i])", "", 1, by(sigmoid), false},
	{"tanh", "tanh x[i]", "", 1, by(tanh), false},
	{"relu", "max(x[i], 0)", "", 4, func() func(x vector) vector {
		z := zero()
		return func(x vector) vector { return add(larger(z, x), z) }
	}, false},
	{"leakyReLU", "x[i], or p·x[i] where its sign is set,", "p", 2, withP(func(x, p vector) vector {
		return choose(negative(x), mul(x, p), x)
	}), false},
	{"elu", "max(x[i], 0) + p·(e^min(x[i], 0) - 1)", "p", 1, withP(func(x, p vector) vector {
		return add(relu(x), mul(p, expm1(atLeast(smaller(zero(), x), -40))))
	}), false},
	{"silu", "x[i]·σ(x[i])", "", 1, by(func(x vector) vector { return timesSigmoid(x, x) }), false},
	{"gelu", "x[i]·Φ(x[i])", "", 1, by(gelu), false},
	{"geluTanh", "x[i]·σ(u), u = 2·√(2/π)·(x[i] + 0.044715·x[i]³)", "", 1,
		by(func(x vector) vector { return timesSigmoid(x, geluArgument(x)) }), false},
	{"softplus", "ln(1 + e^x[i])", "", 1, by(softplus), false},
}

var binaries = []binary{
	{"add", "a[i] + b[i]", "", 4, by2(func(a, b vector) vector { return add(a, b) })},
	{"sub", "a[i] - b[i]", "", 4, by2(func(a, b vector) vector { return sub(a, b) })},
	{"mul", "a[i]·b[i]", "", 4, by2(func(a, b vector) vector { return mul(a, b) })},
	{"div", "a[i]/b[i]", "", 4, by2(func(a, b vector) vector { return div(a, b) })},
	{"minimum", "the smaller of a[i] and b[i]", "", 4, by2(minimum)},
	{"maximum", "the larger of a[i] and b[i]", "", 4, by2(maximum)},
	{"less", "1 where a[i] < b[i], else 0,", "", 4, comparison(less)},
	{"lessEqual", "1 where a[i] ≤ b[i], else 0,", "", 4, comparison(lessEqual)},
	{"equal", "1 where a[i] = b[i], else 0,", "", 4, comparison(equal)},
	{"notEqual", "1 where a[i] ≠ b[i], else 0,", "", 4, comparison(notEqual)},
	{"absGrad", "sign(a[i])·b[i]", "", 2, timesGrad(signum)},
	{"clampGrad", "b[i] where p ≤ a[i] ≤ q, else 0,", "p q", 2, func() func(x, dy vector) vector {
		p, q := param("p"), param("q")
		return func(x, dy vector) vector {
			return where(both(compare(p, lessEqual, x), compare(x, lessEqual, q)), dy)
		}
	}},
	{"sigmoidGrad", "a[i]·(1 - a[i])·b[i]", "", 4, func() func(y, dy vector) vector {
		one := one()
		return func(y, dy vector) vector { return mul(mul(y, sub(one, y)), dy) }
	}},
	{"tanhGrad", "(1 - a[i]²)·b[i]", "", 4, func() func(y, dy vector) vector {
		one := one()
		return func(y, dy vector) vector { return mul(sub(one, mul(y, y)), dy) }
	}},
	{"reluGrad", "b[i] where a[i] > 0 or NaN, else 0,", "", 4, func() func(y, dy vector) vector {
		z := zero()
		return func(y, dy vector) vector { return where(compare(y, notLessOrEq, z), dy) }
	}},
	{"leakyReLUGrad", "b[i] where a[i] > 0, else p·b[i],", "p", 2, func() func(x, dy vector) vector {
		p := param("p")
		return func(x, dy vector) vector { return choose(compare(x, greater, zero()), dy, mul(dy, p)) }
	}},
	{"eluGrad", "p·e^a[i]·b[i] where a[i] ≤ 0, else b[i],", "p", 1, func() func(x, dy vector) vector {
		p := param("p")
		return func(x, dy vector) vector {
			d := mul(dy, mul(p, exp(atMost(atLeast(x, least), 0))))
			return choose(compare(x, lessEqual, zero()), d, dy)
		}
	}},
	{"siluGrad", "(s + a[i]·s·(1 - s))·b[i], s = σ(a[i]),", "", 1, timesGrad(siluSlope)},
	{"geluGrad", "(Φ(a[i]) + a[i]·φ(a[i]))·b[i]", "", 1, timesGrad(geluSlope)},
	{"geluTanhGrad", "the derivative of geluTanh at a[i], times b[i],", "", 1, timesGrad(geluTanhSlope)},
	{"softplusGrad", "σ(a[i])·b[i]", "", 1, timesGrad(sigmoid)},
	{"shiftedTimes", "(a[i] + p)·b[i]", "p", 4, func() func(a, b vector) vector {
		p := param("p")
		return func(a, b vector) vector { return mul(add(a, p), b) }
	}},
	{"bce", "-b[i]·ln a[i] - (1 - b[i])·ln(1 - a[i]), logarithms at least -100,", "", 1, by2(func(x, t vector) vector {
		gain := mul(t, atLeast(log(x), -100))
		return sub(sub(zero(), gain), mul(sub(one(), t), atLeast(log1Minus(x), -100)))
	})},
	{"bceSlope", "p·(a[i] - b[i])/max(a[i]·(1 - a[i]), 1e-12)", "p", 2, func() func(x, t vector) vector {
		p := param("p")
		return func(x, t vector) vector {
			return mul(p, div(sub(x, t), atLeast(mul(x, sub(one(), x)), 1e-12)))
		}
	}},
}
