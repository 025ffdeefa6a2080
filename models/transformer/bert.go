// This file holds BERT, an encoder, and its model of masked symbols.

package transformer

import (
	"cmp"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// BERT reads a text, or two, in both directions, and describes each of its symbols by D numbers:
//
//	x (N, T) numbers of symbols, T up to Context
//	word[x] + position[0 … T-1] + type → LayerNorm        (N, T, D)
//	encoder.layer.0 …, so many layers                     (N, T, D)
//
// Each layer, a [BERTLayer], adds what it finds to what it reads and then normalises ("post-norm"). [BERT.Pool] makes
// one description of the whole; [BERTMaskedLM] is what the model learns from. Names are those of Hugging Face's
// BertModel; see [BERTName] for its files.
//
// Devlin, Chang, Lee and Toutanova, "BERT: pre-training of deep bidirectional transformers for language
// understanding", NAACL 2019.
type BERT struct {
	Words     *nn.Embedding // (V, D)
	Positions *nn.Embedding // (Context, D)
	Types     *nn.Embedding // of the first text and the second (2, D)
	LayerNorm *nn.LayerNorm
	Layers    []*BERTLayer
	Pooler    *nn.Linear // (D, D); nil in a [BERTMaskedLM]
	Config    BERTConfig

	scope *nn.Scope
}

// BERTConfig is the size of a [BERT].
type BERTConfig struct {
	Vocabulary int // V, how many symbols there are
	Context    int // the most positions that it sees
	Width      int // D, which Heads divides
	Heads      int
	Layers     int
	Inner      int     // width of the perceptrons; 0 for 4·D
	Dropout    float64 // probability that a number of a sum, or a weight of attention, counts as 0 in a Train graph
}

// bertEps is under the root of all normalisations of BERT.
const bertEps = 1e-12

// NewBERT makes a model of (V + Context + 2)·D + 2·D + Layers·(4·D² + 2·D·Inner + 9·D + Inner) + D² + D parameters.
// Weights and tables begin with N(0, 0.02²), biases with 0, as Hugging Face has them; Google's code leaves out what
// is further from 0 than 0.04. Unlike Hugging Face's, symbol 0 is one as any other, and learnt. NewBERT panics on
// sizes below 1; heads that do not divide the width are an error of the graph.
func NewBERT(c BERTConfig) *BERT {
	s := nn.NewScope()
	return newBERT("NewBERT", s, c).withPooler()
}

// newBERT is NewBERT in a scope, without a pooler.
func newBERT(constructor string, s *nn.Scope, c BERTConfig) *BERT {
	c.Inner = cmp.Or(c.Inner, 4*c.Width)
	sizes(constructor, "Vocabulary Context Width Heads Layers Inner",
		c.Vocabulary, c.Context, c.Width, c.Heads, c.Layers, c.Inner)
	at := s.Sub("embeddings")
	m := &BERT{
		Words:     nn.NewEmbedding(at.Sub("word_embeddings"), c.Vocabulary, c.Width),
		Positions: nn.NewEmbedding(at.Sub("position_embeddings"), c.Context, c.Width),
		Types:     nn.NewEmbedding(at.Sub("token_type_embeddings"), 2, c.Width),
		LayerNorm: newBERTNorm(at.Sub("LayerNorm"), c.Width),
		Config:    c,
		scope:     s,
	}
	for _, table := range []*nn.Embedding{m.Words, m.Positions, m.Types} {
		s.Params().SetInit(table.Weight.Name(), nn.Normal(.02))
	}
	for i := range c.Layers {
		m.Layers = append(m.Layers, NewBERTLayer(s.Subf("encoder.layer.%d", i), c))
	}
	return m
}

func (m *BERT) withPooler() *BERT {
	m.Pooler = nn.NewLinear(m.scope.Sub("pooler.dense"), m.Config.Width, m.Config.Width, bertAffine())
	return m
}

// bertAffine is the initial values of all products.
func bertAffine() nn.Affine { return nn.Affine{Weight: nn.Normal(.02), Bias: nn.Zeros} }

func newBERTNorm(s *nn.Scope, d int) *nn.LayerNorm {
	l := nn.NewLayerNorm(s, d)
	l.Eps = bertEps
	return l
}

// NewBERTBase makes the smaller of the paper's models, with 109,482,240 parameters. Hugging Face calls it
// bert-base-uncased.
func NewBERTBase() *BERT { return NewBERT(bertConfig(768, 12, 12)) }

// NewBERTLarge makes the larger of the paper's models, with 335,141,888 parameters. Hugging Face calls it
// bert-large-uncased.
func NewBERTLarge() *BERT { return NewBERT(bertConfig(1024, 16, 24)) }

func bertConfig(width, heads, layers int) BERTConfig {
	return BERTConfig{
		Vocabulary: 30522,
		Context:    512,
		Width:      width,
		Heads:      heads,
		Layers:     layers,
		Dropout:    .1,
	}
}

// Params returns embeddings.word_embeddings.weight, …, pooler.dense.bias, and, for the encoder of a [BERTMaskedLM] or
// of a [BERTClassifier], those of the whole.
func (m *BERT) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T), one text without padding, to (N, T, D).
func (m *BERT) Forward(x graph.Node) graph.Node { return m.Encode(x, graph.Node{}, graph.Node{}) }

