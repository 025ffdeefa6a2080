// This file holds SketchDecoder, the decoder of a conditional variational autoencoder of sketches.

package vae

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
)

// SketchDecoder draws sketches of 28×28 by a code and a class:
//
//	[z; one-hot class] (N, code+classes)
//	dense → ReLU, as 16 maps                                (N, 16, 7, 7)
//	deconv1 3×3, 32 channels → ReLU → twice the size        (N, 32, 14, 14)
//	deconv2 3×3, 16 channels → ReLU → twice the size        (N, 16, 28, 28)
//	deconv3 3×3, 1 channel → σ                              (N, 1, 28, 28)
//
// It is the decoder that ml5 has published as its CVAE of Quick, Draw!, with a code of 16 and 51 classes, see
// [SketchDecoder.FromKeras].
type SketchDecoder struct {
	Dense                     *nn.Linear
	Deconv1, Deconv2, Deconv3 *nn.ConvTranspose2D

	scope *nn.Scope
}

// NewSketchDecoder makes the network: with a code of 16 and 51 classes it has 62,721 parameters, 53,312 + 4,640 +
// 4,624 + 145.
func NewSketchDecoder(code, classes int) *SketchDecoder {
	s := nn.NewScope()
	same := ops.Conv{Pad: 1}
	return &SketchDecoder{
		Dense:   nn.NewLinear(s.Sub("dense"), code+classes, 16*7*7),
		Deconv1: nn.NewConvTranspose2D(s.Sub("deconv1"), 16, 32, 3, same),
		Deconv2: nn.NewConvTranspose2D(s.Sub("deconv2"), 32, 16, 3, same),
		Deconv3: nn.NewConvTranspose2D(s.Sub("deconv3"), 16, 1, 3, same),
		scope:   s,
	}
}

// Params returns weights and biases: dense.weight, dense.bias, …, deconv3.bias.
func (m *SketchDecoder) Params() *nn.Params { return m.scope.Params() }

// Forward maps codes with the one-hot form of their classes behind them, (N, code+classes), to sketches (N, 1, 28, 28)
// with values in (0, 1).
func (m *SketchDecoder) Forward(z graph.Node) graph.Node {
	h := m.scope.Apply("dense", m.Dense.Forward(z), ops.ReLU) // (N, 784)
	if !h.Valid() {
		return h
	}
	h = ops.Reshape(h, -1, 16, 7, 7)
	h = m.scope.Apply("deconv1", m.Deconv1.Forward(h), ops.ReLU, twice) // (N, 32, 14, 14)
	h = m.scope.Apply("deconv2", m.Deconv2.Forward(h), ops.ReLU, twice) // (N, 16, 28, 28)
	return m.scope.Apply("deconv3", m.Deconv3.Forward(h), ops.Sigmoid)  // (N, 1, 28, 28)
}

// twice is x (N, C, H, W) of which each pixel has become four.
func twice(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	return ops.Interpolate(x, 2*x.Dim(2), 2*x.Dim(3), ops.InterpolateOptions{})
}

// FromKeras reads the weights of a model of Keras, such as [safetensors.OpenLayers] gives of a folder:
//
//	dense_5/kernel (code+classes, 784), dense_5/bias (784)       784 as 7×7 places of 16 channels
//	conv2d_transpose_1/kernel (3, 3, 32, 16), bias (32), …       height, width, out, in
//
// With an error nothing is changed.
func (m *SketchDecoder) FromKeras(f *safetensors.File) error {
	var read [8]graph.Tensor
	names := []string{"dense_5", "conv2d_transpose_1", "conv2d_transpose_2", "conv2d_transpose_3"}
	params := []*graph.Param{m.Dense.Weight, m.Dense.Bias, m.Deconv1.Weight, m.Deconv1.Bias, m.Deconv2.Weight,
		m.Deconv2.Bias, m.Deconv3.Weight, m.Deconv3.Bias}
	for i, p := range params {
		name, shape := names[i/2]+"/bias", p.Type().Shape
		if i%2 == 0 {
			name, shape = names[i/2]+"/kernel", turned(shape)
		}
		info, ok := f.Tensor(name)
		switch {
		case !ok:
			return fmt.Errorf("%s: %w: there is no %s", f.Name(), safetensors.ErrFormat, name)
		case !shape.Equal(info.Shape):
			return fmt.Errorf("%s: %w: %s has shape %v, want %v", f.Name(), safetensors.ErrFormat, name,
				graph.Shape(info.Shape), shape)
		}
		read[i] = graph.NewTensor(graph.Type{Shape: shape})
		if err := f.ReadFloat32(name, read[i].F32); err != nil {
			return err
		}
	}
	for i, p := range params {
		toPyTorch(p.Tensor(), read[i])
	}
	places(m.Dense.Weight.Tensor())
	places(m.Dense.Bias.Tensor())
	return nil
}

// turned is the shape that Keras gives to a kernel of PyTorch's shape: (out, in) is (in, out) there, and
// (in, out, K, K) is (K, K, out, in).
func turned(s graph.Shape) graph.Shape {
	t := make(graph.Shape, len(s))
	for i, n := range s {
		t[len(s)-1-i] = n
	}
	if len(s) == 4 {
		t[0], t[1] = t[1], t[0]
	}
	return t
}

// toPyTorch copies a kernel or bias of Keras into one of PyTorch's shape.
func toPyTorch(dst, src graph.Tensor) {
	s := dst.Shape
	if len(s) == 1 {
		copy(dst.F32, src.F32)
		return
	}
	places := s[2:].Size() // of the window; 1 of a dense layer
	for i := range s[0] {
		for o := range s[1] {
			for k := range places {
				from := (k*s[1]+o)*s[0] + i // in a dense layer s is (out, in), and so it is there (in, out)
				dst.F32[(i*s[1]+o)*places+k] = src.F32[from]
			}
		}
	}
}

// places brings units that are 7×7 places of 16 channels, along the first axis, into the order of 16 maps of 7×7.
func places(t graph.Tensor) {
	const channels, places = 16, 7 * 7
	was, n := t.Clone(), t.Shape[1:].Size()
	for c := range channels {
		for p := range places {
			copy(t.F32[(c*places+p)*n:][:n], was.F32[(p*channels+c)*n:])
		}
	}
}
