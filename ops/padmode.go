// This file holds pads that continue what is inside: mirrored, repeated at the border, or from the other side.

package ops

import (
	"cmp"

	"github.com/stheno-ml/stheno/graph"
)

// PadReflect puts before[k] elements before axis k of x, and after[k] behind it. They mirror the elements inside,
// without repeating the border: 3 2 | 1 2 3 | 2 1. It is an error when one side of an axis would get as many elements
// as the axis has, or more.
func PadReflect(x graph.Node, before, after []int) graph.Node {
	return padded("pad-reflect", x, before, after, func(i, n int) int {
		if i >= n {
			return 2*(n-1) - i
		}
		return max(i, -i)
	})
}

// PadReplicate is [PadReflect] with the border repeated: 1 1 | 1 2 3 | 3 3. Any number of elements is allowed.
func PadReplicate(x graph.Node, before, after []int) graph.Node {
	return padded("pad-replicate", x, before, after, func(i, n int) int { return min(max(i, 0), n-1) })
}

// PadCircular is [PadReflect] with the elements of the other side, as if x went on for ever: 2 3 | 1 2 3 | 1 2. Any
// number of elements is allowed; PyTorch goes around once at most.
func PadCircular(x graph.Node, before, after []int) graph.Node {
	return padded("pad-circular", x, before, after, func(i, n int) int { return (i%n + n) % n })
}

// padded makes each axis of x longer. Element i of an axis of size n, counted from -before on, is element from(i, n)
// of x. It is a gather, so the gradients of a repeated element add up.
func padded(name string, x graph.Node, before, after []int, from func(i, n int) int) graph.Node {
	if !x.Valid() {
		return x
	}
	in := []graph.Node{x}
	if len(before) != x.Rank() || len(after) != x.Rank() {
		return graph.Failf(name, in, "before %v and after %v do not give one number for each of %d axes",
			before, after, x.Rank())
	}
	size := make(graph.Shape, x.Rank())
	for k, n := range x.Shape() {
		if err := cmp.Or(allowed("pad", before[k]), allowed("pad", after[k])); err != nil {
			return graph.Failf(name, in, "of axis %d: %w; Slice takes elements away", k, err)
		}
		if name == "pad-reflect" && max(before[k], after[k]) >= n {
			return graph.Failf(name, in, "%d and %d elements are asked of axis %d, which has %d beside its border",
				before[k], after[k], k, n-1)
		}
		size[k] = before[k] + n + after[k]
	}
	if err := size.Check(); err != nil {
		return graph.Fail(name, in, err)
	}
	for k, n := range x.Shape() {
		if before[k] == 0 && after[k] == 0 {
			continue
		}
		places := make([]int64, size[k])
		for i := range places {
			places[i] = int64(from(i-before[k], n))
		}
		x = Gather(x, x.Graph().Constant(graph.FromInt64(places, len(places))), k)
	}
	return x
}
