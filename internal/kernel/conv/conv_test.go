package conv

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// windows calls f for every term of a convolution: indices into y, w and x.
func (c *Conv) windowTerms(f func(y, w, x int)) {
	in, out := c.C/c.Groups, c.K/c.Groups
	for n := range c.N {
		for k := range c.K {
			for i := range c.OH {
				for j := range c.OW {
					for ch := range in {
						for u := range c.KH {
							for v := range c.KW {
								h, w := i*c.StrideH-c.PadT+u*c.DilH, j*c.StrideW-c.PadL+v*c.DilW
								if h < 0 || h >= c.H || w < 0 || w >= c.W {
									continue
								}
								f(((n*c.K+k)*c.OH+i)*c.OW+j, ((k*in+ch)*c.KH+u)*c.KW+v,
									((n*c.C+k/out*in+ch)*c.H+h)*c.W+w)
							}
						}
					}
				}
			}
		}
	}
}

// sized returns c with its zero fields filled: stride, dilation and groups 1, OH and OW by the usual formula.
func (c Conv) sized() Conv {
	for _, f := range []*int{&c.StrideH, &c.StrideW, &c.DilH, &c.DilW, &c.Groups} {
		*f = max(*f, 1)
	}
	c.OH = (c.H+c.PadT+c.PadB-c.DilH*(c.KH-1)-1)/c.StrideH + 1
	c.OW = (c.W+c.PadL+c.PadR-c.DilW*(c.KW-1)-1)/c.StrideW + 1
	return c
}

var convCases = []struct {
	name string
	conv Conv
}{
	{"3×3", Conv{N: 2, C: 3, H: 6, W: 7, K: 4, KH: 3, KW: 3}},
	{"3×3 pad 1", Conv{N: 2, C: 3, H: 6, W: 7, K: 4, KH: 3, KW: 3, PadT: 1, PadB: 1, PadL: 1, PadR: 1}},
	{"stride 2", Conv{N: 2, C: 3, H: 8, W: 9, K: 4, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadT: 1, PadB: 1,
		PadL: 1, PadR: 1}},
	{"unequal strides", Conv{N: 1, C: 2, H: 9, W: 9, K: 3, KH: 2, KW: 3, StrideH: 3, StrideW: 2}},
	{"asymmetric padding", Conv{N: 2, C: 2, H: 5, W: 6, K: 3, KH: 3, KW: 4, PadT: 2, PadB: 0, PadL: 1, PadR: 3}},
	{"padding beyond the kernel", Conv{N: 1, C: 2, H: 3, W: 3, K: 2, KH: 2, KW: 2, PadT: 4, PadB: 3,
		PadL: 5, PadR: 4}},
	{"dilation", Conv{N: 2, C: 2, H: 9, W: 10, K: 3, KH: 3, KW: 3, DilH: 2, DilW: 3, PadT: 1, PadB: 1,
		PadL: 2, PadR: 2}},
	{"groups", Conv{N: 2, C: 6, H: 5, W: 5, K: 4, KH: 3, KW: 3, Groups: 2, PadT: 1, PadB: 1, PadL: 1, PadR: 1}},
	{"depthwise", Conv{N: 2, C: 5, H: 6, W: 6, K: 10, KH: 3, KW: 3, Groups: 5, StrideH: 2, StrideW: 2, PadT: 1,
		PadB: 1, PadL: 1, PadR: 1}},
	{"1×1", Conv{N: 3, C: 5, H: 4, W: 6, K: 7, KH: 1, KW: 1}},
	{"1×1 groups", Conv{N: 3, C: 6, H: 4, W: 6, K: 9, KH: 1, KW: 1, Groups: 3}},
	{"1×1 stride 2", Conv{N: 2, C: 5, H: 7, W: 6, K: 3, KH: 1, KW: 1, StrideH: 2, StrideW: 2}},
	{"1×1 pad 1", Conv{N: 2, C: 3, H: 4, W: 4, K: 3, KH: 1, KW: 1, PadT: 1, PadB: 1, PadL: 1, PadR: 1}},
	{"kernel as large as the image", Conv{N: 2, C: 3, H: 5, W: 4, K: 6, KH: 5, KW: 4}},
	{"one-dimensional", Conv{N: 2, C: 3, H: 1, W: 50, K: 4, KH: 1, KW: 5, StrideW: 2, PadL: 4}},
	{"long sequence, many bands", Conv{N: 1, C: 2, H: 1, W: 9000, K: 2, KH: 1, KW: 25, PadL: 12, PadR: 12}},
	{"many channels, many chunks", Conv{N: 1, C: 300, H: 9, W: 9, K: 4, KH: 3, KW: 3, PadT: 1, PadB: 1,
		PadL: 1, PadR: 1}},
	{"large image, many bands", Conv{N: 1, C: 3, H: 60, W: 50, K: 2, KH: 7, KW: 7, StrideH: 2, StrideW: 2, PadT: 3,
		PadB: 3, PadL: 3, PadR: 3}},
	{"kernel of more taps than a piece of scratch", Conv{N: 1, C: 2, H: 130, W: 130, K: 1, KH: 129, KW: 129}},
	{"many images", Conv{N: 21, C: 1, H: 6, W: 6, K: 2, KH: 3, KW: 3}},
	{"images side by side", Conv{N: 16, C: 3, H: 6, W: 7, K: 7, KH: 4, KW: 3}},
	{"images side by side, a last group of six", Conv{N: 70, C: 9, H: 5, W: 5, K: 8, KH: 3, KW: 3, PadT: 1, PadB: 1,
		PadL: 1, PadR: 1}},
	{"images side by side, cut borders", Conv{N: 16, C: 4, H: 9, W: 8, K: 4, KH: 3, KW: 3, StrideH: 3, StrideW: 3}},
	{"no image", Conv{N: 0, C: 2, H: 6, W: 6, K: 2, KH: 3, KW: 3}},
}

