package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// maskedTexts are n texts of t symbols 4 to 13, each begun by 2 and ended by 3, with symbol 14 for a mask.
func maskedTexts(n, t int) Masked {
	x := make([]int64, n*t)
	for i := range x {
		switch x[i] = int64(4 + (i*7+i/t*3)%10); i % t {
		case 0:
			x[i] = Begin
		case t - 1:
			x[i] = End
		}
	}
	return Masked{X: graph.FromInt64(x, n, t), From: 4, To: 14, Mask: 14}
}

// rates are what became of the symbols of an epoch: shares of those that may be hidden, and of what is in their place.
type rates struct{ chosen, masked, kept, other float64 }

// ratesOf counts, and holds the batches to what they must be in any case.
func ratesOf(t *testing.T, m Masked, source Source, epoch int) rates {
	t.Helper()
	var all, chosen, masked, kept, other float64
	for b := range source.Batches(epoch) {
		x, y := b[0], b[1]
		for i, target := range y.I64 {
			symbol := x.I64[i]
			may := symbol != Begin && symbol != End
			if may {
				all++
			}
			switch {
			case target == ops.IgnoreIndex && symbol == m.Mask,
				target != ops.IgnoreIndex && (target < m.From || target >= m.To):
				t.Fatalf("x is %d where y is %d", symbol, target)
			case target == ops.IgnoreIndex:
			default:
				chosen++
				switch {
				case symbol == m.Mask:
					masked++
				case symbol == target:
					kept++
				case symbol < m.From || symbol >= m.To:
					t.Fatalf("%d stands for %d", symbol, target)
				default:
					other++
				}
			}
		}
	}
	return rates{chosen / all, masked / chosen, kept / chosen, other / chosen}
}

// follows reports shares within four standard deviations of the rule, of n symbols. Of ten symbols one drawn at random
// is the symbol itself.
func (r rates) follows(n int, share float64) bool {
	near := func(got, want, n float64) bool { return math.Abs(got-want) <= 4*math.Sqrt(want*(1-want)/n) }
	chosen := float64(n) * share
	return near(r.chosen, share, float64(n)) && near(r.masked, .8, chosen) && near(r.kept, .1+.1/10, chosen) &&
		near(r.other, .1-.1/10, chosen)
}

// TestMaskedRates: 15 in 100 symbols are hidden, and of those 8 in 10 masked, 1 in 10 swapped and 1 in 10 kept.
func TestMaskedRates(t *testing.T) {
	const n, length = 4000, 32
	m := maskedTexts(n, length)
	for epoch := range 2 {
		if r := ratesOf(t, m, m.Shuffled(50), epoch); !r.follows(n*(length-2), .15) {
			t.Errorf("epoch %d: %+v", epoch, r)
		}
	}
	if r := ratesOf(t, m, m.Ordered(37), 0); !r.follows(n*(length-2), .15) {
		t.Errorf("in order: %+v", r)
	}
	m.Share = .4
	if r := ratesOf(t, m, m.Ordered(50), 0); !r.follows(n*(length-2), .4) {
		t.Errorf("a share of .4: %+v", r)
	} else if r.follows(n*(length-2), .15) {
		t.Error("negative control: a share of .4 is one of .15")
	}
	for _, r := range []rates{{.15, .9, .055, .045}, {.15, .8, .02, .18}, {.155, .8, .11, .09}} {
		if r.follows(n*(length-2), .15) {
			t.Errorf("negative control: %+v follows the rule", r)
		}
	}
}

// batchesOf writes all batches of an epoch.
func batchesOf(s Source, epoch int) string {
	var text strings.Builder
	n := 0
	for b := range s.Batches(epoch) {
		fmt.Fprintln(&text, b[0].I64, b[1].I64)
		n++
	}
	return fmt.Sprint(n == s.Len(), text.String())
}

