package conv

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// drawConv draws a convolution. Each kind of it is for one way in which they are computed; the numbers around which
// sizes are drawn are those of the choices in conv*.go.
func drawConv(s *proof.Trial) Conv {
	for {
		c := Conv{N: s.Size(6), C: s.Size(40), H: s.Size(40), W: s.Size(40), K: s.Size(40), KH: s.Size(7),
			KW: s.Size(7), Groups: 1,
			StrideH: proof.One(s, 1, 1, 2, 3), StrideW: proof.One(s, 1, 1, 2, 3), DilH: proof.One(s, 1, 1, 1, 2, 3),
			DilW: proof.One(s, 1, 1, 1, 2, 3)}
		c.PadT, c.PadB, c.PadL, c.PadR = s.IntN(4), s.IntN(4), s.IntN(4), s.IntN(4)
		square := func() {
			c.KW, c.StrideW, c.DilW, c.PadB, c.PadL, c.PadR = c.KH, c.StrideH, c.DilH, c.PadT, c.PadT, c.PadT
		}
		budget := proof.One(s, 20_000, 20_000, 50_000, 200_000) // multiply-adds
		switch kind := s.IntN(40); {
		case kind < 6: // as in networks
			c.KH, c.StrideH, c.DilH, c.PadT = proof.One(s, 1, 3, 3, 5, 7), proof.One(s, 1, 2, 2, 3), 1,
				proof.One(s, 0, 1, 1, 2, 3)
			square()
		case kind < 12: // images side by side
			c.N, c.H, c.W = proof.One(s, 16, 16, 32, 64, 65, 70, 79, 80), s.Size(14), s.Size(14)
			c.C, c.K, c.KH, c.KW = s.Size(20), s.Size(20), s.Size(4), s.Size(4)
			if s.Chance(3) { // moved in a frame of the size of the image
				c.PadB, c.PadR = s.IntN(c.StrideH), s.IntN(c.StrideW)
				c.PadT, c.PadL = s.IntN(c.StrideH-c.PadB), s.IntN(c.StrideW-c.PadR)
				c.H, c.W = s.IntN(4)*c.StrideH+(c.KH-1)*c.DilH+1, s.IntN(4)*c.StrideW+(c.KW-1)*c.DilW+1
			}
			if s.Chance(6) { // windows that see nothing of the image
				c.PadT, c.PadL = s.IntN(8), s.IntN(8)
				c.OH, c.OW = 1, 1
			}
			budget = 200_000
		case kind < 18: // Winograd's
			c.KH, c.StrideH, c.DilH, c.PadT = 3, 1, 1, s.IntN(3)
			square()
			if s.Chance(2) {
				c.PadB, c.PadL, c.PadR = s.IntN(4), s.IntN(4), s.IntN(4)
			}
			c.N, c.C, c.K, c.H, c.W = proof.One(s, 1, 2, 3, 9, 16, 17, 65), 14+s.IntN(30), 14+s.IntN(30), s.Size(20),
				s.Size(20)
			budget = proof.One(s, 2_000_000, 2_000_000, 6_000_000)
		case kind < 20: // groups, some of a single channel
			g := s.Size(8)
			c.Groups, c.C, c.K = g, g*proof.One(s, 1, 1, 2, 3, 9), g*proof.One(s, 1, 1, 2, 3, 13)
		case kind < 22: // one channel of results, in lines
			c.K, c.W = 1, s.Size(300)
		case kind < 24: // one dimension
			c.H, c.KH, c.StrideH, c.DilH, c.PadT, c.PadB, c.W, c.KW, c.PadL = 1, 1, 1, 1, 0, 0, s.Size(600),
				s.Size(30), s.IntN(30)
		case kind < 26: // the planes are the image
			c.StrideH, c.StrideW, c.PadT, c.PadL, c.PadB, c.PadR, c.W = 1, 1, 0, 0, 0, 0, 16+s.IntN(60)
		case kind < 27: // a product
			c.KH, c.KW, c.StrideH, c.StrideW, c.PadT, c.PadB, c.PadL, c.PadR = 1, 1, 1, 1, 0, 0, 0, 0
		case kind < 28: // windows far beyond the image
			c.PadT, c.PadB, c.PadL, c.PadR = s.IntN(12), s.IntN(12), s.IntN(12), s.IntN(12)
		case kind < 29 && s.Chance(2): // many channels of few rows, in bands and blocks
			c.N, c.K, c.H, c.W, c.KH, c.KW = s.Size(2), 64+s.IntN(80), 8+s.IntN(8), s.Size(8), s.Size(3), s.Size(3)
			budget = 1_000_000
		case kind < 29 && s.Chance(2): // much work, in bands as networks have them
			c.KH, c.StrideH, c.DilH, c.PadT = proof.One(s, 3, 3, 5, 7), proof.One(s, 1, 2, 2, 3), 1,
				proof.One(s, 0, 1, 1, 3)
			square()
			c.N, c.C, c.K, c.H, c.W = s.Size(3), s.Size(130), s.Size(200), s.Size(70), s.Size(70)
			budget = 12_000_000
		case kind < 30: // Winograd's of many channels in several images of few tiles
			c.KH, c.StrideH, c.DilH, c.PadT = 3, 1, 1, 1
			square()
			c.N, c.C, c.K = proof.One(s, 2, 3, 4, 16), 32+s.IntN(6), 32+s.IntN(6)
			c.H = proof.One(s, 7, 7, 8, 14)
			c.W = c.H
			budget = 12_000_000
		}
		if !c.fits() {
			continue
		}
		if c.OH == 0 {
			c = c.sized()
		}
		c.OH, c.OW = max(c.OH, 1), max(c.OW, 1)
		in, _, taps, windows := c.group()
		if s.Chance(20) { // of a transposed convolution, or not of any
			c.OH, c.OW = max(1, c.OH-s.IntN(2)), max(1, c.OW-s.IntN(3))
		}
		if s.Chance(100) {
			*proof.One(s, &c.N, &c.C, &c.K, &c.KH, &c.KW, &c.OH, &c.OW, &c.H, &c.W) = 0
			c.Groups = 1
			return c
		}
		if c.N*c.K*windows*in*taps <= budget && c.N*c.C*c.H*c.W <= budget {
			return c
		}
	}
}

