// This file holds CharGRU.

package rnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// CharGRU is a language model as [CharLSTM] is, of gated recurrent units, which have three gates where an LSTM has
// four, and one state where it has two:
//
//	x (N, T) numbers of characters
//	embedding                    (N, T, hidden)
//	GRU, so many layers          (N, T, hidden)
//	linear                       (N, T, V) logits of the character that follows
//
// Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation", EMNLP
// 2014, in the form of PyTorch, whose reset gate acts on the product with the state.
type CharGRU struct {
	Embedding *nn.Embedding
	GRU       *nn.GRU
	Out       *nn.Linear

	scope *nn.Scope
}

// NewCharGRU makes the model for so many characters: with 65 of them, 128 hidden units and 2 layers it has 214,849
// parameters, 8,320 + 2·99,072 + 8,385.
func NewCharGRU(characters, hidden, layers int, opt ...Options) *CharGRU {
	s := nn.NewScope()
	return &CharGRU{
		Embedding: nn.NewEmbedding(s.Sub("embedding"), characters, hidden),
		GRU:       nn.NewGRU(s.Sub("gru"), hidden, hidden, recurrent("NewCharGRU", layers, opt)),
		Out:       nn.NewLinear(s.Sub("out"), hidden, characters),
		scope:     s,
	}
}

// Params returns embedding.weight, gru.weight_ih_l0, …, out.bias.
func (m *CharGRU) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T) to logits (N, T, V), from a state of zeros.
func (m *CharGRU) Forward(x graph.Node) graph.Node {
	return m.Out.Forward(m.GRU.Forward(m.Embedding.Forward(x)))
}

// Continue is Forward from the state in which the run before ended. The state is zero at first, and after
// graph.Program.Reset. An [nn.Sampler] writes with it.
func (m *CharGRU) Continue(x graph.Node) graph.Node {
	y := goOn(m.GRU, len(m.GRU.Weights), false, m.Embedding.Forward(x)) // (N, T, hidden)
	return m.Out.Forward(y)                                             // (N, T, V)
}

// Inputs are the characters, and those that follow them.
func (m *CharGRU) Inputs() []string { return []string{"x", "y"} }

// Build is the task: a small cross-entropy of y (N, T), the characters that follow x (N, T), from batch to batch.
func (m *CharGRU) Build(batch ...graph.Node) train.Outcome {
	return train.NextSymbol(m.Continue(batch[0]), batch[1])
}
