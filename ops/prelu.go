// This file holds PReLU.

package ops

import (
	"errors"
	"math"

	"github.com/stheno-ml/stheno/graph"
)

// PReLU is a [LeakyReLU] whose slope is learnt:
//
//	y = max(x, 0) + a·min(x, 0)        x (N, C, …), a (C) or (1)
//
// with a slope for each channel or one for all. Its gradient at 0 is a·dy, as in PyTorch. It is NaN where an infinite
// x meets a slope of 0, as in PyTorch. It is an error if there are neither as many slopes as channels, nor one. See
// He, Zhang, Ren and Sun 2015.
func PReLU(x, a graph.Node) graph.Node {
	if !x.Valid() || !a.Valid() {
		return graph.Fail("prelu", []graph.Node{x, a}, errors.New("there is no slope"))
	}
	channels := 1
	if x.Rank() > 1 {
		channels = x.Dim(1)
	}
	if a.Rank() != 1 || a.Dim(0) != 1 && a.Dim(0) != channels {
		return graph.Failf("prelu", []graph.Node{x, a}, "a has shape %v, want (1) or, for each channel, (%d)",
			a.Shape(), channels)
	}
	switch rank := x.Rank(); {
	case rank == 0:
		a = Reshape(a)
	case rank > 2:
		a = Reshape(a, append([]int{a.Dim(0)}, ones(rank-2)...)...) // (C, 1, …)
	}
	return Add(ReLU(x), Mul(Clamp(x, math.Inf(-1), 0), a))
}