// TestMaskedDraws: what is hidden is a function of seed, epoch, example and place, and the texts stay as they are.
func TestMaskedDraws(t *testing.T) {
	m := maskedTexts(20, 12)
	text := slices.Clone(m.X.I64)
	other := m
	other.Seed = 1
	for _, c := range []struct {
		name  string
		a, b  string
		equal bool
	}{
		{"an epoch is the same again", batchesOf(m.Shuffled(4), 3), batchesOf(m.Shuffled(4), 3), true},
		{"epochs differ", batchesOf(m.Shuffled(4), 3), batchesOf(m.Shuffled(4), 4), false},
		{"seeds differ", batchesOf(m.Shuffled(4), 3), batchesOf(other.Shuffled(4), 3), false},
		{"in order epochs are the same", batchesOf(m.Ordered(6), 0), batchesOf(m.Ordered(6), 5), true},
		{"in order seeds differ", batchesOf(m.Ordered(6), 0), batchesOf(other.Ordered(6), 0), false},
	} {
		if (c.a == c.b) != c.equal || !strings.HasPrefix(c.a, "true") {
			t.Errorf("%s: equal is %v, want %v", c.name, c.a == c.b, c.equal)
		}
	}
	hidden := func(size int) map[string]bool {
		all := map[string]bool{}
		for b := range m.Ordered(size).Batches(0) {
			for i := range b[0].Shape[0] {
				all[fmt.Sprint(b[0].Rows(i, i+1).I64, b[1].Rows(i, i+1).I64)] = true
			}
		}
		return all
	}
	if a, b := hidden(6), hidden(7); fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("what is hidden depends on the batch")
	}
	if !slices.Equal(m.X.I64, text) {
		t.Error("the texts have changed")
	}
}

// TestMaskedAtLeastOne: of each text that has a symbol to hide one is chosen, and of no other.
func TestMaskedAtLeastOne(t *testing.T) {
	m := Masked{X: graph.FromInt64(slices.Repeat([]int64{2, 4, 5, 3, 2, 1, 3, 0}, 200), 400, 4), From: 4,
		To: 6, Mask: 6,
		Share: 1e-6}
	for b := range m.Ordered(400).Batches(0) {
		for i := range 400 {
			n := 0
			for _, id := range b[1].Rows(i, i+1).I64 {
				if id != ops.IgnoreIndex {
					n++
				}
			}
			if want := 1 - i%2; n != want {
				t.Fatalf("%d symbols of text %d are chosen, want %d", n, i, want)
			}
		}
	}
}

// TestMaskedPanics: what is no text, no symbol or no probability.
func TestMaskedPanics(t *testing.T) {
	for want, spoil := range map[string]func(*Masked){
		"data: Ordered of masked texts int64 (8), want (N, T) of int64": func(m *Masked) {
			m.X = graph.FromInt64(make([]int64, 8), 8)
		},
		"data: Ordered of masked texts that hide symbols 4 to 3, which are none": func(m *Masked) { m.To = 4 },
		"data: Ordered of masked texts that hide a share of 1.5, want a probability": func(
			m *Masked) {
			m.Share = 1.5
		},
		"data: Ordered of masked texts that hide a share of NaN, want a probability": func(
			m *Masked) {
			m.Share = math.NaN()
		},
		"data: Ordered of masked texts that hide a share of -0.1, want a probability": func(
			m *Masked) {
			m.Share = -.1
		},
	} {
		m := maskedTexts(2, 4)
		spoil(&m)
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("the panic is %v, want %q", got, want)
				}
			}()
			m.Ordered(2)
		}()
	}
}

// Some words of a text are hidden, and are to be found.
func ExampleMasked() {
	words := NewWords([]string{"to be or not to be that is the question"}, WordOptions{})
	ids, err := words.Encode("to be or not to be that is the question")
	if err != nil {
		fmt.Println(err)
		return
	}
	texts := Masked{
		X:    graph.FromInt64(ids, 1, len(ids)),
		From: End + 1,
		To:   int64(words.Len()),
		Mask: int64(words.Len()),
		Seed: 2,
	}
	symbols := append(words.Symbols(), "[MASK]")
	for batch := range texts.Shuffled(1).Batches(0) {
		for i, id := range batch[0].I64 {
			fmt.Print(symbols[id], " ")
			if y := batch[1].I64[i]; y != ops.IgnoreIndex {
				fmt.Printf("(%s) ", symbols[y])
			}
		}
	}
	// Output: to be or not to be [MASK] (that) is [MASK] (the) question
}
