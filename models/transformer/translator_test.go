package transformer_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// whole is the logarithms of the probabilities of all symbols behind each place of a target (U, V), of one pass.
func whole(t *testing.T, m *transformer.Transformer, source, target []int64) []float32 {
	t.Helper()
	g := &graph.Graph{}
	x, lengths, y := g.Indices("x", 1, len(source)), g.Indices("lengths", 1), g.Indices("y", 1, len(target))
	logp := ops.LogSoftmax(m.Logits(x, lengths, y), -1)
	prog, err := g.Compile(logp)
	if err != nil {
		t.Fatal(err)
	}
	prog.Set(x, source)
	prog.Set(lengths, []int{len(source)})
	prog.Set(y, target)
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(prog.Value(logp).F32)
}

// decoder is a model that writes targets symbol by symbol.
type decoder struct {
	x, lengths, y, at graph.Node
	memory, next      *graph.Program
	logp              graph.Node
}

// TestTransformerNext: 200 symbols of two targets that are written one by one have the probabilities of the whole
// targets, with sinusoids and learnt positions.
func TestTransformerNext(t *testing.T) {
	const length, v = 200, 9
	for _, learnt := range []bool{false, true} {
		c := ofFixtures(true)
		c.Context, c.Learnt, c.Dropout = length, learnt, .5
		m := lovely(c)
		r := rand.New(rand.NewPCG(1, 2))
		sources := [][]int64{{4, 5, 6, 7, 8}, {9, 10, 4}}
		targets := make([][]int64, 2)
		for i := range targets {
			for range length {
				targets[i] = append(targets[i], r.Int64N(v))
			}
		}
		d := newDecoder(t, m, sources, length)
		want := [][]float32{whole(t, m, sources[0], targets[0]), whole(t, m, sources[1], targets[1])}
		for at := range length {
			d.next.Set(d.y, []int64{targets[0][at], targets[1][at]})
			d.next.Set(d.at, []int{at, at})
			if err := d.next.Run(); err != nil {
				t.Fatal(err)
			}
			got := d.next.Value(d.logp).F32
			for i := range targets {
				if d := distance(got[i*v:(i+1)*v], want[i][at*v:(at+1)*v]); !(d <= 1e-5) {
					t.Fatalf("learnt %v, target %d, place %d: it differs by %g of the norm", learnt, i, at, d)
				}
			}
		}
		d.next.Set(d.at, []int{length, length})
		if err := d.next.Run(); err == nil {
			t.Error("a target grows behind what is kept")
		}
	}
}

// newDecoder reads the sources, and compiles what writes targets of at most so many symbols.
func newDecoder(t testing.TB, m *transformer.Transformer, sources [][]int64, most int) *decoder {
	t.Helper()
	n, length := len(sources), len(sources[0])
	d, g := &decoder{}, &graph.Graph{}
	d.x, d.lengths = g.Indices("x", n, length), g.Indices("lengths", n)
	kv := m.Memory(d.x, d.lengths)
	var err error
	if d.memory, err = g.Compile(kv...); err != nil {
		t.Fatal(err)
	}
	x, lengths := make([]int64, n*length), make([]int, n)
	for i, s := range sources {
		lengths[i] = copy(x[i*length:], s)
	}
	d.memory.Set(d.x, x)
	d.memory.Set(d.lengths, lengths)
	if err := d.memory.Run(); err != nil {
		t.Fatal(err)
	}
	g = &graph.Graph{}
	d.y, d.at = g.Indices("y", n, 1), g.Indices("at", n)
	given := g.Indices("lengths", n)
	var memory []graph.Node
	for i, k := range kv {
		memory = append(memory, g.Input(fmt.Sprint("memory", i), k.Shape()...))
	}
	d.logp = ops.LogSoftmax(m.Next(d.y, memory, given, d.at, graph.Node{}, most), -1)
	if d.next, err = g.Compile(d.logp); err != nil {
		t.Fatal(err)
	}
	d.next.Set(given, lengths)
	for i, k := range kv {
		d.next.Set(memory[i], d.memory.Value(k))
	}
	return d
}

