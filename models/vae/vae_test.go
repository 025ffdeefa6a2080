package vae_test

import (
	"fmt"
	"log"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/vae"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// TestCounts: the counts of the doc comments, and the first and last names.
func TestCounts(t *testing.T) {
	for _, c := range []struct {
		model       nn.Model
		count       int
		first, last string
	}{
		{vae.NewVAE(784, 400, 20), 652_824, "fc1.weight", "fc4.bias"}, // pytorch/examples
		{vae.NewConvVAE(graph.Shape{1, 28, 28}, 32, 20), 258_025, "conv1.weight", "deconv2.bias"},
		{vae.NewCVAE(784, 10, 400, 20), 660_824, "fc1.weight", "fc4.bias"},
		{vae.NewDenoising(784, 128, 32, .5), 209_968, "encoder.0.weight", "decoder.2.bias"},
		{vae.NewContrastive(1, 32, 64, .5), 117_664, "conv1.weight", "fc2.bias"},
		{vae.NewSketchDecoder(16, 51), 62_721, "dense.weight", "deconv3.bias"},
	} {
		var names []string
		for p := range c.model.Params().All() {
			names = append(names, p.Name())
		}
		if got := c.model.Params().Count(); got != c.count || names[0] != c.first || names[len(names)-1] != c.last {
			t.Errorf("%T: %d parameters, %s to %s, want %d, %s to %s", c.model, got, names[0], names[len(names)-1],
				c.count, c.first, c.last)
		}
	}
}

// run computes nodes of a graph, given its inputs.
func run(t *testing.T, g *graph.Graph, in map[graph.Node]any, out ...graph.Node) [][]float32 {
	t.Helper()
	p, err := g.Compile(out...)
	if err != nil {
		t.Fatal(err)
	}
	for n, v := range in {
		p.Set(n, v)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	var all [][]float32
	for _, n := range out {
		all = append(all, slices.Clone(p.Value(n).F32))
	}
	return all
}

// TestCodes: what is drawn, given back and lies between two pictures has the shapes that the doc comments say, and
// both ends of a line are the reconstructions.
func TestCodes(t *testing.T) {
	const n, steps = 2, 3
	values := make([]float32, n*8*8)
	for i := range values {
		values[i] = float32(i%7) / 7
	}
	other := slices.Clone(values)
	slices.Reverse(other)
	y := []int64{2, 0}
	plain, flat, conv := vae.NewAutoencoder(64, 9, 4), vae.NewVAE(64, 9, 4), vae.NewConvVAE(graph.Shape{1, 8, 8}, 2, 4)
	told := vae.NewCVAE(64, 3, 9, 4)
	for _, c := range []struct {
		name    string
		give    func(x, y graph.Node) graph.Node
		between func(a, b, y graph.Node) graph.Node
		sample  func(g *graph.Graph, y graph.Node) graph.Node
		each    graph.Shape // of a picture that is decoded
	}{
		{"autoencoder", func(x, _ graph.Node) graph.Node { return plain.Reconstruct(x) },
			func(a, b, _ graph.Node) graph.Node { return plain.Interpolate(a, b, steps) }, nil, graph.Shape{64}},
		{"vae", func(x, _ graph.Node) graph.Node { return flat.Reconstruct(x) },
			func(a, b, _ graph.Node) graph.Node { return flat.Interpolate(a, b, steps) },
			func(g *graph.Graph, _ graph.Node) graph.Node { return flat.Sample(g, n) }, graph.Shape{64}},
		{"convvae", func(x, _ graph.Node) graph.Node { return conv.Reconstruct(x) },
			func(a, b, _ graph.Node) graph.Node { return conv.Interpolate(a, b, steps) },
			func(g *graph.Graph, _ graph.Node) graph.Node { return conv.Sample(g, n) }, graph.Shape{1, 8, 8}},
		{"cvae", func(x, y graph.Node) graph.Node { return told.Reconstruct(x, y) },
			func(a, b, y graph.Node) graph.Node { return told.Interpolate(a, b, y, steps) },
			func(_ *graph.Graph, y graph.Node) graph.Node { return told.Sample(y) }, graph.Shape{64}},
	} {
		g := &graph.Graph{Seed: 1}
		a, b, label := g.Input("a", n, 1, 8, 8), g.Input("b", n, 1, 8, 8), g.Indices("y", n)
		nodes := []graph.Node{c.give(a, label), c.give(b, label), c.between(a, b, label)}
		if c.sample != nil {
			nodes = append(nodes, c.sample(g, label))
			if want := append(graph.Shape{n}, c.each...); !nodes[3].Shape().Equal(want) {
				t.Errorf("%s: samples have shape %v, want %v", c.name, nodes[3].Shape(), want)
			}
		}
		if want := append(graph.Shape{n * steps}, c.each...); !nodes[2].Shape().Equal(want) {
			t.Errorf("%s: what is between has shape %v, want %v", c.name, nodes[2].Shape(), want)
		}
		if !nodes[0].Shape().Equal(a.Shape()) {
			t.Errorf("%s: a reconstruction has shape %v, want %v", c.name, nodes[0].Shape(), a.Shape())
		}
		out := run(t, g, map[graph.Node]any{a: values, b: other, label: y}, nodes...)
		for i := range n {
			first, last := out[2][i*steps*64:][:64], out[2][((i+1)*steps-1)*64:][:64]
			for k := range first {
				if math.Abs(float64(first[k]-out[0][i*64+k])) > 1e-6 ||
					math.Abs(float64(last[k]-out[1][i*64+k])) > 1e-6 {
					t.Fatalf("%s: the ends of line %d are not the reconstructions", c.name, i)
				}
			}
			if slices.Equal(first, last) { // the negative control
				t.Errorf("%s: both ends of line %d are the same", c.name, i)
			}
		}
	}
}

// TestDraws: pictures that are drawn differ from seed to seed, and are the same for one.
func TestDraws(t *testing.T) {
	m := vae.NewVAE(12, 7, 3)
	drawn := func(seed uint64) []float32 {
		g := &graph.Graph{Seed: seed}
		return run(t, g, nil, m.Sample(g, 4))[0]
	}
	if a, b := drawn(1), drawn(1); !slices.Equal(a, b) {
		t.Error("the same seed draws others")
	}
	if a, b := drawn(1), drawn(2); slices.Equal(a, b) {
		t.Error("another seed draws the same")
	}
}

// TestSpoiltPictures: noise keeps within 0 and 1, and moves pixels by as much as it should.
func TestSpoiltPictures(t *testing.T) {
	m := vae.NewDenoising(4, 2, 1, .5)
	g := &graph.Graph{}
	x, noise := g.Input("x", 1, 4), g.Input("noise", 1, 4)
	got := run(t, g, map[graph.Node]any{x: []float32{0, .5, .5, 1}, noise: []float32{-1, 1, -.5, 3}}, m.Spoil(x,
		noise))
	if want := []float32{0, 1, .25, 1}; !slices.Equal(got[0], want) {
		t.Errorf("got %v, want %v", got[0], want)
	}
}

// TestModelsMisused: what does not fit is an error that names the layer, and options that make no sense a panic with a
// reason.
func TestModelsMisused(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(g *graph.Graph)
		want  string
	}{
		{"pictures of another size", func(g *graph.Graph) { vae.NewVAE(12, 7, 3).Build(g.Input("x", 2, 5)) },
			"fc1: linear: input has 5 features, weight expects 12"},
		{"pictures of another size, with classes", func(g *graph.Graph) {
			vae.NewCVAE(12, 4, 7, 3).Build(g.Input("x", 2, 5), g.Indices("y", 2))
		}, "fc1: linear: input has 9 features, weight expects 16"},
		{"classes of other pictures", func(g *graph.Graph) {
			vae.NewCVAE(12, 4, 7, 3).Build(g.Input("x", 2, 12), g.Indices("y", 3))
		}, "concat"},
		{"noise of another code", func(g *graph.Graph) {
			vae.NewVAE(12, 7, 3).ELBO(g.Input("x", 2, 12), g.Input("noise", 2, 4))
		}, "mul"},
		{"pictures of other channels", func(g *graph.Graph) {
			vae.NewConvVAE(graph.Shape{1, 8, 8}, 2, 3).Build(g.Input("x", 2, 3, 8, 8))
		}, "conv1: conv2d"},
		{"views of another number", func(g *graph.Graph) {
			vae.NewContrastive(1, 2, 3, .5).Build(g.Input("a", 2, 1, 8, 8), g.Input("b", 3, 1, 9, 9))
		}, "concat"},
		{"a temperature below 0", func(g *graph.Graph) {
			vae.NewContrastive(1, 2, 3, -1).Build(g.Input("a", 2, 1, 8, 8), g.Input("b", 2, 1, 8, 8))
		}, "nt-xent: temperature is -1, want a positive number"},
		{"a line of one picture", func(g *graph.Graph) {
			vae.NewVAE(12, 7, 3).Interpolate(g.Input("a", 1, 12), g.Input("b", 1, 12), 1)
		}, "interpolate: there are 1 pictures, want at least 2"},
	} {
		g := &graph.Graph{Mode: graph.Train}
		c.build(g)
		if err := g.Err(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	for _, c := range []struct {
		name string
		make func()
		want string
	}{
		{"two options", func() { vae.NewVAE(1, 1, 1, vae.Options{}, vae.Options{}) },
			"vae.NewVAE: there are 2 Options, want at most one"},
		{"a negative β", func() { vae.NewCVAE(1, 1, 1, 1, vae.Options{Beta: -1}) }, "vae.NewCVAE: Beta is -1"},
		{"a variance that is no number", func() { vae.NewVAE(1, 1, 1, vae.Options{Variance: math.NaN()}) },
			"vae.NewVAE: the Variance is NaN"},
		{"a likelihood that is none", func() { vae.NewVAE(1, 1, 1, vae.Options{Likelihood: 7}) },
			"the Likelihood is 7"},
		{"a picture that is not halved twice", func() { vae.NewConvVAE(graph.Shape{1, 6, 8}, 1, 1) },
			"vae.NewConvVAE: the shape is (1, 6, 8), want (C, H, W) with multiples of 4"},
		{"no noise", func() { vae.NewDenoising(1, 1, 1, 0) }, "vae.NewDenoising: the noise is 0"},
	} {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, c.want) {
					t.Errorf("%s: it says %q, want %s", c.name, said, c.want)
				}
			}()
			c.make()
		}()
	}
}

