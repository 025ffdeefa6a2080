package viz

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/internal/flaws"
)

// artist draws random graphs of the kinds that a drawing has to stand.
type artist struct {
	*rand.Rand
	g    *graph.Graph
	pool []graph.Node
	n    int // of names
}

func (a *artist) name(s string) string {
	a.n++
	if a.IntN(8) == 0 {
		s += names[a.IntN(len(names))]
	}
	return fmt.Sprintf("%s%d", s, a.n)
}

// pick returns a node, the newer ones more often.
func (a *artist) pick() graph.Node { return a.pool[max(a.IntN(len(a.pool)), a.IntN(len(a.pool)))] }

func (a *artist) param(shape ...int) graph.Node {
	return a.g.Param(graph.NewParam(a.name("w"), graph.Type{Shape: shape}))
}

// smooth are functions that can be differentiated any number of times.
var smooth = []func(graph.Node) graph.Node{ops.Tanh, ops.Sigmoid, ops.Exp, ops.Sin, ops.Square, ops.Neg, ops.Softplus}

// add adds an op; the nodes of the pool are of shape (2, 4, 6, 6).
func (a *artist) add() {
	x, y := a.pick(), a.pick()
	var z graph.Node
	switch a.IntN(14) {
	case 0, 1:
		z = smooth[a.IntN(len(smooth))](x)
	case 2:
		z = []func(x, y graph.Node) graph.Node{ops.Add, ops.Sub, ops.Mul}[a.IntN(3)](x, y)
	case 3:
		z = ops.Add(x, a.param(x.Shape()...))
	case 4:
		z = ops.Mul(x, x)
	case 5:
		z = ops.Conv2D(x, a.param(4, 4, 3, 3), a.param(4), ops.Conv{Pad: 1})
	case 6:
		z = ops.Linear(x, a.param(6, 6), a.param(6))
	case 7:
		z = ops.Softmax(x, a.IntN(4))
	case 8:
		parts := ops.Split(x, 1, 1, 3)
		z = ops.Concat(1, parts[1], parts[0])
	case 9:
		z = ops.Swap(x, 2, 3)
	case 10:
		z = ops.Dropout(ops.ReLU(x), .5)
	case 11:
		z = ops.LayerNorm(x, a.param(6), a.param(6), 1e-5)
	case 12:
		z = ops.Where(ops.Less(x, y), x, ops.Scale(y, .5))
	case 13:
		z = ops.MaxPool2D(ops.Pad(x, []int{0, 0, 1, 1}, []int{0, 0, 0, 0}, 0), ops.Pool{Size: 2, Stride: 1})
	}
	a.pool = append(a.pool, z)
}

// layer adds ops in a scope, or the same block several times in scopes that count up.
func (a *artist) layer(path string, depth int) {
	base := path
	if base != "" {
		base += "."
	}
	switch {
	case depth > 0 && a.IntN(3) > 0:
		for range 1 + a.IntN(3) {
			a.layer(base+a.name("l"), depth-1)
		}
	case a.IntN(2) == 0:
		x := a.pick()
		for i := range 2 + a.IntN(4) {
			leave := a.g.Scope(fmt.Sprintf("%s%d", base, i))
			x = ops.Add(x, ops.Tanh(ops.Linear(x, a.param(6, 6), graph.Node{})))
			leave()
		}
		a.pool = append(a.pool, x)
	default:
		defer a.g.Scope(path)()
		for range 1 + a.IntN(4) {
			a.add()
		}
	}
}

// randomDrawn is a random graph with its losses, derivatives of some order and updates.
func randomDrawn(seed uint64) *graph.Graph {
	a := &artist{Rand: rand.New(rand.NewPCG(seed, 3)), g: &graph.Graph{Mode: graph.Train, Seed: seed}}
	for range 1 + a.IntN(2) {
		a.pool = append(a.pool, a.g.Input(a.name("x"), 2, 4, 6, 6))
	}
	a.pool = append(a.pool, a.param(2, 4, 6, 6))
	for range a.IntN(5) {
		a.layer("", a.IntN(3))
	}
	for range a.IntN(3) { // losses
		loss := ops.Mean(ops.Square(a.pick()))
		for order := range 1 + a.IntN(3) {
			wrt := a.g.Trainable()
			if a.IntN(2) == 0 {
				wrt = append(wrt, a.pool[0])
			}
			kinks := a.IntN(3) == 0 // many ops have a first derivative only
			if order > 0 && !kinks {
				break
			}
			ds := graph.Gradients(loss, wrt...)
			loss = ops.Sum(ops.Square(ds[a.IntN(len(ds))]))
		}
	}
	a.g.InPhase(graph.Update, func() {
		for _, p := range a.g.Trainable() {
			if a.IntN(3) == 0 {
				a.g.Assign(p, ops.Scale(p, .9))
			}
		}
	})
	return a.g
}

