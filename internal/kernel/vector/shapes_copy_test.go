package vector

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// layout draws how the elements of a shape lie in memory: their strides, the offset of the first, and how much memory
// they need. No two elements of a layout that is written lie at one place.
func layout(s *proof.Trial, shape []int, written bool) (stride []int, offset, size int) {
	order := s.Perm(len(shape)) // from the outermost axis in memory to the innermost
	if s.Chance(2) {
		slices.Sort(order)
	}
	stride = make([]int, len(shape))
	run := 1
	for _, k := range slices.Backward(order) {
		if stride[k] = run * proof.One(s, 1, 1, 1, 1+s.IntN(3)); !written && s.Chance(6) {
			stride[k] = 0
			continue
		}
		run = stride[k]*max(1, shape[k]) + proof.One(s, 0, 0, s.IntN(4))
	}
	last := 0
	for k, n := range shape {
		if s.Chance(8) {
			stride[k] = -stride[k]
			offset -= stride[k] * max(0, n-1)
		}
		last += max(0, stride[k]) * max(0, n-1)
	}
	skip := s.IntN(5)
	return stride, offset + skip, offset + skip + last + 1
}

// TestRandomCopy: copies between any two layouts, of each type of element. What lies between the elements stays as it
// is.
func TestRandomCopy(t *testing.T) {
	proof.Try(t, 3000, 40_000, func(s *proof.Trial) {
		most := proof.One(s, 300, 300, 300, 5000, 5000, 90_000)
		var shape []int
		for n, rank := 1, s.IntN(6); len(shape) < rank; {
			shape = append(shape, s.Size(most/n))
			n *= shape[len(shape)-1]
		}
		if len(shape) > 0 && s.Chance(40) {
			shape[s.IntN(len(shape))] = 0
		}
		to, dOffset, dSize := layout(s, shape, true)
		from, sOffset, sSize := layout(s, shape, false)
		s.What = fmt.Sprintf("shape %v, strides %v from %d to %v from %d", shape, from, sOffset, to, dOffset)
		switch s.IntN(3) {
		case 0:
			copyShape[float32](s, shape, to, from, dOffset, sOffset, dSize, sSize)
		case 1:
			copyShape[float64](s, shape, to, from, dOffset, sOffset, dSize, sSize)
		default:
			copyShape[int64](s, shape, to, from, dOffset, sOffset, dSize, sSize)
		}
	})
}

func copyShape[T scalar.Element](s *proof.Trial, shape, to, from []int, dOffset, sOffset, dSize, sSize int) {
	src, want := make([]T, sSize), make([]T, dSize)
	for i := range src {
		src[i] = T(i + 1)
	}
	for i := range want {
		want[i] = -T(i)
	}
	old := slices.Clone(want)
	index := make([]int, len(shape))
	for n := product(shape); n > 0; n-- {
		d, f := dOffset, sOffset
		for k, i := range index {
			d, f = d+i*to[k], f+i*from[k]
		}
		want[d] = src[f]
		for k := len(index) - 1; k >= 0; k-- {
			if index[k]++; index[k] < shape[k] {
				break
			}
			index[k] = 0
		}
	}
	s.Forms(func() {
		got := slices.Clone(old)
		Copy(got, dOffset, to, src, sOffset, from, shape)
		for i := range got {
			if got[i] != want[i] {
				s.Failf("%T in %s: element %d is %v, want %v", got[i], form.Active(), i, got[i], want[i])
				return
			}
		}
	})
}

func product(shape []int) int {
	n := 1
	for _, size := range shape {
		n *= size
	}
	return n
}
