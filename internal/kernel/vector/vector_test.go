package vector

import (
	"flag"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

var everyFloat = flag.Bool("everyfloat", false,
	"test the accuracy of functions at each of the 2³² numbers, which takes half an hour")

var unaryNames = [...]string{"neg", "abs", "exp", "log", "sqrt", "rsqrt", "square", "reciprocal", "sin", "cos", "erf",
	"sign", "clamp",
	"add scalar", "mul scalar", "pow scalar", "sigmoid", "tanh", "relu", "leaky relu", "elu", "silu", "gelu",
	"gelu tanh", "softplus"}

var binaryNames = [...]string{"add", "sub", "mul", "div", "pow", "minimum", "maximum", "less", "less equal", "greater",
	"greater equal",
	"equal", "not equal", "abs grad", "clamp grad", "sigmoid grad", "tanh grad", "relu grad", "leaky relu grad",
	"elu grad", "silu grad",
	"gelu grad", "gelu tanh grad", "softplus grad"}

// subnormal is what the product of a number up to 128 and a subnormal one may be wrong by: 2⁻¹⁴² .
const subnormal = 0x1p-142

// The forms of float32 are within these bounds of the mathematical functions, in ULP: the plain one and those in
// assembly.
var accuracy = []struct {
	f           UnaryFunc
	want        func(x float64) float64
	plain, fast float64
	floor       float64                 // an absolute error that is allowed, too
	factor      func(x float64) float64 // of the bounds
}{
	{f: Exp, want: math.Exp, plain: 1, fast: 0.9},
	{f: Log, want: math.Log, plain: 0.501, fast: 1},
	{f: Sqrt, want: math.Sqrt, plain: 0.5, fast: 0.5},
	{f: Rsqrt, want: func(x float64) float64 { return 1 / math.Sqrt(x) }, plain: 0.501, fast: 1.6},
	{f: Sin, want: math.Sin, plain: 0.501, fast: 2},
	{f: Cos, want: math.Cos, plain: 0.501, fast: 2},
	{f: Erf, want: math.Erf, plain: 0.501, fast: 1.1},
	{f: Sigmoid, want: scalar.Sigmoid[float64], plain: 3, fast: 3},
	{f: Tanh, want: math.Tanh, plain: 3, fast: 1.5},
	{f: ELU, want: func(x float64) float64 { return max(x, 0) + math.Expm1(min(x, 0)) }, plain: 1, fast: 1},
	{f: SiLU, want: scalar.SiLU[float64], plain: 4, fast: 4, floor: subnormal},
	{f: GELU, want: scalar.GELU[float64], plain: 8, fast: 8, floor: subnormal},
	{f: GELUTanh, want: scalar.GELUTanh[float64], plain: 3, fast: 3, floor: subnormal,
		factor: func(x float64) float64 {
			// The argument of the exponential is rounded.
			return 1 + math.Abs(2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))
		}},
	{f: Softplus, want: scalar.Softplus[float64], plain: 2, fast: 2},
}

func TestAccuracy(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		for _, a := range accuracy {
			t.Run(unaryNames[a.f], func(t *testing.T) {
				bound := a.fast
				if form.Active() == form.Plain {
					bound = a.plain
				}
				worst, at := 0., float32(0)
				eachFloat(func(x, y []float32) {
					Unary(a.f, y, x, 1, 0)
					for i, v := range x {
						x, got := float64(v), float64(y[i])
						want := a.want(x)
						if got == want || math.IsNaN(got) && math.IsNaN(want) {
							continue
						}
						if want > math.MaxFloat32 || math.IsInf(got, 1) { // 2¹²⁸ comes after the largest number
							got, want = min(got, 0x1p128), min(want, 0x1p128)
						}
						e := max(0, math.Abs(got-want)-a.floor) / proof.ULP(want)
						if a.factor != nil {
							e /= a.factor(x)
						}
						if !(e <= worst) {
							worst, at = e, v
						}
					}
				})
				if !(worst <= bound) {
					t.Errorf("wrong by %v ULP at %v, want at most %v", worst, at, bound)
				}
				t.Logf("%.3f ULP at %v", worst, at)
			})
		}
	})
}