// TestTransformerNextAllocates: writing a symbol makes nothing.
func TestTransformerNextAllocates(t *testing.T) {
	d := newDecoder(t, lovely(ofFixtures(true)), [][]int64{{4, 5}, {6, 7}}, 8)
	d.next.Set(d.y, []int64{2, 2})
	d.next.Set(d.at, []int{3, 3})
	run := func() {
		if err := d.next.Run(); err != nil {
			t.Fatal(err)
		}
	}
	run()
	if n := testing.AllocsPerRun(50, run); n != 0 {
		t.Errorf("a symbol allocates %v times", n)
	}
}

// TestTranslatorGreedy: without a beam, and with one of width 1, each symbol is the most likely one of a whole pass
// over those before, whatever else is translated with it.
func TestTranslatorGreedy(t *testing.T) {
	m := lovely(ofFixtures(true))
	sources := [][]int64{{4, 5, 6, 7, 8}, {9}, {10, 4, 4, 4, 4, 4, 4, 4}, {6, 6}, {4, 9, 4}, {7, 8}}
	for _, b := range []transformer.Beam{{Longest: 6}, {Width: 1, Penalty: .6, Longest: 6}} {
		tr := transformer.NewTranslator(m, b)
		tr.Rows = 4
		all, err := tr.Translate(t.Context(), sources)
		if err != nil {
			t.Fatal(err)
		}
		for i, source := range sources {
			want, logp := greedy(t, m, source, 6)
			got := all[i]
			if len(got) != 1 || !slices.Equal(got[0].Symbols, want) || math.Abs(got[0].LogP-logp) > 1e-4 {
				t.Errorf("source %d: %v, want %v with %g", i, got, want, logp)
			}
		}
	}
}

// greedy writes at most so many symbols, and the end.
func greedy(t *testing.T, m *transformer.Transformer, source []int64, most int) (symbols []int64, logp float64) {
	t.Helper()
	v := m.Config.Target
	for {
		all := whole(t, m, source, append([]int64{data.Begin}, symbols...))
		row := all[len(all)-v:]
		best := data.Unknown
		for _, symbol := range []int{data.End, 4, 5, 6, 7, 8} {
			if row[symbol] > row[best] {
				best = symbol
			}
		}
		if len(symbols) == most {
			best = data.End
		}
		logp += float64(row[best])
		if best == data.End {
			return symbols, logp
		}
		symbols = append(symbols, int64(best))
	}
}

// TestBeamFindsTheBest: a beam of all sequences finds the best of them, as trying each does; and one of width 1 does
// not for all sources, which is the negative control.
func TestBeamFindsTheBest(t *testing.T) {
	const most = 3
	c := ofFixtures(true)
	c.Target = 6 // <pad>, <unk>, <s>, </s> and two words
	m := lovely(c)
	sources := [][]int64{{4, 5, 6}, {9}, {10, 4}, {6, 6, 7, 7}, {8, 5}, {5, 9, 9}}
	for _, penalty := range []float64{0, .6, 2} {
		best := map[int]transformer.Hypothesis{}
		for i, source := range sources {
			best[i] = bestOf(t, m, source, penalty, most)
		}
		b := transformer.Beam{Width: 64, Penalty: penalty, Longest: most, Never: []int64{data.Unknown}}
		for _, width := range []int{64, 1} {
			b.Width = width
			all, err := transformer.NewTranslator(m, b).Translate(t.Context(), sources)
			if err != nil {
				t.Fatal(err)
			}
			missed := 0
			for i, found := range all {
				want, got := best[i], found[0]
				if !slices.Equal(got.Symbols, want.Symbols) {
					missed++
					continue
				}
				if math.Abs(got.Score-want.Score) > 1e-4 {
					t.Errorf("penalty %g, source %d: the score is %g, want %g", penalty, i, got.Score, want.Score)
				}
			}
			if (missed == 0) != (width == 64) {
				t.Errorf("penalty %g, width %d: %d of %d are not the best", penalty, width, missed, len(sources))
			}
		}
	}
}

