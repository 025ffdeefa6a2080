package data

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// faultOf says what is wrong with n examples of each class, "" if nothing is.
func faultOf(chosen []int, labels []int64, n int) string {
	counts := map[int64]int{}
	for _, l := range labels {
		counts[l] = 0
	}
	for k, i := range chosen {
		if k > 0 && i <= chosen[k-1] {
			return "the numbers do not rise"
		}
		counts[labels[i]]++
	}
	for _, c := range counts {
		if c != n {
			return "a class has another number of examples"
		}
	}
	return ""
}

// TestShots: of random labels each class has n examples, the smaller draw is part of the larger one, the same seed
// draws the same and another seed others.
func TestShots(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	others := 0
	for range 200 {
		classes := 1 + r.IntN(5)
		labels := make([]int64, classes*8+r.IntN(50))
		for i := range labels {
			labels[i] = int64(i % classes * 3) // not every label is a class
		}
		r.Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
		few, more := 1+r.IntN(3), 4+r.IntN(5)
		seed := r.Uint64()
		a, err := Shots(labels, few, seed)
		b, failed := Shots(labels, more, seed)
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		if fault := faultOf(a, labels, few) + faultOf(b, labels, more); fault != "" {
			t.Errorf("%v: %d and %d of each: %s", labels, few, more, fault)
		}
		if slices.ContainsFunc(a, func(i int) bool { return !slices.Contains(b, i) }) {
			t.Errorf("%v are not all among %v", a, b)
		}
		again, _ := Shots(labels, few, seed)
		other, _ := Shots(labels, few, seed+1)
		if !slices.Equal(a, again) {
			t.Errorf("one seed draws %v and %v", a, again)
		}
		if !slices.Equal(a, other) {
			others++
		}
	}
	if others < 150 {
		t.Errorf("another seed draws others %d times of 200", others)
	}
	if faultOf([]int{0, 1}, []int64{0, 0, 1}, 1) == "" { // negative control
		t.Error("two of one class pass for one of each")
	}
	for _, c := range []struct {
		labels []int64
		n      int
		want   string
	}{
		{[]int64{0, 1, 1}, 2, "shots: class 0 has 1 examples, want at least 2"},
		{[]int64{0}, 0, "shots: 0 examples of each class, want at least 1"},
		{[]int64{0}, -1, "want at least 1"},
		{nil, 1, "shots: there are no labels"},
		{[]int64{-1}, 1, "shots: "},
	} {
		if got, err := Shots(c.labels, c.n, 0); got != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d of %v: %v, %v, want %q", c.n, c.labels, got, err, c.want)
		}
	}
}

func TestThrough(t *testing.T) {
	s := Split{X: graph.FromFloat32([]float32{1, 2, 3, 4}, 2, 2), Y: graph.FromInt64([]int64{5, 6}, 2), seed: 7}
	sums := func(x graph.Tensor) (graph.Tensor, error) {
		return graph.FromFloat32([]float32{x.F32[0] + x.F32[1], x.F32[2] + x.F32[3]}, 2, 1), nil
	}
	got, err := s.Through(sums)
	if err != nil || !slices.Equal(got.X.F32, []float32{3, 7}) || !slices.Equal(got.Y.I64, s.Y.I64) || got.seed != 7 {
		t.Errorf("%v %v", got, err)
	}
	if got, err := s.Inputs().Through(sums); err != nil || len(got.X.F32) != 2 || !isZero(got.Y) {
		t.Errorf("without targets: %v %v", got, err)
	}
	fails := errors.New("no power")
	give := func(y graph.Tensor, err error) func(graph.Tensor) (graph.Tensor, error) {
		return func(graph.Tensor) (graph.Tensor, error) { return y, err }
	}
	if _, err := (Split{}).Through(give(graph.Tensor{}, fails)); err != nil {
		t.Errorf("of nothing: %v", err)
	}
	for _, c := range []struct {
		f    func(graph.Tensor) (graph.Tensor, error)
		want string
	}{
		{nil, "through: the function is nil"},
		{give(graph.Tensor{}, fails), "through: no power"},
		{give(graph.FromFloat32([]float32{1}, 1, 1), nil), "maps (2, 2) to (1, 1), want a row for each of 2 examples"},
		{give(graph.FromFloat32([]float32{1}), nil), "want a row for each"},
		{give(graph.Tensor{Type: graph.Type{Shape: graph.Shape{2}}}, nil), "through: what the function gives: "},
	} {
		if _, err := s.Through(c.f); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if _, err := s.Through(give(graph.Tensor{}, fails)); !errors.Is(err, fails) {
		t.Errorf("the error is lost: %v", err)
	}
}

func TestRepeatChannel(t *testing.T) {
	x := graph.FromFloat32([]float32{1, 2, 3, 4}, 2, 1, 1, 2)
	y := RepeatChannel(x, 3)
	if want := []float32{1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4}; !slices.Equal(y.F32, want) ||
		!y.Shape.Equal(graph.Shape{2, 3, 1, 2}) {
		t.Errorf("%v, want %v", y, want)
	}
	for _, f := range []func(){
		func() { RepeatChannel(x, 0) },
		func() { RepeatChannel(y, 3) },
		func() { RepeatChannel(graph.FromFloat32([]float32{1}, 1, 1), 3) },
		func() { RepeatChannel(graph.FromInt64([]int64{1}, 1, 1, 1, 1), 3) },
	} {
		if said := panicOf(f); !strings.HasPrefix(said, "data: RepeatChannel of ") {
			t.Errorf("it says %q", said)
		}
	}
}

func panicOf(f func()) (said string) {
	defer func() { said, _ = recover().(string) }()
	f()
	return ""
}
