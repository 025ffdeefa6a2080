// This file holds what models of texts have in common.

package transformer

import (
	"fmt"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// sizes panics unless each size is at least 1. The names are those of the fields.
func sizes(constructor, names string, values ...int) {
	for i, name := range strings.Fields(names) {
		if values[i] < 1 {
			panic(fmt.Sprintf("transformer.%s: %s is %d, want at least 1", constructor, name, values[i]))
		}
	}
}

// checkText reports an x that is no (N, T) with T up to the context.
func checkText(x graph.Node, context int) error {
	switch {
	case x.Rank() != 2:
		return fmt.Errorf("x has %d axes, want (N, T)", x.Rank())
	case x.Dim(1) > context:
		return fmt.Errorf("x has %d positions, want at most the Context of %d", x.Dim(1), context)
	}
	return nil
}

// firstRows is the first n rows of a table (n, D).
func firstRows(g *graph.Graph, table *nn.Embedding, n int) graph.Node {
	return ops.Slice(g.Param(table.Weight), 0, 0, n, 1)
}
