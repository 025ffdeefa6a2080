package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Normalisations against the definition with many digits, of values anywhere. y and the sums of the gradients of the
// weights are within 2·10⁻⁶ of what they are made of, dx within as much of the largest part of it.
func TestRandomNorm(t *testing.T) {
	proof.Try(t, 300, 20_000, func(s *proof.Trial) {
		n, c, area := s.Size(12), s.Size(proof.One(s, 12, 300)), proof.One(s, 1, 1, s.Size(60))
		if c*area > 600 {
			n = min(n, 3)
		}
		groups := proof.One(s, 0, 0, 1, 1, c, 1+s.IntN(c))
		for groups > 0 && c%groups != 0 {
			groups--
		}
		if area == 1 && groups == 0 && n == 1 {
			n = 2
		}
		eps := proof.One(s, 1e-5, 1e-5, 1e-3, 1e-12)
		mean, spread := proof.One(s, 0, 0, 0, 1, 100, -1e6), proof.One(s, 1., 1, 1, 1e-3, 1e20)
		x, dy := s.Mixture(n*c*area, false), s.Mixture(n*c*area, false)
		for i := range x {
			x[i] = float32(mean + spread*float64(scalar.Choose(float32(scalar.Truth[float64](scalar.IsNaN(x[i])))-.5,
				x[i], 0)))
			dy[i] = scalar.Choose(float32(scalar.Truth[float64](scalar.IsNaN(dy[i])))-.5, dy[i], 0)
		}
		s.Real = true
		w, b := s.Draw(c, 1), s.Draw(c, 1)
		if s.Chance(4) {
			w = nil
		}
		if s.Chance(4) {
			b = nil
		}
		ones, zeros := make([]float64, c), make([]float64, c)
		vector.Fill(ones, 1)
		w64, b64 := ones, zeros
		if w != nil {
			w64 = proof.Wide(w)
		}
		if b != nil {
			b64 = proof.Wide(b)
		}
		channel := func(i int) int { return i / area % c }
		key := channel
		if groups > 0 {
			key = func(i int) int { return i/(c*area)*groups + channel(i)/(c/groups) }
		}
		y, dx, dw, db := normReference(proof.Wide(x), proof.Wide(dy), w64, b64, key, channel, eps)
		most, r, large := 0., 1/math.Sqrt(eps), 0.
		for i := range dy {
			most = max(most, math.Abs(float64(dy[i])))
			large = max(large, math.Abs(y[i]))
		}
		parts := most * float64(n*area) * (large + 1)
		s.What = fmt.Sprintf("%d×%d×%d in %d groups, mean %g, deviation %g, eps %g", n, c, area, groups, mean,
			spread, eps)
		want := func(sum bool, x []float32) []float32 {
			if !sum {
				return nil
			}
			return x
		}
		part := s.IntN(4)
		place := s.IntN(3)
		s.Forms(func() {
			z, stats := s.Result(len(x)), max(c, n*groups)
			m, v := s.Result(stats)[:max(c*truthInt(groups == 0), n*groups)],
				s.Result(stats)[:max(c*truthInt(groups == 0), n*groups)]
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
			s.Within("y", z, y, proof.Relative(y, 2e-6, 2e-6))
			d, gw, gb, u := s.Result(len(x)), s.Result(c), s.Result(c), dy
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
			s.Within("dx", d, dx, proof.Relative(dx, 4e-6, 4e-6*most*min(r,
				3/spread+r*scalar.Truth[float64](groups > 0 || n*area < 50))))
			if part&1 == 0 {
				s.Within("dw", gw, dw, proof.Relative(dw, 2e-6, 2e-6*parts))
			}
			if part&2 == 0 {
				s.Within("db", gb, db, proof.Relative(db, 1e-6, 1e-12*parts))
			}
			if groups == 0 {
				return
			}
			GroupNorm(nil, m, v, x, Norm[float32]{N: n, C: c, S: area, Groups: groups, W: w, B: b, Eps: eps})
			z = s.Result(len(x))
			GroupNorm(z, nil, nil, x, Norm[float32]{N: n, C: c, S: area, Groups: groups, W: w, B: b, Eps: eps})
			s.Within("y without statistics", z, y, proof.Relative(y, 2e-6, 2e-6))
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
	proof.Try(t, 200, 20_000, func(s *proof.Trial) {
		n, c, area := s.Size(20), s.Size(proof.One(s, 12, 300)), proof.One(s, 1, 1, s.Size(60))
		if c*area > 600 {
			n = min(n, 3)
		}
		s.Real = true
		x, mean, variance, w, b := s.Draw(n*c*area, 1), s.Draw(c, 1), s.Draw(c, 1), s.Draw(c, 1), s.Draw(c, 1)
		for k := range variance {
			variance[k] = scalar.Abs(variance[k])
		}
		if s.Chance(4) {
			w = nil
		}
		if s.Chance(4) {
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
		s.What = fmt.Sprintf("%d×%d×%d", n, c, area)
		s.Forms(func() {
			y := s.Result(len(x))
			BatchNorm(y, x, mean, variance, Norm[float32]{N: n, C: c, S: area, W: w, B: b, Eps: eps})
			s.Within("y", y, want, func(i int) float64 { return bound[i] })
		})
	})
}

// A convolution's weights with a normalisation in them are those of the formula.
func TestRandomFoldNorm(t *testing.T) {
	proof.Try(t, 100, 5_000, func(s *proof.Trial) {
		k, row := s.Size(40), s.Size(200)
		s.Real = true
		w, b, mean, variance, scale, offset := s.Draw(k*row, 1), s.Draw(k, 1), s.Draw(k, 1), s.Draw(k, 1),
			s.Draw(k, 1), s.Draw(k, 1)
		for i, v := range variance {
			variance[i] = v * v * proof.One[float32](s, 0, 1, 1e10)
		}
		b, scale, offset = s.Maybe(b), s.Maybe(scale), s.Maybe(offset)
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
		s.Forms(func() {
			got, shift := s.Result(k*row), s.Result(k)
			FoldNorm(got, shift, w, b, mean, variance, Norm[float32]{W: scale, B: offset, Eps: eps})
			s.Within("w", got, wantW, proof.Relative(wantW, 2e-7, 0))
			s.Within("shift", shift, wantShift, func(i int) float64 { return 1e-7 * size[i] })
		})
	})
}