// bestOf tries all sequences of up to so many of the symbols 4 and 5.
func bestOf(t *testing.T, m *transformer.Transformer, source []int64, penalty float64,
	most int) (best transformer.Hypothesis) {
	t.Helper()
	best.Score = math.Inf(-1)
	for n := range most + 1 {
		for code := range 1 << n {
			symbols := make([]int64, n)
			for i := range symbols {
				symbols[i] = 4 + int64(code>>i&1)
			}
			all, logp := whole(t, m, source, append([]int64{data.Begin}, symbols...)), 0.
			for i, symbol := range append(slices.Clone(symbols), data.End) {
				logp += float64(all[i*m.Config.Target+int(symbol)])
			}
			score := logp / math.Pow(float64(5+n+1)/6, penalty) // Wu et al. 2016, equation 14
			if score > best.Score {
				best = transformer.Hypothesis{Symbols: symbols, LogP: logp, Score: score}
			}
		}
	}
	return best
}

// TestTranslatorMisused: what cannot be translated is an error that says why.
func TestTranslatorMisused(t *testing.T) {
	m := lovely(ofFixtures(false))
	ended, end := context.WithCancel(t.Context())
	end()
	for _, c := range []struct {
		name, want string
		ctx        context.Context
		beam       transformer.Beam
		sources    [][]int64
	}{
		{"nothing", "source 1 has 0 symbols, want 1 to the Context of 8", t.Context(), transformer.Beam{},
			[][]int64{{4}, {}}},
		{"too long", "source 0 has 9 symbols, want 1 to", t.Context(), transformer.Beam{},
			[][]int64{make([]int64, 9)}},
		{"a symbol that there is not", "source 0: symbol 11 at place 1 is outside 0..10", t.Context(),
			transformer.Beam{},
			[][]int64{{4, 11}}},
		{"a negative beam", "the beam has width -1, want 1 to 1024", t.Context(), transformer.Beam{Width: -1}, nil},
		{"a penalty that is no number", "the penalty is NaN", t.Context(), transformer.Beam{Penalty: math.NaN()}, nil},
		{"a negative longest", "the longest is -1 symbols", t.Context(), transformer.Beam{Longest: -1}, nil},
		{"no symbol left", "none of the 9 symbols may be written", t.Context(),
			transformer.Beam{Never: []int64{1, 3, 4, 5, 6, 7, 8}}, [][]int64{{4}}},
		{"a context that has ended", "context canceled", ended, transformer.Beam{}, [][]int64{{4}}},
	} {
		_, err := transformer.NewTranslator(m, c.beam).Translate(c.ctx, c.sources)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.name, err, c.want)
		}
	}
	for p := range m.Params().All() {
		for i, v := range p.Tensor().F32 {
			p.Tensor().F32[i] = float32(math.Copysign(3e38, float64(v)))
		}
	}
	if _, err := transformer.NewTranslator(m, transformer.Beam{}).Translate(t.Context(), [][]int64{{4}}); err == nil {
		t.Error("weights of 3e38 translate")
	} else if errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestTranslatorInFloat64: a model of float64 finds what its twin of float32 does.
