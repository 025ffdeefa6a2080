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
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/adversarial"
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

// TestConvolutionalPictures: pictures of any shape come of noise, from squares whose side is a power of two. What is
// real is judged with a black margin.
func TestConvolutionalPictures(t *testing.T) {
	for _, shape := range []graph.Shape{{1, 5, 8}, {3, 9, 4}, {2, 16, 16}} {
		m := gan.NewDCGAN(3, 2, shape...)
		learns := &graph.Graph{Mode: graph.Train}
		m.Play(learns.Input("x", append(graph.Shape{4}, shape...)...), m.Noise(learns, 4))
		if err := learns.Err(); err != nil {
			t.Errorf("%v: %v", shape, err)
		}
		g := &graph.Graph{}
		y := m.Forward(m.Noise(g, 4))
		prog, err := g.Compile(y)
		if err == nil {
			err = prog.Run()
		}
		if err != nil {
			t.Fatal(err)
		}
		got := prog.Value(y)
		least, most := slices.Min(got.F32), slices.Max(got.F32)
		if !got.Shape[1:].Equal(shape) || least < 0 || most > 1 {
			t.Errorf("pictures %v are %v, from %v to %v", shape, got.Shape, least, most)
		}
	}
	defer func() {
		const want = "gan.NewDCGAN: the shape of a picture is (28, 28), want (C, H, W)"
		if said := fmt.Sprint(recover()); said != want {
			t.Errorf("got  %s\nwant %s", said, want)
		}
	}()
	gan.NewDCGAN(3, 2, 28, 28)
}

// TestStatistics: a step moves the running statistics of a player in its own turn: those of the generator by the one
// batch that it makes, those of the discriminator by what is real, and twice by what is made.
func TestStatistics(t *testing.T) {
	m := gan.NewDCGAN(3, 2, 1, 16, 16)
	trainer := train.New(m.Game(1e-3), nil)
	for range 2 {
		if _, err := trainer.Step(graph.NewTensor(graph.Type{Shape: graph.Shape{4, 1, 16, 16}})); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]int64{"generator.main.1": 2, "discriminator.main.3": 6} {
		if got := m.Params().Get(name + ".num_batches_tracked").Tensor().I64[0]; got != want {
			t.Errorf("%s has seen %d batches, want %d", name, got, want)
		}
	}
}

// TestRules: by every rule a step moves both players of both models, but for the critic's last bias, of which
// Wasserstein's loss does not depend.
func TestRules(t *testing.T) {
	for _, rules := range []gan.Rules{{}, {Loss: adversarial.Minimax{}}, {Loss: adversarial.NonSaturating{Smooth: .1}},
		{Loss: adversarial.Hinge{}}, {Loss: adversarial.LeastSquares{}},
		{Loss: adversarial.Wasserstein{}, Penalty: 10}} {
		first, second := gan.NewGAN(3, 1, 8, 8), gan.NewDCGAN(3, 2, 1, 8, 8)
		first.Rules, second.Rules = rules, rules
		for _, m := range []interface {
			Params() *nn.Params
			Game(float64) *train.Game
		}{first, second} {
			var before [][]float32
			for p := range m.Params().All() {
				before = append(before, slices.Clone(p.Tensor().F32))
			}
			x := graph.NewTensor(graph.Type{Shape: graph.Shape{4, 1, 8, 8}})
			for i := range x.F32 {
				x.F32[i] = float32(i%7) / 7
			}
			if _, err := train.New(m.Game(1e-3), nil).Step(x); err != nil {
				t.Fatalf("%T, %+v: %v", m, rules, err)
			}
			i := 0
			for p := range m.Params().All() {
				still := slices.Equal(before[i], p.Tensor().F32) && p.Trainable()
				if still && p.Name() != "discriminator.6.bias" {
					t.Errorf("%T, %+v: %s has not moved", m, rules, p.Name())
				}
				i++
			}
		}
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

// The official networks, for pictures of 64×64 in colours.
func ExampleNewDCGAN() {
	model := gan.NewDCGAN(100, 64, 3, 64, 64)
	g := &graph.Graph{}
	pictures := model.Forward(model.Noise(g, 16))
	fmt.Println(pictures.Shape())
	fmt.Println(model.Params().Under("generator").Count(), model.Params().Under("discriminator").Count())
	// Output:
	// (16, 3, 64, 64)
	// 3576704 2765568
}

// The same players by other rules: a critic and its generator, with the penalty of its slope.
func ExampleRules() {
	model := gan.NewGAN(16, 1, 28, 28)
	model.Rules = gan.Rules{Loss: adversarial.Wasserstein{}, Penalty: 10}
	trainer := train.New(model.Game(1e-4), nil)
	digits := data.DigitsN(0, 64, 0).Train.Inputs().Shuffled(32)
	for batch := range digits.Batches(0) {
		if _, err := trainer.Step(batch...); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(trainer.Steps(), "steps")
	// Output: 2 steps
}

// Pictures of noise.
func ExampleGAN_Noise() {
	model := gan.NewGAN(64, 1, 28, 28)
	g := &graph.Graph{Seed: 1}
	pictures := model.Forward(model.Noise(g, 9))
	fmt.Println(pictures.Shape())
	// Output: (9, 1, 28, 28)
}