// Encode maps x (N, T) to (N, T, D). types (N, T) is 0 for symbols of the first text and 1 for those of the second;
// the zero Node for 0. lengths (N) says how many symbols are not padding; the zero Node for all. More positions than
// Context are an error of the graph.
func (m *BERT) Encode(x, types, lengths graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	if err := checkText(x, m.Config.Context); err != nil {
		return graph.Fail("bert", []graph.Node{x}, err)
	}
	h := m.embed(x, types) // (N, T, D)
	for _, l := range m.Layers {
		h = l.Encode(h, lengths)
	}
	return h
}

// embed is what the layers read (N, T, D).
func (m *BERT) embed(x, types graph.Node) graph.Node {
	g := x.Graph()
	defer m.scope.Sub("embeddings").Open(g)()
	h := ops.Add(m.Words.Forward(x), firstRows(g, m.Positions, x.Dim(1)))
	if types == (graph.Node{}) {
		h = ops.Add(h, firstRows(g, m.Types, 1))
	} else {
		h = ops.Add(h, m.Types.Forward(types))
	}
	return ops.Dropout(m.LayerNorm.Forward(h), m.Config.Dropout)
}

// Pool maps what Encode gives, h (N, T, D), to one description of each text, tanh(dense(h[:, 0])) (N, D): that of its
// first symbol, [CLS]. It is an error of the graph in a model without a pooler.
func (m *BERT) Pool(h graph.Node) graph.Node {
	if !h.Valid() {
		return h
	}
	if m.Pooler == nil {
		return graph.Failf("pool", []graph.Node{h}, "the model has no pooler: it is made by NewBERT")
	}
	if h.Rank() != 3 {
		return graph.Failf("pool", []graph.Node{h}, "h has %d axes, want (N, T, D)", h.Rank())
	}
	return m.scope.Apply("pooler", h, func(h graph.Node) graph.Node {
		first := ops.Squeeze(ops.Slice(h, 1, 0, 1, 1), 1) // (N, D)
		return ops.Tanh(m.Pooler.Forward(first))
	})
}

// BERTLayer is one layer of a [BERT]: attention to all symbols and a perceptron, each added to what it reads, and the
// sum normalised:
//
//	x = attention.output.LayerNorm(x + attention(x))
//	x = output.LayerNorm(x + output.dense(GELU(intermediate.dense(x))))
type BERTLayer struct {
	Query, Key, Value   *nn.Linear // (D, D)
	AttentionDense      *nn.Linear // of what the heads found (D, D)
	Intermediate        *nn.Linear // (Inner, D)
	Output              *nn.Linear // (D, Inner)
	AttentionNorm, Norm *nn.LayerNorm

	heads   int
	dropout float64
	scope   *nn.Scope
}

// NewBERTLayer makes one of the layers of a model of the given size.
func NewBERTLayer(s *nn.Scope, c BERTConfig) *BERTLayer {
	d, inner := c.Width, cmp.Or(c.Inner, 4*c.Width)
	return &BERTLayer{
		Query:          nn.NewLinear(s.Sub("attention.self.query"), d, d, bertAffine()),
		Key:            nn.NewLinear(s.Sub("attention.self.key"), d, d, bertAffine()),
		Value:          nn.NewLinear(s.Sub("attention.self.value"), d, d, bertAffine()),
		AttentionDense: nn.NewLinear(s.Sub("attention.output.dense"), d, d, bertAffine()),
		AttentionNorm:  newBERTNorm(s.Sub("attention.output.LayerNorm"), d),
		Intermediate:   nn.NewLinear(s.Sub("intermediate.dense"), d, inner, bertAffine()),
		Output:         nn.NewLinear(s.Sub("output.dense"), inner, d, bertAffine()),
		Norm:           newBERTNorm(s.Sub("output.LayerNorm"), d),
		heads:          c.Heads,
		dropout:        c.Dropout,
		scope:          s,
	}
}

// Forward keeps the shape of x (N, T, D).
func (l *BERTLayer) Forward(x graph.Node) graph.Node { return l.Encode(x, graph.Node{}) }

// Encode is Forward of texts of which lengths (N) symbols are not padding; the zero Node for all.
func (l *BERTLayer) Encode(x, lengths graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	defer l.scope.Open(x.Graph())()
	q, k, v := l.Query.Forward(x), l.Key.Forward(x), l.Value.Forward(x) // each (N, T, D)
	opt := ops.AttentionOptions{Lengths: lengths, Dropout: l.dropout}
	y := l.scope.Apply("attention.self", q, func(q graph.Node) graph.Node {
		return ops.CrossAttention(q, ops.Concat(-1, k, v), l.heads, opt) // (N, T, D)
	})
	x = l.AttentionNorm.Forward(ops.Add(x, ops.Dropout(l.AttentionDense.Forward(y), l.dropout)))
	y = l.scope.Apply("intermediate", l.Intermediate.Forward(x), ops.GELU) // (N, T, Inner)
	return l.Norm.Forward(ops.Add(x, ops.Dropout(l.Output.Forward(y), l.dropout)))
}

