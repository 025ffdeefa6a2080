package viz

import (
	"os"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/ops"
)

func TestDumpModels(t *testing.T) {
	dir := os.Getenv("VIZ_OUT")
	if dir == "" {
		t.Skip()
	}
	g := &graph.Graph{Mode: graph.Train}
	x, y := g.Input("x", 64, 1, 28, 28), g.Indices("y", 64)
	loss := ops.CrossEntropy(mlp.New(784, 128, 10).Forward(x), y)
	graph.Gradients(loss, g.Trainable()...)
	if err := WriteFile(dir+"/real-mlp.svg", g, Options{Backward: true, Title: "MLP"}); err != nil {
		t.Fatal(err)
	}
}
