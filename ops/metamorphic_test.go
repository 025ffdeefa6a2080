package ops

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// This file holds what convolutions of related operands have to do with each other, for random shapes and in the
// kernels that are active. None of it needs a second implementation.

var long = flag.Bool("long", false, "try 20,000 random convolutions")

// randomConv is a convolution, or a transposed one, of random sizes.
type randomConv struct {
	back bool
	opt  Conv
	x, w []int
	seed uint64
}

func (c randomConv) String() string {
	name := "conv2d"
	if c.back {
		name = "convtranspose2d"
	}
	return fmt.Sprintf("seed %d: %s %+v of x %v, w %v", c.seed, name, c.opt, c.x, c.w)
}

// drawConv draws a convolution of some thousands to some millions of products that fits. Sizes are drawn evenly by
// magnitude, so that one of anything is common.
func drawConv(seed uint64) randomConv {
	r := rand.New(rand.NewPCG(seed, 12))
	size := func(most int) int { return int(math.Exp(r.Float64() * math.Log(float64(most)+.99))) }
	for {
		c := randomConv{back: r.IntN(3) == 0, seed: seed}
		g := 1
		if r.IntN(4) == 0 {
			g = 1 + r.IntN(4)
		}
		n, in, out := size(9), g*size(160/g), g*size(160/g)
		if r.IntN(8) == 0 {
			n = []int{16, 17, 32, 64}[r.IntN(4)]
		}
		kh, kw := 1+r.IntN(4), 1+r.IntN(4)
		if r.IntN(3) == 0 {
			kh, kw = 3, 3
		}
		c.x = []int{n, in, size(24), size(24)}
		if c.w = []int{out, in / g, kh, kw}; c.back {
			c.w = []int{in, out / g, kh, kw}
		}
		c.opt = Conv{Groups: g, StrideHW: [2]int{size(4), size(4)}, DilationHW: [2]int{size(3), size(3)}}
		if r.IntN(3) == 0 {
			s := size(4)
			c.opt.StrideHW, c.opt.DilationHW = [2]int{s, s}, [2]int{1, 1}
		}
		for i := range c.opt.PadTLBR {
			c.opt.PadTLBR[i] = r.IntN(4)
		}
		if c.back {
			c.opt.OutputPadHW = [2]int{r.IntN(c.opt.StrideHW[0]), r.IntN(c.opt.StrideHW[1])}
		}
		if y := c.result(); y.Valid() && c.products(y) < 2e7 {
			return c
		}
	}
}

// result is the node in a graph of its own.
func (c randomConv) result() graph.Node {
	g := &graph.Graph{}
	return c.apply(g.Input("x", c.x...), g.Input("w", c.w...))
}

func (c randomConv) apply(x, w graph.Node) graph.Node {
	if c.back {
		return ConvTranspose2D(x, w, graph.Node{}, c.opt)
	}
	return Conv2D(x, w, graph.Node{}, c.opt)
}

// products is the number of products that the sums of y consist of, those with padding included.
func (c randomConv) products(y graph.Node) float64 {
	n := y.Size() / y.Dim(1) // of windows
	if c.back {
		n = graph.Shape(c.x).Size() / c.x[1]
	}
	return float64(n) * float64(graph.Shape(c.w).Size())
}

// randomTensor holds numbers in [-1, 1).
func randomTensor(r *rand.Rand, shape ...int) graph.Tensor {
	t := graph.NewTensor(graph.Type{Shape: shape})
	for i := range t.F32 {
		t.F32[i] = 2*r.Float32() - 1
	}
	return t
}

// inner is the inner product, in float64.
func inner(a, b graph.Tensor) float64 {
	s := 0.
	for i, v := range a.F32 {
		s += float64(v) * float64(b.F32[i])
	}
	return s
}

// adjointBound is that of differences between ⟨conv(x, w), u⟩, ⟨x, dx⟩ and ⟨w, dw⟩, relative to √T·σ³: the size of a
// sum of T products of three numbers of deviation σ = 1/√3 and random sign. All three are this one sum in different
// orders, so that they differ by rounding alone: an element of y, a sum of K products in float32, is off by about
// √K·2⁻²⁴·σ², all of ⟨y, u⟩ by 2⁻²⁴·√T·σ³ and a small factor. One element that is wrong, or left out, is off by
// √K·σ³, which is a 1/√u of the size: above the bound for any u of less than 10¹⁰ elements.
const adjointBound = 1e-5