// A model is its own task. Both terms of the loss are reported.
func ExampleVAE() {
	digits := data.DigitsN(0, 128, 0).Train.Inputs()
	model := vae.NewVAE(784, 64, 8)
	trainer := train.New(model, &train.Adam{LR: 2e-3})
	for epoch := range 20 {
		for batch := range digits.Shuffled(64).Batches(epoch) {
			if _, err := trainer.Step(batch...); err != nil {
				log.Fatal(err)
			}
		}
	}
	scores, err := train.NewEvaluator(model).Evaluate(digits.Ordered(64))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(scores.Loss < 350, scores.Metrics["kl"] > 0, scores.Metrics["reconstruction"] < scores.Loss)
	// Output: true true true
}

// Pictures of codes that are drawn, with a program of one's own.
func ExampleVAE_Sample() {
	model := vae.NewVAE(784, 400, 20)
	g := &graph.Graph{Seed: 1}
	pictures := model.Sample(g, 16)
	fmt.Println(pictures.Shape())
	// Output: (16, 784)
}

// Pictures of given codes, without a graph of one's own.
func ExampleVAE_Decode() {
	model := vae.NewVAE(784, 400, 20)
	codes := graph.FromFloat32(make([]float32, 3*20), 3, 20)
	pictures, err := nn.NewPredictor(nn.Func(model.Decode)).Predict(codes)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pictures.Shape)
	// Output: (3, 784)
}