// eachFloat calls check with slices of numbers of every exponent and of both signs, and of results.
func eachFloat(check func(x, y []float32)) {
	step := uint64(4001)
	if *everyFloat {
		step = 1
	}
	x, y := make([]float32, 0, 4093), make([]float32, 4093)
	for b := uint64(0); b < 1<<32; b += step {
		x = append(x, math.Float32frombits(uint32(b)))
		if len(x) == cap(x) || b+step >= 1<<32 {
			check(x, y[:len(x)])
			x = x[:0]
		}
	}
}

// Derivatives cancel where they cross 0, so their bounds are absolute.
func TestAccuracyOfDerivatives(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		for _, c := range []struct {
			f     BinaryFunc
			want  func(x float64) float64
			bound float64
		}{
			{ELUGrad, func(x float64) float64 { return math.Exp(min(x, 0)) }, 1e-7},
			{SiLUGrad, scalar.SiLUSlope[float64], 3e-7},
			{GELUGrad, scalar.GELUSlope[float64], 3e-7},
			{GELUTanhGrad, scalar.GELUTanhSlope[float64], 5e-7},
			{SoftplusGrad, scalar.Sigmoid[float64], 2e-7},
		} {
			t.Run(binaryNames[c.f], func(t *testing.T) {
				worst, at := 0., float32(0)
				eachFloat(func(x, y []float32) {
					Binary(c.f, y, x, []float32{1}, 1, 0)
					for i, v := range x {
						if scalar.IsNaN(v) != scalar.IsNaN(y[i]) && c.f != ELUGrad {
							t.Fatalf("%v at %v", y[i], v)
						}
						if e := math.Abs(float64(y[i]) - c.want(float64(v))); e > worst {
							worst, at = e, v
						}
					}
				})
				if !(worst <= c.bound) {
					t.Errorf("wrong by %v at %v, want at most %v", worst, at, c.bound)
				}
				t.Logf("%.2g at %v", worst, at)
			})
		}
	})
}

