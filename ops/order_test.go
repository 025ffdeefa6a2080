package ops

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

func sorted(axis int, descending bool) func(x graph.Node) graph.Node {
	return func(x graph.Node) graph.Node { y, _ := Sort(x, axis, descending); return y }
}

func sortedIndex(axis int, descending bool) func(x graph.Node) graph.Node {
	return func(x graph.Node) graph.Node { _, index := Sort(x, axis, descending); return index }
}

func topOf(k, axis int) func(x graph.Node) graph.Node {
	return func(x graph.Node) graph.Node { y, _ := TopK(x, k, axis); return y }
}

func along(f func(x graph.Node, axis int) graph.Node, axis int) func(x graph.Node) graph.Node {
	return func(x graph.Node) graph.Node { return f(x, axis) }
}

// written is a case of a function that writes elements of src (c) at indices (b) into x (a).
func written(name, torch string, x, idx, src operand, f func(x, idx, src graph.Node) graph.Node,
	want ...float64) opCase {
	return opCase{name: name, torch: torch, in: []operand{x, idx, src}, want: want, second: true,
		build: func(in []graph.Node) graph.Node { return f(in[0], in[1], in[2]) }}
}

var orderCases = []opCase{
	refuses(fn1("cumulative sum", "a.cumsum(0)", row(1, 2, 3, 4), along(CumSum, 0), 1, 3, 6, 10),
		badAxes("cumsum", CumSum)...),
	fn1("cumulative sum along the middle axis", "a.cumsum(1)", some(2, 3, 2), along(CumSum, -2)),
	refuses(fn1("cumulative product", "a.cumprod(0)", row(1, 2, 3, -4), along(CumProd, 0), 1, 2, 6, -24),
		badAxes("cumprod", CumProd)...),
	fn1("cumulative product along the middle axis", "a.cumprod(1)", some(2, 4, 2), along(CumProd, 1)),
	fn1("cumulative product with zeros", "a.cumprod(1)", given(shape(2, 4), 2, 0, 3, 4, 0, 5, 0, 7), along(CumProd, 1),
		2, 0, 0, 0, 0, 0, 0, 0),
	fn1("cumulative product of one", "a.cumprod(1)", some(3, 1), along(CumProd, 1)),
	{name: "the square of a cumulative sum from the end", in: []operand{some(2, 3)}, second: true,
		torch: "a.flip(1).cumsum(1).flip(1).square()",
		build: func(in []graph.Node) graph.Node {
			return Square(graph.Apply(scan{axis: 1, reverse: true}, in[0]))
		}, bad: refused(func(x graph.Node, axis int) graph.Node {
			return graph.Apply(scan{axis: axis, factors: true}, x, x)
		}, "scan axis=", -1, 2, huge)},
	{name: "a recurrence from the end", in: []operand{some(2, 3), some(2, 3)}, second: true,
		build: func(in []graph.Node) graph.Node {
			return graph.Apply(scan{axis: 1, factors: true, reverse: true}, in[0], in[1])
		}},

	refuses(fn1("sort", "a.sort(0)[0]", row(3, 1, 2), sorted(0, false), 1, 2, 3),
		badAxes("sort", func(x graph.Node, axis int) graph.Node {
			y, _ := Sort(x, axis, false)
			return y
		})...),
	fn1("sort the middle axis from the largest", "a.sort(1, descending=True)[0]", some(2, 4, 3), sorted(1, true)),
	noGradient(fn1("places of what is sorted, equals in their order", "a.sort(dim=1, stable=True)[1]",
		given(shape(2, 4), 3, 1, 2, 1, 5, 5, 5, 4), sortedIndex(1, false),
		1, 3, 2, 0, 3, 0, 1, 2)),
	noGradient(fn1("the same from the largest", "a.sort(dim=1, descending=True, stable=True)[1]",
		given(shape(2, 4), 3, 1, 2, 1, 5, 5, 5, 4), sortedIndex(1, true),
		0, 2, 1, 3, 0, 1, 2, 3)),
	noGradient(fn1("NaN is sorted as the largest", "", row(nan, 1, infinite, -infinite, nan), sortedIndex(0, false), 3,
		1, 2, 0, 4)),
	refuses(fn1("the largest two", "a.topk(2)[0]", given(shape(2, 3), 1, 3, 2, 9, 7, 8), topOf(2, -1), 3, 2, 9, 8),
		refused(func(x graph.Node, k int) graph.Node { return topOf(k, 1)(x) }, "top-k: k is", 0, -1, 4, huge)...),
	fn1("the largest two along the first axis", "a.topk(2, 0)[0]", some(4, 3), topOf(2, 0)),
	noGradient(fn1("the places of the largest two", "a.topk(2)[1]", given(shape(2, 3), 1, 3, 2, 9, 7, 8),
		func(x graph.Node) graph.Node { _, index := TopK(x, 2, 1); return index }, 1, 2, 0, 2)),
	refuses(fn1("median of an odd number", "a.median(0)[0]", row(5, 1, 3), along(Median, 0), 3),
		badAxes("median", Median)...),
	fn1("median of an even number is the smaller of two", "a.median(1)[0]", given(shape(2, 4), 4, 1, 3, 2, 9, 8, 6, 7),
		along(Median, 1), 2, 7),
	noGradient(fn1("median with NaN", "", given(shape(2, 3), 4, nan, 3, 2, 9, 8), along(Median, 1), nan, 8)),

	refuses(written("add rows, two to one place", "a.index_add(0, b, c)", some(3, 2),
		labels(shape(4), 2, 0, 2, 2), some(4, 2),
		func(x, idx, src graph.Node) graph.Node { return ScatterAdd(x, idx, src, 0) }),
		badAxes("scatter-add", func(x graph.Node, axis int) graph.Node {
			return ScatterAdd(x, x.Graph().Indices("more", 2), x, axis)
		})...),
	written("add to columns by a matrix of indices", "a.index_add(1, b.flatten(), c.flatten(1))", some(2, 3),
		labels(shape(2, 2), 2, 0, 1, 1), some(2, 2, 2),
		func(x, idx, src graph.Node) graph.Node { return ScatterAdd(x, idx, src, -1) }),
	refuses(written("add along an axis, two to one place", "a.scatter_add(1, b, c)", some(2, 3),
		labels(shape(2, 4), 2, 0, 2, 1, 0, 0, 0, 1), some(2, 4),
		func(x, idx, src graph.Node) graph.Node { return AddAlong(x, idx, src, 1) }),
		badAxes("add-along", func(x graph.Node, axis int) graph.Node {
			return AddAlong(x, x.Graph().Indices("more", 2, 1), x, axis)
		})...),
	refuses(written("put along an axis", "a.scatter(1, b, c)", some(2, 3, 2), labels(shape(2, 2, 2), 2, 0, 0, 1, 1, 2,
		0, 1), some(2, 2, 2),
		func(x, idx, src graph.Node) graph.Node { return PutAlong(x, idx, src, 1) }),
		append(badAxes("put-along", func(x graph.Node, axis int) graph.Node {
			return PutAlong(x, x.Graph().Indices("more", 2, 1), x, axis)
		}), refused(func(x graph.Node, n int) graph.Node {
			return graph.Apply(lastAlong{n: n}, x.Graph().Indices("more", 2))
		}, "last-along", 0, -1, huge)...)...),
	written("put along an axis, the last to one place counts", "", row(1, 2, 3), labels(shape(4), 2, 0, 2, 2),
		row(10, 20, 30, 40),
		func(x, idx, src graph.Node) graph.Node { return PutAlong(x, idx, src, 0) }, 20, 2, 40),
}

