// Package transformer holds models made of attention, one architecture a file.
package transformer

import (
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// GPT is GPT-2, a model of language that predicts each symbol of a text from those before it:
//
//	x (N, T) numbers of symbols, T up to Context
//	wte[x] + wpe[0 … T-1]                    (N, T, D)
//	h.0 …, so many blocks                    (N, T, D)
//	ln_f → product with wteᵀ                 (N, T, V) logits of the symbol that follows
//
// Each block, a [GPTBlock], normalises what it reads and adds what it finds ("pre-norm"). The table of symbols, wte,
// is the weight of the last product, too, unless the model is Untied. [GPT.Continue] reads a text piece by piece.
// Names are those of Hugging Face's GPT2Model; see [GPTName] for its files.
//
// Radford, Wu, Child, Luan, Amodei and Sutskever, "Language models are unsupervised multitask learners", 2019; the
// decoder is that of Vaswani et al., "Attention is all you need", NIPS 2017.
type GPT struct {
	WTE    *nn.Embedding // of symbols (V, D)
	WPE    *nn.Embedding // of positions (Context, D)
	Blocks []*GPTBlock
	LNF    *nn.LayerNorm
	Head   *nn.Linear // to logits (V, D), of an Untied one; nil where WTE is it
	Config GPTConfig

	scope *nn.Scope
}

// GPTConfig is the size of a [GPT].
type GPTConfig struct {
	Vocabulary int // V, how many symbols there are
	Context    int // the most positions that it sees
	Width      int // D, which Heads divides
	Heads      int
	Layers     int
	Dropout    float64 // probability that a number of a sum, or a weight of attention, counts as 0 in a Train graph
	ExactGELU  bool    // GELU by the error function, as nanoGPT has it, in place of GPT-2's tanh
	Untied     bool    // the last product has a weight of its own, lm_head.weight, and V·D parameters more
}

// NewGPT makes a model of V·D + Context·D + Layers·(12·D² + 13·D) + 2·D parameters: 809,856 for 65 characters, 64
// positions, width 128 and 4 layers. Weights and tables begin with N(0, 0.02²), as Hugging Face has them; OpenAI's
// code draws positions from N(0, 0.01²). Weights of c_proj begin with 1/√(2·Layers) of that, so that the sum of all
// blocks does not grow with their number. Biases begin with 0. NewGPT panics on sizes below 1; heads that do not
// divide the width are an error of the graph.
func NewGPT(c GPTConfig) *GPT {
	sizes("NewGPT", "Vocabulary Context Width Heads Layers", c.Vocabulary, c.Context, c.Width, c.Heads, c.Layers)
	s := nn.NewScope()
	m := &GPT{
		WTE:    nn.NewEmbedding(s.Sub("wte"), c.Vocabulary, c.Width),
		WPE:    nn.NewEmbedding(s.Sub("wpe"), c.Context, c.Width),
		Config: c,
		scope:  s,
	}
	for i := range c.Layers {
		m.Blocks = append(m.Blocks, NewGPTBlock(s.Subf("h.%d", i), c))
	}
	m.LNF = nn.NewLayerNorm(s.Sub("ln_f"), c.Width)
	if c.Untied {
		m.Head = nn.NewLinear(s.Sub("lm_head"), c.Width, c.Vocabulary, nn.Affine{NoBias: true, Weight: nn.Normal(.02)})
	}
	s.Params().SetInit("wte", nn.Normal(.02))
	s.Params().SetInit("wpe", nn.Normal(.02))
	return m
}

// NewGPT2Small makes the smallest GPT-2, with 124,439,808 parameters. Hugging Face calls it gpt2.
func NewGPT2Small() *GPT { return newGPT2(768, 12, 12) }

// NewGPT2Medium makes GPT-2 with 354,823,168 parameters. Hugging Face calls it gpt2-medium.
func NewGPT2Medium() *GPT { return newGPT2(1024, 16, 24) }

// NewGPT2Large makes GPT-2 with 774,030,080 parameters. Hugging Face calls it gpt2-large.
func NewGPT2Large() *GPT { return newGPT2(1280, 20, 36) }

// NewGPT2XL makes GPT-2 with 1,557,611,200 parameters. Hugging Face calls it gpt2-xl.
func NewGPT2XL() *GPT { return newGPT2(1600, 25, 48) }

func newGPT2(width, heads, layers int) *GPT {
	return NewGPT(GPTConfig{
		Vocabulary: 50257,
		Context:    1024,
		Width:      width,
		Heads:      heads,
		Layers:     layers,
		Dropout:    .1,
	})
}

// Params returns wte.weight, wpe.weight, h.0.ln_1.weight, h.0.ln_1.bias, h.0.attn.c_attn.weight, …, ln_f.bias.
func (m *GPT) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T) to logits (N, T, V). More positions than Context are an error of the graph.
func (m *GPT) Forward(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	if err := checkText(x, m.Config.Context); err != nil {
		return graph.Fail("gpt", []graph.Node{x}, err)
	}
	places := firstRows(x.Graph(), m.WPE, x.Dim(1)) // (T, D)
	h := ops.Add(m.WTE.Forward(x), places)          // (N, T, D)
	h = ops.Dropout(h, m.Config.Dropout)
	for _, b := range m.Blocks {
		h = b.Forward(h)
	}
	return m.logits(h) // (N, T, V)
}

// logits maps h (N, T, D) to (N, T, V).
func (m *GPT) logits(h graph.Node) graph.Node {
	if !h.Valid() {
		return h
	}
	h = m.LNF.Forward(h)
	if m.Head != nil {
		return m.Head.Forward(h)
	}
	return m.scope.Apply("wte", h, func(h graph.Node) graph.Node {
		return ops.Linear(h, h.Graph().Param(m.WTE.Weight), graph.Node{})
	})
}