func TestSpecialValues(t *testing.T) {
	inf, nan, zero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	const tiny = 0x1p-149
	proof.EachForm(t, func(t *testing.T) {
		for _, c := range []struct {
			name    string
			f       UnaryFunc
			x, want float64
		}{
			{"exp of infinity", Exp, inf, inf},
			{"exp of minus infinity", Exp, -inf, 0},
			{"exp overflows above 88.72", Exp, 88.73, inf},
			{"exp reaches the smallest number", Exp, -103.5, tiny},
			{"exp is 0 below that", Exp, -104, 0},
			{"exp of 0", Exp, 0, 1},
			{"log of 0", Log, 0, -inf},
			{"log of minus 0", Log, zero, -inf},
			{"log of 1", Log, 1, 0},
			{"log of a negative number", Log, -1, nan},
			{"log of minus infinity", Log, -inf, nan},
			{"log of infinity", Log, inf, inf},
			{"log of the smallest number", Log, tiny, -103.2789306640625},
			{"square root of minus 0", Sqrt, zero, zero},
			{"square root of a negative number", Sqrt, -1, nan},
			{"inverse square root of 0", Rsqrt, 0, inf},
			{"inverse square root of infinity", Rsqrt, inf, 0},
			{"reciprocal of minus 0", Reciprocal, zero, -inf},
			{"sine of infinity", Sin, inf, nan},
			{"cosine of infinity", Cos, -inf, nan},
			{"sine of minus 0", Sin, zero, zero},
			{"sine of a subnormal number", Sin, -3 * tiny, -3 * tiny},
			{"cosine of 0", Cos, 0, 1},
			{"error function of infinity", Erf, inf, 1},
			{"error function of minus infinity", Erf, -inf, -1},
			{"error function of minus 0", Erf, zero, zero},
			{"tanh of infinity", Tanh, inf, 1},
			{"tanh of minus infinity", Tanh, -inf, -1},
			{"tanh of minus 0", Tanh, zero, zero},
			{"tanh of a subnormal number", Tanh, 5 * tiny, 5 * tiny},
			{"sigmoid of infinity", Sigmoid, inf, 1},
			{"sigmoid of minus infinity", Sigmoid, -inf, 0},
			{"sigmoid reaches the smallest number", Sigmoid, -103.5, tiny},
			{"relu of minus 0", ReLU, zero, 0},
			{"relu of minus infinity", ReLU, -inf, 0},
			{"leaky relu of minus infinity", LeakyReLU, -inf, -inf},
			{"elu of minus infinity", ELU, -inf, -1},
			{"silu of infinity", SiLU, inf, inf},
			{"silu of minus infinity", SiLU, -inf, zero},
			{"gelu of infinity", GELU, inf, inf},
			{"gelu of minus infinity", GELU, -inf, zero},
			{"gelu tanh of infinity", GELUTanh, inf, inf},
			{"gelu tanh of minus infinity", GELUTanh, -inf, zero},
			{"softplus of infinity", Softplus, inf, inf},
			{"softplus of minus infinity", Softplus, -inf, 0},
		} {
			t.Run(c.name, func(t *testing.T) {
				y := []float32{0}
				Unary(c.f, y, []float32{float32(c.x)}, 1, 0)
				if got := float64(y[0]); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) ||
					got == 0 && math.Signbit(got) != math.Signbit(c.want) && c.want != zero {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		}
		for f, name := range unaryNames {
			t.Run(name+" of NaN", func(t *testing.T) {
				y := []float32{0}
				if Unary(UnaryFunc(f), y, []float32{float32(nan)}, 1, 2); !scalar.IsNaN(y[0]) {
					t.Error(y[0])
				}
			})
		}
	})
}

// identical reports whether x and y are the same bits, or both NaN.
func identical(x, y float32) bool {
	return math.Float32bits(x) == math.Float32bits(y) || scalar.IsNaN(x) && scalar.IsNaN(y)
}

// Functions that only compare and do arithmetic are the same to the last bit, whatever the form.
func TestFormsAgree(t *testing.T) {
	if form.Active() == form.Plain {
		t.Skip("there is one form")
	}
	best := form.Active()
	defer func() { form.Use(best) }()
	x := append(proof.Specials(), proof.Random[float32]("x", 100)...)
	got, want := make([]float32, len(x)), make([]float32, len(x))
	for _, f := range []UnaryFunc{Neg, Abs, Sqrt, Square, Reciprocal, Sign, Clamp, AddScalar, MulScalar, ReLU,
		LeakyReLU} {
		for _, p := range proof.Specials() {
			form.Use(form.Plain)
			Unary(f, want, x, float64(p), 0.25)
			form.Use(best)
			Unary(f, got, x, float64(p), 0.25)
			for i := range x {
				if !identical(got[i], want[i]) {
					t.Fatalf("%s of %v with %v is %v, want %v", unaryNames[f], x[i], p, got[i], want[i])
				}
			}
		}
	}
	for f := Add; f <= LeakyReLUGrad; f++ {
		for shift := range x {
			b := append(slices.Clone(x[shift:]), x[:shift]...)
			form.Use(form.Plain)
			Binary(f, want, x, b, -0.5, 0.75)
			form.Use(best)
			Binary(f, got, x, b, -0.5, 0.75)
			for i := range x {
				if !identical(got[i], want[i]) {
					t.Fatalf("%s of %v and %v is %v, want %v", binaryNames[f], x[i], b[i], got[i], want[i])
				}
			}
		}
	}
}

// Element by element, AVX-512 gives the bits of AVX2.
func TestWideFormHasTheSameBits(t *testing.T) {
	if form.Active() < form.AVX512 {
		t.Skip("needs AVX-512")
	}
	defer func() { form.Use(form.AVX512) }()
	x := append(proof.Specials(), proof.Random[float32]("x", 1000)...)
	for i := range x[len(x)-500:] {
		x[len(x)-1-i] *= 30
	}
	b := append(slices.Clone(x[11:]), x[:11]...)
	got, want := make([]float32, len(x)), make([]float32, len(x))
	check := func(name string, run func(dst []float32)) {
		form.Use(form.AVX2)
		run(want)
		form.Use(form.AVX512)
		run(got)
		for i := range x {
			if !identical(got[i], want[i]) {
				t.Errorf("%s of %v and %v is %v, in AVX2 %v", name, x[i], b[i], got[i], want[i])
			}
		}
	}
	for f, name := range unaryNames {
		check(name, func(dst []float32) { UnaryRow(UnaryFunc(f), dst, x, -0.5, 0.75) })
	}
	for f, name := range binaryNames {
		f := BinaryFunc(f)
		check(name, func(dst []float32) { BinaryRow(f, dst, x, b, -0.5, 0.75) })
	}
	check("e^(x - 1)", func(dst []float32) { ExpShiftedFast(dst, x, -1) })
	check("(a - 1)·b", func(dst []float32) { ShiftedTimesFast(dst, x, b, -1) })
	check("cross-entropy", func(dst []float32) { CrossEntropyFast(dst, x, b) })
	check("slope of cross-entropy", func(dst []float32) { CrossEntropySlopeFast(dst, x, b, 0.5) })
}

// An element's result depends neither on where it is nor on what is beside it, and nothing outside of the slice
// changes.
func TestPosition(t *testing.T) {
	const room = 96
	all := append(append(proof.Specials(), proof.Random[float32]("x", room)...), proof.Specials()...)
	a, b := all[:room], all[len(all)-room:]
	proof.EachForm(t, func(t *testing.T) {
		check := func(name string, want []float32, run func(dst, a, b []float32)) {
			for i := range a { // one by one
				run(want[i:i+1], a[i:i+1], b[i:i+1])
			}
			dst, kept := make([]float32, room), make([]float32, room)
			for offset := range 9 {
				for n := range 84 { // iterations of four vectors of 16, one of a vector, and a tail
					for where := range 3 {
						x, y := a, b
						switch where {
						case 0:
							Fill(dst, 42)
						case 1:
							copy(dst, a)
							x = dst
						case 2:
							copy(dst, b)
							y = dst
						}
						copy(kept, dst)
						end := offset + n
						run(dst[offset:end], x[offset:end], y[offset:end])
						copy(kept[offset:end], want[offset:])
						for i := range dst {
							if !identical(dst[i], kept[i]) {
								t.Fatalf("%s of elements %d to %d in place %d: element %d is %v, want %v", name,
									offset, end, where, i, dst[i], kept[i])
							}
						}
					}
				}
			}
		}
		want := make([]float32, room)
		for f, name := range unaryNames {
			check(name, want, func(dst, a, b []float32) { UnaryRow(UnaryFunc(f), dst, a, -0.5, 0.75) })
		}
		for f, name := range binaryNames {
			f := BinaryFunc(f)
			check(name, want, func(dst, a, b []float32) { BinaryRow(f, dst, a, b, -0.5, 0.75) })
			for _, s := range []float32{-0.75, 0, float32(math.Inf(1))} {
				check(name+" of a scalar", want,
					func(dst, a, b []float32) { BinaryRow(f, dst, []float32{s}, b, -0.5, 0.75) })
				check(name+" with a scalar", want,
					func(dst, a, b []float32) { BinaryRow(f, dst, a, []float32{s}, -0.5, 0.75) })
			}
		}
	})
}

// The benchmarks measure vectors in the first cache.

func BenchmarkUnary(b *testing.B) {
	x := proof.Random[float32]("x", 2048)
	y := make([]float32, len(x))
	for f, name := range unaryNames {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				UnaryRow(UnaryFunc(f), y, x, 0.5, 2)
			}
			reportElements(b, len(x))
		})
	}
}

func BenchmarkBinary(b *testing.B) {
	x, dy := proof.Random[float32]("x", 2048), proof.Random[float32]("dy", 2048)
	y := make([]float32, len(x))
	for f, name := range binaryNames {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				BinaryRow(BinaryFunc(f), y, x, dy, 0.5, 2)
			}
			reportElements(b, len(x))
		})
	}
}

func reportElements(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "elements/ns")
}
