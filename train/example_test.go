package train_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/viz"
)

// The program of the README, on fewer images.
func Example() {
	if err := learn(); err != nil {
		fmt.Println(err)
	}
	// Output: (200, 10)
}

func learn() error {
	model := cnn.NewLeNet5(10)           // initialised by (seed 0, parameter name)
	digits := data.DigitsN(0, 1000, 200) // generated images
	trainer := train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{LR: 1e-3})
	for epoch := range 2 {
		for batch := range digits.Train.Batches(64, epoch) {
			if _, err := trainer.Step(batch.X, batch.Y); err != nil { // compiles on the first batch
				return err
			}
		}
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := model.Params().Save(filepath.Join(dir, "lenet5.safetensors")); err != nil { // names are PyTorch's
		return err
	}
	logits, err := nn.NewPredictor(model).Predict(digits.Test.X) // evaluation graph, any batch size
	if err != nil {
		return err
	}
	fmt.Println(logits.Shape)
	return nil
}

// The same by hand, with the tape and a drawing.
func Example_byHand() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	model := cnn.NewLeNet5(10)
	g := &graph.Graph{Mode: graph.Train, Seed: 1}
	x, y := g.Input("x", 16, 1, 28, 28), g.Indices("y", 16)
	loss := ops.CrossEntropy(model.Forward(x), y)
	grads := graph.Gradients(loss, g.Trainable()...)
	prog, err := g.Compile(append(grads, loss)...)
	if err != nil {
		fmt.Println(err)
		return
	}
	prog.Set(x, make([]float32, 16*28*28))
	prog.Set(y, make([]int, 16))
	if err := prog.Run(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(prog.Value(grads[0]).Shape, len(prog.Instructions()))
	fmt.Println(viz.WriteFile(filepath.Join(dir, "lenet5.svg"), g, viz.Options{Backward: true}))
	// Output:
	// (6, 1, 5, 5) 35
	// <nil>
}
