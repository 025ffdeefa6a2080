package train_test

import (
	"context"
	"fmt"
	"log"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Data of one's own: points of a square, and on which side of its diagonal they are. docs/training.md has the same
// lines, which a test compares.
func Example_ownData() {
	const n = 400
	x, y := make([]float32, 2*n), make([]int64, n) // row i of x is example i
	random := nn.NewRand(1, "points")
	for i := range y {
		a, b := random.Float64(), random.Float64()
		x[2*i], x[2*i+1] = float32(a), float32(b)
		if a > b {
			y[i] = 1
		}
	}
	all := data.Split{X: graph.FromFloat32(x, n, 2), Y: graph.FromInt64(y, n)}
	learn, test := all.Divide(.8, 1) // 320 examples at random, by seed 1, and the other 80
	model := mlp.New(2, 16, 2)       // 2 features, 16 hidden units, 2 classes
	fit := train.Fit{
		Trainer: train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{LR: .01}),
		Train:   learn.Shuffled(32), // 10 batches, in another order each epoch
		Test:    test.Ordered(80),
		Metrics: []train.Metric{train.Accuracy()},
		Epochs:  30,
	}
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("accuracy above .9:", result.Scores.Metrics["accuracy"] > .9)
	// Output: accuracy above .9: true
}