func testConv[T scalar.Float](t *testing.T) {
	for _, tc := range convCases {
		c := tc.conv.sized()
		if in, _, taps, windows := c.group(); testing.Short() && c.N*c.K*windows*in*taps > 1_000_000 {
			continue
		}
		t.Run(tc.name, func(t *testing.T) { checkConv[T](t, c) })
	}
}

// checkConv compares all three directions with their sums.
func checkConv[T scalar.Float](t *testing.T, c Conv) {
	t.Helper()
	in, _, taps, _ := c.group()
	nx, nw, ny := c.N*c.C*c.H*c.W, c.K*in*taps, c.N*c.K*c.OH*c.OW
	x, w, b, dy := proof.Random[T]("x", nx), proof.Random[T]("w", nw), proof.Random[T]("b", c.K),
		proof.Random[T]("dy", ny)

	y, dx, dw := make([]float64, ny), make([]float64, nx), make([]float64, nw)
	c.windowTerms(func(i, j, k int) {
		y[i] += float64(w[j]) * float64(x[k])
		dx[k] += float64(w[j]) * float64(dy[i])
		dw[j] += float64(dy[i]) * float64(x[k])
	})
	dirty := func(n int) []T { return proof.Random[T]("dirt", n) }

	got, scratch := dirty(ny), dirty(c.ForwardScratch())
	ConvForward(c, got, x, w, nil, scratch)
	proof.CheckClose(t, got, narrow[T](y), in*taps)
	ConvForward(c, got, x, w, b, scratch)
	for i := range y {
		y[i] += float64(b[i/(c.OH*c.OW)%c.K])
	}
	proof.CheckClose(t, got, narrow[T](y), in*taps)

	got = dirty(nx)
	ConvBackwardData(c, got, dy, w, dirty(c.BackwardDataScratch()))
	proof.CheckClose(t, got, narrow[T](dx), c.K*taps)

	got = dirty(nw)
	ConvBackwardWeights(c, got, x, dy, dirty(c.BackwardWeightsScratch()))
	proof.CheckClose(t, got, narrow[T](dw), c.N*c.OH*c.OW)
}

func testChannels[T scalar.Float](t *testing.T) {
	const n, c, size = 3, 5, 70
	y, sum := proof.Random[T]("y", n*c*size), proof.Random[T]("sum", c)
	filled, added := proof.Random[T]("dirt", len(y)), append([]T(nil), y...)
	ChannelFill(n, c, size, filled, sum)
	ChannelAdd(n, c, size, added, sum)
	for i := range y {
		if filled[i] != sum[i/size%c] || added[i] != y[i]+sum[i/size%c] {
			t.Fatalf("element %d: filled %v, added %v, want %v and %v", i, filled[i], added[i], sum[i/size%c],
				y[i]+sum[i/size%c])
		}
	}
}

