package ops

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// attentionOf builds attention of q, k, v, and of lengths where there is a fourth operand.
func attentionOf(opt AttentionOptions) func(in []graph.Node) graph.Node {
	return func(in []graph.Node) graph.Node {
		opt := opt
		if len(in) == 4 {
			opt.Lengths = in[3]
		}
		return Attention(in[0], in[1], in[2], opt)
	}
}

func selfAttentionOf(heads int, opt AttentionOptions) func(in []graph.Node) graph.Node {
	return func(in []graph.Node) graph.Node {
		opt := opt
		if len(in) == 2 {
			opt.Lengths = in[1]
		}
		return SelfAttention(in[0], heads, opt)
	}
}

func crossAttentionOf(heads int, opt AttentionOptions) func(in []graph.Node) graph.Node {
	return func(in []graph.Node) graph.Node {
		opt := opt
		if len(in) == 3 {
			opt.Lengths = in[2]
		}
		return CrossAttention(in[0], in[1], heads, opt)
	}
}

var attentionCases = []opCase{
	{name: "attention weighs two values by the exponentials of their scores",
		in: []operand{given(shape(1, 1, 1, 1), 1), given(shape(1, 1, 2, 1), 0, math.Log(3)),
			given(shape(1, 1, 2, 1), 10, 20)},
		build: attentionOf(AttentionOptions{}), want: []float64{17.5}, // (1·10 + 3·20)/4
		torch: "(a @ b.mT).softmax(-1) @ c", first: true},
	{name: "attention of several heads, with more keys than queries", bad: badHeads(3),
		in:    []operand{some(2, 2, 3, 4), some(2, 2, 5, 4), between(-1, 1, 2, 2, 5, 4)},
		build: attentionOf(AttentionOptions{}),
		torch: "(a @ b.mT / 2).softmax(-1) @ c", first: true},
	{name: "attention with a scale",
		in:    []operand{some(1, 2, 3, 4), between(-1, 1, 1, 2, 3, 4), between(-3, 3, 1, 2, 3, 4)},
		build: attentionOf(AttentionOptions{Scale: .3}),
		torch: "(a @ b.mT * .3).softmax(-1) @ c", first: true},
	{name: "causal attention",
		in:    []operand{some(2, 2, 4, 3), between(-1, 1, 2, 2, 4, 3), between(-3, 3, 2, 2, 4, 3)},
		build: attentionOf(AttentionOptions{Causal: true}),
		torch: "(a @ b.mT / 3 ** .5).masked_fill(torch.ones(4, 4).triu(1) > 0, -torch.inf).softmax(-1) @ c",
		first: true},
	{name: "causal attention of the last queries to more keys",
		in:    []operand{some(1, 2, 2, 3), some(1, 2, 5, 3), between(-3, 3, 1, 2, 5, 3)},
		build: attentionOf(AttentionOptions{Causal: true}),
		torch: "(a @ b.mT / 3 ** .5).masked_fill(torch.ones(2, 5).triu(4) > 0, -torch.inf).softmax(-1) @ c",
		first: true},
	{name: "causal attention of more queries than keys gives zeros for the first",
		in:    []operand{some(1, 1, 3, 1), some(1, 1, 1, 1), given(shape(1, 1, 1, 1), 7)},
		build: attentionOf(AttentionOptions{Causal: true}), want: []float64{0, 0, 7}, first: true},
	{name: "attention to as many keys as there are",
		in:    []operand{some(3, 2, 2, 3), some(3, 2, 4, 3), between(-3, 3, 3, 2, 4, 3), labels(shape(3), 4, 1, 3)},
		build: attentionOf(AttentionOptions{}),
		torch: "(a @ b.mT / 3 ** .5).masked_fill(torch.arange(4) >= d[:, None, None, None], -torch.inf).softmax(-1) " +
			"@ c", first: true},
	{name: "attention to no keys gives zeros",
		in: []operand{some(2, 1, 1, 1), some(2, 1, 3, 1), given(shape(2, 1, 3, 1), 1, 2, 3, 4, 5, 6),
			labels(shape(2), 0, 1)},
		build: attentionOf(AttentionOptions{}), want: []float64{0, 4}, first: true},
	{name: "attention with scores at 10,000 does not overflow",
		in: []operand{given(shape(1, 1, 2, 1), 100, -100), given(shape(1, 1, 3, 1), 100, 0, -100),
			given(shape(1, 1, 3, 1), 1, 2, 3)},
		build: attentionOf(AttentionOptions{}), want: []float64{1, 3}, first: true},
	{name: "attention without heads",
		in:    []operand{some(2, 3, 4), between(-1, 1, 2, 5, 4), between(-3, 3, 2, 5, 4)},
		build: attentionOf(AttentionOptions{Causal: true}),
		torch: "(a @ b.mT / 2).masked_fill(torch.ones(3, 5).triu(3) > 0, -torch.inf).softmax(-1) @ c", first: true},
	{name: "attention of matrices, with a length",
		in:    []operand{some(3, 4), between(-1, 1, 5, 4), between(-3, 3, 5, 4), labels(shape(1), 2)},
		build: attentionOf(AttentionOptions{}),
		torch: "(a @ b[:2].mT / 2).softmax(-1) @ c[:2]", first: true},
	{name: "self-attention of one projection", bad: badHeads(1), in: []operand{some(2, 3, 12)},
		build: selfAttentionOf(2, AttentionOptions{}),
		torch: "(lambda q, k, v: ((q @ k.mT / 2 ** .5).softmax(-1) @ v).transpose(1, 2).reshape(2, 3, " +
			"4))(*a.reshape(2, 3, 3, 2, 2).permute(2, 0, 3, 1, 4))", first: true},
	{name: "causal self-attention with lengths", in: []operand{some(2, 3, 18), labels(shape(2), 2, 3)},
		build: selfAttentionOf(3, AttentionOptions{Causal: true}),
		torch: "(lambda q, k, v: ((q @ k.mT / 2 ** .5).masked_fill((torch.ones(3, 3).triu(1) > 0) | " +
			"(torch.arange(3) >= b[:, None, None, None]), -torch.inf).softmax(-1) @ v).transpose(1, 2).reshape(2, " +
			"3, 6))(*a.reshape(2, 3, 3, 3, 2).permute(2, 0, 3, 1, 4))", first: true},
	{name: "cross-attention with lengths", bad: badHeads(2), in: []operand{some(2, 3, 4), some(2, 5, 8),
		labels(shape(2), 5, 2)}, build: crossAttentionOf(2, AttentionOptions{}),
		torch: "(lambda q, k, v: ((q @ k.mT / 2 ** .5).masked_fill(torch.arange(5) >= c[:, None, None, None], " +
			"-torch.inf).softmax(-1) @ v).transpose(1, 2).reshape(2, 3, 4))(a.reshape(2, 3, 2, 2).transpose(1, 2), " +
			"*b.reshape(2, 5, 2, 2, 2).permute(2, 0, 3, 1, 4))", first: true},
	{name: "weights of causal attention with lengths", bad: badWeights,
		in: []operand{some(2, 2, 3, 2), some(2, 2, 4, 2), labels(shape(2), 3, 4)},
		build: func(in []graph.Node) graph.Node {
			return AttentionWeights(in[0], in[1], AttentionOptions{Causal: true, Lengths: in[2]})
		},
		torch: "(a @ b.mT / 2 ** .5).masked_fill((torch.ones(3, 4).triu(2) > 0) | (torch.arange(4) >= c[:, None, " +
			"None, None]), -torch.inf).softmax(-1)", second: true},
	{name: "attention with a bias of positions, whose gradient is asked for",
		in:    []operand{some(2, 2, 3, 4), some(2, 2, 5, 4), between(-1, 1, 2, 2, 5, 4), between(-3, 3, 2, 3, 5)},
		build: maskedOf(AttentionOptions{}),
		torch: "(a @ b.mT / 2 + d).softmax(-1) @ c", second: true},
	{name: "causal attention with a mask that hides keys",
		in: []operand{some(1, 2, 3, 4), some(1, 2, 3, 4), between(-1, 1, 1, 2, 3, 4), constant(row(1, 0, 1))},
		build: func(in []graph.Node) graph.Node {
			g := in[0].Graph()
			mask := Where(in[3], g.Scalar(0), g.Scalar(-infinite))
			return Attention(in[0], in[1], in[2], AttentionOptions{Causal: true, Scale: .3, Mask: mask})
		},
		torch: "(a @ b.mT * .3 + d.log() + torch.full((3, 3), -torch.inf).triu(1)).softmax(-1) @ c", second: true},
	{name: "attention with a mask that hides all keys gives zeros",
		in: []operand{some(1, 1, 2, 1), some(1, 1, 2, 1), given(shape(1, 1, 2, 1), 3, 4),
			constant(given(shape(2, 2), -infinite, -infinite, -infinite, 0))},
		build: maskedOf(AttentionOptions{}), want: []float64{0, 4}, second: true},
	{name: "attention to values of another width",
		in:    []operand{some(2, 2, 3, 4), some(2, 2, 5, 4), between(-1, 1, 2, 2, 5, 3)},
		build: attentionOf(AttentionOptions{}),
		torch: "(a @ b.mT / 2).softmax(-1) @ c", second: true},
	{name: "attention to as many values of another width as there are, without heads",
		in:     []operand{some(3, 2, 4), some(3, 4, 4), between(-3, 3, 3, 4, 1), labels(shape(3), 4, 1, 3)},
		build:  attentionOf(AttentionOptions{}),
		torch:  "(a @ b.mT / 2).masked_fill(torch.arange(4) >= d[:, None, None], -torch.inf).softmax(-1) @ c",
		second: true},
	{name: "self-attention with a mask",
		in: []operand{some(2, 3, 12), between(-3, 3, 3, 3)}, second: true,
		build: func(in []graph.Node) graph.Node {
			return SelfAttention(in[0], 2, AttentionOptions{Mask: in[1]})
		}, torch: "(lambda q, k, v: ((q @ k.mT / 2 ** .5 + b).softmax(-1) @ v).transpose(1, 2).flatten(2))" +
			"(*a.reshape(2, 3, 3, 2, 2).permute(2, 0, 3, 1, 4))"},
	{name: "cross-attention with a mask",
		in: []operand{some(2, 3, 4), some(2, 5, 8), between(-3, 3, 3, 5)}, second: true,
		build: func(in []graph.Node) graph.Node {
			return CrossAttention(in[0], in[1], 2, AttentionOptions{Mask: in[2]})
		}, torch: "(lambda q, k, v: ((q @ k.mT / 2 ** .5 + c).softmax(-1) @ v).transpose(1, 2).flatten(2))" +
			"(a.reshape(2, 3, 2, 2).transpose(1, 2), *b.reshape(2, 5, 2, 2, 2).permute(2, 0, 3, 1, 4))"},
	{name: "attention with dropout", bad: badDrops, mode: graph.Train,
		in:    []operand{some(1, 2, 3, 2), some(1, 2, 4, 2), some(1, 2, 4, 2)},
		build: attentionOf(AttentionOptions{Dropout: .3}), second: true},
	{name: "attention does not drop in an Eval graph",
		in: []operand{given(shape(1, 1, 1, 1), 1), given(shape(1, 1, 2, 1), 0, math.Log(3)),
			given(shape(1, 1, 2, 1), 10, 20)},
		build: attentionOf(AttentionOptions{Dropout: .99}), want: []float64{17.5}, first: true},
}

