package kernel

// The choice of the assembly of the elementwise functions.

import (
	"math"
	"unsafe"
)

// unaryFast sets dst[i] = f(x[i]) and reports whether there is assembly for it.
func unaryFast(f UnaryFunc, dst, x []float32, p, q float32) bool {
	if active < avx2 {
		return false
	}
	d, s, n := unsafe.SliceData(dst), unsafe.SliceData(x), len(x)
	switch f {
	case Neg:
		negAVX2(d, s, n)
	case Abs:
		absAVX2(d, s, n)
	case Exp:
		expAVX2(d, s, n)
	case Log:
		logAVX2(d, s, n)
	case Sqrt:
		sqrtAVX2(d, s, n)
	case Rsqrt:
		rsqrtAVX2(d, s, n)
	case Square:
		squareAVX2(d, s, n)
	case Reciprocal:
		reciprocalAVX2(d, s, n)
	case Sin, Cos:
		for left := trigonometricAVX2(f, dst, x); left > 0; left = trigonometricAVX2(f, dst, x) {
			dst, x = dst[len(x)-left:], x[len(x)-left:]
			m := min(8, left)
			largeAngles(f, dst[:m], x[:m])
			dst, x = dst[m:], x[m:]
		}
	case Erf:
		erfAVX2(d, s, n)
	case Sign:
		signAVX2(d, s, n)
	case Clamp:
		clampAVX2(d, s, n, p, q)
	case AddScalar:
		addScalarAVX2(d, s, n, p)
	case MulScalar:
		mulScalarAVX2(d, s, n, p)
	case Sigmoid:
		sigmoidAVX2(d, s, n)
	case Tanh:
		tanhAVX2(d, s, n)
	case ReLU:
		reluAVX2(d, s, n)
	case LeakyReLU:
		leakyReLUAVX2(d, s, n, p)
	case ELU:
		eluAVX2(d, s, n, p)
	case SiLU:
		siluAVX2(d, s, n)
	case GELU:
		geluAVX2(d, s, n)
	case GELUTanh:
		geluTanhAVX2(d, s, n)
	case Softplus:
		softplusAVX2(d, s, n)
	default:
		return false
	}
	return true
}

// lstmStepFast and lstmStepGradFast report whether there is assembly for a step of so many elements.
func lstmStepFast(h, c, z, step []float32) bool {
	if active < avx2 || len(h) == 0 || len(h)%8 != 0 {
		return false
	}
	lstmStepAVX2(len(h), 4*len(h), unsafe.SliceData(h), unsafe.SliceData(c), unsafe.SliceData(z), unsafe.SliceData(step))
	return true
}

func lstmStepGradFast(dh, dc, dz, z, c, before []float32) bool {
	if active < avx2 || len(dh) == 0 || len(dh)%8 != 0 {
		return false
	}
	lstmStepGradAVX2(len(dh), 4*len(dh), unsafe.SliceData(dh), unsafe.SliceData(dc), unsafe.SliceData(dz), unsafe.SliceData(z), unsafe.SliceData(c), unsafe.SliceData(before))
	return true
}

// expShiftedFast sets dst = e^(x + p) and reports whether there is assembly for it.
func expShiftedFast(dst, x []float32, p float32) bool {
	if active < avx2 {
		return false
	}
	expShiftedAVX2(unsafe.SliceData(dst), unsafe.SliceData(x), len(x), p)
	return true
}

// shiftedTimesFast sets dst = (a + p)·b and reports whether there is assembly for it.
func shiftedTimesFast(dst, a, b []float32, p float32) bool {
	if active < avx2 {
		return false
	}
	shiftedTimesAVX2(unsafe.SliceData(dst), unsafe.SliceData(a), unsafe.SliceData(b), len(dst), len(a), len(b), p)
	return true
}

// crossEntropyFast sets dst to the terms of BCELoss and reports whether there is assembly for them.
func crossEntropyFast(dst, x, t []float32) bool {
	if active < avx2 {
		return false
	}
	bceAVX2(unsafe.SliceData(dst), unsafe.SliceData(x), unsafe.SliceData(t), len(dst), len(x), len(t))
	return true
}