func TestChannels(t *testing.T) {
	t.Run("float32", testChannels[float32])
	t.Run("float64", testChannels[float64])
}

func narrow[T scalar.Float](x []float64) []T {
	y := make([]T, len(x))
	for i, v := range x {
		y[i] = T(v)
	}
	return y
}

func TestConv(t *testing.T) {
	proof.EachForm(t, testConv[float32])
	t.Run("float64", testConv[float64])
}

// TestConvGeometries: any sizes, strides, paddings, dilations and groups, in which a later one of PadB and PadR leaves
// rows that no window reaches.
func TestConvGeometries(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		up := func(n int) int { return 1 + r.IntN(n) }
		most := 300
		if testing.Short() {
			most = 30
		}
		for tries := 0; tries < most; {
			g := []int{1, 1, 1, 2, 3}[r.IntN(5)]
			c := Conv{N: up(4), C: g * up(5), H: up(20), W: up(34), K: g * up(14), KH: up(4), KW: up(4), Groups: g,
				StrideH: up(3), StrideW: up(3), DilH: up(2), DilW: up(2), PadT: r.IntN(4), PadB: r.IntN(4),
				PadL: r.IntN(4), PadR: r.IntN(4)}
			if (c.KH-1)*c.DilH >= c.H+c.PadT+c.PadB || (c.KW-1)*c.DilW >= c.W+c.PadL+c.PadR {
				continue
			}
			tries++
			if checkConv[float32](t, c.sized()); t.Failed() {
				t.Fatalf("%+v", c)
			}
		}
	})
}

// Hand numbers: X = 1 … 16 as 4×4, K₃ = 1 … 9 as 3×3.
func TestConvByHand(t *testing.T) {
	ramp := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i + 1)
		}
		return x
	}
	x := Conv{N: 1, C: 1, H: 4, W: 4, K: 1, KH: 3, KW: 3, PadT: 1, PadB: 1, PadL: 1, PadR: 1}
	for _, tc := range []struct {
		name   string
		stride int
		want   []float64
	}{
		{"pad 1", 1, []float64{111, 178, 217, 145, 231, 348, 393, 252, 363, 528, 573, 360, 197, 274, 295, 175}},
		{"pad 1 stride 2", 2, []float64{111, 217, 363, 573}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := x
			c.StrideH, c.StrideW = tc.stride, tc.stride
			c = c.sized()
			got := make([]float64, len(tc.want))
			ConvForward(c, got, ramp(16), ramp(9), nil, make([]float64, c.ForwardScratch()))
			proof.CheckClose(t, got, tc.want, 9)
		})
	}
	t.Run("transposed, stride 2, pad 1, output pad 1", func(t *testing.T) {
		c := Conv{N: 1, C: 1, H: 4, W: 4, K: 1, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadT: 1, PadB: 1, PadL: 1,
			PadR: 1}.sized()
		got := make([]float64, 16)
		ConvBackwardData(c, got, ramp(4), ramp(9), make([]float64, c.BackwardDataScratch()))
		proof.CheckClose(t, got, []float64{5, 14, 10, 12, 14, 36, 24, 30, 15, 34, 20, 24, 24, 55, 32, 36}, 9)
	})
}

// lenet5 are the convolutions of LeNet-5 for 64 images, resnet three of ResNet-20; vgg is a wide one.
var (
	lenet5 = [2]Conv{
		Conv{N: 64, C: 1, H: 28, W: 28, K: 6, KH: 5, KW: 5, PadT: 2, PadB: 2, PadL: 2, PadR: 2}.sized(),
		Conv{N: 64, C: 6, H: 14, W: 14, K: 16, KH: 5, KW: 5}.sized(),
	}
	resnet = [3]Conv{
		Conv{N: 32, C: 16, H: 32, W: 32, K: 16, KH: 3, KW: 3, PadT: 1, PadB: 1, PadL: 1, PadR: 1}.sized(),
		Conv{N: 32, C: 32, H: 16, W: 16, K: 64, KH: 3, KW: 3, PadT: 1, PadB: 1, PadL: 1, PadR: 1, StrideH: 2,
			StrideW: 2}.sized(),
		Conv{N: 32, C: 64, H: 8, W: 8, K: 64, KH: 3, KW: 3, PadT: 1, PadB: 1, PadL: 1, PadR: 1}.sized(),
	}
	vgg = Conv{N: 4, C: 64, H: 28, W: 28, K: 64, KH: 3, KW: 3, PadT: 1, PadB: 1, PadL: 1, PadR: 1}.sized()
)

