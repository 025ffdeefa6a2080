package gan_test

import (
	"fmt"
	"log"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/gan"
	"github.com/stheno-ml/stheno/train"
)

// TestNamesAndCounts: the counts of the doc comment, and the names that PyTorch gives to two Sequential in which an
// activation, and in the discriminator a dropout too, stands behind each Linear.
func TestNamesAndCounts(t *testing.T) {
	m := gan.NewGAN(64, 1, 28, 28)
	var names []string
	for p := range m.Params().All() {
		names = append(names, p.Name())
	}
	want := []string{
		"generator.0.weight", "generator.0.bias", "generator.2.weight", "generator.2.bias",
		"generator.4.weight", "generator.4.bias",
		"discriminator.0.weight", "discriminator.0.bias", "discriminator.3.weight", "discriminator.3.bias",
		"discriminator.6.weight", "discriminator.6.bias"}
	if !slices.Equal(names, want) {
		t.Errorf("the parameters are %v, want %v", names, want)
	}
	// 64·256+256 + 256·512+512 + 512·784+784, and 784·512+512 + 512·256+256 + 256+1
	for part, want := range map[string]int{"generator": 550_416, "discriminator": 533_505} {
		if got := m.Params().Under(part).Count(); got != want {
			t.Errorf("the %s has %d parameters, want %d", part, got, want)
		}
	}
}

// TestPictures: of noise come pictures of the shape, with values from 0 to 1, and other ones in the next run.
func TestPictures(t *testing.T) {
	m := gan.NewGAN(4, 3, 2, 5)
	g := &graph.Graph{}
	y := m.Forward(m.Noise(g, 6))
	prog, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	var runs [2][]float32
	for i := range runs {
		prog.SetStep(i + 1)
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		runs[i] = slices.Clone(prog.Value(y).F32)
	}
	if want := (graph.Shape{6, 3, 2, 5}); !y.Shape().Equal(want) {
		t.Errorf("the pictures have shape %v, want %v", y.Shape(), want)
	}
	if least, most := slices.Min(runs[0]), slices.Max(runs[0]); least < 0 || most > 1 {
		t.Errorf("the values are from %v to %v, want 0 to 1", least, most)
	}
	if slices.Equal(runs[0], runs[1]) {
		t.Error("two runs give the same pictures")
	}
}

// TestMisused: noise of another length is an error that names the layer, and no panic.
func TestMisused(t *testing.T) {
	g := &graph.Graph{}
	gan.NewGAN(4, 1, 2, 2).Forward(g.Input("z", 1, 5))
	const want = "generator.0: linear: input has 5 features, weight expects 4"
	if err := g.Err(); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// A few steps of the game: each player has its loss, and the discriminator learns faster at first.
func ExampleGAN_Game() {
	digits := data.DigitsN(0, 128, 0)
	model := gan.NewGAN(16, 1, 28, 28)
	trainer := train.New(model.Game(2e-4), nil)
	for batch := range digits.Train.Inputs().Shuffled(32).Batches(0) {
		if _, err := trainer.Step(batch...); err != nil {
			log.Fatal(err)
		}
	}
	turns, err := trainer.Compiled(graph.Type{Shape: graph.Shape{32, 1, 28, 28}})
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range turns {
		fmt.Println(t.Player, t.Program.Float(t.Loss) > 0)
	}
	// Output:
	// discriminator true
	// generator true
}

// Pictures of noise.
func ExampleGAN_Noise() {
	model := gan.NewGAN(64, 1, 28, 28)
	g := &graph.Graph{Seed: 1}
	pictures := model.Forward(model.Noise(g, 9))
	fmt.Println(pictures.Shape())
	// Output: (9, 1, 28, 28)
}
