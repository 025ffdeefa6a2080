package vector

// Which elementwise functions are in assembly.

import (
	"math"
	"unsafe"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// unaryFast sets dst[i] = f(x[i]) and reports whether there is assembly for it.
func unaryFast(f UnaryFunc, dst, x []float32, p, q float32) bool {
	if form.Active() < form.AVX2 {
		return false
	}
	d, s, n := unsafe.SliceData(dst), unsafe.SliceData(x), len(x)
	switch f {
	case Neg:
		negVector(d, s, n)
	case Abs:
		absVector(d, s, n)
	case Exp:
		expVector(d, s, n)
	case Log:
		logVector(d, s, n)
	case Sqrt:
		sqrtVector(d, s, n)
	case Rsqrt:
		rsqrtVector(d, s, n)
	case Square:
		squareVector(d, s, n)
	case Reciprocal:
		reciprocalVector(d, s, n)
	case Sin, Cos:
		for left := trigonometricFast(f, dst, x); left > 0; left = trigonometricFast(f, dst, x) {
			dst, x = dst[len(x)-left:], x[len(x)-left:]
			m := min(8, left)
			largeAngles(f, dst[:m], x[:m])
			dst, x = dst[m:], x[m:]
		}
	case Erf:
		erfVector(d, s, n)
	case Sign:
		signVector(d, s, n)
	case Clamp:
		clampVector(d, s, n, p, q)
	case AddScalar:
		addScalarVector(d, s, n, p)
	case MulScalar:
		mulScalarVector(d, s, n, p)
	case Sigmoid:
		sigmoidVector(d, s, n)
	case Tanh:
		tanhVector(d, s, n)
	case ReLU:
		reluVector(d, s, n)
	case LeakyReLU:
		leakyReLUVector(d, s, n, p)
	case ELU:
		eluVector(d, s, n, p)
	case SiLU:
		siluVector(d, s, n)
	case GELU:
		geluVector(d, s, n)
	case GELUTanh:
		geluTanhVector(d, s, n)
	case Softplus:
		softplusVector(d, s, n)
	default:
		return false
	}
	return true
}

// lstmStepFast and lstmStepGradFast do a step, and report whether there is assembly for so many elements.
func lstmStepFast(h, c, z, step []float32) bool {
	if form.Active() < form.AVX2 || len(h) == 0 || len(h)%8 != 0 {
		return false
	}
	lstmStepVector(len(h), 4*len(h), unsafe.SliceData(h), unsafe.SliceData(c), unsafe.SliceData(z),
		unsafe.SliceData(step))
	return true
}

func lstmStepGradFast(dh, dc, dz, z, c, before []float32) bool {
	if form.Active() < form.AVX2 || len(dh) == 0 || len(dh)%8 != 0 {
		return false
	}
	lstmStepGradVector(len(dh), 4*len(dh), unsafe.SliceData(dh), unsafe.SliceData(dc), unsafe.SliceData(dz),
		unsafe.SliceData(z), unsafe.SliceData(c), unsafe.SliceData(before))
	return true
}

// ExpShiftedFast sets dst = e^(x + p) and reports whether there is assembly for it.
func ExpShiftedFast(dst, x []float32, p float32) bool {
	if form.Active() < form.AVX2 {
		return false
	}
	expShiftedVector(unsafe.SliceData(dst), unsafe.SliceData(x), len(x), p)
	return true
}

// ShiftedTimesFast sets dst = (a + p)·b and reports whether there is assembly for it.
func ShiftedTimesFast(dst, a, b []float32, p float32) bool {
	if form.Active() < form.AVX2 {
		return false
	}
	shiftedTimesVector(unsafe.SliceData(dst), unsafe.SliceData(a), unsafe.SliceData(b), len(dst), len(a), len(b), p)
	return true
}

// CrossEntropyFast sets dst to the terms of BCELoss and reports whether there is assembly for them.
func CrossEntropyFast(dst, x, t []float32) bool {
	if form.Active() < form.AVX2 {
		return false
	}
	bceVector(unsafe.SliceData(dst), unsafe.SliceData(x), unsafe.SliceData(t), len(dst), len(x), len(t))
	return true
}

// CrossEntropySlopeFast sets dst to p times the derivatives of BCELoss and reports whether there is assembly for them.
func CrossEntropySlopeFast(dst, x, t []float32, p float32) bool {
	if form.Active() < form.AVX2 {
		return false
	}
	bceSlopeVector(unsafe.SliceData(dst), unsafe.SliceData(x), unsafe.SliceData(t), len(dst), len(x), len(t), p)
	return true
}

func trigonometricFast(f UnaryFunc, dst, x []float32) (left int) {
	if f == Cos {
		return cosVector(unsafe.SliceData(dst), unsafe.SliceData(x), len(x))
	}
	return sinVector(unsafe.SliceData(dst), unsafe.SliceData(x), len(x))
}

// largeAngle is the largest number whose sine and cosine the assembly computes.
const largeAngle = 1 << 17

// largeAngles computes up to eight sines or cosines of which some are of large angles. These are computed by package
// math, the others in assembly as elsewhere.
func largeAngles(f UnaryFunc, dst, x []float32) {
	var y, small [8]float32
	for i, v := range x {
		if !(scalar.Abs(v) > largeAngle) {
			small[i] = v
		}
	}
	trigonometricFast(f, y[:], small[:])
	for i, v := range x {
		switch {
		case small[i] == v || scalar.IsNaN(v):
		case f == Cos:
			y[i] = float32(math.Cos(float64(v)))
		default:
			y[i] = float32(math.Sin(float64(v)))
		}
	}
	copy(dst, y[:])
}

// EverySecond sets to to every second element of from.
func EverySecond(to, from []float32) {
	done := min(len(to), len(from)/2) &^ 7
	if done > 0 {
		everySecondAVX2(done, &to[0], &from[0])
	}
	for i := done; i < len(to); i++ {
		to[i] = from[2*i]
	}
}

// binaryFast sets dst[i] = f(a[i], b[i]), where a or b may be one element for all, and reports whether there is
// assembly for it.
func binaryFast(f BinaryFunc, dst, a, b []float32, p, q float32) bool {
	if form.Active() < form.AVX2 {
		return false
	}
	d, x, y, n, nx, ny := unsafe.SliceData(dst), unsafe.SliceData(a), unsafe.SliceData(b), len(dst), len(a), len(b)
	switch f {
	case Add:
		addVector(d, x, y, n, nx, ny)
	case Sub:
		subVector(d, x, y, n, nx, ny)
	case Mul:
		mulVector(d, x, y, n, nx, ny)
	case Div:
		divVector(d, x, y, n, nx, ny)
	case Minimum:
		minimumVector(d, x, y, n, nx, ny)
	case Maximum:
		maximumVector(d, x, y, n, nx, ny)
	case Less:
		lessVector(d, x, y, n, nx, ny)
	case LessEqual:
		lessEqualVector(d, x, y, n, nx, ny)
	case Greater:
		lessVector(d, y, x, n, ny, nx)
	case GreaterEqual:
		lessEqualVector(d, y, x, n, ny, nx)
	case Equal:
		equalVector(d, x, y, n, nx, ny)
	case NotEqual:
		notEqualVector(d, x, y, n, nx, ny)
	case AbsGrad:
		absGradVector(d, x, y, n, nx, ny)
	case ClampGrad:
		clampGradVector(d, x, y, n, nx, ny, p, q)
	case SigmoidGrad:
		sigmoidGradVector(d, x, y, n, nx, ny)
	case TanhGrad:
		tanhGradVector(d, x, y, n, nx, ny)
	case ReLUGrad:
		reluGradVector(d, x, y, n, nx, ny)
	case LeakyReLUGrad:
		leakyReLUGradVector(d, x, y, n, nx, ny, p)
	case ELUGrad:
		eluGradVector(d, x, y, n, nx, ny, p)
	case SiLUGrad:
		siluGradVector(d, x, y, n, nx, ny)
	case GELUGrad:
		geluGradVector(d, x, y, n, nx, ny)
	case GELUTanhGrad:
		geluTanhGradVector(d, x, y, n, nx, ny)
	case SoftplusGrad:
		softplusGradVector(d, x, y, n, nx, ny)
	default:
		return false
	}
	return true
}
