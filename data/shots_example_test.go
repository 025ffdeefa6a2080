package data_test

import (
	"fmt"
	"log"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
)

// One example of each class, and three: those of the smaller number are among the others.
func ExampleShots() {
	labels := []int64{0, 1, 0, 1, 0, 1, 0, 1}
	for _, n := range []int{1, 3} {
		numbers, err := data.Shots(labels, n, 7)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(numbers)
	}
	_, err := data.Shots(labels, 5, 7)
	fmt.Println(err)
	// Output:
	// [1 2]
	// [0 1 2 3 4 5]
	// shots: class 0 has 4 examples, want at least 5
}

// The features of pictures are computed once, by a network in its eval mode; what learns from them need not run it.
func ExampleSplit_Through() {
	net := cnn.NewResNet20(10, cnn.Options{Channels: 1, Width: 4})
	body := nn.NewPredictor(nn.Func(func(x graph.Node) graph.Node {
		y, _ := net.Features(x)
		return y
	}))
	digits := data.DigitsN(0, 4, 1).Train
	features, err := digits.Through(body.Predict)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(digits.X.Shape, "become", features.X.Shape, "with the labels", features.Y)
	// Output:
	// (4, 1, 28, 28) become (4, 16) with the labels int64 (4) 0 1 2 3
}

// Grey pictures for a network of colours.
func ExampleRepeatChannel() {
	grey := graph.FromFloat32([]float32{.1, .9}, 1, 1, 1, 2)
	fmt.Println(data.RepeatChannel(grey, 3))
	// Output:
	// float32 (1, 3, 1, 2) 0.1 0.9 0.1 0.9 0.1 0.9
}
