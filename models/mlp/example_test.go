package mlp_test

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
)

// The axes of a picture are flattened; the parameters are named as PyTorch would name them.
func ExampleNew() {
	model := mlp.New(784, 128, 10)
	g := &graph.Graph{}
	fmt.Println(model.Forward(g.Input("x", 64, 1, 28, 28)).Shape(), model.Params().Count())
	for p := range model.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape)
	}
	// Output:
	// (64, 10) 101770
	// fc1.weight (128, 784)
	// fc1.bias (128)
	// fc2.weight (10, 128)
	// fc2.bias (10)
}
