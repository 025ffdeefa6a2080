package graph_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// A verdict says how an imported function of Gorgonia's fares.
type verdict uint8

const (
	native  verdict = iota // value and gradients are those of Gorgonia's tape machine
	flat                   // its value is Gorgonia's, and it has no gradient by nature
	mended                 // ours take the place of wrong ones: they agree with central differences
	refused                // importing it, or its gradient, is an error with this text
)

// A use is one use of a function of Gorgonia's, on leaves that it makes itself.
type use struct {
	function string
	sentence string
	verdict  verdict
	build    func(l *leaves) (*gorgonia.Node, error)
	text     string // of the error
}

// leaves makes the leaves of one use: parameters of float64 or float32, from a seed.
type leaves struct {
	e     *gorgonia.ExprGraph
	dtype tensor.Dtype
	rng   *rand.Rand
	all   gorgonia.Nodes
}

func newLeaves() *leaves {
	return &leaves{e: gorgonia.NewGraph(), dtype: tensor.Float64, rng: rand.New(rand.NewPCG(1, 2))}
}

// at makes a leaf of numbers between lo and hi.
func (l *leaves) at(lo, hi float64, shape ...int) *gorgonia.Node {
	data := make([]float64, tensor.Shape(shape).TotalSize())
	single := make([]float32, len(data))
	for i := range data {
		data[i] = lo + (hi-lo)*l.rng.Float64()
		single[i] = float32(data[i])
	}
	var value any = data
	if l.dtype == tensor.Float32 {
		value = single
	}
	name := gorgonia.WithName(fmt.Sprintf("x%d", len(l.all)))
	var n *gorgonia.Node
	switch {
	case len(shape) > 0:
		v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(value))
		n = gorgonia.NewTensor(l.e, l.dtype, len(shape), name, gorgonia.WithShape(shape...), gorgonia.WithValue(v))
	case l.dtype == tensor.Float32:
		n = gorgonia.NewScalar(l.e, l.dtype, name, gorgonia.WithValue(single[0]))
	default:
		n = gorgonia.NewScalar(l.e, l.dtype, name, gorgonia.WithValue(data[0]))
	}
	l.all = append(l.all, n)
	return n
}

func (l *leaves) x(shape ...int) *gorgonia.Node { return l.at(.3, 1.7, shape...) }

// ints makes a vector of indices.
func (l *leaves) ints(v ...int) *gorgonia.Node {
	t := tensor.New(tensor.WithShape(len(v)), tensor.WithBacking(v))
	return gorgonia.NewVector(l.e, tensor.Int, gorgonia.WithName("indices"), gorgonia.WithShape(len(v)),
		gorgonia.WithValue(t))
}

func unary(name string, v verdict, f func(*gorgonia.Node) (*gorgonia.Node, error)) use {
	return use{function: name, sentence: "of a matrix", verdict: v,
		build: func(l *leaves) (*gorgonia.Node, error) { return f(l.x(2, 3)) }}
}

func binary(name string, v verdict, f func(a, b *gorgonia.Node) (*gorgonia.Node, error)) []use {
	return []use{
		{function: name, sentence: "of two matrices", verdict: v,
			build: func(l *leaves) (*gorgonia.Node, error) { return f(l.x(2, 3), l.x(2, 3)) }},
		{function: name, sentence: "of a matrix and a scalar", verdict: v,
			build: func(l *leaves) (*gorgonia.Node, error) { return f(l.x(2, 3), l.x()) }},
		{function: name, sentence: "of two scalars", verdict: v,
			build: func(l *leaves) (*gorgonia.Node, error) { return f(l.x(), l.x()) }},
		{function: name, sentence: "of a vector of one element and of another", verdict: v,
			build: func(l *leaves) (*gorgonia.Node, error) { return f(l.x(1), l.x(1)) }},
	}
}

func compared(name string, f func(a, b *gorgonia.Node, retSame bool) (*gorgonia.Node, error)) []use {
	list := binary(name, flat, func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return f(a, b, true) })
	return append(list[:1:1], use{function: name, sentence: "that gives booleans", verdict: refused,
		text: "holds booleans: compare with retSame", build: func(l *leaves) (*gorgonia.Node, error) {
			return f(l.x(2, 3), l.x(2, 3), false)
		}})
}

