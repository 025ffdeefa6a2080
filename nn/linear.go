// This file holds Linear, the fully connected layer.

package nn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Linear is the affine map y = x·wᵀ + b of the last axis.
type Linear struct {
	Weight *graph.Param // (out, in)
	Norm   *WeightNorm  // in place of Weight, which is nil then; see Affine
	Bias   *graph.Param // (out), nil without
	scope  *Scope
}

// Affine is the options of the layers that add a bias to products with a weight: [Linear] and the convolutions. The
// zero value, which may be left out, has a bias and PyTorch's initial values.
type Affine struct {
	NoBias       bool
	WeightNorm   bool // the weight is learnt as lengths and directions, see WeightNorm
	Weight, Bias Init // initial values; nil for PyTorch's
}

// NewLinear makes a layer from in to out features with PyTorch's initial values, U(±1/√in).
func NewLinear(s *Scope, in, out int, opt ...Affine) *Linear {
	s.sizes("NewLinear", "in out", in, out)
	l := &Linear{scope: s}
	l.Weight, l.Norm, l.Bias = s.affine("NewLinear", opt, fanInUniform(in), out, out, in)
	return l
}

// affine makes a weight of the given shape, with WeightNorm or without, and a bias of the given length, which is nil
// for NoBias. usual is the initial value of both unless the options name another.
func (s *Scope) affine(constructor string, opts []Affine, usual Init, length int, shape ...int) (w *graph.Param,
	norm *WeightNorm, b *graph.Param) {
	if len(opts) > 1 {
		s.refuse(constructor, "there are %d Affine, want at most one", len(opts))
	}
	opt := Affine{}
	if len(opts) == 1 {
		opt = opts[0]
	}
	if opt.Weight == nil {
		opt.Weight = usual
	}
	if opt.Bias == nil {
		opt.Bias = usual
	}
	if opt.WeightNorm {
		norm = newWeightNorm(s, opt.Weight, shape)
	} else {
		w = s.Param("weight", opt.Weight, shape...)
	}
	if !opt.NoBias {
		b = s.Param("bias", opt.Bias, length)
	}
	return w, norm, b
}

// Forward maps x (…, in) to (…, out).
func (l *Linear) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer l.scope.open(g)()
	return ops.Linear(x, weightOf(g, l.Weight, l.Norm), optional(g, l.Bias))
}

// optional is the node of p, or the zero Node if p is nil.
func optional(g *graph.Graph, p *graph.Param) graph.Node {
	if p == nil {
		return graph.Node{}
	}
	return g.Param(p)
}
