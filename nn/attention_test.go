package nn_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// attentionFixture is what torch.nn.MultiheadAttention gives, see testdata/attention.py.
type attentionFixture struct {
	Bias, Causal bool
	Keys         int // 0 for self-attention
	Lengths      []int64
	Widths       []int // of keys and values; nil for that of queries
	Masked       bool
	Y            []float64
	Gradients    map[string][]float64 // norm and first six elements
}

// fixtureNumbers are the script's pseudo-random numbers in [-1, 1).
func fixtureNumbers(salt, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32((float64((i*7919+(i*i%10007)*31+salt*1047)%10007)/10007 - .5) * 2)
	}
	return v
}

func TestMultiHeadAttentionIsPyTorchs(t *testing.T) {
	raw, err := os.ReadFile("testdata/attention.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixtures map[string]attentionFixture
	if err := json.Unmarshal(raw, &fixtures); err != nil {
		t.Fatal(err)
	}
	for name, f := range fixtures {
		t.Run(name, func(t *testing.T) { f.check(t) })
	}
}

func (f attentionFixture) check(t *testing.T) {
	s := nn.NewScope()
	opt := nn.Attention{Causal: f.Causal, NoBias: !f.Bias}
	if f.Widths != nil {
		opt.Keys, opt.Values = f.Widths[0], f.Widths[1]
	}
	layer := nn.NewMultiHeadAttention(s, 8, 2, opt)
	salt := 0
	for p := range s.Params().All() { // in PyTorch's order
		salt++
		copy(p.Tensor().F32, fixtureNumbers(salt, p.Type().Shape.Size()))
	}
	g := &graph.Graph{}
	x := g.Input("x", 3, 5, 8)
	k, v, others := x, x, []graph.Node{x, x} // the second as torch has it: the gradient of kv
	salts := []int{10, 10}
	switch {
	case f.Widths != nil:
		k, v = g.Input("k", 3, f.Keys, f.Widths[0]), g.Input("v", 3, f.Keys, f.Widths[1])
		others, salts = []graph.Node{x, k, v}, []int{10, 13, 14}
	case f.Keys > 0:
		k = g.Input("kv", 3, f.Keys, 8)
		v, others, salts = k, []graph.Node{x, k}, []int{10, 11}
	}
	seen := ops.AttentionOptions{}
	if f.Lengths != nil {
		seen.Lengths = g.Constant(graph.FromInt64(f.Lengths, 3))
	}
	if f.Masked {
		seen.Mask = g.Constant(graph.FromFloat32(fixtureNumbers(15, 5*f.Keys), 5, f.Keys))
	}
	y := layer.AttendTo(x, k, v, seen)
	wrt := append(slices.Clone(others), g.Trainable()...)
	w := g.Constant(graph.FromFloat32(fixtureNumbers(12, 120), 3, 5, 8))
	grads := graph.Gradients(ops.Sum(ops.Mul(y, w)), wrt...)
	p, err := g.Compile(append(grads, y)...)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range others {
		p.Set(n, fixtureNumbers(salts[i], n.Size()))
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	agree(t, "y", p.Value(y).F32, f.Y)
	for i, n := range wrt {
		name := n.Name()
		want := f.Gradients[name]
		if want == nil {
			t.Fatalf("PyTorch has no parameter %s", name)
		}
		d := p.Value(grads[i]).F32
		norm := 0.
		for _, v := range d {
			norm += float64(v) * float64(v)
		}
		agree(t, "gradient of "+name, append([]float32{float32(math.Sqrt(norm))}, d[:6]...), want)
	}
	if inputs := len(others); len(f.Gradients) != inputs+salt {
		t.Errorf("PyTorch has %d parameters, the layer %d", len(f.Gradients)-inputs, salt)
	}
}

// agree compares to 1e-5 of the largest element.
func agree(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	largest := 0.
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= 1e-5*largest) {
			t.Fatalf("%s: element %d is %v, want %v", name, i, got[i], w)
		}
	}
}