type broadcaster = func(a, b *gorgonia.Node, left, right []byte) (*gorgonia.Node, error)

func broadcast(name string, v verdict, f broadcaster) []use {
	return []use{
		{function: name, sentence: "of a row to a matrix", verdict: v,
			build: func(l *leaves) (*gorgonia.Node, error) { return f(l.x(3, 4), l.x(1, 4), nil, []byte{0}) }},
		{function: name, sentence: "of a column to a matrix", verdict: v,
			build: func(l *leaves) (*gorgonia.Node, error) { return f(l.x(3, 4), l.x(3, 1), nil, []byte{1}) }},
		{function: name, sentence: "of a row to one row", verdict: v,
			build: func(l *leaves) (*gorgonia.Node, error) { return f(l.x(1, 4), l.x(1, 4), nil, []byte{0}) }},
		{function: name, sentence: "of a vector to a matrix, at the left", verdict: v,
			build: func(l *leaves) (*gorgonia.Node, error) { return f(l.x(4), l.x(3, 4), []byte{0}, nil) }},
		{function: name, sentence: "of channels to an image", verdict: v,
			build: func(l *leaves) (*gorgonia.Node, error) {
				return f(l.x(2, 3, 2, 2), l.x(1, 3, 1, 1), nil, []byte{0, 2, 3})
			}},
	}
}

func retSame(f func(a, b *gorgonia.Node, same bool, left, right []byte) (*gorgonia.Node, error)) broadcaster {
	return func(a, b *gorgonia.Node, left, right []byte) (*gorgonia.Node, error) {
		return f(a, b, true, left, right)
	}
}

