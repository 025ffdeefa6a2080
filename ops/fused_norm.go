// This file holds the op that the compiler makes of a convolution and the normalisation after it, and the ops that
// prepare its weights when they are constant.

package ops

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/conv"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// convNorm is a convolution and a normalisation by given statistics. Both are linear, so the weights are scaled
// instead of the result: with s = w'/√(variance + eps),
//
//	y = (s·w) ∗ x + (s·(b - mean) + b')
//
// Each run scales the weights anew, unless weights and statistics are constant, see Prepare.
type convNorm struct {
	graph.NoRule
	conv convolve
	bias bool // of the convolution
	norm batchNormEval
}

func (o convNorm) operands() int {
	if o.bias {
		return 3
	}
	return 2
}

func (o convNorm) String() string { return o.conv.String() + "+" + o.norm.String() }

func (o convNorm) Types(in []graph.Type) ([]graph.Type, error) {
	types, err := o.conv.Types(in[:o.operands()])
	if err != nil {
		return nil, err
	}
	return o.norm.Types(append(types, in[o.operands():]...))
}

// Scratch is the scaled weights, the shift, and the scratch of the convolution.
func (o convNorm) Scratch(in []graph.Type) []graph.Type {
	shift := graph.Type{DType: in[1].DType, Shape: in[1].Shape[:1]}
	return append([]graph.Type{in[1], shift}, o.conv.Scratch(in)...)
}

func (o convNorm) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalConvNorm[float32], evalConvNorm[float64])
}

func evalConvNorm[T scalar.Float](o convNorm, dst, in []graph.Tensor) error {
	c := o.conv.geometry(in[0].Shape, in[1].Shape, dst[0].Shape)
	w, shift := graph.Floats[T](dst[1]), graph.Floats[T](dst[2])
	foldNorm(o, w, shift, in[1:])
	conv.ConvForward(c, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), w, shift, workspace[T](dst[2:]))
	return nil
}

func (o convNorm) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, operands, next, operand, in)
}

// Draw shows the convolution and the normalisation.
func (o convNorm) Draw(in []graph.Type) (graph.Role, string) {
	role, label := o.conv.Draw(in[:o.operands()])
	_, norm := o.norm.Draw(nil)
	return role, label + " + " + norm
}

// Flops are those of the convolution and of scaling the weights.
func (o convNorm) Flops(in []graph.Type) (products, others int64) {
	products, _ = o.conv.Flops(in)
	return products, int64(in[1].Shape.Size())
}

// Prepare scales the weights and, where the convolution has a packed form, packs them.
func (o convNorm) Prepare(in []graph.Type, held []bool) (graph.Preparation, bool) {
	p := graph.Preparation{Op: foldConv{of: o}, Rest: o.conv}
	for i := range in[1:] {
		if !held[1+i] {
			return graph.Preparation{}, false
		}
		p.From = append(p.From, 1+i)
	}
	if c := o.conv.of(in); in[1].DType == graph.Float32 && c.PackedWeights() > 0 {
		p.Op, p.Rest = packNorm{of: o, conv: c}, packedConv{window: o.conv.window, conv: c}
	}
	return p, true
}

// foldConv computes the weights and the shift of a convNorm. Its operands are those of the convNorm without x.
type foldConv struct {
	graph.NoRule
	of convNorm
}

func (o foldConv) String() string { return "fold-weights" }

func (o foldConv) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{in[0], {DType: in[0].DType, Shape: in[0].Shape[:1]}}, nil
}

func (o foldConv) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalFoldConv[float32], evalFoldConv[float64])
}

func evalFoldConv[T scalar.Float](o foldConv, dst, in []graph.Tensor) error {
	foldNorm(o.of, graph.Floats[T](dst[0]), graph.Floats[T](dst[1]), in)
	return nil
}

func (foldConv) Draw([]graph.Type) (graph.Role, string) { return graph.RoleNorm, "Fold weights" }

// foldNorm computes the weights and the shift of a convNorm. in are its operands without x.
func foldNorm[T scalar.Float](o convNorm, w, shift []T, in []graph.Tensor) {
	var b []T
	if o.bias {
		b = graph.Floats[T](in[1])
	}
	stats := in[o.operands()-1:]
	scale, offset := values[T](o.norm.affine, stats[2:])
	kernel.FoldNorm(w, shift, graph.Floats[T](in[0]), b, graph.Floats[T](stats[0]), graph.Floats[T](stats[1]),
		kernel.Norm[T]{W: scale, B: offset, Eps: o.norm.eps})
}

// packNorm is foldConv with the weights packed.
type packNorm struct {
	graph.NoRule
	of   convNorm
	conv conv.Conv
}

func (o packNorm) String() string { return "fold-weights packed" }

func (o packNorm) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: graph.Float32, Shape: graph.Shape{o.conv.PackedWeights()}},
		{DType: graph.Float32, Shape: in[0].Shape[:1]}}, nil
}

// Scratch is the scaled weights.
func (packNorm) Scratch(in []graph.Type) []graph.Type { return in[:1] }

func (o packNorm) Eval(dst, in []graph.Tensor) error {
	foldNorm(o.of, dst[2].F32, dst[1].F32, in)
	conv.PackConv(o.conv, dst[0].F32, dst[2].F32)
	return nil
}

func (packNorm) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleNorm, "Fold and pack weights"
}