// Inputs are the symbols, and those that follow them.
func (m *GPT) Inputs() []string { return []string{"x", "y"} }

// Build is the task: a small cross-entropy of y (N, T), the symbols that follow x (N, T).
func (m *GPT) Build(batch ...graph.Node) train.Outcome {
	return train.NextSymbol(m.Forward(batch[0]), batch[1])
}

// GPTBlock is one layer of a [GPT]: attention to what came before and a perceptron, each of what is normalised, and
// added to what it reads:
//
//	x = x + attn(ln_1(x))
//	x = x + mlp(ln_2(x))        mlp(x) = c_proj(GELU(c_fc(x))), 4·D wide, GELU by tanh unless it is exact
type GPTBlock struct {
	LN1, LN2 *nn.LayerNorm
	CAttn    *Projection // to q, k and v, in each head after head (D, 3·D)
	AttnProj *Projection // of what the heads found (D, D); attn.c_proj
	CFC      *Projection // (D, 4·D)
	MLPProj  *Projection // (4·D, D); mlp.c_proj

	heads   int
	dropout float64
	gelu    func(x graph.Node) graph.Node
	scope   *nn.Scope
}

// NewGPTBlock makes one of the blocks of a model of the given size.
func NewGPTBlock(s *nn.Scope, c GPTConfig) *GPTBlock {
	std, d := .02, c.Width
	residual := std / math.Sqrt(2*float64(c.Layers))
	gelu := ops.GELUTanh
	if c.ExactGELU {
		gelu = ops.GELU
	}
	return &GPTBlock{
		LN1:      nn.NewLayerNorm(s.Sub("ln_1"), d),
		CAttn:    NewProjection(s.Sub("attn.c_attn"), d, 3*d, std),
		AttnProj: NewProjection(s.Sub("attn.c_proj"), d, d, residual),
		LN2:      nn.NewLayerNorm(s.Sub("ln_2"), d),
		CFC:      NewProjection(s.Sub("mlp.c_fc"), d, 4*d, std),
		MLPProj:  NewProjection(s.Sub("mlp.c_proj"), 4*d, d, residual),
		heads:    c.Heads,
		dropout:  c.Dropout,
		gelu:     gelu,
		scope:    s,
	}
}

// Forward keeps the shape of x (N, T, D).
func (b *GPTBlock) Forward(x graph.Node) graph.Node {
	return b.forward(x, func(qkv graph.Node) graph.Node {
		return ops.SelfAttention(qkv, b.heads, ops.AttentionOptions{Causal: true, Dropout: b.dropout}) // (N, T, D)
	})
}

// forward is Forward with the given attention, of q, k and v (N, T, 3·D).
func (b *GPTBlock) forward(x graph.Node, attention func(qkv graph.Node) graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	defer b.scope.Open(x.Graph())()
	y := b.scope.Apply("attn", b.CAttn.Forward(b.LN1.Forward(x)), attention)
	x = ops.Add(x, ops.Dropout(b.AttnProj.Forward(y), b.dropout))
	y = ops.Reshape(b.LN2.Forward(x), -1, x.Dim(2))     // (N·T, D)
	y = b.scope.Apply("mlp", b.CFC.Forward(y), b.gelu)  // (N·T, 4·D), the bias and GELU in one pass
	y = ops.Reshape(b.MLPProj.Forward(y), x.Shape()...) // (N, T, D)
	return ops.Add(x, ops.Dropout(y, b.dropout))
}

// Projection is the affine map y = x·w + b of the last axis whose weight lies as GPT-2 has it. Unlike an [nn.Linear]
// it is (in, out): Hugging Face calls the layer Conv1D, for the convolution of width 1 that it once was.
type Projection struct {
	Weight *graph.Param // (in, out)
	Bias   *graph.Param // (out)
	scope  *nn.Scope
}

// NewProjection makes a layer from in to out features whose weight begins with N(0, std²), and its bias with 0.
func NewProjection(s *nn.Scope, in, out int, std float64) *Projection {
	return &Projection{
		Weight: s.Param("weight", nn.Normal(std), in, out),
		Bias:   s.Param("bias", nn.Zeros, out),
		scope:  s,
	}
}

// Forward maps x (…, in), of two axes or more, to (…, out).
func (p *Projection) Forward(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	g := x.Graph()
	defer p.scope.Open(g)()
	w, shape := g.Param(p.Weight), slices.Clone(x.Shape())
	if len(shape) > 2 {
		x = ops.Reshape(x, -1, x.Dim(-1)) // rows, so that there is one product
	}
	y := ops.Add(ops.MatMul(x, w), g.Param(p.Bias))
	if len(shape) > 2 && y.Valid() {
		shape[len(shape)-1] = w.Dim(1)
		y = ops.Reshape(y, shape...)
	}
	return y
}

// GPTName is what a [GPT] calls a tensor of Hugging Face's files of GPT-2, and "" for what it does without: masks,
// which are no weights, and the head, which is wte. It is for nn.LoadOptions.Rename:
//
//	model := transformer.NewGPT2Small()
//	_, err := model.Params().LoadWith("model.safetensors", nn.LoadOptions{Rename: transformer.GPTName})
func GPTName(name string) string {
	name = strings.TrimPrefix(name, "transformer.")
	for _, without := range []string{"lm_head.weight", ".attn.bias", ".attn.masked_bias"} {
		if strings.HasSuffix(name, without) {
			return ""
		}
	}
	return name
}
