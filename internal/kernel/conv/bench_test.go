package conv

import (
	"fmt"
	"testing"
)

// convOf is a convolution of square pictures.
func convOf(n, in, size, out, kernel, stride, pad int) Conv {
	return Conv{N: n, C: in, H: size, W: size, K: out, KH: kernel, KW: kernel, StrideH: stride, StrideW: stride,
		PadT: pad, PadB: pad, PadL: pad, PadR: pad, DilH: 1, DilW: 1, Groups: 1}.sized()
}

// BenchmarkCliffs: convolutions of networks of pictures that a form may do badly, all three ways: 3×3 of many channels
// and few pixels, those of DCGAN, whose generator goes them backwards, the first ones, strides, and 1×1 of small
// planes.
func BenchmarkCliffs(b *testing.B) {
	for _, c := range []Conv{
		convOf(1, 512, 7, 512, 3, 1, 1), convOf(8, 512, 7, 512, 3, 1, 1), convOf(32, 512, 7, 512, 3, 1, 1),
		convOf(1, 256, 14, 256, 3, 1, 1), convOf(8, 256, 14, 256, 3, 1, 1),
		convOf(16, 512, 4, 100, 4, 1, 0), convOf(16, 256, 8, 512, 4, 2, 1), convOf(16, 128, 16, 256, 4, 2, 1),
		convOf(16, 64, 32, 128, 4, 2, 1), convOf(16, 3, 64, 64, 4, 2, 1), convOf(16, 512, 4, 1, 4, 1, 0),
		convOf(1, 3, 224, 64, 7, 2, 3), convOf(8, 3, 224, 64, 7, 2, 3), convOf(1, 3, 224, 64, 11, 4, 2),
		convOf(1, 64, 56, 192, 3, 1, 1), convOf(1, 64, 27, 192, 5, 1, 2), convOf(1, 192, 13, 384, 3, 1, 1),
		convOf(1, 128, 56, 128, 3, 2, 1), convOf(1, 512, 14, 512, 3, 2, 1), convOf(8, 256, 14, 512, 3, 2, 1),
		convOf(8, 256, 14, 512, 1, 2, 0),
		convOf(1, 256, 56, 64, 1, 1, 0), convOf(1, 1024, 14, 256, 1, 1, 0), convOf(1, 256, 14, 1024, 1, 1, 0),
		convOf(1, 2048, 7, 512, 1, 1, 0), convOf(1, 512, 7, 2048, 1, 1, 0),
		convOf(8, 2048, 7, 512, 1, 1, 0), convOf(8, 512, 7, 2048, 1, 1, 0),
		convOf(1, 192, 28, 16, 1, 1, 0), convOf(1, 16, 28, 32, 3, 1, 1), convOf(1, 832, 7, 48, 1, 1, 0),
		convOf(1, 48, 7, 128, 3, 1, 1),
	} {
		in, _, taps, windows := c.group()
		x, w, y := make([]float32, c.N*c.C*c.H*c.W), make([]float32, c.K*in*taps), make([]float32, c.N*c.K*windows)
		name := fmt.Sprintf("%d×%d×%d→%d_k%ds%d", c.N, c.C, c.H, c.K, c.KH, c.StrideH)
		run := func(way string, f func()) {
			b.Run(name+"/"+way, func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(2*len(y)*in*taps)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
		run("forward", func() { ConvForward(c, y, x, w, nil, nil) })
		run("data", func() { ConvBackwardData(c, x, y, w, nil) })
		run("weights", func() { ConvBackwardWeights(c, w, x, y, make([]float32, c.BackwardWeightsScratch())) })
		if n := c.PackedWeights(); n > 0 {
			packed := make([]float32, n)
			PackConv(c, packed, w)
			run("packed", func() { ConvForwardPacked(c, y, x, packed, nil) })
		}
	}
}
