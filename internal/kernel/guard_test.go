package kernel

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/rng"
)

// TestLayersKeepToOperands: no kernel touches anything but its operands.
func TestLayersKeepToOperands(t *testing.T) {
	proof.CheckGuards(t, []proof.GuardCase{
		{"poolings", guardPoolings},
		{"normalisations", guardNorms},
		{"softmax and losses", guardLosses},
		{"attention", guardAttention},
		{"recurrent layers", guardRecurrent},
		{"updates", guardUpdates},
		{"gathers", guardGathers},
		{"random numbers", guardRandom},
	})
}

// squares squares x, which becomes something that may be a variance.
func squares(x []float32) []float32 {
	for i, v := range x {
		x[i] = v * v
	}
	return x
}

func guardPoolings(y *proof.Yard) {
	for _, c := range poolCases {
		y.Doing = c.name
		p := c.pool
		p.Planes = min(p.Planes, 70)
		in, out := p.H*p.W, p.OH*p.OW
		nx, ny := p.Planes*in, p.Planes*out
		index := y.OutIndex(ny)
		MaxPool(p, y.Out(ny), index, y.In(nx))
		MaxPool(p, nil, y.OutIndex(ny), y.In(nx))
		MaxPool(p, y.Out(ny), nil, y.In(nx))
		ScatterPlanes(p.Planes, in, out, y.Out(nx), y.In(ny), index)
		GatherPlanes(p.Planes, in, out, y.Out(ny), y.In(nx), index)
		for _, p.ExcludePad = range []bool{false, true} {
			AvgPool(p, y.Out(ny), y.In(nx))
			AvgPoolBackward(p, y.Out(nx), y.In(ny))
		}
		for _, a := range []Adaptive{{p.Planes, p.H, p.W, 1, 1}, {p.Planes, p.H, p.W, 3, 2}} {
			nx, ny := a.Planes*a.H*a.W, a.Planes*a.OH*a.OW
			AdaptiveMaxPool(a, y.Out(ny), y.OutIndex(ny), y.In(nx))
			AdaptiveAvgPool(a, y.Out(ny), y.In(nx))
			AdaptiveAvgPoolBackward(a, y.Out(nx), y.In(ny))
		}
	}
}

func guardNorms(y *proof.Yard) {
	for _, s := range [][3]int{{1, 1, 1}, {3, 4, 1}, {2, 6, 9}, {5, 12, 49}, {7, 30, 1}, {300, 2, 3}, {33, 150, 1},
		{4, 8, 1000}, {9, 513, 1}} {
		n, c, area := s[0], s[1], s[2]
		y.Doing = fmt.Sprintf("%d×%d×%d", n, c, area)
		size := n * c * area
		exact := make([]float64, 2*c)
		BatchStats(y.Out(c), y.Out(c), exact, y.In(size), Norm[float32]{N: n, C: c, S: area, Eps: 1e-5})
		BatchNormExact(y.Out(size), y.In(size), exact, Norm[float32]{N: n, C: c, S: area, W: y.In(c), B: y.In(c)})
		mean, variance := y.In(c), squares(y.In(c))
		BatchNorm(y.Out(size), y.In(size), mean, variance, Norm[float32]{N: n, C: c, S: area, W: y.In(c),
			B: y.In(c), Eps: 1e-5})
		BatchNorm(y.Out(size), y.In(size), mean, variance, Norm[float32]{N: n, C: c, S: area, Eps: 1e-5})
		BatchNormGrad(y.Out(size), y.Out(c), y.Out(c), y.In(size), y.In(size), mean, variance,
			Norm[float32]{N: n, C: c, S: area, W: y.In(c), Eps: 1e-5})
		BatchNormGrad(y.Out(size), nil, nil, y.In(size), y.In(size), mean, variance,
			Norm[float32]{N: n, C: c, S: area, Eps: 1e-5})
		for _, groups := range []int{1, 2, c} {
			if c%groups != 0 {
				continue
			}
			rows := n * groups
			GroupNorm(y.Out(size), y.Out(rows), y.Out(rows), y.In(size),
				Norm[float32]{N: n, C: c, S: area, Groups: groups, W: y.In(c), B: y.In(c), Eps: 1e-5})
			GroupNorm(y.Out(size), nil, nil, y.In(size), Norm[float32]{N: n, C: c, S: area, Groups: groups, Eps: 1e-5})
			GroupNormGrad(y.Out(size), y.Out(c), y.Out(c), y.In(size), y.In(size), y.In(rows), squares(y.In(rows)),
				Norm[float32]{N: n, C: c, S: area, Groups: groups, W: y.In(c), Eps: 1e-5})
			GroupNormGrad(y.Out(size), nil, nil, y.In(size), y.In(size), y.In(rows), squares(y.In(rows)),
				Norm[float32]{N: n, C: c, S: area, Groups: groups, Eps: 1e-5})
		}
	}
	const k, size = 7, 45
	FoldNorm(y.Out(k*size), y.Out(k), y.In(k*size), y.In(k), y.In(k), squares(y.In(k)),
		Norm[float32]{W: y.In(k), B: y.In(k), Eps: 1e-5})
}

