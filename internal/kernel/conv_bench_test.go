package kernel

import (
	"fmt"
	"testing"
)

// BenchmarkConvDeep: 3×3 convolutions of many channels and few pixels, all three ways.
func BenchmarkConvDeep(b *testing.B) {
	for _, s := range [][3]int{{1, 512, 7}, {8, 512, 7}, {32, 512, 7}, {1, 256, 14}, {8, 256, 14}, {32, 256, 14}, {8, 512, 14}} {
		c := Conv{N: s[0], C: s[1], H: s[2], W: s[2], K: s[1], KH: 3, KW: 3, PadT: 1, PadB: 1, PadL: 1, PadR: 1, StrideH: 1, StrideW: 1, DilH: 1, DilW: 1, Groups: 1}
		c = c.sized()
		in, _, taps, windows := c.group()
		x, w, y := make([]float32, c.N*c.C*c.H*c.W), make([]float32, c.K*in*taps), make([]float32, c.N*c.K*windows)
		name := fmt.Sprintf("%d×%d×%d", s[0], s[1], s[2])
		run := func(way string, f func()) {
			b.Run(name+"/"+way, func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(2*c.N*c.K*windows*in*taps)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
		run("forward", func() { ConvForward(c, y, x, w, nil, nil) })
		run("data", func() { ConvBackwardData(c, x, y, w, nil) })
		run("weights", func() { ConvBackwardWeights(c, w, x, y, nil) })
	}
}
