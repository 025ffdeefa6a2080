package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// updateExact is what an update makes of one parameter, in float64 straight from the formulas in update.go: the new
// parameter, its moments in the order of the kernel's results, and the size of the parameter's terms.
type updateExact func(p, g float64, moments []float64) (next float64, new []float64, terms float64)

// An update under test: its moments, of which those marked are squares, and the kernel.
type updateCase struct {
	name    string
	squares []bool
	exact   updateExact
	run     func(next []float32, new [][]float32, p, g []float32, moments [][]float32)
}

func drawUpdate(s *proof.Trial) updateCase {
	lr, decay := float32(proof.One(s, .1, 1e-3)), float32(proof.One(s, 0, 0, .01))
	mu, rho, eps := float32(proof.One(s, .9, .5)), float32(proof.One(s, .9, .99)), float32(proof.One(s, 1e-8, 1e-3))
	flag, flag2 := s.Chance(2), s.Chance(2)
	l, d64, m64, r64, e64 := float64(lr), float64(decay), float64(mu), float64(rho), float64(eps)
	root := func(q float64) float64 {
		if flag {
			return math.Sqrt(q + e64)
		}
		return math.Sqrt(q) + e64
	}
	switch s.IntN(7) {
	case 0:
		return updateCase{"SGD", nil, func(p, g float64, _ []float64) (float64, []float64, float64) {
			step := l * (g + d64*p)
			return p - step, nil, math.Abs(p) + math.Abs(step)
		}, func(next []float32, _ [][]float32, p, g []float32,
			_ [][]float32) {
			SGD(Updated[float32]{New: next, P: p, G: g}, lr, decay)
		}}
	case 1:
		return updateCase{fmt.Sprint("momentum, Nesterov's ", flag), []bool{false},
			func(p, g float64, m []float64) (float64, []float64, float64) {
				d := g + d64*p
				v := m64*m[0] + d
				step := v
				if flag {
					step = d + m64*v
				}
				return p - l*step, []float64{v}, math.Abs(p) + 3*l*(math.Abs(d)+math.Abs(m[0]))
			}, func(next []float32, new [][]float32, p, g []float32, m [][]float32) {
				Momentum(Updated[float32]{New: next, P: p, G: g}, Moment[float32]{New: new[0], Old: m[0]}, lr, mu,
					decay, flag)
			}}
	case 2:
		return updateCase{fmt.Sprint("AdaGrad, eps inside ", flag), []bool{true},
			func(p, g float64, m []float64) (float64, []float64, float64) {
				d := g + d64*p
				q := m[0] + d*d
				step := l * d / root(q)
				return p - step, []float64{q}, math.Abs(p) + 3*l*(math.Abs(g)+math.Abs(d64*p))/root(q)
			}, func(next []float32, new [][]float32, p, g []float32, m [][]float32) {
				AdaGrad(Updated[float32]{New: next, P: p, G: g}, Moment[float32]{New: new[0], Old: m[0]}, lr, eps,
					decay, flag)
			}}
	case 3, 4:
		momentum := s.Chance(2)
		c := updateCase{name: fmt.Sprintf("RMSProp, eps inside %t, momentum %t", flag, momentum),
			squares: []bool{true}}
		if momentum {
			c.squares = append(c.squares, false)
		}
		c.exact = func(p, g float64, m []float64) (float64, []float64, float64) {
			d := g + d64*p
			q := r64*m[0] + (1-r64)*d*d
			step, new := d/root(q), []float64{q}
			size := (math.Abs(g) + math.Abs(d64*p)) / root(q)
			if momentum {
				step += m64 * m[1]
				size += math.Abs(m[1])
				new = append(new, step)
			}
			return p - l*step, new, math.Abs(p) + 3*l*size
		}
		c.run = func(next []float32, new [][]float32, p, g []float32, m [][]float32) {
			if momentum {
				RMSProp(Updated[float32]{New: next, P: p, G: g}, Moment[float32]{New: new[0], Old: m[0]},
					Moment[float32]{}, Moment[float32]{New: new[1], Old: m[1]},
					RMSPropRule[float32]{LR: lr, Rho: rho, Eps: eps, Mu: mu, Decay: decay, Inside: flag})
			} else {
				RMSProp(Updated[float32]{New: next, P: p, G: g}, Moment[float32]{New: new[0], Old: m[0]},
					Moment[float32]{}, Moment[float32]{}, RMSPropRule[float32]{LR: lr, Rho: rho, Eps: eps,
						Decay: decay, Inside: flag})
			}
		}
		return c
	case 5: // the variance s' - m'² loses digits where it is small, so that it has a large eps
		return updateCase{"centred RMSProp", []bool{true, false},
			func(p, g float64, m []float64) (float64, []float64, float64) {
				q, a := r64*(m[0]+4)+(1-r64)*g*g, r64*m[1]/16+(1-r64)*g
				return p - l*g/(math.Sqrt(q-a*a)+e64), []float64{q, a}, math.Abs(p) + 20*l*math.Abs(g)/math.Sqrt(q-a*a)
			}, func(next []float32, new [][]float32, p, g []float32, m [][]float32) {
				wider, smaller := make([]float32, len(p)), make([]float32, len(p))
				for i := range p {
					wider[i], smaller[i] = m[0][i]+4, m[1][i]/16
				}
				RMSProp(Updated[float32]{New: next, P: p, G: g}, Moment[float32]{New: new[0], Old: wider},
					Moment[float32]{New: new[1], Old: smaller}, Moment[float32]{},
					RMSPropRule[float32]{LR: lr, Rho: rho, Eps: eps})
			}}
	default:
		t := int64(1 + s.IntN(1000))
		b1, b2 := .9, proof.One(s, .99, .999)
		c1, c2 := 1-math.Pow(b1, float64(t)), 1-math.Pow(b2, float64(t))
		return updateCase{fmt.Sprintf("Adam at step %d, decoupled %t, eps hat %t", t, flag, flag2),
			[]bool{false, true}, func(p, g float64, m []float64) (float64, []float64, float64) {
				d, keep := g+d64*p, p
				if flag {
					d, keep = g, p*(1-l*d64)
				}
				a, b := b1*m[0]+(1-b1)*d, b2*m[1]+(1-b2)*d*d
				step := l * (a / c1) / (math.Sqrt(b/c2) + e64)
				if flag2 {
					step = l * math.Sqrt(c2) / c1 * a / (math.Sqrt(b) + e64)
				}
				size := 2 * l / c1 / (math.Sqrt(b/c2) + e64) * (math.Abs(m[0]) + math.Abs(g) + math.Abs(d64*p))
				return keep - step, []float64{a, b}, math.Abs(p) + 4*math.Abs(size) + 4*math.Abs(step)
			}, func(next []float32, new [][]float32, p, g []float32, m [][]float32) {
				Adam(Updated[float32]{New: next, P: p, G: g}, Moment[float32]{New: new[0], Old: m[0]},
					Moment[float32]{New: new[1], Old: m[1]}, AdamRule{Step: t, LR: l, Beta1: b1, Beta2: b2, Eps: e64,
						Decay: d64, Decoupled: flag, EpsHat: flag2})
			}}
	}
}