func guardLosses(y *proof.Yard) {
	for _, s := range [][3]int{{1, 1, 1}, {5, 7, 1}, {3, 8, 1}, {4, 65, 1}, {2, 257, 1}, {3, 10, 7}, {2, 33, 70},
		{70, 1000, 1}} {
		outer, n, inner := s[0], s[1], s[2]
		y.Doing = fmt.Sprintf("%d×%d×%d", outer, n, inner)
		size, rows := outer*n*inner, outer*inner
		Softmax(y.Out(size), y.In(size), outer, n, inner)
		LogSoftmax(y.Out(size), y.In(size), outer, n, inner)
		SoftmaxGrad(y.Out(size), y.In(size), y.In(size), outer, n, inner)
		LogSoftmaxGrad(y.Out(size), y.In(size), y.In(size), outer, n, inner)
		c := Classes[float32]{X: y.In(size), Target: y.Index(rows, n), N: n, Inner: inner, Ignore: [2]int64{-1, -1}}
		lse := y.Out(rows)
		for _, c.Smoothing = range []float64{0, .1} {
			c.Loss(nil)
			c.Loss(lse)
			c.Grad(y.Out(size), lse, .5)
			c.Weights = squares(y.In(n))
		}
		x, target := y.In(size), y.In(size)
		for i := range x {
			x[i], target[i] = 1/(1+x[i]*x[i]), 1/(1+target[i]*target[i])
		}
		OutsideUnit(x)
		for f := SquaredLoss; f <= Magnitude; f++ {
			Loss(f, y.Out(size), x, target, .5)
			LossSum(f, x, target, .5)
			for _, ofTarget := range []bool{false, true} {
				LossGrad(f, ofTarget, y.Out(size), x, target, y.In(size), .5, 2)
				LossGrad(f, ofTarget, y.Out(size), x, target, y.In(1), .5, 2)
			}
		}
	}
}

func guardAttention(y *proof.Yard) {
	sizes := attentionSizes()
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		y.Doing = name
		p := sizes[name]
		p.Scale = 1 / math.Sqrt(float64(p.HS))
		if p.Lengths != nil {
			p.Lengths = append(y.Index(len(p.Lengths), 1)[:0], p.Lengths...)
		}
		side := func(x func(n int) []float32, rows int) Heads[float32] {
			return Heads[float32]{x(p.N * p.NH * rows * p.HS), p.NH * rows * p.HS, rows * p.HS, p.HS}
		}
		d := p.NH * p.HS
		packed := func(x []float32, parts, i int) Heads[float32] {
			return Heads[float32]{x[i*d:], p.T * parts * d, p.HS, parts * d}
		}
		for _, p.Causal = range []bool{false, true} {
			q, k, v, dy := side(y.In, p.T), side(y.In, p.S), side(y.In, p.S), side(y.In, p.T)
			z, lse := side(y.Out, p.T), y.Out(p.N*p.NH*p.T)
			Attention(z, nil, q, k, v, Heads[float32]{y.In(p.T * p.S), 0, 0, p.S}, p)
			Attention(z, lse, q, k, v, Heads[float32]{}, p)
			AttentionGrad(side(y.Out, p.T), side(y.Out, p.S), side(y.Out, p.S), dy,
				Attended[float32]{Q: q, K: k, V: v, Y: z, LSE: lse}, p)
			if p.T != p.S {
				continue
			}
			x, dx := y.In(p.N*p.T*3*d), y.Out(p.N*p.T*3*d)
			q, k, v, dy = packed(x, 3, 0), packed(x, 3, 1), packed(x, 3, 2), packed(y.In(p.N*p.T*d), 1, 0)
			z = packed(y.Out(p.N*p.T*d), 1, 0)
			Attention(z, lse, q, k, v, Heads[float32]{}, p)
			AttentionGrad(packed(dx, 3, 0), packed(dx, 3, 1), packed(dx, 3, 2), dy,
				Attended[float32]{Q: q, K: k, V: v, Y: z, LSE: lse}, p)
		}
	}
}