// smoothDrawn is a random graph of functions with all derivatives, and a derivative of the given order.
func smoothDrawn(seed uint64, order int) *graph.Graph {
	r := rand.New(rand.NewPCG(seed, 4))
	g := &graph.Graph{Mode: graph.Train}
	pool := []graph.Node{g.Input("x", 3), g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{3}}))}
	for range 1 + r.IntN(5) {
		x, y := pool[r.IntN(len(pool))], pool[r.IntN(len(pool))]
		pool = append(pool, ops.Mul(smooth[r.IntN(len(smooth))](x), y))
	}
	loss := ops.Sum(pool[len(pool)-1])
	for range order {
		loss = ops.Sum(graph.Gradients(loss, pool[r.IntN(2)])[0])
	}
	return g
}

// checkDrawings draws g in every way and returns what is wrong.
func checkDrawings(t *testing.T, g *graph.Graph) (faults []string) {
	t.Helper()
	var dots []string // drawings of several depths may be the same
	for _, opt := range []Options{{Depth: -1}, {}, {Depth: 1}, {Depth: 2}, {Depth: 3}} {
		for _, opt.Backward = range []bool{false, true} {
			if opt.Backward && len(g.Contributions()) == 0 {
				continue
			}
			var svg, dot bytes.Buffer
			if err := WriteSVG(&svg, g, opt); err != nil {
				return append(faults, err.Error())
			}
			picture, err := flaws.Read(svg.String())
			if err != nil {
				return append(faults, err.Error())
			}
			for _, f := range picture.Check() {
				faults = append(faults, fmt.Sprintf("%+v: %s", opt, f))
			}
			if err := WriteDOT(&dot, g, opt); err != nil {
				return append(faults, err.Error())
			}
			if !slices.Contains(dots, dot.String()) {
				dots = append(dots, dot.String())
			}
		}
	}
	checkDOT(t, "random", dots...)
	return faults
}

// TestRandomDrawings: random graphs, at every depth, forward and backward, are drawn as valid XML and DOT, nothing
// overlaps, and texts are inside their boxes. The seed of the smallest graph that is not is told.
func TestRandomDrawings(t *testing.T) {
	n, drawn := uint64(150), 0
	if testing.Short() {
		n = 30
	}
	for seed := range n {
		g := randomDrawn(seed)
		if g.Err() != nil {
			continue // of an op that has one derivative only, say
		}
		drawn++
		if faults := checkDrawings(t, g); len(faults) > 0 {
			t.Fatalf("seed %d, %d nodes:\n%s", seed, len(g.Nodes()), strings.Join(faults[:min(5, len(faults))], "\n"))
		}
	}
	if drawn < int(n)*3/4 {
		t.Errorf("%d of %d graphs could be built", drawn, n)
	}
}

// TestRandomDrawingsOfDerivatives is the same for derivatives of a higher order.
func TestRandomDrawingsOfDerivatives(t *testing.T) {
	for seed := range uint64(40) {
		for order := range 4 {
			g := smoothDrawn(seed, order)
			if g.Err() != nil {
				t.Fatalf("seed %d, order %d: %v", seed, order, g.Err())
			}
			if faults := checkDrawings(t, g); len(faults) > 0 {
				t.Fatalf("seed %d, order %d, %d nodes:\n%s", seed, order, len(g.Nodes()),
					strings.Join(faults[:min(5, len(faults))], "\n"))
			}
		}
	}
}

