// This file holds the ops that convolutions are divided into when their weights are constant.

package ops

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/conv"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Prepare packs the weights.
func (o convolve) Prepare(in []graph.Type, held []bool) (graph.Preparation, bool) {
	c := o.of(in)
	if !held[1] || in[1].DType != graph.Float32 || c.PackedWeights() == 0 {
		return graph.Preparation{}, false
	}
	return graph.Preparation{Op: packConv{c}, From: []int{1}, Rest: packedConv{o.window, c}}, true
}

// Prepare scales the weights and packs them.
func (o convNorm) Prepare(in []graph.Type, held []bool) (graph.Preparation, bool) {
	p := graph.Preparation{Op: foldConv{o}, Rest: o.conv}
	for i := range in[1:] {
		if !held[1+i] {
			return graph.Preparation{}, false
		}
		p.From = append(p.From, 1+i)
	}
	if c := o.conv.of(in); in[1].DType == graph.Float32 && c.PackedWeights() > 0 {
		p.Op, p.Rest = packNorm{o, c}, packedConv{o.conv.window, c}
	}
	return p, true
}

// Prepare is that of the op.
func (o epilogue) Prepare(in []graph.Type, held []bool) (graph.Preparation, bool) {
	p, ok := o.op.(graph.Preparer)
	if !ok {
		return graph.Preparation{}, false
	}
	d, ok := p.Prepare(in[:o.operands], held[:o.operands])
	if !ok {
		return graph.Preparation{}, false
	}
	var from []graph.Type
	for _, k := range d.From {
		from = append(from, in[k])
	}
	results, err := d.Op.Types(from)
	if err != nil {
		return graph.Preparation{}, false
	}
	o.op, o.operands = d.Rest, o.operands-len(d.From)+len(results)
	d.Rest = o
	return d, true
}

// packConv lays weights out for the kernels of one convolution.
type packConv struct{ conv conv.Conv }

func (packConv) String() string { return "pack-weights" }

func (o packConv) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: graph.Float32, Shape: graph.Shape{o.conv.PackedWeights()}}}, nil
}

func (packConv) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil } // it is made after the gradients

func (o packConv) Eval(dst, in []graph.Tensor) error {
	conv.PackConv(o.conv, dst[0].F32, in[0].F32)
	return nil
}

func (packConv) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "Pack weights" }

// packedConv is the convolution with such weights.
type packedConv struct {
	window
	conv conv.Conv
}

func (o packedConv) String() string { return convName("conv", o.axes) + o.attributes() + " packed" }

func (o packedConv) Types(in []graph.Type) ([]graph.Type, error) {
	c := o.conv
	if x := in[0].Shape; x.Size() != c.N*c.C*c.H*c.W || x[0] != c.N {
		return nil, fmt.Errorf("the weights were packed for %d images of %d×%d×%d, not %v", c.N, c.C, c.H, c.W, x)
	}
	return []graph.Type{{DType: graph.Float32, Shape: o.shape(c.N, c.K, [2]int{c.OH, c.OW})}}, nil
}

func (packedConv) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil } // it is made after the gradients

func (o packedConv) Eval(dst, in []graph.Tensor) error {
	var b []float32
	if len(in) > 2 {
		b = in[2].F32
	}
	conv.ConvForwardPacked(o.conv, dst[0].F32, in[0].F32, in[1].F32, b)
	return nil
}

func (packedConv) Operands() string                              { return "x w b" }
func (o packedConv) Flops([]graph.Type) (products, others int64) { return convFlops(o.conv) }
func (o packedConv) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleLinear, fmt.Sprintf("Conv%dD %s", o.axes, by(o.axes, [2]int{o.conv.KH, o.conv.KW}))
}

// foldConv is the weights and the shift of a convolution that includes a normalisation.
type foldConv struct{ of convNorm }

func (o foldConv) String() string { return "fold-weights" }

func (o foldConv) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{in[0], {DType: in[0].DType, Shape: in[0].Shape[:1]}}, nil
}

func (foldConv) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil } // it is made after the gradients

func (o foldConv) Eval(dst, in []graph.Tensor) error {
	if dst[0].DType == graph.Float32 {
		foldNorm(o.of, dst[0].F32, dst[1].F32, in)
	} else {
		foldNorm(o.of, dst[0].F64, dst[1].F64, in)
	}
	return nil
}

func (foldConv) Draw([]graph.Type) (graph.Role, string) { return graph.RoleNorm, "Fold weights" }

// foldNorm computes weights and shift from all operands of a convNorm but the first.
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
	of   convNorm
	conv conv.Conv
}

func (o packNorm) String() string { return "fold-weights packed" }

func (o packNorm) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: graph.Float32, Shape: graph.Shape{o.conv.PackedWeights()}},
		{DType: graph.Float32, Shape: in[0].Shape[:1]}}, nil
}

func (packNorm) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil } // it is made after the gradients

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
