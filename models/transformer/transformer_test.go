package transformer_test

import (
	"fmt"
	"log"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
)

// ofFixtures is the size of the models in testdata/transformer.py.
func ofFixtures(first bool) transformer.TransformerConfig {
	return transformer.TransformerConfig{Source: 11, Target: 9, Context: 8, Width: 12, Heads: 3, Layers: 2, Inner: 20,
		Smoothing: .1, NormFirst: first, GELU: first, Tied: first}
}

// TestTransformerParity: logits, loss, all gradients and three steps of Adam are PyTorch's, of sources and targets
// with padding, with norms behind and in front.
func TestTransformerParity(t *testing.T) {
	for _, c := range []struct {
		name, file string
		first      bool
	}{
		{"norms behind, ReLU, a head of its own", "transformer.safetensors", false},
		{"norms in front, GELU, the table as the head", "transformer_pre.safetensors", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := openFixture(t, c.file)
			m := transformer.NewTransformer(ofFixtures(c.first))
			f.weightsOf(m, nil)
			batch := []graph.Tensor{f.indices("x"), f.indices("lengths"), f.indices("y"), f.indices("target")}
			f.step(m, batch...)
			f.steps(m, m, batch...)
		})
	}
}

// TestTransformerCounts: parameters are as many as the formula, PyTorch and the papers say.
func TestTransformerCounts(t *testing.T) {
	base := transformer.NewTransformerBase(1, 1)
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"the layers of the base are nn.Transformer's", stack(base), 44_140_544}, // torch 1.13: nn.Transformer()
		{"those of the big one", stack(transformer.NewTransformerBig(1, 1)), 176_357_376 + 4*1024},
		{"all tables in one, of 37,000 symbols",
			transformer.NewTransformer(transformer.TransformerConfig{Source: 37_000,
				Target: 37_000, Context: 8, Width: 512, Heads: 8, Layers: 6, Tied: true,
				Shared: true}).Params().Count(),
			63_082_496 + 4*512}, // the paper's 65 million, and two norms
		{"two tables, a head and learnt positions",
			transformer.NewTransformer(transformer.TransformerConfig{Source: 11,
				Target: 9, Context: 8, Width: 12, Heads: 3, Layers: 2, Inner: 20, Learnt: true}).Params().Count(),
			2*(12*144+4*12*20+24*12+2*20) + 4*12 + (11+9)*12 + 9*12 + 9 + 2*8*12},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d parameters, want %d", c.name, c.got, c.want)
		}
	}
}

// stack counts the parameters of the layers.
func stack(m *transformer.Transformer) int {
	return m.Params().Under("encoder").Count() + m.Params().Under("decoder").Count()
}

// TestTransformerPadding: what is padding changes nothing of what is none, and Forward finds it by itself.
func TestTransformerPadding(t *testing.T) {
	m := lovely(ofFixtures(true))
	run := func(x []int64, width int, forward bool) []float32 {
		t.Helper()
		g := &graph.Graph{}
		in := g.Indices("x", 1, width)
		y := m.Forward(in)
		if !forward {
			y = m.Encode(in, graph.Node{})
		}
		prog, err := g.Compile(y)
		if err != nil {
			t.Fatal(err)
		}
		prog.Set(in, x)
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(prog.Value(y).F32[:3*12])
	}
	want := run([]int64{4, 5, 6}, 3, false)
	if d := distance(run([]int64{4, 5, 6, 0, 0}, 5, true), want); !(d <= 1e-6) {
		t.Errorf("with padding it differs by %g of its norm", d)
	}
	if d := distance(run([]int64{4, 5, 6, 0, 0}, 5, false), want); !(d > 1e-2) {
		t.Errorf("negative control: padding that counts changes it by %g", d)
	}
}

// lovely gives a Transformer weights with which all parts of a text matter.
func lovely(c transformer.TransformerConfig) *transformer.Transformer {
	m := transformer.NewTransformer(c)
	for p := range m.Params().All() {
		if !strings.Contains(p.Name(), "norm") {
			m.Params().SetInit(p.Name(), nn.Normal(.4))
		}
	}
	return m
}

// TestTransformerMisused: what does not fit is an error of the graph, or a panic of the constructor with its name.
func TestTransformerMisused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(c *transformer.TransformerConfig)
		x, y       int
	}{
		{"a source longer than the context", "x has 9 positions, want at most the Context of 8", nil, 9, 3},
		{"a target longer than the context", "x has 9 positions, want at most the Context of 8", nil, 3, 9},
		{"heads that do not divide the width", "12 features do not make 5 heads",
			func(c *transformer.TransformerConfig) { c.Heads = 5 }, 3, 3},
		{"no layers", "transformer.NewTransformer: Layers is 0, want at least 1",
			func(c *transformer.TransformerConfig) { c.Layers = 0 }, 3, 3},
		{"two vocabularies in one table", "Source is 11 and Target is 9, want one vocabulary to be Shared",
			func(c *transformer.TransformerConfig) { c.Shared = true }, 3, 3},
	} {
		config := ofFixtures(false)
		if c.change != nil {
			c.change(&config)
		}
		got := func() (said string) {
			defer func() {
				if r := recover(); r != nil {
					said = fmt.Sprint(r)
				}
			}()
			g := &graph.Graph{}
			m := transformer.NewTransformer(config)
			m.Logits(g.Indices("x", 2, c.x), g.Indices("lengths", 2), g.Indices("y", 2, c.y))
			return fmt.Sprint(g.Err())
		}()
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: it says %q, want %q", c.name, got, c.want)
		}
	}
}

// A batch is what data.Sequences makes; the memory of the source is read once for all symbols of the target.
func ExampleTransformer() {
	m := transformer.NewTransformer(transformer.TransformerConfig{Source: 11, Target: 9, Context: 8, Width: 12,
		Heads: 3, Layers: 2})
	g := &graph.Graph{}
	x, lengths, y := g.Indices("x", 2, 6), g.Indices("lengths", 2), g.Indices("y", 2, 4)
	memory := m.Encode(x, lengths)
	logits := m.Decode(y, memory, lengths)
	if err := g.Err(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(memory.Shape(), logits.Shape())
	// Output: (2, 6, 12) (2, 4, 9)
}

// TestTransformerInitialValues: tables have the standard deviation 1/√D, and matrices Glorot's bound.
func TestTransformerInitialValues(t *testing.T) {
	m := transformer.NewTransformer(transformer.TransformerConfig{Source: 500, Target: 400, Context: 8, Width: 64,
		Heads: 4, Layers: 1})
	deviation := func(v []float32) float64 {
		sum := 0.
		for _, x := range v {
			sum += float64(x) * float64(x)
		}
		return math.Sqrt(sum / float64(len(v)))
	}
	for name, want := range map[string]float64{
		"source.weight":                             1. / 8,
		"encoder.layers.0.linear1.weight":           math.Sqrt(2. / (64 + 256)), // of U(±√(6/(in+out)))
		"decoder.layers.0.self_attn.in_proj_weight": math.Sqrt(2. / (64 + 192)),
		"out.weight":                                math.Sqrt(2. / (64 + 400)),
		"encoder.layers.0.self_attn.in_proj_bias":   0,
	} {
		if got := deviation(m.Params().Get(name).Tensor().F32); math.Abs(got-want) > .03*want {
			t.Errorf("%s has the standard deviation %g, want %g", name, got, want)
		}
	}
}
