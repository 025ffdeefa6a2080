//go:build !amd64

package kernel

// gemm32 multiplies in float32 if there is a form for it beside the plain one.
func gemm32(batch int, transA, transB bool, m, n, k int, alpha float32, a []float32, lda, strideA int, b []float32, ldb, strideB int, beta float32, bias []float32, byRow bool, c []float32, ldc, strideC int) bool {
	return false
}

// packB32 and gemmPacked32 multiply by a matrix laid out beforehand if there is a form for that.
func packB32(packed *[]float32, transB bool, n, k int, b []float32, ldb int) bool { return false }
func gemmPacked32(m, n, k int, a []float32, lda int, packed []float32, beta float32, c []float32, ldc int) {
}

// convForward32, convBackwardData32 and convBackwardWeights32 convolve in float32 if there is a form for it beside the plain one.
func convForward32(c Conv, y, x, w, b, packed []float32) bool { return false }
func convBackwardData32(c Conv, dx, dy, w []float32) bool     { return false }
func convBackwardWeights32(c Conv, dw, x, dy []float32) bool  { return false }

// packedConv32 returns how many numbers packConv32 sets, 0 as there is no form for it.
func packedConv32(c Conv) int                { return 0 }
func packConv32(c Conv, packed, w []float32) {}