// TestDrawingsOfLittle: graphs in which there is little or nothing to draw.
func TestDrawingsOfLittle(t *testing.T) {
	w := func(g *graph.Graph, name string, shape ...int) graph.Node {
		return g.Param(graph.NewParam(name, graph.Type{Shape: shape}))
	}
	for _, c := range []struct {
		name  string
		build func(g *graph.Graph)
		shows string // in the SVG
	}{
		{"an empty graph", func(*graph.Graph) {}, "0 operations"},
		{"a lone constant", func(g *graph.Graph) { g.Scalar(3) }, "const 3"},
		{"a lone tensor", func(g *graph.Graph) { g.Constant(graph.FromFloat32([]float32{1, 2}, 2)) }, "const"},
		{"a lone parameter", func(g *graph.Graph) { w(g, "weight", 3) }, "weight"},
		{"a lone input", func(g *graph.Graph) { g.Input("x", 3) }, "x"},
		{"the number of the step", func(g *graph.Graph) { g.Step() }, "0 operations"},
		{"an assignment of a parameter", func(g *graph.Graph) { g.Assign(w(g, "to", 3), w(g, "from", 3)) }, "from"},
		{"an update alone", func(g *graph.Graph) {
			p := w(g, "weight", 3)
			g.InPhase(graph.Update, func() { g.Assign(p, ops.Scale(p, 2)) })
		}, "1 update not drawn"},
		{"the derivative of an input by itself", func(g *graph.Graph) { x := g.Input("x"); graph.Gradients(x, x) },
			"x"},
		{"the derivative of a parameter by itself", func(g *graph.Graph) { p := w(g, "p"); graph.Gradients(p, p) },
			"p"},
		{"the derivative by what plays no part",
			func(g *graph.Graph) { graph.Gradients(ops.Sum(g.Input("x", 3)), w(g, "w", 3)) }, "1 operation"},
		{"two losses and their sum", func(g *graph.Graph) {
			x := g.Input("x", 3)
			a, b := ops.Sum(ops.Tanh(x)), ops.Sum(ops.Mul(x, w(g, "w", 3)))
			graph.Gradients(a, x)
			graph.Gradients(b, g.Trainable()...)
			graph.Gradients(ops.Add(a, b), x)
		}, "5 operations"},
		{"a layer of a very long name", func(g *graph.Graph) {
			defer g.Scope(strings.Repeat("long", 50_000))()
			ops.Tanh(g.Input(strings.Repeat("x", 200_000), 3))
		}, "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			if c.build(g); g.Err() != nil {
				t.Fatal(g.Err())
			}
			if faults := checkDrawings(t, g); len(faults) > 0 {
				t.Fatal(strings.Join(faults, "\n"))
			}
			if svg := written(t, func(b *bytes.Buffer) error {
				return WriteSVG(b, g,
					Options{})
			}); !strings.Contains(svg, c.shows) {
				t.Errorf("%q is not shown", c.shows)
			}
		})
	}
}

// anyValues tells a value of every node: numbers of all sizes, some of which are not finite.
func anyValues(seed uint64) func(graph.Node) (graph.Tensor, bool) {
	return func(n graph.Node) (graph.Tensor, bool) {
		r := rand.New(rand.NewPCG(seed, uint64(n.ID())))
		x := graph.NewTensor(n.Type())
		size := math.Pow(10, float64(r.IntN(14)-7))
		for i := range x.F32 {
			x.F32[i] = float32(r.NormFloat64() * size)
			if r.IntN(200) == 0 {
				x.F32[i] = float32([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(3)])
			}
		}
		return x, r.IntN(10) > 0
	}
}

// TestRandomValues: random graphs with values of any size, in both languages: nothing overlaps or leaves its box.
func TestRandomValues(t *testing.T) {
	n := uint64(12)
	if testing.Short() {
		n = 6
	}
	for seed := range n {
		g := randomDrawn(seed)
		if seed%4 == 0 {
			g = smoothDrawn(seed, int(seed/4)%3)
		}
		if g.Err() != nil {
			continue
		}
		for _, depth := range []int{-1, 0, 2} {
			opt := Options{Depth: depth, Backward: len(g.Contributions()) > 0, Values: anyValues(seed),
				Lang: Langs()[seed%2]}
			picture, err := flaws.Read(written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, opt) }))
			if err != nil {
				t.Fatalf("seed %d, depth %d: %v", seed, depth, err)
			}
			if faults := picture.Check(); len(faults) > 0 {
				t.Fatalf("seed %d, depth %d:\n%s", seed, depth, strings.Join(faults[:min(5, len(faults))], "\n"))
			}
			written(t, func(b *bytes.Buffer) error { return WriteDOT(b, g, opt) })
		}
	}
}
