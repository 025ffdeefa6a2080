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

// Forward normalises x. In a Train graph it uses the statistics of the batch, and updates the running statistics; in
// an Eval graph it uses the running statistics.
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
	return &LayerNorm{Weight: s.Param("weight", Ones, shape...), Bias: s.Param("bias", Zeros, shape...),
		Eps: 1e-5, scope: s}
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
	return &GroupNorm{Weight: s.Param("weight", Ones, channels), Bias: s.Param("bias", Zeros, channels),
		Groups: groups, Eps: 1e-5, scope: s}
}

// Forward keeps the shape of x (N, C, …).
func (l *GroupNorm) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer l.scope.open(g)()
	return ops.GroupNorm(x, l.Groups, g.Param(l.Weight), g.Param(l.Bias), l.Eps)
}

// InstanceNorm normalises each plane of each example: it is [ops.GroupNorm] with one channel in each group, PyTorch's
// InstanceNorm2d.
type InstanceNorm struct {
	Weight, Bias            *graph.Param // (C), nil without
	RunningMean, RunningVar *graph.Param // (C), nil without
	Batches                 *graph.Param // stays 0, as in PyTorch; nil without running statistics
	Channels                int
	Eps, Momentum           float64
	scope                   *Scope
}

// InstanceNormOptions are the options of [NewInstanceNorm2D]. The zero value, which may be left out, is PyTorch's
// default: a layer without parameters.
type InstanceNormOptions struct {
	Affine  bool // a weight and a shift for each channel
	Running bool // an Eval graph normalises by running means of the statistics of training
}

// NewInstanceNorm2D makes the layer for x (N, C, H, W), with PyTorch's constants: ε 1e-5, momentum 0.1.
func NewInstanceNorm2D(s *Scope, channels int, opt ...InstanceNormOptions) *InstanceNorm {
	s.must("NewInstanceNorm2D").sizes("NewInstanceNorm2D", "channels", channels)
	if len(opt) > 1 {
		s.refuse("NewInstanceNorm2D", "there are %d InstanceNormOptions, want at most one", len(opt))
	}
	l := &InstanceNorm{Channels: channels, Eps: 1e-5, Momentum: .1, scope: s}
	if len(opt) == 1 && opt[0].Affine {
		l.Weight, l.Bias = s.Param("weight", Ones, channels), s.Param("bias", Zeros, channels)
	}
	if len(opt) == 1 && opt[0].Running {
		l.RunningMean = s.Buffer("running_mean", Zeros, channels)
		l.RunningVar = s.Buffer("running_var", Ones, channels)
		l.Batches = s.Counter("num_batches_tracked")
	}
	return l
}

// Forward keeps the shape of x (N, C, H, W). It is an error if x has another number of channels, or if planes of one
// element are normalised by their own statistics, since their variance is 0.
func (l *InstanceNorm) Forward(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	g := x.Graph()
	defer l.scope.open(g)()
	running := l.RunningMean != nil && g.Mode == graph.Eval
	switch {
	case x.Rank() != 4 || x.Dim(1) != l.Channels:
		return graph.Failf("instance-norm", []graph.Node{x}, "x has shape %v, want (N, %d, H, W)", x.Shape(),
			l.Channels)
	case running:
		return ops.BatchNorm(x, optional(g, l.Weight), optional(g, l.Bias), g.Param(l.RunningMean),
			g.Param(l.RunningVar), ops.BatchNormOptions{Eps: l.Eps})
	case x.Dim(2)*x.Dim(3) == 1:
		return graph.Failf("instance-norm", []graph.Node{x},
			"planes of one element have no variance to divide by")
	}
	y := ops.GroupNorm(x, l.Channels, optional(g, l.Weight), optional(g, l.Bias), l.Eps)
	if l.RunningMean != nil {
		g.InPhase(graph.Update, func() {
			l.follow(l.RunningMean, ops.Mean(x, 2, 3))
			l.follow(l.RunningVar, ops.Var(x, 1, 2, 3))
		})
	}
	return y
}

// follow moves a running statistic towards the mean of the statistics of the examples (N, C).
func (l *InstanceNorm) follow(p *graph.Param, each graph.Node) {
	g := each.Graph()
	g.Revise(g.Param(p), func(old graph.Node) graph.Node {
		return ops.Add(ops.Scale(old, 1-l.Momentum), ops.Scale(ops.Mean(each, 0), l.Momentum))
	})
}
