// Package rnn holds recurrent networks, one architecture a file.
package rnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// CharLSTM is a language model that reads and writes character by character:
//
//	x (N, T) numbers of characters
//	embedding                    (N, T, hidden)
//	LSTM, so many layers         (N, T, hidden)
//	linear                       (N, T, V) logits of the character that follows
//
// A long text is learnt in stretches: the state after one is where the next begins, and gradients end at its beginning
// (truncated back-propagation through time, Williams and Peng 1990).
//
// Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9, 1997; for characters Graves, "Generating
// sequences with recurrent neural networks", 2013.
type CharLSTM struct {
	Embedding *nn.Embedding
	LSTM      *nn.LSTM
	Out       *nn.Linear

	scope *nn.Scope
}

// NewCharLSTM makes the model for so many characters: with 65 of them, 128 hidden units and 2 layers it has 280,897
// parameters, 8,320 + 2·132,096 + 8,385.
func NewCharLSTM(characters, hidden, layers int, opt ...Options) *CharLSTM {
	s := nn.NewScope()
	return &CharLSTM{
		Embedding: nn.NewEmbedding(s.Sub("embedding"), characters, hidden),
		LSTM:      nn.NewLSTM(s.Sub("lstm"), hidden, hidden, recurrent("NewCharLSTM", layers, opt)),
		Out:       nn.NewLinear(s.Sub("out"), hidden, characters),
		scope:     s,
	}
}

// Params returns embedding.weight, lstm.weight_ih_l0, …, out.bias.
func (m *CharLSTM) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T) to logits (N, T, V), from a state of zeros.
func (m *CharLSTM) Forward(x graph.Node) graph.Node {
	return m.Out.Forward(m.LSTM.Forward(m.Embedding.Forward(x)))
}

// Continue is Forward from the state in which the run before ended. The state is zero at first, and after
// graph.Program.Reset. An [nn.Sampler] writes with it.
func (m *CharLSTM) Continue(x graph.Node) graph.Node {
	y := goOn(m.LSTM, len(m.LSTM.Weights), true, m.Embedding.Forward(x)) // (N, T, hidden)
	return m.Out.Forward(y)                                              // (N, T, V)
}

// Inputs are the characters, and those that follow them.
func (m *CharLSTM) Inputs() []string { return []string{"x", "y"} }

// Build is the task: a small cross-entropy of y (N, T), the characters that follow x (N, T), from batch to batch.
func (m *CharLSTM) Build(batch ...graph.Node) train.Outcome {
	return train.NextSymbol(m.Continue(batch[0]), batch[1])
}
