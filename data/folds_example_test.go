package data_test

import (
	"fmt"
	"log"

	"github.com/stheno-ml/stheno/data"
)

// In each of four folds each class has the same share, to within one example.
func ExampleStratifiedKFold() {
	labels := []int64{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}
	folds, err := data.StratifiedKFold(labels, 4, 0)
	if err != nil {
		log.Print(err)
		return
	}
	for _, fold := range folds {
		ones := 0
		for _, i := range fold.Test {
			ones += int(labels[i])
		}
		fmt.Println(len(fold.Train), len(fold.Test), ones)
	}
	// Output:
	// 9 3 1
	// 9 3 1
	// 9 3 1
	// 9 3 1
}

// What is done about a class that is rare: it weighs more, its examples come again, or there are fewer of the other.
func ExampleOversample() {
	labels := []int64{0, 0, 0, 0, 1, 1}
	weights, err := data.ClassWeights(labels, 2)
	fmt.Println(weights, err)
	more, err := data.Oversample(labels, 0)
	fmt.Println(more[:6], len(more), err)
	fewer, err := data.Undersample(labels, 0)
	fmt.Println(len(fewer), err)
	// Output:
	// [0.75 1.5] <nil>
	// [0 1 2 3 4 5] 8 <nil>
	// 4 <nil>
}

// A cross-validation of pictures: of each fold the examples to learn from, and those to test with.
func ExampleSplit_Pick() {
	digits := data.DigitsN(0, 100, 0).Train
	folds, err := data.StratifiedKFold(digits.Y.I64, 5, 0)
	if err != nil {
		log.Print(err)
		return
	}
	learn, test := digits.Pick(folds[0].Train), digits.Pick(folds[0].Test)
	fmt.Println(learn.X.Shape, test.X.Shape, test.Y.Shape)
	// Output: (80, 1, 28, 28) (20, 1, 28, 28) (20)
}
