package vector

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// project maps flat element i of shape to its result and its place along the reduced axes.
func project(i int, shape []int, axes uint) (result, place int) {
	kept, reduced := 1, 1
	for k := len(shape) - 1; k >= 0; k-- {
		if axes>>k&1 != 0 {
			place += i % shape[k] * reduced
			reduced *= shape[k]
		} else {
			result += i % shape[k] * kept
			kept *= shape[k]
		}
		i /= shape[k]
	}
	return result, place
}

func TestReduceOverEverySetOfAxes(t *testing.T) {
	for _, shape := range [][]int{{}, {1}, {7}, {5, 6}, {4, 1, 3}, {3, 4, 5, 2}, {2, 1, 3, 2, 2}, {3, 200, 150},
		{70000, 2}, {2, 70000}} {
		x := proof.Random[float64]("x", proof.Size(shape))
		for axes := range uint(1) << len(shape) {
			t.Run(fmt.Sprintf("%v over %b", shape, axes), func(t *testing.T) {
				results := 0
				for i := range x {
					r, _ := project(i, shape, axes)
					results = max(results, r+1)
				}
				count := len(x) / results
				sums, tops := make([]float64, results), make([]float64, results)
				places := make([]int64, results)
				mask := make([]float64, len(x))
				for r := range tops {
					tops[r] = math.Inf(-1)
				}
				where := make([]int, results)
				for i, v := range x {
					r, p := project(i, shape, axes)
					sums[r] += v
					if v > tops[r] {
						tops[r], places[r], where[r] = v, int64(p), i
					}
				}
				for _, i := range where {
					mask[i] = 1
				}
				got := make([]float64, results)
				Reduce(Sum, got, x, shape, axes)
				proof.CheckClose(t, got, sums, count)
				Reduce(Max, got, x, shape, axes)
				proof.CheckClose(t, got, tops, 1)
				Unary(Neg, x, x, 0, 0)
				Reduce(Min, got, x, shape, axes)
				Unary(Neg, x, x, 0, 0)
				Unary(Neg, got, got, 0, 0)
				proof.CheckClose(t, got, tops, 1)
				Reduce(Mean, got, x, shape, axes)
				for r := range sums {
					sums[r] /= float64(count)
				}
				proof.CheckClose(t, got, sums, count)
				index := make([]int64, results)
				ArgReduce(Max, index, x, shape, axes)
				for r := range index {
					if index[r] != places[r] {
						t.Fatalf("argmax of result %d is %d, want %d", r, index[r], places[r])
					}
				}
				first := make([]float64, len(x))
				FirstMask(Max, first, x, shape, axes)
				proof.CheckClose(t, first, mask, 1)
			})
		}
	}
}

func TestReduceConventions(t *testing.T) {
	nan := math.NaN()
	x := []float64{1, 3, 3, nan, 2, nan}
	index, top := make([]int64, 2), make([]float64, 2)
	ArgReduce(Max, index, x, []int{2, 3}, 2)
	if index[0] != 1 || index[1] != 0 {
		t.Errorf("argmax %v, want the first of equals and the first NaN: [1 0]", index)
	}
	Reduce(Max, top, x, []int{2, 3}, 2)
	if top[0] != 3 || !math.IsNaN(top[1]) {
		t.Errorf("max %v, want [3 NaN]", top)
	}
	Reduce(Sum, top, nil, []int{2, 0}, 2)
	if top[0] != 0 {
		t.Errorf("sum of nothing is %v, want 0", top[0])
	}
}

// A million float32 tenths add up to what float64 gives, not to 100958.34 as a running float32 sum does.
func TestSumIsAccurate(t *testing.T) {
	x := make([]float32, 1_000_000)
	Fill(x, 0.1)
	got := []float32{0}
	Reduce(Sum, got, x, []int{len(x)}, 1)
	if got[0] != float32(1e6*float64(float32(0.1))) {
		t.Errorf("sum %v", got[0])
	}
}
