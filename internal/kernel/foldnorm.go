package kernel

import (
	"math"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// FoldNorm sets dst and shift to the weights and the bias of a convolution that includes the normalisation after it.
// For weights w (K, …), and all other operands (K), they are
//
//	dst[k] = s[k]·w[k]    shift[k] = s[k]·(b[k] - mean[k]) + offset[k]    s = scale/√(variance + eps)
//
// where p.W is the scale and p.B the offset. A nil b or offset is 0, and a nil scale is 1.
func FoldNorm[T scalar.Float](dst, shift, w, b, mean, variance []T, p Norm[T]) {
	size := len(w) / len(shift)
	for k := range shift {
		s, t := 1/math.Sqrt(float64(variance[k])+p.Eps), -float64(mean[k])
		if p.W != nil {
			s *= float64(p.W[k])
		}
		if b != nil {
			t += float64(b[k])
		}
		t *= s
		if p.B != nil {
			t += float64(p.B[k])
		}
		shift[k] = T(t)
		vector.UnaryRow(vector.MulScalar, dst[k*size:(k+1)*size], w[k*size:(k+1)*size], T(s), 0)
	}
}
