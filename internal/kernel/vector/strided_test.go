package vector

import (
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

func contiguous(shape []int) []int {
	stride := make([]int, len(shape))
	run := 1
	for k := len(shape) - 1; k >= 0; k-- {
		stride[k] = run
		run *= shape[k]
	}
	return stride
}

func TestCopyPermutesAndSlices(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		testCopy(t, func(name string, n int) []float64 { return proof.Random[float64](name, n) })
		testCopy(t, func(name string, n int) []float32 {
			v := proof.Guarded[float32](t, n, false)
			copy(v, proof.Random[float32](name, n))
			return v
		})
	})
}

func testCopy[T scalar.Float](t *testing.T, random func(name string, n int) []T) {
	for _, c := range []struct {
		name             string
		shape            []int // of the iteration
		dStride, sStride []int
		dOffset, sOffset int
	}{
		{"scalar", nil, nil, nil, 0, 0},
		{"contiguous", []int{3, 4}, []int{4, 1}, []int{4, 1}, 0, 0},
		{"transpose", []int{3, 4}, []int{4, 1}, []int{1, 3}, 0, 0},
		{"large transpose", []int{300, 411}, []int{411, 1}, []int{1, 300}, 0, 0},
		{"batch of transposes", []int{5, 33, 70}, []int{33 * 70, 70, 1}, []int{33 * 70, 1, 33}, 0, 0},
		{"transposes of few columns", []int{2, 40, 13}, []int{40 * 13, 13, 1}, []int{40 * 13, 1, 40}, 0, 0},
		{"transpose of a part, backwards", []int{19, 33}, []int{-40, 1}, []int{1, 23}, 720, 2},
		{"heads: (N, T, NH, HS) to (N, NH, T, HS)", []int{2, 4, 7, 8}, []int{224, 56, 8, 1},
			[]int{224, 8, 32, 1}, 0, 0},
		{"channels last to first", []int{2, 3, 5, 5}, []int{75, 25, 5, 1}, []int{75, 1, 15, 3}, 0, 0},
		{"reverse of three axes", []int{3, 4, 5}, []int{20, 5, 1}, []int{1, 3, 12}, 0, 0},
		{"slice with a step", []int{3, 4}, []int{4, 1}, []int{20, 2}, 0, 3},
		{"backwards", []int{5}, []int{1}, []int{-1}, 0, 4},
		{"into a padded frame", []int{2, 3}, []int{5, 1}, []int{3, 1}, 6, 0},
		{"expand", []int{4, 3, 2}, []int{6, 2, 1}, []int{0, 1, 0}, 0, 0},
		{"written crosswise", []int{3, 4}, []int{1, 3}, []int{4, 1}, 0, 0},
		{"large expand", []int{300, 400}, []int{400, 1}, []int{1, 0}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			extent := func(offset int, stride []int) int {
				n := offset + 1
				for k, s := range c.shape {
					n += max(0, (s-1)*stride[k])
				}
				return n
			}
			src := random("src", extent(c.sOffset, c.sStride))
			dst := random("dst", extent(c.dOffset, c.dStride))
			want := slices.Clone(dst)
			for i := range proof.Size(c.shape) {
				d, s := c.dOffset, c.sOffset
				for k := len(c.shape) - 1; k >= 0; k-- {
					d += i % c.shape[k] * c.dStride[k]
					s += i % c.shape[k] * c.sStride[k]
					i /= c.shape[k]
				}
				want[d] = src[s]
			}
			Copy(dst, c.dOffset, c.dStride, src, c.sOffset, c.sStride, c.shape)
			if !slices.Equal(dst, want) {
				t.Errorf("copy\n got %v\nwant %v", dst, want)
			}
		})
	}
}

// Every permutation of four axes, so that each order of loops is met.
func TestCopyEveryPermutation(t *testing.T) {
	shape := []int{3, 4, 5, 6}
	in := contiguous(shape)
	src := proof.Random[float32]("src", proof.Size(shape))
	for code := range 256 {
		perm := []int{code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6}
		if seen := 1<<perm[0] | 1<<perm[1] | 1<<perm[2] | 1<<perm[3]; seen != 15 {
			continue
		}
		out, stride := make([]int, 4), make([]int, 4)
		for k, p := range perm {
			out[k], stride[k] = shape[p], in[p]
		}
		dst := make([]float32, len(src))
		Copy(dst, 0, contiguous(out), src, 0, stride, out)
		for i := range dst {
			s, rest := 0, i
			for k := 3; k >= 0; k-- {
				s += rest % out[k] * stride[k]
				rest /= out[k]
			}
			if dst[i] != src[s] {
				t.Fatalf("permutation %v: element %d differs", perm, i)
			}
		}
	}
}
