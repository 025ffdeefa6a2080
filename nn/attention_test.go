package nn_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
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
	layer := nn.NewMultiHeadAttention(s, 8, 2, nn.Attention{Causal: f.Causal, NoBias: !f.Bias})
	salt := 0
	for p := range s.Params().All() { // in PyTorch's order
		salt++
		copy(p.Tensor().F32, fixtureNumbers(salt, p.Type().Shape.Size()))
	}
	g := &graph.Graph{}
	x := g.Input("x", 3, 5, 8)
	kv, lengths := x, graph.Node{}
	if f.Keys > 0 {
		kv = g.Input("kv", 3, f.Keys, 8)
	}
	if f.Lengths != nil {
		lengths = g.Indices("lengths", 3)
	}
	y := layer.Attend(x, kv, lengths)
	wrt := append([]graph.Node{x, kv}, g.Trainable()...)
	w := g.Constant(graph.FromFloat32(fixtureNumbers(12, 120), 3, 5, 8))
	grads := graph.Gradients(ops.Sum(ops.Mul(y, w)), wrt...)
	p, err := g.Compile(append(grads, y)...)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(x, fixtureNumbers(10, 120))
	if f.Keys > 0 {
		p.Set(kv, fixtureNumbers(11, kv.Size()))
	}
	if f.Lengths != nil {
		p.Set(lengths, f.Lengths)
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
	if len(f.Gradients) != 2+salt {
		t.Errorf("PyTorch has %d parameters, the layer %d", len(f.Gradients)-2, salt)
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
	nn.NewMultiHeadAttention(nn.NewScope().Sub("attn"), 8, 2, nn.Attention{Causal: true}).Forward(g.Input("x", 3, 5, 8))
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
		{"heads that do not divide the width", 3, 8, "attn: self-attention heads=3: 8 features do not make 3 heads: qkv (2, 5, 24) (attention_test.go:"},
		{"an input of another width", 2, 6, "attn: linear: input has 6 features, weight expects 8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			y := nn.NewMultiHeadAttention(nn.NewScope().Sub("attn"), 8, c.heads, nn.Attention{}).Forward(g.Input("x", 2, 5, c.width))
			if _, err := g.Compile(y); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
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
