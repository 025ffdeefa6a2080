package transformer_test

import (
	"fmt"
	"log"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// reader is a model that reads a text symbol by symbol.
type reader struct {
	prog      *graph.Program
	x, logits graph.Node
	next      []int64
	boxed     any // next, as Set takes it
}

func newReader(t testing.TB, m *transformer.GPT, texts int) *reader {
	t.Helper()
	g := &graph.Graph{}
	r := &reader{x: g.Indices("x", texts, 1), next: make([]int64, texts)}
	r.logits = m.Continue(r.x)
	r.boxed = r.next
	var err error
	if r.prog, err = g.Compile(r.logits); err != nil {
		t.Fatal(err)
	}
	return r
}

// read lets all texts go on, and returns the logits (texts·V), which the next run overwrites.
func (r *reader) read(symbols ...int64) ([]float32, error) {
	copy(r.next, symbols)
	r.prog.Set(r.x, r.boxed)
	if err := r.prog.Run(); err != nil {
		return nil, err
	}
	return r.prog.Value(r.logits).F32, nil
}

// lively gives a model weights with which all parts of a text matter.
func lively(c transformer.GPTConfig) *transformer.GPT {
	m := transformer.NewGPT(c)
	m.Params().SetInit("", nn.Normal(.3))
	return m
}

// TestGPTContinue: two texts of 200 symbols that are read symbol by symbol have the logits of the whole texts.
func TestGPTContinue(t *testing.T) {
	const length, v = 200, 11
	m := lively(transformer.GPTConfig{Vocabulary: v, Context: length, Width: 24, Heads: 3, Layers: 3, Dropout: .5})
	r := rand.New(rand.NewPCG(1, 2))
	texts := make([]int64, 2*length)
	for i := range texts {
		texts[i] = r.Int64N(v)
	}
	g := &graph.Graph{}
	x := g.Indices("x", 2, length)
	y := m.Forward(x)
	prog, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	prog.Set(x, texts)
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	whole := prog.Value(y).F32 // (2, length, v)
	one := newReader(t, m, 2)
	for i := range length {
		got, err := one.read(texts[i], texts[length+i])
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Concat(whole[i*v:(i+1)*v], whole[(length+i)*v:(length+i+1)*v])
		if d := distance(got, want); !(d <= 1e-5) {
			t.Fatalf("place %d: the logits differ by %g of their norm", i, d)
		}
	}
}

// TestGPTContinueEnds: a text ends at the context, where the run says so, and begins anew after Reset.
func TestGPTContinueEnds(t *testing.T) {
	m := lively(tiny())
	r := newReader(t, m, 1)
	var first []float32
	for i := range int64(8) {
		got, err := r.read(i % 7)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = slices.Clone(got)
		}
	}
	for range 2 { // it stays so
		if _, err := r.read(0); err == nil || !strings.Contains(err.Error(), "index 8 at position () is outside 0..7") {
			t.Errorf("behind the context the error is %v", err)
		}
	}
	r.prog.Reset()
	got, err := r.read(0)
	if err != nil || !slices.Equal(got, first) {
		t.Errorf("after Reset the logits are %v, want %v: %v", got, first, err)
	}
	again, err := r.read(0)
	if err != nil || slices.Equal(again, first) {
		t.Errorf("a second symbol has the logits of the first: %v", err) // the negative control
	}
}

// TestGPTContinueAllocates: reading a symbol makes nothing.
func TestGPTContinueAllocates(t *testing.T) {
	c := tiny()
	c.Context = 100
	r := newReader(t, lively(c), 2)
	read := func() {
		if _, err := r.read(3, 4); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if n := testing.AllocsPerRun(50, read); n != 0 {
		t.Errorf("a symbol allocates %v times", n)
	}
}

// TestGPTContinueMisused: what is no symbol of each text is an error of the graph.
func TestGPTContinueMisused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		x          func(g *graph.Graph) graph.Node
	}{
		{"two symbols", "x has shape (3, 2), want (N, 1), a symbol of each text",
			func(g *graph.Graph) graph.Node { return g.Indices("x", 3, 2) }},
		{"no axis of symbols", "x has shape (3), want (N, 1)",
			func(g *graph.Graph) graph.Node { return g.Indices("x", 3) }},
		{"heads that do not divide the width", "12 features do not make 5 heads",
			func(g *graph.Graph) graph.Node { return g.Indices("x", 3, 1) }},
		{"floats", "the indices hold float32, want int64",
			func(g *graph.Graph) graph.Node { return g.Input("x", 3, 1) }},
	} {
		g := &graph.Graph{}
		config := tiny()
		if strings.HasPrefix(c.name, "heads") {
			config.Heads = 5
		}
		transformer.NewGPT(config).Continue(c.x(g))
		if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.name, err, c.want)
		}
	}
}

// TestGPTContinueOfOne: a model that sees one symbol reads one.
func TestGPTContinueOfOne(t *testing.T) {
	c := tiny()
	c.Context = 1
	m := lively(c)
	r := newReader(t, m, 1)
	got, err := r.read(3)
	if err != nil {
		t.Fatal(err)
	}
	if want := logitsOf(t, m, []int{3}); !(distance(got, want) <= 1e-5) {
		t.Errorf("the logits are %v, want %v", got, want)
	}
}

// A text is written symbol by symbol: what was read before is not computed again.
func ExampleGPT_Continue() {
	model := transformer.NewGPT(transformer.GPTConfig{Vocabulary: 7, Context: 8, Width: 12, Heads: 3, Layers: 2})
	g := &graph.Graph{}
	x := g.Indices("x", 1, 1)
	logits := model.Continue(x)
	best := ops.ArgMax(logits, -1) // (1, 1)
	prog, err := g.Compile(logits, best)
	if err != nil {
		log.Fatal(err)
	}
	text := []int64{3}
	for len(text) < 8 {
		prog.Set(x, text[len(text)-1:])
		if err := prog.Run(); err != nil {
			log.Fatal(err)
		}
		text = append(text, prog.Value(best).I64[0])
	}
	fmt.Println(len(text), prog.Value(logits).Shape)
	// Output: 8 (1, 1, 7)
}

// BenchmarkGPTContinue reads symbols with 10.8 million parameters.
func BenchmarkGPTContinue(b *testing.B) {
	m := transformer.NewGPT(transformer.GPTConfig{Vocabulary: 65, Context: 1024, Width: 384, Heads: 6, Layers: 6})
	r := newReader(b, m, 1)
	for i := 0; b.Loop(); i++ {
		if i%1024 == 0 {
			r.prog.Reset()
		}
		if _, err := r.read(3); err != nil {
			b.Fatal(err)
		}
	}
}
