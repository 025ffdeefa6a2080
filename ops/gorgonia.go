// This file holds ForGorgonia, which says which of our ops does what an op of Gorgonia's does.

package ops

import (
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// ForGorgonia puts ops of this package in the place of Gorgonia's where both compute the same, for a graph that is
// imported:
//
//	g, err := graph.FromGorgonia(e, graph.ImportOptions{Replace: ops.ForGorgonia})
//
// It returns false for an op that it leaves to Gorgonia.
func ForGorgonia(f graph.Foreign, in []graph.Node) (graph.Node, bool) {
	strange := func(n graph.Node) bool { return !n.Valid() || !n.DType().IsFloat() } // of integers
	if len(in) == 0 || slices.ContainsFunc(in, strange) {
		return graph.Node{}, false
	}
	if op, ok := gorgoniaUnary[f.Function]; ok && len(in) == 1 {
		return op(in[0]), true
	}
	if op, ok := gorgoniaBinary[f.Function]; ok && len(in) == 2 {
		return op(in[0], in[1]), true
	}
	switch f.Function {
	case "Mul", "BatchedMatMul":
		return gorgoniaProduct(f, in)
	case "Conv2d":
		return gorgoniaConv(f, in)
	case "Reshape":
		return Reshape(in[0], f.Type.Shape...), true
	case "Transpose":
		perm := f.Ints("pattern")
		return gorgoniaIf(len(perm) == in[0].Rank(), func() graph.Node { return Transpose(in[0], perm...) })
	case "Sum":
		axes := f.Ints("along")
		return gorgoniaIf(len(axes) > 0, func() graph.Node { return Sum(in[0], axes...) })
	case "SoftMax", "LogSoftMax":
		return gorgoniaSoftmax(f, in[0])
	case "Concat":
		axis := f.Ints("axis")
		return gorgoniaIf(len(axis) == 1, func() graph.Node { return Concat(axis[0], in...) })
	case "Repeat":
		along := f.Ints("along")
		one := len(along) == 1 && in[0].Rank() == len(f.Type.Shape) && in[0].Dim(along[0]) == 1
		return gorgoniaIf(one, func() graph.Node { return Expand(in[0], f.Type.Shape...) })
	}
	return graph.Node{}, false
}

var gorgoniaUnary = map[string]func(graph.Node) graph.Node{
	"Abs": Abs, "Ceil": Ceil, "Cos": Cos, "Exp": Exp, "Floor": Floor, "Inverse": Reciprocal, "InverseSqrt": Rsqrt,
	"Log": Log, "Neg": Neg, "Sigmoid": Sigmoid, "Sign": Sign, "Sin": Sin, "Softplus": Softplus, "Sqrt": Sqrt,
	"Square": Square, "Tanh": Tanh,
}

var gorgoniaBinary = map[string]func(a, b graph.Node) graph.Node{
	"Add": Add, "Sub": Sub, "HadamardProd": Mul, "HadamardDiv": Div, "Gt": Greater, "Gte": GreaterEqual, "Lt": Less,
	"Lte": LessEqual, "Eq": Equal, "Ne": NotEqual,
}

// gorgoniaIf is what apply gives if ok, else the answer that Gorgonia keeps its op.
func gorgoniaIf(ok bool, apply func() graph.Node) (graph.Node, bool) {
	if !ok {
		return graph.Node{}, false
	}
	return apply(), true
}

// gorgoniaProduct is a product of matrices; products with vectors stay Gorgonia's.
func gorgoniaProduct(f graph.Foreign, in []graph.Node) (graph.Node, bool) {
	a, b := f.Ints("transA"), f.Ints("transB")
	matrices := len(a) == 1 && len(b) == 1 && in[0].Rank() >= 2 && in[0].Rank() == in[1].Rank()
	return gorgoniaIf(matrices && len(f.Type.Shape) == in[0].Rank(), func() graph.Node {
		return MatMulT(in[0], in[1], a[0] == 1, b[0] == 1)
	})
}

// gorgoniaConv is a convolution without a bias.
func gorgoniaConv(f graph.Foreign, in []graph.Node) (graph.Node, bool) {
	var opt Conv
	for name, to := range map[string]*int{"padH": &opt.PadHW[0], "padW": &opt.PadHW[1], "strideH": &opt.StrideHW[0],
		"strideW": &opt.StrideHW[1], "dilationH": &opt.DilationHW[0], "dilationW": &opt.DilationHW[1]} {
		v := f.Ints(name)
		if len(v) != 1 {
			return graph.Node{}, false
		}
		*to = v[0]
	}
	return Conv2D(in[0], in[1], graph.Node{}, opt), true
}

// gorgoniaSoftmax is a softmax along an axis, which may be -1.
func gorgoniaSoftmax(f graph.Foreign, x graph.Node) (graph.Node, bool) {
	axis := f.Ints("axis")
	if len(axis) != 1 || x.Rank() == 0 {
		return graph.Node{}, false
	}
	if f.Function == "LogSoftMax" {
		return LogSoftmax(x, axis[0]), true
	}
	return Softmax(x, axis[0]), true
}
