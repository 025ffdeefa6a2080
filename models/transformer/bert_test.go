package transformer_test

import (
	"fmt"
	"log"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// tinyBERT is a model for tests.
func tinyBERT() transformer.BERTConfig {
	return transformer.BERTConfig{Vocabulary: 7, Context: 8, Width: 12, Heads: 3, Layers: 2}
}

// TestBERTCounts: the counts of the doc comments, and of the small models of Turc et al. 2019.
func TestBERTCounts(t *testing.T) {
	of := func(width, heads, layers int) transformer.BERTConfig {
		return transformer.BERTConfig{Vocabulary: 30522, Context: 512, Width: width, Heads: heads, Layers: layers}
	}
	chinese, cased := of(768, 12, 12), of(768, 12, 12)
	chinese.Vocabulary, cased.Vocabulary = 21128, 28996
	for _, c := range []struct {
		name string
		m    nn.Model
		want int
	}{
		// transformers: sum(p.numel() for p in BertModel.from_pretrained(name).parameters())
		{"bert-base-uncased", transformer.NewBERTBase(), 109_482_240},
		{"bert-large-uncased", transformer.NewBERTLarge(), 335_141_888},
		{"bert-base-cased", transformer.NewBERT(cased), 108_310_272},
		{"bert-base-chinese", transformer.NewBERT(chinese), 102_267_648},
		{"tiny", transformer.NewBERT(of(128, 2, 2)), 4_385_920},
		{"mini", transformer.NewBERT(of(256, 4, 4)), 11_170_560},
		{"small", transformer.NewBERT(of(512, 8, 4)), 28_763_648},
		{"medium", transformer.NewBERT(of(512, 8, 8)), 41_373_184},
		// 109,482,240 - 590,592 of the pooler + 622,650 of the head: BertForMaskedLM
		{"masked symbols", transformer.NewBERTMaskedLM(of(768, 12, 12)), 109_514_298},
	} {
		if got := c.m.Params().Count(); got != c.want {
			t.Errorf("%s: %d parameters, want %d", c.name, got, c.want)
		}
	}
}

// TestBERTNames: the names and shapes of Hugging Face's BertModel and BertForMaskedLM.
func TestBERTNames(t *testing.T) {
	encoder := []string{"embeddings.word_embeddings.weight (7, 12)", "embeddings.position_embeddings.weight (8, 12)",
		"embeddings.token_type_embeddings.weight (2, 12)",
		"embeddings.LayerNorm.weight (12)", "embeddings.LayerNorm.bias (12)"}
	for i := range 2 {
		for _, name := range []string{
			"attention.self.query.weight (12, 12)", "attention.self.query.bias (12)",
			"attention.self.key.weight (12, 12)", "attention.self.key.bias (12)",
			"attention.self.value.weight (12, 12)", "attention.self.value.bias (12)",
			"attention.output.dense.weight (12, 12)", "attention.output.dense.bias (12)",
			"attention.output.LayerNorm.weight (12)", "attention.output.LayerNorm.bias (12)",
			"intermediate.dense.weight (48, 12)", "intermediate.dense.bias (48)",
			"output.dense.weight (12, 48)", "output.dense.bias (12)",
			"output.LayerNorm.weight (12)", "output.LayerNorm.bias (12)"} {
			encoder = append(encoder, fmt.Sprintf("encoder.layer.%d.%s", i, name))
		}
	}
	namesAre(t, transformer.NewBERT(tinyBERT()), append(slices.Clone(encoder),
		"pooler.dense.weight (12, 12)", "pooler.dense.bias (12)"))
	for i := range encoder {
		encoder[i] = "bert." + encoder[i]
	}
	namesAre(t, transformer.NewBERTMaskedLM(tinyBERT()), append(encoder, "cls.predictions.bias (7)",
		"cls.predictions.transform.dense.weight (12, 12)", "cls.predictions.transform.dense.bias (12)",
		"cls.predictions.transform.LayerNorm.weight (12)", "cls.predictions.transform.LayerNorm.bias (12)"))
}

func namesAre(t *testing.T, m nn.Model, want []string) {
	t.Helper()
	var got []string
	for p := range m.Params().All() {
		got = append(got, fmt.Sprint(p.Name(), " ", p.Type().Shape))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the parameters of %T are\n%s\nwant\n%s", m, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestBERTName: the names in Hugging Face's files, old and new, of the encoder alone and with heads.
func TestBERTName(t *testing.T) {
	for _, c := range []struct{ name, encoder, masked string }{
		{"bert.encoder.layer.0.output.dense.bias", "encoder.layer.0.output.dense.bias",
			"bert.encoder.layer.0.output.dense.bias"},
		{"encoder.layer.0.output.dense.bias", "encoder.layer.0.output.dense.bias",
			"encoder.layer.0.output.dense.bias"},
		{"bert.embeddings.LayerNorm.gamma", "embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.weight"},
		{"bert.embeddings.LayerNorm.beta", "embeddings.LayerNorm.bias", "bert.embeddings.LayerNorm.bias"},
		{"bert.embeddings.position_ids", "", ""},
		{"bert.pooler.dense.weight", "pooler.dense.weight", ""},
		{"cls.predictions.bias", "", "cls.predictions.bias"},
		{"cls.predictions.transform.LayerNorm.gamma", "", "cls.predictions.transform.LayerNorm.weight"},
		{"cls.predictions.decoder.weight", "", ""}, // the table of words
		{"cls.predictions.decoder.bias", "", ""},   // cls.predictions.bias
		{"cls.seq_relationship.weight", "", ""},
	} {
		if got := transformer.BERTName(c.name); got != c.encoder {
			t.Errorf("BERTName(%q) is %q, want %q", c.name, got, c.encoder)
		}
		if got := transformer.BERTMaskedLMName(c.name); got != c.masked {
			t.Errorf("BERTMaskedLMName(%q) is %q, want %q", c.name, got, c.masked)
		}
	}
}

// TestBERTInitialValues: products and tables have the deviation 0.02, biases are 0.
func TestBERTInitialValues(t *testing.T) {
	c := transformer.BERTConfig{Vocabulary: 100, Context: 100, Width: 64, Heads: 4, Layers: 1}
	m := transformer.NewBERTMaskedLM(c)
	for p := range m.Params().All() {
		want := .02 * .02
		switch name := p.Name(); {
		case strings.HasSuffix(name, "bias") || strings.Contains(name, "LayerNorm"):
			want = 0
		case strings.Contains(name, "token_type"):
			continue // too few to tell
		}
		if got := variance(p.Tensor().F32); got < .9*want || got > 1.1*want {
			t.Errorf("%s has variance %g, want %g", p.Name(), got, want)
		}
	}
}

// TestBERTPadding: what is padding changes nothing of what is none, and types are 0 where none are given.
func TestBERTPadding(t *testing.T) {
	m := transformer.NewBERT(tinyBERT())
	m.Params().SetInit("", nn.Normal(.3))
	encoded := func(x []int, types []int, length int) []float32 {
		g := &graph.Graph{}
		xn, lengths := g.Indices("x", 1, len(x)), g.Indices("lengths", 1)
		var tn graph.Node
		if types != nil {
			tn = g.Indices("types", 1, len(types))
		}
		y := ops.Slice(m.Encode(xn, tn, lengths), 1, 0, 3, 1) // of the first three
		prog, err := g.Compile(y)
		if err != nil {
			t.Fatal(err)
		}
		prog.Set(xn, x)
		prog.Set(lengths, []int{length})
		if types != nil {
			prog.Set(tn, types)
		}
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		return prog.Value(y).F32
	}
	alone := encoded([]int{1, 4, 2}, nil, 3)
	for _, c := range []struct {
		name  string
		got   []float32
		equal bool
	}{
		{"with padding", encoded([]int{1, 4, 2, 6, 5}, nil, 3), true},
		{"with types of 0", encoded([]int{1, 4, 2}, []int{0, 0, 0}, 3), true},
		{"with symbols behind it", encoded([]int{1, 4, 2, 6, 5}, nil, 5), false},
		{"with another type", encoded([]int{1, 4, 2}, []int{0, 0, 1}, 3), false},
	} {
		if d := distance(c.got, alone); (d <= 1e-5) != c.equal {
			t.Errorf("%s the encoding differs by %g of its norm", c.name, d)
		}
	}
}

// TestBERTMisused: what is no text is an error of the graph that says what to mend, and no panic.
func TestBERTMisused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		build      func(g *graph.Graph, m *transformer.BERTMaskedLM)
	}{
		{"a text longer than the context", "x has 9 positions, want at most the Context of 8",
			func(g *graph.Graph, m *transformer.BERTMaskedLM) { m.Forward(g.Indices("x", 2, 9)) }},
		{"a text without an axis of examples", "x has 1 axes, want (N, T)",
			func(g *graph.Graph, m *transformer.BERTMaskedLM) { m.Forward(g.Indices("x", 4)) }},
		{"a text of floats", "the indices hold float32, want int64",
			func(g *graph.Graph, m *transformer.BERTMaskedLM) { m.Build(g.Input("x", 2, 4), g.Indices("y", 2, 4)) }},
		{"lengths of other texts", "lengths have shape (3), want (2)",
			func(g *graph.Graph, m *transformer.BERTMaskedLM) {
				m.Logits(g.Indices("x", 2, 4), graph.Node{}, g.Indices("lengths", 3))
			}},
		{"a pooler where there is none", "the model has no pooler: it is made by NewBERT",
			func(g *graph.Graph, m *transformer.BERTMaskedLM) {
				m.BERT.Pool(m.BERT.Forward(g.Indices("x", 2, 4)))
			}},
	} {
		g := &graph.Graph{Mode: graph.Train}
		c.build(g, transformer.NewBERTMaskedLM(tinyBERT()))
		if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.name, err, c.want)
		}
	}
	g := &graph.Graph{}
	transformer.NewBERT(tinyBERT()).Pool(g.Input("h", 12))
	if err := g.Err(); err == nil || !strings.Contains(err.Error(), "h has 1 axes, want (N, T, D)") {
		t.Errorf("pooling a vector: the error is %v", err)
	}
}