// adjointError is the largest of the three differences, relative to that size. spoil changes dx, for the negative
// control.
func (c randomConv) adjointError(spoil func(dx graph.Tensor)) (float64, error) {
	r := rand.New(rand.NewPCG(c.seed, 34))
	g := &graph.Graph{}
	x, w := g.Input("x", c.x...), g.Input("w", c.w...)
	y := c.apply(x, w)
	u := g.Input("u", y.Shape()...)
	d := graph.Gradients(Sum(Mul(y, u)), x, w)
	p, err := g.Compile(y, d[0], d[1])
	if err != nil {
		return 0, err
	}
	xs, ws, us := randomTensor(r, c.x...), randomTensor(r, c.w...), randomTensor(r, y.Shape()...)
	p.Set(x, xs)
	p.Set(w, ws)
	p.Set(u, us)
	if err := p.Run(); err != nil {
		return 0, err
	}
	dx := p.Value(d[0])
	if spoil != nil {
		spoil(dx)
	}
	a, b, e := inner(p.Value(y), us), inner(xs, dx), inner(ws, p.Value(d[1]))
	size := math.Sqrt(c.products(y) / 27)
	return max(math.Abs(a-b), math.Abs(a-e), math.Abs(b-e)) / size, nil
}

// tries is how many convolutions a test tries, of so many with -long.
func tries(most int) uint64 {
	switch {
	case *long:
		return uint64(most)
	case testing.Short():
		return 60
	}
	return 1000
}

// TestAdjoint: ⟨conv(x, w), u⟩ = ⟨x, dx⟩ = ⟨w, dw⟩, since a convolution is linear in both.
func TestAdjoint(t *testing.T) {
	worst := 0.
	for seed := range tries(20000) {
		c := drawConv(seed)
		e, err := c.adjointError(nil)
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		if !(e <= adjointBound) {
			t.Errorf("%v: the three differ by %.3g, want at most %g", c, e, adjointBound)
		}
		worst = max(worst, e)
	}
	t.Logf("the largest difference is %.3g", worst)
}

// TestAdjointFails is the negative control: the largest element of dx made 0, or all moved by one place, is found.
func TestAdjointFails(t *testing.T) {
	spoils := map[string]func(dx graph.Tensor){
		"an element left out": func(dx graph.Tensor) {
			at := 0
			for i, v := range dx.F32 {
				if math.Abs(float64(v)) > math.Abs(float64(dx.F32[at])) {
					at = i
				}
			}
			dx.F32[at] = 0
		},
		"all elements one further": func(dx graph.Tensor) { copy(dx.F32[1:], dx.F32[:len(dx.F32)-1]) },
	}
	for name, spoil := range spoils {
		found := 0
		for seed := range uint64(50) {
			if e, err := drawConv(seed).adjointError(spoil); err != nil || e > adjointBound {
				found++
			}
		}
		if found < 45 { // all elements may be 0 anyway, where the kernel does not reach, or there may be one alone
			t.Errorf("%s is found in %d of 50", name, found)
		}
	}
}

// relation says that two graphs of x and w compute the same.
type relation struct {
	name  string
	back  bool // of transposed convolutions
	build func(c randomConv, x, w graph.Node) (a, b graph.Node)
}

