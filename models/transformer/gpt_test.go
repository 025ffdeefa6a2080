package transformer_test

import (
	"fmt"
	"log"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// tiny is a model for tests.
func tiny() transformer.GPTConfig {
	return transformer.GPTConfig{Vocabulary: 7, Context: 8, Width: 12, Heads: 3, Layers: 2}
}

// TestGPTCounts: the counts of the doc comments. Constructing takes no memory, so that the largest is tried, too.
func TestGPTCounts(t *testing.T) {
	for _, c := range []struct {
		name string
		m    *transformer.GPT
		want int
	}{
		// transformers: sum(p.numel() for p in GPT2Model.from_pretrained(name).parameters())
		{"gpt2", transformer.NewGPT2Small(), 124_439_808},
		{"gpt2-medium", transformer.NewGPT2Medium(), 354_823_168},
		{"gpt2-large", transformer.NewGPT2Large(), 774_030_080},
		{"gpt2-xl", transformer.NewGPT2XL(), 1_557_611_200},
		// 65·128 + 64·128 + 4·(12·128² + 13·128) + 2·128
		{"nanoGPT's smallest, with biases", transformer.NewGPT(transformer.GPTConfig{
			Vocabulary: 65, Context: 64, Width: 128, Heads: 4, Layers: 4}), 809_856},
		// 7·12 + 8·12 + 2·(12·12² + 13·12) + 2·12
		{"one of tests", transformer.NewGPT(tiny()), 3_972},
	} {
		if got := c.m.Params().Count(); got != c.want {
			t.Errorf("%s: %d parameters, want %d", c.name, got, c.want)
		}
	}
}

// TestGPTNames: the names and shapes of Hugging Face's GPT2Model, whose weights are (in, out).
func TestGPTNames(t *testing.T) {
	var got []string
	for p := range transformer.NewGPT2Small().Params().All() {
		got = append(got, fmt.Sprint(p.Name(), " ", p.Type().Shape))
	}
	want := []string{"wte.weight (50257, 768)", "wpe.weight (1024, 768)",
		"h.0.ln_1.weight (768)", "h.0.ln_1.bias (768)",
		"h.0.attn.c_attn.weight (768, 2304)", "h.0.attn.c_attn.bias (2304)",
		"h.0.attn.c_proj.weight (768, 768)", "h.0.attn.c_proj.bias (768)",
		"h.0.ln_2.weight (768)", "h.0.ln_2.bias (768)",
		"h.0.mlp.c_fc.weight (768, 3072)", "h.0.mlp.c_fc.bias (3072)",
		"h.0.mlp.c_proj.weight (3072, 768)", "h.0.mlp.c_proj.bias (768)"}
	if n := len(want); !slices.Equal(got[:n], want) {
		t.Errorf("the parameters begin with\n%v, want\n%v", got[:n], want)
	}
	last := []string{"ln_f.weight (768)", "ln_f.bias (768)"}
	if end := got[len(got)-2:]; !slices.Equal(end, last) || len(got) != 2+12*12+2 {
		t.Errorf("there are %d parameters, which end with %v", len(got), end)
	}
}

// TestGPTName: the names in Hugging Face's files, with a head and without.
func TestGPTName(t *testing.T) {
	for name, want := range map[string]string{
		"transformer.h.0.ln_1.weight":  "h.0.ln_1.weight",
		"h.0.attn.c_attn.bias":         "h.0.attn.c_attn.bias",
		"h.0.attn.bias":                "", // the mask (1, 1, 1024, 1024)
		"transformer.h.11.attn.bias":   "",
		"h.0.attn.masked_bias":         "", // -1e4
		"lm_head.weight":               "", // wte.weight
		"transformer.wte.weight":       "wte.weight",
		"h.0.mlp.c_proj.bias":          "h.0.mlp.c_proj.bias",
		"transformer.ln_f.bias":        "ln_f.bias",
		"transformer.h.3.attn.c_proj.": "h.3.attn.c_proj.",
	} {
		if got := transformer.GPTName(name); got != want {
			t.Errorf("GPTName(%q) is %q, want %q", name, got, want)
		}
	}
}

// TestGPTInitialValues: weights have the deviation 0.02, those of c_proj 1/√(2·layers) of it, biases are 0.
func TestGPTInitialValues(t *testing.T) {
	m := transformer.NewGPT(transformer.GPTConfig{Vocabulary: 100, Context: 100, Width: 64, Heads: 4, Layers: 8})
	for p := range m.Params().All() {
		want := .02 * .02
		switch name := p.Name(); {
		case strings.HasSuffix(name, "c_proj.weight"):
			want /= 16
		case strings.HasSuffix(name, "bias") || strings.Contains(name, "ln_"):
			want = 0
		}
		if got := variance(p.Tensor().F32); got < .9*want || got > 1.1*want {
			t.Errorf("%s has variance %g, want %g", p.Name(), got, want)
		}
	}
}

func variance(values []float32) float64 {
	sum, squares, n := 0., 0., float64(len(values))
	for _, v := range values {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	return squares/n - sum/n*sum/n
}

// TestGPTIsCausal: the logits of a place do not depend on the symbols behind it, and do on those up to it.
func TestGPTIsCausal(t *testing.T) {
	m := lively(tiny())
	a := logitsOf(t, m, 1, []int64{1, 4, 2, 6, 0, 3})
	b := logitsOf(t, m, 1, []int64{1, 4, 2, 5, 0, 3})
	if !slices.Equal(a[:3*7], b[:3*7]) {
		t.Error("the first three places see the fourth")
	}
	for i := 3; i < 6; i++ {
		if slices.Equal(a[i*7:(i+1)*7], b[i*7:(i+1)*7]) {
			t.Errorf("place %d does not see place 3", i)
		}
	}
}

// logitsOf are those of so many texts.
func logitsOf(t *testing.T, m *transformer.GPT, texts int, symbols []int64) []float32 {
	t.Helper()
	g := &graph.Graph{}
	x := g.Indices("x", texts, len(symbols)/texts)
	y := m.Forward(x)
	prog, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	prog.Set(x, symbols)
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	return prog.Value(y).F32
}

// TestGPTMisused: what is no text is an error of the graph that says what to mend, and no panic.
func TestGPTMisused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		config     func(*transformer.GPTConfig)
		x          func(g *graph.Graph) graph.Node
	}{
		{"a text longer than the context", "x has 9 positions, want at most the Context of 8", nil,
			func(g *graph.Graph) graph.Node { return g.Indices("x", 2, 9) }},
		{"a text without an axis of examples", "x has 1 axes, want (N, T)", nil,
			func(g *graph.Graph) graph.Node { return g.Indices("x", 4) }},
		{"a text of floats", "the indices hold float32, want int64", nil,
			func(g *graph.Graph) graph.Node { return g.Input("x", 2, 4) }},
		{"heads that do not divide the width", "12 features do not make 5 heads",
			func(c *transformer.GPTConfig) { c.Heads = 5 },
			func(g *graph.Graph) graph.Node { return g.Indices("x", 2, 4) }},
		{"what is wrong already", "9 features, weight expects 8",
			nil, func(g *graph.Graph) graph.Node {
				return ops.Linear(g.Input("a", 2, 9), g.Input("w", 4, 8), graph.Node{})
			}},
		{"a dropout that is no probability", "p is 2",
			func(c *transformer.GPTConfig) { c.Dropout = 2 },
			func(g *graph.Graph) graph.Node { return g.Indices("x", 2, 4) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := tiny()
			if c.config != nil {
				c.config(&config)
			}
			g := &graph.Graph{Mode: graph.Train}
			transformer.NewGPT(config).Build(c.x(g), g.Indices("y", 2, 4))
			if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestGPTSizes: a size below 1 is a panic that names it.
func TestGPTSizes(t *testing.T) {
	for name, spoil := range map[string]func(*transformer.GPTConfig){
		"Vocabulary": func(c *transformer.GPTConfig) { c.Vocabulary = 0 },
		"Context":    func(c *transformer.GPTConfig) { c.Context = 0 },
		"Width":      func(c *transformer.GPTConfig) { c.Width = 0 },
		"Heads":      func(c *transformer.GPTConfig) { c.Heads = 0 },
		"Layers":     func(c *transformer.GPTConfig) { c.Layers = 0 },
	} {
		func() {
			defer func() {
				want := "transformer.NewGPT: " + name + " is 0, want at least 1"
				if got := recover(); got != want {
					t.Errorf("the panic is %v, want %q", got, want)
				}
			}()
			c := tiny()
			spoil(&c)
			transformer.NewGPT(c)
		}()
	}
}

// The model is its own task: it learns which character follows, at all places of a text at once.
func ExampleGPT() {
	prose := corpus.Prose(0)
	learn, _, err := prose.Streams()
	if err != nil {
		log.Fatal(err)
	}
	model := transformer.NewGPT(transformer.GPTConfig{
		Vocabulary: prose.Vocabulary.Len(),
		Context:    16,
		Width:      32,
		Heads:      4,
		Layers:     2,
	})
	trainer := train.New(model, &train.Adam{LR: .01})
	var losses []float64
	for batch := range learn.Lanes(16, 16).Batches(0) {
		loss, err := trainer.Step(batch...)
		if err != nil {
			log.Fatal(err)
		}
		if losses = append(losses, loss); len(losses) == 60 {
			break
		}
	}
	fmt.Println(losses[59] < losses[0]-.5)
	// Output: true
}

// The logits of the symbol that follows each of the given ones. Nothing of the 124 million parameters is in memory
// until a program runs.
func ExampleNewGPT2Small() {
	model := transformer.NewGPT2Small()
	g := &graph.Graph{}
	fmt.Println(model.Forward(g.Indices("x", 2, 16)).Shape(), model.Params().Count())
	// Output: (2, 16, 50257) 124439808
}

// TestProjection: what has no rows, or others, is an error of the graph, and no panic; leading axes are kept.
func TestProjection(t *testing.T) {
	for _, c := range []struct {
		name  string
		shape []int
		want  string
	}{
		{"a scalar", nil, "operands have rank 0 and 2"},
		{"a vector", []int{3}, "operands have rank 1 and 2"},
		{"rows of four", []int{2, 4}, "a has 4 columns, b has 3 rows"},
		{"rows of four, with two axes before", []int{2, 3, 4}, "a has 4 columns, b has 3 rows"},
	} {
		g := &graph.Graph{}
		transformer.NewProjection(nn.NewScope(), 3, 5, 1).Forward(g.Input("x", c.shape...))
		if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.name, err, c.want)
		}
	}
	g := &graph.Graph{}
	y := transformer.NewProjection(nn.NewScope(), 3, 5, 1).Forward(g.Input("x", 2, 4, 6, 3))
	if !y.Shape().Equal(graph.Shape{2, 4, 6, 5}) {
		t.Errorf("the shape is %v, want (2, 4, 6, 5): %v", y.Shape(), g.Err())
	}
}

// TestGPTDropout: in a Train graph each step draws numbers to leave out, in an Eval graph none is left out.
func TestGPTDropout(t *testing.T) {
	dropping, plain := tiny(), tiny()
	dropping.Dropout = .5
	for _, c := range []struct {
		name        string
		mode        graph.Mode
		same, plain bool // as in the run before, as without dropout
	}{
		{"in training", graph.Train, false, false},
		{"in evaluation", graph.Eval, true, true},
	} {
		g := &graph.Graph{Mode: c.mode}
		x := g.Indices("x", 2, 4)
		a, b := lively(dropping).Forward(x), lively(plain).Forward(x)
		prog, err := g.Compile(a, b)
		if err != nil {
			t.Fatal(err)
		}
		prog.Set(x, []int{1, 2, 3, 4, 5, 6, 0, 1})
		var runs [2][]float32
		for i := range runs {
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			runs[i] = slices.Clone(prog.Value(a).F32)
		}
		if same := slices.Equal(runs[0], runs[1]); same != c.same {
			t.Errorf("%s: two runs give the same logits: %v, want %v", c.name, same, c.same)
		}
		if same := slices.Equal(runs[0], prog.Value(b).F32); same != c.plain {
			t.Errorf("%s: the logits are those without dropout: %v, want %v", c.name, same, c.plain)
		}
	}
}
