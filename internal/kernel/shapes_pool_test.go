package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// drawPool draws the geometry of a pooling: any, or of the kinds that have loops of their own.
func drawPool(s *proof.Trial) Pool {
	p := Pool{Planes: s.Size(9), H: s.Size(40), W: s.Size(70), KH: s.Size(5), KW: s.Size(5), StrideH: s.Size(4),
		StrideW: s.Size(4),
		DilH:    proof.One(s, 1, 1, 1, s.Size(3)), DilW: proof.One(s, 1, 1, 1, s.Size(3)), ExcludePad: s.Chance(2)}
	if s.Chance(40) { // windows of little but padding, for which a copy with its padding would take minutes
		p.H, p.W, p.KW, p.StrideW = s.Size(3), 1+s.Size(4), 200_000, s.Size(2)
		p.KH, p.StrideH, p.DilH, p.DilW = s.Size(p.H), 1, 1, 1
		p.PadL, p.PadR = p.KW-p.W, s.IntN(8)
		return p.sized(false)
	}
	switch s.IntN(4) {
	case 0: // windows that touch no others
		k := proof.One(s, 2, 2, 2, 3)
		p.KH, p.KW, p.StrideH, p.StrideW, p.DilH, p.DilW = k, k, k, k, 1, 1
		switch s.IntN(8) {
		case 0, 1:
			p.StrideH = s.Size(3)
		case 2:
			p.StrideW = s.Size(3)
		case 3:
			p.DilW = 2
		case 4: // fewer than eight windows in all
			p.H, p.W = s.Size(4), 6+s.IntN(10)
		}
	case 1: // as in networks
		p.KH, p.KW, p.StrideH, p.StrideW, p.DilH, p.DilW = 3, 3, proof.One(s, 1, 2), proof.One(s, 1, 2), 1, 1
	}
	if s.Chance(2) { // half a window at most, but now and then more
		most := func(k, dilation int) int { return s.IntN(k*dilation/2*proof.One(s, 1, 1, 1, 3) + 1) }
		p.PadT, p.PadB, p.PadL, p.PadR = most(p.KH, p.DilH), most(p.KH, p.DilH), most(p.KW, p.DilW), most(p.KW, p.DilW)
	}
	if s.Chance(25) { // all windows lie in the padding above the plane
		p.H, p.KH, p.StrideH, p.DilH, p.PadT, p.PadB = s.Size(3), 2, 5, 1, 3, 0
		p.StrideW, p.DilW = proof.One(s, 1, 2), 1
	}
	p.PadB = max(p.PadB, (p.KH-1)*p.DilH+1-p.H-p.PadT)
	p.PadR = max(p.PadR, (p.KW-1)*p.DilW+1-p.W-p.PadL)
	p = p.sized(s.Chance(3))
	if s.Chance(60) {
		p.Planes = 0
	}
	return p
}

// binOf is the places in the plane of the elements of bin (i, j).
func (a *Adaptive) binOf(i, j int) (places []int) {
	for h := range a.H {
		for w := range a.W {
			if h >= i*a.H/a.OH && h*a.OH < (i+1)*a.H && w >= j*a.W/a.OW && w*a.OW < (j+1)*a.W {
				places = append(places, h*a.W+w)
			}
		}
	}
	return places
}

// A window of elements of a plane, and what its mean divides by.
type window struct {
	places []int
	count  float64
}

