package ops

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// attended is q, k and v of T queries and S keys in two heads of three features, as attention of some form takes them.
type attended struct{ q, k, v graph.Node } // (N, NH, ·, HS)

// side lays heads (N, NH, T, HS) beside each other: (N, T, NH·HS).
func (attended) side(x graph.Node) graph.Node { return joined(x) }

// TestAttentionsIn: the weights that are found in a graph are those that attention takes its mean by, whatever its
// form: their product with the values is its result to 1e-5, and they add up to 1 where a query sees a key. In a graph
// without attention there are none.
func TestAttentionsIn(t *testing.T) {
	const n, heads, queries, keys, hs = 2, 2, 4, 5, 3
	hidden := func(g *graph.Graph) graph.Node {
		return g.Constant(graph.FromFloat32([]float32{0, 0, float32(math.Inf(-1)), .5, 0}, keys))
	}
	for _, c := range []struct {
		name  string
		self  bool // keys are of the queries' text
		mode  graph.Mode
		build func(x attended, lengths graph.Node) graph.Node
		found int
	}{
		{"attention", false, graph.Eval, func(x attended, _ graph.Node) graph.Node {
			return x.side(Attention(x.q, x.k, x.v, AttentionOptions{}))
		}, 1},
		{"causal attention with a scale", false, graph.Eval, func(x attended, _ graph.Node) graph.Node {
			return x.side(Attention(x.q, x.k, x.v, AttentionOptions{Causal: true, Scale: .3}))
		}, 1},
		{"attention with lengths, one of them 0", false, graph.Eval, func(x attended, l graph.Node) graph.Node {
			return x.side(Attention(x.q, x.k, x.v, AttentionOptions{Lengths: l}))
		}, 1},
		{"attention with a mask", false, graph.Eval, func(x attended, _ graph.Node) graph.Node {
			return x.side(Attention(x.q, x.k, x.v, AttentionOptions{Mask: hidden(x.q.Graph())}))
		}, 1},
		{"attention with a mask and lengths", false, graph.Eval, func(x attended, l graph.Node) graph.Node {
			return x.side(Attention(x.q, x.k, x.v, AttentionOptions{Mask: hidden(x.q.Graph()), Lengths: l}))
		}, 1},
		{"causal self-attention", true, graph.Eval, func(x attended, _ graph.Node) graph.Node {
			return SelfAttention(Concat(-1, x.side(x.q), x.side(x.k), x.side(x.v)), heads,
				AttentionOptions{Causal: true})
		}, 1},
		{"cross-attention with lengths", false, graph.Eval, func(x attended, l graph.Node) graph.Node {
			kv := Concat(-1, x.side(x.k), x.side(x.v))
			return CrossAttention(x.side(x.q), kv, heads, AttentionOptions{Lengths: l})
		}, 1},
		{"attention in small ops, with a bias first", false, graph.Eval, func(x attended, _ graph.Node) graph.Node {
			scores := Add(Scale(MatMulT(x.q, x.k, false, true), .5), hidden(x.q.Graph()))
			return x.side(MatMul(Softmax(scores, -1), x.v))
		}, 1},
		{"a mean by a softmax that is of no scores", false, graph.Eval, func(x attended, _ graph.Node) graph.Node {
			return x.side(MatMul(Softmax(MatMul(x.q, g33(x.q.Graph())), -1), Slice(x.v, 2, 0, 3, 1)))
		}, 0},
		{"a product of scores that are no weights", false, graph.Eval, func(x attended, _ graph.Node) graph.Node {
			return x.side(MatMul(MatMulT(x.q, x.k, false, true), x.v))
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := keys
			if c.self {
				s = queries
			}
			g := &graph.Graph{Mode: c.mode}
			x := attended{g.Input("q", n, heads, queries, hs), g.Input("k", n, heads, s, hs),
				g.Input("v", n, heads, s, hs)}
			lengths := g.Indices("lengths", n)
			leave := g.Scope("layer")
			y := c.build(x, lengths)
			leave()
			found := AttentionsIn(g)
			if len(found) != c.found || g.Err() != nil {
				t.Fatalf("%d are found, want %d; error %v", len(found), c.found, g.Err())
			}
			if c.found == 0 {
				return
			}
			if again := AttentionsIn(g); len(again) != 1 {
				t.Errorf("looking twice finds %d", len(again))
			}
			p := found[0].Weights
			if found[0].Layer != "layer" || !p.Shape().Equal(graph.Shape{n, heads, queries, s}) {
				t.Fatalf("in %q, of shape %v", found[0].Layer, p.Shape())
			}
			compareWeights(t, g, x, y, p, lengths)
		})
	}
}

// g33 is a constant matrix of 3 by 3.
func g33(g *graph.Graph) graph.Node {
	return g.Constant(graph.FromFloat32([]float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3))
}

// compareWeights runs g and compares y with the mean of the values by p.
func compareWeights(t *testing.T, g *graph.Graph, x attended, y, p, lengths graph.Node) {
	t.Helper()
	mean := joined(MatMul(p, x.v))
	prog, err := g.CompileWith(graph.CompileOptions{NoFuse: true}, y, mean, p)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for _, in := range []graph.Node{x.q, x.k, x.v} {
		v := graph.NewTensor(in.Type())
		for i := range v.F32 {
			v.F32[i] = float32(r.NormFloat64())
		}
		prog.Set(in, v)
	}
	prog.Set(lengths, graph.FromInt64([]int64{0, int64(x.k.Dim(2)) - 1}, 2))
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	got, want := prog.Value(mean).F32, prog.Value(y).F32
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d < 1e-5) {
			t.Fatalf("element %d of the mean is %v, attention gives %v", i, got[i], want[i])
		}
	}
	w, s := prog.Value(p).F32, p.Dim(-1)
	for i := 0; i < len(w); i += s {
		sum := 0.
		for _, v := range w[i : i+s] {
			sum += float64(v)
		}
		if math.Abs(sum-1) > 1e-5 && sum != 0 {
			t.Errorf("the weights of query %d add up to %v", i/s, sum)
		}
	}
}
