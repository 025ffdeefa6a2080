package ops

import (
	"math/rand/v2"
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

func padBy(f func(x graph.Node, before, after []int) graph.Node, before, after []int) func(x graph.Node) graph.Node {
	return func(x graph.Node) graph.Node { return f(x, before, after) }
}

func sized(h, w int, opt InterpolateOptions) func(x graph.Node) graph.Node {
	return func(x graph.Node) graph.Node { return Interpolate(x, h, w, opt) }
}

// badPads are pads that no axis of two has.
func badPads(name string, f func(x graph.Node, before, after []int) graph.Node) []badAttribute {
	return []badAttribute{
		bad1("a pad that is negative", padBy(f, shape(0, -1), shape(0, 0)),
			name+": of axis 1: pad is -1, want at least 0"),
		bad1("a pad that wraps", padBy(f, shape(huge, 0), shape(huge, 0)),
			name+": of axis 0: pad is 9223372036854775807"),
		bad1("pads of another number of axes", padBy(f, shape(1), shape(1)),
			name+": before [1] and after [1] do not give one number for each of 2 axes"),
	}
}

var (
	half2     = given(shape(1, 1, 2, 2), 0, 4, 8, 12)
	bilinear  = InterpolateOptions{Mode: Bilinear}
	byCorners = InterpolateOptions{Mode: Bilinear, AlignCorners: true}
)

var interpolateCases = []opCase{
	fn1("pad by mirroring", "F.pad(a[None, None], (2, 1), mode='reflect')[0, 0]", row(1, 2, 3),
		padBy(PadReflect, shape(2), shape(1)), 3, 2, 1, 2, 3, 2),
	refuses(fn1("pad by mirroring in two directions", "F.pad(a[None, None], (2, 1, 0, 1), mode='reflect')[0, 0]",
		some(3, 4),
		padBy(PadReflect, shape(0, 2), shape(1, 1))), append(badPads("pad-reflect", PadReflect),
		bad1("more than there is to mirror", padBy(PadReflect, shape(0, 0), shape(3, 0)),
			"pad-reflect: 0 and 3 elements are asked of axis 0, which has 2 beside its border"))...),
	fn1("pad by repeating the border", "F.pad(a[None, None], (2, 4), mode='replicate')[0, 0]", row(1, 2, 3),
		padBy(PadReplicate, shape(2), shape(4)), 1, 1, 1, 2, 3, 3, 3, 3, 3),
	refuses(fn1("pad by repeating the border in two directions",
		"F.pad(a[None, None], (2, 1, 0, 4), mode='replicate')[0, 0]", some(3, 4),
		padBy(PadReplicate, shape(0, 2), shape(4, 1))), badPads("pad-replicate", PadReplicate)...),
	fn1("pad in a circle", "F.pad(a[None, None], (2, 1), mode='circular')[0, 0]", row(1, 2, 3),
		padBy(PadCircular, shape(2), shape(1)), 2, 3, 1, 2, 3, 1),
	refuses(fn1("pad in two circles", "F.pad(a[None, None], (2, 1, 0, 3), mode='circular')[0, 0]", some(3, 4),
		padBy(PadCircular, shape(0, 2), shape(3, 1))), badPads("pad-circular", PadCircular)...),
	fn1("pad in a circle more than once around", "", row(1, 2), padBy(PadCircular, shape(3), shape(0)), 2, 1, 2, 1, 2),
	noGradient(opCase{name: "pad integers by mirroring", in: []operand{labels(shape(3), 7, 8, 9)},
		want:  []float64{8, 7, 8, 9},
		build: func(in []graph.Node) graph.Node { return PadReflect(in[0], shape(1), shape(0)) }}),

	fn1("nearest pixels of a larger picture", "F.interpolate(a, (4, 3))", half2, sized(4, 3, InterpolateOptions{}), 0,
		0, 4, 0, 0, 4, 8, 8, 12, 8, 8, 12),
	fn1("nearest pixels of a smaller picture", "F.interpolate(a, (3, 2))", some(2, 2, 7, 5),
		sized(3, 2, InterpolateOptions{})),
	fn1("bilinear pixels of a larger picture", "F.interpolate(a, (2, 4), mode='bilinear')", half2,
		sized(2, 4, bilinear), 0, 1, 3, 4, 8, 9, 11, 12),
	fn1("bilinear pixels of a smaller picture", "F.interpolate(a, (3, 2), mode='bilinear')", some(2, 2, 7, 5),
		sized(3, 2, bilinear)),
	fn1("bilinear pixels, larger one way", "F.interpolate(a, (9, 2), mode='bilinear')", some(2, 2, 4, 5),
		sized(9, 2, bilinear)),
	fn1("bilinear pixels by corners", "F.interpolate(a, (3, 3), mode='bilinear', align_corners=True)", half2,
		sized(3, 3, byCorners), 0, 2, 4, 4, 6, 8, 8, 10, 12),
	fn1("bilinear pixels by corners of a smaller picture",
		"F.interpolate(a, (3, 1), mode='bilinear', align_corners=True)", some(2, 2, 7, 5), sized(3, 1, byCorners)),
	refuses(fn1("a picture of its own size", "F.interpolate(a, (2, 2), mode='bilinear')", half2,
		sized(2, 2, bilinear)),
		bad1("no rows", sized(0, 2, bilinear), "interpolate: size 0×2 must be at least 1×1"),
		bad1("too many columns", sized(2, huge, bilinear), "image is 9223372036854775807"),
		bad1("too many pixels", sized(1<<20, 1<<20, bilinear), "elements"),
		bad1("a mode that there is not", sized(2, 2, InterpolateOptions{Mode: 7}),
			"interpolate: mode is 7, want Nearest or Bilinear"),
		bad1("the corners of the nearest", sized(2, 2, InterpolateOptions{AlignCorners: true}),
			"interpolate: AlignCorners is for Bilinear")),
}

var interpolateErrors = []shapeError{
	{"a picture without channels",
		func(g *graph.Graph) graph.Node { return Interpolate(g.Input("x", 8, 8), 4, 4, bilinear) },
		"interpolate: x has rank 2, want (N, C, H, W)"},
}

// TestInterpolationOfPlanes: a plane that rises evenly stays one inside of the outermost pixels, whatever the sizes,
// and the corners of its ends stay where they are if they are to.
func TestInterpolationOfPlanes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 8))
	for range 200 {
		h, w, oh, ow := 1+r.IntN(9), 1+r.IntN(9), 1+r.IntN(20), 1+r.IntN(20)
		x := make([]float64, h*w)
		for i := range x {
			x[i] = 3*float64(i/w) - 2*float64(i%w)
		}
		for _, opt := range []InterpolateOptions{bilinear, byCorners} {
			g := &graph.Graph{DType: graph.Float64}
			in := g.Input("x", 1, 1, h, w)
			y := Interpolate(in, oh, ow, opt)
			p, err := g.Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			p.Set(in, x)
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			want := make([]float64, oh*ow)
			for i := range want {
				want[i] = 3*opt.place(i/ow, oh, h) - 2*opt.place(i%ow, ow, w)
			}
			if err := near(elements(p.Value(y)), want, 1e-12); err != nil {
				t.Fatalf("%d×%d to %d×%d, %+v: %v", h, w, oh, ow, opt, err)
			}
		}
	}
}
