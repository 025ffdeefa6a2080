package ops

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// The functions here look across the channels of pictures: PReLU, LocalResponseNorm, PixelShuffle and its inverse.

func responses(size int, opt ResponseNorm) func(x graph.Node) graph.Node {
	return func(x graph.Node) graph.Node { return LocalResponseNorm(x, size, opt) }
}

func shuffled(r int) func(x graph.Node) graph.Node {
	return func(x graph.Node) graph.Node { return PixelShuffle(x, r) }
}

func unshuffled(r int) func(x graph.Node) graph.Node {
	return func(x graph.Node) graph.Node { return PixelUnshuffle(x, r) }
}

var strong = ResponseNorm{Alpha: .5, Beta: .6, K: 2}

var channelCases = []opCase{
	refuses(fn2("PReLU with a slope for each channel", "F.prelu(a, b)", some(2, 3, 2, 2), row(.25, -.5, 1.5),
		PReLU),
		badAttribute{"slopes of another number",
			func(in []graph.Node) graph.Node { return PReLU(in[0], Reshape(in[0], -1)) },
			"prelu: a has shape (24), want (1) or, for each channel, (3)"},
		badAttribute{"slopes of two axes", func(in []graph.Node) graph.Node { return PReLU(in[0], in[0]) },
			"a has shape (2, 3, 2, 2), want (1)"}),
	fn2("PReLU with one slope", "F.prelu(a, b)", row(-2, 3, -1), row(.25), PReLU, -.5, 3, -.25),
	fn2("PReLU of rows", "F.prelu(a, b)", some(3, 2), row(.25, -.5), PReLU),
	refuses(fn1("local response normalisation", "F.local_response_norm(a, 3, .5, .6, 2)", some(2, 5, 2, 2),
		responses(3, strong)),
		bad1("no neighbours", responses(0, strong), "local-response-norm: window is 0, want at least 1"),
		bad1("neighbours without end", responses(huge, strong),
			"window is 9223372036854775807, want at most 2147483647"),
		bad1("an alpha that is no number", responses(3, ResponseNorm{Alpha: nan}),
			"alpha is NaN, want a finite number"),
		bad1("a beta without bound", responses(3, ResponseNorm{Beta: infinite}),
			"beta is +Inf, want a finite number"),
		bad1("a k without bound", responses(3, ResponseNorm{K: -infinite}),
			"k is -Inf, want a finite number"),
		bad1("rows", func(x graph.Node) graph.Node { return responses(3, strong)(Reshape(x, 4, 10)) },
			"x has rank 2, want (N, C, …) of three axes at least")),
	fn1("local response normalisation of an even size", "F.local_response_norm(a, 4, .5, .6, 2)", some(2, 6, 3),
		responses(4, strong)),
	fn1("local response normalisation of more channels than there are", "F.local_response_norm(a, 9, .5, .6, 2)",
		some(2, 3, 2), responses(9, strong)),
	fn1("local response normalisation as usual", "F.local_response_norm(a, 5)", some(1, 3, 2),
		responses(5, ResponseNorm{})),
	// four channels of one pixel are the rows of a square
	refuses(fn1("pixels from channels", "F.pixel_shuffle(a, 2)", given(shape(1, 4, 1, 2), 1, 2, 3, 4, 5, 6, 7, 8),
		shuffled(2), 1, 3, 2, 4, 5, 7, 6, 8),
		bad1("channels that are no squares", shuffled(3),
			"pixel-shuffle: r is 3, and x has 4 channels, which 9 do not divide"),
		bad1("no pixels", shuffled(0), "pixel-shuffle: r is 0, want at least 1"),
		bad1("more than any axis has", shuffled(huge), "r is 9223372036854775807, want at most 2147483647"),
		bad1("rows", func(x graph.Node) graph.Node { return PixelShuffle(Reshape(x, 4, 2), 2) },
			"x has rank 2, want (…, C, H, W)")),
	fn1("pixels from channels, nine at a time", "F.pixel_shuffle(a, 3)", some(2, 18, 2, 1), shuffled(3)),
	fn1("pixels from channels without a batch", "F.pixel_shuffle(a, 2)", some(4, 2, 3), shuffled(2)),
	refuses(fn1("channels from pixels", "F.pixel_unshuffle(a, 2)", some(2, 3, 4, 6), unshuffled(2)),
		bad1("rows that are not divided", unshuffled(3),
			"pixel-unshuffle: r is 3, which does not divide planes of 4×6"),
		bad1("no pixels", unshuffled(-1), "pixel-unshuffle: r is -1, want at least 1"),
		bad1("rows", func(x graph.Node) graph.Node { return PixelUnshuffle(Reshape(x, -1, 2), 2) },
			"x has rank 2, want (…, C, H, W)")),
}

