package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Sums and means are exact to the rounding of the result: they are made in float64. Extrema are exact, and their
// places too.
func TestRandomReduce(t *testing.T) {
	proof.Try(t, 400, 40_000, func(s *proof.Trial) {
		shape := s.Shape(proof.One(s, 500, 20_000), 5)
		for range s.IntN(3) * s.IntN(2) {
			shape = append(shape, 1)
		}
		axes := uint(s.IntN(1 << len(shape)))
		x := s.Mixture(proof.Size(shape), false)
		if s.Chance(3) {
			for i := range x { // many equal elements
				x[i] = float32(math.Round(float64(x[i])))
			}
		}
		if s.Chance(3) {
			for i := range x {
				if scalar.IsNaN(x[i]) {
					x[i] = 0
				}
			}
		}
		results, inner := 1, 1
		for k, n := range shape {
			if axes>>k&1 == 0 {
				results *= n
			} else {
				inner *= n
			}
		}
		// place returns which result element i belongs to, and its place among that result's.
		place := func(i int) (result, at int) {
			r, a := 1, 1
			for k := len(shape) - 1; k >= 0; k-- {
				if j := i % shape[k]; axes>>k&1 == 0 {
					result += j * r
					r *= shape[k]
				} else {
					at += j * a
					a *= shape[k]
				}
				i /= shape[k]
			}
			return result, at
		}
		var want [vector.Min + 1][]float64
		var where [vector.Min + 1][]int64
		sizes := make([]float64, results)
		for f := range want {
			want[f], where[f] = make([]float64, results), make([]int64, results)
		}
		for i, v := range x {
			r, at := place(i)
			v := float64(v)
			sizes[r] += math.Abs(v)
			want[vector.Sum][r] += v
			want[vector.Mean][r] += v / float64(inner)
			for f, sign := range map[vector.ReduceFunc]float64{vector.Max: 1, vector.Min: -1} {
				if b := want[f][r]; at == 0 || sign*v > sign*b || scalar.IsNaN(v) && !scalar.IsNaN(b) {
					want[f][r], where[f][r] = v, int64(at)
				}
			}
		}
		s.What = "a reduction"
		s.Forms(func() {
			for f := vector.Sum; f <= vector.Min; f++ {
				y := s.Result(results)
				vector.Reduce(f, y, x, shape, axes)
				s.Within("the reduction", y, want[f], func(i int) float64 {
					if f > vector.Mean {
						return 0
					}
					return 0.51*proof.ULP(want[f][i]) + 1e-14*sizes[i]
				})
				if f < vector.Max {
					continue
				}
				index, mask := make([]int64, results), s.Result(len(x))
				vector.ArgReduce(f, index, x, shape, axes)
				proof.SameElements(s, "the place", index, where[f])
				vector.FirstMask(f, mask, x, shape, axes)
				for i, v := range mask {
					if r, at := place(i); v != scalar.Truth[float32](where[f][r] == int64(at)) {
						s.Failf("the mask in %s: element %d of %d is %v", form.Active(), i, len(mask), v)
					}
				}
			}
		})
	})
}

