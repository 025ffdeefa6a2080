package vector

// Functions of one and of two floats, applied to whole vectors.

import (
	"math"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Variables, so that tests can cut loops into smaller pieces.
var (
	// BlockSize is how many elements a block of a parallel loop has.
	BlockSize = 1 << 14
	// ParallelFrom is the number of elements from which on a loop is cut into parallel blocks.
	ParallelFrom = 1 << 16
)

const (
	// Costly is the time of an element of a function with an exponential, an addition being 1. Such functions run in
	// parallel from so many times fewer elements on: 2¹⁴ elements take 8 µs in assembly and 300 µs without, and a call
	// of parallel.Run takes a few.
	Costly = 4
)

// A UnaryFunc is a function of one float; some have parameters p and q.
type UnaryFunc uint8

// The unary functions. Where a function is not correctly rounded in float32, its largest error is named in units in
// the last place (ULP). If two errors are named, the first is of plain Go and the second of assembly.
const (
	Neg        UnaryFunc = iota // -x
	Abs                         // |x|
	Exp                         // e^x; 1 ULP
	Log                         // ln x; 0.51 and 1 ULP
	Sqrt                        // √x
	Rsqrt                       // 1/√x; 0.51 and 1.6 ULP
	Square                      // x²
	Reciprocal                  // 1/x
	Sin                         // sin x; 0.51 and 2 ULP
	Cos                         // cos x; 0.51 and 2 ULP
	Erf                         // error function; 0.51 and 1.1 ULP
	Sign                        // -1, 0 or 1
	Clamp                       // x limited to [p, q]
	AddScalar                   // x + p
	MulScalar                   // x·p
	PowScalar                   // x^p
	Sigmoid                     // 1/(1 + e^-x); 3 ULP
	Tanh                        // tanh x; 3 and 1.5 ULP
	ReLU                        // max(x, 0)
	LeakyReLU                   // x if x > 0, else p·x
	ELU                         // x if x > 0, else p·(e^x - 1); 1 ULP for p = 1
	SiLU                        // x·σ(x); 4 ULP, plus 2⁻¹⁴² where σ is subnormal
	GELU                        // x·Φ(x); 8 ULP, plus 2⁻¹⁴²
	GELUTanh                    // x·σ(u), u = 2√(2/π)·(x + 0.044715·x³); 3·(1 + |u|) ULP, plus 2⁻¹⁴²
	Softplus                    // ln(1 + e^x); 2 ULP
)

// A BinaryFunc is a function of two floats; some have parameters p and q.
type BinaryFunc uint8

// The binary functions. A comparison is 1 where it holds and 0 elsewhere. A derivative takes two operands, what the
// forward function kept (its argument x or its value y) and dy, and gives dx. In float32 the derivatives of SiLU, GELU
// and GELUTanh, which cross 0, and those of Softplus and ELU have an error of 5·10⁻⁷ at most, relative to dy (for ELU
// with p = 1).
const (
	Add           BinaryFunc = iota // a + b
	Sub                             // a - b
	Mul                             // a·b
	Div                             // a/b
	Pow                             // a^b
	Minimum                         // the smaller; NaN if either is
	Maximum                         // the larger; NaN if either is
	Less                            // a < b
	LessEqual                       // a ≤ b
	Greater                         // a > b
	GreaterEqual                    // a ≥ b
	Equal                           // a = b
	NotEqual                        // a ≠ b
	AbsGrad                         // sign(x)·dy
	ClampGrad                       // dy where p ≤ x ≤ q, else 0
	SigmoidGrad                     // y·(1 - y)·dy
	TanhGrad                        // (1 - y²)·dy
	ReLUGrad                        // dy where y > 0 or NaN (x is the same), else 0
	LeakyReLUGrad                   // dy where x > 0, else p·dy
	ELUGrad                         // dy where x > 0, else p·e^x·dy
	SiLUGrad                        // σ(x)·(1 + x·(1 - σ(x)))·dy
	GELUGrad                        // (Φ(x) + x·φ(x))·dy
	GELUTanhGrad                    // derivative of GELUTanh
	SoftplusGrad                    // σ(x)·dy
)

// cost is the time of an element, an addition being 1: 1 or Costly.
func (f UnaryFunc) cost() int {
	switch f {
	case Exp, Log, Sin, Cos, Erf, PowScalar, Sigmoid, Tanh, ELU, SiLU, GELU, GELUTanh, Softplus:
		return Costly
	}
	return 1
}

func (f BinaryFunc) cost() int {
	if f == Pow || f >= ELUGrad {
		return Costly
	}
	return 1
}

// Unary sets dst[i] = f(x[i]). The slices have the same length. dst may be x.
func Unary[T scalar.Float](f UnaryFunc, dst, x []T, p, q float64) {
	c := f.cost()
	if len(dst) < ParallelFrom/c {
		UnaryRow(f, dst, x, T(p), T(q))
		return
	}
	j := reuse.Take[unaryJob[T], T](&unaryJobs)
	*j = unaryJob[T]{f, dst, x, T(p), T(q), BlockSize / c}
	parallel.Run(parallel.Blocks(len(dst), j.size), j)
	reuse.Give[T](&unaryJobs, j)
}

// Binary sets dst[i] = f(a[i], b[i]). The slices have the same length, but a or b may be one element for all. dst may
// be an operand of the same length.
func Binary[T scalar.Float](f BinaryFunc, dst, a, b []T, p, q float64) {
	c := f.cost()
	if len(dst) < ParallelFrom/c {
		BinaryRow(f, dst, a, b, T(p), T(q))
		return
	}
	j := reuse.Take[binaryJob[T], T](&binaryJobs)
	*j = binaryJob[T]{f, dst, a, b, T(p), T(q), BlockSize / c}
	parallel.Run(parallel.Blocks(len(dst), j.size), j)
	reuse.Give[T](&binaryJobs, j)
}

var unaryJobs, binaryJobs reuse.Jobs

type unaryJob[T scalar.Float] struct {
	f      UnaryFunc
	dst, x []T
	p, q   T
	size   int // of a block
}

func (j *unaryJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, j.size, len(j.dst))
	UnaryRow(j.f, j.dst[lo:hi], j.x[lo:hi], j.p, j.q)
}

