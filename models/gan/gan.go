// Package gan holds generative adversarial networks, one architecture a file.
package gan

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// GAN is a game of two perceptrons. The generator makes pictures of noise, the discriminator tells them from real
// ones, and each learns from the other:
//
//	generator      z (N, noise) → 256 → 512 → features → tanh        LeakyReLU between them
//	discriminator  x (N, features) → 512 → 256 → 1, a logit          LeakyReLU and dropout between them
//
// By the usual [Rules] the discriminator makes -log D(x) - log(1 - D(G(z))) small, and the generator -log D(G(z)),
// which has strong gradients where log(1 - D(G(z))) has none.
//
// Goodfellow et al., "Generative adversarial nets", NeurIPS 2014.
type GAN struct {
	Generator     *Generator
	Discriminator *Discriminator
	Rules         Rules
	Average       *train.Average // of the generator, which makes better pictures by it

	shape graph.Shape
	scope *nn.Scope
}

// NewGAN makes the two players for pictures of a shape, such as (1, 28, 28), with values in [0, 1], of noise numbers a
// picture. For (1, 28, 28) and 64 the generator has 550,416 parameters and the discriminator 533,505.
func NewGAN(noise int, shape ...int) *GAN {
	s := nn.NewScope()
	features := graph.Shape(shape).Size()
	m := &GAN{
		Generator:     newGenerator(s.Sub(generator), noise, features),
		Discriminator: newDiscriminator(s.Sub(discriminator), features),
		shape:         shape,
		scope:         s,
	}
	m.Average = &train.Average{Of: m.Params().Under(generator), Decay: decay}
	return m
}

// Params returns weights and biases of both: generator.0.weight, …, discriminator.6.bias.
func (m *GAN) Params() *nn.Params { return m.scope.Params() }

// Forward maps noise z (N, noise) to pictures with values in [0, 1], (N, …) of the shape that the model was made for.
func (m *GAN) Forward(z graph.Node) graph.Node {
	y := m.Generator.Forward(z) // (N, features)
	if !y.Valid() {
		return y
	}
	return ops.Reshape(unsigned(y), append([]int{y.Dim(0)}, m.shape...)...)
}

// Noise adds standard normal numbers for n pictures.
func (m *GAN) Noise(g *graph.Graph, n int) graph.Node {
	return ops.RandomNormal(g, n, m.Generator.Noise)
}

// Game is the task: both players have Adam with the rate and a β₁ of ½. A batch is real pictures alone, (N, …) in
// [0, 1].
func (m *GAN) Game(rate float64) *train.Game { return gameOf(m, m.Average, rate) }

// Play gives the outcomes of the discriminator and of the generator, of real pictures x (N, …) and noise z (N, noise).
func (m *GAN) Play(x, z graph.Node) []train.Outcome { return m.play(x, func() graph.Node { return z }) }

func (m *GAN) play(x graph.Node, noise func() graph.Node) []train.Outcome {
	generate := func() graph.Node { return m.Generator.Forward(noise()) } // (N, features)
	return m.Rules.outcomes(m.Discriminator.Forward, signed(ops.Flatten(x, 1)), generate)
}

// Generator makes pictures of noise.
type Generator struct {
	Noise  int // numbers a picture
	Layers []*nn.Linear

	scope *nn.Scope
}

func newGenerator(s *nn.Scope, noise, features int) *Generator {
	return &Generator{Noise: noise, Layers: stack(s, 2, noise, 256, 512, features), scope: s}
}

// Forward maps noise (N, noise) to pictures (N, features) in (-1, 1).
func (m *Generator) Forward(z graph.Node) graph.Node {
	defer m.scope.Open(z.Graph())()
	for _, l := range m.Layers[:2] {
		z = ops.LeakyReLU(l.Forward(z), .2) // (N, 256), (N, 512)
	}
	return ops.Tanh(m.Layers[2].Forward(z)) // (N, features)
}

// Discriminator tells real pictures from made ones.
type Discriminator struct {
	Layers []*nn.Linear

	scope *nn.Scope
}

func newDiscriminator(s *nn.Scope, features int) *Discriminator {
	return &Discriminator{Layers: stack(s, 3, features, 512, 256, 1), scope: s}
}

// Forward maps pictures (N, features) to logits (N, 1), above 0 for real ones.
func (m *Discriminator) Forward(x graph.Node) graph.Node {
	defer m.scope.Open(x.Graph())()
	for _, l := range m.Layers[:2] {
		x = ops.Dropout(ops.LeakyReLU(l.Forward(x), .2), .3) // (N, 512), (N, 256)
	}
	return m.Layers[2].Forward(x) // (N, 1)
}

// stack makes layers of the given widths, named as the modules of a PyTorch Sequential in which step modules belong to
// each.
func stack(s *nn.Scope, step int, widths ...int) (layers []*nn.Linear) {
	for i := range widths[1:] {
		layers = append(layers, nn.NewLinear(s.Subf("%d", i*step), widths[i], widths[i+1]))
	}
	return layers
}
