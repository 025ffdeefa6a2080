// This file holds CharRNN.

package rnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// CharRNN is a language model as [CharLSTM] is, of the plain recurrent network, whose state is a tanh of what it reads
// and of the state before, without a gate:
//
//	x (N, T) numbers of characters
//	embedding                    (N, T, hidden)
//	RNN, so many layers          (N, T, hidden)
//	linear                       (N, T, V) logits of the character that follows
//
// Elman, "Finding structure in time", Cognitive Science 14, 1990; for characters Sutskever, Martens and Hinton,
// "Generating text with recurrent neural networks", ICML 2011.
type CharRNN struct {
	Embedding *nn.Embedding
	RNN       *nn.RNN
	Out       *nn.Linear

	scope *nn.Scope
}

// NewCharRNN makes the model for so many characters: with 65 of them, 128 hidden units and 2 layers it has 82,753
// parameters, 8,320 + 2·33,024 + 8,385.
func NewCharRNN(characters, hidden, layers int, opt ...Options) *CharRNN {
	s := nn.NewScope()
	return &CharRNN{
		Embedding: nn.NewEmbedding(s.Sub("embedding"), characters, hidden),
		RNN:       nn.NewRNN(s.Sub("rnn"), hidden, hidden, recurrent("NewCharRNN", layers, opt)),
		Out:       nn.NewLinear(s.Sub("out"), hidden, characters),
		scope:     s,
	}
}

// Params returns embedding.weight, rnn.weight_ih_l0, …, out.bias.
func (m *CharRNN) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T) to logits (N, T, V), from a state of zeros.
func (m *CharRNN) Forward(x graph.Node) graph.Node {
	return m.Out.Forward(m.RNN.Forward(m.Embedding.Forward(x)))
}

// Continue is Forward from the state in which the run before ended. The state is zero at first, and after
// graph.Program.Reset.
func (m *CharRNN) Continue(x graph.Node) graph.Node {
	y := goOn(m.RNN, len(m.RNN.Weights), false, m.Embedding.Forward(x)) // (N, T, hidden)
	return m.Out.Forward(y)                                             // (N, T, V)
}

// Inputs are the characters, and those that follow them.
func (m *CharRNN) Inputs() []string { return []string{"x", "y"} }

// Build is the task: a small cross-entropy of y (N, T), the characters that follow x (N, T), from batch to batch.
func (m *CharRNN) Build(batch ...graph.Node) train.Outcome {
	return train.NextSymbol(m.Continue(batch[0]), batch[1])
}
