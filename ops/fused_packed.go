// This file holds the two ops of a convolution whose weights are constant: one packs the weights, once, and one
// multiplies.

package ops

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/conv"
)

// packConv packs weights for the kernels of one convolution.
type packConv struct {
	graph.NoRule
	conv conv.Conv
}

func (packConv) String() string { return "pack-weights" }

func (o packConv) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: graph.Float32, Shape: graph.Shape{o.conv.PackedWeights()}}}, nil
}

func (o packConv) Eval(dst, in []graph.Tensor) error {
	conv.PackConv(o.conv, dst[0].F32, in[0].F32)
	return nil
}

func (packConv) Draw([]graph.Type) (graph.Role, string) { return graph.RoleView, "Pack weights" }

// packedConv is a convolution with packed weights.
type packedConv struct {
	graph.NoRule
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
