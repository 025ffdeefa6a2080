// This file holds the checks that shape rules share.

package ops

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// floatType reports an element type of results that is no float.
func floatType(d graph.DType) error {
	if !d.IsFloat() {
		return fmt.Errorf("the result would hold %v, want floats", d)
	}
	return nil
}

// largest is the largest number of a type of floats.
func largest(d graph.DType) float64 {
	if d == graph.Float32 {
		return math.MaxFloat32
	}
	return math.MaxFloat64
}

// complete gives memory to results that nobody uses, for kernels that write all results together. It allocates when
// there is such a result, so it is for ops whose results are nearly always used together.
func complete(dst []graph.Tensor) []graph.Tensor {
	if !slices.ContainsFunc(dst, unused) {
		return dst
	}
	dst = slices.Clone(dst)
	for i, t := range dst {
		if unused(t) {
			dst[i] = graph.NewTensor(t.Type)
		}
	}
	return dst
}

// expect reports an operand of another type than the wanted one. names are those of the first operands.
func expect(names string, in []graph.Type, want ...graph.Type) error {
	for i, name := range strings.Fields(names) {
		if !in[i].Equal(want[i]) {
			return fmt.Errorf("%s is %v, want %v", name, in[i], want[i])
		}
	}
	return nil
}

// sameFloats reports operands that are not all of one float type.
func sameFloats(in ...graph.Type) error { return graph.SameFloats(in...) }
