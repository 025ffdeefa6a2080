package ops_test

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// The scores of the two keys are 0 and ln 3, so their values weigh 1/4 and 3/4.
func ExampleAttention() {
	g := &graph.Graph{}
	q := of(g, []int{1, 1, 1, 1}, 1)
	k := of(g, []int{1, 1, 2, 1}, 0, float32(math.Log(3)))
	v := of(g, []int{1, 1, 2, 1}, 10, 20)
	show(ops.Attention(q, k, v, ops.AttentionOptions{}))
	// Output: [[[[17.5]]]]
}

// Two sequences, of two keys and of one.
func ExampleAttention_lengths() {
	g := &graph.Graph{}
	q, v := of(g, []int{2, 1, 1, 1}, 0, 0), of(g, []int{2, 1, 2, 1}, 10, 20, 30, 99)
	show(ops.Attention(q, v, v, ops.AttentionOptions{Lengths: indices(g, 2, 1)}))
	// Output: [[[[15]]] [[[30]]]]
}

// With queries and keys of 0 all weights are equal: a causal mask makes y the running mean of the values.
func ExampleSelfAttention() {
	g := &graph.Graph{}
	qkv := of(g, []int{1, 3, 3},
		0, 0, 10,
		0, 0, 20,
		0, 0, 60)
	show(ops.SelfAttention(qkv, 1, ops.AttentionOptions{Causal: true}))
	// Output: [[[10] [15] [30]]]
}

// What attention in a graph looks at: here each position at itself and those before, in equal parts.
func ExampleAttentionsIn() {
	g := &graph.Graph{}
	qkv := of(g, []int{1, 3, 3},
		0, 0, 10,
		0, 0, 20,
		0, 0, 60)
	ops.SelfAttention(qkv, 1, ops.AttentionOptions{Causal: true})
	for _, a := range ops.AttentionsIn(g) {
		show(ops.Scale(a.Weights, 6))
	}
	// Output: [[[[6 0 0] [3 3 0] [2 2 2]]]]
}

// Each head looks at its own half of the features.
func ExampleCrossAttention() {
	g := &graph.Graph{}
	q := of(g, []int{1, 1, 2}, 100, -100)
	kv := of(g, []int{1, 2, 4},
		1, 1, 10, 20, // k, k, v, v
		0, 0, 30, 40)
	show(ops.CrossAttention(q, kv, 2, ops.AttentionOptions{}))
	// Output: [[[10 40]]]
}

// A bias of ln 3 for the second key, which counts three times, and the third key hidden.
func ExampleAttention_mask() {
	g := &graph.Graph{}
	q, k := of(g, []int{1, 1, 1, 1}, 0), of(g, []int{1, 1, 3, 1}, 1, 2, 3)
	mask := row(g, 0, float32(math.Log(3)), float32(math.Inf(-1)))
	show(ops.Attention(q, k, of(g, []int{1, 1, 3, 1}, 10, 20, 99), ops.AttentionOptions{Mask: mask}))
	// Output: [[[[17.5]]]]
}

// The weights themselves, for a picture.
func ExampleAttentionWeights() {
	g := &graph.Graph{}
	x := of(g, []int{1, 1, 3, 1}, 0, 0, 0)
	show(ops.AttentionWeights(x, x, ops.AttentionOptions{Causal: true}))
	// Output: [[[[1 0 0] [0.5 0.5 0] [0.333 0.333 0.333]]]]
}