func joined(lists ...[]use) (all []use) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// uses are the functions of Gorgonia v0.9.18 that make nodes of nodes, all of them.
func uses() []use {
	return joined([]use{
		unary("Abs", native, gorgonia.Abs), unary("Ceil", flat, gorgonia.Ceil), unary("Cos", native, gorgonia.Cos),
		unary("Cube", native, gorgonia.Cube), unary("Exp", native, gorgonia.Exp),
		unary("Expm1", native, gorgonia.Expm1), unary("Floor", flat, gorgonia.Floor),
		unary("Inverse", native, gorgonia.Inverse), unary("InverseSqrt", mended, gorgonia.InverseSqrt),
		unary("Log", native, gorgonia.Log), unary("Log1p", native, gorgonia.Log1p),
		unary("Log2", mended, gorgonia.Log2), unary("Mish", native, gorgonia.Mish), unary("Neg", native, gorgonia.Neg),
		unary("Ravel", native, gorgonia.Ravel), unary("Rectify", native, gorgonia.Rectify),
		unary("Sigmoid", native, gorgonia.Sigmoid), unary("Sign", flat, gorgonia.Sign),
		unary("Sin", native, gorgonia.Sin), unary("Softplus", native, gorgonia.Softplus),
		unary("Sqrt", native, gorgonia.Sqrt), unary("Square", native, gorgonia.Square),
		unary("Tanh", native, gorgonia.Tanh),
		unary("LeakyRelu", native,
			func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.LeakyRelu(x, .1) }),
		unary("SoftMax", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.SoftMax(x) }),
		unary("SoftMax", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.SoftMax(x, 0) }),
		unary("LogSoftMax", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.LogSoftMax(x) }),
		unary("Sparsemax", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sparsemax(x) }),
		unary("Sum", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(x) }),
		unary("Sum", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(x, 1) }),
		unary("Mean", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Mean(x) }),
		unary("Mean", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Mean(x, 0) }),
		unary("Max", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Max(x) }),
		unary("Max", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Max(x, 1) }),
		unary("Norm", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Norm(x, 1, 2) }),
		unary("Transpose", native, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Transpose(x) }),
		unary("Reshape", native, func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.Reshape(x, tensor.Shape{3, 2})
		}),
		unary("KeepDims", native, func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.KeepDims(x, false,
				func(a *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(a, 1) })
		}),
		unary("Slice", native, func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.Slice(x, nil, gorgonia.S(0, 2))
		}),
		unary("Slice", native, func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.Slice(x, gorgonia.S(1))
		}),
		unary("SizeOf", flat, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.SizeOf(1, x) }),
		unary("At", mended, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.At(x, 1, 2) }),
		unary("ConvType", flat, func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.ConvType(x, tensor.Float64, tensor.Int)
		}),
		unary("Dropout", mended, func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Dropout(x, .5) }),
		unary("LogSumExp", refused,
			func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.LogSumExp(x, 1) }).
			with("gorgonia:"),
		unary("Unconcat", native, func(x *gorgonia.Node) (*gorgonia.Node, error) {
			parts, err := gorgonia.Unconcat(x, 1, 3)
			if err != nil {
				return nil, err
			}
			return gorgonia.Add(parts[0], parts[2])
		}),
		unary("ApplyOp", native, func(x *gorgonia.Node) (*gorgonia.Node, error) {
			tanh, err := gorgonia.Tanh(x)
			if err != nil {
				return nil, err
			}
			return gorgonia.ApplyOp(tanh.Op(), tanh)
		}),
		unary("ApplyOpWithName", native, func(x *gorgonia.Node) (*gorgonia.Node, error) {
			tanh, err := gorgonia.Tanh(x)
			if err != nil {
				return nil, err
			}
			return gorgonia.ApplyOpWithName(tanh.Op(), "again", tanh)
		}),
	},
		binary("Add", native, gorgonia.Add), binary("Sub", native, gorgonia.Sub),
		binary("HadamardProd", native, gorgonia.HadamardProd), binary("HadamardDiv", native, gorgonia.HadamardDiv),
		binary("Div", native, gorgonia.Div)[1:3], binary("Pow", native, gorgonia.Pow)[:1],
		binary("MinBetween", native, gorgonia.MinBetween)[:1], binary("MaxBetween", native, gorgonia.MaxBetween)[:1],
		binary("BinaryXent", native, func(a, b *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.BinaryXent(gorgonia.Must(gorgonia.Sigmoid(a)), b)
		})[:1],
		compared("Eq", gorgonia.Eq), compared("Ne", gorgonia.Ne), compared("Lt", gorgonia.Lt),
		compared("Lte", gorgonia.Lte), compared("Gt", gorgonia.Gt), compared("Gte", gorgonia.Gte),
		broadcast("BroadcastAdd", native, gorgonia.BroadcastAdd),
		broadcast("BroadcastSub", native, gorgonia.BroadcastSub),
		broadcast("BroadcastHadamardProd", native, gorgonia.BroadcastHadamardProd),
		broadcast("BroadcastHadamardDiv", native, gorgonia.BroadcastHadamardDiv),
		broadcast("BroadcastPow", native, gorgonia.BroadcastPow)[:1],
		broadcast("BroadcastEq", flat, retSame(gorgonia.BroadcastEq))[:1],
		broadcast("BroadcastNe", flat, retSame(gorgonia.BroadcastNe))[:1],
		broadcast("BroadcastLt", flat, retSame(gorgonia.BroadcastLt))[:1],
		broadcast("BroadcastLte", flat, retSame(gorgonia.BroadcastLte))[:1],
		broadcast("BroadcastGt", flat, retSame(gorgonia.BroadcastGt))[:1],
		broadcast("BroadcastGte", flat, retSame(gorgonia.BroadcastGte))[:1],
		productUses(), imageUses())
}

func (u use) with(text string) use {
	u.text = text
	return u
}

// cubed is a use of one operand of the given shape.
func cubed(name, sentence string, v verdict, shape []int, f func(*gorgonia.Node) (*gorgonia.Node, error)) use {
	return use{function: name, sentence: sentence, verdict: v,
		build: func(l *leaves) (*gorgonia.Node, error) { return f(l.x(shape...)) }}
}

