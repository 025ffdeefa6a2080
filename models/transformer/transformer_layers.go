// This file holds the layers of a Transformer.

package transformer

import (
	"cmp"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// EncoderLayer is attention of a text to itself and a perceptron, each added to what it reads:
//
//	x = norm1(x + self_attn(x))                                  x (N, T, D)
//	x = norm2(x + linear2(ReLU(linear1(x))))
//
// and with NormFirst
//
//	x = x + self_attn(norm1(x))
//	x = x + linear2(ReLU(linear1(norm2(x))))
//
// It is PyTorch's TransformerEncoderLayer with batch_first, in names and as nn.Transformer has initial values.
type EncoderLayer struct {
	SelfAttn     *nn.MultiHeadAttention
	Norm1, Norm2 *nn.LayerNorm
	perceptron
}

// NewEncoderLayer makes one of the layers of a model of the given size.
func NewEncoderLayer(s *nn.Scope, c TransformerConfig) *EncoderLayer {
	return &EncoderLayer{
		SelfAttn:   nn.NewMultiHeadAttention(s.Sub("self_attn"), c.Width, c.Heads, nn.Attention{Dropout: c.Dropout}),
		perceptron: newPerceptron(s, c),
		Norm1:      nn.NewLayerNorm(s.Sub("norm1"), c.Width),
		Norm2:      nn.NewLayerNorm(s.Sub("norm2"), c.Width),
	}
}

// Forward keeps the shape of x (N, T, D).
func (l *EncoderLayer) Forward(x graph.Node) graph.Node { return l.Encode(x, graph.Node{}) }

// Encode is Forward of texts of which lengths (N) symbols are not padding; the zero Node for all.
func (l *EncoderLayer) Encode(x, lengths graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	defer l.scope.Open(x.Graph())()
	x = l.add(x, l.Norm1, func(x graph.Node) graph.Node { return l.SelfAttn.Attend(x, x, lengths) })
	return l.add(x, l.Norm2, l.apply)
}

// DecoderLayer is attention of a text to itself, up to each symbol, attention to the memory of another text, and a
// perceptron, each added to what it reads:
//
//	x = norm1(x + self_attn(x))                                  x (N, U, D)
//	x = norm2(x + multihead_attn(x, memory))                     memory (N, T, D)
//	x = norm3(x + linear2(ReLU(linear1(x))))
//
// and with NormFirst as in an [EncoderLayer]. It is PyTorch's TransformerDecoderLayer.
type DecoderLayer struct {
	SelfAttn, MultiheadAttn *nn.MultiHeadAttention
	Norm1, Norm2, Norm3     *nn.LayerNorm
	perceptron
}

// NewDecoderLayer makes one of the layers of a model of the given size.
func NewDecoderLayer(s *nn.Scope, c TransformerConfig) *DecoderLayer {
	attention := func(name string, causal bool) *nn.MultiHeadAttention {
		opt := nn.Attention{Causal: causal, Dropout: c.Dropout}
		return nn.NewMultiHeadAttention(s.Sub(name), c.Width, c.Heads, opt)
	}
	return &DecoderLayer{
		SelfAttn:      attention("self_attn", true),
		MultiheadAttn: attention("multihead_attn", false),
		perceptron:    newPerceptron(s, c),
		Norm1:         nn.NewLayerNorm(s.Sub("norm1"), c.Width),
		Norm2:         nn.NewLayerNorm(s.Sub("norm2"), c.Width),
		Norm3:         nn.NewLayerNorm(s.Sub("norm3"), c.Width),
	}
}

// Decode keeps the shape of x (N, U, D), which looks at the memory (N, T, D) of sources of the given lengths (N).
func (l *DecoderLayer) Decode(x, memory, lengths graph.Node) graph.Node {
	if !memory.Valid() {
		return memory
	}
	return l.forward(x, l.SelfAttn.Forward, func(x graph.Node) graph.Node {
		return l.MultiheadAttn.Attend(x, memory, lengths)
	})
}

// forward is Decode with the given attention to the text itself and to the memory.
func (l *DecoderLayer) forward(x graph.Node, self, memory func(x graph.Node) graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	defer l.scope.Open(x.Graph())()
	x = l.add(x, l.Norm1, self)
	x = l.add(x, l.Norm2, memory)
	return l.add(x, l.Norm3, l.apply)
}

// perceptron is what both layers have: a perceptron of one hidden layer, and the sums with what is read.
type perceptron struct {
	Linear1, Linear2 *nn.Linear // (Inner, D) and (D, Inner)

	config TransformerConfig
	scope  *nn.Scope
}

func newPerceptron(s *nn.Scope, c TransformerConfig) perceptron {
	inner, xavier := cmp.Or(c.Inner, 4*c.Width), nn.Affine{Weight: nn.XavierUniform(1)}
	return perceptron{
		Linear1: nn.NewLinear(s.Sub("linear1"), c.Width, inner, xavier),
		Linear2: nn.NewLinear(s.Sub("linear2"), inner, c.Width, xavier),
		config:  c,
		scope:   s,
	}
}

// apply maps x (N, T, D) to linear2(ReLU(linear1(x))).
func (p *perceptron) apply(x graph.Node) graph.Node {
	activation := ops.ReLU
	if p.config.GELU {
		activation = ops.GELU
	}
	h := activation(p.Linear1.Forward(x)) // (N, T, Inner)
	return p.Linear2.Forward(ops.Dropout(h, p.config.Dropout))
}

// add is x + f(x), normalised before or behind.
func (p *perceptron) add(x graph.Node, norm *nn.LayerNorm, f func(x graph.Node) graph.Node) graph.Node {
	if p.config.NormFirst {
		return ops.Add(x, ops.Dropout(f(norm.Forward(x)), p.config.Dropout))
	}
	return norm.Forward(ops.Add(x, ops.Dropout(f(x), p.config.Dropout)))
}
