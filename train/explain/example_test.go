package explain_test

import (
	"fmt"
	"log"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/explain"
)

// constant is a node of numbers that are given.
func constant(x graph.Node, shape []int, v ...float32) graph.Node {
	return x.Graph().Constant(graph.FromFloat32(v, shape...))
}

// linear maps pictures of one channel and four pixels to logits of two classes.
var linear = nn.Func(func(x graph.Node) graph.Node {
	return ops.MatMul(ops.Flatten(x, 1), constant(x, []int{4, 2},
		1, 5,
		-2, 6,
		0, 7,
		3, -8))
})

// The saliency of a linear model is the size of its weights, whatever the picture: the first column above for class 0,
// with noise too.
func ExampleSaliency() {
	picture := graph.FromFloat32([]float32{9, 1, 0, 2}, 1, 1, 2, 2) // logits 13 and 35
	for _, o := range []explain.SaliencyOptions{
		{},
		{Classes: []int{0}},
		{Classes: []int{0}, Smooth: 10},
	} {
		s, err := explain.Saliency(linear, picture, o)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(s)
	}
	// Output:
	// float32 (1, 2, 2) 5 6 7 8
	// float32 (1, 2, 2) 1 2 0 3
	// float32 (1, 2, 2) 1 2 0 3
}

// A network with one convolution of two kernels, 1 and -1, whose maps are x and -x behind a ReLU. The logit of class 0
// is 8 times the mean of the first map, that of class 1 the same of the second: of class 0 the weights are 8/4 and 0.
func ExampleGradCAM() {
	network := nn.Func(func(x graph.Node) graph.Node {
		a := ops.ReLU(ops.Conv2D(x, constant(x, []int{2, 1, 1, 1}, 1, -1), graph.Node{}, ops.Conv{})) // (N, 2, 2, 2)
		return ops.Scale(ops.Mean(a, 2, 3), 8)                                                        // (N, 2)
	})
	picture := graph.FromFloat32([]float32{
		3, 0,
		0, -5,
	}, 1, 1, 2, 2)
	for class := range 2 {
		c, err := explain.GradCAM(network, picture, explain.GradCAMOptions{Classes: []int{class}})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.Map, "of maps", c.Maps)
	}
	// Output:
	// float32 (1, 2, 2) 6 0 0 0 of maps (2, 2, 2)
	// float32 (1, 2, 2) 0 0 0 10 of maps (2, 2, 2)
}

// In the first layer the second of two symbols looks at the first alone, and in the last at both alike. Half of each
// is what a symbol keeps of itself: ½A + ½I is (1 0; ½ ½) and then (1 0; ¼ ¾).
func ExampleRollout() {
	first := graph.FromFloat32([]float32{
		1, 0,
		1, 0,
	}, 2, 2)
	last := graph.FromFloat32([]float32{
		1, 0,
		.5, .5,
	}, 1, 2, 2) // of one head
	r, err := explain.Rollout(first, last)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r)
	// Output: float64 (2, 2) 1 0 0.625 0.375
}

// The attention of a model, layer by layer: here each symbol looks at itself and those before, in equal parts.
func ExampleAttention() {
	model := nn.Func(func(x graph.Node) graph.Node {
		return ops.SelfAttention(x, 1, ops.AttentionOptions{Causal: true})
	})
	x := graph.FromFloat32([]float32{
		0, 0, 10,
		0, 0, 20,
	}, 1, 2, 3) // of each symbol query, key and value
	layers, err := explain.Attention(model, x)
	if err != nil {
		log.Fatal(err)
	}
	r, err := explain.Rollout(layers...)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(layers[0], "→", r)
	// Output: float32 (1, 2, 2) 1 0 0.5 0.5 → float64 (2, 2) 1 0 0.25 0.75
}

// A model that adds up the vectors of its words, of one number for each class. In favour of class 1 a word has moved
// what its vector has for it, less what it has for class 0.
func ExampleWords() {
	model := nn.Func(func(x graph.Node) graph.Node {
		table := constant(x, []int{3, 2},
			0, 0,
			1, 4, // word 1
			2, -1) // word 2
		return ops.Sum(ops.Embedding(table, x), 1) // (N, 2)
	})
	w, err := explain.Words(model, graph.FromInt64([]int64{1, 2, 1}, 1, 3), nil) // logits 4 and 7
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(w)
	// Output: float32 (1, 3) 3 -3 3
}
