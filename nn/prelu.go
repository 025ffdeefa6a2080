// This file holds PReLU, an activation with parameters.

package nn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// PReLU is a leaky ReLU whose slopes are learnt, see [ops.PReLU].
type PReLU struct {
	Weight *graph.Param // (C) or (1)
	scope  *Scope
}

// NewPReLU makes the layer with a slope for each channel, or with one slope for all channels if channels is 1. Slopes
// begin at ¼, as in PyTorch.
func NewPReLU(s *Scope, channels int) *PReLU {
	s.sizes("NewPReLU", "channels", channels)
	return &PReLU{Weight: s.Param("weight", Constant(.25), channels), scope: s}
}

// Forward keeps the shape of x (N, C, …).
func (l *PReLU) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer l.scope.open(g)()
	return ops.PReLU(x, g.Param(l.Weight))
}
