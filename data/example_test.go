package data_test

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
)

// A picture becomes a tensor of grey values in [0, 1], here without scaling.
func ExampleReadImage() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	picture := image.NewGray(image.Rect(0, 0, 3, 3))
	picture.SetGray(1, 1, color.Gray{Y: 255}) // a white dot in the middle of a black square
	path := filepath.Join(dir, "dot.png")
	if err := write(path, picture); err != nil {
		log.Print(err)
		return
	}

	x, err := data.ReadImage(path, 3, 3)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(x)

	_, err = data.ReadImage(filepath.Join(dir, "none.png"), 3, 3)
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output:
	// float32 (1, 3, 3) 0 0 0 0 1 0 0 0 0
	// true
}

func write(path string, picture image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, picture), f.Close())
}

// Ten examples are parted into eight to learn from and two to watch, and those eight come in another order each epoch.
func ExampleSplit_Divide() {
	x, y := make([]float32, 10), make([]int64, 10)
	for i := range x {
		x[i], y[i] = float32(i), int64(i)
	}
	all := data.Split{X: graph.FromFloat32(x, 10, 1), Y: graph.FromInt64(y, 10)}
	learn, watch := all.Divide(0.8, 1)
	fmt.Println(learn.Len(), watch.Len())
	for epoch := range 2 {
		for batch := range learn.Batches(3, epoch) { // a last batch of two is left out
			fmt.Println("epoch", epoch, batch.Y)
		}
	}
	for batch := range all.Subset(0, 5).InOrder(3) { // here it is not
		fmt.Println("in order", batch.Y)
	}
	// Output:
	// 8 2
	// epoch 0 int64 (3) 7 4 0
	// epoch 0 int64 (3) 8 2 3
	// epoch 1 int64 (3) 4 7 0
	// epoch 1 int64 (3) 9 8 1
	// in order int64 (3) 0 1 2
	// in order int64 (2) 3 4
}

// Errors about what was read are ErrDamaged, whatever is wrong with it.
func ExampleReadIDX_damaged() {
	_, err := data.ReadIDX(strings.NewReader("<html>not found</html>"), "labels")
	fmt.Println(err)
	fmt.Println(errors.Is(err, data.ErrDamaged))
	// Output:
	// labels: offset 0: not an IDX file (starts with 3c 68, want 00 00)
	// true
}

// Pairs are what train.Fit and train.Evaluator take.
func ExamplePairs() {
	set := data.DigitsN(0, 64, 20)
	for x, y := range data.Pairs(set.Test.InOrder(10)) {
		fmt.Println(x.Shape, y.I64)
	}
	// Output:
	// (10, 1, 28, 28) [0 1 2 3 4 5 6 7 8 9]
	// (10, 1, 28, 28) [0 1 2 3 4 5 6 7 8 9]
}