func productUses() []use {
	mul := func(sentence string, a, b []int) use {
		return use{function: "Mul", sentence: sentence, build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.Mul(l.x(a...), l.x(b...))
		}}
	}
	list := []use{
		mul("of two matrices", []int{2, 3}, []int{3, 4}), mul("of a matrix and a vector", []int{2, 3}, []int{3}),
		mul("of a vector and a matrix", []int{2}, []int{2, 3}), mul("of two vectors", []int{3}, []int{3}),
		mul("of a column and a row", []int{3, 1}, []int{1, 2}), mul("of one row and a matrix", []int{1, 3},
			[]int{3, 1}),
		{function: "OuterProd", sentence: "of two vectors", verdict: mended,
			build: func(l *leaves) (*gorgonia.Node, error) { return gorgonia.OuterProd(l.x(2), l.x(3)) }},
		{function: "OuterProd", sentence: "of two vectors of one length", verdict: mended,
			build: func(l *leaves) (*gorgonia.Node, error) { return gorgonia.OuterProd(l.x(3), l.x(3)) }},
		{function: "Tensordot", sentence: "over one axis", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.Tensordot([]int{1}, []int{0}, l.x(2, 3), l.x(3, 4))
		}},
		{function: "ReduceAdd", sentence: "of three", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.ReduceAdd(gorgonia.Nodes{l.x(2, 3), l.x(2, 3), l.x(2, 3)})
		}},
		{function: "ReduceMul", sentence: "of two", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.ReduceMul(gorgonia.Nodes{l.x(2, 3), l.x(3, 2)})
		}},
		{function: "Concat", sentence: "of two matrices", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.Concat(1, l.x(2, 3), l.x(2, 1), l.x(2, 2))
		}},
		cubed("Sum", "over a middle axis of four", mended, []int{2, 3, 4, 1},
			func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Sum(x, 2)
			}),
		cubed("Sum", "over two axes of four", native, []int{2, 3, 2, 2},
			func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Sum(x, 2, 3)
			}),
		cubed("Mean", "over the second axis of four", mended, []int{2, 3, 4, 5},
			func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Mean(x, 1) }),
		cubed("Max", "over a middle axis of four", mended, []int{2, 3, 4, 1},
			func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Max(x, 2)
			}),
		cubed("SoftMax", "over a middle axis of four", native, []int{2, 3, 4, 2},
			func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.SoftMax(x, 1) }),
		cubed("LogSoftMax", "over the last axis of three", native, []int{2, 3, 4},
			func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.LogSoftMax(x, 2) }),
		cubed("Transpose", "of four axes", native, []int{2, 3, 4, 5}, func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.Transpose(x, 0, 2, 3, 1)
		}),
		cubed("Slice", "of a middle axis of four", native, []int{2, 3, 4, 5},
			func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Slice(x, nil, nil, gorgonia.S(1, 4))
			}),
		cubed("Slice", "with steps", native, []int{2, 7}, func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.Slice(x, nil, gorgonia.S(1, 7, 2))
		}),
		cubed("Slice", "with steps, which Gorgonia itself refuses by a panic", refused, []int{2, 3, 4, 5},
			func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Slice(x, nil, nil, gorgonia.S(1, 4, 2))
			}).with("gorgonia:"),
		cubed("Concat", "along a middle axis of four", native, []int{2, 3, 2, 2},
			func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return gorgonia.Concat(1, x, gorgonia.Must(gorgonia.Tanh(x)))
			}),
		{function: "Auto", sentence: "of a row to a matrix", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.Auto(gorgonia.BroadcastAdd, l.x(3, 4), l.x(1, 4))
		}},
		{function: "Broadcast", sentence: "of a column", build: func(l *leaves) (*gorgonia.Node, error) {
			a, b, err := gorgonia.Broadcast(l.x(3, 4), l.x(3, 1), gorgonia.NewBroadcastPattern(nil, []byte{1}))
			if err != nil {
				return nil, err
			}
			return gorgonia.HadamardProd(a, b)
		}},
		{function: "DiagFlat", sentence: "of a vector", verdict: flat,
			build: func(l *leaves) (*gorgonia.Node, error) { return gorgonia.DiagFlat(l.x(3)) }},
		{function: "ByIndices", sentence: "of rows", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.ByIndices(l.x(4, 3), l.ints(2, 0, 2), 0)
		}},
		{function: "ByIndices", sentence: "of a middle axis", verdict: refused, text: "takes wrong rows along axis 1",
			build: func(l *leaves) (*gorgonia.Node, error) {
				return gorgonia.ByIndices(l.x(2, 4, 3),
					l.ints(2, 0), 1)
			}},
		{function: "CTCLoss", sentence: "summed", build: func(l *leaves) (*gorgonia.Node, error) {
			return l.ctc(gorgonia.ReductionSum)
		}},
		{function: "CTCLoss", sentence: "with a mean", verdict: refused, text: "wrong with ReductionMean",
			build: func(l *leaves) (*gorgonia.Node, error) { return l.ctc(gorgonia.ReductionMean) }},
	}
	for _, t := range [][]bool{nil, {false, true}, {true, false}, {true, true}} {
		list = append(list, use{function: "BatchedMatMul", sentence: fmt.Sprintf("transposed %v", t),
			build: func(l *leaves) (*gorgonia.Node, error) {
				a, b := []int{2, 3, 4}, []int{2, 4, 5}
				if len(t) > 0 && t[0] {
					a = []int{2, 4, 3}
				}
				if len(t) > 1 && t[1] {
					b = []int{2, 5, 4}
				}
				return gorgonia.BatchedMatMul(l.x(a...), l.x(b...), t...)
			}})
	}
	return list
}

