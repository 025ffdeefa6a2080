package transformer_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// TestBERTClassifierNames: the names and shapes of Hugging Face's BertForSequenceClassification, and the count.
func TestBERTClassifierNames(t *testing.T) {
	c := tinyBERT()
	c.Layers = 1
	namesAre(t, transformer.NewBERTClassifier(c, 3), []string{
		"bert.embeddings.word_embeddings.weight (7, 12)", "bert.embeddings.position_embeddings.weight (8, 12)",
		"bert.embeddings.token_type_embeddings.weight (2, 12)",
		"bert.embeddings.LayerNorm.weight (12)", "bert.embeddings.LayerNorm.bias (12)",
		"bert.encoder.layer.0.attention.self.query.weight (12, 12)",
		"bert.encoder.layer.0.attention.self.query.bias (12)",
		"bert.encoder.layer.0.attention.self.key.weight (12, 12)", "bert.encoder.layer.0.attention.self.key.bias (12)",
		"bert.encoder.layer.0.attention.self.value.weight (12, 12)",
		"bert.encoder.layer.0.attention.self.value.bias (12)",
		"bert.encoder.layer.0.attention.output.dense.weight (12, 12)",
		"bert.encoder.layer.0.attention.output.dense.bias (12)",
		"bert.encoder.layer.0.attention.output.LayerNorm.weight (12)",
		"bert.encoder.layer.0.attention.output.LayerNorm.bias (12)",
		"bert.encoder.layer.0.intermediate.dense.weight (48, 12)", "bert.encoder.layer.0.intermediate.dense.bias (48)",
		"bert.encoder.layer.0.output.dense.weight (12, 48)", "bert.encoder.layer.0.output.dense.bias (12)",
		"bert.encoder.layer.0.output.LayerNorm.weight (12)", "bert.encoder.layer.0.output.LayerNorm.bias (12)",
		"bert.pooler.dense.weight (12, 12)", "bert.pooler.dense.bias (12)", "classifier.weight (3, 12)",
		"classifier.bias (3)",
	})
	base := transformer.BERTConfig{Vocabulary: 30522, Context: 512, Width: 768, Heads: 12, Layers: 12}
	// bentrevett/pytorch-sentiment-analysis: bert-base-uncased with two classes
	if got := transformer.NewBERTClassifier(base, 2).Params().Count(); got != 109_483_778 {
		t.Errorf("%d parameters, want 109,483,778", got)
	}
}

// TestBERTClassifierName: the names in files of classifiers, of encoders alone, old ones, and of what has other heads.
func TestBERTClassifierName(t *testing.T) {
	for name, want := range map[string]string{
		"classifier.weight":                        "classifier.weight",
		"bert.encoder.layer.0.output.dense.bias":   "bert.encoder.layer.0.output.dense.bias",
		"encoder.layer.0.output.dense.bias":        "bert.encoder.layer.0.output.dense.bias",
		"bert.embeddings.LayerNorm.gamma":          "bert.embeddings.LayerNorm.weight",
		"bert.pooler.dense.weight":                 "bert.pooler.dense.weight",
		"bert.embeddings.position_ids":             "",
		"cls.predictions.bias":                     "",
		"cls.predictions.transform.LayerNorm.beta": "",
		"cls.seq_relationship.weight":              "",
	} {
		if got := transformer.BERTClassifierName(name); got != want {
			t.Errorf("BERTClassifierName(%q) is %q, want %q", name, got, want)
		}
	}
}

