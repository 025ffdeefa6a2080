package kind

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/train"
)

// TestSheet: a sheet has the pictures that it is asked for, from whichever batch, in their order.
func TestSheet(t *testing.T) {
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{30, 1, 2, 3}})
	for i := range x.F32 {
		x.F32[i] = float32(i/6) / 30
	}
	source := train.Fixed([]graph.Tensor{x.Rows(0, 20)}, []graph.Tensor{x.Rows(20, 30)})
	numbers := []int{25, 3, 3, 29, 0, 1, 2, 4, 5, 6, 7}
	p, err := Sheet(source, numbers)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range numbers {
		if !slices.Equal(p.small[i], x.Rows(k, k+1).F32) {
			t.Errorf("picture %d is %v, want number %d", i, p.small[i], k)
		}
	}
	if h, w := p.rgba.Bounds().Dy(), p.rgba.Bounds().Dx(); w != 10*(3*19+gap)+gap || h != 2*(2*19+gap)+gap {
		t.Errorf("the sheet is %d×%d", w, h)
	}
	texts := train.Fixed([]graph.Tensor{graph.FromInt64([]int64{1, 2}, 2, 1)})
	for _, c := range []struct {
		source  train.Source
		numbers []int
		want    string
	}{
		{source, nil, "there are no pictures to show"},
		{source, []int{30}, "there is no picture 30; there are 30"},
		{source, []int{-1}, "there is no picture -1"},
		{texts, []int{0}, "the examples are no pictures but int64 (2, 1)"},
	} {
		if _, err := Sheet(c.source, c.numbers); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %s", c.numbers, err, c.want)
		}
	}
}

// TestLevel: what is no number is black.
func TestLevel(t *testing.T) {
	if got := level(float32(math.NaN())); got != 0 {
		t.Errorf("NaN is drawn as %d", got)
	}
}
