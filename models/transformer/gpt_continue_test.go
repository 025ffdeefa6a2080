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

// reader is a model that reads texts piece by piece.
type reader struct {
	graph     *graph.Graph
	prog      *graph.Program
	x, logits graph.Node
	next      []int64
	boxed     any // next, as Set takes it
}

func newReader(t testing.TB, m *transformer.GPT, texts, piece int) *reader {
	t.Helper()
	g := &graph.Graph{DType: m.Params().DType()}
	r := &reader{graph: g, x: g.Indices("x", texts, piece), next: make([]int64, texts*piece)}
	r.logits = m.Continue(r.x)
	r.boxed = r.next
	var err error
	if r.prog, err = g.Compile(r.logits); err != nil {
		t.Fatal(err)
	}
	return r
}

// read lets all texts go on, and returns the logits (texts, piece, V), which the next run overwrites.
func (r *reader) read(symbols ...int64) ([]float32, error) {
	copy(r.next, symbols)
	r.prog.Set(r.x, r.boxed)
	if err := r.prog.Run(); err != nil {
		return nil, err
	}
	return r.prog.Value(r.logits).F32, nil
}

// from takes the states of another reader.
func (r *reader) from(other *reader) {
	from, _ := other.graph.Assigned()
	to, _ := r.graph.Assigned()
	for i := range to {
		r.prog.Set(to[i], other.prog.Value(from[i]))
	}
}

// lively gives a model weights with which all parts of a text matter.
func lively(c transformer.GPTConfig) *transformer.GPT {
	m := transformer.NewGPT(c)
	m.Params().SetInit("", nn.Normal(.3))
	return m
}

// TestGPTContinue: two texts of 200 symbols that are read piece by piece have the logits of the whole texts.
func TestGPTContinue(t *testing.T) {
	const length, v = 200, 11
	m := lively(transformer.GPTConfig{Vocabulary: v, Context: length, Width: 24, Heads: 3, Layers: 3, Dropout: .5})
	r := rand.New(rand.NewPCG(1, 2))
	texts := make([]int64, 2*length)
	for i := range texts {
		texts[i] = r.Int64N(v)
	}
	whole := logitsOf(t, m, 2, texts) // (2, length, v)
	one := newReader(t, m, 2, 1)
	for _, c := range []struct {
		name            string
		beginning, then *reader
	}{
		{"symbol by symbol", one, one},
		{"in pieces of eight", newReader(t, m, 2, 8), nil},
		{"at once", newReader(t, m, 2, length), nil},
		{"a piece of forty, and then symbol by symbol", newReader(t, m, 2, 40), one},
	} {
		t.Run(c.name, func(t *testing.T) {
			one.prog.Reset()
			reads := c.beginning
			for at := 0; at < length; {
				piece := reads.x.Dim(1)
				got, err := reads.read(slices.Concat(texts[at:at+piece], texts[length+at:length+at+piece])...)
				if err != nil {
					t.Fatal(err)
				}
				want := slices.Concat(whole[at*v:(at+piece)*v], whole[(length+at)*v:(length+at+piece)*v])
				if d := distance(got, want); !(d <= 1e-5) {
					t.Fatalf("from place %d on the logits differ by %g of their norm", at, d)
				}
				if at += piece; c.then != nil && reads != c.then {
					c.then.from(reads)
					reads = c.then
				}
			}
		})
	}
}

// TestGPTContinueInFloat64: the states have the float type of the graph.
func TestGPTContinueInFloat64(t *testing.T) {
	m := transformer.NewGPT(tiny())
	if err := m.Params().SetDType(graph.Float64); err != nil {
		t.Fatal(err)
	}
	r := newReader(t, m, 2, 3)
	if _, err := r.read(1, 2, 3, 4, 5, 6); err != nil || len(r.prog.Value(r.logits).F64) != 2*3*7 {
		t.Errorf("the logits are %v: %v", r.prog.Value(r.logits), err)
	}
}