// Softmax and its logarithm by their formulas in float64. A probability is within 2·10⁻⁶ of itself, what exponentials
// and their differences lose; a logarithm within 3·10⁻⁷ of the largest number in it.
func TestRandomSoftmax(t *testing.T) {
	proof.Try(t, 300, 30_000, func(s *proof.Trial) {
		outer, n, inner := s.Size(20), s.Size(proof.One(s, 30, 3000)), proof.One(s, 1, 1, s.Size(20))
		outer = max(1, min(outer, 6000/(n*inner)))
		x, dy := s.Mixture(outer*n*inner, false), s.Mixture(outer*n*inner, false)
		level := float32(proof.One(s, 0., 0, 0, 100, -1e4, 1e6))
		for i := range x {
			if x[i] += level; s.Chance(20) {
				x[i] = float32(-proof.Inf)
			}
			if scalar.IsNaN(dy[i]) {
				dy[i] = 0
			}
		}
		y, log := make([]float64, len(x)), make([]float64, len(x))
		dx, dlog := make([]float64, len(x)), make([]float64, len(x))
		dots := make([]float64, len(x)) // Σ |dy·y|, or Σ |dy|, of an element's row
		rows := func(row func(at func(k int) int)) {
			for r := range outer * inner {
				row(func(k int) int { return (r/inner*n+k)*inner + r%inner })
			}
		}
		rows(func(at func(k int) int) {
			top, total := -proof.Inf, 0.
			for k := range n {
				top = max(top, float64(x[at(k)]))
			}
			for k := range n {
				total += math.Exp(float64(x[at(k)]) - top)
			}
			for k := range n {
				d := float64(x[at(k)]) - top
				y[at(k)], log[at(k)] = math.Exp(d)/total, d-math.Log(total)
			}
		})
		y32, log32 := make([]float32, len(x)), make([]float32, len(x))
		for i := range x {
			y32[i], log32[i] = float32(y[i]), float32(log[i])
		}
		rows(func(at func(k int) int) {
			dot, sum, most := 0., 0., 0.
			for k := range n {
				dot += float64(dy[at(k)]) * float64(y32[at(k)])
				sum += float64(dy[at(k)])
				most += math.Abs(float64(dy[at(k)]))
			}
			for k := range n {
				i := at(k)
				dots[i] = most
				dx[i] = float64(y32[i]) * (float64(dy[i]) - dot)
				dlog[i] = float64(dy[i]) - math.Exp(float64(log32[i]))*sum
			}
		})
		inPlace := s.Chance(3)
		s.What = "softmax"
		s.Forms(func() {
			run := func(name string, want []float64, bound func(i int) float64, f func(dst, x []float32),
				from []float32) {
				z := s.Result(len(x))
				if inPlace {
					copy(z, from)
					from = z
				}
				f(z, from)
				s.Within(name, z, want, bound)
			}
			run("softmax", y, proof.Relative(y, 2e-6, 1e-43), func(z, x []float32) { Softmax(z, x, outer, n, inner) },
				x)
			run("log-softmax", log, proof.Relative(log, 3e-7, 2e-6),
				func(z, x []float32) { LogSoftmax(z, x, outer, n, inner) }, x)
			run("the gradient of softmax", dx, func(i int) float64 {
				return 1e-6 * dots[i] * (float64(y32[i]) +
					1e-38)
			},
				func(z, dy []float32) { SoftmaxGrad(z, y32, dy, outer, n, inner) }, dy)
			run("the gradient of log-softmax", dlog, func(i int) float64 { return 3e-7 * dots[i] },
				func(z, dy []float32) { LogSoftmaxGrad(z, log32, dy, outer, n, inner) }, dy)
		})
	})
}