func (l *leaves) ctc(r gorgonia.Reduction) (*gorgonia.Node, error) {
	probs, err := gorgonia.LogSoftMax(l.x(4, 1, 3), 2)
	if err != nil {
		return nil, err
	}
	return gorgonia.CTCLoss(probs, l.intMatrix("targets", 1, 2, 1, 2), l.intMatrix("in", 1, 1, 4),
		l.intMatrix("out", 1, 1, 2), r)
}

func (l *leaves) intMatrix(name string, rows, cols int, v ...int) *gorgonia.Node {
	t := tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(v))
	return gorgonia.NewMatrix(l.e, tensor.Int, gorgonia.WithName(name), gorgonia.WithShape(rows, cols),
		gorgonia.WithValue(t))
}

func imageUses() []use {
	two := []int{2, 2}
	conv := func(sentence string, pad, stride, dilation []int) use {
		return use{function: "Conv2d", sentence: sentence, build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.Conv2d(l.x(2, 2, 5, 6), l.x(3, 2, 2, 2), two, pad, stride, dilation)
		}}
	}
	return []use{
		conv("plain", []int{0, 0}, []int{1, 1}, []int{1, 1}), conv("padded", []int{1, 1}, []int{1, 1}, []int{1, 1}),
		conv("strided", []int{0, 1}, []int{2, 2}, []int{1, 1}), conv("dilated", []int{1, 1}, []int{1, 1}, []int{2, 2}),
		{function: "Conv1d", sentence: "padded", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.Conv1d(l.x(2, 2, 1, 7), l.x(3, 2, 1, 3), 3, 1, 1, 1)
		}},
		{function: "Im2Col", sentence: "of an image", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.Im2Col(l.x(1, 2, 4, 4), two, []int{0, 0}, []int{1, 1}, []int{1, 1})
		}},
		{function: "MaxPool2D", sentence: "of an image", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.MaxPool2D(l.x(2, 2, 4, 4), two, []int{0, 0}, two)
		}},
		{function: "MaxPool2D", sentence: "padded and overlapping", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.MaxPool2D(l.x(2, 2, 5, 4), []int{3, 3}, []int{1, 1}, []int{2, 1})
		}},
		{function: "MaxPool2D", sentence: "padded at one side", verdict: mended,
			build: func(l *leaves) (*gorgonia.Node, error) {
				return gorgonia.MaxPool2D(l.at(-2, -1, 1, 1, 4, 4), two, []int{1, 0, 0, 1}, two)
			}},
		{function: "MaxPool1D", sentence: "of a sequence", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.MaxPool1D(l.x(2, 2, 1, 6), 2, 0, 2)
		}},
		{function: "AveragePool2D", sentence: "of an image", verdict: mended,
			build: func(l *leaves) (*gorgonia.Node, error) {
				return gorgonia.AveragePool2D(l.x(2, 2, 4, 6), two, []int{0, 0}, two)
			}},
		cubed("AveragePool1D", "is a maximum, as in Gorgonia", native, []int{2, 2, 1, 6},
			func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.AveragePool1D(x, 2, 0, 2) }),
		{function: "GlobalAveragePool2D", sentence: "of an image", verdict: mended,
			build: func(l *leaves) (*gorgonia.Node, error) { return gorgonia.GlobalAveragePool2D(l.x(2, 3, 2, 4)) }},
		{function: "Upsample2D", sentence: "of an image", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.Upsample2D(l.x(1, 2, 2, 3), 2)
		}},
		{function: "BatchNorm", sentence: "of an image", build: func(l *leaves) (*gorgonia.Node, error) {
			y, _, _, _, err := gorgonia.BatchNorm(l.x(2, 3, 2, 2), l.x(1, 3, 1, 1), l.x(1, 3, 1, 1), .1, 1e-5)
			return y, err
		}},
		{function: "BatchNorm", sentence: "of rows", build: func(l *leaves) (*gorgonia.Node, error) {
			y, _, _, _, err := gorgonia.BatchNorm(l.x(4, 3), l.x(1, 3), l.x(1, 3), .1, 1e-5)
			return y, err
		}},
		{function: "GroupNorm", sentence: "of an image", build: func(l *leaves) (*gorgonia.Node, error) {
			return gorgonia.GroupNorm(l.x(2, 4, 2, 2), l.x(1, 4, 1, 1), l.x(1, 4, 1, 1), 2, 4, 1e-5)
		}},
		{function: "GroupNorm", sentence: "of groups of more than 256 elements", verdict: mended,
			build: func(l *leaves) (*gorgonia.Node, error) {
				return gorgonia.GroupNorm(l.x(1, 2, 12, 12), l.x(1, 2, 1, 1), l.x(1, 2, 1, 1), 1, 2, 1e-5)
			}},
		{function: "GaussianRandomNode", sentence: "added to a matrix", verdict: mended,
			build: func(l *leaves) (*gorgonia.Node, error) {
				return gorgonia.Add(l.x(2, 3), gorgonia.GaussianRandomNode(l.e, l.dtype, 0, 1, 2, 3))
			}},
		{function: "UniformRandomNode", sentence: "times a matrix", verdict: mended,
			build: func(l *leaves) (*gorgonia.Node, error) {
				return gorgonia.HadamardProd(l.x(2, 3), gorgonia.UniformRandomNode(l.e, l.dtype, 0, 1, 2, 3))
			}},
		{function: "BinomialRandomNode", sentence: "times a matrix", verdict: refused, text: "binomial numbers",
			build: func(l *leaves) (*gorgonia.Node, error) {
				return gorgonia.HadamardProd(l.x(2, 3), gorgonia.BinomialRandomNode(l.e, l.dtype, 1, .5, 2, 3))
			}},
		{function: "YOLOv3", sentence: "of one scale", verdict: refused, text: "it has no gradient rule",
			build: func(l *leaves) (*gorgonia.Node, error) {
				return gorgonia.YOLOv3(l.x(1, 18, 2, 2), []float32{1, 2, 3, 4, 5, 6}, []int{0, 1, 2}, 64, 1, .5)
			}},
	}
}

