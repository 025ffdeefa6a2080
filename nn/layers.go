// This file holds the layers without parameters, Embedding, and Sequential.

package nn

import (
	"errors"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Func is a layer without parameters: any function of one node. It belongs to the layer that calls it.
//
//	nn.Func(ops.ReLU)
type Func func(x graph.Node) graph.Node

// Forward calls the function. A nil Func is an error of the graph.
func (f Func) Forward(x graph.Node) graph.Node {
	if f == nil {
		return graph.Fail("func", []graph.Node{x}, errors.New("there is no function"))
	}
	return f(x)
}

// MaxPool2D is the layer of [ops.MaxPool2D].
func MaxPool2D(opt ops.Pool) Func {
	return func(x graph.Node) graph.Node { return ops.MaxPool2D(x, opt) }
}

// AvgPool2D is the layer of [ops.AvgPool2D].
func AvgPool2D(opt ops.Pool) Func {
	return func(x graph.Node) graph.Node { return ops.AvgPool2D(x, opt) }
}

// AdaptiveAvgPool2D is the layer of [ops.AdaptiveAvgPool2D].
func AdaptiveAvgPool2D(oh, ow int) Func {
	return func(x graph.Node) graph.Node { return ops.AdaptiveAvgPool2D(x, oh, ow) }
}

// Flatten is the layer that makes x (N, …) a matrix with a row for each example.
func Flatten() Func { return func(x graph.Node) graph.Node { return ops.Flatten(x, 1) } }

// Normalize is the layer that scales each channel of x (N, C, H, W) to the range that a network was trained with, as
// torchvision's Normalize does:
//
//	y[n,c] = (x[n,c] - mean[c]) / std[c]
//
// It is an error of the graph if there are not C means and C deviations, or if a deviation is not above 0.
func Normalize(mean, std []float64) Func {
	return func(x graph.Node) graph.Node {
		if !x.Valid() {
			return x
		}
		if c := len(mean); len(std) != c || x.Rank() != 4 || x.Dim(1) != c {
			return graph.Failf("normalize", []graph.Node{x}, "there are %d means and %d deviations, want one "+
				"for each channel of x (N, C, H, W)", c, len(std))
		}
		for i, v := range std {
			if !(v > 0) {
				return graph.Failf("normalize", []graph.Node{x}, "deviation %d is %v, want it above 0", i, v)
			}
		}
		g := x.Graph()
		return ops.Div(ops.Sub(x, g.Constant(channels(mean, x))), g.Constant(channels(std, x)))
	}
}

// channels is a number for each channel of x (N, C, H, W), as (1, C, 1, 1).
func channels(v []float64, x graph.Node) graph.Tensor {
	t := graph.NewTensor(graph.Type{DType: x.DType(), Shape: graph.Shape{1, len(v), 1, 1}})
	for i, n := range v {
		if t.DType == graph.Float64 {
			t.F64[i] = n
		} else {
			t.F32[i] = float32(n)
		}
	}
	return t
}

// Dropout is the layer of [ops.Dropout]: in a Train graph it zeroes elements with probability p, in an Eval
// graph it adds no node.
func Dropout(p float64) Func { return func(x graph.Node) graph.Node { return ops.Dropout(x, p) } }

// SpatialDropout is the layer of [ops.SpatialDropout], dropout of whole channels, which PyTorch calls Dropout2d.
func SpatialDropout(p float64) Func {
	return func(x graph.Node) graph.Node { return ops.SpatialDropout(x, p) }
}

// DropPath is the layer of [ops.DropPath], which leaves out a residual branch for some of the examples. It stands at
// the end of the branch, before the sum.
func DropPath(p float64) Func { return func(x graph.Node) graph.Node { return ops.DropPath(x, p) } }

// Embedding is a table of vectors that integers look up.
type Embedding struct {
	Weight *graph.Param // (V, D)
	scope  *Scope
}

// NewEmbedding makes a table of v vectors of d numbers, drawn from N(0, 1) as in PyTorch.
func NewEmbedding(s *Scope, v, d int) *Embedding {
	s.sizes("NewEmbedding", "v d", v, d)
	return &Embedding{Weight: s.Param("weight", Normal(1), v, d), scope: s}
}

// Forward maps integers of any shape (…) to (…, D).
func (e *Embedding) Forward(x graph.Node) graph.Node {
	g := x.Graph()
	defer e.scope.open(g)()
	return ops.Embedding(g.Param(e.Weight), x)
}

// Maker makes a module in the scope of its place in a model.
type Maker = func(s *Scope) Module

// Make is the [Maker] of the function, which needs no scope.
//
//	nn.Func(ops.ReLU).Make
func (f Func) Make(*Scope) Module { return f }

// Sequential is a chain of modules. It is a model: it knows the parameters that its modules have made.
type Sequential struct {
	Layers []Module
	params *Params
	scope  *Scope
}

// NewSequential makes a chain. Each maker gets the scope of its place, "0", "1", …, as in PyTorch;
// modules without parameters count.
//
//	model := nn.NewSequential(nn.NewScope(),
//		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 4, 8) },
//		nn.Func(ops.ReLU).Make)
func NewSequential(s *Scope, makers ...Maker) *Sequential {
	chain := &Sequential{scope: s}
	before := len(s.Params().list)
	for i, m := range makers {
		sub := s.Subf("%d", i)
		if m == nil {
			sub.refuse("NewSequential", "there is no maker")
		}
		layer := m(sub)
		if layer == nil {
			sub.refuse("NewSequential", "the maker gives no module")
		}
		chain.Layers = append(chain.Layers, layer)
	}
	chain.params = s.params.part(slices.Clone(s.params.list[before:]))
	return chain
}

// Params returns the parameters that the makers have made, but no other parameters of a model that the chain is a part
// of. They keep their names in the model. Params returns nil for a chain that NewSequential has not made.
func (s *Sequential) Params() *Params { return s.params }

// Forward applies the modules in order. If the chain has a path or a label, the nodes of a [Func] belong to the chain.
func (s *Sequential) Forward(x graph.Node) graph.Node {
	if s.scope != nil && s.scope.path+s.params.Label() != "" {
		defer s.scope.open(x.Graph())()
	}
	for _, m := range s.Layers {
		x = m.Forward(x)
	}
	return x
}
