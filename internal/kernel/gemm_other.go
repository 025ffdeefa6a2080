//go:build !amd64

package kernel

// gemm32 multiplies in float32 if there is a form for it beside the plain one.
func gemm32(batch int, transA, transB bool, m, n, k int, alpha float32, a []float32, lda, strideA int, b []float32, ldb, strideB int, beta float32, bias []float32, byRow bool, c []float32, ldc, strideC int) bool {
	return false
}

// convForward32, convBackwardData32 and convBackwardWeights32 convolve in float32 if there is a form for it beside the plain one.
func convForward32(c Conv, y, x, w, b, packed []float32) bool { return false }
func convBackwardData32(c Conv, dx, dy, w []float32) bool     { return false }
func convBackwardWeights32(c Conv, dw, x, dy []float32) bool  { return false }

// packedConv32 returns how many numbers packConv32 sets, 0 as there is no form for it.
func packedConv32(c Conv) int                { return 0 }
func packConv32(c Conv, packed, w []float32) {}