// elsewhere are the functions that return nodes and are no ops, with what tests them here.
var elsewhere = map[string]string{
	"Backpropagate": "differentiates", "Grad": "differentiates", "Must": "unwraps", "NewConstant": "makes a leaf",
	"NewMatrix": "makes a leaf", "NewScalar": "makes a leaf", "NewTensor": "makes a leaf", "NewVector": "makes a leaf",
	"NewUniqueNode": "makes a leaf", "NodeFromAny": "makes a leaf", "OneHotVector": "makes a leaf",
	"NodesFromInputs": "lists nodes", "Sort": "lists nodes", "UnstableSort": "lists nodes",
	"NewNodeSet": "lists nodes", "Read": "is a statement", "Set": "is a statement",
}

// TestGorgoniaFunctions: each function of Gorgonia's gives what the table says, and none of them panics.
func TestGorgoniaFunctions(t *testing.T) {
	for _, u := range uses() {
		t.Run(u.function+" "+u.sentence,
			func(t *testing.T) { u.test(t, graph.ImportOptions{Mode: graph.Train, Seed: 1}) })
	}
}

// TestGorgoniaFunctionsByOurs: so do our ops in their place.
func TestGorgoniaFunctionsByOurs(t *testing.T) {
	opt := graph.ImportOptions{Mode: graph.Train, Seed: 1, Replace: ops.ForGorgonia}
	for _, u := range uses() {
		t.Run(u.function+" "+u.sentence, func(t *testing.T) { u.test(t, opt) })
	}
}

