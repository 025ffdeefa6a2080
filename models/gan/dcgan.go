// This file holds DCGAN, a game of two convolutional networks.

package gan

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// DCGAN is a game of two convolutional networks without pooling and without fully connected layers. For pictures of
// 64×64, with a width W:
//
//	generator      z (N, noise, 1, 1)
//	  main.0   transposed convolution 4×4, 8W channels             (N, 8W, 4, 4)
//	  main.3   transposed convolution 4×4, stride 2, 4W channels   (N, 4W, 8, 8)
//	  main.6   the same, 2W channels                               (N, 2W, 16, 16)
//	  main.9   the same, W channels                                (N, W, 32, 32)
//	  main.12  the same, as many channels as pictures → tanh       (N, C, 64, 64)
//	discriminator  x (N, C, 64, 64)
//	  main.0   convolution 4×4, stride 2, W channels → LeakyReLU   (N, W, 32, 32)
//	  main.2   the same, 2W channels                               (N, 2W, 16, 16)
//	  main.5   the same, 4W channels                               (N, 4W, 8, 8)
//	  main.8   the same, 8W channels                               (N, 8W, 4, 4)
//	  main.11  convolution 4×4, a logit                            (N, 1, 1, 1)
//
// Batch normalisation stands behind each convolution but the first and last of the discriminator and the last of the
// generator, whose others have ReLU. Pictures of 32×32 have a convolution less in each, and those of 128×128 one more.
// In the game the discriminator sees what is real and what is fake in batches of their own.
//
// Names, initial values and constants are those of PyTorch's example, whose discriminator ends in the sigmoid that is
// part of the loss here. Its files are read under the name of the player:
//
//	m.Params().LoadWith("netG.safetensors", nn.LoadOptions{Under: "generator",
//		Rename: func(name string) string { return "generator." + name }})
//
// Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional generative adversarial
// networks", ICLR 2016; github.com/pytorch/examples, dcgan.
type DCGAN struct {
	Generator, Discriminator *ConvPlayer
	Latent                   int // numbers of noise a picture
	Rules                    Rules
	Average                  *train.Average // of the generator, which makes better pictures by it

	shape graph.Shape
	side  int // of what the players see
	scope *nn.Scope
}

// NewDCGAN makes the two players for pictures of a shape (C, H, W), such as (3, 64, 64), with values in [0, 1], of
// noise numbers a picture. The players see squares whose side is a power of two, at least 8: smaller pictures have a
// black margin there. The official ones are NewDCGAN(100, 64, 3, 64, 64), of 3,576,704 and 2,765,568 parameters, or
// 3,574,656 and 2,763,520 with one channel. NewDCGAN(64, 32, 1, 28, 28), for digits, has 295,872 and 166,784. It
// panics on another number of axes.
func NewDCGAN(noise, width int, shape ...int) *DCGAN {
	if len(shape) != 3 {
		panic(fmt.Sprintf("gan.NewDCGAN: the shape of a picture is %v, want (C, H, W)", graph.Shape(shape)))
	}
	side := 8
	for side < max(shape[1], shape[2]) {
		side *= 2
	}
	s := nn.NewScope()
	m := &DCGAN{
		Generator:     newConvGenerator(s.Sub(generator), noise, width, side, shape[0]),
		Discriminator: newConvDiscriminator(s.Sub(discriminator), width, side, shape[0]),
		Latent:        noise,
		shape:         shape,
		side:          side,
		scope:         s,
	}
	m.Average = &train.Average{Of: m.Params().Under(generator), Decay: decay}
	return m
}

// Params returns the parameters and running statistics of both: generator.main.0.weight, …,
// discriminator.main.11.weight.
func (m *DCGAN) Params() *nn.Params { return m.scope.Params() }

// Forward maps noise z (N, noise) to pictures with values in [0, 1], (N, C, H, W).
func (m *DCGAN) Forward(z graph.Node) graph.Node {
	y := unsigned(m.generate(z)) // (N, C, side, side)
	for i, n := range m.shape[1:] {
		if lo := (m.side - n) / 2; n < m.side {
			y = ops.Slice(y, 2+i, lo, lo+n, 1) // (N, C, H, W)
		}
	}
	return y
}

// generate maps noise z (N, noise) to pictures as the players see them, (N, C, side, side) in (-1, 1).
func (m *DCGAN) generate(z graph.Node) graph.Node {
	point := func(z graph.Node) graph.Node { return ops.Reshape(z, -1, m.Latent, 1, 1) }
	return m.Generator.Forward(m.scope.Apply(generator, z, point))
}

