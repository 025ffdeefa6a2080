// This file holds Highway, a layer made of layers.

package outside

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// Highway mixes what a layer makes of x with x itself, in shares that a gate finds:
//
//	t = σ(gate(x))        y = t·snake(plain(x)) + (1 - t)·x        x, t, y (N, D)
//
// See Srivastava, Greff and Schmidhuber 2015, who let the gates begin nearly closed.
type Highway struct {
	Plain, Gate *nn.Linear // D to D
	scope       *nn.Scope
}

// NewHighway makes the layer of width d. Its parameters are plain.weight, plain.bias, gate.weight and gate.bias.
func NewHighway(s *nn.Scope, d int) *Highway {
	return &Highway{
		Plain: nn.NewLinear(s.Sub("plain"), d, d, nn.Affine{Weight: Orthogonal(1), Bias: nn.Zeros}),
		Gate:  nn.NewLinear(s.Sub("gate"), d, d, nn.Affine{Bias: nn.Constant(-2)}),
		scope: s,
	}
}

// Forward keeps the shape of x (N, D).
func (h *Highway) Forward(x graph.Node) graph.Node {
	defer h.scope.Open(x.Graph())()
	t := ops.Sigmoid(h.Gate.Forward(x))
	y := Snake(h.Plain.Forward(x), 1)
	return ops.Add(x, ops.Mul(t, ops.Sub(y, x)))
}
