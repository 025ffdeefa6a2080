package conv

// Pointwise convolutions in float32 with packed weights: the weights (K, C) times each image (C, windows).

import "github.com/stheno-ml/stheno/internal/kernel/gemm"

// Bounds are variables, so that tests can use this way for small shapes.
var (
	rowsPanels   = 4  // an image has more panels of windows than so many: products of fewer copy none of the weights
	rowsChannels = 32 // channels of x at least
)

// rowsPacked is how many numbers the weights take, or 0 if products copy none of them.
func (c *Conv) rowsPacked() int {
	windows := c.OH * c.OW
	if c.Groups > 1 || windows <= rowsPanels*gemm.MicroFor(windows).Width || c.C < rowsChannels {
		return 0
	}
	return gemm.PackedA(c.K, windows, c.C)
}

// rowsForward computes y from packed weights.
func (c *Conv) rowsForward(y, x, b, packed []float32) {
	windows := c.OH * c.OW
	product := gemm.Product[float32]{M: c.K, N: windows, K: c.C, Batch: c.N, A: gemm.Rows[float32](nil, c.C),
		B: gemm.Rows(x, windows).Every(c.C * windows), C: gemm.Rows(y, windows).Every(c.K * windows), Alpha: 1}
	if b != nil {
		product.Bias, product.BiasByRow, product.Beta = b, true, 1
	}
	gemm.MultiplyByRows(&product, packed)
}