// Noise adds standard normal numbers for n pictures.
func (m *DCGAN) Noise(g *graph.Graph, n int) graph.Node { return ops.RandomNormal(g, n, m.Latent) }

// Game is the task: both players have Adam with the rate and a β₁ of ½. A batch is real pictures alone, (N, C, H, W)
// in [0, 1].
func (m *DCGAN) Game(rate float64) *train.Game { return gameOf(m, m.Average, rate) }

// Play gives the outcomes of the discriminator and of the generator, of real pictures x (N, C, H, W) and noise z
// (N, noise).
func (m *DCGAN) Play(x, z graph.Node) []train.Outcome {
	return m.play(x, func() graph.Node { return z })
}

func (m *DCGAN) play(x graph.Node, noise func() graph.Node) []train.Outcome {
	generate := func() graph.Node { return m.generate(noise()) } // (N, C, side, side)
	return m.Rules.outcomes(m.Judge, signed(m.framed(x)), generate)
}

// Judge maps pictures x (N, C, side, side) in [-1, 1] to logits (N, 1), above 0 for real ones.
func (m *DCGAN) Judge(x graph.Node) graph.Node {
	return m.scope.Apply(discriminator, m.Discriminator.Forward(x), flat)
}

func flat(x graph.Node) graph.Node { return ops.Flatten(x, 1) }

// framed gives pictures (N, C, H, W) the margin that they lack.
func (m *DCGAN) framed(x graph.Node) graph.Node {
	before, after := make([]int, 4), make([]int, 4)
	for i, n := range m.shape[1:] {
		before[2+i] = (m.side - n) / 2
		after[2+i] = m.side - n - before[2+i]
	}
	if before[2]+after[2]+before[3]+after[3] == 0 {
		return x
	}
	return ops.Pad(x, before, after, 0) // (N, C, side, side)
}

// ConvPlayer is one of the two networks of a [DCGAN].
type ConvPlayer struct {
	Main *nn.Sequential

	scope *nn.Scope
}

// Forward maps noise (N, noise, 1, 1) to pictures, or pictures to logits (N, 1, 1, 1).
func (p *ConvPlayer) Forward(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	defer p.scope.Open(x.Graph())()
	return p.Main.Forward(x)
}

// The modules of both.
var (
	halving = ops.Conv{Stride: 2, Pad: 1} // or doubling, transposed
	relu    = nn.Func(ops.ReLU).Make
	leaky   = nn.Func(func(x graph.Node) graph.Node { return ops.LeakyReLU(x, .2) }).Make
	bare    = nn.Affine{NoBias: true, Weight: nn.Normal(.02)} // normalisation comes after
)

func newConvGenerator(s *nn.Scope, noise, width, side, channels int) *ConvPlayer {
	up := func(in, out int, opt ops.Conv) nn.Maker {
		return func(s *nn.Scope) nn.Module { return nn.NewConvTranspose2D(s, in, out, 4, opt, bare) }
	}
	wide := width * side / 8
	makers := []nn.Maker{up(noise, wide, ops.Conv{}), norm(wide), relu}
	for ; wide > width; wide /= 2 {
		makers = append(makers, up(wide, wide/2, halving), norm(wide/2), relu)
	}
	makers = append(makers, up(width, channels, halving), nn.Func(ops.Tanh).Make)
	return &ConvPlayer{nn.NewSequential(s.Sub("main"), makers...), s}
}

func newConvDiscriminator(s *nn.Scope, width, side, channels int) *ConvPlayer {
	down := func(in, out int, opt ops.Conv) nn.Maker {
		return func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, in, out, 4, opt, bare) }
	}
	makers := []nn.Maker{down(channels, width, halving), leaky}
	wide := width
	for ; wide < width*side/8; wide *= 2 {
		makers = append(makers, down(wide, 2*wide, halving), norm(2*wide), leaky)
	}
	makers = append(makers, down(wide, 1, ops.Conv{}))
	return &ConvPlayer{nn.NewSequential(s.Sub("main"), makers...), s}
}

// norm makes a batch normalisation whose weights begin with N(1, 0.02²).
func norm(channels int) nn.Maker {
	return func(s *nn.Scope) nn.Module {
		n := nn.NewBatchNorm2D(s, channels)
		s.Params().SetInit(n.Weight.Name(), func(dst graph.Tensor, r *nn.Rand) {
			nn.Normal(.02)(dst, r)
			for i := range dst.F32 {
				dst.F32[i]++
			}
			for i := range dst.F64 {
				dst.F64[i]++
			}
		})
		return n
	}
}
