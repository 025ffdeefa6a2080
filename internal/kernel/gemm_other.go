//go:build !amd64

package kernel

// multiply32 multiplies in float32 if there is a form for it beside the plain one.
func multiply32(*Product[float32]) bool { return false }

// packB32 and multiplyPacked32 multiply by a matrix laid out beforehand if there is a form for that.
func packB32(packed *[]float32, b Matrix[float32], k, n int) bool  { return false }
func multiplyPacked32(product *Product[float32], packed []float32) {}

// convForward32, convBackwardData32 and convBackwardWeights32 convolve in float32 if there is a form for it beside the
// plain one.
func convForward32(c Conv, y, x, w, b, packed []float32) bool { return false }
func convBackwardData32(c Conv, dx, dy, w []float32) bool     { return false }
func convBackwardWeights32(c Conv, dw, x, dy []float32) bool  { return false }

// packedConv32 returns how many numbers packConv32 sets, 0 as there is no form for it.
func packedConv32(c Conv) int                { return 0 }
func packConv32(c Conv, packed, w []float32) {}