// Cross-entropy by its formula in float64: the loss is within 3·10⁻⁷ of the logits, and a gradient within 2·10⁻⁶ of
// the largest there can be.
func TestRandomCrossEntropy(t *testing.T) {
	proof.Try(t, 300, 30_000, func(s *proof.Trial) {
		outer, n, inner := s.Size(20), s.Size(proof.One(s, 30, 3000)), proof.One(s, 1, 1, s.Size(20))
		outer = max(1, min(outer, 6000/(n*inner)))
		x, rows := s.Mixture(outer*n*inner, false), outer*inner
		level := float32(proof.One(s, 0., 0, 0, 100, -1e4, 1e6))
		for i := range x {
			x[i] = scalar.Choose(float32(scalar.Truth[float64](scalar.IsNaN(x[i])))-.5, x[i], 0) + level
		}
		c := Classes[float32]{X: x, Target: make([]int64, rows), N: n, Inner: inner,
			Ignore: [2]int64{proof.One[int64](s, -100, -1, int64(s.IntN(n))), -100}}
		for i := range c.Target {
			if c.Target[i] = int64(s.IntN(n)); s.Chance(4) {
				c.Target[i] = c.Ignore[0]
			}
		}
		if s.Chance(2) {
			c.Smoothing = proof.One(s, .1, .5, 1)
		}
		if s.Chance(2) {
			c.Weights = s.Draw(n, 1)
			for k, w := range c.Weights {
				c.Weights[k] = scalar.Abs(w) + float32(s.IntN(2))
			}
		}
		weight := func(k int) float64 {
			if c.Weights == nil {
				return 1
			}
			return float64(c.Weights[k])
		}
		loss, total, terms := 0., 0., 0.
		lse, dx := make([]float64, rows), make([]float64, len(x))
		for r := range rows {
			at := func(k int) int { return (r/inner*n+k)*inner + r%inner }
			top := -proof.Inf
			for k := range n {
				top = max(top, float64(x[at(k)]))
			}
			for k := range n {
				lse[r] += math.Exp(float64(x[at(k)]) - top)
			}
			rest := math.Log(lse[r])
			lse[r] = top + rest
			target, mass := int(c.Target[r]), 0.
			if c.Target[r] == c.Ignore[0] || c.Target[r] == c.Ignore[1] {
				continue
			}
			total += weight(target)
			for k := range n {
				q := c.Smoothing / float64(n) * weight(k)
				if k == target {
					q += (1 - c.Smoothing) * weight(k)
				}
				logp := float64(x[at(k)]) - top - rest
				loss -= q * logp
				terms += q * (math.Abs(logp) + math.Abs(float64(level))*1e-9)
				dx[at(k)] -= q
				mass += q
			}
			for k := range n {
				dx[at(k)] += mass * math.Exp(float64(x[at(k)])-top-rest)
			}
		}
		dy, most := s.NormFloat64(), 0.
		for k := range n {
			most += weight(k)
		}
		for i := range dx {
			dx[i] *= dy / total
		}
		s.What = "cross-entropy"
		s.Forms(func() {
			l := s.Result(rows)
			gotLoss, gotWeight := c.Loss(l)
			s.Within("ln Σ eˣ", l, lse, proof.Relative(lse, 2e-7, 1e-6))
			if !(math.Abs(gotLoss-loss) <= 1e-6*(terms+total)+1e-12) || !(math.Abs(gotWeight-total) <= 1e-9*total) {
				s.Failf("the loss in %s is %v of %v, want %v of %v", form.Active(), gotLoss, gotWeight,
					loss, total)
			}
			if other, _ := c.Loss(nil); other != gotLoss {
				s.Failf("the loss in %s is %v without ln Σ eˣ, %v with it", form.Active(), other, gotLoss)
			}
			if total == 0 {
				return
			}
			d := s.Result(len(x))
			c.Grad(d, l, dy)
			s.Within("dx", d, dx, proof.Relative(dx, 2e-6, 2e-6*math.Abs(dy)/total*max(1, most/float64(n))))
			d = s.Result(len(x))
			copy(d, x)
			in := c
			in.X = d
			in.Grad(d, l, dy)
			s.Within("dx in place of x", d, dx,
				proof.Relative(dx, 2e-6, 2e-6*math.Abs(dy)/total*max(1, most/float64(n))))

			// The loss of each row adds up to all of them, and dy of each row is a factor of its gradient.
			each := c
			each.Each = s.Result(rows)
			each.Loss(nil)
			sum, whole := 0., make([]float64, len(dx))
			for _, v := range each.Each {
				sum += float64(v)
			}
			if !(math.Abs(sum-loss) <= 2e-6*(terms+total)+1e-12) {
				s.Failf("the losses of the rows in %s add up to %v, want %v", form.Active(), sum, loss)
			}
			each.Sum, each.Each = true, s.Draw(rows, 1)
			for i := range whole {
				whole[i] = dx[i] * total * float64(each.Each[i/(n*inner)*inner+i%inner])
			}
			d = s.Result(len(x))
			each.Grad(d, l, dy)
			s.Within("dx by row", d, whole, proof.Relative(whole, 2e-6, 2e-6*math.Abs(dy)*max(1, most/float64(n))*4))
		})
	})
}

