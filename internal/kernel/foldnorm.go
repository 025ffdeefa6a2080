package kernel

import "math"

// FoldNorm makes the weights and the bias of a convolution that includes a normalisation after it, which are for
// w (K, …) and everything else (K)
//
//	dst[k] = s[k]·w[k]    shift[k] = s[k]·(b[k] - mean[k]) + offset[k]    s = scale/√(variance + eps)
//
// where a nil b or offset is 0, a nil scale 1.
func FoldNorm[T Float](dst, shift, w, b, mean, variance, scale, offset []T, eps float64) {
	size := len(w) / len(shift)
	for k := range shift {
		s, t := 1/math.Sqrt(float64(variance[k])+eps), -float64(mean[k])
		if scale != nil {
			s *= float64(scale[k])
		}
		if b != nil {
			t += float64(b[k])
		}
		t *= s
		if offset != nil {
			t += float64(offset[k])
		}
		shift[k] = T(t)
		unary(MulScalar, dst[k*size:(k+1)*size], w[k*size:(k+1)*size], T(s), 0)
	}
}