var orderErrors = []shapeError{
	{"a cumulative sum of integers", func(g *graph.Graph) graph.Node { return CumSum(g.Indices("x", 2), 0) },
		"cumsum axis=0: an operand holds int64, want floats"},
	{"a sort of integers", func(g *graph.Graph) graph.Node { return sorted(0, false)(g.Indices("x", 2)) },
		"sort axis=0 count=2: an operand holds int64, want floats"},
	{"a median of a scalar", func(g *graph.Graph) graph.Node { return Median(g.Input("x"), 0) },
		"median: axis 0 is outside the 0 axes"},
	{"rows added to other rows", func(g *graph.Graph) graph.Node {
		return ScatterAdd(g.Input("x", 3, 2), g.Indices("i", 4), g.Input("src", 4, 1), 0)
	}, "scatter-add: src has shape (4, 1), want (4, 2): a (3, 2), b int64 (4), c (4, 1)"},
	{"elements added along other rows", func(g *graph.Graph) graph.Node {
		return AddAlong(g.Input("x", 3, 2), g.Indices("i", 4, 1), g.Input("src", 4, 1), 1)
	}, "add-along: the shapes differ beside axis 1: a (3, 2), b int64 (4, 1), c (4, 1)"},
	{"elements put along other rows", func(g *graph.Graph) graph.Node {
		return PutAlong(g.Input("x", 3, 2), g.Indices("i", 4, 1), g.Input("src", 3, 1), 1)
	}, "put-along: src has shape (3, 1), idx (4, 1)"},
	{"elements put by floats", func(g *graph.Graph) graph.Node {
		return PutAlong(g.Input("x", 3, 2), g.Input("i", 3, 1), g.Input("src", 3, 1), 1)
	}, "last-along axis=1 n=2: the indices hold float32, want int64"},
}