// lossExact is a loss and its derivatives by x and t in float64, straight from the formulas, and the size of their
// terms.
func lossExact(f LossFunc, x, t, p float64) (v, byX, byT, terms float64) {
	d := x - t
	sign := signOf(d)
	switch f {
	case SquaredLoss:
		return d * d, 2 * d, -2 * d, 0
	case AbsoluteLoss:
		return math.Abs(d), sign, -sign, 0
	case HuberLoss:
		if math.Abs(d) > p {
			return p * (math.Abs(d) - p/2), p * sign, -p * sign, p * math.Abs(d)
		}
		return d * d / 2, d, -d, 0
	case SmoothL1Loss:
		if math.Abs(d) < p {
			return d * d / (2 * p), d / p, -d / p, 0
		}
		return math.Abs(d) - p/2, sign, -sign, math.Abs(d)
	case BCELoss:
		l, m := max(math.Log(x), -100), max(math.Log1p(-x), -100)
		return -t*l - (1-t)*m, d / max(x*(1-x), 1e-12), m - l, math.Abs(l) + math.Abs(m)
	case BCELogitsLoss:
		return max(x, 0) - x*t + math.Log1p(math.Exp(-math.Abs(x))), 1/(1+math.Exp(-x)) - t, -x, math.Abs(x) + 1
	case KLLoss:
		if t == 0 {
			return 0, 0, 0, 0
		}
		return t * (math.Log(t) - x), -t, math.Log(t) + 1 - x, max(1, t) * (math.Abs(math.Log(t)) + math.Abs(x) + 1)
	case GaussianKLLoss:
		return (x*x + math.Expm1(t) - t) / 2, x, math.Expm1(t) / 2, x*x + math.Abs(t)
	case HalfSquare:
		return x * x / 2, x, 0, 0
	default:
		return math.Abs(x), signOf(x), 0, 0
	}
}

// Losses of elements are within 4·10⁻⁷ of their terms, and their slopes; the sum is within as much.
func TestRandomLoss(t *testing.T) {
	proof.Try(t, 300, 40_000, func(s *proof.Trial) {
		f, n := LossFunc(s.IntN(int(Magnitude)+1)), s.Size(proof.One(s, 600, 6000))
		p := float64(proof.One[float32](s, .5, 1, 2))
		x, target, dy := s.Mixture(n, false), s.Mixture(n, false), s.Mixture(n, false)
		for i := range x {
			dy[i] = scalar.Choose(float32(scalar.Truth[float64](scalar.IsNaN(dy[i])))-.5, dy[i], 0)
			switch {
			case f == BCELoss && !scalar.IsNaN(x[i]):
				x[i] = proof.One(s, 0, 1, s.Float32(), s.Float32(), s.Float32())
				fallthrough
			case f == BCELogitsLoss || f == KLLoss:
				target[i] = proof.One(s, 0, 1, s.Float32(), s.Float32(), s.Float32())
			}
		}
		if s.Chance(2) {
			dy = dy[:1]
		}
		v, byX, byT := make([]float64, n), make([]float64, n), make([]float64, n)
		terms, sum, most := make([]float64, n), 0., 0.
		for i := range x {
			v[i], byX[i], byT[i], terms[i] = lossExact(f, float64(x[i]), float64(target[i]), p)
			sum += v[i]
			most += math.Abs(v[i]) + terms[i]
			d := .5 * float64(dy[i%len(dy)])
			byX[i] *= d
			byT[i] *= d
		}
		place := s.IntN(4)
		s.What = fmt.Sprintf("loss %d, parameter %g, dst in the place of operand %d", f, p, place)
		s.Forms(func() {
			y := s.Result(n)
			Loss(f, y, x, target, p)
			s.Within("the loss", y, v, func(i int) float64 { return 4e-7 * (math.Abs(v[i]) + terms[i]) })
			if got := LossSum(f, x, target, p); !(math.Abs(got-sum) <= 4e-7*most) &&
				!(scalar.IsNaN(sum) && scalar.IsNaN(got)) {
				s.Failf("the sum in %s is %v, want %v", form.Active(), got, sum)
			}
			for ofTarget, want := range map[bool][]float64{false: byX, true: byT} {
				if f >= HalfSquare { // they have none
					continue
				}
				y, x, target, dy := s.Result(n), x, target, dy
				switch {
				case place == 1:
					copy(y, x)
					x = y
				case place == 2:
					copy(y, target)
					target = y
				case place == 3 && len(dy) == n:
					copy(y, dy)
					dy = y
				}
				d := make([]float64, n)
				for i := range d {
					d[i] = math.Abs(float64(dy[i%len(dy)]))
				}
				LossGrad(f, ofTarget, y, x, target, dy, p, .5)
				s.Within("the slope", y, want, func(i int) float64 {
					size := min(terms[i], 300) + 1
					if scalar.IsNaN(size) || f == BCELoss && !ofTarget {
						size = 0
					}
					return 1e-6*math.Abs(want[i]) + 4e-7*d[i]*size
				})
			}
		})
	})
}

// signOf is -1, 0 or 1, and NaN for NaN.
func signOf(x float64) float64 {
	if x == 0 || x != x {
		return x
	}
	return math.Copysign(1, x)
}
