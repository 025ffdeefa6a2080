//go:build !amd64

package conv

// convForward32, convBackwardData32 and convBackwardWeights32 convolve in float32 if there is a form for it beside the
// plain one.
func convForward32(c Conv, y, x, w, b, packed []float32) bool { return false }
func convBackwardData32(c Conv, dx, dy, w []float32) bool     { return false }
func convBackwardWeights32(c Conv, dw, x, dy []float32) bool  { return false }

// packedConv32 returns how many numbers packConv32 sets, 0 as there is no form for it.
func packedConv32(c Conv) int                { return 0 }
func packConv32(c Conv, packed, w []float32) {}
