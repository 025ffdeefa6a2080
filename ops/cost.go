// This file holds what ops share to count operations, and elements that a gather reads.

package ops

import (
	"github.com/stheno-ml/stheno/graph"
)

// each counts n operations for each element of the types.
func each(n int, types ...graph.Type) (products, others int64) {
	for _, t := range types {
		others += int64(n * t.Shape.Size())
	}
	return 0, others
}

// picks counts n elements of operand 0, and all elements of each other operand.
func picks(operand int, in []graph.Type, n int) int {
	if operand == 0 {
		return n
	}
	return in[operand].Shape.Size()
}
