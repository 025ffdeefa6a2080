// This file holds the Transformer, an encoder and a decoder, which makes a sequence of another.

package transformer

import (
	"cmp"
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Transformer reads a sequence, the source, and writes another, the target, such as its translation:
//
//	x (N, T) numbers of symbols of the source, T up to Context
//	√D·source[x] + position → encoder.layers.0 … → encoder.norm      (N, T, D) the memory
//
//	y (N, U) those of the target, from its begin on, U up to Context
//	√D·target[y] + position → decoder.layers.0 … → decoder.norm      (N, U, D), which looks at the memory
//	out                                                              (N, U, V) logits of the symbol that follows
//
// A position of the source sees all of it; one of the target sees the source and what stands before. Behind the end of
// a sequence stands data.Padding, which nothing sees. [Translator] finds the target to a source. Layers are
// PyTorch's nn.Transformer, batch_first, in names and initial values; tables begin with N(0, 1/D).
//
// Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser and Polosukhin, "Attention is all you need", NIPS 2017;
// with NormFirst as Xiong et al., "On layer normalization in the transformer architecture", ICML 2020.
type Transformer struct {
	Source, Target                   *nn.Embedding // (V, D); one table if Shared
	SourcePositions, TargetPositions *nn.Embedding // (Context, D); nil for sinusoids
	Encoder                          []*EncoderLayer
	EncoderNorm                      *nn.LayerNorm
	Decoder                          []*DecoderLayer
	DecoderNorm                      *nn.LayerNorm
	Out                              *nn.Linear // (V, D); nil if Tied
	Config                           TransformerConfig

	scope *nn.Scope
}

// TransformerConfig is the size of a [Transformer], and what its authors and others do in different ways.
type TransformerConfig struct {
	Source, Target int // V, how many symbols there are
	Context        int // the most positions of either
	Width          int // D, which Heads divides
	Heads          int
	Layers         int // of the encoder, and of the decoder
	Inner          int // width of the perceptrons; 0 for 4·D
	// Dropout is the probability that a number of a sum or of a perceptron, or a weight of attention, counts as 0 in
	// a Train graph.
	Dropout   float64
	Smoothing float64 // of the loss in training, see [ops.SmoothedCrossEntropy]

	NormFirst bool // a layer normalises what it reads, and not what it gives
	GELU      bool // in place of ReLU
	Learnt    bool // positions are learnt, and no sinusoids
	Tied      bool // the table of the target is the weight of the last product, too
	Shared    bool // it is that of the source, too
}

// NewTransformer makes a model of
//
//	Layers·(12·D² + 4·D·Inner + 24·D + 2·Inner) + 4·D      of its layers and the two norms behind them
//	(Source + Target)·D                                    of the tables; Source·D if Shared
//	Target·D + Target                                      of the last product; 0 if Tied
//
// and, with Learnt, 2·Context·D parameters. It panics on sizes below 1, and on vocabularies of two sizes that are to
// be Shared; heads that do not divide the width are an error of the graph.
func NewTransformer(c TransformerConfig) *Transformer {
	c.Inner = cmp.Or(c.Inner, 4*c.Width)
	sizes("NewTransformer", "Source Target Context Width Heads Layers Inner",
		c.Source, c.Target, c.Context, c.Width, c.Heads, c.Layers, c.Inner)
	if c.Shared && c.Source != c.Target {
		panic(fmt.Sprintf("transformer.NewTransformer: Source is %d and Target is %d, want one vocabulary to be "+
			"Shared", c.Source, c.Target))
	}
	s := nn.NewScope()
	m := &Transformer{Config: c, scope: s}
	m.tables(s, c)
	for i := range c.Layers {
		m.Encoder = append(m.Encoder, NewEncoderLayer(s.Subf("encoder.layers.%d", i), c))
	}
	m.EncoderNorm = nn.NewLayerNorm(s.Sub("encoder.norm"), c.Width)
	for i := range c.Layers {
		m.Decoder = append(m.Decoder, NewDecoderLayer(s.Subf("decoder.layers.%d", i), c))
	}
	m.DecoderNorm = nn.NewLayerNorm(s.Sub("decoder.norm"), c.Width)
	if !c.Tied {
		m.Out = nn.NewLinear(s.Sub("out"), c.Width, c.Target, nn.Affine{Weight: nn.XavierUniform(1)})
	}
	return m
}

// tables makes those of symbols and positions.
func (m *Transformer) tables(s *nn.Scope, c TransformerConfig) {
	table := func(name string, rows int, std float64) *nn.Embedding {
		e := nn.NewEmbedding(s.Sub(name), rows, c.Width)
		s.Params().SetInit(name, nn.Normal(std))
		return e
	}
	std := 1 / math.Sqrt(float64(c.Width))
	m.Source = table("source", c.Source, std)
	m.Target = m.Source
	if !c.Shared {
		m.Target = table("target", c.Target, std)
	}
	if c.Learnt {
		m.SourcePositions = table("source_positions", c.Context, .02)
		m.TargetPositions = table("target_positions", c.Context, .02)
	}
}

// NewTransformerBase makes the smaller of the paper's models, with 44,140,544 parameters and those of tables and head:
// with Shared and Tied and 37,000 symbols 63,084,544. The paper's has no norms behind its layers, which are 2,048 of
// them.
func NewTransformerBase(source, target int) *Transformer {
	return NewTransformer(transformerConfig(source, target, 512, 8))
}

// NewTransformerBig makes the larger of the paper's models, with 176,361,472 parameters and those of tables and head.
func NewTransformerBig(source, target int) *Transformer {
	c := transformerConfig(source, target, 1024, 16)
	c.Dropout = .3
	return NewTransformer(c)
}

func transformerConfig(source, target, width, heads int) TransformerConfig {
	return TransformerConfig{
		Source:    source,
		Target:    target,
		Context:   512,
		Width:     width,
		Heads:     heads,
		Layers:    6,
		Dropout:   .1,
		Smoothing: .1,
	}
}

// Params returns source.weight, target.weight, encoder.layers.0.self_attn.in_proj_weight, …, out.bias.
func (m *Transformer) Params() *nn.Params { return m.scope.Params() }

// Forward is Encode of x (N, T), whose lengths are told by its padding: the memory (N, T, D).
func (m *Transformer) Forward(x graph.Node) graph.Node { return m.Encode(x, nn.Lengths(x)) }

// Encode maps x (N, T) to the memory (N, T, D). lengths (N) says how many symbols are not padding; the zero Node for
// all. More positions than Context are an error of the graph.
func (m *Transformer) Encode(x, lengths graph.Node) graph.Node {
	h := m.embed("source", x, m.Source, m.SourcePositions) // (N, T, D)
	for _, l := range m.Encoder {
		h = l.Encode(h, lengths)
	}
	if !h.Valid() {
		return h
	}
	return m.EncoderNorm.Forward(h)
}

// Decode maps y (N, U), the target from its begin on, to logits (N, U, V) of the symbols that follow, given the memory
// (N, T, D) and the lengths of the source.
func (m *Transformer) Decode(y, memory, lengths graph.Node) graph.Node {
	h := m.embed("target", y, m.Target, m.TargetPositions) // (N, U, D)
	for _, l := range m.Decoder {
		h = l.Decode(h, memory, lengths)
	}
	return m.logits(h)
}

// Logits maps sources x (N, T) of the given lengths (N), and targets y (N, U) from their begin on, to logits (N, U,
// V).
func (m *Transformer) Logits(x, lengths, y graph.Node) graph.Node {
	return m.Decode(y, m.Encode(x, lengths), lengths)
}

// embed is what the layers read (N, T, D).
func (m *Transformer) embed(name string, x graph.Node, table, positions *nn.Embedding) graph.Node {
	if !x.Valid() {
		return x
	}
	if err := checkText(x, m.Config.Context); err != nil {
		return graph.Fail(name, []graph.Node{x}, err)
	}
	t := x.Dim(1)
	return m.placed(name, x, table, func(g *graph.Graph) graph.Node {
		if positions != nil {
			return firstRows(g, positions, t) // (T, D)
		}
		return nn.Sinusoids(g, t, m.Config.Width)
	})
}

// placed is √D·table[x] and the rows of the positions of x.
func (m *Transformer) placed(name string, x graph.Node, table *nn.Embedding,
	rows func(g *graph.Graph) graph.Node) graph.Node {
	defer m.scope.Sub(name).Open(x.Graph())()
	h := ops.Scale(table.Forward(x), math.Sqrt(float64(m.Config.Width)))
	return ops.Dropout(ops.Add(h, rows(x.Graph())), m.Config.Dropout)
}

// logits maps h (N, U, D) to (N, U, V).
func (m *Transformer) logits(h graph.Node) graph.Node {
	if !h.Valid() {
		return h
	}
	h = m.DecoderNorm.Forward(h)
	if m.Out != nil {
		return m.Out.Forward(h)
	}
	return m.scope.Apply("out", h, func(h graph.Node) graph.Node {
		return ops.Linear(h, h.Graph().Param(m.Target.Weight), graph.Node{})
	})
}

// Inputs are a batch of data.Sequences: sources and their lengths, targets from their begin on, and up to their end.
func (m *Transformer) Inputs() []string { return []string{"x", "lengths", "y", "target"} }

// Build is the task: a small cross-entropy of target (N, U), the symbols that follow y (N, U), of which padding is
// left out. In training it is smoothed.
func (m *Transformer) Build(batch ...graph.Node) train.Outcome {
	logits, target := m.Logits(batch[0], batch[1], batch[2]), batch[3]
	if !logits.Valid() {
		return train.Outcome{Loss: logits, Pred: logits}
	}
	loss := ops.SmoothedCrossEntropy{Ignore: ops.IgnoreZero} // data.Padding
	if logits.Graph().Mode == graph.Train {
		loss.Smoothing = m.Config.Smoothing
	}
	rows := ops.Reshape(logits, -1, logits.Dim(2)) // (N·U, V)
	return train.Outcome{Loss: loss.Loss(rows, ops.Reshape(target, -1)), Pred: logits}
}
