package ops

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// movers are the ops that compute nothing: they move numbers, or work on integers.
var movers = []string{"take", "takeAlong", "oneHot", "gatherPlanes", "slice", "pad", "flip", "concat", "split",
	"reshape", "transpose", "expand",
	"channelFill", "stop", "increment", "copyOp"}

// TestEveryOpCounts: each op that a case builds counts at least one operation, unless it only moves numbers.
func TestEveryOpCounts(t *testing.T) {
	for _, c := range cases() {
		g, _, wrt, y := c.arrange(graph.Float32)
		outputs := []graph.Node{y}
		if c.first || c.second {
			outputs = append(outputs, graph.Gradients(weigh(y, 1), wrt...)...)
		}
		if y.DType() == graph.Int64 {
			continue
		}
		p, err := g.CompileWith(graph.CompileOptions{NoFuse: true, Without: []string{"fold", "alias"}}, outputs...)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range p.Instructions() {
			name := reflect.TypeOf(in.Op).Name()
			constant := len(in.Operands) == 0
			if !in.View && !constant && in.Types[0].DType.IsFloat() && !slices.Contains(movers, name) &&
				in.Flops == 0 {
				t.Errorf("%s: %v counts no operation", c.name, in)
			}
		}
	}
}

// TestCost: the exact cost of single ops, in 4 bytes a number but for 8 an index.
func TestCost(t *testing.T) {
	last := func(y graph.Node) []graph.Node { return []graph.Node{y} }
	for _, c := range []struct {
		name  string
		build func(g *graph.Graph) []graph.Node
		op    string
		want  graph.Cost
	}{
		{"a product of matrices: 2mnk, batch by batch, one of them broadcast",
			func(g *graph.Graph) []graph.Node { return last(MatMul(g.Input("a", 7, 3, 4), g.Input("b", 4, 5))) },
			"matmul", graph.Cost{Products: 2 * 7 * 3 * 5 * 4, Flops: 2 * 7 * 3 * 5 * 4,
				Bytes: 4 * (7*3*4 + 4*5 + 7*3*5)}},
		{"a matrix by itself is read once",
			func(g *graph.Graph) []graph.Node { a := g.Input("a", 6, 6); return last(MatMul(a, a)) },
			"matmul", graph.Cost{Products: 2 * 6 * 6 * 6, Flops: 2 * 6 * 6 * 6, Bytes: 4 * 2 * 36}},
		{"a convolution with stride and groups: 2·N·K·OH·OW·C/G·KH·KW",
			func(g *graph.Graph) []graph.Node {
				return last(Conv2D(g.Input("x", 2, 6, 9, 11), g.Input("w", 8, 3, 3, 3), graph.Node{},
					Conv{Stride: 2, Pad: 1, Groups: 2}))
			},
			"conv2d", graph.Cost{Products: 2 * 2 * 8 * 5 * 6 * 3 * 9, Flops: 2 * 2 * 8 * 5 * 6 * 3 * 9,
				Bytes: 4 * (2*6*9*11 + 8*3*9 + 2*8*5*6)}},
		{"its gradient of the data is as many",
			func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 2, 6, 9, 11)
				return graph.Gradients(
					Sum(Square(Conv2D(x, g.Input("w", 8, 3, 3, 3), graph.Node{}, Conv{Stride: 2, Pad: 1, Groups: 2}))),
					x)
			},
			"convtranspose2d", graph.Cost{Products: 2 * 2 * 8 * 5 * 6 * 3 * 9, Flops: 2 * 2 * 8 * 5 * 6 * 3 * 9,
				Bytes: 4 * (2*6*9*11 + 8*3*9 + 2*8*5*6)}},
		{"its gradient of the weights is as many",
			func(g *graph.Graph) []graph.Node {
				w := g.Input("w", 8, 3, 3, 3)
				return graph.Gradients(
					Sum(Square(Conv2D(g.Input("x", 2, 6, 9, 11), w, graph.Node{},
						Conv{Stride: 2, Pad: 1, Groups: 2}))), w)
			},
			"conv2d-weights", graph.Cost{Products: 2 * 2 * 8 * 5 * 6 * 3 * 9, Flops: 2 * 2 * 8 * 5 * 6 * 3 * 9,
				Bytes: 4 * (2*6*9*11 + 8*3*9 + 2*8*5*6)}},
		{"a linear map with what follows it: the product, sum and activation",
			func(g *graph.Graph) []graph.Node {
				return last(ReLU(Add(Linear(g.Input("x", 4, 3), g.Input("w", 5, 3), g.Input("b", 5)),
					g.Input("y", 4, 5))))
			},
			"linear", graph.Cost{Products: 2 * 4 * 5 * 3, Flops: 2*4*5*3 + 2*4*5, Bytes: 4 * (4*3 + 5*3 + 5 + 2*4*5)}},
		{"an LSTM: 2·N·T·4H·(in+H) in products, 9 by cell: four activations, c of three, tanh c and its product",
			func(g *graph.Graph) []graph.Node {
				y, _, _ := LSTM(g.Input("x", 3, 7, 5),
					Recurrence{WIH: g.Input("wIH", 16, 5), WHH: g.Input("wHH", 16, 4)})
				return last(y)
			},
			"lstm", graph.Cost{Products: 2 * 3 * 7 * 16 * 9, Flops: 2*3*7*16*9 + 9*3*7*4,
				Bytes: 4 * (3*7*5 + 16*5 + 16*4 + 3*7*4)}},
		{"a fork of elementwise ops: one by step and element",
			func(g *graph.Graph) []graph.Node {
				x := g.Input("x", 10)
				return last(Mul(Exp(x), AddScalar(x, 1)))
			},
			"fused", graph.Cost{Flops: 30, Bytes: 80}},
		{"an embedding reads the rows that it gives",
			func(g *graph.Graph) []graph.Node { return last(Embedding(g.Input("w", 1000, 8), g.Indices("i", 5))) },
			"embedding", graph.Cost{Bytes: 4*2*5*8 + 8*5}},
		{"a slice with a step reads what it gives",
			func(g *graph.Graph) []graph.Node { return last(Slice(g.Input("x", 100, 100), 1, 0, 100, 10)) },
			"slice", graph.Cost{Bytes: 4 * 2 * 100 * 10}},
		{"a view is free",
			func(g *graph.Graph) []graph.Node { return last(Exp(Reshape(Neg(g.Input("x", 4, 3)), 12))) },
			"reshape", graph.Cost{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			p, err := g.Compile(c.build(g)...)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(p.Instructions(), func(in graph.Instruction) bool {
				return len(in.Op.String()) >= len(c.op) && in.Op.String()[:len(c.op)] == c.op
			})
			if i < 0 {
				t.Fatalf("no %s on the tape: %v", c.op, p.Instructions())
			}
			if got := p.Instructions()[i].Cost; got != c.want {
				t.Errorf("%v: got %+v, want %+v", p.Instructions()[i], got, c.want)
			}
		})
	}
}

// TestJoinedCost: instructions that are joined have the operations of their parts, and move less.
func TestJoinedCost(t *testing.T) {
	build := func(opt graph.CompileOptions) graph.Cost {
		g := &graph.Graph{Mode: graph.Train}
		x := g.Input("x", 2, 6, 8, 8)
		h := ReLU(Add(Conv2D(x, g.Input("w", 6, 6, 3, 3), g.Input("b", 6), Conv{Pad: 1}), x))
		h = Tanh(Linear(Reshape(h, 2, -1), g.Input("v", 5, 6*8*8), g.Input("c", 5)))
		p, err := g.CompileWith(opt, Mul(Exp(h), Sigmoid(h)))
		if err != nil {
			t.Fatal(err)
		}
		return p.Cost()
	}
	joined, apart := build(graph.CompileOptions{}), build(graph.CompileOptions{NoFuse: true})
	if joined.Products != apart.Products || joined.Flops != apart.Flops || joined.Bytes >= apart.Bytes {
		t.Errorf("joined %+v, apart %+v", joined, apart)
	}
}