// checkMaxima compares the largest elements and their places, forward and backward. Only what is equal passes.
func checkMaxima(s *proof.Trial, planes, in int, windows []window, run func(y []float32, index []int64, x []float32)) {
	out := len(windows)
	x, dy := s.Mixture(planes*in, true), s.Draw(planes*out, 1)
	if s.Chance(2) {
		for i := range x { // many equal elements
			x[i] = float32(math.Round(float64(x[i])))
		}
	}
	y, index, dx, z := make([]float64, planes*out), make([]int64, planes*out), make([]float64, len(x)),
		make([]float64, planes*out)
	for o := range y {
		plane := x[o/out*in:]
		y[o], index[o] = -proof.Inf, -1
		for _, at := range windows[o%out].places {
			if v := float64(plane[at]); index[o] < 0 || v > y[o] || scalar.IsNaN(v) && !scalar.IsNaN(y[o]) {
				y[o], index[o] = v, int64(at)
			}
		}
		if index[o] >= 0 {
			dx[o/out*in+int(index[o])] += float64(dy[o])
			z[o] = float64(plane[index[o]])
		}
	}
	exact := func(int) float64 { return 0 }
	s.Forms(func() {
		got, places := s.Result(len(y)), make([]int64, len(y))
		run(got, places, x)
		s.Within("the maximum", got, y, exact)
		proof.SameElements(s, "the place", places, index)
		got, places = s.Result(len(y)), make([]int64, len(y))
		run(got, nil, x)
		run(nil, places, x)
		s.Within("the maximum alone", got, y, exact)
		proof.SameElements(s, "the place alone", places, index)
		d, g := s.Result(len(x)), s.Result(len(y))
		ScatterPlanes(planes, in, out, d, dy, index)
		s.Within("dx", d, dx, exact)
		GatherPlanes(planes, in, out, g, x, index)
		s.Within("what is at the places", g, z, exact)
	})
}

// checkMeans compares means, forward and backward, of whole numbers: sums are exact, and quotients rounded once;
// where windows overlap, the sum of quotients is as often rounded.
func checkMeans(s *proof.Trial, planes, in int, windows []window, forward, backward func(dst, src []float32)) {
	out := len(windows)
	x, dy := s.Draw(planes*in, 1), s.Draw(planes*out, 1)
	y, dx, parts := make([]float64, planes*out), make([]float64, len(x)), make([]float64, len(x))
	for o := range y {
		w := windows[o%out]
		for _, at := range w.places {
			at += o / out * in
			y[o] += float64(x[at]) / w.count
			dx[at] += float64(dy[o]) / w.count
			parts[at] += math.Abs(float64(dy[o])) / w.count
		}
	}
	s.Forms(func() {
		got := s.Result(len(y))
		forward(got, x)
		s.Within("the mean", got, y, func(i int) float64 { return 6e-8*math.Abs(y[i]) + 1e-12 })
		d := s.Result(len(x))
		backward(d, dy)
		s.Within("dx", d, dx, func(i int) float64 { return 1e-6 * parts[i] })
	})
}

func TestRandomPool(t *testing.T) {
	proof.Try(t, 400, 40_000, func(s *proof.Trial) {
		p := drawPool(s)
		s.What = fmt.Sprintf("%+v", p)
		var windows []window
		for o := range p.OH * p.OW {
			places, count := p.window(o/p.OW, o%p.OW)
			if p.ExcludePad {
				count = len(places)
			}
			windows = append(windows, window{places, float64(max(1, count))})
		}
		in := p.H * p.W
		checkMaxima(s, p.Planes, in, windows, func(y []float32, index []int64, x []float32) {
			MaxPool(p, y, index, x)
		})
		checkMeans(s, p.Planes, in, windows, func(y, x []float32) { AvgPool(p, y, x) },
			func(dx, dy []float32) { AvgPoolBackward(p, dx, dy) })
	})
}

func TestRandomAdaptivePool(t *testing.T) {
	proof.Try(t, 200, 20_000, func(s *proof.Trial) {
		a := Adaptive{s.Size(6), s.Size(30), s.Size(30), proof.One(s, 1, s.Size(12)), proof.One(s, 1, s.Size(12))}
		s.What = fmt.Sprintf("%+v", a)
		var windows []window
		for o := range a.OH * a.OW {
			places := a.binOf(o/a.OW, o%a.OW)
			windows = append(windows, window{places, float64(len(places))})
		}
		in := a.H * a.W
		checkMaxima(s, a.Planes, in, windows, func(y []float32, index []int64,
			x []float32) {
			AdaptiveMaxPool(a, y, index, x)
		})
		checkMeans(s, a.Planes, in, windows, func(y, x []float32) { AdaptiveAvgPool(a, y, x) },
			func(dx, dy []float32) { AdaptiveAvgPoolBackward(a, dx, dy) })
	})
}