// TestMultiHeadAttentionTakesNoCopies: a layer alone is two products and the attention, forward.
func TestMultiHeadAttentionTakesNoCopies(t *testing.T) {
	g := &graph.Graph{}
	nn.NewMultiHeadAttention(nn.NewScope().Sub("attn"), 8, 2,
		nn.Attention{Causal: true}).Forward(g.Input("x", 3, 5, 8))
	var tape []string
	for _, n := range g.Nodes() {
		if n.Kind() == graph.KindOp && n.Result() == 0 {
			tape = append(tape, n.Scope()+": "+n.Name())
		}
	}
	want := "attn: linear, attn: self-attention heads=2 causal, attn.out_proj: linear"
	if got := strings.Join(tape, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMultiHeadAttentionErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		heads int
		width int
		want  string
	}{
		{"heads that do not divide the width", 3, 8,
			"attn: self-attention heads=3: 8 features do not make 3 heads: qkv (2, 5, 24) (attention_test.go:"},
		{"an input of another width", 2, 6, "attn: linear: input has 6 features, weight expects 8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			y := nn.NewMultiHeadAttention(nn.NewScope().Sub("attn"), 8, c.heads,
				nn.Attention{}).Forward(g.Input("x", 2, 5, c.width))
			if _, err := g.Compile(y); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestMultiHeadAttentionInSteps: attention of what Queries and KeysValues give, and of what Project gives, is that of
// the layer, whose weights are one or three.
func TestMultiHeadAttentionInSteps(t *testing.T) {
	for _, width := range []int{6, 5} { // of keys and values; with 5 there are three weights
		layer := nn.NewMultiHeadAttention(nn.NewScope(), 6, 2, nn.Attention{Keys: width, Values: width, Causal: true})
		g := &graph.Graph{}
		x, memory := g.Input("x", 2, 3, 6), g.Input("memory", 2, 3, width)
		opt := ops.AttentionOptions{Causal: true}
		nodes := []graph.Node{
			layer.Attend(x, memory, graph.Node{}),
			layer.Out.Forward(ops.CrossAttention(layer.Queries(x), layer.KeysValues(memory), 2, opt)),
		}
		if width == 6 {
			nodes = append(nodes, layer.Forward(x), layer.Out.Forward(ops.SelfAttention(layer.Project(x), 2, opt)))
		}
		prog, err := g.Compile(nodes...)
		if err != nil {
			t.Fatal(err)
		}
		prog.Set(x, fixtureNumbers(1, 36))
		prog.Set(memory, fixtureNumbers(2, 6*width))
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(nodes); i += 2 {
			for k, want := range prog.Value(nodes[i]).F32 {
				if got := prog.Value(nodes[i+1]).F32[k]; math.Abs(float64(got-want)) > 1e-6 {
					t.Fatalf("width %d, pass %d: element %d is %g, want %g", width, i/2, k, got, want)
				}
			}
		}
	}
}

// The parameters are named as in PyTorch, so its checkpoints load.
func ExampleNewMultiHeadAttention() {
	s := nn.NewScope()
	attn := nn.NewMultiHeadAttention(s.Sub("attn"), 64, 4, nn.Attention{Causal: true})
	g := &graph.Graph{}
	fmt.Println(attn.Forward(g.Input("x", 2, 10, 64)).Shape())
	for p := range s.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape)
	}
	// Output:
	// (2, 10, 64)
	// attn.in_proj_weight (192, 64)
	// attn.in_proj_bias (192)
	// attn.out_proj.weight (64, 64)
	// attn.out_proj.bias (64)
}

// A decoder looks at what an encoder found: 10 positions at up to 20, of which the second sequence has 15.
func ExampleMultiHeadAttention_Attend() {
	cross := nn.NewMultiHeadAttention(nn.NewScope(), 64, 4, nn.Attention{})
	g := &graph.Graph{}
	x, memory := g.Input("x", 2, 10, 64), g.Input("memory", 2, 20, 64)
	lengths := g.Constant(graph.FromInt64([]int64{20, 15}, 2))
	fmt.Println(cross.Attend(x, memory, lengths).Shape())
	// Output: (2, 10, 64)
}

// Text looks at a picture of 49 parts of 512 numbers, of which a mask hides the first, and drops weights in training.
func ExampleMultiHeadAttention_AttendTo() {
	s := nn.NewScope()
	attn := nn.NewMultiHeadAttention(s.Sub("attn"), 64, 4, nn.Attention{Dropout: .1, Keys: 512, Values: 512})
	g := &graph.Graph{Mode: graph.Train}
	text, picture := g.Input("text", 2, 10, 64), g.Input("picture", 2, 49, 512)
	hidden := make([]float32, 49)
	hidden[0] = float32(math.Inf(-1))
	mask := g.Constant(graph.FromFloat32(hidden, 49))
	fmt.Println(attn.AttendTo(text, picture, picture, ops.AttentionOptions{Mask: mask}).Shape())
	for p := range s.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape)
	}
	// Output:
	// (2, 10, 64)
	// attn.q_proj_weight (64, 64)
	// attn.k_proj_weight (64, 512)
	// attn.v_proj_weight (64, 512)
	// attn.in_proj_bias (192)
	// attn.out_proj.weight (64, 64)
	// attn.out_proj.bias (64)
}
