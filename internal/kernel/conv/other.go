//go:build !amd64

package conv

// convForward32, convBackwardData32 and convBackwardWeights32 report whether there is a form for float32 beside the
// plain one. On these processors there is none.
func convForward32(c Conv, y, x, w, b, packed []float32) bool { return false }
func convBackwardData32(c Conv, dx, dy, w []float32) bool     { return false }
func convBackwardWeights32(c Conv, dw, x, dy []float32) bool  { return false }

// packedConv32 returns 0, since there is no form that packs weights.
func packedConv32(c Conv) int                { return 0 }
func packConv32(c Conv, packed, w []float32) {}
