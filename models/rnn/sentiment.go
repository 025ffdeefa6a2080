// This file holds Sentiment.

package rnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// Sentiment tells of which class a sentence is, such as of those that praise and those that blame:
//
//	x (N, T) numbers of words, 0 behind the end
//	embedding, dropout                      (N, T, width)
//	LSTM, from the begin and from the end   (N, T, 2·hidden)
//	mean over the words of each sentence    (N, 2·hidden)
//	dropout, linear                         (N, classes) logits
//
// The mean is over the words that there are, so that what stands behind the end changes nothing.
//
// Schuster and Paliwal, "Bidirectional recurrent neural networks", IEEE Transactions on Signal Processing 45, 1997, of
// the LSTM of Hochreiter and Schmidhuber, 1997; the mean over time of its states as in Zhou et al., "Attention-based
// bidirectional LSTM networks for relation classification", ACL 2016, with equal weights; dropout as in Zaremba,
// Sutskever and Vinyals, "Recurrent neural network regularization", 2014.
type Sentiment struct {
	Embedding *nn.Embedding
	LSTM      *nn.LSTM
	Out       *nn.Linear

	dropout float64
	scope   *nn.Scope
}

// NewSentiment makes the model for so many words and classes. With 10,000 words, vectors of 64 numbers, 64 hidden
// units each way and 2 classes it has 706,818 parameters, 640,000 + 2·33,280 + 258. Dropout is the share of the
// numbers of words, and of those of the mean, that a training step leaves out. Words begin as N(0, 0.1): one that is
// rare must not outweigh what is known of the others.
func NewSentiment(words, width, hidden, classes int, dropout float64) *Sentiment {
	s := nn.NewScope()
	m := &Sentiment{
		Embedding: nn.NewEmbedding(s.Sub("embedding"), words, width),
		LSTM:      nn.NewLSTM(s.Sub("lstm"), width, hidden, nn.Recurrent{Bidirectional: true}),
		Out:       nn.NewLinear(s.Sub("out"), 2*hidden, classes),
		dropout:   dropout,
		scope:     s,
	}
	s.Params().SetInit(m.Embedding.Weight.Name(), nn.Normal(.1))
	return m
}

// Params returns embedding.weight, lstm.weight_ih_l0, …, lstm.bias_hh_l0_reverse, out.weight, out.bias.
func (m *Sentiment) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T) to logits (N, classes).
func (m *Sentiment) Forward(x graph.Node) graph.Node {
	return m.Classify(m.Embed(x), m.scope.Apply("lengths", x, nn.Lengths))
}

// Embed maps x (N, T) to the vectors of its words (N, T, width).
func (m *Sentiment) Embed(x graph.Node) graph.Node { return m.Embedding.Forward(x) }

// Classify maps the vectors of words e (N, T, width), of which lengths (N) count in each sentence, to logits
// (N, classes).
func (m *Sentiment) Classify(e, lengths graph.Node) graph.Node {
	e = ops.Dropout(e, m.dropout)
	h, _ := m.LSTM.ForwardFrom(nn.State{}, e, lengths) // (N, T, 2·hidden), 0 behind the end
	h = m.scope.Apply("mean", h, func(h graph.Node) graph.Node { return meanOf(h, lengths) })
	return m.Out.Forward(ops.Dropout(h, m.dropout)) // (N, classes)
}

// meanOf is the mean over T of h (N, T, D), which is 0 behind the lengths (N). Of a sentence without words it is 0.
func meanOf(h, lengths graph.Node) graph.Node {
	g := h.Graph()
	n := ops.Unsqueeze(ops.Cast(lengths, g.DType), 1)              // (N, 1)
	return ops.Div(ops.Sum(h, 1), ops.Maximum(n, g.Full(1, 1, 1))) // (N, D)
}