func guardRecurrent(y *proof.Yard) {
	for _, s := range [][4]int{{1, 1, 1, 1}, {5, 4, 3, 7}, {29, 6, 5, 19}, {13, 3, 33, 40}} {
		for _, cell := range []vector.Cell{vector.TanhCell, vector.ReLUCell, vector.LSTMCell, vector.GRUCell} {
			n, steps, in, h := s[0], s[1], s[2], s[3]
			wide := cell.Gates() * h
			y.Doing = fmt.Sprintf("cell %d of %d, %d sequences of %d steps of %d", cell, h, n, steps, in)
			lengths := y.Index(n, steps)
			for i := range lengths {
				lengths[i] = int64(steps - i*7%(steps+1))
			}
			r := Recurrence[float32]{Cell: cell, N: n, Steps: steps, In: in, H: h, Lengths: lengths,
				X:   y.In(n * steps * in),
				WIH: y.In(wide * in), WHH: y.In(wide * h), BIH: y.In(wide), BHH: y.In(wide), H0: y.In(n * h),
				C0: y.In(n * h),
				Y:  y.Out(n * steps * h), HN: y.Out(n * h), CN: y.Out(n * h), Gates: y.Out(n * steps * wide),
				Kept:       y.Out(n * steps * h),
				Transposed: y.In(h * wide), Step: y.In(n * wide), Bias: y.In(wide)}
			RecurrentForward(r)
			d := RecurrenceGrad[float32]{Recurrence: r, DY: y.In(n * steps * h), DHN: y.In(n * h), DCN: y.In(n * h),
				DX: y.Out(n * steps * in), DWIH: y.Out(wide * in), DWHH: y.Out(wide * h), DBIH: y.Out(wide),
				DBHH: y.Out(wide),
				DH0:  y.Out(n * h), DC0: y.Out(n * h), DZ: y.In(n * steps * wide), DZH: y.In(n * steps * wide),
				Before: y.In(n * steps * h), Row: y.In(n * h)}
			RecurrentBackward(d)
		}
	}
}

func guardUpdates(y *proof.Yard) {
	for _, n := range []int{1, 2, 7, 8, 9, 15, 31, 63, 100, 1001, 70_001} {
		y.Doing = fmt.Sprintf("%d parameters", n)
		for _, flag := range []bool{false, true} {
			Momentum(Updated[float32]{New: y.Out(n), P: y.In(n), G: y.In(n)},
				Moment[float32]{New: y.Out(n), Old: y.In(n)}, .1, .9, .01, flag)
			AdaGrad(Updated[float32]{New: y.Out(n), P: y.In(n), G: y.In(n)},
				Moment[float32]{New: y.Out(n), Old: squares(y.In(n))}, .1, 1e-3, .01, flag)
			RMSProp(Updated[float32]{New: y.Out(n), P: y.In(n), G: y.In(n)},
				Moment[float32]{New: y.Out(n), Old: squares(y.In(n))}, Moment[float32]{New: y.Out(n), Old: y.In(n)},
				Moment[float32]{New: y.Out(n), Old: y.In(n)}, RMSPropRule[float32]{LR: .1, Rho: .9, Eps: 1e-3, Mu: .9,
					Decay: .01, Inside: flag})
			RMSProp(Updated[float32]{New: y.Out(n), P: y.In(n), G: y.In(n)}, Moment[float32]{New: y.Out(n),
				Old: squares(y.In(n))}, Moment[float32]{}, Moment[float32]{},
				RMSPropRule[float32]{LR: .1, Rho: .9, Eps: 1e-3, Decay: .01, Inside: flag})
			Adam(Updated[float32]{New: y.Out(n), P: y.In(n), G: y.In(n)}, Moment[float32]{New: y.Out(n), Old: y.In(n)},
				Moment[float32]{New: y.Out(n), Old: squares(y.In(n))}, AdamRule{Step: 3, LR: .1, Beta1: .9, Beta2: .99,
					Eps: 1e-3, Decay: .01, Decoupled: flag, EpsHat: !flag})
		}
		SGD(Updated[float32]{New: y.Out(n), P: y.In(n), G: y.In(n)}, .1, .01)
		ScaleTo(y.Out(n), y.In(n), .5)
		SumSquares(y.In(n))
	}
}

func guardRandom(y *proof.Yard) {
	k := rng.Key(1, 2)
	for _, n := range []int{1, 3, 8, 15, 16, 17, 63, 127, 129, 1000, 70_003} {
		y.Doing = fmt.Sprintf("%d numbers", n)
		for _, run := range []int{1, 3, 16} {
			Dropout(y.Out(n), y.In(n), run, k, .3)
		}
		RandomUniform(y.Out(n), k)
		RandomNormal(y.Out(n), k)
	}
}

func guardGathers(y *proof.Yard) {
	for _, s := range [][4]int{{1, 1, 1, 1}, {1, 65, 128, 50}, {3, 7, 5, 9}, {2, 40, 67, 130}, {5, 6, 1, 4}} {
		outer, n, inner, count := s[0], s[1], s[2], s[3]
		y.Doing = fmt.Sprintf("%d indices of %d×%d×%d", count, outer, n, inner)
		Gather(y.Out(outer*count*inner), y.In(outer*n*inner), y.Index(count, n), outer, n, inner)
		ScatterAdd(y.Out(outer*n*inner), y.In(outer*count*inner), y.Index(count, n), outer, n, inner)
		GatherAlong(y.Out(outer*count*inner), y.In(outer*n*inner), y.Index(outer*count*inner, n), outer, n, inner)
		ScatterAlong(y.Out(outer*n*inner), y.In(outer*count*inner), y.Index(outer*count*inner, n), outer, n, inner)
		OneHot(y.Out(count*n), y.Index(count, n), n)
	}
}
