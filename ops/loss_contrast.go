// This file holds NTXent, the loss of contrastive learning, made of simpler ops.

package ops

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
)

// NTXent is the normalised, temperature-scaled cross-entropy: each view of an example is to find the example's other
// view among all views of the batch. Row i of a (N, D) and row i of b (N, D) are the views of example i. s holds the
// cosines of all rows with all rows:
//
//	z = [a; b] / ‖·‖        s = z·zᵀ/τ        y = -1/2N Σᵢ ln (e^s[i,j] / Σ_{k≠i} e^s[i,k])        j = i ± N
//
// A row of zeros has the cosine 0 with all rows, as in PyTorch's normalize. When all rows are equal, y is ln(2N-1).
//
// Chen, Kornblith, Norouzi and Hinton, "A simple framework for contrastive learning of visual representations", ICML
// 2020; their code adds up the means over a and over b, which is 2y.
type NTXent struct {
	Temperature float64 // τ > 0; 0 for 1
}

// Loss returns the loss of a and b, of the same shape.
func (o NTXent) Loss(a, b graph.Node) graph.Node { return CrossEntropy(o.Scores(a, b)) }

// Scores returns the logits and the targets whose [CrossEntropy] is the loss. scores (2N, 2N) are the logits of all
// views for each view, -Inf for a view and itself. other (2N) is the number of the other view of the same example.
func (o NTXent) Scores(a, b graph.Node) (scores, other graph.Node) {
	z := o.views(a, b)
	if !z.Valid() {
		return z, z
	}
	g, n := z.Graph(), z.Dim(0)
	own, partner := make([]int64, n), make([]int64, n)
	for i := range n {
		own[i], partner[i] = int64(i), int64((i+n/2)%n)
	}
	i := Cast(g.Constant(graph.FromInt64(own, n)), g.DType)
	itself := Equal(Unsqueeze(i, 1), i)                            // (2N, 2N)
	s := Scale(MatMulT(z, z, false, true), 1/orOne(o.Temperature)) // (2N, 2N)
	return Where(itself, g.Scalar(math.Inf(-1)), s), g.Constant(graph.FromInt64(partner, n))
}

// views are the rows of a and b, divided by their lengths: (2N, D).
func (o NTXent) views(a, b graph.Node) graph.Node {
	const name = "nt-xent"
	in := []graph.Node{a, b}
	if !a.Valid() || !b.Valid() {
		return graph.Failf(name, in, "an operand is no node")
	}
	switch err := held(a.Graph().DType, "temperature", orOne(o.Temperature)); {
	case err != nil:
		return graph.Fail(name, in, err)
	case a.Rank() != 2:
		return graph.Failf(name, in, "a has rank %d, want (N, D)", a.Rank())
	case !a.Shape().Equal(b.Shape()):
		return graph.Failf(name, in, "the shapes differ, and row i of both is of example i")
	}
	z := Concat(0, a, b)
	return Div(z, Maximum(NormKeep(z, 2, 1), z.Graph().Scalar(shortest)))
}

// shortest is the least length that a vector is divided by, as in PyTorch.
const shortest = 1e-12
