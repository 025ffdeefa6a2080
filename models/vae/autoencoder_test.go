package vae_test

import (
	"fmt"
	"log"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/vae"
	"github.com/stheno-ml/stheno/train"
)

// TestNamesAndCounts: the count of the doc comment, and the names that PyTorch gives to two Sequential of Linear, ReLU
// and Linear.
func TestNamesAndCounts(t *testing.T) {
	m := vae.NewAutoencoder(784, 128, 32)
	var names []string
	for p := range m.Params().All() {
		names = append(names, p.Name())
	}
	want := []string{"encoder.0.weight", "encoder.0.bias", "encoder.2.weight", "encoder.2.bias",
		"decoder.0.weight", "decoder.0.bias", "decoder.2.weight", "decoder.2.bias"}
	if !slices.Equal(names, want) {
		t.Errorf("the parameters are %v, want %v", names, want)
	}
	// 784·128+128 + 128·32+32 + 32·128+128 + 128·784+784
	if got := m.Params().Count(); got != 209_968 {
		t.Errorf("%d parameters, want 209,968", got)
	}
}

// TestShapes: the reconstruction has the shape of the picture, and values between 0 and 1.
func TestShapes(t *testing.T) {
	m := vae.NewAutoencoder(12, 5, 2)
	g := &graph.Graph{}
	x := g.Input("x", 3, 1, 4, 3)
	y := m.Forward(x)
	prog, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	prog.Set(x, slices.Repeat([]float32{-9, 9}, 18))
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	if !y.Shape().Equal(x.Shape()) {
		t.Errorf("the reconstruction has shape %v, want %v", y.Shape(), x.Shape())
	}
	for i, v := range prog.Value(y).F32 {
		if !(v > 0 && v < 1) {
			t.Errorf("element %d is %v, want a number between 0 and 1", i, v)
		}
	}
}

// TestMisused: pictures of another size are an error that names the layer, and no panic.
func TestMisused(t *testing.T) {
	g := &graph.Graph{Mode: graph.Train}
	vae.NewAutoencoder(12, 5, 2).Build(g.Input("x", 3, 5))
	const want = "encoder.0: linear: input has 5 features, weight expects 12"
	if err := g.Err(); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// The model is its own task, of pictures without labels.
func ExampleAutoencoder() {
	digits := data.DigitsN(0, 256, 0)
	trainer := train.New(vae.NewAutoencoder(784, 32, 8), &train.Adam{LR: 3e-3})
	var losses []float64
	for epoch := range 10 {
		for batch := range digits.Train.Inputs().Shuffled(64).Batches(epoch) {
			loss, err := trainer.Step(batch...)
			if err != nil {
				log.Fatal(err)
			}
			losses = append(losses, loss)
		}
	}
	fmt.Println(losses[len(losses)-1] < losses[0]/2)
	// Output: true
}

// The code of a picture, and what is made of the code.
func ExampleAutoencoder_Encode() {
	model := vae.NewAutoencoder(784, 128, 32)
	g := &graph.Graph{}
	code := model.Encode(g.Input("x", 16, 1, 28, 28))
	fmt.Println(code.Shape(), model.Decode(code).Shape())
	// Output: (16, 32) (16, 784)
}

// Pictures of any codes: the decoder alone.
func ExampleAutoencoder_Decode() {
	model := vae.NewAutoencoder(784, 128, 32)
	g := &graph.Graph{}
	z := g.Input("z", 1, 32)
	y := model.Decode(z)
	prog, err := g.Compile(y)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(z, make([]float32, 32))
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(prog.Value(y).Shape)
	// Output: (1, 784)
}