// TestGPTContinueEnds: a text ends at the context, where the run says so, and begins anew after Reset.
func TestGPTContinueEnds(t *testing.T) {
	m := lively(tiny())
	r := newReader(t, m, 1, 1)
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
		if _, err := r.read(0); err == nil || !strings.Contains(err.Error(), "index 8 at position 0 is outside 0..7") {
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

// TestGPTContinueEndsWithin: a piece that ends behind the context is not read at all, and shorter ones may follow.
func TestGPTContinueEndsWithin(t *testing.T) {
	m := lively(tiny())
	three, one := newReader(t, m, 1, 3), newReader(t, m, 1, 1)
	for i := range 3 {
		_, err := three.read(1, 2, 3)
		if (err != nil) != (i == 2) {
			t.Errorf("piece %d of three symbols: the error is %v", i, err)
		}
	}
	one.from(three)
	got, err := one.read(4)
	if err != nil {
		t.Fatal(err)
	}
	if want := logitsOf(t, m, 1, []int64{1, 2, 3, 1, 2, 3, 4})[6*7:]; !(distance(got, want) <= 1e-5) {
		t.Errorf("the logits of the seventh symbol are %v, want %v", got, want)
	}
}

// TestGPTContinueAllocates: reading a symbol makes nothing.
func TestGPTContinueAllocates(t *testing.T) {
	c := tiny()
	c.Context = 100
	r := newReader(t, lively(c), 2, 1)
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

// TestGPTContinueInTraining: a Train graph reads in pieces as well, with gradients that end at what was kept.
func TestGPTContinueInTraining(t *testing.T) {
	for _, piece := range []int{1, 3, 8} {
		m := lively(tiny())
		g := &graph.Graph{Mode: graph.Train}
		x := g.Indices("x", 1, piece)
		y := m.Continue(x)
		grads := graph.Gradients(ops.Mean(ops.Square(y)), g.Trainable()...)
		prog, err := g.Compile(append(grads, y)...)
		if err != nil {
			t.Fatal(err)
		}
		text := []int64{1, 2, 3, 4, 5, 6, 0, 1}
		prog.Set(x, text[:piece])
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		if want := logitsOf(t, m, 1, text[:piece]); !(distance(prog.Value(y).F32, want) <= 1e-5) {
			t.Errorf("a piece of %d: the logits are %v, want %v", piece, prog.Value(y).F32, want)
		}
		for i, p := range g.Trainable() {
			if !slices.ContainsFunc(prog.Value(grads[i]).F32, func(v float32) bool { return v != 0 }) {
				t.Errorf("a piece of %d: the gradient of %s is 0", piece, p.Name())
			}
		}
	}
}

// TestGPTContinueMisused: what is no piece of texts is an error of the graph.
func TestGPTContinueMisused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		x          func(g *graph.Graph) graph.Node
	}{
		{"a piece longer than the context", "x has 9 positions, want at most the Context of 8",
			func(g *graph.Graph) graph.Node { return g.Indices("x", 3, 9) }},
		{"no axis of symbols", "x has 1 axes, want (N, T)",
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
	r := newReader(t, m, 1, 1)
	got, err := r.read(3)
	if err != nil {
		t.Fatal(err)
	}
	if want := logitsOf(t, m, 1, []int64{3}); !(distance(got, want) <= 1e-5) {
		t.Errorf("the logits are %v, want %v", got, want)
	}
}

// TestGPTContinueCost: what a symbol costs grows with the number of those before by attention alone: in each block a
// product of D numbers for each of them to find its weight, one to add its value, and its share of the softmax.
func TestGPTContinueCost(t *testing.T) {
	const layers, d, heads = 3, 24, 3
	cost := func(context, piece int) graph.Cost {
		m := transformer.NewGPT(transformer.GPTConfig{Vocabulary: 11, Context: context, Width: d, Heads: heads,
			Layers: layers})
		return newReader(t, m, 1, piece).prog.Cost()
	}
	short, long := cost(100, 1), cost(1100, 1)
	if got, want := long.Products-short.Products, int64(layers*1000*4*d); got != want {
		t.Errorf("the products of a thousand symbols more before it cost %d, want %d", got, want)
	}
	if got, want := long.Flops-short.Flops, int64(layers*1000*4*(d+heads)); got != want {
		t.Errorf("a thousand symbols more before it cost %d, want %d", got, want)
	}
	const blocks = 2 * (12*d*d*layers + 11*d) // a multiply-add for each weight but the tables'
	if got, want := short.Products-int64(layers*101*4*d), int64(blocks); got != want {
		t.Errorf("but for attention the products cost %d, want %d", got, want)
	}
	if whole := cost(100, 100); whole.Products < 20*short.Products { // the negative control
		t.Errorf("a hundred symbols cost %d, one of them %d", whole.Products, short.Products)
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
	r := newReader(b, m, 1, 1)
	for i := 0; b.Loop(); i++ {
		if i%1024 == 0 {
			r.prog.Reset()
		}
		if _, err := r.read(3); err != nil {
			b.Fatal(err)
		}
	}
}
