package kernel

import (
	"fmt"
	"math"
	"testing"
)

// Normalisations against the definition with many digits, of values anywhere. y and the sums of the gradients of the
// weights are within 2·10⁻⁶ of what they are made of, dx within as much of the largest part of it.
func TestRandomNorm(t *testing.T) {
	tryShapes(t, 300, 20_000, func(s *trial) {
		n, c, area := s.size(12), s.size(one(s, 12, 300)), one(s, 1, 1, s.size(60))
		if c*area > 600 {
			n = min(n, 3)
		}
		groups := one(s, 0, 0, 1, 1, c, 1+s.IntN(c))
		for groups > 0 && c%groups != 0 {
			groups--
		}
		if area == 1 && groups == 0 && n == 1 {
			n = 2
		}
		eps := one(s, 1e-5, 1e-5, 1e-3, 1e-12)
		mean, spread := one(s, 0, 0, 0, 1, 100, -1e6), one(s, 1., 1, 1, 1e-3, 1e20)
		x, dy := s.mixture(n*c*area, false), s.mixture(n*c*area, false)
		for i := range x {
			x[i] = float32(mean + spread*float64(choose(float32(truth[float64](isNaN(x[i])))-.5, x[i], 0)))
			dy[i] = choose(float32(truth[float64](isNaN(dy[i])))-.5, dy[i], 0)
		}
		s.real = true
		w, b := s.draw(c, 1), s.draw(c, 1)
		if s.chance(4) {
			w = nil
		}
		if s.chance(4) {
			b = nil
		}
		ones, zeros := make([]float64, c), make([]float64, c)
		Fill(ones, 1)
		w64, b64 := ones, zeros
		if w != nil {
			w64 = wide(w)
		}
		if b != nil {
			b64 = wide(b)
		}
		channel := func(i int) int { return i / area % c }
		key := channel
		if groups > 0 {
			key = func(i int) int { return i/(c*area)*groups + channel(i)/(c/groups) }
		}
		y, dx, dw, db := normReference(wide(x), wide(dy), w64, b64, key, channel, eps)
		most, r, large := 0., 1/math.Sqrt(eps), 0.
		for i := range dy {
			most = max(most, math.Abs(float64(dy[i])))
			large = max(large, math.Abs(y[i]))
		}
		parts := most * float64(n*area) * (large + 1)
		s.what = fmt.Sprintf("%d×%d×%d in %d groups, mean %g, deviation %g, eps %g", n, c, area, groups, mean,
			spread, eps)
		want := func(sum bool, x []float32) []float32 {
			if !sum {
				return nil
			}
			return x
		}
		part := s.IntN(4)
		place := s.IntN(3)
		s.forms(func() {
			z, stats := s.result(len(x)), max(c, n*groups)
			m, v := s.result(stats)[:max(c*truthInt(groups == 0), n*groups)],
				s.result(stats)[:max(c*truthInt(groups == 0), n*groups)]
			from := x
			if place == 1 {
				copy(z, x)
				from = z
			}
			if groups == 0 {
				exact := make([]float64, 2*c)
				BatchStats(m, v, exact, x, Norm[float32]{N: n, C: c, S: area, Eps: eps})
				BatchNormExact(z, from, exact, Norm[float32]{N: n, C: c, S: area, W: w, B: b})
			} else {
				GroupNorm(z, m, v, from, Norm[float32]{N: n, C: c, S: area, Groups: groups, W: w, B: b, Eps: eps})
			}
			s.within("y", z, y, relative(y, 2e-6, 2e-6))
			d, gw, gb, u := s.result(len(x)), s.result(c), s.result(c), dy
			switch from = x; place {
			case 1:
				copy(d, x)
				from = d
			case 2:
				copy(d, dy)
				u = d
			}
			if groups == 0 {
				BatchNormGrad(d, want(part&1 == 0, gw), want(part&2 == 0, gb), u, from, m, v,
					Norm[float32]{N: n, C: c, S: area, W: w, Eps: eps})
			} else {
				GroupNormGrad(d, want(part&1 == 0, gw), want(part&2 == 0, gb), u, from, m, v,
					Norm[float32]{N: n, C: c, S: area, Groups: groups, W: w, Eps: eps})
			}
			// The rounding of dy·r is there even when dx is 0 by cancellation.
			s.within("dx", d, dx, relative(dx, 4e-6, 4e-6*most*min(r,
				3/spread+r*truth[float64](groups > 0 || n*area < 50))))
			if part&1 == 0 {
				s.within("dw", gw, dw, relative(dw, 2e-6, 2e-6*parts))
			}
			if part&2 == 0 {
				s.within("db", gb, db, relative(db, 1e-6, 1e-12*parts))
			}
			if groups == 0 {
				return
			}
			GroupNorm(nil, m, v, x, Norm[float32]{N: n, C: c, S: area, Groups: groups, W: w, B: b, Eps: eps})
			z = s.result(len(x))
			GroupNorm(z, nil, nil, x, Norm[float32]{N: n, C: c, S: area, Groups: groups, W: w, B: b, Eps: eps})
			s.within("y without statistics", z, y, relative(y, 2e-6, 2e-6))
		})
	})
}

func truthInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Batch normalisation by given statistics is within 3 roundings of its formula.
func TestRandomBatchNormByStatistics(t *testing.T) {
	tryShapes(t, 200, 20_000, func(s *trial) {
		n, c, area := s.size(20), s.size(one(s, 12, 300)), one(s, 1, 1, s.size(60))
		if c*area > 600 {
			n = min(n, 3)
		}
		s.real = true
		x, mean, variance, w, b := s.draw(n*c*area, 1), s.draw(c, 1), s.draw(c, 1), s.draw(c, 1), s.draw(c, 1)
		for k := range variance {
			variance[k] = abs(variance[k])
		}
		if s.chance(4) {
			w = nil
		}
		if s.chance(4) {
			b = nil
		}
		const eps = 1e-3
		want, bound := make([]float64, len(x)), make([]float64, len(x))
		for i, v := range x {
			k := i / area % c
			want[i] = (float64(v) - float64(mean[k])) / math.Sqrt(float64(variance[k])+eps)
			if w != nil {
				want[i] *= float64(w[k])
			}
			bound[i] = 4e-7 * math.Abs(want[i])
			if b != nil {
				want[i] += float64(b[k])
			}
			bound[i] += 1e-7 * math.Abs(want[i])
		}
		s.what = fmt.Sprintf("%d×%d×%d", n, c, area)
		s.forms(func() {
			y := s.result(len(x))
			BatchNorm(y, x, mean, variance, Norm[float32]{N: n, C: c, S: area, W: w, B: b, Eps: eps})
			s.within("y", y, want, func(i int) float64 { return bound[i] })
		})
	})
}

// A convolution's weights with a normalisation in them are those of the formula.
func TestRandomFoldNorm(t *testing.T) {
	tryShapes(t, 100, 5_000, func(s *trial) {
		k, row := s.size(40), s.size(200)
		s.real = true
		w, b, mean, variance, scale, offset := s.draw(k*row, 1), s.draw(k, 1), s.draw(k, 1), s.draw(k, 1),
			s.draw(k, 1), s.draw(k, 1)
		for i, v := range variance {
			variance[i] = v * v * one[float32](s, 0, 1, 1e10)
		}
		b, scale, offset = s.maybe(b), s.maybe(scale), s.maybe(offset)
		or := func(x []float32, i int, otherwise float64) float64 {
			if x == nil {
				return otherwise
			}
			return float64(x[i])
		}
		const eps = 1e-3
		wantW, wantShift, size := make([]float64, k*row), make([]float64, k), make([]float64, k)
		for i := range k {
			r := or(scale, i, 1) / math.Sqrt(float64(variance[i])+eps)
			wantShift[i] = r*(or(b, i, 0)-float64(mean[i])) + or(offset, i, 0)
			size[i] = math.Abs(r) + 1
			for j := range row {
				wantW[i*row+j] = r * float64(w[i*row+j])
			}
		}
		s.forms(func() {
			got, shift := s.result(k*row), s.result(k)
			FoldNorm(got, shift, w, b, mean, variance, Norm[float32]{W: scale, B: offset, Eps: eps})
			s.within("w", got, wantW, relative(wantW, 2e-7, 0))
			s.within("shift", shift, wantShift, func(i int) float64 { return 1e-7 * size[i] })
		})
	})
}

// maybe is x, or nil.
func (s *trial) maybe(x []float32) []float32 {
	if s.chance(3) {
		return nil
	}
	return x
}
