// This file holds the classifier of texts that is made of a BERT.

package transformer

import (
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// BERTClassifier tells the class of a text by the description that a [BERT] makes of it:
//
//	h = bert(x)                                                       (N, T, D)
//	logits = classifier(dropout(tanh(pooler(h[:, 0]))))               (N, C)
//
// The encoder may begin with what it has learnt in a [BERTMaskedLM], which is called fine-tuning, see
// [BERTClassifierName]. Names are those of Hugging Face's BertForSequenceClassification.
//
// Devlin, Chang, Lee and Toutanova, "BERT: pre-training of deep bidirectional transformers for language
// understanding", NAACL 2019, section 4.1.
type BERTClassifier struct {
	BERT       *BERT
	Classifier *nn.Linear // (C, D)

	scope *nn.Scope
}

// NewBERTClassifier makes the model for so many classes, with C·D + C parameters more than [NewBERT]: 109,483,778 of
// two classes for the size of [NewBERTBase]. It panics where NewBERT does, and on fewer classes than 1.
func NewBERTClassifier(c BERTConfig, classes int) *BERTClassifier {
	s := nn.NewScope()
	m := &BERTClassifier{BERT: newBERT("NewBERTClassifier", s.Sub("bert"), c).withPooler(), scope: s}
	sizes("NewBERTClassifier", "classes", classes)
	m.Classifier = nn.NewLinear(s.Sub("classifier"), c.Width, classes, bertAffine())
	return m
}

// Params returns bert.embeddings.word_embeddings.weight, …, bert.pooler.dense.bias, classifier.weight,
// classifier.bias.
func (m *BERTClassifier) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T) to logits (N, C). Symbol 0 behind a text is padding, [data.Padding].
func (m *BERTClassifier) Forward(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	if err := checkText(x, m.BERT.Config.Context); err != nil {
		return graph.Fail("bert", []graph.Node{x}, err)
	}
	return m.Logits(x, graph.Node{}, nn.Lengths(x))
}

// Logits maps x (N, T) to logits (N, C); types and lengths are those of [BERT.Encode].
func (m *BERTClassifier) Logits(x, types, lengths graph.Node) graph.Node {
	pooled := m.BERT.Pool(m.BERT.Encode(x, types, lengths)) // (N, D)
	if !pooled.Valid() {
		return pooled
	}
	return m.Classifier.Forward(ops.Dropout(pooled, m.BERT.Config.Dropout)) // (N, C)
}

// BERTClassifierName is what a [BERTClassifier] calls a tensor of another model's file, Hugging Face's or one of a
// [BERTMaskedLM], and "" for what it does without: the heads, and the numbers of the positions. A classifier, and in a
// file of a BERTMaskedLM a pooler, is missing, so that such a file is loaded in part:
//
//	model := transformer.NewBERTClassifier(config, 2)
//	_, err := model.Params().LoadWith("bert.safetensors", nn.LoadOptions{
//		Rename: transformer.BERTClassifierName, Partial: true})
func BERTClassifierName(name string) string {
	if strings.HasPrefix(name, "classifier.") {
		return name
	}
	if name = BERTName(name); name == "" {
		return ""
	}
	return "bert." + name
}