// TestPReLUAtZero: the gradient at 0 is a·dy, as in PyTorch, and an infinity on the other side does not reach the
// slope.
func TestPReLUAtZero(t *testing.T) {
	g := &graph.Graph{DType: graph.Float64}
	x, a := g.Input("x", 2), g.Input("a", 1)
	d := graph.Gradients(Sum(PReLU(x, a)), x, a)
	p, err := g.Compile(d...)
	if err != nil {
		t.Fatal(err)
	}
	p.Set(x, []float64{0, math.Inf(1)})
	p.Set(a, []float64{.25})
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	dx, da := p.Value(d[0]).F64, p.Value(d[1]).F64
	if dx[0] != .25 || dx[1] != 1 || da[0] != 0 {
		t.Errorf("the gradients are %v and %v, want [0.25 1] and [0]", dx, da)
	}
}

// TestRandomChannels: over random shapes the functions are what plain loops give, and the two shuffles undo one
// another. That a neighbour more is found shows that the test can fail.
func TestRandomChannels(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 4))
	for range 100 {
		n, c, h, w := 1+r.IntN(3), 1+r.IntN(9), 1+r.IntN(5), 1+r.IntN(5)
		up, size := 1+r.IntN(3), 1+r.IntN(12)
		g := &graph.Graph{DType: graph.Float64}
		x, a := g.Input("x", n, c, h, w), g.Input("a", c)
		wide := g.Input("wide", n, c*up*up, h, w)
		outputs := []graph.Node{LocalResponseNorm(x, size, strong), PReLU(x, a), PixelShuffle(wide, up),
			PixelUnshuffle(PixelShuffle(wide, up), up), LocalResponseNorm(x, size+1, strong)}
		p, err := g.Compile(outputs...)
		if err != nil {
			t.Fatal(err)
		}
		draw := func(k int) (v []float64) {
			for range k {
				v = append(v, 4*r.Float64()-2)
			}
			return v
		}
		xs, as, wides := draw(n*c*h*w), draw(c), draw(n*c*up*up*h*w)
		p.Set(x, xs)
		p.Set(a, as)
		p.Set(wide, wides)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		norm, relu := plainResponses(xs, c, h*w, size), plainPReLU(xs, as, h*w)
		pixels := plainShuffle(wides, n, c, h, w, up)
		for i, want := range [][]float64{norm, relu, pixels, wides} {
			if err := near(elements(p.Value(outputs[i])), want, 1e-12); err != nil {
				t.Fatalf("(%d, %d, %d, %d), size %d, r %d, output %d: %v", n, c, h, w, size, up, i, err)
			}
		}
		if size < c && slices.Equal(elements(p.Value(outputs[4])), norm) { // the control
			t.Errorf("a window of %d channels is like one of %d", size+1, size)
		}
	}
}

func plainResponses(x []float64, channels, plane, size int) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		c, sum := i/plane%channels, 0.
		for k := c - size/2; k <= c+(size-1)/2; k++ {
			if k >= 0 && k < channels {
				v := x[i+(k-c)*plane]
				sum += v * v
			}
		}
		y[i] = x[i] / math.Pow(strong.K+strong.Alpha/float64(size)*sum, strong.Beta)
	}
	return y
}

func plainPReLU(x, a []float64, plane int) []float64 {
	y := slices.Clone(x)
	for i, v := range y {
		if v < 0 {
			y[i] = a[i/plane%len(a)] * v
		}
	}
	return y
}

func plainShuffle(x []float64, n, c, h, w, r int) []float64 {
	y := make([]float64, len(x))
	for i := range n * c {
		for row := range h * r {
			for column := range w * r {
				from := i*r*r + row%r*r + column%r // the channel
				y[(i*h*r+row)*w*r+column] = x[(from*h+row/r)*w+column/r]
			}
		}
	}
	return y
}
