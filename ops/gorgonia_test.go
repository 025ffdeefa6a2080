package ops_test

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// A layer in Gorgonia's words, imported as it is, and by our ops, which the compiler joins.
func ExampleForGorgonia() {
	e := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(e, tensor.Float32, gorgonia.WithName("x"), gorgonia.WithShape(2, 3))
	w := gorgonia.NewMatrix(e, tensor.Float32, gorgonia.WithName("w"), gorgonia.WithShape(3, 4),
		gorgonia.WithInit(gorgonia.Zeroes()))
	b := gorgonia.NewMatrix(e, tensor.Float32, gorgonia.WithName("b"), gorgonia.WithShape(2, 4),
		gorgonia.WithInit(gorgonia.Ones()))
	h := gorgonia.Must(gorgonia.Add(gorgonia.Must(gorgonia.Mul(x, w)), b))
	y := gorgonia.Must(gorgonia.Tanh(h))

	for _, opt := range []graph.ImportOptions{{}, {Replace: ops.ForGorgonia}} {
		g, err := graph.FromGorgonia(e, opt)
		if err != nil {
			fmt.Println(err)
			return
		}
		prog, err := g.Compile(g.NodeOf(y))
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, in := range prog.Instructions() {
			fmt.Println(in)
		}
	}
	// Output:
	// %3 = gorgonia.Mul A × B x, w : float32 (2, 4)
	// %4 = gorgonia.Add %3, b : float32 (2, 4)
	// %5 = gorgonia.Tanh %4 : float32 (2, 4)
	// %4 = matmul+add x, w, b : float32 (2, 4)
	// %5 = tanh %4 : float32 (2, 4)
}