func TestConvScratchIsSmall(t *testing.T) {
	for _, c := range append(lenet5[:], vgg) {
		for _, n := range []int{c.ForwardScratch(), c.BackwardDataScratch(), c.BackwardWeightsScratch()} {
			if limit := (convBlocks*convColumns + convBlocks*c.K*c.C*c.KH*c.KW) * 4; n*4 > limit || c.C < 64 &&
				n*4 > 600_000 {
				t.Errorf("%+v needs %d bytes of scratch", c, n*4)
			}
		}
	}
}

// eachConv runs the three directions of c.
func eachConv[T scalar.Float](c Conv, each func(name string, out []T, f func())) {
	in, _, taps, _ := c.group()
	nx, nw, ny := c.N*c.C*c.H*c.W, c.K*in*taps, c.N*c.K*c.OH*c.OW
	x, w, b, dy := proof.Random[T]("x", nx), proof.Random[T]("w", nw), proof.Random[T]("b", c.K),
		proof.Random[T]("dy", ny)
	s1, s2, s3 := make([]T, c.ForwardScratch()), make([]T, c.BackwardDataScratch()),
		make([]T, c.BackwardWeightsScratch())
	y, dx, dw := make([]T, ny), make([]T, nx), make([]T, nw)
	each("forward", y, func() { ConvForward(c, y, x, w, b, s1) })
	each("data", dx, func() { ConvBackwardData(c, dx, dy, w, s2) })
	each("weights", dw, func() { ConvBackwardWeights(c, dw, x, dy, s3) })
}

func TestConvSameBits(t *testing.T) {
	convs := append(lenet5[:], vgg)
	if testing.Short() {
		convs = []Conv{Conv{N: 3, C: 6, H: 14, W: 14, K: 14, KH: 3, KW: 3}.sized()}
	}
	for _, c := range convs {
		eachConv(c, func(name string, out []float32, f func()) { proof.CheckSameBits(t, out, f) })
	}
}

// TestConvPacked: packing the weights before changes no bit, and packs what it says.
func TestConvPacked(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		convs := []Conv{vgg, Conv{N: 32, C: 20, H: 6, W: 5, K: 13, KH: 3, KW: 3}.sized()}
		for _, tc := range convCases {
			convs = append(convs, tc.conv.sized())
		}
		for _, c := range convs {
			n := c.PackedWeights()
			if n == 0 {
				continue
			}
			in, _, taps, _ := c.group()
			x, w, b := proof.Random[float32]("x", c.N*c.C*c.H*c.W), proof.Random[float32]("w", c.K*in*taps),
				proof.Random[float32]("b", c.K)
			y, want, packed := make([]float32, c.N*c.K*c.OH*c.OW), make([]float32, c.N*c.K*c.OH*c.OW),
				make([]float32, n)
			ConvForward(c, want, x, w, b, make([]float32, c.ForwardScratch()))
			PackConv(c, packed, w)
			clear(w)
			if ConvForwardPacked(c, y, x, packed, b); !slices.Equal(y, want) {
				t.Errorf("%+v differs", c)
			}
			proof.CheckNoAllocation(t, func() { ConvForwardPacked(c, y, x, packed, b) })
		}
	})
}

func TestConvNoAllocation(t *testing.T) {
	c := lenet5[1]
	if testing.Short() {
		c.N = 1
	}
	eachConv(c, func(name string, out []float32, f func()) { proof.CheckNoAllocation(t, f) })
	eachConv(Conv{N: 2, C: 8, H: 7, W: 7, K: 8, KH: 1, KW: 1}.sized(),
		func(name string, out []float64, f func()) { proof.CheckNoAllocation(t, f) })
}

func BenchmarkConv(b *testing.B) {
	for _, c := range append(append(lenet5[:], resnet[:]...), vgg) {
		flops := 2 * float64(c.N*c.K*c.OH*c.OW) * float64(c.C*c.KH*c.KW)
		eachConv(c, func(name string, _ []float32, f func()) {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", name, c.C, c.H, c.W), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(flops*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		})
	}
}
