// This file holds what GoogLeNet and Inception v3 have in common: the layer and the module that they are made of, and
// the loss with auxiliary heads.

package cnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// proportion is how many channels stand for n, where width is what usual stands for.
func proportion(width, usual int) func(n int) int {
	return func(n int) int { return (n*width + usual - 1) / usual }
}

// BasicConv is the layer of both networks, a convolution without bias and batch normalisation with an ε of 10⁻³:
//
//	y = ReLU(bn(conv(x)))
//
// Names are torchvision's.
type BasicConv struct {
	Conv *nn.Conv2D
	BN   *nn.BatchNorm

	scope *nn.Scope
}

// NewBasicConv makes a layer from in to out channels with a kernel of kh rows and kw columns.
func NewBasicConv(s *nn.Scope, in, out, kh, kw int, opt ops.Conv) *BasicConv {
	c := &BasicConv{
		Conv:  nn.NewConv2DRect(s.Sub("conv"), in, out, kh, kw, opt, nn.Affine{NoBias: true}),
		BN:    nn.NewBatchNorm2D(s.Sub("bn"), out),
		scope: s,
	}
	c.BN.Options.Eps = 1e-3
	return c
}

// Forward maps x (N, in, H, W) to (N, out, OH, OW).
func (c *BasicConv) Forward(x graph.Node) graph.Node {
	defer c.scope.Open(x.Graph())()
	return ops.ReLU(c.BN.Forward(c.Conv.Forward(x)))
}

// Mixed is a module of branches that all read x and whose results stand side by side, by their channels. Each branch
// is a chain of layers.
type Mixed struct {
	Branches [][]nn.Module

	scope *nn.Scope
}

// Forward maps x (N, in, H, W) to (N, Σ out, OH, OW).
func (m *Mixed) Forward(x graph.Node) graph.Node {
	defer m.scope.Open(x.Graph())()
	return ops.Concat(1, m.maps(x)...)
}

// maps are the results of the branches.
func (m *Mixed) maps(x graph.Node) (all []graph.Node) {
	for _, branch := range m.Branches {
		y := x
		for _, layer := range branch {
			y = layer.Forward(y)
		}
		all = append(all, y)
	}
	return all
}

// truncated gives all weights that torchvision gives it N(0, std²) without what is outside ±2.
func truncated(p *nn.Params, std float64) {
	for w := range p.All() {
		if len(w.Type().Shape) > 1 { // of convolutions and linear layers
			p.SetInit(w.Name(), nn.TruncatedNormal(std, 2))
		}
	}
}

// transformed is x with (x·deviation + mean - ½)/½ in place of each channel, see Options.TransformInput.
func transformed(x graph.Node) graph.Node {
	mean, deviation := []float64{.485, .456, .406}, []float64{.229, .224, .225} // ImageNet's red, green and blue
	for c := range mean {
		mean[c], deviation[c] = (.5-mean[c])/deviation[c], .5/deviation[c]
	}
	return nn.Normalize(mean, deviation)(x)
}

// headed is the outcome of logits (N, classes) and those of auxiliary heads, which count with a weight:
//
//	loss = CE(logits, y) + weight·Σ CE(aux, y)
//
// Where there are heads, each of these losses is reported.
func headed(y, logits graph.Node, weight float64, aux []graph.Node) train.Outcome {
	o := train.Outcome{Loss: ops.CrossEntropy(logits, y), Pred: logits}
	if len(aux) == 0 {
		return o
	}
	losses, weights := []graph.Node{o.Loss}, []float64{1}
	for _, a := range aux {
		losses, weights = append(losses, ops.CrossEntropy(a, y)), append(weights, weight)
	}
	for i, name := range []string{"main", "aux1", "aux2"}[:len(losses)] {
		o.Report = append(o.Report, train.Figure{Name: name, Sum: ops.Scale(losses[i], float64(y.Dim(0)))})
	}
	o.Loss = ops.WeightedSum(weights, losses...)
	return o
}
