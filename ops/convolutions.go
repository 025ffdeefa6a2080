// This file holds ConvolutionsIn, which finds the convolutions of a graph.

package ops

import "github.com/stheno-ml/stheno/graph"

// Convolved is a convolution over two axes in a layer of a graph. It takes X (N, C, H, W) to Y (N, K, OH, OW) by
// Weight, which is (K, C/groups, KH, KW), or (C, K/groups, KH, KW) when transposed.
type Convolved struct {
	Layer        string
	X, Weight, Y graph.Node
}

// ConvolutionsIn returns the convolutions over two axes in the forward pass of g, those of [ConvTranspose2D] too, in
// the order of the graph, whatever the model.
//
//	g := &graph.Graph{}
//	model.Forward(g.Input("x", 1, 1, 28, 28))
//	for _, c := range ops.ConvolutionsIn(g) {
//		fmt.Println(c.Layer, c.Weight.Shape(), c.Y.Shape()) // conv1 (6, 1, 5, 5) (1, 6, 28, 28)
//	}
func ConvolutionsIn(g *graph.Graph) (all []Convolved) {
	for _, n := range g.Nodes() {
		if n.Kind() != graph.KindOp || n.Phase() != graph.Forward || n.Result() != 0 {
			continue
		}
		axes := 0
		switch o := n.Op().(type) {
		case convolve:
			axes = o.axes
		case convTranspose:
			axes = o.axes
		}
		if axes == 2 {
			in := n.Inputs()
			all = append(all, Convolved{n.Scope(), in[0], in[1], n})
		}
	}
	return all
}
