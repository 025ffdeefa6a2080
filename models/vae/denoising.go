// This file holds Denoising, an autoencoder that takes noise away.

package vae

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Denoising is an [Autoencoder] that is given pictures with noise, and learns to give back the clean ones:
//
//	x̃ = min(max(x + σ·ε, 0), 1), ε of N(0, 1)        loss: the mean of (decode(encode(x̃)) - x)²
//
// So it cannot copy: it has to know what pictures look like. Names and layers are those of Autoencoder.
//
// Vincent, Larochelle, Bengio and Manzagol, "Extracting and composing robust features with denoising autoencoders",
// ICML 2008, whose noise sets pixels to 0; normal noise is among those of their paper of 2010.
type Denoising struct {
	*Autoencoder
	Noise float64 // σ
}

// NewDenoising makes the network for values in [0, 1] and noise of a standard deviation: of 784 features, 128 hidden
// units and a code of 32 it has the 209,968 parameters of [NewAutoencoder].
func NewDenoising(features, hidden, code int, noise float64) *Denoising {
	if !(noise > 0 && noise <= 1<<10) {
		panic(fmt.Sprintf("vae.NewDenoising: the noise is %v, want a positive number", noise))
	}
	return &Denoising{NewAutoencoder(features, hidden, code), noise}
}

// Spoil maps x (N, …) to what noise (N, …) of N(0, 1) makes of it, within 0 and 1.
func (m *Denoising) Spoil(x, noise graph.Node) graph.Node {
	return ops.Clamp(ops.Add(x, ops.Scale(noise, m.Noise)), 0, 1)
}

// Build is the task: [Denoising.Recover] with noise that is new in each step.
func (m *Denoising) Build(batch ...graph.Node) train.Outcome {
	x := batch[0]
	return m.Recover(x, ops.RandomNormal(x.Graph(), x.Shape()...))
}

// Recover is the loss of clean pictures x (N, …) with the given standard normal noise (N, …). Reported are the mean
// squared error of the noisy pictures, and which share of it is left.
func (m *Denoising) Recover(x, noise graph.Node) train.Outcome {
	noisy := m.Spoil(x, noise)
	y := m.Forward(noisy)
	squares := ops.SquaredError{Reduction: ops.ReduceSum}.Loss
	before := squares(noisy, x)
	return train.Outcome{
		Loss: ops.MSE(y, x),
		Pred: y,
		Report: []train.Figure{
			{Name: "noisy", Sum: before, Count: x.Graph().Scalar(float64(x.Size()))},
			{Name: "left", Sum: squares(y, x), Count: before},
		},
	}
}