// fits reports whether the kernel fits into the padded image.
func (c *Conv) fits() bool {
	return (c.KH-1)*c.DilH < c.H+c.PadT+c.PadB && (c.KW-1)*c.DilW < c.W+c.PadL+c.PadR
}

// TestRandomConv: all three directions, and the one forward with weights laid out before.
func TestRandomConv(t *testing.T) {
	proof.Try(t, 5000, 400_000, func(s *proof.Trial) {
		c := drawConv(s)
		s.What = fmt.Sprintf("%+v", c)
		s.Real = s.Chance(10)
		in, _, taps, windows := c.group()
		if terms := c.N * windows; max(terms, max(in, c.K)*taps) > 5_000 {
			s.Most = 1 // or sums would not be exact
		}
		// Winograd's transforms halve weights and gradients twice.
		nx, nw, ny := c.N*c.C*c.H*c.W, c.K*in*taps, c.N*c.K*windows
		x, w, b, dy := s.Draw(nx, 1), s.Draw(nw, 4), s.Draw(c.K, 1), s.Draw(ny, 4)
		want := c.inDouble(proof.Wide(x), proof.Wide(w), proof.Wide(b), proof.Wide(dy))
		if ny*in*taps < 4000 {
			want.check(s, &c, x, w, b, dy)
		}
		if s.Chance(3) {
			b = nil
			for i := range want.y {
				want.y[i] = want.plain[i]
			}
		}
		s.Forms(func() {
			y, dx, dw := s.Result(ny), s.Result(nx), s.Result(nw)
			ConvForward(c, y, x, w, b, s.Result(c.ForwardScratch()))
			s.Equal("y", y, want.y, proof.SumBound(in*taps))
			ConvBackwardData(c, dx, dy, w, s.Result(c.BackwardDataScratch()))
			s.Equal("dx", dx, want.dx, proof.SumBound(c.K*taps))
			ConvBackwardWeights(c, dw, x, dy, s.Result(c.BackwardWeightsScratch()))
			s.Equal("dw", dw, want.dw, proof.SumBound(c.N*windows))
			if n := c.PackedWeights(); n > 0 {
				packed, z := s.Result(n), s.Result(ny)
				PackConv(c, packed, w)
				if ConvForwardPacked(c, z, x, packed, b); !slices.Equal(z, y) {
					s.Failf("y in %s differs when the weights are packed before", form.Active())
				}
			}
		})
	})
}

// convResults are the results of a convolution: with its bias and without, and the gradients.
type convResults struct{ y, plain, dx, dw []float64 }

// inDouble computes c in float64, which has one form alone.
func (c Conv) inDouble(x, w, b, dy []float64) (r convResults) {
	r = convResults{make([]float64, len(dy)), make([]float64, len(dy)), make([]float64, len(x)),
		make([]float64, len(w))}
	ConvForward(c, r.y, x, w, b, make([]float64, c.ForwardScratch()))
	ConvForward(c, r.plain, x, w, nil, make([]float64, c.ForwardScratch()))
	ConvBackwardData(c, r.dx, dy, w, make([]float64, c.BackwardDataScratch()))
	ConvBackwardWeights(c, r.dw, x, dy, make([]float64, c.BackwardWeightsScratch()))
	return r
}

// check compares the results in float64 with the formula.
func (r *convResults) check(s *proof.Trial, c *Conv, x, w, b, dy []float32) {
	f := convResults{make([]float64, len(dy)), make([]float64, len(dy)), make([]float64, len(x)),
		make([]float64, len(w))}
	c.windowTerms(func(i, j, k int) {
		f.plain[i] += float64(w[j]) * float64(x[k])
		f.dx[k] += float64(w[j]) * float64(dy[i])
		f.dw[j] += float64(dy[i]) * float64(x[k])
	})
	for i, v := range f.plain {
		f.y[i] = v + float64(b[i/(c.OH*c.OW)%c.K])
	}
	for i, pair := range [][2][]float64{{r.y, f.y}, {r.plain, f.plain}, {r.dx, f.dx}, {r.dw, f.dw}} {
		for k, want := range pair[1] {
			if d := pair[0][k] - want; d > 1e-12*4000 || d < -1e-12*4000 || !s.Real && d != 0 {
				s.Failf("%s in float64: element %d is %v, want %v",
					[...]string{"y", "y without bias", "dx", "dw"}[i], k, pair[0][k], want)
			}
		}
	}
}
