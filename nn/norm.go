// This file holds the normalisation layers.

package nn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// BatchNorm normalises each channel over the batch, see [ops.BatchNorm]. It serves x (N, C), (N, C, T) and
// (N, C, H, W): PyTorch's BatchNorm1d and BatchNorm2d.
type BatchNorm struct {
	Weight, Bias            *graph.Param // (C)
	RunningMean, RunningVar *graph.Param // (C)
	Batches                 *graph.Param // how many batches the running statistics have seen
	Options                 ops.BatchNormOptions
	scope                   *Scope
}

// NewBatchNorm1D makes the layer for x (N, C) or (N, C, T), with PyTorch's constants: ε 1e-5, momentum 0.1.
func NewBatchNorm1D(s *Scope, channels int) *BatchNorm {
	return newBatchNorm(s, "NewBatchNorm1D", channels)
}

// NewBatchNorm2D makes the layer for x (N, C, H, W), with PyTorch's constants: ε 1e-5, momentum 0.1.
func NewBatchNorm2D(s *Scope, channels int) *BatchNorm {
	return newBatchNorm(s, "NewBatchNorm2D", channels)
}

func newBatchNorm(s *Scope, constructor string, channels int) *BatchNorm {
	s.sizes(constructor, "channels", channels)
	return &BatchNorm{Weight: s.Param("weight", Ones, channels), Bias: s.Param("bias", Zeros, channels),
		RunningMean: s.Buffer("running_mean", Zeros, channels), RunningVar: s.Buffer("running_var", Ones, channels),
		Batches: s.Counter("num_batches_tracked"), scope: s}
}

// Forward normalises x by the batch in a Train graph, and updates the running statistics; by these in an
// Eval graph.
func (b *BatchNorm) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer b.scope.open(g)()
	y := ops.BatchNorm(x, g.Param(b.Weight), g.Param(b.Bias), g.Param(b.RunningMean), g.Param(b.RunningVar), b.Options)
	if g.Mode == graph.Train && y.Valid() {
		g.InPhase(graph.Update, func() { g.Revise(g.Param(b.Batches), ops.Increment) })
	}
	return y
}

// LayerNorm normalises each row over its last axes, see [ops.LayerNorm].
type LayerNorm struct {
	Weight, Bias *graph.Param // of the shape that is normalised
	Eps          float64
	scope        *Scope
}

// NewLayerNorm makes the layer for last axes of the given shape, with PyTorch's ε 1e-5.
func NewLayerNorm(s *Scope, shape ...int) *LayerNorm {
	if len(shape) == 0 {
		s.refuse("NewLayerNorm", "the shape is (), want at least one axis to normalise over")
	}
	for _, n := range shape {
		s.sizes("NewLayerNorm", "shape", n)
	}
	return &LayerNorm{Weight: s.Param("weight", Ones, shape...), Bias: s.Param("bias", Zeros, shape...), Eps: 1e-5, scope: s}
}

// Forward keeps the shape of x.
func (l *LayerNorm) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer l.scope.open(g)()
	return ops.LayerNorm(x, g.Param(l.Weight), g.Param(l.Bias), l.Eps)
}

// GroupNorm normalises groups of channels of each example, see [ops.GroupNorm].
type GroupNorm struct {
	Weight, Bias *graph.Param // (C)
	Groups       int
	Eps          float64
	scope        *Scope
}

// NewGroupNorm makes the layer, with PyTorch's ε 1e-5.
func NewGroupNorm(s *Scope, groups, channels int) *GroupNorm {
	s.sizes("NewGroupNorm", "groups channels", groups, channels)
	s.divides("NewGroupNorm", "groups", groups, "channels", channels)
	return &GroupNorm{Weight: s.Param("weight", Ones, channels), Bias: s.Param("bias", Zeros, channels), Groups: groups, Eps: 1e-5, scope: s}
}

// Forward keeps the shape of x (N, C, …).
func (l *GroupNorm) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer l.scope.open(g)()
	return ops.GroupNorm(x, l.Groups, g.Param(l.Weight), g.Param(l.Bias), l.Eps)
}
