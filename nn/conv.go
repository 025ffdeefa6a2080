// This file holds the convolution layers.

package nn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Conv2D is the two-dimensional convolution, see [ops.Conv2D].
type Conv2D struct {
	Weight  *graph.Param // (out, in/groups, KH, KW)
	Norm    *WeightNorm  // in place of Weight, which is nil then; see Affine
	Bias    *graph.Param // (out), nil without
	Options ops.Conv
	scope   *Scope
}

// NewConv2D makes a convolution from in to out channels with a square kernel and PyTorch's
// initial values, U(±1/√fan_in) with fan_in = in/groups·kernel².
func NewConv2D(s *Scope, in, out, kernel int, opt ops.Conv, affine ...Affine) *Conv2D {
	return newConv2D(s, "NewConv2D", in, out, kernel, kernel, opt, affine)
}

// NewConv2DRect is [NewConv2D] with a kernel of kh rows and kw columns.
func NewConv2DRect(s *Scope, in, out, kh, kw int, opt ops.Conv, affine ...Affine) *Conv2D {
	return newConv2D(s, "NewConv2DRect", in, out, kh, kw, opt, affine)
}

func newConv2D(s *Scope, constructor string, in, out, kh, kw int, opt ops.Conv, affine []Affine) *Conv2D {
	checkConv(s, constructor, in, out, kh, kw, opt)
	fan := in / groups(opt)
	c := &Conv2D{Options: opt, scope: s}
	c.Weight, c.Norm, c.Bias = s.affine(constructor, affine, fanInUniform(fan, kh, kw), out, out, fan, kh, kw)
	return c
}

func groups(opt ops.Conv) int { return max(opt.Groups, 1) }

// checkConv checks the sizes and groups of a convolution. [ops.Conv2D] checks the other options when the layer is
// used.
func checkConv(s *Scope, constructor string, in, out, kh, kw int, opt ops.Conv) {
	s.sizes(constructor, "in out kernel kernel", in, out, kh, kw)
	s.divides(constructor, "groups", opt.Groups, "in out", in, out)
}

// Forward maps x (N, in, H, W) to (N, out, OH, OW).
func (c *Conv2D) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer c.scope.open(g)()
	return ops.Conv2D(x, weightOf(g, c.Weight, c.Norm), optional(g, c.Bias), c.Options)
}

// Conv1D is the one-dimensional convolution, see [ops.Conv1D].
type Conv1D struct {
	Weight  *graph.Param // (out, in/groups, K)
	Norm    *WeightNorm  // in place of Weight, which is nil then; see Affine
	Bias    *graph.Param // (out), nil without
	Options ops.Conv
	scope   *Scope
}

// NewConv1D makes a convolution from in to out channels with PyTorch's initial values.
func NewConv1D(s *Scope, in, out, kernel int, opt ops.Conv, affine ...Affine) *Conv1D {
	checkConv(s, "NewConv1D", in, out, kernel, 1, opt)
	fan := in / groups(opt)
	c := &Conv1D{Options: opt, scope: s}
	c.Weight, c.Norm, c.Bias = s.affine("NewConv1D", affine, fanInUniform(fan, kernel), out, out, fan, kernel)
	return c
}

// Forward maps x (N, in, T) to (N, out, OT).
func (c *Conv1D) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer c.scope.open(g)()
	return ops.Conv1D(x, weightOf(g, c.Weight, c.Norm), optional(g, c.Bias), c.Options)
}

// ConvTranspose2D is the transposed convolution, see [ops.ConvTranspose2D].
type ConvTranspose2D struct {
	Weight  *graph.Param // (in, out/groups, K, K)
	Norm    *WeightNorm  // in place of Weight, which is nil then; see Affine
	Bias    *graph.Param // (out), nil without
	Options ops.Conv
	scope   *Scope
}

// NewConvTranspose2D makes a transposed convolution from in to out channels with PyTorch's initial values, U(±1/√fan),
// where fan is that of the second axis of the weight: out/groups·kernel².
func NewConvTranspose2D(s *Scope, in, out, kernel int, opt ops.Conv, affine ...Affine) *ConvTranspose2D {
	checkConv(s, "NewConvTranspose2D", in, out, kernel, kernel, opt)
	fan := out / groups(opt)
	usual := fanInUniform(fan, kernel, kernel)
	c := &ConvTranspose2D{Options: opt, scope: s}
	c.Weight, c.Norm, c.Bias = s.affine("NewConvTranspose2D", affine, usual, out, in, fan, kernel, kernel)
	return c
}

// Forward maps x (N, in, H, W) to (N, out, OH, OW).
func (c *ConvTranspose2D) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer c.scope.open(g)()
	return ops.ConvTranspose2D(x, weightOf(g, c.Weight, c.Norm), optional(g, c.Bias), c.Options)
}