// TestGorgoniaFunctionsInFloat32: what agrees in float64 does so in float32, but for rounding.
func TestGorgoniaFunctionsInFloat32(t *testing.T) {
	for _, u := range uses() {
		if u.verdict != native && u.verdict != mended {
			continue
		}
		t.Run(u.function+" "+u.sentence, func(t *testing.T) {
			var values [2][]float64
			var grads [2][][]float64
			for i, dtype := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
				l := newLeaves()
				l.dtype = dtype
				out, cost, err := u.cost(l)
				if err != nil {
					t.Fatal(err)
				}
				p, err := importUse(l, out, cost, false, graph.ImportOptions{Mode: graph.Train, Seed: 1})
				if err != nil {
					t.Fatal(err)
				}
				values[i], grads[i] = p.run(t)
			}
			near(t, "value", values[1], values[0], 1e-4)
			for i := range grads[0] {
				near(t, fmt.Sprintf("gradient of leaf %d", i), grads[1][i], grads[0][i], 1e-3)
			}
		})
	}
}

func (u use) test(t *testing.T, opt graph.ImportOptions) {
	l := newLeaves()
	out, cost, err := u.cost(l)
	if err != nil {
		if u.verdict != refused {
			t.Fatal(err)
		}
		u.wantRefusal(t, err)
		return
	}
	p, err := importUse(l, out, cost, u.verdict == flat, opt)
	if u.verdict == refused {
		u.wantRefusal(t, err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	values, grads := p.run(t)
	if u.verdict == native || u.verdict == flat {
		wantValues, wantGrads := u.onGorgonia(t)
		near(t, "value", values, wantValues, 1e-6)
		for i := range wantGrads {
			near(t, fmt.Sprintf("gradient of leaf %d", i), grads[i], wantGrads[i], 1e-6)
		}
	}
	if u.verdict != flat {
		for i := range grads {
			near(t, fmt.Sprintf("gradient of leaf %d and central differences", i), grads[i], p.differences(t, i), 1e-5)
		}
	}
}

func (u use) wantRefusal(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), u.text) {
		t.Errorf("got error %v, want one with %q", err, u.text)
	}
}

// cost builds the function and a scalar that weighs its elements differently.
func (u use) cost(l *leaves) (out, cost *gorgonia.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("gorgonia: %s panics: %v", u.function, r)
		}
	}()
	if out, err = u.build(l); err != nil {
		return nil, nil, fmt.Errorf("gorgonia: %w", err)
	}
	if u.verdict == flat || out.IsScalar() {
		return out, out, nil
	}
	weighed, err := gorgonia.HadamardProd(out, l.x(out.Shape()...))
	if err != nil {
		return out, out, nil // booleans
	}
	cost, err = gorgonia.Sum(weighed)
	return out, cost, err
}

// An imported use is a program with the gradients of all leaves.
type imported struct {
	prog      *graph.Program
	out, cost graph.Node
	leaves    []graph.Node
	grads     []graph.Node
}

func importUse(l *leaves, out, cost *gorgonia.Node, flat bool, opt graph.ImportOptions) (*imported, error) {
	g, err := graph.FromGorgonia(l.e, opt)
	if err != nil {
		return nil, err
	}
	p := &imported{out: g.NodeOf(out), cost: g.NodeOf(cost)}
	if !flat {
		for _, n := range l.all {
			p.leaves = append(p.leaves, g.NodeOf(n))
		}
		p.grads = graph.Gradients(p.cost, p.leaves...)
	}
	if p.prog, err = g.Compile(append([]graph.Node{p.out, p.cost}, p.grads...)...); err != nil {
		return nil, err
	}
	for _, n := range g.Nodes() { // integers are inputs
		if n.Kind() == graph.KindInput && n.DType() == graph.Int64 && !strings.HasSuffix(n.Name(), "#") {
			for _, of := range l.e.AllNodes() {
				if g.NodeOf(of) == n {
					p.prog.Set(n, of.Value())
				}
			}
		}
	}
	return p, nil
}