// TestBERTFilesOfOld: files in which normalisations have gamma and beta, as Google's have, are read with nothing
// missing and nothing left over, and one name that is not known is an error.
func TestBERTFilesOfOld(t *testing.T) {
	written := transformer.NewBERTMaskedLM(tinyBERT())
	written.Params().SetInit("", nn.Normal(.3))
	old := nn.NewScope()
	for p := range written.Params().All() {
		name, value := p.Name(), p.Tensor()
		if before, ok := strings.CutSuffix(name, "LayerNorm.weight"); ok {
			name = before + "LayerNorm.gamma"
		} else if before, ok := strings.CutSuffix(name, "LayerNorm.bias"); ok {
			name = before + "LayerNorm.beta"
		}
		at := strings.LastIndexByte(name, '.')
		old.Sub(name[:at]).Param(name[at+1:], func(dst graph.Tensor, _ *nn.Rand) { dst.CopyFrom(value) },
			value.Shape...)
	}
	path := filepath.Join(t.TempDir(), "old.safetensors")
	if err := old.Params().Save(path); err != nil {
		t.Fatal(err)
	}
	read := transformer.NewBERTMaskedLM(tinyBERT())
	report, err := read.Params().LoadWith(path, nn.LoadOptions{Rename: transformer.BERTMaskedLMName})
	if err != nil || len(report.Missing)+len(report.Unexpected)+len(report.MisShaped) > 0 {
		t.Fatalf("%+v; error %v", report, err)
	}
	var want []graph.Tensor
	for p := range written.Params().All() {
		want = append(want, p.Tensor())
	}
	i := 0
	for p := range read.Params().All() {
		if !slices.Equal(p.Tensor().F32, want[i].F32) {
			t.Errorf("%s differs", p.Name())
		}
		i++
	}
	if err := transformer.NewBERTMaskedLM(tinyBERT()).Params().Load(path); err == nil {
		t.Error("negative control: the old names are read as they are")
	}
}

// TestBERTClassifierPadding: padding behind a text changes nothing, and a symbol does.
func TestBERTClassifierPadding(t *testing.T) {
	m := transformer.NewBERTClassifier(tinyBERT(), 2)
	m.Params().SetInit("", nn.Normal(.3))
	logits := func(x ...int64) []float32 {
		y, err := nn.NewPredictor(m).Predict(graph.FromInt64(x, 1, len(x)))
		if err != nil {
			t.Fatal(err)
		}
		return y.F32
	}
	alone := logits(2, 4, 3)
	if d := distance(logits(2, 4, 3, data.Padding, data.Padding), alone); !(d <= 1e-5) {
		t.Errorf("with padding the logits differ by %g of their norm", d)
	}
	if d := distance(logits(2, 4, 3, 1, 1), alone); !(d > 1e-3) {
		t.Errorf("negative control: with two symbols more the logits differ by %g", d)
	}
}

// TestBERTClassifierMisused: what is no text is an error of the graph, and no class a panic.
func TestBERTClassifierMisused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		x          func(g *graph.Graph) graph.Node
	}{
		{"a text longer than the context", "x has 9 positions, want at most the Context of 8",
			func(g *graph.Graph) graph.Node { return g.Indices("x", 2, 9) }},
		{"a text without an axis of examples", "x has 1 axes, want (N, T)",
			func(g *graph.Graph) graph.Node { return g.Indices("x", 4) }},
		{"a text of floats", "x is float32 (2, 4), want integers (N, T)",
			func(g *graph.Graph) graph.Node { return g.Input("x", 2, 4) }},
	} {
		g := &graph.Graph{}
		transformer.NewBERTClassifier(tinyBERT(), 2).Forward(c.x(g))
		if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.name, err, c.want)
		}
	}
	defer func() {
		if got := recover(); got != "transformer.NewBERTClassifier: classes is 0, want at least 1" {
			t.Errorf("the panic is %v", got)
		}
	}()
	transformer.NewBERTClassifier(tinyBERT(), 0)
}

// A classifier begins with what a model of masked symbols has learnt, and learns to tell texts that end in 5 from
// those that end in 4.
func ExampleBERTClassifier() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	config := transformer.BERTConfig{Vocabulary: 7, Context: 8, Width: 12, Heads: 3, Layers: 2}
	path := filepath.Join(dir, "bert.safetensors")
	if err := transformer.NewBERTMaskedLM(config).Params().Save(path); err != nil {
		log.Fatal(err)
	}
	model := transformer.NewBERTClassifier(config, 2)
	report, err := model.Params().LoadWith(path, nn.LoadOptions{Rename: transformer.BERTClassifierName, Partial: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Missing)
	trainer := train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{LR: .01})
	x := graph.FromInt64([]int64{2, 6, 5, 0, 2, 6, 6, 4}, 2, 4) // 0 is padding
	y := graph.FromInt64([]int64{1, 0}, 2)
	var loss float64
	for range 30 {
		if loss, err = trainer.Step(x, y); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(loss < .1)
	// Output:
	// [bert.pooler.dense.weight bert.pooler.dense.bias classifier.weight classifier.bias]
	// true
}
