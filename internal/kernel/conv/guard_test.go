package conv

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// TestConvolutionsKeepToOperands: no kernel touches anything but its operands.
func TestConvolutionsKeepToOperands(t *testing.T) {
	proof.CheckGuards(t, []proof.GuardCase{
		{"convolutions", guardConvolutions},
	})
}

func guardConvolutions(y *proof.Yard) {
	var convs []Conv
	for _, c := range convCases {
		convs = append(convs, c.conv.sized())
	}
	for _, c := range append(append(lenet5[:], resnet[:]...), vgg) {
		c.N = min(c.N, 16)
		convs = append(convs, c)
	}
	r := rand.New(rand.NewPCG(5, 6))
	up := func(n int) int { return 1 + r.IntN(n) }
	for range 150 {
		g := []int{1, 1, 1, 2, 3}[r.IntN(5)]
		c := Conv{N: up(3), C: g * up(5), H: up(20), W: up(34), K: g * up(14), KH: up(4), KW: up(4), Groups: g,
			StrideH: up(3), StrideW: up(3), DilH: up(2), DilW: up(2), PadT: r.IntN(4), PadB: r.IntN(4),
			PadL: r.IntN(4), PadR: r.IntN(4)}
		switch r.IntN(4) {
		case 0: // images side by side
			c.N, c.StrideH, c.StrideW = 16, 1, 1
		case 1: // rows long enough to be read in place
			c.W += 32
			c.StrideH, c.StrideW, c.PadT, c.PadB, c.PadL, c.PadR = 1, 1, 0, 0, 0, 0
		}
		if (c.KH-1)*c.DilH < c.H+c.PadT+c.PadB && (c.KW-1)*c.DilW < c.W+c.PadL+c.PadR {
			convs = append(convs, c.sized())
		}
	}
	for _, c := range convs {
		in, _, taps, windows := c.group()
		work := c.N * c.K * windows * in * taps
		if testing.Short() && work > 1_000_000 || form.Active() == form.Plain && work > 5_000_000 {
			continue
		}
		y.Doing = fmt.Sprintf("%+v", c)
		nx, nw, ny := c.N*c.C*c.H*c.W, c.K*in*taps, c.N*c.K*windows
		ConvForward(c, y.Out(ny), y.In(nx), y.In(nw), nil, y.In(c.ForwardScratch()))
		ConvForward(c, y.Out(ny), y.In(nx), y.In(nw), y.In(c.K), y.In(c.ForwardScratch()))
		ConvBackwardData(c, y.Out(nx), y.In(ny), y.In(nw), y.In(c.BackwardDataScratch()))
		ConvBackwardWeights(c, y.Out(nw), y.In(nx), y.In(ny), y.In(c.BackwardWeightsScratch()))
		ChannelFill(c.N, c.K, windows, y.Out(ny), y.In(c.K))
		ChannelAdd(c.N, c.K, windows, y.Out(ny), y.In(c.K))
	}
}
