package ops

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// joinedOps are the types that the compiler makes; a case of joinCases builds each.
var joinedOps = []string{"epilogue", "convNorm", "matmulAdd", "maskedAttention"}

// preparedOps are those that it makes for constant parameters; TestConstantParameters builds each.
var preparedOps = []string{"packConv", "packedConv", "foldConv", "packNorm"}

// joinCase is a graph and its tape without and with instructions joined: names and operands, a comma between two.
type joinCase struct {
	name          string
	mode          graph.Mode
	build         func(g *graph.Graph) []graph.Node
	before, after string
}

func joinCases() []joinCase {
	grad := func(loss graph.Node, of ...graph.Node) []graph.Node { return graph.Gradients(loss, of...) }
	return append(patternCases(), []joinCase{
		{name: "a mean's gradient scales instead of multiplying by a tensor",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				return grad(Mean(Exp(x)), x)
			},
			before: "exp x, mul const6 %1",
			after:  "exp x, scale s=0.05 %1"},
		{name: "a factor of one is dropped, and what is left of a sum's gradient",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 5)
				return grad(Sum(Exp(x)), x)
			},
			before: "exp x, mul const5 %1",
			after:  "exp x"},
		{name: "a tensor of zeros is read as a scalar",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 40, 50)
				return []graph.Node{Maximum(x, g.Full(0, 40, 50))}
			},
			before: "maximum x 0", after: "maximum x 0"},
		{name: "adding zero stays, for the sake of -0",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 3)
				return []graph.Node{Add(x, g.Full(0, 3))}
			},
			before: "add x 0", after: "addscalar s=0 x"},
		{name: "a tree of elementwise ops is one instruction, whatever is broadcast",
			build: func(g *graph.Graph) []graph.Node {
				x, row, column := g.Input("x", 4, 5), g.Input("row", 5), g.Input("column", 4, 1)
				return []graph.Node{Where(Less(x, g.Scalar(.1)), Mul(Tanh(x), column), Add(x, row))}
			},
			before: "less x 0.1, tanh x, mul %5 column, add x row, where %4 %6 %7",
			after:  "fused(less·tanh·mul·add·where) x 0.1 column row"},
		{name: "a value that is an output, or is read by another kind of op, ends a tree",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4)
				a := Exp(x)
				b := Sin(a)
				return []graph.Node{a, Neg(b), Sum(b)}
			},
			before: "exp x, sin %1, neg %2, sum axes=[0] %2",
			after:  "exp x, sin %1, neg %2, sum axes=[0] %2"},
		{name: "forward and backward are not joined",
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4)
				return grad(Sum(Log(Square(x))), x)
			},
			before: "square x, div const6 %1, mul %7 x, scale s=2 %8",
			after:  "square x, fused(div·mul·scale s=2) 1 %1 x"},
		{name: "an op of another shape ends a tree",
			build: func(g *graph.Graph) []graph.Node {
				return []graph.Node{Add(g.Input("x", 4, 5), Exp(g.Input("row", 5)))}
			},
			before: "exp row, add x %2", after: "exp row, add x %2"},
		{name: "operands that are broadcast along axes apart end a tree",
			build: func(g *graph.Graph) []graph.Node {
				return []graph.Node{Exp(Mul(g.Input("x", 2, 3, 4), g.Input("y", 2, 1, 4)))}
			},
			before: "mul x y, exp %2", after: "mul x y, exp %2"},
		{name: "a linear map goes on with activation and residual",
			build: func(g *graph.Graph) []graph.Node {
				x, w, b := g.Input("x", 4, 5), g.Input("w", 5, 5), g.Input("b", 5)
				return []graph.Node{Add(Tanh(Linear(x, w, b)), x)}
			},
			before: "linear x w b, tanh %3, add %4 x",
			after:  "linear+tanh+add x w b x"},
		{name: "a relu keeps what its gradient reads",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 4, 5), g.Input("w", 3, 5)
				return grad(Sum(Square(ReLU(Linear(x, w, graph.Node{})))), w)
			},
			before: "linear x w, relu %2, mul const8 %3, scale s=2 %9, ∂relu %3 %10, matmul aᵀ %11 x",
			after:  "linear+relu x w, fused(scale s=2·∂relu) %3, matmul aᵀ %11 x"},
		{name: "a gelu's gradient reads its argument, so it is not joined",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 4, 5), g.Input("w", 3, 5)
				return grad(Sum(GELU(Linear(x, w, graph.Node{}))), w)
			},
			before: "linear x w, ∂gelu %2 const7, matmul aᵀ %8 x",
			after:  "linear x w, ∂gelu %2 1, matmul aᵀ %8 x"},
		{name: "the product that is a gradient goes on with an activation's derivative",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 4, 5), g.Input("w", 3, 5)
				return grad(Sum(Square(Linear(Sigmoid(x), w, graph.Node{}))), x)
			},
			before: "sigmoid x, linear %2 w, mul const8 %3, scale s=2 %9, matmul %10 w, ∂sigmoid %2 %11",
			after:  "sigmoid x, linear %2 w, scale s=2 %3, matmul+∂sigmoid %10 w %2"},
		{name: "a residual that is made after the product waits for it, and a value read twice is not joined",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 4, 4), g.Input("w", 4, 4)
				a := Linear(x, w, graph.Node{})
				return []graph.Node{Add(a, Softmax(x, 1)), Add(a, x)}
			},
			before: "linear x w, softmax axis=1 x, add %2 %3, add %2 x",
			after:  "linear x w, softmax axis=1 x, add %2 %3, add %2 x"},
		{name: "a convolution goes on with residual and activation",
			build: func(g *graph.Graph) []graph.Node {
				x, w, b := g.Input("x", 2, 3, 4, 4), g.Input("w", 3, 3, 3, 3), g.Input("b", 3)
				return []graph.Node{ReLU(Add(x, Conv2D(x, w, b, Conv{Pad: 1})))}
			},
			before: "conv2d pad=1 x w b, add x %3, relu %4",
			after:  "conv2d pad=1+add+relu x w b x"},
		{name: "a batch norm takes the relu and leaves its statistics to others", mode: graph.Train,
			build: func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 4, 3)
				p := func(name string) graph.Node {
					return g.Param(graph.NewParam(name, graph.Type{Shape: graph.Shape{3}}))
				}
				return []graph.Node{ReLU(BatchNorm(x, p("w"), p("b"), p("mean"), p("variance"), BatchNormOptions{}))}
			},
			before: "batchnorm eps=1e-05 x w b, relu %5, running momentum=0.1 correction=1 mean %6, running " +
				"momentum=0.1 correction=1.33333 variance %7",
			after: "batchnorm eps=1e-05+relu x w b, running momentum=0.1 correction=1 mean %6, running " +
				"momentum=0.1 correction=1.33333 variance %7"},
		{name: "batch norm by given statistics is folded into the weights of a convolution",
			build: func(g *graph.Graph) []graph.Node {
				x, w, b := g.Input("x", 2, 3, 4, 4), g.Input("w", 3, 3, 3, 3), g.Input("b", 3)
				y := Conv2D(x, w, b, Conv{Pad: 1})
				return []graph.Node{ReLU(BatchNorm(y, g.Input("scale", 3), g.Input("shift", 3), g.Input("mean", 3),
					Abs(b), BatchNormOptions{}))}
			},
			before: "conv2d pad=1 x w b, abs b, batchnormeval eps=1e-05 %3 mean %7 scale shift, relu %8",
			after:  "abs b, conv2d pad=1+batchnormeval eps=1e-05+relu x w b mean %7 scale shift"},
		{name: "without a bias, scale and shift too",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 2, 3, 4, 4), g.Input("w", 6, 1, 3, 3)
				y := Conv2D(x, w, graph.Node{}, Conv{Groups: 3, Stride: 2})
				return []graph.Node{BatchNorm(y, graph.Node{}, graph.Node{}, g.Input("mean", 6), g.Full(2, 6),
					BatchNormOptions{})}
			},
			before: "conv2d stride=2 groups=3 x w, batchnormeval eps=1e-05 %2 mean 2",
			after:  "conv2d stride=2 groups=3+batchnormeval eps=1e-05 x w mean 2"},
		{name: "a convolution that is an output itself keeps its weights",
			build: func(g *graph.Graph) []graph.Node {
				y := Conv2D(g.Input("x", 2, 3, 4, 4), g.Input("w", 3, 3, 1, 1), graph.Node{}, Conv{})
				return []graph.Node{y, BatchNorm(y, graph.Node{}, graph.Node{}, g.Input("mean", 3), g.Full(2, 3),
					BatchNormOptions{})}
			},
			before: "conv2d x w, batchnormeval eps=1e-05 %2 mean 2",
			after:  "conv2d x w, batchnormeval eps=1e-05 %2 mean 2"},
		{name: "products are added to a gradient as they are made",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 4, 5), g.Input("w", 5, 5)
				y := Linear(Tanh(Linear(x, w, graph.Node{})), w, graph.Node{})
				return grad(Add(Sum(Square(y)), Mul(L2Penalty(w), g.Scalar(.1))), w)
			},
			before: "linear x w, tanh %2, linear %3 w, mul w const12, mul const15 %4, scale s=2 %16, matmul %17 w, " +
				"matmul aᵀ %17 %3, ∂tanh %3 %18, matmul aᵀ %20 x, accumulate %13 %19 %21",
			after: "linear+tanh x w, linear %3 w, scale s=0.1 w, scale s=2 %4, matmul+∂tanh %17 w %3, matmul " +
				"aᵀ+add %17 %3 %13, matmul aᵀ+add %20 x %r"},
		{name: "a product that someone else reads is not accumulated",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 5, 5), g.Input("w", 5, 5)
				y := MatMul(x, w)
				return []graph.Node{Add(x, y), Softmax(y, 0)}
			},
			before: "matmul x w, add x %2, softmax axis=0 %2",
			after:  "matmul x w, add x %2, softmax axis=0 %2"},
		{name: "a transposed matrix is read in place, and copied only for others",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 2, 5, 3), g.Input("w", 2, 5, 4)
				t := Swap(w, 1, 2)
				return []graph.Node{MatMul(Swap(x, 1, 2), w), MatMulT(x, t, true, true), Exp(t)}
			},
			before: "transpose [0 2 1] w, transpose [0 2 1] x, matmul %3 w, matmul aᵀ bᵀ x %2, exp %2",
			after:  "transpose [0 2 1] w, matmul aᵀ x w, matmul aᵀ x w, exp %2"},
		{name: "a transposition of other axes is not",
			build: func(g *graph.Graph) []graph.Node {
				x, w := g.Input("x", 5, 2, 3), g.Input("w", 2, 3, 4)
				return []graph.Node{MatMul(Swap(x, 0, 1), w)}
			},
			before: "transpose [1 0 2] x, matmul %2 w", after: "transpose [1 0 2] x, matmul %2 w"},
		{name: "an LSTM's step is its products and two trees of elementwise ops",
			build: func(g *graph.Graph) []graph.Node {
				x, h, c := g.Input("x", 3, 4), g.Input("h", 3, 4), g.Input("c", 3, 4)
				w, u, b := g.Input("w", 16, 4), g.Input("u", 16, 4), g.Input("b", 16)
				z := Split(Add(Linear(x, w, b), Linear(h, u, graph.Node{})), 1, 4, 4, 4, 4)
				c = Add(Mul(Sigmoid(z[1]), c), Mul(Sigmoid(z[0]), Tanh(z[2])))
				return []graph.Node{Mul(Sigmoid(z[3]), Tanh(c)), c}
			},
			before: "linear x w b, linear h u, add %6 %7, split axis=1 [4 4 4 4] %8, sigmoid %10, mul %13 c, " +
				"sigmoid %9, tanh %11, mul %15 %16, add %14 %17, sigmoid %12, tanh %18, mul %19 %20",
			after: "linear x w b, linear+add h u %6, split axis=1 [4 4 4 4] %8, " +
				"fused(sigmoid·mul·sigmoid·tanh·mul·add) %10 c %9 %11, fused(sigmoid·tanh·mul) %12 %18"},
		{name: "a GRU's step is its products and one tree",
			build: func(g *graph.Graph) []graph.Node {
				h := g.Input("h", 3, 4)
				x := Split(Linear(g.Input("x", 3, 4), g.Input("w", 12, 4), graph.Node{}), 1, 4, 4, 4)
				y := Split(Linear(h, g.Input("u", 12, 4), graph.Node{}), 1, 4, 4, 4)
				r, z := Sigmoid(Add(x[0], y[0])), Sigmoid(Add(x[1], y[1]))
				n := Tanh(Add(x[2], Mul(r, y[2])))
				return []graph.Node{Add(Mul(AddScalar(Neg(z), 1), n), Mul(z, h))}
			},
			before: "linear x w, split axis=1 [4 4 4] %3, linear h u, split axis=1 [4 4 4] %8, add %4 %9, sigmoid " +
				"%12, add %5 %10, sigmoid %14, mul %13 %11, add %6 %16, tanh %17, neg %15, addscalar s=1 %19, mul " +
				"%20 %18, mul %15 h, add %21 %22",
			after: "linear x w, split axis=1 [4 4 4] %3, linear h u, split axis=1 [4 4 4] %8, " +
				"fused(add·sigmoid·add·sigmoid·mul·add·tanh·neg·addscalar s=1·mul·mul·add) %4 %9 %5 %10 %11 %6 h"},
		{name: "an RNN's step is its products",
			build: func(g *graph.Graph) []graph.Node {
				x, h, w, u, b := g.Input("x", 3, 4), g.Input("h", 3, 4), g.Input("w", 4, 4), g.Input("u", 4, 4),
					g.Input("b", 4)
				return []graph.Node{Tanh(Add(Linear(x, w, b), Linear(h, u, graph.Node{})))}
			},
			before: "linear x w b, linear h u, add %5 %6, tanh %7", after: "linear x w b, linear+add+tanh h u %5"},
	}...)
}

