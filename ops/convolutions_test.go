package ops_test

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// A convolution over two axes is found, its transposed one too, and one over one axis is not.
func ExampleConvolutionsIn() {
	s := nn.NewScope()
	g := &graph.Graph{}
	x := ops.ReLU(nn.NewConv2D(s.Sub("conv1"), 1, 6, 5, ops.Conv{}).Forward(g.Input("x", 1, 1, 28, 28)))
	nn.NewConvTranspose2D(s.Sub("up"), 6, 3, 2, ops.Conv{Stride: 2}).Forward(x)
	nn.NewConv1D(s.Sub("text"), 8, 4, 3, ops.Conv{}).Forward(g.Input("text", 1, 8, 20))
	for _, c := range ops.ConvolutionsIn(g) {
		fmt.Println(c.Layer, c.X.Shape(), c.Weight.Shape(), c.Y.Shape())
	}
	// Output:
	// conv1 (1, 1, 28, 28) (6, 1, 5, 5) (1, 6, 24, 24)
	// up (1, 6, 24, 24) (6, 3, 2, 2) (1, 3, 48, 48)
}
