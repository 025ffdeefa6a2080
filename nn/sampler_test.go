package nn

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// TestChoose: by hand. The logits are those of probabilities .1 .4 .1 .2 .2; a row says what is chosen as u goes up.
func TestChoose(t *testing.T) {
	logits := []float64{math.Log(.1), math.Log(.4), math.Log(.1), math.Log(.2), math.Log(.2)}
	for _, c := range []struct {
		name string
		o    Sampling
		want string // at u = .05, .15, …, .95
	}{
		{"all by their probability", Sampling{}, "0111123344"},
		{"a temperature of 1", Sampling{Temperature: 1}, "0111123344"},
		{"a temperature of ½ squares them: 1 16 1 4 4 of 26", Sampling{Temperature: .5}, "1111111344"},
		{"a temperature of 2 takes the roots: .316 .632 .316 .447 .447 of 2.159", Sampling{Temperature: 2},
			"0111223344"},
		{"no temperature is the largest", Sampling{Temperature: ops.Zero}, "1111111111"},
		{"the largest of what may be chosen, the first of equal ones",
			Sampling{Temperature: ops.Zero, Never: []int64{1}}, "3333333333"},
		{"the largest one", Sampling{TopK: 1}, "1111111111"},
		{"the two largest, the first of equal ones: 4 2 of 6", Sampling{TopK: 2}, "1111111333"},
		{"four, the first of equal ones: 1 4 2 2 of 9", Sampling{TopK: 4}, "0111113344"},
		{"as many as there are", Sampling{TopK: 5}, "0111123344"},
		{"more than there are", Sampling{TopK: 99}, "0111123344"},
		{"a share that the largest has", Sampling{TopP: .39}, "1111111111"},
		{"a share that it has not", Sampling{TopP: .41}, "1111111333"},
		{"a share of ½ of two, of which the largest has ⅔", Sampling{TopK: 2, TopP: .5}, "1111111111"},
		{"a share of all", Sampling{TopP: 1}, "0111123344"},
		{"a share next to nothing", Sampling{TopP: 1e-300}, "1111111111"},
		{"but two: 1 2 2 of 5", Sampling{Never: []int64{1, 2, 7, -1}}, "0033334444"},
		{"a temperature next to nothing", Sampling{Temperature: 1e-300}, "1111111111"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for i := range 10 {
				n, err := c.o.Choose(logits, .05+float64(i)/10)
				if err != nil {
					t.Fatal(err)
				}
				got += fmt.Sprint(n)
			}
			if got != c.want {
				t.Errorf("it chooses %s, want %s", got, c.want)
			}
		})
	}
	if n, err := (Sampling{}).Choose([]float64{math.Inf(-1), 0, math.Inf(-1)}, 1-0x1p-53); n != 1 || err != nil {
		t.Errorf("what has no probability is chosen: %d, %v", n, err)
	}
}

// TestChooseFails: options and logits of which nothing can be chosen.
func TestChooseFails(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name   string
		o      Sampling
		logits []float64
		want   string
	}{
		{"a temperature below 0", Sampling{Temperature: -1}, []float64{1},
			"the Temperature is -1, want a number above 0"},
		{"a temperature that is no number", Sampling{Temperature: nan}, []float64{1}, "the Temperature is NaN"},
		{"a temperature without end", Sampling{Temperature: inf}, []float64{1}, "the Temperature is +Inf"},
		{"less than one", Sampling{TopK: -1}, []float64{1}, "TopK is -1, want at least 1, or 0 for all"},
		{"a share below 0", Sampling{TopP: -.1}, []float64{1}, "TopP is -0.1, want a share"},
		{"a share above 1", Sampling{TopP: 1.1}, []float64{1}, "TopP is 1.1, want a share"},
		{"a share that is no number", Sampling{TopP: nan}, []float64{1}, "TopP is NaN"},
		{"nothing to choose from", Sampling{}, nil, "none of the 0 symbols may be chosen"},
		{"nothing that may be chosen", Sampling{Never: []int64{0}}, []float64{1},
			"none of the 1 symbols may be chosen"},
		{"a logit that is no number", Sampling{}, []float64{1, nan}, "the logits are not finite"},
		{"the first that is no number", Sampling{}, []float64{nan, 1}, "the logits are not finite"},
		{"an infinite one", Sampling{Temperature: ops.Zero}, []float64{1, inf}, "the logits are not finite"},
		{"all without probability", Sampling{}, []float64{-inf, -inf}, "the logits are not finite"},
	} {
		if _, err := c.o.Choose(c.logits, .5); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.name, err, c.want)
		}
	}
}

// TestChooseOften: what is chosen of many draws has its probability, and of the cut distribution it too.
func TestChooseOften(t *testing.T) {
	logits := []float64{0, 1, 2, 1}
	count := make([]int, len(logits))
	const n = 20_000
	for i := range n {
		k, err := Sampling{TopK: 3, Temperature: .7}.Choose(logits, (float64(i)+.5)/n)
		if err != nil {
			t.Fatal(err)
		}
		count[k]++
	}
	e := math.Exp(1 / .7)
	for k, want := range []float64{0, e, e * e, e} {
		if want /= 2*e + e*e; math.Abs(float64(count[k])/n-want) > 1e-3 {
			t.Errorf("symbol %d is chosen %d times of %d, want a share of %.4f", k, count[k], n, want)
		}
	}
}