// TestJoin shows the tape of each case before and after, runs both, and finds each joined op built.
func TestJoin(t *testing.T) {
	built := map[string]bool{}
	for _, c := range joinCases() {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: c.mode}
			outputs := c.build(g)
			plain, err := g.CompileWith(graph.CompileOptions{NoFuse: true}, outputs...)
			if err != nil {
				t.Fatal(err)
			}
			joined, err := g.Compile(outputs...)
			if err != nil {
				t.Fatal(err)
			}
			if got := tapeText(plain); got != c.before {
				t.Errorf("before\n%s\nwant\n%s", got, c.before)
			}
			if got := tapeText(joined); got != c.after {
				t.Errorf("after\n%s\nwant\n%s", got, c.after)
			}
			for _, in := range joined.Instructions() {
				built[reflect.TypeOf(in.Op).Name()] = true
			}
			feed := func(r runner) {
				zeros(r, g)
				for _, n := range g.Nodes() {
					if n.Kind() == graph.KindInput && n.DType().IsFloat() {
						r.Set(n, some(n.Shape()...).v)
					}
				}
			}
			if !strings.Contains(c.after, "+batchnormeval") { // folding it rounds differently
				if err := engines(g, outputs, feed); err != nil {
					t.Error(err)
				}
			}
			feed(plain)
			feed(joined)
			for _, p := range []*graph.Program{plain, joined} {
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
			}
			for i, n := range outputs {
				if err := normwise(elements(joined.Value(n)), elements(plain.Value(n))); err != nil {
					t.Errorf("output %d: %v", i, err)
				}
			}
			if n := testing.AllocsPerRun(5, func() { _ = joined.Run() }); n > 0 {
				t.Errorf("%v allocations in a run", n)
			}
		})
	}
	for _, name := range joinedOps {
		if !built[name] {
			t.Errorf("op %s is on no tape", name)
		}
	}
}

