// This file holds EmbeddingsIn, which finds what a graph looks up in tables.

package ops

import "github.com/stheno-ml/stheno/graph"

// Embedded is an [Embedding] in a layer of a graph. Y is the rows of Table (V, D) at Indices, which are integers of
// any shape; Y has the axes of Indices and the axis D.
type Embedded struct {
	Layer             string
	Table, Indices, Y graph.Node
}

// EmbeddingsIn returns every [Embedding] in the forward pass of g, in the order of the graph, whatever the model. A
// [Gather] is none.
//
//	g := &graph.Graph{}
//	model.Forward(g.Indices("x", 1, 12))
//	for _, e := range ops.EmbeddingsIn(g) {
//		fmt.Println(e.Layer, e.Table.Shape(), e.Y.Shape()) // wte (65, 128) (1, 12, 128)
//	}
func EmbeddingsIn(g *graph.Graph) (all []Embedded) {
	for _, n := range g.Nodes() {
		if n.Kind() != graph.KindOp || n.Phase() != graph.Forward {
			continue
		}
		if o, ok := n.Op().(take); ok && o.embedding {
			in := n.Inputs()
			all = append(all, Embedded{n.Scope(), in[0], in[1], n})
		}
	}
	return all
}
