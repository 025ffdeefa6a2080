// This file holds LocalResponseNorm, the normalisation of AlexNet.

package ops

import (
	"github.com/stheno-ml/stheno/graph"
)

// ResponseNorm are the options of [LocalResponseNorm]. The zero value is PyTorch's usual one.
type ResponseNorm struct {
	Alpha float64 // 10⁻⁴ if 0, see [Zero]
	Beta  float64 // ¾ if 0, see [Zero]
	K     float64 // 1 if 0, see [Zero]
}

// LocalResponseNorm divides each element of x (N, C, …) by a function of the same place in neighbouring channels:
//
//	y[n,c,…] = x[n,c,…]/(k + alpha/size·Σ_i x[n,i,…]²)^beta        i from c - ⌊size/2⌋ to c + ⌊(size-1)/2⌋
//
// Channels outside of x count as 0, as in PyTorch. The paper does not divide by the size, so the paper's alpha of 10⁻⁴
// with a size of 5 is 5·10⁻⁴ here; its k is 2. It is an error if x has fewer than three axes, or size is below 1. See
// Krizhevsky, Sutskever and Hinton 2012.
func LocalResponseNorm(x graph.Node, size int, opt ResponseNorm) graph.Node {
	if !x.Valid() {
		return x
	}
	const name = "local-response-norm"
	in := []graph.Node{x}
	if x.Rank() < 3 {
		return graph.Failf(name, in, "x has rank %d, want (N, C, …) of three axes at least", x.Rank())
	}
	if err := allowed("window", size); err != nil {
		return graph.Fail(name, in, err)
	}
	for _, o := range []struct {
		name string
		v    float64
	}{{"alpha", opt.Alpha}, {"response.beta", opt.Beta}, {"k", opt.K}} {
		if err := heldOrZero(x.DType(), o.name, o.v); err != nil {
			return graph.Fail(name, in, err)
		}
	}
	n, c := x.Dim(0), x.Dim(1)
	before := min(size/2, c) // there are no more than c
	after := min((size-1)/2, c)
	squares := Reshape(Square(x), n, c, -1)                            // (N, C, rest)
	squares = Pad(squares, []int{0, before, 0}, []int{0, after, 0}, 0) // (N, C + before + after, rest)
	squares = Reshape(squares, n, 1, c+before+after, -1)
	count := 1 + before + after
	sums := AvgPool2D(squares, Pool{SizeHW: [2]int{count, 1}, StrideHW: [2]int{1, 1}}) // (N, 1, C, rest)
	scale := Scale(sums, float64(count)/float64(size)*orDefault(opt.Alpha, 1e-4))
	scale = AddScalar(scale, orDefault(opt.K, 1))
	return Mul(x, Reshape(PowScalar(scale, -orDefault(opt.Beta, .75)), x.Shape()...))
}