// maskedOf builds attention of q, k, v and a mask.
func maskedOf(opt AttentionOptions) func(in []graph.Node) graph.Node {
	return func(in []graph.Node) graph.Node {
		opt := opt
		opt.Mask = in[3]
		return Attention(in[0], in[1], in[2], opt)
	}
}

var badDrops = refused(func(x graph.Node, p float64) graph.Node {
	return Attention(x, x, x, AttentionOptions{Dropout: p})
}, "p is ", -.1, 1.1, nan)

var attentionErrors = []shapeError{
	{"attention with a mask of other scores", func(g *graph.Graph) graph.Node {
		x := g.Input("x", 2, 4, 5, 8)
		return Attention(x, x, x, AttentionOptions{Mask: g.Input("mask", 5, 4)})
	}, "attention-weights: the mask has shape (5, 4), scores have (2, 4, 5, 5): a (2, 4, 5, 8), b (2, 4, 5, 8), c " +
		"(5, 4)"},
	{"attention with a mask of more examples", func(g *graph.Graph) graph.Node {
		x := g.Input("x", 5, 8)
		return Attention(x, x, x, AttentionOptions{Mask: g.Input("mask", 2, 5, 5)})
	}, "the mask has shape (2, 5, 5), scores have (5, 5)"},
	{"attention with a mask of integers", func(g *graph.Graph) graph.Node {
		x := g.Input("x", 2, 4, 5, 8)
		return Attention(x, x, x, AttentionOptions{Mask: g.Indices("mask", 5, 5)})
	}, "an operand holds int64, want floats"},
	{"masked attention with fewer values than keys", func(g *graph.Graph) graph.Node {
		q, k, v := g.Input("q", 2, 4, 5, 8), g.Input("k", 2, 4, 7, 8), g.Input("v", 2, 4, 6, 3)
		return Attention(q, k, v, AttentionOptions{Mask: g.Input("m", 7)})
	}, "attention: v has shape (2, 4, 6, 3), k has (2, 4, 7, 8)"},
	{"masked self-attention with heads that do not divide", func(g *graph.Graph) graph.Node {
		return SelfAttention(g.Input("x", 2, 5, 30), 4, AttentionOptions{Mask: g.Input("m", 5)})
	}, "self-attention heads=4: 10 features do not make 4 heads"},
	{"attention with keys of another size", func(g *graph.Graph) graph.Node {
		return Attention(g.Input("q", 2, 4, 5, 8), g.Input("k", 2, 4, 7, 6), g.Input("v", 2, 4, 7, 6),
			AttentionOptions{})
	}, "attention: k has shape (2, 4, 7, 6), want (2, 4, 5, 8) but for axis 2: q (2, 4, 5, 8), k (2, 4, 7, 6), v " +
		"(2, 4, 7, 6)"},
	{"attention with fewer values than keys", func(g *graph.Graph) graph.Node {
		return Attention(g.Input("q", 2, 4, 5, 8), g.Input("k", 2, 4, 7, 8), g.Input("v", 2, 4, 6, 8),
			AttentionOptions{Causal: true})
	}, "attention causal: v has shape (2, 4, 6, 8), k has (2, 4, 7, 8)"},
	{"attention of five axes", func(g *graph.Graph) graph.Node {
		x := g.Input("x", 2, 1, 1, 5, 8)
		return Attention(x, x, x, AttentionOptions{})
	}, "q has 5 axes, want (N, NH, T, HS) or the last of these"},
	{"attention of a vector", func(g *graph.Graph) graph.Node {
		x := g.Input("x", 8)
		return Attention(x, x, x, AttentionOptions{})
	}, "q has 1 axes, want (N, NH, T, HS) or the last of these"},
	{"attention with float lengths", func(g *graph.Graph) graph.Node {
		x := g.Input("x", 2, 1, 5, 8)
		return Attention(x, x, x, AttentionOptions{Lengths: g.Input("lengths", 2)})
	}, "lengths hold float32, want int64"},
	{"attention with lengths of another batch", func(g *graph.Graph) graph.Node {
		x := g.Input("x", 2, 1, 5, 8)
		return Attention(x, x, x, AttentionOptions{Lengths: g.Indices("lengths", 3)})
	}, "lengths have shape (3), want (2)"},
	{"attention of integers", func(g *graph.Graph) graph.Node {
		x := g.Indices("x", 2, 1, 5, 8)
		return Attention(x, x, x, AttentionOptions{})
	}, "an operand holds int64, want floats"},
	{"attention with a scale that is no number", func(g *graph.Graph) graph.Node {
		x := g.Input("x", 2, 1, 5, 8)
		return Attention(x, x, x, AttentionOptions{Scale: math.Inf(1)})
	}, "scale is +Inf"},
	{"self-attention with heads that do not divide", func(g *graph.Graph) graph.Node {
		defer g.Scope("block.0.attn")()
		return SelfAttention(g.Input("x", 2, 5, 30), 4, AttentionOptions{Causal: true})
	}, "block.0.attn: self-attention heads=4 causal: 10 features do not make 4 heads: qkv (2, 5, 30) " +
		"(attention_test.go:"},
	{"self-attention of what is not three parts", func(g *graph.Graph) graph.Node {
		return SelfAttention(g.Input("x", 2, 5, 10), 1, AttentionOptions{})
	}, "qkv has 10 features, want a multiple of 3"},
	{"self-attention of a matrix", func(g *graph.Graph) graph.Node {
		return SelfAttention(g.Input("x", 5, 12), 1, AttentionOptions{})
	}, "qkv has 2 axes, want 3"},
	{"self-attention without heads", func(g *graph.Graph) graph.Node {
		return SelfAttention(g.Input("x", 2, 5, 12), 0, AttentionOptions{})
	}, "heads is 0, want at least 1"},
	{"cross-attention with queries of another size", func(g *graph.Graph) graph.Node {
		return CrossAttention(g.Input("q", 2, 5, 6), g.Input("kv", 2, 7, 16), 2, AttentionOptions{})
	}, "cross-attention heads=2: q has shape (2, 5, 6), want (2, T, 8): q (2, 5, 6), kv (2, 7, 16)"},
	{"weights of attention that do not fit", func(g *graph.Graph) graph.Node {
		return AttentionWeights(g.Input("q", 2, 1, 5, 6), g.Input("k", 2, 1, 5, 8), AttentionOptions{Causal: true})
	}, "a has 6 columns, b has 8 rows"},
}

