// This file holds Language.

package rnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// Language tells of which class a short run of characters is, such as from which language a name comes:
//
//	x (N, T) numbers of characters, 0 behind the end
//	embedding                       (N, T, width)
//	GRU, to the end of each name    (N, width) its state there
//	dropout, linear                 (N, classes) logits
//
// The state is that after a name's own last character, however long the others of the batch are.
//
// Robertson, "Classifying names with a character-level RNN", a tutorial of PyTorch, 2017, which reads one name at a
// time with a plain recurrent layer; the gated unit is that of Cho et al., "Learning phrase representations using RNN
// encoder-decoder for statistical machine translation", EMNLP 2014.
type Language struct {
	Embedding *nn.Embedding
	GRU       *nn.GRU
	Out       *nn.Linear

	dropout float64
	scope   *nn.Scope
}

// NewLanguage makes the model for so many characters and classes: with 60 characters, a width of 64 and 18 classes it
// has 29,970 parameters, 3,840 + 24,960 + 1,170. Dropout is the share of the state that a training step leaves out.
func NewLanguage(characters, width, classes int, dropout float64) *Language {
	s := nn.NewScope()
	return &Language{
		Embedding: nn.NewEmbedding(s.Sub("embedding"), characters, width),
		GRU:       nn.NewGRU(s.Sub("gru"), width, width, nn.Recurrent{}),
		Out:       nn.NewLinear(s.Sub("out"), width, classes),
		dropout:   dropout,
		scope:     s,
	}
}

// Params returns embedding.weight, gru.weight_ih_l0, …, out.bias.
func (m *Language) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T) to logits (N, classes).
func (m *Language) Forward(x graph.Node) graph.Node {
	return m.Classify(m.Embed(x), m.scope.Apply("lengths", x, nn.Lengths))
}

// Embed maps x (N, T) to the vectors of its characters (N, T, width).
func (m *Language) Embed(x graph.Node) graph.Node { return m.Embedding.Forward(x) }

// Classify maps the vectors of characters e (N, T, width), of which lengths (N) count in each name, to logits
// (N, classes).
func (m *Language) Classify(e, lengths graph.Node) graph.Node {
	_, end := m.GRU.ForwardFrom(nn.State{}, e, lengths) // (1, N, width)
	h := ops.Squeeze(end.H, 0)                          // (N, width)
	return m.Out.Forward(ops.Dropout(h, m.dropout))     // (N, classes)
}
