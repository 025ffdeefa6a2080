//go:build !amd64

package gemm

// multiply32 reports whether there is a form for float32 beside the plain one. On these processors there is none.
func multiply32(*Product[float32]) bool { return false }

// PackB32 reports whether there is a form that multiplies by a packed matrix. There is none, so multiplyPacked32 is
// never called.
func PackB32(packed *[]float32, b Matrix[float32], k, n int) bool  { return false }
func multiplyPacked32(product *Product[float32], packed []float32) {}
