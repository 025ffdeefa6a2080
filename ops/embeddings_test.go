package ops_test

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// The words of a text are looked up, and what is gathered along another axis is not.
func ExampleEmbeddingsIn() {
	s := nn.NewScope()
	g := &graph.Graph{}
	x := g.Indices("x", 1, 3)
	nn.NewEmbedding(s.Sub("words"), 10, 4).Forward(x)
	ops.Gather(g.Input("scores", 5, 10), x, 1)
	for _, e := range ops.EmbeddingsIn(g) {
		fmt.Println(e.Layer, e.Table.Shape(), e.Indices == x, e.Y.Shape())
	}
	// Output: words (10, 4) true (1, 3, 4)
}
