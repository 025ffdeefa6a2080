// This file holds SpectralNorm, a weight that is divided by its largest singular value, and layers with such weights.

package nn

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// SpectralNorm is a weight divided by its largest singular value, as a matrix with a row for each output. So the
// product with the weight makes no vector longer:
//
//	w = orig/σ        σ = uᵀ·orig·v
//
// u and v approximate the singular vectors of σ. They are saved with the weight, and gradients treat them as
// constants. In a Train graph each use of the layer first improves them by one step of the power iteration:
//
//	v ← origᵀ·u/‖origᵀ·u‖        u ← orig·v/‖orig·v‖
//
// An Eval graph does not change them. Names are those of PyTorch's spectral_norm: weight_orig, weight_u, weight_v. See
// Miyato, Kataoka, Koyama and Yoshida, "Spectral normalization for generative adversarial networks", ICLR 2018.
type SpectralNorm struct {
	Orig *graph.Param // (out, …)
	U    *graph.Param // (out)
	V    *graph.Param // (…), flattened
}

func newSpectralNorm(s *Scope, init Init, shape ...int) *SpectralNorm {
	return &SpectralNorm{
		Orig: s.Param("weight_orig", init, shape...),
		U:    s.Buffer("weight_u", direction, shape[0]),
		V:    s.Buffer("weight_v", direction, graph.Shape(shape[1:]).Size()),
	}
}

// direction draws a vector of length 1 whose direction is uniform.
func direction(dst graph.Tensor, r *Rand) {
	Normal(1)(dst, r)
	sum := 0.
	for i := range dst.Shape.Size() {
		sum += dst.At(i) * dst.At(i)
	}
	length := math.Sqrt(sum)
	for i := range dst.F32 {
		dst.F32[i] = float32(float64(dst.F32[i]) / length)
	}
	for i := range dst.F64 {
		dst.F64[i] /= length
	}
}

// Forward adds the weight, of the shape of Orig, to a graph.
func (n *SpectralNorm) Forward(g *graph.Graph) graph.Node {
	w := g.Param(n.Orig)
	rows := ops.Flatten(w, 1)          // (out, M)
	u, v := g.Param(n.U), g.Param(n.V) // (out), (M)
	if g.Mode == graph.Train {
		fixed := ops.StopGradient(rows)
		g.Revise(u, func(old graph.Node) graph.Node {
			v = unit(ops.MatMulT(column(old), fixed, true, false)) // (1, M)
			u = unit(ops.MatMulT(fixed, v, false, true))           // (out, 1)
			return ops.Flatten(u, 0)
		})
		g.Revise(g.Param(n.V), func(graph.Node) graph.Node { return ops.Flatten(v, 0) })
	}
	sigma := ops.MatMulT(column(u), ops.MatMul(rows, column(v)), true, false) // (1, 1)
	return ops.Div(w, ops.Reshape(sigma))
}

// column is a vector as a matrix of one column.
func column(v graph.Node) graph.Node { return ops.Reshape(v, -1, 1) }

// unit is x divided by its length, or by 10⁻¹² if the length is less, as in PyTorch.
func unit(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	return ops.Div(x, ops.Maximum(ops.Norm(x, 2), x.Graph().Scalar(1e-12)))
}

// SpectralLinear is a [Linear] with a weight of [SpectralNorm].
type SpectralLinear struct {
	Weight *SpectralNorm // (out, in)
	Bias   *graph.Param  // (out), nil without
	scope  *Scope
}

// NewSpectralLinear makes a layer from in to out features with PyTorch's initial values, U(±1/√in).
func NewSpectralLinear(s *Scope, in, out int, opt ...Affine) *SpectralLinear {
	s.sizes("NewSpectralLinear", "in out", in, out)
	l := &SpectralLinear{scope: s}
	l.Weight, l.Bias = s.spectral("NewSpectralLinear", opt, fanInUniform(in), out, in)
	return l
}

// Forward maps x (…, in) to (…, out).
func (l *SpectralLinear) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer l.scope.open(g)()
	return ops.Linear(x, l.Weight.Forward(g), optional(g, l.Bias))
}

// SpectralConv2D is a [Conv2D] with a weight of [SpectralNorm].
type SpectralConv2D struct {
	Weight  *SpectralNorm // (out, in/groups, K, K)
	Bias    *graph.Param  // (out), nil without
	Options ops.Conv
	scope   *Scope
}

// NewSpectralConv2D makes a convolution from in to out channels with a square kernel and PyTorch's initial values.
func NewSpectralConv2D(s *Scope, in, out, kernel int, opt ops.Conv, affine ...Affine) *SpectralConv2D {
	checkConv(s, "NewSpectralConv2D", in, out, kernel, kernel, opt)
	fan := in / groups(opt)
	usual := fanInUniform(fan, kernel, kernel)
	c := &SpectralConv2D{Options: opt, scope: s}
	c.Weight, c.Bias = s.spectral("NewSpectralConv2D", affine, usual, out, fan, kernel, kernel)
	return c
}

// Forward maps x (N, in, H, W) to (N, out, OH, OW).
func (c *SpectralConv2D) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer c.scope.open(g)()
	return ops.Conv2D(x, c.Weight.Forward(g), optional(g, c.Bias), c.Options)
}

// spectral is affine with a weight of SpectralNorm.
func (s *Scope) spectral(constructor string, opts []Affine, usual Init,
	shape ...int) (w *SpectralNorm, b *graph.Param) {
	if len(opts) > 1 {
		s.refuse(constructor, "there are %d Affine, want at most one", len(opts))
	}
	weight, bias, without := usual, usual, false
	for _, opt := range opts {
		without = opt.NoBias
		if opt.Weight != nil {
			weight = opt.Weight
		}
		if opt.Bias != nil {
			bias = opt.Bias
		}
	}
	w = newSpectralNorm(s, weight, shape...)
	if !without {
		b = s.Param("bias", bias, shape[0])
	}
	return w, b
}