// Updates by their formulas: within 10⁻⁶ of the terms of each result, and with the same bits in every form.
func TestRandomUpdate(t *testing.T) {
	proof.Try(t, 400, 40_000, func(s *proof.Trial) {
		c, n := drawUpdate(s), s.Size(proof.One(s, 100, 4000))-1
		number := func() []float32 {
			x := s.Mixture(n, false)
			for i, v := range x {
				if scalar.IsNaN(v) {
					x[i] = 1
				}
			}
			return x
		}
		p, g := number(), number()
		var moments [][]float32
		for _, square := range c.squares {
			m := number()
			for i, v := range m {
				if square {
					m[i] = v * v
				}
			}
			moments = append(moments, m)
		}
		next, terms := make([]float64, n), make([]float64, n)
		news := make([][]float64, len(moments))
		for k := range news {
			news[k] = make([]float64, n)
		}
		for i := range next {
			var m []float64
			for _, v := range moments {
				m = append(m, float64(v[i]))
			}
			var new []float64
			next[i], new, terms[i] = c.exact(float64(p[i]), float64(g[i]), m)
			for k, v := range new {
				news[k][i] = v
			}
		}
		unwanted, inPlace := s.Chance(4), s.Chance(2)
		s.What = fmt.Sprintf("%s of %d parameters", c.name, n)
		var first []float32
		s.Forms(func() {
			y, from, held := s.Result(n), p, moments
			var results [][]float32
			for range moments {
				results = append(results, s.Result(n))
			}
			if inPlace {
				copy(y, p)
				from, held = y, nil
				for k, m := range moments {
					copy(results[k], m)
					held = append(held, results[k])
				}
			}
			given := results
			if unwanted && !inPlace {
				given = make([][]float32, len(results))
			}
			c.run(y, given, from, g, held)
			s.Within("the parameter", y, next, func(i int) float64 { return 1e-6 * terms[i] })
			for k, m := range given {
				if m != nil {
					s.Within("a moment", m, news[k], func(i int) float64 {
						return 5e-7*math.Abs(news[k][i]) +
							5e-7*(math.Abs(float64(moments[k][i]))+3*math.Abs(float64(g[i]))+terms[i])
					})
				}
			}
			if first == nil {
				first = append([]float32{}, y...)
			}
			if at := proof.Differs(y, first); at >= 0 {
				s.Failf("%s: element %d is %v, in plain %v", form.Active(), at, y[at], first[at])
			}
		})
	})
}

// The sum of squares is exact to some 10⁻¹⁴, and a product with a number rounded once.
func TestRandomScaleAndSquares(t *testing.T) {
	proof.Try(t, 100, 10_000, func(s *proof.Trial) {
		n := s.Size(6000) - 1
		s.Real = true
		x, a := s.Draw(n, 1), float32(s.NormFloat64())
		total, want := 0., make([]float64, n)
		for i, v := range x {
			total += float64(v) * float64(v)
			want[i] = float64(v * a)
		}
		s.Forms(func() {
			if got := SumSquares(x); math.Abs(got-total) > 1e-13*total {
				s.Failf("the sum of squares of %d in %s is %v, want %v", n, form.Active(), got, total)
			}
			y := s.Result(n)
			ScaleTo(y, x, a)
			s.Within("the product", y, want, func(int) float64 { return 0 })
		})
	})
}

// A variance of gradients that are all alike is not negative, though s' - m'² may be.
func TestCentredRMSPropOfConstantGradients(t *testing.T) {
	for g := float32(.1); g < 3; g *= 1.1 {
		p, s, m := []float32{0}, []float32{0}, []float32{0}
		for step := range 2000 {
			if RMSProp(Updated[float32]{New: p, P: p, G: []float32{g}}, Moment[float32]{New: s, Old: s},
				Moment[float32]{New: m, Old: m}, Moment[float32]{}, RMSPropRule[float32]{LR: 1e-3, Rho: .99,
					Eps: 1e-8}); scalar.IsNaN(p[0]) {
				t.Fatalf("the parameter is NaN after %d gradients of %v", step, g)
			}
		}
	}
}