func TestTranslatorInFloat64(t *testing.T) {
	m, twin := lovely(ofFixtures(true)), lovely(ofFixtures(true))
	if err := m.Params().SetDType(graph.Float64); err != nil {
		t.Fatal(err)
	}
	sources := [][]int64{{4, 5, 6}, {7}}
	b := transformer.Beam{Width: 3, Longest: 5}
	got, err := transformer.NewTranslator(m, b).Translate(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	want, err := transformer.NewTranslator(twin, b).Translate(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if !slices.Equal(got[i][0].Symbols, want[i][0].Symbols) {
			t.Errorf("source %d: %v, want %v", i, got[i], want[i])
		}
	}
}

// TestTranslatorSample: without a temperature it is the greedy target; else symbols are drawn as often as the model
// says, those that are never written left out, and are a function of the seed.
func TestTranslatorSample(t *testing.T) {
	c := ofFixtures(true)
	c.Target = 6 // <pad>, <unk>, <s>, </s> and two words
	m := lovely(c)
	tr := transformer.NewTranslator(m, transformer.Beam{Longest: 4, Never: []int64{data.Unknown}})
	sources := [][]int64{{4, 5, 6}, {9}, {10, 4}, {6, 6, 7, 7}, {8, 5}, {5, 9, 9}}
	want, err := tr.Translate(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	got, err := tr.Sample(t.Context(), sources, nn.Sampling{Temperature: ops.Zero})
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if !slices.Equal(got[i].Symbols, want[i][0].Symbols) || math.Abs(got[i].LogP-want[i][0].LogP) > 1e-4 {
			t.Errorf("source %d: %v, want the greedy %v", i, got[i], want[i][0])
		}
	}

	const n = 500
	same := slices.Repeat([][]int64{{4, 5, 6}}, n)
	logp := whole(t, m, same[0], []int64{data.Begin})
	for _, temperature := range []float64{1, .5} {
		share, sum := map[int64]float64{}, 0.
		for _, symbol := range []int64{data.End, 4, 5} {
			share[symbol] = math.Exp(float64(logp[symbol]) / temperature)
			sum += share[symbol]
		}
		drawn, err := tr.Sample(t.Context(), same, nn.Sampling{Temperature: temperature, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		again, err := tr.Sample(t.Context(), same, nn.Sampling{Temperature: temperature, Seed: 1})
		other, failed := tr.Sample(t.Context(), same, nn.Sampling{Temperature: temperature, Seed: 2})
		if err != nil || failed != nil || !reflect.DeepEqual(drawn, again) || reflect.DeepEqual(drawn, other) {
			t.Errorf("temperature %v: the seed does not say what is drawn: %v, %v", temperature, err, failed)
		}
		counts := map[int64]float64{}
		for _, h := range drawn {
			counts[append(h.Symbols, data.End)[0]]++
		}
		for symbol, p := range share {
			p /= sum
			if d := math.Abs(counts[symbol]-n*p) / math.Sqrt(n*p*(1-p)); d > 4 {
				t.Errorf("temperature %v: symbol %d is drawn %v times, want about %.0f", temperature, symbol,
					counts[symbol], n*p)
			}
		}
		if counts[data.End]+counts[4]+counts[5] != n {
			t.Errorf("temperature %v: %v are drawn", temperature, counts)
		}
	}
	for _, c := range []struct {
		want    string
		o       nn.Sampling
		sources [][]int64
	}{
		{"translate: sampling: the Temperature is -1", nn.Sampling{Temperature: -1}, sources},
		{"translate: source 0 has 0 symbols", nn.Sampling{}, [][]int64{{}}},
		{"none of the 6 symbols may be chosen", nn.Sampling{Never: []int64{data.End, 4, 5}}, sources},
	} {
		if _, err := tr.Sample(t.Context(), c.sources, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// The words of a target are drawn, others by each seed.
func ExampleTranslator_Sample() {
	m := transformer.NewTransformer(transformer.TransformerConfig{Source: 11, Target: 9, Context: 16, Width: 12,
		Heads: 3, Layers: 2})
	tr := transformer.NewTranslator(m, transformer.Beam{Longest: 8})
	drawn := map[string]bool{}
	for seed := range uint64(5) {
		found, err := tr.Sample(context.Background(), [][]int64{{4, 5, 6}}, nn.Sampling{Temperature: .8, Seed: seed})
		if err != nil {
			log.Fatal(err)
		}
		drawn[fmt.Sprint(found[0].Symbols)] = true
	}
	fmt.Println(len(drawn) > 1)
	// Output: true
}

// Two sources of different lengths are translated at once, each to its two best targets.
func ExampleTranslator() {
	m := transformer.NewTransformer(transformer.TransformerConfig{Source: 11, Target: 9, Context: 16, Width: 12,
		Heads: 3, Layers: 2})
	tr := transformer.NewTranslator(m, transformer.Beam{Width: 2, Penalty: .6})
	found, err := tr.Translate(context.Background(), [][]int64{{4, 5, 6}, {7, 8, 9, 10}})
	if err != nil {
		log.Fatal(err)
	}
	for _, best := range found {
		fmt.Println(len(best), best[0].Score >= best[1].Score)
	}
	// Output:
	// 2 true
	// 2 true
}