// TestBERTSizes: a size below 1 is a panic that names the constructor and the size.
func TestBERTSizes(t *testing.T) {
	for want, make := range map[string]func(){
		"transformer.NewBERT: Layers is 0, want at least 1": func() { transformer.NewBERT(spoilt("Layers")) },
		"transformer.NewBERT: Inner is -1, want at least 1": func() { transformer.NewBERT(spoilt("Inner")) },
		"transformer.NewBERTMaskedLM: Heads is 0, want at least 1": func() {
			transformer.NewBERTMaskedLM(
				spoilt("Heads"))
		},
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("the panic is %v, want %q", got, want)
				}
			}()
			make()
		}()
	}
}

func spoilt(field string) transformer.BERTConfig {
	c := tinyBERT()
	switch field {
	case "Layers":
		c.Layers = 0
	case "Inner":
		c.Inner = -1
	case "Heads":
		c.Heads = 0
	}
	return c
}

// The model learns which symbols were masked: here those of one text, of which symbol 6 stands for a mask.
func ExampleBERTMaskedLM() {
	model := transformer.NewBERTMaskedLM(transformer.BERTConfig{
		Vocabulary: 7,
		Context:    8,
		Width:      12,
		Heads:      3,
		Layers:     2,
	})
	trainer := train.New(model, &train.Adam{LR: .01})
	x := graph.FromInt64([]int64{1, 6, 3, 4, 6}, 1, 5)
	y := graph.FromInt64([]int64{ops.IgnoreIndex, 2, ops.IgnoreIndex, ops.IgnoreIndex, 5}, 1, 5)
	var loss float64
	for range 60 {
		var err error
		if loss, err = trainer.Step(x, y); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(loss < .1)
	// Output: true
}

// One description of each text, of which the second has padding.
func ExampleBERT_Pool() {
	model := transformer.NewBERTBase()
	g := &graph.Graph{}
	h := model.Encode(g.Indices("x", 2, 16), graph.Node{}, g.Indices("lengths", 2))
	fmt.Println(h.Shape(), model.Pool(h).Shape(), model.Params().Count())
	// Output: (2, 16, 768) (2, 768) 109482240
}
