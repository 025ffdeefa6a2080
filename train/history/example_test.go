package history_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/history"
)

// A history is rows of plain numbers, which are written as a table and read again.
func ExampleRows() {
	_, fit := lineFit(2)
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	h := result.History
	for i := range h {
		h[i].Seconds = 0 // which differ
	}
	var table strings.Builder
	if err := h.WriteCSV(&table); err != nil {
		log.Fatal(err)
	}
	fmt.Print(table.String())
	again, err := history.ReadCSV(strings.NewReader(table.String()))
	fmt.Println(len(again), "rows", err)
	// Output:
	// epoch,step,lr,seconds,train_loss,test_loss
	// 1,1,0.125,0,21,0.0546875
	// 2,2,0.125,0,0.0546875,0.0008544921875
	// 2 rows <nil>
}

// TensorBoard shows a file whose name has tfevents in it: tensorboard --logdir DIR.
func ExampleRows_WriteFile() {
	dir, remove := folder()
	defer remove()
	_, fit := lineFit(2)
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Print(err)
		return
	}
	for _, name := range []string{"run.csv", "run.jsonl", "events.out.tfevents.run", "run.txt"} {
		err := result.History.WriteFile(filepath.Join(dir, name))
		fmt.Println(name, err == nil)
	}
	// Output:
	// run.csv true
	// run.jsonl true
	// events.out.tfevents.run true
	// run.txt false
}

// lineFit is a training on the points of a line, from zeros.
func lineFit(epochs int) (*mlp.MLP, *train.Fit) {
	x, y := line()
	model := mlp.New(1, 1)
	model.Params().SetInit("", nn.Zeros)
	return model, &train.Fit{
		Trainer: train.New(train.Supervised(model, ops.MSE), &train.SGD{LR: .125}),
		Train:   once(x, y),
		Test:    once(x, y),
		Epochs:  epochs,
	}
}

// folder is a new folder for an example, and what removes it.
func folder() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "train")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

// once is one batch.
func once(x, y graph.Tensor) train.Source { return train.Fixed([]graph.Tensor{x, y}) }

// line holds four points of y = 2x + 1.
func line() (x, y graph.Tensor) {
	return graph.FromFloat32([]float32{0, 1, 2, 3}, 4, 1), graph.FromFloat32([]float32{1, 3, 5, 7}, 4, 1)
}
