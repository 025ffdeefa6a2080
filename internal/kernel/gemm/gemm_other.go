//go:build !amd64

package gemm

// multiply32 multiplies in float32 if there is a form for it beside the plain one.
func multiply32(*Product[float32]) bool { return false }

// PackB32 and multiplyPacked32 multiply by a matrix laid out beforehand if there is a form for that.
func PackB32(packed *[]float32, b Matrix[float32], k, n int) bool  { return false }
func multiplyPacked32(product *Product[float32], packed []float32) {}
