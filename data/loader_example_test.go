package data_test

import (
	"fmt"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
)

// Two goroutines make the batches that a loop uses: the same ones, in the same order, as without.
func ExampleLoader() {
	x, y := graph.FromFloat32([]float32{.1, .2, .3, .4}, 4, 1, 1, 1), graph.FromInt64([]int64{1, 2, 3, 4}, 4)
	source := data.Split{X: x, Y: y}.Viewed(data.View{Flip: true}, 2)
	loader := data.Loader{Source: source, Workers: 2} // as fit.Train, say
	for batch := range loader.Batches(0) {
		fmt.Println(batch[0].F32, batch[1].I64)
	}
	for batch := range source.Batches(0) {
		fmt.Println(batch[0].F32, batch[1].I64)
	}
	// Output:
	// [0.4 0.3] [4 3]
	// [0.1 0.2] [1 2]
	// [0.4 0.3] [4 3]
	// [0.1 0.2] [1 2]
}