// BERTMaskedLM is what [BERT] learns from: a model that finds the symbols which are masked in a text:
//
//	h = bert(x)                                                  (N, T, D)
//	h = LayerNorm(GELU(dense(h)))                                (N, T, D)
//	logits = h·wordᵀ + bias                                      (N, T, V)
//
// Word is the table that the symbols of x are looked up in. Names are those of Hugging Face's BertForMaskedLM, which
// has no pooler: those of the encoder begin with bert. See [BERTMaskedLMName] for its files.
type BERTMaskedLM struct {
	BERT  *BERT
	Dense *nn.Linear // cls.predictions.transform.dense (D, D)
	Norm  *nn.LayerNorm
	Bias  *graph.Param // cls.predictions.bias (V)

	scope, head *nn.Scope
}

// NewBERTMaskedLM makes the model, with D² + 3·D + V parameters more than an encoder without a pooler: for a base of
// 30,522 symbols 109,514,298. It panics where [NewBERT] does.
func NewBERTMaskedLM(c BERTConfig) *BERTMaskedLM {
	s := nn.NewScope()
	head := s.Sub("cls.predictions")
	m := &BERTMaskedLM{BERT: newBERT("NewBERTMaskedLM", s.Sub("bert"), c), scope: s, head: head}
	m.Bias = head.Param("bias", nn.Zeros, c.Vocabulary)
	m.Dense = nn.NewLinear(head.Sub("transform.dense"), c.Width, c.Width, bertAffine())
	m.Norm = newBERTNorm(head.Sub("transform.LayerNorm"), c.Width)
	return m
}

// Params returns bert.embeddings.word_embeddings.weight, …, cls.predictions.transform.LayerNorm.bias.
func (m *BERTMaskedLM) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T), one text without padding, to logits (N, T, V).
func (m *BERTMaskedLM) Forward(x graph.Node) graph.Node {
	return m.Logits(x, graph.Node{}, graph.Node{})
}

// Logits maps x (N, T) to logits (N, T, V); types and lengths are those of [BERT.Encode].
func (m *BERTMaskedLM) Logits(x, types, lengths graph.Node) graph.Node {
	h := m.BERT.Encode(x, types, lengths) // (N, T, D)
	if !h.Valid() {
		return h
	}
	h = m.head.Apply("transform", m.Dense.Forward(h), ops.GELU, m.Norm.Forward)
	g := h.Graph()
	defer m.head.Open(g)()
	return ops.Linear(h, g.Param(m.BERT.Words.Weight), g.Param(m.Bias)) // (N, T, V)
}

// Inputs are the symbols, some of them masked, and those that were there.
func (m *BERTMaskedLM) Inputs() []string { return []string{"x", "y"} }

// Build is the task: a small cross-entropy of y (N, T), the symbols that were masked in x (N, T), and
// [ops.IgnoreIndex] elsewhere. A batch with padding, or of two texts, is a task of its own, of [BERTMaskedLM.Logits].
func (m *BERTMaskedLM) Build(batch ...graph.Node) train.Outcome {
	return train.NextSymbol(m.Forward(batch[0]), batch[1])
}

// BERTName is what a [BERT] calls a tensor of Hugging Face's files, and "" for what it does without: the heads, and
// the numbers of the positions. It is for nn.LoadOptions.Rename:
//
//	model := transformer.NewBERTBase()
//	_, err := model.Params().LoadWith("model.safetensors", nn.LoadOptions{Rename: transformer.BERTName})
func BERTName(name string) string {
	name = strings.TrimPrefix(bertSpelt(name), "bert.")
	if strings.HasPrefix(name, "cls.") || name == "embeddings.position_ids" {
		return ""
	}
	return name
}

// BERTMaskedLMName is [BERTName] for a [BERTMaskedLM], which has the first of the heads but no pooler.
func BERTMaskedLMName(name string) string {
	name = bertSpelt(name)
	for _, without := range []string{"bert.pooler.", "bert.embeddings.position_ids", "cls.predictions.decoder.",
		"cls.seq_relationship."} {
		if strings.HasPrefix(name, without) {
			return ""
		}
	}
	return name
}

// bertSpelt is a name with the weights of normalisations as they are called today.
func bertSpelt(name string) string {
	if before, ok := strings.CutSuffix(name, ".LayerNorm.gamma"); ok {
		return before + ".LayerNorm.weight"
	}
	if before, ok := strings.CutSuffix(name, ".LayerNorm.beta"); ok {
		return before + ".LayerNorm.bias"
	}
	return name
}
