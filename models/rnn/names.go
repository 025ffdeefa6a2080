// This file holds NameGRU.

package rnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// NameGRU is a [CharGRU] that invents names: where that learns one long text, this learns many short ones, each from
// its beginning to its end.
//
//	x (N, T) a sign of the beginning, the characters of each name, and padding behind
//	embedding                    (N, T, hidden)
//	GRU, so many layers          (N, T, hidden)
//	linear                       (N, T, V) logits of what follows: a character, or the end
//
// Each row begins with a state of zeros. What stands behind the end of a name counts for nothing: there the target is
// 0, which the loss leaves out.
//
// Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation", EMNLP
// 2014; for names Karpathy, "makemore", 2022, whose list of them is what others measure on.
type NameGRU struct{ *CharGRU }

// NewNameGRU makes the model for so many symbols, of which 0 is padding: with 30 of them, 128 hidden units and 1 layer
// it has 106,782 parameters, 3,840 + 99,072 + 3,870.
func NewNameGRU(symbols, hidden, layers int) *NameGRU {
	return &NameGRU{NewCharGRU(symbols, hidden, layers)}
}

// Build is the task: a small cross-entropy of y (N, T), what follows x (N, T) in each name, where it is not 0.
func (m *NameGRU) Build(batch ...graph.Node) train.Outcome {
	loss := ops.SmoothedCrossEntropy{Ignore: ops.IgnoreZero}.Loss
	return train.NextSymbolBy(loss, m.Forward(batch[0]), batch[1])
}
