package explain_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/explain"
)

// side is that of pictures of noise whose class is which of two of their pixels is larger.
const side = 8

// The two pixels.
const here, there = 2*side + 1, 5*side + 6

// spotted are n such pictures with their classes.
func spotted(r *rand.Rand, n int) (x, y graph.Tensor) {
	x = graph.NewTensor(graph.Type{Shape: graph.Shape{n, 1, side, side}})
	y = graph.NewTensor(graph.Type{DType: graph.Int64, Shape: graph.Shape{n}})
	for i := range x.F32 {
		x.F32[i] = r.Float32()
	}
	for i := range n {
		if p := x.F32[i*side*side:]; p[here] > p[there] {
			y.I64[i] = 1
		}
	}
	return x, y
}

// newNetwork is a small convolutional network for them.
func newNetwork(seed uint64) *nn.Sequential {
	m := nn.NewSequential(nn.NewScope(),
		func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, 1, 8, 3, ops.Conv{Pad: 1}) },
		nn.Func(ops.ReLU).Make,
		nn.Func(func(x graph.Node) graph.Node { return ops.Flatten(x, 1) }).Make,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 8*side*side, 2) })
	m.Params().Init(seed)
	return m
}

// TestRandomWeights is the sanity check of Adebayo et al. 2018: what a model that has learnt looks at are the two
// pixels that decide, and one with random weights looks elsewhere. So the map is of what was learnt, and not of the
// picture: the two differ, where that of a model and that of its gradient with noise agree.
func TestRandomWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	m := newNetwork(1)
	trainer := train.New(train.Supervised(m, ops.CrossEntropy), &train.Adam{LR: .01})
	for range 300 {
		if _, err := trainer.Step(spotted(r, 64)); err != nil {
			t.Fatal(err)
		}
	}
	x, _ := spotted(r, 20)
	saliency := func(m nn.Module, o explain.SaliencyOptions) []float32 {
		s, err := explain.Saliency(m, x, o)
		if err != nil {
			t.Fatal(err)
		}
		return s.F32
	}
	learnt, random := saliency(m, explain.SaliencyOptions{}), saliency(newNetwork(2), explain.SaliencyOptions{})
	smooth := saliency(m, explain.SaliencyOptions{Smooth: 10})
	share := func(s []float32) float64 {
		two, all := 0., 0.
		for i, v := range s {
			all += float64(v)
			if at := i % (side * side); at == here || at == there {
				two += float64(v)
			}
		}
		return two / all
	}
	t.Logf("the two pixels have %.2f of the saliency, of random weights %.2f; ranks correlate by %.2f with those of "+
		"random weights, by %.2f with noise", share(learnt), share(random), ranksAgree(learnt, random),
		ranksAgree(learnt, smooth))
	if share(learnt) < .3 || share(random) > .06 { // 2 of 64 are .031
		t.Errorf("the two pixels have %.2f of the saliency, want .3; of random weights %.2f, want less than .06",
			share(learnt), share(random))
	}
	if a, b := ranksAgree(learnt, random), ranksAgree(learnt, smooth); a > .3 || b < .6 {
		t.Errorf("the ranks agree by %.2f with those of random weights and by %.2f with noise", a, b)
	}
}

// ranksAgree is Spearman's correlation of two lists without equal numbers.
func ranksAgree(a, b []float32) float64 {
	ranks := func(v []float32) []int {
		order, rank := make([]int, len(v)), make([]int, len(v))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(v[i], v[j]) })
		for k, i := range order {
			rank[i] = k
		}
		return rank
	}
	ra, rb, sum, n := ranks(a), ranks(b), 0., float64(len(a))
	for i := range ra {
		d := float64(ra[i] - rb[i])
		sum += d * d
	}
	return 1 - 6*sum/(n*(n*n-1))
}