// TestRandomOrder: sort, top-k, cumulative sums and products, and what is put along an axis, of random shapes with
// equal elements, against loops that are plain.
func TestRandomOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 3))
	for range 300 {
		s := graph.Shape{1 + r.IntN(4), 1 + r.IntN(9), 1 + r.IntN(4)}
		outer, n, inner := s[0], s[1], s[2]
		k, m := 1+r.IntN(n), 1+r.IntN(9)
		x, index, src := make([]float64, s.Size()), make([]int64, outer*m*inner), make([]float64, outer*m*inner)
		for i := range x {
			x[i] = float64(r.IntN(7) - 3)
		}
		for i := range index {
			index[i], src[i] = int64(r.IntN(n)), float64(100+i)
		}
		descending := r.IntN(2) == 0
		g := &graph.Graph{DType: graph.Float64}
		in, idx, from := g.Input("x", s...), g.Indices("i", outer, m, inner), g.Input("src", outer, m, inner)
		y, places := Sort(in, 1, descending)
		top, topPlaces := TopK(in, k, 1)
		outputs := []graph.Node{y, places, top, topPlaces, CumSum(in, 1), CumProd(in, 1), PutAlong(in, idx, from, 1)}
		p, err := g.Compile(outputs...)
		if err != nil {
			t.Fatal(err)
		}
		p.Set(in, x)
		p.Set(idx, index)
		p.Set(from, src)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		var want [7][]float64
		for i, size := range []int{n, n, k, k, n, n, n} {
			want[i] = make([]float64, outer*size*inner)
		}
		for o := range outer {
			for c := range inner {
				order := make([]int, n)
				for j := range order {
					order[j] = j
				}
				at := func(j, n int) int { return (o*n+j)*inner + c }
				ascending := slices.Clone(order)
				slices.SortStableFunc(ascending, func(a, b int) int { return int(x[at(a, n)] - x[at(b, n)]) })
				falling := slices.Clone(order)
				slices.SortStableFunc(falling, func(a, b int) int { return int(x[at(b, n)] - x[at(a, n)]) })
				sum, product := 0., 1.
				for j := range n {
					from := ascending[j]
					if descending {
						from = falling[j]
					}
					want[0][at(j, n)], want[1][at(j, n)] = x[at(from, n)], float64(from)
					if j < k {
						want[2][at(j, k)], want[3][at(j, k)] = x[at(falling[j], n)], float64(falling[j])
					}
					sum, product = sum+x[at(j, n)], product*x[at(j, n)]
					want[4][at(j, n)], want[5][at(j, n)], want[6][at(j, n)] = sum, product, x[at(j, n)]
				}
				for j := range m {
					want[6][at(int(index[at(j, m)]), n)] = src[at(j, m)]
				}
			}
		}
		for i, w := range want {
			if err := near(elements(p.Value(outputs[i])), w, 0); err != nil {
				t.Fatalf("output %d of x %v, descending %v: %v", i, s, descending, err)
			}
		}
	}
}

// TestCumSumOfManyIsExact: float32 alone would be wrong by 1 in 1000 here.
func TestCumSumOfManyIsExact(t *testing.T) {
	g := &graph.Graph{}
	y := CumSum(g.Full(.1, 1<<20), 0)
	p, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	want := float64(float32(.1)) * (1 << 20)
	if got := p.Value(y).At(1<<20 - 1); math.Abs(got-want) > 1e-6*want {
		t.Errorf("got %v, want %v", got, want)
	}
}