// tapeText lists the instructions that are not views and whose results are not scalars, sums and losses apart.
func tapeText(p *graph.Program) string {
	var lines []string
	for _, in := range p.Instructions() {
		if in.View || in.Types[0].Shape.Size() == 1 && !strings.HasPrefix(in.Op.String(), "sum axes") &&
			!strings.HasPrefix(in.Op.String(), "cross-entropy") {
			continue
		}
		line := in.Op.String()
		for _, o := range in.Operands {
			if strings.HasPrefix(o, "%r") {
				o = "%r"
			}
			line += " " + o
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

// TestJoinedNodes: a joined instruction names the nodes that it computes.
func TestJoinedNodes(t *testing.T) {
	g := &graph.Graph{}
	x := g.Input("x", 4, 4)
	a := Linear(x, x, graph.Node{})
	b := Exp(a)
	c := Add(b, x)
	p, err := g.Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	if in := p.Instructions(); len(in) != 1 || !slices.Equal(in[0].Nodes, []graph.Node{a, b, c}) {
		t.Errorf("got %v", in)
	}
}

// TestEpilogueChains: absorbing op after op gives the chain of all of them, the value in the middle standing anywhere.
func TestEpilogueChains(t *testing.T) {
	y := graph.Type{Shape: graph.Shape{2, 3}}
	two := []graph.Type{y, y}
	op, operands := graph.Op(linear{}), 2
	for _, next := range []struct {
		op      graph.Op
		operand int
		in      []graph.Type
	}{{binary{vector.Sub}, 1, two}, {unary{f: vector.Exp}, 0, two[:1]}, {binary{vector.Div}, 0, two}} {
		var ok bool
		if op, ok = op.(graph.Absorber).Absorb(operands, next.op, next.operand, next.in); !ok {
			t.Fatalf("%v is not absorbed", next.op)
		}
		operands += len(next.in) - 1
	}
	want := vector.NewChain(3,
		vector.Step{Arity: 2, Binary: vector.Sub, Args: [3]uint8{1, 0}},
		vector.Step{Arity: 1, Unary: vector.Exp, Args: [3]uint8{3}},
		vector.Step{Arity: 2, Binary: vector.Div, Args: [3]uint8{4, 2}})
	if got := op.(epilogue).chain; got.Steps()[0] != want.Steps()[0] || got.Steps()[1].Args[0] != 3 ||
		got.Steps()[2].Args[0] != 4 || got.Steps()[2].Args[1] != 2 {
		t.Errorf("got %v, want %v", got.Steps(), want.Steps())
	}
	if got := fmt.Sprint(op); got != "linear+sub+exp+div" {
		t.Errorf("prints as %s", got)
	}
}

// TestFoldedNormReadsAnew: weights and statistics that change between two runs change the folded convolution.
func TestFoldedNormReadsAnew(t *testing.T) {
	g := &graph.Graph{}
	x := g.Input("x", 1, 1, 1, 2)
	w, variance := graph.NewParam("w", graph.Type{Shape: graph.Shape{1, 1, 1, 1}}),
		graph.NewParam("variance", graph.Type{Shape: graph.Shape{1}})
	mean := graph.NewParam("mean", graph.Type{Shape: graph.Shape{1}})
	conv := Conv2D(x, g.Param(w), graph.Node{}, Conv{})
	y := BatchNorm(conv, graph.Node{}, graph.Node{}, g.Param(mean), g.Param(variance), BatchNormOptions{Eps: 1})
	p, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.Instructions()); n != 1 {
		t.Fatalf("%d instructions, want 1", n)
	}
	p.Set(x, []float32{1, 2})
	for _, c := range []struct{ w, mean, variance, want float64 }{
		{2, 0, 3, 1},  // 2·1/√(3+1)
		{2, 1, 0, 1},  // (2·1 - 1)/√1
		{4, 1, 8, 1},  // (4·1 - 1)/√9
		{8, 2, 3, 3},  // (8·1 - 2)/√4
		{0, 2, 3, -1}, // -2/√4
	} {
		w.Tensor().F32[0], mean.Tensor().F32[0], variance.Tensor().F32[0] = float32(c.w), float32(c.mean),
			float32(c.variance)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		if got := p.Float(y); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

// TestConstantParameters: taken for constants, they give the same bits, and are read again when that is asked for.
func TestConstantParameters(t *testing.T) {
	built := map[string]bool{}
	for _, c := range []struct {
		name       string
		x, w       graph.Shape
		conv       Conv
		norm, bias bool
	}{
		{"convolution", graph.Shape{2, 3, 9, 8}, graph.Shape{5, 3, 3, 3}, Conv{Stride: 2}, false, true},
		{"convolution and norm", graph.Shape{1, 32, 14, 12}, graph.Shape{40, 32, 3, 3}, Conv{Pad: 1}, true, false},
		{"norm with bias", graph.Shape{16, 32, 6, 6}, graph.Shape{33, 32, 3, 3}, Conv{Pad: 1}, true, true},
		{"many images", graph.Shape{32, 8, 5, 5}, graph.Shape{7, 8, 2, 2}, Conv{}, false, false},
		{"1×1, whose weights are used as they are", graph.Shape{2, 4, 3, 3}, graph.Shape{5, 4, 1, 1}, Conv{},
			true, true},
	} {
		for _, dtype := range []graph.DType{graph.Float32, graph.Float64} {
			t.Run(fmt.Sprint(c.name, " ", dtype), func(t *testing.T) {
				input := graph.NewTensor(graph.Type{DType: dtype, Shape: c.x})
				strew(input, "x")
				params := map[string]*graph.Param{}
				build := func(opt graph.CompileOptions) (*graph.Program, graph.Node, graph.Node) {
					g := &graph.Graph{DType: dtype}
					param := func(name string, shape graph.Shape) graph.Node {
						if params[name] == nil {
							params[name] = graph.NewParam(name, graph.Type{DType: dtype, Shape: shape})
							strew(params[name].Tensor(), name)
						}
						return g.Param(params[name])
					}
					channels := c.w[:1]
					var b graph.Node
					if c.bias {
						b = param("b", channels)
					}
					x := g.Input("x", c.x...)
					y := Conv2D(x, param("w", c.w), b, c.conv)
					if c.norm {
						y = BatchNorm(y, param("scale", channels), param("offset", channels), param("mean", channels),
							param("variance", channels), BatchNormOptions{Eps: 1})
					}
					y = ReLU(y)
					p, err := g.CompileWith(opt, y)
					if err != nil {
						t.Fatal(err)
					}
					p.Set(x, input)
					return p, x, y
				}
				plain, _, want := build(graph.CompileOptions{})
				constant, x, y := build(graph.CompileOptions{Constant: true})
				before, after := 0, 0
				for _, in := range constant.Instructions() {
					op := in.Op
					if e, ok := op.(epilogue); ok {
						op = e.op
					}
					built[reflect.TypeOf(op).Name()] = true
					if in.Phase == graph.Prepare {
						before++
					} else {
						after++
					}
				}
				// Without a norm there is nothing to prepare where weights have no other layout.
				if after != 1 || before > 1 || c.norm && before == 0 {
					t.Errorf("%d instructions after %d", after, before)
				}
				same := func(p *graph.Program) bool {
					for _, p := range []*graph.Program{plain, p} {
						if err := p.Run(); err != nil {
							t.Fatal(err)
						}
					}
					return sameBits(plain.Value(want), p.Value(y)) == nil
				}
				for run := range 2 {
					if !same(constant) {
						t.Errorf("run %d: another result", run)
					}
				}
				strew(params["w"].Tensor(), "other")
				if before > 0 && same(constant) {
					t.Error("a parameter that changed was read without being asked for")
				}
				constant.Refresh()
				if !same(constant) {
					t.Error("the parameters are not read again")
				}
				strew(params["w"].Tensor(), "third")
				clone := constant.Clone()
				clone.Set(x, input)
				if !same(clone) {
					t.Error("a clone does not read the parameters")
				}
			})
		}
	}
	for _, name := range preparedOps {
		if !built[name] && form.Active() != form.Plain {
			t.Errorf("op %s is on no tape", name)
		}
	}
}

// strew sets t to numbers between ½ and 1½ that depend on the name.
func strew(t graph.Tensor, name string) {
	seed := uint64(len(name))
	for _, c := range name {
		seed = seed*31 + uint64(c)
	}
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range t.F32 {
		t.F32[i] = r.Float32() + .5
	}
	for i := range t.F64 {
		t.F64[i] = r.Float64() + .5
	}
}