// attentionBySmallOps is the definition: weights and values in matrices of their own, packed operands taken apart.
func attentionBySmallOps(x []graph.Node, heads int, opt AttentionOptions) graph.Node {
	split := func(x graph.Node, parts int) []graph.Node {
		n, t, hs := x.Dim(0), x.Dim(1), x.Dim(2)/parts/heads
		return Unstack(Transpose(Reshape(x, n, t, parts, heads, hs), 2, 0, 3, 1, 4), 0)
	}
	packed := len(x) < 3
	switch len(x) {
	case 1:
		x = split(x[0], 3)
	case 2:
		x = append(split(x[0], 1), split(x[1], 2)...)
	}
	y := MatMul(AttentionWeights(x[0], x[1], opt), x[2])
	if packed {
		y = Reshape(Transpose(y, 0, 2, 1, 3), y.Dim(0), y.Dim(2), -1)
	}
	return y
}

// TestAttentionIsItsDefinition: values and gradients over several blocks of queries and keys, in float64.
func TestAttentionIsItsDefinition(t *testing.T) {
	const n, nh, hs = 2, 2, 5
	for _, c := range []struct {
		name    string
		packing int
		t, s    int
		opt     AttentionOptions
		lengths []int64
	}{
		{"queries and keys of two blocks and a part", 3, 150, 150, AttentionOptions{}, nil},
		{"causal", 3, 150, 150, AttentionOptions{Causal: true}, nil},
		{"causal, more keys", 3, 70, 140, AttentionOptions{Causal: true}, nil},
		{"causal, more queries", 3, 140, 70, AttentionOptions{Causal: true}, nil},
		{"more keys, with lengths", 3, 70, 140, AttentionOptions{}, []int64{65, 0}},
		{"causal with lengths and a scale", 3, 140, 140, AttentionOptions{Causal: true, Scale: .7}, []int64{140, 130}},
		{"packed", 1, 150, 150, AttentionOptions{}, nil},
		{"packed, causal, with lengths", 1, 150, 150, AttentionOptions{Causal: true}, []int64{100, 150}},
		{"packed keys and values", 2, 70, 150, AttentionOptions{}, nil},
		{"packed keys and values, causal, with lengths", 2, 70, 150, AttentionOptions{Causal: true}, []int64{150, 64}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{DType: graph.Float64}
			var in, outputs []graph.Node
			switch c.packing {
			case 1:
				in = []graph.Node{g.Input("qkv", n, c.t, 3*nh*hs)}
			case 2:
				in = []graph.Node{g.Input("q", n, c.t, nh*hs), g.Input("kv", n, c.s, 2*nh*hs)}
			default:
				in = []graph.Node{g.Input("q", n, nh, c.t, hs), g.Input("k", n, nh, c.s, hs),
					g.Input("v", n, nh, c.s, hs)}
			}
			if c.lengths != nil {
				c.opt.Lengths = g.Indices("lengths", n)
			}
			var y graph.Node
			switch c.packing {
			case 1:
				y = SelfAttention(in[0], nh, c.opt)
			case 2:
				y = CrossAttention(in[0], in[1], nh, c.opt)
			default:
				y = Attention(in[0], in[1], in[2], c.opt)
			}
			for _, y := range []graph.Node{y, attentionBySmallOps(in, nh, c.opt)} {
				outputs = append(append(outputs, y), graph.Gradients(weigh(y, 1), in...)...)
			}
			p, err := g.Compile(outputs...)
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range in {
				p.Set(x, between(-2, 2+float64(i), x.Shape()...).v)
			}
			if c.lengths != nil {
				p.Set(c.opt.Lengths, c.lengths)
			}
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			half := len(outputs) / 2
			for i := range half {
				if err := near(elements(p.Value(outputs[i])), elements(p.Value(outputs[half+i])), 1e-10); err != nil {
					t.Errorf("output %d: %.200v", i, err)
				}
			}
		})
	}
}