// follower is a model in which after i comes i+1, and which adds up what it has read in its state: the logit of symbol
// (sum of all) mod v is the largest.
type follower struct {
	v      int
	window int
}

func (follower) Params() *Params                   { return NewScope().Params() }
func (f follower) Forward(x graph.Node) graph.Node { return f.Continue(x) }
func (f follower) Window() int                     { return f.window }

func (f follower) Continue(x graph.Node) graph.Node {
	g := x.Graph()
	sum := g.State("sum", 1)
	next := ops.Add(sum, ops.Reshape(ops.Cast(x, graph.Float32), 1))
	g.Assign(sum, next)
	places := make([]float32, f.v)
	for i := range places {
		places[i] = float32(i)
	}
	at := g.Constant(graph.FromFloat32(places, 1, 1, f.v))
	rest := ops.Fmod(next, g.Scalar(float64(f.v)))
	return ops.Neg(ops.Square(ops.Sub(at, ops.Reshape(rest, 1, 1, 1))))
}

// overflowing is a model whose state is not finite after what it has read.
type overflowing struct{ follower }

func (f overflowing) Continue(x graph.Node) graph.Node {
	g := x.Graph()
	sum := g.State("sum", 1)
	g.Assign(sum, ops.Scale(ops.AddScalar(sum, 1e38), 1e38))
	return f.follower.Continue(x)
}

// TestSamplerNotFinite: a state that would keep what is not finite is told as logits are, without an instruction of
// the tape.
func TestSamplerNotFinite(t *testing.T) {
	s, err := NewSampler(overflowing{follower{v: 5}}, Sampling{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Read(1); err != errNoLogits {
		t.Errorf("got %v", err)
	}
}

// sequence is what a sampler writes.
func sequence(t *testing.T, s *Sampler, n int) (all []int64) {
	t.Helper()
	for range n {
		id, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	return all
}

// TestSampler: each symbol follows from all that was read and written before.
func TestSampler(t *testing.T) {
	greedy := Sampling{Temperature: ops.Zero}
	for _, c := range []struct {
		name   string
		window int
		read   []int64
		want   []int64 // the sum of those that the model sees, mod 10
	}{
		{"from one symbol", 0, []int64{1}, []int64{1, 2, 4, 8, 6, 2, 4, 8}},
		{"from several", 0, []int64{3, 4, 5}, []int64{2, 4, 8, 6, 2}},
		{"a model that sees four, and then reads two again", 4, []int64{1, 2}, []int64{3, 6, 2, 1, 2, 5}},
		{"a beginning as long as it sees", 4, []int64{1, 2, 3, 1}, []int64{7, 1, 2, 0}},
		{"a longer one, of which it reads the last four", 4, []int64{9, 9, 1, 2, 3, 1}, []int64{7, 1, 2, 0}},
		{"a model that sees one", 1, []int64{3, 4}, []int64{4, 4, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := NewSampler(follower{10, c.window}, greedy)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := s.Read(c.read...); err != nil {
					t.Fatal(err)
				}
				if got := sequence(t, s, len(c.want)); !slices.Equal(got, c.want) {
					t.Errorf("behind %v comes %v, want %v", c.read, got, c.want)
				}
				s.Reset()
			}
		})
	}
}

// TestSamplerSeeds: one seed gives one sequence, another another, and Reset goes on drawing.
func TestSamplerSeeds(t *testing.T) {
	write := func(seed uint64) (first, second []int64) {
		s, err := NewSampler(follower{10, 0}, Sampling{Temperature: 10, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []*[]int64{&first, &second} {
			if err := s.Read(1); err != nil {
				t.Fatal(err)
			}
			*at = sequence(t, s, 20)
			s.Reset()
		}
		return first, second
	}
	a, b := write(1)
	again, _ := write(1)
	other, _ := write(2)
	if !slices.Equal(a, again) || slices.Equal(a, other) || slices.Equal(a, b) {
		t.Errorf("seed 1 writes %v and %v, seed 2 %v, and behind Reset comes %v", a, again, other, b)
	}
}

// TestSamplerMisused: what cannot be read or written is an error, and the next symbol may follow.
func TestSamplerMisused(t *testing.T) {
	if _, err := NewSampler(nil, Sampling{}); err == nil || !strings.Contains(err.Error(), "there is no model") {
		t.Errorf("no model: %v", err)
	}
	if _, err := NewSampler(follower{10, 0}, Sampling{TopK: -1}); err == nil {
		t.Error("options that make no sense are no error")
	}
	s, err := NewSampler(follower{10, 0}, Sampling{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Next(); err == nil ||
			!strings.Contains(err.Error(), "nothing was read that a symbol could follow") {
			t.Errorf("nothing was read: %v", err)
		}
		s.Reset()
	}
}