type binaryJob[T scalar.Float] struct {
	f         BinaryFunc
	dst, a, b []T
	p, q      T
	size      int // of a block
}

func (j *binaryJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, j.size, len(j.dst))
	a, b := j.a, j.b
	if len(a) == len(j.dst) {
		a = a[lo:hi]
	}
	if len(b) == len(j.dst) {
		b = b[lo:hi]
	}
	BinaryRow(j.f, j.dst[lo:hi], a, b, j.p, j.q)
}

// UnaryRow is Unary in one loop. In float32 it uses assembly where there is some.
func UnaryRow[T scalar.Float](f UnaryFunc, dst, x []T, p, q T) {
	dst = dst[:len(x)]
	if d := scalar.Floats32(dst); d != nil && unaryFast(f, d, scalar.Floats32(x), float32(p), float32(q)) {
		return
	}
	switch f {
	case Neg:
		for i, v := range x {
			dst[i] = -v
		}
	case Abs:
		for i, v := range x {
			dst[i] = scalar.Abs(v)
		}
	case Exp:
		for i, v := range x {
			dst[i] = scalar.Exp(v)
		}
	case Log:
		for i, v := range x {
			dst[i] = T(math.Log(float64(v)))
		}
	case Sqrt:
		for i, v := range x {
			dst[i] = T(math.Sqrt(float64(v)))
		}
	case Rsqrt:
		for i, v := range x {
			dst[i] = T(1 / math.Sqrt(float64(v)))
		}
	case Square:
		for i, v := range x {
			dst[i] = v * v
		}
	case Reciprocal:
		for i, v := range x {
			dst[i] = 1 / v
		}
	case Sin:
		for i, v := range x {
			dst[i] = T(math.Sin(float64(v)))
		}
	case Cos:
		for i, v := range x {
			dst[i] = T(math.Cos(float64(v)))
		}
	case Erf:
		for i, v := range x {
			dst[i] = T(math.Erf(float64(v)))
		}
	case Sign:
		for i, v := range x {
			dst[i] = scalar.Sign(v)
		}
	case Clamp:
		for i, v := range x {
			dst[i] = min(max(v, p), q)
		}
	case AddScalar:
		for i, v := range x {
			dst[i] = v + p
		}
	case MulScalar:
		for i, v := range x {
			dst[i] = v * p
		}
	case PowScalar:
		for i, v := range x {
			dst[i] = T(math.Pow(float64(v), float64(p)))
		}
	case Sigmoid:
		for i, v := range x {
			dst[i] = scalar.Sigmoid(v)
		}
	case Tanh:
		for i, v := range x {
			dst[i] = scalar.Tanh(v)
		}
	case ReLU:
		for i, v := range x {
			dst[i] = max(v, 0)
		}
	case LeakyReLU:
		for i, v := range x {
			dst[i] = scalar.Choose(v, p*v, v)
		}
	case ELU:
		for i, v := range x {
			dst[i] = max(v, 0) + p*scalar.Expm1(min(v, 0))
		}
	case SiLU:
		for i, v := range x {
			dst[i] = scalar.SiLU(v)
		}
	case GELU:
		for i, v := range x {
			dst[i] = scalar.GELU(v)
		}
	case GELUTanh:
		for i, v := range x {
			dst[i] = scalar.GELUTanh(v)
		}
	case Softplus:
		for i, v := range x {
			dst[i] = scalar.Softplus(v)
		}
	default:
		panic("kernel: no such unary function")
	}
}