// attentionStep is a causal SelfAttention of several blocks and its gradient, ready to run.
func attentionStep(t *testing.T) (*graph.Program, []graph.Node) {
	g := &graph.Graph{}
	x, lengths := g.Input("x", 2, 150, 3*4*16), g.Indices("lengths", 2)
	y := SelfAttention(x, 4, AttentionOptions{Causal: true, Lengths: lengths})
	outputs := append(graph.Gradients(weigh(y, 1), x), y)
	p, err := g.Compile(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(x, some(x.Shape()...).v)
	p.Set(lengths, []int{150, 77})
	return p, outputs
}

func TestAttentionAllocatesNothing(t *testing.T) {
	p, _ := attentionStep(t)
	var err error
	if n := testing.AllocsPerRun(10, func() { err = p.Run() }); n != 0 || err != nil {
		t.Errorf("%v allocations per run, error %v", n, err)
	}
}

func TestAttentionOnAnyNumberOfProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want [][]float64
	for _, procs := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(procs)
		p, outputs := attentionStep(t)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		var got [][]float64
		for _, n := range outputs {
			got = append(got, elements(p.Value(n)))
		}
		if want == nil {
			want = got
		}
		for i := range got {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("output %d differs between 1 and %d processors", i, procs)
			}
		}
	}
}