func (p *imported) run(t *testing.T) (out []float64, grads [][]float64) {
	t.Helper()
	p.prog.SetStep(1)
	if err := p.prog.Run(); err != nil {
		t.Fatal(err)
	}
	for _, d := range p.grads {
		grads = append(grads, elements(p.prog.Value(d)))
	}
	return elements(p.prog.Value(p.out)), grads
}

func elements(v graph.Tensor) []float64 {
	list := make([]float64, v.Shape.Size())
	for i := range list {
		list[i] = v.At(i)
	}
	return list
}

// differences is the gradient of leaf i by central differences.
func (p *imported) differences(t *testing.T, i int) []float64 {
	const h = 1e-5
	data := p.leaves[i].Param().Tensor().F64
	d := make([]float64, len(data))
	cost := func(v float64, k int) float64 {
		data[k] = v
		p.run(t)
		return p.prog.Float(p.cost)
	}
	for k, v := range data {
		d[k] = (cost(v+h, k) - cost(v-h, k)) / (2 * h)
		data[k] = v
	}
	return d
}

// onGorgonia is what Gorgonia's own tape machine computes of the same use.
func (u use) onGorgonia(t *testing.T) (out []float64, grads [][]float64) {
	t.Helper()
	l := newLeaves()
	n, cost, err := u.cost(l)
	if err != nil {
		t.Fatal(err)
	}
	var ds gorgonia.Nodes
	if u.verdict != flat {
		if ds, err = gorgonia.Grad(cost, l.all...); err != nil {
			t.Fatal(err)
		}
	}
	kept := make([]gorgonia.Value, len(ds)+1)
	for i, d := range append(gorgonia.Nodes{n}, ds...) {
		gorgonia.Read(d, &kept[i])
	}
	m := gorgonia.NewTapeMachine(l.e)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for _, v := range kept[1:] {
		grads = append(grads, numbers(t, v))
	}
	return numbers(t, kept[0]), grads
}

func numbers(t *testing.T, v gorgonia.Value) []float64 {
	t.Helper()
	if d, ok := v.(*tensor.Dense); ok && d.RequiresIterator() {
		v = d.Materialize().(*tensor.Dense)
	}
	switch data := v.Data().(type) {
	case float64:
		return []float64{data}
	case []float64:
		return data
	case int:
		return []float64{float64(data)}
	case []int:
		list := make([]float64, len(data))
		for i, d := range data {
			list[i] = float64(d)
		}
		return list
	}
	t.Fatalf("Gorgonia's value is %T", v.Data())
	return nil
}

func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %d elements, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if d := math.Abs(got[i] - want[i]); !(d <= tolerance*(1+math.Abs(want[i]))) {
			t.Errorf("%s: element %d is %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// TestGorgoniaFunctionsAreAll: the table has every function of Gorgonia's that makes a node.
func TestGorgoniaFunctionsAreAll(t *testing.T) {
	functions, err := exportedFunctions()
	if err != nil {
		t.Skipf("the source of Gorgonia is not here: %v", err)
	}
	known := map[string]bool{}
	for _, u := range uses() {
		known[u.function] = true
	}
	for name := range elsewhere {
		known[name] = true
	}
	for _, name := range functions {
		if !known[name] {
			t.Errorf("no row for gorgonia.%s", name)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("there is no function gorgonia.%s", name)
	}
}

// exportedFunctions lists Gorgonia's functions with a node, or nodes, among their results.
func exportedFunctions() (names []string, err error) {
	file, _ := runtime.FuncForPC(reflect.ValueOf(gorgonia.Tanh).Pointer()).FileLine(0)
	files, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.go"))
	if err != nil || len(files) == 0 || !filepath.IsAbs(file) {
		return nil, errors.Join(err, fs.ErrNotExist)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "cuda") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.IsExported() && givesNode(fn.Type) {
				names = append(names, fn.Name.Name)
			}
		}
	}
	return names, nil
}

func givesNode(f *ast.FuncType) bool {
	if f.Results == nil {
		return false
	}
	for _, r := range f.Results.List {
		if s := fmt.Sprint(r.Type); s == "Nodes" || s == "NodeSet" {
			return true
		}
		if star, ok := r.Type.(*ast.StarExpr); ok && fmt.Sprint(star.X) == "Node" {
			return true
		}
	}
	return false
}
