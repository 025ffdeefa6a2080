// This file holds Linear, the fully connected layer.

package nn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Linear is the affine map y = x·wᵀ + b of the last axis.
type Linear struct {
	Weight *graph.Param // (out, in)
	Bias   *graph.Param // (out), nil without
	scope  *Scope
}

// NewLinear makes a layer from in to out features with PyTorch's initial values, U(±1/√in).
func NewLinear(s *Scope, in, out int) *Linear {
	l := newLinear(s, "NewLinear", in, out)
	l.Bias = s.Param("bias", fanInUniform(in), out)
	return l
}

// NewLinearNoBias makes a layer without bias: y = x·wᵀ.
func NewLinearNoBias(s *Scope, in, out int) *Linear {
	return newLinear(s, "NewLinearNoBias", in, out)
}

func newLinear(s *Scope, constructor string, in, out int) *Linear {
	s.sizes(constructor, "in out", in, out)
	return &Linear{Weight: s.Param("weight", fanInUniform(in), out, in), scope: s}
}

// Forward maps x (…, in) to (…, out).
func (l *Linear) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer l.scope.open(g)()
	return ops.Linear(x, g.Param(l.Weight), optional(g, l.Bias))
}

// optional is the node of p, or the zero Node where a layer does without.
func optional(g *graph.Graph, p *graph.Param) graph.Node {
	if p == nil {
		return graph.Node{}
	}
	return g.Param(p)
}