// crossEntropySlopeFast does so for p times their derivatives.
func crossEntropySlopeFast(dst, x, t []float32, p float32) bool {
	if active < avx2 {
		return false
	}
	bceSlopeAVX2(unsafe.SliceData(dst), unsafe.SliceData(x), unsafe.SliceData(t), len(dst), len(x), len(t), p)
	return true
}

func trigonometricAVX2(f UnaryFunc, dst, x []float32) (left int) {
	if f == Cos {
		return cosAVX2(unsafe.SliceData(dst), unsafe.SliceData(x), len(x))
	}
	return sinAVX2(unsafe.SliceData(dst), unsafe.SliceData(x), len(x))
}

// largeAngle is the largest number whose sine and cosine the assembly computes.
const largeAngle = 1 << 17

// largeAngles computes a vector of sines or cosines where some angles are large: those by package math, the others as elsewhere.
func largeAngles(f UnaryFunc, dst, x []float32) {
	var y, small [8]float32
	for i, v := range x {
		if !(abs(v) > largeAngle) {
			small[i] = v
		}
	}
	trigonometricAVX2(f, y[:], small[:])
	for i, v := range x {
		switch {
		case small[i] == v || isNaN(v):
		case f == Cos:
			y[i] = float32(math.Cos(float64(v)))
		default:
			y[i] = float32(math.Sin(float64(v)))
		}
	}
	copy(dst, y[:])
}

// binaryFast sets dst[i] = f(a[i], b[i]), where an operand may have a single element for all, and reports whether there is
// assembly for it.
func binaryFast(f BinaryFunc, dst, a, b []float32, p, q float32) bool {
	if active < avx2 {
		return false
	}
	d, x, y, n, nx, ny := unsafe.SliceData(dst), unsafe.SliceData(a), unsafe.SliceData(b), len(dst), len(a), len(b)
	switch f {
	case Add:
		addAVX2(d, x, y, n, nx, ny)
	case Sub:
		subAVX2(d, x, y, n, nx, ny)
	case Mul:
		mulAVX2(d, x, y, n, nx, ny)
	case Div:
		divAVX2(d, x, y, n, nx, ny)
	case Minimum:
		minimumAVX2(d, x, y, n, nx, ny)
	case Maximum:
		maximumAVX2(d, x, y, n, nx, ny)
	case Less:
		lessAVX2(d, x, y, n, nx, ny)
	case LessEqual:
		lessEqualAVX2(d, x, y, n, nx, ny)
	case Greater:
		lessAVX2(d, y, x, n, ny, nx)
	case GreaterEqual:
		lessEqualAVX2(d, y, x, n, ny, nx)
	case Equal:
		equalAVX2(d, x, y, n, nx, ny)
	case NotEqual:
		notEqualAVX2(d, x, y, n, nx, ny)
	case AbsGrad:
		absGradAVX2(d, x, y, n, nx, ny)
	case ClampGrad:
		clampGradAVX2(d, x, y, n, nx, ny, p, q)
	case SigmoidGrad:
		sigmoidGradAVX2(d, x, y, n, nx, ny)
	case TanhGrad:
		tanhGradAVX2(d, x, y, n, nx, ny)
	case ReLUGrad:
		reluGradAVX2(d, x, y, n, nx, ny)
	case LeakyReLUGrad:
		leakyReLUGradAVX2(d, x, y, n, nx, ny, p)
	case ELUGrad:
		eluGradAVX2(d, x, y, n, nx, ny, p)
	case SiLUGrad:
		siluGradAVX2(d, x, y, n, nx, ny)
	case GELUGrad:
		geluGradAVX2(d, x, y, n, nx, ny)
	case GELUTanhGrad:
		geluTanhGradAVX2(d, x, y, n, nx, ny)
	case SoftplusGrad:
		softplusGradAVX2(d, x, y, n, nx, ny)
	default:
		return false
	}
	return true
}
