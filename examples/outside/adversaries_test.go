package outside

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// ring are n points of a circle around (2, 0), and noise.
func ring(seed uint64, n int) (x, z graph.Tensor) {
	z = graph.NewTensor(graph.Type{Shape: graph.Shape{n, 2}})
	x = graph.NewTensor(z.Type)
	nn.NewRand(seed, "z").Normal(z)
	r := nn.NewRand(seed, "x")
	for i := range n {
		a := 2 * math.Pi * r.Float64()
		x.F32[2*i], x.F32[2*i+1] = float32(2+math.Cos(a)), float32(math.Sin(a))
	}
	return x, z
}

// TestGameAndByHand: the game and the two graphs by hand come to the same bits.
func TestGameAndByHand(t *testing.T) {
	const n, steps = 32, 50
	byGame, byHand := NewAdversaries(), NewAdversaries()
	trainer := train.New(byGame.Game(), nil)
	turns, err := byHand.ByHand(n)
	if err != nil {
		t.Fatal(err)
	}
	for step := range steps {
		x, z := ring(uint64(step), n)
		want, err := trainer.Step(x, z)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Step(turns, x, z); err != nil || got != want {
			t.Fatalf("step %d: the loss is %v by hand, by the game %v; error %v", step, got, want, err)
		}
	}
	for i, params := range [][2]*nn.Params{{byGame.Generator.Params(), byHand.Generator.Params()},
		{byGame.Discriminator.Params(), byHand.Discriminator.Params()}} {
		for p := range params[0].All() {
			if !slices.Equal(params[1].Get(p.Name()).Tensor().F32, p.Tensor().F32) {
				t.Errorf("player %d: %s differs", i, p.Name())
			}
		}
	}
}

// Of noise around (0, 0) the generator learns to make points around (2, 0), to and fro as such games go.
func ExampleAdversaries() {
	a := NewAdversaries()
	trainer := train.New(a.Game(), nil)
	for step := range 1500 {
		if _, err := trainer.Step(ring(uint64(step), 64)); err != nil {
			fmt.Println(err)
			return
		}
	}
	_, z := ring(1000, 500)
	made, err := nn.NewPredictor(a.Generator).Predict(z)
	if err != nil {
		fmt.Println(err)
		return
	}
	var middle [2]float64
	for i, v := range made.F32 {
		middle[i%2] += float64(v) / 500
	}
	fmt.Println("nearer than 1 to (2, 0):", math.Hypot(middle[0]-2, middle[1]) < 1)
	// Output: nearer than 1 to (2, 0): true
}