// What lies between two pictures, in ten steps.
func ExampleConvVAE_Interpolate() {
	model := vae.NewConvVAE(graph.Shape{1, 28, 28}, 32, 20)
	g := &graph.Graph{}
	way := model.Interpolate(g.Input("from", 1, 1, 28, 28), g.Input("to", 1, 1, 28, 28), 10)
	fmt.Println(way.Shape())
	// Output: (10, 1, 28, 28)
}

// Two pictures of each class.
func ExampleCVAE_Sample() {
	model := vae.NewCVAE(784, 3, 400, 20)
	g := &graph.Graph{}
	pictures := model.Sample(g.Constant(graph.FromInt64([]int64{0, 0, 1, 1, 2, 2}, 6)))
	fmt.Println(pictures.Shape())
	// Output: (6, 784)
}

// Noise is added in training, and the share of its error that is left is reported.
func ExampleDenoising() {
	digits := data.DigitsN(0, 128, 0).Train.Inputs()
	model := vae.NewDenoising(784, 64, 16, .5)
	trainer := train.New(model, &train.Adam{LR: 4e-3})
	for epoch := range 30 {
		for batch := range digits.Shuffled(64).Batches(epoch) {
			if _, err := trainer.Step(batch...); err != nil {
				log.Fatal(err)
			}
		}
	}
	scores, err := train.NewEvaluator(model).Evaluate(digits.Ordered(64))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(scores.Metrics["left"] < .8)
	// Output: true
}

// What a contrastive model knows of pictures is the input of another.
func ExampleContrastive_Encode() {
	model := vae.NewContrastive(1, 32, 64, .5)
	g := &graph.Graph{}
	x := g.Input("x", 16, 1, 28, 28)
	fmt.Println(model.Encode(x).Shape(), model.Forward(x).Shape())
	// Output: (16, 128) (16, 64)
}