// TestAttentionLengths: a length that is not one names its example.
func TestAttentionLengths(t *testing.T) {
	for _, length := range []int64{-1, 6} {
		g := &graph.Graph{}
		q, lengths := g.Input("q", 2, 1, 5, 3), g.Indices("lengths", 2)
		p, err := g.Compile(Attention(q, q, q, AttentionOptions{Lengths: lengths}))
		if err != nil {
			t.Fatal(err)
		}
		p.Set(q, make([]float32, 30))
		p.Set(lengths, []int64{5, length})
		want := fmt.Sprintf("example 1 has length %d, want 0 to 5", length)
		if err := p.Run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// TestAttentionSecondDerivative: there is none, and the error names the op. By small ops there is.
func TestAttentionSecondDerivative(t *testing.T) {
	for _, small := range []bool{false, true} {
		g := &graph.Graph{}
		q := g.Input("q", 2, 1, 5, 3)
		y := Attention(q, q, q, AttentionOptions{})
		if small {
			y = attentionBySmallOps([]graph.Node{q, q, q}, 1, AttentionOptions{})
		}
		d := graph.Gradients(Sum(Square(y)), q)
		graph.Gradients(Sum(Square(d[0])), q)
		switch err := g.Err(); {
		case small && err != nil:
			t.Error(err)
		case !small && (err == nil || !strings.Contains(err.Error(), "∂attention: it has no gradient rule")):
			t.Errorf("got %v", err)
		}
	}
}

func TestAttentionFlops(t *testing.T) {
	for _, c := range []struct {
		t, s   int
		causal bool
		pairs  int64
	}{{3, 5, false, 15}, {3, 3, true, 6}, {2, 4, true, 7}, {4, 2, true, 3}} {
		g := &graph.Graph{}
		q, kv := g.Input("q", 2, c.t, 12), g.Input("kv", 2, c.s, 24)
		y := CrossAttention(q, kv, 3, AttentionOptions{Causal: c.causal})
		if n, _ := y.Op().(graph.Flopper).Flops([]graph.Type{q.Type(), kv.Type()}); n != 2*2*2*3*4*c.pairs {
			t.Errorf("%d queries, %d keys, causal %t: %d operations, want %d", c.t, c.s, c.causal, n, 48*2*c.pairs)
		}
	}
}