var relations = []relation{
	{"a padded picture convolved is the padded convolution", false,
		func(c randomConv, x, w graph.Node) (a, b graph.Node) {
			p := c.opt.PadTLBR
			padded := Pad(x, []int{0, 0, p[0], p[1]}, []int{0, 0, p[2], p[3]}, 0)
			a = c.apply(x, w)
			c.opt.PadTLBR = [4]int{}
			return a, c.apply(padded, w)
		}},
	{"pictures convolved one by one are the batch convolved", false, oneByOne},
	{"pictures convolved one by one are the batch convolved, transposed", true, oneByOne},
	{"a picture moved by a stride gives a result moved by one", false,
		func(c randomConv, x, w graph.Node) (a, b graph.Node) {
			s := c.opt.StrideHW
			y := c.apply(x, w)
			moved := c.apply(Pad(x, []int{0, 0, s[0], s[1]}, make([]int, 4), 0), w)
			return y, Slice(Slice(moved, 2, 1, 1+y.Dim(2), 1), 3, 1, 1+y.Dim(3), 1)
		}},
	{"a picture moved by one gives a result moved by a stride, transposed", true,
		func(c randomConv, x, w graph.Node) (a, b graph.Node) {
			s := c.opt.StrideHW
			y := c.apply(x, w)
			moved := c.apply(Pad(x, []int{0, 0, 1, 1}, make([]int, 4), 0), w)
			return y, Slice(Slice(moved, 2, s[0], End, 1), 3, s[1], End, 1)
		}},
	{"padding takes rows away, transposed", true, func(c randomConv, x, w graph.Node) (a, b graph.Node) {
		p := c.opt.PadTLBR
		y := c.apply(x, w)
		c.opt.PadTLBR = [4]int{}
		whole := c.apply(x, w)
		return y, Slice(Slice(whole, 2, p[0], p[0]+y.Dim(2), 1), 3, p[1], p[1]+y.Dim(3), 1)
	}},
	{"groups are convolutions of their own", false, byGroups},
	{"groups are convolutions of their own, transposed", true, byGroups},
}

func oneByOne(c randomConv, x, w graph.Node) (a, b graph.Node) {
	var rows []graph.Node
	for _, row := range Split(x, 0, ones(x.Dim(0))...) {
		rows = append(rows, c.apply(row, w))
	}
	return c.apply(x, w), Concat(0, rows...)
}

func byGroups(c randomConv, x, w graph.Node) (a, b graph.Node) {
	a = c.apply(x, w)
	var parts []graph.Node
	g := c.opt.Groups
	c.opt.Groups = 1
	for i := range g {
		n, k := x.Dim(1)/g, w.Dim(0)/g
		parts = append(parts, c.apply(Slice(x, 1, i*n, (i+1)*n, 1), Slice(w, 0, i*k, (i+1)*k, 1)))
	}
	return a, Concat(1, parts...)
}

// relationBound is that of the largest difference of elements, relative to √K·σ² for sums of K products: as
// adjointBound, for the largest of all elements.
const relationBound = 1e-5

func (c randomConv) relationError(rel relation, spoil func(t graph.Tensor)) (float64, error) {
	r := rand.New(rand.NewPCG(c.seed, 56))
	g := &graph.Graph{}
	x, w := g.Input("x", c.x...), g.Input("w", c.w...)
	a, b := rel.build(c, x, w)
	p, err := g.Compile(a, b)
	if err != nil {
		return 0, err
	}
	p.Set(x, randomTensor(r, c.x...))
	p.Set(w, randomTensor(r, c.w...))
	if err := p.Run(); err != nil {
		return 0, err
	}
	got, want := p.Value(a), p.Value(b)
	if spoil != nil {
		spoil(got)
	}
	if !got.Shape.Equal(want.Shape) {
		return 0, fmt.Errorf("shapes %v and %v", got.Shape, want.Shape)
	}
	worst := 0.
	for i := range got.F32 {
		worst = max(worst, math.Abs(float64(got.F32[i])-float64(want.F32[i])))
	}
	k := float64(graph.Shape(c.w[1:]).Size()) // of products in a sum
	if c.back {
		k = float64(c.w[0] / c.opt.Groups * c.w[2] * c.w[3])
	}
	return worst / math.Sqrt(k/9), nil
}

func TestConvolutionRelations(t *testing.T) {
	for _, rel := range relations {
		t.Run(rel.name, func(t *testing.T) {
			worst := 0.
			for seed := range tries(5000) / 4 {
				c := drawConv(seed + 1<<32)
				if c.back != rel.back {
					continue
				}
				e, err := c.relationError(rel, nil)
				if err != nil {
					t.Fatalf("%v: %v", c, err)
				}
				if !(e <= relationBound) {
					t.Errorf("%v: they differ by %.3g, want at most %g", c, e, relationBound)
				}
				worst = max(worst, e)
			}
			t.Logf("the largest difference is %.3g", worst)
		})
	}
	c := drawConv(3) // the negative control
	spoil := func(y graph.Tensor) { y.F32[0] += 1e-3 }
	if e, err := c.relationError(relations[1], spoil); err != nil || !(e > relationBound) {
		t.Errorf("an element that is off by a thousandth: %g, %v", e, err)
	}
}