// BinaryRow is Binary in one loop. In float32 it uses assembly where there is some, for scalars too. In plain Go the
// four arithmetic functions have loops of their own for a scalar operand; for the other functions a scalar is copied
// into a short vector first.
func BinaryRow[T scalar.Float](f BinaryFunc, dst, a, b []T, p, q T) {
	if d := scalar.Floats32(dst); d != nil &&
		binaryFast(f, d, scalar.Floats32(a), scalar.Floats32(b), float32(p), float32(q)) {
		return
	}
	switch {
	case len(a) == len(dst) && len(b) == len(dst):
		binaryVectors(f, dst, a, b, p, q)
	case len(a) == 1 && len(b) == 1:
		binaryVectors(f, dst[:1], a, b, p, q)
		Fill(dst, dst[0])
	case len(b) == 1 && f <= Div:
		vectorScalar(f, dst, a, b[0])
	case len(a) == 1 && f <= Div:
		scalarVector(f, dst, a[0], b)
	default:
		var spread [64]T
		if len(b) == 1 {
			Fill(spread[:min(len(spread), len(dst))], b[0])
		} else {
			Fill(spread[:min(len(spread), len(dst))], a[0])
		}
		for lo := 0; lo < len(dst); lo += len(spread) {
			hi := min(lo+len(spread), len(dst))
			if len(b) == 1 {
				binaryVectors(f, dst[lo:hi], a[lo:hi], spread[:hi-lo], p, q)
			} else {
				binaryVectors(f, dst[lo:hi], spread[:hi-lo], b[lo:hi], p, q)
			}
		}
	}
}

func vectorScalar[T scalar.Float](f BinaryFunc, dst, a []T, s T) {
	dst = dst[:len(a)]
	switch f {
	case Add:
		for i, v := range a {
			dst[i] = v + s
		}
	case Sub:
		for i, v := range a {
			dst[i] = v - s
		}
	case Mul:
		for i, v := range a {
			dst[i] = v * s
		}
	case Div:
		for i, v := range a {
			dst[i] = v / s
		}
	}
}

func scalarVector[T scalar.Float](f BinaryFunc, dst []T, s T, b []T) {
	dst = dst[:len(b)]
	switch f {
	case Add:
		for i, v := range b {
			dst[i] = s + v
		}
	case Sub:
		for i, v := range b {
			dst[i] = s - v
		}
	case Mul:
		for i, v := range b {
			dst[i] = s * v
		}
	case Div:
		for i, v := range b {
			dst[i] = s / v
		}
	}
}

func binaryVectors[T scalar.Float](f BinaryFunc, dst, a, b []T, p, q T) {
	b, dst = b[:len(a)], dst[:len(a)]
	switch f {
	case Add:
		for i, v := range a {
			dst[i] = v + b[i]
		}
	case Sub:
		for i, v := range a {
			dst[i] = v - b[i]
		}
	case Mul:
		for i, v := range a {
			dst[i] = v * b[i]
		}
	case Div:
		for i, v := range a {
			dst[i] = v / b[i]
		}
	case Pow:
		for i, v := range a {
			dst[i] = T(math.Pow(float64(v), float64(b[i])))
		}
	case Minimum:
		for i, v := range a {
			dst[i] = min(v, b[i])
		}
	case Maximum:
		for i, v := range a {
			dst[i] = max(v, b[i])
		}
	case Less:
		for i, v := range a {
			dst[i] = scalar.Truth[T](v < b[i])
		}
	case LessEqual:
		for i, v := range a {
			dst[i] = scalar.Truth[T](v <= b[i])
		}
	case Greater:
		for i, v := range a {
			dst[i] = scalar.Truth[T](v > b[i])
		}
	case GreaterEqual:
		for i, v := range a {
			dst[i] = scalar.Truth[T](v >= b[i])
		}
	case Equal:
		for i, v := range a {
			dst[i] = scalar.Truth[T](v == b[i])
		}
	case NotEqual:
		for i, v := range a {
			dst[i] = scalar.Truth[T](v != b[i])
		}
	case AbsGrad:
		for i, x := range a {
			dst[i] = scalar.Sign(x) * b[i]
		}
	case ClampGrad:
		for i, x := range a {
			d := b[i]
			if !(p <= x && x <= q) {
				d = 0
			}
			dst[i] = d
		}
	case SigmoidGrad:
		for i, y := range a {
			dst[i] = y * (1 - y) * b[i]
		}
	case TanhGrad:
		for i, y := range a {
			dst[i] = (1 - y*y) * b[i]
		}
	case ReLUGrad:
		for i, y := range a {
			dst[i] = scalar.Gate(b[i], y)
		}
	case LeakyReLUGrad:
		for i, x := range a {
			d := b[i]
			if !(x > 0) {
				d *= p
			}
			dst[i] = d
		}
	case ELUGrad:
		for i, x := range a {
			d := b[i]
			if x <= 0 {
				d *= p * scalar.Exp(x)
			}
			dst[i] = d
		}
	case SiLUGrad:
		for i, x := range a {
			dst[i] = scalar.SiLUSlope(x) * b[i]
		}
	case GELUGrad:
		for i, x := range a {
			dst[i] = scalar.GELUSlope(x) * b[i]
		}
	case GELUTanhGrad:
		for i, x := range a {
			dst[i] = scalar.GELUTanhSlope(x) * b[i]
		}
	case SoftplusGrad:
		for i, x := range a {
			dst[i] = scalar.Sigmoid(x) * b[i]
		}
	default:
		panic("kernel: no such binary function")
	}
}
